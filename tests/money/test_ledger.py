"""The fund's ledger: a year by hand, trial balance, closed months, corrections, statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.arrays import sum_by
from sim.core.errors import IdentityError
from sim.core.units import PPM, fen, largest_remainder, ppm
from sim.money import ledger
from sim.money.ledger.amounts import Money, Terms, equal_parts
from sim.money.ledger.carry import book_year, no_books
from sim.money.ledger.journal import (
    KIND_CODES,
    KIND_NAMES,
    Entries,
    LedgerError,
    Period,
    balances,
    check_closed,
    check_trial_balance,
    close,
    is_closed,
    post,
    trial_balance,
)
from sim.money.ledger.periods import Outcome, next_open, settle_period
from sim.money.ledger.statements import YEAR, rows_of, statement_of
from sim.money.posting import money_of_year, spread
from sim.tables import CITY, NO_COMMUNITY, RESIDENT_INSURED, TIERS, TOWNSHIP, Claims, FundYear, Payments, Settlement
from tests.money_world import cases, ints, make_providers
from tests.outcomes_world import paid_year

CASE = cases("ledger.yaml")
YEAR_NUMBER = 2024
CHART = ledger.chart_of(1, 2)
PLACE = {f"{account.owner} {account.line}": number for number, account in enumerate(CHART.accounts)}
TERMS = Terms(ppm(CASE["terms"]["advance"]), ppm(CASE["terms"]["deposit"]), ppm(CASE["terms"]["working_capital"]))


def claims_of(case: dict) -> Claims:
    rows = case["claims"]
    columns = {name: np.zeros(len(rows), dtype=np.int64) for name in Claims._fields}
    columns["provider"] = ints(*(row[0] for row in rows))
    columns["month"] = ints(*(row[1] - 1 for row in rows))
    columns["statutory"] = ints(*(fen(row[2]) for row in rows))
    columns["community"] = np.where(columns["provider"] == 0, 0, NO_COMMUNITY)
    columns["insurance"] = np.full(len(rows), RESIDENT_INSURED)
    return Claims(**columns)


def money_of(case: dict = CASE) -> Money:
    blank = ints(0, 0)
    providers = make_providers()._replace(
        tier=ints(TOWNSHIP, CITY), community=ints(0, NO_COMMUNITY), beds=blank, slots=blank, capability=blank
    )
    budget, transfer = ints(fen(case["budget"])), ints(fen(case["transfer"]))
    distributed = np.zeros((1, len(TIERS)), dtype=np.int64)
    distributed[0, TOWNSHIP] = transfer[0]
    settled = Settlement(budget, ints(fen(378)), ints(fen(200)), ints(fen(622)), transfer, distributed)
    receipts = Payments(ints(*(fen(row[3]) for row in case["claims"])), 0.0)
    fund = FundYear(**{name: fen(amount) for name, amount in case["fund"].items()})
    paid = paid_year(claims_of(case), receipts, settled, fund)._replace(providers=providers)
    money = money_of_year(YEAR_NUMBER, paid, TERMS, 1)
    return money._replace(forfeited=ints(fen(case["forfeited"]), 0))


def entries_of_case(money: Money | None = None) -> Entries:
    return ledger.entries_of_year(CHART, money or money_of(), TERMS)


def told(entries: Entries) -> list[tuple]:
    return sorted(
        (int(p) % 12 + 1, int(d), int(c), int(a), KIND_NAMES[k])
        for p, d, c, a, k in zip(
            entries.period, entries.debit, entries.credit, entries.amount, entries.kind, strict=True
        )
    )


def months(text: int | str) -> range:
    first, _, last = str(text).partition("-")
    return range(int(first), int(last or first) + 1)


def test_a_year_by_hand():
    expected = sorted(
        (month, PLACE[debit], PLACE[credit], fen(amount), kind)
        for when, debit, credit, amount, kind in CASE["entries"]
        for month in months(when)
    )
    found = told(entries_of_case())
    assert [row for row in found if row not in expected] == []
    assert [row for row in expected if row not in found] == []
    assert len(found) == len(expected)
    ledger.check_year(CHART, money_of(), entries_of_case(), np.zeros(len(CHART.accounts), dtype=np.int64), fen(5))


def test_statements_by_hand():
    statement = statement_of(CHART.accounts, entries_of_case(), YEAR_NUMBER)
    for owner, lines in CASE["statements"].items():
        found = dict(rows_of(statement, owner))
        for line, (whole, by_month) in lines.items():
            assert found[line][YEAR] == fen(whole), (owner, line)
            for month, amount in by_month.items():
                assert found[line][month] == fen(amount), (owner, line, month)


def test_statement_lines_have_labels_in_both_languages():
    statement = statement_of(CHART.accounts, entries_of_case(), YEAR_NUMBER)
    for owner in statement.owners:
        for line, _ in rows_of(statement, owner) if owner not in ("insurer", "doctors") else ():
            assert ledger.line_label(owner, line, "en")
            ledger.line_label(owner, line, "zh").encode("gb2312")
    for account in CHART.accounts:
        ledger.account_label(account, "zh").encode("gb2312")


def test_a_dropped_credit_breaks_the_trial_balance():
    entries = entries_of_case()
    credit = entries.credit.copy()
    credit[7] = -1  # a planted fault: money leaves an account and arrives nowhere
    with pytest.raises(IdentityError, match="trial balance"):
        check_trial_balance(balances(len(CHART.accounts), entries._replace(credit=credit)), "here")
    with pytest.raises(LedgerError, match="from one account to another"):
        post(ledger.empty_journal(CHART.accounts), entries._replace(credit=credit))


@pytest.mark.parametrize("fault", ["transfer", "due", "premium", "reserve"])
def test_a_wrong_amount_is_found_by_the_identities(fault):
    money, none = money_of(), np.zeros(len(CHART.accounts), dtype=np.int64)
    if fault in ("transfer", "due"):
        wrong = money._replace(**{fault: getattr(money, fault) + 1})
    else:
        wrong = money._replace(fund=money.fund._replace(**{fault: getattr(money.fund, fault) + 1}))
    with pytest.raises(IdentityError, match="ledger differs"):
        ledger.check_year(CHART, money, entries_of_case(wrong), none, fen(5))


def settled_once() -> ledger.Journal:
    done = settle_period(ledger.empty_journal(), YEAR_NUMBER, entries_of_case(), CHART.accounts)
    assert done.outcome is Outcome.POSTED
    return done.journal


def test_settling_again_changes_nothing():
    journal = settled_once()
    again = settle_period(journal, YEAR_NUMBER, entries_of_case(), CHART.accounts, "even with a reason")
    assert again.outcome is Outcome.UNCHANGED
    assert again.journal.size == journal.size
    assert all((a == b).all() for a, b in zip(again.journal.entries, journal.entries, strict=True))


def test_a_closed_month_takes_no_entry():
    journal = settled_once()
    assert is_closed(journal, Period(YEAR_NUMBER, 11))
    assert not is_closed(journal, Period(YEAR_NUMBER + 1, 0))
    with pytest.raises(LedgerError, match="closed month"):
        post(journal, entries_of_case())


def changed() -> Entries:
    """A bill of the township centre was 30 yuan lower: so is what it was due, and the community keeps 15 more."""
    case = CASE | {
        "claims": [CASE["claims"][0], [0, 3, 270, 240], CASE["claims"][2]],
        "transfer": 326,
        "fund": CASE["fund"] | {"receipts": 548, "transfers": 326, "outgo": 948, "balance": 664, "accumulated": 1664},
    }
    return entries_of_case(money_of(case))


def test_changed_amounts_are_refused_without_a_reason():
    with pytest.raises(LedgerError) as error:
        settle_period(settled_once(), YEAR_NUMBER, changed(), CHART.accounts)
    message = str(error.value)
    assert "2024 is closed with other amounts" in message
    assert "2024-03 declared, inside: -30.00 yuan, debit Community 1" in message
    assert "correction=" in message


def test_a_correction_is_a_new_entry_with_its_reason():
    journal = settled_once()
    done = settle_period(journal, YEAR_NUMBER, changed(), CHART.accounts, "audit")
    new = done.journal.entries
    assert done.outcome is Outcome.CORRECTED
    assert done.month == Period(YEAR_NUMBER + 1, 0) == next_open(journal)
    old = journal.size
    assert all((a[:old] == b).all() for a, b in zip(new, journal.entries, strict=True))  # nothing was edited
    assert (new.period[old:] == (YEAR_NUMBER + 1) * 12).all()
    assert (new.about[old:] // 12 == YEAR_NUMBER).all()
    assert [done.journal.reasons[r] for r in new.reason[old:]] == ["audit"] * done.entries
    named = new.corrects[old:]
    assert (named >= 0).all()
    assert (new.kind[named] == new.kind[old:]).all()
    # all that was posted about the year now comes to what the changed claims alone would have given
    mine = new.about // 12 == YEAR_NUMBER
    whole = balances(len(done.journal.accounts), Entries(*(column[mine] for column in new)))
    assert (whole == balances(len(CHART.accounts), changed())).all()
    again = settle_period(done.journal, YEAR_NUMBER, changed(), CHART.accounts, "audit")
    assert again.outcome is Outcome.UNCHANGED
    back = settle_period(done.journal, YEAR_NUMBER, entries_of_case(), CHART.accounts, "appeal won")
    assert back.entries == done.entries
    check_closed(back.journal)


def test_an_edited_closed_entry_is_seen():
    journal = settled_once()
    check_closed(journal)
    amount = journal.entries.amount.copy()
    amount[3] += 1
    edited = journal._replace(entries=journal.entries._replace(amount=amount))
    with pytest.raises(LedgerError, match="closed month were changed"):
        settle_period(edited, YEAR_NUMBER, entries_of_case(), CHART.accounts)


def test_an_older_year_cannot_be_posted_after_a_later_one():
    older = money_of()._replace(year=YEAR_NUMBER - 1)
    with pytest.raises(LedgerError, match="later months are closed"):
        settle_period(settled_once(), YEAR_NUMBER - 1, entries_of_case(older), CHART.accounts, "late")


def test_trial_balance_is_zero_at_each_close():
    journal = settled_once()
    for month in range(12):
        rows = trial_balance(journal, Period(YEAR_NUMBER, month))
        assert sum(row[3] for row in rows) == 0
        assert sum(row[1] for row in rows) == sum(row[2] for row in rows)
    left = {f"{account.owner} {account.line}": balance for account, _, _, balance in rows if balance}
    assert left == {
        "fund cash": fen(1549),
        "fund balance": -fen(1644),
        "reserve balance": -fen(5),
        "institution 0 working_capital": fen(100),
    }


def test_working_capital_and_advances_move_cash_only():
    found = {}
    for name, terms in (
        ("one", TERMS),
        ("two", TERMS._replace(working_capital=ppm(2.0))),
        ("half", TERMS._replace(advance=PPM // 2)),
    ):
        entries = ledger.entries_of_year(CHART, money_of(), terms)
        found[name] = statement_of(CHART.accounts, entries, YEAR_NUMBER)
        ledger.check_year(CHART, money_of(), entries, np.zeros(len(CHART.accounts), dtype=np.int64), fen(5))
    fund = {name: dict(rows_of(own, "fund")) for name, own in found.items()}
    member = {name: dict(rows_of(own, "institution 0")) for name, own in found.items()}
    for other in ("two", "half"):
        for line in ("budgets", "receipts", "premium", "signing", "forfeited", "balance"):
            assert fund[other][line][YEAR] == fund["one"][line][YEAR]
    assert member["two"]["capital"][YEAR] == 2 * member["one"]["capital"][YEAR] == fen(200)
    assert fund["two"]["cash"][YEAR] == fund["one"]["cash"][YEAR] - fen(100)
    assert fund["half"]["cash"][6] > fund["one"]["cash"][6]
    assert fund["half"]["cash"][YEAR] == fund["one"]["cash"][YEAR]


@pytest.mark.parametrize("advance", [0.0, 0.5, 0.9, 1.0])
def test_the_deposit_is_its_share_of_what_a_member_is_due_whatever_was_advanced(advance):
    """5 % of 378 yuan due are 18.90; the score keeps 10 back, so 8.90 come back, in every statement."""
    entries = ledger.entries_of_year(CHART, money_of(), TERMS._replace(advance=ppm(advance)))
    member = dict(rows_of(statement_of(CHART.accounts, entries, YEAR_NUMBER), "institution 0"))
    assert (member["withheld"][YEAR], member["forfeited"][YEAR]) == (fen(18.9), fen(10))
    by_kind = {kind: sum(row[3] for row in told(entries) if row[4] == kind) for kind in ("released", "forfeited")}
    assert by_kind == {"released": fen(8.9), "forfeited": fen(10)}
    received = member["advance"][YEAR] + member["payment"][YEAR] - fen(18.9) + member["final"][YEAR]
    assert received == fen(378) + fen(311) - fen(10)


AMOUNT = st.integers(0, 10**9)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_year_comes_to_the_funds_books(data):
    communities, count = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 5))
    chart = ledger.chart_of(communities, count)
    luck = np.random.default_rng(data.draw(st.integers(0, 10**9)))
    most = data.draw(st.sampled_from([1, 100, 10**9]))

    def array(*shape, low=0):
        return luck.integers(low, most + 1, shape)

    member = np.array([data.draw(st.integers(-1, communities - 1)) for _ in range(count)], dtype=np.int64)
    terms = Terms(data.draw(st.integers(0, PPM)), data.draw(st.integers(0, PPM // 5)), data.draw(st.integers(0, 3)))
    kept, held, accumulated = no_books(True), 0, data.draw(st.integers(-(10**9), 10**9))
    for year in range(2):
        due, transfer = array(communities + 1, count), array(communities, low=-most)
        pool = np.array([data.draw(st.integers(0, max(int(t), 0))) for t in transfer], dtype=np.int64)
        units = np.zeros(count, dtype=np.int64)
        for k in range(communities):
            own = np.flatnonzero(member == k)
            if len(own):
                units[own] = largest_remainder(int(transfer[k] - pool[k]), ints(*([1] * len(own))))
        forfeited = array(count)
        individual, fiscal, interest, premium, signing = (data.draw(AMOUNT) for _ in range(5))
        receipts, transfers = int(due.sum()), int(transfer.sum())
        outgo = receipts + transfers + premium + signing - int(forfeited.sum())
        balance = individual + fiscal + interest - outgo
        reserve = data.draw(st.integers(-held, 10**6))
        fund = FundYear(individual, fiscal, interest, receipts, transfers, premium, reserve, signing, outgo, balance,
                        accumulated + balance)  # fmt: skip
        members = (due * (member == np.arange(communities + 1)[:, None]))[:-1].sum(axis=1)
        money = Money(year, fund, accumulated, array(12, communities + 1, count), due, member, array(communities),
                      transfer, pool, units, forfeited, np.ones(count, dtype=np.int64), array(count), members,
                      due[:-1].sum(axis=1) - members)  # fmt: skip
        held, accumulated = held + reserve, fund.accumulated
        kept = book_year(kept, chart, money, terms, held, "here")  # checks every identity
        book = kept.years[-1]
        assert (book.entries.amount > 0).all()
        statement = statement_of(chart.accounts, book.entries, year, book.opening)
        for number in range(count):
            lines = {line: amounts[YEAR] for line, amounts in rows_of(statement, f"institution {number}")}
            earned = int(due[:, number].sum()) + (int(units[number]) if member[number] >= 0 else 0)
            received = lines["advance"] + lines["payment"] - lines["withheld"] + lines["final"]
            assert received == earned - forfeited[number]
            assert lines["still_due"] == 0
    assert len(kept.balances) == len(chart.accounts)


def test_balances_are_all_that_is_carried():
    kept = book_year(no_books(False), CHART, money_of(), TERMS, fen(5), "here")
    assert kept.years is None
    assert kept.balances.shape == (len(CHART.accounts),)
    assert kept.shares.tolist() == [fen(378), fen(200)]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5), st.integers(1, 12))
def test_equal_parts_are_those_of_largest_remainder(totals, count):
    found = equal_parts(ints(*totals), count)
    for total, own in zip(totals, found, strict=True):
        assert own.tolist() == largest_remainder(total, [1] * count).tolist()


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=4),
    st.lists(st.lists(st.integers(0, 10**11), min_size=12, max_size=12), min_size=4, max_size=4),
)
def test_spread_keeps_every_fen(totals, weights):
    found = spread(ints(*totals), np.array(weights[: len(totals)], dtype=np.int64))
    assert found.sum(axis=1).tolist() == totals
    assert (found >= 0).all()
    for own, weight, total in zip(found, weights, totals, strict=False):
        for month in range(12):
            if not any(weight):
                assert abs(own[month] - total / 12) <= 1
            elif weight[month] == 0:
                assert own[month] == 0
            else:
                assert own[month] == pytest.approx(total * weight[month] / sum(weight), rel=0, abs=2 + total * 2e-3)


def test_months_follow_what_was_billed():
    case = CASE | {"claims": [[0, 0, 120, 120], [0, 3, 300, 300]]}
    billed = np.zeros((12, 2), dtype=np.int64)
    billed[2, 0], billed[4, 0], billed[9, 0] = fen(300) + fen(30), fen(60), fen(30)
    settled = Settlement(*(ints() for _ in range(5)), np.zeros((0, len(TIERS)), dtype=np.int64))
    providers = make_providers()._replace(tier=ints(TOWNSHIP, CITY), community=ints(0, NO_COMMUNITY))
    fund = FundYear(*([0] * 11))
    paid = paid_year(claims_of(case), Payments(ints(0, 0), 0.0), settled, fund)._replace(providers=providers)
    money = money_of_year(0, paid, TERMS, 1, billed=billed)
    assert money.declared[:, 1, 0].tolist() == billed[:, 0].tolist()
    assert money.declared.sum() == fen(420)


def test_closing_later_closes_the_months_between():
    journal = close(post(ledger.empty_journal(CHART.accounts), entries_of_case()), Period(YEAR_NUMBER, 5))
    assert is_closed(journal, Period(YEAR_NUMBER, 5))
    assert not is_closed(journal, Period(YEAR_NUMBER, 6))
    late = Entries(*(column[entries_of_case().kind == KIND_CODES["final"]] for column in entries_of_case()))
    assert post(journal, late).size == journal.size + 1


def test_sums_of_a_ledger_are_those_of_its_entries():
    entries = entries_of_case()
    size = len(CHART.accounts)
    assert (
        balances(size, entries)
        == sum_by(entries.debit, entries.amount, size) - sum_by(entries.credit, entries.amount, size)
    ).all()
