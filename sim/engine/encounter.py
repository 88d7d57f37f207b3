"""One person meets one institution: the steps both engines share, none of which schedules anything.

``person`` and ``episode`` are rows of structured arrays in the kernel and Python objects in the reference.
"""

from __future__ import annotations

from sim.core.randomness import CHOICE, VISIT, exponential, unit, words
from sim.core.rules import rule
from sim.county import illness
from sim.county.claims.rules import stay_charge, stay_length, visit_charge, visit_noise
from sim.county.person import Person
from sim.engine.choosing import BOUND, TURNED_AWAY, Episode, kilometres
from sim.engine.needs import DRAWS_PER_NEED, need_category
from sim.engine.sink import Sink, minutes_between, write_claim
from sim.engine.world import Conduct, World
from sim.tables import CITY, COUNTY, INPATIENT, TOWNSHIP

FREE, WAITING_SLOT, WAITING_BED, IN_BED = range(4)

# columns of the tallies (see sim.tables)
VISITS, ADMISSIONS, BED_MINUTES, WAIT_MINUTES, WAITED, OVERFLOW, REFERRED_UP, REFERRED_DOWN, METRES, YOUNG_OLD = range(
    10
)
NEEDS, NEEDS_INPATIENT, FORGONE_CHOICE, FORGONE_CAPACITY, FORGONE_INPATIENT, ABSORBED, AVOIDABLE, READMISSIONS = range(
    8
)


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


@rule
def count_need(world: World, person: Person, episode: Episode) -> None:
    """Count a need that was not absorbed."""
    column = NEEDS_INPATIENT if episode.category == INPATIENT else NEEDS
    world.tally.county[person.quintile, column] += 1


@rule
def forgo(world: World, person: Person, episode: Episode) -> None:
    """A need ends without (further) care: count it, and add it to the person's neglect, which raises later needs."""
    tally = world.tally.county
    rules = world.rules.illness
    if episode.category == INPATIENT:
        tally[person.quintile, FORGONE_INPATIENT] += 1
        person.neglect += rules.neglect_stay * episode.severity
        if episode.tried & TURNED_AWAY:
            tally[person.quintile, FORGONE_CAPACITY] += 1
    elif episode.tried & TURNED_AWAY:
        tally[person.quintile, FORGONE_CAPACITY] += 1
        person.neglect += rules.neglect_visit * episode.severity
    elif not episode.referred:  # who was referred up and does not go has at least been seen
        tally[person.quintile, FORGONE_CHOICE] += 1
        person.neglect += rules.neglect_visit * episode.severity


@rule
def turn_away(world: World, episode: Episode, provider: int) -> None:
    """An institution is too full for this patient's patience; a county hospital sets him free of his group."""
    world.tally.provider[provider, OVERFLOW] += 1
    episode.tried |= TURNED_AWAY
    if world.providers.tier[provider] == COUNTY:
        episode.tried &= ~BOUND


@rule
def refer_up(world: World, episode: Episode, provider: int) -> None:
    """Refer a person up: this tier and those below are closed to the need, and later care counts as referred."""
    world.tally.provider[provider, REFERRED_UP] += 1
    episode.referred = 1
    episode.tried |= (1 << (world.providers.tier[provider] + 1)) - 1


@rule
def arrive(world: World, person: Person, provider: int, time: float, asked: float, which: int) -> None:
    """Count travel and wait of a person who is served now; ``which`` is 0 for a visit, 1 for a stay."""
    wait = minutes_between(asked, time)
    tally = world.tally.provider
    tally[provider, METRES] += int(kilometres(world, person, world.providers.tier[provider]) * 1000.0)
    tally[provider, WAIT_MINUTES] += wait
    if wait > 0:
        tally[provider, WAITED] += 1
    world.queues.wait_sum[provider, which] += wait
    world.queues.wait_count[provider, which] += 1


