"""Figures that the simulated history is held against: the published national ones, and those of the user's own county.

National figures are in ``conf/targets/<base year>.csv``.  ``targets=FILE`` gives a county's own in a file with the same
columns: what it has replaces the national figure, and the other national figures stay as information.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sim.config.model import SimConfig
from sim.core.disk import named
from sim.core.errors import ConfigError
from sim.core.files.cells import BAD, EMPTY, Column, normal, plain, read_number
from sim.core.files.headings import match, not_read
from sim.core.files.small_tables import listed, table_headings, table_lines
from sim.core.paths import conf_dir
from sim.core.text import Text
from sim.experiment.findings import belongs
from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, QUINTILE_NAMES, Outcome
from sim.outcomes.trials import NAMED
from sim.tables import CATEGORIES, CATEGORY_NAMES, TIER_NAMES, TIERS

COLUMNS = (
    Column("outcome", "指标", "text", True, "Outcome, by its id or its name in docs/outcomes.md.",
           "discharges_per_100"),
    Column("group", "分组", "text", False, "Group of the outcome; all when empty.", "county", ("组别",)),
    Column("years", "年份", "text", False, "first: the base year itself; mean, or empty: the mean of the "
           "history years.", "mean"),
    Column("target", "目标值", "number", True, "The figure, in the outcome's unit; of a share 0.57 or 57%.", "16.6",
           ("value", "数值", "实际值")),
    Column("tolerance", "容差", "number", False, "Largest difference that passes; shown only when empty.", "1.0",
           ("允许误差",)),
    Column("use", "用途", "text", False, "fitted: the county was fitted to the figure; held out: it was not; set: it "
           "was given the figure.", "fitted"),
    Column("source", "来源", "text", False, "Where the figure is from.", "年报"),
    Column("note", "备注", "text", False, "A remark.", ""),
    Column("source_zh", "中文来源", "text", False, "The source in Chinese, where `source` is in English.", ""),
    Column("note_zh", "中文备注", "text", False, "The remark in Chinese.", ""),
)  # fmt: skip
GROUP_TERMS = {"全县": ALL, "合计": ALL} | {
    name.zh: code
    for code, name in zip(
        (*TIERS, *CATEGORIES, *QUINTILE_GROUPS), (*TIER_NAMES, *CATEGORY_NAMES, *QUINTILE_NAMES), strict=True
    )
}
"""Groups as reports call them in Chinese."""
YEAR_TERMS = {"first": "first", "首年": "first", "基准年": "first", "mean": "mean", "均值": "mean", "平均": "mean"}
USE_TERMS = {
    "": "", "fitted": "fitted", "拟合": "fitted", "held out": "held out", "留出": "held out",
    "set": "set", "给定": "set",
}  # fmt: skip
DESCRIBED = "docs/model.md, section 19, describes the file"

Row = Mapping[str, str]


class Target(NamedTuple):
    """A figure that the history should meet."""

    outcome: str
    group: str
    years: str
    """"first": the base year itself, for what grows from year to year; "mean": all history years."""
    target: float
    """In the unit of the outcome."""
    tolerance: float
    """Largest absolute difference that passes; nan = shown only."""
    source: Text
    note: Text
    kind: Literal["national", "own"] = "national"
    """Whose figure it is."""
    use: str = ""
    """"fitted": the county was fitted to it; "held out": it was not; "set": it was given it; "": not said."""

    def columns(self) -> dict[str, Any]:
        """As a row of a table: texts in English, then in Chinese, which is empty where the file has one language."""
        texts = {"source": self.source, "note": self.note}
        chinese = {f"{name}_zh": text.zh if text.zh != text.en else "" for name, text in texts.items()}
        return {**self._asdict(), **{name: text.en for name, text in texts.items()}, **chinese}


def load_targets(base_year: int, county_file: str | None = None) -> tuple[Target, ...]:
    """The published figures of a base year, and before them those of the county itself.

    Args:
        base_year: whose national figures; none if ``conf/targets`` has no file of that year.
        county_file: figures of the county; each takes the place of the national one of its outcome and group.

    Raises:
        ConfigError: naming every row that cannot be used, with its file.
    """
    path = conf_dir() / "targets" / f"{base_year}.csv"
    national = _read(path, "national") if path.is_file() else ()
    if county_file is None:
        return national
    county = _read(named(county_file), "own")
    replaced = {(target.outcome, target.group) for target in county}
    return county + tuple(t for t in national if (t.outcome, t.group) not in replaced)


def targets_of(config: SimConfig) -> tuple[Target, ...]:
    """The figures with which the history of a configuration is compared."""
    return load_targets(config.base_year, config.targets)


def target_files(config: SimConfig) -> list[Path]:
    """The user's file of figures, for the manifest; none without one."""
    return [named(config.targets)] if config.targets else []


