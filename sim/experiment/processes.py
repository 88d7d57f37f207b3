"""Worker processes that end when their parent ends, for any reason; the parent waits for them without a thread."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, TypeVar

from sim.core.errors import CountyFundError

T = TypeVar("T")
R = TypeVar("R")


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


def in_processes(
    function: Callable[[T], R], tasks: Sequence[T], count: int, progress: Callable[[int, int], None] | None
) -> list[R]:
    """``[function(task) for task in tasks]`` in ``count`` processes, each given its next task when it has done one.

    Raises:
        CountyFundError: if not even one process can be started, or one is ended from outside.
        Exception: that of the first task that fails.
    """
    waiting = deque(enumerate(tasks))
    results: dict[int, R] = {}
    with _workers(function, count) as workers:
        for worker in workers.values():
            _hand_next(worker, waiting, count)
        while len(results) < len(tasks):
            for pipe in wait(list(workers)):
                position, result, error = _received(workers[pipe], count)  # type: ignore[index]  # of the same type
                if error is not None:
                    raise error
                results[position] = result
                if progress:
                    progress(len(results), len(tasks))
                _hand_next(workers[pipe], waiting, count)  # type: ignore[index]
    return [results[position] for position in range(len(tasks))]


def _hand_next(worker: _Worker, waiting: deque[tuple[int, Any]], count: int) -> None:
    if waiting:
        try:
            worker.pipe.send(waiting.popleft())
        except OSError:
            raise _ended_from_outside(count) from None


def _received(worker: _Worker, count: int) -> tuple[int, Any, BaseException | None]:
    try:
        answer: tuple[int, Any, BaseException | None] = worker.pipe.recv()
    except (EOFError, OSError):
        raise _ended_from_outside(count) from None
    return answer


def _ended_from_outside(count: int) -> CountyFundError:
    return CountyFundError(
        "a worker process was ended from outside, perhaps for want of memory",
        bound=f"{count} worker processes",
        todo="give executor.workers=1, or a smaller county",
    )


@contextlib.contextmanager
def _workers(function: Callable[[T], R], count: int) -> Iterator[dict[Connection, _Worker]]:
    """As many workers as can be started; all are gone when the block is left."""
    context = multiprocessing.get_context("spawn")
    workers: dict[Connection, _Worker] = {}
    try:
        with _interrupts_ignored():
            for _ in range(count):
                here, there = context.Pipe()
                process = context.Process(target=_serve, args=(function, there), daemon=True)
                try:
                    process.start()
                except (OSError, MemoryError) as error:
                    if workers:
                        break
                    raise CountyFundError(
                        f"no worker process could be started: {error}", todo="give executor.workers=1"
                    ) from None
                there.close()
                workers[here] = _Worker(process, here)
        yield workers
    except BaseException:
        for worker in workers.values():
            worker.process.terminate()
        raise
    finally:
        for worker in workers.values():
            worker.pipe.close()  # an idle worker ends when nobody can give it a task
            worker.process.join()


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; children inherit that it is ignored, and the parent ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _serve(function: Callable[[T], R], pipe: Connection) -> None:
    """The loop of a worker: do each task that comes, until the parent has no more tasks or has ended."""
    with contextlib.suppress(RuntimeError, MemoryError):  # without the watch it ends after its task
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            position, task = pipe.recv()
            try:
                pipe.send((position, function(task), None))
            except (EOFError, OSError) as error:
                pipe.send((position, None, error))  # of the task's own, if the parent is still there
            except BaseException as error:
                error.add_note(traceback.format_exc())
                pipe.send((position, None, error))


def _end_with_parent() -> None:
    """Wait until the parent has ended, of which no signal tells this process; then end at once."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
