"""The picture of the flow: ``python docs/flow.py`` draws ``flow.svg`` and writes the Mermaid text of architecture.md.

Both come from the tables below, so that they cannot differ.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Box(NamedTuple):
    """One step of the flow."""

    id: str
    en: str
    zh: str
    module: str
    x: float
    y: float


class Band(NamedTuple):
    """Steps that belong together."""

    title: str
    low: float
    high: float
    boxes: tuple[Box, ...]


BANDS = (
    Band(
        "once a replication: the county",
        9.0,
        11.0,
        (
            Box("population", "population", "人口", "sim/county/population", 2.1, 9.85),
            Box("providers", "providers", "医疗机构", "sim/county/providers.py", 6.4, 9.85),
        ),
    ),
    Band(
        "the engine, a year: the year's start, then event after event",
        4.5,
        8.5,
        (
            Box("contracts", "contracts", "家庭医生签约", "sim/county/family_doctors.py", 2.1, 7.35),
            Box("illness", "illness", "疾病与慢病", "sim/county/illness", 6.4, 7.35),
            Box("choice", "choice of care", "就医选择", "sim/county/care/choice.py", 10.7, 7.35),
            Box("capacity", "referral, queue", "转诊与排队", "sim/county/care/capacity.py", 10.7, 5.3),
            Box("claims", "claims", "费用结算单", "sim/county/claims", 6.4, 5.3),
            Box("benefit", "benefit", "医保待遇", "sim/county/benefit.py", 2.1, 5.3),
        ),
    ),
    Band(
        "the books, after each year, arm by arm",
        0.0,
        4.0,
        (
            Box("payment", "payment", "支付方式", "sim/money/payment", 2.1, 2.85),
            Box("settlement", "settlement", "年终清算", "sim/money/settlement", 6.4, 2.85),
            Box("fund", "fund", "统筹基金", "sim/money/fund.py", 10.7, 2.85),
            Box("outcomes", "outcomes", "结果指标", "sim/outcomes", 10.7, 0.85),
            Box("ledger", "ledger", "总账", "sim/money/ledger", 6.4, 0.85),
            Box("response", "response", "供方反应", "sim/money/response", 2.1, 0.85),
        ),
    ),
)

ARROWS = (
    ("population", "providers", ""),
    ("population", "contracts", ""),
    ("providers", "choice", "beds, slots, distance"),
    ("contracts", "illness", ""),
    ("illness", "choice", "needs"),
    ("choice", "capacity", ""),
    ("capacity", "choice", "full or referred: next choice"),
    ("capacity", "claims", "visits, stays"),
    ("claims", "benefit", "charge"),
    ("benefit", "choice", "own payment as it stands now"),
    ("benefit", "payment", "claims, counts"),
    ("payment", "settlement", "receipts"),
    ("settlement", "fund", "transfers"),
    ("settlement", "ledger", "entries"),
    ("fund", "ledger", "the same books"),
    ("fund", "outcomes", ""),
    ("payment", "response", "incentives"),
    ("settlement", "response", "what a saving is worth"),
    ("response", "band1", "next year's intensity and effort"),
)
"""(from, to, what is handed over); band1 is the engine as a whole."""

SHIFTS = {("choice", "capacity"): -0.7, ("capacity", "choice"): -0.3}
"""How far an arrow is moved to the right of the line between the boxes, where two would cover each other."""

COLOURS = ("#dfe9f5", "#e4f1e3", "#f8ecd9")


def mermaid() -> str:
    """The flow as Mermaid text."""
    lines = ["flowchart TD"]
    for number, band in enumerate(BANDS):
        lines.append(f'  subgraph band{number}["{band.title}"]')
        lines += [f'    {box.id}["{box.en} {box.zh}<br/>{box.module}"]' for box in band.boxes]
        lines.append("  end")
    for start, end, label in ARROWS:
        lines.append(f"  {start} -->|{label}| {end}" if label else f"  {start} --> {end}")
    return "\n".join(lines) + "\n"


def write_mermaid(page: Path) -> None:
    """Put the Mermaid text into a page, in place of the block that is there."""
    text = page.read_text(encoding="utf-8")
    block = f"```mermaid\n{mermaid()}```"
    page.write_text(re.sub(r"```mermaid\n.*?```", lambda _: block, text, flags=re.S), encoding="utf-8")


def draw(target: Path) -> None:
    """Draw the flow."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import font_manager
    from matplotlib import pyplot as plt

    font = HERE.parent / "sim" / "fonts" / "NotoSansCJKsc-Subset.otf"
    font_manager.fontManager.addfont(str(font))
    mpl.rcParams |= {"font.family": font_manager.FontProperties(fname=str(font)).get_name(), "svg.hashsalt": "flow"}
    figure, axes = plt.subplots(figsize=(10.4, 8.9))
    axes.set(xlim=(-0.1, 12.9), ylim=(-0.1, 11.1))
    axes.set_axis_off()
    for band, colour in zip(BANDS, COLOURS, strict=True):
        _band(axes, band, colour)
    places = {box.id: box for band in BANDS for box in band.boxes}
    for start, end, label in ARROWS:
        if end in places:
            _arrow(axes, places[start], places[end], label)
        else:
            _feedback(axes, places[start], label)
    figure.savefig(target, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


WIDTH, HEIGHT = 3.1, 1.0


def _band(axes, band: Band, colour: str) -> None:  # type: ignore[no-untyped-def]
    """A coloured field with its boxes."""
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.12"
    field = FancyBboxPatch((0.0, band.low), 12.8, band.high - band.low, boxstyle=style, fc=colour, ec="none", zorder=0)
    axes.add_patch(field)
    axes.text(3.3, band.high - 0.12, band.title, va="top", size=9, color="#444444")
    for box in band.boxes:
        corner = (box.x - WIDTH / 2, box.y - HEIGHT / 2)
        axes.add_patch(FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle=style, fc="white", ec="#555555", zorder=2))
        axes.text(box.x, box.y + 0.16, f"{box.en}  {box.zh}", ha="center", va="center", size=10.5, zorder=3)
        axes.text(box.x, box.y - 0.22, box.module, ha="center", va="center", size=8, color="#666666", zorder=3)


