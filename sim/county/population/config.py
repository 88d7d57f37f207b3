"""Parameters of the population."""

from __future__ import annotations

from sim.core.parameters import Config as BaseConfig
from sim.core.parameters import Share, Yuan, param

FERTILE_FROM, FERTILE_UNTIL = 20, 38
"""Ages from and below which a woman may give birth in a year."""

LEAVES_FROM, LEAVES_UNTIL = 18, 50
"""Ages from and below which a person may leave to work away."""

AWAY_UNTIL = 54
"""Last age at which anybody works away."""


class Config(BaseConfig):
    """The county's residents at the start of the simulated time, and how they are born, age, move and die."""

    residents: int = param(20_000, unit="persons", zh="户籍人口", ge=1, le=2_000_000)
    """Persons registered in the county, any insurance.
    Source: assumed: the main job ends within a minute; the typical county has 500,000 (figures 2.5)"""
    county_residents: int = param(500_000, unit="persons", zh="全县户籍人口", ge=1, le=20_000_000)
    """Residents of the whole county; the simulated ones are a part of it, and share its county hospitals with the rest.
    Source: figures 2.5, default county"""
    seed: int = param(1, unit="", zh="地理种子", ge=0, le=4294967295)
    """Which county it is: distances of its villages are drawn once from this number, whatever the run's luck.
    Source: assumed: any county of this kind"""
    households_per_village: int = param(500, unit="households", zh="每村户数", ge=1, le=100_000)
    """Households that share one village clinic.
    Source: F15b: 912,000 residents and 212 clinics; assumed: smaller villages, as one clinic is one doctor's work"""
    villages_per_township: int = param(6, unit="villages", zh="每乡镇村数", ge=1, le=1_000)
    """Villages that share one township health centre.
    Source: F15b: 212 clinics and 18 centres give 12; assumed: half, so that a small county has several townships"""
    elder_households: Share = param(0.31, unit="share", zh="老年户占比")
    """Share of households of one or two persons aged 60 and over.
    Source: calibrated: rural census 2020, 23.8 % aged 60+ and 19.3 % aged 0-14 (figures 2.5); 23.5 and 18.7 here"""
    middle_households: Share = param(0.17, unit="share", zh="中年户占比")
    """Share of households of a couple aged 45-60, half of them with a grown child.
    Source: calibrated: as elder_households"""
    nuclear_households: Share = param(0.27, unit="share", zh="核心户占比")
    """Share of households of parents and children; the rest have three generations.
    Source: calibrated: as elder_households"""
    resident_insured: Share = param(0.86, unit="share", zh="居民医保参保率")
    """Share enrolled in the resident insurance.
    Source: figures 2.5"""
    employee_insured: Share = param(0.12, unit="share", zh="职工医保参保率")
    """Share of residents enrolled in the employee insurance.
    Source: assumed: almost all others; F1: employees are 29 % nationally, fewer in a rural county"""
    income_median: Yuan = param(12_970.0, unit="yuan per head and year", zh="人均可支配收入中位数")
    """Median yearly disposable income per head.
    Source: NBS: rural mean of 2019, 16,021 (from memory, unverified), x exp(-0.65^2 / 2), the lognormal's ratio of
    median to mean, so that the mean is the published one"""
    income_growth: float = param(0.06, unit="per year", zh="收入增长率", ge=-0.5, le=0.5)
    """Yearly growth of incomes and of subsistence spending.
    Source: assumed: as charges grow, so that burden relative to income does not drift by itself"""
    income_sigma: float = param(0.65, unit="log units", zh="对数收入标准差", ge=0, le=3)
    """Standard deviation of log income between households.
    Source: assumed: Gini 0.35"""
    living_share: float = param(0.87, unit="share of income", zh="中等收入户生活消费占收入比", ge=0, le=5)
    """What a household of median income usually spends on all but care, relative to its income.
    Source: derived: NBS 2019, rural consumption 13,328 yuan a head (F94) less health care of 1,421 (from memory,
    unverified), on a mean income of 16,021, brought to the median by `living_elasticity`"""
    living_elasticity: Share = param(0.5, unit="elasticity", zh="生活消费的收入弹性")
    """By how many per cent that spending differs between households whose incomes differ by one per cent.
    Source: F94: 0.40 to 0.62 between fifths of rural households in Fujian and Sanming"""
    living_sigma: float = param(0.45, unit="log units", zh="同收入户生活消费对数标准差", ge=0, le=3)
    """Standard deviation of the logarithm of that spending between households of one income.
    Source: assumed: with the elasticity, a Gini coefficient of about 0.3; 0.2 to 0.6"""
    food_spending: Yuan = param(4_000.0, unit="yuan per head and year", zh="基本生活支出")
    """Subsistence spending per head; capacity to pay is income above it.
    Source: assumed: rural food spending of 2019, near 4,000 (from memory, unverified), as in the WHO method"""
    poor: Share = param(0.05, unit="share", zh="医疗救助对象占比")
    """Share of persons entitled to medical assistance, the poorest.
    Source: assumed: minimum-living-allowance and near-poor share of rural residents"""
    frailty_shape: float = param(0.85, unit="", zh="脆弱性形状参数", ge=0.05, le=1e6)
    """Shape of the gamma frailty (mean 1) that makes visit counts over-dispersed.
    Source: calibrated: the variance of visits beyond chance, relative to the squared mean, is 2.1 in the RAND
    experiment (published-results 5.1), 1.5 of which lasts from year to year (F72: correlation .62)"""
    price_blind: Share = param(0.3333, unit="share", zh="对价格无反应者占比")
    """Share of persons who do not respond to price.
    Source: F57"""
    mortality_male: float = param(1.6e-5, unit="per year", zh="男性死亡率基数", ge=0, le=0.1)
    """Yearly death probability of a man at age 0 of the exponential law.
    Source: shape: China CL1 (2010-2013) q60 and q80; level: life expectancy of men 75.2 years (UN 2024, for 2023)"""
    mortality_male_growth: float = param(0.1097, unit="per year of age", zh="男性死亡率增长", ge=0, le=0.3)
    """Growth of log mortality with age, men.
    Source: China CL1: log(0.08222 / 0.009161) / 20"""
    mortality_female: float = param(2.5e-6, unit="per year", zh="女性死亡率基数", ge=0, le=0.1)
    """Yearly death probability of a woman at age 0 of the exponential law.
    Source: shape: China CL2 (2010-2013) q60 and q80; level: life expectancy of women 80.9 years (UN 2024, for 2023)"""
    mortality_female_growth: float = param(0.1265, unit="per year of age", zh="女性死亡率增长", ge=0, le=0.3)
    """Growth of log mortality with age, women.
    Source: China CL2: log(0.055385 / 0.004414) / 20"""
    births: float = param(8.0, unit="per 1,000 residents", zh="出生率", ge=0, le=60)
    """Births of the first year; later years keep its births for each woman of 20 to 37.
    Source: assumed: near the nation's rate between 2020 and 2021"""
    away: Share = param(0.18, unit="share", zh="外出务工占比")
    """Share of persons aged 18-54 who work away at the start.
    Source: assumed: they seek care only outside the pool; part of the care elsewhere (异地) of F2"""
    come_back: Share = param(0.12, unit="per year", zh="返乡概率")
    """Yearly probability that a person away returns (certain from age 55); how many leave (at 18-49) balances it.
    Source: assumed: migrant work lasts some years"""
