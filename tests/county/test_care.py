"""Care seeking: logit and nested logit against published shares, current prices, gatekeeping, and the rule of slots."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import expm

from sim.core.errors import ConfigError
from sim.core.randomness import Key, unit
from sim.core.units import part
from sim.county import benefit, care, illness
from sim.county.care import NONE, CareRules, book_day, choose, quoted_days
from sim.engine import choosing, encounter
from sim.tables import CHRONIC, CITY, COUNTY, INPATIENT, OUTPATIENT, REMOTE, TIERS, TOWNSHIP, Claims
from tests.core_world import assert_share, differs, interpreted_kernel, make, neutral, person, play, tiers, with_slack

LAST_WORD = 2**32 - 1


def rules(**changes: Any) -> CareRules:
    return care.compile_rules(care.Config(**changes))


def shares(rule: CareRules, weights: np.ndarray) -> np.ndarray:
    """Share of luck that leads to no care (first) and to each tier, to the last of 2**32 words, by bisection."""
    edges = [0]
    for choice in range(5):
        low, high = edges[-1], LAST_WORD + 1  # choices come in the order none, village, ..., remote
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if choose(rule, weights, unit(middle)) < choice else (low, middle)
        edges.append(low)
    return np.diff([*edges, LAST_WORD + 1]) / 2**32


# --- published-results 3.1: four tiers, and township reimbursement raised to 85 % ------------------------------------
FEE, KM, QUALITY = (60, 120, 350, 900), (0.5, 4, 20, 90), (0.0, 0.4, 1.3, 3.2)
PAID = {"base": (0.70, 0.65, 0.55, 0.40), "raised": (0.70, 0.85, 0.55, 0.40)}
UTILITY = {"base": (-0.097, 0.032, -0.330, -3.460), "raised": (-0.097, 0.128, -0.330, -3.460)}
SHARE = {
    "base": (0.33732787, 0.38377458, 0.26721548, 0.01168207),
    "raised": (0.32476943, 0.40671614, 0.25726727, 0.01124716),
}
NESTED = (0.28540405, 0.36940955, 0.34128518, 0.00390122)
LOGSUM = {"base": 0.98969992, "raised": 1.02763978}
PER_YUAN, PRICE, SCALE = 0.004, 1.0, 10.0
"""Published: utility falls by so much a yuan.  Here: by so much times ln(1 + yuan / scale)."""
PUBLISHED = {
    "outpatient": tiers(*QUALITY, -1000.0),
    "price": (PRICE, 0.0, 0.0),
    "price_scale": (SCALE, 1.0, 1.0),
    "price_by_quintile": (1.0,) * 5,
    "outside_by_income": (0.0,) * 5,
    "distance": (0.05, 0.0, 0.0),
}
NESTS = {"nest_primary": 0.5, "nest_hospital": 0.7}


def felt_as(yuan: float) -> float:
    """The own payment that weighs here as a published one does there: the shares then are the published ones."""
    return SCALE * math.expm1(PER_YUAN * yuan / PRICE)


def weights_of(rule: CareRules, paid: tuple[float, ...]) -> np.ndarray:
    """Weight of each tier for a mild need of somebody in the middle quintile who is not signed."""
    weights = np.zeros(5)
    for tier in range(4):
        own = 100 * felt_as(FEE[tier] * (1 - paid[tier]))
        place = care.place_weight(rule, OUTPATIENT, tier, 1, 0, KM[tier])
        weights[tier] = place * care.price_weight(rule, OUTPATIENT, tier, 2, own)
    return weights


def of_those_seeking_care(rule: CareRules, weights: np.ndarray) -> np.ndarray:
    found = shares(rule, weights)
    return found[1:5] / found[1:].sum()


@pytest.mark.parametrize("case", SHARE)
def test_published_logit(case: str) -> None:
    weights = weights_of(rules(**PUBLISHED), PAID[case])
    assert np.log(weights[:4]) == pytest.approx(UTILITY[case], abs=1e-12)
    assert math.log(weights.sum()) == pytest.approx(LOGSUM[case], abs=5e-9)
    assert of_those_seeking_care(rules(**PUBLISHED), weights) == pytest.approx(SHARE[case], abs=6e-9)


def test_published_nested_logit() -> None:
    rule = rules(**PUBLISHED, **NESTS)
    assert of_those_seeking_care(rule, weights_of(rule, PAID["base"])) == pytest.approx(NESTED, abs=6e-9)


def test_published_elasticities() -> None:
    """Of the township's share and the others' with its own payment as published, 42 yuan."""
    rule, step = rules(**PUBLISHED), 1 / 420  # ten fen
    below, above = (
        of_those_seeking_care(rule, weights_of(rule, (0.70, 1 - 0.35 * factor, 0.55, 0.40)))
        for factor in (1 - step, 1 + step)
    )
    elasticity = np.log(above / below) / (2 * step)
    assert elasticity[1] == pytest.approx(-0.1035259, abs=2e-6)
    assert elasticity[[0, 2]] == pytest.approx(0.0644741, abs=2e-6)


@pytest.mark.parametrize("own", [0.5, 10.0, 40.0, 400.0])
def test_people_feel_the_first_yuan_most(own: float) -> None:
    """Elasticity of a share with its own payment x in closed form: price × x ÷ (scale + x) × (the share - 1).

    It rises from 0 to the price coefficient, so that free care differs from a first coinsurance more than this from
    the next; the arc between own payments of 0 and x is that of the power law (1 + x ÷ scale) to the minus price.
    """
    rule, step = rules(**PUBLISHED), 1e-3

    def share(township: float) -> float:
        weights = weights_of(rule, PAID["base"])
        at = care.place_weight(rule, OUTPATIENT, TOWNSHIP, 1, 0, KM[TOWNSHIP])
        weights[TOWNSHIP] = at * care.price_weight(rule, OUTPATIENT, TOWNSHIP, 2, 100 * township)
        return float(weights[TOWNSHIP] / weights.sum())

    elasticity = math.log(share(own * (1 + step)) / share(own * (1 - step))) / (2 * step)
    assert elasticity == pytest.approx(-PRICE * own / (SCALE + own) * (1 - share(own)), rel=1e-4)
    odds = [s / (1 - s) for s in (share(0.0), share(own))]
    assert odds[1] / odds[0] == pytest.approx((1 + own / SCALE) ** -PRICE)


@pytest.mark.parametrize("nested", [False, True], ids=["logit", "nested"])
def test_published_shares_in_the_engine(nested: bool) -> None:
    """The whole way: prices from claims and benefit, distances from geography, choices counted in claims."""
    paid = PAID["base"]
    charges = [felt_as(fee * (1 - part_paid)) / (1 - part_paid) for fee, part_paid in zip(FEE, paid, strict=True)]
    kilometres = dict(zip(("village_km", "township_km", "county_km", "city_km"), [(k, k) for k in KM], strict=True))
    config = with_slack(
        40_000,
        population={
            "away": 0.0,
            "price_blind": 0.0,
            "resident_insured": 1.0,
            "employee_insured": 0.0,
            "income_growth": 0.0,
        },
        providers=kilometres,
        illness={"moderate": 0.0, "severe_scale": 0.0, "chronic_scale": 0.0},
        contracts={"sign": 0.0, "sign_chronic": 0.0},
        care=PUBLISHED | (NESTS if nested else {}),
        claims={"visit_charge": tiers(*charges, 0.0), "non_catalogue": tiers(0.0)},
        benefit={"resident": {"outpatient_ratio": tiers(*paid, 0.0), "outpatient_cap": 1e6, "cap": 1e6}},
    )
    chosen = np.concatenate([flows.claims.tier for flows in play(config, years=3).years])
    for tier, expected in enumerate(NESTED if nested else SHARE["base"]):
        assert_share(chosen == tier, expected)


# --- the logit in general --------------------------------------------------------------------------------------------
some_weights = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-12, 1e12), st.floats(1e-300, 1e-200)), min_size=5, max_size=5
).map(np.array)
luck = st.one_of(st.sampled_from([0, 1, LAST_WORD - 1, LAST_WORD]), st.integers(0, LAST_WORD)).map(unit)
dissimilarity = st.sampled_from([1.0, 0.7, 0.3])


@given(some_weights, luck, dissimilarity, dissimilarity)
def test_what_is_not_available_is_never_chosen(weights: np.ndarray, u: float, primary: float, hospital: float) -> None:
    chosen = choose(rules(nest_primary=primary, nest_hospital=hospital), weights, u)
    assert chosen == NONE or weights[chosen] > 0


@given(st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e3)), min_size=5, max_size=5).map(np.array))
def test_dissimilarity_1_is_the_plain_logit(weights: np.ndarray) -> None:
    expected = np.array([1.0, *weights]) / (1 + weights.sum())
    assert shares(rules(), weights) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(-3, 3), min_size=5, max_size=5), dissimilarity, dissimilarity)
def test_nested_logit_by_its_formula(values: list[float], primary: float, hospital: float) -> None:
    """P(tier) = P(nest) x P(tier in nest); P(nest) in proportion to exp(dissimilarity x log-sum)."""
    rule = rules(nest_primary=primary, nest_hospital=hospital)
    nests = [(primary, values[:2]), (hospital, values[2:])]
    sums = [sum(math.exp(v / d) for v in members) for d, members in nests]
    totals = [s**d for (d, _), s in zip(nests, sums, strict=True)]
    expected = [1.0] + [
        total * math.exp(v / d) / s for (d, members), s, total in zip(nests, sums, totals, strict=True) for v in members
    ]
    weights = np.exp([v / d for d, members in nests for v in members])
    assert shares(rule, weights) == pytest.approx(np.array(expected) / (1 + sum(totals)), abs=1e-9)


@given(st.integers(0, 4), st.integers(0, 2), st.integers(1, 3), st.floats(0, 300), dissimilarity, dissimilarity)
def test_weights_are_utilities_as_defined(
    tier: int, category: int, severity: int, km: float, primary: float, hospital: float
) -> None:
    config = care.Config(nest_primary=primary, nest_hospital=hospital)
    rule = care.compile_rules(config)
    nest = primary if tier <= TOWNSHIP else hospital
    constant = (config.outpatient, config.chronic, config.inpatient)[category].values()[tier]
    slope = (config.outpatient_severity.values(), [0.0] * 5, config.inpatient_severity.values())[category][tier]
    journey = config.distance[category] * km if tier <= CITY else 0.0
    value = constant + slope * (severity - 1) - journey
    bonus = config.contract_bonus if tier <= TOWNSHIP else 0.0
    for signed, expected in ((0, value), (3, value + bonus)):
        weight = care.place_weight(rule, category, tier, severity, signed, km)
        assert nest * math.log(weight) == pytest.approx(expected)
    assert hospital * math.log(care.away_weight(rule, category)) == pytest.approx(config.away[category])
    for sensitivity, factor in enumerate([*config.price_by_quintile, 0.0]):
        weight = care.price_weight(rule, category, tier, sensitivity, 12_345)
        felt = math.log(1 + 123.45 / config.price_scale[category])
        assert nest * math.log(weight) == pytest.approx(-config.price[category] * factor * felt)
    wait = care.wait_weight(rule, category, tier, 720.0)
    assert nest * math.log(wait) == pytest.approx(-config.wait[category] / 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"nest_hospital": 0.2},
        {"inpatient": tiers(-9.0, 5.0, 30.0, 3.0, 1.0)},
        {"away": (30.0, 30.0, 30.0)},
    ],
    ids=["small dissimilarity", "large constant", "large constant of those away"],
)
def test_the_best_of_a_nest_is_chosen_at_the_bounds_of_parameters(changes: dict[str, Any]) -> None:
    """The less alike within a nest, or the larger a constant, the more surely the best is chosen: the county."""
    config = with_slack(1_500, care=changes, illness={"severe_scale": 3.0})
    rows = play(config).years[0].claims
    direct = (rows.category == INPATIENT) & (rows.severity == 1) & (rows.referred == 0)
    assert (rows.tier == COUNTY)[direct].sum() > 20
    assert (rows.tier[direct] == COUNTY).sum() > (rows.tier[direct] == CITY).sum()


# --- current prices: published-results 3.5 ---------------------------------------------------------------------------
def visits_of_a_year(before: float, after: float, episodes: int, most: int = 40) -> np.ndarray:
    """Exact distribution of a pure birth process whose rate changes after so many episodes."""
    rates = np.array([before] * episodes + [after] * (most - episodes))
    generator = np.diag([*-rates, 0.0]) + np.diag(rates, 1)
    return expm(generator)[0]


PUBLISHED_VISITS = [0.06081006, 0.17026818, 0.23837545, 0.16903032, 0.14158698, 0.10021840, 0.06111792, 0.03264620]


def test_published_birth_process() -> None:
    """The yardstick itself: 2.8 a year, 4.0 once three episodes have reached the cap."""
    exact = visits_of_a_year(2.8, 4.0, 3)
    assert exact[:8] == pytest.approx(PUBLISHED_VISITS, abs=5e-9)
    assert exact @ np.arange(41) == pytest.approx(3.0405751, abs=1e-6)


def visits_at_prices(
    folder: Path, low: float, high: float, people: int = 40_000, replications: int = 1, **schedule: Any
) -> list[Claims]:
    """Visits of a year to the one clinic of a county, each of 100 yuan; five needs a year.

    At an own payment of ``low`` yuan four of five needs are seen to, at ``high`` yuan 56 %.
    """
    table = folder / "groups.csv"
    rows = ["name,name_zh,share,cost,condition", "acute,急性,1,1,"]
    table.write_text(
        "\n".join(rows + [f"{c},{c},0,1,{c}" for c in ("hypertension", "diabetes", "copd", "vascular")]),
        encoding="utf-8",
    )
    scale = 10.0
    felt = [math.log(1 + own / scale) for own in (low, high)]
    price = (math.log(0.8 / 0.2) - math.log(0.56 / 0.44)) / (felt[1] - felt[0])
    config = with_slack(
        people,
        population={"away": 0.0, "price_blind": 0.0, "frailty_shape": 1e6, "resident_insured": 1.0,
                    "employee_insured": 0.0, "households_per_village": people},
        providers={"village_km": (0.0, 0.0)},
        illness={"acute": (5.0,) * 9, "moderate": 0.0, "severe_scale": 0.0, "chronic_scale": 0.0, "yearly": 0.0,
                 "acute_by_income": (1.0,) * 5},
        contracts={"sign": 0.0, "sign_chronic": 0.0},
        care={"outpatient": tiers(math.log(4) + felt[0] * price, *[-1000.0] * 4), "price": (price, 0.0, 0.0),
              "price_scale": (scale, 1.0, 1.0), "price_by_quintile": (1.0,) * 5,
              "outside_by_income": (0.0,) * 5},
        claims={"visit_charge": tiers(100.0), "visit_sigma": 0.0, "non_catalogue": tiers(0.0),
                "outpatient_groups": str(table)},
        benefit={"resident": {"outpatient_cap": 1e6, "cap": 1e6} | schedule},
    )  # fmt: skip
    return [play(config, key=Key(1, replication)).years[0].claims for replication in range(replications)]


def visits_with_a_limit(folder: Path, limit: float) -> np.ndarray:
    """Visits a person in a year when the fund pays 95 of 100 yuan up to a limit, and nothing beyond."""
    schedule = {"outpatient_ratio": tiers(0.95), "outpatient_cap": limit}
    (rows,) = visits_at_prices(folder, 5.0, 100.0, **schedule)
    return np.bincount(rows.resident, minlength=40_000)


def goodness(visits: np.ndarray, exact: np.ndarray, cells: int = 10) -> float:
    observed = np.bincount(np.minimum(visits, cells), minlength=cells + 1)
    expected = np.append(exact[:cells], exact[cells:].sum())
    return float(stats.chisquare(observed, expected * len(visits) / expected.sum()).pvalue)


def test_people_respond_to_their_current_price(tmp_path: Path) -> None:
    """4 visits a year until the fund's limit is reached with the third, 2.8 a year from then on."""
    visits = visits_with_a_limit(tmp_path, limit=285.0)
    assert goodness(visits, visits_of_a_year(4.0, 2.8, 3)) > 1e-4
    for one_rate in (4.0, 2.8):  # a yearly elasticity applied once would give one of these
        assert goodness(visits, visits_of_a_year(one_rate, one_rate, 3)) < 1e-6
    assert goodness(visits_with_a_limit(tmp_path, limit=1e6), visits_of_a_year(4.0, 4.0, 3)) > 1e-4


