"""Tables of case groups (DRG, DIP, APG): the one place where they are read and checked.

A county replaces them by its own CSV: the simulation's illness tables, which have further columns, and the group table
of `settle`.  UTF-8 or GBK; comma, tab, semicolon or bar; headings in English or Chinese in any order; other columns
are left alone; lines that begin with # are comments.  Every cell is checked and every fault told, with file, row (as a
spreadsheet counts), column, value and rule.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sim.core.errors import ConfigError
from sim.core.files.cells import BAD, EMPTY, Column, code_fault, half_width, hint, is_total, name_fault, normal, plain
from sim.core.files.formats import looked_at
from sim.core.files.headings import all_there, match, not_read
from sim.core.files.parquet import rows_of
from sim.core.files.small_tables import comments_of, fractions_of, listed, table_headings, table_lines
from sim.core.text import Text, counted
from sim.county.claims.group_columns import GROUP, GROUPS, KIND_TERMS, PACKAGED_TERMS, WEIGHT

MOST_GROUPS = 16_000
"""The engines keep a group in 14 bits; a real DIP catalogue has up to 15,000."""

_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?")
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
    told: list[Text]
    """What was assumed of it or read in another sense than it stands."""
    gone: tuple[str, ...] = ()
    """Codes of which every row is faulty."""


def read_table(path: Path, columns: tuple[Column, ...] = GROUPS, further: RowRule | None = None) -> Table:
    """Read and check a table of groups.

    Args:
        path: a CSV file, or Parquet.
        columns: its columns, the code of the group among them.
        further: a rule on whole rows.

    Raises:
        ConfigError: if the file cannot be read, lacks a column, or has no rows or too many.
    """
    if looked_at(path) == "parquet" and (size := rows_of(path)) > MOST_GROUPS:
        raise _too_many(path, size)
    heading = table_headings(path)
    places, factor, notes = _places(path, heading, columns)
    rows: list[Row] = []
    faults: list[Fault] = []
    gone: list[str] = []
    seen: dict[str, int] = {}
    count = wide = 0
    assumed = Counter[str]()
    codes = [at for column, at in places if column.kind == "text"]
    for number, cells, line, fault in table_lines(path, len(heading), [at for _, at in places], codes):
        count += 1
        if no_row := fault or _total(cells):
            faults.append(Fault(number, "", line[:60], no_row))
            cells = cells or [cell.strip('"') for cell in re.split(r"[,;\t|]", line)]  # of a line with a broken quote
            gone += [_text(column, cells[at]) for column, at in places if column is GROUP and at < len(cells)]
            continue
        texts = {column.name: _text(column, cells[at]) for column, at in places}
        wide += any(texts[c.name] != plain(cells[at]) for c, at in places if c.kind == "text" and texts[c.name])
        row, wrong = _checked(number, texts, columns, factor, seen)
        if not wrong and further is not None:
            wrong = [Fault(number, column, texts.get(column, ""), rule) for column, rule in further(row)]
        faults += wrong
        gone += [texts[GROUP.name]] if wrong else []
        if not wrong:
            rows.append(row)
            notes += _positions(texts, columns, notes)
            assumed.update(_assumed_of(row, texts, factor))
    notes += _wide(wide) + _fractions(fractions_of(path, codes)) + _assumed(assumed, factor, comments_of(path))
    if not 0 < count <= MOST_GROUPS:
        raise _too_many(path, count)
    good_codes = {row[GROUP.name] for row in rows}
    return Table(rows, faults, notes, tuple(dict.fromkeys(code for code in gone if code and code not in good_codes)))


def _total(cells: list[str]) -> str:
    """The rule that a row breaks if it is the sum of other rows; "" for an ordinary row."""
    return "must be a group: this is a total of other rows" if any(map(is_total, cells)) else ""


def _wide(count: int) -> list[Text]:
    """The note on codes in full-width letters."""
    if not count:
        return []
    return [
        Text(
            f"{counted(count, 'row|rows')}: full-width letters and digits of codes count as half-width ones (Ａ = A)",
            f"{count:,}行的编码含全角字母、数字，按半角处理（Ａ=A）",
        )
    ]


def _fractions(count: int) -> list[Text]:
    """The note on codes that Parquet holds as binary fractions."""
    if not count:
        return []
    return [
        Text(
            f"{count:,} codes with a decimal point in Parquet were read as whole numbers",
            f"有{count:,}个编码在Parquet中为浮点数，按整数读取",
        )
    ]


def _is_rounded(text: str, factor: int) -> bool:
    """Whether a weight has digits after the sixth decimal that are more than the noise of a binary fraction."""
    if not _DECIMAL.fullmatch(text):
        return False
    exact = Decimal(text) * 1_000_000 / factor
    return abs(exact - exact.to_integral_value(ROUND_HALF_UP)) > _NOISE


def _assumed_of(row: Row, texts: Mapping[str, str], factor: int) -> Iterator[str]:
    """What is assumed or rounded in a good row, as keys of `_ASSUMED`."""
    if not texts.get("name", ""):
        yield "name"
    if row.get("kind") == "ancillary" and not texts.get("packaged", ""):
        yield "packaged"
    if _is_rounded(texts.get(WEIGHT.name, "0"), factor):
        yield "rounded"


def _assumed(counts: Mapping[str, int], factor: int, comments: int) -> list[Text]:
    """The notes on all rows together."""
    numbers = {**counts, "comments": comments}
    sentences = [
        Text(counted(numbers[key], en), zh.format(numbers[key]))
        for key, (en, zh) in _ASSUMED.items()
        if numbers.get(key)
    ]
    return [*([_SCORED] if factor > 1 else []), *sentences]


_SCORED = Text("scores were divided by 1,000 to weights", "分值已除以1,000作为权重")
_ASSUMED = {
    "name": Text("group|groups has|have no name: the code stands for it", "有{:,}个病组没有名称：用编码代替"),
    "packaged": Text(
        "ancillary group|groups does|do not say whether to be packaged: taken as yes",
        "有{:,}个辅助组未注明是否打包：按打包",
    ),
    "rounded": Text(
        "weight|weights has|have more than six decimals: rounded to a millionth",
        "有{:,}个权重超过六位小数：四舍五入到百万分之一",
    ),
    "comments": Text("line|lines begins|begin with #: comments, not read", "有{:,}行以#开头，作为注释未读取"),
}


def checked_rows(path: Path, columns: tuple[Column, ...], further: RowRule | None = None) -> list[Row]:
    """The rows of a table without a fault.

    Raises:
        ConfigError: naming the first faults.
    """
    table = read_table(path, columns, further)
    if table.faults:
        faults = [
            f"row {f.row}" + (f", {f.column}" if f.column else "") + f": {f.value!r} {f.rule}" for f in table.faults
        ]
        raise ConfigError(
            listed("the group table holds errors", faults),
            where=str(path),
            value=len(faults),
            bound="no bad cell",
            todo="mend the table",
        )
    return table.rows


def _text(column: Column, cell: str) -> str:
    text = half_width(plain(cell)) if column.kind == "text" else plain(cell) if column.kind == "name" else normal(cell)
    return "" if text in EMPTY else text


def _positions(texts: Mapping[str, str], columns: tuple[Column, ...], earlier: list[Text]) -> list[Text]:
    """Notes on codes that were given as positions in their list, without those among the ``earlier`` notes."""
    notes = []
    for column in columns:
        text = texts.get(column.name, "")
        if column.kind in ("kind", "packaged") and text.isdigit():
            meant = list(KIND_TERMS if column.kind == "kind" else PACKAGED_TERMS)[int(text)]
            notes.append(
                Text(
                    f"{column.name} {text} was read as {meant}, by the position in the list of docs/data.md",
                    f"{column.zh}{text}按清单中的序号读作{meant}",
                )
            )
    return [one for one in notes if one not in earlier]


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
    """The value of a cell, and the rule that it breaks; "" if none."""
    if not text:
        return _NOTHING[column.kind], "must not be empty" if column.required else ""
    if column.kind == "weight":
        return _weight(column, text, factor)
    if column.kind in ("number", "ratio"):
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
        term = next(
            (name for number, name in enumerate(names) if text.lower() in (str(number), name, *terms[name])), ""
        )
        rule = "must be one of " + ", ".join(f"{name} {terms[name][0]}" for name in names)
        return term if column.kind == "kind" else term != "no", "" if term else rule
    return text, code_fault(text) if column.kind == "text" else name_fault(text)


_NOTHING: dict[str, Any] = {
    "ratio": None,
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


_NOISE = Decimal("1e-6")
"""Of a millionth."""


def _places(
    path: Path, heading: list[str], columns: tuple[Column, ...]
) -> tuple[list[tuple[Column, int]], int, list[Text]]:
    """Position of each declared column, the divisor of the weights, and notes on columns that are not read."""
    scores = Column("score", SCORES[0], "weight", False, "", "", SCORES[1:])
    declared = tuple(column._replace(required=False) if column is WEIGHT else column for column in columns)
    matched = match(path, heading, (*declared, scores) if WEIGHT in columns else columns)
    places = dict(matched.places)
    if "score" in places and WEIGHT.name in places:
        both = ", ".join(heading[places[name]] for name in (WEIGHT.name, "score"))
        raise ConfigError(
            f"two columns hold {WEIGHT.name!r}", where=str(path), value=both, todo="remove or rename one of them"
        )
    factor = 1_000 if "score" in places else 1
    if "score" in places:
        places[WEIGHT.name] = places.pop("score")
    todo = "docs/data.md lists all columns; `countyfund template groups` writes an example"
    all_there(path, heading, columns, places, todo)
    columns_read = [(column, places[column.name]) for column in columns if column.name in places]
    return columns_read, factor, not_read(matched.ignored)


def _too_many(path: Path, count: int) -> ConfigError:
    return ConfigError(
        "the group table has too few or too many rows",
        where=str(path),
        value=count,
        bound=f"1..{MOST_GROUPS} rows",
        todo="add or merge groups",
    )
