"""Exact accounting identities, checked in every run: a run that breaks one stops and says where."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.arrays import sum_by
from sim.core.errors import IdentityError
from sim.money.paid_year import PaidYear
from sim.tables import (
    MONEY_COLUMNS,
    NO_COMMUNITY,
    RESIDENT_INSURED,
    TIERS,
    Claims,
    Flows,
    FundYear,
    Ints,
    Payments,
    Population,
    Providers,
    Settlement,
)


def check_identities(
    flows: Flows,
    paid: PaidYear,
    *,
    opening: int | None = None,
    budget_holds_all: bool = True,
    persons: bool = True,
    where: str = "",
) -> None:
    """Raise `IdentityError` at the first identity that does not hold to the fen.

    Args:
        flows: the engine's year, as the fund sees it.
        paid: the year paid, settled and booked.
        opening: accumulated balance before the year; None leaves the carry-over unchecked.
        budget_holds_all: the communities' budgets answer for every claim of their residents, so that what is charged
            to them equals the receipts; False for schemes that budget only a part.
        persons: the population's yearly sums cover every claim of the year (they do unless claims of persons who are
            no longer in the table are among them).
        where: arm, replication and year, for the message.
    """
    check_claims(flows.claims, where)
    if persons:
        check_persons(flows.claims, flows.population, where)
    check_receipts(flows.claims, paid.payments, where)
    check_settlement(paid.settled, where)
    if paid.settled.units.size:
        check_units(paid.settled, paid.providers, where)
    if budget_holds_all and paid.settled.budget.size:
        _charged(flows.claims, paid.payments, paid.settled, paid.charged, where)
    check_fund(paid.payments, paid.settled, paid.books, opening, where)


class _Sides(NamedTuple):
    """Both sides of an identity, element by element, and the name of its rows."""

    left: Ints
    right: Ints
    row: str


def _equal(identity: str, sides: _Sides, where: str, detail: NamedTuple | None = None) -> None:
    wrong = np.flatnonzero(sides.left != sides.right)
    if wrong.size:
        first = int(wrong[0])
        left, right = int(sides.left[first]), int(sides.right[first])
        _fail(
            identity, f"{left} against {right} fen", f"{sides.row} {first}{_describe(detail, first)}", where, wrong.size
        )


def _equal_sums(identity: str, left: int, right: int, where: str) -> None:
    if int(left) != int(right):
        _fail(identity, f"{int(left)} against {int(right)} fen", "the year's sums", where, 1)


def _describe(table: NamedTuple | None, row: int) -> str:
    if table is None:
        return ""
    size = len(table[0])
    pairs = (
        f"{name}={column[row]}"
        for name, column in zip(table._fields, table, strict=True)
        if np.ndim(column) and len(column) == size
    )
    return " (" + ", ".join(pairs) + ")"


def _fail(identity: str, values: str, first: str, where: str, count: int) -> None:
    raise IdentityError(
        f"An accounting identity does not hold: {identity}",
        where=f"{where}: {first}" if where else first,
        value=values,
        bound=f"both sides equal to the fen; {count} row(s) differ, the first is shown",
        todo="this is a fault of the program: please report it with the seed and the configuration",
    )


def check_claims(claims: Claims, where: str = "") -> None:
    """Row by row: who pays adds up to the charge, nothing is negative, the catalogue part is within the charge."""
    paid = claims.statutory + claims.catastrophic + claims.assistance + claims.patient
    identity = "charge = statutory + catastrophic + assistance + patient"
    _equal(identity, _Sides(claims.charge, paid, "claim"), where, claims)
    for name in MONEY_COLUMNS:
        column: Ints = getattr(claims, name)
        _holds(f"{name} ≥ 0", column >= 0, column, where, claims)
    _holds("covered ≤ charge", claims.covered <= claims.charge, claims.covered, where, claims)


def _holds(rule: str, fine: npt.NDArray[np.bool_], column: Ints, where: str, claims: Claims) -> None:
    wrong = np.flatnonzero(~fine)
    if wrong.size:
        first = int(wrong[0])
        _fail(rule, f"{int(column[first])} fen", f"claim {first}{_describe(claims, first)}", where, wrong.size)


def check_persons(claims: Claims, people: Population, where: str = "") -> None:
    """What persons were billed and paid in the year is what the claims say, whole county."""
    for name, left, right in (
        ("charges of persons = charges of claims", people.charge, claims.charge),
        ("own payments of persons = own payments of claims", people.patient, claims.patient),
    ):
        _equal_sums(f"Σ {name}", int(left.sum()), int(right.sum()), where)


def check_receipts(claims: Claims, payments: Payments, where: str = "") -> None:
    """The fund owes nothing for claims of persons who are not its own: in its view, not resident-insured."""
    receipts = payments.receipts
    if receipts.shape != claims.charge.shape:
        _fail("one receipt per claim row", f"{receipts.size} against {claims.charge.size} rows", "receipts", where, 1)
    expected = np.where(claims.insurance == RESIDENT_INSURED, receipts, 0)
    _equal("receipts = 0 unless resident-insured", _Sides(receipts, expected, "claim"), where, claims)


def check_settlement(settlement: Settlement, where: str = "") -> None:
    """Per community: balance = budget less what was charged to it; distribution and pool sum to the transfer."""
    charged = settlement.in_network + settlement.out_of_network
    sides = _Sides(settlement.balance, settlement.budget - charged, "community")
    _equal("balance = budget − in-network − out-of-network", sides, where, settlement)
    distributed = settlement.distributed.sum(axis=1)
    pool = settlement.pool if settlement.pool.size else np.zeros_like(settlement.transfer)
    sides = _Sides(distributed, settlement.transfer - pool, "community")
    _equal("Σ distributed = transfer − pool", sides, where, settlement)


def check_units(settlement: Settlement, providers: Providers, where: str = "") -> None:
    """Per community and tier, what institutions get sums to what is distributed, where a community has any."""
    for community in range(len(settlement.budget)):
        members = providers.community == community
        if not members.any():
            continue
        by_tier = sum_by(providers.tier[members], settlement.units[members], len(TIERS))
        sides = _Sides(by_tier, settlement.distributed[community], f"community {community}, tier")
        _equal("Σ units of a tier = distributed", sides, where)


def _charged(claims: Claims, payments: Payments, settlement: Settlement, scope: str, where: str) -> None:
    charged = int(settlement.in_network.sum() + settlement.out_of_network.sum())
    if scope == "members":
        due = int(payments.receipts[claims.community != NO_COMMUNITY].sum())
        _equal_sums("Σ charged to budgets = Σ receipts of the communities' members", charged, due, where)
        return
    due = int(payments.receipts[claims.home != NO_COMMUNITY].sum())
    _equal_sums("Σ charged to budgets = Σ receipts for the communities' residents", charged, due, where)


def check_fund(
    payments: Payments, settlement: Settlement, fund: FundYear, opening: int | None = None, where: str = ""
) -> None:
    """The fund's outgo is what providers and communities receive, and its balance carries over."""
    _equal_sums("fund receipts = Σ provider receipts", fund.receipts, int(payments.receipts.sum()), where)
    _equal_sums("fund transfers = Σ settlement transfers", fund.transfers, int(settlement.transfer.sum()), where)
    forfeited = int(settlement.forfeited.sum())
    _equal_sums("fund forfeited deposits = Σ deposits not given back", fund.forfeited, forfeited, where)
    parts = fund.receipts + fund.transfers + fund.premium + fund.signing + fund.rewards - fund.forfeited
    _equal_sums("fund outgo = receipts + transfers + premium + signing + rewards - forfeited", fund.outgo, parts, where)
    income = fund.income_individual + fund.income_fiscal + fund.interest
    _equal_sums("fund balance = income − outgo", fund.balance, income - fund.outgo, where)
    if opening is not None:
        carried = opening + fund.balance
        _equal_sums("accumulated = opening accumulated + balance", fund.accumulated, carried, where)
