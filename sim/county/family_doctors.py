"""Who is signed with a family doctor team: signing, renewal, lapse, decided at the year's start; and rewards for it.

The county starts with the share signed that these keep (`steady_shares`): persons are followed from birth on, as for
chronic conditions, since who has just become known as ill, turned 65, come home or been born is not yet signed as often
as those who long have been.

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
from sim.tables import OLDEST, RESIDENT_INSURED, Floats, Ints, Population

REWARDED = 4
"""Rewards for renewal: of contract year 2, 3, 4, and of the 5th and later ones."""

MONTHS = 12

OLD = 65
"""Age from which teams approach a person as they do the chronically ill."""

GENERATION = 15
"""Years between the ages of two neighbours in age, from which on they count as of two generations."""

REWARD_STEP = 10.0
"""Yuan of reward for which `Config.renewal_gain` and `Config.family_gain` are told."""


class Config(BaseConfig):
    """Family doctor contracts (家庭医生签约)."""

    sign: Share = param(0.05, unit="per year", zh="新签约概率")
    """Yearly probability that an unsigned person signs.  The county starts with the share signed, by age, that these
    and who is known as ill keep.
    Source: assumed: keeps 0.25 of residents signed at first with `sign_chronic` and `renew`; no published rate (figures
    gap 8)"""
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
    share: Floats
    """[known as chronically ill, age 0..119] share signed, of those at home, that these keep"""
    sign_held: Floats
    """[known, age] probability of signing that keeps these shares while nobody ages"""
    effort_gain: float
    by_month: bool
    compete: float
    compete_effort: float
    compete_home: float


class Lives(NamedTuple):
    """How residents live as far as contracts are concerned; [age 0..119] all."""

    unknown: Floats
    """Share of persons of whom no chronic condition is known, when the year has begun."""
    unknown_later: Floats
    """The same at the year's end, when admissions have found some."""
    leaves: Floats
    """Probability that a person at home leaves to work away."""
    returns: Floats
    """Probability that a person away comes back."""
    mothers: Floats
    """Share of births by the age that the mother reaches in the year."""


def steady_shares(first: tuple[float, float], renew: float, lives: Lives) -> Floats:
    """[known, age 0..119] share signed, of those at home, of persons who lived under the same rates since birth.

    A child is born into its mother's contract.  Each year begins with coming home and leaving, which ends a contract;
    then contracts are signed and renewed; then conditions are found.

    Args:
        first: yearly probability of signing, of others, and of those known as ill or of 65 and over.
        renew: yearly probability of renewal.
        lives: of the residents.
    """
    born = 0.0
    for _ in range(3):  # what mothers have hardly depends on what they were born with
        shares, all_signed = _followed(first, renew, lives, born)
        born = float(lives.mothers[1:] @ all_signed[:-1])
    return shares


def _followed(first: tuple[float, float], renew: float, lives: Lives, born: float) -> tuple[Floats, Floats]:
    """[known, age] share signed of those at home, and [age] of all, where a share is born into contracts."""
    shares, all_signed = np.zeros((2, OLDEST + 1)), np.zeros(OLDEST + 1)
    known = np.array([lives.unknown[0], 1.0 - lives.unknown[0]])
    signed, unsigned, away = known * born, known * (1.0 - born), np.zeros(2)
    for age in range(OLDEST + 1):
        if age:
            for group in (signed, unsigned, away):
                _become_known(group, lives.unknown[age - 1], lives.unknown_later[age - 1])
            leave, back = lives.leaves[age], lives.returns[age]
            home = signed + unsigned
            signed, unsigned = signed * (1.0 - leave), unsigned * (1.0 - leave) + away * back
            away = away * (1.0 - back) + home * leave
        sign = np.array([first[1] if age >= OLD else first[0], first[1]])
        signed, unsigned = signed * renew + unsigned * sign, signed * (1.0 - renew) + unsigned * (1.0 - sign)
        if age:
            for group in (signed, unsigned, away):
                _become_known(group, lives.unknown_later[age - 1], lives.unknown[age])
        home = signed + unsigned
        long_since = sign / np.maximum(sign + 1.0 - renew, 1e-300)
        shares[:, age] = np.divide(signed, home, out=long_since, where=home > 0.0)
        all_signed[age] = signed.sum()
    return shares, all_signed


def _become_known(group: Floats, before: float, now: float) -> None:
    """Move persons of a group, (not known, known), as the share of all who are not known falls."""
    moved = group[0] * (1.0 - now / before) if before > 0.0 else group[0]
    group += (-moved, moved)


def compile_rules(config: Config, lives: Lives) -> ContractRules:
    """The configuration as plain numbers, and the shares signed that it keeps where residents live so."""
    family = config.family_gain * config.family_reward / REWARD_STEP if config.family_reward else 0.0
    rewards = np.array(config.renewal_reward) / REWARD_STEP
    competing = config.compete > 0
    renew = config.renew + (config.renewal_gain * rewards if rewards.any() else rewards)
    sign, sign_chronic, again = config.sign + family, config.sign_chronic + family, min(float(renew[0]), 1.0)
    share = steady_shares((min(sign, 1.0), min(sign_chronic, 1.0)), again, lives)
    lapsed = share * (1.0 - again)
    return ContractRules(
        sign=sign,
        sign_chronic=sign_chronic,
        renew=renew,
        share=share,
        sign_held=np.divide(lapsed, 1.0 - share, out=np.ones_like(share), where=share < 1.0),
        effort_gain=config.effort_gain,
        by_month=config.by_month,
        compete=config.compete,
        compete_effort=config.compete_effort if competing else 0.0,
        compete_home=config.compete_home if competing else 0.0,
    )


@rule
def begin(person: Person, rules: ContractRules, key: Key) -> None:
    """Whether a person is signed when the county begins: as often as signing and renewal keep persons like him so."""
    _, _, _, word = words(key, person.key, PERSON_DRAW, 0, 0)
    share = rules.share[1 if person.diagnosed else 0, min(person.age, OLDEST)]
    person.signed = 1 if not person.away and unit(word) < share else 0


@rule
def reward_class(contract_year: int) -> int:
    """Place of a contract year 2, 3, ... in the rewards for renewal."""
    return min(contract_year, REWARDED + 1) - 2


@rule
def first_signing(person: Person, rules: ContractRules, holding: bool) -> float:
    """Probability that a person who is not signed signs, without effort; ``holding`` while nobody ages."""
    if holding:
        return float(rules.sign_held[1 if person.diagnosed else 0, min(person.age, OLDEST)])
    return rules.sign_chronic if person.diagnosed or person.age >= OLD else rules.sign


@rule
def sign_or_renew(
    person: Person, rules: ContractRules, effort: float, key: Key, year: int, holding: bool = False
) -> None:
    """The contract of one person for one year.

    Contracts of the county's first year began the year before, in a month of their own.

    Args:
        person: whose contract it is.
        rules: of contracts.
        effort: the community's prevention effort, 0..1.
        key: the run's luck.
        year: number of the year.
        holding: the county holds still, so that shares signed are kept as if persons came into each age as ever.
    """
    word, _, _, _ = words(key, person.key, YEAR_CONTRACT, year, 0)
    u = unit(word)
    had = person.signed > 0
    if person.away:
        person.signed = 0
    elif person.signed:
        person.signed = min(person.signed + 1, 100) if u < rules.renew[reward_class(person.signed + 1)] else 0
    else:
        first = first_signing(person, rules, holding)
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
