"""One person meets one institution: the steps both engines share, none of which schedules anything.

``person`` and ``episode`` are rows of structured arrays in the kernel and Python objects in the reference.
"""

from __future__ import annotations

import math
from typing import Any

from sim.core.randomness import CHOICE, VISIT, exponential, unit, words
from sim.core.rules import rule
from sim.core.units import part
from sim.county import benefit, care, claims, illness
from sim.county import family_doctors as contracts
from sim.county.person import Person
from sim.engine.sink import Sink, write_claim
from sim.engine.world import Conduct, World
from sim.tables import CHRONIC, CITY, COUNTY, INPATIENT, OUTPATIENT, QUINTILES, REMOTE, TOWNSHIP, VILLAGE, Floats

Episode = Any
"""A row of `EPISODE` or an object with the same attributes."""

DRAWS_PER_NEED = 16
BOUND = 1 << 5  # in `Episode.tried`, above the tiers: this need of admission must stay within the community's group
FREE, WAITING_SLOT, WAITING_BED, IN_BED = range(4)
MINUTES_A_DAY = 1440.0

# columns of the tallies (see sim.tables)
VISITS, ADMISSIONS, BED_MINUTES, WAIT_MINUTES, WAITED, OVERFLOW, REFERRED_UP, REFERRED_DOWN, METRES, YOUNG_OLD = range(
    10
)
NEEDS, NEEDS_INPATIENT, FORGONE_CHOICE, FORGONE_CAPACITY, FORGONE_INPATIENT, ABSORBED, AVOIDABLE, READMISSIONS = range(
    8
)


@rule
def need_category(number: int) -> int:
    """Category of a need from its number in the month."""
    if number < illness.ACUTE_NEEDS:
        return OUTPATIENT
    return CHRONIC if number == illness.CHRONIC_NEED else INPATIENT


@rule
def classify(world: World, person: Person, number: int, word_kind: int, word_severity: int) -> tuple[int, int]:
    """Severity and case group of a new need."""
    rules = world.rules
    u = unit(word_kind)
    v = unit(word_severity)
    category = need_category(number)
    if category == OUTPATIENT:
        return (2 if v < rules.illness.moderate else 1), claims.pick(rules.claims.visit_group_cumulative, u)
    if category == CHRONIC:
        condition = int(u * 4.0)
        while not person.diagnosed & (1 << condition):  # the next diagnosed one, in turn
            condition = (condition + 1) % 4
        return 1, rules.claims.visit_condition_group[condition]
    if u < person.severe_chronic:
        condition = illness.chronic_cause(person, rules.illness, u / person.severe_chronic)
        group = rules.claims.condition_group[condition]
    else:
        rest = (u - person.severe_chronic) / (1.0 - person.severe_chronic)
        woman = person.sex if person.age < 45 else 0
        group = claims.pick(rules.claims.group_cumulative[woman, claims.age_class(person.age)], rest)
    return claims.severity_of(rules.claims, group, v), group


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
def expected_own_stay(world: World, conduct: Conduct, person: Person, episode: Episode, tier: int) -> int:
    """Own payment in fen that a person expects of a stay, from the benefit accounts as they stand now."""
    rules = world.rules
    charge = int(rules.claims.stay_charge[tier] * rules.claims.weight[episode.group] * conduct.price_level)
    covered = part(charge, conduct.covered[tier, INPATIENT])
    return charge - benefit.statutory_stay(rules.benefit, person, tier, covered, episode.referred)


@rule
def price_factor(world: World, conduct: Conduct, person: Person, episode: Episode, tier: int, room: int) -> float:
    """How the own payment expected at a tier weighs; ``room`` is what the fund may still pay for visits."""
    category = episode.category
    sensitivity = QUINTILES if person.price_blind else person.quintile
    if category == INPATIENT:
        own = expected_own_stay(world, conduct, person, episode, tier)
    else:
        if conduct.visit_paid[person.insurance, category, tier] <= room:
            return float(conduct.open_weight[person.insurance, category, sensitivity, tier])
        if room == 0:
            return float(conduct.closed_weight[category, sensitivity, tier])
        own = int(conduct.visit_charge[category, tier]) - room
    return care.price_weight(world.rules.care, category, tier, sensitivity, own / conduct.price_level)


@rule
def open_to(world: World, episode: Episode, tier: int, provider: int) -> bool:
    """Whether an institution is still open to a need: not tried yet, and with beds if a bed is needed."""
    if episode.tried & (1 << tier):
        return False
    return bool(episode.category != INPATIENT or world.providers.capability[provider] > 0)


@rule
def draw_of(episode: Episode) -> int:
    """Index of the draws of the present attempt of a need."""
    return int(episode.number * DRAWS_PER_NEED + episode.attempt)


