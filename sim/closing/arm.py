"""One arm's books: its funds, the policy before a year, and payment, settlement, fund and outcomes after it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sim.closing import two_funds
from sim.closing.books import Books, FundBooks, Waiting
from sim.closing.costs import fixed_cost
from sim.closing.prospects import prospect
from sim.closing.two_funds import Outlook, enrolment_of
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.core.units import Money, ppm
from sim.county import family_doctors, illness
from sim.county.claims.compile import visit_weights_ppm, weights_ppm
from sim.county.population import expected_ages
from sim.money import fund, ledger, payment, response, settlement
from sim.money.base_years import NoPast
from sim.money.history import (
    History,
    Insured,
    Policy,
    Prospect,
    Roll,
    ages_of,
    base_costs,
    closed_year,
    signed_heads,
    signed_roll,
)
from sim.money.paid_year import PaidYear
from sim.money.paying import budgets_of, expected_receipts, parts_of, pay_and_settle
from sim.money.payment import ffs
from sim.money.posting import money_of_year
from sim.outcomes.identities import check_identities
from sim.outcomes.measure import measure
from sim.outcomes.sums import YearRecord
from sim.tables import (
    EMPLOYEE_INSURED,
    INSURANCES,
    RESIDENT_INSURED,
    TIERS,
    TOWNSHIP,
    Floats,
    Flows,
    Ints,
    Providers,
    ScoredPay,
    Settlement,
)


class FundRules(NamedTuple):
    """A fund in force: whose it is, and the rules by which it pays and settles."""

    insurance: int
    name: str
    """For messages; "" for the resident fund."""
    config: SimConfig
    """The arm's configuration with this fund's own terms."""
    paid_by: Any
    """Its payment scheme's configuration."""


def in_force(config: SimConfig, paid_by: Any) -> tuple[FundRules, ...]:
    """The funds in force with their rules; the residents' fund first."""
    residents = FundRules(RESIDENT_INSURED, "", config, paid_by)
    if not config.fund.employee.apply:
        return (residents,)
    scheme = paid_by if config.fund.employee.payment == "same" else ffs.Config()
    budgets = payment.SCHEMES[scheme.scheme].has_budget
    terms = settlement.of_employees(config.settlement) if budgets else config.settlement
    updates = {"fund": fund.of_employees(config.fund), "settlement": terms}
    return residents, FundRules(EMPLOYEE_INSURED, "employee fund", config.model_copy(update=updates), scheme)


def open_books(config: SimConfig, ledgers: bool = False) -> Books:
    """Books before year 0; ``ledgers`` keeps the entries of every year."""
    return Books(
        rows=(),
        funds=(FundBooks(ledger=ledger.no_books(ledgers)),) * len(in_force(config, config.current_payment)),
        employees=Waiting(),
        policy=response.neutral(config.providers.communities),
        fixed_cost=None,
        needs=1.0,
        claims=(),
        weights=weights_ppm(config.claims),
        visit_weights=visit_weights_ppm(config.claims),
    )


def history_of(
    config: SimConfig,
    paid_by: Any,
    books: Books,
    year: int,
    ages: Ints,
    roll: Roll | None,
    fund_books: FundBooks | None = None,
) -> History:
    """What payment and settlement know of a year paid by a scheme.

    ``ages`` [community, age band] of its insured and ``roll`` are last year's until the year is over.
    ``fund_books`` are the books of the fund that pays; None: the resident fund's.  In an announced year (A23) the
    current payment goes on as if no reform were to come: its base years and amounts do not depend on the reform's date.
    """
    fund_books = books.funds[0] if fund_books is None else fund_books
    heads, listed = ages.sum(axis=1), None
    list_of = payment.SCHEMES[paid_by.scheme].listed
    if list_of is not None and roll is not None and fund_books.base is not None:
        listed = list_of(paid_by, fund_books.base, roll, len(heads))
    return History(
        closed=fund_books.closed,
        reform=config.years.history if year < config.starts else config.starts,
        year=year,
        heads=heads,
        weights=books.weights,
        growth=config.claims.growth,
        signed=None if roll is None else signed_heads(roll, len(heads)),
        visit_weights=books.visit_weights,
        listed=listed,
        ages=ages,
        benefit=two_funds.benefit_in(config.benefit, config.claims.growth, year).against_charges,
    )


