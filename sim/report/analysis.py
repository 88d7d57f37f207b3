"""The estimates of a report: means, paired differences, effects of the response; looked up by arm, outcome and year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.core.text import Language
from sim.core.visible import visible
from sim.experiment.findings import BASELINE, LEVEL, Finding
from sim.outcomes.catalogue import HEADLINE, OUTCOMES
from sim.outcomes.intervals import Kind
from sim.outcomes.outcome import ALL, OFF, Outcome
from sim.outcomes.risk import fund_risk
from sim.outcomes.summary import REFORM, differences, paired, response_effects, summarise
from sim.report.data import NOTHING, Estimate, ReportInput
from sim.report.labels import word

if TYPE_CHECKING:
    import pandas as pd

_Key = tuple[str, str, str, int]


class Analysis:
    """Estimates of a `ReportInput`, computed once and looked up by arm, outcome, group and year."""

    def __init__(self, data: ReportInput) -> None:
        self.data = data
        self.language: Language = data.language
        self.confidence = f"{100 * data.confidence:g}%"
        table = data.table
        if table["draw"].nunique() > 1:  # draws are pooled with replications: each is one more possible world
            code = table["draw"].astype("int64") * (int(table["replication"].max()) + 1)
            table = table.assign(replication=code + table["replication"], draw=0)
        self.table = table
        self.years = sorted(int(year) for year in table["year"].unique())
        reform = [year for year in self.years if year >= data.reform_start]
        self.reform_years = reform or self.years
        self.start = self.reform_years[0]
        self.last = self.years[-1]
        self.replications = int(table.groupby("arm", observed=True)["replication"].nunique().max())
        present = set(table["arm"].unique())
        self.arms = [arm for arm in data.arms if arm in present and not arm.endswith(OFF)]
        self.off = {arm: arm + OFF for arm in self.arms if arm + OFF in present}
        self.baseline = data.baseline if data.baseline in present and len(self.arms) > 1 else None
        self.others = [arm for arm in self.arms if arm != self.baseline] if self.baseline else []
        self.every = self.arms
        """All arms, also in a view of some of them: what an arm looks like does not depend on the page it is on."""

    def pages(self, most: int) -> list[Analysis]:
        """Views of at most ``most`` arms each, with the baseline in all; only this one if it has no more arms."""
        if len(self.arms) <= most or self.data.sweep is not None:
            return [self]
        apart = [arm for arm in self.arms if arm != self.baseline]
        count = math.ceil(len(apart) / (most - bool(self.baseline)))
        size = math.ceil(len(apart) / count)
        return [self._view(apart[k : k + size]) for k in range(0, len(apart), size)]

    def _view(self, chosen: Sequence[str]) -> Analysis:
        """The same estimates, fewer arms."""
        _ = self._levels, self._differences, self._effects  # computed once, for all views
        view = copy(self)
        view.arms = [arm for arm in self.arms if arm in chosen or arm == self.baseline]
        view.others = [arm for arm in self.others if arm in chosen]
        view.off = {arm: off for arm, off in self.off.items() if arm in view.arms}
        return view

    @cached_property
    def _levels(self) -> dict[_Key, Estimate]:
        summary = summarise(self.table, reform_start=self.start, quantiles=(), confidence=self.data.confidence)
        return _index(summary, "mean")

    @cached_property
    def _differences(self) -> dict[_Key, Estimate]:
        if self.baseline is None:
            return {}
        level = self.data.confidence
        frame = differences(self.table, self.baseline, reform_start=self.start, confidence=level)
        return _index(frame, "difference")

    @cached_property
    def _effects(self) -> dict[_Key, Estimate]:
        if not self.off:
            return {}
        frame = response_effects(self.table, reform_start=self.start, confidence=self.data.confidence)
        return _index(frame, "difference")

    @cached_property
    def risk(self) -> pd.DataFrame:
        """Risk of the fund by arm, indexed by arm id."""
        return fund_risk(self.table, reform_start=self.start).set_index("arm")

    def quantiles(self, outcome: str, arm: str) -> pd.DataFrame:
        """Years × (q05, q95) of one outcome of one arm."""
        mask = (self.table["outcome"] == outcome) & (self.table["arm"] == arm) & (self.table["group"] == ALL)
        return self.table[mask].groupby("year")["value"].quantile(np.array([0.05, 0.95])).unstack()

    def when(self, outcome: str) -> int:
        """The year that stands for the reform: `REFORM` (the mean) for flows, the last year for stocks."""
        return self.last if OUTCOMES[outcome].horizon == "end" else REFORM

    def level(self, arm: str, outcome: str, group: str = ALL, year: int | None = None) -> Estimate:
        """Mean over replications; by default of the reform years."""
        return self._levels.get((arm, outcome, group, self.when(outcome) if year is None else year), NOTHING)

    def difference(self, arm: str, outcome: str, group: str = ALL, year: int | None = None) -> Estimate:
        """Paired difference to the baseline; an arm ``x@off`` is compared with the baseline without the response."""
        return self._differences.get((arm, outcome, group, self.when(outcome) if year is None else year), NOTHING)

    def effect(self, arm: str, outcome: str) -> Estimate:
        """Paired difference of an arm to itself with the response off."""
        return self._effects.get((arm, outcome, ALL, self.when(outcome)), NOTHING)

    def between(self, arm: str, other: str, outcome: str, group: str = ALL, year: int | None = None) -> Estimate:
        """Paired difference of two arms; by default of the reform."""
        when = self.when(outcome) if year is None else year
        rows = self.table[(self.table["outcome"] == outcome) & (self.table["group"] == group)]
        if when == REFORM:
            rows = rows[rows["year"] >= self.start]
            keys = [name for name in rows.columns if name not in ("year", "value")]
            rows = rows.groupby(keys, sort=False, observed=True)["value"].mean().reset_index().assign(year=REFORM)
        else:
            rows = rows[rows["year"] == when]
        return next(iter(_index(paired(rows, arm, other, self.data.confidence), "difference").values()), NOTHING)

    def label(self, arm: str) -> str:
        """Label of an arm in the report's language; characters that cannot be seen are written out."""
        name = arm.removesuffix(OFF)
        text = visible(self.data.arms[name].of(self.language) if name in self.data.arms else name)
        return f"{text} ({word('response_off', self.language)})" if arm.endswith(OFF) else text

    def calendar(self, year: int) -> int:
        """Calendar year of a model year."""
        return self.data.base_year + year

    def period(self, outcome: str) -> str:
        """The years, in words, whose value of this outcome stands for the reform."""
        first, last = self.calendar(self.start), self.calendar(self.last)
        if OUTCOMES[outcome].horizon == "end":
            return word("at_end", self.language, year=last)
        key = "mean_of" if last > first else "mean_of_one"
        return word(key, self.language, first=first, last=last)

    def headlines(self) -> list[Outcome]:
        """Headline outcomes that at least one arm has."""
        arms = [*self.arms, *self.off.values()]
        return [outcome for outcome in HEADLINE if any(self.level(arm, outcome.id).n for arm in arms)]


