"""Rules between the cells, rows, years and files of `settle`: what contradicts is refused, what is assumed is said."""

from pathlib import Path

import pandas as pd
import pytest

from sim.__main__ import main
from sim.core.errors import ConfigError, CountyFundError
from sim.settle.command import Result, settle
from tests.settle_world import write

PROVIDERS = """provider,name,tier,community
H1,County Hospital,county,A
T1,Township Centre,township,A
V1,Village Clinic,village,A
C1,City Hospital,city,
"""
HEAD = "claim,person,provider,date,category,days,charge,covered,statutory\n"
ONE = HEAD + "C1,P9,H1,2024-05-01,inpatient,5,10000,10000,5000\n"
HEADS = "community,year,heads\nA,2022,100\nA,2023,100\nA,2024,100\n"


def settled(folder: Path, *words: str, out: str = "out", **files: str) -> Result:
    """Settle files that are given as text."""
    texts = {"claims": ONE, "providers": PROVIDERS} | files
    paths = [f"{name}={write(folder / f'{name}.csv', text)}" for name, text in texts.items()]
    return settle([*paths, *words, f"out={folder / out}"])


def fund(result: Result) -> float:
    """What the fund pays under the first design, yuan."""
    return int(result.fund["fund"].iloc[0]) / 100


def refusal(folder: Path, *words: str, **files: str) -> str:
    """The message of a settlement that is refused; nothing is left of it."""
    with pytest.raises(CountyFundError) as error:
        settled(folder, *words, **files)
    assert not (folder / "out").exists()
    return str(error.value)


def said(result: Result, text: str) -> str:
    """The one note that holds a text."""
    (note,) = [note for note in result.notes if text in note]
    return note


# --- years -----------------------------------------------------------------------------------------------------------
MEAN = ("payment=budget", "payment.base=mean", "payment.base_years=2", "payment.growth=0")
DEAR = HEAD + "A1,P1,H1,2022-12-20,inpatient,5,300000,300000,\nA2,P1,H1,2023-01-10,inpatient,5,300000,300000,\n"
BOTH = (
    HEAD
    + """A1,P1,H1,2022-12-20,inpatient,5,10000,10000,
A2,P1,H1,2023-01-10,inpatient,5,10000,10000,
A3,P2,V1,2022-11-01,outpatient,0,1000,1000,
A4,P2,V1,2023-02-01,outpatient,0,1000,1000,
"""
)


def test_yearly_limits_and_deductibles_begin_anew_each_year(tmp_path):
    # the yearly limit of 200,000 is reached in 2022 and again in 2023: mean 200,000
    assert fund(settled(tmp_path, *MEAN, out="dear", history=DEAR, enrolment=HEADS)) == 200_000
    # each year (10,000 - 500) x 0.8 = 7,600, and a visit at its yearly limit of 100: mean 7,700
    assert fund(settled(tmp_path, *MEAN, out="both", history=BOTH, enrolment=HEADS)) == 7_700
    capped = settled(tmp_path, "payment=cap", *MEAN[1:], out="cap", history=BOTH, claims=ONE.replace("5000", "9000"))
    assert fund(capped) == 7_600  # of the hospital alone


def test_years_without_days_begin_anew_too_and_the_order_is_said(tmp_path):
    past = "claim,person,provider,year,category,days,charge,covered,statutory\n" + "\n".join(
        f"{claim},{person},{place},{year},{kind},{days},{charge},{charge},"
        for claim, person, place, year, kind, days, charge in (
            ("A1", "P1", "H1", 2022, "inpatient", 5, 10000),
            ("A2", "P1", "H1", 2023, "inpatient", 5, 10000),
            ("A3", "P2", "V1", 2022, "outpatient", 0, 1000),
            ("A4", "P2", "V1", 2023, "outpatient", 0, 1000),
        )
    )
    result = settled(tmp_path, *MEAN, history=past)
    assert fund(result) == 7_700
    assert "4 rows" in said(result, "history.csv: 4 rows of which the statutory part is computed have no date")


