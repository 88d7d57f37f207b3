"""Outliers and short stays (`sim.money.payment.outlier`), step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, Money, fen, parts, ppm, product, rounded
from sim.explain.steps import BILL, Item, Step, figure, money, parameter, worth
from sim.money.payment.outlier import Outlier
from sim.tables import Ints, Mask

STANDARD = Text("payment standard", "支付标准")
CHARGE = Text("charge", "总费用")


class _Class(NamedTuple):
    """Stays of one class, and what they count at."""

    rows: Mask
    what: Text
    rule: Text
    paths: tuple[str, ...]
    """Parameters of the rule."""
    value: Money
    more: tuple[Item, ...] = ()


def outlier_steps(
    config: Outlier, key: str, weight: Ints, standard: Money, charge: Money, days: Ints, cases: Ints
) -> tuple[list[Step], Money]:
    """What each row counts at after short stays and outliers, fen, and the steps to it.

    Args:
        config: the rules.
        key: what leads to their parameters.
        weight: weight x coefficient of a case of each row, ppm.
        standard: payment standard of each row, fen.
        charge: charge of each row, fen.
        days: bed days of each row.
        cases: cases of each row.
    """
    counted, left = standard.copy(), np.ones(len(standard), dtype=np.bool_)
    steps: list[Step] = []
    for one in _classes(config, standard, charge, days, cases):
        in_class = one.rows & left
        left[in_class] = False
        counted[in_class] = one.value[in_class]
        if in_class.any():
            items = [
                figure(Text("rows", "行数"), int(in_class.sum()), BILL),
                money(STANDARD, standard[in_class].sum()),
                money(CHARGE, charge[in_class].sum(), BILL),
                *one.more,
            ]
            items += [parameter(config, path, key) for path in one.paths]
            steps.append(worth(one.what, one.rule, items, int(one.value[in_class].sum())))
    if steps and left.any():
        steps.append(worth(Text("other rows", "其他行"), STANDARD, [], int(counted[left].sum())))
    if config.fixed_loss is not None:
        extra, cost_steps = _cost_steps(config, key, weight, standard, charge, cases)
        counted, steps = counted + extra, [*steps, *cost_steps]
    rule = Text(
        "standard after short stays and outliers, with the cost outlier", "经短住院、高低倍率及超额成本校正的标准"
    )
    items = [money(STANDARD, standard.sum())]
    return [*steps, worth(Text("counted at", "计算标准"), rule, items, int(counted.sum()))], counted


def _classes(config: Outlier, standard: Money, charge: Money, days: Ints, cases: Ints) -> Iterator[_Class]:
    """The classes in force; a row belongs to the first class that holds it."""
    if config.short_days:
        yield _Class(
            days <= config.short_days * cases,
            Text("short stay", "短住院"),
            Text("days at most the bound: the charge, at most the standard", "天数不超过界限：总费用，以标准为限"),
            ("short_days",),
            np.minimum(standard, charge),
            (figure(Text("days", "住院天数"), int(days.sum()), BILL),),
        )
    if config.low_below is not None:
        yield _Class(
            charge < parts(standard, ppm(config.low_below)),
            Text("low outlier", "低倍率病例"),
            Text("charge below the bound x standard: the charge", "总费用低于界限×支付标准：总费用"),
            ("low_below",),
            charge,
        )
    if config.high_above is not None:
        bound, what = parts(standard, ppm(config.high_above)), Text("high outlier", "高倍率病例")
        if config.high_rule == "ffs":
            rule = Text("charge above the bound x standard: the charge", "总费用高于界限×支付标准：总费用")
            yield _Class(charge > bound, what, rule, ("high_above", "high_rule"), charge)
        else:
            rule = Text(
                "charge above the bound: standard + share x (charge - bound x standard)",
                "总费用高于界限：支付标准+比例×（总费用-界限×支付标准）",
            )
            value = standard + parts(charge - bound, ppm(config.high_share))
            yield _Class(charge > bound, what, rule, ("high_above", "high_rule", "high_share"), value)


def _cost_steps(
    config: Outlier, key: str, weight: Ints, standard: Money, charge: Money, cases: Ints
) -> tuple[Money, list[Step]]:
    """The cost outlier, component by component."""
    total, steps = np.zeros(len(charge), dtype=np.int64), []
    ratios = [ppm(c.cost_to_charge) for c in config.components] or [PPM]
    for k, own_ratio in enumerate(ratios):
        what = Text(f"cost outlier {k}", f"超额成本{k}") if config.components else Text("cost outlier", "超额成本")
        items = [money(CHARGE, charge.sum(), BILL)]
        component = standard
        if config.components:
            rate = fen(config.components[k].rate)
            component = product([rounded(rate * int(w), PPM) for w in weight], cases)
            items += [parameter(config, f"components.{k}.{name}", key) for name in ("rate", "cost_to_charge")]
        cost = parts(charge, own_ratio)
        loss = rounded(fen(config.fixed_loss or 0) * own_ratio, sum(ratios))
        above = np.maximum(cost - component - product(cases, loss), 0)
        items += [
            money(Text("cost = charge x cost to charge", "成本=总费用×成本收费比"), cost.sum()),
            money(Text("component of the standard", "标准分项"), component.sum()),
            parameter(config, "fixed_loss", key),
            money(Text("its part of the fixed loss, a case", "固定损失额所占部分（每例）"), loss),
            money(Text("cost above both", "超出部分"), above.sum()),
            parameter(config, "cost_share", key),
        ]
        extra = parts(above, ppm(config.cost_share))
        total += extra
        rule = Text(
            "share x (cost - component of the standard - fixed loss), where above zero",
            "比例×（成本-标准分项-固定损失额），大于零时",
        )
        steps.append(worth(what, rule, items, int(extra.sum())))
    return total, steps
