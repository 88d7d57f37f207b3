"""Ratchet (棘轮效应, A23): where a later budget follows this year's spending, a yuan spent now is partly won back then.

Providers who reckon with it feel, in place of the kept share of a saved fund yuan,

    kept x (1 - ratchet x weight of this year in next year's budget) - ratchet x weight in the first budget x kept then

The first term is a reform with a moving base: a part of what is saved is lost again.  The second is a year in which the
reform is announced (``settlement.announced``): nobody holds a budget yet (kept = 0), and what the fund pays for bills
comes again with the first budget.  Then r exceeds 1, and intensity with it: base years are inflated.

Reads: the stake.  Moves: the stake that the other channels read.
"""

from __future__ import annotations

import numpy as np

from sim.core import parameters
from sim.core.parameters import Share, param
from sim.core.text import Text
from sim.money.history import Stake
from sim.money.response.channel import Channel


class Config(parameters.Config):
    """Parameters of the ratchet."""

    ratchet: Share = param(0.0, unit="share", zh="棘轮效应")
    """How far communities reckon with later budgets that follow what they spend now: they save less under a moving
    base, and spend more in announced years.
    Source: A23, doc 001 (direction); assumed: 0, they look at one year"""


def felt(config: Config, stake: Stake) -> Stake:
    """The stake with the ratchet that communities reckon with: a moving base takes part of a saving back.

    In an announced year what is spent wins a larger budget: below 0.
    """
    if not (np.any(stake.won) or (np.any(stake.current) and stake.kept.any())):
        return stake  # no later budget follows what is spent now
    return stake._replace(kept=stake.kept * (1.0 - config.ratchet * stake.current) - config.ratchet * stake.won)


CHANNEL = Channel(name="ratchet", label=Text("Ratchet", "棘轮效应"), config=Config, off={"ratchet": 0}, feel=felt)
