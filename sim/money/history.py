"""What payment, settlement, response and the engine hand to each other: closed years, incentives, stakes, policies.

Stages never import each other; besides the tables of `sim.tables` they meet in these small records.
All money is int64 fen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.core.arrays import correlation, sum_by
from sim.core.units import Money
from sim.tables import (
    CATEGORIES,
    INPATIENT,
    MONEY_COLUMNS,
    RESIDENT_INSURED,
    TIERS,
    Claims,
    Floats,
    Ints,
    Population,
    resident_rows,
)

SUMMED = ("cases", "days", "wait", *MONEY_COLUMNS)
"""Columns that `condense` adds up."""

BLANKED = {"month": -1, "day": -1, "resident": -1, "severity": 0, "admitted": -1}
"""What `condense` writes into columns that have no meaning in a sum."""

LAST_MONTH = 11

AGE_BAND, AGE_BANDS = 10, 9
"""Years of an age band, and their number: 0-9, 10-19, ... 70-79, 80 and over, as illness and the census have them."""


class Insured(NamedTuple):
    """The persons insured with a fund in a year by age, and what it paid for them by the benefit rules."""

    heads: Ints
    """[community, age band] persons; bands of `AGE_BAND` years, the last one open."""
    spent: Money
    """[age band] fund money, wherever they were treated."""
    benefit: float = 1.0
    """Level of deductibles and limits against charges, relative to year 0."""
    at_levels: Money = np.zeros(0, dtype=np.int64)
    """Fund money for the same bills had that level been so many times what it was (`BENEFIT_LEVELS`);
    empty: not known."""


class ClosedYear(NamedTuple):
    """What later years remember of a closed year; small, so memory does not grow with the number of claims."""

    year: int
    """0-based model year."""
    claims: Claims
    """Claims summed by provider, home, insurance, category, group, referral, signing and whether the fund bears a part
    (`condense`)."""
    spent: Money
    """[community] fund money due for the community's residents, wherever they were treated."""
    heads: Ints
    """[community] resident-insured persons the community answers for."""
    earned: Money = np.zeros(0, dtype=np.int64)
    """[community] fund money due to its member institutions, whoever they treated; empty: not known."""
    counters: Ints = np.zeros((0, 0), dtype=np.int64)
    """[provider, PROVIDER_COUNTERS] what the engine counted; empty where claims are all that is known."""
    stays: Money | None = None
    """[community] the part of ``spent`` that is for stays; None: not known."""
    earned_stays: Money | None = None
    """[community] the part of ``earned`` that is for stays; None: not known."""
    insured: Insured | None = None
    """Its persons by age; None: not known, as of a user's own claims."""

    @property
    def ages(self) -> Ints:
        """[community, age band] its insured persons; all in one band where ages are not known."""
        return self.heads[:, None] if self.insured is None else self.insured.heads


class SignedList(NamedTuple):
    """Persons signed with the family doctors of the communities, month by month, where they are known one by one."""

    costs: Money
    """[community, month] base-year cost of the persons on that month's list, fen."""
    months: Ints
    """[community] months on the list, added over persons."""


class Roll(NamedTuple):
    """Resident-insured persons who are signed with a family doctor in a year, or in some months of it."""

    key: Ints
    community: Ints
    first: Ints | int = 0
    """First month 0..11 in which the person is signed."""
    last: Ints | int = LAST_MONTH
    """Last month; before December where a contract lapsed."""
    band: Ints | None = None
    """Age band of the person; None: not known, as if all were of an age."""


class BaseCosts(NamedTuple):
    """What each resident-insured person cost in a closed year, wherever treated; one row a person, sorted by key."""

    key: Ints
    community: Ints
    """Community that answered for the person then."""
    fund: Money
    """Fund money, all care."""
    fund_visits: Money
    """Fund money, outpatient and chronic visits only."""
    charge: Money
    charge_visits: Money
    band: Ints | None = None
    """Age band then; None: not known, as if all were of an age."""
    months: Ints | None = None
    """Months of that year in which the person was signed with a family doctor; None: not known, as if nobody was."""


class History(NamedTuple):
    """What payment knows of the past, and of the persons of the year that is to be paid for."""

    closed: tuple[ClosedYear, ...]
    """Closed years, oldest first; none in a first year (`sim.money.base_years.NoPast`)."""
    reform: int
    """First year under the payment asked about: closed years before it are its base years."""
    year: int
    """The year to prepare."""
    heads: Ints
    """[community] resident-insured persons in that year."""
    weights: Ints
    """[inpatient group] relative weight of a case group, parts per million."""
    growth: float
    """Known yearly growth of charges; budgets and rates without a growth of their own follow it."""
    signed: Ints | None = None
    """[community] resident-insured persons signed with a family doctor, in a simulated year at its end; None: not
    known, all count as signed."""
    visit_weights: Ints | None = None
    """[outpatient group] relative weight of a visit, parts per million; None: all alike."""
    listed: SignedList | None = None
    """The signed list of the year; None: signed persons are known by number only."""
    ages: Ints | None = None
    """[community, age band] resident-insured persons in the year to prepare; None: not known."""
    benefit: float = 1.0
    """Known level of deductibles and limits against charges in the year to prepare, relative to year 0."""


