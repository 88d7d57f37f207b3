"""Small counties for tests of the engines: built from the stages' own configurations, played by either engine."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.core import randomness
from sim.core.randomness import Key
from sim.county import benefit, care, claims, family_doctors, illness, population, providers, variation
from sim.county.person import FIELDS, PERSON, Person
from sim.engine import engines
from sim.engine.create import RuleConfigs
from sim.engine.engines import Engine
from sim.engine.world import Conduct, Rules, Trends, World, conduct_of
from sim.money import response
from sim.money.history import Policy
from sim.tables import TIERS, Claims, Flows
from tests import paths

STAGES = {
    "population": population.Config,
    "providers": providers.Config,
    "contracts": family_doctors.Config,
    "illness": illness.Config,
    "care": care.Config,
    "claims": claims.Config,
    "benefit": benefit.Config,
    "variation": variation.Config,
}
EVEN = {
    "inpatient_groups": str(paths.CASES / "even_groups.csv"),
    "severity_days": (1.0, 1.0, 1.0),
    "severity_charge": (1.0, 1.0, 1.0),
}
"""Stays of all case groups and severities are alike in length, charge and their spread."""
NEVER_FULL = {"beds_per_1000": 1000.0, "slots_per_1000": 1000.0}


def tiers(*values: Any) -> dict[str, Any]:
    """One value for each tier, or the same for all."""
    return dict(zip(TIERS, values if len(values) > 1 else values * len(TIERS), strict=True))


def county(residents: int = 200, **stages: dict[str, Any]) -> RuleConfigs:
    """Configurations of a county of small villages where all years are alike; keywords change a stage's defaults."""
    small = {
        "residents": residents,
        "county_residents": residents,
        "households_per_village": 20,
        "villages_per_township": 2,
    }
    stages = {"variation": {"apply": False}} | stages | {"population": small | stages.get("population", {})}
    return RuleConfigs(**{name: kind(**stages.get(name, {})) for name, kind in STAGES.items()})


def with_slack(residents: int = 200, **stages: dict[str, Any]) -> RuleConfigs:
    """The same with a bed and a slot for everybody."""
    slack = {name: tiers(value) for name, value in NEVER_FULL.items()} | {"capability": tiers(0, 1, 2, 3, 3)}
    return county(residents, **stages | {"providers": slack | stages.get("providers", {})})


def under_pressure(residents: int = 300, **stages: dict[str, Any]) -> RuleConfigs:
    """The same with more need than beds and slots, so that people wait, give up and turn elsewhere."""
    tight = {
        "beds_per_1000": tiers(0.0, 9.0, 6.0, 1000.0, 1000.0),
        "slots_per_1000": tiers(8.0, 5.0, 5.0, 1000.0, 1000.0),
        "bed_patience": 4.0,
    }
    ill = {"severe_scale": 7.0}
    down = {"step_down": 0.5, "return_probability": 0.3}
    defaults = {"providers": tight, "illness": ill, "claims": down}
    return county(residents, **{n: defaults.get(n, {}) | stages.get(n, {}) for n in defaults | stages})


def person(**fields: Any) -> Person:
    """A resident-insured person with nothing used this year, as rules take him."""
    someone = Person(np.zeros(1, dtype=PERSON)[0])
    for name, value in ({"alive": 1, "insurance": 1, "frailty": 1.0, "fragility": 1.0} | fields).items():
        assert name in FIELDS
        setattr(someone, name, value)
    return someone


def alike(count: int, **fields: Any) -> np.ndarray:
    """Records of persons who differ in nothing but their keys."""
    rows = np.zeros(count, dtype=PERSON)
    rows["key"] = np.arange(count)
    for name, value in ({"alive": 1, "insurance": 1, "frailty": 1.0, "fragility": 1.0} | fields).items():
        rows[name] = value
    return rows


