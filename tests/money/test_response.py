"""Response: Ellis-McGuire intensity and prevention effort, against closed forms and worked cases."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.money.history import Incentives, Prospect, Stake
from sim.money.payment import SCHEMES
from sim.money.response import (
    Config,
    costs,
    neutral,
    respond,
)
from sim.money.response.integration import integration_scale
from sim.money.response.intensity import agency_quantity, multipliers
from sim.money.response.prevention import best_effort, views
from sim.money.response.signals import returned_share
from sim.money.settlement import Config as Settlement
from sim.money.settlement import current_weight, no_stake, stake, uncapped
from sim.tables import COUNTY, INPATIENT
from tests.money_world import cases, ints, make_claims, make_history, make_providers

CASES = cases("response.yaml")
HISTORY = make_history([make_claims([{"tier": "county", "charge": 100, "statutory": 60}])], [[10]])


def stake_of(kept: float, adequacy: float = 1.0, primary: float = 0.4) -> Stake:
    return Stake(np.array([kept]), np.array([adequacy]), primary, ints(10))


def incentives_of(payment: dict[str, str]) -> Incentives:
    scheme = SCHEMES[payment["scheme"]]
    return scheme.incentives(scheme.config(**payment), HISTORY)


def test_ellis_mcguire_published_line():
    for altruism, quantities in CASES["agency"]["by_altruism"].items():
        found = [agency_quantity(r, 100, 5, 40, altruism) for r in CASES["agency"]["shares"]]
        assert found == pytest.approx(quantities, abs=1e-12)


def test_efficient_share_and_welfare():
    """r* = 1 - beta gives q* = (a - c) / b = 12; welfare a q - b q^2 / 2 - c q is 360 there and 200 at 4 and 20."""

    def welfare(q: float) -> float:
        return 100 * q - 5 * q * q / 2 - 40 * q

    for beta in (0.25, 0.5, 1.0):
        assert agency_quantity(1 - beta, 100, 5, 40, beta) == pytest.approx(12)
    assert [welfare(q) for q in (12, 4, 20)] == [360, 200, 200]


@given(st.floats(0, 1), st.floats(0.01, 0.5))
def test_intensity_is_the_agency_line_relative_to_full_payment(r, sensitivity):
    """s = c / (a beta): the parameter is what the published form makes of a = 100, b = 5, beta = 0.5."""
    cost = sensitivity * 100 * 0.5
    relative = agency_quantity(r, 100, 5, cost, 0.5) / agency_quantity(1.0, 100, 5, cost, 0.5)
    table = Incentives(np.full((5, 3), r), np.zeros((5, 3)))
    config = Config(sensitivity={"outpatient": sensitivity, "chronic": sensitivity, "inpatient": sensitivity})
    found = multipliers(config, returned_share(1.0, table, no_stake(ints(10))))
    assert found[: COUNTY + 1] == pytest.approx(relative)
    assert (found[COUNTY + 1 :] == 1.0).all()


@pytest.mark.parametrize("case", CASES["returned"], ids=lambda case: case["name"])
def test_returned_share(case):
    found = returned_share(case["scale"], incentives_of(case["payment"]), stake_of(case["kept"]))
    assert found[COUNTY, INPATIENT] == pytest.approx(case["r"])
    assert (found[COUNTY + 1 :] == 1.0).all()


AGREED = {"optimism_spread": 0.0, "prevention_cost": 15.0}
WORTH_IT = Prospect(saved=3500.0, added=500.0)
"""35 yuan a head avoided and 5 added by full effort, whose last step costs 2 x 15 yuan.

So the best effort is the share of a saving that is kept."""


def test_fee_for_service_is_exactly_one_and_has_no_effort():
    policy = neutral(1)
    for _ in range(5):
        policy = respond(Config(), incentives_of({"scheme": "ffs"}), no_stake(ints(10)), policy)
    assert (policy.intensity == 1.0).all()
    assert policy.prevention.tolist() == [0.0]


@pytest.mark.parametrize("case", CASES["effort"], ids=lambda case: case["name"])
def test_worked_effort(case):
    last = neutral(1)._replace(prevention=np.array([case["last"]]))
    found = respond(
        Config(**AGREED),
        incentives_of({"scheme": "package"}),
        stake_of(case["kept"], case["adequacy"], case["primary"]),
        last,
        None,
        WORTH_IT,
    )
    assert found.prevention.tolist() == pytest.approx([case["effort"]])


def test_less_comes_back_under_case_payment_and_packages():
    multiplier = {}
    for name in ("ffs", "dip", "drg", "package"):
        owner = stake_of(1.0) if SCHEMES[name].has_budget else no_stake(ints(10))
        found = respond(Config(), incentives_of({"scheme": name}), owner, neutral(1))
        multiplier[name] = found.intensity[COUNTY, INPATIENT]
    assert multiplier["drg"] == pytest.approx(0.94)
    assert multiplier["package"] == pytest.approx(1 - 0.06 * 0.6)
    assert multiplier["ffs"] == 1.0 > multiplier["dip"] > multiplier["drg"]


def effort_at(overrun_share: float, budget: float = 100.0) -> float:
    """Effort in a community that spent 100 last year and expects the same."""
    history = make_history([make_claims([{"tier": "county", "charge": 100, "statutory": 100}])], [[10]])
    settlement = Settlement(overrun_share=overrun_share, expected_growth=0.0)
    owner = stake(settlement, ints(round(budget * 100)), history, make_providers())
    found = respond(Config(**AGREED), incentives_of({"scheme": "package"}), owner, neutral(1), None, WORTH_IT)
    return float(found.prevention[0])


@pytest.mark.parametrize("budget", [90.0, 100.0, 110.0])
def test_effort_falls_as_the_fund_bears_more_of_an_overrun(budget):
    """A24: moral hazard; strictly, whatever the budget."""
    efforts = [effort_at(share / 5, budget) for share in range(6)]
    assert all(a < b for a, b in pairwise(efforts))


def test_effort_falls_with_an_inadequate_budget_and_a_smaller_kept_share():
    assert effort_at(1.0, 80.0) < effort_at(1.0, 90.0) < effort_at(1.0, 100.0) == pytest.approx(0.5)


@pytest.mark.parametrize(("tightness", "scale"), [("tight", 1.0), ("semi_tight", 0.5), ("nominal", 0.1)])
def test_tightness_scales_both_effects(tightness, scale):
    assert integration_scale(Config(tightness=tightness)) == scale
    config = Config(tightness=tightness, **AGREED)
    found = respond(config, incentives_of({"scheme": "package"}), stake_of(1.0), neutral(1), None, WORTH_IT)
    assert found.prevention.tolist() == pytest.approx([0.5 * scale])
    assert found.intensity[COUNTY, INPATIENT] == pytest.approx(1 - 0.06 * 0.6 * scale)


def test_switches():
    last = neutral(1)._replace(prevention=np.array([0.7]))
    off = respond(Config(intensity=False, prevention=False), incentives_of({"scheme": "drg"}), stake_of(1.0), last)
    assert (off.intensity == 1.0).all()
    assert off.prevention.tolist() == [0.0]
    only = respond(
        Config(intensity=False, **AGREED), incentives_of({"scheme": "drg"}), stake_of(1.0), last, None, WORTH_IT
    )
    assert (only.intensity == 1.0).all()
    assert only.prevention.tolist() == pytest.approx([0.85])


@given(st.floats(0, 1), st.floats(0, 3), st.floats(0, 1), st.floats(0, 1))
def test_policy_stays_within_bounds(kept, adequacy, primary, last):
    before = neutral(1)._replace(prevention=np.array([last]))
    for name in SCHEMES:
        found = respond(Config(), incentives_of({"scheme": name}), stake_of(kept, adequacy, primary), before)
        assert ((found.prevention >= 0) & (found.prevention <= 1)).all()
        assert ((found.intensity > 0) & (found.intensity <= 1)).all()


def test_effort_costs_money():
    """A quarter of full cost for half the effort; twice the effort for half of the persons costs twice as much."""
    stake = no_stake(ints(1000, 10))._replace(kept=np.array([1.0, 1.0]), primary_share=0.4)
    last = neutral(2)._replace(prevention=np.array([0.0, 1.0]))
    config = Config(**AGREED)
    all_of_them = respond(config, incentives_of({"scheme": "package"}), stake, last, None, WORTH_IT)
    assert all_of_them.prevention.tolist() == [0.5, 1.0]
    paid = 1000 * 375 + 10 * 1500  # fen: 0.5 squared x 15 yuan x 1,000; 15 yuan x 10
    assert costs(config, all_of_them, ints(1000, 10)).tolist() == [0, paid, 0, 0, 0]
    half = stake._replace(reach=np.array([0.5, 0.5]))
    of_half = respond(
        config, incentives_of({"scheme": "package"}), half, last, None, Prospect(saved=1750.0, added=250.0)
    )
    assert of_half.prevention.tolist() == [0.25, 0.75]
    paid = round(500 * 375 + 5 * 1500 * 1.5**2)  # 0.5 for each of 500; 1.5 for each of 5, on the way down from 2
    assert costs(config, of_half, ints(1000, 10)).tolist() == [0, paid, 0, 0, 0]


def effort_bought(kept: float = 1.0, expected: Prospect = WORTH_IT, **changes: float) -> float:
    """Full way to the best effort, under a package."""
    config = Config(**{"speed": 1.0} | AGREED | changes)
    found = respond(config, incentives_of({"scheme": "package"}), stake_of(kept), neutral(1), None, expected)
    return float(found.prevention[0])


def test_effort_weighs_its_cost_against_what_it_brings():
    """35 - 5 = 30 yuan: the last step of an effort of 30 / (2 x 100) costs what it brings."""
    assert effort_bought(prevention_cost=100.0) == pytest.approx(30 / 200)
    assert effort_bought(prevention_cost=200.0) == pytest.approx(30 / 400)
    assert effort_bought(prevention_cost=100.0, kept=0.5) == pytest.approx(15 / 200)
    assert effort_bought(prevention_cost=100.0, optimism=2.0) == pytest.approx((2 * 35 - 5) / 200)
    assert effort_bought(prevention_cost=0.0) == 1.0
    gains = [30 * e - 100 * e**2 for e in np.linspace(0, 1, 1001)]
    assert np.argmax(gains) / 1000 == pytest.approx(effort_bought(prevention_cost=100.0), abs=1e-3)


def test_no_effort_where_it_brings_nothing():
    """Nothing kept, nothing avoided, or visits that cost what is avoided: no effort, even where it is free."""
    for cost in (0.0, 15.0):
        assert effort_bought(kept=0.0, prevention_cost=cost) == 0.0
        assert effort_bought(expected=Prospect(0.0, 500.0), optimism_spread=0.5, prevention_cost=cost) == 0.0
        assert effort_bought(expected=Prospect(500.0, 500.0), prevention_cost=cost) == 0.0


def test_effort_falls_without_a_step_as_it_gets_dearer():
    """With views that differ, even where it pays on average: strictly, from free to dear."""
    for expected in (WORTH_IT, Prospect(900.0, 500.0), Prospect(500.0, 600.0)):
        efforts = [effort_bought(expected=expected, optimism_spread=0.5, prevention_cost=c) for c in (0, 15, 60, 200)]
        assert all(a > b > 0 for a, b in pairwise(efforts))
        kept = [effort_bought(k, expected, optimism_spread=0.5, prevention_cost=15.0) for k in (0.1, 0.4, 0.7, 1)]
        assert all(a < b for a, b in pairwise(kept))


def test_views_are_a_lognormal_distribution():
    """Mean 1; with sigma 0.5 the middle one is exp(-0.125), and one in a hundred is above exp(0.5 x 2.326 - 0.125)."""
    found = np.array(views(0.5))
    assert found.mean() == pytest.approx(1.0)
    assert np.median(found) == pytest.approx(np.exp(-0.125), rel=5e-3)
    assert found[98] < np.exp(0.5 * 2.326 - 0.125) < found[100]


def test_who_answers_for_some_looks_at_those():
    """Money of three in ten: a third and more of a head's share of it is theirs, so the effort for them is as high."""
    whole = stake_of(0.8)
    part = whole._replace(reach=np.array([0.3]))
    config = Config(**AGREED)
    assert best_effort(config, part, Prospect(0.3 * 3500, 0.3 * 500)) == pytest.approx(
        best_effort(config, whole, WORTH_IT)
    )


