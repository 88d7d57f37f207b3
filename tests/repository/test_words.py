"""Words of the parameter table that promise something are held: "calibrated" by a fit to a target, others by a test."""

import re

import pytest

from benchmarks.refit import FREE
from sim.config.describe import Parameter
from sim.config.model import describe_parameters
from sim.experiment.targets import load_targets
from tests.paths import ROOT

PROMISES = re.compile(r"\b(calibrated|balances?|keeps|steady|neutral|roughly|by itself|moves nothing|gains by)\b")
"""Words whose truth can be lost by a change elsewhere."""

PLAIN = {
    "claims.variable_cost": "neutral intensity, a definition",
    "claims.return_intensity": "neutral intensity, a definition",
    "settlement.retained_share": "what a community keeps",
    "settlement.surplus_bands[].share": "what a community keeps",
    "settlement.overrun_bands[].share": "what a community keeps",
    "settlement.distribution.keep_lead": "what a hospital keeps",
    "settlement.distribution.keep_township": "what a centre keeps",
    "fund.city_pool.apply": "what a county keeps",
    "fund.interest": "the fund's balance",
    "fund.opening_months": "the fund's balance",
    "fund.employee.opening_months": "the fund's balance",
}
"""Keys whose sentence has such a word in another sense."""

HELD = {
    "population.elder_households": "tests/repository/test_words.py::test_ages_of_the_first_households",
    "population.middle_households": "tests/repository/test_words.py::test_ages_of_the_first_households",
    "population.nuclear_households": "tests/repository/test_words.py::test_ages_of_the_first_households",
    "population.income_growth": "tests/repository/test_words.py::test_burden_relative_to_income_does_not_drift",
    "population.come_back": "tests/county/test_population.py::",
    "contracts.sign": "tests/county/test_family_doctors.py::",
    "population.frailty_shape": "tests/whole/test_persons.py::",
    "illness.yearly": "tests/whole/test_persons.py::",
    "illness.drop_out": "tests/county/test_balance.py::",
    "benefit.indexation": "tests/closing/test_indexing.py::",
    "settlement.growth": "tests/closing/test_indexing.py::",
    "payment.": "tests/money/test_neutral.py::",
}
"""Other keys (or their beginnings), and the tests that hold what is promised."""


def plain(key: str) -> str:
    """A key without tiers."""
    return re.sub(r"\.(village|township|county|city|remote)$", "", key)


def promising() -> dict[str, Parameter]:
    """Parameters whose sentence or source promises something."""
    return {
        plain(parameter.key): parameter
        for parameter in describe_parameters()
        if PROMISES.search(f"{parameter.doc} {parameter.source}") and plain(parameter.key) not in PLAIN
    }


def fitted_keys() -> set[str]:
    """Keys that the fit moves."""
    return {re.sub(r"\.\d+$", "", plain(free.name.split(" ")[0])) for free in FREE}


@pytest.mark.parametrize("key", sorted(promising()))
def test_what_the_parameter_table_promises_is_held(key: str) -> None:
    parameter = promising()[key]
    if "calibrated" in f"{parameter.doc} {parameter.source}" and key in fitted_keys():
        return  # by the figures that the fit is to meet (`test_figures_that_are_fitted_are_met`)
    places = [place for head, place in HELD.items() if key == head or (head.endswith(".") and key.startswith(head))]
    assert places, f"{key}: {parameter.doc} {parameter.source}: say where it is held, or do not say it"
    path, _, name = places[0].partition("::")
    assert f"def {name}" in (ROOT / path).read_text(encoding="utf-8")


def test_what_is_said_of_no_parameter_is_not_held() -> None:
    """Nothing is listed that the table does not say any more."""
    keys = promising()
    assert [key for key in PLAIN if not any(plain(p.key) == key for p in describe_parameters())] == []
    assert [head for head in HELD if not any(key == head or key.startswith(head) for key in keys)] == []


def test_ages_of_the_first_households() -> None:
    """Rural census of 2020: 23.8 % of 60 and over, 19.3 % below 15 (figures 2.5)."""
    from sim.county.population import Config, expected_ages

    ages = expected_ages(Config())
    assert ages[60:].sum() == pytest.approx(0.238, abs=0.01)
    assert ages[:15].sum() == pytest.approx(0.193, abs=0.012)


def test_burden_relative_to_income_does_not_drift() -> None:
    """Incomes, charges, deductibles and limits all grow alike."""
    from sim.config import SimConfig

    config = SimConfig()
    assert config.population.income_growth == config.claims.growth
    assert config.benefit.indexation is None


@pytest.mark.parametrize("year", [2019, 2024])
def test_each_fitted_figure_has_an_outcome_and_a_tolerance(year: int) -> None:
    for target in load_targets(year):
        assert target.use in ("", "fitted", "held out", "set")
        assert (target.tolerance > 0) == bool(target.use), target.outcome
