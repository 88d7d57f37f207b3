"""How providers fare: revenue, cost and margin by tier, bed occupancy, case mix, cost and time indices."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import PPM
from sim.outcomes.outcome import ALL, Grouping, Outcome, Row
from sim.outcomes.sums import (
    FEN,
    TIER_COUNT,
    Part,
    YearRecord,
    YearSums,
    employee_extra,
    provider_counter,
    ratio,
    ratios,
    rows,
)
from sim.tables import COUNTY, INPATIENT, PROVIDER_COUNTERS, TIERS, Ints, first_parts, resident_rows

_BED_MINUTES = PROVIDER_COUNTERS.index("bed_minutes")
_IN_COUNTY = COUNTY + 1
_BY: tuple[Grouping, ...] = ("all", "tier")

CATALOGUE = (
    Outcome(
        "revenue", "yuan", "Revenue of providers", "医疗机构收入", "providers", _BY, "neutral",
        "Fund money due, catastrophic insurance, assistance and own payments for resident-insured claims, charges of "
        "other persons (for employees what their fund owes, where it has books), the tier's part of settlement "
        "transfers and other income, less deposits forfeited; the county total leaves out city and remote hospitals.",
        "居民医保应得基金、大病保险、医疗救助与个人负担，其他人群医疗费用（职工基金单独核算时按其应付计），清算分配及其他"
        "收入之和，减未返还的质量保证金；合计不含县域外医院。",
    ),
    Outcome(
        "provider_cost", "yuan", "Cost of providers", "医疗机构成本", "providers", _BY, "neutral",
        "Variable cost of all claims, fixed cost and prevention spending; the county total leaves out city and remote "
        "hospitals.",
        "全部诊疗的变动成本、固定成本与预防投入之和；合计不含县域外医院。",
    ),
    Outcome(
        "margin", "yuan", "Margin of providers", "医疗机构结余", "providers", _BY, "higher",
        "Revenue minus cost of providers in the county.", "县域内医疗机构收入减成本。",
    ),
    Outcome(
        "margin_rate", "share", "Margin ÷ revenue", "医疗机构结余率", "providers", _BY, "higher",
        "Margin divided by revenue, providers in the county.", "县域内医疗机构结余除以收入。", headline=True,
    ),
    Outcome(
        "bed_occupancy", "share", "Bed occupancy", "病床使用率", "providers", _BY, "neutral",
        "Occupied bed time divided by bed time available, providers in the county, all patients.",
        "县域内医疗机构实际占用床日除以开放床日（全部患者）。",
    ),
    Outcome(
        "case_mix", "index", "Case-mix index", "病例组合指数（CMI）", "providers", _BY, "neutral",
        "Mean relative weight of resident-insured inpatient episodes; by tier, where the patient was admitted.",
        "居民医保整段住院的平均相对权重；按入院机构层级分列。",
    ),
    Outcome(
        "cost_index", "index", "Cost index", "费用消耗指数", "providers", ("tier",), "lower",
        "Charges of the episodes that began at the tier divided by what they would cost at the county-wide mean of "
        "their groups, resident-insured.",
        "在该层级入院的居民医保整段住院费用与按全县各病组均值计算的应有费用之比。",
    ),
    Outcome(
        "time_index", "index", "Time index", "时间消耗指数", "providers", ("tier",), "lower",
        "Days of the episodes that began at the tier divided by what they would take at the county-wide mean of their "
        "groups, resident-insured.",
        "在该层级入院的居民医保整段住院床日与按全县各病组均值计算的应有床日之比。",
    ),
)  # fmt: skip


def measure_providers(record: YearRecord, sums: YearSums) -> list[Row]:
    """Provider outcomes of one year."""
    return _accounts(record, sums) + _occupancy(record) + _case_mix(record, sums)


def _accounts(record: YearRecord, sums: YearSums) -> list[Row]:
    year = record.year
    bills = sums.receipts + sums.catastrophic + sums.assistance + sums.patient
    transfers = record.settlement.distributed
    revenue = bills.sum(axis=1) + sums.other_charge + record.other_income
    if transfers.size:
        revenue = revenue + transfers.sum(axis=0)
    if record.settlement.forfeited.size:
        revenue = revenue - sum_by(record.providers.tier, record.settlement.forfeited, TIER_COUNT)
    if record.scored is not None:
        revenue = revenue + record.scored.subsidy
    revenue = revenue + employee_extra(record)
    fixed = sum_by(record.providers.tier, record.fixed_cost, TIER_COUNT)
    cost = sums.cost.sum(axis=1) + sums.other_cost + fixed + record.prevention_cost
    margin = revenue - cost
    out: list[Row] = []
    for outcome, column, tiers in (
        ("revenue", revenue, TIER_COUNT),
        ("provider_cost", cost, TIER_COUNT),
        ("margin", margin, _IN_COUNTY),
    ):
        out.append((year, outcome, ALL, int(column[:_IN_COUNTY].sum()) / FEN))
        out += rows(year, outcome, TIERS[:tiers], [int(v) / FEN for v in column[:tiers]])
    inside = slice(0, _IN_COUNTY)
    out.append((year, "margin_rate", ALL, ratio(int(margin[inside].sum()), int(revenue[inside].sum()))))
    return out + rows(year, "margin_rate", TIERS[:_IN_COUNTY], ratios(margin[inside], revenue[inside]))


def _occupancy(record: YearRecord) -> list[Row]:
    year, inside = record.year, slice(0, _IN_COUNTY)
    used = provider_counter(record, _BED_MINUTES)[inside]
    of_year = record.flows.beds if record.flows.beds.size else record.providers.beds
    beds = np.bincount(record.providers.tier, weights=of_year, minlength=TIER_COUNT)[inside]
    available = beds * (record.days * 24 * 60)
    out = [(year, "bed_occupancy", ALL, ratio(int(used.sum()), float(available.sum())))]
    return out + rows(year, "bed_occupancy", TIERS[:_IN_COUNTY], ratios(used, available))


def _case_mix(record: YearRecord, sums: YearSums) -> list[Row]:
    year, claims = record.year, record.flows.claims
    stays = resident_rows(claims) & (claims.category == INPATIENT)
    weights = record.residents.history.weights
    groups = weights.size
    cell = claims.admitted[stays] * groups + claims.group[stays]

    def table(column: Ints) -> Ints:
        return sum_by(cell, column[stays], TIER_COUNT * groups).reshape(TIER_COUNT, groups)

    cases = table(claims.cases * first_parts(claims))
    charge, days = table(claims.charge), table(claims.days)
    weight, count = cases @ weights, cases.sum(axis=1)
    out = [(year, "case_mix", ALL, ratio(int(weight.sum()) / PPM, int(count.sum())))]
    out += rows(year, "case_mix", TIERS, ratios(weight, count, 1 / PPM))
    out += rows(year, "cost_index", TIERS, _relative(charge, cases))
    return out + rows(year, "time_index", TIERS, _relative(days, cases))


def _relative(used: Ints, cases: Ints) -> list[float]:
    """Used by each tier over what its mix of groups takes on average in all tiers."""
    mean = used.sum(axis=0) / np.maximum(cases.sum(axis=0), 1)
    expected = (cases * mean).sum(axis=1)
    return [ratio(float(u), float(e)) for u, e in zip(used.sum(axis=1), expected, strict=True)]


PART = Part(outcomes=CATALOGUE, measure=measure_providers)
