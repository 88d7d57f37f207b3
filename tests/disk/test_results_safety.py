"""What others wrote is never removed; finished work is never thrown away; a bad place is told before any work."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import stat
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core import disk
from sim.core.errors import OutputError
from sim.core.files import places
from sim.experiment.run_folder import RunFolder, read_manifest
from sim.settle.write.template import write_sample, write_template
from tests.disk_world import EVERY, KILLED, played
from tests.settle_world import FILES, county, write


def words(out: str | Path, *more: str, claims: str | Path = FILES / "claims.csv") -> list[str]:
    return ["settle", f"claims={claims}", f"providers={FILES / 'providers.csv'}",
            f"groups={FILES / 'groups.csv'}", "payment=ffs", f"out={out}", *more]  # fmt: skip


def made(place: Path, seed: int = 1) -> Path:
    """A folder of results with a file in a folder."""
    with RunFolder(place, overwrite=True) as folder:
        (folder.path / "figures").mkdir()
        (folder.path / "figures" / "one.svg").write_text("<svg/>")
        return folder.finish({"program": "countyfund", "verb": "run", "seed": seed})


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def replaced(place: Path) -> str:
    """The message when results cannot be replaced; nothing may have changed."""
    before = names(place.parent)
    with pytest.raises(OutputError) as error:
        made(place, 2)
    assert names(place.parent) == before
    return str(error.value)


def test_results_that_hold_nothing_else_are_replaced(tmp_path: Path):
    made(tmp_path / "results")
    (tmp_path / "results" / "figures" / "one.svg").unlink()  # what is missing is no loss
    made(tmp_path / "results", 2)
    assert read_manifest(tmp_path / "results")["seed"] == 2
    assert names(tmp_path) == ["results", "results/figures", "results/figures/one.svg", "results/manifest.json"]


@pytest.mark.parametrize("manifest", ["{}", '{"name": "web", "version": "1.0"}', "[]", "not JSON", '{"program": 1}'])
def test_a_project_with_a_manifest_of_its_own_is_not_replaced(tmp_path: Path, manifest: str):
    place = tmp_path / "web"
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (place / "manifest.json").write_text(manifest)
    assert "not a run's" in replaced(place)
    assert main(words(place, "overwrite=true")) == 2
    assert (place / ".git" / "HEAD").read_text() == "ref: refs/heads/main"


@pytest.mark.parametrize(
    "stranger", ["notes.txt", ".git/HEAD", "figures/mine.svg", "figures/.hidden", "a link", "a folder"]
)
def test_results_among_which_somebody_put_something_are_not_replaced(tmp_path: Path, stranger: str):
    place = made(tmp_path / "results")
    if stranger == "a link":
        (place / "a link").symlink_to(tmp_path)
    elif stranger == "a folder":
        (place / "a folder").mkdir()
    else:
        (place / stranger).parent.mkdir(exist_ok=True)
        (place / stranger).write_text("mine")
    assert stranger.split("/HEAD")[0] in replaced(place)


def test_results_that_somebody_worked_on_are_not_replaced(tmp_path: Path):
    place = made(tmp_path / "results")
    (place / "figures" / "one.svg").write_text("<svg>with remarks</svg>")
    assert "figures/one.svg" in replaced(place)


def test_a_link_in_place_of_a_file_of_the_results_is_not_followed(tmp_path: Path):
    place = made(tmp_path / "results")
    shutil.move(place / "figures", tmp_path / "elsewhere")
    (place / "figures").symlink_to(tmp_path / "elsewhere")
    assert "figures" in replaced(place)
    assert (tmp_path / "elsewhere" / "one.svg").exists()


def test_a_ledger_is_never_replaced_by_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    county(tmp_path / "one", "payment=ffs", f"ledger={tmp_path / 'ledger'}")
    before = {path.name: path.read_bytes() for path in (tmp_path / "ledger").iterdir()}
    assert main(words(tmp_path / "ledger", "overwrite=true")) == 2
    assert "holds a ledger" in capsys.readouterr().err
    assert "holds a ledger" in replaced(tmp_path / "ledger")
    assert {path.name: path.read_bytes() for path in (tmp_path / "ledger").iterdir()} == before


def test_a_settlement_is_replaced_by_another_one_and_lists_its_files(tmp_path: Path):
    assert main(words(tmp_path / "one")) == 0
    listed = read_manifest(tmp_path / "one")["files"]
    files = [name for name in names(tmp_path / "one") if (tmp_path / "one" / name).is_file()]
    assert sorted([*listed, "manifest.json"]) == files
    assert all(disk.hash_of(tmp_path / "one" / name) == digest for name, digest in listed.items())
    assert main(words(tmp_path / "one", "overwrite=true", "errors=7")) == 0
    assert "errors=7" in read_manifest(tmp_path / "one")["words"]
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_results_of_a_version_without_a_list_of_files_are_left_to_the_user(tmp_path: Path):
    place = tmp_path / "results"
    place.mkdir()
    (place / "manifest.json").write_text('{"program": "countyfund", "verb": "settle"}')
    assert "earlier version" in replaced(place)


@pytest.mark.parametrize("swap", [True, False], ids=["in one step", "in two"])
def test_what_comes_among_old_results_while_they_are_replaced_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], swap: bool
):
    place = made(tmp_path / "results")
    check = places.check_free

    def late(folder: Path, *others: object) -> None:
        check(folder, *others)  # type: ignore[arg-type]
        (folder / "late.txt").write_text("mine")

    with RunFolder(place, overwrite=True) as folder:
        monkeypatch.setattr(places, "check_free", late)
        if not swap:
            monkeypatch.setattr(places, "exchange", lambda *_: False)
        folder.finish({"program": "countyfund", "verb": "run", "seed": 2})
    (old,) = tmp_path.glob("results.*.replaced")
    assert (old / "late.txt").read_text() == "mine"
    assert str(old) in capsys.readouterr().err
    assert read_manifest(place)["seed"] == 2


def test_work_whose_place_was_taken_meanwhile_stays_and_is_told(tmp_path: Path):
    place = tmp_path / "results"

    def work() -> None:
        with RunFolder(place, overwrite=True) as folder:
            (folder.path / "table.csv").write_text("work of hours")
            place.mkdir()
            (place / "mine.txt").write_text("mine")
            (tmp_path / "results-2").mkdir()
            folder.finish({"program": "countyfund", "verb": "run"})

    with pytest.raises(OutputError, match="results-3") as error:
        work()
    assert "mine.txt" in os.listdir(place)
    assert (tmp_path / "results-3" / "table.csv").read_text() == "work of hours"
    assert read_manifest(tmp_path / "results-3")["files"]
    assert "whole" in str(error.value)
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    "there",
    [
        "link",
        "dangling link",
        "link to itself",
        "file",
        "below a file",
        "here",
        "above",
        "root",
        "mount",
        "long",
        "surrogate",
        "below a long one",
    ],
)
@pytest.mark.parametrize("overwrite", ["false", "true"])
def test_a_place_that_cannot_be_taken_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], there: str, overwrite: str
):
    """The claims do not even exist: whoever began to work would say so."""
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    place = {"here": ".", "above": "..", "root": "/", "mount": "/proc", "long": "x" * 300, "surrogate": "caf\udce9",
             "below a file": "file/results", "below a long one": f"{'x' * 300}/results"}.get(there, there)  # fmt: skip
    Path("file").write_text("mine")
    if "link" in there:
        target = {"link": tmp_path / "other", "dangling link": tmp_path / "nowhere", "link to itself": Path(there)}[
            there
        ]
        (tmp_path / "other").mkdir()
        Path(there).symlink_to(target)
    if there == "here":
        Path("file").unlink()  # an empty folder; but somebody stands in it
    before = names(tmp_path)
    assert main(words(place, f"overwrite={overwrite}", claims="nowhere.csv")) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("error: ") == 1
    assert "nowhere.csv" not in told
    assert "out" in told
    assert names(tmp_path) == before
    assert Path.cwd() == inside


def test_an_empty_folder_may_be_filled(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert main(words(tmp_path / "empty")) == 0
    assert (tmp_path / "empty" / "manifest.json").is_file()


@pytest.mark.slow
def test_results_of_a_killed_run_never_look_whole_and_its_rest_is_cleared_up(tmp_path: Path):
    """Killed at each change of a name: old results or new ones stand there; the next run clears up, and succeeds."""
    often = min(EVERY, 2)  # few steps are between the old results and the new ones
    steps = range(1, 17, often)
    counties = [tmp_path / f"{number}" for number in steps]
    assert main(words(tmp_path / "base")) == 0
    for place in counties:
        place.mkdir()
        shutil.copytree(tmp_path / "base", place / "out")
    command = [words(place / "out", "overwrite=true", "errors=7") for place in counties]
    ends = played({"words": told, "number": n, "harm": "kill"} for n, told in zip(steps, command, strict=True))
    killed = [code for code, _ in ends].count(KILLED)
    assert 2 // often < killed < len(steps)
    replaced_by = 0
    for place in counties[:killed]:
        found = read_manifest(place / "out")
        replaced_by += "errors=7" in found["words"]
        assert not list(places.strangers(place / "out", found["files"]))
    assert 0 < replaced_by < killed
    for place, (code, text) in zip(counties, played([{"words": told} for told in command]), strict=True):
        assert code == 0, text
        if place.name == "1":  # killed before it could say that it is alive: left, as it might be
            continue
        whole = [path for path in place.glob("out.*.partial") if (path / "manifest.json").exists()]
        assert sorted(path.name for path in place.iterdir()) == sorted(["out", *(path.name for path in whole)])
        assert all(str(path) in text for path in whole)


def test_the_rest_of_a_run_that_is_alive_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with RunFolder(tmp_path / "results") as alive:
        made(tmp_path / "results")
        assert alive.path.is_dir()
        (tmp_path / "results.of.somebody.partial").mkdir()  # no run's
        made(tmp_path / "results")
        assert alive.path.is_dir()
        dead = tmp_path / "results.dead.partial"
        dead.mkdir()
        (dead / places.RUNNING).write_text("")  # nobody holds it
        made(tmp_path / "results")
        assert not dead.exists()
    assert "results.dead.partial" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "results.of.somebody.partial"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ESTALE])
@pytest.mark.parametrize(
    "writer",
    [
        "command.write_receipts",
        "write.tables.write_sheet",
        "command.keep_past",
        "write.statement_pages.write_statements",
        "write.statement_pages.write_sheet",
    ],
)
def test_a_disk_that_refuses_results_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], writer: str, error: int
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(f"sim.settle.{writer}", refuse)
    assert main(words(tmp_path / "out")) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: the results could not be written: " + os.strerror(error))
    assert names(tmp_path) == []


@pytest.mark.parametrize("limit", [100, 3_000])
def test_files_that_may_not_grow_are_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: int):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        code = main(words(tmp_path / "out"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 2
    told = capsys.readouterr().err
    assert told.count("error: ") == 1
    assert "could not be written: File too large" in told
    assert names(tmp_path) == []


# --- files beside the results -----------------------------------------------------------------------------------------
BAD = "claim,provider,date,category,charge,statutory\nA1,0004,2024-05-01,inpatient,many,1\n"


def bad(tmp_path: Path) -> list[str]:
    return words(tmp_path / "out", claims=write(tmp_path / "bad.csv", BAD))


def test_a_list_of_bad_cells_takes_the_place_of_none_but_its_own_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    mine = write(tmp_path / "out.errors.csv", "my own list\n")
    (tmp_path / "out.errors-2.csv").symlink_to(tmp_path / "nowhere")
    for _ in range(2):
        assert main(bad(tmp_path)) == 2
        assert "out.errors-3.csv lists all" in capsys.readouterr().err
    assert mine.read_text() == "my own list\n"
    assert not (tmp_path / "nowhere").exists()
    assert main(words(tmp_path / "out")) == 0
    assert mine.read_text() == "my own list\n"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("change", ["a note below", "a note in a cell", "a row less", "the last row gone"])
def test_a_list_of_bad_cells_into_which_somebody_wrote_stays(tmp_path: Path, change: str, language: str):
    assert main([*bad(tmp_path), f"language={language}"]) == 2
    place = tmp_path / "out.errors.csv"
    lines = place.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    changed = {
        "a note below": [*lines, b"called them on Monday\r\n"],
        "a row less": [lines[0], lines[2]],
        "a note in a cell": [lines[0], lines[1].replace(b"many", b"many, they mean 12"), lines[2]],
        "the last row gone": lines[:2],
    }[change]
    place.write_bytes(b"".join(changed))
    for _ in range(2):
        assert main([*bad(tmp_path), f"language={language}"]) == 2
    assert main(words(tmp_path / "out")) == 0
    assert place.read_bytes() == b"".join(changed)
    assert [path.name for path in sorted(tmp_path.glob("out.errors*"))] == ["out.errors-2.csv", "out.errors.csv"]


def test_a_list_of_bad_cells_goes_when_its_files_are_settled(tmp_path: Path):
    assert main(bad(tmp_path)) == 2
    assert (tmp_path / "out.errors.csv").exists()
    assert main(words(tmp_path / "out")) == 0
    assert not (tmp_path / "out.errors.csv").exists()


def test_bad_cells_are_told_where_their_list_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.settle.read.refusal.write_errors", refuse)
    assert main(bad(tmp_path)) == 2
    told = capsys.readouterr().err
    assert "'many'" in told
    assert "could not be written: No space left on device" in told


@pytest.mark.parametrize("there", ["claims.csv", "claims.README.md"])
@pytest.mark.parametrize("link", [False, True])
def test_a_template_takes_the_place_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str, link: bool
):
    if link:
        (tmp_path / there).symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / there).write_text("mine")
    assert main(["template", "claims", f"out={tmp_path / 'claims.csv'}"]) == 2
    told = capsys.readouterr().err
    assert "exists already" in told
    assert there in told
    assert names(tmp_path) == [there]
    assert link or (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize("there", ["history.csv", "claims.csv"])
def test_the_sample_takes_the_place_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str):
    (tmp_path / there).symlink_to(tmp_path / "nowhere")
    assert main(["template", "sample", f"out={tmp_path}"]) == 2
    assert there in capsys.readouterr().err
    assert names(tmp_path) == [there]


@pytest.mark.parametrize("out", ["", "..", "/", "file/claims.csv", "x" * 300])
def test_a_template_in_no_place_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str
):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    for name in ("claims", "sample"):
        if name == "sample" and out in ("", "..", "/"):
            continue  # folders that take the sample
        assert main(["template", name, f"out={out}"]) == 2
        assert capsys.readouterr().err.count("error: ") == 1
    assert names(tmp_path) == ["file"]


# --- who may read results ---------------------------------------------------------------------------------------------
@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask of this kind")
@pytest.mark.parametrize(
    ("umask", "folders", "files"), [(0o077, 0o700, 0o600), (0o027, 0o750, 0o640), (0o002, 0o775, 0o664)]
)
def test_results_are_open_to_whom_the_umask_says(tmp_path: Path, umask: int, folders: int, files: int) -> None:
    before = os.umask(umask)
    try:
        county(tmp_path / "new" / "out", "payment=ffs", f"ledger={tmp_path / 'ledger'}")
        write_sample(tmp_path / "sample")
        write_template("claims", tmp_path / "template" / "c.csv")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert len(modes) > 20
    assert {mode for path, mode in modes.items() if path.is_dir()} == {folders}
    assert {mode for path, mode in modes.items() if path.is_file()} == {files}
