"""The tables of a report as rows of text, shared by the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sim.core.text import Language, Text
from sim.money.settlement import Persons
from sim.outcomes.outcome import ALL, Outcome, community_group
from sim.report.analysis import Analysis
from sim.report.data import Estimate, ValidationRow
from sim.report.labels import group_label, word
from sim.report.luck import Community, LuckLine, lines_of, luck_note, not_told
from sim.report.numbers import RARE, Unit, change, decimals_for, number, unit_of
from sim.report.seen_luck import seen_luck
from sim.report.wording import level_marked

if TYPE_CHECKING:
    import pandas as pd

Standing = Literal["", "better", "worse", "moved", "noise", "rare"]
"""Of a difference: "" undefined or none, clear and good, clear and bad, clear and neither, not clear, or too rare."""

BY_COMMUNITY = "surplus_retained"
"""Headline outcome that is also shown by community."""
MOST_COMMUNITIES = 10
MOST_DIGITS = 15

SIGNS: dict[Standing, str] = {"": "", "better": "▲", "worse": "▼", "moved": "◆", "noise": "≈", "rare": RARE}

WITHOUT_INTERVAL = Text(
    "○ rests on few or clustered events, on a value that more than half of the replications share, or on the few years "
    "in which budgets were not held down to income: no error and no interval is given, because none would hold. A "
    "number without an error that has no ○ is the same in every replication: fixed by a rule, or nothing happened.",
    "○ 取决于少数或成批发生的事件，或过半数重复取同一值，或少数未被以收定支压减的年份：任何误差或置信区间都不可靠，"
    "故不给出。"
    "没有误差也没有 ○ 的数在各次重复中完全相同：由规则确定，或事件没有发生。",
)


class Change(NamedTuple):
    """A difference as text, and how it stands."""

    text: str
    standing: Standing

    @property
    def marked(self) -> str:
        """The text with the sign of its standing in front."""
        return f"{SIGNS[self.standing]} {self.text}".strip()


class Cell(NamedTuple):
    """One outcome under one arm."""

    level: str
    on: Change
    """Difference to the baseline, response on."""
    off: Change
    """The same with the response off."""
    effect: Change
    """What the response adds: on minus off."""


class Line(NamedTuple):
    """One headline outcome under all arms."""

    id: str
    name: str
    unit: str
    difference_unit: str
    period: str
    definition: str
    dimension: str
    cells: dict[str, Cell]


NO_CHANGE = Change("", "")


def standing(estimate: Estimate, outcome: Outcome) -> Standing:
    """Whether a difference is clear, and whether it is for the better."""
    if estimate.rare:
        return "rare"
    if not math.isfinite(estimate.value) or not math.isfinite(estimate.low):
        return ""
    if not estimate.clear:
        return "" if estimate.low == estimate.high == 0 else "noise"
    if outcome.better == "neutral":
        return "moved"
    return "better" if (estimate.value > 0) == (outcome.better == "higher") else "worse"


def _change(estimate: Estimate, outcome: Outcome, unit: Unit) -> Change:
    if not estimate.n or not math.isfinite(estimate.value):
        return NO_CHANGE
    return Change(change(estimate.value, estimate.low, estimate.high, unit), standing(estimate, outcome))


def headline_lines(analysis: Analysis) -> list[Line]:
    """One line for each headline outcome; what communities retain also by community, where there are several (A5)."""
    lines = list[Line]()
    for outcome in analysis.headlines():
        lines.append(_line(analysis, outcome))
        if outcome.id == BY_COMMUNITY:
            lines += [_line(analysis, outcome, group) for group in communities(analysis)]
    return lines


def communities(analysis: Analysis) -> list[str]:
    """Groups of the communities that hold a budget, at most `MOST_COMMUNITIES`; none where there is only one."""
    groups = analysis.table.loc[analysis.table["outcome"] == BY_COMMUNITY, "group"].astype(str).unique()
    numbers = sorted(int(g.removeprefix("community_")) for g in groups if g.startswith("community_"))
    return [community_group(n - 1) for n in numbers[:MOST_COMMUNITIES]] if len(numbers) > 1 else []


def _line(analysis: Analysis, outcome: Outcome, group: str = ALL) -> Line:
    language = analysis.language
    unit = unit_of(outcome.unit, language)
    cells = {}
    for arm in analysis.arms:
        estimate, off = analysis.level(arm, outcome.id, group), analysis.off.get(arm)
        versus_off = analysis.difference(off, outcome.id, group) if off else None
        cells[arm] = Cell(
            level_marked(estimate, unit) if estimate.n else "–",
            _change(analysis.difference(arm, outcome.id, group), outcome, unit),
            _change(versus_off, outcome, unit) if versus_off else NO_CHANGE,
            _change(analysis.effect(arm, outcome.id), outcome, unit) if group == ALL else NO_CHANGE,
        )
    chinese = language == "zh"
    name = outcome.zh if chinese else outcome.en
    return Line(
        outcome.id,
        name if group == ALL else f"{name} · {group_label(group, language)}",
        unit.label,
        unit.difference,
        analysis.period(outcome.id),
        outcome.definition_zh if chinese else outcome.definition,
        word(outcome.dimension, language),
        cells,
    )


def luck_lines(analysis: Analysis) -> list[LuckLine]:
    """Lines of every arm in which communities hold a budget and of which something can be said (`luck_by_arm`)."""
    return [line for lines in luck_by_arm(analysis).values() for line in lines]


def luck_by_arm(analysis: Analysis) -> dict[str, list[LuckLine]]:
    """Lines by arm in which communities hold a budget; none where neither what persons cost nor replications tell."""
    found = {}
    for arm in analysis.arms:
        if (terms := analysis.data.terms.get(arm)) is None:
            continue
        groups = communities(analysis) or [community_group(0)]
        heads = [(group, analysis.level(arm, "insured", group).value) for group in groups]
        units = [
            Community(
                group_label(group, analysis.language), round(n), seen_luck(_without_response(analysis, arm, group))
            )
            for group, n in heads
            if n > 0
        ]
        persons = persons_of(analysis, arm)
        found[arm] = lines_of(analysis.label(arm), persons, units, terms, analysis.language, simulated=True)
    return found


def _without_response(analysis: Analysis, arm: str, group: str) -> pd.DataFrame:
    """Rows of the reform years of an arm's twin without response, or of an arm that has none."""
    table = analysis.table
    rows = table[(table["arm"] == analysis.off.get(arm, arm)) & (table["group"] == group)]
    return rows[rows["year"] >= analysis.start]


