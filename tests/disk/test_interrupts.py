"""A signal ends a command once, with one message and true words, however often and whenever it comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

PROGRAM = """
import atexit, signal, sys, time
from pathlib import Path
from sim.core.ending import ended

def work():
{work}

sys.exit(ended(work, chinese=False, own_process=True))
"""
TIDYING = """
    try:
        signal.raise_signal(signal.{name})
        time.sleep(5)
    finally:
        for _ in range(3):
            signal.raise_signal(signal.{name})
        Path({place!r}).write_text("tidy")
"""
WRAPPING = """
    try:
        signal.raise_signal(signal.{name})
    except BaseException:
        raise {error}("'NoneType' object has no attribute") from None
"""
LATE = """
    atexit.register(signal.raise_signal, signal.{name})
    print("done")
"""
AGAIN = """
    try:
        signal.raise_signal(signal.{name})
    except KeyboardInterrupt:  # a library keeps it to itself
        pass
    time.sleep(1.1)
    signal.raise_signal(signal.{name})
    time.sleep(5)
"""
LOST = """
    class Held:
        def __del__(self):
            signal.raise_signal(signal.{name})
    held = Held()
    del held
    for _ in range(500):
        time.sleep(0.01)
"""
SIGNALS = pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])


def played(work: str, **words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM.format(work=work.format(**words))],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


@SIGNALS
def test_who_presses_again_does_not_stop_the_tidying_up(tmp_path: Path, name: str):
    done = played(TIDYING, name=name, place=str(tmp_path / "done"))
    assert (done.returncode, done.stderr) == (130, "\ninterrupted: nothing was saved\n")
    assert (tmp_path / "done").read_text() == "tidy"


@pytest.mark.parametrize("error", ["ValueError", "AttributeError", "OSError"])
def test_a_library_that_makes_another_error_of_an_interruption_does_not_hide_it(error: str):
    done = played(WRAPPING, name="SIGTERM", error=error)
    assert (done.returncode, done.stderr) == (130, "\ninterrupted: nothing was saved\n")


@SIGNALS
def test_a_signal_behind_the_end_of_the_work_changes_neither_code_nor_words(name: str):
    done = played(LATE, name=name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@SIGNALS
def test_a_signal_that_comes_where_nothing_can_be_raised_is_not_lost(name: str):
    done = played(LOST, name=name)
    assert (done.returncode, done.stderr) == (130, "\ninterrupted: nothing was saved\n")


def test_a_second_signal_after_a_while_is_obeyed():
    done = played(AGAIN, name="SIGINT")
    assert (done.returncode, done.stderr) == (130, "\ninterrupted: nothing was saved\n")
