"""Whether memory and threads are left, asked before libraries are used that cannot say that none are left."""

from __future__ import annotations

import mmap
import threading

TO_LOAD = 280
"""Megabytes that every command needs for the libraries that it loads."""
TO_BEGIN = 400
"""Megabytes that a simulation needs at the least, the libraries that it loads included."""
TO_END = 200
"""Megabytes for summing up: libraries of statistics among them."""
THREADS = 8
"""Threads that reading files takes at the most."""


def require(megabytes: int) -> None:
    """Check that so much address space can be had; nothing is used.

    Without it some libraries do not fail as they should: loading linear algebra waits for ever or ends the process, as
    compiling does, and a library that is not mapped is told as one that is not there.

    Raises:
        MemoryError: if it cannot.
    """
    try:
        mmap.mmap(-1, megabytes << 20).close()
    except (OSError, ValueError):
        raise MemoryError(f"less than {megabytes} MB are left") from None


def threads_left(count: int) -> bool:
    """Whether so many threads can be started at the same time; all have ended afterwards.

    Without them the reader of CSV files ends the process.
    """
    done = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            started.append(thread)
    except (RuntimeError, MemoryError):
        return False
    finally:
        done.set()
        for thread in started:
            thread.join()
    return True
