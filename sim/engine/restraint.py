"""Restraint as the quota runs out (A20): how members react, month by month, while the community's budget is used up.

At a month's start let u be the part of the year's budget that the community's residents have used so far (bills closed,
wherever they were treated), and t the part of the year that is gone.  To end the year on budget, spending of the rest
must fall by the share (u - t) / (1 - t) below an even pace.  Members bring about ``strength`` of that fall:

    factor = 1 - strength x (u - t) / (1 - t), at most 1, not below the floor

So a strength of 1 aims at the budget exactly, the same lead over the calendar weighs more the less time is left, and
in the first months, when a few large bills say little, the factor hardly moves.  Members see the bills as the benefit
shares them; what a scheme pays for them is known only at the year's end.  The factor multiplies the charges of visits
and stays that begin at member institutions; nobody is turned away.
"""

from __future__ import annotations

from sim.core.rules import rule
from sim.engine.world import Conduct, World
from sim.tables import COUNTY


@rule
def restraint_of(quota: int, spent: int, months: int, strength: float, floor: float) -> float:
    """Factor of intensity when ``spent`` of ``quota`` is used after so many months (0..11); 1 without a quota."""
    if quota <= 0:
        return 1.0
    gone = months / 12.0
    return min(1.0, max(floor, 1.0 - strength * (spent / quota - gone) / (1.0 - gone)))


@rule
def update_restraint(world: World, conduct: Conduct, month: int) -> None:
    """Set the month's factor of every institution; 1 for institutions that are not members."""
    for provider in range(len(world.restraint)):
        community = world.providers.community[provider]
        factor = 1.0
        if community >= 0 and world.providers.tier[provider] <= COUNTY:
            quota, spent = conduct.quota[community], world.tally.spent[community]
            factor = restraint_of(quota, spent, month % 12, conduct.restraint[0], conduct.restraint[1])
        world.restraint[provider] = factor
