"""A second reading of a county's files, for tests: by docs/data.md alone, with the csv module, pyarrow and Decimal.

Nothing of the program's reading is used.  A cell is read as a value, or it is `EMPTY`, `REFUSED` (the documents say
that nobody may read it) or `UNSURE` (they do not say enough: it is not compared).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from tests.paths import ROOT

DATA = ROOT / "docs" / "data.md"


class Mark(Enum):
    """What stands in a cell that is no value."""

    EMPTY = "empty"
    REFUSED = "refused"
    UNSURE = "unsure"


EMPTY, REFUSED, UNSURE = Mark.EMPTY, Mark.REFUSED, Mark.UNSURE
NOTHING = {"", "NULL", "null", "Null", "-", "--", "—", "\\N", "无", "空", "None", "NA", "N/A", "NaN", "nan", "/"}


# --- what the documents declare -----------------------------------------------------------------------------------
class Declared(NamedTuple):
    """A column as docs/data.md tells of it."""

    name: str
    headings: tuple[str, ...]
    needed: bool
    kind: str
    """text, name, money, count, share, weight, date, year, or list"""
    bounds: tuple[Decimal, Decimal] | None
    empty: str
    """What an empty cell counts as."""
    codes: tuple[str, ...]
    """Of a list, in order."""
    spellings: dict[str, str]
    """Of a list: lower case -> code."""


KIND_OF_UNIT = {"yuan": "money", "number": "count", "day": "date", "year": "year"}


@cache
def declared() -> dict[str, dict[str, Declared]]:
    """By file and column."""
    text = DATA.read_text(encoding="utf-8")
    lists: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, code, also in _table(text, "Code lists"):
        lists.setdefault(name, {})[code] = (code, *also.split(", "))
    files = {}
    for file in ("claims", "providers", "enrolment", "groups"):
        columns = {}
        for name, headings, needed, unit, _, accepted, empty, _ in _table(text, file):
            own = name.strip("`")
            kind = (
                KIND_OF_UNIT.get(unit)
                or {"ratio": "share" if own == "score" else "weight"}.get(unit)
                or ("list" if own in lists else "name" if accepted == "a name" else "text")
            )
            bounds = re.search(r"(\S+) \.\. (\S+)$", accepted)
            low, high = (Decimal(bound.replace(",", "")) for bound in bounds.groups()) if bounds else (None, None)
            spelled = {word.lower(): code for code, words in lists.get(own, {}).items() for word in words}
            columns[own] = Declared(
                own, (own, *headings.split("、")), needed == "yes", kind,
                None if low is None or high is None else (low, high), empty, tuple(lists.get(own, ())), spelled,
            )  # fmt: skip
        files[file] = columns
    score = files["groups"]["weight"]._replace(name="score", headings=("score", "分值"), bounds=None)
    return files | {"history": files["claims"], "groups": files["groups"] | {"score": score}}


def _table(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the first table below a heading."""
    lines = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("|")]
    for line in rows[2:]:
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]


# --- one cell -----------------------------------------------------------------------------------------------------
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
TENS = {"百": 2, "千": 3, "万": 4, "亿": 8, "百万": 6, "千万": 7, "": 0}
SPOILT = re.compile(
    r"[+-]?\d+(\.\d*)?[eE][+-]\d+|[+-]?\d+\.\d*[eE]\d+|\d{4,}\.0+|\d+\.0?|\d{1,3}(,\d{3})+|\d{1,2}-[A-Z][a-z]{2}|[+-]?inf"
    r"|#(N/A|REF!|VALUE!|#+)",
    re.A,
)
NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:¥|RMB|CNY|人民币)? ?(?P<sign2>[+-]?)(?P<whole>\d+|[1-9]\d{0,2}(?:,\d{3})+|(?=\.\d))"
    r"(?:\.(?P<part>\d*))? ?(?P<unit>百万|千万|[百千万亿])? ?(?P<yuan>元整?|圆整?)?(?P<after>-?)",
    re.A,
)
DATES = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?|(\d{4})(\d\d)(\d\d)", re.A
)


class Cell(NamedTuple):
    """A value or a mark, and in which other sense than it stands it was read."""

    value: Any
    sense: str = ""


