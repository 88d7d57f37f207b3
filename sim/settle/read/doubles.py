"""Bills that are given twice: in a file, in two files, or row for row where they have no number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.core.text import Text, counted
from sim.settle.read.assemble import person_numbers
from sim.settle.read.check import Findings, Problem
from sim.settle.read.records import Loaded, Part
from sim.tables import Ints

COMPARED = ("insurance", "category", "group", "home", "referred", "provider", "cases", "days", "charge", "covered")
"""Columns in which two equal bills agree, besides date, person and the statutory part that is given."""


def without_doubles(path: Path, parts: list[Part], findings: Findings) -> list[Part]:
    """Leave out rows whose claim number was given before for the same year, and report them.

    Numbers may begin anew each year: a number that stands in two years is taken for two bills, which is said.
    """
    import pyarrow as pa

    if not parts or parts[0].ids is None:
        return parts
    if _all_different(pa.chunked_array([part.ids for part in parts])):
        return parts
    seen: dict[str, set[int]] = {}
    result = []
    for part in parts:
        double = np.zeros(len(part.row), dtype=np.bool_)
        years = part.values["year"].tolist()
        for position, (text, year) in enumerate(zip(part.ids.to_pylist(), years, strict=True)):
            if text is None:
                continue
            before = seen.setdefault(text, set())
            if year in before:
                double[position] = True
                row = int(part.row[position])
                findings.add(Problem(findings.name(path), row, "claim", text, "must not be given twice"))
            before.add(year)
        findings.add_rows(findings.name(path), int(double.sum()))
        result.append(part.only(~double))
    if count := sum(len(years) > 1 for years in seen.values()):
        findings.say(
            Text(
                f"{findings.name(path)}: {counted(count, 'claim number|numbers stands|stand')} in several years: "
                "taken as bills of their own",
                f"{findings.name(path)}：{count:,}个结算单号出现在不同年度，按不同的结算单处理",
            )
        )
    return result


def _all_different(texts: Any) -> bool:
    """Whether no text stands twice; quick where all texts are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not texts.null_count:
        try:
            numbers = np.sort(texts.cast(pa.int64()).to_numpy())
        except pa.ArrowInvalid:
            pass
        else:
            if (np.diff(numbers) > 0).all():
                return True
    return bool(pc.count_distinct(texts).as_py() == len(texts) - texts.null_count)


def say_same_numbers(now: Loaded, before: Loaded | None, findings: Findings) -> None:
    """Say how many claims have a number that stands in the history too: of another year, so another bill."""
    import pyarrow.compute as pc

    if before is None or now.ids is None or before.ids is None:
        return
    known = pc.drop_null(before.ids.combine_chunks())
    if count := int(pc.sum(pc.is_in(pc.drop_null(now.ids.combine_chunks()), known)).as_py() or 0):
        findings.say(
            Text(
                f"{counted(count, 'claim number|numbers stands|stand')} in the history too: taken as other bills, as "
                "they are of another year",
                f"有{count:,}个结算单号也出现在往年费用中：因年度不同，按不同的结算单处理",
            )
        )


def say_same_rows(name: str, loaded: Loaded, findings: Findings) -> None:
    """Say how many rows without a claim number are the same as an earlier one in every cell that counts."""
    rows = np.arange(len(loaded.row))
    if loaded.ids is not None:
        if not loaded.ids.null_count:
            return
        rows = rows[loaded.ids.is_null().to_numpy()]
    if count := _repeated(_cells(loaded, rows)):
        findings.say(
            Text(
                f"{name}: {counted(count, 'row|rows without a claim number repeats|repeat')} an earlier row in every "
                "cell: each counts as a bill",
                f"{name}：有{count:,}行无结算单号且与前面某行完全相同：各按一笔结算单计",
            )
        )


def _cells(loaded: Loaded, rows: Ints) -> list[Ints]:
    """The compared columns of some rows."""
    claims = loaded.claims
    statutory = np.where(loaded.computed, -1, claims.statutory)
    people = person_numbers(loaded.persons, len(loaded.row))
    return [column[rows] for column in (loaded.date, people, statutory, *(getattr(claims, name) for name in COMPARED))]


def _repeated(columns: list[Ints]) -> int:
    """Number of rows that equal an earlier row; found by a hash of the row, then compared in full."""
    if not columns or len(columns[0]) < 2:
        return 0
    key = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        key = (key ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    order = np.argsort(key, kind="stable")
    same = np.zeros(len(key), dtype=np.bool_)
    same[1:] = key[order][1:] == key[order][:-1]
    if not same.any():
        return 0
    alike = order[same | np.append(same[1:], False)]
    table = np.stack([column[alike] for column in columns], axis=1)
    return len(table) - len(np.unique(table, axis=0))
