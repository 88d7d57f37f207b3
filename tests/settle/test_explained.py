"""`explain`: every number of a hand-worked bill is there; settled and simulated alike."""

import re
from pathlib import Path

import pandas as pd
import pytest

from sim.__main__ import main
from sim.core.errors import ConfigError, CountyFundError, IdentityError
from sim.core.paths import conf_dir
from sim.experiment.run_folder import read_manifest
from sim.settle.command import settle
from sim.settle.explain import explain
from sim.settle.kept_year import read_year
from tests.paths import SAMPLE
from tests.settle_world import county, every_part, loaded, write


def numbers(text: str) -> set[str]:
    return set(re.findall(r"-?[\d,]+\.?\d*", text))


@pytest.fixture
def stay(tmp_path: Path) -> Path:
    """One stay in the county hospital, its statutory part computed, and one in the township."""
    text = "claim,provider,category,group,date,charge\nS1,0003,住院,B,2024-01-01,6000\nS2,0002,住院,A,2024-01-02,2500\n"
    return write(tmp_path / "c.csv", text)


def test_every_number_of_a_drg_stay(stay, tmp_path):
    words = ["payment=drg", "payment.rate=6000", "payment.coefficient=1", *loaded("county_rules.yaml")]
    county(tmp_path / "out", *words, claims=stay)
    told = explain(["claim=S1", f"settled={tmp_path / 'out'}"])
    # (6,000 - 600) x 0.75 = 4,050; patient 1,950; 6,000 x 0.90 x 1 = 5,400; due 5,400 - 1,950 = 3,450; -600 to FFS
    wanted = ("6000.00", "600.00", "0.75", "4050.00", "1950.00", "0.9", "5400.00", "3450.00", "-600.00")
    assert not set(wanted) - numbers(told), told
    for source in (
        "payment.rate",
        "payment.coefficient",
        "group table, group B",
        "benefit.resident.deductible.county",
        "the claims file, row 2",
    ):
        assert source in told, source


def test_a_referred_stay_names_the_deductible_below(tmp_path):
    claims = write(tmp_path / "c.csv", "claim,provider,category,group,referred,charge\nS1,0003,住院,B,上转,6000\n")
    words = ["payment=ffs", *loaded("county_rules.yaml"), "benefit.resident.referral_rule=difference"]
    county(tmp_path / "out", *words, claims=claims)
    told = explain(["claim=S1", f"settled={tmp_path / 'out'}"])
    for word in ("difference", "benefit.resident.deductible.township", "4200.00"):
        assert word in told, told


@pytest.mark.parametrize(
    ("reading", "wanted"),
    [
        # points: S1 900, S2 450, together 1,350; pool 6,000: S1 gets 6,000 x 900 / 1,350 = 4,000
        ("by_ratio", ("900.000", "1,350.000", "6000.00", "4000.00", "-50.00")),
        # statutory 4,050 + 1,955 = 6,005 of 8,500: standard 6,000 x 8,500 / 6,005 = 8,492.92; S1 5,661.95; less 1,950
        ("standard_minus_patient", ("900.000", "1,350.000", "6005.00", "8500.00", "8492.92", "5661.95", "3711.95")),
    ],
)
def test_every_number_of_a_dip_stay(reading, wanted, stay, tmp_path):
    words = ["payment=dip", "payment.pool=6000", "payment.coefficient=1", f"payment.reading={reading}"]
    county(tmp_path / "out", *words, *loaded("county_rules.yaml"), claims=stay)
    told = explain(["claim=S1", f"settled={tmp_path / 'out'}"])
    assert not set(wanted) - numbers(told), told


def test_the_year_of_an_institution_and_of_the_fund(tmp_path):
    words = ["payment=drg_package", "payment.within.rate=6000", "payment.within.coefficient=1",
             "settlement.lump_per_head=690", "settlement.overrun_share=0.5"]  # fmt: skip
    county(tmp_path / "out", *words)
    told = explain(["provider=0003", f"settled={tmp_path / 'out'}"])
    assert {"4860000.00", "1755000.00", "3105000.00", "-540000.00"} <= numbers(told)
    told = explain(["fund", f"settled={tmp_path / 'out'}"])
    assert {"690.00", "10,000", "6900000.00", "4511500.00", "1815000.00", "573500.00", "6326500.00"} <= numbers(told)
    told = explain(["row=5", f"settled={tmp_path / 'out'}"])
    assert "settlement.retained_share" in told


def test_mistakes(tmp_path):
    county(tmp_path / "out", "payment=ffs")
    place = f"settled={tmp_path / 'out'}"
    for words, says in (
        ([place], "needs claim"),
        (["claim=1"], "needs settled"),
        ([place, "clam=1"], "unknown word"),
        ([place, "claim=1"], "no numbers"),
        ([place, "row=99"], "no such claim"),
        ([place, "provider=9"], "no such inst"),
        ([place, "fund", "design=x"], "no such design"),
    ):
        with pytest.raises(CountyFundError, match=says):
            explain(words)


