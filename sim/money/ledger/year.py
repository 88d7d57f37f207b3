"""The entries of a year, from the money of the year: income, advances, declared bills, settlement, closing.

Conventions, where practice differs between places:

- residents pay before the year, so their contributions stand in January; the fiscal subsidy comes in twelfths; the
  catastrophic premium is paid in January, before anything else; interest and rewards in December;
- a community's budget is granted in twelfths and its advance is passed on to members at once, by last year's money;
- bills inside a community are covered by its advance; all others are paid in the month in which they are declared;
- a quality deposit is withheld from both, brought in December to its share of what the member is due, and then given
  back, or forfeited, by the score;
- working capital is brought to its months of budget in January and stays outstanding;
- the year is settled in December: declared becomes due, the transfer is booked and distributed, advances are set off.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sim.core.arrays import sum_by
from sim.core.errors import IdentityError
from sim.core.units import largest_remainder, parts, ppm
from sim.money.ledger.amounts import Money, Terms, equal_parts
from sim.money.ledger.chart import RESULT_LINES, Chart
from sim.money.ledger.journal import KIND_CODES, MONTHS, Entries, balances, entries_of
from sim.tables import Ints

LAST = MONTHS - 1
Group = tuple[Ints | int, ...]


class Draft:
    """Entries in the making: groups of moves, in the months of one year."""

    def __init__(self, chart: Chart, money: Money) -> None:
        self.chart, self.money = chart, money
        self.groups: list[Group] = []
        self.communities = np.arange(chart.communities)
        self.institutions = np.arange(chart.institutions)
        self.size = len(chart.accounts)
        self.counted, self.net = 0, np.zeros(self.size, dtype=np.int64)

    def move(self, kind: str, month: Ints | int, debit: Ints | int, credit: Ints | int, amount: Ints | int) -> None:
        """Debit one account and credit another; arrays move element by element."""
        period = np.asarray(month) + self.money.year * MONTHS
        self.groups.append((period, debit, credit, amount, KIND_CODES[kind]))

    def balances(self, opening: Ints) -> Ints:
        """[account] balance after the moves so far."""
        self.net = self.net + balances(self.size, entries_of(self.groups[self.counted :]))
        self.counted = len(self.groups)
        return opening + self.net


def entries_of_year(chart: Chart, money: Money, terms: Terms, opening: Ints | None = None) -> Entries:
    """All entries of a year.

    Args:
        chart: accounts of the fund, its communities and institutions.
        money: the year's money.
        terms: when cash moves.
        opening: [account] balances carried from last year; None: the ledger is new and opens with `Money.opening`.
    """
    draft = Draft(chart, money)
    carried = np.zeros(draft.size, dtype=np.int64) if opening is None else opening
    if opening is None:
        draft.move("opening", 0, chart.fund("cash"), chart.fund("balance"), money.opening)
    _income(draft)
    _first(draft)
    _advances(draft, terms)
    _working_capital(draft, terms, carried)
    _declared(draft, terms)
    _true_up(draft)
    _settle(draft)
    _give_back(draft, terms, carried)
    _set_off(draft, carried)
    _close(draft)
    return entries_of(draft.groups)


def _income(draft: Draft) -> None:
    chart, year, months = draft.chart, draft.money.fund, np.arange(MONTHS)
    cash = chart.fund("cash")
    draft.move("income", 0, cash, chart.fund("individual"), year.income_individual)
    draft.move("income", months, cash, chart.fund("fiscal"), equal_parts(np.array(year.income_fiscal), MONTHS))
    draft.move("income", LAST, cash, chart.fund("interest"), year.interest)


def _first(draft: Draft) -> None:
    """Book premium, signing fees and rewards: they are owed, and paid at once."""
    chart, year, months = draft.chart, draft.money.fund, np.arange(MONTHS)
    for kind, line, owner, month, amount in (
        ("premium", "premium", "insurer", 0, year.premium),
        ("signing", "signing", "doctors", months, equal_parts(np.array(year.signing), MONTHS)),
        ("reward", "rewards", "doctors", LAST, year.rewards),
    ):
        draft.move(kind, month, chart.fund(line), chart.fund(owner), amount)
        draft.move(kind, month, chart.fund(owner), chart.fund("cash"), amount)


def _members(draft: Draft, totals: Ints) -> Ints:
    """[institution] a total of each community, among its members by their weights; 0 for others."""
    money = draft.money
    split = np.zeros(draft.chart.institutions, dtype=np.int64)
    for community, total in enumerate(totals.tolist()):
        rows = np.flatnonzero(money.member == community)
        if len(rows):
            split[rows] = largest_remainder(total, money.shares[rows])
    return split


def _advances(draft: Draft, terms: Terms) -> None:
    """Book the budgets, and the advances that communities pass on to members."""
    chart, money = draft.chart, draft.money
    if not chart.communities:
        return
    cash, months = chart.fund("cash"), np.arange(MONTHS)[:, None]
    communities, institutions = draft.communities, draft.institutions
    draft.move(
        "budget",
        *np.broadcast_arrays(
            months, chart.fund("budgets"), chart.community("budget") + communities, equal_parts(money.budget, MONTHS).T
        ),
    )
    twelfths = equal_parts(np.maximum(parts(money.budget, terms.advance), 0), MONTHS)
    # the months of a year have at most two amounts, the larger ones first: two splits do for all
    ends = [_members(draft, twelfths[:, month]) for month in (0, LAST)]
    first = twelfths == twelfths[:, :1]  # [community, month]
    members = np.maximum(money.member, 0)
    monthly = np.where(first[members].T, ends[0], ends[1])
    passing = np.stack([sum_by(money.member, row, chart.communities) for row in monthly])
    advance = chart.community("advance") + communities
    draft.move("advance", *np.broadcast_arrays(months, advance, cash, passing))
    debit, credit = chart.institution("advance") + institutions, chart.community("advance") + members
    draft.move("passed_on", *np.broadcast_arrays(months, debit, credit, monthly))
    _withhold(draft, terms, monthly)


def _working_capital(draft: Draft, terms: Terms, carried: Ints) -> None:
    """Raise or lower working capital to its months of the budget; to 0 where nobody holds a budget."""
    place = draft.chart.institution("working_capital") + draft.institutions
    wanted = _members(draft, parts(np.maximum(draft.money.budget, 0), terms.working_capital) // MONTHS)
    draft.move("working_capital", 0, place, draft.chart.fund("cash"), wanted - carried[place])


def _withhold(draft: Draft, terms: Terms, paid: Ints) -> None:
    """Withhold the quality deposit from what was paid, [month, institution] fen."""
    withheld = parts(paid * draft.money.depositor, terms.deposit)
    deposit = draft.chart.institution("deposit") + draft.institutions
    draft.move("deposit", *np.broadcast_arrays(np.arange(MONTHS)[:, None], draft.chart.fund("cash"), deposit, withheld))


def _payer_account(draft: Draft) -> Ints:
    """[payer] account that bears a bill: the community's budget, or the fund's own outgo."""
    budgets = draft.chart.community("budget") + draft.communities
    return np.append(budgets, draft.chart.fund("receipts"))


def _inside(draft: Draft) -> Ints:
    """[payer, institution] 1 = a member of the community that pays."""
    payers = np.arange(draft.chart.communities + 1)[:, None]
    return np.asarray(draft.money.member == payers, dtype=np.int64)


def _bill(draft: Draft, names: tuple[str, str, str], month: Ints | int, amounts: Ints) -> None:
    """Book what institutions are due, [..., payer, institution] fen, on the account of the payer.

    ``names``: the kinds of entry for members of the paying community, for other institutions, and for the fund's own
    bills.
    """
    payer, institution = np.meshgrid(_payer_account(draft), draft.institutions, indexing="ij")
    due = draft.chart.institution("due") + institution
    kinds = np.where(_inside(draft) > 0, KIND_CODES[names[0]], KIND_CODES[names[1]])
    kinds[-1] = KIND_CODES[names[2]]
    period = np.asarray(month) + draft.money.year * MONTHS
    draft.groups.append(tuple(np.broadcast_arrays(period, payer, due, amounts, kinds)))


def _declared(draft: Draft, terms: Terms) -> None:
    """Book bills as declared; pay those that no advance covers in their month."""
    money, months = draft.money, np.arange(MONTHS)[:, None]
    _bill(draft, ("inside", "outside", "declared"), months[:, :, None], money.declared)
    paid = (money.declared * (1 - _inside(draft))).sum(axis=1)
    due = draft.chart.institution("due") + draft.institutions
    draft.move("payment", *np.broadcast_arrays(months, due, draft.chart.fund("cash"), paid))
    _withhold(draft, terms, paid)


def _true_up(draft: Draft) -> None:
    """Correct the bills from what was declared to what the scheme pays."""
    names = ("true_up_inside", "true_up_outside", "true_up")
    _bill(draft, names, LAST, draft.money.due - draft.money.declared.sum(axis=0))


def _settle(draft: Draft) -> None:
    """Book each community's transfer, what returns to the fund (or is borne by it), pool, and distribution."""
    chart, money = draft.chart, draft.money
    budget, due = chart.community("budget") + draft.communities, chart.community("due") + draft.communities
    rest = money.budget - money.due[:-1].sum(axis=1) - money.transfer
    draft.move("transfer", LAST, budget, due, money.transfer)
    draft.move("returned", LAST, budget, chart.fund("budgets"), rest)
    draft.move("pool", LAST, due, chart.fund("cash"), money.pool)
    to_members = chart.institution("due") + draft.institutions
    from_communities = chart.community("due") + np.maximum(money.member, 0)
    draft.move("distribution", LAST, from_communities, to_members, money.parts * (money.member >= 0))