def test_a_second_stay_of_the_same_year_has_half_the_deductible(tmp_path):
    past = HEAD + "A1,P1,H1,2023-01-20,inpatient,5,10000,10000,\nA2,P1,H1,2023-12-10,inpatient,5,10000,10000,\n"
    # 7,600 + (10,000 - 250) x 0.8 = 15,400
    assert (
        fund(settled(tmp_path, "payment=budget", "payment.base=last_year", "payment.growth=0", history=past)) == 15400
    )


def test_a_date_of_another_year_than_the_cell_year_is_refused(tmp_path):
    head = "claim,provider,date,year,category,charge,statutory\n"
    told = refusal(tmp_path, "payment=ffs", claims=head + "1,H1,2023-12-31,2024,outpatient,10,5\n")
    assert "claims.csv, row 2, date: '2023-12-31' must be of the year in the column year" in told
    assert fund(settled(tmp_path, "payment=ffs", claims=head + "1,H1,2024-12-31,2024,outpatient,10,5\n")) == 5


def test_rows_of_the_history_are_of_earlier_years_row_by_row(tmp_path):
    head = "claim,provider,date,category,charge,statutory\n"
    past = head + "1,H1,2023-12-31,outpatient,10,5\n2,H1,2024-01-01,outpatient,10,5\n3,H1,,outpatient,10,5\n"
    told = refusal(tmp_path, *MEAN, history=past)
    assert "history.csv, row 3, date: '2024-01-01' must be of a year before 2024" in told
    assert "history.csv, row 4, date: '' must not be empty: each claim of the history needs date or year" in told
    assert fund(settled(tmp_path, *MEAN, "skip_bad=true", history=past)) == 5


UNDATED = "claim,provider,category,charge,statutory\n1,H1,outpatient,10,5\n"


@pytest.mark.parametrize("word", ["ledger", "history", "enrolment", "signed"])
def test_claims_without_a_year_are_refused_where_the_year_matters(word, tmp_path):
    files = {"enrolment": HEADS} if word in ("enrolment", "signed") else {"history": BOTH} if word == "history" else {}
    words = ["payment=ffs"]
    if word == "ledger":
        words.append(f"ledger={tmp_path / 'ledger'}")
    if word == "enrolment":
        words = ["payment=package", "settlement.lump_per_head=1"]
    if word == "signed":
        files |= {"signed": "person,base_cost,signed_from\nP1,10,2024-01-01\n"}
    told = refusal(tmp_path, *words, claims=UNDATED, **files)
    assert told.startswith("the claims have no year")
    assert "add a column date or year to the claims, or give year=2024" in told
    result = settled(tmp_path, *words, "year=2024", claims=UNDATED, **files)
    assert "1 row names neither date nor year: taken as of 2024" in said(result, "neither")


def test_claims_without_a_year_are_settled_where_it_does_not_matter_and_it_is_said(tmp_path):
    result = settled(tmp_path, "payment=ffs", claims=UNDATED)
    assert fund(result) == 5
    assert said(result, "no row names a date or a year")


def test_a_row_without_a_year_beside_others_is_of_their_year_and_said(tmp_path):
    head = "claim,provider,date,category,charge,statutory\n"
    claims = head + "1,H1,2024-01-01,outpatient,10,5\n2,H1,,outpatient,10,5\n"
    assert "1 row names neither" in said(settled(tmp_path, "payment=ffs", claims=claims), "neither date nor year")


def test_dates_that_are_still_to_come_are_said(tmp_path):
    head = "claim,provider,date,category,charge,statutory\n"
    result = settled(tmp_path, "payment=ffs", claims=head + "1,H1,2099-01-01,outpatient,10,5\n")
    assert "1 claim has" in said(result, "still to come")


# --- heads -----------------------------------------------------------------------------------------------------------
PAST = HEAD + "1,P1,H1,2022-05-01,inpatient,5,20000,20000,10000\n2,P1,H1,2023-05-01,inpatient,5,20000,20000,10000\n"
GAP = "community,year,heads\nA,2023,100\nA,2024,100\n"
GROWTH = {"package": "settlement.growth=0", "budget": "payment.growth=0", "cap": "payment.growth=0"}


