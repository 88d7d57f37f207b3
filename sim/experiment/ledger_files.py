"""The fund's ledgers in a run folder: journal.parquet and statements.parquet, of the first replications of each arm.

Each arm and replication writes its part while others are at work; at the end the parts are joined in order.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.model import SimConfig
from sim.core.files.parquet import whole
from sim.experiment.run_folder import PARQUET, part_name
from sim.money.ledger.carry import YearBook
from sim.money.ledger.journal import KIND_NAMES, MONTHS
from sim.money.ledger.statements import statement_of

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("journal", "statements")
PARTS = ".ledgers"
"""Folder of the parts until they are joined."""


def wanted(config: SimConfig, folder: Path | None, replication: int) -> Path | None:
    """Where the ledgers of a replication go; None if they are not to be saved."""
    return folder if replication < config.output.ledgers else None


def write_part(folder: Path, study: str, arm: str, replication: int, years: Sequence[YearBook]) -> None:
    """Write the ledgers of one arm in one replication."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, made in (("journal", _journal), ("statements", _statements)):
        place = folder / PARTS / name
        place.mkdir(parents=True, exist_ok=True)
        table = pa.concat_tables([made(year) for year in years])
        head = {"study": (study, pa.string()), "arm": (arm, pa.string()), "replication": (replication, pa.int64())}
        for position, (key, (value, kind)) in enumerate(head.items()):
            table = table.add_column(position, key, pa.array([value] * table.num_rows, kind))
        pq.write_table(table, place / part_name(arm, replication), **PARQUET)


def _text(codes: Any, names: Sequence[str]) -> pa.Array:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string())).cast(
        pa.string()
    )


def _journal(book: YearBook) -> pa.Table:
    """The entries of a year, numbered from 0 in each year."""
    import pyarrow as pa

    names, e = [f"{account.owner}: {account.line}" for account in book.chart.accounts], book.entries
    columns = {
        "fund": pa.array([book.fund] * len(e.amount), pa.string()),
        "entry": pa.array(np.arange(len(e.amount))),
        "year": pa.array(e.period // MONTHS),
        "month": pa.array(e.period % MONTHS + 1),
        "debit": _text(e.debit, names),
        "credit": _text(e.credit, names),
        "fen": pa.array(e.amount),
        "kind": _text(e.kind, KIND_NAMES),
    }
    return pa.table(columns)


def _statements(book: YearBook) -> pa.Table:
    import pyarrow as pa

    statement = statement_of(book.chart.accounts, book.entries, book.year, book.opening)
    columns = {
        "fund": pa.array([book.fund] * len(statement.fen), pa.string()),
        "year": pa.array(statement.year),
        "month": pa.array(statement.month),
        "owner": _text(statement.owner, statement.owners),
        "line": _text(statement.line, statement.lines),
        "fen": pa.array(statement.fen),
    }
    return pa.table(columns)


def join(folder: Path, arms: Iterable[str], replications: int) -> None:
    """Make the tables of the parts, in the order of arms and replications."""
    import pyarrow.parquet as pq

    names = [part_name(arm, replication) for arm in arms for replication in range(replications)]
    for table in TABLES:
        files = [file for name in names if (file := folder / PARTS / table / name).is_file()]
        if not files:
            return
        with pq.ParquetWriter(folder / f"{table}.parquet", pq.read_schema(files[0]), **PARQUET) as writer:
            for file in files:
                writer.write_table(whole(file))
    shutil.rmtree(folder / PARTS)
