"""`settle`: worked cases from files to the fen, files as systems export them, bad rows, nothing half-written."""

import csv
import datetime as dt
import json
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.__main__ import main
from sim.core.errors import ConfigError, CountyFundError
from sim.core.units import fen
from sim.settle.command import settle
from sim.settle.read.check import Findings
from sim.settle.read.columns import CLAIMS, FILES
from sim.settle.read.files import open_source
from sim.settle.read.lists import read_book, read_enrolment
from sim.settle.read.pieces import pieces
from sim.settle.write import template
from tests.settle_world import FILES as HERE
from tests.settle_world import county, explained, loaded, told_of, write

SAMPLE = HERE.parents[2] / "sim" / "data"
DRG = ["payment=drg", "payment.rate=6000", "payment.coefficient=1"]
CLAIMS_TEXT = (HERE / "claims.csv").read_text(encoding="utf-8")
HEAD = CLAIMS_TEXT.splitlines()[0]


# --- the county of published-results 4.2 ------------------------------------------------------------------------------
@pytest.mark.parametrize("case", loaded("designs.yaml"), ids=lambda case: case["name"])
def test_one_county_under_several_rules_from_files(case, tmp_path):
    result = county(tmp_path / "out", *case["words"])
    assert int(result.fund["fund"].iloc[0]) == fen(case["fund"])
    assert int(result.fund["ffs"].iloc[0]) == fen(6806500)
    assert int(result.fund["patient"].iloc[0]) == fen(4463500)
    assert int(result.fund["charge"].iloc[0]) == fen(11270000)
    told_of(case, result, tmp_path / "out")
    explained(tmp_path / "out")
    if "point_value" in case:
        assert result.fund["point_value"].iloc[0] == pytest.approx(case["point_value"], rel=1e-10)
    for name, amount in case.get("communities", {}).items():
        assert int(result.communities[name].iloc[0]) == fen(amount), name
    whole = result.providers[result.providers["category"] == "all"].set_index("provider")["receipts"]
    for code, amount in case.get("receipts", {}).items():
        assert int(whole[code]) == fen(amount), code
    stays = result.providers[result.providers["category"] == "inpatient"].set_index("provider")
    for code, amount in case.get("standards", {}).items():
        assert int((stays["charge"] + stays["against_charge"])[code]) == fen(amount), code
    for name, column in (("stays", "receipts"), ("against_charges", "against_charge")):
        for code, amount in case.get(name, {}).items():
            assert int(stays[column][code]) == fen(amount), (name, code)
    if "stays_in_county" in case:
        assert int(stays["receipts"].drop("0004").sum()) == fen(case["stays_in_county"])
    receipts = pd.read_parquet(tmp_path / "out" / "receipts.parquet")
    assert receipts.filter(like="receipt.").sum().iloc[0] == result.fund["receipts"].iloc[0] == whole.sum()


def test_several_designs_of_one_call(tmp_path):
    write(
        tmp_path / "s.yaml",
        """
title: {en: a, zh: a}
question: {en: a, zh: a}
baseline: ffs
arms:
  ffs: {label: {en: Fee for service, zh: 按项目}, overrides: [payment=ffs]}
  drg: {label: {en: DRG, zh: DRG}, overrides: [payment=drg, payment.rate=6000, payment.coefficient=1]}
  lump: {label: {en: Lump, zh: 打包}, overrides: [payment=package, settlement.lump_per_head=690]}
""",
    )
    result = county(tmp_path / "out", f"study={tmp_path / 's.yaml'}", "language=zh")
    assert dict(zip(result.fund["design"], result.fund["fund"], strict=True)) == {
        "ffs": 680650000,
        "drg": 632650000,
        "lump": 690000000,
    }
    page = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    assert "县人民医院" in page
    assert "按项目" in page
    assert "3,105,000.00" in page
    swept = county(tmp_path / "two", "payment=package", "settlement.lump_per_head=660,690")
    assert list(swept.fund["design"]) == ["660", "690"]


def test_the_statutory_part_is_computed_where_it_is_not_given(tmp_path):
    rows = [",".join(line.split(",")[:-1]) for line in CLAIMS_TEXT.splitlines()]
    claims = write(tmp_path / "c.csv", "\n".join(rows))
    result = county(tmp_path / "out", "payment=ffs", *loaded("county_rules.yaml"), claims=claims)
    assert int(result.fund["fund"].iloc[0]) == fen(6806500)
    assert any("5 rows was computed" in note for note in result.notes)


