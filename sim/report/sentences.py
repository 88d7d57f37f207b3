"""The answer in words: sentences with numbers, errors, and what cannot be told from noise."""

from __future__ import annotations

import math

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL
from sim.report.analysis import Analysis
from sim.report.bearers import communities, only_moved, providers
from sim.report.data import Claim, Estimate
from sim.report.findings import finding_sentences, level_in_words
from sim.report.names import arm_name, inside, the, verb
from sim.report.numbers import decimals_for, level, unit_of
from sim.report.surplus_parts import part_sentences
from sim.report.table_rows import standing
from sim.report.verdicts import claim_sentences
from sim.report.wording import capital, difference, enumerated, joined, level_with_error, listed, say, with_unit

WATCHED = ("forgone_admissions", "forgone_visits", "avoidable_admissions", "episode_readmissions", "catastrophic_10")
"""Where a saving that hurts would show."""

_FEW = 500
"""Fewer residents than these are too few for a county."""
_MATERIAL = 0.01
"""Harm is named when it is clear and more than this share of the baseline's level."""


_MOST_NAMES, _FIRST_NAMES = 6, 3
"""Most arms that a sentence names in a row; how many it names of more."""


def answer(analysis: Analysis) -> list[str]:
    """The answer as paragraphs.

    The first says in about three sentences which arms leave most in the fund and who bears it, what patients pay, and
    what to watch in health and access.  The next says how the sources' claims fared, and where money went and why; the
    last how to read errors.  All other numbers are in the tables.
    """
    if analysis.data.sweep is not None:
        lines = _sweep(analysis) + ([say(analysis, "single")] if analysis.replications < 2 else [])
        return [joined(analysis, lines)]
    if not analysis.baseline:
        return [
            joined(analysis, [*(_run(analysis, arm) for arm in analysis.arms), *_surplus(analysis), _tiny(analysis)])
        ]
    paragraphs = (
        [_fund(analysis), _patients(analysis), _watch(analysis)],
        [*part_sentences(analysis)[-1:], *claim_sentences(analysis, _tested(analysis))],
        [_noise(analysis), _tiny(analysis)],
    )
    return [text for sentences in paragraphs if (text := joined(analysis, sentences))]


def _tested(analysis: Analysis) -> list[Claim]:
    return [claim for claim in analysis.data.claims if claim.checks]


def study_paragraph(analysis: Analysis) -> str:
    """The study's own findings, and how its sources' claims fared; "" for a study without either."""
    return joined(analysis, [*finding_sentences(analysis), *claim_sentences(analysis, _tested(analysis))])


def _fund(analysis: Analysis) -> str:
    """The sentence on which arms leave most in the fund, how sure that is, and who bears it."""
    name, base = "fund_accumulated", analysis.baseline or ""
    ranked = sorted(analysis.arms, key=lambda arm: analysis.level(arm, name).value, reverse=True)
    others = [arm for arm in ranked if arm != base]
    differences = {arm: analysis.difference(arm, name) for arm in others}
    top = ranked[0]
    if all(_same(estimate) for estimate in differences.values()):
        return _best(analysis, "no_difference", base, base, differences[others[0]])
    if analysis.replications < 2:
        return _unsure(analysis, top, ranked[-1])
    tied = [arm for arm in ranked if arm == top or _alike(analysis, analysis.between(top, arm, name), arm)]
    two = "_two" if len(others) == 1 else ""
    if all(_alike(analysis, estimate, arm) for arm, estimate in differences.items()):
        arm = max(others, key=lambda a: abs(differences[a].value))
        return _best(analysis, f"no_best{two}", arm, base, differences[arm])
    if len(tied) > 1:
        return _tied(analysis, tied)
    if top == base:
        near = others[0]
        key = "moved_base" if only_moved(analysis, near) else f"best_base{two}"
        return _best(analysis, key, near, base, differences[near], _borne(analysis, near, base))
    lead = ""
    if len(others) > 1 and ranked[1] != base:
        ahead = difference(analysis, analysis.between(top, ranked[1], name), name)
        lead = say(analysis, "lead", second=arm_name(analysis, ranked[1]), diff=ahead, unit=_yuan(analysis))
    key = f"moved{two}" if only_moved(analysis, top) else f"best{two}"
    return _best(analysis, key, top, top, differences[top], lead + _borne(analysis, top, top))


def _borne(analysis: Analysis, arm: str, told: str) -> str:
    """Who bears it: providers under an arm, against the baseline; and the communities of the arm that is told of."""
    return providers(analysis, arm) + communities(analysis, told)


def _same(estimate: Estimate) -> bool:
    """Whether two arms are the same in every replication."""
    return estimate.value == 0 and not estimate.low < 0 and not estimate.high > 0


def _alike(analysis: Analysis, estimate: Estimate, arm: str) -> bool:
    """Whether a difference of balances names no winner: not clear, or less than one unit of the balance as shown.

    A difference without an interval is not clear: nothing says that it is more than chance.
    """
    unit = unit_of("yuan", analysis.language)
    shown = decimals_for(analysis.level(arm, "fund_accumulated").se * unit.scale, unit.decimals)
    return not estimate.clear or abs(estimate.value) * unit.scale < 10**-shown


