"""Points that share a pool: the value of a point, and what each stay is due at it.

    reimbursement   = statutory / charge of the rows
    point value     = (pool / reimbursement) / sum of points            settlement point value
    by_ratio                 fund due = pool x points / sum of points   sums to the pool exactly
    standard_minus_patient   fund due = point value x points - (charge - statutory)

With a rounded point value (``decimals``) each row is priced by itself, half up to the fen, and the pool is met only up
to that rounding.  Source: figures 1.5 (F40), published-results 4.1, 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from sim.core.units import Money, fen, part, rounded
from sim.money.base_years import BudgetBase, base_amount, growth_over, years_of_amount
from sim.money.history import ClosedYear, History
from sim.money.payment.scheme import minus_patient, tier_coefficients
from sim.money.payment.split import split_by_provider
from sim.tables import COUNTY, Claims, Ints, Mask

MILLI = 1_000
"""Points are counted in thousandths; a relative weight in ppm is the same number of thousandths of a point."""


class Terms(Protocol):
    """How points become money: parameters of a scheme, each of which is read only where it acts."""

    @property
    def reading(self) -> str:
        """by_ratio or standard_minus_patient."""

    @property
    def floor(self) -> bool:
        """With standard_minus_patient: no row below zero."""

    @property
    def value_decimals(self) -> int | None:
        """Decimals the point value is rounded to (yuan a point, half up); None: not rounded."""


class ByRatio(NamedTuple):
    """Each row its part of the pool, the value of a point not rounded."""

    reading: str = "by_ratio"
    floor: bool = False
    value_decimals: int | None = None


def pool_of(
    config: BudgetBase, given: float | None, history: History, rows: Callable[[Claims], Mask], share: float = 1.0
) -> int:
    """Fund pool of the year, fen: as given for the first reform year, else from the statutory money of base years."""
    if given is not None:
        return part(fen(given), growth_over(config, history, history.year - history.reform))
    years = years_of_amount(config, history, "{at}.pool")
    amounts = [total_points(year.claims.statutory[rows(year.claims)]) for year in years]
    pools = base_amount(
        config, history, amounts, [total_points(year.heads) for year in years], total_points(history.heads)
    )
    return part(int(pools[0]), round(share * 1_000_000))


def coefficients_of_shares(
    config: Any, years: Sequence[ClosedYear], weights: Ints, select: Callable[[Claims], Mask]
) -> Ints:
    """[tier] coefficients of points that share a pool of fund money by ratio, ppm: as given, else from the base years.

    A tier whose charges the benefit covers less would gain by points of charges, and earn more than its bills did.
    """
    return tier_coefficients(config.coefficient, years, weights, select, shared_money(config))


def shared_money(config: Any) -> Literal["charge", "statutory"]:
    """Of what money coefficients from history are where points share a pool."""
    from_history = None in config.coefficient.unread(COUNTY)
    return "statutory" if from_history and config.coefficient_of == "fund" else "charge"


def total_points(column: Ints) -> Ints:
    """Sum as an array of one."""
    return np.array([column.sum()], dtype=np.int64)


def point_value(pool: int, charge: int, statutory: int, points: int) -> Fraction:
    """Settlement point value, yuan a point; ``points`` in thousandths, money in fen.

    >>> float(point_value(700_000_000, 1_000_000_000, 700_000_000, 6_400_000 * 1000))
    1.5625
    """
    return Fraction(pool * charge * MILLI, statutory * points * 100)


def budget_point_value(costs: Sequence[int], points: Sequence[int], weights: Sequence[int]) -> Fraction:
    """Budget point value, yuan a point: weighted yearly cost / weighted yearly points; years oldest first.

    Args:
        costs: inpatient charges of each year, fen.
        points: points of each year, thousandths.
        weights: weights of the years (1 : 2 : 7).

    >>> float(budget_point_value([900_000_000, 950_000_000, 1_040_000_000], [6_400_000_000] * 3, [1, 2, 7]))
    1.575
    """
    cost = sum(w * c for w, c in zip(weights, costs, strict=True))
    total = sum(w * p for w, p in zip(weights, points, strict=True))
    return Fraction(cost * MILLI, total * 100) if total else Fraction(0)


def settle_points(terms: Terms, pool: int, points: Ints, claims: Claims, rows: Mask) -> tuple[Money | None, float]:
    """Fund money due for the selected rows, fen, and the point value; None and nan when there is nothing to share by.

    Args:
        terms: the scheme's parameters: reading, floor, rounding.
        pool: fund money for these rows, fen.
        points: thousandths of a point of each selected row.
        claims: all claims.
        rows: which of them earn points.
    """
    total, charge, statutory = int(points.sum()), int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
    if total == 0 or statutory == 0:
        return None, math.nan
    value = point_value(pool, charge, statutory, total)
    if terms.value_decimals is not None:
        return _at_rounded_value(terms, value, points, claims, rows)
    if terms.reading == "by_ratio":
        return split_by_provider(pool, points, claims.provider[rows]), float(value)
    standard_total = (2 * pool * charge + statutory) // (2 * statutory)
    standard = split_by_provider(standard_total, points, claims.provider[rows])
    return minus_patient(standard, claims, rows, terms), float(value)


def _at_rounded_value(terms: Terms, value: Fraction, points: Ints, claims: Claims, rows: Mask) -> tuple[Money, float]:
    """Each row by itself at the rounded point value, half up to the fen."""
    scale = 10 ** (terms.value_decimals or 0)
    units = math.floor(value * scale + Fraction(1, 2))
    top, bottom = units * 100, MILLI * scale
    if terms.reading == "by_ratio":
        top, bottom = top * int(claims.statutory[rows].sum()), bottom * int(claims.charge[rows].sum())
    different, which = np.unique(points, return_inverse=True)  # few, so that exact integers cost little
    money = np.array([rounded(int(p) * top, bottom) for p in different], dtype=np.int64)[which]
    if terms.reading == "by_ratio":
        return money, units / scale
    return minus_patient(money, claims, rows, terms), units / scale
