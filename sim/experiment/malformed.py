"""Faults of a study file as messages: which key of the file is wrong, and what to write there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.core.errors import ConfigError

EXAMPLE = "scenarios/payment_methods.yaml shows how it is written"

LABEL = "a text in both languages, {en: …, zh: …}"
FORMS = {
    "Label": LABEL,
    "Arm": "a label and overrides, {label: {en: …, zh: …}, overrides: [payment=drg]}",
    "Finding": "an arm and an outcome, {arm: drg, outcome: fund_outgo_per_head}",
    "Check": "an arm, an outcome and a claim, {arm: drg, outcome: fund_outgo_per_head, sign: down}",
    "Expected": "an effect, its source and a check, {effect: {en: …, zh: …}, citation: …, check: {…}}",
}
"""By name of the model: how it is written."""

WANTED = {
    "string": "text; put it in quotes if it looks like something else",
    "tuple": "a list, such as [a, b]",
    "list": "a list, such as [a, b]",
    "dict": "a table of arms by their id, {drg: {label: …, overrides: …}}",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a number",
    "bool": "true or false",
}
"""By the beginning of what is wrong: how it is written."""

_KIND = re.compile(r"(int|float|str|constrained-\w+|literal\[.*|function-.*)$")
"""What the library puts into a place for the kinds of a value that may be of several."""

LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "above"),
    "less_than": ("lt", "below"),
}


def malformed(error: ValidationError, path: Path, models: Sequence[type[BaseModel]]) -> ConfigError:
    """The error for the first fault of a study file."""
    finding = error.errors()[0]
    kind, key = finding["type"], _key(finding)
    if kind == "extra_forbidden":
        names = [name for model in models for name in model.model_fields]
        near = difflib.get_close_matches(str(finding["loc"][-1]), names, n=1)
        todo = f"did you mean {near[0]!r}?" if near else "remove it; scenarios/payment_methods.yaml shows all keys"
        return ConfigError(f"unknown key {key!r} in the study", where=str(path), todo=todo)
    if kind == "missing":
        return ConfigError(f"the study has no {key!r}", where=str(path), todo=EXAMPLE)
    value: Any = finding["input"]
    if kind == "value_error":
        shown = None if isinstance(value, Mapping | list | tuple) else value
        what = str(finding["ctx"]["error"])
        return ConfigError(f"{key}: {what}" if key else what, where=str(path), value=shown, todo=EXAMPLE)
    shown = str(value)[:80] if isinstance(value, Mapping | list | tuple) else value
    return ConfigError(f"{key} must be {_wanted(finding)}", where=str(path), value=shown, todo=EXAMPLE)


def _key(finding: ErrorDetails) -> str:
    """The place in the file: names, and positions in lists from 1."""
    parts = []
    for part in finding["loc"]:
        if isinstance(part, int):
            parts.append(f"[{part + 1}]")
        elif not _KIND.match(part):
            parts.append(f".{part}")
    return "".join(parts).removeprefix(".")


def _wanted(finding: ErrorDetails) -> str:
    """What a well-formed file has at that place."""
    kind, context, key = finding["type"], finding.get("ctx", {}), _key(finding)
    if kind.startswith("model"):
        return FORMS.get(str(context.get("class_name", "")), "keys and values")
    if ".horizon" in f".{key}":
        return "mean, end, or the number of a reform year"
    if kind in LIMITS:
        name, word = LIMITS[kind]
        return f"{word} {context[name]:,}"
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    if kind.endswith("too_short"):
        return "more than nothing"
    if ".overrides" in f".{key}" and kind.startswith("string"):
        return "text with =, such as payment=drg"
    return next((words for name, words in WANTED.items() if kind.startswith(name)), finding["msg"].lower())
