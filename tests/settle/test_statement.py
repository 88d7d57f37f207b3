"""Statements and notes in both languages; what a first user gets wrong is told."""

import pytest

from sim.core.errors import CountyFundError
from sim.settle.write.terminal import show
from tests.settle_world import FILES, county, write

CLAIMS = (FILES / "claims.csv").read_text(encoding="utf-8")


def rules(tmp_path, *words, **files) -> str:
    with pytest.raises(CountyFundError) as error:
        county(tmp_path / "out", "payment=package", "settlement.lump_per_head=690", *words, **files)
    assert not (tmp_path / "out").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Statement of 2024",
                "county hospital",
                "Due in all",
                "fee for service",
                "package",
                "is settled with it",
                "1 of c.csv",
                "Institution (seal)",
            ),
        ),
        (
            "zh",
            (
                "2024年度结算单",
                "县级医院",
                "应付合计",
                "按项目付费",
                "总额打包付费",
                "不计入各成员单位的结算单",
                "c.csv 1行",
                "医疗机构（章）",
                "预算未受基金收入限制",
            ),
        ),
    ],
)
def test_a_statement_speaks_one_language(tmp_path, language, words):
    claims = write(tmp_path / "c.csv", CLAIMS + "0009,2024,居民,住院,B,1,8,1,1\n")
    options = ["payment=ffs,package", "settlement.lump_per_head=690", f"language={language}", "skip_bad=true"]
    county(tmp_path / "out", *options, claims=claims)
    told = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    for word in words:
        assert word in told
    other = "Payment" if language == "zh" else "支付方式"
    assert other not in told
    section = told[told.index("<section>") : told.index("</section>")]
    assert section.count("<table>") == 2  # the bills, and a row for each design


def test_enrolment_is_one_row_a_community_and_year(tmp_path):
    twice = write(tmp_path / "e.csv", "医共体,年度,参保人数,签约人数\n东医共体,2024,10,11\n东医共体,2024,10,1\n")
    told = rules(tmp_path, f"enrolment={twice}")
    assert "e.csv, row 2, signed (签约人数): '11' must not exceed the insured" in told
    assert "e.csv, row 3, community (医共体): '东医共体' must not be given twice for a year" in told


def test_a_negative_charge_is_told_once(tmp_path):
    told = rules(tmp_path, claims=write(tmp_path / "c.csv", CLAIMS + "0003,2024,居民,住院,B,1,8,-6000,4050\n"))
    assert "'-6000' must be within 0" in told
    assert "value: 1" in told


def test_own_group_codes_without_a_table_are_explained(tmp_path):
    with pytest.raises(CountyFundError, match="your own group codes need groups=FILE"):
        county(tmp_path / "out", "payment=drg", "payment.rate=6000", "payment.coefficient=1", groups=None)


@pytest.mark.parametrize("option", ["cap", "budget", "dip"])
def test_a_pool_by_heads_without_heads_is_refused_and_not_zero(tmp_path, option):
    past = write(tmp_path / "h.csv", CLAIMS.replace(",2024,", ",2023,"))
    words = [f"payment={option}", f"history={past}", "claims.growth=0"]
    with pytest.raises(CountyFundError, match=r"number of insured persons(?s:.*)enrolment=FILE"):
        county(tmp_path / "out", *words)  # the file gives the heads of 2024 only
    result = county(tmp_path / "out", *words, "payment.base=last_year")
    assert int(result.fund["fund"].iloc[0]) == int(result.fund["ffs"].iloc[0])


def test_full_width_digits_are_digits(tmp_path):
    wide = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
    head, *rows = CLAIMS.splitlines()
    spelled = [
        "".join(c + "," for c in [*cells[:5], *(v.translate(wide) for v in cells[5:])])[:-1]
        for cells in (row.split(",") for row in rows)
    ]
    claims = write(tmp_path / "wide.csv", "\n".join([head, *spelled]) + "\n", "gb18030")
    plain_ = county(tmp_path / "a", "payment=package", "settlement.lump_per_head=690")
    found = county(tmp_path / "b", "payment=package", "settlement.lump_per_head=690", claims=claims)
    assert found.fund.equals(plain_.fund)
    told = rules(tmp_path, claims=write(tmp_path / "c.csv", CLAIMS + "0003,2024,居民,住院,B,１.５,8,6000,4050\n"))
    assert "'１.５' must be a whole number" in told


@pytest.mark.parametrize(
    ("word", "says"),
    [("available=-5", ">= 0"), ("year=abc", "'abc'"), ("errors=0", ">= 1"), ("skip_bad=yes", "true or false")],
)
def test_own_words_are_checked_before_any_work(tmp_path, word, says):
    told = rules(tmp_path, word)
    assert says in told
    assert "to do: see countyfund settle --help" in told


def test_an_old_list_of_errors_goes_when_the_files_are_mended(tmp_path):
    rules(tmp_path, claims=write(tmp_path / "c.csv", CLAIMS + "0003,2024,居民,住院,B,1,8,-6000,4050\n"))
    assert (tmp_path / "out.errors.csv").is_file()
    county(tmp_path / "out", "payment=ffs")
    assert not (tmp_path / "out.errors.csv").exists()
    told = rules_again(tmp_path)
    assert "out holds a run already" in told
    assert "overwrite=true" in told
    assert "output." not in told


def rules_again(tmp_path) -> str:
    with pytest.raises(CountyFundError) as error:
        county(tmp_path / "out", "payment=ffs")
    return str(error.value)


def test_the_terminal_speaks_chinese(tmp_path, capsys):
    result = county(tmp_path / "out", "payment=drg", "payment.rate=6000", "payment.coefficient=1", "language=zh")
    show(result)
    told = capsys.readouterr().out
    for word in ("基金支出合计", "医保应付比按项目付费：", "说明：口径（drg）："):
        assert word in told
    for word in ("receipts", "note:", "reading ("):
        assert word not in told
