"""Parameters of care seeking and referral."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from sim.core.errors import ConfigError
from sim.core.parameters import ByTier, Rate, Share, by_tier, param
from sim.core.parameters import Config as BaseConfig
from sim.tables import TOWNSHIP, Floats

Utility = Annotated[float, Field(ge=-1e3, le=30)]
"""With dissimilarities of at least 0.2 no weight, exp(utility / dissimilarity), exceeds what a float holds."""
Positive = Annotated[float, Field(gt=0, le=1e6)]
FiveFactors = tuple[Rate, Rate, Rate, Rate, Rate]
Leaning = Annotated[float, Field(ge=-5, le=5)]
FiveLeanings = tuple[Leaning, Leaning, Leaning, Leaning, Leaning]


class Config(BaseConfig):
    """Choice among no care and five tiers: a (nested) logit in the patient's current price, distance and wait.

    Utility of no care is 0.  Utility of a tier = its constant + slope × (severity - 1) - price × income factor ×
    ln(1 + own payment ÷ price_scale) - distance × km - wait × expected days + the contract's bonus.
    """

    outpatient: ByTier[Utility] = param(
        by_tier(2.36, 2.4, 3.87, 3.98, 1.25, Utility), unit="utility", zh="普通门诊选择常数"
    )
    """Constants for a mild acute need.
    Source: calibrated: shares of visits 38:27:25:10 (figures 4), visits forgone (CHARLS)"""
    outpatient_severity: ByTier[Utility] = param(
        by_tier(-0.4, 0.6, 1.6, 1.6, 1.6, Utility), unit="utility", zh="门诊严重程度效应"
    )
    """Added for a moderate acute need.
    Source: assumed: the worse the illness, the higher the tier"""
    chronic: ByTier[Utility] = param(by_tier(1.6, 2.6, 3.2, 3.6, -0.6, Utility), unit="utility", zh="慢特病选择常数")
    """Constants for a chronic visit.
    Source: assumed: 470 yuan per chronic visit (F2) needs many at the county hospital"""
    inpatient: ByTier[Utility] = param(by_tier(-9.0, 4.05, 4.45, 1.91, 2.1, Utility), unit="utility", zh="住院选择常数")
    """Constants for a mild need of admission.
    Source: calibrated: shares of admissions 25:53:12:10 (figures 4), admissions forgone (figures 2.3)"""
    inpatient_severity: ByTier[Utility] = param(
        by_tier(0.0, -1.2, 0.6, 1.2, 1.2, Utility), unit="utility per step", zh="住院严重程度效应"
    )
    """Added for each step of severity.
    Source: assumed"""
    away: tuple[Utility, Utility, Utility] = param((0.3, 0.3, 1.5), unit="utility", zh="外出者就医常数")
    """Constant of the hospital where a person works away: visits, chronic visits, stays.
    Source: assumed: who works away goes about as often as who is at home"""
    price: tuple[Rate, Rate, Rate] = param((1.43, 0.5, 0.94), unit="utility", zh="价格系数")
    """Fall of utility each time that own payment, of a size well above `price_scale`, grows by the factor e: visits,
    chronic visits, stays.
    Source: calibrated: elasticities and forgone care (figures 2.3, 3.2)"""
    price_scale: tuple[Positive, Positive, Positive] = param((6.7, 10.0, 50.0), unit="yuan", zh="价格起感金额")
    """Own payment from which people feel a price, relative to the incomes of year 0: visits, chronic visits, stays.
    Source: calibrated: elasticities of visits at today's prices, and free care against 95 % (RAND, figures 3.2)"""
    price_by_quintile: FiveFactors = param((1.035, 1.018, 1.0, 0.982, 0.965), unit="factor", zh="各收入组价格敏感系数")
    """Factor on the price coefficient by income quintile, poorest first.
    Source: calibrated: concentration index of forgone admission, -0.07 (CHARLS: forgone for money, the poor more)"""
    outside_by_income: FiveLeanings = param((-1.26, -0.63, 0.0, 0.63, 1.26), unit="utility", zh="各收入组外出就医偏好")
    """Added for city and beyond by income quintile, poorest first.
    Source: calibrated: concentration index of own payment; the better-off use higher hospitals (F95); how much more is
    not published"""
    distance: tuple[Rate, Rate, Rate] = param((0.05, 0.04, 0.015), unit="utility per km", zh="距离系数")
    """Fall of utility for each km, up to the city: visits, chronic visits, stays.
    Source: published-results 3.1 (0.05); stays less, assumed"""
    wait: tuple[Rate, Rate, Rate] = param((0.5, 0.3, 0.2), unit="utility per day", zh="等候系数")
    """Fall of utility for each day of expected wait: visits, chronic visits, stays.
    Source: assumed"""
    contract_bonus: Utility = param(0.25, unit="utility", zh="签约效应")
    """Added to village and township for persons signed with a family doctor team.
    Source: assumed; family doctor contracts raised the community share of visits by 2 to 4 points (published-results
    5.2)"""
    nest_primary: float = param(1.0, unit="", zh="基层嵌套参数", ge=0.2, le=1)
    """Dissimilarity of the nest village and township; 1 is the plain logit.
    Source: published-results 3.1 uses 0.5; assumed: 1"""
    nest_hospital: float = param(1.0, unit="", zh="医院嵌套参数", ge=0.2, le=1)
    """Dissimilarity of the nest county, city and remote.
    Source: published-results 3.1 uses 0.7; assumed: 1"""
    gatekeeping: Share = param(0.0, unit="share", zh="首诊约束比例")
    """Share of first contacts for mild needs that must go to primary care (0: free choice, money follows).
    Source: A9, A10"""
    in_group: Share = param(0.0, unit="share", zh="组内就医约束比例")
    """Share of needs of admission that must stay in the county's institutions, if these can treat them.
    Source: A9, doc 000: in-group care required; assumed: 0, free choice"""
    exempt_visit_groups: tuple[str, ...] = param((), unit="", zh="首诊豁免门诊病组")
    """Codes of outpatient groups exempt from first contact in primary care.
    Source: A9, doc 000: 20 serious diseases, not listed there; assumed: none"""
    exempt_stay_groups: tuple[str, ...] = param((), unit="", zh="组内就医豁免住院病组")
    """Codes of inpatient groups exempt from staying within the group.
    Source: A9, doc 000: 20 serious diseases, not listed there; assumed: none"""
    primary_pay: float = param(1.0, unit="ratio", zh="基层与医院医生薪酬比", ge=0.5, le=3)
    """Pay of doctors in village and township relative to doctors in hospitals.
    Source: A9, doc 000: may exceed hospital pay; assumed: 1, nothing changes"""
    primary_pay_effect: float = param(0.5, unit="utility per unit", zh="基层薪酬效应", ge=0, le=5)
    """Added to village and township for each unit by which that pay exceeds hospital pay: better doctors come.
    Source: A9, doc 000 (direction); assumed: half more pay does as much as a contract (`contract_bonus`)"""
    refer_visit: tuple[Share, Share, Share, Share, Share] = param(
        (0.35, 0.15, 0.03, 0.0, 0.0), unit="share", zh="门诊上转概率"
    )
    """Probability that a visit for a moderate need ends in referral up, by tier.
    Source: assumed: capability by severity"""


