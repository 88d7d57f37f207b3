"""Diagnosis-related groups (按病组付费): a stay in the county is paid rate x weight x tier coefficient.

    standard  = rate x weight[group] x coefficient[tier]        fen a case, rounded half up once
    fund due  = standard x cases - (charge - statutory)         the patient pays by the benefit on the charge
    rate      = trended charges / sum of (weight x coefficient) of the base years' stays, unless given

In the point form (点数法) weight x coefficient are points that share a pool as under DIP, and the rate only says how
dear a stay is for its group.  Outliers and short stays: `sim.payment.outlier`; reviewed cases are paid fee for service.
Outpatients and care outside the county are fee for service.  Source: figures 1.5, published-results 4.1 and 4.2.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from sim.basis import GROWTH_SOURCE, BudgetBase, grown_step, growth_over, rounded, years_of_base
from sim.errors import ConfigError
from sim.handover import ClosedYear, History, Incentives, Mask, fund_share
from sim.parameters import ByTier, param
from sim.payment.contract import (
    TIER_COEFFICIENTS,
    TIER_DOC,
    TIER_SOURCE,
    Asked,
    TierCoefficient,
    all_given,
    cell_values,
    check_groups,
    fee_for_service,
    incentives_of_stays,
    minus_patient,
    stays_in_county,
    tier_coefficients,
    weighted,
)
from sim.payment.outlier import STANDARD, Outlier, adjusted, cost_outlier, outlier_steps
from sim.payment.points import points_text, pool_left_step, pool_of, pool_steps, settle_points, share_steps
from sim.payment.review import Review, review_steps, reviewed
from sim.payment.working import (
    CASES,
    NOT_A_PRICED_STAY,
    Part,
    cell_lines,
    cells_of,
    coefficient_item,
    coefficient_steps,
    gathered,
    group_item,
    left_alone,
    patient_side_steps,
    per_row,
    rate_steps,
    statutory_step,
)
from sim.steps import BILL, Step, figure, finding, last_amount, money, ratio, worth
from sim.tables import INPATIENT, Claims, Ints, Payments, Providers
from sim.text import Text
from sim.units import PPM, Money, fen, millionths, part, product, yuan, yuan_text

GIVE = "payment.rate and payment.coefficient of every tier of the county"
"""What makes the past unnecessary."""


class Config(BudgetBase):
    """Parameters of DRG payment; the inherited ones, but for base years, only matter to the pool of the point form."""

    scheme: Literal["drg"] = param("drg", "Payment scheme: DRG.", unit="", zh="按病组付费(DRG)", source="figures 1.5")
    rate: float | None = param(
        None, "Rate of a unit of weight in the first reform year; null: the base years' charges / their weights.",
        unit="yuan per unit of weight", zh="费率", ge=0, le=1e6,
        source="published-results 4.1: rate = budget / sum of weights; proxies 5,624 and 6,200 in 2021 (F28)",
    )  # fmt: skip
    rate_growth: float | None = param(
        None, "Growth of the rate per year; null: as charges (claims.growth).", unit="share per year", zh="费率增长率",
        ge=-0.5, le=1.0, source=GROWTH_SOURCE,
    )  # fmt: skip
    form: Literal["rate", "points"] = param(
        "rate", "Rate times weight, or points that share a regional pool (点数法).", unit="", zh="支付形式",
        source="figures 1.5: rate x weight (or points); A3, doc 003: points in Ningbo",
    )  # fmt: skip
    pool: float | None = param(
        None, "Point form: pool for in-county stays in the first reform year, growing by `growth`; null: base years.",
        unit="yuan per year", zh="区域住院预算", ge=0, le=1e12, source="A3, doc 003: regional inpatient budget",
    )  # fmt: skip
    coefficient: ByTier[TierCoefficient] = param(
        TIER_COEFFICIENTS, TIER_DOC, unit="ratio", zh="级别系数", source=TIER_SOURCE
    )
    outlier: Outlier = param(
        Outlier(), "Outliers and short stays.", unit="", zh="特殊病例", source="figures 1.5, published-results 4.4"
    )
    review: Review = param(Review(), "Special-case review.", unit="", zh="特例单议", source="F41")
    reading: Literal["by_ratio", "standard_minus_patient"] = param(
        "by_ratio", "Point form: fund due is a part of the pool, or point value times points less the patient side.",
        unit="", zh="结算口径", source="published-results 4.2: an open choice, as for DIP",
    )  # fmt: skip
    value_decimals: int | None = param(
        None, "Point form: decimals of the point value (yuan a point), half up; null: not rounded.", unit="decimals",
        zh="点值小数位", ge=0, le=12, source="published-results 4.1: an open choice",
    )  # fmt: skip
    floor: bool = param(
        False, "Lift the fund money due for a stay to zero where the patient side exceeds the standard.",
        unit="", zh="基金支付不低于零",
        source="assumed: no floor, the institution gains on one stay what it loses on another (published-results 4.2)",
    )  # fmt: skip

    @property
    def priced(self) -> bool:
        """Whether anything asks what a stay is worth: points alone do not, but outliers and reviewed cases do."""
        return self.form == "rate" or self.outlier.active or self.review.quota > 0

    @model_validator(mode="after")
    def _components_make_the_rate(self) -> Self:
        rates = sum(fen(component.rate) for component in self.outlier.components)
        if self.outlier.components and (self.rate is None or fen(self.rate) != rates):
            raise ValueError("payment.outlier.components: their rates must sum to payment.rate")
        return self


class Prepared(NamedTuple):
    """Prices of one year."""

    rate: int
    """Fen per unit of weight; 0 where nothing asks for it (`Config.priced`)."""
    price: Money
    """[tier, group] fen a case; 0 likewise."""
    weight: Ints
    """[tier, group] weight x tier coefficient, ppm."""
    pool: int | None = None
    """Fund money for in-county stays, fen; None at a fixed rate."""


def prepare(config: Config, history: History) -> Prepared:
    """The year's rate and price list; a given rate grows from the first reform year on."""
    given = all_given(config.coefficient) and (not config.priced or config.rate is not None)
    coefficient = tier_coefficients(config.coefficient, () if given else _base(config, history), history.weights)
    if not config.priced:
        rate = 0
    elif config.rate is None:
        rate = _rate_of_history(config, history, coefficient)
    else:
        rate = part(fen(config.rate), growth_over(config, history, history.year - history.reform, "rate_growth"))
    units = [[int(w) * int(c) for w in history.weights] for c in coefficient]
    price = [[rounded(rate * unit, PPM * PPM) for unit in row] for row in units]
    weight = np.array([weighted(history.weights, np.full_like(history.weights, c)) for c in coefficient])
    pool = pool_of(config, config.pool, history, stays_in_county) if config.form == "points" else None
    return Prepared(rate, np.array(price, dtype=np.int64).reshape(weight.shape), weight, pool)


