"""Accounting identities: they hold in every year of every county, and a run that breaks one stops and says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import pipeline
from sim.closing import arm
from sim.config import load_config
from sim.core.errors import IdentityError
from sim.core.randomness import Key
from sim.engine.encounter import IN_BED, WAITING_BED
from sim.outcomes.identities import check_claims, check_persons
from sim.pipeline import Arm, run_history, run_reforms
from sim.tables import (
    COUNTY_COUNTERS,
    INPATIENT,
    MONEY_COLUMNS,
    PROVIDER_COUNTERS,
    RESIDENT_INSURED,
    UNINSURED,
    Claims,
    Flows,
)
from tests.core_world import make, neutral, play, under_pressure, with_slack

TINY = ["population.residents=500", "population.households_per_village=30", "years.history=1", "years.reform=1",
        "years.warm_up=1", "seed=3"]  # fmt: skip


# --- in every year ---------------------------------------------------------------------------------------------------
def counts(flows: Flows) -> dict[str, int]:
    """County totals of every counter."""
    totals = dict(zip(PROVIDER_COUNTERS, flows.provider.sum(axis=0).tolist(), strict=True))
    return totals | dict(zip(COUNTY_COUNTERS, flows.county.sum(axis=0).tolist(), strict=True))


@settings(max_examples=20)
@given(st.integers(1, 500), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1.5, 4.0]), st.booleans())
def test_a_years_claims_add_up(residents: int, seed: int, price_level: float, pressed: bool) -> None:
    """Money of claims and persons; stays and patients in, out and still there."""
    # a slot a day for each of a handful of residents is not slack: somebody may need two on one day
    config = under_pressure(residents) if pressed else with_slack(max(residents, 20))
    engine = make(config, key=Key(seed, 0))
    in_bed = waiting = 0
    for year in range(3):
        flows = engine.play(year, *neutral(config, price_level))
        claims, total = flows.claims, counts(flows)
        check_claims(claims)
        check_persons(claims, flows.population)
        stays = claims.category == INPATIENT
        paid = claims.statutory > 0
        assert total["visits"] == (~stays).sum()
        young_old = flows.population.key[(flows.population.age < 15) | (flows.population.age > 64)]
        assert total["young_old_visits"] == np.isin(claims.resident[~stays], young_old).sum()
        assert total["wait_minutes"] >= claims.wait[~stays].sum()
        assert flows.settled.sum(axis=(0, 1)).tolist() == [paid.sum(), claims.charge[paid].sum()]
        assert (claims.patient == claims.charge)[claims.insurance == UNINSURED].all()
        # who asked for a bed, and who left one
        busy = engine.world.residents["busy"]
        now_waiting, now_in_bed = int((busy == WAITING_BED).sum()), int((busy == IN_BED).sum())
        begun = total["admissions"] - total["referred_down"]
        assert total["needs_inpatient"] + waiting == begun + total["forgone_inpatient"] + now_waiting
        assert total["admissions"] + in_bed == stays.sum() + now_in_bed
        assert flows.open_stays[:, 0].sum() == now_in_bed
        waiting, in_bed = now_waiting, now_in_bed
        if not pressed:
            assert total["visits"] == total["needs"] - total["forgone_choice"] + (claims.referred[~stays] == 1).sum()
            assert total["overflow"] == total["wait_minutes"] == total["forgone_capacity"] == 0


def summed(claims: Claims) -> dict[tuple[int, ...], list[int]]:
    """Claims by provider, home, insurance, category, group and signing: number, wait and money."""
    sums: dict[tuple[int, ...], list[int]] = {}
    keys = (claims.provider, claims.home, claims.insurance, claims.category, claims.group, claims.signed)
    values = [claims.cases, claims.wait, *(getattr(claims, name) for name in MONEY_COLUMNS)]
    for key, row in zip(zip(*keys, strict=True), zip(*values, strict=True), strict=True):
        before = sums.setdefault(tuple(map(int, key)), [0] * len(row))
        sums[tuple(map(int, key))] = [a + int(b) for a, b in zip(before, row, strict=True)]
    return sums


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_summed_visits_are_the_sums_of_single_ones(engine: str) -> None:
    config = under_pressure(150, providers={"communities": 2})
    single, cells = (play(config, 2, engine=engine, single_visits=kind).years for kind in (True, False))
    for one, other in zip(single, cells, strict=True):
        assert len(other.claims.cases) < len(one.claims.cases)
        assert summed(one.claims) == summed(other.claims)
        assert (one.provider == other.provider).all()
        assert (one.population.patient == other.population.patient).all()


def test_deferred_stays_are_reported_with_what_they_have_cost_so_far() -> None:
    played = play(under_pressure(1_000))
    world = played.world
    in_bed = np.flatnonzero(world.residents["busy"] == IN_BED)
    assert len(in_bed) > 3
    episodes = world.episodes[in_bed]
    accrued = [int(e["charge"] * min(1.0, (365.0 - e["start"]) / e["days"])) for e in episodes]
    assert played.years[0].open_stays[:, 2].sum() == sum(accrued)
    assert 0 < sum(accrued) < episodes["charge"].sum()


# --- a run that breaks an identity stops -----------------------------------------------------------------------------
def after(function: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function with a change of its result: the fault that is planted."""
    return lambda *arguments, **named: change(function(*arguments, **named))


def plus(column: np.ndarray, row: Any, amount: int) -> np.ndarray:
    changed = column.copy()
    changed[row] += amount
    return changed


