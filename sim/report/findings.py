"""The numbers that a study looks at, as sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from sim.core.text import Text
from sim.experiment.findings import BASELINE, LEVEL, Finding
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL
from sim.outcomes.summary import REFORM
from sim.report.analysis import Analysis, estimate_of, year_of
from sim.report.data import Estimate, way_of
from sim.report.names import SIGNED, arm_name, inside, the, verb
from sim.report.numbers import unit_of
from sim.report.wording import capital, difference, enumerated, level_with_error, listed, say, with_unit


def finding_sentences(analysis: Analysis) -> list[str]:
    """One sentence for each outcome, or for several levels of one arm.

    A sentence names its period unless the sentence before it has the same.
    """
    out, last_period = [], ""
    for findings in _bundled(analysis, analysis.data.findings):
        when = _when(analysis, findings[0])
        if findings[0].against != LEVEL:
            text = _changes(analysis, findings)
        elif len({finding.arm for finding in findings}) == 1 < len(findings):
            text = _levels_of_an_arm(analysis, findings)
        else:
            text = _levels(analysis, findings)
        out.append(capital(f"{when}{text}" if when != last_period else text))
        last_period = when
    return out


def _bundled(analysis: Analysis, findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that share a sentence: those of one outcome; also single levels of one arm that follow each other."""
    same = groupby(findings, lambda f: (f.outcome, f.group, f.against, year_of(analysis, f)))
    bundles: list[list[Finding]] = []
    for bundle in (list(group) for _, group in same):
        before = bundles[-1] if bundles else []
        alike = {(f.arm, f.against, year_of(analysis, f)) for f in (*before, *bundle)}
        if before and len(bundle) == 1 and len(alike) == 1 and bundle[0].against == LEVEL:
            before += bundle
        else:
            bundles.append(bundle)
    return bundles


def _when(analysis: Analysis, finding: Finding) -> str:
    year = year_of(analysis, finding)
    if year == REFORM and analysis.last > analysis.start:
        first, last = analysis.calendar(analysis.start), analysis.calendar(analysis.last)
        return say(analysis, "over", first=first, last=last)
    key = "at_end" if OUTCOMES[finding.outcome].horizon == "end" else "in"
    return say(analysis, key, year=analysis.calendar(analysis.start if year == REFORM else year))


def _levels(analysis: Analysis, findings: Sequence[Finding]) -> str:
    """One outcome under several arms."""
    items = [
        say(analysis, "level_item", level=_level(analysis, finding), arm=arm_name(analysis, finding.arm))
        for finding in findings
        if math.isfinite(estimate_of(analysis, finding).value)
    ]
    name = the(analysis, findings[0].outcome, findings[0].group)
    if not items:
        return say(analysis, "absent", name=name, they=verb(name, "is", "are"))
    return say(analysis, "levels", name=name, they=verb(name, "is", "are"), items=enumerated(analysis, items))


def _levels_of_an_arm(analysis: Analysis, findings: Sequence[Finding]) -> str:
    """Several outcomes under one arm; one that the run does not have is said to be missing."""
    items = []
    for finding in findings:
        name = the(analysis, finding.outcome, finding.group)
        known = math.isfinite(estimate_of(analysis, finding).value)
        level = _level(analysis, finding) if known else say(analysis, "unreported")
        items.append(say(analysis, "outcome_item", name=name, they=verb(name, "is", "are"), level=level))
    return say(analysis, "arm_levels", arm=arm_name(analysis, findings[0].arm), items=enumerated(analysis, items))


def level_in_words(analysis: Analysis, estimate: Estimate, outcome: str, group: str = ALL) -> str:
    """A level with its error, its unit and what its sign means; a unit that is part of the name is not repeated."""
    value = level_with_error(analysis, estimate, outcome)
    unit = unit_of(OUTCOMES[outcome].unit, analysis.language).label
    unit_in_name = unit.isalpha() and unit in inside(analysis, outcome, group).split()
    text = value if unit_in_name else with_unit(analysis, value, outcome)
    if outcome not in SIGNED:
        return text
    above, below = SIGNED[outcome]
    even = Text("even", "持平") if estimate.value == 0 else Text("even within error", "误差范围内持平")
    meaning = above if estimate.low > 0 else below if estimate.high < 0 else even
    if not math.isfinite(estimate.se):  # a single replication has no error
        meaning = above if estimate.value > 0 else below if estimate.value < 0 else even
    return Text("{0} ({1})", "{0}（{1}）").of(analysis.language).format(text, meaning.of(analysis.language))


def _level(analysis: Analysis, finding: Finding) -> str:
    return level_in_words(analysis, estimate_of(analysis, finding), finding.outcome, finding.group)


def _changes(analysis: Analysis, findings: Sequence[Finding]) -> str:
    """The level that arms are compared with, and how each arm differs from it."""
    first = findings[0]
    base = (analysis.baseline or "") if first.against == BASELINE else first.against
    same = {"outcome": first.outcome, "group": first.group, "horizon": first.horizon}
    level = estimate_of(analysis, Finding(arm=base, **same, against=LEVEL))
    name = the(analysis, first.outcome, first.group)
    if not math.isfinite(level.value):
        return say(analysis, "absent", name=name, they=verb(name, "is", "are"))
    estimates = [(finding, estimate_of(analysis, finding)) for finding in findings]
    clauses: list[str] = []
    verbs = {"it": verb(name, "it", "they"), "s": verb(name, "s", ""), "does": verb(name, "does", "do")}
    for way, group in groupby(estimates, lambda pair: way_of(pair[1])):
        plain = way in ("same", "absent")
        items = [_departure(analysis, finding, way, None if plain else estimate) for finding, estimate in group]
        clauses.append(say(analysis, f"way_{way}", items=enumerated(analysis, items, comma="、"), **verbs))
    return say(
        analysis,
        "changes",
        name=name,
        they=verb(name, "is", "are"),
        base=arm_name(analysis, base),
        level=level_in_words(analysis, level, first.outcome, first.group),
        clauses=listed(analysis, clauses),
    )


def _departure(analysis: Analysis, finding: Finding, way: str, estimate: Estimate | None) -> str:
    """An arm, with its difference if there is one to tell."""
    arm = arm_name(analysis, finding.arm)
    if estimate is None:
        return arm
    shown = difference(analysis, estimate, finding.outcome)
    shown = with_unit(analysis, shown, finding.outcome, level=False)
    return say(analysis, f"change_{way}", arm=arm, diff=shown)
