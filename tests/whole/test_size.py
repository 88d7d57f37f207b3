"""Levels do not depend on how many of the county's residents are simulated, nor on where its villages lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from sim import run
from sim.config import load_config

SIZES = {5_000: 6, 10_000: 5, 20_000: 4, 60_000: 2}
"""Residents -> replications."""
SETTINGS = (
    "payment=ffs", "response=off", "years.history=1", "years.reform=2", "output.report=false", "executor.workers=1",
    "variation.apply=false",
)  # fmt: skip
FULL = ("providers.beds_per_1000.county=2.1",)
"""County hospitals at 96 % of their beds."""


class Level(NamedTuple):
    """An outcome by replication, mean of the years."""

    mean: float
    error: float
    """Standard error of the mean."""


@cache
def levels(residents: int, replications: int, *words: str) -> dict[tuple[str, str], Level]:
    """Levels of such a part of the county; (outcome, group) -> level."""
    sized = (f"population.residents={residents}", f"experiment.replications={replications}")
    outcomes = run(load_config([*SETTINGS, *sized, *words])).outcomes
    of_years = outcomes[outcomes.year >= 1].groupby(["outcome", "group", "replication"], observed=True).value.mean()
    found = {}
    for (outcome, group), values in of_years.groupby(level=[0, 1], observed=True):
        by_replication = values.to_numpy()
        found[(outcome, group)] = Level(by_replication.mean(), by_replication.std(ddof=1) / np.sqrt(replications))
    return found


def assert_alike(found: Sequence[Level], within: float) -> None:
    """All lie within so much of their mean, apart from twice their standard errors."""
    middle = float(np.mean([level.mean for level in found]))
    for level in found:
        assert abs(level.mean - middle) < within + 2 * level.error, found


@pytest.mark.parametrize(
    ("outcome", "group", "within"),
    [
        ("bed_occupancy", "county", 0.02),
        ("bed_occupancy", "township", 0.02),
        ("primary_visits", "all", 0.005),
        ("in_county_episodes", "all", 0.005),
        ("wait_admission", "county", 0.2),
        ("wait_admission", "township", 0.6),
        ("wait_visit", "all", 1.0),
    ],
)
def test_levels_do_not_depend_on_how_many_are_simulated(outcome: str, group: str, within: float) -> None:
    """Hours of a wait for a bed, minutes of one for a visit, the rest shares."""
    assert_alike([levels(size, count)[(outcome, group)] for size, count in SIZES.items()], within)


@pytest.mark.parametrize(("outcome", "within"), [("bed_occupancy", 0.015), ("wait_admission", 0.8)])  # hours
def test_nor_where_hospitals_are_nearly_full(outcome: str, within: float) -> None:
    found = [levels(size, count, *FULL)[(outcome, "county")] for size, count in SIZES.items()]
    assert_alike(found, within)
    assert all(level.mean > 0.3 for level in found)


def test_places_of_villages_hardly_move_the_share_of_primary_care() -> None:
    """Of 20,000 residents with the same luck; where distances came as they came, 1.35 points."""
    shares = [levels(20_000, 2, f"population.seed={seed}")[("primary_visits", "all")].mean for seed in range(1, 7)]
    assert np.std(shares, ddof=1) < 0.006
