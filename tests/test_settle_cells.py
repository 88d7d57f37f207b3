"""What stands in a cell is read exactly or refused; headings, units, totals, reversals are told for what they are."""

import csv
import datetime as dt
import json
import re
import unicodedata
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.errors import CountyFundError
from sim.groups import read_table
from sim.settle import cells
from sim.settle.assumed import FLOATS
from sim.settle.columns import BAD, CLAIMS, ENROLMENT, MISSING
from sim.settle.command import settle
from tests.test_settle_files import PROVIDERS, fund, refused, settled

CLAIM = "claim,person,provider,date,category,days,charge,statutory\n"
COLUMN = {column.name: column for column in (*CLAIMS, *ENROLMENT)}


def one(**cells_of_it: str) -> str:
    """A claims file with one good bill of 10,000 yuan, of which the fund pays 600; some cells given."""
    row = {"claim": "1", "person": "P1", "provider": "H1", "date": "2024-05-01", "category": "住院", "days": "5",
           "charge": "10000.00", "statutory": "600.00", "group": "", "home": "", "cases": ""}  # fmt: skip
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in (row | cells_of_it).values())
    return ",".join(row) + "\n" + ",".join(quoted) + "\n"


def many(column: str, texts: tuple[str, ...]) -> str:
    """A claims file with a good bill for each text of a column."""
    first, *_ = one().splitlines()
    return "\n".join(
        [first, *(one(**{"claim": f"c{k}", column: text}).splitlines()[1] for k, text in enumerate(texts))]
    )


# --- who -----------------------------------------------------------------------------------------------------
SPOILT = (
    "9.9e+17", "9.9E17", "1.23E+17", "4.4E17", "9,9E+17", "1E+17", "9.905001990010112e+17", "330500123456.0", "12.",
    "1234.00", "330,500,123,456", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "########",
    "#SPILL!", "Err:502", "330.5E+15",
    "33E+16", "-1.2E+05", "３.３E+17", "3-Mar", "3月1日", "A\u200b", "A\u202eB", "inf", "330500199001011000",
)  # fmt: skip
SOUND = (
    "0012", "J18.9", "1E90", "A-1", "330500199001011217", "H0001", "东医共体（总院）", "a b", "#12", "2024000000000000",
    "20.5.1", "E10", "1,2", "医院[3]", "[red]", 'B"q', "330500199001012000",
)  # fmt: skip


@pytest.mark.parametrize("column", ["claim", "person", "provider", "group", "home"])
def test_a_number_that_a_spreadsheet_spoilt_identifies_nobody(column, tmp_path):
    told = refused(tmp_path, "errors=1000", claims=many(column, SPOILT))
    listed = (tmp_path / "out.errors.csv").read_text(encoding="utf-8-sig")
    for row in range(2, 2 + len(SPOILT)):
        assert f"\nclaims.csv,{row},{column}," in listed, (row, SPOILT[row - 2], told)


def test_sound_codes_stay_as_they_stand(tmp_path):
    settled(tmp_path, claims=many("person", SOUND))
    assert pd.read_parquet(tmp_path / "out" / "receipts.parquet")["person"].tolist() == list(SOUND)


def test_a_number_rounded_to_15_digits_is_known_by_its_like(tmp_path):
    """One of three that ends in zeros may be right; two of three were rounded."""
    told = refused(tmp_path, claims=many("person", ("330500199001011000", "330500199001012000", "330500199001011217")))
    assert "row 2, person: '330500199001011000' must be text: a spreadsheet rounded this number to 15 digits" in told
    assert "row 3" in told
    assert "row 4" not in told


@pytest.mark.parametrize("text", ["9.9e+17", "#N/A", "12.0", "1.2E+05", "#REF!", "########"])
@pytest.mark.parametrize(("name", "columns", "row"), [
    ("providers", "provider,tier,community", "{},county,A"), ("providers", "provider,tier,community", "H2,county,{}"),
    ("providers", "provider,tier,community,parent", "H2,township,A,{}"), ("enrolment", "community,heads", "{},5"),
    ("signed", "person,base_cost,months", "{},5,6"), ("groups", "group,weight", "{},1"),
    ("groups", "group,weight,related", "X,1,{}"),
    ("history", "claim,year,provider,category,charge", "{},2023,H1,住院,5"),
])  # fmt: skip
def test_the_same_holds_in_every_file(name, columns, row, text, tmp_path):
    files = {name: f"{columns}\n{row.format(text)}\n"}
    if name == "providers":
        files[name] += "H1,county,A" + "," * (columns.count(",") - 2) + "\n"
    told = refused(tmp_path, claims=one(), **files)
    assert f"{name}.csv, row 2, " in told
    assert "must be text: " in told


