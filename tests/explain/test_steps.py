"""Each rule tells its own steps; worked out from what they show, they come to the fen that was paid and settled."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config import load_config
from sim.core.paths import conf_dir
from sim.core.text import Text
from sim.core.units import fen, ppm
from sim.explain import distribution
from sim.explain import settlement as settlement_steps
from sim.explain.payment import EXPLANATIONS
from sim.explain.payment import apg as apg_steps
from sim.explain.payment import deviation as deviation_steps
from sim.explain.payment import dip as dip_steps
from sim.explain.payment import drg as drg_steps
from sim.explain.payment.asked import Asked
from sim.explain.payment.inner import INSIDE
from sim.explain.steps import Step, as_text, last_amount, parameter, ratio
from sim.money import settlement
from sim.money.payment import SCHEMES, apg, dip
from sim.money.payment.inner import INSIDE as SCHEMES_INSIDE
from sim.money.settlement import shared, turnover
from sim.tables import CATEGORIES, Claims
from tests.money.test_payment import EVEN, WEIGHTS, as_claims, named, scheme_config
from tests.money_world import cases, ints, make_claims, make_history, make_providers

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
    "drg points of charges": {"scheme": "drg", "form": "points", "coefficient_of": "charge", "outlier": OUTLIER},
    "dip of charges": {"scheme": "dip", "coefficient_of": "charge"},
    "budget of charges": {"scheme": "budget", "points": "charge"},
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
                 "factors": [{"name": "age", "weight": 0.3, "index": [1.1, 0.92]}, {"name": "cost", "weight": 0.2}]},
    "weighted by kind": {"scheme": "weighted_capitation", "within": "dip", "visits": "apg"},
    "signed by cost": {"scheme": "signed_quota", "base_measure": "cost", "signed_share": 0.4, "months": 10,
                       "procurement_saving": 0.06, "procurement_cycle": 0, "range": "outpatient"},
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
        told = last_amount(EXPLANATIONS[config.scheme].steps(asked(config, claims, history, rows, prepared)))
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
    min_size=1,
    max_size=12,
)
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
    history = make_history(
        [as_claims([*past, *SURE]), as_claims([*SURE, *rows])], [[90, 40], [100, 50]], weights=WEIGHTS, now=[110, 45]
    )
    history = history._replace(visit_weights=ints(*(ppm(w) for w in WEIGHTS)), signed=ints(60, 20))
    assert not differences(CONFIGS[name], as_claims(rows), history)[:3]


@pytest.mark.parametrize("name", CONFIGS)
def test_bills_that_the_benefit_does_not_cover_are_told_as_the_patients(name):
    alone = [SURE[0] | {"tier": "township", "category": kind, "fen": (0, 40_000)} for kind in CATEGORIES]
    claims = as_claims([*SURE, *alone])
    history = make_history([claims], [[90, 40]], weights=WEIGHTS)._replace(
        visit_weights=ints(*(ppm(w) for w in WEIGHTS)), signed=ints(60, 20)
    )
    assert not differences(CONFIGS[name], claims, history)
    question = asked(CONFIGS[name], claims, history, [len(SURE)])
    assert "the benefit covers none of the bill" in as_text("", EXPLANATIONS[CONFIGS[name].scheme].steps(question))


def history_of(case: dict[str, Any]) -> Any:
    years = [make_claims(rows, year) for year, rows in enumerate(case.get("years", [[]]))]
    history = make_history(years, [[100]] * len(years), weights=case["weights"])
    if "visit_weights" in case:
        history = history._replace(visit_weights=ints(*(ppm(w) for w in case["visit_weights"])))
    return history


@named(WORKED)
def test_worked_cases_are_explained(case):
    assert not differences(scheme_config(case["payment"]), make_claims(case["claims"]), history_of(case))[:3]


@pytest.mark.parametrize("told", cases("explain.yaml"), ids=lambda told: told["case"])
def test_every_step_of_a_hand_worked_bill(told):
    case = next(case for case in WORKED if case["name"] == told["case"])
    config = scheme_config(case["payment"])
    question = asked(config, make_claims(case["claims"]), history_of(case), [told["row"]])
    steps = EXPLANATIONS[config.scheme].steps(question)
    found = {step.what.en: step.result for step in steps}
    assert {name: found.get(name) for name in told["steps"]} == told["steps"]
    text = as_text("", steps)
    assert [words for words in told["says"] if words not in text] == [], text


@named(cases("methods.yaml")["visits"])
def test_services_of_a_visit_are_explained(case):
    config = apg.Config(rate=case["rate"], **case.get("config", {}))
    items = [apg.Item(kind, ppm(weight), *more) for kind, weight, *more in case["items"]]
    steps = apg_steps.item_steps(config, items)
    assert steps[-1].result == ratio(apg.visit_weight(config, items))
    keys = {item.key for step in steps for item in step.items}
    assert keys >= {"payment.consolidate", "payment.further_share", "payment.package"}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_parameter_that_is_named_exists_and_has_a_source(name):
    """Keys are those of the configuration, whatever holds the method."""
    config, history = CONFIGS[name], make_history([as_claims(SURE)], [[90, 40]], weights=WEIGHTS)
    steps = EXPLANATIONS[config.scheme].steps(asked(config, as_claims(SURE), history, range(len(SURE))))
    for item in (item for step in steps for item in step.items if item.key and item.key != "claims.growth"):
        assert parameter(config, item.key.removeprefix("payment."), "payment").key == item.key
        assert item.source, item.key
    words = [text for step in steps for text in (step.what, step.rule, *(item.name for item in step.items))]
    assert all(text.en and text.zh for text in words)
    "".join(text.zh for text in words).encode("gb2312")  # or the shipped font lacks it


# --- settlement -----------------------------------------------------------------------------------------------------
RULES: dict[str, Any] = {name: load_config([f"settlement={name}"]).settlement for name in SETTLEMENTS} | {
    case["name"]: settlement.Sharing(**case["rule"]) for case in cases("settlement.yaml")["sharing"]
}


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=8, deadline=None)
@given(
    budget=st.integers(0, 10**11),
    share=st.floats(-0.5, 0.5),
    quality=st.sampled_from([0, 0.37, 0.8, 1]),
    heads=st.one_of(st.none(), st.integers(0, 80_000)),
)
def test_the_steps_of_sharing_come_to_the_transfer(name, budget, share, quality, heads):
    balance = round(budget * share)
    steps = settlement_steps.sharing_steps(RULES[name], budget, balance, quality, heads)
    assert last_amount(steps) == shared(RULES[name], budget, balance, quality, heads)


@named(cases("settlement.yaml")["sharing"])
def test_worked_sharing_is_explained(case):
    rule = settlement.Sharing(**case["rule"])
    steps = settlement_steps.sharing_steps(rule, fen(case["budget"]), fen(case["balance"]), case.get("quality", 1.0))
    assert last_amount(steps) == fen(case["transfer"])


def test_every_step_of_a_risk_corridor():
    # surplus 100,000 of 1,000,000: 30,000 + 0.5 x 50,000 + 0.2 x 20,000 = 59,000
    case = next(
        case for case in cases("settlement.yaml")["sharing"] if case["name"] == "risk corridor, surplus of 10 %"
    )
    steps = settlement_steps.sharing_steps(settlement.Sharing(**case["rule"]), fen(1_000_000), fen(100_000))
    assert [step.result for step in steps] == ["30000.00 yuan", "25000.00 yuan", "4000.00 yuan", "59000.00 yuan"]
    assert "settlement.surplus_bands.1.share" in as_text("", steps)


def test_every_step_of_savings_shared_by_quality():
    # 3.1 % saved, at least 3 % needed: 3,100,000 x 0.5 x 0.8 = 1,240,000, below the cap of 10,000,000
    case = next(case for case in cases("settlement.yaml")["sharing"] if "3.1 %" in case["name"])
    text = as_text(
        "", settlement_steps.sharing_steps(settlement.Sharing(**case["rule"]), fen(100_000_000), fen(3_100_000), 0.8)
    )
    wanted = ("3000000.00 yuan: reached", "quality score q: 0.8", "share used: 0.4", "1240000.00 yuan",
              "10000000.00 yuan", "settlement.minimum_rate;", "settlement.surplus_quality;",
              "settlement.surplus_cap;")  # fmt: skip
    assert [words for words in wanted if words not in text] == [], text


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"lump_per_head": 690.5},
        {"lump_per_head": 690.5, "growth": 0.03, "revenue_cap": False},
        {"base": "mean", "base_years": 2},
        {"base": "last_year", "rebase": "rolling"},
        {"head_rate": "pool"},
    ],
)
def test_the_steps_of_a_budget_come_to_it(terms):
    config = settlement.Config(**terms)
    past = [as_claims(SURE), as_claims(SURE, 2), as_claims([row | {"home": 1} for row in SURE], 3)]
    history = make_history(past, [[90, 40], [100, 50], [120, 44]], year=4, reform=3, now=[110, 45])
    for available in (10**5, 10**12):
        whole = settlement.budget(config, history, available, 155)
        told = [last_amount(settlement_steps.budget_steps(config, history, available, 155, k)) for k in range(2)]
        assert told == whole.tolist()


@given(balance=st.integers(-(10**9), 10**9))
@settings(max_examples=10, deadline=None)
def test_the_steps_of_a_distribution_come_to_its_parts(balance):
    steps = distribution.distribution_steps(settlement.Config(), make_providers(2), balance, 2, 1)
    assert last_amount(steps) == balance


@given(inflow=st.integers(0, 10**9), outflow=st.integers(0, 10**9), own=st.integers(0, 10**10))
@settings(max_examples=20, deadline=None)
def test_the_steps_of_turnover_come_to_what_is_returned(inflow, outflow, own):
    config = settlement.Config(surplus_cap=0.075)
    flows = inflow, outflow, own
    steps = settlement_steps.turnover_steps(config, 1_234_567_890, flows, 12_345)
    assert last_amount(steps) == turnover(config.contract, config, 1_234_567_890, flows, 12_345).returned


@pytest.mark.parametrize(
    "name", ["weighted_capitation", "signed_quota", "weighted", "weighted by kind", "signed by cost"]
)
@settings(max_examples=5, deadline=None)
@given(rows=BILLS)
def test_the_steps_of_a_budget_of_its_own_come_to_it(name, rows):
    config = CONFIGS[name]
    scheme = SCHEMES[config.scheme]
    history = make_history([as_claims([*SURE, *rows])], [[90, 40]], weights=WEIGHTS, now=[110, 45])
    claims = as_claims([*rows, *SURE])
    question = asked(config, claims, history, range(len(claims.cases)))
    receipts = scheme.pay(config, question.prepared, claims, make_providers(2)).receipts

    def base() -> Any:
        return ints(123_456_789, 7_654_321)

    assert scheme.budgets is not None
    budget_steps = EXPLANATIONS[config.scheme].budget_steps
    assert budget_steps is not None
    whole = scheme.budgets(config, question.prepared, base, claims, receipts)
    assert [last_amount(budget_steps(question, base, receipts, k)) for k in range(2)] == whole.tolist()


# --- the equality can fail ------------------------------------------------------------------------------------------
def even(*arguments: Any, **more: Any) -> Any:
    """Coefficients that are not those in force."""
    return ints(*[10**6] * 5), [Step(Text("a", "a"), Text("b", "b"), (), "c")]


@pytest.mark.parametrize("module", [drg_steps, dip_steps])
def test_a_coefficient_left_out_is_found(module, monkeypatch):
    history = make_history([as_claims(SURE)], [[100, 50]], weights=WEIGHTS)
    claims = as_claims([*SURE, SURE[0] | {"tier": "township"}])
    config = scheme_config({"scheme": module.__name__.rpartition(".")[2], "coefficient": EVEN | {"township": 0.6}})
    assert not differences(config, claims, history)
    monkeypatch.setattr(module, "coefficient_steps", even)
    assert differences(config, claims, history)


def test_case_coefficients_left_out_are_found(monkeypatch):
    case = next(case for case in WORKED if case["name"].startswith("DIP case 3"))
    config, claims, history = scheme_config(case["payment"]), make_claims(case["claims"]), history_of(case)
    assert not differences(config, claims, history)
    same = ints(10**6)
    monkeypatch.setattr(deviation_steps, "coefficient_of_case_steps", lambda *a: ([], np.repeat(same, len(a[2]))))
    assert differences(config, claims, history)


def test_a_minimum_rate_left_out_is_found(monkeypatch):
    rule = settlement.Sharing(retained_share=0.5, minimum_rate=0.03)
    assert last_amount(settlement_steps.sharing_steps(rule, 10_000, 200)) == shared(rule, 10_000, 200)
    monkeypatch.setattr(settlement_steps, "_gate_steps", lambda *a: ([], 0))
    assert last_amount(settlement_steps.sharing_steps(rule, 10_000, 200)) != shared(rule, 10_000, 200)


# --- words ----------------------------------------------------------------------------------------------------------
def test_a_parameter_tells_its_value_unit_and_source():
    item = parameter(dip.Config(), "coefficient.county", "payment.within")
    assert (item.key, item.value) == ("payment.within.coefficient.county", "null")
    assert isinstance(item.source, str)
    assert item.source.startswith("published-results 4.1")


def test_every_scheme_is_explained() -> None:
    """A scheme that nobody explains, or an explanation of none, would only be found when somebody asks."""
    assert set(EXPLANATIONS) == set(SCHEMES)
    own_budget = {name for name, scheme in SCHEMES.items() if scheme.budgets is not None}
    assert own_budget == {name for name, explanation in EXPLANATIONS.items() if explanation.budget_steps is not None}
    assert set(INSIDE) == set(SCHEMES_INSIDE)
