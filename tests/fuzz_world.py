"""A small county's files, ways to spoil them, and a reading of them that shares no code with the program.

`FORMS` are other ways to write the same county: it must be settled to the same fen, and what was read in another sense
than it stands must be said.  `SPOILS` change what the files hold: either the right sums of what they now hold come out,
by the reading below, or one message.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from sim.__main__ import main

SAMPLE = Path(__file__).parents[1] / "sim" / "data"
INPUTS = ("claims", "providers", "groups", "enrolment", "history")
DESIGNS = "payment=ffs,drg,dip,package"

Table = list[list[str]]
"""Cells by row; row 0 holds the headings."""


def small_county() -> dict[str, Table]:
    """The sample with all its stays and some of its visits."""
    county = {}
    for name in INPUTS:
        text = (SAMPLE / f"sample_{name}.csv").read_text(encoding="utf-8-sig")
        heads, *rows = [line.split(",") for line in text.splitlines()]
        if "医疗类别" in heads:
            at = heads.index("医疗类别")
            rows = [row for number, row in enumerate(rows) if row[at] == "住院" or number % 30 == 0]
        county[name] = [heads, *rows]
    return county


def as_csv(table: Table, separator: str = ",", end: str = "\n", encoding: str = "utf-8") -> bytes:
    """Rows as they stand: what would need quotes is spoiled."""
    return (end.join(separator.join(row) for row in table) + end).encode(encoding)


class Trial(NamedTuple):
    """Files as bytes, by name, and the ending of each file's name."""

    files: dict[str, bytes]
    endings: dict[str, str]

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
def _parquet(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {head: [row[at] or None for row in table[1:]] for at, head in enumerate(table[0])}
    sink = io.BytesIO()
    pq.write_table(pa.table({head: pa.array(cells, pa.string()) for head, cells in columns.items()}), sink)
    return sink.getvalue()


def _each(table: Table, kind: str, change: Callable[[str], str]) -> Table:
    """The table with the cells of money or code columns changed."""
    at = [i for i, head in enumerate(table[0]) if KINDS.get(head) == kind]
    rows = [[change(cell) if i in at and cell else cell for i, cell in enumerate(row)] for row in table[1:]]
    return [table[0], *rows]


def _wide(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def _quoted(table: Table) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(table)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _turned(table: Table) -> Table:
    return [row[::-1] for row in table]


KINDS = {
    **dict.fromkeys(["结算单号", "个人编号", "医疗机构编码", "病组编码", "责任医共体", "医共体", "所属医共体"], "code"),
    **dict.fromkeys(
        ["医疗总费用", "政策范围内费用", "统筹基金支付", "大病保险支付", "医疗救助支付", "个人负担"], "money"
    ),
    **dict.fromkeys(["参保人数", "签约人数", "住院天数"], "count"),
}
FORMS: dict[str, Callable[[Table], bytes]] = {
    "tabs": lambda t: as_csv(t, "\t"),
    "semicolons": lambda t: as_csv(t, ";"),
    "lines end as on Windows": lambda t: as_csv(t, end="\r\n"),
    "GBK": lambda t: as_csv(t, encoding="gb18030"),
    "quotes and a mark of byte order": _quoted,
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
}
"""Other ways to write a table."""


def other_form(county: dict[str, Table], name: str, form: str) -> Trial:
    """One file in another form."""
    trial = plainly(county)
    ending = "parquet" if form == "Parquet" else "csv"
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
)  # fmt: skip


def _cell(draw: Any, table: Table) -> Table:
    row, column = draw(st.integers(0, len(table) - 1)), draw(st.integers(0, len(table[0]) - 1))
    value = draw(st.sampled_from(CELLS).filter(lambda text: "," not in text))
    return _with(table, row, column, value)


def _with(table: Table, row: int, column: int, value: str) -> Table:
    found = [list(cells) for cells in table]
    found[row][column] = value
    return found


def _column(draw: Any, table: Table) -> Table:
    column, value = draw(st.integers(0, len(table[0]) - 1)), draw(st.sampled_from(CELLS).filter(lambda t: "," not in t))
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
        sums[at] = str(sum(read_amount(row[at]) or 0 for row in table[1:] if at < len(row)))
    sums[draw(st.sampled_from([i for i in range(len(sums)) if i not in money]))] = draw(
        st.sampled_from(["合计", "总计", "小计", "Total", ""])
    )
    return [*table, sums]


def _headings_only(draw: Any, table: Table) -> Table:
    return table[:1]


def _renamed(draw: Any, table: Table) -> Table:
    at = draw(st.integers(0, len(table[0]) - 1))
    more = draw(st.sampled_from(["名称", "（元）", "(元)", "(万元)", " ", "x", "_1"]))
    return _with(table, 0, at, table[0][at] + more)


SPOILS: dict[str, Callable[[Any, Table], Table]] = {
    "a cell": _cell,
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
    "a stray byte": _stray, "cut off": _cut, "packed": _zipped,
    "UTF-16": lambda draw, content: content.decode().encode(draw(st.sampled_from(["utf-16", "utf-16-le"]))),
}  # fmt: skip
"""Changes of a file's bytes."""


@st.composite
def spoiled(draw: Any, county: dict[str, Table]) -> Trial:
    """The county with one or two changes."""
    tables = dict(county)
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(INPUTS))
        if tables[name]:
            tables[name] = SPOILS[draw(st.sampled_from(sorted(SPOILS)))](draw, tables[name])
    trial = plainly(tables)
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(INPUTS))
        if trial.files[name]:
            trial.files[name] = BYTES[draw(st.sampled_from(sorted(BYTES)))](draw, trial.files[name])
    return trial


