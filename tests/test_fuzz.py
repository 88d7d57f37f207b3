"""Spoiled files and command lines: every end is right sums with all that was assumed told, or one message.

A few hundred trials in the ordinary suite, the same each time in CI; ten times as many with
``--hypothesis-profile=thorough``.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz_world import (
    CELLS,
    DESIGNS,
    FORMS,
    INPUTS,
    Trial,
    check_refused,
    check_settled,
    ended,
    other_form,
    plainly,
    read_amount,
    read_claims,
    small_county,
    spoiled,
    table,
    written,
)

COUNTY = small_county()
EXAMPLES = settings().max_examples


def settled(trial: Trial, folder: Path, *words: str):
    """How settling a trial ended, and where its results are."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    return ended(["settle", *written(trial, folder), DESIGNS, f"out={out}", *words]), out


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The fund's table and the notes of the county as it is."""
    end, out = settled(plainly(COUNTY), tmp_path_factory.mktemp("base"))
    manifest = check_settled(end, out, plainly(COUNTY).files["claims"])
    return table(out / "fund.csv"), manifest["notes"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", INPUTS)
def test_the_same_county_written_otherwise_comes_to_the_same_fen(name: str, form: str, base, tmp_path: Path):
    end, out = settled(other_form(COUNTY, name, form), tmp_path)
    assert end.code == 0, end.err
    assert table(out / "fund.csv") == base[0]


@settings(max_examples=4 * EXAMPLES)
@given(trial=spoiled(COUNTY), skip=st.booleans())
def test_spoiled_files_end_in_right_sums_or_in_one_message(trial: Trial, skip: bool):
    with tempfile.TemporaryDirectory() as place:
        words = ["skip_bad=true"] if skip else []
        end, out = settled(trial, Path(place), *words)
        if end.code == 0:
            check_settled(end, out, trial.files["claims"])
        else:
            check_refused(end, out)


KEYS = ("claims", "providers", "groups", "enrolment", "history", "signed", "items", "out", "study", "year", "available",
        "skip_bad", "errors", "overwrite", "ledger", "correction", "payment", "payment.rate", "settlement",
        "settlement.growth", "settlement.retained_share", "language", "claims.growth", "population.residents",
        "base_year", "fund.city_pool", "nonsense", "payment.nonsense", "output.dir", "")  # fmt: skip
VALUES = (
    *CELLS, "ffs", "DIP", "打包付费", "drg,dip", "true", "false", "null", "zh", "2024", "[1,2]", "{a: 1}",
    "${oc.env:HOME}", "/", ".", "..", "/dev/null", "???", "1_000", "'", '"', "a b", "~", "*",
)  # fmt: skip


@settings(max_examples=4 * EXAMPLES)
@given(
    more=st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=3),
    bare=st.sampled_from(["", "-p", "--cfg", "450000", "settle", "-", "=", "payment", "--résumé"]),
)
def test_any_command_line_of_settle_ends_in_right_sums_or_in_one_message(more, bare: str):
    with tempfile.TemporaryDirectory() as place:
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
        elif end.code:
            check_refused(end, folder / "out")
            assert {path: path.read_bytes() for path in folder.iterdir() if path in before} == before


def test_the_other_reading_is_that_of_a_person():
    assert [str(read_amount(text)) for text in ("1,234.5", "１２", "1.5万", "¥3元")] == ["1234.5", "12", "15000.0", "3"]
    assert [read_amount(text) for text in ("0,5", "1.234,56", "", "一百", "inf")] == [None] * 5
    claims = plainly(COUNTY).files["claims"]
    found = read_claims(claims)
    assert found is not None
    assert found.lines == len(COUNTY["claims"]) - 1


def test_a_lost_row_and_a_wrong_sum_would_be_found(tmp_path: Path):
    end, out = settled(plainly(COUNTY), tmp_path)
    claims = plainly(COUNTY).files["claims"]
    with pytest.raises(AssertionError, match="lines in are not rows out"):
        check_settled(end, out, claims + claims.splitlines()[1] + b"\n")
    lines = claims.splitlines()
    at = COUNTY["claims"][0].index("医疗总费用")
    row = next(n for n, line in enumerate(lines) if "居民".encode() in line)
    cells = lines[row].split(b",")
    cells[at] = b"1" + cells[at]
    with pytest.raises(AssertionError, match="charges are not those of the file"):
        check_settled(end, out, b"\n".join([*lines[:row], b",".join(cells), *lines[row + 1 :], b""]))
