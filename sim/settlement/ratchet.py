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
    community's own part of that.  The revenue cap is left out: a budget held down by it does not follow spending.
    """
    heads = np.asarray(history.heads, dtype=np.float64)
    if config.lump_per_head is not None or config.rebase == "fixed":
        return np.zeros(len(heads))
    if config.base == "last_year":
        return np.ones(len(heads))
    years = min(config.base_years, len(history.closed) + 1)  # closed when next year's budget is made
    own = heads / heads.sum() if config.base == "head_count" and config.head_rate == "pool" and heads.any() else 1.0
    return np.asarray(own / years * np.ones(len(heads)), dtype=np.float64)
