"""The ledger's CSV files, as people read them: names beside codes, lines in the reader's language, amounts in yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.core.errors import OutputError
from sim.experiment.run_folder import read_manifest
from sim.money import ledger
from sim.money.ledger.chart import INSTITUTION, KINDS, kind_of_owner
from sim.money.ledger.journal import KIND_NAMES, MONTHS
from sim.settle.write.sheet_files import write_sheet
from sim.settle.write.sheets import JOURNAL, STATEMENTS, TRIAL_BALANCE

Names = Mapping[str, str]
"""Code of an institution -> its name."""


def kept_names(folder: Path) -> dict[str, str]:
    """Names of institutions by code, as the ledger keeps them: also of institutions that the files no longer name."""
    try:
        names = read_manifest(folder).get("names")
    except OutputError:
        return {}
    return {str(code): str(name) for code, name in names.items()} if isinstance(names, dict) else {}


def name_of(owner: str, names: Names) -> str:
    """The name of an institution that owns an account; "" where it has no name, or the name is its code."""
    code = owner.partition(" ")[2]
    name = names.get(code, "") if kind_of_owner(owner) == INSTITUTION else ""
    return "" if name == code else name


def write_journal(path: Path, journal: ledger.Journal, names: Names, language: str) -> None:
    """Write every entry; headings and codes are those of the program, labels are in the reader's language."""
    label = [ledger.account_label(account, language, name_of(account.owner, names)) for account in journal.accounts]
    columns = [column.tolist() for column in journal.entries]
    rows: list[tuple[object, ...]] = []
    for number, (period, about, debit, credit, amount, kind, corrects, reason) in enumerate(zip(*columns, strict=True)):
        sides = (*journal.accounts[debit], *journal.accounts[credit])
        rows.append(
            (
                number,
                period // MONTHS,
                period % MONTHS + 1,
                about // MONTHS,
                about % MONTHS + 1,
                *sides,
                amount,
                KIND_NAMES[kind],
                corrects if corrects >= 0 else "",
                journal.reasons[reason],
                label[debit],
                label[credit],
                KINDS[KIND_NAMES[kind]].of(language),
            )
        )
    write_sheet(path, JOURNAL, [field.name for field in JOURNAL.fields], rows, language)


def write_years(folder: Path, journal: ledger.Journal, years: Sequence[int], names: Names, language: str) -> None:
    """Write trial_balance.csv at the end of the last year, and statements_*.csv of the years, month by month."""
    end = ledger.Period(years[-1], MONTHS - 1)
    balance = [
        (
            _owner(account.owner, language),
            name_of(account.owner, names),
            account.line,
            ledger.account_label(account, "en"),
            ledger.account_label(account, "zh"),
            *numbers,
        )
        for account, *numbers in ledger.trial_balance(journal, end)
    ]
    write_sheet(folder / "trial_balance.csv", TRIAL_BALANCE, [f.name for f in TRIAL_BALANCE.fields], balance, language)
    statements = [(year, ledger.statement_of(journal.accounts, journal.entries, year)) for year in years]
    heads = [field.name for field in STATEMENTS.fields]
    for name, kinds in (
        ("fund", ("fund", "reserve")),
        ("communities", ("community",)),
        ("institutions", ("institution",)),
    ):
        lines = [
            (
                year,
                _owner(owner, language),
                name_of(owner, names),
                line,
                ledger.line_label(owner, line, "en"),
                ledger.line_label(owner, line, "zh"),
                *amounts,
            )
            for year, statement in statements
            for owner in statement.owners
            if kind_of_owner(owner) in kinds
            for line, amounts in ledger.rows_of(statement, owner)
            if any(amounts)
        ]
        write_sheet(folder / f"statements_{name}.csv", STATEMENTS, heads, lines, language)


def _owner(owner: str, language: str) -> str:
    """An owner by its code in the program; in Chinese by the label that readers know."""
    return ledger.owner_label(owner, "zh") if language == "zh" else owner
