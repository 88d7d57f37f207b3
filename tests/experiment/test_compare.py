"""Studies, comparisons and sweeps: shared history, pairing, the same results for any number of workers."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from scenarios import load, names
from sim.config import SimConfig, load_config
from sim.core.errors import ConfigError, CountyFundError, OutputError
from sim.experiment import replicate
from sim.experiment.compare import compare, plan
from sim.experiment.executor import Cancelled, Stop, run_tasks, workers_of
from sim.experiment.records import typed
from sim.experiment.run import run
from sim.experiment.run_folder import read_manifest
from sim.experiment.study import load_study
from sim.experiment.study_model import LEVERS, Arm, Label, Study
from sim.experiment.sweep import grid, sweep
from sim.experiment.targets import load_targets
from sim.experiment.validate import validate
from sim.outcomes import OFF, OUTCOMES

SMALL = ["population.residents=400", "experiment.replications=2", "years.history=1", "years.reform=2"]


def table_of(frame: pd.DataFrame, arm: str, **where: object) -> pd.DataFrame:
    chosen = frame[frame["arm"] == arm]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    return chosen.drop(columns="arm").reset_index(drop=True)


@pytest.fixture(scope="module")
def comparison() -> sim.Comparison:
    return compare("payment_methods", SMALL)


# --- studies ----------------------------------------------------------------------------------------------------------
def test_the_main_study():
    assert "payment_methods" in names()
    study = load("payment_methods")
    assert list(study.arms) == ["ffs", "package", "drg_package", "dip"]
    assert study.baseline == "ffs"
    planned = plan(study)
    package = planned.arms["package"]
    assert package.payment.scheme == "package"
    assert (package.settlement.retained_share, package.settlement.overrun_share) == (1, 1)
    assert planned.arms["drg_package"].payment.within.scheme == "drg"
    assert planned.arms["drg_package"].settlement.overrun_share == 0.5
    assert planned.arms["dip"].payment.scheme == "dip"


@pytest.mark.parametrize("name", names())
def test_studies_say_what_they_expect_and_why(name: str):
    study = load(name)
    assert study.reference
    assert study.expected
    assert study.name == name
    plan(study)


def test_arms_differ_in_levers_only():
    planned = plan("payment_methods", SMALL)
    base = planned.base.model_dump()
    for name, config in planned.arms.items():
        different = {group for group, values in config.model_dump().items() if values != base[group]}
        assert different <= set(LEVERS), name


def test_a_users_override_holds_for_all_arms_and_comes_last():
    planned = plan("payment_methods", ["settlement.overrun_share=0.25", "fund.interest=0.01", "seed=9"])
    for config in [planned.base, *planned.arms.values()]:
        assert (config.settlement.overrun_share, config.fund.interest, config.seed) == (0.25, 0.01, 9)


def test_replications_of_a_study_can_be_overridden():
    label = Label(en="x", zh="x")
    study = Study(
        name="s", title=label, question=label, baseline="a", arms={"a": Arm(label=label)}, replications=3,
        overrides=("population.residents=300",),
    )  # fmt: skip
    assert plan(study).base.experiment.replications == 3
    assert plan(study).base.population.residents == 300
    assert plan(study, ["experiment.replications=5"]).base.experiment.replications == 5


def test_a_study_from_a_file(tmp_path: Path):
    text = Path(load_study.__globals__["scenarios_dir"]() / "payment_methods.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_study(tmp_path / "mine.yaml").name == "mine"


# --- compare ----------------------------------------------------------------------------------------------------------
def test_history_is_the_same_in_all_arms(comparison: sim.Comparison):
    arms = comparison.plan.ids
    assert arms == [name + ending for name in ("ffs", "package", "drg_package", "dip") for ending in ("", OFF)]
    first = table_of(comparison.outcomes, arms[0], year=0)
    assert len(first) > 100
    for arm in arms[1:]:
        pd.testing.assert_frame_equal(first, table_of(comparison.outcomes, arm, year=0), check_exact=True)


def test_without_response_arms_treat_the_same_patients(comparison: sim.Comparison):
    volume = {
        arm: table_of(comparison.outcomes, arm, outcome="discharges_per_100")["value"].tolist()
        for arm in comparison.plan.ids
        if arm.endswith(OFF)
    }
    assert len(volume) == 4
    assert all(values == volume["ffs" + OFF] for values in volume.values())


def test_differences_are_paired(comparison: sim.Comparison):
    row = comparison.differences.query("arm == 'package' and year == -1 and outcome == 'fund_outgo' and group == 'all'")
    values = [
        table_of(comparison.outcomes, arm, outcome="fund_outgo", group="all")
        .query("year >= 1")
        .groupby("replication")["value"]
        .mean()
        .to_numpy()
        for arm in ("package", "ffs")
    ]
    assert row["difference"].item() == pytest.approx(np.mean(values[0] - values[1]), rel=1e-12)
    assert row["se"].item() == pytest.approx(np.std(values[0] - values[1], ddof=1) / np.sqrt(2), rel=1e-12)


def test_every_outcome_has_a_unit(comparison: sim.Comparison):
    assert comparison.outcomes["unit"].notna().all()
    assert set(comparison.outcomes["outcome"]) <= set(OUTCOMES)


def hashes(folder: Path, *overrides: str) -> dict[str, str]:
    """Hash of every file of a comparison."""
    options = [*overrides, f"output.dir={folder}", "output.claims=true", "output.report=false"]
    result = compare("payment_methods", [*SMALL, *options])
    assert result.folder == folder
    files: dict[str, str] = read_manifest(folder)["files"]
    return files


def test_the_number_of_workers_changes_no_byte(tmp_path: Path):
    one = hashes(tmp_path / "one", "executor.workers=1")
    assert set(one) == {
        "claims.parquet", "differences.parquet", "journal.parquet", "outcomes.parquet", "response.parquet",
        "statements.parquet", "summary.parquet",
    }  # fmt: skip
    assert hashes(tmp_path / "two", "executor.workers=2") == one
    assert hashes(tmp_path / "many", "executor.workers=7") == one


def test_a_planted_dependence_on_workers_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    genuine = replicate.simulate

    def faulty(task: replicate.Task, stop: Stop | None = None) -> list[replicate.Measured]:
        measured = genuine(task, stop)
        if threading.current_thread() is not threading.main_thread():
            year, outcome, group, value = measured[-1].rows[0]
            measured[-1].rows[0] = (year, outcome, group, value * (1 + 1e-15))
        return measured

    monkeypatch.setattr(replicate, "simulate", faulty)
    one = hashes(tmp_path / "one", "executor.workers=1")
    two = hashes(tmp_path / "two", "executor.workers=2")
    assert {name for name in one if one[name] != two[name]} >= {"outcomes.parquet"}


def test_replications_are_the_same_however_many_there_are(comparison: sim.Comparison):
    one = compare("payment_methods", [*SMALL, "experiment.replications=1"]).outcomes
    both = comparison.outcomes
    pd.testing.assert_frame_equal(one, both[both["replication"] == 0].reset_index(drop=True), check_exact=True)


def test_manifest_tells_how_to_make_the_results_again(tmp_path: Path):
    overrides = [*SMALL, f"output.dir={tmp_path}/out", "output.report=false"]
    folder = compare("payment_methods", overrides).folder
    assert folder is not None
    content = read_manifest(folder)
    assert content["overrides"] == overrides
    assert content["seed"] == load_config().seed
    assert content["replications"] == [0, 1]
    assert content["wall_seconds"] > 0
    assert content["packages"]["numpy"] == np.__version__
    assert {"conf/config.yaml", "payment_methods.yaml"} <= set(content["inputs"])
    assert content["code_revision"]
    again = SimConfig.model_validate(content["arms"]["package"])
    assert again == plan("payment_methods", overrides).arms["package"]


def test_the_place_is_checked_before_anything_is_computed(tmp_path: Path):
    (tmp_path / "file").write_text("")
    started = time.perf_counter()
    with pytest.raises(OutputError):
        compare("payment_methods", ["population.residents=2000000", f"output.dir={tmp_path}/file/out"])
    assert time.perf_counter() - started < 10


# --- run --------------------------------------------------------------------------------------------------------------
def test_run_is_an_arm_of_the_comparison(comparison: sim.Comparison):
    result = run([*SMALL, "payment=drg_package", "settlement=shared"])
    assert result.folder is None
    arm = table_of(comparison.outcomes, "drg_package").drop(columns="study")
    pd.testing.assert_frame_equal(table_of(result.outcomes, "run").drop(columns="study"), arm, check_exact=True)


def test_run_takes_a_configuration_or_overrides():
    overrides = [*SMALL, "payment=dip"]
    first, second = run(overrides), run(load_config(overrides))
    assert first.config == second.config
    pd.testing.assert_frame_equal(first.outcomes, second.outcomes, check_exact=True)


def test_seeds_differ():
    one, two = (run([*SMALL, f"seed={seed}"]).outcomes for seed in (1, 2))
    assert not one.equals(two)


# --- sweep ------------------------------------------------------------------------------------------------------------
def test_a_sweep_is_the_runs_of_its_points():
    overrides = [*SMALL, "payment=package"]
    result = sweep([*overrides, "settlement.retained_share=0,1", "settlement.overrun_share=0,0.5"])
    assert result.keys == ("settlement.retained_share", "settlement.overrun_share")
    assert len(result.points) == 4
    assert list(result.table.columns)[:3] == [*result.keys, "point"]
    assert len({point.history.model_dump_json() for point in result.points}) == 1, "levers share the history"
    single = run([*overrides, "settlement.retained_share=1", "settlement.overrun_share=0.5"]).outcomes
    point = result.table[(result.table[result.keys[0]] == 1) & (result.table[result.keys[1]] == 0.5)]
    for column in ("replication", "year", "outcome", "group", "value"):
        assert point[column].tolist() == pytest.approx(single[column].tolist(), nan_ok=True, abs=0)


def test_a_sweep_over_the_county_has_a_history_each():
    points = grid([*SMALL, "population.residents=300,400", "payment=ffs,drg"])
    assert len(points) == 4
    assert len({point.history.model_dump_json() for point in points}) == 2


def test_a_sweep_over_schemes_with_a_parameter_of_theirs():
    points = grid(["payment=drg,dip", "payment.floor=true"])
    assert [point.config.payment.scheme for point in points] == ["drg", "dip"]
    assert all(point.config.payment.floor for point in points)


def test_a_sweep_is_saved_as_one_table(tmp_path: Path):
    result = sweep([*SMALL, "payment=ffs,drg", f"output.dir={tmp_path}/out", "output.report=false"])
    assert result.folder is not None
    saved = pd.read_parquet(result.folder / "sweep.parquet")
    assert list(saved["payment"].unique()) == ["ffs", "drg"]
    assert read_manifest(result.folder)["swept"] == {"p0000": {"payment": "ffs"}, "p0001": {"payment": "drg"}}


@pytest.mark.parametrize(
    "words",
    [
        ["years.history=1,2"],
        ["years.reform=range(1,3)"],
        ["base_year=2019,2024"],
        ["Years.Reform=sort(3,2)"],
        ["years={history:1,reform:2},{history:2,reform:1}"],
        ["payment=ffs,drg", "base_year=2024,2019"],
    ],
)
def test_points_of_a_sweep_cover_the_same_years(words: list[str]):
    with pytest.raises(ConfigError, match="all points must cover the same years") as refused:
        grid(words)
    assert "history from 20" in str(refused.value)
    assert "to do: give years and base_year one value" in str(refused.value)


def test_a_sweep_over_settings_that_move_no_year_goes_on():
    """The check is one of years, not of names."""
    assert len(grid(["years.warm_up=0,1", "settlement.announced=0,1", "seed=1,2"])) == 8
    assert len(grid(["years={history:3,reform:5},{history:3,reform:5,warm_up:0}", "base_year=2024"])) == 2


@pytest.mark.parametrize("text", [None, "", "outcome,target\n", "outcome,target\ndischarges_per_100,many\n"])
def test_a_sweep_tells_a_mistake_in_the_targets_first(text: str | None, tmp_path: Path):
    if text is not None:
        (tmp_path / "own.csv").write_text(text)
    with pytest.raises(ConfigError, match=r"own\.csv"):
        grid(["payment=ffs,drg", f"targets={tmp_path}/own.csv"])


def test_swept_values_are_numbers_where_they_can_be():
    assert typed(["0", "0.5"]) == [0.0, 0.5]
    assert typed(["drg", "0"]) == ["drg", "0"]


# --- validate ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("base_year", [2019, 2024])
def test_targets_name_outcomes_and_sources(base_year: int):
    targets = load_targets(base_year)
    asked = {
        "discharges_per_100", "visits_per_head", "cost_per_visit", "cost_per_admission", "fund_to_cost",
        "in_county_admissions", "in_county_fund", "fund_income_per_head", "fund_outgo_per_head", "fund_months",
    }  # fmt: skip
    assert asked <= {target.outcome for target in targets}
    assert all(target.source for target in targets)


def test_validation_shows_every_figure():
    result = validate(SMALL)
    assert len(result.checks) == len(load_targets(2019))
    table = result.table()
    assert set(table["verdict"]) <= {"ok", "miss", "info"}
    assert result.misses == (table["verdict"] == "miss").sum()
    shown = table[table["tolerance"].isna()]
    assert (shown["verdict"] == "info").all()


# --- executor ---------------------------------------------------------------------------------------------------------
def slow_square(number: int) -> int:
    time.sleep(0.01 * (5 - number))
    return number * number


def fails_on_three(number: int) -> int:
    if number == 3:
        raise ConfigError("three is wrong")
    return number


@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_tasks(workers: int, processes: bool):
    told: list[tuple[int, int]] = []
    results = run_tasks(
        slow_square, range(5), workers=workers, processes=processes, progress=lambda *done: told.append(done)
    )
    assert results == [0, 1, 4, 9, 16]
    assert told == [(done, 5) for done in range(6)]


@pytest.mark.parametrize("processes", [False, True])
def test_a_failure_is_raised_as_it_is(processes: bool):
    with pytest.raises(ConfigError, match="three is wrong"):
        run_tasks(fails_on_three, range(6), workers=2, processes=processes)


def dies(number: int) -> int:
    if number == 1:
        os._exit(1)
    return number


def test_a_killed_worker_is_one_clear_error():
    with pytest.raises(CountyFundError, match="worker process was ended"):
        run_tasks(dies, range(4), workers=2, processes=True)


def test_tasks_stop_when_one_fails():
    stop = Stop()
    done: list[int] = []

    def task(number: int) -> None:
        if number == 0:
            raise ConfigError("first")
        for _ in range(500):
            time.sleep(0.01)
            stop.check()
        done.append(number)

    started = time.perf_counter()
    with pytest.raises(ConfigError):
        run_tasks(task, range(4), workers=2, stop=stop)
    assert time.perf_counter() - started < 3
    with pytest.raises(Cancelled):
        stop.check()
    assert done == []


def test_workers_are_no_more_than_tasks():
    assert workers_of(8, 3) == 3
    assert workers_of(2, 3) == 2
    assert workers_of(0, 1) == 1


# --- the public interface ---------------------------------------------------------------------------------------------
def test_public_names_are_what_they_say():
    public: dict[str, Callable[..., object]] = {"run": run, "compare": compare, "sweep": sweep, "validate": validate}
    for name, function in public.items():
        assert getattr(sim, name) is function
    assert sim.load_config is load_config
    assert set(dir(sim)) == set(sim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sim.__getattr__("nothing")
