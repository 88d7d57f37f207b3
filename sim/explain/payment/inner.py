"""How schemes that can stand inside another (`sim.money.payment.inner`) are explained, and one way to call them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.explain.payment import apg, budget, cap, capitation, dip, drg, ffs, per_diem
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, gathered
from sim.explain.payment.explanation import Explanation, by_scheme
from sim.explain.payment.installed import installed
from sim.explain.steps import Step
from sim.money.payment.inner import history_of, rows_of
from sim.tables import select_claims

INSIDE: dict[str, Explanation] = by_scheme(ffs, cap, budget, drg, dip, per_diem, apg, capitation)
"""By name of the scheme."""


def steps(asked: Asked, prepared: Any, key: str = "within") -> list[Step]:
    """The steps of the inner scheme, which is the parameter ``key`` of the scheme that is explained."""
    config = getattr(asked.config, key)
    explanation = INSIDE[config.scheme] if config.scheme in INSIDE else installed(config.scheme)
    return explanation.steps(asked._replace(config=config, prepared=prepared, key=f"{asked.key}.{key}"))


def credited_steps(asked: Asked, prepared: Any) -> list[Step]:
    """What members are credited (`sim.money.payment.inner`): the steps of the one scheme, or of two.

    Of two schemes one sees only stays and the other only visits.
    """
    if asked.config.visits is None:
        return steps(asked, prepared)
    parts = []
    for key, stays, label in (
        ("within", True, Text("stays", "住院")),
        ("visits", False, Text("visits", "门诊")),
    ):
        rows = rows_of(asked.claims, stays)
        chosen = asked.rows[rows[asked.rows]]
        if len(chosen):
            asked_of_kind = asked._replace(
                history=history_of(asked.history, stays),
                claims=select_claims(asked.claims, rows),
                rows=np.searchsorted(np.flatnonzero(rows), chosen),
            )
            parts.append(Part(label, steps(asked_of_kind, prepared.stays if stays else prepared.visits, key)))
    return gathered(parts)
