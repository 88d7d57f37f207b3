"""Files as they come: CSV in UTF-8 or GB18030, or Parquet, read in pieces with the number of every row."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.errors import CountyFundError
from sim.settle.columns import EMPTY, Column, plain
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 24
"""Bytes of CSV read at a time."""
ROWS = 1 << 18
"""Rows of Parquet read at a time."""


class Ragged(NamedTuple):
    """A line with too many or too few cells."""

    row: int
    cells: int
    expected: int
    text: str


class Piece(NamedTuple):
    """Some rows of a file."""

    columns: dict[str, pa.Array]
    """By the name of the declaration, as they stand in the file; columns that are not there are absent."""
    rows: Ints
    """Number of each row as a spreadsheet shows it: the heading is row 1."""
    ragged: tuple[Ragged, ...]


class Source(NamedTuple):
    """A file and how it is to be read."""

    path: Path
    columns: tuple[Column, ...]
    headings: dict[str, str]
    """Declared name -> heading in the file."""
    encoding: str
    delimiter: str
    ignored: tuple[str, ...]
    """Headings that mean nothing here."""


def open_source(path: Path, columns: tuple[Column, ...]) -> Source:
    """Find out how a file is written and which of the declared columns it has.

    Raises:
        CountyFundError: if it cannot be read, or lacks a required column.
    """
    if not path.is_file():
        raise CountyFundError("the file does not exist", where=str(path), todo="check the path")
    if path.suffix.lower() in (".parquet", ".pq"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            names = list(pq.read_schema(path).names)
        except (pa.ArrowException, OSError) as error:
            raise CountyFundError("the file is not Parquet", where=str(path), todo=str(error)) from None
        encoding = delimiter = ""
    elif path.suffix.lower() in (".xls", ".xlsx", ".et"):
        raise CountyFundError("workbooks are not read", where=str(path), todo="save the sheet as CSV (UTF-8)")
    else:
        encoding = detect_encoding(path)
        delimiter, names = _heading(path, encoding)
    return _matched(Source(path, columns, {}, encoding, delimiter, ()), names)


def detect_encoding(path: Path) -> str:
    """``utf-8`` (with or without a byte order mark) or ``gb18030``, whichever the whole file can be read in.

    Raises:
        CountyFundError: naming the line that is neither.
    """
    line = _undecodable(path, "utf-8")
    if line is None:
        return "utf-8"
    line = _undecodable(path, "gb18030")
    if line is None:
        return "gb18030"
    raise CountyFundError(
        "the file is neither UTF-8 nor GB18030 (GBK)", where=f"{path}, about line {line}", todo="save it as UTF-8"
    )


def _undecodable(path: Path, encoding: str) -> int | None:
    """The first line that cannot be read in an encoding, None if all can."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if encoding == "utf-8":
                block += file.readline()  # whole lines, so that blocks can be checked on their own, which is quick
                if _is_utf8(block):
                    line += block.count(b"\n")
                    continue
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _is_utf8(block: bytes) -> bool:
    import pyarrow as pa

    try:
        pa.array([block], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _heading(path: Path, encoding: str) -> tuple[str, list[str]]:
    """Delimiter and headings."""
    import csv

    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        first = file.readline()
    delimiter = max(",\t;|", key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    if not any(name.strip() for name in names):
        raise CountyFundError("the file has no headings in its first row", where=str(path), todo="add them")
    return delimiter, names


def _matched(source: Source, names: list[str]) -> Source:
    """Match headings with the declaration."""
    known = {heading.lower(): column.name for column in source.columns for heading in column.headings}
    headings: dict[str, str] = {}
    ignored = []
    for name in names:
        declared = known.get(plain(name.lstrip("\ufeff")).lower())
        if declared is None:
            ignored.append(name)
        elif declared in headings:
            raise CountyFundError(
                f"two columns hold {declared!r}", where=str(source.path), value=f"{headings[declared]}, {name}",
                todo="remove or rename one of them",
            )  # fmt: skip
        else:
            headings[declared] = name
    lacking = [column for column in source.columns if column.required and column.name not in headings]
    if lacking:
        wanted = "; ".join(" or ".join(column.headings[:2]) for column in lacking)
        raise CountyFundError(
            "the file lacks a required column", where=str(source.path), value=", ".join(names), bound=wanted,
            todo="docs/data.md lists all columns; `countyfund template` writes an example",
        )  # fmt: skip
    return source._replace(headings=headings, ignored=tuple(ignored))


def pieces(source: Source) -> Iterator[Piece]:
    """The file from its beginning, piece by piece."""
    return _parquet(source) if not source.encoding else _csv(source)


def _parquet(source: Source) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 2
    file = pq.ParquetFile(source.path)
    for batch in file.iter_batches(ROWS, columns=list(source.headings.values())):
        columns = {name: batch.column(heading) for name, heading in source.headings.items()}
        flat = {
            name: array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
            for name, array in columns.items()
        }
        yield Piece(flat, np.arange(first, first + batch.num_rows), ())
        first += batch.num_rows


class _Lines:
    """Lines that the CSV reader refuses, and the row numbers of those that it takes."""

    def __init__(self) -> None:
        self.refused: list[int] = []  # 0-based data rows, rising
        self.ragged: list[Ragged] = []

    def __call__(self, invalid: Any) -> str:
        row = int(invalid.number)
        self.refused.append(row - 2)
        if invalid.text.strip(' \t,;|"'):
            self.ragged.append(Ragged(row, invalid.actual_columns, invalid.expected_columns, invalid.text))
        return "skip"

    def rows(self, first: int, count: int) -> Ints:
        """Numbers of ``count`` taken rows of which ``first`` is the 0-based position among all taken."""
        taken = np.arange(first, first + count)
        before = np.array(self.refused, dtype=np.int64) - np.arange(len(self.refused))
        return taken + np.searchsorted(before, taken, side="right") + 2

    def pop(self, last: int) -> tuple[Ragged, ...]:
        """Ragged lines up to a row, each once."""
        done = tuple(line for line in self.ragged if line.row <= last)
        self.ragged = [line for line in self.ragged if line.row > last]
        return done


def _without_blank(piece: Piece) -> Piece:
    """Leave out rows without any value, such as a spreadsheet adds at its end."""
    if any(array.null_count == 0 for array in piece.columns.values()):
        return piece
    blank = np.logical_and.reduce([array.is_null().to_numpy(zero_copy_only=False) for array in piece.columns.values()])
    if not blank.any():
        return piece
    return Piece(
        {name: array.filter(~blank) for name, array in piece.columns.items()}, piece.rows[~blank], piece.ragged
    )


def _csv(source: Source) -> Iterator[Piece]:
    import pyarrow as pa
    from pyarrow import csv

    lines = _Lines()
    text = pa.string()
    try:
        reader = csv.open_csv(
            source.path,
            csv.ReadOptions(block_size=BLOCK, encoding=source.encoding, use_threads=False),
            csv.ParseOptions(
                delimiter=source.delimiter,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=lines,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys([*source.headings.values(), *source.ignored], text),
                include_columns=list(source.headings.values()),
                null_values=list(EMPTY),
                strings_can_be_null=True,
            ),
        )
        position = 0
        for batch in reader:
            rows = lines.rows(position, batch.num_rows)
            position += batch.num_rows
            columns = {name: batch.column(heading) for name, heading in source.headings.items()}
            last = int(rows[-1]) if len(rows) else 0
            yield _without_blank(Piece(columns, rows, lines.pop(last)))
    except pa.ArrowInvalid as error:
        raise CountyFundError("the file cannot be read as CSV", where=str(source.path), todo=str(error)) from None
    rest = lines.pop(2**62)
    if rest:
        yield Piece({name: pa.array([], text) for name in source.headings}, np.zeros(0, dtype=np.int64), rest)
