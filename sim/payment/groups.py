"""Tables of case groups (DRG, DIP, APG) that a county replaces by its own: CSV, up to 16,000 rows, checked on load.

Columns: ``code`` (unique), ``name``, ``weight`` (relative weight or score, 0 to 1,000); for outpatient groups also
``kind`` (procedure, medical or ancillary), ``related`` (consolidation class, may be empty) and ``packaged`` (1 or 0).
Other columns are left alone.  UTF-8 or GBK; lines that begin with # are comments.  Every fault is told, up to
`MOST_FAULTS`, with file, row, column, value and rule.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.errors import ConfigError
from sim.tables import Ints
from sim.units import ppm

MOST_GROUPS = 16_000
MOST_FAULTS = 20
MOST_WEIGHT = 1_000
KINDS = ("procedure", "medical", "ancillary")


class GroupTable(NamedTuple):
    """Case groups; index = group number."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    weights: Ints
    """Relative weights or scores, ppm."""
    kinds: tuple[str, ...] = ()
    """Outpatient groups: `KINDS`."""
    related: tuple[str, ...] = ()
    """Outpatient groups: consolidation class, "" = of its own."""
    packaged: tuple[bool, ...] = ()
    """Outpatient groups: whether an ancillary is packaged."""

    def numbers(self) -> dict[str, int]:
        """Group number by code."""
        return {code: number for number, code in enumerate(self.codes)}


class Fault(NamedTuple):
    """One fault of a table."""

    row: int
    """Line of the file, the heading is 1 when no comment precedes it."""
    column: str
    value: str
    rule: str


def read_groups(path: Path, kind: str) -> GroupTable:
    """Read and check a table.

    Args:
        path: the CSV file.
        kind: "drg", "dip" or "apg"; an outpatient table needs ``kind``, ``related`` and ``packaged`` too.

    Raises:
        ConfigError: naming the first faults.
    """
    lines = [(n, line) for n, line in enumerate(_text(path).splitlines(), start=1) if line and line[0] != "#"]
    numbers = [n for n, _ in lines]
    rows = list(csv.reader(line for _, line in lines))
    heading = [cell.strip() for cell in rows[0]] if rows else []
    needed = ["code", "name", "weight", *(["kind", "related", "packaged"] if kind == "apg" else [])]
    missing = [column for column in needed if column not in heading]
    if missing:
        raise ConfigError(
            f"the group table has no column {missing[0]!r}", where=str(path), value=", ".join(heading),
            bound=", ".join(needed), todo="add the column",
        )  # fmt: skip
    body = [(n, dict(zip(heading, row, strict=False))) for n, row in zip(numbers[1:], rows[1:], strict=False)]
    if not 0 < len(body) <= MOST_GROUPS:
        raise ConfigError(
            "the group table has too few or too many rows", where=str(path), value=len(body),
            bound=f"1..{MOST_GROUPS} rows", todo="add or merge groups",
        )  # fmt: skip
    faults = _faults(body, kind)
    if faults:
        _refuse(path, faults)
    columns = {name: tuple((row[name] or "").strip() for _, row in body) for name in needed}
    weights = np.array([ppm(float(w)) for w in columns["weight"]], dtype=np.int64)
    table = GroupTable(columns["code"], columns["name"], weights)
    if kind != "apg":
        return table
    packaged = tuple(value == "1" for value in columns["packaged"])
    return table._replace(kinds=columns["kind"], related=columns["related"], packaged=packaged)


def _text(path: Path) -> str:
    """The file's text, UTF-8 or GBK."""
    if not path.is_file():
        raise ConfigError("the group table does not exist", where=str(path), todo="give a CSV file")
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError("the group table is neither UTF-8 nor GBK", where=str(path), todo="save it as UTF-8")


def _faults(body: list[tuple[int, dict[str, str]]], kind: str) -> list[Fault]:
    """Every fault of every row, in the order of the file."""
    faults, seen = [], dict[str, int]()
    for number, row in body:
        code, weight = (row.get("code") or "").strip(), (row.get("weight") or "").strip()
        if not code:
            faults.append(Fault(number, "code", code, "not empty"))
        elif code in seen:
            faults.append(Fault(number, "code", code, f"unique; already in row {seen[code]}"))
        seen.setdefault(code, number)
        if not _within(weight):
            faults.append(Fault(number, "weight", weight, f"a number, 0 <= weight <= {MOST_WEIGHT}"))
        faults.extend(Fault(number, name, "", "a cell for each column") for name in ("name",) if name not in row)
        if kind == "apg":
            faults.extend(_outpatient_faults(number, row))
    return faults


def _outpatient_faults(number: int, row: dict[str, str]) -> list[Fault]:
    faults = []
    kind, packaged = (row.get("kind") or "").strip(), (row.get("packaged") or "").strip()
    if kind not in KINDS:
        faults.append(Fault(number, "kind", kind, " or ".join(KINDS)))
    if packaged not in ("0", "1"):
        faults.append(Fault(number, "packaged", packaged, "0 or 1"))
    if "related" not in row:
        faults.append(Fault(number, "related", "", "a cell for each column"))
    return faults


def _within(text: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and 0 <= value <= MOST_WEIGHT


def _refuse(path: Path, faults: list[Fault]) -> None:
    """Stop, telling the first faults in full."""
    first = faults[0]
    told = "; ".join(f"row {f.row}, {f.column} = {f.value!r}: {f.rule}" for f in faults[1:MOST_FAULTS])
    more = f" Also: {told}." if told else ""
    rest = f" And {len(faults) - MOST_FAULTS} more." if len(faults) > MOST_FAULTS else ""
    raise ConfigError(
        f"the group table has {len(faults)} fault{'s' if len(faults) > 1 else ''}.{more}{rest}",
        where=f"{path}, row {first.row}, column {first.column!r}", value=first.value, bound=first.rule,
        todo="mend the table",
    )  # fmt: skip
