"""Tables of case groups: one reader for simulation and `settle`; a real size; every fault told."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import ConfigError
from sim.county.claims import Config, inpatient_groups, outpatient_groups
from sim.county.claims.group_tables import GROUPS, checked_rows, read_table
from sim.settle.read.check import Findings
from sim.settle.read.lists import read_groups
from tests.settle_world import county

GOOD = "code,name,weight\nA,甲,1.5\nB,乙,0.2\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "groups.csv"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_encodings_and_separators(tmp_path, encoding, sign):
    rows = checked_rows(write(tmp_path, "# ours, 我们的\n" + GOOD.replace(",", sign), encoding), GROUPS)
    assert [tuple(row.values()) for row in rows] == [
        ("A", "甲", 1_500_000, "", "", True),
        ("B", "乙", 200_000, "", "", True),
    ]


def test_services_of_visits(tmp_path):
    text = "code,name,weight,kind,related,packaged\nA,甲,1.5,手术操作,x,否\nB,乙,0.2,ancillary,,\n"
    rows = checked_rows(write(tmp_path, text), GROUPS)
    assert [tuple(row.values())[3:] for row in rows] == [("procedure", "x", False), ("ancillary", "", True)]
    bad = write(tmp_path, text.replace("手术操作", "surgery").replace("否", "maybe"))
    with pytest.raises(
        ConfigError, match=r"row 2, kind: 'surgery'(?s:.*)row 2, packaged: 'maybe' must be one of no 否"
    ):
        checked_rows(bad, GROUPS)


def test_scores_are_divided_by_a_thousand_and_rounded_half_up(tmp_path):
    """842.3515 points = 0.8423515, kept to a millionth."""
    text = "病种编码,病种名称,分值\nJ18.9:n,肺炎,842.3515\nI63.9:n,脑梗死,1200\n"
    assert [row["weight"] for row in checked_rows(write(tmp_path, text), GROUPS)] == [842_352, 1_200_000]


def test_parquet(tmp_path):
    pd.DataFrame({"group": ["A", "B"], "weight": [0.1, 2.5]}).to_parquet(tmp_path / "g.parquet")
    assert [row["weight"] for row in checked_rows(tmp_path / "g.parquet", GROUPS)] == [100_000, 2_500_000]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,name\nA,a\n", r"lacks a required column(?s:.*)weight or 权重"),
        ("code,name,weight\n", r"too few or too many rows(?s:.*)value: 0(?s:.*)1\.\.16000"),
        ("", r"the file is empty"),
        ("code,weight,权重\nA,1,1\n", r"two columns hold 'weight'"),
        ("code,weight,分值\nA,1,1\n", r"two columns hold 'weight'"),
        ("#x\ncode,name,weight\nA,a,-1\n", r"row 3, weight: '-1' must be a number(?s:.*)value: 1"),
        ("code,name,weight\nA,a,nan\n", r"weight: '' must not be empty"),
        ("code,name,weight\nA,a,0\n", r"weight: '0' must be within 0\.000001 \.\. 1000"),
        ("code,name,分值\nA,a,0.0001\n", r"weight: '0.0001' must be within 0\.001 \.\. 1000000"),
        (
            "code,name,weight\nA,a,1\nA,b,x\n,c,1\n\nB,c,1,9\n1.2E+17,c,1\n",
            r"row 3, group: 'A' must not be given twice: it is in row 2(?s:.*)row 3, weight: 'x'(?s:.*)row 4, group: ''"
            r"(?s:.*)row 6: 'B,c,1,9' must have 3 cells, has 4(?s:.*)row 7, group: '1.2E\+17'(?s:.*)value: 5",
        ),
        ("code,name,weight\n" + "".join(f"A{k},a,-1\n" for k in range(30)), r"… 10 more(?s:.*)value: 30"),
        ("code,name,weight\n" + "".join(f"A{k},a,1\n" for k in range(16_001)), r"too many rows(?s:.*)16001"),
    ],
    ids=range(12),
)
def test_faults_are_told(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=words) as error:
        checked_rows(path, GROUPS)
    assert str(path) in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        checked_rows(tmp_path / "none.csv", GROUPS)
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"code,name,weight\nA,\xff\xff,1\n")
    with pytest.raises(ConfigError, match="neither UTF-8 nor GB18030"):
        checked_rows(broken, GROUPS)
    with pytest.raises(ConfigError, match="workbooks are not read"):
        checked_rows(write(tmp_path, "x").rename(tmp_path / "g.xlsx"), GROUPS)


def test_good_rows_remain_beside_bad_ones(tmp_path):
    table = read_table(write(tmp_path, GOOD + "C,丙,x\n"))
    assert [row["group"] for row in table.rows] == ["A", "B"]
    assert [(fault.row, fault.column, fault.value) for fault in table.faults] == [(4, "weight", "x")]


# --- the simulation's tables and those of settle are the same -------------------------------------------------------
def test_without_a_table_settle_takes_the_groups_of_the_default_county():
    (codes, _, weights, *_), gone = read_groups(None, Findings())
    assert not gone
    stays, visits = inpatient_groups(Config().inpatient_groups), outpatient_groups(Config().outpatient_groups)
    assert len(set(codes)) == len(codes) == len(stays) + len(visits)
    assert dict(zip(codes, weights.tolist(), strict=True))["IC2"] == 4_500_000


def test_every_bad_row_of_an_illness_table_is_told_at_once(tmp_path):
    head = "group,name,weight,age_65,severity_1,severity_2,severity_3,condition,avoidable\n"
    rows = "A,a,1,0.5,1,0,0,,0\nB,b,x,2,1,0,0,,maybe\nC,c,1,0,0.5,0,0,asthma,0\n"
    with pytest.raises(ConfigError) as error:
        inpatient_groups(str(write(tmp_path, head + rows, "gbk")))
    told = str(error.value)
    for fault in (
        "row 3, weight: 'x'",
        "row 3, age_65: '2' must be within 0 .. 1",
        "row 3, avoidable: 'maybe'",
        "row 4, condition: 'asthma'",
        "row 4, severity_1: '0.5' severity_1 + severity_2",
    ):
        assert fault in told
    assert "row 2" not in told


# --- a catalogue of real size ---------------------------------------------------------------------------------------
def test_a_dip_catalogue_of_15_000_rows_is_loaded_checked_and_settled(tmp_path):
    """Points of 30,000 stays by hand: pool x points / all points, for one of them."""
    size, draw = 15_000, np.random.default_rng(7)
    scores = draw.integers(50_000, 9_000_000, size)  # thousandths of a point
    codes = [
        f"{'ABCDEFGHIJKLMN'[k % 14]}{k // 14 % 100:02d}.{k // 1400}:{17 + k % 80}.{k % 100:02d}" for k in range(size)
    ]
    catalogue = tmp_path / "dip.csv"
    lines = (f"{c},病种{k},{s // 1000}.{s % 1000:03d}\n" for k, (c, s) in enumerate(zip(codes, scores, strict=True)))
    catalogue.write_text("病种编码,病种名称,分值\n" + "".join(lines), encoding="gbk")
    began = time.perf_counter()
    assert len(read_table(catalogue).rows) == size
    loaded = time.perf_counter() - began
    stays = draw.integers(0, size, 2 * size)
    claims = tmp_path / "claims.csv"
    rows = "".join(f"0003,2024,住院,{codes[g]},10000,6000\n" for g in stays)
    claims.write_text("provider,year,category,group,charge,statutory\n" + rows, encoding="utf-8")
    words = ["payment=dip", "payment.pool=180000000", "payment.coefficient=1"]
    result = county(tmp_path / "out", *words, claims=claims, groups=catalogue)
    receipts = pd.read_parquet(tmp_path / "out" / "receipts.parquet")["receipt.dip"]
    assert int(receipts.sum()) == int(result.fund["fund"].iloc[0]) == 18_000_000_000
    by_hand = 18_000_000_000 * int(scores[stays[0]]) / int(scores[stays].sum())
    assert abs(int(receipts[0]) - by_hand) <= 1
    assert loaded < 3, loaded
