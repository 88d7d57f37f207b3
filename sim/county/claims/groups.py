"""The simulation's illness tables: case groups and who needs them, read and checked like all tables of groups."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.core.errors import ConfigError
from sim.core.files.cells import Column
from sim.core.paths import conf_dir
from sim.core.text import Text
from sim.county.claims.config import Config
from sim.county.claims.group_columns import GROUP, NAME, WEIGHT
from sim.county.claims.group_tables import Row, RowRule, checked_rows, read_table

CONDITION_NAMES = ("hypertension", "diabetes", "copd", "vascular")
AGES = ("age_0_14", "age_15_44", "age_45_64", "age_65")
SEVERITIES = ("severity_1", "severity_2", "severity_3")


def _share(name: str, zh: str, doc: str) -> Column:
    return Column(name, zh, "number", False, doc, "0.1", (), 0, 1)


CODE = GROUP._replace(required=False, other=(*GROUP.other, "id"))
NAME_ZH = Column("name_zh", "中文名称", "name", False, "Name in Chinese.", "分娩")
CONDITION = Column("condition", "慢性病", "text", False, "Chronic condition treated in the group, or empty.", "copd")


def _ratio(name: str, zh: str, doc: str, high: int) -> Column:
    return Column(name, zh, "ratio", False, doc, "0.5", (), 0, high)


LENGTH = _ratio("length", "相对住院日", "Length of stay relative to the mean; 1 when empty.", 100)
DAYS_SIGMA = _ratio("days_sigma", "住院日离散度", "Standard deviation of log length; claims.days_sigma when empty.", 3)
CHARGE_SIGMA = _ratio(
    "charge_sigma", "费用离散度", "Standard deviation of log charge; claims.stay_sigma when empty.", 3
)
STAYS = (
    CODE,
    NAME,
    NAME_ZH,
    WEIGHT,
    *(_share(name, name, "Share of needs of admission at these ages.") for name in AGES),
    *(_share(name, name, "Share of cases of this severity; the three sum to 1.") for name in SEVERITIES),
    CONDITION,
    LENGTH,
    DAYS_SIGMA,
    CHARGE_SIGMA,
    Column("avoidable", "可避免住院", "switch", False, "1: ambulatory-care-sensitive.", "1"),
)
VISITS = (
    CODE, NAME, NAME_ZH,
    _share("share", "占比", "Share of acute needs of a visit."),
    WEIGHT._replace(name="cost", zh="费用系数", doc="Cost relative to the mean of the tier.",
                    other=("weight", "权重", *WEIGHT.other)),
    CONDITION,
)  # fmt: skip


class InpatientGroup(NamedTuple):
    """One row of the inpatient table."""

    code: str
    name: str
    name_zh: str
    weight: int
    """Relative weight, parts per million."""
    shares: tuple[float, ...]
    severities: tuple[float, ...]
    condition: str
    avoidable: bool
    length: float
    """Relative to the mean stay."""
    days_sigma: float | None
    """Standard deviation of log length; None: that of all groups."""
    charge_sigma: float | None
    """The same of log charge."""


class OutpatientGroup(NamedTuple):
    """One row of the outpatient table."""

    code: str
    name: str
    name_zh: str
    share: float
    cost: int
    """Relative to the mean visit, parts per million."""
    condition: str


def find_table(path: str, where: str = "claims") -> Path:
    """A table given as a file, else below conf/; ``where`` is the key that names it.

    Raises:
        ConfigError: where there is no such table.
    """
    with contextlib.suppress(OSError, ValueError):  # a name that no file can have
        for candidate in (Path(path), conf_dir() / path):
            if candidate.is_file():
                return candidate
    raise ConfigError(
        "the table does not exist", where=where, value=path, todo="give a file, or a path below the conf folder"
    )


def _known_condition(row: Row) -> Iterator[tuple[str, str]]:
    if row["condition"] and row["condition"] not in CONDITION_NAMES:
        yield "condition", f"must be empty or one of {', '.join(CONDITION_NAMES)}"


def _stay_rules(row: Row) -> Iterator[tuple[str, str]]:
    yield from _known_condition(row)
    total = sum(row[name] for name in SEVERITIES)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        yield (
            SEVERITIES[0],
            f"{' + '.join(SEVERITIES)} must be 1: the shares of severity do not sum to 1",
        )


def group_codes(config: Config) -> tuple[list[str], list[str]]:
    """Codes of the outpatient and of the inpatient groups, in the order of the tables."""
    visits, stays = outpatient_groups(config.outpatient_groups), inpatient_groups(config.inpatient_groups)
    return [group.code for group in visits], [group.code for group in stays]


def inpatient_groups(path: str) -> list[InpatientGroup]:
    """Read and check the inpatient group table."""
    rule: RowRule = _stay_rules
    return [
        InpatientGroup(
            row["group"],
            row["name"],
            row["name_zh"],
            row["weight"],
            tuple(row[name] for name in AGES),
            tuple(row[name] for name in SEVERITIES),
            row["condition"],
            row["avoidable"],
            1.0 if row["length"] is None else row["length"],
            row["days_sigma"],
            row["charge_sigma"],
        )
        for row in checked_rows(find_table(path, "claims.inpatient_groups"), STAYS, rule)
    ]


def outpatient_groups(path: str) -> list[OutpatientGroup]:
    """Read and check the outpatient group table."""
    names = ("group", "name", "name_zh", "share", "cost", "condition")
    return [
        OutpatientGroup(*(row[name] for name in names))
        for row in checked_rows(find_table(path, "claims.outpatient_groups"), VISITS, _known_condition)
    ]


def said_of(key: str, path: Path) -> list[Text]:
    """Notes on what was assumed or not read in a table; ``key`` is the parameter that names it."""
    return read_table(path, STAYS if key.endswith("inpatient_groups") else VISITS).told
