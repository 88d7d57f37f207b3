"""What the communities' budgets left: surplus or overrun, who keeps or bears it."""

from __future__ import annotations

from sim.core.arrays import sum_by
from sim.outcomes.outcome import ALL, Grouping, Outcome, Row, community_group
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, ratio
from sim.tables import COUNTY, TIERS, Ints

_COUNTY_TIERS = TIERS[: COUNTY + 1]
_BY_TIER: tuple[Grouping, ...] = ("all", "tier")
_BOTH: tuple[Grouping, ...] = ("all", "community")

CATALOGUE = (
    Outcome(
        "budget", "yuan", "Budget of the communities", "医共体预算总额", "surplus", _BOTH, "neutral",
        "Budget the communities hold for the year, after risk reserve and catastrophic premium; none under fee for "
        "service.",
        "医共体当年打包预算总额（已扣风险金与大病保险保费）；按项目付费时无预算。",
    ),
    Outcome(
        "budget_in_network", "yuan", "Charged in network", "网内支出", "surplus", _BOTH, "neutral",
        "Fund money due to member institutions, charged to the budget.", "由预算列支、应付成员单位的基金。",
    ),
    Outcome(
        "budget_out_of_network", "yuan", "Charged out of network", "网外支出", "surplus", _BOTH, "lower",
        "Fund money due to other institutions for the community's residents, charged to the budget.",
        "由预算列支、应付网外医疗机构的基金（钱随人走）。",
    ),
    Outcome(
        "surplus", "yuan", "Surplus (+) or overrun (−)", "预算结余（+）或超支（−）", "surplus", _BOTH,
        "higher", "Budget minus in-network and out-of-network charges.", "预算减网内、网外支出。", headline=True,
    ),
    Outcome(
        "surplus_rate", "share", "Rate of surplus", "结余率", "surplus", _BOTH, "higher",
        "Surplus or overrun divided by the budget; under a quota of signed residents, by the quota.",
        "预算结余（或超支）除以预算；签约居民按人头总额付费时除以人头总额。", headline=True,
    ),
    Outcome(
        "surplus_revenue_cap", "yuan", "Part of it: held down to income", "其中：以收定支调整", "surplus", _BOTH,
        "neutral",
        "Budget minus budget before the revenue cap; with indexing, base and the unforeseen it makes up the surplus.",
        "预算减以收定支封顶前的预算，被压减时为负；与增长、基数、未预见各部分之和即为结余。",
    ),
    Outcome(
        "surplus_indexing", "yuan", "Part of it: growth of the budget", "其中：预算增长率", "surplus", _BOTH, "neutral",
        "Budget before the cap minus what it would be had it grown as the fund expects to spend per head; 0 where it "
        "has no growth of its own.",
        "封顶前预算减按基金人均支出预期增长计算的预算；未另设增长率时为 0。",
    ),
    Outcome(
        "surplus_base", "yuan", "Part of it: base of the budget", "其中：预算基数", "surplus", _BOTH, "neutral",
        "That minus what the community's residents are expected to cost: heads times its own spending per head before "
        "the reform, grown as expected; 0 with such a base.",
        "上述预算减居民预期费用（参保人数×改革前本医共体人均支出×预期增长）；以此为基数时为 0。",
    ),
    Outcome(
        "surplus_method", "yuan", "Part of it: payment method inside", "其中：内部支付方式", "surplus", _BOTH,
        "neutral",
        "Bills by the benefit rules minus what the payment method inside the budget owes for them; 0 by fee for "
        "service. Leaner care lowers the bills alone where stays are paid by standard rates.",
        "按待遇政策应付的费用减预算内部支付方式的应付额；内部按项目付费时为 0。住院按标准付费时，诊疗节制只减少前者。",
    ),
    Outcome(
        "surplus_unforeseen", "yuan", "Part of it: luck and behaviour", "其中：随机与行为", "surplus", _BOTH, "higher",
        "What residents are expected to cost minus their bills. Without provider response it is luck; with it, what "
        "leaner care saves of the bills is in it too.",
        "居民预期费用减实际应付费用。关闭医疗机构行为反应时为随机波动；有反应时还包括诊疗节制减少的费用。",
    ),
    Outcome(
        "surplus_retained", "yuan", "Kept (+) or borne (−) by communities", "医共体留用（+）或承担（−）", "surplus",
        ("all", "community", "tier"), "higher",
        "The communities' share of a surplus minus their share of an overrun, and how it is distributed among tiers; "
        "0 when nobody holds a budget.",
        "医共体留用的结余减承担的超支，以及在各层级之间的分配；无预算时为 0。", headline=True,
    ),
    Outcome(
        "surplus_to_fund", "yuan", "Left with (+) or covered by (−) the fund", "归基金（+）或由基金承担（−）",
        "surplus",
        _BOTH, "neutral",
        "The part of a surplus that stays in the fund, or of an overrun that the fund covers.",
        "结余中留在基金的部分，或超支中由基金承担的部分。",
    ),
    Outcome(
        "pool_added", "yuan", "Put into the construction pool", "转入建设资金池", "surplus", _BOTH, "neutral",
        "Part of the retained surplus put into the community's construction pool before the rest is distributed.",
        "分配前由留用结余转入医共体建设资金池的金额。",
    ),
    Outcome(
        "pool_balance", "yuan", "Balance of the construction pool", "建设资金池余额", "surplus", _BOTH, "neutral",
        "Held in the construction pools at the year's end.", "年末医共体建设资金池余额。", horizon="end",
    ),
    Outcome(
        "assessment_score", "share", "Assessment score", "考核得分", "surplus", _BOTH, "higher",
        "Score of the yearly assessment that settlement used, 0 to 1; the county is the plain mean of communities.",
        "年终清算采用的考核得分（0 至 1）；合计为各医共体简单平均。",
    ),
    Outcome(
        "deposit_forfeited", "yuan", "Quality deposit forfeited", "未返还质量保证金", "surplus", _BY_TIER, "lower",
        "Quality deposit of member institutions that the fund keeps because of the assessment.",
        "因考核扣减、未返还成员单位而留在基金的质量保证金。",
    ),
    Outcome(
        "performance_pay", "yuan", "Performance pay by score", "按考核核定的绩效总量", "surplus", _BY_TIER, "neutral",
        "Performance pay of member institutions, scaled by their scores in the tree.",
        "成员单位按分层考核得分核定的绩效总量。",
    ),
    Outcome(
        "director_salary", "yuan", "Directors' salaries by score", "按考核核定的院长年薪", "surplus", _BY_TIER,
        "neutral",
        "Salaries of the directors of member institutions, scaled by their scores in the tree.",
        "成员单位负责人按分层考核得分核定的年薪之和。",
    ),
    Outcome(
        "fiscal_subsidy", "yuan", "Fiscal subsidy by score", "按考核核定的财政补助", "surplus", _BY_TIER, "neutral",
        "Fiscal subsidy of member institutions, scaled by their scores in the tree; not fund money.",
        "成员单位按分层考核得分核定的财政补助（非医保基金）。",
    ),
)  # fmt: skip


