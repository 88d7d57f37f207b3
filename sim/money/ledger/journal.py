"""The journal: entries that move money from an account to an account, added and never changed; its trial balance.

A journal is columns and three tables of words.  The number of an entry is its place.  A closed period takes no entry;
its digest shows whether one of its entries was touched after all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.arrays import sum_by
from sim.core.errors import CountyFundError, IdentityError
from sim.core.units import yuan_text
from sim.money.ledger.chart import KINDS, Account, account_label
from sim.tables import Ints

MONTHS = 12
NONE = -1
"""`Entries.corrects` of an entry that corrects no other."""

KIND_CODES = {name: code for code, name in enumerate(KINDS)}
KIND_NAMES = tuple(KINDS)


class LedgerError(CountyFundError):
    """What was to be posted cannot be posted."""


class Period(NamedTuple):
    """A month of a year; month 0 is January."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month + 1:02d}"


class Entries(NamedTuple):
    """Entries of some months; columns of equal length."""

    period: Ints
    """12 x year + month in which the entry is posted."""
    about: Ints
    """12 x year + month that it concerns: another one where a closed month is corrected."""
    debit: Ints
    """Number of the account that is debited."""
    credit: Ints
    amount: Ints
    """Fen, above 0."""
    kind: Ints
    """Place in `KINDS`."""
    corrects: Ints
    """Number of the entry that this one corrects, or `NONE`."""
    reason: Ints
    """Place in the journal's reasons; 0 = none needed."""


class Closing(NamedTuple):
    """A closed month."""

    period: Period
    digest: str
    """Of the entries posted in it."""


class Journal(NamedTuple):
    """All entries of a ledger."""

    accounts: tuple[Account, ...]
    entries: Entries
    reasons: tuple[str, ...] = ("",)
    closed: tuple[Closing, ...] = ()
    """Closed months, oldest first."""

    @property
    def size(self) -> int:
        """Entries posted."""
        return len(self.entries.amount)


def entries_of(columns: Iterable[tuple[Ints | int, ...]]) -> Entries:
    """Entries from groups of (period, debit, credit, amount, kind), each a number or an array.

    Nothing is posted for an amount of 0; a negative amount moves the other way.
    """
    groups = [
        np.broadcast_arrays(*(np.asarray(column, dtype=np.int64).ravel() for column in group)) for group in columns
    ]
    period, debit, credit, amount, kind = (
        (np.concatenate(column) for column in zip(*groups, strict=True))
        if groups
        else (np.zeros(0, dtype=np.int64) for _ in range(5))
    )
    keep, back = amount != 0, amount < 0
    debit, credit = np.where(back, credit, debit), np.where(back, debit, credit)
    size = int(keep.sum())
    none, plain = np.full(size, NONE, dtype=np.int64), np.zeros(size, dtype=np.int64)
    return Entries(period[keep], period[keep], debit[keep], credit[keep], np.abs(amount[keep]), kind[keep], none, plain)


