"""Files with bad cells: all of them counted, the first told, the rest listed in a file."""

from __future__ import annotations

import contextlib
import csv
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from sim import disk
from sim.errors import CountyFundError
from sim.settle.check import FIRST, Findings, Problem
from sim.settle.columns import plain
from sim.settle.sheet_files import write_sheet
from sim.settle.sheets import ERRORS
from sim.visible import counted

HEADS = tuple([field.heading(language) for field in ERRORS.fields] for language in ("en", "zh"))
"""Headings of a list of bad cells, in either language."""


def refused(findings: Findings, out: Path, groups: Path | None, language: str = "en") -> CountyFundError:
    """All that is wrong, the first lines of it in words, a longer list in a file beside the output folder."""
    place, trouble = errors_beside(out), ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_errors(place, findings, language)
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
    own = any(problem.column == "group" for problem in findings.listed) and groups is None
    hint = "; your own group codes need groups=FILE" if own else ""
    listing = f"lists {'all' if listed == findings.cells else f'the first {listed:,}'}"
    skip = ", or leave them out with skip_bad=true"
    if findings.reversals:
        back = ", ".join(f"{file} {counted(count, 'row|rows')}" for file, count in findings.reversals.items())
        skip = (f"; reversals (冲正) among them ({back}) cannot be left out, since the bills that they take back would "
                "stay paid: take out both, or net them")  # fmt: skip
    return CountyFundError(
        text, where=f"bad rows: {counts}", value=findings.cells, bound="no bad cell",
        todo=f"mend them ({place} {f'could not be written: {trouble}' if trouble else listing}){skip}{hint}",
    )  # fmt: skip


def errors_beside(out: Path) -> Path:
    """Where the list of bad cells goes when nothing was settled: never over a file that this program did not write."""
    numbers = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    places = (out.with_name(f"{out.name}.errors{number}.csv") for number in numbers)
    return next(place for place in places if not os.path.lexists(place) or _own(place))


def forget_errors(out: Path) -> None:
    """Remove the list of an earlier attempt, once it was settled; a file of somebody else stays."""
    place = out.with_name(f"{out.name}.errors.csv")
    with contextlib.suppress(OSError):
        if _own(place):
            place.unlink()


def _own(place: Path) -> bool:
    """Whether a file is a list of bad cells: it begins with the headings of one."""
    try:
        if place.is_symlink() or not place.is_file():
            return False
        with place.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader([file.readline(1_000)]), None) in HEADS
    except (OSError, ValueError, csv.Error):
        return False


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
