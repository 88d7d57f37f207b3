"""Prevention effort (预防投入): who keeps what he saves weighs the cost of prevention against what it brings.

Its first steps are cheap (patients whom the teams know), the last ones dear: effort e, 0..1, costs c x e^2 a head, c
at full effort.  What it brings is believed to be a part of what the budget answers for, e x `believed_saving` of it,
the year after and, fading, in later years as far as the community looks ahead.  With B the fund money that full effort
is believed to save a head over that horizon, times the share of a saving that the community keeps, the best effort is

    B / (2 c), at most 1

Not all of it is made: effort moves each year by ``speed`` of the way towards

    integration x adequacy of the budget x share of the surplus that reaches primary units x best effort
    x part of the persons whom the budget answers for

Reads: the stake and the budgets.  Moves: effort; what it does to illness belongs to the illness rules, whatever the
community believes.  Its cost is the communities'.
"""

from __future__ import annotations

import numpy as np

from sim.core.parameters import Share, Yuan, param
from sim.core.text import Text
from sim.core.units import Money, fen
from sim.money.history import Policy, Stake
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
    believed_saving: Share = param(0.015, unit="share of fund money", zh="预期节约比例")
    """Part of the fund money for its persons that a community believes full effort saves in a year.
    Source: assumed: the chronic pilot of Suixi saved about 12 million a year (F15b), some 1.5 % of its fund; trials and
    programmes: admissions -6 % (hypertension, CRHCP) to -16 % (COPD) of those managed; C18 found nothing"""
    horizon: int = param(3, unit="years", zh="考虑年限", ge=1, le=20)
    """Years ahead that a community looks at, from the year after the effort.
    Source: assumed: a contract's usual term"""
    saving_fade: Share = param(0.1, unit="share per year", zh="节约衰减")
    """Part of such a saving that is lost each year.
    Source: assumed: management lapses for 8 % a year (`illness.drop_out`)"""


def worth_of_effort(config: Config) -> float:
    """Years' fund money of a head that full effort in one year is believed to save over the horizon.

    >>> round(worth_of_effort(Config(believed_saving=0.01, horizon=2, saving_fade=0.5)), 6)
    0.015
    """
    later = [(1.0 - config.saving_fade) ** year for year in range(config.horizon)]
    return config.believed_saving * sum(later)


def best_effort(config: Config, stake: Stake, budgets: Money | None) -> Floats:
    """[community] effort, 0..1, at which the last step costs what it brings, for the persons the budget answers for."""
    answered = np.asarray(stake.heads * np.broadcast_to(stake.reach, stake.heads.shape), dtype=np.float64)
    money = np.zeros(len(answered)) if budgets is None else np.asarray(budgets, dtype=np.float64)
    per_head = np.divide(money, answered, out=np.zeros(len(answered)), where=answered > 0)
    brings = np.maximum(stake.kept, 0.0) * worth_of_effort(config) * per_head
    dearest = 2.0 * fen(config.prevention_cost)
    if dearest == 0.0:
        return (brings > 0.0).astype(np.float64)
    return np.minimum(brings / dearest, 1.0)


def target_effort(config: Config, scale: float, stake: Stake, budgets: Money | None) -> Floats:
    """[community] prevention effort that the money calls for, 0..1; as a mean over its persons, whoever gets it."""
    short = np.maximum(1.0 - stake.adequacy, 0.0)
    adequate = np.clip(1.0 - config.adequacy_slope * short, 0.0, 1.0) if short.any() else np.ones(len(short))
    primary = min(1.0, stake.primary_share / config.enough_for_primary) if stake.primary_share else 0.0
    best = best_effort(config, stake, budgets)
    return np.asarray(scale * best * adequate * primary * stake.reach, dtype=np.float64)


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The coming year's effort, on its way from last year's to what the money calls for."""
    last = signals.last.prevention
    if not (((signals.stake.kept > 0).any() or last.any()) and config.prevention):
        return policy
    effort = last + config.speed * (target_effort(config, signals.scale, signals.stake, signals.budgets) - last)
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
