"""What institutions cost beyond what care costs them by the case."""

from __future__ import annotations

import numpy as np

from sim.closing.books import Books
from sim.config.model import SimConfig
from sim.core.arrays import sum_by
from sim.core.units import parts, ppm
from sim.tables import Flows, Ints, Providers


def fixed_cost(config: SimConfig, books: Books, flows: Flows, providers: Providers, year: int) -> Ints:
    """[provider] fixed cost: a share of own charges in history years, the last of them grown by prices after.

    As beds do, it also follows the needs to expect of the residents by their ages (`sim.engine.capacity`).  Announced
    years count as years after: charges that are raised for a larger base do not raise fixed cost.
    """
    claims = flows.claims
    if year < config.years.history or books.fixed_cost is None:
        charges = sum_by(claims.provider, claims.charge, len(providers.tier))
        shares = np.array([ppm(v) for v in config.claims.fixed_cost.values()], dtype=np.int64)
        return parts(charges, shares[providers.tier])
    prices = (1.0 + config.claims.growth) ** (year - config.years.history + 1)
    needs = flows.needs / books.needs if books.needs else 1.0
    return parts(books.fixed_cost, ppm(prices * needs))
