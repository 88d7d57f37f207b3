"""Run folders: written beside their final place and renamed when complete, so nothing half-written looks whole.

outputs/<name>.<random>.partial/   while the work goes on; removed when it fails or is interrupted, and by the next run
                                   at that place when it was killed
outputs/<name>/                    manifest.json, outcomes.parquet, differences.parquet, claims.parquet, figures ...

The manifest lists every file with its hash: only a folder that holds these and nothing else is ever replaced.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import errno
import itertools
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sim.core import disk
from sim.core.disk import hash_of
from sim.core.errors import CountyFundError, OutputError
from sim.core.files import places
from sim.core.files.parquet import whole
from sim.core.files.places import MANIFEST, PARTIAL, beside
from sim.core.text import Text
from sim.core.visible import visible_json
from sim.tables import Claims

if TYPE_CHECKING:
    import pandas as pd

SEALED = ".manifest.json"
"""The manifest until the results may be taken for whole."""
CLAIM_PARTS = ".claims"
"""Folder of claims, one file per arm and replication, until they are joined."""

CLAIM_ORDER = ("year", "month", "day", "resident", "provider", "category", "group")
"""Claims of a run are sorted by these columns, and then by all others, so that equal runs give equal bytes."""


def default_folder(name: str) -> Path:
    """``outputs/<name>-<date>-<time>`` in the current folder, numbered if another run has just taken that."""
    outputs = Path("outputs")
    stem = f"{name}-{dt.datetime.now():%Y%m%d-%H%M%S}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(outputs / n for n in names if not os.path.lexists(outputs / n) and not beside(outputs / n, PARTIAL))


class RunFolder:
    """One run folder in the making; a context manager that leaves the complete folder or nothing.

    Args:
        folder: the final place.
        overwrite: replace a run folder that is there already.
        words: how the command line names the folder and the switch.

    Raises:
        OutputError: before any work, if the place cannot be written or holds something else.
    """

    def __init__(
        self, folder: Path, *, overwrite: bool = False, words: tuple[str, str] = ("output.dir", "output.overwrite")
    ) -> None:
        self.final = places.place_of(folder, words[0])
        self.overwrite = overwrite
        self.words = words
        self.complete = False
        places.clear_up(self.final)
        places.check_free(self.final, overwrite, words)
        todo = f"give {words[0]}=FOLDER in a place you may write to"
        with disk.one_message("the output folder is not writable", self.final, todo):
            self.path, self._lock = places.new_partial(self.final)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.complete:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Turn an error of the system while results are written into one message."""
        what, todo = TROUBLE
        return disk.one_message(what, self.final, todo.format(word=self.words[0]))

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write ``<name>.parquet``; the same table gives the same bytes."""
        import pyarrow as pa

        columns = {str(column): _arrow(table[column]) for column in table.columns}
        _write(pa.table(columns), self.path / f"{name}.parquet")

    def join_claims(self, arms: Iterable[str], replications: int) -> None:
        """Make ``claims.parquet`` of the parts, in the order of arms and replications."""
        import pyarrow.parquet as pq

        parts = self.path / CLAIM_PARTS
        files = [parts / part_name(arm, replication) for arm in arms for replication in range(replications)]
        files = [file for file in files if file.is_file()]
        if not files:
            return
        with pq.ParquetWriter(self.path / "claims.parquet", pq.read_schema(files[0]), **PARQUET) as writer:
            for file in files:
                writer.write_table(whole(file))
        shutil.rmtree(parts)

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Write the manifest, then give the folder its final name: from now on it is complete.

        Returns:
            The final folder.

        Raises:
            OutputError: if the place was taken in the meantime; the message says where the results stand.
        """
        self.seal(manifest)
        with disk.uninterrupted():
            return self.take_place()

    def seal(self, manifest: dict[str, Any]) -> None:
        """Write the manifest with a hash of every file, and force all files to the disk; the folder keeps its name."""
        inside = (path for path in sorted(self.path.rglob("*")) if path.is_file() and path != self._lock.path)
        files = {path.relative_to(self.path).as_posix(): hash_of(path) for path in inside}
        text = json.dumps(manifest | {"files": files}, ensure_ascii=False, indent=2, default=str)
        # a sign that is no text, as in a file's name, becomes the escape that JSON has for it
        (self.path / SEALED).write_text(visible_json(text) + "\n", encoding="utf-8", errors="backslashreplace")
        disk.sync_tree(self.path)

    def take_place(self) -> Path:
        """Give the sealed folder its final name; if that is taken by now, another name, of which the user is told."""
        self.complete = True  # whatever comes, it is not thrown away
        try:
            os.replace(self.path / SEALED, self.path / MANIFEST)
            disk.sync(self.path)
            self._lock.release()
            places.check_free(self.final, self.overwrite, self.words)
            places.put(self.path, self.final, replace=self.overwrite)
        except (OSError, OutputError) as error:
            raise self._kept(error) from None
        disk.saved.append(_complete_in(self.final))
        return self.final

    def _kept(self, error: OSError | OutputError) -> OutputError:
        """Give the results a free name, because their own is taken."""
        self._lock.release()
        place = self.path
        with contextlib.suppress(OSError):
            os.rename(place, free := places.free_name(self.final))
            place = free
        disk.saved.append(_complete_in(place))
        reason = disk.reason_of(error) if isinstance(error, OSError) else error.what
        return OutputError(
            f"the results are whole, but could not get their name: {reason}",
            where=str(self.final),
            todo=f"take them from {place}",
        )


