"""Small tables of users as rows of text: CSV (UTF-8 or GBK; comma, tab, semicolon or bar), or Parquet.

Tables of groups and of target figures are read here; the large files of `settle` are read in pieces by
`sim.settle.read.files`.  Lines that begin with # are comments.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sim.core.files.cells import EMPTY, is_error_word, plain
from sim.core.files.formats import ENDS, OPEN_QUOTE, cells_of, delimiter_of, encoding_of, headings_of, looked_at
from sim.core.files.parquet import batches, flat, names_of

MOST_FAULTS = 20
"""Faults told in one message."""


class Line(NamedTuple):
    """One line of a table below its headings."""

    number: int
    """As a spreadsheet counts: the headings are line 1, where no comment stands before them."""
    cells: list[str]
    """None where it is no row."""
    text: str
    fault: str
    """Why it is no row of the table; "" if it is one."""


def table_headings(path: Path) -> list[str]:
    """Headings of a table.

    Raises:
        ConfigError: if the file cannot be read or is no table.
    """
    if looked_at(path) == "parquet":
        return names_of(path)
    _, first = next(_separated(path), (0, []))
    return first if isinstance(first, list) else []


INEXACT = "must hold codes as text: this one is a number with a fraction, or so large that digits are lost"


def table_lines(path: Path, width: int, places: Sequence[int], codes: Collection[int] = ()) -> Iterator[Line]:
    """The lines of a table that are not blank.

    Args:
        path: the file.
        width: number of its headings.
        places: positions of the columns that are read; of Parquet the cells of others are empty.
        codes: positions of those that identify something.

    Raises:
        ConfigError: if the file cannot be read.
    """
    if looked_at(path) == "parquet":
        numbered = _of_parquet(path, width, list(places), codes)
    else:
        numbered = ((number, cells, "") for number, cells in _separated(path))
        next(numbered, None)
    for number, cells, inexact in numbered:
        if isinstance(cells, str):
            yield Line(number, [], cells, OPEN_QUOTE)
        elif not all(plain(cell) in EMPTY for cell in cells):
            fault = f"must have {width} cells, has {len(cells)}" if len(cells) != width else inexact
            yield Line(number, cells, ",".join(cells), fault)


def fractions_of(path: Path, places: Sequence[int]) -> int:
    """How many cells of some columns of a Parquet file are binary fractions; 0 for CSV."""
    import pyarrow.types as types

    if looked_at(path) != "parquet":
        return 0
    arrays = [flat(array) for batch in batches(path, list(places), set()) for array in batch]
    return sum(len(array) - array.null_count for array in arrays if types.is_floating(array.type))


def comments_of(path: Path) -> int:
    """How many lines of a table are comments."""
    return 0 if looked_at(path) == "parquet" else sum(_is_comment(line) for _, line in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a text with their numbers."""
    encoding = encoding_of(path)
    return enumerate(ENDS.split(path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)), 1)


def _is_comment(line: str) -> bool:
    """Whether a line is a comment; one that begins with an error word of a spreadsheet (#N/A) is not."""
    return line[:1] == "#" and not is_error_word(re.split(r"[,;\t|]", line)[0])


def _separated(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    """Number and cells of each line of a CSV file, the heading first; of a line with a broken quote its text."""
    lines = [(number, line) for number, line in _numbered(path) if not _is_comment(line)]
    while lines and not lines[0][1].strip():
        lines.pop(0)
    delimiter = delimiter_of(lines[0][1]) if lines else ","
    for number, line in lines[:1]:
        yield number, headings_of(path, number, line, delimiter)
    for number, line in lines[1:]:
        cells = cells_of(line, delimiter)
        yield number, line if cells is None else cells


def _of_parquet(
    path: Path, width: int, places: list[int], codes: Collection[int]
) -> Iterator[tuple[int, list[str] | str, str]]:
    """Number and cells of each row (empty in columns that are not read), and what is wrong with a code."""
    number = 1
    for arrays in batches(path, places, set()):
        for row in zip(*(flat(array).to_pylist() for array in arrays), strict=True):
            number += 1
            cells = [""] * width
            for at, cell in zip(places, row, strict=True):
                cells[at] = _cell(cell)
            named = (cell for at, cell in zip(places, row, strict=True) if at in codes and isinstance(cell, float))
            yield number, cells, "" if all(cell != cell or _is_whole(cell) for cell in named) else INEXACT


def _is_whole(cell: float) -> bool:
    """Whether a binary fraction is exactly one whole number."""
    return cell.is_integer() and abs(cell) < 2**53


def _cell(cell: Any) -> str:
    """A cell of Parquet as text; a binary fraction that is exactly a whole number as that number."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if _is_whole(cell) else f"{Decimal(repr(cell)):f}"
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def listed(what: str, faults: Sequence[str]) -> str:
    """The first faults of a table, and how many more there are.

    >>> print(listed("the table holds errors", ["row 2, weight: '-1' must be a number"]))
    the table holds errors
      row 2, weight: '-1' must be a number
    """
    left = len(faults) - MOST_FAULTS
    more = [f"  … {left:,} more"] if left > 0 else []
    return "\n".join([what, *(f"  {fault}" for fault in faults[:MOST_FAULTS]), *more])
