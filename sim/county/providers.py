"""Who treats: village clinics, township health centres, county hospitals, hospitals outside; their capacity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import model_validator

from sim.core.parameters import ByTier, Rate, by_tier, param
from sim.core.parameters import Config as BaseConfig
from sim.core.randomness import VILLAGE_PLACE, Key, unit, words
from sim.tables import CITY, COUNTY, NO_COMMUNITY, REMOTE, TIERS, TOWNSHIP, VILLAGE, Floats, Ints, Providers

UNLIMITED = 1_000_000_000
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
        by_tier(0.0, 1.07, 2.84, 1000.0, 1000.0, Rate), unit="per 1,000 residents", zh="每千人床位数"
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


def create(
    config: Config, villages: int, villages_per_township: int, per_village: float, residents: int, seed: int
) -> tuple[Providers, Geography]:
    """Institutions and geography of a county of ``villages`` villages.

    Villages and townships have a capacity of their own (for ``per_village`` residents a village), so that a larger
    county leaves them as they are; county hospitals are sized by their share of all ``residents``, in villages.
    """
    townships = -(-villages // villages_per_township)
    hospitals = config.county_hospitals
    township_of = np.arange(villages) // villages_per_township
    tier = np.repeat([VILLAGE, TOWNSHIP, COUNTY, CITY, REMOTE], [villages, townships, hospitals, 1, 1])
    share_of_villages = np.zeros(len(tier))
    share_of_villages[villages + townships : villages + townships + hospitals] = (
        np.bincount(township_of % hospitals, minlength=hospitals) / villages
    )
    served = np.select(
        [tier == VILLAGE, tier == TOWNSHIP, tier == COUNTY],
        [per_village, per_village * villages_per_township, residents * share_of_villages],
        residents,
    )
    beds, slots = _capacity(config, tier, served)
    places = (township_of, np.arange(townships), np.arange(hospitals))
    community = np.concatenate([*(numbers % config.communities for numbers in places), [NO_COMMUNITY, NO_COMMUNITY]])
    providers = Providers(
        tier=tier.astype(np.int64),
        community=community.astype(np.int64),
        beds=beds,
        slots=slots,
        capability=np.where(beds > 0, np.array(config.capability.values(), dtype=np.int64)[tier], 0),
        parent=parents(township_of, townships, hospitals, config.communities),
    )
    return providers, _geography(config, township_of, townships, seed)


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


def _capacity(config: Config, tier: Ints, served: Floats) -> tuple[Ints, Ints]:
    """[provider] beds, and outpatient slots a day, of institutions that serve so many residents.

    A county hospital has at least one bed, and so has a township centre that has beds at all; every institution has
    at least one slot.  Outside the county nothing is limited, so the settings for those tiers are not read.
    """
    rates = np.zeros((2, len(TIERS)))
    for row, setting in zip(rates, (config.beds_per_1000, config.slots_per_1000), strict=True):
        setting.look(range(COUNTY + 1))
        row[: COUNTY + 1] = setting.unread(COUNTY)
    beds = np.floor(served * rates[0][tier] / 1000).astype(np.int64)
    slots = np.maximum(np.ceil(served * rates[1][tier] / 1000).astype(np.int64), 1)
    beds = np.where((tier == COUNTY) | ((tier == TOWNSHIP) & (beds > 0)), np.maximum(beds, 1), beds)
    outside = tier >= CITY
    return np.where(outside, UNLIMITED, beds), np.where(outside, UNLIMITED, slots)


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
    """[village, tier] numbers in 0..1 that fill the unit cube evenly, whatever the number of villages.

    An additive recurrence with the powers of the generalised golden ratio of five dimensions, from a start drawn from
    the seed: the first villages of a larger county are those of a smaller one, and every county has distances all over
    the range (Roberts 2018, The unreasonable effectiveness of quasirandom sequences).
    """
    ratio = 1.0
    for _ in range(60):
        ratio = (1.0 + ratio) ** (1.0 / 6.0)
    steps = ratio ** -np.arange(1.0, 6.0)
    key = Key(seed, 0)
    drawn = [*words(key, 0, VILLAGE_PLACE, 0, 0), words(key, 0, VILLAGE_PLACE, 0, 1)[0]]
    start = np.array([unit(word) for word in drawn])
    numbers: Floats = (start + np.arange(count)[:, None] * steps) % 1.0
    return numbers
