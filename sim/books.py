"""One arm's books: the policy before a year, and payment, settlement, fund and outcomes after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sim import claims as claims_stage
from sim import fund, ledger, outcomes, payment, response, settlement
from sim.basis import NO_PAST, growth_of, growth_ppm, rounded
from sim.config import SimConfig
from sim.errors import ConfigError
from sim.handover import ClosedYear, History, resident_rows, sum_by
from sim.handover import close_year as remember
from sim.outcomes import Row, YearRecord
from sim.response import Policy
from sim.tables import (
    RESIDENT_INSURED,
    Claims,
    Floats,
    Flows,
    FundYear,
    Ints,
    Payments,
    Population,
    Providers,
    Settlement,
)
from sim.units import Money, parts, ppm


class Books(NamedTuple):
    """What an arm carries from year to year."""

    rows: tuple[Row, ...]
    """Outcomes so far."""
    closed: tuple[ClosedYear, ...]
    """Closed years, oldest first."""
    fund: FundYear | None
    """Last year's books."""
    held: int
    """Risk reserve held, fen."""
    policy: Policy
    """Last year's policy."""
    fixed_cost: Ints | None
    """[provider] fixed cost of the last history year, fen."""
    claims: tuple[Claims, ...]
    """Single claims by year, when they are to be saved."""
    weights: Ints
    """[inpatient group] relative weights, ppm: the group tables are read once."""
    visit_weights: Ints
    """[outpatient group] relative weights of visits, ppm."""
    signed: Ints | None
    """[community] resident-insured persons signed with a family doctor at the end of last year."""
    ledger: ledger.Kept
    """The fund's ledger between two years: balances by account, and the entries if they are to be saved."""


class Paid(NamedTuple):
    """A year paid and settled."""

    prepared: Any
    """What the scheme prepared: rates, pools."""
    payments: Payments
    settled: Settlement


def open_books(config: SimConfig, ledgers: bool = False) -> Books:
    """Books before year 0; ``ledgers`` keeps the entries of every year."""
    return Books(
        rows=(),
        closed=(),
        fund=None,
        held=0,
        policy=response.neutral(config.providers.communities),
        fixed_cost=None,
        claims=(),
        weights=claims_stage.weights_ppm(config.claims),
        visit_weights=claims_stage.visit_weights_ppm(config.claims),
        signed=None,
        ledger=ledger.no_books(ledgers),
    )


def heads_of(population: Population, communities: int) -> Ints:
    """[community] resident-insured persons."""
    mine = population.insurance == RESIDENT_INSURED
    return np.bincount(population.community[mine], minlength=communities).astype(np.int64)


def signed_of(population: Population, communities: int) -> Ints:
    """[community] resident-insured persons signed with a family doctor."""
    mine = (population.insurance == RESIDENT_INSURED) & (population.signed > 0)
    return np.bincount(population.community[mine], minlength=communities).astype(np.int64)


def enrolment_of(population: Population) -> fund.Enrolment:
    """Insured and signed persons."""
    mine = population.insurance == RESIDENT_INSURED
    return fund.Enrolment(int(mine.sum()), int((mine & (population.signed > 0)).sum()))


def history_of(config: SimConfig, books: Books, year: int, heads: Ints, signed: Ints | None) -> History:
    """What payment and settlement know of a year; ``signed`` is last year's until the year is over."""
    return History(
        closed=books.closed,
        reform=config.years.history,
        year=year,
        heads=heads,
        weights=books.weights,
        growth=config.claims.growth,
        signed=signed,
        visit_weights=books.visit_weights,
    )


