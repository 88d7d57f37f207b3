"""How a community splits a transfer among its tiers (fixed ratio; other rules come with later issues)."""

from __future__ import annotations

import numpy as np

from sim.settlement.config import Distribution
from sim.tables import COUNTY, TIERS, TOWNSHIP, VILLAGE, Ints, Providers
from sim.units import Money, largest_remainder


def tier_weights(config: Distribution, providers: Providers, communities: int) -> Ints:
    """[community, tier] parts; a tier without a member institution has none.

    If no weighted tier has a member, the tiers that have one share equally, and without any member the county tier
    stands for the community as a whole.
    """
    parts = np.zeros(len(TIERS), dtype=np.int64)
    parts[[VILLAGE, TOWNSHIP, COUNTY]] = config.village, config.township, config.county
    present = np.zeros((communities, len(TIERS)), dtype=np.int64)
    member = (providers.community >= 0) & (providers.community < communities)
    present[providers.community[member], providers.tier[member]] = 1
    present[present.sum(axis=1) == 0, COUNTY] = 1
    weights = present * parts
    unweighted = weights.sum(axis=1) == 0
    weights[unweighted] = present[unweighted]
    return weights


def distribute(transfer: Money, weights: Ints) -> Money:
    """[community, tier] fen; each row sums to the community's transfer exactly (largest remainder)."""
    rows = [largest_remainder(int(amount), row) for amount, row in zip(transfer, weights, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(len(transfer), len(TIERS))


def primary_share(weights: Ints) -> float:
    """Share of a transfer that reaches township centres and village clinics, mean over communities."""
    if len(weights) == 0:
        return 0.0
    return float(np.mean(weights[:, [VILLAGE, TOWNSHIP]].sum(axis=1) / weights.sum(axis=1)))
