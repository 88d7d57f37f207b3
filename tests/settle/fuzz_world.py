"""A small county's files, and ways to spoil them.

`FORMS` are other ways to write the same county: it must be settled to the same fen, and what was read in another sense
than it stands must be said.  `SPOILS` change what the files hold: either what they now hold comes out, by the second
reading (`tests.settle.second_reading`), or one message.  `crowded` puts every kind of cell into one column at once.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import itertools
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.paths import SAMPLE
from tests.settle.second_reading import EMPTY, Declared, declared
from tests.settle.second_reading import cell as read_cell

INPUTS = ("claims", "providers", "groups", "enrolment", "history")
DESIGNS = "payment=drg,package"
TREATED = 8
"""Institutions that are kept, those with most bills of each tier first."""
FULL = 6
"""Persons of whom every visit is kept."""

Table = list[list[str]]
"""Cells by row; row 0 holds the headings."""


def small_county() -> dict[str, Table]:
    """The sample at a few institutions: the stays, and all visits of some persons who have many."""
    county = {}
    for name in INPUTS:
        text = (SAMPLE / f"sample_{name}.csv").read_text(encoding="utf-8-sig")
        county[name] = [line.split(",") for line in text.splitlines()]
    places = _busiest(county)
    own = [row for row in county["providers"][1:] if row[0] in places]
    county["providers"] = [county["providers"][0], *own[::-1]]  # no order of codes
    for name in ("claims", "history"):
        heads, *rows = county[name]
        rows = [row for row in rows if row[2] in places]
        visits = [row[1] for row in rows if row[5] != "住院"]
        often = sorted(set(visits), key=lambda person: (-visits.count(person), person))[:FULL]
        county[name] = [heads, *(row for row in rows if row[5] == "住院" or row[1] in often)]
    return county


def _busiest(county: dict[str, Table]) -> set[str]:
    """Institutions with most bills, tier by tier in turn."""
    bills = [row[2] for row in county["claims"][1:]]
    tiers: dict[str, list[str]] = {}
    for code, _, tier, _ in sorted(county["providers"][1:], key=lambda row: -bills.count(row[0])):
        tiers.setdefault(tier, []).append(code)
    turns = [code for rank in range(3) for own in tiers.values() for code in own[rank : rank + 1]]
    return set(turns[:TREATED])


def as_csv(table: Table, separator: str = ",", end: str = "\n", encoding: str = "utf-8") -> bytes:
    """Rows as they stand: what would need quotes is spoiled."""
    return (end.join(separator.join(row) for row in table) + end).encode(encoding)


def quoted(table: Table, quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    """Rows with quotes where they are needed."""
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\r\n").writerows(table)
    return text.getvalue().encode()


class Trial(NamedTuple):
    """Files as bytes, by name, and the ending of each file's name."""

    files: dict[str, bytes]
    endings: dict[str, str]

    def other(self, name: str, content: bytes, ending: str = "csv") -> Trial:
        """The same with another file."""
        return self._replace(files=self.files | {name: content}, endings=self.endings | {name: ending})

    def __repr__(self) -> str:
        """The lines that are not those of the county as it is: enough to see what was done."""
        plain, told = plainly(small_county()).files, []
        for name, content in self.files.items():
            before = plain[name].split(b"\n")
            changed = [line[:300] for line in content.split(b"\n") if line not in set(before)][:3]
            if content != plain[name]:
                told.append(f"{name}: {len(before)} -> {content.count(bytes([10])) + 1} lines, {changed}")
        return f"Trial({'; '.join(told)})"


def plainly(county: dict[str, Table]) -> Trial:
    """The county as it is."""
    return Trial({name: as_csv(table) for name, table in county.items()}, dict.fromkeys(county, "csv"))


