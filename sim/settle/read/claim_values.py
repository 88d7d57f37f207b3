"""The cells of claims as values; and rows that are no bills, namely reversals and totals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.settle.read.check import Findings, Problem, Rule, negative
from sim.settle.read.columns import BAD, CLAIMS, MISSING, Column
from sim.settle.read.csv_rows import TOTAL
from sim.settle.read.files import Piece, Source
from sim.settle.read.integers import coded, integers
from sim.settle.read.senses import Tally
from sim.settle.read.texts import codes
from sim.tables import INPATIENT, Ints


def read_cells(
    source: Source, piece: Piece, lookups: dict[str, dict[str, int]], tally: Tally
) -> tuple[dict[str, Ints], dict[str, Any], list[Rule]]:
    """Integers and texts of a piece by column, and rules on texts.

    Args:
        source: the file.
        piece: some of its rows.
        lookups: codes and their numbers, by column.
        tally: cells that are empty, or read in another sense, are counted here.

    Returns:
        Integers by column (money in fen, codes as numbers), texts by column, and the rules that texts break.
    """
    values: dict[str, Ints] = {}
    texts: dict[str, Any] = {}
    rules = []
    tally.rows += len(piece.rows)
    for column in CLAIMS:
        name = column.name
        if name not in piece.columns:
            continue
        if column.kind not in ("text", "code"):
            read = integers(column, piece.columns[name], source.shifts.get(name, 0))
            values[name], senses, empty = read.values, read.senses, int((read.values == MISSING).sum())
        else:
            text = codes(piece.columns[name])
            senses, empty = text.senses, text.text.null_count
            if column.kind == "text":
                texts[name] = text.text
            else:
                values[name] = coded(text.text, lookups[name])
            for says, bad in text.faults.items():
                if column.kind == "code":
                    values[name][bad] = BAD
                if column.kind == "text" or name == "group":  # a group that nobody asks for may be unknown, not spoilt
                    rules.append(Rule(name, ~bad, says))
        tally.add(name, senses)
        tally.empty[name] += empty
    stays = values["category"] == INPATIENT
    tally.stays = (tally.stays or 0) + int(stays.sum())
    if "days" in values:  # a visit has none
        tally.empty["days"] -= int((~stays & (values["days"] == MISSING)).sum())
    return values, texts, rules


def reversals(columns: Sequence[Column], values: dict[str, Ints], size: int) -> int:
    """Number of rows that take a bill back: with a negative amount or number."""
    reversed_rows = np.zeros(size, dtype=np.bool_)
    for column in columns:
        reversed_rows |= negative(column, values[column.name])
    return int(reversed_rows.sum())


def ends_in_total(path: Path, parts: Sequence[Any], findings: Findings) -> bool:
    """Whether the last row is a total, which is reported.

    It is one if its charge is the sum of all others, with or without those that are left out, and nothing tells whose
    bill it is: it has no number, person and day; or it is the only one of several rows without a person.
    """
    last = parts[-1]
    rows = sum(len(part.row) for part in parts)
    if not len(last.row) or rows < 2:
        return False
    named = any(
        texts is not None and texts.null_count < len(texts) for part in parts for texts in (part.ids, part.persons)
    )
    dated = any((part.values["date"] >= 0).any() for part in parts)
    blank = all(texts is None or not texts[-1].is_valid for texts in (last.ids, last.persons))
    charge = int(last.values["charge"][-1])
    total = sum(int(part.values["charge"].sum()) for part in parts)
    bare = (named or dated) and blank and last.values["date"][-1] < 0
    nobody = rows > 2 and last.persons is not None and not last.persons[-1].is_valid
    alone = nobody and sum(part.persons.null_count for part in parts) == 1
    left = sum(part.left_charge for part in parts)
    if not (bare or alone) or not charge or 2 * charge not in (total, total + left):
        return False
    value = f"{charge // 100}.{charge % 100:02d}"
    findings.add(Problem(findings.name(path), int(last.row[-1]), "charge", value, TOTAL))
    findings.add_rows(findings.name(path), 1)
    return True
