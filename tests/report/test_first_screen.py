"""What the first screen says: no winner by a difference of nothing, who bears it, what to watch once."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.core.text import Text
from sim.experiment.findings import Check, judge
from sim.outcomes import tidy
from sim.outcomes.trials import arc_elasticity, over
from sim.report import Analysis
from sim.report.bearers import lost_by_providers
from sim.report.data import Claim
from sim.report.sentences import answer
from sim.report.verdicts import claim_lines, claim_sentences
from tests.report_world import ARMS, comparison

MILLION = 1e6


def made(balances: dict[str, list[float]], margins: dict[str, float] | None = None, **changes: object) -> Analysis:
    """Balances at the end by arm and replication (million yuan), yearly margins by arm; five reform years."""
    rows = []
    for arm, values in balances.items():
        for replication, balance in enumerate(values):
            for year in range(3, 8):
                told = {
                    "fund_accumulated": balance * MILLION,
                    "fund_months": balance,
                    "margin": ((margins or {}).get(arm, 0.0) + 0.01 * replication) * MILLION,
                    "own_payment_per_head": 600.0 + replication,
                    "forgone_visits": 0.1 + (0.02 if arm != "ffs" else 0) + 0.001 * replication * len(arm),
                }
                rows += [("s", arm, 0, replication, year, name, "all", value) for name, value in told.items()]
    table: pd.DataFrame = tidy(rows)
    arms = {arm: ARMS[arm] for arm in balances}
    return Analysis(comparison("en", arms=arms, table=table, **changes))


NOISY = [10.0, 10.3, 9.8, 10.1]


@pytest.mark.parametrize("lead", [[0.0, 0.0, 0.0, 0.0004], [0.0004, 0.0005, 0.0003, 0.0004]])
def test_a_lead_without_an_interval_or_below_a_unit_as_shown_names_no_winner(lead: list[float]) -> None:
    """Balances read "15.0 ± 0.1": a lead of 0.0004 is not to be seen in them, clear or not."""
    package = [value + 5 for value in NOISY]
    analysis = made({"ffs": NOISY, "package": package, "drg": [a + b for a, b in zip(package, lead, strict=True)]})
    first = answer(analysis)[0]
    assert "cannot be told apart with 4 replications" in first
    assert "leaves most" not in first


def test_a_lead_that_is_seen_names_one() -> None:
    analysis = made({"ffs": NOISY, "package": [v + 1 for v in NOISY], "drg": [10.0 + 2, 10.4 + 2, 9.7 + 2, 10.1 + 2]})
    assert answer(analysis)[0].startswith("DRG inside a package leaves most in the fund")


def test_one_replication_names_no_winner() -> None:
    first = answer(made({"ffs": [10.0], "package": [15.0], "drg": [12.0]}))[0]
    assert first.startswith("With one replication no arm can be called best")
    assert "leaves most" not in first


@pytest.mark.parametrize(("yearly", "moved"), [(-0.9, True), (-0.5, True), (-0.1, False), (0.2, False)])
def test_what_providers_lose_is_no_saving(yearly: float, moved: bool) -> None:
    """The fund gains 5 over five years: from a loss of 0.5 a year on, half of it is the providers'."""
    balances = {"ffs": NOISY, "package": [10.0 + 5, 10.4 + 5, 9.7 + 5, 10.1 + 5], "drg": [v + 1 for v in NOISY]}
    analysis = made(balances, {"package": yearly})
    assert lost_by_providers(analysis, "package") == pytest.approx(-yearly)
    first = answer(analysis)[0]
    assert ("No arm is called best for the fund" in first) == moved
    assert ("leaves most" in first) != moved
    assert "providers' margin in the county changes by" in first


def test_an_outcome_to_watch_is_named_once_with_its_arms() -> None:
    first = answer(made({"ffs": NOISY, "package": [v + 1 for v in NOISY], "drg": [v + 2 for v in NOISY]}))[0]
    watched = first.partition("Health and access need watching")[2]
    assert watched.count("outpatient need forgone") == 1
    assert "Package, all kept" in watched
    assert "DRG inside" in watched


def test_brackets_are_said_to_hold_the_noise_of_the_simulation_only() -> None:
    assert "noise of the simulation, not doubt about parameters" in answer(made({"ffs": NOISY, "drg": NOISY}))[-1]


@pytest.mark.parametrize(
    ("sign", "low", "high", "verdict"),
    [
        ("none", 0.01, 0.02, "met"),
        ("none", 0.2, 0.3, "against"),
        ("none", 0.05, 0.3, "noise"),
        ("up", 0.01, 0.02, "against"),
        ("up", 0.2, 0.3, "met"),
        ("up", 0.05, 0.3, "noise"),
        ("down", -0.3, -0.2, "met"),
        ("down", -0.02, -0.01, "against"),
    ],
)
def test_a_difference_within_the_tolerance_is_none(sign: str, low: float, high: float, verdict: str) -> None:
    check = Check.model_validate({"arm": "a", "outcome": "surplus", "sign": sign, "tolerance": 0.1})
    assert judge(check, low, high) == verdict


def test_what_a_strength_was_chosen_for_is_no_test() -> None:
    check = Check(arm="package", outcome="own_payment_per_head", low=-1e9, high=1e9, fitted=True)
    claim = Claim(Text("e", "效"), Text("c", "引"), (check,))
    analysis = made({"ffs": NOISY, "package": [v + 1 for v in NOISY]}, claims=(claim,))
    assert [line.verdict for line in claim_lines(analysis)] == ["fitted"]
    assert "no test" in " ".join(claim_sentences(analysis, [claim]))


def test_trials_of_nobody_have_no_figure() -> None:
    assert arc_elasticity(0.0, 0.0) != arc_elasticity(0.0, 0.0)
    assert over(1.0, 0.0) != over(1.0, 0.0)
