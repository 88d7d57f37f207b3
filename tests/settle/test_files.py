"""Files of `settle` as they come: every line is a row, refused or blank; what a file is, is said; sizes are bounded."""

import contextlib
import gzip
import io
import os
import re
import resource
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.__main__ import main
from sim.core.errors import CountyFundError
from sim.county.claims.group_tables import checked_rows, read_table
from sim.settle.command import Result, settle
from sim.settle.read.claim_values import read_cells
from sim.settle.read.columns import CLAIMS, FILES
from sim.settle.read.files import open_source
from sim.settle.read.pieces import pieces
from sim.settle.read.senses import Tally
from tests.settle.small import HEAD, PROVIDERS, bills, fund, refused, settled


# --- lines --------------------------------------------------------------------------------------------------------
def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path):
    text = bills(300, {102: '102,H1,inpatient,100,60,"x\n'})
    told = refused(tmp_path, claims=text)
    assert "claims.csv, row 102: '102,H1,inpatient,100,60,\"x' has a quote that is opened and not closed" in told
    assert "value: 1" in told  # no other row is touched
    assert fund(settled(tmp_path, "skip_bad=true", claims=text)) == 299 * 6000


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_behind_a_broken_cell_keep_their_numbers(end, tmp_path):
    text = bills(6, {3: '3,H1,inpatient,100,60,"two\nlines"\n', 6: "6,H9,inpatient,100,60,\n"}).replace("\n", end)
    told = refused(tmp_path, claims=text)
    assert "row 3: " in told
    assert "row 4: " in told  # the second half of the broken cell
    assert "row 7, provider: 'H9'" in told


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ('"a ""b"" c"', True),
        ('5" pipe', True),
        ('"a,b"', True),
        ('""', True),
        ('a ""', True),
        ('"a"b', False),
        ('"a" ', False),
        ('"', False),
        ('"""', False),
    ],
)
def test_quotes_are_read_as_they_are_meant_or_refused(cell, good, tmp_path):
    text = bills(3, {3: f"3,H1,inpatient,100,60,{cell}\n"})
    if good:
        assert fund(settled(tmp_path, claims=text)) == 3 * 6000
    else:
        assert "row 3: " in refused(tmp_path, claims=text)
        assert fund(settled(tmp_path, "skip_bad=true", claims=text)) == 2 * 6000


SMALL = {
    "providers": (PROVIDERS + 'H2,county,A\n"H3,county,A\nH4,county,A\n', 4),
    "enrolment": ('community,heads,note\nA,100,"x\nB,100,\n', 2),
    "history": ('provider,year,category,charge,note\nH1,2023,inpatient,5,"x\nH1,2023,inpatient,5,\n', 2),
    "groups": ('group,weight,note\nX,1,"x\nY,2,\n', 2),
    "signed": ('person,base_cost,months,note\nP,1,1,"x\nQ,1,1,\n', 2),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_broken_quote_is_told_in_every_file(name, tmp_path):
    text, row = SMALL[name]
    told = refused(tmp_path, claims="claim,year,provider,category,charge\n1,2024,H1,inpatient,5\n", **{name: text})
    assert re.search(rf"{name}.csv, row {row}: .* has a quote that is opened", told), told


@st.composite
def texts_of_lines(draw):
    cell = st.text('ab,"\n\r#计', max_size=6)
    lines = draw(st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), max_size=12))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines)


def test_a_line_that_is_left_out_between_two_ends_of_lines_takes_none_with_it(tmp_path):
    (tmp_path / "c.csv").write_bytes(b'provider,category,charge\na,b,1\r"\nc,d,2\n')
    found = list(pieces(open_source(tmp_path / "c.csv", CLAIMS)))
    assert [int(row) for part in found for row in part.rows] == [2, 4]
    assert [line.row for part in found for line in part.refused] == [3]


@given(texts_of_lines())
@settings(max_examples=150)
def test_lines_in_are_rows_out_refused_or_blank(tmp_path_factory, text):
    """Lines are counted here by Python's own splitting of bytes, which ends lines at LF, CRLF and CR."""
    path = tmp_path_factory.mktemp("lines") / "c.csv"
    path.write_bytes(("provider,category,charge\n" + text).encode())
    found, parts = text.encode().splitlines(), []
    blank = [at for at, line in enumerate(found, 2) if not line.strip(b' ,"')]
    with contextlib.suppress(CountyFundError):  # of no rows at all: then every line must be blank
        parts = list(pieces(open_source(path, CLAIMS)))
    rows = [int(row) for part in parts for row in part.rows]
    told = [line.row for part in parts for line in part.refused]
    assert sorted({*rows, *told} | set(blank)) == list(range(2, len(found) + 2))
    assert not set(rows) & set(told)
    for part in parts:
        for row, charge in zip(part.rows, part.columns["charge"].to_pylist(), strict=True):
            line = found[int(row) - 2].decode()
            assert charge is None or charge in line or charge in line.replace('""', '"')


