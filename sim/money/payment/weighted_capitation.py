"""Weighted capitation (人头加权预算): a pool is split among communities by heads times factors, plus a second payment.

    raw_g   = heads_g x product over factors k of (1 + w_k (x_gk - 1))        x = index, 1 = the pool's mean
    B_g     = pool x (1 - reward_share) x raw_g / sum of raw                  largest remainder: sums to the fen
    final_g = B_g + pool x reward_share x s_g / sum of s                      s = health-performance score

The pool is amount per head x heads, or the sum of the budgets that settlement would give.  Unless factors are given,
the one factor is past cost.  Members are credited by
``within``, for visits by ``visits`` if that is given; what is left is settled as in a package.  The functional form is
ours; the document names the factors only.
Source: A10 (doc 000), figures 1.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from sim.core import parameters
from sim.core.errors import ConfigError
from sim.core.parameters import Rate, Ratio, Share, param
from sim.core.text import Text
from sim.core.units import PPM, Money, fen, largest_remainder, part, ppm, rounded
from sim.money import city_pool
from sim.money.base_years import check_heads, closed_base_years, growth_over
from sim.money.history import History, Incentives
from sim.money.payment import drg
from sim.money.payment.inner import INSIDE, Inner, incentives_of_pair, pay_pair, prepare_pair
from sim.money.payment.scheme import Scheme
from sim.tables import Claims, Payments, Providers


class Factor(parameters.Config):
    """One factor of the budget."""

    name: str = param("", unit="", zh="因素")
    """Name of the factor, such as age, disease, performance, signing, past cost, economy.
    Source: figures 1.3: factors named in doc 000"""
    weight: Ratio = param(0.0, unit="ratio", zh="权重")
    """Weight w of the factor; 0: switched off.
    Source: figures 1.3: w >= 0, set by the user (A13: switched on later)"""
    index: tuple[Ratio, ...] = param((), unit="ratio", zh="指数")
    """Index x by community, 1 = the pool's mean; empty: 1 for all.
    Source: figures 1.3"""
    measure: Literal["signed", "past_cost"] | None = param(None, unit="", zh="指数测算")
    """Index taken from the past instead: share of insured persons signed with a family doctor, or fund money per head
    in the years before the reform, each over the pool's.
    Source: figures 1.3: signing and past cost, factors named in doc 000"""
    from_year: float = param(0.0, unit="years", zh="启用时点", ge=0, le=80)
    """Years after the reform starts from which the factor counts; within a year in proportion; 0: always.
    Source: A13, doc 000: assessment starts after half a year"""


PAST_COST = (Factor(name="past cost", weight=1.0, measure="past_cost"),)
"""What neither gives nor takes: each community's part of the pool is the part that its residents had in the past."""


class Config(parameters.Config):
    """Parameters of weighted capitation."""

    scheme: Literal["weighted_capitation"] = param("weighted_capitation", unit="", zh="人头加权预算")
    """Payment scheme: weighted capitation.
    Source: A10, doc 000"""
    within: Inner = param(drg.Config(), unit="", zh="内部支付方式")
    """How member institutions are credited inside the budget: a scheme's name, or its parameters.
    Source: A10: DRG or DIP as the base measure"""
    visits: Inner | None = param(None, unit="", zh="门诊内部支付方式")
    """How they are credited for visits: a scheme's name, or its parameters, `within` then being for stays alone; null:
    by `within` too.
    Source: A10, doc 000: APG for visits; assumed null: one scheme"""
    amount_per_head: float | None = param(None, unit="yuan per head and year", zh="人均预算", ge=0, le=1e6)
    """Pool per insured head in the first reform year; null: the budgets of settlement, together.
    Source: figures 1.3: P"""
    growth: float | None = param(None, unit="share per year", zh="预算增长率", ge=-0.5, le=1.0)
    """Growth of the amount per year; null: as charges (claims.growth).
    Source: assumed: as other budgets"""
    factors: tuple[Factor, ...] | None = param(None, unit="", zh="加权因素")
    """Factors of the budget; null: past cost alone, in full; empty: heads alone, which moves money from dearer
    communities to cheaper ones.
    Source: figures 1.3: no weights published; assumed past cost in full, so that no community gains by the change
    alone"""
    reward_share: Share = param(0.0, unit="share", zh="绩效奖励比例")
    """Share of the pool kept for the second payment by health-performance score.
    Source: A10: two payments; assumed none: no size published"""
    reward_from: float = param(0.0, unit="years", zh="绩效奖励启用时点", ge=0, le=80)
    """As from_year of a factor, for the second payment.
    Source: A13, doc 000: assessment starts after half a year"""
    scores: tuple[Rate, ...] = param((), unit="points", zh="健康绩效得分")
    """Health-performance score by community; empty: equal.
    Source: figures 1.3: s"""

    @model_validator(mode="after")
    def _each_prices_its_kind(self) -> Self:
        if self.visits is None:
            return self
        for name, scheme, kind in (("visits", self.visits.scheme, "stays"), ("within", self.within.scheme, "visits")):
            if INSIDE[scheme].covers == kind:
                raise ValueError(f"{{at}}.{name}: {scheme} prices {kind} alone, which it would not see here")
        return self


