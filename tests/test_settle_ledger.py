"""`settle` with a ledger: once, again, corrected; a ledger that is not whole is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.errors import CountyFundError
from sim.settle.keeping import read_ledger
from sim.units import yuan_text
from tests.settle_world import FILES, county, write

PACKAGE = ("payment=package", "settlement.lump_per_head=800", "settlement=shared")


def settled(tmp_path: Path, name: str, *words: str, claims: Path | None = None):
    return county(tmp_path / name, *PACKAGE, f"ledger={tmp_path / 'ledger'}", *words, claims=claims)


def changed(tmp_path: Path) -> Path:
    text = (FILES / "claims.csv").read_text(encoding="utf-8")
    assert "586500.00" in text
    return write(tmp_path / "changed.csv", text.replace("586500.00", "586400.00"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_settling_again_posts_nothing_and_says_so(tmp_path: Path):
    first = settled(tmp_path, "one")
    assert any(note.startswith("2024: ") and note.endswith("the year is closed") for note in first.notes)
    before = state(tmp_path / "ledger")
    again = settled(tmp_path, "two")
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes
    assert state(tmp_path / "ledger") == before


def test_the_ledger_comes_to_the_tables(tmp_path: Path):
    result = settled(tmp_path, "one")
    fund = {row["line"]: row["whole_year"] for row in rows(tmp_path / "one" / "statements_fund.csv")}
    paid = int(result.fund["fund"].iloc[0])
    assert fund["balance"] == yuan_text(-paid)
    outgo = sum(round(100 * float(fund.get(line, 0))) for line in ("budgets", "receipts"))
    assert outgo == paid
    community = {row["line"]: row["whole_year"] for row in rows(tmp_path / "one" / "statements_communities.csv")}
    table = result.communities.iloc[0]
    for line, column in (("budget", "budget"), ("inside", "in_network"), ("outside", "out_of_network"),
                         ("transfer", "transfer")):  # fmt: skip
        assert community[line] == yuan_text(int(table[column])), line
    balance = rows(tmp_path / "one" / "trial_balance.csv")
    assert sum(round(100 * float(row["balance"])) for row in balance) == 0


def test_other_amounts_are_refused_and_corrected_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    settled(tmp_path, "one")
    before, claims = state(tmp_path / "ledger"), changed(tmp_path)
    words = [f"claims={claims}", f"providers={FILES / 'providers.csv'}", f"groups={FILES / 'groups.csv'}",
             f"enrolment={FILES / 'enrolment.csv'}", f"out={tmp_path / 'two'}", *PACKAGE,
             f"ledger={tmp_path / 'ledger'}"]  # fmt: skip
    assert main(["settle", *words]) == 2
    told = capsys.readouterr().err
    assert "2024 is closed with other amounts: nothing was posted" in told
    assert "declared, inside: -100.00 yuan" in told
    assert "correction='reason'" in told
    assert state(tmp_path / "ledger") == before
    assert not (tmp_path / "two").exists()
    assert main(["settle", *words, "correction='wrong bill'"]) == 0
    assert "correcting entries were posted in 2025-01" in capsys.readouterr().out
    journal = rows(tmp_path / "ledger" / "journal.csv")
    new = [row for row in journal if row["reason"]]
    assert {(row["year"], row["month"], row["about_year"], row["reason"]) for row in new} == {
        ("2025", "1", "2024", "wrong bill")
    }
    assert all(int(row["corrects"]) < int(row["entry"]) for row in new)
    assert [row for row in journal if not row["reason"]] == rows_before(before)
    after = state(tmp_path / "ledger")
    again = settled(tmp_path, "three", claims=claims)
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes
    assert state(tmp_path / "ledger") == after


def rows_before(before: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(before["journal.csv"].decode("utf-8-sig").splitlines()))


def test_the_next_year_carries_on(tmp_path: Path):
    settled(tmp_path, "one")
    text = (FILES / "claims.csv").read_text(encoding="utf-8").replace("2024", "2025")
    heads = (FILES / "enrolment.csv").read_text(encoding="utf-8").replace("2024", "2025")
    enrolment, claims = write(tmp_path / "heads.csv", heads), write(tmp_path / "2025.csv", text)
    result = settled(tmp_path, "two", f"enrolment={enrolment}", claims=claims)
    assert any(note.startswith("2025: ") for note in result.notes)
    old, new = (
        {row["line"]: row for row in rows(tmp_path / "ledger" / "statements_institutions.csv")
         if row["year"] == year and row["owner"] == "institution 0003"} for year in ("2024", "2025")
    )  # fmt: skip
    assert old["capital"]["whole_year"] == new["capital"]["whole_year"]  # the same budget: no new working capital
    back = settled(tmp_path, "three")
    assert "2024 is closed with the same amounts: nothing was posted" in back.notes


@pytest.mark.parametrize("harm", ["cut", "edit", "part", "files"])
def test_a_ledger_that_is_not_whole_is_refused(tmp_path: Path, harm: str):
    settled(tmp_path, "one")
    place = tmp_path / "ledger"
    journal = place / "journal.csv"
    if harm == "cut":
        journal.write_bytes(journal.read_bytes()[:2000])
    elif harm == "edit":
        journal.write_text(journal.read_text(encoding="utf-8").replace("586500.00", "586501.00"), encoding="utf-8")
    elif harm == "part":
        (place / "manifest.json").unlink()
    else:
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        manifest["closed_months"][-1][1] = "0" * 64
        (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(CountyFundError) as error:
        settled(tmp_path, "two")
    assert str(place) in str(error.value) or "closed month were changed" in str(error.value)
    assert not (tmp_path / "two").exists()


def test_a_failed_write_leaves_the_old_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settled(tmp_path, "one")
    before = state(tmp_path / "ledger")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("sim.settle.keeping.write_years", fail)
    with pytest.raises(OSError, match="disk full"):
        settled(tmp_path, "two", "correction=audit", claims=changed(tmp_path))
    assert state(tmp_path / "ledger") == before
    assert not (tmp_path / "two").exists()
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_one_way_of_paying_is_kept(tmp_path: Path):
    with pytest.raises(CountyFundError, match="one way of paying"):
        county(tmp_path / "one", "payment=ffs,cap", f"ledger={tmp_path / 'ledger'}")
    with pytest.raises(CountyFundError, match="needs ledger"):
        county(tmp_path / "one", "correction=audit")


def test_a_folder_of_results_is_no_ledger(tmp_path: Path):
    county(tmp_path / "one", "payment=ffs")
    with pytest.raises(CountyFundError, match="not a ledger"):
        county(tmp_path / "two", "payment=ffs", f"ledger={tmp_path / 'one'}")


def test_an_empty_place_is_an_empty_ledger(tmp_path: Path):
    assert read_ledger(tmp_path / "none").size == 0
    county(tmp_path / "one", "payment=ffs", f"ledger={tmp_path / 'none'}")
    journal = read_ledger(tmp_path / "none")
    assert {c.period.month for c in journal.closed} >= {11}
