"""A base year is files in conf/; and keys that name a base year, as they once did, are read as their parameters."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim import config as composing
from sim import pipeline
from sim.__main__ import main, usage
from sim.config import SimConfig, load_config, readings, show
from sim.config import words as spelling
from sim.config.document import parameters_markdown
from sim.config.model import describe_parameters
from sim.config.options import base_years, groups
from sim.core import paths
from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.core.units import fen
from sim.experiment.compare import compare_plan, plan
from sim.experiment.departures import default_county, settings
from sim.experiment.run import run
from sim.experiment.run_folder import read_manifest
from sim.experiment.study import load_study
from sim.experiment.sweep import grid

TINY = ["population.residents=800", "years.warm_up=0", "years.history=1", "years.reform=1",
        "experiment.replications=1", "executor.workers=1", "population.households_per_village=50",
        "population.villages_per_township=2"]  # fmt: skip
PRICES = {"village": 90.0, "township": 130.0, "county": 300.0, "city": 500.0, "remote": 500.0}
VISITS = str(PRICES).replace("'", "")
OF_2022 = f"""# @package _global_
base_year: 2022
claims:
  growth: 0.04
  visit_charge: {VISITS}
fund:
  realised: {{individual: 300.0, fiscal: 600.0}}
  opening_months: 7.0
  employee: {{income: 1700.0}}
"""
TARGETS_OF_2022 = """outcome,group,years,target,tolerance,source
discharges_per_100,all,mean,18.7,50,yearbook 2022
visits_per_head,all,mean,6.1,,yearbook 2022
"""


def forget_conf() -> None:
    """What was read of conf/ is read again."""
    for cached in (groups, base_years, spelling._exact, composing._chosen, default_county):
        cached.cache_clear()


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of conf/ with a base year more, in the place of the program's own."""
    shutil.copytree(paths.conf_dir(), tmp_path / "package" / "conf")
    folder = tmp_path / "package" / "conf"
    (folder / "base_year" / "2022.yaml").write_text(OF_2022, encoding="utf-8")
    (folder / "targets" / "2022.csv").write_text(TARGETS_OF_2022, encoding="utf-8")
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "package")
    monkeypatch.chdir(tmp_path)
    forget_conf()
    yield folder
    monkeypatch.undo()
    forget_conf()