# --- what a file is -----------------------------------------------------------------------------------------------
def _zip(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x" * 5000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(bills(2).encode()), "compressed (gzip)"),
        (_zip("claims.csv"), "archive (zip)"),
        (_zip("xl/workbook.xml"), "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook (xls)"),
        (b"<html><table><tr><td>claim</td></tr></table></html>", "web page"),
        (bills(2).encode("utf-16"), "UTF-16"),
        (bills(2).encode("utf-16-le"), "UTF-16"),
        (bills(2).encode("utf-16-be"), "UTF-16"),
        (bills(2).encode().replace(b"x", b"\0", 1), "NUL bytes"),
        (b"%PDF-1.7\n", "PDF"),
        (b"", "is empty"),
        (HEAD.encode(), "headings but no rows"),
        (b"\n\n", "no headings"),
        (b'"claim\nnumber",provider\n1,H1\n', "a heading is broken over lines"),
    ],
    ids=range(14),
)
def test_what_is_no_table_of_text_is_named(data, says, tmp_path):
    assert says in refused(tmp_path, claims=data)
    (tmp_path / "groups.csv").write_bytes(data)
    if data != HEAD.encode():
        with pytest.raises(CountyFundError):
            read_table(tmp_path / "groups.csv")


def test_a_nul_byte_is_told_with_its_line(tmp_path):
    assert "claims.csv, line 3" in refused(tmp_path, claims=bills(2, {3: "3,H1,inpatient,100,60,\0\n"}))


def test_the_odd_line_of_a_mixed_file_is_named(tmp_path):
    """The headings are UTF-8, so it is line 3 in GBK that is odd; and the other way round."""
    head, first, second = "结算单号,医疗机构编码,医疗类别,险种,医疗总费用\n", "1,H1,住院,居民,5\n", "2,H1,住院,居民,5\n"
    told = refused(tmp_path, claims=(head + first).encode() + second.encode("gbk"))
    assert "line 3" in told
    assert "not UTF-8" in told
    told = refused(tmp_path, claims=(head + first).encode("gbk") + "3,H1,住院,居民,5\n".encode())
    assert "line 3" in told
    assert "not GB18030" in told
    assert len(settled(tmp_path, claims=(head + first + second).encode("gbk")).fund) == 1


def test_a_heading_that_begins_like_an_archive_is_a_heading(tmp_path):
    assert fund(settled(tmp_path, claims="PKID,provider,category,charge,statutory\n1,H1,inpatient,100,60\n")) == 6000


