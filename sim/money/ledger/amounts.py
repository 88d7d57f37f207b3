"""What the ledger needs of a year: amounts declared and settled by payer and institution, and when cash moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.tables import FundYear, Ints

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
    quotient, remainder = np.divmod(totals[..., None], count)
    return np.asarray(quotient + (np.arange(count) < remainder), dtype=np.int64)
