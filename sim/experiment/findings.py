"""Findings of a study (the numbers that it reports), checks (what its sources claim of them) and their verdicts."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from sim.core.parameters import Config
from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, Grouping, Outcome
from sim.tables import CATEGORIES, TIERS

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

BASELINE = "baseline"
"""``against`` the study's baseline arm."""

LEVEL = "level"
"""``against`` nothing: the value itself, not a difference."""

Verdict = Literal["met", "against", "noise", "unknown"]
"""Of a claim: borne out, contradicted, not decided by the noise of the run, or nothing to judge by."""


class Finding(Config):
    """One number that answers the study's question: a difference between two arms, or a level."""

    arm: Words
    outcome: Words
    group: Words = ALL
    against: Words = BASELINE
    """The baseline, another arm, or "level" for no comparison."""
    horizon: Literal["mean", "end"] | Annotated[int, Field(ge=1, le=200)] | None = None
    """Mean over the reform years, the last of them, or the n-th; None = as the catalogue sums the outcome up."""


class Check(Finding):
    """What a source claims of a number: its sign, or bounds on it (in stored units: shares 0..1, yuan)."""

    relative: bool = False
    """The difference is judged as a share of the level that it is counted from."""
    sign: Literal["up", "down", "none"] | None = None
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(0.0, ge=0)
    """For a sign: a difference up to this size counts as none (stored units)."""
    fitted: bool = False
    """A strength in the study was chosen for this very number, so that meeting it is no test."""

    @model_validator(mode="after")
    def _one_claim(self) -> Self:
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if (self.sign is None) == (not bounds):
            raise ValueError("a check has either a sign (up, down, none) or bounds (low, high, or both)")
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            raise ValueError(f"low {bounds[0]:g} is above high {bounds[1]:g}")
        if self.tolerance and self.sign is None:
            raise ValueError("a tolerance belongs to a sign; bounds (low, high) say themselves how far")
        if self.relative and self.against == LEVEL:
            raise ValueError("only a difference is relative, not a level")
        return self


def judge(check: Check, low: float, high: float) -> Verdict:
    """Whether an interval confirms a claim.

    A sign is confirmed if the whole interval has it, beyond the tolerance; the sign "none" if the interval holds 0, or
    lies within the tolerance.  A rise or a fall is contradicted if no part of the interval goes beyond the tolerance.
    Bounds are confirmed if the whole interval is inside them, and contradicted if all of it is outside.

    Args:
        check: the claim.
        low: lower end of the interval of the difference or level, stored units; nan = no interval.
        high: upper end.

    >>> up = Check(arm="a", outcome="surplus", sign="up")
    >>> judge(up, 0.1, 0.3), judge(up, -0.3, -0.1), judge(up, -0.1, 0.3)
    ('met', 'against', 'noise')
    >>> much = up.model_copy(update={"tolerance": 0.2})
    >>> judge(much, 0.25, 0.3), judge(much, 0.1, 0.15), judge(much, 0.1, 0.3)
    ('met', 'against', 'noise')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "unknown"
    size = check.tolerance
    if check.sign == "none":
        if size == 0:
            return "met" if low <= 0 <= high else "against"
        if -size <= low and high <= size:
            return "met"
        return "against" if low > size or high < -size else "noise"
    if check.sign is not None:
        least, most = (low, high) if check.sign == "up" else (-high, -low)
        if least > size:
            return "met"
        unmoved = low == high == 0  # the same in every replication: no noise, and not what is claimed
        return "against" if unmoved or most < size or most < 0 else "noise"
    least = -math.inf if check.low is None else check.low
    most = math.inf if check.high is None else check.high
    if least <= low and high <= most:
        return "met"
    return "against" if high < least or low > most else "noise"


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a claim that has several checks: the weakest of theirs."""
    order: tuple[Verdict, ...] = ("against", "unknown", "noise", "met")
    return next((verdict for verdict in order if verdict in verdicts), "unknown")


def fault(finding: Finding, arms: Collection[str], outcomes: Mapping[str, Outcome]) -> str:
    """The fault in the names of a finding, and what to write instead; "" if there is none."""
    if finding.arm not in arms:
        return f"arm {finding.arm!r} is not one of the arms {', '.join(arms)}{_hint(finding.arm, arms)}"
    if finding.against not in (BASELINE, LEVEL, *arms):
        known = (BASELINE, LEVEL, *arms)
        return f"against {finding.against!r} is not one of {', '.join(known)}{_hint(finding.against, known)}"
    if finding.against == finding.arm:
        return f"arm {finding.arm!r} is compared with itself; write against: {LEVEL} for its level"
    if finding.outcome not in outcomes:
        return f"unknown outcome {finding.outcome!r}; see docs/outcomes.md{_hint(finding.outcome, outcomes)}"
    groupings = outcomes[finding.outcome].groups
    if not any(belongs(finding.group, grouping) for grouping in groupings):
        return f"outcome {finding.outcome!r} has no group {finding.group!r}; it is reported by {', '.join(groupings)}"
    return ""


def belongs(group: str, grouping: Grouping) -> bool:
    """Whether a group name is one of a grouping."""
    if grouping == "community":
        return group.startswith("community_") and group.removeprefix("community_").isdecimal()
    if grouping == "tier_category":
        tier, _, category = group.partition("/")
        return tier in TIERS and category in CATEGORIES
    names: dict[Grouping, Sequence[str]] = {
        "all": (ALL,),
        "tier": TIERS,
        "category": CATEGORIES,
        "quintile": QUINTILE_GROUPS,
    }
    return group in names[grouping]


def _hint(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
