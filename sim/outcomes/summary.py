"""What replications say: means with Monte Carlo errors, and paired differences to the baseline arm.

Tables are pandas DataFrames in the tidy form: study, arm, draw, replication, year, outcome, group, value, unit.
Arms share their luck replication by replication, so a difference is taken inside each replication first and averaged
after; its error is that of the differences, usually far smaller than the errors of the two levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.outcomes.intervals import CONFIDENCE, FOLLOWS, HELD, HOLDS, MOST, RARE, intervals, ties
from sim.outcomes.outcome import ALL, OFF, TIDY

if TYPE_CHECKING:
    import pandas as pd

REFORM = -1
"""Value of ``year`` in rows that average over the reform years."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_CELL = ["study", "arm", "draw", "year", "outcome", "group", "unit"]


def _moments(table: pd.DataFrame, keys: list[str], name: str, confidence: float) -> pd.DataFrame:
    """Count, mean, standard deviation, standard error and interval of column ``name`` by ``keys``."""
    grouped = table.groupby(keys, sort=False, dropna=False, observed=True)[name]
    out = grouped.agg(n="count", mean="mean", sd="std").reset_index()
    cell = grouped.ngroup().to_numpy()  # groups are numbered as they stand in the rows of ``out``
    shared = ties(table[name].to_numpy(dtype=np.float64), grouped.median().to_numpy()[cell])
    tied = np.bincount(cell, weights=shared, minlength=len(out))
    root = np.sqrt(out["n"].where(out["n"] > 1))  # one replication says nothing about its own error: nan, never 0
    out["se"] = out["sd"] / root
    rare = out["outcome"].isin(RARE)
    out["interval"], out["low"], out["high"] = intervals(out["n"], out["mean"], out["sd"], tied, rare, confidence)
    return out


def _following(levels: pd.DataFrame) -> pd.DataFrame:
    """The levels without the intervals of outcomes that follow another one which has none (`FOLLOWS`)."""
    keys = ["study", "arm", "draw", "year", "outcome"]
    led = levels.loc[levels["group"] == ALL, [*keys, "interval"]]
    own = levels[keys].assign(outcome=levels["outcome"].map(FOLLOWS))
    leading = own.merge(led, on=keys, how="left")["interval"].to_numpy()
    return _without(levels, np.isin(leading, ["same", "tied"]))


def _held(levels: pd.DataFrame, table: pd.DataFrame, reform_start: int | None) -> pd.DataFrame:
    """The levels without the intervals of `HELD` where budgets were held down to income in most years.

    Args:
        levels: means, with rows ``year == REFORM`` where ``reform_start`` is given.
        table: tidy table that they are means of, by years.
        reform_start: first of the years that those rows are means of.
    """
    import pandas as pd

    keys = ["study", "arm", "draw", "year"]
    caps = table.loc[(table["outcome"] == HOLDS) & (table["group"] == ALL) & (table["year"] != REFORM)]
    if caps.empty:
        return levels
    years = caps[keys].assign(held=caps["value"] < 0)
    if reform_start is not None:
        years = pd.concat([years, years[years["year"] >= reform_start].assign(year=REFORM)], ignore_index=True)
    share = years.groupby(keys, observed=True)["held"].mean().reset_index()
    binds = levels[keys].merge(share, on=keys, how="left")["held"].to_numpy(dtype=np.float64) > MOST
    return _without(levels, binds & levels["outcome"].isin(HELD).to_numpy())


