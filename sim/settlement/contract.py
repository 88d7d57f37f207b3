"""A contract on turnover, of the Alzira type: money follows the patient both ways, and profit is capped.

    turnover = amount per head x heads + inflow share x what outsiders' care here costs elsewhere
    profit   = turnover - outflow share x what own residents' care elsewhere costs - own cost
    kept     = the general rule (`sim.settlement.sharing`) with turnover as the budget and profit as the balance
    returned = profit - kept

Source: published-results 4.2 (Alzira: outflow at 100 %, inflow at 80 %, profit capped at 7.5 % of turnover).
"""

from __future__ import annotations

from typing import NamedTuple

from sim.parameters import Config, Share, Yuan, param
from sim.settlement.config import Sharing
from sim.settlement.sharing import shared
from sim.units import fen, part, ppm


class Contract(Config):
    """Terms of the contract."""

    amount_per_head: Yuan = param(
        0.0, "Capitation per head.", unit="yuan per head and year", zh="人头标准", source="published-results 4.2"
    )
    inflow_share: Share = param(
        0.8, "Paid for outsiders treated here, as a share of regional cost.", unit="share", zh="流入支付比例",
        source="published-results 4.2: 80 %",
    )  # fmt: skip
    outflow_share: Share = param(
        1.0, "Charged for own residents treated elsewhere, as a share of regional cost.", unit="share",
        zh="流出扣减比例", source="published-results 4.2: 100 %",
    )  # fmt: skip


class Turnover(NamedTuple):
    """A year under the contract, fen."""

    turnover: int
    profit: int
    kept: int
    returned: int


def turnover(contract: Contract, rule: Sharing, heads: int, inflow: int, outflow: int, own_cost: int) -> Turnover:
    """Close a year.

    Args:
        contract: amount per head and the prices of flows.
        rule: what is kept of a profit and borne of a loss; Alzira: all, at most 7.5 % of turnover.
        heads: persons of the contract.
        inflow: regional cost of outsiders' care here, fen.
        outflow: regional cost of own residents' care elsewhere, fen.
        own_cost: cost of the own institutions, fen.
    """
    whole = fen(contract.amount_per_head) * heads + part(inflow, ppm(contract.inflow_share))
    profit = whole - part(outflow, ppm(contract.outflow_share)) - own_cost
    kept = shared(rule, whole, profit, heads=heads)
    return Turnover(whole, profit, kept, profit - kept)
