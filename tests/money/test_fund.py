"""The fund's books: worked years, exact identities, reserve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.config import load_config
from sim.core.errors import IdentityError
from sim.core.units import fen
from sim.money.fund import Config, Due, Enrolment, Premium, available, close, income, opening_balance
from sim.money.settlement import no_settlement
from sim.outcomes.identities import check_fund
from sim.tables import FundYear, Payments
from tests.money_world import cases, ints

CASE = cases("fund.yaml")
PEOPLE = Enrolment(CASE["insured"], CASE["signed"])


def check(books: FundYear, last: FundYear | None, receipts: int, transfers: int) -> None:
    """The fund's identities, of a year with these sums."""
    settled = no_settlement()._replace(transfer=ints(transfers))
    check_fund(Payments(ints(receipts), 0.0), settled, books, None if last is None else last.accumulated)


def test_worked_years():
    config, last, held = Config(**CASE["fund"]), None, 0
    assert available(config, 0, PEOPLE) == fen(CASE["available"])
    for year, case in enumerate(CASE["years"]):
        receipts, transfers = fen(case["receipts"]), fen(case["transfers"])
        books = close(config, year, PEOPLE, Due(receipts, transfers, fen(case.get("rewards", 0))), last, held)
        assert books._asdict() == {name: fen(value) for name, value in case["expected"].items()} | {"forfeited": 0}
        check(books, last, receipts, transfers)
        if year == 0:
            assert 12 * books.accumulated / books.outgo == pytest.approx(9.7457, abs=5e-5)
        last, held = books, held + books.reserve
    assert held == 0


@pytest.mark.parametrize(
    ("basis", "base_year", "per_head"),
    [("realised", 2019, 825), ("realised", 2024, 1181), ("minimum", 2019, 770), ("minimum", 2024, 1070)],
)
def test_income_per_head(basis, base_year, per_head):
    config = load_config([f"base_year={base_year}", f"fund.income_basis={basis}"])
    terms = income(config.fund, 0, Enrolment(1, 0))
    assert terms.individual + terms.fiscal == fen(per_head)


MONEY = st.integers(0, 10**12)


@given(MONEY, st.integers(-(10**10), 10**10), MONEY, st.integers(0, 10**6), st.integers(0, 30))
def test_identities_hold_for_any_year(receipts, transfers, accumulated, insured, year):
    people = Enrolment(insured, insured // 3)
    last = FundYear(*([0] * 10), accumulated=accumulated)
    held = accumulated // 7
    books = close(Config(), year, people, Due(receipts, transfers), last, held)
    check(books, last, receipts, transfers)
    assert books.interest >= 0
    assert held + books.reserve >= 0
    assert books.reserve <= max(books.balance, 0)


@given(st.integers(1, 10**4), st.integers(1, 10**5))
def test_income_is_proportional_to_heads_exactly(insured, k):
    one, many = (income(Config(), 3, Enrolment(n, n)) for n in (insured, insured * k))
    for name in ("individual", "fiscal", "premium", "signing"):
        assert getattr(many, name) == k * getattr(one, name)


def test_reserve_stops_at_its_limit():
    config = Config(
        reserve_share=0.05, reserve_limit=0.08, realised=Premium(individual=100, fiscal=0), catastrophic_premium=0
    )
    people = Enrolment(100, 0)
    first = close(config, 0, people, Due(0, 0), None, 0)
    assert first.reserve == fen(500)  # 5 % of 10,000
    second = close(config, 0, people, Due(0, 0), first, first.reserve)
    assert second.reserve == fen(300)  # up to 800
    third = close(config, 0, people, Due(0, 0), second, fen(800))
    assert third.reserve == 0


def test_no_interest_on_a_debt_and_nothing_available_below_zero():
    debt = FundYear(*([0] * 10), accumulated=-1000)
    assert close(Config(), 0, Enrolment(0, 0), Due(0, 0), debt).interest == 0
    assert available(Config(catastrophic_premium=5000), 0, Enrolment(10, 10)) == 0


def test_opening_balance_is_months_of_outgo():
    assert opening_balance(Config(opening_months=6), 1001) == 501  # half of it, half up
    assert opening_balance(Config(opening_months=0), 1000) == 0


@pytest.mark.parametrize("field", ["receipts", "transfers", "outgo", "balance", "accumulated"])
def test_check_fund_finds_a_wrong_fen(field):
    first = close(Config(), 0, PEOPLE, Due(1000, 10), None)
    books = close(Config(), 1, PEOPLE, Due(1000, 10), first)
    check(books, first, 1000, 10)
    with pytest.raises(IdentityError, match=f"does not hold: .*{field}"):
        check(books._replace(**{field: getattr(books, field) + 1}), first, 1000, 10)
