"""Marks that are no part of a number, positions beyond a list, days beyond the calendar, totals of pivot tables."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.county.claims.group_tables import read_table
from tests.settle.small import fund, one, refused, settled

HEAD = "claim,person,provider,date,insurance,category,charge,statutory,备注\n"
BILLS = "1,P1,H1,2024-05-01,居民,住院,1000,600,\n2,P2,H1,2024-06-01,居民,住院,500,300,\n"


@pytest.mark.parametrize("cell", ["1234①", "10²", "1000⁵", "½", "1000㉁", "Ⅻ", "1⒈"])
def test_a_digit_that_is_a_mark_is_no_digit_of_the_amount(cell, tmp_path):
    """1234 with a footnote ① is not 12,341."""
    assert "row 2, charge" in refused(tmp_path, claims=one(charge=cell, statutory=""))


def test_a_mark_behind_a_head_count_a_score_or_a_weight_is_refused(tmp_path):
    heads = "community,year,heads,score\nA,2024,100①,0.95\nB,2024,100,0.9²\n"
    told = refused(tmp_path, claims=one(), enrolment=heads)
    assert "row 2, heads: '100①' must be a whole number" in told
    assert "row 3, score" in told
    table = tmp_path / "g.csv"
    table.write_text("group,weight\nG1,1①\n", encoding="utf-8")
    assert [(fault.row, fault.column) for fault in read_table(table).faults] == [(2, "weight")]


@pytest.mark.parametrize(("column", "cell"), [("insurance", "3"), ("referred", "3"), ("category", "9")])
def test_a_number_beyond_the_list_is_no_position_in_it(column, cell, tmp_path):
    claims = one(**({column: cell} if column == "category" else {}))
    if column != "category":
        first, second, *_ = claims.splitlines()
        claims = f"{first},{column}\n{second},{cell}\n"
    assert f"row 2, {column}: '{cell}' must be one of" in refused(tmp_path, claims=claims)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_an_instant_beyond_all_calendars_is_a_bad_cell(unit, tmp_path):
    path = tmp_path / "claims.parquet"
    columns = {"provider": ["H1"], "category": ["inpatient"], "charge": [1], "statutory": [1]}
    instant = pa.array([2**52 if unit == "s" else 2**62], pa.timestamp("ms" if unit == "s" else unit))
    pq.write_table(pa.table(columns | {"date": instant}), path)
    assert "row 2, date" in refused(tmp_path, f"claims={path}")


TOTALS = (
    "H1 汇总",
    "H1合计",
    "全县合计",
    "1月小计",
    "一季度合计：",
    "以上合计",
    "H1 Total",
    "Grand Total",
    "SUBTOTAL H1",
)


@pytest.mark.parametrize("word", TOTALS)
def test_a_total_as_a_pivot_table_writes_it_is_no_bill(word, tmp_path):
    """600 + 300 = 900, not 1,800."""
    rows = HEAD + BILLS + f"{word},,H1,2024-12-31,居民,住院,1500,900,\n"
    assert "row 4: " in (told := refused(tmp_path, claims=rows))
    assert "this is a total of other rows" in told
    assert fund(settled(tmp_path, "skip_bad=true", claims=rows)) == 90_000


def test_a_total_of_communities_is_no_community(tmp_path):
    told = refused(tmp_path, claims=HEAD + BILLS, enrolment="community,year,heads\nA,2024,100\n全县合计,2024,100\n")
    assert "row 3: '全县合计,2024,100'" in told


def test_names_that_begin_with_a_word_of_totals_are_names(tmp_path):
    names = ("合计医院", "汇总村卫生室", "Total Care Clinic", "小计诊所", "Sum Hospital", "计划生育汇总中心")
    providers = "provider,name,tier\nH1,县医院,county\n" + "".join(f"V{k},{n},village\n" for k, n in enumerate(names))
    remark = BILLS.replace("600,\n", "600,以上费用合计\n")
    assert fund(settled(tmp_path, providers=providers, claims=HEAD + remark)) == 90_000
