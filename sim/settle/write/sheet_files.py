"""CSV files for people, written and read back.

A cell that is text is written so that no spreadsheet calculates it (`sim.core.visible`); numbers stay numbers.  Amounts
are in yuan.  `read_sheet` gives headings, words and text as the program knows them, whatever the language of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.core.visible import neutral, restored
from sim.settle.write.sheets import Field, Sheet

_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,6})?", re.ASCII)


def write_sheet(
    path: Path, sheet: Sheet, names: Sequence[str], rows: Iterable[Sequence[object]], language: str = "en"
) -> None:
    """Write some columns of a sheet.

    Args:
        path: the file.
        sheet: what it is.
        names: of the columns of ``rows``; those of the other language are left out.
        rows: money as fen; None, nan or "" where there is nothing.
        language: "en" or "zh".
    """
    known = {field.name: field for field in sheet.fields}
    places = [place for place, name in enumerate(names) if known[name].only in ("", language)]
    fields = [known[names[place]] for place in places]
    cells = ([_cell(field, row[at], language) for field, at in zip(fields, places, strict=True)] for row in rows)
    _write(path, [field.heading(language) for field in fields], cells)


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table of which every `str` is text, with any headings, as a file that spreadsheets open as it is meant."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [heads, *([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)]
    )
    return text.getvalue().encode("utf-8-sig")


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file in UTF-8 with a byte order mark, so that spreadsheets open it as it is meant."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)


def in_yuan(fen: int) -> Decimal:
    """Fen as yuan with two decimals: a number, exactly.

    >>> str(in_yuan(-5)), str(in_yuan(123456)), str(in_yuan(0))
    ('-0.05', '1234.56', '0.00')
    """
    return Decimal(fen).scaleb(-2)


def _cell(field: Field, value: Any, language: str) -> object:
    """A value as it stands in the file."""
    if value is None or value == "" or value != value:
        return ""
    if field.kind == "money":
        return in_yuan(int(value))
    if field.kind == "word" and language == "zh":
        return neutral(field.terms.get(value, value))
    if field.kind in ("count", "number") or (field.kind == "cell" and _NUMBER.fullmatch(value)):
        return value
    return neutral(str(value))


def read_sheet(path: Path, sheet: Sheet) -> list[dict[str, str]]:
    """The rows of a file by name of the column: words as codes, text as it was before it was written."""
    known = {heading: field for field in sheet.fields for heading in (field.zh, field.name)}
    coded = {field.name: {word: code for code, word in field.terms.items()} for field in sheet.fields}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        names = [known[heading].name if heading in known else "" for heading in next(reader, [])]
        return [
            {name: coded[name].get(cell, restored(cell)) for name, cell in zip(names, row, strict=True) if name}
            for row in reader
        ]