@rule
def choice_words(world: World, person: Person, episode: Episode) -> tuple[int, int, int]:
    """Three random words: for the choice, for the duty to begin in primary care, for patience."""
    w0, w1, w2, _ = words(world.key, person.key, CHOICE, episode.month, draw_of(episode))
    return w0, w1, w2


@rule
def visit_words(world: World, person: Person, episode: Episode) -> tuple[int, int]:
    """Two random words: for the charge of a visit and for its ending in referral."""
    w0, w1, _, _ = words(world.key, person.key, VISIT, episode.month, draw_of(episode))
    return w0, w1


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
    world: World, conduct: Conduct, person: Person, episode: Episode, month: int, weights: Floats, word: int,
    gate_word: int,
) -> int:  # fmt: skip
    """The tier a person turns to next, or NONE.  ``month`` is now, ``weights`` scratch, [5]; words: `choice_words`."""
    category = episode.category
    lowest = REMOTE if person.away else VILLAGE
    highest = highest_tier(world, person, episode, gate_word)
    room = 0 if category == INPATIENT else benefit.room_for_visits(world.rules.benefit, person, category)
    signed = contracts.signed_in(person, month)
    for tier in range(5):
        weights[tier] = 0.0
        if lowest <= tier <= highest:
            provider = provider_for(world, person, tier)
            if open_to(world, episode, tier, provider):
                if person.away:
                    weight = world.away_weight[category]
                else:
                    weight = world.place_weight[person.village, category, episode.severity - 1, signed, tier]
                weight *= world.queues.wait_weight[provider, category]
                weights[tier] = weight * price_factor(world, conduct, person, episode, tier, room)
    return care.choose(world.rules.care, weights, unit(word))


@rule
def start_episode(episode: Episode, month: int, number: int, severity: int, group: int) -> None:
    """A need becomes an episode of seeking care."""
    episode.month = month
    episode.number = number
    episode.severity = severity
    episode.group = group
    episode.category = need_category(number)
    episode.attempt = 0
    episode.tried = 0
    episode.referred = 0
    episode.overflowed = 0


@rule
def count_need(world: World, person: Person, episode: Episode) -> None:
    """Count a need that was not absorbed."""
    column = NEEDS_INPATIENT if episode.category == INPATIENT else NEEDS
    world.tally.county[person.quintile, column] += 1


@rule
def forgo(world: World, person: Person, episode: Episode) -> None:
    """The need ends without (further) care: count it, and let it weigh on what comes."""
    tally = world.tally.county
    rules = world.rules.illness
    if episode.category == INPATIENT:
        tally[person.quintile, FORGONE_INPATIENT] += 1
        person.neglect += rules.neglect_stay * episode.severity
        if episode.overflowed:
            tally[person.quintile, FORGONE_CAPACITY] += 1
    elif episode.overflowed:
        tally[person.quintile, FORGONE_CAPACITY] += 1
        person.neglect += rules.neglect_visit * episode.severity
    elif not episode.referred:  # who was referred up and does not go has at least been seen
        tally[person.quintile, FORGONE_CHOICE] += 1
        person.neglect += rules.neglect_visit * episode.severity


@rule
def turn_away(world: World, episode: Episode, provider: int) -> None:
    """An institution is too full for this patient's patience; a county hospital sets him free of his group."""
    world.tally.provider[provider, OVERFLOW] += 1
    episode.overflowed = 1
    if world.providers.tier[provider] == COUNTY:
        episode.tried &= ~BOUND


@rule
def refer_up(world: World, episode: Episode, provider: int) -> None:
    """This tier and those below are no longer open; what follows counts as referred."""
    world.tally.provider[provider, REFERRED_UP] += 1
    episode.referred = 1
    episode.tried |= (1 << (world.providers.tier[provider] + 1)) - 1


@rule
def arrive(world: World, person: Person, provider: int, time: float, asked: float, which: int) -> int:
    """Count travel and wait of somebody who is now served; returns the minutes waited.  ``which`` 0 visit, 1 stay."""
    wait = int((time - asked) * MINUTES_A_DAY + 0.5)
    tally = world.tally.provider
    tally[provider, METRES] += int(kilometres(world, person, world.providers.tier[provider]) * 1000.0)
    tally[provider, WAIT_MINUTES] += wait
    if wait > 0:
        tally[provider, WAITED] += 1
    world.queues.wait_sum[provider, which] += wait
    world.queues.wait_count[provider, which] += 1
    return wait


