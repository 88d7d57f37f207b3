"""The year's records in, integer sums by tier and category out: every measure divides these once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.arrays import sum_by
from sim.money.history import BaseCosts
from sim.money.paid_year import PaidYear
from sim.outcomes.outcome import Outcome, Row
from sim.tables import (
    CATEGORIES,
    EMPLOYEE_INSURED,
    INPATIENT,
    PROVIDER_COUNTERS,
    QUINTILES,
    REFERRED_UP,
    RESIDENT_INSURED,
    TIERS,
    Floats,
    Flows,
    FundYear,
    Ints,
    Payments,
    Providers,
    ScoredPay,
    Settlement,
    first_parts,
    resident_rows,
)

TIER_COUNT = len(TIERS)
CATEGORY_COUNT = len(CATEGORIES)
FEN = 100.0
_ADMISSIONS, _REFERRED_DOWN = (PROVIDER_COUNTERS.index(name) for name in ("admissions", "referred_down"))


class YearRecord(NamedTuple):
    """Everything `measure` needs to know about one year of one run."""

    year: int
    """0-based, history years included."""
    flows: Flows
    residents: PaidYear
    """The resident fund's year, booked."""
    fixed_cost: Ints
    """Fixed cost of the year per provider, fen."""
    prevention_cost: Ints
    """What communities spent on prevention and chronic management, per tier, fen."""
    other_income: Ints = np.zeros(TIER_COUNT, dtype=np.int64)
    """Income of the tiers outside claims and settlement (signing fees, subsidies), fen."""
    scored: ScoredPay | None = None
    """Pay and subsidy of the institutions that scores scale; None where none are scored."""
    days: int = 365
    """Days in the simulated year, for bed occupancy."""
    income_growth: float = float("nan")
    """Growth a year of the resident fund's income per head."""
    employee: PaidYear | None = None
    """The employee fund's year; None: it has no books, and its bills are paid as billed."""

    base: BaseCosts | None = None
    """What each person cost the resident fund in the last year before the reform, or before this one; None: unknown."""

    @property
    def providers(self) -> Providers:
        """Institutions."""
        return self.residents.providers

    @property
    def payments(self) -> Payments:
        """What the resident fund owes for its claims."""
        return self.residents.payments

    @property
    def settlement(self) -> Settlement:
        """The resident fund's settlement."""
        return self.residents.settled

    @property
    def fund(self) -> FundYear:
        """The resident fund's books of the year."""
        return self.residents.books


class Episodes(NamedTuple):
    """Inpatient episodes of the resident-insured by [tier of admission]: a need treated, wherever it is finished.

    An episode counts in the year in which its first part is billed, its days and money in the year of each bill: so
    what episodes cost in a year is what stays cost in it, to the fen.
    """

    cases: Ints
    referred: Ints
    """Of them after a referral up."""
    days: Ints
    wait: Ints
    """Minutes waited for the first bed."""
    charge: Ints
    patient: Ints


class YearSums(NamedTuple):
    """Sums of the resident-insured claims by [tier, category], and what the other claims add to providers."""

    code: Ints
    """Per person: income quintile 0..4 of the resident-insured, `QUINTILES` for everybody else."""
    heads_by_quintile: Ints
    """Resident-insured persons by income quintile."""
    heads: int
    """Resident-insured persons."""
    persons: int
    """All persons of the county."""
    cases: Ints
    charge: Ints
    covered: Ints
    statutory: Ints
    catastrophic: Ints
    assistance: Ints
    patient: Ints
    cost: Ints
    days: Ints
    wait: Ints
    receipts: Ints
    episodes: Episodes
    settled_cases: Ints
    """[category] cases of resident-insured persons of which the fund paid something."""
    settled_charge: Ints
    """[category] their charges, fen."""
    other_charge: Ints
    """[tier] charges of persons who are not resident-insured, fen."""
    other_cost: Ints
    """[tier] variable cost of serving them, fen."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One module of outcomes: what it declares and the function that measures it.

    The catalogue and `measure` both follow from these records (`sim.outcomes.catalogue.PARTS`).
    """

    outcomes: tuple[Outcome, ...]
    measure: Callable[[YearRecord, YearSums], list[Row]]
    """(record, its sums) -> rows of the outcomes above; an outcome of what is not in use has no rows."""