def _arrow(axes, start: Box, end: Box, label: str) -> None:  # type: ignore[no-untyped-def]
    """An arrow from the edge of one box to the edge of another, with its label."""
    from matplotlib.patches import FancyArrowPatch

    shift = SHIFTS.get((start.id, end.id), 0.0)
    (x0, y0), (x1, y1) = _edge(start, end), _edge(end, start)
    tail, head = (x0 + shift, y0), (x1 + shift, y1)
    axes.add_patch(FancyArrowPatch(tail, head, arrowstyle="-|>", mutation_scale=12, color="#333333", lw=1.1, zorder=1))
    beside, above = 0.1 if shift else 0.0, 0.2 if start.y == end.y else 0.0
    x, y = (tail[0] + head[0]) / 2 + beside, (tail[1] + head[1]) / 2 + above
    _label(axes, x, y, label, "left" if shift else "center", 0)


def _feedback(axes, start: Box, label: str) -> None:  # type: ignore[no-untyped-def]
    """The way back from the books to the engine, along the left edge."""
    from matplotlib.patches import FancyArrowPatch

    left, edge = 0.28, start.x - WIDTH / 2
    axes.plot([edge, left, left], [start.y, start.y, 4.3], color="#333333", lw=1.1, zorder=1)
    axes.add_patch(
        FancyArrowPatch((left, 4.2), (left, 4.8), arrowstyle="-|>", mutation_scale=12, color="#333333", lw=1.1)
    )
    _label(axes, left, 2.75, label, "center", 90)


def _label(axes, x: float, y: float, label: str, align: str, rotation: float) -> None:  # type: ignore[no-untyped-def]
    """What an arrow hands over."""
    if label:
        backing = {"fc": "white", "ec": "none", "pad": 0.5, "alpha": 0.9}
        axes.text(
            x, y, label, ha=align, va="center", size=7.5, color="#222222", zorder=4, bbox=backing, rotation=rotation
        )


def _edge(box: Box, towards: Box) -> tuple[float, float]:
    """Where the line from the middle of a box to another box leaves it."""
    dx, dy = towards.x - box.x, towards.y - box.y
    scale = min(WIDTH / 2 / abs(dx) if dx else 1e9, HEIGHT / 2 / abs(dy) if dy else 1e9)
    return box.x + dx * scale, box.y + dy * scale


if __name__ == "__main__":
    draw(HERE / "flow.svg")
    write_mermaid(HERE / "architecture.md")