def assert_sim(values: np.ndarray, exact: float, sigmas: float = 3.5 + math.log10(12) / 2) -> None:
    """Mean of independent persons against an exact value: within so many standard errors, of at most 1 or 2 %."""
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error <= (0.01 if exact >= 0.05 else 0.02) * exact
    assert abs(values.mean() - exact) <= sigmas * error, f"{values.mean():.5f} ± {error:.5f} against {exact}"


def test_published_cap_on_own_payments(tmp_path: Path) -> None:
    """Patients pay 95 of 100 yuan, 285 a year at most: 2.8 visits a year until the third, 4.0 from then on."""
    people, replications = 40_000, 4
    years = visits_at_prices(tmp_path, 0.0, 95.0, people, replications, outpatient_ratio=tiers(0.05), own_limit=285.0)
    visits = np.concatenate([np.bincount(rows.resident, minlength=people) for rows in years])
    paid = np.concatenate([np.bincount(rows.resident, rows.patient / 100, minlength=people) for rows in years])
    for number, share in enumerate(PUBLISHED_VISITS):
        assert_sim((visits == number).astype(float), share)
    assert_sim(visits.astype(float), 3.0405751)
    assert_sim((visits >= 3).astype(float), 0.5305463)
    assert (paid == np.minimum(visits, 3) * 95.0).all()
    assert_sim(paid, 212.6725115)


