"""What the designs need of the files, by what their methods read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from sim.config import SimConfig
from sim.money.payment import SCHEMES, composite
from sim.money.payment.scheme import Need
from sim.settle.designs import Design
from sim.settle.read.claims import Days, Wanted
from sim.settle.write import readings
from sim.tables import INPATIENT

LAST = 10_000
"""A year after all: where the claims name none, which is told elsewhere."""


def has_budget(config: SimConfig) -> bool:
    """Whether somebody holds a budget under a design."""
    return SCHEMES[config.payment.scheme].has_budget


def methods(config: SimConfig) -> set[str]:
    """The payment methods of a design, those inside a budget included."""
    return {own.scheme for own in readings.methods(config.payment)}


def needs(config: SimConfig) -> set[Need]:
    """What the payment methods of a design need the files to tell."""
    return {need for own in readings.methods(config.payment) for need in SCHEMES[own.scheme].needs(own)}


def by_heads(config: SimConfig) -> bool:
    """Whether an amount of the design goes by the communities' insured persons."""
    return has_budget(config) or "heads" in needs(config)


def bases(config: SimConfig, read: set[str]) -> list[tuple[Any, str]]:
    """The parameters whose base years pricing looked at, not those of an amount that is given; and the base that it
    looked at, "" where the method has none.

    Args:
        config: the design.
        read: the keys that pricing looked at.
    """
    found = []
    own: Any
    for places in sorted({key.rpartition(".")[0] for key in read if key.rpartition(".")[2] in ("base", "base_years")}):
        own = reduce(getattr, places.split("."), config)
        found.append((own, own.base if f"{places}.base" in read else ""))
    return found


def goes_by_enrolment(config: SimConfig, read: set[str]) -> bool:
    """Whether insured persons or scores decide what is paid, by the keys that pricing looked at."""
    counted = any(base in ("head_count", "negotiated") for _, base in bases(config, read))
    return by_heads(config) or counted or config.settlement.deposit > 0


def days_of_claims(config: SimConfig) -> Days:
    """Stays of the year whose pay depends on their days: per diem, and the rule of short stays."""
    return _days(config, "days")


def days_of_history(config: SimConfig) -> Days:
    """Stays of earlier years whose days make a rate."""
    return _days(config, "past_days")


def by_group(config: SimConfig) -> bool:
    """Whether the case group says which method pays a stay."""
    paid = config.payment
    return isinstance(paid, composite.Config) and bool(paid.long_groups or paid.ffs_groups)


def _days(config: SimConfig, need: Need) -> Days:
    """Stays that methods which read days price: under a composite those of the method's classes alone."""
    paid = config.payment
    if not isinstance(paid, composite.Config):
        return Days(need in needs(config))
    reading = [
        method for method in composite.methods(paid) if need in SCHEMES[method.config.scheme].needs(method.config)
    ]
    classes = [number for method in reading for number in method.classes]
    return Days(INPATIENT in classes, paid.long_groups if composite.LONG_STAY in classes else ())


def together(days: Iterable[Days]) -> Days:
    """What several designs need."""
    each = list(days)
    return Days(any(own.all for own in each), tuple(sorted({group for own in each for group in own.groups})))


def wanted(chosen: list[Design], year: int | None, communities: int, items: bool) -> Wanted:
    """What is asked of the claims of the year.

    Args:
        chosen: the designs.
        year: the year asked for, if one is.
        communities: their number.
        items: whether visits have services of their own.
    """
    configs = [design.config for design in chosen]
    return Wanted(
        year,
        any("stay_groups" in needs(config) or by_group(config) for config in configs),
        any("visit_groups" in needs(config) for config in configs) and not items,
        bool(communities) and any(map(by_heads, configs)),
        any(has_budget(config) and config.settlement.contract.apply for config in configs),
        days=together(map(days_of_claims, configs)),
    )


def wanted_of_history(chosen: list[Design], now: Wanted, before: int) -> Wanted:
    """What is asked of the claims of earlier years."""
    visits = any("visit_groups" in needs(design.config) for design in chosen)
    days = together(days_of_history(design.config) for design in chosen)
    return now._replace(year=None, visits=visits, cost=False, before=before or LAST, days=days)
