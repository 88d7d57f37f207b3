"""Ambulatory patient groups (APG): an outpatient visit in the county is paid by the weights of what was done.

    visit weight = sum over significant procedures, after consolidation, in falling order of weight:
                   the first in full, each further one x further_share
                 + ancillaries that are not packaged;  a visit without a procedure: its medical group and ancillaries
    standard     = rate x visit weight x coefficient[tier, kind]  fen, rounded half up once a visit
    fund due     = standard - (charge - statutory)                the patient pays by the benefit

Consolidation: of procedures of the same class only the heaviest counts.  Packaging: ancillaries marked as packaged
weigh nothing beside a procedure or a medical visit.  `visit_weight` groups a visit's items; simulated claims have one
group a visit, whose weight is the group table's; chronic and ordinary visits of a group weigh the same, so that their
coefficients stand apart (`kinds`).  Point form: weights share a pool (Jinhua, F30).  Source: figures 1.5,
published-results 4.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from sim.core.parameters import ByTier, Share, param
from sim.core.text import Text
from sim.core.units import PPM, part, parts, ppm, product, yuan
from sim.money.base_years import BudgetBase, years_of_base
from sim.money.history import ClosedYear, History, Incentives
from sim.money.payment.points import ByRatio, pool_of, settle_points, shared_money
from sim.money.payment.rates import rate_of_year
from sim.money.payment.scheme import (
    TIER_COEFFICIENTS,
    VISITS,
    Need,
    Scheme,
    TierCoefficient,
    all_given,
    by_tier_and_group,
    cell_values,
    check_groups,
    fee_for_service,
    incentives_of_prices,
    incentives_of_shares,
    kind_coefficients,
    minus_patient,
    tier_coefficients,
)
from sim.money.payment.scope import covered_rows
from sim.tables import CATEGORIES, Claims, Ints, Mask, Payments, Providers

GIVE = "{at}.rate and {at}.coefficient of every tier of the county"
"""What makes the past unnecessary."""

PROCEDURE, MEDICAL, ANCILLARY = "procedure", "medical", "ancillary"


class Item(NamedTuple):
    """One service of a visit."""

    kind: str
    """procedure (significant), medical (a visit without one) or ancillary (laboratory, imaging, drugs)."""
    weight: int
    """Weight of its group, ppm."""
    related: str = ""
    """Consolidation class; procedures of one class count once. "" = a class of its own."""
    packaged: bool = True
    """An ancillary whose cost is in the weight of the procedure or the medical visit."""


class Config(BudgetBase):
    """Parameters of outpatient groups; the inherited ones but for base years matter to the pool of the point form."""

    scheme: Literal["apg"] = param("apg", unit="", zh="门诊病组付费(APG)")
    """Payment scheme: outpatient groups.
    Source: figures 1.5, F30"""
    rate: float | None = param(None, unit="yuan per unit of weight", zh="门诊费率", ge=0, le=1e6)
    """Rate of a unit of weight in the first reform year; null: base years' charges / weights.
    Source: published-results 4.7: base rate"""
    rate_growth: float | None = param(None, unit="share per year", zh="费率增长率", ge=-0.5, le=1.0)
    """Growth of the rate per year; null: as charges (claims.growth).
    Source: assumed: the growth of charges, so that the base alone moves nothing; A4, doc 003 (Ningbo): 5 %"""
    form: Literal["rate", "points"] = param("rate", unit="", zh="支付形式")
    """Rate times weight, or points that share an outpatient pool.
    Source: F30: points inside a capitated outpatient budget; published-results 4.7: rate"""
    pool: float | None = param(None, unit="yuan per year", zh="门诊预算", ge=0, le=1e12)
    """Point form: pool for outpatient visits in the county in the first reform year; null: base years.
    Source: F30"""
    coefficient: ByTier[TierCoefficient] = param(TIER_COEFFICIENTS, unit="ratio", zh="级别系数")
    """Coefficient by tier; null: the tier's money per weight over that of all, base years.
    Source: published-results 4.1: cost coefficient = own mean / region's mean; set 0.65 township, 0.85 county for
    figures 2.10 (from memory, unverified)"""
    coefficient_of: Literal["fund", "charge"] = param("fund", unit="", zh="级别系数口径")
    """Point form: of what money coefficients from history are: fund money, which is what is shared, or charges.
    Source: published-results 4.1: of cost; assumed fund money, so that no tier gains by the change alone"""
    kinds: Literal["apart", "together"] = param("apart", unit="", zh="慢病与普通门诊系数")
    """Coefficients from history of chronic and of ordinary visits of a tier apart, or one of both together.
    Source: published-results 4.1: one of the tier; assumed apart, as one of both takes from who comes to see more
    chronic visits than in the base years"""
    further_share: Share = param(0.5, unit="share", zh="多项操作折扣")
    """Weight of a second and further procedure of a visit.
    Source: published-results 4.7: typically 50 %"""
    consolidate: bool = param(True, unit="", zh="同类操作合并")
    """Procedures of one class count once, the heaviest.
    Source: published-results 4.7"""
    package: bool = param(True, unit="", zh="辅助项目打包")
    """Packaged ancillaries weigh nothing.
    Source: published-results 4.7"""
    floor: bool = param(False, unit="", zh="基金支付不低于零")
    """Lift the fund money due for a visit to zero where the patient side exceeds the standard.
    Source: assumed: no floor, as for DRG"""


class Prepared(NamedTuple):
    """Prices of one year."""

    rate: int
    """Fen per unit of weight; 0 in the point form, which has none."""
    weight: Ints
    """[tier, category, group] weight x coefficient, ppm."""
    pool: int | None
    """Fund money for outpatient visits in the county, fen; None at a fixed rate."""


def visit_weight(config: Config, items: Sequence[Item]) -> int:
    """Weight of a visit in ppm after consolidation, packaging and the multiple-procedure discount.

    >>> visit_weight(Config(), [Item("procedure", 2_000_000), Item("procedure", 1_500_000), Item("ancillary", 200_000)])
    2750000
    """
    procedures = sorted((item.weight for item in consolidated(config, items)), reverse=True)
    further = ppm(config.further_share)
    total = sum(weight if rank == 0 else part(weight, further) for rank, weight in enumerate(procedures))
    if not procedures:
        total += max((item.weight for item in items if item.kind == MEDICAL), default=0)
    main = total > 0
    return total + sum(i.weight for i in items if i.kind == ANCILLARY and not (config.package and i.packaged and main))


def consolidated(config: Config, items: Sequence[Item]) -> list[Item]:
    """Significant procedures that count."""
    procedures = [item for item in items if item.kind == PROCEDURE]
    if not config.consolidate:
        return procedures
    heaviest: dict[str, Item] = {}
    for number, item in enumerate(procedures):
        key = item.related or f"#{number}"
        if key not in heaviest or item.weight > heaviest[key].weight:
            heaviest[key] = item
    return list(heaviest.values())


def visits(claims: Claims) -> Mask:
    """Outpatient claims of the county's own institutions of which the fund bears a part."""
    return covered_rows(claims, "outpatient")