LIMITED = 2_000.0
"""A limit on own payments that stays of the middle reach."""
WORLDS = [make(with_slack(50, benefit={"resident": {"own_limit": limit}})).world for limit in (None, LIMITED)]
SHIFTED = 0.8
CONDUCTS = [
    [
        neutral(with_slack(50), 1.3, covered=covered).conduct(world.rules, income_level=1.6)
        for covered in (np.ones((5, 3)), np.full((5, 3), SHIFTED))
    ]
    for world in WORLDS
]


@settings(max_examples=400)
@given(
    st.sampled_from([OUTPATIENT, CHRONIC, INPATIENT]),
    st.integers(0, 4),
    st.sampled_from([1, 1, 1, 2, 0]),
    st.integers(0, 4),
    st.booleans(),
    st.lists(st.one_of(st.just(0), st.integers(0, 25_000_000)), min_size=3, max_size=3),
    st.integers(0, 2),
    st.integers(0, 1),
    st.booleans(),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(0, 2 * int(100 * LIMITED))),
    st.booleans(),
    st.one_of(st.just(0), st.integers(0, 8_000_000)),
)
def test_the_price_people_see_is_what_they_would_pay(
    category: int,
    tier: int,
    insurance: int,
    quintile: int,
    blind: bool,
    used: list[int],
    stays: int,
    referred: int,
    shift: bool,
    severity: int,
    own: int | None,
    poor: bool,
    covered_own: int,
) -> None:
    """Of the charge they expect, less what others would pay of it now, whatever has been used this year.

    It is felt against the incomes of the year, which here have grown more than prices.

    Where a part is shifted out of the catalogue, the benefit pays of what is left in it; ``own`` has been paid where
    own payments of a year are limited, else None.
    """
    world, conduct = WORLDS[own is not None], CONDUCTS[own is not None][shift]
    claim_rules, benefit_rules = world.rules.claims, world.rules.benefit
    someone = person(
        insurance=insurance, quintile=quintile, price_blind=int(blind), stays=stays, pool_used=used[0],
        outpatient_used=used[1] // 1000, chronic_used=used[2] // 50, own_counted=own or 0,
        poor=int(poor), covered_own=covered_own, assistance_used=used[0] // 10,
    )  # fmt: skip
    episode = SimpleNamespace(category=category, group=3, referred=referred, severity=severity)
    if category == INPATIENT:
        level = claim_rules.stay_charge[tier] * claim_rules.weight[3] * conduct.price_level
        charge = int(level * claim_rules.severity_charge[3, severity - 1])
    else:
        charge = int(claim_rules.visit_charge[category, tier] * conduct.price_level)
    covered = part(charge, int(claim_rules.covered[tier] * (SHIFTED if shift else 1.0) + 0.5))
    *_, patient = benefit.share_bill(benefit_rules, someone, category, tier, charge, covered, referred)
    room = benefit.room_for_visits(benefit_rules, someone, category) if category != INPATIENT else 0
    factor = choosing.price_factor(world, conduct, someone, episode, tier, room)
    config = care.Config()
    sensitivity = 0.0 if blind else config.price[category] * config.price_by_quintile[quintile]
    yuan = patient / 1.6 / 100
    assert factor == pytest.approx((1 + yuan / config.price_scale[category]) ** -sensitivity, rel=1e-12)


