"""Files of other people: names in a manifest, copies beside results and files in a ledger's folder are left alone."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.__main__ import main
from sim.core import disk
from sim.core.files import places
from sim.experiment.run_folder import RunFolder, read_manifest
from sim.experiment.study import load_study
from sim.settle import kept_year, ledger_posting
from tests.paths import ROOT
from tests.settle_world import FILES


def words(out: str | Path, *more: str) -> list[str]:
    return ["settle", f"claims={FILES / 'claims.csv'}", f"providers={FILES / 'providers.csv'}",
            f"groups={FILES / 'groups.csv'}", "payment=ffs", f"out={out}", *more]  # fmt: skip


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def told_in(folder: Path, **more: object) -> None:
    """Write something else into a manifest."""
    place = folder / "manifest.json"
    place.write_text(json.dumps(json.loads(place.read_text(encoding="utf-8")) | more), encoding="utf-8")


def made(place: Path, seed: int = 1) -> Path:
    """A folder of results with a file in a folder."""
    with RunFolder(place, overwrite=True) as folder:
        (folder.path / "figures").mkdir()
        (folder.path / "figures" / "one.svg").write_text("<svg/>")
        return folder.finish({"program": "countyfund", "verb": "run", "seed": seed})


# --- results ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["above", "whole"])
def test_names_in_a_manifest_reach_nothing_outside_its_folder(tmp_path: Path, way: str):
    """A folder from elsewhere is replaced; its manifest names files of the user's."""
    place, mine = made(tmp_path / "results"), tmp_path / "mine"
    (mine / "empty").mkdir(parents=True)
    (mine / "work.txt").write_text("mine")
    head = "../mine" if way == "above" else str(mine)
    told_in(place, files=read_manifest(place)["files"] | {f"{head}/work.txt": "0", f"{head}/empty/none": "0"})
    made(place, 2)
    assert read_manifest(place)["seed"] == 2
    assert names(mine) == ["empty", "work.txt"]
    assert sorted(os.listdir(tmp_path)) == ["mine", "results"]


@pytest.mark.parametrize("name", ["results.2023.old", "results.old", "results.first_on.old", "results.keep.replaced"])
@pytest.mark.parametrize("free", [True, False], ids=["a free place", "a place to be replaced"])
def test_a_copy_of_results_that_somebody_keeps_beside_them_stays(tmp_path: Path, name: str, free: bool):
    place = made(tmp_path / "results")
    os.rename(place, tmp_path / name)
    if not free:
        made(place, 2)
    made(place, 3)
    assert read_manifest(place)["seed"] == 3
    assert read_manifest(tmp_path / name)["seed"] == 1
    assert sorted(os.listdir(tmp_path)) == sorted(["results", name])


@pytest.mark.parametrize("note", ["notes.txt", "figures/notes", ".git/HEAD", "link.csv"])
def test_what_somebody_put_among_the_beginnings_of_a_killed_run_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], note: str
):
    dead = tmp_path / "results.abcd1234.partial"
    (dead / note).parent.mkdir(parents=True)
    (dead / places.RUNNING).write_text("")  # nobody holds it
    (dead / "outcomes.parquet").write_text("half")
    if note.startswith("link"):
        (dead / note).symlink_to(tmp_path)
    else:
        (dead / note).write_text("mine")
    made(tmp_path / "results")
    assert (dead / note).exists()
    assert Path(note).name in capsys.readouterr().err
    (dead / note).unlink()
    made(tmp_path / "results")
    assert not dead.exists()


# --- a ledger's folder ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lock", [".lock", ledger_posting.LOCK])
@pytest.mark.parametrize("ledger", [True, False], ids=["beside a ledger", "in a project"])
def test_a_lock_that_is_not_ours_stays(tmp_path: Path, lock: str, ledger: bool):
    place = tmp_path / "place"
    place.mkdir()
    (place / lock).write_text("mine")
    if not ledger:
        (place / "setup.py").write_text("mine")
    assert main(words(tmp_path / "out", f"ledger={place}")) == (0 if ledger else 2)
    assert (place / lock).read_text() == "mine"
    assert (place / "journal.csv").exists() == ledger


@pytest.mark.parametrize("name", [ledger_posting.NEW, ledger_posting.DECIDED])
@pytest.mark.parametrize("link", [False, True])
def test_what_somebody_put_among_the_files_of_a_posting_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, link: bool
):
    place, other = tmp_path / "ledger", tmp_path / "other"
    assert main(words(tmp_path / "one", f"ledger={place}")) == 0
    assert main(words(tmp_path / "two", f"ledger={other}")) == 0
    if link:
        (place / name).symlink_to(other)
    else:
        (place / name).mkdir()
        (place / name / "notes.txt").write_text("mine")
    before = names(tmp_path)
    assert main(words(tmp_path / "three", f"ledger={place}")) == 2
    told = capsys.readouterr().err
    assert "error: the ledger's folder holds files that are not the ledger's" in told
    assert str(place / name) in told
    assert names(tmp_path) == before