# --- what moves to the patient (A21) and what a moving base takes back (A23) -----------------------------------------
def test_cost_shift_by_hand():
    """A package whose savings are kept returns 0.4 of a marginal yuan (fund share 0.6): 0.1 x 0.6 of it moves."""
    config = Config(cost_shift=0.1)
    found = respond(config, incentives_of({"scheme": "package"}), stake_of(1.0), neutral(1))
    assert found.covered[COUNTY, INPATIENT] == pytest.approx(1 - 0.1 * 0.6)
    assert (found.covered[COUNTY + 1 :] == 1.0).all()
    case_paid = respond(config, incentives_of({"scheme": "drg"}), no_stake(ints(10)), neutral(1))
    assert case_paid.covered[COUNTY, INPATIENT] == pytest.approx(0.9)
    assert case_paid.covered[COUNTY, 0] == 1.0
    free = respond(config, incentives_of({"scheme": "ffs"}), no_stake(ints(10)), neutral(1))
    assert (free.covered == 1.0).all()


@given(st.floats(0, 0.5), st.floats(0, 1))
def test_cost_shift_stays_within_bounds(shift, kept):
    for name in SCHEMES:
        found = respond(Config(cost_shift=shift), incentives_of({"scheme": name}), stake_of(kept), neutral(1))
        assert ((found.covered >= 1 - shift) & (found.covered <= 1)).all()


