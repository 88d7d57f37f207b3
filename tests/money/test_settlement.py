"""Settlement: budgets, the sharing rule, distribution and their identities."""

from math import erf, exp, lgamma, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.core.errors import IdentityError
from sim.core.units import fen
from sim.money.history import ClosedYear, History
from sim.money.settlement import (
    Band,
    Config,
    Distribution,
    budget,
    distribute,
    expected_marginal_share,
    fund_outgo,
    no_settlement,
    no_stake,
    settle,
    shared,
    stake,
    tier_weights,
)
from sim.outcomes.identities import check_settlement
from sim.tables import Payments, empty_claims
from tests.money_world import cases, ints, make_claims, make_providers

CASES = cases("settlement.yaml")


def named(items: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", items, ids=[item["name"] for item in items])


def history_of(
    spent: list[list[float]], heads: list[list[int]], now: list[int] | None = None, reform: int | None = None
) -> History:
    closed = tuple(
        ClosedYear(k, empty_claims(), ints(*(fen(x) for x in s)), ints(*h))
        for k, (s, h) in enumerate(zip(spent, heads, strict=True))
    )
    return History(
        closed, len(spent) if reform is None else reform, len(spent), ints(*(now or heads[-1])), ints(10**6), 0.06
    )


# --- worked cases ----------------------------------------------------------------------------------------------------
@named(CASES["sharing"])
def test_worked_sharing(case):
    found = shared(Config(**case["rule"]), fen(case["budget"]), fen(case["balance"]), case.get("quality", 1.0))
    assert found == fen(case["transfer"])


@named(CASES["budgets"])
def test_worked_budgets(case):
    history = history_of(case["spent"], case["heads"], case.get("now"), case.get("reform"))
    found = budget(Config(**case["settlement"]), history, fen(case.get("available", 0)), case.get("insured", 1))
    assert found.tolist() == [fen(x) for x in case["budget"]]


@named(CASES["distribution"])
def test_worked_distribution(case):
    weights = tier_weights(Distribution(**case["weights"]), make_providers(), 1)
    found = distribute(ints(fen(case["transfer"])), weights)
    assert found.tolist() == [[fen(x) for x in case["distributed"]]]


# --- expected values against closed forms (published-results 1.9) ----------------------------------------------------
RULE = Config(retained_share=0.6, overrun_share=0.3)
UNIT = 10**9  # fen for 1 of the published budget of 100


def normal(x: float) -> float:
    return exp(-x * x / 2) / sqrt(2 * pi)


def expected(function: Any, mu: float, sd: float) -> float:
    """Integral of a function of spending over Normal(mu, sd), smooth on either side of the budget of 100."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    total = 0.0
    for low, high in ((100 - 10 * sd, 100.0), (100.0, 100 + 10 * sd)):
        for node, weight in zip(nodes, weights, strict=True):
            x = (low + high) / 2 + (high - low) / 2 * node
            total += (high - low) / 2 * weight * function(x) * normal((x - mu) / sd) / sd
    return total


@pytest.mark.parametrize(
    ("mu", "surplus", "overrun", "net", "outlay"),
    [(98, 3.5254167, 1.5254167, 1.6576250, 99.6576250), (103, 1.1867793, 4.1867793, -0.5439662, 102.4560338)],
)
def test_expected_surplus_and_overrun(mu, surplus, overrun, net, outlay):
    def share(x: float) -> float:
        return shared(RULE, 100 * UNIT, round((100 - x) * UNIT)) / UNIT

    found = expected(share, mu, 6.0)
    assert found == pytest.approx(net, abs=5e-8)
    assert found == pytest.approx(0.6 * surplus - 0.3 * overrun, abs=1e-7)
    assert mu + found == pytest.approx(outlay, abs=5e-8)


def test_expected_overrun_of_a_poisson_count():
    """1,200 unit-cost cases a year, budget 1,250."""
    chance = {n: exp(n * log(1200) - 1200 - lgamma(n + 1)) for n in range(700, 1800)}
    borne = sum(p * shared(RULE, 1250 * 100, (1250 - n) * 100) / 100 for n, p in chance.items() if n > 1250)
    kept = sum(p * shared(RULE, 1250 * 100, (1250 - n) * 100) / 100 for n, p in chance.items() if n <= 1250)
    assert borne == pytest.approx(-0.3 * 1.1870814, abs=1e-7)
    assert kept == pytest.approx(0.6 * 51.1870814, abs=1e-6)


# --- properties ------------------------------------------------------------------------------------------------------
SHARE = st.integers(0, 100).map(lambda n: n / 100)
BUDGET = st.integers(0, 10**12)
DEVIATION = st.integers(-(10**12), 10**12)


@st.composite
def rules(draw):
    ends = sorted(draw(st.sets(st.integers(1, 40), max_size=3)))
    shares = draw(st.lists(SHARE, min_size=len(ends) + 1, max_size=len(ends) + 1))
    limits = [*(end / 100 for end in ends), None]
    bands = tuple(Band(upto=end, share=share) for end, share in zip(limits, shares, strict=True))
    return Config(
        surplus_bands=draw(st.sampled_from([(), bands])), overrun_bands=draw(st.sampled_from([(), bands])),
        retained_share=draw(SHARE), overrun_share=draw(SHARE), minimum_rate=draw(SHARE) / 10,
        minimum_overrun_rate=draw(SHARE) / 10, first_dollar=draw(st.booleans()), surplus_quality=draw(SHARE),
        surplus_cap=draw(st.sampled_from([None, 0.05])), overrun_cap=draw(st.sampled_from([None, 0.05])),
        overrun_quality=draw(SHARE) * 2,
    )  # fmt: skip


@given(rules(), BUDGET, DEVIATION, SHARE)
def test_a_community_never_gets_or_bears_more_than_the_deviation(rule, amount, balance, quality):
    transfer = shared(rule, amount, balance, quality)
    assert 0 <= transfer <= balance or balance <= transfer <= 0


@given(rules(), BUDGET, DEVIATION, st.integers(0, 10**9), SHARE)
def test_a_larger_surplus_never_brings_less(rule, amount, balance, more, quality):
    assert shared(rule, amount, balance, quality) <= shared(rule, amount, balance + more, quality)


@given(rules(), BUDGET, DEVIATION)
def test_better_quality_never_hurts(rule, amount, balance):
    found = [shared(rule, amount, balance, q / 10) for q in range(11)]
    assert found == sorted(found)


@given(rules(), st.integers(0, 10**10), st.integers(-(10**10), 10**10), st.integers(1, 100))
def test_sharing_scales_with_money(rule, amount, balance, k):
    """Exact but for rounding: half a fen for each band and its two ends, on either scale."""
    one, many = shared(rule, amount, balance), shared(rule, k * amount, k * balance)
    if abs(balance) >= amount * 0.11 or not (rule.minimum_rate or rule.minimum_overrun_rate):
        assert abs(many - k * one) <= 6 * (k + 1)


@given(BUDGET, DEVIATION, SHARE, SHARE)
def test_one_band_form_is_the_bands_form(amount, balance, kept, borne):
    plain = Config(retained_share=kept, overrun_share=borne)
    banded = Config(
        surplus_bands=(Band(share=kept),), overrun_bands=(Band(share=borne),), retained_share=0, overrun_share=0
    )
    assert shared(plain, amount, balance) == shared(banded, amount, balance)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10**9), st.integers(0, 3)), max_size=30),
    st.lists(BUDGET, min_size=3, max_size=3),
)
def test_all_kept_and_all_borne_costs_the_fund_exactly_the_lump(rows, budgets):
    """And what no member institution provided is charged to the community that answers for the person."""
    records = [
        {"home": h, "tier": "city" if at == 3 else "county", "at": at, "charge": c / 100, "statutory": c / 100}
        for h, c, at in rows
    ]
    claims = make_claims(records)
    payments = Payments(claims.statutory, 0.0)
    settled = settle(Config(), ints(*budgets), payments, claims, make_providers(3))
    check_settlement(settled)
    assert fund_outgo(settled).tolist() == budgets
    for home in range(3):
        inside = [c for h, c, at in rows if h == home and at == home]
        assert settled.in_network[home] == sum(inside)
        assert settled.in_network[home] + settled.out_of_network[home] == sum(c for h, c, _ in rows if h == home)


@given(DEVIATION, SHARE)
def test_fund_never_pays_above_the_lump_when_overruns_are_borne(balance, kept):
    rule = Config(retained_share=kept, overrun_share=1)
    lump = 10**12
    outgo = lump - balance + shared(rule, lump, balance)
    assert outgo <= lump


@given(st.integers(-(10**12), 0))
def test_fund_outlay_rises_with_the_share_of_an_overrun_it_bears(balance):
    outlays = [-balance + shared(Config(overrun_share=share / 10), 10**12, balance) for share in range(10, -1, -1)]
    assert outlays == sorted(outlays)


def test_persons_no_community_answers_for_are_left_out():
    claims = make_claims([{"tier": "county", "home": 0, "at": 0, "charge": 9, "statutory": 9}])._replace(home=ints(-1))
    settled = settle(Config(), ints(500), Payments(claims.statutory, 0.0), claims, make_providers())
    assert settled.balance.tolist() == [500]


def test_quality_scales_by_community():
    settled = settle(
        Config(surplus_quality=1),
        ints(100, 100),
        Payments(ints(), 0.0),
        empty_claims(),
        make_providers(2),
        np.array([1.0, 0.5]),
    )
    assert settled.transfer.tolist() == [100, 50]


# --- distribution ----------------------------------------------------------------------------------------------------
@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=4), st.tuples(*[st.integers(0, 9)] * 3).filter(sum)
)
def test_distribution_sums_to_the_transfer(transfers, parts):
    weights = tier_weights(
        Distribution(county=parts[0], township=parts[1], village=parts[2]),
        make_providers(len(transfers)),
        len(transfers),
    )
    assert distribute(ints(*transfers), weights).sum(axis=1).tolist() == transfers


def test_a_tier_without_a_member_gets_nothing():
    providers = make_providers()
    no_village = providers._replace(community=ints(-1, 0, 0, -1, -1))
    assert tier_weights(Distribution(), no_village, 1).tolist() == [[0, 3, 6, 0, 0]]
    only_village = providers._replace(community=ints(0, -1, -1, -1, -1))
    assert tier_weights(Distribution(village=0), only_village, 1).tolist() == [[1, 0, 0, 0, 0]]
    nobody = providers._replace(community=ints(-1, -1, -1, -1, -1))
    assert tier_weights(Distribution(), nobody, 1).tolist() == [[0, 0, 6, 0, 0]]


# --- stake -----------------------------------------------------------------------------------------------------------
@given(SHARE, st.floats(-0.5, 0.5))
def test_a_linear_rule_keeps_its_share_at_the_margin(share, surplus):
    rule = Config(retained_share=share, overrun_share=share)
    assert expected_marginal_share(rule, surplus, 0.06) == pytest.approx(share, abs=1e-8)


@pytest.mark.parametrize("surplus", [-0.1, -0.03, 0.0, 0.02, 0.1])
@pytest.mark.parametrize(("kept", "borne"), [(1, 0), (0.6, 0.3), (0, 1), (0.5, 0.5)])
def test_marginal_share_is_the_chance_weighted_share(surplus, kept, borne):
    over = (1 - erf(surplus / 0.06 / sqrt(2))) / 2
    found = expected_marginal_share(Config(retained_share=kept, overrun_share=borne), surplus, 0.06)
    assert found == pytest.approx(kept * (1 - over) + borne * over, abs=2e-3)


def test_marginal_share_falls_as_the_fund_bears_more_of_an_overrun():
    for surplus in (-0.1, 0.0, 0.1):
        found = [expected_marginal_share(Config(overrun_share=s / 10), surplus, 0.06) for s in range(11)]
        assert found == sorted(found)
        assert found[0] < found[-1]


def test_stake():
    history = history_of([[900.0, 500.0]], [[9, 5]], now=[10, 5])
    found = stake(Config(expected_growth=0.0), ints(90_000, 50_000), history, make_providers(2))
    # community 0 expects 1,000.00 for its 10 heads and has 900.00; community 1 expects what it has
    assert found.adequacy.tolist() == pytest.approx([0.9, 1.0])
    assert found.kept.tolist() == pytest.approx([1.0, 1.0])
    assert found.primary_share == pytest.approx(0.4)
    idle = no_stake(ints(3, 4))
    assert idle.kept.tolist() == [0, 0]
    assert idle.primary_share == 0
    empty = stake(Config(), ints(), history_of([[]], [[]]), make_providers())
    assert empty.kept.shape == (0,)


# --- identities and messages -----------------------------------------------------------------------------------------
def test_check_settlement_names_identity_and_community():
    providers = make_providers(2)
    good = settle(Config(), ints(100, 100), Payments(ints(), 0.0), empty_claims(), providers)
    check_settlement(good)
    check_settlement(no_settlement())
    with pytest.raises(IdentityError, match=r"balance = (?s:.*)community 1(?s:.*)99 against 100 fen"):
        check_settlement(good._replace(balance=ints(100, 99)))
    with pytest.raises(IdentityError, match=r"Σ distributed = transfer(?s:.*)community 0"):
        check_settlement(good._replace(transfer=ints(101, 100)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"surplus_bands": [{"upto": 0.1}, {"upto": 0.1}]}, "settlement.surplus_bands: upto must rise"),
        ({"overrun_bands": [{"share": 1}, {"upto": 0.1}]}, "settlement.overrun_bands: upto must rise"),
        ({"distribution": {"county": 0, "township": 0, "village": 0}}, "at least one of county, township, village"),
        ({"retained_share": 1.2}, "less than or equal to 1"),
        ({"overrun_shares": 1}, "Extra inputs are not permitted"),
    ],
)
def test_bad_settings(values, words):
    with pytest.raises(ValidationError, match=words):
        Config(**values)
