"""A column of a user's file as it is declared, and one cell of it read exactly; shared by every table that is read."""

from __future__ import annotations

import re
from typing import NamedTuple

MISSING = -(2**61)
"""Stands for an empty cell in a column of integers."""
BAD = -(2**62)
"""Stands for a cell that cannot be read."""

EMPTY = ("", "NULL", "null", "Null", "-", "--", "—", "\\N", "无", "空", "None", "NA", "N/A", "NaN", "nan", "/")
"""Cells that count as empty."""

_EXCEL_TEXT = re.compile(r'="(.*)"')
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")


class Column(NamedTuple):
    """One column of a user's file."""

    name: str
    zh: str
    kind: str
    """text, code (text that refers to another file), money, count, weight, date, year, tier, category ..."""
    required: bool
    doc: str
    example: str
    other: tuple[str, ...] = ()
    """Further headings that are understood."""
    low: int = 0
    high: int = 10**13

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings that are understood."""
        return (self.name, self.zh, *self.other)


def plain(text: str) -> str:
    """A cell without what exports put around text: blanks, tabs, a leading apostrophe, ="...".

    >>> plain('="0012"'), plain("'0012"), plain(" 0012\\t")
    ('0012', '0012', '0012')
    """
    text = text.strip().removeprefix("'")
    quoted = _EXCEL_TEXT.fullmatch(text)
    return quoted[1] if quoted else text


def read_weight(text: str) -> int:
    """A weight in parts per million, `BAD` if it is no number or has more than six decimals.

    >>> read_weight("0.45"), read_weight("1"), read_weight("0.1234567") == BAD
    (450000, 1000000, True)
    """
    found = re.fullmatch(r"(\d{1,6})(?:\.(\d{1,6})0*)?", text)
    return int(found[1]) * 10**6 + int((found[2] or "").ljust(6, "0")) if found else BAD


def looks_rounded(text: str) -> bool:
    """Whether a code was turned into a number by a spreadsheet, so that digits are lost.

    >>> looks_rounded("1.23E+17"), looks_rounded("E10")
    (True, False)
    """
    return bool(_ROUNDED.fullmatch(text))
