"""The paid year that is explained: one record, for a user's own claims and for a simulated year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim.core.text import Text
from sim.county import benefit
from sim.explain.payment.asked import Labels
from sim.money.paid_year import PaidYear


class Year(NamedTuple):
    """A paid year to be explained, and what readers call its parts."""

    title: Text
    """What was asked, for the first lines of the answer."""
    paid: PaidYear
    benefit: benefit.Config
    """As it stands in the year."""
    starts: int
    """First year of the reform, from which communities are assessed."""
    key: str
    """``payment``, or ``current_payment`` in a history year."""
    labels: Labels
    where: Callable[[int], Text]
    """Position of a claim -> where it is found."""
    called: Sequence[tuple[str, ...]] = ()
    """[provider] its code, then its names: what a reader may ask for."""
    benefit_level: float = 1.0
    """Amounts of the benefit in the year, against those given (`benefit.indexation`)."""
