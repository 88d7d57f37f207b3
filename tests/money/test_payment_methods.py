"""Every payment method: worked cases of single rules, and the identities between methods."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.core.errors import ConfigError
from sim.core.units import PPM, fen, ppm
from sim.money.payment import (
    SCHEMES,
    apg,
    budget,
    capitation,
    composite,
    dip,
    per_diem,
    signed_quota,
    weighted_capitation,
)
from sim.money.payment.review import Review, reviewed
from sim.money.payment.scheme import fee_for_service
from sim.tables import Claims, Payments, empty_claims
from tests.money.test_payment import DRAWN, EVEN, WEIGHTS, as_claims, named, pay, scheme_config
from tests.money_world import cases, empty_history, ints, make_claims, make_history, make_providers, month_costs

CASES = cases("methods.yaml")


def no_base() -> Any:
    """Settlement's budgets, where a method must not ask for them."""
    raise AssertionError("settlement's budgets are not needed")


# --- worked cases ----------------------------------------------------------------------------------------------------
@named(CASES["stays"])
def test_worked_stays(case):
    years = [make_claims(rows, year) for year, rows in enumerate(case.get("years", [[]]))]
    history = make_history(years, [[100]] * len(years), weights=case["weights"])
    if "visit_weights" in case:
        history = history._replace(visit_weights=ints(*(ppm(w) for w in case["visit_weights"])))
    payments = pay(case["payment"], make_claims(case["claims"]), history)
    assert payments.receipts.tolist() == [fen(x) for x in case["receipts"]]


@named(CASES["visits"])
def test_worked_visits(case):
    config = apg.Config(rate=case["rate"], rate_growth=0, coefficient=EVEN, **case.get("config", {}))
    items = [apg.Item(kind, ppm(weight), *more) for kind, weight, *more in case["items"]]
    weight = apg.visit_weight(config, items)
    claims = make_claims([{"tier": "county", "category": "outpatient", "charge": 90, "statutory": 90}])
    prepared = apg.prepare(config, empty_history([1], WEIGHTS))
    assert apg.pay_weights(config, prepared, claims, ints(weight)).receipts.tolist() == [fen(case["paid"])]


@named(CASES["weighted_capitation"])
def test_worked_weighted_capitation(case):
    config = scheme_config({**case["payment"], "within": "ffs"})
    prepared = weighted_capitation.prepare(config, empty_history(case["heads"], WEIGHTS))
    base = ints(*(fen(x) for x in case.get("base", [0] * len(case["heads"]))))
    none = empty_claims()
    found = weighted_capitation.budgets(config, prepared, lambda: base, none, none.charge)
    assert found.tolist() == [fen(x) for x in case["budgets"]]


@named(CASES["signed_lists"])
def test_worked_signed_lists(case):
    costs = month_costs([fen(x) for x in case["costs"]], [range(m) for m in case["months"]])
    path = signed_quota.quota_of_months(costs, ppm(case["growth"]))
    assert path == [fen(x) for x in case["path"]]


@named(CASES["signed_quotas"])
def test_worked_signed_quotas(case):
    config = scheme_config(case["payment"])
    history = make_history([make_claims(case["base"])], [case["heads"]], now=case.get("now"))
    prepared = signed_quota.prepare(config, history)
    assert prepared.quota.tolist() == [fen(x) for x in case["quota"]]
    claims = make_claims(case["claims"])
    receipts = signed_quota.pay(config, prepared, claims, make_providers()).receipts
    found = signed_quota.budgets(config, prepared, no_base, claims, receipts)
    assert found.tolist() == [fen(x) for x in case["budgets"]]


# --- identities on drawn claims --------------------------------------------------------------------------------------
CASED = {"coefficient": EVEN}
METHODS: list[dict[str, Any]] = [
    {"scheme": "cap", "caps": [100.0, 20_000.0, 30_000.0], "growth": 0, "excess_share": 0.3},
    {"scheme": "budget", "pool": 123_456.78, "growth": 0, "points": "charge"},
    {"scheme": "budget", "pool": 123_456.78, "growth": 0, "scope": "inpatient"},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0, "form": "points", "pool": 123_456.78, "growth": 0},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0, "review": {"quota": 0.05}},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0, "outlier": {"high_above": 2, "low_below": 0.5, "short_days": 1}},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0, "outlier": {"fixed_loss": 100}},
    {"scheme": "per_diem", "rates": dict(EVEN, county=700), "rate_growth": 0},
    {"scheme": "apg", "rate": 60, "rate_growth": 0},
    {"scheme": "apg", "rate": 60, "rate_growth": 0, "form": "points", "pool": 5_000.5, "growth": 0},
    {"scheme": "capitation", "amount_per_head": 33, "growth": 0, "signed_share": 0.4},
    {
        "scheme": "composite",
        "outpatient": {"scheme": "budget", "pool": 900, "growth": 0},
        "chronic": "ffs",
        "inpatient": {"scheme": "drg", "rate": 5600, "rate_growth": 0},
        "ffs_groups": [2],
    },
    {"scheme": "weighted_capitation", "within": {"scheme": "dip", "pool": 123_456.78, "growth": 0}},
    {"scheme": "signed_quota", "within": {"scheme": "drg", "rate": 5600, "rate_growth": 0}},
]
MONEY = ("rate", "pool", "amount_per_head", "fixed_loss", "caps", "rates")


