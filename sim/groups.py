"""Tables of case groups (DRG, DIP, APG): the one place where they are read and checked.

A county replaces them by its own CSV: the simulation's illness tables, which have further columns, and the group table
of `settle`.  UTF-8 or GBK; comma, tab, semicolon or bar; headings in English or Chinese in any order; other columns
are left alone; lines that begin with # are comments.  Every cell is checked and every fault told, with file, row (as a
spreadsheet counts), column, value and rule.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sim.cells import (
    BAD,
    EMPTY,
    Column,
    code_fault,
    half_width,
    hint,
    is_error_word,
    is_total,
    name_fault,
    normal,
    plain,
)
from sim.errors import ConfigError
from sim.formats import ENDS, OPEN_QUOTE, cells_of, delimiter_of, encoding_of, looked_at
from sim.headings import SHOWN, match
from sim.parquet import batches, flat, names_of, rows_of

MOST_GROUPS = 16_000
"""The engines keep a group in 14 bits; a real DIP catalogue has up to 15,000."""
MOST_FAULTS = 20
"""Faults told in one message."""

GROUP = Column("group", "病组编码", "text", True, "Code of the case group; unique.", "G03",
               ("DRG编码", "DIP编码", "病种编码", "分组编码", "code"))  # fmt: skip
NAME = Column("name", "病组名称", "name", False, "Name.", "慢性阻塞性肺疾病", ("病种名称", "分组名称"))
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
    told: list[tuple[str, str]]
    """What was assumed of it or read in another sense than it stands: English, Chinese."""


def read_table(path: Path, columns: tuple[Column, ...] = GROUPS, further: RowRule | None = None) -> Table:
    """Read and check a table of groups.

    Args:
        path: a CSV file, or Parquet.
        columns: its columns, the code of the group among them.
        further: a rule on whole rows.

    Raises:
        ConfigError: if the file cannot be read, lacks a column, or has no rows or too many.
    """
    parquet = looked_at(path) == "parquet"
    lines = iter(()) if parquet else _lines(path)
    heading = names_of(path) if parquet else next(lines, (0, []))[1]
    places, factor, told = _places(path, heading, columns)
    if parquet:
        lines = _parquet(path, len(heading), [at for _, at in places])
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    count = wide = rounded = 0
    for number, cells in lines:
        if not isinstance(cells, str) and all(plain(cell) in EMPTY for cell in cells):
            continue
        count += 1
        if no_row := _line_rule(cells, len(heading)):
            faults.append(Fault(number, "", (cells if isinstance(cells, str) else ",".join(cells))[:60], no_row))
            continue
        texts = {column.name: _text(column, cells[at]) for column, at in places}
        wide += any(texts[c.name] != plain(cells[at]) for c, at in places if c.kind == "text" and texts[c.name])
        rounded += WEIGHT in columns and _is_rounded(texts[WEIGHT.name], factor)
        row, wrong = _checked(number, texts, columns, factor, seen)
        if not wrong and further is not None:
            wrong = [Fault(number, column, texts.get(column, ""), rule) for column, rule in further(row)]
        faults += wrong
        if not wrong:
            rows.append(row)
            told += _positions(texts, columns, told)
    told += _wide(wide)
    if rounded:
        told.append((f"{rounded:,} weights have more decimals than six and are rounded half up to a millionth",
                     f"{rounded:,}个权重多于六位小数，四舍五入到百万分之一"))  # fmt: skip
    if not 0 < count <= MOST_GROUPS:
        raise _too_many(path, count)
    return Table(rows, faults, told)


def _line_rule(cells: list[str] | str, width: int) -> str:
    """The rule that a whole line breaks; "" for a row of the table."""
    if isinstance(cells, str):
        return OPEN_QUOTE
    if len(cells) != width:
        return f"must have {width} cells, has {len(cells)}"
    return "must be a group: this is a total of other rows" if any(map(is_total, cells)) else ""


def _wide(count: int) -> list[tuple[str, str]]:
    """What is said of codes in full-width letters."""
    if not count:
        return []
    return [(f"{count:,} rows: full-width letters and digits of codes count as half-width ones (Ａ = A)",
             f"{count:,}行的编码含全角字母、数字，按半角处理(Ａ=A)")]  # fmt: skip


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


def _text(column: Column, cell: str) -> str:
    text = half_width(plain(cell)) if column.kind == "text" else plain(cell) if column.kind == "name" else normal(cell)
    return "" if text in EMPTY else text


def _positions(
    texts: Mapping[str, str], columns: tuple[Column, ...], told: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Codes given as positions in their list, each told once."""
    found = []
    for column in columns:
        text = texts.get(column.name, "")
        if column.kind in ("kind", "packaged") and text.isdigit():
            meant = list(KIND_TERMS if column.kind == "kind" else PACKAGED_TERMS)[int(text)]
            found.append(
                (
                    f"{column.name} {text} was read as {meant}, by the position in the list of docs/data.md",
                    f"{column.zh}{text}按清单中的序号读作{meant}",
                )
            )
    return [one for one in found if one not in told]


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
    return text, code_fault(text) if column.kind == "text" else name_fault(text)


