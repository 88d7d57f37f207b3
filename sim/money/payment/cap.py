"""Per-institution cap (机构总额控制): fee for service up to a cap from history; what is above is unpaid or shared.

    cap      = cap_ratio x base amount of the institution (as budgets are based)     null: no cap
    fund due = bills                                    while bills <= cap
             = cap + excess_share x (bills - cap)       above, spread over the institution's rows by their bills

Bills are the statutory parts of the institution's covered claims.  An institution without a cap of its own, or without
any history, has none.  Source: figures 1.5, A22 (doc 001).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.arrays import sum_by
from sim.core.parameters import Share, param
from sim.core.text import Text
from sim.core.units import Money, fen, parts, ppm
from sim.money.base_years import BudgetBase, base_amount, growth_over, years_of_amount
from sim.money.history import History, Incentives, fund_share
from sim.money.payment.scheme import Scheme, fee_for_service, incentives_of_charges
from sim.money.payment.scope import Scope, covered_rows, spread
from sim.tables import CATEGORIES, COUNTY, INPATIENT, TIERS, Claims, Payments, Providers

NO_CAP = -1
Cap = Annotated[float, Field(ge=0, le=1e12)]
"""Yuan a year."""


class Config(BudgetBase):
    """Parameters of the cap per institution; the inherited ones set it."""

    scheme: Literal["cap"] = param("cap", unit="", zh="机构总额控制")
    """Payment scheme: cap per institution.
    Source: figures 1.5, A22"""
    cap_ratio: float | None = param(1.0, unit="ratio", zh="总额系数", ge=0, le=10)
    """Cap as a multiple of the institution's base amount; null: no cap, which is fee for service.
    Source: A22: base = history; assumed: all of it"""
    caps: tuple[Cap | None, ...] = param((), unit="yuan per year", zh="各机构总额")
    """Caps by institution number in the first reform year, growing by `growth`; null: none. Replaces the base.
    Source: assumed: empty, caps come from the base years"""
    excess_share: Share = param(0.0, unit="share", zh="超总额分担比例")
    """Share of bills above the cap that the fund pays; 0: unpaid.
    Source: figures 1.5: over cap unpaid or shared; assumed unpaid"""
    scope: Scope = param("all", unit="", zh="控制范围")
    """Claims of the county's own institutions that are covered: all, stays only, or outpatient visits only.
    Source: A22; assumed: all claims"""


def prepare(config: Config, history: History) -> Money:
    """[institution] cap of the year, fen; `NO_CAP` where there is none."""
    if config.cap_ratio is None:
        return np.zeros(0, dtype=np.int64)
    if config.caps:
        growth = growth_over(config, history, history.year - history.reform)
        caps = [NO_CAP if cap is None else int(parts(np.array([fen(cap)]), growth)[0]) for cap in config.caps]
        return np.array(caps, dtype=np.int64)
    give = "{at}.caps (yuan a year by institution number, null for none), or {at}.cap_ratio=null for no cap"
    years = years_of_amount(config, history, give)
    size = 1 + max((int(year.claims.provider.max(initial=-1)) for year in years), default=-1)
    rows = [covered_rows(year.claims, config.scope) for year in years]
    bills = [sum_by(y.claims.provider[r], y.claims.statutory[r], size) for y, r in zip(years, rows, strict=True)]
    heads = [np.full(size, year.heads.sum()) for year in years]
    of_institutions = config.model_copy(update={"head_rate": "community"})  # a cap is an institution's own
    base = base_amount(of_institutions, history, bills, heads, np.full(size, history.heads.sum()))
    return np.where(sum(bills) > 0, parts(base, ppm(config.cap_ratio)), NO_CAP)


def pay(config: Config, prepared: Money, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row."""
    rows = covered_rows(claims, config.scope)
    receipts = fee_for_service(claims)
    size = max(len(prepared), 1 + int(claims.provider.max(initial=-1)))
    caps = np.full(size, NO_CAP, dtype=np.int64)
    caps[: len(prepared)] = prepared
    bills = sum_by(claims.provider[rows], receipts[rows], size)
    over = (caps >= 0) & (bills > caps)
    if over.any():
        paid = caps + parts(bills - caps, ppm(config.excess_share))
        spread(receipts, rows & over[claims.provider], claims.provider, paid, receipts.copy())
    return Payments(receipts, math.nan)


def incentives(config: Config, history: History) -> Incentives:
    """As if at the cap: of the fund's part of one more yuan, only ``excess_share`` comes."""
    base = incentives_of_charges(history)
    if config.cap_ratio is None:
        return base
    lost = np.full_like(base.debited, 1.0 - config.excess_share)
    lost[np.arange(len(TIERS)) > COUNTY] = 0.0
    for category in range(len(CATEGORIES)):
        if config.scope != "all" and (category == INPATIENT) != (config.scope == "inpatient"):
            lost[:, category] = 0.0
    unpaid = fund_share(history) * lost
    return Incentives(base.returned - unpaid, base.debited - unpaid, 1.0 - lost)


SCHEME = Scheme(
    name="cap",
    label=Text("cap per institution", "机构总额控制"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    inside=True,
)
