"""Configuration: Hydra composes it from ``conf/`` and overrides, pydantic validates it.

Every group's parameters are registered with their defaults as the base, so any of them can be overridden by its key
without ``+``; the files of ``conf/`` hold only values that differ.  This module alone talks to Hydra and OmegaConf.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ValidationError
from yaml import YAMLError

from sim.config import problems
from sim.config.dated import key_in_year, set_in_year
from sim.config.describe import Parameter
from sim.config.idle import idle
from sim.config.model import INNER_PAYMENTS, KEPT, PAYMENTS, SimConfig, describe_parameters
from sim.config.options import base_years, groups, made_options
from sim.config.safe_yaml import read_yaml
from sim.config.words import exact, readings, without_year
from sim.core.errors import ConfigError
from sim.core.parameters import switches_as_numbers
from sim.core.paths import conf_dir
from sim.money.payment import SCHEMES
from sim.money.payment.installed import BROUGHT

__all__ = [
    "Parameter",
    "SimConfig",
    "describe_parameters",
    "exact",
    "expand",
    "groups",
    "idle_settings",
    "is_sweep",
    "kept_config",
    "load_config",
    "override_key",
    "override_value",
    "read_yaml",
    "readings",
    "show",
]

COMMAND_LINE = "the command line"
SINGLE = tuple(name for name, field in SimConfig.model_fields.items() if not isinstance(field.default, BaseModel))
"""Parameters outside the groups; ``conf/`` may have a folder of the same name (targets) that is no group."""
MOST_TEXT = 5_000
"""Characters of one override: reading takes the longer, the longer it is."""


class Composed(NamedTuple):
    """What Hydra made of the overrides."""

    values: DictConfig
    choices: Mapping[str, str]
    """Option chosen of each group."""
    overrides: tuple[str, ...]
    places: Mapping[str, str]
    base_year: int = 0
    others: Mapping[int, DictConfig] = {}
    """By another base year that overrides name: the values with these set, which are checked and then not used."""


def load_config(overrides: Sequence[str] = (), *, places: Mapping[str, str] | None = None) -> SimConfig:
    """Compose and validate a configuration.

    Args:
        overrides: Hydra overrides, such as ``["payment=drg", "population.residents=5000"]``; the last one wins.
        places: for messages, where an override was read, if not on the command line.

    Raises:
        ConfigError: with what is wrong, where, the value, its bounds and what to do.
    """
    composed = _compose(overrides, places or {})
    for year, values in composed.others.items():
        _validated(composed._replace(values=values, base_year=year))
    return _validated(composed)


def _validated(composed: Composed) -> SimConfig:
    """The composed values as a validated configuration."""
    try:
        values = OmegaConf.to_container(composed.values, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(str(error).splitlines()[0], where=COMMAND_LINE, todo=problems.ALL_PARAMETERS) from None
    try:
        config = SimConfig.model_validate(values)
    except ValidationError as error:
        raise problems.invalid(error, lambda key: _place(key, composed)) from None
    for key, value in switches_as_numbers(values, config):
        raise problems.switch_for_number(key, value, _place(key, composed))
    return config


def kept_config(values: Any) -> SimConfig:
    """Read a configuration saved with results, also by an earlier version; its base year needs no file any more.

    Raises:
        ValidationError: of pydantic, if it is none.
    """
    return SimConfig.model_validate(values, context=KEPT)


def show(overrides: Sequence[str], part: str = "job", package: str = "", *, resolve: bool = False) -> str:
    """The composed configuration as YAML, as Hydra's ``--cfg`` prints it: ``job``, ``hydra`` or ``all``.

    Raises:
        ConfigError: for an override that cannot be composed, or a package that is not in the configuration.
    """
    composed = _compose(overrides, {})
    values = composed.values
    if part != "job":
        # Hydra's own node; it cannot set parameters of a scheme inside a scheme, so what is composed stands instead
        plain = (text for text in overrides if not {*override_key(text).split(".")} & {*INNER_PAYMENTS})
        spelt = (without_year(text, composed.base_year) for text in plain)
        values = _hydra(tuple(_quote_option(text) for text in spelt if not _other_years([text], composed.base_year)))
        for key in composed.values:
            values[key] = composed.values[key]
    chosen: Any = values.hydra if part == "hydra" else values
    if package:
        chosen = OmegaConf.select(values, package)
        if chosen is None:
            raise ConfigError(f"there is no package {package!r} in the configuration", where="--package")
    return OmegaConf.to_yaml(chosen, resolve=resolve) if OmegaConf.is_config(chosen) else f"{chosen}\n"


def expand(overrides: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Every combination of overrides with several values (Hydra's sweep syntax: ``a=1,2``, ``a=range(1,4)``).

    Raises:
        ConfigError: if there are more than ``most`` combinations.
    """
    choices = [_choices(text) for text in overrides]
    size = prod(len(choice) for choice in choices)
    if size > most:
        raise ConfigError("the grid is too large", where=COMMAND_LINE, value=size, bound=f"at most {most:,} points")
    return list(product(*choices))


