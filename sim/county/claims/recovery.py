"""What a stay costs less when its patient recovers in the township centre: expected from the lengths of stays.

The logarithm of a stay's length is normal and that of its charge correlated with it, so what long stays have of all
days and of all charges are values of the normal distribution.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.county.claims.config import ClaimRules
from sim.tables import Floats


class LongStays(NamedTuple):
    """Stays long enough to step down; [tier, group]."""

    charge: Floats
    """Their part of the charges of all stays."""
    days: Floats
    """Their days, for each stay long or short."""


def _normal(z: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def long_stays(rules: ClaimRules) -> LongStays:
    """What stays of at least `step_down_days` have of all stays of a tier and group."""
    tiers, groups = len(rules.stay_days), len(rules.weight)
    charge, days = np.ones((tiers, groups)), np.zeros((tiers, groups))
    for tier in range(tiers):
        for group in range(groups):
            charge[tier, group], days[tier, group] = _long(rules, float(rules.stay_days[tier]), group)
    return LongStays(charge, days)


def _long(rules: ClaimRules, mean: float, group: int) -> tuple[float, float]:
    """Part of the charges of a group's stays, and days for each of them, that long ones have; ``mean`` of the tier."""
    first, second = rules.severity_cumulative[group]
    by_days, by_charge = float(rules.days_sigma[group]), rules.correlation * float(rules.stay_sigma[group])
    charged, days, total = 0.0, 0.0, 0.0
    for severity, part in enumerate((first, second - first, 1.0 - second)):
        length = mean * float(rules.length[group, severity])
        money = part * float(rules.severity_charge[group, severity])
        total += money
        if length <= 0.0:
            continue
        beyond = math.log(length / rules.step_down_days) if rules.step_down_days else math.inf
        if by_days == 0.0:
            charged += money * (beyond >= 0.0)
            days += part * length * (beyond >= 0.0)
            continue
        z = beyond / by_days - 0.5 * by_days
        charged += money * _normal(z + by_charge)
        days += part * length * _normal(z + by_days)
    return (charged / total if total else 0.0), days
