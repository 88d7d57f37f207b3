"""Files that a county has and that need not be refused: what was assumed of them is said, and the rest refused well."""

from __future__ import annotations

import pytest

from tests.settle.small import fund, one, refused, settled

HEAD = "claim,person,provider,date,insurance,category,home,charge,statutory\n"


def notes(result):
    return "\n".join(result.notes)


def test_rows_of_employees_may_be_of_institutions_that_are_in_no_file(tmp_path):
    """They are not paid; of residents the institution must be known."""
    claims = HEAD + "1,甲,H1,2024-05-01,居民,住院,A,1000,600\n2,乙,H77,2024-05-01,职工,住院,职工组,1000,700\n"
    result = settled(tmp_path, claims=claims)
    assert fund(result) == 60_000
    assert "1 row of other insurances at institutions that the providers file lacks: not paid" in notes(result)
    told = (
        refused(tmp_path / "x", claims=claims.replace("职工,住院", "居民,住院"))
        if (tmp_path / "x").mkdir() is None
        else ""
    )
    assert "row 3, provider: 'H77' must be in the providers file" in told
    assert "row 3, home: '职工组'" in told


def test_services_of_employees_elsewhere_are_no_errors(tmp_path):
    claims = "claim,provider,insurance,category,charge,statutory\n1,H1,居民,门诊,300,300\n2,H77,职工,门诊,300,300\n"
    result = settled(tmp_path, "payment=apg", "payment.rate=100", "payment.coefficient=1", claims=claims,
                     items="claim,item\n1,P1\n2,P1\n", groups="group,weight,kind\nP1,2,procedure\n")  # fmt: skip
    assert fund(result) == 20_000


def test_the_check_digit_of_an_identity_number_may_be_small_or_large(tmp_path):
    """Both bills are of one person: the deductible of the stay counts once, as with X in both."""
    head = "claim,person,provider,date,category,charge\n"
    rows = "1,{},H1,2024-05-01,住院,9000\n2,{},H1,2024-06-01,住院,9000\n"
    same = settled(tmp_path, claims=head + rows.format("33052319800101002X", "33052319800101002X"))
    mixed = settled(tmp_path, "overwrite=true", claims=head + rows.format("33052319800101002X", "33052319800101002x"))
    other = settled(tmp_path, "overwrite=true", claims=head + rows.format("33052319800101002X", "330523198001010020"))
    assert fund(mixed) == fund(same) != fund(other)
    assert "claims.csv, person: an x behind 17 digits is the check digit X" in notes(mixed)
    assert "check digit" not in notes(same)


@pytest.mark.parametrize("code", ["1x", "33052319800101x", "A3052319800101002x"])
def test_other_codes_in_small_letters_are_other_codes(code, tmp_path):
    claims = "claim,provider,category,charge,statutory\n1,{},住院,100,60\n"
    providers = f"provider,tier\n{code.upper()},county\n"
    assert "must be in the providers file" in refused(tmp_path, claims=claims.format(code), providers=providers)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("12", "12 (门诊挂号) counts as outpatient"),
        ("13", "13 (急诊) counts as outpatient"),
        ("急诊", "急诊 counts as"),
        ("22", "22 (外伤住院) counts as inpatient"),
        ("23", "counts as inpatient"),
        ("24", "counts as inpatient"),
        ("52", "52 (生育住院) counts as inpatient"),
        ("51", "counts as outpatient"),
        ("日间手术", "counts as inpatient"),
    ],
)
def test_types_of_the_national_platform_count_as_what_they_are(code, meant, tmp_path):
    result = settled(tmp_path, claims=one(category=code))
    assert fund(result) == 60_000
    assert f"{meant}" in notes(result)


def test_a_spreadsheets_number_of_a_day_is_that_day(tmp_path):
    """45322 = 2024-01-31: the year before is another year, and a number of no such day is refused."""
    result = settled(tmp_path, "year=2024", claims=one(date="45322") + one(date="45323.75", claim="2").splitlines()[1])
    assert fund(result) == 120_000
    assert "numbers of five digits are a spreadsheet's numbers of days (45322 = 2024-01-31) (2 cells)" in notes(result)
    assert "must be of the year 2024" in refused_again(tmp_path, "year=2024", claims=one(date="45291"))
    assert "date: '12345' must be a date" in refused_again(tmp_path, claims=one(date="12345"))


def refused_again(folder, *words, **files):
    folder = folder / str(len(list(folder.iterdir())))
    folder.mkdir()
    return refused(folder, *words, **files)


@pytest.mark.parametrize("code", ["41", "31", "53", "99", "定点药店购药"])
def test_other_types_are_refused_with_those_that_are_read(code, tmp_path):
    told = refused(tmp_path, claims=one(category=code))
    assert f"row 2, category: '{code}' must be one of outpatient 普通门诊 (11, 12, 13, 51)" in told
    assert "inpatient 住院 (21, 22, 23, 24, 25, 52)" in told


def test_one_name_under_two_codes_is_said(tmp_path):
    providers = "provider,name,tier\nH1,县医院,county\nH2,县医院,county\nH3,乡医院,township\n"
    said = "several codes have one name, and count as institutions of their own: 县医院 (H1, H2)"
    assert said in notes(settled(tmp_path, claims=one(), providers=providers))