def outcomes(overrides: list[str]) -> str:
    """Years, names and values of a tiny run."""
    table = run([*TINY, *overrides]).outcomes
    return repr([table[name].tolist() for name in ("year", "outcome", "group", "value")])


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The message of a command that ends with exit code 2."""
    assert main(list(argv)) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    return printed.err


# --- a new base year ------------------------------------------------------------------------------------------------
def test_a_run_uses_the_prices_and_the_financing_of_a_new_base_year(conf: Path):
    config = load_config(["base_year=2022"])
    assert config.base_year == 2022
    assert config.claims.visit_charge.model_dump() == PRICES
    assert (config.fund.realised.individual, config.fund.realised.fiscal, config.fund.minimum.fiscal) == (300, 600, 520)
    written = ["claims.growth=0.04", f"claims.visit_charge={VISITS}", "fund.realised.individual=300",
               "fund.realised.fiscal=600", "fund.opening_months=7", "fund.employee.income=1700"]  # fmt: skip
    told = outcomes(["base_year=2022", "fund.employee.apply=true"])
    assert told == outcomes([*written, "fund.employee.apply=true"])
    assert told != outcomes([*written[:-1], "fund.employee.apply=true"])
    books = pipeline.run_history(load_config([*TINY, "base_year=2022", "variation.apply=false"]), 0).books.funds[0].fund
    assert books is not None
    assert books.income_individual * 2 == books.income_fiscal > 0
    assert books.income_individual % fen(300) == 0


def test_validate_reads_the_targets_of_a_new_base_year(conf: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["validate", "base_year=2022", *TINY]) == 0
    told = capsys.readouterr().out
    assert "yearbook 2022" in told
    assert "18.7" in told
    (conf / "targets" / "2022.csv").unlink()
    told = refusal(capsys, "validate", "base_year=2022", *TINY)
    assert "no figures to hold base year 2022 against" in told
    assert "conf/targets/2022.csv" in told
    assert run([*TINY, "base_year=2022"]).notes.idle == ()  # a run needs none
    (conf.parent / "own.csv").write_text(TARGETS_OF_2022.replace("yearbook", "our own"), encoding="utf-8")
    assert main(["validate", "base_year=2022", f"targets={conf.parent / 'own.csv'}", *TINY]) == 0
    assert "our own 2022" in capsys.readouterr().out


def test_lists_of_base_years_follow_the_files(conf: Path):
    assert "2019, 2022 or 2024" in usage()
    written = parameters_markdown()
    assert "| `base_year` | 2019 |  | 2019 or 2022 or 2024 |" in written
    assert "| key | unit | 2019 | 2022 | 2024 |" in written
    assert "| `fund.realised.fiscal` | yuan per head and year | 557 | 600 | 787 |" in written
    (conf / "base_year" / "2022.yaml").unlink()
    forget_conf()
    assert "2019 or 2024" in usage()
    assert "| 2022 |" not in parameters_markdown()


def test_a_year_without_a_file_is_refused_with_those_there_are_and_how_to_make_one(
    conf: Path, capsys: pytest.CaptureFixture[str]
):
    told = refusal(capsys, "run", "base_year=2021")
    assert "2019 or 2022 or 2024" in told
    assert "files in conf/ make a new one: base_year/2021.yaml and targets/2021.csv (CONTRIBUTING.md" in told
    assert "base_year/<year>.yaml" in refusal(capsys, "run", "base_year=next")
    with pytest.raises(ValueError, match="base_year=2021 has no file in conf/base_year/, which has 2019"):
        SimConfig(base_year=2021)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (OF_2022.replace("base_year: 2022", "base_year: 2024"), ("base_year: 2024", "say base_year: 2022")),
        (OF_2022.replace("base_year: 2022\n", ""), ("base_year: 2019", "say base_year: 2022")),
        (OF_2022.replace("# @package _global_\n", ""), ("begin with the line # @package _global_",)),
        ("", ("begin with the line # @package _global_",)),
        (OF_2022.replace("}}\n", "\n").replace("600.0}", "600.0"), ("not well-formed YAML", "2022.yaml, line")),
        (OF_2022.replace("growth: 0.04", "growth: 40"), ("claims.growth", "in the file conf/base_year/2022.yaml")),
        (OF_2022.replace("realised", "realized"), ("'fund.realized'", "did you mean fund.realised?")),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    written: str, wanted: tuple[str, ...], conf: Path, capsys: pytest.CaptureFixture[str]
):
    (conf / "base_year" / "2022.yaml").write_text(written, encoding="utf-8")
    told = refusal(capsys, "run", "base_year=2022")
    assert "2022.yaml" in told or "fund.realized" in told
    for words in wanted:
        assert words in told


def test_a_run_is_explained_though_the_file_of_its_base_year_is_gone(
    conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    run([*TINY, "base_year=2022", "output.report=false", f"output.dir={tmp_path / 'out'}"])
    (conf / "base_year" / "2022.yaml").unlink()
    forget_conf()
    assert main(["explain", "fund", "year=2022", f"run={tmp_path / 'out'}"]) == 0
    assert "2022" in capsys.readouterr().out


def test_a_base_year_that_acts_by_what_its_file_says_is_not_named_as_idle():
    for year in base_years():
        assert run([*TINY, f"base_year={year}"]).notes.idle == ()


# --- keys that name a base year -------------------------------------------------------------------------------------
OLD = {
    "fund.realised_{}.individual=300": "fund.realised.individual=300",
    "fund.realised_{}={{fiscal: 300}}": "fund.realised={{fiscal: 300}}",
    "fund.minimum_{}.fiscal=30": "fund.minimum.fiscal=30",
    "fund.opening_months_{}=6个月": "fund.opening_months=6",
    "Fund.opening_months_{}=6": "fund.opening_months=6",
    "fund.employee.income_{}=¥1500": "fund.employee.income=1500",
    "fund.employee.opening_months_{}=-2": "fund.employee.opening_months=-2",
    "fund={{realised_{}: {{fiscal: 3}}, employee: {{income_{}: 5}}}}": "fund={{realised: {{fiscal: 3}}, "
    "employee: {{income: 5}}}}",
    "claims.growth_{}=0.01": "claims.growth=0.01",  # in general
}


@pytest.mark.parametrize("year", [2019, 2024])
@pytest.mark.parametrize("written", OLD)
def test_a_key_of_the_runs_base_year_is_its_parameters(written: str, year: int):
    base, old, new = f"base_year={year}", written.format(year, year), OLD[written].format()
    assert load_config([base, old]) == load_config([old, base]) == load_config([base, new]) != load_config([base])
    assert readings((old,), year) == (Text(f"{old} is read as {new}", f"{old} 理解为 {new}"),)
    other = written.format(4043 - year, 4043 - year)
    assert load_config([base, other]) == load_config([base])
    assert not any(new in text.en for text in readings((other,), year))
    assert show([base, old]) == show([base, new])
    assert show([base, other], "all", "fund") == show([base], "all", "fund")


def test_the_last_word_counts_with_and_without_a_year():
    for last in ("fund.interest=0.1", "fund.interest_2019=0.1"):
        assert load_config(["fund.interest_2019=0.2", "fund.interest=0.3", last]).fund.interest == 0.1


@pytest.mark.parametrize(
    ("override", "wanted"),
    [
        ("fund.realised_2019.fiscal=-1", ("out of bounds", "override 'fund.realised_2019.fiscal=-1'")),
        ("fund.realised_2024.fiscal=-1", ("out of bounds", "override 'fund.realised_2024.fiscal=-1'")),
        ("fund.realised_2024.fiscal=much", ("wrong kind", "override 'fund.realised_2024.fiscal=much'")),
        ("fund.realised_2024.fiscal=true", ("wrong kind",)),
        ("fund.realised_2024.nothing=1", ("unknown parameter", "override 'fund.realised_2024.nothing=1'")),
        ("fund.realised_2021.fiscal=1", ("unknown parameter 'fund.realised_2021.fiscal'", "fund.realised.fiscal")),
        ("fund.nothing_2019=1", ("unknown parameter 'fund.nothing_2019'",)),
        ("population_2019.residents=1000", ("unknown parameter",)),
        ("payment.rate_2019=1000", ("unknown parameter",)),
        ("seed_2019=1", ("seed_2019",)),
    ],
)
def test_a_mistake_in_such_a_key_is_told_whatever_its_year(override: str, wanted: tuple[str, ...]):
    with pytest.raises(ConfigError) as refused:
        load_config([override])
    for words in wanted:
        assert words in str(refused.value)


def test_a_run_says_how_such_a_key_was_read_and_which_has_no_effect(tmp_path: Path):
    old = ["fund.realised_2019.fiscal=600", "fund.realised_2024.fiscal=700"]
    result = run([*TINY, *old, "output.report=false", f"output.dir={tmp_path / 'out'}"])
    assert result.notes.idle == ("fund.realised_2024.fiscal=700",)
    assert result.folder is not None
    notes = read_manifest(result.folder)["notes"]
    assert "fund.realised_2019.fiscal=600 is read as fund.realised.fiscal=600" in notes
    assert not any("fund.realised_2024.fiscal=700 is read" in text for text in notes)
    (told,) = settings(load_config(old), [("the command line", old)])
    assert (told.key, told.value, told.default, told.origin) == ("fund.realised.fiscal", 600, 557, "the command line")
    assert outcomes(old) == outcomes(["fund.realised.fiscal=600"]) != outcomes([])


def test_a_study_and_a_sweep_take_such_keys(tmp_path: Path):
    (tmp_path / "old.yaml").write_text(
        "title: {en: Old, zh: 旧}\nquestion: {en: Old, zh: 旧}\nbaseline: now\n"
        "overrides: [fund.opening_months_2019=5]\narms:\n"
        "  now: {label: {en: Now, zh: 现}}\n"
        "  more: {label: {en: More, zh: 多},\n"
        "         overrides: [fund.realised_2019.fiscal=700, fund.minimum_2024.fiscal=670]}\n",
        encoding="utf-8",
    )
    planned = plan(load_study(tmp_path / "old.yaml"), TINY)
    assert planned.base.fund.opening_months == 5
    assert planned.arms["more"].fund.realised.fiscal == 700
    notes = compare_plan(planned, save=False).notes
    assert notes.idle == ()  # what another base year has by default is not named
    assert [text.en for text in notes.texts][:2] == [
        "fund.opening_months_2019=5 is read as fund.opening_months=5",
        "fund.realised_2019.fiscal=700 is read as fund.realised.fiscal=700",
    ]
    points = grid([*TINY, "fund.realised_2019.fiscal=500,600"])
    assert [point.config.fund.realised.fiscal for point in points] == [500, 600]
    assert [list(point.values) for point in points] == [["fund.realised_2019.fiscal"]] * 2


# --- what is kept with results --------------------------------------------------------------------------------------
def as_once_kept(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration as it was kept when the fund had parameters for each base year."""
    old = json.loads(json.dumps(config))
    other = 4043 - old["base_year"]
    for holder, names in ((old["fund"], ("realised", "minimum", "opening_months")),
                          (old["fund"]["employee"], ("income", "opening_months"))):  # fmt: skip
        for name in names:
            value = holder.pop(name)
            holder[f"{name}_{old['base_year']}"] = value
            holder[f"{name}_{other}"] = {"individual": 1.0, "fiscal": 2.0} if isinstance(value, dict) else 3.0
    return old


