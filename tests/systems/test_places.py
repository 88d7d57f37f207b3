"""Systems A1 to A9 of docs/systems.md: one check a row, run as a test, and run again with its rule broken."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.closing import arm, two_funds
from sim.config import load_config
from sim.core.units import PPM, fen
from sim.county import family_doctors
from sim.county.care import config as care_config
from sim.county.illness import SEVERE_NEED
from sim.engine import choosing
from sim.money import ledger, settlement
from sim.money.history import BaseCosts, Roll
from sim.money.ledger import year as ledger_year
from sim.money.payment import drg, inner, signed_quota
from sim.money.settlement import distribution
from sim.money.settlement.assessment import INDICATORS, Assessment, assessed
from sim.money.settlement.work import Work
from sim.settle.command import settle
from sim.settle.read import signed as signed_list
from sim.tables import (
    COUNTY,
    EMPLOYEE_INSURED,
    INPATIENT,
    OUTPATIENT,
    REMOTE,
    RESIDENT_INSURED,
    TOWNSHIP,
    Payments,
    Providers,
)
from tests.core_world import contract_rules, make, person, with_slack
from tests.money_world import ints, make_claims, make_history, make_providers, month_costs
from tests.settle_world import write
from tests.systems.world import OWN_RISK, Plant, Year, found_by, history, paid, reform, sums


@pytest.fixture(scope="module", autouse=True)
def _played() -> None:
    """History is played before anything is broken."""
    history(1)
    history(2)


# --- A1 -------------------------------------------------------------------------------------------------------------
def lump(yuan: int, *words: str) -> Year:
    return reform("payment=package", *OWN_RISK, f"settlement.lump_per_head={yuan}", *words)


def check_a1() -> None:
    """A lump of 1,500 yuan a head leaves a surplus, one of 600 an overrun; bills of the same year are about 900."""
    for amount, sign in ((1500, 1), (600, -1)):
        year = lump(amount)
        whole = year.heads * amount * 100
        inside, outside = year.bills(year.claims.tier <= COUNTY), year.bills(year.claims.tier > COUNTY)
        assert min(inside, outside) > 0
        assert year.settled.budget.tolist() == [whole]
        assert (year.settled.in_network.tolist(), year.settled.out_of_network.tolist()) == ([inside], [outside])
        assert year.settled.transfer.tolist() == [whole - inside - outside]
        assert year.fund.receipts + year.fund.transfers <= whole
        # into the members' reward account, or out of what they earned
        members = {k: int(v) for k, v in enumerate(year.settled.units)}
        assert all(v * sign > 0 for k, v in members.items() if year.providers.tier[k] == COUNTY)
        assert sum(members.values()) == whole - inside - outside
        assert year.statement("community 1")["distribution"][0] == whole - inside - outside


def test_a1_the_fund_never_pays_above_the_lump() -> None:
    check_a1()


def check_a1_effort() -> None:
    """Half way, in the first year, to full effort where all of a surplus is kept; none where nothing is."""
    eager = ("response.optimism=20", "response.prevention_cost=0")  # so that prevention pays in a county so small
    assert lump(1500, *eager).policy.prevention.tolist() == pytest.approx([0.5])
    nothing = ("settlement.retained_share=0", "settlement.overrun_share=0")
    assert lump(1500, *eager, *nothing).policy.prevention.tolist() == [0.0]


def test_a1_prevention_responds_to_the_surplus() -> None:
    check_a1_effort()


def fund_bears_overruns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "shared", lambda rule, amount, balance, *more: max(balance, 0))


def pays_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "shared", lambda rule, amount, balance, *more: 2 * balance)


def no_stake_in_saving(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "expected_marginal_shares", lambda rule, surplus, sd, heads: np.zeros(len(surplus)))


# --- A2 -------------------------------------------------------------------------------------------------------------
BUNDLE = [
    {"tier": "county", "home": 0, "charge": 100, "statutory": 60},
    {"tier": "county", "home": 1, "at": 0, "charge": 50, "statutory": 30},
    {"tier": "city", "home": 0, "charge": 1000, "statutory": 500},
]
"""Members of community 0 earned 90 yuan, whoever they treated; the city hospital is no member."""
NINGBO = ["payment=package", "settlement.charged=members", "settlement.growth=0", "settlement.retained_share=0.8",
          "settlement.overrun_share=0.4", "settlement.pool_share=0.25"]  # fmt: skip


def check_a2() -> None:
    """The members' 90 yuan are one budget, but not more than the fund has.  This year they earn 90 or 70.

    With 400 yuan of income: budget 90; 70 leaves 20: 16 kept, 4 of it into the pool, 12 to members.
    With 160 yuan for 20 heads: budget 80 for ten; 90 overruns by 10: 4 borne, nothing into the pool.
    """
    cheap = [BUNDLE[0] | {"statutory": 40}, *BUNDLE[1:]]
    for means, rows, amount, balance, transfer, pool in ((400, cheap, 90, 20, 16, 4), (160, BUNDLE, 80, -10, -4, 0)):
        for rule in ("fixed", "volume", "contribution", "lead", "tree"):
            words = [*NINGBO, "settlement.revenue_cap=true", f"settlement.distribution.rule={rule}"]
            found = paid(words, rows, 2, past=BUNDLE, means=fen(means)).settled
            assert int(found.budget[0]) == fen(amount)
            assert int(found.balance[0]) == fen(balance)
            assert int(found.transfer[0]) == fen(transfer)
            assert int(found.pool[0]) == fen(pool)
            assert int(found.units[:3].sum()) == fen(transfer - pool)  # whatever the community agrees on inside


def test_a2_a_bundled_budget_capped_by_revenue_is_shared_and_pooled() -> None:
    check_a2()


def check_a2_months() -> None:
    year = reform("payment=package", "settlement=shared")
    budget = int(year.settled.budget[0])
    for line in ("budget", "advance", "passed_on"):
        whole, *months = year.statement("community 1")[line]
        assert whole == sum(months) == budget
        assert all(abs(12 * month - budget) < 12 for month in months)  # a twelfth, to the fen


def test_a2_a_twelfth_is_advanced_each_month() -> None:
    check_a2_months()


def test_a2_settling_a_year_again_posts_nothing() -> None:
    """And entries that are not the same are refused, so that the second settlement is not taken unread."""
    book = reform("payment=package", "settlement=shared").books.ledgers[0]
    accounts, number = book.chart.accounts, book.year
    once = ledger.settle_period(ledger.empty_journal(accounts), number, book.entries, accounts)
    again = ledger.settle_period(once.journal, number, book.entries, accounts)
    assert once.outcome is ledger.Outcome.POSTED
    assert again.outcome is ledger.Outcome.UNCHANGED
    assert again.journal == once.journal
    dearer = book.entries._replace(amount=book.entries.amount + (np.arange(len(book.entries.amount)) == 5))
    with pytest.raises(ledger.LedgerError, match="closed with other amounts"):
        ledger.settle_period(once.journal, number, dearer, accounts)


def budgets_without_a_cap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "budget", lambda config, past, means, insured: settlement.uncapped(config, past))


def all_in_january(patch: pytest.MonkeyPatch) -> None:
    def parts(totals: Any, count: int) -> Any:
        first = np.zeros((*np.shape(totals), count), dtype=np.int64)
        first[..., 0] = totals
        return first

    patch.setattr(ledger_year, "equal_parts", parts)


# --- A3 -------------------------------------------------------------------------------------------------------------
POINTS = ["payment=drg_package", "payment.within.form=points", "payment.within.pool=600", "payment.within.growth=0",
          "payment.within.rate=200",
          "payment.within.coefficient={village: 1, township: 1, county: 1, city: 1, remote: 1}",
          "settlement.lump_per_head=100", "settlement.growth=0"]  # fmt: skip


def stay(group: int, statutory: float, **more: Any) -> dict[str, Any]:
    return {"tier": "county", "group": group, "charge": 900, "statutory": statutory} | more


VISIT = {"tier": "village", "category": "outpatient", "charge": 80, "statutory": 40}


def check_a3() -> None:
    """600 yuan for stays of weights 1 and 2: 200 and 400; with one of weight 3 more: 100, 200, 300.

    The visit of 40 and the city's stay of 50 are paid beside the pool; one bundle of 1,000 yuan pays for all.
    """
    for groups, receipts in (((0, 1), (200, 400)), ((0, 1, 2), (100, 200, 300))):
        rows = [*(stay(g, 500) for g in groups), VISIT, stay(0, 50, tier="city")]
        found = paid(POINTS, rows)
        assert found.payments.receipts.tolist() == [*map(fen, receipts), fen(40), fen(50)]
        assert found.settled.budget.tolist() == [fen(1000)]
        assert found.settled.transfer.tolist() == [fen(1000 - 600 - 40 - 50)]


def test_a3_points_float_within_the_inpatient_budget_of_one_bundle() -> None:
    check_a3()


def points_at_a_fixed_price(patch: pytest.MonkeyPatch) -> None:
    def pay(config: drg.Config, prepared: Any, claims: Any, providers: Any) -> Payments:
        rate = drg.Config(rate=200, rate_growth=0, coefficient=config.coefficient)
        past = make_history([make_claims([])], [[10]], weights=[1.0, 2.0, 3.0])
        found: Payments = drg.pay(rate, drg.prepare(rate, past), claims, providers)
        return found

    patch.setitem(inner.INSIDE, "drg", replace(drg.SCHEME, pay=pay))


# --- A4 -------------------------------------------------------------------------------------------------------------
BILLS = [
    {"tier": "county", "charge": 900, "statutory": 800},
    {"tier": "township", "charge": 400, "statutory": 200, "category": "outpatient"},
    {"tier": "county", "charge": 900, "statutory": 600, "insurance": "employee"},
    {"tier": "village", "charge": 200, "statutory": 100, "category": "chronic", "insurance": "employee"},
]


def check_a4() -> None:
    """Stays grow by 2 %, residents' visits by 5, employees' by 10: 800 x 1.02 + 200 x 1.05, 600 x 1.02 + 100 x 1.1."""
    config = load_config([
        "payment=package", "fund.employee.apply=true", "settlement.revenue_cap=false", "settlement.growth=0.02",
        "settlement.outpatient_growth=0.05", "settlement.employee.outpatient_growth=0.10",
    ])  # fmt: skip
    for terms, expected in zip(arm.in_force(config, config.payment), (816 + 210, 612 + 110), strict=True):
        claims = two_funds.claims_seen_from(terms.insurance, make_claims(BILLS))
        found = settlement.budget(terms.config.settlement, make_history([claims], [[10]]), 0, 10)
        assert found.tolist() == [fen(expected)], terms.insurance
    assert {terms.insurance for terms in arm.in_force(config, config.payment)} == {
        RESIDENT_INSURED,
        EMPLOYEE_INSURED,
    }


def test_a4_outpatient_budgets_grow_by_insurance() -> None:
    check_a4()


def check_a4_capital() -> None:
    """Two months of working capital instead of one: twice the cash with members, the same fund expense."""
    one, two = (lump(900, f"settlement.working_capital_months={months}") for months in (1, 2))
    held = []
    for months, year in ((1, one), (2, two)):
        members = np.flatnonzero(year.providers.community >= 0)
        owners = [account.owner for account in year.books.ledgers[-1].chart.accounts if account.line == "deposit"]
        held.append(sum(year.statement(owners[k])["capital"][0] for k in members))
        assert held[-1] == pytest.approx(months * int(year.settled.budget[0]) / 12, abs=1)
    assert one.fund == two.fund
    cash = [year.statement("fund")["cash"][0] for year in (one, two)]
    assert cash[0] - cash[1] == held[1] - held[0]


def test_a4_working_capital_moves_cash_and_no_expense() -> None:
    check_a4_capital()


def one_growth(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(arm.settlement, "of_employees", lambda config: config)


def always_one_month(patch: pytest.MonkeyPatch) -> None:
    terms = ledger_year.terms_of
    patch.setattr(arm.ledger, "terms_of", lambda own, budgets: terms(own, budgets)._replace(working_capital=PPM))


# --- A5 -------------------------------------------------------------------------------------------------------------
def check_a5() -> None:
    """Two communities of a county: each is charged for the persons who chose it, and reports what it retained."""
    words = ("payment=package", *OWN_RISK, "settlement.lump_per_head=1300", "contracts.compete=1")
    year = reform(*words, "contracts.compete_home=-1", communities=2)
    people, claims = year.flows.population, year.claims
    chosen = dict(zip(people.key.tolist(), people.community.tolist(), strict=True))
    mine = claims.insurance == RESIDENT_INSURED
    charged = sums([chosen[key] for key in claims.resident[mine].tolist()], claims.statutory[mine], 2)
    heads = np.bincount(people.community[people.insurance == RESIDENT_INSURED], minlength=2)
    kept = [int(n) * 130_000 - cost for n, cost in zip(heads, charged, strict=True)]
    assert [year.outcome("surplus_retained", f"community_{k}") * 100 for k in (1, 2)] == pytest.approx(kept)
    assert year.outcome("surplus_retained") * 100 == pytest.approx(sum(kept))
    others = reform(*OWN_RISK, communities=2).flows.population  # nobody chooses
    home = dict(zip(others.key.tolist(), others.community.tolist(), strict=True))
    assert sum(home.get(key, own) != own for key, own in chosen.items()) > 3
    rules = contract_rules(family_doctors.Config(compete=1, compete_effort=2, compete_home=1))
    stays = 1 / (1 + math.e)  # at full effort of the other: e^1 against e^2
    assert family_doctors.draw_community(rules, np.array([0.0, 1.0]), 0, stays - 1e-6) == 0
    assert family_doctors.draw_community(rules, np.array([0.0, 1.0]), 0, stays + 1e-6) == 1


def test_a5_two_communities_compete_and_report_what_each_retained() -> None:
    check_a5()


def effort_draws_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(family_doctors, "attraction", lambda *_: 1.0)


# --- A6 -------------------------------------------------------------------------------------------------------------
NONE = np.zeros(6, dtype=np.int64)
TREE = Providers(ints(0, 0, 1, 1, 2, 2), NONE, NONE, NONE, NONE, ints(2, 2, 4, 5, -1, -1))
"""Two lead hospitals (4, 5), a centre under each (2, 3), two clinics under the first centre."""
SCORES = ints(500_000, PPM, 800_000, PPM, PPM, 500_000)
WORK = Work(ints(10, 35, 50, 50, 100, 100), NONE, NONE, SCORES)


def check_a6() -> None:
    """3,000 yuan.  The county splits by volume x score, 100 : 50: 2,000 and 1,000.  The leads keep 0.6 x score: 1,200
    and 300.  Centre 2 has 800, keeps 0.75 x 0.8: 480; its clinics share 320 by 5 : 35.  Centre 3 has nobody below: 700.
    Pay of 100, 1,000 and 10,000 a unit follows the same scores.
    """
    rule = distribution.Distribution(rule="tree", keep_lead=0.6, keep_township=0.75)
    units, tiers = distribution.split(rule, ints(fen(3000)), TREE, WORK, 0)
    assert units.tolist() == [fen(v) for v in (40, 280, 480, 700, 1200, 300)]
    assert tiers.tolist() == [[fen(320), fen(1180), fen(1500), 0, 0]]
    pay = distribution.UnitPay(village=100, township=1000, county=10_000)
    assert settlement.scored_pay(rule, pay, TREE, SCORES).tolist() == [fen(v) for v in (150, 1800, 15_000, 0, 0)]
    terms = "{village: 100, township: 1000, county: 10000}"
    names = {"performance_pay": 1.0, "director_salary": 1.0, "fiscal_subsidy": 1.0}
    words = [f"settlement.distribution.{name}={terms}" for name in names]
    year = lump(1500, "settlement.distribution.rule=tree", *words)
    base = np.array([100, 1000, 10_000, 0, 0])[year.providers.tier]
    expected = float((base * year.settled.unit_score)[year.providers.community >= 0].sum())
    assert 0 < expected < float(base.sum())
    for name in names:
        assert year.outcome(name) == pytest.approx(expected, abs=0.01)


def test_a6_three_levels_of_scores_split_the_surplus_and_scale_pay() -> None:
    check_a6()


def tree_without_scores(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("sim.money.settlement.tree.kept_ppm", lambda keep, score: keep)


def pay_without_scores(patch: pytest.MonkeyPatch) -> None:
    pay = settlement.scored_pay
    patch.setattr(settlement, "scored_pay", lambda rule, base, unit, score: pay(rule, base, unit, score * 0 + PPM))


# --- A7 -------------------------------------------------------------------------------------------------------------
TIANJIN = {
    "providers": "provider,tier,community\n0002,township,东\n0003,county,东\n0009,city,\n",
    "enrolment": "community,heads,score\n东,5,0.8\n",
    "claims": "person,provider,category,home,date,charge,statutory\n甲,0003,住院,东,2024-03-05,900,500\n"
    "甲,0009,住院,东,2024-05-05,300,150\n乙,0002,门诊,东,2024-02-10,90,50\n乙,0003,住院,东,2024-08-20,700,400\n"
    "丁,0003,门诊,东,2024-02-01,50,40\n",
    "signed": "person,community,base_cost,signed_from,signed_to\n甲,东,2400,2021-01-01,\n乙,东,1200,2023-07-01,"
    "2024-06-14\n丙,东,600,2024-04-20,2024-09-01\n丙,东,600,2024-11-30,\n",
}
"""甲 is signed all year; 乙 leaves in June and is on no list from June on; 丙 joins in April, lapses in September, and
signs again on the last day of November.  丁 never signs."""
MONTHS = [360] * 3 + [420] * 2 + [300] * 3 + [240] * 2 + [300] * 2
"""Growth 1.2: 甲 240 a month, 乙 120 until May, 丙 60 in April to August, November and December."""


def tianjin(folder: Path, *words: str) -> Any:
    """The settled files, the quota's path and the transfer."""
    files = [f"{name}={write(folder / f'{name}.csv', text)}" for name, text in TIANJIN.items()]
    result = settle([*files, "payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1.2",
                     "settlement.surplus_quality=1", *words, f"out={folder / 'out'}", "overwrite=true"])  # fmt: skip
    quota = (result.folder / "quota.csv").read_text(encoding="utf-8-sig").splitlines()
    at = quota[0].split(",").index("accumulated")
    path = [float(line.split(",")[at]) for line in quota[1:]]
    return result, path, int(result.communities["transfer"].iloc[0])


