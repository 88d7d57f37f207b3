"""Parquet in pieces: what it claims to hold is bounded by the size of the file, types that are no cells are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.cells import LONGEST, is_total
from sim.errors import ConfigError
from sim.settle.columns import Column
from sim.settle.files import Piece, Refused, Source, no_value
from sim.settle.lines import TOTAL, hints_at_total

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS = 1 << 18
"""Rows read at a time."""
LEAST, PER_BYTE = 100_000, 16
"""A file may hold so many rows, and so many more for each of its bytes: less than a bit a row is no table of bills."""
LARGEST_PAGES = 1 << 26
INFLATION = 200
"""Its columns may take so many bytes unpacked, and so many for each byte of the file."""
CODED = 1 << 10
"""Bytes of a text cell."""


def names_of(path: Path) -> list[str]:
    """Headings of a file.

    Raises:
        ConfigError: if it is no Parquet, is broken, or claims to hold more than a file of its size can.
    """
    with _opened(path) as file:
        names, meta, size = list(file.schema_arrow.names), file.metadata, path.stat().st_size
    most = LEAST + PER_BYTE * size
    unpacked = sum(meta.row_group(k).total_byte_size for k in range(meta.num_row_groups))
    if meta.num_rows > most:
        raise ConfigError(
            "the file claims too many rows for its size", where=str(path), value=meta.num_rows, bound=f"{most:,} rows",
            todo="give like bills as one row with their number in `cases`, or save the table as CSV",
        )  # fmt: skip
    if unpacked > LARGEST_PAGES + INFLATION * size:
        raise ConfigError(
            "the file claims to be too large when unpacked", where=str(path), value=unpacked,
            bound=f"{LARGEST_PAGES + INFLATION * size:,} bytes", todo="save the table as CSV",
        )  # fmt: skip
    return names


def _opened(path: Path, **how: Any) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, memory_map=False, **how)
    except (pa.ArrowException, OSError) as error:
        raise ConfigError("the file is not Parquet, or broken", where=str(path), todo=_short(error)) from None


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def read(source: Source) -> Iterator[Piece]:
    """The file from its beginning, piece by piece.

    Raises:
        CountyFundError: if a page is broken or a column holds no cells.
    """
    import pyarrow as pa

    with _opened(source.path) as file:
        for name, at in source.places.items():
            check_type(source, name, file.schema_arrow.field(at).type)
        texts = [source.headings[n] for n, at in source.places.items() if _is_text(file.schema_arrow.field(at).type)]
    first = 2
    with _opened(source.path, read_dictionary=texts) as file:
        batches = file.iter_batches(ROWS, columns=list(source.headings.values()))
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise ConfigError(
                    "the file is broken", where=f"{source.path}, behind row {first - 1}", todo=_short(error)
                ) from None
            if batch is None:
                return
            yield _piece(source, batch, first)
            first += batch.num_rows


def _piece(source: Source, batch: pa.RecordBatch, first: int) -> Piece:
    """Rows of a batch, without blank ones and totals."""
    raw = {name: batch.column(heading) for name, heading in source.headings.items()}
    said: dict[int, str] = {}
    for array in raw.values():
        said |= _totals(array)
    columns = {name: _flat(source, array) for name, array in raw.items()}
    rows = np.arange(first, first + batch.num_rows)
    keep = ~no_value(columns)
    keep[list(said)] = False
    if not keep.all():
        columns = {name: array.filter(keep) for name, array in columns.items()}
    return Piece(columns, rows[keep], tuple(Refused(first + at, said[at][:60], TOTAL) for at in sorted(said)))


def _totals(array: pa.Array) -> dict[int, str]:
    """Rows of a column of texts that say that they are totals, and the word."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(array.type) or not _is_text(array.type.value_type):
        return {}
    words = array.dictionary
    data = words.buffers()[2]
    if data is None or not hints_at_total(memoryview(data).tobytes()):
        return {}
    totals = {at: text for at, text in enumerate(words.to_pylist()) if text is not None and is_total(text)}
    rows = pc.is_in(array.indices, pa.array(list(totals), array.indices.type)).to_numpy(zero_copy_only=False)
    return {at: totals[array.indices[at].as_py()] for at in np.flatnonzero(rows).tolist()}


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def check_type(source: Source, name: str, kind: pa.DataType) -> None:
    """Refuse a column whose cells are no texts, numbers or dates.

    Raises:
        ConfigError: naming the column and its type.
    """
    import pyarrow as pa

    column: Column = next(column for column in source.columns if column.name == name)
    t = pa.types
    if t.is_dictionary(kind):
        kind = kind.value_type
    texts = (
        t.is_string(kind) or t.is_large_string(kind) or t.is_null(kind) or t.is_binary(kind) or t.is_large_binary(kind)
    )
    whole = t.is_integer(kind) or t.is_decimal(kind) or t.is_floating(kind)
    days = column.kind == "date" and (t.is_date(kind) or t.is_timestamp(kind))
    if not (texts or whole or days or kind == pa.string_view()):
        raise ConfigError(
            "a column of the file has a type that is not read", where=f"{source.path}, column {source.headings[name]}",
            value=str(kind)[:200], bound="text, numbers" + (", dates" if column.kind == "date" else ""),
            todo=f"give {name} as text",
        )  # fmt: skip


def _flat(source: Source, array: pa.Array) -> pa.Array:
    """Dictionaries as what they stand for; no text longer than any code or name can be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(array.type):
        return array
    values = array.dictionary
    if _is_text(values.type) and (pc.max(pc.binary_length(values)).as_py() or 0) > CODED:
        raise ConfigError(
            "a cell of the file is too long", where=str(source.path), bound=f"{LONGEST} characters",
            todo="check the columns of texts",
        )  # fmt: skip
    return array.cast(pa.string()) if _is_text(values.type) else array.dictionary_decode()
