"""Schemes that can credit institutions inside a budget: the union of their parameters, and one way to call them.

A budget may let stays and visits each have a scheme of their own.  Without one for visits a single scheme credits every
row; with one, each sees only the claims of its kind, in the year and in history, as in a composite.
Source: A10 (doc 000): DRG or DIP for stays, APG for visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args

import numpy as np
from pydantic import BeforeValidator, Field

from sim.core.errors import ConfigError
from sim.money.history import History, Incentives
from sim.money.payment import apg, budget, cap, capitation, dip, drg, ffs, per_diem
from sim.money.payment.installed import BROUGHT
from sim.money.payment.scheme import Scheme
from sim.tables import INPATIENT, Claims, Mask, Payments, Providers, select_claims

INSIDE: dict[str, Scheme] = BROUGHT.joined(
    [module.SCHEME for module in (ffs, cap, budget, drg, dip, per_diem, apg, capitation)],
    [scheme for scheme in BROUGHT.installed if scheme.inside],
)


def _by_name(value: Any) -> Any:
    """``within=drg`` is short for ``within: {scheme: drg}``."""
    return {"scheme": value} if isinstance(value, str) else value


if TYPE_CHECKING:
    Inner = Any
else:
    Inner = Annotated[
        Annotated[reduce(or_, (scheme.config for scheme in INSIDE.values())), Field(discriminator="scheme")],
        BeforeValidator(_by_name),
    ]
"""Type of a parameter that holds a scheme: the model whose ``scheme`` is named."""


def holds_scheme(kind: Any) -> bool:
    """Whether a parameter of this type holds a scheme, or may.

    >>> from sim.money.payment import weighted_capitation
    >>> fields = weighted_capitation.Config.model_fields
    >>> [holds_scheme(fields[name].annotation) for name in ("within", "visits", "factors")]
    [True, True, False]
    """
    return any(kind is scheme.config for scheme in INSIDE.values()) or any(map(holds_scheme, get_args(kind)))


def prepare(config: Any, history: History, key: str = "within") -> Any:
    """Prepare the scheme, the value of the parameter ``key``, so that a mistake is told at ``payment.within.rate``.

    Raises:
        ConfigError: whatever the scheme finds, with the key that the user has to set.
    """
    try:
        return INSIDE[config.scheme].prepare(config, history)
    except ConfigError as error:
        raise error.at(f"payment.{key}") from None


def pay(config: Any, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the scheme."""
    return INSIDE[config.scheme].pay(config, prepared, claims, providers)


def incentives(config: Any, history: History) -> Incentives:
    """The scheme's incentives."""
    return INSIDE[config.scheme].incentives(config, history)


class Pair(NamedTuple):
    """What the schemes of stays and of visits need for the year."""

    stays: Any
    visits: Any


def rows_of(claims: Claims, stays: bool) -> Mask:
    """[row] whether a claim is a stay, or whether it is a visit."""
    rows: Mask = np.equal(claims.category, INPATIENT) == stays
    return rows


def history_of(history: History, stays: bool) -> History:
    """The past as the scheme of stays, or the scheme of visits, sees it."""
    closed = (y._replace(claims=select_claims(y.claims, rows_of(y.claims, stays))) for y in history.closed)
    return history._replace(closed=tuple(closed))


def prepare_pair(within: Any, visits: Any, history: History) -> Any:
    """Prepare the scheme of all claims, or the two schemes of stays and of visits.

    Raises:
        ConfigError: whatever a scheme finds, with the key that the user has to set.
    """
    if visits is None:
        return prepare(within, history)
    return Pair(
        prepare(within, history_of(history, stays=True)),
        prepare(visits, history_of(history, stays=False), "visits"),
    )


def pay_pair(within: Any, visits: Any, prepared: Any, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is that of stays."""
    if visits is None:
        return pay(within, prepared, claims, providers)
    receipts = np.zeros(len(claims.cases), dtype=np.int64)
    rows = rows_of(claims, stays=True)
    stays = pay(within, prepared.stays, select_claims(claims, rows), providers)
    receipts[rows] = stays.receipts
    receipts[~rows] = pay(visits, prepared.visits, select_claims(claims, ~rows), providers).receipts
    return Payments(receipts, stays.point_value)


def incentives_of_pair(within: Any, visits: Any, history: History) -> Incentives:
    """By category, the incentives of the scheme that pays it."""
    of_within = incentives(within, history)
    if visits is None:
        return of_within
    of_visits = incentives(visits, history)
    return by_category([of_visits] * INPATIENT + [of_within])


def by_category(schemes: Sequence[Incentives]) -> Incentives:
    """Of each category, the incentives of the scheme that pays it."""
    columns = [[np.broadcast_to(side, of.returned.shape)[:, k] for side in of] for k, of in enumerate(schemes)]
    return Incentives(*(np.stack(side, axis=1) for side in zip(*columns, strict=True)))