def test_care_that_grows_dearer_than_incomes_is_used_less() -> None:
    """In year 1 prices have grown by half, or not; incomes too.  Where both have, no visit is sought otherwise."""
    visits = {}
    for prices, incomes in ((1.0, 0.0), (1.5, 0.5), (1.5, 0.0)):
        config = with_slack(
            4_000,
            population={"income_growth": incomes},
            benefit={"resident": {"outpatient_cap": 0.0, "chronic_cap": 0.0}},  # limits do not grow here
        )
        year = play(config, 2, behaviours=[neutral(config), neutral(config, prices)]).years[1]
        visits[prices, incomes] = int((year.claims.category != INPATIENT).sum())
    assert visits[1.5, 0.5] == pytest.approx(visits[1.0, 0.0], rel=0.002)
    assert visits[1.5, 0.0] < 0.97 * visits[1.0, 0.0]


# --- gatekeeping and referral ----------------------------------------------------------------------------------------
def mild_visits_by_tier(gatekeeping: float) -> np.ndarray:
    config = with_slack(6_000, care={"gatekeeping": gatekeeping}, population={"away": 0.0})
    rows = play(config).years[0].claims
    mild = (rows.category == OUTPATIENT) & (rows.severity == 1)
    return np.bincount(rows.tier[mild], minlength=5)


