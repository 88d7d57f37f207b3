"""What is left out leaves nothing behind: rows of other files that hang on it go too, told and counted once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from sim.core.errors import ConfigError, CountyFundError
from sim.settle.command import Result
from tests.settle.small import HEAD, fund, one, refused, settled

GROUPS = "group,weight,kind,packaged\nP1,2,procedure,\nP2,3,procedure,\nG9,1,,\n"
APG = ("payment=apg", "payment.rate=100", "payment.coefficient=1", "payment.further_share=1")
VISITS = "claim,provider,category,group,charge,statutory\n"


def left_out(result: Result) -> dict[str, int]:
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    found: dict[str, int] = manifest["left_out"]
    return found


def listed(result: Result) -> list[tuple[str, str, str, str]]:
    path = result.folder / "errors.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(r["file"], r["row"], r["column"], r["value"]) for r in csv.DictReader(file)]


def notes(result: Result) -> str:
    return "\n".join(result.notes)


def test_a_visit_without_services_and_group_is_left_out_like_any_bad_row(tmp_path):
    """V1: weight 2 x 100 = 200 yuan less what the patient pays (300 - 300 = 0)."""
    claims = VISITS + "V1,H1,门诊,,300,300\nV2,H1,门诊,,50,50\nV3,H1,门诊,ZZ,50,50\n"
    files = {"claims": claims, "groups": GROUPS, "items": "claim,item\nV1,P1\n"}
    told = refused(tmp_path, *APG, **files)
    assert "row 3, group: '' must not be empty for a visit in the county without items" in told
    assert "row 4, group: '' must be in the group table for a visit in the county without items" in told
    result = settled(tmp_path, *APG, "skip_bad=true", **files)
    assert fund(result) == 20_000
    assert left_out(result) == {"claims.csv": 2}
    assert listed(result) == [("claims.csv", "3", "group", ""), ("claims.csv", "4", "group", "")]


def test_a_visit_that_is_left_out_does_not_count_in_a_yearly_limit(tmp_path):
    """Two visits of one person, of which the first is bad: the second is computed as if alone."""
    head = "claim,person,date,provider,category,group,charge\n"
    first, second = "V1,甲,2024-01-05,H1,门诊,,900\n", "V2,甲,2024-02-05,H1,门诊,,900\n"
    files = {"groups": GROUPS, "items": "claim,item\nV2,P1\n"}
    both = settled(tmp_path, *APG, "skip_bad=true", claims=head + first + second, **files)
    alone = settled(tmp_path, *APG, "overwrite=true", claims=head + second, **files)
    assert fund(both) == fund(alone)


@pytest.mark.parametrize("bad", ["V2,H1,门诊,,x,50", "V2,H1,门诊,,50,50,7", 'V2,H1,门诊,,50,"50'])
def test_services_of_a_claim_that_is_left_out_are_no_errors_of_their_own(bad, tmp_path):
    files = {
        "claims": VISITS + f"V1,H1,门诊,,300,300\n{bad}\n",
        "groups": GROUPS,
        "items": "claim,item\nV1,P1\nV2,P1\nV2,P2\n",
    }
    told = refused(tmp_path, *APG, **files)
    assert "bad rows: claims.csv 1" in told
    result = settled(tmp_path, *APG, "skip_bad=true", **files)
    assert fund(result) == 20_000
    assert left_out(result) == {"claims.csv": 1, "items.csv": 2}
    assert "items.csv: 2 rows left out (V2), referring to claims that are left out" in notes(result)
    assert "1 service belongs to 1 claim; 1 visit in the county paid by weight" in notes(result)


def test_a_visit_whose_services_are_left_out_goes_with_them_or_is_told(tmp_path):
    """V1 keeps P1 (200 yuan) and V2 has nothing left."""
    files = {
        "claims": VISITS + "V1,H1,门诊,,300,300\nV2,H1,门诊,,300,300\n",
        "groups": GROUPS.replace("P2,3", "P2,x"),
        "items": "claim,item\nV1,P1\nV1,P2\nV2,P2\n",
    }
    told = refused(tmp_path, *APG, **files)
    assert "bad rows: groups.csv 1" in told
    assert "items.csv, item: 'P2', 2 rows referring to a bad row of the group table" in told
    assert "claims.csv" not in told
    result = settled(tmp_path, *APG, "skip_bad=true", **files)
    assert fund(result) == 20_000
    assert left_out(result) == {"groups.csv": 1, "items.csv": 2, "claims.csv": 1}
    assert "1 visit has a service that is left out: weighed without it" in notes(result)


@pytest.mark.parametrize("bad", ["H2,nowhere,B", "H2,county,B,x", 'H2,county,"B', "H2,,B"])
def test_a_bad_row_of_providers_is_told_once_and_not_at_each_claim(bad, tmp_path):
    providers = f"provider,tier,community\nH1,county,A\n{bad}\n"
    claims = HEAD + "1,H1,inpatient,100,60,x\n" + "".join(f"{k},H2,inpatient,100,60,x\n" for k in range(2, 42))
    told = refused(tmp_path, claims=claims, providers=providers)
    assert told.count("claims.csv") == 1
    assert "claims.csv, provider: 'H2', 40 rows referring to a bad row of the providers file" in told
    result = settled(tmp_path, "skip_bad=true", claims=claims, providers=providers)
    assert fund(result) == 6_000
    assert left_out(result) == {"providers.csv": 1, "claims.csv": 40}
    assert ("claims.csv", "", "provider", "H2") in listed(result)


def test_a_community_of_a_row_that_is_left_out_still_stands(tmp_path):
    """Else all persons without a community would be A's, the only one left, and B would be no community of a claim."""
    providers = "provider,tier,community\nH1,county,A\nH2,nowhere,B\nH3,city,\n"
    claims = "claim,provider,category,home,charge,statutory\n1,H1,住院,B,100,60\n2,H3,住院,,100,60\n"
    result = settled(tmp_path, "skip_bad=true", claims=claims, providers=providers)
    assert fund(result) == 12_000
    assert left_out(result) == {"providers.csv": 1}
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(manifest["heads"]) == ["A", "B"]


