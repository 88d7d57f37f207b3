"""Illness of a person: acute needs, chronic onset and management, needs of admission, and the price of neglect."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.parameters import Config as BaseConfig
from sim.core.parameters import Rate, Share, param
from sim.core.randomness import YEAR_CHRONIC, Key, poisson, unit, unit53, words
from sim.core.rules import rule
from sim.county.person import COPD, DIABETES, HYPERTENSION, VASCULAR, Person
from sim.tables import Floats

Nine = tuple[Rate, Rate, Rate, Rate, Rate, Rate, Rate, Rate, Rate]
FourRates = tuple[Rate, Rate, Rate, Rate]

ACUTE_NEEDS = 30  # needs 0..29 of a month are acute
CHRONIC_NEED = 32
SEVERE_NEED = 33
RETURN_NEED = 34  # a return after discharge: 34 + number of the stay in the year


class Config(BaseConfig):
    """Illness: yearly rates by age, chronic conditions and what management does to them."""

    acute: Nine = param((8.1, 4.9, 4.5, 5.1, 6.3, 7.9, 9.6, 11.0, 10.8), unit="per person and year", zh="急性病发生率")
    """Acute needs a person and year by age band of ten years.
    Source: calibrated: 6.5 visits made (F9) with the choice of no care; shape by age as two-week illness, assumed"""
    moderate: Share = param(0.15, unit="share", zh="中度急性病占比")
    """Share of acute needs of moderate severity, the rest is mild.
    Source: assumed"""
    severe: Nine = param(
        (0.130, 0.050, 0.085, 0.095, 0.080, 0.100, 0.150, 0.240, 0.290), unit="per person and year", zh="住院需求率"
    )
    """Needs of admission a person and year by age band, chronic conditions apart, before `severe_scale`.
    Source: figures 2.3, shape by age in 2018, from memory there"""
    severe_scale: Rate = param(1.155, unit="factor", zh="住院需求系数")
    """Scale of all needs of admission.
    Source: calibrated: discharges per 100 insured of the base year (F2)"""
    chronic_scale: Rate = param(1.026, unit="factor", zh="门诊慢特病就诊系数")
    """Scale of chronic outpatient visits.
    Source: calibrated: chronic visits per head of the base year (F2)"""
    chronic_visits: FourRates = param((0.8, 1.1, 0.9, 1.3), unit="per patient and year", zh="门诊慢特病就诊次数")
    """Yearly visits with the chronic benefit of a diagnosed patient, by condition.
    Source: calibrated: 0.18 chronic visits per head in 2019 (F2)"""
    exacerbation: FourRates = param((0.025, 0.05, 0.12, 0.14), unit="per patient and year", zh="慢病急性加重率")
    """Yearly needs of admission due to each condition, unmanaged.
    Source: assumed: a fifth of admissions are for chronic conditions"""
    managed_relief: Share = param(0.25, unit="share", zh="管理减少加重的比例")
    """Share of exacerbations and of progression that management prevents.
    Source: assumed: a modest effect; F53 (the only trial) and F37c found small or no effects on admissions"""
    onset: FourRates = param((0.016, 0.006, 0.004, 0.004), unit="per person and year", zh="慢病发病率")
    """Yearly onset of each condition from age 30.
    Source: assumed: prevalence by age of figures 2.4, differenced; F26: stroke 505 per 100,000 aged 40+"""
    vascular_risk: Rate = param(2.0, unit="factor", zh="心脑血管病风险倍数")
    """Onset of vascular disease with hypertension or diabetes, as a multiple.
    Source: assumed: relative risk of about 2"""
    detection: Share = param(0.06, unit="per year", zh="诊断发现率")
    """Yearly probability that an undiagnosed condition is found.
    Source: assumed: keeps the shares diagnosed of F22 and F71 roughly steady"""
    enrol: Share = param(0.10, unit="per year", zh="纳入管理概率")
    """Yearly probability that a diagnosed patient comes under management.
    Source: assumed: balances `drop_out` at about 55 % managed"""
    drop_out: Share = param(0.08, unit="per year", zh="管理脱落率")
    """Yearly probability that management lapses.
    Source: assumed: see `enrol`"""
    effort_detection: Share = param(0.05, unit="per year", zh="努力对发现率的影响")
    """Added to detection at full prevention effort.
    Source: assumed"""
    effort_enrol: Share = param(0.25, unit="per year", zh="努力对管理率的影响")
    """Added to enrolment in management at full prevention effort.
    Source: assumed: doc 003, managed share +2.2 points in the pilots' first year"""
    effort_onset: Share = param(0.05, unit="share", zh="努力对发病的影响")
    """Reduction of onset at full prevention effort.
    Source: assumed: small"""
    neglect_weight: Rate = param(0.30, unit="share a need", zh="延误加重系数")
    """Rise of the need of admission for each recent untreated need.
    Source: assumed: forgone care leads to severe need (model section 3)"""
    neglect_visit: Rate = param(0.2, unit="needs", zh="放弃门诊的延误量")
    """Neglect left by a forgone acute need, for each step of severity.
    Source: assumed"""
    neglect_stay: Rate = param(0.7, unit="needs", zh="放弃住院的延误量")
    """Neglect left by a forgone need of admission, for each step of severity.
    Source: assumed"""
    neglect_fade: Share = param(0.6, unit="share a month", zh="延误影响保留率")
    """Share of the neglect that remains after a month.
    Source: assumed"""


class IllnessRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`; rates by month where said."""

    acute: Floats
    moderate: float
    severe: Floats
    chronic_visits: Floats
    exacerbation: Floats
    managed_relief: float
    onset: Floats
    vascular_risk: float
    detection: float
    enrol: float
    drop_out: float
    effort_detection: float
    effort_enrol: float
    effort_onset: float
    neglect_weight: float
    neglect_visit: float
    neglect_stay: float
    neglect_fade: float


def compile_rules(config: Config) -> IllnessRules:
    """The configuration as arrays, yearly needs turned into monthly ones."""
    values = {name: getattr(config, name) for name in IllnessRules._fields}
    values["acute"] = np.array(config.acute) / 12
    values["severe"] = np.array(config.severe) * config.severe_scale / 12
    values["exacerbation"] = np.array(config.exacerbation) * config.severe_scale / 12
    values["chronic_visits"] = np.array(config.chronic_visits) * config.chronic_scale / 12
    values["onset"] = np.array(config.onset)
    return IllnessRules(**values)


@rule
def onset_hazard(person: Person, rules: IllnessRules, condition: int) -> float:
    """Yearly onset of a condition a person does not have: from 30, COPD and vascular disease from 40.

    Hypertension or diabetes multiply vascular onset, less so when one of them is managed.
    """
    first_age = 40 if condition in (COPD, VASCULAR) else 30
    if person.age < first_age:
        return 0.0
    hazard = float(rules.onset[condition])
    causes = (1 << HYPERTENSION) | (1 << DIABETES)
    if condition == VASCULAR and person.chronic & causes:
        relief = rules.managed_relief if person.managed & causes else 0.0
        hazard *= 1.0 + (rules.vascular_risk - 1.0) * (1.0 - relief)
    return hazard


@rule
def progress(person: Person, rules: IllnessRules, effort: float, key: Key, year: int) -> None:
    """Onset, detection and management of the four chronic conditions at a year's start."""
    for condition in range(4):
        bit = 1 << condition
        w0, w1, w2, _ = words(key, person.key, YEAR_CHRONIC, year, condition)
        if not person.chronic & bit and unit(w0) < onset_hazard(person, rules, condition) * (
            1.0 - effort * rules.effort_onset
        ):
            person.chronic |= bit
        if person.chronic & bit:
            manage(person, rules, effort, bit, unit(w1), unit(w2))


@rule
def manage(person: Person, rules: IllnessRules, effort: float, bit: int, u: float, v: float) -> None:
    """Detection of a condition, then coming under management or dropping out of it."""
    if not person.diagnosed & bit:
        if u < rules.detection + effort * rules.effort_detection:
            person.diagnosed |= bit
    elif person.managed & bit:
        if v < rules.drop_out:
            person.managed &= ~bit
    elif v < rules.enrol + effort * rules.effort_enrol:
        person.managed |= bit


@rule
def exacerbation_of(person: Person, rules: IllnessRules, condition: int) -> float:
    """Monthly needs of admission due to one condition; 0 if the person does not have it."""
    bit = 1 << condition
    if not person.chronic & bit:
        return 0.0
    relief = rules.managed_relief if person.managed & bit else 0.0
    return float(rules.exacerbation[condition] * (1.0 - relief))


@rule
def set_rates(person: Person, rules: IllnessRules) -> None:
    """The person's monthly rates for the year; half of the frailty acts on needs of admission."""
    band = min(person.age // 10, 8)
    person.acute_mean = rules.acute[band] * person.frailty
    person.acute_zero = math.exp(-person.acute_mean)
    chronic = 0.0
    visits = 0.0
    for condition in range(4):
        chronic += exacerbation_of(person, rules, condition)
        if person.diagnosed & (1 << condition):
            visits += rules.chronic_visits[condition]
    base = rules.severe[band] * (0.5 + 0.5 * person.frailty)
    person.severe = base + chronic
    person.severe_chronic = chronic / person.severe if person.severe > 0.0 else 0.0
    person.chronic_visit = min(visits, 1.0)


@rule
def needs_of_month(
    person: Person, rules: IllnessRules, acute_word: int, chronic_word: int, severe_word: int
) -> tuple[int, bool, bool]:
    """Needs that arise in a month: number of acute ones, a chronic visit, a need of admission.  Neglect fades first.

    The words are the first three at the person's address for `MONTH_NEEDS`.
    """
    person.neglect *= rules.neglect_fade
    acute = poisson(unit(acute_word), person.acute_mean, person.acute_zero)
    severe = person.severe * (1.0 + rules.neglect_weight * person.neglect)
    return min(acute, ACUTE_NEEDS), unit(chronic_word) < person.chronic_visit, unit(severe_word) < severe


@rule
def time_of_need(start: float, length: float, high: int, low: int) -> float:
    """When in the month a need arises, in days, from two words."""
    return start + length * unit53(high, low)


@rule
def chronic_cause(person: Person, rules: IllnessRules, u: float) -> int:
    """The condition that an exacerbation is due to, drawn in proportion to the hazards of all conditions."""
    total = 0.0
    for condition in range(4):
        total += exacerbation_of(person, rules, condition)
    threshold = u * total
    for condition in range(3):
        hazard = exacerbation_of(person, rules, condition)
        if threshold < hazard:
            return condition
        threshold -= hazard
    return VASCULAR