def plan(config: SimConfig, books: Books, providers: Providers, year: int, off: bool) -> Policy:
    """How providers behave in the coming year, given what they can expect from the money.

    Heads and signed persons are last year's: this year's are not known before it begins.

    Raises:
        ConfigError: if members are to see a budget that is not what is charged to them, or an amount needs a past.
    """
    neutral = response.neutral(config.providers.communities)
    if off:
        return neutral
    held = any(payment.SCHEMES[rule.scheme].has_budget for rule in (config.payment, config.paid_in(year)))
    if held and not response.responds(config.response):
        return neutral
    if held:
        response.check(config.response, config.settlement.charged)
    funds = _in_force(config, config.paid_in(year), books)
    outlooks = [_outlook(rules, fund_books, books, providers, year) for rules, fund_books in funds]
    if year < config.starts:
        outlooks = _announced(config, outlooks, books, providers, year)
    incentives, stake = two_funds.together(outlooks)
    budgets = outlooks[0].budgets  # what members see in real time is the residents' budget
    expected = _prospect(config, outlooks, year) if stake.kept.any() and config.response.prevention else None
    return response.respond(config.response, incentives, stake, books.policy, budgets, expected)


def _prospect(config: SimConfig, outlooks: list[Outlook], year: int) -> Prospect:
    """What prevention would move of the money that budgets are charged, as far ahead as communities look."""
    change = illness.prospect(config.illness, expected_ages(config.population), config.response.horizon)
    return prospect(change, config.claims, outlooks, year)


def _in_force(config: SimConfig, paid_by: Any, books: Books) -> list[tuple[FundRules, FundBooks]]:
    """The funds in force, each with the books that it carries from last year."""
    rules = in_force(config, paid_by)
    fund_books = two_funds.books_of([rule.insurance for rule in rules], books.funds, books.employees)
    return list(zip(rules, fund_books, strict=True))


def _outlook(rules: FundRules, fund_books: FundBooks, books: Books, providers: Providers, year: int) -> Outlook:
    """What the rules of one fund offer in the coming year."""
    config, last = rules.config, fund_books.closed[-1]
    history = history_of(config, rules.paid_by, books, year, last.ages, fund_books.roll, fund_books)
    scheme = payment.SCHEMES[rules.paid_by.scheme]
    budgets = None
    if scheme.has_budget:
        means, insured = _means(config, year, last.heads)
        base = partial(settlement.budget, config.settlement, history, means, insured)
        expected = expected_receipts(config.settlement, history)
        budgets = budgets_of(rules.paid_by, None, history, base, last.claims, expected, config.settlement.charged)
        stake = settlement.stake(config.settlement, budgets, history, providers, fund_books.base)
        if scheme.budgets is None:  # else the scheme's own base, not settlement's
            stake = stake._replace(current=settlement.current_weight(config.settlement, history))
        if scheme.reach is not None:
            stake = stake._replace(reach=scheme.reach(rules.paid_by, history))
    else:
        stake = settlement.no_stake(last.heads)
    return Outlook(scheme.incentives(rules.paid_by, history), stake, last, budgets)


def _announced(
    config: SimConfig, outlooks: list[Outlook], books: Books, providers: Providers, year: int
) -> list[Outlook]:
    """The outlooks of an announced year: what is spent in it comes again in the first budget of the reform (A23).

    What communities will keep of that budget is judged from the years closed so far, as if it were the next one.
    """
    announced = []
    for outlook, (rules, fund_books) in zip(outlooks, _in_force(config, config.payment, books), strict=True):
        if payment.SCHEMES[rules.paid_by.scheme].budgets is None:  # else the scheme's own base, not settlement's
            coming = _outlook(rules, fund_books, books, providers, config.starts)
            first = history_of(
                rules.config, rules.paid_by, books, config.starts, coming.last.ages, fund_books.roll, fund_books
            )
            weight = settlement.base_weight(rules.config.settlement, first, year)
            outlook = outlook._replace(stake=outlook.stake._replace(won=weight * coming.stake.kept))
        announced.append(outlook)
    return announced


