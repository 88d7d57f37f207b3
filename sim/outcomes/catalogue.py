"""The modules of outcomes, and every outcome that the software reports; the unit of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.outcomes import (
    employee,
    expected,
    flow,
    fund,
    hardship,
    patients,
    persons,
    prevention,
    providers,
    quality,
    signed,
    spread,
    surplus,
    volume,
)
from sim.outcomes.outcome import TIDY, Outcome
from sim.outcomes.sums import Part

if TYPE_CHECKING:
    import pandas as pd

PARTS: tuple[Part, ...] = tuple(
    module.PART
    for module in (
        fund,
        persons,
        expected,
        surplus,
        prevention,
        signed,
        employee,
        patients,
        hardship,
        flow,
        volume,
        spread,
        providers,
        quality,
    )
)
"""Every module of outcomes, in the order in which `sim.outcomes.measure` measures them."""

_ALL = [outcome for part in PARTS for outcome in part.outcomes]
_DIMENSIONS = list(dict.fromkeys(outcome.dimension for outcome in _ALL))

OUTCOMES: dict[str, Outcome] = {
    outcome.id: outcome for outcome in sorted(_ALL, key=lambda outcome: _DIMENSIONS.index(outcome.dimension))
}
"""Outcomes by id, in the order of the report."""

HEADLINE: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES.values() if outcome.headline)
"""What the terminal and the report's first table show."""


def tidy(records: list[dict[str, Any]] | list[tuple[Any, ...]]) -> pd.DataFrame:
    """A tidy table from rows (study, arm, draw, replication, year, outcome, group, value); the unit is looked up."""
    import pandas as pd

    table = pd.DataFrame.from_records(records, columns=list(TIDY[:-1]))
    units = {name: outcome.unit for name, outcome in OUTCOMES.items()}
    table["unit"] = table["outcome"].map(units)
    return table
