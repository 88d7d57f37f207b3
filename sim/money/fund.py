"""An insurance fund, the residents' or the employees': income per head, what is taken first, the books of a year.

income   = (individual + fiscal) per head x insured            grows by `income_growth` from the base year;
           under a city's pool (`sim.money.city_pool`) the county's part of it
interest = rate x opening balance, if positive
outgo    = receipts + transfers + catastrophic premium + signing fees + rewards for contracts
           less quality deposits that institutions forfeit
balance  = income + interest - outgo;  accumulated = opening + balance (risk reserve included)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sim.core import parameters
from sim.core.parameters import Share, Yuan, param
from sim.core.units import PPM, fen, part, ppm, rounded
from sim.money.base_years import growth_ppm
from sim.money.city_pool import CityPool, allotted
from sim.tables import FundYear


class Premium(parameters.Config):
    """Fund income of one insured head and year."""

    individual: Yuan = param(0.0, unit="yuan per head and year", zh="个人缴费")
    """Paid by the person.
    Source: set with the base year"""
    fiscal: Yuan = param(0.0, unit="yuan per head and year", zh="财政补助")
    """Fiscal subsidy.
    Source: set with the base year"""


class Employee(parameters.Config):
    """The employee fund (职工医保统筹基金) beside the residents'; null and what is not named here: as theirs."""

    apply: bool = param(False, unit="", zh="职工基金单独核算")
    """Keep books of the employee fund too; otherwise employees' bills are paid as billed, without books.
    Source: A4, doc 003; off: the county's question is about residents"""
    payment: Literal["same", "ffs"] = param("same", unit="", zh="职工基金支付方式")
    """It pays by the scheme in force, from its own history, or fee for service; amounts per head, rates and pools given
    as numbers would hold for both funds, so leave them null or choose ffs.
    Source: assumed: one scheme for all insured, as in A1 (doc 003)"""
    income: Yuan = param(1_590.0, unit="yuan per head and year", zh="人均统筹收入")
    """Contributions to the pooled fund in the base year.
    Source: derived: what employees of the default county cost it in year 0, about 1,216, x the nation's pooled income /
    outgo of 2024, 17,342 / 13,223 (F1); the nation's is 4,570 per head"""
    income_growth: float | None = param(None, unit="share per year", zh="筹资增长率", ge=-0.5, le=1.0)
    """Growth of income per head a year; null: as residents'.
    Source: assumed; pooled income per head grew 2 to 3 % a year from 2023 to 2025 (F1)"""
    catastrophic_premium: Yuan = param(0.0, unit="yuan per head and year", zh="大额医疗补助保费")
    """Premium for cover of large bills paid out of the fund, base year.
    Source: assumed: persons and employers pay it on top"""
    opening_months: float = param(20.5, unit="months", zh="期初结余可支付月数", ge=-120, le=120)
    """Opening balance in months of the first year's outgo.
    Source: assumed: pooled balance 13,574 (NHSA quick report of 2019) / outgo 7,939 (from memory, unverified)"""


class Config(parameters.Config):
    """Parameters of the funds: the residents', and what differs for the employees'."""

    income_basis: Literal["realised", "minimum"] = param("realised", unit="", zh="筹资口径")
    """Income per head as funds realised it on average, or as the national minimum standard sets it.
    Source: figures 2.1 and 2.6 differ; both are kept"""
    realised: Premium = param(Premium(individual=268, fiscal=557), unit="yuan per head and year", zh="实际筹资")
    """Realised income per head of the base year.
    Source: derived: 964 in 2021 (F5) x minimum 770/900, split 250:520 (figures 2.6, from memory, unverified)"""
    minimum: Premium = param(Premium(individual=250, fiscal=520), unit="yuan per head and year", zh="最低标准")
    """National minimum of the base year.
    Source: figures 2.6 (from memory, unverified)"""
    income_growth: float = param(0.06, unit="share per year", zh="筹资增长率", ge=-0.5, le=1.0)
    """Growth of income per head a year.
    Source: figures 2.1: 964 in 2021 to 1,193 in 2025 is 5.5 % (F5, F1); from 825 in 2019 it is 6.3 %"""
    interest: Share = param(0.015, unit="share per year", zh="利率")
    """Interest on a positive opening balance.
    Source: assumed: deposit rate"""
    catastrophic_premium: Yuan = param(65.0, unit="yuan per head and year", zh="大病保险保费")
    """Premium of catastrophic insurance per insured head in the base year; grows as income does.
    Source: derived: 11.56m persons x 7,924 yuan / 963m insured = 95 in 2023 (F35, F1), x 825/1,098 for 2019"""
    signing_fee: Yuan = param(40.0, unit="yuan per signed head and year", zh="签约服务费医保部分")
    """Insurance part of the family doctor signing fee, outside any budget.
    Source: doc 004"""
    reserve_share: Share = param(0.01, unit="share of income", zh="风险金比例")
    """Share of income set aside as risk reserve before budgets are made.
    Source: assumed: a full reserve of 10 % kept full as income grows; Anhui: up to 5 % (figures 2.9, from memory)"""
    reserve_limit: Share = param(0.10, unit="share of yearly income", zh="风险金上限")
    """Most the risk reserve can hold.
    Source: assumed: the limit usual for resident insurance risk funds"""
    opening_months: float = param(8.7, unit="months", zh="期初结余可支付月数", ge=-120, le=120)
    """Opening balance in months of the first year's outgo.
    Source: figures 2.1: end of 2021, the nearest published (F5)"""
    employee: Employee = param(Employee(), unit="", zh="职工医保基金")
    """The employee fund.
    Source: A4, doc 003"""
    city_pool: CityPool = param(CityPool(), unit="", zh="地市统筹")
    """A pool of the city's counties, resident fund only.
    Source: A14, doc 002"""


