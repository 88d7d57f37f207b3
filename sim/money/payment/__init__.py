"""Payment schemes: the registry, from a scheme's name to its record, and the union of their parameter models."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sim.money.payment import (
    apg,
    budget,
    cap,
    capitation,
    composite,
    dip,
    drg,
    ffs,
    package,
    per_diem,
    signed_quota,
    weighted_capitation,
)
from sim.money.payment.installed import BROUGHT
from sim.money.payment.scheme import Scheme

_OWN = (
    ffs, drg, dip, package, cap, budget, per_diem, apg, capitation, composite, weighted_capitation, signed_quota,
)  # fmt: skip

SCHEMES: dict[str, Scheme] = BROUGHT.joined([module.SCHEME for module in _OWN], BROUGHT.installed)
"""Every scheme by name, in the order in which they are listed; then those of other installed packages."""

if TYPE_CHECKING:
    AnyConfig = Any
else:
    AnyConfig = Annotated[reduce(or_, (scheme.config for scheme in SCHEMES.values())), Field(discriminator="scheme")]
"""Type of `SimConfig.payment`: the model whose ``scheme`` is named."""
