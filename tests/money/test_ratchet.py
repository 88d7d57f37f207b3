"""Inflated base years (A23): worked weights and shares, and announced years in the whole model."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import pipeline
from sim.__main__ import main
from sim.closing.arm import plan
from sim.config import load_config
from sim.core.errors import ConfigError
from sim.money import response, settlement
from sim.money.history import Incentives, Stake, base_costs
from sim.money.response import Config, respond
from sim.money.settlement import Config as Settlement
from sim.money.settlement import base_weight, uncapped
from sim.pipeline import Arm, ArmResult, Snapshot, run_history, run_reforms
from sim.tables import CITY, COUNTY, INPATIENT, OUTPATIENT, RESIDENT_INSURED, TIERS
from tests.core_world import assert_same, differs, recorded
from tests.money_world import ints, make_claims, make_history

# --- worked by hand --------------------------------------------------------------------------------------------------
BILLS = [make_claims([{"tier": "county", "charge": 100, "statutory": 60}])]


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        # closed years 0, 1, 2; years 3 and 4 are announced; the first budget is that of year 5
        ({"base": "last_year"}, {3: [0, 0], 4: [1, 1]}),
        ({"base": "last_year", "rebase": "rolling"}, {3: [0, 0], 4: [1, 1]}),
        ({"base": "mean"}, {3: [1 / 3, 1 / 3], 4: [1 / 3, 1 / 3]}),
        ({"base": "mean", "base_years": 1}, {3: [0, 0], 4: [1, 1]}),
        ({"base": "head_count", "base_years": 10}, {3: [1 / 5, 1 / 5], 4: [1 / 5, 1 / 5]}),  # all five that there are
        ({"base": "head_count", "head_rate": "pool"}, {3: [1 / 12, 1 / 4], 4: [1 / 12, 1 / 4]}),  # 10 and 30 of 40
        # the ask is year 4's spending, the offer a third of each of three years; a quarter of the way is gone
        ({"base": "negotiated", "bargaining": 0.25}, {3: [0.25, 0.25], 4: [0.5, 0.5]}),
        ({"base": "last_year", "lump_per_head": 500.0}, {3: [0, 0], 4: [0, 0]}),
    ],
)
def test_weight_of_an_announced_year_in_the_first_budget(settings: dict[str, Any], weights: dict[int, Any]) -> None:
    first = make_history(BILLS * 3, [[10, 30]] * 3, year=5, reform=5)
    for year, weight in weights.items():
        assert base_weight(Settlement(**settings), first, year).tolist() == pytest.approx(weight)


@pytest.mark.parametrize(
    "settings",
    [
        {"base": "last_year"},
        {"base": "mean"},
        {"base": "head_count", "base_years": 2},
        {"base": "head_count", "head_rate": "pool"},
        {"base": "negotiated", "expected_growth": 0.0},
    ],
)
@pytest.mark.parametrize("year", [1, 2])
def test_the_weight_is_what_a_fen_more_adds_to_the_budget(settings: dict[str, Any], year: int) -> None:
    """Three closed years, two of them announced, in communities of 1,000 and 3,000 heads; 60 yuan more in one."""
    terms = Settlement(**{"growth": 0.0} | settings)

    def first(more: float) -> int:
        spent = [400 + (more if k == year else 0) for k in range(3)]
        rows = [
            [{"tier": "county", "home": h, "charge": y, "statutory": y} for h, y in ((0, s), (1, 500))] for s in spent
        ]
        return int(uncapped(terms, make_history([make_claims(r) for r in rows], [[1000, 3000]] * 3))[0])

    known = make_history(BILLS, [[1000, 3000]], year=3, reform=3)
    assert base_weight(terms, known, year)[0] == pytest.approx((first(60) - first(0)) / 6000, abs=1e-3)


HALF = Incentives(np.ones((5, 3)), np.full((5, 3), 0.5))
"""Fee for service of which the fund pays half."""


def announced_stake(*won: float) -> Stake:
    """Nobody holds a budget yet; of a fund yuan spent now so much comes with the first."""
    return settlement.no_stake(ints(*[10] * len(won)))._replace(won=np.array(won))


@pytest.mark.parametrize(
    ("ratchet", "tightness", "won", "stays", "visits"),
    [
        (1.0, "tight", [1.0], 1.03, 1.02),  # r = 1 + 0.5: 1 - 0.06 (1 - 1.5) and 1 - 0.04 (1 - 1.5)
        (1.0, "tight", [1 / 3], 1.01, 1.02 / 3 + 2 / 3),  # a mean of three years
        (0.5, "tight", [1.0], 1.015, 1.01),
        (1.0, "semi_tight", [1.0], 1.015, 1.01),  # members feel half of what the community wins
        (1.0, "tight", [1.0, 0.0], 1.015, 1.01),  # of two communities of a size one wins all, one nothing
        (0.0, "tight", [1.0], 1.0, 1.0),
    ],
)
def test_intensity_in_an_announced_year(ratchet: float, tightness: Any, won: Any, stays: float, visits: float) -> None:
    found = respond(
        Config(ratchet=ratchet, cost_shift=0.4, tightness=tightness),
        HALF,
        announced_stake(*won),
        response.neutral(len(won)),
    )
    assert found.intensity[COUNTY, INPATIENT] == pytest.approx(stays, abs=1e-12)
    assert found.intensity[COUNTY, OUTPATIENT] == pytest.approx(visits, abs=1e-12)
    assert (found.intensity[CITY:] == 1.0).all()  # no members
    assert (found.covered == 1.0).all()  # nothing moves to the patient, and nothing comes from him
    assert not found.prevention.any()


# --- in the whole model ----------------------------------------------------------------------------------------------
SMALL = [
    "population.residents=1200", "population.households_per_village=40", "population.villages_per_township=3",
    "years.warm_up=0", "years.history=2", "years.reform=3", "settlement.planning_sd=0.001",
]  # fmt: skip
PACKAGE = [
    "payment=package",
    "settlement.revenue_cap=false",
    "settlement.base=last_year",
    "settlement.growth=0",
    "response.prevention=false",
]
SOON = "settlement.announced=1"
GAMED = "response.ratchet=1"


@cache
def history(*words: str) -> Snapshot:
    return run_history(load_config([*SMALL, *words]), 0)


def arms(*sets: list[str], history_words: tuple[str, ...] = ()) -> list[ArmResult]:
    chosen = [Arm(str(k), load_config([*SMALL, *history_words, *words]), False) for k, words in enumerate(sets)]
    return run_reforms(chosen, history(*history_words))


def of_year(result: ArmResult, outcome: str, year: int, group: str = "all") -> float:
    [value] = [row[3] for row in result.rows if row[:3] == (year, outcome, group)]
    return float(value)


def assert_same_rows(left: list[Any], right: list[Any]) -> None:
    """The same outcomes, to the last bit; what is not known in one is not known in the other."""
    assert [row[:3] for row in left] == [row[:3] for row in right]
    assert len(left) > 100
    assert_same(*(np.nan_to_num([row[3] for row in rows], nan=-1e300) for rows in (left, right)), "outcomes")


def assert_as_before(announced: ArmResult, stays: ArmResult) -> None:
    """Year 2 of the arm whose reform is announced is that of the arm that is never reformed, in every outcome."""
    assert_same_rows(*([row for row in result.rows if row[0] == 2] for result in (announced, stays)))


DRG = ("current_payment=drg", "current_payment.rate=6000", *(f"current_payment.coefficient.{t}=1" for t in TIERS))


@pytest.mark.parametrize("current", [(), DRG])
def test_an_announced_year_is_paid_as_before(current: tuple[str, ...]) -> None:
    """Given rates and base years of the current payment go on as if nothing were to come."""
    stays = [word.replace("current_payment", "payment") for word in current] or ["payment=ffs"]
    never, soon, now = arms(
        [*stays, "response=off"], [*PACKAGE, SOON, "response=off"], [*PACKAGE, "response=off"], history_words=current
    )
    assert_as_before(soon, never)
    differs(assert_as_before, now, never)
    assert of_year(soon, "budget", 3) > 0


def test_nobody_is_assessed_before_the_reform() -> None:
    """A deposit is given back in full in the announced year, and in part in the first year of the reform."""
    words = [*PACKAGE, "response=off", "settlement.deposit=0.05", "settlement.assessment.apply=true"]
    soon, now = arms([*words, SOON], words)
    assert [of_year(soon, "deposit_forfeited", year) > 0 for year in (2, 3)] == [False, True]
    assert [of_year(now, "deposit_forfeited", year) > 0 for year in (2, 3)] == [True, True]


def by_hand(weight: float) -> np.ndarray:
    """[tier, category] 1 + s x fund's share of last year's charges x weight at members; all of a saving is kept."""
    claims = history().books.closed[-1].claims
    found = np.ones((5, 3))
    for tier in range(COUNTY + 1):
        for category, s in enumerate((0.04, 0.04, 0.06)):
            mine = (claims.insurance == RESIDENT_INSURED) & (claims.tier == tier) & (claims.category == category)
            if charge := claims.charge[mine].sum():
                found[tier, category] += s * weight * claims.statutory[mine].sum() / charge
    return found


def policy_in(year: int, *words: str, off: bool = False) -> Any:
    return plan(load_config([*SMALL, *words]), history().books, history().engine.world.providers, year, off)


def assert_intensity(words: list[str], weight: float) -> None:
    assert policy_in(2, *words).intensity == pytest.approx(by_hand(weight), abs=1e-12)


@pytest.mark.parametrize(
    ("words", "weight"),
    [
        ([SOON], 1.0),
        (["settlement.announced=2"], 0.0),  # another announced year comes between this one and the budget
        ([SOON, "settlement.base=mean"], 1 / 3),
        (["settlement.announced=2", "settlement.base=mean"], 1 / 3),
        ([SOON, "settlement.base=head_count", "settlement.base_years=2"], 1 / 2),
        ([SOON, "settlement.retained_share=0.5", "settlement.overrun_share=0.5"], 0.5),
        ([SOON, "settlement.lump_per_head=500"], 0.0),
        ([SOON, "payment=drg"], 0.0),
        ([SOON, "payment=signed_quota"], 0.0),  # a base of its own
    ],
)
def test_intensity_of_an_announced_year_by_hand(words: list[str], weight: float) -> None:
    assert_intensity([*PACKAGE, GAMED, *words], weight)
    assert (policy_in(2, *PACKAGE, *words).intensity == 1.0).all()
    assert (policy_in(2, *PACKAGE, GAMED, *words, off=True).intensity == 1.0).all()


def test_a_forgotten_weight_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "base_weight", lambda config, history, spent: np.ones(len(history.heads)))
    assert_intensity([*PACKAGE, GAMED, SOON], 1.0)
    differs(assert_intensity, [*PACKAGE, GAMED, SOON, "settlement.base=mean"], 1 / 3)


def assert_inflated(honest: ArmResult, gamed: ArmResult) -> None:
    """Last year's base: the first budget is the announced year's fund money, and higher by all that this rose by."""
    paid, budgets = (
        [of_year(result, outcome, year) for result in (honest, gamed)]
        for outcome, year in (("fund_paid", 2), ("budget", 3))
    )
    assert budgets == pytest.approx(paid, abs=0.02)
    assert budgets[1] - budgets[0] > 0.005 * budgets[0]


def test_the_first_budget_takes_in_the_inflated_year() -> None:
    """Bills of the announced year are dearer by the intensity worked out by hand, and the fund pays for it twice."""
    blind = ("population.price_blind=1", "claims.return_intensity=0", "output.claims=true")
    honest, gamed = arms([*PACKAGE, SOON], [*PACKAGE, SOON, GAMED], history_words=blind)
    assert_inflated(honest, gamed)
    differs(assert_inflated, honest, honest)
    before, after = (result.claims[2] for result in (honest, gamed))
    factor = plan(load_config([*SMALL, *blind, *PACKAGE, SOON, GAMED]), history(*blind).books,
                  history(*blind).engine.world.providers, 2, False).intensity  # fmt: skip
    visits = before.category != INPATIENT
    expected = before.charge * factor[before.tier, before.category]
    assert np.abs(expected - after.charge)[visits & (before.charge > 200)].max() < 1.0
    assert of_year(gamed, "surplus", 3) > of_year(honest, "surplus", 3)


def test_the_base_year_of_a_quota_is_the_last_before_it() -> None:
    """The signed quota (A10 to A13) counts persons' own costs of one year: an announced one, if there is one."""
    for announced in (0, 1):
        config = load_config([*SMALL, "payment=signed_quota", f"settlement.announced={announced}", "response=off"])
        engine, bases = history().engine.fork(), [history().books.funds[0].base]
        played, branch = recorded(engine), pipeline.Branch(engine, (history().books,), (0,))
        for year in (2, 3):
            (branch,) = pipeline.year_of([Arm("test", config, off=True)], branch, 0, year)
            bases.append(branch.books[0].funds[0].base)
        costs = base_costs(played[0].population)
        assert_same(bases[1], costs if announced else bases[0])
        assert_same(bases[2], bases[1])
        differs(assert_same, bases[0], costs)


