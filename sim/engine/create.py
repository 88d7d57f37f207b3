"""The county before its first year: all stages' configurations compiled, its people and institutions created."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.randomness import Key
from sim.county import benefit, care, claims, family_doctors, illness, population, providers, variation
from sim.county.person import records
from sim.engine import heap
from sim.engine.capacity import needs_by_age
from sim.engine.world import CELL_COLUMNS, EPISODE, Queues, Rules, Tally, World, away_weights, place_weights
from sim.tables import COUNTY_COUNTERS, PROVIDER_COUNTERS, QUINTILES


class RuleConfigs(NamedTuple):
    """The stages' configurations an engine needs."""

    population: population.Config
    providers: providers.Config
    contracts: family_doctors.Config
    illness: illness.Config
    care: care.Config
    claims: claims.Config
    benefit: benefit.Config
    variation: variation.Config


def compile_rules(config: RuleConfigs) -> Rules:
    """Compile every stage's configuration."""
    life, ages = population.compile_rules(config.population), population.expected_ages(config.population)
    lives = family_doctors.Lives(
        *illness.unknown_by_age(config.illness, ages),
        *population.moving_by_age(life.leave, life.come_back),
        population.expected_mothers(config.population),
    )
    return Rules(
        life=life,
        contracts=family_doctors.compile_rules(config.contracts, lives),
        illness=illness.compile_rules(config.illness, ages),
        care=care.compile_rules(config.care, *claims.group_codes(config.claims)),
        claims=claims.compile_rules(config.claims),
        benefit=benefit.compile_rules(config.benefit),
        outpatient_patience=config.providers.outpatient_patience,
        bed_patience=config.providers.bed_patience,
    )


def create(config: RuleConfigs, key: Key) -> World:
    """The county before its first year."""
    rules = compile_rules(config)
    residents = population.create(config.population.residents, rules.life, key)
    people, per_household = config.population, population.mean_household_size(config.population)
    places = providers.layout(
        len(residents),
        people.county_residents,
        people.households_per_village * per_household,
        people.villages_per_township,
    )
    institutions, geography, capacity = providers.create(config.providers, places, people.seed)
    residents["village"] = np.minimum(residents["village"], len(places.people) - 1)
    residents["community"] = geography.community[residents["village"]]
    count = len(institutions.tier)
    pairs = np.zeros((count, 2), dtype=np.int64)
    queues = Queues(
        occupied=np.zeros(count, dtype=np.int64),
        head=np.full(count, -1, dtype=np.int64),
        tail=np.full(count, -1, dtype=np.int64),
        book_day=np.full(count, -1, dtype=np.int64),
        book_used=np.zeros(count, dtype=np.int64),
        wait_sum=pairs.copy(),
        wait_count=pairs.copy(),
        wait_weight=np.ones((count, 3)),
        first=capacity.beds,
        nominal=capacity.beds.copy(),
        beds=institutions.beds.copy(),
        used=np.zeros(count),
        part=capacity.part,
    )
    groups = len(rules.claims.visit_group_cost)
    return World(
        key=key,
        residents=residents,
        episodes=records(len(residents), EPISODE),
        providers=institutions,
        geography=geography,
        queues=queues,
        heap=heap.create(len(residents) // 4 + 4096),
        tally=_tally(count, config.providers.communities, groups),
        rules=rules,
        place_weight=place_weights(rules.care, geography.km),
        away_weight=away_weights(rules.care),
        restraint=np.ones(count),
        first_needs=needs_by_age(residents, rules),
    )


def _tally(count: int, communities: int, groups: int) -> Tally:
    return Tally(
        provider=np.zeros((count, len(PROVIDER_COUNTERS)), dtype=np.int64),
        county=np.zeros((QUINTILES, len(COUNTY_COUNTERS)), dtype=np.int64),
        cells=np.zeros((count, communities, 3, 2, groups, 2, len(CELL_COLUMNS)), dtype=np.int64),
        settled=np.zeros((3, 3, 2), dtype=np.int64),
        billed=np.zeros((12, count, 3, 2), dtype=np.int64),
        spent=np.zeros(communities, dtype=np.int64),
    )
