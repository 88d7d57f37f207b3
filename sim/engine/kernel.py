"""The compiled engine: draw the month's needs, put them in time order, run them through the queues.

It is a scheduler: what happens to a person is decided by the rules, most of them in `encounter`.  Events are ordered by
time, then kind, institution and order of joining; `sim.engine.reference` does the same with SimPy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.core.randomness import unit
from sim.core.rules import kernel, prefetch, rule
from sim.county import care, illness
from sim.county.person import LINE
from sim.engine import choosing, encounter, heap
from sim.engine.capacity import update_beds
from sim.engine.draws import (
    BLOCK,
    NEEDS_A_MONTH,
    Draws,
    Needs,
    create_draws,
    create_scratch,
    draw_first_choices,
    draw_needs,
    time_order,
)
from sim.engine.restraint import update_restraint
from sim.engine.sink import Sink, drain
from sim.engine.waits import update_expected
from sim.engine.world import DAYS_IN_MONTH, DAYS_IN_YEAR, MONTH_START, NEED, Conduct, World
from sim.tables import INPATIENT, TOWNSHIP, Claims, Ints

Row = Any

# kinds of waiting events, in the order in which they happen at one instant; arrivals of new needs come last
STAY_ENDS, SLOT_COMES, RETURNS, PATIENCE_ENDS = range(4)
ROW_MASK = 0xFFFFFF
AHEAD = 8  # needs by which memory is asked for in advance: some hundred nanoseconds
HEAP_SLACK = 8  # waiting events one event can lead to, at most: fewer than this
SINK_SLACK = 8  # claims one event can lead to, at most: one a tier, and a second part of a stay


@rule
def order_of(world: World, kind: int, provider: int) -> int:
    """Order among events of one instant: kind, then institution, then order of pushing."""
    return (kind << 58) | (provider << 36) | int(world.heap.size[1])


@rule
def what_of(kind: int, row: int, token: int) -> int:
    """An event packed into one integer: 30 bits of token, 4 of kind, 24 of row.

    For the end of patience the token is the person's; for a return it holds the row's tenant, case group and severity.
    """
    return ((token & 0x3FFFFFFF) << 28) | (kind << 24) | row


@rule
def set_busy(person: Row, state: int) -> None:
    """Change what a person is busy with; events with the old token are then outdated."""
    person.busy = state
    person.token = (person.token + 1) & 0x3FFFFFFF


# --- queues for beds -------------------------------------------------------------------------------------------------
@rule
def join_queue(world: World, row: int, provider: int) -> None:
    """Put a person at the end of the queue for a bed."""
    queues = world.queues
    tail = queues.tail[provider]
    world.episodes[row].previous = tail
    world.episodes[row].next = -1
    if tail < 0:
        queues.head[provider] = row
    else:
        world.episodes[tail].next = row
    queues.tail[provider] = row


@rule
def leave_queue(world: World, row: int, provider: int) -> None:
    """Take a person out of the queue for a bed, wherever he stands."""
    queues = world.queues
    before = world.episodes[row].previous
    after = world.episodes[row].next
    if before < 0:
        queues.head[provider] = after
    else:
        world.episodes[before].next = after
    if after < 0:
        queues.tail[provider] = before
    else:
        world.episodes[after].previous = before


@rule
def take_bed(world: World, conduct: Conduct, row: int, time: float) -> None:
    """A person takes a bed of the episode's provider."""
    person = world.residents[row]
    episode = world.episodes[row]
    provider = episode.provider
    world.queues.occupied[provider] += 1
    set_busy(person, encounter.IN_BED)
    end = encounter.begin_stay(world, conduct, person, episode, time)
    heap.push(world.heap, end, order_of(world, STAY_ENDS, provider), what_of(STAY_ENDS, row, 0))


@rule
def free_bed(world: World, conduct: Conduct, provider: int, time: float) -> None:
    """A bed becomes free and goes to the first person waiting, unless there are fewer beds now."""
    world.queues.occupied[provider] -= 1
    row = world.queues.head[provider]
    if row >= 0 and world.queues.occupied[provider] < world.queues.beds[provider]:
        leave_queue(world, row, provider)
        take_bed(world, conduct, row, time)


# --- seeking care ----------------------------------------------------------------------------------------------------
@rule
def ask_for_bed(world: World, conduct: Conduct, row: int, time: float, u: float) -> None:
    """Take a bed or join the queue for one, with limited patience."""
    episode = world.episodes[row]
    provider = episode.provider
    episode.asked = time
    if world.queues.occupied[provider] < world.queues.beds[provider]:
        take_bed(world, conduct, row, time)
        return
    person = world.residents[row]
    set_busy(person, encounter.WAITING_BED)
    join_queue(world, row, provider)
    heap.push(
        world.heap,
        time + encounter.bed_patience(world, u),
        order_of(world, PATIENCE_ENDS, provider),
        what_of(PATIENCE_ENDS, row, person.token),
    )


