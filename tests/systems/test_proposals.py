"""Systems A10 to A15 of docs/systems.md: one check a row, run as a test, and run again with its rule broken."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.closing import arm
from sim.core.randomness import Key
from sim.core.units import PPM, fen
from sim.county import family_doctors
from sim.county.family_doctors import sign_or_renew
from sim.county.population import year_view
from sim.county.population.config import Config as PopulationConfig
from sim.money import city_pool, response, settlement
from sim.money.history import Prospect
from sim.money.payment import composite, inner, weighted_capitation
from sim.money.response import prevention
from sim.money.settlement import distribution
from sim.money.settlement.assessment import Assessment, assessed
from sim.money.settlement.work import Work
from sim.tables import COUNTY, INPATIENT, RESIDENT_INSURED, Population, Providers
from tests.core_world import alike, contract_rules, person
from tests.money_world import ints, make_claims, make_history, make_providers
from tests.systems.world import OWN_RISK, Plant, Year, found_by, history, paid, reform


@pytest.fixture(scope="module", autouse=True)
def _played() -> None:
    """History is played before anything is broken."""
    history(1)
    history(2)


# --- A10 ------------------------------------------------------------------------------------------------------------
def budgets_of(year: int = 1, reform_year: int = 1, **changes: Any) -> list[float]:
    """Budgets of two communities of 100 and 300 heads, yuan, from a pool of 10 yuan a head."""
    config = weighted_capitation.Config(within="ffs", amount_per_head=10, growth=0, **changes)
    past = make_history([make_claims([])], [[100, 300]], year=year, reform=reform_year)
    prepared = weighted_capitation.prepare(config, past)
    found = weighted_capitation.budgets(config, prepared, lambda: ints(), make_claims([]), ints())
    return [float(amount) / 100 for amount in found]


AGE = {"name": "age", "weight": 0.5, "index": [1.4, 0.8]}
DISEASE = {"name": "disease", "weight": 2.0, "index": [1.25, 0.75]}


def check_a10() -> None:
    """100 x 1.2 = 120 and 300 x 0.9 = 270; times 1.5 and 0.5: 180 and 135.

    One factor: 4,000 by 120 : 270.  Both, and a tenth paid by scores of 3 : 1: 3,600 by 180 : 135 are 2,057.14 and
    1,542.86, then 300 and 100.
    """
    assert budgets_of() == [1000, 3000]
    assert budgets_of(factors=[AGE]) == pytest.approx([4000 * 120 / 390, 4000 * 270 / 390], abs=0.01)
    both = budgets_of(factors=[AGE, DISEASE], reward_share=0.1, scores=[60, 20])
    assert both == pytest.approx([3600 * 180 / 315 + 300, 3600 * 135 / 315 + 100], abs=0.01)
    assert sum(both) == pytest.approx(4000)


def test_a10_heads_times_factors_share_a_pool_and_scores_are_paid_a_second_time() -> None:
    check_a10()


ONES = "{village: 1, township: 1, county: 1, city: 1, remote: 1}"


def check_a10_base() -> None:
    """DRG at 1,000 for stays of weights 1 and 2, APG at 100 for a visit; ten heads at 300 yuan.

    Stays 1,000 - 400 and 2,000 - 500, the visit 100 - 30.  With visits by item the visit is as billed, 50; so it is
    under DRG alone.
    """
    words = ["payment=weighted_capitation", "payment.amount_per_head=300", "payment.growth=0",
             "payment.within.rate=1000", "payment.within.rate_growth=0",
             f"payment.within.coefficient={ONES}"]  # fmt: skip
    rows = [
        {"tier": "county", "group": 0, "charge": 900, "statutory": 500},
        {"tier": "village", "category": "outpatient", "charge": 80, "statutory": 50},
        {"tier": "county", "group": 1, "charge": 1900, "statutory": 1400},
    ]
    groups = f"payment.visits={{scheme: apg, rate: 100, rate_growth: 0, coefficient: {ONES}}}"
    for visits, receipts in (
        ([groups], (600, 70, 1500)),
        (["payment.visits=ffs"], (600, 50, 1500)),
        ([], (600, 50, 1500)),
    ):
        found = paid([*words, *visits], rows)
        assert found.payments.receipts.tolist() == [fen(v) for v in receipts]
        assert found.settled.transfer.tolist() == [fen(3000 - sum(receipts))]


def test_a10_stays_by_drg_and_visits_by_apg_are_the_base_measure() -> None:
    check_a10_base()


def check_a10_past() -> None:
    """Pools of last year's money: stays share the 900 of stays, visits the 40 of visits, not one of 940."""
    words = ["payment=weighted_capitation", "payment.amount_per_head=300", "payment.growth=0",
             "payment.within=budget", "payment.within.growth=0",
             "payment.visits={scheme: budget, growth: 0}"]  # fmt: skip
    past = [
        {"tier": "county", "group": 0, "charge": 1200, "statutory": 900},
        {"tier": "village", "category": "outpatient", "charge": 80, "statutory": 40},
    ]
    rows = [
        {"tier": "county", "group": 0, "charge": 900, "statutory": 500},
        {"tier": "village", "category": "outpatient", "charge": 75, "statutory": 45},
        {"tier": "village", "category": "chronic", "charge": 25, "statutory": 15},
    ]
    assert paid(words, rows, past=past).payments.receipts.tolist() == [fen(900), fen(30), fen(10)]


