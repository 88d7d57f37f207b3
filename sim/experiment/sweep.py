"""Sweep: a full grid over levers and other parameters, on common random numbers.

Points that differ only in levers share their history: levers act from the first reform year on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim.config import expand, is_sweep, load_config, override_key
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.experiment import ledger_files, run_folder
from sim.experiment.manifest import Extras, Record, facts, manifest
from sim.experiment.records import Measured, Notes, Point, typed
from sim.experiment.replicate import ArmTask, Task, simulate_all, summarise, tidy_table
from sim.experiment.results import SweepResult
from sim.experiment.setting_notes import OUTSIDE, of_sweep
from sim.experiment.study_model import LEVERS
from sim.experiment.targets import targets_of

if TYPE_CHECKING:
    import pandas as pd

SWEEP = "sweep"
LARGEST_GRID = 10_000

_RANGE = re.compile(r"([\w.]+)=(-?[\d.]*\d%?)(?::|\.\.)(-?[\d.]*\d%?)(?::-?[\d.]*\d%?)?")
"""A range as other programs write it: from:to:step, from..to."""


def grid(overrides: Sequence[str]) -> tuple[Point, ...]:
    """All points of the grid, validated.

    Raises:
        ConfigError: if nothing is swept, the grid is too large, a point is not valid, or points cover other years.
    """
    keys = [override_key(text) for text in overrides if is_sweep(text)]
    _check_keys(keys, overrides)
    for text in filter(is_sweep, overrides):
        _check_values(text)
    combinations = expand(overrides, LARGEST_GRID)
    points: list[Point] = []
    histories: dict[tuple[str, ...], SimConfig] = {}
    for index, texts in enumerate(combinations):
        values = {override_key(text): text.partition("=")[2] for text in texts if override_key(text) in keys}
        shared = tuple(text for text in texts if not (override_key(text) in values and _is_lever(override_key(text))))
        if shared not in histories:
            histories[shared] = _history(texts, shared)
        points.append(Point(f"p{index:04d}", values, load_config(texts), histories[shared]))
        _check_years(points[0], points[-1])
    targets_of(points[0].history)  # no point is held against them, but a mistake in them is told all the same
    return tuple(points)


def _history(texts: Sequence[str], shared: Sequence[str]) -> SimConfig:
    """Configuration of a point's history: without swept levers, and without parameters of a swept scheme only."""
    try:
        return load_config(shared)
    except ConfigError:
        # e.g. payment=drg,dip with payment.floor=true: a parameter that the default scheme does not have
        groups = {override_key(text).split(".")[0] for text in texts if text not in shared}
        return load_config([text for text in shared if override_key(text).split(".")[0] not in groups])


def _is_lever(key: str) -> bool:
    return key.split(".")[0] in LEVERS


def _check_keys(keys: Sequence[str], overrides: Sequence[str]) -> None:
    if not keys:
        match = next(filter(None, map(_RANGE.fullmatch, overrides)), None)
        raise ConfigError(
            "nothing is swept: give at least one override several values",
            where="the command line",
            value=match[0] if match else None,
            todo=f"write the values, {match[1]}={match[2]},{match[3]}, or {match[1]}=range(from,to,step), which stops "
            "before `to`"
            if match
            else "such as `countyfund sweep settlement.retained_share=0,0.5,1 payment=package`",
        )
    for key in keys:
        if key.split(".")[0] in OUTSIDE:
            raise ConfigError(f"{key} cannot be swept", where="the command line", todo="give it one value")


def _check_years(first: Point, other: Point) -> None:
    """Refuse points that cover other years than the first: the table holds means over the years."""
    if covered(first.config) != covered(other.config):
        points = [
            f"{' '.join(f'{key}={value}' for key, value in point.values.items())} ({covered(point.config)})"
            for point in (first, other)
        ]
        raise ConfigError(
            "all points must cover the same years, because their means are over these",
            where="the command line",
            value=", ".join(points),
            bound="the same years of history and of reform",
            todo="give years and base_year one value, and `countyfund run` once for each",
        )


def covered(config: SimConfig) -> str:
    """The calendar years that a point describes, in words: the first of history, the first and the last of reform."""
    reform = config.base_year + config.years.history
    return f"history from {config.base_year}, reform from {reform} to {reform + config.years.reform - 1}"


