"""Beds: as many as the county's ages need, and those of a larger county's hospitals for the part that is simulated."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.randomness import Key
from sim.engine import capacity
from sim.engine import year as year_module
from sim.engine.capacity import (
    IMPATIENT,
    beds_as_in_the_whole,
    giving_up,
    load_of,
    needs_by_age,
    set_beds_of_year,
    update_beds,
)
from sim.tables import COUNTY, TOWNSHIP
from tests.core_world import EVEN, alike, county, differs, make, neutral, play, tiers, under_pressure


# --- by hand ---------------------------------------------------------------------------------------------------------
def beds_for(nominal: float, part: float, used: float, occupied: int, month: int = 48) -> tuple[int, float]:
    """Beds that may be taken this month by patients of no patience, and beds used of late, of a single hospital."""
    queues = SimpleNamespace(
        occupied=np.array([occupied]), used=np.array([used]), nominal=np.array([nominal]), part=np.array([part]),
        beds=np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    rules = SimpleNamespace(bed_patience=0.0, claims=SimpleNamespace(stay_days=np.full(5, DAYS)))
    providers = SimpleNamespace(tier=np.array([COUNTY]))
    update_beds(SimpleNamespace(queues=queues, rules=rules, providers=providers), month)
    return int(queues.beds[0]), float(queues.used[0])


@pytest.mark.parametrize(
    ("month", "used", "occupied", "of_late"),
    [
        (0, 0.0, 0, 0.0),
        (1, 0.0, 24, 24.0),
        (2, 24.0, 30, 27.0),
        (3, 27.0, 30, 28.0),
        (24, 24.0, 0, 23.0),
        (90, 0, 24, 1),
    ],
)
def test_beds_used_of_late_by_hand(month: int, used: float, occupied: int, of_late: float) -> None:
    """The plain mean of the months so far, later with a twenty-fourth for each new one."""
    assert beds_for(30.0, 1.0, used, occupied, month) == (30, pytest.approx(of_late))


@pytest.mark.parametrize(("beds", "load"), [(1, 0.5), (4, 3.0), (17, 14.0), (50, 60.0), (900, 880.0)])
def test_who_has_no_patience_gives_up_by_erlangs_loss_formula(beds: int, load: float) -> None:
    assert giving_up(beds, load, 1e12) == pytest.approx(blocked(beds, load), rel=1e-8)


@pytest.mark.parametrize(("beds", "load"), [(0, 2.0), (3, 2.5), (20, 25.0), (40, 38.0)])
def test_who_is_as_patient_as_stays_are_long_gives_up_by_poisson(beds: int, load: float) -> None:
    """Patients then leave one like the other: their number is Poisson; who is beyond the beds will give up."""
    number = np.arange(400)
    beyond = float((stats.poisson.pmf(number, load) * np.maximum(number - beds, 0)).sum())
    assert giving_up(beds, load, 1.0) == pytest.approx(beyond / load, rel=1e-8)


@pytest.mark.parametrize("load", [0.7, 0.9, 1.0, 1.1])
def test_the_load_is_found_from_the_beds_it_takes(load: float) -> None:
    taken = 500 * load * (1.0 - giving_up(500, 500 * load, 1.6))
    assert load_of(500, taken, 1.6) == pytest.approx(500 * load, rel=1e-4)


@pytest.mark.parametrize("part", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("load", [0.85, 0.95, 1.0, 1.1, 1.3])
def test_a_part_gives_up_as_often_as_the_whole(part: float, load: float) -> None:
    """With the months' beds, one or the other neighbour of a number with a fraction, as many find none on average."""
    whole = giving_up(500, 500 * load, 1.6)
    taken = 500 * load * (1.0 - whole)
    beds = beds_as_in_the_whole(500 * part, part, taken * part, 1.6)
    below, more = math.floor(beds), beds % 1.0
    own = [giving_up(number, 500 * load * part, 1.6) for number in (below, below + 1)]
    assert own[0] * (1 - more) + own[1] * more == pytest.approx(whole, abs=2e-4)
    if part < 0.5 and load < 1.2:
        assert giving_up(round(500 * part), 500 * load * part, 1.6) > whole + 0.005  # with no more beds than its share


