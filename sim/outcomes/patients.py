"""What patients bear: own payment, reimbursement, waits, distance, care forgone."""

from __future__ import annotations

from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, Outcome, Row
from sim.outcomes.sums import (
    FEN,
    Part,
    YearRecord,
    YearSums,
    by_quintile,
    divided,
    provider_counter,
    ratio,
    ratios,
    rows,
)
from sim.tables import CATEGORIES, COUNTY_COUNTERS, INPATIENT, PROVIDER_COUNTERS, TIERS

_COLUMN = {name: i for i, name in enumerate(COUNTY_COUNTERS)}
_COUNTER = {name: i for i, name in enumerate(PROVIDER_COUNTERS)}

CATALOGUE = (
    Outcome(
        "own_payment_per_head", "yuan_per_head", "Own payment per head", "人均个人负担", "patients",
        ("all", "quintile"), "lower",
        "Own payments of resident-insured persons in the year divided by their number.",
        "居民医保参保人当年个人负担费用除以参保人数。", headline=True,
    ),
    Outcome(
        "own_payment_per_admission", "yuan_per_case", "Own payment per discharge", "次均住院个人负担", "patients",
        ("all", "tier"), "lower",
        "Own payments for resident-insured inpatient cases divided by the cases.",
        "居民医保住院个人负担费用除以住院人次。",
    ),
    Outcome(
        "own_share", "share", "Own share of the charge", "个人负担比例", "patients", ("all", "tier", "category"),
        "lower",
        "Own payments divided by charges of resident-insured persons.", "居民医保参保人个人负担除以医疗费用。",
    ),
    Outcome(
        "reimbursement_ratio", "share", "Real reimbursement ratio", "实际报销比例", "patients",
        ("all", "tier", "category"), "higher",
        "Basic fund, catastrophic insurance and medical assistance together divided by all charges, settled by "
        "insurance or not.",
        "基本医保、大病保险与医疗救助支付合计除以全部医疗费用（无论是否经医保结算）。", headline=True,
    ),
    Outcome(
        "reimbursement_settled", "share", "Reimbursement ratio of settled care", "医保结算费用报销比例", "patients",
        ("all", "category"), "higher",
        "Basic fund, catastrophic insurance and medical assistance together divided by the charges of claims of which "
        "the fund paid something.",
        "基本医保、大病保险与医疗救助支付合计除以有基金支付的医疗费用。",
    ),
    Outcome(
        "policy_ratio", "share", "Fund ratio within the catalogue, inpatient", "目录内住院基金支付比例", "patients",
        ("all", "tier"), "higher",
        "Basic fund payment divided by the catalogue part of the charge, resident-insured inpatient cases.",
        "居民医保住院基本基金支付除以目录内费用。",
    ),
    Outcome(
        "outside_catalogue", "share", "Charge outside the catalogue", "目录外费用占比", "patients",
        ("all", "tier", "category"), "lower",
        "Part of resident-insured charges outside the insurance catalogue.", "居民医保医疗费用中目录外费用的比例。",
    ),
    Outcome(
        "burden_of_income", "share", "Own payment as a share of income", "个人负担占收入比", "patients",
        ("all", "quintile"), "lower",
        "Own payments of resident-insured persons divided by their disposable income.",
        "居民医保参保人个人负担除以其可支配收入。",
    ),
    Outcome(
        "wait_admission", "hours", "Wait for a bed", "住院等候时间", "patients", ("all", "tier"), "lower",
        "Mean wait of resident-insured inpatient cases from decision to bed, those without a wait included.",
        "居民医保住院患者从决定入院到入院的平均等候时间（含未等候者）。",
    ),
    Outcome(
        "wait_visit", "minutes", "Wait for a visit", "门诊等候时间", "patients", ("all", "tier"), "lower",
        "Mean wait of resident-insured outpatient and chronic visits, those without a wait included.",
        "居民医保门诊（含慢特病）平均等候时间（含未等候者）。",
    ),
    Outcome(
        "turned_away", "per_100", "Turned away for lack of capacity", "因容量不足未能就诊", "patients", ("all", "tier"),
        "lower",
        "Arrivals turned away or leaving the queue per 100 arrivals, all persons.",
        "每 100 次到诊中因满员或等候过久而离开的次数（全体居民）。",
    ),
    Outcome(
        "distance", "km", "Distance travelled, one way", "就医单程距离", "patients", ("all", "tier"), "lower",
        "Mean one-way travel of those who came, visits and admissions, all persons.",
        "到诊（门诊与住院）的平均单程距离（全体居民）。",
    ),
    Outcome(
        "forgone_visits", "share", "Outpatient need forgone", "门诊应就诊未就诊比例", "patients", ("all", "quintile"),
        "lower",
        "Outpatient needs without care, by choice or because every provider was full, divided by needs; all persons.",
        "因自行放弃或各机构满员而未就诊的门诊需要占全部门诊需要的比例（全体居民）。",
    ),
    Outcome(
        "forgone_admissions", "share", "Needed admission forgone", "应住院未住院比例", "patients", ("all", "quintile"),
        "lower",
        "Needed admissions that did not happen divided by needed admissions; all persons.",
        "应住院而未住院的人次占应住院人次的比例（全体居民）。", headline=True,
    ),
)  # fmt: skip


