"""How each payment scheme is explained: from the bills asked for to what the fund owes for them, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.explain.payment import composite, package, signed_quota, weighted_capitation
from sim.explain.payment.asked import Asked
from sim.explain.payment.inner import INSIDE
from sim.explain.steps import Step
from sim.units import Money


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
"""By name of the scheme; a test holds that none of `sim.payment.SCHEMES` is missing."""