def test_a10_stays_and_visits_have_a_past_of_their_own() -> None:
    check_a10_past()


def test_a10_money_follows_the_patient() -> None:
    """Out of the community and out of the county: what own residents cost elsewhere is charged to their budget."""
    year = reform("payment=weighted_capitation", "payment.within=ffs", *OWN_RISK, communities=2)
    claims = year.claims
    for community in (0, 1):
        elsewhere = (claims.home == community) & (claims.community != community)
        assert int(year.settled.out_of_network[community]) == year.bills(elsewhere) > 0
        assert year.bills(elsewhere & (claims.tier > COUNTY)) > 0
    assert int(year.settled.budget.sum()) == year.bills() + int(year.settled.balance.sum())


def heads_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(weighted_capitation, "raw_weights", lambda config, past: tuple(past.heads.tolist()))


def scores_unread(patch: pytest.MonkeyPatch) -> None:
    own = weighted_capitation.budgets
    patch.setattr(
        weighted_capitation, "budgets", lambda config, *rest: own(config.model_copy(update={"scores": ()}), *rest)
    )


def kinds_confused(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inner, "rows_of", lambda claims, stays: (claims.category == INPATIENT) != stays)


def one_past_for_both(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inner, "history_of", lambda history, stays: history)


# --- A11 ------------------------------------------------------------------------------------------------------------
RISING = (10.0, 20.0, 30.0, 50.0)


def signed(*rows: tuple[int, int, int, int]) -> Population:
    """Resident-insured persons from (household, age, years signed, community)."""
    people = alike(len(rows))
    for column, name in enumerate(("household", "age", "signed", "community")):
        people[name] = [row[column] for row in rows]
    return year_view(people, PopulationConfig(), 0)


def contract_years(renew: list[bool]) -> list[int]:
    """Years signed of a person who signs in the first year, then renews or lets lapse, and signs when unsigned."""
    someone, years = person(age=50), []
    for year, own in enumerate(renew):
        always = contract_rules(family_doctors.Config(sign=1, renew=float(own), effort_gain=0))
        sign_or_renew(someone, always, 0.0, Key(1, 0), year)
        years.append(int(someone.signed))
    return years


def check_a11() -> None:
    """Nothing in year 1; 10, 20, 30 in years 2 to 4; 50 from year 5; a lapse begins again."""
    years = contract_years([True] * 6 + [False, True, True])
    assert years == [1, 2, 3, 4, 5, 6, 0, 1, 2]
    config = family_doctors.Config(renewal_reward=RISING)
    found = [family_doctors.rewards(config, signed((0, 60, own, 0)), 1).total for own in years]
    assert found == [fen(v) for v in (0, 10, 20, 30, 50, 50, 0, 0, 10)]


def test_a11_renewals_are_rewarded_from_year_two_rising_to_year_five() -> None:
    check_a11()


def rewarded(to: str) -> Year:
    words = ("contracts.renewal_reward=[100,200,300,400]", "contracts.renewal_gain=0", f"contracts.reward_to={to}")
    return reform("payment=package", *OWN_RISK, *words)


def check_a11_paths() -> None:
    """Through the community, to its township centres, or directly to doctors; beside the fee and every budget."""
    plain, community, doctors = reform("payment=package", *OWN_RISK), rewarded("community"), rewarded("doctors")
    people = community.flows.population
    mine = people.insurance == RESIDENT_INSURED
    years = np.minimum(people.signed, people.age + 1)[mine]  # a child is born into its mother's contract
    due = int(sum(fen((100, 200, 300, 400)[min(own, 5) - 2]) for own in years.tolist() if own > 1))
    assert community.fund.rewards == doctors.fund.rewards == due > 0
    assert community.fund.outgo - plain.fund.outgo == due
    assert community.fund.signing == plain.fund.signing > 0  # the cost of signing has a payment of its own
    assert community.settled.budget.tolist() == plain.settled.budget.tolist()
    for year, more in ((community, due), (doctors, 0)):
        assert year.outcome("revenue", "township") - plain.outcome("revenue", "township") == pytest.approx(more / 100)


