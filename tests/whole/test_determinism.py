"""Same bytes for any order, chunk, worker, hash seed and neighbour; each check is shown to fail on a planted fault."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim
from sim import pipeline
from sim.config import SimConfig, load_config
from sim.core.randomness import Key
from sim.engine import draws, engines, kernel
from sim.engine import world as world_module
from sim.engine.create import RuleConfigs
from sim.engine.engines import Engine
from sim.engine.sink import create_sink
from sim.engine.world import NEED
from sim.experiment.study_model import Arm as StudyArm
from sim.experiment.study_model import Label, Study
from sim.pipeline import Arm, run_history, run_reforms
from sim.tables import Claims, Flows
from tests.core_world import (
    assert_same,
    assert_same_years,
    by_key,
    claims_digest,
    claims_of,
    differs,
    digest,
    interpreted_kernel,
    make,
    neutral,
    play,
    redirect_draws,
    under_pressure,
    with_slack,
)

PERSONAL = range(10, 256)
"""Decisions of persons about their lives and care; those below are about who they are."""


# --- any order of residents ------------------------------------------------------------------------------------------
def assert_any_order(config: RuleConfigs, years: int, engine: str = "kernel") -> None:
    """The same claims in the same order, and the same persons, when residents stand in other rows."""
    straight = play(config, years, engine=engine)
    mixed = make(config, engine)
    order = np.random.default_rng(4).permutation(len(mixed.world.residents))
    mixed.world = mixed.world._replace(residents=mixed.world.residents[order])
    other = play(config, years, engine=mixed)
    assert claims_digest(straight.years) == claims_digest(other.years)
    assert_same_years([by_key(flows) for flows in straight.years], [by_key(flows) for flows in other.years])


@pytest.mark.parametrize(("engine", "residents"), [("kernel", 3_000), ("reference", 150)])
def test_any_order_of_residents(engine: str, residents: int) -> None:
    config = under_pressure(residents, population={"births": 0.2, "mortality_male": 0.01})
    assert_any_order(config, 3, engine)


def addresses_by_row(made: Engine) -> Callable[..., tuple[int, ...]]:
    """Draws by row number instead of key."""

    def change(key: Key, who: int, decision: int, period: int, index: int) -> tuple[Any, ...]:
        rows = {int(k): row for row, k in enumerate(made.world.residents["key"])}
        return key, rows.get(who, who) if decision in PERSONAL else who, decision, period, index

    return change


def streamed(_: Engine) -> Callable[..., tuple[int, ...]]:
    """Draws one after another from a stream."""
    count = itertools.count()

    def change(key: Key, who: int, decision: int, period: int, index: int) -> tuple[Any, ...]:
        return key, who if decision not in PERSONAL else next(count), decision, period, index

    return change


@pytest.mark.parametrize("fault", [addresses_by_row, streamed])
def test_any_order_fails_when_draws_depend_on_it(fault: Any) -> None:
    config = under_pressure(120)
    with interpreted_kernel() as patch:
        assert_any_order(config, 1)
        original = engines.create

        def create(*arguments: Any) -> Engine:
            made = original(*arguments)
            redirect_draws(patch, fault(made))
            return made

        patch.setattr(engines, "create", create)
        differs(assert_any_order, config, 1)


# --- any chunk -------------------------------------------------------------------------------------------------------
CHUNKED = under_pressure(700)


def assert_any_chunk() -> None:
    """The same claims however small the buffers for needs and claims are at first."""
    whole = play(CHUNKED, 2)
    for needs, claims in ((0, 9), (40, 10), (5_000, 4_000)):
        made = make(CHUNKED)
        made._needs, made._sink = np.zeros(needs, dtype=NEED), create_sink(claims, single_visits=True)
        chunked = play(CHUNKED, 2, engine=made)
        assert claims_digest(whole.years) == claims_digest(chunked.years)
        assert_same_years(whole.years, chunked.years)


def test_any_size_of_buffers() -> None:
    assert_any_chunk()


def test_any_size_of_block() -> None:
    """Draws are made ahead for a block of persons at a time."""
    config = under_pressure(200)
    whole = play(config)
    with interpreted_kernel() as patch:
        for block in (1, 7):
            for module in (kernel, draws):
                patch.setattr(module, "BLOCK", block)
            assert_same_years(whole.years, play(config).years)


def skip_a_need(original: Any) -> Any:
    def run_events(*arguments: Any) -> int:
        at = original(*arguments)
        return at + 1 if at >= 0 else at

    return run_events


def skip_a_person(original: Any) -> Any:
    def draw_needs(world: Any, *rest: Any) -> tuple[int, int]:
        used, row = original(world, *rest)
        return used, min(row + 1, len(world.residents))

    return draw_needs


def forget_the_queue(original: Any) -> Any:
    def run_events(world: Any, *rest: Any) -> int:
        at = original(world, *rest)
        if at >= 0:
            world.heap.size[0] = 0
        return at

    return run_events


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("run_events", skip_a_need),
        ("draw_needs", skip_a_person),
        ("run_events", forget_the_queue),
    ],
)
def test_any_chunk_fails_when_something_is_lost_between_chunks(
    name: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, name, fault(getattr(kernel, name)))
    differs(assert_any_chunk)


# --- one more resident -----------------------------------------------------------------------------------------------
def renumbered(claims: Claims, flows_of: Any) -> Claims:
    """Providers numbered within their tier, as a larger county may have one village more."""
    first = np.array([np.flatnonzero(flows_of.world.providers.tier == tier)[0] for tier in range(5)])
    return claims._replace(provider=claims.provider - first[claims.tier])


def assert_one_more_changes_nobody(config: Callable[[int], RuleConfigs], residents: int, years: int) -> None:
    """Claims of the first residents and their children, with one neighbour more."""
    few, more = (play(config(count), years) for count in (residents, residents + 1))
    for flows, with_neighbour in zip(few.years, more.years, strict=True):
        families = with_neighbour.claims.resident[with_neighbour.claims.resident % 2**32 < residents]
        theirs = claims_of(renumbered(with_neighbour.claims, more), families)
        assert_same(renumbered(flows.claims, few), theirs, "claims")


@settings(max_examples=25)
@given(st.integers(1, 150))
def test_one_more_resident_changes_nobody_elses_claims(residents: int) -> None:
    """With a bed and a slot for everybody, and no village more: villages are laid out together."""
    lively = {"births": 0.3, "mortality_male": 0.01}
    few, more = (len(make(with_slack(count)).world.geography.km) for count in (residents, residents + 1))
    assume(few == more)
    assert_one_more_changes_nobody(lambda count: with_slack(count, population=lively), residents, 2)


def test_without_slack_a_neighbour_is_felt_in_queues() -> None:
    """What the check would find if queues leaked into a county with slack; in a full one they are meant to.

    Not every neighbour takes a bed or a slot that somebody else wants, so two counties are tried.
    """

    def assert_nobody_feels_it() -> None:
        for residents in (250, 600):
            assert_one_more_changes_nobody(under_pressure, residents, 1)

    differs(assert_nobody_feels_it)


def test_one_more_fails_when_draws_depend_on_how_many_there_are() -> None:
    with interpreted_kernel() as patch:
        assert_one_more_changes_nobody(with_slack, 60, 1)
        original = engines.create

        def create(name: str, config: RuleConfigs, *rest: Any) -> Engine:
            made = original(name, config, *rest)
            total = config.population.residents
            redirect_draws(
                patch, lambda key, who, *place: (key, who if place[0] not in PERSONAL else who + total, *place)
            )
            return made

        patch.setattr(engines, "create", create)
        differs(assert_one_more_changes_nobody, with_slack, 60, 1)


# --- arms share their history and nothing else -----------------------------------------------------------------------
def state_digest(made: Engine) -> str:
    world = made.world
    arrays = [world.residents, world.episodes, *world.queues, *world.heap]
    return digest(*(array.tobytes() for array in arrays))


def assert_forks_are_independent(engine: str) -> None:
    """Two forks of one history: neither sees the other, and the history stays as it was."""
    config = under_pressure(500 if engine == "kernel" else 100)
    straight = play(config, 3, engine=engine).years[2]
    first = play(config, 2, engine=engine).engine
    before = state_digest(first)
    behaviour = neutral(config)
    forks = [first.fork(), first.fork()]
    for fork in forks:
        assert_same(fork.play(2, *behaviour), straight, "fork")
    assert state_digest(first) == before
    assert_same(first.play(2, *behaviour), straight, "the history itself")


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_forks_are_independent(engine: str) -> None:
    assert_forks_are_independent(engine)


def share_everything(world: Any, rules: Any) -> Any:
    return world._replace(rules=rules)


@pytest.mark.parametrize("shared", ["everything", "queues", "heap", "residents", "episodes"])
def test_forks_fail_when_they_share_state(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = world_module.copy

    def copy(world: Any, rules: Any) -> Any:
        if shared == "everything":
            return world._replace(rules=rules)
        return original(world, rules)._replace(**{shared: getattr(world, shared)})

    monkeypatch.setattr(world_module, "copy", copy)
    differs(assert_forks_are_independent, "kernel")


TINY = [
    "population.residents=400", "experiment.replications=3", "years.history=1", "years.reform=2", "years.warm_up=0",
    "population.households_per_village=30", "executor.workers=1",
]  # fmt: skip


def arms_of(*overrides: Sequence[str]) -> list[Arm]:
    return [Arm(f"arm {n}", load_config([*TINY, *own]), False) for n, own in enumerate(overrides)]


def rows_digest(played: Any) -> str:
    """Of an arm's outcomes, in words: nan equals nan there."""
    return digest(repr(played.rows).encode())


