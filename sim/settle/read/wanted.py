"""What the designs want of the files: the record of each, and what they want together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sim.county import benefit
from sim.money.payment.scheme import Need

LAST = 10_000
"""A year after all: where the claims name none, which is told elsewhere."""


class Days(NamedTuple):
    """Which stays in the county need their days, because what is paid depends on them."""

    all: bool = False
    groups: tuple[int, ...] = ()
    """Those of these case groups, where not all do."""


class Wanted(NamedTuple):
    """What is asked of the claims beyond their declaration."""

    year: int | None
    """Only claims of this year; None = any."""
    stays: bool
    """In-county stays need a group."""
    visits: bool
    """In-county visits need a group."""
    home: bool
    """Every resident row needs a community that answers for the person."""
    cost: bool = False
    """Members' resident rows need their cost."""
    before: int | None = None
    """Claims of earlier years: each row says its year, which is before this one; None = claims of the year itself."""
    days: Days = Days()
    """Stays that need their days."""


class Needs(NamedTuple):
    """What one design needs of the files, as `sim.settle.needed` finds it."""

    name: str
    """Of the design."""
    benefit: benefit.Config
    needs: frozenset[Need]
    """Of its payment methods."""
    by_group: bool
    """The case group says which method pays a stay."""
    has_budget: bool
    by_heads: bool
    """An amount goes by the communities' insured persons."""
    turnover: bool
    """Settled on turnover and own cost."""
    deposit: bool
    """Scores decide what of a deposit is given back."""
    signed_quota: bool
    """A signed list, where one is given, stands for the communities' insured persons."""
    days: Days
    """Stays of the year that need their days."""
    past_days: Days
    """Stays of earlier years that need them."""


def methods(payment: Any) -> list[Any]:
    """The parameters of a payment and of the methods inside it that are in force."""
    return [payment, *(value for value in vars(payment).values() if hasattr(value, "scheme"))]


def together(days: Iterable[Days]) -> Days:
    """What several designs need."""
    each = list(days)
    return Days(any(own.all for own in each), tuple(sorted({group for own in each for group in own.groups})))


def wanted(chosen: Sequence[Needs], year: int | None, communities: int, items: bool) -> Wanted:
    """What is asked of the claims of the year.

    Args:
        chosen: what each design needs.
        year: the year asked for, if one is.
        communities: their number.
        items: whether visits have services of their own.
    """
    return Wanted(
        year,
        any("stay_groups" in own.needs or own.by_group for own in chosen),
        any("visit_groups" in own.needs for own in chosen) and not items,
        bool(communities) and any(own.by_heads for own in chosen),
        any(own.turnover for own in chosen),
        days=together(own.days for own in chosen),
    )


def wanted_of_history(chosen: Sequence[Needs], now: Wanted, before: int) -> Wanted:
    """What is asked of the claims of earlier years."""
    visits = any("visit_groups" in own.needs for own in chosen)
    days = together(own.past_days for own in chosen)
    return now._replace(year=None, visits=visits, cost=False, before=before or LAST, days=days)
