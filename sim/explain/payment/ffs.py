"""Fee for service (`sim.money.payment.ffs`), step by step."""

from __future__ import annotations

from sim.explain.payment.asked import Asked
from sim.explain.payment.common import gathered, left_alone
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import Step, plain


def steps(asked: Asked) -> list[Step]:
    """The statutory part of each bill."""
    return gathered(left_alone(asked, asked.rows, plain("")))


EXPLANATION = Explanation(steps)
