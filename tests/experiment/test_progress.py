"""Progress, workers that end with their parent, and runs short of memory or threads."""

from __future__ import annotations

import errno
import importlib.util
import io
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

from sim.__main__ import main
from sim.core import memory
from sim.core.console import Standard
from sim.core.errors import CountyFundError
from sim.core.rules import when_compiling
from sim.experiment import executor, progress
from sim.experiment.executor import run_tasks
from tests.processes import finished, started


class Watched:
    """Standard error of a command that nobody watches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.text = io.StringIO()
        monkeypatch.setattr(sys, "stderr", Standard(self.text))

    @property
    def lines(self) -> list[str]:
        return self.text.getvalue().splitlines()


# --- progress ---------------------------------------------------------------------------------------------------------
def test_a_run_that_nobody_watches_tells_its_progress_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SOON", 0.05)
    monkeypatch.setattr(progress, "PAUSE", 0.2)
    seen, began = Watched(monkeypatch), time.monotonic()
    with progress.told_progress("study", "en") as told:
        for done in range(101):
            told(done, 100)
            time.sleep(0.006)
    took = time.monotonic() - began
    assert seen.lines[0].startswith("study: ")
    assert seen.lines[-1].startswith("study: 100 of 100 simulations done")
    assert 2 <= len(seen.lines) <= 3 + took / 0.2  # not a line for each of the hundred
    assert capsys.readouterr().out == ""


def test_progress_is_told_in_the_users_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SOON", 0.01)
    seen = Watched(monkeypatch)
    with progress.told_progress("研究", "zh") as told:
        told(0, 2)
        time.sleep(0.1)
        told(2, 2)
    assert re.fullmatch("研究：2 次模拟已完成 0 次，用时 [0-9]+ 秒", seen.lines[0])
    assert seen.lines[-1].startswith("研究：2 次模拟已完成 2 次")


def test_a_quick_end_and_a_program_that_imports_us_are_left_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SOON", 60)
    with progress.told_progress("notebook", "en") as told:
        told(0, 1)
        told(1, 1)
    assert capsys.readouterr().err == ""
    seen = Watched(monkeypatch)
    with progress.told_progress("run", "en") as told:
        told(0, 1)  # and a mistake ends it
    time.sleep(0.05)
    assert seen.lines == []


def kernel_in(path: Path) -> ModuleType:
    """A module with a kernel of its own, imported anew each time."""
    spec = importlib.util.spec_from_file_location("planted_kernel", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compilation_is_told_when_and_only_when_code_is_not_in_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "planted_kernel.py"
    path.write_text(
        "from sim.core.rules import kernel\n\n\n@kernel\ndef twice(n):\n    return 2 * n\n", encoding="utf-8"
    )
    told: list[str] = []
    for expected in (1, 1):  # the second import finds the code of the first in the cache
        with when_compiling(lambda: told.append("compiling")):
            module = kernel_in(path)
            assert module.twice(4) == 8
            assert module.twice(5) == 10
        assert len(told) == expected


# --- threads and memory -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("startable", [0, 1, 2])
def test_tasks_are_done_with_as_many_threads_as_the_system_gives(
    startable: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, count = threading.Thread.start, [0]

    def start(self: threading.Thread) -> None:
        count[0] += 1
        if count[0] > startable:
            raise RuntimeError("can't start new thread")
        usual(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    told: list[int] = []
    assert run_tasks(lambda n: n * n, range(7), workers=4, progress=lambda done, _: told.append(done)) == [
        0, 1, 4, 9, 16, 25, 36,
    ]  # fmt: skip
    assert told == list(range(8))


def test_a_want_of_memory_in_a_thread_is_raised_and_the_rest_is_dropped() -> None:
    begun: list[int] = []

    def task(number: int) -> None:
        begun.append(number)
        time.sleep(0.05)
        raise MemoryError("no more")

    with pytest.raises(MemoryError, match="no more"):
        run_tasks(task, range(100), workers=2)
    time.sleep(0.2)
    assert len(begun) < 50


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("startable", [0, 1])
def test_processes_that_cannot_be_started_are_done_without_or_told(
    startable: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multiprocessing.context import SpawnProcess

    usual, count = SpawnProcess.start, [0]

    def start(self: SpawnProcess) -> None:
        count[0] += 1
        if count[0] > startable:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        usual(self)

    monkeypatch.setattr(SpawnProcess, "start", start)
    if startable:
        assert run_tasks(square, range(4), workers=2, processes=True) == [0, 1, 4, 9]
    else:
        with pytest.raises(CountyFundError, match="no worker process could be started"):
            run_tasks(square, range(4), workers=2, processes=True)


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_a_run_short_of_memory_ends_with_one_message(engine: str, tmp_path: Path) -> None:
    words = ["population.residents=200", "experiment.replications=2", "years.history=1", "years.reform=1"]
    command = f"ulimit -v 650000; exec {sys.executable} -m sim run {' '.join(words)} engine={engine}"
    done = finished(["bash", "-c", command], tmp_path, timeout=100)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("error: ") == 1
    assert "the memory does not suffice" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("outputs/*"))


@pytest.mark.parametrize("verb", ["studies", "run", "settle", "template sample"])
def test_a_command_that_cannot_load_its_libraries_ends_with_one_message(verb: str, tmp_path: Path) -> None:
    done = finished(["bash", "-c", f"ulimit -v 200000; exec {sys.executable} -m sim {verb}"], tmp_path, timeout=100)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: the memory does not suffice")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_threads_are_asked_for_before_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, startable = threading.active_count(), [3]
    assert memory.threads_left(4)
    usual = threading.Thread.start

    def start(self: threading.Thread) -> None:
        startable[0] -= 1
        if startable[0] < 0:
            raise RuntimeError("can't start new thread")
        usual(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    words = [f"claims={tmp_path}/c.csv", f"providers={tmp_path}/p.csv", f"out={tmp_path}/out", "payment=ffs"]
    assert main(["settle", *words]) == 2
    assert "error: the system starts too few threads" in capsys.readouterr().err
    assert threading.active_count() == before
    assert not list(tmp_path.iterdir())


def test_room_is_asked_for_without_being_taken() -> None:
    memory.require(1)
    with pytest.raises(MemoryError, match="left"):
        memory.require(1 << 40)


def test_workers_are_asked_for_no_pool_that_can_hang() -> None:
    assert "concurrent.futures" not in Path(executor.__file__).read_text(encoding="utf-8")


# --- a parent that is killed ------------------------------------------------------------------------------------------
SCRIPT = """
import os, time
from pathlib import Path
from sim.experiment.executor import run_tasks

def busy(place):
    Path(place, str(os.getpid())).write_text("")
    end = time.time() + 120
    while time.time() < end:
        pass

if __name__ == "__main__":
    run_tasks(busy, [{place!r}] * 4, workers=2, processes=True)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def within(seconds: float, condition: object) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    place = tmp_path / "pids"
    place.mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(place=str(place)), encoding="utf-8")
    with started([sys.executable, str(script)]) as parent:
        assert within(180, lambda: len(list(place.iterdir())) == 2)
        workers = [int(path.name) for path in place.iterdir()]
        assert all(map(alive, workers))
        os.kill(parent.pid, signal.SIGKILL)
        assert within(60, lambda: not any(map(alive, workers)))
