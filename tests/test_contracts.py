"""Contracts with family doctor teams: signing, renewal, lapse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.contracts import Config, ContractRules, compile_rules, sign_or_renew
from sim.randomness import Key
from sim.rules import kernel
from tests.core_world import alike, assert_share, person

KEY = Key(8, 0)
CONFIG = Config()
RULES = compile_rules(CONFIG)


@kernel
def sign_all(residents: np.ndarray, rules: ContractRules, effort: float, key: Key, year: int) -> None:
    for row in range(len(residents)):
        sign_or_renew(residents[row], rules, effort, key, year)


def signed(effort: float = 0.0, year: int = 1, **fields: Any) -> np.ndarray:
    people = alike(40_000, **fields)
    sign_all(people, RULES, effort, KEY, year)
    return people["signed"]


@pytest.mark.parametrize("effort", [0.0, 0.6])
@pytest.mark.parametrize(("fields", "rate"), [
    ({"age": 40}, RULES.sign),
    ({"age": 64, "chronic": 1}, RULES.sign),  # nobody knows yet
    ({"age": 40, "chronic": 2, "diagnosed": 2}, RULES.sign_chronic),
    ({"age": 65}, RULES.sign_chronic),
])  # fmt: skip
def test_signing(fields: dict[str, int], rate: float, effort: float) -> None:
    years = signed(effort, **fields)
    assert_share(years == 1, rate + effort * RULES.effort_gain)
    assert not (years > 1).any()


@pytest.mark.parametrize("years", [1, 7, 100])
def test_renewal_counts_years_and_lapse_ends_them(years: int) -> None:
    after = signed(signed=years)
    assert_share(after == min(years + 1, 100), CONFIG.renew)
    assert_share(after == 0, 1 - CONFIG.renew)


def test_who_works_away_has_no_contract() -> None:
    assert not signed(away=1, signed=3).any()
    assert not signed(away=1, effort=1.0).any()


def test_the_share_signed_settles_where_signing_and_lapse_balance() -> None:
    people = alike(40_000, age=40)
    for year in range(25):
        sign_all(people, RULES, 0.0, KEY, year)
    assert_share(people["signed"] > 0, CONFIG.sign / (CONFIG.sign + 1 - CONFIG.renew))


@given(st.integers(0, 2**40), st.integers(0, 70), st.floats(0, 1), st.floats(0, 1))
def test_more_effort_never_loses_a_contract(key: int, year: int, less: float, more: float) -> None:
    """Arms share their luck: the same draw decides under any effort."""
    one, other = person(key=key, age=40), person(key=key, age=40)
    sign_or_renew(one, RULES, min(less, more), KEY, year)
    sign_or_renew(other, RULES, max(less, more), KEY, year)
    assert one.signed <= other.signed
