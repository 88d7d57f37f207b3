"""Numbers, sentences and terminal tables of the report, on a made-up comparison."""

from __future__ import annotations

import io
import math
import unicodedata
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from sim.experiment.findings import Check
from sim.outcomes import OUTCOMES
from sim.report import Analysis, Language, ReportInput, Text, ValidationRow
from sim.report.data import Claim, Estimate
from sim.report.labels import WORDS, group_label
from sim.report.numbers import change, level, number, unit_of
from sim.report.sentences import answer
from sim.report.sweeps import sweep_grid
from sim.report.table_rows import facts, headline_lines, risk_lines, standing, validation_lines
from sim.report.terminal import claims_table, headline_tables, print_report, validation_table
from tests.report_world import ARMS, VALIDATION, comparison, sweep, table

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def printed(data: ReportInput, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO(), highlight=False)
    print_report(Analysis(data), console)
    return console.export_text()


def columns(line: str) -> int:
    """Width in the terminal: Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.fixture(scope="module")
def english() -> Analysis:
    return Analysis(comparison("en"))


# --- numbers --------------------------------------------------------------------------------------------------------


def test_money_is_in_the_unit_people_use() -> None:
    assert level(12_345_678.0, 45_000.0, unit_of("yuan", "en")) == "12.346 ± 0.045"
    assert level(12_345_678.0, 45_000.0, unit_of("yuan", "zh")) == "1,234.6 ± 4.5"


@pytest.mark.parametrize(
    ("mean", "error", "expected"),
    [
        (0.4567, 0.0123, "45.7 ± 1.2"),
        (0.4567, 0.000123, "45.67 ± 0.01"),
        (0.4567, math.nan, "45.67"),
        (math.nan, math.nan, "–"),
        (0.0, 0.0, "0"),
    ],
)
def test_levels_have_as_many_digits_as_their_error_allows(mean: float, error: float, expected: str) -> None:
    assert level(mean, error, unit_of("share", "en")) == expected


def test_differences_carry_sign_and_interval() -> None:
    unit = unit_of("yuan_per_head", "en")
    assert change(-10.93, -11.41, -10.45, unit) == "−10.9 [−11.4, −10.4]"
    assert change(3.6, math.nan, math.nan, unit) == "+3.6"
    assert change(0.0, 0.0, 0.0, unit) == "0"
    assert number(-0.0001, 1) == "0.0"
    assert change(0.00003, 0.00002, 0.00004, unit_of("share", "en")) == "+0.0030 [0.0020, 0.0040]"


def test_standing_of_a_difference() -> None:
    lower, higher, neutral = OUTCOMES["own_share"], OUTCOMES["fund_balance"], OUTCOMES["discharges_per_100"]
    assert lower.better == "lower"
    up = Estimate(1.0, 0.1, 0.8, 1.2, 9)
    assert [standing(up, outcome) for outcome in (lower, higher, neutral)] == ["worse", "better", "moved"]
    assert standing(Estimate(1.0, 1.0, -1.0, 3.0, 9), higher) == "noise"
    assert standing(Estimate(1.0, math.nan, math.nan, math.nan, 1), higher) == ""
    assert standing(Estimate(0.0, 0.0, 0.0, 0.0, 9), higher) == ""


def test_labels_of_groups_in_both_languages() -> None:
    assert group_label("q1", "zh") == "最低"
    assert group_label("community_1", "zh") == "医共体1"
    assert group_label("elsewhere", "en") == "elsewhere"
    assert all(text.en and text.zh and text.en != text.zh for text in WORDS.values() if text.en not in ("{first}",))


# --- the answer in words --------------------------------------------------------------------------------------------


def test_first_paragraph_answers_with_numbers_and_errors(english: Analysis) -> None:
    first = answer(english)[0]
    best = english.difference("drg", "fund_accumulated")
    assert first.startswith("DRG inside a package leaves most in the fund: at the end of 2026")
    assert change(best.value, best.low, best.high, unit_of("yuan", "en")) in first
    for words in ("more than the next", "own payment per head", "Health and access need watching"):
        assert words in first


def test_chinese_answer_has_the_same_numbers(english: Analysis) -> None:
    chinese = Analysis(comparison("zh"))
    payment = english.difference("package", "own_payment_per_head")
    shown = change(payment.value, payment.low, payment.high, unit_of("yuan_per_head", "zh"))
    assert any(shown in paragraph for paragraph in answer(chinese))
    assert "“打包内 DRG（超支分担）”下基金结余最多" in answer(chinese)[0]


def test_noise_is_called_noise() -> None:
    data = comparison("en", 6)
    same = data.table.copy()
    luck = same.groupby(["replication", "year", "outcome", "group"]).ngroup() % 7
    base = same[same["arm"] == "ffs"].set_index(["replication", "year", "outcome", "group"])["value"]
    index = same.set_index(["replication", "year", "outcome", "group"]).index
    wobble = (luck.to_numpy() - 3) * 1e-3 * (same["arm"] != "ffs").to_numpy() * (same["year"] >= 3).to_numpy()
    same["value"] = base.reindex(index).to_numpy() * (1 + wobble * ((same["replication"] % 2) * 2 - 1).to_numpy())
    paragraphs = answer(Analysis(replace(data, table=same)))
    assert "No arm can be told from Fee for service" in paragraphs[0]
    assert "(noise)" in paragraphs[0]
    assert "cannot be told from noise with 6 replications" in paragraphs[-1]


def test_baseline_may_be_best() -> None:
    paragraphs = answer(Analysis(comparison("en", baseline="drg")))
    assert paragraphs[0].startswith("DRG inside a package leaves most in the fund")
    assert "closest other arm, “Package, all kept and borne”, differs by −" in paragraphs[0]


def test_arms_that_tie_are_named_together() -> None:
    data = comparison("en", 6)
    rest = data.table[~data.table["arm"].isin(["drg", "drg@off"])]
    twins = [rest[rest["arm"] == arm].assign(arm=arm.replace("package", "drg")) for arm in ("package", "package@off")]
    same = replace(data, table=pd.concat([rest, *twins], ignore_index=True))
    first = answer(Analysis(same))[0]
    assert first.startswith("“Package, all kept and borne” and DRG inside a package leave most in the fund and cannot")
    assert "from which DRG inside a package differs by 0 million yuan; against Fee for service, “Package" in first
    assert "more than the next" not in first
    chosen = answer(Analysis(replace(same, baseline="drg")))[0]
    assert "leave most in the fund and cannot be told apart" in chosen
    assert "; against DRG" not in chosen


def test_harm_is_named(english: Analysis) -> None:
    assert "share of needed admissions forgone (+0.72" in answer(english)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_replication_claims_no_certainty(language: Language) -> None:
    analysis = Analysis(comparison(language, 1))
    text = " ".join(answer(analysis))
    assert "[" not in text
    assert "±" not in text
    assert Text("single replication", "仅一次重复").of(language) in text
    assert risk_lines(analysis) == []
    assert all(cell.on.standing == "" for line in headline_lines(analysis) for cell in line.cells.values())


def test_what_each_community_retains_is_told_where_there_are_several() -> None:
    data = comparison("en")
    assert not any("Community" in line.name for line in headline_lines(Analysis(data)))
    whole = data.table[(data.table["outcome"] == "surplus_retained") & (data.table["group"] == "all")]
    parts = [whole.assign(group=f"community_{k}", value=whole["value"] * share) for k, share in ((1, 0.75), (2, 0.25))]
    table = pd.concat([data.table.astype({"group": str}), *parts], ignore_index=True)
    analysis = Analysis(replace(data, table=table))
    lines = {line.name: line for line in headline_lines(analysis)}
    names = [name for name in lines if "Community" in name]
    assert names == [f"{OUTCOMES['surplus_retained'].en} · Community {k}" for k in (1, 2)]
    assert all(lines[name].cells["package"].level not in ("", "–") for name in names)


# --- estimates ------------------------------------------------------------------------------------------------------


def test_stocks_are_read_at_the_end_and_flows_as_means(english: Analysis) -> None:
    last = english.level("drg", "fund_accumulated", year=7)
    assert english.level("drg", "fund_accumulated") == last
    values = [english.level("drg", "fund_balance", year=year).value for year in range(3, 8)]
    assert english.level("drg", "fund_balance").value == pytest.approx(sum(values) / 5)


def test_lead_between_two_arms_is_paired(english: Analysis) -> None:
    lead = english.between("drg", "package", "fund_accumulated")
    expected = (
        english.difference("drg", "fund_accumulated").value - english.difference("package", "fund_accumulated").value
    )
    assert lead.value == pytest.approx(expected)
    assert lead.se < english.level("drg", "fund_accumulated").se


def test_response_effect_is_on_minus_off(english: Analysis) -> None:
    on, off = english.level("package", "primary_visits"), english.level("package@off", "primary_visits")
    assert english.effect("package", "primary_visits").value == pytest.approx(on.value - off.value)
    assert english.label("package@off") == "Package, all kept and borne (response off)"


def test_confidence_level_is_the_users() -> None:
    narrow = Analysis(comparison("en", confidence=0.5)).difference("drg", "fund_balance")
    wide = Analysis(comparison("en", confidence=0.99)).difference("drg", "fund_balance")
    assert narrow.high - narrow.low < wide.high - wide.low
    assert "50% confidence" in answer(Analysis(comparison("en", confidence=0.5)))[-1]


def test_draws_count_as_further_replications() -> None:
    twice = comparison("en", 4)
    second = table(4, seed=8).assign(draw=1)
    both = replace(twice, table=pd.concat([twice.table, second], ignore_index=True))
    assert Analysis(both).replications == 8
    assert Analysis(both).level("ffs", "fund_balance").n == 8


# --- terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_terminal_fits_120_columns(language: Language) -> None:
    text = printed(comparison(language))
    assert max(columns(line.rstrip()) for line in text.splitlines()) <= 120
    for label in ("Package, all kept", "Fee for service") if language == "en" else ("按项目付费", "总额打包"):
        assert label in text
    assert "▲" in text
    assert "≈" in text
    assert Text("response off", "无行为反应").of(language) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_claims_cuts_nothing_off(language: Language) -> None:
    arms = {**ARMS, "package": Text("Package-" * 9, "首诊与集团内就医" * 7)}
    check = Check(arm="package", outcome="own_payment_per_head", sign="down", against="drg")
    claims = (Claim(Text("e", "效"), Text("c", "据"), (check,)),)
    table = claims_table(Analysis(comparison(language, 3, arms=arms, claims=claims)))
    assert table is not None
    console = Console(width=120, record=True, file=io.StringIO(), highlight=False)
    console.print(table)
    text = console.export_text()
    assert "…" not in text
    assert text.count(Text("Package-", "首").of(language)) >= 1


def test_many_arms_make_several_tables() -> None:
    arms = {"ffs": ARMS["ffs"], **{f"drg_{k}": Text(f"DRG {k}", f"DRG {k}") for k in range(6)}}
    analysis = Analysis(comparison("en", 3, arms=arms, table=table(3, arms, off=False)))
    assert len(headline_tables(analysis)) == 4
    assert "DRG 5" in printed(analysis.data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_single_arm_and_sweep_print(language: Language) -> None:
    run = comparison(language, 3, arms={"package": ARMS["package"]}, baseline=None)
    assert ARMS["package"].of(language)[:4] in printed(run)
    grid = printed(sweep(2, language))
    assert Text("Share of", "结余留用比例").of(language) in grid
    assert grid.count("±") >= 12 * 3  # balances are the same in every replication here: they have no error


def test_sweep_grid_has_a_row_for_each_point() -> None:
    heads, rows = sweep_grid(Analysis(sweep(1)))
    assert heads[0] == "Share of surplus kept"
    assert [row[0] for row in rows] == ["0", "0.3", "0.6", "1"]


# --- validation and facts -------------------------------------------------------------------------------------------


def test_validation_shows_misses() -> None:
    verdicts = [line.verdict for line in validation_lines(VALIDATION, "en")]
    assert verdicts == ["ok", "ok", "ok", "miss", "info"]
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(validation_table(VALIDATION, "en"))
    assert "MISS" in console.export_text()


def test_a_value_that_is_not_a_number_is_a_miss() -> None:
    row = ValidationRow(Text("a", "甲"), Text("%", "%"), 1.0, math.nan, 0.5, Text("F1", "F1"))
    assert row.verdict == "miss"
    assert validation_lines([row], "zh")[0].verdict_label == "未达标"


def test_facts_are_flattened() -> None:
    assert facts({"a": {"b": 1, "c": [2, 3]}, "d": []}) == [("a.b", "1"), ("a.c", "2, 3"), ("d", "–")]
