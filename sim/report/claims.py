"""The study's own answer: the numbers it looks at, then what its sources claim and whether the run bears that out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from sim.experiment.findings import BASELINE, LEVEL, Check, Finding, Verdict, judge, together
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.summary import REFORM
from sim.report.data import Analysis, Claim, Estimate
from sim.report.numbers import number, unit_of
from sim.report.wording import difference, enumerated, inside, joined, level_with_error, listed, say, with_unit


def verdict(analysis: Analysis, claim: Claim) -> Verdict:
    """Whether the run bears a claim out."""
    estimates = ((check, estimate_of(analysis, check)) for check in claim.checks)
    return together([judge(check, estimate.low, estimate.high) for check, estimate in estimates])


def estimate_of(analysis: Analysis, finding: Finding) -> Estimate:
    """The number that a finding names."""
    year = _year(analysis, finding)
    if finding.against == LEVEL:
        return analysis.level(finding.arm, finding.outcome, finding.group, year)
    if finding.against == BASELINE:
        return analysis.difference(finding.arm, finding.outcome, finding.group, year)
    return analysis.between(finding.arm, finding.against, finding.outcome, finding.group, year)


def study_paragraph(analysis: Analysis) -> str:
    """What was found, then where that is not what was claimed; "" for a study that names nothing to look at."""
    tested = [claim for claim in analysis.data.claims if claim.checks]
    return joined(analysis, [*_findings(analysis), *_claims(analysis, tested)])


def _year(analysis: Analysis, finding: Finding) -> int:
    """Model year of a finding, or `REFORM` for the mean over the reform years."""
    if finding.horizon is None:
        return analysis.when(finding.outcome)
    if finding.horizon == "mean":
        return REFORM
    return analysis.last if finding.horizon == "end" else analysis.start + finding.horizon - 1


# --- what was found ---------------------------------------------------------------------------------------------------
def _findings(analysis: Analysis) -> list[str]:
    """One sentence for each outcome; each says its period if that is another than the last sentence's."""
    out, said = [], ""
    same = groupby(analysis.data.findings, lambda f: (f.outcome, f.group, f.against, _year(analysis, f)))
    for _, group in same:
        findings = list(group)
        when = _when(analysis, findings[0])
        text = (_levels if findings[0].against == LEVEL else _changes)(analysis, findings)
        if text:
            out.append(_capital(f"{when}{text}" if when != said else text))
            said = when
    return out


def _when(analysis: Analysis, finding: Finding) -> str:
    year = _year(analysis, finding)
    if year == REFORM and analysis.last > analysis.start:
        first, last = analysis.calendar(analysis.start), analysis.calendar(analysis.last)
        return say(analysis, "over", first=first, last=last)
    key = "at_end" if OUTCOMES[finding.outcome].horizon == "end" else "in"
    return say(analysis, key, year=analysis.calendar(analysis.start if year == REFORM else year))


def _levels(analysis: Analysis, findings: Sequence[Finding]) -> str:
    items = []
    for finding in findings:
        estimate = estimate_of(analysis, finding)
        if math.isfinite(estimate.value):
            shown = with_unit(analysis, level_with_error(analysis, estimate, finding.outcome), finding.outcome)
            items.append(say(analysis, "level_item", level=shown, arm=analysis.label(finding.arm)))
    name = inside(analysis, findings[0].outcome, findings[0].group)
    if not items:
        return say(analysis, "absent", name=name, they=_verb(name, "is", "are"))
    return say(analysis, "levels", name=name, they=_verb(name, "is", "are"), items=enumerated(analysis, items))


def _changes(analysis: Analysis, findings: Sequence[Finding]) -> str:
    """Level of what is compared with, and which way each arm departs from it."""
    first = findings[0]
    base = (analysis.baseline or "") if first.against == BASELINE else first.against
    level = estimate_of(analysis, Finding(arm=base, **_same(first), against=LEVEL))
    name = inside(analysis, first.outcome, first.group)
    if not math.isfinite(level.value):
        return say(analysis, "absent", name=name, they=_verb(name, "is", "are"))
    estimates = [(finding, estimate_of(analysis, finding)) for finding in findings]
    clauses: list[str] = []
    for way, group in groupby(estimates, lambda pair: _way(pair[1])):
        plain = way in ("way_same", "way_absent")
        items = [_departure(analysis, finding, None if plain else estimate) for finding, estimate in group]
        verbs = {"it": _verb(name, "it", "they"), "s": _verb(name, "s", ""), "does": _verb(name, "does", "do")}
        clauses.append(say(analysis, way, items=enumerated(analysis, items, comma="、"), **verbs))
    return say(
        analysis, "changes", name=name, they=_verb(name, "is", "are"),
        base=analysis.label(base),
        level=with_unit(analysis, level_with_error(analysis, level, first.outcome), first.outcome),
        clauses=listed(analysis, clauses),
    )  # fmt: skip


