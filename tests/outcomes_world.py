"""Small made-up years for the tests of outcomes: one that can be re-done by hand and one drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.money.history import History
from sim.money.paid_year import PaidYear
from sim.money.settlement import Config as Terms
from sim.money.settlement import Known
from sim.outcomes import YearRecord
from sim.tables import (
    COUNTY_COUNTERS,
    PROVIDER_COUNTERS,
    Claims,
    Flows,
    FundYear,
    Payments,
    Population,
    Providers,
    QuotaYear,
    Settlement,
    empty_claims,
)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def providers() -> Providers:
    """One institution of each tier; the first three form community 0."""
    return Providers(
        tier=ints(0, 1, 2, 3, 4),
        community=ints(0, 0, 0, -1, -1),
        beds=ints(0, 2, 10, 1000, 1000),
        slots=ints(20, 40, 200, 10**6, 10**6),
        capability=ints(0, 1, 2, 3, 3),
    )


def claims(rows: list[dict[str, int]]) -> Claims:
    """Claims from dictionaries; what is not given is 0, cases 1, resident insurance, home community 0, no step down."""
    base = dict.fromkeys(Claims._fields, 0) | {"cases": 1, "insurance": 1}
    columns = [[(base | {"admitted": row["tier"]} | row)[name] for row in rows] for name in Claims._fields]
    return Claims(*(np.array(column, dtype=np.int64) for column in columns))


def hand_claims() -> Claims:
    """Seven rows: 10 village visits, 5 township, 4 chronic at the county, three stays, and one employee's stay.

    The township's stay is the recovery of a patient stepped down from the county, where he was discharged last year.
    """
    return claims(
        [
            {"cases": 10, "tier": 0, "provider": 0, "charge": 50_000, "covered": 50_000, "statutory": 20_000,
             "patient": 30_000, "cost": 30_000},
            {"cases": 5, "tier": 1, "provider": 1, "charge": 45_000, "covered": 40_000, "statutory": 20_000,
             "patient": 25_000, "cost": 20_000, "wait": 50},
            {"cases": 4, "tier": 2, "provider": 2, "category": 1, "charge": 80_000, "covered": 80_000,
             "statutory": 50_000, "patient": 30_000, "cost": 60_000, "wait": 40},
            {"tier": 1, "provider": 1, "category": 2, "group": 1, "days": 6, "charge": 200_000, "covered": 180_000,
             "statutory": 150_000, "patient": 50_000, "cost": 100_000, "referred": 2, "admitted": 2},
            {"tier": 2, "provider": 2, "category": 2, "group": 1, "days": 8, "wait": 600, "charge": 600_000,
             "covered": 500_000, "statutory": 350_000, "catastrophic": 20_000, "assistance": 30_000,
             "patient": 200_000, "cost": 400_000, "referred": 1},
            {"tier": 4, "provider": 4, "category": 2, "group": 1, "days": 10, "charge": 1_600_000,
             "covered": 1_300_000, "statutory": 600_000, "catastrophic": 100_000, "patient": 900_000,
             "cost": 1_000_000},
            {"tier": 2, "provider": 2, "category": 2, "group": 0, "insurance": 2, "home": -1, "days": 5,
             "charge": 500_000, "covered": 500_000, "statutory": 400_000, "patient": 100_000, "cost": 300_000},
        ]
    )  # fmt: skip


def settled() -> np.ndarray:
    """[insurance, category, (cases, charge)]: the fund paid something for 7 of the 15 ordinary visits and all else."""
    table = np.zeros((3, 3, 2), dtype=np.int64)
    table[1] = [[7, 44_000], [4, 80_000], [3, 2_400_000]]
    return table


def hand_population() -> Population:
    """Four households of two, the last one employee-insured; payments add up to those of the claims."""
    return Population(
        key=np.arange(8),
        household=ints(0, 0, 1, 1, 2, 2, 3, 3),
        quintile=ints(0, 0, 1, 1, 2, 2, 4, 4),
        rank=np.array([0.1, 0.1, 0.3, 0.3, 0.5, 0.5, 0.9, 0.9]),
        income=ints(*(v * 100 for v in (3000, 3000, 6000, 6000, 12_000, 12_000, 50_000, 50_000))),
        age=ints(60, 61, 40, 8, 45, 46, 35, 36),
        sex=ints(0, 1, 0, 1, 0, 1, 0, 1),
        insurance=ints(1, 1, 1, 1, 1, 1, 2, 2),
        community=ints(0, 0, 0, 0, 0, 0, -1, -1),
        away=np.zeros(8, dtype=np.int64),
        chronic=ints(0b11, 0b01, 0, 0, 0b01, 0, 0b01, 0),
        diagnosed=ints(0b11, 0, 0, 0, 0b01, 0, 0, 0),
        managed=ints(0b01, 0, 0, 0, 0b01, 0, 0, 0),
        signed=ints(3, 1, 0, 0, 2, 0, 1, 0),
        charge=ints(150_000, 825_000, 0, 0, 1_600_000, 0, 500_000, 0),
        patient=ints(35_000, 60_000, 0, 240_000, 900_000, 0, 100_000, 0),
        living=ints(*(v * 100 for v in (3000, 3000, 5800, 5800, 12_000, 12_000, 40_000, 40_000))),
        food=ints(*([400_000] * 2 + [400_000] * 6)),
        statutory=ints(100_000, 400_000, 0, 0, 600_000, 0, 400_000, 0),
        statutory_visits=ints(40_000, 50_000, 0, 0, 0, 0, 0, 0),
        statutory_chronic=ints(30_000, 10_000, 0, 0, 0, 0, 0, 0),
        charge_visits=ints(95_000, 80_000, 0, 0, 0, 0, 0, 0),
        signed_month=np.zeros(8, dtype=np.int64),
        village=np.zeros(8, dtype=np.int64),
        charge_before=ints(200_000, 400_000, 0, -1, 600_000, 0, 500_000, 0),
        stay_charge_before=ints(0, 300_000, 0, -1, 500_000, 0, 0, 0),
    )


def paid_year(claims: Claims, payments: Payments, settled: Settlement, fund: FundYear, **more: Any) -> PaidYear:
    """A booked year of which only what outcomes look at has a meaning."""
    history = History((), 0, 0, ints(0), more.pop("group_weights", ints()), 0.06)
    return PaidYear(
        None, Terms(), history, claims, providers(), 0, None, Known(), None, payments, settled, fund=fund, **more
    )


def measured(
    year: int,
    flows: Flows,
    payments: Payments,
    settlement: Settlement,
    fund: FundYear,
    fixed_cost: Any,
    prevention_cost: Any,
    group_weights: Any,
    quota: QuotaYear | None = None,
) -> YearRecord:
    """A year as it is measured."""
    residents = paid_year(flows.claims, payments, settlement, fund, group_weights=group_weights, quota=quota)
    return YearRecord(year, flows, residents, fixed_cost, prevention_cost)


def of_residents(record: YearRecord, **parts: Any) -> YearRecord:
    """The record with other parts of the resident fund's year."""
    return record._replace(residents=record.residents._replace(**parts))