def _complete_in(folder: Path) -> Text:
    return Text(f"the results are complete in {folder}", f"结果已完整保存于 {folder}")


def part_name(arm: str, replication: int) -> str:
    """File name of the claims of one run."""
    return f"{arm}-{replication:06d}.parquet"


def write_claims_part(folder: Path, arm: str, replication: int, claims: Claims) -> None:
    """Write the claims of one run into a folder in the making, sorted, one row a claim.

    May be called from several threads or processes.
    """
    import numpy as np
    import pyarrow as pa

    names = [*CLAIM_ORDER, *(field for field in Claims._fields if field not in CLAIM_ORDER)]
    order = np.lexsort([getattr(claims, name) for name in reversed(names)])
    size = len(order)
    columns = {
        "arm": pa.array([arm] * size, pa.string()),
        "replication": pa.array(np.full(size, replication, dtype=np.int64)),
    }
    columns |= {name: pa.array(getattr(claims, name)[order]) for name in Claims._fields}
    (folder / CLAIM_PARTS).mkdir(exist_ok=True)
    _write(pa.table(columns), folder / CLAIM_PARTS / part_name(arm, replication))


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """A table of a run folder."""
    table: pd.DataFrame = whole(folder / f"{name}.parquet").to_pandas(use_threads=False)
    return table


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a complete run folder.

    Raises:
        OutputError: if the folder is not a complete run folder.
    """
    try:
        there = folder.is_dir()
        manifest = places.manifest_of(folder)
    except OSError as error:
        raise _not_complete(folder, f"it cannot be looked at ({disk.reason_of(error)})") from None
    if not manifest:
        raise _not_complete(folder, f"it has no readable {MANIFEST}" if there else "there is no such folder")
    return manifest


@contextlib.contextmanager
def reading(folder: Path, *names: str) -> Iterator[None]:
    """Read from a folder of results: a file that is missing, closed or damaged becomes one message.

    Args:
        folder: of the results.
        names: the files that are read, which must be as the manifest tells.

    Raises:
        OutputError: naming the file, or what is wrong with what the manifest says.
    """
    try:
        files = places.manifest_of(folder).get("files", {})  # of an earlier version: no hashes to hold them against
        for name in names:
            if os.path.lexists(folder / name) and not (folder / name).is_file():
                raise ValueError(f"{name} is not a file")  # a pipe or a device would be read for ever
            if name in files and hash_of(folder / name) != files[name]:
                raise ValueError(f"{name} was changed or is damaged")
        yield
    except CountyFundError:
        raise
    except OSError as error:
        raise _unreadable(folder, f"{Path(error.filename or folder).name}: {disk.reason_of(error)}") from None
    except DAMAGE as error:
        what = " ".join(str(error).split())[:200]
        raise _unreadable(
            folder, f"{type(error).__name__}: {what}" if isinstance(error, LookupError) else what
        ) from None


DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    TypeError,
    ValueError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What readers raise for content that is not what it should be; errors of Arrow and pydantic are among them."""


def _unreadable(folder: Path, what: str) -> OutputError:
    return OutputError(
        f"the results cannot be read: {what}",
        where=str(folder),
        todo="make them again: the manifest says with which words",
    )


def _not_complete(folder: Path, why: str) -> OutputError:
    return OutputError(
        f"this is not a complete run folder: {why}",
        where=str(folder),
        todo="give the folder that `settle`, `run` or `compare` named in its last line",
    )


_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EFBIG, errno.ESTALE)
TROUBLE = ("the results could not be written", "make room, or give {word}=FOLDER on another disk")

PARQUET: dict[str, Any] = {"compression": "zstd", "version": "2.6", "write_statistics": True}


def _write(table: Any, path: Path) -> None:
    """Parquet without anything that changes from run to run."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, row_group_size=1 << 20, **PARQUET)


def _arrow(column: pd.Series[Any]) -> Any:
    """A column as Arrow holds it; text as plain strings, whatever pandas stores it as."""
    import pyarrow as pa

    if column.dtype == object or str(column.dtype) in ("str", "string", "category"):
        return pa.array(column.astype(object).where(column.notna(), None).tolist(), pa.string())
    return pa.array(column.to_numpy())


@contextlib.contextmanager
def open_folder(output: Any, name: str, save: bool | None) -> Iterator[RunFolder | None]:
    """A run folder for ``output`` (`sim.config.model.Output`), or None if nothing is to be saved.

    Args:
        output: where and whether to overwrite.
        name: of the study, for the default place.
        save: None = if ``output.dir`` is given.
    """
    wanted = output.dir is not None if save is None else save
    if not wanted:
        yield None
        return
    place = Path(output.dir) if output.dir else default_folder(name)
    with RunFolder(place, overwrite=output.overwrite) as folder:
        try:
            yield folder
        except OSError as error:
            inside = str(error.filename or "").startswith(str(folder.path))
            if error.errno not in _DISK_TROUBLE and not inside:
                raise
            with folder.writing():
                raise