def _without(levels: pd.DataFrame, lost: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The levels without the intervals of some of their rows."""
    lost = lost & (levels["interval"] == "t").to_numpy()
    levels.loc[lost, "interval"] = "tied"
    levels.loc[lost, ["low", "high"]] = np.nan
    return levels


def with_reform_mean(table: pd.DataFrame, reform_start: int) -> pd.DataFrame:
    """The tidy table plus rows ``year == REFORM``: each replication's mean over the years from ``reform_start`` on."""
    import pandas as pd

    after = table[table["year"] >= reform_start]
    if after.empty:
        return table
    keys = [column for column in TIDY if column not in ("year", "value")]
    means = after.groupby(keys, sort=False, dropna=False, observed=True)["value"].mean().reset_index()
    means["year"] = REFORM
    return pd.concat([table, means[list(TIDY)]], ignore_index=True)


def summarise(
    table: pd.DataFrame,
    *,
    reform_start: int | None = None,
    quantiles: tuple[float, ...] = QUANTILES,
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """Mean, standard error (sd/√n), interval and quantiles over replications.

    Args:
        table: tidy table.
        reform_start: first reform year; adds rows with ``year == REFORM``, the mean over reform years, taken inside
            each replication first.  None adds none.
        quantiles: probabilities of the quantile columns, named q05, q25, ...; linear interpolation between order
            statistics.
        confidence: of the interval (low, high).

    Returns:
        study, arm, draw, year, outcome, group, unit, n, mean, sd, se, interval, low, high, q05 ...  With one
        replication sd and se are nan; where ``interval`` says that there is none, low and high are.
    """
    if reform_start is not None:
        table = with_reform_mean(table, reform_start)
    out = _held(_following(_moments(table, _CELL, "value", confidence)), table, reform_start)
    grouped = table.groupby(_CELL, sort=False, dropna=False, observed=True)["value"]
    for q in quantiles:
        out[f"q{round(100 * q):02d}"] = grouped.quantile(q).to_numpy()
    return out


def baseline_of(arm: str, baseline: str, arms: set[str]) -> str:
    """The arm that ``arm`` is compared with: response-off arms with the response-off baseline where there is one."""
    twin = baseline.removesuffix(OFF) + OFF
    return twin if arm.endswith(OFF) and twin in arms else baseline


def differences(
    table: pd.DataFrame, baseline: str, *, reform_start: int | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Paired differences arm − baseline: per draw and replication first, then mean, error and interval.

    Args:
        table: tidy table.
        baseline: id of the baseline arm; an arm ``x@off`` is compared with ``baseline@off`` if the table has it.
        reform_start: first reform year; adds rows with ``year == REFORM`` as in `summarise`.
        confidence: of the interval (low, high).

    Returns:
        study, arm, baseline, draw, year, outcome, group, unit, n, difference, sd, se, interval, low, high, base (the
        baseline's mean) and clear (the interval leaves out 0, or every replication has the same difference, not 0).
        Cells that one of the two arms lacks are left out.

    Raises:
        KeyError: if the baseline is not among the arms.
    """
    import pandas as pd

    if reform_start is not None:
        table = with_reform_mean(table, reform_start)
    arms = list(dict.fromkeys(table["arm"]))
    if baseline not in arms:
        raise KeyError(f"baseline arm {baseline!r} is not in the table; arms are {', '.join(map(str, arms))}")
    pairs = [(arm, baseline_of(arm, baseline, set(arms))) for arm in arms]
    parts = [paired(table, arm, other, confidence) for arm, other in pairs if arm != other]
    return pd.concat(parts, ignore_index=True) if parts else _no_differences()


def response_effects(
    table: pd.DataFrame, *, reform_start: int | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """What the provider response adds: paired differences of each arm to its response-off twin, as `differences`."""
    import pandas as pd

    if reform_start is not None:
        table = with_reform_mean(table, reform_start)
    arms = list(dict.fromkeys(table["arm"]))
    parts = [paired(table, arm, arm + OFF, confidence) for arm in arms if arm + OFF in arms]
    return pd.concat(parts, ignore_index=True) if parts else _no_differences()


def paired(table: pd.DataFrame, arm: str, other: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Differences ``arm`` − ``other`` inside each replication, summed up; form of `differences`."""
    keys = ["study", "draw", "replication", "year", "outcome", "group", "unit"]
    left = table.loc[table["arm"] == arm, [*keys, "value"]]
    right = table.loc[table["arm"] == other, [*keys, "value"]].rename(columns={"value": "base"})
    both = left.merge(right, on=keys, how="inner", validate="one_to_one")
    both["difference"] = both["value"] - both["base"]
    both["base"] = both["base"].where(both["difference"].notna())
    cell = [key for key in keys if key != "replication"]
    out = _moments(both, cell, "difference", confidence).rename(columns={"mean": "difference"})
    base = both.groupby(cell, sort=False, dropna=False, observed=True)["base"].mean()
    out["base"] = base.to_numpy()
    out["clear"] = (out["low"] > 0) | (out["high"] < 0) | ((out["interval"] == "same") & (out["difference"] != 0))
    out.insert(1, "arm", arm)
    out.insert(2, "baseline", other)
    return out


def _no_differences() -> pd.DataFrame:
    import pandas as pd

    text = ["study", "arm", "baseline", "outcome", "group", "unit", "interval"]
    names = ["study", "arm", "baseline", "draw", "year", "outcome", "group", "unit"]
    names += ["n", "difference", "sd", "se", "interval", "low", "high", "base"]
    columns = {name: pd.Series(dtype="str" if name in text else "float64") for name in names}
    return pd.DataFrame({**columns, "clear": pd.Series(dtype="bool")})
