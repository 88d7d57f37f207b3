"""Where a surplus comes from: the budget's cap, growth and base, luck and behaviour; and what the fund expects."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.report.analysis import Analysis
from sim.report.data import Estimate
from sim.report.names import arm_name
from sim.report.numbers import level, unit_of
from sim.report.wording import enumerated, listed, say

KNOWN = ("surplus_revenue_cap", "surplus_indexing", "surplus_base", "surplus_method")
UNFORESEEN = "surplus_unforeseen"
LUCK, BEHAVIOUR = Text("Part of it: luck", "其中：随机波动"), Text("Part of it: behaviour", "其中：行为反应")
OF_GROWTH = ("expected_growth_price", "expected_growth_ageing", "expected_growth_benefit")
EXPECTED = ("expected_growth", *OF_GROWTH, "income_gap")
BRIEF = {
    "surplus_revenue_cap": Text("held down to income", "以收定支调整"),
    "surplus_indexing": Text("growth of the budget", "预算增长率"),
    "surplus_base": Text("its base", "预算基数"),
    "surplus_method": Text("payment method inside", "内部支付方式"),
    UNFORESEEN: Text("luck and behaviour", "随机与行为"),
    LUCK.en: Text("luck", "随机波动"),
    BEHAVIOUR.en: Text("behaviour", "行为反应"),
}
"""Parts as a sentence names them."""


class PartLine(NamedTuple):
    """One part under all arms."""

    name: str
    unit: str
    cells: list[str]
    """Value ± standard error by arm; "–" where it does not exist."""


def with_parts(analysis: Analysis) -> list[str]:
    """Arms whose surplus is taken apart."""
    return [arm for arm in analysis.arms if analysis.level(arm, UNFORESEEN).n]


def without_parts(analysis: Analysis) -> list[str]:
    """Arms in which communities hold a budget and whose surplus is not taken apart."""
    apart = with_parts(analysis)
    return [arm for arm in analysis.arms if analysis.level(arm, "surplus").n and arm not in apart]


def parts_of(analysis: Analysis, arm: str) -> dict[str, Estimate]:
    """The parts of an arm's surplus; they sum to it.

    Where the same arm was played without response too, all parts but one are those of that twin, and what was
    unforeseen there is luck.  Behaviour is all that the response makes of the surplus, wherever it shows: leaner care
    lowers the bills, and with them what a payment method inside the budget owes, or it moves the budget itself.  Of an
    arm without such a twin luck and behaviour are told together.
    """
    twin = analysis.off.get(arm)
    parts = {part: analysis.level(twin or arm, part) for part in KNOWN}
    if twin is None:
        return parts | {UNFORESEEN: analysis.level(arm, UNFORESEEN)}
    return parts | {LUCK.en: analysis.level(twin, UNFORESEEN), BEHAVIOUR.en: analysis.effect(arm, "surplus")}


def part_lines(analysis: Analysis) -> list[PartLine]:
    """The surplus and its parts, a line each; none where nobody's surplus is taken apart."""
    arms, yuan = with_parts(analysis), unit_of("yuan", analysis.language)
    if not arms:
        return []
    found = [{"surplus": analysis.level(arm, "surplus"), **parts_of(analysis, arm)} for arm in arms]
    names = list(dict.fromkeys(name for of_arm in found for name in of_arm))
    return [
        PartLine(
            _name(analysis, name),
            yuan.label,
            [level(of_arm[name].value, of_arm[name].se, yuan) if name in of_arm else "–" for of_arm in found],
        )
        for name in names
    ]


def expected_lines(analysis: Analysis) -> list[PartLine]:
    """How spending per head is expected to grow, and income beside it; arms as in `Analysis.arms`."""
    percent = unit_of("share", analysis.language)
    return [
        PartLine(
            _name(analysis, name),
            percent.label,
            [level(of.value, of.se, percent) if (of := analysis.level(arm, name)).n else "–" for arm in analysis.arms],
        )
        for name in EXPECTED
        if any(analysis.level(arm, name).n for arm in analysis.arms)
    ]


def _name(analysis: Analysis, name: str) -> str:
    for own in (LUCK, BEHAVIOUR):
        if name == own.en:
            return own.of(analysis.language)
    outcome = OUTCOMES[name]
    return Text(outcome.en, outcome.zh).of(analysis.language)


def part_sentences(analysis: Analysis) -> list[str]:
    """What each surplus is made of, and whether income keeps up with what spending is expected to do."""
    yuan, percent = unit_of("yuan", analysis.language), unit_of("share", analysis.language)
    items = []
    for arm in with_parts(analysis):
        parts = [
            f"{BRIEF[name].of(analysis.language)} {level(of.value, of.se, yuan)}"
            for name, of in parts_of(analysis, arm).items()
            if of.value or of.se > 0
        ]
        comma = Text(", ", "，").of(analysis.language)
        if parts:
            items.append(say(analysis, "parts_item", arm=arm_name(analysis, arm), parts=comma.join(parts)))
    told = [say(analysis, "parts", items=listed(analysis, items), unit=yuan.label)] if items else []
    if whole := [arm_name(analysis, arm) for arm in without_parts(analysis)]:
        told.append(say(analysis, "parts_none", arms=enumerated(analysis, whole)))
    arm = analysis.baseline or analysis.arms[0]
    values = {name: analysis.level(arm, name) for name in EXPECTED}
    if not all(of.n for of in values.values()):
        return told
    shown = {name.removeprefix("expected_growth_"): level(of.value, of.se, percent) for name, of in values.items()}
    income = values["income_gap"].value + values["expected_growth"].value
    return [*told, say(analysis, "expected", income=level(income, float("nan"), percent), **shown)]
