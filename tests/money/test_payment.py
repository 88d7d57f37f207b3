"""Payment schemes: worked cases from tests/cases, and the identities between schemes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.core.errors import ConfigError, IdentityError
from sim.core.parameters import Config
from sim.core.units import fen
from sim.money.history import closed_year, condense
from sim.money.payment import SCHEMES, dip, drg, package
from sim.money.settlement import Config as Settlement
from sim.money.settlement import budget, fund_outgo, no_settlement, settle
from sim.outcomes.identities import check_receipts, check_settlement
from sim.tables import CATEGORIES, TIERS, Claims, Payments, concat_claims, empty_claims, select_claims
from tests.money_world import cases, empty_history, ints, make_claims, make_history, make_providers

COUNTY = cases("county.yaml")
SMALL = cases("payment.yaml")
EVEN = dict.fromkeys(TIERS, 1)
NONE = dict.fromkeys(TIERS)


def scheme_config(values: dict[str, Any]) -> Config:
    """A scheme's parameters; ``coefficient: 1`` is short for 1 at every tier."""
    values = dict(values)
    if values.get("coefficient") == 1:
        values["coefficient"] = EVEN
    for name, inner in values.items():
        if isinstance(inner, dict) and "scheme" in inner:
            values[name] = scheme_config(inner)
    return SCHEMES[values["scheme"]].config(**values)


def pay(values: dict[str, Any], claims: Claims, history: Any, providers: Any = None) -> Payments:
    scheme, config = SCHEMES[values["scheme"]], scheme_config(values)
    payments = scheme.pay(config, scheme.prepare(config, history), claims, providers or make_providers())
    check_receipts(claims, payments)
    return payments


def named(items: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", items, ids=[item["name"] for item in items])


# --- worked cases ----------------------------------------------------------------------------------------------------
@named(COUNTY["cases"])
def test_one_county_under_seven_rules(case):
    claims, providers = make_claims(COUNTY["services"]), make_providers()
    history = empty_history(COUNTY["heads"], COUNTY["weights"])
    payments = pay(case["payment"], claims, history)
    expected = case["expected"]
    fund = int(payments.receipts.sum())
    if "receipts" in expected:
        assert payments.receipts.tolist() == [fen(x) for x in expected["receipts"]]
    if "point_value" in expected:
        assert payments.point_value == pytest.approx(expected["point_value"], rel=1e-9)
    if SCHEMES[case["payment"]["scheme"]].has_budget:
        config = Settlement(**case["settlement"], revenue_cap=False)
        settled = settle(config, budget(config, history, 0, 0), payments, claims, providers)
        check_settlement(settled)
        assert int(settled.in_network.sum() + settled.out_of_network.sum()) == fund
        for name in ("budget", "in_network", "out_of_network", "balance", "transfer"):
            if name in expected:
                assert getattr(settled, name).tolist() == [fen(expected[name])], name
        if "distributed" in expected:
            assert settled.distributed.tolist() == [[fen(x) for x in expected["distributed"]]]
        fund = int(fund_outgo(settled).sum())
    assert fund == fen(expected["fund"])


@named(SMALL["stays"])
def test_worked_stays(case):
    payments = pay(case["payment"], make_claims(case["claims"]), empty_history([100], case["weights"]))
    assert payments.receipts.tolist() == [fen(x) for x in case["receipts"]]
    if "point_value" in case:
        assert payments.point_value == pytest.approx(case["point_value"], rel=1e-12)


@named(SMALL["rates"])
def test_worked_rates(case):
    years = [make_claims(rows, year) for year, rows in enumerate(case["years"])]
    history = make_history(years, [[10]] * len(years), weights=case["weights"], reform=case.get("reform"))
    history = history._replace(growth=case.get("growth", 0.0))
    assert drg.prepare(scheme_config(case["payment"]), history).rate == fen(case["rate"])


@named(SMALL["pools"])
def test_worked_pools(case):
    years = [make_claims(rows, year) for year, rows in enumerate(case["years"])]
    history = make_history(years, case["heads"], now=case.get("now"), reform=case.get("reform"))
    assert dip.prepare(scheme_config(case["payment"]), history).pool == fen(case["pool"])


# --- identities between schemes, on drawn claims ---------------------------------------------------------------------
ROW = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["township", "county", "city", "remote"]),
        "category": st.sampled_from(["outpatient", "chronic", "inpatient", "inpatient", "inpatient"]),
        "group": st.integers(0, 2),
        "home": st.integers(0, 1),
        "insurance": st.sampled_from(["resident", "resident", "resident", "employee", "none"]),
        "cases": st.integers(1, 5),
        "fen": st.tuples(st.integers(0, 5_000_000), st.integers(0, 5_000_000)),
    }
)


