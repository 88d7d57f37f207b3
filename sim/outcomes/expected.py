"""What the fund expects: growth of spending per head by prices, ageing and the benefit, and how income keeps up."""

from __future__ import annotations

from sim.core.units import PPM
from sim.money.base_years import expected
from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import Part, YearRecord, YearSums

CATALOGUE = (
    Outcome(
        "expected_growth", "share", "Expected growth of spending per head", "人均支出预期增长率", "fund", ("all",),
        "neutral",
        "Growth a year of fund spending per head since the last year before the reform, as prices, ageing and the "
        "benefit make it expected; what budgets without a growth of their own follow.",
        "自改革前一年起，由价格、老龄化和待遇标准变化推算的基金人均支出年均增长率；未设定增长率的预算据此增长。",
    ),
    Outcome(
        "expected_growth_price", "share", "Part: prices", "其中：价格", "fund", ("all",), "neutral",
        "Growth of charges (claims.growth).", "医疗费用增长率（claims.growth）。",
    ),
    Outcome(
        "expected_growth_ageing", "share", "Part: ageing", "其中：老龄化", "fund", ("all",), "neutral",
        "What the ages of the insured alone add, with the spending of each age band as it was.",
        "各年龄段人均支出不变时，参保人年龄结构变化带来的增长。",
    ),
    Outcome(
        "expected_growth_benefit", "share", "Part: benefit", "其中：待遇标准", "fund", ("all",), "neutral",
        "What deductibles and limits add that grow otherwise than charges (benefit.indexation).",
        "起付线和限额与费用增长不同步（benefit.indexation）带来的增长。",
    ),
    Outcome(
        "income_gap", "share", "Growth of income less expected growth of spending, per head",
        "人均筹资增长率减人均支出预期增长率", "fund", ("all",), "higher",
        "Growth a year of the fund's income per head (fund.income_growth) minus the expected growth of spending per "
        "head; below 0 the fund loses ground whatever is paid how.",
        "基金人均筹资年增长率（fund.income_growth）减人均支出预期年增长率；为负时，无论何种支付方式基金均趋紧。",
    ),
)  # fmt: skip


def measure_expected(record: YearRecord, _sums: YearSums) -> list[Row]:
    """What was expected of a reform year; history years have no rows."""
    history = record.residents.history
    before = [year.year for year in history.closed if year.year < history.reform]
    if not before or history.year < history.reform:
        return []
    years = history.year - before[-1]
    parts = expected(history, before[-1])
    yearly = [(factor / PPM) ** (1.0 / years) - 1.0 for factor in (parts.factor, *parts)]
    names = [outcome.id for outcome in CATALOGUE]
    values = [*yearly, record.income_growth - yearly[0]]
    return [(record.year, name, ALL, value) for name, value in zip(names, values, strict=True)]


PART = Part(outcomes=CATALOGUE, measure=measure_expected)
