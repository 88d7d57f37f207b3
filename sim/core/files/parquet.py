"""Parquet files of users: what they claim to hold is bounded by their size, types that are no cells are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.core.errors import ConfigError
from sim.core.files.cells import LONGEST

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS = 1 << 18
"""Rows read at a time."""
LEAST, PER_BYTE = 100_000, 16
"""A file may hold so many rows, and so many more for each of its bytes: less than a bit a row is no table of bills."""
LARGEST, INFLATION = 1 << 26, 200
"""Its columns may take so many bytes unpacked, and so many more for each byte of the file."""
CELL = 1 << 10
"""Bytes of a text."""


def names_of(path: Path, per_byte: int = PER_BYTE) -> list[str]:
    """Headings of a file.

    Args:
        path: the file.
        per_byte: rows that it may hold for each of its bytes.

    Raises:
        ConfigError: if it is no Parquet, is broken, or claims to hold more than a file of its size can.
    """
    with _opened(path) as file:
        names, meta, size = list(file.schema_arrow.names), file.metadata, path.stat().st_size
    unpacked = sum(meta.row_group(k).total_byte_size for k in range(meta.num_row_groups))
    for what, claimed, most in (
        ("too many rows", meta.num_rows, LEAST + per_byte * size),
        ("too many bytes when unpacked", unpacked, LARGEST + INFLATION * size),
    ):
        if not 0 <= claimed <= most:
            raise ConfigError(
                f"the file claims {what} for its size",
                where=str(path),
                value=claimed,
                bound=f"at most {most:,}",
                todo="give like bills as one row with their number in `cases`, or save the table as CSV",
            )
    return names


def rows_of(path: Path) -> int:
    """Number of rows that a file claims to hold."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def batches(path: Path, places: list[int], dates: set[int]) -> Iterator[list[pa.Array]]:
    """Read some columns, a batch of rows at a time; texts are dictionary-coded, so that each takes its room once.

    Args:
        path: the file.
        places: positions of the columns.
        dates: those that may hold dates.

    Raises:
        ConfigError: if a column holds no cells, a text is too long, or a page is broken.
    """
    import pyarrow as pa

    with _opened(path) as file:
        fields = [file.schema_arrow.field(at) for at in places]
        leaf = {file.schema.column(k).path: k for k in range(len(file.schema))}
    for at, field in zip(places, fields, strict=True):
        if not _is_read(field.type, at in dates):
            raise ConfigError(
                "a column of the file has a type that is not read",
                where=f"{path}, column {field.name}",
                value=str(field.type)[:200],
                bound="text, numbers" + (", dates" if at in dates else ""),
                todo="give it as text",
            )
    texts = [field.name for field in fields if _is_text(field.type) and field.name in leaf]
    done = 0
    with _opened(path, read_dictionary=texts) as file:
        record_batches = file.iter_batches(ROWS, columns=[field.name for field in fields], use_threads=False)
        while True:
            try:
                batch = next(record_batches, None)
                arrays = [] if batch is None else [batch.column(field.name) for field in fields]
                for array in arrays:
                    array.validate(full=True)  # bytes that are no UTF-8 are no text
            except (pa.ArrowException, OSError, ValueError) as error:
                where = f"{path}, behind row {done + 1}"
                raise ConfigError("the file is broken", where=where, todo=_short(error)) from None
            if batch is None:
                return
            yield [_bounded(path, array) for array in arrays]
            done += batch.num_rows


def flat(array: pa.Array) -> pa.Array:
    """A dictionary-coded array as plain values; texts of any kind as plain texts."""
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        return array
    return array.cast(pa.string()) if _is_text(array.type.value_type) else array.dictionary_decode()


def _opened(path: Path, **how: Any) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=False, page_checksum_verification=True, **how)
        if not file.schema_arrow.names:  # which also fails where a heading is no text
            raise ValueError("it has no columns")
        return file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ConfigError("the file is not Parquet, or broken", where=str(path), todo=_short(error)) from None


def whole(path: Path, keep: Callable[[pa.Table], pa.Array] | None = None) -> pa.Table:
    """A table that this program wrote, or the rows of it that ``keep`` marks.

    It is read in this thread: other readers of pyarrow wait for ever if the system starts no more threads.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
        if keep is None:
            return file.read(use_threads=False)
        parts = (file.read_row_group(number, use_threads=False) for number in range(file.num_row_groups))
        return pa.concat_tables([part.filter(keep(part)) for part in parts])


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _bounded(path: Path, array: pa.Array) -> pa.Array:
    """The array, if no text in it is longer than any code or name can be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = _texts(array)
    long = (_is_text(texts.type) or pa.types.is_binary(texts.type)) and pc.max(pc.binary_length(texts)).as_py()
    if long and long > CELL:
        raise ConfigError(
            "a cell of the file is too long", where=str(path), bound=f"{LONGEST} characters", todo="check its columns"
        )
    return array


def _texts(array: pa.Array) -> pa.Array:
    import pyarrow as pa

    return array.dictionary if pa.types.is_dictionary(array.type) else array


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view())


def _is_read(kind: pa.DataType, date: bool) -> bool:
    """Whether a column of this type holds texts, numbers or, where they may be, dates."""
    import pyarrow.types as t

    if t.is_dictionary(kind):
        kind = kind.value_type
    plain = _is_text(kind) or t.is_null(kind) or t.is_binary(kind) or t.is_large_binary(kind)
    number = t.is_integer(kind) or t.is_decimal(kind) or t.is_floating(kind)
    return bool(plain or number or (date and (t.is_date(kind) or t.is_timestamp(kind))))
