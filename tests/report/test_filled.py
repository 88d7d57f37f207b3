"""Numbers of a run in a study's prose: they are the run's, in both languages, and a wrong field is refused."""

import re
from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import ConfigError
from sim.core.text import Language, Text
from sim.experiment.compare import compare_plan, plan
from sim.experiment.fields import field_of
from sim.experiment.findings import Check
from sim.experiment.study import load_study
from sim.outcomes import tidy
from sim.report import Analysis
from sim.report.data import Claim
from sim.report.filled import estimate_in, filled
from sim.report.from_experiments import of_comparison
from sim.report.html import render
from sim.report.verdicts import claim_lines
from tests.report_world import TWO_ARMS, comparison

LANGUAGES: tuple[Language, ...] = ("en", "zh")
STUDY = f"""{TWO_ARMS}known_differences:
  - {{en: "FIELD", zh: "数"}}
"""


def hand_made(language: Language) -> Analysis:
    """Three replications, years 0 (history), 1 and 2: under b a visit costs 110, 112, 114 yuan in year 1 and 4 more
    in year 2, under a always 100; the twin of b without response is 2 dearer than b."""
    rows = []
    for r in range(3):
        for year in range(3):
            b = 100 + (10 + 2 * r + 4 * (year - 1)) * (year > 0)
            for arm, charge in (("a", 100), ("b", b), ("b@off", b + 2)):
                rows.append(("s", arm, 0, r, year, "cost_per_visit", "all", float(charge)))
                rows.append(("s", arm, 0, r, year, "managed_share", "all", charge / 1000))
    arms = {"a": Text("Old", "旧"), "b": Text("New", "新")}
    given = {"table": tidy(rows), "arms": arms, "baseline": "a", "reform_start": 1, "validation": (), "notes": ()}
    return Analysis(comparison(language, **given))