def bare(text: str) -> str:
    """A cell without what exports put around it."""
    text = text.strip().removeprefix("'")
    quoted = re.fullmatch(r'="(.*)"', text, re.S)
    return quoted[1].strip() if quoted else text


def cell(column: Declared, raw: Any, shift: int = 0) -> Cell:
    """What stands in a cell, of CSV or of Parquet."""
    if raw is None or raw != raw:
        return Cell(EMPTY)
    if isinstance(raw, bytes):
        raw = raw.decode()
    if isinstance(raw, dt.date):
        return _instant(column, raw)
    if isinstance(raw, float):
        return _fraction(column, raw, shift)
    text = bare(f"{raw:f}" if isinstance(raw, Decimal) else str(raw))
    if column.kind in ("text", "name"):
        return _code(column, text)
    text = text.translate(WIDE).strip()
    if text in NOTHING:
        return Cell(EMPTY)
    if column.kind in ("money", "count", "share", "weight"):
        return _number(column, text, shift)
    if whole := re.fullmatch(r"(\d{1,8})\.0+", text, re.A):
        text = whole[1]
    if column.kind == "list":
        at = int(text) if re.fullmatch(r"\d{1,2}", text, re.A) else len(column.codes)
        if text.lower() not in column.spellings and at < len(column.codes):
            return Cell(column.codes[at], f"{text} was read as {column.codes[at]}")
        return Cell(column.spellings.get(text.lower(), REFUSED))
    if column.kind == "date" and re.fullmatch(r"\d{5}(\.\d{1,15})?", text, re.A):
        day = dt.date(1899, 12, 30) + dt.timedelta(int(text[:5]))
        return Cell(day, "number of a day") if 1990 <= day.year <= 2100 else Cell(REFUSED)
    return Cell(_year(text) if column.kind == "year" else _date(text))


def _code(column: Declared, text: str) -> Cell:
    half = text.translate(WIDE) if text.translate(WIDE).isascii() else _letters(text)
    value = text if column.kind == "name" else half.strip()
    if value in NOTHING:
        return Cell(EMPTY)
    if len(value) > 200 or re.fullmatch(r"#(N/A|REF!|VALUE!|#+)", value):
        return Cell(REFUSED)
    if column.kind == "name":
        return Cell(value)
    if SPOILT.fullmatch(value) or any(unicodedata.category(sign) in ("Cc", "Cf") for sign in value):
        return Cell(REFUSED)
    lost = re.fullmatch(r"\d{15}0+", value, re.A)  # refused where most of the column are so
    return Cell(UNSURE if lost or value.startswith('"') else value, "full-width" if value != text else "")


def _letters(text: str) -> str:
    return "".join(sign.translate(WIDE) if sign.translate(WIDE).isalnum() else sign for sign in text)


def _number(column: Declared, text: str, shift: int) -> Cell:
    text, places, sense = text.replace("−", "-").replace("–", "-"), 2, ""
    if column.kind in ("share", "weight"):
        places = 6
        if column.kind == "share" and text.endswith("%"):
            text, shift, sense = text[:-1].strip(), shift - 2, "per cent"
        if not re.fullmatch(r"\d+(\.\d+)?", text, re.A):
            return Cell(REFUSED)
    negative = bool(re.fullmatch(r"\(.*\)", text))
    found = NUMBER.fullmatch(text[1:-1] if negative else text)
    if not found or (column.kind == "count" and (found["yuan"] or re.search("¥|RMB|CNY|人民币", text))):
        return Cell(REFUSED)
    if found["sign"] + found["sign2"] + found["after"] not in ("", "+") or negative:
        return Cell(REFUSED)
    digits = Decimal(f"{found['whole'].replace(',', '') or '0'}.{found['part'] or '0'}")
    value = digits.scaleb(TENS[found["unit"] or ""] + shift)
    sense = "unit" if found["unit"] else sense
    whole = value.scaleb({"money": 2, "count": 0}.get(column.kind, places))
    if column.kind != "weight" and whole != whole.to_integral_value():
        return Cell(REFUSED)
    if column.bounds and not column.bounds[0] <= value <= column.bounds[1]:
        return Cell(REFUSED)
    return Cell(value, sense)