def luck_note_of(analysis: Analysis) -> str:
    """What is said with the table of luck; "" where nobody holds a budget."""
    terms, lines = analysis.data.terms, luck_by_arm(analysis)
    if not lines:
        return ""
    first = next((arm for arm in lines if terms[arm].by_heads), next(iter(lines)))
    return luck_note(
        persons_of(analysis, first),
        terms[first].common,
        analysis.language,
        simulated=True,
        measured=any(told and not terms[arm].by_heads for arm, told in lines.items()),
        missing=_missing(analysis, lines),
    )


def luck_missing(analysis: Analysis) -> str:
    """Of which arms the table of luck says nothing, though communities hold a budget; "" where there are none."""
    missing = _missing(analysis, luck_by_arm(analysis))
    return not_told(missing, analysis.language) if missing else ""


def _missing(analysis: Analysis, lines: dict[str, list[LuckLine]]) -> list[str]:
    return [analysis.label(arm) for arm, told in lines.items() if not told]


def persons_of(analysis: Analysis, arm: str) -> Persons:
    """How what a person costs the fund in a year varies; nan where it is not known."""
    names = ("person_fund_mean", "person_fund_sd", "person_fund_correlation")
    mean, sd, lasting = (analysis.level(arm, name).value for name in names)
    return Persons(sd / mean if mean > 0 else math.nan, min(max(lasting, 0.0), 1.0) if math.isfinite(lasting) else 0.0)


class RiskLine(NamedTuple):
    """Risk of the fund under one arm."""

    arm: str
    deficit: str
    exhausted: str
    var: str
    tvar: str


def risk_heads(analysis: Analysis) -> list[str]:
    """Column heads of the risk table."""
    heads = (
        Text("Deficit in any reform year", "改革期内任一年收不抵支"),
        Text("Balance exhausted", "累计结余耗尽"),
        Text("Balance undercut with probability 5% ({unit})", "有 5% 可能低于的结余（{unit}）"),
        Text("Mean balance in those worst cases ({unit})", "最差 5% 情形的平均结余（{unit}）"),
    )
    unit = unit_of("yuan", analysis.language).label
    return [head.of(analysis.language).replace("{unit}", unit) for head in heads]


def risk_lines(analysis: Analysis) -> list[RiskLine]:
    """Probabilities in percent with Wilson 95 % intervals, and tail balances; empty with one replication."""
    needed = ("fund_balance", "fund_accumulated")
    if analysis.replications < 2 or not all(analysis.level(analysis.arms[0], name).n for name in needed):
        return []
    yuan = unit_of("yuan", analysis.language)
    out = []
    for arm in analysis.arms:
        row = analysis.risk.loc[arm]
        values = {name: float(row[name]) for name in row.index if name != "study"}
        out.append(
            RiskLine(
                analysis.label(arm),
                _percent(values, "deficit"),
                _percent(values, "exhausted"),
                number(values["var_95"] * yuan.scale, 2 if yuan.scale < 1e-5 else 0),
                number(values["tvar_95"] * yuan.scale, 2 if yuan.scale < 1e-5 else 0),
            )
        )
    return out


