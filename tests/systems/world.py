"""One tiny county, its history played once, and a reform year of it under any rule: for the tests of A1 to A27."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim import pipeline
from sim.closing.books import Books
from sim.config import SimConfig, load_config
from sim.experiment.study import load_study
from sim.money.ledger import rows_of, statement_of
from sim.money.paid_year import PaidYear
from sim.money.paying import pay_and_settle
from sim.money.response import Policy
from sim.tables import RESIDENT_INSURED, Claims, Flows, FundYear, Providers, Settlement
from tests.core_world import recorded
from tests.money_world import make_claims, make_history, make_providers

SMALL = (
    "population.residents=400", "population.households_per_village=20", "population.villages_per_township=2",
    "years.warm_up=0", "years.history=2", "years.reform=3", "output.claims=true",
)  # fmt: skip
OWN_RISK = ("settlement=own_risk", "settlement.revenue_cap=false")
Plant = Callable[[pytest.MonkeyPatch], None]
"""Breaks one rule."""


class Year(NamedTuple):
    """A reform year, played and closed."""

    config: SimConfig
    policy: Policy
    flows: Flows
    books: Books
    providers: Providers

    @property
    def claims(self) -> Claims:
        """Single claims."""
        return self.flows.claims

    @property
    def settled(self) -> Settlement:
        """Settlement of the resident fund."""
        assert self.books.settled is not None
        return self.books.settled

    @property
    def fund(self) -> FundYear:
        """Books of the resident fund."""
        assert self.books.fund is not None
        return self.books.fund

    @property
    def heads(self) -> int:
        """Resident-insured persons."""
        return int((self.flows.population.insurance == RESIDENT_INSURED).sum())

    def bills(self, *which: Any) -> int:
        """Statutory part of the claims of resident-insured persons, of those rows only, fen."""
        rows = self.claims.insurance == RESIDENT_INSURED
        for more in which:
            rows = rows & more
        return int(self.claims.statutory[rows].sum())

    def outcome(self, name: str, group: str = "all") -> float:
        """An outcome of the year."""
        year = max(row[0] for row in self.books.rows)
        return {row[1:3]: row[3] for row in self.books.rows if row[0] == year}[name, group]

    def statement(self, owner: str) -> dict[str, list[int]]:
        """Lines of an owner's statement of the year: the whole year, then its months; fen."""
        book = self.books.ledgers[-1]
        return dict(rows_of(statement_of(book.chart.accounts, book.entries, book.year), owner))


@cache
def history(communities: int = 1) -> pipeline.Snapshot:
    """The tiny county after its history years."""
    words = (f"providers.communities={communities}", f"providers.county_hospitals={communities}")
    return pipeline.run_history(load_config([*SMALL, *words]), 0, ledgers=True)


def reform(*words: str, communities: int = 1, years: int = 1, off: bool = False) -> Year:
    """A reform year (the last of ``years``) of the tiny county; ``off`` takes the response away."""
    start = history(communities)
    own = (f"providers.communities={communities}", f"providers.county_hospitals={communities}")
    config = load_config([*SMALL, *own, *words])
    engine, test = start.engine.fork(pipeline.rule_configs(config)), pipeline.Arm("test", config, off)
    played, branch = recorded(engine), pipeline.Branch(engine, (start.books,), (0,))
    for year in range(config.years.history, config.years.history + years):
        (branch,) = pipeline.year_of([test], branch, 0, year)
    (books,) = branch.books
    return Year(config, books.policy, played[-1], books, engine.world.providers)


def arm(study: str, name: str) -> tuple[str, ...]:
    """Overrides of an arm of a study."""
    return load_study(study).arms[name].overrides


def paid(words: list[str], rows: list[dict[str, Any]], communities: int = 1, **more: Any) -> PaidYear:
    """Claims of a first reform year under a rule that needs nothing of the past; ten heads a community."""
    config = load_config([*OWN_RISK, *words])
    heads = [10] * communities
    past = make_history([make_claims(more.pop("past", []))], [heads], weights=more.pop("weights", [1.0, 2.0, 3.0]))
    past = past._replace(**more.pop("known", {}))
    return pay_and_settle(
        config.payment, config.settlement, past, make_claims(rows), make_providers(communities), more.pop("means", 0),
        **more,
    )  # fmt: skip


def found_by(check: Callable[[], None], plant: Plant, patch: pytest.MonkeyPatch) -> str:
    """What the check says of the broken rule; it must fail."""
    with patch.context() as broken:
        plant(broken)
        with pytest.raises(AssertionError) as failure:
            check()
    return str(failure.value)


def sums(index: Any, amounts: Any, size: int) -> list[int]:
    """Amounts added by index, one by one."""
    total = [0] * size
    for k, amount in zip(np.asarray(index).tolist(), np.asarray(amounts).tolist(), strict=True):
        total[k] += amount
    return total
