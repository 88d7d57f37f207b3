"""What the ledger needs of a year: amounts declared and settled by payer and institution, and when cash moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.units import largest_remainder
from sim.money.history import resident_rows, sum_by
from sim.money.paid_year import PaidYear
from sim.tables import RESIDENT_INSURED, TIERS, Claims, FundYear, Ints, Providers, Settlement

MONTHS = 12


class Terms(NamedTuple):
    """When cash moves; none of it changes what a year costs."""

    advance: int
    """Part of a budget's twelfth that is advanced each month, ppm."""
    deposit: int
    """Part of the money of member institutions that is withheld as quality deposit, ppm."""
    working_capital: int
    """Months of a budget that members hold as working capital, ppm of a month."""
    by_institution: bool = False
    """Budgets answer for what members are due, not for what residents cost (`settlement.charged` = members)."""


class Money(NamedTuple):
    """A year's money; payers are the communities with a budget, then the fund itself (last)."""

    year: int
    fund: FundYear
    opening: int
    """Accumulated balance before the year, fen; the ledger opens with it if it is new."""
    declared: Ints
    """[month, payer, institution] statutory part of the bills."""
    due: Ints
    """[payer, institution] fund money due under the scheme."""
    member: Ints
    """[institution] community whose budget it works under, -1 for none."""
    budget: Ints
    """[community]"""
    transfer: Ints
    """[community]"""
    pool: Ints
    """[community] part of the transfer for the community's pool."""
    parts: Ints
    """[institution] its part of the transfer; the rest of a community's transfer stays with the community."""
    forfeited: Ints
    """[institution] deposit not given back."""
    depositor: Ints
    """[institution] 1 = gives a quality deposit."""
    shares: Ints
    """[institution] weight by which its community passes on advances."""
    in_network: Ints
    """[community] charged to its budget for care by members, by the settlement."""
    out_of_network: Ints
    """[community] charged to its budget for care elsewhere, by the settlement."""


def equal_parts(totals: Ints, count: int) -> Ints:
    """[total, count] each total in equal parts that sum to it; fen left over go to the first, as `largest_remainder`.

    >>> equal_parts(np.array([100, -100]), 3).tolist()
    [[34, 33, 33], [-33, -33, -34]]
    """
    whole, left = np.divmod(totals[..., None], count)
    return np.asarray(whole + (np.arange(count) < left), dtype=np.int64)


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
    mine = resident_rows(claims)
    due = sum_by((payer * count + claims.provider)[mine], paid.payments.receipts[mine], (communities + 1) * count)
    member = np.where((providers.community < communities) & holds, providers.community, -1)
    depositor = (providers.community >= 0).astype(np.int64)
    whole = due.reshape(communities + 1, count)
    return Money(
        year=year,
        fund=fund,
        opening=fund.accumulated - fund.balance,
        declared=declared,
        due=whole,
        member=member,
        budget=settled.budget if holds else none,
        transfer=settled.transfer if holds else none,
        pool=settled.pool if len(settled.pool) else none,
        parts=_parts(settled, providers, member, whole.sum(axis=0)),
        forfeited=settled.forfeited if len(settled.forfeited) else np.zeros(count, dtype=np.int64),
        depositor=depositor,
        shares=np.maximum(whole.sum(axis=0) if shares is None or len(shares) != count else shares, 0),
        in_network=settled.in_network if holds else none,
        out_of_network=settled.out_of_network if holds else none,
    )


def _payers(claims: Claims, communities: int, terms: Terms) -> Ints:
    """[row] community whose budget answers for the claim, ``communities`` where it is the fund's own."""
    home = claims.community if terms.by_institution else claims.home
    return np.where((home >= 0) & (home < communities), home, communities)


def _declared(claims: Claims, payer: Ints, payers: int, count: int, billed: Ints | None) -> Ints:
    """[month, payer, institution] statutory parts by the month of the claim; rows without one are spread."""
    mine = claims.insurance == RESIDENT_INSURED
    cell, size = payer * count + claims.provider, payers * count
    dated = mine & (claims.month >= 0)
    by_month = sum_by((claims.month * size + cell)[dated], claims.statutory[dated], MONTHS * size)
    singles = by_month.reshape(MONTHS, payers, count)
    undated = mine & (claims.month < 0)
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
    for community, own in enumerate(settled.distributed):
        for tier in range(len(TIERS)):
            rows = np.flatnonzero((member == community) & (providers.tier == tier))
            if len(rows) and own[tier]:
                parts[rows] = largest_remainder(int(own[tier]), np.maximum(due[rows], 0))
    return parts
