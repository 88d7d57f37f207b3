"""Restraint as the quota runs out (A20): worked factors, a closed form, and claims against their twins without it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine import kernel as kernel_module
from sim.engine import world as world_module
from sim.engine.create import RuleConfigs
from sim.engine.restraint import restraint_of, update_restraint
from sim.tables import COUNTY, INPATIENT, RESIDENT_INSURED, Claims
from tests.core_world import Played, differs, interpreted_kernel, make, neutral, play, with_slack

STRENGTH, FLOOR = 0.5, 0.7


# --- worked by hand --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("quota", "spent", "months", "strength", "factor"),
    [
        (1200, 660, 6, 0.5, 0.95),  # 55 % used at half time: the rest must fall by 10 %, half of it is brought about
        (1200, 660, 6, 1.0, 0.90),
        (1200, 600, 6, 0.5, 1.0),  # on pace
        (1200, 300, 6, 2.0, 1.0),  # below it: nobody treats more for that
        (1200, 120, 0, 1.0, 0.9),  # a tenth is gone before the year has begun
        (1200, 1150, 11, 0.5, 0.75),  # 50 left for a month of 100: 1 - 0.5 x 0.5
        (1200, 1300, 11, 0.5, 0.7),  # 1 - 0.5 x 2 would be none at all: the floor
        (1200, 900, 6, 0.0, 1.0),  # not seen
        (0, 900, 6, 0.5, 1.0),  # no budget
    ],
)
def test_worked_factors(quota: int, spent: int, months: int, strength: float, factor: float) -> None:
    assert restraint_of(quota, spent, months, strength, FLOOR) == pytest.approx(factor, abs=1e-12)


@pytest.mark.parametrize("pace", [1.02, 1.1, 1.25])
def test_a_strength_of_one_ends_the_year_on_budget(pace: float) -> None:
    """Needs of ``pace`` times the budget: what is left shrinks by pace / months left; the last month overruns a bit."""
    quota = 12_000_000
    spent, left = 0, 1.0
    for months in range(12):
        spent += round(quota / 12 * pace * restraint_of(quota, spent, months, 1.0, 0.1))
        left *= 1.0 - pace / (12 - months)
        assert 1 - spent / quota == pytest.approx(left, abs=1e-5)
    assert abs(spent / quota - 1) < (pace - 1) / 12 < pace - 1


# --- in the engine ---------------------------------------------------------------------------------------------------
def two_communities(residents: int = 600) -> RuleConfigs:
    """A county in which intensity changes charges only: nobody looks at prices, and returns do not depend on it."""
    return with_slack(
        residents,
        population={"price_blind": 1.0, "resident_insured": 0.8, "employee_insured": 0.15},
        providers={"communities": 2, "county_hospitals": 2},
        illness={"severe_scale": 3.0},
        claims={"return_intensity": 0.0},
    )


def under_quota(config: RuleConfigs, quota: list[int], years: int = 2) -> Played:
    """Two years in which members see the quota."""
    sees = neutral(config, quota=np.array(quota), restraint=np.array([STRENGTH, FLOOR]))
    return play(config, behaviours=[sees] * years)


def factors_by_hand(claims: Claims, quota: list[int]) -> np.ndarray:
    """[community, month] factors from the year's claims: bills of earlier months, in yuan and fractions of a year."""
    factors = np.ones((2, 12))
    for home in range(2):
        for month in range(1, 12):
            before = (claims.home == home) & (claims.insurance == RESIDENT_INSURED) & (claims.month < month)
            lead = claims.statutory[before].sum() / quota[home] - month / 12
            factors[home, month] = min(1.0, max(FLOOR, 1.0 - STRENGTH * lead / (1 - month / 12)))
    return factors


def assert_visits_follow_the_quota(config: RuleConfigs, quota: list[int], free: Played, held: Played) -> None:
    """Every visit's charge is its twin's times the factor of the institution's community and month."""
    seen = set()
    for before, after in zip(free.years, held.years, strict=True):
        a, b = before.claims, after.claims
        assert len(a.charge) == len(b.charge)
        assert not np.any(a.provider != b.provider)
        factors = factors_by_hand(b, quota)
        member = (b.community >= 0) & (b.tier <= COUNTY)
        factor = np.where(member, factors[np.maximum(b.community, 0), b.month], 1.0)
        visits = b.category != INPATIENT
        assert np.abs(a.charge * factor - b.charge)[visits & (a.charge > 200)].max() < 1.0
        assert not np.any((b.charge < a.charge) & ~member)
        stays = member & ~visits & (b.month > 3)
        assert b.charge[stays].sum() < a.charge[stays].sum()
        seen |= set(factor[visits].round(3).tolist())
    assert len(seen) > 10


