"""Progress of the work, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic

from sim.core.console import Standard, rich_console, tell
from sim.core.rules import when_compiling
from sim.experiment.executor import Progress

SOON = 1.0
"""Seconds to the first line where nobody watches: a mistake in the input is told before it, as the only message."""
PAUSE = 10.0
"""Least seconds between two lines; a long run has one for each tenth that it gets older."""

COMPILING = {
    "en": "compiling the simulation for this computer: once, for up to a minute",
    "zh": "正在为本机编译模拟程序：仅首次需要，不超过约一分钟",
}
DONE = {
    "en": "{label}: {done} of {total} simulations done, {seconds:.0f} s",
    "zh": "{label}：{total} 次模拟已完成 {done} 次，用时 {seconds:.0f} 秒",
}


@contextlib.contextmanager
def told_progress(label: str, language: str) -> Iterator[Progress]:
    """Tells (done, total) in the user's language; and that kernels are compiled, if and when they are."""
    if not sys.stderr.isatty() and not isinstance(sys.stderr, Standard):  # not the command: a notebook, a program
        yield lambda done, total: None
        return
    kind = _bar if sys.stderr.isatty() else _lines
    with kind(label, language) as (progress, remark), when_compiling(lambda: remark(COMPILING[language])):
        yield progress


@contextlib.contextmanager
def _lines(label: str, language: str) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """Progress as lines: one soon, then ever more rarely, one at the end; none if the run ends before the first."""
    started = monotonic()
    counted, lines = (0, 0), 0
    over = threading.Event()

    def line() -> None:
        nonlocal lines
        lines += 1
        done, total = counted
        tell(DONE[language].format(label=label, done=done, total=total, seconds=monotonic() - started))

    def tick() -> None:
        pause = SOON
        while not over.wait(pause):
            line()
            pause = max(PAUSE, 0.1 * (monotonic() - started))

    def progress(done: int, total: int) -> None:
        nonlocal counted
        counted = done, total
        if done == total and lines:
            over.set()
            line()

    with contextlib.suppress(RuntimeError):  # where no thread can be started, only the end is told
        threading.Thread(target=tick, name="countyfund_progress", daemon=True).start()
    try:
        yield progress, lambda text: tell(f"{label}{'：' if language == 'zh' else ': '}{text}")
    finally:
        over.set()


@contextlib.contextmanager
def _bar(label: str, language: str) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """Progress as a bar that disappears at the end; remarks stay above it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = rich_console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(label, total=None)
        yield (lambda done, total: bar.update(task, completed=done, total=total)), bar.console.print
