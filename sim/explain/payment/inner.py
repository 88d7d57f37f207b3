"""Schemes that can stand inside another (`sim.money.payment.inner`): how each is explained, one way to ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.explain.payment import apg, budget, cap, capitation, dip, drg, ffs, per_diem
from sim.explain.payment.asked import Asked
from sim.explain.payment.installed import installed
from sim.explain.steps import Step

INSIDE: dict[str, Callable[[Asked], list[Step]]] = {
    "ffs": ffs.steps,
    "cap": cap.steps,
    "budget": budget.steps,
    "drg": drg.steps,
    "dip": dip.steps,
    "per_diem": per_diem.steps,
    "apg": apg.steps,
    "capitation": capitation.steps,
}


def steps(asked: Asked, prepared: Any, key: str = "within") -> list[Step]:
    """The steps of the scheme that is the parameter ``key`` of the one asked about."""
    config = getattr(asked.config, key)
    own = asked._replace(config=config, prepared=prepared, key=f"{asked.key}.{key}")
    told = INSIDE[config.scheme] if config.scheme in INSIDE else installed(config.scheme).steps
    return told(own)
