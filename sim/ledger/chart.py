"""Chart of accounts of a fund's ledger: whose account it is, which line, and what entries are called; in two languages.

The ledger is the fund's own: an account of another owner is what stands between the fund and that owner.  Debit is
what the fund has or has spent, credit what it owes or has received.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple


class Label(NamedTuple):
    """A name for readers."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The name in ``language``: "en" or "zh"."""
        return self.zh if language == "zh" else self.en


class Account(NamedTuple):
    """One account."""

    owner: str
    """"fund", "reserve", "insurer", "doctors", "community NAME" or "institution NAME"."""
    line: str


FUND, RESERVE, INSURER, DOCTORS, COMMUNITY, INSTITUTION = (
    "fund", "reserve", "insurer", "doctors", "community", "institution",
)  # fmt: skip

OWNERS = {
    FUND: Label("Fund", "医保基金"),
    RESERVE: Label("Risk reserve", "风险金"),
    INSURER: Label("Catastrophic insurer", "大病保险承办机构"),
    DOCTORS: Label("Family doctor teams", "家庭医生团队"),
    COMMUNITY: Label("Community", "医共体"),
    INSTITUTION: Label("Institution", "医疗机构"),
}

LINES: dict[str, dict[str, Label]] = {
    FUND: {
        "cash": Label("Cash", "基金存款"),
        "individual": Label("Income: individuals", "个人缴费收入"),
        "fiscal": Label("Income: fiscal subsidy", "财政补助收入"),
        "interest": Label("Income: interest", "利息收入"),
        "receipts": Label("Outgo: claims outside budgets", "预算外医疗费支出"),
        "budgets": Label("Outgo: budgets of communities", "医共体预算支出"),
        "premium": Label("Outgo: catastrophic premium", "大病保险保费支出"),
        "signing": Label("Outgo: signing fees", "签约服务费支出"),
        "rewards": Label("Outgo: signing rewards", "签约奖励支出"),
        "forfeited": Label("Deposits forfeited", "扣罚质量保证金"),
        "balance": Label("Accumulated balance", "基金结余"),
    },
    RESERVE: {"balance": Label("Risk reserve", "风险金")},
    INSURER: {"due": Label("Due", "应付")},
    DOCTORS: {"due": Label("Due", "应付")},
    COMMUNITY: {
        "budget": Label("Budget not yet used", "预算余额"),
        "advance": Label("Advance not passed on", "未转拨预付款"),
        "due": Label("Due from settlement", "清算应付"),
    },
    INSTITUTION: {
        "due": Label("Due", "应付"),
        "advance": Label("Advance", "预付款"),
        "deposit": Label("Quality deposit", "质量保证金"),
        "working_capital": Label("Working capital", "周转金"),
    },
}
"""By kind of owner: the lines of its accounts."""

ONE_OF: dict[str, Label] = {
    "village": Label("Village clinic", "村卫生室"),
    "township": Label("Township centre", "乡镇卫生院"),
    "county": Label("County hospital", "县级医院"),
    "city": Label("City hospital", "市级医院"),
    "remote": Label("Hospital out of the pool", "统筹区外医院"),
}
"""By tier: what an institution without a name of its own is called, before its number."""

RESULT_LINES = ("individual", "fiscal", "interest", "receipts", "budgets", "premium", "signing", "rewards", "forfeited")
"""The fund's income and outgo of a year: closed to its balance at the year's end."""

