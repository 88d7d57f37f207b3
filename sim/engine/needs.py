"""What a new need is, before anybody seeks care for it: its category, severity and case group."""

from __future__ import annotations

import math

from sim.core.randomness import unit
from sim.core.rules import rule
from sim.county import illness
from sim.county.claims.rules import age_class, pick, severity_of
from sim.county.person import Person
from sim.engine.world import World
from sim.tables import CHRONIC, INPATIENT, OUTPATIENT

DRAWS_PER_NEED = 16


@rule
def need_category(number: int) -> int:
    """Category of a need from its number in the month."""
    if number < illness.ACUTE_NEEDS:
        return OUTPATIENT
    return CHRONIC if number == illness.CHRONIC_NEED else INPATIENT


@rule
def classify(world: World, person: Person, number: int, word_kind: int, word_severity: int) -> tuple[int, int]:
    """Severity and case group of a new need."""
    rules = world.rules
    u = unit(word_kind)
    v = unit(word_severity)
    if rules.illness.severity_differs:
        v = math.pow(v, 1.0 / rules.illness.severity_power[person.quintile])
    category = need_category(number)
    if category == OUTPATIENT:
        return (2 if v >= 1.0 - rules.illness.moderate else 1), pick(rules.claims.visit_group_cumulative, u)
    if category == CHRONIC:
        condition = int(u * 4.0)
        while not person.diagnosed & (1 << condition):  # the next diagnosed one, in turn
            condition = (condition + 1) % 4
        return 1, rules.claims.visit_condition_group[condition]
    if u < person.severe_chronic:
        condition = illness.chronic_cause(person, rules.illness, u / person.severe_chronic)
        group = rules.claims.condition_group[condition]
    else:
        rest = (u - person.severe_chronic) / (1.0 - person.severe_chronic)
        woman = person.sex if person.age < 45 else 0
        group = pick(rules.claims.group_cumulative[woman, age_class(person.age)], rest)
    return severity_of(rules.claims, group, v), group
