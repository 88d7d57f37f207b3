"""Shares of visits, inpatient episodes and fund money by tier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.core.text import Text
from sim.outcomes.summary import REFORM
from sim.report.analysis import Analysis
from sim.report.figures import style
from sim.report.labels import TIER_LABELS, word
from sim.tables import TIERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = (
    ("visit_share", Text("Visits", "门诊人次")),
    ("episode_share", Text("Inpatient episodes", "整段住院")),
    ("fund_share", Text("Fund money", "医保基金")),
)
_READABLE = 6.0
"""Shares below this many percent get no number."""


def draw(analysis: Analysis) -> Figure | None:
    """Stacked bars: one row before the reform, one for each arm."""
    arms = [arm for arm in analysis.arms if analysis.level(arm, "visit_share", "village").n]
    if not arms or analysis.data.sweep is not None:
        return None
    rows = _rows(analysis, arms)
    labels = [label for label, _ in rows]
    figure = style.new_figure(1.3 + style.row_height(labels, 0.36) * len(rows))
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for axes, (outcome, title) in zip(panels, _PANELS, strict=True):
        _bars(axes, rows, outcome)
        axes.set_title(title.of(analysis.language))
    panels[0].set_yticks(range(len(rows)), labels)
    panels[0].set_ylim(len(rows) - 0.45, -0.55)
    handles, _ = panels[0].get_legend_handles_labels()
    names = [TIER_LABELS[tier].of(analysis.language) for tier in TIERS]
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=8.5, handlelength=1.1)
    return figure


def _rows(analysis: Analysis, arms: list[str]) -> list[tuple[str, dict[str, list[float]]]]:
    """Label and percentages by outcome of each bar."""

    def shares(arm: str, years: list[int]) -> dict[str, list[float]]:
        return {
            outcome: [
                100 * sum(analysis.level(arm, outcome, tier, year).value for year in years) / len(years)
                for tier in TIERS
            ]
            for outcome, _ in _PANELS
        }

    history = [year for year in analysis.years if year < analysis.start]
    before = [(word("before_reform", analysis.language), shares(arms[0], history))] if history else []
    labels = style.names(analysis, 22)
    return before + [(labels[arm], shares(arm, [REFORM])) for arm in arms]


def _bars(axes: Axes, rows: list[tuple[str, dict[str, list[float]]]], outcome: str) -> None:
    left = [0.0] * len(rows)
    for k, tier in enumerate(TIERS):
        width = [values[outcome][k] for _, values in rows]
        axes.barh(
            range(len(rows)),
            width,
            left=left,
            height=0.72,
            color=style.TIER_COLOURS[k],
            edgecolor="white",
            linewidth=0.8,
            label=tier,
        )
        for row, (start, size) in enumerate(zip(left, width, strict=True)):
            if math.isfinite(size) and size >= _READABLE:
                ink = "white" if k in (2, 4) else "#222222"
                axes.text(start + size / 2, row, f"{size:.0f}", ha="center", va="center", color=ink, fontsize=8)
        left = [start + (size if math.isfinite(size) else 0) for start, size in zip(left, width, strict=True)]
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