def test_yearly_limits_and_later_stays_follow_the_person(tmp_path):
    text = """个人编号,结算日期,医疗机构编码,医疗类别,病组编码,医疗总费用
7,2024-03-01,0003,住院,B,6000
7,2024-01-01,0003,住院,B,6000
8,2024-01-01,0001,门诊,,150
8,2024-01-02,0001,门诊,,150
"""
    claims = write(tmp_path / "c.csv", text)
    rules = [*loaded("county_rules.yaml"), "benefit.resident.outpatient_cap=100"]
    county(tmp_path / "out", "payment=ffs", *rules, claims=claims)
    receipts = pd.read_parquet(tmp_path / "out" / "receipts.parquet")
    # January: (6,000 - 600) x 0.75 = 4,050; March: (6,000 - 300) x 0.75 = 4,275; visits: 75, then 100 - 75 = 25
    assert receipts["statutory"].tolist() == [427500, 405000, 7500, 2500]


def test_a_referred_stay_bears_the_difference_of_deductibles(tmp_path):
    text = """医疗机构编码,医疗类别,病组编码,转诊,医疗总费用
0003,住院,B,上转,6000
0003,住院,B,未转诊,6000
0004,住院,B,上转,6000
"""
    words = ["payment=ffs", *loaded("county_rules.yaml"), "benefit.resident.referral_rule=difference"]
    county(tmp_path / "out", *words, claims=write(tmp_path / "c.csv", text))
    receipts = pd.read_parquet(tmp_path / "out" / "receipts.parquet")
    # (6,000 - (600 - 200)) x 0.75; (6,000 - 600) x 0.75; (6,000 - (1,500 - 600)) x 0.55
    assert receipts["statutory"].tolist() == [420000, 405000, 280500]


# --- files as systems export them -------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings(encoding, tmp_path):
    claims = write(tmp_path / "c.csv", CLAIMS_TEXT, encoding)
    providers = write(tmp_path / "p.csv", (HERE / "providers.csv").read_text(encoding="utf-8"), encoding)
    result = county(tmp_path / "out", *DRG, claims=claims, providers=providers)
    assert int(result.fund["fund"].iloc[0]) == fen(6326500)
    assert "县人民医院" in set(result.providers["name"])


def test_neither_utf8_nor_gbk(tmp_path):
    claims = tmp_path / "c.csv"
    claims.write_bytes(CLAIMS_TEXT.encode() + b"\xff\xff\n")
    with pytest.raises(CountyFundError, match="neither UTF-8 nor GB18030"):
        county(tmp_path / "out", claims=claims)


def test_spellings_of_one_row(tmp_path):
    text = """结算单号\t结算日期\t医疗机构编码\t险种\t医疗类别\t医疗总费用\t统筹基金支付\t备注
'0001\t2024-01-31\t="0003"\t390\t21\t1,234.50\t-\tx
0002\t2024/1/31\t0003\t城乡居民\tinpatient\t￥1234.5\tNULL\t
0003\t20240131\t 0003 \t居民\t住院\t1234.50元\t\\N\t
0004\t2024年1月31日\t0003\tresident\t2\t1234.5000\t无\t
0005\t2024-01-31 08:15:00\t0003\t居民医保\t普通住院\t１\t\t
""".replace("１", "1234.5")
    county(tmp_path / "out", "payment=ffs", claims=write(tmp_path / "c.csv", text, "gbk"))
    rows = pd.read_parquet(tmp_path / "out" / "receipts.parquet")
    assert rows["claim"].tolist() == ["0001", "0002", "0003", "0004", "0005"]
    assert rows["charge"].tolist() == [123450] * 5
    assert set(rows["date"]) == {dt.date(2024, 1, 31)}
    assert set(rows["category"]) == {"inpatient"}
    assert set(rows["insurance"]) == {"resident"}
    assert rows["computed"].all()


def test_parquet_with_types_of_its_own(tmp_path):
    frame = {
        "claim": ["a", "b"], "provider": ["0003", "0003"], "category": pa.array(["住院", "住院"]).dictionary_encode(),
        "group": ["B", "B"], "date": pa.array([dt.date(2024, 1, 31), None]), "year": [2024, 2024],
        "charge": [6000.1, 0.3], "statutory": pa.array([Decimal("4050.10"), Decimal("0.10")]), "days": [8, None],
    }  # fmt: skip
    pq.write_table(pa.table(frame), tmp_path / "c.parquet")
    county(tmp_path / "out", *DRG, claims=tmp_path / "c.parquet")
    rows = pd.read_parquet(tmp_path / "out" / "receipts.parquet")
    assert rows["charge"].tolist() == [600010, 30]
    assert rows["statutory"].tolist() == [405010, 10]
    assert rows["days"].tolist() == [8, 0]


def test_blank_and_ragged_lines_keep_the_row_numbers(tmp_path):
    path = write(
        tmp_path / "c.csv",
        "provider,category,charge\n0003,住院,1\n\n0003,住院\n,,\n0003,住院,2\n0003,住院,3,4\n0003,住院,5\n",
    )
    found = list(pieces(open_source(path, CLAIMS)))
    assert [int(row) for piece in found for row in piece.rows] == [2, 6, 8]
    assert [(line.row, line.rule) for piece in found for line in piece.refused] == [
        (4, "must have 3 cells, has 2"),
        (7, "must have 3 cells, has 4"),
    ]