def _give_back(draft: Draft, terms: Terms, carried: Ints) -> None:
    """Raise or lower quality deposits to their share of what was due; give back what is not forfeited."""
    chart, money = draft.chart, draft.money
    deposit, due = (chart.institution(line) + draft.institutions for line in ("deposit", "due"))
    held = parts(money.due.sum(axis=0) * money.depositor, terms.deposit)
    draft.move("deposit", LAST, chart.fund("cash"), deposit, held + draft.balances(carried)[deposit])
    draft.move("forfeited", LAST, deposit, chart.fund("forfeited"), money.forfeited)
    draft.move("released", LAST, deposit, due, held - money.forfeited)


def _set_off(draft: Draft, carried: Ints) -> None:
    """Set advances off against what is due; pay the rest, or recover it where advances were larger."""
    chart = draft.chart
    for first, others in ((chart.community, draft.communities), (chart.institution, draft.institutions)):
        advance, due = first("advance") + others, first("due") + others
        now = draft.balances(carried)
        draft.move("set_off", LAST, due, advance, now[advance])
        draft.move("final", LAST, due, chart.fund("cash"), -now[due] - now[advance])


def _close(draft: Draft) -> None:
    """Move the risk reserve; close income and outgo to the balance."""
    chart, none = draft.chart, np.zeros(draft.size, dtype=np.int64)
    draft.move("reserve", LAST, chart.fund("balance"), chart.fund("reserve"), draft.money.fund.reserve)
    now = draft.balances(none)
    results = np.array([chart.fund(line) for line in RESULT_LINES])
    draft.move("closing", LAST, chart.fund("balance"), results, now[results])