# --- the same county, written otherwise --------------------------------------------------------------------------
def _parquet(table: Table, typed: Callable[[str, list[str | None]], Any] = lambda head, cells: None) -> bytes:
    """The table as Parquet: texts, but for columns that ``typed`` makes arrays of."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for at, head in enumerate(table[0]):
        cells = [row[at] or None for row in table[1:]]
        array = typed(head, cells)
        arrays[head] = pa.array(cells, pa.string()) if array is None else array
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink, row_group_size=100)
    return sink.getvalue()


def _as_databases_do(head: str, cells: list[str | None]) -> Any:
    """Days as days, amounts as binary fractions, numbers of persons and counts as whole ones."""
    import pyarrow as pa

    try:
        match KINDS.get(head):
            case "day":
                return pa.array([c and dt.date.fromisoformat(c) for c in cells], pa.date32())
            case "money":
                return pa.array([None if c is None else float(c) for c in cells], pa.float64())
            case "count" | "person":
                return pa.array([None if c is None else int(c) for c in cells], pa.int64())
    except ValueError:
        pass
    return None


def _as_frames_do(head: str, cells: list[str | None]) -> Any:
    """Days as instants of a zone, amounts as decimals, counts and persons as binary fractions, codes once each."""
    import pyarrow as pa

    try:
        match KINDS.get(head):
            case "day":
                midnight = [c and dt.datetime.fromisoformat(f"{c}T00:00+08:00") for c in cells]
                return pa.array(midnight, pa.timestamp("ms", tz="UTC"))
            case "money":
                return pa.array([None if c is None else Decimal(c) for c in cells], pa.decimal128(20, 4))
            case "count" | "person":
                return pa.array([None if c is None else float(c) for c in cells], pa.float64())
            case "code":
                return pa.array(cells, pa.string()).dictionary_encode()
    except (ValueError, ArithmeticError, pa.ArrowInvalid):
        pass
    return None


def _at_the_edges(head: str, cells: list[str | None]) -> Any:
    """What the types of Parquet can hold, in the first rows of a column: days and instants, integers, fractions."""
    import pyarrow as pa

    def begun(kind: Any, edges: list[Any], whole: list[Any]) -> Any:
        return pa.array([*edges, *whole[len(edges) :]], kind)

    match KINDS.get(head):
        case "day":
            days = [c and (dt.date.fromisoformat(c) - dt.date(1970, 1, 1)).days for c in cells]
            return begun(pa.int32(), [3_000_000, -800_000, 2**31 - 1, -(2**31), 2_932_896], days).view(pa.date32())
        case "money":
            amounts = [None if c is None else float(c) for c in cells]
            edges = [0.285, 0.1 + 0.2, 1e17, float("inf"), float("nan"), 1e300, 1.005, 2.0**53, 0.29, 1.1]
            return begun(pa.float64(), edges, amounts)
        case "count" | "person":
            numbers = [int(c) if c and c.isdigit() else None for c in cells]
            return begun(pa.int64(), [2**63 - 1, 10**18, 2**53 + 1, 0], numbers)
    return None


def at_the_edges(county: dict[str, Table], file: str) -> Trial:
    """A file of Parquet with numbers and days at the ends of their types; amounts beside a charge above them."""
    heads, *rows = county[file]
    charge = [head == "医疗总费用" for head in heads]
    paid = [KINDS.get(head) == "money" and not own for head, own in zip(heads, charge, strict=True)]
    keep = [at for at in range(len(heads)) if not paid[at]]
    table = [[row[at] for at in keep] for row in (heads, *rows)]
    return plainly(county).other(file, _parquet(table, _at_the_edges), "parquet")


def _each(table: Table, kind: str, change: Callable[[str], str]) -> Table:
    """The table with the cells of money or code columns changed."""
    at = [i for i, head in enumerate(table[0]) if KINDS.get(head) == kind]
    rows = [[change(cell) if i in at and cell else cell for i, cell in enumerate(row)] for row in table[1:]]
    return [table[0], *rows]


def _wide(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def _turned(table: Table) -> Table:
    return [row[::-1] for row in table]


KINDS = {
    **dict.fromkeys(["结算单号", "医疗机构编码", "病组编码", "责任医共体", "医共体", "所属医共体"], "code"),
    **dict.fromkeys(
        ["医疗总费用", "政策范围内费用", "统筹基金支付", "大病保险支付", "医疗救助支付", "个人负担"], "money"
    ),
    **dict.fromkeys(["参保人数", "签约人数", "住院天数"], "count"),
    "结算日期": "day",
    "个人编号": "person",
}
FORMS: dict[str, Callable[[Table], bytes]] = {
    "tabs": lambda t: as_csv(t, "\t"),
    "semicolons": lambda t: as_csv(t, ";"),
    "lines end as on Windows": lambda t: as_csv(t, end="\r\n"),
    "GBK": lambda t: as_csv(t, encoding="gb18030"),
    "quotes and a mark of byte order": lambda t: b"\xef\xbb\xbf" + quoted(t, csv.QUOTE_ALL),
    "columns turned": lambda t: as_csv(_turned(t)),
    "blank lines": lambda t: as_csv([t[0], *(row for own in t[1:] for row in (own, [""] * len(own)))]),
    "blanks around": lambda t: as_csv([[f" {cell} " for cell in row] for row in t]),
    "thousands": lambda t: as_csv(
        _each(t, "money", lambda c: f"{Decimal(c):,}" if re.fullmatch(r"-?\d+(\.\d+)?", c) else c), ";"
    ),
    "yuan signs": lambda t: as_csv(_each(t, "money", lambda c: f"¥{c}元")),
    "codes as spreadsheets save them": lambda t: as_csv(_each(t, "code", lambda c: f'="{c}"')),
    "wide figures": lambda t: as_csv(_each(t, "money", _wide)),
    "wide codes": lambda t: as_csv(_each(t, "code", _wide)),
    "Parquet": _parquet,
    "Parquet as databases write it": lambda t: _parquet(t, _as_databases_do),
    "Parquet as frames write it": lambda t: _parquet(t, _as_frames_do),
}
"""Other ways to write a table."""


def other_form(county: dict[str, Table], name: str, form: str) -> Trial:
    """One file in another form."""
    trial = plainly(county)
    ending = "parquet" if form.startswith("Parquet") else "csv"
    return Trial(trial.files | {name: FORMS[form](county[name])}, trial.endings | {name: ending})


# --- other contents ----------------------------------------------------------------------------------------------
CELLS = (
    "", "-", "0", "1", "-1", "1.5", "0,5", "1234,56", "1,234.56", "1.234,56", "1e3", "9.9e+17", "9.9E17",
    "1.23E+17", "NaN", "inf", "-inf", "1" * 30, "9" * 19, "9223372036854775807", "0x10", "١٢", "１２３", "一百",
    "壹佰元", "1.5万", "45万", "3亿", "95%", "+3%", "#N/A", "#REF!", "#VALUE!", "########", "true", "合计",
    "总计", "=1+1", "@x", "'123", '="0012"', "[red]x[/red]", "[/]", "\x1b[31mred", "\x07", "<b>", "2024-02-30",
    "2023-12-31", "2025/1/1", "20240131", "1900-01-01", "9999-12-31", "居民", "职工", "住院", "普通门诊", "11",
    "21", "310", "上转", "中国" * 200, "a" * 300, "，", "；", "（100.00）", "−100", "－１００",
    "\u00a01\u00a0234.5", "1 234.50", "\u200b", "\ufeff", "é", "😀", "H9999", "nobody",
    "1,234,567.89", "12,345", "1,23,456", "1234.50元", "¥1234.5", "￥１，２３４．５０", "0.2亿", "3千", "5百", "2百万",
    "1.005", "0.29", "1.10", ".5", "5.", "007", "1'234", "8765.4300", "45.0", "4.5万", "0.95", "0.1234567", "95.5%",
    "2", "4.0", "2024", "2023", "2024年", "2024.1.31", "2024年1月31日", "2024-01-31 08:00", "2024-01-31T20:00:00Z",
    "24-1-31", "Ａ", "Ｈ33059900001", "H33059900001 ", "h33059900001", "330500123456.0", "330,500,123", "3-Mar",
    "110101199001011", "33059900001280", "县中医院医共体", "外来", "县级医院", "村", "resident", "Inpatient", "14",
    "390", "down", "NULL", "—", "无", "1234①", "10²", '5" pipe', "a;b", "a|b", "县人民医院", "Pending", "下月",
)  # fmt: skip


ABOVE = "10000000000"
"""A charge above all amounts that are tried."""


def spellings(column: Declared) -> list[str]:
    """Cells that are tried in a column: all but those that take back a bill, which nothing can stand beside."""
    return [text for text in CELLS if not (column.kind in ("money", "count") and _is_negative(text))]


def _is_negative(text: str) -> bool:
    return (
        bool(re.fullmatch(r"[-−－(（].*\d.*", text)) and read_cell(_MONEY, text.strip("-−－()（）")).value is not EMPTY
    )


_MONEY = declared()["claims"]["charge"]


def crowded(county: dict[str, Table], file: str, column: str) -> Trial:
    """Every spelling in one column of a file, each in a row that is good if the spelling is.

    Amounts stand alone in their row, or beside a charge above all of them, so that no rule on their sums refuses what
    is read wrongly.
    """
    own = declared()[file][column]
    heads, *rows = ([*row] for row in county[file])
    if own.kind == "money":
        keep = [at for at, head in enumerate(heads) if KINDS.get(head) != "money"]
        above = "医疗总费用" if column != "charge" else ""
        heads, *rows = [[*(row[at] for at in keep), *above.split()] for row in (heads, *rows)]
        rows = [[*row[:-1], ABOVE] if above else row for row in rows]
    if column == "score":
        heads = ["分值" if head == "权重" else head for head in heads]
    if not set(heads) & set(own.headings):
        heads, rows = [*heads, own.headings[1]], [[*row, ""] for row in rows]
    at = next(at for at, head in enumerate(heads) if head in own.headings)
    bills = file in ("claims", "history")
    full = itertools.cycle([max(rows, key=lambda row: sum(map(bool, row)))])
    crowd = []
    for row, text in zip(rows if bills else full, spellings(own), strict=False):
        new = row if bills else [f"N{len(crowd)}", *row[1:]]
        new = [*new[:at], text, *new[at + 1 :]]
        crowd.append([text if column == "patient" and cell == ABOVE else cell for cell in new])
    twice = [row for row in crowd if row[at] in ("1", "2", "0.95", "2024", "住院", "居民")]
    return plainly(county).other(file, quoted([heads, *([] if bills else rows), *crowd, *twice]))


def _cells(draw: Any, table: Table) -> Table:
    for _ in range(draw(st.integers(1, 6))):
        row, column = draw(st.integers(0, len(table) - 1)), draw(st.integers(0, len(table[0]) - 1))
        if column < len(table[row]):
            table = _with(table, row, column, draw(st.sampled_from(CELLS)))
    return table


def _with(table: Table, row: int, column: int, value: str) -> Table:
    found = [list(cells) for cells in table]
    found[row][column] = value
    return found


def _column(draw: Any, table: Table) -> Table:
    column, value = draw(st.integers(0, len(table[0]) - 1)), draw(st.sampled_from(CELLS))
    return [table[0], *([*row[:column], value, *row[column + 1 :]] for row in table[1:])]


def _row_twice(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table) - 1))
    return [*table[: at + 1], table[at], *table[at + 1 :]]


def _without_row(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table) - 1))
    return [*table[:at], *table[at + 1 :]]


def _without_column(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table[0]) - 1))
    return [[*row[:at], *row[at + 1 :]] for row in table]


def _exchanged(draw: Any, table: Table) -> Table:
    one, two = (draw(st.integers(0, len(table[0]) - 1)) for _ in range(2))
    heads = list(table[0])
    heads[one], heads[two] = heads[two], heads[one]
    return [heads, *table[1:]]


def _ragged(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table) - 1))
    row = table[at][:-1] if draw(st.booleans()) else [*table[at], "x"]
    return [*table[:at], row, *table[at + 1 :]]


def _total(draw: Any, table: Table) -> Table:
    money = [i for i, head in enumerate(table[0]) if KINDS.get(head) in ("money", "count")]
    sums = ["" for _ in table[0]]
    for at in money:
        sums[at] = str(
            sum(Decimal(row[at]) for row in table[1:] if at < len(row) and re.fullmatch(r"[0-9.]+[0-9]", row[at]))
        )
    sums[draw(st.sampled_from([i for i in range(len(sums)) if i not in money]))] = draw(
        st.sampled_from(["合计", "总计", "小计", "Total", ""])
    )
    return [*table, sums]


def _headings_only(draw: Any, table: Table) -> Table:
    return table[:1]


def _renamed(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table[0]) - 1))
    more = draw(
        st.sampled_from(["名称", "（元）", "(元)", "(千元)", "(万元)", "（人次）", "(万人)", "(%)", " ", "x", "_1"])
    )
    return _with(table, 0, at, table[0][at] + more)


def _remarks(draw: Any, table: Table) -> Table:
    """A column that nobody reads, and rows with nothing else, or nothing at all."""
    said = draw(st.sampled_from(["x", "合计", "", "备注, 一", "#"]))
    rows = [[*row, "x"] for row in table[1:]]
    rows.insert(draw(st.integers(0, len(rows))), [*["" for _ in table[0]], said])
    return [[*table[0], "备注"], *rows]


def _bare_bills(draw: Any, table: Table) -> Table:
    """Charges alone: all parts that are paid of them are left to the program."""
    at = [
        i for i, head in enumerate(table[0]) if KINDS.get(head) != "money" or head in ("医疗总费用", "政策范围内费用")
    ]
    return [[row[i] for i in at if i < len(row)] for row in table]


def _other_year(draw: Any, table: Table) -> Table:
    """Some days and years are other ones, or none."""
    year, every = draw(st.sampled_from(["2021", "2022", "2023", ""])), draw(st.integers(2, 5))

    def other(cell: str) -> str:
        return (year + cell[4:] if year else "") if re.fullmatch(r"20\d\d(-\d\d-\d\d)?", cell) else cell

    return [list(map(other, row)) if number and number % every == 0 else row for number, row in enumerate(table)]


def _turned_rows(draw: Any, table: Table) -> Table:
    return [table[0], *table[:0:-1]]


def _comment(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table)))
    return [*table[:at], [draw(st.sampled_from(["# as of 2024", "#N/A", "#"])), *table[0][1:]], *table[at:]]


SPOILS: dict[str, Callable[[Any, Table], Table]] = {
    "cells": _cells,
    "remarks": _remarks,
    "charges alone": _bare_bills,
    "another year": _other_year,
    "rows turned": _turned_rows,
    "a comment": _comment,
    "a column": _column,
    "a row twice": _row_twice,
    "a row less": _without_row,
    "a column less": _without_column,
    "two headings exchanged": _exchanged,
    "a ragged row": _ragged,
    "a row of totals": _total,
    "headings only": _headings_only,
    "a heading with more": _renamed,
}
"""Changes of a table."""


def _stray(draw: Any, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content) - 1))
    mark = draw(st.sampled_from([b'"', b"'", b"\n", b"\r", b"\x00", b"\xff", b",", b"\t", b"\xd6\xd0", b'"\n']))
    return content[:at] + mark + content[at:]


def _cut(draw: Any, content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content) - 1))]


def _zipped(draw: Any, content: bytes) -> bytes:
    if draw(st.booleans()):
        return gzip.compress(content)
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w") as folder:
        folder.writestr("a.csv", content)
    return place.getvalue()


BYTES: dict[str, Callable[[Any, bytes], bytes]] = {
    "a stray byte": _stray,
    "cut off": _cut,
    "packed": _zipped,
    "UTF-16": lambda draw, content: content.decode().encode(draw(st.sampled_from(["utf-16", "utf-16-le"]))),
}
"""Changes of a file's bytes."""


