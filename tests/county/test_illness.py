"""What befalls people: counts against Poisson and negative binomial, chronic disease against its own rates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.randomness import MONTH_NEEDS, NEED_TIME, Key, unit, words
from sim.core.rules import kernel
from sim.county import illness, population
from sim.county.illness import (
    ACUTE_NEEDS,
    Config,
    begin,
    chronic_cause,
    compile_rules,
    needs_of_month,
    progress,
    set_rates,
    time_of_need,
)
from sim.tables import CONDITIONS, COPD, COUNTY_COUNTERS, DIABETES, HYPERTENSION, INPATIENT, OUTPATIENT, VASCULAR
from tests.core_world import EVEN, alike, assert_share, make, neutral, people, person, play, tiers, with_slack

KEY = Key(5, 0)
CONFIG = Config()
RULES = compile_rules(CONFIG, population.expected_ages(population.Config()))
BOTH = (1 << HYPERTENSION) | (1 << DIABETES)


@kernel
def live_a_year(residents: np.ndarray, rules: illness.IllnessRules, key: Key, counts: np.ndarray) -> None:
    """Counts of a year: acute needs, chronic visits, needs of admission, and acute needs weighed by a severity."""
    for row in range(len(residents)):
        someone = residents[row]
        set_rates(someone, rules, 1.0, False)
        for month in range(12):
            w0, w1, w2, _ = words(key, someone.key, MONTH_NEEDS, month, 0)
            acute, chronic, severe = needs_of_month(someone, rules, w0, w1, w2)
            counts[row, 0] += acute
            counts[row, 1] += chronic
            counts[row, 2] += severe
            for number in range(acute):
                _, _, word, _ = words(key, someone.key, NEED_TIME, month, number)
                u = unit(word)
                counts[row, 3] += 1 + (u > 0.4) + (u > 0.7) + (u > 0.9)


@kernel
def progress_all(residents: np.ndarray, rules: illness.IllnessRules, effort: float, key: Key, year: int) -> None:
    for row in range(len(residents)):
        progress(residents[row], rules, effort, key, year)


def year_of(residents: np.ndarray, rules: illness.IllnessRules = RULES, key: Key = KEY) -> np.ndarray:
    counts = np.zeros((len(residents), 4), dtype=np.int64)
    live_a_year(residents, rules, key, counts)
    return counts


# --- needs of a year -------------------------------------------------------------------------------------------------
PUBLISHED = {  # published-results 1.3 (Klugman-Panjer-Willmot 9.57/9.58): three needs a year, severity 1-4
    "poisson": (1e6, [0.04978707, 0.05974448, 0.08065505, 0.09798095], 0.28816755, 15, [1.533478, 0.404742, 0.051139]),
    "mixed": (6.0, [0.0877915, 0.0702332, 0.08545039, 0.09593334], 0.33940842, 21, [1.794025, 0.635759, 0.144958]),
}


def assert_published(sums: np.ndarray, law: str) -> None:
    """Simulated against exact: f(0..3), F(3), mean, variance, stop-loss at 6, 10 and 15.

    Within 4 standard errors, and these are at most 1 % of the exact value.
    """
    _, start, below, variance, stop_loss = PUBLISHED[law]
    for value, probability in enumerate(start):
        assert_share(sums == value, probability)
    assert_share(sums <= 3, below)
    observed = [sums, (sums - 6.0) ** 2, *(np.maximum(sums - d, 0) for d in (6, 10, 15))]
    for sample, exact in zip(observed, [6, variance, *stop_loss], strict=True):
        error = sample.std() / math.sqrt(len(sample))
        assert abs(sample.mean() - exact) <= 4 * error
        assert error <= 0.01 * exact


def weighed_needs(law: str) -> np.ndarray:
    """A year's needs, each weighed by its severity, of persons with three needs a year and gamma frailty."""
    life = population.compile_rules(population.Config(frailty_shape=PUBLISHED[law][0]))
    rules = RULES._replace(acute=np.full(9, 3 / 12), acute_by_income=np.ones(5))
    keys = [Key(5, replication) for replication in range(9)]
    return np.concatenate([year_of(population.create(100_000, life, key), rules, key)[:, 3] for key in keys])


@pytest.mark.parametrize("law", PUBLISHED)
def test_needs_of_frail_persons_are_poisson_mixed_to_negative_binomial(law: str) -> None:
    assert_published(weighed_needs(law), law)


def test_needs_without_frailty_are_not_negative_binomial() -> None:
    with pytest.raises(AssertionError):
        assert_published(weighed_needs("poisson"), "mixed")


