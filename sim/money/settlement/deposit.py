"""The quality deposit: withheld from what members are due, given back at year end by the community's score."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import Money, part, ppm
from sim.money.settlement.config import Config
from sim.tables import Claims, Floats, Payments, Providers


def withheld(config: Config, claims: Claims, payments: Payments, providers: Providers) -> Money:
    """[provider] deposit of the year, fen: a share of the fund money due to members; others leave none."""
    member = claims.community >= 0
    due = sum_by(claims.provider[member], payments.receipts[member], len(providers.tier))
    share = ppm(config.deposit)
    return np.array([part(int(amount), share) for amount in due], dtype=np.int64)


def forfeited(config: Config, claims: Claims, payments: Payments, providers: Providers, scores: Floats | None) -> Money:
    """[provider] deposit x (1 - score of its community) that stays with the fund, fen; nothing without a deposit.

    Args:
        config: the share withheld.
        claims: the year's claims.
        payments: fund money due per claim row.
        providers: institutions.
        scores: [community] assessment score 0..1; None counts as 1.
    """
    if not config.deposit:
        return np.zeros(0, dtype=np.int64)
    kept_back = withheld(config, claims, payments, providers)
    if scores is None:
        return np.zeros(len(kept_back), dtype=np.int64)
    own_scores = [ppm(float(scores[c])) if 0 <= c < len(scores) else ppm(1.0) for c in providers.community.tolist()]
    back = [part(int(amount), score) for amount, score in zip(kept_back, own_scores, strict=True)]
    return np.asarray(kept_back - np.array(back, dtype=np.int64), dtype=np.int64)
