"""The table of a sweep: one row for each point of the grid."""

from __future__ import annotations

from sim.outcomes.catalogue import OUTCOMES
from sim.report.analysis import Analysis
from sim.report.numbers import unit_of
from sim.report.wording import level_marked

SHOWN = ("fund_balance", "fund_accumulated", "surplus", "surplus_retained", "own_payment_per_head")
"""What the table of a sweep has: the fund, the communities, the patients."""


def sweep_grid(analysis: Analysis) -> tuple[list[str], list[list[str]]]:
    """Column heads and rows of text, points in the order of the grid."""
    sweep = analysis.data.sweep
    if sweep is None:
        return [], []
    language = analysis.language
    shown = [OUTCOMES[name] for name in SHOWN if any(analysis.level(arm, name).n for arm in sweep.points)]
    heads = [axis.label.of(language) for axis in sweep.axes]
    for outcome in shown:
        unit = unit_of(outcome.unit, language)
        heads.append(f"{outcome.zh}（{unit.label}）" if language == "zh" else f"{outcome.en} ({unit.label})")
    rows = []
    for arm, point in sweep.points.items():
        values = [f"{value:g}" if isinstance(value, float) else str(value) for value in point]
        for outcome in shown:
            estimate = analysis.level(arm, outcome.id)
            values.append(level_marked(estimate, unit_of(outcome.unit, language)) if estimate.n else "–")
        rows.append(values)
    return heads, rows
