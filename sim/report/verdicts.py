"""What a study's sources claim, and whether the run bears that out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sim.experiment.findings import LEVEL, Check, Verdict, judge, together
from sim.outcomes.catalogue import OUTCOMES
from sim.report.analysis import Analysis, estimate_of, share_of
from sim.report.data import Claim, Estimate, way_of
from sim.report.labels import word
from sim.report.names import arm_name, inside
from sim.report.numbers import number, unit_of
from sim.report.wording import capital, difference, enumerated, listed, per_cent, relative, say, with_unit

Standing = Literal["met", "part", "against", "noise", "unknown", "fitted"]
"""A verdict, told apart by whether a part of the claim is borne out where the whole is not.

"fitted": no test, since a strength in the study was chosen for what the source found.
"""

SIGNS: dict[Verdict, str] = {"met": "✓", "against": "✗", "noise": "≈", "unknown": "–"}


def verdict(analysis: Analysis, claim: Claim) -> Verdict:
    """Whether the run bears a claim out."""
    return together(_verdicts(analysis, claim))


def standing(analysis: Analysis, claim: Claim) -> Standing:
    """The verdict, or "part" if some of the claim's checks are met and others are not; "fitted" is no test."""
    if any(check.fitted for check in claim.checks):
        return "fitted"
    verdicts = _verdicts(analysis, claim)
    overall = together(verdicts)
    return "part" if overall in ("against", "noise") and "met" in verdicts else overall


def _verdicts(analysis: Analysis, claim: Claim) -> list[Verdict]:
    estimates = ((check, _estimate(analysis, check)) for check in claim.checks)
    return [judge(check, estimate.low, estimate.high) for check, estimate in estimates]


def _estimate(analysis: Analysis, check: Check) -> Estimate:
    """The number that a check judges."""
    estimate = estimate_of(analysis, check)
    return share_of(analysis, check, estimate) if check.relative else estimate


def claim_sentences(analysis: Analysis, claims: Sequence[Claim]) -> list[str]:
    """Sentences: how many claims hold; of a single one, with the numbers of the run.

    `claim_lines` has all claims.
    """
    judged = [(claim, standing(analysis, claim)) for claim in claims]
    testable = [(claim, result) for claim, result in judged if result != "unknown"]
    if not testable or analysis.replications < 2:
        return [say(analysis, "untested")] if judged and analysis.replications < 2 else []
    results = [result for _, result in testable]
    claim, only = testable[0]
    out = [_counts(analysis, results)] if len(testable) > 1 or only == "fitted" else [_one(analysis, claim, only)]
    if analysis.data.departures and set(results) - {"met", "fitted"}:
        out.append(say(analysis, "why", heading=word("departures", analysis.language)))
    return out


def _one(analysis: Analysis, claim: Claim, result: Standing) -> str:
    return say(
        analysis,
        f"claim_{result}",
        effect=claim.effect.of(analysis.language).rstrip(".。"),
        claimed=_claimed(analysis, claim),
        found=_found(analysis, claim),
        cite=_key(claim.citation.of(analysis.language)),
    )


def _key(citation: str) -> str:
    """The document of a citation, without what is said about it, which the table has.

    >>> _key("A7, doc 004 (surplus is kept)"), _key("C1 (F10): 50.8 to 68.5 %"), _key("doc 003: fewer; C2 (F11)")
    ('A7, doc 004', 'C1 (F10)', 'doc 003')
    >>> _key("A7，文献 004（考核后结余留用）"), _key("C1（F10）：由 50.8% 升至 68.5%")
    ('A7，文献 004', 'C1（F10）')
    """
    return re.split(r"[:;：；]| ?[(（](?!F\d+[)）])|, which ", citation)[0]


def _counts(analysis: Analysis, results: Sequence[Standing]) -> str:
    """A sentence with the number of claims by verdict."""
    if set(results) == {"met"}:
        return say(analysis, "all_met", all=len(results))
    counts: list[str] = []
    for result in ("met", "part", "against", "noise", "fitted"):
        count = results.count(result)
        if count:
            counts.append(say(analysis, f"count_{result}" + ("" if count > 1 else "_one"), n=count))
    return say(analysis, "counts", all=len(results), counts=enumerated(analysis, counts))