def _means(config: SimConfig, year: int, heads: Ints) -> tuple[int, int]:
    """Expected fund income left for care, and insured persons, before the year is known."""
    insured = int(heads.sum())
    return fund.available(config.fund, year, fund.Enrolment(insured, 0)), insured


def close_year(
    config: SimConfig, books: Books, policy: Policy, flows: Flows, providers: Providers, year: int, where: str
) -> Books:
    """Pay, settle, close the fund, check every identity, and measure one year.

    Args:
        config: the arm's configuration.
        books: the arm's books before the year.
        policy: the year's policy.
        flows: what the engine played.
        providers: institutions.
        year: 0-based.
        where: arm, replication and year, for the message if an identity breaks.
    """
    funds = _in_force(config, config.paid_in(year), books)
    closed = tuple(_close_fund(rules, fund_books, books, flows, providers, year, where) for rules, fund_books in funds)
    fixed = fixed_cost(config.claims, books, flows, providers, year - config.years.history + 1)
    in_history = year < config.years.history
    heads = np.sum([fund_books.closed[-1].heads for fund_books in closed], axis=0)
    residents, *beside = (fund_books.paid for fund_books in closed if fund_books.paid is not None)
    record = YearRecord(
        year,
        flows,
        residents,
        fixed,
        response.costs(config.response, policy, heads),
        other_income=_reward_income(config, [residents, *beside]),
        scored=scored_pay(config, residents.settled, providers),
        income_growth=config.fund.income_growth,
        employee=beside[0] if beside else None,
        base=funds[0][1].base,
    )
    return Books(
        rows=(*books.rows, *measure(record)),
        funds=closed,
        employees=two_funds.wait(
            books.employees, flows.population, _insured(config, flows, EMPLOYEE_INSURED, year), year < config.starts
        ),
        policy=policy,
        fixed_cost=fixed if in_history else books.fixed_cost,
        needs=flows.needs if in_history else books.needs,
        claims=(*books.claims, flows.claims) if config.output.claims else (),
        weights=books.weights,
        visit_weights=books.visit_weights,
        capped=books.capped and (residents.settled.capped or year < config.starts),
    )


def _close_fund(
    rules: FundRules, fund_books: FundBooks, books: Books, flows: Flows, providers: Providers, year: int, where: str
) -> FundBooks:
    """Pay and settle what one fund owes, close its books, and check every identity; arguments as in `close_year`."""
    config, insured = rules.config, _insured(rules.config, flows, rules.insurance, year)
    flows = two_funds.seen_from(rules.insurance, flows)
    where = f"{where}, {rules.name}" if rules.name else where
    roll = signed_roll(flows.population)
    paid = _booked(rules, fund_books, books, flows, providers, year, roll)
    opening = None if fund_books.fund is None else fund_books.fund.accumulated
    check_identities(flows, paid, opening=opening, where=where)
    return FundBooks(
        closed=(
            *fund_books.closed,
            closed_year(year, flows.claims, paid.payments.receipts, paid.history.heads, flows.provider, insured),
        ),
        paid=paid,
        held=fund_books.held + paid.books.reserve,
        roll=roll,
        base=base_costs(flows.population) if year < config.starts else fund_books.base,
        ledger=_post(rules, fund_books, paid, flows, year, where),
    )


def _insured(config: SimConfig, flows: Flows, insurance: int, year: int) -> Insured:
    """The persons of a fund in a year that is over.

    What other levels of its benefit had done for them is asked of the base years before a reform, and of later years
    where its amounts grow otherwise than charges.
    """
    asked = year < config.starts or config.benefit.indexation is not None
    known = two_funds.benefit_in(config.benefit, config.claims.growth, year) if asked else None
    return two_funds.insured(flows, insurance, config.providers.communities, known)


