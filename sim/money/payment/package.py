"""Package or global capitation (打包付费, 总额包干): a community holds one budget for all its insured residents.

The lump itself is set by `settlement.budget`; here member institutions are credited by the inner scheme ``within``.
At the year's end the community's budget, less what was credited inside and paid outside for its residents, is settled.
"""

from __future__ import annotations

from typing import Any, Literal

from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import History, Incentives
from sim.money.payment import ffs, inner
from sim.money.payment.inner import Inner
from sim.money.payment.scheme import Scheme
from sim.tables import Claims, Payments, Providers


class Config(parameters.Config):
    """Parameters of the package."""

    scheme: Literal["package"] = param("package", unit="", zh="总额打包付费")
    """Payment scheme: package.
    Source: A1, doc 003; figures 1.5"""
    within: Inner = param(ffs.Config(), unit="", zh="内部支付方式")
    """How member institutions are credited inside the budget: a scheme's name, or its parameters.
    Source: A1: fee for service inside; A16-A18: DRG inside; A3: points inside"""


def prepare(config: Config, history: History) -> Any:
    """Prepare the inner scheme."""
    return inner.prepare(config.within, history)


def pay(config: Config, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; what is left of the lump is a matter of settlement."""
    return inner.pay(config.within, prepared, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Incentives of the inner scheme; what the community keeps of a saving comes with settlement (`Stake`)."""
    return inner.incentives(config.within, history)


SCHEME = Scheme(
    name="package",
    label=Text("package", "总额打包付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    has_budget=True,
)
