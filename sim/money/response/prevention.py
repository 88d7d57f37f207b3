"""Prevention effort (预防投入): who keeps what he saves weighs the cost of prevention against what it brings.

Its first steps are cheap (patients whom the teams know), the last ones dear: effort e, 0..1, costs c x e^2 a head, c
at full effort.  What it brings is expected from illness and claims themselves (`sim.closing.prospects`), over as many
years as the community looks ahead: S, fund money of stays that full effort avoids or shortens, less A, fund money of
the chronic visits of those whom it finds; a yuan that is spent whatever is avoided (a pool, an amount per head) does
not count.  Views of S differ: some expect more of prevention than others (``optimism``, ``optimism_spread``).  Who
takes it for m x S, and keeps the share k of a saving, finds best the effort

    k (m S - A) / (2 c), from 0 to 1

The community makes, and pays, the mean of what its members find best.  Not all of it is made: effort moves each year by
``speed`` of the way towards

    integration x adequacy of the budget x share of the surplus that reaches primary units x best effort
    x part of the persons whom the budget answers for

Reads: the stake and what prevention would move.  Moves: effort; what it does to illness belongs to the illness rules,
whatever the community expects.  Its cost is the communities'.  What members earn less by a stay avoided, or more by a
visit, does not count: effort is made for the community's budget.
"""

from __future__ import annotations

import functools
import math
from statistics import NormalDist

import numpy as np

from sim.core.parameters import Rate, Yuan, param
from sim.core.text import Text
from sim.core.units import Money, fen
from sim.money.history import Policy, Prospect, Stake
from sim.money.response import integration
from sim.money.response.channel import Channel
from sim.money.response.signals import Signals
from sim.tables import TIERS, TOWNSHIP, Floats, Ints


class Config(integration.Config):
    """Parameters of prevention effort."""

    prevention: bool = param(True, unit="", zh="预防投入反应")
    """Switch of the prevention response.
    Source: model switch"""
    adequacy_slope: float = param(2.0, unit="per share", zh="预算不足对投入的影响", ge=0, le=20)
    """Fall of prevention effort as the budget falls below expected cost: factor 1 - slope x shortfall share.
    Source: A14, doc 002 (direction); assumed: no effort left at a budget of half the cost"""
    enough_for_primary: float = param(0.4, unit="share", zh="基层足额分配比例", gt=0, le=1)
    """Share of a surplus reaching primary units that calls forth full effort; less gives proportionally less.
    Source: A15, doc 002 (direction); assumed: the 40 % of 6:3:1 (figures 2.9)"""
    speed: float = param(0.5, unit="share per year", zh="调整速度", gt=0, le=1)
    """Part of the way to the target effort made each year.
    Source: assumed: effects seen in year 2 (F52) and over 4 to 5 years (F10)"""
    prevention_cost: Yuan = param(15.0, unit="yuan per head and year", zh="预防投入成本")
    """Cost to the community of full prevention effort; half effort costs a quarter of it.
    Source: assumed: a quarter of the diagnosed more under management at about 100 yuan a year each, and visits to find
    and sign people; public health pays 94 yuan a head (2024) for what is done anyway"""
    horizon: int = param(3, unit="years", zh="考虑年限", ge=1, le=20)
    """Years that a community looks ahead: what effort kept up so long brings in a mean year.
    Source: assumed: a contract's usual term"""
    optimism: Rate = param(1.0, unit="factor", zh="预防效果预期系数", le=20)
    """Stays that a community expects to avoid by effort, as a multiple of those that the model's illness lets it avoid.
    Source: 1: as in the trials behind `illness.managed_relief` and `onset_relief`; range 0 (C18, F53: the only trial of
    payment found nothing) to 5: the chronic pilot of Suixi reports about 12 million a year saved (F15b), some 1.5 % of
    its fund, which no trial shows"""
    optimism_spread: float = param(0.5, unit="log units", zh="预期系数离散度", ge=0, le=2)
    """Standard deviation, between those who decide, of the logarithm of that multiple; its mean stays.
    Source: assumed: published effects differ by more (C10 reports gains, C18 none); 0: all expect the same"""


