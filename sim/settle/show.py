"""What `settle` says in the terminal."""

from __future__ import annotations

from sim.errors import visible
from sim.settle.command import Result

HEADS_ZH = {
    "receipts": "医保应付", "transfer": "清算划拨", "fund": "基金支出合计", "against_ffs": "比按项目付费",
    "point value": "费率或点值",
}  # fmt: skip


def show(result: Result) -> None:
    """The fund, winners and losers, and the notes, in the terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=120, highlight=False, markup=False, emoji=False)  # names come from files: [x] is text
    table = Table(box=None, pad_edge=False, header_style="bold")
    chinese = result.language == "zh"
    table.add_column("元" if chinese else "yuan")
    heads = ("receipts", "transfer", "fund", "against_ffs")
    for head in (*heads, "point value"):
        table.add_column(HEADS_ZH[head] if chinese else head.replace("_", " "), justify="right")
    for row in result.fund.to_dict("records"):
        value = row["point_value"]
        cells = [f"{row[head] / 100:,.2f}" for head in heads]
        table.add_row(visible(row["design"]), *cells, "" if value is None or value != value else f"{value:.10g}")
    console.print(table)
    for design in result.fund["design"]:
        whole = result.providers[(result.providers["design"] == design) & (result.providers["category"] == "all")]
        moved = whole[whole["against_ffs"] != 0].sort_values("against_ffs")
        if not len(moved):
            continue
        named = [f"{r.name_} {r.against_ffs / 100:+,.2f}" for r in
                 moved.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
        shown = named if len(named) <= 6 else [*named[:3], "…", *named[-3:]]
        moved_by = f"{design},医保应付比按项目付费:" if chinese else f"{design}, receipts against fee for service: "
        console.print(visible(moved_by + ("；" if chinese else "; ").join(shown)))
    for note in result.notes:
        console.print(visible(f"说明:{note}" if chinese else f"note: {note}"))
