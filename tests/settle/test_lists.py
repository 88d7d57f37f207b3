"""Signed lists, items of visits, contracts on turnover and amounts of the past: bad rows, messages, planted faults."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import pipeline
from sim.config import load_config
from sim.core.errors import ConfigError, CountyFundError, IdentityError
from sim.core.units import fen
from sim.money import paying, settlement
from sim.outcomes import identities
from sim.settle.command import Result, settle
from sim.tables import Payments, Settlement
from tests.money_world import ints, make_claims, make_history, make_providers
from tests.settle_world import write

PROVIDERS = "provider,tier,community\n0002,township,东\n0003,county,东\n0009,city,\n"
QUOTA = ["payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1.1"]
GROUPS = "group,weight,kind,packaged\nP1,2,procedure,\nL1,0.2,ancillary,1\nX,1,,\n"


def settled(folder: Path, *words: str, **texts: str) -> Result:
    files = {"providers": PROVIDERS} | texts
    return settle(
        [*(f"{n}={write(folder / f'{n}.csv', t)}" for n, t in files.items()), *words, f"out={folder / 'out'}"]
    )


# --- bad rows ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["乙,西,10,12,,"], "row 3, community: '西' must be a community of"),
        (["乙,东,,12,,"], "row 3, base_cost: '' must not be empty"),
        (["乙,东,-1,12,,"], "row 3, base_cost: '-1' must be within 0"),
        ([",东,10,12,,"], "row 3, person: '' must not be empty"),
        (["乙,东,10,13,,"], "row 3, months: '13' must be within 0 .. 12"),
        (["乙,东,10,,,"], "row 3, months: '' must not be empty without signed_from"),
        (["乙,东,10,6,2024-01-01,"], "row 3, months: '6' must be empty where dates are given"),
        (["乙,东,10,,,2024-01-01"], "row 3, signed_to: '2024-01-01' needs signed_from"),
        (["乙,东,10,,2024-02-30,"], "row 3, signed_from: '2024-02-30' must be a date"),
        (["乙,东,10,,2024-05-01,2024-04-30"], "row 3, signed_to: '2024-04-30' must not be before signed_from"),
        (["乙,东,10,,2024-01-01,2024-05-31", "乙,东,10,,2024-05-31,"], "row 4, person: '乙' must not be signed twice"),
        (["乙,东,10,3,,", "乙,东,10,,2024-06-01,"], "row 4, person: '乙' must not be signed twice"),
        (["乙,东,10,,2024-01-01,2024-05-31", "乙,东,11,,2024-06-01,"], "row 4, base_cost: '11' must be the same"),
    ],
)
def test_bad_rows_of_a_signed_list(rows, says, tmp_path):
    signed = "\n".join(["person,community,base_cost,months,signed_from,signed_to", "甲,东,10,12,,", *rows])
    claims = "provider,category,year,charge\n0003,门诊,2024,100\n"
    with pytest.raises(CountyFundError, match="nothing was settled") as error:
        settled(tmp_path, *QUOTA, claims=claims, signed=signed)
    assert f"signed.csv, {says}" in str(error.value)
    result = settled(tmp_path, *QUOTA, "skip_bad=true", claims=claims, signed=signed)
    assert any("of signed.csv" in note for note in result.notes)


def test_a_signed_list_with_dates_needs_a_year(tmp_path):
    texts = {
        "claims": "provider,category,charge\n0003,门诊,100\n",
        "signed": "person,base_cost,signed_from\n甲,120,2024-07-01\n",
    }
    with pytest.raises(ConfigError, match="claims have no year"):
        settled(tmp_path, *QUOTA, **texts)
    with pytest.raises(ConfigError, match="at least one closed year") as error:
        settled(tmp_path, "payment=signed_quota", "payment.within=ffs", "year=2024", **texts)
    assert "payment.purchase_ratio" in str(error.value)
    texts["claims"] = texts["claims"].replace("charge\n0003,门诊", "year,charge\n0003,门诊,2024")
    result = settled(tmp_path, *QUOTA, **texts)
    # July to December: 120 x 1.1 x 6 / 12; without heads the claims count as signed, so nothing passes through
    assert result.communities["budget"].tolist() == [fen(66)]


def test_a_list_that_no_design_uses_is_told(tmp_path):
    result = settled(
        tmp_path,
        "payment=ffs",
        claims="provider,category,charge\n0003,门诊,100\n",
        signed="person,base_cost,months\n甲,120,6\n",
    )
    assert any("signed=FILE is not used" in note for note in result.notes)


@pytest.mark.parametrize(
    ("words", "used"),
    [
        ("payment=ffs", ""),
        ("payment=drg payment.rate=5000 payment.coefficient=1", "groups"),
        ("payment=drg", "history groups growth"),
        ("payment=apg payment.rate=100", "history groups"),
        ("payment=cap", "history enrolment growth"),
        ("payment=package settlement.base=last_year", "history enrolment growth"),
        (
            "payment=package settlement.base=last_year settlement.distribution.rule=contribution",
            "history enrolment groups growth",
        ),
        ("payment=package settlement.lump_per_head=100", "enrolment"),
    ],
)
def test_files_and_growth_that_no_design_looks_at_are_told(tmp_path, words, used):
    """By the documents: a rate given needs no past, fee for service none of it; sample files are all there."""
    data = Path(sim.__file__).parent / "data"
    files = [
        f"{name}={data / f'sample_{name}.csv'}" for name in ("claims", "providers", "groups", "enrolment", "history")
    ]
    notes = settle([*files, *words.split(), "claims.growth=0.05", f"out={tmp_path / 'out'}"]).notes
    told = {note.partition("=")[0] for note in notes if "=FILE is not used" in note}
    assert told == {"history", "groups", "enrolment"} - set(used.split())
    unread = any("claims.growth" in note and "no part in" in note for note in notes)
    assert not ("growth" in used and unread)
    assert unread or used  # under fee for service nothing grows


def test_settings_that_act_in_simulations_alone_are_told(tmp_path):
    """Nobody responds, signs or is assessed when given claims are settled: such settings must not pass in silence."""
    claims = "provider,category,charge\n0003,门诊,100\n"
    words = ("response.restraint=0.5", "settlement.announced=1", "contracts.by_month=true", "overwrite=true")
    (note,) = [n for n in settled(tmp_path, "payment=ffs", *words, claims=claims).notes if n.startswith("no part in")]
    assert "response.restraint=0.5, settlement.announced=1, contracts.by_month=true" in note
    (note,) = [n for n in settled(tmp_path, *words, "language=zh", claims=claims).notes if "不起作用" in n]
    assert "settlement.announced=1" in note
    plain = settled(tmp_path, "payment=ffs", "overwrite=true", claims=claims)
    assert not any(n.startswith("no part in") for n in plain.notes)


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ("V1,P9", "items.csv, row 2, item: 'P9' must be in the group table"),
        ("V1,X", "items.csv, row 2, item: 'X' must be of a group with a kind"),
        ("V9,P1", "items.csv, row 2, claim: 'V9' must be the number of a claim"),
        (",P1", "items.csv, row 2, claim: '' must not be empty"),
        ("V1,P1", "claims.csv, row 3, group: '' must not be empty for a visit in the county without items"),
    ],
)
def test_bad_items(items, says, tmp_path):
    claims = "claim,provider,category,charge,statutory\nV1,0003,门诊,300,300\nV2,0003,门诊,10,10\n"
    with pytest.raises(CountyFundError, match="nothing was settled") as error:
        settled(tmp_path, "payment=apg", "payment.rate=1", "payment.coefficient=1", claims=claims, groups=GROUPS,
                items=f"claim,item\n{items}\n")  # fmt: skip
    assert says in str(error.value)


def test_items_need_kinds_and_numbers(tmp_path):
    words = ["payment=apg", "payment.rate=1", "payment.coefficient=1"]
    claims, items = "provider,category,charge\n0003,门诊,300\n", "claim,item\nV1,P1\n"
    with pytest.raises(ConfigError, match="with their kind"):
        settled(tmp_path, *words, claims=claims, items=items, groups="group,weight\nP1,2\n")
    with pytest.raises(ConfigError, match="the claims have no numbers"):
        settled(tmp_path, *words, claims=claims, items=items, groups=GROUPS)


def test_a_contract_on_turnover_needs_the_cost_of_members(tmp_path):
    rows = ("provider,category,home,charge,statutory,cost", "0003,门诊,东,100,60,", "0003,门诊,外来,50,50,20")
    claims = "\n".join([*rows, "0009,门诊,东,30,30,"])
    words = ["payment=package", "settlement=alzira", "settlement.lump_per_head=1"]
    with pytest.raises(CountyFundError) as error:
        settled(tmp_path, *words, claims=claims, enrolment="community,heads\n东,100\n")
    assert "claims.csv, row 2, cost: '' must not be empty" in str(error.value)
    assert "row 4" not in str(error.value)


# --- contracts: the same whatever members were credited by ------------------------------------------------------------
def test_what_a_contract_leaves_does_not_depend_on_the_credit():
    claims = make_claims(
        [
            {"tier": "county", "home": 0, "charge": 100, "statutory": 60},
            {"tier": "county", "home": 1, "at": 0, "charge": 50, "statutory": 20},
            {"tier": "city", "home": 0, "charge": 30, "statutory": 10},
        ]
    )._replace(cost=ints(8000, 1000, 0))
    config = settlement.Config(contract={"apply": True, "outflow_share": 0.9}, surplus_cap=0.075)
    whole = []
    for receipts in (claims.statutory, claims.charge, ints(1, 2, 1000)):
        found = settlement.settle(config, ints(20000, 5000), Payments(receipts, 0.0), claims, make_providers(2))
        identities.check_settlement(found)
        members = ints(receipts[0] + receipts[1], 0) + found.transfer
        whole.append((members.tolist(), found.contract.profit.tolist(), found.contract.returned.tolist()))
    # community 0: turnover 200 + 0.8 x 50 = 240; profit 240 - 0.9 x 30 - 90 = 123; kept 0.075 x 240 = 18; returned 105
    # members have 240 - 27 - 105 = 108 = own cost 90 + 18; community 1: 50 - 0.9 x 50 = 5; kept 3.75, returned 1.25
    assert whole == [([10800, 375], [12300, 500], [10500, 125])] * 3


def test_a_contract_that_does_not_add_up_is_found():
    found = Settlement(*(ints(10) for _ in range(5)), np.zeros((1, 5), dtype=np.int64))
    with pytest.raises(IdentityError, match="balance = budget"):
        identities.check_settlement(found)


# --- amounts of a past that there is not ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["payment=drg"], "payment.rate and payment.coefficient"),
        (["payment=dip"], "payment.pool and payment.coefficient"),
        (["payment=dip", "payment.pool=1", "payment.coefficient=1", "payment.scores=history"], "payment.scores=table"),
        (
            ["payment=dip_full", "payment.scores=table", "payment.pool=1", "payment.coefficient=1"],
            "deviation.apply=false",
        ),
        (["payment=budget"], "payment.pool"),
        (["payment=cap"], "payment.caps"),
        (["payment=per_diem"], "payment.rates"),
        (["payment=capitation"], "payment.amount_per_head"),
        (["payment=package"], "settlement.lump_per_head"),
        (["payment=drg_package"], "payment.within.rate and payment.within.coefficient"),
        (["payment=composite"], "payment.outpatient.amount_per_head"),
        (["payment=signed_quota", "payment.within=ffs"], "signed=FILE"),
    ],
)
def test_a_design_that_needs_a_past_names_what_to_give(words, names, tmp_path):
    with pytest.raises(ConfigError, match="at least one closed year") as error:
        settled(tmp_path, *words, claims="provider,category,group,days,charge\n0003,住院,X,1,10\n", groups=GROUPS,
                enrolment="community,heads\n东,10\n")  # fmt: skip
    assert "history=FILE" in error.value.todo
    assert names in error.value.todo


SMALL = ("population.residents=200", "years.history=2", "years.warm_up=0")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["current_payment=cap"], "current_payment.caps"),
        (["current_payment=drg_package"], "current_payment.within.rate and current_payment.within.coefficient"),
    ],
)
def test_the_rule_of_the_history_years_names_its_own_key(words, names):
    with pytest.raises(ConfigError, match="first history year has no past") as error:
        pipeline.run_history(load_config((*SMALL, *words)), 0)
    assert names in error.value.todo
    assert " payment." not in str(error.value)


def test_history_years_under_caps_that_are_given():
    words = ["current_payment=cap", "current_payment.growth=0", "current_payment.caps=[0,0,1000,null,null,null]"]
    history = pipeline.run_history(load_config((*SMALL, *words)), 0).books.closed
    claims = history[-1].claims
    capped = int(claims.statutory[(claims.provider < 3) & (claims.insurance == 1)].sum())
    usual = int(claims.statutory[(claims.insurance == 1) & (claims.home >= 0)].sum())
    # institutions 0 and 1 are paid nothing, 2 at most 1,000 yuan, all others in full
    assert capped > fen(1000)
    assert usual - capped <= int(history[-1].spent.sum()) <= usual - capped + fen(1000)


# --- planning --------------------------------------------------------------------------------------------------------
def test_money_that_passes_through_does_not_harm_the_adequacy_of_a_budget():
    claims = make_claims([{"tier": "county", "home": k, "charge": 1000, "statutory": 400 + 50 * k} for k in (0, 1)])
    history = make_history([claims], [[10, 20]])
    history = history._replace(closed=(history.closed[0]._replace(spent=ints(30_000, 50_000)),))
    config = load_config(["payment=signed_quota", "payment.within=ffs", "payment.signed_share=0"])
    stake = partial(settlement.stake, config.settlement, history=history, providers=make_providers(2))
    last = history.closed[0].claims
    budgets = partial(paying.budgets_of, config.payment, None, history, lambda: ints(0, 0), last)
    expected = paying.expected_receipts(config.settlement, history)
    assert expected.tolist() == [31_800, 53_000]  # what residents cost, 6 % more
    assert stake(budgets(expected)).adequacy == pytest.approx([1, 1], abs=1e-9)
    # planted: last year's bills would make a budget of nobody's look too large or too small
    assert stake(budgets(last.statutory)).adequacy == pytest.approx([40_000 / 31_800, 45_000 / 53_000])
