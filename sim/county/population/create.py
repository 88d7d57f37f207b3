"""The first population: household after household, each from its own address.

Villages are filled in the order of household numbers and a person's key is his number in that order, so that a larger
county holds the smaller one unchanged.
"""

from __future__ import annotations

import math

from sim.core.randomness import HOUSEHOLD, Key, gamma, normal, unit, words
from sim.core.randomness import PERSON as PERSON_DRAW
from sim.core.rules import kernel, rule
from sim.core.units import FEN_PER_YUAN
from sim.county.person import PERSON, Person, Residents, records
from sim.county.population.rules import LifeRules
from sim.tables import EMPLOYEE_INSURED, QUINTILES, RESIDENT_INSURED, UNINSURED

ELDER, MIDDLE, NUCLEAR, THREE_GENERATIONS = range(4)


@rule
def household_kind(life: LifeRules, u: float) -> int:
    """Kind of household from one uniform number."""
    if u < life.elder_households:
        return ELDER
    u -= life.elder_households
    if u < life.middle_households:
        return MIDDLE
    u -= life.middle_households
    return NUCLEAR if u < life.nuclear_households else THREE_GENERATIONS


MEAN_SIZE = (1.6, 2.5, 3.5, 5.1)
"""Mean members of each kind of household, as `household_size` draws them."""


def mean_household_size(life: LifeRules) -> float:
    """Members of a household on average."""
    shares = [life.elder_households, life.middle_households, life.nuclear_households]
    return sum(share * size for share, size in zip([*shares, 1.0 - sum(shares)], MEAN_SIZE, strict=True))


@rule
def household_size(kind: int, u: float) -> int:
    """Members of a household of this kind."""
    if kind == ELDER:
        return 1 if u < 0.4 else 2
    if kind == MIDDLE:
        return 2 if u < 0.5 else 3
    if kind == NUCLEAR:
        return 3 if u < 0.5 else 4
    if u < 0.25:
        return 4
    return 5 if u < 0.65 else 6


@rule
def member_age_and_sex(kind: int, place: int, size: int, u: float, v: float) -> tuple[int, int]:
    """Age and sex of the member at a place: couples first (man, woman), then children, then grandparents."""
    age = 0.0
    sex = 0 if v < 0.51 else 1
    if kind == ELDER:
        age = 60.0 + 27.0 * u * u + 3.0 * u
        if size == 2:
            sex = place
    elif kind == MIDDLE:
        age = 45.0 + 15.0 * u if place < 2 else 19.0 + 9.0 * u
        if place < 2:
            sex = place
    elif place < 2:  # the couple with children
        age = 26.0 + 20.0 * u
        sex = place
    elif kind == NUCLEAR or (place < 4 and (size == 6 or place < 3)):
        age = 19.0 * u  # a child
    else:
        age = 52.0 + 26.0 * u  # a grandparent
    return int(age), sex


@rule
def prevalence_at(life: LifeRules, condition: int, age: int) -> float:
    """Prevalence of a condition at an age."""
    return float(life.prevalence[condition, min(age // 10, 8)])


@rule
def set_insurance(person: Person, life: LifeRules, u: float) -> None:
    """Enrolment: resident insurance, employee insurance (working age and retired) or none."""
    if u < life.resident_insured:
        person.insurance = RESIDENT_INSURED
    elif u < life.resident_insured + life.employee_insured:
        person.insurance = EMPLOYEE_INSURED
    else:
        person.insurance = UNINSURED


@rule
def set_person(person: Person, life: LifeRules, key: Key) -> None:
    """Set everything about a person that depends only on the person's own key, age and sex."""
    person.alive = 1
    w0, w1, w2, w3 = words(key, person.key, PERSON_DRAW, 0, 0)
    set_insurance(person, life, unit(w0))
    person.price_blind = 1 if unit(w1) < life.price_blind else 0
    person.away = 1 if 18 <= person.age <= 54 and unit(w2) < life.away else 0
    person.signed = 1 if unit(w3) < life.signed else 0
    person.frailty = gamma(key, person.key, PERSON_DRAW, 0, life.frailty_shape) / life.frailty_shape
    for condition in range(4):
        w0, w1, w2, _ = words(key, person.key, PERSON_DRAW, 0, 1 + condition)
        if unit(w0) < prevalence_at(life, condition, person.age):
            person.chronic |= 1 << condition
            if unit(w1) < life.diagnosed[condition]:
                person.diagnosed |= 1 << condition
                if unit(w2) < life.managed:
                    person.managed |= 1 << condition


@rule
def set_household(person: Person, life: LifeRules, key: Key, household: int) -> None:
    """Set what members of a household share: village, income and its rank, entitlement to assistance."""
    person.household = household
    person.village = household // life.households_per_village
    word, _, _, _ = words(key, household, HOUSEHOLD, 0, 1)
    z = normal(unit(word))
    person.income = int(life.income_median * FEN_PER_YUAN * math.exp(life.income_sigma * z))
    person.rank = unit(word)
    person.quintile = min(int(person.rank * QUINTILES), QUINTILES - 1)
    person.poor = 1 if person.rank < life.poor else 0


@kernel
def fill(residents: Residents, life: LifeRules, key: Key) -> int:
    """Fill the rows household by household; returns the number of households begun."""
    row = 0
    household = 0
    while row < len(residents):
        w0, w1, _, _ = words(key, household, HOUSEHOLD, 0, 0)
        kind = household_kind(life, unit(w0))
        size = household_size(kind, unit(w1))
        for place in range(size):
            if row == len(residents):
                break
            person = residents[row]
            person.key = row
            # couples are of like age: both places use one draw, two years apart
            u0, u1, _, _ = words(key, household, HOUSEHOLD, 1, 0 if place < 2 else place)
            age, sex = member_age_and_sex(kind, place, size, unit(u0), unit(u1))
            person.age = max(0, age - 2 * sex) if place < 2 else age
            person.sex = sex
            set_household(person, life, key, household)
            set_person(person, life, key)
            row += 1
        household += 1
    return household


def create(count: int, life: LifeRules, key: Key) -> Residents:
    """The first ``count`` persons of the county with this key, in the order of their keys."""
    residents = records(count, PERSON)
    fill(residents, life, key)
    return residents


def last_household(residents: Residents) -> int:
    """Number of households numbered so far."""
    return int(residents["household"].max()) + 1
