"""Choice among no care, village, township, county, city and remote, as a (nested) logit.

The weight of a tier, exp(utility / dissimilarity of its nest), is the product of a factor for place and severity, one
for the own payment and one for the expected wait.  The first and the last, and the second where the benefit is not near
a limit, take few values, so the engines tabulate them.
"""

from __future__ import annotations

import math

from sim.core.rules import rule
from sim.county.care.config import CareRules
from sim.tables import REMOTE, TOWNSHIP, Floats

NONE = -1
"""The choice of no care."""


@rule
def dissimilarity_of(rules: CareRules, tier: int) -> float:
    """Dissimilarity of the nest a tier is in."""
    return rules.nest_primary if tier <= TOWNSHIP else rules.nest_hospital


@rule
def place_weight(rules: CareRules, category: int, tier: int, severity: int, signed: int, km: float) -> float:
    """Weight of a tier for a person at home, before price and wait."""
    value = float(rules.constant[category, tier]) + rules.slope[category, tier] * (severity - 1)
    if tier < REMOTE:  # beyond the city the constant holds the journey
        value -= rules.distance[category] * km
    if signed > 0 and tier <= TOWNSHIP:
        value += rules.contract_bonus
    return math.exp(value / dissimilarity_of(rules, tier))


@rule
def away_weight(rules: CareRules, category: int) -> float:
    """Weight of the hospitals away for a person who works there, before price and wait."""
    return math.exp(rules.away[category] / dissimilarity_of(rules, REMOTE))


@rule
def price_weight(rules: CareRules, category: int, tier: int, sensitivity: int, own_payment: float) -> float:
    """Factor for an own payment in fen of year 0; ``sensitivity`` is the income quintile, 5 = no response to price."""
    felt = math.log1p(own_payment / rules.price_scale[category])
    return math.exp(-rules.price[category, sensitivity] * felt / dissimilarity_of(rules, tier))


@rule
def wait_weight(rules: CareRules, category: int, tier: int, minutes: float) -> float:
    """Factor for an expected wait."""
    return math.exp(-rules.wait[category] * minutes / dissimilarity_of(rules, tier))


@rule
def nest_total(weight_sum: float, dissimilarity: float) -> float:
    """Weight of a nest from the sum of exp(utility / dissimilarity) over its members."""
    if dissimilarity == 1.0 or weight_sum == 0.0:
        return weight_sum
    return math.exp(dissimilarity * math.log(weight_sum))


@rule
def choose(rules: CareRules, weights: Floats, u: float) -> int:
    """Sample a tier or NONE from exp(utility / dissimilarity of its nest) in ``weights``; 0 = not available.

    The tests for a zero weight only matter when rounding puts ``u`` past the last available tier.
    """
    primary_sum = weights[0] + weights[1]
    hospital_sum = weights[2] + weights[3] + weights[4]
    primary = nest_total(primary_sum, rules.nest_primary)
    hospital = nest_total(hospital_sum, rules.nest_hospital)
    threshold = u * (1.0 + primary + hospital)
    if threshold < 1.0:
        return NONE
    threshold -= 1.0
    if threshold < primary or hospital == 0.0:
        return 0 if weights[1] == 0.0 or threshold * primary_sum < weights[0] * primary else 1
    within = (threshold - primary) / hospital * hospital_sum
    if within < weights[2] or weights[3] + weights[4] == 0.0:
        return 2
    return 3 if within - weights[2] < weights[3] or weights[4] == 0.0 else 4