def said_of(config: SimConfig) -> list[Text]:
    """Notes on what is not read of the user's file of figures."""
    return [
        words
        for path in target_files(config)
        for words in not_read(match(path, table_headings(path), COLUMNS, DESCRIBED).ignored)
    ]


def _read(path: Path, kind: Literal["national", "own"]) -> tuple[Target, ...]:
    heading = table_headings(path)
    places = match(path, heading, COLUMNS, DESCRIBED).places
    targets: list[Target] = []
    faults: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells, _, fault in table_lines(path, len(heading), list(places.values())):
        if fault:
            faults.append(f"row {number}: {fault}")
            continue
        target, wrong = _target({name: _text(cells[at]) for name, at in places.items()}, kind)
        key = (target.outcome, target.group)
        if not wrong and seen.setdefault(key, number) != number:
            wrong = [f"outcome and group are in row {seen[key]} already"]
        faults += [f"row {number}, {text}" for text in wrong]
        targets.append(target)
    if faults or not targets:
        what = "the file of targets holds errors" if faults else "the file of targets has no rows"
        todo = "mend the rows" if faults else "write a row for each figure below the headings"
        raise ConfigError(listed(what, faults), where=str(path), todo=f"{todo}; {DESCRIBED}")
    return tuple(targets)


def _text(cell: str) -> str:
    text = plain(cell)
    return "" if text in EMPTY else text


def _target(texts: Row, kind: Literal["national", "own"]) -> tuple[Target, list[str]]:
    """A row as a target, and its faults; with faults the target is not to be used."""
    wrong: list[str] = []
    outcome = _outcome(texts["outcome"], wrong)
    group = GROUP_TERMS.get(texts.get("group", ""), texts.get("group", "") or ALL)
    if outcome and not any(belongs(group, grouping) for grouping in outcome.groups):
        wrong.append(f"group: {group!r} is no group of {outcome.id}, which has {', '.join(outcome.groups)}")
    years = YEAR_TERMS.get(texts.get("years", "").lower() or "mean", "")
    if not years:
        wrong.append(f"years: {texts['years']!r} must be first or mean (首年或均值)")
    value = _number("target", texts["target"], outcome, wrong)
    if math.isnan(value) and not texts["target"]:
        wrong.append("target: must not be empty")
    tolerance = _number("tolerance", texts.get("tolerance", ""), outcome, wrong)
    if tolerance < 0:
        wrong.append(f"tolerance: {texts['tolerance']!r} must not be negative")
    use = USE_TERMS.get(texts.get("use", "").lower())
    if use is None:
        wrong.append(f"use: {texts['use']!r} must be fitted or held out (拟合或留出), or empty")
    source, note = (_both(texts, name) for name in ("source", "note"))
    return Target(outcome.id if outcome else "", group, years, value, tolerance, source, note, kind, use or ""), wrong


def _both(texts: Row, name: str) -> Text:
    """A text of the file in both languages; the same text twice, unless the file has both."""
    text = texts.get(name, "")
    return Text(text, texts.get(f"{name}_zh", "") or text)


def _outcome(text: str, wrong: list[str]) -> Outcome | None:
    names = {name.lower(): outcome for outcome in NAMED.values() for name in (outcome.id, outcome.en, outcome.zh)}
    outcome = names.get(text.lower())
    if outcome is None:
        near = difflib.get_close_matches(text.lower(), names, n=1)
        hint = f"; did you mean {names[near[0]].id!r}?" if near else "; docs/outcomes.md lists all"
        wrong.append(f"outcome: {text!r} is not known{hint}")
    return outcome


def _number(name: str, text: str, outcome: Outcome | None, wrong: list[str]) -> float:
    """A number of the file; a per cent of a share as a share; nan for an empty cell."""
    if not text:
        return math.nan
    number = normal(text)
    cent = number.endswith("%")
    millionths, unit = read_number(number.removesuffix("%"), 6)
    if millionths == BAD or unit:
        wrong.append(f"{name}: {text!r} must be a number, such as 16.6, 1,406 or 57%")
        return math.nan
    value = millionths / 1_000_000
    share = outcome is not None and outcome.unit == "share"
    if cent:
        if outcome is not None and not share:
            wrong.append(f"{name}: {text!r} is a per cent, but {outcome.id} is no share")
        return value / 100
    if share and abs(value) > 2:
        wrong.append(f"{name}: {text!r} is a share, 0.57 or 57%; give a per cent sign if per cent are meant")
    return value
