"""A scheme in a package of its own: installed, run, explained; refused with a reason when it is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.paths import ROOT
from tests.settle_world import FILES

EXAMPLE = ROOT / "docs" / "example_scheme"
SMALL = ("population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1")


def install(package: Path, folder: Path) -> Path:
    """Install a package into a folder, as pip does."""
    words = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder), str(package))
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *words], check=True)
    return folder


def countyfund(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command with the packages of a place installed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)]), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "sim", *words], cwd=place, env=environment, capture_output=True, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(EXAMPLE, tmp_path_factory.mktemp("installed"))


def broken(place: Path, code: str) -> Path:
    """A package without a build: its metadata and one module."""
    (place / "broken_scheme.py").write_text(code, encoding="utf-8")
    metadata = place / "broken_scheme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-scheme\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[countyfund.schemes]\nbroken = broken_scheme:SCHEME\n", encoding="utf-8"
    )
    return place


def test_an_installed_scheme_settles_claims_to_the_fen(place: Path) -> None:
    """Visits in the county at 60 yuan less what others pay, re-done here; everything else as billed."""
    files = [f"claims={FILES / 'claims.csv'}", f"providers={FILES / 'providers.csv'}", f"groups={FILES / 'groups.csv'}"]
    done = countyfund(place, "settle", *files, "payment=visit_fee", "payment.fee=60", "out=settled")
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(place / "settled" / "receipts.parquet")
    visits = (table["category"] != "inpatient") & table["tier"].isin(["village", "township", "county"])
    assert visits.any()
    others = table["charge"] - table["statutory"]
    expected = (
        table["statutory"].where(~visits, 6000 * table["cases"] - others).where(table["insurance"] == "resident", 0)
    )
    assert table.filter(like="receipt.").iloc[:, 0].tolist() == expected.tolist()
    told = countyfund(place, "explain", "fund", "settled=settled")
    assert told.returncode == 0, told.stderr
    assert "payment.fee" in told.stdout
    assert "visits in the county" in told.stdout


def test_an_installed_scheme_is_simulated_inside_another_and_by_its_chinese_name(place: Path) -> None:
    done = countyfund(place, "run", "payment=package", "payment.within=visit_fee", *SMALL, "output.dir=run")
    assert done.returncode == 0, done.stderr
    told = countyfund(place, "explain", "fund", "year=1", "run=run")
    assert told.returncode == 0, told.stderr
    assert "payment.within.fee" in told.stdout
    spelt = countyfund(place, "run", "payment=按人次定额付费", "--cfg", "job", "--package", "payment")
    assert spelt.stdout == "scheme: visit_fee\nfee: 80.0\n"


def test_a_mistake_in_its_parameters_is_told_like_any_other(place: Path) -> None:
    done = countyfund(place, "run", "payment=visit_fee", "payment.fee=-1", *SMALL)
    assert done.returncode == 2
    assert "payment.fee is out of bounds" in done.stderr
    done = countyfund(place, "run", "payment=visit_fee", "payment.fees=1", *SMALL)
    assert done.returncode == 2
    assert "did you mean payment.fee" in done.stderr


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nothing_of_this_name", "cannot be imported: ModuleNotFoundError"),
        ("SCHEME = 'drg'", "is str, not sim.money.payment.scheme.Scheme"),
        ("from sim.money.payment.ffs import SCHEME", "must both be 'broken'"),
        ("from sim.money.payment.scheme import Scheme\nSCHEME = Scheme(name='broken', misspelt=1)", "misspelt"),
    ],
    ids=["import", "type", "name", "hook"],
)
def test_a_broken_scheme_is_refused_with_its_package_and_the_reason(code: str, why: str, tmp_path: Path) -> None:
    done = countyfund(broken(tmp_path, code), "run", *SMALL)
    assert done.returncode == 2, done.stderr
    assert "the package broken-scheme brings a payment scheme that cannot be used" in done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr
