"""What an arm and its funds carry from year to year."""

from __future__ import annotations

from typing import NamedTuple

from sim.money.history import BaseCosts, ClosedYear, Insured, Policy, Roll
from sim.money.ledger.carry import CarriedLedger, YearBook, no_books
from sim.money.paid_year import PaidYear
from sim.outcomes.outcome import Row
from sim.tables import Claims, FundYear, Ints, Settlement


class FundBooks(NamedTuple):
    """What one fund carries from year to year."""

    closed: tuple[ClosedYear, ...] = ()
    """Closed years as the fund sees them, oldest first."""
    paid: PaidYear | None = None
    """Last year, paid, settled and booked; no earlier one is kept, so memory does not grow with the years."""
    held: int = 0
    """Risk reserve held, fen."""
    roll: Roll | None = None
    """Its persons signed with a family doctor last year."""
    base: BaseCosts | None = None
    """What each of its persons cost in the last year before the arm's payment: base year of a quota of the signed."""
    ledger: CarriedLedger = no_books(keep=False)
    """The fund's ledger between two years: balances by account, and the entries if they are to be saved."""

    @property
    def fund(self) -> FundYear | None:
        """Last year's books; what they accumulated goes on."""
        return None if self.paid is None else self.paid.fund

    @property
    def settled(self) -> Settlement | None:
        """Last year's settlement: what its construction pools hold goes on."""
        return None if self.paid is None else self.paid.settled


class Waiting(NamedTuple):
    """What is kept of a fund's persons while the fund has no books, should an arm open it after the history years."""

    insured: tuple[Insured, ...] = ()
    """By closed year: persons insured by it."""
    roll: Roll | None = None
    """As in `FundBooks`."""
    base: BaseCosts | None = None


class Books(NamedTuple):
    """What an arm carries from year to year."""

    rows: tuple[Row, ...]
    """Outcomes so far."""
    funds: tuple[FundBooks, ...]
    """Each fund in force, the residents' first."""
    employees: Waiting
    """The employee-insured, for an arm that opens their fund after history years without it."""
    policy: Policy
    """Last year's policy."""
    fixed_cost: Ints | None
    """[provider] fixed cost of the last history year, fen."""
    needs: float
    """Needs to expect of that year's residents by their ages, relative to the first year's (`Flows.needs`)."""
    claims: tuple[Claims, ...]
    """Single claims by year, when they are to be saved."""
    weights: Ints
    """[inpatient group] relative weights, ppm: the group tables are read once."""
    visit_weights: Ints
    """[outpatient group] relative weights of visits, ppm."""
    capped: bool = True
    """In every year of the arm's payment the fund's income held the budgets of residents down."""

    @property
    def closed(self) -> tuple[ClosedYear, ...]:
        """Closed years of the resident fund, oldest first."""
        return self.funds[0].closed

    @property
    def insured(self) -> int:
        """Persons insured with the resident fund in the last closed year; before any, there is nobody to ask about."""
        return int(self.closed[-1].heads.sum()) if self.closed else 0

    @property
    def fund(self) -> FundYear | None:
        """Last year's books of the resident fund."""
        return self.funds[0].fund

    @property
    def ledgers(self) -> tuple[YearBook, ...]:
        """Entries of the closed years, fund by fund, if they are kept."""
        return tuple(year for fund_books in self.funds for year in fund_books.ledger.years or ())

    @property
    def roll(self) -> Roll | None:
        """Resident-insured persons signed with a family doctor last year."""
        return self.funds[0].roll

    @property
    def settled(self) -> Settlement | None:
        """Last year's settlement of the resident fund."""
        return self.funds[0].settled
