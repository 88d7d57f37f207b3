"""manifest.json: everything needed to know where results came from, and to make them again."""

from __future__ import annotations

import datetime as dt
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Protocol, TypeVar

from sim.config.model import SimConfig
from sim.core.disk import hash_of
from sim.core.paths import conf_dir
from sim.core.versions import code_revision, package_version, version
from sim.county.claims.groups import find_table
from sim.experiment.records import Notes

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "simpy", "pandas", "pyarrow", "pydantic", "hydra-core", "omegaconf")
"""Packages whose versions can change a result or how it is stored."""


T_contra = TypeVar("T_contra", contravariant=True)


class Extras(Protocol[T_contra]):
    """Adds figures and a report to a run folder in the making."""

    def __call__(self, result: T_contra, folder: Path, facts: Mapping[str, Any], /) -> None:
        """Write into ``folder``; ``facts`` are those of the manifest."""


class Record(NamedTuple):
    """What a run did, for its manifest."""

    verb: str
    study: str
    overrides: Sequence[str]
    history: SimConfig
    """Configuration of the history years; its seed, replications and workers are those of all arms."""
    arms: Mapping[str, SimConfig]
    extra: Mapping[str, Any] = {}
    inputs: Sequence[Path] = ()
    """Input files besides those of ``conf/``."""
    notes: Notes = Notes()
    """How the settings were read, and which had no effect."""


def manifest(record: Record, started: float) -> dict[str, Any]:
    """The manifest of a run whose files are written; ``started`` is `time.perf_counter` of the start."""
    finished = dt.datetime.now(dt.UTC)
    seconds = perf_counter() - started
    return facts(record) | {
        "started": (finished - dt.timedelta(seconds=seconds)).isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "wall_seconds": round(seconds, 3),
    }


def facts(record: Record) -> dict[str, Any]:
    """What is known of a run before its results are written."""
    config = record.history
    return {
        "program": "countyfund",
        "version": version(),
        "code_revision": code_revision(),
        "verb": record.verb,
        "study": record.study,
        "overrides": list(record.overrides),
        **record.extra,
        "seed": config.seed,
        "replications": list(range(config.experiment.replications)),
        "engine": config.engine,
        "workers": config.executor.workers,
        "history": config.model_dump(mode="json"),
        "arms": {name: arm.model_dump(mode="json") for name, arm in record.arms.items()},
        "no_effect": list(record.notes.idle),
        "notes": [text.en for text in record.notes.texts],
        "inputs": input_hashes([*record.inputs, *tables(config).values()]),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: package_version(name) for name in PACKAGES},
    }


def input_hashes(more: Sequence[Path] = ()) -> dict[str, str]:
    """SHA-256 of every file of ``conf/`` and of further input files."""
    root = conf_dir()
    hashes = {f"conf/{p.relative_to(root).as_posix()}": hash_of(p) for p in sorted(root.rglob("*")) if p.is_file()}
    return hashes | {path.name if path.is_absolute() else path.as_posix(): hash_of(path) for path in more}


def tables(config: SimConfig) -> Mapping[str, Path]:
    """Key -> file of the tables of case groups that do not come with the program."""
    names = {
        "claims.inpatient_groups": config.claims.inpatient_groups,
        "claims.outpatient_groups": config.claims.outpatient_groups,
    }
    paths = {key: find_table(name, key) for key, name in names.items()}
    return {key: path for key, path in paths.items() if not path.resolve().is_relative_to(conf_dir().resolve())}
