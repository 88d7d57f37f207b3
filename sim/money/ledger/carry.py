"""What a simulated county carries from year to year: balances by account, not the entries, so memory does not grow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.money.ledger.amounts import Money, Terms
from sim.money.ledger.chart import Chart
from sim.money.ledger.journal import MONTHS, Entries, check_trial_balance, monthly_balances
from sim.money.ledger.year import check_year, entries_of_year
from sim.tables import Ints


class YearBook(NamedTuple):
    """The entries of one year, for those who want to read them."""

    chart: Chart
    year: int
    opening: Ints
    """[account] balances before the year."""
    entries: Entries
    fund: str = "resident"
    """Insurance whose fund's ledger this is."""


class CarriedLedger(NamedTuple):
    """What a ledger carries from one year to the next."""

    balances: Ints | None
    """[account] after the last close; None before the first year."""
    shares: Ints | None
    """[institution] what each was due last year: the weights of the next advances."""
    years: tuple[YearBook, ...] | None
    """Closed years, oldest first; None: they are not kept."""


def no_books(keep: bool) -> CarriedLedger:
    """The ledger before the first year; ``keep``: the entries of every year are to be kept."""
    return CarriedLedger(None, None, () if keep else None)


def book_year(
    carried: CarriedLedger, chart: Chart, money: Money, terms: Terms, held: int, where: str, fund: str = "resident"
) -> CarriedLedger:
    """Post a year, close its months and itself; every identity of the ledger is checked.

    Args:
        carried: the ledger before the year.
        chart: its accounts.
        money: the year's money.
        terms: when cash moves.
        held: risk reserve held after the year, fen.
        where: arm, replication and year, for the message if an identity breaks.
        fund: insurance whose fund's ledger it is.

    Raises:
        IdentityError: if a trial balance is not zero, or the year is not what the fund's books say.
    """
    entries = entries_of_year(chart, money, terms, carried.balances)
    size = len(chart.accounts)
    opening = np.zeros(size, dtype=np.int64) if carried.balances is None else carried.balances
    months = opening + np.cumsum(monthly_balances(size, entries, money.year * MONTHS), axis=0)
    for month, balances in enumerate(months):
        check_trial_balance(balances, f"{where}, close of month {month + 1}")
    closing = months[-1]
    check_year(chart, money, entries, opening, held, where)
    years = None if carried.years is None else (*carried.years, YearBook(chart, money.year, opening, entries, fund))
    return CarriedLedger(closing, money.due.sum(axis=0), years)
