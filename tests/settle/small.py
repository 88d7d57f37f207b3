"""Small files for tests of how `settle` reads, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.core.errors import CountyFundError
from sim.settle.command import Result, settle
from sim.settle.read.columns import CLAIMS, ENROLMENT

PROVIDERS = "provider,tier,community\nH1,county,A\n"
HEAD = "claim,provider,category,charge,statutory,note\n"
COLUMN = {column.name: column for column in (*CLAIMS, *ENROLMENT)}


def settled(folder: Path, *words: str, **files: str | bytes) -> Result:
    """Settle files given as text; the claims are paid as billed."""
    files = {"providers": PROVIDERS} | files
    paths = {name: folder / f"{name}.csv" for name in files}
    for name, text in files.items():
        paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    given_words = [f"{name}={path}" for name, path in paths.items()]
    return settle([*given_words, "payment=ffs", *words, f"out={folder / 'out'}"])


def refused(folder: Path, *words: str, **files: str | bytes) -> str:
    """The one message of files that are refused, to which nothing but a list of errors is written."""
    with pytest.raises(CountyFundError) as error:
        settled(folder, *words, **files)
    assert error.value.exit_code == 2
    assert not (folder / "out").exists()
    return str(error.value)


def fund(result: Result) -> int:
    return int(result.fund["fund"].iloc[0])


def bills(count: int, bad: dict[int, str] | None = None) -> str:
    """So many bills of 100 yuan, 60 of them paid; row numbers as in a spreadsheet, the headings are row 1."""
    rows = [f"{k},H1,inpatient,100,60,x\n" for k in range(2, count + 2)]
    for row, line in (bad or {}).items():
        rows[row - 2] = line
    return HEAD + "".join(rows)


def one(**cells_of_it: str) -> str:
    """A claims file with one good bill of 10,000 yuan, of which the fund pays 600; some cells given."""
    row = {"claim": "1", "person": "P1", "provider": "H1", "date": "2024-05-01", "category": "住院", "days": "5",
           "charge": "10000.00", "statutory": "600.00", "group": "", "home": "", "cases": ""}  # fmt: skip
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in (row | cells_of_it).values())
    return ",".join(row) + "\n" + ",".join(quoted) + "\n"


def many(column: str, texts: tuple[str, ...]) -> str:
    """A claims file with a good bill for each text of a column."""
    first, *_ = one().splitlines()
    return "\n".join(
        [first, *(one(**{"claim": f"c{k}", column: text}).splitlines()[1] for k, text in enumerate(texts))]
    )
