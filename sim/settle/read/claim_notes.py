"""Notes on several claims together, of a person or a year, where money depends on them; with counts."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.core.text import Text, counted
from sim.core.units import yuan_text
from sim.settle.read.assemble import person_numbers
from sim.settle.read.check import Findings
from sim.settle.read.records import Loaded
from sim.tables import EMPLOYEE_INSURED, INPATIENT, RESIDENT_INSURED, Ints, Mask, resident_rows


def say_between(loaded: Loaded, findings: Findings, *, budgets: bool, ledger: bool) -> None:
    """Say what a reader should look at.

    Args:
        loaded: the claims of the year.
        findings: takes the notes.
        budgets: whether communities hold budgets, so that it matters who answers for a person.
        ledger: whether months are posted.
    """
    _say_dates(loaded, findings, ledger)
    if loaded.persons is not None:
        _say_persons(loaded, findings, budgets)
    if budgets:
        _say_homes(loaded, findings)
        _say_stays_without_days(loaded, findings)


def _say_dates(loaded: Loaded, findings: Findings, ledger: bool) -> None:
    today = dt.date.today()
    if count := int((loaded.date > today.year * 10_000 + today.month * 100 + today.day).sum()):
        findings.say(
            Text(
                f"{counted(count, 'claim|claims has|have')} a date that is still to come",
                f"有{count:,}笔结算单的日期尚未到来",
            )
        )
    if ledger and (count := int((loaded.date < 0).sum())):
        findings.say(
            Text(
                f"{counted(count, 'claim|claims has|have')} no date: posted in December",
                f"有{count:,}笔结算单没有日期：记入12月",
            )
        )


def say_computed(name: str, loaded: Loaded, findings: Findings) -> None:
    """Say what the benefit rules did not know of rows whose statutory part they computed."""
    claims, computed = loaded.claims, loaded.computed
    if not computed.any():
        return
    if count := int((computed & (claims.resident < 0)).sum()):
        findings.say(
            Text(
                f"{name}: {counted(count, 'row|rows of which the statutory part is computed names|name')} no person: "
                "no yearly limits, each stay is the first of its year",
                f"{name}：有{count:,}行待计算统筹支付的费用没有个人编号：不计年度限额，每次住院均按当年首次计",
            )
        )
    if count := int((computed & (claims.resident >= 0) & (loaded.date < 0)).sum()):
        findings.say(
            Text(
                f"{name}: {counted(count, 'row|rows of which the statutory part is computed has|have')} no date: a "
                "person's bills of a year count in the order of the file",
                f"{name}：有{count:,}行待计算统筹支付的费用没有日期：同一人当年的费用按文件中的先后计",
            )
        )
    if count := int((computed & (claims.cases > 1)).sum()):
        findings.say(
            Text(
                f"{name}: {counted(count, 'row|rows of which the statutory part is computed holds|hold')} several "
                "cases: each counts at their mean, of persons without another bill",
                f"{name}：有{count:,}行待计算统筹支付的费用含多例：每例按均值计，视为无其他费用的参保人",
            )
        )


def _say_persons(loaded: Loaded, findings: Findings, budgets: bool) -> None:
    """Say how many persons have two insurances, or two communities that answer for them."""
    claims = loaded.claims
    kinds = np.isin(claims.insurance, (RESIDENT_INSURED, EMPLOYEE_INSURED))
    both = bool(np.equal(claims.insurance, EMPLOYEE_INSURED).any())
    homes = budgets and len(np.unique(claims.home)) > 1
    if not both and not homes:
        return
    person = person_numbers(loaded.persons, len(loaded.row))
    if both and (count := _several(person, claims.insurance, kinds & (person >= 0))):
        findings.say(
            Text(
                f"{counted(count, 'person|persons is|are')} insured as residents in some claims and as employees in "
                "others: only the former are paid",
                f"有{count:,}人在部分结算单中为居民医保、在其他结算单中为职工医保：只支付前者",
            )
        )
    answered = resident_rows(claims) & (claims.home >= 0) & (person >= 0)
    if homes and (count := _several(person, claims.home, answered)):
        findings.say(
            Text(
                f"{counted(count, 'person|persons has|have')} claims that different communities answer for: each is "
                "charged its own claims",
                f"有{count:,}人的结算单由不同医共体负责：各自列支",
            )
        )


def _several(person: Ints, of: Ints, rows: Mask) -> int:
    """Persons with more than one value of a column."""
    who, values = person[rows], np.asarray(of)[rows]
    if not len(who):
        return 0
    last = np.zeros(int(who.max()) + 1, dtype=np.int64)
    last[who] = values
    several = np.zeros(len(last), dtype=np.bool_)
    several[who[last[who] != values]] = True
    return int(several.sum())


def _say_homes(loaded: Loaded, findings: Findings) -> None:
    """Say how many claims are of residents of one community treated by members of another."""
    claims = loaded.claims
    away = resident_rows(claims) & (claims.community >= 0) & (claims.home >= 0) & (claims.home != claims.community)
    if count := int(away.sum()):
        statutory = int(claims.statutory[away].sum())
        findings.say(
            Text(
                f"{counted(count, f'claim|claims ({yuan_text(statutory)} yuan of the fund) is|are of persons of one')} "
                "community treated by a member of another: charged to the community that answers for the person",
                f"有{count:,}笔结算单（统筹支付{yuan_text(statutory)}元）为一医共体的参保人在另一医共体成员机构就医："
                "由负责该参保人的医共体列支",
            )
        )


def _say_stays_without_days(loaded: Loaded, findings: Findings) -> None:
    """Say how many stays have no days, and so do not count in the volume of work."""
    claims = loaded.claims
    rows = resident_rows(claims) & (claims.community >= 0) & (claims.category == INPATIENT) & (claims.days <= 0)
    if count := int(rows.sum()):
        findings.say(
            Text(
                f"{counted(count, 'row|rows of stays at members has|have no days')}: "
                "where a transfer is split by work, it does not count",
                f"成员机构有{count:,}行住院没有天数：按工作量分配清算划拨时不计",
            )
        )
