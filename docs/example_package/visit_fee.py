"""Visit fee (按人次定额付费): an outpatient visit in the county is paid a flat fee, whatever it costs.

    standard  = fee x visits                                fen
    fund due  = standard - (charge - statutory)             the patient pays by the benefit on the charge

Stays, and all care outside the county, are paid as billed.  Source: assumed, as an example of a scheme.
"""

from __future__ import annotations

import math
from typing import Literal

from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.core.units import fen
from sim.money.history import History, Incentives
from sim.money.payment.scheme import VISITS, Scheme, fee_for_service, incentives_of_prices
from sim.money.payment.scope import covered_rows
from sim.tables import Claims, Mask, Payments, Providers


class Config(parameters.Config):
    """Parameters of the visit fee."""

    scheme: Literal["visit_fee"] = param("visit_fee", unit="", zh="按人次定额付费")
    """Payment scheme: a flat fee for a visit.
    Source: assumed: an example"""
    fee: float = param(80.0, unit="yuan a case", zh="每人次定额", ge=0, le=100_000)
    """Fee for an outpatient visit.
    Source: assumed: an example"""


def prepare(config: Config, history: History) -> int:
    """The year's fee, fen; it does not grow."""
    return fen(config.fee)


def pay(config: Config, prepared: int, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row, fen."""
    rows = visits(claims)
    receipts = fee_for_service(claims)
    receipts[rows] = prepared * claims.cases[rows] - (claims.charge[rows] - claims.statutory[rows])
    return Payments(receipts, math.nan)


def incentives(config: Config, history: History) -> Incentives:
    """A visit's revenue does not depend on its charge: what the patient pays more, the fund pays less."""
    return incentives_of_prices(history, VISITS)


def visits(claims: Claims) -> Mask:
    """Rows that the fee pays: visits in the county's own institutions of which the fund bears a part."""
    return covered_rows(claims, "outpatient")


SCHEME = Scheme(
    name="visit_fee",
    label=Text("visit fee", "按人次定额付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="visits",
    inside=True,
)
