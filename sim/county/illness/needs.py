"""A person's needs: yearly rates, what arises in a month, and when."""

from __future__ import annotations

import math

from sim.core.randomness import YEAR_HEALTH, Key, normal, poisson, unit, unit53, words
from sim.core.rules import rule
from sim.county.illness.rules import IllnessRules
from sim.county.person import Person
from sim.tables import VASCULAR

ACUTE_NEEDS = 30  # needs 0..29 of a month are acute
CHRONIC_NEED = 32
SEVERE_NEED = 33
RETURN_NEED = 34  # a return after discharge: 34 + number of the stay in the year


@rule
def exacerbation_of(person: Person, rules: IllnessRules, condition: int) -> float:
    """Monthly needs of admission due to one condition; 0 if the person does not have it."""
    bit = 1 << condition
    if not person.chronic & bit:
        return 0.0
    relief = rules.managed_relief[condition] if person.managed & bit else 0.0
    return float(rules.exacerbation[condition] * (1.0 - relief))


@rule
def chronic_cause(person: Person, rules: IllnessRules, u: float) -> int:
    """The condition that an exacerbation is due to, drawn in proportion to the hazards of all conditions."""
    total = 0.0
    for condition in range(4):
        total += exacerbation_of(person, rules, condition)
    threshold = u * total
    for condition in range(3):
        hazard = exacerbation_of(person, rules, condition)
        if threshold < hazard:
            return condition
        threshold -= hazard
    return VASCULAR


@rule
def health_of_year(person: Person, rules: IllnessRules, key: Key, year: int) -> float:
    """How ill a person is in a year apart from all that lasts, mean 1."""
    if rules.yearly_sigma == 0.0:
        return 1.0
    word, _, _, _ = words(key, person.key, YEAR_HEALTH, year, 0)
    sigma = rules.yearly_sigma
    return math.exp(sigma * normal(unit(word)) - 0.5 * sigma * sigma)


@rule
def set_rates(person: Person, rules: IllnessRules, health: float, dying: bool) -> None:
    """The person's monthly rates for the year; half of the frailty acts on needs of admission.

    Args:
        person: whose rates are set.
        rules: of illness.
        health: factor on needs this year, of everybody and of the person; 1 = as usual.
        dying: death is to come before the next year.
    """
    band = min(person.age // 10, 8)
    person.acute_mean = rules.acute[band] * health * person.frailty * rules.acute_by_income[person.quintile]
    person.acute_zero = math.exp(-person.acute_mean)
    chronic = 0.0
    visits = 0.0
    for condition in range(4):
        chronic += exacerbation_of(person, rules, condition)
        if person.diagnosed & (1 << condition):
            visits += rules.chronic_visits[condition]
    needs = rules.severe[band] + chronic
    person.severe_chronic = chronic / needs if needs > 0.0 else 0.0
    person.severe = needs * health * person.fragility * (0.5 + 0.5 * person.frailty)
    person.severe *= rules.severe_by_income[person.quintile]
    if dying:
        person.severe *= rules.last_year
    person.chronic_visit = min(visits, 1.0)


@rule
def needs_of_month(
    person: Person, rules: IllnessRules, acute_word: int, chronic_word: int, severe_word: int
) -> tuple[int, bool, bool]:
    """Needs that arise in a month: number of acute ones, a chronic visit, a need of admission.  Traces fade first.

    The words are the first three at the person's address for `MONTH_NEEDS`.
    """
    person.neglect *= rules.neglect_fade
    acute = poisson(unit(acute_word), person.acute_mean, person.acute_zero)
    person.recent *= rules.recent_fade
    severe = person.severe * (1.0 + rules.neglect_weight * person.neglect + rules.recent * person.recent)
    return min(acute, ACUTE_NEEDS), unit(chronic_word) < person.chronic_visit, unit(severe_word) < severe


@rule
def time_of_need(start: float, length: float, high: int, low: int) -> float:
    """When in the month a need arises, in days, from two words."""
    return start + length * unit53(high, low)