def _departure(analysis: Analysis, finding: Finding, estimate: Estimate | None) -> str:
    """An arm, with its difference if there is one to tell."""
    arm = analysis.label(finding.arm)
    if estimate is None:
        return arm
    shown = difference(analysis, estimate, finding.outcome)
    return say(analysis, "change_item", arm=arm, diff=with_unit(analysis, shown, finding.outcome, level=False))


def _same(finding: Finding) -> dict[str, str | int | None]:
    return {"outcome": finding.outcome, "group": finding.group, "horizon": finding.horizon}


def _way(estimate: Estimate) -> str:
    """Which way a difference points, as far as the noise lets one say."""
    if not math.isfinite(estimate.value):
        return "way_absent"
    if estimate.low == estimate.high == 0:
        return "way_same"
    if not math.isfinite(estimate.low):
        return "way_single"
    if not estimate.clear:
        return "way_noise"
    return "way_up" if estimate.value > 0 else "way_down"


def _verb(name: str, singular: str, plural: str) -> str:
    """Agreement with the head of an English name: "charge per visit", but "avoidable admissions"."""
    head = re.split(r" (?:per|of|under|in|by|within|that|for|from|paid|as|with)\b|,| \(| ÷", name)[0].split()[-1]
    return plural if head.endswith("s") and head.lower() not in ("surplus",) else singular


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- what was claimed -------------------------------------------------------------------------------------------------
def _claims(analysis: Analysis, claims: Sequence[Claim]) -> list[str]:
    """How many claims hold, then each that does not with what was found; `claim_lines` has them all."""
    judged = [(claim, verdict(analysis, claim)) for claim in claims]
    told = [(claim, result) for claim, result in judged if result != "unknown"]
    if not told:
        return [say(analysis, "untested")] if judged else []
    out = []
    held = sum(found == "met" for _, found in told)
    if len(told) > 1:
        counts: list[str] = []
        for result in ("met", "against", "noise"):
            count = sum(found == result for _, found in told)
            if count:
                counts.append(say(analysis, f"count_{result}" + ("" if count > 1 else "_one"), n=count))
        out.append(say(analysis, "counts", all=len(told), counts=enumerated(analysis, counts)))
    order: tuple[Verdict, ...] = ("met", "against", "noise") if held == len(told) == 1 else ("against", "noise")
    return out + [
        say(
            analysis, f"claim_{result}", effect=claim.effect.of(analysis.language).rstrip(".。"), cite=claim.citation,
            claimed=_claimed(analysis, claim), found=_found(analysis, claim),
        )
        for wanted in order for claim, result in told if result == wanted
    ]  # fmt: skip


def _claimed(analysis: Analysis, claim: Claim) -> str:
    return enumerated(analysis, list(dict.fromkeys(_aim(analysis, check) for check in claim.checks)))


def _aim(analysis: Analysis, check: Check) -> str:
    """What a check asks for, in words."""
    if check.sign is not None:
        return say(analysis, f"aim_{check.sign}" + ("_level" if check.against == LEVEL else ""))
    unit = unit_of(OUTCOMES[check.outcome].unit, analysis.language)
    least, most = (
        None if bound is None else number(bound * unit.scale, unit.decimals) for bound in (check.low, check.high)
    )
    key = "aim_high" if least is None else "aim_low" if most is None else "aim_between"
    last = with_unit(analysis, most or least or "", check.outcome, level=check.against == LEVEL)
    return say(analysis, key, low=least, bound=last)


def _found(analysis: Analysis, claim: Claim) -> str:
    """The numbers behind a verdict."""
    several = len({(check.outcome, check.group) for check in claim.checks}) > 1
    items = []
    for check in claim.checks:
        estimate = estimate_of(analysis, check)
        level = check.against == LEVEL
        shown = difference(analysis, estimate, check.outcome)
        shown = with_unit(analysis, shown.removeprefix("+") if level else shown, check.outcome, level=level)
        key = "found_arm" if check.against in (LEVEL, BASELINE) else "found_pair"
        other = analysis.label(check.against)
        text = say(analysis, key, value=shown, arm=analysis.label(check.arm), other=other)
        name = inside(analysis, check.outcome, check.group)
        items.append(say(analysis, "found_named", name=name, text=text) if several else text)
    return listed(analysis, items)


class ClaimLine(NamedTuple):
    """A row of the table of claims, in one language."""

    verdict: Verdict
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
        result = verdict(analysis, claim)
        found = "" if result == "unknown" else _found(analysis, claim)
        effect = claim.effect.of(analysis.language)
        label = say(analysis, f"verdict_{result}")
        lines.append(ClaimLine(result, label, effect, _capital(_claimed(analysis, claim)), found, claim.citation))
    return lines
