"""Fund, surplus and burden over a grid of parameter values: lines for one parameter, maps for two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import Outcome
from sim.report.analysis import Analysis
from sim.report.data import Sweep
from sim.report.figures import style
from sim.report.numbers import Unit, decimals_for, number, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("fund_balance", "surplus", "own_payment_per_head")
"""What a sweep is about: the fund, the communities, the patients."""
ROOMY, NARROW = 5, 9
"""Columns of a map up to which numbers lie in their cells, and up to which there is room for errors beside them."""


def draw(analysis: Analysis) -> Figure | None:
    """Lines or maps; nothing for other reports, or for more than two axes (the table shows those)."""
    sweep = analysis.data.sweep
    if sweep is None or not 1 <= len(sweep.axes) <= 2:
        return None
    outcomes = [
        OUTCOMES[name] for name in SHOWN if any(analysis.level(arm, name).n for arm in sweep.points)
    ]  # a scheme without budgets has no surplus
    if not outcomes:
        return None
    lines = len(sweep.axes) == 1
    height = (3.2 if lines else 1.6 + 0.5 * len(sweep.axes[1].values)) + _upright(_shown(sweep.axes[0].values))
    figure = style.new_figure(height)
    panels = figure.subplots(1, len(outcomes), squeeze=False, sharey=not lines)[0]
    for k, (axes, outcome) in enumerate(zip(panels, outcomes, strict=True)):
        unit = unit_of(outcome.unit, analysis.language)
        if lines:
            _line(axes, analysis, sweep, outcome, unit)
        else:
            _map(axes, analysis, sweep, outcome, unit)
            if k == 0:
                axes.set_ylabel(style.shortened([sweep.axes[1].label.of(analysis.language)])[0])
        name = outcome.zh if analysis.language == "zh" else outcome.en
        axes.set_title(style.wrap(name, 44) + "\n" + style.bracketed(unit.label, analysis.language))
        axes.set_xlabel(style.shortened([sweep.axes[0].label.of(analysis.language)])[0])
    return figure


def _line(axes: Axes, analysis: Analysis, sweep: Sweep, outcome: Outcome, unit: Unit) -> None:
    values = sweep.axes[0].values
    arm_of = {point: arm for arm, point in sweep.points.items()}
    estimates = [analysis.level(arm_of[value,], outcome.id) for value in values]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    x = [float(value) for value in values] if numeric else list(range(len(values)))
    y = [e.value * unit.scale for e in estimates]
    half = [(e.high - e.low) / 2 * unit.scale for e in estimates]
    axes.errorbar(
        x,
        y,
        yerr=half,
        color=style.PALETTE[0],
        marker="o",
        markersize=5,
        elinewidth=1.1,
        capsize=2.5,
        linestyle="-" if numeric else "none",
    )
    _name_columns(axes, x, values)
    if not numeric:
        axes.set_xlim(-0.5, len(values) - 0.5)
    if outcome.id != "own_payment_per_head":
        low, high = axes.get_ylim()
        if low < 0 < high:
            axes.axhline(0, color="#5a5a5a", linewidth=0.9, zorder=1)
    style.value_axis(axes, unit)


def _map(axes: Axes, analysis: Analysis, sweep: Sweep, outcome: Outcome, unit: Unit) -> None:
    columns, lines = sweep.axes[0].values, sweep.axes[1].values
    mean = np.full((len(lines), len(columns)), math.nan)
    error = mean.copy()
    for arm, (a, b) in sweep.points.items():
        estimate = analysis.level(arm, outcome.id)
        cell = lines.index(b), columns.index(a)
        mean[cell], error[cell] = estimate.value * unit.scale, estimate.se * unit.scale
    colour, limits = _scale(mean, outcome)
    edges = [np.arange(size + 1) - 0.5 for size in (len(columns), len(lines))]
    image = axes.pcolormesh(*edges, mean, cmap=colour, vmin=limits[0], vmax=limits[1], edgecolors="white", linewidth=1)
    decimals = decimals_for(float(np.nanmax(error)) if np.isfinite(error).any() else math.nan, unit.decimals)
    turned = 90 if len(columns) > ROOMY else 0
    for line, column in np.ndindex(mean.shape):
        value = float(mean[line, column])
        if not math.isfinite(value):
            axes.text(column, line, "–", ha="center", va="center", color=style.GREY)
            continue
        shade: Any = image.cmap(image.norm(mean[line : line + 1, column]))
        red, green, blue, _ = shade[0]
        ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "#222222"
        spread = float(error[line, column])
        room = math.isfinite(spread) and len(columns) <= NARROW
        text = number(value, decimals) + (f"\n± {number(spread, decimals)}" if room else "")
        axes.text(
            column, line, text, ha="center", va="center", color=ink, fontsize=8, linespacing=1.25, rotation=turned
        )
    _name_columns(axes, range(len(columns)), columns)
    axes.set_yticks(range(len(lines)), _shown(lines))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _scale(mean: npt.NDArray[np.float64], outcome: Outcome) -> tuple[str, tuple[float, float]]:
    """Red over white (zero) to blue where money changes its sign, else a single hue, darker for more."""
    low, high = float(np.nanmin(mean)), float(np.nanmax(mean))
    if outcome.unit == "yuan" and low < 0 < high:
        limit = max(abs(low), abs(high)) or 1.0
        return "RdBu", (-limit, limit)
    margin = (high - low) * 0.15 or 1.0
    hue = ("Blues" if low >= 0 else "Reds_r") if outcome.unit == "yuan" else "YlOrBr"
    return hue, (low - margin, high + margin)


def _name_columns(axes: Axes, places: Sequence[float], values: Sequence[object]) -> None:
    """Values below a panel, upright where they would lie on each other."""
    names = _shown(values)
    axes.set_xticks(places, names, rotation=90 if _upright(names) else 0)


def _upright(names: Sequence[str]) -> float:
    """Inches that names take when they stand upright; 0 where there is room for them side by side."""
    letter, panel = 0.08, 2.6
    widest = max(map(style.columns, names))
    return letter * widest if len(names) * (widest + 1) * letter > panel else 0.0


def _shown(values: Sequence[object]) -> list[str]:
    """Values as they stand along an axis, no two alike."""
    return style.shortened([f"{value:g}" if isinstance(value, float) else str(value) for value in values], 22)