@rule
def visit(
    world: World,
    conduct: Conduct,
    sink: Sink,
    person: Person,
    episode: Episode,
    time: float,
    month: int,
    luck: tuple[float, int],
) -> bool:
    """An outpatient visit at the episode's provider; returns whether it ended in referral up.

    ``luck`` is the random factor of the charge, and the random word that decides on referral.  A first examination
    before referral costs a part of a full visit.
    """
    noise, referral_word = luck
    provider = episode.provider
    category = episode.category
    tier = world.providers.tier[provider]
    rules = world.rules
    arrive(world, person, provider, time, episode.asked, 0)
    world.tally.provider[provider, VISITS] += 1
    world.tally.provider[provider, YOUNG_OLD] += person.young_old
    referred_up = bool(episode.severity == 2 and unit(referral_word) < rules.care.refer_visit[tier])
    part_done = rules.claims.referral_charge if referred_up else 1.0
    factor = conduct.price_level * conduct.intensity[tier, category] * world.restraint[provider] * part_done * noise
    charge = visit_charge(rules.claims, category, tier, episode.group, factor)
    write_claim(world, conduct, sink, person, episode, charge, time, month)
    if referred_up:
        refer_up(world, episode, provider)
    return referred_up


@rule
def visit_later(
    world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, time: float, month: int
) -> bool:
    """`visit`, for which the random words are drawn now."""
    word, referral_word = visit_words(world, person, episode)
    noise = visit_noise(world.rules.claims, word)
    return visit(world, conduct, sink, person, episode, time, month, (noise, referral_word))


@rule
def begin_stay(world: World, conduct: Conduct, person: Person, episode: Episode, time: float) -> float:
    """A bed is taken: draw the stay; returns the time when it ends or its first part does."""
    provider = episode.provider
    tier = world.providers.tier[provider]
    rules = world.rules.claims
    episode.start = time
    episode.admitted = tier
    arrive(world, person, provider, time, episode.asked, 1)
    world.tally.provider[provider, ADMISSIONS] += 1
    draw = draw_of(episode)
    group, severity = episode.group, episode.severity - 1
    mean = rules.stay_days[tier] * rules.length[group, severity]
    days, z, u_down = stay_length(rules, world.key, person.key, episode.month, draw, mean, rules.days_sigma[group])
    intensity = conduct.intensity[tier, INPATIENT] * world.restraint[provider]
    level = rules.stay_charge[tier] * rules.weight[group] * rules.severity_charge[group, severity]
    level *= conduct.price_level * intensity
    charge, u_return, u_delay = stay_charge(
        rules, world.key, person.key, episode.month, draw, z, level, rules.stay_sigma[group]
    )
    episode.days = days
    episode.charge = charge
    quality = world.rules.illness.return_factor[person.quintile]
    likely = quality * rules.return_probability * (1.0 + rules.return_intensity * max(0.0, 1.0 - intensity))
    episode.delay = 1.0 + 29.0 * u_delay if u_return < likely else 0.0
    effort = conduct.effort[person.community]
    down = rules.step_down + rules.step_down_tight * effort
    may_split = COUNTY <= tier <= CITY and days >= rules.step_down_days and not person.away
    episode.splits = 1 if may_split and u_down < down else 0
    if not conduct.holding:
        group_of = rules.condition_group
        illness.find(person, world.rules.illness, episode.group, group_of, world.key, episode.month, draw)
    county = world.tally.county
    if episode.number >= illness.RETURN_NEED:
        county[person.quintile, READMISSIONS] += 1
    if rules.avoidable[episode.group]:
        county[person.quintile, AVOIDABLE] += 1
    return time + (days * rules.step_down_at if episode.splits else days)


@rule
def bill_stay(
    world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, charge: int, time: float, month: int
) -> None:
    """Bill a stay, or a part of one, that ends now; ``charge`` in fen."""
    world.tally.provider[episode.provider, BED_MINUTES] += minutes_between(episode.start, time)
    person.recent = 1.0
    write_claim(world, conduct, sink, person, episode, charge, time, month)


@rule
def close_first_part(
    world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, time: float, month: int
) -> int:
    """Bill the first part of a stay that goes on elsewhere; returns its charge in fen."""
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
