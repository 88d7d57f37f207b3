"""What deductibles and limits do to the fund as prices grow: a published case, and what simulated persons were paid."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sim.core.units import fen
from sim.county import benefit
from sim.county.leverage import paid_at_levels
from sim.tables import BENEFIT_LEVELS, INPATIENT, RESIDENT_INSURED, Claims, Flows, Population, concat_claims
from tests.core_world import play, tiers, under_pressure
from tests.money_world import ints, make_claims

CONFIG = under_pressure(1_500)


@cache
def year() -> Flows:
    return play(CONFIG).years[0]


def at(level: float, paid: np.ndarray) -> float:
    return float(np.interp(level, BENEFIT_LEVELS, paid))


def test_at_the_levels_own_benefit_the_fund_pays_what_it_paid() -> None:
    """To the fen: all deductibles, referrals, later stays and limits of a year."""
    flows, rules = year(), benefit.compile_rules(CONFIG.benefit)
    paid = paid_at_levels(rules, flows.claims, flows.population, RESIDENT_INSURED)
    mine = flows.population.insurance == RESIDENT_INSURED
    assert at(1.0, paid) == flows.population.statutory[mine].sum() > 0
    stays = (flows.claims.category == INPATIENT) & (flows.claims.insurance == RESIDENT_INSURED)
    assert set(np.unique(flows.claims.referred[stays]).tolist()) == {0, 1, 2}
    assert (np.diff(paid[: BENEFIT_LEVELS.index(1.0) + 1]) != 0).all()


def exponential_stays(mean: float, count: int = 200_000) -> tuple[Claims, Population]:
    """Stays of so many persons whose charges are the quantiles of an exponential law."""
    charges = -mean * np.log1p(-(np.arange(count) + 0.5) / count)
    one = make_claims([{"tier": "county", "charge": 1, "statutory": 0}])
    many = concat_claims([one])._replace(
        **{name: np.repeat(getattr(one, name), count) for name in Claims._fields},
    )
    cents = np.round(charges * 100).astype(np.int64)
    stays = many._replace(charge=cents, covered=cents, resident=np.arange(count))
    zero = np.zeros(count, dtype=np.int64)
    people = Population(*(zero.astype(float) if name == "rank" else zero for name in Population._fields))
    return stays, people._replace(key=np.arange(count)[::-1], insurance=zero + RESIDENT_INSURED)


def test_deductible_and_limit_of_a_published_case() -> None:
    """LDA 3.4.5: Exp(1000) -> Exp(1050), deductible 100, at most 500 paid: per payment 393.46934 -> 397.79758."""
    schedule = benefit.Schedule(
        deductible=tiers(0, 0, 100, 0, 0), ratio=tiers(0, 0, 1, 0, 0), unreferred=tiers(1, 1, 1, 1, 1), cap=500
    )
    rules = benefit.compile_rules(benefit.Config(resident=schedule))
    stays, people = exponential_stays(1_000.0)
    paid = paid_at_levels(rules, stays, people, RESIDENT_INSURED)
    before = at(1.0, paid) / fen(1) / len(stays.charge) / np.exp(-100 / 1_000)
    after = 1.05 * at(1 / 1.05, paid) / fen(1) / len(stays.charge) / np.exp(-100 / 1_050)
    assert before == pytest.approx(393.46934, rel=2e-5)
    assert after == pytest.approx(397.79758, rel=5e-4)  # between two levels F is a straight line


def test_persons_at_their_limit_get_more_only_as_far_as_it_is_lowered() -> None:
    """Three persons' visits of 40, 100 and 100 yuan paid under a limit of 100: at half of it 40 + 50 + 50."""
    people = exponential_stays(1.0, 3)[1]._replace(
        key=ints(2, 0, 1), statutory_visits=ints(4_000, 10_000, 10_000), statutory=ints(4_000, 10_000, 10_000)
    )
    rules = benefit.compile_rules(benefit.Config(resident=benefit.Schedule(outpatient_cap=100)))
    none = make_claims([])
    paid = paid_at_levels(rules, none, people, RESIDENT_INSURED)
    assert (at(0.5, paid), at(1.0, paid), at(2.0, paid)) == (14_000, 24_000, 24_000)
