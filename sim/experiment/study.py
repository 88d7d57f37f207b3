"""Studies: which come with the package, and how one is read and checked.

Studies are YAML files in ``scenarios/``, or anywhere: ``study=path/to/file.yaml``.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from sim.config import exact, override_key, override_value, read_yaml
from sim.config.folder_names import name_of_file
from sim.core.command_line import refuse_doubles
from sim.core.errors import ConfigError
from sim.core.parameters import switches_as_numbers
from sim.core.paths import PACKAGE, conf_dir
from sim.experiment.findings import Check
from sim.experiment.malformed import malformed
from sim.experiment.study_model import LEVERS, Arm, Expected, Label, Study

MACHINE = ("output", "executor", "engine")
"""Groups that no study may set: where files go, what is replaced, how the computer is used."""

FILES = ("claims.inpatient_groups", "claims.outpatient_groups", "targets")
"""Parameters that name a file; in a study it is looked for beside the study, and nowhere else."""


def scenarios_dir() -> Path:
    """Folder of the studies: beside the package in a checkout and in an installed environment alike."""
    return PACKAGE.parent / "scenarios"


def studies() -> dict[str, Path]:
    """The studies that come with the package, by name."""
    return {path.stem: path for path in sorted(scenarios_dir().glob("*.yaml"))}


def load_study(name: str | Path) -> Study:
    """A study by its name, or from a YAML file.

    Raises:
        ConfigError: if there is no such study, or it is not well formed; with the file and the key.
    """
    path = study_path(name)
    content = read_yaml(path)
    content.setdefault("name", name_of_file(path.stem))
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        raise malformed(error, path, (Study, Arm, Label, Expected, Check)) from None
    for place, value in switches_as_numbers(content, study):
        raise ConfigError(
            f"{place} must be a number, not true or false", where=str(path), value=value, todo="write it in digits"
        )
    refuse_doubles(study.overrides, exact, f"{path}, overrides")
    for override in study.overrides:
        _check_common(override, path)
    for arm, settings in study.arms.items():
        refuse_doubles(settings.overrides, exact, f"{path}, arms.{arm}.overrides")
        for override in settings.overrides:
            _check_lever(arm, override, path)
    return study.model_copy(update={"overrides": tuple(_beside(override, path) for override in study.overrides)})


def _check_common(override: str, path: Path) -> None:
    """Refuse overrides on the reader's files and computer: a study comes from somebody else."""
    where = f"{path}, overrides"
    key = override_key(override, where)
    if key.partition(".")[0] in MACHINE:
        raise ConfigError(
            f"a study does not set {key}: that is for whoever runs it",
            where=where,
            value=override,
            todo=f"remove it, and give {override} on the command line if it is wanted",
        )


def _beside(override: str, path: Path) -> str:
    """An override that names a file, with the path of that file beside or below the study; others unchanged.

    Raises:
        ConfigError: if there is none, beside the study or among the program's own.
    """
    where = f"{path}, overrides"
    key, value = override_key(override, where), override_value(override, where)
    if isinstance(value, dict) and (inside := [f"{key}.{name}" for name in value if f"{key}.{name}" in FILES]):
        raise ConfigError(
            "a study names a file by the whole key", where=where, value=override[:200], todo=f"write {inside[0]}=FILE"
        )
    if key not in FILES or value is None:
        return override
    named = Path(str(value))
    place = path.parent / named
    beside = Path(os.path.abspath(place)).is_relative_to(path.parent.absolute())
    if beside and _is_file(place):
        return f"{key}='{str(place.absolute()).replace(chr(39), chr(92) + chr(39))}'"
    if not named.is_absolute() and ".." not in named.parts and _is_file(conf_dir() / named):
        return override
    raise ConfigError(
        f"there is no file for {key}",
        where=where,
        value=str(named),
        bound=f"a file beside {path}",
        todo="put it there, or remove the setting",
    )


class Listing(NamedTuple):
    """The studies in words."""

    lines: tuple[str, ...]
    """One study each; of several lines where both languages are asked for."""
    errors: tuple[ConfigError, ...]
    """Of the files that are not well formed."""


def list_studies(languages: Sequence[str]) -> Listing:
    """Name, rows of the table of systems, and one line in each language, of every study that comes with the package."""
    lines, errors = [], []
    for name, path in studies().items():
        try:
            study = load_study(path)
        except ConfigError as error:
            errors.append(error)
            continue
        rows = f" ({', '.join(study.system)})" if study.system else ""
        lines.append("\n  ".join([name + rows, *(study.one_line(language) for language in languages)]))
    return Listing(tuple(lines), tuple(errors))


def study_path(name: str | Path) -> Path:
    """The file of a study given by name or path.

    Raises:
        ConfigError: if no study is named, or there is none of that name.
    """
    known = studies()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if not str(name):
        raise ConfigError("study= names no study", where="study", bound=" or ".join(known), todo="such as study=luohu")
    if _is_file(path):
        return path
    if _is_folder(path):
        raise ConfigError(
            f"study={str(name)[:200]} is a folder, not a study",
            where="study",
            bound=" or ".join(known),
            todo="name a study, or a YAML file such as study=my_study.yaml",
        )
    near = _near(path.stem, known)
    looks_like_file = path.suffix in (".yaml", ".yml") or len(path.parts) > 1
    shown = str(name)[:200]
    what = f"there is no file {shown!r} that can be read" if looks_like_file else f"there is no study {shown!r}"
    hint = f"did you mean study={near[0]}?" if near else "name a study, or a YAML file such as study=my_study.yaml"
    raise ConfigError(what, where="study", bound=" or ".join(known), todo=hint)


def _near(word: str, known: Mapping[str, Path]) -> list[str]:
    """The study that a word may mean, by its name or by a Chinese word in its file (罗湖)."""
    if close := difflib.get_close_matches(word.lower(), list(known), n=1):
        return close
    names = [name for name, path in known.items() if not word.isascii() and word in path.read_text(encoding="utf-8")]
    return names[:1]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a closed folder on the way, a name too long
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _check_lever(arm: str, override: str, path: Path) -> None:
    """Refuse an override of an arm that is no lever: arms share their history, so only levers may differ."""
    where = f"{path}, arms.{arm}.overrides"
    key = override_key(override, where)
    group = key.split(".")[0]
    if group not in LEVERS:
        raise ConfigError(
            f"arm {arm!r} changes {key}, which is not a lever: history years are shared by all arms",
            where=where,
            value=override,
            bound="levers are " + ", ".join(LEVERS),
            todo="move it to the study's own overrides, so that it holds for all arms",
        )
