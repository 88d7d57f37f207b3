"""Lists that hold a value for each institution or community have its length; ratios and amounts stay within bounds."""

import pytest

from sim.config import load_config
from sim.core.errors import ConfigError
from sim.money.payment import budget
from sim.money.payment.lists import check_lists
from sim.pipeline import run_history
from tests.money_world import make_claims, make_history
from tests.settle_world import county

SMALL = ["population.residents=300", "years.history=1", "years.reform=1", "years.warm_up=0"]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["payment=cap", "payment.caps=[5,000,6,000]"], r"payment\.caps(?s:.*)4 values: \[5, 0, 6, 0\](?s:.*)2 values"),
        (["payment=cap", "payment.caps=[5000]"], r"payment\.caps(?s:.*)1 values(?s:.*)2 values(?s:.*)institution"),
        (["payment=cap", "payment.caps=[1,2,null]"], r"payment\.caps(?s:.*)3 values: \[1, 2, null\]"),
        (["payment=package", "payment.within={scheme: cap, caps: [1]}"], r"payment\.within\.caps"),
        (["payment=weighted_capitation", "payment.scores=[1]"], r"one value for each community(?s:.*)payment\.scores"),
        (
            ["payment=weighted_capitation", "payment.factors=[{weight: 1, index: [1, 1]}]"],
            r"payment\.factors\.0\.index(?s:.*)2 values(?s:.*)3 values",
        ),
    ],
)
def test_a_list_of_another_length_is_refused(words, where):
    with pytest.raises(ConfigError, match=where):
        check_lists(load_config(words).payment, 2, 3)


def test_a_list_as_long_as_what_it_is_for_is_taken():
    check_lists(load_config(["payment=cap", "payment.caps=[5000,null]"]).payment, 2, 3)
    check_lists(load_config(["payment=cap"]).payment, 2, 3)


def test_settle_and_a_simulation_refuse_it(tmp_path):
    with pytest.raises(ConfigError, match=r"payment\.caps"):
        county(tmp_path / "out", "payment=cap", "payment.caps=[1,2,3]")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigError, match=r"payment\.caps(?s:.*)3 values"):
        run_history(load_config([*SMALL, "payment=cap", "payment.caps=[1,2,3]"]), 0)
    with pytest.raises(ConfigError, match=r"current_payment\.caps"):
        run_history(load_config([*SMALL, "current_payment={scheme: cap, caps: [1,2,3]}"]), 0)


@pytest.mark.parametrize(
    "words",
    [
        ["payment=drg", "payment.rate=6000", "payment.coefficient.county=85"],  # per cent
        ["payment=weighted_capitation", "payment.factors=[{weight: 1, index: [105, 95]}]"],
        ["payment=weighted_capitation", "payment.factors=[{weight: 1000000, index: [1, 1]}]"],
        ["payment=cap", "payment.cap_ratio=90"],
        ["payment=per_diem", "payment.phases=[{factor: 100}]"],
        ["payment=signed_quota", "payment.purchase_ratio=106"],
        ["payment=budget", "payment.pool=1e13"],
        ["payment=cap", "payment.caps=[1e300, 1]"],
        ["payment=cap", "payment.caps=[-1, 1]"],
    ],
)
def test_what_cannot_be_a_ratio_or_an_amount_is_refused(words):
    with pytest.raises(ConfigError):
        load_config(words)


def test_a_simulation_without_persons_is_told_in_its_own_words():
    history = make_history([make_claims([{"tier": "county", "charge": 10, "statutory": 5}])], [[0, 0]])
    with pytest.raises(ConfigError, match="needs the number of insured persons") as error:
        budget.prepare(budget.Config(growth=0), history)
    assert "enrolment" not in str(error.value)
    assert "base=last_year" in error.value.todo
