"""Where a rising function reaches a value, for rates that are solved from the shares they keep."""

from __future__ import annotations

from collections.abc import Callable

HALVINGS = 60

ROUNDING = 1e-12
"""A share may miss its end by so much, as sums of floating numbers do."""


class OutOfReachError(ValueError):
    """A share outside of what probabilities of 0 and 1 give: whoever asked says of what, and what to do."""

    def __init__(self, least: float, most: float) -> None:
        super().__init__(least, most)
        self.least, self.most = least, most


def solve(share: Callable[[float], float], wanted: float) -> float:
    """The probability at which a rising share is what is wanted.

    Raises:
        OutOfReachError: where no probability gives it; nothing else is put in its place.

    >>> round(solve(lambda p: p * p, 0.25), 12), solve(lambda p: p / 2, 0.0), solve(lambda p: p / 2, 0.5)
    (0.5, 0.0, 1.0)
    >>> solve(lambda p: p / 2, 0.75)
    Traceback (most recent call last):
    sim.core.bisection.OutOfReachError: (0.0, 0.5)
    """
    low, high = 0.0, 1.0
    least, most = share(low), share(high)
    if not least - ROUNDING <= wanted <= most + ROUNDING:
        raise OutOfReachError(least, most)
    if wanted <= least:
        return low
    if wanted >= most:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if share(middle) < wanted else (low, middle)
    return (low + high) / 2.0
