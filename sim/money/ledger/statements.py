"""Statements (结算报表) of a year: what each owner's accounts say, by month and in all, from the journal alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.money.ledger.chart import COMMUNITY, FUND, INSTITUTION, LINES, RESERVE, Account, kind_of_owner
from sim.money.ledger.journal import KIND_CODES, MONTHS, Entries, balances, chosen
from sim.tables import Ints

YEAR = 0
"""`Statement.month` of the whole year; months are 1..12."""


class Line(NamedTuple):
    """One line of a statement: entries of some kinds on some accounts of the owner, or a balance."""

    key: str
    label: Text
    accounts: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    """Empty: the balance of the accounts at the end of the period."""
    sign: int = 1
    """1 = as debits less credits, -1 = the other way."""


_IN, _OUT, _OWN = ("inside", "true_up_inside"), ("outside", "true_up_outside"), ("declared", "true_up")

STATEMENTS: dict[str, tuple[Line, ...]] = {
    FUND: (
        Line("individual", Text("Individual contributions", "个人缴费收入"), ("individual",), ("income",), -1),
        Line("fiscal", Text("Fiscal subsidy", "财政补助收入"), ("fiscal",), ("income",), -1),
        Line("interest", Text("Interest", "利息收入"), ("interest",), ("income",), -1),
        Line(
            "budgets",
            Text("Budgets, net of what returned", "医共体预算支出（扣除收回）"),
            ("budgets",),
            ("budget", "returned"),
        ),
        Line("receipts", Text("Claims outside budgets", "预算外医疗费支出"), ("receipts",), _OWN),
        Line("premium", Text("Catastrophic premium", "大病保险保费支出"), ("premium",), ("premium",)),
        Line("signing", Text("Signing fees", "签约服务费支出"), ("signing",), ("signing",)),
        Line("rewards", Text("Signing rewards", "签约奖励支出"), ("rewards",), ("reward",)),
        Line("forfeited", Text("Deposits forfeited", "扣罚质量保证金"), ("forfeited",), ("forfeited",), -1),
        Line("advances", Text("Paid: advances", "预付款"), ("cash",), ("advance",), -1),
        Line("payments", Text("Paid: monthly payments", "月度支付"), ("cash",), ("payment",), -1),
        Line("capital", Text("Paid: working capital", "周转金"), ("cash",), ("working_capital",), -1),
        Line("deposits", Text("Withheld: quality deposits", "预留质量保证金"), ("cash",), ("deposit",)),
        Line(
            "final",
            Text("Paid: settlement, pools included", "清算支付（含转入资金池）"),
            ("cash",),
            ("final", "pool"),
            -1,
        ),
        Line("cash", Text("Cash at the end", "期末基金存款"), ("cash",)),
        Line("balance", Text("Balance without the reserve", "期末结余（不含风险金）"), ("balance",), (), -1),
    ),
    RESERVE: (Line("balance", Text("Risk reserve at the end", "期末风险金"), ("balance",), (), -1),),
    COMMUNITY: (
        Line("budget", Text("Budget", "预算"), ("budget",), ("budget",), -1),
        Line("inside", Text("Charged inside", "网内费用"), ("budget",), _IN),
        Line("outside", Text("Charged outside", "网外费用"), ("budget",), _OUT),
        Line(
            "returned",
            Text("Returned to the fund (negative: borne by it)", "收回基金（负为基金分担）"),
            ("budget",),
            ("returned",),
        ),
        Line("transfer", Text("Settlement", "清算划拨"), ("due",), ("transfer",), -1),
        Line("pool", Text("Into the pool", "转入资金池"), ("due",), ("pool",)),
        Line("distribution", Text("Distributed to members", "分配给成员机构"), ("due",), ("distribution",)),
        Line("advance", Text("Advance received", "收到预付款"), ("advance",), ("advance",)),
        Line("passed_on", Text("Advance passed on", "转拨预付款"), ("advance",), ("passed_on",), -1),
        Line("left", Text("Budget not yet used", "预算余额"), ("budget",), (), -1),
    ),
    INSTITUTION: (
        Line("declared", Text("Declared", "申报费用"), ("due",), ("declared", "inside", "outside"), -1),
        Line(
            "true_up",
            Text("Declared to settled", "审定调整"),
            ("due",),
            ("true_up", "true_up_inside", "true_up_outside"),
            -1,
        ),
        Line(
            "distribution",
            Text("Share of its community's settlement", "结余分配（负为超支分担）"),
            ("due",),
            ("distribution",),
            -1,
        ),
        Line("advance", Text("Advance received", "收到预付款"), ("advance",), ("passed_on",)),
        Line("payment", Text("Monthly payments received", "收到月度支付"), ("due",), ("payment",)),
        Line("withheld", Text("Deposit withheld", "预留质量保证金"), ("deposit",), ("deposit",), -1),
        Line("forfeited", Text("Deposit forfeited", "扣罚质量保证金"), ("deposit",), ("forfeited",)),
        Line("set_off", Text("Advance set off", "冲抵预付款"), ("due",), ("set_off",)),
        Line("final", Text("Paid at settlement (negative: recovered)", "清算支付（负为收回）"), ("due",), ("final",)),
        Line("capital", Text("Working capital at the end", "期末周转金"), ("working_capital",)),
        Line(
            "still_due",
            Text("Due less advance, at the end", "期末应付（扣除预付款）"),
            ("due", "advance", "deposit"),
            (),
            -1,
        ),
    ),
}
"""By kind of owner: the lines of its statement."""


class Statement(NamedTuple):
    """Lines of all owners, equal columns; text by number."""

    year: Ints
    month: Ints
    """1..12, or `YEAR`."""
    owner: Ints
    """Place in ``owners``."""
    line: Ints
    """Place in ``lines``."""
    fen: Ints
    owners: tuple[str, ...]
    lines: tuple[str, ...]


LINE_KEYS = tuple(dict.fromkeys(line.key for lines in STATEMENTS.values() for line in lines))


def statement_of(accounts: tuple[Account, ...], entries: Entries, year: int, opening: Ints | None = None) -> Statement:
    """The statements of a year, owner by owner, line by line, the year and then its months.

    Args:
        accounts: of the journal.
        entries: at least those posted in the year.
        year: which.
        opening: [account] balances before the year; None: those of the entries posted before it.
    """
    size = len(accounts)
    if opening is None:
        opening = balances(size, chosen(entries, entries.period < year * MONTHS))
    flows = _flows(entries, year, size)
    stock = opening + np.cumsum(flows.sum(axis=0), axis=0)
    number = {account: place for place, account in enumerate(accounts)}
    owners = tuple(dict.fromkeys(account.owner for account in accounts))
    parts = []
    for kind, lines in STATEMENTS.items():
        of_kind = [place for place, owner in enumerate(owners) if kind_of_owner(owner) == kind]
        if of_kind:
            places = {name: np.array([number[Account(owners[n], name)] for n in of_kind]) for name in LINES[kind]}
            tables = [_table(line, places, flows, stock) for line in lines]
            parts.append((np.array(of_kind), [LINE_KEYS.index(line.key) for line in lines], np.stack(tables, axis=1)))
    shape = [
        np.broadcast_arrays(places_of_kind[:, None, None], np.array(keys)[None, :, None], np.arange(MONTHS + 1), table)
        for places_of_kind, keys, table in parts
    ]
    owner, line, month, fen = (np.concatenate([part[i].ravel() for part in shape]) for i in range(4))
    return Statement(np.full(len(fen), year, dtype=np.int64), month, owner, line, fen, owners, LINE_KEYS)


def _table(line: Line, places: dict[str, Ints], flows: Ints, stock: Ints) -> Ints:
    """[owner, year and months] one line of all owners of a kind."""
    at = [places[name] for name in line.accounts]
    codes = [KIND_CODES[name] for name in line.kinds]
    amounts = flows[codes].sum(axis=0) if codes else stock
    months = sum((amounts[:, accounts] for accounts in at), np.zeros((MONTHS, len(at[0])), dtype=np.int64))
    of_year = months.sum(axis=0) if codes else months[-1]
    return np.asarray(np.vstack([of_year, months]).T * line.sign, dtype=np.int64)


def _flows(entries: Entries, year: int, size: int) -> Ints:
    """[kind, month, account] debits less credits; entries of other years are left out."""
    shape = (len(KIND_CODES), MONTHS, size)
    head = np.where(entries.period // MONTHS == year, entries.kind * MONTHS + entries.period % MONTHS, -1) * size
    total = np.zeros(shape, dtype=np.int64).ravel()
    for side, sign in ((entries.debit, 1), (entries.credit, -1)):
        total += sign * sum_by(np.where(head >= 0, head + side, -1), entries.amount, len(total))
    return total.reshape(shape)


def rows_of(statement: Statement, owner: str) -> list[tuple[str, list[int]]]:
    """Line and its amounts, the year's and then the months', of one owner."""
    rows = statement.owner == statement.owners.index(owner)
    lines, amounts = statement.line[rows], statement.fen[rows]
    return [(statement.lines[n], amounts[lines == n].tolist()) for n in dict.fromkeys(lines.tolist())]


def line_label(owner: str, line: str, language: str) -> str:
    """A statement's line for readers."""
    return next(row.label.of(language) for row in STATEMENTS[kind_of_owner(owner)] if row.key == line)
