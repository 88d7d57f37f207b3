"""Special-case review (特例单议): the dearest cases for their standard, up to a quota, are paid fee for service.

    candidates   charge > above x standard
    reviewed     candidates in falling order of charge / standard (then of charge), while their count stays within
                 floor(quota x cases)

The quota counts cases of the region, or of each institution.  The review itself is not modelled: every case that fits
the quota is granted.  Source: figures 1.5 (F41): at most 5 % of DRG and 5 per mille of DIP discharges.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.core.parameters import Config, Share, param
from sim.core.units import PPM, Money, millionths, ppm
from sim.tables import Ints, Mask


class Review(Config):
    """Special-case review."""

    quota: Share = param(0.0, unit="share of cases", zh="特例单议比例")
    """Most cases reviewed, as a share of discharges; 0: no review.
    Source: F41: 0.05 under DRG, 0.005 under DIP; assumed off unless chosen"""
    above: float = param(2.0, unit="times the standard", zh="特例单议费用倍数", ge=0, le=1_000)
    """Only cases dearer than this many times their standard are reviewed.
    Source: published-results 4.1: DIP reviews above 5 times; assumed 2 for DRG, where high-cost cases begin"""
    counted_by: Literal["region", "provider"] = param("region", unit="", zh="特例单议数量口径")
    """The quota counts the discharges of the region, or of each institution.
    Source: assumed: F41 names the ratio, not who is counted"""


def reviewed(config: Review, charge: Money, standard: Money, cases: Ints, provider: Ints) -> Mask:
    """Rows that are reviewed.

    Args:
        config: quota and threshold.
        charge: charge of each row, fen.
        standard: what the scheme would count the row at, fen; rows without one (0) are not candidates.
        cases: cases of each row.
        provider: institution of each row.
    """
    chosen = np.zeros(len(charge), dtype=np.bool_)
    if config.quota == 0:
        return chosen
    ratio = millionths(charge, np.maximum(standard, 1))
    candidate = candidates(config, charge, standard)
    if not candidate.any():
        return chosen
    places = np.unique(provider) if config.counted_by == "provider" else [None]
    for place in places:
        of_place = np.ones(len(charge), dtype=np.bool_) if place is None else provider == place
        most = int(cases[of_place].sum()) * ppm(config.quota) // PPM
        rows = np.flatnonzero(of_place & candidate)
        order = rows[np.lexsort((-charge[rows], -ratio[rows]))]
        chosen[order[np.cumsum(cases[order]) <= most]] = True
    return chosen


def candidates(config: Review, charge: Money, standard: Money) -> Mask:
    """Rows whose charge is above the bound, however little."""
    divisor = np.maximum(standard, 1)
    return (standard > 0) & (millionths(charge, divisor, divisor - 1) > ppm(config.above))
