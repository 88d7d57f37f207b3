"""How a community splits a transfer among its institutions: five rules, to the fen (A6, A15).

    fixed          parts of the tiers; within a tier by volume of work
    volume         by volume of work alone
    contribution   parts for quality, quantity, technical content and health outcome, each by its own measure
    lead           the lead hospitals keep a share, the rest goes by volume of work to the others
    tree           each level scores the next and hands the money down (`sim.money.settlement.tree`)

Volume is counted in visits and bed days, not in charges: by charges, dear items would earn a surplus a second time.
An overrun that is borne is split by the same rule with all scores at 1, so that a bad score cannot lower a debt.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim.core import parameters
from sim.core.arrays import sum_by
from sim.core.parameters import Share, Yuan, param
from sim.core.units import PPM, Money, fen, largest_remainder, part, ppm
from sim.money.history import ClosedYear
from sim.money.settlement.tree import above, hand_down
from sim.money.settlement.work import Work, work_of
from sim.tables import COUNTY, TIERS, TOWNSHIP, VILLAGE, Ints, Providers

NOMINAL = 10**9
"""A transfer, fen, big enough that the tiers' shares of it do not depend on rounding."""


class Contribution(parameters.Config):
    """Parts of a transfer that go by each kind of contribution."""

    quality: int = param(3, unit="parts", zh="质量", ge=0, le=1_000)
    """Parts by quality: volume of work x the institution's score.
    Source: A15, doc 002 names the four kinds, no parts; assumed"""
    quantity: int = param(3, unit="parts", zh="数量", ge=0, le=1_000)
    """Parts by quantity: volume of work.
    Source: as quality"""
    technical: int = param(2, unit="parts", zh="技术含量", ge=0, le=1_000)
    """Parts by technical content: relative weights of the stays treated.
    Source: as quality"""
    health: int = param(2, unit="parts", zh="健康结果", ge=0, le=1_000)
    """Parts by health outcome: visits that follow up chronic conditions.
    Source: as quality"""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.quality + self.quantity + self.technical + self.health == 0:
            raise ValueError("at least one part must be above 0")
        return self


class UnitPay(parameters.Config):
    """An amount for each member institution of a tier."""

    village: Yuan = param(0.0, unit="yuan per year", zh="村卫生室")
    """A village clinic.
    Source: assumed: none, set by the study"""
    township: Yuan = param(0.0, unit="yuan per year", zh="乡镇卫生院")
    """A township centre.
    Source: assumed: none, set by the study"""
    county: Yuan = param(0.0, unit="yuan per year", zh="县级医院")
    """A county hospital.
    Source: assumed: none, set by the study"""


