"""How each payment scheme is explained: from the bills asked for to what the fund owes for them, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.explain.payment import composite, package, signed_quota, weighted_capitation
from sim.explain.payment.explanation import Explanation, Readings, by_scheme, no_readings
from sim.explain.payment.inner import INSIDE
from sim.explain.payment.installed import installed

EXPLANATIONS: dict[str, Explanation] = INSIDE | by_scheme(package, composite, weighted_capitation, signed_quota)
"""By name of the scheme; a test holds that none of this program's schemes is missing."""


def explanation_of(scheme: str) -> Explanation:
    """How a scheme is explained, one of another installed package included.

    Raises:
        ConfigError: if that package does not explain its scheme, or its explanation cannot be used.
    """
    return EXPLANATIONS[scheme] if scheme in EXPLANATIONS else installed(scheme)


def readings_of(scheme: str) -> Readings:
    """How the open choices of a scheme were read; nothing for a scheme without any, or of another package."""
    return EXPLANATIONS[scheme].readings if scheme in EXPLANATIONS else no_readings


def schemes_of_others(payment: Any) -> Iterator[str]:
    """The names of the schemes of a payment, itself and those inside it, that other installed packages bring."""
    if payment.scheme not in EXPLANATIONS:
        yield payment.scheme
    for value in vars(payment).values():
        if hasattr(value, "scheme"):
            yield from schemes_of_others(value)
