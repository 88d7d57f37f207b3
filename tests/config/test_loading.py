"""Configuration: composition, defaults, options, base year, descriptions, and overrides of any parameter."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config import SimConfig, describe_parameters, expand, load_config, override_key, read_yaml, show
from sim.config.describe import number, type_text
from sim.config.document import parameters_markdown
from sim.config.model import find_parameter
from sim.config.problems import nearest
from sim.core.errors import ConfigError
from sim.money.payment import SCHEMES, budget
from sim.money.response import Config as Response
from tests.paths import ROOT


def test_without_overrides_the_models_defaults_hold():
    assert load_config() == SimConfig()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_parameter_can_be_overridden_by_its_key(scheme: str):
    """All at once with their own defaults: each key is known, and each default is a valid value."""
    chosen = [f"payment={scheme}"]
    for parameter in describe_parameters():
        own = parameter.scheme in ("", scheme)
        if own and "[]" not in parameter.key and not parameter.key.endswith(".scheme"):
            chosen.append(f"{parameter.key}={json.dumps(parameter.default, ensure_ascii=False)}")
    assert len(chosen) > 150
    assert load_config(chosen) == load_config([f"payment={scheme}"])


def test_payment_options_choose_schemes():
    for scheme in SCHEMES:
        assert load_config([f"payment={scheme}"]).payment == SCHEMES[scheme].config()
        assert load_config([f"current_payment={scheme}"]).current_payment == SCHEMES[scheme].config()


def test_drg_inside_a_package_and_its_own_parameters():
    config = load_config(["payment=drg_package", "payment.within.floor=true"])
    assert config.payment.scheme == "package"
    assert (config.payment.within.scheme, config.payment.within.floor) == ("drg", True)
    assert config.current_payment.scheme == "ffs"


def test_parameters_of_payment_and_current_payment_are_apart():
    config = load_config(["payment=drg", "payment.rate=6000", "current_payment=drg", "current_payment.rate=5000"])
    assert (config.payment.rate, config.current_payment.rate) == (6000, 5000)


def test_options_of_settlement_and_response():
    shared = load_config(["settlement=shared"]).settlement
    assert (shared.retained_share, shared.overrun_share) == (1.0, 0.5)
    off = load_config(["response=off"]).response
    assert off == Response(intensity=False, prevention=False)


def test_base_year_is_a_bare_number():
    assert load_config(["base_year=2024"]).base_year == 2024
    assert load_config(["base_year=2019"]) == load_config()


def test_a_users_value_wins_over_the_base_years():
    config = load_config(["claims.growth=0.011", "base_year=2024"])
    assert config.claims.growth == 0.011


def test_the_last_of_several_overrides_wins():
    assert load_config(["seed=1", "seed=2"]).seed == 2


def test_quoted_chinese_is_a_value():
    assert load_config(["output.dir='结果'"]).output.dir == "结果"


def test_values_survive_the_way_to_another_process():
    config = load_config(["payment=dip", "population.residents=123", "claims.growth=0.1"])
    assert SimConfig.model_validate_json(config.model_dump_json()) == config


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), residents=st.integers(1, 2_000_000), share=st.floats(0, 1))
def test_values_within_bounds_arrive_as_they_are(seed: int, residents: int, share: float):
    texts = [f"seed={seed}", f"population.residents={residents}", f"settlement.overrun_share={share!r}"]
    config = load_config(texts)
    assert (config.seed, config.population.residents, config.settlement.overrun_share) == (seed, residents, share)


@settings(max_examples=40)
@given(st.text(max_size=12))
def test_any_text_is_an_override_or_a_config_error(text: str):
    with contextlib.suppress(ConfigError):
        load_config([text])


def test_message_names_the_file_of_a_study():
    text = "settlement.overrun_share=2"
    with pytest.raises(ConfigError) as caught:
        load_config([text], places={text: "my.yaml, arms.x"})
    assert "my.yaml, arms.x" in str(caught.value)


def test_all_findings_are_named():
    with pytest.raises(ConfigError) as caught:
        load_config(["years.history=0", "years.reform=0", "seed=-1"])
    message = str(caught.value)
    assert "years.history is out of bounds" in message
    assert "also wrong: years.reform, seed" in message


def test_nearest_names():
    assert nearest("residents") == ["population.residents"]
    assert nearest("populaton.residents") == ["population.residents"]
    assert nearest("settlement.retaind_share") == ["settlement.retained_share"]
    assert nearest("quite.something_else") == []


def test_grid_of_a_sweep():
    points = expand(["seed=1,2", "years.reform=range(3,5)", "payment=drg"], 10)
    assert points == [
        ("seed=1", "years.reform=3", "payment=drg"),
        ("seed=1", "years.reform=4", "payment=drg"),
        ("seed=2", "years.reform=3", "payment=drg"),
        ("seed=2", "years.reform=4", "payment=drg"),
    ]
    assert override_key("payment.within=drg") == "payment.within"


def test_configuration_prints_as_hydra_does(tmp_path: Path):
    file = tmp_path / "job.yaml"
    file.write_text(show(["payment=drg", "seed=7"]), encoding="utf-8")
    assert SimConfig.model_validate(read_yaml(file)) == load_config(["payment=drg", "seed=7"])
    assert show(["payment=drg"], "job", "payment.scheme") == "drg\n"
    assert "searchpath" in show([], "hydra")
    assert "countyfund" in show([], "all", "hydra.job.name")


@pytest.mark.parametrize(
    "key",
    [
        "settlement.announced",
        "settlement.overrun_share",
        "settlement.lump_per_head",
        "contracts.family_reward",
        "benefit.resident.deductible.county",
        "payment.signed_share",
    ],
)
def test_a_switch_is_no_number(key: str):
    """``true`` passed for 1: a year, or a yuan."""
    with pytest.raises(ConfigError, match=f"{key} has a value of the wrong kind"):
        load_config(["payment=signed_quota", f"{key}=true"])


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["payment=cap", "payment.caps=[true,1]"], "payment.caps.0"),
        (["payment=cap", "payment.caps=[1,false]"], "payment.caps.1"),
        (["payment=dip", "payment.year_weights=[true,1]"], "payment.year_weights.0"),
        (["payment=composite", "payment.long_groups=[true]"], "payment.long_groups.0"),
        (["settlement.surplus_bands=[{upto: 0.1, share: true}]"], "settlement.surplus_bands.0.share"),
        (["settlement={growth: true}"], "settlement.growth"),
        (
            ["payment=per_diem", "payment.rates={village: 1, township: 1, county: true, city: 1, remote: 1}"],
            "payment.rates.county",
        ),
        (["payment=package", "payment.within={scheme: drg, rate: true}"], "payment.within.rate"),
        (
            ["payment=weighted_capitation", "payment.factors=[{weight: 1, index: [1, true]}]"],
            "payment.factors.0.index.1",
        ),
        (["payment=drg", "payment.outlier={short_days: true}"], "payment.outlier.short_days"),
        (["response=true", "response={sensitivity: {inpatient: true}}"], "response.sensitivity.inpatient"),
    ],
)
def test_a_switch_is_no_number_within_lists_and_tables(words: list[str], key: str):
    with pytest.raises(ConfigError, match=f"{key} has a value of the wrong kind") as error:
        load_config(words)
    assert f"override {words[-1]!r}" in str(error.value)
    assert "number" in error.value.bound


def test_switches_stay_switches():
    config = load_config(
        ["payment=drg", "payment.floor=true", "response.intensity=true", "response={prevention: false}"]
    )
    assert config.payment.floor is True
    assert config.response.intensity is True
    assert config.response.prevention is False


@pytest.mark.parametrize(
    "words",
    [
        ["payment.within=budget", "payment.within.growth=0"],
        ["payment.within={scheme: budget, growth: 0}"],
        ["payment.within=dip", "payment.within={scheme: budget, growth: 0}"],
    ],
)
def test_a_scheme_inside_a_scheme_takes_its_own_parameters(words: list[str], tmp_path: Path):
    """Those of the default that it replaces were kept, and refused as unknown."""
    words = ["payment=signed_quota", *words]
    assert load_config(words).payment.within == budget.Config(growth=0)
    file = tmp_path / "job.yaml"
    file.write_text(show(words), encoding="utf-8")
    assert SimConfig.model_validate(read_yaml(file)) == load_config(words)
    assert show(words, "all", "payment.within.scheme") == "budget\n"
    assert "searchpath" in show(words, "hydra")


def test_every_parameter_is_described():
    parameters = list(describe_parameters())
    assert len({(p.scheme, p.key) for p in parameters}) == len(parameters)
    for parameter in parameters:
        assert parameter.doc, f"{parameter.key} has no description"
        assert parameter.source, f"{parameter.key} has no source"
        assert (
            parameter.zh or "[]" in parameter.key or parameter.key.split(".")[-1] in ("nominal", "individual", "fiscal")
        ), f"{parameter.key} has no Chinese term"


def test_documentation_of_parameters_is_up_to_date():
    written = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert written == parameters_markdown(), "run: python -m sim.config > docs/parameters.md"


def test_parameters_are_found_by_key():
    residents = find_parameter("population.residents")
    assert residents is not None
    assert (residents.unit, residents.bounds) == ("persons", "from 1 to 2,000,000")
    bands = find_parameter("settlement.surplus_bands.0.share")
    assert bands is None or bands.key.startswith("settlement.surplus_bands")
    within = find_parameter("payment.within.rate", "drg")
    assert within is not None
    assert within.scheme == "drg"


def test_words_for_types_and_numbers():
    assert type_text(tuple[float, ...]) == "list of number"
    assert type_text(dict[str, float]) == "table of number by text"
    assert type_text(float | None) == "number or null"
    assert [number(v) for v in (1, 20_000, 0.5, 1e6)] == ["1", "20,000", "0.5", "1,000,000"]


def test_json_schema_is_generated():
    done = subprocess.run([sys.executable, "-m", "sim.config", "schema"], capture_output=True, text=True, check=True)
    schema = json.loads(done.stdout)
    assert schema["properties"]["seed"]["unit"] == ""


def test_yaml_error_names_the_line(tmp_path: Path):
    file = tmp_path / "broken.yaml"
    file.write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_yaml(file)
    with pytest.raises(ConfigError, match="cannot read the file"):
        read_yaml(tmp_path / "nowhere.yaml")
