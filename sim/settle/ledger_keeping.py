"""The ledger that `settle` keeps between runs: a folder with the journal, its closed months, and statements.

Its manifest has hashes of its files, so that a half-written or edited ledger is never taken for a whole one; how they
get there is in `sim.settle.ledger_posting`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.disk import hash_of
from sim.core.errors import ConfigError
from sim.core.files.places import LEDGER, MANIFEST, PROGRAM
from sim.core.text import Text
from sim.core.versions import version
from sim.money import ledger
from sim.money.history import ClosedYear
from sim.money.ledger.chart import INSTITUTION, Account, Chart, kind_of_owner
from sim.money.ledger.journal import KIND_CODES, MONTHS, Entries, balances, chosen, entries_of, joined, periods_of
from sim.money.ledger.periods import with_accounts
from sim.money.paid_year import PaidYear
from sim.money.posting import money_of_year
from sim.settle.ledger_posting import Staged
from sim.settle.ledger_reading import JOURNAL, SHOWN, counts_of
from sim.settle.ledger_sheets import Names, kept_names, write_journal, write_years
from sim.settle.read.records import Book, Inputs
from sim.tables import FundYear, Ints

EARNED = ("declared", "inside", "outside", "true_up", "true_up_inside", "true_up_outside")
"""Kinds of entries that make up what an institution is due for its bills."""


class Posted(NamedTuple):
    """What settling a year did to the ledger."""

    settled: ledger.Settled
    year: int
    folder: Path
    names: Names
    """Names of institutions by code, of earlier years too."""

    @property
    def changed(self) -> bool:
        """Whether the ledger must be written."""
        return self.settled.outcome is not ledger.Outcome.UNCHANGED

    @property
    def note(self) -> Text:
        """What was done, in one line."""
        year, count, month = self.year, self.settled.entries, self.settled.month
        if self.settled.outcome is ledger.Outcome.UNCHANGED:
            return Text(
                f"{year} is closed with the same amounts: nothing was posted", f"{year}年已按相同金额结账，未记新账"
            )
        if self.settled.outcome is ledger.Outcome.CORRECTED:
            return Text(
                f"{year} is closed: {count} correcting entries were posted in {month}",
                f"{year}年已结账：更正分录{count}笔记入{month}",
            )
        return Text(f"{year}: {count:,} entries were posted, the year is closed", f"{year}年记账{count:,}笔，已结账")


def post_year(
    folder: Path,
    journal: ledger.Journal,
    inputs: Inputs,
    config: Any,
    priced: PaidYear,
    reason: str,
) -> Posted:
    """Settle a year in the ledger of a folder; nothing is written yet.

    Args:
        folder: of the ledger; it may be new.
        journal: the ledger so far.
        inputs: what the files hold: the claims of the year (those without a date count in December), institutions and
            communities, and earlier years; advances are passed on by the last of these.
        config: of the design.
        priced: what the design makes of the claims.
        reason: why a closed year is corrected; "" for no reason.

    Raises:
        CountyFundError: if the ledger is another county's, or the year is closed with other amounts without a reason.
    """
    year, book, loaded = inputs.year, inputs.book, inputs.loaded
    _check_county(journal, book, folder)
    chart = ledger.chart_of(book.communities, book.codes)
    journal, numbers = with_accounts(journal, chart.accounts)
    opening = _opening(journal, year)[numbers]
    terms = ledger.terms_of(config.settlement, budgets=bool(priced.settled.budget.size))
    claims = loaded.claims._replace(month=np.where(loaded.claims.month < 0, MONTHS - 1, loaded.claims.month))
    shares = _shares(journal, year, inputs.closed, chart, numbers)
    booked = priced._replace(claims=claims, fund=_fund_year(chart, opening, priced))
    money = money_of_year(year, booked, terms, len(book.communities), shares=shares)
    entries = ledger.entries_of_year(chart, money, terms, opening)
    ledger.check_year(chart, money, entries, opening, None, f"ledger of {year}")
    gone, back = _gone(journal, year, chart)
    accounts = (*chart.accounts, *gone)
    settled = ledger.settle_period(journal, year, joined([entries, back]), accounts, reason)
    names = kept_names(folder) | dict(zip(book.codes, book.names, strict=True))
    return Posted(settled, year, folder, names)


def _gone(journal: ledger.Journal, year: int, chart: Chart) -> tuple[list[Account], Entries]:
    """Accounts of institutions that the files no longer name, and entries of January that give their capital back."""
    before, here = _opening(journal, year), set(chart.accounts)
    held = {
        account: int(before[number])
        for number, account in enumerate(journal.accounts)
        if account.line == "working_capital" and account not in here and before[number]
    }
    places = np.arange(len(held)) + len(chart.accounts)
    amounts = np.array(list(held.values()), dtype=np.int64)
    return list(held), entries_of([(year * MONTHS, chart.fund("cash"), places, amounts, KIND_CODES["working_capital"])])


def _shares(
    journal: ledger.Journal, year: int, closed: tuple[ClosedYear, ...], chart: Chart, numbers: Ints
) -> Ints | None:
    """[institution] weights by which advances are passed on.

    They are the statutory parts of the last year of the history, in fen; else what institutions were due, as posted
    about last year; else as first posted about the year itself: advances that were paid are not paid again by other
    weights because a bill was changed.  None: the year is new, and is weighed by its own bills.
    """
    if closed:
        last = closed[-1].claims
        return sum_by(last.provider, last.statutory, chart.institutions)
    entries, size = journal.entries, len(journal.accounts)
    earned = np.isin(entries.kind, [KIND_CODES[kind] for kind in EARNED]) & (entries.reason == 0)
    due = numbers[chart.institution("due") + np.arange(chart.institutions)]
    for before in (year - 1, year):
        rows = earned & (entries.about // MONTHS == before)
        if rows.any():
            return -balances(size, chosen(entries, rows))[due]
    return None


def _opening(journal: ledger.Journal, year: int) -> Ints:
    """[account] balances before the year, fen: of entries about earlier years, posted before it was first settled."""
    entries = journal.entries
    about = entries.about // MONTHS
    settled = np.flatnonzero(about == year)
    before = (about < year) & (np.arange(len(about)) < (settled[0] if settled.size else len(about)))
    return balances(len(journal.accounts), chosen(entries, before))


def _fund_year(chart: Chart, opening: Ints, priced: PaidYear) -> FundYear:
    """The fund's year as far as claims tell: receipts and transfers; its income is not in the files."""
    outgo = priced.spent
    before = -int(opening[chart.fund("balance")] + opening[chart.fund("reserve")])
    known = dict.fromkeys(FundYear._fields, 0) | {
        "receipts": priced.receipts,
        "transfers": priced.transfers,
        "outgo": outgo,
        "balance": -outgo,
        "accumulated": before - outgo,
        "forfeited": priced.forfeited,
    }
    return FundYear(**known)


