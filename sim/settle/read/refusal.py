"""What is said of bad cells: all are counted, the first are told, and a longer list goes to a file."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from sim.core import disk
from sim.core.errors import CountyFundError
from sim.core.text import Text, counted
from sim.settle.read.check import FIRST, Findings, Problem
from sim.settle.read.columns import plain
from sim.settle.write.sheet_files import write_sheet
from sim.settle.write.sheets import ERRORS

SEAL = Text("the next run replaces this list, unless it was changed; seal {0}", "未改动时由下次运行替换；校验码{0}")
"""Last row of a list beside the results: the seal is a digest of all that stands before."""


def refused(findings: Findings, out: Path, groups: Path | None, language: str = "en") -> CountyFundError:
    """The error that tells what is wrong: its first lines in words; a longer list is written beside the output folder.

    Args:
        findings: what is wrong.
        out: the output folder.
        groups: the table of case groups, where given.
        language: of the list, "en" or "zh".
    """
    place, trouble = errors_beside(out), ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_errors(place, findings, language)
        with place.open("ab") as file:
            file.write(_seal(place.read_bytes(), language))
    except OSError as error:
        trouble = disk.reason_of(error)
    lines = [
        f"  {p.file}, row {p.row}" + (f", {_named(findings, p)}" if p.column else "") + f": {p.value!r} {p.rule}"
        for p in findings.listed[:FIRST]
    ]
    left = findings.cells - len(lines)
    counts = ", ".join(f"{file} {count:,}" for file, count in findings.rows.items())
    lines += [f"  … {left:,} more"] if left else []
    lines += [f"  {p.file}, {_named(findings, p)}: {p.value!r}, {p.rule}" for p in findings.followed]
    text = "\n".join(["the files hold errors: nothing was settled", *lines])
    listed = len(findings.listed)
    group_unknown = any(problem.column == "group" for problem in findings.listed) and groups is None
    hint = "; your own group codes need groups=FILE" if group_unknown else ""
    listing = f"lists {'all' if listed == findings.cells else f'the first {listed:,}'}"
    skip = ", or leave them out with skip_bad=true"
    if findings.reversals:
        back = ", ".join(f"{file} {counted(count, 'row|rows')}" for file, count in findings.reversals.items())
        skip = (
            f"; reversals (冲正) among them ({back}) cannot be left out, since the bills that they take back would "
            "stay paid: take out both, or net them"
        )
    return CountyFundError(
        text,
        where=f"bad rows: {counts}",
        value=findings.cells,
        bound="no bad cell",
        todo=f"mend them ({place} {f'could not be written: {trouble}' if trouble else listing}){skip}{hint}",
    )


def errors_beside(out: Path) -> Path:
    """Where the list of bad cells goes when nothing was settled: a free name, or a list that this program wrote."""
    numbers = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    places = (out.with_name(f"{out.name}.errors{number}.csv") for number in numbers)
    return next(place for place in places if not os.path.lexists(place) or _own(place))


def forget_errors(out: Path) -> None:
    """Remove the list of an earlier attempt, once the files are settled; a list that somebody changed stays."""
    place = out.with_name(f"{out.name}.errors.csv")
    with contextlib.suppress(OSError):
        if _own(place):
            place.unlink()


def _seal(listed: bytes, language: str) -> bytes:
    """The last row of a list, which tells it from one that somebody changed."""
    text = SEAL.of("zh" if language == "zh" else "en").format(hashlib.sha256(listed).hexdigest())
    row = io.StringIO(newline="")
    csv.writer(row).writerow([text if field.name == "rule" else "" for field in ERRORS.fields])
    return row.getvalue().encode()


def _own(place: Path) -> bool:
    """Whether a file is a list of bad cells as it was written, to the byte."""
    try:
        content = b"" if place.is_symlink() or not place.is_file() else place.read_bytes()
    except OSError:
        return False
    start = content.rfind(b"\n", 0, -1) + 1
    return content[start:] in [_seal(content[:start], language) for language in ("en", "zh")]


def _heading(findings: Findings, problem: Problem) -> str:
    """The heading of a bad cell's column as it stands in the file."""
    return plain(findings.headings.get(problem.file, {}).get(problem.column, problem.column).lstrip("\ufeff"))


def _named(findings: Findings, problem: Problem) -> str:
    """The column of a bad cell, with its heading in the file where that is another."""
    heading = _heading(findings, problem)
    return problem.column if heading.lower() == problem.column else f"{problem.column} ({heading})"


def write_errors(path: Path, findings: Findings, language: str = "en") -> None:
    """The list of bad cells; a last row says how many more there are."""
    rows: list[Sequence[object]] = [(*problem, _heading(findings, problem)) for problem in findings.listed]
    rows += [(p.file, "", *p[2:], _heading(findings, p)) for p in findings.followed]
    left = findings.cells - len(findings.listed)
    if left:
        rows.append(("", "", "", "", f"{left} more are not listed; errors=NUMBER lists more", ""))
    write_sheet(path, ERRORS, [field.name for field in ERRORS.fields], rows, language)