def estimate_of(analysis: Analysis, finding: Finding) -> Estimate:
    """The number that a finding names."""
    year = year_of(analysis, finding)
    if finding.against == LEVEL:
        return analysis.level(finding.arm, finding.outcome, finding.group, year)
    if finding.against == BASELINE:
        return analysis.difference(finding.arm, finding.outcome, finding.group, year)
    return analysis.between(finding.arm, finding.against, finding.outcome, finding.group, year)


def share_of(analysis: Analysis, finding: Finding, estimate: Estimate) -> Estimate:
    """A difference as a share of the mean level that it is counted from, whose own error is left out."""
    other = (analysis.baseline or "") if finding.against == BASELINE else finding.against
    base = estimate_of(analysis, finding.model_copy(update={"arm": other, "against": LEVEL})).value
    if not base > 0:
        return NOTHING
    value, se, low, high = (number / base for number in estimate[:4])
    return estimate._replace(value=value, se=se, low=low, high=high)


def year_of(analysis: Analysis, finding: Finding) -> int:
    """Model year of a finding, or `REFORM` for the mean over the reform years."""
    if finding.horizon is None:
        return analysis.when(finding.outcome)
    if finding.horizon == "mean":
        return REFORM
    return analysis.last if finding.horizon == "end" else analysis.start + finding.horizon - 1


def _index(frame: pd.DataFrame, value: str) -> dict[_Key, Estimate]:
    """Estimates by (arm, outcome, group, year)."""
    columns = ("arm", "outcome", "group", "year", value, "se", "low", "high", "n", "interval")
    arrays = [frame[name].tolist() for name in columns]
    return {
        (arm, outcome, group, int(year)): _estimate(mean, se, low, high, int(n), kind)
        for arm, outcome, group, year, mean, se, low, high, n, kind in zip(*arrays, strict=True)
    }


def _estimate(mean: float, se: float, low: float, high: float, n: int, kind: Kind) -> Estimate:
    """An estimate as a reader is shown it: an error only where there is an interval."""
    if kind == "t":
        return Estimate(mean, se, low, high, n)
    if kind == "same":
        return Estimate(mean, 0.0, mean, mean, n, kind)
    return Estimate(mean, math.nan, math.nan, math.nan, n, kind)