def _booked(
    rules: FundRules, fund_books: FundBooks, books: Books, flows: Flows, providers: Providers, year: int, roll: Roll
) -> PaidYear:
    """Pay one fund's year as it was played, settle its budgets, and close the fund's books of it."""
    config = rules.config
    ages = ages_of(flows.population, config.providers.communities)
    history = history_of(config, rules.paid_by, books, year, ages, roll, fund_books)
    enrolment = enrolment_of(flows.population)._replace(level=flows.income)
    rewards = family_doctors.rewards(config.contracts, flows.population, len(ages)).total
    means = fund.available(config.fund, year, enrolment, rewards)
    measures, scores = assessed(config, history, flows)
    known = known_of(fund_books, history, flows.provider)
    try:
        paid = pay_and_settle(rules.paid_by, config.settlement, history, flows.claims, providers, means, scores, known)
    except ConfigError as error:
        if year >= config.starts:
            raise
        raise _of_current_payment(error) from None
    due = fund.Due(paid.receipts, paid.transfers, rewards, paid.forfeited)
    books_of_year = fund.close(config.fund, year, enrolment, due, fund_books.fund, fund_books.held)
    return paid._replace(measures=measures, fund=books_of_year, parts=parts_of(paid))


def _reward_income(config: SimConfig, paid_years: list[PaidYear]) -> Money:
    """[tier] rewards that reach institutions, fen: those through the communities, at the township centres."""
    income = np.zeros(len(TIERS), dtype=np.int64)
    rewards = sum(paid.books.rewards for paid in paid_years)
    if rewards and config.contracts.reward_to == "community":
        income[TOWNSHIP] = rewards
    return income


def assessed(config: SimConfig, history: History, flows: Flows) -> tuple[Floats | None, Floats | None]:
    """Measures and scores of a simulated year, [community, indicator] and [community]; None where nobody is assessed.

    Scores are 1 before the reform; in history years no measures are returned.
    """
    rules = config.settlement.assessment
    if not rules.apply:
        return None, None
    measures = settlement.measures(flows, history)
    scores = settlement.scores(rules, measures, history.year - config.starts)
    return measures if history.year >= config.years.history else None, scores


def known_of(fund_books: FundBooks, history: History, counters: Ints) -> settlement.Known:
    """What the distribution of a simulated year knows besides claims."""
    none = np.zeros(0, dtype=np.int64)
    pooled = none if fund_books.settled is None else fund_books.settled.pooled
    return settlement.Known(history.weights, counters, max(history.year - history.reform, 0), pooled)


def scored_pay(config: SimConfig, settled: Settlement, providers: Providers) -> ScoredPay | None:
    """Pay and subsidy of members scaled by their scores; None where no tree scores them."""
    terms = config.settlement.distribution
    if not settled.unit_score.size:
        return None
    scores = np.array([ppm(score) for score in settled.unit_score.tolist()], dtype=np.int64)
    bases = terms.performance_pay, terms.director_salary, terms.fiscal_subsidy
    return ScoredPay(*(settlement.scored_pay(terms, base, providers, scores) for base in bases))


def _post(
    rules: FundRules, fund_books: FundBooks, paid: PaidYear, flows: Flows, year: int, where: str
) -> ledger.CarriedLedger:
    """Post and close the year in the fund's ledger, which must come to the same books."""
    config, communities = rules.config, rules.config.providers.communities
    cash = ledger.terms_of(config.settlement, budgets=bool(paid.settled.budget.size))
    money = money_of_year(
        year,
        paid,
        cash,
        communities,
        billed=flows.billed[:, :, RESIDENT_INSURED, 1] if flows.billed.size else None,
        shares=fund_books.ledger.shares,
    )
    institutions = [f"{number} {TIERS[tier]}" for number, tier in enumerate(paid.providers.tier.tolist())]
    chart = ledger.chart_of(communities, institutions)
    held = fund_books.held + paid.books.reserve
    return ledger.book_year(fund_books.ledger, chart, money, cash, held, where, INSURANCES[rules.insurance])


def _of_current_payment(error: ConfigError) -> ConfigError:
    """The same mistake told under ``current_payment``, the key of the rule that pays the history years.

    If the rule needs a past, the message says that the first history year has none.
    """
    if not isinstance(error, NoPast):
        return error.at("current_payment")
    place = error.at("current_payment").place
    return ConfigError(
        "the first history year has no past to take amounts from",
        where="current_payment",
        value=error.value,
        bound=error.bound,
        todo=f"give {error.give}, or choose current_payment=ffs",
        at=place,
    )
