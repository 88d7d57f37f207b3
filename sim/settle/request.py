"""The command line of the verb ``settle``: its own options, and the overrides of the designs."""

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


class SettleRequest(NamedTuple):
    """What the command line asks for."""

    options: dict[str, str]
    """Options of ``settle`` itself (`OWN`), by name."""
    overrides: tuple[str, ...]
    """Overrides of the designs, as they are written."""

    def path(self, name: str) -> Path | None:
        """A file or folder named on the command line; None if it is not."""
        return named(self.options[name]) if self.options.get(name) else None

    @property
    def files(self) -> list[Path]:
        """Every file to read."""
        return [path for name in INPUTS if (path := self.path(name))]

    def needed(self, name: str) -> Path:
        """A file or folder that must be named.

        Raises:
            ConfigError: if it is not.
        """
        path = self.path(name)
        if path is None:
            raise ConfigError(f"settle needs {name}=…", where="the command line", todo="see countyfund settle --help")
        return path

    def number(self, name: str, kind: type = float) -> Any:
        """A number; None if it is not given.

        Raises:
            ConfigError: if it is no number.
        """
        text = self.options.get(name)
        return command_number(name, text, kind) if text else None

    @property
    def readings(self) -> list[Text]:
        """How numbers in another spelling, such as 45万, were read: one sentence each."""
        return [
            Text(
                f"{name}={self.options[name]} is read as {name}={value:.15g}",
                f"{name}={self.options[name]} 理解为 {name}={value:.15g}",
            )
            for name, kind in NUMBERS
            if (value := self.number(name, kind)) is not None and not _is_bare(self.options[name])
        ]

    def check(self) -> None:
        """Refuse numbers and switches that cannot be meant, before any work.

        Raises:
            ConfigError: if a number is out of its bounds, or a switch is neither true nor false.
        """
        bounds = {"errors": (1, 10**9), "year": (1990, 2100), "available": (0, 10**12)}
        for name, kind in NUMBERS:
            value, (low, high) = self.number(name, kind), bounds[name]
            if value is not None and not low <= value <= high:
                raise ConfigError(
                    f"{name} is out of bounds",
                    where="the command line",
                    value=self.options[name],
                    bound=f">= {low}" if value < low else f"<= {high}",
                    todo="see countyfund settle --help",
                )
        for name in ("skip_bad", "overwrite"):
            self.yes(name)

    def yes(self, name: str) -> bool:
        """A switch; false if it is not given.

        Raises:
            ConfigError: if it is neither true nor false.
        """
        text = self.options.get(name, "false").lower()
        if text not in ("true", "false"):
            raise ConfigError(
                f"{name} must be true or false",
                where="the command line",
                value=text,
                bound="true or false",
                todo="see countyfund settle --help",
            )
        return text == "true"


def split(words: Sequence[str]) -> SettleRequest:
    """Part the words of the command line: options of ``settle``, and overrides of the designs.

    Raises:
        ConfigError: if an option is given twice (only the last would be used), is misspelt, or is empty.  A script
            leaves it empty when a variable is not set; the file would then not be used, without a word.
    """
    options: dict[str, str] = {}
    overrides = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key in OWN:
            if key in options:
                raise ConfigError(
                    f"{key}= is given twice",
                    where="the command line",
                    value=f"{options[key]}, {value}",
                    bound="once",
                    todo="join the files to one, with one line of headings" if key in INPUTS else "leave one out",
                )
            options[key] = value.strip("'\"")
            if not options[key]:
                raise ConfigError(
                    f"{key}= names nothing", where="the command line", todo="write what it is, or leave the word out"
                )
        elif equals and key not in groups() and (near := get_close_matches(key, OWN, 1, 0.75)):
            raise ConfigError(
                f"unknown word {key!r}", where="the command line", value=word, todo=f"did you mean {near[0]}=?"
            )
        else:
            overrides.append(word)
    return SettleRequest(options, tuple(overrides))
