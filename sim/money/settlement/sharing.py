"""The general risk-sharing rule: bands of deviation from the budget, a minimum rate, caps, and a quality score.

    surplus s = budget - spending > 0:  kept  = min(cap, sum over bands of share x quality factor x s in the band)
    overrun d = spending - budget > 0:  borne = min(cap, sum over bands of share x quality factor x d in the band)

Nothing is shared below the minimum rate; from it on, either all from the first yuan or only what lies beyond the rate.
Settings: 结余留用 retained_share 1 (or less) · 超支自付 and 超支不补 overrun_share 1 · 超支分担 overrun_share between ·
MSSP one-sided retained_share 0.5, overrun_share 0, minimum_rate, surplus_cap 0.1, surplus_quality 1 · risk corridor
surplus_bands and overrun_bands · Alzira surplus_cap of turnover (`sim.money.settlement.turnover`).
Source: figures 1.5, published-results 1.9, 4.2, 4.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.core.units import PPM, part, ppm, rounded
from sim.money.settlement.config import Band, Sharing
from sim.tables import Floats, Ints

SCALE = 10**11
"""Budget, in fen, at which `expected_marginal_share` evaluates the rule: big enough that rounding does not matter."""


def shared(rule: Sharing, budget: int, balance: int, quality: float = 1.0, heads: int | None = None) -> int:
    """Fen the fund transfers to the community on top of receipts: its part of a surplus, minus its part of an overrun.

    Args:
        rule: the sharing parameters.
        budget: the year's budget, fen.
        balance: budget minus spending, fen.
        quality: assessment score 0..1.
        heads: persons of the community, for a table of minimum rates; None: the table's first rate.
    """
    if balance >= 0:
        return _side(balance, budget, surplus_side(rule, quality, heads))
    return -_side(-balance, budget, overrun_side(rule, quality))


class Side(NamedTuple):
    """The rule on one side of the budget, as numbers."""

    minimum: int
    """Deviation that must be reached, ppm of the budget."""
    first_dollar: bool
    bands: tuple[tuple[float | None, int], ...]
    """End and share, ppm."""
    cap: float | None


def surplus_side(rule: Sharing, quality: float, heads: int | None) -> Side:
    """The rule for a surplus, at a quality score and a size."""
    factor = 1.0 if quality == 1.0 else 1.0 - rule.surplus_quality * (1.0 - quality)
    bands = rule.surplus_bands or (Band(share=rule.retained_share),)
    least = minimum_rate_ppm(rule, heads)
    return Side(least, not least or rule.first_dollar, _shares(bands, factor), rule.surplus_cap)


def overrun_side(rule: Sharing, quality: float) -> Side:
    """The rule for an overrun, at a quality score."""
    factor = 1.0 if quality == 1.0 else 1.0 + rule.overrun_quality * (1.0 - quality)
    bands = rule.overrun_bands or (Band(share=rule.overrun_share),)
    least = ppm(rule.minimum_overrun_rate)
    shares = _shares(bands, factor, partial(_borne, rule))
    return Side(least, not least or rule.first_dollar, shares, rule.overrun_cap)


def minimum_rate_ppm(rule: Sharing, heads: int | None) -> int:
    """Minimum rate of surplus, ppm; from the table of `minimum_rates`, interpolated and rounded half up."""
    table = [(point.heads, ppm(point.rate)) for point in rule.minimum_rates]
    if not table:
        return ppm(rule.minimum_rate)
    if heads is None or heads <= table[0][0]:
        return table[0][1]
    for (low, at_low), (high, at_high) in pairwise(table):
        if heads <= high:
            return rounded(at_low * (high - heads) + at_high * (heads - low), high - low)
    return table[-1][1]


def _kept(share: int) -> int:
    """A share of a surplus, ppm: between none and all."""
    return min(max(share, 0), PPM)


def _borne(rule: Sharing, share: int) -> int:
    """A share of an overrun, ppm, within the bounds of the rule; the lower one is read only below the upper one."""
    most = ppm(rule.overrun_most)
    return most if share >= most else max(share, ppm(rule.overrun_least))


def _shares(
    bands: tuple[Band, ...], factor: float, within: Callable[[int], int] = _kept
) -> tuple[tuple[float | None, int], ...]:
    """End and share in ppm of each band, after quality and within bounds; a band without a share keeps none."""
    return tuple((b.upto, within(ppm(b.share * factor)) if b.share else 0) for b in bands)


def _side(deviation: int, budget: int, side: Side) -> int:
    """The community's part of a deviation (>= 0) on one side, fen."""
    if deviation * PPM < side.minimum * budget:
        return 0
    lower = 0 if side.first_dollar else part(budget, side.minimum)
    total = 0
    for upto, share in side.bands:
        end = deviation if upto is None else min(deviation, part(budget, ppm(upto)))
        total += part(max(end - lower, 0), share)
        lower = max(lower, end)
    return total if side.cap is None else min(total, part(budget, ppm(side.cap)))


def straight(rule: Sharing) -> bool:
    """Whether the rule is one straight line: then the same part of a saved yuan is kept however a year ends."""
    if rule.minimum_rates:
        return False
    surplus, overrun = surplus_side(rule, 1.0, None), overrun_side(rule, 1.0)
    return (
        surplus == overrun
        and len(surplus.bands) == 1
        and surplus.bands[0][0] is surplus.cap is None
        and not surplus.minimum
    )


def expected_marginal_share(
    rule: Sharing, expected_surplus: float, sd: float, quality: float = 1.0, heads: int | None = None
) -> float:
    """Share of a saved yuan a community expects to keep when it does not know how the year will end; 0..1.

    The year's surplus, as a share of the budget, is taken as Normal(``expected_surplus``, ``sd``).  By Stein's lemma
    the expected slope of the rule S is E[S(m + sd Z) Z] / sd, here on a fixed grid of Z; a linear rule gives its slope.
    """
    z = np.arange(-400, 401) / 100.0
    weight = np.exp(-z * z / 2.0)
    balances = [round((expected_surplus + sd * x) * SCALE) for x in z]
    surplus, overrun = surplus_side(rule, quality, heads), overrun_side(rule, quality)  # read once
    kept = [_side(b, SCALE, surplus) if b >= 0 else -_side(-b, SCALE, overrun) for b in balances]
    value = np.array([k / SCALE for k in kept])
    slope = math.fsum(weight * value * z) / (sd * math.fsum(weight * z * z))
    return min(1.0, max(0.0, slope))


def expected_marginal_shares(rule: Sharing, expected_surplus: Floats, sd: Floats, heads: Ints) -> Floats:
    """Array form, one value for each community."""
    terms = zip(expected_surplus, sd, heads, strict=True)
    return np.array([expected_marginal_share(rule, float(m), float(s), heads=int(n)) for m, s, n in terms], dtype=float)
