"""Caps of institutions (`sim.money.payment.cap`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.core.units import fen, part, ppm
from sim.explain.base_years import Spending, base_steps, growth_items
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import (
    NOT_COVERED,
    Part,
    gathered,
    left_alone,
    provider_name,
    statutory_step,
    unit_steps,
)
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import YEAR_SUM, Step, finding, last_amount, money, parameter, worth
from sim.money.base_years import growth_over, years_of_amount
from sim.money.history import History
from sim.money.payment.scope import covered_rows
from sim.tables import Claims, Ints, Mask

CAP = Text("cap of the institution", "机构总额")
BILLS = Text("bills of the institution", "机构统筹支付合计")
_SCOPE_ZH = {"all": "全部费用", "inpatient": "住院", "outpatient": "门诊"}


def steps(asked: Asked) -> list[Step]:
    """Institution by institution: its cap, its bills, and what it is paid of them."""
    rows = covered_rows(asked.claims, asked.config.scope)
    under_cap = asked.rows[rows[asked.rows]]
    parts = left_alone(asked, asked.rows[~rows[asked.rows]], NOT_COVERED)
    for provider in np.unique(asked.claims.provider[under_cap]):
        of_it = under_cap[asked.claims.provider[under_cap] == provider]
        parts.append(Part(provider_name(asked, int(provider)), _institution_steps(asked, rows, int(provider), of_it)))
    return gathered(parts)


def _institution_steps(asked: Asked, rows: Mask, provider: int, chosen: Ints) -> list[Step]:
    config, claims, key = asked.config, asked.claims, asked.key
    steps = _cap_steps(asked, provider)
    if steps[-1].fen is None:
        return [*steps, statutory_step(asked, chosen)]
    cap = last_amount(steps)
    its = np.flatnonzero(rows & (claims.provider == provider))
    bills = int(claims.statutory[its].sum())
    items = [money(CAP, cap), money(BILLS, bills, YEAR_SUM), parameter(config, "scope", key)]
    if bills <= cap:
        rule = Text("bills within the cap: as billed", "未超总额：按项目付费")
        steps.append(worth(Text("paid to the institution", "机构支付额"), rule, items, bills))
        return [*steps, statutory_step(asked, chosen)]
    paid = cap + part(bills - cap, ppm(config.excess_share))
    items.append(parameter(config, "excess_share", key))
    rule = Text("cap + share x (bills - cap)", "总额+分担比例×（统筹支付-总额）")
    steps.append(worth(Text("paid to the institution", "机构支付额"), rule, items, paid))
    return [*steps, *unit_steps(asked, paid, its, chosen)]


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
    by_its_bills = config.model_copy(update={"head_rate": "community"})
    heads = [np.array([year.heads.sum()]) for year in years]
    base = Text("base of the institution", "机构基数")
    spending = Spending(bills, heads, np.array([history.heads.sum()]))
    steps = base_steps(base, by_its_bills, history, spending, 0, key)
    items = [money(base, last_amount(steps)), ratio_item]
    capped = part(last_amount(steps), ppm(config.cap_ratio))
    return [*steps, worth(CAP, Text("base x ratio", "基数×系数"), items, capped)]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    scope_zh = _SCOPE_ZH.get(config.scope, config.scope)
    return [
        Text(
            f"cap: of bills above the cap the fund pays {config.excess_share:g}; it covers {config.scope}",
            f"总额控制：超过总额部分基金按{config.excess_share:g}支付；范围为{scope_zh}",
        )
    ]


EXPLANATION = Explanation(steps, readings=readings)
