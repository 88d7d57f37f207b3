"""What prevention would move of the money that budgets are charged, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.closing.prospects import prospect, stepping_down
from sim.closing.two_funds import Outlook
from sim.county import claims, illness
from sim.county.claims.compile import compile_rules
from sim.money.history import Incentives
from sim.money.settlement import no_stake
from sim.tables import COUNTY, INPATIENT, Floats
from tests.money_world import ints, make_claims, make_history

CLAIMS = claims.Config(step_down_tight=0.0)
RULES = compile_rules(CLAIMS)
HYPERTENSION, COPD = int(RULES.condition_group[0]), int(RULES.condition_group[2])
OF_DIABETES = int(RULES.visit_condition_group[1])
ROWS = [
    {"tier": "county", "charge": 1500, "statutory": 1000, "group": HYPERTENSION},
    {"tier": "city", "charge": 900, "statutory": 500, "group": COPD},
    {"tier": "city", "charge": 9000, "statutory": 5000, "group": 0},
    {"tier": "township", "category": "chronic", "charge": 600, "statutory": 300, "group": OF_DIABETES},
]
CHANGE = illness.Prospect(
    exacerbations=np.array([[-0.05, 0, -0.1, 0], [-0.15, 0, -0.3, 0]]),
    diagnosed=np.array([[0, 0.1, 0, 0], [0, 0.3, 0, 0]]),
)
"""In two years."""


def outlook(spared: Floats | float) -> Outlook:
    history = make_history([make_claims(ROWS)], [[10]])
    table = np.ones((5, 3))
    return Outlook(Incentives(table, table, spared), no_stake(ints(10)), history.closed[-1])


def test_by_hand() -> None:
    """Of ten persons: 10 % of 1,000 and 20 % of 500 yuan saved in a mean year, 20 % of 300 added."""
    found = prospect(CHANGE, CLAIMS, [outlook(1.0)], 1)
    assert (found.saved, found.added) == pytest.approx((100 * (100 + 100) / 10, 100 * 60 / 10))


def test_a_pool_is_spent_whatever_is_avoided() -> None:
    pool = np.ones((5, 3))
    pool[: COUNTY + 1, INPATIENT] = 0.0
    found = prospect(CHANGE, CLAIMS, [outlook(pool)], 1)  # what the city is paid is spared
    assert (found.saved, found.added) == pytest.approx((100 * 100 / 10, 100 * 60 / 10))
    nothing = prospect(CHANGE, CLAIMS, [outlook(0.0)], 1)
    assert (nothing.saved, nothing.added) == (0.0, 0.0)


def test_stepping_down_by_hand() -> None:
    """All stays last ten days and cost their mean: of 10 % of them 0.4 of 6,000 yuan of fund money are left, and the
    fund bears half of four days at 260 yuan, at prices of 1.5.
    """
    config = claims.Config(step_down_tight=0.1, step_down_at=0.6, step_down_charge=260.0)
    rules = compile_rules(config)
    rules = rules._replace(
        stay_days=np.full(5, 10.0),
        length=np.ones_like(rules.length),
        days_sigma=np.zeros_like(rules.days_sigma),
        correlation=0.0,
    )
    bills = make_claims(
        [
            {"tier": "county", "charge": 8000, "statutory": 5000, "group": 0},
            {"tier": "city", "charge": 2000, "statutory": 1000, "group": 6},
            {"tier": "township", "charge": 100, "statutory": 50, "group": 1},
        ]
    )
    saved = stepping_down(rules, bills, bills.statutory.astype(np.float64), 1.5)
    assert saved == pytest.approx(100 * 0.1 * (0.4 * 6000 - 2 * 4 * 260 * 1.5 * 0.5))
