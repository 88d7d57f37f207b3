"""What every payment scheme gives: a Config and the pure functions prepare, pay and incentives.

A scheme sees claims, history and its parameters only: no clock, no randomness, no files.  Only rows of the resident
insurance are paid; the patient pays by the benefit on the charge, whatever the provider is paid by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.core.arrays import sum_by
from sim.core.errors import ConfigError
from sim.core.parameters import ByTier, Config, Ratio, by_tier
from sim.core.text import Text
from sim.core.units import PPM, Money, parts, ppm, product, rounded
from sim.money.history import BaseCosts, ClosedYear, History, Incentives, Roll, SignedList, fund_share, uncovered_share
from sim.tables import (
    CATEGORIES,
    CHRONIC,
    COUNTY,
    INPATIENT,
    OUTPATIENT,
    STEPPED_DOWN,
    TIERS,
    Claims,
    Floats,
    Ints,
    Mask,
    Payments,
    Providers,
    QuotaYear,
    borne_rows,
    resident_rows,
)

STAYS, VISITS = (INPATIENT,), (OUTPATIENT, CHRONIC)
"""Categories of care, as numbers."""

TierCoefficient = Ratio | None
TIER_COEFFICIENTS: ByTier[TierCoefficient] = by_tier(None, None, None, None, None, TierCoefficient)


Need = Literal["stay_groups", "visit_groups", "heads", "signed_list", "days", "past_days"]
"""What a user's files must tell for a scheme: case groups of stays, groups or services of visits, insured persons by
community, who is signed with a family doctor, days of stays, and days of earlier years' stays."""


def needs_nothing(config: Any) -> tuple[Need, ...]:
    """The bills alone are enough."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One way of paying providers: what it is called, what it covers, and its rules.

    Everything that lists schemes (the registry, the union of parameters, which can stand inside others, the command
    line, the documentation) follows from these records.
    """

    name: str
    """As ``payment=NAME`` names it; also the value of ``scheme`` in its configuration."""
    label: Text
    config: type[Config]
    prepare: Callable[[Any, History], Any]
    """(config, history) -> what the year's payment needs: rates, pools."""
    pay: Callable[[Any, Any, Claims, Providers], Payments]
    """(config, prepared, claims, providers) -> fund money due per claim row, fen."""
    incentives: Callable[[Any, History], Incentives]
    """(config, history) -> what one more yuan of charge brings, by tier and category."""
    covers: Literal["all", "stays", "visits"] = "all"
    """What it prices; the rest is paid as billed."""
    inside: bool = False
    """True if it can credit institutions inside another scheme (``payment.within=NAME``)."""
    has_budget: bool = False
    """True if communities hold a budget, so that `sim.money.settlement` applies."""
    needs: Callable[[Any], tuple[Need, ...]] = needs_nothing
    """(config) -> what a user's files must tell."""
    budgets: Callable[[Any, Any, Callable[[], Money], Claims, Money], Money] | None = None
    """(config, prepared, settlement's budgets, claims, receipts) -> [community] budgets of its own, fen; None: those of
    settlement, which are found only when asked for, because they may need a past that there is not.
    At the year's start the last closed year's claims, at what they are expected to cost, stand for the year's."""
    listed: Callable[[Any, BaseCosts, Roll, int], SignedList | None] | None = None
    """(config, last base year's costs, signed persons, communities) -> the year's signed list where it needs one."""
    ledgers: Callable[[Any, Any, Claims, Money, Providers], QuotaYear] | None = None
    """(config, prepared, claims, receipts, providers) -> what is under a quota of signed residents and what is not."""
    reach: Callable[[Any, History], Floats] | None = None
    """(config, history) -> [community] part of its persons whom the budget answers for, 0..1; None: all."""


def stays_in_county(claims: Claims) -> Mask:
    """Rows that case payment prices: stays in the county's own institutions of which the fund bears a part.

    The recovery of a patient who stepped down belongs to the case already paid above; it is paid fee for service (A26:
    rehabilitation outside case payment), so that moving a patient does not make two cases of one.
    """
    inside = np.equal(claims.category, INPATIENT) & np.less_equal(claims.tier, COUNTY)
    return borne_rows(claims) & inside & np.not_equal(claims.referred, STEPPED_DOWN)


def fee_for_service(claims: Claims) -> Money:
    """Statutory money of resident-insured rows, 0 elsewhere; what a scheme leaves alone is paid like this."""
    return np.where(resident_rows(claims), claims.statutory, 0)


def check_groups(claims: Claims, rows: Mask, count: int) -> None:
    """Stop if a selected row has a case group outside 0..count-1.

    Raises:
        ConfigError: naming the first such group.
    """
    groups = claims.group[rows]
    wrong = groups[(groups < 0) | (groups >= count)]
    if len(wrong):
        raise ConfigError(
            "a claim has a case group without a weight",
            where="claims.group",
            value=int(wrong[0]),
            bound=f"0..{count - 1}",
            todo="add the group to the group table",
        )


def tier_coefficients(
    given: ByTier[TierCoefficient],
    years: Sequence[ClosedYear],
    weights: Ints,
    select: Callable[[Claims], Mask] = stays_in_county,
    of: Literal["charge", "statutory"] = "charge",
) -> Ints:
    """[tier] coefficient in parts per million: as given, else from the stays in the county of the base years.

    ``select`` chooses the claims; stays if it is not given.  Tiers outside the county have 1.  A given coefficient
    counts as read when a row of its tier is looked up (`cell_values`).

    From history: (money of the tier / its weights) / (all money / all weights), rounded half up; 1 without stays.
    Money is charges, or statutory parts (``of``): the money that is divided by these coefficients.
    """
    money, weight = (sums.sum(axis=1) for sums in _money_and_weights(years, weights, select, of))
    from_history = _relative(money, weight)
    coefficients = np.full(len(TIERS), PPM, dtype=np.int64)
    for level, value in enumerate(given.unread(COUNTY)):
        coefficients[level] = (from_history[level] or PPM) if value is None else ppm(value)
    return coefficients


