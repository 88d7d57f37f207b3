"""`explain` is asked in a reader's words: names, calendar years; mistakes are answered by what is near."""

import ast
import re
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.core.errors import ConfigError, CountyFundError
from sim.experiment.run_folder import read_manifest
from sim.explain.lookup import nearest, year_number
from sim.money.ledger.chart import owner_label
from sim.settle.explain import explain
from tests.paths import ROOT
from tests.settle_world import FILES, county, write


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("settled") / "out"
    text = (FILES / "providers.csv").read_text(encoding="utf-8")
    providers = write(out.parent / "p.csv", text.replace("王村卫生室", "同名院").replace("城关镇卫生院", "同名院"))
    claims = write(
        out.parent / "c.csv",
        "claim,provider,category,group,date,charge,statutory\n"
        "JS0017,0003,住院,B,2024-01-01,6000,4050\n004711,0002,住院,A,2024-01-02,2500,1955\n",
    )
    words = ["payment=drg", "payment.rate=6000", "payment.coefficient=1"]
    county(out, *words, claims=claims, providers=providers)
    return out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    small = ["population.residents=400", "experiment.replications=1", "years.history=1", "years.reform=1",
             "output.report=false", "base_year=2024", "payment=drg_package", f"output.dir={out}"]  # fmt: skip
    assert main(["run", *small]) == 0
    return out


def told(*words: str) -> str:
    with pytest.raises(CountyFundError) as error:
        explain(words)
    return str(error.value)


def test_an_institution_is_found_by_its_name(settled: Path) -> None:
    by_code = explain(["provider=0003", f"settled={settled}"])
    assert explain(["provider=县人民医院", f"settled={settled}"]) == by_code
    assert by_code.startswith("institution 0003 县人民医院 (county)")
    assert explain(["provider=0003", f"settled={settled}", "language=zh"]).startswith("医疗机构0003 县人民医院（县级）")


def test_a_name_of_several_institutions_lists_their_codes(settled: Path) -> None:
    answer = told("provider=同名院", f"settled={settled}")
    assert "several institutions have this name" in answer
    assert "0001" in answer
    assert "0002" in answer
    assert "0003" not in answer


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("provider=县民医院", "0003 县人民医院"),
        ("provider=3", "0003 县人民医院"),
        ("provider=人民医院", "0003 县"),
        ("claim=js0017", "JS0017"),
        ("claim=4711", "004711"),
        ("claim=JS0018", "JS0017"),
        ("row=99", "rows 2 to 3"),
        ("fund=yes design=drgs", "did you mean drg?"),
        ("fund=yes year=2023", "2024"),
        ("provder=0003", "did you mean provider?"),
    ],
)
def test_a_mistake_is_answered_by_the_nearest(settled: Path, word: str, near: str) -> None:
    assert near in told(*word.split(), f"settled={settled}")


def test_names_stand_beside_the_codes_of_groups_and_institutions(settled: Path) -> None:
    assert "group B 一般住院" in explain(["claim=JS0017", f"settled={settled}"])
    assert "病组B 一般住院" in explain(["row=2", f"settled={settled}", "language=zh"])
    assert "0003 县人民医院: 3450.00 yuan" in explain(["fund", f"settled={settled}", "year=2024"])


def test_a_simulated_year_is_the_calendar_year_or_its_place(run: Path) -> None:
    """base_year=2024 is year 0; the year of the reform is 2025."""
    first, last = explain(["fund", "year=2024", f"run={run}"]), explain(["fund", "year=2025", f"run={run}"])
    assert first == explain(["fund", "year=0", f"run={run}"])
    assert last == explain(["fund", "year=1", f"run={run}"])
    assert "2025 (year 1, counted from 0)" in last
    assert "2025年（从0起算为第1年）" in explain(["fund", "year=1", f"run={run}", "language=zh"])
    assert "2024..2025, or counted from the first history year 0..1" in told("fund", "year=2031", f"run={run}")
    assert "nearest year of this run is 2025" in told("fund", "year=2031", f"run={run}")
    assert "such as 2025" in told("fund", f"run={run}")


def test_simulated_institutions_have_proper_names(run: Path) -> None:
    page = explain(["fund", "year=2025", f"run={run}", "language=zh"])
    assert re.search(r"村卫生室0：", page)
    assert "医疗机构" not in page.replace("各医疗机构", "")
    assert re.search(r"病组\w+ [\u4e00-\u9fff]+", page)
    assert explain(["provider=村卫生室0", "year=2025", f"run={run}", "language=zh"]).startswith("村卫生室0\n")
    assert explain(["provider=village clinic 0", "year=2025", f"run={run}"]).startswith("Village clinic 0\n")
    assert "Village clinic 0" in told("provider=Vilage clinic 0", "year=2025", f"run={run}")
    arms = list(read_manifest(run)["arms"])
    assert f"did you mean {arms[0]}?" in told("fund", "year=1", f"run={run}", f"arm={arms[0]}s")


def test_owners_of_a_simulated_ledger_are_called_the_same() -> None:
    assert owner_label("institution 7 township", "zh") == "乡镇卫生院7"
    assert owner_label("institution 7 township", "en") == "Township centre 7"
    assert owner_label("institution H7", "zh") == "医疗机构H7"


def test_an_answer_in_chinese_has_no_english_unit_or_source(settled: Path, run: Path) -> None:
    pages = [
        explain(["fund", f"settled={settled}", "language=zh"]),
        explain(["fund", "year=2025", f"run={run}", "language=zh"]),
    ]
    for page in pages:
        for word in ("yuan", "rule", "assumed", "institution", "community ", " x "):
            assert word not in re.sub(r"[：\[]\w*community\b|payment\.[\w.]*|settlement\.[\w.]*", "", page), word


def test_years_and_words_near() -> None:
    assert year_number("2019", 2019, 5) == 0
    with pytest.raises(ConfigError, match=r"2019\.\.2023"):
        year_number("2024", 2019, 5)
    with pytest.raises(ConfigError, match="whole number"):
        year_number("soon", 2019, 5)
    assert nearest("H1", ["H10", "X"]) == ["H10"]
    assert nearest("zzz", ["a"]) == []


# --- Chinese as it is written -----------------------------------------------------------------------------------------
SPOKEN = sorted((ROOT / "sim").rglob("*.py"))
READ = {"columns.py", "cells.py", "headings.py", "integers.py", "config.py", "__init__.py", "template.py"}
"""Hold what is read, not what is said; names of methods in figures; the English page of data files."""
_HALF = re.compile(r"[\u4e00-\u9fff）】”][,:;?](?!\d)|[\u4e00-\u9fff]\([\u4e00-\u9fff]|[,;:][\u4e00-\u9fff]")


def literals(path: Path) -> list[tuple[int, str]]:
    """Texts of a module that are shown: no docstrings, no declarations of parameters."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    apart |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("zh", "source")
        for part in ast.walk(node.value)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart
    ]


def test_chinese_sentences_have_chinese_punctuation() -> None:
    mixed = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SPOKEN
        if path.name not in READ
        for line, text in literals(path)
        if _HALF.search(text)
    ]
    assert not mixed, "full-width punctuation, please:\n" + "\n".join(mixed)
    assert _HALF.search("口径:按人头,不封顶")  # the rule finds what it is for
