"""What is billed: case groups, severities, lengths of stay and charges against their tables and laws."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.errors import ConfigError
from sim.core.paths import conf_dir
from sim.core.randomness import VISIT, Key, words
from sim.core.units import part
from sim.county import claims
from sim.county.claims import (
    Config,
    compile_rules,
    pick,
    severity_of,
    stay_charge,
    stay_length,
    variable_cost,
    visit_charge,
    visit_noise,
)
from sim.tables import COUNTY, INPATIENT, OUTPATIENT, TOWNSHIP, VILLAGE
from tests.core_world import neutral, play, tiers, with_slack

KEY = Key(4, 2)
CONFIG = Config()
RULES = compile_rules(CONFIG)


def table(name: str) -> list[dict[str, str]]:
    """A shipped table, read independently."""
    lines = (conf_dir() / "claims" / name).read_text(encoding="utf-8-sig").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


STAYS, VISITS = table("inpatient_groups.csv"), table("outpatient_groups.csv")
AGES = ("age_0_14", "age_15_44", "age_45_64", "age_65")


def shares_by_grid(cumulative: np.ndarray, count: int) -> np.ndarray:
    """Share of luck that leads to each index."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    return np.bincount([pick(cumulative, u) for u in grid], minlength=count) / 20_000


# --- case groups -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("age", range(4), ids=AGES)
@pytest.mark.parametrize("sex", [0, 1], ids=["men", "women"])
def test_groups_come_in_the_shares_of_the_table(sex: int, age: int) -> None:
    shares = np.array([float(row[AGES[age]]) for row in STAYS])
    if sex == 0:
        shares[[row["name"] == "delivery" for row in STAYS]] = 0  # its share goes to the others
    expected = shares / shares.sum()
    assert shares_by_grid(RULES.group_cumulative[sex, age], len(STAYS)) == pytest.approx(expected, abs=2e-4)


def test_visits_come_in_the_shares_of_the_table() -> None:
    expected = np.array([float(row["share"]) for row in VISITS])
    assert expected.sum() == pytest.approx(1)
    assert shares_by_grid(RULES.visit_group_cumulative, len(VISITS)) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("group", range(len(STAYS)))
def test_severities_come_in_the_shares_of_the_table(group: int) -> None:
    grid = (np.arange(5_000) + 0.5) / 5_000
    found = np.bincount([severity_of(RULES, group, u) for u in grid], minlength=4)[1:] / 5_000
    expected = [float(STAYS[group][f"severity_{k}"]) for k in (1, 2, 3)]
    assert found == pytest.approx(expected, abs=4e-4)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda x: sum(x) > 0), st.floats(0, 1, exclude_max=True)
)
def test_a_group_of_no_share_is_never_picked(shares: list[float], u: float) -> None:
    cumulative = np.cumsum(np.array(shares) / sum(shares))
    cumulative /= cumulative[-1]
    chosen = pick(cumulative, u)
    assert shares[chosen] > 0
    assert u < cumulative[chosen] or chosen == len(shares) - 1


def test_only_women_of_15_to_44_are_delivered() -> None:
    group = next(k for k, row in enumerate(STAYS) if row["name"] == "delivery")
    played = play(with_slack(8_000, illness={"severe_scale": 4.0}))
    rows, population = played.years[0].claims, played.years[0].population
    mothers = np.unique(rows.resident[(rows.category == INPATIENT) & (rows.group == group)])
    sex_and_age = {
        int(k): (int(s), int(a)) for k, s, a in zip(population.key, population.sex, population.age, strict=True)
    }
    assert len(mothers) > 100
    assert all(sex_and_age[int(m)][0] == 1 and 15 <= sex_and_age[int(m)][1] < 45 for m in mothers)


# --- amounts ---------------------------------------------------------------------------------------------------------
COUNT = 8_000


def assert_lognormal(values: np.ndarray, mean: float, sigma: float) -> None:
    """Lognormal of this mean (not median) and standard deviation of the log."""
    assert stats.kstest(np.log(values), stats.norm(np.log(mean) - sigma**2 / 2, sigma).cdf).pvalue > 1e-4


def test_charge_of_a_visit() -> None:
    group, factor = 2, 1.3
    noise = [visit_noise(RULES, words(KEY, who, VISIT, 0, 1)[0]) for who in range(COUNT)]
    assert_lognormal(np.array(noise), 1.0, CONFIG.visit_sigma)
    mean = 100 * CONFIG.visit_charge.county * float(VISITS[group]["cost"]) * factor
    charges = [visit_charge(RULES, OUTPATIENT, COUNTY, group, factor * x) for x in noise]
    assert all(abs(charge - mean * x) <= 0.5 + 1e-6 for charge, x in zip(charges, noise, strict=True))


