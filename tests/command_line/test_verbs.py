"""The command line: verbs, help, exit codes, quick start, interruption."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.__main__ import HELP, VERBS, main, parse, split_study
from sim.core.errors import ConfigError
from tests.processes import finished, started

SMALL = ["population.residents=400", "experiment.replications=2", "years.history=1", "years.reform=2"]


def command(*arguments: str, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return finished([sys.executable, "-m", "sim", *arguments], cwd, timeout=timeout)


# --- the words of a command -------------------------------------------------------------------------------------------
def test_verb_options_and_overrides_are_told_apart():
    request = parse(["run", "payment=drg", "--cfg", "job", "seed=1", "-p", "payment"])
    assert (request.verb, request.overrides) == ("run", ("payment=drg", "seed=1"))
    assert (request.show, request.package, request.named) == ("job", "payment", True)
    assert parse(["--cfg=all"]).show == "all"
    assert parse(["seed=1"]) == parse(["compare", "seed=1"])._replace(named=False)


def test_study_is_told_apart_from_overrides():
    assert split_study(["seed=1", "study='my study.yaml'"]) == ("my study.yaml", ("seed=1",))
    assert split_study([]) == ("payment_methods", ())


def test_an_override_is_no_verb():
    with pytest.raises(ConfigError, match="unknown verb"):
        parse(["population"])
    assert parse(["population.residents=3"]).verb == "compare"


# --- help -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["compare", "-h"], ["sweep", "--help"]])
def test_help_answers_at_once_and_imports_nothing_heavy(arguments: list[str]):
    code = (
        "import sys; from sim.__main__ import main; code = main(sys.argv[1:]); "
        "heavy = {'numpy', 'numba', 'pandas', 'hydra', 'pydantic', 'rich'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else code)"
    )
    started = time.perf_counter()
    done = finished([sys.executable, "-c", code, *arguments])
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - started < 1
    assert "usage: countyfund" in done.stdout
    assert all(len(line) <= 120 for line in done.stdout.splitlines())


def test_help_lists_verbs_and_exit_codes(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in VERBS)
    assert "exit codes: 0 done, 2 a mistake" in text
    assert set(HELP) == set(VERBS)


def test_examples_of_the_help_are_valid():
    from sim.config import expand, load_config
    from sim.settle.request import split

    for line in "\n".join(HELP.values()).splitlines():
        example = re.fullmatch(r"  countyfund (\w+)(.*)", line)
        if example and example[1] in ("explain", "template"):
            continue  # they have no overrides
        if example:
            words = [word for word in example[2].split() if "=" in word and not word.startswith("study=")]
            if example[1] == "settle":
                from sim.settle.design_choice import designs

                assert designs(split(words).overrides)
                continue
            for overrides in expand(words, 100):
                load_config(overrides)


def test_version(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"countyfund \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


# --- verbs ------------------------------------------------------------------------------------------------------------
def test_compare_prints_the_answer_and_leaves_a_run_folder(tmp_path: Path):
    done = command("compare", *SMALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Fee for service" in done.stdout
    (place,) = (tmp_path / "outputs").iterdir()
    assert f"results: outputs/{place.name}" in done.stdout
    assert re.fullmatch(r"payment_methods-\d{8}-\d{6}", place.name)
    files = {path.name for path in place.iterdir()}
    assert {"manifest.json", "outcomes.parquet", "differences.parquet", "report.html"} <= files
    assert json.loads((place / "manifest.json").read_text(encoding="utf-8"))["verb"] == "compare"


def test_run_in_chinese(tmp_path: Path):
    done = command("run", *SMALL, "payment=package", "language=zh", "output.dir=out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "基金" in done.stdout
    assert (tmp_path / "out" / "outcomes.parquet").is_file()


def test_sweep_prints_the_grid(tmp_path: Path):
    words = ("settlement.retained_share=0,1", "settlement.overrun_share=0,1", "payment=package", "output.dir=out")
    done = command("sweep", *words, *SMALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "sweep.parquet").is_file()
    assert "settlement.retained_share" in done.stdout


def test_validate_prints_targets_and_saves_nothing(tmp_path: Path):
    done = command("validate", *SMALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "F2 (2019)" in done.stdout
    assert "a stay that steps down is two" in " ".join(done.stdout.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["run", "compare"])
def test_configuration_is_printed(verb: str, capsys: pytest.CaptureFixture[str]):
    assert main([verb, "population.residents=123", "--cfg", "job"]) == 0
    assert "residents: 123" in capsys.readouterr().out


def test_the_reference_engine_gives_the_kernels_results(tmp_path: Path):
    for engine in ("kernel", "reference"):
        done = command(
            "run", *SMALL, f"engine={engine}", f"output.dir={engine}", "output.claims=true", "executor.workers=2",
            "output.report=false", cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    for name in ("outcomes.parquet", "claims.parquet"):
        assert (tmp_path / "kernel" / name).read_bytes() == (tmp_path / "reference" / name).read_bytes(), name


def test_the_order_of_hashes_changes_no_byte(tmp_path: Path):
    files = []
    for seed in ("0", "1"):
        words = [*SMALL, "payment=drg_package", f"output.dir={seed}", "output.claims=true", "output.report=false"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = finished([sys.executable, "-m", "sim", "run", *words], tmp_path, env=environment)
        assert done.returncode == 0, done.stderr
        files.append(json.loads((tmp_path / seed / "manifest.json").read_text(encoding="utf-8"))["files"])
    assert len(files[0]) == 5
    assert files[0] == files[1]


# --- interruption -----------------------------------------------------------------------------------------------------
LISTENING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
)
"""Begins a program that hears Ctrl-C: what is started in the background by a shell is deaf to it, tests included."""


def interrupt(arguments: list[str], cwd: Path, number: signal.Signals) -> tuple[int, str, float]:
    """Start a command, interrupt it once it computes; exit code, its messages and how long it took to end."""
    with started([sys.executable, "-c", LISTENING, sys.executable, "-m", "sim", *arguments], cwd) as process:
        deadline = time.monotonic() + 60
        while not any(cwd.glob("out.*.partial")) and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(1.5)
        assert process.poll() is None, "it ended before it could be interrupted"
        sent = time.monotonic()
        process.send_signal(number)
        _, messages = process.communicate(timeout=60)
        return process.returncode, messages, time.monotonic() - sent


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("engine", "residents"), [("kernel", 400_000), ("reference", 20_000)])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, number: signal.Signals, engine: str, residents: int):
    arguments = ["compare", f"population.residents={residents}", f"engine={engine}", "output.dir=out"]
    code, messages, seconds = interrupt([*arguments, "experiment.replications=4"], tmp_path, number)
    assert code == 130
    assert "interrupted: nothing was saved" in messages
    assert "Traceback" not in messages
    assert list(tmp_path.iterdir()) == [], "something is left"
    assert seconds < 5


def test_an_interruption_in_this_process_is_exit_code_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def stop(request: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(VERBS, "run", stop)
    assert main(["run"]) == 130
    assert "interrupted" in capsys.readouterr().err
