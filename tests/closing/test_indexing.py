"""Budgets grow by what goes on by itself, and a surplus is told apart: the whole model, nobody responding."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sim.config import load_config
from sim.outcomes.outcome import ALL
from sim.pipeline import Arm, ArmResult, run_history, run_reforms
from sim.tables import INPATIENT, resident_rows

PACKAGE = ("payment=package", "settlement.revenue_cap=false")
LONG = ("years.history=8", "years.reform=8", "settlement.base_years=8")
EVEN = (
    "population.residents=20000", "population.frailty_shape=1e6", "illness.frailty=0", "illness.yearly=0",
    "variation.apply=false",
)  # fmt: skip
"""A county of little luck, so that few replications show a mean."""
PARTS = ("revenue_cap", "indexing", "base", "method", "unforeseen")
SMALL = (
    "population.residents=9000", "years.history=2", "years.reform=3", "settlement.base_years=2",
    "variation.apply=false",
)  # fmt: skip


Words = tuple[str, ...]


def played(common: Words, arms: list[Words], replication: int = 0, off: bool = True) -> list[ArmResult]:
    snapshot = run_history(load_config(common), replication)
    return run_reforms([Arm(str(n), load_config([*common, *own]), off) for n, own in enumerate(arms)], snapshot)


def of(result: ArmResult, outcome: str, group: str = ALL) -> list[float]:
    return [value for _, name, where, value in result.rows if (name, where) == (outcome, group)]


def test_a_budget_by_default_leaves_nothing_on_average() -> None:
    """The mean over the county's luck is 0 within noise; with the growth of charges alone, ageing makes it a loss."""
    both = [played((*EVEN, *LONG), [PACKAGE, (*PACKAGE, "settlement.growth=0.06")], n) for n in range(7)]
    expected, by_charges = (np.array([np.mean(of(pair[n], "surplus_rate")) for pair in both]) for n in (0, 1))
    error = expected.std(ddof=1) / len(both) ** 0.5
    assert error < 0.006
    assert abs(expected.mean()) < 3 * error
    assert by_charges.mean() < expected.mean() - 0.012
    assert (expected - by_charges > 0.01).all()  # with the same luck


@cache
def shares(indexation: str) -> tuple[list[float], list[float]]:
    """By year, the fund's part of charges for stays and for visits."""
    words = ("population.residents=12000", "years.history=1", "years.reform=8", f"benefit.indexation={indexation}")
    (result,) = played(words, [("payment=ffs",)])
    found = ([], [])
    for year in result.books.closed:
        claims, mine = year.claims, resident_rows(year.claims)
        for kind, rows in zip(found, (claims.category == INPATIENT, claims.category != INPATIENT), strict=True):
            kind.append(float(claims.statutory[rows & mine].sum() / claims.charge[rows & mine].sum()))
    return found


def test_the_funds_part_of_a_bill_stays_as_it_is_unless_amounts_stand_still() -> None:
    """Deductibles that stand still leave more of a stay to the fund, limits that stand still less of a visit."""
    (stays, visits), (stays_0, visits_0) = shares("null"), shares("0")
    assert stays_0[0] == stays[0]
    for kind in (stays, visits):
        trend = np.polyfit(range(9), kind, 1)[0] * 8
        assert abs(trend) < 0.015
    assert stays_0[-1] - stays[-1] > 0.01
    assert visits_0[-1] - visits[-1] < -0.01


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("settlement.growth=0.03", "settlement.revenue_cap=false"),
        ("settlement.base=mean", "settlement.rebase=rolling"),
        ("settlement.lump_per_head=500", "settlement.growth=0.02", "settlement.revenue_cap=false"),
        ("settlement.charged=members", "settlement.outpatient_growth=0.1"),
        ("payment.within=drg", "settlement.revenue_cap=false"),
        ("settlement.base=negotiated", "settlement.expected_growth=0.2", "settlement.head_rate=pool"),
    ],
)
def test_parts_are_the_surplus(words: tuple[str, ...]) -> None:
    """In every year, of all communities and of each: to the fen."""
    two = (*SMALL, "providers.communities=2", "providers.county_hospitals=2", "population.villages_per_township=1")
    (result,) = played(two, [("payment=package", *words)])
    for group in (ALL, "community_1", "community_2"):
        parts = [of(result, f"surplus_{part}", group) for part in PARTS]
        surplus = of(result, "surplus", group)
        assert len(surplus) == 3
        assert np.sum(parts, axis=0) == pytest.approx(surplus, abs=1e-6)
        assert max(parts[0]) <= 0
        assert any(parts[3]) == ("payment.within=drg" in words)
    if not words:
        assert of(result, "surplus_indexing") == of(result, "surplus_base") == [0, 0, 0]


def test_behaviour_is_what_the_response_changes_of_the_unforeseen() -> None:
    """With a fixed base the budgets of both are alike but for who died, so the surplus differs by that part alone."""
    on, off = (played(SMALL, [PACKAGE], off=off)[0] for off in (False, True))
    behaviour = np.subtract(of(on, "surplus_unforeseen"), of(off, "surplus_unforeseen"))
    assert behaviour.any()
    assert behaviour == pytest.approx(np.subtract(of(on, "surplus"), of(off, "surplus")), rel=1e-2)


def test_an_arms_own_indexation_is_in_what_it_expects() -> None:
    """Deductibles that fall against charges cost the fund more of the same care, by as much as the budget says.

    Limits of visits are out of the way: falling too, they would make up for it.  So is more use at lower prices, which
    no budget foresees.
    """
    free = ("population.price_blind=1", "benefit.resident.outpatient_cap=100000", "benefit.resident.chronic_cap=100000")
    as_history, fallen = played((*SMALL, *free), [PACKAGE, (*PACKAGE, "benefit.indexation=-0.2")])
    assert of(as_history, "expected_growth_benefit") == [0, 0, 0]
    parts = np.array([of(fallen, f"expected_growth_{part}") for part in ("price", "ageing", "benefit")])
    assert parts[0] == pytest.approx([0.06] * 3)
    assert np.prod(1 + parts, axis=0) == pytest.approx(1 + np.array(of(fallen, "expected_growth")), abs=1e-5)
    expected = (1 + parts[2]) ** [1, 2, 3]
    bills = [np.subtract(of(arm, "budget"), of(arm, "surplus")) for arm in (fallen, as_history)]
    assert min(expected) > 1.02
    assert bills[0] / bills[1] == pytest.approx(expected, abs=0.01)


def test_income_and_expected_spending_are_held_against_each_other() -> None:
    (result,) = played(SMALL, [("payment=ffs", "fund.income_growth=0.05")])
    assert np.add(of(result, "income_gap"), of(result, "expected_growth")) == pytest.approx([0.05] * 3)
