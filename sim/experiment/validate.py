"""Validate: the simulated history years beside published figures, with the difference and whether it is tolerated.

The figures are in ``conf/targets/<base year>.csv``.  A miss is shown, never hidden.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from sim import outcomes, store
from sim.config import SimConfig, load_config
from sim.errors import ConfigError
from sim.experiment.manifest import Record, manifest
from sim.experiment.notes import Notes, of_run
from sim.experiment.replicate import RUN, Task, simulate_all, tidy_table
from sim.paths import conf_dir

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "miss", "info"]

OUTSIDE = ("experiment.replications", "executor", "language", "engine", "output.dir")
"""Parameters that act outside the history years; of the output only whether it is saved."""
SAVING = ("output.overwrite",)
"""Parameters that act where results are saved."""


class Target(NamedTuple):
    """A published figure."""

    outcome: str
    group: str
    years: str
    """"first": the base year itself, for what grows from year to year; "mean": all history years."""
    target: float
    """In the unit of the outcome."""
    tolerance: float
    """Largest absolute difference that passes; nan = shown only."""
    source: str
    note: str


class Check(NamedTuple):
    """A published figure beside the simulated one."""

    target: Target
    simulated: float
    """Mean over replications; nan if the simulation does not have it."""
    error: float
    """Monte Carlo standard error of it; nan with one replication."""

    @property
    def difference(self) -> float:
        """Simulated minus target."""
        return self.simulated - self.target.target

    @property
    def verdict(self) -> Verdict:
        """Within tolerance, a miss, or only shown.  A value that is not a number is a miss."""
        if math.isnan(self.target.tolerance):
            return "info"
        return "ok" if abs(self.difference) <= self.target.tolerance else "miss"


class Validation(NamedTuple):
    """What `validate` returns."""

    config: SimConfig
    checks: tuple[Check, ...]
    notes: Notes = Notes()
    """How the settings were read, and which had no effect."""
    folder: Path | None = None
    """Run folder, if results were saved."""

    @property
    def misses(self) -> int:
        """Number of figures that are missed."""
        return sum(check.verdict == "miss" for check in self.checks)

    def table(self) -> pd.DataFrame:
        """One row a figure: outcome, group, years, target, simulated, difference, tolerance, error, verdict, source."""
        import pandas as pd

        rows = [
            {
                **check.target._asdict(),
                "simulated": check.simulated,
                "difference": check.difference,
                "error": check.error,
                "verdict": check.verdict,
            }
            for check in self.checks
        ]
        return pd.DataFrame(rows)


def validate(config: SimConfig | Sequence[str] = (), *, save: bool | None = None) -> Validation:
    """Simulate the history years and compare them with published figures.

    Args:
        config: a configuration, or overrides for one.
        save: write a run folder with the figures (validation.csv and .parquet), the outcomes and the manifest; None =
            if ``output.dir`` is given.

    Raises:
        ConfigError: for a mistake in the configuration.
        OutputError: if the run folder cannot be written, before anything is computed.
    """
    overrides = () if isinstance(config, SimConfig) else tuple(config)
    chosen = config if isinstance(config, SimConfig) else load_config(overrides)
    started = perf_counter()
    text = chosen.model_dump_json()
    tasks = [Task(RUN, text, (), replication, None) for replication in range(chosen.experiment.replications)]
    with store.open_folder(chosen.output, "validate", save) as folder:
        measured = simulate_all(chosen, tasks, "validate")
        table = tidy_table(RUN, measured, [RUN])
        notes = of_run(chosen, overrides, measured, (*OUTSIDE, *(SAVING if folder else ())))
        done = Validation(chosen, check_history(chosen, table), notes, folder.final if folder else None)
        if folder:
            folder.write_table("outcomes", table)
            folder.write_table("validation", done.table())
            done.table().to_csv(folder.path / "validation.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
            record = Record("validate", "validate", overrides, chosen, {}, notes=notes)
            folder.finish(manifest(record, folder.path, started))
    return done


def check_history(config: SimConfig, table: pd.DataFrame) -> tuple[Check, ...]:
    """The checks on a tidy table that has the history years of (at least) one arm."""
    history = table[(table["arm"] == table["arm"].iloc[0]) & (table["year"] < config.years.history)]
    return tuple(_check(target, history) for target in load_targets(config.base_year))


def _check(target: Target, history: pd.DataFrame) -> Check:
    rows = history[(history["outcome"] == target.outcome) & (history["group"] == target.group)]
    if target.years == "first":
        rows = rows[rows["year"] == 0]
    means = rows.groupby("replication")["value"].mean().to_numpy(dtype=np.float64)
    if len(means) == 0:
        return Check(target, math.nan, math.nan)
    error = float(np.std(means, ddof=1) / math.sqrt(len(means))) if len(means) > 1 else math.nan
    return Check(target, float(np.mean(means)), error)


def load_targets(base_year: int) -> tuple[Target, ...]:
    """The published figures of a base year.

    Raises:
        ConfigError: for a malformed line, with the file and the line.
    """
    path = conf_dir() / "targets" / f"{base_year}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    reader = csv.DictReader(lines[comments:])
    return tuple(_target(row, path, comments + reader.line_num) for row in reader)


def _target(row: dict[str, str], path: Path, line: int) -> Target:
    where = f"{path}, line {line}"
    if row["outcome"] not in outcomes.OUTCOMES:
        raise ConfigError("unknown outcome", where=where, value=row["outcome"], todo="see docs/outcomes.md")
    if row["years"] not in ("first", "mean"):
        raise ConfigError("years is not known", where=where, value=row["years"], bound="first or mean")
    try:
        target, tolerance = float(row["target"]), float(row["tolerance"] or "nan")
    except ValueError:
        raise ConfigError("not a number", where=where, value=(row["target"], row["tolerance"])) from None
    return Target(row["outcome"], row["group"], row["years"], target, tolerance, row["source"], row["note"])