def check_a7(folder: Path) -> None:
    """Charged are 500 and 50 of the signed inside, and 150 outside; 400 after the lapse and 40 of 丁 are not.

    Of what is left a score of 0.8 keeps 0.8.
    """
    result, path, transfer = tianjin(folder)
    assert path == np.cumsum(MONTHS).tolist()
    assert path[-1] == 3900
    assert transfer == fen(0.8 * (3900 - 500 - 50 - 150))
    # hospital 0003 treated 甲 (signed), 乙 after the lapse and 丁: 500 on one ledger, 400 + 40 on the other
    whole = result.providers[result.providers["category"] == "all"].set_index("provider")
    both = whole.loc[["0002", "0003", "0009"], ["under_quota", "beside_quota", "receipts"]] / 100
    assert both.to_numpy().tolist() == [[50, 0, 50], [500, 440, 940], [150, 0, 150]]
    # 20 % saved by volume purchase, half retained: nothing is cut in a first cycle, a tenth after it
    saved = ("payment.procurement_saving=0.2", "payment.procurement_retention=0.5")
    for cycle, quota in ((1, 3900), (0, 3510)):
        assert tianjin(folder, *saved, f"payment.procurement_cycle={cycle}")[2] == fen(0.8 * (quota - 700))


def test_a7_the_quota_follows_the_monthly_list_with_joins_leaves_and_lapses(tmp_path: Path) -> None:
    check_a7(tmp_path)


