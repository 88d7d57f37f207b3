"""Files with bad cells: all of them counted, the first told, the rest listed in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.errors import CountyFundError
from sim.settle.check import FIRST, Findings, Problem
from sim.settle.columns import plain
from sim.settle.sheet_files import write_sheet
from sim.settle.sheets import ERRORS


def refused(findings: Findings, out: Path, groups: Path | None, language: str = "en") -> CountyFundError:
    """All that is wrong, the first lines of it in words, a longer list in a file beside the output folder."""
    place = errors_beside(out)
    write_errors(place, findings, language)
    lines = [
        f"  {p.file}, row {p.row}" + (f", {_named(findings, p)}" if p.column else "") + f": {p.value!r} {p.rule}"
        for p in findings.listed[:FIRST]
    ]
    counts = ", ".join(f"{file} {count:,}" for file, count in findings.rows.items())
    more = f"  … {findings.cells - len(lines):,} more" if findings.cells > len(lines) else ""
    text = "\n".join(["the files hold errors: nothing was settled", *lines, *([more] if more else [])])
    listed = len(findings.listed)
    own = any(problem.column == "group" for problem in findings.listed) and groups is None
    hint = "; your own group codes need groups=FILE" if own else ""
    return CountyFundError(
        text, where=f"bad rows: {counts}", value=findings.cells, bound="no bad cell",
        todo=f"mend them ({place} lists {'all' if listed == findings.cells else f'the first {listed:,}'}), or leave "
        f"them out with skip_bad=true{hint}",
    )  # fmt: skip


def errors_beside(out: Path) -> Path:
    """The list of bad cells when nothing was settled."""
    return out.with_name(f"{out.name}.errors.csv")


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
    left = findings.cells - len(findings.listed)
    if left:
        rows.append(("", "", "", "", f"{left} more are not listed; errors=NUMBER lists more", ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sheet(path, ERRORS, [field.name for field in ERRORS.fields], rows, language)
