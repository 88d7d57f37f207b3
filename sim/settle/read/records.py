"""Records of what is read from a user's files: handed from one reading module to the next, and then to pricing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.tables import Claims, Floats, Ints, Providers

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_COLUMNS = (
    "provider", "date", "year", "insurance", "category", "group", "home", "referred", "cases", "days", "charge",
    "covered", "statutory", "catastrophic", "assistance", "patient", "cost",
)  # fmt: skip
"""Columns of a claims file that are kept as integers."""


class Book(NamedTuple):
    """Institutions, communities and case groups, with their codes and names as the user writes them."""

    codes: tuple[str, ...]
    """[provider]"""
    names: tuple[str, ...]
    providers: Providers
    communities: tuple[str, ...]
    groups: tuple[str, ...]
    group_names: tuple[str, ...]
    weights: Ints
    """[group] parts per million"""
    kinds: tuple[str, ...] = ()
    """[group] kind of an outpatient service, "" where it is none"""
    related: tuple[str, ...] = ()
    packaged: tuple[bool, ...] = ()
    gone: Mapping[str, tuple[str, ...]] = {"provider": (), "group": ()}
    """Codes of institutions and groups that stand only in bad rows: claims that name them are left out too."""


class Small(NamedTuple):
    """A small table: text columns as lists, others as integers."""

    text: dict[str, list[str]]
    values: dict[str, Ints]
    rows: Ints
    """Row numbers in the file."""
    gone: dict[str, list[str]]
    """By text column: the texts of rows that are left out."""


def compact(column: Ints) -> Any:
    """A column in less memory: one value if all are alike, 32 bits wide if they are small."""
    if not len(column):
        return column
    low, high = column.min(), column.max()
    if low == high:
        return np.broadcast_to(low, column.shape)
    return column.astype(np.int32) if low > -(2**31) and high < 2**31 else column


class Part(NamedTuple):
    """A checked piece of a claims file."""

    values: dict[str, Ints]
    row: Ints
    ids: Any
    persons: Any
    blank: dict[str, Any]
    """[row] cells that were empty, by column; columns without an empty cell are absent."""
    filled: frozenset[str]
    """Columns with at least one cell that was not empty."""
    strange: Any
    """[row] whether it names a case group that is not in the table, where no group is needed."""
    left: tuple[Any, ...] = ()
    """Numbers of claims that were left out, in pieces."""
    left_charge: int = 0
    """Sum of the charges of rows that were left out, fen, as far as they can be read."""

    def only(self, keep: Any) -> Part:
        """The rows where ``keep`` is true; the others are left out."""
        ids, persons = (None if texts is None else texts.filter(keep) for texts in (self.ids, self.persons))
        left = self.left if self.ids is None else (*self.left, self.ids.filter(~keep).drop_null())
        charge = self.left_charge + int(np.maximum(self.values["charge"][~keep], 0).sum())
        values = {name: compact(column[keep]) for name, column in self.values.items()}
        return self._replace(
            values=values,
            row=self.row[keep],
            ids=ids,
            persons=persons,
            blank={name: mask[keep] for name, mask in self.blank.items()},
            strange=compact(self.strange[keep]),
            left=left,
            left_charge=charge,
        )


class Loaded(NamedTuple):
    """Claims of one file, and further columns that `Claims` does not have; index = row."""

    claims: Claims
    row: Ints
    """Row in the file."""
    date: Ints
    """yyyymmdd, `MISSING` when not given."""
    ids: pa.ChunkedArray | None
    persons: pa.ChunkedArray | None
    computed: Any
    """[row] whether the statutory part was computed."""


class Spells(NamedTuple):
    """Contracts, one a row; index = row."""

    person: Ints
    """Number of the person."""
    persons: dict[str, int]
    community: Ints
    cost: Ints
    """Base-year cost of the person, fen."""
    months: Ints
    """Months from January on; `MISSING` where dates are given."""
    start: Ints
    """First and last day, yyyymmdd."""
    end: Ints


class Visits(NamedTuple):
    """Types of visits that have items: each is an ordered list of group numbers; types are groups behind all others."""

    types: tuple[tuple[int, ...], ...]
    book: Book
    """With the types as further groups."""


class Inputs(NamedTuple):
    """What the files hold."""

    loaded: Loaded
    """Claims of the settled year."""
    book: Book
    closed: Any
    """Closed years of the history, oldest first."""
    heads: Ints
    """[community] insured persons."""
    year: int
    """The settled year; 0 where the claims name none."""
    signed: Ints | None
    """[community] persons signed with a family doctor, where given."""
    scores: Floats | None
    """[community] assessment scores 0..1, where given."""
    spells: Spells | None = None
    """The signed list, person by person."""
    visits: Visits | None = None
    """Types of visits that have items."""
    computed: int = 0
    """Rows of the history of which the statutory part was computed."""
