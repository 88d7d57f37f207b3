"""How each payment scheme is explained: from the bills asked for to what the fund owes for them, step by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, NamedTuple

from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.core.units import Money
from sim.explain import readings
from sim.explain.payment import composite, package, signed_quota, weighted_capitation
from sim.explain.payment.asked import Asked
from sim.explain.payment.inner import INSIDE
from sim.explain.steps import Step
from sim.money.history import History
from sim.tables import Claims

GROUP = "countyfund.explanations"
"""Entry points by which other installed packages explain the schemes that they bring."""

Readings = Callable[[Any, History, Claims], list[Text]]
"""(config, history, claims) -> how the scheme's open choices were read."""


class Explanation(NamedTuple):
    """How one scheme is explained."""

    steps: Callable[[Asked], list[Step]]
    """What was asked -> the steps from the bills to what `pay` makes of them; the last amount is their receipts."""
    budget_steps: Callable[[Asked, Callable[[], Money], Money, int], list[Step]] | None = None
    """(what was asked, settlement's budgets, receipts, community) -> the steps of the scheme's own budget; None: its
    budgets are those of settlement."""


EXPLANATIONS: dict[str, Explanation] = {name: Explanation(steps) for name, steps in INSIDE.items()} | {
    "package": Explanation(package.steps),
    "composite": Explanation(composite.steps),
    "weighted_capitation": Explanation(weighted_capitation.steps, weighted_capitation.budget_steps),
    "signed_quota": Explanation(signed_quota.steps, signed_quota.budget_steps),
}
"""By name of the scheme; a test holds that none of this package's schemes is missing."""

READINGS: dict[str, Readings] = {
    "dip": readings.dip,
    "drg": readings.drg,
    "per_diem": readings.per_diem,
    "apg": readings.apg,
    "cap": readings.cap,
    "budget": readings.budget,
    "capitation": readings.capitation,
    "weighted_capitation": readings.weighted_capitation,
    "signed_quota": readings.signed_quota,
}
"""Schemes with open choices."""


def readings_of(scheme: str) -> Readings:
    """How the open choices of a scheme are told; nothing for a scheme without any."""
    return READINGS.get(scheme, lambda config, history, claims: [])


@cache
def explanation_of(scheme: str) -> Explanation:
    """How a scheme is explained, one of another installed package included.

    Raises:
        ConfigError: if that package does not explain its scheme, or its explanation cannot be used.
    """
    if scheme in EXPLANATIONS:
        return EXPLANATIONS[scheme]
    todo = f"ask the makers of the package for an entry point {scheme} in the group {GROUP}"
    points = [point for point in entry_points(group=GROUP) if point.name == scheme]
    if not points:
        raise ConfigError(
            "the package that brings this payment scheme does not explain it", where=GROUP, value=scheme, todo=todo
        )
    try:
        explanation = points[0].load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ConfigError(
            f"the explanation of this payment scheme cannot be imported: {why}", where=GROUP, value=scheme, todo=todo
        ) from error
    if not isinstance(explanation, Explanation):
        raise ConfigError(
            "the explanation of this payment scheme is none", where=GROUP, value=points[0].value,
            bound="a sim.explain.payment.Explanation", todo=todo,
        )  # fmt: skip
    return explanation