def test_gatekeeping_sends_first_contacts_to_primary_care() -> None:
    free, half, strict = (mild_visits_by_tier(share) for share in (0.0, 0.5, 1.0))
    assert not strict[COUNTY:].any()
    assert free[COUNTY:].sum() > 5_000
    assert half[COUNTY:].sum() == pytest.approx(free[COUNTY:].sum() / 2, rel=0.03)
    assert half[:COUNTY].sum() > free[:COUNTY].sum()


def test_gatekeeping_leaves_those_who_work_away_alone() -> None:
    config = with_slack(2_000, care={"gatekeeping": 1.0}, population={"away": 0.9, "come_back": 0.0})
    flows = play(config).years[0]
    away = flows.population.key[flows.population.away == 1]
    mine = np.isin(flows.claims.resident, away)
    assert mine.sum() > 1_000
    assert set(flows.claims.tier[mine]) == {TIERS.index("remote")}


def test_exempt_groups_stay_free_of_first_contact() -> None:
    """The codes are those of the table of groups; the first of it is exempt here."""
    strict = {"gatekeeping": 1.0, "exempt_visit_groups": ("MZ01",)}
    config = with_slack(3_000, care=strict, population={"away": 0.0})
    rows = play(config).years[0].claims
    mild = (rows.category == OUTPATIENT) & (rows.severity == 1) & (rows.tier >= COUNTY)
    assert mild.sum() > 1_000
    assert set(rows.group[mild]) == {0}


