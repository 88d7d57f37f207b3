"""Files with bad cells: all of them counted, the first told, the rest listed in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.errors import CountyFundError
from sim.settle import output
from sim.settle.check import FIRST, Findings, Problem
from sim.settle.columns import plain


def refused(findings: Findings, out: Path, groups: Path | None) -> CountyFundError:
    """All that is wrong, the first lines of it in words, a longer list in a file beside the output folder."""
    place = errors_beside(out)
    write_errors(place, findings)
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
    skip = ", or leave them out with skip_bad=true"
    if findings.reversals:
        back = ", ".join(f"{file} {count:,} rows" for file, count in findings.reversals.items())
        skip = (f"; reversals (冲正) among them ({back}) cannot be left out, since the bills that they take back would "
                "stay paid: take out both, or net them")  # fmt: skip
    return CountyFundError(
        text, where=f"bad rows: {counts}", value=findings.cells, bound="no bad cell",
        todo=f"mend them ({place} lists {'all' if listed == findings.cells else f'the first {listed:,}'}){skip}{hint}",
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


def write_errors(path: Path, findings: Findings) -> None:
    """The list of bad cells; a last row says how many more there are."""
    rows: list[Sequence[object]] = [(*problem, _heading(findings, problem)) for problem in findings.listed]
    left = findings.cells - len(findings.listed)
    if left:
        rows.append(("", "", "", "", f"{left} more are not listed; errors=NUMBER lists more", ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    output.write_rows(path, ["file", "row", "column", "value", "rule", "heading"], rows)
