"""The benefit against hand-worked bills, textbook answers, and what must hold for every bill."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.units import fen
from sim.county import benefit
from sim.county.benefit import (
    NO_LIMIT,
    BenefitRules,
    Config,
    accumulate,
    catastrophic_total,
    compile_rules,
    count_own,
    share_bill,
    statutory_stay,
)
from sim.county.person import Person
from sim.tables import CATEGORIES, CHRONIC, COUNTY, INPATIENT, INSURANCES, OUTPATIENT, RESIDENT_INSURED, TIERS
from tests import paths
from tests.core_world import person, tiers

CASES: dict[str, Any] = yaml.safe_load((paths.CASES / "benefit.yaml").read_text(encoding="utf-8"))
BY_TIER = ("deductible", "ratio", "unreferred", "outpatient_ratio", "chronic_ratio")


def schedule(**changes: Any) -> BenefitRules:
    """Rules of resident insurance: the generous schedule of the cases with some changes, for all tiers or each."""
    values = CASES["generous"] | changes
    for name in BY_TIER:
        given_by_tier = values[name] if isinstance(values[name], list) else [values[name]]
        values[name] = tiers(*given_by_tier)
    return compile_rules(Config(resident=values))


def bill(
    rules: BenefitRules, someone: Person, category: int, tier: int, charge: int, covered: int, referred: int = 0
) -> tuple[int, int, int, int]:
    """Share a bill and carry it into the accounts, as the engines do."""
    shares = share_bill(rules, someone, category, tier, charge, covered, referred)
    count_own(rules, someone, covered - shares[0])
    accumulate(someone, category, charge, covered, shares[0], shares[2], shares[3], referred)
    return shares


# --- worked by hand --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_hand_worked_bills(case: dict[str, Any]) -> None:
    rules = schedule(**case["schedule"])
    someone = person(insurance=INSURANCES.index(case.get("insurance", "resident")), poor=case.get("poor", 0))
    for one in case["bills"]:
        category, tier = CATEGORIES.index(one.get("category", "inpatient")), TIERS.index(one.get("tier", "township"))
        charge, covered = fen(one["charge"]), fen(one.get("covered", one["charge"]))
        shares = bill(rules, someone, category, tier, charge, covered, one.get("referred", 0))
        assert shares == tuple(fen(amount) for amount in one["pays"]), one
    assert someone.charge == sum(fen(one["charge"]) for one in case["bills"])
    assert someone.patient == sum(fen(one["pays"][3]) for one in case["bills"])


def test_a_half_fen_rounded_down_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = (c for c in CASES["cases"] if c["name"] == "half a fen is rounded up")
    monkeypatch.setattr(benefit, "part", lambda amount, share: amount * share // 1_000_000)
    with pytest.raises(AssertionError):
        test_hand_worked_bills(case)


def test_published_county() -> None:
    """published-results 4.2: volumes times the fund's and the patient's part of one bill, and their totals."""
    fund = patient = 0
    for row in CASES["county"]:
        category = CATEGORIES.index(row.get("category", "inpatient"))
        rules = schedule(deductible=row.get("deductible", 0), ratio=row["ratio"], outpatient_ratio=row["ratio"])
        charge = fen(row["charge"])
        statutory, *_, own = share_bill(rules, person(), category, TIERS.index(row["tier"]), charge, charge, 0)
        assert statutory * row["volume"] == fen(row["fund"])
        assert own * row["volume"] == fen(row["patient"])
        fund, patient = fund + statutory * row["volume"], patient + own * row["volume"]
    assert (fund, patient) == (fen(6_806_500), fen(4_463_500))


# --- textbook answers (published-results 1.5, Loss Data Analytics) ---------------------------------------------------
def payment(rules: BenefitRules, loss: int) -> int:
    return statutory_stay(rules, person(), COUNTY, loss, 0)


def test_group_dental_deductible_after_inflation() -> None:
    """LDA 5.5.5, 5.5.6: count of mean 300 and variance 800; losses 40, 80, 120, 200 rise by half; deductible 100."""
    rules = schedule(deductible=100)
    paid = np.array([payment(rules, fen(1.5 * loss)) for loss in (40, 80, 120, 200)]) / 100
    assert 300 * paid.mean() == 22_500
    assert 300 * paid.var() + 800 * paid.mean() ** 2 == 6_322_500


def mean_over_exponential(mean: float, function: Any) -> float:
    """Expectation of a function of a loss in fen: the exact mass of each fen, of an exponential loss in yuan."""
    edges = np.arange(1_500_001) - 0.5
    mass = np.diff(stats.expon.cdf(np.maximum(edges, 0), scale=100 * mean))
    step = 100
    return float(sum(mass[k : k + step].sum() * function(k + step // 2) for k in range(0, len(mass), step)))


def test_deductible_and_limit_under_inflation() -> None:
    """LDA 3.4.5: mean 1,000 rises by 5 %, the payment per payment by 1.10002 %: deductible 100, at most 500 paid."""
    rules = schedule(deductible=100, cap=500)
    per_payment = [
        mean_over_exponential(mean, lambda loss: payment(rules, loss) / 100) / stats.expon.sf(100, scale=mean)
        for mean in (1000, 1050)
    ]
    assert per_payment == pytest.approx([393.46934, 397.79758], abs=0.05)
    assert per_payment[1] / per_payment[0] == pytest.approx(1.0110002, abs=1e-5)


def test_variance_of_the_payment_above_a_deductible() -> None:
    """LDA 3.4.1: exponential loss of mean 1,000, deductible 100."""
    rules = schedule(deductible=100)
    first, second = (
        mean_over_exponential(1000, lambda loss, p=power: (payment(rules, loss) / 100) ** p) for power in (1, 2)
    )
    assert second - first**2 == pytest.approx(990_944.08, rel=1e-4)


# --- for every bill --------------------------------------------------------------------------------------------------
ratio = st.integers(0, 1_000_000).map(lambda ppm: ppm / 1e6)
money = st.one_of(st.sampled_from([0.0, 1.0]), st.integers(0, 50_000_000).map(lambda amount: amount / 100))
charges = st.one_of(st.integers(100, 200), st.integers(100, 30_000_000))
categories = st.sampled_from([OUTPATIENT, CHRONIC, INPATIENT])
tier_codes = st.integers(0, 4)


@st.composite
def schedules(draw: st.DrawFn) -> BenefitRules:
    names = ("later_deductible", "referred_deductible", "assistance_ratio")
    start, first, second = sorted(draw(st.tuples(money, money, money)))
    return schedule(
        **{name: draw(ratio) for name in names},
        **{name: [draw(ratio) for _ in TIERS] for name in BY_TIER[1:]},
        **{name: draw(money) for name in ("outpatient_cap", "chronic_cap", "cap", "catastrophic_cap")},
        deductible=[draw(money) for _ in TIERS],
        catastrophic_start=start,
        catastrophic_steps=(first, second),
        catastrophic_ratios=draw(st.tuples(ratio, ratio, ratio)),
        assistance_cap=draw(money),
        own_limit=draw(st.one_of(st.none(), money)),
    )


@given(
    schedules(),
    st.booleans(),
    st.lists(st.tuples(categories, tier_codes, charges, ratio, st.integers(0, 2)), min_size=1, max_size=8),
)
def test_every_years_bills(rules: BenefitRules, poor: bool, bills: list[Any]) -> None:
    """Parts are non-negative and sum to the charge, no limit is passed, and bills add up to the year's accounts."""
    someone = person(poor=int(poor))
    insurance = RESIDENT_INSURED
    totals = np.zeros(4, dtype=np.int64)
    visits = [0, 0]
    own_of_catalogue = own = 0
    for category, tier, charge, catalogue, referred in bills:
        covered = int(charge * catalogue)
        shares = bill(rules, someone, category, tier, charge, covered, referred)
        assert sum(shares) == charge
        assert min(shares) >= 0
        assert shares[0] + shares[1] + shares[2] <= covered
        totals += shares
        own += covered - shares[0]
        if category != INPATIENT:
            visits[category] += shares[0]
        if category != OUTPATIENT:
            own_of_catalogue += covered - shares[0]
    assert totals[0] == someone.pool_used
    assert visits == [someone.outpatient_used, someone.chronic_used]
    if rules.own_limit[insurance] == NO_LIMIT:
        assert totals[0] <= rules.cap[insurance]
        assert all(np.array(visits) <= rules.visit_cap[insurance])
    else:  # what a person pays is limited, so what the fund pays is not
        assert own == someone.own_counted <= rules.own_limit[insurance]
    assert totals[1] == catastrophic_total(rules, insurance, own_of_catalogue) <= rules.catastrophic_cap[insurance]
    assert totals[2] == someone.assistance_used <= (rules.assistance_cap[insurance] if poor else 0)
    assert totals[3] == someone.patient


