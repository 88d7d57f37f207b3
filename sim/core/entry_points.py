"""What other installed packages bring, by their entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import TypeVar

from sim.core.errors import ConfigError

T = TypeVar("T")


def loaded(point: EntryPoint, kind: type[T], what: str) -> T:
    """What an entry point names.

    Args:
        point: the entry point.
        kind: what it must be.
        what: the same in words, for the message.

    Raises:
        ConfigError: naming the package, if it cannot be imported or is something else.
    """
    try:
        found = point.load()
    except Exception as error:  # whatever goes wrong in another's module is that package's mistake, told in one message
        raise refused(point, what, f"it cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, kind):
        wanted = f"{kind.__module__}.{kind.__qualname__}"
        raise refused(point, what, f"{point.value} is {type(found).__name__}, not {wanted}")
    return found


def refused(point: EntryPoint, what: str, why: str) -> ConfigError:
    """What a package brings cannot be used: which package, why, and what to do."""
    package = point.dist.name if point.dist else "?"
    return ConfigError(
        f"the package {package} brings {what} that cannot be used: {why}",
        where=f"{point.group}: {point.name}",
        value=point.value,
        todo=f"mend the package {package}, or uninstall it",
    )
