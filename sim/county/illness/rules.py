"""Numbers that compiled rules of illness read, made from the configuration."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.county.illness.balance import balance, relative
from sim.county.illness.config import Config
from sim.tables import Floats


class IllnessRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`; rates by month where said."""

    acute: Floats
    moderate: float
    severe: Floats
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


def compile_rules(config: Config, ages: Floats) -> IllnessRules:
    """The configuration as arrays, yearly needs turned into monthly ones, and rates in balance.

    Args:
        config: of illness.
        ages: [age 0..119] expected share of residents by age.
    """
    solved = balance(config, ages)
    values = {name: getattr(config, name) for name in IllnessRules._fields if name in type(config).model_fields}
    values |= {name: getattr(solved, name) for name in ("onset", "joint", "copd", "detection", "enrol")}
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
    return IllnessRules(**values)