THREE = make_history([make_claims([{"tier": "county", "charge": 100, "statutory": 60}])] * 2, [[10, 30]] * 2)


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({"rebase": "rolling", "base": "last_year"}, [1, 1]),
        ({"rebase": "rolling", "base": "mean"}, [1 / 3, 1 / 3]),  # two closed years and this one
        ({"rebase": "rolling", "base": "mean", "base_years": 2}, [1 / 2, 1 / 2]),
        ({"rebase": "rolling", "base": "head_count", "base_years": 5}, [1 / 3, 1 / 3]),
        ({"rebase": "rolling", "base": "head_count", "head_rate": "pool"}, [1 / 12, 1 / 4]),  # 10 and 30 of 40 heads
        ({"rebase": "fixed", "base": "last_year"}, [0, 0]),
        ({"rebase": "rolling", "base": "last_year", "lump_per_head": 500.0}, [0, 0]),
    ],
)
def test_weight_of_this_year_in_next_years_budget(settings, weights):
    assert current_weight(Settlement(**settings), THREE).tolist() == pytest.approx(weights)


def budget_next_year(settlement: Settlement, spent: float) -> int:
    """Budget of year 3 when year 2 cost so much, in two communities of 1,000 and 3,000 heads."""
    amounts = [[400, 500], [400, 500], [spent, 500]]
    claims = [
        make_claims([{"tier": "county", "home": k, "charge": yuan, "statutory": yuan} for k, yuan in enumerate(row)])
        for row in amounts
    ]
    history = make_history(claims, [[1000, 3000]] * 3, reform=1)
    return int(uncapped(settlement, history)[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"base": "last_year"},
        {"base": "mean"},
        {"base": "head_count"},
        {"base": "head_count", "head_rate": "pool"},
        {"base": "mean", "rebase": "fixed"},
    ],
)
def test_the_weight_is_what_a_saved_yuan_takes_from_the_next_budget(settings):
    settlement = Settlement(**{"rebase": "rolling", "growth": 0.0} | settings)
    lost = (budget_next_year(settlement, 400) - budget_next_year(settlement, 340)) / 6000
    claims = [make_claims([{"tier": "county", "charge": 1, "statutory": 1}])] * 2
    weight = current_weight(settlement, make_history(claims, [[1000, 3000]] * 2, reform=1))[0]
    assert weight == pytest.approx(lost, abs=1e-3)


def test_the_ratchet_lowers_effort_and_restores_intensity():
    """kept x (1 - 0.8 x 1) = 0.2: effort 0.5 x 0.2, and 1 - 0.2 x 0.6 of a yuan comes back."""
    terms = (incentives_of({"scheme": "package"}), stake_of(1.0)._replace(current=1.0), neutral(1), None, WORTH_IT)
    reckons, blind = respond(Config(ratchet=0.8, **AGREED), *terms), respond(Config(**AGREED), *terms)
    assert reckons.prevention.tolist() == pytest.approx([0.1])
    assert reckons.intensity[COUNTY, INPATIENT] == pytest.approx(1 - 0.06 * 0.12)
    assert blind.prevention.tolist() == [0.5]


def test_the_stake_knows_the_base():
    moving, fixed = (
        current_weight(Settlement(base="last_year", rebase=rebase), THREE) for rebase in ("rolling", "fixed")
    )
    assert [moving.tolist(), fixed.tolist()] == [[1, 1], [0, 0]]


# --- the budgets that members see (A20) ------------------------------------------------------------------------------
def test_budgets_are_in_the_policy_only_where_they_are_seen():
    """Otherwise two arms that differ in budgets alone would not share a simulation."""
    terms = (incentives_of({"scheme": "package"}), stake_of(1.0), neutral(1), ints(5_000))
    seen = respond(Config(restraint=0.6, restraint_floor=0.8, tightness="semi_tight"), *terms)
    unseen = respond(Config(), *terms)
    assert seen.quota.tolist() == [5_000]
    assert seen.restraint.tolist() == [0.3, 0.8]  # half of 0.6 is felt
    assert unseen.quota.tolist() == [0]
    assert unseen.restraint.tolist() == [0.0, 1.0]
    assert respond(Config(restraint=0.6), *terms[:-1]).quota.tolist() == [0]
