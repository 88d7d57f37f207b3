"""The answer in words: sentences with numbers, errors, and what cannot be told from noise."""

from __future__ import annotations

import math

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL
from sim.report.analysis import Analysis
from sim.report.data import Estimate
from sim.report.findings import finding_sentences, level_in_words
from sim.report.names import arm_name, inside, the, verb
from sim.report.numbers import level, unit_of
from sim.report.surplus_parts import part_sentences
from sim.report.table_rows import standing
from sim.report.verdicts import claim_sentences
from sim.report.wording import capital, difference, enumerated, joined, level_with_error, listed, say, with_unit

WATCHED = ("forgone_admissions", "forgone_visits", "avoidable_admissions", "episode_readmissions", "catastrophic_10")
"""Where a saving that hurts would show."""

_MATERIAL = 0.01
"""Harm is named when it is clear and more than this share of the baseline's level."""


_MOST_NAMES, _FIRST_NAMES = 6, 3
"""Most arms that a sentence names in a row; how many it names of more."""


def answer(analysis: Analysis) -> list[str]:
    """The answer as paragraphs.

    A study that names the numbers it looks at is answered first, in one paragraph.  The next holds the general result:
    which arms leave most in the fund, and what it means for communities, patients and the flow of care.  Then one each
    for surplus, patients and flow under every arm, and one on what to beware of.
    """
    if analysis.data.sweep is not None:
        lines = _sweep(analysis) + ([say(analysis, "single")] if analysis.replications < 2 else [])
        return [joined(analysis, lines)]
    if not analysis.baseline:
        return [joined(analysis, [_run(analysis, arm) for arm in analysis.arms] + _surplus(analysis))]
    fund, arm = _fund(analysis)
    flow = [_changes(analysis, name) for name in ("in_county_episodes", "primary_visits")]
    paragraphs = (
        [study_paragraph(analysis)],
        [*fund, _chosen(analysis, arm) if arm else ""],
        _surplus(analysis),
        [_changes(analysis, "own_payment_per_head")],
        flow,
        [_watch(analysis), _noise(analysis)],
    )
    return [text for sentences in paragraphs if (text := joined(analysis, sentences))]


def study_paragraph(analysis: Analysis) -> str:
    """The study's own findings, then the claims that do not hold; "" for a study without findings."""
    tested = [claim for claim in analysis.data.claims if claim.checks]
    return joined(analysis, [*finding_sentences(analysis), *claim_sentences(analysis, tested)])


def _fund(analysis: Analysis) -> tuple[list[str], str]:
    """Sentences on which arms leave most in the fund, and the arm that the next sentence is about.

    They also say how sure that is, and what it would be without the response.  Where arms tie, the arm is "".
    """
    name, base = "fund_accumulated", analysis.baseline or ""
    ranked = sorted(analysis.arms, key=lambda arm: analysis.level(arm, name).value, reverse=True)
    others = [arm for arm in ranked if arm != base]
    differences = {arm: analysis.difference(arm, name) for arm in others}
    top = ranked[0]
    tied = [arm for arm in ranked if arm == top or _alike(analysis.between(top, arm, name))]
    two = "_two" if len(others) == 1 else ""
    if all(estimate.value == 0 for estimate in differences.values()) and all(map(_alike, differences.values())):
        return [_best(analysis, "no_difference", base, base, differences[others[0]])], ""
    if all(_alike(estimate) for estimate in differences.values()):
        arm = max(others, key=lambda a: abs(differences[a].value))
        out = [_best(analysis, f"no_best{two}", arm, base, differences[arm])]
    elif len(tied) > 1:
        return _tied(analysis, tied), ""
    elif top == base:
        arm = others[0]
        out = [_best(analysis, f"best_base{two}", arm, base, differences[arm])]
    else:
        arm = top
        out = [_best(analysis, f"best{two}", arm, arm, differences[arm])]
        if len(others) > 1 and ranked[1] != base:
            lead = difference(analysis, analysis.between(top, ranked[1], name), name)
            out.append(say(analysis, "lead", second=arm_name(analysis, ranked[1]), diff=lead, unit=_yuan(analysis)))
    if arm in analysis.off:
        without = difference(analysis, analysis.difference(analysis.off[arm], name), name)
        out.append(say(analysis, "off", arm=arm_name(analysis, arm), diff=without, unit=_yuan(analysis)))
    return out, arm


def _alike(estimate: Estimate) -> bool:
    """Whether a difference cannot be told from noise; of a single replication only a difference of 0 counts."""
    return estimate.value == 0 or (math.isfinite(estimate.low) and not estimate.clear)


def level_of(analysis: Analysis, arm: str, outcome: str) -> str:
    """Level of a county-wide outcome under an arm."""
    return level_with_error(analysis, analysis.level(arm, outcome), outcome)


def _yuan(analysis: Analysis) -> str:
    return unit_of("yuan", analysis.language).label


def _best(analysis: Analysis, key: str, arm: str, shown: str, estimate: Estimate) -> str:
    """A sentence where one arm is best, or none is; it gives the balance of the arm ``shown``."""
    name = "fund_accumulated"
    return say(
        analysis,
        key,
        arm=arm_name(analysis, arm),
        base=arm_name(analysis, analysis.baseline or ""),
        when=analysis.period(name),
        unit=_yuan(analysis),
        level=level_of(analysis, shown, name),
        months=level_of(analysis, shown, "fund_months"),
        diff=difference(analysis, estimate, name),
    )


def _tied(analysis: Analysis, tied: list[str]) -> list[str]:
    """Sentences where several arms are best and cannot be told apart from noise."""
    name, base, top = "fund_accumulated", analysis.baseline or "", tied[0]
    names = [arm_name(analysis, arm) for arm in tied]
    out = [
        say(
            analysis,
            "best_tied",
            arms=_several(analysis, names),
            when=analysis.period(name),
            level=level_of(analysis, top, name),
            unit=_yuan(analysis),
            months=level_of(analysis, top, "fund_months"),
            arm=names[0],
            last=names[-1],
            n=analysis.replications,
            spread=difference(analysis, analysis.between(tied[-1], top, name), name),
        )
    ]
    if base not in tied:
        diff = difference(analysis, analysis.difference(top, name), name)
        out.append(
            say(analysis, "tied_base", base=arm_name(analysis, base), arm=names[0], diff=diff, unit=_yuan(analysis))
        )
    return out


def _several(analysis: Analysis, names: list[str]) -> str:
    """Names in a row; of many names the first ones, and how many there are."""
    if len(names) <= _MOST_NAMES:
        return enumerated(analysis, names, comma="、")
    rest = say(analysis, "and_others", n=len(names) - _FIRST_NAMES, all=len(names))
    return Text(", ", "、").of(analysis.language).join(names[:_FIRST_NAMES]) + rest


def _chosen(analysis: Analysis, arm: str) -> str:
    """What one arm means besides the fund, in one sentence."""
    items = []
    retained, yuan = analysis.level(arm, "surplus_retained"), unit_of("yuan", analysis.language)
    if retained.n and retained.value:
        key = "keep" if retained.value > 0 else "bear"
        text = say(analysis, key, kept=level(abs(retained.value), retained.se, yuan), unit=yuan.label)
        items.append(say(analysis, "kept_noise", text=text) if _alike(retained) else text)
    for outcome in ("own_payment_per_head", "in_county_episodes", "primary_visits"):
        estimate = analysis.difference(arm, outcome)
        if not estimate.n or estimate.low == estimate.high == 0:
            continue
        key = "chosen_noise" if standing(estimate, OUTCOMES[outcome]) == "noise" else "chosen_item"
        items.append(say(analysis, key, name=inside(analysis, outcome), diff=_with_unit(analysis, estimate, outcome)))
    base = arm_name(analysis, analysis.baseline or "")
    return (
        say(analysis, "chosen", arm=arm_name(analysis, arm), base=base, items=listed(analysis, items)) if items else ""
    )


def _with_unit(analysis: Analysis, estimate: Estimate, outcome: str) -> str:
    return with_unit(analysis, difference(analysis, estimate, outcome), outcome, level=False)


def _surplus(analysis: Analysis) -> list[str]:
    items = []
    for arm in analysis.arms:
        rate, retained = analysis.level(arm, "surplus_rate"), analysis.level(arm, "surplus_retained")
        if not rate.n:
            continue
        percent = unit_of("share", analysis.language)
        whole = Text("the quota", "人头总额") if analysis.level(arm, "quota").n else Text("the budget", "预算")
        fields = {"arm": arm_name(analysis, arm), "rate": level(abs(rate.value), rate.se, percent)}
        fields["whole"] = whole.of(analysis.language)
        if rate.value == 0 and not rate.low < 0:
            items.append(say(analysis, "surplus_zero", arm=fields["arm"]))
            continue
        if math.isfinite(rate.low) and not rate.clear:
            fields |= {"rate": level(rate.value, rate.se, percent), "ci": analysis.confidence}
            items.append(say(analysis, "surplus_even", **fields))
            continue
        yuan = unit_of("yuan", analysis.language)
        what = Text("a surplus", "结余") if rate.value >= 0 else Text("an overrun", "超支")
        keep = Text("keep", "留用") if retained.value >= 0 else Text("bear", "承担")
        fields |= {"what": what.of(analysis.language), "keep": keep.of(analysis.language), "unit": yuan.label}
        items.append(say(analysis, "surplus_item", kept=level(abs(retained.value), retained.se, yuan), **fields))
    told = [say(analysis, "surplus", items=listed(analysis, items))] if items else []
    return [*told, *part_sentences(analysis)]


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
        diff = difference(analysis, estimate, outcome)
        items.append(say(analysis, key, diff=diff, arm=arm_name(analysis, arm)))
    name = the(analysis, outcome)
    level = level_in_words(analysis, analysis.level(base, outcome), outcome)
    return say(
        analysis,
        "change",
        name=capital(name),
        they=verb(name, "is", "are"),
        base=arm_name(analysis, base),
        level=level,
        difference_unit=unit.difference,
        items=listed(analysis, items),
    )


def _watch(analysis: Analysis) -> str:
    base = analysis.baseline or ""
    if analysis.replications < 2:
        return ""
    items = []
    for outcome in WATCHED:
        for arm in analysis.others:
            estimate = analysis.difference(arm, outcome)
            enough = abs(estimate.value) > _MATERIAL * abs(analysis.level(base, outcome).value)
            if enough and standing(estimate, OUTCOMES[outcome]) == "worse":
                diff, name = _with_unit(analysis, estimate, outcome), inside(analysis, outcome)
                items.append(say(analysis, "watch_item", name=name, diff=diff, arm=arm_name(analysis, arm)))
    if not items:
        return say(analysis, "watch_none", base=arm_name(analysis, base))
    return say(analysis, "watch", items=listed(analysis, items), base=arm_name(analysis, base))


def _noise(analysis: Analysis) -> str:
    if analysis.replications < 2:
        return say(analysis, "single")
    marks = [
        standing(analysis.difference(arm, outcome.id), outcome)
        for outcome in analysis.headlines()
        for arm in analysis.others
        if analysis.difference(arm, outcome.id).n
    ]
    if marks and not marks.count("noise"):
        return say(analysis, "no_noise", all=len(marks), n=analysis.replications, ci=analysis.confidence)
    return say(
        analysis, "noise", noise=marks.count("noise"), all=len(marks), n=analysis.replications, ci=analysis.confidence
    )


def _run(analysis: Analysis, arm: str) -> str:
    return say(
        analysis,
        "run",
        arm=arm_name(analysis, arm),
        when=analysis.period("fund_accumulated"),
        level=level_of(analysis, arm, "fund_accumulated"),
        months=level_of(analysis, arm, "fund_months"),
        balance=level_of(analysis, arm, "fund_balance"),
        own=level_of(analysis, arm, "own_payment_per_head"),
        county=level_of(analysis, arm, "in_county_episodes"),
        unit=unit_of("yuan", analysis.language).label,
    )


def _sweep(analysis: Analysis) -> list[str]:
    """The range of each outcome over the grid, and where its ends are."""
    sweep = analysis.data.sweep
    out = []
    for outcome in ("fund_balance", "surplus", "own_payment_per_head"):
        known = [arm for arm in (sweep.points if sweep else ()) if analysis.level(arm, outcome).n]
        if len(known) < 2:
            continue
        low, high = (pick(known, key=lambda arm: analysis.level(arm, outcome).value) for pick in (min, max))
        diff = difference(analysis, analysis.between(high, low, outcome), outcome)
        unit = unit_of(OUTCOMES[outcome].unit, analysis.language)
        out.append(
            say(
                analysis,
                "sweep",
                n=len(known),
                name=inside(analysis, outcome),
                unit=unit.label,
                diff=diff,
                low=level_of(analysis, low, outcome),
                low_at=_point(analysis, low),
                high_at=_point(analysis, high),
                high=level_of(analysis, high, outcome),
            )
        )
    return out


def _point(analysis: Analysis, arm: str) -> str:
    """A point of the grid in words."""
    sweep = analysis.data.sweep
    if sweep is None:
        return arm_name(analysis, arm)
    pairs = zip(sweep.axes, sweep.points[arm], strict=True)
    shown = (
        f"{axis.label.of(analysis.language)} = {v:g}"
        if isinstance(v, float)
        else f"{axis.label.of(analysis.language)} = {v}"
        for axis, v in pairs
    )
    return Text(", ", "，").of(analysis.language).join(shown)


def emptied(analysis: Analysis) -> str:
    """The sentence on years with nobody left to insure: the first one, in how many replications; "" without such."""
    table = analysis.table
    nobody_insured = (table["outcome"] == "fund_outgo_per_head") & (table["group"] == ALL) & table["value"].isna()
    if not nobody_insured.any():
        return ""
    first = analysis.calendar(int(table.loc[nobody_insured, "year"].min()))
    count = int(table.loc[nobody_insured].groupby("arm", observed=True)["replication"].nunique().max())
    return say(analysis, "emptied", year=first, count=count, n=analysis.replications)