def tail_of(replications: int) -> int:
    """Replications that the worst five per cent touch: at least the worst one."""
    return max(1, math.ceil(0.05 * replications - 1e-9))


def _percent(values: dict[str, float], name: str) -> str:
    low, share, high = (round(100 * values[key]) for key in (f"{name}_low", name, f"{name}_high"))
    return f"{share}% [{low}, {high}]"


class ValidationLine(NamedTuple):
    """One published figure beside the simulated one, as text."""

    name: str
    unit: str
    target: str
    simulated: str
    difference: str
    tolerance: str
    verdict: str
    verdict_label: str
    source: str
    note: str


def validation_lines(rows: Sequence[ValidationRow], language: Literal["en", "zh"]) -> list[ValidationLine]:
    """Text of the validation table."""
    out = []
    for row in rows:
        digits = _telling(row)
        spread = min(decimals_for(row.error, digits), digits + 1)
        error = f" ± {number(row.error, spread)}" if math.isfinite(row.error) else ""
        out.append(
            ValidationLine(
                row.label.of(language),
                row.unit.of(language),
                number(row.target, digits),
                number(row.simulated, spread if error else digits) + error,
                number(row.difference, digits, signed=True),
                "–" if math.isnan(row.tolerance) else f"± {number(row.tolerance, digits)}",
                row.verdict,
                _verdict(row, language),
                _source(row, language),
                row.note.of(language),
            )
        )
    return out


def _verdict(row: ValidationRow, language: Language) -> str:
    """The verdict, and whether the county was fitted to the figure."""
    verdict = word(row.verdict, language)
    return Text(f"{verdict}, {row.use}", f"{verdict}，{word(row.use, 'zh')}").of(language) if row.use else verdict


def _source(row: ValidationRow, language: Language) -> str:
    return (Text("own: ", "本县：") + row.source if row.own else row.source).of(language)


def _telling(row: ValidationRow) -> int:
    """Digits after the point with which a difference beyond the tolerance does not read as the tolerance itself."""
    digits = row.decimals
    size = abs(row.difference)
    if row.verdict in ("miss", "apart") and math.isfinite(size):
        while number(size, digits) == number(row.tolerance, digits) and digits < MOST_DIGITS:
            digits += 1
    return digits


def facts(manifest: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A manifest as (name, value) pairs; nested mappings are flattened with dots."""
    out: list[tuple[str, str]] = []
    for key, value in manifest.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            out += facts(value, f"{name}.")
        elif isinstance(value, list | tuple):
            out.append((name, ", ".join(map(str, value)) or "–"))
        else:
            out.append((name, str(value)))
    return out


EPISODES = Text(
    "Admissions are counted as episodes: a need treated, from the first bed to the end of recovery, counts once, where "
    "the patient was admitted, also where he is stepped down to recover.",
    "住院按整段住院计：从入院到康复结束计一次，计入入院机构所在层级，下转康复不另计。",
)
"""What the report's tables and sentences count."""
DISCHARGES = Text(
    "Discharges, their shares, charges and days are counted here as the statistics count them: a stay that steps down "
    "is two.",
    "此处的住院人次及其占比、次均费用与住院日按统计口径：下转康复另计一人次。",
)
"""What published figures count."""


def table_note(analysis: Analysis) -> str:
    """Which years the numbers stand for, and what an admission is."""
    flow, stock = analysis.period("fund_balance"), analysis.period("fund_accumulated")
    text = Text(
        "Yearly values are {0}; accumulated balances and reserves are {1}. {2} replications.",
        "年度指标为 {0}，累计结余与可支付月数为 {1}。重复 {2} 次。",
    )
    if analysis.language == "en":
        flow = f"those of {flow}" if flow.isdecimal() else f"the {flow}"
    told = text.of(analysis.language).format(flow, stock, analysis.replications)
    told += Text(" ", "").of(analysis.language) + EPISODES.of(analysis.language)
    if not _some_without_interval(analysis):
        return told
    return told + Text(" ", "").of(analysis.language) + WITHOUT_INTERVAL.of(analysis.language)


def _some_without_interval(analysis: Analysis) -> bool:
    """Whether a headline number of several replications has no error, nothing at all apart."""
    shown = [(arm, outcome.id) for arm in analysis.arms for outcome in analysis.headlines()]
    estimates = [analysis.level(*cell) for cell in shown] + [analysis.difference(*cell) for cell in shown]
    return any(each.n > 1 and each.interval != "t" and each.value != 0 for each in estimates)
