"""A community's budget of the year: base x growth, not above what the fund's income allows (以收定支)."""

from __future__ import annotations

import numpy as np

from sim.basis import base_amount, closed_base_years, growth_of, growth_ppm
from sim.handover import History
from sim.settlement.config import Config
from sim.units import Money, fen, parts


def uncapped(config: Config, history: History) -> Money:
    """[community] budget before the revenue cap, fen."""
    if config.lump_per_head is not None:
        growth = growth_ppm(growth_of(config.growth, history), history.year - history.reform)
        lump = parts(np.array([fen(config.lump_per_head)]), growth)
        return np.asarray(lump * history.heads, dtype=np.int64)
    years = closed_base_years(config.base_years, config.rebase, history, "settlement.lump_per_head")
    return base_amount(config, history, [y.spent for y in years], [y.heads for y in years], history.heads)


def budget(config: Config, history: History, available: int, insured: int) -> Money:
    """[community] budget of ``history.year``, fen, after risk reserve and catastrophic premium.

    Args:
        config: base, growth, lump and revenue cap.
        history: closed years and this year's heads.
        available: fund income of the year left for care, fen (`sim.fund.available`).
        insured: all resident-insured persons, including those no community answers for.
    """
    amounts = uncapped(config, history)
    if not config.revenue_cap or insured == 0:
        return amounts
    # rounded down: the budgets together never exceed what there is
    caps = [max(available, 0) * int(heads) // insured for heads in history.heads]
    return np.minimum(amounts, np.array(caps, dtype=np.int64))
