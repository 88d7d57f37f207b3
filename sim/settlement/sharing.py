"""The general risk-sharing rule: bands of deviation from the budget, a minimum rate, caps, and a quality score.

    surplus s = budget - spending > 0:  kept  = min(cap, sum over bands of share x quality factor x s in the band)
    overrun d = spending - budget > 0:  borne = min(cap, sum over bands of share x quality factor x d in the band)

Nothing is shared below the minimum rate; from it on, either all from the first yuan or only what lies beyond the rate.
Settings: 结余留用 retained_share 1 (or less) · 超支自付 and 超支不补 overrun_share 1 · 超支分担 overrun_share between ·
MSSP one-sided retained_share 0.5, overrun_share 0, minimum_rate, surplus_cap 0.1, surplus_quality 1 · risk corridor
surplus_bands and overrun_bands.  Source: figures 1.5, published-results 1.9, 4.2, 4.3.
"""

from __future__ import annotations

import math

import numpy as np

from sim.settlement.config import Band, Sharing
from sim.tables import Floats
from sim.units import PPM, part, ppm

SCALE = 10**11
"""Budget, in fen, at which `expected_marginal_share` evaluates the rule: big enough that rounding does not matter."""


def shared(rule: Sharing, budget: int, balance: int, quality: float = 1.0) -> int:
    """Fen the fund transfers to the community on top of receipts: its part of a surplus, minus its part of an overrun.

    Args:
        rule: the sharing parameters.
        budget: the year's budget, fen.
        balance: budget minus spending, fen.
        quality: assessment score 0..1.
    """
    if balance >= 0:
        factor = 1.0 - rule.surplus_quality * (1.0 - quality)
        bands = rule.surplus_bands or (Band(share=rule.retained_share),)
        return _side(balance, budget, rule.minimum_rate, rule.first_dollar, bands, factor, rule.surplus_cap)
    factor = 1.0 + rule.overrun_quality * (1.0 - quality)
    bands = rule.overrun_bands or (Band(share=rule.overrun_share),)
    return -_side(-balance, budget, rule.minimum_overrun_rate, rule.first_dollar, bands, factor, rule.overrun_cap)


def _side(
    deviation: int,
    budget: int,
    minimum: float,
    first_dollar: bool,
    bands: tuple[Band, ...],
    factor: float,
    cap: float | None,
) -> int:
    """The community's part of a deviation (>= 0) on one side, fen."""
    if deviation * PPM < ppm(minimum) * budget:
        return 0
    lower = 0 if first_dollar else part(budget, ppm(minimum))
    total = 0
    for band in bands:
        end = deviation if band.upto is None else min(deviation, part(budget, ppm(band.upto)))
        total += part(max(end - lower, 0), min(PPM, ppm(band.share * factor)))
        lower = max(lower, end)
    return total if cap is None else min(total, part(budget, ppm(cap)))


def expected_marginal_share(rule: Sharing, expected_surplus: float, sd: float, quality: float = 1.0) -> float:
    """Share of a saved yuan a community expects to keep when it does not know how the year will end; 0..1.

    The year's surplus, as a share of the budget, is taken as Normal(``expected_surplus``, ``sd``).  By Stein's lemma
    the expected slope of the rule S is E[S(m + sd Z) Z] / sd, here on a fixed grid of Z; a linear rule gives its slope.
    """
    z = np.arange(-400, 401) / 100.0
    weight = np.exp(-z * z / 2.0)
    value = np.array([shared(rule, SCALE, round((expected_surplus + sd * x) * SCALE), quality) / SCALE for x in z])
    slope = math.fsum(weight * value * z) / (sd * math.fsum(weight * z * z))
    return min(1.0, max(0.0, slope))


def expected_marginal_shares(rule: Sharing, expected_surplus: Floats, sd: float) -> Floats:
    """Array form, one value for each community."""
    return np.array([expected_marginal_share(rule, float(m), sd) for m in expected_surplus], dtype=np.float64)
