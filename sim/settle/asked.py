"""What the command line asks of the verb ``settle``: its own words, and overrides of the designs."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from sim.config.options import groups
from sim.core.disk import named
from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.core.typed_numbers import command_number

INPUTS = ("claims", "providers", "enrolment", "groups", "history", "signed", "items")
OWN = (*INPUTS, "ledger", "correction", "out", "study", "year", "available", "skip_bad", "errors", "overwrite")
"""Words of ``settle`` that are no parameters of a design."""


NUMBERS = (("errors", int), ("year", int), ("available", float))
"""Words that are numbers."""


def _is_bare(text: str) -> bool:
    """Whether Python itself reads a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


class Asked(NamedTuple):
    """What the command line asks for."""

    own: dict[str, str]
    overrides: tuple[str, ...]

    def path(self, name: str) -> Path | None:
        """A file named on the command line."""
        return named(self.own[name]) if self.own.get(name) else None

    @property
    def files(self) -> list[Path]:
        """Every file to read."""
        return [path for name in INPUTS if (path := self.path(name))]

    def needed(self, name: str) -> Path:
        """A file that must be named."""
        path = self.path(name)
        if path is None:
            raise ConfigError(f"settle needs {name}=…", where="the command line", todo="see countyfund settle --help")
        return path

    def number(self, name: str, kind: type = float) -> Any:
        """A number, None if not given."""
        text = self.own.get(name)
        return command_number(name, text, kind) if text else None

    @property
    def readings(self) -> list[Text]:
        """How numbers were read that stand there in another spelling, such as 45万."""
        return [
            Text(
                f"{name}={self.own[name]} is read as {name}={value:.15g}",
                f"{name}={self.own[name]} 理解为 {name}={value:.15g}",
            )
            for name, kind in NUMBERS
            if (value := self.number(name, kind)) is not None and not _is_bare(self.own[name])
        ]

    def check(self) -> None:
        """Refuse numbers and switches that cannot be meant, before any work."""
        bounds = {"errors": (1, 10**9), "year": (1990, 2100), "available": (0, 10**12)}
        for name, kind in NUMBERS:
            value, (low, high) = self.number(name, kind), bounds[name]
            if value is not None and not low <= value <= high:
                raise ConfigError(
                    f"{name} is out of bounds",
                    where="the command line",
                    value=self.own[name],
                    bound=f">= {low}" if value < low else f"<= {high}",
                    todo="see countyfund settle --help",
                )
        for name in ("skip_bad", "overwrite"):
            self.yes(name)

    def yes(self, name: str) -> bool:
        """A switch."""
        text = self.own.get(name, "false").lower()
        if text not in ("true", "false"):
            raise ConfigError(
                f"{name} must be true or false",
                where="the command line",
                value=text,
                bound="true or false",
                todo="see countyfund settle --help",
            )
        return text == "true"


def split(words: Sequence[str]) -> Asked:
    """Tell the words of ``settle`` from overrides of the design.

    Raises:
        ConfigError: if a word is given twice, of which only the last would be used, is misspelt, or is empty, as a
            script leaves it whose variable is not set: without a word the file would not be used.
    """
    own: dict[str, str] = {}
    overrides = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key in OWN:
            if key in own:
                raise ConfigError(
                    f"{key}= is given twice",
                    where="the command line",
                    value=f"{own[key]}, {value}",
                    bound="once",
                    todo="join the files to one, with one line of headings" if key in INPUTS else "leave one out",
                )
            own[key] = value.strip("'\"")
            if not own[key]:
                raise ConfigError(
                    f"{key}= names nothing", where="the command line", todo="write what it is, or leave the word out"
                )
        elif equals and key not in groups() and (near := get_close_matches(key, OWN, 1, 0.75)):
            raise ConfigError(
                f"unknown word {key!r}", where="the command line", value=word, todo=f"did you mean {near[0]}=?"
            )
        else:
            overrides.append(word)
    return Asked(own, tuple(overrides))
