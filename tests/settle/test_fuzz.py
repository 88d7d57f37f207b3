"""Spoiled files and command lines: every end is right sums with all that was assumed told, or one message.

What settle says it read is compared, cell by cell and note by note, with a second reading of the same files
(`tests.settle.second_reading`, `tests.settle.fuzz_ends`).  The trials are chosen rather than many: every spelling of a
cell in every column at once, every unit, every form of a file, each kind of change, a disk that is full at one file, a
kill.  They take about a minute, and are the same each time in CI; ``--hypothesis-profile=thorough`` draws ten times as
many.

Faults of six kinds were planted in the program, and found here:

- a row dropped in silence: bills given twice, rows with a remark alone, the last rows of the history or the enrolment;
- a number misread: 千 as 万, 千元 in a heading, 1,23 taken for a group of digits, binary fractions cut off;
- a note forgotten: units multiplied out, few empty cells, positions in a list, the first note in the terminal;
- half a result under its final name: a full disk that is passed over, old results removed first, remains renamed;
- a traceback: days beyond all calendars, hints about numbers, unknown institutions, marks among the digits;
- rows of another person, institution, community or year: codes cut, codes sorted, homes, heads and bills of a year,
  yearly limits over several persons.
"""

from __future__ import annotations

import contextlib
import functools
import json
import resource
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.files import formats
from sim.settle import command
from sim.settle.read import csv_rows
from tests.disk_world import KILLED, played
from tests.settle.fuzz_ends import check_refused, check_settled, check_whole, ended, table
from tests.settle.fuzz_world import (
    CELLS,
    DESIGNS,
    EVERY_COLUMN,
    FORMS,
    INPUTS,
    SPOILS,
    UNITS,
    Trial,
    at_the_edges,
    crowded,
    in_units,
    other_form,
    plainly,
    quoted,
    small_county,
    spoiled,
)

COUNTY = small_county()
EXAMPLES = settings().max_examples
BLOCKS = (1 << 24, 4_000)
"""Bytes read at a time: a county of some kilobytes comes in one piece, or in several."""

COMPOSED = command.designs


@pytest.fixture(scope="module", autouse=True)
def composed_once():
    """Designs are composed once for the same words: that is half of the time, and is not what is tried with files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "designs", functools.cache(command.designs))
        yield


def settled(trial: Trial, folder: Path, *words: str):
    """How settling a trial ended, and where its results are."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    return ended(["settle", *written(trial, folder), *(words or (DESIGNS,)), f"out={out}"]), out


def written(trial: Trial, folder: Path) -> list[str]:
    """The words that name the trial's files, written into a folder."""
    paths = named(trial, folder)
    for name, content in trial.files.items():
        paths[name].write_bytes(content)
    return [f"{name}={path}" for name, path in paths.items()]


def named(trial: Trial, folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name}.{ending}" for name, ending in trial.endings.items()}


def held(trial: Trial, *words: str, block: int = BLOCKS[0]) -> bool:
    """Settle a trial and check how it ended; whether it was settled."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        for module in (formats, csv_rows):
            patch.setattr(module, "BLOCK", block)
        end, out = settled(trial, Path(place), *words)
        if end.code == 0:
            check_settled(end, out, named(trial, Path(place)))
        else:
            check_refused(end, out)
        return end.code == 0


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The fund's table of the county as it is."""
    folder = tmp_path_factory.mktemp("base")
    end, out = settled(plainly(COUNTY), folder)
    check_settled(end, out, named(plainly(COUNTY), folder))
    return table(out / "fund.csv")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", INPUTS)
def test_the_same_county_written_otherwise_comes_to_the_same_fen(name: str, form: str, base, tmp_path: Path):
    trial = other_form(COUNTY, name, form)
    end, out = settled(trial, tmp_path)
    check_settled(end, out, named(trial, tmp_path))
    assert table(out / "fund.csv") == base


@pytest.mark.parametrize(("file", "column"), EVERY_COLUMN)
def test_every_spelling_in_every_column_is_read_rightly_or_left_out(file: str, column: str):
    held(crowded(COUNTY, file, column), "payment=ffs", "skip_bad=true", "errors=100000", "year=2024")


@pytest.mark.parametrize("file", INPUTS)
def test_numbers_and_days_at_the_ends_of_their_types_are_read_rightly_or_left_out(file: str):
    held(at_the_edges(COUNTY, file), "payment=ffs", "skip_bad=true", "errors=100000", "year=2024")


@pytest.mark.parametrize(("file", "kind", "unit"), UNITS)
def test_a_unit_in_a_heading_is_multiplied_out(file: str, kind: str, unit: str):
    assert held(in_units(COUNTY, file, kind, unit), "payment=ffs", "skip_bad=true", "errors=100000")


