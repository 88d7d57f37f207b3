"""How much of a budget follows the spending of a year (A23): what is saved now is lost later, what is spent is won."""

from __future__ import annotations

import numpy as np

from sim.money.base_years import base_years_among
from sim.money.history import History
from sim.money.settlement.config import Config
from sim.tables import Floats


def base_weight(config: Config, history: History, spent: int) -> Floats:
    """[community] fen by which the budget of ``history.year`` rises when a fen more is spent in a year, growth apart.

    The whole fen if the base is the spending of that year alone.  1 / n of it if the base is a mean, or an amount per
    head, of n years and that year is one of them; with a common rate per head, that times the community's share of all
    heads.  In a negotiation the community asks for last year's amount and is offered the base per head.  0 under a
    lump.  The revenue cap is left out: a budget held down by it does not follow spending.  Growth is left out too: a
    fen more becomes a little more than the weight says, which nobody counts on.

    Args:
        config: base of the budget.
        history: as it will be; years before ``history.year`` that are not yet closed count as closed.
        spent: the year in which a fen more is spent: the first one that is not yet closed, or a later one.
    """
    if config.lump_per_head is not None:
        return np.zeros(len(history.heads))
    base = _weight_of_base(config, history, spent)
    if config.base == "negotiated":
        of_asked = 1.0 if spent == history.year - 1 else 0.0
        return np.asarray(config.bargaining * of_asked + (1.0 - config.bargaining) * base, dtype=np.float64)
    return base


def current_weight(config: Config, history: History) -> Floats:
    """[community] `base_weight` of the year ``history.year`` in next year's budget; 0 if its base is fixed."""
    return base_weight(config, history._replace(year=history.year + 1), history.year)


def _weight_of_base(config: Config, history: History, spent: int) -> Floats:
    """[community] the weight of a year in the amount that the base years give, before any negotiation."""
    heads = np.asarray(history.heads, dtype=np.float64)
    years = _base_years(config, history)
    if spent not in years:
        return np.zeros(len(heads))
    if config.base == "last_year":
        return np.ones(len(heads))
    common = config.base != "mean" and config.head_rate == "pool" and heads.any()
    head_share = heads / heads.sum() if common else 1.0
    return np.asarray(head_share / len(years) * np.ones(len(heads)), dtype=np.float64)


def _base_years(config: Config, history: History) -> list[int]:
    """The years from which the budget will be made, also those that are not yet closed."""
    closed = [year.year for year in history.closed]
    known = [*closed, *range(closed[-1] + 1, history.year)]
    count = 1 if config.base == "last_year" else config.base_years
    return base_years_among(known, count, config.rebase, history.reform)
