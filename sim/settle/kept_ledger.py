"""Reads the ledger that `settle` keeps in a folder, and refuses one that is not whole, was edited, or is in use."""

from __future__ import annotations

import glob
from pathlib import Path

import numpy as np

from sim import ledger
from sim.errors import ConfigError, OutputError
from sim.experiment.manifest import hash_of
from sim.ledger.chart import LINES, Account, kind_of_owner
from sim.ledger.journal import (
    KIND_CODES,
    MONTHS,
    Closing,
    Entries,
    check_closed,
    chosen,
    is_closed,
    periods_of,
)
from sim.settle import sheets
from sim.settle.sheet_files import read_sheet
from sim.store import MANIFEST, read_manifest

JOURNAL = "journal.csv"
FILES = (JOURNAL, "statements_communities.csv", "statements_fund.csv", "statements_institutions.csv",
         "trial_balance.csv")  # fmt: skip
SHOWN = 5
"""Files or institutions named in a message."""


def read_ledger(folder: Path) -> ledger.Journal:
    """The ledger of a folder; an empty one if there is none yet.

    Raises:
        CountyFundError: if the folder holds something else, was changed by another hand, or lost its name.
    """
    lost = next((path for path in folder.absolute().parent.glob(f"{glob.escape(folder.name)}.*.old")), None)
    if lost is not None and not folder.exists():
        raise ConfigError(
            "the ledger was interrupted while it was replaced", where=str(lost), todo=f"rename this folder to {folder}"
        )
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return ledger.empty_journal()
    try:
        manifest = read_manifest(folder)
    except OutputError:
        manifest = {}
    if manifest.get("verb") != "ledger":
        raise ConfigError(
            "this folder is not a ledger, or its manifest.json is damaged", where=str(folder),
            todo="restore it from a copy, or name another folder with ledger=",
        )  # fmt: skip
    try:
        digests = {name: str(manifest["files"][name]) for name in FILES}
        closed = tuple(
            Closing(ledger.Period(*divmod(int(number), MONTHS)), str(digest))
            for number, digest in manifest["closed_months"]
        )
    except (KeyError, TypeError, ValueError):
        raise _changed(folder / MANIFEST) from None
    for name, digest in digests.items():
        if not (folder / name).is_file() or hash_of(folder / name) != digest:
            raise _changed(folder / name)
    journal = _read_journal(folder / JOURNAL)._replace(closed=closed)
    if not _all_closed(journal) or (manifest.get("closed_to"), manifest.get("entries")) != told(journal):
        raise _changed(folder / MANIFEST)
    check_closed(journal)
    return journal


def _changed(place: Path) -> ConfigError:
    return ConfigError(
        "the ledger was changed by another hand", where=str(place), bound="as `settle` left it",
        todo="restore it from a copy: a correction is a new entry, posted with correction='reason'",
    )  # fmt: skip


def told(journal: ledger.Journal) -> tuple[str, int]:
    """What the manifest says of the journal beside the closed months."""
    return str(journal.closed[-1].period), journal.size


def _all_closed(journal: ledger.Journal) -> bool:
    """Whether every month is closed that has entries, but for corrections in a month that is still open."""
    closed = [closing.period for closing in journal.closed]
    own = journal.entries
    first = {period for period in periods_of(own) if is_closed(journal, period)}
    first |= set(periods_of(chosen(own, own.reason == 0)))
    return bool(closed) and closed == sorted(set(closed)) and first <= set(closed)


def check_alone(folder: Path) -> None:
    """The folder is replaced as a whole: it must hold nothing else (names that begin with a dot are let go)."""
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    others = [name for name in found if name not in (*FILES, MANIFEST) and not name.startswith(".")]
    if others:
        raise ConfigError(
            "the ledger's folder holds files that are not the ledger's", where=str(folder),
            value=", ".join(others[:SHOWN]), todo="move them: the folder is replaced when something is posted",
        )  # fmt: skip


def _read_journal(path: Path) -> ledger.Journal:
    accounts: dict[Account, int] = {}
    reasons = {"": 0}
    rows = []
    for row in read_sheet(path, sheets.JOURNAL):
        period = int(row["year"]) * MONTHS + int(row["month"]) - 1
        about = int(row["about_year"]) * MONTHS + int(row["about_month"]) - 1
        sides = [Account(row[side], row[f"{side}_line"]) for side in ("debit", "credit")]
        debit, credit = (accounts.setdefault(account, len(accounts)) for account in sides)
        whole, _, cents = row["amount"].partition(".")
        corrects = int(row["corrects"]) if row["corrects"] else -1
        reason = reasons.setdefault(row["reason"], len(reasons))
        rows.append((period, about, debit, credit, int(whole) * 100 + int(cents), KIND_CODES[row["kind"]], corrects,
                     reason))  # fmt: skip
    for owner in dict.fromkeys(account.owner for account in tuple(accounts)):  # also its accounts without an entry
        for line in LINES[kind_of_owner(owner)]:
            accounts.setdefault(Account(owner, line), len(accounts))
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(Entries._fields)).T.copy()
    return ledger.Journal(tuple(accounts), Entries(*columns), tuple(reasons))


def stamp(folder: Path) -> str:
    """Tells one state of the ledger from another; "" where there is none."""
    place = folder / MANIFEST
    return hash_of(place) if place.is_file() else ""


def check_same(folder: Path, found: str) -> None:
    """Stop if another run has posted since the ledger was read: its entries would be lost."""
    if stamp(folder) != found:
        raise ConfigError(
            "another run has changed the ledger in the meantime: nothing was posted", where=str(folder),
            todo="settle again",
        )  # fmt: skip
