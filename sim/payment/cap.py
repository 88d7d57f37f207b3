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

from sim.basis import BudgetBase, base_amount, base_steps, growth_items, growth_over, years_of_amount
from sim.handover import History, Incentives, Mask, fund_share, sum_by
from sim.parameters import Share, param
from sim.payment.contract import Asked, fee_for_service, incentives_of_charges
from sim.payment.scope import SCOPE_DOC, Scope, covered_rows, spread, unit_steps
from sim.payment.working import NOT_COVERED, Part, gathered, left_alone, provider_name, statutory_step
from sim.steps import YEAR_SUM, Step, finding, last_amount, money, parameter, worth
from sim.tables import CATEGORIES, COUNTY, INPATIENT, TIERS, Claims, Ints, Payments, Providers
from sim.text import Text
from sim.units import Money, fen, part, parts, ppm

NO_CAP = -1
Cap = Annotated[float, Field(ge=0, le=1e12)]
"""Yuan a year."""


class Config(BudgetBase):
    """Parameters of the cap per institution; the inherited ones set it."""

    scheme: Literal["cap"] = param(
        "cap", "Payment scheme: cap per institution.", unit="", zh="机构总额控制", source="figures 1.5, A22"
    )
    cap_ratio: float | None = param(
        1.0, "Cap as a multiple of the institution's base amount; null: no cap, which is fee for service.",
        unit="ratio", zh="总额系数", ge=0, le=10, source="A22: base = history; assumed: all of it",
    )  # fmt: skip
    caps: tuple[Cap | None, ...] = param(
        (), "Caps by institution number in the first reform year, growing by `growth`; null: none. Replaces the base.",
        unit="yuan per year", zh="各机构总额", source="assumed: empty, caps come from the base years",
    )  # fmt: skip
    excess_share: Share = param(
        0.0, "Share of bills above the cap that the fund pays; 0: unpaid.", unit="share", zh="超总额分担比例",
        source="figures 1.5: over cap unpaid or shared; assumed unpaid",
    )  # fmt: skip
    scope: Scope = param("all", SCOPE_DOC, unit="", zh="控制范围", source="A22; assumed: all claims")


def prepare(config: Config, history: History) -> Money:
    """[institution] cap of the year, fen; `NO_CAP` where there is none."""
    if config.cap_ratio is None:
        return np.zeros(0, dtype=np.int64)
    if config.caps:
        growth = growth_over(config, history, history.year - history.reform)
        given = [NO_CAP if cap is None else int(parts(np.array([fen(cap)]), growth)[0]) for cap in config.caps]
        return np.array(given, dtype=np.int64)
    give = "payment.caps (yuan a year by institution number, null for none), or payment.cap_ratio=null for no cap"
    years = years_of_amount(config, history, give)
    size = 1 + max((int(year.claims.provider.max(initial=-1)) for year in years), default=-1)
    rows = [covered_rows(year.claims, config.scope) for year in years]
    bills = [
        sum_by(y.claims.provider[r], y.claims.statutory[r], size) for y, r in zip(years, rows, strict=True)
    ]  # fmt: skip
    heads = [np.full(size, year.heads.sum()) for year in years]
    own = config.model_copy(update={"head_rate": "community"})  # a cap is an institution's own
    base = base_amount(own, history, bills, heads, np.full(size, history.heads.sum()))
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
    unpaid = fund_share(history) * (1.0 - config.excess_share)
    unpaid[np.arange(len(TIERS)) > COUNTY] = 0.0
    for category in range(len(CATEGORIES)):
        if config.scope != "all" and (category == INPATIENT) != (config.scope == "inpatient"):
            unpaid[:, category] = 0.0
    return Incentives(base.returned - unpaid, base.debited - unpaid)


# --- the same, step by step -----------------------------------------------------------------------------------------
CAP = Text("cap of the institution", "机构总额")
BILLS = Text("bills of the institution", "机构统筹支付合计")


def steps(asked: Asked) -> list[Step]:
    """Institution by institution: its cap, its bills, and what it is paid of them."""
    rows = covered_rows(asked.claims, asked.config.scope)
    mine = asked.rows[rows[asked.rows]]
    parts = left_alone(asked, asked.rows[~rows[asked.rows]], NOT_COVERED)
    for provider in np.unique(asked.claims.provider[mine]):
        of_it = mine[asked.claims.provider[mine] == provider]
        parts.append(Part(provider_name(asked, int(provider)), _institution_steps(asked, rows, int(provider), of_it)))
    return gathered(parts)


def _institution_steps(asked: Asked, rows: Mask, provider: int, mine: Ints) -> list[Step]:
    config, claims, key = asked.config, asked.claims, asked.key
    found = _cap_steps(asked, provider)
    if found[-1].fen is None:
        return [*found, statutory_step(asked, mine)]
    cap = last_amount(found)
    its = np.flatnonzero(rows & (claims.provider == provider))
    bills = int(claims.statutory[its].sum())
    items = [money(CAP, cap), money(BILLS, bills, YEAR_SUM), parameter(config, "scope", key)]
    if bills <= cap:
        rule = Text("bills within the cap: as billed", "未超总额：按项目付费")
        found.append(worth(Text("paid to the institution", "机构支付额"), rule, items, bills))
        return [*found, statutory_step(asked, mine)]
    paid = cap + part(bills - cap, ppm(config.excess_share))
    items.append(parameter(config, "excess_share", key))
    rule = Text("cap + share x (bills - cap)", "总额+分担比例×（统筹支付-总额）")
    found.append(worth(Text("paid to the institution", "机构支付额"), rule, items, paid))
    return [*found, *unit_steps(asked, paid, its, mine)]


def _cap_steps(asked: Asked, provider: int) -> list[Step]:
    """The steps to the cap; the last has no amount where there is no cap."""
    config, history, key = asked.config, asked.history, asked.key
    ratio_item = parameter(config, "cap_ratio", key)
    if config.cap_ratio is None:
        return [finding(CAP, Text("no cap", "无总额"), [ratio_item], "-")]
    if config.caps:
        if provider >= len(config.caps) or config.caps[provider] is None:
            return [finding(CAP, Text("none is given", "未给定"), [parameter(config, "caps", key)], "-")]
        span = history.year - history.reform
        grown = part(fen(config.caps[provider]), growth_over(config, history, span))
        items = [parameter(config, f"caps.{provider}", key), *growth_items(config, history, span, key)]
        return [worth(CAP, Text("as given x growth", "给定值×增长"), items, grown)]
    years = years_of_amount(config, history)
    bills = []
    for year in years:
        its = covered_rows(year.claims, config.scope) & (year.claims.provider == provider)
        bills.append(np.array([year.claims.statutory[its].sum()], dtype=np.int64))
    if not sum(int(b[0]) for b in bills):
        return [finding(CAP, Text("no bills in the base years: no cap", "基期无费用：无总额"), [ratio_item], "-")]
    own = config.model_copy(update={"head_rate": "community"})
    heads = [np.array([year.heads.sum()]) for year in years]
    base = Text("base of the institution", "机构基数")
    found = base_steps(base, own, history, bills, heads, np.array([history.heads.sum()]), 0, key)
    items = [money(base, last_amount(found)), ratio_item]
    capped = part(last_amount(found), ppm(config.cap_ratio))
    return [*found, worth(CAP, Text("base x ratio", "基数×系数"), items, capped)]
