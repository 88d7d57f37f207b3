"""Institutions: as many as the county needs, sized by whom they serve, and unmoved by a larger county."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from sim.core.randomness import Key
from sim.county.providers import UNLIMITED, Config, create, spread
from sim.engine.create import create as create_world
from sim.tables import CITY, COUNTY, NO_COMMUNITY, REMOTE, TOWNSHIP, VILLAGE
from tests.core_world import county, play, tiers

SEED = 3
KEY = Key(3, 1)


def build(villages: int = 10, per_township: int = 4, residents: int = 6_000, **changes: Any) -> Any:
    return create(Config(**changes), villages, per_township, 600.0, residents, SEED)


def test_a_county_by_hand() -> None:
    """10 villages of 600, townships of 4 villages, county hospitals for 3,600 and 2,400 residents."""
    institutions, geography = build(
        communities=2,
        beds_per_1000=tiers(0, 1, 2.5, 1000, 1000),
        slots_per_1000=tiers(10, 5, 4, 1000, 1000),
        capability=tiers(3, 1, 2, 3, 3),
    )
    assert institutions.tier.tolist() == [VILLAGE] * 10 + [TOWNSHIP] * 3 + [COUNTY] * 2 + [CITY, REMOTE]
    assert institutions.beds.tolist() == [0] * 10 + [2] * 3 + [9, 6] + [UNLIMITED] * 2  # 2.4, rounded down
    assert institutions.slots.tolist() == [6] * 10 + [12] * 3 + [15, 10] + [UNLIMITED] * 2  # 14.4 and 9.6, rounded up
    assert institutions.capability.tolist() == [0] * 10 + [1] * 3 + [2] * 2 + [3] * 2  # no bed, no capability
    by_village = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0]
    assert geography.township.tolist() == [10, 10, 10, 10, 11, 11, 11, 11, 12, 12]
    assert geography.community.tolist() == by_village
    assert geography.county_hospital.tolist() == [13 + c for c in by_village]
    assert institutions.community.tolist() == [*by_village, 0, 1, 0, 0, 1, NO_COMMUNITY, NO_COMMUNITY]
    assert (geography.city, geography.remote) == (15, 16)


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.data())
def test_members_of_a_community_serve_its_villages(villages: int, per_township: int, hospitals: int, data: Any) -> None:
    communities = data.draw(st.integers(1, hospitals))
    institutions, geography = build(villages, per_township, county_hospitals=hospitals, communities=communities)
    assert (institutions.tier[geography.township] == TOWNSHIP).all()
    assert (institutions.tier[geography.county_hospital] == COUNTY).all()
    assert (institutions.community[:villages] == geography.community).all()
    assert (institutions.community[geography.township] == geography.community).all()
    if hospitals % communities == 0:
        assert (institutions.community[geography.county_hospital] == geography.community).all()
    assert set(institutions.community[institutions.tier == COUNTY]) == set(range(communities))
    assert (institutions.slots >= 1).all()
    assert (institutions.beds[institutions.tier == COUNTY] >= 1).all()


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 5))
def test_a_larger_county_leaves_villages_and_townships_as_they_are(villages: int, more: int, per_township: int) -> None:
    small, near = build(villages, per_township, residents=600 * villages)
    large, far = build(villages + more, per_township, residents=600 * (villages + more))
    assert (near.km == far.km[:villages]).all()
    assert (near.community == far.community[:villages]).all()
    for tier in (VILLAGE, TOWNSHIP):
        count = (small.tier == tier).sum()
        for name in ("beds", "slots", "community"):
            column, other = getattr(small, name)[small.tier == tier], getattr(large, name)[large.tier == tier]
            assert (column == other[:count]).all()


def test_clinics_hang_on_their_centre_and_centres_on_a_hospital_of_their_community() -> None:
    """Three hospitals, two communities: the fourth township uses hospital 0, which is of the other community."""
    institutions, geography = build(16, communities=2, county_hospitals=3)
    assert institutions.parent.tolist() == [16] * 4 + [17] * 4 + [18] * 4 + [19] * 4 + [20, 21, 22, 21] + [-1] * 5
    assert institutions.parent[:16].tolist() == geography.township.tolist()
    below = institutions.parent >= 0
    above = institutions.parent[below]
    assert (institutions.community[above] == institutions.community[below]).all()
    assert (institutions.tier[above] == institutions.tier[below] + 1).all()


def test_distances_lie_between_least_and_most() -> None:
    config = Config()
    _, geography = build(500)
    for tier, (least, most) in enumerate(
        [config.village_km, config.township_km, config.county_km, config.city_km, config.remote_km]
    ):
        km = geography.km[:, tier]
        assert least <= km.min() < least + 0.05 * (most - least)
        assert most - 0.05 * (most - least) < km.max() <= most
    assert abs(np.corrcoef(geography.km.T)[np.triu_indices(5, 1)]).max() < 0.2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"county_hospitals": 0}, "county_hospitals is 0"),
        ({"communities": 3}, "communities (3) may not exceed county_hospitals (2)"),
        ({"village_km": (3.0, 1.0)}, "village_km: the least distance 3.0 exceeds the most 1.0"),
    ],
)
def test_impossible_counties(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        Config(**changes)
    assert words in str(error.value)


# --- which county it is ----------------------------------------------------------------------------------------------
def distances(residents: int = 2_000, key: Key = KEY, seed: int = 1, per_village: int = 20) -> np.ndarray:
    config = county(residents, population={"seed": seed, "households_per_village": per_village})
    return create_world(config, key).geography.km


def test_where_villages_lie_belongs_to_the_county_not_to_the_run() -> None:
    km = distances()
    for key in (Key(3, 2), Key(77, 1)):
        other = distances(key=key)
        shared = min(len(km), len(other))  # households differ in size from run to run
        assert (km[:shared] == other[:shared]).all()
    assert (km[:20] != distances(seed=2)[:20]).all()
    larger = distances(4_000)
    assert len(larger) > len(km)
    assert (larger[: len(km)] == km).all()


def test_a_small_county_is_not_far_from_the_usual_one() -> None:
    """Mean distances of 33 villages lie within a few per cent of the range from its middle, whatever the seed.

    Independent draws would lie 5 % off (the standard error of a mean of 33), and these do so less than half as much.
    """
    off = np.array([spread(33, seed).mean(axis=0) - 0.5 for seed in range(200)])
    assert (np.sqrt((off**2).mean(axis=0)) < 0.03).all()
    assert abs(off).max() < 0.07
    independent = np.random.default_rng(1).random((200, 33, 5)).mean(axis=1) - 0.5
    assert np.sqrt((independent**2).mean()) == pytest.approx(1 / np.sqrt(12 * 33), rel=0.1)
    assert abs(spread(5_000, 4).mean(axis=0) - 0.5).max() < 0.002
    firsts = np.array([spread(1, seed)[0] for seed in range(400)])
    assert all(stats.kstest(column, "uniform").pvalue > 1e-4 for column in firsts.T)


def test_the_share_of_primary_care_hardly_varies_between_runs() -> None:
    """Standard deviation between runs of 5,000 residents; that between counties of other places is far larger."""

    def share(replication: int, seed: int) -> float:
        config = county(5_000, population={"seed": seed, "households_per_village": 500, "villages_per_township": 6})
        rows = play(config, key=Key(1, replication), single_visits=False).years[0].claims
        return float(rows.cases[rows.tier <= TOWNSHIP].sum() / rows.cases.sum())

    runs = np.array([share(replication, 1) for replication in range(12)])
    places = np.array([share(replication, replication) for replication in range(12)])
    assert runs.std(ddof=1) < 0.008
    assert places.std(ddof=1) > 1.5 * runs.std(ddof=1)
