"""Cells that are read in another sense than they stand, and cells that are empty: counted here, told by `assumed`."""

from __future__ import annotations

from collections import Counter

WIDE, UNIT, PERCENT, POSITION, FLOATS, ZONE, BINARY, ROUNDED, WIDER, CHECK, SERIAL = (
    "half-width",
    "unit",
    "per cent",
    "position",
    "floats",
    "zone",
    "binary",
    "rounded",
    "wider",
    "check",
    "serial",
)

Senses = dict[tuple[str, str], int]
"""(in which other sense, spelling of a position) -> cells"""


class Tally:
    """Counts of a file: cells that were read in another sense than they stand, and cells that were empty."""

    def __init__(self) -> None:
        self.senses = Counter[tuple[str, str, str]]()
        """(column, sense, spelling of a position) -> cells"""
        self.empty = Counter[str]()
        """By column."""
        self.rows = 0
        self.stays: int | None = None
        """In claims, rows that are stays: only these have days."""
        self.elsewhere = 0
        """In claims, rows that are not paid and name an institution that is in no file."""

    def add(self, column: str, senses: Senses) -> None:
        """Add the counts of some rows of a column."""
        for (sense, spelling), count in senses.items():
            if count:
                self.senses[column, sense, spelling] += count
