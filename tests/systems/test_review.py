"""Systems A16 to A27 of docs/systems.md: one check a row, run as a test, and run again with its rule broken."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.config import load_config
from sim.core.units import fen
from sim.county import benefit
from sim.engine import restraint
from sim.experiment.study import load_study
from sim.money import payment, response, settlement
from sim.money.history import Prospect
from sim.money.payment import composite, ffs
from sim.money.response import prevention, ratchet
from sim.money.settlement import assessment
from sim.money.settlement.assessment import INDICATORS, Assessment
from sim.tables import CITY, COUNTY, INPATIENT, RESIDENT_INSURED, TOWNSHIP
from tests.core_world import person
from tests.money_world import ints, make_claims, make_history, make_providers
from tests.outcomes_world import hand_record
from tests.systems.world import OWN_RISK, Plant, Year, arm, found_by, history, paid, reform


@pytest.fixture(scope="module", autouse=True)
def _played() -> None:
    """History is played before anything is broken."""
    history(1)
    history(2)


ONES = "{village: 1, township: 1, county: 1, city: 1, remote: 1}"
RATES = [f"payment.within.coefficient={ONES}", "payment.within.rate=1000", "payment.within.rate_growth=0",
         "settlement.lump_per_head=200", "settlement.growth=0"]  # fmt: skip


def stay(group: int, charge: float, statutory: float, **more: Any) -> dict[str, Any]:
    return {"tier": "county", "group": group, "charge": charge, "statutory": statutory} | more


# --- A16 ------------------------------------------------------------------------------------------------------------
DRG_ALONE = {name: {"floor": 0, "target": 1, "weight": 0} for name in INDICATORS[:7]}
"""Only the two indicators of DRG have a weight."""
STAYS = [stay(0, 1200, 700, home=0), stay(0, 800, 600, home=1), stay(1, 2000, 1500, home=1)]


def check_a16() -> None:
    """DRG at 1,000 a weight inside packages of 2,000 yuan: 1,000 - 500, 1,000 - 200 and 2,000 - 500.

    Community 0's stay costs 1,200 where the group costs 1,000 on average: cost index 1.2, no points; its mix is last
    year's, full points: score 0.5.  Community 1: (800 + 2,000) / (1,000 + 2,000), full points; its mix rose from 1 to
    1.5.  So 0 keeps half of 1,500, and 1 nothing of an overrun of 300.
    """
    last = make_claims([stay(0, 500, 300, home=0), stay(0, 500, 300, home=1)])
    past = make_history([last], [[10, 10]], weights=[1.0, 2.0])
    seen = assessment.measures(hand_record().flows._replace(claims=make_claims(STAYS)), past)
    mix, cost = INDICATORS.index("case_mix"), INDICATORS.index("cost_index")
    assert seen[:, mix].tolist() == pytest.approx([1.0, 1.5])
    assert seen[:, cost].tolist() == pytest.approx([1.2, 2800 / 3000])
    scores = assessment.scores(Assessment(apply=True, **DRG_ALONE), seen, 0)
    assert scores is not None
    assert scores.tolist() == [0.5, 1.0]
    words = ["payment=drg_package", *RATES, "settlement.surplus_quality=1"]
    found = paid(words, STAYS, 2, weights=[1.0, 2.0], quality=scores)
    assert found.payments.receipts.tolist() == [fen(500), fen(800), fen(1500)]
    assert found.settled.balance.tolist() == [fen(1500), fen(-300)]
    assert found.settled.transfer.tolist() == [fen(750), fen(-300)]


def test_a16_drg_pays_stays_inside_the_package_and_has_a_score_of_its_own() -> None:
    check_a16()


def dear_hospitals_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assessment, "_cost_index", lambda claims, count: np.ones(count))


def surplus_without_score(patch: pytest.MonkeyPatch) -> None:
    own = settlement.shared
    patch.setattr(settlement, "shared", lambda rule, amount, balance, score, heads: own(rule, amount, balance))


# --- A17, A18 -------------------------------------------------------------------------------------------------------
def check_shared(study_arm: str, borne: float) -> None:
    """The arm's stays are priced by DRG in one bundle; of an overrun it bears its part, of a surplus it keeps all."""
    found = []
    for amount in (600, 1500):
        year = reform(
            *arm("drg_in_package", study_arm), "settlement.revenue_cap=false", f"settlement.lump_per_head={amount}"
        )
        assert year.config.payment.within.scheme == "drg"
        balance = year.heads * amount * 100 - year.fund.receipts
        assert year.settled.balance.tolist() == [balance]
        kept = balance if balance > 0 else balance * borne
        assert year.settled.transfer.tolist() == pytest.approx([kept], abs=1)
        assert year.outcome("surplus_retained", "community_1") == pytest.approx(kept / 100, abs=0.01)
        found.append(balance)
    assert found[0] < 0 < found[1]


