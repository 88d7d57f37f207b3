"""Rates that keep what the county starts with: how many leave to work away, how many children are born."""

from __future__ import annotations

import numpy as np

from sim.core.bisection import solve
from sim.core.errors import ConfigError
from sim.county.population.config import AWAY_UNTIL, FERTILE_FROM, FERTILE_UNTIL, LEAVES_FROM, LEAVES_UNTIL
from sim.tables import OLDEST, Floats


def births_per_woman(members: Floats, births: float) -> float:
    """Yearly probability of a birth for a woman of 20 to 37 that gives so many births per 1,000 residents.

    Women give birth in the year in which they are a year older than at its start.

    Args:
        members: [sex, age] expected members of a household.
        births: per 1,000 residents and year.
    """
    mothers = float(members[1, FERTILE_FROM - 1 : FERTILE_UNTIL - 1].sum())
    if mothers == 0.0:
        return 0.0
    return min(1.0, births / 1000.0 * float(members.sum()) / mothers)


def moving_by_age(leave: float, come_back: float) -> tuple[Floats, Floats]:
    """[age 0..119] yearly probabilities of leaving, for who is here, and of returning, for who is away."""
    age = np.arange(OLDEST + 1)
    leaves = np.where((age >= LEAVES_FROM) & (age < LEAVES_UNTIL), leave, 0.0)
    return leaves, np.where(age > AWAY_UNTIL, 1.0, come_back)


def absence_by_age(leave: float, come_back: float) -> Floats:
    """[age 0..119] share away of those who lived under the same rates since they were 17."""
    share = np.zeros(OLDEST + 1)
    leaves, returns = moving_by_age(leave, come_back)
    for age in range(LEAVES_FROM, AWAY_UNTIL + 1):
        share[age] = share[age - 1] * (1.0 - returns[age]) + (1.0 - share[age - 1]) * leaves[age]
    return share


def balanced_absence(ages: Floats, away: float, come_back: float) -> tuple[float, Floats]:
    """The yearly probability of leaving that keeps a share away, and that share by age.

    Args:
        ages: [age] expected persons.
        away: share away of persons of 18 to 54.
        come_back: yearly probability that a person away returns.

    Raises:
        ConfigError: if so many cannot be away, even if everybody left at once.

    >>> leave, share = balanced_absence(np.ones(120), 0.18, 0.12)
    >>> round(leave, 4), round(float(share[18:55].mean()), 6), float(share[55])
    (0.0343, 0.18, 0.0)
    """
    grown = ages[LEAVES_FROM : AWAY_UNTIL + 1]

    def mean_away(leave: float) -> float:
        share = absence_by_age(leave, come_back)[LEAVES_FROM : AWAY_UNTIL + 1]
        return float(share @ grown / grown.sum())

    most = mean_away(1.0)
    if away > most:
        raise ConfigError(
            "so many cannot stay away, as they come back too soon",
            where="population.away",
            value=away,
            bound=f"at most {most:.2f} with population.come_back={come_back:g}",
            todo="give a smaller share, or a smaller population.come_back",
        )
    leave = solve(mean_away, away)
    return leave, absence_by_age(leave, come_back)
