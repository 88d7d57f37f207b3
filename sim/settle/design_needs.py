"""What the designs need of the files: it follows from what their payment methods read."""

from __future__ import annotations

from functools import reduce
from typing import Any

from sim.config.model import SimConfig
from sim.money.payment import SCHEMES, composite, signed_quota
from sim.money.payment.scheme import Need
from sim.settle.read.needs import Days, DesignNeeds, methods
from sim.tables import INPATIENT


def has_budget(config: SimConfig) -> bool:
    """Whether communities hold budgets under a design."""
    return SCHEMES[config.payment.scheme].has_budget


def method_needs(config: SimConfig) -> set[Need]:
    """What the payment methods of a design need the files to tell."""
    return {need for method in methods(config.payment) for need in SCHEMES[method.scheme].needs(method)}


def by_heads(config: SimConfig) -> bool:
    """Whether an amount of the design goes by the communities' insured persons."""
    return has_budget(config) or "heads" in method_needs(config)


def bases(config: SimConfig, read: set[str]) -> list[tuple[Any, str]]:
    """The parameters whose base years pricing looked at, each with the base that it looked at.

    Where an amount is given, pricing looks at no base years, and its parameters are not among them.

    Args:
        config: the design.
        read: the keys that pricing looked at.

    Returns:
        The parameters of a method or of the settlement, and the base: "" where the method has none.
    """
    looked_at = []
    parameters: Any
    for places in sorted({key.rpartition(".")[0] for key in read if key.rpartition(".")[2] in ("base", "base_years")}):
        parameters = reduce(getattr, places.split("."), config)
        looked_at.append((parameters, parameters.base if f"{places}.base" in read else ""))
    return looked_at


def goes_by_enrolment(config: SimConfig, read: set[str]) -> bool:
    """Whether what is paid depends on insured persons or scores; ``read`` are the keys that pricing looked at."""
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
    """Stays priced by methods that read days; under a composite only those of the classes of such a method."""
    paid = config.payment
    if not isinstance(paid, composite.Config):
        return Days(need in method_needs(config))
    reading = [
        method for method in composite.methods(paid) if need in SCHEMES[method.config.scheme].needs(method.config)
    ]
    classes = [number for method in reading for number in method.classes]
    return Days(INPATIENT in classes, paid.long_groups if composite.LONG_STAY in classes else ())


def needs_of(name: str, config: SimConfig) -> DesignNeeds:
    """What a design needs of the files."""
    budget = has_budget(config)
    return DesignNeeds(
        name,
        config.benefit,
        frozenset(method_needs(config)),
        by_group(config),
        budget,
        by_heads(config),
        budget and config.settlement.contract.apply,
        config.settlement.deposit > 0,
        isinstance(config.payment, signed_quota.Config),
        days_of_claims(config),
        days_of_history(config),
    )
