"""The whole model on one page: the history years once, then every arm from there.

A year (`year_of`) goes round once:

    response (`plan`)      what providers will do, from last year's money
    engine (`play`)        population -> illness -> care -> claims -> benefit, event after event
    books (`close_year`)   payment -> settlement -> fund -> outcomes, arm by arm

Arms that plan alike in a year (all those whose response is switched off, say) share one simulation of it and differ
only in what is paid; they part where their policies first differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sim.closing.arm import close_year, open_books, plan
from sim.closing.books import Books
from sim.closing.two_funds import enrolment_of
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.core.parameters import keys_read
from sim.core.randomness import Key
from sim.engine import engines
from sim.engine.create import RuleConfigs
from sim.engine.engines import Engine
from sim.money.base_years import NoHeads
from sim.money.history import Policy
from sim.money.ledger.carry import YearBook
from sim.money.payment.lists import check_lists
from sim.outcomes.outcome import Row
from sim.tables import Claims, Flows

Pulse = Callable[[], None]
"""Called before every year; may raise to stop the work."""


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


HISTORY = "history"
"""Id of the years before any reform, which are played as an arm without response."""


class Arm(NamedTuple):
    """One arm to simulate."""

    id: str
    config: SimConfig
    off: bool
    """Provider response switched off."""

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.id if self.id == HISTORY else f"arm {self.id}"


class Branch(NamedTuple):
    """A simulation, and the arms that have shared it so far with the books of each."""

    engine: Engine
    books: tuple[Books, ...]
    arms: tuple[int, ...]
    """Positions among all arms."""


class ArmResult(NamedTuple):
    """What one arm gave in the reform years."""

    rows: list[Row]
    """(year, outcome, group, value)"""
    books: Books
    """After the last year."""
    read: frozenset[str] = frozenset()
    """Keys of the arm's configuration that anything looked at."""

    @property
    def claims(self) -> tuple[Claims, ...]:
        """Single claims by year, history years first; empty unless ``output.claims``."""
        return self.books.claims

    @property
    def ledger(self) -> tuple[YearBook, ...]:
        """The fund's ledger by year, history years first; empty unless it is kept."""
        return self.books.ledgers

    @property
    def capped(self) -> bool:
        """Whether in every year of the arm's payment the fund's income held the budgets of residents down."""
        return self.books.capped


def rule_configs(config: SimConfig) -> RuleConfigs:
    """What the engine needs of a configuration."""
    return RuleConfigs(*(getattr(config, name) for name in RuleConfigs._fields))


def play(engine: Engine, policy: Policy, config: SimConfig, year: int) -> Flows:
    """Play one year at its level of prices."""
    return engine.play(year, policy, (1.0 + config.claims.growth) ** year)


def no_pulse() -> None:
    """The default pulse: nothing asks the work to stop."""


def run_history(
    config: SimConfig, replication: int, pulse: Pulse = no_pulse, ledgers: bool = False, last: int | None = None
) -> Snapshot:
    """The history years under the current payment rule: the same for every arm, so computed once.

    Args:
        config: the study's base configuration.
        replication: number of the replication, part of the key of all draws.
        pulse: called before every year; may raise to stop the work.
        ledgers: keep the entries of the fund's ledger, here and in the reform years.
        last: stop after this year, if the history has more; None: play all of it.
    """
    setting = engines.Setting(config.output.claims, config.years.warm_up)
    engine = engines.create(config.engine, rule_configs(config), Key(config.seed, replication), setting)
    history, books = Arm(HISTORY, config, off=True), open_books(config, ledgers)
    for terms, name in ((config.current_payment, "current_payment"), (config.payment, "payment")):
        check_lists(terms, len(engine.world.providers.tier), config.providers.communities, name)
    for year in range(-config.years.warm_up, 0):
        pulse()
        play(engine, books.policy, config, year)
    history_years = config.years.history
    for year in range(history_years if last is None else min(last + 1, history_years)):
        (branch,) = year_of([history], Branch(engine, (books,), (0,)), replication, year, pulse)
        (books,) = branch.books
    return Snapshot(engine, books, config, replication)