def test_visits_in_the_engine_are_over_dispersed_as_theory_says() -> None:
    """With care always sought, a year's visits of one age have variance mean + mean² / shape."""
    always = {"outpatient": tiers(30.0), "chronic": tiers(30.0)}
    for shape, expected in ((1.0, 1.0), (4.0, 0.25)):
        config = with_slack(
            12_000,
            population={"frailty_shape": shape, "away": 0.0},
            care=always,
            illness={"acute": (6.0,) * 9, "severe_scale": 0.0, "chronic_scale": 0.0, "yearly": 0.0}
            | {"acute_by_income": (1.0,) * 5},
        )
        played = play(config)
        visits = np.bincount(played.years[0].claims.resident, minlength=12_000)
        mean = visits.mean()
        assert mean == pytest.approx(6.0, rel=0.03)
        assert visits.var() == pytest.approx(mean + mean**2 * expected, rel=0.06)
        assert (visits == 0).mean() == pytest.approx((1 + 6 * expected) ** -shape, abs=0.01)


def begun(residents: np.ndarray, rules: illness.IllnessRules) -> np.ndarray:
    """The same persons with what they begin with."""
    begin_all(residents, rules, KEY)
    return residents


@kernel
def begin_all(residents: np.ndarray, rules: illness.IllnessRules, key: Key) -> None:
    for row in range(len(residents)):
        begin(residents[row], rules, key)


@pytest.mark.parametrize("variance", [0.4, 1.5, 3.0])
def test_fragility_is_gamma_with_mean_1_and_the_variance_given(variance: float) -> None:
    rules = compile_rules(CONFIG.model_copy(update={"frailty": variance}), np.ones(120) / 120)
    fragility = begun(alike(60_000, fragility=0.0), rules)["fragility"]
    assert stats.kstest(fragility, "gamma", args=(1 / variance, 0, variance)).pvalue > 1e-4
    assert fragility.mean() == pytest.approx(1.0, abs=4 * math.sqrt(variance / 60_000))
    kurtosis = 3 + 6 * variance  # of a gamma law of this variance and mean 1
    assert fragility.var() == pytest.approx(variance, rel=4 * math.sqrt((kurtosis - 1) / 60_000))
    none = compile_rules(CONFIG.model_copy(update={"frailty": 0.0}), np.ones(120) / 120)
    assert (begun(alike(100), none)["fragility"] == 1.0).all()


def test_health_of_a_year_has_mean_1_and_the_variance_given() -> None:
    rules = compile_rules(CONFIG.model_copy(update={"yearly": 0.5}), np.ones(120) / 120)
    years = np.array(
        [[illness.health_of_year(person(key=who), rules, KEY, year) for year in (0, 1)] for who in range(10_000)]
    )
    assert np.log(years).std() == pytest.approx(math.sqrt(math.log(1.5)), rel=0.02)
    assert years.mean() == pytest.approx(1.0, abs=4 * math.sqrt(0.5 / 20_000))
    assert abs(np.corrcoef(years.T)[0, 1]) < 4 / 100
    assert illness.health_of_year(person(key=1), RULES._replace(yearly_sigma=0.0), KEY, 0) == 1.0


@pytest.mark.parametrize(("shape", "yearly"), [(1.0, 0.0), (3.0, 0.0), (1.0, 0.5), (1.0, 2.0)])
def test_visits_of_a_person_correlate_between_years_as_theory_says(shape: float, yearly: float) -> None:
    """Poisson of mean m with a lasting factor of variance 1 / shape, and one of a year alone of variance v.

    Covariance m² / shape; variance m + m² ((1 + 1 / shape) (1 + v) - 1).  Lasting frailty alone correlates by
    m / (m + shape), which a factor of the year lowers.
    """
    count, mean = 12_000, 6.0
    config = with_slack(
        count,
        population={"frailty_shape": shape, "away": 0.0, "births": 0.0, "mortality_male": 0.0, "mortality_female": 0.0},
        care={"outpatient": tiers(30.0), "chronic": tiers(30.0)},
        illness={"acute": (mean,) * 9, "severe_scale": 0.0, "chronic_scale": 0.0, "yearly": yearly},
    )
    visits = np.array([np.bincount(f.claims.resident, minlength=count) for f in play(config, 2).years])
    law = (mean / shape) / (1 + mean * ((1 + 1 / shape) * (1 + yearly) - 1))
    found = float(np.corrcoef(visits)[0, 1])
    lasting = mean / (mean + shape)
    assert found == pytest.approx(law, abs=0.025 if yearly == 0 else 0.05)
    assert law == pytest.approx(lasting) if yearly == 0 else found < lasting - 0.1


