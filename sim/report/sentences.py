"""The answer in words: sentences with numbers, errors, and what cannot be told from noise."""

from __future__ import annotations

import math

from sim.outcomes.catalogue import OUTCOMES
from sim.report.cells import standing
from sim.report.data import Analysis, Estimate
from sim.report.numbers import change, level, unit_of
from sim.report.phrases import TEMPLATES
from sim.report.text import Text

WATCHED = ("forgone_admissions", "forgone_visits", "avoidable_admissions", "readmissions", "catastrophic_10")
"""Where a saving that hurts would show."""

_MATERIAL = 0.01
"""Harm is named when it is clear and more than this share of the baseline's level."""


def answer(analysis: Analysis) -> list[str]:
    """The answer as paragraphs.

    The first holds the result: which arm leaves the fund best, and what it means for communities, patients and the flow
    of care.  Then one each for surplus, patients and flow under every arm, and one on what to beware of.
    """
    if analysis.data.sweep is not None:
        found = _sweep(analysis) + ([_say(analysis, "single")] if analysis.replications < 2 else [])
        return [_joined(analysis, found)]
    if not analysis.baseline:
        return [_joined(analysis, [_run(analysis, arm) for arm in analysis.arms] + _surplus(analysis))]
    fund, arm = _fund(analysis)
    flow = [_changes(analysis, name) for name in ("in_county_admissions", "primary_visits")]
    paragraphs = (
        [*fund, _chosen(analysis, arm)],
        _surplus(analysis),
        [_changes(analysis, "own_payment_per_head")],
        flow,
        [_watch(analysis), _noise(analysis)],
    )
    return [text for sentences in paragraphs if (text := _joined(analysis, sentences))]


