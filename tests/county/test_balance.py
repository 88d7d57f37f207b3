"""A county starts in balance: its rates, solved from the shares it knows, by hand, in closed form and over years."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import load_config
from sim.core.errors import ConfigError
from sim.core.randomness import Key
from sim.county import illness, population
from sim.county.family_doctors import ContractRules
from sim.county.illness.balance import Balance, Flow, balance, managed_by_age, onset_of, transition, undiagnosed_by_age
from sim.county.person import Residents
from sim.county.population.balance import balanced_absence, births_per_woman
from sim.engine import engines
from sim.engine import year as year_module
from sim.engine.create import RuleConfigs
from sim.engine.create import create as create_world
from sim.engine.engines import Engine
from sim.tables import COPD, DIABETES, HYPERTENSION, INPATIENT, VASCULAR, Claims, Floats
from tests.core_world import (
    EVEN,
    alike,
    assert_same,
    assert_share,
    county,
    differs,
    interpreted_kernel,
    make,
    neutral,
    people,
    with_slack,
)
from tests.county.test_illness import progress_all

KEY = Key(6, 0)
CONFIG = illness.Config()
AGES = population.expected_ages(population.Config())
NOBODY = (0.0,) * 9
CONDITION_NAMES = ("hypertension", "diabetes", "copd", "vascular")


# --- one condition, by hand and in closed form -----------------------------------------------------------------------
def only(condition: str, **changes: object) -> illness.Config:
    """Nobody has another condition; no admission is for this one."""
    none = dict.fromkeys(CONDITION_NAMES, NOBODY)
    quiet = {"exacerbation": (0.0,) * 4, "chronic_by_income": (1.0,) * 5}
    return CONFIG.model_copy(update=none | quiet | {condition: (0.0, 0.4, *[0.4] * 7)} | changes)


@pytest.mark.parametrize("condition", ["diabetes", "copd"])
def test_a_county_of_six_year_olds_by_hand(condition: str) -> None:
    """Prevalence is 0.04 × (age - 4.5) from the middle of the first band on: 2 % at five years, 6 % at six.

    Of 100 cases at six a third began a year ago.  With a detection of 0.2, 26.67 of 33.33 were unknown after one
    January and 21.33 after two; of the 66.67 new ones 53.33: 25.33 are known.  Of these the 6.67 known a year ago could
    come under management: with an enrolment of 0.5, 3.33 did.
    """
    index = CONDITION_NAMES.index(condition)
    shares = tuple(1 - (21.3333333 + 53.3333333) / 100 if k == index else 0.5 for k in range(4))
    config = only(condition, diagnosed=shares, managed=3.3333333 / 25.3333333, drop_out=0.3)
    found = balance(config, np.eye(120)[6])
    assert found.detection[index] == pytest.approx(0.2, abs=1e-6)
    assert found.enrol == pytest.approx(0.5, abs=1e-6)
    states = states_of(found, index)[0, 6]
    parts = [0.94, 0.06 * 0.7466667, 0.06 * 0.22, 0.06 * 0.0333333]
    assert states == pytest.approx(parts, abs=1e-7)
    assert found.onset[index, 0, :7] == pytest.approx([0, 0, 0, 0, 0, 0.02, 0.04 / 0.98])


def test_constant_onset_in_closed_form() -> None:
    """Geometric sums over the year of onset, and the chain's own stationary law once everybody is ill and known."""
    onset, found, detection, enrol, drop = 0.03, 0.1, 0.25, 0.3, 0.12
    age = np.arange(400)
    prevalence = 1 - (1 - onset) ** (age + 1)
    assert onset_of(prevalence) == pytest.approx(onset)
    left = (1 - found) * (1 - detection)
    exact = onset * (1 - detection) * (left ** (age + 1) - (1 - onset) ** (age + 1)) / (left - (1 - onset))
    undiagnosed = undiagnosed_by_age(prevalence, found, detection)
    assert undiagnosed == pytest.approx(exact, abs=1e-12)
    flow = Flow(found, detection, enrol, drop)
    managed = managed_by_age(prevalence, undiagnosed, flow)
    known = prevalence - exact * (1 - found)
    for a in (0, 1, 2, 30, 90):
        sum_over_years = sum(known[b] * enrol * (1 - drop - enrol) ** (a - 1 - b) for b in range(a))
        assert managed[a] == pytest.approx(sum_over_years, abs=1e-12)
    assert managed[-1] == pytest.approx(enrol / (enrol + drop), abs=1e-4)
    states = np.linalg.matrix_power(transition(onset, flow), 31)[0]
    known_now = prevalence[30] - undiagnosed[30]
    expected = [1 - prevalence[30], undiagnosed[30], known_now - managed[30], managed[30]]
    assert states == pytest.approx(expected, abs=1e-12)