def watched(history: History) -> tuple[History, set[str]]:
    """The same history, and the names of its parts that are looked at from now on; copies remember together.

    >>> same, seen = watched(History((), 0, 0, np.array([3]), np.array([1]), 0.06))
    >>> int(same.heads[0]), int(same._replace(year=1).weights[0]), sorted(seen)
    (3, 1, ['heads', 'weights'])
    """
    seen: set[str] = set()

    class Watched(History):
        """A history that remembers what was looked at."""

        def __getattribute__(self, name: str) -> Any:
            if name in History._fields:
                seen.add(name)
            return super().__getattribute__(name)

    return Watched(*history), seen


class Incentives(NamedTuple):
    """What one more yuan of charge brings under a scheme, before settlement; [tier, category], 0..1."""

    returned: Floats
    """Share that comes back to the provider from fund and patient; exactly 1 under fee for service."""
    debited: Floats
    """Share charged to the community's budget; negative where the scheme pays less as the patient pays more."""
    spared: Floats | float = 1.0
    """[tier, category] share of the fund money of a case that is not spent if the case is avoided, 0..1: 1 where each
    case is paid for, 0 where a pool or an amount per head is spent whatever is avoided."""


class Prospect(NamedTuple):
    """What full prevention effort would move of the money that budgets are charged, in a mean year; fen a head.

    As the model's own illness and claims have it: a community that expects this is right.
    """

    saved: float
    """Stays avoided and shortened."""
    added: float
    """Chronic visits of those who are found."""


class Stake(NamedTuple):
    """What a community has to win from saving a yuan of fund money."""

    kept: Floats
    """[community] expected share of a saved fund yuan that the community keeps, 0..1; 0 without a budget."""
    adequacy: Floats
    """[community] budget / expected cost; 1 without a budget."""
    primary_share: float
    """Share of a surplus that reaches township centres and village clinics."""
    heads: Ints
    """[community] resident-insured persons."""
    current: Floats | float = 0.0
    """[community] weight of this year's spending in next year's budget, 0..1: what a moving base takes back."""
    won: Floats | float = 0.0
    """[community] part of a fund yuan spent this year that the first budget of an announced reform brings, 0..1."""
    reach: Floats | float = 1.0
    """[community] part of its persons whom the budget answers for, 0..1: all, or those signed under their quota."""


class Known(NamedTuple):
    """What distribution knows of a year besides its claims."""

    weights: Ints = np.zeros(0, dtype=np.int64)
    """[inpatient group] relative weights, ppm; empty: every stay weighs 1."""
    counters: Ints = np.zeros((0, 0), dtype=np.int64)
    """[provider, PROVIDER_COUNTERS] of a simulated year; empty: claims are all that is known."""
    years: int = 0
    """Years since the reform."""
    pooled: Ints = np.zeros(0, dtype=np.int64)
    """[community] balance of the construction pool before the year, fen; empty: nothing."""


class Policy(NamedTuple):
    """What providers and communities do in a year because of the money."""

    intensity: Floats
    """[tier, category] multiplier of the charge of a case; 1 = as under fee for service."""
    prevention: Floats
    """[community] prevention effort 0..1."""
    covered: Floats
    """[tier, category] multiplier of the part of a charge within the catalogue; 1 = nothing is shifted."""
    quota: Money
    """[community] budget of the year that its members see used up, fen; 0: they see none."""
    restraint: Floats
    """[2] strength and floor of the restraint as the quota runs out."""
    prevention_paid: Floats = np.zeros(0)
    """[community] what prevention costs it, fen a head; empty: nothing."""


def condense(claims: Claims) -> Claims:
    """Sum claims by provider, home, insurance, category, group, referral and signing; integer sums, so nothing is lost.

    Bills of which the benefit covers nothing are summed apart: no scheme prices them.  Rows come out in the order of
    that key; columns that then mean nothing are blanked (`BLANKED`).
    """
    if len(claims.cases) == 0:
        return claims
    names = ("provider", "home", "insurance", "category", "group", "referred", "signed")
    columns = [*(getattr(claims, name) for name in names), (claims.statutory != 0).astype(np.int64)]
    lows = [int(column.min()) for column in columns]
    spans = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    key = np.zeros(len(claims.cases), dtype=np.int64)
    for column, low, span in zip(columns, lows, spans, strict=True):
        key = key * span + (column - low)
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    first = order[starts]
    summed = {name: np.add.reduceat(getattr(claims, name)[order], starts) for name in SUMMED}
    blank = {name: np.full(len(first), value, dtype=np.int64) for name, value in BLANKED.items()}
    same = {name: getattr(claims, name)[first] for name in (*names, "year", "tier", "community")}
    return Claims(**summed, **same, **blank)


def ages_of(population: Population, communities: int) -> Ints:
    """[community, age band] resident-insured persons."""
    insured = population.insurance == RESIDENT_INSURED
    cell = population.community[insured] * AGE_BANDS + age_band(population.age[insured])
    return np.bincount(cell, minlength=communities * AGE_BANDS).astype(np.int64).reshape(communities, AGE_BANDS)


