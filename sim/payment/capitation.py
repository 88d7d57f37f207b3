"""Outpatient capitation with family doctor contracts (门诊按人头 + 家庭医生签约).

    signed part of a community   = signed heads / insured heads                  its claims count as signed in this part
    amount of a community        = signed heads x amount per head
    its members' due for signed  = amount - what its signed residents' visits elsewhere cost the fund
    its members' due for others  = fee for service

Members share the amount by their bills.  Signed persons are taken to be like the others of their community: the share
of signed heads decides, not who made a claim.  Stays are fee for service.  The insurance part of the signing fee (40
yuan) is no part of the amount: the fund pays it apart (`fund.signing_fee`).  Source: figures 1.5 and 1.3, doc 004.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.basis import BudgetBase, base_amount, base_steps, grown_step, growth_over, rounded, years_of_amount
from sim.handover import History, Incentives, Mask, fund_share, resident_rows, sum_by
from sim.parameters import Share, param
from sim.payment.contract import Asked, fee_for_service, incentives_of_charges
from sim.payment.scope import spread, unit_steps
from sim.payment.working import Part, community_name, gathered, left_alone
from sim.steps import BILL, DUE, YEAR_SUM, Item, Step, figure, finding, last_amount, money, parameter, ratio, worth
from sim.tables import COUNTY, INPATIENT, Claims, Ints, Payments, Providers
from sim.text import Text
from sim.units import PPM, Money, fen, part, parts, ppm, product


class Config(BudgetBase):
    """Parameters of outpatient capitation; the inherited ones set the amount from history."""

    scheme: Literal["capitation"] = param(
        "capitation", "Payment scheme: outpatient capitation.", unit="", zh="门诊按人头付费",
        source="figures 1.5, doc 004",
    )  # fmt: skip
    amount_per_head: float | None = param(
        None, "Amount per signed head in the first reform year, growing by `growth`; null: from the base years.",
        unit="yuan per head and year", zh="人头标准", ge=0, le=1e6, source="figures 1.5: signed heads x amount",
    )  # fmt: skip
    signed_share: Share | None = param(
        None, "Share of insured residents who are signed; null: as recorded, and all where nothing is recorded.",
        unit="share", zh="签约率", source="doc 004: the signed residents",
    )  # fmt: skip
    outside: Literal["debited", "fund"] = param(
        "debited", "Visits elsewhere are deducted from the amount, or borne by the fund.", unit="", zh="外出就诊费用",
        source="A7, doc 004: the fund pays the other provider and deducts it",
    )  # fmt: skip


class Prepared(NamedTuple):
    """What the year needs."""

    amount: Money
    """[community] fen."""
    signed: Ints
    """[community] signed part, ppm."""


def signed_ppm(given: float | None, history: History) -> Ints:
    """[community] share of insured residents who are signed, ppm."""
    if given is not None:
        return np.full(len(history.heads), ppm(given), dtype=np.int64)
    if history.signed is None:
        return np.full(len(history.heads), PPM, dtype=np.int64)
    return np.where(history.heads > 0, history.signed * PPM // np.maximum(history.heads, 1), 0)


def signed_fractions(given: float | None, history: History) -> list[tuple[int, int]]:
    """[community] the signed part as a fraction: recorded signed heads over heads, else parts per million."""
    if given is not None or history.signed is None:
        return [(int(s), PPM) for s in signed_ppm(given, history)]
    return [(int(s), int(n)) for s, n in zip(history.signed, history.heads, strict=True)]


def for_signed(whole: Money, given: float | None, history: History) -> Money:
    """[community] part of an amount for all insured heads that is for signed ones, fen, half up.

    By recorded heads it is exact, so that heads x amount becomes signed heads x amount.
    """
    fractions = signed_fractions(given, history)
    return np.array([rounded(int(w) * s, n) for w, (s, n) in zip(whole, fractions, strict=True)], dtype=np.int64)


def covered(claims: Claims) -> Mask:
    """Outpatient claims of resident-insured persons of a community, wherever they were made."""
    return resident_rows(claims) & np.not_equal(claims.category, INPATIENT) & np.greater_equal(claims.home, 0)


def prepare(config: Config, history: History) -> Prepared:
    """The communities' amounts and signed parts."""
    signed = signed_ppm(config.signed_share, history)
    if config.amount_per_head is not None:
        each = part(
            fen(config.amount_per_head), growth_over(config, history, history.year - history.reform)
        )  # fmt: skip
        whole = product(history.heads, each)
    else:
        years = years_of_amount(config, history, "payment.amount_per_head")
        rows = [covered(year.claims) for year in years]
        bills = [
            sum_by(y.claims.home[r], y.claims.statutory[r], len(history.heads))
            for y, r in zip(years, rows, strict=True)
        ]  # fmt: skip
        whole = base_amount(config, history, bills, [year.heads for year in years], history.heads)
    return Prepared(amount=for_signed(whole, config.signed_share, history), signed=signed)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row."""
    amount, signed = prepared
    rows = covered(claims)
    inside = rows & np.equal(claims.community, claims.home)
    receipts = fee_for_service(claims)
    capitated = np.zeros(len(rows), dtype=np.int64)
    capitated[rows] = parts(receipts[rows], signed[claims.home[rows]])
    away = sum_by(claims.home[rows & ~inside], capitated[rows & ~inside], len(amount))
    due = amount - away if config.outside == "debited" else amount
    part_of_signed = np.zeros(len(rows), dtype=np.int64)
    spread(part_of_signed, inside, claims.home, due, receipts.copy())
    receipts[inside] += part_of_signed[inside] - capitated[inside]
    return Payments(receipts, math.nan)


def incentives(config: Config, history: History) -> Incentives:
    """Of a signed person's marginal yuan only the patient's part comes; the amount itself does not move."""
    base = incentives_of_charges(history)
    signed = signed_ppm(config.signed_share, history) / PPM
    heads = max(int(history.heads.sum()), 1)
    lost = fund_share(history) * float((signed * history.heads).sum() / heads)
    lost[COUNTY + 1 :] = 0.0
    lost[:, INPATIENT] = 0.0
    return Incentives(base.returned - lost, base.debited - lost)


# --- the same, step by step -----------------------------------------------------------------------------------------
AMOUNT = Text("amount of the community", "医共体人头总额")
OF_SIGNED = Text("bills of signed persons", "签约居民统筹支付")
NOT_HERE = Text(" (only outpatient visits to members are paid by head)", "（仅成员机构门诊按人头付费）")


def steps(asked: Asked) -> list[Step]:
    """Community by community: its amount, what is deducted from it, and its members' part for the bills."""
    claims = asked.claims
    inside = covered(claims) & np.equal(claims.community, claims.home)
    mine = asked.rows[inside[asked.rows]]
    parts = left_alone(asked, asked.rows[~inside[asked.rows]], NOT_HERE)
    home = claims.home[mine]
    parts += [
        Part(community_name(asked, int(c)), _community_steps(asked, int(c), inside, mine[home == c]))
        for c in np.unique(home)
    ]
    return gathered(parts)


