"""Parameters of illness: what befalls residents, and what management does to it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.core.parameters import Config as BaseConfig
from sim.core.parameters import Rate, Share, param

NineRates = tuple[Rate, Rate, Rate, Rate, Rate, Rate, Rate, Rate, Rate]
AgeBands = tuple[Share, Share, Share, Share, Share, Share, Share, Share, Share]
"""One value for each age band 0-9, 10-19, ... 70-79, 80+."""
FourRates = tuple[Rate, Rate, Rate, Rate]
FourShares = tuple[Share, Share, Share, Share]
FiveFactors = tuple[Rate, Rate, Rate, Rate, Rate]
"""One factor for each fifth of income, poorest first."""
Power = Annotated[float, Field(ge=0.1, le=10)]
FivePowers = tuple[Power, Power, Power, Power, Power]


class Config(BaseConfig):
    """Illness: yearly rates by age, chronic conditions and what management does to them.

    The county starts in balance: how often a condition begins, is found and comes under management is solved from the
    shares given here (`sim.county.illness.balance`).
    """

    acute: NineRates = param(
        (10.9, 6.6, 6.1, 6.8, 8.5, 10.7, 13.0, 14.8, 14.5), unit="per person and year", zh="急性病发生率"
    )
    """Acute needs a person and year by age band of ten years.
    Source: calibrated: 6.5 visits made (F9) with the choice of no care; shape by age as two-week illness, assumed"""
    moderate: Share = param(0.15, unit="share", zh="中度急性病占比")
    """Share of acute needs of moderate severity, the rest is mild.
    Source: assumed"""
    severe: NineRates = param(
        (0.130, 0.050, 0.085, 0.095, 0.080, 0.100, 0.150, 0.240, 0.290), unit="per person and year", zh="住院需求率"
    )
    """Needs of admission a person and year by age band, chronic conditions apart, before `severe_scale`.
    Source: figures 2.3, shape by age in 2018, from memory there"""
    severe_scale: Rate = param(1.41, unit="factor", zh="住院需求系数")
    """Scale of all needs of admission.
    Source: calibrated: discharges per 100 insured of the base year (F2)"""
    chronic_scale: Rate = param(1.2, unit="factor", zh="门诊慢特病就诊系数")
    """Scale of chronic outpatient visits.
    Source: calibrated: chronic visits per head of the base year (F2)"""
    chronic_visits: FourRates = param((0.8, 1.1, 0.9, 1.3), unit="per patient and year", zh="门诊慢特病就诊次数")
    """Yearly visits with the chronic benefit of a diagnosed patient, by condition.
    Source: assumed: how conditions compare; their level is `chronic_scale`"""
    exacerbation: FourRates = param((0.018, 0.02, 0.025, 0.14), unit="per patient and year", zh="慢病急性加重率")
    """Yearly needs of admission due to each condition, unmanaged, before `severe_scale`; diagnosed or not.
    Source: assumed: a tenth of admissions are for these conditions; those for COPD alone find about as many as are
    diagnosed at the admissions of 2019"""
    managed_relief: FourShares = param((0.06, 0.10, 0.16, 0.15), unit="share", zh="管理减少加重的比例")
    """Share of a condition's exacerbations that management prevents.
    Source: hypertension 0.06 (CRHCP, admissions and deaths), COPD 0.16 (admissions, programme of four years); ranges 0
    to 0.06 and 0 to 0.16: F53 (the only trial of payment) and F37c found small or no effects; diabetes and vascular
    assumed between (0 to 0.2)"""
    onset_relief: Share = param(0.33, unit="share", zh="管理减少心脑血管发病的比例")
    """Share of the higher vascular onset of patients with hypertension or diabetes that management prevents.
    Source: assumed: CRHCP, a strong programme, took a third off all cardiovascular disease (hazard ratio 0.67), which
    would be 0.66; ordinary management does half of it, 0 to 0.66"""

    hypertension: AgeBands = param(
        (0.0, 0.0, 0.05, 0.10, 0.22, 0.38, 0.50, 0.58, 0.60), unit="share", zh="高血压患病率"
    )
    """Prevalence of hypertension by age band of ten years.
    Source: F22, F23; by age from memory (figures 2.4)"""
    diabetes: AgeBands = param((0.0, 0.0, 0.01, 0.03, 0.08, 0.13, 0.18, 0.20, 0.20), unit="share", zh="糖尿病患病率")
    """Prevalence of diabetes by age band.
    Source: F70, F71: 12.4 % of adults, a third treated; younger in figures 2.4"""
    copd: AgeBands = param((0.0, 0.0, 0.0, 0.0, 0.03, 0.055, 0.09, 0.13, 0.13), unit="share", zh="慢阻肺患病率")
    """Prevalence of COPD at GOLD II and above by age band.
    Source: F24: by age, times 43.6 % at GOLD II+"""
    vascular: AgeBands = param(
        (0.0, 0.0, 0.0, 0.005, 0.02, 0.05, 0.10, 0.16, 0.20), unit="share", zh="心脑血管病患病率"
    )
    """Prevalence of coronary heart disease or stroke by age band.
    Source: F25, F27: stroke 2.6 % of 40+, heart disease 4.4 % and stroke 6.7 % of rural adults"""
    diagnosed: FourShares = param((0.47, 0.37, 0.30, 0.85), unit="share", zh="诊断率")
    """Share of cases diagnosed: hypertension, diabetes, COPD, vascular; when a year has begun.  At its end, where
    outcomes count, admissions have found a few more.  If admissions alone would find too many, each finds the condition
    with a smaller probability.
    Source: F22, F71 (36.7 % aware); COPD and vascular assumed"""
    managed: Share = param(0.55, unit="share", zh="已确诊慢性病管理率")
    """Share of diagnosed patients managed by primary care, when a year has begun.  At its end, where outcomes count, it
    is a little less: whom admissions have found meanwhile nobody manages yet.
    Source: doc 003 gives 77 % for pilots in 2020; assumed: lower before the reform"""
    drop_out: Share = param(0.08, unit="per year", zh="管理脱落率")
    """Yearly probability that management lapses; how many come under management balances it.
    Source: assumed: no published rate"""
    vascular_risk: Rate = param(2.0, unit="factor", zh="心脑血管病风险倍数")
    """Onset of vascular disease with hypertension or diabetes, as a multiple.
    Source: assumed: relative risk of about 2"""

    frailty: Rate = param(0.45, unit="variance", zh="住院脆弱性方差", le=20)
    """Variance of the personal factor on needs of admission, beyond the one that acts on visits too.
    Source: calibrated: persons admitted in a year against admissions (figures 2.2, 2.3), correlation between years"""
    yearly: Rate = param(0.24, unit="variance", zh="个人年度健康波动方差", le=20)
    """Variance of a personal factor on acute needs and needs of admission that is drawn anew each year.
    Source: calibrated: of the variance of visits beyond chance, relative to the squared mean, 0.6 does not last into
    the next year (RAND experiment, as for population.frailty_shape)"""
    last_year: Rate = param(4.0, unit="factor", zh="生命末年住院倍数", le=50)
    """Needs of admission in the calendar year before death, as a multiple.
    Source: assumed: most of a life's care falls near its end"""
    recent: Rate = param(0.08, unit="factor", zh="近期住院影响")
    """Rise of the need of admission just after a discharge.
    Source: calibrated: persons admitted against admissions, correlation of cost between years (figures 2.2, 2.3)"""
    recent_fade: Share = param(0.8, unit="share a month", zh="近期住院影响保留率")
    """Share of that rise that remains after a month.
    Source: assumed: half of it after three months"""
    acute_by_income: FiveFactors = param((1.15, 1.075, 1.0, 0.925, 0.85), unit="factor", zh="各收入组急性病系数")
    """Factor on acute needs by fifth of income, poorest first; only their relation counts.
    Source: assumed: between illness within four weeks (concentration index -0.128: 1.32 to 0.68; F92) and visits
    (-0.02; F78) in rural areas"""
    severe_by_income: FiveFactors = param((1.288, 1.144, 1.0, 0.856, 0.713), unit="factor", zh="各收入组住院需求系数")
    """Factor on needs of admission by fifth of income, poorest first; only their relation counts.
    Source: calibrated: concentration index of admission among rural adults, -0.089 (CFPS 2018; Xu and others 2023)"""
    severity_by_income: FivePowers = param((1.0, 1.0, 1.0, 1.0, 1.0), unit="power", zh="各收入组病情严重程度系数")
    """Severity of needs by fifth of income, poorest first: the share of mild ones is raised to this power.
    Source: assumed: none; no published gradient was found (in the Kadoorie study the poor die more within 28 days of a
    first stroke or infarction, which severity, delay or care may explain)"""
    return_by_income: FiveFactors = param((1.0, 1.0, 1.0, 1.0, 1.0), unit="factor", zh="各收入组非计划再住院系数")
    """Factor on unplanned returns by fifth of income, poorest first: the quality of what each is given.
    Source: assumed: none; no published gradient was found"""
    chronic_by_income: FiveFactors = param((1.0, 1.0, 1.0, 1.0, 1.0), unit="factor", zh="各收入组慢病患病系数")
    """Factor on the prevalence of chronic conditions by fifth of income, poorest first; only their relation counts.
    Source: assumed: none; what is published differs in sign: any chronic illness -0.086 in the rural west (F92), known
    hypertension +0.032 (F93)"""

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
