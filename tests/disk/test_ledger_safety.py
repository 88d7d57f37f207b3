"""A ledger survives a kill at any step, a full disk, and two writers at once: nothing posted is ever lost."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.disk import Lock
from sim.core.errors import CountyFundError
from sim.settle import ledger_posting
from sim.settle.ledger_reading import read_ledger
from tests.disk_world import EVERY, KILLED, played
from tests.paths import ROOT
from tests.settle_world import FILES, write

CLAIMS = (FILES / "claims.csv").read_text(encoding="utf-8")


def words(place: Path, out: str, *more: str, claims: Path | None = None) -> list[str]:
    return ["settle", f"claims={claims or FILES / 'claims.csv'}", f"providers={FILES / 'providers.csv'}",
            f"groups={FILES / 'groups.csv'}", f"enrolment={FILES / 'enrolment.csv'}", "payment=package",
            "settlement=shared", "settlement.lump_per_head=800", f"out={place / out}", f"ledger={place / 'ledger'}",
            *more]  # fmt: skip


def changed(place: Path, amount: str = "586400.00") -> Path:
    return write(place / f"changed_{amount}.csv", CLAIMS.replace("586500.00", amount))


def corrected(place: Path, out: str, claims: Path) -> list[str]:
    return words(place, out, "correction=audit", claims=claims)


def journal(place: Path) -> bytes:
    return (place / "ledger" / "journal.csv").read_bytes()


def reasons(place: Path) -> set[str]:
    with (place / "ledger" / "journal.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["reason"] for row in csv.DictReader(file)} - {""}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `base` copies."""
    place = tmp_path_factory.mktemp("made")
    claims = changed(place)
    assert main(words(place / "before", "one")) == 0
    shutil.copytree(place / "before", place / "after")
    assert main(corrected(place / "after", "two", claims)) == 0
    return place


@pytest.fixture
def base(made: Path, tmp_path: Path) -> Path:
    """A ledger in which 2024 is posted, under ``before``; corrected without disturbance under ``after``."""
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True)


LAST = 24
"""More steps than a posting has: the last ones are not disturbed any more."""
STEPS = {False: range(1, LAST + 1, EVERY), True: range(EVERY, LAST + 1, EVERY)}
"""Steps at which a correction and a first posting are disturbed: where only half are, the ones and the others."""


def places(base: Path, first: bool) -> list[Path]:
    """A county for each step at which it will be disturbed, with nothing posted yet or 2024 posted."""
    counties = [base / f"{number}" for number in STEPS[first]]
    for place in counties:
        place.mkdir() if first else shutil.copytree(base / "before", place)
    return counties


