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
from typing import Literal, NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.parameters import Share, param
from sim.core.text import Text
from sim.core.units import PPM, Money, fen, part, parts, ppm, product, rounded
from sim.money.base_years import BudgetBase, base_amount, growth_over, years_of_amount
from sim.money.history import History, Incentives, fund_share
from sim.money.payment.scheme import Need, Scheme, fee_for_service, incentives_of_charges
from sim.money.payment.scope import spread
from sim.tables import COUNTY, INPATIENT, Claims, Ints, Mask, Payments, Providers, borne_rows


class Config(BudgetBase):
    """Parameters of outpatient capitation; the inherited ones set the amount from history."""

    scheme: Literal["capitation"] = param("capitation", unit="", zh="门诊按人头付费")
    """Payment scheme: outpatient capitation.
    Source: figures 1.5, doc 004"""
    amount_per_head: float | None = param(None, unit="yuan per head and year", zh="人头标准", ge=0, le=1e6)
    """Amount per signed head in the first reform year, growing by `growth`; null: from the base years.
    Source: figures 1.5: signed heads x amount"""
    signed_share: Share | None = param(None, unit="share", zh="签约率")
    """Share of insured residents who are signed; null: as recorded, and all where nothing is recorded.
    Source: doc 004: the signed residents"""
    outside: Literal["debited", "fund"] = param("debited", unit="", zh="外出就诊费用")
    """Visits elsewhere are deducted from the amount, or borne by the fund.
    Source: A7, doc 004: the fund pays the other provider and deducts it"""


class Prepared(NamedTuple):
    """What the year needs."""

    amount: Money
    """[community] fen."""
    signed: Ints
    """[community] signed part, ppm."""


def signed_ppm(signed_share: float | None, history: History) -> Ints:
    """[community] share of insured residents who are signed, ppm."""
    if signed_share is not None:
        return np.full(len(history.heads), ppm(signed_share), dtype=np.int64)
    if history.signed is None:
        return np.full(len(history.heads), PPM, dtype=np.int64)
    return np.where(history.heads > 0, history.signed * PPM // np.maximum(history.heads, 1), 0)


def signed_fractions(signed_share: float | None, history: History) -> list[tuple[int, int]]:
    """[community] the signed part as a fraction: recorded signed heads over heads, else parts per million."""
    if signed_share is not None or history.signed is None:
        return [(int(s), PPM) for s in signed_ppm(signed_share, history)]
    return [(int(s), int(n)) for s, n in zip(history.signed, history.heads, strict=True)]


def for_signed(amounts: Money, signed_share: float | None, history: History) -> Money:
    """[community] part of an amount for all insured heads that is for signed ones, fen, half up.

    By recorded heads it is exact, so that heads x amount becomes signed heads x amount.
    """
    fractions = signed_fractions(signed_share, history)
    return np.array([rounded(int(w) * s, n) for w, (s, n) in zip(amounts, fractions, strict=True)], dtype=np.int64)


def covered(claims: Claims) -> Mask:
    """Outpatient claims of a community's residents of which the fund bears a part, wherever they were made."""
    return borne_rows(claims) & np.not_equal(claims.category, INPATIENT) & np.greater_equal(claims.home, 0)


def prepare(config: Config, history: History) -> Prepared:
    """The communities' amounts and signed parts."""
    signed = signed_ppm(config.signed_share, history)
    if config.amount_per_head is not None:
        per_head = part(fen(config.amount_per_head), growth_over(config, history, history.year - history.reform))
        amounts = product(history.heads, per_head)
    else:
        years = years_of_amount(config, history, "{at}.amount_per_head")
        rows = [covered(year.claims) for year in years]
        bills = [
            sum_by(y.claims.home[r], y.claims.statutory[r], len(history.heads))
            for y, r in zip(years, rows, strict=True)
        ]
        amounts = base_amount(config, history, bills, [year.heads for year in years], history.heads)
    return Prepared(amount=for_signed(amounts, config.signed_share, history), signed=signed)


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
    part = np.full_like(base.debited, float((signed * history.heads).sum() / heads))
    part[COUNTY + 1 :] = 0.0
    part[:, INPATIENT] = 0.0
    lost = fund_share(history) * part
    return Incentives(base.returned - lost, base.debited - lost, 1.0 - part)


def needs(config: Config) -> tuple[Need, ...]:
    """Insured persons."""
    return ("heads",)


SCHEME = Scheme(
    name="capitation",
    label=Text("outpatient capitation", "门诊按人头付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="visits",
    inside=True,
    needs=needs,
)