def weight_table(history: History) -> Ints:
    """[group] weights of visits, ppm; 1 each where there is no table."""
    if history.visit_weights is not None:
        return history.visit_weights
    seen = [int(year.claims.group[visits(year.claims)].max(initial=-1)) for year in history.closed]
    return np.full(max([*seen, 0]) + 1, PPM, dtype=np.int64)


def prepare(config: Config, history: History) -> Prepared:
    """The year's rate and weights by tier and group.

    Raises:
        ConfigError: if an amount is to come from the past, and no year is closed or the base years have no visit.
    """
    pooled = config.form == "points"  # then there is no rate
    given = all_given(config.coefficient) and (pooled or config.rate is not None)
    years = () if given else years_of_base(config, history, GIVE)
    weight = weights_of(config, years, weight_table(history))
    if pooled:
        return Prepared(0, weight, pool_of(config, config.pool, history, visits))
    return Prepared(rate_of_year(config, history, years, weight, visits, ("outpatient", "visit")), weight, None)


def coefficients(config: Config, years: Sequence[ClosedYear], table: Ints) -> Ints:
    """[tier, category] coefficients, ppm: as given, else from the base years; of charges, or of shared fund money."""
    of = shared_money(config) if config.form == "points" else "charge"
    if all_given(config.coefficient) or config.kinds == "together":
        of_tiers = tier_coefficients(config.coefficient, years, table, visits, of)
        return np.repeat(of_tiers[:, None], len(CATEGORIES), axis=1)
    return kind_coefficients(config.coefficient, years, table, visits, of)


def weights_of(config: Config, years: Sequence[ClosedYear], table: Ints) -> Ints:
    """[tier, category, group] weight x coefficient, ppm."""
    return np.array([by_tier_and_group(table, of_tier) for of_tier in coefficients(config, years, table)])


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is yuan per unit of weight, or yuan a point."""
    rows = visits(claims)
    check_groups(claims, rows, prepared.weight.shape[-1])
    return pay_weights(config, prepared, claims, cell_values(config.coefficient, prepared.weight, claims, rows))


def pay_weights(config: Config, prepared: Prepared, claims: Claims, weight: Ints) -> Payments:
    """As `pay`, with the weight x tier coefficient of one case of each outpatient row given (from `visit_weight`)."""
    rows = visits(claims)
    receipts = fee_for_service(claims)
    if prepared.pool is None:
        standard = product(parts(weight, prepared.rate), claims.cases[rows])
        receipts[rows] = minus_patient(standard, claims, rows, config)
        return Payments(receipts, yuan(prepared.rate))
    due, value = settle_points(ByRatio(), prepared.pool, product(weight, claims.cases[rows]), claims, rows)
    if due is not None:
        receipts[rows] = due
    return Payments(receipts, value)


def incentives(config: Config, history: History) -> Incentives:
    """A visit's revenue does not depend on its charge; from a pool the patient's part is kept."""
    return (incentives_of_shares if config.form == "points" else incentives_of_prices)(history, VISITS)


def needs(config: Config) -> tuple[Need, ...]:
    """Groups or services of visits."""
    return ("visit_groups",)


SCHEME = Scheme(
    name="apg",
    label=Text("outpatient groups", "门诊病组付费(APG)"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="visits",
    inside=True,
    needs=needs,
)
