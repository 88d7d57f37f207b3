"""Reads and checks a file of claims piece by piece; rows that break a rule are left out and reported."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np

from sim.core.text import Text, counted
from sim.settle.read import files
from sim.settle.read.assumed import tell
from sim.settle.read.check import Findings, Rule, bad_rows
from sim.settle.read.claim_values import ends_in_total, read_cells, reversals
from sim.settle.read.columns import BAD, CLAIMS, MISSING, OUTSIDER
from sim.settle.read.files import Piece, Source, cell_of, raw_cell
from sim.settle.read.needs import ClaimNeeds, Days
from sim.settle.read.pieces import pieces
from sim.settle.read.records import KEPT_COLUMNS, Book, Part, compact
from sim.settle.read.senses import Tally
from sim.tables import (
    COUNTY,
    EMPLOYEE_INSURED,
    INPATIENT,
    NO_COMMUNITY,
    RESIDENT_INSURED,
    STEPPED_DOWN,
    UNINSURED,
    Ints,
)

GONE = -(2**60)
"""Plus the number of a code: stands for an institution or group whose own row in another file is bad."""
ELSEWHERE = -3
"""Stands, in rows that are not paid, for an institution that is in no file."""
GONE_WHY = {
    "provider": Text("referring to a bad row of the providers file", "其在机构表中的行有误"),
    "group": Text("referring to a bad row of the group table", "其在病组表中的行有误"),
}


_YEAR = next(column for column in CLAIMS if column.name == "year")
_MOST = next(column for column in CLAIMS if column.name == "charge").high
FIRST_DAY, LAST_DAY = _YEAR.low * 10_000 + 101, _YEAR.high * 10_000 + 1231
"""First and last day of claims; other days stand for an unknown one, as 1900-01-01 and 9999-12-31 do in databases."""
DEFAULTS = {"insurance": RESIDENT_INSURED, "referred": 0, "cases": 1, "days": 0, "catastrophic": 0, "assistance": 0}


def read_claims(path: Path, book: Book, needs: ClaimNeeds, findings: Findings) -> tuple[Source, list[Part]]:
    """Read and check a file of claims piece by piece; of each row a few integers and two short texts are kept.

    Args:
        path: the file.
        book: institutions, communities and case groups.
        needs: what the designs ask of the claims.
        findings: takes bad rows, and notes on what was assumed.

    Raises:
        CountyFundError: if the file cannot be read or lacks a required column.
    """
    import pyarrow as pa

    source = files.open_source(path, CLAIMS)
    findings.headings[findings.name(path)] = source.headings
    lookups = {
        name: {code: GONE + index for index, code in enumerate(book.gone[name])}
        | {code: index for index, code in enumerate(codes)}
        for name, codes in (("provider", book.codes), ("group", book.groups))
    } | {
        "home": dict.fromkeys(OUTSIDER, NO_COMMUNITY) | {name: index for index, name in enumerate(book.communities)},
    }
    parts, tally, lost = list[Part](), Tally(), list[str]()
    with ThreadPoolExecutor(1) as reader:
        for piece in _ahead(pieces(source), reader):
            findings.add_refused(findings.name(path), piece.refused)
            lost += [number for line in piece.refused if (number := cell_of(line, source, "claim"))]
            if len(piece.rows):
                parts.append(_checked(source, piece, book, lookups, needs, findings, tally))
    tell(findings, "claims", source, tally)
    if tally.elsewhere:
        findings.say(
            Text(
                f"{findings.name(path)}: {counted(tally.elsewhere, 'row|rows')} of other insurances at institutions "
                "that the providers file lacks: not paid and in no table",
                f"{findings.name(path)}：有{tally.elsewhere:,}行非居民医保费用发生在机构表以外的机构：不支付，不列入各表",
            )
        )
    if parts and lost:
        parts[0] = parts[0]._replace(left=(*parts[0].left, pa.array(lost)))
    if parts and ends_in_total(path, parts, findings):
        last = parts.pop()
        parts.append(last.only(np.arange(len(last.row)) < len(last.row) - 1))
    return source, parts


def _ahead(source: Iterator[Piece], pool: ThreadPoolExecutor) -> Iterator[Piece]:
    """Read the next pieces while the last is being checked; at most two wait."""
    queue: Queue[Piece | BaseException | None] = Queue(2)
    stopped = False

    def read() -> None:
        try:
            for piece in source:
                if stopped:
                    return
                queue.put(piece)
            queue.put(None)
        except BaseException as error:  # handed to the reader's user
            queue.put(error)

    pool.submit(read)
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped = True
        while not queue.empty():
            queue.get_nowait()


def _checked(
    source: Source,
    piece: Piece,
    book: Book,
    lookups: dict[str, dict[str, int]],
    needs: ClaimNeeds,
    findings: Findings,
    tally: Tally,
) -> Part:
    """Turn a piece into integers, fill in what may be empty, check it, leave out bad rows."""
    path = source.path
    present = tuple(column for column in CLAIMS if column.name in piece.columns and column.kind != "text")
    values, texts, rules = read_cells(source, piece, lookups, tally)
    size = len(piece.rows)
    findings.add_reversals(findings.name(path), reversals(present, values, size))
    columns_given = set(values)
    empty = {name: values[name] == MISSING for name in columns_given}
    blank = {name: mask for name, mask in empty.items() if mask.any()}
    filled = frozenset(name for name, mask in empty.items() if not mask.all())
    for name in KEPT_COLUMNS:
        if name not in values:
            values[name] = np.full(size, MISSING, dtype=np.int64)
    strange = values["group"] == BAD
    elsewhere = _unpaid(values, tally)
    rules += _complete(values, columns_given, book, needs)
    bad = bad_rows(path, present, values, rules, piece.rows, raw_cell(piece.columns), findings)
    _follow(values, book, bad, findings.name(path), findings)
    part = Part(
        {name: compact(column) for name, column in values.items()},
        piece.rows,
        texts.get("claim"),
        texts.get("person"),
        blank,
        filled,
        compact(strange),
    )
    part = part.only(~bad) if bad.any() else part
    return part.only(~elsewhere[~bad]) if elsewhere.any() else part


def _unpaid(values: dict[str, Ints], tally: Tally) -> Any:
    """[row] whether the person is not resident-insured, and the institution is in no file.

    Such rows are not paid, so their institutions and communities need not be known.  They are marked in place and
    counted.
    """
    others = (values["insurance"] == EMPLOYEE_INSURED) | (values["insurance"] == UNINSURED)
    elsewhere = others & (values["provider"] == BAD)
    values["provider"][elsewhere] = ELSEWHERE
    values["home"][others & (values["home"] == BAD)] = NO_COMMUNITY
    tally.elsewhere += int(elsewhere.sum())
    return elsewhere


def _follow(values: dict[str, Ints], book: Book, bad: Any, file: str, findings: Findings) -> None:
    """Mark as ``bad``, in place, rows that name an institution or group left out of its file; say so once."""
    for name, why in GONE_WHY.items():
        if book.gone[name]:
            named = values[name] - GONE
            gone_rows = (named >= 0) & (named < len(book.gone[name]))
            which, rows = np.unique(named[gone_rows & ~bad], return_counts=True)
            codes = [book.gone[name][number] for number in which.tolist()]
            findings.follow(file, name, why, dict(zip(codes, rows.tolist(), strict=True)))
            bad |= gone_rows


def _complete(values: dict[str, Ints], columns_given: set[str], book: Book, needs: ClaimNeeds) -> list[Rule]:
    """Fill in cells that may be empty, in place, and return the rules on several columns."""
    for name, default in DEFAULTS.items():
        column = values[name]
        if name in ("catastrophic", "assistance"):
            continue
        column[column == MISSING] = default
    stated_year = values["year"].copy()
    dated = (values["year"] == MISSING) & (values["date"] >= FIRST_DAY) & (values["date"] <= LAST_DAY)
    values["year"][dated] = values["date"][dated] // 10_000
    known = values["provider"] >= 0
    at = np.where(known, values["provider"], 0)
    tier = book.providers.tier[at] if len(book.codes) else at
    community = book.providers.community[at] if len(book.codes) else at
    home = values["home"]
    empty = home == MISSING
    home[empty] = np.where(community[empty] >= 0, community[empty], 0 if len(book.communities) == 1 else NO_COMMUNITY)
    resident = values["insurance"] == RESIDENT_INSURED
    priced = resident & (tier <= COUNTY) & known
    stay_in_county = priced & (values["category"] == INPATIENT) & (values["referred"] != STEPPED_DOWN)
    stay = stay_in_county & needs.stays
    visit = priced & (values["category"] >= 0) & (values["category"] != INPATIENT) & needs.visits
    group = values["group"]
    group[~(stay | visit) & (group < 0)] = -1
    rules = []
    if needs.stays:
        rules.append(Rule("group", ~(stay & (group == MISSING)), "must not be empty for a stay in the county"))
    if needs.visits:
        rules.append(Rule("group", ~(visit & (group == MISSING)), "must not be empty for a visit in the county"))
    if needs.home:
        says = "must not be empty: care outside the communities needs the one that answers for the person"
        says += _of_strangers(book)
        rules.append(Rule("home", ~(resident & known & empty & (home == NO_COMMUNITY)), says))
    if needs.cost:
        missing = resident & known & (community >= 0) & (values["cost"] == MISSING)
        rules.append(Rule("cost", ~missing, "must not be empty: the settlement is on turnover and own cost"))
    return [
        *rules,
        *_day_rules(values, stay_in_county, needs.days),
        *_year_rules(values, columns_given, needs, stated_year),
        *_money_rules(values),
    ]


def _of_strangers(book: Book) -> str:
    """A likely cause: a community without institutions, perhaps spelt in two ways; "" if each community has one."""
    placed = set(book.providers.community.tolist())
    strange = [name for number, name in enumerate(book.communities) if number not in placed]
    return f" (no institution is of {', '.join(strange[:3])}: is a community spelt in two ways?)" if strange else ""


def _year_rules(values: dict[str, Ints], columns_given: set[str], needs: ClaimNeeds, stated_year: Ints) -> list[Rule]:
    """Rules on date and year: both of one year, and of the year asked for.

    ``stated_year`` is the column year as it stands in the file.
    """
    year, column = values["year"], "date" if "date" in columns_given else "year"
    rules = []
    if "date" in columns_given:
        sound = (values["date"] < 0) | ((values["date"] >= FIRST_DAY) & (values["date"] <= LAST_DAY))
        says = f"must be a day of the years {FIRST_DAY // 10_000} .. {LAST_DAY // 10_000}; an unknown day is left empty"
        rules.append(Rule("date", sound, says))
    if {"date", "year"} <= columns_given:
        both = (stated_year >= 0) & (values["date"] >= 0)
        same = ~both | (values["date"] // 10_000 == stated_year)
        rules.append(Rule("date", same, "must be of the year in the column year"))
    if needs.before is not None:
        unread = (values["date"] == BAD) & (stated_year == MISSING)  # which is told of that cell
        rules.append(
            Rule(column, unread | (year != MISSING), "must not be empty: each claim of the history needs date or year")
        )
        says = f"must be of a year before {needs.before}, which is settled"
        rules.append(Rule(column, (year < 0) | (year < needs.before), says))
    if needs.year is not None:
        strange = (year >= 0) & (year != needs.year)
        rules.append(Rule(column, ~strange, f"must be of the year {needs.year}"))
    return rules


def _day_rules(values: dict[str, Ints], stay: Any, needed: Days) -> list[Rule]:
    """Where the payment depends on days, each case of a stay has at least one day."""
    if not needed.all and not needed.groups:
        return []
    paid_by_days = stay if needed.all else stay & np.isin(values["group"], needed.groups)
    enough = (values["days"] == BAD) | (values["cases"] == BAD) | (values["days"] >= np.maximum(values["cases"], 1))
    return [
        Rule(
            "days", ~paid_by_days | enough, "must be at least 1 for each case: what is paid for the stay depends on it"
        )
    ]


def _money_rules(values: dict[str, Ints]) -> list[Rule]:
    """Rules on the parts of a bill; an empty covered part becomes the whole charge, in place."""
    charge, covered = values["charge"], values["covered"]
    empty = (covered == MISSING) & (charge >= 0) & (charge <= _MOST)  # of others it is told that they are none
    covered[empty] = charge[empty]
    parts = [values[name] for name in ("statutory", "catastrophic", "assistance")]
    readable = np.logical_and.reduce([column != BAD for column in (charge, covered, values["patient"], *parts)])
    readable &= (charge >= 0) & (charge <= _MOST)
    paid = sum(np.maximum(column, 0) for column in parts)
    exact = (values["patient"] < 0) | (parts[0] < 0) | (paid + values["patient"] == charge)
    return [
        Rule("covered", ~readable | (covered <= charge), "must not exceed the charge"),
        Rule("statutory", ~readable | (parts[0] <= covered), "must not exceed the covered part"),
        Rule("charge", ~readable | (parts[0] > covered) | (paid <= charge), "must not be below what is paid of it"),
        Rule(
            "patient",
            ~readable | exact | (paid > charge),
            "must be charge - statutory - catastrophic - assistance",
        ),
    ]


def of_year(path: Path, parts: list[Part], year: int, findings: Findings) -> list[Part]:
    """Take claims without a year as claims of the settled year, and say so; 0 stands for a year that nobody names."""
    blank = [np.equal(part.values["year"], MISSING) for part in parts]
    count = sum(int(mask.sum()) for mask in blank)
    if not count:
        return parts
    if year:
        findings.say(
            Text(
                f"{findings.name(path)}: {counted(count, 'row|rows names|name')} neither date nor year: taken as of "
                f"{year}",
                f"{findings.name(path)}：有{count:,}行既无日期也无年度：按{year}年计",
            )
        )
    else:
        findings.say(
            Text(
                f"{findings.name(path)}: no row names a date or a year: settled as one year without a number "
                "(year=2024 names it)",
                f"{findings.name(path)}：各行均无日期和年度：按未标明的一个年度结算（可用year=2024注明）",
            )
        )
    for part, mask in zip(parts, blank, strict=True):
        part.values["year"] = compact(np.where(mask, year, part.values["year"]))
    return parts