def joined(parts: Sequence[Entries]) -> Entries:
    """Entries one after the other."""
    return Entries(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def chosen(entries: Entries, rows: npt.NDArray[np.bool_] | Ints) -> Entries:
    """Some of the entries."""
    return Entries(*(column[rows] for column in entries))


def empty_journal(accounts: Sequence[Account] = ()) -> Journal:
    """A journal without entries."""
    return Journal(tuple(accounts), entries_of([]))


def periods_of(entries: Entries) -> list[Period]:
    """The months in which entries are posted, in order."""
    return [Period(*divmod(int(number), MONTHS)) for number in np.unique(entries.period)]


def is_closed(journal: Journal, period: Period) -> bool:
    """Whether a month takes no entry any more: it is closed, or a later one is."""
    return bool(journal.closed) and period <= journal.closed[-1].period


def post(journal: Journal, entries: Entries, reasons: Sequence[str] | None = None) -> Journal:
    """Add entries; the months must be open, the amounts above 0, the accounts those of the journal.

    Args:
        journal: the ledger so far.
        entries: to add.
        reasons: the journal's reasons with those that the entries name; None: unchanged.

    Raises:
        LedgerError: naming the first entry that cannot be posted.
    """
    shut = [period for period in periods_of(entries) if is_closed(journal, period)]
    if shut:
        raise LedgerError(
            "a closed month takes no entry",
            where=f"month {shut[0]}",
            bound=f"after {journal.closed[-1].period}",
            todo="settle the period again with a reason: the differences are posted in the next open month",
        )
    count = len(journal.accounts)
    sides = (entries.debit, entries.credit)
    wrong = np.flatnonzero(
        (entries.amount <= 0)
        | np.any([(side < 0) | (side >= count) for side in sides], axis=0)
        | (entries.debit == entries.credit)
    )
    if wrong.size:
        first = int(wrong[0])
        raise LedgerError(
            "an entry moves an amount above 0 from one account to another",
            where=f"entry {journal.size + first}",
            value=tuple(int(column[first]) for column in (entries.debit, entries.credit, entries.amount)),
            bound=f"accounts 0..{count - 1}, amount > 0",
        )
    named = journal.reasons if reasons is None else tuple(reasons)
    return journal._replace(entries=joined([journal.entries, entries]), reasons=named)


def balances(size: int, entries: Entries) -> Ints:
    """[account] debits less credits, fen."""
    return sum_by(entries.debit, entries.amount, size) - sum_by(entries.credit, entries.amount, size)


def check_trial_balance(account_balances: Ints, where: str) -> None:
    """Debits less credits of all accounts must sum to 0.

    Raises:
        IdentityError: with the difference.
    """
    total = int(account_balances.sum())
    if total:
        raise IdentityError(
            "the trial balance is not zero",
            where=where,
            value=f"{total} fen",
            bound="debits = credits to the fen",
            todo="this is a fault of the program: please report it with the seed and the configuration",
        )


def monthly_balances(size: int, entries: Entries, first: int, months: int = MONTHS) -> Ints:
    """[month, account] debits less credits of each month from period number ``first``."""
    cell = (entries.period - first) * size
    debits = sum_by(cell + entries.debit, entries.amount, months * size)
    credits = sum_by(cell + entries.credit, entries.amount, months * size)
    return (debits - credits).reshape(months, size)


def close(journal: Journal, upto: Period) -> Journal:
    """Close all months to ``upto`` in which something was posted: the trial balance must be zero at each close."""
    entries, size = journal.entries, len(journal.accounts)
    closed = list(journal.closed)
    for period in periods_of(entries):
        if period > upto or is_closed(journal, period):
            continue
        number = period.year * MONTHS + period.month
        check_trial_balance(balances(size, chosen(entries, entries.period <= number)), f"close of {period}")
        closed.append(Closing(period, digest_of(journal, period)))
    if not closed or closed[-1].period < upto:  # a month without an entry is closed with those before it
        closed.append(Closing(upto, digest_of(journal, upto)))
    return journal._replace(closed=tuple(closed))


def words_of(journal: Journal, number: int) -> str:
    """An entry as one line of text, by names: equal entries of two journals give the same line."""
    e = journal.entries
    debit, credit = journal.accounts[e.debit[number]], journal.accounts[e.credit[number]]
    about = Period(*divmod(int(e.about[number]), MONTHS))
    return "|".join(
        (
            str(Period(*divmod(int(e.period[number]), MONTHS))),
            str(about),
            *debit,
            *credit,
            str(int(e.amount[number])),
            KIND_NAMES[e.kind[number]],
            str(int(e.corrects[number])),
            journal.reasons[e.reason[number]],
        )
    )


def digest_of(journal: Journal, period: Period) -> str:
    """SHA-256 of the sorted entries posted in a month."""
    rows = np.flatnonzero(journal.entries.period == period.year * MONTHS + period.month)
    text = "\n".join(sorted(words_of(journal, int(row)) for row in rows))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_closed(journal: Journal) -> None:
    """Every closed month must still hold the entries with which it was closed.

    Raises:
        LedgerError: naming the month.
    """
    for closing in journal.closed:
        if digest_of(journal, closing.period) != closing.digest:
            raise LedgerError(
                "the entries of a closed month were changed",
                where=f"month {closing.period}",
                todo="restore the ledger from a copy: a correction is a new entry, never an edit",
            )


def account_named(journal: Journal, account: int, language: str = "en") -> str:
    """An account for readers."""
    return account_label(journal.accounts[account], language)


def trial_balance(journal: Journal, upto: Period | None = None) -> list[tuple[Account, int, int, int]]:
    """Account, debits, credits and balance in fen of every account with an entry, up to the end of a month."""
    entries, size = journal.entries, len(journal.accounts)
    if upto is not None:
        entries = chosen(entries, entries.period <= upto.year * MONTHS + upto.month)
    debits, credits = (sum_by(side, entries.amount, size) for side in (entries.debit, entries.credit))
    check_trial_balance(debits - credits, "the trial balance")
    return [
        (account, int(d), int(c), int(d - c))
        for account, d, c in zip(journal.accounts, debits, credits, strict=True)
        if d or c
    ]


def amount_text(amount: int) -> str:
    """Fen as yuan with a sign."""
    return ("+" if amount > 0 else "") + yuan_text(amount)