def _joined(analysis: Analysis, sentences: list[str]) -> str:
    return ("" if analysis.language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def _say(analysis: Analysis, key: str, **fields: object) -> str:
    return TEMPLATES[key].of(analysis.language).format(**fields)


def _list(analysis: Analysis, items: list[str]) -> str:
    return Text("; ", "；").of(analysis.language).join(items)


def _name(analysis: Analysis, outcome: str) -> str:
    found = OUTCOMES[outcome]
    return found.zh if analysis.language == "zh" else found.en


def _inside(analysis: Analysis, outcome: str) -> str:
    """Name of an outcome inside a sentence."""
    name = _name(analysis, outcome)
    return name if analysis.language == "zh" else name[0].lower() + name[1:]


def _difference(analysis: Analysis, estimate: Estimate, outcome: str) -> str:
    return change(estimate.value, estimate.low, estimate.high, unit_of(OUTCOMES[outcome].unit, analysis.language))


def _level(analysis: Analysis, arm: str, outcome: str) -> str:
    estimate = analysis.level(arm, outcome)
    return level(estimate.value, estimate.se, unit_of(OUTCOMES[outcome].unit, analysis.language))


def _fund(analysis: Analysis) -> tuple[list[str], str]:
    """Which arm leaves the fund best, how surely, and what the response has to do with it; and the arm to look at."""
    name, base = "fund_accumulated", analysis.baseline or ""
    ranked = sorted(analysis.others, key=lambda arm: analysis.level(arm, name).value, reverse=True)
    found = {arm: analysis.difference(arm, name) for arm in ranked}
    top = ranked[0]
    if analysis.replications > 1 and not any(estimate.clear for estimate in found.values()):
        key, arm, shown = "no_best", max(ranked, key=lambda a: abs(found[a].value)), base
    elif found[top].value <= 0:
        key, arm, shown = "best_base", top, base
    else:
        key, arm, shown = "best", top, top
    unit = unit_of("yuan", analysis.language).label
    out = [
        _say(
            analysis, key, arm=analysis.label(arm), base=analysis.label(base), when=analysis.period(name), unit=unit,
            level=_level(analysis, shown, name), months=_level(analysis, shown, "fund_months"),
            diff=_difference(analysis, found[arm], name),
        )
    ]  # fmt: skip
    if key == "best" and len(ranked) > 1 and found[ranked[1]].value > 0:
        lead = analysis.between(top, ranked[1], name)
        sure = "lead_clear" if lead.clear or not math.isfinite(lead.low) else "lead_noise"
        diff = _difference(analysis, lead, name)
        out.append(_say(analysis, sure, second=analysis.label(ranked[1]), diff=diff, unit=unit))
    if arm in analysis.off:
        without = _difference(analysis, analysis.difference(analysis.off[arm], name), name)
        out.append(_say(analysis, "off", arm=analysis.label(arm), diff=without, unit=unit))
    return out, arm


def _chosen(analysis: Analysis, arm: str) -> str:
    """What one arm means besides the fund, in one sentence."""
    items = []
    kept, yuan = analysis.level(arm, "surplus_retained"), unit_of("yuan", analysis.language)
    if kept.n and kept.value:
        key = "keep" if kept.value > 0 else "bear"
        items.append(_say(analysis, key, kept=level(abs(kept.value), kept.se, yuan), unit=yuan.label))
    for outcome in ("own_payment_per_head", "in_county_admissions", "primary_visits"):
        estimate = analysis.difference(arm, outcome)
        if not estimate.n or estimate.low == estimate.high == 0:
            continue
        key = "chosen_noise" if standing(estimate, OUTCOMES[outcome]) == "noise" else "chosen_item"
        unit = unit_of(OUTCOMES[outcome].unit, analysis.language).difference
        diff = _difference(analysis, estimate, outcome)
        items.append(_say(analysis, key, name=_inside(analysis, outcome), diff=diff, unit=unit))
    base = analysis.label(analysis.baseline or "")
    return _say(analysis, "chosen", arm=analysis.label(arm), base=base, items=_list(analysis, items)) if items else ""


def _surplus(analysis: Analysis) -> list[str]:
    items = []
    for arm in analysis.arms:
        rate, kept = analysis.level(arm, "surplus_rate"), analysis.level(arm, "surplus_retained")
        if not rate.n:
            continue
        percent = unit_of("share", analysis.language)
        fields = {"arm": analysis.label(arm), "rate": level(abs(rate.value), rate.se, percent)}
        if math.isfinite(rate.low) and not rate.clear:
            fields["rate"] = level(rate.value, rate.se, percent)
            items.append(_say(analysis, "surplus_even", **fields))
            continue
        yuan = unit_of("yuan", analysis.language)
        what = Text("a surplus", "结余") if rate.value >= 0 else Text("an overrun", "超支")
        keep = Text("keep", "留用") if kept.value >= 0 else Text("bear", "承担")
        fields |= {"what": what.of(analysis.language), "keep": keep.of(analysis.language), "unit": yuan.label}
        items.append(_say(analysis, "surplus_item", kept=level(abs(kept.value), kept.se, yuan), **fields))
    return [_say(analysis, "surplus", items=_list(analysis, items))] if items else []


def _changes(analysis: Analysis, outcome: str) -> str:
    """One outcome's differences under all arms."""
    base = analysis.baseline or ""
    if not analysis.level(base, outcome).n:
        return ""
    unit = unit_of(OUTCOMES[outcome].unit, analysis.language)
    items = []
    for arm in analysis.others:
        estimate = analysis.difference(arm, outcome)
        key = "item_noise" if standing(estimate, OUTCOMES[outcome]) == "noise" else "item"
        diff = _difference(analysis, estimate, outcome)
        items.append(_say(analysis, key, diff=diff, arm=analysis.label(arm)))
    return _say(
        analysis, "change", name=_name(analysis, outcome), base=analysis.label(base), unit=unit.label,
        difference_unit=unit.difference, level=_level(analysis, base, outcome), items=_list(analysis, items),
    )  # fmt: skip


def _watch(analysis: Analysis) -> str:
    base = analysis.baseline or ""
    if analysis.replications < 2:
        return ""
    items = []
    for outcome in WATCHED:
        unit = unit_of(OUTCOMES[outcome].unit, analysis.language).difference
        for arm in analysis.others:
            estimate = analysis.difference(arm, outcome)
            enough = abs(estimate.value) > _MATERIAL * abs(analysis.level(base, outcome).value)
            if enough and standing(estimate, OUTCOMES[outcome]) == "worse":
                diff, name = _difference(analysis, estimate, outcome), _inside(analysis, outcome)
                items.append(_say(analysis, "watch_item", name=name, diff=diff, unit=unit, arm=analysis.label(arm)))
    if not items:
        return _say(analysis, "watch_none", base=analysis.label(base))
    return _say(analysis, "watch", items=_list(analysis, items), base=analysis.label(base))


def _noise(analysis: Analysis) -> str:
    if analysis.replications < 2:
        return _say(analysis, "single")
    marks = [
        standing(analysis.difference(arm, outcome.id), outcome)
        for outcome in analysis.headlines()
        for arm in analysis.others
        if analysis.difference(arm, outcome.id).n
    ]
    return _say(
        analysis, "noise", noise=marks.count("noise"), all=len(marks), n=analysis.replications, ci=analysis.confidence
    )


def _run(analysis: Analysis, arm: str) -> str:
    return _say(
        analysis, "run", arm=analysis.label(arm), when=analysis.period("fund_accumulated"),
        level=_level(analysis, arm, "fund_accumulated"), months=_level(analysis, arm, "fund_months"),
        balance=_level(analysis, arm, "fund_balance"), own=_level(analysis, arm, "own_payment_per_head"),
        county=_level(analysis, arm, "in_county_admissions"), unit=unit_of("yuan", analysis.language).label,
    )  # fmt: skip


def _sweep(analysis: Analysis) -> list[str]:
    """The range of each outcome over the grid, and where its ends are."""
    sweep = analysis.data.sweep
    out = []
    for outcome in ("fund_balance", "surplus", "own_payment_per_head"):
        known = [arm for arm in (sweep.points if sweep else ()) if analysis.level(arm, outcome).n]
        if len(known) < 2:
            continue
        low, high = (pick(known, key=lambda arm: analysis.level(arm, outcome).value) for pick in (min, max))
        diff = _difference(analysis, analysis.between(high, low, outcome), outcome)
        unit = unit_of(OUTCOMES[outcome].unit, analysis.language)
        out.append(
            _say(
                analysis, "sweep", n=len(known), name=_inside(analysis, outcome), unit=unit.label, diff=diff,
                low=_level(analysis, low, outcome), low_at=_point(analysis, low), high_at=_point(analysis, high),
                high=_level(analysis, high, outcome),
            )
        )  # fmt: skip
    return out


def _point(analysis: Analysis, arm: str) -> str:
    """A point of the grid in words."""
    sweep = analysis.data.sweep
    if sweep is None:
        return analysis.label(arm)
    pairs = zip(sweep.axes, sweep.points[arm], strict=True)
    shown = (f"{axis.label.of(analysis.language)} = {v:g}" if isinstance(v, float) else
             f"{axis.label.of(analysis.language)} = {v}" for axis, v in pairs)  # fmt: skip
    return Text(", ", "，").of(analysis.language).join(shown)
