"""What a settlement does not use, rounds or takes for granted is said, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.county.claims.group_tables import read_table
from sim.settle.command import settle
from tests.paths import SAMPLE
from tests.settle_world import write

FILES = [
    f"{name}={SAMPLE / f'sample_{name}.csv'}" for name in ("claims", "providers", "groups", "enrolment", "history")
]
RATES = "payment.rates={village: 1, township: 1, county: 100, city: 1, remote: 1}"


def notes(folder: Path, *words: str, language: str = "en") -> list[str]:
    return list(settle([*FILES, *words, f"language={language}", f"out={folder / 'out'}"]).notes)


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        (["payment=ffs"], "groups history enrolment"),
        (["payment=drg"], "enrolment"),
        (["payment=drg", "payment.rate=6000", "payment.coefficient=1"], "history enrolment"),
        (["payment=budget", "payment.pool=140000"], "groups history enrolment"),
        (["payment=budget", "payment.base=last_year"], "groups enrolment"),
        (["payment=budget"], "groups"),
        (["payment=cap", "payment.cap_ratio=null"], "groups history enrolment"),
        (["payment=per_diem", RATES], "groups history enrolment"),
        (["payment=package", "settlement.lump_per_head=700"], "groups history"),
        (["payment=package"], "groups"),
        (["payment=ffs,package"], "groups"),
        (["payment=ffs", "settlement.deposit=0.1"], "groups history"),
    ],
)
def test_a_file_that_no_design_looks_at_is_named(words: list[str], unused: str, tmp_path: Path) -> None:
    """An amount that is given is not taken from the history; fee for service needs nothing but the bills."""
    told = [note.partition("=FILE is not used: ")[0] for note in notes(tmp_path, *words) if "=FILE is not used" in note]
    assert sorted(told) == sorted(f"{name}" for name in unused.split())


def test_a_history_that_only_the_ledger_divides_advances_by_is_used(tmp_path: Path) -> None:
    words = ["payment=package", "settlement.lump_per_head=700", f"ledger={tmp_path / 'ledger'}"]
    assert not any("history=FILE" in note for note in notes(tmp_path, *words))


@pytest.mark.parametrize(
    "words",
    [
        ["payment=budget", "payment.base=last_year"],
        ["payment=budget", "payment.pool=140000"],
        ["payment=drg", "payment.rate=6000", "payment.coefficient=1"],
        ["payment=package", "settlement.lump_per_head=700"],
        ["payment=capitation", "payment.amount_per_head=100"],
    ],
)
def test_base_years_are_missed_only_where_they_were_looked_for(words: list[str], tmp_path: Path) -> None:
    """The sample has one year of history; three is the default of those bases that take several."""
    assert not any("base years asked for" in note for note in notes(tmp_path, *words))


def test_base_years_that_were_looked_for_and_not_found_are_said(tmp_path: Path) -> None:
    told = notes(tmp_path, "payment=budget,drg")
    assert "budget, drg: 1 of the 3 base years asked for are in the history" in told


def test_an_amount_that_is_given_does_not_grow(tmp_path: Path) -> None:
    given = notes(tmp_path / "given", "payment=drg", "payment.rate=6000", "payment.coefficient=1")
    assert not any("amounts of earlier years grow" in note for note in given)
    taken = notes(tmp_path / "taken", "payment=drg")
    assert any("amounts of earlier years grow by 0.06" in note for note in taken)


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        (["payment=drg", "payment.rate=6000", "payment.coefficient=1"], ""),
        (
            ["payment=drg", "payment.rate=6000", "payment.rate_growth=0.05", "payment.coefficient=1"],
            "payment.rate_growth=0.05",
        ),
        (["payment=drg", "payment.rate_growth=0.05"], ""),
        (
            ["payment=package", "settlement.base=last_year", "settlement.rebase=rolling", "settlement.base_years=2"],
            "settlement.rebase=rolling, settlement.base_years=2",
        ),
        (["payment=per_diem", RATES], f"payment.rates.city in {RATES}, payment.rates.remote in {RATES}"),
    ],
)
def test_a_setting_without_part_in_the_year_is_named(words: list[str], idle: str, tmp_path: Path) -> None:
    """An amount given for the first year does not grow in it; outside the county nothing is priced."""
    told = [note for note in notes(tmp_path, *words) if note.startswith("no part in settling")]
    assert [note.partition(": ")[2].partition("; ")[0] for note in told] == ([idle] if idle else [])


def groups(folder: Path, text: str) -> list[str]:
    return [en for en, _ in read_table(write(folder / "g.csv", text)).told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("group,name,weight\nA,,1\nB,b,1\n", "1 group has no name: the code stands for it"),
        ("group,name,score\nA,a,800\n", "scores were divided by 1,000 to weights"),
        ("group,name,weight\nA,a,0.12345678\nB,b,0.50000000\n", "1 weight has more than six decimals"),
        ("group,name,score\nA,a,0.1234\n", "1 weight has more than six decimals"),
        (
            "group,name,weight,kind\nA,a,1,辅助\nB,b,1,手术操作\n",
            "1 ancillary group does not say whether to be packaged",
        ),
        ("group,name,weight\n# our own\nA,a,1\n#B,b,1\n", "2 lines begin with #: comments"),
    ],
)
def test_what_is_assumed_of_a_table_of_groups_is_said(text: str, told: str, tmp_path: Path) -> None:
    assert sum(note.startswith(told) for note in groups(tmp_path, text)) == 1


def test_of_a_full_table_of_groups_nothing_is_said(tmp_path: Path) -> None:
    assert groups(tmp_path, "group,name,weight,kind,packaged\nA,a,0.123456,辅助,是\nB,b,1,手术操作,\n") == []
    assert read_table(write(tmp_path / "g.csv", "group,name,weight\nA,a,0.1234565\n")).rows[0]["weight"] == 123_457


def test_contracts_without_an_end_are_said(tmp_path: Path) -> None:
    signed = write(
        tmp_path / "s.csv",
        "person,community,base_cost,signed_from,signed_to\n"
        "33059900001280,县人民医院医共体,600,2024-01-01,\n"
        "33059900006880,县人民医院医共体,600,2024-01-01,2024-06-30\n",
    )
    words = ["payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1", f"signed={signed}"]
    assert any("signed_to (1 of 2 rows): still signed" in note for note in notes(tmp_path, *words))
    zh = settle([*FILES, *words, "language=zh", f"out={tmp_path / 'zh'}"]).notes
    assert any("（2行中1行）：仍在签约" in note for note in zh)


def test_it_is_said_in_chinese(tmp_path: Path) -> None:
    told = notes(tmp_path, "payment=ffs", language="zh")
    for note in (
        "未使用history=文件：没有方案取用往年数据",
        "未使用enrolment=文件：没有方案按人头或考核得分计算",
        "未使用groups=文件：没有方案用到病组",
    ):
        assert note in told
        note.encode("gb2312")


def test_the_hint_for_a_strange_community_does_not_speak_of_full_width_letters(tmp_path: Path) -> None:
    """They are the same letters."""
    from tests.settle.test_rules import refusal

    heads = "community,year,heads\nA,2024,100\nA1,2024,100\n"
    told = refusal(tmp_path, "payment=package", "settlement.lump_per_head=1000", enrolment=heads)
    assert "a community without institutions" in told
    assert "full-width" not in told
