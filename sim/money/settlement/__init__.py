"""Year-end truth of the communities: budget, money inside and outside, sharing, distribution, and their identities.

Order in a year: `budget` at its start, `stake` (for the response), care, payment, `settle` at its end, then the fund.
"""

from __future__ import annotations

import numpy as np

from sim.core.arrays import sum_by, variation
from sim.core.units import PPM, Money, part, ppm
from sim.money.base_years import growths_over
from sim.money.history import BaseCosts, History, Known, Stake
from sim.money.settlement.assessment import measures, scores
from sim.money.settlement.budget import answered_for, budget, held_down, uncapped
from sim.money.settlement.config import Band, Config, Contract, MinimumRate, Sharing, of_employees
from sim.money.settlement.deposit import forfeited, withheld
from sim.money.settlement.distribution import (
    Distribution,
    distribute,
    expected_primary_share,
    scored_pay,
    split,
    tier_weights,
)
from sim.money.settlement.luck import SIZES, Chances, Luck, Persons, Terms, base_years_of, chances, luck, swing, worth
from sim.money.settlement.parts import surplus_parts
from sim.money.settlement.ratchet import base_weight, current_weight
from sim.money.settlement.sharing import (
    expected_marginal_share,
    expected_marginal_shares,
    minimum_rate_ppm,
    shared,
    straight,
)
from sim.money.settlement.tree import above
from sim.money.settlement.turnover import Turnover, budgets_under, contract_year, turnover
from sim.money.settlement.work import Work, work_of
from sim.tables import TIERS, Claims, Floats, Ints, Payments, Providers, Settlement

__all__ = [
    "SIZES", "Band", "Chances", "Config", "Contract", "Distribution", "Known", "Luck", "MinimumRate", "Persons",
    "Sharing", "Terms", "Turnover", "answered_for", "base_weight", "base_years_of", "budget", "chances", "charged",
    "current_weight", "distribute", "expected_marginal_share", "forfeited", "fund_outgo", "held_down", "luck",
    "measures", "minimum_rate_ppm", "no_settlement", "no_stake", "of_employees", "planned_sd", "scored_pay", "scores",
    "settle", "shared", "stake", "surplus_parts", "tier_weights", "turnover", "uncapped", "withheld", "work_in",
    "worth",
]  # fmt: skip


ANY_SD = 0.06
"""Uncertainty of the year where persons are not known, and where the rule is straight, so that its slope is the same at
every uncertainty.
Source: published-results 1.9: 6 of 100"""
LEAST_SD = 0.001


def settle(
    config: Config,
    budgets: Money,
    payments: Payments,
    claims: Claims,
    providers: Providers,
    quality: Floats | None = None,
    heads: Ints | None = None,
    known: Known = Known(),  # noqa: B008 - a record of constants
) -> Settlement:
    """Settle a year: fund money due for a community's residents, inside and outside, against its budget.

    With `charged` members, all that member institutions are due, for whomever, is charged instead, and nothing outside.

    Args:
        config: sharing and distribution.
        budgets: [community] the year's budgets, fen (`budget`).
        payments: fund money due per claim row.
        claims: the year's claims; ``home`` is the community that bears the cost, wherever care was given.
        providers: institutions, for the tiers a community has.
        quality: [community] assessment score 0..1; None counts as 1.
        heads: [community] persons, for a table of minimum rates; None: the table's first rate.
        known: what distribution knows besides.
    """
    count = len(budgets)
    spent_inside, spent_outside = charged(config, claims, payments, count)
    balance = budgets - spent_inside - spent_outside
    score = np.ones(count) if quality is None else quality
    persons = [None] * count if heads is None else [int(n) for n in heads]
    if config.contract.apply:
        year = contract_year(config, budgets, claims, score, heads)
        budgets = budgets_under(config, year, payments, claims, spent_outside)
        balance = budgets - spent_inside - spent_outside
        transfer: Money = balance - year.returned
        none = np.zeros((count, len(TIERS)), dtype=np.int64)
        closed = Settlement(budgets, spent_inside, spent_outside, balance, transfer, none, year)
        return _distributed(config, closed, claims, providers, quality, known)
    terms = zip(budgets, balance, score, persons, strict=True)
    transfer = np.array([shared(config, int(b), int(d), float(q), n) for b, d, q, n in terms], dtype=np.int64)
    none = np.zeros((count, len(TIERS)), dtype=np.int64)
    closed = Settlement(budgets, spent_inside, spent_outside, balance, transfer, none)
    return _distributed(config, closed, claims, providers, quality, known)