def kind_coefficients(
    given: ByTier[TierCoefficient],
    years: Sequence[ClosedYear],
    weights: Ints,
    select: Callable[[Claims], Mask],
    of: Literal["charge", "statutory"],
) -> Ints:
    """[tier, category] coefficients in ppm: as given for all categories of a tier, else of each by its own history.

    As `tier_coefficients`, whose coefficient of the tier stands where a category has none of its own.
    """
    of_tiers = tier_coefficients(given, years, weights, select, of)
    coefficients = np.repeat(of_tiers[:, None], len(CATEGORIES), axis=1)
    money, weight = _money_and_weights(years, weights, select, of)
    own = np.array(_relative(money.ravel(), weight.ravel()), dtype=np.int64).reshape(money.shape)
    for level, value in enumerate(given.unread(COUNTY)):
        if value is None:
            coefficients[level] = np.where(own[level] > 0, own[level], of_tiers[level])
    return coefficients


def _money_and_weights(
    years: Sequence[ClosedYear], weights: Ints, select: Callable[[Claims], Mask], of: Literal["charge", "statutory"]
) -> tuple[Money, Ints]:
    """[tier, category] money, fen, and weights x cases, ppm, of the selected claims of some years."""
    size = len(TIERS) * len(CATEGORIES)
    money, weight = np.zeros((2, size), dtype=np.int64)
    for year in years:
        rows = select(year.claims)
        check_groups(year.claims, rows, len(weights))
        cell = year.claims.tier[rows] * len(CATEGORIES) + year.claims.category[rows]
        money += sum_by(cell, getattr(year.claims, of)[rows], size)
        weight += sum_by(cell, product(weights[year.claims.group[rows]], year.claims.cases[rows]), size)
    return money.reshape(len(TIERS), -1), weight.reshape(len(TIERS), -1)


def _relative(money: Money, weight: Ints) -> list[int]:
    """(Money / weight) / (all money / all weight), ppm, rounded half up; 0 without weight."""
    whole_money, whole_weight = int(money.sum()), int(weight.sum())
    return [rounded(int(m) * whole_weight * PPM, int(w) * whole_money) for m, w in zip(money, weight, strict=True)]


def cell_values(given: ByTier[TierCoefficient], table: Ints, claims: Claims, rows: Mask) -> Ints:
    """[row] values of a [tier, group] or [tier, category, group] table made with coefficients of tiers; the rows' tiers
    count as read."""
    tier = claims.tier[rows]
    given.look(np.unique(tier).tolist())
    by_kind = (claims.category[rows],) if table.ndim == 3 else ()
    values: Ints = table[(tier, *by_kind, claims.group[rows])]
    return values


def all_given(given: ByTier[TierCoefficient]) -> bool:
    """Whether every tier of the county has a given value; then no past is needed, and all of them count as read."""
    complete = None not in given.unread(COUNTY)
    if complete:
        given.look(range(COUNTY + 1))
    return complete


def weighted(weights: Ints, coefficients: Ints) -> Ints:
    """Weight times coefficient, both ppm, in ppm, rounded half up."""
    return parts(weights, coefficients)


def by_tier_and_group(weights: Ints, coefficients: Ints) -> Ints:
    """[tier, group] weight x coefficient of the tier, ppm."""
    return np.array([weighted(weights, np.full_like(weights, c)) for c in coefficients])


def minus_patient(standard: Money, claims: Claims, rows: Mask, terms: Any) -> Money:
    """Fund money due = standard - (charge - statutory): all but the statutory part is collected from others.

    It is negative where the patient side exceeds the standard; `floor` of the terms, which is read only if there is
    such a row, lifts it to zero.
    """
    due: Money = standard - (claims.charge[rows] - claims.statutory[rows])
    return np.maximum(due, 0) if (due < 0).any() and terms.floor else due


def incentives_of_charges(history: History) -> Incentives:
    """Fee for service: every yuan charged comes back, the fund's share of it is debited to the budget."""
    share = fund_share(history)
    return Incentives(np.ones_like(share), share)


def incentives_of_prices(history: History, categories: tuple[int, ...]) -> Incentives:
    """A price for each bill: its revenue does not depend on its charge; what the patient pays more, the fund pays less.

    A bill of which the benefit covers nothing has no price: all of it comes from the patient.
    """
    alone = uncovered_share(history)
    return _in_county(history, categories, alone, fund_share(history) + alone - 1.0)


def incentives_of_shares(history: History, categories: tuple[int, ...]) -> Incentives:
    """A part of a pool for each bill, whatever its charge: only the patient's part of a marginal yuan is kept."""
    patient = 1.0 - fund_share(history)
    spared = np.ones_like(patient)
    spared[np.ix_(range(COUNTY + 1), categories)] = 0.0
    return _in_county(history, categories, patient, np.zeros_like(patient))._replace(spared=spared)


def _in_county(history: History, categories: tuple[int, ...], returned: Floats, debited: Floats) -> Incentives:
    """Incentives of fee for service, except for care of some categories in the county, whose shares are given.

    Args:
        history: what is known of the past.
        categories: `STAYS` or `VISITS`.
        returned, debited: [tier, category] shares; only those of the county and the categories are taken.
    """
    base = incentives_of_charges(history)
    place = np.ix_(range(COUNTY + 1), categories)
    base.returned[place], base.debited[place] = returned[place], debited[place]
    return base
