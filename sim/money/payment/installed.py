"""Payment schemes that other installed packages bring (entry points of the group ``countyfund.schemes``)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from sim.core.entry_points import loaded, refused
from sim.core.errors import ConfigError
from sim.money.payment.scheme import Scheme

GROUP = "countyfund.schemes"
WHAT = "a payment scheme"


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
                "an installed package brings a payment scheme whose name is taken",
                where=GROUP,
                value=scheme.name,
                bound="a name of its own",
                todo="rename the scheme in that package, or uninstall it",
            )
        schemes[scheme.name] = scheme
    return schemes


def _loaded(point: EntryPoint) -> Scheme:
    """One scheme, checked as far as a look at it can."""
    scheme = loaded(point, Scheme, WHAT)
    field = scheme.config.model_fields.get("scheme")
    if scheme.name != point.name or field is None or field.default != scheme.name:
        why = f"its name and the default of `scheme` in its configuration must both be {point.name!r}"
        raise refused(point, WHAT, why)
    return scheme