@pytest.mark.parametrize("option", GROWTH)
def test_a_base_year_with_money_and_no_heads_is_refused(option, tmp_path):
    words = (f"payment={option}", GROWTH[option])
    told = refusal(tmp_path, *words, history=PAST, enrolment=GAP)
    assert "nobody is insured in 2022 of A" in told
    assert "a row of 2022" in told
    whole = settled(tmp_path, *words, history=PAST, enrolment=HEADS)
    # 20,000 in two years of 100 persons each: 100 a head, times 100 persons; a cap leaves bills of 5,000 alone
    assert fund(whole) == (5_000 if option == "cap" else 10_000)
    base = "settlement.base=last_year" if option == "package" else "payment.base=last_year"
    assert fund(settled(tmp_path, *words, base, out="last", history=PAST, enrolment=GAP)) == fund(whole)


@pytest.mark.parametrize("option", ["package", "budget"])
def test_one_community_without_heads_in_a_base_year_is_enough(option, tmp_path):
    two = PROVIDERS + "H2,Second Hospital,county,B\n"
    past = PAST + "3,P2,H2,2022-05-01,inpatient,5,20000,20000,10000\n4,P2,H2,2023-05-01,inpatient,5,20000,20000,10000\n"
    heads = HEADS + "B,2023,100\nB,2024,100\n"
    told = refusal(tmp_path, f"payment={option}", GROWTH[option], history=past, enrolment=heads, providers=two)
    assert "nobody is insured in 2022 of B" in told


@pytest.mark.parametrize(
    "words",
    [
        ("payment=package", "settlement.lump_per_head=100"),
        ("payment=capitation", "payment.amount_per_head=100"),
        (
            "payment=composite",
            "payment.outpatient.amount_per_head=1",
            "payment.chronic.amount_per_head=1",
            "payment.inpatient=ffs",
            "settlement.lump_per_head=1",
        ),
    ],
)
@pytest.mark.parametrize("heads", ["community,year,heads\nA,2024,100\n", "community,year,heads\nA,2023,1\nB,2023,1\n"])
def test_a_community_without_heads_in_the_year_is_refused_and_not_zero(words, heads, tmp_path):
    two = PROVIDERS + "H2,Second Hospital,county,B\n"
    told = refusal(tmp_path, *words, enrolment=heads, providers=two)
    assert "nobody is given for" in told
    assert "a row of 2024 for each community" in told


def test_a_community_without_institutions_cannot_hold_a_budget(tmp_path):
    heads = "community,year,heads\nA,2024,100\nA1,2024,100\n"
    lump = ("payment=package", "settlement.lump_per_head=1000")
    told = refusal(tmp_path, *lump, enrolment=heads)
    assert "a community without institutions" in told
    assert "'A1'" in told
    result = settled(tmp_path, "payment=ffs", enrolment=heads)
    assert said(result, "no institution of the providers file belongs to A1")
    # a community that claims name is one: its budget of 100,000 less the 5,000 spent elsewhere is its surplus
    home = ONE.replace("provider,", "provider,home,").replace("H1,", "H1,A1,")
    assert fund(settled(tmp_path, *lump, out="home", claims=home, enrolment=heads)) == 200_000


def test_a_community_given_with_and_without_a_year_is_refused(tmp_path):
    told = refusal(
        tmp_path,
        "payment=package",
        "settlement.lump_per_head=1",
        enrolment="community,year,heads\nA,2024,100\nA,,100\n",
    )
    assert "two rows of one year" in told


@pytest.mark.parametrize(("column", "value"), [("signed", "40"), ("score", "0.9")])
def test_a_blank_beside_filled_cells_of_a_year_is_refused(column, value, tmp_path):
    two = PROVIDERS + "H2,Second Hospital,county,B\n"
    words = ("payment=capitation", "payment.amount_per_head=100")
    heads = f"community,year,heads,{column}\nA,2024,100,{value}\nB,2024,100,\n"
    told = refusal(tmp_path, *words, enrolment=heads, providers=two)
    assert f"enrolment.csv, row 3, {column}: '' must not be empty beside cells of its year" in told
    other = f"community,year,heads,{column}\nA,2024,100,\nB,2024,100,\nA,2023,100,{value}\nB,2023,100,{value}\n"
    assert "filled for other years" in refusal(tmp_path, *words, enrolment=other, providers=two)
    empty = f"community,year,heads,{column}\nA,2024,100,\nB,2024,100,\n"
    result = settled(tmp_path, *words, enrolment=empty, providers=two)
    if column == "signed":
        assert said(result, "all insured persons count as signed")