def test_an_institution_below_one_that_is_left_out_is_told(tmp_path):
    providers = "provider,name,tier,community,parent\nH1,县医院,county,A,\nT1,#N/A,township,A,\nV1,,village,A,T1\n"
    for bad in (",x", '",township', ",township,"):
        told = refused(tmp_path, claims=one(), providers=providers.replace("#N/A,township", bad))
        assert told.count("providers.csv, row") == 1  # not of V1 as well
    result = settled(tmp_path, "skip_bad=true", claims=one(), providers=providers)
    assert "1 institution has one above it that is left out" in notes(result)


def test_a_ledger_does_not_close_the_accounts_of_what_is_left_out(tmp_path):
    providers = "provider,tier,community\nH1,county,A\nH2,nowhere,A\n"
    with pytest.raises(ConfigError, match="would close the accounts"):
        settled(tmp_path, "skip_bad=true", f"ledger={tmp_path / 'ledger'}", claims=one(), providers=providers)


@pytest.mark.parametrize("bad", ["G2,heavy", "G2,1,2", 'G2,"1'])
def test_a_case_group_that_is_left_out_takes_its_stays_along(bad, tmp_path):
    drg = ("payment=drg", "payment.rate=100", "payment.coefficient=1")
    claims = "claim,provider,category,group,charge,statutory\n1,H1,住院,G1,300,300\n2,H1,住院,G2,300,300\n"
    files = {"claims": claims, "groups": f"group,weight\nG1,2\n{bad}\n"}
    assert refused(tmp_path, *drg, **files).count("claims.csv") == 1
    result = settled(tmp_path, *drg, "skip_bad=true", **files)
    assert fund(result) == 20_000
    assert left_out(result) == {"groups.csv": 1, "claims.csv": 1}


def test_a_total_without_a_word_is_found_beside_bad_rows(tmp_path):
    """The sum of three bills, of which one is left out, is no bill."""
    head = "claim,person,date,provider,category,charge,statutory\n"
    rows = "1,甲,2024-01-01,H1,住院,100,60\n2,乙,2024-01-01,H1,住院,200,x\n3,丙,2024-01-01,H1,住院,300,60\n"
    result = settled(tmp_path, "skip_bad=true", claims=head + rows + ",,,H1,住院,600,120\n")
    assert fund(result) == 12_000
    assert left_out(result) == {"claims.csv": 2}