def test_the_last_year_of_life_brings_more_needs_of_admission() -> None:
    """By the factor given, for those who are dead when the next year begins, and whose death a stay puts off."""
    ends = {f"mortality_{sex}": 0.05 for sex in ("male", "female")}
    ends |= {f"mortality_{sex}_growth": 0.0 for sex in ("male", "female")}
    rates = []
    for factor in (1.0, 5.0):
        config = with_slack(4_000, population=ends, illness={"last_year": factor})
        engine = make(config)
        engine.play(0, *neutral(config))
        before = people(engine.world)
        rates.append(before["severe"])
        engine.play(1, *neutral(config))
    raised = rates[1] / rates[0]
    dead = ~np.isin(before["key"], people(engine.world)["key"])
    assert raised[dead] == pytest.approx(5.0)
    assert dead.sum() > 150
    assert raised[~dead & (before["busy"] == 0)] == pytest.approx(1.0)
    assert_share(raised > 2, 0.05)


@given(st.floats(0, 1))
def test_a_recent_stay_raises_the_need_of_admission_and_fades(recent: float) -> None:
    someone = person(age=40, recent=recent)
    set_rates(someone, RULES, 1.0, False)
    needs_of_month(someone, RULES, 1, 2, 3)
    assert someone.recent == recent * RULES.recent_fade
    patients = alike(3_000, age=75, recent=recent)
    counts = np.zeros((3_000, 4), dtype=np.int64)
    live_a_year(patients, RULES._replace(recent=2.0, recent_fade=1.0), KEY, counts)
    assert_share(counts[:, 2] / 12, patients["severe"][0] * (1 + 2 * recent))


def test_severity_and_returns_differ_by_income_as_given() -> None:
    """A share of mild needs s becomes s ** power in a fifth; unplanned returns come so many times as often."""
    powers, factors = (2.0, 1.0, 1.0, 1.0, 0.5), (1.5, 1.0, 1.0, 1.0, 0.0)
    illness_of = {"severity_by_income": powers, "return_by_income": factors, "moderate": 0.3, "severe_scale": 3.0}
    config = with_slack(
        12_000,
        population={"away": 0.0},
        illness=illness_of | dict.fromkeys(CONDITIONS, (0.0,) * 9),
        care={"outpatient": tiers(30.0, *[-1000.0] * 4), "inpatient": tiers(*[-1000.0] * 2, 30.0, *[-1000.0] * 2),
              "price": (0.0,) * 3, "refer_visit": (0.0,) * 5},
        providers={"capability": tiers(0, 1, 3, 3, 3)},
        claims=EVEN | {"return_probability": 0.4, "step_down": 0.0},
    )  # fmt: skip
    flows = play(config).years[0]
    fifth = np.zeros(12_000, dtype=int)
    fifth[flows.population.key] = flows.population.quintile
    rows, mine = flows.claims, fifth[flows.claims.resident]
    for quintile, power in enumerate(powers):
        visits = (rows.category == OUTPATIENT) & (mine == quintile)
        assert_share(rows.severity[visits] == 1, 0.7**power)
        stays = (rows.category == INPATIENT) & (mine == quintile)
        assert_share(rows.severity[stays] == 1, 0.5**power, 6)  # a return is as severe as the stay before it
    returns = flows.county[:, COUNTY_COUNTERS.index("readmissions")]
    stays_of = np.bincount(mine[rows.category == INPATIENT], minlength=5)
    assert returns[4] == 0
    usual = returns[1:4].sum() / stays_of[1:4].sum()
    assert 0.3 < usual < 0.4  # some stays of the year's end have their return still to come
    error = math.sqrt(1 / returns[0] + 1 / returns[1:4].sum())
    assert returns[0] / stays_of[0] == pytest.approx(1.5 * usual, rel=4 * error)


@pytest.mark.parametrize("name", ["kernel", "reference"])
def test_a_discharge_is_remembered(name: str) -> None:
    """1 at a discharge, a share less each month: what is left after a year tells the month of the last one."""
    config = with_slack(600, illness={"recent_fade": 0.5, "recent": 3.0, "severe_scale": 2.0})
    played = play(config, engine=name)
    rows = played.years[0].claims
    stays = rows.category == INPATIENT
    last = np.full(600, -1)
    np.maximum.at(last, rows.resident[stays], rows.month[stays])
    recent = people(played.world)["recent"]
    assert (recent == np.where(last >= 0, 0.5 ** (11.0 - last), 0.0)).all()
    assert (last >= 0).sum() > 100