# --- empty cells of claims --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value", "rest"),
    [("insurance", "居民", "5"), ("cases", "2", "5"), ("covered", "8", "")],
)
def test_a_blank_of_claims_beside_filled_cells_is_refused_where_money_depends_on_it(column, value, rest, tmp_path):
    head = f"claim,provider,date,category,charge,{column},statutory\n"
    rows = f"1,H1,2024-01-01,outpatient,10,{value},{rest}\n2,H1,2024-01-01,outpatient,10,,{rest}\n"
    told = refusal(tmp_path, "payment=ffs", claims=head + rows)
    assert f"claims.csv, row 3, {column}: '' must not be empty beside cells that are filled in" in told
    left = settled(tmp_path, "payment=ffs", "skip_bad=true", claims=head + rows)
    assert left.findings.rows == {"claims.csv": 1}
    none = head + rows.replace(f",{value},", ",,")
    assert not settled(tmp_path, "payment=ffs", out="none", claims=none).findings.cells  # as if it were no column


# --- twice -----------------------------------------------------------------------------------------------------------
LAST = ("payment=budget", "payment.base=last_year", "payment.growth=0")
OLD = HEAD + "S1,P1,H1,2023-05-01,inpatient,5,20000,20000,10000\n"


def test_a_claim_number_given_twice_is_refused_in_the_history_too(tmp_path):
    again = OLD + OLD.removeprefix(HEAD).replace("S1", " S1 ")
    assert "history.csv, row 3, claim: 'S1' must not be given twice" in refusal(tmp_path, *LAST, history=again)
    assert fund(settled(tmp_path, *LAST, "skip_bad=true", out="bad", history=again)) == 10_000
    assert fund(settled(tmp_path, *LAST, history=OLD)) == 10_000


def test_numbers_that_begin_anew_each_year_are_of_other_bills_and_said(tmp_path):
    past = OLD + OLD.removeprefix(HEAD).replace("2023", "2022")
    result = settled(tmp_path, *MEAN, history=past.replace("S1", "C1"))
    assert fund(result) == 10_000
    assert "1 claim number" in said(result, "stands in several years")
    assert "1 claim number" in said(result, "stands in the history too")


def test_rows_without_a_number_that_repeat_another_are_said(tmp_path):
    head, row = "person,provider,date,category,charge,statutory\n", "P1,H1,2024-05-01,outpatient,10,5\n"
    claims = head + row * 3 + row.replace("P1", "P2") + row.replace(",10,", ",11,")
    result = settled(tmp_path, "payment=ffs", claims=claims)
    assert fund(result) == 25
    assert "2 rows without a claim number" in said(result, "repeat an earlier row in every cell")
    other = settled(tmp_path, "payment=ffs", out="other", claims=head + row + row.replace("P1", "P2"))
    assert not any("repeat" in note for note in other.notes)


@pytest.mark.parametrize("word", ["claims", "providers", "history", "out", "year"])
def test_a_word_given_twice_is_refused(word, tmp_path):
    words = [f"claims={write(tmp_path / 'c.csv', ONE)}", f"providers={write(tmp_path / 'p.csv', PROVIDERS)}",
             f"history={write(tmp_path / 'h.csv', OLD)}", f"out={tmp_path / 'out'}", "year=2024"]  # fmt: skip
    with pytest.raises(ConfigError, match=f"{word}= is given twice"):
        settle([*words, *(text for text in words if text.startswith(f"{word}="))])
    assert not (tmp_path / "out").exists()


# --- days ------------------------------------------------------------------------------------------------------------
RATES = "payment.rates={village: 200, township: 300, county: 700, city: 0, remote: 0}"
GROUPS = "group,name,weight\nG1,one,1\nG2,two,2\n"


