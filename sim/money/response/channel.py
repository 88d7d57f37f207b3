"""What every channel of the response gives: one way in which providers or communities answer the money.

A channel reads what the money says (`sim.money.response.signals`), never the name of a scheme, so that it answers every
scheme, one of another package too.  It changes the year's `sim.money.history.Policy`, which the engine plays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.core.parameters import Config
from sim.core.text import Text
from sim.core.units import Money
from sim.money.history import Policy, Stake
from sim.money.response.signals import Signals
from sim.tables import CATEGORIES, TIERS, Ints


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One way of answering the money: what it is called, when it is off, and its rule.

    Everything that lists channels (the parameters under ``response``, ``response=off``, the documentation) follows from
    these records.
    """

    name: str
    label: Text
    config: type[Config]
    """Its parameters; they stand beside those of other channels under ``response``, so each needs a name of its own."""
    off: Mapping[str, Any]
    """Values of its parameters with which it does nothing; ``response=off`` sets them."""
    feel: Callable[[Any, Stake], Stake] | None = None
    """(config, stake) -> the stake as communities feel it, which all channels then read."""
    answer: Callable[[Any, Signals, Policy], Policy] | None = None
    """(config, signals, policy) -> the policy with what this channel does; the same one where it does nothing."""
    costs: Callable[[Any, Policy, Ints], Money] | None = None
    """(config, policy, heads by community) -> [tier] what it costs providers in the year, fen; not fund money."""
    check: Callable[[Any, str], None] | None = None
    """(config, what a budget answers for: "residents" or "members") raises `ConfigError` where the two contradict."""


def neutral(communities: int) -> Policy:
    """No response: intensity exactly 1, no effort; the policy of fee for service and of the first year."""
    as_billed = np.ones((len(TIERS), len(CATEGORIES)))
    return Policy(
        as_billed, np.zeros(communities), as_billed, np.zeros(communities, dtype=np.int64), np.array([0.0, 1.0])
    )


def at_work(channel: Channel, config: Config) -> bool:
    """Whether a channel that answers is not switched off."""
    return channel.answer is not None and any(getattr(config, key) != value for key, value in channel.off.items())
