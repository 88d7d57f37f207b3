"""Households of the first population: their kinds, sizes and members; and the ages that follow from them."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from sim.core.rules import rule
from sim.tables import OLDEST, Floats

Shares = Any
"""Anything with the shares of kinds of households: `HouseholdShares` or `LifeRules`."""

ELDER, MIDDLE, NUCLEAR, THREE_GENERATIONS = range(4)


@rule
def household_kind(life: Shares, u: float) -> int:
    """Kind of household from one uniform number."""
    if u < life.elder_households:
        return ELDER
    u -= life.elder_households
    if u < life.middle_households:
        return MIDDLE
    u -= life.middle_households
    return NUCLEAR if u < life.nuclear_households else THREE_GENERATIONS


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
def age_of_member(age: int, sex: int, place: int) -> int:
    """The age of a member as drawn: the woman of a couple is two years younger than the man."""
    return max(0, age - 2 * sex) if place < 2 else age


class HouseholdShares(NamedTuple):
    """Shares of households by kind; the rest have three generations."""

    elder_households: float
    middle_households: float
    nuclear_households: float


SIZES = 20
"""Steps in which the uniform number behind a household's size is taken: sizes change at multiples of 1/20."""

STEPS = 400
"""Steps in which the uniform number behind an age is taken."""


@functools.lru_cache(maxsize=64)
def expected_members(shares: HouseholdShares) -> Floats:
    """[sex, age 0..119] persons of that sex and age in a household on average, by enumeration of its draws.

    >>> round(float(expected_members(HouseholdShares(1.0, 0.0, 0.0)).sum()), 9)  # elders: one or two
    1.6
    """
    kinds = (*shares, 1.0 - sum(shares))
    members = np.zeros((2, OLDEST + 1))
    for kind, share in enumerate(kinds):
        for step in range(SIZES):
            members += share / SIZES * _members_of(kind, household_size(kind, (step + 0.5) / SIZES))
    return members


@functools.cache
def _members_of(kind: int, size: int) -> Floats:
    """[sex, age] expected members of a household of this kind and size."""
    members = np.zeros((2, OLDEST + 1))
    men = 0.51
    for place in range(size):
        for step in range(STEPS):
            for v, share in ((0.0, men), (0.9, 1.0 - men)):
                age, sex = member_age_and_sex(kind, place, size, (step + 0.5) / STEPS, v)
                members[sex, age_of_member(age, sex, place)] += share / STEPS
    return members
