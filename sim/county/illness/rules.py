"""Numbers that compiled rules of illness read, made from the configuration."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from sim.county.illness.balance import Balance, balance, present_and_managed, relative
from sim.county.illness.config import Config
from sim.tables import OLDEST, QUINTILES, Floats


class IllnessRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`; rates by month where said."""

    acute: Floats
    moderate: float
    severe: Floats
    needs: Floats
    """[age 0..119] needs of admission a month to expect of a person of that age, conditions included"""
    chronic_visits: Floats
    exacerbation: Floats
    managed_relief: Floats
    """[condition]"""
    onset_relief: float
    onset: Floats
    """[condition, fifth, age 0..119] yearly"""
    joint: Floats
    """[fifth, age, 64] cumulative shares of joint states at the start (`balance.Balance`)"""
    copd: Floats
    """[fifth, age, 4]"""
    vascular_risk: float
    detection: Floats
    """[condition] yearly"""
    finding: Floats
    """[condition] probability that an admission for it finds it"""
    enrol: float
    drop_out: float
    effort_detection: float
    effort_enrol: float
    effort_onset: float
    fragility_shape: float
    """0: nobody differs"""
    yearly_sigma: float
    last_year: float
    recent: float
    recent_fade: float
    acute_by_income: Floats
    """[fifth] mean 1"""
    severe_by_income: Floats
    """[fifth] mean 1"""
    severity_power: Floats
    """[fifth]"""
    severity_differs: bool
    """Whether any of these powers is not 1: else no need looks up whose it is"""
    return_factor: Floats
    """[fifth]"""
    neglect_weight: float
    neglect_visit: float
    neglect_stay: float
    neglect_fade: float


def needs_by_age(solved: Balance, values: dict[str, Any]) -> Floats:
    """[age] monthly needs of admission to expect, of all fifths together: what is for no condition, and for each.

    Persons of an age have conditions, and are managed, as often as the balance has them; frailty, fragility and the
    year's health have mean 1, and what adds to needs after a stay or a need unmet is left out.
    """
    relief, rates = values["managed_relief"], values["exacerbation"]
    needs = np.tile(values["severe"][np.minimum(np.arange(OLDEST + 1) // 10, 8)], (QUINTILES, 1))
    for condition in range(4):
        present, managed = present_and_managed(solved, condition)
        needs += rates[condition] * (present - managed * relief[condition])
    mean: Floats = (needs * values["severe_by_income"][:, None]).mean(axis=0)
    return mean


def compile_rules(config: Config, ages: Floats) -> IllnessRules:
    """The configuration as arrays, yearly needs turned into monthly ones, and rates in balance.

    Args:
        config: of illness.
        ages: [age 0..119] expected share of residents by age.
    """
    solved = balance(config, ages)
    values = {name: getattr(config, name) for name in IllnessRules._fields if name in type(config).model_fields}
    values |= {name: getattr(solved, name) for name in ("onset", "joint", "copd", "detection", "finding", "enrol")}
    values["managed_relief"] = np.array(config.managed_relief)
    values["fragility_shape"] = 1.0 / config.frailty if config.frailty else 0.0
    values["yearly_sigma"] = math.sqrt(math.log1p(config.yearly))
    values["severity_power"] = np.array(config.severity_by_income)
    values["severity_differs"] = any(power != 1.0 for power in config.severity_by_income)
    values["return_factor"] = np.array(config.return_by_income)
    values["acute_by_income"] = relative(config.acute_by_income)
    values["severe_by_income"] = relative(config.severe_by_income)
    values["acute"] = np.array(config.acute) / 12
    values["severe"] = np.array(config.severe) * config.severe_scale / 12
    values["exacerbation"] = np.array(config.exacerbation) * config.severe_scale / 12
    values["chronic_visits"] = np.array(config.chronic_visits) * config.chronic_scale / 12
    values["needs"] = needs_by_age(solved, values)
    return IllnessRules(**values)
