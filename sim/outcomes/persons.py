"""Who is insured with the resident fund, and how what they cost it differs from person to person."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import variation
from sim.money.history import persistence
from sim.outcomes.outcome import ALL, Outcome, Row, community_group
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, ratio
from sim.tables import RESIDENT_INSURED

CATALOGUE = (
    Outcome(
        "insured", "persons", "Insured residents", "居民医保参保人数", "fund", ("all", "community"), "neutral",
        "Persons insured with the resident fund, and those of each community.",
        "居民医保参保人数，及各医共体责任范围内的参保人数。",
    ),
    Outcome(
        "person_fund_mean", "yuan_per_head", "Fund money of a person", "参保人年均基金支付", "fund", ("all",),
        "neutral",
        "Fund money of a person in the year by the benefit rules, mean over the resident-insured.",
        "按待遇政策计算的居民医保参保人当年基金支付的均值。",
    ),
    Outcome(
        "person_fund_sd", "yuan_per_head", "Fund money of a person, spread", "参保人年基金支付标准差", "fund", ("all",),
        "neutral",
        "Standard deviation of the same from person to person: divided by the mean and the root of their number it is "
        "how much a community's spending differs from year to year by luck.",
        "同一指标在参保人之间的标准差；除以均值与人数的平方根，即为医共体支出的随机波动幅度。",
    ),
    Outcome(
        "person_fund_correlation", "index", "Fund money of a person, persistence", "参保人基金支付的年际相关系数",
        "fund", ("all",), "neutral",
        "Correlation of a person's fund money with that in the last year before the reform; in history years with the "
        "year before.",
        "参保人当年基金支付与改革前最后一年基金支付的相关系数；历史年份为与上一年的相关系数。",
    ),
)  # fmt: skip


def measure_persons(record: YearRecord, sums: YearSums) -> list[Row]:
    """Insured persons, and mean and spread of what they cost the fund."""
    year, people = record.year, record.flows.population
    insured = people.insurance == RESIDENT_INSURED
    fund, communities = people.statutory[insured], people.community[insured]
    mean = ratio(int(fund.sum()) / FEN, sums.heads)
    heads = np.bincount(communities[communities >= 0], minlength=len(record.residents.history.heads))
    return [
        (year, "insured", ALL, float(sums.heads)),
        *((year, "insured", community_group(k), float(n)) for k, n in enumerate(heads.tolist())),
        (year, "person_fund_mean", ALL, mean),
        (year, "person_fund_sd", ALL, mean * variation(fund) if mean else mean),
        (year, "person_fund_correlation", ALL, _lasting(record)),
    ]


def _lasting(record: YearRecord) -> float:
    people = record.flows.population
    insured = people.insurance == RESIDENT_INSURED
    return persistence(record.base, people.key[insured], people.statutory[insured]) if record.base else float("nan")


PART = Part(outcomes=CATALOGUE, measure=measure_persons)
