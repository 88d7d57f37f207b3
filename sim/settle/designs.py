"""The designs to settle under: one, the values of a sweep, or the arms of a study."""

from __future__ import annotations

from collections.abc import Sequence

from sim import config
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.settle.design import Arms, Design
from sim.tables import COUNTY, TIERS

MOST = 64
"""Designs of one call."""


def designs(overrides: Sequence[str], study: Arms | None = None, language: str = "en") -> list[Design]:
    """The designs that the command line names.

    ``payment=ffs,drg`` gives one design a value; a study one an arm, with the other overrides for all of them.
    ``payment.coefficient=1`` is short for that value at every tier of the county, whose stays and visits it is for.

    Raises:
        ConfigError: for a mistake in an override, or two designs of one name.
    """
    words = [word for text in overrides for word in _every_tier(config.exact(text))]
    if study is not None:
        found = []
        for name, label, own in study.arms:
            mine = (*study.overrides, *words, *(word for text in own for word in _every_tier(config.exact(text))))
            found.append(Design(name, label, mine, config.load_config(mine)))
        return found
    varied = [config.is_sweep(text) for text in words]
    found = []
    for point in config.expand(words, MOST):
        changed = [text for text, sweeps in zip(point, varied, strict=True) if sweeps]
        loaded_config = config.load_config(point)
        name = "_".join(text.partition("=")[2] for text in changed) if changed else _option(point, loaded_config)
        found.append(Design(name, _label(changed, point, loaded_config, language), tuple(point), loaded_config))
    names = [design.name for design in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(
            "two designs have the same name",
            where="the command line",
            value=twice[0],
            todo="name each design once, or give study=FILE with a name for each",
        )
    return found


def _option(words: Sequence[str], loaded: SimConfig) -> str:
    """Name of a single design: the option of its payment group."""
    named = [word.partition("=")[2] for word in words if word.startswith("payment=")]
    return named[-1] if named else loaded.payment.scheme


def _label(changed: Sequence[str], words: Sequence[str], loaded: SimConfig, language: str) -> str:
    """The method in words, then what tells the design from others of the same method.

    An option that is more than its scheme's defaults, such as ``dip_full``, is named too.
    """
    from sim.money.payment import SCHEMES

    def named(scheme: str) -> str:
        return SCHEMES[scheme].label.of(language)

    paid = loaded.payment
    within = getattr(getattr(paid, "within", None), "scheme", "ffs")
    visits = getattr(getattr(paid, "visits", None), "scheme", within)
    option = _option(words, loaded)
    more = [named(within)] if within != "ffs" else []
    more += [named(visits)] if visits != within else []
    more += [option] if option != paid.scheme and within == "ffs" else []
    more += [text for text in changed if not text.startswith("payment=")]
    return " · ".join([named(paid.scheme), *more])


def _every_tier(text: str) -> list[str]:
    """``payment.coefficient=1`` for each tier of the county; other overrides as they are."""
    key, equals, value = text.partition("=")
    if equals and key.endswith(".coefficient") and not value.startswith("{"):
        return [f"{key}.{tier}={value}" for tier in TIERS[: COUNTY + 1]]
    return [text]