def test_employees_may_open_their_fund_while_the_reform_is_announced() -> None:
    words = [*PACKAGE, "fund.employee.apply=true"]
    honest, gamed = arms([*words, SOON], [*words, SOON, GAMED])
    for result in (honest, gamed):
        known = {row[0] for row in result.rows if row[1] == "employee_budget"}
        assert known == {3, 4}
    assert of_year(gamed, "employee_budget", 3) > 1.003 * of_year(honest, "employee_budget", 3)


def assert_no_difference(one: list[ArmResult], other: list[ArmResult]) -> None:
    for a, b in zip(one, other, strict=True):
        assert_same_rows(a.rows, b.rows)
        assert_same(a.claims, b.claims, "claims")


def test_engines_agree_on_an_announced_year() -> None:
    tiny = ("population.residents=300", "years.history=1", "output.claims=true")
    reform = [*PACKAGE, SOON, GAMED]
    kernel, reference = (
        arms(reform, [*PACKAGE, SOON], history_words=(*tiny, f"engine={name}")) for name in ("kernel", "reference")
    )
    assert_no_difference(kernel, reference)
    assert "differ" in differs(assert_no_difference, kernel[:1], kernel[1:])


def test_both_sides_of_the_start_are_explained(tmp_path: Path, capsys: Any) -> None:
    """Year 1 is announced: no budget is spoken of, and it is the base of year 2."""
    words = [*PACKAGE, SOON, GAMED, "population.residents=400", "years.history=1", "years.reform=2",
             "experiment.replications=1", "output.claims=true", "output.report=false"]  # fmt: skip
    assert main(["run", *words, f"output.dir={tmp_path / 'run'}"]) == 0
    steps = []
    for year in (1, 2):
        capsys.readouterr()
        assert main(["explain", "fund", f"year={year}", f"run={tmp_path / 'run'}"]) == 0
        steps.append(capsys.readouterr().out)
    assert "fee for service: the statutory part" in steps[0]
    assert "budget" not in steps[0]
    assert "base year 1" in steps[1]
    assert "rule: budget - inside - outside" in steps[1]


# --- mistakes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["years.reform=3", "settlement.announced=3"], "must be below years.reform=3"),
        (["settlement.announced=1", "current_payment=package"], "needs a current_payment without budgets"),
        (["settlement.announced=-1"], "out of bounds"),
    ],
)
def test_impossible_announcements_are_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        load_config(words)
    assert "settlement.announced" in str(refused.value)
