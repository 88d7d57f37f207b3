"""A county in which nobody is left, or nobody was ever insured, is told in the words of a simulation."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.errors import ConfigError
from sim.experiment.run import run
from sim.report import Analysis, Language
from sim.report.sentences import emptied
from tests.report_world import comparison, table

DEATH = [
    "population.residents=300", "population.mortality_male=0.1", "population.mortality_male_growth=0.3",
    "population.mortality_female=0.1", "population.mortality_female_growth=0.3", "population.births=0",
    "experiment.replications=2", "years.history=2", "years.reform=14",
]  # fmt: skip


@pytest.mark.parametrize("payment", ["package", "dip", "cap", "capitation", "signed_quota"])
def test_a_scheme_that_needs_heads_says_that_nobody_is_left(payment: str) -> None:
    with pytest.raises(ConfigError) as error:
        run([*DEATH, f"payment={payment}"])
    message = str(error.value)
    assert "nobody is insured with the fund any more in 20" in message
    assert "population.residents" in message
    assert "years.reform" in message
    for word in ("enrolment=FILE", "base=last_year"):
        assert word not in message


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_county_can_be_run_and_its_report_says_so(
    language: Language, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", *DEATH, f"language={language}", f"output.dir={tmp_path / 'out'}"]
    assert main(words) == 0, capsys.readouterr().err
    out = "".join(capsys.readouterr().out.split())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    said = "Nobody is insured with the fund in some years from 20" if language == "en" else "年起有年份无人参保"
    assert said.replace(" ", "") in out
    assert said in page


@pytest.mark.parametrize(
    "overrides",
    [
        ["population.resident_insured=0", "fund.employee.apply=true"],
        ["population.resident_insured=0", "population.employee_insured=0"],
    ],
)
def test_a_fund_without_entries_is_saved(overrides: list[str], tmp_path: Path) -> None:
    small = ["population.residents=100", "experiment.replications=2", "years.history=1", "years.reform=2"]
    words = ["run", *small, *overrides, "output.report=false", f"output.dir={tmp_path / 'out'}"]
    assert main(words) == 0
    assert (tmp_path / "out" / "journal.parquet").is_file()


def test_years_without_anybody_are_counted() -> None:
    data = table(3, off=False)
    assert emptied(Analysis(comparison("en", table=data))) == ""
    gone = (data["outcome"] == "fund_outgo_per_head") & (data["year"] >= 5) & (data["replication"] < 2)
    data.loc[gone, "value"] = float("nan")
    text = emptied(Analysis(comparison("en", table=data)))
    assert "from 2024 on, in 2 of 3 replications" in text
