"""A setting that has no effect in a run is named, found by what was read; one that is not named has an effect."""

import json
from pathlib import Path

import numpy as np
import pytest

from sim import pipeline
from sim.config import SimConfig, idle_settings, load_config
from sim.config.idle import keys_of
from sim.config.model import describe_parameters
from sim.config.options import groups
from sim.core.parameters import Config, forget_reads, keys_read
from sim.experiment import replicate
from sim.experiment.compare import compare_plan, plan
from sim.experiment.run import run
from sim.experiment.run_folder import read_manifest
from sim.experiment.setting_notes import OUTSIDE
from sim.experiment.study_model import Arm, Label, Study
from sim.experiment.sweep import sweep
from sim.experiment.validate import validate
from sim.money import fund
from sim.money.fund import Config as FundConfig
from sim.money.settlement import Config as SettlementConfig
from sim.report.analysis import Analysis
from sim.report.from_experiments import Reporter, of_run
from tests.settle_world import county

TINY = ["population.residents=800", "years.warm_up=0", "years.history=2", "years.reform=2",
        "population.households_per_village=50", "population.villages_per_township=2"]  # fmt: skip
SMALL = [*TINY, "experiment.replications=1", "executor.workers=1"]


# --- what a configuration remembers ---------------------------------------------------------------------------------
def test_a_configuration_knows_what_was_read_of_it():
    config = load_config(["payment=drg"])
    forget_reads(config)
    assert list(keys_read(config)) == []
    assert config.payment.rate is None
    assert config.settlement.distribution.rule
    assert set(keys_read(config)) == {"payment.rate", "settlement.distribution.rule"}


def test_dumping_comparing_and_validating_are_no_reading():
    config, other = load_config(["payment=drg"]), load_config(["payment=drg"])
    forget_reads(config)
    assert SimConfig.model_validate_json(config.model_dump_json()) == config == other
    assert hash(config) == hash(other)
    assert set(keys_read(config)) <= {"payment.scheme", "current_payment.scheme"}  # which tell what is to be dumped


def test_what_was_read_makes_no_difference_between_configurations():
    config, other = load_config(), load_config()
    assert config.fund.interest == 0.015
    assert config == other
    assert hash(config) == hash(other)


def test_a_copy_and_its_original_remember_together_but_for_what_the_copy_has_from_elsewhere():
    config = SettlementConfig()
    forget_reads(config)
    copy = config.model_copy(update={"growth": 0.1})
    assert (copy.growth, copy.base) == (0.1, "head_count")
    assert set(keys_read(config)) == {"base"}
    again = copy.model_copy(update={"base": "mean"})
    assert (again.growth, again.base, again.rebase) == (0.1, "mean", "fixed")
    assert set(keys_read(config)) == {"base", "rebase"}


# --- which settings are named ---------------------------------------------------------------------------------------
def test_an_override_is_idle_when_nothing_that_it_sets_was_read():
    read = {"payment.rate", "payment.within.scheme", "settlement.overrun_share", "settlement.surplus_bands"}
    assert idle_settings(["payment.rate=1", "payment.floor=true", "payment.within=drg"], read) == ["payment.floor=true"]
    assert idle_settings(["settlement={overrun_share: 0.5, base: mean}"], read) == [
        "settlement.base in settlement={overrun_share: 0.5, base: mean}"
    ]
    assert idle_settings(["settlement=shared", "settlement=risk_corridor"], {"settlement.overrun_share"}) == [
        "settlement=risk_corridor"
    ]
    assert idle_settings(["output.dir=x"], {"output"}) == []


def outcomes(words: list[str]) -> tuple[object, set[str]]:
    """Outcomes, claims' money and the ledger of a tiny county, and what was read of its configuration."""
    text = load_config([*TINY, *words]).model_dump_json()
    history, own = replicate._unread(text), replicate._unread(text)
    snapshot = pipeline.run_history(history, 0, ledgers=True)
    (result,) = pipeline.run_reforms([pipeline.Arm("run", own, False)], snapshot)
    ledger = [np.asarray(column).tobytes() for year in result.ledger for column in year.entries]
    return (repr(snapshot.rows), repr(result.rows), ledger), {*keys_read(history), *result.read}


