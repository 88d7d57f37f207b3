"""Tables of case groups (DRG, DIP, APG): the one place where they are read and checked.

A county replaces them by its own CSV: the simulation's illness tables, which have further columns, and the group table
of `settle`.  UTF-8 or GBK; comma, tab, semicolon or bar; headings in English or Chinese in any order; other columns
are left alone; lines that begin with # are comments.  Every cell is checked and every fault told, with file, row (as a
spreadsheet counts), column, value and rule.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sim.cells import BAD, EMPTY, Column, looks_rounded, plain
from sim.errors import ConfigError

MOST_GROUPS = 16_000
"""The engines keep a group in 14 bits; a real DIP catalogue has up to 15,000."""
MOST_FAULTS = 20
"""Faults told in one message."""

GROUP = Column("group", "病组编码", "text", True, "Code of the case group; unique.", "G03",
               ("DRG编码", "DIP编码", "病种编码", "分组编码", "code"))  # fmt: skip
NAME = Column("name", "病组名称", "text", False, "Name.", "慢性阻塞性肺疾病", ("病种名称", "分组名称"))
WEIGHT = Column("weight", "权重", "weight", True,
                "Relative weight, kept to a millionth; or a column `score` (分值), which is divided by 1,000.", "0.90",
                ("RW", "相对权重", "分值系数"), 1, 1_000 * 10**6)  # fmt: skip
KINDS = ("procedure", "medical", "ancillary")
KIND_TERMS: dict[str, tuple[str, ...]] = {
    "procedure": ("手术操作", "操作", "治疗"),
    "medical": ("内科就诊", "诊疗", "就诊"),
    "ancillary": ("辅助", "检查检验", "检验", "检查", "药品"),
}
PACKAGED = ("no", "yes")
PACKAGED_TERMS: dict[str, tuple[str, ...]] = {"no": ("否", "不打包"), "yes": ("是", "打包")}
GROUPS = (
    GROUP, NAME, WEIGHT,
    Column("kind", "服务类型", "kind", False, "Outpatient groups of items: what kind of service; not needed elsewhere.",
           "", ("项目类型",)),
    Column("related", "合并类", "text", False, "Outpatient groups: procedures of one class count once, the heaviest.",
           "", ("同类合并",)),
    Column("packaged", "是否打包", "packaged", False, "Outpatient groups: whether an ancillary is packaged; yes when "
           "empty.", "", ("打包",)),
)  # fmt: skip
"""The table of `settle`: groups of stays, of visits, and of services of a visit."""
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,20})?")
SCORES = ("score", "分值", "病种分值", "dip分值")
"""Headings under which a DIP catalogue gives points: a thousandth of them is the weight."""

Row = dict[str, Any]
"""Values by the name of the declared column: weights in parts per million, numbers, switches, text."""
RowRule = Callable[[Row], Iterable[tuple[str, str]]]
"""A rule on a row whose cells can be read: (column, rule) for each that it breaks."""


class Fault(NamedTuple):
    """One cell that breaks a rule."""

    row: int
    """Line of the file."""
    column: str
    value: str
    rule: str


class Table(NamedTuple):
    """The good rows of a table, and what is wrong with the others."""

    rows: list[Row]
    faults: list[Fault]


def read_table(path: Path, columns: tuple[Column, ...] = GROUPS, further: RowRule | None = None) -> Table:
    """Read and check a table of groups.

    Args:
        path: a CSV file, or Parquet.
        columns: its columns, the code of the group among them.
        further: a rule on whole rows.

    Raises:
        ConfigError: if the file cannot be read, lacks a column, or has no rows or too many.
    """
    lines = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _lines(path)
    _, heading = next(lines, (0, []))
    places, factor = _places(path, [plain(name) for name in heading], columns)
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    count = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if len(cells) != len(heading):
            rule = f"must have {len(heading)} cells, has {len(cells)}"
            faults.append(Fault(number, "", ",".join(cells)[:60], rule))
            continue
        texts = {column.name: _text(cells[at]) for column, at in places}
        row, wrong = _checked(number, texts, columns, factor, seen)
        if not wrong and further is not None:
            wrong = [Fault(number, column, texts.get(column, ""), rule) for column, rule in further(row)]
        faults += wrong
        if not wrong:
            rows.append(row)
    if not 0 < count <= MOST_GROUPS:
        raise ConfigError(
            "the group table has too few or too many rows", where=str(path), value=count,
            bound=f"1..{MOST_GROUPS} rows", todo="add or merge groups",
        )  # fmt: skip
    return Table(rows, faults)


def checked_rows(path: Path, columns: tuple[Column, ...], further: RowRule | None = None) -> list[Row]:
    """The rows of a table without a fault.

    Raises:
        ConfigError: naming the first `MOST_FAULTS` faults.
    """
    table = read_table(path, columns, further)
    if table.faults:
        shown = [f"  row {f.row}" + (f", {f.column}" if f.column else "") + f": {f.value!r} {f.rule}"
                 for f in table.faults[:MOST_FAULTS]]  # fmt: skip
        left = len(table.faults) - len(shown)
        told = "\n".join(["the group table holds errors", *shown, *([f"  … {left:,} more"] if left else [])])
        raise ConfigError(told, where=str(path), value=len(table.faults), bound="no bad cell", todo="mend the table")
    return table.rows


def _text(cell: str) -> str:
    text = plain(cell)
    return "" if text in EMPTY else text


def _checked(
    number: int, texts: Mapping[str, str], columns: tuple[Column, ...], factor: int, seen: dict[str, int]
) -> tuple[Row, list[Fault]]:
    """Values of a row, and its faults."""
    row: Row = {}
    faults = []
    for column in columns:
        text = texts.get(column.name, "")
        value, rule = _value(column, text, factor if column.kind == "weight" else 1)
        if column.name == GROUP.name and not rule and text:
            if text in seen:
                rule = f"must not be given twice: it is in row {seen[text]} already"
            seen.setdefault(text, number)
        row[column.name] = value
        if rule:
            faults.append(Fault(number, column.name, text[:80], rule))
    return row, faults


def _value(column: Column, text: str, factor: int) -> tuple[Any, str]:
    """The value of a cell, and the rule that it breaks."""
    if not text:
        return _NOTHING[column.kind], "must not be empty" if column.required else ""
    if column.kind == "weight":
        return _weight(column, text, factor)
    if column.kind == "number":
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        return number, "" if column.low <= number <= column.high else f"must be within {column.low} .. {column.high:g}"
    if column.kind == "switch":
        return text == "1", "" if text in ("0", "1") else "must be 0 or 1"
    if column.kind in ("kind", "packaged"):
        terms = KIND_TERMS if column.kind == "kind" else PACKAGED_TERMS
        names = list(terms)
        found = next(
            (name for number, name in enumerate(names) if text.lower() in (str(number), name, *terms[name])), ""
        )
        told = "must be one of " + ", ".join(f"{name} {terms[name][0]}" for name in names)
        return found if column.kind == "kind" else found != "no", "" if found else told
    spoilt = column.name == GROUP.name and looks_rounded(text)
    return text, "must be text, not a number that a spreadsheet rounded" if spoilt else ""


_NOTHING: dict[str, Any] = {"text": "", "weight": BAD, "number": 0.0, "switch": False, "kind": "", "packaged": True}
"""What an empty cell means."""


def _weight(column: Column, text: str, factor: int) -> tuple[int, str]:
    """A weight, or a score divided by ``factor``, in parts per million, rounded half up; no binary fraction."""
    if not _DECIMAL.fullmatch(text):
        return BAD, "must be a number, not negative"
    value = int((Decimal(text) * 1_000_000 / factor).to_integral_value(ROUND_HALF_UP))
    if not column.low <= value <= column.high:
        bounds = [f"{bound * factor / 1e6:.9f}".rstrip("0").rstrip(".") for bound in (column.low, column.high)]
        return value, f"must be within {bounds[0]} .. {bounds[1]}"
    return value, ""


def _places(path: Path, heading: list[str], columns: tuple[Column, ...]) -> tuple[list[tuple[Column, int]], int]:
    """Where each declared column is; and by how much its weights are to be divided."""
    known = {name.lower(): column for column in columns for name in column.headings}
    scores = dict.fromkeys(SCORES, WEIGHT) if WEIGHT in columns else {}
    places: dict[str, tuple[Column, int]] = {}
    factor = 1
    for at, name in enumerate(heading):
        column = known.get(name.lower()) or scores.get(name.lower())
        if column is None:
            continue
        if column.name in places:
            both = f"{heading[places[column.name][1]]}, {name}"
            raise ConfigError(
                f"two columns hold {column.name!r}", where=str(path), value=both, todo="remove or rename one of them"
            )
        places[column.name] = column, at
        if name.lower() not in known:
            factor = 1_000
    lacking = [" or ".join(column.headings[:2]) for column in columns if column.required and column.name not in places]
    if lacking:
        raise ConfigError(
            "the file lacks a required column", where=str(path), value=", ".join(heading), bound="; ".join(lacking),
            todo="docs/data.md lists all columns; `countyfund template groups` writes an example",
        )  # fmt: skip
    return list(places.values()), factor


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with the number of their line, the heading first."""
    if not path.is_file():
        raise ConfigError("the file does not exist", where=str(path), todo="check the path")
    if path.suffix.lower() in (".xls", ".xlsx", ".et"):
        raise ConfigError("workbooks are not read", where=str(path), todo="save the sheet as CSV (UTF-8)")
    kept = [(number, line) for number, line in enumerate(_decoded(path).splitlines(), 1) if line[:1] != "#"]
    while kept and not kept[0][1].strip():
        kept.pop(0)
    delimiter = max(",\t;|", key=kept[0][1].count) if kept else ","
    last = [0]

    def feed() -> Iterator[str]:
        for number, line in kept:
            last[0] = number
            yield line

    for cells in csv.reader(feed(), delimiter=delimiter):
        yield last[0], cells


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError("the file is neither UTF-8 nor GB18030 (GBK)", where=str(path), todo="save it as UTF-8")


def _parquet(path: Path) -> Iterator[tuple[int, list[str]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ConfigError("the file is not Parquet", where=str(path), todo=str(error)) from None
    yield 1, list(table.column_names)
    for number, cells in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True), start=2):
        yield (
            number,
            ["" if cell is None else f"{cell:.6f}" if isinstance(cell, float) else str(cell) for cell in cells],
        )