def test_day_of_discharge_and_identity_number_count_where_there_is_nothing_better(tmp_path):
    """As a hospital's export has them side by side."""
    head = "结算单号,身份证号,出院日期,机构编码,医疗类别,医疗总费用\n"
    rows = "1,33052319800101002X,2024/5/1,H1,住院,9000\n2,33052319800101002X,2024/6/1,H1,住院,9000\n"
    alone = settled(tmp_path, claims=head + rows)
    both = settled(
        tmp_path,
        "overwrite=true",
        claims=head.replace("结算单号", "结算单号,个人编号,结算时间")
        + rows.replace("1,33", "1,P1,2024-05-02 8:15,33").replace("2,33", "2,P1,2024-06-02,33"),
    )
    assert fund(alone) == fund(both)
    assert "columns that are not read: 身份证号, 出院日期" in notes(both)
    assert "no such column" not in notes(alone).partition("person")[2][:20]


def test_headings_of_the_national_platform_are_read(tmp_path):
    head = "定点医药机构编号,医疗类别,医疗费总额,符合政策范围金额,基本医保统筹基金支付,"
    head += "居民大病保险资金支出,医疗救助基金支出,个人负担总金额\n"
    result = settled(tmp_path, claims=head + 'H1,普通住院,"12,345.60","11,000.00","7,700.00",0,0,"4,645.60"\n')
    assert fund(result) == 770_000
    assert "not read" not in notes(result)


def test_a_reversal_is_one_complaint_however_many_of_its_cells_are_negative(tmp_path):
    told = refused(tmp_path, claims=one(charge="-1000", statutory="-600"))
    assert told.count("claims.csv, row") == 1
    assert "reversal (冲正)" in told


@pytest.mark.parametrize(("column", "cell"), [("category", "21.0"), ("year", "2024.0"), ("date", "20240501.0")])
def test_whole_numbers_that_a_program_wrote_with_a_point_are_themselves(column, cell, tmp_path):
    """As pandas writes a column of whole numbers with an empty cell in it."""
    claims = "claim,provider,category,charge,statutory,year,date\n1,H1,{category},1000,600,{year},{date}\n"
    cells = {"category": "住院", "year": "2024", "date": "2024-05-01"} | {column: cell}
    assert fund(settled(tmp_path, claims=claims.format(**cells))) == 60_000
    assert "must be" in refused_again(tmp_path, claims=claims.format(**(cells | {column: cell + "1"})))


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ("A,2024,100\n全县,2024,100\n", 3),
        ("A,2024,100\nB,2024,50\n乙,2024,150\n", 4),
        ("A,2024,100\nB,2024,100\n", 0),
        ("A,2024,100\nB,2024,60\n乙,2024,150\n", 0),
        ("A,2023,100\n全县,2024,100\n", 0),
    ],
)
def test_a_total_of_the_enrolment_without_a_word_is_no_community(rows, row, tmp_path):
    """Else persons of whom no community is told would no longer be of the only one."""
    head = "claim,provider,home,date,category,charge,statutory\n"
    claims = head + "1,H1,A,2024-05-01,住院,1000,600\n"
    enrolment = "community,year,heads\n" + rows
    if row:
        told = refused(tmp_path, claims=claims, enrolment=enrolment)
        assert f"enrolment.csv, row {row}, community" in told
        assert "this is a total of other rows" in told
        told = settled(tmp_path, "skip_bad=true", claims=claims, enrolment=enrolment)
    assert fund(settled(tmp_path, "skip_bad=true", "overwrite=true", claims=claims, enrolment=enrolment)) == 60_000


def test_a_community_spelt_in_two_ways_is_named_where_it_takes_effect(tmp_path):
    providers = "provider,tier,community\nH1,county,A\nH3,city,\n"
    claims = "claim,provider,date,category,charge,statutory\n1,H3,2024-05-01,住院,1000,600\n"
    words = ("payment=package", "settlement.lump_per_head=100")
    told = refused(tmp_path, *words, claims=claims, providers=providers, enrolment="community,year,heads\na,2024,10\n")
    assert "home: '' must not be empty" in told
    assert "(no institution is of a: is a community spelt in two ways?)" in told


def test_a_year_of_accounts_is_a_year(tmp_path):
    claims = "claim,provider,category,charge,statutory,年度\n1,H1,住院,1000,600,2024年度\n"
    assert fund(settled(tmp_path, "year=2024年度", claims=claims)) == 60_000


def test_a_remark_below_the_table_is_one_complaint(tmp_path):
    told = refused(tmp_path, claims=one() + "制表人：张三,审核人：李四,,,,,,,,,\n")
    assert told.count("claims.csv, row 3") == 1


def test_a_reversal_is_named_beside_what_else_is_wrong(tmp_path):
    told = refused(tmp_path, claims=one(provider="H9", charge="-1000", statutory="-600"))
    assert told.count("claims.csv, row") == 2
    assert "row 2, provider: 'H9'" in told
    assert "row 2, charge: '-1000'" in told