def check_a17() -> None:
    check_shared("deqing", 0.5)
    # or by points, as A3: the pool is spent to the fen, whatever the bills
    points = ["payment=drg_package", "payment.within.form=points", "payment.within.pool=5000",
              "payment.within.growth=0", *RATES]  # fmt: skip
    for charges in ((900, 900), (700, 4000)):
        found = paid(points, [stay(k, c, 400) for k, c in enumerate(charges)])
        assert int(found.payments.receipts.sum()) == fen(5000)


def test_a17_drg_in_a_package_with_a_shared_overrun_reports_its_result() -> None:
    check_a17()


def check_a18() -> None:
    check_shared("ganyu", 0.7)


def test_a18_drg_in_a_package_with_most_of_an_overrun_borne() -> None:
    check_a18()


def all_overrun_borne(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "shared", lambda rule, amount, balance, *more: balance)


EAGER = ("response.optimism=20", "response.prevention_cost=0")
"""Four hundred persons had few stays last year: so prevention pays, whatever they were for."""


# --- A19 ------------------------------------------------------------------------------------------------------------
def check_a19() -> None:
    """Youxi is A1 in one county; poor information support halves what its members answer.

    The evaluation: surplus up to 2.84 %; primary share of visits 50.8 to 68.5 %, plus 17.7 points.
    """
    full, poor = (
        reform(*arm("youxi", name), "settlement.revenue_cap=false", "settlement.lump_per_head=1500", *EAGER)
        for name in ("youxi", "poor_information")
    )
    for year in (full, poor):
        assert year.fund.receipts + year.fund.transfers == year.heads * 150_000
    assert (2 * poor.policy.prevention).tolist() == pytest.approx(full.policy.prevention.tolist())
    assert (2 * (1 - poor.policy.intensity)).ravel().tolist() == pytest.approx((1 - full.policy.intensity).ravel())
    assert full.policy.prevention[0] > 0
    bounds = {(c.outcome, c.low, c.high) for e in load_study("youxi").expected for c in e.check if c.high is not None}
    assert ("surplus_rate", 0.0, 0.0284) in bounds
    (rise,) = [(low, high) for name, low, high in bounds if name == "primary_visits"]
    assert sum(rise) / 2 == pytest.approx(0.685 - 0.508)


def test_a19_youxi_is_the_package_of_a1_held_against_its_evaluation() -> None:
    check_a19()


def information_does_not_matter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("sim.money.response.signals.integration_scale", lambda config: 1.0)


# --- A20 ------------------------------------------------------------------------------------------------------------
def check_a20() -> None:
    """Half a year gone, 55 % used: 45 % is left for a need of 50; a strength of 1 holds back a tenth, of 0.5 a
    twentieth.  On pace or below it nothing is held back.  In December, 95 % used: 5 left of 8.33, so 0.6; floor 0.7.
    """
    for spent, months, strength, factor in ((550, 6, 1, 0.9), (550, 6, 0.5, 0.95), (500, 6, 1, 1.0), (300, 6, 1, 1.0)):
        assert restraint.restraint_of(1000, spent, months, strength, 0.7) == pytest.approx(factor)
    assert restraint.restraint_of(1000, 950, 11, 1.0, 0.1) == pytest.approx(50 / (1000 / 12))
    assert restraint.restraint_of(1000, 950, 11, 1.0, 0.7) == 0.7


