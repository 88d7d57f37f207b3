"""Checked pieces of a claims file as one table of claims: joined, completed, the statutory part computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.settle.book import Book
from sim.settle.columns import MISSING
from sim.settle.load import KEPT, Part
from sim.tables import UNKNOWN, Claims, Ints

if TYPE_CHECKING:
    import pyarrow as pa


class Loaded(NamedTuple):
    """Claims of one file, and what `Claims` has no column for; index = row."""

    claims: Claims
    row: Ints
    """Row in the file."""
    date: Ints
    """yyyymmdd, `MISSING` when not given."""
    ids: pa.ChunkedArray | None
    persons: pa.ChunkedArray | None
    computed: Any
    """[row] whether the statutory part was computed."""


def _joined(columns: list[Any]) -> Ints:
    """Compact columns as one of whole width; still one value if all are alike."""
    first = columns[0][:1]
    if all(column.strides == (0,) and len(column) and column[0] == first[0] for column in columns):
        return np.broadcast_to(np.int64(first[0]), (sum(map(len, columns)),))
    return np.concatenate(columns, dtype=np.int64)


def assemble(parts: list[Part], book: Book, benefit: Any) -> Loaded:
    """Join the pieces, compute statutory parts that were not given, and find who pays the rest.

    Args:
        parts: checked pieces; emptied on the way, so that memory holds every column once.
        book: institutions.
        benefit: `sim.benefit.Config`.
    """
    import pyarrow as pa

    from sim.settle import statutory

    ids = pa.chunked_array([p.ids for p in parts]) if parts and parts[0].ids is not None else None
    people = pa.chunked_array([p.persons for p in parts]) if parts and parts[0].persons is not None else None
    row = np.concatenate([p.row for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    size = len(row)
    v: dict[str, Ints] = {}
    for name in KEPT:
        v[name] = _joined([p.values.pop(name) for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    parts.clear()
    tier = book.providers.tier[v["provider"]]
    computed = v["statutory"] == MISSING
    resident: Ints = np.broadcast_to(np.int64(-1), (size,))
    for name in ("catastrophic", "assistance"):
        empty = v[name] == MISSING
        if empty.all():
            v[name] = np.zeros(size, dtype=np.int64) if computed.any() else np.broadcast_to(np.int64(0), (size,))
        elif empty.any():
            v[name][empty] = 0
    if (none := v["cost"] == MISSING).any():
        v["cost"] = np.broadcast_to(np.int64(0), (size,)) if none.all() else np.where(none, 0, v["cost"])
    if computed.any():
        resident = np.ascontiguousarray(_person_numbers(people, size))
        whole = {name: np.require(column, requirements=["C", "W"]) for name, column in v.items()}
        v |= {name: whole[name] for name in ("statutory", "catastrophic", "assistance")}
        bills = statutory.Bills(
            resident, whole["cases"], whole["insurance"], whole["category"], tier, whole["referred"], whole["charge"],
            whole["covered"], v["statutory"], v["catastrophic"], v["assistance"],
        )  # fmt: skip
        statutory.fill(benefit, bills, v["date"])
    dated = v["date"] >= 0
    month = np.where(dated, v["date"] // 100 % 100 - 1, -1)
    nothing = np.broadcast_to(np.int64(0), (size,))
    unknown = np.broadcast_to(np.int64(UNKNOWN), (size,))
    claims = Claims(
        cases=v["cases"], year=v["year"], month=month, day=_day_of_year(v["date"], dated), resident=resident,
        provider=v["provider"], tier=tier, community=book.providers.community[v["provider"]], home=v["home"],
        insurance=v["insurance"], category=v["category"], group=v["group"], severity=nothing, referred=v["referred"],
        days=v["days"], wait=nothing, charge=v["charge"], covered=v["covered"], statutory=v["statutory"],
        catastrophic=v["catastrophic"], assistance=v["assistance"],
        patient=v["charge"] - v["statutory"] - v["catastrophic"] - v["assistance"], cost=v["cost"],
        signed=unknown,
    )  # fmt: skip
    return Loaded(claims, row, v["date"], ids, people, computed)


def _person_numbers(people: Any, size: int) -> Ints:
    """Persons numbered from 0 in the order of their first row; -1 where not given."""
    if people is None:
        return np.broadcast_to(np.int64(-1), (size,))
    encoded = people.dictionary_encode().unify_dictionaries()
    chunks = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    return np.concatenate(chunks).astype(np.int64)


def _day_of_year(date: Ints, dated: Any) -> Ints:
    """0..364; the 366th day of a leap year counts as the 365th; -1 where not given."""
    if not dated.any():
        return np.broadcast_to(np.int64(-1), (len(date),))
    before = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int64)
    day = before[np.where(dated, date // 100 % 100 - 1, 0)] + date % 100 - 1
    return np.where(dated, np.minimum(day, 364), -1)
