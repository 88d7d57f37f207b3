"""How much of a community's result is luck: against a county in pieces, and against the rule applied to chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.config import load_config
from sim.core.arrays import variation
from sim.core.randomness import Key
from sim.county.variation import Config as Variation
from sim.engine import engines
from sim.money import response
from sim.money.history import BaseCosts, ClosedYear, History, persistence
from sim.money.paying import terms_of
from sim.money.settlement import Config, Persons, chances, luck, planned_sd, shared, stake, worth
from sim.money.settlement.luck import base_years_of
from sim.pipeline import play, rule_configs
from sim.tables import RESIDENT_INSURED, empty_claims
from tests.money_world import ints, make_providers

COUNTY = ("population.residents=12000", "years.warm_up=1")
YEARS = 4


@pytest.fixture(scope="module")
def costs() -> np.ndarray:
    """[person, year] fund money of everybody insured in all of four simulated years."""
    config = load_config(list(COUNTY))
    engine = engines.create(config.engine, rule_configs(config), Key(7, 0), engines.Setting(False, 1))
    policy = response.neutral(config.providers.communities)
    years = []
    for year in range(-1, YEARS):
        people = play(engine, policy, config, year).population
        insured = people.insurance == RESIDENT_INSURED
        years.append(dict(zip(people.key[insured].tolist(), people.statutory[insured].tolist(), strict=True)))
    stayed = sorted(set.intersection(*map(set, years[1:])))
    return np.array([[year[key] for year in years[1:]] for key in stayed], dtype=np.float64)


@pytest.mark.parametrize("size", [200, 800, 2000])
@pytest.mark.parametrize("base_years", [0, 1, 3])
def test_spread_of_a_county_cut_into_communities(costs: np.ndarray, size: int, base_years: int) -> None:
    """A county cut into communities at random, each with a budget from its own past, or (0) the county's mean."""
    rng = np.random.default_rng(size)
    level = costs.mean(axis=0)
    relative = costs / level  # the county's own growth is no luck of a community
    results = []
    for _ in range(60):
        order = rng.permutation(len(costs))
        pieces = relative[order[: len(costs) // size * size]].reshape(-1, size, YEARS).mean(axis=1)
        budget = pieces[:, YEARS - 1 - base_years : YEARS - 1].mean(axis=1) if base_years else 1.0
        results.append(budget - pieces[:, -1])
    finite = math.sqrt(1 - size / len(costs))  # pieces of one county are less apart than communities would be
    lasting = np.corrcoef(costs.T)[-1, :-1].mean()
    expected = luck(Persons(variation(costs[:, -1]), lasting), size, base_years).total * finite
    assert np.concatenate(results).std() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("lasting", [0.0, 0.5, 0.9])
def test_what_lasts_in_persons_is_no_luck(lasting: float) -> None:
    """Made-up persons whose money is in part the same every year: budgets of two base years know that part."""
    rng, size = np.random.default_rng(3), 50
    same = rng.gamma(0.1, size=(40_000 * size, 1)) * math.sqrt(lasting)
    money = same + rng.gamma(0.1, size=(40_000 * size, 3)) * math.sqrt(1 - lasting)
    pieces = money.reshape(-1, size, 3).mean(axis=1) / money.mean()
    expected = luck(Persons(variation(money[:, 2]), lasting), size, 2).total
    assert (pieces[:, :2].mean(axis=1) - pieces[:, 2]).std() == pytest.approx(expected, rel=0.03)


def test_variation_is_that_of_all_insured() -> None:
    money = np.array([0.0, 0.0, 30.0, 90.0, 480.0])
    assert variation(money) == pytest.approx(money.std() / money.mean())
    assert variation(money[2:], 5) == pytest.approx(variation(money))
    assert math.isnan(variation(np.zeros(4)))


RULES = {
    "all kept, all borne": Config(),
    "corridor of 2 %": Config(minimum_rate=0.02, minimum_overrun_rate=0.02),
    "beyond the rate only": Config(minimum_rate=0.03, first_dollar=False, overrun_share=0),
    "bands": Config(
        surplus_bands=[{"upto": 0.04, "share": 0}, {"share": 0.5}],
        overrun_bands=[{"upto": 0.01, "share": 0}, {"upto": 0.1, "share": 0.8}],
    ),
    "a band below the rate": Config(
        minimum_rate=0.05, first_dollar=False, surplus_bands=[{"upto": 0.03, "share": 1}, {"share": 0}]
    ),
    "nothing kept": Config(surplus_cap=0.0, minimum_overrun_rate=0.01),
    "rates by size": Config(minimum_rates=[{"heads": 1000, "rate": 0.06}, {"heads": 9000, "rate": 0.02}]),
}


@pytest.mark.parametrize("name", RULES)
def test_chances_are_those_of_the_rule_itself(name: str) -> None:
    """The rule is applied to 20,000 years of pure chance."""
    rule, budget, heads, sd = RULES[name], 10**10, 5000, 0.05
    found = chances(rule, sd, heads)
    assert found is not None
    balances = np.random.default_rng(1).normal(0, sd * budget, 20_000).astype(np.int64)
    paid = np.array([shared(rule, budget, int(balance), 1.0, heads) for balance in balances])
    assert found.rewarded == pytest.approx((paid > 0).mean(), abs=0.012)
    assert found.penalised == pytest.approx((paid < 0).mean(), abs=0.012)


WORTH = RULES | {
    "overrun half borne": Config(overrun_share=0.5),
    "a tenth of the budget at most": Config(minimum_rate=0.02, surplus_cap=0.04, overrun_cap=0.03, overrun_share=0.4),
    "beyond the rate, bands and a cap": Config(
        minimum_rate=0.03,
        first_dollar=False,
        surplus_bands=[{"upto": 0.02, "share": 0.2}, {"upto": 0.06, "share": 0.4}, {"share": 0.9}],
        surplus_cap=0.02,
        minimum_overrun_rate=0.01,
    ),
}


@pytest.mark.parametrize("name", WORTH)
@pytest.mark.parametrize("sd", [0.01, 0.05, 0.2])
def test_the_worth_of_luck_is_the_mean_of_the_rule_itself(name: str, sd: float) -> None:
    """The rule is applied to 20,001 quantiles of a normal law: its mean, of which the outermost are a little coarse."""
    rule, budget, heads = WORTH[name], 10**12, 5000
    quantiles = stats.norm.ppf((np.arange(20_001) + 0.5) / 20_001)
    paid = [shared(rule, budget, round(sd * z * budget), 1.0, heads) for z in quantiles]
    assert worth(rule, sd, heads) == pytest.approx(np.mean(paid) / budget, abs=3e-4 * sd)


def test_half_an_overrun_leaves_a_fifth_of_the_spread() -> None:
    found = worth(Config(overrun_share=0.5), 0.06)
    assert found == pytest.approx(0.5 * 0.06 / math.sqrt(2 * math.pi))  # E[max(Z, 0)] is 1 / root of 2 pi
    assert worth(Config(), 0.06) == pytest.approx(0.0)
    assert worth(Config(contract={"apply": True}), 0.06) is None


@pytest.mark.parametrize(
    ("words", "by_heads"),
    [
        (["payment=package"], True),
        (["payment=package", "payment.within=dip"], False),
        (["payment=drg_package"], False),
        (["payment=signed_quota"], False),
        (["payment=weighted_capitation"], False),
        (["payment=package", "settlement.charged=members"], False),
    ],
)
def test_only_bills_of_all_insured_swing_by_their_number(words: list[str], by_heads: bool) -> None:
    config = load_config(words)
    terms = terms_of(config.payment, config.settlement, 3)
    assert terms is not None
    assert terms.by_heads == by_heads
    without = load_config(["payment=drg"])
    assert terms_of(without.payment, without.settlement, 3) is None


@pytest.mark.parametrize("after", range(1, 6))
def test_years_that_hang_together_change_little(after: int) -> None:
    """Three base years against the year that follows them by so many, from the covariances of an autoregression."""
    years = np.array([0, 1, 2, 2 + after])
    covariances = Variation().persistence ** np.abs(years[:, None] - years)
    weights = np.array([1 / 3, 1 / 3, 1 / 3, -1])
    true = math.sqrt(weights @ covariances @ weights)
    assert luck(Persons(0.0), 100, 3, 1.0).common == pytest.approx(true, rel=0.1)


def test_a_small_community_is_paid_for_luck() -> None:
    """5,000 persons, 2 % corridor: three of four years are rewarded or penalised for nothing; with 500,000 none is."""
    rule = RULES["corridor of 2 %"]
    small, large = (luck(Persons(4.0), heads, base_years_of(rule, 3)).total for heads in (5_000, 500_000))
    assert small == pytest.approx(4 / math.sqrt(5000) * math.sqrt(4 / 3))
    found = chances(rule, small)
    assert found is not None
    assert found.rewarded + found.penalised == pytest.approx(0.41 + 0.36, abs=0.03)  # seen in simulated years
    assert chances(rule, large) == pytest.approx((0.0, 0.0), abs=0.002)
    assert chances(Config(contract={"apply": True}), small) is None


@pytest.mark.parametrize(
    ("values", "count"),
    [({}, 3), ({"base_years": 2}, 2), ({"base": "last_year"}, 1), ({"lump_per_head": 700.0}, 0)],
)
def test_a_budget_carries_the_luck_of_its_base_years(values: dict[str, object], count: int) -> None:
    assert base_years_of(Config.model_validate(values), 3) == count
    assert luck(Persons(4.0), 100, count).base == pytest.approx(0.4 / math.sqrt(count) if count else 0)


def _persons(money: list[float]) -> BaseCosts:
    column = ints(*(round(100 * x) for x in money))
    return BaseCosts(ints(*range(len(money))), np.zeros_like(column), column, column, column, column)


def test_what_communities_plan_for_follows_their_size() -> None:
    persons = _persons([0, 0, 0, 1000])  # sd ÷ mean is the root of 3
    heads = ints(300, 30_000)
    found = planned_sd(Config(), heads, persons)
    assert found.tolist() == pytest.approx([math.hypot(0.03, 0.1), math.hypot(0.03, 0.01)])
    assert planned_sd(Config(planning_common=0.0), heads, persons).tolist() == pytest.approx([0.1, 0.01])
    assert planned_sd(Config(planning_sd=0.02), heads, persons).tolist() == [0.02, 0.02]  # a number given stays
    assert planned_sd(Config(), heads, None).tolist() == [0.06, 0.06]


def test_a_large_community_is_surer_of_its_surplus() -> None:
    """Of a surplus all is kept, of an overrun nothing borne: what is kept of a yuan is the chance of a surplus."""
    heads = ints(300, 30_000)
    closed = ClosedYear(0, empty_claims(), heads * 69_000, heads)
    history = History((closed,), 1, 1, heads, ints(), 0.0)
    config = Config(overrun_share=0, expected_growth=0.0, planning_common=0.0)
    budgets = heads * 66_930  # 3 % less than what is expected
    found = stake(config, budgets, history, make_providers(2), _persons([0, 0, 0, 1000]))
    expected = [stats.norm.cdf(-0.03 / 0.97 / sd) for sd in (0.1, 0.01)]
    assert found.kept.tolist() == pytest.approx(expected, abs=0.01)


def test_persistence_is_the_correlation_of_those_known_in_both_years() -> None:
    before = _persons([5, 0, 70, 20])._replace(key=ints(1, 2, 4, 9))
    key, fund = ints(9, 3, 4, 1), ints(1000, 99_999, 9000, 0)
    assert persistence(before, key, fund) == pytest.approx(np.corrcoef([5, 70, 20], [0, 90, 10])[0, 1])
    assert math.isnan(persistence(before, ints(3), ints(5)))
