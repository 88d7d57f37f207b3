"""All files of a settlement read together: claims, institutions, enrolment, history, signed persons, services."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from sim.core.errors import ConfigError, CountyFundError
from sim.core.text import counted
from sim.money.history import ClosedYear, closed_year
from sim.money.payment.scheme import fee_for_service
from sim.settle.read import claim_notes
from sim.settle.read.assemble import assemble
from sim.settle.read.blanks import check_blanks
from sim.settle.read.check import Findings
from sim.settle.read.claims import of_year, read_claims
from sim.settle.read.columns import MISSING
from sim.settle.read.doubles import say_same_numbers, say_same_rows, without_doubles
from sim.settle.read.enrolment import check_heads, check_places, enrolled, heads_of, without_total
from sim.settle.read.items import matched, read_items, say_served, typed
from sim.settle.read.lists import read_book, read_enrolment
from sim.settle.read.needs import ClaimNeeds, DesignNeeds, claim_needs, history_needs
from sim.settle.read.records import Book, Inputs, Loaded, Part, Small, Spells
from sim.settle.read.signed import read_signed, say_charged, say_listed
from sim.settle.request import SettleRequest
from sim.tables import select_claims


def read(
    request: SettleRequest, claims: Path, providers: Path, chosen: list[DesignNeeds], findings: Findings
) -> Inputs:
    """Read every file, also after one with errors, so that all errors can be told together.

    Args:
        request: what the command line asks for.
        claims: the claims file.
        providers: the providers file.
        chosen: what each design needs of the files.
        findings: takes errors and notes.

    Raises:
        CountyFundError: if a file cannot be read at all, or the files contradict each other.
    """
    enrolment_path = request.path("enrolment")
    enrolment = read_enrolment(enrolment_path, findings) if enrolment_path else None
    book = read_book(providers, request.path("groups"), enrolment, findings)
    if enrolment is not None and enrolment_path is not None:
        enrolment, book = without_total(enrolment_path, enrolment, book, findings)
    signed_path, items_path = request.path("signed"), request.path("items")
    spells = read_signed(signed_path, book, findings) if signed_path else None
    visits = any("visit_groups" in design.needs for design in chosen)
    items = read_items(items_path, book, findings) if items_path and visits else None
    now = claim_needs(chosen, request.number("year", int), len(book.communities), items is not None)
    parts, year = _of_the_year(claims, book, now, findings)
    if any(len(part.row) for part in parts) and not findings.stop(request.yes("skip_bad")):
        _check_year(year, claims, request, enrolment, spells, chosen)
    past = _of_the_past(request.path("history"), book, history_needs(chosen, now, year), findings)
    if items is not None and items_path is not None and parts and not findings.stop(request.yes("skip_bad")):
        items, parts = matched(items, parts, book, claims, items_path, findings)
    complete = not findings.stop(request.yes("skip_bad"))
    benefit = chosen[0].benefit
    loaded = assemble(parts if complete else [], book, benefit, claims, findings)
    before = assemble(past, book, benefit, request.needed("history"), findings) if past and complete else None
    types = None
    if items is not None and items_path is not None and len(loaded.row):
        loaded, types = typed(items, loaded, book)
        say_served(items, loaded, findings)
    if spells is not None and any("signed_list" in design.needs for design in chosen):
        say_listed(spells, loaded, year, findings)
        say_charged(spells, loaded, findings)
    if len(loaded.row) and not findings.stop(request.yes("skip_bad")):
        _check_together(loaded, before, request, book, enrolment, year, chosen, findings)
    insured = enrolled(book, enrolment, year)
    closed = closed_years(before, book, enrolment, year)
    known = book if types is None else types.book
    computed = 0 if before is None else int(before.computed.sum())
    return Inputs(loaded, known, closed, insured.heads, year, insured.signed, insured.scores, spells, types, computed)


def closed_years(loaded: Loaded | None, book: Book, enrolment: Small | None, year: int) -> tuple[ClosedYear, ...]:
    """The years of a file of earlier claims, closed and paid by fee for service, oldest first.

    Args:
        loaded: the claims; each row says its year.  None without a file.
        book: institutions and communities.
        enrolment: insured persons by community and year.
        year: the settled year.
    """
    if loaded is None:
        return ()
    claims = loaded.claims
    closed = []
    for y in sorted({int(y) for y in np.unique(claims.year)}):
        rows = select_claims(claims, claims.year == y)
        closed.append(closed_year(y, rows, fee_for_service(rows), heads_of(book, enrolment, y, year)))
    return tuple(closed)


def _of_the_year(path: Path, book: Book, needs: ClaimNeeds, findings: Findings) -> tuple[list[Part], int]:
    """The claims to settle, and their year; 0 where the claims name no year."""
    _, parts = read_claims(path, book, needs, findings)
    parts = check_blanks(path, parts, findings)
    year = needs.year if needs.year is not None else _year_of(parts, path)
    return without_doubles(path, of_year(path, parts, year, findings), findings), year


def _of_the_past(path: Path | None, book: Book, needs: ClaimNeeds, findings: Findings) -> list[Part]:
    """The claims of earlier years."""
    if path is None:
        return []
    _, parts = read_claims(path, book, needs, findings)
    if not parts and not findings.cells:
        raise CountyFundError("the history holds no claims", where=str(path), todo="check the file, or leave it out")
    return without_doubles(path, check_blanks(path, parts, findings), findings)


def _check_year(
    year: int,
    path: Path,
    request: SettleRequest,
    enrolment: Small | None,
    spells: Spells | None,
    chosen: list[DesignNeeds],
) -> None:
    """Stop at claims without any year where something depends on the year.

    Raises:
        ConfigError: naming the files that need it.
    """
    uses = [name for name in ("history", "ledger") if request.path(name)]
    decides = any(needs.by_heads or needs.deposit for needs in chosen)
    if decides and enrolment is not None and (enrolment.values["year"] != MISSING).any():
        uses.append("enrolment")
    uses += ["signed"] if spells is not None and (spells.months == MISSING).any() else []
    if uses and not year:
        raise ConfigError(
            "the claims have no year",
            where=str(path),
            value=f"needed with {', '.join(f'{name}=' for name in uses)}",
            bound="a date or a year",
            todo="add a column date or year to the claims, or give year=2024 (their year)",
        )


def _check_together(
    loaded: Loaded,
    before: Loaded | None,
    request: SettleRequest,
    book: Book,
    enrolment: Small | None,
    year: int,
    chosen: list[DesignNeeds],
    findings: Findings,
) -> None:
    """Check what must hold of several rows and files together, and say what a reader should look at."""
    budgets = any(needs.has_budget for needs in chosen)
    check_places(book, enrolment, loaded.claims.home, budgets, findings)
    for needs in chosen:
        if needs.by_heads:
            listed = needs.signed_quota and request.path("signed") is not None
            if not (listed and enrolment is None):
                check_heads(enrolled(book, enrolment, year), year)
    check_benefits(chosen, loaded, before)
    for path, table in ((request.needed("claims"), loaded), (request.path("history"), before)):
        if table is not None and path is not None:
            say_same_rows(findings.name(path), table, findings)
            claim_notes.say_computed(findings.name(path), table, findings)
    say_same_numbers(loaded, before, findings)
    claim_notes.say_between(loaded, findings, budgets=budgets, ledger=request.path("ledger") is not None)


def check_benefits(chosen: list[DesignNeeds], loaded: Loaded, before: Loaded | None) -> None:
    """Where a statutory part is computed, it is computed once, so all designs must have the same benefit.

    Raises:
        ConfigError: naming the designs whose benefits differ.
    """
    computed = loaded.computed.any() or (before is not None and before.computed.any())
    other = [needs.name for needs in chosen if needs.benefit != chosen[0].benefit]
    if computed and other:
        raise ConfigError(
            "the statutory part is computed once for all designs, but they differ in benefit",
            where="benefit",
            value=", ".join([chosen[0].name, *other]),
            bound="one benefit",
            todo="settle each benefit by itself",
        )


def _year_of(parts: list[Part], path: Path) -> int:
    """The one year of the claims; 0 where they name no year.

    Raises:
        CountyFundError: if they are of several years.
    """
    rows = Counter[int]()
    for part in parts:
        years, counts = np.unique(part.values["year"], return_counts=True)
        rows.update({int(year): int(count) for year, count in zip(years, counts, strict=True) if year >= 0})
    if len(rows) > 1:
        likely = max(rows, key=lambda year: rows[year])
        by_year = ", ".join(f"{counted(count, 'row|rows')} of {year}" for year, count in sorted(rows.items()))
        raise CountyFundError(
            "the claims are of several years",
            where=str(path),
            value=by_year,
            bound="one year",
            todo=f"give year={likely} to see which rows are of others, with skip_bad=true to leave them out",
        )
    return next(iter(rows), 0)
