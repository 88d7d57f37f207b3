"""Chronic conditions of a person: the state at the start, onset, detection, management, and what they lead to."""

from __future__ import annotations

from sim.core.randomness import PERSON as PERSON_DRAW
from sim.core.randomness import STAY, YEAR_CHRONIC, Key, gamma, unit, words
from sim.core.rules import rule
from sim.county.illness.balance import DIAGNOSED, MANAGED, UNDIAGNOSED
from sim.county.illness.rules import IllnessRules
from sim.county.person import Person
from sim.tables import COPD, DIABETES, HYPERTENSION, OLDEST, VASCULAR, Floats, Ints


@rule
def state_from(cumulative: Floats, u: float) -> int:
    """A state drawn from cumulative shares."""
    state = 0
    while state < len(cumulative) - 1 and u >= cumulative[state]:
        state += 1
    return state


@rule
def put_state(person: Person, condition: int, state: int) -> None:
    """Give a person a condition in a state."""
    bit = 1 << condition
    if state >= UNDIAGNOSED:
        person.chronic |= bit
    if state >= DIAGNOSED:
        person.diagnosed |= bit
    if state == MANAGED:
        person.managed |= bit


@rule
def begin(person: Person, rules: IllnessRules, key: Key) -> None:
    """What a person begins with: fragility, and chronic conditions in balance for age and income (`balance`)."""
    person.fragility = 1.0
    if rules.fragility_shape > 0.0:
        person.fragility = gamma(key, person.key, PERSON_DRAW, 1, rules.fragility_shape) / rules.fragility_shape
    w0, w1, _, _ = words(key, person.key, PERSON_DRAW, 0, 5)
    age = min(person.age, OLDEST)
    joint = state_from(rules.joint[person.quintile, age], unit(w0))
    put_state(person, HYPERTENSION, joint // 16)
    put_state(person, DIABETES, joint // 4 % 4)
    put_state(person, VASCULAR, joint % 4)
    put_state(person, COPD, state_from(rules.copd[person.quintile, age], unit(w1)))


@rule
def find(
    person: Person, rules: IllnessRules, group: int, condition_group: Ints, key: Key, month: int, draw: int
) -> None:
    """An admission finds the condition it is for, if nobody knew of it, with a probability that is mostly 1.

    Args:
        person: who is admitted.
        rules: of illness.
        group: case group of the stay.
        condition_group: [condition] case group of the stays for it.
        key: the run's luck.
        month: of the need.
        draw: of the stay in that month.
    """
    for condition in range(4):
        if condition_group[condition] == group:
            _, _, word, _ = words(key, person.key, STAY, month, draw)
            if unit(word) < rules.finding[condition]:
                person.diagnosed |= person.chronic & (1 << condition)


@rule
def onset_hazard(person: Person, rules: IllnessRules, condition: int) -> float:
    """Yearly onset of a condition a person does not have, by age and income.

    Hypertension or diabetes multiply vascular onset, less so when one of them is managed.
    """
    hazard = float(rules.onset[condition, person.quintile, min(person.age, OLDEST)])
    causes = (1 << HYPERTENSION) | (1 << DIABETES)
    if condition == VASCULAR and person.chronic & causes:
        relief = rules.onset_relief if person.managed & causes else 0.0
        hazard *= 1.0 + (rules.vascular_risk - 1.0) * (1.0 - relief)
    return hazard


@rule
def progress(person: Person, rules: IllnessRules, effort: float, key: Key, year: int) -> None:
    """Onset, detection and management of the four chronic conditions at a year's start."""
    for condition in range(4):
        bit = 1 << condition
        w0, w1, w2, _ = words(key, person.key, YEAR_CHRONIC, year, condition)
        if not person.chronic & bit and unit(w0) < onset_hazard(person, rules, condition) * (
            1.0 - effort * rules.effort_onset
        ):
            person.chronic |= bit
        if person.chronic & bit:
            manage(person, rules, effort, condition, unit(w1), unit(w2))


@rule
def manage(person: Person, rules: IllnessRules, effort: float, condition: int, u: float, v: float) -> None:
    """Detection of a condition, then coming under management or dropping out of it."""
    bit = 1 << condition
    if not person.diagnosed & bit:
        if u < rules.detection[condition] + effort * rules.effort_detection:
            person.diagnosed |= bit
    elif person.managed & bit:
        if v < rules.drop_out:
            person.managed &= ~bit
    elif v < rules.enrol + effort * rules.effort_enrol:
        person.managed |= bit
