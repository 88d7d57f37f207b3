"""What providers read of the money before a year: what a yuan more brings them, and what a yuan saved is worth.

The *share r of a marginal yuan* of charge that comes back is what the scheme returns, less what the community loses of
its budget, as far as members feel it (`sim.money.response.integration`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.units import Money
from sim.money.history import Incentives, Policy, Prospect, Stake
from sim.money.response.integration import Config, integration_scale
from sim.tables import COUNTY, TIERS, Floats


class Signals(NamedTuple):
    """What every channel may read; none is told which scheme pays."""

    incentives: Incentives
    """Of the payment scheme, before settlement."""
    stake: Stake
    """Of settlement, as communities feel it."""
    scale: float
    """How far members feel what their community gains and loses, 0..1; 0 where it has nothing to win."""
    shares: Floats
    """[tier, category] `returned_share`."""
    last: Policy
    """Last year's policy."""
    budgets: Money | None
    """[community] budgets expected for the year, fen; None: nobody holds one."""
    prospect: Prospect | None = None
    """What prevention would move of the money that budgets are charged; None: nothing is expected of it."""


def read_signals(
    config: Config,
    incentives: Incentives,
    stake: Stake,
    last: Policy,
    budgets: Money | None = None,
    prospect: Prospect | None = None,
) -> Signals:
    """What the money says, read once for all channels."""
    scale = integration_scale(config) if stake.kept.any() else 0.0
    return Signals(incentives, stake, scale, returned_share(scale, incentives, stake), last, budgets, prospect)


def returned_share(scale: float, incentives: Incentives, stake: Stake) -> Floats:
    """[tier, category] share r of a marginal yuan of charge that comes back after settlement, 0..1.

    What the scheme returns, less what the community loses of its budget, as far as members feel it (``scale``, 0..1).
    Where a fund yuan spent wins more later than it loses now (kept share below 0), r rises above 1 by that.
    Communities are averaged by heads; outside hospitals are not members and always get all.
    """
    kept = mean_kept(stake)
    members = (np.arange(len(TIERS)) <= COUNTY)[:, None]
    felt = incentives.returned - scale * kept * incentives.debited
    most = 1.0 + scale * max(-kept, 0.0)
    return np.where(members, np.clip(felt, 0.0, most), 1.0)


def mean_kept(stake: Stake) -> float:
    """Kept share of a saved fund yuan, communities averaged by heads."""
    heads = int(stake.heads.sum())
    return float(stake.kept @ stake.heads) / heads if heads else 0.0
