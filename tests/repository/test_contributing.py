"""What CONTRIBUTING says is enough: each thing is added to a copy of the sources in just the places named, and run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.paths import ROOT

SMALL = ("population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1")
EXAMPLE = ROOT / "docs" / "example_package"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources, to be changed."""
    for name in ("sim", "conf", "scenarios", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def replace(path: Path, *pairs: tuple[str, str]) -> None:
    """Each text, which is there once, by another."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, f"{path.name}: {old}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def python(copy: Path, *words: str, code: int = 0) -> str:
    """What a command says in the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def countyfund(copy: Path, *words: str, code: int = 0) -> str:
    """What `countyfund` says in the copy."""
    return python(copy, "-m", "sim", *words, code=code)


def outcomes(copy: Path, folder: str) -> pd.DataFrame:
    """The outcomes of a run."""
    return pd.read_parquet(copy / folder / "outcomes.parquet")


def test_a_payment_scheme(copy: Path) -> None:
    """Three places beside its own files: the two lists of schemes and one of the two of explanations."""
    payment, explained = copy / "sim/money/payment", copy / "sim/explain/payment"
    shutil.copy(EXAMPLE / "visit_fee.py", payment)
    replace(payment / "__init__.py", ("    weighted_capitation,\n)\n", "    visit_fee,\n    weighted_capitation,\n)\n"))
    replace(payment / "__init__.py", ("signed_quota,\n)  # fmt: skip", "signed_quota, visit_fee,\n)  # fmt: skip"))
    replace(
        payment / "inner.py",
        ("ffs, per_diem\n", "ffs, per_diem, visit_fee\n"),
        ("per_diem, apg, capitation)]", "per_diem, apg, capitation, visit_fee)]"),
    )
    text = (EXAMPLE / "visit_fee_explained.py").read_text(encoding="utf-8")
    (explained / "visit_fee.py").write_text(
        text.replace("from visit_fee import", "from sim.money.payment.visit_fee import"), encoding="utf-8"
    )
    replace(
        explained / "inner.py",
        ("drg, ffs, per_diem\n", "drg, ffs, per_diem, visit_fee\n"),
        ("per_diem, apg, capitation)", "per_diem, apg, capitation, visit_fee)"),
    )
    (copy / "conf/payment/visit_fee.yaml").write_text("defaults:\n  - /scheme@_here_: visit_fee\nfee: 60\n")
    countyfund(copy, "run", "payment=package", "payment.within=visit_fee", *SMALL, "output.dir=run")
    assert "payment.within.fee" in countyfund(copy, "explain", "fund", "year=1", "run=run")
    assert "fee: 60" in countyfund(copy, "run", "payment=按人次定额付费", "--cfg", "job", "--package", "payment")
    assert "`payment.fee`" in python(copy, "-m", "sim.config")
    assert "visit_fee" in countyfund(copy, "run", "payment=nothing", code=2)


def test_a_response(copy: Path) -> None:
    """One place beside its own file: the list of channels."""
    response = copy / "sim/money/response"
    shutil.copy(EXAMPLE / "visit_thrift.py", response)
    replace(
        response / "__init__.py",
        (
            "import cost_shift, integration, intensity, prevention, ratchet, restraint",
            "import cost_shift, integration, intensity, prevention, ratchet, restraint, visit_thrift",
        ),
        ("prevention, restraint, cost_shift)]", "prevention, restraint, cost_shift, visit_thrift)]"),
    )
    assert "visit_thrift: 0" in countyfund(copy, "run", "response=off", "--cfg", "job", "--package", "response")
    cost = {}
    for thrift in ("0", "0.5"):
        words = ("payment=capitation", "response.intensity=false", f"response.visit_thrift={thrift}")
        countyfund(copy, "run", *words, *SMALL, f"output.dir=run{thrift}")
        table = outcomes(copy, f"run{thrift}")
        visits = table[(table["outcome"] == "cost_per_visit") & (table["group"] == "township") & (table["year"] == 1)]
        cost[thrift] = float(visits["value"].iloc[0])
    assert cost["0.5"] < cost["0"]
    assert "response.visit_thrift" in python(copy, "-m", "sim.config")
    python(copy, "docs/responses.py")
    assert "Visit thrift 门诊节约" in (copy / "docs/responses.md").read_text(encoding="utf-8")


def test_an_outcome(copy: Path) -> None:
    """One module: its line in the catalogue and its value."""
    replace(
        copy / "sim/outcomes/fund.py",
        (
            "CATALOGUE = (\n",
            'CATALOGUE = (\n    Outcome(\n        "fund_interest", "yuan", "Interest", "利息收入", "fund", ("all",), '
            '"neutral",\n        "Interest.", "居民医保基金当年的利息收入。", headline=True,\n    ),\n',
        ),
        ('"fund_income": income / FEN,', '"fund_income": income / FEN,\n        "fund_interest": fund.interest / FEN,'),
    )
    told = countyfund(copy, "run", "payment=drg", *SMALL, "output.dir=run")
    assert "Interest" in told
    table = outcomes(copy, "run")
    assert (table[table["outcome"] == "fund_interest"]["value"] > 0).all()
    assert "利息收入" in (copy / "run" / "report.html").read_text(encoding="utf-8") + countyfund(
        copy, "run", "payment=drg", *SMALL, "language=zh", "output.dir=zh"
    )
    swept = countyfund(copy, "sweep", "payment=drg,ffs", *SMALL, "output.dir=sweep")
    assert "Traceback" not in swept
    python(copy, "docs/outcomes.py")
    assert "利息收入" in (copy / "docs/outcomes.md").read_text(encoding="utf-8")


STUDY = """
title: {en: Two ways, zh: 两种方式}
question: {en: "What does DRG change?", zh: "按病组付费改变什么？"}
overrides: [population.residents=400]
baseline: ffs
arms:
  ffs: {label: {en: As billed, zh: 按项目}, overrides: [payment=ffs]}
  drg: {label: {en: By group, zh: 按病组}, overrides: [payment=drg]}
headline:
  - {arm: drg, outcome: fund_outgo_per_head}
"""


def test_a_study_and_a_county(copy: Path) -> None:
    """One file each: a study in scenarios/, a table of case groups and the figures of a county of one's own."""
    shutil.copy(copy / "conf/claims/inpatient_groups.csv", copy / "groups.csv")
    (copy / "targets.csv").write_text(
        "outcome,group,years,target,tolerance,source\nfund_income_per_head,all,first,825,100,年报\n", encoding="utf-8"
    )
    county = ("claims.inpatient_groups=groups.csv", "providers.county_hospitals=1", *SMALL)
    (copy / "scenarios" / "interest.yaml").write_text(STUDY, encoding="utf-8")
    told = countyfund(copy, "compare", "study=interest", *county, "output.dir=run")
    assert "Two ways" in told
    assert set(outcomes(copy, "run")["arm"]) >= {"ffs", "drg"}
    held = countyfund(copy, "validate", "targets=targets.csv", *county)
    assert "825" in held
    assert "年报" in held
