"""What a study is: a named question, a baseline arm and other arms; and its plan, which is ready to run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, GetPydanticSchema, field_validator, model_validator
from pydantic_core import core_schema

from sim.config.folder_names import fault_of_name
from sim.config.model import SimConfig
from sim.core.parameters import Config
from sim.core.text import Text
from sim.experiment.fields import fault_of_fields
from sim.experiment.findings import Check, Finding, Words, fault
from sim.money.response import responds
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import OFF

LEVERS = ("payment", "settlement", "response", "benefit", "care", "contracts", "fund")
"""Groups that an arm may change.  All others shape the history, which all arms share."""

SYSTEMS = tuple(f"A{number}" for number in range(1, 28))
"""Rows of the table of systems of the source documents (docs/systems.md, figures 1.2)."""


class Label(Config):
    """A text in both languages, as a study file writes it: {en: ..., zh: ...}."""

    en: Words
    zh: Words


def _text(value: Any, validated: Callable[[Any], Label]) -> Text:
    """The text of a label; a value that is a text already, unchanged."""
    if isinstance(value, Text):
        return value
    label = validated(value)
    return Text(label.en, label.zh)


Both = Annotated[
    Text,
    GetPydanticSchema(
        lambda _, handler: core_schema.no_info_wrap_validator_function(
            _text,
            handler.generate_schema(Label),
            serialization=core_schema.plain_serializer_function_ser_schema(Text._asdict),
        )
    ),
]
"""A text in both languages, read from a `Label` and written as one."""


def _source(value: Any) -> Any:
    """A source given as one text stands as it is in both languages."""
    return {"en": value, "zh": value} if isinstance(value, str) else value


Source = Annotated[Both, BeforeValidator(_source)]
"""Where something is from, and what is said about it: in both languages, or one text for both."""


class Arm(Config):
    """One way of paying, as overrides of the study's county."""

    label: Both
    overrides: tuple[Words, ...] = ()


class Expected(Config):
    """An effect that published work leads one to expect, and where it was published."""

    effect: Both
    citation: Source
    check: tuple[Check, ...] = ()
    """What a run must show for the claim to be met; all of several.  Empty: only told, not tested."""

    @field_validator("check", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, Mapping) else value


class Study(Config):
    """A question and the arms that answer it."""

    name: Words
    title: Both
    question: Both
    line: Both | None = None
    """One line for the list of studies; None: the title."""
    system: tuple[Words, ...] = ()
    """Rows of the table of systems that the study runs, A1 to A27."""
    baseline: Words
    arms: dict[str, Arm] = Field(min_length=1)
    overrides: tuple[Words, ...] = ()
    """For all arms, history included."""
    replications: int | None = Field(None, ge=1, le=100_000)
    reference: tuple[Source, ...] = ()
    """What the arms' rules are taken from."""
    headline: tuple[Finding, ...] = ()
    """The numbers that answer the question, in the order in which they are told."""
    expected: tuple[Expected, ...] = ()
    known_differences: tuple[Both, ...] = ()
    """Where the simulation is known to depart from the reference; with fields for the run's numbers (`fields`)."""

    @field_validator("name")
    @classmethod
    def _name_of_a_folder(cls, value: str) -> str:
        if wrong := fault_of_name(value):
            raise ValueError(f"the name of a study becomes that of a folder: {value[:80]!r} {wrong}")
        return value

    @model_validator(mode="after")
    def _arms_are_sound(self) -> Self:
        for name in self.arms:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(
                    f"arm id {name!r} must be lower-case ASCII letters, digits and _, starting with a letter"
                )
            if wrong := fault_of_name(name):
                raise ValueError(f"arm id {name[:80]!r} {wrong}")
        if self.baseline not in self.arms:
            near = difflib.get_close_matches(self.baseline, list(self.arms), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"baseline {self.baseline!r} is not one of the arms {', '.join(self.arms)}{hint}")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for row in self.system:
            if row not in SYSTEMS:
                raise ValueError(f"system {row!r} is not a row of the table of systems, A1 to A27")
        findings: list[tuple[str, Finding]] = [(f"headline {n}", f) for n, f in enumerate(self.headline, start=1)]
        for number, claim in enumerate(self.expected, start=1):
            findings += [(f"expected {number}, check", check) for check in claim.check]
        for place, finding in findings:
            if wrong := fault(finding, self.arms, OUTCOMES):
                raise ValueError(f"{place}: {wrong}")
            if finding.against == "baseline" and finding.arm == self.baseline:
                raise ValueError(f"{place}: the baseline is compared with itself; write against: level for its level")
        for number, text in enumerate(self.known_differences, start=1):
            for language in ("en", "zh"):
                if wrong := fault_of_fields(text.of(language), self.arms, self.baseline, OUTCOMES):
                    raise ValueError(f"known_differences {number}, {language}: {wrong}")
        return self

    def one_line(self, language: str) -> str:
        """The study in one line, for the list of studies."""
        return (self.line or self.title).of(language)


class Plan(NamedTuple):
    """A study made ready to run."""

    study: Study
    base: SimConfig
    """Configuration of the history years."""
    arms: dict[str, SimConfig]
    """By arm id."""
    overrides: tuple[str, ...]
    """The user's."""
    file: Path | None
    """The study's file."""

    @property
    def ids(self) -> list[str]:
        """Arm ids, each with its response-off twin if anything responds at all."""
        twins = [OFF] if responds(self.base.response) else []
        return [name + ending for name in self.arms for ending in ["", *twins]]
