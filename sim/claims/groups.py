"""Tables of case groups: CSV files that a county replaces by its own."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

from sim.errors import ConfigError
from sim.paths import conf_dir

MOST_GROUPS = 16_000  # engines keep a group in 14 bits


class InpatientGroup(NamedTuple):
    """One row of the inpatient table."""

    name: str
    name_zh: str
    weight: float
    shares: tuple[float, float, float, float]
    severities: tuple[float, float, float]
    condition: str
    avoidable: bool


class OutpatientGroup(NamedTuple):
    """One row of the outpatient table."""

    name: str
    name_zh: str
    share: float
    cost: float
    condition: str


def find_table(path: str) -> Path:
    """A table given as a file, else below conf/; `ConfigError` when neither exists."""
    for candidate in (Path(path), conf_dir() / path):
        if candidate.is_file():
            return candidate
    raise ConfigError(
        "the table does not exist", where="claims", value=path, todo="give a file, or a path below the conf folder"
    )


def _rows(path: str) -> list[dict[str, str]]:
    with find_table(path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if not 0 < len(rows) <= MOST_GROUPS:
        raise ConfigError(
            "the group table has too few or too many rows",
            where=path, value=len(rows), bound=f"1..{MOST_GROUPS} rows", todo="merge groups",
        )  # fmt: skip
    return rows


def _number(row: dict[str, str], column: str, path: str, line: int, most: float = 1e6) -> float:
    text = (row.get(column) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise ConfigError(
            f"not a number within bounds in the group table: column {column!r}",
            where=f"{path}, data row {line}", value=text, bound=f"0 <= {column} <= {most:g}", todo="mend the table",
        )  # fmt: skip
    return value


def inpatient_groups(path: str) -> list[InpatientGroup]:
    """Read and check the inpatient group table."""
    groups = []
    for line, row in enumerate(_rows(path), start=1):
        numbers = {c: _number(row, c, path, line, 1.0) for c in row if c and c.startswith(("age_", "severity_"))}
        severities = tuple(numbers.get(f"severity_{k}", 0.0) for k in (1, 2, 3))
        if not math.isclose(sum(severities), 1.0, abs_tol=1e-6):
            raise ConfigError(
                "the shares of severity do not sum to 1", where=f"{path}, data row {line}", value=sum(severities),
                bound="severity_1 + severity_2 + severity_3 = 1", todo="mend the table",
            )  # fmt: skip
        shares = tuple(numbers.get(f"age_{band}", 0.0) for band in ("0_14", "15_44", "45_64", "65"))
        groups.append(
            InpatientGroup(row["name"], row["name_zh"], _number(row, "weight", path, line), shares, severities,  # type: ignore[arg-type]
                           row["condition"], row["avoidable"] == "1")
        )  # fmt: skip
    return groups


def outpatient_groups(path: str) -> list[OutpatientGroup]:
    """Read and check the outpatient group table."""
    return [
        OutpatientGroup(
            row["name"],
            row["name_zh"],
            _number(row, "share", path, line, 1.0),
            _number(row, "cost", path, line),
            row["condition"],
        )
        for line, row in enumerate(_rows(path), start=1)
    ]