def test_few_or_all_are_known() -> None:
    """Admissions alone would find too many: nothing else finds any, and each admission seldom.  All: all are found."""
    for share, detection in ((0.01, 0.0), (1.0, 1.0)):
        found = balance(CONFIG.model_copy(update={"diagnosed": (share,) * 4}), AGES)
        assert found.detection == pytest.approx(detection)
        assert (found.finding == 1.0).all() if detection else (found.finding < 0.05).all()


def test_how_often_an_admission_finds_a_condition_by_hand() -> None:
    """Seven-year-olds of whom half fell ill a year ago: with two admissions found of five, one case in five is known.

    Prevalence is 0.04 × (age - 4.5): 2, 6, 10 % at 5, 6, 7.  Of 100 cases at seven 40 are new, 40 have been through
    one year and 20 through two.  A year in which 0.2 are found leaves 32 + 12.8 + 40 unknown: 15.2 are known.
    """
    rate = 0.5
    config = only("copd", diagnosed=(0.5, 0.5, 0.152, 0.5), exacerbation=(0.0, 0.0, rate, 0.0), severe_scale=1.0)
    found = balance(config, np.eye(120)[7])
    assert found.detection[COPD] == 0.0
    assert found.found[COPD] == pytest.approx(0.2, abs=1e-9)
    assert np.exp(-0.8 * rate * found.finding[COPD]) == pytest.approx(0.8, abs=1e-9)
    assert states_of(found, COPD)[0, 7, 1] == pytest.approx(0.1 * 0.848, abs=1e-9)


