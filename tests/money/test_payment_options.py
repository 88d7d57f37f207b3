"""Every option of ``conf/payment`` as an arm of the main job, on a user's claims, and explained."""

from pathlib import Path

import pandas as pd
import pytest

from sim.__main__ import main, usage
from sim.config import load_config
from sim.core.errors import ConfigError
from sim.core.paths import conf_dir
from sim.experiment.replay import played_year
from sim.money.payment import SCHEMES, composite, drg, inner, package
from sim.settle.design_choice import designs
from sim.settle.explain import explain
from sim.tables import empty_claims
from tests.money_world import empty_history, make_history
from tests.paths import ROOT, SAMPLE
from tests.settle.test_explained import every_part
from tests.settle_world import FILES, write

OPTIONS = sorted(path.stem for path in (conf_dir() / "payment").glob("*.yaml"))
TINY = ["population.residents=400", "experiment.replications=1", "years.history=1", "years.reform=2",
        "providers.communities=2", "output.report=false", "output.claims=true"]  # fmt: skip


def test_every_scheme_has_an_option_that_help_and_docs_name():
    assert {load_config([f"payment={option}"]).payment.scheme for option in OPTIONS} == set(SCHEMES)
    page = (ROOT / "docs" / "payment.md").read_text(encoding="utf-8")
    for option in OPTIONS:
        assert f" {option}" in usage().replace(",", "")
        assert option in page


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_runs_and_its_fund_is_explained(option, tmp_path, capsys):
    """Explaining plays the year again, pays and settles it, and stops unless that gives what the run's books hold."""
    out = tmp_path / "run"
    assert main(["run", f"payment={option}", *TINY, f"output.dir={out}"]) == 0
    capsys.readouterr()
    assert main(["explain", "fund", "year=2", f"run={out}"]) == 0
    assert "fund money for care" in capsys.readouterr().out
    year, _ = played_year({"run": str(out), "year": "2"})
    every_part(year)


NAMES = ("claims", "providers", "groups", "enrolment", "history")


def settle_sample(folder: Path, out: Path) -> Path:
    """The sample under every option, each with all that files give it."""
    files = [f"{name}={folder / f'sample_{name}.csv'}" for name in NAMES]
    assert main(["settle", *files, f"payment={','.join(OPTIONS)}", f"out={out}"]) == 0
    return out


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> Path:
    return settle_sample(SAMPLE, tmp_path_factory.mktemp("settled") / "out")


def test_every_option_settles_the_sample_in_either_encoding(settled, tmp_path):
    for name in NAMES:
        text = (SAMPLE / f"sample_{name}.csv").read_text(encoding="utf-8-sig")
        write(tmp_path / f"sample_{name}.csv", text, "gbk")
    other = settle_sample(tmp_path, tmp_path / "out")
    for name in ("fund.csv", "providers.csv", "communities.csv"):
        assert (settled / name).read_text() == (other / name).read_text(), name
    fund = pd.read_csv(settled / "fund.csv").set_index("design")
    assert sorted(fund.index) == OPTIONS
    assert (fund["fund"] > 0).all()
    assert fund["ffs"].nunique() == 1
    # nothing but the visits differs from fee for service under outpatient groups: they are paid by group, not by bill
    receipts = pd.read_parquet(settled / "receipts.parquet")
    changed = receipts["receipt.apg"] != receipts["receipt.ffs"]
    assert changed.any()
    assert not (receipts.loc[changed, "category"] == "inpatient").any()


@pytest.mark.parametrize("option", OPTIONS)
def test_settled_claims_are_explained(option, settled):
    design = [f"settled={settled}", f"design={option}"]
    assert "due from the fund" in explain(["row=5", *design])
    assert "against fee for service" in explain(["provider=H33059900017", *design])
    assert "fund in the end" in explain(["fund", *design])


def test_visits_are_settled_by_outpatient_groups(tmp_path):
    claims = write(
        tmp_path / "c.csv", "provider,category,group,charge,statutory\n0002,门诊,A,100,60\n0003,住院,,900,500\n"
    )
    words = [f"claims={claims}", f"providers={FILES / 'providers.csv'}", f"groups={FILES / 'groups.csv'}",
             "payment=apg", "payment.rate=200", "payment.coefficient=1", f"out={tmp_path / 'out'}"]  # fmt: skip
    assert main(["settle", *words]) == 0
    # 200 x 0.45 = 90, less the patient side 100 - 60 = 40; the stay as billed
    assert "50.00 yuan" in explain(["row=2", f"settled={tmp_path / 'out'}"])
    assert "500.00 yuan" in explain(["row=3", f"settled={tmp_path / 'out'}"])


