"""What the ledger needs of a paid year: amounts declared and settled, by payer and institution."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import largest_remainder
from sim.money.ledger.amounts import MONTHS, Money, Terms, equal_parts
from sim.money.paid_year import PaidYear
from sim.tables import RESIDENT_INSURED, TIERS, Claims, Ints, Providers, Settlement, resident_rows


def spread(totals: Ints, weights: Ints) -> Ints:
    """[row, month] each total by its row's weights, equal where they are all 0; each row sums to its total.

    The part up to a month is the total times the weight up to it, rounded down; weights are cut to 20 bits so that
    products of amounts below 10^13 fen stay within 64 bits.
    """
    flat = weights.sum(axis=1) <= 0
    safe = np.where(flat[:, None], 1, np.maximum(weights, 0))
    scale = np.maximum(safe.max(axis=1) >> 15, 1)[:, None]
    reduced = safe // scale
    reduced = np.where(reduced.sum(axis=1, keepdims=True) > 0, reduced, 1)
    upto = np.cumsum(reduced, axis=1)
    parts = totals[:, None] * upto // upto[:, -1:]
    return np.asarray(np.diff(parts, axis=1, prepend=0), dtype=np.int64)


def money_of_year(
    year: int,
    paid: PaidYear,
    terms: Terms,
    communities: int,
    *,
    billed: Ints | None = None,
    shares: Ints | None = None,
) -> Money:
    """A year's money from what was paid and settled.

    Args:
        year: model or calendar year.
        paid: the year paid, settled and booked; claims without a month are spread over the year by ``billed``, else in
            twelfths.
        terms: whether budgets answer for residents or for members.
        communities: how many there are, with a budget or without.
        billed: [month, institution] statutory part of all resident-insured bills (`sim.tables.Flows`); None: not known.
        shares: [institution] weights for passing on advances; None: by what each is due in this year.
    """
    claims, providers, settled, fund = paid.claims, paid.providers, paid.settled, paid.books
    count, holds = len(providers.tier), len(settled.budget) > 0
    none = np.zeros(communities, dtype=np.int64)
    payer = _payers(claims, communities, terms) if holds else np.full(len(claims.home), communities)
    declared = _declared(claims, payer, communities + 1, count, billed)
    insured = resident_rows(claims)
    due = sum_by((payer * count + claims.provider)[insured], paid.payments.receipts[insured], (communities + 1) * count)
    member = np.where((providers.community < communities) & holds, providers.community, -1)
    depositor = (providers.community >= 0).astype(np.int64)
    due_by_payer = due.reshape(communities + 1, count)
    return Money(
        year=year,
        fund=fund,
        opening=fund.accumulated - fund.balance,
        declared=declared,
        due=due_by_payer,
        member=member,
        budget=settled.budget if holds else none,
        transfer=settled.transfer if holds else none,
        pool=settled.pool if len(settled.pool) else none,
        parts=_parts(settled, providers, member, due_by_payer.sum(axis=0)),
        forfeited=settled.forfeited if len(settled.forfeited) else np.zeros(count, dtype=np.int64),
        depositor=depositor,
        shares=np.maximum(due_by_payer.sum(axis=0) if shares is None or len(shares) != count else shares, 0),
        in_network=settled.in_network if holds else none,
        out_of_network=settled.out_of_network if holds else none,
    )


def _payers(claims: Claims, communities: int, terms: Terms) -> Ints:
    """[row] community whose budget answers for the claim, ``communities`` where it is the fund's own."""
    home = claims.community if terms.by_institution else claims.home
    return np.where((home >= 0) & (home < communities), home, communities)


def _declared(claims: Claims, payer: Ints, payers: int, count: int, billed: Ints | None) -> Ints:
    """[month, payer, institution] statutory parts by the month of the claim; rows without one are spread."""
    insured = claims.insurance == RESIDENT_INSURED
    cell, size = payer * count + claims.provider, payers * count
    dated = insured & (claims.month >= 0)
    by_month = sum_by((claims.month * size + cell)[dated], claims.statutory[dated], MONTHS * size)
    singles = by_month.reshape(MONTHS, payers, count)
    undated = insured & (claims.month < 0)
    sums = sum_by(cell[undated], claims.statutory[undated], size)
    if billed is None:
        rest = equal_parts(sums, MONTHS)
    else:
        profile = (billed - singles.sum(axis=1)).T  # [institution, month] of the rows without a month
        rest = spread(sums, np.tile(profile, (payers, 1)))
    return singles + rest.T.reshape(MONTHS, payers, count)


def _parts(settled: Settlement, providers: Providers, member: Ints, due: Ints) -> Ints:
    """[institution] its part of the transfer: the settlement's units, or each tier's part by what members are due."""
    count = len(due)
    if len(settled.units) == count:
        return settled.units
    parts = np.zeros(count, dtype=np.int64)
    for community, by_tier in enumerate(settled.distributed):
        for tier in range(len(TIERS)):
            rows = np.flatnonzero((member == community) & (providers.tier == tier))
            if len(rows) and by_tier[tier]:
                parts[rows] = largest_remainder(int(by_tier[tier]), np.maximum(due[rows], 0))
    return parts