class Distribution(parameters.Config):
    """How a community splits a transfer among its institutions; tiers without a member get none."""

    rule: Literal["fixed", "volume", "contribution", "lead", "tree"] = param("fixed", unit="", zh="分配规则")
    """By fixed parts of the tiers, volume of work, contribution scores, the lead hospital, or a tree of scores.
    Source: A15, doc 002: the rules in dispute; A6, doc 003: the tree"""
    county: int = param(6, unit="parts", zh="县级占比", ge=0, le=1_000)
    """Parts of county hospitals.
    Source: figures 2.9: county:township:village about 6:3:1 (from memory, unverified)"""
    township: int = param(3, unit="parts", zh="乡级占比", ge=0, le=1_000)
    """Parts of the township centres.
    Source: as county"""
    village: int = param(1, unit="parts", zh="村级占比", ge=0, le=1_000)
    """Parts of the village clinics.
    Source: as county"""
    bed_day_weight: float = param(3.0, unit="visits", zh="床日折算门诊人次", ge=0, le=100)
    """Visits that a bed day counts as in the volume of work.
    Source: assumed: 3, the rate usual in Chinese workload statistics (from memory, unverified)"""
    contribution: Contribution = param(Contribution(), unit="parts", zh="贡献度权重")
    """Parts by kind of contribution.
    Source: A15, doc 002"""
    contribution_later: tuple[Contribution, ...] = param((), unit="", zh="以后年度贡献度权重")
    """Parts in the second reform year, the third and so on; the last set stays. Empty: they do not change.
    Source: A15, doc 002: the ratio changes dynamically"""
    lead_share: Share = param(0.8, unit="share", zh="牵头医院自留比例")
    """Share that the lead hospitals keep where they decide.
    Source: A15, doc 002 (direction: player and referee); assumed: above the county's 6 of 10"""
    keep_lead: Share = param(0.6, unit="share", zh="牵头医院留存比例")
    """Share of its pot that a lead hospital of score 1 keeps before it hands the rest down.
    Source: A6, doc 003 gives none; assumed: the county's 6 of 10 (figures 2.9)"""
    keep_township: Share = param(0.75, unit="share", zh="乡镇卫生院留存比例")
    """Share of its pot that a township centre of score 1 keeps before it hands the rest to its clinics.
    Source: A6, doc 003 gives none; assumed: 3 of 4 left by the county (figures 2.9)"""
    score_weight: Share = param(1.0, unit="share", zh="考核对薪酬补助的权重")
    """Weight w of a unit's score q in its scored pay: amount x (1 - w (1 - q)).
    Source: A6, doc 003 (direction); assumed: in full"""
    performance_pay: UnitPay = param(UnitPay(), unit="yuan per year", zh="绩效总量")
    """Performance pay of the staff at score 1, under the tree.
    Source: A6, doc 003: scored, no amounts"""
    director_salary: UnitPay = param(UnitPay(), unit="yuan per year", zh="院长年薪")
    """Salary of the director at score 1, under the tree.
    Source: A6, doc 003: scored, no amounts"""
    fiscal_subsidy: UnitPay = param(UnitPay(), unit="yuan per year", zh="财政补助")
    """Fiscal subsidy at score 1, under the tree; income of the institution, not fund money.
    Source: A6, doc 003: scored, no amounts"""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.county + self.township + self.village == 0:
            raise ValueError("settlement.distribution: at least one of county, township, village must be above 0")
        return self


def tier_weights(config: Distribution, providers: Providers, communities: int) -> Ints:
    """[community, tier] parts of the fixed rule; a tier without a member institution has none.

    If no weighted tier has a member, the tiers that have one share equally, and without any member the county tier
    stands for the community as a whole.
    """
    parts = np.zeros(len(TIERS), dtype=np.int64)
    parts[[VILLAGE, TOWNSHIP, COUNTY]] = config.village, config.township, config.county
    present = np.zeros((communities, len(TIERS)), dtype=np.int64)
    member = (providers.community >= 0) & (providers.community < communities)
    present[providers.community[member], providers.tier[member]] = 1
    present[present.sum(axis=1) == 0, COUNTY] = 1
    weights = present * parts
    unweighted = weights.sum(axis=1) == 0
    weights[unweighted] = present[unweighted]
    return weights


