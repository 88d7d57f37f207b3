"""The employee fund beside the residents', a city's pool, and factors switched on at a date (A4, A13, A14)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import pipeline
from sim.__main__ import main
from sim.closing import arm, two_funds
from sim.closing.books import FundBooks, Waiting
from sim.closing.two_funds import Outlook
from sim.config import SimConfig, load_config
from sim.core.errors import ConfigError, IdentityError
from sim.core.units import PPM, fen
from sim.explain.payment import weighted_capitation as weighted_capitation_steps
from sim.explain.payment.asked import Asked
from sim.explain.settlement import budget_steps
from sim.explain.steps import last_amount
from sim.money import city_pool, fund, settlement
from sim.money.history import Incentives, Stake, closed_year
from sim.money.payment import ffs, weighted_capitation
from sim.money.payment.scheme import fee_for_service
from sim.settle.explain import explain
from sim.settle.kept_year import Past, read_past, write_past
from sim.tables import EMPLOYEE_INSURED, RESIDENT_INSURED, resident_rows
from tests.money_world import ints, make_claims, make_history, make_providers
from tests.paths import ROOT

SMALL = {
    "population": {"residents": 400},
    "years": {"warm_up": 0, "history": 2, "reform": 2},
    "engine": "reference",
    "payment": {"scheme": "package"},
}


def small(**changes):
    return SimConfig.model_validate(SMALL | changes)


BILLS = make_claims(
    [
        {"tier": "county", "charge": 2_000, "statutory": 1_000},
        {"tier": "township", "charge": 800, "statutory": 400, "category": "outpatient"},
        {"tier": "city", "charge": 900, "statutory": 500, "insurance": "employee"},
        {"tier": "village", "charge": 300, "statutory": 200, "category": "chronic", "insurance": "employee"},
        {"tier": "village", "charge": 70, "insurance": "none", "category": "outpatient"},
    ]
)
"""Residents: 1,000 yuan of stays, 400 of visits.  Employees: 500 and 200."""


def history_of(insurance, heads):
    claims = two_funds.claims_seen_from(insurance, BILLS)
    return make_history([claims], [heads])


# --- the view -------------------------------------------------------------------------------------------------------
def test_a_fund_sees_its_own_persons_as_residents():
    assert two_funds.claims_seen_from(RESIDENT_INSURED, BILLS).insurance.tolist() == [1, 1, 2, 2, 0]
    seen = two_funds.claims_seen_from(EMPLOYEE_INSURED, BILLS)
    assert seen.insurance.tolist() == [2, 2, 1, 1, 0]
    assert fee_for_service(seen).tolist() == [0, 0, fen(500), fen(200), 0]
    assert seen._replace(insurance=BILLS.insurance) == BILLS


def test_one_fund_unless_asked():
    config = small()
    (only,) = arm.in_force(config, config.payment)
    assert only.config is config
    assert only.paid_by is config.payment
    both = small(fund={"employee": {"apply": True, "payment": "ffs"}})
    assert [type(terms.paid_by) for terms in arm.in_force(both, both.payment)][1] is ffs.Config


# --- A4: growth by insurance ----------------------------------------------------------------------------------------
A4 = {"growth": 0.03, "outpatient_growth": 0.05, "revenue_cap": False, "employee": {"outpatient_growth": 0.10}}


def test_outpatient_budgets_grow_by_insurance_as_in_ningbo():
    config = small(settlement=A4, fund={"employee": {"apply": True}})
    residents, employees = arm.in_force(config, config.payment)
    for terms, heads, expected in ((residents, 10, 1_000 * 1.03 + 400 * 1.05), (employees, 4, 500 * 1.03 + 200 * 1.10)):
        history = history_of(terms.insurance, [heads])
        own = terms.config.settlement
        assert settlement.budget(own, history, 0, heads).tolist() == [fen(expected)]
        assert last_amount(budget_steps(own, history, 0, heads, 0)) == fen(expected)


@pytest.mark.parametrize("base", ["last_year", "mean", "head_count"])
def test_one_growth_for_all_is_the_whole_budget(base):
    """The parts round for themselves, so a fen each may differ."""
    claims = [make_claims([{"tier": "county", "charge": 100 + k, "statutory": 33.33 + k},
                           {"tier": "village", "charge": 50, "statutory": 11.11, "category": "chronic"}])
              for k in range(3)]  # fmt: skip
    history = make_history(claims, [[7], [8], [9]], now=[10])
    plain = settlement.Config(base=base, growth=0.07)
    parts = plain.model_copy(update={"outpatient_growth": 0.07})
    whole = settlement.budget(plain, history, 10**9, 10)
    assert abs(int((settlement.budget(parts, history, 10**9, 10) - whole)[0])) <= 1
    steps = budget_steps(parts, history, 10**9, 10, 0)
    assert last_amount(steps) == int(settlement.budget(parts, history, 10**9, 10)[0])
    faster = settlement.budget(plain.model_copy(update={"outpatient_growth": 0.2}), history, 10**9, 10)
    assert faster[0] > whole[0]


def test_growth_for_employees_is_refused_without_their_fund():
    """It moved nothing, without a word."""
    with pytest.raises(ConfigError, match=r"settlement\.employee\.outpatient_growth needs fund\.employee\.apply=true"):
        load_config(["payment=package", "settlement.employee.outpatient_growth=0.1"])
    load_config(["payment=package", "settlement.employee.outpatient_growth=0.1", "fund.employee.apply=true"])


def test_employees_have_no_lump_of_the_residents():
    own = settlement.of_employees(settlement.Config(lump_per_head=500, growth=0.01, employee={"growth": 0.02}))
    assert (own.lump_per_head, own.growth, own.outpatient_growth) == (None, 0.02, None)
    kept = settlement.of_employees(settlement.Config(growth=0.01, outpatient_growth=0.05))
    assert (kept.growth, kept.outpatient_growth) == (0.01, 0.05)


def test_stays_and_visits_survive_a_settlement_folder(tmp_path):
    history = history_of(RESIDENT_INSURED, [10])
    none = np.zeros(0, dtype=np.int64)
    write_past(tmp_path / "past.npz", Past(history, None, none))
    again = read_past(tmp_path / "past.npz", history.growth, 0)
    assert again.history.closed[0].stays.tolist() == [fen(1_000)]
    unknown = history._replace(closed=(history.closed[0]._replace(stays=None),))
    with pytest.raises(ConfigError, match="tell stays from visits"):
        settlement.budget(settlement.Config(outpatient_growth=0.05), unknown, 0, 10)
    write_past(tmp_path / "old.npz", Past(unknown, None, none))
    assert read_past(tmp_path / "old.npz", history.growth, 0).history.closed[0].stays is None


# --- the employee fund's books --------------------------------------------------------------------------------------
def test_terms_of_the_employee_fund_by_hand():
    """10 heads at 1,500 yuan growing by 4 %; 2 signed at 40 yuan; no premium; 1 % set aside."""
    own = {"income": 1_500, "income_growth": 0.04, "opening_months": 24}
    config = fund.Config(employee=own, reserve_share=0.01, signing_fee=40)
    people = fund.Enrolment(10, 2)
    terms = fund.of_employees(config)
    assert fund.available(terms, 1, people) == fen(15_600 - 156 - 80)
    year = fund.close(terms, 0, people, fund.Due(fen(9_000), fen(400)), None)
    assert (year.income_individual, year.income_fiscal, year.premium) == (0, fen(15_000), 0)
    assert year.outgo == fen(9_000 + 400 + 80)
    opening = 2 * fen(9_480)
    assert year.accumulated == opening + round(opening * 0.015) + fen(15_000 - 9_480)
    assert fund.of_employees(fund.Config(income_growth=0.05)).income_growth == 0.05


def played(config, off=True, history=None):
    """Rows of the reform years, and the books after the history."""
    snapshot = pipeline.run_history(history or config, 0)
    (result,) = pipeline.run_reforms([pipeline.Arm("a", config, off)], snapshot)
    return {row[:3]: row[3] for row in result.rows}, snapshot.books, snapshot


BOTH = small(fund={"employee": {"apply": True}})


@pytest.fixture(scope="module")
def alone():
    return played(small())


@pytest.fixture(scope="module")
def beside():
    return played(BOTH)


def test_the_resident_fund_is_what_it_was(alone, beside):
    """Byte for byte where providers do not respond; only what providers earn by employees moves."""
    before, after = alone[0], beside[0]
    moved = {key[1] for key in before if before[key] != after[key] and not np.isnan(before[key])}
    assert moved <= {"revenue", "margin", "margin_rate"}
    new = {key[1] for key in set(after) - set(before)}
    assert len(new) == 8
    assert all(name.startswith("employee_") for name in new)


def test_what_employees_bring_providers_is_what_their_fund_owes(alone, beside):
    """Under a package with fee for service inside, members get the bills and their part of what is kept."""
    before, after = alone[0], beside[0]
    for year in (2, 3):
        more = after[year, "revenue", "all"] - before[year, "revenue", "all"]
        assert more == pytest.approx(after[year, "employee_retained", "all"], abs=0.005)
        assert after[year, "employee_retained", "all"] != 0
        charged = after[year, "employee_budget", "all"] - after[year, "employee_surplus", "all"]
        outgo = after[year, "employee_fund_outgo", "all"] - after[year, "employee_retained", "all"]
        assert 0 <= outgo - charged < 40 * 400  # the rest is signing fees
        assert after[year, "employee_budget", "community_1"] <= after[year, "employee_budget", "all"]


def test_accumulated_is_carried_from_year_to_year(beside):
    rows = beside[0]
    step = rows[3, "employee_fund_accumulated", "all"] - rows[2, "employee_fund_accumulated", "all"]
    assert step == pytest.approx(rows[3, "employee_fund_balance", "all"], abs=0.005)


def test_a_fund_opened_by_an_arm_has_the_past_that_was_billed(alone, beside):
    """History years pay fee for service, so books opened later begin with the same closed years."""
    kept, opened = (
        beside[1].funds[1],
        two_funds.books_of([RESIDENT_INSURED, EMPLOYEE_INSURED], alone[1].funds, alone[1].employees)[1],
    )
    assert len(kept.closed) == len(opened.closed) == 2
    for one, other in zip(kept.closed, opened.closed, strict=True):
        assert (one.spent == other.spent).all()
        assert (one.stays == other.stays).all()
        assert (one.heads == other.heads).all()
        assert all((a == b).all() for a, b in zip(one.claims, other.claims, strict=True))
    assert all((a == b).all() for a, b in zip(kept.roll, opened.roll, strict=True))
    assert all((a == b).all() for a, b in zip(kept.base, opened.base, strict=True))
    late, *_ = played(BOTH, history=small())
    assert late[2, "employee_budget", "all"] == beside[0][2, "employee_budget", "all"]
    gone = two_funds.books_of([RESIDENT_INSURED], beside[1].funds, beside[1].employees)
    assert gone == beside[1].funds[:1]


def test_an_employee_fund_that_pays_as_billed_moves_no_revenue(alone):
    rows, *_ = played(small(fund={"employee": {"apply": True, "payment": "ffs"}}))
    before = alone[0]
    assert all(rows[key] == value or np.isnan(value) for key, value in before.items())
    assert rows[2, "employee_retained", "all"] == 0
    assert (2, "employee_budget", "all") not in rows


def test_the_employee_fund_is_explained(tmp_path, capsys):
    """The steps are held against what was settled while they are told."""
    out = tmp_path / "run"
    words = [
        "population.residents=250",
        "experiment.replications=1",
        "years.history=1",
        "years.reform=1",
        "years.warm_up=0",
        "engine=reference",
        "output.report=false",
        f"output.dir={out}",
        "settlement.outpatient_growth=0.05",
        "payment=package",
        "fund.employee.apply=true",
        "settlement.employee.outpatient_growth=0.1",
    ]
    assert main(["run", *words]) == 0
    capsys.readouterr()
    assert main(["explain", "fund", "year=1", f"run={out}", "insurance=employee"]) == 0
    told = capsys.readouterr().out
    assert "employee fund" in told
    assert "outpatient budget" in told
    assert main(["explain", "fund", "year=1", f"run={out}"]) == 0
    assert main(["explain", "fund", "year=0", f"run={out}", "insurance=employee"]) == 0
    with pytest.raises(ConfigError, match="no such fund"):
        explain(["fund", "year=1", f"run={out}", "insurance=none"])
    assert main(["run", *words[:-2], "output.overwrite=true"]) == 0
    with pytest.raises(ConfigError, match="no books of the employee fund"):
        explain(["fund", "year=1", f"run={out}", "insurance=employee"])


def test_a_broken_identity_names_the_fund(monkeypatch):
    close = fund.close

    def wrong(config, *args):
        year = close(config, *args)
        return year._replace(receipts=year.receipts + (config.realised.individual == 0))

    monkeypatch.setattr(arm.fund, "close", wrong)
    with pytest.raises(IdentityError, match="employee fund"):
        pipeline.run_history(BOTH, 0)


# --- both funds together --------------------------------------------------------------------------------------------
def outlook(insurance, kept, primary, heads, returned):
    year = closed_year(0, claims := two_funds.claims_seen_from(insurance, BILLS), fee_for_service(claims), ints(heads))
    table = np.full((5, 3), returned)
    return Outlook(Incentives(table, table / 2), Stake(np.array([kept]), np.array([1.0]), primary, ints(heads)), year)


def test_stakes_are_weighted_by_fund_money_and_incentives_by_charges():
    """Residents 1,400 yuan, employees 700: a third of the money; stays in the county are residents' only."""
    residents = outlook(RESIDENT_INSURED, 0.9, 0.4, 10, 1.0)
    employees = outlook(EMPLOYEE_INSURED, 0.0, 0.0, 4, 0.4)
    incentives, stake = two_funds.together([residents, employees])
    assert stake.kept == pytest.approx([0.6])
    assert stake.primary_share == pytest.approx(0.4)  # of the money that is kept
    assert stake.heads.tolist() == [14]
    assert incentives.returned[2, 2] == 1.0
    assert incentives.returned[3, 2] == pytest.approx(0.4)
    assert incentives.debited[3, 2] == pytest.approx(0.2)
    assert incentives.returned[4, 0] == 1.0  # nobody was there: the first fund's
    assert two_funds.together([residents]) == (residents.incentives, residents.stake)


