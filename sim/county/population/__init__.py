"""Who lives here: persons in households in villages, with income, insurance, frailty and chronic conditions."""

from sim.county.population.balance import moving_by_age
from sim.county.population.config import Config
from sim.county.population.create import create, last_household
from sim.county.population.demography import begin_year, is_to_die
from sim.county.population.rules import (
    LifeRules,
    compile_rules,
    expected_ages,
    expected_mothers,
    mean_family_income,
    mean_household_size,
)
from sim.county.population.view import year_view

__all__ = [
    "Config",
    "LifeRules",
    "begin_year",
    "compile_rules",
    "create",
    "expected_ages",
    "expected_mothers",
    "is_to_die",
    "last_household",
    "mean_family_income",
    "mean_household_size",
    "moving_by_age",
    "year_view",
]
