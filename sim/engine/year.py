"""The year's start and end, common to both engines: rules on one person at a time, in any order."""

from __future__ import annotations

import numpy as np

from sim.core.randomness import Key
from sim.core.rules import kernel
from sim.county import family_doctors, illness, population
from sim.county.person import Residents, open_accounts
from sim.engine.capacity import set_beds_of_year
from sim.engine.world import CELL_COLUMNS, DAYS_IN_YEAR, Conduct, Rules, World, with_rows
from sim.tables import CHILD_BELOW, INPATIENT, OLD_FROM, TIERS, Claims, Ints, Providers


@kernel
def renew(
    residents: Residents, rules: Rules, conduct: Conduct, homes: Ints, key: Key, year: int, progressing: bool
) -> None:
    """Contracts, chronic conditions, the year's rates and fresh benefit accounts of every living person."""
    effort = conduct.effort
    for row in range(len(residents)):
        person = residents[row]
        if person.alive:
            new = person.fragility == 0.0  # born, or there when the county begins
            if new:
                illness.begin(person, rules.illness, key)
                if year == 0:
                    family_doctors.begin(person, rules.contracts, key)
            family_doctors.sign_or_renew(person, rules.contracts, effort[person.community], key, year, not progressing)
            family_doctors.choose_community(person, rules.contracts, effort, homes[person.village], key, year)
            own_effort = effort[person.community]
            if progressing and not new:
                illness.progress(person, rules.illness, own_effort, key, year)
            dying = population.is_to_die(person, rules.life, key, year + 1)
            health = conduct.common.incidence * illness.health_of_year(person, rules.illness, key, year)
            illness.set_rates(person, rules.illness, health, dying)
            person.young_old = 1 if person.age < CHILD_BELOW or person.age >= OLD_FROM else 0
            open_accounts(person)


def begin_year(world: World, conduct: Conduct, year: int, warm_up: int) -> tuple[World, int]:
    """Everything that happens at a year's start.

    The warm-up and the first year after it are of the population as created: nobody ages, falls ill for long or is
    born, so that however long the warm-up, the county starts with the ages and the shares of ill persons it was given.

    Args:
        world: at the end of the year before.
        conduct: of the new year.
        year: number of the year, counted from the start of the warm-up.
        warm_up: years of the warm-up.

    Returns:
        The world, and how many died since the year before; -1 if nobody could.
    """
    residents, lives_on, deaths = world.residents, year > warm_up, -1
    if lives_on:
        before = int((residents["alive"] == 1).sum())
        residents = population.begin_year(residents, world.rules.life, world.key, year)
        living = residents["alive"] == 1
        deaths = before + int((residents["age"][living] == 0).sum()) - int(living.sum())
        set_beds_of_year(world, residents)
    renew(residents, world.rules, conduct, world.geography.community, world.key, year, lives_on)
    for array in world.tally:
        array[...] = 0
    return with_rows(world, residents), deaths


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
