"""Which county a report is about, and which figures it is held against."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import escape
from rich.console import Console

from sim.__main__ import main
from sim.config import describe_parameters, load_config
from sim.core.errors import ConfigError
from sim.core.paths import conf_dir
from sim.experiment.checks import check_history
from sim.experiment.compare import plan
from sim.experiment.departures import is_default_county, settings
from sim.experiment.records import Notes
from sim.experiment.setting_notes import of_run
from sim.experiment.study_model import Study
from sim.experiment.targets import COLUMNS, GROUP_TERMS, load_targets, targets_of
from sim.report import Analysis, Language, Text
from sim.report.county_facts import county_facts, national_note, size_note
from sim.report.data import County, ReportInput, SettingRow
from sim.report.from_experiments import county_of, of_comparison, validation_rows
from sim.report.html import render
from sim.report.labels import CATEGORY_LABELS, QUINTILE_LABELS, TIER_LABELS
from sim.report.settings import COMMAND_LINE, STUDY, UNITS_ZH
from sim.report.terminal import county_lines
from tests.report_world import comparison, table

LANGUAGES: tuple[Language, ...] = ("en", "zh")
SMALL = ["population.residents=200", "experiment.replications=2", "years.history=1", "years.reform=1"]
STUDY_FILE = {
    "name": "own",
    "title": {"en": "Title", "zh": "标题"},
    "question": {"en": "Which?", "zh": "哪个？"},
    "baseline": "now",
    "overrides": ["population.resident_insured=0.7", "fund.realised_2019.fiscal=600"],
    "arms": {
        "now": {"label": {"en": "As now", "zh": "现行"}},
        "shared": {
            "label": {"en": "Shared", "zh": "分担"},
            "overrides": ["payment=package", "settlement.overrun_share=0.3"],
        },
    },
}


def rows_of(county: County, arm: str = "") -> dict[str, tuple[str, str, str, str]]:
    """Value, default and origin in English, and the Chinese label, by key."""
    rows = county.arms[arm] if arm else county.settings
    return {row.key: (row.value.en, row.default.en, row.origin.en, row.label.zh) for row in rows}


def gathered(language: Language = "en", *overrides: str) -> ReportInput:
    """What the report of a study is made from, on a made-up table."""
    planned = plan(Study.model_validate(STUDY_FILE), [*SMALL, f"language={language}", *overrides])
    arms = {"now": Text("", ""), "shared": Text("", "")}
    base = table(2, {"ffs": Text("", "")}, off=False)
    data = pd.concat([base.assign(arm=arm) for arm in arms], ignore_index=True)

    class Result:
        plan = planned
        outcomes = data
        notes = Notes()

    return of_comparison(Result(), {})  # type: ignore[arg-type]  # all that is looked at


# --- settings ---------------------------------------------------------------------------------------------------------
def test_a_study_names_its_county_and_what_each_arm_sets() -> None:
    county = gathered("en", "benefit.resident.outpatient_cap=300").county
    assert county is not None
    assert (county.residents, county.base_year, county.history, county.reform) == (200, 2019, 1, 1)
    assert rows_of(county) == {
        "population.resident_insured": ("0.7 share", "0.86 share", "the study", "居民医保参保率"),
        "benefit.resident.outpatient_cap": ("300 yuan per year", "100 yuan per year", "command line", rows_of(county)[
            "benefit.resident.outpatient_cap"][3]),
        "fund.realised.fiscal": ("600 yuan per head and year", "557 yuan per head and year", "the study",
                                      rows_of(county)["fund.realised.fiscal"][3]),
    }  # fmt: skip
    assert county.arms["now"] == ()
    arm = rows_of(county, "shared")
    assert arm["payment"] == ("package", "ffs", "the arm", "支付方式")
    assert arm["settlement.overrun_share"][:3] == ("0.3 share", "1 share", "the arm")
    assert set(arm) == {"payment", "settlement.overrun_share"}


def test_an_arm_that_takes_the_countys_setting_back_says_so() -> None:
    study = {**STUDY_FILE, "overrides": ["benefit.resident.outpatient_cap=300"]}
    study["arms"] = {
        "now": STUDY_FILE["arms"]["now"],  # type: ignore[index]
        "back": {"label": {"en": "Back", "zh": "还原"}, "overrides": ["benefit.resident.outpatient_cap=100"]},
    }
    planned = plan(Study.model_validate(study), SMALL)
    layers = [(STUDY, planned.study.overrides)]
    arms = {
        name: (config, [*layers, ("arm", planned.study.arms[name].overrides)]) for name, config in planned.arms.items()
    }
    county = county_of(planned.base, layers, arms)
    (row,) = county.arms["back"]
    assert (row.key, row.value.en) == ("benefit.resident.outpatient_cap", "100 yuan per year")
    assert county.arms["now"] == ()


def test_the_last_to_set_a_key_is_named_and_a_base_year_is_no_change() -> None:
    layers = [(STUDY, ["population.resident_insured=0.7"]), (COMMAND_LINE, ["population.resident_insured=0.6"])]
    (found,) = settings(load_config(["population.resident_insured=0.6"]), layers)
    assert (found.value, found.default, found.origin) == (0.6, 0.86, COMMAND_LINE)
    assert settings(load_config(["base_year=2024"])) == ()
    assert is_default_county(load_config(["base_year=2024", "population.residents=450000", "payment=drg"]))
    assert not is_default_county(load_config(["benefit.resident.outpatient_cap=300"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_terminal_say_which_county_it_is(language: Language) -> None:
    data = gathered(language)
    page = render(Analysis(data), [])
    assert data.county is not None
    screen = Console(width=400)
    with screen.capture() as captured:
        screen.print(county_lines(data.county, language, data.arms))
    for shown in (page, captured.get()):
        for word in ("population.resident_insured", "0.7", "0.86", "settlement.overrun_share", "0.3", "payment"):
            assert word in shown
        for word in ("the study", "the arm") if language == "en" else ("研究文件", "本方案", "居民医保参保率"):
            assert word in shown
        for _, value in county_facts(data.county, language):
            assert value in shown


def test_a_page_without_changes_says_so() -> None:
    county = county_of(load_config(SMALL))
    assert county.settings == ()
    page = render(Analysis(comparison("en", 2, county=county)), [])
    assert "Nothing is set otherwise than in the default county" in page


def test_every_unit_of_a_parameter_is_told_in_chinese() -> None:
    units = {parameter.unit for parameter in describe_parameters() if parameter.unit}
    assert units <= set(UNITS_ZH)


def test_labels_from_a_file_are_escaped_in_the_page() -> None:
    row = SettingRow("<blink>", Text("<marquee>", "<marquee>"), Text("<video>", "<video>"), Text("", ""), Text("", ""))
    county = county_of(load_config(SMALL))._replace(settings=(row,), targets="<script>")
    page = render(Analysis(comparison("en", 2, county=county)), [])
    assert not any(tag in page for tag in ("<blink>", "<marquee>", "<video>", "<script"))


# --- targets ----------------------------------------------------------------------------------------------------------
def own_file(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "own.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


OWN = """指标,分组,年份,目标值,容差,来源
住院率,,均值,20.1,1,年报
次均住院费用,县级医院,首年,"6,700",500,年报
实际报销比例,全县,,57%,2%,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_countys_own_figures_are_read_as_they_stand(tmp_path: Path, encoding: str) -> None:
    own = load_targets(2019, own_file(tmp_path, OWN, encoding))
    first = [(t.outcome, t.group, t.years, t.target, t.tolerance, t.kind) for t in own[:3]]
    assert first == [
        ("discharges_per_100", "all", "mean", 20.1, 1.0, "own"),
        ("cost_per_admission", "county", "first", 6700.0, 500.0, "own"),
        ("reimbursement_ratio", "all", "mean", 0.57, 0.02, "own"),
    ]
    national = load_targets(2019)
    assert len(own) == len(national) + 3 - 2  # two of the three replace a national figure
    assert all(t.kind == "national" for t in national)
    assert sum(t.outcome == "discharges_per_100" for t in own) == 1


