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

from sim.core.errors import CountyFundError
from sim.county.claims.group_tables import read_table
from sim.settle.command import settle
from sim.settle.read.columns import BAD, CODE_LISTS, MISSING
from sim.settle.read.integers import integers
from sim.settle.read.senses import FLOATS
from sim.settle.read.texts import codes
from sim.tables import CATEGORY_NAMES, INSURANCE_NAMES, TIER_NAMES
from tests.settle.small import COLUMN, PROVIDERS, fund, many, one, refused, settled

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
@pytest.mark.parametrize(
    ("name", "columns", "row"),
    [
        ("providers", "provider,tier,community", "{},county,A"),
        ("providers", "provider,tier,community", "H2,county,{}"),
        ("providers", "provider,tier,community,parent", "H2,township,A,{}"),
        ("enrolment", "community,heads", "{},5"),
        ("signed", "person,base_cost,months", "{},5,6"),
        ("groups", "group,weight", "{},1"),
        ("groups", "group,weight,related", "X,1,{}"),
        ("history", "claim,year,provider,category,charge", "{},2023,H1,住院,5"),
    ],
)
def test_the_same_holds_in_every_file(name, columns, row, text, tmp_path):
    files = {name: f"{columns}\n{row.format(text)}\n"}
    if name == "providers":
        files[name] += "H1,county,A" + "," * (columns.count(",") - 2) + "\n"
    told = refused(tmp_path, claims=one(), **files)
    assert f"{name}.csv, row 2, " in told
    assert "must be text: " in told


APG = ("payment=apg", "payment.rate=1", "payment.coefficient=1", "errors=1000")
SERVICES = "group,weight,kind\nP01,1,procedure\n"


@pytest.mark.parametrize("text", ["9.9e+17", "#N/A", "12.0", "1.2E+05", "#REF!", "########"])
@pytest.mark.parametrize("row", ["{},P01", "1,{}"])
def test_the_same_holds_of_services(row, text, tmp_path):
    told = refused(
        tmp_path, *APG, claims=one(category="门诊"), groups=SERVICES, items=f"claim,item\n{row.format(text)}\n"
    )
    assert "items.csv, row 2, " in told
    assert "must be text: " in told


@pytest.mark.parametrize("cell", [9.905001990010112e17, 12.5, float("inf"), "9.9e+17", "#N/A"])
@pytest.mark.parametrize(
    ("name", "column", "rest"),
    [
        ("providers", "provider", {"tier": "county", "community": "A"}),
        ("providers", "community", {"provider": "H2", "tier": "county"}),
        ("providers", "parent", {"provider": "H2", "tier": "township", "community": "A"}),
        ("enrolment", "community", {"heads": "5"}),
        ("groups", "group", {"weight": "1"}),
        ("groups", "related", {"group": "X", "weight": "1"}),
        ("signed", "person", {"base_cost": "5", "months": "6"}),
        ("signed", "community", {"person": "P1", "base_cost": "5", "months": "6"}),
        ("items", "claim", {"item": "P01"}),
        ("items", "item", {"claim": "1"}),
        *(
            ("claims", column, {"category": "门诊", "charge": "5", "provider": "H1", "year": "2024"})
            for column in ("claim", "person", "provider", "group", "home")
        ),
        *(
            ("history", column, {"category": "门诊", "charge": "5", "provider": "H1", "year": "2023"})
            for column in ("claim", "person", "provider", "group", "home")
        ),
    ],
)
def test_the_same_holds_in_every_file_of_parquet(name, column, rest, cell, tmp_path):
    path = tmp_path / f"{name}.parquet"
    pq.write_table(pa.table({head: [one_cell] for head, one_cell in (rest | {column: cell}).items()}), path)
    files = {"claims": one(category="门诊"), "groups": SERVICES, "providers": PROVIDERS}
    words = [f"{name}={path}", *APG, f"out={tmp_path / 'out'}"]
    for file in files.keys() - {name}:
        (tmp_path / f"{file}.csv").write_text(files[file], encoding="utf-8")
        words.append(f"{file}={tmp_path / file}.csv")
    with pytest.raises(CountyFundError) as told:
        settle(words)
    assert re.search(rf"^  {name}\.parquet, row 2.* must ", str(told.value), re.M), told.value


