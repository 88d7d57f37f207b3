"""Composite payment (`sim.money.payment.composite`), step by step."""

from __future__ import annotations

import numpy as np

from sim.core.text import Text
from sim.explain.payment import inner
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, gathered, left_alone
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import Step, parameter
from sim.money.payment.composite import HARD_TO_GROUP, key_of_method, rows_of_method
from sim.tables import CATEGORY_SHORT, CHRONIC, OUTPATIENT, select_claims

NAMES = (
    CATEGORY_SHORT[OUTPATIENT],
    CATEGORY_SHORT[CHRONIC],
    Text("inpatient", "普通住院"),  # beside long stays
    Text("long stays", "长期住院"),
    Text("hard to group", "难以分组病例"),
)


def steps(asked: Asked) -> list[Step]:
    """Class by class: the steps of its method, which sees only the claims of its classes."""
    config, history = asked.config, asked.history
    parts = []
    for method in asked.prepared:
        rows = rows_of_method(config, method, asked.claims)
        chosen = asked.rows[rows[asked.rows]]
        if not len(chosen):
            continue
        label = NAMES[method.classes[0]]
        for number in method.classes[1:]:
            label += Text(", ", "、") + NAMES[number]
        if method.classes == (HARD_TO_GROUP,):
            why = Text(" (hard to group)", "（难以分组病例）")
            as_billed = gathered(left_alone(asked, chosen, why))
            as_billed[-1] = as_billed[-1]._replace(
                items=(*as_billed[-1].items, parameter(config, "ffs_groups", asked.key))
            )
            parts.append(Part(label, as_billed))
            continue
        closed = tuple(
            year._replace(claims=select_claims(year.claims, rows_of_method(config, method, year.claims)))
            for year in history.closed
        )
        asked_of_method = asked._replace(
            history=history._replace(closed=closed),
            claims=select_claims(asked.claims, rows),
            rows=np.searchsorted(np.flatnonzero(rows), chosen),
        )
        parts.append(Part(label, inner.steps(asked_of_method, method.prepared, key_of_method(method))))
    return gathered(parts)


EXPLANATION = Explanation(steps)
