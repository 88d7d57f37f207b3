"""Run folders: whole or not there, never something else's, and the same bytes for the same results."""

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import OutputError
from sim.experiment.run_folder import (
    RunFolder,
    default_folder,
    open_folder,
    read_manifest,
    read_table,
    write_claims_part,
)
from sim.tables import Claims


def table() -> pd.DataFrame:
    return pd.DataFrame({"arm": ["a", "b"], "value": [1.5, np.nan], "year": [0, 1], "unit": ["yuan", None]})


def claims(order: list[int]) -> Claims:
    """Three claims, in any order."""
    columns = {name: np.zeros(3, dtype=np.int64) for name in Claims._fields}
    columns["resident"] = np.array([7, 3, 5])
    columns["month"] = np.array([0, 1, 0])
    return Claims(**{name: column[order] for name, column in columns.items()})


def manifest(seed: int) -> dict[str, object]:
    return {"program": "countyfund", "verb": "run", "seed": seed}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_it_is_complete(tmp_path: Path):
    place = tmp_path / "deep" / "results"
    with RunFolder(place) as folder:
        folder.write_table("outcomes", table())
        assert not place.exists()
        assert names(place.parent)[0].endswith(".partial")
        assert folder.finish(manifest(1)) == place
    assert names(place.parent) == ["results"]
    assert names(place) == ["manifest.json", "outcomes.parquet"]
    assert read_manifest(place)["seed"] == 1
    assert list(read_manifest(place)["files"]) == ["outcomes.parquet"]
    pd.testing.assert_frame_equal(read_table(place, "outcomes"), table(), check_dtype=False)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_of_work_that_fails(tmp_path: Path, error: type[BaseException]):
    def work() -> None:
        with RunFolder(tmp_path / "results") as folder:
            folder.write_table("outcomes", table())
            raise error

    with pytest.raises(error):
        work()
    assert names(tmp_path) == []


def test_work_that_is_killed_leaves_nothing_that_looks_whole(tmp_path: Path):
    RunFolder(tmp_path / "results").write_table("outcomes", table())
    (left,) = names(tmp_path)
    assert left.startswith("results.")
    assert left.endswith(".partial")
    with pytest.raises(OutputError, match="not a complete run folder"):
        read_manifest(tmp_path / left)
    with RunFolder(tmp_path / "results") as folder:  # and does not stand in the way
        folder.finish(manifest(1))
    assert read_manifest(tmp_path / "results")["seed"] == 1


def test_a_run_is_replaced_only_on_request(tmp_path: Path):
    place = tmp_path / "results"
    with RunFolder(place) as folder:
        folder.write_table("outcomes", table())
        folder.finish(manifest(1))
    with pytest.raises(OutputError, match=r"output\.overwrite=true"):
        RunFolder(place)
    with RunFolder(place, overwrite=True) as folder:
        assert read_manifest(place)["seed"] == 1
        folder.finish(manifest(2))
    assert names(place) == ["manifest.json"]
    assert read_manifest(place)["seed"] == 2
    assert names(tmp_path) == ["results"]


def test_other_files_are_never_touched(tmp_path: Path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "precious.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"precious\.txt"):
        RunFolder(tmp_path / "results", overwrite=True)
    assert names(tmp_path) == ["results"]


def test_an_empty_folder_may_be_used(tmp_path: Path):
    (tmp_path / "results").mkdir()
    with RunFolder(tmp_path / "results") as folder:
        folder.finish(manifest(1))
    assert names(tmp_path / "results") == ["manifest.json"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="not writable"):
        RunFolder(tmp_path / "results")
    tmp_path.chmod(0o700)


def test_a_place_below_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="not writable"):
        RunFolder(tmp_path / "file" / "results")


def test_the_same_table_gives_the_same_bytes(tmp_path: Path):
    for name in ("one", "two"):
        with RunFolder(tmp_path / name) as folder:
            folder.write_table("outcomes", table())
            folder.finish(manifest(1))
    one, two = ((tmp_path / name / "outcomes.parquet").read_bytes() for name in ("one", "two"))
    assert one == two


def test_claims_are_sorted_and_joined_in_the_order_of_arms(tmp_path: Path):
    texts = []
    for name, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        with RunFolder(tmp_path / name) as folder:
            for arm, replication in (("b", 0), ("a", 1), ("a", 0)):
                write_claims_part(folder.path, arm, replication, claims(order))
            folder.join_claims(["b", "a"], 2)
            folder.finish(manifest(1))
        texts.append((tmp_path / name / "claims.parquet").read_bytes())
        assert names(tmp_path / name) == ["claims.parquet", "manifest.json"]
    assert texts[0] == texts[1]
    saved = read_table(tmp_path / "one", "claims")
    assert list(zip(saved["arm"], saved["replication"], saved["month"], saved["resident"], strict=True)) == [
        ("b", 0, 0, 5), ("b", 0, 0, 7), ("b", 0, 1, 3),
        ("a", 0, 0, 5), ("a", 0, 0, 7), ("a", 0, 1, 3),
        ("a", 1, 0, 5), ("a", 1, 0, 7), ("a", 1, 1, 3),
    ]  # fmt: skip


def test_default_folders_of_the_same_second_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    places = set()
    for _ in range(3):
        with RunFolder(default_folder("study")) as folder:
            places.add(folder.finish(manifest(1)).name)
    assert len(places) == 3


def test_nothing_is_saved_unless_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from sim.config.model import Output

    monkeypatch.chdir(tmp_path)
    with open_folder(Output(), "study", None) as folder:
        assert folder is None
    with open_folder(Output(dir="here"), "study", None) as folder:
        assert folder is not None
        folder.finish(manifest(1))
    assert names(tmp_path) == ["here"]


def test_a_full_disk_is_one_clear_error(tmp_path: Path):
    from sim.config.model import Output

    def work() -> None:
        with open_folder(Output(dir=str(tmp_path / "results")), "study", None):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        work()
    assert names(tmp_path) == []
