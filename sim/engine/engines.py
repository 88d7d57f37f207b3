"""The two engines behind one interface: they play one year at a time, and fork where arms part."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from sim.core.randomness import Key
from sim.county import benefit, population, variation
from sim.engine import kernel, sink, world, year
from sim.engine.capacity import needs_growth
from sim.engine.create import RuleConfigs, compile_rules
from sim.engine.create import create as create_world
from sim.engine.world import NEED, Conduct, Trends, World, conduct_of
from sim.money.history import Policy
from sim.tables import Claims, Flows, concat_claims


class Engine(Protocol):
    """Plays the county year by year."""

    world: World

    def play(self, model_year: int, policy: Policy, price_level: float) -> Flows:
        """Play a year, in order from the first of the warm-up (which is negative), under a policy and its prices."""

    def fork(self, config: RuleConfigs | None = None) -> Engine:
        """An independent engine that goes on from here, under other rules if a configuration is given."""


class Setting(NamedTuple):
    """Settings that an engine is given once, when it is made."""

    single_visits: bool
    """Whether outpatient claims are returned one by one; otherwise summed by cell."""
    warm_up: int
    """Years before year 0."""


def create(name: str, config: RuleConfigs, key: Key, setting: Setting) -> Engine:
    """An engine at the start of its first year.

    Args:
        name: "kernel" or "reference".
        config: the stages' configurations.
        key: the run's luck.
        setting: kind of claims, and the warm-up.
    """
    if name == "reference":
        return ReferenceEngine(config, key, setting)
    return KernelEngine(create_world(config, key), config, setting)


def _begin(
    state: World, config: RuleConfigs, policy: Policy, price_level: float, model_year: int, warm_up: int
) -> tuple[World, Conduct, int]:
    """The world at the start of a model year, how providers behave in it, and how many have died (`year.begin_year`).

    The benefit stands as it does in that year; ``price_level`` is the trend's.
    """
    level = benefit.level_of(config.benefit, price_level, model_year)
    schedules = benefit.compile_rules(benefit.at_level(config.benefit, level))
    state = state._replace(rules=state.rules._replace(benefit=schedules))
    number = model_year + warm_up
    common = variation.common(config.variation, state.key, number)
    trends = Trends(price_level, (1.0 + config.population.income_growth) ** model_year)
    conduct = conduct_of(policy, trends, state.rules, common, holding=model_year < 0)
    state, deaths = year.begin_year(state, conduct, number, warm_up)
    return state, conduct, deaths


def _flows(
    state: World,
    config: RuleConfigs,
    claims: list[Claims],
    number: int,
    setting: Setting,
    common: variation.Common,
    deaths: int,
) -> Flows:
    cells = [] if setting.single_visits else [year.cell_claims(state.tally.cells, state.providers, number)]
    together = concat_claims([*claims, *cells])
    return Flows(
        claims=together._replace(year=together.year - setting.warm_up),
        provider=state.tally.provider.copy(),
        county=state.tally.county.copy(),
        population=population.year_view(state.residents, config.population, number - setting.warm_up, common.income),
        settled=state.tally.settled.copy(),
        billed=state.tally.billed.copy(),
        open_stays=year.open_stays(state, number),
        beds=state.queues.nominal.copy(),
        needs=needs_growth(state, state.residents),
        income=common.income,
        deaths=deaths,
    )


class KernelEngine:
    """The compiled engine."""

    def __init__(self, state: World, config: RuleConfigs, setting: Setting) -> None:
        self.world = state
        self._config = config
        self._setting = setting
        self._needs = np.zeros(len(state.residents) + 1024, dtype=NEED)
        capacity = len(state.residents) // (1 if setting.single_visits else 20) + 1024
        self._sink = sink.create_sink(capacity, setting.single_visits)

    def play(self, model_year: int, policy: Policy, price_level: float) -> Flows:
        """Play one year."""
        number = model_year + self._setting.warm_up
        self.world, conduct, deaths = _begin(
            self.world, self._config, policy, price_level, model_year, self._setting.warm_up
        )
        claims: list[Claims] = []
        for month in range(12 * number, 12 * number + 12):
            self.world, written, self._needs = kernel.run_month(self.world, conduct, self._sink, month, self._needs)
            claims += written
        return _flows(self.world, self._config, claims, number, self._setting, conduct.common, deaths)

    def fork(self, config: RuleConfigs | None = None) -> KernelEngine:
        """Copy the state."""
        rules = compile_rules(config) if config else self.world.rules
        return KernelEngine(world.copy(self.world, rules), config or self._config, self._setting)


class ReferenceEngine:
    """The SimPy engine.  Running processes cannot be copied, so a fork plays the same past again, draw by draw."""

    def __init__(self, config: RuleConfigs, key: Key, setting: Setting) -> None:
        from sim.engine.reference import County

        self.world = create_world(config, key)
        self._county = County(self.world)
        self._config = config
        self._setting = setting
        self._past: list[tuple[RuleConfigs, Policy, float]] = []

    def play(self, model_year: int, policy: Policy, price_level: float) -> Flows:
        """Play one year."""
        number = model_year + self._setting.warm_up
        self._past.append((self._config, policy, price_level))
        county = self._county
        county.store_people()
        self.world, conduct, deaths = _begin(
            self.world, self._config, policy, price_level, model_year, self._setting.warm_up
        )
        county.world = self.world
        county.load_people()
        county.conduct = conduct
        county.sink = sink.create_sink(4 * len(self.world.residents) + 10_000, self._setting.single_visits)
        claims = [county.run_month(month) for month in range(12 * number, 12 * number + 12)]
        county.store_people()
        return _flows(self.world, self._config, claims, number, self._setting, conduct.common, deaths)

    def fork(self, config: RuleConfigs | None = None) -> ReferenceEngine:
        """Play the past again in a new county, then change the rules."""
        first = self._past[0][0] if self._past else self._config
        twin = ReferenceEngine(first, self.world.key, self._setting)
        for number, (past, policy, price_level) in enumerate(self._past):
            twin.use(past)
            twin.play(number - self._setting.warm_up, policy, price_level)
        twin.use(config or self._config)
        return twin

    def use(self, config: RuleConfigs) -> None:
        """Go on under the rules of ``config``."""
        if config is not self._config:
            self._config = config
            self.world = self._county.world = self.world._replace(rules=compile_rules(config))
