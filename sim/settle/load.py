"""The user's files as the tables that payment and settlement work on; rows that break a rule are found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.settle import cells, files
from sim.settle.check import Findings, Problem, Rule, bad_rows
from sim.settle.columns import BAD, CLAIMS, ENROLMENT, GROUPS, MISSING, PROVIDERS, Column, looks_rounded
from sim.settle.files import Piece, Source
from sim.tables import COUNTY, INPATIENT, NO_COMMUNITY, RESIDENT_INSURED, Claims, Ints, Providers

if TYPE_CHECKING:
    import pyarrow as pa


class Book(NamedTuple):
    """Who there is: institutions, communities, case groups; their codes and names as the user writes them."""

    codes: tuple[str, ...]
    """[provider]"""
    names: tuple[str, ...]
    providers: Providers
    communities: tuple[str, ...]
    groups: tuple[str, ...]
    group_names: tuple[str, ...]
    weights: Ints
    """[group] parts per million"""


class Loaded(NamedTuple):
    """Claims of one file, and what `Claims` has no column for; index = row."""

    claims: Claims
    row: Ints
    """Row in the file."""
    date: Ints
    """yyyymmdd, `MISSING` when not given."""
    ids: pa.ChunkedArray | None
    persons: pa.ChunkedArray | None
    computed: Any
    """[row] whether the statutory part was computed."""


class Wanted(NamedTuple):
    """What is asked of the claims beyond their declaration."""

    year: int | None
    """Only claims of this year; None = any."""
    groups: bool
    """In-county stays need a group."""
    home: bool
    """Every resident row needs a community that answers for the person."""


# --- small tables ----------------------------------------------------------------------------------------------------
class Small(NamedTuple):
    """A small table: text columns as lists, others as integers."""

    text: dict[str, list[str]]
    values: dict[str, Ints]


def read_small(path: Path, columns: tuple[Column, ...], findings: Findings, unique: str = "") -> Small:
    """Read and check a small table; bad rows are left out and reported."""
    import pyarrow as pa

    source = files.open_source(path, columns)
    pieces = list(files.pieces(source))
    for piece in pieces:
        findings.add_ragged(path.name, piece.ragged)
    names = list(source.headings)
    joined = {name: pa.concat_arrays([cells.as_text(piece.columns[name]) for piece in pieces]) for name in names}
    rows = np.concatenate([piece.rows for piece in pieces])
    numbers = tuple(c for c in columns if c.kind not in ("text", "code") and c.name in joined)
    values = {column.name: cells.integers(column, joined[column.name]) for column in numbers}
    text = {
        c.name: cells.codes(joined[c.name]).to_pylist() if c.name in joined else [None] * len(rows)
        for c in columns
        if c.kind in ("text", "code")
    }
    rules = [
        Rule(c.name, np.array([v is not None for v in text[c.name]], dtype=np.bool_), "must not be empty")
        for c in columns
        if c.kind == "text" and c.required
    ]
    if unique:
        rules.append(Rule(unique, _first_of_its_kind(text[unique]), "must not be given twice"))
        intact = np.array([value is None or not looks_rounded(value) for value in text[unique]], dtype=np.bool_)
        rules.append(Rule(unique, intact, "must be text, not a number that a spreadsheet rounded"))
    bad = bad_rows(path, numbers, values, rules, rows, _raw(joined), findings)
    kept = {name: [v or "" for v, wrong in zip(column, bad, strict=True) if not wrong] for name, column in text.items()}
    whole = {c.name: values.get(c.name, np.full(len(rows), MISSING))[~bad] for c in columns if c.name not in text}
    return Small(kept, whole)


def _first_of_its_kind(values: list[Any]) -> Any:
    seen: set[Any] = set()
    first = []
    for value in values:
        first.append(value is None or value not in seen)
        seen.add(value)
    return np.array(first, dtype=np.bool_)


def _raw(columns: dict[str, Any]) -> Any:
    def cell(column: str, position: int) -> str:
        value = columns[column][position].as_py() if column in columns else None
        return "" if value is None else str(value)[:80]

    return cell


def read_book(providers: Path, groups: Path | None, enrolment: Small | None, findings: Findings) -> Book:
    """Institutions, communities and groups; without a group table those of ``conf/``, numbered from 0."""
    table = read_small(providers, PROVIDERS, findings, "provider")
    member = table.text["community"]
    named = [*member, *(enrolment.text["community"] if enrolment else [])]
    communities = tuple(dict.fromkeys(name for name in named if name))
    number = {name: index for index, name in enumerate(communities)}
    tier = table.values["tier"]
    blank = np.zeros(len(tier), dtype=np.int64)
    at = np.array([number.get(name, NO_COMMUNITY) for name in member], dtype=np.int64)
    names = tuple(name or code for name, code in zip(table.text["name"], table.text["provider"], strict=True))
    if groups is None:
        from sim import claims as claims_stage

        own = claims_stage.inpatient_groups(claims_stage.Config().inpatient_groups)
        labels = tuple(group.name_zh for group in own)
        weights = np.array([round(group.weight * 1_000_000) for group in own], dtype=np.int64)
        group_codes = tuple(str(index) for index in range(len(own)))
    else:
        rows = read_small(groups, GROUPS, findings, "group")
        group_codes, weights = tuple(rows.text["group"]), rows.values["weight"]
        labels = tuple(name or code for name, code in zip(rows.text["name"], group_codes, strict=True))
    institutions = Providers(tier, at, blank, blank, blank)
    return Book(tuple(table.text["provider"]), names, institutions, communities, group_codes, labels, weights)


def read_enrolment(path: Path, findings: Findings) -> Small:
    """Insured persons by community and year."""
    return read_small(path, ENROLMENT, findings)


# --- claims ----------------------------------------------------------------------------------------------------------
KEPT = ("provider", "date", "year", "insurance", "category", "group", "home", "referred", "cases", "days", "charge",
        "covered", "statutory", "catastrophic", "assistance", "patient")  # fmt: skip
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
    lookups = {
        "provider": {code: index for index, code in enumerate(book.codes)},
        "group": {code: index for index, code in enumerate(book.groups)},
        "home": {name: index for index, name in enumerate(book.communities)},
    }
    parts = []
    with ThreadPoolExecutor(1) as reader:
        for piece in _ahead(files.pieces(source), reader):
            findings.add_ragged(path.name, piece.ragged)
            if len(piece.rows):
                parts.append(_checked(path, piece, book, lookups, wanted, findings))
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
    path: Path, piece: Piece, book: Book, lookups: dict[str, dict[str, int]], wanted: Wanted, findings: Findings
) -> Part:
    """Turn a piece into integers, fill in what may be empty, check it, leave out bad rows."""
    present = tuple(column for column in CLAIMS if column.name in piece.columns and column.kind != "text")
    values = {
        column.name: cells.coded(cells.codes(piece.columns[column.name]), lookups[column.name])
        if column.kind == "code"
        else cells.integers(column, piece.columns[column.name])
        for column in present
    }
    size = len(piece.rows)
    given = set(values)
    for name in KEPT:
        if name not in values:
            values[name] = np.full(size, MISSING, dtype=np.int64)
    rules = _complete(values, given, book, wanted)
    ids = cells.codes(piece.columns["claim"]) if "claim" in piece.columns else None
    persons = cells.codes(piece.columns["person"]) if "person" in piece.columns else None
    rules += [Rule(name, ok, "must be text: a spreadsheet rounded it") for name, ok in
              (("claim", _intact(ids)), ("person", _intact(persons))) if ok is not None]  # fmt: skip
    bad = bad_rows(path, present, values, rules, piece.rows, _raw(piece.columns), findings)
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


def _joined(columns: list[Any]) -> Ints:
    """Compact columns as one of whole width; still one value if all are alike."""
    first = columns[0][:1]
    if all(column.strides == (0,) and len(column) and column[0] == first[0] for column in columns):
        return np.broadcast_to(np.int64(first[0]), (sum(map(len, columns)),))
    return np.concatenate(columns, dtype=np.int64)


def _intact(array: Any) -> Any:
    """Rows whose text is no rounded number; None if that is all of them."""
    import pyarrow.compute as pc

    if array is None or not pc.any(pc.match_substring(array, "E+")).as_py():
        return None
    return np.array([text is None or not looks_rounded(text) for text in array.to_pylist()], dtype=np.bool_)


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
    priced = resident & (values["category"] == INPATIENT) & (tier <= COUNTY) & known
    group = values["group"]
    needed = priced & wanted.groups
    group[~needed & (group < 0)] = -1
    rules = []
    if wanted.groups:
        rules.append(Rule("group", ~(needed & (group == MISSING)), "must not be empty for a stay in the county"))
    if wanted.home:
        says = "must not be empty: care outside the communities needs the one that answers for the person"
        rules.append(Rule("home", ~(resident & (home == NO_COMMUNITY)), says))
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
    readable &= charge != MISSING
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


def assemble(parts: list[Part], book: Book, benefit: Any) -> Loaded:
    """Join the pieces, compute statutory parts that were not given, and find who pays the rest.

    Args:
        parts: checked pieces; emptied on the way, so that memory holds every column once.
        book: institutions.
        benefit: `sim.benefit.Config`.
    """
    import pyarrow as pa

    from sim.settle import statutory

    ids = pa.chunked_array([p.ids for p in parts]) if parts and parts[0].ids is not None else None
    people = pa.chunked_array([p.persons for p in parts]) if parts and parts[0].persons is not None else None
    row = np.concatenate([p.row for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    size = len(row)
    v: dict[str, Ints] = {}
    for name in KEPT:
        v[name] = _joined([p.values.pop(name) for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    parts.clear()
    tier = book.providers.tier[v["provider"]]
    computed = v["statutory"] == MISSING
    resident: Ints = np.broadcast_to(np.int64(-1), (size,))
    for name in ("catastrophic", "assistance"):
        empty = v[name] == MISSING
        if empty.all():
            v[name] = np.zeros(size, dtype=np.int64) if computed.any() else np.broadcast_to(np.int64(0), (size,))
        elif empty.any():
            v[name][empty] = 0
    if computed.any():
        resident = np.ascontiguousarray(_person_numbers(people, size))
        whole = {name: np.require(column, requirements=["C", "W"]) for name, column in v.items()}
        v |= {name: whole[name] for name in ("statutory", "catastrophic", "assistance")}
        bills = statutory.Bills(
            resident, whole["cases"], whole["insurance"], whole["category"], tier, whole["referred"], whole["charge"],
            whole["covered"], v["statutory"], v["catastrophic"], v["assistance"],
        )  # fmt: skip
        statutory.fill(benefit, bills, v["date"])
    dated = v["date"] >= 0
    month = np.where(dated, v["date"] // 100 % 100 - 1, -1)
    nothing = np.broadcast_to(np.int64(0), (size,))
    claims = Claims(
        cases=v["cases"], year=v["year"], month=month, day=_day_of_year(v["date"], dated), resident=resident,
        provider=v["provider"], tier=tier, community=book.providers.community[v["provider"]], home=v["home"],
        insurance=v["insurance"], category=v["category"], group=v["group"], severity=nothing, referred=v["referred"],
        days=v["days"], wait=nothing, charge=v["charge"], covered=v["covered"], statutory=v["statutory"],
        catastrophic=v["catastrophic"], assistance=v["assistance"],
        patient=v["charge"] - v["statutory"] - v["catastrophic"] - v["assistance"], cost=nothing,
    )  # fmt: skip
    return Loaded(claims, row, v["date"], ids, people, computed)


def _person_numbers(people: Any, size: int) -> Ints:
    """Persons numbered from 0 in the order of their first row; -1 where not given."""
    if people is None:
        return np.broadcast_to(np.int64(-1), (size,))
    encoded = people.dictionary_encode().unify_dictionaries()
    chunks = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    return np.concatenate(chunks).astype(np.int64)


def _day_of_year(date: Ints, dated: Any) -> Ints:
    """0..364; the 366th day of a leap year counts as the 365th; -1 where not given."""
    if not dated.any():
        return np.broadcast_to(np.int64(-1), (len(date),))
    before = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int64)
    day = before[np.where(dated, date // 100 % 100 - 1, 0)] + date % 100 - 1
    return np.where(dated, np.minimum(day, 364), -1)
