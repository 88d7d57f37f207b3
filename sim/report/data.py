"""What the report is made from, and the estimates it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sim.core.text import Language, Text
from sim.core.visible import visible
from sim.experiment.findings import Check, Finding
from sim.outcomes.catalogue import HEADLINE, OUTCOMES
from sim.outcomes.outcome import ALL, Outcome
from sim.outcomes.risk import fund_risk
from sim.outcomes.summary import OFF, REFORM, differences, paired, response_effects, summarise
from sim.report.text import word

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "miss", "apart", "info"]


class ValidationRow(NamedTuple):
    """One line of the comparison with published figures; numbers in the unit that is named."""

    label: Text
    unit: Text
    """As a reader reads it, for example Text("yuan", "元"); values are shown as they are."""
    target: float
    simulated: float
    tolerance: float
    """Largest absolute difference that passes; nan when the row is only shown."""
    source: Text
    error: float = math.nan
    """Standard error of the simulated value."""
    decimals: int = 2
    note: Text = Text("", "")
    judged: bool = True
    """False: a national figure, which this county need not meet."""
    own: bool = False
    """The figure is the county's own."""

    @property
    def difference(self) -> float:
        """Simulated minus target."""
        return self.simulated - self.target

    @property
    def verdict(self) -> Verdict:
        """Within tolerance or not, or only shown; a value that is not a number is not within it."""
        if math.isnan(self.tolerance):
            return "info"
        if abs(self.difference) <= self.tolerance:
            return "ok"
        return "miss" if self.judged else "apart"


class SettingRow(NamedTuple):
    """One setting that is not the default."""

    key: str
    label: Text
    value: Text
    """With its unit."""
    default: Text
    origin: Text
    """Who set it."""


class County(NamedTuple):
    """What county a report is about."""

    base_year: int
    residents: int
    """0: a sweep has several numbers."""
    history: int
    """Years."""
    reform: int
    seed: int
    """-1: a sweep has several."""
    replications: int
    settings: tuple[SettingRow, ...]
    """Of the history, and so of all arms."""
    arms: Mapping[str, tuple[SettingRow, ...]]
    """By arm, what it sets otherwise."""
    targets: str | None
    """The user's file of figures; "" for the national ones; None: it is held against none."""
    changed: bool
    """National figures do not describe it."""


class SweepAxis(NamedTuple):
    """One swept parameter."""

    key: str
    """Override key, for example ``settlement.retained_share``."""
    label: Text
    values: tuple[Any, ...]


class Sweep(NamedTuple):
    """The grid of a sweep."""

    axes: tuple[SweepAxis, ...]
    points: Mapping[str, tuple[Any, ...]]
    """Arm id -> one value per axis."""


class Claim(NamedTuple):
    """An effect that a source reports, and how a run can be held against it."""

    effect: Text
    citation: str
    checks: tuple[Check, ...] = ()
    """All must hold; empty: the claim is only told."""


@dataclass(frozen=True)
class ReportInput:
    """Everything a report shows.

    Attributes:
        title: of the study.
        question: the study's question.
        table: tidy table of all arms, draws and replications.
        arms: arm id -> label, in the order of display; an id ``x@off`` is arm ``x`` with the provider response off and
            needs no label of its own.
        baseline: id of the baseline arm; None for a sweep or a single arm.
        reform_start: first reform year, 0-based.
        base_year: calendar year of model year 0.
        language: "en" or "zh".
        validation: comparison with published figures.
        manifest: facts about the run, shown as a table (nested mappings are flattened).
        sweep: axes and points of a sweep.
        remarks: what a reader must know of the settings: how they were read, which had no effect.
        notes: further notes on the study: references, and expected effects that no run can be held against.
        findings: numbers that answer the question, told first.
        claims: what the study's sources report.
        departures: where the model is known to differ from them, and why.
        confidence: level of the intervals.
        statements: of the fund's ledger, of replication 0 (`sim.report.statements`); None if none was saved.
        county: which county it is; None where that is not known.
    """

    title: Text
    question: Text
    table: pd.DataFrame
    arms: Mapping[str, Text]
    baseline: str | None
    reform_start: int
    base_year: int
    language: Language = "en"
    validation: Sequence[ValidationRow] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    sweep: Sweep | None = None
    remarks: Sequence[Text] = ()
    notes: Sequence[Text] = ()
    findings: Sequence[Finding] = ()
    claims: Sequence[Claim] = ()
    departures: Sequence[Text] = ()
    confidence: float = 0.95
    statements: pd.DataFrame | None = None
    county: County | None = None


class Estimate(NamedTuple):
    """A mean or a paired difference over replications, with standard error and t interval; stored units."""

    value: float
    se: float
    low: float
    high: float
    n: int

    @property
    def clear(self) -> bool:
        """The interval leaves out 0: as a difference, it can be told from noise."""
        return self.low > 0 or self.high < 0


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, 0)
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
        """Views of at most ``most`` arms each, the baseline on every one; this alone if it has no more."""
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
        found = differences(self.table, self.baseline, reform_start=self.start, confidence=level)
        return _index(found, "difference")

    @cached_property
    def _effects(self) -> dict[_Key, Estimate]:
        if not self.off:
            return {}
        found = response_effects(self.table, reform_start=self.start, confidence=self.data.confidence)
        return _index(found, "difference")

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
        """Paired difference to the baseline; of ``x@off`` to the baseline with the response off."""
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
        """Label of an arm in the report's language, what is not seen of it written out."""
        name = arm.removesuffix(OFF)
        text = visible(self.data.arms[name].of(self.language) if name in self.data.arms else name)
        return f"{text} ({word('response_off', self.language)})" if arm.endswith(OFF) else text

    def calendar(self, year: int) -> int:
        """Calendar year of a model year."""
        return self.data.base_year + year

    def period(self, outcome: str) -> str:
        """In words, what stands for the reform in this outcome."""
        first, last = self.calendar(self.start), self.calendar(self.last)
        if OUTCOMES[outcome].horizon == "end":
            return word("at_end", self.language, year=last)
        key = "mean_of" if last > first else "mean_of_one"
        return word(key, self.language, first=first, last=last)

    def headlines(self) -> list[Outcome]:
        """Headline outcomes that at least one arm has."""
        arms = [*self.arms, *self.off.values()]
        return [outcome for outcome in HEADLINE if any(self.level(arm, outcome.id).n for arm in arms)]


def _index(frame: pd.DataFrame, value: str) -> dict[_Key, Estimate]:
    """Estimates by (arm, outcome, group, year)."""
    columns = ("arm", "outcome", "group", "year", value, "se", "low", "high", "n")
    arrays = [frame[name].tolist() for name in columns]
    return {
        (arm, outcome, group, int(year)): Estimate(mean, se, low, high, int(n))
        for arm, outcome, group, year, mean, se, low, high, n in zip(*arrays, strict=True)
    }