def test_a11_rewards_go_through_the_community_or_directly() -> None:
    check_a11_paths()


def paid_from_year_one(patch: pytest.MonkeyPatch) -> None:
    own = family_doctors.rewards

    def early(config: Any, people: Population, count: int) -> Any:
        return own(config, people._replace(signed=people.signed + (people.signed > 0)), count)

    patch.setattr(family_doctors, "rewards", early)


def flat_rewards(patch: pytest.MonkeyPatch) -> None:
    own = family_doctors.rewards

    def flat(config: Any, people: Population, count: int) -> Any:
        return own(config, people._replace(signed=np.minimum(people.signed, 2)), count)

    patch.setattr(family_doctors, "rewards", flat)


def always_through_the_community(patch: pytest.MonkeyPatch) -> None:
    income = arm._reward_income

    def through(config: Any, closed: Any) -> Any:
        own = config.contracts.model_copy(update={"reward_to": "community"})
        return income(config.model_copy(update={"contracts": own}), closed)

    patch.setattr(arm, "_reward_income", through)


# --- A12 ------------------------------------------------------------------------------------------------------------
FAMILIES = (
    (0, 70, 1, 0), (0, 44, 3, 0), (0, 15, 1, 0),  # three generations: one reward
    (1, 70, 1, 0), (1, 66, 1, 0),  # a couple: one generation
    (2, 50, 2, 1), (2, 20, 0, 1),  # the child is not signed
    (3, 50, 2, 1), (3, 20, 1, 1),
)  # fmt: skip


def check_a12() -> None:
    found = family_doctors.rewards(family_doctors.Config(family_reward=20), signed(*FAMILIES), 2)
    assert found.family.tolist() == [fen(20), fen(20)]
    assert not found.renewal.any()


def test_a12_one_family_reward_a_household_and_year() -> None:
    check_a12()


def test_a12_households_of_a_county_hold_generations_and_are_rewarded_every_year() -> None:
    """Counted household by household from the persons: neighbours in age, both signed, 15 years or more apart."""
    year = reform("payment=package", *OWN_RISK, "contracts.family_reward=20", "contracts.family_gain=0")
    people = year.flows.population
    mine = (people.insurance == RESIDENT_INSURED) & (people.signed > 0)
    households = 0
    for number in np.unique(people.household[mine]):
        ages = sorted(people.age[mine & (people.household == number)].tolist())
        households += any(b - a >= 15 for a, b in pairwise(ages))
    assert households > 3
    assert year.fund.rewards == households * fen(20)


def one_for_each_generation(patch: pytest.MonkeyPatch) -> None:
    def each(household: Any, age: Any, key: Any) -> Any:
        several = [k for k in range(len(age)) if any(abs(age[k] - a) >= 15 for a in age[household == household[k]])]
        return ints(*several)

    patch.setattr(family_doctors, "families", each)


# --- A13 ------------------------------------------------------------------------------------------------------------
def check_a13() -> None:
    """Step by step: plain heads while the factor is off; half of its weight in the year in which it begins, then all.

    Weight 1 on 1.5 and 0.5: 100 x 1.25 and 300 x 0.75 by half, 150 and 150 in full.  The assessment that scores 0.6
    counts by half in the first year.
    """
    health = {"name": "health", "weight": 1, "index": [1.5, 0.5]}
    assert budgets_of(factors=[health | {"weight": 0}]) == [1000, 3000]
    dated = [health | {"from_year": 0.5}]
    assert budgets_of(0, 1, factors=dated) == [1000, 3000]
    assert budgets_of(1, 1, factors=dated) == pytest.approx([4000 * 125 / 350, 4000 * 225 / 350], abs=0.01)
    assert budgets_of(2, 1, factors=dated) == [2000, 2000]
    later = [health | {"from_year": 2}]
    assert [budgets_of(year, 1, factors=later)[0] for year in (1, 2, 3)] == [1000, 1000, 2000]
    rules = Assessment(apply=True, from_year=0.5)
    values = np.array([0.44, *[np.nan] * 8])  # of chronic conditions managed: 0.6 of the way from 0.2 to 0.6
    assert [assessed(rules, values, year).effective for year in (0, 1)] == [0.8, 0.6]


def test_a13_factors_and_assessment_are_switched_on_at_their_date() -> None:
    check_a13()


