"""The record of a person: one row of a structured array, so that one event touches one place in memory.

Rules take a ``person`` and use its attributes.  In compiled loops that is a row of the array; in the SimPy reference
it is a `Person` with the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Residents = npt.NDArray[np.void]
"""Structured array of `PERSON`."""

HYPERTENSION, DIABETES, COPD, VASCULAR = range(4)
CONDITIONS = ("hypertension", "diabetes", "copd", "vascular")

PERSON = np.dtype(
    [
        # read when a month's needs are drawn
        ("key", "i8"),  # stable identity, the address of all draws
        ("acute_zero", "f8"),  # probability of no acute need in a month
        ("acute_mean", "f8"),  # acute needs a month
        ("chronic_visit", "f8"),  # probability of a chronic visit in a month
        ("severe", "f8"),  # probability of a need of admission in a month, before neglect
        ("severe_chronic", "f8"),  # share of it that is due to chronic conditions
        ("neglect", "f8"),  # need that went untreated, fading by the month
        ("alive", "i1"),  # rows of the dead are free for newborns
        ("sex", "i1"),  # 0 man, 1 woman
        ("chronic", "i1"),  # bit masks over CONDITIONS
        ("diagnosed", "i1"),
        ("managed", "i1"),
        ("busy", "i1"),  # 0 free, 1 waiting for a slot, 2 waiting for a bed, 3 in a bed
        ("age", "i2"),
        # read and written by every event
        ("insurance", "i1"),
        ("poor", "i1"),
        ("away", "i1"),
        ("price_blind", "i1"),
        ("signed", "i1"),  # years since signing, 0 = not signed
        ("quintile", "i1"),
        ("community", "i1"),
        ("stays", "i1"),  # admissions of the year that bore a deductible
        ("village", "i4"),  # village number = number of its clinic
        ("county_hospital", "i4"),
        # accumulators of the benefit year, fen
        ("outpatient_used", "i8"),
        ("pool_used", "i8"),
        ("charge", "i8"),
        ("patient", "i8"),
        ("chronic_used", "i8"),
        ("covered_own", "i8"),  # covered own payments that count for catastrophic insurance
        # what few events need
        ("assistance_used", "i8"),
        ("token", "i4"),  # counts changes of `busy`, so that the end of an outdated patience is known
        ("tenant", "i4"),  # counts the persons the row has held, so that a dead person's return is known
        ("household", "i8"),
        ("income", "i8"),  # per head and year, fen
        ("rank", "f8"),
        ("frailty", "f8"),
    ],
    align=True,
)

FIELDS: tuple[str, ...] = PERSON.names or ()


class Person:
    """A person as a Python object with the attributes of a row of `PERSON`: what rules take, and the reference uses."""

    key: int
    acute_zero: float
    acute_mean: float
    chronic_visit: float
    severe: float
    severe_chronic: float
    neglect: float
    alive: int
    sex: int
    chronic: int
    diagnosed: int
    managed: int
    busy: int
    age: int
    insurance: int
    poor: int
    away: int
    price_blind: int
    signed: int
    quintile: int
    community: int
    stays: int
    village: int
    county_hospital: int
    outpatient_used: int
    pool_used: int
    charge: int
    patient: int
    chronic_used: int
    covered_own: int
    assistance_used: int
    token: int
    tenant: int
    household: int
    income: int
    rank: float
    frailty: float

    def __init__(self, row: np.void) -> None:
        for name, value in zip(FIELDS, row.item(), strict=True):
            setattr(self, name, value)

    def as_row(self) -> tuple[Any, ...]:
        """The values in the order of `PERSON`."""
        return tuple(getattr(self, name) for name in FIELDS)
