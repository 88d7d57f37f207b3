"""A year of one fund paid and settled, and the budgets that are expected of the next; its books are made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sim.core.arrays import sum_by
from sim.core.errors import ConfigError, countable
from sim.core.units import Money, parts, rounded
from sim.money import payment, settlement
from sim.money.base_years import growths_over
from sim.money.history import History
from sim.money.paid_year import PaidYear
from sim.tables import Claims, Floats, Providers, Settlement, SurplusParts, resident_rows


def budgets_of(
    paid_by: Any,
    prepared: Any,
    history: History,
    base: Callable[[], Money],
    claims: Claims,
    receipts: Money,
    scope: str = "residents",
) -> Money:
    """[community] budgets of the year, fen: those of settlement, or what the scheme makes of them.

    Args:
        paid_by: configuration of the payment scheme.
        prepared: what the scheme prepared for the year; None: it is prepared here.
        history: what is known of the past and of the year's persons.
        base: the budgets that settlement gives, found only if the scheme asks for them.
        claims: the year's claims, or those that stand for them.
        receipts: [row] fund money due for the claims, fen.
        scope: what a budget answers for (`settlement.charged`).

    Raises:
        ConfigError: if a scheme with budgets of its own is to answer for members, or whatever base and scheme find.
    """
    scheme = payment.SCHEMES[paid_by.scheme]
    if scheme.budgets is None:
        return base()
    if scope == "members":
        raise ConfigError(
            "this scheme makes budgets of its own, for a community's own residents",
            where="settlement.charged",
            value=scope,
            bound="residents",
            todo="take settlement.charged=residents, or payment=package",
        )
    known = scheme.prepare(paid_by, history) if prepared is None else prepared
    return scheme.budgets(paid_by, known, base, claims, np.where(resident_rows(claims), receipts, 0))


def terms_of(paid_by: Any, terms: settlement.Config, closed: int) -> settlement.Terms | None:
    """How communities with ``closed`` years behind them are settled; None where they hold no budget.

    A budget that the scheme makes itself is not made of these years.  One under which another method than fee for
    service pays, or which answers for a part of the insured or for members' work, does not swing as their bills do.
    """
    scheme = payment.SCHEMES[paid_by.scheme]
    if not scheme.has_budget:
        return None
    inside = getattr(paid_by, "within", None)
    by_bills = inside is not None and inside.scheme == "ffs" and terms.charged == "residents"
    return settlement.Terms(
        terms,
        settlement.base_years_of(terms, closed) if scheme.budgets is None else 0,
        by_heads=by_bills and scheme.budgets is None,
    )


def expected_receipts(terms: settlement.Config, history: History) -> Money:
    """[row of the last closed year's claims] fund money that the same care is expected to cost in the coming year.

    A community's rows sum to what its residents cost the fund (`ClosedYear.spent`) grown by what communities expect, as
    `settlement.stake` has it; so money that passes through a budget neither helps nor harms its adequacy.
    """
    last = history.closed[-1]
    rows = resident_rows(last.claims) & (last.claims.home >= 0)
    home, bills = last.claims.home[rows], last.claims.statutory[rows]
    growth = growths_over(terms, history, history.year - last.year, history.heads, "expected_growth").tolist()
    billed = sum_by(home, bills, len(last.spent)).tolist()
    ratio = [
        rounded(spent * by, bill) if bill else by
        for spent, by, bill in zip(last.spent.tolist(), growth, billed, strict=True)
    ]
    expected = np.zeros(len(rows), dtype=np.int64)
    expected[rows] = parts(bills, np.array(ratio, dtype=np.int64)[home])
    return expected


@countable("payment and settlement")
def pay_and_settle(
    paid_by: Any,
    terms: settlement.Config,
    history: History,
    claims: Claims,
    providers: Providers,
    means: int,
    quality: Floats | None = None,
    known: settlement.Known | None = None,
) -> PaidYear:
    """Pay a year's claims and settle the communities' budgets; the same for simulated claims and for a user's own.

    Args:
        paid_by: configuration of the payment scheme in force.
        terms: configuration of the settlement.
        history: what is known of the past and of the year's persons.
        claims: the year's claims.
        providers: institutions.
        means: fund money left for care, fen; budgets are held to it where `settlement.revenue_cap` says so.
        quality: [community] assessment score 0..1; None counts as 1.
        known: what distribution knows besides; None: the groups' weights, where its rule weighs work by them.

    Raises:
        ConfigError: whatever the scheme or the settlement finds wrong.
    """
    scheme = payment.SCHEMES[paid_by.scheme]
    prepared = scheme.prepare(paid_by, history)
    payments = scheme.pay(paid_by, prepared, claims, providers)
    lost = settlement.forfeited(terms, claims, payments, providers, quality)
    quota = None if scheme.ledgers is None else scheme.ledgers(paid_by, prepared, claims, payments.receipts, providers)
    if known is None:
        by_weight = scheme.has_budget and terms.distribution.rule == "contribution"
        known = settlement.Known(history.weights) if by_weight else settlement.Known()
    unsettled = settlement.no_settlement()._replace(score=np.zeros(0) if quality is None else quality)
    year = PaidYear(
        paid_by, terms, history, claims, providers, means, quality, known, prepared, payments, unsettled, quota
    )
    settled = _settled(year) if scheme.has_budget else unsettled
    return year._replace(settled=settled._replace(forfeited=lost))


def parts_of(paid: PaidYear) -> SurplusParts | None:
    """What the year's surplus is made of; None where the scheme makes budgets of its own."""
    if not paid.settled.budget.size or payment.SCHEMES[paid.paid_by.scheme].budgets is not None:
        return None
    by_bills = paid.payments._replace(receipts=np.where(resident_rows(paid.claims), paid.claims.statutory, 0))
    inside, outside = settlement.charged(paid.terms, paid.claims, by_bills, len(paid.settled.budget))
    return settlement.surplus_parts(paid.terms, paid.history, paid.settled, inside + outside)


def _settled(year: PaidYear) -> Settlement:
    """The settlement of the communities' budgets for a year that is paid."""
    terms, history, receipts = year.terms, year.history, year.payments.receipts
    insured = int(history.heads.sum())
    base = partial(settlement.budget, terms, history, year.means, insured)
    budgets = budgets_of(year.paid_by, year.prepared, history, base, year.claims, receipts, terms.charged)
    settled = settlement.settle(
        terms, budgets, year.payments, year.claims, year.providers, year.quality, history.heads, year.known
    )
    own_budgets = payment.SCHEMES[year.paid_by.scheme].budgets is not None
    return settled._replace(capped=not own_budgets and settlement.held_down(terms, history, year.means, insured))