def of_employees(config: Config) -> Config:
    """The terms of the employee fund, in the words of the residents': employers' contributions stand as ``fiscal``."""
    employee = config.employee
    differs = {} if employee.income_growth is None else {"income_growth": employee.income_growth}
    return config.model_copy(
        update={
            **differs,
            "income_basis": "realised",
            "catastrophic_premium": employee.catastrophic_premium,
            "realised": Premium(fiscal=employee.income),
            "opening_months": employee.opening_months,
            "city_pool": CityPool(),
        }
    )


class Enrolment(NamedTuple):
    """Who pays in during a year."""

    insured: int
    """Persons insured by the fund."""
    signed: int
    """Those of them signed with a family doctor team."""
    level: float = 1.0
    """Income per head of the year relative to its trend (`sim.county.variation`)."""


class Income(NamedTuple):
    """Income of a year and what is taken from it first, fen."""

    individual: int
    fiscal: int
    premium: int
    signing: int
    reserve: int
    """Set aside for the risk reserve when budgets are made."""


def income(config: Config, year: int, enrolment: Enrolment) -> Income:
    """Income and first deductions of model year ``year`` (0 = the base year), fen.

    Amounts per head are rounded to the fen after growth, then multiplied by heads.
    """
    standard = config.realised if config.income_basis == "realised" else config.minimum
    growth = growth_ppm(config.income_growth, year)
    of_year = round(growth * enrolment.level)
    individual, fiscal = (
        allotted(config.city_pool, part(fen(amount), of_year), enrolment.insured)
        for amount in (standard.individual, standard.fiscal)
    )
    premium = part(fen(config.catastrophic_premium), growth) * enrolment.insured
    reserve = part(individual + fiscal, ppm(config.reserve_share))
    return Income(individual, fiscal, premium, fen(config.signing_fee) * enrolment.signed, reserve)


def available(config: Config, year: int, enrolment: Enrolment, rewards: int = 0) -> int:
    """Income left for care, fen: after risk reserve, catastrophic premium, signing fees and rewards; at least 0."""
    terms = income(config, year, enrolment)
    return max(0, terms.individual + terms.fiscal - terms.reserve - terms.premium - terms.signing - rewards)


def opening_balance(config: Config, outgo: int) -> int:
    """Accumulated balance before the first year, fen: months of that year's outgo."""
    return rounded(outgo * ppm(config.opening_months), 12 * PPM)


class Due(NamedTuple):
    """What the fund owes in a year for care and for contracts, fen."""

    receipts: int
    """To providers, for all claims."""
    transfers: int
    """To the communities at settlement, net; negative: what they pay."""
    rewards: int = 0
    """For family doctor contracts."""
    forfeited: int = 0
    """Quality deposits that are not given back."""


def close(
    config: Config,
    year: int,
    enrolment: Enrolment,
    due: Due,
    last: FundYear | None,
    held: int = 0,
) -> FundYear:
    """Close the books of a year, exact in fen.

    Args:
        config: the fund's parameters.
        year: 0-based model year.
        enrolment: insured and signed persons.
        due: what the fund owes for care and contracts.
        last: last year's books; None in the first year, which opens with `opening_balance`.
        held: risk reserve held before the year (the sum of ``reserve`` so far), fen.
    """
    terms = income(config, year, enrolment)
    outgo = due.receipts + due.transfers + terms.premium + terms.signing + due.rewards - due.forfeited
    opening = opening_balance(config, outgo) if last is None else last.accumulated
    interest = part(max(opening, 0), ppm(config.interest))
    balance = terms.individual + terms.fiscal + interest - outgo
    room = part(terms.individual + terms.fiscal, ppm(config.reserve_limit)) - held
    # a deficit draws on the reserve; otherwise no more goes in than the year leaves over
    reserve = max(balance, -held) if balance < 0 else max(0, min(terms.reserve, room, balance))
    return FundYear(
        income_individual=terms.individual,
        income_fiscal=terms.fiscal,
        interest=interest,
        receipts=due.receipts,
        transfers=due.transfers,
        premium=terms.premium,
        reserve=reserve,
        signing=terms.signing,
        outgo=outgo,
        balance=balance,
        accumulated=opening + balance,
        rewards=due.rewards,
        forfeited=due.forfeited,
    )
