"""Money is integer fen: rounding, shares and exact splits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.units import PPM, fen, largest_remainder, part, parts, ppm, yuan
from sim.money.payment.split import split_by_provider, split_rows

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("amount", "expected"), [(0, 0), (12.345, 1235), (0.005, 1), (-1.5, -150), (1.005, 101), (1e9, 10**11)]
)
def test_fen_rounds_half_up(amount, expected):
    assert fen(amount) == expected


@given(st.integers(-(10**13), 10**13))
def test_yuan_and_back(amount):
    assert fen(yuan(amount)) == amount


@given(AMOUNTS, st.integers(0, 2 * PPM))
def test_part_rounds_half_up_exactly(amount, share):
    exact = Fraction(amount * share, PPM)
    assert part(amount, share) == (exact + Fraction(1, 2)).__floor__()
    assert parts(np.array([amount]), share)[0] == part(amount, share)


@given(AMOUNTS)
def test_whole_part_is_the_whole(amount):
    assert part(amount, ppm(1.0)) == amount
    assert part(amount, 0) == 0


@given(AMOUNTS, WEIGHTS)
def test_largest_remainder_sums_to_the_whole(total, weights):
    shares = largest_remainder(total, weights)
    assert shares.sum() == total
    whole = sum(weights)
    if whole:
        assert all(abs(int(s) - Fraction(total * w, whole)) < 1 for s, w in zip(shares, weights, strict=True))


@given(AMOUNTS, WEIGHTS, st.randoms(use_true_random=False))
def test_largest_remainder_depends_on_order_only_by_a_fen_on_ties(total, weights, random):
    order = list(range(len(weights)))
    random.shuffle(order)
    shuffled = largest_remainder(total, [weights[k] for k in order])
    assert np.abs(shuffled - largest_remainder(total, weights)[order]).max() <= 1


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_largest_remainder_refuses(weights):
    with pytest.raises(ValueError, match="largest_remainder needs"):
        largest_remainder(10, weights)


@given(st.integers(-(10**16), 10**16), WEIGHTS)
def test_long_splits_agree_with_largest_remainder(total, weights):
    assert split_rows(total, np.array(weights)).tolist() == largest_remainder(total, weights).tolist()


@given(AMOUNTS, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 5)), min_size=1, max_size=40), st.randoms())
def test_split_by_provider(total, rows, random):
    weights, provider = (np.array(column) for column in zip(*rows, strict=True))
    if weights.sum() == 0:
        assert split_by_provider(total, weights, provider).tolist() == [0] * len(rows)
        return
    shares = split_by_provider(total, weights, provider)
    assert shares.sum() == total
    # what a provider gets does not depend on the order of rows
    order = np.array(random.sample(range(len(rows)), len(rows)))
    again = split_by_provider(total, weights[order], provider[order])
    for p in set(provider.tolist()):
        assert shares[provider == p].sum() == again[provider[order] == p].sum()
