"""Records that parts of an experiment hand to each other: measured rows, points, settings, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.config.model import SimConfig
from sim.core.text import Text
from sim.outcomes.outcome import Row

RUN = "run"
"""Id of the only arm of a run."""

Layer = tuple[str, Sequence[str]]
"""Who sets something, and his overrides."""


class Measured(NamedTuple):
    """Outcome rows of one arm in one replication: history and reform years."""

    arm: str
    replication: int
    rows: list[Row]
    read: frozenset[str] = frozenset()
    """Keys of the arm's configuration that anything looked at."""
    history_read: frozenset[str] = frozenset()
    """Keys of the history's configuration that anything looked at."""
    capped: bool = False
    """In every year of the arm's payment the fund's income held the budgets of residents down."""


class Point(NamedTuple):
    """One point of the grid."""

    id: str
    values: dict[str, str]
    """Swept key -> value, as written."""
    config: SimConfig
    history: SimConfig
    """The point without its levers: what its history years are computed with."""


class Setting(NamedTuple):
    """One parameter that is not at its default."""

    key: str
    value: Any
    default: Any
    origin: str
    """Name of the layer that set it; "" if none did by its key."""


class Notes(NamedTuple):
    """What a reader is told of the settings."""

    idle: tuple[str, ...] = ()
    """Settings that nothing looked at; those of an arm with its name."""
    texts: tuple[Text, ...] = ()
    """All that is to be told, the most important first."""


def typed(values: Sequence[str]) -> list[float] | list[str]:
    """The values as numbers if all of them are numbers, else as texts.

    >>> typed(["0", "0.5"]), typed(["drg", "1"])
    ([0.0, 0.5], ['drg', '1'])
    """
    try:
        return [float(value) for value in values]
    except ValueError:
        return list(values)
