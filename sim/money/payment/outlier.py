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

from typing import Literal

import numpy as np

from sim.core.parameters import Config, Ratio, Share, Yuan, param
from sim.core.units import PPM, Money, fen, parts, ppm, product, rounded
from sim.tables import Ints


class Component(Config):
    """A component of the standard with its own cost-to-charge ratio, such as operating and capital cost."""

    rate: Yuan = param(0.0, unit="yuan per unit of weight", zh="分项费率")
    """Rate of the component per unit of weight; the components' rates together are the DRG rate.
    Source: set with the rule that uses components"""
    cost_to_charge: Ratio = param(1.0, unit="ratio", zh="成本收费比")
    """Cost per yuan of charge of the component.
    Source: set with the rule that uses components"""


class Outlier(Config):
    """Rules for stays far from their standard; all off by default."""

    high_above: float | None = param(None, unit="times the standard", zh="高倍率界限", ge=1, le=100)
    """A stay above this many times its standard is a high outlier; null: none.
    Source: figures 1.5: outliers separate, bounds not given; assumed off"""
    high_rule: Literal["excess", "ffs"] = param("excess", unit="", zh="高倍率病例支付")
    """A high outlier gets its standard and a share of the excess over the bound, or its charge.
    Source: published-results 4.1: the excess is added under DIP; assumed so for DRG"""
    high_share: Share = param(1.0, unit="share", zh="高倍率超额支付比例")
    """Share of the excess that is added.
    Source: published-results 4.1: all of it under DIP"""
    low_below: float | None = param(None, unit="share of the standard", zh="低倍率界限", ge=0, le=1)
    """A stay below this share of its standard is paid its charge; null: none.
    Source: figures 1.5: outliers separate; F40: below 50 % actual cost under DIP"""
    short_days: int = param(0, unit="days", zh="短住院天数", ge=0, le=365)
    """A stay of at most so many days is paid its charge, at most the standard; 0: none.
    Source: published-results 4.1: incomplete stays in Jinhua; assumed off"""
    fixed_loss: Yuan | None = param(None, unit="yuan a case", zh="固定损失额")
    """Fixed loss above the standard from which cost is shared; null: no cost outlier.
    Source: published-results 4.4: 25,800 dollars in fiscal year 2005; assumed off"""
    cost_share: Share = param(0.8, unit="share", zh="超额成本支付比例")
    """Share of cost above standard and fixed loss that is paid.
    Source: published-results 4.4: 80 %, burns 90 %"""
    components: tuple[Component, ...] = param((), unit="", zh="费率分项")
    """Components of the standard; empty: one, with cost equal to charge.
    Source: published-results 4.4: operating and capital"""

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
        base_part = standard if config.high_rule == "excess" else np.zeros_like(bound)
        result = np.where(charge > bound, base_part + parts(charge - excess, share), result)
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
        basis = standard
        if rates:
            basis = product([rounded(rates[k] * int(w), PPM) for w in weight], cases)
        loss = rounded(fen(config.fixed_loss) * ratio, sum(ratios))
        extra += parts(np.maximum(parts(charge, ratio) - basis - product(cases, loss), 0), ppm(config.cost_share))
    return extra