def stays_outside(flows: Any, exempt: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Whether stays are outside the county: of those the rule binds when enforced, and of all others.

    Bound are admissions of a severity a county hospital treats (2), not of the exempt group; not the stays of persons
    who work away (always remote).  Without returns every stay begins a need.
    """
    rows = flows.claims
    away = np.isin(rows.resident, flows.population.key[flows.population.away == 1])
    stays = (rows.category == INPATIENT) & (rows.referred < 2)
    bound = stays & ~away & (rows.severity <= 2) & (rows.group != exempt)
    return (rows.tier > COUNTY)[bound], (rows.tier > COUNTY)[stays & ~bound]


def county_with_a_group(residents: int = 6_000, **care_changes: Any) -> Any:
    ill, returns = {"severe_scale": 3.0}, {"return_probability": 0.0, "step_down": 0.0, "step_down_tight": 0.0}
    return with_slack(residents, illness=ill, claims=returns, care=care_changes)


def assert_bound_stays_remain(years: Any) -> None:
    bound, others = stays_outside(years[0], exempt=5)
    assert not bound.any()
    assert others.mean() > 0.3


def test_who_is_bound_is_admitted_within_the_group() -> None:
    """Free, half bound, all bound; referral from township to county ends no bond, and the severe go where they must."""
    free, half, all_bound = (
        play(county_with_a_group(20_000, in_group=share, exempt_stay_groups=("OR1",) if share else ())).years
        for share in (0.0, 0.5, 1.0)
    )
    exempt = 5  # OR1, deliveries, in the default table
    assert_bound_stays_remain(all_bound)
    outside = stays_outside(free[0], exempt)[0].sum()
    assert outside > 400
    assert stays_outside(half[0], exempt)[0].sum() == pytest.approx(outside / 2, rel=0.12)
    rows = all_bound[0].claims
    delivery = (rows.category == INPATIENT) & (rows.group == exempt) & (rows.severity <= 2)
    assert 0 < (rows.tier > COUNTY)[delivery].mean() < 1
    referred = (rows.category == INPATIENT) & (rows.severity == 2) & (rows.referred == 1) & (rows.group != exempt)
    assert referred.sum() > 50


def test_a_bond_that_ends_with_the_first_attempt_is_found() -> None:
    def forgets(world: Any, person: Any, episode: Any, gate_word: int) -> int:
        highest = original(world, person, episode, gate_word)
        episode.tried &= ~choosing.BOUND
        return highest

    original = choosing.highest_tier
    config = county_with_a_group(600, in_group=1.0, exempt_stay_groups=("OR1",))
    with interpreted_kernel() as patch:
        assert_bound_stays_remain(play(config).years)
        patch.setattr(choosing, "highest_tier", forgets)
        wrong = play(config).years
    differs(assert_bound_stays_remain, wrong)


def test_who_finds_no_bed_in_the_group_may_leave_it() -> None:
    """Hospitals of the county with one bed and no patience: the bound go on to the city, not without care."""
    full = {"beds_per_1000": tiers(0.0, 0.0, 0.1, 1000.0, 1000.0), "bed_patience": 0.01}
    config = county_with_a_group(in_group=1.0)._replace(providers=with_slack(providers=full).providers)
    bound, _ = stays_outside(play(config).years[0])
    assert bound.mean() > 0.5


def test_whom_the_duty_to_stay_binds() -> None:
    """Not unplanned returns, nor what the county hospital (capability 2) cannot treat; until that hospital is full."""
    world = make(with_slack(50, care={"in_group": 1.0, "exempt_stay_groups": ("OR1",)})).world
    severe, back, exempt = illness.SEVERE_NEED, illness.RETURN_NEED, 5
    for number, severity, group, away, highest in (
        (severe, 2, 0, 0, COUNTY),
        (severe, 3, 0, 0, REMOTE),
        (severe, 2, exempt, 0, REMOTE),
        (severe, 1, 0, 1, REMOTE),
        (back, 2, 0, 0, REMOTE),
        (back + 3, 1, 0, 0, REMOTE),
    ):
        episode = SimpleNamespace(category=INPATIENT, attempt=0, group=group, severity=severity, number=number, tried=0)
        assert choosing.highest_tier(world, person(away=away), episode, 0) == highest
    bound = SimpleNamespace(category=INPATIENT, attempt=0, group=0, severity=2, number=severe, tried=0)
    someone = person()
    choosing.highest_tier(world, someone, bound, 0)
    bound.attempt = 1
    for tier, highest in ((TOWNSHIP, COUNTY), (COUNTY, REMOTE)):
        encounter.turn_away(world, bound, int(choosing.provider_for(world, someone, tier)))
        assert choosing.highest_tier(world, someone, bound, 0) == highest


def test_a_code_that_no_group_has_is_refused() -> None:
    for key in ("exempt_visit_groups", "exempt_stay_groups"):
        with pytest.raises(ConfigError) as error:
            make(with_slack(20, care={key: ("XX9",)}))
        assert f"care.{key}" in str(error.value)
        assert "XX9" in str(error.value)


def test_better_pay_draws_patients_to_primary_care() -> None:
    """Half more pay than in hospitals adds 0.5 x 0.5 to village and township, as much as a contract does."""
    equal, better = rules(), rules(primary_pay=1.5)
    assert (better.constant[:, : TOWNSHIP + 1] - equal.constant[:, : TOWNSHIP + 1]) == pytest.approx(0.25)
    assert not np.any(better.constant[:, COUNTY:] != equal.constant[:, COUNTY:])
    assert not np.any(rules(primary_pay_effect=3.0).constant != equal.constant)
    shares_of_primary = []
    for pay in (1.0, 1.5):
        rows = play(with_slack(4_000, care={"primary_pay": pay})).years[0].claims
        shares_of_primary.append((rows.tier <= TOWNSHIP)[rows.category == OUTPATIENT].mean())
    assert shares_of_primary[1] - shares_of_primary[0] == pytest.approx(0.05, abs=0.03)


def test_nobody_is_treated_beyond_an_institutions_capability() -> None:
    config = with_slack(6_000, illness={"severe_scale": 3.0})
    played = play(config)
    rows = played.years[0].claims
    stays = (rows.category == INPATIENT) & (rows.referred < 2)
    assert (rows.severity <= played.world.providers.capability[rows.provider])[stays].all()
    by_severity = [Counter(rows.tier[stays & (rows.severity == s)].tolist()) for s in (1, 2, 3)]
    assert by_severity[0][TOWNSHIP]
    assert not by_severity[1][TOWNSHIP]
    assert not by_severity[2][COUNTY]
    assert (rows.referred[stays & (rows.severity == 3)] == 1).any()


# --- slots -----------------------------------------------------------------------------------------------------------
@given(st.integers(1, 4), st.integers(0, 3), st.lists(st.integers(0, 2), max_size=60))
def test_slots_against_a_calendar_kept_day_by_day(slots: int, patience: int, steps: list[int]) -> None:
    """Each patient is given the first day with a free slot, unless it is farther off than his patience."""
    calendar: Counter[int] = Counter()
    book, used = -1, 0
    for today in itertools.accumulate(steps):
        first_free = next(day for day in itertools.count(today) if calendar[day] < slots)
        days = quoted_days(today, book, used, slots)
        assert days == first_free - today
        if days <= patience:
            calendar[first_free] += 1
            book, used = book_day(today, days, book, used)
            assert (book, used) == (first_free, calendar[first_free])
