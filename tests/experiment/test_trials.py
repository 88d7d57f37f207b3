"""Trials of `validate`: experiments on two counties that differ in one thing."""

import math

import numpy as np
import pytest

from sim.config import load_config
from sim.experiment.targets import load_targets
from sim.experiment.trials import COINSURANCE, with_coinsurance
from sim.experiment.validate import run_trials
from sim.outcomes.trials import TRIALS

SMALL = ["population.residents=6000", "population.county_residents=6000", "experiment.replications=2",
         "variation.apply=false", "years.warm_up=0"]  # fmt: skip
ONE_CLINIC = [
    *SMALL,
    "population.price_blind=0", "population.away=0", "illness.severe_scale=0", "illness.chronic_scale=0",
    "illness.moderate=0", "illness.neglect_weight=0", "providers.slots_per_1000.village=1000",
    "care.outpatient={village: 1.0, township: -1000, county: -1000, city: -1000, remote: -1000}",
    "care.distance=[0,0,0]", "care.contract_bonus=0", "care.price_by_quintile=[1,1,1,1,1]",
    "care.price=[0.8,0.5,0.5]", "care.price_scale=[10,10,10]", "claims.visit_charge.village=100",
    "claims.non_catalogue={village: 0, township: 0, county: 0, city: 0, remote: 0}",
]  # fmt: skip
"""Mild needs alone, one place to go, and everybody answers to price alike."""


def seek(price: float, own: float) -> float:
    """Probability of a visit at 100 yuan in that county, by the logit."""
    return 1.0 / (1.0 + math.exp(-(1.0 - price * math.log(1.0 + own / 10.0))))


def found(words: list[str], trial: str) -> list[float]:
    """A trial's figure by replication."""
    return [value for one in run_trials(load_config(words), [trial]) for _, name, _, value in one.rows if name == trial]


def test_elasticity_of_visits_in_closed_form():
    """Nothing is covered: all pay 100 yuan, and expect 90 or 110."""
    nothing = ["benefit.resident.outpatient_cap=0", "benefit.employee.outpatient_cap=0"]
    low, high = seek(0.8, 90.0), seek(0.8, 110.0)
    expected = (high - low) / ((high + low) / 2) / 0.2
    assert expected < -0.4
    assert np.mean(found([*ONE_CLINIC, *nothing], "elasticity_visits")) == pytest.approx(expected, abs=0.06)


def test_free_care_against_coinsurance_in_closed_form():
    """Without a limit in reach a visit costs 0, 25 or 95 yuan."""
    words = [
        *ONE_CLINIC,
        "population.income_median=1e9",
        "population.resident_insured=1",
        "population.employee_insured=0",
    ]
    for trial, own in (("free_visits", 0.0), ("quarter_visits", 25.0)):
        expected = seek(0.8, own) / seek(0.8, 95.0)
        assert np.mean(found(words, trial)) == pytest.approx(expected, rel=0.02)


def test_who_does_not_see_prices_answers_to_none():
    words = [*SMALL, "population.price_blind=1", "illness.neglect_weight=0"]
    assert found(words, "elasticity_visits") == [0.0, 0.0]


def test_plans_of_the_experiment():
    """Patients pay their share of everything, of what is outside the catalogue too, up to the limit."""
    config = with_coinsurance(load_config([]), COINSURANCE["quarter"])
    plan = config.benefit.resident
    assert set(plan.ratio.values()) == set(plan.outpatient_ratio.values()) == set(plan.chronic_ratio.values()) == {0.75}
    assert set(plan.deductible.values()) == set(config.claims.non_catalogue.values()) == {0.0}
    # a tenth of what a family of 3.14 has: the mean of lognormal incomes with this median
    family = 3.141 * config.population.income_median * math.exp(config.population.income_sigma**2 / 2)
    assert plan.own_limit == pytest.approx(0.1 * family, rel=1e-3)


@pytest.mark.parametrize("year", [2019, 2024])
def test_targets_are_fitted_or_held_out(year):
    """At least 45 figures, a dozen of them not looked at by the fit; each trial has one."""
    targets = load_targets(year)
    judged = [target for target in targets if not math.isnan(target.tolerance)]
    assert len(judged) >= 45
    assert {target.use for target in judged} == {"fitted", "held out", "set"}
    assert sum(target.use == "held out" for target in judged) >= 12
    assert set(TRIALS) <= {target.outcome for target in targets}
