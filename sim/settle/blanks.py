"""Empty cells of claims: refused beside filled ones where a default would change money, else said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.report.text import Text
from sim.settle.book import say_empty
from sim.settle.check import Findings, Problem
from sim.settle.columns import MISSING
from sim.settle.load import Part
from sim.tables import UNINSURED, Ints

REFUSED = ("insurance", "cases", "covered")
"""Columns of which an empty cell beside filled ones could mean several things, each of other money.

``covered`` only where the statutory part is computed from it.
"""
TAKEN = {
    "covered": Text("the whole charge", "按总费用"),
    "home": Text("the community of the institution, or the only one", "按机构所属医共体，或唯一的医共体"),
    "referred": Text("came directly", "按未转诊"),
    "catastrophic": Text("0, or by the benefit rules where the statutory part is", "按零，统筹按待遇计算的同样计算"),
    "assistance": Text("0", "按零"),
    "statutory": Text("computed by the benefit rules", "按待遇政策计算"),
}
"""What an empty cell beside filled ones is taken for, and said."""


def check_blanks(path: Path, parts: list[Part], findings: Findings) -> list[Part]:
    """Leave out and report rows with an empty cell that must be filled in; say what others are taken for."""
    filled = frozenset[str]().union(*(part.filled for part in parts))
    headings = findings.headings.get(path.name, {})
    found = {name for part in parts for name in part.blank}
    say_empty(findings, path.name, [headings.get(name, name) for name in sorted(found - filled)])
    kept = []
    for part in parts:
        wrong = np.zeros(len(part.row), dtype=np.bool_)
        for name in REFUSED:
            if name in filled and name in part.blank:
                mine = part.blank[name] & _matters(part, name)
                _report(path, name, part.row[mine], findings)
                wrong |= mine
        findings.add_rows(path.name, int(wrong.sum()))
        kept.append(part.only(~wrong) if wrong.any() else part)
    for name, meaning in TAKEN.items():
        count = sum(int(part.blank[name].sum()) for part in kept if name in part.blank)
        if count and name in filled:
            heading = headings.get(name, name)
            findings.say(Text(
                f"{path.name}: {count:,} cells of {heading} are empty beside filled ones, taken as: {meaning.en}",
                f"{path.name}：{heading}列有{count:,}个空格与已填的并存，处理方式：{meaning.zh}",
            ))  # fmt: skip
    if strange := sum(int(part.strange.sum()) for part in kept):
        findings.say(Text(
            f"{path.name}: {strange:,} rows name a case group that is not in the group table; what is paid for them "
            "does not depend on it",
            f"{path.name}：有{strange:,}行的病组不在病组表中；其支付与病组无关",
        ))  # fmt: skip
    return kept


def _matters(part: Part, name: str) -> Any:
    """Rows whose money depends on what an empty cell of the column is taken for."""
    insured = np.not_equal(part.values["insurance"], UNINSURED)
    return insured & (part.values["statutory"] == MISSING) if name == "covered" else np.ones(len(part.row), np.bool_)


def _report(path: Path, name: str, rows: Ints, findings: Findings) -> None:
    listed = rows[: max(0, findings.limit - len(findings.listed))]
    for row in listed.tolist():
        findings.add(Problem(path.name, row, name, "", "must not be empty beside cells that are filled in"))
    findings.cells += len(rows) - len(listed)
