"""How much care there is and what it costs: visits, discharges, cost per case, length of stay, open stays."""

from __future__ import annotations

from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, divided, provider_counter, ratio, ratios, rows
from sim.tables import CATEGORIES, INPATIENT, PROVIDER_COUNTERS, TIERS, Ints

_ADMISSIONS = PROVIDER_COUNTERS.index("admissions")

CATALOGUE = (
    Outcome(
        "visits_per_head", "per_head", "Visits per head", "人均门诊次数", "volume", ("all", "tier", "category"),
        "neutral",
        "Outpatient and chronic visits of resident-insured persons divided by their number.",
        "居民医保参保人门诊（含慢特病）人次除以参保人数。",
    ),
    Outcome(
        "settled_visits_per_head", "per_head", "Settled visits per head", "人均门诊待遇人次", "volume",
        ("all", "category"), "neutral",
        "Outpatient and chronic visits of resident-insured persons of which the fund paid something, per person.",
        "居民医保参保人有基金支付的门诊（含慢特病）人次除以参保人数。",
    ),
    Outcome(
        "settled_cost_per_visit", "yuan_per_case", "Charge per settled visit", "次均门诊结算费用", "volume",
        ("all", "category"), "lower",
        "Charges of settled outpatient and chronic visits divided by their number, resident-insured.",
        "居民医保有基金支付的门诊（含慢特病）费用除以人次。",
    ),
    Outcome(
        "settled_cost_per_head", "yuan_per_head", "Settled medical cost per head", "人均结算医疗费用", "volume",
        ("all", "category"), "lower",
        "Charges of which the fund paid something divided by resident-insured persons.",
        "有基金支付的医疗费用除以居民医保参保人数。",
    ),
    Outcome(
        "discharges_per_100", "per_100", "Discharge rate", "住院率", "volume", ("all", "tier"), "neutral",
        "Settled inpatient cases of resident-insured persons per 100 of them.",
        "每 100 名居民医保参保人当年已结算的住院人次。", headline=True,
    ),
    Outcome(
        "admissions_per_100", "per_100", "Admission rate (stays begun)", "入院率", "volume", ("all", "tier"),
        "neutral", "Stays begun in the year per 100 persons of the county, all persons.",
        "每 100 名居民当年新入院人次（全体居民）。",
    ),
    Outcome(
        "cost_per_visit", "yuan_per_case", "Charge per visit", "次均门诊费用", "volume", ("all", "tier", "category"),
        "lower",
        "Charges of resident-insured outpatient and chronic visits divided by the visits; by category within it.",
        "居民医保门诊（含慢特病）费用除以人次。",
    ),
    Outcome(
        "cost_per_admission", "yuan_per_case", "Charge per discharge", "次均住院费用", "volume", ("all", "tier"),
        "lower",
        "Charges of resident-insured inpatient cases divided by the cases.", "居民医保住院费用除以住院人次。",
        headline=True,
    ),
    Outcome(
        "charge_per_head", "yuan_per_head", "Medical cost per head", "人均医疗费用", "volume",
        ("all", "tier", "category"), "lower",
        "All charges of resident-insured persons divided by their number.", "居民医保参保人全部医疗费用除以参保人数。",
    ),
    Outcome(
        "los", "days", "Length of stay", "平均住院日", "volume", ("all", "tier"), "lower",
        "Inpatient days divided by inpatient cases, resident-insured.", "居民医保住院床日数除以住院人次。",
    ),
    Outcome(
        "open_in_bed", "cases", "In a bed at the year's end", "年末在院人数", "volume", ("all", "tier"), "neutral",
        "Patients in a bed at the year's end: incurred, not settled; all persons.",
        "年末仍在院、费用已发生未结算的患者（全体居民）。",
    ),
    Outcome(
        "open_waiting", "cases", "Waiting at the year's end", "年末等候人数", "volume", ("all", "tier"), "lower",
        "Patients waiting for a bed, or for a visit they have a day for, at the year's end, all persons.",
        "年末仍在等候床位或已约门诊的患者（全体居民）。",
    ),
    Outcome(
        "open_accrued", "yuan", "Incurred, not settled", "已发生未结算费用", "volume", ("all", "tier"), "neutral",
        "Accrued charges of stays open at the year's end, all persons.", "年末未出院患者已发生的费用（全体居民）。",
    ),
)  # fmt: skip


