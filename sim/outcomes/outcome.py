"""What an outcome is: its identity, unit, labels in two languages and definition."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sim.core.text import Text

Row = tuple[int, str, str, float]
"""One measured value: year, outcome id, group, value."""

Dimension = Literal["fund", "surplus", "patients", "flow", "volume", "providers", "quality"]
Better = Literal["higher", "lower", "neutral"]
Horizon = Literal["mean", "end"]
Grouping = Literal["all", "tier", "category", "tier_category", "quintile", "community"]

TIDY = ("study", "arm", "draw", "replication", "year", "outcome", "group", "value", "unit")
"""Columns of the tidy table."""

OFF = "@off"
"""Ending of the id of an arm whose provider response is switched off."""

ALL = "all"
"""Group of a county-wide value."""

QUINTILE_GROUPS = ("q1", "q2", "q3", "q4", "q5")
"""Quintiles of household income per head, poorest first."""
QUINTILE_NAMES = (
    Text("Poorest", "最低"),
    Text("2nd", "较低"),
    Text("Middle", "中等"),
    Text("4th", "较高"),
    Text("Richest", "最高"),
)

UNITS = (
    "yuan",  # money of the county in a year
    "yuan_per_head",
    "yuan_per_case",
    "share",  # 0..1, shown in percent
    "months",
    "days",
    "hours",
    "minutes",
    "km",
    "cases",
    "persons",
    "per_head",
    "per_100",
    "per_1000",
    "index",
)


class Outcome(NamedTuple):
    """One row of the catalogue."""

    id: str
    unit: str
    """One of `UNITS`."""
    en: str
    zh: str
    dimension: Dimension
    groups: tuple[Grouping, ...]
    """The groupings it is reported by; "all" is the county."""
    better: Better
    """Which direction a policy maker would call an improvement, other things equal."""
    definition: str
    """One sentence."""
    definition_zh: str
    headline: bool = False
    """Shown in the terminal and in the report's first table."""
    horizon: Horizon = "mean"
    """How reform years are summed up: "mean" over them, or the value at the "end" of the last (a stock)."""


def community_group(index: int) -> str:
    """Group name of a community: ``community_1`` is index 0."""
    return f"community_{index + 1}"
