"""How providers and communities answer the money: the registry of channels, and the year's policy made by all of them.

One channel is one module (`Channel`): its parameters, its rule, when it is off.  A channel reads the incentives of the
scheme and the stake of settlement, never a scheme's name.  Channels work one after another on the year's policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import create_model

from sim.core.errors import ConfigError
from sim.core.units import Money
from sim.money.history import Incentives, Policy, Prospect, Stake
from sim.money.response import cost_shift, integration, intensity, prevention, ratchet, restraint
from sim.money.response.channel import Channel, at_work, neutral
from sim.money.response.installed import BROUGHT
from sim.money.response.signals import read_signals
from sim.tables import TIERS, Ints

__all__ = ["CHANNELS", "Channel", "Config", "check", "costs", "neutral", "respond", "responds", "switched_off"]

CHANNELS: dict[str, Channel] = BROUGHT.joined(
    [module.CHANNEL for module in (ratchet, intensity, prevention, restraint, cost_shift)], BROUGHT.installed
)
"""Every channel by name, in the order in which they answer; then those of other installed packages."""


def _with_names_of_their_own(channels: Iterable[Channel]) -> None:
    """Stop if two channels have a parameter of the same name: the parameters of all stand side by side."""
    shared, taken = set(integration.Config.model_fields), dict[str, str]()
    for channel in channels:
        for name in set(channel.config.model_fields) - shared:
            if name in taken:
                raise ConfigError(
                    "two channels of the response have a parameter of the same name",
                    where=f"response.{name}",
                    value=f"{taken[name]}, {channel.name}",
                    bound="a name of its own",
                    todo=f"rename the parameter in the package that brings {channel.name}, or uninstall it",
                )
            taken[name] = channel.name


_with_names_of_their_own(CHANNELS.values())
if TYPE_CHECKING:

    class Config(intensity.Config, prevention.Config, restraint.Config, cost_shift.Config, ratchet.Config):
        """Parameters of the response to payment: those of all channels side by side."""

else:
    _models = tuple(channel.config for channel in reversed(CHANNELS.values()))  # fields come from the last base first
    Config = create_model(
        "Config", __base__=_models, __doc__="Parameters of the response to payment.", __module__=__name__
    )


def respond(
    config: Config,
    incentives: Incentives,
    stake: Stake,
    last: Policy,
    budgets: Money | None = None,
    prospect: Prospect | None = None,
) -> Policy:
    """Policy of the coming year.

    Args:
        config: switches, strengths and tightness.
        incentives: of the payment scheme.
        stake: of settlement (`sim.money.settlement.stake`, or `no_stake` without a budget).
        last: last year's policy, from which effort moves on; `neutral` before the first year.
        budgets: [community] budgets expected for the year, fen; None: nobody holds one.
        prospect: what prevention would move of the money that budgets are charged; None: nothing is expected of it.
    """
    for channel in CHANNELS.values():
        if channel.feel is not None:
            stake = channel.feel(config, stake)
    signals = read_signals(config, incentives, stake, last, budgets, prospect)
    policy = neutral(len(stake.heads))
    for channel in CHANNELS.values():
        if channel.answer is not None:
            policy = channel.answer(config, signals, policy)
    return policy


def responds(config: Config) -> bool:
    """Whether any channel answers the money; if none does, nobody has to compute the stake."""
    return any(at_work(channel, config) for channel in CHANNELS.values())


def check(config: Config, charged: str) -> None:
    """Stop where a channel contradicts what a budget answers for, "residents" or "members".

    Raises:
        ConfigError: whatever a channel finds.
    """
    for channel in CHANNELS.values():
        if channel.check is not None:
            channel.check(config, charged)


def costs(config: Config, policy: Policy, heads: Ints) -> Money:
    """[tier] what the answers cost providers in the year, fen; not fund money.

    Args:
        config: parameters.
        policy: the year's.
        heads: [community] persons the communities answer for.
    """
    amounts = [channel.costs(config, policy, heads) for channel in CHANNELS.values() if channel.costs is not None]
    return sum(amounts, np.zeros(len(TIERS), dtype=np.int64))


def switched_off() -> dict[str, Any]:
    """What ``response=off`` sets: every channel does nothing."""
    return {key: value for channel in CHANNELS.values() for key, value in channel.off.items()}
