"""The readable engine: SimPy processes for residents, SimPy resources for beds and slots.

It calls the same rules as the kernel and gives the same claims, column by column.  The comparison proves
scheduling and accumulation: who is served when, in which order, with which accounts.  It is hundreds of times slower.
"""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappush
from typing import Any

import numpy as np
import simpy

from sim.core.randomness import MONTH_NEEDS, NEED_TIME, unit, words
from sim.county import care, illness
from sim.county.person import Person
from sim.engine import choosing, encounter
from sim.engine.capacity import update_beds
from sim.engine.needs import classify
from sim.engine.restraint import update_restraint
from sim.engine.sink import Sink, drain
from sim.engine.waits import update_expected
from sim.engine.world import DAYS_IN_MONTH, DAYS_IN_YEAR, EPISODE, MONTH_START, Conduct, World
from sim.tables import INPATIENT, TOWNSHIP, Claims

Process = Generator[simpy.Event, Any, Any]
Need = tuple[float, int, int, int]
"""Time, number in the month, severity, case group."""

# What comes first at one instant: SimPy's own events (0 and 1), a month's start, departures, the new day's slots,
# unplanned returns, the end of somebody's patience, new needs.
MONTH_STARTS, STAY_ENDS, DAY_STARTS, RETURNS, PATIENCE_ENDS, NEED_ARISES = range(10, 16)


class Calendar(simpy.Environment):
    """A SimPy environment with absolute times, because now + (t - now) need not equal t in the last bit."""

    def at(self, time: float, priority: int) -> simpy.Event:
        """An event that happens at ``time``, before events of larger priority number at the same instant."""
        event = simpy.Event(self)
        event._ok = True
        event._value = None
        heappush(self._queue, (time, priority, next(self._eid), event))  # type: ignore[misc]
        return event


class Beds(simpy.Resource):
    """The beds of an institution, whose number changes from month to month."""

    def change(self, number: int) -> None:
        """Have so many beds from now on; new ones go to those who wait, fewer are filled as patients leave."""
        self._capacity = max(1, number)
        self._trigger_put(None)


class Episode:
    """A need on its way through care: the attributes of a row of `EPISODE` that rules use."""

    month: int
    number: int
    severity: int
    group: int
    category: int
    attempt: int
    tried: int
    referred: int

    def __init__(self, month: int, number: int, severity: int, group: int) -> None:
        self.provider = -1
        self.asked = self.start = self.days = self.delay = 0.0
        self.charge = self.splits = self.admitted = 0
        encounter.start_episode(self, month, number, severity, group)


