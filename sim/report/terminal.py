"""Tables for the terminal, narrow enough for 120 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Rich

from sim.core.console import rich_console
from sim.core.text import Language, Text
from sim.core.visible import visible
from sim.report.analysis import Analysis
from sim.report.county_facts import county_facts, size_note
from sim.report.data import County, SettingRow, ValidationRow
from sim.report.findings import finding_sentences
from sim.report.labels import word
from sim.report.luck import TITLE, LuckLine, heads_of
from sim.report.prevention import TITLE as TITLE_OF_PREVENTION
from sim.report.prevention import paying, prevention_lines
from sim.report.sentences import answer, drift, emptied
from sim.report.surplus_parts import PartLine, part_lines, with_parts
from sim.report.table_rows import (
    SIGNS,
    Change,
    Line,
    Standing,
    headline_lines,
    luck_lines,
    luck_missing,
    risk_heads,
    risk_lines,
    table_note,
    tail_of,
    validation_lines,
)
from sim.report.verdicts import claim_lines

STYLES: dict[Standing, str] = {
    "": "",
    "better": "green",
    "worse": "red",
    "moved": "cyan",
    "noise": "dim",
    "rare": "dim",
}
ARMS_PER_TABLE = 4
"""Arms beside each other; more make further tables."""
MOST_SETTINGS = 12
"""Changed settings that the terminal lists; the page has all."""


def report(analysis: Analysis) -> RenderableType:
    """Everything the terminal shows: title, answer, headline tables, risk, legend."""
    language = analysis.language
    parts: list[RenderableType] = [Rich(analysis.data.title.of(language), style="bold")]
    parts += [county_lines(analysis.data.county, language, analysis.data.arms), ""] if analysis.data.county else [""]
    parts += [Rich(text.of(language), style="yellow") for text in analysis.data.remarks]
    parts += [""] if analysis.data.remarks else []
    if analysis.data.sweep is not None:
        words = [Rich(text) for text in answer(analysis)]
        parts += [*words, "", sweep_table(analysis), Rich(table_note(analysis), style="dim")]
        return Group(*parts)
    first, *rest = answer(analysis)
    parts += [Rich(text) for text in (first, *(f"- {text}" for text in finding_sentences(analysis)), *rest)]
    if empty := emptied(analysis):
        parts.append(Rich(empty, style="yellow"))
    claims = claims_table(analysis)
    parts += ["", claims] if claims else []
    parts += ["", *headline_tables(analysis)]
    parts += parts_tables(analysis)
    parts += prevention_tables(analysis)
    risk = risk_table(analysis)
    parts += [risk] if risk else []
    chance = luck_table(analysis)
    parts += ["", chance] if chance else []
    parts.append(Rich(legend(analysis), style="dim"))
    return Group(*parts)


def county_lines(county: County, language: Language, arms: Mapping[str, Text] | None = None) -> RenderableType:
    """The facts of the county, and the settings that are not the default, with who set them."""
    colon = Text(": ", "：").of(language)
    facts = Text("; ", "；").of(language).join(f"{name} {value}" for name, value in county_facts(county, language))
    lines = [Rich(facts, style="dim")]
    if county.settings:
        head = Text("Set otherwise than by default", "与缺省不同的设置").of(language)
        lines.append(Rich(head + colon + _listed(county.settings, language), style="dim"))
    for arm, rows in county.arms.items():
        label = (arms or {}).get(arm, Text(arm, arm)).of(language)
        nothing = Text("as in the history years", "与历史年份相同").of(language)
        lines.append(Rich(f"  {label}{colon}{_listed(rows, language) if rows else nothing}", style="dim"))
    return Group(*lines)


def _listed(rows: Sequence[SettingRow], language: Language) -> str:
    """Settings in a line: key and value, the default, and who set it."""
    item = Text("{key} = {value} (default {default}; {origin})", "{label} {key} = {value}（缺省 {default}；{origin}）")
    shown = [
        item.of(language).format(
            key=row.key,
            label=row.label.of(language),
            value=row.value.of(language),
            origin=row.origin.of(language),
            default=row.default.of(language),
        )
        for row in rows[:MOST_SETTINGS]
    ]
    if len(rows) > MOST_SETTINGS:
        more = Text("{0} more in the report", "其余 {0} 项见报告")
        shown.append(more.of(language).format(len(rows) - MOST_SETTINGS))
    return Text("; ", "；").of(language).join(shown)


def legend(analysis: Analysis) -> str:
    """What the signs and the rows mean."""
    signs: dict[Standing, Text] = {
        "better": Text("better", "改善"),
        "worse": Text("worse", "变差"),
        "moved": Text("changed", "有变化"),
        "noise": Text("cannot be told from noise", "与随机波动无法区分"),
        "rare": Text("too rare to say", "事件过少，无法判断"),
    }
    text = table_note(analysis)
    if not analysis.baseline:
        return text
    paired = Text(
        " Differences are taken inside replications on common random numbers: ", "差异在共用随机数的同一次重复内计算："
    ).of(analysis.language)
    meaning = [f"{SIGNS[sign]} {label.of(analysis.language)}" for sign, label in signs.items()]
    return text + paired + Text(", ", "，").of(analysis.language).join(meaning) + Text(".", "。").of(analysis.language)


def headline_tables(analysis: Analysis) -> list[Table]:
    """Levels, then paired differences to the baseline; at most `ARMS_PER_TABLE` columns of arms in each table."""
    lines = headline_lines(analysis)
    tables = [_levels(analysis, lines, arms) for arms in _batches(analysis.arms, ARMS_PER_TABLE)]
    return tables + [_differences(analysis, lines, arms) for arms in _batches(analysis.others, ARMS_PER_TABLE - 1)]


def _batches(arms: list[str], size: int) -> list[list[str]]:
    return [arms[k : k + size] for k in range(0, len(arms), size)]


def _table(analysis: Analysis, head: str, arms: list[str], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(head, width=40, overflow="fold")
    for arm in arms:
        note = Text(" (baseline)", "（基准）").of(analysis.language) if arm == analysis.baseline else ""
        table.add_column(Rich(analysis.label(arm) + note), justify="right", width=width, overflow="fold")
    return table


def _named(line: Line, unit: str) -> Rich:
    name = Rich(line.name)
    name.append(f" {unit}", style="dim")
    return name


def _levels(analysis: Analysis, lines: list[Line], arms: list[str]) -> Table:
    head = Text("Level ± standard error", "水平值 ± 标准误").of(analysis.language)
    table = _table(analysis, head, arms, 17)
    dimension = ""
    for line in lines:
        if line.dimension != dimension:
            dimension = line.dimension
            table.add_row(Rich(dimension, style="bold cyan"))
        table.add_row(_named(line, line.unit), *(line.cells[arm].level for arm in arms))
    table.add_row("")
    return table


def _differences(analysis: Analysis, lines: list[Line], arms: list[str]) -> Table:
    base = analysis.label(analysis.baseline or "")
    head = Text("Difference to {0} [{1} interval]", "与“{0}”之差 [{1} 置信区间]").of(analysis.language)
    table = _table(analysis, head.format(base, analysis.confidence), arms, 24)
    for line in lines:
        cells = [line.cells[arm] for arm in arms]
        if any(cell.on.text for cell in cells):
            table.add_row(_named(line, line.difference_unit), *(_marked(cell.on) for cell in cells))
        if any(cell.off.text for cell in cells):
            off = Rich(f"  {word('response_off', analysis.language)}", style="dim")
            table.add_row(off, *(_marked(cell.off) for cell in cells))
    table.add_row("")
    return table


def parts_tables(analysis: Analysis) -> list[Table]:
    """Where the surplus comes from; none where nobody's is taken apart."""
    head = Text("Where the surplus comes from", "结余从何而来")
    return _line_tables(analysis, head, with_parts(analysis), part_lines(analysis))


