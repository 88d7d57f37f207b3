"""Every error a user can meet, each saying what happened, where, the value, the bound and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, Self

from sim.core.visible import visible

EXIT_OK = 0
EXIT_USER_MISTAKE = 2
EXIT_INTERRUPTED = 130


class CountyFundError(Exception):
    """A mistake the user can mend: printed as one message without a traceback, exit code 2."""

    exit_code = EXIT_USER_MISTAKE

    def __init__(self, what: str, *, where: str = "", value: object = None, bound: str = "", todo: str = "") -> None:
        self.what, self.where, self.value, self.bound, self.todo = what, where, value, bound, todo
        lines = [what]
        if where:
            lines.append(f"  where: {where}")
        if value is not None:
            lines.append(f"  value: {value!r}")
        if bound:
            lines.append(f"  bound: {bound}")
        if todo:
            lines.append(f"  to do: {todo}")
        super().__init__(visible("\n".join(lines), "\n"))

    def __reduce__(self) -> tuple[Any, ...]:
        """How to copy the error with all its fields, or send it from a worker process: constructors differ by class."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[CountyFundError], args: tuple[str], known: dict[str, Any]) -> CountyFundError:
    """The same error again."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(known)
    return error


class ConfigError(CountyFundError):
    """The configuration (YAML or an override) is wrong.

    A payment scheme does not know where it stands: as ``payment``, as ``current_payment``, inside another scheme.  Its
    messages name its own parameters as ``{at}.rate``, and whoever asked the scheme says what leads to them (`at`); so
    do the rules on its parameters (ValueError), which `sim.config` tells with their place.
    """

    def __init__(
        self, what: str, *, where: str = "", value: object = None, bound: str = "", todo: str = "", at: str = "payment"
    ) -> None:
        self.place, self._written = at, (what, where, bound, todo)
        what, where, bound, todo = (text.replace("{at}", at) for text in self._written)
        super().__init__(what, where=where, value=value, bound=bound, todo=todo)

    def at(self, place: str) -> Self:
        """The same mistake with the place filled in: the key of the scheme, or of the scheme that holds it.

        >>> inside = ConfigError("no rate", where="{at}.rate").at("payment.within")
        >>> inside.where, inside.at("current_payment").where
        ('payment.within.rate', 'current_payment.within.rate')
        """
        what, where, bound, todo = self._written
        moved = copy(self)
        _, dot, rest = self.place.partition(".")
        ConfigError.__init__(
            moved, what, where=where, value=self.value, bound=bound, todo=todo, at=f"{place}{dot}{rest}"
        )
        return moved


class OutputError(CountyFundError):
    """The output folder cannot be written or already holds something else."""


class IdentityError(CountyFundError):
    """An exact accounting identity does not hold: a fault in the program, never in the user's input."""

    exit_code = 1


@contextmanager
def countable(where: str) -> Iterator[None]:
    """Amounts that 64 bits cannot hold end in a message, not in other amounts.

    Raises:
        CountyFundError: in place of an `OverflowError`.
    """
    try:
        yield
    except OverflowError:
        raise CountyFundError(
            "an amount, or a number times a rate or weight, is too large to be computed exactly",
            where=where,
            bound="4.6e16 yuan",
            todo="check the unit of amounts (yuan), cases, days, heads, weights and rates",
        ) from None
