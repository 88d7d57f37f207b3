"""Statements of the fund and the communities (结算报表) in the report: of one replication, to the fen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.core.files.parquet import whole
from sim.core.text import Text
from sim.core.units import yuan_text
from sim.money.ledger import line_label, owner_label
from sim.money.ledger.chart import COMMUNITY, FUND, INSTITUTION, RESERVE, kind_of_owner
from sim.money.ledger.statements import YEAR
from sim.report.analysis import Analysis

if TYPE_CHECKING:
    import pandas as pd

YEARLY = (FUND, RESERVE, COMMUNITY)
"""Owners whose years stand side by side; institutions, which are many, are shown for the last year."""
MONTHLY = (FUND, COMMUNITY)
BY_MONTH = {"declared": ("declared",), "received": ("advance", "payment", "final")}
"""What is shown of institutions month by month: sums of these lines."""

WORDS: dict[str, Text] = {
    "line": Text("Line", "项目"),
    "month": Text("Month by month: {arm}, {year}", "分月：{arm}，{year} 年"),
    "institutions": Text("Institutions, {year}", "医疗机构，{year} 年"),
    "institution": Text("Institution", "医疗机构"),
    "declared": Text("Institutions, month by month: declared", "医疗机构分月：申报费用"),
    "received": Text("Institutions, month by month: received", "医疗机构分月：收到款项"),
    "note": Text(
        "The resident fund's ledger in the first replication, in yuan to the fen: one possible county, not a mean. "
        "Every amount moved from an account to an account; the trial balance was zero at each close. Lines that are "
        "zero throughout are left out. All months of all owners: statements.parquet; entries: journal.parquet.",
        "第 1 次重复的居民医保基金总账，单位：元，精确到分，仅为一种可能结果而非均值。每笔金额均为账户间划转，"
        "每次结账试算平衡为零。全为零的项目不列。各方各月报表见 statements.parquet，分录见 journal.parquet。",
    ),
}


class StatementTable(NamedTuple):
    """One table of the section."""

    title: str
    heads: list[str]
    rows: list[tuple[str, list[str]]]


class ArmStatements(NamedTuple):
    """The statements of one arm."""

    label: str
    yearly: list[StatementTable]
    institutions: StatementTable


class Section(NamedTuple):
    """All of the section, in one language."""

    note: str
    line: str
    institution: str
    arms: list[ArmStatements]
    monthly_title: str
    monthly: list[StatementTable]
    """Of fund and communities, line by line."""
    by_month: list[StatementTable]
    """Of institutions, one by one."""


def read_statements(folder: Path) -> pd.DataFrame | None:
    """The resident fund's statements of the first replication that the page shows; None if no ledger was saved."""
    import pyarrow.compute as pc

    place = folder / "statements.parquet"
    if not place.is_file():
        return None
    frame = whole(
        place, lambda part: pc.and_(pc.equal(part.column("replication"), 0), pc.equal(part.column("fund"), "resident"))
    ).to_pandas(use_threads=False)
    kinds = frame["owner"].map(kind_of_owner)
    shown: pd.DataFrame = frame[kinds.isin(YEARLY) | ((kinds == INSTITUTION) & (frame["year"] == frame["year"].max()))]
    return shown


def section(analysis: Analysis) -> Section | None:
    """The tables: by arm the years and the institutions; by month the last year of the first arm with budgets."""
    table, language = analysis.data.statements, analysis.language
    if table is None or table.empty or analysis.data.sweep is not None:
        return None
    words = {key: text.of(language) for key, text in WORDS.items()}
    year = analysis.data.base_year + analysis.last
    kinds = table["owner"].map(kind_of_owner)
    arms = []
    for arm in analysis.arms:
        of_arm = table[(table["arm"] == arm) & (table["month"] == YEAR) & (table["year"] >= analysis.start)]
        yearly = of_arm[kinds.loc[of_arm.index].isin(YEARLY)]
        owners = yearly["owner"].unique()
        tables = [_table(analysis, yearly[yearly["owner"] == owner], owner, "year") for owner in owners]
        members = of_arm[(kinds.loc[of_arm.index] == INSTITUTION) & (of_arm["year"] == analysis.last)]
        listed = _institutions(analysis, members, words["institutions"].format(year=year))
        arms.append(ArmStatements(analysis.label(arm), [t for t in tables if t.rows], listed))
    with_budget = set(table["arm"][(kinds == COMMUNITY) & (table["fen"] != 0)])  # others have the lines, all zero
    arm = next((arm for arm in analysis.arms if arm in with_budget), analysis.arms[-1])
    last = table[(table["arm"] == arm) & (table["year"] == analysis.last) & (table["month"] != YEAR)]
    kinds_of_last = kinds.loc[last.index]
    owners = last["owner"][kinds_of_last.isin(MONTHLY)].unique()
    monthly = [_table(analysis, last[last["owner"] == owner], owner, "month") for owner in owners]
    title = words["month"].format(arm=analysis.label(arm), year=year)
    members = last[kinds_of_last == INSTITUTION]
    by_month = [_by_month(analysis, members, lines, words[name]) for name, lines in BY_MONTH.items()]
    return Section(words["note"], words["line"], words["institution"], arms, title, monthly, by_month)


def _institutions(analysis: Analysis, statements: pd.DataFrame, title: str) -> StatementTable:
    """Institutions x lines of the year; lines that are zero for all are left out."""
    values = statements.pivot_table(index="owner", columns="line", values="fen", aggfunc="sum", sort=False)
    used = [line for line in values.columns if values[line].any()]
    heads = [line_label(INSTITUTION, str(line), analysis.language) for line in used]
    return StatementTable(title, heads, _rows(analysis, values[used]))


def _by_month(analysis: Analysis, statements: pd.DataFrame, lines: Sequence[str], title: str) -> StatementTable:
    """Institutions x months, the sum of some lines."""
    chosen = statements[statements["line"].isin(lines)]
    values = chosen.pivot_table(index="owner", columns="month", values="fen", aggfunc="sum", sort=False)
    return StatementTable(title, [str(month) for month in values.columns], _rows(analysis, values))


def _rows(analysis: Analysis, values: pd.DataFrame) -> list[tuple[str, list[str]]]:
    return [
        (owner_label(str(owner), analysis.language), [_yuan(int(fen)) for fen in amounts])
        for owner, amounts in zip(values.index, values.to_numpy().tolist(), strict=True)
    ]


def _table(analysis: Analysis, statements: pd.DataFrame, owner: str, across: str) -> StatementTable:
    """Lines x years, or lines x months, of one owner."""
    language = analysis.language
    values = statements.pivot_table(index="line", columns=across, values="fen", aggfunc="sum", sort=False)
    first = analysis.data.base_year if across == "year" else 0
    heads = [str(first + int(column)) for column in values.columns]
    rows = [
        (line_label(owner, str(line), language), [_yuan(int(fen)) for fen in amounts])
        for line, amounts in zip(values.index, values.to_numpy().tolist(), strict=True)
        if any(amounts)
    ]
    return StatementTable(owner_label(owner, language), heads, rows)


def _yuan(fen: int) -> str:
    """Fen as yuan with thousands separators.

    >>> _yuan(-123456)
    '-1,234.56'
    """
    yuan, _, cents = yuan_text(abs(fen)).partition(".")
    return ("-" if fen < 0 else "") + f"{int(yuan):,}.{cents}"