def _choices(text: str) -> list[str]:
    """The overrides with one value each that an override with several values stands for."""
    parsed = _parse(text, COMMAND_LINE)
    if not parsed.is_sweep_override():
        return [exact(text)]
    if re.search(r"[=,]0\d", exact(text)):
        raise problems.several_values(text, f"override {text!r} on {COMMAND_LINE}")
    try:
        return [f"{parsed.get_key_element()}={value}" for value in parsed.sweep_string_iterator()]
    except (HydraException, TypeError, ValueError) as error:
        raise ConfigError(
            "cannot sweep over these values", where=COMMAND_LINE, value=text, bound=str(error), todo="write a=1,2,3"
        ) from None


def override_key(text: str, place: str = COMMAND_LINE, base_year: int | None = None) -> str:
    """The key or group that an override sets; if a base year is given, without that year in the key."""
    key = str(_parse(text, place).key_or_group)
    return key if base_year is None else key_in_year(SimConfig, key, base_year)


def override_value(text: str, place: str = COMMAND_LINE) -> Any:
    """The value that an override sets, or the option that it chooses."""
    parsed = _parse(text, place)
    return None if parsed.is_sweep_override() else parsed.value()


def idle_settings(overrides: Sequence[str], read: Collection[str], base_year: int | None = None) -> list[str]:
    """The overrides, as written, that set only parameters that nobody read (`sim.core.parameters.keys_read`).

    If a base year is given, keys with this year in them count as keys without; keys of other base years set nothing.
    """

    def parse(text: str) -> tuple[str, Any]:
        written = override_key(text), override_value(text)
        return written if base_year is None else set_in_year(SimConfig, *written, base_year, others=True) or written

    return idle(overrides, read, parse)


def is_sweep(text: str) -> bool:
    """Whether an override gives several values."""
    return bool(_parse(text, COMMAND_LINE).is_sweep_override())


def _without_hydra(values: DictConfig) -> DictConfig:
    return OmegaConf.masked_copy(values, [str(key) for key in values if key != "hydra"])


