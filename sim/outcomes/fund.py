"""How the resident fund stands: income, outgo by tier and category, balance, reserve."""

from __future__ import annotations

from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, ratio
from sim.tables import CATEGORIES, TIERS

CATALOGUE = (
    Outcome(
        "fund_income", "yuan", "Fund income", "基金收入", "fund", ("all",), "neutral",
        "Individual contributions, fiscal subsidy and interest of the resident fund in the year.",
        "居民医保基金当年的个人缴费、财政补助与利息收入之和。",
    ),
    Outcome(
        "fund_income_per_head", "yuan_per_head", "Fund income per head", "人均基金收入", "fund", ("all",), "neutral",
        "Fund income divided by resident-insured persons.", "基金收入除以居民医保参保人数。",
    ),
    Outcome(
        "fund_outgo", "yuan", "Fund outgo", "基金支出", "fund", ("all",), "lower",
        "Payments to providers, net settlement transfers, catastrophic insurance premium, signing fees and rewards "
        "for contracts, less quality deposits not given back.",
        "支付医疗机构的费用、年终清算净拨付、大病保险保费、签约服务费与签约奖励之和，减未返还的质量保证金。",
    ),
    Outcome(
        "fund_outgo_per_head", "yuan_per_head", "Fund outgo per head", "人均基金支出", "fund", ("all",), "lower",
        "Fund outgo divided by resident-insured persons.", "基金支出除以居民医保参保人数。", headline=True,
    ),
    Outcome(
        "fund_paid", "yuan", "Fund paid for claims", "基金支付医疗费用", "fund",
        ("all", "tier", "category", "tier_category"), "neutral",
        "Fund money due to providers for resident-insured claims under the payment scheme, before settlement.",
        "按支付方式应付给医疗机构的居民医保基金（年终清算之前）。",
    ),
    Outcome(
        "fund_transfers", "yuan", "Settlement transfers", "清算净拨付", "fund", ("all",), "neutral",
        "Net amount the fund pays communities at year-end settlement; negative when they pay back.",
        "年终清算时基金对医共体的净拨付，负数为医共体承担。",
    ),
    Outcome(
        "fund_premium", "yuan", "Catastrophic insurance premium", "大病保险保费", "fund", ("all",), "neutral",
        "Premium the fund pays for catastrophic insurance.", "基金划转的大病保险保费。",
    ),
    Outcome(
        "fund_signing", "yuan", "Signing fees paid by the fund", "签约服务费（基金部分）", "fund", ("all",), "neutral",
        "Insurance part of family doctor signing fees.", "家庭医生签约服务费中由医保基金支付的部分。",
    ),
    Outcome(
        "fund_rewards", "yuan", "Rewards for contracts paid by the fund", "签约奖励（基金部分）", "fund", ("all",),
        "neutral",
        "Renewal and family rewards for family doctor contracts, outside every budget.",
        "基金在预算之外支付的家庭医生续约奖励与代际签约奖励。",
    ),
    Outcome(
        "fund_risk_reserve", "yuan", "Put into the risk reserve", "提取风险金", "fund", ("all",), "neutral",
        "Moved from the balance into the risk reserve in the year; negative when drawn.",
        "当年从结余中提取的风险金，负数为动用。",
    ),
    Outcome(
        "fund_balance", "yuan", "Fund balance of the year", "基金当年结余", "fund", ("all",), "higher",
        "Fund income minus fund outgo of the year.", "当年基金收入减当年基金支出。", headline=True,
    ),
    Outcome(
        "fund_accumulated", "yuan", "Accumulated fund balance", "基金累计结余", "fund", ("all",), "higher",
        "Fund balance accumulated to the year's end, risk reserve included.",
        "截至年末的基金累计结余（含风险金）。", headline=True, horizon="end",
    ),
    Outcome(
        "fund_months", "months", "Months of reserve", "累计结余可支付月数", "fund", ("all",), "higher",
        "Accumulated balance divided by one twelfth of the year's outgo.",
        "累计结余除以当年月均支出。", headline=True, horizon="end",
    ),
    Outcome(
        "fund_outgo_to_income", "share", "Fund outgo ÷ income", "基金支出占收入比", "fund", ("all",), "lower",
        "Fund outgo divided by fund income.", "基金支出除以基金收入。",
    ),
    Outcome(
        "fund_to_cost", "share", "Fund outgo ÷ settled medical cost", "基金支出占结算医疗费用比", "fund", ("all",),
        "neutral",
        "Fund outgo divided by the charges of resident-insured claims of which the fund paid something, as in the "
        "national series.",
        "基金支出除以居民医保有基金支付的医疗费用（与全国统计口径一致）。",
    ),
    Outcome(
        "fund_to_all_cost", "share", "Fund outgo ÷ all medical cost", "基金支出占全部医疗费用比", "fund", ("all",),
        "neutral",
        "Fund outgo divided by all charges of resident-insured persons, settled by insurance or not.",
        "基金支出除以居民医保参保人全部医疗费用（无论是否经医保结算）。",
    ),
    Outcome(
        "fund_deficit", "share", "Probability of a deficit in the year", "当年收不抵支概率", "fund", ("all",), "lower",
        "1 when the fund's outgo exceeds its income in the year, else 0; the mean over replications is a probability.",
        "当年支出大于收入记 1，否则记 0；各次重复的均值即概率。",
    ),
    Outcome(
        "fund_exhausted", "share", "Probability that the balance is exhausted", "累计结余耗尽概率", "fund", ("all",),
        "lower",
        "1 when the accumulated balance is below zero at the year's end, else 0.",
        "年末累计结余低于零记 1，否则记 0。", horizon="end",
    ),
)  # fmt: skip