def test_chronic_visits_and_needs_of_admission_come_at_their_rates() -> None:
    people = alike(40_000, age=65, frailty=0.6, chronic=1 << COPD, diagnosed=1 << COPD)
    counts = year_of(people)
    assert_share(counts[:, 1] / 12, RULES.chronic_visits[COPD])
    expected = (RULES.severe[6] + RULES.exacerbation[COPD]) * (0.5 + 0.5 * 0.6) * RULES.severe_by_income[0]
    assert people["severe"][0] == pytest.approx(expected)
    assert_share(counts[:, 2] / 12, expected)


@given(st.floats(0, 6))
def test_neglect_raises_the_need_of_admission_and_fades(neglect: float) -> None:
    someone = person(age=40, neglect=neglect)
    set_rates(someone, RULES, 1.0, False)
    severe = someone.severe
    assert severe == pytest.approx(RULES.severe[4] * RULES.severe_by_income[0])
    needs_of_month(someone, RULES, 1, 2, 3)
    assert someone.neglect == neglect * RULES.neglect_fade
    people = alike(3_000, age=40, neglect=neglect, frailty=1.0)
    counts = np.zeros((3_000, 4), dtype=np.int64)
    stronger = RULES._replace(neglect_fade=1.0, neglect_weight=2.0)
    live_a_year(people, stronger, KEY, counts)
    assert_share(counts[:, 2] / 12, severe * (1 + 2 * neglect))


def test_neglect_shares_luck() -> None:
    """Who needs admission without neglect needs it with neglect too."""
    counts = [year_of(alike(2_000, age=70, neglect=n), RULES._replace(neglect_fade=1.0))[:, 2] for n in (0.0, 1.0)]
    assert (counts[1] >= counts[0]).all()
    assert counts[1].sum() > counts[0].sum()


def test_needs_arise_at_any_time_of_the_month() -> None:
    drawn = [words(KEY, who, NEED_TIME, 3, number)[:2] for who in range(2_000) for number in range(5)]
    times = [time_of_need(90.0, 30.0, *two) for two in drawn]
    assert min(times) >= 90
    assert max(times) < 120
    assert stats.kstest(times, "uniform", args=(90, 30)).pvalue > 1e-4
    assert len(set(times)) == len(times)


def test_no_month_has_more_needs_than_it_has_numbers() -> None:
    acute, _, _ = needs_of_month(person(acute_mean=25.0, acute_zero=math.exp(-25.0)), RULES, 2**32 - 1, 0, 0)
    assert acute == ACUTE_NEEDS


# --- chronic conditions ----------------------------------------------------------------------------------------------
def progressed(effort: float = 0.0, rules: illness.IllnessRules = RULES, **fields: Any) -> np.ndarray:
    people = alike(60_000, **fields)
    progress_all(people, rules, effort, KEY, 1)
    return people


BANDS = (0.0, 0.02, 0.05, 0.12, 0.24, 0.38, 0.50, 0.58, 0.60)
"""Of age: prevalence rises from 4.5 to 84.5 years."""
ONSET = compile_rules(
    CONFIG.model_copy(
        update=dict.fromkeys(CONDITIONS, BANDS) | {"chronic_by_income": (1.5, 1.0, 1.0, 1.0, 0.5)},
    ),
    np.ones(120) / 120,
)


@pytest.mark.parametrize("condition", [HYPERTENSION, DIABETES, COPD])
def test_onset_is_the_growth_of_prevalence_among_the_well(condition: int) -> None:
    """Prevalence lies on lines between the middles of the age bands, times the relative factor of income."""
    for quintile, factor in enumerate((1.5, 1.0, 1.0, 1.0, 0.5)):
        for age in (5, 13, 44, 45, 70, 83, 84, 85, 119):
            before, now = (factor * np.interp(a, 4.5 + 10 * np.arange(9), BANDS) for a in (age - 1, age))
            assert ONSET.onset[condition, quintile, age] == pytest.approx((now - before) / (1 - before), abs=1e-12)


@pytest.mark.parametrize("condition", range(4))
def test_onset(condition: int) -> None:
    """By age and income; this year's new hypertension and diabetes already raise the risk of vascular disease."""
    for age, quintile in ((3, 1), (45, 0), (62, 4)):
        rates = ONSET.onset[:, quintile, age]
        rate = rates[condition]
        if condition == VASCULAR:
            rate *= 1 + (ONSET.vascular_risk - 1) * (1 - (1 - rates[HYPERTENSION]) * (1 - rates[DIABETES]))
        hit = progressed(rules=ONSET, age=age, quintile=quintile)["chronic"] & (1 << condition) > 0
        assert_share(hit, rate)
        assert hit.any() == (age > 5)


