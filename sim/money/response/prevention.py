"""Prevention effort (预防投入): a community that keeps what it saves does something for it.

Effort, 0..1, moves each year by ``speed`` towards

    integration x kept share of a saving x adequacy of the budget x share of the surplus that reaches primary units
    x part of the persons whom the budget answers for

Reads: the stake.  Moves: effort; what it does to illness belongs to the illness rules.  Its cost is the communities'.
"""

from __future__ import annotations

import numpy as np

from sim.core.parameters import Yuan, param
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
    """Cost to the community of full prevention effort.
    Source: assumed: about a third of the 40 yuan signing fee (doc 004)"""


def target_effort(config: Config, scale: float, stake: Stake) -> Floats:
    """[community] prevention effort that the money calls for, 0..1; as a mean over its persons, whoever gets it."""
    short = np.maximum(1.0 - stake.adequacy, 0.0)
    adequate = np.clip(1.0 - config.adequacy_slope * short, 0.0, 1.0) if short.any() else np.ones(len(short))
    primary = min(1.0, stake.primary_share / config.enough_for_primary) if stake.primary_share else 0.0
    return np.asarray(scale * np.maximum(stake.kept, 0.0) * adequate * primary * stake.reach, dtype=np.float64)


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The coming year's effort, on its way from last year's to what the money calls for."""
    last = signals.last.prevention
    if not (((signals.stake.kept > 0).any() or last.any()) and config.prevention):
        return policy
    effort = last + config.speed * (target_effort(config, signals.scale, signals.stake) - last)
    return policy._replace(prevention=np.clip(effort, 0.0, 1.0))


def spending(config: Config, policy: Policy, heads: Ints) -> Money:
    """[community] what the effort costs the community, fen; not fund money."""
    if not policy.prevention.any():
        return np.zeros(len(heads), dtype=np.int64)
    return np.floor(policy.prevention * heads * fen(config.prevention_cost) + 0.5).astype(np.int64)


def costs(config: Config, policy: Policy, heads: Ints) -> Money:
    """[tier] the communities' prevention spending, fen; borne by township centres, whose teams do the work."""
    tiers = np.zeros(len(TIERS), dtype=np.int64)
    tiers[TOWNSHIP] = spending(config, policy, heads).sum()
    return tiers


CHANNEL = Channel(
    name="prevention",
    label=Text("Prevention effort", "预防投入"),
    config=Config,
    off={"prevention": False},
    answer=answer,
    costs=costs,
)
