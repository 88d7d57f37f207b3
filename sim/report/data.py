"""What the report is made from, and what an estimate is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from sim.core.text import Language, Text
from sim.experiment.findings import Check, Finding
from sim.outcomes.intervals import Kind

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
    use: str = ""
    """Whether the county was "fitted" to the figure, was given it ("set"), or it was "held out"; "": not said."""

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
    whole: int = 0
    """Residents of the county of which those simulated are a part; 0: not said."""
    alike: bool = False
    """No year differs from another for everybody."""


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
    citation: Text
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
        terms: how communities are settled (`sim.money.settlement.Terms`), of the arms in which they hold a budget.
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
    terms: Mapping[str, Any] = field(default_factory=dict)


class Estimate(NamedTuple):
    """A mean or a paired difference over replications, with standard error and interval; stored units.

    Where there is no interval, se, low and high are nan; where all replications agree, se is 0 and both ends the value.
    """

    value: float
    se: float
    low: float
    high: float
    n: int
    interval: Kind = "t"
    """How the interval was found, or why there is none."""

    @property
    def rare(self) -> bool:
        """Several replications, and still no interval: the value rests on events too rare for one."""
        return self.interval in ("rare", "tied")

    @property
    def clear(self) -> bool:
        """The interval leaves out 0: as a difference, it can be told from noise."""
        return self.low > 0 or self.high < 0


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, 0)


def way_of(estimate: Estimate) -> str:
    """Which way a difference points, as far as one can say: up, down, noise, rare, single, same or absent."""
    if not math.isfinite(estimate.value):
        return "absent"
    if estimate.low == estimate.high == 0:
        return "same"
    if estimate.rare:
        return "rare"
    if not math.isfinite(estimate.low):
        return "single"
    if not estimate.clear:
        return "noise"
    return "up" if estimate.value > 0 else "down"


class Shown(Protocol):
    """What words and marks need to know of a report: its language, its arms, and how arms and years are called."""

    language: Language
    every: list[str]
    """All arms: what an arm looks like does not depend on the page it is on."""
    baseline: str | None

    def label(self, arm: str) -> str:
        """Label of an arm."""
        ...

    def calendar(self, year: int) -> int:
        """Calendar year of a model year."""
        ...