def as_claims(rows: list[dict[str, Any]], k: int = 1) -> Claims:
    """Drawn rows as claims, all money times ``k``; nothing is paid for the uninsured."""
    records = []
    for row in rows:
        charge, statutory = max(row["fen"]), min(row["fen"]) * (row["insurance"] != "none")
        records.append(row | {"charge": k * charge / 100, "statutory": k * statutory / 100})
    return make_claims(records)


def priced_stays(claims: Claims) -> Any:
    """Residents' stays in the county, but for those whose bill is all the patient's."""
    return (claims.insurance == 1) & (claims.category == 2) & (claims.tier <= 2) & (claims.statutory != 0)


DRAWN = st.lists(ROW, min_size=1, max_size=25)
WEIGHTS = [0.5, 1.0, 2.75]
ALL_SCHEMES: list[dict[str, Any]] = [
    {"scheme": "ffs"},
    {"scheme": "drg", "rate": 5600, "rate_growth": 0},
    {"scheme": "dip", "pool": 123_456.78, "growth": 0},
    {"scheme": "dip", "pool": 123_456.78, "growth": 0, "reading": "standard_minus_patient"},
    {"scheme": "package"},
    {"scheme": "package", "within": {"scheme": "drg", "rate": 5600, "rate_growth": 0}},
]


def money_times(values: dict[str, Any], k: int) -> dict[str, Any]:
    scaled = {key: value * k if key in ("rate", "pool") else value for key, value in values.items()}
    if isinstance(values.get("within"), dict):
        scaled["within"] = money_times(values["within"], k)
    return scaled


@pytest.mark.parametrize("values", ALL_SCHEMES, ids=str)
@given(rows=DRAWN, k=st.integers(1, 50))
def test_scaling_all_money_scales_all_payments(values, rows, k):
    """Exact but for the rounding of a price: half a fen a case before scaling, half a fen after, one in a split."""
    history = empty_history([50, 50], WEIGHTS)
    one = pay(values, as_claims(rows), history).receipts
    many = pay(money_times(values, k), as_claims(rows, k), history).receipts
    priced = values["scheme"] in ("drg", "dip") or "within" in values
    slack = as_claims(rows).cases * (k + 1) if priced else 0
    assert (np.abs(many - k * one) <= slack).all()
    if values["scheme"] == "dip" and values.get("reading") is None:
        assert many.sum() - k * one.sum() == 0


@pytest.mark.parametrize("values", ALL_SCHEMES, ids=str)
@given(rows=DRAWN)
def test_rows_left_alone_are_paid_as_billed(values, rows):
    claims = as_claims(rows)
    receipts = pay(values, claims, empty_history([50, 50], WEIGHTS)).receipts
    resident = claims.insurance == 1
    left_alone = (claims.category != 2) | (claims.tier > 2)
    assert (receipts[~resident] == 0).all()
    assert (receipts[resident & left_alone] == claims.statutory[resident & left_alone]).all()


