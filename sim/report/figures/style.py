"""One look for all figures: fonts, colours that colour-blind readers can tell apart, lines, labels, saving."""

from __future__ import annotations

import functools
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from importlib import resources
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.core.text import Language, Text
from sim.outcomes.outcome import OFF
from sim.report.data import Shown
from sim.report.numbers import Unit, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE_COLOUR = "#4d4d4d"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito (2008): distinct for the common kinds of colour blindness."""

TIER_COLOURS = ("#c6dbef", "#6baed6", "#2171b5", "#fdae6b", "#d94801")
"""Shades of blue in the county, of orange outside; both keep their order in grey."""

MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*", "<", ">", "p")
"""Eleven shapes for six colours: the two together repeat after 66 arms, with the dashes after 264."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.4)), (0, (5, 1.5, 1.2, 1.5)))
"""Solid while the colours differ, another kind of dashes each time that they begin anew."""
GREY = "#8c8c8c"
LIGHT = "#e3e3e3"
FONT = "NotoSansCJKsc-Subset.otf"
WIDTH = 10.0
"""Width of a full figure in inches."""
LINE = 0.155
"""Height of a line of a label in inches: 8.5 points with leading."""
END = 17
"""Columns of a line of a name at the end of a curve."""
MOST_COLUMNS = 40
"""Width of the name of an arm in Latin characters; of longer ones the middle is left out."""


@functools.cache
def _chinese_font() -> str | None:
    """Register the font that comes with the package and return its family name; None if it is missing."""
    from matplotlib.font_manager import FontProperties, fontManager

    font = resources.files("sim").joinpath("fonts", FONT)
    if not font.is_file():
        return None
    with resources.as_file(font) as path:
        fontManager.addfont(path)
        return FontProperties(fname=path).get_name()


@contextmanager
def look() -> Iterator[None]:
    """Settings for drawing; restored on leaving."""
    import matplotlib as mpl

    family = ["DejaVu Sans", name] if (name := _chinese_font()) else ["DejaVu Sans"]
    settings: dict[str, Any] = {
        "font.family": family,
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#5a5a5a",
        "axes.linewidth": 0.7,
        "axes.axisbelow": True,
        "xtick.color": "#3a3a3a",
        "ytick.color": "#3a3a3a",
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "text.parse_math": False,  # a dollar sign in a label is a dollar sign
        "svg.fonttype": "path",
        "svg.hashsalt": "countyfund",
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "savefig.facecolor": "white",
    }
    with warnings.catch_warnings(), mpl.rc_context(settings):  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # of a name: its box says so in the figure
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure with constrained layout, not tied to any screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


class Look(NamedTuple):
    """What an arm looks like in every figure: no other arm has all three the same."""

    colour: str
    marker: str
    dash: Any