def test_a7_a_person_signed_for_m_months_brings_m_twelfths() -> None:
    for months in range(13):
        path = signed_quota.quota_of_months(month_costs([fen(1200)], [range(months)]), PPM)
        assert path[-1] == fen(100 * months)


def test_a7_the_signing_fee_is_outside_the_quota() -> None:
    """40 yuan a signed person by the old channel; nothing else moves."""
    free, paid_for = (
        reform("payment=signed_quota", "payment.within=ffs", *OWN_RISK, f"fund.signing_fee={fee}") for fee in (0, 40)
    )
    people = paid_for.flows.population
    signed = int(((people.signed > 0) & (people.insurance == RESIDENT_INSURED)).sum())
    assert (free.fund.signing, paid_for.fund.signing) == (0, fen(40) * signed)
    assert signed > 50
    for name in ("budget", "in_network", "out_of_network", "transfer"):
        assert getattr(free.settled, name).tolist() == getattr(paid_for.settled, name).tolist()


def test_a7_an_outpatient_quota_is_assessed_on_inpatient_cost() -> None:
    """Inpatient charges per head 14 % above last year's: half way from 1.08 to 1.2, so half of the points."""
    values = np.full(len(INDICATORS), np.nan)
    values[INDICATORS.index("inpatient_spending")] = 1.14
    assert assessed(Assessment(apply=True), values, 0).effective == pytest.approx(0.5)


