"""Numbers of a run in a study's prose: ``{level ffs primary_visits}`` is filled in where results are shown.

A field is ``{KIND ARM OUTCOME}``, and then, in any order, ``of GROUP``, ``at HORIZON`` (mean, end, or the number of a
reform year, as in a `Finding`) and ``from ARM`` (what a change is counted from; the baseline without it).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, get_args

from pydantic import ValidationError

from sim.experiment.findings import BASELINE, LEVEL, Finding, fault
from sim.outcomes.outcome import ALL, Outcome

Kind = Literal["level", "change", "percent", "off", "response"]
"""An arm's level; its difference to another arm, and that in per cent of the other's level; the level of its twin
without response, and the difference that the response makes."""

KINDS: tuple[Kind, ...] = get_args(Kind)
FORM = "a field is {KIND ARM OUTCOME}, and then of GROUP, at HORIZON or from ARM; kinds are " + ", ".join(KINDS)
FIELD = re.compile(r"\{([a-z]+ [^{}]*)\}")
"""Braces around words; other braces are text."""

_WORDS = {"of": "group", "at": "horizon", "from": "against"}
_COMPARED: tuple[Kind, ...] = ("change", "percent")


class Field(NamedTuple):
    """One number of a run."""

    kind: Kind
    finding: Finding
    """Where it is looked up; of a twin, under the name of its arm."""


def field_of(text: str) -> Field:
    """The field that the words between braces stand for.

    Raises:
        ValueError: if they are none, with how a field is written.

    >>> field_of("change b los at end").finding.horizon
    'end'
    """
    kind, *words = text.split()
    if kind not in KINDS or len(words) % 2 or not words:
        raise ValueError(f"{{{text}}} is not a field; {FORM}")
    given: dict[str, str | int] = {"arm": words[0], "outcome": words[1]}
    for word, value in zip(words[2::2], words[3::2], strict=True):
        name = _WORDS.get(word)
        if name is None or name in given or (word == "from" and kind not in _COMPARED):
            raise ValueError(f"{{{text}}}: {word!r} has no place here; {FORM}")
        given[name] = int(value) if word == "at" and value.isdecimal() else value
    if kind not in _COMPARED:
        given["against"] = LEVEL
    try:
        return Field(kind, Finding.model_validate({"group": ALL, **given}))
    except ValidationError:
        raise ValueError(f"{{{text}}}: after 'at' stands mean, end, or the number of a reform year") from None


def fault_of_fields(text: str, arms: Collection[str], baseline: str, outcomes: Mapping[str, Outcome]) -> str:
    """The first fault in a text's fields, and what to write instead; "" if there is none."""
    for words in FIELD.findall(text):
        try:
            kind, finding = field_of(words)
        except ValueError as error:
            return str(error)
        if wrong := fault(finding, arms, outcomes):
            return f"{{{words}}}: {wrong}"
        if kind in _COMPARED and finding.arm == baseline and finding.against == BASELINE:
            return f"{{{words}}}: the baseline is compared with itself; write level, or from ARM"
    return ""