def prevention_tables(analysis: Analysis) -> list[Table]:
    """What prevention costs and changes; none where nobody pays for it."""
    return _line_tables(analysis, TITLE_OF_PREVENTION, paying(analysis), prevention_lines(analysis))


def _line_tables(analysis: Analysis, title: Text, arms: list[str], lines: list[PartLine]) -> list[Table]:
    """Lines of numbers by arm, a few arms a table."""
    head = title.of(analysis.language)
    tables = []
    for chosen in _batches(arms, ARMS_PER_TABLE):
        table = _table(analysis, head, chosen, 17)
        for line in lines:
            name = Rich(line.name)
            name.append(f" {line.unit}", style="dim")
            table.add_row(name, *(line.cells[arms.index(arm)] for arm in chosen))
        table.add_row("")
        tables.append(table)
    return tables


def _marked(change: Change) -> Rich:
    return Rich(change.marked, style=STYLES[change.standing])


def claims_table(analysis: Analysis) -> Table | None:
    """What the sources claim and what was found; None for a study without claims that can be judged."""
    lines = claim_lines(analysis)
    if not lines:
        return None
    colours = {
        "met": "green",
        "part": "yellow",
        "against": "bold red",
        "noise": "dim",
        "unknown": "dim",
        "fitted": "dim",
    }
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for key, width in (("claim", 48), ("claimed", 16), ("found", 48), ("verdict", 16)):
        table.add_column(word(key, analysis.language), max_width=width, overflow="fold")
    for line in lines:
        table.add_row(line.effect, line.claimed, line.found, Rich(line.label, style=colours[line.verdict]))
    return table


