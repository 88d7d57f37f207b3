"""Insured persons by community and year, as the enrolment file gives them; nobody is counted twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.core.errors import ConfigError, CountyFundError
from sim.core.text import Text
from sim.core.units import PPM
from sim.settle.read.check import Findings, Problem
from sim.settle.read.columns import MISSING
from sim.settle.read.csv_rows import TOTAL
from sim.settle.read.records import Book, Small
from sim.tables import Floats, Ints


class Enrolled(NamedTuple):
    """What the enrolment file says of the settled year; index = community."""

    heads: Ints
    """Insured persons; 0 where the file gives none."""
    signed: Ints | None
    """Insured persons signed with a family doctor; None where the file has no such numbers."""
    scores: Floats | None
    """Assessment score 0..1, 1 where the file has no scores; None without a file."""
    without: tuple[str, ...]
    """Communities that have no row of the year."""


WHOLE = ("全", "总", "县", "市", "区", "all", "whole")
"""How a name that means all communities together begins."""


def without_total(path: Path, enrolment: Small, book: Book, findings: Findings) -> tuple[Small, Book]:
    """The enrolment and the communities without a total: a last row that is the sum of the others of its year.

    A total names a community without institutions; it is the sum of several rows, or its name says that it is the whole
    (全县).  It is reported.
    """
    names, years, heads = enrolment.text["community"], enrolment.values["year"], enrolment.values["heads"]
    placed = {book.communities[number] for number in set(book.providers.community.tolist()) if number >= 0}
    others = heads[:-1][years[:-1] == years[-1]] if len(names) > 1 and names[-1] not in placed else heads[:0]
    if not len(others) or others.sum() != heads[-1] or (len(others) == 1 and not names[-1].lower().startswith(WHOLE)):
        return enrolment, book
    findings.add(Problem(findings.name(path), int(enrolment.rows[-1]), "community", names[-1], TOTAL))
    findings.add_rows(findings.name(path), 1)
    rest = Small(
        {name: texts[:-1] for name, texts in enrolment.text.items()},
        {name: values[:-1] for name, values in enrolment.values.items()},
        enrolment.rows[:-1],
        enrolment.gone,
    )
    known = tuple(name for name in book.communities if name != names[-1] or name in rest.text["community"])
    return rest, book._replace(communities=known)


def enrolled(book: Book, enrolment: Small | None, year: int) -> Enrolled:
    """What the file says of the settled year; rows without a year are of it.

    Raises:
        CountyFundError: if a community is there twice, once without a year and once with it, or if signed persons or
            scores are given for other years only.
    """
    count = len(book.communities)
    if enrolment is None:
        return Enrolled(np.zeros(count, dtype=np.int64), None, None, book.communities)
    rows = _rows_of(book, enrolment, year)
    twice = [book.communities[c] for c, times in Counter(c for c, _ in rows).items() if times > 1]
    if twice:
        raise CountyFundError(
            "a community has two rows of one year, one of them with the cell year empty",
            where="enrolment",
            value=", ".join(twice),
            bound=f"one row of {year}",
            todo="leave one of them out, or fill in its year",
        )
    heads, signed, scores = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), np.ones(count)
    values = enrolment.values
    for community, row in rows:
        heads[community] = values["heads"][row]
        signed[community] = max(int(values["signed"][row]), 0)
        scores[community] = values["score"][row] / PPM if values["score"][row] != MISSING else 1.0
    for name in ("signed", "score"):
        filled = [values[name][row] != MISSING for _, row in rows]
        if filled and not any(filled) and (values[name] != MISSING).any():
            raise CountyFundError(
                f"the column {name} is filled for other years, but not for the settled one",
                where="enrolment",
                bound=f"the cells of {year}",
                todo="fill them in, or leave the column out",
            )
    named = {community for community, _ in rows}
    return Enrolled(
        heads,
        signed if (values["signed"] != MISSING).any() else None,
        scores,
        tuple(name for number, name in enumerate(book.communities) if number not in named),
    )


def heads_of(book: Book, enrolment: Small | None, year: int, settled: int) -> Ints:
    """[community] insured persons of a year; rows without a year are of the ``settled`` one."""
    heads = np.zeros(len(book.communities), dtype=np.int64)
    if enrolment is not None:
        for community, row in _rows_of(book, enrolment, year, year == settled):
            heads[community] = enrolment.values["heads"][row]
    return heads


def _rows_of(book: Book, enrolment: Small, year: int, undated: bool = True) -> list[tuple[int, int]]:
    """Community and row number of the rows of a year; with ``undated`` also of rows without a year."""
    number = {name: index for index, name in enumerate(book.communities)}
    rows = zip(enrolment.text["community"], enrolment.values["year"].tolist(), strict=True)
    years = (year, MISSING) if undated else (year,)
    return [(number[name], k) for k, (name, row_year) in enumerate(rows) if name in number and row_year in years]


def check_heads(insured: Enrolled, year: int) -> None:
    """Stop where an amount goes by heads and a community has no row: its amount would be 0 without a word.

    Args:
        insured: what the file says of the year.
        year: the settled year, 0 where the claims name none.

    Raises:
        ConfigError: naming the communities.
    """
    if insured.without:
        of = f" of {year}" if year else ""
        raise ConfigError(
            "a budget or an amount by heads needs the number of insured persons of every community",
            where="enrolment",
            value="nobody is given for " + ", ".join(insured.without),
            bound=f"a row{of} for each",
            todo=f"give enrolment=FILE a row{of} for each community of the providers file, 0 where nobody is insured",
        )


def check_places(book: Book, enrolment: Small | None, homes: Ints, strict: bool, findings: Findings) -> None:
    """Stop at a community without institutions that would hold a budget; not if claims name it as home, or all are so.

    Args:
        book: communities and institutions.
        enrolment: the file that names them.
        homes: communities that claims answer for.
        strict: whether communities hold budgets.
        findings: takes the note where it is no mistake.

    Raises:
        ConfigError: naming the communities.
    """
    placed = set(book.providers.community.tolist())
    lonely = [name for number, name in enumerate(book.communities) if number not in placed]
    if enrolment is None or not lonely:
        return
    known = [name for number, name in enumerate(book.communities) if number in placed]
    unnamed = [name for name in lonely if book.communities.index(name) not in set(np.unique(homes).tolist())]
    if strict and known and unnamed:
        raise ConfigError(
            "the enrolment file names a community without institutions, which cannot hold a budget",
            where="enrolment",
            value=", ".join(unnamed),
            bound=", ".join(known),
            todo="write it as in the providers file, or leave it out; a total of all communities is none",
        )
    names = ", ".join(lonely)
    findings.say(
        Text(
            f"no institution of the providers file belongs to {names}: all care of its persons counts as bought "
            "elsewhere",
            f"机构表中没有属于{'、'.join(lonely)}的机构：其参保人的全部就医按在外就医计",
        )
    )
