"""What source lines of parameters say of the default county's first year, measured."""

from functools import cache

import numpy as np
import pytest

from sim import pipeline
from sim.closing.arm import open_books
from sim.config import load_config
from sim.core.randomness import Key
from sim.engine import engines
from sim.tables import COUNTY, INPATIENT, TOWNSHIP, VILLAGE, Floats, Flows


@cache
def first_year() -> Flows:
    """Year 0 of 20,000 residents, all years alike."""
    config = load_config(["variation.apply=false"])
    setting = engines.Setting(False, config.years.warm_up)
    engine = engines.create("kernel", pipeline.rule_configs(config), Key(config.seed, 0), setting)
    policy = open_books(config, False).policy
    for year in range(-config.years.warm_up, 1):
        flows = pipeline.play(engine, policy, config, year)
    return flows


def slots_to_demand() -> Floats:
    """[village, township, county] slots a day for 1,000 residents over the visits that 1,000 make there on a day."""
    flows, config = first_year(), load_config([])
    visits = flows.claims.category != INPATIENT
    made = np.bincount(flows.claims.tier[visits], weights=flows.claims.cases[visits], minlength=5)
    slots = np.array(list(config.providers.slots_per_1000.model_dump().values()))
    found: Floats = (slots * 365 * config.population.residents / 1000 / made)[[VILLAGE, TOWNSHIP, COUNTY]]
    return found


def test_slots_are_about_twice_the_mean_demand() -> None:
    """`providers.slots_per_1000`.  Before, it said half as much again."""
    assert slots_to_demand() == pytest.approx([2.0, 2.0, 2.0], abs=0.35)


def test_a_tenth_of_admissions_is_for_chronic_conditions() -> None:
    """`illness.exacerbation`.  Groups 1 to 4 of the table are the conditions'; before, it said a fifth."""
    claims = first_year().claims
    stays = claims.category == INPATIENT
    groups, cases = claims.group[stays], claims.cases[stays]
    assert cases[(groups >= 1) & (groups <= 4)].sum() / cases.sum() == pytest.approx(0.10, abs=0.02)


def test_a_sixth_of_charges_is_outside_the_catalogue() -> None:
    """`claims.non_catalogue`: 16 % of all charges, where it said 10 to 15 %."""
    config, claims = load_config([]), first_year().claims
    shares = np.array(list(config.claims.non_catalogue.model_dump().values()))
    outside = (shares[claims.tier] * claims.charge).sum() / claims.charge.sum()
    assert outside == pytest.approx(0.16, abs=0.015)


@pytest.mark.parametrize("year", [2019, 2024])
def test_incomes_grow_as_charges_do(year: int) -> None:
    """`population.income_growth`: else care becomes cheaper to people, or dearer, year by year.

    With 6 and 3 % in 2024 the county hospitals' occupancy rose by 8 points in thirty years, and by 2 with 3 and 3 %.
    """
    config = load_config([f"base_year={year}"])
    assert config.population.income_growth == config.claims.growth


@pytest.mark.parametrize(("year", "mean"), [(2019, 16_021), (2024, 23_119)])
def test_mean_income_is_the_published_one(year: int, mean: float) -> None:
    """`population.income_median`: a lognormal's mean is its median × exp(σ² ÷ 2).  Before, 16,922 and 24,333."""
    config = load_config([f"base_year={year}"]).population
    incomes = config.income_median * np.exp(config.income_sigma * np.random.default_rng(1).standard_normal(2_000_000))
    assert incomes.mean() == pytest.approx(mean, rel=0.003)