def hand_record(year: int = 3) -> YearRecord:
    """The year whose outcomes the tests re-do by hand."""
    rows = hand_claims()
    receipts = np.where(rows.insurance == 1, rows.statutory, 0)
    counters = np.zeros((5, len(PROVIDER_COUNTERS)), dtype=np.int64)
    column = {name: i for i, name in enumerate(PROVIDER_COUNTERS)}
    counters[:, column["visits"]] = [10, 5, 4, 0, 0]
    counters[:, column["young_old_visits"]] = [6, 3, 2, 0, 1]
    counters[:, column["admissions"]] = [0, 1, 2, 0, 1]
    counters[:, column["bed_minutes"]] = [0, 6 * 1440, 13 * 1440, 0, 10 * 1440]
    counters[:, column["overflow"]] = [0, 2, 0, 0, 0]
    counters[:, column["referred_up"]] = [0, 1, 0, 0, 0]
    counters[:, column["referred_down"]] = [0, 1, 0, 0, 0]
    counters[:, column["metres"]] = [10_000, 30_000, 120_000, 0, 200_000]
    county = np.zeros((5, len(COUNTY_COUNTERS)), dtype=np.int64)
    county[0] = [10, 3, 2, 1, 1, 0, 1, 1]
    county[4] = [10, 2, 0, 0, 0, 0, 0, 0]
    transfer = ints(120_000)
    receipt_sum = int(receipts.sum())
    budget, outside = receipt_sum + 200_000, 600_000
    fund = FundYear(
        income_individual=600_000, income_fiscal=1_000_000, interest=10_000, receipts=receipt_sum, transfers=120_000,
        premium=50_000, reserve=0, signing=5_000, outgo=receipt_sum + 175_000,
        balance=1_610_000 - receipt_sum - 175_000, accumulated=730_000,
    )  # fmt: skip
    return measured(
        year=year,
        flows=Flows(rows, counters, county, hand_population(), np.zeros((5, 3), dtype=np.int64), settled(), deaths=1),
        payments=Payments(receipts, float("nan")),
        settlement=Settlement(
            ints(budget),
            ints(receipt_sum - outside),
            ints(outside),
            ints(200_000),
            transfer,
            np.array([[12_000, 36_000, 72_000, 0, 0]]),
        ),
        fund=fund,
        fixed_cost=ints(1_000, 20_000, 300_000, 0, 0),
        prevention_cost=ints(0, 5_000, 0, 0, 0),
        group_weights=ints(500_000, 1_500_000),
        quota=QuotaYear(ints(700_000), ints(600_000), ints(590_000), np.zeros((5, 2), dtype=np.int64)),
    )


