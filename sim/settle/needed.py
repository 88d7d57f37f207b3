"""What the designs need of the files, by what their methods read."""

from __future__ import annotations

from functools import reduce
from typing import Any

from sim.config.model import SimConfig
from sim.money.payment import SCHEMES, composite, signed_quota
from sim.money.payment.scheme import Need
from sim.settle.read.wanted import Days, Needs, methods
from sim.tables import INPATIENT


def has_budget(config: SimConfig) -> bool:
    """Whether somebody holds a budget under a design."""
    return SCHEMES[config.payment.scheme].has_budget


def needs(config: SimConfig) -> set[Need]:
    """What the payment methods of a design need the files to tell."""
    return {need for own in methods(config.payment) for need in SCHEMES[own.scheme].needs(own)}


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


def needs_of(name: str, config: SimConfig) -> Needs:
    """What a design needs of the files."""
    budget = has_budget(config)
    return Needs(
        name,
        config.benefit,
        frozenset(needs(config)),
        by_group(config),
        budget,
        by_heads(config),
        budget and config.settlement.contract.apply,
        config.settlement.deposit > 0,
        isinstance(config.payment, signed_quota.Config),
        days_of_claims(config),
        days_of_history(config),
    )
