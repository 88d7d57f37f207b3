"""Thirty years without reform: what is not moved by the county's ageing stays as it is."""

from functools import cache

import numpy as np
import pytest

from sim import pipeline
from sim.config import load_config

FLAT = {
    "margin_rate": 0.025,
    "bed_occupancy": 0.12,
    "primary_visits": 0.02,
    "in_county_episodes": 0.03,
    "forgone_admissions": 0.03,
    "managed_of_diagnosed": 0.035,
    "diagnosed_share": 0.035,
    "signing_rate": 0.03,
    "fund_to_cost": 0.03,
}
"""Outcomes that stay, and by how much their mean of the last five years may differ from that of the first five."""
OLDER = ("aged_65", "episodes_per_100", "visits_per_head")
"""Outcomes that rise because the county ages (the projection in docs/model.md)."""


@cache
def county() -> dict[str, list[float]]:
    """By outcome, the values of thirty years; prices and benefit grow, years are alike otherwise."""
    words = ["population.residents=20000", "variation.apply=false", "years.history=10", "years.reform=20"]
    config = load_config(words)
    start = pipeline.run_history(config, 0)
    (ffs,) = pipeline.run_reforms([pipeline.Arm("ffs", config, True)], start)
    found: dict[str, list[float]] = {}
    for _, outcome, group, value in (*start.rows, *ffs.rows):
        if group == "all":
            found.setdefault(outcome, []).append(value)
    return found


def change(outcome: str) -> float:
    """Mean of the last five years less that of the first five."""
    values = county()[outcome]
    assert len(values) >= 29
    return float(np.mean(values[-5:]) - np.mean(values[:5]))


@pytest.mark.parametrize("outcome", FLAT)
def test_nothing_drifts_by_itself(outcome: str) -> None:
    """Before: managed 0.55 to 0.44 in eight years, the margin from 3.4 to -4.8 %."""
    assert abs(change(outcome)) < FLAT[outcome]


@pytest.mark.parametrize("outcome", OLDER)
def test_what_rises_is_what_ageing_raises(outcome: str) -> None:
    assert change(outcome) > 0
