"""Statements of the fund and the communities (结算报表) in the report: of one replication, to the fen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.ledger import line_label, owner_label
from sim.ledger.chart import COMMUNITY, FUND, RESERVE, kind_of_owner
from sim.ledger.statements import YEAR
from sim.report.data import Analysis
from sim.report.text import Text
from sim.units import yuan_text

if TYPE_CHECKING:
    import pandas as pd

SHOWN = (FUND, RESERVE, COMMUNITY)
"""Owners whose statements are on the page; those of institutions are in statements.parquet."""

WORDS: dict[str, Text] = {
    "line": Text("Line", "项目"),
    "month": Text("Month by month: {arm}, {year}", "分月:{arm},{year}年"),
    "note": Text(
        "The ledger of replication 0, in yuan to the fen: one possible county, not a mean. Every amount moved from an "
        "account to an account; the trial balance was zero at each close. Lines that are zero in all years are left "
        "out. Institutions and months: statements.parquet; entries: journal.parquet.",
        "第0次重复的总账,单位:元,精确到分,仅为一种可能结果而非均值。每笔金额均为账户间划转,每次结账试算平衡为零。"
        "各年均为零的项目不列。机构及分月报表见statements.parquet,分录见journal.parquet。",
    ),
}  # fmt: skip


class StatementTable(NamedTuple):
    """One table of the section."""

    title: str
    heads: list[str]
    rows: list[tuple[str, list[str]]]


class Section(NamedTuple):
    """All of the section, in one language."""

    note: str
    line: str
    arms: list[tuple[str, list[StatementTable]]]
    """Label of the arm, its yearly tables."""
    monthly: StatementTable


def read_statements(folder: Path) -> pd.DataFrame | None:
    """The resident fund's statements of replication 0, owners that the page shows; None if no ledger was saved."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    place = folder / "statements.parquet"
    if not place.is_file():
        return None
    table = pq.read_table(place, filters=(pc.field("replication") == 0) & (pc.field("fund") == "resident"))
    frame: pd.DataFrame = table.to_pandas()
    return frame[frame["owner"].map(kind_of_owner).isin(SHOWN)]


def section(analysis: Analysis) -> Section | None:
    """The tables: by arm the years of each owner; by month the fund's last year, of the first arm with budgets."""
    table, language = analysis.data.statements, analysis.language
    if table is None or table.empty or analysis.data.sweep is not None:
        return None
    words = {key: text.of(language) for key, text in WORDS.items()}
    reform = table[table["year"] >= analysis.start]
    arms = []
    for arm in analysis.arms:
        own = reform[(reform["arm"] == arm) & (reform["month"] == YEAR)]
        tables = [_table(analysis, own[own["owner"] == owner], owner, "year") for owner in own["owner"].unique()]
        arms.append((analysis.label(arm), [t for t in tables if t.rows]))
    with_budget = set(table["arm"][table["owner"].map(kind_of_owner) == COMMUNITY])
    arm = next((arm for arm in analysis.arms if arm in with_budget), analysis.arms[-1])
    of_fund = (table["arm"] == arm) & (table["year"] == analysis.last) & (table["owner"] == FUND)
    monthly = _table(analysis, table[of_fund & (table["month"] != YEAR)], FUND, "month")
    year = analysis.data.base_year + analysis.last
    title = words["month"].format(arm=analysis.label(arm), year=year)
    return Section(words["note"], words["line"], arms, monthly._replace(title=title))


def _table(analysis: Analysis, own: pd.DataFrame, owner: str, across: str) -> StatementTable:
    """Lines x years, or lines x months, of one owner."""
    language = analysis.language
    values = own.pivot_table(index="line", columns=across, values="fen", aggfunc="sum", sort=False)
    first = analysis.data.base_year if across == "year" else 0
    heads = [str(first + int(column)) for column in values.columns]
    rows = [
        (line_label(owner, str(line), language), [_yuan(int(fen)) for fen in amounts])
        for line, amounts in zip(values.index, values.to_numpy().tolist(), strict=True) if any(amounts)
    ]  # fmt: skip
    return StatementTable(owner_label(owner, language), heads, rows)


def _yuan(fen: int) -> str:
    """Fen as yuan with thousands separators.

    >>> _yuan(-123456)
    '-1,234.56'
    """
    whole, _, cents = yuan_text(abs(fen)).partition(".")
    return ("-" if fen < 0 else "") + f"{int(whole):,}.{cents}"
