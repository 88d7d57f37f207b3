"""Year-end truth of the communities: budget, money inside and outside, sharing, distribution, and their identities.

Order in a year: `budget` at its start, `stake` (for the response), care, payment, `settle` at its end, then the fund.
"""

from __future__ import annotations

import numpy as np

from sim.basis import growth_of
from sim.handover import History, Stake, sum_by
from sim.settlement.budget import budget, uncapped
from sim.settlement.config import Band, Config, Contract, Distribution, MinimumRate, Sharing, of_employees
from sim.settlement.contract import Turnover, budgets_under, contract_year, turnover
from sim.settlement.distribution import distribute, primary_share, tier_weights
from sim.settlement.sharing import expected_marginal_share, expected_marginal_shares, minimum_rate_ppm, shared
from sim.tables import TIERS, Claims, Floats, Ints, Payments, Providers, Settlement
from sim.units import Money

__all__ = [
    "Band", "Config", "Contract", "Distribution", "MinimumRate", "Sharing", "Turnover", "budget",
    "distribute", "expected_marginal_share", "fund_outgo", "minimum_rate_ppm",
    "no_settlement", "no_stake", "of_employees", "settle", "shared", "stake", "tier_weights", "turnover", "uncapped",
]  # fmt: skip


def settle(
    config: Config,
    budgets: Money,
    payments: Payments,
    claims: Claims,
    providers: Providers,
    quality: Floats | None = None,
    heads: Ints | None = None,
) -> Settlement:
    """Settle a year: fund money due for a community's residents, inside and outside, against its budget.

    Args:
        config: sharing and distribution.
        budgets: [community] the year's budgets, fen (`budget`).
        payments: fund money due per claim row.
        claims: the year's claims; ``home`` is the community that bears the cost, wherever care was given.
        providers: institutions, for the tiers a community has.
        quality: [community] assessment score 0..1; None counts as 1.
        heads: [community] persons, for a table of minimum rates; None: the table's first rate.
    """
    count = len(budgets)
    inside = claims.community == claims.home
    spent_inside = sum_by(claims.home[inside], payments.receipts[inside], count)
    spent_outside = sum_by(claims.home[~inside], payments.receipts[~inside], count)
    balance = budgets - spent_inside - spent_outside
    scores = np.ones(count) if quality is None else quality
    persons = [None] * count if heads is None else [int(n) for n in heads]
    if config.contract.apply:
        year = contract_year(config, budgets, claims, scores, heads)
        budgets = budgets_under(config, year, payments, claims, spent_outside)
        balance = budgets - spent_inside - spent_outside
        transfer: Money = balance - year.returned
        parts = distribute(transfer, tier_weights(config.distribution, providers, count))
        return Settlement(budgets, spent_inside, spent_outside, balance, transfer, parts, year)
    terms = zip(budgets, balance, scores, persons, strict=True)
    transfer = np.array([shared(config, int(b), int(d), float(q), n) for b, d, q, n in terms], dtype=np.int64)
    parts = distribute(transfer, tier_weights(config.distribution, providers, count))
    return Settlement(budgets, spent_inside, spent_outside, balance, transfer, parts)


def no_settlement() -> Settlement:
    """Settlement under a scheme in which nobody holds a budget: zero communities."""
    none = np.zeros(0, dtype=np.int64)
    return Settlement(none, none, none, none, none, np.zeros((0, len(TIERS)), dtype=np.int64))


def fund_outgo(settlement: Settlement) -> Money:
    """[community] what the fund pays for a community's residents in the end: inside + outside + transfer, fen."""
    return np.asarray(settlement.in_network + settlement.out_of_network + settlement.transfer, dtype=np.int64)


def stake(config: Config, budgets: Money, history: History, providers: Providers) -> Stake:
    """What communities expect to win by saving, judged at the year's start from the budget and the last closed year."""
    last = history.closed[-1]
    growth = (1.0 + growth_of(config.expected_growth, history)) ** (history.year - last.year)
    per_head = np.divide(last.spent, last.heads, out=np.zeros(len(last.heads)), where=last.heads > 0)
    expected = per_head * history.heads * growth
    adequacy = np.divide(budgets, expected, out=np.ones(len(budgets)), where=expected > 0)
    surplus = np.divide(budgets - expected, budgets, out=np.zeros(len(budgets)), where=budgets > 0)
    kept = expected_marginal_shares(config, np.clip(surplus, -10.0, 1.0), config.planning_sd, history.heads)
    share = primary_share(tier_weights(config.distribution, providers, len(budgets)))
    return Stake(kept, adequacy, share, history.heads)


def no_stake(heads: Ints) -> Stake:
    """Stake under a scheme in which nobody holds a budget: nothing to win."""
    return Stake(np.zeros(len(heads)), np.ones(len(heads)), 0.0, heads)
