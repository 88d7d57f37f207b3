"""The claims of a year priced and settled under every design, and what a reader is told of the methods."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.core.parameters import forget_reads, keys_read
from sim.core.text import Language, Text
from sim.money.history import watched
from sim.money.paid_year import PaidYear
from sim.settle.design import Design
from sim.settle.price import Past, history_of, price
from sim.settle.read.records import Found
from sim.settle.write.readings import derived, derived_line, readings, together


class Settled(NamedTuple):
    """What was made of the claims, by name of the design."""

    priced: dict[str, PaidYear]
    past: dict[str, Past]
    told: dict[str, list[Any]]
    """The reading of each open choice."""
    between: dict[str, dict[str, str]]
    """Numbers on the way, such as a rate or a point value."""
    read: dict[str, set[str]]
    """Keys of the design that pricing, settling and posting looked at."""
    seen: dict[str, set[str]]
    """Parts of the history that pricing and settling looked at."""

    def of_methods(self, spoken: Language) -> tuple[str, ...]:
        """How each method was read, and numbers on the way."""
        lines = ((name, derived_line(numbers, spoken)) for name, numbers in self.between.items() if numbers)
        return (
            *together(self.told, spoken),
            *(Text(f"{name}: {line}", f"{name}：{line}").of(spoken) for name, line in lines),
        )


def priced_under(found: Found, chosen: list[Design], available: float | None) -> Settled:
    """Price and settle the claims under every design."""
    settled = Settled({}, {}, {}, {}, {}, {})
    for design in chosen:
        history, loaded = history_of(found, design.config)
        watching, seen = watched(history)
        priced = price(design.config, watching, loaded, found.book, available, found.scores)
        settled.priced[design.name] = priced
        read = set(keys_read(design.config))  # before it is told how each choice was read
        settled.read[design.name] = read if "growth" in seen else read - {"claims.growth"}
        settled.seen[design.name] = set(seen)  # what telling it looks at does not count
        settled.past[design.name] = Past(history, found.scores, loaded.claims.signed)
        settled.told[design.name] = readings(design.config, history, loaded.claims)
        settled.between[design.name] = derived(design.config, history, priced.prepared, loaded.claims)
        forget_reads(design.config)
    return settled
