"""Beds: how many there are as the county ages, and how many of a large hospital's a part of its county may take.

*Over the years* beds follow the needs of admission to expect of the residents by age and sex, relative to the first
year's: planners build for people, so that a county that ages does not fill up by itself, and one that shrinks does not
empty.  What is expected counts the conditions that persons of an age have, and the last year of life.  Fixed cost
follows the same rule.

*A part of a county.*  The simulated may be a part of the county, f.  A county hospital of B x f beds for them has B
beds in all, and luck in a large hospital evens out: it is hardly ever full at an occupancy of three quarters, where
one of thirty beds often is.  So the simulated may also take beds that the others leave free.  The others are as many
times more as they are, and are taken to use beds as the simulated did of late: with U beds used by these,

    beds the simulated may take = the larger of B x f and B - U x (1 - f) / f

which is B x f where the hospital is full, and where the whole county is simulated.
"""

from __future__ import annotations

import numpy as np

from sim.core.rules import rule
from sim.county.person import Residents
from sim.engine.world import Rules, World
from sim.tables import OLDEST

RECENTLY = 1.0 / 6.0
"""Weight of this month in the beds used of late: the last half year counts."""


def needs_by_age(residents: Residents, rules: Rules) -> float:
    """Needs of admission a month to expect of the living by age and sex alone."""
    living = residents[residents["alive"] == 1]
    persons = np.zeros((2, OLDEST + 1))
    np.add.at(persons, (living["sex"], np.minimum(living["age"], OLDEST)), 1.0)
    last_year = 1.0 + np.minimum(rules.life.mortality, 1.0) * (rules.illness.last_year - 1.0)
    return float((persons * last_year * rules.illness.needs).sum())


def needs_growth(world: World, residents: Residents) -> float:
    """The same relative to the first year's residents; 1 where nobody has such needs."""
    return needs_by_age(residents, world.rules) / world.first_needs if world.first_needs > 0.0 else 1.0


def set_beds_of_year(world: World, residents: Residents) -> None:
    """Set each institution's beds to the needs of the year's residents; at least one where there were any."""
    growth = needs_growth(world, residents)
    beds = world.providers.beds
    world.queues.nominal[:] = np.where(beds > 0, np.maximum((beds * growth + 0.5).astype(np.int64), 1), 0)


@rule
def update_beds(world: World) -> None:
    """Set the beds that may be taken this month."""
    queues = world.queues
    for provider in range(len(queues.beds)):
        queues.used[provider] += RECENTLY * (queues.occupied[provider] - queues.used[provider])
        nominal, part = queues.nominal[provider], queues.part[provider]
        free = (nominal - queues.used[provider] * (1.0 - part)) / part
        queues.beds[provider] = max(nominal, int(free))