@given(rows=DRAWN)
def test_drg_provider_gets_the_standard_from_fund_and_patient_together(rows):
    claims = as_claims(rows)
    config = drg.Config(rate=5600, rate_growth=0)
    prepared = drg.prepare(config, empty_history([50, 50], WEIGHTS))
    receipts = drg.pay(config, prepared, claims, make_providers()).receipts
    stays = priced_stays(claims)
    revenue = (receipts + claims.charge - claims.statutory)[stays]
    assert (revenue == (prepared.price[claims.tier, claims.group] * claims.cases)[stays]).all()


@given(rows=DRAWN, price=st.integers(1, 10_000))
def test_drg_with_one_group_is_a_price_per_case(rows, price):
    claims = as_claims([row | {"group": 0} for row in rows])
    receipts = pay(
        {"scheme": "drg", "rate": price, "rate_growth": 0, "coefficient": 1}, claims, empty_history([1, 1], [1.0])
    ).receipts
    stays = priced_stays(claims)
    by_hand = price * 100 * claims.cases - (claims.charge - claims.statutory)
    assert (receipts[stays] == by_hand[stays]).all()


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["township", "county"]), st.integers(0, 3), st.integers(1, 9)),
        min_size=1,
        max_size=20,
    )
)
def test_dip_with_points_proportional_to_charges_is_proportionally_capped_ffs(rows):
    """Charges 1,000 x weight a case, 60 % covered: fund due = pool x charge / all charges, to the fen."""
    weights = [0.5, 1.0, 2.0, 4.0]
    records = [
        {"tier": t, "group": g, "cases": n, "charge": 1000 * weights[g] * n, "statutory": 600 * weights[g] * n}
        for t, g, n in rows
    ]
    claims, pool = make_claims(records), 3456.78
    receipts = pay(
        {"scheme": "dip", "pool": pool, "growth": 0, "coefficient": 1}, claims, empty_history([1], weights)
    ).receipts
    assert receipts.sum() == fen(pool)
    exact = claims.charge * fen(pool) / claims.charge.sum()
    assert (np.abs(receipts - exact) < 2).all()  # below one fen at the provider, then below one at the row
    # a pool equal to what fee for service pays returns fee for service
    whole = int(claims.statutory.sum())
    same = pay(
        {"scheme": "dip", "pool": whole / 100, "growth": 0, "coefficient": 1}, claims, empty_history([1], weights)
    )
    assert (same.receipts == claims.statutory).all()
    assert same.point_value == pytest.approx(1.0)


@given(rows=DRAWN, pool=st.integers(0, 10**8))
def test_dip_by_ratio_spends_the_pool_to_the_fen(rows, pool):
    claims = as_claims(rows)
    receipts = pay({"scheme": "dip", "pool": pool / 100, "growth": 0}, claims, empty_history([1, 1], WEIGHTS)).receipts
    stays = priced_stays(claims)
    if claims.statutory[stays].sum() > 0:
        assert receipts[stays].sum() == pool


@given(rows=DRAWN, pool=st.integers(1, 10**8))
def test_dip_with_one_provider_is_a_cap_that_no_mix_of_cases_moves(rows, pool):
    """One provider alone has no race: it gets the pool whatever it does (published-results 3.3, n = 1)."""
    claims = as_claims(
        [row | {"tier": "county", "home": 0, "insurance": "resident", "category": "inpatient"} for row in rows]
    )
    if claims.statutory.sum() == 0:
        return
    values = {"scheme": "dip", "pool": pool / 100, "growth": 0}
    history = empty_history([1], WEIGHTS)
    assert pay(values, claims, history).receipts.sum() == pool
    more = concat_claims([claims, claims])
    assert pay(values, more, history).receipts.sum() == pool


@given(rows=DRAWN)
def test_package_of_a_scheme_credits_as_the_scheme(rows):
    claims, history = as_claims(rows), empty_history([1, 1], WEIGHTS)
    for inner in ALL_SCHEMES[:4]:
        outer = {"scheme": "package", "within": inner}
        assert (pay(outer, claims, history).receipts == pay(inner, claims, history).receipts).all()


@given(rows=DRAWN)
def test_condensed_claims_give_the_same_rates_pools_and_spending(rows):
    claims = as_claims(rows)
    small = condense(claims)
    assert all((a == b).all() for a, b in zip(condense(small), small, strict=True))
    for name in ("cases", "charge", "statutory", "patient"):
        assert getattr(small, name).sum() == getattr(claims, name).sum()
    whole = make_history([claims], [[10, 10]], weights=WEIGHTS)
    # the history holds condensed claims; one made of the full rows must give the same numbers
    full = whole._replace(closed=(whole.closed[0]._replace(claims=claims),))
    assert dip.prepare(dip.Config(), whole).pool == dip.prepare(dip.Config(), full).pool
    stays = priced_stays(claims)
    if stays.any():
        assert drg.prepare(drg.Config(), whole).rate == drg.prepare(drg.Config(), full).rate


@given(rows=DRAWN)
def test_drg_rate_of_history_repeats_the_history(rows):
    """Paid at the rate of its own year, without growth, all standards together are the year's charges."""
    claims = as_claims(rows)
    stays = priced_stays(claims)
    if not stays.any():
        return
    config = drg.Config(rate_growth=0, coefficient=dict(zip(TIERS, (0.65, 0.65, 0.85, 1, 1), strict=True)))
    prepared = drg.prepare(config, make_history([claims], [[10, 10]], weights=WEIGHTS))
    standards = (prepared.price[claims.tier, claims.group] * claims.cases)[stays].sum()
    # rate and price are rounded to the fen: half a fen times the weight (at most 2.75 x 0.85), and half a fen a case
    assert abs(int(standards) - int(claims.charge[stays].sum())) <= 2 * claims.cases[stays].sum()


# --- the registry, edges and messages --------------------------------------------------------------------------------
def test_registry():
    assert {"ffs", "drg", "dip", "package"} <= set(SCHEMES)
    assert [name for name, scheme in SCHEMES.items() if scheme.has_budget] == [
        "package",
        "composite",
        "weighted_capitation",
        "signed_quota",
    ]
    for name, scheme in SCHEMES.items():
        assert scheme.name == name == scheme.config().scheme
        assert all(scheme.label)


@pytest.mark.parametrize("values", ALL_SCHEMES, ids=str)
def test_no_claims_no_money(values):
    payments = pay(values, empty_claims(), empty_history([1], WEIGHTS))
    assert payments.receipts.shape == (0,)
    assert no_settlement().distributed.shape == (0, 5)


def test_within_by_name():
    assert isinstance(package.Config(within="drg").within, drg.Config)
    assert isinstance(package.Config(within={"scheme": "dip", "pool": 5}).within, dip.Config)
    with pytest.raises(ValidationError):
        package.Config(within="package")


def test_group_without_weight():
    claims = make_claims([{"tier": "county", "group": 3, "charge": 10, "statutory": 4}])
    for name in ("drg", "dip"):
        values = {"scheme": name, "rate": 1} if name == "drg" else {"scheme": name, "pool": 1}
        with pytest.raises(ConfigError, match=r"case group without a weight(?s:.*)value: 3(?s:.*)0\.\.2"):
            pay(values, claims, empty_history([1], WEIGHTS))


def test_drg_rate_needs_stays():
    with pytest.raises(ConfigError, match="DRG rate cannot be computed"):
        pay({"scheme": "drg"}, empty_claims(), empty_history([1], WEIGHTS))


def test_base_needs_a_closed_year():
    with pytest.raises(ConfigError, match="at least one closed year"):
        pay({"scheme": "dip"}, empty_claims(), make_history([empty_claims()], [[1]], reform=0))