DRG = ("payment=drg",)
PACKAGE = ("payment=package", "settlement.revenue_cap=false", "response.optimism=20")
OFF = ("payment=package", "settlement.revenue_cap=false", "settlement.growth=0.2", "response=off")
EMPLOYEES = ("payment=package", "settlement.revenue_cap=false", "fund.employee.apply=true")
ACTS = {
    (): ["fund.realised.fiscal=900", "fund.interest=0.2", "fund.signing_fee=400", "claims.growth=0.2",
         "benefit.resident.ratio.county=0.2", "care.gatekeeping=1", "population.resident_insured=0.5"],
    ("base_year=2024",): ["fund.realised.fiscal=900", "fund.opening_months=40"],
    ("contracts.family_reward=50",): ["contracts.family_gain=0.9", "contracts.reward_to=doctors"],
    ("care.primary_pay=1.5",): ["care.primary_pay_effect=4"],
    DRG: ["payment.rate_growth=0.3", "payment.rate=3000", "response.sensitivity.inpatient=0.4",
          "response.intensity=false", "response.cost_shift=0.3", "settlement.deposit=0.2"],
    ("payment=drg", "payment.form=points"): ["payment.growth=0.3", "payment.pool=100000", "payment.value_decimals=0"],
    PACKAGE: ["settlement.growth=0.4", "settlement.overrun_share=0", "settlement.advance=0.2", "response.speed=1",
              "settlement.charged=members", "settlement.working_capital_months=6", "response.tightness=nominal",
              "settlement.minimum_overrun_rate=0.5", "response.prevention=false", "response.prevention_cost=900"],
    ("payment=drg", "payment.form=points", "payment.outlier.low_below=0.9"): ["payment.rate=1000"],
    ("payment=signed_quota", "payment.procurement_cycle=0"): ["payment.procurement_saving=0.1"],
    (*PACKAGE, "settlement.overrun_share=0.5"): ["settlement.planning_sd=0.3"],
    OFF: ["settlement.retained_share=0.1", "settlement.base=last_year"],
    EMPLOYEES: ["fund.employee.income=900", "settlement.employee.growth=0.5", "fund.employee.payment=ffs"],
    ("payment=dip",): ["payment.pool=100000", "payment.growth=0.3"],
    ("payment=cap",): ["payment.cap_ratio=0.5", "payment.excess_share=1"],
    ("payment=per_diem",): ["payment.rates.county=100"],
    ("payment=capitation",): ["payment.growth=0.4"],
    # the lump is held against what the base years let one expect
    ("payment=package", "settlement.lump_per_head=900", "settlement.revenue_cap=false"): ["settlement.base_years=1"],
    # two classes that are no longer paid together
    ("payment=composite", "settlement.revenue_cap=false"): ["payment.chronic.head_rate=pool"],
}  # fmt: skip
"""Under some settings: further ones that have an effect."""
IDLE = {
    (): ["settlement.overrun_share=0.3", "settlement=shared", "settlement.growth=0.4", "settlement.charged=members",
         "settlement.advance=0.2", "settlement.planning_sd=0.5", "response=off", "response.speed=1",
         "response.ratchet=1", "response.cost_shift=0.3", "response.restraint=1", "response.prevention_cost=900",
         "response.tightness=nominal",
         "fund.realised_2024.fiscal=900", "fund.minimum.fiscal=900", "fund.opening_months_2024=40",
         "fund.employee.income=900", "fund.city_pool.age_weight=1",
         "contracts.reward_to=doctors", "contracts.family_gain=0.9", "contracts.compete_home=5",
         "care.primary_pay_effect=4", "settlement.distribution.rule=tree",
         "providers.beds_per_1000.city=0", "providers.slots_per_1000.remote=0"],
    ("base_year=2024",): ["fund.realised_2019.fiscal=900", "fund.opening_months_2019=40"],
    DRG: ["payment.growth=0.3", "payment.pool=100000", "payment.base=mean", "payment.value_decimals=0",
          "payment.head_rate=pool", "response.speed=1", "response.restraint=1", "settlement.retained_share=0"],
    ("payment=drg", "payment.rate=6000"): ["payment.growth=0.3"],
    ("payment=drg", "payment.form=points"): [
        "payment.rate=9000", "payment.rate_growth=0.3", "payment.floor=true", "payment.coefficient.city=2",
        "payment.coefficient.village=2"],
    ("payment=dip_full",): ["payment.deviation.bounds=inclusive", "payment.floor=true"],
    ("payment=budget", "payment.base=last_year"): ["payment.base_years=1"],
    ("payment=per_diem", "years.reform=1"): ["payment.rebase=rolling"],
    ("payment=signed_quota",): [
        "payment.procurement_cycle=0", "payment.procurement_saving=0.1", "settlement.base=mean"],
    ("payment=weighted_capitation",): ["payment.reward_from=1"],
    PACKAGE: ["settlement.overrun_least=0.5", "settlement.planning_sd=0.3", "settlement.bargaining=0",
              "settlement.first_dollar=false",
              "settlement.contract.inflow_share=0", "settlement.surplus_quality=1"],
    OFF: ["settlement.planning_sd=0.5", "response.speed=1", "response.enough_for_primary=0.9",
          "settlement.expected_growth=0.9"],
    EMPLOYEES: ["fund.employee.income_2024=900"],
    ("payment=cap", "payment.cap_ratio=null"): ["payment.excess_share=1", "payment.growth=0.5", "payment.base=mean"],
    ("payment=package", "settlement.lump_per_head=900", "settlement.revenue_cap=false"): [
        "settlement.base=mean", "settlement.rebase=rolling", "settlement.outpatient_growth=0.2"],
}  # fmt: skip
"""Under some settings: further ones that have none."""
FEW = "population.residents=300"
"""What nobody looks at, nobody looks at in a small county either."""


