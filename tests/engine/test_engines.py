"""Two engines, one answer: the compiled kernel and the SimPy reference give the same claims, column by column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.randomness import Key
from sim.county import benefit, care
from sim.county.leverage import paid_at_levels
from sim.engine import kernel as kernel_module
from sim.engine.create import RuleConfigs
from sim.money.history import Policy
from sim.tables import BENEFIT_LEVELS, INPATIENT, PROVIDER_COUNTERS, RESIDENT_INSURED
from tests.core_world import (
    Behaviour,
    Played,
    assert_same,
    assert_same_years,
    county,
    differs,
    interpreted_kernel,
    neutral,
    people,
    play,
    tiers,
    under_pressure,
)

share = st.floats(0, 1, allow_subnormal=False)


def mixed(low: float, high: float) -> st.SearchStrategy[float]:
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high, allow_subnormal=False))


@st.composite
def counties(draw: st.DrawFn) -> RuleConfigs:
    """Small counties with every kind of pressure: no beds, one slot, no patience, many needs, many steps down."""
    hospitals = draw(st.integers(1, 3))
    outside = draw(st.sampled_from([1.0, 1000.0]))  # a single bed and slot outside, or no limit
    residents = draw(st.integers(1, 400))
    return county(
        residents,
        population={
            "county_residents": residents * draw(st.sampled_from([1, 2, 20])),
            "households_per_village": draw(st.integers(1, 60)),
            "villages_per_township": draw(st.integers(1, 4)),
            "frailty_shape": draw(st.sampled_from([0.3, 1.0, 1e6])),
            "births": draw(mixed(0, 60)),
            "mortality_male": draw(st.sampled_from([1.65e-5, 0.05])),
            "away": draw(mixed(0, 0.3)),
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
        illness={
            "severe_scale": draw(mixed(0, 8)),
            "neglect_weight": draw(mixed(0, 2)),
            "moderate": draw(mixed(0, 1)),
            "frailty": draw(mixed(0, 3)),
            "yearly": draw(mixed(0, 2)),
            "recent": draw(mixed(0, 3)),
            "last_year": draw(mixed(1, 9)),
        },
        variation={"apply": draw(st.booleans()), "incidence": 0.2, "price": 0.1, "outside": 0.5},
        care={
            "gatekeeping": draw(mixed(0, 1)),
            "exempt_visit_groups": draw(st.sampled_from([(), ("MZ01", "MZ03")])),
            "in_group": draw(mixed(0, 1)),
            "exempt_stay_groups": draw(st.sampled_from([(), ("OR1",)])),
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
        benefit={
            "resident": {
                "outpatient_cap": draw(mixed(0, 500)),
                "cap": draw(st.sampled_from([3e3, 2e5])),
                "own_limit": draw(st.sampled_from([None, None, 300.0, 3e3])),
            }
        },
        contracts={
            "by_month": draw(st.booleans()),
            "compete": draw(mixed(0, 1)),
            "compete_home": draw(mixed(-2, 2)),
            "renewal_reward": (1, 20, 40, 80),
        },
    )


@st.composite
def behaviours(draw: st.DrawFn, communities: int, years: int) -> list[Behaviour]:
    """History year neutral, later ones not."""
    chosen = []
    for year in range(years):
        off = year == 0
        intensity = [[1.0 if off else draw(mixed(0.5, 1.5)) for _ in range(3)] for _ in range(5)]
        effort = [0.0 if off else draw(mixed(0, 1)) for _ in range(communities)]
        shifted = [[1.0 if off else draw(mixed(0.5, 1)) for _ in range(3)] for _ in range(5)]
        quota = [0 if off else draw(st.sampled_from([0, 1, 10**7, 10**9])) for _ in range(communities)]
        chosen.append(
            Behaviour(
                Policy(np.array(intensity, dtype=float), np.array(effort, dtype=float), np.array(shifted),
                       np.array(quota), np.array([draw(mixed(0, 2)), 0.7])),
                1.06**year,
            )
        )  # fmt: skip
    return chosen


def assert_engines_agree(
    config: RuleConfigs, chosen: list[Behaviour], key: Key, single_visits: bool = True
) -> tuple[Played, Played]:
    """Same claims in the same order, same tallies, same persons to the last field."""
    kernel, reference = (
        play(config, engine=name, key=key, behaviours=chosen, single_visits=single_visits)
        for name in ("kernel", "reference")
    )
    assert_same_years(kernel.years, reference.years)
    assert_same(kernel.world.tally, reference.world.tally, "tally")
    for name in ("wait_sum", "wait_count", "wait_weight"):
        assert_same(getattr(kernel.world.queues, name), getattr(reference.world.queues, name), name)
    assert_same(tuple(people(kernel.world).values()), tuple(people(reference.world).values()), "person")
    return kernel, reference


@pytest.mark.slow
@settings(max_examples=12)
@given(st.data())
def test_engines_agree_on_small_counties(data: st.DataObject) -> None:
    config = data.draw(counties())
    chosen = data.draw(behaviours(config.providers.communities, data.draw(st.integers(1, 2))))
    key = Key(data.draw(st.integers(0, 2**32 - 1)), data.draw(st.integers(0, 3)))
    assert_engines_agree(config, chosen, key, data.draw(st.booleans()))


@pytest.mark.slow
def test_engines_agree_on_three_years_of_5000_residents() -> None:
    """With two communities, waits, referrals up and down, returns, births and deaths, and a policy from year 1."""
    config = under_pressure(
        5_000,
        population={"households_per_village": 150, "villages_per_township": 3},
        providers={
            "communities": 2,
            "beds_per_1000": tiers(0.0, 1.2, 2.4, 1000.0, 1000.0),
            "slots_per_1000": tiers(2.0, 1.6, 1.6, 1000.0, 1000.0),
        },
        illness={"severe_scale": 1.5, "acute": (2.5,) * 9},
        care={
            "gatekeeping": 0.4,
            "nest_primary": 0.6,
            "nest_hospital": 0.7,
            "primary_pay": 1.3,
            "exempt_visit_groups": ("MZ02",),
            "in_group": 0.3,
            "exempt_stay_groups": ("OR1", "RW1"),
        },
        claims={"step_down": 0.9},
        benefit={"resident": {"referral_rule": "difference"}},
    )
    generator = np.random.default_rng(1)
    quota = np.array([2, 1]) * 10**8  # a year's fund money is several times that: overrun early
    policy = Policy(
        generator.uniform(0.7, 1.2, (5, 3)),
        np.array([0.9, 0.2]),
        generator.uniform(0.6, 1.0, (5, 3)),
        quota,
        np.array([0.5, 0.7]),
    )
    reform = Behaviour(policy, 1.06)
    _, reference = assert_engines_agree(config, [neutral(config), reform, reform._replace(price_level=1.12)], Key(9, 1))
    for flows in reference.years:  # the county is one in which all of this happens
        counts = dict(zip(PROVIDER_COUNTERS, flows.provider.sum(axis=0), strict=True))
        assert min(counts.values()) > 20, counts
        assert min(flows.county.sum(axis=0)) > 5
        assert flows.open_stays[:, :2].sum(axis=0).min() > 0


def test_forks_of_both_engines_agree() -> None:
    """Arms leave the same history under rules of their own; the reference plays the past again to get there."""
    config = under_pressure(120)
    other = under_pressure(120, care={"gatekeeping": 1.0, "in_group": 0.8}, claims={"step_down": 1.0})
    policy = Policy(
        np.full((5, 3), 0.8), np.array([0.7]), np.full((5, 3), 0.9), np.array([3 * 10**6]), np.array([1.0, 0.5])
    )
    years = []
    for name in ("kernel", "reference"):
        first = play(config, 2, engine=name)
        forks = [first.engine.fork(), first.engine.fork(other)]
        years.append([fork.play(2, policy, 1.0) for fork in forks])
    assert_same_years(*years)
    assert differs(assert_same, years[0][0].county, years[0][1].county)


def test_engines_agree_on_a_table_of_many_groups(tmp_path: Path) -> None:
    """300 inpatient groups, as case payment has; exacerbations and returns fall into the last ones."""
    columns = (
        "name,name_zh,weight,age_0_14,age_15_44,age_45_64,age_65,severity_1,severity_2,severity_3,condition,avoidable"
    )
    names = ["" for _ in range(296)] + ["hypertension", "diabetes", "copd", "vascular"]
    rows = [f"group {k},组,{0.5 + k / 300},1,1,1,1,0.5,0.4,0.1,{name},0" for k, name in enumerate(names)]
    table = tmp_path / "groups.csv"
    table.write_text("\n".join([columns, *rows]), encoding="utf-8")
    config = under_pressure(400, claims={"inpatient_groups": str(table), "return_probability": 0.8})
    played, _ = assert_engines_agree(config, [neutral(config)] * 2, Key(2, 0))
    groups = played.years[0].claims.group[played.years[0].claims.category == INPATIENT]
    assert groups.min() >= 0
    assert groups.max() > 256


# --- that the comparison can fail ------------------------------------------------------------------------------------
def forget_the_limit(person: Any, *rest: Any) -> None:
    original_accumulate(person, *rest)
    person.outpatient_used = 0


def forget_the_wait(world: Any) -> None:
    world.queues.wait_weight[:] = 1.0


def stay_in_the_queue(world: Any, row: int, provider: int) -> None:
    """Who leaves the queue takes all those behind with him."""
    queues = world.queues
    before = world.episodes[row].previous
    if before < 0:
        queues.head[provider] = -1
    else:
        world.episodes[before].next = -1
    queues.tail[provider] = before


original_accumulate = benefit.accumulate

FAULTS = {
    "a limit that is not remembered": (benefit, "accumulate", forget_the_limit),
    "waits that nobody expects": (kernel_module, "update_expected", forget_the_wait),
    "a queue that loses people": (kernel_module, "leave_queue", stay_in_the_queue),
    "a quota that nobody sees": (kernel_module, "update_restraint", lambda world, policy, month: None),
    "slots without end": (care, "quoted_days", lambda today, day, used, slots: 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_planted_in_one_engine_are_found(fault: str) -> None:
    config = under_pressure(200)
    seen = 10**6 if "quota" in fault else 0
    sees = [neutral(config, quota=np.array([seen]), restraint=np.array([0.5, 0.7]))]
    right = play(config, engine="reference", behaviours=sees)
    with interpreted_kernel() as patch:
        assert_same_years(play(config, behaviours=sees).years, right.years)
        patch.setattr(*FAULTS[fault])
        wrong = play(config, behaviours=sees)
    assert differs(assert_same_years, wrong.years, right.years)


@pytest.mark.parametrize("indexation", [None, 0.0, 0.3])
def test_amounts_of_the_benefit_grow_in_both_engines(indexation: float | None) -> None:
    """With the benefit of the third year, written out by hand, its bills come to what the fund paid for persons."""
    first = {"outpatient_cap": 100, "chronic_cap": 4_000, "cap": 200_000, "catastrophic_start": 15_000}
    resident = first | {"catastrophic_steps": (50_000, 100_000)}
    config = under_pressure(600, benefit={"indexation": indexation, "resident": resident})
    behaviours = [neutral(config, 1.1**year) for year in range(3)]
    played = {engine: play(config, 3, engine=engine, behaviours=behaviours) for engine in ("kernel", "reference")}
    for kernel_year, reference_year in zip(played["kernel"].years, played["reference"].years, strict=True):
        assert_same(kernel_year, reference_year)
    third = played["kernel"].years[2]
    level = 1.1**2 if indexation is None else (1 + indexation) ** 2
    grown = {name: round(value * level, 2) for name, value in config.benefit.resident.deductible.model_dump().items()}
    schedule = benefit.Schedule(
        deductible=tiers(*grown.values()), **{name: value * level for name, value in first.items()},
        catastrophic_steps=(50_000 * level, 100_000 * level),
    )  # fmt: skip
    rules = benefit.compile_rules(benefit.Config(resident=schedule))
    mine = third.population.insurance == RESIDENT_INSURED
    paid = paid_at_levels(rules, third.claims, third.population, RESIDENT_INSURED)[BENEFIT_LEVELS.index(1.0)]
    assert paid == third.population.statutory[mine].sum()
    visits = third.population.statutory_visits - third.population.statutory_chronic
    assert visits[mine].max() == round(10_000 * level)
