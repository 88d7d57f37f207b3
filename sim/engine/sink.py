"""Where bills go: shared out, carried into the person's accounts, summed, and (stays) written as single claims."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.rules import rule
from sim.core.units import part
from sim.county import benefit, family_doctors
from sim.county.claims.rules import variable_cost
from sim.county.person import Person
from sim.engine.choosing import Episode
from sim.engine.world import DAYS_IN_YEAR, Conduct, World
from sim.tables import INPATIENT, RESIDENT_INSURED, Claims, Ints

MINUTES_A_DAY = 1440.0


class Bill(NamedTuple):
    """A bill and its parts, fen."""

    charge: int
    covered: int
    """Within the catalogue."""
    statutory: int
    catastrophic: int
    assistance: int
    patient: int
    cost: int
    """The provider's variable cost."""
    signed: int
    """1: the person had a family doctor."""


class Sink(NamedTuple):
    """Where single claims go: rows in the order of `Claims`, ``size[0]`` of them used."""

    rows: Ints
    size: Ints
    single_visits: bool
    """Whether outpatient claims are written singly too, not only summed."""


def create_sink(capacity: int, single_visits: bool) -> Sink:
    """An empty sink for ``capacity`` claims."""
    return Sink(np.empty((capacity, len(Claims._fields)), dtype=np.int64), np.zeros(1, dtype=np.int64), single_visits)


def drain(sink: Sink) -> Claims:
    """The claims written so far, as a table; empties the sink."""
    used = sink.rows[: sink.size[0]].T.copy()
    sink.size[0] = 0
    return Claims(*used)


@rule
def minutes_between(start: float, end: float) -> int:
    """Whole minutes between two times in days."""
    return int((end - start) * MINUTES_A_DAY + 0.5)


@rule
def write_claim(
    world: World, conduct: Conduct, sink: Sink, person: Person, episode: Episode, charge: int, time: float, month: int
) -> None:
    """Share the bill, carry it into the person's accounts, and record it: visits in sums, stays as single claims.

    Args:
        world: with the rules and the tallies.
        conduct: what providers and communities do because of the money.
        sink: where single claims go.
        person: who is billed.
        episode: of the visit, or of the stay (or the part of one) that ends now.
        charge: fen.
        time: days since the start of year 0.
        month: months since then.
    """
    rules = world.rules
    provider, category = episode.provider, episode.category
    tier = world.providers.tier[provider]
    covered = part(charge, conduct.covered[tier, category])
    statutory, catastrophic, assistance, patient = benefit.share_bill(
        rules.benefit, person, category, tier, charge, covered, episode.referred
    )
    benefit.count_own(rules.benefit, person, covered - statutory - catastrophic - assistance)
    benefit.accumulate(person, category, charge, covered, statutory, assistance, patient, episode.referred)
    cost = variable_cost(rules.claims, tier, charge)
    signed = family_doctors.signed_in(person, month)
    count_bill(world, person, episode, charge, statutory, month)
    if category != INPATIENT:
        cell = world.tally.cells[provider, person.community, person.insurance, category, episode.group, signed]
        cell[0] += 1
        cell[1] += minutes_between(episode.asked, time)
        cell[2] += charge
        cell[3] += covered
        cell[4] += statutory
        cell[5] += catastrophic
        cell[6] += assistance
        cell[7] += patient
        cell[8] += cost
        if not sink.single_visits:
            return
    bill = Bill(charge, covered, statutory, catastrophic, assistance, patient, cost, signed)
    write_row(world, sink, person, episode, bill, time, month)


@rule
def count_bill(world: World, person: Person, episode: Episode, charge: int, statutory: int, month: int) -> None:
    """Add a bill and its statutory part, fen, to the sums over all bills: billed, settled, spent."""
    billed = world.tally.billed[month % 12, episode.provider, person.insurance]
    billed[0] += charge
    billed[1] += statutory
    if statutory > 0:
        settled = world.tally.settled[person.insurance, episode.category]
        settled[0] += 1
        settled[1] += charge
        if person.insurance == RESIDENT_INSURED:
            world.tally.spent[person.community] += statutory


@rule
def write_row(world: World, sink: Sink, person: Person, episode: Episode, bill: Bill, time: float, month: int) -> None:
    """Write a single claim, a row in the order of `Claims`; a visit begins when it is billed, and has no days."""
    provider = episode.provider
    stay = episode.category == INPATIENT
    start = episode.start if stay else time
    row = sink.rows[sink.size[0]]
    sink.size[0] += 1
    row[0] = 1
    row[1] = int(time) // DAYS_IN_YEAR
    row[2] = month % 12
    row[3] = int(time) % DAYS_IN_YEAR
    row[4] = person.key
    row[5] = provider
    row[6] = world.providers.tier[provider]
    row[7] = world.providers.community[provider]
    row[8] = person.community
    row[9] = person.insurance
    row[10] = episode.category
    row[11] = episode.group
    row[12] = episode.severity
    row[13] = episode.referred
    row[14] = max(1, math.ceil(time - start)) if stay else 0
    row[15] = minutes_between(episode.asked, start)
    row[16] = bill.charge
    row[17] = bill.covered
    row[18] = bill.statutory
    row[19] = bill.catastrophic
    row[20] = bill.assistance
    row[21] = bill.patient
    row[22] = bill.cost
    row[23] = bill.signed
    row[24] = episode.admitted if stay else row[6]