@pytest.mark.parametrize(
    ("field", "en", "zh"),
    [
        ("{level a cost_per_visit}", "100 yuan", "100 元"),
        ("{level b cost_per_visit}", "114 ± 1 yuan", "114 ± 1 元"),
        ("{level b cost_per_visit at 1}", "112 ± 1 yuan", "112 ± 1 元"),
        ("{level b cost_per_visit at end}", "116 ± 1 yuan", "116 ± 1 元"),
        ("{level b managed_share}", "11.40 ± 0.12 %", "11.40 ± 0.12%"),
        ("{off b cost_per_visit}", "116 ± 1 yuan", "116 ± 1 元"),
        ("{change b cost_per_visit}", "+14 [9, 19] yuan", "+14 [9, 19] 元"),
        ("{change b cost_per_visit at 1}", "+12 [7, 17] yuan", "+12 [7, 17] 元"),
        ("{change a cost_per_visit from b at end}", "−16 [−21, −11] yuan", "−16 [−21, −11] 元"),
        ("{percent b cost_per_visit}", "+14.0 [9.0, 19.0] %", "+14.0 [9.0, 19.0]%"),
        ("{response b cost_per_visit}", "−2 yuan", "−2 元"),
        ("{level b cost_per_visit at 9}", "– yuan", "– 元"),
        ("{change b surplus_rate}", "– % points", "– 个百分点"),
        ("{7 * 7}, {x}", "{7 * 7}, {x}", "{7 * 7}, {x}"),
    ],
)
def test_a_field_is_the_number_worked_out_by_hand(field: str, en: str, zh: str) -> None:
    text = Text(f"It is {field}.", f"为 {field}。")
    assert filled(hand_made("en"), text) == f"It is {en}."
    assert filled(hand_made("zh"), text) == f"为 {zh}。"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("level c surplus_rate", "arm 'c' is not one of the arms a, b"),
        ("levl b surplus_rate", "is not a field; a field is {KIND ARM OUTCOME}"),
        ("level b", "is not a field"),
        ("level b surplus_rat", "did you mean 'surplus_rate'?"),
        ("level b surplus_rate of county", "no group 'county'"),
        ("level b surplus_rate at late", "after 'at' stands mean, end, or the number of a reform year"),
        ("level b surplus_rate at 0", "after 'at'"),
        ("level b surplus_rate from a", "'from' has no place here"),
        ("change b surplus_rate at 1 at 2", "'at' has no place here"),
        ("change b surplus_rate to a", "'to' has no place here"),
        ("change a surplus_rate", "the baseline is compared with itself"),
        ("percent b surplus_rate from b", "compared with itself"),
        ("change b surplus_rate from nowhere", "against 'nowhere'"),
    ],
)
def test_a_wrong_field_is_refused_when_the_study_is_read(field: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    for number, text in enumerate((STUDY.replace("FIELD", f"{{{field}}}"), STUDY.replace("数", f"{{{field}}}"))):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_study(path)
        assert f"known_differences 1, {LANGUAGES[number]}: {{{field}}}" in str(caught.value)
        assert said in str(caught.value)


def test_fields_of_a_run_are_those_of_its_saved_tables(tmp_path: Path) -> None:
    """Computed again with plain arithmetic from outcomes.parquet, and read from differences.parquet."""
    small = ["population.residents=900", "experiment.replications=3", "years.history=1", "years.reform=2"]
    made = plan("sanming", [*small, f"output.dir={tmp_path}/out", "output.report=false"])
    analysis = Analysis(of_comparison(compare_plan(made), {}))
    table = pd.read_parquet(tmp_path / "out" / "outcomes.parquet")
    table = table[(table["group"] == "all") & (table["year"] >= 1)]
    name = "cost_per_episode"

    def mean(arm: str, year: int | None = None) -> float:
        rows = table[(table["arm"] == arm) & (table["outcome"] == name)]
        return float((rows if year is None else rows[rows["year"] == year])["value"].mean())

    expected = {
        f"level tight {name}": mean("tight"),
        f"level tight {name} at end": mean("tight", 2),
        f"off tight {name}": mean("tight@off"),
        f"change tight {name}": mean("tight") - mean("ffs"),
        f"change tight {name} from nominal at 1": mean("tight", 1) - mean("nominal", 1),
        f"percent tight {name}": mean("tight") / mean("ffs") - 1,
        f"response tight {name}": mean("tight") - mean("tight@off"),
    }
    for field, value in expected.items():
        assert value != 0
        assert estimate_in(analysis, field_of(field)).value == pytest.approx(value, rel=1e-9), field
    saved = pd.read_parquet(tmp_path / "out" / "differences.parquet")
    row = saved[
        (saved["arm"] == "tight") & (saved["outcome"] == name) & (saved["year"] == -1) & (saved["group"] == "all")
    ]
    found = estimate_in(analysis, field_of(f"change tight {name}"))
    assert (found.value, found.low, found.high) == pytest.approx(tuple(row[["difference", "low", "high"]].iloc[0]))
    for language in LANGUAGES:
        analysis.language = language
        page = render(analysis, [])
        section = page[page.find('id="departures"') : page.find('id="headline"')]
        assert section
        assert not re.search(r"\{[a-z]+ ", section)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_relative_claim_is_held_against_the_level_it_is_counted_from(language: Language) -> None:
    """Visits cost 14 [9.03, 18.97] yuan more than 100: within 5 and 20 %, not within 10 and 20 %, nor below 5 %."""
    for bounds, verdict in (((0.05, 0.20), "met"), ((0.10, 0.20), "noise"), ((None, 0.05), "against")):
        check = Check(arm="b", outcome="cost_per_visit", relative=True, low=bounds[0], high=bounds[1])
        analysis = hand_made(language)
        analysis.data.__dict__["claims"] = (Claim(Text("e", "效"), Text("c", "据"), (check,)),)
        (line,) = claim_lines(analysis)
        assert line.verdict == verdict
        assert ("+14.0 [9.0, 19.0] %" if language == "en" else "+14.0 [9.0, 19.0]%") in line.found
        assert "yuan" not in line.claimed
        assert ("20 %" if language == "en" else "20%") in line.claimed or bounds[0] is None


def test_a_level_is_not_relative() -> None:
    with pytest.raises(ValueError, match="only a difference is relative"):
        Check(arm="b", outcome="cost_per_visit", against="level", relative=True, low=0)
