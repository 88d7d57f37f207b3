"""A contract on turnover, of the Alzira type: money follows the patient both ways, and profit is capped.

    turnover = capitation (the community's budget) + inflow share x what outsiders' care here costs elsewhere
    profit   = turnover - outflow share x what own residents' care elsewhere costs - own cost
    kept     = the general rule (`sim.money.settlement.sharing`) with turnover as the budget and profit as the balance
    returned = profit - kept

Regional cost is the charge of a claim, own cost its `cost` (resident-insured rows).  Members have been credited by the
payment scheme; the transfer brings what they have to turnover - outflow - returned, whatever they were credited by.
Source: published-results 4.2 (Alzira: outflow at 100 %, inflow at 80 %, profit capped at 7.5 % of turnover).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import Money, part, ppm
from sim.money.settlement.config import Config, Contract, Sharing
from sim.money.settlement.sharing import shared
from sim.tables import Claims, ContractYear, Floats, Ints, Payments, resident_rows


class Turnover(NamedTuple):
    """A year under the contract, fen."""

    turnover: int
    profit: int
    kept: int
    returned: int


def turnover(
    contract: Contract,
    rule: Sharing,
    capitation: int,
    flows: tuple[int, int, int],
    heads: int | None = None,
    quality: float = 1.0,
) -> Turnover:
    """Close a year under the contract.

    Args:
        contract: the prices of flows.
        rule: what is kept of a profit and borne of a loss; Alzira: all, at most 7.5 % of turnover.
        capitation: amount per head x heads, fen.
        flows: fen: regional cost of outsiders' care here, regional cost of own residents' care elsewhere, and cost of
            the own institutions.
        heads: persons of the contract, for a table of minimum rates.
        quality: assessment score 0..1.
    """
    inflow, outflow, own_cost = flows
    total = capitation + part(inflow, ppm(contract.inflow_share))
    profit = total - part(outflow, ppm(contract.outflow_share)) - own_cost
    kept = shared(rule, total, profit, quality, heads)
    return Turnover(total, profit, kept, profit - kept)


def contract_year(
    config: Config, capitation: Money, claims: Claims, scores: Floats, heads: Ints | None
) -> ContractYear:
    """[community] the year under the contract.

    Args:
        config: contract and sharing.
        capitation: [community] budgets, fen.
        claims: the year's claims.
        scores: [community] assessment score 0..1.
        heads: [community] persons.
    """
    count = len(capitation)
    insured = resident_rows(claims)
    away = insured & (claims.community != claims.home)
    inflow = sum_by(claims.community[away], claims.charge[away], count)
    outflow = sum_by(claims.home[away], claims.charge[away], count)
    own_cost = sum_by(claims.community[insured], claims.cost[insured], count)
    closed = [
        turnover(
            config.contract,
            config,
            int(capitation[c]),
            (int(inflow[c]), int(outflow[c]), int(own_cost[c])),
            None if heads is None else int(heads[c]),
            float(scores[c]),
        )
        for c in range(count)
    ]
    total, profit, kept, returned = np.array(closed, dtype=np.int64).reshape(count, 4).T
    return ContractYear(capitation, inflow, outflow, own_cost, total, profit, kept, returned)


def budgets_under(
    config: Config, year: ContractYear, payments: Payments, claims: Claims, spent_outside: Money
) -> Money:
    """[community] budgets, fen, such that budget less receipts of members and others is turnover less outflow."""
    others = resident_rows(claims) & (claims.community != claims.home)
    for_outsiders = sum_by(claims.community[others], payments.receipts[others], len(year.turnover))
    charged = [part(int(amount), ppm(config.contract.outflow_share)) for amount in year.outflow]
    return np.asarray(year.turnover - for_outsiders + spent_outside - np.array(charged, dtype=np.int64), dtype=np.int64)