def _base(config: Config, history: History) -> tuple[ClosedYear, ...]:
    return years_of_base(config, history, GIVE)


def _rate_of_history(config: Config, history: History, coefficient: Ints) -> int:
    """Trended charges of in-county stays / their weights times coefficients, fen, rounded half up."""
    charges = weights = 0
    for year in _base(config, history):
        rows = stays_in_county(year.claims)
        config.coefficient.look(np.unique(year.claims.tier[rows]).tolist())
        unit = weighted(history.weights[year.claims.group[rows]], coefficient[year.claims.tier[rows]])
        trend = growth_over(config, history, history.year - year.year, "rate_growth")
        charges += part(int(year.claims.charge[rows].sum()), trend)
        weights += int(product(unit, year.claims.cases[rows]).sum())
    if weights == 0:
        raise ConfigError(
            "the DRG rate cannot be computed: the base years have no resident-insured stay in the county",
            where="payment.rate", todo="give payment.rate, or a larger county or more history years",
        )  # fmt: skip
    return rounded(charges * PPM, weights)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is the rate in yuan per unit of weight."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.price.shape[1])
    standard = product(cell_values(config.coefficient, prepared.price, claims, rows), claims.cases[rows])
    apart = reviewed(config.review, claims.charge[rows], standard, claims.cases[rows], claims.provider[rows])
    left = rows.copy()
    left[np.flatnonzero(rows)[apart]] = False
    usual = standard[~apart]
    counted = _counted(config, prepared, claims, left, usual)
    receipts = fee_for_service(claims)
    if prepared.pool is None:
        receipts[left] = minus_patient(counted, claims, left, config)
        return Payments(receipts, yuan(prepared.rate))
    points = product(prepared.weight[claims.tier[left], claims.group[left]], claims.cases[left])
    points = np.where(usual > 0, _in_proportion(points, counted, usual), points)
    pool = max(prepared.pool - int(receipts[rows & ~left].sum()), 0)
    due, value = settle_points(config, pool, points, claims, left)
    if due is not None:
        receipts[left] = due
    return Payments(receipts, value)