class County:
    """The county as SimPy processes.  ``world`` holds rules, tallies and, between years, the persons."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calendar = Calendar()
        self.beds = [Beds(self.calendar, capacity=max(1, int(n))) for n in world.queues.beds]
        self.slots = [simpy.Container(self.calendar, init=int(n), capacity=int(n)) for n in world.providers.slots]
        self.people: list[Person] = []
        self.episodes: dict[int, Episode] = {}  # row of a busy person -> his episode
        self.month = 0
        self.weights = np.zeros(5)
        self.conduct: Conduct
        self.sink: Sink
        self.calendar.process(self.days())

    # --- processes ---------------------------------------------------------------------------------------------------
    def days(self) -> Process:
        """Every morning each institution has its full number of slots again; those who wait are seen in order."""
        day = 1
        while True:
            yield self.calendar.at(float(day), DAY_STARTS)
            for slots in self.slots:
                if slots.level < slots.capacity:
                    slots.put(slots.capacity - slots.level)
            day += 1

    def meet(self, person: Person, row: int, need: Need) -> Process:
        """A need arises; it is absorbed when the resident is in care already or waits for it."""
        time, number, severity, group = need
        yield self.calendar.at(time, NEED_ARISES)
        yield from self.unless_busy(person, row, Episode(self.month, number, severity, group))

    def unless_busy(self, person: Person, row: int, episode: Episode) -> Process:
        """Follow a new episode, or count it as absorbed."""
        if person.busy:
            self.world.tally.county[person.quintile, encounter.ABSORBED] += 1
        else:
            yield from self.follow(person, row, episode)

    def come_back(self, person: Person, row: int, before: Episode) -> Process:
        """An unplanned return some days after a discharge."""
        yield self.calendar.at(self.calendar.now + before.delay, RETURNS)
        if person.alive:
            number = illness.RETURN_NEED + min(person.stays, 20)
            yield from self.unless_busy(person, row, Episode(self.month, number, before.severity, before.group))

    def follow(self, person: Person, row: int, episode: Episode) -> Process:
        """A need is followed from one institution to the next until it is met or given up."""
        encounter.count_need(self.world, person, episode)
        self.episodes[row] = episode
        further = True
        while further:
            word, gate_word, patience_word = encounter.choice_words(self.world, person, episode)
            tier = choosing.choose_tier(
                self.world, self.conduct, person, episode, self.month, self.weights, word, gate_word
            )
            if tier == care.NONE:
                encounter.forgo(self.world, person, episode)
                return
            episode.attempt += 1
            episode.tried |= 1 << tier
            episode.provider = int(choosing.provider_for(self.world, person, tier))
            if episode.category != INPATIENT:
                further = yield from self.see_doctor(person, episode)
            elif episode.severity > self.world.providers.capability[episode.provider]:
                encounter.refer_up(self.world, episode, episode.provider)
            else:
                further = yield from self.be_admitted(person, row, episode, unit(patience_word))

    def see_doctor(self, person: Person, episode: Episode) -> Process:
        """A visit today, or on the first free day within patience; returns whether the person must look further."""
        slots = self.slots[episode.provider]
        wait = 0 if slots.level > 0 else 1 + len(slots.get_queue) // int(slots.capacity)
        if wait > self.world.rules.outpatient_patience:
            encounter.turn_away(self.world, episode, episode.provider)
            return True
        episode.asked = self.calendar.now
        turn = slots.get(1)
        if not turn.triggered:
            person.busy = encounter.WAITING_SLOT
            yield turn
            person.busy = encounter.FREE
        return encounter.visit_later(
            self.world, self.conduct, self.sink, person, episode, self.calendar.now, self.month
        )

    def be_admitted(self, person: Person, row: int, episode: Episode, u: float) -> Process:
        """Wait for a bed as long as patience lasts, then stay; returns whether the person must look further."""
        episode.asked = self.calendar.now
        beds = self.beds[episode.provider]
        bed = beds.request()
        if not bed.triggered:
            person.busy = encounter.WAITING_BED
            patience = self.calendar.at(self.calendar.now + encounter.bed_patience(self.world, u), PATIENCE_ENDS)
            yield bed | patience
            if not bed.triggered:
                bed.cancel()
                encounter.turn_away(self.world, episode, episode.provider)
                person.busy = encounter.FREE
                return True
        person.busy = encounter.IN_BED
        end = encounter.begin_stay(self.world, self.conduct, person, episode, self.calendar.now)
        yield self.calendar.at(end, STAY_ENDS)
        if episode.splits:
            beds, bed = yield from self.step_down(person, episode, beds, bed)
        encounter.bill_stay(
            self.world, self.conduct, self.sink, person, episode, episode.charge, self.calendar.now, self.month
        )
        person.busy = encounter.FREE
        beds.release(bed)
        if episode.delay > 0.0:
            self.calendar.process(self.come_back(person, row, episode))
        return False

    def step_down(self, person: Person, episode: Episode, beds: simpy.Resource, bed: Any) -> Process:
        """The rest of a stay in the township centre if a bed is free there, else where it began."""
        township = int(choosing.provider_for(self.world, person, TOWNSHIP))
        below = self.beds[township]
        if below.count >= below.capacity or self.world.queues.beds[township] == 0:
            episode.splits = 0
            yield self.calendar.at(episode.start + episode.days, STAY_ENDS)
            return beds, bed
        encounter.close_first_part(self.world, self.conduct, self.sink, person, episode, self.calendar.now, self.month)
        end = encounter.recover_in_township(self.world, self.conduct, episode, township, self.calendar.now)
        bed_below = below.request()
        beds.release(bed)
        yield self.calendar.at(end, STAY_ENDS)
        return below, bed_below

    # --- a month, a year ---------------------------------------------------------------------------------------------
    def needs_of(self, person: Person, start: float, length: float) -> list[Need]:
        """The needs of one resident's month, from his own draws."""
        world = self.world
        drawn = words(world.key, person.key, MONTH_NEEDS, self.month, 0)
        acute, chronic, severe = illness.needs_of_month(person, world.rules.illness, *drawn[:3])
        numbers = [*range(acute), *[illness.CHRONIC_NEED] * chronic, *[illness.SEVERE_NEED] * severe]
        needs = []
        for number in numbers:
            high, low, kind, severity = words(world.key, person.key, NEED_TIME, self.month, number)
            time = illness.time_of_need(start, length, high, low)
            needs.append((time, number, *classify(world, person, number, kind, severity)))
        return needs

    def run_month(self, month: int) -> Claims:
        """One month; returns the single claims written."""
        self.month = month
        start = float(month // 12 * DAYS_IN_YEAR + MONTH_START[month % 12])
        length = float(DAYS_IN_MONTH[month % 12])
        update_expected(self.world)
        update_restraint(self.world, self.conduct, month)
        self.world.queues.occupied[:] = [beds.count for beds in self.beds]
        update_beds(self.world, month)
        for beds, number in zip(self.beds, self.world.queues.beds.tolist(), strict=True):
            beds.change(number)
        for row, person in enumerate(self.people):
            if person.alive:
                for need in sorted(self.needs_of(person, start, length)):
                    self.calendar.process(self.meet(person, row, need))
        self.calendar.run(until=self.calendar.at(start + length, MONTH_STARTS))
        return drain(self.sink)

    def load_people(self) -> None:
        """Persons of the new year from the array: the living keep their objects, newborns get new ones."""
        for row, record in enumerate(self.world.residents):
            if row < len(self.people) and self.people[row].tenant == record["tenant"]:
                self.people[row].__init__(record)  # type: ignore[misc]
            elif row < len(self.people):
                self.people[row].alive = 0
                self.people[row] = Person(record)
            else:
                self.people.append(Person(record))

    def store_people(self) -> None:
        """Persons back into the array, and the episodes of those in care."""
        for row, person in enumerate(self.people):
            self.world.residents[row] = person.as_row()
            if person.busy:
                episode = self.episodes[row]
                for name in EPISODE.names or ():
                    if hasattr(episode, name):
                        self.world.episodes[row][name] = getattr(episode, name)
