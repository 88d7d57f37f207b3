"""Empty cells of claims that are refused beside filled ones of their column: a default would change money."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.core.text import Text, counted
from sim.settle.read.assumed import ALL_OR_NONE
from sim.settle.read.check import Findings, Problem
from sim.settle.read.columns import MISSING
from sim.settle.read.records import Part
from sim.tables import UNINSURED, Ints


def check_blanks(path: Path, parts: list[Part], findings: Findings) -> list[Part]:
    """Leave out and report rows with an empty cell that must be filled in."""
    filled = frozenset[str]().union(*(part.filled for part in parts))
    parts_kept = []
    for part in parts:
        wrong = np.zeros(len(part.row), dtype=np.bool_)
        for name in ALL_OR_NONE["claims"]:
            if name in filled and name in part.blank:
                empty = part.blank[name] & _matters(part, name)
                _report(path, name, part.row[empty], findings)
                wrong |= empty
        findings.add_rows(findings.name(path), int(wrong.sum()))
        parts_kept.append(part.only(~wrong) if wrong.any() else part)
    if strange := sum(int(part.strange.sum()) for part in parts_kept):
        findings.say(
            Text(
                f"{findings.name(path)}: {counted(strange, 'row|rows names|name')} a case group that is not in the "
                "group table; what is paid for them does not depend on it",
                f"{findings.name(path)}：有{strange:,}行的病组不在病组表中；其支付与病组无关",
            )
        )
    return parts_kept


def _matters(part: Part, name: str) -> Any:
    """[row] whether money depends on what an empty cell of the column counts as."""
    insured = np.not_equal(part.values["insurance"], UNINSURED)
    return insured & (part.values["statutory"] == MISSING) if name == "covered" else np.ones(len(part.row), np.bool_)


def _report(path: Path, name: str, rows: Ints, findings: Findings) -> None:
    listed = rows[: max(0, findings.limit - len(findings.listed))]
    for row in listed.tolist():
        findings.add(Problem(findings.name(path), row, name, "", "must not be empty beside cells that are filled in"))
    findings.cells += len(rows) - len(listed)
