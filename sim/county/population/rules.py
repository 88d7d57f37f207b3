"""Numbers that compiled demographic rules read."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.county.population.balance import balanced_absence, births_per_woman
from sim.county.population.config import FERTILE_FROM, FERTILE_UNTIL, Config
from sim.county.population.households import HouseholdShares, expected_members
from sim.tables import OLDEST, Floats


class LifeRules(NamedTuple):
    """Numbers the compiled demographic rules use, from `Config`."""

    households_per_village: int
    villages_per_township: int
    elder_households: float
    middle_households: float
    nuclear_households: float
    resident_insured: float
    employee_insured: float
    income_median: float
    income_sigma: float
    living_share: float
    living_elasticity: float
    living_sigma: float
    poor: float
    frailty_shape: float
    price_blind: float
    mortality: Floats
    """[sex, age 0..119] yearly death probability"""
    births: float
    """per woman of 20 to 37 and year"""
    away: Floats
    """[age 0..119] share away at the start"""
    leave: float
    come_back: float


def compile_rules(config: Config) -> LifeRules:
    """Turn the configuration into the arrays that compiled code reads."""
    age = np.arange(OLDEST + 1)
    members = _members(config)
    leave, away = balanced_absence(members.sum(axis=0), config.away, config.come_back)
    mortality = np.minimum(
        1.0,
        np.stack(
            [
                config.mortality_male * np.exp(config.mortality_male_growth * age),
                config.mortality_female * np.exp(config.mortality_female_growth * age),
            ]
        ),
    )
    mortality[:, 0] += 0.004  # infant deaths, which the exponential law leaves out
    same = {name for name in LifeRules._fields if name in type(config).model_fields} - {"births", "away"}
    return LifeRules(
        mortality=mortality,
        births=births_per_woman(members, config.births),
        away=away,
        leave=leave,
        **{name: getattr(config, name) for name in same},
    )


def mean_family_income(config: Config) -> float:
    """Yearly income in yuan of a household on average."""
    return mean_household_size(config) * config.income_median * math.exp(0.5 * config.income_sigma**2)


def mean_household_size(config: Config) -> float:
    """Members of a household on average."""
    return float(_members(config).sum())


def _members(config: Config) -> Floats:
    """[sex, age] expected members of a household."""
    return expected_members(HouseholdShares(*(getattr(config, name) for name in HouseholdShares._fields)))


def expected_ages(config: Config) -> Floats:
    """[age 0..119] share of the first population by age, as expected."""
    members = _members(config)
    ages: Floats = members.sum(axis=0) / members.sum()
    return ages


def expected_mothers(config: Config) -> Floats:
    """[age 0..119] share of births by the age that mothers reach in the year, as expected at first."""
    women = np.concatenate([[0.0], _members(config)[1, :-1]])
    women[:FERTILE_FROM] = women[FERTILE_UNTIL:] = 0.0
    total = float(women.sum())
    mothers: Floats = women / total if total > 0.0 else women
    return mothers
