"""Contracts with family doctor teams: signing, renewal, lapse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim import pipeline
from sim.closing.arm import open_books
from sim.config import load_config
from sim.core.randomness import Key
from sim.core.rules import kernel
from sim.core.units import fen
from sim.county.family_doctors import (
    Config,
    ContractRules,
    choose_community,
    families,
    rewards,
    sign_or_renew,
    steady_shares,
)
from sim.county.population import year_view
from sim.county.population.config import Config as PopulationConfig
from sim.engine import engines
from sim.money import fund, settlement
from sim.outcomes import Row
from sim.tables import COUNTY, Population
from tests.core_world import STAYING, alike, assert_share, contract_rules, person, play, with_slack
from tests.money_world import ints

KEY = Key(8, 0)
CONFIG = Config()
RULES = contract_rules(CONFIG)


@kernel
def sign_all(residents: np.ndarray, rules: ContractRules, effort: float, key: Key, year: int) -> None:
    for row in range(len(residents)):
        sign_or_renew(residents[row], rules, effort, key, year)


def signed(effort: float = 0.0, year: int = 1, **fields: Any) -> np.ndarray:
    people = alike(40_000, **fields)
    sign_all(people, RULES, effort, KEY, year)
    return people["signed"]


@pytest.mark.parametrize("effort", [0.0, 0.6])
@pytest.mark.parametrize(
    ("fields", "rate"),
    [
        ({"age": 40}, RULES.sign),
        ({"age": 64, "chronic": 1}, RULES.sign),  # nobody knows yet
        ({"age": 40, "chronic": 2, "diagnosed": 2}, RULES.sign_chronic),
        ({"age": 65}, RULES.sign_chronic),
    ],
)
def test_signing(fields: dict[str, int], rate: float, effort: float) -> None:
    years = signed(effort, **fields)
    assert_share(years == 1, rate + effort * RULES.effort_gain)
    assert not (years > 1).any()


@pytest.mark.parametrize("years", [1, 7, 100])
def test_renewal_counts_years_and_lapse_ends_them(years: int) -> None:
    after = signed(signed=years)
    assert_share(after == min(years + 1, 100), CONFIG.renew)
    assert_share(after == 0, 1 - CONFIG.renew)


def test_who_works_away_has_no_contract() -> None:
    assert not signed(away=1, signed=3).any()
    assert not signed(away=1, effort=1.0).any()


def test_the_share_signed_settles_where_signing_and_lapse_balance() -> None:
    people = alike(40_000, age=40)
    for year in range(25):
        sign_all(people, RULES, 0.0, KEY, year)
    assert_share(people["signed"] > 0, CONFIG.sign / (CONFIG.sign + 1 - CONFIG.renew))


def test_shares_signed_by_hand() -> None:
    """Signing 0.2, of the known and the old 0.6, renewal 0.5; all children are of mothers of 21.

    Who has long been signing keeps 0.2 of 0.2 + 0.5.  In the year after 30 a quarter becomes known, half of it in the
    year and half when the next begins: of those known at 31 one half signed as known, 2/7 × 0.5 + 5/7 × 0.6 = 4/7, the
    other as unknown, 2/7: 3/7 in all.  In the next year 3/7 × 0.5 + 4/7 × 0.6.
    """
    unknown, later = np.ones(120), np.ones(120)
    unknown[31:], later[30], later[31:] = 0.75, 0.875, 0.75
    mothers = np.eye(120)[21]
    share = steady_shares((0.2, 0.6), 0.5, STAYING._replace(unknown=unknown, unknown_later=later, mothers=mothers))
    born = 2 / 7 * 0.5 + 5 / 7 * 0.2  # as their mothers, then renewed or signed themselves
    assert share[0, 0] == pytest.approx(born, abs=1e-6)
    assert share[0, 1:65] == pytest.approx(2 / 7, abs=1e-6)
    assert share[1, 31:33] == pytest.approx([3 / 7, 3 / 7 * 0.5 + 4 / 7 * 0.6], abs=1e-6)
    assert share[0, 65] == pytest.approx(2 / 7 * 0.5 + 5 / 7 * 0.6, abs=1e-6)
    assert share[:, 100] == pytest.approx(6 / 11, abs=1e-6)


def test_who_comes_home_is_not_signed_yet() -> None:
    """All leave at 20 and return at 22: then 0.2 sign, of the others' 2/7; a year later 0.2 × 0.5 + 0.8 × 0.2."""
    leaves, returns = np.eye(120)[20], np.eye(120)[22]
    share = steady_shares((0.2, 0.6), 0.5, STAYING._replace(leaves=leaves, returns=returns))
    assert share[0, [19, 22, 23]] == pytest.approx([2 / 7, 0.2, 0.26], abs=1e-5)


