"""Who lives here: persons in households in villages, with income, insurance, frailty and chronic conditions."""

from sim.population.config import Config
from sim.population.create import create, last_household, mean_household_size
from sim.population.demography import begin_year
from sim.population.rules import LifeRules, compile_rules, year_view

__all__ = [
    "Config",
    "LifeRules",
    "begin_year",
    "compile_rules",
    "create",
    "last_household",
    "mean_household_size",
    "year_view",
]
