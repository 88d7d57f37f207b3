"""Financial hardship of households: catastrophic spending, impoverishment, inequality of own payment by income.

Catastrophic spending at 10 % and 25 % of a household's spending follows indicator 3.8.2 of the Sustainable Development
Goals; at 40 % of the capacity to pay, which is spending less subsistence, the method of the World Health Organization
(Xu and others 2003), without its scale of equivalence: subsistence is the same for each head.  Spending is what the
household usually lives on and its own payments of the year.  Impoverishment sets own payments against income, as the
model's households do not live on less when they pay for care.  The concentration index is twice the covariance of
payment and income rank over mean payment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.outcomes.inequality import concentration_index
from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, Grouping, Outcome, Row
from sim.outcomes.sums import Part, YearRecord, YearSums, ratio, ratios, rows
from sim.tables import QUINTILES, RESIDENT_INSURED, Ints, Population

_BY: tuple[Grouping, ...] = ("all", "quintile")

CATALOGUE = (
    Outcome(
        "catastrophic_10",
        "share",
        "Catastrophic spending, 10 % of household spending",
        "灾难性卫生支出（家庭消费 10%）",
        "patients",
        _BY,
        "lower",
        "Share of resident-insured persons in households whose own payments exceed 10 % of all that "
        "the household spends.",
        "家庭负担的医疗费用超过家庭消费支出（含医疗）10% 的居民医保参保人比例。",
        headline=True,
    ),
    Outcome(
        "catastrophic_25",
        "share",
        "Catastrophic spending, 25 % of household spending",
        "灾难性卫生支出（家庭消费 25%）",
        "patients",
        _BY,
        "lower",
        "Share of resident-insured persons in households whose own payments exceed 25 % of all that "
        "the household spends.",
        "家庭负担的医疗费用超过家庭消费支出（含医疗）25% 的居民医保参保人比例。",
    ),
    Outcome(
        "catastrophic_capacity",
        "share",
        "Catastrophic spending, 40 % of capacity to pay",
        "灾难性卫生支出（支付能力 40%）",
        "patients",
        _BY,
        "lower",
        "Share of resident-insured persons in households whose own payments reach 40 % of what it spends net "
        "of subsistence.",
        "家庭负担的医疗费用达到支付能力（消费支出减基本生存支出）40% 及以上的居民医保参保人比例。",
    ),
    Outcome(
        "impoverished",
        "share",
        "Impoverished by own payments",
        "因病致贫比例",
        "patients",
        _BY,
        "lower",
        "Share of resident-insured persons in households that can meet subsistence spending before own payments for "
        "care but not after.",
        "支付医疗费用前收入不低于基本生存支出、支付后低于的家庭中的居民医保参保人比例。",
    ),
    Outcome(
        "catastrophic_index",
        "index",
        "Concentration index of catastrophic spending",
        "灾难性卫生支出集中指数",
        "patients",
        ("all",),
        "neutral",
        "Concentration of catastrophic spending (40 % of capacity to pay) over income rank of resident-insured "
        "persons: negative where the poor have more of it.",
        "居民医保参保人灾难性卫生支出（支付能力 40%）按收入排序的集中指数：负值表示集中于低收入者。",
    ),
    Outcome(
        "concentration_index",
        "index",
        "Concentration index of own payment",
        "个人负担集中指数",
        "patients",
        ("all",),
        "neutral",
        "Concentration of own payments over income rank of resident-insured persons: −1 all paid by the poorest, 0 "
        "equal, +1 all paid by the richest.",
        "居民医保参保人个人负担按收入排序的集中指数：−1 全由最贫困者支付，0 均等，+1 全由最富裕者支付。",
    ),
)


class Households(NamedTuple):
    """Yearly sums per household, fen."""

    home: Ints
    """Per person: household position 0..n-1."""
    income: Ints
    living: Ints
    food: Ints
    patient: Ints


def households(people: Population) -> Households:
    """Sum persons to households; all members count, whatever their insurance."""
    index = people.household
    count = int(index.max()) + 1 if index.size else 0
    if count > 4 * index.size + 1024:  # sparse numbers: do not allocate by the largest one
        unique, index = np.unique(index, return_inverse=True)
        count = unique.size
    return Households(
        index,
        sum_by(index, people.income, count),
        sum_by(index, people.living, count),
        sum_by(index, people.food, count),
        sum_by(index, people.patient, count),
    )


def measure_hardship(record: YearRecord, sums: YearSums) -> list[Row]:
    """Hardship outcomes of one year."""
    year, people = record.year, record.flows.population
    homes = households(people)
    spending = homes.living + homes.patient
    left = homes.income - homes.food
    flags = {
        "catastrophic_10": 10 * homes.patient > spending,
        "catastrophic_25": 4 * homes.patient > spending,
        "catastrophic_capacity": (homes.patient > 0) & (5 * homes.patient >= 2 * (spending - homes.food)),
        "impoverished": (left >= 0) & (left < homes.patient),
    }
    # All flags of a household in one small integer, so that one pass over the persons counts them by quintile.
    bits = np.zeros(homes.income.size, dtype=np.int64)
    for position, flag in enumerate(flags.values()):
        bits |= flag.astype(np.int64) << position
    kinds = 1 << len(flags)
    table = np.bincount(kinds * sums.code + bits[homes.home], minlength=kinds * (QUINTILES + 1))
    table = table.reshape(QUINTILES + 1, kinds)[:QUINTILES]
    out: list[Row] = []
    for position, outcome in enumerate(flags):
        hit = table[:, (np.arange(kinds) >> position) & 1 == 1].sum(axis=1)
        out.append((year, outcome, ALL, ratio(int(hit.sum()), sums.heads)))
        out += rows(year, outcome, QUINTILE_GROUPS, ratios(hit, sums.heads_by_quintile))
    insured = people.insurance == RESIDENT_INSURED
    rank, hit = people.rank[insured], flags["catastrophic_capacity"][homes.home][insured].astype(np.int64)
    return [
        *out,
        (year, "catastrophic_index", ALL, concentration_index(rank, hit)),
        (year, "concentration_index", ALL, concentration_index(rank, people.patient[insured])),
    ]


PART = Part(outcomes=CATALOGUE, measure=measure_hardship)