def hand_employees(record: YearRecord) -> YearRecord:
    """The same with an employee fund: it owes 3,000 yuan for the bill of 4,000, and the community keeps 500 more."""
    receipts = np.where(record.flows.claims.insurance == 2, 300_000, 0)
    fund = FundYear(0, 900_000, 20_000, 300_000, 50_000, 0, 0, 4_000, 354_000, 566_000, 1_566_000)
    settled = Settlement(
        ints(400_000), ints(300_000), ints(0), ints(100_000), ints(50_000), np.array([[5_000, 15_000, 30_000, 0, 0]])
    )
    return record._replace(employee=paid_year(record.flows.claims, Payments(receipts, float("nan")), settled, fund))


def empty_record() -> YearRecord:
    """A year without persons, claims or budgets."""
    nobody = Population(*(np.zeros(0, dtype=np.float64 if f == "rank" else np.int64) for f in Population._fields))
    none = np.zeros(0, dtype=np.int64)
    flows = Flows(
        empty_claims(),
        np.zeros((5, len(PROVIDER_COUNTERS)), dtype=np.int64),
        np.zeros((5, len(COUNTY_COUNTERS)), dtype=np.int64),
        nobody,
        np.zeros((5, 3), dtype=np.int64),
    )
    settlement = Settlement(none, none, none, none, none, np.zeros((0, 5), dtype=np.int64))
    return measured(
        0, flows, Payments(none, 0.0), settlement, FundYear(*([0] * 11)), ints(0, 0, 0, 0, 0), ints(0, 0, 0, 0, 0),
        ints(1_000_000),
    )  # fmt: skip


