"""Fee for service (按项目付费): the fund pays the statutory part of each bill."""

from __future__ import annotations

import math
from typing import Literal

from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import History, Incentives
from sim.money.payment.scheme import Scheme, fee_for_service, incentives_of_charges
from sim.tables import Claims, Payments, Providers


class Config(parameters.Config):
    """Fee for service has no parameters of its own."""

    scheme: Literal["ffs"] = param("ffs", unit="", zh="按项目付费")
    """Payment scheme: fee for service.
    Source: figures 1.5"""


def prepare(config: Config, history: History) -> None:
    """Nothing to prepare."""


def pay(config: Config, prepared: None, claims: Claims, providers: Providers) -> Payments:
    """Receipts = statutory part of resident-insured rows."""
    return Payments(fee_for_service(claims), math.nan)


def incentives(config: Config, history: History) -> Incentives:
    """Every marginal yuan comes back."""
    return incentives_of_charges(history)


SCHEME = Scheme(
    name="ffs",
    label=Text("fee for service", "按项目付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    inside=True,
)