def _community_steps(asked: Asked, community: int, inside: Mask, mine: Ints) -> list[Step]:
    config, claims, key = asked.config, asked.claims, asked.key
    signed_step, signed = signed_part_step(config, asked.history, key, community)
    found = [signed_step, *_amount_steps(asked, community, signed)]
    whole, signed_item = last_amount(found), figure(signed_step.what, ratio(signed))
    elsewhere = np.flatnonzero(covered(claims) & ~inside & (claims.home == community))
    away = int(parts(claims.statutory[elsewhere], signed).sum())
    outside = parameter(config, "outside", key)
    visits = money(Text("bills of its residents elsewhere", "本地居民外出就诊统筹支付"),
                   claims.statutory[elsewhere].sum(), YEAR_SUM)  # fmt: skip
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    found.append(worth(Text("visits elsewhere", "外出就诊费用"), rule, [visits, signed_item], away))
    due = whole - away if config.outside == "debited" else whole
    items = [money(AMOUNT, whole), money(Text("visits elsewhere", "外出就诊费用"), away), outside]
    rule = Text("amount - visits elsewhere, where debited", "总额-外出就诊费用（若扣减）")
    found.append(worth(Text("left for members", "成员机构应得"), rule, items, due))
    its = np.flatnonzero(inside & (claims.home == community))
    found += unit_steps(asked, due, its, mine, Text("part of the amount", "人头总额份额"))
    share = last_amount(found)
    bills = money(Text("bills of the rows", "本行统筹支付"), claims.statutory[mine].sum(), BILL)
    capitated = int(parts(claims.statutory[mine], signed).sum())
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    found.append(worth(OF_SIGNED, rule, [bills, signed_item], capitated))
    items = [bills, money(OF_SIGNED, capitated), money(Text("part of the amount", "人头总额份额"), share)]
    rule = Text("bills - those of signed persons + part of the amount", "统筹支付-签约部分+人头总额份额")
    return [*found, worth(DUE, rule, items, int(claims.statutory[mine].sum()) - capitated + share)]