def dates_unread(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(weighted_capitation, "phased", lambda date, past: PPM)


# --- A14 ------------------------------------------------------------------------------------------------------------
DAYS = "{village: 0, township: 50, county: 50, city: 0, remote: 0}"
COMPOSITE = ["payment=composite", "payment.outpatient.amount_per_head=20", "payment.outpatient.growth=0",
             "payment.chronic.amount_per_head=20", "payment.chronic.growth=0", "payment.inpatient.rate=1000",
             "payment.inpatient.rate_growth=0", f"payment.inpatient.coefficient={ONES}", "payment.long_groups=[1]",
             f"payment.long_stay.rates={DAYS}", "payment.long_stay.rate_growth=0", "payment.ffs_groups=[2]",
             "settlement.lump_per_head=300", "settlement.growth=0"]  # fmt: skip
CARE = [
    {"tier": "village", "category": "outpatient", "charge": 300, "statutory": 120},
    {"tier": "township", "category": "chronic", "charge": 200, "statutory": 120},
    {"tier": "county", "group": 0, "days": 6, "charge": 1100, "statutory": 800},
    {"tier": "county", "group": 1, "days": 30, "charge": 1900, "statutory": 1300},
    {"tier": "county", "group": 2, "days": 9, "charge": 700, "statutory": 450},
]


def check_a14() -> None:
    """Ten heads signed at 20 yuan: 200 for visits, by bills 100 and 100.  DRG: 1,000 - 300.  Thirty days at 50 yuan:
    1,500 - 600.  The hard case as billed.  All of 2,250 is charged to one budget of 3,000.
    """
    found = paid(COMPOSITE, CARE)
    assert found.payments.receipts.tolist() == [fen(v) for v in (100, 100, 700, 900, 450)]
    assert found.settled.budget.tolist() == [fen(3000)]
    assert found.settled.transfer.tolist() == [fen(750)]


def test_a14_methods_by_class_roll_up_to_one_head_count_budget() -> None:
    check_a14()


AGREED = response.Config(optimism_spread=0.0)
SAVES = Prospect(saved=3000.0, added=0.0)
"""30 yuan a head avoided by full effort, whose last step costs as much: the best effort is the share of a saving that
is kept."""


def check_a14_adequacy() -> None:
    """Last year 1,000 yuan: a budget of 900 lowers effort to 1 - 2 x 0.1, of 700 to 1 - 2 x 0.3; more adds nothing."""
    past = make_history([make_claims([{"tier": "county", "charge": 1000, "statutory": 1000}])], [[10]])
    config = settlement.Config(expected_growth=0)
    effort = []
    for amount in (1200, 1000, 900, 700, 400):
        stake = settlement.stake(config, ints(fen(amount)), past, make_providers())
        assert stake.adequacy.tolist() == pytest.approx([amount / 1000])
        effort.append(float(prevention.target_effort(AGREED, 1.0, stake, SAVES)[0]))
    assert effort == pytest.approx([1, 1, 0.8, 0.4, 0])


def test_a14_effort_falls_with_an_inadequate_budget() -> None:
    check_a14_adequacy()


def check_a14_city() -> None:
    """A city of three counties: 100 x 1.2, 200 x 0.8 and 100 heads of 400 share 4,000 yuan by 120 : 160 : 100."""
    others = [{"name": "B", "heads": 200, "age": 0.6}, {"name": "C", "heads": 100}]
    city = city_pool.CityPool(apply=True, age=1.4, age_weight=0.5, others=others)
    shares = city_pool.divided(city, fen(10), 100)
    assert shares.tolist() == [126_316, 168_421, 105_263]  # 1,263.158, 1,684.211 and 1,052.632 yuan
    assert shares.sum() == fen(4000)
    assert city_pool.allotted(city, fen(10), 100) == 126_316


def test_a14_a_city_divides_its_pool_among_counties() -> None:
    check_a14_city()


def adequacy_unfelt(patch: pytest.MonkeyPatch) -> None:
    effort = prevention.target_effort
    patch.setattr(
        prevention,
        "target_effort",
        lambda c, s, stake, budgets: effort(c, s, stake._replace(adequacy=np.ones(1)), budgets),
    )


def a_city_without_rescaling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(city_pool, "largest_remainder", lambda whole, raw: ints(*(fen(10) * int(n) // PPM**6 for n in raw)))


def long_stays_as_cases(patch: pytest.MonkeyPatch) -> None:
    own = composite.class_of
    patch.setattr(composite, "class_of", lambda config, claims: np.minimum(own(config, claims), 2))


# --- A15 ------------------------------------------------------------------------------------------------------------
TRIO = Providers(*(ints(0, 1, 2), ints(0, 0, 0), ints(0, 0, 0), ints(0, 0, 0), ints(0, 0, 0)))
DONE = Work(ints(300, 200, 500), ints(0, 2, 8), ints(30, 10, 0), ints(PPM, PPM, PPM // 2))
"""Volume of clinic, centre and hospital; weights of stays; chronic visits; scores 1, 1 and a half."""


def check_a15() -> None:
    """1,000 yuan by each rule, worked by hand.

    Contribution 3 : 3 : 2 : 2.  Quality 300 by 300 : 200 : 250 = 120, 80, 100; quantity 300 by 3 : 2 : 5 = 90, 60, 150;
    technical 200 by 0 : 2 : 8 = 0, 40, 160; health 200 by 30 : 10 : 0 = 150, 50, 0.
    """
    expected = {
        "fixed": (100, 300, 600),
        "volume": (300, 200, 500),
        "lead": (120, 80, 800),
        "contribution": (360, 230, 410),
        "tree": (420, 280, 300),  # the lead keeps 0.6 x 0.5; clinic and centre hang on it: 700 by 300 : 200
    }
    for name, amounts in expected.items():
        units, _ = distribution.split(distribution.Distribution(rule=name), ints(fen(1000)), TRIO, DONE, 0)
        assert units.tolist() == [fen(v) for v in amounts], name
    # the parts change from the second year on: all by health outcome, 30 : 10
    later = {"quality": 0, "quantity": 0, "technical": 0, "health": 1}
    changing = distribution.Distribution(rule="contribution", contribution_later=[later])
    for year, amounts in ((0, (360, 230, 410)), (1, (750, 250, 0)), (4, (750, 250, 0))):
        assert distribution.split(changing, ints(fen(1000)), TRIO, DONE, year)[0].tolist() == [fen(v) for v in amounts]


def test_a15_rules_of_distribution_by_hand() -> None:
    check_a15()


def check_a15_effort() -> None:
    """Primary units get 4, 5, 2 of ten parts by fixed ratio, volume and lead; all of it calls forth full effort.

    600 visits of 60 yuan at village and township, 600 by bed days at the hospital: by volume a half.
    """
    rows = [
        {"tier": "village", "category": "outpatient", "cases": 400, "charge": 9000, "statutory": 5000},
        {"tier": "township", "category": "outpatient", "cases": 200, "charge": 9000, "statutory": 5000},
        {"tier": "county", "cases": 20, "days": 200, "charge": 90_000, "statutory": 50_000},
    ]
    past = make_history([make_claims(rows)], [[100]])
    terms = AGREED.model_copy(update={"enough_for_primary": 1.0})
    effort = {}
    for rule in ("fixed", "volume", "lead"):
        config = settlement.Config(distribution={"rule": rule}, expected_growth=0)
        stake = settlement.stake(config, ints(fen(60_000)), past, make_providers())
        effort[rule] = float(prevention.target_effort(terms, 1.0, stake, SAVES)[0])
    assert effort == pytest.approx({"fixed": 0.4, "volume": 0.5, "lead": 0.2}, abs=1e-6)


def test_a15_the_rule_decides_the_effort_of_primary_units() -> None:
    check_a15_effort()


def contribution_by_volume(patch: pytest.MonkeyPatch) -> None:
    def pots(config: Any, amount: int, work: Work, members: Any, scores: Any, year: int) -> Any:
        return [(amount, [int(v) for v in work.volume[members]])]

    patch.setattr(distribution, "contribution_pots", pots)


def parts_never_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(distribution, "contribution_set", lambda config, year: 0)


def effort_without_a_share(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "expected_primary_share", lambda *_: 0.4)


# --- the checks can fail ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("check", "plant"),
    [
        (check_a10, heads_alone),
        (check_a10, scores_unread),
        (check_a10_base, kinds_confused),
        (check_a10_past, one_past_for_both),
        (check_a11, paid_from_year_one),
        (check_a11, flat_rewards),
        (check_a11_paths, always_through_the_community),
        (check_a12, one_for_each_generation),
        (check_a13, dates_unread),
        (check_a14, long_stays_as_cases),
        (check_a14_adequacy, adequacy_unfelt),
        (check_a14_city, a_city_without_rescaling),
        (check_a15, contribution_by_volume),
        (check_a15, parts_never_change),
        (check_a15_effort, effort_without_a_share),
    ],
)
def test_a_broken_rule_is_found(check: Any, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(check, plant, monkeypatch)
