"""The fund's ledger: double entry, closed months, corrections by new entries, statements; and the entries of a year.

`chart` names the accounts, `journal` holds the entries, `periods` settles a year once and corrects it after,
`amounts` and `year` say what a year's entries are, `carry` takes balances from one year to the next, `statements` reads
the entries.  Pure functions of numbers; no files, no clock.
"""

from __future__ import annotations

from sim.money.ledger.amounts import Money, Terms
from sim.money.ledger.carry import CarriedLedger, YearBook, book_year, no_books
from sim.money.ledger.chart import Account, Chart, account_label, chart_of, owner_label
from sim.money.ledger.journal import Entries, Journal, LedgerError, Period, close, empty_journal, post, trial_balance
from sim.money.ledger.periods import Outcome, Settled, settle_period
from sim.money.ledger.statements import STATEMENTS, Statement, line_label, rows_of, statement_of
from sim.money.ledger.year import check_year, entries_of_year, terms_of

__all__ = [
    "STATEMENTS", "Account", "CarriedLedger", "Chart", "Entries", "Journal", "LedgerError", "Money", "Outcome",
    "Period", "Settled", "Statement", "Terms", "YearBook", "account_label", "book_year", "chart_of", "check_year",
    "close", "empty_journal", "entries_of_year", "line_label", "no_books", "owner_label", "post",
    "rows_of", "settle_period", "statement_of", "terms_of", "trial_balance",
]  # fmt: skip
