"""Parameters of settlement: the budget, the sharing of what is left of it, and who gets it."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from sim.core import parameters
from sim.core.parameters import Share, param
from sim.money.base_years import BudgetBase
from sim.money.settlement.assessment import Assessment
from sim.money.settlement.distribution import Distribution


class Band(parameters.Config):
    """A band of deviation from the budget, up to ``upto`` of it, and the community's share of the yuan in the band."""

    upto: float | None = param(None, unit="share of budget", zh="区间上限", ge=0, le=100)
    """Upper end of the band as a share of the budget; null: no end.
    Source: set with the rule that uses bands"""
    share: Share = param(1.0, unit="share", zh="分担比例")
    """Share of the surplus in this band that the community keeps, or of the overrun that it bears.
    Source: set with the rule that uses bands"""


class MinimumRate(parameters.Config):
    """A point of the table of minimum rates by persons assigned to a community."""

    heads: int = param(1, unit="persons", zh="人数", ge=0, le=100_000_000)
    """Persons.
    Source: set with the table that uses points"""
    rate: Share = param(0.0, unit="share of budget", zh="最低结余率")
    """Minimum rate at this size; in between it is interpolated, beyond the ends it stays.
    Source: set with the table that uses points"""


class Sharing(parameters.Config):
    """One general rule for surplus and overrun; `retained_share` and `overrun_share` are its one-band form."""

    retained_share: Share = param(1.0, unit="share", zh="结余留用比例")
    """Share of a surplus that the community keeps (结余留用).
    Source: A1, doc 003: all of it"""
    overrun_share: Share = param(1.0, unit="share", zh="超支自担比例")
    """Share of an overrun that the community bears: 1 = 超支自付, the fund never pays above the budget; 0 = fund pays.
    Source: A1, doc 003: all of it; A24: 0 to 1"""
    surplus_bands: tuple[Band, ...] = param((), unit="", zh="结余分段")
    """Bands of surplus, lowest first; replaces retained_share. A surplus above the last band stays with the fund.
    Source: figures 1.5; risk corridors"""
    overrun_bands: tuple[Band, ...] = param((), unit="", zh="超支分段")
    """Bands of overrun, lowest first; replaces overrun_share. An overrun above the last band is the fund's.
    Source: figures 1.5; risk corridors"""
    minimum_rate: Share = param(0.0, unit="share of budget", zh="最低结余率")
    """Surplus, as a share of the budget, that must be reached before any is kept.
    Source: assumed: none; MSSP: 2 to 3.9 % by size (published-results 4.3)"""
    minimum_overrun_rate: Share = param(0.0, unit="share of budget", zh="最低超支率")
    """Overrun, as a share of the budget, that must be reached before any is borne.
    Source: assumed: none"""
    minimum_rates: tuple[MinimumRate, ...] = param((), unit="", zh="按人数的最低结余率")
    """Minimum rate by heads, replaces minimum_rate; interpolated between the points.
    Source: published-results 4.3: 3.9 % at 5,000 persons to 2 % at 60,000"""
    first_dollar: bool = param(True, unit="", zh="达标后全额分享")
    """Once the minimum rate is reached, share from the first yuan (true), or only beyond the rate (false).
    Source: 42 CFR 425.604: first dollar (published-results 4.3)"""
    surplus_cap: float | None = param(None, unit="share of budget", zh="留用上限", ge=0, le=1)
    """Most the community can keep, as a share of the budget; null: no cap.
    Source: assumed: none; MSSP one-sided: 10 % (published-results 4.3)"""
    overrun_cap: float | None = param(None, unit="share of budget", zh="自担上限", ge=0, le=1)
    """Most the community can bear, as a share of the budget; null: no cap.
    Source: assumed: none"""
    surplus_quality: Share = param(0.0, unit="share", zh="考核对结余的权重")
    """Weight w of the quality score q in the kept share: share x (1 - w (1 - q)).
    Source: assumed: none; MSSP: 1 (published-results 4.3)"""
    overrun_quality: float = param(0.0, unit="ratio", zh="考核对超支的权重", ge=0, le=10)
    """Weight w of the quality score q in the borne share: share x (1 + w (1 - q)), at most 1.
    Source: assumed: none; MSSP two-sided: kept share / borne share"""

    overrun_most: Share = param(1.0, unit="share", zh="超支自担比例上限")
    """Most of a yuan of overrun that is borne, whatever the quality score.
    Source: assumed: all of it; MSSP two-sided: 60 % (from memory, unverified)"""
    overrun_least: Share = param(0.0, unit="share", zh="超支自担比例下限")
    """Least of a yuan of overrun that is borne, whatever the quality score, where any is.
    Source: assumed: none; MSSP two-sided: 40 % (from memory, unverified)"""

    @model_validator(mode="after")
    def _sizes_rise(self) -> Self:
        sizes = [point.heads for point in self.minimum_rates]
        if any(b <= a for a, b in pairwise(sizes)):
            raise ValueError("settlement.minimum_rates: heads must rise from point to point")
        if self.overrun_least > self.overrun_most:
            raise ValueError("settlement.overrun_least: must not be above settlement.overrun_most")
        return self

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        for name in ("surplus_bands", "overrun_bands"):
            ends = [band.upto for band in getattr(self, name)]
            finite = [end for end in ends if end is not None]
            if None in ends[:-1] or any(b <= a for a, b in pairwise(finite)):
                raise ValueError(f"settlement.{name}: upto must rise from band to band, and only the last may be null")
        return self


