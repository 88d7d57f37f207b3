"""How a scheme is explained, and explanations that other installed packages bring for theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import NamedTuple

from sim.core.entry_points import loaded
from sim.core.errors import ConfigError
from sim.core.units import Money
from sim.explain.payment.asked import Asked
from sim.explain.steps import Step

GROUP = "countyfund.explanations"
"""Entry points by which other installed packages explain the schemes that they bring."""


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
    return loaded(points[0], Explanation, "an explanation of a payment scheme")