VIEWS = 101
"""Views of what prevention brings, each as likely as another, over which effort is averaged."""


@functools.lru_cache(maxsize=8)
def views(spread: float) -> tuple[float, ...]:
    """Multiples of what is expected on average, with mean 1: equally likely values of a lognormal distribution.

    >>> views(0.0)[:2], round(sum(views(0.5)) / VIEWS, 9)
    ((1.0, 1.0), 1.0)
    """
    normal = NormalDist()
    values = [math.exp(spread * normal.inv_cdf((k + 0.5) / VIEWS)) for k in range(VIEWS)]
    mean = sum(values) / VIEWS
    return tuple(value / mean for value in values)


def best_effort(config: Config, stake: Stake, prospect: Prospect | None) -> Floats:
    """[community] effort, 0..1, at which the last step costs what it brings, for the persons the budget answers for.

    What is expected is a mean over all insured persons; a budget that answers for some of them is charged theirs alone.
    """
    reach = np.broadcast_to(np.asarray(stake.reach, dtype=np.float64), stake.kept.shape)
    if prospect is None:
        return np.zeros(stake.kept.shape)
    kept = np.divide(np.maximum(stake.kept, 0.0), reach, out=np.zeros(stake.kept.shape), where=reach > 0)
    expected = config.optimism * np.array(views(config.optimism_spread))
    brings = kept[:, None] * (expected * prospect.saved - prospect.added)
    dearest = 2.0 * fen(config.prevention_cost)
    best = np.clip(brings / dearest, 0.0, 1.0) if dearest else (brings > 0.0).astype(np.float64)
    return np.asarray(best.mean(axis=1), dtype=np.float64)


def target_effort(config: Config, scale: float, stake: Stake, prospect: Prospect | None) -> Floats:
    """[community] prevention effort that the money calls for, 0..1; as a mean over its persons, whoever gets it."""
    short = np.maximum(1.0 - stake.adequacy, 0.0)
    adequate = np.clip(1.0 - config.adequacy_slope * short, 0.0, 1.0) if short.any() else np.ones(len(short))
    primary = min(1.0, stake.primary_share / config.enough_for_primary) if stake.primary_share else 0.0
    best = best_effort(config, stake, prospect)
    return np.asarray(scale * best * adequate * primary * stake.reach, dtype=np.float64)


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The coming year's effort, on its way from last year's to what the money calls for."""
    last = signals.last.prevention
    if not (((signals.stake.kept > 0).any() or last.any()) and config.prevention):
        return policy
    effort = last + config.speed * (target_effort(config, signals.scale, signals.stake, signals.prospect) - last)
    effort = np.clip(effort, 0.0, 1.0)
    return policy._replace(prevention=effort, prevention_paid=cost_per_head(config, effort, signals.stake.reach))


def cost_per_head(config: Config, effort: Floats, reach: Floats | float) -> Floats:
    """[community] fen a head of all its persons that a mean effort costs, made for the part ``reach`` of them alone."""
    part = np.broadcast_to(np.asarray(reach, dtype=np.float64), effort.shape)
    own = np.divide(effort, part, out=np.zeros(len(effort)), where=part > 0)
    return np.asarray(fen(config.prevention_cost) * own**2 * part, dtype=np.float64)


def costs(_config: Config, policy: Policy, heads: Ints) -> Money:
    """[tier] the communities' prevention spending, fen; borne by township centres, whose teams do the work."""
    tiers = np.zeros(len(TIERS), dtype=np.int64)
    if policy.prevention_paid.any():
        tiers[TOWNSHIP] = np.floor(policy.prevention_paid * heads + 0.5).astype(np.int64).sum()
    return tiers


CHANNEL = Channel(
    name="prevention",
    label=Text("Prevention effort", "预防投入"),
    config=Config,
    off={"prevention": False},
    answer=answer,
    costs=costs,
)
