"""Errors that travel: to another place of the configuration, and from a worker process."""

from __future__ import annotations

import pickle
from copy import copy

import pytest

from sim.core.errors import ConfigError, CountyFundError
from sim.money.base_years import NoHeads, NoPast

ERRORS = [
    ConfigError("no rate", where="{at}.rate", value=0, bound="> 0", todo="give {at}.rate or {at}.pool"),
    NoHeads(2024, [0, 2]),
    NoPast(0, "{at}.rate and {at}.coefficient"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_after_a_copy_and_in_another_process(error: CountyFundError) -> None:
    for again in (copy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_scheme_may_stand_anywhere() -> None:
    """Inside another, and as the rule of the history years; the first error stays as it was."""
    (error, _, past) = ERRORS
    inside = error.at("payment.within")
    assert (inside.where, inside.todo) == ("payment.within.rate", "give payment.within.rate or payment.within.pool")
    before = inside.at("current_payment")
    assert (before.where, before.todo) == (
        "current_payment.within.rate",
        "give current_payment.within.rate or current_payment.within.pool",
    )
    assert "to do: give current_payment.within.rate or" in str(before)
    assert error.where == "payment.rate"
    assert past.at("current_payment").todo.startswith("give current_payment.rate and current_payment.coefficient,")