def measure_fund(record: YearRecord, sums: YearSums) -> list[Row]:
    """Fund outcomes of one year; money in yuan."""
    year, fund = record.year, record.fund
    income = fund.income_individual + fund.income_fiscal + fund.interest
    values = {
        "fund_income": income / FEN,
        "fund_income_per_head": ratio(income / FEN, sums.heads),
        "fund_outgo": fund.outgo / FEN,
        "fund_outgo_per_head": ratio(fund.outgo / FEN, sums.heads),
        "fund_transfers": fund.transfers / FEN,
        "fund_premium": fund.premium / FEN,
        "fund_signing": fund.signing / FEN,
        "fund_rewards": fund.rewards / FEN,
        "fund_risk_reserve": fund.reserve / FEN,
        "fund_balance": fund.balance / FEN,
        "fund_accumulated": fund.accumulated / FEN,
        "fund_months": ratio(12 * fund.accumulated, fund.outgo),
        "fund_outgo_to_income": ratio(fund.outgo, income),
        "fund_to_cost": ratio(fund.outgo, int(sums.settled_charge.sum())),
        "fund_to_all_cost": ratio(fund.outgo, int(sums.charge.sum())),
        "fund_deficit": float(fund.balance < 0),
        "fund_exhausted": float(fund.accumulated < 0),
    }
    return [(year, outcome, ALL, float(value)) for outcome, value in values.items()] + _paid(year, sums)


def _paid(year: int, sums: YearSums) -> list[Row]:
    paid = sums.receipts
    out = [(year, "fund_paid", ALL, int(paid.sum()) / FEN)]
    out += [(year, "fund_paid", tier, int(paid[t].sum()) / FEN) for t, tier in enumerate(TIERS)]
    out += [(year, "fund_paid", name, int(paid[:, c].sum()) / FEN) for c, name in enumerate(CATEGORIES)]
    out += [
        (year, "fund_paid", f"{tier}/{name}", int(paid[t, c]) / FEN)
        for t, tier in enumerate(TIERS)
        for c, name in enumerate(CATEGORIES)
    ]
    return out


PART = Part(outcomes=CATALOGUE, measure=measure_fund)