def history_for() -> Any:
    """A closed year without claims of weight; nothing that the listed methods take from it scales by itself."""
    return empty_history([50, 50], WEIGHTS)._replace(visit_weights=ints(PPM, 2 * PPM, PPM // 2))


def times(values: Any, k: int) -> Any:
    """All money of a method times ``k``."""
    if not isinstance(values, dict):
        return values
    scaled = {}
    for key, value in values.items():
        if key not in MONEY:
            scaled[key] = times(value, k)
        elif isinstance(value, dict):
            scaled[key] = {name: k * amount for name, amount in value.items()}
        else:
            scaled[key] = [k * amount for amount in value] if isinstance(value, list) else k * value
    return scaled


@pytest.mark.parametrize("values", METHODS, ids=str)
@given(rows=DRAWN, k=st.integers(1, 50))
def test_scaling_all_money_scales_all_payments(values, rows, k):
    """Exact but for rounding: prices a case, or a part of an amount, each at most a fen before and after scaling."""
    one = pay(values, as_claims(rows), history_for()).receipts
    many = pay(times(values, k), as_claims(rows, k), history_for()).receipts
    slack = 4 * (as_claims(rows).cases * (k + 1) + 1)
    if "outlier" in values or "review" in values:  # a case at a bound may fall on the other side by a rounded fen
        assert (np.abs(many - k * one) <= slack).sum() >= len(one) - 2
        return
    assert (np.abs(many - k * one) <= slack).all()


FROM_HISTORY: list[dict[str, Any]] = [
    {"scheme": "cap", "cap_ratio": 0.7, "excess_share": 0.2},
    {"scheme": "budget"},
    {"scheme": "dip"},
    {"scheme": "capitation", "signed_share": 0.4},
]


@pytest.mark.parametrize("values", FROM_HISTORY, ids=str)
@given(rows=DRAWN, k=st.integers(1, 50))
def test_scaling_the_past_with_the_year_scales_all_payments(values, rows, k):
    """Amounts of the past, rounded to the fen, are split: a few fen a row before scaling."""
    paid = []
    for scale in (1, k):
        claims = as_claims(rows, scale)
        history = make_history([claims], [[10, 10]], weights=WEIGHTS)._replace(growth=0.05)
        paid.append(pay(values, claims, history).receipts)
    assert (np.abs(paid[1] - k * paid[0]) <= 4 * (k + 1)).all()


@given(rows=DRAWN, k=st.integers(1, 50), amount=st.integers(0, 10**6))
def test_scaling_all_money_scales_the_budgets_of_communities(rows, k, amount):
    found = []
    for scale in (1, k):
        claims = as_claims(rows, scale)
        history = make_history([claims], [[10, 10]], weights=WEIGHTS)._replace(signed=ints(3, 7))
        by_head = scheme_config(
            {"scheme": "weighted_capitation", "within": "ffs", "amount_per_head": scale * amount / 100, "growth": 0,
             "reward_share": 0.1, "scores": [1, 2], "factors": [{"name": "age", "weight": 0.5, "index": [1.05, 0.9]}]}
        )  # fmt: skip
        quota = scheme_config({"scheme": "signed_quota", "within": "ffs", "growth": 0.05, "months": 7})
        for method, config in ((weighted_capitation, by_head), (signed_quota, quota)):
            receipts = method.pay(config, method.prepare(config, history), claims, make_providers()).receipts
            found.append(method.budgets(config, method.prepare(config, history), no_base, claims, receipts))
    assert (np.abs(found[2] - k * found[0]) <= 2 * (k + 1)).all()
    assert (np.abs(found[3] - k * found[1]) <= 2 * (k + 1)).all()


@pytest.mark.parametrize("values", METHODS, ids=str)
@given(rows=DRAWN)
def test_other_insurances_and_care_outside_are_left_alone(values, rows):
    claims = as_claims(rows)
    receipts = pay(values, claims, history_for()).receipts
    outside = (claims.insurance == 1) & (claims.tier > 2)
    assert (receipts[claims.insurance != 1] == 0).all()
    assert (receipts[outside] == claims.statutory[outside]).all()


@given(rows=DRAWN)
def test_an_unbounded_cap_is_fee_for_service(rows):
    claims, history = as_claims(rows), history_for()
    billed = fee_for_service(claims)
    for values in ({"cap_ratio": None}, {"caps": [1e9] * 10}, {"caps": [0.0] * 10, "excess_share": 1}):
        assert (pay({"scheme": "cap", **values}, claims, history).receipts == billed).all()


@given(rows=DRAWN, cap=st.integers(0, 10**7))
def test_a_cap_binds_each_institution(rows, cap):
    claims = as_claims(rows)
    receipts = pay({"scheme": "cap", "caps": [cap / 100] * 10, "growth": 0}, claims, history_for()).receipts
    billed = fee_for_service(claims)
    for provider in set(claims.provider[claims.tier <= 2].tolist()):
        mine = claims.provider == provider
        assert receipts[mine].sum() == min(cap, billed[mine].sum())


@given(rows=DRAWN, pool=st.integers(0, 10**8))
def test_a_regional_budget_is_spent_to_the_fen(rows, pool):
    claims = as_claims(rows)
    covered = (claims.insurance == 1) & (claims.tier <= 2)
    receipts = pay({"scheme": "budget", "pool": pool / 100, "growth": 0}, claims, history_for()).receipts
    if claims.statutory[covered].sum() > 0:
        assert receipts[covered].sum() == pool


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["township", "county"]), st.integers(0, 3), st.integers(1, 9)),
        min_size=1,
        max_size=20,
    ),
    pool=st.integers(0, 10**8),
)
def test_dip_with_points_proportional_to_charges_is_the_regional_budget(rows, pool):
    weights = [0.5, 1.0, 2.0, 4.0]
    claims = make_claims(
        [
            {"tier": t, "group": g, "cases": n, "charge": 1000 * weights[g] * n, "statutory": 600 * weights[g] * n}
            for t, g, n in rows
        ]
    )
    history = empty_history([1], weights)
    by_points = {"scheme": "dip", "pool": pool / 100, "growth": 0, "coefficient": 1}
    by_bills = {"scheme": "budget", "pool": pool / 100, "growth": 0, "scope": "inpatient", "points": "charge"}
    assert (pay(by_points, claims, history).receipts == pay(by_bills, claims, history).receipts).all()


