"""What prevention effort is expected to do: against persons who live by the rules, by hand, and against drawn stays."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.randomness import Key
from sim.county import claims, illness, population
from sim.county.claims.compile import compile_rules
from sim.county.claims.recovery import long_stays
from sim.tables import COPD, COUNTY, HYPERTENSION, VASCULAR
from tests.core_world import alike
from tests.county.test_balance import NOBODY, STRONG
from tests.county.test_illness import begin_all, progress_all

KEY = Key(16, 0)
CONFIG = illness.Config()
AGES = population.expected_ages(population.Config())
LIVES = 60_000


def lived(config: illness.Config, ages: np.ndarray, first: int, years: int, effort: float) -> np.ndarray:
    """[exacerbations or diagnosed, condition] of persons of one age who began in balance ``years`` ago."""
    rules = illness.compile_rules(config, ages)
    generator = np.random.default_rng(5)
    lives = alike(LIVES, age=first, quintile=1)
    begin_all(lives, rules, KEY)
    rate = np.array(config.exacerbation) * config.severe_scale
    for year in range(1, years + 1):
        lives["age"] = first + year
        for condition, share in enumerate(1 - np.exp(-0.8 * rate)):
            hit = (generator.random(LIVES) < share).astype(np.int8) << condition
            lives["diagnosed"] |= lives["chronic"] & hit
        progress_all(lives, rules, effort, KEY, year)
    ill, diagnosed, managed = (
        np.array([(lives[name] >> k & 1).mean() for k in range(4)]) for name in ("chronic", "diagnosed", "managed")
    )
    return np.array([ill - managed * np.array(config.managed_relief), diagnosed])


@pytest.mark.parametrize(("changes", "years"), [({}, 1), ({}, 4), (STRONG, 3)])
def test_what_is_expected_is_what_persons_who_live_by_the_rules_have(changes: dict[str, object], years: int) -> None:
    """Persons of 62 whose community has made full effort for some years, against the same persons without."""
    config = CONFIG.model_copy(update=changes)
    ages = np.eye(120)[62]
    found = illness.prospect(config, ages, years)
    none, full = (lived(config, ages, 62 - years, years, effort) for effort in (0.0, 1.0))
    changed = (full - none) / none
    for expected, own, base in zip((found.exacerbations[-1], found.diagnosed[-1]), changed, none, strict=True):
        error = np.sqrt((np.abs(expected) * (1 + np.abs(expected)) + 1e-4) / (base * LIVES))
        assert (np.abs(expected - own) < 3.5 * error).all(), (expected, own, error)
    assert found.diagnosed[-1].max() > 0.05


def test_effort_that_does_nothing_changes_nothing() -> None:
    config = CONFIG.model_copy(update=dict.fromkeys(("effort_detection", "effort_enrol", "effort_onset"), 0.0))
    found = illness.prospect(config, AGES, 3)
    assert not found.exacerbations.any()
    assert not found.diagnosed.any()


def test_enrolment_of_the_known_by_hand() -> None:
    """Everybody of 50 has COPD since 20, all know it, half are managed; enrolment of all that are left.

    The first year half of them more are managed, less those who drop out: 0.16 x 0.92 x ... of needs are avoided.
    """
    everybody = (0.0, 0.0, *[1.0] * 7)
    quiet = dict.fromkeys(("hypertension", "diabetes", "vascular"), NOBODY)
    config = CONFIG.model_copy(
        update=quiet
        | {"copd": everybody, "diagnosed": (0.5, 0.5, 1.0, 0.5), "managed": 0.5, "drop_out": 0.0, "effort_enrol": 1.0}
        | {"effort_detection": 0.0, "effort_onset": 0.0, "managed_relief": (0.0, 0.0, 0.2, 0.0)}
    )
    ages = np.eye(120)[50]
    found = illness.prospect(config, ages, 1)
    without = 0.5  # managed at fifty without effort, as given; with it everybody
    assert found.exacerbations[0, COPD] == pytest.approx((0.8 - (1 - 0.2 * without)) / (1 - 0.2 * without), abs=1e-4)
    assert found.exacerbations[0, [HYPERTENSION, VASCULAR]].tolist() == [0.0, 0.0]


def test_more_years_avoid_more() -> None:
    found = illness.prospect(CONFIG, AGES, 8)
    assert (np.diff(found.exacerbations, axis=0) < 0).all()
    assert (found.exacerbations < 0).all()
    assert (found.exacerbations > -0.1).all()


def test_what_long_stays_have_of_all() -> None:
    """Against a million drawn stays of a county hospital, by group: part of the charges, and days a stay."""
    rules = compile_rules(claims.Config())
    found = long_stays(rules)
    generator = np.random.default_rng(8)
    for group in (1, 4, 11):
        ends = rules.severity_cumulative[group]
        severity = np.searchsorted(ends, generator.random(1_000_000))
        z, w = generator.standard_normal((2, 1_000_000))
        w = rules.correlation * z + np.sqrt(1 - rules.correlation**2) * w
        by_days, by_charge = rules.days_sigma[group], rules.stay_sigma[group]
        days = rules.stay_days[COUNTY] * rules.length[group, severity] * np.exp(by_days * z - by_days**2 / 2)
        charge = rules.severity_charge[group, severity] * np.exp(by_charge * w - by_charge**2 / 2)
        long = days >= rules.step_down_days
        assert found.charge[COUNTY, group] == pytest.approx(charge[long].sum() / charge.sum(), abs=3e-3)
        assert found.days[COUNTY, group] == pytest.approx(days[long].sum() / days.size, rel=5e-3)