def check_year(chart: Chart, money: Money, entries: Entries, opening: Ints, held: int | None, where: str = "") -> None:
    """The year's entries must come to the fund's books, and nothing but working capital may stay outstanding.

    Args:
        chart: the accounts.
        money: the year's money.
        entries: of the year.
        opening: [account] balances before it.
        held: risk reserve held after the year; None leaves it unchecked.
        where: arm, replication and year, for the message.

    Raises:
        IdentityError: naming the first side that differs.
    """
    closing = opening + balances(len(chart.accounts), entries)
    sides = [*_fund_sides(chart, money, entries, opening, closing), *_community_sides(chart, money)]
    if held is not None:
        sides.append(("risk reserve", -int(closing[chart.fund("reserve")]), held))
    open_ = [
        closing[f(line) + np.arange(n)]
        for f, n, lines in (
            (chart.community, chart.communities, ("budget", "advance", "due")),
            (chart.institution, chart.institutions, ("due", "advance", "deposit")),
        )
        for line in lines
    ]
    sides.append(("accounts that must be settled", int(sum(np.abs(amounts).sum() for amounts in open_)), 0))
    for name, left, right in sides:
        if left != right:
            raise IdentityError(
                f"the ledger differs from the fund's books: {name}",
                where=where,
                value=f"{left} against {right} fen",
                bound="equal to the fen",
                todo="this is a fault of the program: please report it with the seed and the configuration",
            )


