"""Summaries over replications: errors, intervals, paired differences, reform means; published risk measures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.outcomes import (
    REFORM,
    differences,
    fund_risk,
    response_effects,
    summarise,
    tail_value_at_risk,
    tidy,
    value_at_risk,
    with_reform_mean,
)

YEARS, REFORM_START = 4, 2


def table(arms: tuple[str, ...] = ("ffs", "drg"), replications: int = 5, seed: int = 1) -> pd.DataFrame:
    """Two outcomes; arms share a large noise and differ by a small one."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(0, 100, (replications, YEARS))
    rows = []
    for k, arm in enumerate(arms):
        own = rng.normal(0, 1, (replications, YEARS))
        for r in range(replications):
            for year in range(YEARS):
                shift = k * (year + 1) + k * own[r, year] if year >= REFORM_START else 0.0
                value = 1000 + luck[r, year] + shift
                rows.append(("s", arm, 0, r, year, "fund_balance", "all", value))
                rows.append(("s", arm, 0, r, year, "fund_accumulated", "all", value - 950))
    return tidy(rows)


def cell(frame: pd.DataFrame, **keys: object) -> pd.Series:
    mask = np.logical_and.reduce([frame[name] == value for name, value in keys.items()])
    assert mask.sum() == 1
    return frame[mask].iloc[0]


def test_units_come_from_the_catalogue() -> None:
    assert set(table()["unit"]) == {"yuan"}


def test_mean_error_and_interval() -> None:
    data = table()
    sample = data.query("arm == 'drg' and year == 3 and outcome == 'fund_balance'")["value"].to_numpy()
    row = cell(summarise(data), arm="drg", year=3, outcome="fund_balance")
    assert row["n"] == 5
    assert row["mean"] == pytest.approx(sample.mean())
    assert row["se"] == pytest.approx(stats.sem(sample))
    low, high = stats.t.interval(0.95, 4, loc=sample.mean(), scale=stats.sem(sample))
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["q50"] == pytest.approx(np.median(sample))
    assert row["q05"] == pytest.approx(np.quantile(sample, 0.05))


def test_one_replication_has_no_error_rather_than_none() -> None:
    data = table(replications=1)
    row = cell(summarise(data), arm="drg", year=3, outcome="fund_balance")
    assert math.isnan(row["se"])
    assert math.isnan(row["low"])
    assert not math.isnan(row["mean"])
    difference = cell(differences(data, "ffs"), arm="drg", year=3, outcome="fund_balance")
    assert math.isnan(difference["se"])
    assert not difference["clear"]


def test_undefined_values_are_left_out_of_the_count() -> None:
    data = table()
    data.loc[(data["replication"] == 0) & (data["arm"] == "drg"), "value"] = math.nan
    assert cell(summarise(data), arm="drg", year=3, outcome="fund_balance")["n"] == 4
    difference = cell(differences(data, "ffs"), arm="drg", year=3, outcome="fund_balance")
    assert difference["n"] == 4
    assert difference["difference"] == pytest.approx(4, abs=2)


def test_differences_are_paired_inside_replications() -> None:
    data = table()
    row = cell(differences(data, "ffs"), arm="drg", year=3, outcome="fund_balance")
    wide = data.query("year == 3 and outcome == 'fund_balance'").pivot(
        index="replication", columns="arm", values="value"
    )
    delta = wide["drg"] - wide["ffs"]
    assert row["difference"] == pytest.approx(delta.mean())
    assert row["se"] == pytest.approx(stats.sem(delta))
    assert row["base"] == pytest.approx(wide["ffs"].mean())
    assert row["se"] < summarise(data)["se"].max() / 10  # unpaired, the shared noise would hide the effect
    assert row["clear"]


def test_pairs_do_not_depend_on_the_order_of_rows() -> None:
    data = table()
    mixed = data.sample(frac=1, random_state=3)
    keys = ["arm", "year", "outcome"]
    left = differences(data, "ffs", reform_start=REFORM_START).sort_values(keys, ignore_index=True)
    right = differences(mixed, "ffs", reform_start=REFORM_START).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(left, right)


def test_history_years_do_not_differ_at_all() -> None:
    row = cell(differences(table(), "ffs"), arm="drg", year=0, outcome="fund_balance")
    assert (row["difference"], row["se"], row["clear"]) == (0, 0, False)


def test_reform_mean_is_taken_inside_replications_first() -> None:
    data = table()
    averaged = with_reform_mean(data, REFORM_START)
    value = averaged.query("arm == 'drg' and replication == 2 and year == @REFORM and outcome == 'fund_balance'")[
        "value"
    ]
    years = data.query("arm == 'drg' and replication == 2 and year >= 2 and outcome == 'fund_balance'")["value"]
    assert value.item() == pytest.approx(years.mean())
    row = cell(differences(data, "ffs", reform_start=REFORM_START), arm="drg", year=REFORM, outcome="fund_balance")
    wide = averaged.query("year == @REFORM and outcome == 'fund_balance'").pivot(
        index="replication", columns="arm", values="value"
    )
    assert row["se"] == pytest.approx(stats.sem(wide["drg"] - wide["ffs"]))