@pytest.mark.parametrize("base", ACTS, ids=lambda base: " ".join(base) or "default")
def test_a_setting_with_an_effect_is_not_named(base: tuple[str, ...]):
    without, _ = outcomes([*base])
    for word in ACTS[base]:
        with_it, read = outcomes([*base, word])
        assert with_it != without, f"{word} was thought to act"
        assert idle_settings([word], read) == []


@pytest.mark.parametrize("base", IDLE, ids=lambda base: " ".join(base) or "default")
def test_a_setting_without_effect_is_named_and_changes_nothing(base: tuple[str, ...]):
    without, _ = outcomes([FEW, *base])
    for word in IDLE[base]:
        with_it, read = outcomes([FEW, *base, word])
        assert idle_settings([word], read) == [word]
        assert with_it == without, f"{word} is said to have no effect, and has"


def test_a_larger_county_reads_its_parameters_no_more_often(monkeypatch: pytest.MonkeyPatch):
    """Rules are compiled once, the benefit once a year; what is read of a configuration costs nothing to speak of."""
    genuine, reads = Config.__getattribute__, [0]

    def counting(self: Config, name: str) -> object:
        reads[0] += 1
        return genuine(self, name)

    def count(words: list[str]) -> int:
        config = load_config(words)
        reads[0] = 0
        with monkeypatch.context() as patched:
            patched.setattr(Config, "__getattribute__", counting)
            snapshot = pipeline.run_history(config, 0)
            pipeline.run_reforms([pipeline.Arm("run", config, False)], snapshot)
        return reads[0]

    small = [*TINY, "payment=drg_package"]
    assert count([*small, "population.residents=1600"]) <= 1.2 * count(small) < 8_000


def test_a_rule_that_ceases_to_look_at_its_parameter_is_found(monkeypatch: pytest.MonkeyPatch):
    """A planted fault: the books are closed at the default interest, whatever is asked for."""
    genuine = fund.close

    def deaf(config: FundConfig, *rest: object) -> object:
        return genuine(config.model_copy(update={"interest": 0.015}), *rest)  # type: ignore[arg-type]

    assert run([*SMALL, "fund.interest=0.1"]).notes.idle == ()
    monkeypatch.setattr(fund, "close", deaf)
    assert run([*SMALL, "fund.interest=0.1"]).notes.idle == ("fund.interest=0.1",)


