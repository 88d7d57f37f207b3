"""Schemes that can credit institutions inside a budget: the union of their parameters, and one way to call them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import BeforeValidator, Field

from sim.core.errors import ConfigError
from sim.money.history import History, Incentives
from sim.money.payment import apg, budget, cap, capitation, dip, drg, ffs, per_diem
from sim.money.payment.installed import BROUGHT, installed
from sim.money.payment.scheme import Scheme
from sim.tables import Claims, Payments, Providers

INSIDE: dict[str, Scheme] = BROUGHT.joined(
    [module.SCHEME for module in (ffs, cap, budget, drg, dip, per_diem, apg, capitation)],
    [scheme for scheme in installed() if scheme.inside],
)


def _by_name(value: Any) -> Any:
    """``within=drg`` is short for ``within: {scheme: drg}``."""
    return {"scheme": value} if isinstance(value, str) else value


if TYPE_CHECKING:
    Inner = Any
else:
    Inner = Annotated[
        Annotated[reduce(or_, (scheme.config for scheme in INSIDE.values())), Field(discriminator="scheme")],
        BeforeValidator(_by_name),
    ]
"""Type of a parameter that holds a scheme: the model whose ``scheme`` is named."""


def holds_scheme(kind: Any) -> bool:
    """Whether a parameter of this type holds a scheme, or may.

    >>> from sim.money.payment import weighted_capitation
    >>> fields = weighted_capitation.Config.model_fields
    >>> [holds_scheme(fields[name].annotation) for name in ("within", "visits", "factors")]
    [True, True, False]
    """
    return any(kind is scheme.config for scheme in INSIDE.values()) or any(map(holds_scheme, get_args(kind)))


def prepare(config: Any, history: History, key: str = "within") -> Any:
    """Prepare the scheme, the value of the parameter ``key``, so that a mistake is told at ``payment.within.rate``.

    Raises:
        ConfigError: whatever the scheme finds, with the key that the user has to set.
    """
    try:
        return INSIDE[config.scheme].prepare(config, history)
    except ConfigError as error:
        raise error.at(f"payment.{key}") from None


def pay(config: Any, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the scheme."""
    return INSIDE[config.scheme].pay(config, prepared, claims, providers)


def incentives(config: Any, history: History) -> Incentives:
    """The scheme's incentives."""
    return INSIDE[config.scheme].incentives(config, history)
