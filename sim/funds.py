"""The funds of a county side by side: whose bills each pays, on what terms, and what both together ask of providers.

Payment, settlement and their identities know one fund, that of "residents".  The employee fund is the same seen from
the other side (`seen_from`): its own persons are taken for residents and residents for the others.  So every scheme,
budget and identity holds for it unchanged, with its own history, heads, budgets and books.
Source: A4 (doc 003), which lets the budgets of the two insurances grow at different rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim import fund, settlement
from sim.config import SimConfig
from sim.handover import ClosedYear, Incentives, Stake, close_year, resident_rows, sum_by
from sim.payment import ffs
from sim.payment.contract import fee_for_service
from sim.tables import (
    CATEGORIES,
    EMPLOYEE_INSURED,
    RESIDENT_INSURED,
    TIERS,
    UNINSURED,
    Claims,
    Floats,
    Flows,
    FundYear,
    Ints,
    Population,
)

SEEN = {
    RESIDENT_INSURED: np.array([UNINSURED, RESIDENT_INSURED, EMPLOYEE_INSURED], dtype=np.int64),
    EMPLOYEE_INSURED: np.array([UNINSURED, EMPLOYEE_INSURED, RESIDENT_INSURED], dtype=np.int64),
}
"""By the insurance of a fund: the insurance that each insurance is taken for."""


class FundBooks(NamedTuple):
    """What one fund carries from year to year."""

    closed: tuple[ClosedYear, ...] = ()
    """Closed years as the fund sees them, oldest first."""
    fund: FundYear | None = None
    """Last year's books."""
    held: int = 0
    """Risk reserve held, fen."""
    signed: Ints | None = None
    """[community] its persons signed with a family doctor at the end of last year."""


class Heads(NamedTuple):
    """A fund's persons at the end of a year."""

    insured: Ints
    """[community] persons insured by it."""
    signed: Ints
    """[community] those signed with a family doctor."""


class Terms(NamedTuple):
    """A fund and its rules."""

    insurance: int
    name: str
    """For messages; "" for the resident fund."""
    config: SimConfig
    """The arm's configuration with this fund's own terms."""
    paid_by: Any
    """Its payment scheme's configuration."""


def in_force(config: SimConfig, paid_by: Any) -> tuple[Terms, ...]:
    """The funds of the county, the residents' first."""
    residents = Terms(RESIDENT_INSURED, "", config, paid_by)
    if not config.fund.employee.apply:
        return (residents,)
    own = {"fund": fund.of_employees(config.fund), "settlement": settlement.of_employees(config.settlement)}
    scheme = paid_by if config.fund.employee.payment == "same" else ffs.Config()
    return residents, Terms(EMPLOYEE_INSURED, "employee fund", config.model_copy(update=own), scheme)


def kept_by(terms: Sequence[Terms], books: Sequence[FundBooks], heads: Sequence[Heads]) -> tuple[FundBooks, ...]:
    """The books of the funds in force: an arm may drop a fund, or open one that the history years had no books of.

    Until then bills were paid as billed, so its past is what was billed; its balance opens with the first year.

    Args:
        terms: the funds in force.
        books: those kept so far.
        heads: of each closed year, persons of the fund that may be opened.
    """
    if len(books) >= len(terms):
        return tuple(books[: len(terms)])
    closed = []
    for year, persons in zip(books[0].closed, heads, strict=True):
        claims = claims_seen_from(terms[-1].insurance, year.claims)
        closed.append(close_year(year.year, claims, fee_for_service(claims), persons.insured))
    return (*books, FundBooks(tuple(closed), signed=heads[-1].signed))


def claims_seen_from(insurance: int, claims: Claims) -> Claims:
    """Claims as the fund of an insurance sees them: its own persons' are those of "residents"."""
    return claims._replace(insurance=SEEN[insurance][claims.insurance])


def people_seen_from(insurance: int, population: Population) -> Population:
    """Persons as the fund of an insurance sees them."""
    return population._replace(insurance=SEEN[insurance][population.insurance])


def seen_from(insurance: int, flows: Flows) -> Flows:
    """A year as the fund of an insurance sees it; the residents' sees it as it is."""
    if insurance == RESIDENT_INSURED:
        return flows
    claims, people = claims_seen_from(insurance, flows.claims), people_seen_from(insurance, flows.population)
    return flows._replace(claims=claims, population=people)


class Outlook(NamedTuple):
    """What one fund's rules offer in the coming year, and the last year they are judged by."""

    incentives: Incentives
    stake: Stake
    last: ClosedYear


def together(outlooks: Sequence[Outlook]) -> tuple[Incentives, Stake]:
    """What the funds offer together: incentives weighted by charges, stakes by fund money of the last closed year.

    The part of a surplus that reaches primary units is that of the money that is kept.  One fund alone is itself.
    """
    if len(outlooks) == 1:
        return outlooks[0].incentives, outlooks[0].stake
    charges = [_charges(outlook.last) for outlook in outlooks]
    money = [outlook.last.spent.astype(np.float64) for outlook in outlooks]
    stakes = [outlook.stake for outlook in outlooks]
    kept = [float(m @ stake.kept) for m, stake in zip(money, stakes, strict=True)]
    primary = _mean([np.array(stake.primary_share) for stake in stakes], [np.array(k) for k in kept])
    return (
        Incentives(
            _mean([o.incentives.returned for o in outlooks], charges),
            _mean([o.incentives.debited for o in outlooks], charges),
        ),
        Stake(
            _mean([stake.kept for stake in stakes], money),
            _mean([stake.adequacy for stake in stakes], money),
            float(primary),
            np.sum([stake.heads for stake in stakes], axis=0),
        ),
    )


def _charges(year: ClosedYear) -> Floats:
    """[tier, category] charges of the fund's persons."""
    mine = resident_rows(year.claims)
    cell = (year.claims.tier * len(CATEGORIES) + year.claims.category)[mine]
    sums = sum_by(cell, year.claims.charge[mine], len(TIERS) * len(CATEGORIES))
    return sums.astype(np.float64).reshape(len(TIERS), len(CATEGORIES))


def _mean(values: Sequence[Floats], weights: Sequence[Floats]) -> Floats:
    """Weighted mean, element by element; that of the first where nothing weighs."""
    top = np.sum([v * w for v, w in zip(values, weights, strict=True)], axis=0)
    whole = np.sum(weights, axis=0)
    return np.asarray(np.divide(top, whole, out=np.array(values[0], dtype=np.float64), where=whole > 0))