def test_a20_members_hold_back_as_the_quota_is_used_up() -> None:
    check_a20()


def test_a20_members_of_a_community_see_their_budget_and_restrain_charges() -> None:
    """The same county with a tight lump, seen or not; only restraint differs.  Hospitals outside see no quota."""
    words = ("payment=package", *OWN_RISK, "settlement.lump_per_head=600", "response.intensity=false",
             "response.prevention=false", "claims.return_intensity=0")  # fmt: skip
    blind, seen = (reform(*words, f"response.restraint={strength}") for strength in (0, 1))
    assert seen.policy.quota.tolist() == [history(1).books.closed[-1].heads[0] * 60_000]
    members = [year.claims.tier <= COUNTY for year in (blind, seen)]
    charges = [int(y.claims.charge[rows].sum()) for y, rows in zip((blind, seen), members, strict=True)]
    assert 0.7 * charges[0] < charges[1] < 0.97 * charges[0]
    january = [
        int(y.claims.charge[rows & (y.claims.month == 0) & (y.claims.category < INPATIENT)].sum())
        for y, rows in zip((blind, seen), members, strict=True)
    ]
    assert january[0] == january[1]  # nothing is used yet


def held_back_below_pace(patch: pytest.MonkeyPatch) -> None:
    def reversed_sign(quota: int, spent: int, months: int, strength: float, floor: float) -> float:
        return min(1.0, max(floor, 1.0 + strength * (spent / quota - months / 12) / (1 - months / 12)))

    patch.setattr(restraint, "restraint_of", reversed_sign)


def nobody_sees_the_quota(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restraint, "restraint_of", lambda *_: 1.0)


# --- A21 ------------------------------------------------------------------------------------------------------------
def share_of_fund(year: Year) -> float:
    """Statutory part of the charges of stays in county hospitals."""
    rows = (year.claims.tier == COUNTY) & (year.claims.category == INPATIENT)
    return year.bills(rows) / int(year.claims.charge[rows & (year.claims.insurance == RESIDENT_INSURED)].sum())


def check_a21() -> None:
    """Under a package at own risk a marginal yuan of a stay comes back less; 0.3 of that loss moves to the patient.

    So patients of Wuwei's package pay a larger part than under fee for service, and the part reimbursed goes on falling
    as more is shifted.
    """
    words = ("payment=package", *OWN_RISK, "response.intensity=false", "response.prevention=false")
    plain, some, more = (reform(*words, f"response.cost_shift={shift}") for shift in (0, 0.15, 0.3))
    free = reform("payment=ffs", off=True)
    back = 1 - history(1).books.closed[-1].claims.statutory[_county_stays()].sum() / _charges(_county_stays())
    assert more.policy.covered[COUNTY, INPATIENT] == pytest.approx(1 - 0.3 * (1 - back), abs=1e-6)
    assert (more.policy.covered[CITY:] == 1).all()
    assert share_of_fund(more) < share_of_fund(some) < share_of_fund(plain) == pytest.approx(share_of_fund(free))
    assert more.outcome("policy_ratio", "county") == pytest.approx(plain.outcome("policy_ratio", "county"), abs=0.05)
    assert more.outcome("own_share", "county") > free.outcome("own_share", "county") + 0.02


def _county_stays() -> Any:
    last = history(1).books.closed[-1].claims
    return (last.insurance == RESIDENT_INSURED) & (last.tier == COUNTY) & (last.category == INPATIENT)


def _charges(rows: Any) -> int:
    return int(history(1).books.closed[-1].claims.charge[rows].sum())


