"""The signed list: persons, their base-year cost, and when they were signed; the quota of a year needs them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text, counted
from sim.money.history import SignedList
from sim.settle.read.check import Findings, Rule
from sim.settle.read.columns import BAD, MISSING, SIGNED
from sim.settle.read.lists import read_small
from sim.settle.read.records import Book, Loaded, Spells
from sim.tables import Ints, Mask, resident_rows

MONTHS = 12
NEVER = 99_999_999
"""The last day of a contract that has not ended."""


def read_signed(path: Path, book: Book, findings: Findings) -> Spells:
    """Read and check the list; bad rows are left out and reported."""
    known = {name: number for number, name in enumerate(book.communities)}
    only = 0 if len(book.communities) == 1 else -1

    def further(text: dict[str, list[Any]], values: dict[str, Ints], _: object) -> list[Rule]:
        return _rules(text, values, known, only)

    table = read_small(path, SIGNED, findings, further=further)
    names = table.text["person"]
    persons = {name: number for number, name in enumerate(dict.fromkeys(names))}
    end = table.values["signed_to"]
    return Spells(
        np.array([persons[name] for name in names], dtype=np.int64),
        persons,
        np.array([known.get(name, only) for name in table.text["community"]], dtype=np.int64),
        table.values["base_cost"],
        table.values["months"],
        table.values["signed_from"],
        np.where(end == MISSING, NEVER, end),
    )


def _rules(text: dict[str, list[Any]], values: dict[str, Ints], known: dict[str, int], only: int) -> list[Rule]:
    """Rules on several cells of a row, and on several rows of a person."""
    size = len(text["person"])
    months, start, end = (
        values.get(name, np.full(size, MISSING, dtype=np.int64)) for name in ("months", "signed_from", "signed_to")
    )
    place = np.array([known.get(name, -1) if name else only for name in text["community"]], dtype=np.int64)
    counted, dated = months != MISSING, start != MISSING
    readable = (months != BAD) & (start != BAD) & (end != BAD)
    sound = readable & (counted | dated)  # of others it is told what is wrong with them
    people = [name if fit else None for name, fit in zip(text["person"], sound.tolist(), strict=True)]
    overlap, different = _of_persons(people, counted, start, end, values["base_cost"])
    return [
        Rule("community", place >= 0, "must be a community of the providers or the enrolment file"),
        Rule("months", counted | dated, "must not be empty without signed_from"),
        Rule("months", ~(counted & (dated | (end != MISSING))), "must be empty where dates are given"),
        Rule("signed_to", counted | dated | (end == MISSING), "needs signed_from"),
        Rule("signed_to", ~readable | (end == MISSING) | (end >= start), "must not be before signed_from"),
        Rule("person", ~overlap, "must not be signed twice at a time; give dates for several spells"),
        Rule("base_cost", ~different, "must be the same in every row of a person"),
    ]


def _of_persons(people: list[Any], counted: Mask, start: Ints, end: Ints, cost: Ints) -> tuple[Mask, Mask]:
    """[row] whether it overlaps an earlier row of the person; whether its base-year cost differs from the first."""
    overlap, different = np.zeros(len(people), dtype=np.bool_), np.zeros(len(people), dtype=np.bool_)
    last = np.where(end == MISSING, NEVER, end).tolist()
    begin, by_months = start.tolist(), counted.tolist()
    costs: dict[Any, int] = {}
    covered: dict[Any, _Days] = {}
    for row, person in enumerate(people):
        if person is None:
            continue
        known = person in covered
        if cost[row] >= 0:  # else it is told of that cell
            different[row] = cost[row] != costs.setdefault(person, int(cost[row]))
        days = covered.setdefault(person, _Days([], []))
        if by_months[row]:  # months from January on: no other row beside it
            overlap[row] = known
            days.add(BAD, NEVER)
        else:
            overlap[row] = days.add(begin[row], last[row])
    return overlap, different


class _Days(NamedTuple):
    """Days covered by the contracts of one person: spells that do not overlap, in order."""

    starts: list[int]
    ends: list[int]

    def add(self, start: int, end: int) -> bool:
        """Cover further days; return whether some were covered before."""
        low = bisect_left(self.ends, start)
        high = bisect_right(self.starts, end)
        if low >= high:
            if start <= end:
                self.starts.insert(low, start)
                self.ends.insert(low, end)
            return False
        self.starts[low:high] = [min(start, self.starts[low])]
        self.ends[low:high] = [max(end, self.ends[high - 1])]
        return True


def signed_list(spells: Spells, book: Book, loaded: Loaded, year: int, list_day: str) -> tuple[SignedList, Ints | None]:
    """The list month by month, and `Claims.signed` by it: 1 = of a person on the list; None: claims name no persons.

    Args:
        spells: the contracts.
        book: communities.
        loaded: the year's claims.
        year: the year, needed where contracts have dates.
        list_day: the day of a month, first or last, that decides who is on its list.
    """
    on = np.stack([_on(spells, year, month, list_day) for month in range(MONTHS)], axis=1)
    count = len(book.communities)
    costs = [sum_by(spells.community[on[:, m]], spells.cost[on[:, m]], count) for m in range(MONTHS)]
    months = sum_by(spells.community, on.sum(axis=1).astype(np.int64), count)
    rows = _claims_of(spells, on, loaded)
    return SignedList(np.stack(costs, axis=1), months), None if rows is None else rows.astype(np.int64)


def say_listed(spells: Spells, loaded: Loaded, year: int, findings: Findings) -> None:
    """Say how many persons of the list are signed in the year, and how many persons of the list have claims."""
    known = spells.months != MISSING
    first, last = year * 10_000 + 101, year * 10_000 + 1231
    inside = np.where(known, spells.months > 0, (spells.start <= last) & (spells.end >= first))
    count, active = len(spells.persons), len(np.unique(spells.person[inside]))
    when = f"in {year}" if year else "in the year"
    findings.say(
        Text(
            f"signed list: {counted(count, 'person|persons')}, {active:,} of them signed at some time {when}",
            f"签约名单共{count:,}人，其中{active:,}人在{year or '当'}年内有效签约",
        )
    )
    if loaded.persons is None:
        return
    names = set(loaded.persons.unique().to_pylist())
    have = sum(name in names for name in spells.persons)
    warned = "" if have else ": the quota is granted and nobody is charged to it; are the numbers written alike?"
    warned_zh = "" if have else "：已核定签约额度但无人计入，请核对两个文件的个人编号写法是否一致"
    findings.say(
        Text(
            f"of the {counted(count, 'person|persons')} on the signed list {counted(have, 'has|have')} claims in the "
            f"file{warned}",
            f"签约名单{count:,}人中有{have:,}人在费用文件中有结算单{warned_zh}",
        )
    )


def say_charged(spells: Spells, loaded: Loaded, findings: Findings) -> None:
    """Say how many claims of listed persons are of another community, or have no date that tells the month."""
    who = _numbers(spells, loaded)
    if who is None:
        return
    place = np.full(len(spells.persons) + 1, -1, dtype=np.int64)
    place[spells.person] = spells.community
    listed = (who < len(spells.persons)) & resident_rows(loaded.claims)
    if other := int((listed & (loaded.claims.home != place[who])).sum()):
        findings.say(
            Text(
                f"{counted(other, 'claim|claims of persons on the signed list is|are')} of another community than the "
                "list names: not charged to the quota",
                f"签约名单人员有{other:,}笔结算单的责任医共体与名单不同：不计入签约额度",
            )
        )
    if undated := int((listed & (loaded.claims.month < 0)).sum()):
        findings.say(
            Text(
                f"{counted(undated, 'claim|claims of persons on the signed list has|have')} no date: charged if "
                "signed in any month",
                f"签约名单人员有{undated:,}笔结算单没有日期：当年任一月份在签即计入",
            )
        )


def _numbers(spells: Spells, loaded: Loaded) -> Ints | None:
    """[claim row] number of its person on the list; for persons not on the list the number of persons."""
    if loaded.persons is None:
        return None
    encoded = loaded.persons.combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    strange = len(spells.persons)
    number = np.array([*(spells.persons.get(name, strange) for name in names), strange], dtype=np.int64)
    return np.asarray(number[encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)])


def _on(spells: Spells, year: int, month: int, list_day: str) -> Mask:
    """[spell] whether it is on the list of a month 0..11."""
    day = 1 if list_day == "first" or not year else monthrange(year, month + 1)[1]
    date = year * 10_000 + (month + 1) * 100 + day
    dated = (spells.start <= date) & (date <= spells.end)
    on: Mask = np.where(spells.months == MISSING, dated, month < spells.months)
    return on


def _claims_of(spells: Spells, on: Mask, loaded: Loaded) -> Mask | None:
    """[claim row] whether its person is on the list of its month and community; None where no persons are named.

    A claim without a date counts if the person is on the list in any month of the year.
    """
    who = _numbers(spells, loaded)
    if who is None:
        return None
    at = np.full((len(spells.persons) + 1, MONTHS), -1, dtype=np.int64)  # the last line: persons not on the list
    for month in range(MONTHS):
        at[spells.person[on[:, month]], month] = spells.community[on[:, month]]
    home, months = loaded.claims.home, loaded.claims.month
    undated = months < 0
    rows: Mask = (at[who, np.maximum(months, 0)] == home) & (home >= 0) & ~undated
    rows[undated] = (at[who[undated]] == home[undated, None]).any(axis=1) & (home[undated] >= 0)
    return rows
