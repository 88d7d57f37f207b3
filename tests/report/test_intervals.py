"""What is said of a difference is what its printed interval shows; arms look different; every arm is in a figure."""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text as Words

import sim
from sim.outcomes import OUTCOMES
from sim.report import Analysis, Language, Text, ValidationRow
from sim.report.data import Estimate, way_of
from sim.report.figures import draw_all, style
from sim.report.numbers import change, level, unit_of
from sim.report.sentences import answer
from sim.report.table_rows import SIGNS, headline_lines, standing, table_note, tail_of, validation_lines
from tests.report_world import ARMS, comparison, table

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def bounds(text: str) -> tuple[float, float]:
    """The two ends of a printed interval."""
    found = re.search(r"\[(\S+), (\S+)\]", text)
    assert found is not None, text
    low, high = (float(part.replace("−", "-").replace(",", "")) for part in found.groups())
    return low, high


def only(*names: str) -> dict[str, Text]:
    return {name: ARMS[name] for name in names}


# --- intervals --------------------------------------------------------------------------------------------------------
def test_a_clear_rise_never_shows_a_bound_of_zero() -> None:
    share = unit_of("share", "en")
    assert change(0.00006, 0.000001, 0.000119, share) == "+0.01 [0.0001, 0.01]"
    assert change(-0.00006, -0.000119, -0.000001, share) == "−0.01 [−0.01, −0.0001]"
    assert change(0.00006, -0.000001, 0.000119, share) == "+0.01 [0.00, 0.01]"  # noise: zero is among its values


UNITS = ["share", "yuan_per_head", "yuan", "per_100", "days", "index"]


@given(st.floats(-1, 1).filter(lambda x: abs(x) > 1e-7), st.floats(1e-8, 1), st.sampled_from(UNITS))
def test_what_is_said_of_an_interval_is_what_it_shows(value: float, half: float, unit: str) -> None:
    estimate = Estimate(value, half / 2, value - half, value + half, 9)
    low, high = bounds(change(value, value - half, value + half, unit_of(unit, "en")))
    way = way_of(estimate)
    assert {"up": low > 0, "down": high < 0, "noise": low <= 0 <= high}[way]


@given(st.floats(-1, 1).filter(lambda x: abs(x) > 1e-9), st.floats(0, 1e-6))
def test_a_level_that_is_not_zero_does_not_read_as_nothing(mean: float, error: float) -> None:
    text = level(mean, error, unit_of("share", "en"))
    assert re.search(r"[1-9]", text)


@given(st.floats(1.0000001, 1.2), st.integers(0, 3))
def test_a_figure_outside_its_tolerance_does_not_read_as_at_it(factor: float, decimals: int) -> None:
    row = ValidationRow(
        Text("x", "甲"), Text("yuan", "元"), 10.0, 10.0 + 0.45 * factor, 0.45, Text("s", "甲"), 0.1, decimals
    )
    line = validation_lines([row], "en")[0]
    assert line.verdict == "miss"
    assert line.difference.lstrip("+") != line.tolerance.removeprefix("± ")


def test_marks_of_the_tables_follow_the_same_rule() -> None:
    for line in headline_lines(Analysis(comparison("en", 8))):
        for cell in line.cells.values():
            if "[" in cell.on.text:
                low, high = bounds(cell.on.text)
                assert (cell.on.standing == "noise") == (low <= 0 <= high), cell.on.marked
    outcome = OUTCOMES["in_county_episodes"]
    assert SIGNS[standing(Estimate(0.00006, 3e-5, 1e-6, 1.2e-4, 9), outcome)] == "▲"


def test_the_tail_of_few_replications_is_the_worst_of_them() -> None:
    assert [tail_of(n) for n in (2, 3, 20, 21, 100)] == [1, 1, 1, 2, 5]


# --- sentences for few arms -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", LANGUAGES)
def test_two_arms_are_told_without_superlatives(language: Language) -> None:
    told = " ".join(answer(Analysis(comparison(language, 8, arms=only("ffs", "dip")))))
    for words in ("largest", "leaves most", "closest other", "leave most", "最多", "最大", "最接近"):
        assert words not in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("replications", [1, 6])
