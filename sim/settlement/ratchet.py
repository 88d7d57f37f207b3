"""How much of next year's budget follows this year's spending (A23): what a community that saves now loses later."""

from __future__ import annotations

import numpy as np

from sim.handover import History
from sim.settlement.config import Config
from sim.tables import Floats


def current_weight(config: Config, history: History) -> Floats:
    """[community] fen by which next year's budget falls when a fen less is spent this year, growth apart; 0..1.

    Nothing under a lump or a base fixed at the reform.  With a rolling base all of it if the base is last year's
    spending, and 1 / n if it is a mean, or an amount per head, of n years; with a common rate per head only the
    community's own part of that.  In a negotiation what is asked follows last year, what is offered the base per head.
    The revenue cap is left out: a budget held down by it does not follow spending.
    """
    if config.lump_per_head is not None:
        return np.zeros(len(history.heads))
    base = _weight_of_base(config, history)
    if config.base == "negotiated":
        return np.asarray(config.bargaining + (1.0 - config.bargaining) * base, dtype=np.float64)
    return base


def _weight_of_base(config: Config, history: History) -> Floats:
    """The same of the amount that the base years give."""
    heads = np.asarray(history.heads, dtype=np.float64)
    if config.rebase == "fixed":
        return np.zeros(len(heads))
    if config.base == "last_year":
        return np.ones(len(heads))
    years = min(config.base_years, len(history.closed) + 1)  # closed when next year's budget is made
    common = config.base != "mean" and config.head_rate == "pool" and heads.any()
    own = heads / heads.sum() if common else 1.0
    return np.asarray(own / years * np.ones(len(heads)), dtype=np.float64)
