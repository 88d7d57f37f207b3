"""What the verbs return: tables, the notes on the settings, and the run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.config.model import SimConfig
from sim.experiment.records import Notes, Point
from sim.experiment.study_model import Plan

if TYPE_CHECKING:
    import pandas as pd


class Comparison(NamedTuple):
    """What `compare` returns."""

    plan: Plan
    outcomes: pd.DataFrame
    """Tidy: study, arm, draw, replication, year, outcome, group, value, unit; "x@off" is arm x without response."""
    summary: pd.DataFrame
    """Mean, standard error and interval over replications; year -1 is the mean over reform years."""
    differences: pd.DataFrame
    """Paired differences to the baseline arm, with standard error and interval; "x@off" against "baseline@off"."""
    response: pd.DataFrame
    """Paired differences of each arm to its response-off twin: what the response adds."""
    folder: Path | None
    """Run folder, if results were saved."""
    notes: Notes = Notes()
    """How the settings were read, and which had no effect."""


class RunResult(NamedTuple):
    """What `run` returns."""

    config: SimConfig
    outcomes: pd.DataFrame
    """Tidy: study, arm, draw, replication, year, outcome, group, value, unit."""
    summary: pd.DataFrame
    """Mean, standard error and interval over replications; year -1 is the mean over reform years."""
    folder: Path | None
    """Run folder, if results were saved."""
    notes: Notes = Notes()
    """How the settings were read, and which had no effect."""


class SweepResult(NamedTuple):
    """What `sweep` returns."""

    keys: tuple[str, ...]
    """Swept keys, in the order given."""
    points: tuple[Point, ...]
    outcomes: pd.DataFrame
    """Tidy: study, arm, draw, replication, year, outcome, group, value, unit; an arm is a point."""
    table: pd.DataFrame
    """One column per swept key, then point, replication, year, outcome, group, value, unit."""
    summary: pd.DataFrame
    """One column per swept key, then mean, standard error and interval; year -1 is the mean over reform years."""
    folder: Path | None
    """Run folder, if results were saved."""
    notes: Notes = Notes()
    """How the settings were read, and which had no effect."""