def looks(analysis: Shown) -> dict[str, Look]:
    """Look of each arm; an arm with the response off has that of its twin."""
    chosen: dict[str, Look] = {}
    turn = 0
    for place, arm in enumerate(analysis.every):
        marker = MARKERS[place % len(MARKERS)]
        if arm == analysis.baseline:
            chosen[arm] = Look(BASELINE_COLOUR, marker, "-")
        else:
            chosen[arm] = Look(PALETTE[turn % len(PALETTE)], marker, DASHES[turn // len(PALETTE) % len(DASHES)])
            turn += 1
    return chosen | {arm + OFF: look for arm, look in chosen.items()}


def colours(analysis: Shown) -> dict[str, str]:
    """Colour of each arm."""
    return {arm: look.colour for arm, look in looks(analysis).items()}


def markers(analysis: Shown) -> dict[str, str]:
    """Marker of each arm, so that figures can be read without colour."""
    return {arm: look.marker for arm, look in looks(analysis).items()}


def spread(
    positions: Sequence[float], sizes: Sequence[float], low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Move labels of given heights apart so that none overlap, staying near where they belong and within bounds.

    Labels that are together higher than the space between the bounds go beyond both of them by the same.

    >>> spread([0.0, 0.0, 5.0], [1.0, 1.0, 1.0]), spread([0.0, 0.0, 5.0], [1.0, 1.0, 1.0], 0.0, 5.0)
    ([-0.5, 0.5, 5.0], [0.5, 1.5, 4.5])
    """
    order = sorted(range(len(positions)), key=lambda k: positions[k])
    blocks: list[list[int]] = []
    centres: list[float] = []

    def height(block: list[int]) -> float:
        return sum(sizes[k] for k in block)

    def within(centre: float, block: list[int]) -> float:
        bottom, top = low + height(block) / 2, high - height(block) / 2
        return min(max(centre, bottom), top) if bottom <= top else (low + high) / 2

    for k in order:
        blocks.append([k])
        centres.append(within(positions[k], [k]))
        while len(blocks) > 1 and centres[-1] - centres[-2] < (height(blocks[-1]) + height(blocks[-2])) / 2:
            merged = blocks[-2] + blocks[-1]
            weight = len(blocks[-2]) * centres[-2] + len(blocks[-1]) * centres[-1]
            blocks[-2:], centres[-2:] = [merged], [within(weight / len(merged), merged)]
    placed = [0.0] * len(positions)
    for block, centre in zip(blocks, centres, strict=True):
        bottom = centre - height(block) / 2
        for k in block:
            placed[k] = bottom + sizes[k] / 2
            bottom += sizes[k]
    return placed


def height_for_ends(analysis: Shown, arms: Sequence[str], least: float) -> float:
    """Inches of a figure beside whose lines the names of arms have room, one above the other."""
    labels = names(analysis, END)
    return max(least, 1.2 + LINE * sum(1 + labels[arm].count("\n") for arm in arms))


def label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]], x: float) -> None:
    """Write each line's name at its right end in its colour: ``ends`` holds (y, name, colour)."""
    low, high = axes.get_ylim()
    if not ends or high == low:
        return
    height = axes.get_position().height * axes.figure.get_figheight()  # type: ignore[union-attr]
    line = (high - low) * LINE / max(height, 0.5)  # in data units
    sizes = [line * (1 + name.count("\n")) for _, name, _ in ends]
    placed = spread([e[0] for e in ends], sizes, low, high)
    for y, (_, name, colour) in zip(placed, ends, strict=True):
        axes.annotate(
            name,
            (x, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            color=colour,
            fontsize=8.5,
            annotation_clip=False,
        )


def names(analysis: Shown, width: int = 0) -> dict[str, str]:
    """Name of each arm of the report as figures have room for it: the same in all of them, no two alike.

    Args:
        analysis: of the report, or of some of its arms.
        width: columns of a line, over which a name is broken; 0 = one line.
    """
    short = shortened([analysis.label(arm) for arm in analysis.every])
    return {arm: wrap(name, width) if width else name for arm, name in zip(analysis.every, short, strict=True)}


def shortened(texts: Sequence[str], most: int = MOST_COLUMNS) -> list[str]:
    """Names of at most ``most`` columns, the middle of long ones left out.

    Those that would be alike are numbered, and what they begin with in common is left out instead.

    >>> shortened(["Package of 30 % of the bills", "Package of 50 % of the bills", "DRG for all stays"], 14)
    ['1 …30 %…bills', '2 …50 %…bills', 'DRG for…stays']
    """
    short = [_without_middle(text, most) for text in texts]
    return [
        name
        if short.count(name) == 1
        else _numbered(number, text, [other for other, its in zip(texts, short, strict=True) if its == name], most)
        for number, (text, name) in enumerate(zip(texts, short, strict=True), start=1)
    ]


def _numbered(number: int, text: str, alike: Sequence[str], most: int) -> str:
    """A name that others are like: its number, and the text from shortly before where they begin to differ."""
    same = sum(1 for _ in takewhile(lambda signs: len({*signs}) == 1, zip(*alike, strict=False)))
    start = 0 if same == len(text) else max(text.rfind(" ", 0, same) + 1, same - 8)
    head = f"{number} …" if start else f"{number} "
    return head + _without_middle(text[start:], most - columns(head))


def _without_middle(text: str, most: int) -> str:
    """A text of at most ``most`` columns: its beginning and its end, and a sign for what is left out."""
    text = " ".join(text.split())
    if columns(text) <= most:
        return text
    head, tail = text, text
    while columns(head) > most // 2:
        head = head[:-1]
    while columns(tail) > most - columns(head) - 1:
        tail = tail[1:]
    return f"{head.rstrip()}…{tail.lstrip()}"


def columns(text: str) -> int:
    """Width of a text in Latin characters; a Chinese one counts two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def row_height(labels: Sequence[str], least: float) -> float:
    """Inches of a row that its label fits in."""
    return max(least, 0.05 + LINE * max((1 + label.count("\n") for label in labels), default=1))


def wrap(text: str, width: int) -> str:
    r"""Break a label into as few, evenly filled lines of at most ``width`` columns.

    >>> wrap("Package, all kept and borne", 16), wrap("Krankenkasse", 8)
    ('Package, all\nkept and borne', 'Krankenk\nasse')
    >>> wrap("打包内 DRG（超支分担）", 14)
    '打包内 DRG\n（超支分担）'
    """
    tokens = re.findall(rf"[（“]?[\u2e80-\uffff][，。；：、）”]*|[^\s\u2e80-\uffff]{{1,{width}}}\s*|\s+", text)
    fewest = len(_fill(tokens, width))
    for narrower in range(1, width + 1):
        lines = _fill(tokens, narrower)
        if len(lines) <= fewest:
            return "\n".join(lines)
    return text


def _fill(tokens: list[str], width: int) -> list[str]:
    """Greedy lines; a token that is too long has a line of its own."""
    lines, size = [""], 0
    for token in tokens:
        solid = columns(token.rstrip())
        if size and size + solid > width:
            lines.append("")
            size = 0
        lines[-1] += token
        size += solid + len(token) - len(token.rstrip())
    return [line.strip() for line in lines]


def bracketed(unit: str, language: Language) -> str:
    """A unit in brackets of the language."""
    return f"（{unit}）" if language == "zh" else f"({unit})"


def with_unit(name: str, unit: str, language: Language) -> str:
    """A title with its unit in brackets.

    >>> with_unit("自付", "元", "zh"), with_unit("Wait", "hours", "en")
    ('自付（元）', 'Wait (hours)')
    """
    return Text("{0} {1}", "{0}{1}").of(language).format(name, bracketed(unit, language))


def value_axis(axes: Axes, unit: Unit, which: str = "y", ticks: int = 5) -> None:
    """Ticks with thousands separators and a real minus sign."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))

    def show(value: float, _position: int | None = None) -> str:
        places = axis.get_majorticklocs()
        step = abs(places[1] - places[0]) if len(places) > 1 else 1.0
        return number(value, max(0, -math.floor(math.log10(step) + 1e-9)) if step else unit.decimals)

    axis.set_major_formatter(FuncFormatter(show))


def year_axis(axes: Axes, analysis: Shown, years: Sequence[int]) -> None:
    """Calendar years as whole numbers."""
    step = max(1, math.ceil(len(years) / 8))
    shown = [analysis.calendar(year) for year in years][::step]
    axes.set_xticks(shown, [str(year) for year in shown])


def render(figure: Figure, folder: Path | None, name: str) -> str:
    """Lay the figure out, write ``<name>.svg`` and ``<name>.png`` into ``folder`` if given, and return the SVG text."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once, for both files
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "countyfund"})
    text = buffer.getvalue()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")
        figure.savefig(folder / f"{name}.png", metadata={"Software": "countyfund"})
    return text


def inline(svg: str, prefix: str, title: str) -> str:
    """An SVG file as an element that can stand in an HTML page: unique ids, no prolog, no metadata, a title."""
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r'\s+xmlns:xlink="[^"]*"', "", text)
    heading = f'role="img" aria-labelledby="{prefix}-title"><title id="{prefix}-title">{escape(title)}</title>'
    head, _, rest = text.partition(">")
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f"{head} {heading}{rest}".strip()
