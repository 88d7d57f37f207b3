"""How a scheme is explained, and explanations that other installed packages bring for theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from sim.core.entry_points import loaded, refused
from sim.core.errors import ConfigError, CountyFundError
from sim.core.units import Money
from sim.explain.payment.asked import Asked
from sim.explain.steps import Step, last_amount

GROUP = "countyfund.explanations"
"""Entry points by which other installed packages explain the schemes that they bring."""
WHAT = "an explanation of a payment scheme"


class Explanation(NamedTuple):
    """How one scheme is explained."""

    steps: Callable[[Asked], list[Step]]
    """What was asked -> the steps from the bills to what `pay` makes of them; the last amount is their receipts."""
    budget_steps: Callable[[Asked, Callable[[], Money], Money, int], list[Step]] | None = None
    """(what was asked, settlement's budgets, receipts, community) -> the steps of the scheme's own budget; None: its
    budgets are those of settlement."""


@cache
def installed(scheme: str) -> Explanation:
    """The explanation that another package brings for its scheme.

    Raises:
        ConfigError: if it brings none, or one that cannot be used.
    """
    points = [point for point in entry_points(group=GROUP) if point.name == scheme]
    if not points:
        raise ConfigError(
            "the package that brings this payment scheme does not explain it",
            where=GROUP,
            value=scheme,
            todo=f"ask the makers of the package for an entry point {scheme} in the group {GROUP}",
        )
    explanation = loaded(points[0], Explanation, WHAT)
    return explanation._replace(steps=_told(points[0], explanation.steps))


def _told(point: EntryPoint, steps: Callable[[Asked], list[Step]]) -> Callable[[Asked], list[Step]]:
    """The steps of another package, whose mistakes are told as that package's."""

    def guarded(asked: Asked) -> list[Step]:
        try:
            found = steps(asked)
            last_amount(found)
        except CountyFundError:
            raise
        except Exception as error:  # whatever goes wrong in another's module is that package's mistake
            raise refused(point, WHAT, f"it fails with {type(error).__name__}: {error}") from error
        return found

    return guarded