# --- where it is said -----------------------------------------------------------------------------------------------
SEEN = ["base_year=2024", "fund.realised_2019.fiscal=900", "settlement.overrun_share=0.3", "payment=drg",
        "payment.growth=0.2"]  # fmt: skip
NAMED = ("fund.realised_2019.fiscal=900", "settlement.overrun_share=0.3", "payment.growth=0.2")


def test_the_manifest_the_page_and_the_terminal_name_what_had_no_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = [*SMALL, *SEEN, f"output.dir={tmp_path}/out"]
    reporter = Reporter(of_run, load_config(words))
    result = run(words, extras=reporter)
    reporter.show()
    assert result.notes.idle == NAMED
    assert result.folder is not None
    assert tuple(read_manifest(result.folder)["no_effect"]) == NAMED
    sentence = f"no effect in this run: nothing looks at the settings {', '.join(NAMED)}"
    assert sentence in read_manifest(result.folder)["notes"]
    assert sentence in (result.folder / "report.html").read_text(encoding="utf-8")
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_it_is_said_in_chinese():
    result = run([*SMALL, *SEEN, "language=zh"])
    (text,) = of_run(result, {}).remarks
    assert text.zh == f"本次运行中不起作用（没有规则用到）：{'、'.join(NAMED)}"
    text.zh.encode("gb2312")
    assert Analysis(of_run(result, {})).data.remarks == (text,)


def test_a_value_that_is_the_default_is_named_too_if_nothing_looks_at_it():
    assert run([*SMALL, "settlement.overrun_share=1"]).notes.idle == ("settlement.overrun_share=1",)


def study(arms: dict[str, list[str]], *overrides: str) -> Study:
    label = Label(en="Test", zh="试验")
    made = {name: Arm(label=label, overrides=tuple(words)) for name, words in arms.items()}
    return Study(name="test", title=label, question=label, baseline=next(iter(arms)), arms=made, overrides=overrides)


def test_an_arms_setting_is_named_with_its_arm_though_another_arm_looks_at_the_same_key():
    arms = {
        "ffs": ["payment=ffs", "settlement.retained_share=0.5"],
        "package": ["payment=package", "settlement.retained_share=0.5"],
    }
    notes = compare_plan(plan(study(arms), SMALL), save=False).notes
    assert notes.idle == ("settlement.retained_share=0.5 (arm ffs)",)
    assert notes.texts[0].en == (
        "no effect in this run: nothing looks at the setting of arm “Test” settlement.retained_share=0.5"
    )


def test_what_a_study_says_of_all_arms_and_what_the_user_adds_are_judged_by_all_arms():
    arms = {"ffs": ["payment=ffs"], "dip": ["payment=dip"]}
    own = ("fund.realised_2024.fiscal=900", "fund.minimum_2024.fiscal=670")  # the second is the default
    notes = compare_plan(
        plan(study(arms, *own), [*SMALL, "settlement.growth=0.1", "fund.interest=0.02"]), save=False
    ).notes
    assert notes.idle == ("settlement.growth=0.1", "fund.realised_2024.fiscal=900")


def test_a_base_that_the_funds_income_never_lets_come_about_is_told():
    """It is looked at, and another base might lie below the income; so it is not among what had no effect."""
    words = [*SMALL, "payment=package", "settlement.growth=0.2", "settlement.base=last_year"]
    notes = run(words).notes
    assert notes.idle == ()
    (told,) = (text for text in notes.texts if text.en.startswith("never reached"))
    assert told.en.startswith("never reached: settlement.growth=0.2, settlement.base=last_year; in every year")
    told.zh.encode("gb2312")
    for other in ("settlement.revenue_cap=false", "settlement.lump_per_head=1"):
        assert not any("never reached" in text.en for text in run([*words, other]).notes.texts)


def test_it_is_told_of_the_arms_that_it_is_true_of():
    arms = {
        "held": ["payment=package"],
        "free": ["payment=package", "settlement.revenue_cap=false"],
        "ffs": ["payment=ffs"],
    }
    texts = compare_plan(plan(study(arms, "settlement.growth=0.2"), SMALL), save=False).notes.texts
    assert [text.en.partition(";")[0] for text in texts if "never reached" in text.en] == [
        "never reached in arm held: settlement.growth=0.2"
    ]


