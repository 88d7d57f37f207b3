"""How a posting gets into a ledger's folder: written aside, decided by one rename, then put in place file by file.

The folder itself stays where it is, so that it is never without its name, and other people's dot files stay in it::

    .countyfund.lock  held while a run reads, checks and writes; it ends with its process
    .posting.new/     files in the making: nothing is posted yet; whoever comes next removes them
    .posting/         all of them, forced to the disk: the year is posted; whoever comes next puts them in place
    journal.csv ...   and the manifest last

A kill before the rename leaves the ledger as it was; one after it leaves a posting that the next run completes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sim.core.console import note
from sim.core.disk import Lock, make_folder, one_message, reason_of, saved, sync, sync_tree
from sim.core.errors import ConfigError, OutputError
from sim.core.files.places import MANIFEST
from sim.core.text import Text
from sim.money.ledger import Journal
from sim.settle.ledger_reading import FILES, SHOWN, check_alone, damaged, read_ledger, recovered

LOCK, NEW, DECIDED = ".countyfund.lock", ".posting.new", ".posting"
WAIT = 120.0
"""Seconds to wait for another run that uses the ledger."""
TRIES = 100
"""How often a folder that is taken away is made again."""
TODO = "give ledger=FOLDER in a place you may write to, on a disk that knows locks"


@contextlib.contextmanager
def held(folder: Path | None) -> Iterator[Journal | None]:
    """Hold a ledger for this run alone, and read it; what a killed run left is completed or removed first.

    Args:
        folder: of the ledger, which may be new; None: no ledger is kept.

    Raises:
        CountyFundError: if another run holds it too long, its place cannot be written, or it is incomplete or edited.
    """
    if folder is None:
        yield None
        return
    made: list[Path] = []
    lock = Lock(folder / LOCK)
    try:
        with one_message("the ledger is not writable", folder, TODO):
            _take(lock, folder, made)
            _mend(folder)
            journal = read_ledger(folder)
            check_alone(folder)
        yield journal
    finally:
        if lock.held:
            with contextlib.suppress(OSError):
                _remove_new(folder)
            lock.release()
        with contextlib.suppress(OSError):  # nothing was posted in a new one
            for place in made:
                place.rmdir()


def _take(lock: Lock, folder: Path, made: list[Path]) -> None:
    """Take the lock of a ledger, after waiting for other runs; folders that it makes are added to ``made``.

    Raises:
        OutputError: if another run holds it too long.
    """
    for _ in range(TRIES):
        made += make_folder(folder)
        with contextlib.suppress(FileNotFoundError):  # another run had made the folder, and takes it away just now
            if lock.take(WAIT, lambda: note(f"another run uses the ledger {folder}: waiting for it")):
                return
            break
    raise OutputError(
        "another run uses the ledger",
        where=str(folder),
        bound=f"{WAIT:g} seconds of waiting",
        todo="settle again when it has ended",
    )


def _mend(folder: Path) -> None:
    """Complete or remove what a killed run left."""
    _remove_new(folder)
    for name in (NEW, DECIDED):
        if others := _others(folder / name):
            raise ConfigError(
                "the ledger's folder holds files that are not the ledger's",
                where=str(folder / name),
                value=", ".join(others[:SHOWN]),
                todo="move them",
            )
    if (folder / DECIDED).is_dir():
        if (place := damaged((folder / DECIDED, folder))) is not None:
            raise ConfigError(
                "a posting that was killed cannot be completed: its files were changed",
                where=str(place),
                todo=f"restore the ledger from a copy, or remove {folder / DECIDED} to go back to the ledger before it",
            )
        _put_in_place(folder)
        note(f"the last posting in the ledger {folder} was completed: its run had been killed")
    elif (lost := recovered(folder)) is not None:
        os.rename(lost, folder / DECIDED)
        sync(folder)
        _put_in_place(folder)
        note(f"the ledger {folder} had lost its name when its run was killed: {lost.name}, its last state, is back")


def _others(made: Path) -> list[str]:
    """Names in the folder of a posting that no posting wrote; of a link or a file in its place, its own name.

    Names that begin with a dot may come from the folder of an earlier version; they move to the ledger's folder.
    """
    if made.is_symlink() or not made.is_dir():
        return [made.name] if os.path.lexists(made) else []
    names = [path.name for path in made.iterdir() if path.name not in (*FILES, MANIFEST)]
    return sorted(name for name in names if made.name == NEW or not name.startswith("."))


def _remove_new(folder: Path) -> None:
    """Remove the files of a posting that was not decided, and nothing else."""
    made = folder / NEW
    if made.is_symlink() or not made.is_dir():
        return
    for name in (*FILES, MANIFEST):
        (made / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody put something there
        made.rmdir()


def _put_in_place(folder: Path) -> None:
    """Move the files of a posting to their names, the manifest last; after a kill it can be done again."""
    made = folder / DECIDED
    hidden = [path.name for path in made.iterdir() if path.name.startswith(".") and not (folder / path.name).exists()]
    for name in (*hidden, *FILES, MANIFEST):
        if (made / name).exists():
            os.replace(made / name, folder / name)
    sync(folder)
    made.rmdir()


class Staged:
    """The files of a posting, written beside the ledger's; nothing is posted until `decided`; used inside `held`."""

    def __init__(self, folder: Path, write: Callable[[Path], None]) -> None:
        """Write the files of a posting and force them to the disk.

        Args:
            folder: of the ledger.
            write: writes them into a folder.

        Raises:
            OutputError: if they cannot be written.
        """
        self.folder = folder
        made = folder / NEW
        with one_message("the ledger could not be written", folder, "make room: nothing was posted"):
            made.mkdir()
            write(made)
            sync_tree(made)

    @contextlib.contextmanager
    def decided(self, words: Text) -> Iterator[None]:
        """From here on the year is posted, whatever comes; afterwards the files are put in place.

        Args:
            words: what is posted, for the last words of a run that is interrupted.

        Raises:
            OutputError: if nothing could be posted.
        """
        with one_message("the ledger could not be written", self.folder, "nothing was posted: settle again"):
            self._decide()
        saved.append(words)
        try:
            yield
        except Exception:
            note(words.en)
            raise
        finally:
            try:
                _put_in_place(self.folder)
            except OSError as error:
                note(f"the ledger {self.folder} will be completed by the next run with it: {reason_of(error)}")

    def _decide(self) -> None:
        made, place = self.folder / NEW, self.folder / DECIDED
        os.rename(made, place)
        try:
            sync(self.folder)
        except OSError:
            os.rename(place, made)
            raise
