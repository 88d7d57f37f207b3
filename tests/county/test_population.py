"""The population: who is created, who is born, ages, moves and dies, and that nobody's luck depends on anybody else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.core.randomness import Key
from sim.county import population
from sim.county.person import Residents
from sim.county.population import begin_year, compile_rules, create, mean_household_size, year_view
from sim.county.population.demography import newborn_key
from sim.engine.create import create as create_world
from sim.tables import EMPLOYEE_INSURED, RESIDENT_INSURED
from tests.core_world import assert_share, county

KEY = Key(1, 0)
CONFIG = population.Config(households_per_village=50)
LIFE = compile_rules(CONFIG)
MANY = create(60_000, LIFE, KEY)
SIGMAS = 4
"""Frequencies of fixed draws must be within so many standard errors."""


def households(residents: Residents) -> Iterator[Residents]:
    """The members of each household but the last, which may be cut off."""
    begins = np.flatnonzero(np.diff(residents["household"])) + 1
    yield from np.split(residents, begins)[:-1]


# --- creation --------------------------------------------------------------------------------------------------------
def test_age_structure_of_the_rural_census() -> None:
    """Rural census 2020 (figures 2.5): 23.8 % aged 60 and over, 19.3 % aged 0-14; within a point at the start."""
    assert (MANY["age"] >= 60).mean() == pytest.approx(0.238, abs=0.01)
    assert (MANY["age"] < 15).mean() == pytest.approx(0.193, abs=0.01)
    assert MANY["age"].min() == 0
    assert MANY["age"].max() <= 95
    assert MANY["sex"].mean() == pytest.approx(0.49, abs=0.02)


def test_mean_size_of_households() -> None:
    """Villages are sized by it before anybody lives there; 60,000 persons have it within one in a hundred."""
    complete = MANY[MANY["household"] < MANY["household"].max()]
    assert len(complete) / (complete["household"].max() + 1) == pytest.approx(mean_household_size(LIFE), rel=0.01)


def test_households_are_of_the_four_kinds() -> None:
    """Old people; a middle-aged couple, perhaps with a grown child; parents and children; three generations."""
    kinds = np.zeros(4)
    for home in households(MANY[:20_000]):
        ages, size = home["age"], len(home)
        children, grown, old = (ages < 19).sum(), ((ages >= 19) & (ages < 45)).sum(), (ages >= 58).sum()
        if size <= 2 and old == size:
            kinds[0] += 1
        elif not children and ages[:2].min() >= 43 and ages[:2].max() < 60:
            kinds[1] += 1
            assert 2 <= size <= 3
        elif (ages[2:] < 19).all():
            kinds[2] += 1
            assert 3 <= size <= 4
        else:
            kinds[3] += 1
            assert 4 <= size <= 6
            assert 1 <= (ages[2:] >= 52).sum() <= 2
        if size > 1:  # a couple of like age
            assert home["sex"][:2].tolist() == [0, 1]
            assert 0 <= int(ages[0]) - int(ages[1]) <= 2
        assert size <= 2 or grown or children
    shares = [CONFIG.elder_households, CONFIG.middle_households, CONFIG.nuclear_households]
    assert kinds / kinds.sum() == pytest.approx([*shares, 1 - sum(shares)], abs=0.02)


def test_members_share_home_and_income() -> None:
    for home in households(MANY[:3_000]):
        for name in ("village", "income", "rank", "quintile", "poor"):
            assert len(set(home[name])) == 1, name


def test_income_and_its_rank() -> None:
    _, first = np.unique(MANY["household"], return_index=True)
    rank, income = MANY["rank"][first], MANY["income"][first] / 100
    assert stats.kstest(rank, "uniform").pvalue > 1e-4
    law = stats.norm(np.log(CONFIG.income_median), CONFIG.income_sigma)
    assert stats.kstest(np.log(income), law.cdf).pvalue > 1e-4
    assert (np.diff(income[np.argsort(rank)]) >= 0).all()
    for quintile in range(5):
        assert_share(MANY["quintile"][first] == quintile, 0.2)
        assert (MANY["quintile"] == quintile).mean() == pytest.approx(0.2, abs=0.015)
    assert_share(MANY["poor"][first] == 1, CONFIG.poor)


def test_spending_on_living_rises_with_income_less_than_in_proportion() -> None:
    """Lognormal given income: its mean grows with the elasticity, and its spread is the same for all."""
    _, first = np.unique(MANY["household"], return_index=True)
    income = np.log(MANY["income"][first] / 100 / CONFIG.income_median)
    living = np.log(MANY["living"][first] / 100 / (CONFIG.living_share * CONFIG.income_median))
    left = living - CONFIG.living_elasticity * income + CONFIG.living_sigma**2 / 2
    assert stats.kstest(left, stats.norm(0, CONFIG.living_sigma).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(left, income)[0, 1]) < 4 / np.sqrt(len(first))


def test_frailty_is_gamma_with_mean_1_and_variance_1_over_shape() -> None:
    assert stats.kstest(MANY["frailty"], "gamma", args=(LIFE.frailty_shape, 0, 1 / LIFE.frailty_shape)).pvalue > 1e-4
    for shape in (0.5, 4.0):
        frailty = create(40_000, LIFE._replace(frailty_shape=shape), KEY)["frailty"]
        assert stats.kstest(frailty, "gamma", args=(shape, 0, 1 / shape)).pvalue > 1e-4
        assert frailty.mean() == pytest.approx(1.0, abs=4 / np.sqrt(shape * 40_000))
        assert frailty.var() == pytest.approx(1 / shape, rel=0.08)


def test_shares_of_persons() -> None:
    assert_share(MANY["insurance"] == RESIDENT_INSURED, CONFIG.resident_insured)
    assert_share(MANY["insurance"] == EMPLOYEE_INSURED, CONFIG.employee_insured)
    assert_share(MANY["price_blind"] == 1, CONFIG.price_blind)
    working_age = (MANY["age"] >= 18) & (MANY["age"] <= 54)
    assert_share(MANY["away"][working_age] == 1, CONFIG.away)
    assert not MANY["away"][~working_age].any()


@settings(max_examples=30)
@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 40))
def test_a_larger_county_holds_the_smaller_one(count: int, more: int, households_per_village: int) -> None:
    life = LIFE._replace(households_per_village=households_per_village)
    small, large = create(count, life, KEY), create(count + more, life, KEY)
    assert small.tobytes() == large[:count].tobytes()
    assert large["key"].tolist() == list(range(count + more))
    assert (large["village"] == large["household"] // households_per_village).all()
    assert (np.diff(large["household"]) >= 0).all()


def test_who_a_person_is_depends_on_his_key() -> None:
    other = create(1_000, LIFE, KEY._replace(replication=1))
    for name in ("age", "frailty", "income", "insurance"):
        assert (other[name] != MANY[:1_000][name]).any()


# --- birth, age, death, migration ------------------------------------------------------------------------------------
def after(years: int, residents: Residents, life: population.LifeRules = LIFE) -> Residents:
    residents = residents.copy()
    for year in range(1, years + 1):
        residents = begin_year(residents, life, KEY, year)
    return residents


def living(residents: Residents) -> Residents:
    return residents[residents["alive"] == 1]


def test_a_years_births_deaths_and_ages() -> None:
    new = after(1, MANY)
    old_rows = new[: len(MANY)]
    stayed = (old_rows["key"] == MANY["key"]) & (old_rows["alive"] == 1)
    children = living(new)[living(new)["key"] >= len(MANY)]
    # the balance
    assert len(living(new)) == len(MANY) - (~stayed).sum() + len(children)
    # deaths by the table, by sex and age
    risk = LIFE.mortality[MANY["sex"], MANY["age"]]
    for sex in (0, 1):
        for low, high in ((0, 1), (1, 40), (40, 60), (60, 75), (75, 120)):
            group = (MANY["sex"] == sex) & (MANY["age"] >= low) & (MANY["age"] < high)
            expected, variance = risk[group].sum(), (risk * (1 - risk))[group].sum()
            assert abs((~stayed[group]).sum() - expected) <= SIGMAS * np.sqrt(variance) + 1
    # births to women of the age, who live
    mothers = stayed & (MANY["sex"] == 1) & (old_rows["age"] >= 20) & (old_rows["age"] < 38)
    assert abs(len(children) - LIFE.births * mothers.sum()) <= SIGMAS * np.sqrt(LIFE.births * mothers.sum())
    assert set(children["key"] % 2**32) <= set(MANY["key"][mothers])
    assert (children["age"] == 0).all()
    assert not children["chronic"].any()
    # everybody else is a year older and otherwise the same
    assert (old_rows["age"][stayed] == MANY["age"][stayed] + 1).all()
    for name in ("sex", "household", "village", "income", "insurance", "frailty", "chronic", "signed"):
        assert (old_rows[name][stayed] == MANY[name][stayed]).all(), name


def test_moving_away_and_back() -> None:
    new = after(1, MANY)[: len(MANY)]
    stayed = (new["key"] == MANY["key"]) & (new["alive"] == 1)
    young = stayed & (new["age"] >= 18) & (new["age"] < 50)
    assert_share(new["away"][young & (MANY["away"] == 0)] == 1, LIFE.leave)
    assert_share(new["away"][young & (MANY["away"] == 1)] == 0, LIFE.come_back)
    assert not new["away"][stayed & (new["age"] >= 55)].any()


def test_nobody_dies_in_a_bed_or_waiting() -> None:
    deadly = LIFE._replace(mortality=np.ones((2, 120)), births=0.0)
    people = MANY[:1_000].copy()
    people["busy"] = np.arange(1_000) % 4
    new = after(1, people, deadly)
    assert (new["alive"] == (people["busy"] > 0)).all()
    assert (new["tenant"] == (people["busy"] == 0)).all()


def test_keys_stay_unique_and_children_belong_to_their_mothers() -> None:
    """Sixty years of large families: three generations of newborns, rows used again and again."""
    fertile = LIFE._replace(births=0.1)
    residents = create(1_500, fertile, KEY)
    seen = set(residents["key"].tolist())
    home = dict(zip(residents["key"].tolist(), residents["household"].tolist(), strict=True))
    for year in range(1, 61):
        residents = begin_year(residents, fertile, KEY, year)
        here = living(residents)
        assert len(np.unique(here["key"])) == len(here)
        for child in here[here["age"] == 0]:
            key = int(child["key"])
            if key in seen:
                continue
            seen.add(key)
            generation = (key.bit_length() - 25) // 8  # bytes above the 32 bits of the first ancestor
            mother = key & ((1 << (24 + 8 * generation)) - 1)
            assert mother in seen
            assert home[mother] == child["household"]
            home[key] = int(child["household"])
            assert key >> (24 + 8 * generation) == year + 1
    assert max(seen).bit_length() > 48  # grandchildren were born


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 70), max_size=3)), max_size=6))
def test_newborn_keys_do_not_collide(families: list[tuple[int, list[int]]]) -> None:
    """A key tells the first ancestor and the birth years of all generations since."""
    keys = {}
    for ancestor, births in families:
        key = ancestor
        for year in births:
            key = newborn_key(key, year)
        assert 0 <= key < 2**63
        keys[ancestor, tuple(births)] = key
    assert len(set(keys.values())) == len(keys)


def test_a_child_is_the_same_in_a_used_row_and_in_a_new_one() -> None:
    people = MANY[:3_000].copy()
    people["alive"][:1_500] = 0
    used = people.copy()
    for name in set(people.dtype.names or ()) - {"alive", "key", "token", "tenant"}:
        used[name][:1_500] = 1  # whatever the dead left behind
    clean, reused = (living(after(1, rows, LIFE._replace(births=0.5))) for rows in (people, used))
    assert (clean["key"] >= 3_000).sum() > 20
    for name in set(people.dtype.names or ()) - {"token", "tenant"}:
        assert (clean[name] == reused[name]).all(), name


def test_luck_in_life_does_not_depend_on_rows() -> None:
    order = np.random.default_rng(1).permutation(3_000)
    one, other = (living(after(8, rows)) for rows in (MANY[:3_000], MANY[:3_000][order]))
    one, other = (rows[np.argsort(rows["key"])] for rows in (one, other))
    for name in set(one.dtype.names or ()) - {"token", "tenant"}:
        assert (one[name] == other[name]).all(), name


def test_year_view_shows_the_living() -> None:
    world = create_world(county(500), KEY)
    world.residents["alive"][::7] = 0
    view = year_view(world.residents, CONFIG, 0)
    assert view.key.tolist() == [key for key in range(500) if key % 7]
    assert (view.food == 400_000).all()
    assert (view.living == world.residents["living"][world.residents["alive"] == 1]).all()
    assert (view.community >= 0).all()