def test_two_persons_do_not_become_one(tmp_path):
    """Two stays of 10,000 yuan of two persons: 7,600 each; as one person the later stay would be paid 7,800."""
    head = "claim,person,provider,date,category,days,charge,covered\n"
    rows = "1,{},H1,2024-02-01,inpatient,5,10000.00,10000.00\n2,{},H1,2024-03-01,inpatient,5,10000.00,10000.00\n"
    assert fund(settled(tmp_path, claims=head + rows.format("990500199001011201", "990500199001011219"))) == 1_520_000


def test_error_words_are_named_in_every_column(tmp_path):
    for column in ("charge", "category", "date", "days"):
        assert "error word of a spreadsheet" in refused(tmp_path, claims=one(**{column: "#N/A"})), column
    told = refused(tmp_path, claims=one(), providers="provider,name,tier\nH1,#REF!,county\n")
    assert "providers.csv, row 2, name: '#REF!' must be a name: this is an error word" in told


def test_full_width_letters_are_the_same_letters_and_that_is_said(tmp_path):
    files = {"claims": one(provider="Ｈ１", home="Ａ"), "enrolment": "community,heads\nＡ,5\n"}
    result = settled(tmp_path, "payment=package", "settlement.lump_per_head=100", **files)
    assert result.communities.filter(like="budget").iloc[0].tolist() == [50_000]  # one community, not two
    assert len([note for note in result.notes if "half-width" in note]) == 3  # institution, community, enrolment
    table = read_table(_file(tmp_path, "group,weight\nＧ１,1.5\n"))
    assert table.rows[0]["group"] == "G1"
    assert "half-width" in table.told[0][0]


def _file(folder, text):
    (folder / "g.csv").write_text(text, encoding="utf-8")
    return folder / "g.csv"


