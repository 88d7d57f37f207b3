"""Records in which plans and results of experiments are passed on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim import outcomes
from sim.config import SimConfig
from sim.experiment.study import Study
from sim.money.response import responds


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
        twins = [outcomes.OFF] if responds(self.base.response) else []
        return [name + ending for name in self.arms for ending in ["", *twins]]


class Measured(NamedTuple):
    """Outcome rows of one arm in one replication: history and reform years."""

    arm: str
    replication: int
    rows: list[outcomes.Row]
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