def _claimed(analysis: Analysis, claim: Claim) -> str:
    return enumerated(analysis, list(dict.fromkeys(_aim(analysis, check) for check in claim.checks)))


def _aim(analysis: Analysis, check: Check) -> str:
    """What a check asks for, in words."""
    if check.sign is not None:
        aim = say(analysis, f"aim_{check.sign}" + ("_level" if check.against == LEVEL else ""))
        return _beyond(analysis, check, aim) if check.tolerance else aim
    unit = unit_of("share" if check.relative else OUTCOMES[check.outcome].unit, analysis.language)
    least, most = (
        None if bound is None else _round(number(bound * unit.scale, unit.decimals))
        for bound in (check.low, check.high)
    )
    key = "aim_high" if least is None else "aim_low" if most is None else "aim_between"
    bound = most or least or ""
    level = check.against == LEVEL
    last = per_cent(analysis, bound) if check.relative else with_unit(analysis, bound, check.outcome, level=level)
    gap = " " if key != "aim_between" and analysis.language == "zh" and not last.startswith("每") else ""
    return say(analysis, key, low=least, bound=gap + last)


def _beyond(analysis: Analysis, check: Check, aim: str) -> str:
    """What a sign asks for, with the difference that still counts as none."""
    unit = unit_of("share" if check.relative else OUTCOMES[check.outcome].unit, analysis.language)
    text = f"{check.tolerance * unit.scale:g}"
    bound = per_cent(analysis, text) if check.relative else with_unit(analysis, text, check.outcome, level=False)
    return say(analysis, "within_none" if check.sign == "none" else "within", aim=aim, bound=bound)


def _round(text: str) -> str:
    """A bound as its source writes it, without zeros that say nothing.

    >>> _round("5.00"), _round("1,200"), _round("0.50")
    ('5', '1,200', '0.5')
    """
    return text.rstrip("0").rstrip(".") if "." in text else text


def _found(analysis: Analysis, claim: Claim) -> str:
    """The numbers behind a verdict, each named once; each has a sign of its own where the checks do not agree."""
    verdicts = _verdicts(analysis, claim)
    mixed = len(set(verdicts)) > 1
    items, last_name = [], ""
    for check, result in zip(claim.checks, verdicts, strict=True):
        text = _number(analysis, check)
        name = inside(analysis, check.outcome, check.group)
        text = say(analysis, "found_named", name=name, text=text) if name != last_name else text
        items.append(f"{SIGNS[result]} {text}" if mixed else text)
        last_name = name
    return listed(analysis, items)


def _number(analysis: Analysis, check: Check) -> str:
    """The number that a check looks at, and the arms that it is about."""
    estimate, level = _estimate(analysis, check), check.against == LEVEL
    if check.relative:
        shown = relative(analysis, estimate)
    elif not level and way_of(estimate) == "same":
        shown = say(analysis, "unchanged")
    else:
        shown = difference(analysis, estimate, check.outcome)
        shown = with_unit(analysis, shown.removeprefix("+") if level else shown, check.outcome, level=level)
    other = "" if level or check.against not in analysis.arms else arm_name(analysis, check.against)
    key = "found_pair" if other else "found_arm"
    return say(analysis, key, value=shown, arm=arm_name(analysis, check.arm), other=other)


class ClaimLine(NamedTuple):
    """A row of the table of claims, in one language."""

    verdict: Standing
    label: str
    effect: str
    claimed: str
    found: str
    citation: str


def claim_lines(analysis: Analysis) -> list[ClaimLine]:
    """Every claim that can be judged, as the study has them."""
    lines = []
    for claim in analysis.data.claims:
        if not claim.checks:
            continue
        result = standing(analysis, claim)
        found = "" if result == "unknown" else _found(analysis, claim)
        effect = claim.effect.of(analysis.language)
        label = say(analysis, f"verdict_{result}")
        lines.append(
            ClaimLine(
                result,
                label,
                effect,
                capital(_claimed(analysis, claim)),
                found,
                claim.citation.of(analysis.language),
            )
        )
    return lines
