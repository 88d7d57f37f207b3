"""Inside a community: assessment, pool, deposit, rules of distribution, tree of scores, scope of the budget."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.closing import arm
from sim.config import load_config
from sim.core.errors import ConfigError, IdentityError
from sim.core.units import PPM, fen, ppm
from sim.explain import distribution, settlement
from sim.explain.steps import last_amount, plain
from sim.money.history import Prospect
from sim.money.response import Config as Response
from sim.money.response.prevention import target_effort
from sim.money.settlement import Config, Distribution, Known, budget, forfeited, settle, stake, withheld
from sim.money.settlement import distribution as rules
from sim.money.settlement.assessment import INDICATORS, Assessment, assessed, measures, scores
from sim.money.settlement.distribution import scored_pay, split
from sim.money.settlement.tree import above
from sim.money.settlement.work import Work, work_of
from sim.outcomes.identities import check_settlement, check_units
from sim.tables import PROVIDER_COUNTERS, Payments, Providers
from tests.money_world import cases, ints, make_claims, make_history, make_providers
from tests.outcomes_world import hand_record

CASES = cases("distribution.yaml")
UNITS = tuple(CASES["work"])
BLANK = np.zeros(5, dtype=np.int64)
COUNTY = Providers(ints(0, 0, 1, 1, 2), BLANK, BLANK, BLANK, BLANK, ints(2, 2, 4, 4, -1))
RULES = ("fixed", "volume", "contribution", "lead", "tree")


def named(items: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", items, ids=[item["name"] for item in items])


def work_table(columns: dict[str, list[float]]) -> Work:
    volume, technical, chronic, score = zip(*columns.values(), strict=True)
    own = [ppm(v) for v in volume], [ppm(t) for t in technical], list(chronic), [ppm(s) for s in score]
    return Work(*(ints(*column) for column in own))


WORK = work_table(CASES["work"])


# --- worked cases ----------------------------------------------------------------------------------------------------
@named(CASES["cases"])
def test_worked_distribution(case):
    units, tiers = split(Distribution(**case["terms"]), ints(fen(case["transfer"])), COUNTY, WORK, case.get("years", 0))
    assert dict(zip(UNITS, units.tolist(), strict=True)) == {u: fen(v) for u, v in case["units"].items()}
    assert tiers.sum() == fen(case["transfer"])


@named(CASES["cases"])
def test_the_steps_come_to_what_is_distributed(case):
    config, amount = Config(distribution=case["terms"]), fen(case["transfer"])
    steps = distribution.distribution_steps(
        config, COUNTY, amount, 1, 0, WORK, case.get("years", 0), list(map(plain, UNITS))
    )
    assert last_amount(steps) == amount
    shown = {item.name.en.split()[0]: item.value for item in steps[-1].items}
    assert shown == {u: f"{v:.2f} yuan" for u, v in case["units"].items()}


@named(CASES["assessment"])
def test_worked_assessment(case):
    off = {name: {"weight": 0} for name in INDICATORS}
    config = Assessment(apply=True, **(off | case["rules"]))
    row = np.array([case["values"].get(name, np.nan) for name in INDICATORS])
    years = case.get("years", 0)
    assert assessed(config, row, years).effective == case["score"]
    assert scores(config, row[None, :], years).tolist() == [case["score"]]
    assert distribution.assessment_steps(config, row, years)[-1].result == f"{case['score']:g}"
    assert scores(config.model_copy(update={"apply": False}), row[None, :], years) is None


# --- sums ------------------------------------------------------------------------------------------------------------
NUMBERS = st.lists(st.integers(0, 10**9), min_size=5, max_size=5)
PARENTS = st.lists(st.integers(-1, 4), min_size=5, max_size=5)


@given(
    st.sampled_from(RULES),
    st.integers(-(10**12), 10**12),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.lists(st.integers(0, PPM), min_size=5, max_size=5),
    PARENTS,
    st.permutations([0, 0, 1, 1, 2]),
)
@settings(max_examples=200, deadline=None)
def test_no_fen_is_lost_by_any_rule(rule, amount, volume, technical, chronic, score, parent, tier):
    providers = COUNTY._replace(parent=ints(*parent), tier=ints(*tier))
    work = Work(*(ints(*column) for column in (volume, technical, chronic, score)))
    units, tiers = split(Distribution(rule=rule), ints(amount, amount), providers, work, 0)
    assert units.sum() == amount
    assert tiers.sum(axis=1).tolist() == [amount, amount]  # the second community has no member
    config = Config(distribution={"rule": rule})
    assert last_amount(distribution.distribution_steps(config, providers, amount, 2, 0, work)) == amount


@given(st.integers(0, 10**10), st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_pool_and_distribution_are_the_transfer(surplus, percent):
    config = Config(pool_share=percent / 100, revenue_cap=False)
    known = Known(pooled=ints(1000))
    found = settle(config, ints(surplus), Payments(ints(), 0.0), make_claims([]), make_providers(), known=known)
    check_settlement(found)
    check_units(found, make_providers())
    assert found.pool[0] + found.units.sum() == found.transfer[0] == surplus
    assert abs(found.pool[0] - surplus * percent / 100) <= 0.5
    assert found.pooled[0] == 1000 + found.pool[0]


def test_no_part_of_an_overrun_goes_to_the_pool():
    claims = make_claims([{"tier": "county", "charge": 10, "statutory": 10}])
    found = settle(Config(pool_share=0.5), ints(0), Payments(claims.statutory, 0.0), claims, make_providers())
    assert (found.pool.tolist(), found.distributed.sum()) == ([0], -1000)


def test_units_that_do_not_sum_are_found():
    found = settle(Config(), ints(100), Payments(ints(), 0.0), make_claims([]), make_providers())
    check_units(found, make_providers())
    with pytest.raises(IdentityError, match="units of a tier = distributed"):
        check_units(found._replace(units=found.units + 1), make_providers())


def test_a_worse_score_lowers_the_share_that_a_unit_keeps():
    kept = []
    for tenth in range(11):
        work = WORK._replace(score=ints(PPM, PPM, PPM, PPM, tenth * PPM // 10))
        kept.append(int(split(Distribution(rule="tree"), ints(10**6), COUNTY, work, 0)[0][4]))
    assert kept == [60_000 * tenth for tenth in range(11)]


# --- the tree --------------------------------------------------------------------------------------------------------
def test_who_is_above_whom():
    assert above(COUNTY).tolist() == [2, 2, 4, 4, -1]
    # without parents, and with wrong ones, everybody hangs on the lead
    for parent in (ints(), ints(-1, 3, 0, 9, 2)):
        found = above(COUNTY._replace(parent=parent)).tolist()
        assert found == [4, 3 if len(parent) else 4, 4, 4, -1]
    two = COUNTY._replace(community=ints(0, 1, 0, 1, 0))
    assert above(two).tolist() == [2, 3, 4, -1, -1]  # the second community is led by its centre
    assert above(COUNTY._replace(community=ints(0, 0, 0, 0, -1), parent=ints())).tolist() == [2, 2, -1, -1, -1]


def test_the_assessment_of_a_community_is_part_of_its_leads_score():
    claims = make_claims([{"tier": t, "charge": 1, "statutory": 1} for t in ("village", "township", "county")])
    config = Config(distribution={"rule": "tree"})
    paid = Payments(claims.statutory, 0.0)
    found = settle(config, ints(10_300), paid, claims, make_providers(), np.array([0.5]))
    assert found.unit_score.tolist()[:3] == [1.0, 1.0, 0.5]
    assert found.units.tolist()[:3] == [3500, 3500, 3000]  # of 100 yuan: 0.6 x 0.5, the rest to both below
    assert found.score.tolist() == [0.5]


def test_pay_follows_the_score():
    terms = Distribution(performance_pay={"village": 10, "township": 100, "county": 1000}, score_weight=0.5)
    found = scored_pay(terms, terms.performance_pay, COUNTY, WORK.score)
    # clinics 1 - 0.5 x 0 and 1 - 0.5 x 0.5; centres 0.9 and 0.75; the hospital 0.95
    assert found.tolist() == [1750, 16_500, 95_000, 0, 0]


# --- what institutions did -------------------------------------------------------------------------------------------
def test_work_is_counted_from_claims_and_counters():
    rows = [
        {"tier": "village", "category": "outpatient", "cases": 40, "charge": 800},
        {"tier": "village", "category": "chronic", "cases": 10, "charge": 300},
        {"tier": "township", "category": "outpatient", "cases": 10, "charge": 700},
        {"tier": "county", "group": 1, "cases": 2, "days": 9, "charge": 9000},
        {"tier": "county", "home": 0, "insurance": "employee", "cases": 5, "days": 50, "charge": 1},
        {"tier": "city", "cases": 5, "days": 50, "charge": 1},
    ]
    none = np.zeros((0, 0), dtype=np.int64)
    found = work_of(3.0, make_claims(rows), make_providers(), ints(PPM, 2 * PPM), none)
    assert found.volume.tolist()[:3] == [50 * PPM, 10 * PPM, 27 * PPM]
    assert found.technical.tolist()[:3] == [0, 0, 4 * PPM]
    assert found.chronic.tolist()[:3] == [10, 0, 0]
    # outpatients cost 30 on average: the clinic's index is (800 + 300) / (1,200 + 300), the centre's 700 / 300
    assert found.score.tolist() == [PPM, 0, PPM, PPM, PPM]
    counters = np.zeros((5, len(PROVIDER_COUNTERS)), dtype=np.int64)
    column = {name: k for k, name in enumerate(PROVIDER_COUNTERS)}
    counters[0, column["visits"]], counters[0, column["overflow"]], counters[0, column["referred_up"]] = 60, 20, 15
    seen = work_of(3.0, make_claims(rows), make_providers(), ints(PPM, 2 * PPM), counters)
    assert seen.score.tolist()[0] == round((1 + 0.75 + 0.75) / 3, 4) * PPM


def test_rows_without_a_group_are_held_against_their_like():
    """Files need no group where no method asks for it (-1): such a visit is a visit, such a stay has no known weight.

    A visit costs 30 on average (the hospital's 40), a follow-up 20, a stay of group 1 1,000, one without a group 300.
    """
    rows = [
        {"tier": "township", "category": "outpatient", "group": -1, "cases": 10, "charge": 200},
        {"tier": "county", "category": "outpatient", "group": -1, "cases": 10, "charge": 400},
        {"tier": "township", "category": "chronic", "group": -1, "cases": 5, "charge": 100},
        {"tier": "county", "group": 1, "cases": 1, "days": 9, "charge": 1000},
        {"tier": "township", "group": -1, "cases": 2, "days": 9, "charge": 500},
        {"tier": "county", "group": -1, "cases": 2, "days": 9, "charge": 700},
    ]
    none = np.zeros((0, 0), dtype=np.int64)
    found = work_of(3.0, make_claims(rows), make_providers(), ints(PPM, 2 * PPM), none)
    # the hospital: (400 + 1,000 + 700) / (300 + 1,000 + 600) = 1.10526
    assert found.score.tolist()[1:3] == [PPM, round(2 - 2100 / 1900, 4) * PPM]
    assert found.technical.tolist()[:3] == [0, 2 * PPM, 4 * PPM]


# --- assessment measures ---------------------------------------------------------------------------------------------
def test_measures_are_those_of_the_outcomes():
    """The county of the outcomes' hand-worked year has one community, so both must come to the same."""
    from sim.outcomes import measure

    record = hand_record()
    history = make_history([record.flows.claims], [[4]], weights=[0.5, 1.5])
    found = dict(zip(INDICATORS, measures(record.flows, history)[0].tolist(), strict=True))
    known = {name: value for _, name, group, value in measure(record) if group == "all"}
    pairs = {
        "managed_share": "managed_share",
        "signing_rate": "signing_rate",
        "renewal": "loyal_share",
        "avoidable_admissions": "avoidable_admissions",
        "readmissions": "readmissions",
        "in_county_admissions": "in_county_admissions",
    }
    for own, outcome in pairs.items():
        assert found[own] == pytest.approx(known[outcome], nan_ok=True), own
    assert found["inpatient_spending"] == pytest.approx(1.0)  # last year was the same
    assert found["case_mix"] == pytest.approx(1.0)


def test_more_inpatient_spending_is_seen_against_last_year():
    """A7: an outpatient-only community cannot shift cost to its inpatients unseen."""
    record = hand_record()
    claims = record.flows.claims
    history = make_history([claims], [[4]], weights=[0.5, 1.5])
    dearer = claims._replace(charge=np.where(claims.category == 2, 2 * claims.charge, claims.charge))
    found = measures(record.flows._replace(claims=dearer), history)[0]
    assert found[INDICATORS.index("inpatient_spending")] == pytest.approx(2.0)
    config = Assessment(apply=True)
    before = assessed(config, measures(record.flows, history)[0], 0).effective
    assert assessed(config, found, 0).effective < before


# --- scope, base, deposit --------------------------------------------------------------------------------------------
def test_members_scope_charges_what_members_earn():
    """A2, Ningbo: an outsider's stay here is charged, an own resident's stay elsewhere is not."""
    rows = [
        {"tier": "county", "home": 0, "charge": 100, "statutory": 60},
        {"tier": "county", "home": 1, "at": 0, "charge": 50, "statutory": 30},
        {"tier": "city", "home": 0, "charge": 1000, "statutory": 500},
        {"tier": "county", "home": 1, "charge": 20, "statutory": 10},
    ]
    claims, paid = make_claims(rows), Payments(make_claims(rows).statutory, 0.0)
    history = make_history([claims], [[10, 10]], now=[20, 10])
    for scope, spent, base in (("residents", [560, 40], [1120, 40]), ("members", [90, 10], [180, 10])):
        config = Config(charged=scope, growth=0.0, expected_growth=0.0, revenue_cap=False)
        amounts = budget(config, history, 0, 30)
        assert amounts.tolist() == [fen(b) for b in base]  # the same amount per head, twice the heads
        found = settle(config, amounts, paid, claims, make_providers(2))
        assert (found.in_network + found.out_of_network).tolist() == [fen(s) for s in spent]
        assert found.out_of_network.tolist() == ([fen(500), fen(30)] if scope == "residents" else [0, 0])
        assert stake(config, amounts, history, make_providers(2)).adequacy.tolist() == [1.0, 1.0]
    with pytest.raises(ValidationError, match=r"settlement\.charged"):
        Config(charged="members", contract={"apply": True})
    blind = history._replace(closed=(history.closed[0]._replace(earned=ints()),))
    with pytest.raises(ConfigError, match="what members were due"):
        budget(Config(charged="members"), blind, 0, 30)
    own = load_config(["payment=signed_quota", "settlement.charged=members"])
    with pytest.raises(ConfigError, match="budgets of its own"):
        arm.pay_and_settle(own.payment, own.settlement, history, claims, make_providers(2), 0)


def test_a_negotiated_base_lies_between_offer_and_ask():
    """Two base years of 900 and 1,100 for 9 and 11 heads; the last closed year cost 1,500; 12 heads now."""
    years = [make_claims([{"tier": "county", "charge": c, "statutory": c}]) for c in (900, 1100, 1500)]
    history = make_history(years, [[9], [11], [10]], now=[12], reform=2, year=3)
    for share, agreed in ((0.0, 1200.0), (0.5, 1425.0), (1.0, 1650.0)):  # offer 100 a head; ask 1,500 x 1.1
        config = Config(
            base="negotiated", bargaining=share, growth=0.0, expected_growth=0.1, revenue_cap=False, base_years=2
        )
        assert budget(config, history, 0, 12).tolist() == [fen(agreed)]
        steps = settlement.budget_steps(config, history, 0, 12, 0)
        assert last_amount(steps) == fen(agreed)
    capped = config.model_copy(update={"revenue_cap": True})
    assert budget(capped, history, fen(1000), 12).tolist() == [fen(1000)]


def test_the_deposit_comes_back_by_score():
    rows = [
        {"tier": "county", "home": 0, "charge": 100, "statutory": 60.10},
        {"tier": "village", "home": 1, "charge": 50, "statutory": 30},
        {"tier": "city", "home": 0, "charge": 1000, "statutory": 500},
    ]
    claims, providers = make_claims(rows), make_providers(2)
    paid = Payments(claims.statutory, 0.0)
    config = Config(deposit=0.05)
    assert withheld(config, claims, paid, providers).tolist() == [0, 0, 301, 150, 0, 0, 0, 0]  # 3.005 -> 3.01
    found = forfeited(config, claims, paid, providers, np.array([0.9, 0.5]))
    assert found.tolist() == [0, 0, 30, 75, 0, 0, 0, 0]  # 3.01 - 2.709 -> 2.71; 1.50 - 0.75
    assert forfeited(config, claims, paid, providers, None).sum() == 0
    assert forfeited(Config(), claims, paid, providers, np.array([0.9, 0.5])).size == 0
    for unit, due, score in ((2, 6010, 0.9), (3, 3000, 0.5)):
        assert last_amount(distribution.deposit_steps(config, due, score)) == found[unit]


@pytest.mark.parametrize("scheme", ["ffs", "package"])
def test_the_deposit_works_with_and_without_a_budget(scheme):
    claims = make_claims([{"tier": "county", "charge": 100, "statutory": 60}])
    history = make_history([claims], [[10]])
    config = load_config([f"payment={scheme}", "settlement.deposit=0.1"])
    terms, quality = config.settlement, np.array([0.8])
    found = arm.pay_and_settle(config.payment, terms, history, claims, make_providers(), 10**9, quality)
    assert found.settled.forfeited.tolist() == [0, 0, 120, 0, 0]
    assert (found.settled.budget.size > 0) == (scheme == "package")


# --- what prevention expects -----------------------------------------------------------------------------------------
def test_four_rules_give_different_prevention_effort():
    """A15: the more a rule leaves to the lead hospital, the less effort of primary units it calls forth."""
    rows = [
        {"tier": "village", "category": "outpatient", "cases": 700, "charge": 14_000, "statutory": 7000},
        {"tier": "township", "category": "chronic", "cases": 300, "charge": 30_000, "statutory": 15_000},
        {"tier": "county", "cases": 20, "days": 200, "charge": 100_000, "statutory": 60_000},
    ]
    history = make_history([make_claims(rows)], [[1000]])
    amounts = ints(fen(82_000))
    effort = {}
    for rule in RULES:
        config = Config(distribution={"rule": rule}, growth=0.0, expected_growth=0.0, revenue_cap=False)
        found = stake(config, amounts, history, make_providers())
        terms = Response(enough_for_primary=1.0, optimism_spread=0.0)  # the best effort is what is kept
        effort[rule] = float(target_effort(terms, 1.0, found, Prospect(saved=3000.0, added=0.0))[0])
    # by volume: 1,000 of 1,600 visits; lead: a fifth
    assert effort["volume"] == pytest.approx(0.625, abs=1e-6)
    assert effort["lead"] == pytest.approx(0.2, abs=1e-6)
    assert effort["fixed"] == pytest.approx(0.4, abs=1e-6)
    # quality and quantity 0.6 x 0.625, technical 0, health 0.2 to the centre
    assert effort["contribution"] == pytest.approx(0.575, abs=1e-6)
    assert len({round(value, 6) for value in effort.values()}) >= 4
    pooled = stake(Config(pool_share=0.25, expected_growth=0.0), amounts, history, make_providers())
    assert pooled.primary_share == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"distribution": {"contribution": {"quality": 0, "quantity": 0, "technical": 0, "health": 0}}},
            "at least one part must be above 0",
        ),
        ({"assessment": {"renewal": {"floor": 1, "target": 1}}}, "floor and target of an indicator must differ"),
        ({"working_capital_months": 13}, "less than or equal to 12"),
        ({"base": "haggled"}, "negotiated"),
    ],
)
def test_bad_settings(values, words):
    with pytest.raises(ValidationError, match=words):
        Config(**values)


# --- the tests can fail ----------------------------------------------------------------------------------------------
def test_a_tree_without_scores_is_found(monkeypatch):
    case = next(case for case in CASES["cases"] if case["name"] == "tree of scores")
    test_worked_distribution(case)
    monkeypatch.setattr(rules, "hand_down", lambda amount, m, p, v, s, k: split_evenly(amount, len(m)))
    with pytest.raises(AssertionError):
        test_worked_distribution(case)
    with pytest.raises(AssertionError):
        test_the_steps_come_to_what_is_distributed(case)


def split_evenly(amount: int, count: int) -> Any:
    return ints(*[amount // count] * (count - 1), amount - amount // count * (count - 1))