def random_record(residents: int, seed: int = 1, claim_rows: int | None = None) -> YearRecord:
    """A year of the size of a real county, values without meaning; every identity holds."""
    rng = np.random.default_rng(seed)
    n = claim_rows if claim_rows is not None else residents // 5 + 3000
    money = rng.integers(0, 500_000, size=(5, n))
    charge = money[:4].sum(axis=0)
    tier = rng.integers(0, 5, n)
    insurance = rng.choice(3, n, p=[0.02, 0.86, 0.12])
    zero = np.zeros(n, dtype=np.int64)
    table = Claims(
        cases=rng.integers(1, 5, n), year=zero, month=rng.integers(0, 12, n), day=zero, resident=zero, provider=tier,
        tier=tier, community=np.where(tier < 3, 0, -1), home=np.where(insurance == 1, 0, -1), insurance=insurance,
        category=rng.integers(0, 3, n), group=rng.integers(0, 20, n), severity=rng.integers(1, 4, n),
        referred=rng.integers(0, 3, n), days=rng.integers(1, 20, n), wait=rng.integers(0, 600, n), charge=charge,
        covered=charge * 9 // 10, statutory=money[0], catastrophic=money[1], assistance=money[2], patient=money[3],
        cost=money[4], signed=rng.integers(0, 2, n), admitted=tier,
    )  # fmt: skip
    receipts = np.where(insurance == 1, money[0], 0)
    due, outside = int(receipts.sum()), int(receipts[tier >= 3].sum())
    household = np.arange(residents) // 3
    income = rng.integers(100_000, 5_000_000, residents // 3 + 1)[household]
    rank = (np.argsort(np.argsort(income, kind="stable")) + 0.5) / residents
    patient = np.zeros(residents, dtype=np.int64)
    person_charge = np.zeros(residents, dtype=np.int64)
    payer = rng.integers(0, residents, n)
    np.add.at(patient, payer, money[3])
    np.add.at(person_charge, payer, charge)
    mask = rng.integers(0, 16, residents)
    people = Population(
        key=np.arange(residents), household=household, quintile=(rank * 5).astype(np.int64), rank=rank, income=income,
        age=rng.integers(0, 90, residents), sex=rng.integers(0, 2, residents),
        insurance=rng.choice(3, residents, p=[0.02, 0.86, 0.12]), community=np.zeros(residents, dtype=np.int64),
        away=np.zeros(residents, dtype=np.int64), chronic=mask, diagnosed=mask & 7, managed=mask & 3,
        signed=rng.integers(0, 4, residents), charge=person_charge, patient=patient,
        living=income // 2 + 300_000, food=np.full(residents, 400_000), statutory=np.zeros(residents, dtype=np.int64),
        statutory_visits=np.zeros(residents, dtype=np.int64),
        statutory_chronic=np.zeros(residents, dtype=np.int64), charge_visits=np.zeros(residents, dtype=np.int64),
        signed_month=np.zeros(residents, dtype=np.int64), village=np.zeros(residents, dtype=np.int64),
        charge_before=person_charge[::-1].copy(), stay_charge_before=np.zeros(residents, dtype=np.int64),
    )  # fmt: skip
    flows = Flows(
        table,
        rng.integers(0, 1000, (5, len(PROVIDER_COUNTERS))),
        rng.integers(0, 1000, (5, len(COUNTY_COUNTERS))),
        people,
        rng.integers(0, 9, (5, 3)),
        deaths=3,
    )
    settlement = Settlement(
        ints(due + 1000),
        ints(due - outside),
        ints(outside),
        ints(1000),
        ints(600),
        np.array([[60, 180, 360, 0, 0]]),
    )
    fund = FundYear(due, 1000, 7, due, 600, 50, 0, 5, due + 655, 352, 10_000)
    return measured(
        2, flows, Payments(receipts, 1.0), settlement, fund, ints(1, 2, 3, 0, 0), ints(0, 9, 0, 0, 0),
        rng.integers(200_000, 3_000_000, 20),
    )  # fmt: skip


def shuffled(record: YearRecord, seed: int) -> YearRecord:
    """The same year with residents in another order."""
    order = np.random.default_rng(seed).permutation(record.flows.population.key.size)
    people = Population(*(column[order] for column in record.flows.population))
    return record._replace(flows=record.flows._replace(population=people))