class CareRules(NamedTuple):
    """Numbers the compiled rules use; first index of arrays = category of need (visit, chronic, stay)."""

    constant: Floats
    """[category, tier]"""
    slope: Floats
    """[category, tier]"""
    away: Floats
    price: Floats
    """[category, sensitivity] sensitivity = income quintile, or 5: no response to price"""
    price_scale: Floats
    """[category] fen"""
    outside_weight: Floats
    """[quintile] factor on the weight of city and beyond"""
    distance: Floats
    wait: Floats
    """[category] utility per minute"""
    contract_bonus: float
    nest_primary: float
    nest_hospital: float
    kept_visits: Floats
    """[outpatient group] share of first contacts that must go to primary care"""
    kept_stays: Floats
    """[inpatient group] share of needs of admission that must stay within the group"""
    refer_visit: Floats
    """[tier]"""


def kept_shares(share: float, exempt: tuple[str, ...], codes: Sequence[str], key: str) -> Floats:
    """[group] the share that is kept within the group of institutions; 0 for exempt case groups.

    Raises:
        ConfigError: if an exempt group is not among ``codes``.
    """
    for code in exempt:
        if code not in codes:
            raise ConfigError(
                "no case group has this code",
                where=f"care.{key}",
                value=code,
                bound=", ".join(filter(None, codes)) or "the table of groups gives no codes",
                todo="give codes of the table of groups (its column 'group')",
            )
    return np.array([0.0 if code in exempt else share for code in codes])


def compile_rules(config: Config, visits: Sequence[str] = (), stays: Sequence[str] = ()) -> CareRules:
    """The configuration as arrays; yuan become fen, days become minutes.

    ``visits`` and ``stays`` are the codes of the case groups, in their order.
    """
    constants = np.array([c.values() for c in (config.outpatient, config.chronic, config.inpatient)])
    if config.primary_pay != 1.0:
        constants[:, : TOWNSHIP + 1] += config.primary_pay_effect * (config.primary_pay - 1.0)
    slopes = (config.outpatient_severity.values(), [0.0] * 5, config.inpatient_severity.values())
    return CareRules(
        constant=constants,
        slope=np.array(slopes),
        away=np.array(config.away),
        price=np.outer(config.price, [*config.price_by_quintile, 0.0]),
        price_scale=np.array(config.price_scale) * 100,
        outside_weight=np.exp(np.array(config.outside_by_income) / config.nest_hospital),
        distance=np.array(config.distance),
        wait=np.array(config.wait) / 1440,
        contract_bonus=config.contract_bonus,
        nest_primary=config.nest_primary,
        nest_hospital=config.nest_hospital,
        kept_visits=kept_shares(config.gatekeeping, config.exempt_visit_groups, visits, "exempt_visit_groups"),
        kept_stays=kept_shares(config.in_group, config.exempt_stay_groups, stays, "exempt_stay_groups"),
        refer_visit=np.array(config.refer_visit),
    )
