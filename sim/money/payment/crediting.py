"""How institutions are credited inside a budget that lets stays and visits each have a scheme of their own.

Without one for visits a single scheme credits every row.  With one, each scheme sees only the claims of its kind, in
the year and in history, as in a composite.  Source: A10 (doc 000): DRG or DIP for stays, APG for visits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.money.history import History, Incentives, Mask
from sim.money.payment import inner
from sim.tables import INPATIENT, Claims, Payments, Providers, select_claims


class Pair(NamedTuple):
    """What the schemes of stays and of visits need for the year."""

    stays: Any
    visits: Any


def rows_of(claims: Claims, stays: bool) -> Mask:
    """Rows of stays, or those of visits."""
    rows: Mask = np.equal(claims.category, INPATIENT) == stays
    return rows


def history_of(history: History, stays: bool) -> History:
    """The past as the scheme of stays, or that of visits, sees it."""
    closed = (y._replace(claims=select_claims(y.claims, rows_of(y.claims, stays))) for y in history.closed)
    return history._replace(closed=tuple(closed))


def prepare(within: Any, visits: Any, history: History) -> Any:
    """Prepare the scheme, or both.

    Raises:
        ConfigError: whatever a scheme finds, with the key that the user has to set.
    """
    if visits is None:
        return inner.prepare(within, history)
    return Pair(
        inner.prepare(within, history_of(history, stays=True)),
        inner.prepare(visits, history_of(history, stays=False), "visits"),
    )


def pay(within: Any, visits: Any, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is that of stays."""
    if visits is None:
        return inner.pay(within, prepared, claims, providers)
    receipts = np.zeros(len(claims.cases), dtype=np.int64)
    rows = rows_of(claims, stays=True)
    stays = inner.pay(within, prepared.stays, select_claims(claims, rows), providers)
    receipts[rows] = stays.receipts
    receipts[~rows] = inner.pay(visits, prepared.visits, select_claims(claims, ~rows), providers).receipts
    return Payments(receipts, stays.point_value)


def incentives(within: Any, visits: Any, history: History) -> Incentives:
    """By category those of its scheme."""
    own = inner.incentives(within, history)
    if visits is None:
        return own
    returned, debited = own.returned.copy(), own.debited.copy()
    other = inner.incentives(visits, history)
    returned[:, :INPATIENT], debited[:, :INPATIENT] = other.returned[:, :INPATIENT], other.debited[:, :INPATIENT]
    return Incentives(returned, debited)
