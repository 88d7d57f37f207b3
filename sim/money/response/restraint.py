"""Restraint (实时用量约束, A20): members who see their community's quota used up faster than the year goes treat less
intensely.

Here is how strongly; how much is used the engine knows, month by month (`sim.engine.restraint`).  It lowers intensity
only: nobody is turned away for it.

Reads: the expected budgets, and how tight the communities are.  Moves: what the engine lets members see and do.
"""

from __future__ import annotations

import numpy as np

from sim.core.errors import ConfigError
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import Policy
from sim.money.response import integration
from sim.money.response.channel import Channel
from sim.money.response.integration import integration_scale
from sim.money.response.signals import Signals


class Config(integration.Config):
    """Parameters of restraint."""

    restraint: float = param(0.0, unit="share", zh="实时用量约束", ge=0, le=2)
    """Part of the fall of spending needed to end the year on budget that members seeing it bring about.
    Source: A20, doc 001 (direction); assumed: 0, not seen; 0.5 where members see it"""
    restraint_floor: float = param(0.7, unit="factor", zh="约束下限", gt=0, le=1)
    """Least factor of intensity under restraint.
    Source: assumed: nobody halves treatment for a budget; about twice the largest effect found, -17 % (F13)"""


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The budgets that members see, and how they answer; none where there are none or nobody looks.

    Arms that differ in budgets alone then share a simulation.
    """
    if signals.budgets is None or not config.restraint > 0:
        return policy
    return policy._replace(
        quota=np.asarray(signals.budgets, dtype=np.int64),
        restraint=np.array([integration_scale(config) * config.restraint, config.restraint_floor]),
    )


def check(config: Config, charged: str) -> None:
    """Members can only see what their residents have cost.

    Raises:
        ConfigError: if that is not what is charged to their budget.
    """
    if config.restraint and charged == "members":
        raise ConfigError(
            "members see what their residents have cost, which is not what is charged to their budget",
            where="response.restraint",
            value=config.restraint,
            bound="0 with settlement.charged=members",
            todo="take settlement.charged=residents, or response.restraint=0",
        )


CHANNEL = Channel(
    name="restraint",
    label=Text("Restraint as the quota runs out", "实时用量约束"),
    config=Config,
    off={"restraint": 0},
    answer=answer,
    check=check,
)
