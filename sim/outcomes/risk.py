"""Risk of the fund across replications: probability of deficit and of exhaustion, value at risk, tail value at risk.

Conventions.  A loss is the negative of a balance, so large is bad.  The value at risk at level p is the
left-continuous inverse of the empirical distribution, VaR_p = inf{x : F(x) ≥ p} (no interpolation); the tail value at
risk is its mean above p, TVaR_p = (1/(1−p)) ∫_p^1 VaR_u du, which splits the probability mass of a tied value and is
therefore coherent also for discrete losses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING = 1e-9
LEVELS = (0.95, 0.99)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"the level of a risk measure lies between 0 and 1, got {level}")


def value_at_risk(losses: npt.ArrayLike, level: float) -> float:
    """Smallest loss x with P(loss ≤ x) ≥ ``level``; each entry of ``losses`` has the same probability.

    >>> value_at_risk([1, 1, 1, 3], 0.75), value_at_risk([1, 1, 1, 3], 0.76)
    (1.0, 3.0)
    """
    _check_level(level)
    ordered = np.sort(np.asarray(losses, dtype=np.float64))
    if ordered.size == 0:
        return math.nan
    return float(ordered[max(math.ceil(ordered.size * level - _ROUNDING), 1) - 1])


def tail_value_at_risk(losses: npt.ArrayLike, level: float) -> float:
    """Mean of the value at risk over levels above ``level``.

    >>> tail_value_at_risk([0, 0, 10, 20], 0.5), tail_value_at_risk([0, 0, 10, 20], 0.6)
    (15.0, 16.25)
    """
    _check_level(level)
    ordered = np.sort(np.asarray(losses, dtype=np.float64))
    n = ordered.size
    if n == 0:
        return math.nan
    upper = (np.arange(n) + 1) / n
    mass = np.clip(upper - level, 0.0, 1.0 / n)
    return math.fsum((mass * ordered).tolist()) / math.fsum(mass.tolist())


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a probability seen as ``share`` of ``n`` trials.

    >>> low, high = wilson(0.0, 20)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.161)
    """
    z = 1.959963984540054
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def fund_risk(table: pd.DataFrame, *, reform_start: int = 0, levels: tuple[float, ...] = LEVELS) -> pd.DataFrame:
    """Risk of the fund over the reform years, per arm and draw, across replications.

    Args:
        table: tidy table with ``fund_balance`` and ``fund_accumulated``.
        reform_start: first reform year; earlier years are left out.
        levels: levels of value at risk and tail value at risk.

    Returns:
        study, arm, draw, n, deficit (share of replications with a deficit in any reform year), exhausted (share whose
        accumulated balance falls below zero in any), each with its binomial standard error se_… (nan for one
        replication) and Wilson 95 % interval …_low, …_high (which is not empty for a share of 0), var_95, tvar_95 ...:
        the accumulated balance at the horizon that is undercut with probability 1 − level, and the mean balance in
        that tail, yuan.
    """
    import pandas as pd

    after = table[(table["year"] >= reform_start) & (table["group"] == "all")]
    keys = ["study", "arm", "draw"]
    out = []
    for cell, part in after.groupby(keys, sort=False, observed=True):
        balance = _by_replication(part, "fund_balance")
        accumulated = _by_replication(part, "fund_accumulated")
        n = balance.shape[0]
        row = dict(zip(keys, cell, strict=True)) | {"n": n}
        for name, hit in (("deficit", balance < 0), ("exhausted", accumulated < 0)):
            share = float(hit.any(axis=1).mean())
            row[name] = share
            row[f"se_{name}"] = math.sqrt(share * (1 - share) / n) if n > 1 else math.nan
            row[f"{name}_low"], row[f"{name}_high"] = wilson(share, n)
        for level in levels:
            label = f"{100 * level:g}"
            row[f"var_{label}"] = -value_at_risk(-accumulated[:, -1], level)
            row[f"tvar_{label}"] = -tail_value_at_risk(-accumulated[:, -1], level)
        out.append(row)
    return pd.DataFrame(out)


def _by_replication(part: pd.DataFrame, outcome: str) -> npt.NDArray[np.float64]:
    """[replication, year] values of one outcome, years in order."""
    rows = part[part["outcome"] == outcome]
    wide = rows.pivot(index="replication", columns="year", values="value").sort_index(axis=1)
    return wide.to_numpy(dtype=np.float64)
