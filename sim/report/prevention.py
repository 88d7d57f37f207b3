"""What the response does to health and money where communities pay for prevention: a table for report and terminal."""

from __future__ import annotations

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.report.analysis import Analysis
from sim.report.numbers import level, unit_of
from sim.report.surplus_parts import PartLine

COST = "prevention_cost_per_head"
CHANGED = (
    "managed_share",
    "avoidable_admissions",
    "fund_for_stays",
    "fund_for_chronic_visits",
    "community_result",
)
TITLE = Text("Prevention: its cost, and what the response changes", "预防投入：成本与行为反应带来的变化")
NOTE = Text(
    "Cost of prevention, and what the response as a whole changes against the same arm without response: health, fund "
    "money for stays and for the chronic visits of those who are found, and what communities keep less what prevention "
    "costs them. Answers other than prevention are in these changes where they are on (response.intensity).",
    "预防投入的成本，以及与无行为反应的同一方案相比的变化：健康结果、住院与门诊慢特病的基金支出，以及扣除预防投入后的"
    "医共体损益。如同时启用其他行为反应（response.intensity 等），其影响也包含在内。",
)


def paying(analysis: Analysis) -> list[str]:
    """Arms whose communities pay for prevention and which were played without response too."""
    return [arm for arm in analysis.arms if arm in analysis.off and analysis.level(arm, COST).value > 0]


def prevention_lines(analysis: Analysis) -> list[PartLine]:
    """The cost, then the changes, a line each; none where nobody pays for prevention."""
    arms, language = paying(analysis), analysis.language
    lines = []
    for name in (COST, *CHANGED) if arms else ():
        outcome = OUTCOMES[name]
        unit = unit_of(outcome.unit, language)
        found = [analysis.level(arm, name) if name == COST else analysis.effect(arm, name) for arm in arms]
        label = Text(outcome.en, outcome.zh) if name == COST else Text(f"{outcome.en}: change", f"{outcome.zh}：变化")
        lines.append(PartLine(label.of(language), unit.label, [level(of.value, of.se, unit) for of in found]))
    return lines