REFUSED = {
    "managed": ({"managed": 0.97}, r"illness\.managed\n  value: 0\.97\n  bound: at most 0\.9\d* with"),
    "falls": (
        {"copd": (0.0,) * 4 + (0.3, 0.2, 0.3, 0.3, 0.3)},
        r"illness\.copd\[5\]\n  value: 0\.2\n  bound: at least 0\.3",
    ),
    "poor": (
        {"hypertension": (0.6,) * 9, "chronic_by_income": (4.0, 1.0, 0.0, 0.0, 0.0)},
        r"illness\.hypertension\n  value: 0\.6\n  bound: at most 0\.25",
    ),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_shares_that_cannot_be_kept_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        balance(CONFIG.model_copy(update=changes), AGES)


def test_the_most_that_can_be_managed_is_taken() -> None:
    """What the message says is possible, is."""
    with pytest.raises(ConfigError) as refused:
        balance(CONFIG.model_copy(update={"managed": 0.99}), AGES)
    most = float(str(refused.value).split("at most ")[1].split()[0])
    assert balance(CONFIG.model_copy(update={"managed": most}), AGES).enrol > 0.9


@pytest.mark.parametrize("year", [2019, 2024])
@pytest.mark.parametrize("diagnosed", [None, (0.2, 0.1, 0.1, 0.3)])
def test_counties_shipped_keep_the_shares_they_state(year: int, diagnosed: tuple[float, ...] | None) -> None:
    """Of COPD in 2024 admissions alone found 0.357 where 0.30 is stated, and of the lower shares up to 0.74."""
    config = load_config([f"base_year={year}"]).illness
    if diagnosed:
        config = config.model_copy(update={"diagnosed": diagnosed})
    found = balance(config, AGES)
    for condition in range(4):
        shares = states_of(found, condition)
        cases, known = (float((shares[..., state:].sum(axis=2) * AGES).sum()) for state in (1, 2))
        assert known / cases == pytest.approx(config.diagnosed[condition], abs=1e-9)


# --- all conditions together -----------------------------------------------------------------------------------------
def states_of(found: object, condition: int) -> Floats:
    """[fifth, age, state] shares of one condition."""
    if condition == COPD:
        return np.diff(found.copd, axis=2, prepend=0.0)  # type: ignore[attr-defined]
    joint = np.diff(found.joint, axis=2, prepend=0.0).reshape(5, 120, 4, 4, 4)  # type: ignore[attr-defined]
    others = tuple(2 + axis for axis in range(3) if axis != (HYPERTENSION, DIABETES, VASCULAR).index(condition))
    return joint.sum(axis=others)


RICH_AND_POOR = CONFIG.model_copy(update={"chronic_by_income": (1.6, 1.2, 1.0, 0.8, 0.4)})


@pytest.mark.parametrize("config", [CONFIG, RICH_AND_POOR], ids=["default", "by income"])
def test_joint_states_keep_the_shares_given(config: illness.Config) -> None:
    found = balance(config, AGES)
    assert (found.detection > 0.0).sum() >= 3
    assert found.joint[..., -1] == pytest.approx(1.0, abs=1e-12)
    assert found.copd[..., -1] == pytest.approx(1.0, abs=1e-12)
    assert np.diff(found.joint, axis=2, prepend=0.0).min() > -1e-12
    factors = np.array(config.chronic_by_income) / np.mean(config.chronic_by_income)
    known = managed = 0.0
    for condition, name in enumerate(CONDITION_NAMES):
        shares = states_of(found, condition)
        bands = np.interp(np.arange(120), 4.5 + 10 * np.arange(9), getattr(config, name))
        prevalence = np.maximum.accumulate(factors[:, None] * bands, axis=1)
        assert shares[..., 1:].sum(axis=2) == pytest.approx(prevalence, abs=1e-9)
        cases, diagnosed, own_managed = (float((shares[..., state:].sum(axis=2) * AGES).sum()) for state in (1, 2, 3))
        assert diagnosed / cases == pytest.approx(config.diagnosed[condition], abs=1e-6)
        known, managed = known + diagnosed, managed + own_managed
    assert managed / known == pytest.approx(config.managed, abs=1e-6)


LIVES = 120_000


def grown_up(rules: illness.IllnessRules, last: int, found: Floats) -> Residents:
    """Persons who lived by the engines' own rule until an age; in each year admissions find some conditions."""
    generator = np.random.default_rng(3)
    lives = alike(LIVES, age=0, quintile=1)
    for age in range(last + 1):
        lives["age"] = age
        if age:
            for condition, share in enumerate(found):
                hit = (generator.random(LIVES) < share).astype(np.int8) << condition
                lives["diagnosed"] |= lives["chronic"] & hit
        progress_all(lives, rules, 0.0, KEY, age)
    return lives


STRONG = {
    "vascular_risk": 8.0,
    "onset_relief": 1.0,
    "diabetes": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.6),
    "vascular": (0.0, 0.02, 0.05, 0.08, 0.12, 0.18, 0.25, 0.3, 0.3),
    "diagnosed": (0.8, 0.8, 0.5, 0.9),
    "managed": 0.7,
}
"""Conditions that are common, raise the risk of vascular disease much, and do not if managed."""


@pytest.mark.parametrize("changes", [{}, STRONG], ids=["default", "strong"])
def test_who_lives_by_the_rules_is_in_the_states_of_his_age(changes: dict[str, object]) -> None:
    """From birth to 70, year by year: each joint state is as frequent as it was solved to be."""
    config = CONFIG.model_copy(update=changes)
    solved = balance(config, AGES)
    rules = illness.compile_rules(config, AGES)
    rate = np.array(config.exacerbation) * config.severe_scale
    lives = grown_up(rules, 70, 1 - np.exp(-0.8 * rate))
    state = [
        sum((lives[name] >> condition & 1).astype(np.int64) for name in ("chronic", "diagnosed", "managed"))
        for condition in range(4)
    ]
    expected = np.diff(solved.joint[1, 70], prepend=0.0)
    together = state[HYPERTENSION] * 16 + state[DIABETES] * 4 + state[VASCULAR]
    for joint in range(64):
        assert_share(together == joint, expected[joint])
    for own, share in enumerate(np.diff(solved.copd[1, 70], prepend=0.0)):
        assert_share(state[COPD] == own, share)


