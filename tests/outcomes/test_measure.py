"""Outcomes of a year re-done by hand, their catalogue, their order independence, and the identities."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.arrays import sum_by
from sim.core.errors import IdentityError
from sim.money.history import History, closed_year
from sim.money.paying import parts_of
from sim.money.payment import package
from sim.money.settlement import Config as Terms
from sim.outcomes import (
    HEADLINE,
    OUTCOMES,
    Row,
    YearRecord,
    check_identities,
    employee,
    expected,
    measure,
    signed,
    spread,
    surplus,
)
from sim.outcomes.catalogue import PARTS
from sim.outcomes.inequality import concentration_index
from sim.outcomes.outcome import UNITS
from sim.outcomes.sums import Part, YearSums, sum_year
from sim.tables import CATEGORIES, TIERS, ScoredPay, empty_claims
from tests.outcomes_world import empty_record, hand_employees, hand_record, ints, of_residents, random_record, shuffled

THIRD = 1 / 3
BY_HAND = {
    ("fund_income", "all"): 16_100,
    ("fund_income_per_head", "all"): 16_100 / 6,
    ("fund_outgo", "all"): 13_650,
    ("fund_paid", "all"): 11_900,
    ("fund_paid", "county"): 4_000,
    ("fund_paid", "inpatient"): 11_000,
    ("fund_paid", "county/chronic"): 500,
    ("fund_balance", "all"): 2_450,
    ("insured", "all"): 6,
    ("no_use_share", "all"): 3 / 6,
    ("admitted_share", "all"): 3 / 6,
    ("stays_per_admitted", "all"): 1,
    ("cost_correlation", "all"): 702 / (1937 * 272) ** 0.5,  # of five who were there: (150, 825, 0, 1600, 0) thousand
    ("admitted_again", "all"): 1,  # two of two
    ("aged_65", "all"): 0,
    ("births_per_1000", "all"): 0,
    ("deaths_per_1000", "all"): 1000 / 8,
    ("insured", "community_1"): 6,
    ("person_fund_mean", "all"): 11_000 / 6,
    ("person_fund_sd", "all"): math.sqrt(53e6 / 6 - (11_000 / 6) ** 2),  # 1,000, 4,000, 6,000 and three times nothing
    ("fund_months", "all"): 12 * 7_300 / 13_650,
    ("fund_to_cost", "all"): 13_650 / 25_240,
    ("fund_to_all_cost", "all"): 13_650 / 25_750,
    ("reimbursement_settled", "all"): 13_400 / 25_240,
    ("reimbursement_settled", "chronic"): 5 / 8,
    ("settled_visits_per_head", "all"): 11 / 6,
    ("settled_cost_per_visit", "outpatient"): 440 / 7,
    ("settled_cost_per_head", "all"): 25_240 / 6,
    ("fund_deficit", "all"): 0,
    ("surplus", "all"): 2_000,
    ("surplus", "community_1"): 2_000,
    ("surplus_rate", "all"): 2_000 / 7_000,  # of the quota; 13,900 yuan with what passes through beside it
    ("surplus_retained", "all"): 1_200,
    ("surplus_retained", "township"): 360,
    ("surplus_to_fund", "all"): 800,
    ("budget_in_network", "all"): 5_900,
    ("budget_out_of_network", "all"): 6_000,
    ("own_payment_per_head", "all"): 12_350 / 6,
    ("own_payment_per_head", "q1"): 475,
    ("own_payment_per_admission", "all"): 11_500 / 3,
    ("own_payment_per_episode", "all"): 11_500 / 2,
    ("own_payment_per_episode", "county"): 2_500,
    ("own_share", "all"): 12_350 / 25_750,
    ("own_share", "village"): 0.6,
    ("reimbursement_ratio", "county"): 4_500 / 6_800,
    ("policy_ratio", "all"): 11_000 / 19_800,
    ("outside_catalogue", "remote"): 3 / 16,
    ("burden_of_income", "q1"): 950 / 6_000,
    ("wait_admission", "all"): 5,
    ("wait_admission", "county"): 10,
    ("wait_visit", "township"): 10,
    ("turned_away", "all"): 200 / 24,
    ("distance", "all"): 360 / 22,
    ("forgone_visits", "all"): 0.15,
    ("forgone_visits", "q1"): 0.3,
    ("forgone_admissions", "all"): 0.2,
    ("catastrophic_10", "all"): 1,
    ("catastrophic_25", "all"): THIRD,
    ("catastrophic_25", "q2"): 0,
    ("catastrophic_capacity", "all"): 2 / 3,
    ("catastrophic_index", "all"): -1 / 3,
    ("impoverished", "all"): 0,
    ("concentration_index", "all"): 10_630 / (6 * 1_235) - 1,
    ("in_county_admissions", "all"): 2 / 3,
    ("in_county_episodes", "all"): 0.5,
    ("in_county_visits", "all"): 1,
    ("primary_visits", "all"): 15 / 19,
    ("primary_visits_young_old", "all"): 9 / 12,
    ("in_county_fund", "all"): 5_900 / 11_900,
    ("admission_share", "remote"): THIRD,
    ("episode_share", "remote"): 0.5,
    ("episode_share", "township"): 0,
    ("referrals_up", "all"): 125,
    ("referrals_down", "township"): 125,
    ("referred_admissions", "all"): 0.5,
    ("visits_per_head", "all"): 19 / 6,
    ("visits_per_head", "chronic"): 4 / 6,
    ("discharges_per_100", "all"): 50,
    ("episodes_per_100", "all"): 100 * THIRD,
    ("episodes_per_100", "county"): 100 / 6,
    ("admissions_per_100", "all"): 50,
    ("cost_per_visit", "all"): 1_750 / 19,
    ("cost_per_visit", "outpatient"): 950 / 15,
    ("cost_per_admission", "all"): 8_000,
    ("cost_per_episode", "all"): 12_000,
    ("cost_per_episode", "county"): 8_000,
    ("charge_per_head", "all"): 25_750 / 6,
    ("los", "all"): 8,
    ("episode_days", "all"): 12,
    ("episode_days", "county"): 14,
    ("revenue", "township"): 2_810,
    ("provider_cost", "county"): 10_600,
    ("margin", "all"): 3_590,
    ("margin_rate", "township"): 1_360 / 2_810,
    ("bed_occupancy", "township"): 3 / 365,
    ("bed_occupancy", "all"): 19 / (12 * 365),
    ("case_mix", "all"): 1.5,
    ("case_mix", "county"): 1.5,
    ("cost_index", "county"): 8 / 12,
    ("time_index", "remote"): 10 / 12,
    ("managed_share", "all"): 0.5,
    ("diagnosed_share", "all"): 0.75,
    ("managed_of_diagnosed", "all"): 2 / 3,
    ("avoidable_admissions", "all"): 125,
    ("readmissions", "all"): 0.25,
    ("episode_readmissions", "all"): THIRD,
    ("signing_rate", "all"): 0.5,
    ("loyal_share", "all"): 2 / 3,
}


def values(record: YearRecord) -> dict[tuple[str, str], float]:
    return {(outcome, group): value for _, outcome, group, value in measure(record)}


@pytest.mark.parametrize(
    ("cell", "expected"), BY_HAND.items(), ids=lambda x: "-".join(x) if isinstance(x, tuple) else ""
)
def test_outcome_by_hand(cell: tuple[str, str], expected: float) -> None:
    assert values(hand_record())[cell] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_impoverishment_needs_a_household_that_payment_pushes_under_subsistence() -> None:
    record = hand_record()
    people = record.flows.population
    food = people.food.copy()
    food[people.household == 1] = 550_000  # income 12,000, subsistence 11,000, own payment 2,400
    poorer = record._replace(flows=record.flows._replace(population=people._replace(food=food)))
    assert values(poorer)["impoverished", "all"] == pytest.approx(THIRD)


def test_employee_fund_by_hand() -> None:
    """Its outcomes are new; of the others only what providers earn moves: 1,000 yuan less for a bill, 500 kept."""
    before, after = values(hand_record()), values(hand_employees(hand_record()))
    new = {key: after[key] for key in after.keys() - before.keys()}
    whole = {
        "employee_fund_income": 9_200, "employee_fund_outgo": 3_540, "employee_fund_outgo_per_head": 1_770,
        "employee_fund_balance": 5_660, "employee_fund_accumulated": 15_660, "employee_budget": 4_000,
        "employee_surplus": 1_000, "employee_retained": 500,
    }  # fmt: skip
    parts = {name: whole[name] for name in ("employee_budget", "employee_surplus", "employee_retained")}
    assert new == {(k, "all"): v for k, v in whole.items()} | {(k, "community_1"): v for k, v in parts.items()}
    moved = {key: after[key] - value for key, value in before.items() if after[key] != value and value == value}
    of_revenue = {key[1]: change for key, change in moved.items() if key[0] == "revenue"}
    assert of_revenue == pytest.approx({"all": -500, "village": 50, "township": 150, "county": -1_000 + 300})
    assert {key[0] for key in moved} == {"revenue", "margin", "margin_rate"}


def taken_apart(record: YearRecord) -> YearRecord:
    """The record with the parts of its surplus."""
    return of_residents(record, parts=parts_of(record.residents))


def everything_in_use() -> YearRecord:
    """The hand year with an employee fund, a pool, an assessment, deposits and scored pay."""
    record = hand_employees(hand_record(year=7))
    used = record.settlement._replace(
        score=np.array([0.9]), pool=ints(0), pooled=ints(5), forfeited=ints(0, 1, 2, 0, 0)
    )
    past = closed_year(0, empty_claims(), ints(), ints(2))._replace(spent=ints(1_000_000))
    history = History((past,), 1, 1, ints(4), ints(500_000, 1_500_000), 0.06)
    record = taken_apart(of_residents(record, settled=used, history=history, paid_by=package.Config()))
    return record._replace(scored=ScoredPay(*[ints(1, 1, 1, 0, 0)] * 3))


def test_surplus_parts_by_hand() -> None:
    """Two persons cost 10,000 yuan in the base year, prices rise by 6 %: four are expected to cost 21,200 yuan.

    The budget, held down by income, is what was spent and 2,000 yuan.
    """
    record = everything_in_use()
    spent = int((record.settlement.in_network + record.settlement.out_of_network).sum()) / 100
    found = values(record)
    names = ("surplus_revenue_cap", "surplus_indexing", "surplus_base", "surplus_method", "surplus_unforeseen")
    parts = [spent + 2_000 - 21_200, 0, 0, 0, 21_200 - spent]
    assert [found[name, "all"] for name in names] == pytest.approx(parts)
    assert found["surplus", "all"] == 2_000
    terms = Terms(growth=0.10, rebase="rolling", base="mean")  # 11,000 yuan, not by heads
    grown = taken_apart(of_residents(record, terms=terms))
    found = values(grown)
    assert [found[name, "all"] for name in names] == pytest.approx(
        [spent + 2_000 - 11_000, 11_000 - 10_600, 10_600 - 21_200, 0, 21_200 - spent]
    )
    assert found["expected_growth", "all"] == pytest.approx(0.06)


def test_every_outcome_is_measured_once_in_the_groups_the_catalogue_names() -> None:
    rows = measure(everything_in_use())
    assert {row[0] for row in rows} == {7}
    cells = [row[1:3] for row in rows]
    assert len(cells) == len(set(cells))
    assert {outcome for outcome, _ in cells} == set(OUTCOMES)
    groups = {
        "all": {"all"},
        "tier": set(TIERS),
        "category": set(CATEGORIES),
        "tier_category": {f"{t}/{c}" for t in TIERS for c in CATEGORIES},
        "quintile": {"q1", "q2", "q3", "q4", "q5"},
        "community": {"community_1"},
    }
    for outcome in OUTCOMES.values():
        named = set().union(*(groups[g] for g in outcome.groups))
        measured = {group for name, group in cells if name == outcome.id}
        assert measured <= named, outcome.id
        for grouping in outcome.groups:
            assert measured & groups[grouping], (outcome.id, grouping)


YEARS = {"hand": hand_record(), "random": random_record(300, seed=8), "nobody": empty_record()}
"""Years in which not everything is in use."""
WHERE_IN_USE = (employee.PART, expected.PART, signed.PART, spread.PART, surplus.PART)
"""Parts whose outcomes may have no rows in a year: nothing of the kind is in use."""


def measured_by(part: Part, record: YearRecord) -> set[str]:
    return {outcome for _, outcome, _, _ in part.measure(record, sum_year(record))}


def assert_as_declared(part: Part, *, every_year: bool) -> None:
    """With everything in use a part measures exactly its own outcomes; else it never measures others.

    ``every_year``: it measures all of them in any year.
    """
    declared = {outcome.id for outcome in part.outcomes}
    assert measured_by(part, everything_in_use()) == declared
    for year, record in YEARS.items():
        measured = measured_by(part, record)
        assert measured == declared if every_year else measured <= declared, year


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.measure.__name__)
def test_a_part_measures_what_it_declares(part: Part) -> None:
    assert_as_declared(part, every_year=part not in WHERE_IN_USE)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.measure.__name__)
def test_a_part_that_declares_too_little_or_measures_too_little_is_found(part: Part) -> None:
    """Planted: an outcome is measured and not declared, declared and not measured, or measured under another name."""
    first, *others = part.outcomes

    def without_first(record: YearRecord, sums: YearSums) -> list[Row]:
        return [row for row in part.measure(record, sums) if row[1] != first.id]

    misspelt = first._replace(id=f"{first.id}_")
    for fault in (
        replace(part, outcomes=tuple(others)),
        replace(part, measure=without_first),
        replace(part, outcomes=(misspelt, *others)),
    ):
        with pytest.raises(AssertionError):
            assert_as_declared(fault, every_year=False)


def test_the_catalogue_and_the_measure_are_those_of_the_parts() -> None:
    assert sorted(OUTCOMES) == sorted(outcome.id for part in PARTS for outcome in part.outcomes)
    record = everything_in_use()
    sums = sum_year(record)
    assert repr(measure(record)) == repr([row for part in PARTS for row in part.measure(record, sums)])


def test_catalogue_is_complete_in_both_languages() -> None:
    for outcome in OUTCOMES.values():
        assert outcome.unit in UNITS
        assert outcome.en
        assert outcome.definition.endswith(".")
        assert any("\u4e00" <= c <= "\u9fff" for c in outcome.zh)
        assert outcome.definition_zh.endswith("。")
    assert {outcome.dimension for outcome in HEADLINE} == {outcome.dimension for outcome in OUTCOMES.values()}


def test_a_county_without_anybody_gives_nan_and_no_warning() -> None:
    result = values(empty_record())
    assert math.isnan(result["own_payment_per_head", "all"])
    assert math.isnan(result["concentration_index", "all"])
    assert result["surplus_retained", "all"] == 0
    assert ("surplus", "all") not in result


def test_order_of_residents_does_not_matter_to_the_last_bit() -> None:
    record = random_record(3001, seed=5)
    assert repr(measure(record)) == repr(measure(shuffled(record, 1))) == repr(measure(shuffled(record, 2)))


def test_sparse_household_numbers_change_nothing() -> None:
    record = random_record(301, seed=6)
    people = record.flows.population
    sparse = people._replace(household=people.household * 1_000_003 + 17)
    assert repr(measure(record)) == repr(measure(record._replace(flows=record.flows._replace(population=sparse))))


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60).filter(any))
def test_concentration_index_is_twice_the_covariance_with_rank_over_the_mean(payments: list[int]) -> None:
    n = len(payments)
    rank = (np.arange(n) + 0.5) / n
    expected = 2 * np.cov(payments, rank, bias=True)[0, 1] / np.mean(payments)
    assert concentration_index(rank, np.array(payments)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("payments", "expected"), [([1, 1, 1, 1], 0.0), ([4, 0, 0, 0], -0.75), ([0, 0, 0, 4], 0.75)])
def test_concentration_index_ends(payments: list[int], expected: float) -> None:
    assert concentration_index((np.arange(4) + 0.5) / 4, np.array(payments)) == pytest.approx(expected)


def test_sums_stay_exact_where_floats_are_not() -> None:
    large = 2**60 + 1
    assert sum_by(ints(0, 1, 0), ints(large, 5, 1), 2).tolist() == [large + 1, 5]


# --- identities ---------------------------------------------------------------------------------------------------


def check(record: YearRecord, opening: int | None = 485_000) -> None:
    check_identities(record.flows, record.residents, opening=opening, where="drg, replication 0, year 3")


def test_identities_hold_by_hand_and_at_random() -> None:
    check(hand_record())
    check(empty_record(), opening=0)
    check(random_record(500, seed=3), opening=10_000 - 352)


def broken(name: str) -> YearRecord:
    """The hand year with one planted fault."""
    r = hand_record()
    claims, people, settled = r.flows.claims, r.flows.population, r.settlement

    def bump(column: np.ndarray, row: int, by: int = 1) -> np.ndarray:
        out = column.copy()
        out[row] += by
        return out

    def with_claims(**columns: np.ndarray) -> YearRecord:
        return r._replace(flows=r.flows._replace(claims=claims._replace(**columns)))

    faults = {
        "charge": lambda: with_claims(patient=bump(claims.patient, 4)),
        "negative": lambda: with_claims(cost=bump(claims.cost, 2, -60_001)),
        "catalogue": lambda: with_claims(covered=bump(claims.covered, 1, 5_001)),
        "persons": lambda: r._replace(
            flows=r.flows._replace(population=people._replace(patient=bump(people.patient, 0)))
        ),
        "employee": lambda: of_residents(r, payments=r.payments._replace(receipts=bump(r.payments.receipts, 6, 9))),
        "receipts": lambda: of_residents(r, payments=r.payments._replace(receipts=bump(r.payments.receipts, 0, 9))),
        "distributed": lambda: of_residents(r, settled=settled._replace(distributed=settled.distributed + 1)),
        "balance": lambda: of_residents(r, settled=settled._replace(balance=settled.balance + 1)),
        "budgets": lambda: of_residents(
            r, settled=settled._replace(in_network=settled.in_network + 1, balance=settled.balance - 1)
        ),
        "transfers": lambda: of_residents(r, fund=r.fund._replace(transfers=r.fund.transfers + 1)),
        "outgo": lambda: of_residents(r, fund=r.fund._replace(outgo=r.fund.outgo + 1)),
        "income": lambda: of_residents(r, fund=r.fund._replace(balance=r.fund.balance + 1)),
        "carried": lambda: of_residents(r, fund=r.fund._replace(accumulated=r.fund.accumulated + 1)),
    }
    return faults[name]()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("charge", ["charge = statutory + catastrophic + assistance + patient", "600000 against 600001", "claim 4"]),
        ("negative", ["cost ≥ 0", "-1 fen", "claim 2"]),
        ("catalogue", ["covered ≤ charge", "45001", "claim 1"]),
        ("persons", ["own payments of persons", "1335001 against 1335000"]),
        ("employee", ["receipts = 0 unless resident-insured", "9 against 0", "claim 6", "insurance=2"]),
        ("receipts", ["Σ charged to budgets", "1190000 against 1190009"]),
        ("distributed", ["Σ distributed = transfer", "120005 against 120000", "community 0"]),
        ("balance", ["balance = budget − in-network − out-of-network", "200001 against 200000"]),
        ("budgets", ["Σ charged to budgets", "1190001 against 1190000"]),
        ("transfers", ["fund transfers = Σ settlement transfers"]),
        ("outgo", ["fund outgo = receipts + transfers + premium + signing", "1365001 against 1365000"]),
        ("income", ["fund balance = income − outgo", "245001 against 245000"]),
        ("carried", ["accumulated = opening accumulated + balance", "730001 against 730000"]),
    ],
)
def test_a_planted_fault_is_named_with_both_sides_and_the_first_row(fault: str, words: list[str]) -> None:
    with pytest.raises(IdentityError) as caught:
        check(broken(fault))
    message = str(caught.value)
    for word in [*words, "drg, replication 0, year 3"]:
        assert word in message
    assert caught.value.exit_code == 1
