"""What members are credited by two schemes side by side (`sim.money.payment.crediting`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.explain.payment import inner
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, gathered
from sim.explain.steps import Step
from sim.money.payment.crediting import history_of, rows_of
from sim.tables import select_claims


def steps(asked: Asked, prepared: Any) -> list[Step]:
    """Those of the scheme; or those of both, each of which sees only its own claims."""
    if asked.config.visits is None:
        return inner.steps(asked, prepared)
    parts = []
    for key, stays, label in (
        ("within", True, Text("stays", "住院")),
        ("visits", False, Text("visits", "门诊")),
    ):
        rows = rows_of(asked.claims, stays)
        mine = asked.rows[rows[asked.rows]]
        if len(mine):
            own = asked._replace(
                history=history_of(asked.history, stays),
                claims=select_claims(asked.claims, rows),
                rows=np.searchsorted(np.flatnonzero(rows), mine),
            )
            parts.append(Part(label, inner.steps(own, prepared.stays if stays else prepared.visits, key)))
    return gathered(parts)