OPTIONS = sorted(path.stem for path in (ROOT / "conf" / "payment").glob("*.yaml"))


@pytest.mark.parametrize("option", OPTIONS)
def test_each_payment_option_pays_employees_too(option, alone):
    """Identities of both funds are checked in the run."""
    base = load_config([f"payment={option}"])
    config = small(payment=base.payment, settlement=base.settlement, fund={"employee": {"apply": True}})
    (result,) = pipeline.run_reforms([pipeline.Arm("a", config, False)], alone[2])
    rows = {row[:3]: row[3] for row in result.rows}
    assert rows[3, "employee_fund_outgo", "all"] > 0
    assert ((3, "employee_budget", "all") in rows) == ((3, "budget", "all") in rows)


def test_with_response_both_budgets_are_planned_for():
    rows, *_ = played(BOTH, off=False)
    assert np.isfinite(rows[3, "employee_fund_balance", "all"])


def test_a_fund_without_a_past_needs_none_of_heads():
    empty = (FundBooks(),)
    assert two_funds.books_of([RESIDENT_INSURED], empty, Waiting()) == empty


# --- A14: a city's pool ---------------------------------------------------------------------------------------------
def test_a_citys_pool_by_hand():
    """400 heads at 10 yuan; 100 x 1.1 = 110 and 300 x 0.95 = 285 of 395: 1,113.924 and 2,886.076 yuan."""
    city = city_pool.CityPool(apply=True, age=1.2, age_weight=0.5, others=[{"name": "B", "heads": 300, "age": 0.9}])
    assert city_pool.divided(city, fen(10), 100).tolist() == [111_392, 288_608]
    config = fund.Config(city_pool=city, realised={"individual": 4, "fiscal": 6}, catastrophic_premium=0,
                         signing_fee=0, reserve_share=0)  # fmt: skip
    people = fund.Enrolment(100, 0)
    # 1,600 and 2,400 yuan are divided each for itself: 445.570 and 668.354
    assert fund.available(config, 0, people) == 44_557 + 66_835
    assert fund.close(config, 0, people, fund.Due(0, 0), None).income_individual == 44_557
    off = config.model_copy(update={"city_pool": city.model_copy(update={"apply": False})})
    assert fund.available(off, 0, people) == fen(1_000)