@pytest.mark.parametrize(
    "words",
    [
        ("payment=per_diem", RATES),
        ("payment=drg", "payment.rate=8000", "payment.coefficient=1", "payment.outlier.short_days=2"),
        (
            "payment=package",
            "payment.within={scheme: per_diem, rates: {village: 1, township: 1, county: 1, city: 0, remote: 0}}",
            "settlement.lump_per_head=1",
        ),
        (
            "payment=composite",
            "payment.outpatient=ffs",
            "payment.chronic=ffs",
            "payment.inpatient=ffs",
            "payment.long_groups=[0]",
            "payment.long_stay={scheme: per_diem, rates: {village: 1, township: 1, county: 1, city: 0, remote: 0}}",
            "settlement.lump_per_head=1",
        ),
    ],
)
@pytest.mark.parametrize("days", ["", "0", "1"])
def test_stays_need_days_where_the_rule_reads_them(words, days, tmp_path):
    head = "claim,provider,date,category,group,cases,days,charge,covered,statutory\n"
    claims = head + f"1,H1,2024-05-01,inpatient,G1,2,{days},10000,10000,6000\n"
    files = {"groups": GROUPS, "enrolment": HEADS}
    told = refusal(tmp_path, *words, claims=claims, **files)
    assert f"claims.csv, row 2, days: '{days}' must be at least 1 for each case" in told
    good = claims.replace(f",2,{days},", ",2,10,")
    visit = good + "2,H1,2024-05-01,outpatient,,1,,10,10,5\n3,C1,2024-05-01,inpatient,,1,,10,10,5\n"
    settled(tmp_path, *words, claims=visit, **files)  # visits and stays elsewhere need none


def test_a_rate_of_a_day_from_history_needs_its_days(tmp_path):
    past = OLD.replace(",5,20000", ",,20000")
    assert "history.csv, row 2, days: ''" in refusal(tmp_path, "payment=per_diem", history=past)
    # 20,000 in 5 days is 4,000 a day; 5 days less the 5,000 paid by others
    assert fund(settled(tmp_path, "payment=per_diem", "claims.growth=0", history=OLD)) == 15_000
    assert fund(settled(tmp_path, "payment=per_diem", RATES, out="given", history=past)) == 5 * 700 - 5_000


# --- parts of a bill --------------------------------------------------------------------------------------------------
BILL = "claim,person,provider,date,category,days,charge,covered,statutory,"


@pytest.mark.parametrize(
    ("column", "given", "patient"),
    [("assistance", 500, 1_100), ("catastrophic", 300, 1_300), ("patient", 1_600, 1_600)],
)
def test_parts_given_stay_where_the_statutory_part_is_computed(column, given, patient, tmp_path):
    claims = f"{BILL}{column}\n1,P1,H1,2024-05-01,inpatient,5,6000,6000,,{given}\n"
    result = settled(tmp_path, "payment=ffs", claims=claims)
    (row,) = pd.read_parquet(tmp_path / "out" / "receipts.parquet").to_dict("records")
    assert row["statutory"] == 440_000  # (6,000 - 500) x 0.8
    assert row[column] == given * 100
    assert row["patient"] == patient * 100
    if column != "patient":
        note = said(result, f"the {column} part of 1 row is given")
        assert f"{given}.00 yuan given, 0.00 by the benefit rules" in note


def test_parts_that_contradict_what_is_computed_are_refused(tmp_path):
    head = f"{BILL}assistance,patient\n"
    bad = "1,P1,H1,2024-05-01,inpatient,5,6000,6000,,,5000\n"
    told = refusal(tmp_path, "payment=ffs", claims=head + bad)
    assert "row 2, patient: '5000.00' must be what the computed and given parts leave: statutory 4400.00" in told
    over = "1,P1,H1,2024-05-01,inpatient,5,6000,6000,,1600.01,\n"
    assert "row 2, charge: '6000.00' must be" in refusal(tmp_path, "payment=ffs", claims=head + over)
    # left out, it is no stay of the year: the next has the full deductible
    next_ = "2,P1,H1,2024-06-01,inpatient,5,6000,6000,,,1600\n"
    result = settled(tmp_path, "payment=ffs", "skip_bad=true", claims=head + bad + next_)
    assert fund(result) == 4_400
    assert result.findings.rows == {"claims.csv": 1}


