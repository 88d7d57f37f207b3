"""Where results may stand: a free place, or a folder that this program wrote and that holds nothing else.

The ``manifest.json`` of a folder of results lists what the folder holds: program, verb, and a hash of every file.  A
file that is not listed there is never removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.core.console import note
from sim.core.disk import NO_LOCKS, Lock, exchange, hash_of, make_folder, reason_of, sync
from sim.core.errors import OutputError

MANIFEST = "manifest.json"
PROGRAM = "countyfund"
LEDGER = "ledger"
"""Verb in the manifest of a ledger, which no results ever replace."""
RUNNING = ".running"
"""Locked in a folder in the making while its run is alive."""
PARTIAL, OLD = ".partial", ".replaced"
_REPLACED = re.compile(r"[a-z0-9_]{8}\.replaced")
"""What old results have behind the name of their place for a moment; what has another name there is people's own."""
_WRITTEN = frozenset((".parquet", ".csv", ".html", ".json", ".npz", ".png", ".svg", RUNNING, ".new"))
"""Endings of the files of a run in the making."""
SHOWN = 3
"""Files named in a message."""
LARGEST = 1 << 28
"""Bytes of the largest manifest that is read."""


def place_of(folder: Path, word: str) -> Path:
    """A place for a folder of results as an absolute path.

    Args:
        folder: as the user names it.
        word: how the command line calls it.

    Raises:
        OutputError: if no folder can be put there, whatever stands there now.
    """
    text = str(folder)
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise OutputError(
            f"{word} is not a name in readable signs", where=ascii(text), todo=f"give {word}=FOLDER by another name"
        )
    try:
        final = folder.expanduser().absolute()
        final = final.resolve() if final.name in ("", "..") else final
        reason = _no_place(final)
    except (OSError, RuntimeError) as error:
        reason = f"cannot be looked at: {reason_of(error) if isinstance(error, OSError) else error}"
    if reason:
        raise OutputError(f"{word} {reason}", where=text, todo=f"name a new folder with {word}=FOLDER")
    return final


def _no_place(final: Path) -> str:
    """Why a folder cannot be put at a place; "" if it can."""
    if final.is_symlink():
        return f"is a link to {os.readlink(final)}: results are put beside their place, then under its name"
    if not final.is_dir():
        return ""
    if Path.cwd().resolve().is_relative_to(final.resolve()):
        return "is the folder you are in, or one around it"
    return "is a mount point: its name cannot be given to another folder" if os.path.ismount(final) else ""


def check_free(folder: Path, overwrite: bool, words: tuple[str, str]) -> None:
    """Refuse a place that holds something, unless it is results that may be replaced.

    Args:
        folder: the place.
        overwrite: replace results that are there already.
        words: how the command line calls the folder and the switch.

    Raises:
        OutputError: naming what is there.
    """
    try:
        if not os.path.lexists(folder):
            return
        if not folder.is_dir():
            raise OutputError(f"{words[0]} is a file, not a folder", where=str(folder), todo="name another folder")
        if any(folder.iterdir()):
            _check_own(folder, overwrite, words)
    except OSError as error:
        raise OutputError(
            f"{words[0]} cannot be looked at: {reason_of(error)}", where=str(folder), todo="name another folder"
        ) from None


def _check_own(folder: Path, overwrite: bool, words: tuple[str, str]) -> None:
    """Refuse a folder that holds anything but results, and results that must stay."""
    manifest = manifest_of(folder)
    if manifest.get("program") == PROGRAM and manifest.get("verb") == LEDGER:
        raise OutputError(
            f"{words[0]} holds a ledger: results never replace one", where=str(folder), todo="name another folder"
        )
    if manifest.get("program") != PROGRAM:
        names = sorted(entry.name for entry in folder.iterdir())
        raise OutputError(
            f"{words[0]} holds files that are not a run's",
            where=str(folder),
            value=_some(names),
            todo="name a new or empty folder",
        )
    if not overwrite:
        raise OutputError(
            f"{words[0]} holds a run already",
            where=str(folder),
            todo=f"name another folder, or give {words[1]}=true to replace it",
        )
    if not isinstance(manifest.get("files"), dict):
        raise OutputError(
            f"{words[0]} holds a run of an earlier version, which kept no list of its files",
            where=str(folder),
            todo="name another folder, or remove this one yourself",
        )
    if _another_users(folder):
        raise OutputError(
            f"{words[0]} holds results of another user, which you may not replace",
            where=str(folder),
            todo="name another folder",
        )
    if foreign := list(strangers(folder, manifest["files"])):
        raise OutputError(
            f"{words[0]} holds files that are not the run's, or were changed since: it is not replaced",
            where=str(folder),
            value=_some(foreign),
            todo="move them, or name another folder",
        )


def _another_users(folder: Path) -> bool:
    """Whether a folder is another user's, in a place such as /tmp where only owners may replace their files."""
    if not hasattr(os, "geteuid") or not (around := folder.parent.stat()).st_mode & stat.S_ISVTX:
        return False
    return os.geteuid() not in (0, around.st_uid, folder.stat().st_uid)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def manifest_of(folder: Path) -> dict[str, Any]:
    """The content of a folder's manifest; empty if there is none that can be read."""
    place = folder / MANIFEST
    try:
        status = place.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return {}
        content = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def strangers(folder: Path, files: Mapping[str, object], inside: str = "") -> Iterator[str]:
    """Entries of a folder of results that its manifest does not list, or lists with another content.

    Args:
        folder: of the results.
        files: name -> hash, as the manifest has them.
        inside: a folder in it, with a slash behind.
    """
    for entry in sorted(os.scandir(folder / inside), key=lambda entry: entry.name):
        name = inside + entry.name
        if entry.is_dir(follow_symlinks=False):
            if any(file.startswith(f"{name}/") for file in files):
                yield from strangers(folder, files, f"{name}/")
            else:
                yield f"{name}/"
        elif name != MANIFEST and (not entry.is_file(follow_symlinks=False) or files.get(name) != hash_of(Path(entry))):
            yield name


