"""Parts of sentences: patterns filled in, lists, numbers with their errors and units."""

from __future__ import annotations

import re

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.report.data import Estimate, Shown
from sim.report.numbers import RARE, Unit, change, level, unit_of
from sim.report.phrases import TEMPLATES


def joined(analysis: Shown, sentences: list[str]) -> str:
    """Sentences as one paragraph; empty ones are left out."""
    return ("" if analysis.language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def say(analysis: Shown, key: str, **fields: object) -> str:
    """A sentence pattern, filled in."""
    text = TEMPLATES[key].of(analysis.language).format(**fields)
    return spaced(text) if analysis.language == "zh" else text


def spaced(text: str) -> str:
    """Chinese with spaces between its characters and Latin letters or per cent signs, and between 的 and a number.

    >>> spaced("打包内DRG为3%以上"), spaced("医共体1（DRG）的30 天再住院率")
    ('打包内 DRG 为3% 以上', '医共体1（DRG）的 30 天再住院率')
    """
    seams = (r"(?<=[A-Za-z%])(?=[\u4e00-\u9fff])", r"(?<=[\u4e00-\u9fff])(?=[A-Za-z])", r"(?<=的)(?=[0-9])")
    return re.sub("|".join(seams), " ", text)


def listed(analysis: Shown, items: list[str]) -> str:
    """Items with semicolons between them, because they may have commas inside."""
    return Text("; ", "；").of(analysis.language).join(items)


def enumerated(analysis: Shown, items: list[str], comma: str = "，") -> str:
    """Items as a reader says them: "a, b and c"; ``comma`` is the one between them in Chinese."""
    comma, last = Text(", ", comma).of(analysis.language), Text(" and ", comma).of(analysis.language)
    return last.join([comma.join(items[:-1]), items[-1]] if len(items) > 1 else items)


def capital(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def difference(analysis: Shown, estimate: Estimate, outcome: str) -> str:
    """A difference with its interval, in the unit that readers use."""
    return change(estimate.value, estimate.low, estimate.high, unit_of(OUTCOMES[outcome].unit, analysis.language))


def level_with_error(analysis: Shown, estimate: Estimate, outcome: str) -> str:
    """A level with its standard error, or the sign that it has none, in the unit that readers use."""
    return level_marked(estimate, unit_of(OUTCOMES[outcome].unit, analysis.language))


def level_marked(estimate: Estimate, unit: Unit) -> str:
    """A level with its error; with a sign where it rests on events too rare for one."""
    return level(estimate.value, estimate.se, unit) + (f" {RARE}" if estimate.rare else "")


def with_unit(analysis: Shown, value: str, outcome: str, *, level: bool = True) -> str:
    """A number and the unit of an outcome's levels, or of its differences; an index has none."""
    unit = unit_of(OUTCOMES[outcome].unit, analysis.language)
    label = unit.label if level else unit.difference
    if OUTCOMES[outcome].unit == "index":
        return value
    if label.startswith("每"):
        return f"{label} {value}"
    return f"{value}{label}" if label == "%" and analysis.language == "zh" else f"{value} {label}"


def per_cent(analysis: Shown, value: str) -> str:
    """A number with its per cent sign, as each language sets it."""
    return value + Text(" %", "%").of(analysis.language)


def relative(analysis: Shown, share: Estimate) -> str:
    """A difference as a share of what it is counted from, in per cent with its interval."""
    percent = unit_of("share", analysis.language)._replace(decimals=1)
    return per_cent(analysis, change(share.value, share.low, share.high, percent))
