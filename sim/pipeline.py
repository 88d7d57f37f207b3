"""The whole model as one page: history years once, then every arm from there.

Year by year: response -> population, illness, care, claims, benefit (the engine) -> payment -> settlement -> fund ->
outcomes.  Arms that behave alike in a year (all those whose response is switched off, say) share one simulation of it
and differ only in what is paid; they part where their policies first differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim import outcomes, response
from sim.books import Books, close_year, open_books, plan
from sim.config import SimConfig
from sim.engine import engines
from sim.engine.engines import Engine
from sim.engine.world import Policy, RuleConfigs
from sim.outcomes import Row
from sim.randomness import Key
from sim.tables import Claims


class Snapshot(NamedTuple):
    """Where all arms start: the state after the history years, and what those years gave."""

    engine: Engine
    books: Books
    config: SimConfig

    @property
    def rows(self) -> list[Row]:
        """Outcome rows of the history years."""
        return list(self.books.rows)


class Arm(NamedTuple):
    """One arm to simulate."""

    config: SimConfig
    off: bool
    """Provider response switched off."""


class ArmResult(NamedTuple):
    """What one arm gave in the reform years."""

    rows: list[outcomes.Row]
    """(year, outcome, group, value)"""
    claims: tuple[Claims, ...]
    """Single claims by year, history years first; empty unless ``output.claims``."""


def rule_configs(config: SimConfig) -> RuleConfigs:
    """What the engine needs of a configuration."""
    return RuleConfigs(*(getattr(config, name) for name in RuleConfigs._fields))


def to_engine(policy: response.Policy, config: SimConfig, year: int) -> Policy:
    """The policy as the engine reads it, with the year's level of prices."""
    return Policy(policy.intensity, policy.prevention, (1.0 + config.claims.growth) ** year)


def _groups(members: Sequence[int], key: Callable[[int], object]) -> list[list[int]]:
    """Members with equal keys together, in the order of their first."""
    groups: dict[object, list[int]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return list(groups.values())


def run_history(config: SimConfig, replication: int) -> Snapshot:
    """The history years under the current payment rule: the same for every arm, so computed once."""
    key = Key(config.seed, replication)
    engine = engines.create(config.engine, rule_configs(config), key, single_visits=config.output.claims)
    books = open_books(config)
    for year in range(config.years.history):
        policy = response.neutral(config.providers.communities)
        flows = engine.play(year, to_engine(policy, config, year))
        books = close_year(config, config.current_payment, books, policy, flows, engine.world.providers, year)
    return Snapshot(engine, books, config)


def run_reforms(arms: Sequence[Arm], snapshot: Snapshot) -> list[ArmResult]:
    """The reform years of several arms of one study."""
    books = [snapshot.books] * len(arms)
    rules = [rule_configs(arm.config) for arm in arms]
    alike = _groups(range(len(arms)), lambda i: tuple(stage.model_dump_json() for stage in rules[i]))
    branches = [(snapshot.engine.fork(rules[group[0]]), group) for group in alike]
    for year in range(snapshot.config.years.history, snapshot.config.years.history + snapshot.config.years.reform):
        following = []
        for engine, members in branches:
            policies = {i: plan(arms[i].config, books[i], engine.world.providers, year, arms[i].off) for i in members}
            parted = _groups(members, lambda i: b"".join(a.tobytes() for a in policies[i]))
            for number, group in enumerate(parted):
                own = engine if number == len(parted) - 1 else engine.fork()
                policy = policies[group[0]]
                flows = own.play(year, to_engine(policy, arms[group[0]].config, year))
                for i in group:
                    config = arms[i].config
                    books[i] = close_year(config, config.payment, books[i], policy, flows, own.world.providers, year)
                following.append((own, group))
        branches = following
    begun = len(snapshot.books.rows)
    return [ArmResult(list(b.rows[begun:]), b.claims) for b in books]