@pytest.mark.parametrize(
    ("fields", "factor"),
    [
        ({"chronic": BOTH}, 2.0),
        ({"chronic": BOTH, "diagnosed": BOTH, "managed": 1}, 1.75),  # management prevents a quarter of the added risk
    ],
)
def test_vascular_disease_comes_earlier_with_hypertension(fields: dict[str, int], factor: float) -> None:
    vascular_only = np.zeros((4, 5, 120))
    vascular_only[VASCULAR] = 0.05
    rules = RULES._replace(
        drop_out=0.0,
        enrol=0.0,
        detection=np.zeros(4),
        vascular_risk=2.0,
        onset_relief=0.25,
        onset=vascular_only,
    )
    people = progressed(rules=rules, age=60, **fields)
    assert_share(people["chronic"] & (1 << VASCULAR) > 0, 0.05 * factor)


@pytest.mark.parametrize("effort", [0.0, 0.5, 1.0])
def test_detection_enrolment_drop_out_and_effort(effort: float) -> None:
    bit = 1 << DIABETES
    undetected = progressed(effort, age=50, chronic=bit)
    assert_share(undetected["diagnosed"] & bit > 0, RULES.detection[DIABETES] + effort * RULES.effort_detection)
    unmanaged = progressed(effort, age=50, chronic=bit, diagnosed=bit)
    assert_share(unmanaged["managed"] & bit > 0, RULES.enrol + effort * RULES.effort_enrol)
    managed = progressed(effort, age=50, chronic=bit, diagnosed=bit, managed=bit)
    assert_share(managed["managed"] & bit == 0, RULES.drop_out)
    healthy = progressed(effort, age=50)
    assert_share(healthy["chronic"] & 1 > 0, RULES.onset[HYPERTENSION, 0, 50] * (1 - effort * RULES.effort_onset))


masks = st.integers(0, 15)


@given(masks, masks, masks, st.integers(0, 100), st.floats(0, 1), st.integers(0, 2**32))
def test_nobody_recovers_or_is_managed_unseen(
    chronic: int, diagnosed: int, managed: int, age: int, effort: float, key: int
) -> None:
    diagnosed &= chronic
    someone = person(chronic=chronic, diagnosed=diagnosed, managed=managed & diagnosed, age=age, key=key)
    progress(someone, RULES, effort, KEY, 3)
    assert someone.chronic & chronic == chronic
    assert someone.diagnosed & diagnosed == diagnosed
    assert someone.diagnosed & ~someone.chronic == 0
    assert someone.managed & ~someone.diagnosed == 0


@given(masks, masks, masks, st.integers(0, 100), st.floats(0.1, 4), st.floats(0, 5), st.booleans())
def test_needs_of_admission_are_the_sum_of_their_causes(
    chronic: int, diagnosed: int, managed: int, age: int, health: float, fragility: float, dying: bool
) -> None:
    diagnosed &= chronic
    managed &= diagnosed
    someone = person(
        chronic=chronic, diagnosed=diagnosed, managed=managed, age=age, frailty=2.0, fragility=fragility, quintile=2
    )
    set_rates(someone, RULES, health, dying)
    factors = [
        0.0 if not chronic >> c & 1
        else 1 - CONFIG.managed_relief[c] if managed >> c & 1
        else 1.0
        for c in range(4)
    ]  # fmt: skip
    hazards = [rate * factor for rate, factor in zip(RULES.exacerbation, factors, strict=True)]
    own = 1.5 * health * fragility * RULES.severe_by_income[2] * (CONFIG.last_year if dying else 1.0)
    total = RULES.severe[min(age // 10, 8)] + sum(hazards)
    assert someone.severe == pytest.approx(own * total)
    assert someone.severe_chronic * total == pytest.approx(sum(hazards))
    assert someone.acute_mean == pytest.approx(2.0 * health * RULES.acute[min(age // 10, 8)])
    if sum(hazards) > 0:
        grid = (np.arange(500) + 0.5) / 500
        causes = np.bincount([chronic_cause(someone, RULES, u) for u in grid], minlength=4)
        assert causes / 500 == pytest.approx(np.array(hazards) / sum(hazards), abs=4e-3)
