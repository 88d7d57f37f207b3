"""Intervals hold what they say, or are not given: coverage by simulation, on laws whose means are known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats

from sim.outcomes import OUTCOMES, differences, summarise, tidy
from sim.outcomes.intervals import FOLLOWS, HELD, HOLDS, RARE, interval
from sim.outcomes.summary import REFORM
from sim.report import Analysis
from sim.report.data import way_of
from sim.report.sentences import answer
from sim.report.table_rows import WITHOUT_INTERVAL, headline_lines, table_note
from tests.report_world import ARMS, comparison, table

Sample = Callable[[np.random.Generator, int], npt.NDArray[np.float64]]
SAMPLES = 4000


def _clusters(events: float) -> Sample:
    """Waits: a Poisson number of queues, each as long as an exponential law says."""

    def draw(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        queues = rng.poisson(events, n)
        return np.where(queues > 0, rng.gamma(np.maximum(queues, 1)), 0.0)

    return draw


def _capped(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Outgo that a cap holds in four of five replications, up to whole fen divided by heads."""
    free = rng.random(n) < 0.2
    return np.where(free, 1096.7 - rng.exponential(10, n), 1096.7 + rng.uniform(-1e-4, 1e-4, n))


LAWS: dict[str, tuple[Sample, float, bool]] = {
    "rare count": (lambda rng, n: rng.poisson(0.2, n).astype(float), 0.2, True),
    "few queues": (_clusters(0.5), 0.5, True),
    "some queues": (_clusters(2.0), 2.0, True),
    "heavy tail": (lambda rng, n: rng.lognormal(0, 1.5, n), math.exp(1.125), True),
    "constant": (lambda rng, n: np.full(n, 22.0), 22.0, False),
    "capped": (_capped, 1094.7, False),
    "rare count that is not declared": (lambda rng, n: rng.poisson(0.1, n).astype(float), 0.1, False),
    "small count": (lambda rng, n: rng.poisson(4.0, n).astype(float), 4.0, False),
    "count": (lambda rng, n: rng.poisson(80.0, n).astype(float), 80.0, False),
    "normal": (lambda rng, n: rng.normal(100, 5, n), 100.0, False),
    "many queues": (_clusters(40.0), 40.0, False),
}


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("law", LAWS)
def test_an_interval_that_is_given_holds(law: str, n: int) -> None:
    """At most 7 % of the intervals that are given miss; where hardly any is, at most 7 in 1,000 samples mislead."""
    draw, mean, rare = LAWS[law]
    rng = np.random.default_rng(n)
    given = missed = 0
    for _ in range(SAMPLES):
        kind, low, high = interval(draw(rng, n), rare=rare)
        given += kind == "t"
        missed += kind == "t" and not low <= mean <= high
    assert missed <= max(0.07 * given, 0.007 * SAMPLES), (given, missed)
    assert law not in ("normal", "count", "many queues") or given > 0.95 * SAMPLES


def test_an_ordinary_outcome_keeps_its_interval() -> None:
    values = np.random.default_rng(1).normal(100, 5, 12)
    kind, low, high = interval(values, confidence=0.9)
    assert kind == "t"
    assert (low, high) == pytest.approx(stats.t.interval(0.9, 11, loc=values.mean(), scale=stats.sem(values)))