def signed_part_step(config: Any, history: History, key: str, community: int) -> tuple[Step, int]:
    """The signed part of a community and the step to it; parts per million."""
    found = int(signed_ppm(config.signed_share, history)[community])
    items: list[Item] = [parameter(config, "signed_share", key)]
    rule = Text("as given", "按给定值")
    if config.signed_share is None:
        rule = Text("signed heads / insured heads, rounded down; 1 where nothing is recorded",
                     "签约人数÷参保人数，向下取整；无记录时为1")  # fmt: skip
        source = Text("enrolment", "参保人数")
        items.append(figure(Text("insured heads", "参保人数"), int(history.heads[community]), source))
        if history.signed is not None:
            items.append(figure(Text("signed heads", "签约人数"), int(history.signed[community]), source))
    return finding(Text("signed part", "签约比例"), rule, items, ratio(found)), found


def _amount_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    """The community's amount for its signed persons."""
    config, history, key = asked.config, asked.history, asked.key
    heads = figure(Text("insured heads", "参保人数"), int(history.heads[community]), Text("enrolment", "参保人数"))
    everyone = Text("amount for all insured heads", "全体参保人总额")
    if config.amount_per_head is not None:
        each = grown_step(Text("amount per head", "人头标准"), config, "amount_per_head", history, key)
        whole = int(history.heads[community]) * last_amount([each])
        items = [money(each.what, last_amount([each])), heads]
        found = [each, worth(everyone, Text("amount per head x heads", "人头标准×人数"), items, whole)]
    else:
        years = years_of_amount(config, history)
        rows = [covered(year.claims) for year in years]
        size = len(history.heads)
        bills = [sum_by(y.claims.home[r], y.claims.statutory[r], size) for y, r in zip(years, rows, strict=True)]
        heads_then = [year.heads for year in years]
        found = base_steps(everyone, config, history, bills, heads_then, history.heads, community, key)
        found[-1] = found[-1]._replace(items=(*found[-1].items, parameter(config, "amount_per_head", key)))
    whole = last_amount(found)
    top, bottom = signed_fractions(config.signed_share, history)[community]
    due = rounded(whole * top, bottom)
    items, rule = [money(everyone, whole)], Text("amount x signed part", "总额×签约比例")
    if config.signed_share is None and history.signed is not None:
        signed_heads = figure(Text("signed heads", "签约人数"), int(history.signed[community]), heads.source)
        items, rule = [*items, signed_heads, heads], Text("amount x signed heads / heads", "总额×签约人数÷参保人数")
    else:
        items.append(figure(Text("signed part", "签约比例"), ratio(signed)))
    return [*found, worth(AMOUNT, rule, items, due)]
