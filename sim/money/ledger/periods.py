"""Settling a year in a ledger that is kept: once, again without effect, or corrected by new entries with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np

from sim.money.ledger.chart import KINDS, Account
from sim.money.ledger.journal import (
    KIND_NAMES,
    MONTHS,
    NONE,
    Entries,
    Journal,
    LedgerError,
    Period,
    account_named,
    amount_text,
    check_closed,
    chosen,
    close,
    is_closed,
    post,
)
from sim.tables import Ints

SHOWN = 8
"""Differences named in the message."""


class Outcome(Enum):
    """What settling a period did."""

    POSTED = "posted"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"


class Settled(NamedTuple):
    """A ledger after a period was settled."""

    journal: Journal
    outcome: Outcome
    entries: int
    """Entries posted."""
    month: Period | None = None
    """Month in which corrections were posted."""


class Difference(NamedTuple):
    """What is to be posted so that a closed year says what it should."""

    about: int
    debit: int
    credit: int
    kind: int
    amount: int
    """Fen; negative: the other way."""


def with_accounts(journal: Journal, accounts: Sequence[Account]) -> tuple[Journal, Ints]:
    """The journal with further accounts at its end, and the numbers of ``accounts`` in it."""
    known = {account: number for number, account in enumerate(journal.accounts)}
    for account in accounts:
        known.setdefault(account, len(known))
    numbers = np.array([known[account] for account in accounts], dtype=np.int64)
    return journal._replace(accounts=tuple(known)), numbers


def settle_period(
    journal: Journal, year: int, entries: Entries, accounts: Sequence[Account], reason: str = ""
) -> Settled:
    """Post a year's entries and close it; a year that is closed is compared, and corrected only with a reason.

    Args:
        journal: the ledger so far.
        year: the year that the entries settle.
        entries: all of them, in its months.
        accounts: those that the entries number.
        reason: why a closed year is corrected.

    Raises:
        LedgerError: if the year is closed with other amounts and no reason is given, or an older year is not settled.
    """
    check_closed(journal)
    journal, number = with_accounts(journal, accounts)
    entries = entries._replace(debit=number[entries.debit], credit=number[entries.credit])
    last = Period(year, MONTHS - 1)
    if not is_closed(journal, Period(year, 0)):
        return Settled(close(post(journal, entries), last), Outcome.POSTED, len(entries.amount))
    if last not in {closing.period for closing in journal.closed}:
        raise LedgerError(
            f"{year} cannot be posted: later months are closed",
            where=f"ledger closed to {journal.closed[-1].period}",
            todo="settle the oldest year first, or begin another ledger",
        )
    changes = differences(journal, year, entries)
    if not changes:
        return Settled(journal, Outcome.UNCHANGED, 0)
    if not reason.strip():
        raise _refused(journal, year, changes)
    month = next_open(journal)
    corrected = post(journal, *_corrections(journal, changes, month, reason.strip()))
    return Settled(corrected, Outcome.CORRECTED, len(changes), month)


def next_open(journal: Journal) -> Period:
    """The month after the last closed one."""
    year, month = journal.closed[-1].period
    return Period(*divmod(year * MONTHS + month + 1, MONTHS))


def differences(journal: Journal, year: int, entries: Entries) -> list[Difference]:
    """Amounts by which a year's new entries differ from those posted about it, earlier corrections included.

    One record for each month, pair of accounts and kind of entry; those without a difference are left out.
    """
    all_entries = journal.entries
    posted = chosen(all_entries, all_entries.about // MONTHS == year)
    net: dict[tuple[int, int, int, int], int] = {}
    for sign, table in ((1, entries), (-1, posted)):
        for about, debit, credit, kind, amount in zip(
            table.about.tolist(),
            table.debit.tolist(),
            table.credit.tolist(),
            table.kind.tolist(),
            table.amount.tolist(),
            strict=True,
        ):
            turned = credit < debit
            key = (about, credit, debit, kind) if turned else (about, debit, credit, kind)
            net[key] = net.get(key, 0) + (-sign if turned else sign) * amount
    return [Difference(*key, amount) for key, amount in sorted(net.items()) if amount]


def _corrections(
    journal: Journal, changes: Sequence[Difference], month: Period, reason: str
) -> tuple[Entries, tuple[str, ...]]:
    """The entries that make up the differences, each naming the first entry that it corrects."""
    reasons = journal.reasons if reason in journal.reasons else (*journal.reasons, reason)
    posted, first = journal.entries, dict[tuple[int, int, int, int], int]()
    for number, key in enumerate(
        zip(posted.about.tolist(), posted.debit.tolist(), posted.credit.tolist(), posted.kind.tolist(), strict=True)
    ):
        about, debit, credit, kind = key
        first.setdefault((about, min(debit, credit), max(debit, credit), kind), number)
    rows = [
        (
            month.year * MONTHS + month.month,
            d.about,
            *((d.debit, d.credit) if d.amount > 0 else (d.credit, d.debit)),
            abs(d.amount),
            d.kind,
            first.get((d.about, d.debit, d.credit, d.kind), NONE),
            reasons.index(reason),
        )
        for d in changes
    ]
    return Entries(*np.array(rows, dtype=np.int64).T.copy()), reasons


def _refused(journal: Journal, year: int, changes: Sequence[Difference]) -> LedgerError:
    lines = [
        f"  {Period(*divmod(d.about, MONTHS))} {KINDS[KIND_NAMES[d.kind]].en}: {amount_text(d.amount)} yuan, "
        f"debit {account_named(journal, d.debit)}, credit {account_named(journal, d.credit)}"
        for d in changes[:SHOWN]
    ]
    more = [f"  … {len(changes) - SHOWN:,} more"] if len(changes) > SHOWN else []
    return LedgerError(
        "\n".join([f"{year} is closed with other amounts: nothing was posted", *lines, *more]),
        value=f"{len(changes)} differences",
        bound="the amounts that were posted",
        todo="give correction='reason' to post the differences in the next open month",
    )
