"""The claims of a year priced and settled under every design, and what readers are told of the payment methods."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.core.parameters import forget_reads, keys_read
from sim.core.text import Language, Text
from sim.money.history import watched
from sim.money.paid_year import PaidYear
from sim.settle.design import Design
from sim.settle.price import Past, history_of, price
from sim.settle.read.records import Inputs
from sim.settle.write.readings import derived, derived_line, readings, together


class Settled(NamedTuple):
    """What pricing and settling made of the claims, by name of the design."""

    priced: dict[str, PaidYear]
    past: dict[str, Past]
    readings: dict[str, list[Any]]
    """How each open choice was read: sentences."""
    derived: dict[str, dict[str, str]]
    """Numbers between files and payment, such as a rate or a point value."""
    read_keys: dict[str, set[str]]
    """Keys of the design that pricing, settling and posting looked at."""
    history_read: dict[str, set[str]]
    """Parts of the history that pricing and settling looked at."""

    def of_methods(self, spoken: Language) -> tuple[str, ...]:
        """Lines on how each method was read, and on the numbers between files and payment."""
        lines = ((name, derived_line(numbers, spoken)) for name, numbers in self.derived.items() if numbers)
        return (
            *together(self.readings, spoken),
            *(Text(f"{name}: {line}", f"{name}：{line}").of(spoken) for name, line in lines),
        )


def priced_under(inputs: Inputs, chosen: list[Design], available: float | None) -> Settled:
    """Price and settle the claims under every design."""
    settled = Settled({}, {}, {}, {}, {}, {})
    for design in chosen:
        history, loaded = history_of(inputs, design.config)
        watching, seen = watched(history)
        priced = price(design.config, watching, loaded, inputs.book, available, inputs.scores)
        settled.priced[design.name] = priced
        read = set(keys_read(design.config))  # before it is told how each choice was read
        settled.read_keys[design.name] = read if "growth" in seen else read - {"claims.growth"}
        settled.history_read[design.name] = set(seen)  # what telling it looks at does not count
        settled.past[design.name] = Past(history, inputs.scores, loaded.claims.signed)
        settled.readings[design.name] = readings(design.config, history, loaded.claims)
        settled.derived[design.name] = derived(design.config, history, priced.prepared, loaded.claims)
        forget_reads(design.config)
    return settled
