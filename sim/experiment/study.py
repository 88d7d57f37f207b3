"""A study: a named question, a baseline arm and other arms, each a few overrides of levers.

Studies are YAML files in ``scenarios/``, or anywhere: ``study=path/to/file.yaml``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from sim.config import override_key, read_yaml
from sim.errors import ConfigError
from sim.parameters import Config
from sim.paths import PACKAGE

LEVERS = ("payment", "settlement", "response", "benefit", "care", "contracts", "fund")
"""Groups that an arm may change.  All others shape the history, which all arms share."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Label(Config):
    """A text in both languages."""

    en: Text
    zh: Text

    def of(self, language: str) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en


class Arm(Config):
    """One way of paying, as overrides of the study's county."""

    label: Label
    overrides: tuple[Text, ...] = ()


class Expected(Config):
    """An effect that published work leads one to expect, and where it was published."""

    effect: Label
    citation: Text


class Study(Config):
    """A question and the arms that answer it."""

    name: Text
    title: Label
    question: Label
    baseline: Text
    arms: dict[str, Arm] = Field(min_length=1)
    overrides: tuple[Text, ...] = ()
    """For all arms, history included."""
    replications: int | None = Field(None, ge=1, le=100_000)
    reference: tuple[Text, ...] = ()
    """What the arms' rules are taken from."""
    expected: tuple[Expected, ...] = ()
    known_differences: tuple[Label, ...] = ()
    """Where the simulation is known to depart from the reference."""

    @model_validator(mode="after")
    def _arms_are_sound(self) -> Self:
        for name in self.arms:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(
                    f"arm id {name!r} must be lower-case ASCII letters, digits and _, starting with a letter"
                )
        if self.baseline not in self.arms:
            near = difflib.get_close_matches(self.baseline, list(self.arms), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"baseline {self.baseline!r} is not one of the arms {', '.join(self.arms)}{hint}")
        return self


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
    content.setdefault("name", path.stem)
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        raise _malformed(error, path) from None
    for arm, settings in study.arms.items():
        for override in settings.overrides:
            _check_lever(arm, override, path)
    return study


def study_path(name: str | Path) -> Path:
    """The file of a study given by name or path."""
    known = studies()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.is_file():
        return path
    near = difflib.get_close_matches(str(name), list(known), n=1)
    looks_like_file = path.suffix in (".yaml", ".yml") or len(path.parts) > 1
    what = f"there is no file {str(name)!r}" if looks_like_file else f"there is no study {str(name)!r}"
    hint = f"did you mean study={near[0]}?" if near else "name a study, or a YAML file such as study=my_study.yaml"
    raise ConfigError(what, where="study", bound=" or ".join(known), todo=hint)


def _check_lever(arm: str, override: str, path: Path) -> None:
    """Arms share their history, so they may only change levers."""
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


def _malformed(error: ValidationError, path: Path) -> ConfigError:
    """The first thing wrong with a study file."""
    finding = error.errors()[0]
    key = ".".join(str(part) for part in finding["loc"])
    value: Any = finding["input"]
    if isinstance(value, Mapping | list | tuple):
        value = None
    kind = finding["type"]
    if kind == "extra_forbidden":
        names = [name for model in (Study, Arm, Label, Expected) for name in model.model_fields]
        near = difflib.get_close_matches(str(finding["loc"][-1]), names, n=1)
        todo = f"did you mean {near[0]!r}?" if near else "remove it; scenarios/payment_methods.yaml shows all keys"
        return ConfigError(f"unknown key {key!r} in the study", where=str(path), todo=todo)
    what = {"missing": f"the study has no {key!r}", "value_error": str(finding.get("ctx", {}).get("error", ""))}.get(
        kind, f"{key}: {finding['msg'][0].lower()}{finding['msg'][1:]}"
    )
    return ConfigError(
        what, where=str(path), value=value, todo="scenarios/payment_methods.yaml shows how it is written"
    )
