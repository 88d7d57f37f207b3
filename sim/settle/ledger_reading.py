"""Reads the ledger that `settle` keeps in a folder, and refuses one that is incomplete or was edited."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from sim.core.disk import hash_of, one_message
from sim.core.errors import ConfigError, OutputError
from sim.core.files.places import LEDGER, MANIFEST, beside, manifest_of
from sim.experiment.run_folder import read_manifest
from sim.money import ledger
from sim.money.ledger.chart import LINES, Account, kind_of_owner
from sim.money.ledger.journal import KIND_CODES, MONTHS, Closing, Entries, check_closed, chosen, is_closed, periods_of
from sim.settle.write import sheets
from sim.settle.write.sheet_files import read_sheet

JOURNAL = "journal.csv"
FILES = (
    JOURNAL,
    "statements_communities.csv",
    "statements_fund.csv",
    "statements_institutions.csv",
    "trial_balance.csv",
)
SHOWN = 5
"""Files or institutions named in a message."""


def read_ledger(folder: Path) -> ledger.Journal:
    """The ledger of a folder; an empty one if there is none yet.

    Raises:
        CountyFundError: if the folder holds something else, or was changed by another hand.
    """
    if not has_files(folder):
        return ledger.empty_journal()
    try:
        manifest = read_manifest(folder)
    except OutputError:
        manifest = {}
    if manifest.get("verb") != "ledger":
        raise ConfigError(
            "this folder is not a ledger, or its manifest.json is damaged",
            where=str(folder),
            todo="restore it from a copy, or name another folder with ledger=",
        )
    try:
        closed = tuple(
            Closing(ledger.Period(*divmod(int(number), MONTHS)), str(digest))
            for number, digest in manifest["closed_months"]
        )
    except (KeyError, TypeError, ValueError):
        raise _changed(folder / MANIFEST) from None
    if (place := damaged((folder,))) is not None:
        raise _changed(place)
    try:
        journal = _read_journal(folder / JOURNAL)._replace(closed=closed)
    except (KeyError, ValueError, csv.Error):  # written by another hand, and so was its hash
        raise _changed(folder / JOURNAL) from None
    if not _all_closed(journal) or (manifest.get("closed_to"), manifest.get("entries")) != counts_of(journal):
        raise _changed(folder / MANIFEST)
    check_closed(journal)
    return journal


def has_files(folder: Path) -> bool:
    """Whether there is anything in a folder but names that begin with a dot, such as its own version history."""
    with one_message("the ledger cannot be read", folder, "name another folder with ledger="):
        return os.path.lexists(folder) and any(not path.name.startswith(".") for path in folder.iterdir())


def damaged(folders: tuple[Path, ...]) -> Path | None:
    """The first file of a ledger that is not as its manifest says.

    Args:
        folders: where its files are; the first that has one counts.
    """

    def place(name: str) -> Path:
        return next((path for folder in folders if (path := folder / name).is_file()), folders[0] / name)

    files = manifest_of(place(MANIFEST).parent).get("files")
    if not isinstance(files, dict):
        return place(MANIFEST)
    with one_message("the ledger cannot be read", folders[0], "name another folder with ledger="):
        wrong = (name for name in FILES if not place(name).is_file() or hash_of(place(name)) != files.get(name))
        name = next(wrong, None)
    return None if name is None else place(name)


def recovered(folder: Path) -> Path | None:
    """The last state of a ledger that lost its name when a run of an earlier version was killed; None if it did not.

    Such a kill left two or more folders beside the ledger's place.  Entries are only ever added, so the last journal is
    the one that all the others are a beginning of.

    Raises:
        ConfigError: if there is no such journal, or one of them is not whole.
    """
    if has_files(folder):
        return None
    states = [
        path
        for path in (*beside(folder.absolute(), ".old"), *beside(folder.absolute(), ".partial"))
        if manifest_of(path).get("verb") == LEDGER
    ]
    if not states:
        return None
    intact = [path for path in states if damaged((path,)) is None]
    journals = {path: read_ledger(path) for path in intact}
    last = max(intact, key=lambda path: (journals[path].size, journals[path].closed[-1].period), default=None)
    if last is None or len(intact) < len(states) or not all(_goes_on(last, path, journals) for path in intact):
        raise ConfigError(
            "the ledger lost its name in a run that was killed, and which of its states is the last is not certain",
            where=str(folder),
            value=", ".join(path.name for path in states),
            todo=f"look into the journals, and give the right folder the name {folder.name}",
        )
    return last


def _goes_on(last: Path, other: Path, journals: dict[Path, ledger.Journal]) -> bool:
    """Whether a ledger goes on where another ends: the same entries and closed months, and perhaps more."""
    closed = journals[other].closed
    same = (last / JOURNAL).read_bytes().startswith((other / JOURNAL).read_bytes())
    return same and journals[last].closed[: len(closed)] == closed


def _changed(place: Path) -> ConfigError:
    return ConfigError(
        "the ledger was changed by another hand",
        where=str(place),
        bound="as `settle` left it",
        todo="restore it from a copy: a correction is a new entry, posted with correction='reason'",
    )


def counts_of(journal: ledger.Journal) -> tuple[str, int]:
    """What the manifest says of the journal: the last closed month, and the number of entries."""
    return str(journal.closed[-1].period), journal.size


def _all_closed(journal: ledger.Journal) -> bool:
    """Whether every month with entries is closed; a month that holds only corrections may still be open."""
    closed = [closing.period for closing in journal.closed]
    entries = journal.entries
    first = {period for period in periods_of(entries) if is_closed(journal, period)}
    first |= set(periods_of(chosen(entries, entries.reason == 0)))
    return bool(closed) and closed == sorted(set(closed)) and first <= set(closed)


def check_alone(folder: Path) -> None:
    """Check that a ledger's folder holds nothing but the ledger; names that begin with a dot may be there.

    Raises:
        ConfigError: naming the other files.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    others = [name for name in names if name not in (*FILES, MANIFEST) and not name.startswith(".")]
    if others:
        raise ConfigError(
            "the ledger's folder holds files that are not the ledger's",
            where=str(folder),
            value=", ".join(others[:SHOWN]),
            todo="move them: what is there counts as the ledger",
        )


def _read_journal(path: Path) -> ledger.Journal:
    accounts: dict[Account, int] = {}
    reasons = {"": 0}
    rows = []
    for row in read_sheet(path, sheets.JOURNAL):
        period = int(row["year"]) * MONTHS + int(row["month"]) - 1
        about = int(row["about_year"]) * MONTHS + int(row["about_month"]) - 1
        sides = [Account(row[side], row[f"{side}_line"]) for side in ("debit", "credit")]
        debit, credit = (accounts.setdefault(account, len(accounts)) for account in sides)
        yuan, _, cents = row["amount"].partition(".")
        corrects = int(row["corrects"]) if row["corrects"] else -1
        reason = reasons.setdefault(row["reason"], len(reasons))
        rows.append(
            (period, about, debit, credit, int(yuan) * 100 + int(cents), KIND_CODES[row["kind"]], corrects, reason)
        )
    for owner in dict.fromkeys(account.owner for account in tuple(accounts)):  # also its accounts without an entry
        for line in LINES[kind_of_owner(owner)]:
            accounts.setdefault(Account(owner, line), len(accounts))
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(Entries._fields)).T.copy()
    return ledger.Journal(tuple(accounts), Entries(*columns), tuple(reasons))
