"""Further spellings of overrides, options and studies: read as a person would, or refused with what to write."""

from pathlib import Path

import pytest

from sim.__main__ import main
from sim.config import exact, load_config, readings
from sim.core.errors import ConfigError
from sim.experiment.study import load_study
from sim.experiment.sweep import grid
from sim.experiment.targets import load_targets
from sim.money.payment import composite

READ = {
    "response=yes": "response=on",
    "response=否": "response=off",
    "response.intensity=真": "response.intensity=true",
    "response.intensity=停用": "response.intensity=false",
    "payment.rate=无": "payment.rate=null",
    "payment.rate=None": "payment.rate=null",
    "settlement.overrun_share=50 %": "settlement.overrun_share=0.5",
    "settlement.overrun_share=5成": "settlement.overrun_share=0.5",
    "settlement.growth=+3 %": "settlement.growth=0.03",
    "population.residents=5 万": "population.residents=50000",
    "payment.rate=¥8000": "payment.rate=8000",
    "payment.rate=￥８０００": "payment.rate=8000",
    "payment.rate=8000 yuan": "payment.rate=8000",
    "years.reform=5 years": "years.reform=5",
    "payment=drg，打包付费": "payment=drg,package",
    "settlement=结余留用，超支分担": "settlement=shared",
}


@pytest.mark.parametrize("written", READ)
def test_a_further_spelling_is_read_and_told(written: str):
    assert exact(written) == READ[written]
    assert len(readings((written,))) == 1


@pytest.mark.parametrize(
    "written", ["output.dir=无", "population.residents=¥500", "settlement.lump_per_head=5成", "years.reform=5 yuan"]
)
def test_a_word_that_does_not_fit_the_parameter_is_not_translated(written: str):
    assert exact(written).replace("'", "") == written


REFUSED = {
    "payment:drg": "write it like payment=drg",
    "population.residents：5000": "write it like population.residents=5000",
    "打包付费": "write it like payment=package",
    "payment.rate=8000;": "write payment.rate=8000",
    "payment=drg,dip": "choose one; to try each value",
    "settlement.overrun_share=50": "if per cent are meant, write settlement.overrun_share=50%",
    "settlement.surplus_bands=0.1": "write settlement.surplus_bands=[{upto: …, share: …}]",
    "settlement.surplus_bands={upto: 0.1}": "is a list, given as a whole",
    "fund.city_pool.others=[{residents: 9}]": "write fund.city_pool.others=[{age: …",
    "fund.city_pool.apply=true": "needs the city's other counties",
    "payment.coefficient={county: 1}": "belongs to payment=drg",
    "output.dir=": "output.dir is empty",
    "output.dir=' '": "output.dir is empty",
    "targets=": "where: override 'targets='",
}


@pytest.mark.parametrize("written", REFUSED)
def test_what_cannot_be_read_is_refused_with_what_to_write(written: str):
    with pytest.raises(ConfigError) as caught:
        load_config([written])
    assert REFUSED[written] in str(caught.value)


def test_a_group_given_as_a_list_is_called_a_group():
    with pytest.raises(ConfigError, match=r"payment\.coefficient is a group of parameters"):
        load_config(["payment=DRG", "payment.coefficient=[1, 1, 1, 1, 1]"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "--payment", "drg"], "without dashes, payment=drg"),
        (["run", "-payment=drg"], "without dashes, payment=drg"),
        (["compare", "--study=luohu"], "without dashes, study=luohu"),
        (["RUN"], "did you mean 'run'?"),
        (["compare", "Luohu"], "write study=luohu"),
        (["compare", "study=LUOHU"], "did you mean study=luohu?"),
        (["compare", "study=罗湖"], "did you mean study=luohu?"),
        (["compare", "study="], "study= names no study"),
        (["run", "--cfg", "job", "-p", "payment", "-p", "settlement"], "-p is given twice"),
        (["run", "Payment=drg", "payment=dip"], "payment is given twice"),
        (["run", "population.residents=5万", "POPULATION.residents=5"], "population.residents is given twice"),
        (["run", "settlement.overrun_share＝0.3", "settlement.overrun_share=0.5"], "overrun_share is given twice"),
        (["run", "payment=drg", "payment.coefficient.县级=1", "payment.coefficient.county=2"], "county is given twice"),
        (["sweep", "payment=drg,DRG"], "payment is given drg twice"),
        (["sweep", "payment=package", "settlement.overrun_share=0.5,50%"], "is given 0.5 twice"),
        (["validate", "targets=/nowhere.csv"], "the file does not exist"),
    ],
)
def test_one_message_says_what_to_write(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_a_language_is_understood_by_every_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["studies", "language=中文"]) == 0
    assert "打包" in capsys.readouterr().out
    assert main(["template", "claims", "language=ZH", f"out={tmp_path}/c.csv"]) == 0
    assert "医疗" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()[0]


LABEL = "{en: Test, zh: 试验}"


@pytest.mark.parametrize(
    ("common", "arm"),
    [
        ("[]", "[payment=drg, Payment=dip]"),
        ("[seed=1, seed=2]", "[payment=drg]"),
    ],
)
def test_a_study_that_gives_a_key_two_values_is_refused(common: str, arm: str, tmp_path: Path):
    file = tmp_path / "s.yaml"
    file.write_text(
        f"title: {LABEL}\nquestion: {LABEL}\nbaseline: a\noverrides: {common}\n"
        f"arms:\n  a: {{label: {LABEL}, overrides: {arm}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="is given twice"):
        load_study(file)


def test_a_sweep_of_different_values_goes_on():
    assert len(grid(["payment=drg，dip", "settlement.overrun_share=range(0,1,0.5)"])) == 4


def test_targets_with_an_open_quote_name_the_row(tmp_path: Path):
    (tmp_path / "t.csv").write_text('outcome,target\ndischarges_per_100,16\n"a\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="row 3: has a quote that is opened and not closed"):
        load_targets(2019, f"{tmp_path}/t.csv")


def test_classes_with_equal_parameters_are_paid_together_and_others_apart():
    together = composite.methods(composite.Config())
    apart = composite.methods(load_config(["payment=composite", "payment.chronic.head_rate=pool"]).payment)
    assert [method.classes for method in together] == [(0, 1), (2,)]
    assert [method.classes for method in apart] == [(0,), (1,), (2,)]