@rule
def ask_for_slot(
    world: World, conduct: Conduct, sink: Sink, row: int, time: float, month: int, draws: Draws, at: int
) -> bool:
    """See a doctor today or get a later day; returns whether the person must look further."""
    person = world.residents[row]
    episode = world.episodes[row]
    provider = episode.provider
    queues = world.queues
    today = int(time)
    days = care.quoted_days(
        today, queues.book_day[provider], queues.book_used[provider], world.providers.slots[provider]
    )
    if days > world.rules.outpatient_patience:
        encounter.turn_away(world, episode, provider)
        return True
    day, used = care.book_day(today, days, queues.book_day[provider], queues.book_used[provider])
    queues.book_day[provider] = day
    queues.book_used[provider] = used
    episode.asked = time
    if days == 0:
        if at >= 0 and episode.attempt == 1:
            luck = draws.noise[at], draws.referral[at]
            return encounter.visit(world, conduct, sink, person, episode, time, month, luck)
        return encounter.visit_later(world, conduct, sink, person, episode, time, month)
    set_busy(person, encounter.WAITING_SLOT)
    heap.push(world.heap, float(day), order_of(world, SLOT_COMES, provider), what_of(SLOT_COMES, row, 0))
    return False


@rule
def seek(world: World, conduct: Conduct, sink: Sink, row: int, time: float, month: int, draws: Draws, at: int) -> None:
    """Try one tier after another until care is found, waited for, or given up.

    ``at`` is the number of the need whose first draws lie ready in ``draws``; -1 if none do.
    """
    person = world.residents[row]
    episode = world.episodes[row]
    further = True
    while further:
        if at >= 0 and episode.attempt == 0:
            word, gate_word, patience_word = draws.choice[at], draws.gate[at], draws.patience[at]
        else:
            word, gate_word, patience_word = encounter.choice_words(world, person, episode)
        tier = choosing.choose_tier(world, conduct, person, episode, month, draws.weights, word, gate_word)
        if tier == care.NONE:
            encounter.forgo(world, person, episode)
            return
        provider = choosing.provider_for(world, person, tier)
        episode.attempt += 1
        episode.provider = provider
        episode.tried |= 1 << tier
        further = False
        if episode.category != INPATIENT:
            further = ask_for_slot(world, conduct, sink, row, time, month, draws, at)
        elif episode.severity > world.providers.capability[provider]:
            encounter.refer_up(world, episode, provider)
            further = True
        else:
            ask_for_bed(world, conduct, row, time, unit(patience_word))


# --- what waits for its time -----------------------------------------------------------------------------------------
@rule
def end_stay(world: World, conduct: Conduct, sink: Sink, row: int, time: float, month: int) -> None:
    """A stay ends, or its first part does and the patient recovers nearer home if a bed is free there."""
    person = world.residents[row]
    episode = world.episodes[row]
    provider = episode.provider
    township = choosing.provider_for(world, person, TOWNSHIP)
    if episode.splits and world.queues.occupied[township] >= world.queues.beds[township]:
        episode.splits = 0  # no bed down there: the rest of the stay is spent here
        heap.push(
            world.heap, episode.start + episode.days, order_of(world, STAY_ENDS, provider), what_of(STAY_ENDS, row, 0)
        )
        return
    if episode.splits:
        encounter.close_first_part(world, conduct, sink, person, episode, time, month)
        end = encounter.recover_in_township(world, conduct, episode, township, time)
        world.queues.occupied[township] += 1
        heap.push(world.heap, end, order_of(world, STAY_ENDS, township), what_of(STAY_ENDS, row, 0))
    else:
        encounter.bill_stay(world, conduct, sink, person, episode, episode.charge, time, month)
        set_busy(person, encounter.FREE)
        if episode.delay > 0.0:
            what = what_of(RETURNS, row, (person.tenant << 16) | (episode.group << 2) | episode.severity)
            heap.push(world.heap, time + episode.delay, order_of(world, RETURNS, provider), what)
    free_bed(world, conduct, provider, time)


@rule
def begin_need(world: World, row: int, month: int, number: int, severity: int, group: int) -> bool:
    """A need begins, unless the person is in care or waiting (absorbed); returns whether to seek care."""
    person = world.residents[row]
    if person.busy:
        world.tally.county[person.quintile, encounter.ABSORBED] += 1
        return False
    encounter.start_episode(world.episodes[row], month, number, severity, group)
    encounter.count_need(world, person, world.episodes[row])
    return True