def _unsure(analysis: Analysis, top: str, last: str) -> str:
    """The sentence of a single replication, which names no winner."""
    name = "fund_accumulated"
    return say(
        analysis,
        "unsure",
        when=analysis.period(name),
        unit=_yuan(analysis),
        low=level_of(analysis, last, name),
        low_arm=arm_name(analysis, last),
        high=level_of(analysis, top, name),
        high_arm=arm_name(analysis, top),
    )


def level_of(analysis: Analysis, arm: str, outcome: str) -> str:
    """Level of a county-wide outcome under an arm."""
    return level_with_error(analysis, analysis.level(arm, outcome), outcome)


def _yuan(analysis: Analysis) -> str:
    return unit_of("yuan", analysis.language).label


def _best(analysis: Analysis, key: str, arm: str, shown: str, estimate: Estimate, tail: str = "") -> str:
    """A sentence where one arm is best, or none is; it gives the balance of the arm ``shown``; ``tail`` ends it."""
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
        tail=tail,
    )


def _tied(analysis: Analysis, tied: list[str]) -> str:
    """The sentence where several arms are best and cannot be told apart from noise, or only by less than is shown."""
    name, base, top = "fund_accumulated", analysis.baseline or "", tied[0]
    names = [arm_name(analysis, arm) for arm in tied]
    tail = communities(analysis, top)
    if base not in tied:
        diff = difference(analysis, analysis.difference(top, name), name)
        fields = {"base": arm_name(analysis, base), "arm": names[0], "diff": diff, "unit": _yuan(analysis)}
        tail = say(analysis, "tied_base", **fields) + _borne(analysis, top, top)
    return say(
        analysis,
        "moved_tied" if base not in tied and only_moved(analysis, top) else "best_tied",
        arms=_several(analysis, names),
        when=analysis.period(name),
        level=level_of(analysis, top, name),
        unit=_yuan(analysis),
        months=level_of(analysis, top, "fund_months"),
        arm=names[0],
        last=names[-1],
        n=analysis.replications,
        spread=difference(analysis, analysis.between(tied[-1], top, name), name),
        tail=tail,
    )


def _several(analysis: Analysis, names: list[str]) -> str:
    """Names in a row; of many names the first ones, and how many there are."""
    if len(names) <= _MOST_NAMES:
        return enumerated(analysis, names, comma="、")
    rest = say(analysis, "and_others", n=len(names) - _FIRST_NAMES, all=len(names))
    return Text(", ", "、").of(analysis.language).join(names[:_FIRST_NAMES]) + rest


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


def _patients(analysis: Analysis) -> str:
    """What patients pay: of all arms where they are few, else the least and the most."""
    outcome, base = "own_payment_per_head", analysis.baseline or ""
    if len(analysis.others) <= _FIRST_NAMES or not analysis.level(base, outcome).n:
        return _changes(analysis, outcome)
    ranked = sorted(analysis.others, key=lambda arm: analysis.difference(arm, outcome).value)
    least, most = ranked[0], ranked[-1]
    return say(
        analysis,
        "patients",
        base=arm_name(analysis, base),
        level=level_in_words(analysis, analysis.level(base, outcome), outcome),
        low=difference(analysis, analysis.difference(least, outcome), outcome),
        low_arm=arm_name(analysis, least),
        high=difference(analysis, analysis.difference(most, outcome), outcome),
        high_arm=arm_name(analysis, most),
    )


def _watch(analysis: Analysis) -> str:
    """What gets clearly worse in health and access: each outcome once, with the arms."""
    base = analysis.baseline or ""
    if analysis.replications < 2:
        return ""
    items = []
    for outcome in WATCHED:
        worse = []
        for arm in analysis.others:
            estimate = analysis.difference(arm, outcome)
            enough = abs(estimate.value) > _MATERIAL * abs(analysis.level(base, outcome).value)
            if enough and standing(estimate, OUTCOMES[outcome]) == "worse":
                diff = with_unit(analysis, difference(analysis, estimate, outcome), outcome, level=False)
                worse.append(say(analysis, "item", diff=diff, arm=arm_name(analysis, arm)))
        if worse:
            shown = enumerated(analysis, worse, comma="、")
            items.append(say(analysis, "watch_item", name=inside(analysis, outcome), items=shown))
    if not items:
        return say(analysis, "watch_none", base=arm_name(analysis, base))
    return say(analysis, "watch", items=listed(analysis, items), base=arm_name(analysis, base))


def _tiny(analysis: Analysis) -> str:
    """That a county of very few persons is ruled by chance; "" of others, and where their number is not known."""
    county = analysis.data.county
    few = county is not None and 0 < county.residents < _FEW
    return say(analysis, "tiny", n=county.residents) if county and few else ""


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


def drift(analysis: Analysis) -> str:
    """That deficits are built in, where spending is expected to grow faster than income under every arm; else ""."""
    gaps = [analysis.level(arm, "income_gap") for arm in analysis.arms]
    if not all(gap.n and gap.high < 0 for gap in gaps):
        return ""
    least = max(gap.value for gap in gaps)
    return say(analysis, "drift", gap=level(-least, math.nan, unit_of("share", analysis.language)))


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
