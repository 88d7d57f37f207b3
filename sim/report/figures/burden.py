"""What patients pay, by fifth of income."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.core.text import Text
from sim.outcomes.outcome import QUINTILE_GROUPS
from sim.report.analysis import Analysis
from sim.report.figures import style
from sim.report.figures.dots import dodge, interval_mark
from sim.report.labels import QUINTILE_LABELS
from sim.report.numbers import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(analysis: Analysis) -> Figure | None:
    """Share of income by fifth, and the paired differences per head."""
    arms = [arm for arm in analysis.arms if analysis.level(arm, "burden_of_income", "q1").n]
    if not arms or analysis.data.sweep is not None:
        return None
    others = [arm for arm in analysis.others if arm in arms]
    rows = math.ceil(len(arms) / _columns([style.names(analysis)[arm] for arm in arms]))
    figure = style.new_figure(3.6 + 0.19 * rows)
    panels = figure.subplots(1, 2 if others else 1, squeeze=False, width_ratios=[1, 1.15] if others else None)[0]
    _shares(panels[0], analysis, arms)
    _legend(figure, panels[0], analysis, arms)
    if others:
        _differences(panels[1], analysis, others)
    return figure


def _shares(axes: Axes, analysis: Analysis, arms: list[str]) -> None:
    unit = unit_of("share", analysis.language)
    colour, marker = style.colours(analysis), style.markers(analysis)
    for arm, shift in zip(arms, dodge(len(arms), 0.56), strict=True):
        estimates = [analysis.level(arm, "burden_of_income", q) for q in QUINTILE_GROUPS]
        axes.errorbar(
            [k + shift for k in range(len(estimates))],
            [e.value * unit.scale for e in estimates],
            yerr=[(e.high - e.low) / 2 * unit.scale for e in estimates],
            color=colour[arm],
            marker=marker[arm],
            markersize=5,
            linestyle="none",
            elinewidth=1.3,
            capsize=0,
            label=arm,
        )
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(5), [QUINTILE_LABELS[q].of(analysis.language) for q in QUINTILE_GROUPS])
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(Text("Fifth of household income per head", "家庭人均收入五等分").of(analysis.language))
    style.value_axis(axes, unit)
    axes.set_title(Text("Own payment, % of income", "个人负担占收入比（%）").of(analysis.language))


def _legend(figure: Figure, axes: Axes, analysis: Analysis, arms: list[str]) -> None:
    """Names of the arms below the panels, in as many columns as there is room for."""
    labels = [style.names(analysis)[arm] for arm in arms]
    handles, _ = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles, arms, loc="outside lower center", ncols=_columns(labels), handlelength=1.6, fontsize=8.5
    )
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(label)  # a name is text: matplotlib hides one that begins with _


def _columns(labels: list[str]) -> int:
    """Columns of the legend: beside its name each has a mark and a space, as wide as six letters."""
    letter = 0.075
    return max(1, int(style.WIDTH / (letter * (6 + max(map(style.columns, labels))))))


def _differences(axes: Axes, analysis: Analysis, others: list[str]) -> None:
    unit = unit_of("yuan_per_head", analysis.language)
    shown = [name for arm in others for name in (arm, analysis.off.get(arm)) if name]
    axes.axvline(0, color=style.BASELINE_COLOUR, linewidth=1.2)
    for row, quintile in enumerate(QUINTILE_GROUPS):
        for arm, offset in zip(shown, dodge(len(shown), 0.76), strict=True):
            estimate = analysis.difference(arm, "own_payment_per_head", quintile)
            interval_mark(axes, analysis, arm, estimate, row + offset, unit.scale)
    axes.set_yticks(range(5), [QUINTILE_LABELS[q].of(analysis.language) for q in QUINTILE_GROUPS])
    axes.set_ylim(4.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for line in range(4):
        axes.axhline(line + 0.5, color=style.LIGHT, linewidth=0.7)
    style.value_axis(axes, unit, "x")
    title = Text("Own payment, difference to {0} ({1})", "人均个人负担与“{0}”之差（{1}）").of(analysis.language)
    axes.set_title(style.wrap(title.format(style.names(analysis)[analysis.baseline or ""], unit.label), 62))
