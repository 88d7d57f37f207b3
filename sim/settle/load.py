"""The user's files as the tables that payment and settlement work on; rows that break a rule are found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.settle import files
from sim.settle.assumed import Told, tell
from sim.settle.bills import ends_in_total, read_cells, reversals
from sim.settle.book import Book, raw_cell
from sim.settle.check import Findings, Problem, Rule, bad_rows
from sim.settle.columns import BAD, CLAIMS, MISSING, OUTSIDER
from sim.settle.files import Piece, Source
from sim.tables import COUNTY, INPATIENT, NO_COMMUNITY, RESIDENT_INSURED, STEPPED_DOWN, Ints

if TYPE_CHECKING:
    pass


class Wanted(NamedTuple):
    """What is asked of the claims beyond their declaration."""

    year: int | None
    """Only claims of this year; None = any."""
    stays: bool
    """In-county stays need a group."""
    visits: bool
    """In-county visits need a group."""
    home: bool
    """Every resident row needs a community that answers for the person."""
    cost: bool = False
    """Members' resident rows need their cost."""


# --- claims ----------------------------------------------------------------------------------------------------------
KEPT = ("provider", "date", "year", "insurance", "category", "group", "home", "referred", "cases", "days", "charge",
        "covered", "statutory", "catastrophic", "assistance", "patient", "cost")  # fmt: skip
DEFAULTS = {"insurance": RESIDENT_INSURED, "referred": 0, "cases": 1, "days": 0, "catastrophic": 0, "assistance": 0}


class Part(NamedTuple):
    """A checked piece of a claims file."""

    values: dict[str, Ints]
    row: Ints
    ids: Any
    persons: Any


def read_claims(path: Path, book: Book, wanted: Wanted, findings: Findings) -> tuple[Source, list[Part]]:
    """Read and check a file of claims piece by piece; what is kept of a row is a few integers and two short texts."""
    source = files.open_source(path, CLAIMS)
    findings.headings[path.name] = source.headings
    lookups = {
        "provider": {code: index for index, code in enumerate(book.codes)},
        "group": {code: index for index, code in enumerate(book.groups)},
        "home": dict.fromkeys(OUTSIDER, NO_COMMUNITY) | {name: index for index, name in enumerate(book.communities)},
    }
    parts, told = list[Part](), Told()
    with ThreadPoolExecutor(1) as reader:
        for piece in _ahead(files.pieces(source), reader):
            findings.add_refused(path.name, piece.refused)
            if len(piece.rows):
                parts.append(_checked(source, piece, book, lookups, wanted, findings, told))
    tell(findings, "claims", source, told)
    if parts and ends_in_total(path, parts, findings):
        last = parts.pop()
        rest = Part({name: column[:-1] for name, column in last.values.items()}, last.row[:-1],
                    *(None if texts is None else texts[:-1] for texts in (last.ids, last.persons)))  # fmt: skip
        parts.append(rest)
    return source, parts


def _ahead(pieces: Iterator[Piece], pool: ThreadPoolExecutor) -> Iterator[Piece]:
    """Read the next pieces while the last is being checked; at most two wait."""
    queue: Queue[Piece | BaseException | None] = Queue(2)
    stopped = False

    def read() -> None:
        try:
            for piece in pieces:
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
    source: Source, piece: Piece, book: Book, lookups: dict[str, dict[str, int]], wanted: Wanted, findings: Findings,
    told: Told,
) -> Part:  # fmt: skip
    """Turn a piece into integers, fill in what may be empty, check it, leave out bad rows."""
    path = source.path
    present = tuple(column for column in CLAIMS if column.name in piece.columns and column.kind != "text")
    values, texts, rules = read_cells(source, piece, lookups, told)
    size = len(piece.rows)
    findings.add_reversals(path.name, reversals(present, values, size))
    given = set(values)
    for name in KEPT:
        if name not in values:
            values[name] = np.full(size, MISSING, dtype=np.int64)
    rules += _complete(values, given, book, wanted)
    bad = bad_rows(path, present, values, rules, piece.rows, raw_cell(piece.columns), findings)
    ids, persons = texts.get("claim"), texts.get("person")
    if not bad.any():
        return Part({name: _compact(column) for name, column in values.items()}, piece.rows, ids, persons)
    kept = {name: _compact(column[~bad]) for name, column in values.items()}
    return Part(kept, piece.rows[~bad], None if ids is None else ids.filter(~bad),
                None if persons is None else persons.filter(~bad))  # fmt: skip