def test_length_and_charge_of_a_stay() -> None:
    mean, days_sigma, level, charge_sigma = 9.5, 0.45, 1_234_567.0, 0.6
    stays = [stay_length(RULES, KEY, who, 5, 3, mean, days_sigma) for who in range(COUNT)]
    days, z, down = np.array(stays).T
    costs = [stay_charge(RULES, KEY, who, 5, 3, z[who], level, charge_sigma) for who in range(COUNT)]
    charge, u, v = np.array(costs).T
    assert_lognormal(days, mean, days_sigma)
    assert_lognormal(charge, level, charge_sigma)
    correlation = np.corrcoef(np.log(days), np.log(charge))[0, 1]
    assert correlation == pytest.approx(CONFIG.days_charge_correlation, abs=0.03)
    uniforms = np.array([down, u, v])
    assert all(stats.kstest(column, "uniform").pvalue > 1e-4 for column in uniforms)
    assert abs(np.corrcoef([*uniforms, z, np.log(charge)])[:3]).round(1).sum() == 3  # each only with itself


GROUPS_OF_THREE = """group,name,weight,length,days_sigma,charge_sigma,age_0_14,age_15_44,age_45_64,age_65,\
severity_1,severity_2,severity_3,condition,avoidable
A,short,0.5,0.5,0.2,0.3,1,1,1,1,0.5,0.3,0.2,,0
B,long,2,1.8,0.4,0.1,1,1,1,1,0.2,0.4,0.4,,0
C,plain,1,,,,1,1,1,1,0.4,0.4,0.2,,0
H,h,1,1,,,0,0,0,0,1,0,0,hypertension,0
D,d,1,1,,,0,0,0,0,1,0,0,diabetes,0
P,p,1,1,,,0,0,0,0,1,0,0,copd,0
V,v,1,1,,,0,0,0,0,1,0,0,vascular,0
"""
FACTORS = {"severity_days": (1.0, 1.5, 2.0), "severity_charge": (1.0, 2.0, 5.0)}


def stays_of_three_groups(folder: Path) -> Any:
    """Stays of people of whom all go to the county hospital, at which nothing is referred, split or shared."""
    path = folder / "three.csv"
    path.write_text(GROUPS_OF_THREE, encoding="utf-8")
    none = dict.fromkeys(("hypertension", "diabetes", "copd", "vascular"), (0.0,) * 9)
    config = with_slack(
        20_000,
        population={"away": 0.0},
        providers={"capability": tiers(0, 1, 3, 3, 3)},
        illness={"severe": (0.7,) * 9, "severe_scale": 1.0, "frailty": 0.0, "yearly": 0.0} | none,
        care={"inpatient": tiers(-1000.0, -1000.0, 30.0, -1000.0, -1000.0)},
        claims=FACTORS
        | {"inpatient_groups": str(path), "stay_days": tiers(20.0), "stay_charge": tiers(10_000.0),
           "days_sigma": 0.5, "stay_sigma": 0.6, "step_down": 0.0, "return_probability": 0.0},
    )  # fmt: skip
    rows = play(config).years[0].claims
    return claims_where(rows, (rows.category == INPATIENT) & (rows.day >= 160))  # stays of any length are over by then


def claims_where(rows: Any, keep: np.ndarray) -> Any:
    return type(rows)(*(column[keep] for column in rows))


def test_length_and_charge_by_group_and_severity(tmp_path: Path) -> None:
    """The table's, times the factor of severity over the mean of a group's cases; logs spread by the table's sigma.

    Days are counted up to whole ones, which is half a day more on average; a group without a value has that of all.
    """
    rows = stays_of_three_groups(tmp_path)
    table_of = {0: (0.5, 0.5, 0.2, 0.3, (0.5, 0.3, 0.2)), 1: (2.0, 1.8, 0.4, 0.1, (0.2, 0.4, 0.4)),
                2: (1.0, 1.0, 0.5, 0.6, (0.4, 0.4, 0.2))}  # fmt: skip
    assert set(rows.group) == set(table_of)
    for group, (weight, length, days_sigma, charge_sigma, severities) in table_of.items():
        means = [sum(s * f for s, f in zip(severities, FACTORS[name], strict=True)) for name in FACTORS]
        mine = rows.group == group
        for severity in (1, 2, 3):
            own = mine & (rows.severity == severity)
            days, charge = rows.days[own], rows.charge[own] / 100
            days_factor, charge_factor = (
                FACTORS[name][severity - 1] / mean for name, mean in zip(FACTORS, means, strict=True)
            )
            for sample, exact in (
                (days - 0.5, 20.0 * length * days_factor),
                (charge, 10_000.0 * weight * charge_factor),
            ):
                error = sample.std() / math.sqrt(len(sample))
                assert abs(sample.mean() - exact) <= 4 * error, (group, severity, exact)
                assert error <= 0.05 * exact
            assert np.log(charge).std() == pytest.approx(charge_sigma, rel=5 / math.sqrt(2 * len(charge)))
            long = 20.0 * length * days_factor
            exact_spread = math.sqrt(math.log1p((days - 0.5).var() / long**2))
            assert exact_spread == pytest.approx(days_sigma, rel=0.12)


