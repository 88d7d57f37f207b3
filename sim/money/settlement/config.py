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

    upto: float | None = param(
        None, "Upper end of the band as a share of the budget; null: no end.",
        unit="share of budget", zh="区间上限", ge=0, le=100, source="set with the rule that uses bands",
    )  # fmt: skip
    share: Share = param(
        1.0, "Share of the surplus in this band that the community keeps, or of the overrun that it bears.",
        unit="share", zh="分担比例", source="set with the rule that uses bands",
    )  # fmt: skip


class MinimumRate(parameters.Config):
    """A point of the table of minimum rates by persons assigned to a community."""

    heads: int = param(
        1, "Persons.", unit="persons", zh="人数", ge=0, le=100_000_000, source="set with the table that uses points"
    )
    rate: Share = param(
        0.0, "Minimum rate at this size; in between it is interpolated, beyond the ends it stays.",
        unit="share of budget", zh="最低结余率", source="set with the table that uses points",
    )  # fmt: skip


class Sharing(parameters.Config):
    """One general rule for surplus and overrun; `retained_share` and `overrun_share` are its one-band form."""

    retained_share: Share = param(
        1.0, "Share of a surplus that the community keeps (结余留用).", unit="share", zh="结余留用比例",
        source="A1, doc 003: all of it",
    )  # fmt: skip
    overrun_share: Share = param(
        1.0,
        "Share of an overrun the COMMUNITY bears: 1 = 超支自付, the fund never pays above the budget; 0 = fund pays.",
        unit="share", zh="超支自担比例", source="A1, doc 003: all of it; A24: 0 to 1",
    )  # fmt: skip
    surplus_bands: tuple[Band, ...] = param(
        (),
        "Bands of surplus, lowest first; replaces retained_share. A surplus above the last band stays with the fund.",
        unit="", zh="结余分段", source="figures 1.5; risk corridors",
    )  # fmt: skip
    overrun_bands: tuple[Band, ...] = param(
        (), "Bands of overrun, lowest first; replaces overrun_share. An overrun above the last band is the fund's.",
        unit="", zh="超支分段", source="figures 1.5; risk corridors",
    )  # fmt: skip
    minimum_rate: Share = param(
        0.0, "Surplus, as a share of the budget, that must be reached before any is kept.", unit="share of budget",
        zh="最低结余率", source="assumed: none; MSSP: 2 to 3.9 % by size (published-results 4.3)",
    )  # fmt: skip
    minimum_overrun_rate: Share = param(
        0.0, "Overrun, as a share of the budget, that must be reached before any is borne.", unit="share of budget",
        zh="最低超支率", source="assumed: none",
    )  # fmt: skip
    minimum_rates: tuple[MinimumRate, ...] = param(
        (), "Minimum rate by heads, replaces minimum_rate; interpolated between the points.", unit="",
        zh="按人数的最低结余率", source="published-results 4.3: 3.9 % at 5,000 persons to 2 % at 60,000",
    )  # fmt: skip
    first_dollar: bool = param(
        True,
        "Once the minimum rate is reached, share from the first yuan (true), or only beyond the rate (false).",
        unit="", zh="达标后全额分享", source="42 CFR 425.604: first dollar (published-results 4.3)",
    )  # fmt: skip
    surplus_cap: float | None = param(
        None, "Most the community can keep, as a share of the budget; null: no cap.", unit="share of budget",
        zh="留用上限", ge=0, le=1, source="assumed: none; MSSP one-sided: 10 % (published-results 4.3)",
    )  # fmt: skip
    overrun_cap: float | None = param(
        None, "Most the community can bear, as a share of the budget; null: no cap.", unit="share of budget",
        zh="自担上限", ge=0, le=1, source="assumed: none",
    )  # fmt: skip
    surplus_quality: Share = param(
        0.0, "Weight w of the quality score q in the kept share: share x (1 - w (1 - q)).", unit="share",
        zh="考核对结余的权重", source="assumed: none; MSSP: 1 (published-results 4.3)",
    )  # fmt: skip
    overrun_quality: float = param(
        0.0, "Weight w of the quality score q in the borne share: share x (1 + w (1 - q)), at most 1.", unit="ratio",
        zh="考核对超支的权重", ge=0, le=10, source="assumed: none; MSSP two-sided: kept share / borne share",
    )  # fmt: skip

    overrun_most: Share = param(
        1.0, "Most of a yuan of overrun that is borne, whatever the quality score.", unit="share",
        zh="超支自担比例上限", source="assumed: all of it; MSSP two-sided: 60 % (from memory, unverified)",
    )  # fmt: skip
    overrun_least: Share = param(
        0.0, "Least of a yuan of overrun that is borne, whatever the quality score, where any is.", unit="share",
        zh="超支自担比例下限", source="assumed: none; MSSP two-sided: 40 % (from memory, unverified)",
    )  # fmt: skip

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

    apply: bool = param(
        False, "Settle the community's profit on turnover instead of its budget against fund money.", unit="",
        zh="按营业额签约", source="published-results 4.2; assumed off: a foreign setting",
    )  # fmt: skip
    inflow_share: Share = param(
        0.8, "Paid for outsiders treated by members, as a share of regional cost (their charges).", unit="share",
        zh="流入支付比例", source="published-results 4.2: 80 %",
    )  # fmt: skip
    outflow_share: Share = param(
        1.0, "Charged for own residents treated elsewhere, as a share of regional cost (their charges).", unit="share",
        zh="流出扣减比例", source="published-results 4.2: 100 %",
    )  # fmt: skip


class EmployeeTerms(parameters.Config):
    """What differs for the budgets that communities hold from the employee fund (`fund.employee`)."""

    growth: float | None = param(
        None, "As settlement.growth, for employees; null: as residents'.", unit="share per year",
        zh="职工预算增长率", ge=-0.5, le=1.0, source="A4, doc 003: growth by insurance; assumed null: one growth",
    )  # fmt: skip
    outpatient_growth: float | None = param(
        None, "As settlement.outpatient_growth, for employees; null: as residents'.", unit="share per year",
        zh="职工门诊预算增长率", ge=-0.5, le=1.0, source="A4, doc 003: 10 % (Ningbo); assumed null: one growth",
    )  # fmt: skip
    lump_per_head: float | None = param(
        None, "As settlement.lump_per_head, for employees; null: from the base years.", unit="yuan per head and year",
        zh="职工人均包干标准", ge=0, le=1e6, source="assumed: the residents' lump is not theirs",
    )  # fmt: skip


class Config(BudgetBase, Sharing):
    """Settlement of communities that hold a budget; schemes without one ignore it."""

    base: Literal["last_year", "mean", "head_count", "negotiated"] = param(  # type: ignore[assignment]
        "head_count",
        "Base of the budget: last year's amount, the mean of several years, heads times the amount per head, or "
        "between what the fund offers (by heads) and what the community asks (last year's actual spending, grown).",
        unit="", zh="预算基数",
        source="A23, doc 001: a head-count base contains cost better than last year's spending",
    )  # fmt: skip
    bargaining: Share = param(
        0.5, "With a negotiated base: part of the way from the fund's offer to what the community asks.", unit="share",
        zh="谈判折中比例", source="assumed: they meet half way",
    )  # fmt: skip
    charged: Literal["residents", "members"] = param(
        "residents",
        "What a budget answers for: own residents' care anywhere (money follows the patient), or the members' bundled "
        "budgets: all that members are due, whoever they treat, and nothing elsewhere.",
        unit="", zh="预算列支范围",
        source="A7, doc 004: residents; A2, doc 003 (Ningbo): member institutions' budgets bundled",
    )  # fmt: skip
    announced: int = param(
        0, "Reform years in which current_payment goes on, whatever the arm's payment, while all know that this "
        "follows and that the base of its budgets takes these years in.",
        unit="years", zh="预告年数", ge=0, le=20, source="A23, doc 001: bases of past fee for service are inflated; "
        "assumed: none, the reform comes as a surprise",
    )  # fmt: skip
    lump_per_head: float | None = param(
        None,
        "Lump per resident-insured head in the first reform year, growing by `growth`; null: from the base years.",
        unit="yuan per head and year", zh="人均包干标准", ge=0, le=1e6, source="A1, doc 003: yearly lump",
    )  # fmt: skip
    outpatient_growth: float | None = param(
        None, "Growth of the outpatient part of the budget, stays growing by `growth`; null: all of it by `growth`. "
        "A lump per head has no parts.",
        unit="share per year", zh="门诊预算增长率", ge=-0.5, le=1.0,
        source="A4, doc 003: 5 % for residents (Ningbo); assumed null: one growth",
    )  # fmt: skip
    employee: EmployeeTerms = param(
        EmployeeTerms(), "Budgets held from the employee fund.", unit="", zh="职工预算", source="A4, doc 003"
    )
    revenue_cap: bool = param(
        True, "No budget above the community's share, by heads, of the fund income left after reserve and premiums.",
        unit="", zh="以收定支", source="A2, doc 003",
    )  # fmt: skip
    contract: Contract = param(
        Contract(), "A contract on turnover.", unit="", zh="营业额合同", source="published-results 4.2"
    )
    distribution: Distribution = param(
        Distribution(), "How a transfer is split among tiers.", unit="parts", zh="结余分配", source="figures 2.9"
    )
    expected_growth: float | None = param(
        None, "Growth of spending per head over the last closed year that communities expect; null: as charges.",
        unit="share per year", zh="预期费用增长率", ge=-0.5, le=1.0, source="assumed: they know the growth of charges",
    )  # fmt: skip
    planning_sd: float = param(
        0.06,
        "Standard deviation of a year's spending around the expected, as a share of the budget, as communities see it.",
        unit="share of budget", zh="费用不确定性", ge=0.001, le=1.0, source="published-results 1.9: 6 of 100",
    )  # fmt: skip
    pool_share: Share = param(
        0.0, "Share of a surplus put into the community's construction pool before it is distributed.", unit="share",
        zh="建设资金池比例", source="A2, doc 003: part of it, share not given; assumed none",
    )  # fmt: skip
    deposit: Share = param(
        0.0, "Share of what members are due that is withheld and given back at year end x assessment score.",
        unit="share", zh="质量保证金比例",
        source="assumed: none; 5 % is usual where there is one (from memory, unverified)",
    )  # fmt: skip
    advance: Share = param(
        1.0, "Share of a month's budget (a twelfth) paid at its start; moves cash only, not what a year costs.",
        unit="share of a month's budget", zh="按月预拨比例", source="A2, doc 003: monthly advances; assumed in full",
    )  # fmt: skip
    working_capital_months: float = param(
        1.0, "Working capital prepaid, in months of the budget; moves cash only, not what a year costs.", unit="months",
        zh="周转金月数", ge=0, le=12, source="A4, doc 003: raised from 1 month to 2",
    )  # fmt: skip
    assessment: Assessment = param(
        Assessment(), "Yearly assessment of the communities.", unit="", zh="考核", source="A7, doc 004; A13, doc 000"
    )

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.charged == "members" and self.contract.apply:
            raise ValueError("settlement.charged: a contract on turnover answers for residents; take charged=residents")
        return self


def of_employees(config: Config) -> Config:
    """Settlement of the budgets held from the employee fund."""
    own = config.employee
    differs = {name: value for name in ("growth", "outpatient_growth") if (value := getattr(own, name)) is not None}
    return config.model_copy(update={**differs, "lump_per_head": own.lump_per_head})