INDEX, WEIGHT = st.floats(0.2, 3), st.floats(0, 2)
OTHERS = st.lists(st.tuples(st.integers(0, 10**6), INDEX, INDEX, INDEX), max_size=4)


@given(st.integers(1, 10**6), st.integers(1, 10**6), OTHERS, st.tuples(WEIGHT, WEIGHT, WEIGHT))
def test_a_pool_without_differences_gives_back_what_was_paid_in(heads, per_head, others, weights):
    """And whatever the indices, the shares sum to the pool and an older county does not get less."""
    names = dict(zip(("age_weight", "economy_weight", "disease_weight"), weights, strict=True))
    same = city_pool.CityPool(apply=True, others=[{"heads": n} for n, *_ in others], **names)
    assert city_pool.allotted(same, per_head, heads) == per_head * heads
    counties = [{"heads": n, "age": a, "economy": e, "disease": d} for n, a, e, d in others]
    city = city_pool.CityPool(apply=True, others=counties, **names)
    shares = city_pool.divided(city, per_head, heads)
    assert int(shares.sum()) == per_head * (heads + sum(n for n, *_ in others))
    older = city.model_copy(update={"age": 1.5})
    assert city_pool.allotted(older, per_head, heads) >= int(shares[0])


# --- A13: factors from a date ---------------------------------------------------------------------------------------
def pair(year, reform=1, **changes):
    """Two communities of 100 and 300 heads; 50 of each are signed; the base year cost 200 and 200 yuan."""
    claims = make_claims([{"tier": "county", "charge": 200, "statutory": 200, "home": home} for home in (0, 1)])
    history = make_history([claims], [[100, 300]], year=year, reform=reform)
    return history._replace(**({"signed": ints(50, 50)} | changes))


