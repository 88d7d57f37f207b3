"""The fund's accumulated balance over the years: levels with bands, and paired differences to the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.core.text import Text
from sim.outcomes.outcome import ALL
from sim.report.analysis import Analysis
from sim.report.figures import style
from sim.report.labels import word
from sim.report.numbers import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OUTCOME = "fund_accumulated"


def draw(analysis: Analysis) -> Figure | None:
    """One panel of levels and, where there is a baseline, one of differences."""
    arms = [arm for arm in analysis.arms if analysis.level(arm, _OUTCOME, ALL, analysis.last).n]
    if not arms or analysis.data.sweep is not None or len(analysis.years) < 2:
        return None
    others = [arm for arm in analysis.others if arm in arms]
    figure = style.new_figure(style.height_for_ends(analysis, arms, 3.7))
    panels = figure.subplots(1, 2 if others else 1, squeeze=False)[0]
    _levels(panels[0], analysis, arms)
    if others:
        _differences(panels[1], analysis, others)
    return figure


def _levels(axes: Axes, analysis: Analysis, arms: list[str]) -> None:
    unit = unit_of("yuan", analysis.language)
    looks, labels = style.looks(analysis), style.names(analysis, style.END)
    years = [year for year in analysis.years if year >= analysis.start - 1]
    ends = []
    for arm in arms:
        mean = _line(axes, analysis, arm, years, looks[arm].colour, looks[arm].dash)
        ends.append((mean[-1], labels[arm], looks[arm].colour))
    history = [year for year in analysis.years if year < analysis.start]
    if history:
        _line(axes, analysis, arms[0], history, style.BASELINE_COLOUR)
        mark_reform(axes, analysis)
    style.year_axis(axes, analysis, analysis.years)
    style.value_axis(axes, unit)
    title = Text("Accumulated balance", "累计结余").of(analysis.language)
    axes.set_title(style.with_unit(title, unit.label, analysis.language))
    style.label_ends(axes, ends, analysis.calendar(analysis.last))


def _line(axes: Axes, analysis: Analysis, arm: str, years: list[int], colour: str, dash: Any = "-") -> list[float]:
    """Mean and band of one arm over some years; returns the means."""
    scale = unit_of("yuan", analysis.language).scale
    x = [analysis.calendar(year) for year in years]
    mean = [analysis.level(arm, _OUTCOME, ALL, year).value * scale for year in years]
    axes.plot(x, mean, color=colour, linestyle=dash, zorder=3)
    if analysis.replications > 1:
        band = analysis.quantiles(_OUTCOME, arm).loc[years] * scale
        axes.fill_between(x, band.iloc[:, 0], band.iloc[:, 1], color=colour, alpha=0.10, linewidth=0)
        for edge in (0, 1):
            axes.plot(x, band.iloc[:, edge], color=colour, alpha=0.45, linewidth=0.6)
    return mean


def mark_reform(axes: Axes, analysis: Analysis) -> None:
    """A dashed line between the last history year and the first reform year."""
    if analysis.start == analysis.years[0]:
        return
    x = analysis.calendar(analysis.start) - 0.5
    axes.axvline(x, color=style.GREY, linestyle=(0, (4, 3)), linewidth=0.9, zorder=1)
    axes.annotate(
        word("reform", analysis.language) + " →",
        (x, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        color="#5a5a5a",
        fontsize=8,
    )


def _differences(axes: Axes, analysis: Analysis, others: list[str]) -> None:
    unit = unit_of("yuan", analysis.language)
    looks, labels = style.looks(analysis), style.names(analysis, style.END)
    years = [year for year in analysis.years if year >= analysis.start - 1]
    x = [analysis.calendar(year) for year in years]
    axes.plot([x[0], x[-1]], [0, 0], color=style.BASELINE_COLOUR, linewidth=1.2, zorder=1)  # names stand beyond it
    ends = []
    for arm in others:
        estimates = [analysis.difference(arm, _OUTCOME, ALL, year) for year in years]
        mean = [e.value * unit.scale for e in estimates]
        colour, marker, dash = looks[arm]
        axes.plot(x, mean, color=colour, marker=marker, linestyle=dash, markersize=4)
        low, high = [e.low * unit.scale for e in estimates], [e.high * unit.scale for e in estimates]
        axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        ends.append((mean[-1], labels[arm], colour))
    style.year_axis(axes, analysis, years)
    style.value_axis(axes, unit)
    baseline = style.names(analysis)[analysis.baseline or ""]
    title = Text("Difference to {0} ({1})", "与“{0}”之差（{1}）").of(analysis.language)
    axes.set_title(style.wrap(title.format(baseline, unit.label), 48))
    style.label_ends(axes, ends, x[-1])