def risk_table(analysis: Analysis) -> Table | None:
    """Risk of the fund by arm; None with a single replication."""
    lines = risk_lines(analysis)
    if not lines:
        return None
    language = analysis.language
    care = Text(
        "The last two columns rest on the worst {tail} of {n} replications: read them with care.",
        "后两列仅据 {n} 次重复中结果最差的 {tail} 次，请谨慎解读。",
    )
    caption = care.of(language).format(tail=tail_of(analysis.replications), n=analysis.replications)
    notes = [drift(analysis), size_note(analysis.data.county).of(language)]
    caption += "".join(Text(" ", "").of(language) + note for note in notes if note)
    table = Table(
        box=None, pad_edge=False, padding=(0, 1), header_style="bold", caption=caption, caption_justify="left"
    )
    table.add_column(word("risk", language), max_width=40, overflow="fold")
    for name in risk_heads(analysis):
        table.add_column(name, justify="right", max_width=24, overflow="fold")
    for line in lines:
        table.add_row(line.arm, line.deficit, line.exhausted, line.var, line.tvar)
    return table


def luck_table(analysis: Analysis) -> Table | None:
    """How far a community's result is chance, by its size; None where nobody holds a budget."""
    return table_of_luck(luck_lines(analysis), analysis.language, luck_missing(analysis))


def table_of_luck(lines: Sequence[LuckLine], language: Language, more: str = "") -> Table | None:
    """The table of some lines, with more said below; None without any."""
    if not lines:
        return None
    caption = Text(
        "The result of a community that does nothing, if its budget is what is expected: its standard deviation, and "
        "what the sharing rule makes of it.",
        "医共体什么也不做、且预算等于预期费用时的年终结果：标准差，及按分担规则的结果。",
    )
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 1),
        header_style="bold",
        title=TITLE.of(language),
        title_justify="left",
        title_style="bold",
        caption=caption.of(language) + (Text(" ", "").of(language) + more if more else ""),
        caption_justify="left",
    )
    table.add_column(word("arm", language), max_width=34, overflow="fold")
    for head in heads_of(lines, language):
        table.add_column(head, justify="right", max_width=24, overflow="fold")
    for line in lines:
        table.add_row(visible(line.arm), *map(visible, line.cells))
    return table


def validation_table(rows: Sequence[ValidationRow], language: Language) -> Table:
    """Published figures beside simulated ones; misses in red."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column(word("outcome", language), max_width=30, overflow="fold")
    for key in ("target", "simulated", "difference", "tolerance"):
        table.add_column(word(key, language), justify="right", overflow="fold")
    table.add_column(word("verdict", language), min_width=17, max_width=17)
    table.add_column(word("source", language), max_width=26, overflow="fold")
    colours = {"ok": "green", "miss": "bold red", "apart": "", "info": "dim"}
    for line in validation_lines(rows, language):
        name = Rich(line.name)
        name.append(f" {line.unit}", style="dim")
        verdict = Rich(line.verdict_label, style=colours[line.verdict])
        source = Rich(line.source, style="dim")
        source.append(Text("; ", "；").of(language) + line.note if line.note else "")
        table.add_row(name, line.target, line.simulated, line.difference, line.tolerance, verdict, source)
    return table


def sweep_table(analysis: Analysis) -> Table:
    """One row for each point of the grid."""
    from sim.report.sweeps import sweep_grid

    heads, rows = sweep_grid(analysis)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for position, head in enumerate(heads):
        table.add_column(head, justify="right" if position else "left", max_width=26, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def print_report(analysis: Analysis, console: Console | None = None) -> None:
    """Print the tables of a report."""
    screen = console or rich_console()
    screen.print(report(analysis))
