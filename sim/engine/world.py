"""The state of one run: persons, institutions, queues, and what is counted during a year."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sim.core.randomness import Key
from sim.core.rules import kernel
from sim.core.units import parts
from sim.county import benefit, care, family_doctors, providers
from sim.county.claims.config import ClaimRules
from sim.county.illness.rules import IllnessRules
from sim.county.person import Residents, more_records
from sim.county.population.rules import LifeRules
from sim.county.variation import Common
from sim.engine import heap
from sim.engine.heap import Heap
from sim.money.history import Policy
from sim.tables import Floats, Ints, Providers

DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS_IN_YEAR = 365
MONTH_START = tuple(sum(DAYS_IN_MONTH[:m]) for m in range(13))

EPISODE = np.dtype(
    [
        ("start", "f8"),  # when the bed was taken
        ("asked", "f8"),  # when the slot or bed was asked for
        ("days", "f8"),  # length of the whole stay
        ("charge", "i8"),  # of the whole stay, fen
        ("delay", "f8"),  # days from discharge to an unplanned return, 0 none
        ("provider", "i4"),
        ("next", "i4"),  # row of the next and the previous person in the queue for a bed, -1 none
        ("previous", "i4"),
        ("month", "i2"),  # month in which the need arose, part of its address
        ("group", "i2"),
        ("number", "i1"),  # number of the need in its month, part of its address
        ("attempt", "i1"),
        ("tried", "i1"),  # bit mask of tiers no longer open to this need; above them `BOUND` and `TURNED_AWAY`
        ("referred", "i1"),
        ("admitted", "i1"),  # tier of the first bed
        ("severity", "i1"),
        ("category", "i1"),
        ("splits", "i1"),  # 1: the rest of the stay may take place in the township centre
    ],
    align=True,
)

NEED = np.dtype(
    [("time", "f8"), ("key", "i8"), ("row", "i4"), ("group", "i2"), ("number", "i1"), ("severity", "i1")], align=True
)

CELL_COLUMNS = ("cases", "wait", "charge", "covered", "statutory", "catastrophic", "assistance", "patient", "cost")
"""What is summed over outpatient claims of one cell [provider, home community, insurance, category, group, signed]."""


class Queues(NamedTuple):
    """Capacity in use; index = provider."""

    occupied: Ints
    """Beds taken."""
    head: Ints
    """Row of the first person waiting for a bed, -1 none."""
    tail: Ints
    book_day: Ints
    """Last day for which an outpatient slot was given out."""
    book_used: Ints
    """Slots given out for that day."""
    wait_sum: Ints
    """[provider, (visits, stays)] minutes waited by those served this month."""
    wait_count: Ints
    wait_weight: Floats
    """[provider, category] `care.wait_weight` of the mean wait last month: what people expect."""
    first: Floats
    """Beds of the first year, for the part of the county that is simulated."""
    nominal: Floats
    """The same of this year; whole numbers where all whom the institution serves are simulated."""
    beds: Ints
    """Beds that the simulated may take this month (`sim.engine.capacity`)."""
    used: Floats
    """Beds that they have taken, on average, of late."""
    part: Floats
    """Part of those whom the institution serves that is simulated."""


class Rules(NamedTuple):
    """All numbers that compiled rules read."""

    life: LifeRules
    contracts: family_doctors.ContractRules
    illness: IllnessRules
    care: care.CareRules
    claims: ClaimRules
    benefit: benefit.BenefitRules
    outpatient_patience: float
    bed_patience: float


class Conduct(NamedTuple):
    """How providers behave this year: their policy under the year's prices, and what people expect to be charged."""

    intensity: Floats
    """[tier, category] multiplier of charges"""
    covered: Ints
    """[tier, category] part of a charge within the catalogue, ppm"""
    quota: Ints
    """[community] budget of the year that members see used up, fen; 0: they see none"""
    restraint: Floats
    """[2] strength and floor of restraint as the quota runs out"""
    effort: Floats
    """[community] prevention effort 0..1, already scaled by tightness"""
    price_level: float
    """prices of the year relative to the trend's of year 0"""
    income_level: float
    """incomes of the year relative to the trend's of year 0: an own payment is felt against them"""
    visit_charge: Ints
    """[category 0..1, tier] charge of a visit that people expect this year, fen"""
    visit_paid: Ints
    """[insurance, category 0..1, tier] what the fund would pay of it, limits apart, fen"""
    open_weight: Floats
    """[insurance, category 0..1, sensitivity, tier] `care.price_weight` of the rest"""
    closed_weight: Floats
    """[category 0..1, sensitivity, tier] `care.price_weight` of the whole, once a limit is reached"""
    common: Common
    """What differs this year for everybody"""
    holding: bool
    """A year of the warm-up: nobody ages, and nothing that would move the county's balance happens"""


class Trends(NamedTuple):
    """Growth since year 0, before what is particular to the year."""

    prices: float = 1.0
    incomes: float = 1.0


