"""Who pays the bill: statutory fund, catastrophic insurance, medical assistance and the patient, to the fen.

The patient's part depends on the charge and the benefit, and not on how the provider is paid.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import model_validator

from sim.core.parameters import ByTier, Share, Yuan, by_tier, param
from sim.core.parameters import Config as BaseConfig
from sim.core.rules import rule
from sim.core.units import PPM, fen, part, ppm, yuan
from sim.county.person import Person
from sim.tables import CHRONIC, EMPLOYEE_INSURED, INPATIENT, OUTPATIENT, RESIDENT_INSURED, TIERS, UNINSURED, Ints

NO_LIMIT = 2**62
MOST_YUAN = 1e9  # largest amount of a schedule, at any level
MOST_STAYS = 100  # stays of a year that are told apart; only the first differs in its deductible


class Schedule(BaseConfig):
    """Benefit of one insurance."""

    deductible: ByTier[Yuan] = param(by_tier(100.0, 100.0, 500.0, 1_000.0, 1_500.0, Yuan), unit="yuan", zh="住院起付线")
    """Deductible of a stay (起付线).
    Source: figures 2.7, suggested default county"""
    later_deductible: Share = param(0.5, unit="share", zh="再次住院起付线比例")
    """Deductible of second and later stays of a year, relative to the first.
    Source: assumed: common local rule"""
    ratio: ByTier[Share] = param(by_tier(0.90, 0.90, 0.80, 0.65, 0.55, Share), unit="share", zh="住院报销比例")
    """Share of the covered charge above the deductible that the fund pays.
    Source: figures 2.7, suggested default county"""
    unreferred: ByTier[Share] = param(by_tier(1.0, 1.0, 1.0, 0.95, 0.90, Share), unit="share", zh="未转诊支付系数")
    """Factor on that share for a stay without referral.
    Source: figures 2.7: 0.65-0.90 by city; 延安 0.90"""
    referred_deductible: Share = param(0.5, unit="share", zh="转诊起付线比例")
    """Deductible after referral up, relative to the full one (rule 'share'); none for a step down.
    Source: A25: a referred patient pays the difference only; assumed: half"""
    referral_rule: Literal["share", "difference"] = param("share", unit="", zh="转诊起付线规则")
    """Deductible after referral up: a share of the full one, or only what it exceeds that of the tier below by.
    Source: A25, doc 001: the difference; assumed: share, as `referred_deductible` says"""
    outpatient_ratio: ByTier[Share] = param(
        by_tier(0.50, 0.50, 0.0, 0.0, 0.0, Share), unit="share", zh="普通门诊报销比例"
    )
    """Share of the covered charge of an ordinary visit that the fund pays.
    Source: figures 2.7, suggested default county"""
    outpatient_cap: Yuan = param(100.0, unit="yuan per year", zh="普通门诊年度限额")
    """Most the fund pays a person and year for ordinary visits (封顶线).
    Source: figures 2.7: 100-150 in most places"""
    chronic_ratio: ByTier[Share] = param(
        by_tier(0.65, 0.65, 0.65, 0.60, 0.55, Share), unit="share", zh="门诊慢特病报销比例"
    )
    """The same for visits with the chronic benefit.
    Source: figures 2.7: 65 %; outside the county less, assumed"""
    chronic_cap: Yuan = param(4_000.0, unit="yuan per year", zh="门诊慢特病年度限额")
    """Most the fund pays a person and year for chronic visits.
    Source: assumed: several diseases' limits"""
    cap: Yuan = param(200_000.0, unit="yuan per year", zh="基本医保年度封顶线")
    """Most the fund pays a person and year in all.
    Source: figures 2.7, suggested default county"""
    catastrophic_start: Yuan = param(15_000.0, unit="yuan per year", zh="大病保险起付线")
    """Own covered payments of a year from which catastrophic insurance pays.
    Source: figures 2.7"""
    catastrophic_steps: tuple[Yuan, Yuan] = param((50_000.0, 100_000.0), unit="yuan per year", zh="大病保险分段")
    """Own covered payments at which the second and third bracket begin.
    Source: figures 2.7, 铜川"""
    catastrophic_ratios: tuple[Share, Share, Share] = param((0.60, 0.70, 0.80), unit="share", zh="大病保险支付比例")
    """Share paid in each bracket.
    Source: figures 2.7"""
    catastrophic_cap: Yuan = param(300_000.0, unit="yuan per year", zh="大病保险封顶线")
    """Most catastrophic insurance pays a person and year.
    Source: figures 2.7"""
    assistance_ratio: Share = param(0.70, unit="share", zh="医疗救助比例")
    """Share of the remaining covered own payment that medical assistance pays for persons entitled to it.
    Source: figures 2.6: at least 70 % by law, from memory there"""
    assistance_cap: Yuan = param(30_000.0, unit="yuan per year", zh="医疗救助年度限额")
    """Most medical assistance pays a person and year.
    Source: figures 2.6"""

    own_limit: Yuan | None = param(None, unit="yuan per year", zh="年度个人自付上限")
    """Most a person pays in a year for what is covered, after catastrophic insurance and assistance; the fund pays the
    rest, and people know it.  None: no limit.
    Source: as in the RAND experiment (published-results 5.1); not usual in China"""

    @model_validator(mode="after")
    def _brackets_rise(self) -> Schedule:
        first, second = self.catastrophic_steps
        if not self.catastrophic_start <= first <= second:
            raise ValueError(
                f"catastrophic brackets must rise: catastrophic_start {self.catastrophic_start:g} <= "
                f"catastrophic_steps {first:g} <= {second:g}"
            )
        return self


