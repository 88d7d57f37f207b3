"""Common variation: its law over replications, what each factor moves, and that all arms meet the same years."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.core.randomness import Key
from sim.county.variation import Common, Config, common
from sim.engine.create import RuleConfigs
from sim.money.response import neutral as neutral_policy
from sim.tables import CITY, INPATIENT, OUTPATIENT, Flows
from tests.core_world import assert_same_years, county, differs, make, neutral, play, tiers, under_pressure, with_slack

WIDE = {"incidence": 0.2, "price": 0.1, "income": 0.05, "outside": 0.4, "persistence": 0.6}
"""So that each factor is seen."""
COUNT, YEARS = 3_000, 4


@pytest.mark.parametrize("persistence", [0.0, 0.6])
def test_factors_are_lognormal_with_mean_1_and_correlate_from_year_to_year(persistence: float) -> None:
    """Stationary from the first year: the same spread in each, and correlation persistence ** years between two."""
    config = Config(**WIDE | {"persistence": persistence})
    factors = np.array([[common(config, Key(5, r), year) for year in range(YEARS)] for r in range(COUNT)])
    logs = np.log(factors)
    spreads = np.array([config.incidence, config.price, config.income, config.outside])
    for year in range(YEARS):
        assert logs[:, year].mean(axis=0) == pytest.approx(-(spreads**2) / 2, abs=4 * spreads.max() / math.sqrt(COUNT))
        assert logs[:, year].std(axis=0) / spreads == pytest.approx(1.0, abs=4 / math.sqrt(2 * COUNT))
        error = np.sqrt(np.expm1(spreads**2) / COUNT)
        assert (abs(factors[:, year].mean(axis=0) - 1.0) <= 4 * error).all()
    for factor in range(4):
        between = np.corrcoef(logs[:, :, factor].T)
        expected = persistence ** abs(np.subtract.outer(np.arange(YEARS), np.arange(YEARS)))
        assert abs(between - expected).max() <= 4.5 / math.sqrt(COUNT)
    across = np.corrcoef(logs[:, -1].T)
    assert abs(across - np.eye(4)).max() <= 4.5 / math.sqrt(COUNT)


def test_years_of_a_replication_are_those_of_a_recursion() -> None:
    """A later year goes on from an earlier one: its score less the part that persists is new luck."""
    config = Config(**WIDE)
    scores = np.array(
        [[(math.log(common(config, Key(5, r), year).price) + 0.005) / 0.1 for year in range(3)] for r in range(1_000)]
    )
    fresh = (scores[:, 1:] - 0.6 * scores[:, :-1]) / 0.8
    assert abs(np.corrcoef(fresh.T)[0, 1]) < 0.13
    assert abs(np.corrcoef(scores[:, 0], fresh[:, 1])[0, 1]) < 0.13
    assert fresh.std() == pytest.approx(1.0, abs=0.07)


def test_off_is_exactly_1() -> None:
    for year in range(5):
        assert common(Config(apply=False), Key(3, 1), year) == Common(1.0, 1.0, 1.0, 1.0)
    still = Config(incidence=0.0, price=0.0, income=0.0, outside=0.0)
    assert common(still, Key(3, 1), 4) == Common(1.0, 1.0, 1.0, 1.0)


# --- what each factor moves ------------------------------------------------------------------------------------------
def with_one(name: str, spread: float = 0.3, **stages: dict[str, object]) -> tuple[RuleConfigs, RuleConfigs, float]:
    """A county with one factor at work, the same without, and the factor of the first year."""
    config = dict.fromkeys(("incidence", "price", "income", "outside"), 0.0) | {name: spread}
    varied = with_slack(3_000, variation=config, **stages)
    return varied, with_slack(3_000, **stages), getattr(common(varied.variation, Key(1, 0), 0), name)


def test_illness_of_the_year_moves_all_needs_alike() -> None:
    varied, plain, factor = with_one("incidence")
    assert abs(math.log(factor)) > 0.02
    one, other = (play(config).world.residents for config in (varied, plain))
    for name in ("acute_mean", "severe"):
        assert one[name] == pytest.approx(other[name] * factor, rel=1e-12)
    assert (one["chronic_visit"] == other["chronic_visit"]).all()


def test_prices_of_the_year_move_charges_alike() -> None:
    free = {"price": (0.0,) * 3}
    varied, plain, factor = with_one("price", care=free)
    one, other = (play(config).years[0].claims for config in (varied, plain))
    assert (one.resident == other.resident).all()
    large = other.charge > 1_000
    assert one.charge[large] == pytest.approx(other.charge[large] * factor, abs=1.0)
    assert abs(factor - 1) > 0.02


def test_the_year_moves_the_odds_of_going_elsewhere() -> None:
    """Of city and remote against all else, one need alone: the odds of the logit, times the factor."""
    place = {"outpatient": tiers(0.5, 0.5, 0.5, 0.3, 0.3), "outpatient_severity": tiers(0.0), "price": (0.0,) * 3}
    lone = {"moderate": 0.0, "severe_scale": 0.0, "chronic_scale": 0.0, "acute": (4.0,) * 9}
    none_away = {"away": 0.0}
    varied, plain, factor = with_one("outside", 0.8, care=place, illness=lone, population=none_away)
    odds = []
    for config in (varied, plain):
        flows = play(config, 1).years[0]
        needs = flows.county[:, 0].sum()
        outside = ((flows.claims.tier >= CITY) & (flows.claims.category == OUTPATIENT)).sum()
        odds.append(outside / (needs - outside))
    assert abs(math.log(factor)) > 0.1
    error = math.sqrt(2 / 1_500)
    assert math.log(odds[0] / odds[1]) == pytest.approx(math.log(factor), abs=4 * error)


def test_incomes_of_the_year() -> None:
    """Of persons to whom the price means nothing, so that the same care is sought."""
    varied, plain, factor = with_one("income", population={"price_blind": 1.0})
    one, other = (play(config).years[0] for config in (varied, plain))
    assert one.income == factor
    assert other.income == 1.0
    assert one.population.income == pytest.approx(other.population.income * factor, abs=1.0)
    assert (one.population.food == other.population.food).all()
    assert (one.claims.charge == other.claims.charge).all()


# --- who meets it ----------------------------------------------------------------------------------------------------
def years_of(name: str, config: RuleConfigs) -> list[Flows]:
    return play(config, 3, engine=name).years


def test_engines_agree_on_years_that_differ() -> None:
    config = under_pressure(150, variation=WIDE)
    kernel, reference = years_of("kernel", config), years_of("reference", config)
    assert_same_years(kernel, reference)
    calm = years_of("kernel", under_pressure(150))
    differs(assert_same_years, calm, reference)
    assert len({flows.income for flows in kernel}) == 3


def test_arms_meet_the_same_years() -> None:
    """Whatever an arm does: its years are addressed by seed, replication and year, and by nothing of the arm."""
    config = county(300, variation=WIDE, care={"price": (0.0,) * 3}, claims={"return_probability": 0.0})
    other = config._replace(contracts=type(config.contracts)(sign=0.9))
    first = make(config)
    first.play(0, *neutral(config))
    gentle = neutral_policy(1)._replace(intensity=np.full((5, 3), 0.5))
    arms = [first.fork(), first.fork(other)]
    years = [arm.play(1, policy, 1.0) for arm, policy in zip(arms, (neutral(config).policy, gentle), strict=True)]
    assert years[0].income == years[1].income == common(config.variation, Key(1, 0), 1).income
    rates = [arm.world.residents["acute_mean"] for arm in arms]
    assert (rates[0] == rates[1]).all()
    stays = [flows.claims.charge[flows.claims.category == INPATIENT] for flows in years]
    assert stays[0].sum() > 1.5 * stays[1].sum()
    elsewhere = make(config, key=Key(1, 1)).play(0, *neutral(config)).income
    assert elsewhere != common(config.variation, Key(1, 0), 0).income
