"""Who is signed with a family doctor team: signing, renewal, lapse, decided at the year's start; and rewards for it.

With `Config.by_month` a contract begins in a month drawn for it, not all in January, and runs in years from there.
Rewards (A11, A12) are paid by the fund outside every budget, as the signing fee is: one for each contract renewed,
rising with its years, and one for each household and year in which two generations are signed.  Where two communities
of a county compete (A5), who signs anew may choose the other one, which then answers for the person until the lapse.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import field_validator

from sim.core.parameters import Config as BaseConfig
from sim.core.parameters import Share, param
from sim.core.randomness import PERSON as PERSON_DRAW
from sim.core.randomness import YEAR_CONTRACT, Key, unit, words
from sim.core.rules import rule
from sim.core.units import Money, fen
from sim.county.person import Person
from sim.tables import RESIDENT_INSURED, Floats, Ints, Population

REWARDED = 4
"""Rewards for renewal: of contract year 2, 3, 4, and of the 5th and later ones."""

MONTHS = 12

GENERATION = 15
"""Years between the ages of two neighbours in age, from which on they count as of two generations."""

REWARD_STEP = 10.0
"""Yuan of reward for which `Config.renewal_gain` and `Config.family_gain` are told."""


class Config(BaseConfig):
    """Family doctor contracts (家庭医生签约)."""

    sign: Share = param(0.05, unit="per year", zh="新签约概率")
    """Yearly probability that an unsigned person signs.  The county starts with the share signed that these keep.
    Source: assumed: keeps 0.30 signed with `sign_chronic` and `renew`; no published rate (figures gap 8)"""
    sign_chronic: Share = param(0.12, unit="per year", zh="重点人群签约概率")
    """The same for a person with a diagnosed chronic condition or aged 65 and over.
    Source: assumed: teams approach the elderly and the chronically ill first"""
    renew: Share = param(0.85, unit="per year", zh="续约率")
    """Yearly probability that a contract is renewed.
    Source: assumed: no published rate (figures gap 8)"""
    effort_gain: Share = param(0.10, unit="per year", zh="努力对签约的影响")
    """Added to both signing probabilities at full prevention effort.
    Source: assumed: pilots raise signing (doc 001, dimension 7)"""

    by_month: bool = param(False, unit="", zh="按月签约")
    """Contracts begin in any month and last whole years from there; otherwise all begin with the year.
    Source: A7, doc 004: the signed list is made anew every month; assumed off, each month as likely as another"""
    renewal_reward: tuple[float, float, float, float] = param(
        (0.0, 0.0, 0.0, 0.0), unit="yuan per renewed contract", zh="续约奖励"
    )
    """Reward for a contract renewed into its year 2, 3, 4, and 5 or later; all 0 = none.
    Source: A11: rising from year 2 to 5, the amounts free; assumed none"""
    family_reward: float = param(0.0, unit="yuan per household and year", zh="代际签约奖励", ge=0, le=1e5)
    """Reward for each household and year in which members of two or more generations are signed.
    Source: A12: small, the amount free; a gap of 15 years of age makes a generation (assumed); assumed none"""
    reward_to: Literal["community", "doctors"] = param("community", unit="", zh="奖励发放对象")
    """Rewards go through the community, to its township centres, or from the insurer to the doctors directly.
    Source: A11: through the community or directly by the insurer"""
    renewal_gain: Share = param(0.005, unit="per 10 yuan", zh="奖励对续约的影响")
    """Added to the probability of renewal for every 10 yuan of the reward that it would bring.
    Source: assumed: small, as no effect is published (A11); nothing while there are no rewards"""
    family_gain: Share = param(0.002, unit="per 10 yuan", zh="代际奖励对签约的影响")
    """Added to both signing probabilities for every 10 yuan of the family reward.
    Source: assumed: small, as no effect is published (A12); nothing while there is no reward"""
    compete: Share = param(0.0, unit="per contract", zh="签约竞争")
    """Probability that a person who signs anew chooses among the county's communities.
    Source: A5: two communities in one county; assumed none, so that who lives where decides"""
    compete_effort: float = param(2.0, unit="", zh="努力对选择的影响", ge=0, le=100)
    """Weight of a community's prevention effort (0..1) in that choice, a logit.
    Source: assumed: no published rate; full effort against none is 7 to 1"""
    compete_home: float = param(1.0, unit="", zh="居住地对选择的影响", ge=-100, le=100)
    """Weight of the community of residence in that choice, a logit.
    Source: assumed: no published rate; at equal effort 73 % of those who choose between two stay"""

    @field_validator("renewal_reward", mode="before")
    @classmethod
    def _one_for_each_year(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and len(value) != REWARDED:
            raise ValueError(f"needs {REWARDED} rewards, of contract year 2, 3, 4, and 5 or later, not {list(value)}")
        return value

    @field_validator("renewal_reward")
    @classmethod
    def _rewards_rise(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(reward < 0 or reward > 1e5 for reward in value):
            raise ValueError(f"rewards must be within 0..100000 yuan, not {list(value)}")
        if any(value) and any(later <= earlier for earlier, later in pairwise(value)):
            raise ValueError(f"rewards must rise from year to year (r2 < r3 < r4 < r5) or all be 0, not {list(value)}")
        return value


class ContractRules(NamedTuple):
    """Numbers the compiled rules use, from `Config`."""

    sign: float
    sign_chronic: float
    renew: Floats
    """[contract year that a renewal begins, 2..5 at 0..3] probability"""
    effort_gain: float
    by_month: bool
    compete: float
    compete_effort: float
    compete_home: float


def compile_rules(config: Config) -> ContractRules:
    """The configuration as plain numbers."""
    family = config.family_gain * config.family_reward / REWARD_STEP if config.family_reward else 0.0
    rewards = np.array(config.renewal_reward) / REWARD_STEP
    competing = config.compete > 0
    return ContractRules(
        sign=config.sign + family,
        sign_chronic=config.sign_chronic + family,
        renew=config.renew + (config.renewal_gain * rewards if rewards.any() else rewards),
        effort_gain=config.effort_gain,
        by_month=config.by_month,
        compete=config.compete,
        compete_effort=config.compete_effort if competing else 0.0,
        compete_home=config.compete_home if competing else 0.0,
    )


@rule
def begin(person: Person, rules: ContractRules, key: Key) -> None:
    """Whether a person is signed when the county begins: as often as signing and renewal keep him so."""
    signs = rules.sign_chronic if person.diagnosed or person.age >= 65 else rules.sign
    lapses = 1.0 - rules.renew[0]
    _, _, _, word = words(key, person.key, PERSON_DRAW, 0, 0)
    person.signed = 1 if not person.away and unit(word) * (signs + lapses) < signs else 0


@rule
def reward_class(contract_year: int) -> int:
    """Place of a contract year 2, 3, ... in the rewards for renewal."""
    return min(contract_year, REWARDED + 1) - 2


@rule
def sign_or_renew(person: Person, rules: ContractRules, effort: float, key: Key, year: int) -> None:
    """The contract of one person for one year; ``effort`` is the community's prevention effort, 0..1.

    Contracts of the county's first year began the year before, in a month of their own.
    """
    word, _, _, _ = words(key, person.key, YEAR_CONTRACT, year, 0)
    u = unit(word)
    had = person.signed > 0
    if person.away:
        person.signed = 0
    elif person.signed:
        person.signed = min(person.signed + 1, 100) if u < rules.renew[reward_class(person.signed + 1)] else 0
    else:
        first = rules.sign_chronic if person.diagnosed or person.age >= 65 else rules.sign
        person.signed = 1 if u < first + effort * rules.effort_gain else 0
    if person.away or not (had or person.signed):
        person.signed_month = 0
    elif year == 0 or not had:
        person.signed_month = first_month(person, rules, key, year)


@rule
def first_month(person: Person, rules: ContractRules, key: Key, year: int) -> int:
    """Month 0..11 in which a contract begins."""
    if not rules.by_month:
        return 0
    word, _, _, _ = words(key, person.key, YEAR_CONTRACT, year, 1)
    return int(unit(word) * MONTHS)


@rule
def signed_in(person: Person, month: int) -> int:
    """1 if the person is signed in a month, counted from any January; 0 if not.

    A first contract begins in its month; one that is not renewed runs out before it.
    """
    if person.signed == 0:
        return 1 if month % MONTHS < person.signed_month else 0
    return 1 if person.signed > 1 or month % MONTHS >= person.signed_month else 0


@rule
def choose_community(person: Person, rules: ContractRules, effort: Floats, home: int, key: Key, year: int) -> None:
    """The community that answers for the person this year; after a signing elsewhere it stays until the lapse.

    It answers for whole years: from January of the year of signing to December of the year in which the contract ends.

    Args:
        person: after `sign_or_renew`.
        rules: how people choose.
        effort: [community] prevention effort, 0..1.
        home: community of the village.
        key: the run's luck.
        year: number of the year.
    """
    if person.signed > 1 or (person.signed == 0 and person.signed_month > 0):
        return
    person.community = home
    if person.signed == 1 and rules.compete > 0.0 and len(effort) > 1:
        _, compares, word, _ = words(key, person.key, YEAR_CONTRACT, year, 0)
        if unit(compares) < rules.compete:
            person.community = draw_community(rules, effort, home, unit(word))


@rule
def attraction(rules: ContractRules, effort: Floats, home: int, community: int) -> float:
    """Weight of a community in the choice, relative to that of residence at equal effort and without its bonus."""
    bonus = rules.compete_home if community == home else 0.0
    return math.exp(rules.compete_effort * (effort[community] - effort[home]) + bonus)


@rule
def draw_community(rules: ContractRules, effort: Floats, home: int, u: float) -> int:
    """A community by a logit of effort and residence, from one uniform number."""
    total = 0.0
    for community in range(len(effort)):
        total += attraction(rules, effort, home, community)
    left = u * total
    for community in range(len(effort)):
        left -= attraction(rules, effort, home, community)
        if left < 0.0:
            return community
    return home


# --- rewards ---------------------------------------------------------------------------------------------------------
class Rewards(NamedTuple):
    """Rewards of a year, fen; index = community of the contract."""

    renewal: Money
    family: Money
    direct: bool
    """Paid to the doctors, so that no institution has it as income."""

    @property
    def total(self) -> int:
        """What the fund pays."""
        return int(self.renewal.sum() + self.family.sum())


def rewards(config: Config, population: Population, communities: int) -> Rewards:
    """Rewards for the contracts of resident-insured persons in a year.

    A child is born into the mother's contract as of its first year, so no contract is older than its holder.
    """
    holders = (population.insurance == RESIDENT_INSURED) & (population.signed > 0)
    years = np.minimum(population.signed, population.age + 1)[holders]
    community = population.community[holders]
    amounts = np.array([0, *map(fen, config.renewal_reward)], dtype=np.int64)
    renewal = np.zeros(communities, dtype=np.int64)
    np.add.at(renewal, community, amounts[np.minimum(years, REWARDED + 1) - 1])
    heads = families(population.household[holders], population.age[holders], population.key[holders])
    count = np.bincount(community[heads], minlength=communities)
    family = (count * fen(config.family_reward)).astype(np.int64)
    return Rewards(renewal, family, bool(renewal.any() or family.any()) and config.reward_to == "doctors")


def families(household: Ints, age: Ints, key: Ints) -> Ints:
    """Position of the eldest signed member, for each household in which two generations are signed.

    Args:
        household: household number of each signed person.
        age: years.
        key: stable identity; the lower one counts as the elder of two persons of an age.
    """
    order = np.lexsort((key, -age, household))
    same = household[order][1:] == household[order][:-1]
    gap = same & (age[order][:-1] - age[order][1:] >= GENERATION)
    starts = np.flatnonzero(np.concatenate([[True], ~same]))[: len(order)]
    group = np.cumsum(np.concatenate([[0], ~same])) if len(order) else np.zeros(0, dtype=np.int64)
    several = np.unique(group[1:][gap]) if len(order) else group
    return np.asarray(order[starts[several]], dtype=np.int64)
