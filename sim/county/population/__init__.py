"""Who lives here: persons in households in villages, with income, insurance, frailty and chronic conditions."""

from sim.county.population.config import Config
from sim.county.population.create import create, last_household, mean_household_size
from sim.county.population.demography import begin_year
from sim.county.population.rules import LifeRules, compile_rules, year_view

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