class Prepared(NamedTuple):
    """What the year's budgets need."""

    inner: Any
    """What the inner scheme needs."""
    raw: tuple[int, ...]
    """[community] heads times factors, in proportion."""
    pool: int | None
    """Fen; None: settlement's budgets together."""
    reward: int = 0
    """Part of the pool for the second payment in this year, ppm."""


def phased(from_year: float, history: History) -> int:
    """Part of the year in which something counts that is switched on so many years after the reform, ppm (A13).

    0 is no date at all: it counts in history years too.
    """
    since = history.year - history.reform
    return PPM if from_year <= 0 else ppm(min(max(since + 1 - from_year, 0.0), 1.0))


def factors_in_force(config: Config) -> tuple[Factor, ...]:
    """Factors as given, else past cost."""
    return PAST_COST if config.factors is None else config.factors


def index_of(factor: Factor, history: History) -> list[int]:
    """[community] index of a factor, ppm: as given, or measured; 1 where the pool has nothing to measure."""
    count = len(history.heads)
    if factor.measure is not None:
        amounts, heads = measured(factor.measure, history)
        total, persons = sum(amounts), sum(heads)
        return [
            rounded(a * persons * PPM, total * n) if total * n else PPM for a, n in zip(amounts, heads, strict=True)
        ]
    return [ppm(x) for x in factor.index] or [PPM] * count


def measured(measure: str, history: History) -> tuple[list[int], list[int]]:
    """[community] what a factor measures, persons signed or fen spent, and the heads it is measured on.

    Raises:
        ConfigError: if signed persons are not known, or no year before the reform is closed.
    """
    if measure == "signed":
        if history.signed is None:
            raise ConfigError(
                "a factor measured by signed persons needs their number",
                where="{at}.factors",
                value="signed",
                todo="give enrolment with a column signed, or the index itself",
            )
        return [int(n) for n in history.signed], [int(n) for n in history.heads]
    years = closed_base_years(
        len(history.closed) or 1, "fixed", history, "{at}.factors=[] (by heads alone), or the index of each factor"
    )
    for year in years:
        check_heads(year)
    columns = ([year.spent for year in years], [year.heads for year in years])
    spent, heads = ([int(n) for n in np.sum(column, axis=0)] for column in columns)
    return spent, heads


def raw_weights(config: Config, history: History) -> tuple[int, ...]:
    """[community] heads x product of factors, as integers on one scale."""
    factors = [
        city_pool.Factor(part(ppm(factor.weight), phased(factor.from_year, history)), index_of(factor, history))
        for factor in factors_in_force(config)
    ]
    return city_pool.factored([int(n) for n in history.heads], factors)


def prepare(config: Config, history: History) -> Prepared:
    """The inner scheme, the communities' weights, and the pool where it is given."""
    pool = None
    if config.amount_per_head is not None:
        growth = growth_over(config, history, history.year - history.reform)
        pool = part(fen(config.amount_per_head), growth) * int(history.heads.sum())
    return Prepared(
        prepare_pair(config.within, config.visits, history),
        raw_weights(config, history),
        pool,
        reward_ppm(config, history),
    )


def reward_ppm(config: Config, history: History) -> int:
    """Part of the pool that goes by score in the year; without a second payment nothing begins at any time."""
    return part(ppm(config.reward_share), phased(config.reward_from, history)) if config.reward_share else 0


def budgets(config: Config, prepared: Prepared, base: Callable[[], Money], claims: Claims, receipts: Money) -> Money:
    """[community] budgets; they sum to the pool exactly."""
    pool = int(base().sum()) if prepared.pool is None else prepared.pool
    reward = part(pool, prepared.reward)
    first = largest_remainder(pool - reward, prepared.raw)
    if not reward:
        return first
    scores = [ppm(s) for s in config.scores] or [1] * len(prepared.raw)
    return first + largest_remainder(reward, np.array(scores))


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; the budget is a matter of settlement."""
    return pay_pair(config.within, config.visits, prepared.inner, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Incentives of the inner scheme; what the community keeps of a saving comes with settlement."""
    return incentives_of_pair(config.within, config.visits, history)


SCHEME = Scheme(
    name="weighted_capitation",
    label=Text("weighted capitation", "人头加权预算"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    has_budget=True,
    budgets=budgets,
)
