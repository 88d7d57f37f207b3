"""Replications: the same county again with other luck, as one task each; and `run`, which repeats one configuration.

A task computes the history once and then every arm from it, so that arms share their history to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from sim import outcomes, pipeline
from sim.config import SimConfig, load_config
from sim.core import memory
from sim.core.parameters import forget_reads, keys_read
from sim.experiment import ledger_files, run_folder
from sim.experiment.executor import Stop, run_tasks
from sim.experiment.manifest import Extras, Record, facts, manifest
from sim.experiment.progress import told_progress
from sim.experiment.records import Measured
from sim.experiment.setting_notes import RUN, Notes, of_run
from sim.experiment.targets import target_files, targets_of
from sim.tables import concat_claims

if TYPE_CHECKING:
    import pandas as pd


class ArmTask(NamedTuple):
    """One arm to simulate."""

    id: str
    config: str
    """`SimConfig` as JSON, which any process can read."""
    off: bool
    """Provider response switched off."""


class Task(NamedTuple):
    """One replication of all arms that share a history."""

    study: str
    history: str
    """Configuration of the history years, JSON."""
    arms: tuple[ArmTask, ...]
    """Without any, only the history is simulated."""
    replication: int
    claims: Path | None
    """Folder for claims, if they are to be saved."""
    ledgers: Path | None = None
    """Folder for the fund's ledgers, if they are to be saved."""


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


def simulate(task: Task, stop: Stop | None = None) -> list[Measured]:
    """History once, then every arm."""
    pulse = stop.check if stop else _go_on
    history = _unread(task.history)
    snapshot = pipeline.run_history(history, task.replication, pulse, task.ledgers is not None)
    if not task.arms:
        return [Measured(RUN, task.replication, snapshot.rows, history_read=frozenset(keys_read(history)))]
    arms = [pipeline.Arm(arm.id, _unread(arm.config), arm.off) for arm in task.arms]
    results = pipeline.run_reforms(arms, snapshot, pulse)
    earlier = frozenset(keys_read(history))
    measured = []
    for arm, result in zip(arms, results, strict=True):
        rows = [*snapshot.rows, *result.rows]
        measured.append(Measured(arm.id, task.replication, rows, result.read, earlier, result.capped))
        if task.claims:
            run_folder.write_claims_part(task.claims, arm.id, task.replication, concat_claims(list(result.claims)))
        if task.ledgers and not arm.off:
            ledger_files.write_part(task.ledgers, task.study, arm.id, task.replication, result.ledger)
    return measured


def _unread(text: str) -> SimConfig:
    """A configuration of which nothing has been read yet."""
    config = SimConfig.model_validate_json(text)
    forget_reads(config)
    return config


def _go_on() -> None:
    """Nothing asks the work to stop."""


def simulate_all(config: SimConfig, tasks: Sequence[Task], label: str) -> list[Measured]:
    """All tasks, on threads (kernel) or processes (reference), in the order of tasks.

    Raises:
        MemoryError: if there is not enough memory to begin, or to sum up.
    """
    memory.require(memory.TO_BEGIN)
    stop = Stop()
    processes = config.engine == "reference"

    def work(task: Task) -> list[Measured]:
        return simulate(task, stop)

    with told_progress(label, config.language) as progress:
        done = run_tasks(
            simulate if processes else work,
            tasks,
            workers=config.executor.workers,
            processes=processes,
            progress=progress,
            stop=stop,
        )
    memory.require(memory.TO_END)
    return [measured for results in done for measured in results]


def tidy_table(study: str, measured: Sequence[Measured], arms: Sequence[str]) -> pd.DataFrame:
    """The tidy table, in the order of arms, replications and years."""
    place = {arm: index for index, arm in enumerate(arms)}
    ordered = sorted(measured, key=lambda m: (place[m.arm], m.replication))
    return outcomes.tidy([(study, m.arm, 0, m.replication, *row) for m in ordered for row in m.rows])


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


def summarise(config: SimConfig, table: pd.DataFrame) -> pd.DataFrame:
    """Summary over replications, with the mean over reform years."""
    return outcomes.summarise(table, reform_start=config.years.history, confidence=config.experiment.confidence)
