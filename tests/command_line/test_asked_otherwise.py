"""What people write on the command line otherwise than the program expects is read, or the message says how."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.config import load_config
from sim.core.errors import ConfigError
from sim.experiment.compare import compare_plan, plan
from sim.experiment.study_model import Arm, Label, Study
from sim.experiment.sweep import grid
from sim.settle.command import settle
from sim.settle.explain import explain
from sim.settle.request import split
from tests.paths import SAMPLE

FILES = [f"{name}={SAMPLE / f'sample_{name}.csv'}" for name in ("claims", "providers", "groups", "history")]
TINY = ["population.residents=300", "years.warm_up=0", "years.history=1", "years.reform=1",
        "experiment.replications=1", "executor.workers=1"]  # fmt: skip


def test_a_scheme_may_be_given_as_a_table() -> None:
    """Its parameters are those of the scheme that it names, not of the one that was in force."""
    plain = load_config(["payment=drg", "payment.rate=6000", "payment.coefficient.county=1.1"])
    assert load_config(["payment={scheme: drg, rate: 6000}", "payment.coefficient.county=1.1"]) == plain
    with pytest.raises(ConfigError, match=r"payment\.ratte"):
        load_config(["payment={scheme: drg, ratte: 6000}"])
    with pytest.raises(ConfigError, match="drgg"):
        load_config(["payment={scheme: drgg}"])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("hisotry=h.csv", "did you mean history=?"),
        ("claim=c.csv", "did you mean claims=?"),
        ("years=2024", "did you mean year=?"),
    ],
)
def test_a_misspelt_word_of_settle_is_told_as_one(word: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        split(["claims=a.csv", word])
    assert error.value.todo == told


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("available=9000万", "available=90000000"),
        ("available=1.5亿元", "available=150000000"),
        ("year=2024年", "year=2024"),
    ],
)
def test_numbers_of_settle_are_read_as_people_write_them_and_it_is_said(word: str, read: str, tmp_path: Path) -> None:
    notes = settle([*FILES, "payment=drg", word, f"out={tmp_path / 'out'}"]).notes
    assert f"{word} is read as {read}" in notes


def test_a_number_of_settle_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="available must be a number"):
        split(["available=plenty"]).check()


@pytest.mark.parametrize("values", ["5000:7000:1000", "5000:7000", "5000..7000"])
def test_a_range_as_other_programs_write_it_is_told_how_to_write(values: str) -> None:
    with pytest.raises(ConfigError, match="nothing is swept") as error:
        grid(["payment=drg", f"payment.rate={values}"])
    assert "payment.rate=5000,7000, or payment.rate=range(from,to,step)" in error.value.todo


def test_a_group_in_chinese_is_told_by_its_name() -> None:
    with pytest.raises(ConfigError) as error:
        load_config(["支付方式=DRG"])
    assert error.value.todo.startswith("did you mean payment?")


def test_a_folder_alone_is_told_how_to_ask_about(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        explain([str(tmp_path)])
    assert f"settled={tmp_path}" in error.value.todo


def study(*shares: str) -> Study:
    label = Label(en="Test", zh="试验")
    arms = {
        f"s{n}": Arm(label=label, overrides=("payment=package", f"settlement.overrun_share={share}"))
        for n, share in enumerate(shares)
    }
    return Study(name="test", title=label, question=label, baseline="s0", arms=arms)


def test_arms_that_differ_in_nothing_are_named() -> None:
    """As when a setting for all arms is the one that they differ in."""
    told = "no difference: the arms s0 and s1 have the same settings"
    alike = compare_plan(plan(study("0", "0.0"), TINY), save=False).notes.texts
    assert told in [text.en for text in alike]
    forced = compare_plan(plan(study("0", "1"), [*TINY, "settlement.overrun_share=0.5"]), save=False).notes.texts
    assert told in [text.en for text in forced]
    differ = compare_plan(plan(study("0", "1"), TINY), save=False).notes.texts
    assert not any("no difference" in text.en for text in differ)
