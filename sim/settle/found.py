"""What the files of a settlement hold: claims, institutions, enrolment, the past, signed persons, services."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.config import SimConfig
from sim.errors import CountyFundError
from sim.handover import History
from sim.payment import SCHEMES, signed_quota
from sim.settle import load, price, readings
from sim.settle.asked import Asked
from sim.settle.assemble import Loaded, assemble
from sim.settle.book import Book, read_book, read_enrolment
from sim.settle.check import Findings
from sim.settle.designs import Design
from sim.settle.items import Visits, check_visits, read_items, typed, visit_weights
from sim.settle.signed import Spells, read_signed, signed_list
from sim.tables import Floats, Ints


class Found(NamedTuple):
    """What the files hold."""

    loaded: Loaded
    book: Book
    closed: Any
    heads: Ints
    year: int
    signed: Ints | None
    scores: Floats | None
    spells: Spells | None = None
    """The signed list, person by person."""
    visits: Visits | None = None
    """Types of visits that have items."""


def history_of(found: Found, config: SimConfig) -> tuple[History, Loaded]:
    """What payment and settlement know under a design, and its claims: a signed list says whose person is signed."""
    listed, loaded = None, found.loaded
    if found.spells is not None and isinstance(config.payment, signed_quota.Config):
        listed, signed = signed_list(found.spells, found.book, loaded, found.year, config.payment.list_day)
        if signed is not None:
            loaded = loaded._replace(claims=loaded.claims._replace(signed=signed))
    weights = None if found.visits is None else visit_weights(config, found.visits)
    growth = config.claims.growth
    history = price.history_of(
        found.book, found.closed, found.heads, found.signed, found.year, growth, listed, weights
    )  # fmt: skip
    return history, loaded


def read(asked: Asked, claims: Path, providers: Path, chosen: list[Design], findings: Findings) -> Found:
    """Read every file; without ``skip_bad`` the work stops at the first file with errors only after all are read."""
    enrolment_path, history_path = asked.path("enrolment"), asked.path("history")
    enrolment = read_enrolment(enrolment_path, findings) if enrolment_path else None
    book = read_book(providers, asked.path("groups"), enrolment, findings)
    signed_path, items_path = asked.path("signed"), asked.path("items")
    spells = read_signed(signed_path, book, findings) if signed_path else None
    visits = any("apg" in methods(design.config) for design in chosen)
    items = read_items(items_path, book, findings) if items_path and visits else None
    budgets = any(has_budget(design.config) for design in chosen)
    wanted = load.Wanted(
        asked.number("year", int),
        any(methods(design.config) & {"drg", "dip"} for design in chosen),
        visits and items is None,
        budgets and bool(book.communities),
        any(has_budget(design.config) and design.config.settlement.contract.apply for design in chosen),
    )
    _, parts = load.read_claims(claims, book, wanted, findings)
    parts = load.without_doubles(claims, parts, findings)
    year = wanted.year if wanted.year is not None else _year_of(parts, claims)
    past: list[load.Part] = []
    if history_path:
        _, past = load.read_claims(history_path, book, wanted._replace(year=None, visits=visits, cost=False), findings)
    benefit = chosen[0].config.benefit
    if findings.stop(asked.yes("skip_bad")):
        parts, past = [], []
    loaded = assemble(parts, book, benefit)
    types = None
    if items is not None and items_path is not None and len(loaded.row):
        loaded, types = typed(items, loaded, book, items_path, findings)
        check_visits(loaded, claims, findings)
    before = assemble(past, book, benefit) if past else None
    closed = price.closed_years(before, book, enrolment, year)
    heads = price.heads_of(book, enrolment, year, year)
    signed, scores = price.signed_of(book, enrolment, year), price.scores_of(book, enrolment, year)
    known = book if types is None else types.book
    return Found(loaded, known, closed, heads, year, signed, scores, spells, types)


def _year_of(parts: list[load.Part], path: Path) -> int:
    """The one year of the claims; 0 when they name none."""
    rows = Counter[int]()
    for part in parts:
        years, counts = np.unique(part.values["year"], return_counts=True)
        rows.update({int(year): int(count) for year, count in zip(years, counts, strict=True) if year >= 0})
    if len(rows) > 1:
        likely = max(rows, key=lambda year: rows[year])
        told = ", ".join(f"{count:,} rows of {year}" for year, count in sorted(rows.items()))
        raise CountyFundError(
            "the claims are of several years", where=str(path), value=told, bound="one year",
            todo=f"give year={likely} to see which rows are of others, with skip_bad=true to leave them out",
        )  # fmt: skip
    return next(iter(rows), 0)


def has_budget(config: SimConfig) -> bool:
    """Whether somebody holds a budget under a design."""
    return SCHEMES[config.payment.scheme].has_budget


def methods(config: SimConfig) -> set[str]:
    """The payment methods of a design, those inside a budget included."""
    return {own.scheme for own in readings.methods(config.payment)}