def test_a21_the_patients_share_may_rise_under_a_package() -> None:
    check_a21()


def nothing_is_shifted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("sim.money.response.cost_shift.covered_factor", lambda config, shares: np.ones_like(shares))


# --- A22 ------------------------------------------------------------------------------------------------------------
TWO = [
    {"tier": "township", "charge": 900, "statutory": 100},
    {"tier": "county", "charge": 900, "statutory": 300},
    {"tier": "county", "charge": 1800, "statutory": 200},
    {"tier": "city", "charge": 500, "statutory": 250},
]


def check_a22() -> None:
    """Caps of 150 and 400 yuan on bills of 100 and 500: 100, and 400 by 3 : 2.  A pool of 720 by charges 1 : 1 : 2,
    by bills 1 : 3 : 2.

    The city's bill is outside both.
    """
    capped = paid(["payment=cap", "payment.caps=[null, 150, 400, null, null]", "payment.growth=0"], TWO)
    assert capped.payments.receipts.tolist() == [fen(v) for v in (100, 240, 160, 250)]
    pooled = paid(["payment=budget", "payment.pool=720", "payment.growth=0", "payment.points=charge"], TWO)
    by_bills = paid(["payment=budget", "payment.pool=720", "payment.growth=0"], TWO)
    assert by_bills.payments.receipts.tolist() == [fen(v) for v in (120, 360, 240, 250)]
    assert pooled.payments.receipts.tolist() == [fen(v) for v in (180, 180, 360, 250)]


def test_a22_caps_and_a_regional_budget_by_hand() -> None:
    check_a22()


def test_a22_both_regimes_run_on_the_same_population() -> None:
    """Without a response not one claim differs; what providers are paid does."""
    free, caps, pool = (reform(f"payment={scheme}", off=True) for scheme in ("ffs", "cap", "budget"))
    for other in (caps, pool):
        assert all((a == b).all() for a, b in zip(free.claims, other.claims, strict=True))
    assert len({year.fund.receipts for year in (free, caps, pool)}) == 3
    assert caps.fund.receipts < free.fund.receipts


def caps_bind_nobody(patch: pytest.MonkeyPatch) -> None:
    open_ended = replace(payment.SCHEMES["cap"], pay=lambda c, p, claims, units: ffs.pay(c, p, claims, units))
    patch.setitem(payment.SCHEMES, "cap", open_ended)


# --- A23 ------------------------------------------------------------------------------------------------------------
def budget_of(base: str, spent: tuple[int, ...], **more: Any) -> int:
    """Budget in fen after three years of so many yuan for 10, 10 and 12 heads; 12 heads now, no growth."""
    years = [make_claims([{"tier": "county", "charge": v, "statutory": v}]) for v in spent]
    past = make_history(years, [[10], [10], [12]], reform=more.pop("reform", 3), year=3)
    config = settlement.Config(base=base, growth=0, revenue_cap=False, **more)
    return int(settlement.budget(config, past, 0, 12)[0])


def check_a23() -> None:
    """1,000, 1,000 and 1,200 yuan: last year 1,200; mean 1,066.67; per head 3,200 / 32 x 12 = 1,200.

    A last year inflated by 300 adds 300, 100, and 300 / 32 x 12 = 112.50: a base of one year is the easiest to raise.
    """
    bases = {"last_year": (1200, 300), "mean": (3200 / 3, 100), "head_count": (1200, 112.5)}
    for base, (amount, more) in bases.items():
        honest, inflated = budget_of(base, (1000, 1000, 1200)), budget_of(base, (1000, 1000, 1500))
        assert honest == pytest.approx(fen(amount), abs=1)
        assert inflated - honest == pytest.approx(fen(more), abs=1)
    assert budget_of("last_year", (1000, 9000, 9000), reform=1) == fen(1000)  # frozen at the reform
    assert budget_of("last_year", (1000, 9000, 9000), reform=1, rebase="rolling") == fen(9000)


