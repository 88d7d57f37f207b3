"""A file piece by piece, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator

from sim.core.errors import ConfigError
from sim.settle.read import csv_rows, parquet_rows
from sim.settle.read.files import Piece, Source


def pieces(source: Source) -> Iterator[Piece]:
    """The file from its beginning, piece by piece.

    Raises:
        CountyFundError: if there is no row below the headings, or the file breaks off.
    """
    rows = 0
    for piece in csv_rows.read(source) if source.encoding else parquet_rows.read(source):
        rows += len(piece.rows) + len(piece.refused)
        yield piece
    if not rows:
        raise ConfigError(
            "the file has headings but no rows", where=str(source.path), todo="fill it, or leave the file out"
        )
