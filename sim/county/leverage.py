"""What the fund would pay of a year's bills if deductibles and limits stood higher or lower against charges.

When charges grow and a deductible stands still, the fund's part grows faster than charges; where its limits stand
still, slower.  Only their level against charges matters: at prices g and benefit level b the fund pays g x F(b / g),
where F is what it would pay of the same bills at relative level b / g (`paid_at_levels`).
"""

from __future__ import annotations

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import PPM, Money, parts
from sim.county.benefit import BenefitRules
from sim.tables import (
    BENEFIT_LEVELS,
    CHRONIC,
    INPATIENT,
    OUTPATIENT,
    STEPPED_DOWN,
    Claims,
    Ints,
    Population,
    select_claims,
)


def paid_at_levels(rules: BenefitRules, claims: Claims, people: Population, insurance: int) -> Money:
    """[BENEFIT_LEVELS] fen that the fund would pay of a year's bills of an insurance, by the benefit alone.

    Stays are priced again one by one.  A visit is not known by itself, but what the fund paid for a person's visits is:
    it is the same at every level up to the person's limit.  Of somebody who reached the limit it is not known how much
    more a higher one would have let him have: nothing, it is assumed.

    Args:
        rules: the benefit of the year.
        claims: the year's claims, stays one by one.
        people: the year's persons and what the fund paid for them.
        insurance: whose bills, in the codes of all three arguments.
    """
    insured = people.insurance == insurance
    keys = np.sort(people.key[insured])
    order = np.argsort(people.key[insured])
    chronic = people.statutory_chronic[insured][order]
    visits = people.statutory_visits[insured][order] - chronic
    stays = select_claims(claims, np.equal(claims.insurance, insurance) & np.equal(claims.category, INPATIENT))
    person = np.searchsorted(keys, stays.resident)
    deductible, share = deductibles_and_shares(rules, stays, insurance)
    total = []
    for level in BENEFIT_LEVELS:
        millionths = round(level * PPM)
        of_stays = parts(np.maximum(stays.covered - parts(deductible, millionths), 0), share)
        limits = parts(rules.visit_cap[insurance], millionths)
        paid = (
            sum_by(person, of_stays, len(keys))
            + np.minimum(visits, limits[OUTPATIENT])
            + np.minimum(chronic, limits[CHRONIC])
        )
        total.append(int(np.minimum(paid, int(parts(rules.cap[insurance : insurance + 1], millionths)[0])).sum()))
    return np.array(total, dtype=np.int64)


def deductibles_and_shares(rules: BenefitRules, stays: Claims, insurance: int) -> tuple[Ints, Ints]:
    """[stay] deductible, fen, and share of the rest, ppm, of stays in the order in which they were billed."""
    deductible = rules.deductible[insurance][stays.tier]
    share = rules.ratio[insurance][stays.tier]
    direct = stays.referred == 0
    share = np.where(direct, share * rules.unreferred[insurance][stays.tier] // PPM, share)
    deductible = np.where(stays.referred == 1, rules.referred_deductible[insurance][stays.tier], deductible)
    deductible = np.where(stays.referred == STEPPED_DOWN, 0, deductible)
    later = np.where(_later(stays), int(rules.later_deductible[insurance]), PPM)
    return parts(deductible, later), share


def _later(stays: Claims) -> Ints:
    """[stay] 1 where the person had a stay before it in the year; a step down does not count as one."""
    order = np.argsort(stays.resident, kind="stable")
    counts = np.asarray(stays.referred[order] != STEPPED_DOWN, dtype=np.int64)
    before = np.cumsum(counts) - counts
    first = np.flatnonzero(np.diff(stays.resident[order], prepend=-1))
    own = before - np.repeat(before[first], np.diff(np.append(first, len(order))))
    later = np.zeros(len(order), dtype=np.int64)
    later[order] = own > 0
    return later
