"""The whole model as one page: history years once, then every arm from there.

Year by year: response -> population, illness, care, claims, benefit (the engine) -> payment -> settlement -> fund ->
outcomes.  Arms that behave alike in a year (all those whose response is switched off, say) share one simulation of it
and differ only in what is paid; they part where their policies first differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim import response
from sim.books import Books, close_year, open_books, plan
from sim.config import SimConfig
from sim.engine import engines
from sim.engine.engines import Engine
from sim.engine.world import RuleConfigs, policy_of
from sim.ledger import YearBook
from sim.outcomes import Row
from sim.payment.lists import check_lists
from sim.randomness import Key
from sim.tables import Claims, Flows


class Snapshot(NamedTuple):
    """Where all arms start: the state after the history years, and what those years gave."""

    engine: Engine
    books: Books
    config: SimConfig
    replication: int

    @property
    def rows(self) -> list[Row]:
        """Outcome rows of the history years."""
        return list(self.books.rows)


class Arm(NamedTuple):
    """One arm to simulate."""

    id: str
    config: SimConfig
    off: bool
    """Provider response switched off."""


class ArmResult(NamedTuple):
    """What one arm gave in the reform years."""

    rows: list[Row]
    """(year, outcome, group, value)"""
    claims: tuple[Claims, ...]
    """Single claims by year, history years first; empty unless ``output.claims``."""
    ledger: tuple[YearBook, ...] = ()
    """The fund's ledger by year, history years first; empty unless it is kept."""


def rule_configs(config: SimConfig) -> RuleConfigs:
    """What the engine needs of a configuration."""
    return RuleConfigs(*(getattr(config, name) for name in RuleConfigs._fields))


def play(engine: Engine, policy: response.Policy, config: SimConfig, year: int) -> Flows:
    """Play one year at its level of prices."""
    level = (1.0 + config.claims.growth) ** year
    rules = engine.world.rules
    return engine.play(
        year,
        policy_of(policy.intensity, policy.prevention, level, rules, policy.covered, policy.quota, policy.restraint),
    )


def run_history(
    config: SimConfig, replication: int, pulse: Callable[[], None] = lambda: None, ledgers: bool = False
) -> Snapshot:
    """The history years under the current payment rule: the same for every arm, so computed once.

    Args:
        config: the study's base configuration.
        replication: number of the replication, part of the key of all draws.
        pulse: called before every year; may raise to stop the work.
        ledgers: keep the entries of the fund's ledger, here and in the reform years.
    """
    key = Key(config.seed, replication)
    setting = engines.Setting(config.output.claims, config.years.warm_up)
    engine = engines.create(config.engine, rule_configs(config), key, setting)
    books = open_books(config, ledgers)
    policy = response.neutral(config.providers.communities)
    for terms, name in ((config.current_payment, "current_payment"), (config.payment, "payment")):
        check_lists(terms, len(engine.world.providers.tier), config.providers.communities, name)
    for year in range(-config.years.warm_up, config.years.history):
        pulse()
        flows = play(engine, policy, config, year)
        if year < 0:
            continue
        where = f"history, replication {replication}, year {year}"
        books = close_year(config, config.current_payment, books, policy, flows, engine.world.providers, year, where)
    return Snapshot(engine, books, config, replication)


class Branch(NamedTuple):
    """A simulation and the arms that share it so far."""

    engine: Engine
    arms: list[int]


def run_reforms(arms: Sequence[Arm], snapshot: Snapshot, pulse: Callable[[], None] = lambda: None) -> list[ArmResult]:
    """The reform years of several arms of one study, from the history they share."""
    for arm in arms:
        check_lists(arm.config.payment, len(snapshot.engine.world.providers.tier), arm.config.providers.communities)
    books = [snapshot.books] * len(arms)
    rules = [rule_configs(arm.config) for arm in arms]
    alike = _together(range(len(arms)), [tuple(stage.model_dump_json() for stage in own) for own in rules])
    branches = [Branch(snapshot.engine.fork(rules[group[0]]), group) for group in alike]
    begun = len(snapshot.books.closed)
    for year in range(begun, begun + snapshot.config.years.reform):
        branches = [part for branch in branches for part in _play(arms, books, branch, year, snapshot, pulse)]
    first = len(snapshot.books.rows)
    return [ArmResult(list(own.rows[first:]), own.claims, own.ledgers) for own in books]


def _play(
    arms: Sequence[Arm], books: list[Books], branch: Branch, year: int, snapshot: Snapshot, pulse: Callable[[], None]
) -> list[Branch]:
    """One year of a branch: arms whose policies differ part, each group is played once, each arm keeps its books."""
    providers = branch.engine.world.providers
    policies = {i: plan(arms[i].config, books[i], providers, year, arms[i].off) for i in branch.arms}
    groups = _together(branch.arms, [b"".join(array.tobytes() for array in policies[i]) for i in branch.arms])
    engines_of_groups = [branch.engine.fork() for _ in groups[1:]] + [branch.engine]
    parts = []
    for engine, group in zip(engines_of_groups, groups, strict=True):
        pulse()
        policy = policies[group[0]]
        flows = play(engine, policy, arms[group[0]].config, year)
        for i in group:
            config = arms[i].config
            where = f"arm {arms[i].id}, replication {snapshot.replication}, year {year}"
            books[i] = close_year(config, config.paid_in(year), books[i], policy, flows, providers, year, where)
        parts.append(Branch(engine, group))
    return parts


def _together(members: Sequence[int], keys: Sequence[object]) -> list[list[int]]:
    """Members with equal keys together, in the order of their first."""
    groups: dict[object, list[int]] = {}
    for member, key in zip(members, keys, strict=True):
        groups.setdefault(key, []).append(member)
    return list(groups.values())