def test_a23_bases_of_the_budget_and_what_an_inflated_year_adds() -> None:
    check_a23()


def check_a23_ratchet() -> None:
    """What a yuan saved takes from the next budget is not kept: all of it under last year's base, a third under a mean
    of three years, nothing under a fixed one.  Who reckons with it makes less effort.
    """
    past = make_history([make_claims([{"tier": "county", "charge": 100, "statutory": 100}])] * 3, [[10]] * 3)
    for base, rebase, kept in (("last_year", "rolling", 0.0), ("mean", "rolling", 2 / 3), ("mean", "fixed", 1.0)):
        config = settlement.Config(base=base, rebase=rebase, expected_growth=0)
        stake = settlement.stake(config, ints(fen(100)), past, make_providers())
        stake = stake._replace(current=settlement.current_weight(config, past))
        felt = ratchet.felt(response.Config(ratchet=1), stake)
        assert felt.kept.tolist() == pytest.approx([kept], abs=1e-8)
        assert ratchet.felt(response.Config(ratchet=0), stake).kept.tolist() == pytest.approx([1.0])
    words = ("payment=package", *OWN_RISK, "settlement.rebase=rolling", "settlement.base=last_year",
             EAGER[0], "response.prevention_cost=1000")  # fmt: skip
    effort = [float(reform(*words, f"response.ratchet={r}").policy.prevention[0]) for r in (0, 0.5, 1)]
    assert effort[0] > effort[1] > effort[2] == pytest.approx(0, abs=1e-8)


def test_a23_the_ratchet_takes_back_what_is_saved() -> None:
    check_a23_ratchet()


def check_a23_announced() -> None:
    """Two years, announced and then paid by last year's amount at the fund's growth of 0.

    Announced, the fund pays by item, so a yuan billed now comes again with the budget: r = 1 + weight 1 x kept 1 x fund
    share f, and charges of stays are 1 + 0.06 f times those of a surprise.  The budget is what that year cost.
    """
    words = ("payment=package", *OWN_RISK, "settlement.announced=1", "settlement.base=last_year", "settlement.growth=0",
             "settlement.planning_sd=0.001", "settlement.expected_growth=-0.5")  # fmt: skip
    blind, gaming = (reform(*words, f"response.ratchet={ratchet}") for ratchet in (0, 1))
    past = history().books.closed[-1].claims
    of_stays = (past.insurance == RESIDENT_INSURED) & (past.category == INPATIENT) & (past.tier == COUNTY)
    fund_share = past.statutory[of_stays].sum() / past.charge[of_stays].sum()
    assert blind.policy.intensity[COUNTY, INPATIENT] == 1
    assert gaming.policy.intensity[COUNTY, INPATIENT] == pytest.approx(1 + 0.06 * fund_share)
    assert [year.settled.budget.size for year in (blind, gaming)] == [0, 0]  # still paid by item
    first = [reform(*words, f"response.ratchet={ratchet}", years=2) for ratchet in (0, 1)]
    for year, before in zip(first, (blind, gaming), strict=True):
        assert int(year.settled.budget[0]) == before.bills(before.claims.home >= 0)
    assert int(first[1].settled.budget[0]) > int(first[0].settled.budget[0])


def test_a23_an_announced_reform_inflates_its_base_years() -> None:
    check_a23_announced()


def nobody_games(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "base_weight", lambda config, past, spent: np.zeros(len(past.heads)))


def no_ratchet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "current_weight", lambda config, past: np.zeros(len(past.heads)))


def last_year_for_all(patch: pytest.MonkeyPatch) -> None:
    own = settlement.budget
    patch.setattr(
        settlement, "budget", lambda config, *rest: own(config.model_copy(update={"base": "last_year"}), *rest)
    )


# --- A24 ------------------------------------------------------------------------------------------------------------
TENTHS = [k / 10 for k in range(11)]


