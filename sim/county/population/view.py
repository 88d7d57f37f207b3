"""What outcomes see of the persons when a year is over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import literal_unroll

from sim.core.rules import kernel
from sim.core.units import fen
from sim.county.person import Residents
from sim.county.population.config import Config
from sim.tables import Floats, Ints, Population

SEEN = (
    "key", "household", "quintile", "income", "living", "age", "sex", "insurance", "community", "away", "chronic",
    "diagnosed", "managed", "signed", "signed_month", "village", "charge", "patient", "charge_before",
    "stay_charge_before", "pool_used", "outpatient_used", "chronic_used", "stay_charge",
)  # fmt: skip
"""Fields of a person's record that `year_view` reads, whole numbers all."""


def year_view(residents: Residents, config: Config, year: int, income: float = 1.0) -> Population:
    """Copy of the columns that outcomes read, living persons only, with incomes grown to model year ``year``.

    ``income`` is the year's incomes relative to their trend.
    """
    living = np.flatnonzero(residents["alive"])
    growth = (1.0 + config.income_growth) ** year
    numbers = np.empty((len(SEEN), len(living)), dtype=np.int64)
    rank = np.empty(len(living))
    read_columns(residents, living, numbers, rank)
    columns: dict[str, Any] = dict(zip(SEEN, numbers, strict=True))
    used = ("pool_used", "outpatient_used", "chronic_used", "stay_charge")
    statutory, visits, chronic, stays = (columns.pop(name) for name in used)
    return Population(
        **columns
        | {
            "rank": rank,
            "income": (columns["income"] * (growth * income)).astype(np.int64),
            "living": (columns["living"] * growth).astype(np.int64),
            "food": np.full(len(living), int(fen(config.food_spending) * growth), dtype=np.int64),
            "statutory": statutory,
            "statutory_visits": visits + chronic,
            "statutory_chronic": chronic,
            "charge_visits": columns["charge"] - stays,
        }
    )


@kernel
def read_columns(residents: Residents, living: Ints, numbers: Ints, rank: Floats) -> None:
    """Fill ``numbers``, [field of `SEEN`, person], and ``rank``, person by person: each record is fetched once."""
    for k in range(len(living)):
        person = residents[living[k]]
        rank[k] = person.rank
        at = 0
        for name in literal_unroll(SEEN):
            numbers[at, k] = person[name]
            at += 1  # noqa: SIM113 - the compiler cannot unroll an `enumerate`
