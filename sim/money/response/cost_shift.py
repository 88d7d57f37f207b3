"""Cost shift (费用转移, A21): where less of a marginal yuan comes back, a part of the charge moves to the patient.

    covered part of a charge x (1 - shift x (1 - r))

Reads: the share r of a marginal yuan, by tier and category.  Moves: the covered part of a charge.
"""

from __future__ import annotations

import numpy as np

from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import Policy
from sim.money.response.channel import Channel
from sim.money.response.signals import Signals
from sim.tables import Floats


class Config(parameters.Config):
    """Parameters of the cost shift."""

    cost_shift: float = param(0.0, unit="share", zh="费用转移系数", ge=0, le=0.5)
    """Part of the covered charge moved outside the catalogue when nothing of a marginal yuan comes back.
    Source: F48: none under strong supervision; F64: 0.03 (2.6 points under DIP); F47: 0.42 of what the fund saved"""


def covered_factor(config: Config, shares: Floats) -> Floats:
    """[tier, category] multiplier of the covered part of a charge; exactly 1 where all comes back, or more.

    Who gets all of a marginal yuan has no reason to look for another payer.
    """
    lost = 1.0 - np.minimum(shares, 1.0)
    return np.asarray(1.0 - config.cost_shift * lost if lost.any() else np.ones(shares.shape), dtype=np.float64)


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The year's covered parts of charges."""
    return policy._replace(covered=covered_factor(config, signals.shares))


CHANNEL = Channel(
    name="cost_shift",
    label=Text("Cost shift to the patient", "费用转移"),
    config=Config,
    off={"cost_shift": 0},
    answer=answer,
)
