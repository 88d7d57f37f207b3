"""Paired differences to the baseline: one small panel for each headline outcome, each in its own unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.outcomes.outcome import Outcome
from sim.report.analysis import Analysis
from sim.report.figures import style
from sim.report.figures.dots import dodge, interval_mark
from sim.report.numbers import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4


def draw(analysis: Analysis) -> Figure | None:
    """A grid of panels; nothing without a baseline."""
    outcomes = [o for o in analysis.headlines() if any(analysis.difference(arm, o.id).n for arm in analysis.others)]
    if not outcomes or analysis.data.sweep is not None:
        return None
    arms = analysis.others
    lines = math.ceil(len(outcomes) / _COLUMNS)
    labels = style.names(analysis, 22)
    figure = style.new_figure(lines * (0.72 + style.row_height([labels[arm] for arm in arms], 0.34) * len(arms)))
    panels = figure.subplots(lines, _COLUMNS, squeeze=False)
    for axes in panels.flat[len(outcomes) :]:
        axes.set_visible(False)
    for position, outcome in enumerate(outcomes):
        _panel(panels.flat[position], analysis, outcome, labels if position % _COLUMNS == 0 else {})
    return figure


def _panel(axes: Axes, analysis: Analysis, outcome: Outcome, labels: Mapping[str, str]) -> None:
    """Differences in one outcome; without labels the rows are those of the panel to the left."""
    arms = analysis.others
    unit = unit_of(outcome.unit, analysis.language)
    axes.axvline(0, color=style.BASELINE_COLOUR, linewidth=1.1)
    for row, arm in enumerate(arms):
        shown = [name for name in (arm, analysis.off.get(arm)) if name]
        for name, offset in zip(shown, dodge(len(shown), 0.5), strict=True):
            interval_mark(axes, analysis, name, analysis.difference(name, outcome.id), row + offset, unit.scale)
    axes.set_yticks(range(len(arms)), [labels.get(arm, "") for arm in arms], fontsize=8.5)
    axes.set_ylim(len(arms) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines["left"].set_visible(False)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), max(high, 0.0))
    style.value_axis(axes, unit, "x", ticks=4)
    arrow = {"higher": " ↑", "lower": " ↓", "neutral": ""}[outcome.better]
    name = outcome.zh if analysis.language == "zh" else outcome.en
    title = style.wrap(f"{name}{arrow}", 34) + "\n" + style.bracketed(unit.difference, analysis.language)
    axes.set_title(title, fontsize=8.5)