def assert_identical_arms_are_identical() -> None:
    """An arm's rows depend neither on the arms beside it nor on whether it is played alone."""
    snapshot = run_history(load_config(TINY), 0)
    package = ["payment=package", "settlement.retained_share=1"]
    together = run_reforms(arms_of(package, ["payment=dip"], package, ["care.gatekeeping=1"]), snapshot)
    alone = [run_reforms(arms_of(own), snapshot)[0] for own in (package, ["care.gatekeeping=1"])]
    first, other, same, third, *_ = (rows_digest(arm) for arm in [*together, *alone])
    assert first == same
    assert first != other
    assert [first, third] == [rows_digest(arm) for arm in alone]


def test_identical_arms_give_identical_rows() -> None:
    assert_identical_arms_are_identical()


def test_identical_arms_fail_when_forks_share_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "copy", share_everything)
    differs(assert_identical_arms_are_identical)


def test_differences_of_identical_arms_are_exactly_zero() -> None:
    """Common random numbers: the same configuration twice gives no difference, with no error."""
    label = Label(en="a", zh="甲")
    arms = {name: StudyArm(label=label, overrides=("payment=package",)) for name in ("one", "two")}
    study = Study(name="twins", title=label, question=label, baseline="one", arms=arms)
    result = sim.compare(study, TINY)
    twins = result.differences[result.differences["arm"].str.startswith("two")]
    assert len(twins) > 50
    assert np.nanmax(np.abs(twins[["difference", "sd", "se", "low", "high"]].to_numpy())) == 0.0
    history = result.outcomes[result.outcomes["year"] < 1]
    of_arm = [history[history["arm"] == arm].drop(columns="arm").reset_index(drop=True) for arm in ("one", "two")]
    assert len(of_arm[0]) > 50
    assert of_arm[0].equals(of_arm[1])


