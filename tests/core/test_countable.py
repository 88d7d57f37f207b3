"""Sums and products of whole fen are exact at the bounds of every column, or refused: 64 bits never wrap."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.errors import CountyFundError, countable
from sim.core.units import PPM, largest_remainder, millionths, part, parts, product
from sim.money.history import sum_by
from sim.money.payment.split import split_by_provider, split_rows
from tests.settle.test_rules import GROUPS, HEADS, fund, refusal, settled

AMOUNT = st.integers(-(10**15), 10**15)
"""Fen: the most that a file may sum to."""
CELL = st.integers(0, 10**13)
COUNT = st.integers(0, 10**9)
SHARE = st.integers(0, 10 * PPM)


def half_up(number: Fraction) -> int:
    return (number + Fraction(1, 2)).__floor__()


@given(st.lists(st.tuples(AMOUNT, SHARE), min_size=1, max_size=8))
def test_parts_of_amounts_are_those_of_whole_numbers(pairs):
    amounts, shares = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    exact = [half_up(Fraction(a * s, PPM)) for a, s in pairs]
    assert parts(amounts, shares).tolist() == exact
    assert [int(part(np.int64(a), np.int64(s))) for a, s in pairs] == exact


@given(st.lists(st.tuples(AMOUNT, st.integers(0, 10**12)), min_size=1, max_size=8))
def test_products_and_parts_are_exact_or_refused(pairs):
    left, right = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    for made, exact in (
        (product, [a * b for a, b in pairs]),
        (parts, [half_up(Fraction(a * b, PPM)) for a, b in pairs]),
    ):
        try:
            found = made(left, right)
        except OverflowError:
            assert sum(map(abs, exact)) >= 2**61
        else:
            assert found.tolist() == exact
            assert int(found.sum()) == sum(exact)


@given(st.lists(st.tuples(CELL, st.integers(1, 10**13)), min_size=1, max_size=8))
def test_ratios_are_exact(pairs):
    top, bottom = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    if max(-(-a * PPM // b) for a, b in pairs) >= 2**63:
        with pytest.raises(OverflowError):
            millionths(top, bottom, bottom - 1)
        return
    assert millionths(top, bottom).tolist() == [a * PPM // b for a, b in pairs]
    assert millionths(top, bottom, bottom // 2).tolist() == [(a * PPM + b // 2) // b for a, b in pairs]
    assert millionths(top, bottom, bottom - 1).tolist() == [-(-a * PPM // b) for a, b in pairs]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-(2**62), 2**62)), max_size=12))
def test_sums_by_index_are_exact_or_refused(pairs):
    index, amounts = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    exact = [sum(a for i, a in pairs if i == k) for k in range(3)]
    try:
        found = sum_by(index, amounts, 3)
    except OverflowError:
        assert max(sum(abs(a) for i, a in pairs if i == k) for k in range(3)) >= 2**61
    else:
        assert found.tolist() == exact


@given(AMOUNT, st.lists(CELL, min_size=1, max_size=8).filter(any), st.data())
def test_splits_are_those_of_whole_numbers(total, weights, data):
    exact = largest_remainder(total, weights).tolist()
    assert split_rows(total, np.array(weights, dtype=np.int64)).tolist() == exact
    provider = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(weights), max_size=len(weights))))
    assert int(split_by_provider(total, np.array(weights, dtype=np.int64), provider).sum()) == total


def test_what_cannot_be_counted_is_told():
    with (
        pytest.raises(CountyFundError, match=r"too large to be computed exactly(?s:.*)where: the test"),
        countable("the test"),
    ):
        product(np.array([2**40]), 2**40)


# --- a large province through `settle` --------------------------------------------------------------------------------
BIG = 95_400_000_000
"""Yuan of one row: two rows are 190.8 billion, as the fund of a large province."""
HEAD = "claim,person,provider,date,category,group,cases,days,charge,covered,statutory\n"
LARGE = "".join(
    f"{n},P{n},{place},{{year}}-05-0{n},inpatient,G1,100000000,800000000,{BIG},{BIG},{BIG}\n"
    for n, place in ((1, "H1"), (2, "T1"))
)
NOW = HEAD + LARGE.format(year=2024)
PAST = HEAD + LARGE.format(year=2023)
EXACT = {
    "ffs": [],
    "budget": ["payment.growth=0"],
    "budget by heads": ["payment=budget", "payment.growth=0", "payment.base=head_count"],
    "cap": ["payment.growth=0"],
    "dip": ["payment.growth=0", "payment.coefficient=1"],
    "drg": ["claims.growth=0", "payment.coefficient=1"],
    "per_diem": ["claims.growth=0"],
    "points": ["payment=drg", "payment.form=points", "payment.growth=0", "claims.growth=0", "payment.coefficient=1"],
    "package": ["settlement.growth=0"],
}


@pytest.mark.parametrize("option", EXACT)
def test_a_province_is_paid_what_it_was_paid_last_year(option, tmp_path):
    """The same bills as last year and no growth: each rule pays them again, to the fen."""
    words = EXACT[option]
    words = words if any(word.startswith("payment=") for word in words) else [f"payment={option}", *words]
    result = settled(tmp_path, *words, claims=NOW, history=PAST, groups=GROUPS, enrolment=HEADS)
    assert fund(result) == 2 * BIG


def test_growth_of_a_province_is_exact(tmp_path):
    result = settled(tmp_path, "payment=budget", "payment.growth=0.05", claims=NOW, history=PAST, enrolment=HEADS)
    assert fund(result) == 2 * BIG * 1.05


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        (["payment=per_diem", "payment.rates={village: 1, township: 1, county: 900000000, city: 1, remote: 1}"], NOW),
        (
            ["payment=drg", "payment.rate=1000000", "payment.coefficient=10"],
            NOW.replace("100000000,800000000", "1000000000,1000000000").replace("G1", "G3"),
        ),
    ],
)
def test_a_rate_times_a_count_that_cannot_be_counted_is_refused(words, claims, tmp_path):
    told = refusal(tmp_path, *words, claims=claims, groups=GROUPS + "G3,three,1000\n")
    assert "too large to be computed exactly" in told


@pytest.mark.parametrize(("column", "place"), [("charge", 8), ("cases", 6), ("days", 7)])
def test_a_file_holds_no_more_than_there_can_be(column, place, tmp_path):
    row = ["1", "P1", "H1", "2024-05-01", "outpatient", "", "1", "1", "1", "1", "1"]
    most = {"charge": "100000000000", "cases": "1000000000", "days": "1000000000"}[column]
    row[place] = most
    rows = "".join(",".join([str(n), *row[1:]]) + "\n" for n in range(101))
    told = refusal(tmp_path, "payment=ffs", claims=HEAD + rows)
    assert f"the column {column} sums to more than there can be" in told
    few = "".join(",".join([str(n), *row[1:]]) + "\n" for n in range(10))
    settled(tmp_path, "payment=ffs", claims=HEAD + few)


def test_a_yearly_limit_holds_for_a_bill_of_any_size(tmp_path):
    claims = f"claim,person,provider,date,category,charge\n1,P1,H1,2024-05-01,inpatient,{95_000_000_000}\n"
    result = settled(tmp_path, "payment=ffs", "benefit.resident.ratio.county=1", claims=claims)
    assert fund(result) == 200_000
