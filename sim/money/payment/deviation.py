"""DIP's low-cost and high-cost cases, and three-year scores.

    ratio     = charge of the case / standard[tier, group]
    low       ratio < 0.5:  case coefficient = ratio               paid what it cost
    normal                  case coefficient = 1
    high      ratio > 2:    case coefficient = ratio - 2 + 1       the excess over twice the standard is added
    score     = m[group] / M,  m and M mean charges of a case over three years weighted 1 : 2 : 7

The standard is last year's mean charge of the group at the same tier, or budget point value x score x tier
coefficient: an open choice, as is whether the bounds themselves count.  Source: F40, published-results 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from sim.core.arrays import sum_by
from sim.core.parameters import Config, param
from sim.core.units import PPM, Money, millionths, ppm, product, rounded
from sim.money.history import ClosedYear
from sim.money.payment.scheme import check_groups
from sim.tables import TIERS, Claims, Ints, Mask


class Deviation(Config):
    """Case coefficients of stays far from their standard."""

    apply: bool = param(False, unit="", zh="费用偏差病例校正")
    """Correct the points of low-cost and high-cost cases.
    Source: published-results 4.1; assumed off for scores alone: the option dip_full switches it on"""
    low_below: float = param(0.5, unit="share of the standard", zh="低倍率界限", ge=0, le=1)
    """Cases below this share of the standard are low-cost.
    Source: F40: 50 %"""
    high_above: float = param(2.0, unit="times the standard", zh="高倍率界限", ge=1, le=100)
    """Cases above this many times the standard are high-cost.
    Source: F40: 200 %"""
    bounds: Literal["strict", "inclusive"] = param("strict", unit="", zh="界限是否含等号")
    """A case exactly at a bound is normal (strict), or low- or high-cost (inclusive).
    Source: published-results 4.1: an open choice; the text says < 50 % and > 200 %"""
    standard: Literal["same_level_mean", "point_value"] = param("same_level_mean", unit="", zh="病种支付标准口径")
    """Standard: last year's mean of the group at the same tier, or budget point value x score x tier coefficient.
    Source: published-results 4.1: an open choice; F40 names the same-level mean"""


def case_coefficients(config: Deviation, charge: Money, standard: Money, cases: Ints) -> Ints:
    """Case coefficient of each row, ppm; 1 where there is no standard.  Rows of several cases count at their mean.

    Args:
        config: the bounds.
        charge: charge of each row, fen.
        standard: standard of one case, fen.
        cases: cases of each row.
    """
    ratio, is_low, is_high = classes_of(config, charge, standard, cases)
    return np.where(is_low, ratio, np.where(is_high, ratio - ppm(config.high_above) + PPM, PPM))


def classes_of(config: Deviation, charge: Money, standard: Money, cases: Ints) -> tuple[Ints, Mask, Mask]:
    """Charge / standard of each row, ppm half up (1 without a standard); which rows are low-cost, which high-cost.

    The bounds are compared with the charge itself: a fen below half of a dear standard is low-cost.
    """
    row_standard = product(standard, cases)
    known, divisor = row_standard > 0, np.maximum(row_standard, 1)
    ratio = np.where(known, millionths(charge, divisor, row_standard // 2), PPM)
    down, up = millionths(charge, divisor), millionths(charge, divisor, divisor - 1)
    low, high = ppm(config.low_below), ppm(config.high_above)
    is_low, is_high = down < low, up > high
    at_low, at_high = (up == low) & ~is_low, (down == high) & ~is_high
    if (known & (at_low | at_high)).any() and config.bounds == "inclusive":
        is_low, is_high = is_low | at_low, is_high | at_high
    return ratio, known & is_low, known & is_high & ~is_low


def same_level_means(year: ClosedYear, rows: Callable[[Claims], Mask], groups: int) -> Money:
    """[tier, group] mean charge of a case in a closed year, fen, rounded half up; 0 without cases."""
    keep = rows(year.claims)
    check_groups(year.claims, keep, groups)
    cell = year.claims.tier[keep] * groups + year.claims.group[keep]
    charge = sum_by(cell, year.claims.charge[keep], len(TIERS) * groups)
    cases = np.maximum(sum_by(cell, year.claims.cases[keep], len(TIERS) * groups), 1)
    return np.asarray((2 * charge + cases) // (2 * cases), dtype=np.int64).reshape(len(TIERS), groups)


def year_scores(
    years: Sequence[ClosedYear], weights: Sequence[int], rows: Callable[[Claims], Mask], table: Ints
) -> Ints:
    """[group] scores m / M, ppm, from the last closed years; the table's weight for a group without cases.

    m is the weighted mean of the yearly mean charges of the group, over the years that have cases of it; M likewise of
    all groups together.  The last weight belongs to the last year; fewer years use the last weights.
    """
    used = list(years)[-len(weights) :]
    by_year = list(weights)[-len(used) :]
    sums = [sums_by_group(year, rows, len(table)) for year in used]
    overall = mean_of_years([(int(c.sum()), int(n.sum())) for c, n in sums], by_year)
    scores = []
    for group, table_weight in enumerate(table):
        of_group = mean_of_years([(int(c[group]), int(n[group])) for c, n in sums], by_year)
        if of_group is None or overall is None:
            scores.append(int(table_weight))
        else:
            scores.append(rounded(of_group[0] * overall[1] * PPM, of_group[1] * overall[0]))
    return np.array(scores, dtype=np.int64)


def sums_by_group(year: ClosedYear, rows: Callable[[Claims], Mask], groups: int) -> tuple[Money, Ints]:
    """[group] charges (fen) and cases of the rows that count."""
    keep = rows(year.claims)
    check_groups(year.claims, keep, groups)
    group = year.claims.group[keep]
    return sum_by(group, year.claims.charge[keep], groups), sum_by(group, year.claims.cases[keep], groups)


def mean_of_years(sums: Sequence[tuple[int, int]], weights: Sequence[int]) -> tuple[int, int] | None:
    """Weighted mean of charge / cases as a fraction, over the years with charges; None without any."""
    top, bottom, weight = 0, 1, 0
    for (charge, cases), w in zip(sums, weights, strict=True):
        if cases > 0 and charge > 0:
            top, bottom, weight = top * cases + w * charge * bottom, bottom * cases, weight + w
    return (top, bottom * weight) if weight else None
