"""Illness of a person: acute needs, chronic conditions and their management, needs of admission, traces of the past."""

from sim.county.illness.balance import unknown_by_age
from sim.county.illness.chronic import begin, find, progress
from sim.county.illness.config import Config
from sim.county.illness.needs import (
    ACUTE_NEEDS,
    CHRONIC_NEED,
    RETURN_NEED,
    SEVERE_NEED,
    chronic_cause,
    health_of_year,
    needs_of_month,
    set_rates,
    time_of_need,
)
from sim.county.illness.prospect import Prospect, prospect
from sim.county.illness.rules import IllnessRules, compile_rules

__all__ = [
    "ACUTE_NEEDS",
    "CHRONIC_NEED",
    "RETURN_NEED",
    "SEVERE_NEED",
    "Config",
    "IllnessRules",
    "Prospect",
    "begin",
    "chronic_cause",
    "compile_rules",
    "find",
    "health_of_year",
    "needs_of_month",
    "progress",
    "prospect",
    "set_rates",
    "time_of_need",
    "unknown_by_age",
]
