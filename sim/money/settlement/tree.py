"""The three-level tree of scores (A6): the county scores lead hospitals, these their centres, these their clinics.

A unit keeps (share to keep x its score) of the pot that reaches it and hands the rest to the units below it, in
proportion to volume of work x score; a unit without any below keeps all of its pot.  So what a bad score withholds goes
down, to the next level, and not back to the fund: the surplus is the community's once it is transferred.  The pot of
several lead hospitals is split by the county in the same proportion; where all these products are 0, equally.
"""

from __future__ import annotations

import numpy as np

from sim.core.units import PPM, Money, largest_remainder, part, rounded
from sim.tables import COUNTY, TOWNSHIP, Ints, Providers


def above(providers: Providers) -> Ints:
    """[provider] the unit above it, -1 for lead hospitals and institutions of no community.

    A unit whose own parent is not known, of another community or not of a higher tier hangs on the first institution
    of the community's highest tier.
    """
    count = len(providers.tier)
    parents = providers.parent if len(providers.parent) == count else np.full(count, -1, dtype=np.int64)
    superior = np.full(count, -1, dtype=np.int64)
    for community in range(int(providers.community.max(initial=-1)) + 1):
        members = np.flatnonzero(providers.community == community)
        if not len(members):
            continue
        top = int(providers.tier[members].max())
        lead = int(members[providers.tier[members] == top][0])
        for unit in members[providers.tier[members] < top]:
            parent = int(parents[unit])
            fits = (
                0 <= parent < count
                and providers.community[parent] == community
                and providers.tier[parent] > providers.tier[unit]
            )
            superior[unit] = parent if fits else lead
    return superior


def kept_ppm(keep: int, score: int) -> int:
    """Share of its pot that a unit keeps, ppm, from the share to keep and the score, ppm."""
    return rounded(keep * score, PPM)


def hand_down(
    amount: int, members: Ints, providers: Providers, volume: Ints, scores: Ints, keeps: tuple[int, int]
) -> Money:
    """[member] what each keeps of an amount that is handed down the tree, fen.

    Args:
        amount: pot of the community, fen.
        members: its institutions.
        providers: all institutions.
        volume: [member] volume of work.
        scores: [member] score, ppm.
        keeps: share that township centres and lead hospitals keep at score 1, ppm.
    """
    place = {int(unit): k for k, unit in enumerate(members)}
    parent = above(providers)[members]
    size = [int(v) * int(s) for v, s in zip(volume, scores, strict=True)]
    pots, units = np.zeros(len(members), dtype=np.int64), np.zeros(len(members), dtype=np.int64)
    leads = np.flatnonzero(parent < 0)
    pots[leads] = largest_remainder(amount, [size[k] for k in leads])
    for k in np.argsort(-providers.tier[members], kind="stable"):
        pot, below = int(pots[k]), [place[int(u)] for u in members[parent == members[k]]]
        units[k] = pot
        if below:
            keep = {TOWNSHIP: keeps[0], COUNTY: keeps[1]}.get(int(providers.tier[members[k]]), keeps[1])
            units[k] = part(pot, kept_ppm(keep, int(scores[k])))
            pots[below] = largest_remainder(pot - int(units[k]), [size[b] for b in below])
    return units