def _employee() -> Schedule:
    return Schedule(
        deductible=by_tier(200.0, 200.0, 500.0, 800.0, 1_000.0, Yuan),
        ratio=by_tier(0.92, 0.92, 0.88, 0.84, 0.78, Share),
        outpatient_ratio=by_tier(0.60, 0.60, 0.50, 0.50, 0.40, Share),
        outpatient_cap=2_000.0,
        chronic_ratio=by_tier(0.80, 0.80, 0.80, 0.75, 0.70, Share),
        chronic_cap=8_000.0,
        cap=300_000.0,
    )


class Config(BaseConfig):
    """Benefit schedules of the two insurances, as they stand in year 0, and how their amounts grow."""

    indexation: float | None = param(None, unit="share per year", zh="待遇标准调整率", ge=-0.5, le=1.0)
    """Growth a year, from year 0 on, of all amounts of the schedules: deductibles, yearly limits, brackets; given
    amounts are those of year 0. null: as charges (claims.growth), so that the fund's share of a bill does not drift by
    itself; 0: they stand still.
    Source: assumed: reviewed as costs grow, or no year is like the one that the amounts were published for"""
    resident: Schedule = param(Schedule(), unit="", zh="居民医保待遇")
    """Resident insurance (居民医保).
    Source: figures 2.7"""
    employee: Schedule = param(_employee(), unit="", zh="职工医保待遇")
    """Employee insurance (职工医保); its fund is another one (`fund.employee`).
    Source: assumed: shares about 10 points higher than for residents"""


AMOUNTS = (
    "deductible", "outpatient_cap", "chronic_cap", "cap", "catastrophic_start", "catastrophic_steps",
    "catastrophic_cap", "assistance_cap", "own_limit",
)  # fmt: skip
"""Parameters of a schedule that are amounts of yuan: those that are indexed."""


def level_of(config: Config, prices: float, year: int) -> float:
    """What the amounts of the schedules are multiplied by in model year ``year``, at its level of prices.

    >>> level_of(Config(), 1.06, 1), level_of(Config(indexation=0), 1.06, 1)
    (1.06, 1.0)
    """
    return prices if config.indexation is None else (1.0 + config.indexation) ** year


def at_level(config: Config, level: float) -> Config:
    """The schedules with amounts so many times those given, each rounded to the fen once.

    >>> at_level(Config(), 1.21).resident.deductible.county
    605.0
    """
    if level == 1.0:
        return config
    schedules = {name: _at_level(getattr(config, name), level) for name in ("resident", "employee")}
    return config.model_copy(update=schedules)


def _at_level(schedule: Schedule, level: float) -> Schedule:
    """A schedule whose amounts are so many times those given."""

    def indexed(amount: float | None) -> float | None:
        return None if amount is None else yuan(fen(min(amount * level, MOST_YUAN)))

    amounts: dict[str, Any] = {name: getattr(schedule, name) for name in AMOUNTS}
    deductible = amounts.pop("deductible")
    by_tiers = {tier: indexed(value) for tier, value in zip(TIERS, deductible.values(), strict=True)}
    amounts = {
        name: tuple(map(indexed, value)) if isinstance(value, tuple) else indexed(value)
        for name, value in amounts.items()
    }
    return schedule.model_copy(update={**amounts, "deductible": deductible.model_copy(update=by_tiers)})