@pytest.mark.parametrize("year", [2019, 2024])
def test_a_kept_configuration_of_an_earlier_version_is_read(year: int):
    config = load_config([f"base_year={year}", "fund.employee.apply=true", "fund.realised.fiscal=650"])
    old = as_once_kept(config.model_dump(mode="json"))
    assert "realised" not in old["fund"]
    assert SimConfig.model_validate(old) == config
    assert SimConfig.model_validate_json(json.dumps(old)) == config
    old["fund"]["interest_2021"] = 0.5
    with pytest.raises(ValueError, match="interest_2021"):
        SimConfig.model_validate(old)


def test_a_run_of_an_earlier_version_is_explained_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["explain", "fund", "year=2025", f"run={tmp_path / 'out'}", "insurance=employee"]
    run([*TINY, "base_year=2024", "fund.employee.apply=true", "output.report=false", f"output.dir={tmp_path / 'out'}"])
    assert main(words) == 0
    told = capsys.readouterr().out
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["history"] = as_once_kept(manifest["history"])
    manifest["arms"] = {name: as_once_kept(arm) for name, arm in manifest["arms"].items()}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert main(words) == 0
    assert capsys.readouterr().out == told


STAND_STILL = (
    ("benefit.", "local rules between two revisions; their documents are of 2022 to 2025 (figures 2.7)"),
    ("contracts.", "rewards of a proposal without amounts; none by default"),
    ("settlement.", "set by the contract, none by default"),
    ("fund.signing_fee", "a rule of Tianjin, the same since 2022"),
    ("fund.employee.catastrophic_premium", "none by default"),
    ("response.prevention_cost", "what a programme costs, in its own year's money"),
    ("care.price_scale", "in money of year 0, whichever it is"),
    ("payment.", "given by the user, none by default"),
)
"""Amounts of money that do not describe a year, and why."""


def test_every_amount_of_money_that_describes_a_year_moves_with_it():
    """The income of 2021 under the prices of 2024 made a third of the county poor by the year's bills."""
    from omegaconf import OmegaConf

    def keys(node: Any, at: str = "") -> Iterator[str]:
        for name, value in node.items():
            yield from keys(value, f"{at}{name}.") if isinstance(value, dict) else [f"{at}{name}"]

    set_by_2024 = set(keys(OmegaConf.to_container(OmegaConf.load(paths.conf_dir() / "base_year" / "2024.yaml"))))
    left = [
        parameter.key
        for parameter in describe_parameters()
        if parameter.unit.startswith("yuan") and not any(parameter.key.startswith(head) for head, _ in STAND_STILL)
        if not any(key == parameter.key or key.startswith(f"{parameter.key.split('.<')[0]}.") for key in set_by_2024)
    ]
    assert left == []
