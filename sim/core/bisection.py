"""Where a rising function reaches a value, for rates that are solved from the shares they keep."""

from __future__ import annotations

from collections.abc import Callable

HALVINGS = 60


def solve(share: Callable[[float], float], wanted: float) -> float:
    """The probability at which a rising share is what is wanted, or 0 or 1 where it never is.

    >>> round(solve(lambda p: p * p, 0.25), 12), solve(lambda p: 0.5 + p, 0.25), solve(lambda p: p / 2, 0.75)
    (0.5, 0.0, 1.0)
    """
    low, high = 0.0, 1.0
    if share(low) >= wanted:
        return low
    if share(high) <= wanted:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if share(middle) < wanted else (low, middle)
    return (low + high) / 2.0