def weighted(**changes):
    return weighted_capitation.Config(**{"within": "ffs", "amount_per_head": 10, "growth": 0, "factors": []} | changes)


def budgets(config, history):
    """Budgets in yuan, which their steps must come to."""
    prepared = weighted_capitation.prepare(config, history)
    empty, none = make_claims([]), ints()
    found = weighted_capitation.budgets(config, prepared, lambda: ints(), empty, none)
    asked = Asked(config, prepared, history, empty, none)
    steps = [weighted_capitation_steps.budget_steps(asked, lambda: ints(), none, c) for c in range(2)]
    assert [last_amount(own) for own in steps] == found.tolist()
    return (found / 100).tolist()


@pytest.mark.parametrize(
    ("from_year", "year", "expected"),
    [  # weight 1 on x = 1.5 and 0.5: 150 and 150 in full, 125 and 225 by half, 100 and 300 before
        (0, 1, [2_000, 2_000]),
        (0.5, 1, [4_000 * 125 / 350, 4_000 * 225 / 350]),
        (0.5, 2, [2_000, 2_000]),
        (1, 1, [1_000, 3_000]),
        (1, 2, [2_000, 2_000]),
        (2.25, 3, [4_000 * 137.5 / 325, 4_000 * 187.5 / 325]),
    ],
)
def test_a_factor_counts_from_its_date(from_year, year, expected):
    factor = {"name": "assessment", "weight": 1, "index": [1.5, 0.5], "from_year": from_year}
    assert budgets(weighted(factors=[factor]), pair(year)) == pytest.approx(expected, abs=0.01)


