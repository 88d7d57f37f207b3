"""Institutions: as many as the county needs, sized by whom they serve, and unmoved by a larger county."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.core.randomness import Key
from sim.county.providers import UNLIMITED, Config, create, layout, spread
from sim.engine.create import create as create_world
from sim.tables import CITY, COUNTY, NO_COMMUNITY, REMOTE, TOWNSHIP, VILLAGE
from tests.core_world import county, play, tiers

SEED = 3
SEEDS = 0.012
"""Standard deviation of the primary share between places of four villages: they fit together in few ways."""
KEY = Key(3, 1)


def build(villages: int = 10, per_township: int = 4, residents: int = 6_000, **changes: Any) -> Any:
    places = layout(residents, residents, 600.0, per_township)
    assert len(places.people) == villages
    return create(Config(**changes), places, SEED)


def test_a_county_by_hand() -> None:
    """10 villages of 600, townships of 4, 4 and 2 villages, county hospitals for 3,600 and 2,400 residents."""
    institutions, geography, capacity = build(
        communities=2,
        beds_per_1000=tiers(0, 1, 2.5, 1000, 1000),
        slots_per_1000=tiers(10, 5, 4, 1000, 1000),
        capability=tiers(3, 1, 2, 3, 3),
    )
    assert institutions.tier.tolist() == [VILLAGE] * 10 + [TOWNSHIP] * 3 + [COUNTY] * 2 + [CITY, REMOTE]
    assert institutions.beds.tolist() == [0] * 10 + [2, 2, 1] + [9, 6] + [UNLIMITED] * 2  # 2.4 and 1.2, rounded down
    assert (
        institutions.slots.tolist() == [6] * 10 + [12, 12, 6] + [15, 10] + [UNLIMITED] * 2
    )  # 14.4 and 9.6, rounded up
    assert institutions.capability.tolist() == [0] * 10 + [1] * 3 + [2] * 2 + [3] * 2  # no bed, no capability
    by_village = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0]
    assert geography.township.tolist() == [10, 10, 10, 10, 11, 11, 11, 11, 12, 12]
    assert geography.community.tolist() == by_village
    assert geography.county_hospital.tolist() == [13 + c for c in by_village]
    assert institutions.community.tolist() == [*by_village, 0, 1, 0, 0, 1, NO_COMMUNITY, NO_COMMUNITY]
    assert (geography.city, geography.remote) == (15, 16)
    assert (capacity.beds == institutions.beds).all()
    assert (capacity.part == 1.0).all()


def test_a_part_of_a_county_by_hand() -> None:
    """3,000 of 6,000: a township of four villages, one village of the next; 9 and 6 beds for 3,600 and 2,400."""
    config = Config(beds_per_1000=tiers(0, 1, 2.5, 1000, 1000), slots_per_1000=tiers(10, 5, 4, 1000, 1000))
    institutions, _, capacity = create(config, layout(3_000, 6_000, 600.0, 4), SEED)
    assert institutions.tier.tolist() == [VILLAGE] * 5 + [TOWNSHIP] * 2 + [COUNTY] * 2 + [CITY, REMOTE]
    assert capacity.part[5:9].tolist() == pytest.approx([1.0, 0.25, 2_400 / 3_600, 0.25])
    assert capacity.beds[5:9].tolist() == pytest.approx([2.0, 0.5, 6.0, 1.5])
    assert institutions.beds[5:9].tolist() == [2, 1, 6, 2]
    assert institutions.slots[5:9].tolist() == [12, 3, 10, 3]


@given(st.integers(1, 400), st.floats(1.5, 5_000), st.integers(1, 12))
def test_villages_follow_from_the_number_of_residents(villages: int, per_village: float, per_township: int) -> None:
    """All of them live somewhere; the last village is neither tiny nor far too large for its clinic."""
    residents = max(1, int(villages * per_village))
    people = layout(residents, 10 * residents, per_village, per_township).people
    assert people.sum() == pytest.approx(residents)
    assert (people[:-1] == per_village).all()
    assert len(people) == 1 or 0.25 * per_village - 1e-6 <= people[-1]
    assert people[-1] <= 1.25 * per_village + 1e-6


@pytest.mark.parametrize("residents", [9_423, 10_990, 15_700, 28_269])
def test_luck_decides_neither_villages_nor_beds(residents: int) -> None:
    """Sizes at which the households drawn make now one village or township more, now one less."""
    usual = {"county_residents": 500_000, "households_per_village": 500, "villages_per_township": 6}
    config, found, drawn = county(residents, population=usual), set(), set()
    for number in range(12):
        world = create_world(config, Key(number, number))
        drawn.add(int(world.residents["household"].max()) // 500)
        found.add((len(world.geography.km), world.queues.nominal.tobytes(), world.providers.slots.tobytes()))
        assert world.residents["village"].max() < len(world.geography.km)
    assert len(found) == 1
    assert len(drawn) > 1  # by the households drawn there would be one village more or less


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.data())
def test_members_of_a_community_serve_its_villages(villages: int, per_township: int, hospitals: int, data: Any) -> None:
    communities = data.draw(st.integers(1, hospitals))
    institutions, geography, _ = build(
        villages, per_township, 600 * villages, county_hospitals=hospitals, communities=communities
    )
    assert (institutions.tier[geography.township] == TOWNSHIP).all()
    assert (institutions.tier[geography.county_hospital] == COUNTY).all()
    assert (institutions.community[:villages] == geography.community).all()
    assert (institutions.community[geography.township] == geography.community).all()
    if hospitals % communities == 0:
        assert (institutions.community[geography.county_hospital] == geography.community).all()
    assert set(institutions.community[institutions.tier == COUNTY]) == set(range(communities))
    assert (institutions.slots >= 1).all()
    beds = institutions.beds[institutions.tier == COUNTY]
    serves = np.isin(np.flatnonzero(institutions.tier == COUNTY), geography.county_hospital)
    assert ((beds >= 1) == (serves | (np.arange(hospitals) < communities))).all()


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 5))
def test_a_larger_county_leaves_villages_and_townships_as_they_are(villages: int, more: int, per_township: int) -> None:
    small, near, _ = build(villages, per_township, residents=600 * villages)
    large, far, _ = build(villages + more, per_township, residents=600 * (villages + more))
    assert (near.community == far.community[:villages]).all()
    for tier, count in ((VILLAGE, villages), (TOWNSHIP, villages // per_township)):  # the last one may be there in part
        for name in ("beds", "slots", "community"):
            column, other = getattr(small, name)[small.tier == tier], getattr(large, name)[large.tier == tier]
            assert (column[:count] == other[:count]).all()


def test_clinics_hang_on_their_centre_and_centres_on_a_hospital_of_their_community() -> None:
    """Three hospitals, two communities: the fourth township uses hospital 0, which is of the other community."""
    institutions, geography, _ = build(16, residents=9_600, communities=2, county_hospitals=3)
    assert institutions.parent.tolist() == [16] * 4 + [17] * 4 + [18] * 4 + [19] * 4 + [20, 21, 22, 21] + [-1] * 5
    assert institutions.parent[:16].tolist() == geography.township.tolist()
    below = institutions.parent >= 0
    above = institutions.parent[below]
    assert (institutions.community[above] == institutions.community[below]).all()
    assert (institutions.tier[above] == institutions.tier[below] + 1).all()


def test_distances_lie_between_least_and_most() -> None:
    config = Config()
    _, geography, _ = build(500, residents=300_000)
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
        assert (km == distances(key=key)).all()
    other = distances(seed=2)
    assert (km != other).any(axis=0).all()
    assert np.sort(km, axis=0) == pytest.approx(np.sort(other, axis=0))


@pytest.mark.parametrize("count", [1, 2, 7, 13, 33])
def test_every_county_has_the_mean_distances_of_the_range(count: int) -> None:
    """The middles of equal parts, each once; near in one tier says little of near in another."""
    middles = (np.arange(count) + 0.5) / count
    orders = {spread(count, seed).tobytes() for seed in range(20)}
    assert len(orders) == (1 if count == 1 else 20) or count == 2
    together = []
    for seed in range(20):
        places = spread(count, seed)
        assert np.sort(places, axis=0) == pytest.approx(np.repeat(middles[:, None], 5, axis=1))
        if count > 4:
            together.append(np.corrcoef(places.T)[np.triu_indices(5, 1)])
    if count > 4:
        assert np.sqrt((np.array(together) ** 2).mean()) < 0.6 / np.sqrt(count - 1)  # of orders drawn singly: 1.0


def test_the_share_of_primary_care_is_that_of_any_county_of_the_kind() -> None:
    """Counties of 5,000 residents with villages in other places hardly differ more than runs do by luck."""

    def share(replication: int, seed: int) -> float:
        config = county(5_000, population={"seed": seed, "households_per_village": 500, "villages_per_township": 6})
        rows = play(config, key=Key(1, replication), single_visits=False).years[0].claims
        return float(rows.cases[rows.tier <= TOWNSHIP].sum() / rows.cases.sum())

    runs = np.array([share(replication, 1) for replication in range(12)])
    places = np.array([share(1, seed) for seed in range(12)])
    assert runs.std(ddof=1) < 0.008
    assert places.std(ddof=1) < SEEDS