@given(st.integers(0, 2**40), st.integers(0, 70), st.floats(0, 1), st.floats(0, 1))
def test_more_effort_never_loses_a_contract(key: int, year: int, less: float, more: float) -> None:
    """Arms share their luck: the same draw decides under any effort."""
    one, other = person(key=key, age=40), person(key=key, age=40)
    sign_or_renew(one, RULES, min(less, more), KEY, year)
    sign_or_renew(other, RULES, max(less, more), KEY, year)
    assert one.signed <= other.signed


# --- rewards for contracts: hand-worked ------------------------------------------------------------------------------
STEPS = (10.0, 20.0, 30.0, 50.0)


def members(*rows: tuple[int, int, int, int, int]) -> Population:
    """Persons from (household, age, years signed, community, insurance)."""
    people = alike(len(rows))
    for column, name in enumerate(("household", "age", "signed", "community", "insurance")):
        people[name] = [row[column] for row in rows]
    return year_view(people, PopulationConfig(), 0)


def test_a_renewed_contract_brings_the_reward_of_its_year() -> None:
    config = Config(renewal_reward=STEPS)
    years = members(*[(k, 40, signed, 0, 1) for k, signed in enumerate([0, 1, 2, 3, 4, 5, 6, 100])])
    # none for the unsigned and in year 1; 10, 20, 30, then 50 for years 5, 6 and 100
    assert rewards(config, years, 1).renewal.tolist() == [fen(10 + 20 + 30 + 50 * 3)]
    # an infant signed with its mother is in its first year; the employee and the other community count apart
    others = members((0, 0, 2, 0, 1), (0, 1, 3, 0, 1), (1, 40, 2, 0, 2), (2, 40, 3, 1, 1))
    assert rewards(config, others, 2).renewal.tolist() == [fen(10), fen(20)]
    assert rewards(Config(), years, 1).total == 0


def test_one_family_reward_a_household_and_year() -> None:
    people = members(
        (0, 70, 1, 0, 1), (0, 45, 9, 0, 1), (0, 20, 1, 0, 1), (0, 44, 2, 0, 1),  # three generations: one reward
        (1, 70, 1, 0, 1), (1, 45, 0, 0, 1),  # the younger one is not signed
        (2, 40, 1, 0, 1), (2, 26, 1, 0, 1),  # 14 years apart: one generation
        (3, 26, 1, 1, 1), (3, 41, 1, 0, 1),  # 15 years apart; the elder one is signed with community 0
        (4, 60, 1, 1, 1), (4, 30, 1, 1, 2),  # the younger one is insured elsewhere
        (5, 30, 2, 1, 1), (5, 1, 2, 1, 1),
        (6, 80, 1, 1, 1),
    )  # fmt: skip
    found = rewards(Config(family_reward=12.5), people, 2)
    assert found.family.tolist() == [fen(25), fen(12.5)]
    assert not found.renewal.any()
    assert not found.direct


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_families_are_those_found_one_by_one(count: int) -> None:
    rng = np.random.default_rng(count)
    household, age, key = rng.integers(0, 12, count), rng.integers(0, 90, count), rng.permutation(count)
    expected = set()
    for own in np.unique(household):
        its = sorted((-age[k], key[k], k) for k in np.flatnonzero(household == own))
        if any(b[0] - a[0] >= 15 for a, b in pairwise(its)):
            expected.add(its[0][2])
    assert set(families(household, age, key).tolist()) == expected


