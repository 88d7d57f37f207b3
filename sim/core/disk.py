"""Files that survive a kill, a full disk and a second writer: locks, what is forced to the disk, single steps.

Every function works on names and bytes; what a folder means is known to `sim.core.files.places` and those above.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sim.core.errors import ConfigError, OutputError
from sim.core.text import Text

NO_LOCKS = frozenset((errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL))
"""What file systems without locks answer, some of a network among them."""
PAUSE = 0.1
"""Seconds between two looks at a lock that another process holds."""

saved: list[Text] = []
"""What this command has saved so far, in words: its last ones when it is interrupted."""


def named(text: str) -> Path:
    """A path as a person writes it: ``~`` is the home folder.

    Raises:
        ConfigError: if it is the home of somebody who is not known.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigError(
            "the home folder that ~ stands for is not known", where="a path", value=text, todo="write the path out"
        ) from None


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk; a system that cannot do it for folders is left alone."""
    folder = path.is_dir()
    try:
        handle = os.open(path, os.O_RDONLY if folder or os.name != "nt" else os.O_RDWR)
    except PermissionError:
        if folder:  # nobody may list it, or it is one of Windows
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if not folder or error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def make_folder(folder: Path) -> list[Path]:
    """Make a folder where there is none, with those around it, and force their names to the disk.

    Returns:
        Those that were not there, the innermost first.
    """
    made = [place for place in (folder, *folder.absolute().parents) if not os.path.lexists(place)]
    folder.mkdir(parents=True, exist_ok=True)
    for place in made:
        sync(place.absolute().parent)
    return made


def sync_tree(folder: Path) -> None:
    """Force all that a folder holds to the disk, and its name."""
    for inside in (*folder.rglob("*"), folder, folder.parent):
        sync(inside)


@contextlib.contextmanager
def one_message(what: str, where: Path, todo: str) -> Iterator[None]:
    """Turn what the system refuses into one message.

    Raises:
        OutputError: ``what`` and the system's reason, for any OSError inside.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{what}: {reason_of(error)}", where=str(where), todo=todo) from None


def reason_of(error: OSError) -> str:
    """The reason that the system gives for an error, without its number and path."""
    return os.strerror(error.errno) if error.errno else str(error)


def exchange(one: Path, other: Path) -> bool:
    """Give two folders each other's name in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), swap) == 0


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that end the program wait until the block is done: Ctrl-C, its terminal closed, a polite kill."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():  # others are not interrupted
        yield
        return
    arrived: list[int] = []
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: old for number, old in before.items() if old not in (None, signal.SIG_IGN)}
    try:
        for number in before:
            signal.signal(number, lambda number, _: arrived.append(number))
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
    for number in arrived[:1]:
        signal.raise_signal(number)


class Lock:
    """A lock on a file, for one process at a time; it ends with the process, however that ends.

    Args:
        path: of the file; it is made when the lock is taken, and goes with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    def take(self, seconds: float = 0.0, waiting: Callable[[], None] = lambda: None) -> bool:
        """Take the lock, or wait for so long; False if another process still holds it.

        Raises:
            OSError: if the file cannot be made or the file system knows no locks.
        """
        end, notified = time.monotonic() + seconds, False
        while not self._try():
            if time.monotonic() >= end:
                return False
            if not notified:
                waiting()
                notified = True
            time.sleep(PAUSE)
        return True

    def _try(self) -> bool:
        while True:
            handle = _opened(self.path)
            try:
                if not self._locked(handle):
                    os.close(handle)
                    return False
                if _same(handle, self.path):
                    self._handle = handle
                    return True
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)  # the holder went away with its file: look again

    def _locked(self, handle: int) -> bool:
        try:
            return _lock(handle)
        except OSError as error:
            if error.errno in NO_LOCKS:  # nobody has it, and nobody will
                self._remove()
            raise

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            if not os.stat(self.path).st_size:  # nothing is ever written into a lock: what has content is another's
                self.path.unlink()

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._handle >= 0

    def rename(self, path: Path) -> None:
        """Give the file another name while the lock is held."""
        self.path.rename(path)
        self.path = path

    def release(self, *, keep: bool = False) -> None:
        """Give the lock back; its file goes, or is kept."""
        if self._handle < 0:
            return
        handle, self._handle = self._handle, -1
        try:
            if os.name == "nt":  # there an open file cannot be removed
                os.close(handle)
            if not keep:
                self._remove()
        finally:
            if os.name != "nt":
                os.close(handle)


def _opened(path: Path) -> int:
    """The file of a lock, new or there; one that a killed run of another user left can only be read, which suffices."""
    no_link = getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | no_link, 0o644)
    except PermissionError:
        with contextlib.suppress(OSError):
            return os.open(path, os.O_RDONLY | no_link)
        raise


def _same(handle: int, path: Path) -> bool:
    """Whether an open file still stands under its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
