"""The whole model as one page: history years once, then every arm from there.

Year by year: response -> population, illness, care, claims, benefit (the engine) -> payment -> settlement -> fund ->
outcomes.  Arms that behave alike in a year (all those whose response is switched off, say) share one simulation of it
and differ only in what is paid; they part where their policies first differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sim import response
from sim.basis import NoHeads
from sim.books import Books, close_year, enrolment_of, open_books, plan
from sim.config import SimConfig
from sim.engine import engines
from sim.engine.engines import Engine
from sim.engine.world import RuleConfigs, policy_of
from sim.errors import ConfigError
from sim.ledger import YearBook
from sim.outcomes import Row
from sim.parameters import keys_read
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
    read: frozenset[str] = frozenset()
    """Keys of the arm's configuration that anything looked at."""
    capped: bool = False
    """In every year of the arm's payment the fund's income held the budgets of residents down."""


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
    config: SimConfig,
    replication: int,
    pulse: Callable[[], None] = lambda: None,
    ledgers: bool = False,
    last: int | None = None,
) -> Snapshot:
    """The history years under the current payment rule: the same for every arm, so computed once.

    Args:
        config: the study's base configuration.
        replication: number of the replication, part of the key of all draws.
        pulse: called before every year; may raise to stop the work.
        ledgers: keep the entries of the fund's ledger, here and in the reform years.
        last: stop after this year, if the history has more; None: play all of it.
    """
    key = Key(config.seed, replication)
    setting = engines.Setting(config.output.claims, config.years.warm_up)
    engine = engines.create(config.engine, rule_configs(config), key, setting)
    books = open_books(config, ledgers)
    policy = response.neutral(config.providers.communities)
    for terms, name in ((config.current_payment, "current_payment"), (config.payment, "payment")):
        check_lists(terms, len(engine.world.providers.tier), config.providers.communities, name)
    whole = config.years.history
    for year in range(-config.years.warm_up, whole if last is None else min(last + 1, whole)):
        pulse()
        flows = play(engine, policy, config, year)
        if year < 0:
            continue
        where = f"history, replication {replication}, year {year}"
        providers, paid_by = engine.world.providers, config.current_payment
        with _somebody_left(config, replication, year, enrolment_of(flows.population).insured):
            books = close_year(config, paid_by, books, policy, flows, providers, year, where)
    return Snapshot(engine, books, config, replication)


@contextmanager
def _somebody_left(config: SimConfig, replication: int, year: int, insured: int) -> Iterator[None]:
    """What rules of payment say when they find nobody to pay for, in the words of a simulation."""
    try:
        yield
    except ConfigError as error:
        if insured and not isinstance(error, NoHeads):
            raise
        raise ConfigError(
            f"nobody is insured with the fund any more in {config.base_year + year}: there is nobody to pay for",
            where=f"payment, simulated year {year + 1}, replication {replication + 1}",
            value=f"{insured} insured residents", bound="at least 1 in every year",
            todo="simulate a larger county (population.residents) or fewer years (years.history, years.reform); "
            "population.births, population.mortality_male_growth and population.resident_insured say who is there",
        ) from None  # fmt: skip


class Branch(NamedTuple):
    """A simulation and the arms that share it so far."""

    engine: Engine
    arms: list[int]


def _with_shared_rules(arms: Sequence[Arm]) -> list[Arm]:
    """Arms with the same rules of the engine hold one instance of them, as they share one simulation."""
    first: dict[tuple[str, ...], dict[str, Any]] = {}
    shared = []
    for arm in arms:
        own = rule_configs(arm.config)
        stages = first.setdefault(tuple(stage.model_dump_json() for stage in own), own._asdict())
        shared.append(arm._replace(config=arm.config.model_copy(update=stages)))
    return shared


def run_reforms(arms: Sequence[Arm], snapshot: Snapshot, pulse: Callable[[], None] = lambda: None) -> list[ArmResult]:
    """The reform years of several arms of one study, from the history they share."""
    for arm in arms:
        check_lists(arm.config.payment, len(snapshot.engine.world.providers.tier), arm.config.providers.communities)
    books = [snapshot.books] * len(arms)
    arms = _with_shared_rules(arms)
    rules = [rule_configs(arm.config) for arm in arms]
    alike = _together(range(len(arms)), [tuple(id(stage) for stage in own) for own in rules])
    branches = [Branch(snapshot.engine.fork(rules[group[0]]), group) for group in alike]
    begun = len(snapshot.books.closed)
    for year in range(begun, begun + snapshot.config.years.reform):
        branches = [part for branch in branches for part in _play(arms, books, branch, year, snapshot, pulse)]
    first = len(snapshot.books.rows)
    read = [frozenset(keys_read(arm.config)) for arm in arms]
    return [ArmResult(list(b.rows[first:]), b.claims, b.ledgers, r, b.capped) for b, r in zip(books, read, strict=True)]


def _play(
    arms: Sequence[Arm], books: list[Books], branch: Branch, year: int, snapshot: Snapshot, pulse: Callable[[], None]
) -> list[Branch]:
    """One year of a branch: arms whose policies differ part, each group is played once, each arm keeps its books."""
    providers = branch.engine.world.providers
    policies = {}
    for i in branch.arms:
        with _somebody_left(arms[i].config, snapshot.replication, year, int(books[i].closed[-1].heads.sum())):
            policies[i] = plan(arms[i].config, books[i], providers, year, arms[i].off)
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
            with _somebody_left(config, snapshot.replication, year, enrolment_of(flows.population).insured):
                books[i] = close_year(config, config.paid_in(year), books[i], policy, flows, providers, year, where)
        parts.append(Branch(engine, group))
    return parts


def _together(members: Sequence[int], keys: Sequence[object]) -> list[list[int]]:
    """Members with equal keys together, in the order of their first."""
    groups: dict[object, list[int]] = {}
    for member, key in zip(members, keys, strict=True):
        groups.setdefault(key, []).append(member)
    return list(groups.values())