def test_a_receipt_for_another_insurance_is_named():
    claims = make_claims([{"tier": "county", "charge": 5}, {"tier": "county", "charge": 5, "insurance": "employee"}])
    with pytest.raises(IdentityError, match=r"resident-insured(?s:.*)claim 1 (?s:.*)7 against 0 fen"):
        check_receipts(claims, Payments(ints(5, 7), 0.0))
    with pytest.raises(IdentityError, match="one receipt per claim row"):
        check_receipts(claims, Payments(ints(5), 0.0))


def test_close_year_keeps_what_is_needed():
    claims = make_claims(
        [
            {"tier": "county", "home": 1, "charge": 10, "statutory": 4},
            {"tier": "city", "home": 0, "charge": 10, "statutory": 3},
            {"tier": "county", "home": 1, "charge": 20, "statutory": 5, "cases": 2},
        ]
    )
    year = closed_year(4, claims, claims.statutory, ints(7, 8))
    assert year.spent.tolist() == [300, 900]
    assert year.claims.cases.tolist() == [3, 1]
    assert year.claims.charge.tolist() == [3000, 1000]
    assert (year.year, year.heads.tolist()) == (4, [7, 8])
    nobody = select_claims(claims, np.zeros(3, dtype=bool))
    assert closed_year(0, nobody, nobody.statutory, ints(1)).spent.tolist() == [0]


def test_incentives():
    rows = [
        {"tier": "county", "charge": 10, "statutory": 6},
        {"tier": "city", "charge": 10, "statutory": 5},
        {"tier": "village", "category": "outpatient", "charge": 10, "statutory": 2},
    ]
    history = make_history([make_claims(rows)], [[1]])
    found = {name: s.incentives(scheme_config({"scheme": name}), history) for name, s in SCHEMES.items()}
    assert (found["ffs"].returned == 1.0).all()
    assert (found["package"].returned == 1.0).all()
    assert found["ffs"].debited[2, 2] == pytest.approx(0.6)
    assert found["ffs"].debited[0, 0] == pytest.approx(0.2)
    assert found["drg"].returned[2, 2] == 0.0
    assert found["drg"].debited[2, 2] == pytest.approx(-0.4)
    assert found["dip"].returned[2, 2] == pytest.approx(0.4)
    assert found["dip"].debited[2, 2] == 0.0
    for name in ("drg", "dip"):  # outside the county, and outpatients, as fee for service
        assert (found[name].returned[3:] == 1.0).all()
        assert (found[name].returned[:, :2] == 1.0).all()


def test_what_a_case_avoided_spares():
    """By hand: all of it where each case is paid for, nothing where a pool or an amount is spent all the same.

    Under a cap a part ``excess_share`` of what is above it; of the signed 3 of 10 nothing under capitation of visits;
    care outside the county all of it, whatever pays inside.
    """
    rows = [{"tier": tier, "category": kind, "charge": 10, "statutory": 6} for tier in TIERS for kind in CATEGORIES]
    history = make_history([make_claims(rows)], [[10]])._replace(signed=ints(3))

    def spared(**payment: object) -> list[float]:
        found = SCHEMES[str(payment["scheme"])].incentives(scheme_config(payment), history).spared
        table = np.broadcast_to(np.asarray(found), (len(TIERS), len(CATEGORIES)))
        assert (table[3:] == 1).all()
        return [round(float(share), 9) for share in table[2]]  # of a county hospital: outpatient, chronic, inpatient

    assert spared(scheme="ffs") == spared(scheme="package") == [1, 1, 1]
    assert spared(scheme="package", within="drg") == spared(scheme="package", within="per_diem") == [1, 1, 1]
    assert spared(scheme="package", within="dip") == [1, 1, 0]
    assert spared(scheme="package", within="budget") == [0, 0, 0]
    assert spared(scheme="package", within={"scheme": "budget", "scope": "inpatient"}) == [1, 1, 0]
    assert spared(scheme="package", within={"scheme": "cap", "excess_share": 0.25}) == [0.25, 0.25, 0.25]
    assert spared(scheme="package", within={"scheme": "capitation"}) == [0.7, 0.7, 1]
    assert spared(scheme="composite", inpatient="dip", outpatient="ffs", chronic="ffs") == [1, 1, 0]


