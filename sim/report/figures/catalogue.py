"""Which figures a report has, in order, with titles and captions that say how to read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.core.text import Text
from sim.report.analysis import Analysis
from sim.report.figures import burden, flow, forest, fund, style, surplus, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure


class Drawn(NamedTuple):
    """A figure ready for the page."""

    name: str
    title: str
    caption: str
    svg: str


class _Figure(NamedTuple):
    name: str
    draw: Callable[[Analysis], Figure | None]
    title: Text
    caption: Text


FIGURES = (
    _Figure(
        "sweep",
        sweep.draw,
        Text("Fund, surplus and burden over the grid", "参数网格上的基金、结余与负担"),
        Text(
            "Each point is the mean over replications for one setting. Lines carry {ci} confidence intervals of that "
            "mean; in the maps each cell holds the mean and, where there is room, its standard error. All settings "
            "share the same random numbers, so the difference between two points is known better than either of them.",
            "每个点为一种参数设置下各次重复的均值。折线附均值的 {ci} 置信区间；热图每格为均值及标准误（格窄时从略）。"
            "所有设置共用相同的随机数，因此两点之差比各点本身更精确。",
        ),
    ),
    _Figure(
        "fund_balance",
        fund.draw,
        Text("The fund's accumulated balance", "基金累计结余"),
        Text(
            "Left: mean over replications; the band holds the middle 90% of them, that is the luck of the years, which "
            "all arms share. History is the same in all arms; the dashed line is the start of the reform. Right: the "
            "difference to the baseline inside each replication, which removes the shared luck; the band is the {ci} "
            "confidence interval of the mean. An arm whose band covers zero cannot be told from the baseline.",
            "左图：各次重复的均值，色带为中间 90% 的重复，反映各年份的随机波动（各方案共用）；改革前各方案完全相同，"
            "虚线为改革起点。右图：同一次重复内与基准方案之差，已消去共同的随机波动，色带为均值的 {ci} 置信区间；"
            "色带覆盖零线的方案与基准无法区分。",
        ),
    ),
    _Figure(
        "surplus",
        surplus.draw,
        Text("The communities' surplus and who gets it", "医共体结余及其分配"),
        Text(
            "Left: surplus (above zero) or overrun (below) of the communities' budgets as a share of the budget, with "
            "{ci} confidence intervals. Right: what the communities keep of it or bear, in an average reform year, by "
            "tier. Arms in which no community holds a budget are not shown; hollow marks are runs with the provider "
            "response off.",
            "左图：医共体预算的结余（零线以上）或超支（零线以下）占预算的比例及 {ci} 置信区间。"
            "右图：改革后年均由医共体留用或承担的金额在各层级的分配。"
            "没有医共体预算的方案不列示；空心标记为关闭医疗机构行为反应的模拟。",
        ),
    ),
    _Figure(
        "burden",
        burden.draw,
        Text("Patients' burden by income", "不同收入人群的患者负担"),
        Text(
            "Left: own payment as a share of income in each fifth of the population, poorest first. Right: difference "
            "to the baseline in own payment per head, with {ci} confidence intervals; left of zero patients pay less, "
            "hollow marks are runs with the provider response off.",
            "左图：按家庭人均收入五等分，各组个人负担占收入的比例。右图：人均个人负担与基准方案之差及 {ci} 置信区间；"
            "零线左侧表示患者少付，空心标记为关闭医疗机构行为反应的模拟。",
        ),
    ),
    _Figure(
        "flow",
        flow.draw,
        Text("Where care happens", "就医流向"),
        Text(
            "Visits, admissions and fund money by tier, before the reform and in the mean reform year of each arm. "
            "Blue is in the county (darker is higher), orange outside. More light blue is care moved down; less orange "
            "is care kept in the county.",
            "门诊人次、住院人次与基金在各层级的构成：改革前，以及各方案改革后年均。蓝色为县域内（越深层级越高），"
            "橙色为县域外。浅蓝增加表示下沉，橙色减少表示留在县域。",
        ),
    ),
    _Figure(
        "differences",
        forest.draw,
        Text("Differences to the baseline", "与基准方案之差"),
        Text(
            "Mean paired difference to the baseline with its {ci} confidence interval, each panel in its own unit. "
            "Filled marks: provider response on; hollow marks: off. An interval that crosses the vertical line cannot "
            "be told from noise. ↑ or ↓ shows which direction is usually called better.",
            "与基准方案配对差的均值及 {ci} 置信区间，各图单位不同。实心：有医疗机构行为反应；空心：无。"
            "区间跨过竖线者与随机波动无法区分。↑、↓ 表示通常认为更好的方向。",
        ),
    ),
)


MOST_ARMS = 8
"""Arms in one figure; more make further figures, the baseline in each."""


def draw_all(analysis: Analysis, folder: Path | None = None) -> list[Drawn]:
    """Draw every figure the data allow; write PNG and SVG files into ``folder`` if given."""
    drawn = []
    with style.look():
        for item in FIGURES:
            figures = [figure for page in analysis.pages(MOST_ARMS) if (figure := item.draw(page)) is not None]
            for number, figure in enumerate(figures, start=1):
                name = item.name if number == 1 else f"{item.name}_{number}"
                title, caption = item.title.of(analysis.language), item.caption.of(analysis.language)
                if len(figures) > 1:
                    part = Text(" ({0} of {1})", "（共 {1} 幅，第 {0} 幅）").of(analysis.language)
                    title += part.format(number, len(figures))
                svg = style.inline(style.render(figure, folder, name), f"fig-{name}", title)
                caption = caption.format(ci=analysis.confidence) + _about_names(analysis)
                drawn.append(Drawn(name, title, caption, svg))
    return drawn


def _about_names(analysis: Analysis) -> str:
    """What a caption says of names that are not the whole labels of the arms; "" where all are."""
    if analysis.data.sweep is not None or all(n == analysis.label(arm) for arm, n in style.names(analysis).items()):
        return ""
    return Text(
        " Long names are shortened; a number before one is the place of the arm in the tables.",
        "较长的名称有省略；名称前的数字为该方案在表中的序号。",
    ).of(analysis.language)