def measure_volume(record: YearRecord, sums: YearSums) -> list[Row]:
    """Volumes and unit costs of one year."""
    year, heads = record.year, sums.heads
    visits, stays = sums.cases[:, :INPATIENT], sums.cases[:, INPATIENT]
    out = [(year, "visits_per_head", ALL, ratio(int(visits.sum()), heads))]
    out += rows(year, "visits_per_head", TIERS, _per_head(visits.sum(axis=1), heads))
    out += rows(year, "visits_per_head", CATEGORIES[:INPATIENT], _per_head(visits.sum(axis=0), heads))
    out += [(year, "discharges_per_100", ALL, 100 * ratio(int(stays.sum()), heads))]
    out += rows(year, "discharges_per_100", TIERS, _per_head(stays, heads, 100))
    out += [(year, "charge_per_head", ALL, ratio(int(sums.charge.sum()) / FEN, heads))]
    out += rows(year, "charge_per_head", TIERS, _per_head(sums.charge.sum(axis=1), heads, 1 / FEN))
    out += rows(year, "charge_per_head", CATEGORIES, _per_head(sums.charge.sum(axis=0), heads, 1 / FEN))
    return out + _settled(year, sums) + _unit_costs(year, sums) + _begun_and_open(record, sums)


def _settled(year: int, sums: YearSums) -> list[Row]:
    """What national series count: care of which the fund paid something."""
    heads, cases, charge = sums.heads, sums.settled_cases, sums.settled_charge
    visits, cost = cases[:INPATIENT], charge[:INPATIENT]
    out = [(year, "settled_visits_per_head", ALL, ratio(int(visits.sum()), heads))]
    out += rows(year, "settled_visits_per_head", CATEGORIES[:INPATIENT], _per_head(visits, heads))
    out += [(year, "settled_cost_per_visit", ALL, ratio(int(cost.sum()) / FEN, int(visits.sum())))]
    out += rows(year, "settled_cost_per_visit", CATEGORIES[:INPATIENT], ratios(cost, visits, 1 / FEN))
    out += [(year, "settled_cost_per_head", ALL, ratio(int(charge.sum()) / FEN, heads))]
    return out + rows(year, "settled_cost_per_head", CATEGORIES, _per_head(charge, heads, 1 / FEN))


def _per_head(counts: Ints, heads: int, scale: float = 1.0) -> list[float]:
    return [scale * ratio(int(c), heads) for c in counts]


def _unit_costs(year: int, sums: YearSums) -> list[Row]:
    visits, stays = slice(0, INPATIENT), slice(INPATIENT, INPATIENT + 1)
    out = divided(year, "cost_per_visit", sums.charge[:, visits], sums.cases[:, visits], scale=1 / FEN)
    charge, cases = sums.charge.sum(axis=0), sums.cases.sum(axis=0)
    per_category = [ratio(int(charge[c]) / FEN, int(cases[c])) for c in range(INPATIENT)]
    out += rows(year, "cost_per_visit", CATEGORIES[:INPATIENT], per_category)
    out += divided(year, "cost_per_admission", sums.charge[:, stays], sums.cases[:, stays], scale=1 / FEN)
    return out + divided(year, "los", sums.days[:, stays], sums.cases[:, stays])


def _begun_and_open(record: YearRecord, sums: YearSums) -> list[Row]:
    year, stays = record.year, record.flows.open_stays
    begun = provider_counter(record, _ADMISSIONS)
    out = [(year, "admissions_per_100", ALL, 100 * ratio(int(begun.sum()), sums.persons))]
    out += rows(year, "admissions_per_100", TIERS, _per_head(begun, sums.persons, 100))
    for column, outcome, scale in ((0, "open_in_bed", 1.0), (1, "open_waiting", 1.0), (2, "open_accrued", FEN)):
        values = [int(v) / scale for v in stays[:, column]]
        out += [(year, outcome, ALL, int(stays[:, column].sum()) / scale)]
        out += rows(year, outcome, TIERS, values)
    return out


PART = Part(outcomes=CATALOGUE, measure=measure_volume)
