"""The user's small tables: institutions, communities with their insured persons, case groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core.files.cells import code_fault, is_total
from sim.core.text import Text, counted
from sim.county.claims.config import Config
from sim.county.claims.group_tables import Row, read_table
from sim.county.claims.groups import inpatient_groups, outpatient_groups
from sim.settle.read import files
from sim.settle.read.assumed import ALL_OR_NONE, say_of_groups, tell
from sim.settle.read.check import SHOWN, Findings, Problem, Rule, bad_rows
from sim.settle.read.columns import ENROLMENT, FILES, MISSING, PROVIDERS, Column
from sim.settle.read.integers import integers
from sim.settle.read.pieces import pieces
from sim.settle.read.records import Book, Small
from sim.settle.read.senses import Tally
from sim.settle.read.texts import codes
from sim.tables import NO_COMMUNITY, Ints, Providers

Further = Callable[[dict[str, list[Any]], dict[str, Ints], dict[str, list[str]]], list[Rule]]
"""Rules of several cells or rows: from text columns (None = empty) and integers by column, those of the file only, and
what stands in the text columns of lines that are no rows."""


def read_small(
    path: Path, columns: tuple[Column, ...], findings: Findings, unique: str = "", further: Further | None = None
) -> Small:
    """Read and check a small table; bad rows are left out and reported."""
    import pyarrow as pa

    source = files.open_source(path, columns)
    findings.headings[findings.name(path)] = source.headings
    parts = list(pieces(source))
    lines = [line for piece in parts for line in piece.refused]
    findings.add_refused(findings.name(path), lines)
    joined = {name: pa.concat_arrays([piece.columns[name] for piece in parts]) for name in source.headings}
    rows = np.concatenate([piece.rows for piece in parts])
    text, values, rules = _cells(findings, source, joined, len(rows))
    numbers = tuple(column for column in columns if column.name in values)
    if unique:
        rules.append(Rule(unique, _first_of_its_kind(text[unique]), "must not be given twice"))
    refused = {name: [v for line in lines if (v := files.cell_of(line, source, name))] for name in text}
    if further is not None:
        rules += further(text, values, refused)
    bad = bad_rows(path, numbers, values, rules, rows, files.raw_cell(joined), findings)
    texts_kept = {
        name: [v or "" for v, wrong in zip(column, bad, strict=True) if not wrong] for name, column in text.items()
    }
    values_kept = {c.name: values.get(c.name, np.full(len(rows), MISSING))[~bad] for c in columns if c.name not in text}
    gone = {
        name: [v for v, wrong in zip(column, bad, strict=True) if wrong and v] + refused[name]
        for name, column in text.items()
    }
    return Small(texts_kept, values_kept, rows[~bad], gone)


def only_gone(table: Small, name: str) -> tuple[str, ...]:
    """Texts of a column that stand only in rows that are left out."""
    return tuple(dict.fromkeys(v for v in table.gone[name] if v not in set(table.text[name])))


def _cells(
    findings: Findings, source: files.Source, joined: dict[str, Any], size: int
) -> tuple[dict[str, list[Any]], dict[str, Ints], list[Rule]]:
    """Texts and integers by column, and the rules that texts break; say what was assumed of the file."""
    text: dict[str, list[Any]] = {}
    values: dict[str, Ints] = {}
    rules, tally = [], Tally()
    tally.rows = size
    for column in source.columns:
        name, there = column.name, column.name in joined
        if column.kind in ("text", "code", "name"):
            read_text = codes(joined[name], name=column.kind == "name") if there else None
            text[name] = read_text.text.to_pylist() if read_text else [None] * size
            rules += [Rule(name, ~bad, says) for says, bad in read_text.faults.items()] if read_text else []
            if column.required:
                rules.append(
                    Rule(name, np.array([v is not None for v in text[name]], dtype=np.bool_), "must not be empty")
                )
            tally.add(name, read_text.senses if read_text else {})
            tally.empty[name] = text[name].count(None)
        elif there:
            read = integers(column, joined[name], source.shifts.get(name, 0))
            values[name] = read.values
            tally.add(name, read.senses)
            tally.empty[name] = int((read.values == MISSING).sum())
    tell(findings, next(file for file, columns in FILES.items() if columns is source.columns), source, tally)
    return text, values, rules


def _first_of_its_kind(values: list[Any]) -> Any:
    seen: set[Any] = set()
    first = []
    for value in values:
        first.append(value is None or value not in seen)
        seen.add(value)
    return np.array(first, dtype=np.bool_)


def read_book(providers: Path, groups: Path | None, enrolment: Small | None, findings: Findings) -> Book:
    """Read institutions, communities and case groups.

    Args:
        providers: the providers file.
        groups: the table of case groups; None: the groups of the default county.
        enrolment: the enrolment, which may name further communities.
        findings: takes bad rows and notes.
    """
    table = read_small(providers, PROVIDERS, findings, "provider", _provider_rules)
    member = table.text["community"]
    communities = _communities(table, enrolment)
    number = {name: index for index, name in enumerate(communities)}
    tier = table.values["tier"]
    blank = np.zeros(len(tier), dtype=np.int64)
    at = np.array([number.get(name, NO_COMMUNITY) for name in member], dtype=np.int64)
    names = tuple(name or code for name, code in zip(table.text["name"], table.text["provider"], strict=True))
    institutions = Providers(tier, at, blank, blank, blank, numbered(table.text["parent"], table.text["provider"]))
    _say_namesakes(findings, providers, table)
    gone = only_gone(table, "provider")
    if orphans := sum(code in gone for code in table.text["parent"]):
        findings.say(
            Text(
                f"{findings.name(providers)}: {counted(orphans, 'institution|institutions has|have')} one above it "
                "that is left out: the lead hospital of the community counts as the one above",
                f"{findings.name(providers)}：有{orphans:,}家机构的上级机构已剔除：以医共体牵头医院为上级",
            )
        )
    case_groups, lost = read_groups(groups, findings)
    return Book(
        tuple(table.text["provider"]),
        names,
        institutions,
        communities,
        *case_groups,
        gone={"provider": gone, "group": lost},
    )


def _say_namesakes(findings: Findings, path: Path, table: Small) -> None:
    """Say which names stand beside several codes: it may be one institution under two codes."""
    alike: dict[str, list[str]] = {}
    for name, code in zip(table.text["name"], table.text["provider"], strict=True):
        alike.setdefault(name, []).append(code)
    twice = {name: codes for name, codes in alike.items() if name and len(codes) > 1}
    if twice:
        shown = [f"{name} ({', '.join(codes[:SHOWN])})" for name, codes in list(twice.items())[:SHOWN]]
        more = ", …" if len(twice) > SHOWN else ""
        findings.say(
            Text(
                f"{findings.name(path)}: several codes have one name, and count as institutions of their own: "
                f"{', '.join(shown)}{more}",
                f"{findings.name(path)}：名称相同、编码不同，按不同机构处理：{'、'.join(shown)}{more}",
            )
        )


def _communities(table: Small, enrolment: Small | None) -> tuple[str, ...]:
    """Communities in the order in which they are named; those named only in rows that are left out come last."""
    named = [*table.text["community"], *(enrolment.text["community"] if enrolment else [])]
    gone = [*table.gone["community"], *(enrolment.gone["community"] if enrolment else [])]
    sound = [name for name in gone if not code_fault(name) and not is_total(name)]
    return tuple(dict.fromkeys(name for name in [*named, *sound] if name))


def numbered(codes: Sequence[str], known: Sequence[str]) -> Ints:
    """Codes as their positions among the known ones, -1 where empty or not known."""
    number = {code: index for index, code in enumerate(known)}
    return np.array([number.get(code, -1) for code in codes], dtype=np.int64)


def _provider_rules(text: dict[str, list[Any]], values: dict[str, Ints], refused: dict[str, list[str]]) -> list[Rule]:
    """The rule that an institution above another is of the same community and of a higher tier."""
    named = [code if code is not None else "" for code in text["provider"]]
    parent = numbered([code or "" for code in text["parent"]], named)
    has_parent = np.array([bool(code) and code not in refused["provider"] for code in text["parent"]], dtype=np.bool_)
    if not has_parent.any():
        return []
    tier = values["tier"]
    same = np.array(
        [p >= 0 and text["community"][p] == community for p, community in zip(parent, text["community"], strict=True)],
        dtype=np.bool_,
    )
    unread = (tier < 0) | (tier[parent] < 0)  # which is told of that cell
    fits = ~has_parent | (same & (unread | (tier[parent] > tier)))
    return [Rule("parent", fits, "must be an institution of a higher tier of the same community in this file")]


class Groups(NamedTuple):
    """Case groups as a `Book` holds them; index = group number."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    weights: Ints
    kinds: tuple[str, ...]
    related: tuple[str, ...]
    packaged: tuple[bool, ...]