def test_arms_that_share_a_simulation_share_what_it_looked_at():
    arms = {"a": ["payment=drg", "care.gatekeeping=0.5"], "b": ["payment=dip", "care.gatekeeping=0.5"]}
    assert compare_plan(plan(study(arms), SMALL), save=False).notes.idle == ()


def test_an_axis_that_nothing_looks_at_is_named():
    notes = sweep([*SMALL, "payment=ffs", "settlement.overrun_share=0,1", "fund.interest=0,0.1"]).notes
    assert notes.idle == ("settlement.overrun_share",)
    assert "all points along it are the same" in notes.texts[0].en
    assert sweep([*SMALL, "payment=ffs,package", "settlement.retained_share=0,1"]).notes.idle == ()


def test_processes_tell_what_they_read_as_threads_do():
    words = ["population.residents=300", "years.warm_up=0", "years.history=1", "years.reform=1", *SEEN,
             "executor.workers=2", "experiment.replications=2"]  # fmt: skip
    assert run([*words, "engine=reference"]).notes.idle == run(words).notes.idle == NAMED


def test_validation_looks_at_the_history_alone(tmp_path: Path):
    words = [*SMALL, "payment=drg", "experiment.confidence=0.9", "output.report=false", "claims.growth=0.04"]
    assert validate(words).notes.idle == (
        "years.reform=2",
        "payment=drg",
        "experiment.confidence=0.9",
        "output.report=false",
    )


def test_validation_is_saved_where_it_is_asked_for(tmp_path: Path):
    result = validate([*SMALL, f"output.dir={tmp_path}/v"])
    assert result.folder == tmp_path / "v"
    content = read_manifest(tmp_path / "v")
    assert content["verb"] == "validate"
    assert set(content["files"]) == {"outcomes.parquet", "validation.csv", "validation.parquet"}
    lines = (tmp_path / "v" / "validation.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(result.checks)


def test_settling_names_what_no_design_looks_at(tmp_path: Path):
    words = ["payment=ffs", "settlement.overrun_share=0.3", "response.restraint=1", "benefit.resident.cap=100000"]
    notes = county(tmp_path / "one", *words).notes
    assert any(
        note.startswith("no part in settling given claims: settlement.overrun_share=0.3, response.restraint=1")
        for note in notes
    )
    both = [
        "payment=ffs,package",
        "settlement.lump_per_head=500",
        "settlement.overrun_share=0.3",
        "settlement.base=mean",
    ]
    told = county(tmp_path / "two", *both).notes  # the package looks at both but the base, as the lump is given
    assert any(note.startswith("no part in settling given claims: settlement.base=mean;") for note in told)
    assert json.loads((tmp_path / "two" / "manifest.json").read_text(encoding="utf-8"))["notes"] == list(told)


def test_what_acts_outside_the_county_is_no_parameter_of_it():
    assert set(OUTSIDE) <= set(SimConfig.model_fields)
    words = [*SMALL, "experiment.confidence=0.9", "output.ledgers=2", "language=zh", "executor.workers=2"]
    assert run([word for word in words if word != "executor.workers=1"]).notes.idle == ()


# --- options ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("group", "option"), [(group, name) for group in groups() for name in groups()[group]])
def test_an_option_sets_parameters_and_nothing_else(group: str, option: str) -> None:
    """What is held against the parameters that were read must be names of parameters."""
    known = {parameter.key for parameter in describe_parameters()}
    for key in keys_of(group, option):
        place = key.replace("current_payment.", "payment.", 1)
        assert any(name == place or name.startswith(f"{place}.") for name in known), key


def test_switching_the_response_off_has_an_effect_where_somebody_would_respond() -> None:
    words = ("population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1")
    assert run([*words, "payment=package", "response=off"]).notes.idle == ()
    assert run([*words, "payment=package", "response=on"]).notes.idle == ()
    assert run([*words, "payment=ffs", "response=off"]).notes.idle == ("response=off",)