def remove_own(folder: Path) -> bool:
    """Remove a folder of results: the files that its manifest lists, and then the folders that are empty.

    Returns:
        Whether it is gone: what somebody put there in the meantime stays.
    """
    files = manifest_of(folder).get("files", {})
    if list(strangers(folder, files)):
        return False
    with contextlib.suppress(OSError):
        _remove_told(folder, files)
        (folder / MANIFEST).unlink()
        folder.rmdir()
    return not folder.exists()


def _remove_told(folder: Path, files: Mapping[str, object], inside: str = "") -> None:
    """Remove the listed files that are in a folder; a name that only the manifest has removes nothing elsewhere."""
    for entry in list(os.scandir(folder / inside)):
        name = inside + entry.name
        if entry.is_dir(follow_symlinks=False):
            _remove_told(folder, files, f"{name}/")
            os.rmdir(entry)
        elif name in files:
            os.unlink(entry)


def beside(final: Path, ending: str) -> list[Path]:
    """Folders beside a place whose names begin with its name and have an ending."""
    head = f"{final.name}."
    try:
        matches = [path for path in final.parent.iterdir() if path.name.startswith(head) and path.name.endswith(ending)]
        return sorted(path for path in matches if path.is_dir() and not path.is_symlink())
    except OSError:  # there is no such place yet, or nobody may look
        return []


def new_partial(final: Path) -> tuple[Path, Lock]:
    """A folder to write into, beside its final place; the lock in it says that its run is alive.

    Where the file system knows no locks there is none: then nobody ever takes the folder for that of a killed run.

    Raises:
        OSError: if the place cannot be written; then nothing is left there.
    """
    make_folder(final.parent)
    partial = _new_folder(final)
    lock = Lock(partial / f"{RUNNING}.new")
    try:
        lock.take()
        lock.rename(partial / RUNNING)  # so that nobody ever sees it unlocked
    except BaseException as error:
        if not isinstance(error, OSError) or error.errno not in NO_LOCKS:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return partial, lock


def _new_folder(final: Path) -> Path:
    """A folder beside a place under a name that nobody has, open to whom the user's umask says."""
    while True:
        folder = final.with_name(f"{final.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder


def clear_up(final: Path) -> None:
    """Tidy up what killed runs left at a place, and say so; only if their process is certainly gone."""
    for old in beside(final, OLD):
        if not _REPLACED.fullmatch(old.name[len(final.name) + 1 :]):
            continue
        manifest = manifest_of(old)
        files = manifest.get("files")
        if manifest.get("verb") == LEDGER or not isinstance(files, dict) or list(strangers(old, files)):
            continue
        if not os.path.lexists(final):
            with contextlib.suppress(OSError):
                old.rename(final)
                note(f"{final} was being replaced when its run was killed: the old results stand there again")
        else:
            remove_own(old)
    for partial in beside(final, PARTIAL):
        if manifest_of(partial):
            note(f"a run was killed: whole results that have not, or no longer, the name {final.name} are in {partial}")
        elif (partial / RUNNING).is_file():
            lock = Lock(partial / RUNNING)
            with contextlib.suppress(OSError):
                if lock.take():
                    lock.release(keep=not _remove_begun(partial))


def _remove_begun(partial: Path) -> bool:
    """Remove what a killed run began, unless somebody put something else there; returns whether it was removed."""
    inside = (path for path in partial.rglob("*") if path.is_symlink() or not path.is_dir())
    others = [path.name for path in inside if path.is_symlink() or (path.suffix or path.name) not in _WRITTEN]
    if others:
        note(f"a run was killed, and among its beginnings in {partial} is {_some(sorted(others))}: they stay")
        return False
    shutil.rmtree(partial, ignore_errors=True)
    note(f"the beginnings of a run that was killed were removed: {partial.name}")
    return True


def put(made: Path, final: Path, *, replace: bool) -> None:
    """Give a folder in the making its final name.

    Args:
        made: the folder, whole.
        final: its name.
        replace: put it in place of the results that are there; else only where nothing is, or an empty folder.

    Raises:
        OSError: if the place is taken; then all is as before.
    """
    if not replace or not os.path.lexists(final) or not any(final.iterdir()):
        os.rename(made, final)
        _on_disk(final.parent)
        return
    old = _swap(made, final)
    if not _on_disk(final.parent) or not remove_own(old):
        note(f"the results that stood there before, or what was put among them in the meantime, are in {old}")


def _swap(made: Path, final: Path) -> Path:
    """Put a folder in place of another; returns where that is now.  `clear_up` mends what is killed in between."""
    old = made.with_suffix(OLD)
    if exchange(made, final):
        with contextlib.suppress(OSError):
            return made.rename(old)
        return made
    os.rename(final, old)
    try:
        os.rename(made, final)
    except BaseException:
        os.rename(old, final)
        raise
    return old


def _on_disk(folder: Path) -> bool:
    """Whether the names in a folder are certainly on the disk."""
    try:
        sync(folder)
    except OSError:
        return False
    return True


def free_name(final: Path) -> Path:
    """The name of a place with the first number behind it that is free."""
    number = 2
    while os.path.lexists(final.with_name(f"{final.name}-{number}")):
        number += 1
    return final.with_name(f"{final.name}-{number}")