def test_before_the_reform_only_undated_factors_count():
    dated = {"weight": 1, "index": [1.5, 0.5], "from_year": 0.5}
    before = pair(1, reform=2)
    assert weighted_capitation.raw_weights(weighted(factors=[dated]), before) == (100 * PPM**2, 300 * PPM**2)
    always = dated | {"from_year": 0}
    assert weighted_capitation.raw_weights(weighted(factors=[always]), before) == (150 * PPM**2, 150 * PPM**2)


def test_the_second_payment_begins_at_its_date():
    """A fifth of 4,000 yuan, by half in the first year: 400 and then 800 by scores of 3 to 1."""
    config = weighted(reward_share=0.2, reward_from=0.5, scores=[3, 1])
    assert budgets(config, pair(1)) == [900 + 300, 2_700 + 100]
    assert budgets(config, pair(2)) == [800 + 600, 2_400 + 200]


def test_factors_measured_in_the_past():
    """Signed 0.5 and 1/6 of a mean of 0.25: 2 and 2/3.  Cost per head 2 and 2/3 of a mean of 1: the same."""
    for measure in ("signed", "past_cost"):
        # weight 0.5: 100 x 1.5 = 150, 300 x 0.8333335 = 250
        config = weighted(factors=[{"measure": measure, "weight": 0.5}])
        assert budgets(config, pair(1)) == pytest.approx([1_500, 2_500], abs=0.01)
    with pytest.raises(ConfigError, match="signed"):
        weighted_capitation.prepare(weighted(factors=[{"measure": "signed", "weight": 1}]), pair(1, signed=None))
    with pytest.raises(ConfigError, match="closed year"):
        weighted_capitation.prepare(weighted(factors=[{"measure": "past_cost", "weight": 1}]), pair(1, closed=()))


def test_only_the_funds_own_rows_are_paid_in_either_view():
    providers = make_providers()
    for insurance in (RESIDENT_INSURED, EMPLOYEE_INSURED):
        claims = two_funds.claims_seen_from(insurance, BILLS)
        paid = ffs.pay(ffs.Config(), ffs.prepare(ffs.Config(), history_of(insurance, [1])), claims, providers)
        assert (paid.receipts > 0).tolist() == (BILLS.insurance == insurance).tolist() == resident_rows(claims).tolist()