# --- empty files -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["providers", "enrolment", "signed", "claims", "history"])
def test_files_with_headings_only_end_in_one_message(name, tmp_path, capsys):
    heads = {
        "providers": "provider,name,tier,community\n",
        "enrolment": "community,year,heads\n",
        "signed": "person,base_cost,months\n",
        "claims": HEAD,
        "history": HEAD,
    }
    texts = {"claims": ONE, "providers": PROVIDERS, name: heads[name]}
    files = [f"{key}={write(tmp_path / f'{key}.csv', text)}" for key, text in texts.items()]
    assert main(["settle", *files, "payment=ffs", f"out={tmp_path / 'out'}"]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert f"{name}.csv" in told


# --- what is said -----------------------------------------------------------------------------------------------------
SIGNED = ("payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1")


def test_a_signed_list_says_how_many_of_it_are_signed_and_have_claims(tmp_path):
    listed = (
        "person,base_cost,signed_from,signed_to\nP9,10,2024-02-01,\nP2,10,2023-01-01,2023-12-31\nP3,10,2025-01-01,\n"
    )
    result = settled(tmp_path, *SIGNED, signed=listed, enrolment=HEADS)
    assert said(result, "signed list: 3 persons, 1 of them signed at some time in 2024")
    assert said(result, "of the 3 persons on the signed list 1 has claims in the file")
    strange = settled(tmp_path, *SIGNED, out="strange", signed=listed.replace("P9", "9"), enrolment=HEADS)
    assert said(strange, "0 have claims in the file: the quota is granted and nobody is charged to it")


def test_claims_of_listed_persons_that_are_not_charged_are_said(tmp_path):
    two = PROVIDERS + "H2,Second Hospital,county,B\n"
    listed = "person,community,base_cost,months\nP9,A,10,12\n"
    head = "claim,person,provider,date,year,category,charge,statutory\n"
    claims = head + "1,P9,H2,2024-05-01,2024,outpatient,10,5\n2,P9,H1,,2024,outpatient,10,5\n"
    heads = "community,year,heads\nA,2024,100\nB,2024,100\n"
    result = settled(tmp_path, *SIGNED, claims=claims, providers=two, signed=listed, enrolment=heads)
    assert said(result, "1 claim of persons on the signed list is of another community than the list names")
    assert said(result, "1 claim of persons on the signed list has no date")


def test_tiers_and_groups_without_a_past_are_said(tmp_path):
    past = ONE.replace("2024", "2023").replace("category,", "category,group,").replace("inpatient,", "inpatient,G1,")
    now = past.replace("2023", "2024") + "C2,P9,T1,2024-05-01,inpatient,G2,5,100,100,50\n"
    files = {"claims": now, "history": past, "groups": GROUPS}
    drg = settled(tmp_path, "payment=drg", "claims.growth=0", out="drg", **files)
    assert said(drg, "no stays in the base years at tier township: its coefficient is 1")
    # 10,000 a unit of weight, the coefficient of the only tier is 1; 20,000 less the patient's 50
    assert fund(drg) == 5_000 + 20_000 - 50
    days = settled(tmp_path, "payment=per_diem", "claims.growth=0", out="days", **files)
    assert said(days, "no stays in the base years at tier township: its rate of a day is that of all tiers")
    dip = settled(tmp_path, "payment=dip", "payment.scores=history", "payment.base=last_year", out="dip", **files)
    assert "1 case group" in said(dip, "has no stays in earlier years")


def test_a_case_group_that_nobody_needs_is_said(tmp_path):
    claims = ONE.replace("category,", "category,group,").replace("inpatient,", "inpatient,XX,")
    result = settled(tmp_path, "payment=ffs", out="ffs", claims=claims, groups=GROUPS)
    assert "1 row" in said(result, "names a case group that is not in the group table")
    words = ("payment=composite", "payment.outpatient=ffs", "payment.chronic=ffs", "payment.inpatient=ffs",
             "payment.ffs_groups=[0]", "settlement.lump_per_head=1")  # fmt: skip
    assert "'XX' must be in the group table" in refusal(tmp_path, *words, claims=claims, groups=GROUPS, enrolment=HEADS)


def test_items_say_how_many_claims_they_belong_to(tmp_path):
    head = "claim,provider,date,category,group,charge,statutory\n"
    claims = head + "1,H1,2024-05-01,outpatient,P1,300,100\n2,H1,2024-05-02,outpatient,P1,300,100\n"
    items = "claim,item\n1,P1\n1,P1\n"
    result = settled(tmp_path, "payment=apg", "payment.rate=100", "payment.coefficient=1", claims=claims, items=items,
                     groups="group,weight,kind\nP1,2,procedure\n")  # fmt: skip
    assert said(result, "2 services belong to 1 claim; 2 visits in the county")
    assert said(result, "1 service is given again for the same claim")


def test_persons_of_two_insurances_or_two_communities_are_said(tmp_path):
    two = PROVIDERS + "H2,Second Hospital,county,B\n"
    head = "claim,person,provider,home,insurance,date,category,charge,statutory\n"
    claims = (
        head
        + """1,P1,H1,A,居民,2024-05-01,outpatient,10,5
2,P1,H1,A,职工,2024-05-02,outpatient,10,5
3,P2,H1,A,居民,2024-05-01,outpatient,10,5
4,P2,H1,B,居民,2024-05-02,outpatient,10,5
"""
    )
    heads = "community,year,heads\nA,2024,100\nB,2024,100\n"
    result = settled(
        tmp_path, "payment=package", "settlement.lump_per_head=1", claims=claims, providers=two, enrolment=heads
    )
    assert "1 person is" in said(result, "insured as residents in some claims and as employees in others")
    assert "1 person has" in said(result, "different communities answer for")
    assert "1 claim (5.00 yuan of the fund)" in said(result, "of one community treated by a member of another")
    assert "3 rows" not in " ".join(result.notes)


def test_a_pool_that_is_far_from_the_bills_is_warned_of(tmp_path):
    few = settled(tmp_path, "payment=budget", "payment.pool=25000.01")
    assert said(few, "stays in the county are paid 25000.01 yuan for bills of 5000.00, 5 times as much (point value")
    assert not any(
        "times as much" in note for note in settled(tmp_path, "payment=budget", "payment.pool=25000", out="at").notes
    )
    assert said(settled(tmp_path, "payment=budget", "payment.pool=999", out="low"), "0.2 times as much")


def test_what_comes_from_the_default_county_is_said(tmp_path):
    rows = ONE.replace("5000\n", "\n").replace("category,", "category,group,").replace("inpatient,", "inpatient,{},")
    own = rows.format("G1")
    words = ("payment=drg", "payment.coefficient=1")
    past = own.replace("2024", "2023")
    result = settled(tmp_path, *words, claims=own, history=past, groups=GROUPS)
    assert said(result, "the benefit rules are those of the default county")
    assert said(result, "grow by 0.06 a year")
    assert said(result, "drg: 1 of the 3 base years asked for are in the history")
    told = settled(tmp_path, *words, "benefit.resident.cap=100000", "claims.growth=0", "payment.base_years=1",
                   out="own", claims=own, history=past, groups=GROUPS).notes  # fmt: skip
    assert not any("default county" in note or "base years asked" in note for note in told)
    default = settled(
        tmp_path, "payment=drg", "payment.rate=1", "payment.coefficient=1", out="default", claims=rows.format("ES2")
    )
    assert said(default, "without groups=FILE the case groups and weights are those of the default county")


def test_institutions_without_a_base_have_no_cap_and_it_is_said(tmp_path):
    claims = ONE + "C2,P9,T1,2024-05-01,outpatient,,100,100,50\n"
    result = settled(tmp_path, "payment=cap", "payment.base=last_year", "payment.growth=0", claims=claims, history=OLD)
    assert "T1" in said(result, "no cap for institutions without bills in the base years")


def test_designs_with_other_benefits_are_not_settled_together_where_it_is_computed(tmp_path):
    words = ("payment=ffs", "benefit.resident.cap=100000,200000")
    told = refusal(tmp_path, *words, claims=ONE.replace("5000\n", "\n"))
    assert "they differ in benefit" in told
    assert fund(settled(tmp_path, *words)) == 5_000