def test_arms_that_are_the_same_are_said_to_be(language: Language, replications: int) -> None:
    one = table(replications, only("ffs"), off=False)
    same = pd.concat([one, one.assign(arm="drg"), one.assign(arm="dip")], ignore_index=True)
    data = comparison(language, arms=only("ffs", "drg", "dip"), table=same)
    told = answer(Analysis(data))[0]
    assert told.startswith(
        "What is left in the fund is the same under all arms" if language == "en" else "各方案的基金结余完全相同"
    )


def test_a_surplus_of_exactly_nothing_is_neither_surplus_nor_overrun() -> None:
    data = table(3, only("ffs", "package"), off=False)
    rows = data["outcome"].isin(["surplus_rate", "surplus"])
    data.loc[rows, "value"] = 0.0
    alone = data[data["arm"] == "package"]
    told = " ".join(answer(Analysis(comparison("en", arms=only("package"), table=alone, baseline=None))))
    assert "under Package" in told or "“Package" in told
    assert "exactly even" in told


def test_one_reform_year_is_told() -> None:
    data = table(4, only("ffs", "drg"))
    short = data[data["year"] <= 3]
    told = " ".join(answer(Analysis(comparison("en", arms=only("ffs", "drg"), table=short))))
    assert "2022" in told
    assert "2022–2022" not in told
    assert table_note(Analysis(comparison("en", table=short))).startswith("Yearly values are those of 2022;")
    assert table_note(Analysis(comparison("en", table=data))).startswith("Yearly values are the mean of 2022–2026;")


# --- the look of many arms --------------------------------------------------------------------------------------------
def many(count: int) -> dict[str, Text]:
    return only("ffs") | {f"a{k:02d}": Text(f"Arm {k}", f"方案{k}") for k in range(count - 1)}


def test_no_two_of_many_arms_look_alike() -> None:
    arms = many(60)
    base = table(2, only("ffs"), off=False)
    data = pd.concat([base.assign(arm=arm) for arm in arms], ignore_index=True)
    looks = style.looks(Analysis(comparison("en", arms=arms, table=data)))
    own = [(look.colour, look.marker, str(look.dash)) for arm, look in looks.items() if not arm.endswith("@off")]
    assert len(set(own)) == len(arms) == 60
    assert len({(colour, marker) for colour, marker, _ in own}) == 60  # where there are no lines, too


def test_every_arm_is_in_every_figure(tmp_path: Path) -> None:
    arms = many(13)
    base = table(2, only("ffs"), off=False)
    shifts = 1 + 0.01 * np.random.default_rng(3).normal(size=len(arms))
    moved = [base.assign(arm=arm, value=base["value"] * shift) for arm, shift in zip(arms, shifts, strict=True)]
    data = pd.concat(moved, ignore_index=True)
    analysis = Analysis(comparison("en", arms=arms, table=data))
    pages = analysis.pages(8)
    assert all(len(page.arms) <= 8 and "ffs" in page.arms for page in pages)
    assert {arm for page in pages for arm in page.arms} == set(arms)
    assert style.looks(pages[1])["a11"] == style.looks(analysis)["a11"]
    figures = draw_all(analysis, tmp_path)
    names = [drawn.name for drawn in figures]
    for figure in ("fund_balance", "burden", "flow"):
        assert [name for name in names if name.startswith(figure)] == [figure, f"{figure}_2"]
    titles = [drawn.title for drawn in figures if drawn.name.startswith("fund_balance")]
    assert titles[1].endswith("(2 of 2)")


EIGHTY = {
    "en": "Package for the whole county with own risk, retained share {0:02d} and shared overruns",
    "zh": "县域医共体总额打包付费，结余留用、超支分担，按病种分值付费与按床日付费相结合，家庭医生签约服务费单列，"
    "分担比例第{0:02d}档，其余按现行办法执行，直到清算结束为止，另行规定者除外",
}