def test_a_lock_that_a_killed_run_of_another_user_left_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is another user's file: this one may read it, and remove it from a folder that both may write."""
    (tmp_path / "lock").touch()
    opened = os.open

    def closed(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == "lock" and flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", closed)
    lock, other = disk.Lock(tmp_path / "lock"), disk.Lock(tmp_path / "lock")
    assert lock.take()
    assert not other.take()
    lock.release()
    assert not os.listdir(tmp_path)
    with pytest.raises(PermissionError):
        other.take()  # a folder that it may not write


def test_results_of_another_user_where_only_owners_replace_are_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    made(tmp_path / "results")
    tmp_path.chmod(0o1777)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    command = words(tmp_path / "results", "overwrite=true")
    assert main([*command[:1], "claims=nowhere.csv", *command[2:]]) == 2
    assert "holds results of another user" in capsys.readouterr().err
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "results").stat().st_uid)
    assert main(command) == 0


def test_where_there_are_no_locks_results_are_saved_and_a_ledger_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Some file systems of a network have none: a ledger is not risked there, results have nothing to lose."""

    def none(handle: int) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(disk, "_lock", none)
    assert main(words(tmp_path / "out")) == 0
    assert os.listdir(tmp_path) == ["out"]
    listed = read_manifest(tmp_path / "out")["files"]
    assert sorted([*listed, "manifest.json"]) == [
        n for n in names(tmp_path / "out") if (tmp_path / "out" / n).is_file()
    ]
    capsys.readouterr()
    assert main(words(tmp_path / "more", f"ledger={tmp_path / 'new' / 'ledger'}")) == 2
    assert capsys.readouterr().err.startswith("error: the ledger is not writable: No locks available")
    assert os.listdir(tmp_path) == ["out"]


def test_the_names_of_new_folders_are_forced_to_the_disk_before_what_stands_in_them_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    steps: list[tuple[str, str]] = []
    sync, rename, replace = disk.sync, os.rename, os.replace

    def forced(path: Path) -> None:
        steps.append(("sync", str(path)))
        sync(path)

    monkeypatch.setattr(disk, "sync", forced)
    for module in (places, ledger_posting):
        monkeypatch.setattr(module, "sync", forced)
    monkeypatch.setattr(os, "rename", lambda a, b: (steps.append(("rename", str(b))), rename(a, b))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (steps.append(("rename", str(b))), replace(a, b))[1])
    ledger, out = tmp_path / "a" / "ledger", tmp_path / "b" / "out"
    assert main(words(out, f"ledger={ledger}")) == 0
    decided, named = steps.index(("rename", str(ledger / ledger_posting.DECIDED))), steps.index(("rename", str(out)))
    assert decided < named
    assert {str(tmp_path), str(tmp_path / "a")} <= {path for step, path in steps[:decided] if step == "sync"}
    last = [path for step, path in steps[decided:named]]
    assert last[:2] == [str(ledger / ledger_posting.DECIDED), str(ledger)]  # the posting is on the disk
    assert last[2].endswith("manifest.json")
    assert last[3] == str(Path(last[2]).parent)
    assert ("sync", str(tmp_path / "b")) in steps[named:]


# --- names and files that lead elsewhere ------------------------------------------------------------------------------
NOBODY = "~nobody_of_this_name/x"


@pytest.mark.parametrize(
    "command",
    [
        ["settle", "claims=a", "providers=b", f"out={NOBODY}"],
        ["settle", f"claims={NOBODY}", "providers=b", "out=c"],
        ["settle", "claims=a", "providers=b", "out=c", f"ledger={NOBODY}"],
        ["template", "claims", f"out={NOBODY}"],
        ["template", "sample", f"out={NOBODY}"],
        ["explain", "fund", f"settled={NOBODY}"],
        ["explain", "fund", f"run={NOBODY}"],
        ["validate", f"targets='{NOBODY}'"],
        ["run", f"output.dir='{NOBODY}'"],
    ],
)
def test_the_home_of_nobody_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "home" in told
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero"])
def test_figures_of_a_county_are_not_read_from_a_pipe_or_a_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
):
    place = tmp_path / "targets.csv"
    os.mkfifo(place) if kind == "pipe" else place.symlink_to(kind)
    assert main(["validate", f"targets={place}"]) == 2
    assert "a pipe or a device, not a file" in capsys.readouterr().err


STUDY = """title: {en: Test, zh: 试验}
question: {en: What if, zh: 如何}
baseline: ffs
arms:
  ffs: {label: {en: FFS, zh: 项目}, overrides: [payment=ffs]}