def read_groups(path: Path | None, findings: Findings) -> tuple[Groups, tuple[str, ...]]:
    """The user's case groups; without a file the groups of the default county, for stays and visits.

    Returns:
        The groups, and the codes of rows that are left out; such rows are reported.
    """
    gone: tuple[str, ...] = ()
    if path is None:
        defaults = Config()
        stays, visits = (
            inpatient_groups(defaults.inpatient_groups),
            outpatient_groups(defaults.outpatient_groups),
        )
        named = [(g.code, g.name_zh, g.weight) for g in stays] + [(g.code, g.name_zh, g.cost) for g in visits]
        rows: list[Row] = [dict(zip(("group", "name", "weight"), row, strict=True)) for row in named]
    else:
        table = read_table(path)
        say_of_groups(findings, path, table.told)
        for fault in table.faults:
            findings.add(Problem(findings.name(path), *fault))
        findings.add_rows(findings.name(path), len({fault.row for fault in table.faults}))
        rows, gone = table.rows, table.gone
    return Groups(
        tuple(row["group"] for row in rows),
        tuple(row["name"] or row["group"] for row in rows),
        np.array([row["weight"] for row in rows], dtype=np.int64),
        tuple(row.get("kind", "") for row in rows),
        tuple(row.get("related", "") for row in rows),
        tuple(row.get("packaged", True) for row in rows),
    ), gone