# --- in the county ---------------------------------------------------------------------------------------------------
def at_start(engine: Engine, config: RuleConfigs, number: int, warm_up: int = 0) -> Residents:
    """The living when a year has begun; the engine stays where it is.  ``number`` counts from the warm-up's start."""
    world = engine.fork().world
    world, _ = year_module.begin_year(world, neutral(config).conduct(world.rules), number, warm_up)
    return world.residents[world.residents["alive"] == 1]


def assert_in_balance(residents: Residents, rules: illness.IllnessRules) -> None:
    """Who is ill, known and managed, in all and by age, are as many as their ages and incomes have them be."""
    age, quintile = np.minimum(residents["age"], 119), residents["quintile"]
    for condition in range(4):
        shares = states_of(rules, condition)[quintile, age]
        for state, name in enumerate(("chronic", "diagnosed", "managed"), 1):
            expected = shares[:, state:].sum(axis=1)
            hit = residents[name] >> condition & 1
            for low, high in ((0, 120), (40, 60), (60, 70), (70, 120)):
                those = (age >= low) & (age < high)
                error = np.sqrt((expected * (1 - expected))[those].sum())
                apart = hit[those].sum() - expected[those].sum()
                assert abs(apart) <= 4 * error, f"{name} {condition} at {low}: {apart:.0f} persons, error {error:.0f}"


def test_a_county_stays_in_balance_but_for_ageing() -> None:
    """Eight years of 60,000 residents: at each age as many are ill, known and managed as at first."""
    config = county(60_000, population={"households_per_village": 500, "villages_per_township": 6})
    engine = make(config, key=KEY, single_visits=False)
    rules = engine.world.rules.illness
    for number in range(9):
        if number in (0, 4, 8):
            assert_in_balance(at_start(engine, config, number), rules)
        engine.play(number, *neutral(config))
    off = illness.compile_rules(config.illness.model_copy(update={"managed": 0.45}), AGES)
    differs(assert_in_balance, at_start(engine, config, 9), off)


def test_children_are_born_in_the_state_of_their_age() -> None:
    """A third of all have a condition from birth on; a newborn child does not live through that January twice."""
    ill = {"hypertension": (0.3,) * 9, "copd": (0.3,) * 9, "chronic_by_income": (1.0,) * 5}
    config = county(20_000, population={"births": 50.0, "households_per_village": 500}, illness=ill)
    engine = make(config, key=KEY, single_visits=False)
    engine.play(0, *neutral(config))
    residents = at_start(engine, config, 1)
    for bit in (1 << HYPERTENSION, 1 << COPD):
        assert_share(residents["chronic"][residents["age"] == 0] & bit > 0, 0.3)
        assert_share(residents["chronic"] & bit > 0, 0.3)
    assert (residents["age"] == 0).sum() > 500


ILL = {
    "frailty": 0.0,
    "yearly": 0.0,
    "severe_scale": 3.0,
    "vascular": (0.3,) * 9,
    "copd": (0.3,) * 9,
    "diagnosed": (0.3,) * 4,
}


def with_warm_up(config: RuleConfigs, years: int, name: str = "kernel") -> Engine:
    """An engine after its warm-up."""
    engine = engines.create(name, config, KEY, engines.Setting(True, years))
    for year in range(-years, 0):
        engine.play(year, *neutral(config))
    return engine


def found_at_once(config: illness.Config, ages: Floats) -> Balance:
    """The balance of a county in which every admission finds the condition it is for."""
    return balance(config, ages)._replace(finding=np.ones(4))


