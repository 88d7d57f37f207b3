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

from sim.handover import Mask
from sim.parameters import Config, Share, param
from sim.steps import BILL, YEAR_SUM, Item, Step, figure, finding, money, parameter, ratio
from sim.tables import Ints
from sim.text import Text
from sim.units import PPM, Money, millionths, ppm


class Review(Config):
    """Special-case review."""

    quota: Share = param(
        0.0, "Most cases reviewed, as a share of discharges; 0: no review.", unit="share of cases", zh="特例单议比例",
        source="F41: 0.05 under DRG, 0.005 under DIP; assumed off unless chosen",
    )  # fmt: skip
    above: float = param(
        2.0, "Only cases dearer than this many times their standard are reviewed.", unit="times the standard",
        zh="特例单议费用倍数", ge=0, le=1_000,
        source="published-results 4.1: DIP reviews above 5 times; assumed 2 for DRG, where high-cost cases begin",
    )  # fmt: skip
    counted_by: Literal["region", "provider"] = param(
        "region", "The quota counts the discharges of the region, or of each institution.", unit="",
        zh="特例单议数量口径", source="assumed: F41 names the ratio, not who is counted",
    )  # fmt: skip


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
    candidate = _candidates(config, charge, standard)
    if not candidate.any():
        return chosen
    places = np.unique(provider) if config.counted_by == "provider" else [None]
    for place in places:
        mine = np.ones(len(charge), dtype=np.bool_) if place is None else provider == place
        most = int(cases[mine].sum()) * ppm(config.quota) // PPM
        rows = np.flatnonzero(mine & candidate)
        order = rows[np.lexsort((-charge[rows], -ratio[rows]))]
        chosen[order[np.cumsum(cases[order]) <= most]] = True
    return chosen


def _candidates(config: Review, charge: Money, standard: Money) -> Mask:
    """Rows whose charge is above the bound, however little."""
    divisor = np.maximum(standard, 1)
    return (standard > 0) & (millionths(charge, divisor, divisor - 1) > ppm(config.above))


REVIEW = Text("special-case review", "特例单议")


def review_steps(
    config: Review, key: str, charge: Money, standard: Money, cases: Ints, provider: Ints, chosen: Ints
) -> list[Step]:
    """Why some of the rows (positions ``chosen``) are reviewed or not; the other arguments as of `reviewed`."""
    if config.quota == 0:
        return []
    shown = [parameter(config, name, key) for name in ("quota", "above", "counted_by")]
    if len(chosen) == 1:
        return [_case_step(config, shown, charge, standard, cases, provider, int(chosen[0]))]
    told = int(_candidates(config, charge, standard)[chosen].sum())
    counted = figure(Text("candidates asked for", "所查候选"), f"{told} of {len(chosen)}", BILL)
    granted = int(reviewed(config, charge, standard, cases, provider)[chosen].sum())
    rule = Text("the dearest for their standard, while their cases stay within quota x cases",
                 "按费用÷标准由高到低，不超过比例×出院人次")  # fmt: skip
    return [finding(REVIEW, rule, [counted, *shown], f"{granted} rows reviewed")]


def _case_step(
    config: Review, shown: list[Item], charge: Money, standard: Money, cases: Ints, provider: Ints, at: int
) -> Step:
    """Why the row at a position is reviewed or not: its rank among the candidates, and the cases up to it."""
    dear = millionths(charge, np.maximum(standard, 1))
    candidate = _candidates(config, charge, standard)
    items = [
        money(Text("charge", "总费用"), int(charge[at]), BILL),
        money(Text("standard", "支付标准"), int(standard[at])),
        figure(Text("charge / standard, rounded down", "费用÷标准，向下取整"), ratio(int(dear[at]))),
        *shown,
    ]
    if not candidate[at]:
        rule = Text("charge / standard not above the bound", "费用÷标准未超过界限")
        return finding(REVIEW, rule, items, "not reviewed")
    mine = np.ones(len(charge), dtype=np.bool_) if config.counted_by == "region" else provider == provider[at]
    most = int(cases[mine].sum()) * ppm(config.quota) // PPM
    before = mine & candidate & ((dear > dear[at]) | ((dear == dear[at]) & (charge > charge[at])))
    same = mine & candidate & (dear == dear[at]) & (charge == charge[at]) & (np.arange(len(charge)) <= at)
    reached = int(cases[before | same].sum())
    items += [
        figure(Text("cases that count", "计数人次"), int(cases[mine].sum()), YEAR_SUM),
        figure(Text("most reviewed", "最多评议例数"), most),
        figure(Text("rank among candidates", "候选名次"), int(before.sum()) + int(same.sum()), YEAR_SUM),
        figure(Text("candidates", "候选数"), int((mine & candidate).sum()), YEAR_SUM),
        figure(Text("cases up to this rank", "至此名次累计例数"), reached, YEAR_SUM),
    ]
    rule = Text("reviewed while the cases up to its rank stay within quota x cases, rounded down",
                 "至其名次的累计例数不超过比例×人次（向下取整）即评议")  # fmt: skip
    return finding(REVIEW, rule, items, "reviewed" if reached <= most else "not reviewed")