CLAIM_FAULTS = {
    "a fen too much for the patient": (
        lambda c: c._replace(patient=plus(c.patient, 17, 1)),
        ["charge = statutory + catastrophic + assistance + patient", "claim 17 "],
    ),
    "a charge and its patient's part both larger than the person's account": (
        lambda c: c._replace(patient=plus(c.patient, 5, 1), charge=plus(c.charge, 5, 1)),
        ["Σ charges of persons = charges of claims", "the year's sums"],
    ),
    "a negative part": (
        lambda c: c._replace(statutory=plus(c.statutory, 9, -(10**9)), patient=plus(c.patient, 9, 10**9)),
        ["statutory ≥ 0", "claim 9 "],
    ),
    "a catalogue part above the charge": (
        lambda c: c._replace(covered=plus(c.covered, 2, 10**9)),
        ["covered ≤ charge", "claim 2 "],
    ),
}


@pytest.mark.parametrize("fault", CLAIM_FAULTS)
def test_claims_that_do_not_add_up_stop_the_run(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, words = CLAIM_FAULTS[fault]
    snapshot = run_history(load_config(TINY), 0)
    monkeypatch.setattr(
        pipeline, "play", after(pipeline.play, lambda flows: flows._replace(claims=change(flows.claims)))
    )
    with pytest.raises(IdentityError) as error:
        run_reforms([Arm("reform", load_config([*TINY, "payment=ffs"]), False)], snapshot)
    for word in [*words, "arm reform, replication 0, year 1", "against" if "=" in words[0] else "fen"]:
        assert word in str(error.value)


def with_receipts(paid: arm.Paid, receipts: np.ndarray) -> arm.Paid:
    return paid._replace(payments=paid.payments._replace(receipts=receipts))


def with_settled(paid: arm.Paid, **columns: np.ndarray) -> arm.Paid:
    return paid._replace(settled=paid.settled._replace(**columns))


def a_fen_more(paid: arm.Paid) -> arm.Paid:
    receipts = paid.payments.receipts
    return with_receipts(paid, plus(receipts, int(receipts.argmax()), 1))


MONEY_FAULTS: dict[str, tuple[Callable[[arm.Paid], arm.Paid], list[str]]] = {
    "a fen more in a receipt than was charged to the budget": (
        a_fen_more,
        ["Σ charged to budgets = Σ receipts for the communities' residents", "against", "arm reform", "year 1"],
    ),
    "a fen lost on the way to the tiers": (
        lambda paid: with_settled(paid, distributed=plus(paid.settled.distributed, (0, 1), -1)),
        ["Σ distributed = transfer", "against", "community 0"],
    ),
    "a balance that is not budget less charges": (
        lambda paid: with_settled(paid, balance=paid.settled.balance + 1),
        ["balance = budget − in-network − out-of-network", "against", "community 0"],
    ),
    "a receipt missing": (
        lambda paid: with_receipts(paid, paid.payments.receipts[:-1]),
        ["one receipt per claim row"],
    ),
}


@pytest.mark.parametrize("fault", MONEY_FAULTS)
def test_money_that_does_not_add_up_stops_the_run(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, words = MONEY_FAULTS[fault]
    snapshot = run_history(load_config(TINY), 0)
    monkeypatch.setattr(arm, "pay_and_settle", after(arm.pay_and_settle, change))
    with pytest.raises(IdentityError) as error:
        run_reforms([Arm("reform", load_config([*TINY, "payment=package"]), False)], snapshot)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("column", ["receipts", "transfers", "outgo", "balance", "accumulated"])
def test_a_fund_whose_books_do_not_add_up_stops_the_run(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = run_history(load_config(TINY), 0)
    one_fen = after(arm.fund.close, lambda year: year._replace(**{column: getattr(year, column) + 1}))
    monkeypatch.setattr(arm.fund, "close", one_fen)
    with pytest.raises(IdentityError) as error:
        run_reforms([Arm("reform", load_config([*TINY, "payment=dip"]), False)], snapshot)
    assert column in str(error.value)


def test_money_of_another_insurance_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = run_history(load_config(TINY), 0)
    original = arm.pay_and_settle

    def pay(paid_by: Any, terms: Any, history: Any, claims: Claims, *rest: Any) -> arm.PaidYear:
        paid = original(paid_by, terms, history, claims, *rest)
        others = int(np.flatnonzero(claims.insurance != RESIDENT_INSURED)[0])
        return with_receipts(paid, plus(paid.payments.receipts, others, 100))

    monkeypatch.setattr(arm, "pay_and_settle", pay)
    with pytest.raises(IdentityError) as error:
        run_reforms([Arm("reform", load_config(TINY), False)], snapshot)
    assert "resident" in str(error.value)
    assert "100" in str(error.value)


def test_an_unbroken_run_passes_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the checks are indeed made, once a year."""
    seen = []
    original = arm.check_identities
    monkeypatch.setattr(arm, "check_identities", lambda *a, **n: (seen.append(n["where"]), original(*a, **n)))
    snapshot = run_history(load_config(TINY), 2)
    run_reforms([Arm(name, load_config([*TINY, f"payment={name}"]), False) for name in ("ffs", "drg", "dip")], snapshot)
    assert seen == ["history, replication 2, year 0"] + [
        f"arm {name}, replication 2, year 1" for name in ("ffs", "drg", "dip")
    ]