def insured_of(population: Population, communities: int) -> Insured:
    """The resident-insured persons of a year that is over."""
    insured = population.insurance == RESIDENT_INSURED
    spent = sum_by(age_band(population.age[insured]), population.statutory[insured], AGE_BANDS)
    return Insured(ages_of(population, communities), spent)


def age_band(age: Ints) -> Ints:
    """Number of the age band.

    >>> age_band(np.array([0, 9, 10, 79, 80, 104])).tolist()
    [0, 0, 1, 7, 8, 8]
    """
    return np.minimum(age // AGE_BAND, AGE_BANDS - 1)


def closed_year(
    year: int,
    claims: Claims,
    receipts: Money,
    heads: Ints,
    counters: Ints | None = None,
    insured: Insured | None = None,
) -> ClosedYear:
    """What later years need of a year that is over.

    Args:
        year: 0-based model year.
        claims: all claims of the year.
        receipts: fund money due per claim row (`sim.tables.Payments.receipts`).
        heads: [community] resident-insured persons.
        counters: [provider, counter] of the engine; None: not known.
        insured: its persons by age; None: not known.
    """
    count, stays = len(heads), np.equal(claims.category, INPATIENT)
    return ClosedYear(
        year=year,
        claims=condense(claims),
        spent=sum_by(claims.home, receipts, count),
        heads=heads,
        earned=sum_by(claims.community, receipts, count),
        counters=np.zeros((0, 0), dtype=np.int64) if counters is None else counters,
        stays=sum_by(claims.home[stays], receipts[stays], count),
        earned_stays=sum_by(claims.community[stays], receipts[stays], count),
        insured=insured,
    )


def signed_roll(population: Population) -> Roll:
    """Resident-insured persons who are signed, and in which months (`sim.county.family_doctors.signed_in`)."""
    first, last = signed_months(population)
    on_roll = (population.insurance == RESIDENT_INSURED) & (last >= first)
    columns = (population.key, population.community, first, last, age_band(population.age))
    return Roll(*(column[on_roll] for column in columns))


def signed_months(population: Population) -> tuple[Ints, Ints]:
    """[person] first and last month of the year in which the person is signed; the last before the first: in none."""
    signed, month = population.signed, population.signed_month
    return np.where(signed == 1, month, 0), np.where(signed > 0, LAST_MONTH, month - 1)


def signed_heads(roll: Roll, communities: int) -> Ints:
    """[community] persons signed at the year's end: those whose contract began or was renewed in the year."""
    stays = np.broadcast_to(np.equal(roll.last, LAST_MONTH), roll.community.shape)
    return np.bincount(roll.community[stays], minlength=communities).astype(np.int64)


def base_costs(population: Population) -> BaseCosts:
    """What each resident-insured person cost in the year, sorted by key."""
    rows = np.flatnonzero(population.insurance == RESIDENT_INSURED)
    rows = rows[np.argsort(population.key[rows], kind="stable")]
    names = ("key", "community", "statutory", "statutory_visits", "charge", "charge_visits")
    first, last = signed_months(population)
    key, community, *amounts = (getattr(population, name)[rows] for name in names)
    fund, fund_visits, charge, charge_visits = amounts
    band, months = age_band(population.age[rows]), (last - first + 1)[rows]
    return BaseCosts(key, community, fund, fund_visits, charge, charge_visits, band, months)


def persistence(before: BaseCosts, key: Ints, fund: Money) -> float:
    """Correlation of persons' fund money between two years, over those known in both; nan for fewer than three.

    Args:
        before: of the earlier year.
        key: [person] of the later year.
        fund: [person] their money in the later year, fen.
    """
    if not len(before.key):
        return float("nan")
    place = np.minimum(np.searchsorted(before.key, key), len(before.key) - 1)
    known = before.key[place] == key
    return correlation(before.fund[place[known]], fund[known])


def fund_share(history: History) -> Floats:
    """[tier, category] statutory share of resident-insured charges in the last closed year; 0 without charges."""
    return _share_of_charges(history, history.closed[-1].claims.statutory)


def uncovered_share(history: History) -> Floats:
    """[tier, category] share of the same charges on bills of which the benefit covers nothing; 0 without charges."""
    claims = history.closed[-1].claims
    return _share_of_charges(history, np.where(claims.statutory == 0, claims.charge, 0))


def _share_of_charges(history: History, amounts: Money) -> Floats:
    """[tier, category] amounts of resident-insured rows of the last closed year over their charges."""
    claims = history.closed[-1].claims
    keep = resident_rows(claims)
    cell = claims.tier[keep] * len(CATEGORIES) + claims.category[keep]
    size = len(TIERS) * len(CATEGORIES)
    charge, part = sum_by(cell, claims.charge[keep], size), sum_by(cell, amounts[keep], size)
    share = np.divide(part, charge, out=np.zeros(size), where=charge > 0)
    return share.reshape(len(TIERS), len(CATEGORIES))