@pytest.mark.parametrize(("values", "good"), [
    (np.array([12.0, np.nan]), True), (np.array([2.0**53 - 1, 1]), True), (np.array([2.0**53, 1]), False),
    (np.array([9.9e17, 1]), False), (np.array([12.5, 1]), False), (np.array([np.inf, 1]), False),
    (np.array([2.0**24, 1], dtype=np.float32), False), (np.array([123456.0, 1], dtype=np.float32), True),
    (np.array([990500199001011201, 1]), True), (pa.array([2**64 - 1, 1], pa.uint64()), True),
    (pa.array([Decimal("12"), None]), True), (pa.array([b"12", b"\xff"]), False), (pa.array([b"12", None]), True),
])  # fmt: skip
def test_numbers_of_parquet_identify_somebody_where_no_digit_can_be_lost(values, good):
    """A binary fraction of 53 bits holds every whole number below 2^53, one of 24 bits below 2^24."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    read = cells.codes(array)
    assert good == (not read.faults)
    if good:
        floats = pa.types.is_floating(array.type)
        assert read.senses.get((FLOATS, ""), 0) == (len(array) - np.isnan(array).sum() if floats else 0)
        expected = [None if cell is None or cell != cell else str(int(cell)) for cell in array.to_pylist()]
        assert read.text.to_pylist() == expected


# --- how much --------------------------------------------------------------------------------------------------
READ = {
    "1,234.56": 123_456, "12,345": 1_234_500, "1,234,567.8": 123_456_780, "１，２３４．５０": 123_450,
    "¥1234.5": 123_450,
    "￥１２３４．５元": 123_450, "1234.5000": 123_450, "1.5万": 1_500_000, "1.5万元": 1_500_000, "0.00012亿": 1_200_000,
    "人民币600元": 60_000, "'600": 60_000, "600\u00a0": 60_000, ".5": 50, "600.": 60_000, "+600": 60_000,
    "600元整": 60_000, "0.06萬圓": 60_000, "0.123456万": 123_456,
}  # fmt: skip
NOT_READ = (
    "1234,56", "0,5", "100,5", "1.234,56", "12,34.5", "1,23,456", "12,34,567.00", "0,500", "1 234.56", "1\u00a0234.56",
    "1\u2009234.56", "1\u202f234.56", "一百", "壹佰元整", "inf", "Infinity", "1e3", "6E+03", "5%", "0.005", "1.2.3",
    "99999999999999999999", "1" * 400, "0.1234567万", "1,234,56", ",5", "1,", "--5", "（100", "$5",
    "１２３．４５６", "12a",
)  # fmt: skip


def test_amounts_that_are_read(tmp_path):
    head, *rows = many("statutory", tuple(READ)).splitlines()
    result = settled(tmp_path, claims="\n".join([head, *(row.replace("10000.00", "20000000") for row in rows)]))
    assert pd.read_parquet(tmp_path / "out" / "receipts.parquet")["statutory"].tolist() == list(READ.values())
    (said,) = [note for note in result.notes if "was multiplied out" in note]
    assert "(5 cells)" in said


def test_amounts_that_are_refused(tmp_path):
    refused(tmp_path, claims=many("statutory", NOT_READ))
    with (tmp_path / "out.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        found = {int(row["row"]): row for row in csv.DictReader(file)}
    for row, text in enumerate(NOT_READ, 2):
        assert found[row]["column"] == "statutory", text
        assert found[row]["rule"].startswith("must be yuan"), text


@pytest.mark.parametrize(("text", "says"), [
    ("1234,56", "a decimal comma is not read"), ("一百", "Chinese numerals are not read"), ("inf", "not finite"),
    ("1 234", "blanks within it"), ("1.2E+5", "a spreadsheet shortened it"), ("1" * 30, "too large"),
])  # fmt: skip
def test_the_message_says_what_is_wrong(text, says, tmp_path):
    assert says in refused(tmp_path, claims=one(statutory=text))


@pytest.mark.parametrize(("text", "heads"), [
    ("100,5", None), ("5,0", None), ("1,005", 1005), ("4.5万", 45_000), ("１００", 100), ("100.0", 100),
    ("100.5", None), ("1.23456万", None), ("100元", None), ("¥100", None), ("inf", None), ("一百", None),
])  # fmt: skip
def test_heads_are_counted_exactly_or_refused(text, heads, tmp_path):
    enrolment = f'community,heads\nA,"{text}"\n'
    if heads is None:
        assert "enrolment.csv, row 2, heads" in refused(tmp_path, claims=one(), enrolment=enrolment)
    else:
        settled(tmp_path, claims=one(), enrolment=enrolment)
        assert json.loads((tmp_path / "out" / "manifest.json").read_text())["heads"] == {"A": heads}


def test_days_with_a_decimal_comma_are_refused(tmp_path):
    """5,0 days are five, not fifty."""
    assert "claims.csv, row 2, days: '5,0'" in refused(tmp_path, claims=one(days="5,0"))


@pytest.mark.parametrize(("text", "ppm"), [
    ("0.95", 950_000), ("95%", 950_000), ("９５％", 950_000), ("95.5 %", 955_000), ("1", 10**6), ("100%", 10**6),
    ("95", None), ("0,95", None), ("1.0000001", None), ("-5%", None), ("九成", None),
])  # fmt: skip
def test_a_score_is_a_share(text, ppm, tmp_path):
    enrolment = f'community,heads,score\nA,5,"{text}"\n'
    if ppm is None:
        told = refused(tmp_path, claims=one(), enrolment=enrolment)
        assert "enrolment.csv, row 2, score" in told
        assert "0.95" in told
    else:
        result = settled(tmp_path, claims=one(), enrolment=enrolment)
        assert any("a per cent is a hundredth" in note for note in result.notes) == (text[-1] in "%％")
        assert cells.integers(COLUMN["score"], pa.array([text])).values.tolist() == [ppm]


@pytest.mark.parametrize(("text", "ppm"), [
    ("1.5", 1_500_000), ("１．５", 1_500_000), ("1,5", None), ("1,234", None), ("95%", None), ("inf", None),
    ("一", None), ("-1", None), ("1E2", None),
])  # fmt: skip
def test_weights_of_groups(text, ppm, tmp_path):
    table = read_table(_file(tmp_path, f'group,weight\nX,"{text}"\n'))
    assert [row["weight"] for row in table.rows] == ([] if ppm is None else [ppm])
    assert len(table.faults) == (ppm is None)


@pytest.mark.parametrize(("array", "expected"), [
    (pa.array([1.1, 0.1 + 0.2, None, float("nan")]), [110, 30, MISSING, MISSING]),
    (pa.array([1.005, float("inf"), 1e300, 0.004999]), [BAD] * 4),
    (pa.array([1.1], pa.float32()), [110]),
    (pa.array([1e7 + 0.01], pa.float32()), [BAD]),
    (pa.array([2**64 - 1, 5], pa.uint64()), [BAD, 500]),
    (pa.array([-(2**63), 2**63 - 1]), [BAD, BAD]),
    (pa.array([Decimal("12345678901234567890123456789012.34"), Decimal("1.50")]), [BAD, 150]),
    (pa.array([Decimal("1.234"), None]), [BAD, MISSING]),
    (pa.array(["1.5", None]).dictionary_encode().dictionary_decode(), [150, MISSING]),
    (pa.nulls(2), [MISSING, MISSING]),
    (pa.array(["NaN", "5"]), [MISSING, 500]),
])  # fmt: skip
def test_amounts_of_parquet(array, expected):
    assert cells.integers(COLUMN["charge"], array).values.tolist() == expected


# --- any cell: against an independent reading -----------------------------------------------------------------
def independent(text: str, decimals: int) -> Decimal | None:
    """What a person would read: full-width as half-width, groups of three, 万 and 亿; None: nothing certain."""
    text = unicodedata.normalize("NFKC", text.strip().removeprefix("'")).strip()
    for sign in ("¥", "元"):
        text = text.removeprefix(sign).removesuffix(sign).strip() if decimals else text
    power = {"万": 4, "亿": 8}.get(text[-1:], 0)
    number = text[:-1].strip() if power else text
    whole, _, part = number.partition(".")
    groups = whole.lstrip("+-").split(",")
    if len(groups) > 1 and (
        not 1 <= len(groups[0]) <= 3 or groups[0][0] == "0" or any(len(g) != 3 for g in groups[1:])
    ):
        return None
    if "," in part or "_" in number or not number.isascii():
        return None
    try:
        value = Decimal(number.replace(",", "")).scaleb(power)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


CELLS = st.one_of(
    st.text("0123456789.,-+ 万亿元¥%eE１２．，－（）()'", max_size=12),
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.integers(0, 10**20).map(lambda n: f"{n:,}"),
    st.decimals(0, 10**6, places=3).map(lambda d: f"{d}万"),
    st.floats().map(str),
    st.text(max_size=8),
)


@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from(["charge", "days"]))
@settings(max_examples=300)
@example(["1.", "1.50", "0.5"], "charge")
def test_any_cell_is_read_to_the_value_of_an_independent_reading_or_refused(texts, name):
    """Cells beside each other must not change what is read of one, so they are drawn together."""
    decimals = 2 if name == "charge" else 0
    values = cells.integers(COLUMN[name], pa.array(texts)).values.tolist()
    for text, value in zip(texts, values, strict=True):
        if value in (BAD, MISSING):
            continue
        expected = independent(text, decimals)
        if expected is None:  # accounting brackets and a minus behind: negative, hence never paid
            assert value <= 0, text
        else:
            assert Decimal(value) == abs(expected.scaleb(decimals)) * (1 if value >= 0 else -1), text


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_plain_amounts_are_all_read(amounts):
    texts = [f"{fen // 100}.{fen % 100:02d}" for fen in amounts]
    assert cells.integers(COLUMN["charge"], pa.array(texts)).values.tolist() == amounts
    grouped = [f"{fen // 100:,}.{fen % 100:02d}" for fen in amounts]
    assert cells.integers(COLUMN["charge"], pa.array(grouped)).values.tolist() == amounts


@given(st.lists(st.one_of(st.text(max_size=8), st.text("0123456789.,eE+#/A-", max_size=12)), min_size=1, max_size=6))
@settings(max_examples=200)
def test_any_code_stays_as_it_stands_or_is_refused(texts):
    read = cells.codes(pa.array(texts))
    bad = np.logical_or.reduce([np.zeros(len(texts), dtype=bool), *read.faults.values()])
    for text, kept, wrong in zip(texts, read.text.to_pylist(), bad, strict=True):
        if kept is not None and not wrong:
            assert unicodedata.normalize("NFKC", kept) in unicodedata.normalize("NFKC", text)
            assert not re.fullmatch(r"\d+\.\d+[eE][+-]?\d+|\d+[eE][+-]\d+|\d+\.0?|#[A-Z]+!", kept)
            assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cf"}


# --- headings ----------------------------------------------------------------------------------------------------
ROW = "0001,000123,H1,2024-05-01,居民,住院,5,10000.00,"
HEADS = "结算单号,个人编号,医疗机构编码,结算日期,险种,医疗类别,住院天数,医疗总费用,"


def test_a_unit_behind_a_known_heading_is_the_same_column(tmp_path):
    """Of 10,000 yuan 5,000 are covered: (5,000 - 500) x 0.8 = 3,600; and 600 that are given are paid."""
    covered = f"{HEADS}政策范围内费用（元）,统筹基金支付\n{ROW}5000.00,\n"
    assert fund(settled(tmp_path, claims=covered)) == 360_000
    given_ = f"{HEADS}政策范围内费用(元),统筹基金支付(元)\n{ROW}5000.00,600.00\n"
    assert fund(settled(tmp_path, "overwrite=true", claims=given_)) == 60_000
    slash = f"{HEADS}统筹基金支付/元\n{ROW}600.00\n"
    assert fund(settled(tmp_path, "overwrite=true", claims=slash)) == 60_000


def test_the_name_of_a_code_list_is_the_code_list(tmp_path):
    text = "结算单号,医疗机构编码,结算日期,险种名称,医疗类别,医疗总费用,统筹基金支付\n"
    rows = "1,H1,2024-05-01,居民,住院,10000.00,5000.00\n2,H1,2024-05-01,职工,住院,10000.00,8000.00\n"
    assert fund(settled(tmp_path, claims=text + rows)) == 500_000
    both = text.replace("险种名称", "险种名称,险种") + rows.replace("居民", "商业,390").replace("职工", "商业,310")
    result = settled(tmp_path, "overwrite=true", claims=both)
    assert fund(result) == 500_000
    assert any("not read: 险种名称" in note for note in result.notes)


@pytest.mark.parametrize(("heading", "cell", "fen"), [
    ("统筹基金支付(万元)", "0.06", 60_000), ("统筹基金支付（万元）", "0.0600001", None),
    ("统筹基金支付(千元)", "0.6", 60_000),
    ("统筹基金支付/万元", "1,234.56", 1_234_560_000), ("统筹基金支付(亿元)", "0.00001", 100_000),
])  # fmt: skip
def test_another_unit_in_a_heading_is_multiplied_out_exactly_and_said(heading, cell, fen, tmp_path):
    text = f'provider,category,charge,{heading}\nH1,住院,100000000,"{cell}"\n'
    if fen is None:
        assert "row 2, statutory" in refused(tmp_path, claims=text)
    else:
        result = settled(tmp_path, claims=text)
        assert fund(result) == fen
        assert any("names its unit" in note for note in result.notes)


def test_units_that_are_not_read_and_columns_given_twice_are_refused(tmp_path):
    for heading in ("统筹基金支付(分)", "统筹基金支付(美元)"):
        assert "a unit that is not read" in refused(
            tmp_path, claims=f"provider,category,charge,{heading}\nH1,住院,1,1\n"
        )
    for heading in ("charge", "总费用", "医疗总费用(元)", "CHARGE"):
        told = refused(tmp_path, claims=f"provider,category,charge,{heading}\nH1,住院,1,1\n")
        assert "two columns hold 'charge'" in told


def test_what_is_not_read_and_what_is_assumed_is_said(tmp_path):
    text = "provider,category,charge,险总,备注,政策内费用,cases\nH1,住院,100,1,x,50,\nH1,住院,100,1,x,50,2\n"
    notes = settled(tmp_path, claims=text).notes
    (unread,) = [note for note in notes if "not read" in note]
    assert "险总" in unread
    assert "备注" in unread
    assert "政策内费用 (did you mean 政策范围内费用?)" in unread
    (empty,) = [note for note in notes if note.startswith("claims.csv: what is empty")]
    for words in ("insurance (no such column): resident", "covered (no such column): the whole charge",
                  "cases (1 of 2 rows): 1", "statutory (no such column): computed by the benefit rules"):  # fmt: skip
        assert words in empty
    chinese = settled(tmp_path, "overwrite=true", "language=zh", claims=text).notes
    assert any("险种(无此列):居民医保" in note and "cases(2行中1行):1例" in note for note in chinese)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    page = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    assert any("居民医保" in note for note in manifest["notes"])
    assert "险种(无此列):居民医保" in page


def test_codes_read_as_positions_are_told_and_national_codes_are_not(tmp_path):
    text = "provider,insurance,category,charge,statutory\nH1,1,1,100,50\nH1,2,2,10000,5000\n"
    result = settled(tmp_path, claims=text, providers="provider,tier\nH1,2\n")
    assert fund(result) == 5_000
    told = [note for note in result.notes if "by the position" in note]
    assert len(told) == 5
    assert any("insurance: 1 was read as resident (1 cell)" in note for note in told)
    national = "provider,insurance,category,charge,statutory\nH1,390,11,100,50\nH1,310,21,10000,5000\n"
    assert not any("by the position" in note for note in settled(tmp_path, "overwrite=true", claims=national).notes)
    table = read_table(_file(tmp_path, "group,weight,kind,packaged\nX,1,0,1\n"))
    assert next(told for told, _ in table.told if "by the position" in told).startswith("kind 0 was read as procedure")


# --- totals ----------------------------------------------------------------------------------------------------
BILLS = "0001,P1,H1,2024-05-01,居民,住院,5,1234.50,600.00,x\n0002,P2,H1,2024-06-01,居民,住院,5,2345.60,1200.00,y\n"
BILL_HEAD = "结算单号,个人编号,医疗机构编码,结算日期,险种,医疗类别,住院天数,医疗总费用,统筹基金支付,备注\n"


@pytest.mark.parametrize("last", [
    "合计,,H1,,,住院,10,3580.10,1800.00,", ",合 计,H1,,,住院,10,3580.10,1800.00,", ",,H1,,,住院,10,1,1,合计：",
    "总计：,,H1,,,住院,,1,1,", "合計,,H1,,,住院,,1,1,", "小　计,,H1,,,住院,,1,1,", "Total,,H1,,,住院,10,1,1,",
    ",,H1,,,住院,10,3580.10,1800.00,", ",,H1,,居民,住院,,3580.10,1800.00,张三", "本页合计,,H1,,,住院,1,5,1,",
])  # fmt: skip
def test_a_row_of_totals_is_no_bill(last, tmp_path):
    """600 + 1,200 = 1,800."""
    text = BILL_HEAD + BILLS + last + "\n"
    assert "this is a total of other rows" in refused(tmp_path, claims=text)
    assert fund(settled(tmp_path, "skip_bad=true", claims=text)) == 180_000
    rows = text.splitlines()
    told = refused(tmp_path, "overwrite=true", claims=BILL_HEAD + BILLS,
                   history="\n".join([rows[0], *(row.replace("2024", "2023") for row in rows[1:])])) \
        if (tmp_path / "out").rename(tmp_path / "old") else ""  # fmt: skip
    assert "history.csv, row 4" in told


def test_bills_that_look_like_totals_are_bills(tmp_path):
    text = BILL_HEAD + BILLS.replace(",x", ",Total Care 合计部").replace(
        ",y", ",合计"
    )  # the number tells whose bill it is
    assert fund(settled(tmp_path, claims=text)) == 180_000
    plain = "provider,category,charge,statutory\nH1,住院,1,1\nH1,住院,2,2\nH1,住院,3,3\n"
    assert fund(settled(tmp_path, "overwrite=true", claims=plain)) == 600


@pytest.mark.parametrize(("name", "text"), [
    ("enrolment", "community,heads\nA,100\n合计,100\n"), ("signed", "person,base_cost,months\nP,1,2\n总计,1,2\n"),
    ("providers", PROVIDERS + "合计,county,\n"), ("groups", "group,name,weight\nX,甲,1\n合计,,1\n"),
    ("groups", "group,name,weight\nX,甲,1\nY,Total,1\n"),
    ("enrolment", "community,heads,remark\nA,100,\nB,100,total\n"),
])  # fmt: skip
def test_totals_are_told_in_every_file(name, text, tmp_path):
    told = refused(tmp_path, claims=one(), **{name: text})
    assert f"{name}.csv, row 3" in told
    assert "this is a total of other rows" in told


def test_totals_are_told_in_parquet(tmp_path):
    columns = {"claim": ["1", "2", "合计"], "provider": ["H1"] * 3, "category": ["住院"] * 3, "charge": [1, 2, 3],
               "statutory": [1, 2, 3]}  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    (tmp_path / "providers.csv").write_text(PROVIDERS)
    with pytest.raises(CountyFundError, match="row 4: '合计' must be a row of its own"):
        settle([f"claims={tmp_path / 'c.parquet'}", f"providers={tmp_path / 'providers.csv'}", "payment=ffs",
                f"out={tmp_path / 'out'}"])  # fmt: skip


# --- reversals -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("amount", ["-10000.00", "−10000", "－１００００", "(10,000.00)", "（10000.00）", "10000.00-",
                                    "-¥10000", "¥-10000", "-1万"])  # fmt: skip
def test_a_reversal_is_named_and_never_left_out(amount, tmp_path):
    """Leaving the reversal out would pay the bill that it takes back: 5,000 yuan for nothing."""
    head, bill = one(statutory="5000").splitlines()
    _, back = one(claim="2", charge=amount, statutory=amount).splitlines()
    text = f"{head}\n{bill}\n{back}\n"
    for words in ((), ("skip_bad=true",)):
        told = refused(tmp_path, *words, claims=text)
        assert "a reversal (冲正)" in told
        assert "cannot be left out" in told
        assert "skip_bad=true" not in told
    history = text.replace("2024", "2023")
    assert "cannot be left out" in refused(tmp_path, "skip_bad=true", claims=one(), history=history)
    assert "cannot be left out" in refused(tmp_path, "skip_bad=true", claims=one(cases="-1"))


# --- days ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "day"), [
    ("2024-01-31", 20240131), ("2024/1/31 8:15", 20240131), ("2024年1月31日", 20240131), ("20240131081500", 20240131),
    ("2024-01-31T23:59:59.123", 20240131), ("2024/1/31 上午 8:15", 20240131), ("2024.1.31", 20240131),
    ("２０２４－０１－３１", 20240131), ("2024-01-31 08时15分", 20240131), ("20240131", 20240131),
    ("2024-01-31T16:00:00Z", BAD), ("2024-01-31 16:00:00+00:00", BAD), ("2024-01-31 oder so", BAD), ("202401311", BAD),
    ("45322", BAD), ("31.01.2024", BAD), ("2024-13-01", BAD), ("#N/A", BAD), ("2024-01-31-05", BAD), ("2024-01", BAD),
])  # fmt: skip
def test_dates_are_days_of_the_county_or_refused(text, day):
    assert cells.integers(COLUMN["date"], pa.array([text])).values.tolist() == [day]
    assert cells.integers(COLUMN["date"], pa.array(["2024-02-01", text, None])).values.tolist() == [
        20240201,
        day,
        MISSING,
    ]


def test_instants_are_read_in_the_zone_of_the_county_and_that_is_said(tmp_path):
    """16:00 of 29 February in UTC is 0:00 of 1 March in China; 23:59 of 30 June is 7:59 of 1 July."""
    instants = [dt.datetime(2024, 2, 29, 16, tzinfo=dt.UTC), dt.datetime(2024, 6, 30, 23, 59, tzinfo=dt.UTC)]
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        for unit in ("s", "ms", "us", "ns"):
            read = cells.integers(COLUMN["date"], pa.array(instants, pa.timestamp(unit, zone)))
            assert read.values.tolist() == [20240301, 20240701]
    naive = pa.array([instant.replace(tzinfo=None) for instant in instants])
    assert cells.integers(COLUMN["date"], naive).values.tolist() == [20240229, 20240630]
    for kind in (pa.date32(), pa.date64()):
        days = pa.array([dt.date(1969, 12, 31), dt.date(2024, 2, 29), None], kind)
        assert cells.integers(COLUMN["date"], days).values.tolist() == [19691231, 20240229, MISSING]
    table = {"provider": ["H1", "H1"], "category": ["住院", "住院"], "charge": [1, 1], "date": pa.array(instants)}
    pq.write_table(pa.table(table), tmp_path / "c.parquet")
    (tmp_path / "p.csv").write_text(PROVIDERS)
    result = settle([f"claims={tmp_path / 'c.parquet'}", f"providers={tmp_path / 'p.csv'}", "payment=ffs",
                     f"out={tmp_path / 'out'}"])  # fmt: skip
    assert any("UTC+8" in note for note in result.notes)
    assert list(pd.read_parquet(tmp_path / "out" / "receipts.parquet")["date"]) == [
        dt.date(2024, 3, 1),
        dt.date(2024, 7, 1),
    ]
