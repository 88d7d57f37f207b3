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
from sim.county.population.households import age_of_member, household_kind, household_size, member_age_and_sex
from sim.county.population.rules import LifeRules
from sim.tables import EMPLOYEE_INSURED, OLDEST, QUINTILES, RESIDENT_INSURED, UNINSURED


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
    w0, w1, w2, _ = words(key, person.key, PERSON_DRAW, 0, 0)
    set_insurance(person, life, unit(w0))
    person.price_blind = 1 if unit(w1) < life.price_blind else 0
    person.away = 1 if unit(w2) < life.away[min(person.age, OLDEST)] else 0
    person.frailty = gamma(key, person.key, PERSON_DRAW, 0, life.frailty_shape) / life.frailty_shape


@rule
def set_household(person: Person, life: LifeRules, key: Key, household: int) -> None:
    """Set what members of a household share: village, income and its rank, entitlement to assistance."""
    person.household = household
    person.village = household // life.households_per_village
    word, living_word, _, _ = words(key, household, HOUSEHOLD, 0, 1)
    z = normal(unit(word))
    person.income = int(life.income_median * FEN_PER_YUAN * math.exp(life.income_sigma * z))
    usual = life.living_share * life.income_median * math.exp(life.living_elasticity * life.income_sigma * z)
    sigma = life.living_sigma
    person.living = int(usual * FEN_PER_YUAN * math.exp(sigma * normal(unit(living_word)) - 0.5 * sigma * sigma))
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
            person.age = age_of_member(age, sex, place)
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
