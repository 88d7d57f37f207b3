"""Do independent tasks at the same time; the results come in the order of the tasks, whatever finished first.

Threads for the kernel (it releases the GIL), processes for the SimPy reference (it does not).  A task is a pure
function of its argument, so the number of workers never changes a result.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from sim.errors import CountyFundError

T = TypeVar("T")
R = TypeVar("R")

Progress = Callable[[int, int], None]
"""Told (done, total) at the start and when a task ends."""


class Cancelled(Exception):
    """Raised inside a task when the work has been stopped."""


class Stop:
    """A flag that long tasks look at between their steps, so that Ctrl-C is answered at once."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask all tasks to end."""
        self._event.set()

    def check(self) -> None:
        """Raise `Cancelled` if the work has been stopped."""
        if self._event.is_set():
            raise Cancelled


def workers_of(wanted: int, tasks: int) -> int:
    """Number of workers: 0 means the cores this process may use; never more than tasks."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or available, tasks))


def run_tasks(
    function: Callable[[T], R],
    tasks: Sequence[T],
    *,
    workers: int = 0,
    processes: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> list[R]:
    """``[function(task) for task in tasks]``, at the same time.

    Args:
        function: with ``processes`` a function of a module, since it is sent to other processes.
        tasks: arguments.
        workers: at most so many at the same time; 0 = as many as cores.
        processes: use processes instead of threads.
        progress: called in the main thread, at the start and when a task ends.
        stop: set when the work is interrupted.

    Raises:
        KeyboardInterrupt: at once, when the user interrupts; tasks not begun are dropped.
        Exception: that of the first task that fails; tasks not begun are dropped.
    """
    count = workers_of(workers, len(tasks))
    if progress:
        progress(0, len(tasks))
    if count == 1:
        return _one_by_one(function, tasks, progress)
    try:
        with _pool(count, processes, stop) as pool:
            with _children_ignore_interrupts(processes):
                futures = [pool.submit(function, task) for task in tasks]
            _wait(futures, progress)
            return [future.result() for future in futures]
    except BrokenProcessPool:
        raise CountyFundError(
            "a worker process was ended from outside, perhaps for want of memory",
            bound=f"{count} worker processes",
            todo="give executor.workers=1, or a smaller county",
        ) from None


def _one_by_one(function: Callable[[T], R], tasks: Sequence[T], progress: Progress | None) -> list[R]:
    results = []
    for done, task in enumerate(tasks, start=1):
        results.append(function(task))
        if progress:
            progress(done, len(tasks))
    return results


def _wait(futures: Sequence[Future[R]], progress: Progress | None) -> None:
    """Wait for all; raise at the first failure."""
    for done, future in enumerate(as_completed(futures), start=1):
        future.result()
        if progress:
            progress(done, len(futures))


@contextlib.contextmanager
def _pool(count: int, processes: bool, stop: Stop | None) -> Iterator[Executor]:
    """A pool that is left at once, without waiting for running tasks, when anything goes wrong."""
    before = set(multiprocessing.active_children())
    pool: Executor = (
        ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
        if processes
        else ThreadPoolExecutor(count, thread_name_prefix="countyfund")
    )
    try:
        yield pool
    except BaseException:
        if stop:
            stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        if processes:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
        raise
    pool.shutdown()


@contextlib.contextmanager
def _children_ignore_interrupts(processes: bool) -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; children inherit that it is ignored, and the parent ends them."""
    if not processes or threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextlib.contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A progress bar on stderr if that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
