"""Do independent tasks at the same time; results come in the order of the tasks, whichever finishes first.

Threads for the kernel (it releases the GIL), processes for the SimPy reference (it does not).  A task is a pure
function of its argument, so the number of workers never changes a result.  The pools of the standard library are not
used: they wait for ever where a thread cannot be started, and their processes outlive a parent that is killed.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

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
        CountyFundError: if a worker process cannot be started, or is ended from outside.
        Exception: that of the first task that fails; tasks not begun are dropped.
    """
    count = workers_of(workers, len(tasks))
    if progress:
        progress(0, len(tasks))
    if count == 1:
        return _one_by_one(function, tasks, progress)
    if not processes:
        return _in_threads(function, tasks, count, progress, stop or Stop())
    from sim.experiment.processes import in_processes

    return in_processes(function, tasks, count, progress)


def _one_by_one(function: Callable[[T], R], tasks: Sequence[T], progress: Progress | None) -> list[R]:
    results = []
    for done, task in enumerate(tasks, start=1):
        results.append(function(task))
        if progress:
            progress(done, len(tasks))
    return results


def _in_threads(
    function: Callable[[T], R], tasks: Sequence[T], count: int, progress: Progress | None, stop: Stop
) -> list[R]:
    """Do tasks in threads, each of which takes the next task; if no thread can be started, in this one."""
    line: Iterator[tuple[int, T]] = iter(enumerate(tasks))
    ended: queue.SimpleQueue[tuple[int, R | None, BaseException | None]] = queue.SimpleQueue()
    turn = threading.Lock()
    dropped = threading.Event()

    def work() -> None:
        while not dropped.is_set():
            with turn:
                position, task = next(line, (-1, None))
            if position < 0:
                return
            try:
                ended.put((position, function(task), None))  # type: ignore[arg-type]  # a task: the line goes on
            except BaseException as error:  # whatever it is, the main thread raises it
                ended.put((position, None, error))

    try:
        if not _start_threads(work, count):
            return _one_by_one(function, tasks, progress)
        results: dict[int, R] = {}
        for done in range(1, len(tasks) + 1):
            position, result, error = ended.get()
            if error is not None:
                raise error
            results[position] = result  # type: ignore[assignment]  # it has no error, so it has a result
            if progress:
                progress(done, len(tasks))
    except BaseException:
        dropped.set()
        stop.set()
        raise
    return [results[position] for position in range(len(tasks))]


def _start_threads(work: Callable[[], None], count: int) -> int:
    """Start at most ``count`` threads, as many as the system gives; returns how many."""
    for started in range(count):
        try:
            threading.Thread(target=work, name=f"countyfund_{started}").start()
        except (RuntimeError, MemoryError):  # no memory for its stack, or a limit on the user's processes
            return started
    return count
