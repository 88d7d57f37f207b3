"""Which county a run is about: every setting that departs from the default county, and who set it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sim.config import load_config, override_key
from sim.config.model import PAYMENTS, SimConfig
from sim.experiment.records import Layer, Setting
from sim.money.payment import SCHEMES

COUNTY = (
    "population", "providers", "contracts", "illness", "care", "claims", "benefit", "variation",
    "fund", "current_payment",
)  # fmt: skip
"""Groups that shape the history, which national figures describe."""

SIZE = ("population.residents", "population.county_residents")
"""A larger or smaller county may be like the nation."""

ASIDE = ("output", "executor", "experiment", "language", "engine", "seed", "base_year", "years", "targets", *SIZE)
"""What is told by itself, or changes no result."""


def is_default_county(config: SimConfig) -> bool:
    """Whether the history is that of the default county of its base year, of whatever size."""
    return not any(key.split(".")[0] in COUNTY and key not in SIZE for key, _, _ in _departures(config))


def settings(config: SimConfig, layers: Sequence[Layer] = ()) -> tuple[Setting, ...]:
    """All settings that are not those of the default county of the same base year.

    Args:
        config: of the history years, or of a run.
        layers: who gave which overrides; the last layer decides.
    """
    return tuple(
        Setting(key, value, default, _origin(key, layers, config.base_year))
        for key, value, default in _departures(config)
        if key not in ASIDE and key.split(".")[0] not in ASIDE
    )


def arm_settings(arm: SimConfig, base: SimConfig, layers: Sequence[Layer] = ()) -> tuple[Setting, ...]:
    """The settings in which an arm differs from the history years that all arms share."""
    shared = {(key, repr(value)) for key, value, _ in _departures(base)}
    arm_keys = {key for key, _, _ in _departures(arm)}
    changed = [s for s in settings(arm, layers) if (s.key, repr(s.value)) not in shared]
    plain = dict(_flat(_defaults(arm)))
    reset = [
        Setting(key, plain[key], value, _origin(key, layers, arm.base_year))
        for key, value, _ in _departures(base)
        if key not in arm_keys and key in plain and key.split(".")[0] not in ASIDE
    ]
    return (*changed, *reset)


def _departures(config: SimConfig) -> list[tuple[str, Any, Any]]:
    """(key, value, default) of what is not at its default; a payment scheme's parameters against its own defaults."""
    default = dict(_flat(_defaults(config)))
    usual = default_county(config.base_year).model_dump(mode="json")
    out: list[tuple[str, Any, Any]] = []
    for key, value in _flat(config.model_dump(mode="json")):
        if key in [f"{name}.scheme" for name in PAYMENTS]:
            group = key.removesuffix(".scheme")
            if value != usual[group]["scheme"]:
                out.append((group, value, usual[group]["scheme"]))
        elif key not in default or default[key] != value:
            out.append((key.removesuffix(".scheme"), value, default.get(key)))
    return out


def _defaults(config: SimConfig) -> dict[str, Any]:
    """The default county with this configuration's choice of payment schemes."""
    values = default_county(config.base_year).model_dump(mode="json")
    for name in PAYMENTS:
        scheme = getattr(config, name)
        values[name] = SCHEMES[scheme.scheme].config().model_dump(mode="json")
        for key, inner in scheme.model_dump(mode="json").items():
            usual = values[name].get(key)
            if isinstance(inner, dict) and "scheme" in inner and (usual or {}).get("scheme") != inner["scheme"]:
                values[name][key] = SCHEMES[inner["scheme"]].config().model_dump(mode="json") | {"scheme": None}
    return values


@lru_cache(maxsize=4)
def default_county(base_year: int) -> SimConfig:
    """The county that a base year describes when nothing is set."""
    return load_config([f"base_year={base_year}"])


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves with dotted keys; a list is a leaf."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _origin(key: str, layers: Sequence[Layer], base_year: int) -> str:
    """The last layer that names the key, a group above it or a part of it."""
    for name, overrides in reversed(layers):
        for text in overrides:
            written = override_key(text, base_year=base_year)
            if key == written or key.startswith(f"{written}.") or written.startswith(f"{key}."):
                return name
    return ""
