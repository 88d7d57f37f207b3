"""Package or global capitation (打包付费, 总额包干): a community holds one budget for all its insured residents.

The lump itself is set by `sim.settlement.budget`; here member institutions are credited by the inner scheme ``within``.
At the year's end the community's budget, less what was credited inside and paid outside for its residents, is settled.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from sim import parameters
from sim.handover import History, Incentives
from sim.parameters import param
from sim.payment import dip, drg, ffs
from sim.tables import Claims, Payments, Providers

Within = Annotated[ffs.Config | drg.Config | dip.Config, Field(discriminator="scheme")]


class Config(parameters.Config):
    """Parameters of the package."""

    scheme: Literal["package"] = param(
        "package", "Payment scheme: package.", unit="", zh="总额打包付费", source="A1, doc 003; figures 1.5"
    )
    within: Within = param(
        ffs.Config(), "How member institutions are credited inside the budget: a scheme's name, or its parameters.",
        unit="", zh="内部支付方式", source="A1: fee for service inside; A16-A18: DRG inside; A3: points inside",
    )  # fmt: skip

    @field_validator("within", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """``within=drg`` is short for ``within: {scheme: drg}``."""
        return {"scheme": value} if isinstance(value, str) else value


def prepare(config: Config, history: History) -> Any:
    """Prepare the inner scheme."""
    match config.within:
        case ffs.Config():
            return ffs.prepare(config.within, history)
        case drg.Config():
            return drg.prepare(config.within, history)
        case dip.Config():
            return dip.prepare(config.within, history)


def pay(config: Config, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; what is left of the lump is a matter of settlement."""
    match config.within:
        case ffs.Config():
            return ffs.pay(config.within, prepared, claims, providers)
        case drg.Config():
            return drg.pay(config.within, prepared, claims, providers)
        case dip.Config():
            return dip.pay(config.within, prepared, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Those of the inner scheme; what the community keeps of a saving comes with settlement (`sim.handover.Stake`)."""
    match config.within:
        case ffs.Config():
            return ffs.incentives(config.within, history)
        case drg.Config():
            return drg.incentives(config.within, history)
        case dip.Config():
            return dip.incentives(config.within, history)