def check_a24() -> None:
    """Equal behaviour, bills above a lump of 600: the more the community bears, the less the fund pays, in a line."""
    years = [reform("payment=package", "settlement.revenue_cap=false", "settlement.lump_per_head=600",
                    f"settlement.overrun_share={share}", off=True) for share in TENTHS]  # fmt: skip
    bills = years[0].bills()
    overrun = bills - years[0].heads * 60_000
    outlays = [year.fund.receipts + year.fund.transfers for year in years]
    assert overrun > 0
    assert outlays == pytest.approx([bills - share * overrun for share in TENTHS], abs=1)
    assert all(b < a for a, b in pairwise(outlays))
    assert outlays[-1] == years[0].heads * 60_000


def test_a24_the_sweep_is_monotone_in_fund_outlay_given_equal_behaviour() -> None:
    check_a24()


def check_a24_effort() -> None:
    """A budget as large as expected cost: even odds, so (kept + borne) / 2 of a saved yuan is expected to be kept."""
    past = make_history([make_claims([{"tier": "county", "charge": 1000, "statutory": 1000}])], [[10]])
    effort = []
    for share in TENTHS:
        config = settlement.Config(retained_share=1, overrun_share=share, expected_growth=0)
        stake = settlement.stake(config, ints(fen(1000)), past, make_providers())
        agreed = response.Config(optimism_spread=0.0)  # 30 yuan a head: the best effort is what is kept
        effort.append(float(prevention.target_effort(agreed, 1.0, stake, Prospect(saved=3000.0, added=0.0))[0]))
    assert effort == pytest.approx([(1 + share) / 2 for share in TENTHS], abs=1e-3)


def test_a24_effort_falls_as_the_funds_share_of_an_overrun_rises() -> None:
    check_a24_effort()


def half_is_always_borne(patch: pytest.MonkeyPatch) -> None:
    own = settlement.shared

    def shared(rule: settlement.Config, *rest: Any) -> int:
        return own(rule.model_copy(update={"overrun_share": 0.5}), *rest)

    patch.setattr(settlement, "shared", shared)


def no_moral_hazard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "expected_marginal_shares", lambda rule, surplus, sd, heads: np.ones(len(surplus)))


# --- A25 ------------------------------------------------------------------------------------------------------------
def fund_pays(rule: str, tier: int, referred: int, **fields: int) -> int:
    schedule = {
        "referral_rule": rule,
        "deductible": {"village": 0, "township": 100, "county": 500, "city": 1000, "remote": 1500},
        "ratio": {"village": 0.9, "township": 0.9, "county": 0.8, "city": 0.65, "remote": 0.55},
        "unreferred": {"village": 1, "township": 1, "county": 1, "city": 0.8, "remote": 0.8},
        "referred_deductible": 0,
        "later_deductible": 1,
    }
    rules = benefit.compile_rules(benefit.Config(resident=schedule))
    statutory, _, _, own = benefit.share_bill(rules, person(**fields), INPATIENT, tier, fen(5000), fen(5000), referred)
    assert own + statutory <= fen(5000)
    return int(statutory)


def check_a25() -> None:
    """A stay of 5,000 yuan.  Township (5,000 - 100) x 0.9, county (5,000 - 500) x 0.8, city by oneself
    (5,000 - 1,000) x 0.65 x 0.8.  Referred to the city: only the 500 by which its deductible is higher, or none at all.
    """
    direct = {TOWNSHIP: 4410, COUNTY: 3600, CITY: 2080}
    for tier, amount in direct.items():
        assert fund_pays("difference", tier, 0) == fen(amount)
    assert fund_pays("difference", CITY, 1) == fen(4500 * 0.65)
    assert fund_pays("difference", COUNTY, 1) == fen(4600 * 0.8)
    assert fund_pays("share", CITY, 1) == fen(5000 * 0.65)
    assert fund_pays("difference", TOWNSHIP, 2) == fen(4500)  # stepped down: no second deductible


