"""Each rule tells its own steps; worked out from what they show, they come to the fen that was paid and settled."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import settlement
from sim.config import load_config
from sim.paths import conf_dir
from sim.payment import SCHEMES, apg, dip, drg
from sim.payment.contract import Asked
from sim.settlement import Contract, shared, turnover, working
from sim.steps import Step, Words, as_text, fraction, last_amount, parameter, ratio
from sim.tables import CATEGORIES, Claims
from sim.units import fen, ppm
from tests.money_world import cases, ints, make_claims, make_history, make_providers
from tests.test_payment import EVEN, WEIGHTS, as_claims, named, scheme_config

PAYMENTS = sorted(path.stem for path in (conf_dir() / "payment").glob("*.yaml"))
SETTLEMENTS = sorted(path.stem for path in (conf_dir() / "settlement").glob("*.yaml"))
WORKED = [case for file in ("methods.yaml", "payment.yaml") for case in cases(file).get("stays", [])]
PHASES = [{"upto": 3, "factor": 1.2}, {"upto": 10, "factor": 1}, {"factor": 0.7}]
OUTLIER = {"high_above": 2, "low_below": 0.4, "short_days": 2, "fixed_loss": 500}
COMPONENTS = [{"rate": 4000, "cost_to_charge": 0.5}, {"rate": 1000, "cost_to_charge": 0.1}]
MORE: dict[str, dict[str, Any]] = {
    "drg with outliers": {"scheme": "drg", "rate": 5000, "coefficient": EVEN, "outlier": OUTLIER, "floor": True},
    "drg with high outliers fee for service": {"scheme": "drg", "outlier": OUTLIER | {"high_rule": "ffs"}},
    "drg with components": {"scheme": "drg", "rate": 5000, "outlier": {"fixed_loss": 100, "components": COMPONENTS}},
    "drg reviewed": {"scheme": "drg", "review": {"quota": 0.3, "above": 1}, "floor": True},
    "drg reviewed by provider": {"scheme": "drg", "review": {"quota": 0.3, "above": 1, "counted_by": "provider"}},
    "drg points": {"scheme": "drg", "form": "points", "outlier": OUTLIER, "review": {"quota": 0.2, "above": 1}},
    "drg points less patient": {"scheme": "drg", "form": "points", "reading": "standard_minus_patient", "floor": True},
    "drg rounded value": {"scheme": "drg", "form": "points", "value_decimals": 2},
    "dip rounded value": {"scheme": "dip", "value_decimals": 3, "reading": "standard_minus_patient"},
    "dip by budget point value": {"scheme": "dip", "scores": "history", "coefficient": EVEN,
                                  "deviation": {"apply": True, "standard": "point_value", "bounds": "inclusive"},
                                  "review": {"quota": 0.2, "above": 1}},
    "dip given pool": {"scheme": "dip", "pool": 12345.67, "growth": 0.1, "review": {"quota": 0.2, "above": 1}},
    "budget only down": {"scheme": "budget", "only_down": True, "pool": 20000, "points": "statutory"},
    "budget for stays": {"scheme": "budget", "scope": "inpatient", "base": "last_year", "rebase": "rolling"},
    "no cap": {"scheme": "cap", "cap_ratio": None},
    "caps given": {"scheme": "cap", "caps": [100, None, 3000.5], "excess_share": 0.3, "scope": "outpatient"},
    "cap shared": {"scheme": "cap", "cap_ratio": 0.6, "excess_share": 0.25, "base": "mean", "head_rate": "pool"},
    "per diem by phase": {"scheme": "per_diem", "phases": PHASES, "floor": True},
    "per diem given": {"scheme": "per_diem", "phases": PHASES,
                       "rates": {"village": 80, "township": 200.55, "county": 700, "city": None, "remote": None}},
    "apg points": {"scheme": "apg", "form": "points", "floor": True},
    "apg given": {"scheme": "apg", "rate": 123.45, "coefficient": EVEN, "floor": True},
    "capitation given": {"scheme": "capitation", "amount_per_head": 12.34, "signed_share": 0.37, "outside": "fund"},
    "capitation of part": {"scheme": "capitation", "signed_share": 0.6, "head_rate": "pool"},
    "package of dip": {"scheme": "package", "within": {"scheme": "dip", "deviation": {"apply": True}}},
    "composite of classes": {"scheme": "composite", "outpatient": "apg", "chronic": "cap", "long_groups": [1],
                             "ffs_groups": [2], "long_stay": {"scheme": "per_diem", "phases": PHASES}},
    "weighted": {"scheme": "weighted_capitation", "amount_per_head": 700, "reward_share": 0.05, "scores": [80, 95.5],
                 "factors": [{"name": "age", "weight": 0.3, "index": [1.1, 0.92]}, {"name": "past cost", "weight": 0.2}]},
    "signed by cost": {"scheme": "signed_quota", "base_measure": "cost", "signed_share": 0.4, "months": 10,
                       "procurement_cut": 0.03, "range": "outpatient"},
}  # fmt: skip
"""What the options of conf/ leave switched off."""


def configs() -> dict[str, Any]:
    own = {name: load_config([f"payment={name}"]).payment for name in PAYMENTS}
    return own | {name: scheme_config(values) for name, values in MORE.items()}


CONFIGS = configs()


def asked(config: Any, claims: Claims, history: Any, rows: Any, prepared: Any = None) -> Asked:
    known = SCHEMES[config.scheme].prepare(config, history) if prepared is None else prepared
    return Asked(config, known, history, claims, np.asarray(rows, dtype=np.int64))


def differences(config: Any, claims: Claims, history: Any, every_row: bool = True) -> list[str]:
    """Rows and sets of rows whose steps do not come to what was paid: claims, provider-years, the fund-year."""
    scheme = SCHEMES[config.scheme]
    prepared = scheme.prepare(config, history)
    receipts = scheme.pay(config, prepared, claims, make_providers(2)).receipts
    sets = {f"row {k}": [k] for k in range(len(receipts))} if every_row else {}
    sets["the fund's year"] = list(range(len(receipts)))
    for provider in np.unique(claims.provider):
        sets[f"provider {provider}"] = np.flatnonzero(claims.provider == provider)
        for category in range(len(CATEGORIES)):
            rows = np.flatnonzero((claims.provider == provider) & (claims.category == category))
            if len(rows):
                sets[f"provider {provider}, category {category}"] = rows
    wrong = []
    for name, rows in sets.items():
        told = last_amount(scheme.steps(asked(config, claims, history, rows, prepared)))
        if told != (paid := int(receipts[rows].sum())):
            wrong.append(f"{name}: {told} for {paid}")
    return wrong


BILLS = st.lists(
    st.fixed_dictionaries(
        {
            "tier": st.sampled_from(["township", "county", "county", "city"]),
            "category": st.sampled_from(["outpatient", "chronic", "inpatient", "inpatient", "inpatient"]),
            "group": st.integers(0, 2),
            "home": st.integers(0, 1),
            "at": st.integers(0, 1),
            "insurance": st.sampled_from(["resident", "resident", "resident", "employee", "none"]),
            "cases": st.integers(1, 4),
            "days": st.integers(0, 60),
            "fen": st.tuples(st.integers(0, 5_000_000), st.integers(0, 5_000_000)),
        }
    ),
    min_size=1, max_size=12,
)  # fmt: skip
SURE = [
    {"tier": "county", "category": kind, "group": group, "home": 0, "insurance": "resident", "cases": 2, "days": 9,
     "fen": (300_000, 500_000)} for kind, group in (("inpatient", 0), ("inpatient", 1), ("outpatient", 1))
]  # fmt: skip
"""Every rate can be found from the past."""


# --- payment --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CONFIGS)
@settings(max_examples=3, deadline=None)
@given(rows=BILLS, past=BILLS)
def test_the_steps_come_to_what_was_paid(name, rows, past):
    history = make_history([as_claims([*past, *SURE]), as_claims([*SURE, *rows])], [[90, 40], [100, 50]], weights=WEIGHTS, now=[110, 45])
    history = history._replace(visit_weights=ints(*(ppm(w) for w in WEIGHTS)), signed=ints(60, 20))
    assert not differences(CONFIGS[name], as_claims(rows), history)[:3]
