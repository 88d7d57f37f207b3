"""What a visit or a stay is billed, as rules on scalars."""

from __future__ import annotations

import math

from sim.core.randomness import STAY, STAY_COST, Key, normal, unit, words
from sim.core.rules import rule
from sim.core.units import part
from sim.county.claims.config import ClaimRules
from sim.tables import Floats


@rule
def pick(cumulative: Floats, u: float) -> int:
    """Index of the first cumulative share above ``u``; the last index if rounding leaves none."""
    last = len(cumulative) - 1
    for index in range(last):
        if u < cumulative[index]:
            return index
    return last


@rule
def age_class(age: int) -> int:
    """Class of an age in years: 0 for 0-14, 1 for 15-44, 2 for 45-64, 3 for 65 and over."""
    if age < 15:
        return 0
    if age < 45:
        return 1
    return 2 if age < 65 else 3


@rule
def severity_of(rules: ClaimRules, group: int, u: float) -> int:
    """Severity 1, 2 or 3 of a need of admission."""
    if u < rules.severity_cumulative[group, 0]:
        return 1
    return 2 if u < rules.severity_cumulative[group, 1] else 3


@rule
def visit_noise(rules: ClaimRules, word: int) -> float:
    """Random factor of a visit's charge, mean 1."""
    sigma = rules.visit_sigma
    return math.exp(sigma * normal(unit(word)) - 0.5 * sigma * sigma)


@rule
def visit_charge(rules: ClaimRules, category: int, tier: int, group: int, factor: float) -> int:
    """Charge of a visit in fen, at least 1 yuan; ``factor`` holds prices, intensity and `visit_noise`."""
    charge = int(rules.visit_charge[category, tier] * rules.visit_group_cost[group] * factor + 0.5)
    return max(charge, 100)


@rule
def stay_length(
    rules: ClaimRules, key: Key, who: int, month: int, draw: int, mean: float, sigma: float
) -> tuple[float, float, float]:
    """Length of a stay in days (at least 0.25), its standard normal number, and a uniform for stepping down.

    ``mean`` is the mean length of such a stay in days, ``sigma`` the standard deviation of its logarithm.
    """
    w0, w1, _, _ = words(key, who, STAY, month, draw)
    z = normal(unit(w0))
    return max(0.25, mean * math.exp(sigma * z - 0.5 * sigma * sigma)), z, unit(w1)


@rule
def stay_charge(
    rules: ClaimRules, key: Key, who: int, month: int, draw: int, z_days: float, level: float, sigma: float
) -> tuple[int, float, float]:
    """Charge of a whole stay in fen (at least 1 yuan), correlated with its length, and two uniforms for a return.

    ``level`` is the mean charge of such a stay in fen, ``sigma`` the standard deviation of its logarithm; ``z_days`` is
    the standard normal number behind its length.
    """
    w0, w1, w2, _ = words(key, who, STAY_COST, month, draw)
    z = normal(unit(w0))
    rho = rules.correlation
    z = rho * z_days + math.sqrt(1.0 - rho * rho) * z
    return max(int(level * math.exp(sigma * z - 0.5 * sigma * sigma) + 0.5), 100), unit(w1), unit(w2)


@rule
def variable_cost(rules: ClaimRules, tier: int, charge: int) -> int:
    """The provider's variable cost of a charge, fen."""
    return part(charge, rules.variable_cost[tier])
