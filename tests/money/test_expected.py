"""What a fund expects to spend per head, worked by hand: prices, ageing, benefit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.core.units import fen
from sim.explain.settlement import budget_steps
from sim.money.base_years import Expected, expected, growth_over
from sim.money.history import AGE_BANDS, ClosedYear, History, Insured
from sim.money.payment import cap, drg
from sim.money.settlement import Config, stake, uncapped
from sim.tables import BENEFIT_LEVELS, empty_claims
from tests.money_world import ints, make_providers

GROWTH = 0.10


def bands(*by_community: tuple[int, int]) -> np.ndarray:
    """[community, age band] persons of 20-29 and of 70-79."""
    table = np.zeros((len(by_community), AGE_BANDS), dtype=np.int64)
    for community, (young, old) in enumerate(by_community):
        table[community, 2], table[community, 7] = young, old
    return table


def history(now: np.ndarray, *, level: float = 1.0, year: int = 2, **known: Any) -> History:
    """Year 0: two communities of 80 and 20 young and 20 and 80 old; a young person costs 100 yuan, an old one 400.

    At half the level of deductibles and limits the fund would have paid a tenth more.
    """
    spent = np.zeros(AGE_BANDS, dtype=np.int64)
    spent[[2, 7]] = fen(10_000), fen(40_000)
    paid = np.round(fen(50_000) * np.interp(np.log2(BENEFIT_LEVELS), [-1, 0], [1.1, 1.0])).astype(np.int64)
    then = bands((80, 20), (20, 80))
    closed = ClosedYear(
        0, empty_claims(), ints(fen(16_000), fen(34_000)), then.sum(axis=1), insured=Insured(then, spent, 1.0, paid)
    )
    return History(
        (closed,), 1, year, now.sum(axis=1), ints(10**6), GROWTH, ages=now, benefit=level, **known
    )  # fmt: skip


SAME = bands((80, 20), (20, 80))


@pytest.mark.parametrize(
    ("now", "community", "ageing"),
    [
        (SAME, None, 1.0),
        (bands((40, 10), (10, 40)), None, 1.0),  # fewer, of the same ages
        (bands((70, 30), (20, 80)), 0, (70 * 100 + 30 * 400) / (80 * 100 + 20 * 400)),
        (bands((70, 30), (20, 80)), 1, 1.0),
        (bands((70, 30), (20, 80)), None, (90 * 100 + 110 * 400) / (100 * 100 + 100 * 400)),
    ],
)
def test_ageing_by_hand(now: np.ndarray, community: int | None, ageing: float) -> None:
    assert expected(history(now), 0, community) == Expected(1_210_000, round(ageing * 10**6), 10**6)


def test_benefit_by_hand() -> None:
    """Deductibles and limits at half their level against charges: a tenth more."""
    found = expected(history(SAME, level=0.5), 0)
    assert found == Expected(1_210_000, 10**6, 1_100_000)
    assert found.factor == 1_331_000


def test_what_is_not_known_counts_as_no_change() -> None:
    known = history(bands((70, 30), (20, 80)), level=0.5)
    (closed,) = known.closed
    assert expected(known._replace(ages=None), 0).ageing == 10**6
    assert expected(known._replace(closed=(closed._replace(insured=None),)), 0) == Expected(1_210_000, 10**6, 10**6)
    assert expected(known, 1) == Expected(1_100_000, 10**6, 10**6)  # not closed: the price alone
    assert expected(known, 2) == Expected(10**6, 10**6, 10**6)


def test_budget_follows_each_communitys_ages() -> None:
    """16,000 x 1.21 x 190/160 and 34,000 x 1.21 for the same heads; with a growth of one's own, that growth."""
    older = history(bands((70, 30), (20, 80)))
    assert uncapped(Config(base_years=1), older).tolist() == [fen(22_990), fen(41_140)]
    assert uncapped(Config(base_years=1, growth=0.1), older).tolist() == [fen(19_360), fen(41_140)]
    lump = Config(lump_per_head=100.0)
    assert uncapped(lump, older).tolist() == [fen(11_000), fen(11_000)]  # from year 1, which is not closed: prices


def test_rates_of_a_unit_of_work_follow_charges_alone() -> None:
    """How much work ageing brings is in the work; a cap of an institution follows the ages of all insured."""
    older = history(bands((70, 30), (20, 80)), level=0.5)
    assert growth_over(drg.Config(), older, 2, "rate_growth") == 1_210_000
    factor = expected(older, 0).factor
    assert growth_over(cap.Config(), older, 2) == factor > 1_400_000
    assert growth_over(cap.Config(growth=0.0), older, 2) == 10**6


def test_budget_and_expectation_of_communities_move_together() -> None:
    """With one year as base the budget is what communities expect to need: they neither fear nor hope."""
    older = history(bands((70, 30), (20, 80)), level=0.5)
    terms = Config(base_years=1, revenue_cap=False)
    assert stake(terms, uncapped(terms, older), older, make_providers(2)).adequacy == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    "settings", [{}, {"head_rate": "pool"}, {"base": "mean"}, {"base": "negotiated"}, {"growth": 0.03}]
)
def test_explained_parts_lead_to_the_budget(settings: dict[str, Any]) -> None:
    older = history(bands((70, 30), (20, 80)), level=0.5)
    terms = Config(base_years=1, **settings)
    budgets = uncapped(terms, older)
    for community, amount in enumerate(budgets.tolist()):
        steps = budget_steps(terms.model_copy(update={"revenue_cap": False}), older, 0, 1, community)
        assert steps[-1].fen == amount
        named = {item.name.en.split(":")[0] for step in steps for item in step.items}
        assert ({"ageing", "benefit"} <= named) == ("growth" not in settings)