def unknown_after_admission(engine: Engine, claims: Claims) -> int:
    """Persons admitted in the year of the claims for a condition of whom it is not known that they have it."""
    stays = np.equal(claims.category, INPATIENT) & (claims.day >= claims.days)
    residents = engine.world.residents
    row = {int(key): at for at, key in enumerate(residents["key"])}
    count = 0
    for group, key in zip(claims.group[stays], claims.resident[stays], strict=True):
        if group > 0:
            count += not residents["diagnosed"][row[int(key)]] >> (group - 1) & 1
    return count


@pytest.mark.parametrize(("name", "residents"), [("kernel", 3_000), ("reference", 600)])
def test_an_admission_finds_the_condition_it_is_for(name: str, residents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From year 0 on; in the warm-up nobody's condition is found.  Group 1 to 4 of the table are the conditions'."""
    monkeypatch.setattr("sim.county.illness.rules.balance", found_at_once)
    config = with_slack(residents, illness=ILL, claims=EVEN)
    engine = engines.create(name, config, KEY, engines.Setting(True, 1))
    begun = at_start(make(config, key=KEY), config, 0)
    warm = engine.play(-1, *neutral(config)).claims
    known = people(engine.world)["diagnosed"]
    assert (known == begun["diagnosed"]).all()
    assert unknown_after_admission(engine, warm) > residents / 150
    first = engine.play(0, *neutral(config)).claims
    assert (first.group[first.category == INPATIENT] > 0).sum() > residents / 10
    assert unknown_after_admission(engine, first) == 0
    found = people(engine.world)["diagnosed"]
    assert (found & known == known).all()
    assert (found & ~people(engine.world)["chronic"] == 0).all()


def test_where_admissions_would_find_too_many_each_finds_seldom() -> None:
    """Of those admitted once for a condition nobody knew of, the solved share is known afterwards."""
    rare = {"step_down": 0.0, "return_probability": 0.0}
    config = with_slack(12_000, illness=ILL | {"severe_scale": 1.5}, claims=EVEN | rare)
    engine = make(config, key=KEY)
    finding = engine.world.rules.illness.finding
    before = at_start(engine, config, 0)
    claims = engine.play(0, *neutral(config)).claims
    stays = (claims.category == INPATIENT) & (claims.day >= claims.days)
    row = {int(key): at for at, key in enumerate(engine.world.residents["key"])}
    for condition in (COPD, VASCULAR):
        assert 0.0 < finding[condition] < 0.5
        keys, times = np.unique(claims.resident[stays & (claims.group == condition + 1)], return_counts=True)
        once = np.array([row[int(key)] for key in keys[times == 1]])
        new = once[before["diagnosed"][once] >> condition & 1 == 0]
        assert_share(engine.world.residents["diagnosed"][new] >> condition & 1, float(finding[condition]))


@pytest.mark.parametrize("years", [1, 3])
def test_a_warm_up_moves_no_age_and_no_condition(years: int) -> None:
    """However long it is, the first year begins with the same persons of the same ages, conditions and absences."""
    config = with_slack(3_000, illness=ILL, claims=EVEN)
    plain, warmed = (
        at_start(make(config, key=KEY), config, 0),
        at_start(with_warm_up(config, years), config, years, years),
    )
    assert len(plain) == len(warmed) == 3_000
    for name in ("key", "age", "away", "chronic", "diagnosed", "managed", "fragility", "frailty", "household"):
        assert (plain[name] == warmed[name]).all(), name
    assert warmed["recent"].max() > plain["recent"].max() == 0.0  # but the past year's stays are remembered


def test_a_warm_up_in_which_people_age_is_found() -> None:
    config = with_slack(150, illness=ILL, claims=EVEN)
    begin = year_module.begin_year
    with interpreted_kernel() as patch:
        plain = people(with_warm_up(config, 2, "reference").world)
        patch.setattr(year_module, "begin_year", lambda world, conduct, year, warm_up: begin(world, conduct, year, 0))
        aged = people(with_warm_up(config, 2, "reference").world)
    assert (plain["age"] == make(config, key=KEY).world.residents["age"]).all()
    differs(assert_same, plain["age"], aged["age"])


def assert_signed(residents: Residents, rules: ContractRules) -> None:
    """As many of each age, known as ill or not, are signed as were solved to be."""
    here = residents[residents["away"] == 0]
    known, age = (here["diagnosed"] > 0).astype(np.int64), np.minimum(here["age"], 119)
    expected = rules.share[known, age]
    for low, high in ((0, 120), (1, 20), (20, 55), (55, 65), (65, 70), (70, 120)):
        for group in (0, 1):
            those = (age >= low) & (age < high) & (known == group)
            error = np.sqrt((expected * (1 - expected))[those].sum())
            apart = (here["signed"][those] > 0).sum() - expected[those].sum()
            assert abs(apart) <= 4 * error, f"{group} at {low}: {apart:.0f} persons, error {error:.0f}"


@pytest.mark.parametrize("warm_up", [0, 4])
def test_contracts_stay_as_they_begin_but_for_ageing(warm_up: int) -> None:
    """Eight years of 60,000 residents, some of whom come home, turn 65, fall ill or are born.

    Before, each began with the share that his present rates would lead to, and 4 % fewer were signed in the end.
    """
    config = county(60_000, population={"households_per_village": 500, "villages_per_township": 6})
    engine = engines.create("kernel", config, KEY, engines.Setting(False, warm_up))
    rules = engine.world.rules.contracts
    for number in range(warm_up + 9):
        if number in (0, warm_up, warm_up + 1, warm_up + 4, warm_up + 8):
            assert_signed(at_start(engine, config, number, warm_up), rules)
        engine.play(number - warm_up, *neutral(config))
    lifelong = rules.share.copy()
    lifelong[:] = np.array([rules.sign, rules.sign_chronic])[:, None] / (
        np.array([rules.sign, rules.sign_chronic])[:, None] + 1 - rules.renew[0]
    )
    differs(assert_signed, at_start(engine, config, warm_up + 9, warm_up), rules._replace(share=lifelong))


def test_a_quarter_of_residents_is_signed_at_first() -> None:
    """What the source line of `contracts.sign` says."""
    config = county(60_000, population={"households_per_village": 500, "villages_per_township": 6})
    here = at_start(make(config, key=KEY), config, 0)
    assert float((here["signed"] > 0).mean()) == pytest.approx(0.25, abs=0.01)


# --- births and absence ----------------------------------------------------------------------------------------------
def test_births_per_woman_by_hand() -> None:
    """Of 1,000 residents 50 are women who will be 20 to 37 after the next January: 10 births are one for five."""
    members = np.zeros((2, 120))
    members[0, 30] = 600
    members[1, [18, 19, 36, 37]] = 250, 30, 20, 100
    assert births_per_woman(members, 10.0) == pytest.approx(0.2)
    assert births_per_woman(members, 60.0) == 1.0
    assert births_per_woman(np.zeros((2, 120)), 10.0) == 0.0


@pytest.mark.parametrize("births", [4.0, 9.0, 25.0])
def test_births_of_the_first_year_are_those_given(births: float) -> None:
    life = population.compile_rules(population.Config(births=births))
    born = people_there = 0
    for replication in range(6):
        key = Key(2, replication)
        new = population.begin_year(population.create(40_000, life, key), life, key, 1)
        born += int(((new["alive"] == 1) & (new["key"] >= 40_000)).sum())
        people_there += 40_000
    expected = births / 1000 * people_there
    assert abs(born - expected) <= 4 * np.sqrt(expected) + 0.01 * expected  # the ages vary too


def test_the_share_away_stays() -> None:
    """At first and, among those whose ages are as at first, after ten years; nobody of 55 or over is away."""
    config = population.Config(away=0.2, come_back=0.15)
    life = population.compile_rules(config)
    for replication in range(2):
        key = Key(2, replication)
        residents = population.create(60_000, life, key)
        for year in range(11):
            if year:
                residents = population.begin_year(residents, life, key, year)
            here = residents[residents["alive"] == 1]
            grown = here[(here["age"] >= 18) & (here["age"] <= 54)]
            if year == 0:
                assert_share(grown["away"] == 1, 0.2)
            assert_share(grown["away"] == 1, float(life.away[grown["age"]].mean()), 4.5)
            assert not here["away"][here["age"] >= 55].any()


def test_absence_by_hand() -> None:
    """Three years of age: with half leaving and a quarter returning a year 0.5, 0.375 + 0.25 and 0.46875 + 0.1875."""
    ages = np.zeros(120)
    ages[18:21] = 1.0
    leave, share = balanced_absence(ages, (0.5 + 0.625 + 0.65625) / 3, 0.25)
    assert leave == pytest.approx(0.5)
    assert share[17:21] == pytest.approx([0.0, 0.5, 0.625, 0.65625])
    with pytest.raises(ConfigError, match=r"population\.away"):
        balanced_absence(ages, 0.9, 0.9)


def projected(first: Floats, config: population.Config, births_a_woman: float, years: int) -> Floats:
    """[year, sex, age] persons by the method of cohort components, from the parameters as published."""
    age = np.arange(121)
    risk = np.stack(
        [
            config.mortality_male * np.exp(config.mortality_male_growth * age),
            config.mortality_female * np.exp(config.mortality_female_growth * age),
        ]
    ).clip(max=1.0)
    risk[:, 0] += 0.004
    people_by_year = [first]
    for _ in range(years):
        grown = np.zeros((2, 121))
        grown[:, 1:] = (people_by_year[-1] * (1 - risk))[:, :-1]
        children = births_a_woman * grown[1, 20:38].sum()
        grown[:, 0] = 0.51 * children, 0.49 * children
        people_by_year.append(grown)
    return np.array(people_by_year)


def test_thirty_years_against_an_independent_projection() -> None:
    """Population, births and persons of 65 and over; births for each woman are those of the first year."""
    count, years, config = 60_000, 30, population.Config()
    life = population.compile_rules(config)
    crowd = np.concatenate([population.create(count, life, Key(9, replication)) for replication in range(5)])
    mothers = ((crowd["sex"] == 1) & (crowd["age"] >= 19) & (crowd["age"] < 37)).sum()
    births_a_woman = config.births / 1000 * len(crowd) / mothers
    key = Key(9, 0)
    residents = population.create(count, life, key)
    first = np.zeros((2, 121))
    np.add.at(first, (residents["sex"], residents["age"]), 1)
    expected = projected(first, config, births_a_woman, years)
    everybody = expected.sum(axis=(1, 2))
    old = expected[:, :, 65:].sum(axis=(1, 2))
    born = dead = 0.0
    for year in range(1, years + 1):
        residents = population.begin_year(residents, life, key, year)
        here = residents[residents["alive"] == 1]
        births = expected[year, :, 0].sum()
        born += births
        dead += everybody[year - 1] + births - everybody[year]
        assert abs(len(here) - everybody[year]) <= 4 * np.sqrt(born + dead) + 0.01 * born
        assert abs((here["age"] >= 65).sum() - old[year]) <= 4 * np.sqrt(dead)
        assert abs((here["age"] == 0).sum() - births) <= 4 * np.sqrt(births) + 0.02 * births
    assert old[-1] / everybody[-1] > 1.3 * old[0] / everybody[0]  # it is a county that ages


def test_ages_expected_are_those_created() -> None:
    """The ages for which rates are solved, by enumeration, against persons drawn."""
    config = population.Config()
    crowd = np.concatenate(
        [population.create(60_000, population.compile_rules(config), Key(4, replication)) for replication in range(5)]
    )
    expected = population.expected_ages(config)
    assert expected.sum() == pytest.approx(1.0)
    for low in range(0, 90, 5):
        those = (crowd["age"] >= low) & (crowd["age"] < low + 5)
        assert_share(those, expected[low : low + 5].sum(), 7)  # members of a household are of related ages
    world = create_world(county(50), KEY)
    assert world.rules.illness.joint.shape == (5, 120, 64)