def _check_values(text: str) -> None:
    """Refuse a value that is given twice: it would be one point of the table that counts double."""
    values = typed([point[0].partition("=")[2] for point in expand([text], LARGEST_GRID)])
    if twice := [value for number, value in enumerate(values) if value in values[:number]]:
        raise ConfigError(
            f"{override_key(text)} is given {twice[0]} twice",
            where="the command line",
            value=text,
            todo="give each value once",
        )


def sweep(
    overrides: Sequence[str],
    *,
    save: bool | None = None,
    extras: Extras[SweepResult] | None = None,
) -> SweepResult:
    """Simulate every combination of the values given, on common random numbers.

    Args:
        overrides: some with several values, in Hydra's syntax, such as ``["settlement.overrun_share=0,0.5,1",
            "payment=package"]`` or ``["providers.communities=range(1,4)"]``.
        save: write a run folder; None = if ``output.dir`` is given.
        extras: given the result, the run folder in the making and facts of the run, adds figures.

    Returns:
        One tidy table with a column per swept key, its summary, and the run folder if results were saved.

    Raises:
        ConfigError: for a mistake in the overrides.
        OutputError: if the run folder cannot be written, before anything is computed.
    """
    return sweep_grid(grid(overrides), overrides, save=save, extras=extras)


def sweep_grid(
    points: tuple[Point, ...],
    overrides: Sequence[str] = (),
    *,
    save: bool | None = None,
    extras: Extras[SweepResult] | None = None,
) -> SweepResult:
    """`sweep` for a grid that is ready."""
    base = points[0].history
    started = perf_counter()
    with run_folder.open_folder(base.output, SWEEP, save) as folder:
        claims = folder.path if folder and base.output.claims else None
        measured = simulate_all(base, _tasks(points, claims, folder.path if folder else None), SWEEP)
        notes = of_sweep(points, overrides, measured, LEVERS)
        result = _result(points, measured, folder.final if folder else None)._replace(notes=notes)
        if folder:
            folder.write_table("sweep", result.table)
            folder.write_table("summary", result.summary)
            folder.join_claims([point.id for point in points], base.experiment.replications)
            ledger_files.join(folder.path, [point.id for point in points], base.experiment.replications)
            record = _record(points, overrides, notes)
            if extras:
                extras(result, folder.path, facts(record))
            folder.finish(manifest(record, started))
    return result


def _record(points: Sequence[Point], overrides: Sequence[str], notes: Notes) -> Record:
    swept = {"swept": {point.id: point.values for point in points}}
    arms = {point.id: point.config for point in points}
    return Record("sweep", SWEEP, overrides, points[0].history, arms, extra=swept, notes=notes)


def _tasks(points: Sequence[Point], claims: Path | None, books: Path | None) -> list[Task]:
    """One task per history and replication, with all points that share the history; ``books``: folder for ledgers."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point.history.model_dump_json(), []).append(point)
    return [
        Task(
            SWEEP,
            history,
            tuple(ArmTask(p.id, p.config.model_dump_json(), False) for p in members),
            replication,
            claims,
            ledger_files.wanted(members[0].config, books, replication),
        )
        for history, members in groups.items()
        for replication in range(members[0].config.experiment.replications)
    ]


def _result(points: tuple[Point, ...], measured: Sequence[Measured], folder: Path | None) -> SweepResult:
    """Tables with the swept keys in front."""
    ids = [point.id for point in points]
    tidy = tidy_table(SWEEP, measured, ids)
    parts = [summarise(point.config, tidy[tidy["arm"] == point.id]) for point in points]
    import pandas as pd

    keys = tuple(points[0].values)
    summary = _with_keys(points, keys, pd.concat(parts, ignore_index=True))
    return SweepResult(keys, points, tidy, _with_keys(points, keys, tidy), summary, folder)


def _with_keys(points: Sequence[Point], keys: Sequence[str], table: pd.DataFrame) -> pd.DataFrame:
    """A column for each swept key instead of study and draw; ``arm`` becomes ``point``."""
    table = table.drop(columns=["study", "draw"]).rename(columns={"arm": "point"})
    for position, key in enumerate(keys):
        column = typed([point.values[key] for point in points])
        value_of = dict(zip((point.id for point in points), column, strict=True))
        table.insert(position, key, table["point"].map(value_of))
    return table
