"""Assessment of a community at year end: process, outcome and guards, as one score 0..1 (A6, A7, A13, A16).

Each indicator scores (value - floor) / (target - floor), within 0..1; with a target below the floor, less is better.

    score     = weighted mean of the indicators that are known, to four decimals; 1 if none is
    effective = 1 - f (1 - score), f = part of the year for which assessment is in force (`from_year`)

A community's own values are used where the records know the community: chronic management, signing, renewal, admissions
in the county, inpatient spending, case mix and cost.  Avoidable admissions and readmissions are counted for the county
as a whole, so all communities share them.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from pydantic import model_validator

from sim.core import parameters
from sim.core.arrays import sum_by
from sim.core.parameters import param
from sim.core.units import PPM
from sim.money.history import ClosedYear, History
from sim.tables import (
    COUNTY,
    COUNTY_COUNTERS,
    INPATIENT,
    PROVIDER_COUNTERS,
    RESIDENT_INSURED,
    Claims,
    Floats,
    Flows,
    Ints,
    Population,
    resident_rows,
)

ONE = 10_000
"""A score is a whole number of ten-thousandths."""


class Indicator(parameters.Config):
    """One indicator: its weight and the values that score 0 and 1."""

    weight: float = param(1.0, unit="", zh="权重", ge=0, le=1_000)
    """Weight in the mean; 0: not used.
    Source: assumed: all alike"""
    floor: float = param(0.0, unit="", zh="零分值", ge=-1e6, le=1e6)
    """Value that scores 0.
    Source: assumed: scale of the indicator, near what the default county reaches"""
    target: float = param(1.0, unit="", zh="满分值", ge=-1e6, le=1e6)
    """Value that scores 1.
    Source: assumed: scale of the indicator, near what the default county reaches"""
    from_year: float = param(0.0, unit="years", zh="启用时间", ge=0, le=100)
    """Years after the reform from which it counts; 0.5: from the middle of the first reform year.
    Source: assumed: with the assessment"""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.floor == self.target:
            raise ValueError("floor and target of an indicator must differ")
        return self


class Assessment(parameters.Config):
    """Yearly assessment of the communities; off, every score is exactly 1."""

    apply: bool = param(False, unit="", zh="年终考核")
    """Assess the communities; the score acts where settlement gives it a weight, and on the deposit.
    Source: A7, doc 004: surplus after assessment; assumed off"""
    from_year: float = param(0.0, unit="years", zh="考核启用时间", ge=0, le=100)
    """Years after the reform from which the score counts; 0.5: half of it in the first reform year.
    Source: A13, doc 000: assessment starts after half a year"""
    managed_share: Indicator = param(Indicator(floor=0.2, target=0.6), unit="share", zh="慢性病管理覆盖率（含未确诊）")
    """Process: share of the chronic conditions of its residents that are managed.
    Source: A7, doc 004: process of health management"""
    signing_rate: Indicator = param(Indicator(floor=0.1, target=0.5), unit="share", zh="家庭医生签约率")
    """Process: share of its residents signed with a family doctor.
    Source: A7, doc 004: signing is what it is paid for"""
    renewal: Indicator = param(Indicator(floor=0.4, target=0.9), unit="share", zh="续约率")
    """Process: share of the signed who are in their second year or later.
    Source: A11, doc 000: renewal is rewarded"""
    avoidable_admissions: Indicator = param(
        Indicator(floor=40.0, target=15.0), unit="per 1,000 persons", zh="可避免住院"
    )
    """Outcome: avoidable admissions per 1,000 persons of the county.
    Source: A7, doc 004: outcome of health management"""
    readmissions: Indicator = param(Indicator(floor=0.12, target=0.04), unit="share", zh="30天再住院率")
    """Outcome: unplanned returns within 30 days per stay, county.
    Source: A7, doc 004 (direction); F28: 5 to 7 %"""
    in_county_admissions: Indicator = param(Indicator(floor=0.6, target=0.9), unit="share", zh="县域内住院占比")
    """Outcome: share of its residents' admissions that are in the county.
    Source: doc 003: 78 % in 2020; target of 90 % of visits"""
    inpatient_spending: Indicator = param(Indicator(floor=1.2, target=1.08), unit="ratio", zh="人均住院费用比上年")
    """Guard: inpatient charges of its residents per head against last year's; stops a shift of cost to inpatients.
    Source: A7, doc 004: outpatient-only communities are assessed on inpatient cost"""
    case_mix: Indicator = param(Indicator(floor=0.9, target=1.0), unit="ratio", zh="病例组合指数比上年")
    """Guard: case-mix index of its members against last year's.
    Source: A16, doc 001: an indicator of its own for DRG"""
    cost_index: Indicator = param(Indicator(floor=1.2, target=1.0), unit="ratio", zh="费用消耗指数")
    """Guard: charges of its members' stays against the communities' mean of the same groups.
    Source: A16, doc 001: an indicator of its own for DRG"""


INDICATORS = (
    "managed_share", "signing_rate", "renewal", "avoidable_admissions", "readmissions", "in_county_admissions",
    "inpatient_spending", "case_mix", "cost_index",
)  # fmt: skip
"""Indicators by the name of their parameter; also the columns of what `measures` returns."""


class Assessed(NamedTuple):
    """The score of one community and how it came about."""

    points: Floats
    """[indicator] score of the indicator 0..1; nan where it is not known."""
    weights: Floats
    """[indicator] weight in force."""
    score: float
    """Weighted mean, to four decimals."""
    force: float
    """Part of the year for which assessment is in force."""
    effective: float


def in_force(from_year: float, years: int) -> float:
    """Part of a year, ``years`` after the reform, that lies beyond a start: 0 before, 1 after; 0 before the reform."""
    return min(max(years + 1 - from_year, 0.0), 1.0) if years >= 0 else 0.0


def points(rule: Indicator, value: float) -> float:
    """Score 0..1 of a value, linear from floor to target; nan of nan.

    >>> points(Indicator(floor=0.2, target=0.6), 0.5), points(Indicator(floor=40, target=15), 50)
    (0.75, 0.0)
    """
    return float(np.clip(round((value - rule.floor) / (rule.target - rule.floor), 9), 0.0, 1.0))


def assessed(config: Assessment, values: Floats, years: int) -> Assessed:
    """The score of a community.

    Args:
        config: indicators.
        values: [indicator] as `INDICATORS`; nan where not known.
        years: years since the reform of the year assessed, negative before it.
    """
    rules: list[Indicator] = [getattr(config, name) for name in INDICATORS]
    earned = np.array([points(rule, float(v)) for rule, v in zip(rules, values, strict=True)])
    known = np.isfinite(earned)
    weights = np.array([rule.weight * in_force(rule.from_year, years) for rule in rules]) * known
    total = float(weights.sum())
    mean = float(np.where(known, earned, 0.0) @ weights) / total if total > 0 else 1.0
    score, force = _rounded(mean), in_force(config.from_year, years)
    return Assessed(earned, weights, score, force, _rounded(1.0 - force * (1.0 - score)))


def _rounded(score: float) -> float:
    return float(np.floor(round(score * ONE, 6) + 0.5)) / ONE


def scores(config: Assessment, table: Floats, years: int) -> Floats | None:
    """[community] effective scores from measures [community, indicator]; None if nobody is assessed."""
    if not config.apply:
        return None
    return np.array([assessed(config, row, years).effective for row in table], dtype=np.float64)


# --- measures -------------------------------------------------------------------------------------------------------
def measures(flows: Flows, history: History) -> Floats:
    """[community, indicator] values of the year, nan where there is nothing to measure by."""
    count = len(history.heads)
    people, last = flows.population, history.closed[-1] if history.closed else None
    table = np.column_stack(
        [
            *_process(people, count),
            *(np.full(count, value) for value in _county(flows)),
            _in_county(flows.claims, count),
            _inpatient_growth(flows.claims, last, history.heads),
            _case_mix_change(flows.claims, last, history.weights, count),
            _cost_index(flows.claims, count),
        ]
    )
    return np.asarray(table, dtype=np.float64)


def _process(people: Population, count: int) -> list[Floats]:
    """Chronic management, signing and renewal of resident-insured persons."""
    insured = people.insurance == RESIDENT_INSURED
    home, signed = people.community[insured], people.signed[insured]
    present, managed = people.chronic[insured], people.managed[insured]

    def total(amounts: Ints) -> Ints:
        return sum_by(home, amounts.astype(np.int64), count)

    ever, twice = total(signed > 0), total(signed > 1)
    return [
        _ratio(total(np.bitwise_count(managed & present)), total(np.bitwise_count(present))),
        _ratio(ever, total(np.ones(len(home), dtype=np.int64))),
        _ratio(twice, ever),
    ]


def _county(flows: Flows) -> list[float]:
    """Avoidable admissions per 1,000 and readmissions per stay, of all persons of the county."""
    county = {name: int(flows.county[:, k].sum()) for k, name in enumerate(COUNTY_COUNTERS)}
    begun = int(flows.provider[:, PROVIDER_COUNTERS.index("admissions")].sum())
    persons = len(flows.population.key)
    return [
        1000 * county["avoidable"] / persons if persons else np.nan,
        county["readmissions"] / begun if begun else np.nan,
    ]


def _stays(claims: Claims) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Home, community of the provider, tier, group, cases and charge of resident-insured stays."""
    rows = resident_rows(claims) & (claims.category == INPATIENT)
    columns = claims.home, claims.community, claims.tier, claims.group, claims.cases, claims.charge
    home, at, tier, group, cases, charge = (column[rows] for column in columns)
    return home, at, tier, group, cases, charge