def leaves_are_not_seen(patch: pytest.MonkeyPatch) -> None:
    on = signed_list._on
    patch.setattr(signed_list, "_on", lambda spells, *day: on(spells._replace(end=spells.end * 0 + 10**9), *day))


def cut_in_the_first_cycle(patch: pytest.MonkeyPatch) -> None:
    cut = signed_quota.procurement_cut

    def early(config: signed_quota.Config, past: Any) -> int:
        return cut(config.model_copy(update={"procurement_cycle": 0}), past)

    patch.setattr(signed_quota, "procurement_cut", early)


def unsigned_are_charged(patch: pytest.MonkeyPatch) -> None:
    def under(config: signed_quota.Config, prepared: Any, claims: Any, receipts: Any) -> Any:
        return np.where(signed_quota.in_range(config, claims), receipts, 0)

    patch.setattr(signed_quota, "under_quota", under)


# --- A8 -------------------------------------------------------------------------------------------------------------
def check_a8() -> None:
    """One hospital, a DIP pool of 900 yuan: a signed stay of weight 1 and an unsigned one of 2 earn 300 and 600.

    With an unsigned stay of weight 3 more the value falls by half for both: 150, 300, 450.  A signed visit is 60.
    """
    config = signed_quota.Config(within={"scheme": "dip", "pool": 900, "growth": 0, "coefficient": {
        "village": 1, "township": 1, "county": 1, "city": 1, "remote": 1}}, growth=0)  # fmt: skip
    listed = signed_quota.listed(config, BaseCosts(ints(1), ints(0), *[ints(fen(1200))] * 4), Roll(ints(1), ints(0)), 1)
    past = make_history([make_claims([])], [[10]], weights=[1.0, 2.0, 3.0])._replace(listed=listed)
    providers, hospital = make_providers(), 2
    for more, signed, unsigned in ((0, 300, 600), (1, 150, 750)):
        rows = [
            stay(0, 500, signed=1),
            stay(1, 500, signed=0),
            *[stay(2, 500, signed=0)] * more,
            {"tier": "county", "category": "outpatient", "charge": 90, "statutory": 60, "signed": 1},
        ]
        claims, prepared = make_claims(rows), signed_quota.prepare(config, past)
        receipts = signed_quota.pay(config, prepared, claims, providers).receipts
        found = signed_quota.ledgers(config, prepared, claims, receipts, providers)
        assert found.provider[hospital].tolist() == [fen(signed + 60), fen(unsigned)]
        assert (found.charged.tolist(), found.outside.tolist()) == ([fen(signed + 60)], [fen(unsigned)])
        budgets = signed_quota.budgets(config, prepared, lambda: ints(), claims, receipts)
        assert (budgets - receipts.sum()).tolist() == [fen(1200 - signed - 60)]  # the unsigned pass through