@given(schedules(), categories, tier_codes, charges, charges, st.integers(0, 2), st.integers(0, 3))
def test_shares_rise_with_the_charge(
    rules: BenefitRules, category: int, tier: int, one: int, other: int, referred: int, stays: int
) -> None:
    """Of two fully covered bills nobody pays less of the larger one, before assistance."""
    shares = [share_bill(rules, person(stays=stays), category, tier, c, c, referred) for c in sorted([one, other])]
    assert all(low <= high for low, high in zip(*shares, strict=True))


@given(schedules(), st.lists(st.integers(0, 30_000_000), max_size=6))
def test_catastrophic_insurance_in_exact_fractions(rules: BenefitRules, owns: list[int]) -> None:
    """Brackets paid as the area under a step function; each bracket is rounded to the fen."""
    own = sum(owns)
    edges = [int(e) for e in rules.catastrophic_from[RESIDENT_INSURED]] + [max(own, 10**12)]
    brackets = zip(itertools.pairwise(edges), rules.catastrophic_ratio[RESIDENT_INSURED], strict=True)
    exact = sum(max(0, min(own, high) - low) * Fraction(int(share), 10**6) for (low, high), share in brackets)
    exact = min(exact, Fraction(int(rules.catastrophic_cap[RESIDENT_INSURED])))
    assert abs(catastrophic_total(rules, RESIDENT_INSURED, own) - exact) <= Fraction(3, 2)


@given(st.sampled_from([1e-2, 1e3, 1e6, 1e9]), st.integers(0, 2), st.integers(0, 2))
def test_amounts_as_large_as_parameters_may_be(amount: float, referred: int, stays: int) -> None:
    """Integer arithmetic holds up to the bounds of the parameters."""
    rules = schedule(
        deductible=amount, referred_deductible=0.5, later_deductible=0.5, cap=amount, catastrophic_start=amount,
        catastrophic_steps=[amount, amount], catastrophic_ratios=[1, 1, 1], catastrophic_cap=amount,
    )  # fmt: skip
    shares = share_bill(rules, person(stays=stays), INPATIENT, COUNTY, 690_000, 600_000, referred)
    assert sum(shares) == 690_000
    assert min(shares) >= 0
