"""How unevenly care falls on persons: in a year, from a year to the next, between rich and poor, and among stays.

Payment by case, quotas and risk adjustment only mean something where persons and stays differ as they do in life.
"""

from __future__ import annotations

import math

import numpy as np

from sim.core.arrays import correlation, variation
from sim.outcomes.inequality import concentration_index, grouped_index
from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import Part, YearRecord, YearSums, ratio
from sim.tables import COUNTY_COUNTERS, INPATIENT, RESIDENT_INSURED, Ints, Mask, resident_rows

_COLUMN = {name: i for i, name in enumerate(COUNTY_COUNTERS)}

CATALOGUE = (
    Outcome(
        "no_use_share", "share", "Persons without any care", "全年未就诊者占比", "volume", ("all",), "neutral",
        "Resident-insured persons without any charge in the year divided by all.",
        "全年没有发生医疗费用的居民医保参保人比例。",
    ),
    Outcome(
        "admitted_share", "share", "Persons admitted in the year", "全年住院者占比", "volume", ("all",), "neutral",
        "Resident-insured persons with a stay billed in the year divided by all.",
        "当年有住院结算的居民医保参保人比例。",
    ),
    Outcome(
        "stays_per_admitted", "per_head", "Discharges per admitted person", "住院者人均住院次数", "volume", ("all",),
        "neutral",
        "Settled inpatient cases of the year divided by the resident-insured persons who had any.",
        "居民医保住院人次除以当年住院人数。",
    ),
    Outcome(
        "top_1_share", "share", "Share of cost of the costliest 1 %", "费用最高 1% 人群费用占比", "volume", ("all",),
        "neutral",
        "Charges of the hundredth of resident-insured persons with the highest charges of the year divided by all.",
        "当年费用最高的 1% 居民医保参保人的费用占全部费用的比例。",
    ),
    Outcome(
        "top_10_share", "share", "Share of cost of the costliest 10 %", "费用最高 10% 人群费用占比", "volume", ("all",),
        "neutral",
        "Charges of the tenth of resident-insured persons with the highest charges of the year divided by all.",
        "当年费用最高的 10% 居民医保参保人的费用占全部费用的比例。",
    ),
    Outcome(
        "cost_correlation", "index", "Correlation of a person's cost with last year's", "个人费用年际相关系数",
        "volume", ("all",), "neutral",
        "Correlation over resident-insured persons of charges of the year with those of the year before.",
        "居民医保参保人当年医疗费用与上年费用的相关系数。",
    ),
    Outcome(
        "top_10_again", "share", "Costliest 10 % who were so last year", "费用最高 10% 人群上年亦在其中的比例",
        "volume", ("all",), "neutral",
        "Of the tenth of resident-insured persons with the highest charges last year, the part that is so this year.",
        "上年费用最高的 10% 居民医保参保人中，当年仍在最高 10% 的比例。",
    ),
    Outcome(
        "admitted_again", "share", "Admitted, of those admitted last year", "上年住院者当年住院比例", "volume",
        ("all",), "neutral",
        "Of resident-insured persons admitted last year, the part that is admitted this year.",
        "上年住院的居民医保参保人中当年住院的比例。",
    ),
    Outcome(
        "los_variation", "index", "Variation of length of stay", "住院日变异系数", "volume", ("all",), "neutral",
        "Standard deviation of the length of resident-insured stays divided by their mean.",
        "居民医保住院日的标准差除以均值。",
    ),
    Outcome(
        "stay_cost_variation", "index", "Variation of charge per stay", "次均住院费用变异系数", "volume", ("all",),
        "neutral",
        "Standard deviation of the charge of resident-insured inpatient cases divided by its mean.",
        "居民医保住院费用的标准差除以均值。",
    ),
    Outcome(
        "admission_index", "index", "Concentration index of admission", "住院集中指数", "volume", ("all",), "neutral",
        "Concentration index over household income of being admitted in the year; negative: the poor more often.",
        "当年住院与否按家庭收入计算的集中指数；负值表示住院集中于低收入者。",
    ),
    Outcome(
        "forgone_index", "index", "Concentration index of forgone admission", "应住院未住院集中指数", "volume",
        ("all",), "neutral",
        "Concentration index, over fifths of household income, of needed admissions that did not happen per needed "
        "one; negative: the poor more often.",
        "应住院而未住院比例按家庭收入五等分计算的集中指数；负值表示集中于低收入者。",
    ),
    Outcome(
        "aged_65", "share", "Residents of 65 and over", "65 岁及以上人口占比", "volume", ("all",), "neutral",
        "Persons of 65 and over divided by all persons of the county.", "65 岁及以上居民占全部居民的比例。",
    ),
    Outcome(
        "births_per_1000", "per_1000", "Births", "出生率", "volume", ("all",), "neutral",
        "Children born during the year per 1,000 persons of the county; from the second year on.",
        "每千名居民当年出生人数（自第二年起）。",
    ),
    Outcome(
        "deaths_per_1000", "per_1000", "Deaths", "死亡率", "volume", ("all",), "neutral",
        "Persons who died since the year before per 1,000 persons of the county; from the second year on.",
        "每千名居民自上年以来死亡人数（自第二年起）。",
    ),
)  # fmt: skip


