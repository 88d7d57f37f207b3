"""docs/systems.md tells the truth: a row and a section for each system, commands that are accepted, studies, tests."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import NamedTuple

import pytest

from sim.__main__ import parse
from sim.config import expand, load_config
from sim.core.errors import CountyFundError
from sim.experiment.study import load_study, studies
from sim.experiment.study_model import SYSTEMS
from tests.paths import ROOT

PAGE = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
PARAMETERS = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
MOST = 100
"""Combinations of a sweep."""


class Line(NamedTuple):
    """A row of the table."""

    key: str
    anchor: str
    command: str
    studies: tuple[str, ...]
    test: str


def lines(page: str) -> list[Line]:
    """The rows of the table, in their order."""
    cell = r"\[(A\d+)\]\(#([\w-]+)\)"
    found = re.findall(rf"^\| {cell} \| [^|]+ \| `([^`]+)` \| ([^|]+) \| `(\w+)` \|$", page, re.M)
    return [Line(*row[:3], tuple(re.findall(r"`(\w+)`", row[3])), row[4]) for row in found]


LINES = lines(PAGE)
BY_KEY = pytest.mark.parametrize("line", LINES, ids=[line.key for line in LINES])


@cache
def functions_of_systems() -> dict[str, str]:
    """Name of each test, and the file it is in."""
    files = sorted((ROOT / "tests" / "systems").glob("test_*.py"))
    return {
        name: path.name for path in files for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.M)
    }


@cache
def checks_with_faults() -> set[str]:
    """Checks that are run with a planted fault: those of the parameters of the tests of broken rules."""
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "systems").glob("test_*.py")))
    return set(
        re.findall(r"^ +\((check_\w+), \w+\),$", text, re.M) + re.findall(r"found_by\(lambda: (check_\w+)\(", text)
    )


def section(key: str) -> str:
    """The text of a system's section."""
    (found,) = re.findall(rf"^## {key} [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return str(found)


def accept(command: str) -> int:
    """Compose the configurations of a command; their number."""
    words = shlex.split(command)
    assert words[0] == "countyfund"
    request = parse(words[1:])
    assert request.verb in ("run", "sweep")
    combinations = expand(request.overrides, MOST)
    assert (len(combinations) > 1) == (request.verb == "sweep")
    for overrides in combinations:
        load_config(overrides)
    return len(combinations)


def test_every_system_has_one_row_and_one_section() -> None:
    assert [line.key for line in LINES] == list(SYSTEMS)
    assert re.findall(r"^## (A\d+) ", PAGE, re.M) == list(SYSTEMS)


@BY_KEY
def test_a_section_says_rule_choices_and_limits(line: Line) -> None:
    parts = ["*Rule", "*Left open:*", "*Known limits:*"]
    places = [section(line.key).find(f"- {part}") for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert line.anchor.startswith(f"{line.key.lower()}-")


@BY_KEY
def test_the_command_is_accepted(line: Line) -> None:
    accept(line.command)


@BY_KEY
def test_the_study_runs_the_system(line: Line) -> None:
    assert line.studies
    for name in line.studies:
        assert name in studies(), f"scenarios/{name}.yaml is not there"
        assert line.key in load_study(name).system, f"scenarios/{name}.yaml does not list {line.key}"


def test_no_study_of_a_system_is_left_out() -> None:
    named = {(line.key, name) for line in LINES for name in line.studies}
    listed = {(key, name) for name in studies() for key in load_study(name).system}
    assert not listed - named, "name these studies in the table"


@BY_KEY
def test_the_tests_are_there(line: Line) -> None:
    also = re.findall(r"`(test_\w+)`", section(line.key))
    for name in (line.test, *also):
        assert name in functions_of_systems(), name
        assert name.startswith(f"test_{line.key.lower()}_"), name
    own = {name for name in functions_of_systems() if name.startswith(f"test_{line.key.lower()}_")}
    assert own == {line.test, *also}, "a test that the page does not name"


@BY_KEY
def test_every_system_has_a_planted_fault(line: Line) -> None:
    assert f"check_{line.key.lower()}" in checks_with_faults()


def test_parameters_named_are_parameters() -> None:
    groups = r"payment|settlement|response|contracts|care|benefit|fund|providers"
    names = set(re.findall(rf"`((?:{groups})\.[\w.]+?)(?:=[^`]*)?`", PAGE))
    assert len(names) > 50
    known = set(re.findall(r"^\| `([\w.<>]+)` \|", PARAMETERS, re.M))
    wrong = {name for name in names if not any(own == name or own.startswith(f"{name}.") for own in known)}
    assert not wrong, wrong


def test_a_wrong_page_would_be_found() -> None:
    with pytest.raises(CountyFundError):
        accept("countyfund run payment=package settlement.overrun_shares=0.5")
    with pytest.raises(CountyFundError):
        accept("countyfund sweep settlement.overrun_share=0,2")
    with pytest.raises(AssertionError):
        accept("python -m sim run payment=package")
    short = lines(PAGE.replace("| [A7](#a7-tianjin-quota) |", "| A7 |"))
    assert [line.key for line in short] != list(SYSTEMS)