def test_a25_prices_differ_by_tier_and_referral_tops_up_the_deductible() -> None:
    check_a25()


def charged_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(benefit, "referred_deductibles", lambda schedule: [fen(v) for v in schedule.deductible.values()])


# --- A26 ------------------------------------------------------------------------------------------------------------
def check_a26() -> None:
    """Ordinary stays by DRG, 1,000 - 400; long ones by day, 20 x 60 - 500; hard ones as billed; visits by head."""
    words = ["payment=composite", "payment.outpatient.amount_per_head=7", "payment.outpatient.growth=0",
             "payment.chronic=ffs", "payment.inpatient.rate=1000", "payment.inpatient.rate_growth=0",
             f"payment.inpatient.coefficient={ONES}", f"payment.long_stay.rates={ONES.replace('1', '60')}",
             "payment.long_stay.rate_growth=0", "payment.long_groups=[1]", "payment.ffs_groups=[2]",
             "settlement.lump_per_head=500"]  # fmt: skip
    rows = [
        stay(0, 1400, 1000),
        stay(1, 1900, 1400, days=20),
        stay(2, 9000, 6000),
        {"tier": "village", "category": "outpatient", "charge": 90, "statutory": 50},
    ]
    assert paid(words, rows).payments.receipts.tolist() == [fen(v) for v in (600, 700, 6000, 70)]
    # the mixes for poor and for rich regions are a choice of one word each
    mixes = {"ffs": "ffs", "capitation": "capitation", "drg": "drg", "composite": "composite", "per_diem": "per_diem"}
    assert {name: load_config([f"payment={name}"]).payment.scheme for name in mixes} == mixes


def test_a26_hard_cases_fall_back_to_fee_for_service_in_a_mix() -> None:
    check_a26()


def hard_cases_by_drg(patch: pytest.MonkeyPatch) -> None:
    own = composite.class_of

    def class_of(config: composite.Config, claims: Any) -> Any:
        return own(config.model_copy(update={"ffs_groups": ()}), claims)

    patch.setattr(composite, "class_of", class_of)


# --- A27 ------------------------------------------------------------------------------------------------------------
def check_a27() -> None:
    """Effort and intensity of the same package: all of it if tight, half if semi-tight, a tenth if in name only."""
    words = ("payment=package", *OWN_RISK, "settlement.lump_per_head=1500", *EAGER)
    years = {name: reform(*words, f"response.tightness={name}") for name in ("tight", "semi_tight", "nominal")}
    full = years["tight"].policy
    assert full.prevention.tolist() == pytest.approx([0.5])  # half way to full effort in the first year
    assert full.intensity[COUNTY, INPATIENT] < 1
    for name, scale in (("semi_tight", 0.5), ("nominal", 0.1)):
        own = years[name].policy
        assert own.prevention.tolist() == pytest.approx([0.5 * scale])
        assert (1 - own.intensity).ravel().tolist() == pytest.approx((scale * (1 - full.intensity)).ravel().tolist())


def test_a27_tightness_scales_every_effect_of_integration() -> None:
    check_a27()


# --- the checks can fail ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("check", "plant"),
    [
        (check_a16, dear_hospitals_unseen),
        (check_a16, surplus_without_score),
        (check_a17, all_overrun_borne),
        (check_a18, all_overrun_borne),
        (check_a19, information_does_not_matter),
        (check_a20, held_back_below_pace),
        (check_a20, nobody_sees_the_quota),
        (check_a21, nothing_is_shifted),
        (check_a22, caps_bind_nobody),
        (check_a23, last_year_for_all),
        (check_a23_ratchet, no_ratchet),
        (check_a23_announced, nobody_games),
        (check_a24, half_is_always_borne),
        (check_a24_effort, no_moral_hazard),
        (check_a25, charged_twice),
        (check_a26, hard_cases_by_drg),
        (check_a27, information_does_not_matter),
    ],
)
def test_a_broken_rule_is_found(check: Any, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(check, plant, monkeypatch)
