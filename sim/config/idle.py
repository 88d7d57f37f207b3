"""Settings without effect: no rule read them in the run (`sim.core.parameters.keys_read`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import yaml

from sim.config.options import groups, made_options
from sim.core.paths import conf_dir

Parse = Callable[[str], tuple[str, Any]]
"""The key or group of an override, and its value or option."""


def idle(overrides: Sequence[str], read: Collection[str], parse: Parse) -> list[str]:
    """The overrides, as written, that set only parameters that nobody read.

    Of an override that is a table, the values that nobody read are named.
    """
    without_effect = []
    for text in dict.fromkeys(overrides):
        key, value = parse(text)
        keys = keys_of(key, value)
        unread = [name for name in keys if not _was_read(name, read)]
        if len(unread) == len(keys):
            without_effect.append(text)
        elif isinstance(value, dict):  # of an option it is enough that something of it acts
            without_effect += [f"{name} in {text}" for name in unread]
    return without_effect


def keys_of(key: str, value: Any) -> list[str]:
    """Keys of the parameters that an override sets: those in its table, those of an option, or its own."""
    if key in groups() and not isinstance(value, dict):
        return list(_option_keys(key, str(value))) or [
            name for option in groups()[key] for name in _option_keys(key, option)
        ]
    return list(_leaves(key, value))


def _option_keys(group: str, option: str) -> Iterator[str]:
    """Keys that the file of an option sets."""
    if group in ("payment", "current_payment"):
        yield f"{group}.scheme"
        return
    path = conf_dir() / group / f"{option}.yaml"
    content = made_options().get(group, {}).get(option)
    if content is None and path.is_file():
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if isinstance(content, dict):
        head = "" if group == "base_year" else f"{group}."  # a base year's file names the groups itself
        keys = (name for key, value in content.items() for name in _leaves(f"{head}{key}", value))
        yield from (key for key in keys if key != group)


def _leaves(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}", inner)
    else:
        yield key


def _was_read(key: str, read: Collection[str]) -> bool:
    """Whether the parameter was read, or something in it, or the list that it is an element of."""
    return key in read or any(name.startswith(f"{key}.") or key.startswith(f"{name}.") for name in read)