def cases(base: Path, counties: list[Path], harm: str, first: bool) -> list[dict[str, object]]:
    """A command that is disturbed at each of its changes of the ledger or of its results' names."""
    claims = base / "changed_586400.00.csv"
    return [
        {
            "words": words(place, "two") if first else corrected(place, "two", claims),
            "number": number,
            "harm": harm,
            "within": [str(place / "ledger")],
        }
        for number, place in zip(STEPS[first], counties, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("first", [False, True], ids=["a correction", "the first posting"])
def test_a_kill_at_any_step_leaves_the_old_or_the_new_ledger(base: Path, first: bool):
    """Whatever is there, settling again comes to the journal of a run that was not disturbed."""
    counties = places(base, first)
    ends = played(cases(base, counties, "kill", first))
    codes = [code for code, _ in ends]
    killed = codes.count(KILLED)
    assert codes == [KILLED] * killed + [0] * (len(codes) - killed)
    assert 15 // EVERY < killed < len(codes)
    old, new = [b"", journal(base / "before")] if first else [journal(base / "before"), journal(base / "after")]
    results = 0
    for place in counties[:killed]:
        standing = (place / "two" / "manifest.json").is_file()
        decided = (place / "ledger" / ".posting").is_dir() or (
            (place / "ledger" / "journal.csv").is_file() and journal(place) == new
        )
        assert decided or not standing  # results that speak of a posting never stand without it
        results += standing
        with ledger_posting.held(place / "ledger"):
            there = journal(place) if (place / "ledger" / "journal.csv").exists() else b""
        assert there == (new if decided else old)
    assert 0 < results < killed
    claims, counties = base / "changed_586400.00.csv", counties[:killed]
    again = [{"words": words(place, "three") if first else corrected(place, "three", claims)} for place in counties]
    assert {code for code, _ in played(again)} == {0}
    for place in counties:
        assert journal(place) == new
        assert read_ledger(place / "ledger").size
        assert not [path.name for path in (place / "ledger").iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_disk_that_is_full_from_any_step_on_is_one_message_and_loses_nothing(base: Path):
    counties = places(base, False)
    old, new = journal(base / "before"), journal(base / "after")
    failed = 0
    for place, (code, text) in zip(counties, played(cases(base, counties, "full", False)), strict=True):
        assert "Traceback" not in text
        assert code in (0, 2), text
        assert text.count("error: ") == (code == 2), text
        failed += code == 2
        with ledger_posting.held(place / "ledger"):
            assert journal(place) in (old, new)
        told = "is posted in the ledger" in text
        assert (journal(place) == new) == (code == 0 or told), text
        if code == 0:
            assert (place / "two" / "manifest.json").is_file()
    assert failed > 5 // EVERY
    counties = [place for place in counties if journal(place) == old]
    again = [{"words": corrected(place, "three", base / "changed_586400.00.csv")} for place in counties]
    assert {code for code, _ in played(again)} == {0}
    assert {journal(place) for place in counties} == {new}


def test_of_several_writers_at_once_no_posting_is_lost(base: Path):
    place = base / "before"
    amounts = ("586300.00", "586200.00", "586100.00")

    def correcting(n: int, amount: str) -> list[str]:
        return words(place, f"out{n}", f"correction=reason {n}", claims=changed(base, amount))

    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "sim", *correcting(n, amount)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for n, amount in enumerate(amounts)
    ]
    for writer in writers:
        text, _ = writer.communicate(timeout=300)
        assert writer.returncode == 0, text
    assert reasons(place) == {"reason 0", "reason 1", "reason 2"}
    assert journal(place).startswith(journal(base / "after")[:1000])
    assert read_ledger(place / "ledger").size == len(journal(place).splitlines()) - 1


def test_waiting_for_another_run_has_an_end(
    base: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    place = base / "before"
    lock = Lock(place / "ledger" / ledger_posting.LOCK)
    assert lock.take()
    monkeypatch.setattr(ledger_posting, "WAIT", 0.3)
    assert main(corrected(place, "two", base / "changed_586400.00.csv")) == 2
    told = capsys.readouterr().err
    assert "another run uses the ledger" in told
    assert not (place / "two").exists()
    lock.release()
    (place / "ledger" / ledger_posting.LOCK).write_text("")  # as a dead process leaves it: nobody holds it
    assert main(corrected(place, "two", base / "changed_586400.00.csv")) == 0
    assert journal(place) == journal(base / "after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_last_words_of_an_interrupted_run_are_true(
    base: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], when: str
):
    """Ctrl-C before the posting is decided saves nothing; after it, all is saved, and said."""
    place, name = base / "before", {"before": "sync_tree", "after": "_put_in_place"}[when]
    kept = getattr(ledger_posting, name)

    def interrupted(folder: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        kept(folder)

    monkeypatch.setattr(ledger_posting, name, interrupted)
    assert main(corrected(place, "two", base / "changed_586400.00.csv")) == 130
    told = capsys.readouterr().err
    if when == "before":
        assert "interrupted: nothing was saved" in told
        assert journal(place) == journal(base / "before")
        assert sorted(path.name for path in place.iterdir()) == ["ledger", "one"]
    else:
        assert f"2024 is posted in the ledger {place / 'ledger'}; the results are complete in {place / 'two'}" in told
        assert journal(place) == journal(base / "after")
        assert (place / "two" / "manifest.json").is_file()


def test_the_version_history_of_a_ledger_stays(base: Path):
    place = base / "before"
    (place / "ledger" / ".git").mkdir()
    (place / "ledger" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "ledger" / ".gitignore").write_text("*.tmp\n")
    assert main(corrected(place, "two", base / "changed_586400.00.csv")) == 0
    assert (place / "ledger" / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert (place / "ledger" / ".gitignore").read_text() == "*.tmp\n"
    assert journal(place) == journal(base / "after")


def test_a_ledger_under_a_link_is_posted_where_it_is(base: Path):
    place = base / "before"
    (place / "ledger").rename(base / "disk")
    (place / "ledger").symlink_to(base / "disk")
    assert main(corrected(place, "two", base / "changed_586400.00.csv")) == 0
    assert (place / "ledger").is_symlink()
    assert (base / "disk" / "journal.csv").read_bytes() == journal(base / "after")


def test_the_last_state_comes_back_after_two_kills_of_an_earlier_version(
    base: Path, capsys: pytest.CaptureFixture[str]
):
    """It renamed whole folders: one kill left an older state beside the place, a second one took the name away."""
    place = base / "before"
    third = corrected(base / "after", "three", changed(base, "586200.00"))
    shutil.copytree(base / "after" / "ledger", base / "middle")
    assert main(third) == 0
    (place / "ledger").rename(place / "ledger.a1.old")
    shutil.copytree(base / "middle", place / "ledger.b2.old")
    shutil.copytree(base / "after" / "ledger", place / "ledger.c3.partial")
    (place / "ledger.d4.partial").mkdir()  # files in the making
    (place / "ledger.d4.partial" / "journal.csv").write_text("half")
    assert main([word.replace(str(base / "after"), str(place)) for word in third]) == 0
    assert "ledger.c3.partial, its last state, is back" in capsys.readouterr().err
    assert journal(place) == journal(base / "after")


def test_states_that_part_are_left_to_the_user(base: Path, capsys: pytest.CaptureFixture[str]):
    place = base / "before"
    assert main(corrected(base / "before", "two", changed(base, "586200.00"))) == 0
    (place / "ledger").rename(place / "ledger.a1.old")
    shutil.copytree(base / "after" / "ledger", place / "ledger.b2.old")
    assert main(corrected(place, "three", base / "changed_586400.00.csv")) == 2
    told = capsys.readouterr().err
    assert "ledger.a1.old, ledger.b2.old" in told
    assert sorted(path.name for path in place.glob("ledger*")) == ["ledger.a1.old", "ledger.b2.old"]


def test_a_posting_whose_files_were_changed_is_not_completed(base: Path):
    place = base / "before"
    shutil.copytree(base / "after" / "ledger", place / "ledger" / ledger_posting.DECIDED)
    (place / "ledger" / ledger_posting.DECIDED / "journal.csv").write_text("forged")
    before = journal(place)
    with pytest.raises(CountyFundError, match="cannot be completed"), ledger_posting.held(place / "ledger"):
        pass
    assert journal(place) == before


@pytest.mark.parametrize("there", ["file", "dangling", "below", "long"])
def test_a_place_that_cannot_hold_a_ledger_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
):
    place, claims = tmp_path / "county", tmp_path / "no such claims.csv"  # which no work would get past
    place.mkdir()
    told = words(place, "one", claims=claims)
    if there == "file":
        (place / "ledger").write_text("mine")
    elif there == "dangling":
        os.symlink(tmp_path / "nowhere", place / "ledger")
    elif there == "below":
        (place / "file").write_text("mine")
        told[-1] = f"ledger={place / 'file' / 'ledger'}"
    else:
        told[-1] = f"ledger={place / ('x' * 300)}"
    before = sorted(path.name for path in place.iterdir())
    assert main(told) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the ledger is not writable")
    assert sorted(path.name for path in place.iterdir()) == before
