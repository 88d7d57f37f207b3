"""The year's start and end, common to both engines: rules on one person at a time, in any order."""

from __future__ import annotations

import numpy as np

from sim.core.randomness import Key
from sim.core.rules import kernel
from sim.county import family_doctors, illness, population
from sim.county.person import Residents, open_accounts
from sim.engine.world import CELL_COLUMNS, DAYS_IN_YEAR, Conduct, Rules, World, with_rows
from sim.tables import CHILD_BELOW, INPATIENT, OLD_FROM, TIERS, Claims, Floats, Ints, Providers


@kernel
def renew(residents: Residents, rules: Rules, effort: Floats, homes: Ints, key: Key, year: int) -> None:
    """Contracts, chronic conditions, the year's rates and fresh benefit accounts of every living person."""
    for row in range(len(residents)):
        person = residents[row]
        if person.alive:
            family_doctors.sign_or_renew(person, rules.contracts, effort[person.community], key, year)
            family_doctors.choose_community(person, rules.contracts, effort, homes[person.village], key, year)
            own_effort = effort[person.community]
            illness.progress(person, rules.illness, own_effort, key, year)
            illness.set_rates(person, rules.illness)
            person.young_old = 1 if person.age < CHILD_BELOW or person.age >= OLD_FROM else 0
            open_accounts(person)


def begin_year(world: World, conduct: Conduct, year: int) -> World:
    """Everything that happens at a year's start; year 0 begins with the population as created."""
    residents = world.residents
    if year > 0:
        residents = population.begin_year(residents, world.rules.life, world.key, year)
    renew(residents, world.rules, conduct.effort, world.geography.community, world.key, year)
    for array in world.tally:
        array[...] = 0
    return with_rows(world, residents)


def cell_claims(cells: Ints, providers: Providers, year: int) -> Claims:
    """Outpatient sums as claims rows, one for each cell that had a case."""
    where = np.nonzero(cells[..., 0])
    provider, home, insurance, category, group, signed = (index.astype(np.int64) for index in where)
    sums = dict(zip(CELL_COLUMNS, cells[where].T, strict=True))
    count = len(provider)
    fixed = {"year": year, "month": -1, "day": -1, "resident": -1, "severity": 0, "referred": 0, "days": 0}
    columns = {name: np.full(count, value, dtype=np.int64) for name, value in fixed.items()}
    columns |= {
        "provider": provider,
        "tier": providers.tier[provider],
        "admitted": providers.tier[provider],
        "community": providers.community[provider],
        "home": home,
        "insurance": insurance,
        "category": category,
        "group": group,
        "signed": signed,
    }
    columns |= {name: np.ascontiguousarray(values) for name, values in sums.items()}
    return Claims(**{name: columns[name] for name in Claims._fields})


def open_stays(world: World, year: int) -> Ints:
    """[tier, (in a bed, waiting for a bed or slot, accrued charge in fen)]: care not settled at the year's end."""
    result = np.zeros((len(TIERS), 3), dtype=np.int64)
    rows = np.flatnonzero(world.residents["busy"] > 0)
    busy = world.residents["busy"][rows]
    episodes = world.episodes[rows]
    tier = world.providers.tier[episodes["provider"]]
    in_bed = busy == 3
    now = (year + 1) * DAYS_IN_YEAR
    done = np.clip((now - episodes["start"]) / np.maximum(episodes["days"], 1e-9), 0.0, 1.0)
    accrued = np.floor(episodes["charge"] * done).astype(np.int64)
    np.add.at(result[:, 0], tier[in_bed], 1)
    np.add.at(result[:, 1], tier[~in_bed], 1)
    stays = in_bed & (episodes["category"] == INPATIENT)
    np.add.at(result[:, 2], tier[stays], accrued[stays])
    return result
