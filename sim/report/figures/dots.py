"""Points with intervals, shared by several figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.outcomes.outcome import OFF
from sim.report.data import Estimate, Shown
from sim.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dodge(count: int, span: float) -> list[float]:
    """Offsets that spread ``count`` marks evenly over ``span``, centred on 0."""
    step = span / max(count, 1)
    return [step * (k - (count - 1) / 2) for k in range(count)]


def interval_mark(axes: Axes, analysis: Shown, arm: str, estimate: Estimate, y: float, scale: float) -> None:
    """A point and its interval on the row ``y``; hollow for an arm with the response off."""
    if not math.isfinite(estimate.value):
        return
    off = arm.endswith(OFF)
    colour = style.colours(analysis)[arm]
    if math.isfinite(estimate.low):
        axes.plot(
            [estimate.low * scale, estimate.high * scale],
            [y, y],
            color=colour,
            linewidth=1.1 if off else 1.9,
            solid_capstyle="butt",
            zorder=2,
        )
    axes.plot(
        estimate.value * scale,
        y,
        marker=style.markers(analysis)[arm],
        color=colour,
        markersize=4.5 if off else 5.5,
        markerfacecolor="white" if off else colour,
        markeredgewidth=1.1,
        zorder=3,
        linestyle="none",
    )