def run_reforms(
    arms: Sequence[Arm], snapshot: Snapshot, pulse: Pulse = no_pulse, last: int | None = None
) -> list[ArmResult]:
    """The reform years of several arms of one study, from their shared history; no year after ``last``, if given."""
    for arm in arms:
        check_lists(arm.config.payment, len(snapshot.engine.world.providers.tier), arm.config.providers.communities)
    arms = _with_shared_rules(arms)
    rules = [rule_configs(arm.config) for arm in arms]
    alike = _together(range(len(arms)), [tuple(id(stage) for stage in stages) for stages in rules])
    branches = [
        Branch(snapshot.engine.fork(rules[group[0]]), (snapshot.books,) * len(group), tuple(group)) for group in alike
    ]
    begun = len(snapshot.books.closed)
    end = begun + snapshot.config.years.reform
    for year in range(begun, end if last is None else min(last + 1, end)):
        branches = [part for branch in branches for part in year_of(arms, branch, snapshot.replication, year, pulse)]
    books = {arm: arm_books for branch in branches for arm, arm_books in zip(branch.arms, branch.books, strict=True)}
    first = len(snapshot.books.rows)
    return [
        ArmResult(list(books[i].rows[first:]), books[i], frozenset(keys_read(arm.config))) for i, arm in enumerate(arms)
    ]


def year_of(arms: Sequence[Arm], branch: Branch, replication: int, year: int, pulse: Pulse = no_pulse) -> list[Branch]:
    """One year of a branch: its arms plan; those that plan alike are played once; each pays, settles and books its own.

    Args:
        arms: all arms; ``branch.arms`` are positions among them.
        branch: the arms that have shared one simulation so far.
        replication: for the message if something is wrong.
        year: 0-based.
        pulse: called before every simulation; may raise to stop the work.

    Returns:
        The branch, in parts if its arms planned differently.
    """
    books = dict(zip(branch.arms, branch.books, strict=True))
    providers = branch.engine.world.providers
    policies = dict[int, Policy]()
    for i in branch.arms:
        with _somebody_left(arms[i].config, replication, year, books[i].insured):
            policies[i] = plan(arms[i].config, books[i], providers, year, arms[i].off)
    groups = _together(branch.arms, [b"".join(array.tobytes() for array in policies[i]) for i in branch.arms])
    engines_of_groups = [branch.engine.fork() for _ in groups[1:]] + [branch.engine]
    parts = []
    for engine, group in zip(engines_of_groups, groups, strict=True):
        pulse()
        policy = policies[group[0]]
        flows = play(engine, policy, arms[group[0]].config, year)
        for i in group:
            with _somebody_left(arms[i].config, replication, year, enrolment_of(flows.population).insured):
                where = f"{arms[i].label}, replication {replication}, year {year}"
                books[i] = close_year(arms[i].config, books[i], policy, flows, providers, year, where)
        parts.append(Branch(engine, tuple(books[i] for i in group), tuple(group)))
    return parts


def _with_shared_rules(arms: Sequence[Arm]) -> list[Arm]:
    """Arms with the same rules of the engine hold one instance of them, as they share one simulation."""
    first: dict[tuple[str, ...], dict[str, Any]] = {}
    shared = []
    for arm in arms:
        rules = rule_configs(arm.config)
        stages = first.setdefault(tuple(stage.model_dump_json() for stage in rules), rules._asdict())
        shared.append(arm._replace(config=arm.config.model_copy(update=stages)))
    return shared


@contextmanager
def _somebody_left(config: SimConfig, replication: int, year: int, insured: int) -> Iterator[None]:
    """Turn the error of a payment rule that finds nobody to pay for into one that names year and replication."""
    try:
        yield
    except ConfigError as error:
        if insured and not isinstance(error, NoHeads):
            raise
        raise ConfigError(
            f"nobody is insured with the fund any more in {config.base_year + year}: there is nobody to pay for",
            where=f"payment, simulated year {year + 1}, replication {replication + 1}",
            value=f"{insured} insured residents",
            bound="at least 1 in every year",
            todo="simulate a larger county (population.residents) or fewer years (years.history, years.reform); "
            "population.births, population.mortality_male_growth and population.resident_insured say who is there",
        ) from None


def _together(members: Sequence[int], keys: Sequence[object]) -> list[list[int]]:
    """Group members with equal keys; groups stand in the order of their first members."""
    groups: dict[object, list[int]] = {}
    for member, key in zip(members, keys, strict=True):
        groups.setdefault(key, []).append(member)
    return list(groups.values())