def _fund_sides(
    chart: Chart, money: Money, entries: Entries, opening: Ints, closing: Ints
) -> list[tuple[str, int, int]]:
    """What the ledger has and what the fund's books have, fen: income, outgo and balances of the year."""
    fund = money.fund
    results = _result(chart, entries)
    receipts = results["receipts"] + results["budgets"]
    return [
        ("individual contributions", -results["individual"], fund.income_individual),
        ("fiscal subsidy", -results["fiscal"], fund.income_fiscal),
        ("interest", -results["interest"], fund.interest),
        ("receipts + transfers", receipts, fund.receipts + fund.transfers),
        ("premium", results["premium"], fund.premium),
        ("signing fees", results["signing"], fund.signing),
        (
            "outgo",
            receipts + results["premium"] + results["signing"] + results["rewards"] + results["forfeited"],
            fund.outgo,
        ),
        ("balance", -sum(results.values()), fund.balance),
        (
            "accumulated balance",
            -int(closing[chart.fund("balance")] + closing[chart.fund("reserve")]),
            fund.accumulated,
        ),
        (
            "cash and working capital",
            _liquid(chart, closing) - _liquid(chart, opening),
            fund.accumulated + int(opening[chart.fund("balance")] + opening[chart.fund("reserve")]),
        ),
    ]


def _community_sides(chart: Chart, money: Money) -> list[tuple[str, int, int]]:
    """What the ledger and the settlement have charged to each community, inside and outside its network, fen."""
    inside = (money.due * (money.member == np.arange(chart.communities + 1)[:, None]))[:-1].sum(axis=1)
    outside = money.due[:-1].sum(axis=1) - inside
    pairs = (("inside", inside, money.in_network), ("outside", outside, money.out_of_network))
    return [
        (f"charged {where}, community {number}", int(due[number]), int(booked[number]))
        for number in range(chart.communities)
        for where, due, booked in pairs
    ]


def _liquid(chart: Chart, amounts: Ints) -> int:
    """Cash and what institutions hold of it as working capital."""
    capital = amounts[chart.institution("working_capital") + np.arange(chart.institutions)]
    return int(amounts[chart.fund("cash")] + capital.sum())


def _result(chart: Chart, entries: Entries) -> dict[str, int]:
    """By line of income and outgo: the year's debits less credits before closing."""
    rows = entries.kind != KIND_CODES["closing"]
    amounts = balances(len(chart.accounts), Entries(*(column[rows] for column in entries)))
    return {line: int(amounts[chart.fund(line)]) for line in RESULT_LINES}


class CashTerms(Protocol):
    """What `terms_of` reads of a settlement configuration (`sim.money.settlement.Config`)."""

    @property
    def advance(self) -> float:
        """Part of a month's budget that is advanced."""

    @property
    def deposit(self) -> float:
        """Part of members' money that is withheld."""

    @property
    def working_capital_months(self) -> float:
        """Months of the budget that members hold."""

    @property
    def charged(self) -> str:
        """Whether budgets answer for residents or members."""


def terms_of(settlement: CashTerms, budgets: bool = True) -> Terms:
    """When cash moves under a settlement configuration; without budgets, nothing is advanced."""
    if not budgets:
        return Terms(advance=0, deposit=ppm(settlement.deposit), working_capital=0)
    return Terms(
        advance=ppm(settlement.advance),
        deposit=ppm(settlement.deposit),
        working_capital=ppm(settlement.working_capital_months),
        by_institution=settlement.charged == "members",
    )