# --- a mistake inside a budget is told where it can be mended -------------------------------------------------------
def test_a_method_inside_another_names_its_own_key():
    history = empty_history([1], [1.0])
    with pytest.raises(ConfigError, match=r"where: payment\.within\.rate\n(?s:.*)give payment\.within\.rate") as error:
        package.prepare(package.Config(within="drg"), history)
    assert "payment.rate" not in str(error.value)
    with pytest.raises(ConfigError, match=r"where: payment\.outpatient\.rate\n"):
        composite.prepare(composite.Config(outpatient="apg", inpatient="ffs"), history)
    with pytest.raises(ConfigError, match=r"where: payment\.long_stay\.rates\n"):
        composite.prepare(composite.Config(outpatient="ffs", chronic="ffs", inpatient="ffs", long_groups=[0]), history)
    with pytest.raises(ConfigError, match=r"where: payment\.rate\n"):
        drg.prepare(drg.Config(), history)
    without_past = make_history([empty_claims()], [[1]], reform=0)
    with pytest.raises(ConfigError, match=r"where: years\.history\n"):
        inner.prepare(drg.Config(), without_past)


def test_a_class_names_case_groups_that_there_are_each_in_one_class():
    """A group number beyond the table, or in two classes, was passed over in silence."""
    history = make_history([empty_claims()], [[1]], weights=[1.0, 2.0])
    for words, where, value in (
        ({"long_groups": [0, 2]}, "long_groups", 2),
        ({"ffs_groups": [-1]}, "ffs_groups", -1),
        ({"long_groups": [0, 1], "ffs_groups": [1]}, "ffs_groups", 1),
    ):
        config = composite.Config(outpatient="ffs", chronic="ffs", inpatient="ffs", long_stay="ffs", **words)
        with pytest.raises(ConfigError, match=rf"where: payment\.{where}\n  value: {value}\n"):
            composite.prepare(config, history)


def test_a_scheme_is_not_asked_to_price_what_it_does_not_see():
    """DRG for visits, or outpatient groups for stays, would leave all of them as billed."""
    for words, key in (
        (["payment.visits=drg"], r"payment\.visits: drg"),
        (["payment.visits=dip"], r"payment\.visits: dip"),
        (["payment.within=apg", "payment.visits=ffs"], r"payment\.within: apg"),
    ):
        with pytest.raises(ConfigError, match=key):
            load_config(["payment=weighted_capitation", *words])
    (both,) = designs(["payment=weighted_capitation", "payment.within=dip", "payment.visits=capitation"])
    assert both.label == "weighted capitation · DIP points · outpatient capitation"


def test_a_broken_rule_inside_another_names_its_own_key():
    broken = "{components: [{rate: 4}]}"
    for words, key in (
        (["payment=drg", "payment.rate=5"], "payment"),
        (["payment=drg_package", "payment.within.rate=5"], "payment.within"),
        (["current_payment=drg", "current_payment.rate=5"], "current_payment"),
    ):
        with pytest.raises(ConfigError) as error:
            load_config([*words, f"{key}.outlier={broken}"])
        assert f"{key}.outlier.components: their rates must sum to {key}.rate" in str(error.value)


# --- what docs/payment.md says ----------------------------------------------------------------------------------------
ONE = "payment.coefficient=1"
WITHOUT_HISTORY = {
    "ffs": [],
    "cap": [f"payment.caps={[1000] * 20}"],
    "budget": ["payment.pool=200000"],
    "drg": ["payment.rate=5000", ONE],
    "dip": ["payment.pool=100000", ONE],
    "per_diem": ["payment.rates={village: 100, township: 300, county: 700, city: 900, remote: 900}"],
    "apg": ["payment.rate=120", ONE],
    "capitation": ["payment.amount_per_head=200"],
    "package": ["settlement.lump_per_head=600"],
    "drg_package": ["settlement.lump_per_head=600", "payment.within.rate=5000", "payment.within.coefficient=1"],
    "weighted_capitation": [
        "payment.amount_per_head=600", "payment.factors=[]", "payment.within.rate=5000", "payment.within.coefficient=1",
    ],
}  # fmt: skip
"""Table "Settled from files": the amounts that may stand for a history."""


@pytest.mark.parametrize("option", list(WITHOUT_HISTORY))
def test_amounts_stand_for_a_history(option, tmp_path):
    files = [f"{name}={SAMPLE / f'sample_{name}.csv'}" for name in NAMES if name != "history"]
    words = [*files, f"payment={option}", *WITHOUT_HISTORY[option], f"out={tmp_path / 'out'}"]
    assert main(["settle", *words]) == 0


def test_each_parameter_of_a_method_has_its_row_with_unit_default_and_source():
    page = (ROOT / "docs" / "payment.md").read_text(encoding="utf-8")
    rows = []
    for table in page.split("| symbol | unit | default | source |\n")[1:]:
        rows += [line for line in table.split("\n\n")[0].splitlines()[1:] if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert len(cells) > 80
    assert [row for row in cells if len(row) != 4 or not all(row)] == []
    named = " ".join(row[0] for row in cells)
    for name, scheme in SCHEMES.items():
        for key in scheme.config.model_fields:
            if key != "scheme":
                assert f"`{key}" in named or f".{key}" in named, (name, key)
