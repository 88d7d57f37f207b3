"""Who is signed with a family doctor team: signing, renewal, lapse, at the year's start."""

from __future__ import annotations

from typing import NamedTuple

from sim.parameters import Config as BaseConfig
from sim.parameters import Share, param
from sim.person import Person
from sim.randomness import YEAR_CONTRACT, Key, unit, words
from sim.rules import rule


class Config(BaseConfig):
    """Family doctor contracts (家庭医生签约)."""

    sign: Share = param(
        0.08,
        "Yearly probability that an unsigned person signs.",
        unit="per year",
        zh="新签约概率",
        source="assumed: keeps about a third signed with `renew`; no published rate (figures gap 8)",
    )
    sign_chronic: Share = param(
        0.20,
        "The same for a person with a diagnosed chronic condition or aged 65 and over.",
        unit="per year",
        zh="重点人群签约概率",
        source="assumed: teams approach the elderly and the chronically ill first",
    )
    renew: Share = param(
        0.85,
        "Yearly probability that a contract is renewed.",
        unit="per year",
        zh="续约率",
        source="assumed: no published rate (figures gap 8)",
    )
    effort_gain: Share = param(
        0.10,
        "Added to both signing probabilities at full prevention effort.",
        unit="per year",
        zh="努力对签约的影响",
        source="assumed: pilots raise signing (doc 001, dimension 7)",
    )


class ContractRules(NamedTuple):
    """Numbers the compiled rule uses, from `Config`."""

    sign: float
    sign_chronic: float
    renew: float
    effort_gain: float


def compile_rules(config: Config) -> ContractRules:
    """The configuration as plain numbers."""
    return ContractRules(config.sign, config.sign_chronic, config.renew, config.effort_gain)


@rule
def sign_or_renew(person: Person, rules: ContractRules, effort: float, key: Key, year: int) -> None:
    """The contract of one person for one year; ``effort`` is the community's prevention effort, 0..1."""
    word, _, _, _ = words(key, person.key, YEAR_CONTRACT, year, 0)
    u = unit(word)
    if person.away:
        person.signed = 0
    elif person.signed:
        person.signed = min(person.signed + 1, 100) if u < rules.renew else 0
    else:
        first = rules.sign_chronic if person.diagnosed or person.age >= 65 else rules.sign
        person.signed = 1 if u < first + effort * rules.effort_gain else 0