def test_months_have_the_beds_of_a_number_with_a_fraction_on_average() -> None:
    exact = beds_as_in_the_whole(6.3, 0.1, 6.0, IMPATIENT)
    found = [beds_for(6.3, 0.1, 6.0, 6, month)[0] for month in range(24, 224)]
    assert set(found) == {math.floor(exact), math.ceil(exact)}
    assert np.mean(found) == pytest.approx(exact, abs=0.02)


@given(st.integers(0, 500), st.floats(0.001, 1), st.floats(0, 600), st.integers(0, 600))
def test_nobody_has_fewer_beds_than_his_part(nominal: int, part: float, used: float, occupied: int) -> None:
    beds, _ = beds_for(float(nominal), part, used, occupied)
    assert nominal <= beds <= nominal / part + 1


PLAIN = {"severe_scale": 1.0, "exacerbation": (0.0,) * 4, "last_year": 1.0}
"""Needs of admission depend on the age band alone."""


def test_needs_expected_count_conditions_and_the_last_year_by_hand() -> None:
    """A woman and a man of 70: 0.2 a year, and half of them 0.4 more, a fifth of it prevented for the third managed.

    With 0.5 × (0.4 − 0.3333 × 0.4 × 0.2) = 0.18667 that is 0.38667 a year; a tenth of men die, and need six times as
    much before: 1.5 × as much in all.  A child has no condition and lives.
    """
    ill = {
        "severe": (0.05, *[0.2] * 8), "severe_scale": 1.0, "last_year": 6.0, "exacerbation": (0.0, 0.0, 0.4, 0.0),
        "copd": (0.0, *[0.5] * 8), "diagnosed": (1.0,) * 4, "managed": 1 / 3, "managed_relief": (0.0, 0.0, 0.2, 0.0),
        "drop_out": 0.3, "hypertension": (0.0,) * 9, "diabetes": (0.0,) * 9, "vascular": (0.0,) * 9,
    }  # fmt: skip
    death = {"mortality_male": 0.1, "mortality_female": 0.0} | dict.fromkeys(
        ("mortality_male_growth", "mortality_female_growth"), 0.0
    )
    world = make(county(400, illness=ill, population=death)).world
    residents = alike(3)
    residents["age"], residents["sex"] = (70, 70, 4), (1, 0, 1)
    expected = []
    for alive in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        residents["alive"] = alive
        expected.append(12 * needs_by_age(residents, world.rules))
    states = np.diff(world.rules.illness.copd[0, 70], prepend=0.0)
    grown = 0.2 + 0.4 * (0.5 - 0.2 * states[3])
    assert expected == pytest.approx([grown, 1.5 * grown, 0.05])
    assert states[3] == pytest.approx(0.5 / 3, rel=0.15)  # managed of the known: a third at all ages together


def test_needs_expected_are_those_that_arise() -> None:
    """By age, needs of a year as the engines' own rates have them, deaths to come included, against those expected."""
    config = county(40_000, population={"households_per_village": 500})
    engine = make(config, key=Key(4, 0), single_visits=False)
    engine.play(0, *neutral(config))
    world, _ = year_module.begin_year(engine.world, neutral(config).conduct(engine.world.rules), 1, 0)
    here = world.residents[world.residents["alive"] == 1]
    for low, high in ((0, 30), (30, 50), (50, 60), (60, 70), (70, 80), (80, 120)):
        those = here[(here["age"] >= low) & (here["age"] < high)]
        error = np.std(those["severe"]) * math.sqrt(len(those))
        assert abs(those["severe"].sum() - needs_by_age(those, world.rules)) <= 4 * error
    assert abs(here["severe"].sum() / needs_by_age(here, world.rules) - 1) < 0.05
    without = world.rules.illness._replace(last_year=1.0)
    old = here[here["age"] >= 70]
    short = old["severe"].sum() - needs_by_age(old, world.rules._replace(illness=without))
    assert short > 4 * np.std(old["severe"]) * math.sqrt(len(old))  # deaths left out are found