overrides: ["%s"]
"""


@pytest.mark.parametrize("key", ["claims.inpatient_groups", "claims.outpatient_groups", "targets"])
@pytest.mark.parametrize("way", ["whole", "above", "inside a value"])
def test_a_study_reads_no_file_of_its_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, way: str):
    (tmp_path / "private.csv").write_text("secret words")
    (tmp_path / "study").mkdir()
    private = tmp_path / "private.csv" if way == "whole" else Path("../private.csv")
    if way == "inside a value" and key == "targets":
        key = "claims.inpatient_groups"
    setting = f"{key}={private}"
    if way == "inside a value":
        group, _, name = key.partition(".")
        setting = f"{group}={{{name}:'{tmp_path}/private.csv'}}"
    (tmp_path / "study" / "study.yaml").write_text(STUDY % setting, encoding="utf-8")
    assert main(["compare", f"study={tmp_path / 'study' / 'study.yaml'}"]) == 2
    told = capsys.readouterr().err
    assert "secret" not in told
    assert "beside" in told or "by the whole key" in told


def test_figures_that_a_study_names_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "it's here"
    (place / "tables").mkdir(parents=True)
    (place / "tables" / "own.csv").write_text("outcome,target\n")
    (place / "study.yaml").write_text(STUDY % "targets=tables/own.csv", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (override,) = load_study(place / "study.yaml").overrides
    from sim.config import override_value

    assert override_value(override) == str(place / "tables" / "own.csv")


# --- folders of results from elsewhere --------------------------------------------------------------------------------
@pytest.fixture
def settled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(words(tmp_path / "one")) == 0
    capsys.readouterr()
    return tmp_path / "one"


@pytest.mark.parametrize("name", ["receipts.parquet", "past-0.npz", "providers.csv", "groups.csv"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("listed", [True, False])
def test_a_pipe_or_a_device_among_results_is_not_read(
    settled: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str, listed: bool
):
    (settled / name).unlink()
    os.mkfifo(settled / name) if kind == "pipe" else (settled / name).symlink_to("/dev/zero")
    if not listed:
        told_in(settled, files={})
    assert main(["explain", "fund", f"settled={settled}"]) == 2
    assert f"error: the results cannot be read: {name} is not a file" in capsys.readouterr().err


def test_a_history_that_swells_when_unpacked_is_not_read(
    settled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(kept_year, "LARGEST", 1 << 20)
    with zipfile.ZipFile(settled / "past-0.npz", "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("more.npy", bytes(1 << 23))
    told_in(settled, files={})
    assert main(["explain", "fund", f"settled={settled}"]) == 2
    assert "bytes when unpacked" in capsys.readouterr().err


def test_receipts_of_more_rows_than_their_bytes_can_hold_are_not_read(
    settled: Path, capsys: pytest.CaptureFixture[str]
):
    one = pq.read_table(settled / "receipts.parquet").slice(0, 1)
    many = pa.table({n: one.column(n).cast(pa.string() if pa.types.is_dictionary(one.column(n).type) else
                                           one.column(n).type).take(np.zeros(300_000, dtype=np.int64))
                     for n in one.column_names})  # fmt: skip
    pq.write_table(many, settled / "receipts.parquet")
    told_in(settled, files={}, rows=300_000)
    assert main(["explain", "fund", f"settled={settled}"]) == 2
    assert "the file claims too many rows for its size" in capsys.readouterr().err


def test_results_without_a_design_are_told(settled: Path, capsys: pytest.CaptureFixture[str]):
    told_in(settled, designs={})
    assert main(["explain", "fund", f"settled={settled}"]) == 2
    assert "names no design" in capsys.readouterr().err


def test_a_run_without_an_arm_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with RunFolder(tmp_path / "run") as folder:
        folder.finish({"program": "countyfund", "verb": "run", "history": {}, "arms": {}})
    assert main(["explain", "fund", "year=2024", f"run={tmp_path / 'run'}"]) == 2
    assert "names no arm" in capsys.readouterr().err


def test_a_table_of_groups_by_a_name_that_no_file_can_have_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["run", f"claims.inpatient_groups={'x' * 300}"]) == 2
    assert "error: the table does not exist" in capsys.readouterr().err


# --- what was written although nobody could be told ------------------------------------------------------------------
@pytest.mark.parametrize("what", ["claims", "sample"])
def test_a_template_that_is_written_is_a_success_where_standard_output_is_closed(tmp_path: Path, what: str):
    done = subprocess.run(
        [sys.executable, "-B", "-m", "sim", "template", what, f"out={tmp_path / 'made'}"], cwd=ROOT, text=True,
        stderr=subprocess.PIPE, timeout=60, check=False, preexec_fn=lambda: os.close(1),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "note: what should stand on standard output is lost" in done.stderr
    assert (tmp_path / "made").exists()