def _compact(column: Ints) -> Any:
    """A column in little room: one value if all are alike, half as wide if they are small."""
    if not len(column):
        return column
    low, high = column.min(), column.max()
    if low == high:
        return np.broadcast_to(low, column.shape)
    return column.astype(np.int32) if low > -(2**31) and high < 2**31 else column


def _complete(values: dict[str, Ints], given: set[str], book: Book, wanted: Wanted) -> list[Rule]:
    """Fill in what may be empty, in place, and say which rules of several columns hold."""
    for name, default in DEFAULTS.items():
        column = values[name]
        if name in ("catastrophic", "assistance"):
            continue
        column[column == MISSING] = default
    dated = (values["year"] == MISSING) & (values["date"] >= 0)
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
    stay = priced & (values["category"] == INPATIENT) & (values["referred"] != STEPPED_DOWN) & wanted.stays
    visit = priced & (values["category"] >= 0) & (values["category"] != INPATIENT) & wanted.visits
    group = values["group"]
    group[~(stay | visit) & (group < 0)] = -1
    rules = []
    if wanted.stays:
        rules.append(Rule("group", ~(stay & (group == MISSING)), "must not be empty for a stay in the county"))
    if wanted.visits:
        rules.append(Rule("group", ~(visit & (group == MISSING)), "must not be empty for a visit in the county"))
    if wanted.home:
        says = "must not be empty: care outside the communities needs the one that answers for the person"
        rules.append(Rule("home", ~(resident & empty & (home == NO_COMMUNITY)), says))
    if wanted.cost:
        missing = resident & known & (community >= 0) & (values["cost"] == MISSING)
        rules.append(Rule("cost", ~missing, "must not be empty: the settlement is on turnover and own cost"))
    if wanted.year is not None:
        strange = (values["year"] >= 0) & (values["year"] != wanted.year)
        rules.append(Rule("date" if "date" in given else "year", ~strange, f"must be of the year {wanted.year}"))
    return rules + _money_rules(values)


def _money_rules(values: dict[str, Ints]) -> list[Rule]:
    """Parts of a bill against the whole; an empty covered part becomes the whole charge."""
    charge, covered = values["charge"], values["covered"]
    covered[covered == MISSING] = charge[covered == MISSING]
    parts = [values[name] for name in ("statutory", "catastrophic", "assistance")]
    readable = np.logical_and.reduce([column != BAD for column in (charge, covered, values["patient"], *parts)])
    readable &= charge >= 0
    paid = sum(np.maximum(column, 0) for column in parts)
    exact = (values["patient"] < 0) | (parts[0] < 0) | (paid + values["patient"] == charge)
    return [
        Rule("covered", ~readable | (covered <= charge), "must not exceed the charge"),
        Rule("statutory", ~readable | (parts[0] <= covered), "must not exceed the covered part"),
        Rule("charge", ~readable | (paid <= charge), "must not be below what is paid of it"),
        Rule(
            "patient", ~readable | exact | (paid > charge),
            "must be charge - statutory - catastrophic - assistance",
        ),
    ]  # fmt: skip


def without_doubles(path: Path, parts: list[Part], raw_findings: Findings) -> list[Part]:
    """Leave out rows whose claim number was given before, and report them."""
    import pyarrow as pa

    if not parts or parts[0].ids is None:
        return parts
    if _all_different(pa.chunked_array([part.ids for part in parts])):
        return parts
    seen: set[str] = set()
    result = []
    for part in parts:
        double = np.zeros(len(part.row), dtype=np.bool_)
        for position, text in enumerate(part.ids.to_pylist()):
            if text is None:
                continue
            if text in seen:
                double[position] = True
                row = int(part.row[position])
                raw_findings.add(Problem(path.name, row, "claim", text, "must not be given twice"))
            seen.add(text)
        raw_findings.add_rows(path.name, int(double.sum()))
        kept = {name: column[~double] for name, column in part.values.items()}
        persons = None if part.persons is None else part.persons.filter(~double)
        result.append(Part(kept, part.row[~double], part.ids.filter(~double), persons))
    return result


def _all_different(texts: Any) -> bool:
    """Whether no text is there twice; quick where all are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not texts.null_count:
        try:
            numbers = np.sort(texts.cast(pa.int64()).to_numpy())
        except pa.ArrowInvalid:
            pass
        else:
            if (np.diff(numbers) > 0).all():
                return True
    return bool(pc.count_distinct(texts).as_py() == len(texts) - texts.null_count)