def test_beds_follow_the_needs_of_the_ages() -> None:
    """Half of them grow old: with rates of 0.1 and 0.3 a year needs double, then fall to a half as people die."""
    config = county(400, illness={"severe": (*[0.1] * 6, *[0.3] * 3)} | PLAIN)
    world = make(config).world
    residents = alike(400, age=30)
    assert needs_by_age(residents, world.rules) == pytest.approx(400 * 0.1 / 12)
    world = world._replace(first_needs=400 * 0.1 / 12)
    first = world.queues.first
    first[:] = np.arange(len(first)) % 4
    world.queues.part[-1] = 0.5  # not rounded
    growths = []
    for old, dead in ((0, 0), (200, 0), (200, 350), (0, 399)):
        residents["age"], residents["alive"] = 30, 1
        residents["age"][:old], residents["alive"][400 - dead :] = 61, 0
        set_beds_of_year(world, residents)
        growths.append(capacity.needs_growth(world, residents))
        expected = [0 if n == 0 else max(1, math.floor(n * growths[-1] + 0.5)) for n in first[:-1]]
        expected.append(first[-1] * growths[-1])
        assert world.queues.nominal.tolist() == expected
    assert growths == pytest.approx([1.0, 2.0, 150 / 400, 1 / 400])


# --- in the county ---------------------------------------------------------------------------------------------------
def test_a_whole_county_never_borrows() -> None:
    """Its beds are those it has, in every month, under more pressure than it can bear."""
    config = under_pressure(400)
    made = make(config)
    own = made.world.providers.beds.copy()
    for number in range(3):
        flows = made.play(number, *neutral(config))
        assert (made.world.queues.beds == made.world.queues.nominal).all()
        inside = own < 1e6
        assert (made.world.queues.occupied <= np.maximum(own, flows.beds))[inside].all()
        if number == 0:
            assert (flows.beds == own).all()
    assert flows.provider[made.world.providers.tier == COUNTY, 5].sum() > 20  # turned away


