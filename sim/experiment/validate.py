"""Validate: the simulated history years beside published figures, with the difference and whether it is tolerated.

A miss is shown, never hidden.  National figures judge the default county alone: one whose people, care, prices, benefit
or financing were set otherwise need not meet them, so they are shown beside it without a verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from sim.config import load_config
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.core.visible import neutral
from sim.experiment import run_folder
from sim.experiment.checks import Check, check_history
from sim.experiment.departures import is_default_county
from sim.experiment.manifest import Record, manifest
from sim.experiment.records import RUN, Measured, Notes
from sim.experiment.replicate import Task, simulate_all, tidy_table
from sim.experiment.setting_notes import of_run
from sim.experiment.targets import targets_of
from sim.experiment.trials import arms_of, compared

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = ("experiment.replications", "executor", "language", "engine", "output.dir", "targets")
"""Parameters that act outside the history years; of the output only whether it is saved."""
SAVING = ("output.overwrite",)
"""Parameters that act where results are saved."""


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
        tried = run_trials(chosen, {target.outcome for target in targets_of(chosen)})
        table = tidy_table(RUN, [*measured, *tried], [RUN]).fillna({"unit": "index"})  # of trials
        notes = of_run(chosen, overrides, measured, (*OUTSIDE, *(SAVING if folder else ())))
        checks = check_history(chosen, table, is_default_county(chosen))
        done = Validation(chosen, checks, notes, folder.final if folder else None)
        if folder:
            folder.write_table("outcomes", table)
            folder.write_table("validation", done.table())
            sheet = done.table().map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
            sheet.to_csv(folder.path / "validation.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
            record = Record("validate", "validate", overrides, chosen, {}, notes=notes)
            folder.finish(manifest(record, started))
    return done


def run_trials(config: SimConfig, wanted: Collection[str]) -> list[Measured]:
    """The trials that are wanted, one row a trial and replication, on the luck of the replications of ``config``."""
    replications = range(config.experiment.replications)
    arms = {name: arm.model_dump_json() for name, arm in arms_of(wanted, config).items()}
    tasks = [Task(name, text, (), replication, None) for name, text in arms.items() for replication in replications]
    if not tasks:
        return []
    played = iter(simulate_all(config, tasks, "trials"))
    rows = {(task.study, task.replication): next(played).rows for task in tasks}
    return [Measured(RUN, each, compared(wanted, {name: rows[name, each] for name in arms})) for each in replications]
