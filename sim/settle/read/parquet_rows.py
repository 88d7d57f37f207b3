"""Parquet in pieces: rows, totals that are refused, and rows without a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.core.files.cells import is_total
from sim.core.files.parquet import batches, flat
from sim.settle.read.csv_rows import TOTAL, hints_at_total
from sim.settle.read.files import KEPT_SIGNS, Piece, Refused, Source, no_value

if TYPE_CHECKING:
    import pyarrow as pa


def read(source: Source) -> Iterator[Piece]:
    """The file from its beginning, piece by piece.

    Raises:
        CountyFundError: if a page is broken or a column holds no cells.
    """
    dates = {source.places[c.name] for c in source.columns if c.kind == "date" and c.name in source.places}
    first = 2
    for arrays in batches(source.path, list(source.places.values()), dates):
        piece = _piece(dict(zip(source.places, arrays, strict=True)), first)
        first += len(arrays[0])
        yield piece


def _piece(raw: dict[str, pa.Array], first: int) -> Piece:
    """Rows of a batch, without blank ones and totals."""
    totals: dict[int, str] = {}
    for array in raw.values():
        totals |= _totals(array)
    columns = {name: flat(array) for name, array in raw.items()}
    keep = ~no_value(columns)
    keep[list(totals)] = False
    rows = np.arange(first, first + len(keep))
    if not keep.all():
        columns = {name: array.filter(keep) for name, array in columns.items()}
    return Piece(
        columns, rows[keep], tuple(Refused(first + at, totals[at][:KEPT_SIGNS], TOTAL) for at in sorted(totals))
    )


def _totals(array: pa.Array) -> dict[int, str]:
    """Rows of a column of texts that say that they are totals, and the word."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(array.type):
        return {}
    words = array.dictionary
    data = words.buffers()[-1]
    if data is None or not hints_at_total(memoryview(data).tobytes()):
        return {}
    totals = {at: text for at, text in enumerate(words.to_pylist()) if isinstance(text, str) and is_total(text)}
    rows = pc.is_in(array.indices, pa.array(list(totals), array.indices.type)).to_numpy(zero_copy_only=False)
    return {at: totals[array.indices[at].as_py()] for at in np.flatnonzero(rows).tolist()}
