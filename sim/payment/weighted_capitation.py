"""Weighted capitation (人头加权预算): a pool is split among communities by heads times factors, plus a second payment.

    raw_g   = heads_g x product over factors k of (1 + w_k (x_gk - 1))        x = index, 1 = the pool's mean
    B_g     = pool x (1 - reward_share) x raw_g / sum of raw                  largest remainder: sums to the fen
    final_g = B_g + pool x reward_share x s_g / sum of s                      s = health-performance score

The pool is amount per head x heads, or the sum of the budgets that settlement would give.  Members are credited by
``within``, what is left is settled as in a package.  The functional form is ours; the document names the factors only.
Source: A10 (doc 000), figures 1.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from sim import parameters
from sim.basis import growth_of, growth_ppm
from sim.errors import ConfigError
from sim.handover import History, Incentives
from sim.parameters import Rate, Share, param
from sim.payment import drg, inner
from sim.payment.inner import Inner
from sim.tables import Claims, Ints, Payments, Providers
from sim.units import PPM, Money, fen, largest_remainder, part, ppm


class Factor(parameters.Config):
    """One factor of the budget."""

    name: str = param(
        "", "Name of the factor, such as age, disease, performance, signing, past cost, economy.", unit="", zh="因素",
        source="figures 1.3: factors named in doc 000",
    )  # fmt: skip
    weight: Rate = param(
        0.0, "Weight w of the factor; 0: switched off.", unit="ratio", zh="权重",
        source="figures 1.3: w >= 0, set by the user (A13: switched on later)",
    )  # fmt: skip
    index: tuple[Rate, ...] = param(
        (), "Index x by community, 1 = the pool's mean; empty: 1 for all.", unit="ratio", zh="指数",
        source="figures 1.3",
    )  # fmt: skip


class Config(parameters.Config):
    """Parameters of weighted capitation."""

    scheme: Literal["weighted_capitation"] = param(
        "weighted_capitation", "Payment scheme: weighted capitation.", unit="", zh="人头加权预算", source="A10, doc 000"
    )
    within: Inner = param(
        drg.Config(), "How member institutions are credited inside the budget: a scheme's name, or its parameters.",
        unit="", zh="内部支付方式", source="A10: DRG or DIP as the base measure",
    )  # fmt: skip
    amount_per_head: float | None = param(
        None, "Pool per insured head in the first reform year; null: the budgets of settlement, together.",
        unit="yuan per head and year", zh="人均预算", ge=0, le=1e6, source="figures 1.3: P",
    )  # fmt: skip
    growth: float | None = param(
        None, "Growth of the amount per year; null: as charges (claims.growth).", unit="share per year",
        zh="预算增长率", ge=-0.5, le=1.0, source="assumed: as other budgets",
    )  # fmt: skip
    factors: tuple[Factor, ...] = param(
        (), "Factors of the budget.", unit="", zh="加权因素", source="figures 1.3; assumed none: no weights published"
    )
    reward_share: Share = param(
        0.0, "Share of the pool kept for the second payment by health-performance score.", unit="share",
        zh="绩效奖励比例", source="A10: two payments; assumed none: no size published",
    )  # fmt: skip
    scores: tuple[Rate, ...] = param(
        (), "Health-performance score by community; empty: equal.", unit="points", zh="健康绩效得分",
        source="figures 1.3: s",
    )  # fmt: skip


class Prepared(NamedTuple):
    """What the year's budgets need."""

    inner: Any
    """What the inner scheme needs."""
    raw: tuple[int, ...]
    """[community] heads times factors, in proportion."""
    pool: int | None
    """Fen; None: settlement's budgets together."""


def raw_weights(config: Config, heads: Ints) -> tuple[int, ...]:
    """[community] heads x product of factors, as integers on one scale."""
    raw = [int(n) for n in heads]
    for number, factor in enumerate(config.factors):
        if len(factor.index) not in (0, len(raw)):
            raise ConfigError(
                "a factor of weighted capitation needs one index for each community",
                where=f"payment.factors.{number}.index", value=len(factor.index), bound=f"{len(raw)} values",
                todo="give as many values as providers.communities, or none",
            )  # fmt: skip
        index = factor.index or (1.0,) * len(raw)
        # raw x (1 + w (x - 1)) in ppm of ppm, exact for weights and indices of up to six decimals
        units = [PPM * PPM + ppm(factor.weight) * (ppm(x) - PPM) for x in index]
        raw = [n * max(unit, 0) for n, unit in zip(raw, units, strict=True)]
    return tuple(raw)


def prepare(config: Config, history: History) -> Prepared:
    """The inner scheme, the communities' weights, and the pool where it is given."""
    if len(config.scores) not in (0, len(history.heads)):
        raise ConfigError(
            "weighted capitation needs one score for each community", where="payment.scores",
            value=len(config.scores), bound=f"{len(history.heads)} values",
            todo="give as many values as providers.communities, or none",
        )  # fmt: skip
    pool = None
    if config.amount_per_head is not None:
        growth = growth_ppm(growth_of(config.growth, history), history.year - history.reform)
        pool = part(fen(config.amount_per_head), growth) * int(history.heads.sum())
    return Prepared(inner.prepare(config.within, history), raw_weights(config, history.heads), pool)


def budgets(config: Config, prepared: Prepared, base: Callable[[], Money], claims: Claims, receipts: Money) -> Money:
    """[community] budgets; they sum to the pool exactly."""
    pool = int(base().sum()) if prepared.pool is None else prepared.pool
    reward = part(pool, ppm(config.reward_share))
    scores = [ppm(s) for s in config.scores] or [1] * len(prepared.raw)
    return largest_remainder(pool - reward, prepared.raw) + largest_remainder(reward, np.array(scores))


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; the budget is a matter of settlement."""
    return inner.pay(config.within, prepared.inner, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Those of the inner scheme; what the community keeps of a saving comes with settlement."""
    return inner.incentives(config.within, history)
