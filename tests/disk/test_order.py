"""New data are on the disk before old ones go: the order of fsync, renaming and removing, as the system is asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.files import places
from sim.settle import ledger_posting
from tests.disk.test_ledger_safety import changed, corrected, words

STEPS: list[tuple[str, str, int]] = []
"""(what, name, number of the file) in order, while a test records."""
_recording = [False]
RUN = ("run", "population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1",
       "output.report=false", "output.overwrite=true")  # fmt: skip


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _recording[0] and event in ("os.rename", "os.remove", "os.rmdir"):
        name = os.fsdecode(args[1 if event == "os.rename" else 0])  # type: ignore[arg-type]
        STEPS.append((event.removeprefix("os."), name, 0))


sys.addaudithook(_hook)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch):
    """Record what is asked of the system from now on."""
    fsync, exchange = os.fsync, places.exchange

    def forced(handle: int) -> None:
        STEPS.append(("fsync", os.readlink(f"/proc/self/fd/{handle}"), os.fstat(handle).st_ino))
        fsync(handle)

    def exchanged(one: Path, other: Path) -> bool:
        STEPS.append(("exchange", str(other), 0))
        return exchange(one, other)

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(places, "exchange", exchanged)
    STEPS.clear()

    def start() -> list[tuple[str, str, int]]:
        _recording[0] = True
        return STEPS

    yield start
    _recording[0] = False


def forced_before(step: int, steps: list[tuple[str, str, int]], files: list[Path]) -> list[str]:
    """Which of some files and folders were not forced to the disk before a step."""
    done = {number for what, _, number in steps[:step] if what == "fsync"}
    return [str(path) for path in files if path.stat().st_ino not in done]


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of open files are asked of /proc")


@pytest.mark.parametrize("verb", ["settle", "run"])
def test_results_are_on_the_disk_before_those_that_stood_there_go(verb: str, tmp_path: Path, recorded):
    out = tmp_path / "out"
    own = {
        "settle": [word for word in words(tmp_path, "out", "overwrite=true") if not word.startswith("ledger=")],
        "run": [*RUN, f"output.dir={out}"],
    }[verb]
    assert main(own) == 0
    old = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    steps = recorded()
    assert main(own) == 0
    swapped = next(at for at, (what, name, _) in enumerate(steps) if what == "exchange" and name == str(out))
    new = [out, *out.rglob("*")]
    assert len(new) > len(old) > 3
    assert forced_before(swapped, steps, new) == []
    removed = [
        at for at, (what, name, _) in enumerate(steps) if what == "remove" and Path(name).name == "manifest.json"
    ]
    assert removed, "the old results were not cleared away"
    named = [at for at, (what, name, _) in enumerate(steps) if what == "fsync" and name == str(tmp_path)]
    assert any(swapped < at < removed[0] for at in named), "old results go before the new name is on the disk"


@pytest.mark.parametrize("first", [True, False])
def test_a_posting_is_on_the_disk_before_it_counts_and_before_old_files_go(first: bool, tmp_path: Path, recorded):
    ledger = tmp_path / "ledger"
    if not first:
        assert main(words(tmp_path, "one")) == 0
    claims = changed(tmp_path)
    steps = recorded()
    assert main(words(tmp_path, "two") if first else corrected(tmp_path, "two", claims)) == 0
    decided = steps.index(("rename", str(ledger / ledger_posting.DECIDED), 0))
    assert forced_before(decided, steps, [path for path in ledger.iterdir() if path.is_file()]) == []
    placed = [
        at
        for at, (what, name, _) in enumerate(steps)
        if what == "rename" and Path(name).parent == ledger and at > decided
    ]
    forced = [at for at, (what, name, _) in enumerate(steps) if what == "fsync" and name == str(ledger)]
    assert any(decided < at < placed[0] for at in forced), "old files go before the posting is decided on the disk"
    assert any(at > placed[-1] for at in forced), "the new names are not forced to the disk"
    results = steps.index(("rename", str(tmp_path / "two"), 0))
    assert decided < results < placed[0], "results that speak of a posting have their name first"
    assert forced_before(results, steps, [path for path in (tmp_path / "two").rglob("*") if path.is_file()]) == []
