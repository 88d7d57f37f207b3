"""The ledger of simulated years: it comes to the outcomes, is saved for the first replications, and is shown."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.config import load_config
from sim.core.errors import IdentityError
from sim.experiment.run import run
from sim.money import ledger
from sim.money.ledger.statements import STATEMENTS
from sim.pipeline import Arm, run_history, run_reforms
from sim.report import statements as page
from sim.report.analysis import Analysis
from sim.report.html import render
from tests.report_world import comparison

SMALL = ["population.residents=300", "years.history=1", "years.reform=2", "years.warm_up=0", "engine=reference"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved run of three replications, the ledgers of two of them."""
    place = tmp_path_factory.mktemp("ledger") / "run"
    run([*SMALL, "payment=package", "settlement=shared", "experiment.replications=3", "output.ledgers=2",
         "output.report=false", f"output.dir={place}"])  # fmt: skip
    return place


def test_statements_come_to_the_outcomes(folder: Path):
    table = pd.read_parquet(folder / "statements.parquet")
    assert sorted(table["replication"].unique()) == [0, 1]
    assert list(table.columns) == ["study", "arm", "replication", "fund", "year", "month", "owner", "line", "fen"]
    whole = table[table["month"] == 0].set_index(["replication", "year", "owner", "line"]).sort_index()["fen"]
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    measured = outcomes[outcomes["group"] == "all"].set_index(["replication", "year", "outcome"]).sort_index()["value"]
    for replication in (0, 1):
        for year in (0, 1, 2):
            fund = whole[replication, year, "fund"]
            accumulated = fund["balance"] + whole[replication, year, "reserve", "balance"]
            assert accumulated == round(100 * measured[replication, year, "fund_accumulated"])
            paid = sum(fund[line] for line in ("budgets", "receipts", "premium", "signing", "rewards"))
            assert paid - fund["forfeited"] == round(100 * measured[replication, year, "fund_outgo"])
            if year:
                community = whole[replication, year, "community 1"]
                assert community["budget"] == round(100 * measured[replication, year, "budget"])
                assert community["transfer"] == community["distribution"]
                assert community["left"] == 0


def test_the_journal_balances_and_its_months_make_the_year(folder: Path):
    journal = pd.read_parquet(folder / "journal.parquet")
    assert set(journal["month"]) == set(range(1, 13))
    assert (journal["fen"] > 0).all()
    debits = journal.groupby(["replication", "year", "debit"])["fen"].sum()
    credits = journal.groupby(["replication", "year", "credit"])["fen"].sum()
    assert debits.sum() == credits.sum()
    table = pd.read_parquet(folder / "statements.parquet")
    flows = {line.key for line in STATEMENTS["institution"] if line.kinds}
    own = table[table["owner"].str.startswith("institution") & table["line"].isin(flows)]
    months = own[own["month"] > 0].groupby(["replication", "year", "owner", "line"])["fen"].sum()
    whole = own[own["month"] == 0].groupby(["replication", "year", "owner", "line"])["fen"].sum()
    assert (months == whole).all()


def test_only_balances_go_on(monkeypatch: pytest.MonkeyPatch):
    config = load_config([*SMALL, "payment=package"])
    (arm,) = run_reforms([Arm("a", config, True)], run_history(config, 0))
    assert arm.ledger == ()
    (kept,) = run_reforms([Arm("a", config, True)], run_history(config, 0, ledgers=True))
    assert [book.year for book in kept.ledger] == [0, 1, 2]
    assert kept.rows == arm.rows or str(kept.rows) == str(arm.rows)  # nan is not equal to itself

    genuine = ledger.entries_of_year

    def faulty(*arguments):
        entries = genuine(*arguments)
        amount = entries.amount.copy()
        amount[-1] += 1
        return entries._replace(amount=amount)

    monkeypatch.setattr("sim.money.ledger.carry.entries_of_year", faulty)
    with pytest.raises(IdentityError, match="history, replication 0, year 0"):
        run_history(config, 0)


def statements(arms: tuple[str, ...], years: tuple[int, ...]) -> pd.DataFrame:
    rows = [
        {"study": "s", "arm": arm, "replication": 0, "year": year, "month": month, "owner": owner, "line": line,
         "fen": 123456789 + year}
        for arm in arms for year in years for month in range(13)
        for owner, line in (
            ("fund", "fiscal"), ("fund", "cash"), ("community 1", "budget"), ("institution 7 township", "declared"),
            ("institution 7 township", "advance"), ("institution 7 township", "payment"),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_statements_to_the_fen(language: str):
    data = comparison(language, 3)
    years = tuple(sorted(int(y) for y in data.table["year"].unique()))
    arms = tuple(arm for arm in data.arms)
    found = Analysis(comparison(language, 3, statements=statements(arms, years)))
    section = page.section(found)
    assert section is not None
    assert len(section.arms) == len(found.arms)
    text = render(found, [])
    assert ("Fiscal subsidy" if language == "en" else "财政补助收入") in text
    assert f"1,234,567.{89 + years[-1]}" in text
    assert ("to the fen" if language == "en" else "精确到分") in text
    assert [table.title for table in section.monthly] == ["Fund", "Community 1"] if language == "en" else True
    assert all(len(table.heads) == 12 for table in (*section.monthly, *section.by_month))
    of_year = section.arms[0].institutions
    assert of_year.rows[0][0] == ("Township centre 7" if language == "en" else "乡镇卫生院7")
    assert of_year.rows[0][1][0] == f"1,234,567.{89 + years[-1]}"
    received = section.by_month[1].rows[0][1][0]  # advance and payment together
    assert received == f"2,469,135.{78 + 2 * years[-1]}"
    assert "statements" not in render(Analysis(data), [])  # no ledger, no section


def test_the_months_shown_are_of_an_arm_whose_community_has_a_budget():
    data = comparison("en", 2)
    years = tuple(sorted(int(y) for y in data.table["year"].unique()))
    table = statements(tuple(data.arms), years)
    table.loc[(table["arm"] == "ffs") & (table["owner"] == "community 1"), "fen"] = 0  # the lines are there, all zero
    section = page.section(Analysis(comparison("en", 2, statements=table)))
    assert section is not None
    assert next(iter(data.arms)) == "ffs"
    assert section.monthly_title.startswith("Month by month: Package")


def test_a_page_of_a_run_without_ledgers_has_none(tmp_path: Path):
    assert page.read_statements(tmp_path) is None