def _counted(config: Config, prepared: Prepared, claims: Claims, rows: Mask, standard: Money) -> Money:
    """What each row counts at, fen: its standard after outliers and short stays."""
    if not config.outlier.active:
        return standard
    charge, cases = claims.charge[rows], claims.cases[rows]
    weight = prepared.weight[claims.tier[rows], claims.group[rows]]
    counted = adjusted(config.outlier, standard, charge, claims.days[rows], cases)
    return counted + cost_outlier(config.outlier, weight, standard, charge, cases)


def _in_proportion(points: Ints, counted: Money, standard: Money) -> Ints:
    """Points times counted / standard, rounded half up to a millionth of the ratio."""
    ratio = millionths(np.where(standard > 0, counted, 0), np.maximum(standard, 1), standard // 2)
    return weighted(points, ratio)


def incentives(config: Config, history: History) -> Incentives:
    """A stay's revenue does not depend on its charge; what the patient pays more, the fund pays less.

    In the point form, as under DIP, the patient's part is kept when the pool is shared by ratio.
    """
    patient = 1.0 - fund_share(history)[:, INPATIENT]
    if config.form == "points" and config.reading == "by_ratio":
        return incentives_of_stays(history, patient, np.zeros_like(patient))
    return incentives_of_stays(history, np.zeros_like(patient), -patient)


# --- the same, step by step -----------------------------------------------------------------------------------------
REVIEWED = Text("fee for service: a reviewed case", "按项目付费：特例单议病例")


def steps(asked: Asked) -> list[Step]:
    """Rate, weight and coefficient; outliers, short stays and review; from the standard, or from points, to the due."""
    stays = stays_in_county(asked.claims)
    priced = asked.rows[stays[asked.rows]]
    parts = left_alone(asked, asked.rows[~stays[asked.rows]], NOT_A_PRICED_STAY)
    if not len(priced):
        return gathered(parts)
    config, prepared, claims = asked.config, asked.prepared, asked.claims
    standard = prepared.price[claims.tier[stays], claims.group[stays]] * claims.cases[stays]
    at = np.searchsorted(np.flatnonzero(stays), priced)
    if config.priced:
        before, coefficient, standard[at] = _standard_steps(asked, priced)
    else:
        coefficient, before = coefficient_steps(asked, priced, asked.history.weights)
    looked = (claims.charge[stays], standard, claims.cases[stays], claims.provider[stays])
    apart = reviewed(config.review, *looked)
    before += review_steps(config.review, f"{asked.key}.review", *looked, at)
    if apart[at].any():
        label = Text("reviewed cases", "特例单议病例")
        parts.append(Part(label, [statutory_step(asked, priced[apart[at]], REVIEWED)]))
    usual = ~apart[at]
    if usual.any():
        left = stays.copy()
        left[np.flatnonzero(stays)[apart]] = False
        billed = int(claims.statutory[stays & ~left].sum())
        told = _usual_steps(asked, priced[usual], standard[at][usual], coefficient, left, standard[~apart], billed)
        parts.append(Part(Text("stays by group", "按病组付费病例"), told))
    return gathered(parts, before)


def _standard_steps(asked: Asked, rows: Ints) -> tuple[list[Step], Ints, Money]:
    """The steps to the rows' standards; [tier] coefficients; the standards, fen."""
    config, history, claims = asked.config, asked.history, asked.claims
    coefficient, found = coefficient_steps(asked, rows, history.weights)
    if config.rate is None:
        found += rate_steps(asked, history.weights, coefficient)
    else:
        found.append(grown_step(Text("rate", "费率"), config, "rate", history, asked.key, "rate_growth"))
    rate, price = last_amount(found), {}
    for tier, group in cells_of(asked, rows):
        price[tier, group] = rounded(rate * int(history.weights[group]) * int(coefficient[tier]), PPM * PPM)
    standard = per_row(asked, rows, price) * claims.cases[rows]
    rate_item = money(Text("rate", "费率"), rate)
    rule = Text("rate x weight x coefficient, rounded half up to the fen", "费率×权重×级别系数，四舍五入到分")
    if len(price) == 1:
        ((tier, group),) = price
        items = [rate_item, group_item(asked, group, int(history.weights[group])),
                 coefficient_item(tier, int(coefficient[tier]))]  # fmt: skip
        found.append(worth(Text("price of the group", "病组价格"), rule, items, price[tier, group]))
        lines = [money(Text("price", "价格"), price[tier, group]), figure(CASES, int(claims.cases[rows].sum()), BILL)]
        rule = Text("price x cases", "价格×人次")
    else:
        lines = [rate_item, *cell_lines(asked, rows, True, lambda t, g: f"{yuan_text(price[t, g])} yuan")]
        rule = Text("sum over groups of cases x price; price = ", "各病组人次×价格之和；价格=") + rule
    return [*found, worth(STANDARD, rule, lines, int(standard.sum()))], coefficient, standard


def _usual_steps(
    asked: Asked, rows: Ints, standard: Money, coefficient: Ints, left: Mask, all_standards: Money, billed: int
) -> list[Step]:
    """From the standards of rows that are not reviewed to their money."""
    config, prepared, claims = asked.config, asked.prepared, asked.claims
    table = asked.history.weights
    each = {(t, g): rounded(int(table[g]) * int(coefficient[t]), PPM) for t, g in cells_of(asked, rows)}
    weight = per_row(asked, rows, each)
    found, counted = list[Step](), standard
    if config.outlier.active:
        found, counted = outlier_steps(
            config.outlier, f"{asked.key}.outlier", weight, standard, claims.charge[rows], claims.days[rows],
            claims.cases[rows],
        )  # fmt: skip
    if prepared.pool is None:
        return [*found, *patient_side_steps(asked, rows, counted, "floor")]
    every = prepared.weight[claims.tier[left], claims.group[left]] * claims.cases[left]
    every = np.where(
        all_standards > 0,
        _in_proportion(every, _counted(config, prepared, claims, left, all_standards), all_standards),
        every,
    )  # fmt: skip
    points = weight * claims.cases[rows]
    points = np.where(standard > 0, _in_proportion(points, counted, standard), points)
    every[np.searchsorted(np.flatnonzero(left), rows)] = points
    items = [figure(Text("weight x coefficient x cases", "权重×级别系数×人次"),
                    ratio(int((weight * claims.cases[rows]).sum())))]  # fmt: skip
    rule = Text("weight x coefficient x 1000 x cases", "权重×级别系数×1000×人次")
    if config.outlier.active:
        rule += Text(" x counted at / standard, the ratio to a millionth", "×（计算标准÷支付标准）")
        items += [money(Text("counted at", "计算标准"), counted.sum()), money(STANDARD, standard.sum())]
    found.append(
        finding(Text("points of the rows", "本行点数"), rule, items, f"{points_text(int(points.sum()))} points")
    )
    found += pool_steps(asked, stays_in_county)
    found.append(pool_left_step(last_amount(found), billed))
    return [*found, *share_steps(asked, config, last_amount(found), every, left, rows)]