@rule
def happen(world: World, conduct: Conduct, sink: Sink, time: float, what: int, month: int) -> bool:
    """One waiting event, unless it is outdated; returns whether the person now seeks (further) care."""
    row = what & ROW_MASK
    kind = (what >> 24) & 0xF
    token = what >> 28
    person = world.residents[row]
    episode = world.episodes[row]
    if kind == STAY_ENDS:
        end_stay(world, conduct, sink, row, time, month)
        return False
    if kind == SLOT_COMES:
        set_busy(person, encounter.FREE)
        return encounter.visit_later(world, conduct, sink, person, episode, time, month)
    if kind == RETURNS:
        if not person.alive or person.tenant != token >> 16:
            return False
        number = illness.RETURN_NEED + min(person.stays, 20)
        return begin_need(world, row, month, number, token & 3, (token >> 2) & 0x3FFF)
    if person.token != token:
        return False
    leave_queue(world, row, episode.provider)
    encounter.turn_away(world, episode, episode.provider)
    set_busy(person, encounter.FREE)
    return True


# --- a month ---------------------------------------------------------------------------------------------------------
@kernel
def run_events(
    world: World,
    conduct: Conduct,
    sink: Sink,
    needs: Needs,
    first: int,
    month: int,
    end: float,
    draws: Draws,
) -> int:
    """All events before ``end`` in time order, from need number ``first`` on.

    Returns the number of the next need, or -1 when the month is done; stops early when the sink or the heap is nearly
    full.
    """
    queue = world.heap
    at = first
    room = len(sink.rows) - SINK_SLACK
    room_in_heap = len(queue.time) - HEAP_SLACK
    while sink.size[0] < room and queue.size[0] < room_in_heap:
        soonest = queue.time[0] if queue.size[0] > 0 else math.inf
        arriving = needs[at].time if at < len(needs) else math.inf
        if soonest >= end and arriving >= end:
            return -1
        ready = -1
        if soonest <= arriving:
            what = heap.pop(queue)
            row = what & ROW_MASK
            seeks = happen(world, conduct, sink, soonest, what, month)
        else:
            need = needs[at]
            row = need.row
            seeks = begin_need(world, row, month, need.number, need.severity, need.group)
            ready = at
            at += 1
            if at + AHEAD < len(needs):
                coming = needs[at + AHEAD].row
                prefetch(world.residents, coming, 0)  # read and written where care is forgone
                prefetch(world.residents, coming, LINE)  # the line that every event reads and writes
                prefetch(world.episodes, coming, 0)
        if seeks:
            seek(world, conduct, sink, row, min(soonest, arriving), month, draws, ready)
    return at


def run_month(
    world: World, conduct: Conduct, sink: Sink, month: int, needs: Needs
) -> tuple[World, list[Claims], Needs]:
    """One month; returns the world, the single claims written, in time order, and the buffer for needs.

    Heap and buffer are longer than before if the month needed more room.
    """
    start = float(month // 12 * DAYS_IN_YEAR + MONTH_START[month % 12])
    length = float(DAYS_IN_MONTH[month % 12])
    scratch = create_scratch()
    begin_month(world, conduct, month)
    world = open_beds(world, conduct, start)
    used, row = 0, 0
    while row < len(world.residents):
        used, row = draw_needs(world, needs, used, row, month, start, length, scratch)
        if row < len(world.residents):
            needs = np.concatenate([needs, np.zeros(len(needs) // 2 + BLOCK * NEEDS_A_MONTH, dtype=NEED)])
    ordered = np.empty(used + 1, dtype=NEED)
    time_order(needs, used, ordered, np.zeros(used // 2 + 2, dtype=np.int64), start, length)
    ordered = ordered[:used]
    draws = create_draws(used)
    draw_first_choices(world, ordered, month, scratch, draws)
    written = []
    at = 0
    while at >= 0:
        at = run_events(world, conduct, sink, ordered, at, month, start + length, draws)
        written.append(drain(sink))
        if world.heap.size[0] >= len(world.heap.time) - HEAP_SLACK:
            world = world._replace(heap=heap.grow(world.heap, 2 * len(world.heap.time)))
    return world, written, needs


@kernel
def begin_month(world: World, conduct: Conduct, month: int) -> None:
    """What is done at a month's start, compiled."""
    update_expected(world)
    update_restraint(world, conduct, month)
    update_beds(world, month)


def open_beds(world: World, conduct: Conduct, start: float) -> World:
    """Give beds that are new this month to those who wait; returns the world, with room for the ends of their stays."""
    queues = world.queues
    free = np.where(queues.head >= 0, queues.beds - queues.occupied, 0)
    if not (free > 0).any():
        return world
    free = np.clip(free, 0, len(world.residents))
    if world.heap.size[0] + int(free.sum()) >= len(world.heap.time) - HEAP_SLACK:
        world = world._replace(heap=heap.grow(world.heap, 2 * len(world.heap.time) + int(free.sum())))
    take_beds(world, conduct, free, start)
    return world


@kernel
def take_beds(world: World, conduct: Conduct, free: Ints, start: float) -> None:
    """The first who wait at each institution take its free beds."""
    for provider in range(len(free)):
        for _ in range(free[provider]):
            row = world.queues.head[provider]
            if row < 0:
                break
            leave_queue(world, row, provider)
            take_bed(world, conduct, row, start)