def sum_year(record: YearRecord) -> YearSums:
    """Sum the year's claims by tier and category."""
    claims, people = record.flows.claims, record.flows.population
    code = np.where(people.insurance == RESIDENT_INSURED, people.quintile, QUINTILES)
    heads = np.bincount(code, minlength=QUINTILES + 1)[:QUINTILES]
    residents = resident_rows(claims)
    others = ~residents
    cells = (claims.tier * CATEGORY_COUNT + claims.category)[residents]

    def cell_sums(column: Ints) -> Ints:
        return sum_by(cells, column[residents], TIER_COUNT * CATEGORY_COUNT).reshape(TIER_COUNT, CATEGORY_COUNT)

    return YearSums(
        code=code,
        heads_by_quintile=heads,
        heads=int(heads.sum()),
        persons=int(people.key.size),
        cases=cell_sums(claims.cases),
        charge=cell_sums(claims.charge),
        covered=cell_sums(claims.covered),
        statutory=cell_sums(claims.statutory),
        catastrophic=cell_sums(claims.catastrophic),
        assistance=cell_sums(claims.assistance),
        patient=cell_sums(claims.patient),
        cost=cell_sums(claims.cost),
        days=cell_sums(claims.days),
        wait=cell_sums(claims.wait),
        receipts=cell_sums(record.payments.receipts),
        episodes=sum_episodes(record.flows),
        settled_cases=record.flows.settled[RESIDENT_INSURED, :, 0],
        settled_charge=record.flows.settled[RESIDENT_INSURED, :, 1],
        other_charge=sum_by(claims.tier[others], claims.charge[others], TIER_COUNT),
        other_cost=sum_by(claims.tier[others], claims.cost[others], TIER_COUNT),
    )


def sum_episodes(flows: Flows) -> Episodes:
    """Sum the year's resident-insured stays by the tier where their episode began."""
    claims = flows.claims
    stays = resident_rows(claims) & (claims.category == INPATIENT)
    admitted, first = claims.admitted[stays], first_parts(claims)[stays]

    def summed(column: Ints) -> Ints:
        return sum_by(admitted, column[stays], TIER_COUNT)

    cases = claims.cases[stays] * first
    return Episodes(
        cases=sum_by(admitted, cases, TIER_COUNT),
        referred=sum_by(admitted, cases * (claims.referred[stays] == REFERRED_UP), TIER_COUNT),
        days=summed(claims.days),
        wait=summed(claims.wait),
        charge=summed(claims.charge),
        patient=summed(claims.patient),
    )


def begun_episodes(record: YearRecord) -> Ints:
    """[tier] episodes begun in the year, all persons: stays begun, less those that go on after a stepping down."""
    return provider_counter(record, _ADMISSIONS) - provider_counter(record, _REFERRED_DOWN)


def employee_extra(record: YearRecord) -> Ints:
    """[tier] what providers get for employees beyond their charges, fen: the fund's dues over bills, and transfers."""
    extra = np.zeros(TIER_COUNT, dtype=np.int64)
    if record.employee is None:
        return extra
    claims, paid = record.flows.claims, record.employee
    employees = claims.insurance == EMPLOYEE_INSURED
    extra += sum_by(claims.tier[employees], (paid.payments.receipts - claims.statutory)[employees], TIER_COUNT)
    if paid.settled.distributed.size:
        extra += paid.settled.distributed.sum(axis=0)
    return extra


def by_quintile(sums: YearSums, amounts: Ints) -> Ints:
    """Sums over the resident-insured of an amount per person, by income quintile."""
    return sum_by(sums.code, amounts, QUINTILES + 1)[:QUINTILES]


def persons_with(sums: YearSums, flag: npt.NDArray[np.bool_]) -> Ints:
    """Resident-insured persons for whom ``flag`` holds, by income quintile."""
    return np.bincount(2 * sums.code + flag, minlength=2 * QUINTILES + 2)[1 : 2 * QUINTILES : 2]


def provider_counter(record: YearRecord, column: int) -> Ints:
    """One provider counter summed by tier (all persons, whatever their insurance)."""
    return sum_by(record.providers.tier, record.flows.provider[:, column], TIER_COUNT)


def ratio(top: float, bottom: float) -> float:
    """``top / bottom``, nan when there is nothing to divide by."""
    return top / bottom if bottom else float("nan")


def ratios(top: Ints, bottom: Ints | Floats, scale: float = 1.0) -> list[float]:
    """Element by element ``scale * top / bottom``."""
    return [scale * ratio(t, b) for t, b in zip(top.tolist(), bottom.tolist(), strict=True)]


def rows(year: int, outcome: str, groups: tuple[str, ...] | list[str], values: list[float]) -> list[Row]:
    """One row per group."""
    return [(year, outcome, group, float(value)) for group, value in zip(groups, values, strict=True)]


def by_tier(year: int, outcome: str, top: Ints, bottom: Ints, scale: float = 1.0) -> list[Row]:
    """Rows of ``scale * top / bottom`` from two [tier] tables: the county, then the tiers."""
    county = scale * ratio(int(top.sum()), int(bottom.sum()))
    return [(year, outcome, "all", county), *rows(year, outcome, TIERS, ratios(top, bottom, scale))]


def divided(
    year: int, outcome: str, top: Ints, bottom: Ints, *, by: tuple[str, ...] = ("tier",), scale: float = 1.0
) -> list[Row]:
    """Rows of ``scale * top / bottom`` from two [tier, category] tables: the county, then each asked grouping."""
    out = [(year, outcome, "all", scale * ratio(int(top.sum()), int(bottom.sum())))]
    if "tier" in by:
        out += rows(year, outcome, TIERS, ratios(top.sum(axis=1), bottom.sum(axis=1), scale))
    if "category" in by:
        out += rows(year, outcome, CATEGORIES, ratios(top.sum(axis=0), bottom.sum(axis=0), scale))
    return out