def test_a8_signed_and_unsigned_of_one_hospital_debit_two_ledgers_under_dip() -> None:
    check_a8()


# --- A9 -------------------------------------------------------------------------------------------------------------
def duties() -> list[tuple[int, int]]:
    """Highest tier open to a mild visit and to a stay, of a common and of an exempt group."""
    rules = {"gatekeeping": 1.0, "in_group": 1.0, "exempt_visit_groups": ("MZ01",), "exempt_stay_groups": ("OR1",)}
    world = make(with_slack(50, care=rules)).world
    found = []
    for visit_group, stay_group in ((1, 0), (0, 5)):  # MZ01 is number 0, OR1 number 5
        visit = SimpleNamespace(category=OUTPATIENT, attempt=0, group=visit_group, severity=1, number=0, tried=0)
        need = SimpleNamespace(category=INPATIENT, attempt=0, group=stay_group, severity=2, number=SEVERE_NEED, tried=0)
        found.append(tuple(int(choosing.highest_tier(world, person(), one, 0)) for one in (visit, need)))
    return found


def check_a9() -> None:
    """The bound begin in village or township and stay in the county; exempt diseases are free."""
    assert duties() == [(TOWNSHIP, COUNTY), (REMOTE, REMOTE)]
    equal, better = (
        care_config.compile_rules(care_config.Config(primary_pay=pay, primary_pay_effect=0.5)) for pay in (1.0, 1.4)
    )
    assert better.constant[:, : TOWNSHIP + 1] - equal.constant[:, : TOWNSHIP + 1] == pytest.approx(0.2)
    assert (better.constant[:, COUNTY:] == equal.constant[:, COUNTY:]).all()