class Contract(parameters.Config):
    """A contract on turnover, of the Alzira type (`sim.money.settlement.turnover`); capitation is the budget."""

    apply: bool = param(False, unit="", zh="按营业额签约")
    """Settle the community's profit on turnover instead of its budget against fund money.
    Source: published-results 4.2; assumed off: a foreign setting"""
    inflow_share: Share = param(0.8, unit="share", zh="流入支付比例")
    """Paid for outsiders treated by members, as a share of regional cost (their charges).
    Source: published-results 4.2: 80 %"""
    outflow_share: Share = param(1.0, unit="share", zh="流出扣减比例")
    """Charged for own residents treated elsewhere, as a share of regional cost (their charges).
    Source: published-results 4.2: 100 %"""


class EmployeeTerms(parameters.Config):
    """What differs for the budgets that communities hold from the employee fund (`fund.employee`)."""

    growth: float | None = param(None, unit="share per year", zh="职工预算增长率", ge=-0.5, le=1.0)
    """As settlement.growth, for employees; null: as residents'.
    Source: A4, doc 003: growth by insurance; assumed null: one growth"""
    outpatient_growth: float | None = param(None, unit="share per year", zh="职工门诊预算增长率", ge=-0.5, le=1.0)
    """As settlement.outpatient_growth, for employees; null: as residents'.
    Source: A4, doc 003: 10 % (Ningbo); assumed null: one growth"""
    lump_per_head: float | None = param(None, unit="yuan per head and year", zh="职工人均包干标准", ge=0, le=1e6)
    """As settlement.lump_per_head, for employees; null: from the base years.
    Source: assumed: the residents' lump is not theirs"""


class Config(BudgetBase, Sharing):
    """Settlement of communities that hold a budget; schemes without one ignore it."""

    base: Literal["last_year", "mean", "head_count", "negotiated"] = param(  # type: ignore[assignment]  # one choice more than other budgets
        "head_count", unit="", zh="预算基数"
    )
    """Base of the budget: last year's amount, the mean of several years, heads times the amount per head, or between
    what the fund offers (by heads) and what the community asks (last year's actual spending, grown).
    Source: A23, doc 001: a head-count base contains cost better than last year's spending"""
    bargaining: Share = param(0.5, unit="share", zh="谈判折中比例")
    """With a negotiated base: part of the way from the fund's offer to what the community asks.
    Source: assumed: they meet half way"""
    charged: Literal["residents", "members"] = param("residents", unit="", zh="预算列支范围")
    """What a budget answers for: own residents' care anywhere (money follows the patient), or the members' bundled
    budgets: all that members are due, whoever they treat, and nothing elsewhere.
    Source: A7, doc 004: residents; A2, doc 003 (Ningbo): member institutions' budgets bundled"""
    announced: int = param(0, unit="years", zh="预告年数", ge=0, le=20)
    """Reform years in which current_payment goes on, whatever the arm's payment, while all know that this follows and
    that the base of its budgets takes these years in.
    Source: A23, doc 001: bases of past fee for service are inflated; assumed: none, the reform comes as a surprise"""
    lump_per_head: float | None = param(None, unit="yuan per head and year", zh="人均包干标准", ge=0, le=1e6)
    """Lump per resident-insured head in the first reform year, growing by `growth`; null: from the base years.
    Source: A1, doc 003: yearly lump"""
    outpatient_growth: float | None = param(None, unit="share per year", zh="门诊预算增长率", ge=-0.5, le=1.0)
    """Growth of the outpatient part of the budget, stays growing by `growth`; null: all of it by `growth`. A lump per
    head has no parts.
    Source: A4, doc 003: 5 % for residents (Ningbo); assumed null: one growth"""
    employee: EmployeeTerms = param(EmployeeTerms(), unit="", zh="职工预算")
    """Budgets held from the employee fund.
    Source: A4, doc 003"""
    revenue_cap: bool = param(True, unit="", zh="以收定支")
    """No budget above the community's share, by heads, of the fund income left after reserve and premiums.
    Source: A2, doc 003"""
    contract: Contract = param(Contract(), unit="", zh="营业额合同")
    """A contract on turnover.
    Source: published-results 4.2"""
    distribution: Distribution = param(Distribution(), unit="parts", zh="结余分配")
    """How a transfer is split among tiers.
    Source: figures 2.9"""
    expected_growth: float | None = param(None, unit="share per year", zh="预期费用增长率", ge=-0.5, le=1.0)
    """Growth of spending per head over the last closed year that communities expect; null: as the fund expects it.
    Source: assumed: they know as much as the fund"""
    planning_sd: float | None = param(None, unit="share of budget", zh="费用不确定性", ge=0.001, le=1.0)
    """Standard deviation of a year's spending around the expected, as a share of the budget, as communities see it;
    null: from what their persons cost in the last base year, by the size of the community, and planning_common.
    Source: derived: sd of a person's fund money / (mean x root of persons); where persons are not known, 6 of 100
    (published-results 1.9)"""
    planning_common: float = param(0.03, unit="share of budget", zh="费用共同波动", ge=0.0, le=1.0)
    """Part of planning_sd that does not fall with size, what makes a year dear for everybody; for planning_sd null.
    Source: assumed: half of the swing of national outgo around its trend in 2021-2025 (figures 2.1), pandemic years"""
    pool_share: Share = param(0.0, unit="share", zh="建设资金池比例")
    """Share of a surplus put into the community's construction pool before it is distributed.
    Source: A2, doc 003: part of it, share not given; assumed none"""
    deposit: Share = param(0.0, unit="share", zh="质量保证金比例")
    """Share of what members are due that is withheld and given back at year end x assessment score.
    Source: assumed: none; 5 % is usual where there is one (from memory, unverified)"""
    advance: Share = param(1.0, unit="share of a month's budget", zh="按月预拨比例")
    """Share of a month's budget (a twelfth) paid at its start; moves cash only, not what a year costs.
    Source: A2, doc 003: monthly advances; assumed in full"""
    working_capital_months: float = param(1.0, unit="months", zh="周转金月数", ge=0, le=12)
    """Working capital prepaid, in months of the budget; moves cash only, not what a year costs.
    Source: A4, doc 003: raised from 1 month to 2"""
    assessment: Assessment = param(Assessment(), unit="", zh="考核")
    """Yearly assessment of the communities.
    Source: A7, doc 004; A13, doc 000"""

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.charged == "members" and self.contract.apply:
            raise ValueError("settlement.charged: a contract on turnover answers for residents; take charged=residents")
        return self


def of_employees(config: Config) -> Config:
    """Settlement of the budgets held from the employee fund."""
    employee = config.employee
    growths = ("growth", "outpatient_growth")
    differs = {name: value for name in growths if (value := getattr(employee, name)) is not None}
    return config.model_copy(update={**differs, "lump_per_head": employee.lump_per_head})