@given(rows=DRAWN, amount=st.integers(0, 10**6))
def test_capitation_gives_each_community_its_budget(rows, amount):
    """One community that has all visits of its residents gets heads x amount, whatever was billed."""
    claims = as_claims(rows)
    values = {"scheme": "capitation", "amount_per_head": amount / 100, "growth": 0, "signed_share": 1}
    receipts = pay(values, claims, history_for()).receipts
    visits = (claims.insurance == 1) & (claims.category != 2) & (claims.statutory != 0)
    for home in (0, 1):
        mine = visits & (claims.home == home)
        if (mine & (claims.community == home)).any():
            assert receipts[mine].sum() == 50 * amount


ONE: list[dict[str, Any]] = [
    {"scheme": "ffs"},
    {"scheme": "dip", "pool": 123_456.78, "growth": 0},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0},
    *(values for values in METHODS if not SCHEMES[values["scheme"]].has_budget),
]


@pytest.mark.parametrize("values", ONE, ids=str)
@given(rows=DRAWN)
def test_composite_of_one_method_is_that_method(values, rows):
    claims, history = as_claims(rows), history_for()
    whole = {"scheme": "composite", **dict.fromkeys(("outpatient", "chronic", "inpatient", "long_stay"), values)}
    alone = pay(values, claims, history)
    for outer in (whole, {**whole, "long_groups": [1]}, {"scheme": "package", "within": values}):
        together = pay(outer, claims, history)
        assert (together.receipts == alone.receipts).all()
        assert together.point_value == pytest.approx(alone.point_value, nan_ok=True)


