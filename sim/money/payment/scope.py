"""Which claims a scheme covers, and how a fixed amount for an institution or a community reaches its claims.

A bill of which the benefit covers nothing is the patient's: no scheme pays for it or takes anything back.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.core.units import Money
from sim.money.payment.split import split_rows
from sim.tables import COUNTY, INPATIENT, Claims, Ints, Mask, borne_rows

Scope = Literal["all", "inpatient", "outpatient"]


def covered_rows(claims: Claims, scope: str) -> Mask:
    """Claims borne by the fund at the county's own institutions, within the scope."""
    rows = borne_rows(claims) & np.less_equal(claims.tier, COUNTY)
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
