"""What is told of a settlement: the weightiest first, and nothing that is not so; headings that nearly fit."""

import json
import random

import pytest

from sim.core.errors import CountyFundError
from sim.settle.command import settle
from tests.settle.small import PROVIDERS, fund, many, one, refused, settled

HEAD = "claim,person,provider,date,insurance,category,days,charge,covered,statutory\n"
BILLS = "1,P1,H1,2024-05-01,居民,住院,5,1000,1000,600\n2,P2,H1,2024-06-01,居民,门诊,,100,100,50\n"


def test_visits_have_no_days_and_that_is_no_assumption(tmp_path):
    """One stay has its days, the visit has none: nothing to say.  A stay without is said, of stays alone."""
    result = settled(tmp_path, claims=HEAD + BILLS)
    assert not any("days" in note for note in result.notes)
    blank = settled(tmp_path, "overwrite=true", claims=HEAD + BILLS.replace("住院,5", "住院,"))
    assert any("days (1 of 1 row of stays): 0" in note for note in blank.notes)


def test_what_is_usual_is_told_last(tmp_path):
    """An unread column that may be the fund's part comes before what counts where a cell is empty."""
    text = HEAD.replace("statutory", "统筹基金拨付") + BILLS
    notes = settled(tmp_path, claims=text).notes
    place = {key: next(at for at, note in enumerate(notes) if key in note) for key in ("did you mean", "what is empty")}
    assert place["did you mean"] < place["what is empty"]
    assert "benefit rules are those of the default county" in "\n".join(notes[: place["what is empty"]])


def test_a_computed_part_that_nobody_pays_is_not_told(tmp_path):
    result = settled(tmp_path, claims=HEAD + BILLS + "3,P3,H1,2024-06-01,职工,住院,5,100,100,\n")
    assert fund(result) == 65_000
    assert not [note for note in result.notes if note.startswith(("the statutory part", "the benefit rules"))]


def test_a_signed_list_needs_no_heads_and_none_are_missed(tmp_path):
    """1,200 for twelve months, of which 100 was charged; 50 beside it."""
    listed = "person,base_cost,months\nP1,1200,12\n"
    words = ("payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1")
    result = settled(tmp_path, *words, claims=HEAD + BILLS, signed=listed)
    assert fund(result) == 125_000
    assert not any("budget by heads is zero" in note for note in result.notes)


def test_files_of_one_name_are_told_apart(tmp_path):
    for year in ("2023", "2024"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "claims.csv").write_text(HEAD + BILLS.replace("2024", year), encoding="utf-8")
    (tmp_path / "p.csv").write_text(PROVIDERS)
    now, before = (tmp_path / year / "claims.csv" for year in ("2024", "2023"))
    words = [f"claims={now}", f"history={before}", f"providers={tmp_path / 'p.csv'}", "payment=ffs"]
    settle([*words, f"out={tmp_path / 'a'}"])
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert {str(now), str(before)} <= set(manifest["inputs"])
    assert sum("what is empty counts as" in note and "claims.csv" in note for note in manifest["notes"]) == 2
    before.write_text(HEAD + BILLS.replace("2024", "2023").replace("600", "6x0"), encoding="utf-8")
    with pytest.raises(CountyFundError, match=r"2023/claims\.csv, row 2, statutory"):
        settle([*words, f"out={tmp_path / 'b'}"])


# --- numbers that a spreadsheet may have rounded -----------------------------------------------------------------
def _rounded(digits, count):
    own = random.Random(1)
    return [
        str(own.randrange(10 ** (digits - 1), 10**digits) // 10 ** (digits - 15) * 10 ** (digits - 15))
        for _ in range(count)
    ]


@pytest.mark.parametrize(("digits", "count"), [(16, 30), (17, 20)])
def test_shorter_numbers_that_all_end_in_zeros_are_told(digits, count, tmp_path):
    result = settled(tmp_path, claims=many("person", tuple(_rounded(digits, count))))
    assert any(
        f"did a spreadsheet round them? then different ones count as the same ({count} cells)" in note
        for note in result.notes
    )


def test_a_part_of_a_column_that_was_rounded_is_told(tmp_path):
    """A list joined from two, of which one went through a spreadsheet: one in four."""
    right = [str(330500199001011001 + 7 * k) for k in range(45)]
    result = settled(tmp_path, claims=many("person", (*right, *_rounded(18, 15))))
    assert any("(15 cells)" in note for note in result.notes)


@pytest.mark.parametrize(
    "numbers",
    [
        [f"20240000000000{k:02d}" for k in range(10, 60)],
        [f"2024000000000{k:05d}" for k in range(1, 60)],
        ["1000000000000000", "1000000000000010"],
        [f"33050019900101{k:04d}" for k in range(1, 1200, 13)],
    ],
)
def test_numbers_of_which_some_end_in_zeros_are_sound(numbers, tmp_path):
    result = settled(tmp_path, claims=many("person", tuple(numbers)))
    assert not any("spreadsheet" in note for note in result.notes)


# --- totals and headings -----------------------------------------------------------------------------------------
def test_a_last_row_of_nobody_that_sums_all_others_is_a_total(tmp_path):
    text = HEAD + BILLS + "共2笔,,H1,2024-12-31,居民,住院,5,{},1000,650\n"
    assert "row 4, charge: '1100.00'" in refused(tmp_path, claims=text.format(1100))
    assert fund(settled(tmp_path, claims=text.format("1100.01"))) == 130_000


def test_a_lacking_heading_names_the_one_that_may_be_meant(tmp_path):
    told = refused(tmp_path, claims="医疗机构,category,charge\nH1,住院,100\n")
    assert "rename 医疗机构 to 医疗机构编码" in told
    assert "first row: take out titles" in refused(tmp_path, claims="2024年结算明细,,\nprovider,category,charge\n")


@pytest.mark.parametrize("heading", ["医疗机构代码", "机构代码", "\u200b医疗机构编码", "医疗机构\u00ad编码"])
def test_usual_headings_and_signs_that_nobody_sees(heading, tmp_path):
    assert fund(settled(tmp_path, claims=f"{heading},category,charge,统筹基金支付金额\nH1,住院,100,60\n")) == 6_000


def test_weights_that_are_rounded_are_told(tmp_path):
    table = "group,weight\nG1,0.8571428571\nG2,0.5000000\n"
    result = settled(tmp_path, claims=one(), groups=table)
    assert any("groups.csv: 1 weight has more than six decimals" in note for note in result.notes)