KINDS: dict[str, Label] = {
    "opening": Label("opening balance", "期初结余"),
    "income": Label("income", "收入"),
    "premium": Label("catastrophic premium", "大病保险保费"),
    "signing": Label("signing fees", "签约服务费"),
    "reward": Label("signing rewards", "签约奖励"),
    "budget": Label("budget granted", "预算下达"),
    "advance": Label("advance", "预付"),
    "passed_on": Label("advance passed on", "转拨预付款"),
    "working_capital": Label("working capital", "周转金"),
    "deposit": Label("deposit withheld", "预留质量保证金"),
    "declared": Label("declared, outside budgets", "申报费用（预算外）"),
    "inside": Label("declared, inside", "申报费用（内部）"),
    "outside": Label("declared, outside the community", "申报费用（外部）"),
    "payment": Label("monthly payment", "月度支付"),
    "true_up": Label("declared to settled, outside budgets", "审定调整（预算外）"),
    "true_up_inside": Label("declared to settled, inside", "审定调整（内部）"),
    "true_up_outside": Label("declared to settled, outside the community", "审定调整（外部）"),
    "transfer": Label("settlement", "清算划拨"),
    "returned": Label("budget returned to the fund", "预算结余收回"),
    "pool": Label("community's pool", "医共体资金池"),
    "distribution": Label("distribution", "结余分配"),
    "released": Label("deposit released", "退还质量保证金"),
    "forfeited": Label("deposit forfeited", "扣罚质量保证金"),
    "set_off": Label("advance set off", "冲抵预付款"),
    "final": Label("final payment", "清算支付"),
    "reserve": Label("risk reserve", "风险金"),
    "closing": Label("closing to the balance", "结转结余"),
}
"""What an entry is for."""


class Chart(NamedTuple):
    """All accounts of a fund, its communities and institutions; an account's number is its place in ``accounts``."""

    accounts: tuple[Account, ...]
    communities: int
    institutions: int

    def fund(self, line: str) -> int:
        """Number of an account of the fund or, for "reserve", "insurer" and "doctors", of that owner's only one."""
        return FUND_PLACES[line]

    def community(self, line: str) -> int:
        """Number of the account of community 0; those of the others follow."""
        return FIXED + list(LINES[COMMUNITY]).index(line) * self.communities

    def institution(self, line: str) -> int:
        """Number of the account of institution 0; those of the others follow."""
        place = list(LINES[INSTITUTION]).index(line)
        return FIXED + len(LINES[COMMUNITY]) * self.communities + place * self.institutions


_FUND_ACCOUNTS = tuple(Account(owner, line) for owner in (FUND, RESERVE, INSURER, DOCTORS) for line in LINES[owner])
FIXED = len(_FUND_ACCOUNTS)
FUND_PLACES = {a.line if a.owner == FUND else a.owner: place for place, a in enumerate(_FUND_ACCOUNTS)}


@cache
def _chart(communities: tuple[str, ...], institutions: tuple[str, ...]) -> Chart:
    own = [Account(f"{COMMUNITY} {name}", line) for line in LINES[COMMUNITY] for name in communities]
    own += [Account(f"{INSTITUTION} {name}", line) for line in LINES[INSTITUTION] for name in institutions]
    return Chart((*_FUND_ACCOUNTS, *own), len(communities), len(institutions))


def chart_of(communities: int | Sequence[str], institutions: int | Sequence[str]) -> Chart:
    """The chart for communities and institutions, by name or by number.

    Numbers are those that a run shows: communities are counted from 1, institutions from 0.
    """
    named = range(1, communities + 1) if isinstance(communities, int) else communities
    coded = range(institutions) if isinstance(institutions, int) else institutions
    return _chart(tuple(map(str, named)), tuple(map(str, coded)))


def kind_of_owner(owner: str) -> str:
    """ "community" of "community 2"."""
    return owner.partition(" ")[0]


def owner_label(owner: str, language: str) -> str:
    """An owner for readers.

    >>> owner_label("community 1", "zh"), owner_label("fund", "en"), owner_label("institution 7 township", "en")
    ('医共体1', 'Fund', 'Township centre 7')
    >>> owner_label("institution 7 township", "zh"), owner_label("community 东医共体", "zh")
    ('乡镇卫生院7', '东医共体')
    """
    kind, _, name = owner.partition(" ")
    label = OWNERS[kind].of(language)
    number, _, tier = name.rpartition(" ")
    if kind == INSTITUTION and number and tier in ONE_OF:
        name, label = number, ONE_OF[tier].of(language)
    if kind == COMMUNITY and label in name:
        return name
    return f"{label}{name}" if language == "zh" else f"{label} {name}".strip()


def account_label(account: Account, language: str, name: str = "") -> str:
    """An account for readers: owner, its name where it has one beside its code, and line."""
    line = LINES[kind_of_owner(account.owner)][account.line].of(language)
    owner = " ".join(filter(None, (owner_label(account.owner, language), name)))
    return f"{owner}：{line}" if language == "zh" else f"{owner}: {line}"