def test_a9_first_contact_and_care_in_the_group_are_enforced_but_for_exempt_diseases() -> None:
    check_a9()


def test_a9_enforced_first_contact_moves_visits_to_primary_care() -> None:
    """Against the same county in which the patient is free; only who finds no slot in primary care goes up at once."""
    free, bound = (reform(f"care.gatekeeping={share}", off=True) for share in (0, 1))
    above = []
    for claims in (free.claims, bound.claims):
        mild = (claims.category == OUTPATIENT) & (claims.severity == 1)
        above.append(int((mild & (claims.tier >= COUNTY) & (claims.tier < REMOTE)).sum()))
    assert above[0] > 100 > 10 * above[1]
    assert bound.outcome("primary_visits") > free.outcome("primary_visits")


def exempt_are_bound(patch: pytest.MonkeyPatch) -> None:
    shares = care_config.kept_shares
    patch.setattr(care_config, "kept_shares", lambda share, exempt, codes, key: shares(share, (), codes, key))


# --- the checks can fail ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("check", "plant"),
    [
        (check_a1, fund_bears_overruns),
        (check_a1, pays_twice),
        (check_a1_effort, no_stake_in_saving),
        (check_a2, budgets_without_a_cap),
        (check_a2_months, all_in_january),
        (check_a3, points_at_a_fixed_price),
        (check_a4, one_growth),
        (check_a4_capital, always_one_month),
        (check_a5, effort_draws_nobody),
        (check_a6, tree_without_scores),
        (check_a6, pay_without_scores),
        (check_a8, unsigned_are_charged),
        (check_a9, exempt_are_bound),
    ],
)
def test_a_broken_rule_is_found(check: Any, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(check, plant, monkeypatch)


@pytest.mark.parametrize("plant", [leaves_are_not_seen, cut_in_the_first_cycle, unsigned_are_charged])
def test_a_broken_quota_is_found(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(lambda: check_a7(tmp_path), plant, monkeypatch)