@pytest.mark.parametrize("paid_by", ["drg_package", "dip"])
def test_a_simulated_claim_is_re_done(paid_by, tmp_path, capsys):
    out = tmp_path / "run"
    small = ["population.residents=400", "experiment.replications=1", "years.history=1", "years.reform=2",
             "output.claims=true", "output.report=false", f"output.dir={out}"]  # fmt: skip
    assert main(["run", f"payment={paid_by}", *small]) == 0
    claims = pd.read_parquet(out / "claims.parquet")
    rows = claims[
        (claims["category"] == 2) & (claims["insurance"] == 1) & (claims["tier"] <= 2) & (claims["year"] == 2)
    ]
    capsys.readouterr()
    assert main(["explain", f"row={rows.index[0]}", f"run={out}"]) == 0
    told = capsys.readouterr().out
    bill = rows.iloc[0]
    assert f"{bill['charge'] / 100:.2f}" in told
    assert "due from the fund" in told
    assert main(["explain", "fund", "year=2", f"run={out}"]) == 0
    assert main(["explain", "provider=0", "year=0", f"run={out}"]) == 0
    with pytest.raises(ConfigError, match="no such year"):
        explain(["fund", "year=9", f"run={out}"])


SETTLEMENTS = sorted(path.stem for path in (conf_dir() / "settlement").glob("*.yaml"))


def settled(out: Path, *words: str) -> Path:
    """The sample that ships with the package, settled."""
    names = ("claims", "providers", "groups", "enrolment", "history")
    own = {word.partition("=")[0] for word in words}
    files = [f"{name}={SAMPLE / f'sample_{name}.csv'}" for name in names if name not in own]
    settle([*files, f"out={out}", *words])
    return out


@pytest.mark.parametrize("terms", SETTLEMENTS)
def test_every_setting_of_settlement_is_explained(terms, tmp_path):
    """From a folder: `community_steps` stops unless the steps come to the budget and the transfer that were settled."""
    words = ["payment=drg_package", f"settlement={terms}", "available=3000000"]
    if terms == "alzira":  # needs the cost of care
        claims = pd.read_csv(SAMPLE / "sample_claims.csv", dtype=str, encoding="utf-8-sig")
        claims["cost"] = claims["医疗总费用"]
        claims.to_csv(tmp_path / "claims.csv", index=False)
        words.append(f"claims={tmp_path / 'claims.csv'}")
    out = settled(tmp_path / "out", *words)
    year, _ = read_year(out, read_manifest(out), "drg_package")
    every_part(year)


def test_every_kind_of_claim_of_every_method_is_explained(tmp_path):
    names = sorted(path.stem for path in (conf_dir() / "payment").glob("*.yaml") if path.stem != "apg")
    out = settled(tmp_path / "out", f"payment={','.join(names)}")
    manifest = read_manifest(out)
    for name in names:
        every_part(read_year(out, manifest, name)[0])


def test_a_folder_of_another_payment_is_found(tmp_path):
    """What was paid is in the folder: steps that come to something else stop."""
    out = settled(tmp_path / "out", "payment=dip")
    manifest = read_manifest(out)
    manifest["designs"]["dip"]["payment"]["pool"] = 1000.0
    with pytest.raises(IdentityError, match="do not come to what was settled"):
        every_part(read_year(out, manifest, "dip")[0])


def test_an_answer_in_chinese(stay, tmp_path):
    words = ["payment=drg", "payment.rate=6000", "payment.coefficient=1", *loaded("county_rules.yaml")]
    county(tmp_path / "out", *words, claims=stay)
    told = explain(["claim=S1", f"settled={tmp_path / 'out'}", "language=zh"])
    assert told.startswith("费用文件第2行：住院，医疗机构")
    assert "方案drg（" in told
    assert "费率：6000.00元/单位权重" in told
    assert "yuan" not in "".join(line.partition("[")[0] for line in told.splitlines())
    assert "规则：支付标准-其他各方负担" in told
    assert "rule:" not in told
    with pytest.raises(ConfigError, match="no such language"):
        explain(["claim=S1", f"settled={tmp_path / 'out'}", "language=fr"])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("row=abc", "row must be a whole number"),
        ("claim=9", "leading zeros included"),
        ("provider=2", "bound: 0002 城关镇卫生院"),
        ("fund=yes design=no", "leave it out for all"),
    ],
)
def test_what_is_not_there_is_told_with_a_remedy(stay, tmp_path, word, says):
    words = ["payment=drg", "payment.rate=6000", "payment.coefficient=1", *loaded("county_rules.yaml")]
    county(tmp_path / "out", *words, claims=stay)
    with pytest.raises(CountyFundError) as error:
        explain([*word.split(), f"settled={tmp_path / 'out'}"])
    assert says in str(error.value)
    assert "to do:" in str(error.value)
    assert "Errno" not in str(error.value)
