"""From budgets to behaviour: what `books.plan` hands to the engine, and what the whole model makes of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from sim.closing import arm
from sim.closing.arm import plan
from sim.config import load_config
from sim.core.errors import ConfigError
from sim.money import settlement
from sim.pipeline import Arm, ArmResult, Snapshot, run_history, run_reforms
from tests.core_world import differs

SMALL = [
    "population.residents=1200",
    "population.households_per_village=40",
    "population.villages_per_township=3",
    "years.warm_up=0",
    "years.history=2",
    "years.reform=2",
]
PACKAGE = ["payment=package", "settlement.revenue_cap=false"]


@cache
def history() -> Snapshot:
    return run_history(load_config(SMALL), 0)


def policy_under(*words: str, off: bool = False) -> Any:
    config = load_config([*SMALL, *words])
    return plan(config, history().books, history().engine.world.providers, 2, off)


def budgets_under(*words: str) -> list[int]:
    """What the settlement of the first reform year would give last year's heads: no revenue cap here."""
    config = load_config([*SMALL, *words])
    own = history().books
    known = arm.history_of(config, config.payment, own, 2, own.closed[-1].ages, own.roll)
    return [int(amount) for amount in settlement.uncapped(config.settlement, known)]


def test_members_see_the_budget_that_is_expected() -> None:
    seen = policy_under(*PACKAGE, "response.restraint=0.5")
    assert seen.quota.tolist() == budgets_under(*PACKAGE)
    assert seen.quota.min() > 0
    assert seen.restraint.tolist() == [0.5, 0.7]


@pytest.mark.parametrize(
    "words",
    [
        PACKAGE,  # not seen
        ["payment=ffs", "response.restraint=0.5"],  # nobody holds one
        ["payment=drg", "response.restraint=0.5"],
    ],
)
def test_nobody_sees_a_budget(words: list[str]) -> None:
    assert not policy_under(*words).quota.any()


def test_without_response_nothing_of_it_is_left() -> None:
    everything = ["response.restraint=1", "response.cost_shift=0.3", "response.ratchet=1"]
    off = policy_under(*PACKAGE, *everything, off=True)
    assert not off.quota.any()
    assert (off.covered == 1).all()
    same = policy_under(*PACKAGE, "response=off")
    assert (same.intensity == 1).all()
    assert (same.covered == 1).all()


def test_the_ratchet_needs_a_base_that_moves() -> None:
    """A23: effort in the first year under last year's base, a mean of three, and a base fixed at the reform."""
    rolling = ["settlement.rebase=rolling", "response.ratchet=0.8"]
    dear = ("response.optimism=20", "response.prevention_cost=1000")  # so that the best effort is never all of it

    def effort(*words: str) -> float:
        return float(policy_under(*PACKAGE, "settlement.lump_per_head=null", *dear, *words).prevention[0])

    for base, weight in (("last_year", 1.0), ("head_count", 1 / 3)):
        free = effort(f"settlement.base={base}", "settlement.rebase=rolling")
        assert free > 0.01
        assert effort(f"settlement.base={base}", *rolling) == pytest.approx(free * (1 - 0.8 * weight))
        assert effort(f"settlement.base={base}", "response.ratchet=0.8") == effort(f"settlement.base={base}")


def test_a_scheme_with_budgets_of_its_own_has_its_own_base() -> None:
    words = ["payment=signed_quota", "settlement.base=last_year", "settlement.rebase=rolling"]
    assert policy_under(*words).prevention.tolist() == policy_under(*words, "response.ratchet=1").prevention.tolist()


# --- what comes of it ------------------------------------------------------------------------------------------------
def arms(*sets: list[str]) -> list[ArmResult]:
    chosen = [Arm(str(k), load_config([*SMALL, *words]), False) for k, words in enumerate(sets)]
    return run_reforms(chosen, history())


def total(result: ArmResult, outcome: str) -> float:
    return float(sum(row[3] for row in result.rows if row[1] == outcome and row[2] == "all"))


def assert_restraint_saves(free: ArmResult, held: ArmResult) -> None:
    assert total(held, "charge_per_head") < 0.99 * total(free, "charge_per_head")
    assert total(held, "surplus") > total(free, "surplus")


TIGHT = [*PACKAGE, "settlement.growth=-0.1", "response.intensity=false", "response.prevention=false"]


def test_seeing_a_tight_quota_saves_money() -> None:
    """A20, in the whole model: the arm that sees its quota charges less and overruns less."""
    free, held = arms(TIGHT, [*TIGHT, "response.restraint=1"])
    assert_restraint_saves(free, held)
    differs(assert_restraint_saves, free, free)


def test_a_package_may_raise_the_patients_part() -> None:
    """A21: with a part of the bill shifted the ratio of reimbursement falls under a package; without, it does not."""
    same = ["response.intensity=false", "response.prevention=false"]
    ffs, package, shift = arms(["payment=ffs"], [*PACKAGE, *same], [*PACKAGE, *same, "response.cost_shift=0.1"])
    assert total(package, "reimbursement_ratio") == pytest.approx(total(ffs, "reimbursement_ratio"), rel=1e-3)
    assert total(shift, "reimbursement_ratio") < 0.98 * total(ffs, "reimbursement_ratio")


def test_arms_that_share_a_simulation_still_do() -> None:
    """Budgets that nobody sees do not part arms: their policies are the same to the byte."""
    words = ["payment=package", "response.prevention=false"]
    one, other = policy_under(*words), policy_under(*words, "settlement.lump_per_head=900")
    assert [array.tobytes() for array in one] == [array.tobytes() for array in other]
    seen, less = (policy_under(*words, "response.restraint=1", *own) for own in ([], ["settlement.lump_per_head=300"]))
    assert seen.quota.tobytes() != less.quota.tobytes()


def test_a_quota_seen_in_real_time_is_that_of_residents() -> None:
    with pytest.raises(ConfigError, match="what their residents have cost"):
        policy_under(*PACKAGE, "response.restraint=0.5", "settlement.charged=members")