def test_every_bad_row_is_named(tmp_path: Path) -> None:
    rows = (
        "outcome,group,years,target,tolerance", "discharge,,,1,", "discharges_per_100,countyy,,1,",
        "los,county,last,9,",
        "los,township,,x,", "fund_to_cost,,,57,", "los,city,,9,-1", "los,county,,9,1", "los,county,first,9,1",
        "visits_per_head,,,6.5%,", "los,remote,,,", "los,all",
    )  # fmt: skip
    with pytest.raises(ConfigError) as error:
        load_targets(2019, own_file(tmp_path, "\n".join(rows) + "\n"))
    message = str(error.value)
    for number, word in (
        (2, "'discharge'"),
        (3, "'countyy'"),
        (4, "'last'"),
        (5, "'x'"),
        (6, "57%"),
        (7, "negative"),
        (9, "row 8"),
        (10, "no share"),
        (11, "empty"),
        (12, "cells"),
    ):
        assert any(f"row {number}" in line and word in line for line in message.splitlines()), (number, word, message)
    assert "row 8," not in message.replace("in row 8", "")


@pytest.mark.parametrize("text", ["", "outcome,group\n", "outcome,target\n", "outcome,target,value\nlos,1,1\n"])
def test_a_file_that_holds_no_figures_is_one_message(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load_targets(2019, own_file(tmp_path, text))


GOOD = "outcome,target\ndischarges_per_100,16\n"
ODD_FILES: dict[str, bytes | None] = {
    "missing": None, "empty": b"", "blank lines": b"\n\n", "a comment alone": b"# targets\n",
    "headings alone": b"outcome,target\n", "not in one encoding": GOOD.encode() + b"los,\xe9\xff\n",
    "UTF-16": GOOD.encode("utf-16"), "NUL bytes": GOOD.encode() + b"los,\0001\n",
    "an unknown outcome": b"outcome,target\nluck,16\n", "an outcome twice": GOOD.encode() + b"discharges_per_100,17\n",
    "words for a number": b"outcome,target\nlos,nine\n",
    "a tolerance below nothing": b"outcome,target,tolerance\nlos,9,-1\n",
    "bounds": b"outcome,low,high\nlos,12,9\n", "bounds in a cell": b"outcome,target\nlos,12-9\n",
    "not a number": b"outcome,target\nlos,nan\n", "endless": b"outcome,target\nlos,1e400\n",
    "a cell too many": b"outcome,target\nlos,9,9\n", "an open quote": b'outcome,target\n"los,9\n',
    "a column twice": b"outcome,target,target\nlos,9,9\n", "a workbook": b"PK\x03\x04xl/", "a page": b"<html></html>",
    "Parquet cut off": b"PAR1....",
}  # fmt: skip
"""What a user may name by mistake."""


@pytest.mark.parametrize("verb", [["validate"], ["run"], ["compare"], ["sweep", "payment=ffs,drg"]], ids=lambda w: w[0])
def test_targets_are_looked_at_before_anything_is_computed(
    tmp_path: Path, verb: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "own.csv"
    for name, content in ODD_FILES.items():
        if content is not None:
            file.write_bytes(content)
        assert main([*verb, *SMALL, "targets=own.csv"]) == 2, name
        message = capsys.readouterr().err
        assert message.startswith("error: "), name
        assert "\nerror: " not in message
        assert "own.csv" in message, name
        assert "  to do: " in message, name
        assert list(tmp_path.iterdir()) == [file] * file.exists()
    file.unlink()
    file.mkdir()
    assert main([*verb, *SMALL, "targets=own.csv"]) == 2
    assert "this is a folder, not a file" in capsys.readouterr().err


def test_targets_that_a_study_names_are_looked_at_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    label = "{en: A, zh: 甲}"
    (tmp_path / "study.yaml").write_text(
        f"title: {label}\nquestion: {label}\nbaseline: a\narms: {{a: {{label: {label}}}}}\n"
        "overrides: [targets=own.csv]\n",
        encoding="utf-8",
    )
    for content in (content for content in ODD_FILES.values() if content is not None):
        (tmp_path / "own.csv").write_bytes(content)
        assert main(["compare", "study=study.yaml", *SMALL]) == 2
        message = capsys.readouterr().err
        assert message.startswith("error: ")
        assert "own.csv" in message


def test_targets_may_be_parquet_whatever_the_name(tmp_path: Path) -> None:
    table = pd.DataFrame({"outcome": ["los", "discharges_per_100"], "target": [9.5, 16.0]})
    for name in ("own.parquet", "own.csv"):
        table.to_parquet(tmp_path / name)
        assert [t.target for t in load_targets(2019, str(tmp_path / name))[:2]] == [9.5, 16.0]
    pd.DataFrame({"outcome": ["los"], "target": [True]}).to_parquet(tmp_path / "own.parquet")
    with pytest.raises(ConfigError, match="a type that is not read"):
        load_targets(2019, str(tmp_path / "own.parquet"))


def test_columns_of_the_users_tables_that_are_not_read_are_said(tmp_path: Path) -> None:
    own = own_file(tmp_path, "outcome,target,tolerence,low\nlos,9,1,12\n")
    shutil.copy(conf_dir() / "claims/outpatient_groups.csv", groups := tmp_path / "groups.csv")
    lines = groups.read_text(encoding="utf-8").splitlines()
    groups.write_text("\n".join(line if line[:1] == "#" else f"{line},remark" for line in lines), encoding="utf-8")
    notes = of_run(load_config([f"targets={own}", f"claims.outpatient_groups={groups}"]), (), ())
    said = [text.en for text in notes.texts]
    assert "targets: columns that are not read: tolerence (did you mean tolerance?), low" in said
    assert any(text.startswith("claims.outpatient_groups: columns that are not read: source, remark") for text in said)
    assert any("未读取的列：tolerence（是否指tolerance？）" in text.zh for text in notes.texts)


def test_the_manifest_has_the_hash_of_the_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = own_file(tmp_path, OWN)
    assert main(["run", *SMALL, f"targets={file}", f"output.dir={tmp_path / 'out'}"]) == 0
    assert "own.csv" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["own.csv"] == hashlib.sha256(Path(file).read_bytes()).hexdigest()
    assert manifest["history"]["targets"] == file
    assert "本县" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def made(outcome: str, value: float, group: str = "all") -> pd.DataFrame:
    """A tidy table of one outcome."""
    rows = [("run", "run", 0, r, 0, outcome, group, value) for r in range(2)]
    return pd.DataFrame(rows, columns=["study", "arm", "draw", "replication", "year", "outcome", "group", "value"])


def test_national_figures_judge_the_default_county_alone(tmp_path: Path) -> None:
    far = made("discharges_per_100", 12.0)  # the national figure is 16.6 ± 1.0

    def verdict(*overrides: str) -> str:
        config = load_config(list(overrides))
        checks = check_history(config, far, is_default_county(config))
        return next(c.verdict for c in checks if c.target.outcome == "discharges_per_100")

    assert verdict() == "miss"
    assert verdict("population.residents=450000") == "miss"
    assert verdict("population.resident_insured=0.5") == "apart"
    assert verdict("fund.realised_2019.fiscal=900") == "apart"
    own = own_file(tmp_path, "outcome,target,tolerance\ndischarges_per_100,12.2,0.5\n")
    assert verdict("population.resident_insured=0.5", f"targets={own}") == "ok"
    own = own_file(tmp_path, "outcome,target,tolerance\ndischarges_per_100,14,0.5\n")
    assert verdict("population.resident_insured=0.5", f"targets={own}") == "miss"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_county_of_its_own_is_not_marked_red_by_the_nation(language: Language) -> None:
    config = load_config(["population.resident_insured=0.5"])
    rows = validation_rows(check_history(config, made("discharges_per_100", 12.0), is_default_county(config)))
    county = county_of(config)
    page = render(Analysis(comparison(language, 2, validation=rows, county=county)), [])
    assert 'tr class="miss"' not in page
    assert 'tr class="apart"' in page
    assert ("These are national figures" if language == "en" else "以上为全国数据") in page
    assert national_note(county_of(load_config([])), 3) == Text("", "")


def test_the_shipped_figures_are_told_in_chinese() -> None:
    for year in (2019, 2024):
        for target in load_targets(year):
            for text in (target.source, target.note):
                assert text.zh != text.en or not text.en, target


def test_groups_may_be_named_as_the_report_names_them() -> None:
    for labels in (TIER_LABELS, CATEGORY_LABELS, QUINTILE_LABELS):
        for group, label in labels.items():
            assert GROUP_TERMS[label.zh] == group
    assert [column.name for column in COLUMNS if column.required] == ["outcome", "target"]
    assert targets_of(load_config([])) == load_targets(2019)


# --- size, and years that differ for everybody ------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_says_how_many_are_simulated_and_what_depends_on_it(language: Language) -> None:
    county = county_of(load_config(["population.residents=12000", "population.county_residents=450000"]))
    size = dict(county_facts(county, language))["Residents" if language == "en" else "户籍人口"]
    assert "12,000" in size
    assert "450,000" in size
    told = size_note(county).of(language)
    assert "12,000" in told
    assert ("hardly depend" if language == "en" else "基本不随该规模变化") in told
    page = render(Analysis(comparison(language, 4, county=county)), [])
    assert escape(told) in page


@pytest.mark.parametrize(
    ("residents", "whole", "words", "words_zh"),
    [
        (2_999, 450_000, "below 3,000 there are one or two villages", "不足 3,000 人"),
        (3_000, 450_000, "hardly depend on that number", "基本不随该规模变化"),
        (12_000, 12_000, "so are occupancy and waits", "床位使用率和等候时间亦然"),
    ],
)
def test_where_levels_depend_on_the_size_it_is_said(residents: int, whole: int, words: str, words_zh: str) -> None:
    sizes = [f"population.residents={residents}", f"population.county_residents={whole}"]
    told = size_note(county_of(load_config(sizes)))
    assert words in told.en
    assert words_zh in told.zh
    assert ("hardly" in told.en) is (words == "hardly depend on that number")


@pytest.mark.parametrize(("whole", "told"), [(5_000, True), (6_000, False), (7_000, False)])
def test_more_residents_than_the_county_has_are_noted(whole: int, told: bool) -> None:
    words = ["population.residents=6000", f"population.county_residents={whole}"]
    texts = of_run(load_config(words), words, []).texts
    assert any("taken to be the whole county" in text.en and "全县居民" in text.zh for text in texts) is told


def test_a_whole_county_is_no_part_of_one() -> None:
    county = county_of(load_config(["population.residents=12000", "population.county_residents=12000"]))
    assert dict(county_facts(county, "en"))["Residents"] == "12,000"


@pytest.mark.parametrize(("apply", "told"), [("true", False), ("false", True)])
def test_risk_without_common_variation_has_a_caveat(apply: str, told: bool) -> None:
    county = county_of(load_config([f"variation.apply={apply}"]))
    assert ("variation.apply=false" in size_note(county).en) is told
    assert ("variation.apply=false" in size_note(county).zh) is told
