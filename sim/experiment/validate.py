"""Validate: the simulated history years beside published figures, with the difference and whether it is tolerated.

A miss is shown, never hidden.  National figures judge the default county alone: one whose people, care, prices, benefit
or financing were set otherwise need not meet them, so they are shown beside it without a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from sim.config import SimConfig, load_config
from sim.core.errors import ConfigError
from sim.core.visible import neutral
from sim.experiment import run_folder
from sim.experiment.manifest import Record, manifest
from sim.experiment.replicate import Task, simulate_all, tidy_table
from sim.experiment.setting_notes import RUN, Notes, of_run
from sim.experiment.settings import is_default_county
from sim.experiment.targets import Target, targets_of

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "miss", "apart", "info"]
"""Within tolerance; outside it; outside that of a national figure which this county need not meet; or only shown."""

OUTSIDE = ("experiment.replications", "executor", "language", "engine", "output.dir", "targets")
"""Parameters that act outside the history years; of the output only whether it is saved."""
SAVING = ("output.overwrite",)
"""Parameters that act where results are saved."""


class Check(NamedTuple):
    """A published figure beside the simulated one."""

    target: Target
    simulated: float
    """Mean over replications; nan if the simulation does not have it."""
    error: float
    """Monte Carlo standard error of it; nan with one replication."""
    judged: bool = True
    """False for a national figure beside a county that was set otherwise."""

    @property
    def difference(self) -> float:
        """Simulated minus target."""
        return self.simulated - self.target.target

    @property
    def verdict(self) -> Verdict:
        """The verdict.  A value that is not a number is not within tolerance."""
        if math.isnan(self.target.tolerance):
            return "info"
        if abs(self.difference) <= self.target.tolerance:
            return "ok"
        return "miss" if self.judged else "apart"


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
        """One row a figure: outcome, group, years, target, simulated, difference, tolerance, error, verdict, kind."""
        import pandas as pd

        rows = [
            {
                **check.target.columns(),
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
    if not targets_of(chosen):  # a mistake in them is told before anything is computed
        raise ConfigError(
            f"there are no figures to hold base year {chosen.base_year} against",
            where=f"conf/targets/{chosen.base_year}.csv",
            todo="write that file, or give your county's own figures: targets=FILE",
        )
    started = perf_counter()
    text = chosen.model_dump_json()
    tasks = [Task(RUN, text, (), replication, None) for replication in range(chosen.experiment.replications)]
    with run_folder.open_folder(chosen.output, "validate", save) as folder:
        measured = simulate_all(chosen, tasks, "validate")
        table = tidy_table(RUN, measured, [RUN])
        notes = of_run(chosen, overrides, measured, (*OUTSIDE, *(SAVING if folder else ())))
        done = Validation(chosen, check_history(chosen, table), notes, folder.final if folder else None)
        if folder:
            folder.write_table("outcomes", table)
            folder.write_table("validation", done.table())
            sheet = done.table().map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
            sheet.to_csv(folder.path / "validation.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
            record = Record("validate", "validate", overrides, chosen, {}, notes=notes)
            folder.finish(manifest(record, started))
    return done


def check_history(config: SimConfig, table: pd.DataFrame) -> tuple[Check, ...]:
    """The checks on a tidy table that has the history years of (at least) one arm."""
    history = table[(table["arm"] == table["arm"].iloc[0]) & (table["year"] < config.years.history)]
    default = is_default_county(config)
    return tuple(_check(target, history, default or target.kind == "own") for target in targets_of(config))


def _check(target: Target, history: pd.DataFrame, judged: bool) -> Check:
    rows = history[(history["outcome"] == target.outcome) & (history["group"] == target.group)]
    if target.years == "first":
        rows = rows[rows["year"] == 0]
    means = rows.groupby("replication")["value"].mean().to_numpy(dtype=np.float64)
    if len(means) == 0:
        return Check(target, math.nan, math.nan, judged)
    error = float(np.std(means, ddof=1) / math.sqrt(len(means))) if len(means) > 1 else math.nan
    return Check(target, float(np.mean(means)), error, judged)