@pytest.mark.parametrize("spoil", SPOILS)
@settings(max_examples=EXAMPLES * 2 // 25)
@given(data=st.data(), skip=st.booleans(), block=st.sampled_from(BLOCKS))
def test_a_change_of_each_kind_ends_in_right_sums_or_in_one_message(spoil: str, data, skip: bool, block: int):
    words = ["skip_bad=true"] if skip else []
    held(data.draw(spoiled(COUNTY, spoil)), DESIGNS, *words, "errors=100000", block=block)


@settings(max_examples=EXAMPLES * 2 // 5)
@given(trial=spoiled(COUNTY), skip=st.booleans(), block=st.sampled_from(BLOCKS))
def test_files_spoiled_in_several_ways_end_in_right_sums_or_in_one_message(trial: Trial, skip: bool, block: int):
    held(trial, DESIGNS, *(["skip_bad=true"] if skip else []), "errors=100000", block=block)


REVERSALS = ("-100", "−100", "－１００", "（100.00）", "(1,000)", "-1.5万", "100.00-", "-0.01万")


@pytest.mark.parametrize("column", ["医疗总费用", "住院天数", "医疗救助支付"])
@pytest.mark.parametrize("name", ["claims", "history"])
def test_a_bill_taken_back_is_named_and_never_left_out(name: str, column: str, tmp_path: Path):
    heads, *rows = COUNTY[name]
    at = heads.index(column)
    spoiled_rows = [[*row[:at], text, *row[at + 1 :]] for row, text in zip(rows, REVERSALS, strict=False)]
    trial = plainly(COUNTY).other(name, quoted([heads, *spoiled_rows, *rows[len(REVERSALS) :]]))
    end, out = settled(trial, tmp_path, "payment=ffs", "skip_bad=true")
    check_refused(end, out)
    assert f"reversals (冲正) among them ({name}.csv {len(REVERSALS)} rows)" in end.err


@contextlib.contextmanager
def no_file_above(size: int):
    """The system refuses to write more than so many bytes into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("size", [1, 300, 1_500, 6_000, 12_000])
def test_a_file_that_cannot_be_finished_leaves_what_was_there(size: int, older: bool, tmp_path: Path):
    if older:
        settled(plainly(COUNTY), tmp_path, "payment=ffs")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    words = [*written(plainly(COUNTY), tmp_path), DESIGNS, f"out={tmp_path / 'out'}", "overwrite=true"]
    with no_file_above(size):
        end = ended(["settle", *words])
    if older:
        check_whole(tmp_path / "out")
        assert before.items() <= {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}.items()
    else:
        check_refused(end, tmp_path / "out")
    assert (end.code, end.err.count("error: ")) == (2, 1), end.err


@pytest.mark.parametrize("name", ["fund.csv", "providers.csv", "index.csv", "errors.csv"])
def test_a_full_disk_at_one_file_is_one_message_and_leaves_nothing(name: str, tmp_path: Path, monkeypatch):
    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda own, *how, **more: opened(  # what is written there finds no room
            Path("/dev/full") if own.name == name and how[:1] in (("w",), ("wb",)) else own, *how, **more
        ),
    )
    trial = crowded(COUNTY, "claims", "charge")
    end, out = settled(trial, tmp_path, "payment=ffs", "skip_bad=true", "year=2024")
    assert "No space left on device" in end.err
    check_refused(end, out)


def test_a_killed_settlement_leaves_nothing_or_all_of_it(tmp_path: Path):
    trial = crowded(COUNTY, "claims", "charge")
    words = ["settle", *written(trial, tmp_path), "payment=ffs", "skip_bad=true", "year=2024"]
    steps = (8, 30, 46, 48, 50, 60)
    cases = [
        {"words": [*words, f"out={tmp_path / str(step) / 'out'}"], "within": [str(tmp_path)], "number": step}
        for step in steps
    ]
    for step in steps:
        (tmp_path / str(step)).mkdir()
    ends = played(cases)
    for step, (code, said) in zip(steps, ends, strict=True):
        out = tmp_path / str(step) / "out"
        assert "Traceback" not in said
        if out.exists():
            left = [path for path in out.parent.iterdir() if path != out]
            assert code == 0 or not left, left
            told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
            assert all((out / name).is_file() for name in told["files"])
        else:
            assert code != 0
    assert {code for code, _ in ends} >= {KILLED}


KEYS = ("claims", "providers", "groups", "enrolment", "history", "signed", "items", "out", "study", "year", "available",
        "skip_bad", "errors", "overwrite", "ledger", "correction", "payment", "payment.rate", "settlement",
        "settlement.growth", "settlement.retained_share", "language", "claims.growth", "population.residents",
        "base_year", "fund.city_pool", "nonsense", "payment.nonsense", "output.dir", "")  # fmt: skip
VALUES = (
    *CELLS, "ffs", "DIP", "打包付费", "drg,dip", "true", "false", "null", "zh", "2024", "[1,2]", "{a: 1}",
    "${oc.env:HOME}", "/", ".", "..", "/dev/null", "???", "1_000", "'", '"', "a b", "~", "*",
)  # fmt: skip


@settings(max_examples=2 * EXAMPLES)
@given(
    more=st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=3),
    bare=st.sampled_from(["", "-p", "--cfg", "450000", "settle", "-", "=", "payment", "--résumé"]),
)
def test_any_command_line_of_settle_ends_in_right_sums_or_in_one_message(more, bare: str):
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "designs", COMPOSED)
        trial, folder = plainly(COUNTY), Path(place)
        files = {word.partition("=")[0]: word for word in written(trial, folder)}
        words = [*files.values(), "payment=ffs", f"out={folder / 'out'}"]
        for key, value in more:
            path = str(folder / value) if key in ("out", "ledger", "study") and value and "/" not in value else value
            words = [word for word in words if not word.startswith(f"{key}=")] + [f"{key}={path}"]
        if any(word in ("out=/", "out=.", "out=..", "ledger=/", "ledger=.", "ledger=..") for word in words):
            words = [word for word in words if not word.startswith(("out=", "ledger="))] + ["out=/dev/null"]
        before = {path: path.read_bytes() for path in folder.iterdir()}
        end = ended(["settle", *words, *([bare] if bare else [])])
        if end.code == 0 and not end.out.lstrip().startswith(("countyfund", "usage")):
            assert "Traceback" not in end.err
            if (folder / "out").is_dir():
                check_whole(folder / "out")
        elif end.code:
            check_refused(end, folder / "out")
            assert {path: path.read_bytes() for path in folder.iterdir() if path in before} == before
