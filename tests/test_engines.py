"""Two engines, one answer: the compiled kernel and the SimPy reference give the same claims, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.world import RuleConfigs
from sim.randomness import Key
from tests.core_world import Behaviour, assert_same, assert_same_years, county, people, play, tiers, under_pressure

share = st.floats(0, 1, allow_subnormal=False)


def mixed(low: float, high: float) -> st.SearchStrategy[float]:
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high, allow_subnormal=False))


@st.composite
def counties(draw: st.DrawFn) -> RuleConfigs:
    """Small counties with every kind of pressure: no beds, one slot, no patience, many needs, many steps down."""
    hospitals = draw(st.integers(1, 3))
    outside = draw(st.sampled_from([1.0, 1000.0]))  # a single bed and slot outside, or no limit
    return county(
        draw(st.integers(1, 400)),
        population={
            "households_per_village": draw(st.integers(1, 60)),
            "villages_per_township": draw(st.integers(1, 4)),
            "frailty_shape": draw(st.sampled_from([0.3, 1.0, 1e6])),
            "births": draw(mixed(0, 0.5)),
            "mortality_male": draw(st.sampled_from([1.65e-5, 0.05])),
            "leave": draw(mixed(0, 0.3)),
        },
        providers={
            "county_hospitals": hospitals,
            "communities": draw(st.integers(1, hospitals)),
            "beds_per_1000": tiers(0.0, draw(mixed(0, 5)), draw(mixed(0, 8)), outside, outside),
            "slots_per_1000": tiers(draw(mixed(0, 20)), draw(mixed(0, 10)), draw(mixed(0, 10)), outside, outside),
            "capability": tiers(0, draw(st.integers(0, 3)), draw(st.integers(1, 3)), 3, 3),
            "outpatient_patience": draw(mixed(0, 5)),
            "bed_patience": draw(mixed(0, 10)),
        },
        illness={"severe_scale": draw(mixed(0, 8)), "neglect_weight": draw(mixed(0, 2)), "moderate": draw(mixed(0, 1))},
        care={
            "gatekeeping": draw(mixed(0, 1)),
            "nest_primary": draw(st.floats(0.3, 1)),
            "nest_hospital": draw(st.floats(0.3, 1)),
            "refer_visit": draw(st.tuples(share, share, share, share, share)),
            "wait": draw(st.tuples(*[mixed(0, 3)] * 3)),
        },
        claims={
            "step_down": draw(mixed(0, 1)),
            "step_down_days": draw(mixed(0, 8)),
            "step_down_at": draw(mixed(0, 1)),
            "return_probability": draw(mixed(0, 1)),
            "days_sigma": draw(mixed(0, 1)),
        },
        benefit={"resident": {"outpatient_cap": draw(mixed(0, 500)), "cap": draw(st.sampled_from([3e3, 2e5]))}},
    )


@st.composite
def behaviours(draw: st.DrawFn, communities: int, years: int) -> list[Behaviour]:
    """History year neutral, later ones not."""
    chosen = []
    for year in range(years):
        off = year == 0
        intensity = [[1.0 if off else draw(mixed(0.5, 1.5)) for _ in range(3)] for _ in range(5)]
        effort = [0.0 if off else draw(mixed(0, 1)) for _ in range(communities)]
        chosen.append(Behaviour(np.array(intensity), np.array(effort), 1.06**year))
    return chosen


def assert_engines_agree(
    config: RuleConfigs, chosen: list[Behaviour], key: Key, single_visits: bool = True
) -> tuple[Any, Any]:
    kernel, reference = (
        play(config, engine=name, key=key, behaviours=chosen, single_visits=single_visits)
        for name in ("kernel", "reference")
    )
    assert_same_years(kernel.years, reference.years)
    assert_same(kernel.world.tally, reference.world.tally, "tally")
    assert_same(kernel.world.queues.expected, reference.world.queues.expected, "expected wait")
    ours, theirs = people(kernel.world), people(reference.world)
    for name in ours:
        assert_same(ours[name], theirs[name], f"person.{name}")
    return kernel, reference


@settings(max_examples=25)
@given(st.data())
def test_engines_agree_on_small_counties(data: st.DataObject) -> None:
    config = data.draw(counties())
    chosen = data.draw(behaviours(config.providers.communities, data.draw(st.integers(1, 2))))
    key = Key(data.draw(st.integers(0, 2**32 - 1)), data.draw(st.integers(0, 3)))
    assert_engines_agree(config, chosen, key, data.draw(st.booleans()))