def _check_county(journal: ledger.Journal, book: Book, folder: Path) -> None:
    """Institutions come and go, but a ledger that knows no institution of the files is another county's.

    Raises:
        ConfigError: if it knows none.
    """
    known = [account.owner for account in journal.accounts if kind_of_owner(account.owner) == INSTITUTION]
    if known and not set(known) & {f"{INSTITUTION} {code}" for code in book.codes}:
        raise ConfigError(
            "the ledger is of another county: it knows none of the institutions of the providers file",
            where=str(folder),
            value=", ".join(dict.fromkeys(known[:SHOWN])),
            todo="name another folder with ledger=",
        )


def stage(posted: Posted, language: str = "en") -> Staged:
    """Write the ledger with its trial balance and the statements of all years beside the files that are there.

    Raises:
        OutputError: if it cannot be written.
    """
    return Staged(posted.folder, lambda folder: _write_ledger(folder, posted, language))


def _write_ledger(folder: Path, posted: Posted, language: str) -> None:
    journal = posted.settled.journal
    write_journal(folder / JOURNAL, journal, posted.names, language)
    years = {posted.year} | {period.year for period in periods_of(journal.entries)}
    write_years(folder, journal, sorted(years), posted.names, language)
    closed_to, entries = counts_of(journal)
    manifest = {
        "program": PROGRAM,
        "version": version(),
        "verb": LEDGER,
        "closed_to": closed_to,
        "entries": entries,
        "closed_months": [(c.period.year * MONTHS + c.period.month, c.digest) for c in journal.closed],
        "names": dict(posted.names),
        "files": {path.name: hash_of(path) for path in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
