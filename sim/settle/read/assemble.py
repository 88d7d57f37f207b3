"""Checked pieces of a claims file as one table of claims: joined, completed, the statutory part computed."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from sim.core.errors import CountyFundError
from sim.core.text import Text, counted
from sim.core.units import MOST_COUNT, MOST_MONEY, yuan_text
from sim.settle.read.check import Findings, Problem
from sim.settle.read.columns import MISSING
from sim.settle.read.records import KEPT_COLUMNS, Book, Loaded, Part
from sim.tables import UNKNOWN, Claims, Ints


def _joined(columns: list[Any]) -> Ints:
    """Compact columns as one column of 64 bits; still one value if all are alike."""
    first = columns[0][:1]
    if all(column.strides == (0,) and len(column) and column[0] == first[0] for column in columns):
        return np.broadcast_to(np.int64(first[0]), (sum(map(len, columns)),))
    return np.concatenate(columns, dtype=np.int64)


def assemble(parts: list[Part], book: Book, benefit: Any, path: Path, findings: Findings) -> Loaded:
    """Join the pieces, compute statutory parts that were not given, and find who pays the rest.

    Args:
        parts: checked pieces; emptied on the way, so that memory holds every column once.
        book: institutions.
        benefit: `sim.county.benefit.Config`.
        path: their file.
        findings: takes rows whose given parts contradict what was computed, which are left out, and notes.

    Raises:
        CountyFundError: if the file holds more money, cases or days than there can be.
    """
    import pyarrow as pa

    ids = pa.chunked_array([p.ids for p in parts]) if parts and parts[0].ids is not None else None
    people = pa.chunked_array([p.persons for p in parts]) if parts and parts[0].persons is not None else None
    row = np.concatenate([p.row for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    values: dict[str, Ints] = {}
    for name in KEPT_COLUMNS:
        values[name] = _joined([p.values.pop(name) for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    parts.clear()
    _check_sums(path, values)
    computed = values["statutory"] == MISSING
    for name in ("catastrophic", "assistance", "cost"):
        values[name] = _or_zero(values[name], (values[name] == MISSING) & (~computed if name != "cost" else True))
    resident = np.broadcast_to(np.int64(-1), (len(row),))
    if computed.any():
        resident = np.ascontiguousarray(person_numbers(people, len(row)))
        keep = _compute(values, resident, computed, book, benefit, path, row, findings)
        if not keep.all():
            values = {name: column[keep] for name, column in values.items()}
            row, resident, computed = row[keep], resident[keep], computed[keep]
            ids, people = (None if texts is None else texts.filter(pa.array(keep)) for texts in (ids, people))
    return Loaded(_claims(values, resident, book), row, values["date"], ids, people, computed)


def _or_zero(column: Ints, empty: Any) -> Ints:
    """A column with 0 in place of empty cells; one value if all cells are empty."""
    if not empty.any():
        return column
    return np.broadcast_to(np.int64(0), column.shape) if empty.all() else np.where(empty, 0, column)


def _check_sums(path: Path, values: dict[str, Ints]) -> None:
    """Check that the sums of the file are small enough for exact integers (`sim.core.units`).

    Raises:
        CountyFundError: naming the column whose sum is too large.
    """
    for name, most, unit, scale in (
        ("charge", MOST_MONEY, " yuan", 100),
        ("cost", MOST_MONEY, " yuan", 100),
        ("cases", MOST_COUNT, "", 1),
        ("days", MOST_COUNT, "", 1),
    ):
        total = float(np.maximum(values[name], 0).sum(dtype=np.float64))
        if total > most:
            raise CountyFundError(
                f"the column {name} sums to more than there can be",
                where=str(path),
                value=f"{total / scale:,.0f}{unit}",
                bound=f"<= {most // scale:,}{unit}",
                todo="check the unit of the column (yuan, cases, days)",
            )


PARTS_PAID = ("statutory", "catastrophic", "assistance")


def _compute(
    values: dict[str, Ints],
    resident: Ints,
    computed: Any,
    book: Book,
    benefit: Any,
    path: Path,
    row: Ints,
    findings: Findings,
) -> Any:
    """Compute the parts of bills that were not given, in place, and say which given parts stand beside them.

    Returns:
        [row] False where a given part contradicts the computed parts; other rows are computed without such rows.
    """
    from sim.settle.read import statutory

    given = {name: np.array(values[name]) for name in PARTS_PAID}
    keep = np.ones(len(row), dtype=np.bool_)
    for again in count():
        values |= {
            name: np.where(keep, column, np.where(column == MISSING, 0, column)) for name, column in given.items()
        }
        writable = {name: np.require(column, requirements=["C", "W"]) for name, column in values.items()}
        bills = statutory.Bills(
            np.where(keep, resident, -1),
            writable["year"],
            writable["cases"],
            writable["insurance"],
            writable["category"],
            book.providers.tier[values["provider"]],
            writable["referred"],
            writable["charge"],
            writable["covered"],
            *(writable[name] for name in PARTS_PAID),
        )
        ruled = statutory.fill(benefit, bills, values["date"])
        values |= {name: writable[name] for name in PARTS_PAID}
        rest = values["charge"] - values["statutory"] - values["catastrophic"] - values["assistance"]
        wrong = keep & computed & ((rest < 0) | ((values["patient"] != MISSING) & (values["patient"] != rest)))
        if not wrong.any():
            break
        at = np.flatnonzero(wrong)
        if again < PASSES:
            at = _first_of_each(at, resident, values["year"], values["date"])
        _report(path, values, row, at, rest, findings)
        keep[at] = False
    _say_given(path, {name: column[keep & computed] for name, column in given.items()}, ruled, findings)
    return keep


PASSES = 20
"""Rounds in which only a person's first contradiction of a year is left out: later bills may be right without it."""


