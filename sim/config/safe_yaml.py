"""YAML files as plain data: one document of mappings, lists and scalars, bounded in size and depth.

Whoever sends a study must not be able to stop the reader's computer or to run code on it.  So there are no aliases
(which can stand for billions of nodes), no tags, no references to other values, and no control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sim.core.errors import ConfigError

MOST_BYTES = 200_000
MOST_DEPTH = 12
MOST_TEXT = 10_000
"""Characters of one value."""

EXAMPLE = "scenarios/payment_methods.yaml shows how a study is written"

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
"""Control characters but tab and line feed, and marks that turn the direction of writing."""

_BOOL = {"true": True, "false": False}
_NULL = ("", "~", "null", "Null", "NULL")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping.

    Raises:
        ConfigError: if it cannot be read, with the line.
    """
    text = _text(path)
    try:
        content = _Reader(path, yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or "it cannot be read").splitlines()[0]
        raise _wrong(path, mark, f"the file is not valid YAML: {reason}", "mend the line") from None
    if not isinstance(content, dict):
        raise ConfigError("the file must hold keys and values", where=str(path), todo=EXAMPLE)
    return content


def _text(path: Path) -> str:
    """The text of a file; refused if it is no file or too large."""
    try:
        if path.is_dir():
            raise ConfigError("this is a folder, not a file", where=str(path), todo="name a YAML file")
        if not path.is_file():
            what = "there is no such file" if not path.exists() else "this is not a file that can be read"
            raise ConfigError(f"cannot read the file: {what}", where=str(path), todo="name a YAML file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError("cannot read the file", where=str(path)[:200], todo=reason) from None
    if len(data) > MOST_BYTES:
        raise ConfigError(
            "the file is too large", where=str(path), bound=f"at most {MOST_BYTES:,} bytes", todo="is this a study?"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(
            "the file is not text in UTF-8", where=f"{path}, line {line}", todo="save it as UTF-8"
        ) from None
    text = text.replace("\r\n", "\n")
    if control := _UNSEEN.search(text):
        line = text[: control.start()].count("\n") + 1
        raise ConfigError(
            "the file holds a control character", where=f"{path}, line {line}", value=control[0], todo="remove it"
        )
    return text


def _wrong(path: Path, mark: Any, what: str, todo: str) -> ConfigError:
    line = f", line {mark.line + 1}" if mark else ""
    return ConfigError(what, where=f"{path}{line}", todo=todo)


class _Reader:
    """Builds values from a parser's events, one after the other, and stops at the first event that is refused."""

    def __init__(self, path: Path, events: Iterator[Any]) -> None:
        self.path = path
        self.events = events

    def document(self) -> Any:
        """The only document."""
        content, seen = None, False
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self._refused(event, "the file holds several documents", "remove the second ---")
                if event.tags or event.version:
                    raise self._refused(event, "directives (%) are not read", "remove the line that begins with %")
                seen = True
                content = self._value(next(self.events), 0)
        return content

    def _refused(self, event: Any, what: str, todo: str) -> ConfigError:
        return _wrong(self.path, event.start_mark, what, todo)

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(event, "anchors (&) and aliases (*) are not read", "write the values out")
        if getattr(event, "tag", None):
            raise self._refused(event, f"tags are not read: {event.tag[:60]}", "write the plain value")
        if depth > MOST_DEPTH:
            raise self._refused(event, f"values are nested more than {MOST_DEPTH} deep", EXAMPLE)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth)
        return self._mapping(depth)

    def _list(self, depth: int) -> list[Any]:
        values = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self._value(event, depth + 1))
        return values

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                raise self._refused(event, "a key must be a word", EXAMPLE)
            self._value(event, depth)
            name = event.value
            if name in mapping:
                raise self._refused(event, f"the key {name[:60]!r} is there twice", "remove one of them")
            mapping[name] = self._value(next(self.events), depth + 1)
        return mapping

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if len(text) > MOST_TEXT:
            raise self._refused(event, f"a value is longer than {MOST_TEXT:,} characters", "shorten it")
        if "${" in text:
            raise self._refused(event, "references such as ${…} are not read", "write the value itself")
        if control := _UNSEEN.search(text):
            raise self._refused(event, f"a value holds the control character {control[0]!r}", "remove it")
        return self._typed(event, text) if event.implicit[0] else text

    def _typed(self, event: Any, text: str) -> Any:
        """A plain scalar as what it looks like: null, true, false, a decimal number, or text."""
        if text in _NULL or text.lower() in _BOOL:
            return _BOOL.get(text.lower())
        if re.fullmatch(r"[+-]?\d{1,18}", text):
            return int(text)
        if re.fullmatch(r"[+-]?(\d{1,18}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", text):
            return float(text)
        return text
