"""Explanations that other installed packages bring for their schemes, and whose mistake it is if one goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import ParamSpec

from sim.core.entry_points import loaded, refused
from sim.core.errors import ConfigError, CountyFundError
from sim.core.units import yuan_text
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import Step, last_amount

GROUP = "countyfund.explanations"
"""Entry points by which other installed packages explain the schemes that they bring."""
WHAT = "an explanation of a payment scheme"
P = ParamSpec("P")


@cache
def installed(scheme: str) -> Explanation:
    """The explanation that another package brings for its scheme.

    Raises:
        ConfigError: if it brings none, or one that cannot be used.
    """
    point = _point(scheme)
    explanation = loaded(point, Explanation, WHAT)
    budget_steps = explanation.budget_steps
    return explanation._replace(
        steps=_guarded(point, explanation.steps),
        budget_steps=None if budget_steps is None else _guarded(point, budget_steps),
    )


def wrong_amount(scheme: str, explained: int, paid: int) -> ConfigError:
    """The error to raise when the steps of another package's scheme come to another amount than was paid; fen."""
    why = f"its steps come to {yuan_text(explained)} yuan, and {yuan_text(paid)} yuan was paid"
    return refused(_point(scheme), WHAT, why)


def _point(scheme: str) -> EntryPoint:
    """The entry point that names the explanation of a scheme."""
    points = [point for point in entry_points(group=GROUP) if point.name == scheme]
    if not points:
        raise ConfigError(
            "the package that brings this payment scheme does not explain it",
            where=GROUP,
            value=scheme,
            todo=f"ask the makers of the package for an entry point {scheme} in the group {GROUP}",
        )
    return points[0]


def _guarded(point: EntryPoint, steps_of: Callable[P, list[Step]]) -> Callable[P, list[Step]]:
    """A function of another package that makes steps; its mistakes are told as that package's."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> list[Step]:
        try:
            steps = steps_of(*args, **kwargs)
            last_amount(steps)
        except CountyFundError:
            raise
        except Exception as error:  # whatever goes wrong in another's module is that package's mistake
            raise refused(point, WHAT, f"it fails with {type(error).__name__}: {error}") from error
        return steps

    return guarded
