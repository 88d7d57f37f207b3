"""Run folders: written beside their final place and renamed when complete, so nothing half-written looks whole.

outputs/<name>.<random>.partial/   while the work goes on; removed when it fails or is interrupted
outputs/<name>/                    manifest.json, outcomes.parquet, differences.parquet, claims.parquet, figures ...
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sim.errors import OutputError
from sim.tables import Claims

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
CLAIM_PARTS = ".claims"
"""Folder of claims, one file per arm and replication, until they are joined."""

CLAIM_ORDER = ("year", "month", "day", "resident", "provider", "category", "group")
"""Claims of a run are sorted by these columns, and then by all others, so that equal runs give equal bytes."""


def default_folder(name: str) -> Path:
    """``outputs/<name>-<date>-<time>`` in the current folder, numbered if another run has just taken that."""
    outputs = Path("outputs")
    stem = f"{name}-{dt.datetime.now():%Y%m%d-%H%M%S}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(outputs / n for n in names if not (outputs / n).exists() and not any(outputs.glob(f"{n}.*.partial")))


_BEGUN: list[tuple[Path, int]] = []
"""Final place of each folder that this process has begun, and the inode of the folder that is to be there."""


def saved_places() -> list[Path]:
    """Folders of this process that have their final name: right at any moment, also between two steps of saving."""
    return [place for place, inode in _BEGUN if _inode(place) == inode]


def _inode(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        return path.stat().st_ino
    return None


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
        self.final = folder.absolute()
        self.overwrite = overwrite
        self.words = words
        self.complete = False
        _check_free(self.final, overwrite, words)
        self.path = _make_partial(self.final, words[0])
        _BEGUN.append((self.final, self.path.stat().st_ino))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.complete:
            shutil.rmtree(self.path, ignore_errors=True)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write ``<name>.parquet``; the same table gives the same bytes."""
        import pyarrow as pa

        columns = {str(column): _arrow(table[column]) for column in table.columns}
        _write(pa.table(columns), self.path / f"{name}.parquet")

    def write_claims(self, arm: str, replication: int, claims: Claims) -> None:
        """Keep the claims of one run until `join_claims`.  May be called from several threads or processes."""
        write_claims_part(self.path, arm, replication, claims)

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
                writer.write_table(pq.read_table(file))
        shutil.rmtree(parts)

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Write the manifest, then give the folder its final name: from now on it is complete.

        Returns:
            The final folder.
        """
        text = json.dumps(manifest, ensure_ascii=False, indent=2, default=str)
        (self.path / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _check_free(self.final, self.overwrite, self.words)
        try:
            if self.final.is_dir():
                old = Path(tempfile.mkdtemp(prefix=f"{self.final.name}.", suffix=".old", dir=self.final.parent))
                os.replace(self.final, old)
                try:
                    os.rename(self.path, self.final)
                except BaseException:
                    os.replace(old, self.final)
                    raise
                shutil.rmtree(old, ignore_errors=True)
            else:
                os.rename(self.path, self.final)
        except OSError as error:
            raise OutputError("cannot give the run folder its name", where=str(self.final), todo=str(error)) from None
        self.complete = True
        return self.final


def part_name(arm: str, replication: int) -> str:
    """File name of the claims of one run."""
    return f"{arm}-{replication:06d}.parquet"


def write_claims_part(folder: Path, arm: str, replication: int, claims: Claims) -> None:
    """Write the claims of one run into a folder in the making, sorted, one row a claim."""
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
    import pandas as pd

    return pd.read_parquet(folder / f"{name}.parquet")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a complete run folder.

    Raises:
        OutputError: if the folder is not a complete run folder.
    """
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it is not an object")
    except (OSError, ValueError) as error:
        there = f"it has no readable {MANIFEST} ({error})" if folder.is_dir() else "there is no such folder"
        raise OutputError(
            f"this is not a complete run folder: {there}", where=str(folder),
            todo="give the folder that `settle`, `run` or `compare` named in its last line",
        ) from None  # fmt: skip
    return content


_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EFBIG)

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


def _check_free(folder: Path, overwrite: bool, words: tuple[str, str]) -> None:
    """Refuse a place that holds something."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir():
        raise OutputError(f"{words[0]} is a file, not a folder", where=str(folder), todo="name another folder")
    if not (folder / MANIFEST).is_file():
        raise OutputError(
            f"{words[0]} holds files that are not a run's",
            where=str(folder),
            value=", ".join(sorted(entry.name for entry in _first(folder.iterdir(), 3))),
            todo="name a new or empty folder",
        )
    if not overwrite:
        raise OutputError(
            f"{words[0]} holds a run already",
            where=str(folder),
            todo=f"name another folder, or give {words[1]}=true to replace it",
        )


def _first(entries: Iterator[Path], count: int) -> list[Path]:
    return [entry for entry, _ in zip(entries, range(count), strict=False)]


def _make_partial(final: Path, word: str) -> Path:
    """The folder to write into; making it, and a file in it, shows that the place can be written."""
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{final.name}.", suffix=".partial", dir=final.parent))
        partial.chmod(0o755)
        (partial / ".probe").write_text("", encoding="utf-8")
        (partial / ".probe").unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"the output folder is not writable: {reason}",
            where=str(final),
            todo=f"give {word}=FOLDER in a place you may write to",
        ) from None
    return partial


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
    place = Path(output.dir).expanduser() if output.dir else default_folder(name)
    with RunFolder(place, overwrite=output.overwrite) as folder:
        try:
            yield folder
        except OSError as error:
            if error.errno not in _DISK_TROUBLE:
                raise
            raise OutputError(
                f"the results could not be written: {os.strerror(error.errno)}",
                where=str(folder.final),
                todo="make room, or give output.dir=FOLDER on another disk",
            ) from None
