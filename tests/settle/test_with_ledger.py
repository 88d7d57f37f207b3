"""`settle` with a ledger: once, again, corrected; a ledger that is not whole is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.errors import CountyFundError
from sim.core.units import yuan_text
from sim.settle.ledger_reading import read_ledger
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
    for line, column in (
        ("budget", "budget"),
        ("inside", "in_network"),
        ("outside", "out_of_network"),
        ("transfer", "transfer"),
    ):
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
        {
            row["line"]: row
            for row in rows(tmp_path / "ledger" / "statements_institutions.csv")
            if row["year"] == year and row["owner"] == "institution 0003"
        }
        for year in ("2024", "2025")
    )
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

    monkeypatch.setattr("sim.settle.ledger_keeping.write_years", fail)
    with pytest.raises(CountyFundError, match="could not be written: disk full"):
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


def later(tmp_path: Path, name: str, *, left_out: str = "") -> dict[str, Path]:
    """A file of 2025: that of 2024 without the rows of an institution."""
    text = (FILES / f"{name}.csv").read_text(encoding="utf-8").replace("2024", "2025").splitlines(keepends=True)
    kept = [row for row in text if not left_out or left_out not in row.split(",")]
    return {name: write(tmp_path / f"{name}_2025.csv", "".join(kept))}


@pytest.mark.parametrize("gone", ["0003", "0004"])
def test_an_institution_that_is_gone_owes_nothing_and_keeps_its_history(tmp_path: Path, gone: str):
    """0003 is a member, whose working capital comes back when it leaves; 0004 is a hospital outside."""
    settled(tmp_path, "one")
    files = later(tmp_path, "claims", left_out=gone) | later(tmp_path, "enrolment")
    providers = later(tmp_path, "providers", left_out=gone)["providers"]
    county(tmp_path / "two", *PACKAGE, f"ledger={tmp_path / 'ledger'}", f"enrolment={files['enrolment']}",
           claims=files["claims"], providers=providers)  # fmt: skip
    left = {(row["owner"], row["line"]): row["balance"] for row in rows(tmp_path / "ledger" / "trial_balance.csv")}
    assert {line: value for (owner, line), value in left.items() if owner == f"institution {gone}"}
    assert {value for (owner, _), value in left.items() if owner == f"institution {gone}"} == {"0.00"}
    told = [
        row
        for row in rows(tmp_path / "ledger" / "statements_institutions.csv")
        if row["owner"] == f"institution {gone}"
    ]
    assert {row["year"] for row in told if row["line"] == "declared"} == {"2024"}
    again = county(tmp_path / "three", *PACKAGE, f"ledger={tmp_path / 'ledger'}", f"enrolment={files['enrolment']}",
                   claims=files["claims"], providers=providers)  # fmt: skip
    assert "2025 is closed with the same amounts: nothing was posted" in again.notes


def test_working_capital_comes_back_when_nobody_holds_a_budget_any_more(tmp_path: Path):
    settled(tmp_path, "one")
    claims = later(tmp_path, "claims")["claims"]
    text = (FILES / "providers.csv").read_text(encoding="utf-8").splitlines()
    place = text[0].split(",").index("所属医共体")
    alone = [
        ",".join("" if n == place and i else cell for n, cell in enumerate(row.split(",")))
        for i, row in enumerate(text)
    ]
    county(tmp_path / "two", "payment=ffs", f"ledger={tmp_path / 'ledger'}", claims=claims,
           providers=write(tmp_path / "alone.csv", "\n".join(alone)))  # fmt: skip
    left = {(row["owner"], row["line"]): row["balance"] for row in rows(tmp_path / "ledger" / "trial_balance.csv")}
    assert {value for (_, line), value in left.items() if line == "working_capital"} == {"0.00"}
    assert left["fund", "cash"] == "-" + left["fund", "balance"]  # nothing is outstanding


@pytest.mark.parametrize("harm", ["list", "empty", "no months", "some months", "text", "no journal", "later", "short"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, harm: str):
    settled(tmp_path, "one")
    place = tmp_path / "ledger" / "manifest.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
    if harm == "list":
        manifest = []
    elif harm == "empty":
        manifest = {"verb": "ledger"}
    elif harm in ("no months", "some months", "text"):
        manifest["closed_months"] = {"no months": [], "some months": manifest["closed_months"][:2], "text": "x"}[harm]
    elif harm == "no journal":
        del manifest["files"]["journal.csv"]
    else:
        manifest |= {"later": {"closed_to": "2030-12"}, "short": {"entries": 3}}[harm]
    place.write_text(json.dumps(manifest), encoding="utf-8")
    before = state(tmp_path / "ledger")
    with pytest.raises(CountyFundError, match=r"changed by another hand|not a ledger"):
        settled(tmp_path, "two")
    assert state(tmp_path / "ledger") == before


def test_results_and_ledger_are_never_in_each_other(tmp_path: Path):
    """Each folder is replaced as a whole, which would take the other with it."""
    for out, place in (("one", "one"), ("one", "one/ledger"), ("two/out", "two"), ("one", "x/../one")):
        with pytest.raises(CountyFundError, match="must not hold each other"):
            county(tmp_path / out, "payment=ffs", f"ledger={tmp_path / place}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_somebody_else_is_not_deleted_with_the_old_ledger(tmp_path: Path):
    settled(tmp_path, "one")
    write(tmp_path / "ledger" / "notes.txt", "do not lose me")
    with pytest.raises(CountyFundError, match="not the ledger's") as error:
        settled(tmp_path, "two", "correction=audit", claims=changed(tmp_path))
    assert "notes.txt" in str(error.value)
    assert (tmp_path / "ledger" / "notes.txt").read_text(encoding="utf-8") == "do not lose me"


def test_a_year_without_a_fen_is_closed_and_can_be_corrected(tmp_path: Path):
    text = "claim,provider,date,category,charge,statutory\nA1,0004,2024-05-01,inpatient,{0},{0}\n"
    nothing, something = (write(tmp_path / f"{n}.csv", text.format(n)) for n in ("0", "25"))
    ledger = f"ledger={tmp_path / 'ledger'}"
    county(tmp_path / "one", "payment=ffs", ledger, claims=nothing)
    assert read_ledger(tmp_path / "ledger").size == 0
    again = county(tmp_path / "two", "payment=ffs", ledger, claims=nothing)
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes
    with pytest.raises(CountyFundError, match="2024 is closed with other amounts"):
        county(tmp_path / "three", "payment=ffs", ledger, claims=something)
    county(tmp_path / "three", "payment=ffs", ledger, "correction=a bill came late", claims=something)
    left = {(row["owner"], row["line"]): row["balance"] for row in rows(tmp_path / "ledger" / "trial_balance.csv")}
    assert left["fund", "cash"] == "-25.00"


def test_results_are_not_left_without_the_ledger_they_speak_of(tmp_path: Path):
    write(tmp_path / "file", "")
    with pytest.raises(CountyFundError, match="not writable"):
        county(tmp_path / "one", "payment=ffs", f"ledger={tmp_path / 'file' / 'ledger'}")
    assert not (tmp_path / "one").exists()


def test_the_ledger_of_another_county_is_refused(tmp_path: Path):
    settled(tmp_path, "one")
    files = {}
    for name in ("claims", "providers"):
        text = later(tmp_path, name)[name].read_text(encoding="utf-8")
        files[name] = write(tmp_path / f"{name}_other.csv", text.replace("\n000", "\n900"))
    with pytest.raises(CountyFundError, match="another county"):
        county(tmp_path / "two", "payment=ffs", f"ledger={tmp_path / 'ledger'}", **files)
    assert read_ledger(tmp_path / "ledger").closed[-1].period.year == 2024
