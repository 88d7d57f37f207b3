"""The package (`sim.money.payment.package`), step by step."""

from __future__ import annotations

from sim.explain.payment import inner
from sim.explain.payment.asked import Asked
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import Step


def steps(asked: Asked) -> list[Step]:
    """The steps of the inner scheme."""
    return inner.steps(asked, asked.prepared)


EXPLANATION = Explanation(steps)
