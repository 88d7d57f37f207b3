"""What happens to persons at a year's start: they age, die, move, and children are born."""

from __future__ import annotations

import numpy as np

from sim.core.randomness import YEAR_LIFE, Key, unit, words
from sim.core.rules import kernel, rule
from sim.county.person import Person, Residents, more_records, open_accounts
from sim.county.population.config import AWAY_UNTIL, FERTILE_FROM, FERTILE_UNTIL, LEAVES_FROM, LEAVES_UNTIL
from sim.county.population.create import set_household, set_person
from sim.county.population.rules import LifeRules
from sim.tables import OLDEST, Ints

FIRST_KEY_BITS = 32

SPARE = 0.02
"""When rows run out, at least so many more are made, for several years' births: copying all persons is slow."""


@rule
def newborn_key(mother: int, year: int) -> int:
    """A unique key: the first ancestor's number in 32 bits, then a byte (birth year + 1) for each generation.

    >>> newborn_key(7, 0) - (1 << 32), newborn_key(7 + (1 << 32), 20) >> 40
    (7, 21)
    """
    shift = FIRST_KEY_BITS
    while (mother >> shift) & 0xFF:
        shift += 8
    return mother + ((year + 1) << shift)


@rule
def is_to_die(person: Person, life: LifeRules, key: Key, year: int) -> bool:
    """Whether death comes between last year and this one, or is only put off because the person is in care."""
    word, _, _, _ = words(key, person.key, YEAR_LIFE, year, 0)
    return bool(unit(word) < life.mortality[person.sex, min(person.age, OLDEST)])


@rule
def dies(person: Person, life: LifeRules, key: Key, year: int) -> bool:
    """Death between last year and this one; nobody dies in a bed or waiting, so no open stay loses its patient."""
    return person.busy == 0 and is_to_die(person, life, key, year)


@rule
def move(person: Person, life: LifeRules, key: Key, year: int) -> None:
    """Leaving to work away, and coming back."""
    _, word, _, _ = words(key, person.key, YEAR_LIFE, year, 0)
    if person.away:
        if person.age > AWAY_UNTIL or unit(word) < life.come_back:
            person.away = 0
    elif LEAVES_FROM <= person.age < LEAVES_UNTIL and unit(word) < life.leave:
        person.away = 1


@rule
def gives_birth(person: Person, life: LifeRules, key: Key, year: int) -> bool:
    """Whether a child is born to this person this year."""
    _, _, word, _ = words(key, person.key, YEAR_LIFE, year, 0)
    return person.sex == 1 and FERTILE_FROM <= person.age < FERTILE_UNTIL and unit(word) < life.births


@rule
def be_born(child: Person, mother: Person, life: LifeRules, key: Key, year: int) -> None:
    """Fill a zeroed record with the child of ``mother``: her household and its contract, luck of its own."""
    child.key = newborn_key(mother.key, year)
    _, word, _, _ = words(key, child.key, YEAR_LIFE, year, 1)
    child.sex = 0 if unit(word) < 0.51 else 1
    set_household(child, life, key, mother.household)
    child.village = mother.village
    set_person(child, life, key)
    child.signed = min(mother.signed, 1)
    child.signed_month = mother.signed_month
    child.community = mother.community


@kernel
def live_on(residents: Residents, mothers: Ints, life: LifeRules, key: Key, year: int) -> int:
    """Age, bury and move everybody; write the rows of women who give birth; returns their number."""
    births = 0
    for row in range(len(residents)):
        person = residents[row]
        if not person.alive:
            continue
        if dies(person, life, key, year):
            person.alive = 0
            person.tenant += 1  # a return that still waits for the dead becomes stale
            continue
        person.age += 1
        move(person, life, key, year)
        if gives_birth(person, life, key, year):
            mothers[births] = row
            births += 1
    return births


def begin_year(residents: Residents, life: LifeRules, key: Key, year: int) -> Residents:
    """The persons of a new year.  Living persons keep their rows; newborns take rows of the dead, then new rows."""
    mothers = np.zeros(len(residents), dtype=np.int64)
    births = int(live_on(residents, mothers, life, key, year))
    free = np.flatnonzero(residents["alive"] == 0)[:births]
    if len(free) < births:
        more = births - len(free)
        free = np.concatenate([free, np.arange(len(residents), len(residents) + more)])
        residents = more_records(residents, len(residents) + max(more, int(len(residents) * SPARE)))
    deliver(residents, mothers[:births], free, life, key, year)
    return residents


@kernel
def deliver(residents: Residents, mothers: Ints, rows: Ints, life: LifeRules, key: Key, year: int) -> None:
    """Put each mother's child into its row."""
    for birth in range(len(mothers)):
        child = residents[rows[birth]]
        clear(child)
        be_born(child, residents[mothers[birth]], life, key, year)


@rule
def clear(person: Person) -> None:
    """Clear what an earlier person left in the row; `be_born` sets the rest."""
    open_accounts(person)
    person.charge = -1  # opened again at the year's start, which remembers it
    person.charge_before = -1
    person.stay_charge_before = 0
    person.age = 0
    person.neglect = 0.0
    person.busy = 0
    person.away = 0
    person.chronic = 0
    person.diagnosed = 0
    person.managed = 0
    person.young_old = 0
    person.acute_mean = 0.0
    person.acute_zero = 1.0
    person.chronic_visit = 0.0
    person.severe = 0.0
    person.severe_chronic = 0.0
    person.fragility = 0.0
    person.recent = 0.0
