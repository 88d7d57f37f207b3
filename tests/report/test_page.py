"""Figures and the page of the report: files, fonts, determinism, valid and safe HTML, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.experiment.compare import compare
from sim.experiment.findings import Check
from sim.outcomes import HEADLINE
from sim.report import Analysis, Language, ReportInput, Sweep, SweepAxis, Text
from sim.report import html as page
from sim.report.data import Claim
from sim.report.figures import draw_all, style
from sim.report.from_experiments import of_comparison
from sim.report.surplus_parts import BEHAVIOUR, parts_of, with_parts
from sim.report.table_rows import DISCHARGES, EPISODES
from sim.report.terminal import legend
from tests.report_world import ARMS, comparison, sweep, table

LANGUAGES: tuple[Language, ...] = ("en", "zh")
FIGURES = ("fund_balance", "surplus", "burden", "flow", "differences")
SMALL = ("population.residents=800", "experiment.replications=2", "years.history=2", "years.reform=2")
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Checker(HTMLParser):
    """Tags balance, ids are unique, nothing is fetched or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.problems: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "xlink:href"):
                self.links.append(value or "")
            if name == "src" or name.startswith("on"):
                self.problems.append(f"{tag} {name}={value}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style",):
            self.text.append(data)


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert not checker.problems
    assert not checker.open
    assert len(checker.ids) == len(set(checker.ids))
    assert set(checker.links) <= {f"#{name}" for name in checker.ids}
    assert "script" not in checker.tags
    assert not re.search(r"url\((?!#)", text)
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    return checker


def few(data: ReportInput) -> ReportInput:
    """The same with fewer headline outcomes, which draws faster."""
    dropped = {o.id for o in HEADLINE} - {
        "fund_accumulated",
        "surplus_rate",
        "surplus_retained",
        "own_payment_per_head",
    }
    return replace(data, table=data.table[~data.table["outcome"].isin(dropped)])


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Language, Path, str]:
    language: Language = request.param
    folder = tmp_path_factory.mktemp(f"report_{language}")
    path = page.write_report(Analysis(comparison(language)), folder)
    return language, folder, path.read_text(encoding="utf-8")