@pytest.mark.parametrize("scheme", ["cap", "budget", "drg", "dip", "per_diem", "apg", "capitation"])
@given(rows=DRAWN)
def test_composite_of_one_method_from_history_is_that_method(scheme, rows):
    claims = as_claims(rows)
    stays = (claims.insurance == 1) & (claims.tier <= 2) & (claims.category == 2) & (claims.statutory != 0)
    visits = (claims.insurance == 1) & (claims.tier <= 2) & (claims.category != 2) & (claims.statutory != 0)
    claims.days[:] = claims.cases * 3
    if not stays.any() or not visits.any():
        return
    history = make_history([claims], [[10, 10]], weights=WEIGHTS)._replace(visit_weights=ints(PPM, PPM, PPM))
    names = dict.fromkeys(("outpatient", "chronic", "inpatient", "long_stay"), scheme)
    one = pay({"scheme": scheme}, claims, history)
    assert (pay({"scheme": "composite", **names}, claims, history).receipts == one.receipts).all()


@given(heads=st.lists(st.integers(1, 10**6), min_size=1, max_size=5), data=st.data(), amount=st.integers(0, 10**6))
def test_weighted_capitation_splits_its_pool_to_the_fen(heads, data, amount):
    size = len(heads)
    index = data.draw(st.lists(st.integers(1, 3000), min_size=size, max_size=size))
    config = weighted_capitation.Config(
        amount_per_head=amount / 100,
        growth=0,
        reward_share=0.07,
        within="ffs",
        factors=({"name": "age", "weight": 0.5, "index": [x / 1000 for x in index]},),
    )
    prepared = weighted_capitation.prepare(config, empty_history(heads, WEIGHTS))
    none = empty_claims()
    found = weighted_capitation.budgets(config, prepared, no_base, none, none.charge)
    assert found.sum() == amount * sum(heads)
    plain = config.model_copy(update={"factors": (), "reward_share": 0.0})
    prepared = weighted_capitation.prepare(plain, empty_history(heads, WEIGHTS))
    found = weighted_capitation.budgets(plain, prepared, no_base, none, none.charge)
    assert found.tolist() == [amount * n for n in heads]  # without factors: heads x amount


@given(
    rows=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=40),
    quota=st.sampled_from([0.0, 0.005, 0.05, 0.5, 1.0]),
    by=st.sampled_from(["region", "provider"]),
)
def test_review_keeps_its_quota_and_takes_the_dearest(rows, quota, by):
    charge, number, provider = (ints(*column) for column in zip(*rows, strict=True))
    standard = 100_000 * number
    chosen = reviewed(Review(quota=quota, above=2.0, counted_by=by), charge, standard, number, provider)
    assert (charge[chosen] > 2 * standard[chosen]).all()
    groups = [number > 0] if by == "region" else [provider == p for p in set(provider.tolist())]
    for mine in groups:
        assert number[mine & chosen].sum() <= quota * number[mine].sum() + 1e-9
        ratio = charge * PPM // standard
        left = mine & ~chosen & (ratio > 2 * PPM)
        if quota == 1.0:
            assert not left.any()
        if (mine & chosen).any():
            assert ratio[mine & chosen].min() >= ratio[left].max(initial=0)


@given(rows=DRAWN)
def test_signed_quota_of_everybody_at_last_years_cost_leaves_no_balance(rows):
    """The same year again, everybody signed all year, fee for service: budget = spending."""
    claims = as_claims(rows)
    config = signed_quota.Config(within="ffs", growth=0, signed_share=1)
    prepared = signed_quota.prepare(config, make_history([claims], [[10, 10]], weights=WEIGHTS))
    receipts: Payments = signed_quota.pay(config, prepared, claims, make_providers())
    found = signed_quota.budgets(config, prepared, no_base, claims, receipts.receipts)
    spent = [int(receipts.receipts[claims.home == home].sum()) for home in (0, 1)]
    assert found.tolist() == spent
    nobody = config.model_copy(update={"signed_share": 0.0})
    prepared = signed_quota.prepare(nobody, make_history([claims], [[10, 10]], weights=WEIGHTS))
    assert signed_quota.budgets(nobody, prepared, no_base, claims, receipts.receipts).tolist() == spent


@given(heads=st.integers(1, 10**6), signed=st.integers(0, 10**6), amount=st.integers(0, 10**6))
def test_capitation_is_signed_heads_times_the_amount_to_the_fen(heads, signed, amount):
    history = empty_history([heads], WEIGHTS)._replace(signed=ints(min(signed, heads)))
    config = capitation.Config(amount_per_head=amount / 100, growth=0)
    assert capitation.prepare(config, history).amount.tolist() == [min(signed, heads) * amount]