def test_severity_leaves_the_means_of_groups_alone(tmp_path: Path) -> None:
    """Severity tells the cases of a group apart: over all of them length and weight are the table's."""
    path = tmp_path / "three.csv"
    path.write_text(GROUPS_OF_THREE, encoding="utf-8")
    found = compile_rules(Config(inpatient_groups=str(path), **FACTORS))
    shares = np.array([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0.4, 0.4, 0.2], *[[1.0, 0.0, 0.0]] * 4])
    assert (found.length * shares).sum(axis=1) == pytest.approx([0.5, 1.8, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert (found.severity_charge * shares).sum(axis=1) == pytest.approx(1.0)
    assert found.length[0] == pytest.approx(np.array([1.0, 1.5, 2.0]) * 0.5 / 1.35)


def test_the_shipped_table_is_read_as_it_stands() -> None:
    for column, values in (("days_sigma", RULES.days_sigma), ("charge_sigma", RULES.stay_sigma)):
        assert values == pytest.approx([float(row[column]) for row in STAYS])
    shares = np.array([[float(row[f"severity_{k}"]) for k in (1, 2, 3)] for row in STAYS])
    assert (RULES.length * shares).sum(axis=1) == pytest.approx([float(row["length"]) for row in STAYS])


def test_least_amounts() -> None:
    free = RULES._replace(visit_charge=np.zeros((2, 5)))
    assert visit_charge(free, OUTPATIENT, VILLAGE, 0, 1.0) == 100
    assert stay_charge(free, KEY, 1, 0, 0, 0.0, 0.0, 0.5)[0] == 100
    assert stay_length(free, KEY, 1, 0, 0, 1e-6, 0.5)[0] == 0.25


@given(st.integers(0, 4), st.integers(0, 10**10))
def test_catalogue_part_and_cost_are_parts_of_the_charge(tier: int, charge: int) -> None:
    covered = part(charge, RULES.covered[tier])
    assert 0 <= covered <= charge
    share = 1 - CONFIG.non_catalogue.values()[tier]
    assert abs(covered - charge * share) <= 0.5 + charge * 1e-9
    assert abs(variable_cost(RULES, tier, charge) - charge * CONFIG.variable_cost.values()[tier]) <= 0.5 + charge * 1e-9


# --- in the engine ---------------------------------------------------------------------------------------------------
PRICES_LEFT_ASIDE = {"price": (0.0, 0.0, 0.0)}
"""With these nobody chooses otherwise because something costs more."""


def test_charges_follow_prices_and_intensity_and_keep_their_luck() -> None:
    """2.5 times the prices at 0.8 of the intensity: the same care at twice the charge."""
    config = with_slack(1_500, care=PRICES_LEFT_ASIDE, claims={"return_probability": 0.0})
    one, two = (
        play(config, behaviours=[neutral(config, level, intensity=np.full((5, 3), intensity))]).years[0].claims
        for intensity, level in ((1.0, 1.0), (0.8, 2.5))
    )
    for name in ("resident", "provider", "day", "days", "group"):
        assert (getattr(one, name) == getattr(two, name)).all(), name
    set_by_prices = (one.charge >= 200) & (one.referred != 2)
    assert (abs(two.charge - 2 * one.charge) <= 1)[set_by_prices].all()
    assert set_by_prices.mean() > 0.95


def test_referral_up_bills_a_part_of_the_visit() -> None:
    always = PRICES_LEFT_ASIDE | {"refer_visit": (1.0, 1.0, 0.0, 0.0, 0.0)}
    one, half = (
        play(with_slack(400, care=always, illness={"moderate": 0.5}, claims={"referral_charge": share})).years[0].claims
        for share in (1.0, 0.5)
    )
    sent_on = (one.category == OUTPATIENT) & (one.severity == 2) & (one.tier <= TOWNSHIP)
    assert sent_on.sum() > 100
    assert (abs(half.charge - one.charge / 2) <= 0.5)[sent_on & (one.charge >= 200)].all()
    assert (half.charge[~sent_on] == one.charge[~sent_on]).all()


# --- tables of a user's own ------------------------------------------------------------------------------------------
def with_table(tmp_path: Path, name: str, **changes: str) -> str:
    """A copy of the shipped table whose first row is changed."""
    rows = table(name)
    rows[0] |= changes
    path = tmp_path / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity_1": "0.9"}, "the shares of severity do not sum to 1"),
        ({"weight": "heavy"}, "'heavy'"),
        ({"weight": "-1"}, "weight: '-1' must be a number"),
        ({"condition": "asthma"}, "must be empty or one of hypertension"),
        ({"age_0_14": "1.5"}, "age_0_14"),
    ],
)
def test_a_broken_group_table_is_named(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    path = with_table(tmp_path, "inpatient_groups.csv", **changes)
    with pytest.raises(ConfigError) as error:
        compile_rules(Config(inpatient_groups=path))
    assert words in str(error.value)
    assert path in str(error.value)


def test_a_table_without_a_chronic_condition_is_refused(tmp_path: Path) -> None:
    rows: Any = [row for row in table("outpatient_groups.csv") if row["condition"] != "copd"]
    path = tmp_path / "few.csv"
    path.write_text(
        "\n".join(",".join(line) for line in ([*rows[0]], *(row.values() for row in rows))), encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="copd"):
        compile_rules(Config(outpatient_groups=str(path)))


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no/such\.csv"):
        claims.find_table("no/such.csv")