def distribute(transfer: Money, weights: Ints) -> Money:
    """[community, tier] fen; each row sums to the community's transfer exactly (largest remainder)."""
    rows = [largest_remainder(int(amount), row) for amount, row in zip(transfer, weights, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(len(transfer), len(TIERS))


def split(config: Distribution, amounts: Money, providers: Providers, work: Work, year: int) -> tuple[Money, Money]:
    """[provider] and [community, tier] fen; each community's parts sum to its amount exactly.

    Args:
        config: the rule and its parameters.
        amounts: [community] what there is to distribute, negative if an overrun is borne, fen.
        providers: institutions.
        work: what they did in the year.
        year: years since the reform, for parts that change by year.
    """
    units = np.zeros(len(providers.tier), dtype=np.int64)
    tiers = np.zeros((len(amounts), len(TIERS)), dtype=np.int64)
    fixed = distribute(amounts, tier_weights(config, providers, len(amounts)))
    for community, amount in enumerate(amounts.tolist()):
        members = np.flatnonzero(providers.community == community)
        if config.rule == "fixed" or not len(members):
            tiers[community] = fixed[community]
            for tier in range(len(TIERS)):
                same = members[providers.tier[members] == tier]
                if len(same):
                    units[same] = largest_remainder(int(tiers[community, tier]), work.volume[same])
            continue
        units[members] = among(config, amount, members, providers, work, year)
        tiers[community] = sum_by(providers.tier[members], units[members], len(TIERS))
    return units, tiers


def among(config: Distribution, amount: int, members: Ints, providers: Providers, work: Work, year: int) -> Money:
    """[member] fen: an amount among the institutions of one community, by any rule but the fixed one."""
    volume = work.volume[members]
    scores = work.score[members] if amount >= 0 else np.full(len(members), PPM, dtype=np.int64)
    if config.rule == "volume":
        return largest_remainder(amount, volume)
    if config.rule == "contribution":
        pots = contribution_pots(config, amount, work, members, scores, year)
        splits = (largest_remainder(pot, contributions) for pot, contributions in pots)
        return np.asarray(sum(splits, np.zeros(len(members), np.int64)))
    leads = above(providers)[members] < 0
    if config.rule == "lead":
        lead_part = amount if leads.all() else part(amount, ppm(config.lead_share))
        units = np.zeros(len(members), dtype=np.int64)
        units[leads] = largest_remainder(lead_part, volume[leads])
        if not leads.all():
            units[~leads] = largest_remainder(amount - lead_part, volume[~leads])
        return units
    return hand_down(amount, members, providers, volume, scores, (ppm(config.keep_township), ppm(config.keep_lead)))


def contribution_set(config: Distribution, year: int) -> int:
    """Number of the set of parts that counts so many years after the reform; 0 is the first, the last one stays."""
    return min(max(year, 0), len(config.contribution_later))


def contribution_pots(
    config: Distribution, amount: int, work: Work, members: Ints, scores: Ints, year: int
) -> list[tuple[int, list[int]]]:
    """The money of each kind of contribution, and the members' contributions of that kind; quality first.

    A kind to which nobody contributed has no money, unless nobody contributed to any: then quantity has all, and
    splits it equally.
    """
    weights = (config.contribution, *config.contribution_later)[contribution_set(config, year)]
    volume = [int(v) for v in work.volume[members]]
    measures = [
        [v * int(s) for v, s in zip(volume, scores, strict=True)],
        volume,
        [int(v) for v in work.technical[members]],
        [int(v) for v in work.chronic[members]],
    ]
    parts = [weights.quality, weights.quantity, weights.technical, weights.health]
    live = [p if sum(m) else 0 for p, m in zip(parts, measures, strict=True)]
    if not sum(live):
        live = [0, 1, 0, 0]
    pots = largest_remainder(amount, live)
    return [(int(pot), measure) for pot, measure in zip(pots, measures, strict=True)]


def primary_share(weights: Ints) -> float:
    """Share of a transfer that reaches township centres and village clinics, mean over communities."""
    if len(weights) == 0:
        return 0.0
    return float(np.mean(weights[:, [VILLAGE, TOWNSHIP]].sum(axis=1) / weights.sum(axis=1)))


def expected_primary_share(
    config: Distribution, last: ClosedYear, providers: Providers, weights: Ints, communities: int, year: int
) -> float:
    """Share of a surplus that primary units can expect under the rule in force, from the work of a closed year."""
    if config.rule == "fixed":
        return primary_share(tier_weights(config, providers, communities))
    work = work_of(config.bed_day_weight, last.claims, providers, weights, last.counters)
    _, tiers = split(config, np.full(communities, NOMINAL, dtype=np.int64), providers, work, year)
    return primary_share(tiers)


def scored_pay(config: Distribution, base: UnitPay, providers: Providers, unit_score: Ints) -> Money:
    """[tier] pay of the member institutions scaled by their scores, fen.

    Args:
        config: weight of the score.
        base: amounts at score 1.
        providers: institutions.
        unit_score: [provider] score, ppm.
    """
    tiers = np.zeros(len(TIERS), dtype=np.int64)
    weight = ppm(config.score_weight)
    for tier, amount in ((VILLAGE, base.village), (TOWNSHIP, base.township), (COUNTY, base.county)):
        full_pay = fen(amount)
        for unit in np.flatnonzero((providers.tier == tier) & (providers.community >= 0)):
            tiers[tier] += part(full_pay, PPM - part(PPM - int(unit_score[unit]), weight))
    return tiers