_NOTHING: dict[str, Any] = {
    "text": "",
    "name": "",
    "weight": BAD,
    "number": 0.0,
    "switch": False,
    "kind": "",
    "packaged": True,
}
"""What an empty cell means."""


def _weight(column: Column, text: str, factor: int) -> tuple[int, str]:
    """A weight, or a score divided by ``factor``, in parts per million, rounded half up; no binary fraction."""
    if not _DECIMAL.fullmatch(text):
        why = hint("weight", text)
        return BAD, "must be a number, not negative" + (f": {why}" if why else "")
    value = int((Decimal(text) * 1_000_000 / factor).to_integral_value(ROUND_HALF_UP))
    if not column.low <= value <= column.high:
        bounds = [f"{bound * factor / 1e6:.9f}".rstrip("0").rstrip(".") for bound in (column.low, column.high)]
        return value, f"must be within {bounds[0]} .. {bounds[1]}"
    return value, ""


def _is_rounded(text: str, factor: int) -> bool:
    """Whether a weight has digits behind its millionths that are more than the noise of a binary fraction."""
    if not _DECIMAL.fullmatch(text):
        return False
    exact = Decimal(text) * 1_000_000 / factor
    return abs(exact - exact.to_integral_value(ROUND_HALF_UP)) > _NOISE


_NOISE = Decimal("1e-6")
"""Of a millionth."""


def _places(
    path: Path, heading: list[str], columns: tuple[Column, ...]
) -> tuple[list[tuple[Column, int]], int, list[tuple[str, str]]]:
    """Where each declared column is, by how much its weights are to be divided, and which columns are not read."""
    scores = Column("score", SCORES[0], "weight", False, "", "", SCORES[1:])
    declared = tuple(column._replace(required=False) if column is WEIGHT else column for column in columns)
    found = match(path, heading, (*declared, scores) if WEIGHT in columns else columns)
    places = dict(found.places)
    if "score" in places and WEIGHT.name in places:
        both = ", ".join(heading[places[name]] for name in (WEIGHT.name, "score"))
        raise ConfigError(
            f"two columns hold {WEIGHT.name!r}", where=str(path), value=both, todo="remove or rename one of them"
        )
    factor = 1_000 if "score" in places else 1
    if "score" in places:
        places[WEIGHT.name] = places.pop("score")
    lacking = [" or ".join(column.headings[:2]) for column in columns if column.required and column.name not in places]
    if lacking:
        raise ConfigError(
            "the file lacks a required column", where=str(path), value=", ".join(heading), bound="; ".join(lacking),
            todo="docs/data.md lists all columns; `countyfund template groups` writes an example",
        )  # fmt: skip
    told = []
    if found.ignored:
        names = [name for name, _ in found.ignored[:SHOWN]] + (["…"] if len(found.ignored) > SHOWN else [])
        told.append((f"columns that are not read: {', '.join(names)}", f"未读取的列:{'、'.join(names)}"))
    return [(column, places[column.name]) for column in columns if column.name in places], factor, told


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Cells of each line of a CSV file with its number, the heading first; the text of a line with a broken quote.

    Lines that begin with # are comments, but not those that begin with an error word of a spreadsheet.
    """
    encoding = encoding_of(path)
    text = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    numbered = enumerate(ENDS.split(text), 1)
    kept = [
        (number, line) for number, line in numbered if line[:1] != "#" or is_error_word(re.split(r"[,;\t|]", line)[0])
    ]
    while kept and not kept[0][1].strip():
        kept.pop(0)
    delimiter = delimiter_of(kept[0][1]) if kept else ","
    for place, (number, line) in enumerate(kept):
        cells = cells_of(line, delimiter)
        if cells is None and not place:
            raise ConfigError(
                "a heading is broken over lines", where=f"{path}, row {number}", value=line[:80],
                bound="all headings in one line", todo="write each heading in one line, quotes closed",
            )  # fmt: skip
        yield number, line if cells is None else cells


def _parquet(path: Path, width: int, places: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row, those of other columns empty."""
    if (count := rows_of(path)) > MOST_GROUPS:
        raise _too_many(path, count)
    number = 1
    for arrays in batches(path, places, set()):
        for found in zip(*(flat(array).to_pylist() for array in arrays), strict=True):
            number += 1
            cells = [""] * width
            for at, cell in zip(places, found, strict=True):
                cells[at] = _cell(cell)
            yield number, cells


def _too_many(path: Path, count: int) -> ConfigError:
    return ConfigError(
        "the group table has too few or too many rows", where=str(path), value=count,
        bound=f"1..{MOST_GROUPS} rows", todo="add or merge groups",
    )  # fmt: skip


def _cell(cell: Any) -> str:
    """A cell of Parquet as text; a whole binary fraction as the whole number, where it is exactly that."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else f"{Decimal(repr(cell)):f}"
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