def assert_share(hits: np.ndarray, expected: float, sigmas: float = 4) -> None:
    """The share of hits is as expected, within some standard errors of so many independent trials.

    Draws are fixed by their seeds, so a check is passed once and for all; four errors suit the number of checks.
    """
    assert len(hits) > 20
    error = np.sqrt(max(expected * (1 - expected), 1e-12) / len(hits))
    assert abs(hits.mean() - expected) <= sigmas * error + 1e-12, f"{hits.mean():.5f} against {expected:.5f}"


class Behaviour(NamedTuple):
    """How a year is played."""

    policy: Policy
    price_level: float = 1.0

    def conduct(self, rules: Rules, income_level: float = 1.0) -> Conduct:
        """The same as the engine's rules take it, in a year in which incomes have grown so."""
        return conduct_of(self.policy, Trends(self.price_level, income_level), rules, variation.Common(), holding=False)


def neutral(config: RuleConfigs, price_level: float = 1.0, income_level: float = 1.0, **parts: np.ndarray) -> Behaviour:
    """Providers as in history years, but for the parts given."""
    return Behaviour(response.neutral(config.providers.communities)._replace(**parts), price_level)


def make(
    config: RuleConfigs,
    engine: str = "kernel",
    key: Key = Key(1, 0),  # noqa: B008  (immutable)
    *,
    single_visits: bool = True,
) -> Engine:
    """An engine before year 0, without a warm-up."""
    return engines.create(engine, config, key, engines.Setting(single_visits, 0))


def recorded(engine: Engine) -> list[Flows]:
    """What the engine plays from now on, year by year."""
    played, play_year = list[Flows](), engine.play

    def play_and_record(*arguments: Any) -> Flows:
        played.append(play_year(*arguments))
        return played[-1]

    engine.play = play_and_record  # type: ignore[method-assign]
    return played


class Played(NamedTuple):
    """An engine after some years, and what each year gave."""

    engine: Engine
    years: list[Flows]

    @property
    def world(self) -> World:
        """The state at the end."""
        return self.engine.world


def play(
    config: RuleConfigs,
    years: int = 1,
    *,
    engine: str | Engine = "kernel",
    key: Key = Key(1, 0),  # noqa: B008  (immutable)
    behaviours: Sequence[Behaviour] = (),
    single_visits: bool = True,
) -> Played:
    """Play the first years of a county."""
    if isinstance(engine, str):
        engine = make(config, engine, key, single_visits=single_visits)
    behaviours = behaviours or [neutral(config)] * years
    return Played(engine, [engine.play(year, *own) for year, own in enumerate(behaviours)])


def assert_same(left: Any, right: Any, what: str = "") -> None:
    """Two (nested) records of arrays are the same to the byte; the message names the first difference."""
    if isinstance(left, tuple):
        assert len(left) == len(right), f"{what}: {len(left)} against {len(right)} parts"
        names = getattr(left, "_fields", range(len(left)))
        for name, a, b in zip(names, left, right, strict=True):
            assert_same(a, b, f"{what}.{name}")
        return
    left, right = np.asarray(left), np.asarray(right)
    assert left.dtype == right.dtype, f"{what}: {left.dtype} against {right.dtype}"
    assert left.shape == right.shape, f"{what}: {left.shape} against {right.shape}"
    wrong = np.flatnonzero((left != right).ravel())
    assert not len(wrong), (
        f"{what}: {len(wrong)} differ, first at {np.unravel_index(wrong[0], left.shape)}: "
        f"{left.ravel()[wrong[0]]} against {right.ravel()[wrong[0]]}"
    )


def assert_same_years(left: Sequence[Flows], right: Sequence[Flows]) -> None:
    """The same claims, tallies and persons in every year."""
    assert len(left) == len(right)
    for year, (a, b) in enumerate(zip(left, right, strict=True)):
        assert_same(a, b, f"year {year}")


def differs(check: Any, *arguments: Any) -> str:
    """The message with which a check fails; it must."""
    with pytest.raises(AssertionError) as failure:
        check(*arguments)
    return str(failure.value)


