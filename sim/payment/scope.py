"""Which claims a scheme covers, and how a fixed amount for an institution or a community reaches its claims."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.handover import Mask, resident_rows
from sim.payment.contract import Asked
from sim.payment.split import split_rows
from sim.steps import DUE, Step, money, worth
from sim.tables import COUNTY, INPATIENT, Claims, Ints
from sim.text import Text
from sim.units import Money

Scope = Literal["all", "inpatient", "outpatient"]
SCOPE_DOC = "Claims of the county's own institutions that are covered: all, stays only, or outpatient visits only."


def covered_rows(claims: Claims, scope: str) -> Mask:
    """Resident-insured claims of the county's own institutions within the scope."""
    rows = resident_rows(claims) & np.less_equal(claims.tier, COUNTY)
    if scope == "all":
        return rows
    stays = np.equal(claims.category, INPATIENT)
    return rows & (stays if scope == "inpatient" else ~stays)


def spread(receipts: Money, rows: Mask, unit: Ints, amounts: Money, weights: Ints) -> None:
    """Replace the receipts of the rows of each unit by parts of the unit's amount, exactly, in place.

    Args:
        receipts: fund money due per row, fen; changed for the rows that are covered.
        rows: covered rows.
        unit: unit of each row (institution or community), 0-based; rows of a negative unit are left alone.
        amounts: [unit] fen to spread over the unit's covered rows.
        weights: per row; a unit whose rows weigh nothing in all shares equally, one without rows gets nothing.
    """
    index = np.flatnonzero(rows & (unit >= 0))
    order = index[np.argsort(unit[index], kind="stable")]
    if len(order) == 0:
        return
    starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    for part in np.split(order, starts[1:]):
        share = weights[part] if int(weights[part].sum()) > 0 else np.ones(len(part), dtype=np.int64)
        receipts[part] = split_rows(int(amounts[unit[part[0]]]), share)


def unit_steps(asked: Asked, whole: int, its: Ints, mine: Ints, what: Text = DUE) -> list[Step]:
    """How a unit's amount reaches some of its rows, as `spread` does it, by their bills.

    Args:
        asked: what is to be explained.
        whole: the unit's amount, fen.
        its: positions of all its covered rows.
        mine: positions of those asked for.
        what: name of the step.
    """
    bills = asked.claims.statutory[its]
    share = bills if int(bills.sum()) > 0 else np.ones(len(its), dtype=np.int64)
    own = split_rows(whole, share)[np.searchsorted(its, mine)]
    rule = Text(
        "amount x own bills / all bills; rounded down, the fen left over go to the largest remainders",
        "金额×本行统筹支付÷合计，向下取整，余分按最大余数分配",
    )
    items = [
        money(Text("amount", "金额"), whole),
        money(Text("bills of the rows", "本行统筹支付"), asked.claims.statutory[mine].sum()),
        money(Text("bills of all its rows", "全部行统筹支付"), bills.sum()),
    ]
    return [worth(what, rule, items, int(own.sum()))]
