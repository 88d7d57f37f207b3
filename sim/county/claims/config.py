"""Parameters of claims (prices, lengths of stay, providers' costs), and what compiled rules are given of them."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.parameters import ByTier, Rate, Share, Yuan, by_tier, param
from sim.core.parameters import Config as BaseConfig
from sim.tables import Floats, Ints

Severities = tuple[Rate, Rate, Rate]


class Config(BaseConfig):
    """Case groups, prices, lengths of stay and providers' costs."""

    inpatient_groups: str = param("claims/inpatient_groups.csv", unit="", zh="住院病组表")
    """Table of inpatient case groups, a file or a path below conf/.
    Source: figures 2.10; assumed"""
    outpatient_groups: str = param("claims/outpatient_groups.csv", unit="", zh="门诊病组表")
    """Table of outpatient groups, a file or a path below conf/.
    Source: assumed"""
    visit_charge: ByTier[Yuan] = param(
        by_tier(53.0, 74.8, 217.5, 328.5, 360.0, Yuan), unit="yuan", zh="普通门诊次均费用"
    )
    """Mean charge of an ordinary outpatient visit in year 0.
    Source: figures 4 (55, 87, 232, 370) brought back to the base year; F39"""
    chronic_charge: ByTier[Yuan] = param(
        by_tier(222.0, 368.0, 763.0, 1_110.0, 1_110.0, Yuan), unit="yuan", zh="门诊慢特病次均费用"
    )
    """Mean charge of a visit with the chronic benefit in year 0.
    Source: calibrated: 470 yuan per chronic visit in 2019 (F2)"""
    stay_charge: ByTier[Yuan] = param(
        by_tier(1_500.0, 3_340.0, 7_310.0, 10_800.0, 12_600.0, Yuan), unit="yuan", zh="住院单位权重费用"
    )
    """Charge of a stay of weight 1 in year 0; mean charge per stay is this times the tier's case mix.
    Source: calibrated: cost per admission by tier of figures 4"""
    stay_days: ByTier[Rate] = param(by_tier(6.95, 6.92, 9.49, 9.49, 9.49, Rate), unit="days", zh="平均住院日")
    """Length of a stay in a group of average length.
    Source: calibrated: mean lengths of F3, figures 4"""
    severity_days: Severities = param((1.0, 1.15, 1.35), unit="ratio", zh="各严重程度住院日之比")
    """Length of stay by severity within a case group; only their relation counts.
    Source: assumed: COPD with and without complications, 1.21 or 1.25 to 1 in one hospital"""
    severity_charge: Severities = param((1.0, 1.3, 1.65), unit="ratio", zh="各严重程度费用之比")
    """Charge by severity within a case group; only their relation counts.
    Source: assumed: COPD without, with and with severe complications, 1 to 1.30 to 1.59 in one hospital; severe against
    other pneumonia of children 1.64 (63,614 stays, 2023)"""
    days_sigma: float = param(0.5, unit="log units", zh="住院日离散度", ge=0, le=2)
    """Standard deviation of log length of stay within a group, unless the table of groups gives one.
    Source: assumed: with the spread between groups 0.75 of the mean, as published (figures 2.2)"""
    visit_sigma: float = param(0.8, unit="log units", zh="门诊费用离散度", ge=0, le=2)
    """Standard deviation of log charge of a visit.
    Source: assumed"""
    stay_sigma: float = param(0.55, unit="log units", zh="住院费用离散度", ge=0, le=2)
    """Standard deviation of log charge of a stay within group, severity and tier, unless the table of groups gives one.
    Source: assumed: coefficient of variation within a DRG below 0.6"""
    days_charge_correlation: float = param(0.6, unit="", zh="住院日与费用相关", ge=-1, le=1)
    """Correlation of log length of stay and log charge.
    Source: assumed"""
    non_catalogue: ByTier[Share] = param(
        by_tier(0.052, 0.093, 0.167, 0.177, 0.186, Share), unit="share", zh="目录外费用占比"
    )
    """Part of the charge outside the insurance catalogue.
    Source: calibrated: fund / cost of 53-61 % (F1, F2); 16 % of all charges where figures 4 has 10-15 %; by tier
    assumed"""
    growth: float = param(0.06, unit="per year", zh="医疗费用增长率", ge=-0.5, le=0.5)
    """Yearly growth of charges before any reform.
    Source: figures 4: 6 % a year"""
    variable_cost: ByTier[Share] = param(by_tier(0.60, 0.60, 0.62, 0.62, 0.62, Share), unit="share", zh="变动成本率")
    """Variable cost of care per yuan of charge at neutral intensity.
    Source: assumed: drugs, materials and output pay"""
    fixed_cost: ByTier[Share] = param(by_tier(0.35, 0.36, 0.35, 0.35, 0.35, Share), unit="share", zh="固定成本率")
    """Fixed cost of an institution as a share of its charges in the history years.
    Source: assumed: salaries and buildings; leaves a margin of 2-5 % before the reform"""
    step_down: Share = param(0.08, unit="share", zh="下转比例")
    """Share of county and city stays of at least `step_down_days` that may recover in the township centre.
    Source: doc 002: 上转容易下转难; assumed: few before integration"""
    step_down_tight: Share = param(0.10, unit="share", zh="紧密型医共体下转增量")
    """Added to it at full prevention effort in a tight community.
    Source: assumed"""
    step_down_days: Rate = param(8.0, unit="days", zh="可下转最短住院日")
    """Least length of such a stay.
    Source: assumed"""
    step_down_at: Share = param(0.6, unit="share of the stay", zh="下转时点")
    """Part of the stay after which the patient moves down.
    Source: assumed"""
    step_down_charge: Yuan = param(260.0, unit="yuan per day", zh="康复床日费用")
    """Charge of a day of recovery in the township centre.
    Source: F39: 317.5 yuan a day in township centres, less for recovery; assumed"""
    return_probability: Share = param(0.045, unit="share", zh="30天再入院概率")
    """Probability of an unplanned return within 30 days of discharge.
    Source: F28: 5.4-6.8 % readmission in two cities, planned ones included"""
    return_intensity: Rate = param(0.5, unit="share per unit", zh="强度下降对再入院的影响")
    """Rise of that probability for each unit by which intensity falls below neutral.
    Source: assumed: under-treatment shows as readmission; F28 found 5.44 to 6.81 %"""
    referral_charge: Share = param(0.6, unit="share", zh="转诊就诊费用系数")
    """Charge of a visit that ends in referral up, relative to a full one.
    Source: assumed: first examination only"""


class ClaimRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`; money in fen, shares of money in ppm."""

    group_cumulative: Floats
    """[sex, age class, group] cumulative shares of needs not due to chronic conditions"""
    severity_cumulative: Floats
    """[group, 2] cumulative shares of severity 1 and 2"""
    weight: Floats
    """[inpatient group]"""
    condition_group: Ints
    """[condition] inpatient group of exacerbations"""
    avoidable: Ints
    """[inpatient group]"""
    visit_group_cumulative: Floats
    """[outpatient group] cumulative shares of acute needs"""
    visit_condition_group: Ints
    """[condition] outpatient group of chronic visits"""
    visit_group_cost: Floats
    """[outpatient group]"""
    visit_charge: Floats
    """[category 0..1, tier] mean charge, fen"""
    stay_charge: Floats
    """[tier] charge of weight 1, fen"""
    stay_days: Floats
    """[tier] length of a stay of relative length 1"""
    length: Floats
    """[group, severity - 1] relative length"""
    severity_charge: Floats
    """[group, severity - 1] charge relative to the group's"""
    days_sigma: Floats
    """[group]"""
    visit_sigma: float
    stay_sigma: Floats
    """[group]"""
    correlation: float
    covered: Ints
    """[tier] catalogue part, ppm"""
    variable_cost: Ints
    """[tier] ppm"""
    step_down: float
    step_down_tight: float
    step_down_days: float
    step_down_at: float
    step_down_charge: float
    """fen a day"""
    return_probability: float
    return_intensity: float
    referral_charge: float