@st.composite
def spoiled(draw: Any, county: dict[str, Table], spoil: str = "") -> Trial:
    """The county with a change of this kind, or with several; then a file in another form, or a change of its bytes."""
    tables = dict(county)
    for _ in range(1 if spoil else draw(st.integers(1, 3))):
        name = draw(st.sampled_from(FILES_TO_SPOIL))
        if tables[name]:
            tables[name] = SPOILS[spoil or draw(st.sampled_from(sorted(SPOILS)))](draw, tables[name])
    trial = plainly(county)._replace(files={name: quoted(table) for name, table in tables.items()})
    turn = 1 if spoil else draw(st.integers(0, 2))
    name = draw(st.sampled_from(FILES_TO_SPOIL))
    even = len({len(row) for row in tables[name]}) == 1 and len(set(tables[name][0])) == len(tables[name][0])
    if turn == 0 and even:
        form = draw(st.sampled_from(sorted(FORMS)))
        trial = trial.other(name, FORMS[form](tables[name]), "parquet" if form.startswith("Parquet") else "csv")
    elif turn == 2:
        trial = trial.other(name, BYTES[draw(st.sampled_from(sorted(BYTES)))](draw, trial.files[name]))
    return trial


FILES_TO_SPOIL = ("claims", "history", *INPUTS)
"""Those with most to spoil more often."""
UNITS = (
    ("claims", "money", "千元"), ("claims", "money", "万元"), ("claims", "money", "元"), ("claims", "count", "天"),
    ("history", "money", "千元"), ("history", "money", "百万元"), ("enrolment", "count", "万人"),
    ("enrolment", "share", "%"),
)  # fmt: skip


def in_units(county: dict[str, Table], file: str, kind: str, unit: str) -> Trial:
    """All columns of a kind with a unit in their headings."""
    heads, *rows = county[file]
    of = {head: column.kind for column in declared()[file].values() for head in column.headings}
    heads = [f"{head}（{unit}）" if of.get(head) == kind else head for head in heads]
    return plainly(county).other(file, quoted([heads, *rows]))


EVERY_COLUMN = [(file, column) for file in INPUTS for column in declared()[file]]
"""The columns of all files of a county."""
