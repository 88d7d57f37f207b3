"""Files as they come: CSV in UTF-8 or GB18030, or Parquet, read in pieces with the number of every row.

A line is a row: as many lines as there are in the file come out as rows, as refused rows, or as blank ones.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.errors import ConfigError
from sim.core.files.cells import plain
from sim.core.files.formats import BLOCK, ENDS, delimiter_of, encoding_of, headings_of, looked_at
from sim.core.files.headings import match
from sim.settle.read.columns import Column
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa


KEPT_SIGNS = 60
"""Length of a refused line, in signs, that is kept."""


class Refused(NamedTuple):
    """A line that is no row: too many or too few cells, a broken quote, a total."""

    row: int
    text: str
    """Its first `KEPT_SIGNS` signs."""
    rule: str


class Piece(NamedTuple):
    """Some rows of a file."""

    columns: dict[str, pa.Array]
    """By the name of the declaration, as they stand in the file; columns that are not there are absent."""
    rows: Ints
    """Number of each row as a spreadsheet shows it: the heading is row 1."""
    refused: tuple[Refused, ...]


class Source(NamedTuple):
    """A file and how it is to be read."""

    path: Path
    columns: tuple[Column, ...]
    headings: dict[str, str]
    """Declared name -> heading in the file."""
    places: dict[str, int]
    """Declared name -> position of its column."""
    shifts: dict[str, int]
    """Declared name -> by how many decimals the unit in the heading shifts its cells."""
    width: int
    """Columns of the file."""
    encoding: str
    """"" for Parquet."""
    delimiter: str
    ignored: tuple[tuple[str, str], ...]
    """Headings that mean nothing here, each with a known heading that is near, or ""."""


def open_source(path: Path, columns: tuple[Column, ...]) -> Source:
    """Find out how a file is written and which of the declared columns it has.

    Raises:
        CountyFundError: if it cannot be read, is no table, or lacks a required column.
    """
    if looked_at(path) == "parquet":
        from sim.core.files.parquet import names_of

        encoding = delimiter = ""
        names = names_of(path)
    else:
        encoding = encoding_of(path)
        delimiter, names = _heading(path, encoding)
    matched = match(path, names, columns)
    headings = {name: names[at] for name, at in matched.places.items()}
    return Source(
        path, columns, headings, matched.places, matched.shifts, len(names), encoding, delimiter, matched.ignored
    )


def cell_of(line: Refused, source: Source, name: str) -> str:
    """The cell of a column in a refused line; "" if it cannot be told from the part of the line that is kept."""
    cells = [cell.strip().strip('"') for cell in line.text.split(source.delimiter)] if source.delimiter else []
    cells = cells[:-1] if len(line.text) == KEPT_SIGNS else cells  # the last one may be cut off
    place = source.places.get(name, len(cells))
    return plain(cells[place]) if place < len(cells) else ""


def _heading(path: Path, encoding: str) -> tuple[str, list[str]]:
    """Delimiter and headings."""
    with path.open("rb") as file:
        first = file.readline(BLOCK).removeprefix(codecs.BOM_UTF8)
    line = ENDS.split(codecs.getincrementaldecoder(encoding)().decode(first), maxsplit=1)[0]
    delimiter = delimiter_of(line)
    names = headings_of(path, 1, line, delimiter)
    if not any(name.strip() for name in names):
        raise ConfigError("the file has no headings in its first row", where=str(path), todo="add them")
    return delimiter, names


def no_value(columns: dict[str, pa.Array]) -> npt.NDArray[np.bool_]:
    """[row] whether every cell is empty."""
    arrays = list(columns.values())
    if any(array.null_count == 0 for array in arrays):
        return np.zeros(len(arrays[0]), dtype=np.bool_)
    blank: npt.NDArray[np.bool_] = np.logical_and.reduce([a.is_null().to_numpy(zero_copy_only=False) for a in arrays])
    return blank


def raw_cell(columns: dict[str, Any]) -> Callable[[str, int], str]:
    """A function from column and position to the cell as it stands in the file."""

    def cell(column: str, position: int) -> str:
        if column not in columns:
            return ""
        scalar = columns[column][position]
        try:
            value = scalar.as_py()
        except (OverflowError, ValueError):  # a day or an instant beyond the years of Python
            return f"{scalar.type} {scalar.value}"
        return "" if value is None else str(value)[:80]

    return cell