def test_response_off_arms_are_compared_with_their_own_kind() -> None:
    data = table(("ffs", "drg", "ffs@off", "drg@off"))
    pairs = set(map(tuple, differences(data, "ffs")[["arm", "baseline"]].drop_duplicates().to_numpy()))
    assert pairs == {("drg", "ffs"), ("drg@off", "ffs@off")}
    effects = set(map(tuple, response_effects(data)[["arm", "baseline"]].drop_duplicates().to_numpy()))
    assert effects == {("ffs", "ffs@off"), ("drg", "drg@off")}


def test_an_outcome_only_one_arm_has_yields_no_difference() -> None:
    data = pd.concat([table(), tidy([("s", "drg", 0, 0, 3, "surplus", "all", 5.0)])])
    assert "surplus" not in set(differences(data, "ffs")["outcome"])


def test_unknown_baseline_is_named() -> None:
    with pytest.raises(KeyError, match="'dip' is not in the table; arms are ffs, drg"):
        differences(table(), "dip")


def test_single_arm_has_no_differences_but_the_columns() -> None:
    frame = differences(table(("ffs",)), "ffs")
    assert frame.empty
    assert {"difference", "se", "clear", "baseline"} <= set(frame.columns)


# --- risk -----------------------------------------------------------------------------------------------------------

GRID = (np.arange(400_000) + 0.5) / 400_000  # equally likely points at mid-quantiles of each law


@pytest.mark.parametrize(
    ("law", "level", "var", "tvar", "rel"),
    [
        (stats.expon(scale=1000), 0.95, 2995.7323, 3995.7323, 1e-4),
        (stats.norm(100, 20), 0.95, 132.89707, 141.25426, 1e-4),
        (stats.norm(100, 20), 0.99, 146.52696, 153.30428, 1e-4),
        (stats.lognorm(2, scale=math.exp(8)), 0.95, 79_994.0274, 281_392.5196, 2e-3),
        (stats.lomax(3, scale=2000), 0.95, 3428.8352, 6143.2528, 1e-3),
        (stats.uniform(0, 100), 0.95, 95, 97.5, 1e-4),
        (stats.expon(scale=31.71), 0.95, 94.9947, 126.7047, 1e-4),
    ],
)
def test_value_at_risk_of_published_laws(
    law: stats.distributions.rv_frozen, level: float, var: float, tvar: float, rel: float
) -> None:
    points = law.ppf(GRID)
    assert value_at_risk(points, level) == pytest.approx(var, rel=rel)
    assert tail_value_at_risk(points, level) == pytest.approx(tvar, rel=rel)


@pytest.mark.parametrize(("level", "expected"), [(0.6, 1), (0.9, 3), (0.95, 3), (0.95001, 4)])
def test_quantile_convention_is_the_left_continuous_inverse(level: float, expected: float) -> None:
    losses = [1] * 75 + [3] * 20 + [4] * 5
    assert value_at_risk(losses, level) == expected


def test_tail_value_at_risk_splits_a_tie() -> None:
    losses = [0] * 8 + [10, 20]
    assert tail_value_at_risk(losses, 0.85) == pytest.approx((0.05 * 10 + 0.1 * 20) / 0.15)
    assert tail_value_at_risk([7.0], 0.99) == 7.0
    assert math.isnan(tail_value_at_risk([], 0.5))
    with pytest.raises(ValueError, match="between 0 and 1"):
        value_at_risk([1.0], 95)


def test_fund_risk_across_replications() -> None:
    rows = []
    for r in range(100):
        for year in range(3):
            balance = -1.0 if year == 0 or r < 10 else 1.0
            rows.append(("s", "a", 0, r, year, "fund_balance", "all", balance))
            rows.append(("s", "a", 0, r, year, "fund_accumulated", "all", float(r - 5)))
    row = fund_risk(tidy(rows), reform_start=1).iloc[0]
    assert row["n"] == 100
    assert row["deficit"] == pytest.approx(0.10)
    assert row["exhausted"] == pytest.approx(0.05)
    assert row["se_exhausted"] == pytest.approx(math.sqrt(0.05 * 0.95 / 100))
    assert row["var_95"] == 0.0  # balances −5 … 94: five of a hundred lie below 0
    assert row["tvar_95"] == pytest.approx(-3.0)  # and their mean is that of −5 … −1
    single = fund_risk(tidy([row for row in rows if row[3] == 0]), reform_start=1).iloc[0]
    assert math.isnan(single["se_deficit"])