def once(folder: Path, *words: str, **files: str) -> list[str]:
    """The complaints about bad files."""
    with pytest.raises(CountyFundError, match="nothing was settled") as error:
        settled(folder, *words, **files)
    return [line for line in str(error.value).splitlines() if ", row " in line]


CLAIM = "claim,person,provider,date,year,insurance,category,home,cases,days,charge,covered,statutory,patient\n"


@pytest.mark.parametrize(
    "row",
    [
        "1,,H1,2024-13-01,,居民,住院,,1,5,100,,60,",  # an unreadable day
        "1,,H9,2024-01-01,,居民,住院,,1,5,100,,60,",  # an institution that is not there has no community to lack
        "1,,H1,2024-01-01,,居民,住院,,1,5,x,,60,",  # an unreadable charge; the covered part is empty
        "1,,H1,2024-01-01,,居民,住院,,1,5,-100,,60,",
        "1,,H1,2024-01-01,,居民,住院,,1,5,999999999999,,60,",
        "1,,H1,2024-01-01,,居民,住院,,1,5,100,,160,",  # more paid than there is
        "1,,1.2E+17,2024-01-01,,居民,住院,,1,5,100,,60,",
        "1,,H1,2024-01-01,,居民,住院,,x,5,100,,60,",
        "1,,H1,1900-01-01,,居民,住院,,1,5,100,,60,",
    ],
)
@pytest.mark.parametrize("file", ["claims", "history"])
def test_one_fact_of_a_row_is_one_complaint(file, row, tmp_path):
    good = {"claims": "2,,H1,2024-01-01,,居民,住院,,1,5,100,,60,\n", "history": ""}
    past = "3,,H1,2023-01-01,,居民,住院,,1,5,100,,60,\n"
    row = row.replace("2024", "2023") if file == "history" else row
    texts = {"claims": CLAIM + good["claims"], "history": CLAIM + past}
    texts[file] += row + "\n"
    providers = "provider,tier,community\nX1,city,\nH1,county,A\nH2,county,B\n"
    words = ("payment=budget", "payment.base=last_year", "payment.growth=0")
    enrolment = "community,heads\nA,10\nB,10\n"
    assert len(once(tmp_path, *words, providers=providers, enrolment=enrolment, **texts)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        "乙,东,x,12,,\n乙,东,10,12,,",  # of the second row the first one says what is wrong
        "乙,东,x,,2024-01-01,2024-05-31\n乙,东,10,,2024-06-01,",
        "乙,东,10,,2024-13-01,2024-05-31\n乙,东,10,,2024-06-01,",
        "乙,东,10,,,\n乙,东,10,,2024-06-01,",
    ],
)
def test_a_spoilt_row_of_the_signed_list_spoils_no_other(rows, tmp_path):
    signed = f"person,community,base_cost,months,signed_from,signed_to\n甲,东,10,12,,\n{rows}\n"
    told = once(tmp_path, "payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1.1",
                claims=one(), signed=signed, providers="provider,tier,community\nH1,county,东\n")  # fmt: skip
    assert "row 3" in told[0]
    assert len(told) == (2 if "12,,\n乙" in rows else 1)  # months from January on, twice: that is a fact of its own


def test_a_file_of_which_every_row_is_bad_is_told(tmp_path):
    """Also one whose columns are all text; and nothing left over is told with what was left out."""
    claims = VISITS + "V1,H1,门诊,,300,300\n"
    told = refused(tmp_path, *APG, claims=claims, groups=GROUPS, items="claim,item\n1.2E+17,P1\n1.2E+17,P1\n")
    assert "items.csv, row 2, claim: '1.2E+17' must be text" in told
    told = refused(tmp_path, "skip_bad=true", claims=claims.replace("300,300", "x,300"))
    assert "no claim is left to settle" in told
    assert "left out: claims.csv 1 row" in told
