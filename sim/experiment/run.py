"""Run: one configuration, in as many replications as it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from sim.config import load_config
from sim.config.model import SimConfig
from sim.experiment import ledger_files, run_folder
from sim.experiment.manifest import Extras, Record, facts, manifest
from sim.experiment.records import RUN
from sim.experiment.replicate import ArmTask, Task, simulate_all, summarise, tidy_table
from sim.experiment.results import RunResult
from sim.experiment.setting_notes import of_run
from sim.experiment.targets import target_files, targets_of


def run(
    config: SimConfig | Sequence[str] = (),
    *,
    save: bool | None = None,
    extras: Extras[RunResult] | None = None,
) -> RunResult:
    """Simulate one configuration, as many times as ``experiment.replications`` says.

    Args:
        config: a configuration, or overrides for one.
        save: write a run folder; None = if ``output.dir`` is given.
        extras: given the result, the run folder in the making and facts of the run, adds figures and a report.

    Returns:
        Outcomes, their summary, and the run folder if results were saved.

    Raises:
        ConfigError: for a mistake in the configuration.
        OutputError: if the run folder cannot be written, before anything is computed.

    For example ``run(["population.residents=5000", "payment=drg"]).summary``.
    """
    if isinstance(config, SimConfig):
        return run_config(config, (), save=save, extras=extras)
    return run_config(load_config(tuple(config)), tuple(config), save=save, extras=extras)


def run_config(
    chosen: SimConfig,
    overrides: Sequence[str],
    *,
    save: bool | None = None,
    extras: Extras[RunResult] | None = None,
) -> RunResult:
    """`run` for a configuration that has been loaded from overrides."""
    started = perf_counter()
    targets_of(chosen)  # a mistake in them is told before anything is computed
    with run_folder.open_folder(chosen.output, RUN, save) as folder:
        claims = folder.path if folder and chosen.output.claims else None
        books = folder.path if folder else None
        measured = simulate_all(chosen, _tasks(chosen, claims, books), RUN)
        table, notes = tidy_table(RUN, measured, [RUN]), of_run(chosen, overrides, measured)
        result = RunResult(chosen, table, summarise(chosen, table), folder.final if folder else None, notes)
        if folder:
            folder.write_table("outcomes", table)
            folder.write_table("summary", result.summary)
            folder.join_claims([RUN], chosen.experiment.replications)
            ledger_files.join(folder.path, [RUN], chosen.experiment.replications)
            inputs = target_files(chosen)
            record = Record("run", RUN, overrides, chosen, {RUN: chosen}, inputs=inputs, notes=notes)
            if extras:
                extras(result, folder.path, facts(record))
            folder.finish(manifest(record, started))
    return result


def _tasks(config: SimConfig, claims: Path | None, books: Path | None) -> list[Task]:
    """One task per replication; ``books`` is the folder for ledgers."""
    text = config.model_dump_json()
    arms = (ArmTask(RUN, text, False),)
    return [
        Task(RUN, text, arms, replication, claims, ledger_files.wanted(config, books, replication))
        for replication in range(config.experiment.replications)
    ]