@pytest.mark.parametrize(("count", "language"), [(2, "en"), (8, "zh"), (14, "en")])
def test_long_names_have_room_in_every_figure(count: int, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name lies on another, or reaches out of the figure."""
    arms = {arm: Text(*(EIGHTY[tongue].format(k) for tongue in ("en", "zh"))) for k, arm in enumerate(many(count))}
    base = table(2, only("ffs", "package"), off=False)
    parts = [base[base["arm"] == ("package" if k else "ffs")].assign(arm=arm) for k, arm in enumerate(arms)]
    data = pd.concat([part.assign(value=part["value"] * (1 + k / 99)) for k, part in enumerate(parts)])
    drawn: list[Figure] = []
    monkeypatch.setattr(style, "render", lambda figure, *_: drawn.append(figure) or "<svg></svg>")
    captions = [item.caption for item in draw_all(Analysis(comparison(language, arms=arms, table=data)))]
    assert len(drawn) == len(captions) >= 5
    assert all(("Long names are shortened" if language == "en" else "较长的名称有省略") in text for text in captions)
    for figure in drawn:
        with style.look():
            figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.findobj(Words) if "…" in text.get_text()]
        shown = [box for box in boxes if box.width > 1]  # an axis has labels on its other side that are not shown
        assert len(shown) >= count - 1 or count > 8
        for one, other in combinations(shown, 2):
            assert not one.padded(-1).overlaps(other)
        for box in shown:
            assert figure.bbox.padded(1).contains(box.x0, box.y0)
            assert figure.bbox.padded(1).contains(box.x1, box.y1)


def test_names_that_would_be_shortened_alike_stay_apart() -> None:
    middles = [f"{'a' * 40}{k:02d}{'z' * 40}" for k in range(12)]
    for texts in (
        middles,
        ["方" * 80] * 3,
        ["", "x", "x" * 39 + "y", "_" * 80, "x" * 80, "x" * 81],
        ["word " * 16] * 2,
    ):
        names = style.shortened(texts)
        assert len(set(names)) == len(texts)
        assert all(style.columns(name) <= style.MOST_COLUMNS for name in names)
    assert style.shortened(["as it is", "按项目付费"]) == ["as it is", "按项目付费"]
    assert all(f"{k:02d}z" in name for k, name in enumerate(style.shortened(middles)))


def test_few_arms_have_one_figure_each() -> None:
    analysis = Analysis(comparison("en", 2))
    assert analysis.pages(8) == [analysis]
    assert math.isfinite(analysis.level("drg", "fund_accumulated").value)


# --- one other arm ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("others", [1, 2])
def test_one_other_arm_has_no_largest_difference(others: int) -> None:
    """Arms that are the same but for chance: of one there is nothing to choose."""
    base = table(4, only("ffs"), off=False)
    names = ["ffs", "drg", "dip"][: 1 + others]
    sides = {"ffs": 0.0, "drg": 1e-4, "dip": 2e-4}
    chance = base["replication"].map(lambda number: -1 if number % 2 else 1)
    tables = [base.assign(arm=arm, value=base["value"] * (1 + sides[arm] * chance)) for arm in names]
    for language, word in (("en", "largest"), ("zh", "最大")):
        data = comparison(language, 4, arms=only(*names), table=pd.concat(tables, ignore_index=True))
        said = " ".join(answer(Analysis(data)))
        assert ("told from" if language == "en" else "无法区分") in said, said
        assert (word in said) == (others == 2), said


# --- words that readers stumbled over ---------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["Wilson 区", "Wilson区", "左连续", "第 0 次", "第0次", "第{n}次"])
def test_chinese_text_has_none_of_the_words_that_readers_stumbled_over(word: str) -> None:
    folder = Path(sim.__file__).parent
    places = [*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.j2")]
    assert len(places) > 150
    assert [path.name for path in places if word in path.read_text(encoding="utf-8")] == []