def _first_of_each(rows: Ints, person: Ints, year: Ints, date: Ints) -> Ints:
    """Of some rows the first one of each person and year, and all rows that name no person."""
    rows = rows[np.lexsort((date[rows], year[rows], person[rows]))]
    later = (np.diff(person[rows], prepend=-2) == 0) & (np.diff(year[rows], prepend=-2) == 0) & (person[rows] >= 0)
    return np.sort(rows[~later])


PAID_ZH = {"catastrophic": "大病保险支付", "assistance": "医疗救助支付"}


def _say_given(path: Path, given: dict[str, Ints], ruled: tuple[int, int], findings: Findings) -> None:
    """Say which parts stay as given beside a computed statutory part, and what the rules would have made of them."""
    for name, by_rules in zip(PARTS_PAID[1:], ruled, strict=True):
        amounts = given[name][given[name] != MISSING]
        if len(amounts):
            total = yuan_text(int(amounts.sum()))
            findings.say(
                Text(
                    f"{findings.name(path)}: the {name} part of {counted(len(amounts), 'row|rows')} is given where the "
                    f"statutory part is computed, and stays: {total} yuan given, {yuan_text(by_rules)} by the benefit "
                    "rules",
                    f"{findings.name(path)}：统筹按待遇计算的行中有{len(amounts):,}行已给出{PAID_ZH[name]}，按所给金额："
                    f"给出{total}元，按待遇政策为{yuan_text(by_rules)}元",
                )
            )


def _report(path: Path, values: dict[str, Ints], row: Ints, wrong: Ints, rest: Ints, findings: Findings) -> None:
    """Report rows whose parts do not sum to the charge once the statutory part is computed."""
    findings.add_rows(findings.name(path), len(wrong))
    for at in wrong.tolist():
        paid = ", ".join(f"{name} {yuan_text(int(values[name][at]))}" for name in PARTS_PAID)
        stated = int(values["patient"][at])
        name, value = (
            ("charge", int(values["charge"][at])) if stated == MISSING or rest[at] < 0 else ("patient", stated)
        )
        rule = f"must be what the computed and given parts leave: {paid}, patient {yuan_text(int(rest[at]))}"
        findings.add(Problem(findings.name(path), int(row[at]), name, yuan_text(value), rule))


def _claims(values: dict[str, Ints], resident: Ints, book: Book) -> Claims:
    """Complete columns as a table of claims."""
    size = len(values["charge"])
    dated = values["date"] >= 0
    month = np.where(dated, values["date"] // 100 % 100 - 1, -1)
    nothing = np.broadcast_to(np.int64(0), (size,))
    unknown = np.broadcast_to(np.int64(UNKNOWN), (size,))
    return Claims(
        cases=values["cases"],
        year=values["year"],
        month=month,
        day=_day_of_year(values["date"], dated),
        resident=resident,
        provider=values["provider"],
        tier=book.providers.tier[values["provider"]],
        community=book.providers.community[values["provider"]],
        home=values["home"],
        insurance=values["insurance"],
        category=values["category"],
        group=values["group"],
        severity=nothing,
        referred=values["referred"],
        days=values["days"],
        wait=nothing,
        charge=values["charge"],
        covered=values["covered"],
        statutory=values["statutory"],
        catastrophic=values["catastrophic"],
        assistance=values["assistance"],
        patient=values["charge"] - values["statutory"] - values["catastrophic"] - values["assistance"],
        cost=values["cost"],
        signed=unknown,
        admitted=unknown,
    )


def person_numbers(people: Any, size: int) -> Ints:
    """Persons numbered from 0 in the order of their first row; -1 where not given."""
    if people is None or not size:
        return np.broadcast_to(np.int64(-1), (size,))
    import pyarrow as pa

    texts = people.cast(pa.large_string()).combine_chunks()  # dictionaries of pieces would have to be joined once more
    encoded = texts.dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _day_of_year(date: Ints, dated: Any) -> Ints:
    """0..364; the 366th day of a leap year counts as the 365th; -1 where not given."""
    if not dated.any():
        return np.broadcast_to(np.int64(-1), (len(date),))
    before = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int64)
    day = before[np.where(dated, date // 100 % 100 - 1, 0)] + date % 100 - 1
    return np.where(dated, np.minimum(day, 364), -1)