def test_charges_of_members_follow_the_quota_used() -> None:
    """Month by month, in both years: sums begin again at the turn of the year; outside hospitals see no quota."""
    config = two_communities()
    free = play(config, 2)
    spent = [
        int(c.statutory[(c.home == h) & (c.insurance == RESIDENT_INSURED)].sum())
        for c in [free.years[0].claims]
        for h in range(2)
    ]
    quota = [spent[0] * 9 // 10, spent[1] * 8 // 10]
    assert_visits_follow_the_quota(config, quota, free, under_quota(config, quota))


def count_everybody(world: Any, *rest: Any) -> None:
    world.tally.spent[:] = world.tally.spent.sum()
    update_restraint(world, *rest)


def restrain_outsiders(world: Any, policy: Any, month: int) -> None:
    update_restraint(world, policy, month)
    world.restraint[world.providers.tier > COUNTY] = FLOOR


@pytest.mark.parametrize("fault", [count_everybody, restrain_outsiders, lambda *_: None])
def test_a_wrong_restraint_is_found(fault: Any) -> None:
    config = two_communities(60)
    free = play(config, 1)
    quota = [1_000_000, 500_000]
    with interpreted_kernel() as patch:
        patch.setattr(kernel_module, "update_restraint", fault)
        held = under_quota(config, quota, 1)
    differs(assert_visits_follow_the_quota, config, quota, free, held)


def test_without_a_quota_or_a_strength_nothing_changes() -> None:
    config = two_communities(200)
    free = play(config).years[0].claims
    for quota, strength in (([0, 0], STRENGTH), ([1, 1], 0.0)):
        off = neutral(config, quota=np.array(quota), restraint=np.array([strength, FLOOR]))
        claims = play(config, behaviours=[off]).years[0].claims
        assert all(np.array_equal(a, b) for a, b in zip(free, claims, strict=True))


def test_under_treatment_shows_as_returns() -> None:
    """Restraint lowers intensity, so what lower intensity does follows: more unplanned returns."""
    config = with_slack(
        3_000, illness={"severe_scale": 4.0}, claims={"return_probability": 0.2, "return_intensity": 5.0}
    )
    returns = []
    for quota in (0, 1):
        own = neutral(config, quota=np.array([quota]), restraint=np.array([1.0, FLOOR]))
        returns.append(play(config, behaviours=[own]).years[0].county[:, 7].sum())
    assert returns[1] > 1.2 * returns[0] > 200


def test_arms_that_part_have_sums_of_their_own() -> None:
    config = two_communities(200)
    quota = neutral(config, quota=np.array([1, 1]), restraint=np.array([1.0, FLOOR]))
    engine = make(config)
    engine.play(0, *quota)
    before = engine.world
    twin = world_module.copy(before, before.rules)
    assert twin.restraint.min() == FLOOR
    assert twin.tally.spent.min() > 0
    assert not np.shares_memory(twin.restraint, before.restraint)
    assert not np.shares_memory(twin.tally.spent, before.tally.spent)


# --- what moves out of the catalogue (A21) ---------------------------------------------------------------------------
def assert_shifted(free: Claims, shifted: Claims, table: np.ndarray) -> None:
    """The covered part is the table's share of what it was, to the fen of rounding; charges and costs stay."""
    assert not np.any(free.charge != shifted.charge)
    assert not np.any(free.cost != shifted.cost)
    expected = free.covered * table[free.tier, free.category]
    assert np.abs(shifted.covered - expected).max() <= 1.0 + 1e-6 * free.charge.max()
    used = (shifted.statutory > 0) & (shifted.month == 0)
    assert shifted.statutory[used].sum() < 0.99 * free.statutory[used].sum()


NO_SHIFT = np.ones((5, 3))
SHIFT = np.array([[0.9, 0.8, 0.7]] * 3 + [[1.0, 1.0, 1.0]] * 2)


def test_a_shifted_part_is_the_patients() -> None:
    """By tier and category; the fund sees less of the same bill, the patient pays more."""
    config = two_communities()
    free, shifted = (
        play(config, behaviours=[neutral(config, covered=table)]).years[0].claims for table in (NO_SHIFT, SHIFT)
    )
    assert_shifted(free, shifted, SHIFT)
    paid = shifted.statutory + shifted.catastrophic + shifted.assistance + shifted.patient
    assert not np.any(paid != shifted.charge)
    assert shifted.patient.sum() > free.patient.sum()
    differs(assert_shifted, free, shifted, np.full((5, 3), 0.9))


def test_people_see_the_shifted_price() -> None:
    """Care where more of the bill falls on the patient draws fewer who look at prices, and as many who do not."""
    table = np.ones((5, 3))
    table[COUNTY, INPATIENT] = 0.2
    for blind in (0.0, 1.0):
        config = with_slack(3_000, population={"price_blind": blind}, illness={"severe_scale": 3.0})
        free, shifted = (
            play(config, behaviours=[neutral(config, covered=own)]).years[0].claims for own in (NO_SHIFT, table)
        )
        counts = [int(((c.tier == COUNTY) & (c.category == INPATIENT)).sum()) for c in (free, shifted)]
        assert counts[1] < 0.97 * counts[0] if blind == 0.0 else counts[1] == counts[0]
