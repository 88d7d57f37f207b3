"""What is to be explained of a year's payment, and how its parts are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.core.text import Text
from sim.money.history import History
from sim.tables import Claims, Ints


class Labels(NamedTuple):
    """What a reader calls things by, code and name; index = number, and the number itself where there is none."""

    groups: Sequence[Text] = ()
    """Case groups of stays."""
    visits: Sequence[Text] = ()
    """Groups of outpatient visits."""
    providers: Sequence[Text] = ()
    communities: Sequence[Text] = ()
    services: Sequence[Sequence[Any]] = ()
    """Services of a visit of an outpatient group (`sim.money.payment.apg.Item`), where the group stands for several."""


class Asked(NamedTuple):
    """Claim rows whose payment is to be explained, and all that entered it."""

    config: Any
    prepared: Any
    history: History
    claims: Claims
    """All claims of the year: what a claim is paid may depend on the others."""
    rows: Ints
    """Positions of the rows asked for, rising: one claim, an institution's year, or everything."""
    key: str = "payment"
    """What leads to the scheme's parameters."""
    labels: Labels = Labels()
