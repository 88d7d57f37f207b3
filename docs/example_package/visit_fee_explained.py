"""The visit fee, step by step: a module of its own, because nothing that pays may import what explains."""

from __future__ import annotations

from visit_fee import visits

from sim.core.text import Text
from sim.core.units import Money, fen
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, gathered, left_alone, patient_side_steps
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import BILL, Step, figure, parameter, worth


def steps(asked: Asked) -> list[Step]:
    """The fee for each visit, less what others pay of it."""
    covered = visits(asked.claims)[asked.rows]
    parts = left_alone(asked, asked.rows[~covered], Text(" (only visits in the county)", "（仅县域内门诊按此支付）"))
    rows = asked.rows[covered]
    if len(rows):
        cases = asked.claims.cases[rows]
        standard: Money = fen(asked.config.fee) * cases
        items = [parameter(asked.config, "fee", asked.key), figure(Text("visits", "人次"), int(cases.sum()), BILL)]
        rule = Text("fee x visits", "每人次定额×人次")
        priced = [worth(Text("payment standard", "支付标准"), rule, items, int(standard.sum()))]
        parts.append(Part(Text("visits", "门诊"), [*priced, *patient_side_steps(asked, rows, standard)]))
    return gathered(parts)


EXPLANATION = Explanation(steps)
