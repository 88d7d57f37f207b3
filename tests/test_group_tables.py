"""Tables of case groups: the shipped examples, a real size, and every fault told."""

import time
from pathlib import Path

import pytest

from sim.errors import ConfigError
from sim.paths import conf_dir
from sim.payment.apg import Config, Item, visit_weight
from sim.payment.groups import read_groups

GOOD = "code,name,weight\nA,甲,1.5\nB,乙,0\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "groups.csv"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("kind", ["drg", "dip", "apg"])
def test_shipped_examples(kind):
    table = read_groups(conf_dir() / "groups" / f"{kind}.csv", kind)
    assert len(table.codes) == len(table.weights) == len(table.numbers()) > 2
    assert len(table.kinds) == (len(table.codes) if kind == "apg" else 0)


def test_a_visit_by_the_shipped_table():
    """published-results 4.7: 2.0 + 1.5 x 0.5, laboratory packaged."""
    table = read_groups(conf_dir() / "groups" / "apg.csv", "apg")
    number = table.numbers()
    items = [
        Item(table.kinds[k], int(table.weights[k]), table.related[k], table.packaged[k])
        for k in (number["P1"], number["P2"], number["L1"])
    ]
    assert visit_weight(Config(), items) == 2_750_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_encodings(tmp_path, encoding):
    table = read_groups(write(tmp_path, GOOD, encoding), "drg")
    assert (table.codes, table.names, table.weights.tolist()) == (("A", "B"), ("甲", "乙"), [1_500_000, 0])


def test_a_real_catalogue_of_15_000_rows(tmp_path):
    rows = "".join(f"G{k},组{k},{k % 700 / 100}\n" for k in range(15_000))
    began = time.perf_counter()
    assert len(read_groups(write(tmp_path, "code,name,weight\n" + rows), "dip").codes) == 15_000
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("code,name\nA,a\n", "drg", r"no column 'weight'"),
        ("code,name,weight\n", "drg", r"too few or too many rows(?s:.*)value: 0(?s:.*)1\.\.16000"),
        ("", "drg", r"no column 'code'"),
        (GOOD, "apg", r"no column 'kind'"),
        ("#x\ncode,name,weight\nA,a,-1\n", "drg", r"1 fault\.(?s:.*)row 3, column 'weight'(?s:.*)-1(?s:.*)0 <= weight"),
        ("code,name,weight\nA,a,nan\n", "drg", r"column 'weight'(?s:.*)nan"),
        ("code,name,weight\nA,a,1\nA,b,x\n,c,1\n", "dip",
         r"3 faults(?s:.*)row 3, weight = 'x'(?s:.*)row 4, code = ''(?s:.*)row 3, column 'code'(?s:.*)in row 2"),
        ("code,name,weight,kind,related,packaged\nA,a,1,surgery,,2\n", "apg", r"2 faults(?s:.*)packaged = '2': 0 or 1"),
        ("code,name,weight\n" + "".join(f"A{k},a,-1\n" for k in range(30)), "drg", r"30 faults(?s:.*)And 10 more"),
    ],
)  # fmt: skip
def test_faults_are_told(tmp_path, text, kind, words):
    with pytest.raises(ConfigError, match=words):
        read_groups(write(tmp_path, text), kind)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        read_groups(tmp_path / "none.csv", "drg")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"code,name,weight\nA,\xff\xff,1\n")
    with pytest.raises(ConfigError, match="neither UTF-8 nor GBK"):
        read_groups(broken, "drg")