# --- bad rows ---------------------------------------------------------------------------------------------------------
BAD = [
    ("0009,2024,居民,住院,B,1,8,6000,4050", "provider", "0009", "in the providers file"),
    ("0003,2024,居民,住院,Z,1,8,6000,4050", "group", "Z", "in the group table"),
    ("0003,2024,居民,住院,,1,8,6000,4050", "group", "", "must not be empty for a stay"),
    ("0003,2024,居民,住,B,1,8,6000,4050", "category", "住", "must be one of outpatient"),
    ("0003,2024,居民,,B,1,8,6000,4050", "category", "", "must not be empty"),
    ("0003,2024,商业,住院,B,1,8,6000,4050", "insurance", "商业", "must be one of none"),
    ("0003,24,居民,住院,B,1,8,6000,4050", "year", "24", "a year such as"),
    ("0003,2024,居民,住院,B,0,8,6000,4050", "cases", "0", "within 1 .."),
    ("0003,2024,居民,住院,B,1.5,8,6000,4050", "cases", "1.5", "a whole number"),
    ("0003,2024,居民,住院,B,1,-8,6000,4050", "days", "-8", "within 0 .."),
    ("0003,2024,居民,住院,B,1,8,6000.005,4050", "charge", "6000.005", "at most two decimals"),
    ("0003,2024,居民,住院,B,1,8,6E+03,4050", "charge", "6E+03", "at most two decimals"),
    ("0003,2024,居民,住院,B,1,8,-6000,", "charge", "-6000", "within 0 .."),
    ("0003,2024,居民,住院,B,1,8,,4050", "charge", "", "must not be empty"),
    ("0003,2024,居民,住院,B,1,8,6000,6000.01", "statutory", "6000.01", "must not exceed the covered part"),
    ("0003,2024,居民,住院,B,1,8,6000", "", "0003,2024,居民,住院,B,1,8,6000", "must have 9 cells, has 8"),
]


