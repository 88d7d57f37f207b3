"""Inpatient episodes: a need treated counts once, wherever the patient recovers; discharges count its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.engine.create import RuleConfigs
from sim.outcomes import YearRecord, measure
from sim.outcomes.sums import sum_episodes
from sim.tables import (
    CITY,
    COUNTY,
    COUNTY_COUNTERS,
    INPATIENT,
    PROVIDER_COUNTERS,
    REFERRED_UP,
    RESIDENT_INSURED,
    STEPPED_DOWN,
    TOWNSHIP,
    Claims,
    Flows,
    Payments,
)
from tests.core_world import county, play, tiers, under_pressure, with_slack
from tests.outcomes_world import claims, hand_record, of_residents

ADMISSIONS, OVERFLOW, REFERRED_DOWN = map(PROVIDER_COUNTERS.index, ("admissions", "overflow", "referred_down"))


# --- by hand ---------------------------------------------------------------------------------------------------------
def bill(tier: int, days: int, charge: int, patient: int, **more: int) -> dict[str, int]:
    """One inpatient bill, yuan; what the patient does not pay is statutory."""
    money = {"charge": 100 * charge, "covered": 100 * charge, "statutory": 100 * (charge - patient)}
    return (
        {"tier": tier, "provider": tier, "category": INPATIENT, "days": days, "patient": 100 * patient} | money | more
    )


A_COUNTY_STAY = bill(COUNTY, 8, 6_000, 2_000, wait=120)
A_RETURN_AFTER_IT = bill(COUNTY, 5, 3_000, 900)
A_STAY_IN_TWO_PARTS = [
    bill(COUNTY, 6, 5_000, 1_800, wait=240),
    bill(TOWNSHIP, 4, 1_000, 200, referred=STEPPED_DOWN, admitted=COUNTY),
]
ONE_ACROSS_THE_YEARS_END = [
    bill(CITY, 9, 10_000, 5_000, referred=REFERRED_UP),
    bill(TOWNSHIP, 3, 800, 150, referred=STEPPED_DOWN, admitted=CITY),
]
A_CITY_STAY = bill(CITY, 7, 7_000, 3_000)
FIRST_YEAR = [A_COUNTY_STAY, *A_STAY_IN_TWO_PARTS, A_RETURN_AFTER_IT, ONE_ACROSS_THE_YEARS_END[0]]
SECOND_YEAR = [ONE_ACROSS_THE_YEARS_END[1], A_CITY_STAY]


def year_of(rows: list[dict[str, int]], begun: list[int], down: int, back: int) -> YearRecord:
    """A year of six insured persons with these bills; stays begun by tier, stepped down to the township, returns."""
    record, table = hand_record(), claims(rows)
    provider = np.zeros_like(record.flows.provider)
    provider[:, ADMISSIONS] = begun
    provider[TOWNSHIP, REFERRED_DOWN] = down
    people = np.zeros_like(record.flows.county)
    people[0, COUNTY_COUNTERS.index("readmissions")] = back
    record = of_residents(record, claims=table, payments=Payments(table.statutory, float("nan")))
    return record._replace(flows=record.flows._replace(claims=table, provider=provider, county=people))


def found(record: YearRecord) -> dict[tuple[str, str], float]:
    return {(outcome, group): value for _, outcome, group, value in measure(record)}


def test_episodes_by_hand() -> None:
    """Two in the county, a return, and one in the city that recovers at home next year: four needs, five discharges."""
    values = found(year_of(FIRST_YEAR, [0, 2, 3, 1, 0], down=2, back=1))
    expected = {
        ("episodes_per_100", "all"): 100 * 4 / 6,
        ("episodes_per_100", "county"): 50,
        ("episodes_per_100", "township"): 0,
        ("discharges_per_100", "all"): 100 * 5 / 6,
        ("in_county_episodes", "all"): 3 / 4,
        ("in_county_admissions", "all"): 4 / 5,
        ("episode_share", "county"): 3 / 4,
        ("episode_share", "township"): 0,
        ("admission_share", "township"): 1 / 5,
        ("cost_per_episode", "all"): 25_000 / 4,
        ("cost_per_episode", "county"): 15_000 / 3,
        ("cost_per_admission", "all"): 25_000 / 5,
        ("own_payment_per_episode", "all"): 9_900 / 4,
        ("own_payment_per_episode", "county"): 4_900 / 3,
        ("episode_days", "all"): 32 / 4,
        ("los", "all"): 32 / 5,
        ("wait_admission", "all"): 6 / 4,
        ("referred_admissions", "all"): 1 / 4,
        ("episode_readmissions", "all"): 1 / 4,
        ("readmissions", "all"): 1 / 6,
    }
    assert {key: values[key] for key in expected} == pytest.approx(expected)


def test_money_of_an_episode_across_the_years_end_belongs_to_the_years_of_its_bills() -> None:
    values = found(year_of(SECOND_YEAR, [0, 0, 0, 1, 0], down=0, back=0))
    expected = {
        ("episodes_per_100", "all"): 100 / 6,
        ("cost_per_episode", "all"): 7_800,
        ("cost_per_episode", "city"): 7_800,
        ("own_payment_per_episode", "all"): 3_150,
        ("episode_days", "all"): 10,
        ("in_county_episodes", "all"): 0,
        ("in_county_admissions", "all"): 1 / 2,
    }
    assert {key: values[key] for key in expected} == pytest.approx(expected)


# --- against the patients' own paths ---------------------------------------------------------------------------------
DOWN = {"step_down": 0.9, "step_down_days": 2.0, "return_probability": 0.3}


def followed(years: list[Flows]) -> list[list[Any]]:
    """Every inpatient episode as the list of its bills, found by following each patient from bill to bill."""
    open_for: dict[int, list[Any]] = {}
    episodes = []
    for flows in years:
        stays = np.flatnonzero(flows.claims.category == INPATIENT)
        for row in stays[np.argsort(flows.claims.day[stays], kind="stable")]:
            one = Claims(*(int(column[row]) for column in flows.claims))
            if one.referred == STEPPED_DOWN:
                open_for[one.resident].append(one)
            else:
                open_for[one.resident] = [one]
                episodes.append(open_for[one.resident])
    return episodes


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_episodes_are_what_patients_went_through(engine: str) -> None:
    """Also over the years' ends: nobody's charge is lost or counted twice, and where he was admitted is remembered."""
    years = play(under_pressure(600, claims=DOWN), 3, engine=engine).years
    episodes = followed(years)
    assert all(one.admitted == parts[0].tier for parts in episodes for one in parts)
    assert {one.tier for parts in episodes for one in parts[1:]} == {TOWNSHIP}
    assert any(len({one.year for one in parts}) == 2 for parts in episodes)
    assert max(map(len, episodes)) == 2

    measured = [sum_episodes(flows) for flows in years]
    own = [parts for parts in episodes if parts[0].insurance == RESIDENT_INSURED]
    for number, sums in enumerate(measured):
        begun = [parts[0].tier for parts in own if parts[0].year == number]
        assert sums.cases.tolist() == np.bincount(begun, minlength=5).tolist()
    assert sum(int(sums.cases.sum()) for sums in measured) == len(own)
    for name in ("charge", "patient", "days"):
        of_claims = sum(int(getattr(flows.claims, name)[resident_stays(flows)].sum()) for flows in years)
        of_patients = sum(getattr(one, name) for parts in own for one in parts)
        assert sum(int(getattr(sums, name).sum()) for sums in measured) == of_claims == of_patients


def resident_stays(flows: Flows) -> Any:
    return (flows.claims.category == INPATIENT) & (flows.claims.insurance == RESIDENT_INSURED)


# --- stepping down moves discharges, not episodes ---------------------------------------------------------------------
def begun(years: list[Flows]) -> int:
    """Episodes begun, by the counters."""
    return sum(int((flows.provider[:, ADMISSIONS] - flows.provider[:, REFERRED_DOWN]).sum()) for flows in years)


def with_and_without(config: Callable[[float], RuleConfigs], years: int) -> list[list[Flows]]:
    """The same county and luck, without and with stepping down wherever it may be."""
    return [play(config(share), years, single_visits=False).years for share in (0.0, 1.0)]


def test_stepping_down_moves_discharges_and_not_episodes() -> None:
    """With a bed for everybody and nobody looking at prices, the same patients are admitted with and without it."""

    def config(share: float) -> RuleConfigs:
        return with_slack(3000, claims=DOWN | {"step_down": share}, population={"price_blind": 1.0})

    plain, moved = with_and_without(config, 1)
    assert begun(plain) == begun(moved) > 400
    billed = [int(sum_episodes(years[0]).cases.sum()) for years in (plain, moved)]
    discharged = [int(resident_stays(years[0]).sum()) for years in (plain, moved)]
    in_bed = int(plain[0].open_stays[:, 0].sum())
    assert 0 <= billed[1] - billed[0] <= in_bed  # who is in a bed at the end may have his first part billed already
    assert discharged[0] == billed[0]
    assert discharged[1] > 1.2 * discharged[0]


def test_stepping_down_moves_episodes_by_the_beds_it_frees_alone() -> None:
    """In a county whose hospital is full, fewer are turned away; no more than these are admitted who were not."""

    def config(share: float) -> RuleConfigs:
        few = {"beds_per_1000": tiers(0.0, 40.0, 2.0, 1000.0, 1000.0)}
        down = DOWN | {"step_down": share, "return_probability": 0.0}
        return county(3000, claims=down, population={"price_blind": 1.0}, providers=few)

    plain, moved = with_and_without(config, 2)
    turned_away = [sum(int(flows.provider[:, OVERFLOW].sum()) for flows in years) for years in (plain, moved)]
    assert 0 <= begun(moved) - begun(plain) <= turned_away[0] - turned_away[1]
    assert sum(int(flows.provider[:, REFERRED_DOWN].sum()) for flows in moved) > 5 * (turned_away[0] - turned_away[1])