@cache
def _register() -> None:
    """Tell Hydra every parameter's default."""
    store = ConfigStore.instance()
    defaults = SimConfig().model_dump(mode="json", exclude=set(PAYMENTS))
    store.store(name="countyfund_base", node=defaults)
    for name, scheme in SCHEMES.items():
        store.store(group="scheme", name=name, node=scheme.config().model_dump(mode="json"))
    for scheme in BROUGHT.installed:  # without a file in conf/
        store.store(group="payment", name=scheme.name, node={"defaults": [{"/scheme@_here_": scheme.name}]})
    for group, options in made_options().items():
        for name, values in options.items():
            store.store(group=group, name=name, node=values)
    for option in groups()["payment"]:
        store.store(group="current_payment", name=option, node={"defaults": [{"/payment@_here_": option}]})


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _parse(text: str, place: str) -> Override:
    """Read one override.  Numbers as options of groups (base_year=2019) are quoted, as Hydra wants them."""
    where = f"override {text if len(text) <= 200 else text[:200] + '…'!r} on {place}"
    if len(text) > MOST_TEXT:
        raise ConfigError(f"an override is longer than {MOST_TEXT:,} characters", where=where, todo="shorten it")
    problems.refuse_foreign(text, where)
    try:
        return _parsed(text)
    except (HydraException, ValueError, RecursionError):
        raise problems.bad_syntax(text, where) from None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Override:
    """An override as Hydra's parser returns it; shared, so not to be changed."""
    return _parser().parse_override(_quote_option(text))


def _quote_option(written: str) -> str:
    text = exact(written)
    number = re.fullmatch(r"(\w+)=(\d+)", text)
    return f"{number[1]}='{number[2]}'" if number and number[1] in groups() else text


def _compose(overrides: Sequence[str], places: Mapping[str, str]) -> Composed:
    """Compose the configuration; Hydra's errors become `ConfigError`.

    Hydra composes each choice of options once; single values are set afterwards, as Hydra itself does it, so that the
    hundreds of points of a sweep need not be composed one by one.
    """
    _register()
    parsed = {text: _check_override(text, places.get(text, COMMAND_LINE)) for text in overrides}
    composed = Composed(OmegaConf.create(), {}, tuple(overrides), places)
    set_alone = {text for text in parsed if _is_value(parsed[text]) or _names_a_year(text)}
    settings = [parsed[text] for text in overrides if text in set_alone]
    options = tuple(_quote_option(text) for text in overrides if text not in set_alone)
    try:
        values, choices = _chosen(options)
        problems.check_base_year(choices["base_year"], values.base_year)
        year = int(choices["base_year"])
        others = dict[int, DictConfig]()
        for base_year in (*_other_years(overrides, year), year):
            composed = composed._replace(choices=choices, base_year=base_year)
            others[base_year] = _set(values, settings, base_year)
        return composed._replace(values=others.pop(year), others=others)
    except YAMLError as error:
        raise problems.bad_file(error) from None
    except MissingConfigException as error:
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        group = group.rpartition("/")[2]
        raise problems.unknown_option(group, option, groups().get(group, ["?"]), _place(group, composed)) from None
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise _translated(error, composed) from None


def _other_years(overrides: Sequence[str], base_year: int) -> list[int]:
    """Base years that overrides name, besides that of the run."""
    years = (year for year in base_years() if year != base_year)
    return [year for year in years if any(_names_a_year(text, year) for text in overrides)]


def _names_a_year(text: str, *years: int) -> bool:
    """Whether the key or the table of an override names one of these base years; by default, any base year."""
    return any(without_year(text, year) != exact(text) for year in years or base_years())


def _set(chosen: DictConfig, settings: Sequence[Override], base_year: int) -> DictConfig:
    """Values of a choice of options with single values set on top, by the names that they have in a base year."""
    values = deepcopy(chosen)
    for override in settings:
        key, value = str(override.key_or_group), _whole_scheme(str(override.key_or_group), override.value())
        if plain := set_in_year(SimConfig, key, value, base_year):
            # a scheme replaces the one that was there: its parameters are others
            OmegaConf.update(values, *plain, merge=not (isinstance(value, dict) and "scheme" in value))
    return values


def _whole_scheme(key: str, value: Any) -> Any:
    """Complete a scheme inside a scheme that is given by name with its defaults: then keys can set its parameters.

    The same of a scheme of its own that is given as a table, ``payment={scheme: drg, rate: 6000}``.
    """
    if isinstance(value, str) and key.rpartition(".")[2] in INNER_PAYMENTS and value in SCHEMES:
        return SCHEMES[value].config().model_dump(mode="json")
    if key in PAYMENTS and value["scheme"] in SCHEMES:
        return SCHEMES[value["scheme"]].config().model_dump(mode="json") | value
    return value