# --- what happened -----------------------------------------------------------------------------------------------
class End(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def ended(words: list[str]) -> End:
    """The command in this process, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return End(code, out.getvalue(), err.getvalue())


def written(trial: Trial, folder: Path) -> list[str]:
    """The words that name the trial's files, written into a folder."""
    words = []
    for name, content in trial.files.items():
        path = folder / f"{name}.{trial.endings[name]}"
        path.write_bytes(content)
        words.append(f"{name}={path}")
    return words


def check_refused(end: End, out: Path) -> None:
    """One message that says what to do, and nothing where results would be."""
    assert end.code == 2, (end.code, end.err)
    assert len(re.findall(r"^error: ", end.err, re.M)) == 1, end.err
    assert "Traceback" not in end.err + end.out
    assert re.search(r"^  (where|value|bound|to do): ", end.err, re.M), end.err
    assert not {"\x1b", "\x07"} & set(end.err + end.out)
    assert not out.exists()


class Read(NamedTuple):
    """What stands in a claims file, read by other code."""

    lines: int
    """Lines that hold something, the headings aside."""
    charge: Decimal | None
    """Sum of the resident rows' charges, yuan; None: cannot be told."""


def read_claims(content: bytes, left_out: frozenset[int] = frozenset()) -> Read | None:
    """Lines and charges of a claims file, by the standard library alone; None where it cannot be taken as text."""
    for encoding in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            break
    else:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = max(",\t;|", key=lines[0].count)
    heads = [_bare(cell) for cell in lines[0].split(separator)]
    rows = {number: line for number, line in enumerate(lines[1:], 2) if line.strip(' \t",;|\ufeff')}
    names = [re.sub(r"[(（]元[)）]$", "", head) for head in heads]
    if "医疗总费用" not in names or '"' in text.replace('="', "").replace('"' + separator, ""):
        return Read(len(rows), None)
    at = names.index("医疗总费用")
    kind = next((at for at, name in enumerate(names) if name in ("险种", "险种名称", "险种类型")), None)
    charge = Decimal(0)
    for number, line in rows.items():
        cells = [_bare(cell) for cell in line.split(separator)]
        if number in left_out or len(cells) != len(heads) or _is_total(cells):
            continue
        if kind is not None and cells[kind] in ("职工", "310", "2", "none", "0", "未参保", "自费"):
            continue
        amount = read_amount(cells[at])
        if amount is None:
            return Read(len(rows), None)
        charge += amount
    return Read(len(rows), charge)


def _bare(cell: str) -> str:
    cell = unicodedata.normalize("NFKC", cell.strip().strip("\ufeff")).strip()
    quoted = re.fullmatch(r'="(.*)"|"(.*)"', cell)
    return (quoted[1] or quoted[2] or "") if quoted else cell.removeprefix("'")


def _is_total(cells: list[str]) -> bool:
    return any(cell.lower() in ("合计", "总计", "小计", "total") for cell in cells)


def read_amount(text: str) -> Decimal | None:
    """Yuan as a person reads them; None if nobody could be sure."""
    text = unicodedata.normalize("NFKC", text).strip().lstrip("¥").removesuffix("元").strip()
    units = {"万": 10**4, "亿": 10**8}
    scale = units.get(text[-1:], 1)
    if scale > 1:
        text = text[:-1]
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        return None
    try:
        return Decimal(text) * scale
    except InvalidOperation:
        return None


def check_settled(end: End, out: Path, claims: bytes) -> dict[str, Any]:
    """Sums are those of the file by the other reading, every line is a row or left out, and books balance.

    Returns the manifest.
    """
    assert end.code == 0, end.err
    assert "Traceback" not in end.err + end.out
    assert not {"\x1b", "\x07"} & set(end.out)
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    fund, providers = table(out / "fund.csv"), table(out / "providers.csv")
    for row in fund:
        due = sum(Decimal(r["receipts"]) for r in providers if r["design"] == row["design"] and r["category"] == "all")
        assert Decimal(row["receipts"]) == due
        assert Decimal(row["fund"]) == Decimal(row["receipts"]) + Decimal(row["transfer"])
        whole = [r for r in providers if r["design"] == row["design"] and r["category"] == "all"]
        assert sum(Decimal(r["charge"]) for r in whole) == Decimal(row["charge"])
    found = read_claims(claims)
    if found is not None:
        left_out = sum(count for file, count in manifest["left_out"].items() if file.startswith("claims."))
        assert manifest["rows"] + left_out == found.lines, "lines in are not rows out"
        if found.charge is not None and not left_out:
            assert {Decimal(row["charge"]) for row in fund} == {found.charge}, "charges are not those of the file"
    for note in manifest["notes"]:  # what the manifest says is said in the terminal, too
        assert _squeezed(note) in _squeezed(end.out), note
    return manifest


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file of results."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
