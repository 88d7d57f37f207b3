"""Replications: the same county again with other luck, as one task each.

A task computes the history once and then every arm from it, so that arms share their history to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim import outcomes, pipeline
from sim.config.model import SimConfig
from sim.core import memory
from sim.core.parameters import forget_reads, keys_read
from sim.experiment import ledger_files, run_folder
from sim.experiment.executor import Stop, run_tasks
from sim.experiment.progress import told_progress
from sim.experiment.records import RUN, Measured
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
    """A copy of a configuration of which nothing counts as read yet."""
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


def summarise(config: SimConfig, table: pd.DataFrame) -> pd.DataFrame:
    """Summary over replications, with the mean over reform years."""
    return outcomes.summarise(table, reform_start=config.years.history, confidence=config.experiment.confidence)