def read_enrolment(path: Path, findings: Findings) -> Small:
    """Read insured persons by community and year."""
    return read_small(path, ENROLMENT, findings, further=_enrolment_rules)


def _enrolment_rules(text: dict[str, list[Any]], values: dict[str, Ints], refused: dict[str, list[str]]) -> list[Rule]:
    """Rules: one row for each community and year; no cell empty beside filled ones; no more signed than insured."""
    size = len(text["community"])
    years = values.get("year", np.full(size, MISSING)).tolist()
    once = _first_of_its_kind(
        [None if name is None else (name, year) for name, year in zip(text["community"], years, strict=True)]
    )
    rules = [Rule("community", once, "must not be given twice for a year")]
    for name in ALL_OR_NONE["enrolment"]:
        if name in values:
            filled = {year for year, value in zip(years, values[name].tolist(), strict=True) if value != MISSING}
            beside = np.array([year in filled for year in years], dtype=np.bool_)
            says = "must not be empty beside cells of its year that are filled in"
            rules.append(Rule(name, ~beside | (values[name] != MISSING), says))
    if "signed" in values:
        unknown = (values["signed"] < 0) | (values["heads"] < 0)
        rules.append(Rule("signed", unknown | (values["signed"] <= values["heads"]), "must not exceed the insured"))
    return rules