def charged(config: Config, claims: Claims, payments: Payments, count: int) -> tuple[Money, Money]:
    """[community] what is charged to the budgets inside and outside the network, fen."""
    if config.charged == "members":
        member = claims.community >= 0
        earned = sum_by(claims.community[member], payments.receipts[member], count)
        return earned, np.zeros(count, dtype=np.int64)
    inside = claims.community == claims.home
    return (
        sum_by(claims.home[inside], payments.receipts[inside], count),
        sum_by(claims.home[~inside], payments.receipts[~inside], count),
    )


def work_in(config: Config, claims: Claims, providers: Providers, quality: Floats | None, known: Known) -> Work:
    """What members did in a year; under the tree the county scores the leads by their community's assessment too."""
    work = work_of(config.distribution.bed_day_weight, claims, providers, known.weights, known.counters)
    if config.distribution.rule != "tree" or quality is None:
        return work
    score = work.score.copy()
    for unit in np.flatnonzero((above(providers) < 0) & (providers.community >= 0)):
        if (community := int(providers.community[unit])) < len(quality):
            score[unit] = part(int(score[unit]), ppm(float(quality[community])))
    return work._replace(score=score)


def _distributed(
    config: Config, closed: Settlement, claims: Claims, providers: Providers, quality: Floats | None, known: Known
) -> Settlement:
    """The settlement with its transfers distributed: first the pool's share of a surplus, then the rule in force."""
    put = np.array([part(max(int(t), 0), ppm(config.pool_share)) for t in closed.transfer], dtype=np.int64)
    work = work_in(config, claims, providers, quality, known)
    units, tiers = split(config.distribution, closed.transfer - put, providers, work, known.years)
    pooled = bool(config.pool_share or known.pooled.any())
    before = known.pooled if len(known.pooled) else np.zeros(len(put), dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return closed._replace(
        distributed=tiers,
        units=units,
        pool=put if pooled else none,
        pooled=before + put if pooled else none,
        score=np.zeros(0) if quality is None else quality,
        unit_score=work.score / PPM if config.distribution.rule == "tree" else np.zeros(0),
    )


def no_settlement() -> Settlement:
    """Settlement under a scheme in which nobody holds a budget: zero communities."""
    none = np.zeros(0, dtype=np.int64)
    return Settlement(none, none, none, none, none, np.zeros((0, len(TIERS)), dtype=np.int64))


def fund_outgo(settlement: Settlement) -> Money:
    """[community] what the fund pays for a community's residents in the end: inside + outside + transfer, fen."""
    return np.asarray(settlement.in_network + settlement.out_of_network + settlement.transfer, dtype=np.int64)


def stake(
    config: Config, budgets: Money, history: History, providers: Providers, persons: BaseCosts | None = None
) -> Stake:
    """What communities expect to win by saving, judged at the year's start from the budget and the last closed year.

    It leaves out how the next budget follows this year's spending (`current_weight`).  ``persons`` are the costs of the
    last base year by person, where they are known.
    """
    last = history.closed[-1]
    growth = growths_over(config, history, history.year - last.year, history.heads, "expected_growth") / PPM
    spent = answered_for(config, last)
    per_head = np.divide(spent, last.heads, out=np.zeros(len(last.heads)), where=last.heads > 0)
    expected = per_head * history.heads * growth
    adequacy = np.divide(budgets, expected, out=np.ones(len(budgets)), where=expected > 0)
    surplus = np.divide(budgets - expected, budgets, out=np.zeros(len(budgets)), where=budgets > 0)
    sd = np.full(len(budgets), ANY_SD) if straight(config) else planned_sd(config, history.heads, persons)
    kept = expected_marginal_shares(config, np.clip(surplus, -10.0, 1.0), sd, history.heads)
    years = max(history.year - history.reform, 0)
    share = expected_primary_share(config.distribution, last, providers, history.weights, len(budgets), years)
    if config.pool_share:
        share *= 1.0 - config.pool_share  # what goes into the pool reaches nobody's pay
    return Stake(kept, adequacy, share, history.heads)


def planned_sd(config: Config, heads: Ints, persons: BaseCosts | None) -> Floats:
    """[community] standard deviation of a year's spending around the expected, as a share of the budget."""
    if config.planning_sd is not None:
        return np.full(len(heads), config.planning_sd)
    common, of_persons = config.planning_common, float("nan") if persons is None else variation(persons.fund)
    if not of_persons > 0:
        return np.full(len(heads), ANY_SD)
    both = [float(np.hypot(common, swing(of_persons, n))) if n > 0 else ANY_SD for n in heads.tolist()]
    return np.clip(np.array(both, dtype=np.float64), LEAST_SD, 1.0)


def no_stake(heads: Ints) -> Stake:
    """Stake under a scheme in which nobody holds a budget: nothing to win."""
    return Stake(np.zeros(len(heads)), np.ones(len(heads)), 0.0, heads)
