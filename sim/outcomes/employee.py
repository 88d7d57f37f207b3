"""How the employee fund stands beside the residents', and what communities hold and keep of it (A4)."""

from __future__ import annotations

import numpy as np

from sim.outcomes.outcome import ALL, Grouping, Outcome, Row, community_group
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, ratio
from sim.tables import EMPLOYEE_INSURED

_BOTH: tuple[Grouping, ...] = ("all", "community")

CATALOGUE = (
    Outcome(
        "employee_fund_income", "yuan", "Employee fund income", "职工基金收入", "fund", ("all",), "neutral",
        "Contributions to the pooled employee fund and interest; reported where the employee fund has books.",
        "职工医保统筹基金当年缴费与利息收入；仅在职工基金单独核算时报告。",
    ),
    Outcome(
        "employee_fund_outgo", "yuan", "Employee fund outgo", "职工基金支出", "fund", ("all",), "lower",
        "Payments of the employee fund to providers, net settlement transfers, premium and signing fees.",
        "职工基金支付医疗机构的费用、年终清算净拨付、大额补助保费与签约服务费之和。",
    ),
    Outcome(
        "employee_fund_outgo_per_head", "yuan_per_head", "Employee fund outgo per head", "职工人均基金支出", "fund",
        ("all",), "lower", "Employee fund outgo divided by employee-insured persons.",
        "职工基金支出除以职工医保参保人数。", headline=True,
    ),
    Outcome(
        "employee_fund_balance", "yuan", "Employee fund balance of the year", "职工基金当年结余", "fund", ("all",),
        "higher", "Employee fund income minus outgo of the year.", "职工基金当年收入减当年支出。", headline=True,
    ),
    Outcome(
        "employee_fund_accumulated", "yuan", "Accumulated employee fund balance", "职工基金累计结余", "fund", ("all",),
        "higher", "Employee fund balance accumulated to the year's end, risk reserve included.",
        "截至年末的职工基金累计结余（含风险金）。", headline=True, horizon="end",
    ),
    Outcome(
        "employee_budget", "yuan", "Budget of the communities for employees", "医共体职工预算总额", "surplus", _BOTH,
        "neutral", "Budget the communities hold from the employee fund; none under fee for service.",
        "医共体持有的职工基金当年预算总额；按项目付费时无预算。",
    ),
    Outcome(
        "employee_surplus", "yuan", "Surplus (+) or overrun (−) on employees", "职工预算结余（+）或超支（−）",
        "surplus", _BOTH, "higher", "Employee budget minus in-network and out-of-network charges.",
        "职工预算减网内、网外支出。", headline=True,
    ),
    Outcome(
        "employee_retained", "yuan", "Kept (+) or borne (−) on employees", "职工预算留用（+）或承担（−）", "surplus",
        _BOTH, "higher", "The communities' share of a surplus of employee budgets minus their share of an overrun.",
        "医共体对职工预算结余的留用额减超支的承担额。", headline=True,
    ),
)  # fmt: skip


def measure_employee(record: YearRecord, _sums: YearSums) -> list[Row]:
    """Outcomes of the employee fund in one year, yuan; none where it has no books."""
    if record.employee is None:
        return []
    year, fund, settled = record.year, record.employee.books, record.employee.settled
    heads = int(np.sum(record.flows.population.insurance == EMPLOYEE_INSURED))
    out: list[Row] = [
        (year, "employee_fund_income", ALL, (fund.income_individual + fund.income_fiscal + fund.interest) / FEN),
        (year, "employee_fund_outgo", ALL, fund.outgo / FEN),
        (year, "employee_fund_outgo_per_head", ALL, ratio(fund.outgo / FEN, heads)),
        (year, "employee_fund_balance", ALL, fund.balance / FEN),
        (year, "employee_fund_accumulated", ALL, fund.accumulated / FEN),
        (year, "employee_retained", ALL, int(settled.transfer.sum()) / FEN),
    ]
    if settled.budget.size:
        out.append((year, "employee_budget", ALL, int(settled.budget.sum()) / FEN))
        out.append((year, "employee_surplus", ALL, int(settled.balance.sum()) / FEN))
    for outcome, column in (
        ("employee_budget", settled.budget),
        ("employee_surplus", settled.balance),
        ("employee_retained", settled.transfer),
    ):
        out += [(year, outcome, community_group(k), int(value) / FEN) for k, value in enumerate(column)]
    return out


PART = Part(outcomes=CATALOGUE, measure=measure_employee)
