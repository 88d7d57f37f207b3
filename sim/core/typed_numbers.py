"""Numbers of the command line as people type them."""

from __future__ import annotations

import contextlib
from typing import Any

from sim.core.errors import ConfigError
from sim.core.files.cells import BAD, normal, read_number


def command_number(name: str, text: str, kind: type, verb: str = "settle") -> Any:
    """Read a number of the command line as people write it: ``450000``, ``45万``, ``1.2亿元``, and years as ``2024年``.

    Args:
        name: the word.
        text: what stands behind it.
        kind: int for a whole number, float for an amount in yuan.
        verb: the verb whose help says more.

    Raises:
        ConfigError: if it is no such number.
    """
    bare = normal(text)
    with contextlib.suppress(ValueError):
        return kind(bare.removesuffix("度").removesuffix("年") if name == "year" else bare)
    value, _ = read_number(bare, 2 if kind is float else 0, money=kind is float)
    if value == BAD:
        what = "whole number" if kind is int else "number of yuan, such as 450000 or 45万"
        raise ConfigError(
            f"{name} must be a {what}", where="the command line", value=text, todo=f"see countyfund {verb} --help"
        )
    return value / 100 if kind is float else value