@rule
def visit(world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, time: float, month: int,
          noise: float, referral_word: int) -> bool:  # fmt: skip
    """An outpatient visit at the episode's provider; returns whether it ended in referral up.

    ``noise`` is the random factor of the charge.  A first examination before referral costs a part of a full visit.
    """
    provider = episode.provider
    category = episode.category
    tier = world.providers.tier[provider]
    rules = world.rules
    wait = arrive(world, person, provider, time, episode.asked, 0)
    world.tally.provider[provider, VISITS] += 1
    world.tally.provider[provider, YOUNG_OLD] += person.young_old
    referred_up = bool(episode.severity == 2 and unit(referral_word) < rules.care.refer_visit[tier])
    part_done = rules.claims.referral_charge if referred_up else 1.0
    factor = conduct.price_level * conduct.intensity[tier, category] * world.restraint[provider] * part_done * noise
    charge = claims.visit_charge(rules.claims, category, tier, episode.group, factor)
    write_claim(world, conduct, sink, person, provider, category, episode.group, episode.severity, episode.referred,
                0, wait, charge, time, month)  # fmt: skip
    if referred_up:
        refer_up(world, episode, provider)
    return referred_up


@rule
def visit_later(world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, time: float,
                month: int) -> bool:  # fmt: skip
    """`visit` with its random words drawn now."""
    word, referral_word = visit_words(world, person, episode)
    noise = claims.visit_noise(world.rules.claims, word)
    return visit(world, conduct, sink, person, episode, time, month, noise, referral_word)


@rule
def begin_stay(world: World, conduct: Conduct, person: Person, episode: Episode, time: float) -> float:
    """A bed is taken: draw the stay; returns the time when it ends or its first part does."""
    provider = episode.provider
    tier = world.providers.tier[provider]
    rules = world.rules.claims
    episode.start = time
    arrive(world, person, provider, time, episode.asked, 1)
    world.tally.provider[provider, ADMISSIONS] += 1
    draw = draw_of(episode)
    days, z, u_down = claims.stay_length(rules, world.key, person.key, episode.month, draw, tier)
    intensity = conduct.intensity[tier, INPATIENT] * world.restraint[provider]
    charge, u_return, u_delay = claims.stay_charge(
        rules, world.key, person.key, episode.month, draw, tier, episode.group, z, conduct.price_level * intensity
    )
    episode.days = days
    episode.charge = charge
    likely = rules.return_probability * (1.0 + rules.return_intensity * max(0.0, 1.0 - intensity))
    episode.delay = 1.0 + 29.0 * u_delay if u_return < likely else 0.0
    effort = conduct.effort[person.community]
    down = rules.step_down + rules.step_down_tight * effort
    may_split = COUNTY <= tier <= CITY and days >= rules.step_down_days and not person.away
    episode.splits = 1 if may_split and u_down < down else 0
    county = world.tally.county
    if episode.number >= illness.RETURN_NEED:
        county[person.quintile, READMISSIONS] += 1
    if rules.avoidable[episode.group]:
        county[person.quintile, AVOIDABLE] += 1
    return time + (days * rules.step_down_at if episode.splits else days)


@rule
def bill_stay(world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, charge: int, time: float,
              month: int) -> None:  # fmt: skip
    """The claim of a stay, or of one part of it, closed now."""
    minutes = int((time - episode.start) * MINUTES_A_DAY + 0.5)
    world.tally.provider[episode.provider, BED_MINUTES] += minutes
    days = max(1, math.ceil(time - episode.start))
    wait = int((episode.start - episode.asked) * MINUTES_A_DAY + 0.5)
    write_claim(world, conduct, sink, person, episode.provider, INPATIENT, episode.group, episode.severity,
                episode.referred, days, wait, charge, time, month)  # fmt: skip


@rule
def close_first_part(world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, time: float,
                     month: int) -> int:  # fmt: skip
    """Bill the first part of a stay that goes on elsewhere; returns the charge of it."""
    charge = max(int(episode.charge * world.rules.claims.step_down_at), 100)
    bill_stay(world, conduct, sink, person, episode, charge, time, month)
    return charge


@rule
def recover_in_township(world: World, conduct: Conduct, episode: Episode, township: int, time: float) -> float:
    """The rest of a stay begins in the township centre; returns when it ends."""
    rules = world.rules.claims
    rest = episode.days * (1.0 - rules.step_down_at)
    world.tally.provider[township, REFERRED_DOWN] += 1
    world.tally.provider[township, ADMISSIONS] += 1
    episode.provider = township
    episode.referred = 2
    episode.splits = 0
    episode.start = time
    episode.asked = time
    factor = conduct.price_level * conduct.intensity[TOWNSHIP, INPATIENT] * world.restraint[township]
    episode.charge = max(int(rest * rules.step_down_charge * factor + 0.5), 100)
    return float(time + rest)


@rule
def bed_patience(world: World, u: float) -> float:
    """Days a patient waits for a bed."""
    return world.rules.bed_patience * exponential(u)