def plan(config: SimConfig, books: Books, providers: Providers, year: int, off: bool) -> Policy:
    """How providers behave in the coming year, given what they can expect from the money.

    Heads and signed persons are last year's: this year's are not known before it begins.
    """
    if off:
        return response.neutral(config.providers.communities)
    heads = books.closed[-1].heads
    history = history_of(config, books, year, heads, books.signed)
    scheme = payment.SCHEMES[config.payment.scheme]
    if scheme.has_budget:
        last = books.closed[-1].claims
        means, insured = _means(config, books, year, heads)
        base = partial(settlement.budget, config.settlement, history, means, insured)
        expected = _expected(config, history)
        budgets = _budgets(config.payment, None, history, base, last, expected)
        stake = settlement.stake(config.settlement, budgets, history, providers)
    else:
        stake = settlement.no_stake(heads)
    incentives = scheme.incentives(config.payment, history)
    return response.respond(config.response, config.providers.tightness, incentives, stake, books.policy)


def _expected(config: SimConfig, history: History) -> Money:
    """[row of the last closed year's claims] fund money that the same care is expected to cost in the coming year.

    A community's rows sum to what its residents cost the fund (`ClosedYear.spent`) grown by what communities expect, as
    `settlement.stake` has it; so money that passes through a budget neither helps nor harms its adequacy.
    """
    last = history.closed[-1]
    rows = resident_rows(last.claims) & (last.claims.home >= 0)
    home, bills = last.claims.home[rows], last.claims.statutory[rows]
    growth = growth_ppm(growth_of(config.settlement.expected_growth, history), history.year - last.year)
    whole = sum_by(home, bills, len(last.spent))
    ratio = [rounded(int(s) * growth, int(b)) if b else growth for s, b in zip(last.spent, whole, strict=True)]
    expected = np.zeros(len(rows), dtype=np.int64)
    expected[rows] = parts(bills, np.array(ratio, dtype=np.int64)[home])
    return expected


def _budgets(paid_by: Any, prepared: Any, history: History, base: Callable[[], Money], claims: Claims,
             receipts: Money) -> Money:  # fmt: skip
    """[community] budgets: those of settlement, or what the scheme makes of them."""
    scheme = payment.SCHEMES[paid_by.scheme]
    if scheme.budgets is None:
        return base()
    known = scheme.prepare(paid_by, history) if prepared is None else prepared
    return scheme.budgets(paid_by, known, base, claims, np.where(resident_rows(claims), receipts, 0))


def _means(config: SimConfig, books: Books, year: int, heads: Ints) -> tuple[int, int]:
    """Expected fund income left for care, and insured persons, before the year is known."""
    insured = int(heads.sum())
    return fund.available(config.fund, config.base_year, year, fund.Enrolment(insured, 0)), insured


def close_year(config: SimConfig, paid_by: Any, books: Books, policy: Policy, flows: Flows, providers: Providers,
               year: int, where: str) -> Books:  # fmt: skip
    """Pay, settle, close the fund, check every identity, and measure one year.

    Args:
        config: the arm's configuration.
        paid_by: configuration of the payment scheme in force this year.
        books: the arm's books before the year.
        policy: the year's policy.
        flows: what the engine played.
        providers: institutions.
        year: 0-based.
        where: arm, replication and year, for the message if an identity breaks.
    """
    heads = heads_of(flows.population, config.providers.communities)
    enrolment = enrolment_of(flows.population)
    signed = signed_of(flows.population, config.providers.communities)
    history = history_of(config, books, year, heads, signed)
    means = fund.available(config.fund, config.base_year, year, enrolment)
    try:
        _, payments, settled = pay_and_settle(
            config, paid_by, history, flows.claims, providers, means, enrolment.insured
        )
    except ConfigError as error:
        if year >= config.years.history:
            raise
        raise _of_current_payment(error) from None
    receipts, transfers = int(payments.receipts.sum()), int(settled.transfer.sum())
    fund_year = fund.close(config.fund, config.base_year, year, enrolment, receipts, transfers, books.fund, books.held)
    opening = None if books.fund is None else books.fund.accumulated
    outcomes.check_identities(flows, payments, settled, fund_year, opening=opening, where=where)
    posted = _post(config, books, Posting(flows, payments, settled, fund_year, providers), year, where)
    fixed = _fixed_cost(config, books, flows.claims, providers, year)
    spending = response.prevention_spending(config.response, policy, heads)
    record = YearRecord(
        year,
        flows,
        payments,
        settled,
        fund_year,
        providers,
        fixed,
        response.prevention_by_tier(spending),
        history.weights,
    )
    return Books(
        rows=(*books.rows, *outcomes.measure(record)),
        closed=(*books.closed, remember(year, flows.claims, payments.receipts, heads)),
        fund=fund_year,
        held=books.held + fund_year.reserve,
        policy=policy,
        fixed_cost=fixed if year < config.years.history else books.fixed_cost,
        claims=(*books.claims, flows.claims) if config.output.claims else (),
        weights=books.weights,
        visit_weights=books.visit_weights,
        signed=signed,
        ledger=posted,
    )


