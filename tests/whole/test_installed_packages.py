"""A scheme and a response in a package of their own: installed, run, explained; refused with a reason when broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.paths import ROOT
from tests.settle_world import FILES

EXAMPLE = ROOT / "docs" / "example_package"
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


def package(place: Path, code: str, **points: str) -> Path:
    """A package without a build: its metadata and one module; entry points by group, name:object."""
    (place / "brought.py").write_text(code, encoding="utf-8")
    metadata = place / "brought-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n", encoding="utf-8")
    lines = [
        f"[countyfund.{group}]\n{point.split(':')[0]} = brought:{point.split(':')[1]}\n"
        for group, point in points.items()
    ]
    (metadata / "entry_points.txt").write_text("".join(lines), encoding="utf-8")
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
        ("from sim.money.payment.ffs import SCHEME", "its name must be 'broken'"),
        (
            "from sim.money.payment.ffs import Config, prepare, pay, incentives\n"
            "from sim.core.text import Text\nfrom sim.money.payment.scheme import Scheme\n"
            "SCHEME = Scheme(name='broken', label=Text('b', 'b'), config=Config, prepare=prepare, pay=pay,"
            " incentives=incentives)",
            "the default of `scheme` in its configuration must be its name, 'broken'",
        ),
        ("from sim.money.payment.scheme import Scheme\nSCHEME = Scheme(name='broken', misspelt=1)", "misspelt"),
    ],
    ids=["import", "type", "name", "default", "hook"],
)
def test_a_broken_scheme_is_refused_with_its_package_and_the_reason(code: str, why: str, tmp_path: Path) -> None:
    done = countyfund(package(tmp_path, code, schemes="broken:SCHEME"), "run", *SMALL)
    assert done.returncode == 2, done.stderr
    assert "the package brought brings a payment scheme that cannot be used" in done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr


WITH_SCHEME = (EXAMPLE / "visit_fee.py").read_text(encoding="utf-8") + "\n"


ONE_FEN = (
    "from sim.core.text import Text\nfrom sim.explain.payment import Explanation\n"
    "from sim.explain.steps import DUE, worth\n"
    "EXPLANATION = Explanation(lambda asked: [worth(DUE, Text('one fen', '一分'), [], 1)])"
)
ANOTHER_AMOUNT = (
    "the package brought brings an explanation of a payment scheme that cannot be used: its steps come to 0.01"
)


@pytest.mark.parametrize(
    ("explanation", "why", "payment"),
    [
        ("", "does not explain it", "visit_fee"),
        ("import nothing_of_this_name", "cannot be imported: ModuleNotFoundError", "visit_fee"),
        ("EXPLANATION = 3", "is int, not sim.explain.payment.explanation.Explanation", "visit_fee"),
        (
            "from sim.explain.payment import Explanation\nEXPLANATION = Explanation(lambda asked: [])",
            "it fails with ValueError: the steps come to no amount",
            "visit_fee",
        ),
        (ONE_FEN, ANOTHER_AMOUNT, "visit_fee"),
        (ONE_FEN, ANOTHER_AMOUNT, "package payment.within=visit_fee"),
    ],
    ids=["none", "import", "type", "wrong", "amount", "amount inside"],
)
def test_a_broken_explanation_is_told_and_computes_nothing(
    explanation: str, why: str, payment: str, tmp_path: Path
) -> None:
    """Runs and settlements go on without it; only `explain` stops, and names the package as the one to mend."""
    points = {"schemes": "visit_fee:SCHEME"} | ({"explanations": "visit_fee:EXPLANATION"} if explanation else {})
    place = package(tmp_path, WITH_SCHEME, **points)
    done = countyfund(place, "run", *f"payment={payment}".split(), *SMALL, "output.dir=run")
    assert done.returncode == 0, done.stderr
    metadata = place / "brought-1.0.dist-info" / "entry_points.txt"
    (place / "explained.py").write_text(explanation, encoding="utf-8")
    metadata.write_text(metadata.read_text().replace("brought:EXPLANATION", "explained:EXPLANATION"))
    told = countyfund(place, "explain", "fund", "year=1", "run=run")
    assert told.returncode == 2, told.stderr
    assert why in told.stderr
    assert ("mend the package brought" in told.stderr) == bool(explanation)
    assert "Traceback" not in told.stderr


# --- responses -------------------------------------------------------------------------------------------------------
def cost_per_visit(place: Path, name: str, *words: str) -> float:
    done = countyfund(place, "run", "payment=visit_fee", *SMALL, *words, f"output.dir={name}")
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(place / name / "outcomes.parquet")
    rows = table[
        (table["outcome"] == "cost_per_visit") & (table["group"] == "township") & ~table["arm"].str.endswith("@off")
    ]
    return float(rows["value"].iloc[-1])


def test_an_installed_response_answers_and_is_switched_off_with_the_others(place: Path) -> None:
    told = countyfund(place, "run", "--cfg", "job", "--package", "response", "response=off")
    assert "visit_thrift: 0" in told.stdout
    never, always = cost_per_visit(place, "never"), cost_per_visit(place, "always", "response.visit_thrift=0.5")
    assert always < 0.8 * never
    done = countyfund(place, "run", "payment=visit_fee", "response.visit_thrift=2", *SMALL)
    assert done.returncode == 2
    assert "response.visit_thrift is out of bounds" in done.stderr


CHANNEL = """
from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.response.channel import Channel

class Config(parameters.Config):
    \"\"\"Parameters.\"\"\"
    NAME: float = param(0.0, unit="share", text="Something. Source: assumed: an example")

CHANNEL = Channel(name="extra", label=Text("Extra", "其他"), config=Config, off={OFF}, HOOK=lambda *all: all[-1])
"""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"NAME": "extra", "{OFF}": "{'misspelt': 0}", "HOOK": "answer"}, "its `off` must give values"),
        ({"NAME": "extra", "{OFF}": "{'extra': 0}", "HOOK": "anwser"}, "unexpected keyword argument 'anwser'"),
        ({"NAME": "speed", "{OFF}": "{'speed': 0}", "HOOK": "answer"}, "have a parameter of the same name"),
    ],
    ids=["off", "hook", "shared"],
)
def test_a_broken_response_is_refused_with_the_reason(changes: dict[str, str], why: str, tmp_path: Path) -> None:
    code = CHANNEL
    for old, new in changes.items():
        code = code.replace(old, new)
    done = countyfund(package(tmp_path, code, responses="extra:CHANNEL"), "run", *SMALL)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr
