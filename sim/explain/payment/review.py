"""Special-case review (`sim.money.payment.review`), step by step."""

from __future__ import annotations

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, Money, millionths, ppm
from sim.explain.steps import BILL, YEAR_SUM, Item, Step, figure, finding, money, parameter, ratio
from sim.money.payment.review import Review, candidates, reviewed
from sim.tables import Ints

REVIEW = Text("special-case review", "特例单议")
_COUNTED_BY_ZH = {"region": "全区域", "provider": "机构"}


def review_steps(
    config: Review, key: str, charge: Money, standard: Money, cases: Ints, provider: Ints, chosen: Ints
) -> list[Step]:
    """Why some of the rows are reviewed or not.

    Args:
        config: quota and threshold.
        key: what leads to them.
        charge: charge of each row, fen.
        standard: payment standard of each row, fen.
        cases: cases of each row.
        provider: institution of each row.
        chosen: positions of the rows asked for.
    """
    if config.quota == 0:
        return []
    shown = [parameter(config, name, key) for name in ("quota", "above", "counted_by")]
    if len(chosen) == 1:
        return [_case_step(config, shown, charge, standard, cases, provider, int(chosen[0]))]
    candidates_chosen = int(candidates(config, charge, standard)[chosen].sum())
    counted = figure(Text("candidates asked for", "所查候选"), f"{candidates_chosen} of {len(chosen)}", BILL)
    granted = int(reviewed(config, charge, standard, cases, provider)[chosen].sum())
    rule = Text(
        "the dearest for their standard, while their cases stay within quota x cases",
        "按费用÷标准由高到低，不超过比例×出院人次",
    )
    return [finding(REVIEW, rule, [counted, *shown], f"{granted} rows reviewed")]


def _case_step(
    config: Review, shown: list[Item], charge: Money, standard: Money, cases: Ints, provider: Ints, at: int
) -> Step:
    """Why the row at a position is reviewed or not: its rank among the candidates, and the cases up to this rank."""
    dear = millionths(charge, np.maximum(standard, 1))
    candidate = candidates(config, charge, standard)
    items = [
        money(Text("charge", "总费用"), int(charge[at]), BILL),
        money(Text("standard", "支付标准"), int(standard[at])),
        figure(Text("charge / standard, rounded down", "费用÷标准，向下取整"), ratio(int(dear[at]))),
        *shown,
    ]
    if not candidate[at]:
        rule = Text("charge / standard not above the bound", "费用÷标准未超过界限")
        return finding(REVIEW, rule, items, "not reviewed")
    counted = np.ones(len(charge), dtype=np.bool_) if config.counted_by == "region" else provider == provider[at]
    most = int(cases[counted].sum()) * ppm(config.quota) // PPM
    before = counted & candidate & ((dear > dear[at]) | ((dear == dear[at]) & (charge > charge[at])))
    same = counted & candidate & (dear == dear[at]) & (charge == charge[at]) & (np.arange(len(charge)) <= at)
    reached = int(cases[before | same].sum())
    items += [
        figure(Text("cases that count", "计数人次"), int(cases[counted].sum()), YEAR_SUM),
        figure(Text("most reviewed", "最多评议例数"), most),
        figure(Text("rank among candidates", "候选名次"), int(before.sum()) + int(same.sum()), YEAR_SUM),
        figure(Text("candidates", "候选数"), int((counted & candidate).sum()), YEAR_SUM),
        figure(Text("cases up to this rank", "至此名次累计例数"), reached, YEAR_SUM),
    ]
    rule = Text(
        "reviewed while the cases up to its rank stay within quota x cases, rounded down",
        "至其名次的累计例数不超过比例×人次（向下取整）即评议",
    )
    return finding(REVIEW, rule, items, "reviewed" if reached <= most else "not reviewed")


def review_readings(name: str, config: Review) -> list[Text]:
    """How the review of a scheme of this name was read; nothing where there is none."""
    if not config.quota:
        return []
    by = config.counted_by
    return [
        Text(
            f"{name}: special-case review grants every case within the quota, counted by {by}",
            f"{name}：特例单议在数量限额内全部通过，按{_COUNTED_BY_ZH.get(by, by)}计数",
        )
    ]
