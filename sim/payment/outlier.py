"""Stays far from their DRG standard: high and low outliers, short stays, and the cost outlier of the American IPPS.

    short stay      days <= short_days:             standard = min(standard, charge)
    low outlier     charge < low_below x standard:  standard = charge
    high outlier    charge > high_above x standard:
        excess      standard + high_share x (charge - high_above x standard)
        ffs         charge                          all of it, so that the fund owes the statutory part
    cost outlier    + share x max(0, cost - (component + fixed loss part))  for each component of the standard,
                    cost = charge x cost-to-charge ratio of the component,
                    fixed loss part = fixed loss x own ratio / sum of ratios

One case is in one class only: short stay first, then low, then high.  The cost outlier comes on top of any.
Source: figures 1.5, published-results 4.1 (Jinhua: an incomplete stay at cost, capped at the base) and 4.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from sim.basis import rounded
from sim.handover import Mask
from sim.parameters import Config, Ratio, Share, Yuan, param
from sim.steps import BILL, Item, Step, figure, money, parameter, worth
from sim.tables import Ints
from sim.text import Text
from sim.units import PPM, Money, fen, parts, ppm, product


class Component(Config):
    """A component of the standard with its own cost-to-charge ratio, such as operating and capital cost."""

    rate: Yuan = param(
        0.0, "Rate of the component per unit of weight; the components' rates together are the DRG rate.",
        unit="yuan per unit of weight", zh="分项费率", source="set with the rule that uses components",
    )  # fmt: skip
    cost_to_charge: Ratio = param(
        1.0, "Cost per yuan of charge of the component.", unit="ratio", zh="成本收费比",
        source="set with the rule that uses components",
    )  # fmt: skip


class Outlier(Config):
    """Rules for stays far from their standard; all off by default."""

    high_above: float | None = param(
        None, "A stay above this many times its standard is a high outlier; null: none.", unit="times the standard",
        zh="高倍率界限", ge=1, le=100, source="figures 1.5: outliers separate, bounds not given; assumed off",
    )  # fmt: skip
    high_rule: Literal["excess", "ffs"] = param(
        "excess", "A high outlier gets its standard and a share of the excess over the bound, or its charge.",
        unit="", zh="高倍率病例支付", source="published-results 4.1: the excess is added under DIP; assumed so for DRG",
    )  # fmt: skip
    high_share: Share = param(
        1.0, "Share of the excess that is added.", unit="share", zh="高倍率超额支付比例",
        source="published-results 4.1: all of it under DIP",
    )  # fmt: skip
    low_below: float | None = param(
        None, "A stay below this share of its standard is paid its charge; null: none.", unit="share of the standard",
        zh="低倍率界限", ge=0, le=1, source="figures 1.5: outliers separate; F40: below 50 % actual cost under DIP",
    )  # fmt: skip
    short_days: int = param(
        0, "A stay of at most so many days is paid its charge, at most the standard; 0: none.", unit="days",
        zh="短住院天数", ge=0, le=365, source="published-results 4.1: incomplete stays in Jinhua; assumed off",
    )  # fmt: skip
    fixed_loss: Yuan | None = param(
        None, "Fixed loss above the standard from which cost is shared; null: no cost outlier.", unit="yuan a case",
        zh="固定损失额", source="published-results 4.4: 25,800 dollars in fiscal year 2005; assumed off",
    )  # fmt: skip
    cost_share: Share = param(
        0.8, "Share of cost above standard and fixed loss that is paid.", unit="share", zh="超额成本支付比例",
        source="published-results 4.4: 80 %, burns 90 %",
    )  # fmt: skip
    components: tuple[Component, ...] = param(
        (), "Components of the standard; empty: one, with cost equal to charge.", unit="", zh="费率分项",
        source="published-results 4.4: operating and capital",
    )  # fmt: skip

    @property
    def active(self) -> bool:
        """Whether any rule is on."""
        return bool(self.high_above or self.low_below or self.short_days or self.fixed_loss is not None)


def adjusted(config: Outlier, standard: Money, charge: Money, days: Ints, cases: Ints) -> Money:
    """Standard of each row after short stays and outliers, fen; before the cost outlier.

    Args:
        config: the rules.
        standard: standard of the row, all its cases, fen.
        charge: charge of the row, fen.
        days: days of the row's cases together.
        cases: cases of the row; several count at their mean.
    """
    result = standard.copy()
    high = ppm(config.high_above or 0)
    bound = parts(standard, high)
    if config.high_above is not None:
        excess = bound if config.high_rule == "excess" else np.zeros_like(bound)
        share = ppm(config.high_share) if config.high_rule == "excess" else PPM
        kept = standard if config.high_rule == "excess" else np.zeros_like(bound)
        result = np.where(charge > bound, kept + parts(charge - excess, share), result)
    if config.low_below is not None:
        result = np.where(charge < parts(standard, ppm(config.low_below)), charge, result)
    if config.short_days:
        result = np.where(days <= config.short_days * cases, np.minimum(standard, charge), result)
    return result


def cost_outlier(config: Outlier, weight: Ints, standard: Money, charge: Money, cases: Ints) -> Money:
    """Payment on top of each row's standard, fen, rounded half up once a component and row.

    Args:
        config: fixed loss, share, components.
        weight: weight x tier coefficient of one case, ppm.
        standard: standard of the row, fen; used when there are no components.
        charge: charge of the row, fen.
        cases: cases of the row; several count at their mean.
    """
    extra = np.zeros(len(charge), dtype=np.int64)
    if config.fixed_loss is None:
        return extra
    ratios = [ppm(c.cost_to_charge) for c in config.components] or [PPM]
    rates = [fen(c.rate) for c in config.components]
    for k, ratio in enumerate(ratios):
        own = standard
        if rates:
            own = product([rounded(rates[k] * int(w), PPM) for w in weight], cases)
        loss = rounded(fen(config.fixed_loss) * ratio, sum(ratios))
        extra += parts(np.maximum(parts(charge, ratio) - own - product(cases, loss), 0), ppm(config.cost_share))
    return extra


# --- the same, step by step -----------------------------------------------------------------------------------------
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
    """What each row counts at after short stays and outliers, fen, and the steps to it; arguments as above."""
    counted, left = standard.copy(), np.ones(len(standard), dtype=np.bool_)
    steps: list[Step] = []
    for one in _classes(config, standard, charge, days, cases):
        mine = one.rows & left
        left[mine] = False
        counted[mine] = one.value[mine]
        if mine.any():
            items = [figure(Text("rows", "行数"), int(mine.sum()), BILL), money(STANDARD, standard[mine].sum()),
                     money(CHARGE, charge[mine].sum(), BILL), *one.more]  # fmt: skip
            items += [parameter(config, path, key) for path in one.paths]
            steps.append(worth(one.what, one.rule, items, int(one.value[mine].sum())))
    if steps and left.any():
        steps.append(worth(Text("other rows", "其他行"), STANDARD, [], int(counted[left].sum())))
    if config.fixed_loss is not None:
        extra, found = _cost_steps(config, key, weight, standard, charge, cases)
        counted, steps = counted + extra, [*steps, *found]
    rule = Text(
        "standard after short stays and outliers, with the cost outlier", "经短住院、高低倍率及超额成本校正的标准"
    )
    items = [money(STANDARD, standard.sum())]
    return [*steps, worth(Text("counted at", "计算标准"), rule, items, int(counted.sum()))], counted


def _classes(config: Outlier, standard: Money, charge: Money, days: Ints, cases: Ints) -> Iterator[_Class]:
    """The classes in force; a row belongs to the first that has it."""
    if config.short_days:
        yield _Class(
            days <= config.short_days * cases, Text("short stay", "短住院"),
            Text("days at most the bound: the charge, at most the standard", "天数不超过界限：总费用，以标准为限"),
            ("short_days",), np.minimum(standard, charge),
            (figure(Text("days", "住院天数"), int(days.sum()), BILL),),
        )  # fmt: skip
    if config.low_below is not None:
        yield _Class(
            charge < parts(standard, ppm(config.low_below)), Text("low outlier", "低倍率病例"),
            Text("charge below the bound x standard: the charge", "总费用低于界限×支付标准：总费用"),
            ("low_below",), charge,
        )  # fmt: skip
    if config.high_above is not None:
        bound, what = parts(standard, ppm(config.high_above)), Text("high outlier", "高倍率病例")
        if config.high_rule == "ffs":
            rule = Text("charge above the bound x standard: the charge", "总费用高于界限×支付标准：总费用")
            yield _Class(charge > bound, what, rule, ("high_above", "high_rule"), charge)
        else:
            rule = Text("charge above the bound: standard + share x (charge - bound x standard)",
                         "总费用高于界限：支付标准+比例×（总费用-界限×支付标准）")  # fmt: skip
            value = standard + parts(charge - bound, ppm(config.high_share))
            yield _Class(charge > bound, what, rule, ("high_above", "high_rule", "high_share"), value)


def _cost_steps(
    config: Outlier, key: str, weight: Ints, standard: Money, charge: Money, cases: Ints
) -> tuple[Money, list[Step]]:
    """The cost outlier, component by component."""
    whole, steps = np.zeros(len(charge), dtype=np.int64), []
    ratios = [ppm(c.cost_to_charge) for c in config.components] or [PPM]
    for k, own_ratio in enumerate(ratios):
        what = Text(f"cost outlier {k}", f"超额成本{k}") if config.components else Text("cost outlier", "超额成本")
        items = [money(CHARGE, charge.sum(), BILL)]
        own = standard
        if config.components:
            rate = fen(config.components[k].rate)
            own = product([rounded(rate * int(w), PPM) for w in weight], cases)
            items += [parameter(config, f"components.{k}.{name}", key) for name in ("rate", "cost_to_charge")]
        cost = parts(charge, own_ratio)
        loss = rounded(fen(config.fixed_loss or 0) * own_ratio, sum(ratios))
        above = np.maximum(cost - own - product(cases, loss), 0)
        items += [
            money(Text("cost = charge x cost to charge", "成本=总费用×成本收费比"), cost.sum()),
            money(Text("component of the standard", "标准分项"), own.sum()),
            parameter(config, "fixed_loss", key),
            money(Text("its part of the fixed loss, a case", "固定损失额所占部分（每例）"), loss),
            money(Text("cost above both", "超出部分"), above.sum()),
            parameter(config, "cost_share", key),
        ]
        extra = parts(above, ppm(config.cost_share))
        whole += extra
        rule = Text("share x (cost - component of the standard - fixed loss), where above zero",
                     "比例×（成本-标准分项-固定损失额），大于零时")  # fmt: skip
        steps.append(worth(what, rule, items, int(extra.sum())))
    return whole, steps