# --- any number of workers -------------------------------------------------------------------------------------------
def results(folder: Path, workers: int) -> tuple[str, str]:
    """Outcomes and claims as written by a run with so many workers."""
    output = [f"output.dir={folder / str(workers)}", "output.claims=true"]
    result = sim.run([*TINY, *output, "payment=dip", "experiment.replications=5", f"executor.workers={workers}"])
    assert result.folder is not None
    return digest(result.outcomes.to_csv().encode()), digest((result.folder / "claims.parquet").read_bytes())


def assert_any_workers(folder: Path) -> None:
    one, *others = (results(folder, workers) for workers in (1, 2, 5))
    for other in others:
        assert one[0] == other[0], "outcomes"
        assert one[1] == other[1], "claims"


def test_any_number_of_workers(tmp_path: Path) -> None:
    assert_any_workers(tmp_path)


def test_any_number_of_workers_fails_when_luck_belongs_to_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = threading.get_ident()
    monkeypatch.setattr(
        pipeline, "Key", lambda seed, replication: Key(seed + int(threading.get_ident() != first), replication)
    )
    differs(assert_any_workers, tmp_path)


# --- any hash seed ---------------------------------------------------------------------------------------------------
PROCESS = """
import hashlib
import sim
from sim.closing import arm
def digest():
    result = sim.run(["population.residents=300", "experiment.replications=2", "years.history=1", "years.reform=1",
                      "years.warm_up=0", "payment=drg_package"])
    print(hashlib.sha256(result.outcomes.to_csv().encode()).hexdigest())
digest()
measure = arm.measure
arm.measure = lambda record: list(set(measure(record)))
digest()
"""


def test_any_hash_seed_unless_a_set_gives_the_order() -> None:
    """Processes with other hash seeds print the same; then, with a set planted where a list should be, they do not."""
    root = Path(sim.__file__).parents[1]
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS], cwd=root, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "PYTHONHASHSEED": str(seed)})
        for seed in (0, 1, 4711)
    ]  # fmt: skip
    printed = [process.communicate(timeout=300)[0].split() for process in running]
    assert all(process.returncode == 0 for process in running)
    right, planted = zip(*printed, strict=True)
    assert len(set(right)) == 1
    assert len(set(planted)) > 1


# --- luck ------------------------------------------------------------------------------------------------------------
def test_another_seed_or_replication_is_another_county() -> None:
    base, *others = (claims_digest(play(with_slack(200), key=key).years) for key in (Key(1, 0), Key(2, 0), Key(1, 1)))
    assert len({base, *others}) == 3
    assert base == claims_digest(play(with_slack(200), key=Key(1, 0)).years)


def total(years: Sequence[Flows]) -> int:
    return sum(int(flows.claims.charge.sum()) for flows in years)


def test_arms_share_their_luck_person_by_person() -> None:
    """Two price levels: the paired difference varies far less than the levels do between replications."""
    config = with_slack(400)
    cheap, dear = (
        np.array([total(play(config, key=Key(1, r), behaviours=[neutral(config, level)]).years) for r in range(20)])
        for level in (1.0, 1.05)
    )
    assert (dear / cheap - 1).std() < 0.25 * (cheap / cheap.mean()).std()


def test_configurations_are_equal_when_read_again() -> None:
    """A task carries its configuration as text."""
    config = load_config([*TINY, "payment=drg"])
    assert SimConfig.model_validate_json(config.model_dump_json()) == config