@pytest.mark.parametrize(("months", "quota"), [(12, 700_000), (10, 583_333.33), (0.5, 29_166.67)])
def test_signed_quota_is_exact_in_signed_heads_and_months(months, quota):
    """1,200,000 yuan of 12,000 heads, 7,000 signed: 100 x 7,000 = 700,000 x months / 12."""
    base = make_claims([{"tier": "county", "charge": 1_500_000, "statutory": 1_200_000}])
    history = make_history([base], [[12_000]])._replace(signed=ints(7_000))
    config = signed_quota.Config(within="ffs", growth=0, months=months)
    assert signed_quota.prepare(config, history).quota.tolist() == [fen(quota)]


# --- the identities can fail -----------------------------------------------------------------------------------------
BILLS = [{"tier": "county", "charge": 9, "statutory": 5}, {"tier": "township", "charge": 8, "statutory": 4}]


def test_a_lost_fen_would_be_found(monkeypatch):
    """Planted: a split that rounds down instead of spending the pool."""
    split = budget.split_by_provider

    def careless(total, weights, provider):
        return split(total, weights, provider) - (provider == provider.max())

    values = {"scheme": "budget", "pool": 7, "growth": 0}
    assert pay(values, make_claims(BILLS), history_for()).receipts.sum() == 700
    monkeypatch.setattr(budget, "split_by_provider", careless)
    assert pay(values, make_claims(BILLS), history_for()).receipts.sum() != 700


def test_methods_paid_apart_would_be_found(monkeypatch):
    """Planted: a composite that pays classes with equal parameters one by one, each with the whole pool."""
    values = {"scheme": "budget", "pool": 7, "growth": 0}
    claims = make_claims([*BILLS, {"tier": "county", "category": "outpatient", "charge": 9, "statutory": 5}])
    whole = {"scheme": "composite", **dict.fromkeys(("outpatient", "chronic", "inpatient", "long_stay"), values)}
    one = pay(values, claims, history_for()).receipts
    assert (pay(whole, claims, history_for()).receipts == one).all()
    apart = [composite.Method(scheme_config(values), (k,)) for k in range(3)]
    monkeypatch.setattr(composite, "methods", lambda config: apart)
    assert (pay(whole, claims, history_for()).receipts != one).any()


# --- edges and messages ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", METHODS, ids=str)
def test_no_claims_no_money(values):
    assert pay(values, empty_claims(), history_for()).receipts.shape == (0,)


def _one(**row: Any) -> Claims:
    return make_claims([{"tier": "county", "charge": 10, "statutory": 5, **row}])


def test_messages():
    with pytest.raises(ConfigError, match="daily rates cannot be computed"):
        pay({"scheme": "per_diem"}, empty_claims(), history_for())
    with pytest.raises(ConfigError, match="outpatient rate cannot be computed"):
        pay({"scheme": "apg"}, empty_claims(), history_for())
    with pytest.raises(ConfigError, match=r"weights of years(?s:.*)payment.year_weights"):
        pay({"scheme": "dip", "scores": "history", "year_weights": [1, 0]}, _one(), history_for())
    with pytest.raises(ValidationError, match=r"caps(?s:.*)greater than or equal to 0"):
        pay({"scheme": "cap", "caps": [-1.0]}, _one(), history_for())
    with pytest.raises(ValidationError, match=r"must sum to \{at\}\.rate"):
        scheme_config({"scheme": "drg", "rate": 5, "outlier": {"components": [{"rate": 4}]}})
    with pytest.raises(ValidationError, match="upto must rise"):
        per_diem.Config(phases=({"upto": 5}, {"upto": 4}))
    with pytest.raises(ValidationError, match="composite"):
        scheme_config({"scheme": "composite", "inpatient": "composite"})


def test_budget_point_value_is_in_the_standard():
    """published-results 4.1, case 2: 9.0, 9.5 and 10.4 million weighted 1 : 2 : 7 are 10.08 million.

    6,400 cases of score 1 a year: 6,400,000 points, budget point value 1.575, standard 1,575.00 a case.
    """
    years = [
        make_claims([{"tier": "county", "cases": 6400, "charge": x, "statutory": x / 2}])
        for x in (9_000_000, 9_500_000, 10_400_000)
    ]
    config = dip.Config(coefficient=EVEN, pool=1, deviation={"apply": True, "standard": "point_value"})
    prepared = dip.prepare(config, make_history(years, [[1]] * 3, weights=[1.0]))
    assert prepared.standard is not None
    assert prepared.standard[2, 0] == fen(1575)