@pytest.mark.parametrize("values", [(10, 10, 20, 30), (0, 10, 20, 10), (40, 30, 20, 10), (-1, 1, 2, 3)])
def test_rewards_must_rise(values: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="reward"):
        Config(renewal_reward=values)


@pytest.mark.parametrize("values", [(10, 20, 30), [10, 20, 30, 40, 50], ()])
def test_rewards_are_four(values: Sequence[float]) -> None:
    with pytest.raises(ValidationError, match="needs 4 rewards"):
        Config(renewal_reward=values)


def test_rewards_move_signing_and_renewal_by_what_they_bring() -> None:
    base = {"sign": 0.08, "sign_chronic": 0.2, "renew": 0.85}
    config = Config(**base, renewal_reward=STEPS, renewal_gain=0.02, family_reward=20, family_gain=0.03)
    rules = contract_rules(config)
    assert rules.renew.tolist() == pytest.approx([0.87, 0.89, 0.91, 0.95])
    assert (rules.sign, rules.sign_chronic) == pytest.approx((0.14, 0.26))
    for years, rate in ((1, 0.87), (2, 0.89), (3, 0.91), (4, 0.95), (30, 0.95)):
        people = alike(40_000, signed=years)
        sign_all(people, rules, 0.0, KEY, 1)
        assert_share(people["signed"] > 0, rate)
    no_reward = contract_rules(Config(**base, renewal_gain=0.5, family_gain=0.5))
    assert set(no_reward.renew) == {0.85}
    assert no_reward.sign == 0.08


WITH_REWARDS = [
    "contracts.renewal_reward=[100,200,300,400]",
    "contracts.family_reward=80",
    "contracts.renewal_gain=0",
    "contracts.family_gain=0",
]


def measured(*more: str) -> dict[tuple[int, str, str], float]:
    """A small county under a package in its third year."""
    words = ["population.residents=300", "population.households_per_village=20", "population.villages_per_township=2",
             "engine=reference", "years.warm_up=0", "years.history=2", "years.reform=1", "payment=package",
             "settlement.revenue_cap=false"]  # fmt: skip
    config = load_config([*words, *more])
    engine = engines.create("reference", pipeline.rule_configs(config), Key(3, 0), engines.Setting(False, 0))
    branch, test = pipeline.Branch(engine, (open_books(config),), (0,)), pipeline.Arm("test", config, off=True)
    for year in range(3):
        (branch,) = pipeline.year_of([test], branch, 0, year)
    rows: list[Row] = list(branch.books[0].rows)
    return {(year, name, group): value for year, name, group, value in rows}


def test_rewards_and_signing_fees_are_outside_every_budget() -> None:
    plain = measured()
    for fees in (WITH_REWARDS, [*WITH_REWARDS, "contracts.reward_to=doctors"], ["fund.signing_fee=90"]):
        changed = measured(*fees)
        paid = "fund_signing" if "fund" in fees[0] else "fund_rewards"
        more = changed[2, paid, "all"] - plain[2, paid, "all"]
        assert more > 0
        for name in (
            "budget",
            "budget_in_network",
            "budget_out_of_network",
            "surplus",
            "surplus_retained",
            "fund_paid",
        ):
            assert changed[2, name, "all"] == plain[2, name, "all"]
        assert changed[2, "fund_outgo", "all"] - plain[2, "fund_outgo", "all"] == pytest.approx(more)
        income = changed[2, "revenue", "township"] - plain[2, "revenue", "township"]
        through = paid == "fund_rewards" and "contracts.reward_to=doctors" not in fees
        assert income == pytest.approx(more if through else 0.0)
        assert changed[2, "revenue", "county"] == plain[2, "revenue", "county"]