def measure_patients(record: YearRecord, sums: YearSums) -> list[Row]:
    """Patients' outcomes of one year, hardship apart."""
    return _bills(record, sums) + _by_quintile(record, sums) + _access(record, sums) + _forgone(record)


def _bills(record: YearRecord, sums: YearSums) -> list[Row]:
    year = record.year
    insured = sums.statutory + sums.catastrophic + sums.assistance
    both = ("tier", "category")
    out = divided(year, "own_share", sums.patient, sums.charge, by=both)
    out += divided(year, "reimbursement_ratio", insured, sums.charge, by=both)
    paid, settled = insured.sum(axis=0), sums.settled_charge
    out.append((year, "reimbursement_settled", ALL, ratio(int(paid.sum()), int(settled.sum()))))
    out += rows(year, "reimbursement_settled", CATEGORIES, ratios(paid, settled))
    out += divided(year, "outside_catalogue", sums.charge - sums.covered, sums.charge, by=both)
    stays = slice(INPATIENT, INPATIENT + 1)
    out += divided(year, "policy_ratio", sums.statutory[:, stays], sums.covered[:, stays])
    per_case = 1 / FEN
    return out + divided(
        year, "own_payment_per_admission", sums.patient[:, stays], sums.cases[:, stays], scale=per_case
    )


def _by_quintile(record: YearRecord, sums: YearSums) -> list[Row]:
    """Own payment per head and as a share of income, in the county and by quintile of household income per head."""
    year, people = record.year, record.flows.population
    heads, paid, income = (
        sums.heads_by_quintile,
        by_quintile(sums, people.patient),
        by_quintile(sums, people.income),
    )
    out = [(year, "own_payment_per_head", ALL, ratio(int(paid.sum()) / FEN, sums.heads))]
    out += rows(year, "own_payment_per_head", QUINTILE_GROUPS, ratios(paid, heads, 1 / FEN))
    out.append((year, "burden_of_income", ALL, ratio(int(paid.sum()), int(income.sum()))))
    return out + rows(year, "burden_of_income", QUINTILE_GROUPS, ratios(paid, income))


def _access(record: YearRecord, sums: YearSums) -> list[Row]:
    year = record.year
    stays, visits = slice(INPATIENT, INPATIENT + 1), slice(0, INPATIENT)
    out = divided(year, "wait_admission", sums.wait[:, stays], sums.cases[:, stays], scale=1 / 60)
    out += divided(year, "wait_visit", sums.wait[:, visits], sums.cases[:, visits])
    came = provider_counter(record, _COUNTER["visits"]) + provider_counter(record, _COUNTER["admissions"])
    overflow = provider_counter(record, _COUNTER["overflow"])
    metres = provider_counter(record, _COUNTER["metres"])
    arrivals = came + overflow
    out.append((year, "turned_away", ALL, 100 * ratio(int(overflow.sum()), int(arrivals.sum()))))
    out += rows(year, "turned_away", TIERS, ratios(overflow, arrivals, 100))
    out.append((year, "distance", ALL, ratio(int(metres.sum()) / 1000, int(came.sum()))))
    return out + rows(year, "distance", TIERS, ratios(metres, came, 1 / 1000))


def _forgone(record: YearRecord) -> list[Row]:
    year, county = record.year, record.flows.county
    visits = county[:, _COLUMN["forgone_choice"]] + county[:, _COLUMN["forgone_capacity"]]
    stays, needs = county[:, _COLUMN["forgone_inpatient"]], county[:, _COLUMN["needs"]]
    needs_inpatient = county[:, _COLUMN["needs_inpatient"]]
    out = [(year, "forgone_visits", ALL, ratio(int(visits.sum()), int(needs.sum())))]
    out += rows(year, "forgone_visits", QUINTILE_GROUPS, ratios(visits, needs))
    out.append((year, "forgone_admissions", ALL, ratio(int(stays.sum()), int(needs_inpatient.sum()))))
    return out + rows(year, "forgone_admissions", QUINTILE_GROUPS, ratios(stays, needs_inpatient))


PART = Part(outcomes=CATALOGUE, measure=measure_patients)
