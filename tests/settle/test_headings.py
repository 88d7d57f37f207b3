"""Headings and units, what is assumed and said, totals and reversals in the files of `settle`."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.core.errors import CountyFundError
from sim.county.claims.group_tables import read_table
from sim.settle.command import settle
from tests.settle.small import PROVIDERS, fund, one, refused, settled


def _file(folder, text):
    (folder / "g.csv").write_text(text, encoding="utf-8")
    return folder / "g.csv"


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


@pytest.mark.parametrize(
    ("heading", "cell", "fen"),
    [
        ("统筹基金支付(万元)", "0.06", 60_000),
        ("统筹基金支付（万元）", "0.0600001", None),
        ("统筹基金支付(千元)", "0.6", 60_000),
        ("统筹基金支付/万元", "1,234.56", 1_234_560_000),
        ("统筹基金支付(亿元)", "0.00001", 100_000),
    ],
)
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
    text = "provider,category,charge,险总,备注,政策内费用,days\nH1,住院,100,1,x,50,\nH1,住院,100,1,x,50,2\n"
    notes = settled(tmp_path, claims=text).notes
    (unread,) = [note for note in notes if "not read" in note]
    assert "险总" in unread
    assert "备注" in unread
    assert "政策内费用 (did you mean 政策范围内费用?)" in unread
    (empty,) = [note for note in notes if note.startswith("claims.csv: what is empty")]
    for words in (
        "insurance (no such column): resident",
        "covered (no such column): the whole charge",
        "days (1 of 2 rows): 0",
        "statutory (no such column): computed by the benefit rules",
    ):
        assert words in empty
    chinese = settled(tmp_path, "overwrite=true", "language=zh", claims=text).notes
    assert any("险种（无此列）：居民医保" in note and "days（2行中1行）：0天" in note for note in chinese)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    page = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    assert any("居民医保" in note for note in manifest["notes"])
    assert "险种（无此列）：居民医保" in page


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


@pytest.mark.parametrize(
    "last",
    [
        "合计,,H1,,,住院,10,3580.10,1800.00,",
        ",合 计,H1,,,住院,10,3580.10,1800.00,",
        ",,H1,,,住院,10,1,1,合计：",
        "总计：,,H1,,,住院,,1,1,",
        "合計,,H1,,,住院,,1,1,",
        "小　计,,H1,,,住院,,1,1,",
        "Total,,H1,,,住院,10,1,1,",
        ",,H1,,,住院,10,3580.10,1800.00,",
        ",,H1,,居民,住院,,3580.10,1800.00,张三",
        "本页合计,,H1,,,住院,1,5,1,",
    ],
)
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("enrolment", "community,heads\nA,100\n合计,100\n"),
        ("signed", "person,base_cost,months\nP,1,2\n总计,1,2\n"),
        ("providers", PROVIDERS + "合计,county,\n"),
        ("groups", "group,name,weight\nX,甲,1\n合计,,1\n"),
        ("groups", "group,name,weight\nX,甲,1\nY,Total,1\n"),
        ("enrolment", "community,heads,remark\nA,100,\nB,100,total\n"),
    ],
)
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
@pytest.mark.parametrize(
    "amount",
    ["-10000.00", "−10000", "－１００００", "(10,000.00)", "（10000.00）", "10000.00-", "-¥10000", "¥-10000", "-1万"],
)
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
