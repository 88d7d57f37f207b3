"""Cells that are read in another sense than they stand, and cells that are empty: counted here, told by `assumed`."""

from __future__ import annotations

from collections import Counter

WIDE, UNIT, PERCENT, POSITION, FLOATS, ZONE, BINARY, ROUNDED, WIDER, CHECK, SERIAL = (
    "half-width", "unit", "per cent", "position", "floats", "zone", "binary", "rounded", "wider", "check", "serial",
)  # fmt: skip

Senses = dict[tuple[str, str], int]
"""(in which other sense, spelling of a position) -> cells"""


class Tally:
    """How often cells of a file were read in another sense than they stand, and how many were empty."""

    def __init__(self) -> None:
        self.senses = Counter[tuple[str, str, str]]()
        """(column, sense, spelling of a position) -> cells"""
        self.empty = Counter[str]()
        """By column."""
        self.rows = 0
        self.stays: int | None = None
        """Rows of stays, of claims: no other has days."""
        self.elsewhere = 0
        """Rows of claims that are not paid, at institutions that are in no file."""

    def add(self, column: str, senses: Senses) -> None:
        """What was met in some rows of a column."""
        for (sense, spelling), count in senses.items():
            if count:
                self.senses[column, sense, spelling] += count