@lru_cache(maxsize=64)
def _chosen(options: tuple[str, ...]) -> tuple[DictConfig, dict[str, str]]:
    """Values of a choice of options (shared, so not to be changed), and the option chosen in each group."""
    composed = _hydra(options)
    values = _without_hydra(composed)
    OmegaConf.set_struct(values, True)
    return values, dict(OmegaConf.select(composed, "hydra.runtime.choices") or {})


def _hydra(overrides: tuple[str, ...]) -> DictConfig:
    """What Hydra composes, its own node included."""
    with initialize_config_dir(str(conf_dir()), version_base="1.3", job_name="countyfund"):
        return compose("config", list(overrides), return_hydra_config=True)


def _is_value(override: Override) -> bool:
    """Whether an override sets a parameter that is there, rather than choosing an option or adding a key."""
    key = str(override.key_or_group)
    value = override.value() if key in PAYMENTS else None
    if isinstance(value, dict) and "scheme" in value:
        return override.type == OverrideType.CHANGE and override.package is None
    known = "." in key or key in SINGLE
    return override.type == OverrideType.CHANGE and override.package is None and key not in groups() and known


def _check_override(text: str, place: str) -> Override:
    """Read an override; refuse what Hydra would take in another sense than the user's."""
    where = f"override {text!r} on {place}"
    parsed = _parse(text, place)
    if parsed.is_sweep_override():
        raise problems.several_values(text, where)
    if parsed.is_delete():
        raise problems.not_removable(text, where)
    key = str(parsed.key_or_group)
    if key.endswith("payment.scheme"):
        raise problems.not_a_scheme(key.removesuffix(".scheme"), str(parsed.value()), where)
    options = groups().get(key)
    if options and not isinstance(parsed.value(), dict) and str(parsed.value()) not in options:
        raise problems.unknown_option(key, str(parsed.value()), options, where)
    return parsed


def _translated(error: Exception, composed: Composed) -> ConfigError:
    """Hydra's error in our words if a key is not there, else in its own."""
    cause = error.__cause__
    key = getattr(cause, "full_key", None) or getattr(error, "full_key", None)
    if key is None and isinstance(error, ConfigCompositionException):
        named = re.search(r"override '([^']+)'", str(error))
        key = named[1] if named else None
    if key is None:
        return ConfigError(str(error).splitlines()[0], where=COMMAND_LINE, todo=problems.ALL_PARAMETERS)
    group = str(key).split(".")[0]
    spelt = [exact(override).partition("=") for override in composed.overrides]
    schemes = [option for name, _, option in spelt if name == group]
    full = next((k for k in map(override_key, composed.overrides) if k.startswith(f"{key}.")), str(key))
    return problems.unknown_key(full, _place(str(key), composed), schemes[-1] if schemes else "")


def _place(key: str, composed: Composed) -> str:
    """Where a key got its value: the last override that sets it, or the file, or the default."""
    for text in reversed(composed.overrides):
        name = override_key(text, base_year=composed.base_year)
        if key == name or key.startswith(f"{name}.") or name.startswith(f"{key}."):
            return f"override {text!r} on {composed.places.get(text, COMMAND_LINE)}"
    choices = composed.choices
    group = key.split(".")[0]
    folder = conf_dir()
    for name, option in ((group, choices.get(group)), ("base_year", choices.get("base_year"))):
        path = folder / name / f"{option}.yaml"
        if path.is_file():
            content = OmegaConf.load(path)
            inside = key if name == "base_year" else key.partition(".")[2]
            if OmegaConf.select(content, inside) is not None:
                return f"{key}, in the file conf/{name}/{option}.yaml"
    return key