def test_beds_of_a_county_in_which_people_die() -> None:
    """Each year's beds are those of the first, times the needs of the ages relative to the first year's."""
    dying = {"mortality_male": 0.1, "mortality_male_growth": 0.0, "births": 0.0}
    config = county(2_000, population=dying, illness={"severe": tuple(0.05 * band for band in range(1, 10))} | PLAIN)
    made = make(config)
    own, first = made.world.providers.beds.copy(), 0.0
    for number in range(4):
        flows = made.play(number, *neutral(config))
        needs = (0.05 * (1 + np.minimum(flows.population.age // 10, 8))).sum()
        first = first or needs
        assert flows.needs == pytest.approx(needs / first)
        expected = np.where(own > 0, np.maximum(np.floor(own * (needs / first) + 0.5), 1), 0)
        assert (flows.beds == expected).all()
    assert flows.needs < 0.95


def test_who_is_shared_with_people_not_simulated() -> None:
    """The county hospitals, and the last of the villages and townships; nobody where the county is whole."""
    config = under_pressure(300, population={"county_residents": 6_000})
    world = play(config).world
    at_county, part = world.providers.tier == COUNTY, world.queues.part
    of_all = part[at_county] @ np.full(2, 3_000)
    assert of_all == pytest.approx(300, rel=0.03)
    inside = ~at_county
    assert (part[inside] < 1.0).sum() <= 2
    assert part[world.providers.tier == TOWNSHIP][:-1].tolist() == [1.0] * 2
    own = world.queues.part == 1.0
    assert (world.queues.beds == world.queues.nominal)[own].all()
    small = under_pressure(300, population={"county_residents": 20})  # fewer than are simulated: they are the county
    assert (make(small).world.queues.part == 1.0).all()


class Load(NamedTuple):
    """The second year of a county's hospital: each an array by replication."""

    occupancy: np.ndarray
    turned_away: np.ndarray
    """Share of those who come."""
    wait: np.ndarray
    """Days a stay."""


RATE, DAYS, BEDS = 0.12, 9.0, 3.5
"""Needs of admission a person and year, days of a stay, beds for 1,000: 84.5 % occupied if nobody is turned away."""
ALIKE = {
    "severe": (RATE,) * 9, "severe_scale": 1.0, "frailty": 0.0, "yearly": 0.0, "recent": 0.0, "last_year": 1.0,
    "neglect_weight": 0.0, "hypertension": (0.0,) * 9, "diabetes": (0.0,) * 9, "copd": (0.0,) * 9,
    "vascular": (0.0,) * 9,
}  # fmt: skip


def hospital_of(residents: int, county_residents: int, patience: float, replications: int) -> Load:
    """One hospital to which everybody goes; people are alike, nobody is born or dies."""
    config = county(
        residents,
        population={
            "county_residents": county_residents, "households_per_village": 500, "frailty_shape": 1e6, "births": 0.0,
            "mortality_male": 0.0, "mortality_female": 0.0, "away": 0.0,
        },
        providers={
            "county_hospitals": 1, "beds_per_1000": tiers(0.0, 0.0, BEDS + 1e-9, 1000.0, 1000.0),
            "capability": tiers(0, 1, 3, 3, 3), "bed_patience": patience,
        },
        illness=ALIKE,
        care={"inpatient": tiers(-1000.0, -1000.0, 30.0, -1000.0, -1000.0), "wait": (0.0,) * 3},
        claims=EVEN | {"stay_days": tiers(DAYS), "return_probability": 0.0, "step_down": 0.0},
    )  # fmt: skip
    found = []
    for replication in range(replications):
        played = play(config, 2, key=Key(7, replication), single_visits=False)
        (hospital,) = np.flatnonzero(played.world.providers.tier == COUNTY)
        counts, beds = played.years[1].provider[hospital], played.years[1].beds[hospital]
        assert beds == pytest.approx(residents * BEDS / 1000, rel=0.04 if residents == county_residents else 1e-3)
        came = counts[1] + counts[5]
        found.append((counts[2] / (beds * 365 * 1440), counts[5] / came, counts[3] / 1440 / counts[1]))
    return Load(*np.array(found).T)


def blocked(beds: int, load: float) -> float:
    """Erlang's loss formula by its recursion."""
    share = 1.0
    for number in range(1, beds + 1):
        share = load * share / (number + load * share)
    return share


def assert_mean(values: np.ndarray, exact: float, slack: float = 0.0) -> None:
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - exact) <= 4 * error + slack, f"{values.mean():.4f} ± {error:.4f} against {exact:.4f}"


def assert_as_in_a_county_of(whole: int, load: Load, residents: int) -> None:
    """Occupied and turned away as Erlang has it of the whole county's hospital, of which these are a part."""
    stays = whole * RATE * DAYS / 365
    beds = int(whole * BEDS / 1000)
    lost = blocked(beds, stays)
    assert_mean(load.turned_away, lost, 1e-3)
    own_load = residents * RATE * DAYS / 365 / int(residents * BEDS / 1000)
    assert_mean(load.occupancy, own_load * (1 - lost), 0.004)  # who is in a bed has no need of another


SIZES = ((5_000, 24), (20_000, 8), (60_000, 4))


@pytest.mark.parametrize(("residents", "replications"), SIZES)
def test_a_part_of_a_large_county_fares_as_the_whole(residents: int, replications: int) -> None:
    """5,000, 20,000 and 60,000 of 300,000: the same occupancy, nobody turned away, no wait."""
    load = hospital_of(residents, 300_000, 0.0, replications)
    assert_as_in_a_county_of(300_000, load, residents)
    assert (hospital_of(residents, 300_000, 6.0, 2).wait < 0.01).all()


@pytest.mark.parametrize(("residents", "replications"), SIZES[:2])
def test_a_small_county_turns_away_by_erlang(residents: int, replications: int) -> None:
    """By itself a small hospital is often full: 11 % are turned away from 17 beds; so it is told from a part."""
    load = hospital_of(residents, residents, 0.0, replications)
    assert_as_in_a_county_of(residents, load, residents)
    differs(assert_as_in_a_county_of, 300_000, load, residents)
    assert hospital_of(residents, residents, 6.0, 2).wait.min() > 0.02
