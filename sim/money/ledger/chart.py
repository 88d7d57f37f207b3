"""Chart of accounts of a fund's ledger: whose account it is, which line, and what entries are called; in two languages.

The ledger is the fund's own: an account of another owner is what stands between the fund and that owner.  Debit is
what the fund has or has spent, credit what it owes or has received.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from sim.core.text import Text
from sim.tables import REMOTE, TIER_NAMES, TIERS


class Account(NamedTuple):
    """One account."""

    owner: str
    """"fund", "reserve", "insurer", "doctors", "community NAME" or "institution NAME"."""
    line: str


FUND, RESERVE, INSURER, DOCTORS, COMMUNITY, INSTITUTION = (
    "fund", "reserve", "insurer", "doctors", "community", "institution",
)  # fmt: skip

OWNERS = {
    FUND: Text("Fund", "医保基金"),
    RESERVE: Text("Risk reserve", "风险金"),
    INSURER: Text("Catastrophic insurer", "大病保险承办机构"),
    DOCTORS: Text("Family doctor teams", "家庭医生团队"),
    COMMUNITY: Text("Community", "医共体"),
    INSTITUTION: Text("Institution", "医疗机构"),
}

LINES: dict[str, dict[str, Text]] = {
    FUND: {
        "cash": Text("Cash", "基金存款"),
        "individual": Text("Income: individuals", "个人缴费收入"),
        "fiscal": Text("Income: fiscal subsidy", "财政补助收入"),
        "interest": Text("Income: interest", "利息收入"),
        "receipts": Text("Outgo: claims outside budgets", "预算外医疗费支出"),
        "budgets": Text("Outgo: budgets of communities", "医共体预算支出"),
        "premium": Text("Outgo: catastrophic premium", "大病保险保费支出"),
        "signing": Text("Outgo: signing fees", "签约服务费支出"),
        "rewards": Text("Outgo: signing rewards", "签约奖励支出"),
        "forfeited": Text("Deposits forfeited", "扣罚质量保证金"),
        "balance": Text("Accumulated balance", "基金结余"),
    },
    RESERVE: {"balance": Text("Risk reserve", "风险金")},
    INSURER: {"due": Text("Due", "应付")},
    DOCTORS: {"due": Text("Due", "应付")},
    COMMUNITY: {
        "budget": Text("Budget not yet used", "预算余额"),
        "advance": Text("Advance not passed on", "未转拨预付款"),
        "due": Text("Due from settlement", "清算应付"),
    },
    INSTITUTION: {
        "due": Text("Due", "应付"),
        "advance": Text("Advance", "预付款"),
        "deposit": Text("Quality deposit", "质量保证金"),
        "working_capital": Text("Working capital", "周转金"),
    },
}
"""By kind of owner: the lines of its accounts."""

ONE_OF = {tier: name.capital() for tier, name in zip(TIERS, TIER_NAMES, strict=True)} | {
    TIERS[REMOTE]: Text("Hospital out of the pool", "统筹区外医院")
}
"""By tier: what an institution without a name of its own is called, before its number."""

RESULT_LINES = ("individual", "fiscal", "interest", "receipts", "budgets", "premium", "signing", "rewards", "forfeited")
"""The fund's income and outgo of a year: closed to its balance at the year's end."""

KINDS: dict[str, Text] = {
    "opening": Text("opening balance", "期初结余"),
    "income": Text("income", "收入"),
    "premium": Text("catastrophic premium", "大病保险保费"),
    "signing": Text("signing fees", "签约服务费"),
    "reward": Text("signing rewards", "签约奖励"),
    "budget": Text("budget granted", "预算下达"),
    "advance": Text("advance", "预付"),
    "passed_on": Text("advance passed on", "转拨预付款"),
    "working_capital": Text("working capital", "周转金"),
    "deposit": Text("deposit withheld", "预留质量保证金"),
    "declared": Text("declared, outside budgets", "申报费用（预算外）"),
    "inside": Text("declared, inside", "申报费用（网内）"),
    "outside": Text("declared, outside the community", "申报费用（网外）"),
    "payment": Text("monthly payment", "月度支付"),
    "true_up": Text("declared to settled, outside budgets", "审定调整（预算外）"),
    "true_up_inside": Text("declared to settled, inside", "审定调整（网内）"),
    "true_up_outside": Text("declared to settled, outside the community", "审定调整（网外）"),
    "transfer": Text("settlement", "清算划拨"),
    "returned": Text("budget returned to the fund", "预算结余收回"),
    "pool": Text("community's pool", "医共体资金池"),
    "distribution": Text("distribution", "结余分配"),
    "released": Text("deposit released", "退还质量保证金"),
    "forfeited": Text("deposit forfeited", "扣罚质量保证金"),
    "set_off": Text("advance set off", "冲抵预付款"),
    "final": Text("final payment", "清算支付"),
    "reserve": Text("risk reserve", "风险金"),
    "closing": Text("closing to the balance", "结转结余"),
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
    accounts = [Account(f"{COMMUNITY} {name}", line) for line in LINES[COMMUNITY] for name in communities]
    accounts += [Account(f"{INSTITUTION} {name}", line) for line in LINES[INSTITUTION] for name in institutions]
    return Chart((*_FUND_ACCOUNTS, *accounts), len(communities), len(institutions))


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
