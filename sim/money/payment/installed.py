"""Payment schemes that other installed packages bring (entry points of the group ``countyfund.schemes``)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from sim.core.errors import ConfigError
from sim.money.payment.scheme import Scheme

GROUP = "countyfund.schemes"


@cache
def installed() -> tuple[Scheme, ...]:
    """The schemes of installed packages, by name.

    Raises:
        ConfigError: naming the package whose scheme cannot be used, and why.
    """
    return tuple(_loaded(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


def joined(own: Collection[Scheme], brought: Collection[Scheme]) -> dict[str, Scheme]:
    """Schemes by name, those of this package first.

    Raises:
        ConfigError: if two have one name.
    """
    schemes = {scheme.name: scheme for scheme in own}
    for scheme in brought:
        if scheme.name in schemes:
            raise ConfigError(
                "an installed package brings a payment scheme whose name is taken", where=GROUP, value=scheme.name,
                bound="a name of its own", todo="rename the scheme in that package, or uninstall it",
            )  # fmt: skip
        schemes[scheme.name] = scheme
    return schemes


def _loaded(point: EntryPoint) -> Scheme:
    """One scheme, checked as far as a look at it can."""
    try:
        scheme = point.load()
    except Exception as error:
        raise _refused(point, f"it cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(scheme, Scheme):
        raise _refused(point, f"{point.value} is {type(scheme).__name__}, not sim.money.payment.scheme.Scheme")
    field = scheme.config.model_fields.get("scheme")
    if scheme.name != point.name or field is None or field.default != scheme.name:
        raise _refused(point, f"its name and the default of `scheme` in its configuration must both be {point.name!r}")
    return scheme


def _refused(point: EntryPoint, why: str) -> ConfigError:
    package = point.dist.name if point.dist else "?"
    return ConfigError(
        f"the package {package} brings a payment scheme that cannot be used: {why}", where=f"{GROUP}: {point.name}",
        value=point.value, todo=f"mend the package {package}, or uninstall it",
    )  # fmt: skip