class BenefitRules(NamedTuple):
    """Schedules as arrays; first index = insurance; money in fen, shares in ppm."""

    deductible: Ints
    """[insurance, tier]"""
    later_deductible: Ints
    ratio: Ints
    """[insurance, tier]"""
    unreferred: Ints
    """[insurance, tier]"""
    referred_deductible: Ints
    """[insurance, tier] after referral up"""
    visit_ratio: Ints
    """[insurance, category 0..1, tier]"""
    visit_cap: Ints
    """[insurance, category 0..1]"""
    cap: Ints
    catastrophic_from: Ints
    """[insurance, bracket] own covered payment at which each bracket begins"""
    catastrophic_ratio: Ints
    """[insurance, bracket]"""
    catastrophic_cap: Ints
    assistance_ratio: Ints
    assistance_cap: Ints
    own_limit: Ints
    """[insurance] `NO_LIMIT` where there is none"""


def referred_deductibles(schedule: Schedule) -> list[int]:
    """[tier] deductible of a stay after referral up, fen.

    Under "difference" a referred patient tops up the deductible of the tier below, whether or not he paid it there:
    the rule of the documents speaks of tiers, not of bills.
    """
    full = [fen(v) for v in schedule.deductible.values()]
    if schedule.referral_rule == "difference":
        return [max(0, deductible - below) for below, deductible in pairwise([0, *full])]
    return [part(deductible, ppm(schedule.referred_deductible)) for deductible in full]


def compile_rules(config: Config) -> BenefitRules:
    """The schedules as arrays; the uninsured have zero everywhere, and no limit to what they pay."""
    rules = BenefitRules(
        *(
            np.zeros(shape, dtype=np.int64)
            for shape in ((3, 5), 3, (3, 5), (3, 5), (3, 5), (3, 2, 5), (3, 2), 3, (3, 3), (3, 3), 3, 3, 3, 3)
        )
    )
    rules.own_limit[UNINSURED] = NO_LIMIT
    for insurance, schedule in ((RESIDENT_INSURED, config.resident), (EMPLOYEE_INSURED, config.employee)):
        rules.deductible[insurance] = [fen(v) for v in schedule.deductible.values()]
        rules.later_deductible[insurance] = ppm(schedule.later_deductible)
        rules.ratio[insurance] = [ppm(v) for v in schedule.ratio.values()]
        rules.unreferred[insurance] = [ppm(v) for v in schedule.unreferred.values()]
        rules.referred_deductible[insurance] = referred_deductibles(schedule)
        rules.visit_ratio[insurance, OUTPATIENT] = [ppm(v) for v in schedule.outpatient_ratio.values()]
        rules.visit_ratio[insurance, CHRONIC] = [ppm(v) for v in schedule.chronic_ratio.values()]
        rules.visit_cap[insurance] = [fen(schedule.outpatient_cap), fen(schedule.chronic_cap)]
        rules.cap[insurance] = fen(schedule.cap)
        rules.catastrophic_from[insurance] = [fen(schedule.catastrophic_start), *map(fen, schedule.catastrophic_steps)]
        rules.catastrophic_ratio[insurance] = [ppm(v) for v in schedule.catastrophic_ratios]
        rules.catastrophic_cap[insurance] = fen(schedule.catastrophic_cap)
        rules.assistance_ratio[insurance] = ppm(schedule.assistance_ratio)
        rules.assistance_cap[insurance] = fen(schedule.assistance_cap)
        rules.own_limit[insurance] = NO_LIMIT if schedule.own_limit is None else fen(schedule.own_limit)
    return rules


@rule
def is_limited(rules: BenefitRules, person: Person) -> bool:
    """Whether a person's own payments of a year have a limit."""
    return bool(rules.own_limit[person.insurance] != NO_LIMIT)


@rule
def only_fund_shares(rules: BenefitRules, person: Person, category: int, charge: int) -> bool:
    """Whether nobody but the fund shares the bill of a visit of so many fen with this person.

    Own payments of a year may be limited; and of chronic visits assistance or catastrophic insurance may pay a part.
    """
    if is_limited(rules, person):
        return False
    return bool(
        category == OUTPATIENT
        or (not person.poor and person.covered_own + charge <= rules.catastrophic_from[person.insurance, 0])
    )


@rule
def beyond_limit(rules: BenefitRules, person: Person, own_payment: int) -> int:
    """Fen of a covered own payment that the fund pays because the year's limit on them is reached."""
    if not is_limited(rules, person):
        return 0
    limit = rules.own_limit[person.insurance]
    return int(max(0, min(own_payment, person.own_counted + own_payment - limit)))