def test_run_folder_has_the_page_and_the_figures(written: tuple[Language, Path, str]) -> None:
    _, folder, text = written
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert names == {"report.html", *(f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg"))}
    assert (folder / "figures" / "flow.png").stat().st_size > 10_000
    assert len(text) < 1_500_000


def test_page_is_sound_and_stands_alone(written: tuple[Language, Path, str]) -> None:
    language, _, text = written
    assert text.startswith(f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">')
    checker = checked(text)
    assert text.count("<svg") == len(FIGURES)
    assert {"main", "figure", "figcaption", "table", "dl"} <= checker.tags
    assert "<text" not in text  # figures need no font of the reader


def test_page_has_every_part_in_its_language(written: tuple[Language, Path, str]) -> None:
    language, _, text = written
    shown = "".join(checked(text).text)
    absent = {"statements", "claims", "departures", "sweep", "period", "effect", "question", "answer", "contents"}
    absent |= {"remarks", "parts"}  # this comparison has none
    for key, heading in page.HEADINGS.items():
        if key not in absent:
            assert heading.of(language) in shown, key
    if language == "zh":
        for heading in page.HEADINGS.values():
            assert heading.en not in shown
        assert "percentage points" not in shown
        assert "million yuan" not in shown
    assert ("✗ MISS" if language == "en" else "✗ 未达标") in shown
    assert 'tr class="miss"' in text


def test_page_and_terminal_say_how_admissions_are_counted(written: tuple[Language, Path, str]) -> None:
    """By episode beside the results, by discharge beside the published figures."""
    language, _, text = written
    assert text.count(EPISODES.of(language)) == 1
    assert text.count(DISCHARGES.of(language)) == 1
    assert EPISODES.of(language) in legend(Analysis(comparison(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_known_differences_stand_beside_the_claims(language: Language) -> None:
    why = Text("Nobody here <learns>.", "模型中无人<学习>。")
    claims = (Claim(Text("e", "效"), Text("c", "据"), (Check(arm="drg", outcome="own_payment_per_head", sign="up"),)),)
    text = page.render(Analysis(comparison(language, 3, claims=claims, departures=(why,))), [])
    checked(text)
    places = [text.find(f'id="{name}"') for name in ("claims", "departures", "headline")]
    assert places == sorted(places)
    assert text.find(why.of(language).replace("<", "&lt;").replace(">", "&gt;")) in range(places[1], places[2])
    assert 'id="departures"' not in page.render(Analysis(comparison(language, 3, claims=claims)), [])


def test_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    data = few(comparison("zh", 4))
    first, second = (page.write_report(Analysis(data), tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    for file in sorted((tmp_path / "a" / "figures").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / "figures" / file.name).read_bytes(), file.name


def test_everything_from_outside_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(\"1\")</script> & 'x' $\\alpha$ {{ 7 * 7 }}"
    arms = {**ARMS, "drg": Text(evil, evil)}
    data = comparison(
        "en", 2, arms=arms, title=Text(evil, evil), question=Text(evil, evil), manifest={evil: {evil: evil}},
        notes=(Text(evil, evil),),
    )  # fmt: skip
    text = page.write_report(Analysis(few(data)), tmp_path).read_text(encoding="utf-8")
    checked(text)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "49" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL).split("<body>")[1].split("</h1>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("axes", [1, 2])
def test_sweep_page(tmp_path: Path, axes: int, language: Language) -> None:
    path = page.write_report(Analysis(sweep(axes, language)), tmp_path)
    checked(path.read_text(encoding="utf-8"))
    assert {file.name for file in (tmp_path / "figures").iterdir()} == {"sweep.png", "sweep.svg"}


def test_long_values_of_a_sweep_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    data = sweep(1)
    values = tuple(f"a_long_name_of_a_scheme_{k}" for k in range(12))
    base = data.table[data.table["arm"] == data.table["arm"].iloc[0]]
    many = replace(
        data,
        table=pd.concat([base.assign(arm=value) for value in values]),
        arms={value: Text(value, value) for value in values},
        sweep=Sweep((SweepAxis("x" * 80, Text("x" * 80, "长"), values),), {value: (value,) for value in values}),
    )
    drawn: list[Figure] = []
    monkeypatch.setattr(style, "render", lambda figure, *_: drawn.append(figure) or "<svg></svg>")
    draw_all(Analysis(many))
    with style.look():
        drawn[0].draw_without_rendering()
    for axes in drawn[0].axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert len({label.get_text() for label in axes.get_xticklabels()}) == len(values)
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))
        assert axes.xaxis.label.get_window_extent().width < axes.bbox.width * 1.3


def test_sweep_of_names_and_of_three_parameters() -> None:
    data = sweep(1)
    assert data.sweep is not None
    names = ("ffs", "package", "drg", "dip")
    points = dict(zip(data.sweep.points, ((name,) for name in names), strict=True))
    named = Sweep((SweepAxis("payment", Text("Payment", "支付方式"), names),), points)
    assert [drawn.name for drawn in draw_all(Analysis(replace(data, sweep=named)))] == ["sweep"]
    axes = tuple(SweepAxis(str(k), Text(str(k), str(k)), (0.0,)) for k in range(3))
    three = Sweep(axes, dict.fromkeys(points, (0.0, 0.0, 0.0)))
    assert draw_all(Analysis(replace(data, sweep=three))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_single_replication_and_single_arm(tmp_path: Path, language: Language) -> None:
    one = page.write_report(Analysis(few(comparison(language, 1))), tmp_path / "one")
    checked(one.read_text(encoding="utf-8"))
    arm = {"package": ARMS["package"]}
    alone = comparison(language, 3, arms=arm, table=table(3, arm, off=False), baseline=None, validation=())
    text = page.write_report(Analysis(few(alone)), tmp_path / "alone").read_text(encoding="utf-8")
    assert 'id="differences"' not in text
    checked(text)


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("planted")

    monkeypatch.setattr(page, "render", fail)
    with pytest.raises(RuntimeError, match="planted"):
        page.write_report(Analysis(sweep(1)), tmp_path)
    assert not list(tmp_path.glob("report.html*"))


# --- style ----------------------------------------------------------------------------------------------------------


def test_colours_are_the_same_in_every_figure_and_distinct() -> None:
    analysis = Analysis(comparison("en", 2))
    colours = style.colours(analysis)
    assert colours["drg"] == colours["drg@off"]
    assert len({colours[arm] for arm in analysis.arms}) == len(analysis.arms)
    assert colours["ffs"] == style.BASELINE_COLOUR


def test_chinese_is_drawn_from_the_font_of_the_package() -> None:
    with style.look():
        import matplotlib as mpl

        assert mpl.rcParams["font.family"] == ["DejaVu Sans", "Noto Sans CJK SC"]
    assert mpl.rcParams["font.family"] == ["sans-serif"]


def test_labels_move_apart_and_keep_their_order() -> None:
    placed = style.spread([1.0, 1.1, 1.05, 9.0], [0.5] * 4)
    ordered = sorted(range(4), key=lambda k: placed[k])
    assert ordered == [0, 2, 1, 3]
    assert all(placed[b] - placed[a] >= 0.5 - 1e-9 for a, b in pairwise(ordered))


@pytest.mark.parametrize("text", ["总额打包（结余留用、超支自付）", "Package, all kept and borne", "", "DRG"])
def test_wrapping_loses_nothing(text: str) -> None:
    wrapped = style.wrap(text, 10)
    assert wrapped.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    assert not re.search(r"\n[，。、）]", wrapped)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_parts_on_the_page_sum_to_the_surplus(language: Language, tmp_path: Path) -> None:
    """Behaviour is what the response makes of the surplus, all else what is there without response."""
    result = compare("payment_methods", [*SMALL, f"language={language}"], save=False)
    analysis = Analysis(of_comparison(result, {}))
    for arm in with_parts(analysis):
        parts = parts_of(analysis, arm)
        assert len(parts) == 6
        surplus, without = (analysis.level(each, "surplus").value for each in (arm, arm + "@off"))
        assert sum(part.value for part in parts.values()) == pytest.approx(surplus)
        assert parts[BEHAVIOUR.en].value == pytest.approx(surplus - without)
        assert parts["surplus_method"] == analysis.level(arm + "@off", "surplus_method")
    assert len(with_parts(analysis)) == 2
    text = page.render(analysis, [])
    names = ("Part of it: luck", "Part of it: behaviour") if language == "en" else ("其中：随机波动", "其中：行为反应")
    for name in (*names, page.HEADINGS["parts"].of(language)):
        assert name in text