def _in_county(claims: Claims, count: int) -> Floats:
    home, _, tier, _, cases, _ = _stays(claims)
    near = tier <= COUNTY
    return _ratio(sum_by(home[near], cases[near], count), sum_by(home, cases, count))


def _inpatient_growth(claims: Claims, last: ClosedYear | None, heads: Ints) -> Floats:
    """Inpatient charges per head of a community's residents against last year's."""
    if last is None:
        return np.full(len(heads), np.nan)
    now, before = (
        _ratio(sum_by(stays[0], stays[5], len(heads)), persons)
        for stays, persons in ((_stays(claims), heads), (_stays(last.claims), last.heads))
    )
    return _divided(now, before)


def _case_mix_change(claims: Claims, last: ClosedYear | None, weights: Ints, count: int) -> Floats:
    if last is None:
        return np.full(count, np.nan)
    return _divided(_case_mix(claims, weights, count), _case_mix(last.claims, weights, count))


def _case_mix(claims: Claims, weights: Ints, count: int) -> Floats:
    """Mean relative weight of the stays at a community's members."""
    _, at, _, group, cases, _ = _stays(claims)
    return _ratio(sum_by(at, cases * weights[group], count), sum_by(at, cases, count) * PPM)


def _cost_index(claims: Claims, count: int) -> Floats:
    """Charges of members' stays over what their groups cost on average at all communities' members."""
    _, at, _, group, cases, charge = _stays(claims)
    inside = at >= 0
    at, group, cases, charge = at[inside], group[inside], cases[inside], charge[inside]
    groups = 1 + int(group.max(initial=0))
    mean = _ratio(sum_by(group, charge, groups), sum_by(group, cases, groups))
    expected = np.asarray(np.bincount(at, weights=mean[group] * cases, minlength=count), dtype=np.float64)
    return _divided(sum_by(at, charge, count).astype(np.float64), expected)


def _ratio(top: Ints, bottom: Ints) -> Floats:
    return _divided(top.astype(np.float64), bottom.astype(np.float64))


def _divided(top: Floats, bottom: Floats) -> Floats:
    quotient = np.full(len(top), np.nan)
    np.divide(top, bottom, out=quotient, where=bottom > 0)
    return quotient
