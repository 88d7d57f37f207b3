"""Where compiled code is kept: in a folder that only the user can write, because the code that lies there is run.

``$NUMBA_CACHE_DIR/countyfund/`` if that is given, else ``countyfund/`` in the user's cache folder (``$XDG_CACHE_HOME``,
``~/.cache``).  A place that others can write, or that cannot be used at all, is not replaced by another one: then
nothing is kept, and every process compiles for itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from pathlib import Path

UNUSED_SECONDS = 30 * 86_400
"""Compiled code of another version is removed when unused for so long."""
HEAD = "kernels-"
"""Compiled code of one version of the sources stands in a folder of this beginning."""


class NotOwn(Exception):
    """Somebody else can write where compiled code would be kept; the text says where, and what to do."""


def own_folder(version: str) -> Path:
    """The folder for the compiled code of one version of the sources; made if it is not there.

    Raises:
        NotOwn: if another user could put code there.
        OSError, RuntimeError, ValueError: if there is no such place, or it cannot be used.
    """
    base = _base()
    for folder in reversed((base, *base.parents)):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    base = Path(os.path.realpath(base))
    for folder in reversed((base, *base.parents)):
        _check(folder, folder.lstat(), shared=True)
    place = base / "countyfund" / f"{HEAD}{version}"
    for folder in (place.parent, place):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _check(folder, folder.lstat(), shared=False)
    for entry in place.iterdir():
        _check(entry, entry.lstat(), shared=False)
    with contextlib.suppress(OSError):  # what can only be read serves as well
        os.utime(place)
        _forget_old(place)
    return place


def _base() -> Path:
    """The user's cache folder; a relative ``XDG_CACHE_HOME`` is void, as its specification says."""
    if set_by_user := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(set_by_user).expanduser().absolute()
    cache_home = os.environ.get("XDG_CACHE_HOME", "")
    return Path(cache_home) if os.path.isabs(cache_home) else Path.home() / ".cache"


def _check(place: Path, status: os.stat_result, *, shared: bool) -> None:
    """Refuse a folder or a file that anybody but the user and the system's administrator can change.

    Args:
        place: a folder or a file, for the message.
        status: of it, as `os.lstat` gives it.
        shared: whether the administrator may own it; where all may write but only owners replace (as in /tmp), the
            folders inside tell whether they are the user's.
    """
    if not hasattr(os, "getuid"):  # the profile of a Windows user is closed to others
        return
    owned = status.st_uid == os.getuid() or (shared and status.st_uid == 0)
    sticky = shared and bool(status.st_mode & stat.S_ISVTX)
    open_to = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky and not _alone(status)
    is_link = stat.S_ISLNK(status.st_mode)
    if is_link or not owned or open_to:
        why = "is a link" if is_link else "can be written by others" if owned else "is another user's"
        raise NotOwn(f"{place} {why}")


def _alone(status: os.stat_result) -> bool:
    """Whether only the user's own group may write, and nobody else is in it (many systems give everybody a group)."""
    if status.st_mode & stat.S_IWOTH:
        return False
    import grp
    import pwd

    try:
        user, group = pwd.getpwuid(os.getuid()), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    return user.pw_gid == group.gr_gid and user.pw_name == group.gr_name and set(group.gr_mem) <= {user.pw_name}


def _forget_old(current: Path) -> None:
    """Remove compiled code of other versions that nobody has used for a month."""
    for folder in current.parent.glob(f"{HEAD}*"):
        with contextlib.suppress(OSError):
            if folder != current and time.time() - folder.stat().st_mtime > UNUSED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