@pytest.mark.parametrize("name", list(FILES))
def test_headings_alone_are_one_message(name, tmp_path):
    head = ",".join(column.name for column in FILES[name]) + "\n"
    given_files = {"claims": "claim,year,provider,category,charge\n1,2024,H1,outpatient,5\n"} | {name: head}
    if name == "items":
        given_files["groups"] = "group,weight,kind\nP,1,procedure\n"
    words = ["payment=apg", "payment.rate=1", "payment.coefficient=1"] if name == "items" else []
    told = refused(tmp_path, *words, **given_files)
    assert "no rows" in told or "too few" in told
    assert f"{name}.csv" in told


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in the file system")
def test_folders_pipes_and_closed_files_are_one_message(tmp_path, monkeypatch):
    words = [f"providers={tmp_path / 'p.csv'}", "payment=ffs", f"out={tmp_path / 'out'}"]
    (tmp_path / "p.csv").write_text(PROVIDERS)
    os.mkfifo(tmp_path / "pipe")
    for name, says in (
        (tmp_path, "folder"),
        (tmp_path / "pipe", "pipe or a device"),
        ("/dev/zero", "device"),
        (tmp_path / "none", "does not exist"),
        (tmp_path / "p.csv" / "x", "does not exist"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(CountyFundError, match=says):
            settle([f"claims={name}", *words])
    real = Path.open

    def closed(path: Path, *how: str, **more: str):
        if path.name == "closed.csv":
            raise PermissionError(13, "Permission denied")
        return real(path, *how, **more)

    (tmp_path / "closed.csv").write_text(bills(2))
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(CountyFundError, match="cannot be read"):
        settle([f"claims={tmp_path / 'closed.csv'}", *words])


def test_a_cell_above_the_usual_limit_of_readers_is_no_traceback(tmp_path):
    long = "x" * 200_000
    told = refused(tmp_path, claims=bills(2, {3: f"{long},H1,inpatient,100,60,\n"}))
    assert "row 3, claim: " in told
    assert "must have at most 200 characters, has 200,000" in told
    assert "lacks a required column" in refused(tmp_path, claims=f"{long},b\n1,2\n")
    assert fund(settled(tmp_path, claims=bills(2, {3: f"3,H1,inpatient,100,60,{long}\n"}))) == 2 * 6000


def test_a_line_without_end_is_told(tmp_path):
    assert "a line is too long" in refused(tmp_path, claims=HEAD.encode() + b"1," * (1 << 24))


# --- Parquet ------------------------------------------------------------------------------------------------------
def parquet(folder: Path, columns: dict, **how) -> Result:
    """Settle claims in Parquet."""
    base = {
        "provider": ["H1", "H1"],
        "category": ["inpatient", "inpatient"],
        "charge": [100, 100],
        "statutory": [60, 60],
    }
    pq.write_table(pa.table(base | columns), folder / "claims.parquet", **how)
    (folder / "providers.csv").write_text(PROVIDERS)
    return settle([f"claims={folder / 'claims.parquet'}", f"providers={folder / 'providers.csv'}", "payment=ffs",
                   f"out={folder / 'out'}", "overwrite=true"])  # fmt: skip


def test_a_small_file_that_claims_to_be_huge_is_refused_at_once(tmp_path):
    count = 3_000_000
    one = {"provider": "H1", "category": "inpatient"}
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int8()), [text]) for name, text in one.items()
    }
    table = pa.table(columns | {"charge": pa.array([1] * count, pa.int8())})
    pq.write_table(table, tmp_path / "claims.parquet", compression="zstd")
    assert (tmp_path / "claims.parquet").stat().st_size < 100_000
    (tmp_path / "providers.csv").write_text(PROVIDERS)
    started = time.perf_counter()
    with pytest.raises(CountyFundError, match="claims too many rows for its size"):
        settle([f"claims={tmp_path / 'claims.parquet'}", f"providers={tmp_path / 'providers.csv'}", "payment=ffs",
                f"out={tmp_path / 'out'}"])  # fmt: skip
    assert time.perf_counter() - started < 5


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured otherwise there")
def test_one_long_text_in_many_rows_takes_no_memory(tmp_path):
    """90,000 rows of one text of half a megabyte: 45 GB, were it written out."""
    count = 90_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * 500_000])
    same = {name: [text] * count for name, text in (("provider", "H1"), ("category", "inpatient"))}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CountyFundError, match="a cell of the file is too long"):
        parquet(tmp_path, same | {"charge": [1] * count, "statutory": [1] * count, "person": long})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes


def test_a_broken_page_is_one_message(tmp_path):
    size = 50_000
    columns = {"provider": ["H1"] * size, "category": ["inpatient"] * size, "charge": list(range(size)),
               "statutory": [0] * size, "claim": [f"c{k}" for k in range(size)]}  # fmt: skip
    parquet(tmp_path, columns, use_dictionary=False, compression="zstd")
    path = tmp_path / "claims.parquet"
    data, at = bytearray(path.read_bytes()), pq.read_metadata(path).row_group(0).column(4).data_page_offset
    data[at : at + 2000] = b"\xff" * 2000
    path.write_bytes(bytes(data))
    with pytest.raises(CountyFundError) as error:
        settle([f"claims={path}", f"providers={tmp_path / 'providers.csv'}", "payment=ffs", f"out={tmp_path / 'new'}"])
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("charge", [[1], [2]]),
        ("charge", [{"a": 1}, {"a": 2}]),
        ("charge", [True, False]),
        ("person", [[1], [2]]),
        ("person", [True, False]),
        ("days", pa.array([1, 2], pa.duration("s"))),
        ("date", pa.array([1, 2], pa.time32("s"))),
        ("person", pa.array([1, 2], pa.timestamp("us"))),
        ("year", pa.array([1, 2], pa.date32())),
    ],
)
def test_columns_that_hold_no_cells_are_named_with_their_type(name, values, tmp_path):
    with pytest.raises(CountyFundError, match="has a type that is not read") as error:
        parquet(tmp_path, {name: values})
    assert f"column {name}" in str(error.value)


def test_a_column_that_is_not_read_may_be_of_any_type(tmp_path):
    assert fund(parquet(tmp_path, {"extra": [[1], [2]], "more": [True, None]})) == 12_000


def test_groups_in_parquet_are_bounded_and_typed(tmp_path):
    path = tmp_path / "g.parquet"
    pq.write_table(pa.table({"group": [12.0, 13.0], "weight": [1.5, 2.0], "list": [[1], [2]]}), path)
    assert [(row["group"], row["weight"]) for row in checked_rows(path, FILES["groups"])] == [
        ("12", 1_500_000),
        ("13", 2_000_000),
    ]
    pq.write_table(pa.table({"group": [[1]], "weight": [1.5]}), path)
    with pytest.raises(CountyFundError, match="type that is not read"):
        read_table(path)
    pq.write_table(pa.table({"group": ["a"] * 50_000, "weight": [1.5] * 50_000}), path)
    with pytest.raises(CountyFundError, match="too many rows"):
        read_table(path)