def measure_surplus(record: YearRecord, _sums: YearSums) -> list[Row]:
    """Surplus outcomes of one year, yuan; without budgets only ``surplus_retained`` (zero) is reported.

    What is not in use (pool, assessment, deposit, scored pay) has no rows.
    """
    return _surplus(record) + _assessment(record) + _scored(record)


def _surplus(record: YearRecord) -> list[Row]:
    year, settled = record.year, record.settlement
    out: list[Row] = [(year, "surplus_retained", ALL, int(settled.transfer.sum()) / FEN)]
    by_tier = settled.distributed.sum(axis=0) if settled.distributed.size else [0] * len(TIERS)
    out += [(year, "surplus_retained", tier, int(by_tier[t]) / FEN) for t, tier in enumerate(TIERS)]
    if settled.budget.size == 0:
        return out
    out += _per_community(year, "surplus_retained", settled.transfer)
    columns = {
        "budget": settled.budget,
        "budget_in_network": settled.in_network,
        "budget_out_of_network": settled.out_of_network,
        "surplus": settled.balance,
        "surplus_to_fund": settled.balance - settled.transfer,
    }
    if settled.pooled.any():
        columns |= {"pool_added": settled.pool, "pool_balance": settled.pooled}
    for outcome, column in columns.items():
        out.append((year, outcome, ALL, int(column.sum()) / FEN))
        out += _per_community(year, outcome, column)
    parts = record.residents.parts
    for name, column in parts._asdict().items() if parts else ():
        out.append((year, f"surplus_{name}", ALL, int(column.sum()) / FEN))
        out += _per_community(year, f"surplus_{name}", column)
    quota = record.residents.quota  # what is paid beside it passes through the budget, and can leave nothing
    whole = settled.budget if quota is None else quota.quota
    out.append((year, "surplus_rate", ALL, ratio(int(settled.balance.sum()), int(whole.sum()))))
    out += [
        (year, "surplus_rate", community_group(k), ratio(int(settled.balance[k]), int(whole[k])))
        for k in range(settled.budget.size)
    ]
    return out


def _assessment(record: YearRecord) -> list[Row]:
    """Scores and what they cost in deposits."""
    year, settled = record.year, record.settlement
    out: list[Row] = []
    if settled.score.size:
        out.append((year, "assessment_score", ALL, float(settled.score.mean())))
        out += [(year, "assessment_score", community_group(k), float(q)) for k, q in enumerate(settled.score)]
    if settled.forfeited.size:
        out += _tiers(year, "deposit_forfeited", sum_by(record.providers.tier, settled.forfeited, len(TIERS)))
    return out


def _scored(record: YearRecord) -> list[Row]:
    """Pay and subsidy that scores scale."""
    if record.scored is None:
        return []
    columns = zip(("performance_pay", "director_salary", "fiscal_subsidy"), record.scored, strict=True)
    return [row for outcome, column in columns if column.any() for row in _tiers(record.year, outcome, column)]


def _tiers(year: int, outcome: str, column: Ints) -> list[Row]:
    """The county's sum and each of its tiers."""
    return [
        (year, outcome, ALL, int(column.sum()) / FEN),
        *((year, outcome, tier, int(column[t]) / FEN) for t, tier in enumerate(_COUNTY_TIERS)),
    ]


def _per_community(year: int, outcome: str, column: Ints) -> list[Row]:
    return [(year, outcome, community_group(k), int(value) / FEN) for k, value in enumerate(column)]


PART = Part(outcomes=CATALOGUE, measure=measure_surplus)