def test_rewards_are_taken_before_budgets_are_held_to_the_revenue() -> None:
    people = fund.Enrolment(1000, 400)
    before, after = (fund.available(fund.Config(), 0, people, rewards) for rewards in (0, 12_345))
    assert before - after == 12_345
    assert settlement.Config().revenue_cap  # what is left is what the budgets are held to


# --- two communities in a county -------------------------------------------------------------------------------------
@kernel
def choose_all(residents: np.ndarray, rules: ContractRules, effort: np.ndarray, home: int, key: Key, year: int) -> None:
    for row in range(len(residents)):
        choose_community(residents[row], rules, effort, home, key, year)


def chosen(config: Config, effort: list[float], home: int = 0, **fields: int) -> np.ndarray:
    people = alike(40_000, **fields)
    choose_all(people, contract_rules(config), np.array(effort), home, KEY, 3)
    return people["community"]


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("effort", [[0.0, 0.0], [0.2, 0.9], [1.0, 0.0], [0.1, 0.5, 0.9]])
def test_who_signs_anew_chooses_by_a_logit(effort: list[float], share: float) -> None:
    config = Config(compete=share, compete_effort=1.5, compete_home=0.4)
    found = chosen(config, effort, signed=1)
    weights = [math.exp(1.5 * e + (0.4 if c == 0 else 0.0)) for c, e in enumerate(effort)]
    for community in range(1, len(effort)):
        assert_share(found == community, share * weights[community] / sum(weights))


def test_a_contract_lasts_and_a_lapse_leads_home() -> None:
    config = Config(compete=1.0, compete_home=-3.0)
    assert set(chosen(config, [0.0, 0.0], signed=2, community=1)) == {1}
    assert set(chosen(config, [0.0, 0.0], signed=0, community=1)) == {0}
    assert set(chosen(config, [0.0], signed=1)) == {0}
    assert set(chosen(Config(), [0.0, 1.0], signed=1)) == {0}


def test_no_choice_no_change() -> None:
    """With one community competition changes nothing, and neither does the probability 0 with two."""
    for one, other in (({"compete": 0.9}, 1), ({"compete": 0.0, "compete_effort": 9.0}, 2)):
        hospitals = {"communities": other, "county_hospitals": other}
        plain, changed = (
            play(with_slack(150, providers=hospitals, contracts=own), 2, engine="reference").years for own in ({}, one)
        )
        for left, right in zip(plain, changed, strict=True):
            assert (left.claims.charge == right.claims.charge).all()
            assert (left.claims.home == right.claims.home).all()


def test_who_is_signed_elsewhere_uses_that_communitys_lead_hospital() -> None:
    config = with_slack(
        1_000, providers={"communities": 2, "county_hospitals": 4}, contracts={"compete": 1.0, "compete_home": -2.0}
    )
    played = play(config, 2, engine="reference")
    flows, world = played.years[1], played.world
    people = flows.population
    home = world.geography.community[people.village]
    moved = people.community != home
    assert 0.02 < moved.mean() < 0.5
    assert (people.signed[moved] > 0).all()
    village = dict(zip(people.key.tolist(), people.village.tolist(), strict=True))
    claims = flows.claims
    at_county = np.flatnonzero((claims.tier == COUNTY) & (claims.referred != 2))
    first = {
        c: int(np.flatnonzero((world.providers.tier == COUNTY) & (world.providers.community == c))[0]) for c in (0, 1)
    }
    elsewhere = 0
    for row in at_county.tolist():
        where, mine = village[int(claims.resident[row])], int(claims.home[row])
        if mine != world.geography.community[where]:
            assert claims.provider[row] == first[mine]
            elsewhere += 1
        else:
            assert claims.provider[row] == world.geography.county_hospital[where]
    assert elsewhere > 20
    assert ints(*first.values()).tolist() == world.geography.lead.tolist()
