"""Choice among no care, village, township, county, city and remote, as a (nested) logit."""

from __future__ import annotations

import math

from sim.care.config import CareRules
from sim.person import Person
from sim.rules import rule
from sim.tables import REMOTE, TOWNSHIP, Floats

NONE = -1
"""The choice of no care."""


@rule
def place_utility(rules: CareRules, category: int, tier: int, km: float) -> float:
    """What a tier offers a person at home for a mild need, before price, wait and contract."""
    constant = float(rules.constant[category, tier])
    if tier == REMOTE:  # beyond the city the constant holds the journey
        return constant
    return float(constant - rules.distance[category] * km)


@rule
def price_response(rules: CareRules, person: Person, category: int) -> float:
    """Fall of a person's utility for each fen of own payment; 0 for those who do not respond to price."""
    if person.price_blind:
        return 0.0
    return float(rules.price_by_quintile[category, person.quintile])


@rule
def appeal(rules: CareRules, person: Person, category: int, tier: int, severity: int, place: float) -> float:
    """Utility of a tier before price and wait; ``place`` is `place_utility` of the person's village."""
    if person.away:
        return float(rules.away[category])
    contract = rules.contract_bonus if person.signed > 0 and tier <= TOWNSHIP else 0.0
    return float(place + rules.slope[category, tier] * (severity - 1) + contract)


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


@rule
def dissimilarity_of(rules: CareRules, tier: int) -> float:
    """Dissimilarity of the nest a tier is in."""
    return rules.nest_primary if tier <= TOWNSHIP else rules.nest_hospital