def test_bills_of_patients_alone_are_felt_in_full():
    """Half of the county's charges on a bill that is not covered: all of it comes back.  Of the other half 0.4 is the
    patient's, so that a yuan more costs the fund 0.5 x 0.4 less where stays have a price, and the provider keeps
    1 - 0.3 of it where stays share a pool.
    """
    rows = [{"tier": "county", "charge": 10, "statutory": 6}, {"tier": "county", "charge": 10}]
    history = make_history([make_claims(rows)], [[1]])
    priced, shared = (SCHEMES[name].incentives(scheme_config({"scheme": name}), history) for name in ("drg", "dip"))
    assert (priced.returned[2, 2], priced.debited[2, 2]) == (pytest.approx(0.5), pytest.approx(-0.2))
    assert (shared.returned[2, 2], shared.debited[2, 2]) == (pytest.approx(0.7), 0.0)


def test_tier_coefficients_of_history():
    """By hand: 750,000 / 135 = 5,555.56 a weight in the township, 6,666.67 in the county, 6,507.94 in both.

    5,555.56 / 6,507.94 = 0.853659, 6,666.67 / 6,507.94 = 1.024390; prices are then each tier's own mean charges:
    township 6,507.94 x 0.45 x 0.853659 = 2,500.00, county 6,507.94 x 0.90 x 1.024390 = 6,000.00.
    """
    history = make_history([make_claims(COUNTY["services"])], [COUNTY["heads"]], weights=COUNTY["weights"])
    points = dip.prepare(dip.Config(coefficient_of="charge"), history).points
    assert points[1:3, :2].tolist() == [[round(450 * 853.659), round(900 * 853.659)], [460_976, 921_951]]
    # of fund money: 586,500 / 135 = 4,344.44 and 3,645,000 / 810 = 4,500 over 4,231,500 / 945 = 4,477.78
    shared = dip.prepare(dip.Config(), history)
    assert shared.points[1:3, :2].tolist() == [[436_600, 873_201], [452_233, 904_467]]
    assert (shared.cost_points == points).all()
    assert points[3].tolist() == [450_000, 900_000, 1_800_000]  # no stay in the base years: 1
    prepared = drg.prepare(drg.Config(rate_growth=0), history)
    assert prepared.rate == fen(6507.94)
    assert prepared.price[1, 0] == fen(2500)
    assert prepared.price[2, 1] == fen(6000)
    fixed = drg.prepare(drg.Config(rate=1000, rate_growth=0, coefficient={**NONE, "county": 0.85}), history)
    assert fixed.price[2, 1] == fen(765)
    assert fixed.price[1, 1] == fen(768.29)


@given(rows=DRAWN)
def test_coefficients_of_history_leave_each_tier_what_it_charged(rows):
    claims = as_claims(rows)
    stays = priced_stays(claims)
    if claims.charge[stays].sum() == 0:
        return
    prepared = drg.prepare(drg.Config(rate_growth=0), make_history([claims], [[10, 10]], weights=WEIGHTS))
    for tier in (1, 2):
        of_tier = stays & (claims.tier == tier)
        standards = (prepared.price[claims.tier, claims.group] * claims.cases)[of_tier].sum()
        charges = int(claims.charge[of_tier].sum())
        if charges == 0:
            continue
        weight = int((ints(500_000, 10**6, 2_750_000)[claims.group] * claims.cases)[of_tier].sum()) / 10**6
        cases_of_tier = int(claims.cases[of_tier].sum())
        # coefficient and weight are rounded to a millionth, rate and price to the fen
        millionths = (weight + cases_of_tier) * prepared.rate / 10**6
        fens = weight * charges / max(weight * prepared.rate, 1) + cases_of_tier
        assert abs(int(standards) - charges) <= millionths + fens + 1