class Posting(NamedTuple):
    """What a year's entries are made from."""

    flows: Flows
    payments: Payments
    settled: Settlement
    fund: FundYear
    providers: Providers


def _post(config: SimConfig, books: Books, of: Posting, year: int, where: str) -> ledger.Kept:
    """Post and close the year in the fund's ledger, which must come to the same books."""
    communities, terms = config.providers.communities, ledger.terms_of(config.settlement)
    billed = getattr(of.flows, "billed", None)  # [month, provider, insurance, (charge, statutory part)]
    money = ledger.money_of_year(
        year, of.fund, of.flows.claims, of.payments, of.settled, of.providers, terms, communities,
        billed=None if billed is None or not billed.size else billed[:, :, RESIDENT_INSURED, 1],
        shares=books.ledger.shares,
    )  # fmt: skip
    chart = ledger.chart_of(communities, len(of.providers.tier))
    return ledger.book_year(books.ledger, chart, money, terms, books.held + of.fund.reserve, where)


def _of_current_payment(error: ConfigError) -> ConfigError:
    """A mistake in the rule of the history years, which is set under another key; before them there is no past."""
    what, where, todo = (
        re.sub(r"(?<![\w.])payment\.", "current_payment.", text) for text in (error.what, error.where, error.todo)
    )
    if error.where == NO_PAST:
        what = "the first history year has no past to take amounts from"
        where = "current_payment"
        todo = f"{todo.partition(', or a year of the past')[0]}, or choose current_payment=ffs"
    return ConfigError(what, where=where, value=error.value, bound=error.bound, todo=todo)


def pay_and_settle(config: SimConfig, paid_by: Any, history: History, claims: Claims, providers: Providers,
                   means: int, insured: int, quality: Floats | None = None) -> Paid:  # fmt: skip
    """Pay a year's claims and settle the communities' budgets; the same for simulated claims and for a user's own.

    Args:
        config: the arm's configuration.
        paid_by: configuration of the payment scheme in force.
        history: what is known of the past and of the year's persons.
        claims: the year's claims.
        providers: institutions.
        means: fund money left for care, fen; budgets are held to it where `settlement.revenue_cap` says so.
        insured: insured persons.
        quality: [community] assessment score 0..1; None counts as 1.
    """
    scheme = payment.SCHEMES[paid_by.scheme]
    prepared = scheme.prepare(paid_by, history)
    payments = scheme.pay(paid_by, prepared, claims, providers)
    if not scheme.has_budget:
        return Paid(prepared, payments, settlement.no_settlement())
    base = partial(settlement.budget, config.settlement, history, means, insured)
    budgets = _budgets(paid_by, prepared, history, base, claims, payments.receipts)
    settled = settlement.settle(config.settlement, budgets, payments, claims, providers, quality, history.heads)
    return Paid(prepared, payments, settled)


def _fixed_cost(config: SimConfig, books: Books, claims: Claims, providers: Providers, year: int) -> Ints:
    """[provider] fixed cost: a share of own charges in history years, the last of them grown by prices after."""
    if year < config.years.history or books.fixed_cost is None:
        charges = sum_by(claims.provider, claims.charge, len(providers.tier))
        shares = np.array([ppm(v) for v in config.claims.fixed_cost.values()], dtype=np.int64)
        return parts(charges, shares[providers.tier])
    growth = ppm((1.0 + config.claims.growth) ** (year - config.years.history + 1))
    return parts(books.fixed_cost, growth)