INNER_FIELDS = ("token",)
"""How the kernel knows outdated events; the reference needs no such thing."""


def people(world: World) -> dict[str, np.ndarray]:
    """Every field of every person, in the order of keys; living persons only."""
    living = world.residents[world.residents["alive"] == 1]
    living = living[np.argsort(living["key"])]
    return {name: living[name] for name in FIELDS if name not in INNER_FIELDS}


def by_key(flows: Flows) -> Flows:
    """The year with its persons in the order of keys, for comparisons in which rows are numbered otherwise."""
    order = np.argsort(flows.population.key)
    return flows._replace(population=type(flows.population)(*(column[order] for column in flows.population)))


def digest(*parts: bytes) -> str:
    """A short stand-in for a lot of bytes: pytest spells out the difference of whatever it compares, for hours."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def claims_digest(years: Sequence[Flows]) -> str:
    """Of all claims as they would be written."""
    return digest(*(column.tobytes() for flows in years for column in flows.claims))


def claims_of(claims: Claims, keys: Any) -> Claims:
    """Claims of some persons."""
    keep = np.isin(claims.resident, keys)
    return Claims(*(column[keep] for column in claims))


# --- the kernel as plain Python --------------------------------------------------------------------------------------
class Row:
    """A row of a structured array as rules see it in compiled code: attributes that are plain numbers."""

    __slots__ = ("at", "table")

    def __init__(self, table: np.ndarray, at: int) -> None:
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "at", at)

    def __getattr__(self, name: str) -> Any:
        return self.table[name][self.at].item()

    def __setattr__(self, name: str, value: Any) -> None:
        self.table[name][self.at] = value


class Rows:
    """A structured array whose rows have attributes."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, at: int) -> Row:
        return Row(self.table, at)

    def __setitem__(self, at: int, row: Row) -> None:
        self.table[at] = row.table[row.at]


def _records(argument: Any) -> Any:
    if isinstance(argument, World):
        return argument._replace(residents=Rows(argument.residents), episodes=Rows(argument.episodes))
    return Rows(argument) if isinstance(argument, np.ndarray) and argument.dtype.names else argument


def _interpreted(compiled: Any) -> Any:
    def run(*arguments: Any) -> Any:
        with np.errstate(over="ignore"):  # products of 32-bit words wrap around, as in compiled code
            return compiled.py_func(*map(_records, arguments))

    return run


@contextmanager
def interpreted_kernel() -> Iterator[pytest.MonkeyPatch]:
    """Run the kernel's loops as plain Python, so that the faults which a test plants in rules take effect in it."""
    with pytest.MonkeyPatch.context() as patch:
        for module_name, module in list(sys.modules.items()):
            if module_name.startswith("sim.engine."):
                for name, compiled in vars(module).copy().items():
                    if hasattr(compiled, "py_func"):
                        patch.setattr(module, name, _interpreted(compiled))
        yield patch


WORDS = randomness.words


def redirect_draws(patch: pytest.MonkeyPatch, change: Callable[..., tuple[Any, ...]]) -> None:
    """Plant a fault in every draw: ``change(key, who, decision, period, index)`` gives the address used instead."""

    def words(*address: Any) -> tuple[int, int, int, int]:
        return WORDS(*change(*(part if isinstance(part, tuple) else int(part) for part in address)))

    words.redirected = True  # type: ignore[attr-defined]
    for name, module in list(sys.modules.items()):
        used = getattr(module, "words", None) if name.startswith("sim.") else None
        if used is WORDS or getattr(used, "redirected", False):
            patch.setattr(module, "words", words)


STAYING = family_doctors.Lives(*np.ones((2, 120)), *np.zeros((3, 120)))
"""Nobody is known as ill, leaves or has children: contracts depend on age alone."""


def contract_rules(config: family_doctors.Config) -> family_doctors.ContractRules:
    """Rules of contracts where persons live so."""
    return family_doctors.compile_rules(config, STAYING)
