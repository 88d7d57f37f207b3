"""Where bills go: shared out, carried into the person's accounts, summed, and written singly if they are to be kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.rules import rule
from sim.core.units import part
from sim.county import benefit, family_doctors
from sim.county.claims.rules import variable_cost
from sim.county.person import Person
from sim.engine.world import DAYS_IN_YEAR, Conduct, World
from sim.tables import INPATIENT, RESIDENT_INSURED, Claims, Ints


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
def write_claim(
    world: World,
    conduct: Conduct,
    sink: Sink,
    person: Person,
    provider: int,
    category: int,
    group: int,
    severity: int,
    referred: int,
    days: int,
    wait: int,
    charge: int,
    time: float,
    month: int,
) -> None:
    """Share the bill, carry it into the person's accounts, and record it: visits in sums, stays singly."""
    rules = world.rules
    tier = world.providers.tier[provider]
    covered = part(charge, conduct.covered[tier, category])
    statutory, catastrophic, assistance, patient = benefit.share_bill(
        rules.benefit, person, category, tier, charge, covered, referred
    )
    benefit.accumulate(person, category, charge, covered, statutory, assistance, patient, referred)
    cost = variable_cost(rules.claims, tier, charge)
    signed = family_doctors.signed_in(person, month)
    billed = world.tally.billed[month % 12, provider, person.insurance]
    billed[0] += charge
    billed[1] += statutory
    if statutory > 0:
        world.tally.settled[person.insurance, category, 0] += 1
        world.tally.settled[person.insurance, category, 1] += charge
        if person.insurance == RESIDENT_INSURED:
            world.tally.spent[person.community] += statutory
    if category != INPATIENT:
        cell = world.tally.cells[provider, person.community, person.insurance, category, group, signed]
        cell[0] += 1
        cell[1] += wait
        cell[2] += charge
        cell[3] += covered
        cell[4] += statutory
        cell[5] += catastrophic
        cell[6] += assistance
        cell[7] += patient
        cell[8] += cost
        if not sink.single_visits:
            return
    row = sink.rows[sink.size[0]]
    sink.size[0] += 1
    row[0] = 1
    row[1] = int(time) // DAYS_IN_YEAR
    row[2] = month % 12
    row[3] = int(time) % DAYS_IN_YEAR
    row[4] = person.key
    row[5] = provider
    row[6] = tier
    row[7] = world.providers.community[provider]
    row[8] = person.community
    row[9] = person.insurance
    row[10] = category
    row[11] = group
    row[12] = severity
    row[13] = referred
    row[14] = days
    row[15] = wait
    row[16] = charge
    row[17] = covered
    row[18] = statutory
    row[19] = catastrophic
    row[20] = assistance
    row[21] = patient
    row[22] = cost
    row[23] = signed