def test_codes_of_groups_that_parquet_holds_as_fractions_are_whole_and_said(tmp_path):
    pq.write_table(pa.table({"group": [12.0, 13.0], "weight": [0.5, 1e-5]}), tmp_path / "g.parquet")
    table = read_table(tmp_path / "g.parquet")
    assert [(row["group"], row["weight"]) for row in table.rows] == [("12", 500_000), ("13", 10)]
    assert any(en.startswith("2 codes with a decimal point") for en, _ in table.told)


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


@pytest.mark.parametrize(
    ("values", "good"),
    [
        (np.array([12.0, np.nan]), True),
        (np.array([2.0**53 - 1, 1]), True),
        (np.array([2.0**53, 1]), False),
        (np.array([9.9e17, 1]), False),
        (np.array([12.5, 1]), False),
        (np.array([np.inf, 1]), False),
        (np.array([2.0**24, 1], dtype=np.float32), False),
        (np.array([123456.0, 1], dtype=np.float32), True),
        (np.array([990500199001011201, 1]), True),
        (pa.array([2**64 - 1, 1], pa.uint64()), True),
        (pa.array([Decimal("12"), None]), True),
        (pa.array([b"12", b"\xff"]), False),
        (pa.array([b"12", None]), True),
    ],
)
def test_numbers_of_parquet_identify_somebody_where_no_digit_can_be_lost(values, good):
    """A binary fraction of 53 bits holds every whole number below 2^53, one of 24 bits below 2^24."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    read = codes(array)
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
    "１２３．４５６", "12a", "١٢٣",
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
        found = {int(row["row"]): row for row in csv.DictReader(file) if row["row"]}
    for row, text in enumerate(NOT_READ, 2):
        assert found[row]["column"] == "statutory", text
        assert found[row]["rule"].startswith("must be yuan"), text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1234,56", "a decimal comma is not read"),
        ("一百", "Chinese numerals are not read"),
        ("inf", "not finite"),
        ("1 234", "blanks within it"),
        ("1.2E+5", "a spreadsheet shortened it"),
        ("1" * 30, "too large"),
    ],
)
def test_the_message_says_what_is_wrong(text, says, tmp_path):
    assert says in refused(tmp_path, claims=one(statutory=text))


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("100,5", None),
        ("5,0", None),
        ("1,005", 1005),
        ("4.5万", 45_000),
        ("１００", 100),
        ("100.0", 100),
        ("100.5", None),
        ("1.23456万", None),
        ("100元", None),
        ("¥100", None),
        ("inf", None),
        ("一百", None),
    ],
)
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


@pytest.mark.parametrize(
    ("text", "ppm"),
    [
        ("0.95", 950_000),
        ("95%", 950_000),
        ("９５％", 950_000),
        ("95.5 %", 955_000),
        ("1", 10**6),
        ("100%", 10**6),
        ("95", None),
        ("0,95", None),
        ("1.0000001", None),
        ("-5%", None),
        ("九成", None),
    ],
)
def test_a_score_is_a_share(text, ppm, tmp_path):
    enrolment = f'community,heads,score\nA,5,"{text}"\n'
    if ppm is None:
        told = refused(tmp_path, claims=one(), enrolment=enrolment)
        assert "enrolment.csv, row 2, score" in told
        assert "0.95" in told
    else:
        result = settled(tmp_path, claims=one(), enrolment=enrolment)
        assert any("a per cent is a hundredth" in note for note in result.notes) == (text[-1] in "%％")
        assert integers(COLUMN["score"], pa.array([text])).values.tolist() == [ppm]


@pytest.mark.parametrize(
    ("text", "ppm"),
    [
        ("1.5", 1_500_000),
        ("１．５", 1_500_000),
        ("1,5", None),
        ("1,234", None),
        ("95%", None),
        ("inf", None),
        ("一", None),
        ("-1", None),
        ("1E2", None),
    ],
)
def test_weights_of_groups(text, ppm, tmp_path):
    table = read_table(_file(tmp_path, f'group,weight\nX,"{text}"\n'))
    assert [row["weight"] for row in table.rows] == ([] if ppm is None else [ppm])
    assert len(table.faults) == (ppm is None)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
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
    ],
)
def test_amounts_of_parquet(array, expected):
    assert integers(COLUMN["charge"], array).values.tolist() == expected


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
    values = integers(COLUMN[name], pa.array(texts)).values.tolist()
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
    assert integers(COLUMN["charge"], pa.array(texts)).values.tolist() == amounts
    grouped = [f"{fen // 100:,}.{fen % 100:02d}" for fen in amounts]
    assert integers(COLUMN["charge"], pa.array(grouped)).values.tolist() == amounts


@given(st.lists(st.one_of(st.text(max_size=8), st.text("0123456789.,eE+#/A-", max_size=12)), min_size=1, max_size=6))
@settings(max_examples=200)
def test_any_code_stays_as_it_stands_or_is_refused(texts):
    read = codes(pa.array(texts))
    bad = np.logical_or.reduce([np.zeros(len(texts), dtype=bool), *read.faults.values()])
    for text, kept, wrong in zip(texts, read.text.to_pylist(), bad, strict=True):
        if kept is not None and not wrong:
            assert unicodedata.normalize("NFKC", kept) in unicodedata.normalize("NFKC", text)
            assert not re.fullmatch(r"\d+\.\d+[eE][+-]?\d+|\d+[eE][+-]\d+|\d+\.0?|#[A-Z]+!", kept)
            assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cf"}


# --- days ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31", 20240131),
        ("2024/1/31 8:15", 20240131),
        ("2024年1月31日", 20240131),
        ("20240131081500", 20240131),
        ("2024-01-31T23:59:59.123", 20240131),
        ("2024/1/31 上午 8:15", 20240131),
        ("2024.1.31", 20240131),
        ("２０２４－０１－３１", 20240131),
        ("2024-01-31 08时15分", 20240131),
        ("20240131", 20240131),
        ("2024-01-31T16:00:00Z", BAD),
        ("2024-01-31 16:00:00+00:00", BAD),
        ("2024-01-31 oder so", BAD),
        ("202401311", BAD),
        ("45322", 20240131),
        ("31999", BAD),
        ("31.01.2024", BAD),
        ("2024-13-01", BAD),
        ("#N/A", BAD),
        ("2024-01-31-05", BAD),
        ("2024-01", BAD),
        ("Pending", BAD),
        ("下月", BAD),
        ("上转", BAD),
        ("T", BAD),
        ("٢٠٢٤-٠١-٣١", BAD),
    ],
)
def test_dates_are_days_of_the_county_or_refused(text, day):
    assert integers(COLUMN["date"], pa.array([text])).values.tolist() == [day]
    assert integers(COLUMN["date"], pa.array(["2024-02-01", text, None])).values.tolist() == [
        20240201,
        day,
        MISSING,
    ]
    assert integers(COLUMN["date"], pa.array(["2024-02-01 08:00", text])).values.tolist() == [20240201, day]


def test_instants_are_read_in_the_zone_of_the_county_and_that_is_said(tmp_path):
    """16:00 of 29 February in UTC is 0:00 of 1 March in China; 23:59 of 30 June is 7:59 of 1 July."""
    instants = [dt.datetime(2024, 2, 29, 16, tzinfo=dt.UTC), dt.datetime(2024, 6, 30, 23, 59, tzinfo=dt.UTC)]
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        for unit in ("s", "ms", "us", "ns"):
            read = integers(COLUMN["date"], pa.array(instants, pa.timestamp(unit, zone)))
            assert read.values.tolist() == [20240301, 20240701]
    naive = pa.array([instant.replace(tzinfo=None) for instant in instants])
    assert integers(COLUMN["date"], naive).values.tolist() == [20240229, 20240630]
    for kind in (pa.date32(), pa.date64()):
        days = pa.array([dt.date(1969, 12, 31), dt.date(2024, 2, 29), None], kind)
        assert integers(COLUMN["date"], days).values.tolist() == [19691231, 20240229, MISSING]
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


@pytest.mark.parametrize(
    ("kind", "names"), [("tier", TIER_NAMES), ("category", CATEGORY_NAMES), ("insurance", INSURANCE_NAMES)]
)
def test_what_a_code_is_called_is_read_as_that_code(kind, names):
    assert [CODE_LISTS[kind][name.zh] for name in names] == list(range(len(names)))