def _year(text: str) -> Any:
    found = re.fullmatch(r"(\d{4})(年度?)?", text, re.A)
    return int(found[1]) if found and 1990 <= int(found[1]) <= 2100 else REFUSED


def _date(text: str) -> Any:
    day, gap, time = text.partition("T" if "T" in text else " ")
    found = DATES.fullmatch(day)
    if gap and (not found or not re.fullmatch(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?", time.strip(), re.A)):
        return REFUSED if re.search(r"Z$|[+-]\d\d:?\d\d$", time) else UNSURE
    try:
        year, month, one = (int(part) for part in found.groups() if part) if found else (0, 0, 0)
        return dt.date(year, month, one) if 1990 <= year <= 2100 else REFUSED
    except ValueError:
        return UNSURE if re.fullmatch(r"\d{12}|\d{14}|\d{17}", text, re.A) else REFUSED


def _instant(column: Declared, raw: dt.date) -> Cell:
    """A date of Parquet, or an instant: with a zone in that of the county, UTC+8."""
    if column.kind != "date":
        return Cell(REFUSED)
    zone = getattr(raw, "tzinfo", None)
    if zone is not None and isinstance(raw, dt.datetime):
        raw = raw.astimezone(dt.timezone(dt.timedelta(hours=8)))
    day = raw.date() if isinstance(raw, dt.datetime) else raw
    return Cell(day if 1990 <= day.year <= 2100 else REFUSED, "zone" if zone else "")


def _fraction(column: Declared, raw: float, shift: int) -> Cell:
    """A binary fraction of Parquet: money where it is whole fen, a code where it is whole and below 2^53."""
    if abs(raw) == float("inf"):
        return Cell(REFUSED)
    if column.kind in ("text", "name"):
        return Cell(str(int(raw)), "floats") if raw.is_integer() and abs(raw) < 2**53 else Cell(REFUSED)
    exact = Decimal(repr(raw))
    if column.kind in ("money", "count", "share", "weight"):
        return _number(column, f"{exact:f}".removesuffix(".0"), shift) if abs(exact) < 10**12 else Cell(UNSURE)
    if not raw.is_integer():
        return Cell(REFUSED)
    whole = cell(column, str(int(raw)))
    return whole._replace(sense="floats" if not isinstance(whole.value, Mark) else "")


# --- one file -----------------------------------------------------------------------------------------------------
UNITS = {
    "money": {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8},
    "count": {"人": 0, "人次": 0, "天": 0, "万人": 4},
    "share": {"%": -2},
}
SORTS = ("名称", "类型", "代码", "编码", "类别")
TOTALS = {"合计", "总计", "小计", "共计", "累计", "汇总", "total", "subtotal", "sum"}


class Sheet(NamedTuple):
    """What stands in a file."""

    lines: frozenset[int]
    """Numbers of the lines that hold something, the headings aside."""
    rows: dict[int, dict[str, Cell]]
    """Line -> column -> cell, of lines that are rows."""
    broken: dict[int, tuple[str, ...]]
    """Lines that are no rows -> their text between separators, whatever its quotes."""
    unsure: frozenset[int]
    """Rows that may be none: a word of totals stands in a column that is not read."""
    headings: dict[str, str]
    """Column -> heading in the file."""
    shifts: dict[str, int]
    unread: tuple[str, ...]
    comments: int

    def empty(self, column: str) -> int:
        """Rows without a value in a column."""
        return sum(row[column].value is EMPTY for row in self.rows.values())

    def senses(self) -> Counter[tuple[str, str]]:
        """(column, sense) -> cells"""
        return Counter((name, own.sense) for row in self.rows.values() for name, own in row.items() if own.sense)


def read(file: str, content: bytes) -> Sheet | None:
    """What stands in a file; None: it is no table, or lacks a column that is needed."""
    if content.startswith(b"PAR1"):
        heads, raw = _of_parquet(content)
        comments = 0
    else:
        text = _decoded(content)
        if text is None:
            return None
        heads, raw, comments = _of_text(text, comments=file == "groups")
    if heads is None:
        return None
    columns = _columns(file, heads)
    if columns is None:
        return None
    lines, rows, broken, unsure = set(), {}, {}, set()
    read_at = {at for at, _ in columns.values()}
    for number, cells in raw.items():
        if isinstance(cells, list) and all(
            own is None or (isinstance(own, str) and bare(own) in NOTHING) for own in cells
        ):
            continue
        lines.add(number)
        if not isinstance(cells, list) or len(cells) != len(heads):
            broken[number] = tuple(map(str, cells))
            continue
        said = [at for at, own in enumerate(cells) if isinstance(own, str) and bare(own).lower() in TOTALS]
        if any(at in read_at or file == "groups" for at in said):
            broken[number] = tuple(map(str, cells))
            continue
        if said:
            unsure.add(number)
        own = declared()[file]
        rows[number] = {name: cell(own[name], cells[at], shift) for name, (at, shift) in columns.items()}
    unread = tuple(head for at, head in enumerate(heads) if at not in read_at and head.strip())
    return Sheet(
        frozenset(lines), rows, broken, frozenset(unsure), {name: heads[at] for name, (at, _) in columns.items()},
        {name: shift for name, (_, shift) in columns.items() if shift}, unread, comments,
    )  # fmt: skip


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _of_text(text: str, *, comments: bool) -> tuple[list[str] | None, dict[int, Sequence[Any]], int]:
    """Headings, cells by number of the line (a tuple: the quotes of a line do not close), number of comments."""
    numbered = list(enumerate(re.split(r"\r\n|\n|\r", text), 1))
    left = [(n, line) for n, line in numbered if not (comments and re.match(r"#(?!N/A|REF!|VALUE!|#)", line))]
    found = len(numbered) - len(left)
    if comments:
        while left and not left[0][1].strip():
            left.pop(0)
    if not left:
        return None, {}, found
    separator = max(",\t;|", key=re.sub(r'"[^"]*"', "", left[0][1]).count)
    cells: dict[int, Any] = {}
    for number, line in left:
        try:
            cells[number] = next(csv.reader([line], delimiter=separator, strict=True), [])
        except csv.Error:
            cells[number] = tuple(line.split(separator))
    heads = cells.pop(left[0][0])
    return heads, cells, found


def _of_parquet(content: bytes) -> tuple[list[str] | None, dict[int, Sequence[Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        columns = [[_plain(one) for one in table.column(at)] for at in range(table.num_columns)]
    except (pa.ArrowException, ValueError, OSError):
        return None, {}
    cells: dict[int, Sequence[Any]] = {number: list(own) for number, own in enumerate(zip(*columns, strict=True), 2)}
    return list(table.column_names), cells


def _plain(one: Any) -> Any:
    """A cell of Parquet; of a day that no calendar of Python has, how Arrow writes it."""
    try:
        return one.as_py()
    except (OverflowError, ValueError):
        return f"{one.type} {one.value}"


def _key(heading: str) -> str:
    seen = "".join(sign for sign in heading if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", seen)).removeprefix("'").lower()


def _columns(file: str, heads: list[str]) -> dict[str, tuple[int, int]] | None:
    """Column -> its place and by how many decimals the unit of its heading shifts its cells."""
    own = declared()[file]
    known = {_key(heading): column for column in own.values() for heading in column.headings if heading}
    found: dict[str, list[tuple[int, int]]] = {}
    loose: dict[str, list[tuple[int, int]]] = {}
    for at, head in enumerate(heads):
        key = _key(head)
        unit = re.fullmatch(r"(.+?)[(/](.+?)\)?", key)
        word = next((word for word in SORTS if key.endswith(word)), "")
        sort = known.get(key.removesuffix(word)) if word else None
        if key in known:
            found.setdefault(known[key].name, []).append((at, 0))
        elif unit and unit[1] in known and unit[2] in UNITS.get(known[unit[1]].kind, {}):
            found.setdefault(known[unit[1]].name, []).append((at, UNITS[known[unit[1]].kind][unit[2]]))
        elif sort and sort.kind == "list":
            loose.setdefault(sort.name, []).append((at, 0))
    found = loose | found
    if any(len(places) > 1 for places in found.values()):
        return None
    columns = {name: places[0] for name, places in found.items()}
    weighed = file == "groups" and "score" in columns
    lacking = [c.name for c in own.values() if c.needed and c.name not in columns and c.name not in ("weight", "score")]
    if lacking or (file == "groups" and ("weight" in columns) == weighed):
        return None
    return columns