@rule
def catastrophic_total(rules: BenefitRules, insurance: int, own_payment: int) -> int:
    """Fen that catastrophic insurance owes in all, for ``own_payment`` fen of own covered payments in a year."""
    if own_payment <= rules.catastrophic_from[insurance, 0]:
        return 0
    total = 0
    for bracket in range(3):
        low = rules.catastrophic_from[insurance, bracket]
        high = own_payment if bracket == 2 else min(own_payment, rules.catastrophic_from[insurance, bracket + 1])
        if high > low:
            total += part(high - low, rules.catastrophic_ratio[insurance, bracket])
    return int(min(total, rules.catastrophic_cap[insurance]))


@rule
def room_for_visits(rules: BenefitRules, person: Person, category: int) -> int:
    """Fen that the fund may still pay this year for outpatient visits of a category, by the yearly limits."""
    insurance = person.insurance
    used = person.outpatient_used if category == OUTPATIENT else person.chronic_used
    return int(max(0, min(rules.visit_cap[insurance, category] - used, rules.cap[insurance] - person.pool_used)))


@rule
def statutory_visit(rules: BenefitRules, person: Person, category: int, tier: int, covered: int) -> int:
    """Fen that the fund pays of an outpatient visit: its share, within the yearly limits."""
    paid = part(covered, rules.visit_ratio[person.insurance, category, tier])
    return min(paid, room_for_visits(rules, person, category))


@rule
def statutory_stay(rules: BenefitRules, person: Person, tier: int, covered: int, referred: int) -> int:
    """Fen that the fund pays of a stay; ``referred`` 0 = came directly, 1 = referred up, 2 = stepped down."""
    insurance = person.insurance
    deductible = rules.deductible[insurance, tier]
    ratio = rules.ratio[insurance, tier]
    if referred == 2:
        deductible = 0
    elif referred == 1:
        deductible = rules.referred_deductible[insurance, tier]
    else:
        ratio = ratio * rules.unreferred[insurance, tier] // PPM
    if person.stays > 0:
        deductible = part(deductible, rules.later_deductible[insurance])
    paid = part(max(0, covered - deductible), ratio)
    return int(max(0, min(paid, rules.cap[insurance] - person.pool_used)))


@rule
def share_bill(
    rules: BenefitRules, person: Person, category: int, tier: int, charge: int, covered: int, referred: int
) -> tuple[int, int, int, int]:
    """Split a bill: (statutory, catastrophic, assistance, patient), which sum to ``charge``.

    Catastrophic insurance and assistance look at own payments within the catalogue for stays and chronic visits; the
    catastrophic part is the growth of `catastrophic_total`, so that a year's parts sum to the year's whole.
    """
    insurance = person.insurance
    if insurance == UNINSURED:
        return 0, 0, 0, charge
    if category == INPATIENT:
        statutory = statutory_stay(rules, person, tier, covered, referred)
    else:
        statutory = statutory_visit(rules, person, category, tier, covered)
    statutory += beyond_limit(rules, person, covered - statutory)
    if category == OUTPATIENT:
        return statutory, 0, 0, charge - statutory
    own_payment = covered - statutory
    before = person.covered_own
    catastrophic = catastrophic_total(rules, insurance, before + own_payment) - catastrophic_total(
        rules, insurance, before
    )
    assistance = 0
    if person.poor:
        left = rules.assistance_cap[insurance] - person.assistance_used
        assistance = max(0, min(part(own_payment - catastrophic, rules.assistance_ratio[insurance]), left))
    return statutory, catastrophic, assistance, charge - statutory - catastrophic - assistance


@rule
def accumulate(
    person: Person,
    category: int,
    charge: int,
    covered: int,
    statutory: int,
    assistance: int,
    patient: int,
    referred: int,
) -> None:
    """Carry a settled bill into the person's accounts of the benefit year."""
    person.pool_used += statutory
    if category == OUTPATIENT:
        person.outpatient_used += statutory
    else:
        person.covered_own += covered - statutory
        person.assistance_used += assistance
        if category == CHRONIC:
            person.chronic_used += statutory
        elif referred != 2:
            person.stays = min(person.stays + 1, MOST_STAYS)
    if category == INPATIENT:
        person.stay_charge += charge
    person.charge += charge
    person.patient += patient


@rule
def count_own(rules: BenefitRules, person: Person, own_payment: int) -> None:
    """Count a covered own payment, fen, towards the year's limit on them, where there is one."""
    if is_limited(rules, person):
        person.own_counted += own_payment
