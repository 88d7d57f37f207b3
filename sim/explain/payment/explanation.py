"""What the explanation of every payment scheme gives: its steps, and how its open choices were read.

Each module of a scheme in this package ends with its ``EXPLANATION``, as the scheme's module in `sim.money.payment` has
its ``SCHEME``.  Both modules have the name of the scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from sim.core.text import Text
from sim.core.units import Money
from sim.explain.payment.asked import Asked
from sim.explain.steps import Step
from sim.money.history import History
from sim.tables import Claims

Steps = Callable[[Asked], list[Step]]
"""What was asked -> the steps from the bills to what `pay` makes of them; the last amount is their receipts, fen."""
BudgetSteps = Callable[[Asked, Callable[[], Money], Money, int], list[Step]]
"""(what was asked, settlement's budgets, receipts, community) -> the steps of the scheme's own budget, fen."""
Readings = Callable[[Any, History, Claims], list[Text]]
"""(config, history, claims) -> a sentence for each open choice of `docs/payment.md` that the parameters meet.
Most look at the parameters alone."""


def no_readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """A scheme without open choices."""
    return []


class Explanation(NamedTuple):
    """How one scheme is explained."""

    steps: Steps
    budget_steps: BudgetSteps | None = None
    """None: its budgets are those of settlement."""
    readings: Readings = no_readings
    """How its open choices were read, which `settle` tells.  Those of other packages are not asked for: a settlement
    goes on without their explanations."""


def by_scheme(*modules: ModuleType) -> dict[str, Explanation]:
    """The explanations of modules, by the name that each shares with its scheme."""
    return {module.__name__.rpartition(".")[2]: module.EXPLANATION for module in modules}
