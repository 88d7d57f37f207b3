"""Parts of sentences: patterns filled in, names of outcomes, numbers with their errors."""

from __future__ import annotations

import re

from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL
from sim.report.data import Analysis, Estimate
from sim.report.numbers import change, level, unit_of
from sim.report.phrases import TEMPLATES
from sim.report.text import Text, group_label


def joined(analysis: Analysis, sentences: list[str]) -> str:
    """Sentences as one paragraph; empty ones are left out."""
    return ("" if analysis.language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def say(analysis: Analysis, key: str, **fields: object) -> str:
    """A sentence pattern, filled in."""
    return TEMPLATES[key].of(analysis.language).format(**fields)


def listed(analysis: Analysis, items: list[str]) -> str:
    """Items that have commas of their own."""
    return Text("; ", "；").of(analysis.language).join(items)


def enumerated(analysis: Analysis, items: list[str], comma: str = "，") -> str:
    """Items as a reader says them: "a, b and c"; ``comma`` is the one between them in Chinese."""
    comma, last = Text(", ", comma).of(analysis.language), Text(" and ", comma).of(analysis.language)
    return last.join([comma.join(items[:-1]), items[-1]] if len(items) > 1 else items)


def name_of(analysis: Analysis, outcome: str) -> str:
    """Name of an outcome."""
    found = OUTCOMES[outcome]
    return found.zh if analysis.language == "zh" else found.en


def inside(analysis: Analysis, outcome: str, group: str = ALL) -> str:
    """Name of an outcome, perhaps of one group, inside a sentence; a name that says "communities" says which."""
    name, label = name_of(analysis, outcome), group_label(group, analysis.language)
    if analysis.language == "en":
        name, label = name[0].lower() + name[1:], label.lower()
    if group == ALL:
        return name
    if group.startswith("community_"):
        named = re.sub(Text(r"(the )?\bcommunities\b", "医共体").of(analysis.language), label, name, count=1)
        if named != name:
            return named
    joint = Text("{0} ({1})", "{0}·{1}" if name.endswith("）") else "{0}（{1}）")
    return joint.of(analysis.language).format(name, label)


def difference(analysis: Analysis, estimate: Estimate, outcome: str) -> str:
    """A difference with its interval, in the unit that readers use."""
    return change(estimate.value, estimate.low, estimate.high, unit_of(OUTCOMES[outcome].unit, analysis.language))


def level_with_error(analysis: Analysis, estimate: Estimate, outcome: str) -> str:
    """A level with its standard error, in the unit that readers use."""
    return level(estimate.value, estimate.se, unit_of(OUTCOMES[outcome].unit, analysis.language))


def level_of(analysis: Analysis, arm: str, outcome: str) -> str:
    """Level of a county-wide outcome under an arm."""
    return level_with_error(analysis, analysis.level(arm, outcome), outcome)


def with_unit(analysis: Analysis, value: str, outcome: str, *, level: bool = True) -> str:
    """A number and the unit of an outcome's levels, or of its differences; an index has none."""
    unit = unit_of(OUTCOMES[outcome].unit, analysis.language)
    label = unit.label if level else unit.difference
    if OUTCOMES[outcome].unit == "index":
        return value
    if label.startswith("每"):
        return f"{label} {value}"
    return f"{value}{label}" if label == "%" and analysis.language == "zh" else f"{value} {label}"
