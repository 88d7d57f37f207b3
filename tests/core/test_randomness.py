"""Philox against its published vectors, and the distributions made of it against scipy's."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.core import randomness
from sim.core.randomness import Key, exponential, gamma, normal, philox4x32, poisson, unit, unit53, words
from sim.core.rules import kernel

KEY = Key(20_220_601, 3)
COUNT = 40_000
DOUBT = 1e-4
"""A test of many fixed draws fails below this p-value: seeds are fixed, so it is passed once and for all."""

ONES = 0xFFFFFFFF
KNOWN_ANSWERS = [  # Random123, kat_vectors, philox4x32 10 rounds: counter, key, output
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),  # the digits of pi
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@kernel
def compiled_philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    return philox4x32(c0, c1, c2, c3, k0, k1)


@kernel
def draw_words(key: Key, places: np.ndarray, out: np.ndarray) -> None:
    for n in range(len(places)):
        who, decision, period, index = places[n]
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = words(key, who, decision, period, index)


@kernel
def draw_gamma(key: Key, shape: float, out: np.ndarray) -> None:
    for n in range(len(out)):
        out[n] = gamma(key, n, 2, 0, shape)


def addresses(count: int, **varying: int) -> np.ndarray:
    """Addresses that differ in one part only."""
    places = np.tile(np.array([7, 20, 5, 0], dtype=np.int64), (count, 1))
    ((name, step),) = varying.items()
    places[:, ("who", "decision", "period", "index").index(name)] = np.arange(count) * step
    return places


def units(places: np.ndarray, key: Key = KEY) -> np.ndarray:
    """[address, word] uniform numbers."""
    out = np.empty((len(places), 4), dtype=np.int64)
    draw_words(key, places, out)
    return unit(out)


# --- the generator ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("function", [philox4x32, compiled_philox], ids=["plain", "compiled"])
@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_published_vectors(function: Any, counter: Any, key: Any, output: Any) -> None:
    assert function(*counter, *key) == output


@pytest.mark.parametrize("rounds", [9, 11])
def test_a_round_too_few_or_too_many_is_found(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomness, "range", lambda _: range(rounds), raising=False)
    with pytest.raises(AssertionError):
        test_published_vectors(philox4x32, *KNOWN_ANSWERS[2])


word = st.integers(0, ONES)


@given(st.tuples(*[word] * 6))
def test_plain_and_compiled_are_the_same(counter_and_key: Any) -> None:
    assert philox4x32(*counter_and_key) == compiled_philox(*counter_and_key)


@given(st.data())
def test_addresses_that_differ_have_words_that_differ(data: st.DataObject) -> None:
    """No two addresses share a counter, up to the documented bounds of each part."""
    address = st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 255), st.integers(0, ONES), st.integers(0, 2**24 - 1))
    one, other = data.draw(address), data.draw(address)
    seen: list[tuple[int, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(randomness, "philox4x32", lambda *counter: seen.append(counter) or (0, 0, 0, 0))
        words(KEY, *one)
        words(KEY, *other)
    assert (seen[0] == seen[1]) == (one == other)
    assert all(0 <= part <= ONES for counter in seen for part in counter)


# --- uniform numbers -------------------------------------------------------------------------------------------------
def test_unit_is_strictly_between_0_and_1() -> None:
    assert unit(0) == 2.0**-33
    assert unit(ONES) == 1.0 - 2.0**-33
    assert unit53(0, 0) == 0.0
    assert unit53(ONES, ONES) == 1.0 - 2.0**-53


def assert_uniform(u: np.ndarray) -> None:
    """Each word is uniform; words of one address, and the same word of neighbouring addresses, are independent."""
    for column in u.T:
        assert stats.kstest(column, "uniform").pvalue > DOUBT
        assert independent(column[:-1], column[1:])
    for one, other in itertools.combinations(u.T, 2):
        assert independent(one, other)


def independent(x: np.ndarray, y: np.ndarray, cells: int = 16) -> bool:
    table = np.bincount((x * cells).astype(int) * cells + (y * cells).astype(int), minlength=cells**2)
    return bool(stats.chisquare(table).pvalue > DOUBT)


@pytest.mark.parametrize(
    "varying", [{"who": 1}, {"who": 1 << 32}, {"period": 1}, {"index": 1}], ids=["who", "generation", "period", "index"]
)
def test_neighbouring_addresses_are_independent_and_uniform(varying: dict[str, int]) -> None:
    assert_uniform(units(addresses(COUNT, **varying)))


def test_decisions_seeds_and_replications_are_independent() -> None:
    people = addresses(COUNT, who=1)
    base = units(people)[:, 0]
    other = people.copy()
    other[:, 1] += 1
    for column in (
        units(other),
        units(people, KEY._replace(seed=KEY.seed + 1)),
        units(people, KEY._replace(replication=4)),
    ):
        assert independent(base, column[:, 0])


def test_a_weak_generator_is_found() -> None:
    """The same tests on a counter that was hardly mixed, and on draws that forget the period."""
    places = addresses(COUNT, who=1)
    weak = (places[:, [0, 0, 0, 0]] * 0x9E3779B9 & ONES) / 2.0**32
    with pytest.raises(AssertionError):
        assert_uniform(weak)
    with pytest.raises(AssertionError):
        assert_uniform(units(addresses(COUNT, period=0)))


# --- other distributions ---------------------------------------------------------------------------------------------
def test_exponential() -> None:
    u = units(addresses(COUNT, who=1))[:, 0]
    assert stats.kstest([exponential(x) for x in u], "expon").pvalue > DOUBT


@given(st.integers(0, ONES).map(unit))
def test_normal_is_the_inverse_of_scipys_distribution(u: float) -> None:
    assert normal(u) == pytest.approx(stats.norm.ppf(u), rel=1e-13, abs=1e-15)


def test_normal_rises_where_its_branches_meet_and_is_even_at_the_ends() -> None:
    for at in (0.075, 0.5, 0.925):
        nearest = int(at * 2**32)
        values = [normal(unit(number)) for number in range(nearest - 3, nearest + 4)]
        assert all(a < b for a, b in itertools.pairwise(values))
    assert normal(unit(0)) == -normal(unit(ONES)) == pytest.approx(stats.norm.ppf(2.0**-33), rel=1e-13)
    assert normal(0.5) == 0.0


def test_normal_draws() -> None:
    x = [normal(u) for u in units(addresses(COUNT, who=1))[:, 0]]
    assert stats.kstest(x, "norm").pvalue > DOUBT


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 2.5, 40.0])
def test_gamma(shape: float) -> None:
    out = np.empty(COUNT)
    draw_gamma(KEY, shape, out)
    assert stats.kstest(out, "gamma", args=(shape,)).pvalue > DOUBT
    assert out[17] == gamma(KEY, 17, 2, 0, shape)


means = st.floats(0, 9)
chances = st.integers(0, ONES).map(unit)


@settings(max_examples=300)
@given(chances, means)
def test_poisson_is_the_inverse_of_scipys_distribution(u: float, mean: float) -> None:
    count = poisson(u, mean, math.exp(-mean))
    if count < 30:
        assert stats.poisson.cdf(count, mean) >= u - 1e-9
    assert count == 0 or stats.poisson.cdf(count - 1, mean) <= u + 1e-9


@given(chances, chances, means, means)
def test_poisson_grows_with_luck_and_with_its_mean(u: float, v: float, mean: float, other: float) -> None:
    (u, v), (mean, other) = sorted([u, v]), sorted([mean, other])
    low = poisson(u, mean, math.exp(-mean))
    assert low <= poisson(v, mean, math.exp(-mean))
    assert low <= poisson(u, other, math.exp(-other))


def test_poisson_of_the_middle_of_every_cell() -> None:
    """Mean and distribution over a fine grid of luck: exact but for the grid."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    for mean in (0.02, 0.7, 3.0):
        counts = np.array([poisson(u, mean, math.exp(-mean)) for u in grid])
        assert counts.mean() == pytest.approx(mean, abs=1e-3)
        assert np.bincount(counts, minlength=12)[:4] / len(grid) == pytest.approx(
            stats.poisson.pmf(np.arange(4), mean), abs=1e-4
        )