def measure_spread(record: YearRecord, sums: YearSums) -> list[Row]:
    """How unevenly care fell on persons in one year."""
    people, year = record.flows.population, record.year
    insured = people.insurance == RESIDENT_INSURED
    charge, stay = people.charge[insured], (people.charge - people.charge_visits)[insured]
    before, stay_before = people.charge_before[insured], people.stay_charge_before[insured]
    known = before >= 0
    heads, admitted = len(charge), int((stay > 0).sum())
    values = {
        "no_use_share": ratio(int((charge == 0).sum()), heads),
        "admitted_share": ratio(admitted, heads),
        "stays_per_admitted": ratio(int(sums.cases[:, INPATIENT].sum()), admitted),
        "top_1_share": top_share(charge, 0.01),
        "top_10_share": top_share(charge, 0.1),
        "cost_correlation": correlation(charge[known], before[known]),
        "top_10_again": still_top(charge[known], before[known], people.key[insured][known], 0.1),
        "admitted_again": ratio(int(((stay > 0) & (stay_before > 0)).sum()), int((stay_before > 0).sum())),
        "admission_index": concentration_index(people.rank[insured], (stay > 0).astype(np.int64)),
        "forgone_index": _forgone_index(record),
        "aged_65": ratio(int((people.age >= 65).sum()), len(people.age)),
        **_stays(record),
    }
    if record.flows.deaths >= 0:
        values["births_per_1000"] = 1000 * ratio(int((people.age == 0).sum()), len(people.age))
        values["deaths_per_1000"] = 1000 * ratio(record.flows.deaths, len(people.age))
    return [(year, outcome, ALL, float(value)) for outcome, value in values.items()]


def top_share(amounts: Ints, part: float) -> float:
    """Share of the sum of amounts that the largest have, so many of them that they are a part of all.

    >>> top_share(np.array([1, 1, 1, 7]), 0.25)
    0.7
    """
    count = int(len(amounts) * part)
    total = int(amounts.sum())
    if not count or not total:
        return math.nan
    return int(np.partition(amounts, -count)[-count:].sum()) / total


def still_top(now: Ints, before: Ints, keys: Ints, part: float) -> float:
    """Of those among the largest before, the part that is among the largest now; ties go by key.

    >>> still_top(np.array([5, 9, 1, 2]), np.array([8, 7, 1, 1]), np.arange(4), 0.5)
    1.0
    """
    count = int(len(now) * part)
    if not count:
        return math.nan
    return int((top_of(now, keys, count) & top_of(before, keys, count)).sum()) / count


def top_of(amounts: Ints, keys: Ints, count: int) -> Mask:
    """Which of the amounts are the ``count`` largest; of those that are equal to the least of them, the first by key.

    >>> top_of(np.array([5, 9, 5, 2]), np.array([3, 2, 1, 0]), 2)
    array([False,  True,  True, False])
    """
    least = np.partition(amounts, -count)[-count]
    chosen = amounts > least
    equal = np.flatnonzero(amounts == least)
    chosen[equal[np.argsort(keys[equal])][: count - int(chosen.sum())]] = True
    return np.asarray(chosen)


def _stays(record: YearRecord) -> dict[str, float]:
    """Variation of length and charge of resident-insured stays."""
    claims = record.flows.claims
    stays = resident_rows(claims) & (claims.category == INPATIENT)
    return {
        "los_variation": variation(claims.days[stays]),
        "stay_cost_variation": variation(claims.charge[stays]),
    }


def _forgone_index(record: YearRecord) -> float:
    """Concentration index of forgone admissions per needed one, from fifths of income."""
    county = record.flows.county
    needed = county[:, _COLUMN["needs_inpatient"]]
    return grouped_index(county[:, _COLUMN["forgone_inpatient"]] / np.maximum(needed, 1))


PART = Part(outcomes=CATALOGUE, measure=measure_spread)
