"""Where a person turns next: the institutions in reach, what each would cost, and the tier chosen among them."""

from __future__ import annotations

from typing import Any

from sim.core.randomness import unit
from sim.core.rules import rule
from sim.core.units import part
from sim.county import benefit, care, family_doctors, illness
from sim.county.person import Person
from sim.engine.world import Conduct, World
from sim.tables import CITY, COUNTY, INPATIENT, OUTPATIENT, QUINTILES, REMOTE, TOWNSHIP, VILLAGE, Floats

Episode = Any
"""A row of `EPISODE` or an object with the same attributes."""

# in `Episode.tried`, above the tiers:
BOUND = 1 << 5  # this need of admission must stay within the community's group
TURNED_AWAY = 1 << 6  # an institution was too full, at least once


@rule
def provider_for(world: World, person: Person, tier: int) -> int:
    """The institution of a tier that a person uses."""
    if tier == VILLAGE:
        return person.village
    if tier == TOWNSHIP:
        return int(world.geography.township[person.village])
    if tier == COUNTY:
        if person.community != world.geography.community[person.village]:  # signed elsewhere: its lead hospital
            return int(world.geography.lead[person.community])
        return int(world.geography.county_hospital[person.village])
    return world.geography.city if tier == CITY else world.geography.remote


@rule
def kilometres(world: World, person: Person, tier: int) -> float:
    """Distance to that institution."""
    return world.geography.away_km if person.away else world.geography.km[person.village, tier]


@rule
def expected_charge(world: World, conduct: Conduct, episode: Episode, tier: int) -> int:
    """Charge in fen that people expect of a visit or stay at a tier this year."""
    if episode.category != INPATIENT:
        return int(conduct.visit_charge[episode.category, tier])
    claims = world.rules.claims
    level = claims.stay_charge[tier] * claims.weight[episode.group] * conduct.price_level
    return int(level * claims.severity_charge[episode.group, episode.severity - 1])


@rule
def expected_own_payment(world: World, conduct: Conduct, person: Person, episode: Episode, tier: int) -> int:
    """Own payment in fen that a person expects of it: the bill shared out by the accounts as they stand now."""
    charge = expected_charge(world, conduct, episode, tier)
    covered = part(charge, conduct.covered[tier, episode.category])
    shared = benefit.share_bill(world.rules.benefit, person, episode.category, tier, charge, covered, episode.referred)
    return int(shared[3])


@rule
def price_factor(world: World, conduct: Conduct, person: Person, episode: Episode, tier: int, room: int) -> float:
    """How the own payment expected at a tier weighs; ``room`` is what the fund may still pay for visits.

    What a visit weighs is looked up where only the fund shares it and the fund's limits are either far or reached.
    """
    category = episode.category
    sensitivity = QUINTILES if person.price_blind else person.quintile
    if category != INPATIENT and benefit.only_fund_shares(
        world.rules.benefit, person, category, conduct.visit_charge[category, tier]
    ):
        if conduct.visit_paid[person.insurance, category, tier] <= room:
            return float(conduct.open_weight[person.insurance, category, sensitivity, tier])
        if room == 0:
            return float(conduct.closed_weight[category, sensitivity, tier])
    own_payment = expected_own_payment(world, conduct, person, episode, tier)
    return care.price_weight(world.rules.care, category, tier, sensitivity, own_payment / conduct.income_level)


@rule
def open_to(world: World, episode: Episode, tier: int, provider: int) -> bool:
    """Whether an institution is still open to a need: not tried yet, and with beds if a bed is needed."""
    if episode.tried & (1 << tier):
        return False
    return bool(episode.category != INPATIENT or world.providers.capability[provider] > 0)


@rule
def highest_tier(world: World, person: Person, episode: Episode, gate_word: int) -> int:
    """Highest tier that the duty to begin in primary care, or to stay within the group, leaves open to a need.

    A need of admission is bound when it arises, unless its group is exempt, or the usual county hospital cannot treat
    it, or it is an unplanned return: those are the model's emergencies.  It stays bound until that hospital is full.
    """
    if person.away:
        return REMOTE
    if episode.category == INPATIENT:
        if episode.attempt == 0 and unit(gate_word) < world.rules.care.kept_stays[episode.group]:
            hospital = provider_for(world, person, COUNTY)
            if episode.number < illness.RETURN_NEED and episode.severity <= world.providers.capability[hospital]:
                episode.tried |= BOUND
        return COUNTY if episode.tried & BOUND else REMOTE
    first = episode.attempt == 0 and episode.category == OUTPATIENT and episode.severity == 1
    return TOWNSHIP if first and unit(gate_word) < world.rules.care.kept_visits[episode.group] else REMOTE


@rule
def choose_tier(
    world: World,
    conduct: Conduct,
    person: Person,
    episode: Episode,
    month: int,
    weights: Floats,
    word: int,
    gate_word: int,
) -> int:
    """The tier a person turns to next, or NONE.  ``month`` is now, ``weights`` scratch, [5]; words: `choice_words`."""
    category = episode.category
    lowest = REMOTE if person.away else VILLAGE
    highest = highest_tier(world, person, episode, gate_word)
    room = 0 if category == INPATIENT else benefit.room_for_visits(world.rules.benefit, person, category)
    signed = family_doctors.signed_in(person, month)
    for tier in range(5):
        weights[tier] = 0.0
        if lowest <= tier <= highest:
            provider = provider_for(world, person, tier)
            if open_to(world, episode, tier, provider):
                if person.away:
                    weight = world.away_weight[category]
                else:
                    weight = world.place_weight[person.village, category, episode.severity - 1, signed, tier]
                    if tier >= CITY:
                        weight *= world.rules.care.outside_weight[person.quintile]
                        weight *= conduct.common.outside
                weight *= world.queues.wait_weight[provider, category]
                weights[tier] = weight * price_factor(world, conduct, person, episode, tier, room)
    return care.choose(world.rules.care, weights, unit(word))
