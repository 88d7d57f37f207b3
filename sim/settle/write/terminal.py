"""What `settle` says in the terminal."""

from __future__ import annotations

from typing import Any

from sim.core.console import rich_console
from sim.core.text import Language, Text
from sim.core.visible import visible
from sim.report.terminal import table_of_luck
from sim.settle.result import Result
from sim.settle.write.money_text import money, with_sign
from sim.settle.write.safe import coded
from sim.settle.write.sheets import FUND

WIDTH = 120
SHOWN = 6
"""Institutions of a design that are named."""


def show(result: Result) -> None:
    """The fund, winners and losers, and the notes, in the terminal; text from files is never markup."""
    language: Language = "zh" if result.language == "zh" else "en"
    table = _fund(result, language)
    console = rich_console(width=WIDTH)
    console.width = max(WIDTH, console.measure(table, options=console.options.update(width=10 * WIDTH)).maximum)
    console.print(table)
    for design in result.fund["design"]:
        if line := _moved(result.providers, design, language):
            console.print(visible(line), soft_wrap=True)
    if luck := table_of_luck(result.luck.lines, language):
        console.print(luck)
    for note in result.notes:
        console.print(Text("note: ", "说明：").of(language) + visible(note), soft_wrap=True)


def _fund(result: Result, language: Language) -> Any:
    """What the fund pays under each design."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text("yuan", "单位：元").of(language))
    heads = ("receipts", "transfer", "fund", "against_ffs")
    labels = {field.name: field.heading(language).replace("_", " ") for field in FUND.fields}
    for head in (*heads, "point_value"):
        table.add_column(labels[head], justify="right", no_wrap=True)
    for row in result.fund.to_dict("records"):
        value = row["point_value"]
        cells = [money(row[head]) for head in heads]
        design = visible(coded(row["design"], result.labels.get(row["design"], "")))
        table.add_row(design, *cells, "" if value is None or value != value else f"{value:.10g}")
    return table


def _moved(providers: Any, design: str, language: Language) -> str:
    """Who gets less and who more than by fee for service, by name and code; "" for nobody."""
    totals = providers[(providers["design"] == design) & (providers["category"] == "all")]
    moved = totals[totals["against_ffs"] != 0].sort_values("against_ffs").to_dict("records")
    named = [f"{coded(row['provider'], row['name'])} {with_sign(row['against_ffs'])}" for row in moved]
    half = SHOWN // 2
    shown = named if len(named) <= SHOWN else [*named[:half], "…", *named[-half:]]
    heading = Text(f"{design}, receipts against fee for service: ", f"{design}，医保应付比按项目付费：").of(language)
    return heading + Text("; ", "；").of(language).join(shown) if shown else ""
