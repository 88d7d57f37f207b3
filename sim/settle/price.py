"""Pay and settle the user's claims under a design, by the same functions as in a simulated year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.config.model import SimConfig
from sim.core.arrays import sum_by
from sim.core.errors import ConfigError, IdentityError, countable
from sim.core.units import Money, fen
from sim.money import payment
from sim.money.base_years import NoHeads, NoPast
from sim.money.history import History
from sim.money.paid_year import PaidYear
from sim.money.paying import pay_and_settle
from sim.money.payment import signed_quota
from sim.money.payment.lists import check_lists
from sim.outcomes import identities
from sim.settle.read.items import visit_weights
from sim.settle.read.records import Book, Inputs, Loaded
from sim.settle.read.signed import signed_list
from sim.tables import CATEGORIES, RESIDENT_INSURED, Floats, Ints

PARTS = ("cases", "days", "charge", "covered", "statutory", "catastrophic", "assistance", "patient")
"""Columns of claims that the tables add up."""


class Totals(NamedTuple):
    """Sums of resident-insured claims: of each column of `PARTS` an array [provider, category]; money in fen."""

    parts: dict[str, Ints]


class Past(NamedTuple):
    """What a design was priced from, besides the claims, which all designs share."""

    history: History
    scores: Floats | None
    """[community] assessment scores, where given."""
    signed: Ints
    """`Claims.signed` by the design's list."""


@countable("the signed list")
def history_of(inputs: Inputs, config: SimConfig) -> tuple[History, Loaded]:
    """What payment and settlement know of other years and of persons, and the claims, under a design.

    With a signed list, the design says which claims are of signed persons.  The settled year is the first year of the
    reform, so rates that are given are of this year.  One group table serves stays and visits; the weights of services
    of visits depend on the design.
    """
    listed, loaded, book, year = None, inputs.loaded, inputs.book, inputs.year
    if inputs.spells is not None and isinstance(config.payment, signed_quota.Config):
        listed, signed = signed_list(inputs.spells, book, loaded, year, config.payment.list_day)
        if signed is not None:
            loaded = loaded._replace(claims=loaded.claims._replace(signed=signed))
    visits = book.weights if inputs.visits is None else visit_weights(config.payment, inputs.visits)
    growth = config.claims.growth
    return History(inputs.closed, year, year, inputs.heads, book.weights, growth, inputs.signed, visits, listed), loaded


def price(
    config: SimConfig, history: History, loaded: Loaded, book: Book, available: float | None, scores: Floats | None
) -> PaidYear:
    """Pay and settle the claims; all identities are checked.

    Args:
        config: the design.
        history: closed years, heads and weights.
        loaded: the claims.
        book: institutions.
        available: yuan that the fund has for care in the year (以收定支); None = budgets are not capped by it.
        scores: [community] assessment score 0..1; None = 1.

    Raises:
        CountyFundError: whatever payment and settlement find, in the words of the user's files.
    """
    _check_communities(book, payment.SCHEMES[config.payment.scheme].has_budget)
    terms = config.settlement.model_copy(update={"revenue_cap": available is not None})
    check_lists(config.payment, len(book.codes), len(book.communities))
    try:
        paid = pay_and_settle(
            config.payment, terms, history, loaded.claims, book.providers, fen(available or 0.0), scores
        )
    except ConfigError as error:
        raise _in_words_of_files(error, book.communities) from None
    check(paid)
    return paid


def _check_communities(book: Book, has_budget: bool) -> None:
    if has_budget and not book.communities:
        raise ConfigError(
            "this design gives communities a budget, but no community is named",
            where="providers",
            value="",
            bound="a community column",
            todo="name the community of each member institution, or choose another payment",
        )


def _in_words_of_files(error: ConfigError, communities: Sequence[str]) -> ConfigError:
    """A mistake of the past or its insured persons, in words of the files; other mistakes as they are."""
    if isinstance(error, NoHeads):
        names = ", ".join(communities[unit] for unit in error.units)
        return ConfigError(
            error.what,
            where="enrolment",
            value=f"nobody is insured in {error.year} of {names}, whose money counts",
            bound=error.bound,
            todo=f"give enrolment=FILE a row of {error.year} for each community, leave that year "
            "out of history, or take base=last_year or base=mean",
        )
    if not isinstance(error, NoPast):
        return error
    return ConfigError(
        error.what,
        where="history",
        bound=error.bound,
        todo=f"give history=FILE with claims of earlier years, or {error.give}",
        at=error.place,
    )


def check(paid: PaidYear) -> None:
    """Check the identities that hold of claims alone, and that receipts by provider and by community sum to all.

    What budgets are charged with, and the receipts that no budget is charged with, are together all receipts.

    Raises:
        IdentityError: naming both sides.
    """
    claims, receipts, settled = paid.claims, paid.payments.receipts, paid.settled
    identities.check_receipts(claims, paid.payments, "settle")
    identities.check_settlement(settled, "settle")
    if settled.units.size:
        identities.check_units(settled, paid.providers, "settle")
    total = paid.receipts
    by_provider = int(sum_by(claims.provider, receipts, len(paid.providers.tier)).sum())
    sides = [("receipts of providers = receipts", by_provider, total)]
    if len(settled.budget):
        of = claims.community if paid.charged == "members" else claims.home
        away = int(receipts[of < 0].sum())
        spent = int(settled.in_network.sum() + settled.out_of_network.sum())
        sides.append(("inside + outside = receipts", spent + away, total))
    for name, left, right in sides:
        if left != right:
            raise IdentityError(f"identity broken: {name}", where="settle", value=left, bound=f"{right} fen")


def provider_and_category(loaded: Loaded) -> Ints:
    """[row] provider and category as one number; -1 where the resident insurance does not pay."""
    claims = loaded.claims
    return np.where(claims.insurance == RESIDENT_INSURED, claims.provider * len(CATEGORIES) + claims.category, -1)


def by_provider_and_category(key: Ints, book: Book, column: Money) -> Ints:
    """[provider, category] exact sums of a column over resident-insured rows, in its unit.

    Args:
        key: [row] `provider_and_category`.
        book: institutions.
        column: [row] what is summed.
    """
    shape = (len(book.codes), len(CATEGORIES))
    if column.strides == (0,) and len(column) and not column[0]:
        return np.zeros(shape, dtype=np.int64)
    return sum_by(key, column, shape[0] * shape[1]).reshape(shape)


def totals(loaded: Loaded, book: Book) -> Totals:
    """The parts of the bills (`PARTS`), added up."""
    key = provider_and_category(loaded)
    return Totals({name: by_provider_and_category(key, book, getattr(loaded.claims, name)) for name in PARTS})


def point_value(value: float) -> float | None:
    """A point value for JSON: None when the scheme has none."""
    return None if math.isnan(value) else value
