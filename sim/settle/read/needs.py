"""What the designs need of the files: the needs of each, and what they together ask of the claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sim.county import benefit
from sim.money.payment.scheme import Need

LAST = 10_000
"""A year later than all others: stands for the settled year where the claims name none, which is told elsewhere."""


class Days(NamedTuple):
    """The stays in the county that need their days, because what is paid depends on them."""

    all: bool = False
    groups: tuple[int, ...] = ()
    """Numbers of case groups: where not all stays need their days, those of these groups do."""


class ClaimNeeds(NamedTuple):
    """What the designs ask of the claims, beyond what holds of any claims file."""

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


class DesignNeeds(NamedTuple):
    """What one design needs of the files, as `sim.settle.design_needs` finds it."""

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


def together(needs: Iterable[Days]) -> Days:
    """The stays that need their days under any of several designs."""
    each = list(needs)
    return Days(any(days.all for days in each), tuple(sorted({group for days in each for group in days.groups})))


def claim_needs(chosen: Sequence[DesignNeeds], year: int | None, communities: int, items: bool) -> ClaimNeeds:
    """What is asked of the claims of the year.

    Args:
        chosen: what each design needs.
        year: the year that the command line names; None if it names none.
        communities: number of communities.
        items: whether the services of visits are given.
    """
    return ClaimNeeds(
        year,
        any("stay_groups" in design.needs or design.by_group for design in chosen),
        any("visit_groups" in design.needs for design in chosen) and not items,
        bool(communities) and any(design.by_heads for design in chosen),
        any(design.turnover for design in chosen),
        days=together(design.days for design in chosen),
    )


def history_needs(chosen: Sequence[DesignNeeds], now: ClaimNeeds, before: int) -> ClaimNeeds:
    """What is asked of the claims of earlier years.

    Args:
        chosen: what each design needs.
        now: what is asked of the claims of the settled year.
        before: the settled year; 0 where its claims name none.
    """
    visits = any("visit_groups" in design.needs for design in chosen)
    days = together(design.past_days for design in chosen)
    return now._replace(year=None, visits=visits, cost=False, before=before or LAST, days=days)
