"""Schemes that can credit institutions inside a budget: the union of their parameters, and one way to call them."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.errors import ConfigError
from sim.handover import History, Incentives
from sim.payment import apg, budget, cap, capitation, dip, drg, ffs, per_diem
from sim.tables import Claims, Payments, Providers

MODULES: dict[str, ModuleType] = {
    "ffs": ffs, "cap": cap, "budget": budget, "drg": drg, "dip": dip, "per_diem": per_diem, "apg": apg,
    "capitation": capitation,
}  # fmt: skip


def _by_name(value: Any) -> Any:
    """``within=drg`` is short for ``within: {scheme: drg}``."""
    return {"scheme": value} if isinstance(value, str) else value


Inner = Annotated[
    Annotated[
        ffs.Config
        | cap.Config
        | budget.Config
        | drg.Config
        | dip.Config
        | per_diem.Config
        | apg.Config
        | capitation.Config,
        Field(discriminator="scheme"),
    ],
    BeforeValidator(_by_name),
]


def prepare(config: Any, history: History, key: str = "within") -> Any:
    """Prepare the scheme, the value of the parameter ``key``, so that a mistake is told at ``payment.within.rate``.

    Raises:
        ConfigError: whatever the scheme finds, with the key that the user has to set.
    """
    try:
        return MODULES[config.scheme].prepare(config, history)
    except ConfigError as error:
        raise error.at(f"payment.{key}") from None


def pay(config: Any, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the scheme."""
    payments: Payments = MODULES[config.scheme].pay(config, prepared, claims, providers)
    return payments


def incentives(config: Any, history: History) -> Incentives:
    """The scheme's incentives."""
    found: Incentives = MODULES[config.scheme].incentives(config, history)
    return found