# --- the signed list ------------------------------------------------------------------------------------------------
def _overlaps(spells):
    """By comparing every row with every earlier one."""
    return [any(a <= d and c <= b for c, d in spells[:at]) for at, (a, b) in enumerate(spells)]


@given(st.lists(st.tuples(st.integers(1, 28), st.integers(1, 28)).map(lambda days: tuple(sorted(days))), max_size=12))
def test_spells_of_a_person_overlap_as_each_compared_with_each(spells):
    from sim.settle.read.signed import _Days

    covered = _Days([], [])
    assert [covered.add(*spell) for spell in spells] == _overlaps(spells)


def test_twenty_thousand_rows_of_one_person_are_quick(tmp_path):
    rows = "".join(f"P,120,2024-01-{1 + k % 28:02d},2024-01-{1 + k % 28:02d}\n" for k in range(20_000))
    started = time.perf_counter()
    told = refused(
        tmp_path,
        claims="person,date,provider,category,charge\nP,2024-01-01,H1,inpatient,5\n",
        signed="person,base_cost,signed_from,signed_to\n" + rows,
    )
    assert time.perf_counter() - started < 20
    assert "value: 19972" in told  # the first 28 days are each signed once


# --- the terminal ---------------------------------------------------------------------------------------------------
def test_names_are_shown_as_they_stand_and_cannot_steer_the_terminal(tmp_path, capsys):
    names = ("医院[east]", "[red]二院", "三院[/red]", "bad\x1b[31m\x07院")
    rows = "".join(f'H{k},"{name}",county,A\n' for k, name in enumerate(names))
    (tmp_path / "p.csv").write_text("provider,name,tier,community\n" + rows)
    (tmp_path / "c.csv").write_text(
        "provider,category,charge,statutory,备\x1b[2J注\n"
        + "".join(f"H{k},inpatient,100,{10 * k + 1},x\n" for k in range(4))
    )
    words = [
        f"claims={tmp_path / 'c.csv'}",
        f"providers={tmp_path / 'p.csv'}",
        "payment=budget",
        "payment.points=charge",
        "payment.pool=100",
    ]
    assert main(["settle", *words, f"out={tmp_path / 'out'}"]) == 0
    told = capsys.readouterr().out
    for name in names[:3]:
        assert name in told
    assert "bad\\x1b[31m\\x07院" in told
    assert "备\\x1b[2J注" in told
    assert "\x1b[2J" not in told
    assert "\x07" not in told
    (tmp_path / "c.csv").write_text("provider,category,cha\x1b[2Jrge\nH\x1b1,inpatient,1\n")
    assert main(["settle", *words, f"out={tmp_path / 'new'}"]) == 2
    assert "\x1b" not in capsys.readouterr().err


# --- damaged files ------------------------------------------------------------------------------------------------
def _read_all(path: Path) -> int:
    """Every cell of a claims file as values; the number of rows."""
    source, rows = open_source(path, CLAIMS), 0
    for piece in pieces(source):
        values, texts, _ = read_cells(source, piece, {"provider": {"H1": 0}, "group": {}, "home": {}}, Tally())
        assert {len(column) for column in (*values.values(), *texts.values())} <= {len(piece.rows)}
        rows += len(piece.rows) + len(piece.refused)
    return rows


def _whole(form: str) -> bytes:
    table = pa.table({
        "claim": [f"c{k}" for k in range(40)], "provider": ["H1"] * 40, "category": ["住院"] * 40,
        "charge": [1.25 * k for k in range(40)], "date": ["2024-01-31"] * 40, "days": list(range(40)),
    })  # fmt: skip
    held = io.BytesIO()
    if form == "csv":
        held.write(",".join(table.column_names).encode() + b"\n")
        held.writelines((",".join(map(str, row.values())) + "\n").encode() for row in table.to_pylist())
    else:
        pq.write_table(table, held, compression="zstd")
    return held.getvalue()


@pytest.mark.parametrize("form", ["csv", "parquet"])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), min_size=1, max_size=6), st.booleans())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused_by_one_message(form, tmp_path_factory, changes, cut):
    data = bytearray(_whole(form))
    for at, new in changes:
        place = at % len(data)
        data[place : place + (0 if cut else len(new))] = new
    path = tmp_path_factory.getbasetemp() / f"damaged.{form}"
    path.write_bytes(bytes(data))
    with contextlib.suppress(CountyFundError):
        assert _read_all(path) > 0
