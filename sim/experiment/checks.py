"""Published figures beside the simulated ones: the difference, and whether it is within tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from sim.config.model import SimConfig
from sim.experiment.targets import Target, targets_of
from sim.outcomes.trials import TRIALS

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "miss", "apart", "info"]
"""Within tolerance; outside it; outside that of a national figure which this county need not meet; or only shown."""


class Check(NamedTuple):
    """A published figure beside the simulated one."""

    target: Target
    simulated: float
    """Mean over replications; nan if the simulation does not have it."""
    error: float
    """Monte Carlo standard error of it; nan with one replication."""
    judged: bool = True
    """False for a national figure beside a county that was set otherwise."""

    @property
    def difference(self) -> float:
        """Simulated minus target."""
        return self.simulated - self.target.target

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is within tolerance, as a word; a value that is not a number is not."""
        if math.isnan(self.target.tolerance):
            return "info"
        if abs(self.difference) <= self.target.tolerance:
            return "ok"
        return "miss" if self.judged else "apart"


def check_history(config: SimConfig, table: pd.DataFrame, default: bool) -> tuple[Check, ...]:
    """The checks on a tidy table that has the history years of (at least) one arm.

    Args:
        config: of the history.
        table: tidy.
        default: whether it is the default county, which national figures describe.
    """
    history = table[(table["arm"] == table["arm"].iloc[0]) & (table["year"] < config.years.history)]
    measured = set(history["outcome"])
    return tuple(
        _check(target, history, default or target.kind == "own")
        for target in targets_of(config)
        if target.outcome in measured or target.outcome not in TRIALS  # trials are run by `validate` alone
    )


def _check(target: Target, history: pd.DataFrame, judged: bool) -> Check:
    rows = history[(history["outcome"] == target.outcome) & (history["group"] == target.group)]
    if target.years == "first":
        rows = rows[rows["year"] == 0]
    means = rows.groupby("replication")["value"].mean().to_numpy(dtype=np.float64)
    if len(means) == 0:
        return Check(target, math.nan, math.nan, judged)
    error = float(np.std(means, ddof=1) / math.sqrt(len(means))) if len(means) > 1 else math.nan
    return Check(target, float(np.mean(means)), error, judged)
