"""What institutions cost beyond what care costs them by the case."""

from __future__ import annotations

import numpy as np

from sim.closing.books import Books
from sim.core.arrays import sum_by
from sim.core.units import parts, ppm
from sim.county.claims.config import Config
from sim.tables import Flows, Ints, Providers


def fixed_cost(terms: Config, books: Books, flows: Flows, providers: Providers, after: int) -> Ints:
    """[provider] fixed cost: a share of own charges in history years, the last of them grown by prices after.

    As beds do, it also follows the needs to expect of the residents by their ages (`sim.engine.capacity`).  Announced
    years count as years after: charges that are raised for a larger base do not raise fixed cost.

    Args:
        terms: of claims.
        books: the arm's, before the year.
        flows: of the year.
        providers: institutions.
        after: years since the last history year; 0 or less in history.
    """
    if after <= 0 or books.fixed_cost is None:
        charges = sum_by(flows.claims.provider, flows.claims.charge, len(providers.tier))
        shares = np.array([ppm(v) for v in terms.fixed_cost.values()], dtype=np.int64)
        return parts(charges, shares[providers.tier])
    needs = flows.needs / books.needs if books.needs else 1.0
    return parts(books.fixed_cost, ppm((1.0 + terms.growth) ** after * needs))
