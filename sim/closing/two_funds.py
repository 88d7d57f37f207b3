"""The funds of a county side by side: whose bills each pays, and what both together ask of providers.

Payment, settlement and their identities know one fund, that of "residents".  The employee fund is the same seen from
the other side (`seen_from`): its own persons are taken for residents and residents for the others.  So every scheme,
budget and identity holds for it unchanged, with its own history, heads, budgets and books.
Source: A4 (doc 003), which lets the budgets of the two insurances grow at different rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.closing.books import FundBooks, Waiting
from sim.core.arrays import sum_by
from sim.county import benefit
from sim.county.leverage import paid_at_levels
from sim.money import fund
from sim.money.history import (
    ClosedYear,
    Incentives,
    Insured,
    Stake,
    base_costs,
    closed_year,
    insured_of,
    signed_roll,
)
from sim.money.ledger.carry import no_books
from sim.money.payment.scheme import fee_for_service
from sim.tables import (
    CATEGORIES,
    EMPLOYEE_INSURED,
    RESIDENT_INSURED,
    TIERS,
    UNINSURED,
    Claims,
    Floats,
    Flows,
    Ints,
    Population,
    resident_rows,
)

SEEN = {
    RESIDENT_INSURED: np.array([UNINSURED, RESIDENT_INSURED, EMPLOYEE_INSURED], dtype=np.int64),
    EMPLOYEE_INSURED: np.array([UNINSURED, EMPLOYEE_INSURED, RESIDENT_INSURED], dtype=np.int64),
}
"""By the insurance of a fund: the insurance that each insurance is taken for."""


def books_of(insurances: Sequence[int], books: Sequence[FundBooks], waiting: Waiting) -> tuple[FundBooks, ...]:
    """The books of the funds in force: an arm may drop a fund, or open one without books in the history years.

    Until then bills were paid as billed, so its past is what was billed; its balance opens with the first year.

    Args:
        insurances: of the funds in force.
        books: those kept so far.
        waiting: persons of the fund that may be opened.
    """
    if len(books) >= len(insurances):
        return tuple(books[: len(insurances)])
    closed = []
    for year, people in zip(books[0].closed, waiting.insured, strict=True):
        claims, heads = claims_seen_from(insurances[-1], year.claims), people.heads.sum(axis=1)
        closed.append(closed_year(year.year, claims, fee_for_service(claims), heads, year.counters, people))
    new = no_books(keep=books[0].ledger.years is not None)
    return (*books, FundBooks(tuple(closed), roll=waiting.roll, base=waiting.base, ledger=new))


def wait(waiting: Waiting, population: Population, people: Insured, history: bool) -> Waiting:
    """The employee-insured after one more year.

    Args:
        waiting: the years before.
        population: everybody.
        people: the employee-insured of the year.
        history: the year is before the arm's payment; the last such year is the base year of their costs.
    """
    employees = people_seen_from(EMPLOYEE_INSURED, population)
    base = base_costs(employees) if history else waiting.base
    return Waiting((*waiting.insured, people), signed_roll(employees), base)


class BenefitYear(NamedTuple):
    """The benefit as it stands in a year."""

    schedules: benefit.Config
    level: float
    """Its amounts, against those given."""
    against_charges: float
    """The same, against charges; 1 as in year 0."""


def benefit_in(terms: benefit.Config, growth: float, year: int) -> BenefitYear:
    """The benefit in a model year; ``growth`` is that of charges."""
    prices = (1.0 + growth) ** year
    level = benefit.level_of(terms, prices, year)
    return BenefitYear(benefit.at_level(terms, level), level, level / prices)


def insured(flows: Flows, insurance: int, communities: int, asked: BenefitYear | None) -> Insured:
    """The persons of an insurance in a closed year, and what the benefit ``asked`` for would do at other levels."""
    people = insured_of(people_seen_from(insurance, flows.population), communities)
    if asked is None:
        return people
    at_levels = paid_at_levels(benefit.compile_rules(asked.schedules), flows.claims, flows.population, insurance)
    return people._replace(benefit=asked.against_charges, at_levels=at_levels)


def enrolment_of(population: Population) -> fund.Enrolment:
    """Insured persons, and those whose contract began or was renewed in the year: each brings one signing fee."""
    insured = population.insurance == RESIDENT_INSURED
    return fund.Enrolment(int(insured.sum()), int((insured & (population.signed > 0)).sum()))


def claims_seen_from(insurance: int, claims: Claims) -> Claims:
    """Claims as the fund of an insurance sees them: its own persons' are those of "residents"."""
    return claims._replace(insurance=SEEN[insurance][claims.insurance])