def _two_arms(outcome: str, base: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> pd.DataFrame:
    rows = [("s", arm, 0, r, 3, outcome, "all", x) for arm, v in (("a", base), ("b", other)) for r, x in enumerate(v)]
    return tidy(rows)


def test_tables_say_why_there_is_no_interval() -> None:
    rng = np.random.default_rng(4)
    normal = rng.normal(1000, 10, 10)
    for outcome, base, other, kinds in (
        ("wait_visit", normal, normal + rng.normal(0, 1, 10), ("rare", "rare")),  # declared
        ("fund_premium", np.full(10, 900.0), np.full(10, 950.0), ("same", "same")),  # a constant premium
        ("fund_outgo_per_head", normal, _capped(rng, 10), ("tied", "t")),  # the difference has the noise of the other
        ("own_payment_per_head", normal, normal + rng.normal(5, 1, 10), ("t", "t")),
    ):
        data = _two_arms(outcome, base, other)
        level = summarise(data).query("arm == 'b'").iloc[0]
        change = differences(data, "a").iloc[0]
        assert (level["interval"], change["interval"]) == kinds, outcome
        for row in (level, change):
            assert math.isnan(row["low"]) == math.isnan(row["high"]) == (row["interval"] != "t")
        assert change["clear"] == (outcome in ("fund_premium", "own_payment_per_head", "fund_outgo_per_head"))


def test_totals_of_the_fund_follow_its_outgo_per_head() -> None:
    rng = np.random.default_rng(5)
    heads = rng.normal(16_000, 100, 10)
    free, capped = rng.normal(1000, 10, 10), _capped(rng, 10)
    data = pd.concat(
        [
            _two_arms("fund_outgo_per_head", free, capped),
            _two_arms("fund_accumulated", 1e7 - heads * free, 1e7 - heads * capped),
        ]
    )
    kinds = summarise(data).set_index(["arm", "outcome"])["interval"].to_dict()
    assert kinds["a", "fund_accumulated"] == "t"
    assert kinds["b", "fund_accumulated"] == "tied"
    assert set(differences(data, "a")["interval"]) == {"t"}


def _held_years(rng: np.random.Generator, n: int, often: float, year: int) -> pd.DataFrame:
    """Samples (as draws) of n replications of a year in which income holds a normal spending as often as said."""
    cap = stats.norm.ppf(1 - often)
    spending = rng.normal(size=(SAMPLES, n))
    columns = {
        "fund_balance": cap - np.minimum(spending, cap) + rng.normal(0, 0.02, (SAMPLES, n)),
        "surplus_revenue_cap": -np.maximum(spending - cap, 0),
    }
    draw, replication = (index.ravel() for index in np.indices((SAMPLES, n)))
    return pd.concat(
        pd.DataFrame({"draw": draw, "replication": replication, "outcome": name, "value": values.ravel()})
        for name, values in columns.items()
    ).assign(study="s", arm="a", year=year, group="all", unit="yuan")


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("often", [0.1, 0.4, 0.6, 0.8])
def test_what_is_left_of_income_has_no_interval_where_most_years_are_held(often: float, n: int) -> None:
    """The mean is that of the normal law's part below the cap; at most 7 % of the intervals that are given miss it."""
    data = _held_years(np.random.default_rng(n), n, often, 3)
    found = summarise(data, quantiles=()).query("outcome == 'fund_balance'")
    cap = stats.norm.ppf(1 - often)
    mean = cap * stats.norm.cdf(cap) + stats.norm.pdf(cap)
    given = found[found["interval"] == "t"]
    missed = ((given["low"] > mean) | (given["high"] < mean)).sum()
    assert missed <= max(0.07 * len(given), 0.007 * SAMPLES), (len(given), missed)
    assert found["low"].isna().equals(found["interval"] == "tied")
    assert often > 0.1 or len(given) > 0.95 * SAMPLES


def test_years_are_counted_for_the_mean_of_a_reform() -> None:
    """Held in one of three reform years: the mean of the years keeps its interval, that year loses its own."""
    rng = np.random.default_rng(8)
    data = []
    for year, held in ((2, True), (3, True), (4, False), (5, False)):  # year 2 is before the reform
        data.append(_two_arms("surplus_revenue_cap", -np.full(8, float(held)), np.zeros(8)).assign(year=year))
        data.append(_two_arms("fund_balance", rng.normal(5, 1, 8), rng.normal(5, 1, 8)).assign(year=year))
    found = summarise(pd.concat(data), reform_start=3).set_index(["arm", "outcome", "year"])["interval"]
    assert [found["a", "fund_balance", year] for year in (2, 3, 4, REFORM)] == ["tied", "tied", "t", "t"]
    assert [found["b", "fund_balance", year] for year in (2, 3, 4, REFORM)] == ["t"] * 4


def test_outcomes_without_intervals_exist() -> None:
    assert RARE | set(FOLLOWS) | set(FOLLOWS.values()) | HELD | {HOLDS} <= set(OUTCOMES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_marks_numbers_without_an_interval(language: str) -> None:
    arms = {name: ARMS[name] for name in ("ffs", "package")}
    data = table(6, arms, off=False)
    capped = (data["outcome"] == "fund_outgo_per_head") & (data["arm"] == "package")
    data.loc[capped, "value"] = np.where(data.loc[capped, "replication"] < 5, 1096.7, 1050.0)
    premium = data["outcome"] == "own_payment_per_head"
    data.loc[premium, "value"] = np.where(data.loc[premium, "arm"] == "package", 610.0, 600.0)
    analysis = Analysis(comparison(language, 6, arms=arms, table=data))  # type: ignore[arg-type]
    lines = {line.id: line.cells["package"] for line in headline_lines(analysis)}
    assert lines["fund_outgo_per_head"].level == "1,088.9 ○"
    assert lines["fund_accumulated"].level.endswith("○")
    assert "±" not in lines["own_payment_per_head"].level
    assert lines["own_payment_per_head"].on.marked == "▼ +10.0"
    assert WITHOUT_INTERVAL.of(analysis.language) in table_note(analysis)
    assert "○" in " ".join(answer(analysis))
    assert way_of(analysis.level("package", "fund_outgo_per_head")) == "rare"
