"""Beds: how many there are as the county ages, and how many of a large hospital's a part of its county may take.

*Over the years* beds follow the needs of admission to expect of the residents by age and sex, relative to the first
year's: planners build for people, so that a county that ages does not fill up by itself, and one that shrinks does not
empty.  What is expected counts the conditions that persons of an age have, and the last year of life.  Fixed cost
follows the same rule.

*A part of a county.*  Of those whom an institution serves a part f may be simulated.  A hospital of B x f beds for them
has B beds in all, and luck in a large hospital evens out: it is hardly ever full at an occupancy of three quarters,
where one of thirty beds often is.  So the simulated may take as many beds as make a hospital of their own in which as
many find no bed and give up as in the whole one: more than B x f by the luck that evens out.  How many give up is that
of an Erlang-A queue (arrivals by luck, exponential patience) at the load to expect, in beds.  The load of the whole
institution is that of the simulated, divided by f; theirs is found from the beds they have taken, on average, in the
last two years or so: their luck of some months would say little of the others.  At f = 1 the beds are B.
"""

from __future__ import annotations

import numpy as np

from sim.core.rules import rule
from sim.county.person import Residents
from sim.engine.world import Rules, World
from sim.tables import OLDEST

MEMORY = 24
"""Months over which the beds taken are averaged, with weights that fade; fewer at the beginning."""
STEPS = 24
"""Halvings with which a load is found, which is exact to a millionth."""
LARGEST_LOAD = 1.5
"""Load, relative to beds, above which one is as good as another: the beds are always full."""
HARDLY = 1e-9
"""Share of patients that nobody could tell from none."""
IMPATIENT = 1e9
"""Stays a patience, inverted, where there is no patience."""
MOST_PATIENT = 0.01
"""The same of people so patient that hardly any give up; less would make sums over queues without end."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without the whole, are spread evenly over 0..1 in any stretch of months."""


def needs_by_age(residents: Residents, rules: Rules) -> float:
    """Needs of admission a month to expect of the living by age and sex alone."""
    alive = residents["alive"] == 1
    cell = residents["sex"][alive].astype(np.int64) * (OLDEST + 1) + np.minimum(residents["age"][alive], OLDEST)
    persons = np.bincount(cell, minlength=2 * (OLDEST + 1)).reshape(2, OLDEST + 1)
    last_year = 1.0 + np.minimum(rules.life.mortality, 1.0) * (rules.illness.last_year - 1.0)
    return float((persons * last_year * rules.illness.needs).sum())


def needs_growth(world: World, residents: Residents) -> float:
    """The same relative to the first year's residents; 1 where nobody has such needs."""
    return needs_by_age(residents, world.rules) / world.first_needs if world.first_needs > 0.0 else 1.0


def set_beds_of_year(world: World, residents: Residents) -> None:
    """Set each institution's beds to the needs of the year's residents; at least one where there were any."""
    growth = needs_growth(world, residents)
    queues = world.queues
    whole = np.where(queues.first > 0.0, np.maximum(np.floor(queues.first * growth + 0.5), 1.0), 0.0)
    of_year = np.where(queues.part < 1.0, queues.first * growth, whole)
    queues.used[:] *= np.where(queues.nominal > 0.0, of_year / np.maximum(queues.nominal, 1e-9), 1.0)
    queues.nominal[:] = of_year


@rule
def giving_up(beds: int, load: float, stays_a_patience: float) -> float:
    """Share of patients who find no bed and give up: an Erlang-A queue in balance.

    Args:
        beds: how many.
        load: beds that would be taken if there were enough, above 0.
        stays_a_patience: a mean stay by a mean patience.
    """
    most = min(int(load), beds)  # about the likeliest number of patients, from where both sides are summed
    total, taken, weight, number = 1.0, float(most), 1.0, most
    while number > 0 and weight > 1e-13:
        weight *= number / load
        number -= 1
        total += weight
        taken += weight * number
    weight, number = 1.0, most
    while weight > 1e-13:
        number += 1
        weight *= load / (min(number, beds) + max(number - beds, 0) * stays_a_patience)
        total += weight
        taken += weight * min(number, beds)
    return 1.0 - taken / total / load


@rule
def load_of(beds: int, taken: float, stays_a_patience: float) -> float:
    """The load at which so many beds are taken on average."""
    low, high = taken, max(taken, LARGEST_LOAD * beds)
    for _ in range(STEPS):
        load = 0.5 * (low + high)
        if load * (1.0 - giving_up(beds, load, stays_a_patience)) < taken:
            low = load
        else:
            high = load
    return 0.5 * (low + high)


@rule
def beds_as_in_the_whole(nominal: float, part: float, taken: float, stays_a_patience: float) -> float:
    """Beds, not rounded, with which a part of the patients fares as all do in the whole institution.

    Args:
        nominal: the part's share of the beds.
        part: of the patients, in 0..1.
        taken: beds that the part has taken on average.
        stays_a_patience: a mean stay by a mean patience.
    """
    beds = int(nominal / part + 0.5)
    low, high = int(nominal), beds
    if taken <= 0.0 or low >= high:
        return nominal
    load = load_of(beds, taken / part, stays_a_patience)
    wanted = max(giving_up(beds, load, stays_a_patience), HARDLY)
    load *= part
    few, many = giving_up(low, load, stays_a_patience), giving_up(high, load, stays_a_patience)
    if few <= wanted:
        return nominal
    while high - low > 1:
        middle = (low + high) // 2
        share = giving_up(middle, load, stays_a_patience)
        if share > wanted:
            low, few = middle, share
        else:
            high, many = middle, share
    return max(nominal, high - max(wanted - many, 0.0) / (few - many))


@rule
def taken_of_beds(world: World, provider: int) -> float:
    """Share of beds taken of late in the institutions of this one's tier: what is known of the others is most there."""
    queues, tier = world.queues, world.providers.tier
    used = beds = 0.0
    for other in range(len(tier)):
        if tier[other] == tier[provider]:
            used += queues.used[other]
            beds += queues.nominal[other]
    return used / beds if beds > 0.0 else 0.0


@rule
def update_beds(world: World, month: int) -> None:
    """Set the beds that may be taken this month: of a number with a fraction, one or the other of its neighbours.

    Never none, where there are any: who waits would wait for a month.
    """
    queues, patience = world.queues, world.rules.bed_patience
    weight = 1.0 / min(max(month, 1), MEMORY)
    phase = month * GOLDEN % 1.0
    for provider in range(len(queues.beds)):
        queues.used[provider] += weight * (queues.occupied[provider] - queues.used[provider])
    for provider in range(len(queues.beds)):
        nominal, part = queues.nominal[provider], queues.part[provider]
        if part < 1.0:
            stay = world.rules.claims.stay_days[world.providers.tier[provider]]
            stays = max(stay / patience, MOST_PATIENT) if patience > 0.0 else IMPATIENT
            taken = nominal * taken_of_beds(world, provider)
            nominal = beds_as_in_the_whole(nominal, part, taken, stays)
        queues.beds[provider] = max(int(nominal + phase), 1) if nominal > 0.0 else 0
