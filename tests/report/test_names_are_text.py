"""Names of a study that look like markup, escapes or formulas: text wherever a whole comparison shows them."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import xml.etree.ElementTree as ET
from contextlib import redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sim.__main__ import main
from sim.core.visible import LINES, visible
from sim.experiment.compare import compare_plan, plan
from sim.experiment.study_model import Study
from sim.report.from_experiments import Reporter, of_comparison
from tests.settle.test_output import acts

HOSTILE = (
    "<script>alert(1)</script>", "[bold]b[/] [/red]", "</b></td></table><img src=x onerror=alert(1)>", "=1+1",
    "\x1b[31mred\x1b]0;t\x07", "\u202egnp.exe\u2066", "{0} {base} %s {{ 7*7 }} {% raw %}", "&lt;b&gt; \"'><!-- --> ]]>",
    "@SUM(1)", "-1+cmd|' /C calc'!A0", "$\\frac{1}$", "_hidden\u200b\u2028x",
)  # fmt: skip
SMALL = ["population.residents=200", "experiment.replications=2", "years.history=1", "years.reform=2"]


def study(words: tuple[str, ...]) -> dict[str, Any]:
    """A study in which every text is one of some words."""

    def both(k: int) -> dict[str, str]:
        return {"en": words[k], "zh": f"{words[k]}名"}

    schemes = ("ffs", "drg", "package", "dip", "cap")
    return {
        "name": "study",
        "title": both(0),
        "question": both(6),
        "line": both(1),
        "baseline": "a0",
        "reference": [words[2], words[4]],
        "arms": {f"a{k}": {"label": both(k + 2), "overrides": [f"payment={name}"]} for k, name in enumerate(schemes)},
        "headline": [{"arm": "a1", "outcome": "fund_outgo_per_head"}],
        "expected": [
            {
                "effect": both(7),
                "citation": words[0],
                "check": [{"arm": "a2", "outcome": "fund_outgo_per_head", "sign": "down"}],
            },
            {"effect": both(5), "citation": words[3]},
        ],
        "known_differences": [both(k) for k in (8, 9, 10, 11)],
    }


def targets(path: Path, words: tuple[str, ...]) -> str:
    """A file of the county's own figures, with such words in its texts."""
    rows = [
        ["outcome", "target", "tolerance", "source", "note"],
        ["los", "9", "1", words[3], words[0]],
        ["discharges_per_100", "16", "1", words[8], words[5]],
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return f"targets={path}"


class Shape(HTMLParser):
    """The elements of a page outside its figures, the kinds of elements inside them, and what is no element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.outside: list[tuple[str, ...]] = []
        self.drawn: set[tuple[str, ...]] = set()
        self.declared: list[str] = []
        self.text: list[str] = []
        self.figures = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.figures += tag == "svg"
        names = (tag, *sorted(f"{name}={value}" if name in ("class", "id", "href") else name for name, value in attrs))
        if self.figures:
            self.drawn.add((tag, *sorted(name for name, _ in attrs)))
        else:
            self.outside.append(names)

    def handle_endtag(self, tag: str) -> None:
        if not self.figures:
            self.outside.append((f"/{tag}",))
        self.figures -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declared.append(decl)

    def handle_pi(self, data: str) -> None:
        self.declared.append(data)


class Played(NamedTuple):
    """What a comparison left and printed."""

    folder: Path
    printed: str
    page: Shape


def played(folder: Path, words: tuple[str, ...], language: str) -> Played:
    """Compare the arms of the study, as the command does."""
    folder.mkdir()
    asked = [*SMALL, targets(folder / "own.csv", words), f"language={language}", f"output.dir={folder}/out"]
    planned = plan(Study.model_validate(study(words)), asked)
    reporter = Reporter(of_comparison, planned.base)
    with redirect_stdout(io.StringIO()) as printed:
        compare_plan(planned, save=True, extras=reporter)
        reporter.show()
    text = (folder / "out" / "report.html").read_text(encoding="utf-8")
    return Played(folder / "out", printed.getvalue(), Shape(text))


PLAIN = tuple(f"Plain {k}" for k in range(len(HOSTILE)))


@pytest.fixture(scope="module", params=["en", "zh"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Played, str]:
    """The study with plain words and with hostile ones, and the language."""
    place = tmp_path_factory.mktemp(f"names_{request.param}")
    return (
        *(played(place / name, words, request.param) for name, words in (("plain", PLAIN), ("hostile", HOSTILE))),
        request.param,
    )


def hidden(text: str) -> set[str]:
    """What acts without being seen."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - set(LINES)


def test_the_page_has_the_elements_that_plain_names_give_it(pair: tuple[Played, Played, str]):
    plain, hostile, language = pair
    assert len(plain.page.outside) > 1_000
    assert hostile.page.outside == plain.page.outside
    assert hostile.page.drawn == plain.page.drawn
    assert hostile.page.declared == plain.page.declared == ["DOCTYPE html"]
    shown = "".join(hostile.page.text)
    for word in (*HOSTILE[:1], *HOSTILE[2:]):  # the line for the list of studies is not on the page
        assert visible(word + ("名" if language == "zh" else "")) in shown
    assert not hidden((hostile.folder / "report.html").read_text(encoding="utf-8"))


def test_the_parser_sees_what_markup_would_do():
    """Planted: were a name not escaped, the shapes would differ."""
    page = "<!DOCTYPE html><html><body><p class='a'>{}</p></body></html>"
    plain = Shape(page.format("Plain"))
    for word in (HOSTILE[0], HOSTILE[2], "<b>", "</p>", "<svg onload=x></svg>", "<?php ?>"):
        broken = Shape(page.format(word))
        assert (broken.outside, broken.drawn, broken.declared) != (plain.outside, plain.drawn, plain.declared), word


def test_the_terminal_shows_names_as_text(pair: tuple[Played, Played, str]):
    plain, hostile, _ = pair
    assert not hidden(hostile.printed)
    whole = "".join(hostile.printed.split())
    for word in HOSTILE[2:8]:
        assert "".join(visible(word).split()) in whole, word
    assert "Plain 3" in plain.printed


def test_figures_and_manifest_hold_names_as_text(pair: tuple[Played, Played, str]):
    plain, hostile, _ = pair
    names = [path.relative_to(plain.folder) for path in sorted(plain.folder.rglob("*"))]
    assert names == [path.relative_to(hostile.folder) for path in sorted(hostile.folder.rglob("*"))]
    for name in (name for name in names if name.suffix == ".svg"):
        text = (hostile.folder / name).read_text(encoding="utf-8")
        assert not hidden(text), name
        kinds = [{element.tag for element in ET.parse(one.folder / name).iter()} for one in (plain, hostile)]
        assert kinds[0] == kinds[1], name
    told = (hostile.folder / "manifest.json").read_text(encoding="utf-8")
    assert not hidden(told)
    assert json.loads(told)["study_definition"]["title"]["en"] == HOSTILE[0]
    assert json.loads(told)["study_definition"]["arms"]["a3"]["label"]["en"] == HOSTILE[5]


def test_no_cell_of_a_validation_is_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    own = targets(tmp_path / "own.csv", HOSTILE)
    assert main(["validate", *SMALL, own, f"output.dir={tmp_path}/out"]) == 0
    with (tmp_path / "out" / "validation.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    numbers = [cell for cell in cells if cell.startswith("-") and float(cell)]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if acts(cell) and cell not in numbers]
    assert not hidden(capsys.readouterr().out)