def people_seen_from(insurance: int, population: Population) -> Population:
    """Persons as the fund of an insurance sees them."""
    return population._replace(insurance=SEEN[insurance][population.insurance])


def seen_from(insurance: int, flows: Flows) -> Flows:
    """A year as the fund of an insurance sees it; for the residents' fund nothing changes."""
    if insurance == RESIDENT_INSURED:
        return flows
    claims, people = claims_seen_from(insurance, flows.claims), people_seen_from(insurance, flows.population)
    order = np.argsort(SEEN[insurance])  # whose bills stand in the place of each insurance
    return flows._replace(claims=claims, population=people, billed=flows.billed[:, :, order])


class Outlook(NamedTuple):
    """What one fund's rules offer in the coming year, and the last year they are judged by."""

    incentives: Incentives
    stake: Stake
    last: ClosedYear
    budgets: Ints | None = None
    """[community] budgets expected, fen; None where nobody holds one."""


def together(outlooks: Sequence[Outlook]) -> tuple[Incentives, Stake]:
    """What the funds offer together: incentives weighted by charges, stakes by fund money of the last closed year.

    The share of a surplus that reaches primary units is weighted by the money that communities keep.  With one fund,
    its own values are returned.
    """
    if len(outlooks) == 1:
        return outlooks[0].incentives, outlooks[0].stake
    charges = [_charges(outlook.last) for outlook in outlooks]
    money = [outlook.last.spent.astype(np.float64) for outlook in outlooks]
    stakes = [outlook.stake for outlook in outlooks]
    kept_money = [float(m @ stake.kept) for m, stake in zip(money, stakes, strict=True)]
    primary = _mean([np.array(stake.primary_share) for stake in stakes], [np.array(k) for k in kept_money])
    return (
        Incentives(
            _mean([o.incentives.returned for o in outlooks], charges),
            _mean([o.incentives.debited for o in outlooks], charges),
            _mean([o.incentives.spared + np.zeros_like(o.incentives.debited) for o in outlooks], charges),
        ),
        Stake(
            _mean([stake.kept for stake in stakes], money),
            _mean([stake.adequacy for stake in stakes], money),
            float(primary),
            np.sum([stake.heads for stake in stakes], axis=0),
            *(
                _mean([getattr(stake, name) + np.zeros(len(stake.kept)) for stake in stakes], money)
                for name in ("current", "won", "reach")
            ),
        ),
    )


def _charges(year: ClosedYear) -> Floats:
    """[tier, category] charges of the fund's persons."""
    insured = resident_rows(year.claims)
    cell = (year.claims.tier * len(CATEGORIES) + year.claims.category)[insured]
    sums = sum_by(cell, year.claims.charge[insured], len(TIERS) * len(CATEGORIES))
    return sums.astype(np.float64).reshape(len(TIERS), len(CATEGORIES))


def _mean(values: Sequence[Floats], weights: Sequence[Floats]) -> Floats:
    """Weighted mean, element by element; the first value where all weights are 0."""
    top = np.sum([v * w for v, w in zip(values, weights, strict=True)], axis=0)
    total = np.sum(weights, axis=0)
    return np.asarray(np.divide(top, total, out=np.array(values[0], dtype=np.float64), where=total > 0))