@pytest.mark.parametrize(("row", "column", "value", "says"), BAD, ids=[f"{b[1]}={b[2]}" for b in BAD])
def test_every_kind_of_bad_row_is_named_and_nothing_is_written(row, column, value, says, tmp_path):
    lines = CLAIMS_TEXT.splitlines()
    claims = write(tmp_path / "c.csv", "\n".join([*lines[:3], row, *lines[3:]]))
    with pytest.raises(CountyFundError, match="nothing was settled") as error:
        county(tmp_path / "out", *DRG, claims=claims)
    assert error.value.exit_code == 2
    with (tmp_path / "out.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        *found, sealed = csv.DictReader(file)
    assert "the next run replaces this list, unless it was changed" in sealed["rule"]
    assert any(
        (f["file"], f["row"], f["column"], f["value"]) == ("c.csv", "4", column, value) and says in f["rule"]
        for f in found
    ), found
    assert {f["row"] for f in found} == {"4"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.csv", "out.errors.csv"]
    if value.startswith("-"):  # a reversal: leaving it out would leave the bill paid
        with pytest.raises(CountyFundError, match="cannot be left out"):
            county(tmp_path / "out", *DRG, "skip_bad=true", claims=claims)
        return
    result = county(tmp_path / "out", *DRG, "skip_bad=true", claims=claims)
    assert int(result.fund["fund"].iloc[0]) == fen(6326500)
    assert any("1 of c.csv" in note for note in result.notes)
    assert (tmp_path / "out" / "errors.csv").is_file()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["left_out"] == {"c.csv": 1}


def test_all_bad_rows_are_counted_and_listed_up_to_a_limit(tmp_path, capsys):
    rows = "\n".join(["0003,2024,居民,住院,Z,1,8,6000,4050"] * 50)
    claims = write(tmp_path / "c.csv", f"{HEAD}\n{rows}\n")
    words = [f"claims={claims}", f"providers={HERE / 'providers.csv'}", f"groups={HERE / 'groups.csv'}", *DRG,
             f"out={tmp_path / 'out'}", "errors=30"]  # fmt: skip
    assert main(["settle", *words]) == 2
    told = capsys.readouterr().err
    assert told.count("c.csv, row ") == 20
    assert "30 more" in told
    assert "value: 50" in told
    with (tmp_path / "out.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        *found, sealed = csv.DictReader(file)
    assert "the next run replaces this list, unless it was changed" in sealed["rule"]
    assert len(found) == 31
    assert "20 more are not listed" in found[-1]["rule"]


def test_doubles_rounded_numbers_and_other_years(tmp_path):
    rows = ("claim,provider,category,date,charge", "x,0003,住院,2024-01-01,1", "x,0003,住院,2024-01-02,1")
    text = "\n".join([*rows, "1.2E+17,0003,住院,2023-05-01,1"])
    claims = write(tmp_path / "c.csv", text)
    with pytest.raises(CountyFundError):
        county(tmp_path / "out", "payment=ffs", "year=2024", claims=claims)
    told = (tmp_path / "out.errors.csv").read_text(encoding="utf-8-sig")
    assert "c.csv,3,claim,x,must not be given twice" in told
    assert 'c.csv,4,claim,1.2E+17,"must be text: a spreadsheet rounded' in told
    assert "c.csv,4,date,2023-05-01,must be of the year 2024" in told


def test_parts_must_make_the_whole(tmp_path):
    text = "provider,category,charge,statutory,patient\n0003,住院,10,6,4\n0003,住院,10,6,5\n"
    with pytest.raises(CountyFundError) as error:
        county(tmp_path / "out", "payment=ffs", claims=write(tmp_path / "c.csv", text))
    assert "row 3, patient: '5' must be charge - statutory" in str(error.value)
    assert "row 2" not in str(error.value)


def test_mistakes_in_what_is_asked(tmp_path):
    with pytest.raises(ConfigError, match=r"settle needs claims"):
        settle([])
    with pytest.raises(ConfigError, match="at least one closed year") as error:
        county(tmp_path / "out", "payment=drg")
    assert "history=FILE" in str(error.value)
    with pytest.raises(CountyFundError, match="lacks a required column"):
        county(tmp_path / "out", claims=write(tmp_path / "x.csv", "a,b\n1,2\n"))
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_rates_and_budgets_follow_from_history(tmp_path):
    past = CLAIMS_TEXT.replace(",2024,", ",2023,")
    write(tmp_path / "h.csv", past)
    write(tmp_path / "e.csv", "医共体,年度,参保人数\n东医共体,2023,10000\n东医共体,2024,10000\n")
    words = [f"history={tmp_path / 'h.csv'}", f"enrolment={tmp_path / 'e.csv'}", "claims.growth=0"]
    result = county(tmp_path / "out", "payment=package,drg,dip", *words)
    # the same claims as last year and no growth: every design pays in all what fee for service pays
    assert set(result.fund["fund"]) == {fen(6806500)}


# --- templates and documents ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", list(FILES))
def test_templates_are_read_back(name, tmp_path, capsys):
    path = tmp_path / f"{name}.csv"
    assert main(["template", name, f"out={path}"]) == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / f"{name}.README.md").is_file()
    assert main(["template", name, f"out={path}"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_templates_together_are_settled(tmp_path):
    for name in FILES:
        template.write_template(name, tmp_path / f"{name}.csv")
    findings = Findings()
    enrolment = read_enrolment(tmp_path / "enrolment.csv", findings)
    read_book(tmp_path / "providers.csv", tmp_path / "groups.csv", enrolment, findings)
    assert findings.listed == []
    result = settle([f"{name}={tmp_path / name}.csv" for name in FILES] + [f"out={tmp_path / 'out'}", *DRG])
    # 6,000 x 0.90 = 5,400; minus the patient side 6,000 - 4,050 = 1,950; and 30 of the visit
    assert int(result.fund["receipts"].iloc[0]) == fen(3480)


def test_the_page_of_columns_is_up_to_date():
    page = HERE.parents[2] / "docs" / "data.md"
    assert page.read_text(encoding="utf-8") == template.markdown(), "run: python docs/data_files.py"


def test_the_sample_is_settled(tmp_path):
    samples = {name: SAMPLE / f"sample_{name}.csv" for name in (*FILES, "history")}
    words = [f"{name}={path}" for name, path in samples.items() if name not in ("signed", "items")]
    result = settle([*words, "payment=ffs,drg,dip,package", "settlement=shared", f"out={tmp_path / 'out'}"])
    assert result.findings.cells == 0
    assert (result.fund["fund"] > 0).all()
    assert result.fund["ffs"].nunique() == 1


def test_claims_of_several_years_name_the_year_that_is_likely_meant(tmp_path):
    """One mistyped year among many rows: how many rows each year has, and how to see them."""
    lines = (HERE / "claims.csv").read_text(encoding="utf-8").splitlines()
    year = next(cell for cell in lines[1].split(",") if cell.startswith("20"))[:4]
    lines[-1] = lines[-1].replace(year, str(int(year) - 1), 1)
    with pytest.raises(CountyFundError, match="several years") as caught:
        county(tmp_path / "out", "payment=ffs", claims=write(tmp_path / "claims.csv", "\n".join(lines) + "\n"))
    assert f"1 row of {int(year) - 1}" in str(caught.value)
    assert f"give year={year} to see" in str(caught.value)
