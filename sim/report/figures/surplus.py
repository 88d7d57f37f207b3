"""Surplus or overrun of the communities' budgets by year, and who keeps or bears it by tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.core.text import Text
from sim.outcomes.outcome import ALL
from sim.report.analysis import Analysis
from sim.report.figures import style
from sim.report.figures.dots import dodge, interval_mark
from sim.report.labels import TIER_LABELS
from sim.report.numbers import unit_of
from sim.tables import COUNTY, TIERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(analysis: Analysis) -> Figure | None:
    """Nothing when no community holds a budget."""
    arms = [arm for arm in analysis.arms if analysis.level(arm, "surplus_rate").n]
    if not arms or analysis.data.sweep is not None:
        return None
    figure = style.new_figure(style.height_for_ends(analysis, arms, 3.4))
    left, right = figure.subplots(1, 2)
    _rates(left, analysis, arms)
    _tiers(right, analysis, arms)
    return figure


def _rates(axes: Axes, analysis: Analysis, arms: list[str]) -> None:
    unit = unit_of("share", analysis.language)
    looks, labels = style.looks(analysis), style.names(analysis, style.END)
    years = analysis.reform_years
    axes.axhline(0, color="#5a5a5a", linewidth=0.9)
    ends = []
    for k, arm in enumerate(arms):
        shift = 0.07 * (k - (len(arms) - 1) / 2)
        x = [analysis.calendar(year) + shift for year in years]
        estimates = [analysis.level(arm, "surplus_rate", ALL, year) for year in years]
        y = [e.value * unit.scale for e in estimates]
        half = [(e.high - e.low) / 2 * unit.scale for e in estimates]
        look = looks[arm]
        axes.errorbar(
            x,
            y,
            yerr=half,
            color=look.colour,
            marker=look.marker,
            linestyle=look.dash,
            markersize=4.5,
            elinewidth=1,
            capsize=0,
        )
        ends.append((y[-1], labels[arm], look.colour))
    style.year_axis(axes, analysis, years)
    style.value_axis(axes, unit)
    axes.set_title(
        Text("Surplus (+) or overrun (−), % of the budget", "结余（+）或超支（−）占预算（%）").of(analysis.language)
    )
    style.label_ends(axes, ends, analysis.calendar(years[-1]) + 0.07 * len(arms) / 2)


def _tiers(axes: Axes, analysis: Analysis, arms: list[str]) -> None:
    unit = unit_of("yuan", analysis.language)
    tiers = TIERS[: COUNTY + 1]
    shown = [name for arm in arms for name in (arm, analysis.off.get(arm)) if name]
    offsets = dodge(len(shown), 0.72)
    axes.axvline(0, color="#5a5a5a", linewidth=0.9)
    for row, tier in enumerate(tiers):
        for arm, offset in zip(shown, offsets, strict=True):
            estimate = analysis.level(arm, "surplus_retained", tier)
            interval_mark(axes, analysis, arm, estimate, row + offset, unit.scale)
    axes.set_yticks(range(len(tiers)), [style.wrap(TIER_LABELS[tier].of(analysis.language), 12) for tier in tiers])
    axes.set_ylim(len(tiers) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for line in range(len(tiers) - 1):
        axes.axhline(line + 0.5, color=style.LIGHT, linewidth=0.7)
    style.value_axis(axes, unit, "x")
    title = Text("Kept (+) or borne (−) by tier ({0} a year)", "各层级留用（+）或承担（−）（{0}，年均）").of(
        analysis.language
    )
    axes.set_title(title.format(unit.label))
