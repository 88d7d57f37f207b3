"""What other installed packages bring, by their entry points."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, Protocol, TypeVar

from sim.core.errors import ConfigError


class Named(Protocol):
    """A record of a registry."""

    @property
    def name(self) -> str:
        """Its key there."""


T = TypeVar("T", bound=Named)


@dataclass(frozen=True)
class Group(Generic[T]):
    """One kind of record that packages may bring."""

    name: str
    """Of the group of entry points."""
    kind: type[T]
    what: str
    """One such record in words, for messages: "a payment scheme"."""
    fault: Callable[[T], str]
    """Why a record cannot be used, as far as a look at it can tell; "" if nothing speaks against it."""

    @cached_property
    def installed(self) -> tuple[T, ...]:
        """The records of installed packages, by name.

        Raises:
            ConfigError: naming the package whose record cannot be used, and why.
        """
        return tuple(self._loaded(point) for point in sorted(entry_points(group=self.name), key=lambda p: p.name))

    def joined(self, built_in: Collection[T], brought: Collection[T]) -> dict[str, T]:
        """Records by name: the built-in ones of this package first, then those that other packages brought.

        Raises:
            ConfigError: if two have one name.
        """
        records = {record.name: record for record in built_in}
        for record in brought:
            if record.name in records:
                raise ConfigError(
                    f"an installed package brings {self.what} whose name is taken",
                    where=self.name,
                    value=record.name,
                    bound="a name of its own",
                    todo="give it another name in that package, or uninstall the package",
                )
            records[record.name] = record
        return records

    def _loaded(self, point: EntryPoint) -> T:
        """One record, checked as far as a look at it can."""
        record = loaded(point, self.kind, self.what)
        if why := self.fault(record) or (record.name != point.name and f"its name must be {point.name!r}"):
            raise refused(point, self.what, why)
        return record


K = TypeVar("K")


def loaded(point: EntryPoint, kind: type[K], what: str) -> K:
    """Load the object that an entry point names.

    Args:
        point: the entry point.
        kind: what it must be.
        what: such an object in words, for the message.

    Raises:
        ConfigError: naming the package, if it cannot be imported or is something else.
    """
    try:
        target = point.load()
    except Exception as error:  # whatever goes wrong in another's module is that package's mistake, told in one message
        raise refused(point, what, f"it cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(target, kind):
        wanted = f"{kind.__module__}.{kind.__qualname__}"
        raise refused(point, what, f"{point.value} is {type(target).__name__}, not {wanted}")
    return target


def refused(point: EntryPoint, what: str, why: str) -> ConfigError:
    """The error for an entry point that cannot be used: which package, why, and what to do."""
    package = point.dist.name if point.dist else "?"
    return ConfigError(
        f"the package {package} brings {what} that cannot be used: {why}",
        where=f"{point.group}: {point.name}",
        value=point.value,
        todo=f"mend the package {package}, or uninstall it",
    )
