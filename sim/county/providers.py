"""Who treats: village clinics, township health centres, county hospitals, hospitals outside; their capacity."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from pydantic import model_validator

from sim.core.parameters import ByTier, Rate, by_tier, param
from sim.core.parameters import Config as BaseConfig
from sim.core.randomness import VILLAGE_PLACE, Key, words
from sim.tables import CITY, COUNTY, NO_COMMUNITY, REMOTE, TIERS, TOWNSHIP, VILLAGE, Floats, Ints, Mask, Providers

UNLIMITED = 1_000_000_000
LEAST_VILLAGE = 0.25
"""A last village smaller than this part of a full one is joined to the one before."""
ROUNDING = 1e-9
"""What sums of residents may be off by in floating point, relative to one bed or slot."""
ORDERS = 24
"""Orders of villages drawn for a tier, of which one is taken."""
KilometreRange = tuple[Rate, Rate]


class Config(BaseConfig):
    """Institutions, their capacity and where they are."""

    county_hospitals: int = param(2, unit="hospitals", zh="县级医院数", ge=0, le=100)
    """County hospitals; townships are divided among them in turn.
    Source: F15b: two lead hospitals"""
    city_hospitals: int = param(1, unit="hospitals", zh="市级医院数", ge=0, le=1)
    """City hospitals, in the pool but outside the county.
    Source: assumed: one stands for all"""
    remote_hospitals: int = param(1, unit="hospitals", zh="统筹区外医院数", ge=0, le=1)
    """Hospitals outside the pool (异地).
    Source: assumed: one stands for all"""
    communities: int = param(1, unit="communities", zh="医共体数", ge=1, le=100)
    """Medical communities; townships and county hospitals are divided among them in turn.
    Source: doc 003: one general hospital a county in Sanming"""
    beds_per_1000: ByTier[Rate] = param(
        by_tier(0.0, 1.04, 2.76, 1000.0, 1000.0, Rate), unit="per 1,000 residents", zh="每千人床位数"
    )
    """Beds per 1,000 residents; 1,000 means never full.
    Source: calibrated: occupancy 74 % in county hospitals in 2019 (F3: secondary hospitals), lower in township
    centres"""
    slots_per_1000: ByTier[Rate] = param(
        by_tier(14.0, 8.5, 9.0, 1000.0, 1000.0, Rate), unit="per 1,000 residents and day", zh="每千人日接诊能力"
    )
    """Outpatient visits an institution can take a day, per 1,000 residents.
    Source: assumed: about twice the mean demand in 2019; F3: 9.2 visits a doctor and day in township centres"""
    capability: ByTier[int] = param(by_tier(0, 1, 2, 3, 3, int), unit="severity", zh="收治能力")
    """Highest severity treated as an inpatient: 1 mild, 2 moderate, 3 severe, 0 no inpatients.
    Source: assumed: 三级 treat what 二级 refer"""
    village_km: KilometreRange = param((0.2, 1.5), unit="km", zh="到村卫生室距离")
    """Distance of residents to their village clinic, least and most.
    Source: assumed"""
    township_km: KilometreRange = param((2.0, 9.0), unit="km", zh="到卫生院距离")
    """Distance to the township centre.
    Source: assumed"""
    county_km: KilometreRange = param((6.0, 45.0), unit="km", zh="到县医院距离")
    """Distance to the county hospital.
    Source: assumed"""
    city_km: KilometreRange = param((60.0, 110.0), unit="km", zh="到市医院距离")
    """Distance to the city hospital.
    Source: assumed"""
    remote_km: KilometreRange = param((250.0, 350.0), unit="km", zh="到统筹区外距离")
    """Distance to hospitals out of the pool.
    Source: assumed"""
    away_km: Rate = param(5.0, unit="km", zh="外出者就医距离")
    """Distance of persons working away to a hospital where they live.
    Source: assumed"""
    outpatient_patience: Rate = param(2.0, unit="days", zh="门诊等候耐心")
    """Days a patient accepts to wait for an outpatient slot.
    Source: assumed"""
    bed_patience: Rate = param(6.0, unit="days", zh="住院等候耐心")
    """Mean days a patient waits for a bed before turning elsewhere (exponential).
    Source: assumed"""

    @model_validator(mode="after")
    def _every_tier_has_a_provider(self) -> Config:
        for name, count in (
            ("county_hospitals", self.county_hospitals),
            ("city_hospitals", self.city_hospitals),
            ("remote_hospitals", self.remote_hospitals),
        ):
            if count == 0:
                raise ValueError(f"a tier without a provider: {name} is 0; give every tier at least one institution")
        if self.communities > self.county_hospitals:
            raise ValueError(
                f"communities ({self.communities}) may not exceed county_hospitals ({self.county_hospitals}): "
                "every medical community is led by a county hospital"
            )
        for name, (least, most) in (
            (n, getattr(self, n)) for n in ("village_km", "township_km", "county_km", "city_km", "remote_km")
        ):
            if least > most:
                raise ValueError(f"{name}: the least distance {least} exceeds the most {most}")
        return self


class Geography(NamedTuple):
    """Where institutions are and which of them a village uses.  Index = village number unless said."""

    km: Floats
    """[village, tier] kilometres"""
    township: Ints
    """Provider number of the township centre."""
    county_hospital: Ints
    """Provider number of the usual county hospital."""
    community: Ints
    """Community that answers for the village."""
    lead: Ints
    """[community] provider number of its first county hospital."""
    city: int
    """Provider number of the city hospital."""
    remote: int
    away_km: float


class Layout(NamedTuple):
    """Where people are expected to live, in the part that is simulated and in the whole county."""

    people: Floats
    """[village] residents that are simulated"""
    whole: Floats
    """[village] residents of the whole county, whose first villages are those above"""
    villages_per_township: int


class Capacity(NamedTuple):
    """Beds for those who are simulated.  Index = provider."""

    beds: Floats
    """The simulated people's part of an institution's beds, not rounded; outside hospitals have unlimited ones."""
    part: Floats
    """Part of those whom the institution serves that is simulated."""


def layout(residents: int, county_residents: int, per_village: float, villages_per_township: int) -> Layout:
    """So many residents of such a county, in villages of ``per_village`` residents.

    Who is simulated fills the county's first villages; the last of them, and its township, may be there in part.
    """
    whole = people_of_villages(max(county_residents, residents), per_village)
    return Layout(people_of_villages(residents, per_village), whole, villages_per_township)


def people_of_villages(residents: int, per_village: float) -> Floats:
    """[village] residents to expect: full villages, and a last one of a quarter to five quarters of a village.

    The number follows from how many residents there are, never from how many households luck makes of them.
    """
    count = max(1, math.ceil(residents / per_village - LEAST_VILLAGE))
    people = np.full(count, per_village)
    people[-1] = residents - per_village * (count - 1)
    return people


def create(config: Config, places: Layout, seed: int) -> tuple[Providers, Geography, Capacity]:
    """Institutions and geography of a county.

    All have the capacity for those whom they serve in the whole county, of which the simulated have their part: a
    township centre and its villages in full, as a rule, but for the last, and a county hospital by what of its
    townships is simulated.
    """
    villages, hospitals = len(places.people), config.county_hospitals
    township_of = np.arange(villages) // places.villages_per_township
    townships = int(township_of[-1]) + 1
    tier = np.repeat([VILLAGE, TOWNSHIP, COUNTY, CITY, REMOTE], [villages, townships, hospitals, 1, 1])
    served = _served(places.people, places.villages_per_township, hospitals)
    whole = _served(places.whole, places.villages_per_township, hospitals)
    of_simulated = np.concatenate([*served, [1.0, 1.0]])
    of_all = np.concatenate([*(found[: len(own)] for found, own in zip(whole, served, strict=True)), [1.0, 1.0]])
    of_all = np.maximum(of_all, of_simulated)
    part = np.divide(of_simulated, of_all, out=np.ones(len(tier)), where=of_simulated > 0.0)
    leads = np.arange(len(tier)) - villages - townships < config.communities
    beds, slots = _capacity(config, tier, of_simulated, part, leads)
    numbers = (township_of, np.arange(townships), np.arange(hospitals))
    community = np.concatenate([*(number % config.communities for number in numbers), [NO_COMMUNITY, NO_COMMUNITY]])
    whole_beds = np.where(beds > 0.0, np.maximum(np.floor(beds + 0.5), 1.0), 0.0).astype(np.int64)
    providers = Providers(
        tier=tier.astype(np.int64),
        community=community.astype(np.int64),
        beds=whole_beds,
        slots=slots,
        capability=np.where(beds > 0.0, np.array(config.capability.values(), dtype=np.int64)[tier], 0),
        parent=parents(township_of, townships, hospitals, config.communities),
    )
    return providers, _geography(config, township_of, townships, seed), Capacity(beds, part)


def _served(people: Floats, villages_per_township: int, hospitals: int) -> tuple[Floats, Floats, Floats]:
    """Residents whom each village clinic, township centre and county hospital serves."""
    township_of = np.arange(len(people)) // villages_per_township
    in_townships: Floats = np.bincount(township_of, weights=people).astype(np.float64)
    hospital_of = np.arange(len(in_townships)) % hospitals
    in_hospitals: Floats = np.bincount(hospital_of, weights=in_townships, minlength=hospitals).astype(np.float64)
    return people, in_townships, in_hospitals


def _geography(config: Config, township_of: Ints, townships: int, seed: int) -> Geography:
    """Distances from each village, and its institutions; arguments as of `parents`, and which county it is."""
    villages, hospitals = len(township_of), config.county_hospitals
    ranges = np.array([config.village_km, config.township_km, config.county_km, config.city_km, config.remote_km])
    km = ranges[:, 0] + (ranges[:, 1] - ranges[:, 0]) * spread(villages, seed)
    return Geography(
        km=km,
        township=(villages + township_of).astype(np.int64),
        county_hospital=(villages + townships + township_of % hospitals).astype(np.int64),
        community=(township_of % config.communities).astype(np.int64),
        lead=villages + townships + np.arange(config.communities),
        city=villages + townships + hospitals,
        remote=villages + townships + hospitals + 1,
        away_km=config.away_km,
    )


def _capacity(config: Config, tier: Ints, served: Floats, part: Floats, leads: Mask) -> tuple[Floats, Ints]:
    """[provider] beds, and outpatient slots a day, for the residents that are simulated.

    An institution has whole beds, of which the simulated have their part.  A county hospital that serves anybody, or
    leads a community, has at least one; every institution has at least one slot.  Outside the county nothing is
    limited, so the settings for those tiers are not read.
    """
    rates = np.zeros((2, len(TIERS)))
    for row, setting in zip(rates, (config.beds_per_1000, config.slots_per_1000), strict=True):
        setting.look(range(COUNTY + 1))
        row[: COUNTY + 1] = setting.unread(COUNTY)
    in_all = np.floor(served / part * rates[0][tier] / 1000 + ROUNDING)
    needed = (tier == COUNTY) & ((served > 0.0) | leads)
    beds = np.where(needed, np.maximum(in_all, 1.0), in_all) * part
    slots = np.maximum(np.ceil(served * rates[1][tier] / 1000 - ROUNDING).astype(np.int64), 1)
    outside = tier >= CITY
    return np.where(outside, float(UNLIMITED), beds), np.where(outside, UNLIMITED, slots)


def parents(township_of: Ints, townships: int, hospitals: int, communities: int) -> Ints:
    """[provider] the township centre above a clinic, the county hospital above a centre; -1 above hospitals.

    A centre's hospital is the one its residents use if that is of the same community, else the community's first.
    """
    villages = len(township_of)
    number = np.arange(townships)
    usual = number % hospitals
    led = np.where(usual % communities == number % communities, usual, number % communities)
    above = np.full(hospitals + 2, -1)
    return np.concatenate([villages + township_of, villages + townships + led, above]).astype(np.int64)


def spread(count: int, seed: int) -> Floats:
    """[village, tier] numbers in 0..1: for every tier the middles of ``count`` equal parts, in an order of its own.

    So means are those of the range whatever the number of villages and the seed, which draws the orders (McKay,
    Beckman & Conover 1979: Latin hypercube sampling).  Of several drawn orders a tier takes the one least correlated
    with those of the tiers before, so that near and far do not go together by chance.
    """
    key = Key(seed, 0)
    places = np.zeros((count, len(TIERS)))
    for tier in range(len(TIERS)):
        drawn = (_orders(key, count, 2 + tier) + 0.5) / count
        together = np.abs((drawn - 0.5) @ (places[:, :tier] - 0.5)).max(axis=1, initial=0.0)
        places[:, tier] = drawn[int(np.argmin(together))]
    return places


def _orders(key: Key, count: int, index: int) -> Ints:
    """[drawn, village] so many orders of the villages, by words of their own addresses."""
    drawn = [
        [words(key, village, VILLAGE_PLACE, order, index)[0] for village in range(count)] for order in range(ORDERS)
    ]
    return np.argsort(np.array(drawn), axis=1, kind="stable").astype(np.int64)