def conduct_of(policy: Policy, trends: Trends, rules: Rules, common: Common, holding: bool) -> Conduct:
    """A policy with what people expect to be charged, and to pay themselves, under its prices.

    Args:
        policy: what providers and communities do because of the money.
        trends: growth of prices and incomes.
        rules: all rules.
        common: what differs this year for everybody.
        holding: whether it is a year of the warm-up.
    """
    price_level, income_level = trends.prices * common.price, trends.incomes * common.income
    covered = np.floor(rules.claims.covered[:, None] * policy.covered + 0.5).astype(np.int64)
    charge = (rules.claims.visit_charge * price_level).astype(np.int64)
    paid = parts(parts(charge, covered.T[:2]), rules.benefit.visit_ratio)
    sensitivities = rules.care.price.shape[1]
    opened = np.zeros((3, 2, sensitivities, 5))
    closed = np.zeros((2, sensitivities, 5))
    for insurance, category, sensitivity, tier in np.ndindex(opened.shape):
        full = int(charge[category, tier])
        own_payment = full - int(paid[insurance, category, tier])
        opened[insurance, category, sensitivity, tier] = care.price_weight(
            rules.care, category, tier, sensitivity, own_payment / income_level
        )
        closed[category, sensitivity, tier] = care.price_weight(
            rules.care, category, tier, sensitivity, full / income_level
        )
    return Conduct(
        policy.intensity,
        covered,
        policy.quota,
        policy.restraint,
        policy.prevention,
        price_level,
        income_level,
        charge,
        paid,
        opened,
        closed,
        common,
        holding,
    )


class Tally(NamedTuple):
    """What is counted during a year."""

    provider: Ints
    """[provider, PROVIDER_COUNTERS]"""
    county: Ints
    """[quintile, COUNTY_COUNTERS]"""
    cells: Ints
    """[provider, community, insurance, outpatient category, group, signed 0..1, CELL_COLUMNS]"""
    settled: Ints
    """[insurance, category, (cases, charge)] of claims of which the fund paid something"""
    billed: Ints
    """[month 0..11, provider, insurance, (charge, statutory part)] of claims closed in the month"""
    spent: Ints
    """[community] fund money of its resident-insured persons so far, wherever they were treated, fen"""


class World(NamedTuple):
    """The whole state of a run."""

    key: Key
    residents: Residents
    episodes: npt.NDArray[np.void]
    """[row] the care episode of a person who is busy"""
    providers: Providers
    geography: providers.Geography
    queues: Queues
    heap: Heap
    tally: Tally
    rules: Rules
    place_weight: Floats
    """[village, category, severity - 1, signed 0..1, tier] `care.place_weight`"""
    away_weight: Floats
    """[category] `care.away_weight`"""
    restraint: Floats
    """[provider] factor of intensity this month, as the community's quota runs out (`sim.engine.restraint`)"""
    first_needs: float
    """Needs of admission to expect of the first year's residents by their ages."""


def place_weights(rules: care.CareRules, km: Floats) -> Floats:
    """[village, category, severity - 1, signed, tier] weights by where people live."""
    weights = np.zeros((len(km), 3, 3, 2, 5))
    fill_place_weights(weights, rules, km)
    return weights


@kernel
def fill_place_weights(weights: Floats, rules: care.CareRules, km: Floats) -> None:
    """Tabulate `care.place_weight`."""
    for village in range(weights.shape[0]):
        for category in range(3):
            for severity in range(3):
                for signed in range(2):
                    for tier in range(5):
                        weights[village, category, severity, signed, tier] = care.place_weight(
                            rules, category, tier, severity + 1, signed, km[village, tier]
                        )


def away_weights(rules: care.CareRules) -> Floats:
    """[category] weights of the hospitals where people work away."""
    return np.array([care.away_weight(rules, category) for category in range(3)])


def with_rows(world: World, residents: Residents) -> World:
    """The world with a (possibly longer) array of persons, and room for their episodes and events."""
    episodes = world.episodes
    if len(residents) > len(episodes):
        episodes = more_records(episodes, len(residents))
    return world._replace(
        residents=residents, episodes=episodes, heap=heap.grow(world.heap, len(residents) // 4 + 4096)
    )


Arrays = TypeVar("Arrays", Queues, Heap, Tally)


def _copy(arrays: Arrays) -> Arrays:
    copies: list[Any] = [array.copy() for array in arrays]
    return type(arrays)(*copies)


def copy(world: World, rules: Rules) -> World:
    """An independent copy that goes on under other rules: how an arm leaves the shared history."""
    return world._replace(
        residents=more_records(world.residents, len(world.residents)),
        episodes=more_records(world.episodes, len(world.episodes)),
        queues=_copy(world.queues),
        heap=_copy(world.heap),
        tally=_copy(world.tally),
        rules=rules,
        restraint=world.restraint.copy(),
        place_weight=place_weights(rules.care, world.geography.km),
        away_weight=away_weights(rules.care),
    )
