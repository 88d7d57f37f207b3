"""The record of a person: one row of a structured array, so that one event touches one place in memory.

Rules take a ``person`` and use its attributes.  In compiled loops that is a row of the array; in the SimPy reference
it is a `Person` with the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.rules import rule

Residents = npt.NDArray[np.void]
"""Structured array of `PERSON`."""

LINE = 64  # bytes of a cache line

DRAWN = (  # read when a month's needs are drawn
    ("key", "i8"),  # stable identity, the address of all draws
    ("acute_zero", "f8"),  # probability of no acute need in a month
    ("acute_mean", "f8"),  # acute needs a month
    ("chronic_visit", "f8"),  # probability of a chronic visit in a month
    ("severe", "f8"),  # probability of a need of admission in a month, before neglect
    ("neglect", "f8"),  # need that went untreated, fading by the month
    ("recent", "f8"),  # 1 at a discharge, fading by the month
    ("age", "i2"),
    ("alive", "i1"),  # rows of the dead are free for newborns
    ("sex", "i1"),  # 0 man, 1 woman
    ("chronic", "i1"),  # bit masks over CONDITIONS
    ("diagnosed", "i1"),
    ("managed", "i1"),
)
TREATED = (  # read and written by every event; accumulators of the benefit year in fen
    ("outpatient_used", "i8"),
    ("chronic_used", "i8"),
    ("pool_used", "i8"),
    ("covered_own", "i8"),  # covered own payments that count for catastrophic insurance
    ("charge", "i8"),
    ("patient", "i8"),
    ("village", "i4"),  # village number = number of its clinic
    ("busy", "i1"),  # 0 free, 1 waiting for a slot, 2 waiting for a bed, 3 in a bed
    ("insurance", "i1"),
    ("poor", "i1"),
    ("away", "i1"),
    ("price_blind", "i1"),
    ("signed", "i1"),  # years since signing, 0 = not signed
    ("signed_month", "i1"),  # month 0..11 in which the contract begins, goes on or lapses (`family_doctors.signed_in`)
    ("quintile", "i1"),
    ("community", "i1"),
    ("stays", "i1"),  # admissions of the year that bore a deductible
    ("young_old", "i1"),  # 1 = a child or of the elderly this year: its age is in another line
)
SELDOM = (
    ("assistance_used", "i8"),
    ("household", "i8"),
    ("income", "i8"),  # per head and year, fen
    ("rank", "f8"),
    ("frailty", "f8"),
    ("token", "i4"),  # counts changes of `busy`, so that the end of an outdated patience is known
    ("tenant", "i4"),  # counts the persons the row has held, so that a dead person's return is known
    ("stay_charge", "i8"),  # part of ``charge`` for stays
    ("fragility", "f8"),  # personal factor on needs of admission, mean 1; 0 = not yet drawn
)
RARELY = (
    ("severe_chronic", "f8"),  # share of ``severe`` that is due to chronic conditions
    ("own_counted", "i8"),  # covered own payments of the year, kept where they are limited
    ("charge_before", "i8"),  # ``charge`` of the year before, -1 for who was not there
    ("stay_charge_before", "i8"),
    ("living", "i8"),  # household's usual spending per head and year on all but care, fen
)


def _layout(*lines: tuple[tuple[str, str], ...]) -> np.dtype[np.void]:
    """A record in which each group of fields has a cache line of its own."""
    names, formats, offsets = [], [], []
    for number, fields in enumerate(lines):
        offset = number * LINE
        for name, form in fields:
            names.append(name)
            formats.append(form)
            offsets.append(offset)
            offset += np.dtype(form).itemsize
        if offset > (number + 1) * LINE:
            raise ValueError(f"the fields {fields[0][0]}... do not fit into a cache line")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": len(lines) * LINE}, align=True)


PERSON = _layout(DRAWN, TREATED, SELDOM, RARELY)


def records(count: int, kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Zeroed records that begin at a cache line, so that no record touches more lines than it must."""
    raw = np.zeros(count * kind.itemsize + LINE, dtype=np.uint8)
    first = -raw.ctypes.data % LINE
    return raw[first : first + count * kind.itemsize].view(kind)


def more_records(old: npt.NDArray[np.void], count: int) -> npt.NDArray[np.void]:
    """A copy of records with room for ``count`` in all."""
    new = records(count, old.dtype)
    new[: len(old)] = old
    return new


FIELDS: tuple[str, ...] = PERSON.names or ()


class Person:
    """A person as a Python object with the attributes of a row of `PERSON`: what rules take, and the reference uses."""

    key: int
    acute_zero: float
    acute_mean: float
    chronic_visit: float
    severe: float
    neglect: float
    recent: float
    age: int
    alive: int
    sex: int
    chronic: int
    diagnosed: int
    managed: int
    outpatient_used: int
    chronic_used: int
    pool_used: int
    covered_own: int
    charge: int
    patient: int
    village: int
    busy: int
    insurance: int
    poor: int
    away: int
    price_blind: int
    signed: int
    signed_month: int
    quintile: int
    community: int
    stays: int
    young_old: int
    assistance_used: int
    household: int
    income: int
    rank: float
    frailty: float
    token: int
    tenant: int
    stay_charge: int
    fragility: float
    severe_chronic: float
    own_counted: int
    charge_before: int
    stay_charge_before: int
    living: int

    def __init__(self, row: np.void) -> None:
        for name, value in zip(FIELDS, row.item(), strict=True):
            setattr(self, name, value)

    def as_row(self) -> tuple[Any, ...]:
        """The values in the order of `PERSON`."""
        return tuple(getattr(self, name) for name in FIELDS)


@rule
def open_accounts(person: Person) -> None:
    """A new benefit year begins: nothing is used up, charged or paid yet.  Last year's charges are remembered."""
    person.charge_before = person.charge
    person.stay_charge_before = person.stay_charge
    person.stays = 0
    person.outpatient_used = 0
    person.chronic_used = 0
    person.pool_used = 0
    person.covered_own = 0
    person.assistance_used = 0
    person.charge = 0
    person.stay_charge = 0
    person.patient = 0
    person.own_counted = 0
