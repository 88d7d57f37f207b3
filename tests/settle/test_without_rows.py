"""A file with a bad row that is left out comes to the same fen as the file without this row and what hangs on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settle.small import fund, refused, settled

HEADS = {
    "claims": "claim,person,provider,date,category,group,home,days,charge,covered,statutory",
    "providers": "provider,name,tier,community,parent",
    "groups": "group,weight,kind",
    "items": "claim,item",
    "enrolment": "community,year,heads",
}
HEADS["history"] = HEADS["claims"]
WORLD = {
    "claims": [
        "c1,P1,H1,2024-02-01,住院,G1,A,5,3000,2700,",
        "c2,P1,T1,2024-03-01,住院,G2,A,4,2000,1800,1000",
        "c3,P2,H1,2024-04-01,门诊,D1,B,,300,300,150",
        "c4,P2,T1,2024-05-01,门诊,,A,,200,200,100",
        "c5,P1,H2,2024-06-01,住院,G1,B,5,3000,2700,",
    ],
    "history": [
        "h1,P1,H1,2023-02-01,住院,G1,A,5,3000,2700,1500",
        "h2,P1,T1,2023-03-01,住院,G2,A,4,2000,1800,",
        "h3,P2,H1,2023-04-01,门诊,D1,A,,300,300,150",
        "h4,P3,H2,2023-06-01,住院,G1,B,5,3000,2700,",
    ],
    "providers": ["H1,县医院,county,A,", "T1,乡院,township,A,H1", "H2,中医院,county,B,"],
    "groups": ["G1,1,", "G2,2,", "D1,1,", "S1,2,procedure"],
    "items": ["c4,S1"],
    "enrolment": ["A,2024,100", "B,2024,80", "A,2023,100", "B,2023,80"],
}
HANGS = {
    ("claims", 0): {}, ("claims", 3): {"items": [0]}, ("history", 1): {}, ("enrolment", 3): {},
    ("providers", 0): {"claims": [0, 2], "history": [0, 2]}, ("providers", 2): {"claims": [4], "history": [3]},
    ("groups", 0): {"claims": [0, 4], "history": [0, 3]}, ("groups", 3): {"items": [0], "claims": [3]},
    ("items", 0): {"claims": [3]},
}  # fmt: skip
"""By file and row: rows of other files that hang on it, under a design that reads them."""
DESIGNS = {
    "claims": "payment=drg payment.outlier.short_days=2",
    "history": "payment=drg",
    "enrolment": "payment=package settlement.base=last_year",
    "providers": "payment=package settlement.base=last_year",
    "groups": "payment=drg",
    "items": "payment=apg payment.rate=100 payment.coefficient=1",
}
BAD = {"claims": 8, "history": 8, "providers": 2, "groups": 1, "items": 1, "enrolment": 2}


def spoilt(row: str, kind: str, column: int) -> str:
    """A row with an error word in a cell, a cell too many, or an open quote."""
    if kind == "cell":
        cells = row.split(",")
        return ",".join([*cells[:column], "#REF!", *cells[column + 1 :]])
    return f"{row},7" if kind == "ragged" else f'"{row}'


def texts(rows: dict[str, list[str]]) -> dict[str, str]:
    return {name: "\n".join([HEADS[name], *lines]) + "\n" for name, lines in rows.items() if lines}


@pytest.mark.parametrize("kind", ["cell", "ragged", "quote"])
@pytest.mark.parametrize(("file", "row"), HANGS)
def test_what_is_left_out_is_as_if_it_were_not_there(file: str, row: int, kind: str, tmp_path: Path):
    items = file == "items" or (file, row) in {("claims", 3), ("groups", 3)}
    words = DESIGNS["items" if items else file].split()
    bad, without = ({name: list(lines) for name, lines in WORLD.items()} for _ in range(2))
    bad[file][row] = spoilt(bad[file][row], kind, BAD[file])
    for name, rows in {file: [row], **HANGS[file, row]}.items():
        without[name] = [line for at, line in enumerate(without[name]) if at not in rows]
    if file == "providers":
        without["providers"] = [line.replace(",A,H1", ",A,") for line in without["providers"]]
    if items:
        bad.pop("history"), without.pop("history")
    told = refused(tmp_path, *words, **texts(bad))
    assert told.count(", row ") == 1
    left = settled(tmp_path, "skip_bad=true", *words, **texts(bad))
    for place in tmp_path.glob("*.csv"):
        place.unlink()
    assert fund(left) == fund(settled(tmp_path, "overwrite=true", *words, **texts(without)))
