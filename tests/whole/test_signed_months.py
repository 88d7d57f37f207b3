"""Contracts that begin and lapse in the course of the year (A7: the signed list is made anew every month)."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.__main__ import main
from sim.core.randomness import Key
from sim.core.rules import kernel
from sim.core.units import PPM, fen
from sim.county.family_doctors import Config, ContractRules, choose_community, sign_or_renew, signed_in
from sim.county.population import year_view
from sim.county.population.config import Config as PopulationConfig
from sim.county.population.demography import be_born
from sim.county.population.rules import compile_rules as compile_life
from sim.engine.choosing import choose_tier
from sim.engine.reference import Episode
from sim.money.history import BaseCosts, base_costs, signed_heads, signed_roll
from sim.money.payment import signed_quota
from sim.tables import RESIDENT_INSURED, Claims, Flows, Population
from tests.core_world import alike, assert_share, contract_rules, make, neutral, person, play, under_pressure
from tests.engine.test_engines import assert_engines_agree
from tests.money_world import ints
from tests.whole.test_signed import GROWTH, county, months_on_list, outcome, told_wrong

KEY = Key(8, 0)
RULES = contract_rules(Config(by_month=True))
OFTEN = contract_rules(Config(by_month=True, sign=0.6, sign_chronic=0.6, renew=0.5))


# --- the list: hand-worked -------------------------------------------------------------------------------------------
def hand_roll() -> Population:
    """Seven persons: (key, years signed, month, community, insurance)."""
    rows = [
        (1, 3, 5, 0, 1),  # renewed: all twelve months, whenever it began
        (2, 1, 9, 0, 1),  # signs in October: three months
        (3, 0, 4, 0, 1),  # lapses with April: four months
        (4, 1, 0, 0, 1),  # signs in January: twelve months; not there in the base year
        (5, 0, 0, 0, 1),  # lapsed with the old year, or never signed: none
        (6, 0, 6, 0, 2),  # an employee, who is of another fund
        (7, 0, 1, 1, 1),  # of the other community, lapses with January: one month
    ]
    people = alike(len(rows))
    for column, name in enumerate(("key", "signed", "signed_month", "community", "insurance")):
        people[name] = [row[column] for row in rows]
    return year_view(people, PopulationConfig(), 0)


BASE = BaseCosts(ints(1, 2, 3, 5, 6, 7), ints(0, 0, 0, 0, 0, 1), *[ints(1200, 2400, 600, 9000, 9000, 300)] * 4)


def test_joins_and_lapses_of_a_simulated_year() -> None:
    """Base costs 1,200 of person 1, 2,400 of 2, 600 of 3; 4 brings nothing: the list costs 1,200 + 600 in January to
    April, 1,200 in May to September, 1,200 + 2,400 in October to December.  A twelfth of each x 1.1 is four times 165,
    five times 110, three times 330: 2,200.  Months on the list: 12 + 3 + 4 + 12, and 1 in the other community.
    """
    roll = signed_roll(hand_roll())
    assert roll.key.tolist() == [1, 2, 3, 4, 7]
    found = signed_quota.listed(signed_quota.Config(person_base="own", newcomers="none"), BASE, roll, 2)
    assert found is not None
    assert found.costs.tolist() == [[1800] * 4 + [1200] * 5 + [3600] * 3, [300] + [0] * 11]
    assert found.months.tolist() == [31, 1]
    assert signed_quota.quota_of_months(found.costs[0].tolist(), 1_100_000)[-1] == 2200
    assert signed_heads(roll, 2).tolist() == [3, 0]  # 1, 2 and 4 at the year's end


def test_the_list_and_the_base_year_know_ages_and_months() -> None:
    """Bands of ten years; a year's months as in the list: 12 renewed, 3 from October, 4 to April, 12, none, 1."""
    people = hand_roll()
    people = people._replace(age=10 * people.key + 9)
    roll, base = signed_roll(people), base_costs(people)
    assert roll.band is not None
    assert base.band is not None
    assert base.months is not None
    assert roll.band.tolist() == [1, 2, 3, 4, 7]
    assert base.key.tolist() == [1, 2, 3, 4, 5, 7]
    assert base.band.tolist() == [1, 2, 3, 4, 5, 7]
    assert base.months.tolist() == [12, 3, 4, 12, 0, 1]


def test_newcomers_bring_the_mean_in_their_months_only() -> None:
    """The base year's persons of community 0 cost (1,200 + 2,400 + 600 + 9,000 + 9,000) / 5 = 4,440 each."""
    people = hand_roll()
    later = people._replace(signed_month=np.where(people.key == 4, 8, people.signed_month))
    of_own, with_mean = (signed_quota.Config(person_base="own", newcomers=kind) for kind in ("none", "mean"))
    for persons, begins in ((people, 0), (later, 8)):
        plain, own = (signed_quota.listed(c, BASE, signed_roll(persons), 2) for c in (of_own, with_mean))
        assert plain is not None
        assert own is not None
        assert (own.costs - plain.costs).tolist() == [[0] * begins + [4440] * (12 - begins), [0] * 12]


@pytest.mark.parametrize("signed", [0, 1, 2, 100])
@pytest.mark.parametrize("month", range(12))
def test_the_roll_and_the_rule_tell_the_same_months(signed: int, month: int) -> None:
    people = alike(1, signed=signed, signed_month=month)
    roll = signed_roll(year_view(people, PopulationConfig(), 0))
    ends = zip(np.atleast_1d(roll.first).tolist(), np.atleast_1d(roll.last).tolist(), strict=True)
    listed = [m for first, last in ends for m in range(first, last + 1)]
    him = person(signed=signed, signed_month=month)
    assert [m for m in range(12) if signed_in(him, 12 * 7 + m)] == listed
    if signed > 1:
        assert len(listed) == 12


# --- contracts over the years ----------------------------------------------------------------------------------------
@kernel
def sign_all(residents: np.ndarray, rules: ContractRules, key: Key, year: int) -> None:
    for row in range(len(residents)):
        sign_or_renew(residents[row], rules, 0.0, key, year)


def over_years(years: int, rules: ContractRules = OFTEN, **fields: int) -> np.ndarray:
    """[person, month] whether signed, for some years from the county's first one."""
    people = alike(2_000, **fields)
    told = []
    for year in range(years):
        sign_all(people, rules, KEY, year)
        persons = [person(signed=int(row["signed"]), signed_month=int(row["signed_month"])) for row in people]
        told.append([[signed_in(him, 12 * year + month) for month in range(12)] for him in persons])
    return np.concatenate(told, axis=1)


@pytest.mark.parametrize("at_first", [0, 1])
def test_a_contract_lasts_whole_years_from_its_month(at_first: int) -> None:
    """Spells begun after January of the first year and ended before the last month are of 12, 24, ... months; those
    that go on from before the county's first year end in any month of it.
    """
    signed = over_years(6, signed=at_first)
    lengths, first = [], []
    for months in signed.tolist():
        at = 0
        for on, run in groupby(months):
            length = len(list(run))
            if on and at > 0 and at + length < 72:
                lengths.append(length)
            if on and at == 0 and length < 12:
                first.append(length)
            at += length
    assert {length % 12 for length in lengths} == {0}
    assert {12, 24, 36} <= set(lengths)
    assert set(first) == (set(range(1, 12)) if at_first else set())


def test_every_month_is_as_likely_as_another() -> None:
    people = alike(40_000)
    sign_all(people, OFTEN, KEY, 1)
    for month in range(12):
        assert_share(people["signed_month"][people["signed"] == 1] == month, 1 / 12)
    assert not people["signed_month"][people["signed"] == 0].any()


def test_the_month_is_a_draw_of_its_own() -> None:
    """Who is signed at each year's end is the same with and without months, and without them no month is set."""
    with_months, without = alike(4_000), alike(4_000)
    plain = contract_rules(Config(sign=0.6, sign_chronic=0.6, renew=0.5))
    for year in range(4):
        sign_all(with_months, OFTEN, KEY, year)
        sign_all(without, plain, KEY, year)
        assert (with_months["signed"] == without["signed"]).all()
        assert with_months["signed_month"].any()
        assert not without["signed_month"].any()


def test_leaving_ends_a_contract_at_once_and_a_child_shares_its_mothers() -> None:
    leaver = person(signed=3, signed_month=7, away=1)
    sign_or_renew(leaver, RULES, 0.0, KEY, 4)
    assert [signed_in(leaver, month) for month in range(12)] == [0] * 12
    mother, child = person(key=1, signed=4, signed_month=7), person(key=2)
    be_born(child, mother, compile_life(PopulationConfig()), KEY, 3)
    assert (child.signed, child.signed_month) == (1, 7)


def test_a_community_answers_until_the_end_of_the_year_of_the_lapse() -> None:
    rules, effort = contract_rules(Config(by_month=True, compete=0.0)), np.zeros(2)
    for fields, community in (
        ({"signed": 2, "signed_month": 3}, 1),
        ({"signed": 0, "signed_month": 3}, 1),  # lapses in April
        ({"signed": 0, "signed_month": 0}, 0),
        ({"signed": 1, "signed_month": 3}, 0),  # signs anew after a lapse: chooses from home
    ):
        him = person(community=1, **fields)
        choose_community(him, rules, effort, 0, KEY, 3)
        assert him.community == community


# --- simulated years -------------------------------------------------------------------------------------------------
BY_MONTH = {"by_month": True, "sign": 0.4, "renew": 0.5, "compete": 0.6, "compete_home": -1.0}
TWO = {"communities": 2, "county_hospitals": 2}
PRESSED = under_pressure(200, providers=TWO, contracts=BY_MONTH)


@pytest.mark.slow
def test_engines_agree_where_contracts_change_by_month() -> None:
    kernel_played, reference = assert_engines_agree(PRESSED, [neutral(PRESSED)] * 3, Key(5, 0))
    for flows in (kernel_played.years[-1], reference.years[-1]):
        people = flows.population
        assert ((people.signed == 0) & (people.signed_month > 0)).sum() > 5
        assert ((people.signed == 1) & (people.signed_month > 0)).sum() > 5
        assert told_wrong(flows) == []


def test_a_contract_draws_patients_in_its_months_only() -> None:
    """Weights of the tiers for who signs in July: until June those of the unsigned, then those of the signed."""
    world = make(PRESSED, "reference").world
    conduct = neutral(PRESSED).conduct(world.rules)

    def weights(month: int, **fields: int) -> list[float]:
        found = np.zeros(5)
        choose_tier(world, conduct, person(**fields), Episode(month, 0, 1, 0), month, found, 0, 0)
        return found.tolist()

    for month in range(24):
        anew = weights(month, signed=1, signed_month=6)
        assert anew == weights(month, signed=2 if month % 12 >= 6 else 0)
    assert weights(0, signed=2) != weights(0, signed=0)


def test_claims_are_signed_in_the_months_on_the_list_only() -> None:
    years = play(PRESSED, 3, engine="reference").years
    assert [told_wrong(flows) for flows in years] == [[], [], []]
    for flows in years:  # a list that ignores the months would be found
        people = flows.population
        by_year = people._replace(signed_month=np.zeros_like(people.signed_month))
        assert told_wrong(flows._replace(population=by_year)) == ["signed"]


def quota_by_hand(base: Claims, people: Population, years: int, by_month: bool = True) -> list[int]:
    """The communities' quotas from single claims of the base year and the persons of the year, month by month, fen."""
    own: dict[int, int] = {}
    for key, insurance, amount in zip(
        base.resident.tolist(), base.insurance.tolist(), base.statutory.tolist(), strict=True
    ):
        if insurance == RESIDENT_INSURED:
            own[key] = own.get(key, 0) + amount
    lists = [[0] * 12, [0] * 12]
    for row in np.flatnonzero(people.insurance == RESIDENT_INSURED).tolist():
        months = months_on_list(people, row) if by_month else range(12 if people.signed[row] else 0)
        for month in months:
            lists[people.community[row]][month] += own.get(int(people.key[row]), 0)
    growth = Fraction(round(float(GROWTH) ** years * PPM), PPM)
    halves = [[2 * cost * growth / 12 + 1 for cost in costs] for costs in lists]
    return [sum(int(twice // 2) for twice in months) for months in halves]


WORDS = ("contracts.by_month=true", "contracts.sign=0.3", "contracts.renew=0.6", "payment.within=ffs")


def test_the_simulated_quota_is_the_sum_of_its_months() -> None:
    played, measured, _ = county(*WORDS)
    for year in (2, 3):
        flows: Flows = played[year]
        expected = quota_by_hand(played[1].claims, flows.population, year - 1)
        assert outcome(measured[year], "quota") == expected
        assert expected != quota_by_hand(played[1].claims, flows.population, year - 1, by_month=False)
        claims, people = flows.claims, flows.population
        on = {(int(people.key[r]), m) for r in range(len(people.key)) for m in months_on_list(people, r)}
        charged = [0, 0]
        for row in np.flatnonzero((claims.insurance == RESIDENT_INSURED) & (claims.home >= 0)).tolist():
            if (int(claims.resident[row]), int(claims.month[row])) in on:
                charged[claims.home[row]] += int(claims.statutory[row])
        assert outcome(measured[year], "quota_charged") == charged
        assert min(charged) > 0


def test_the_signing_fee_is_paid_for_contracts_begun_or_renewed() -> None:
    """40 yuan each: who lapses in the course of the year was paid for last year."""
    played, measured, _ = county(*WORDS)
    for year in (2, 3):
        people = played[year].population
        contracts = int(((people.insurance == RESIDENT_INSURED) & (people.signed > 0)).sum())
        (paid,) = [fen(value) for _, name, group, value in measured[year] if name == "fund_signing" and group == "all"]
        assert paid == fen(40) * contracts
        roll = signed_roll(people)
        assert signed_heads(roll, 2).sum() == contracts < len(roll.key)


def test_a_simulated_year_is_explained_to_the_fen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    small = ["population.residents=400", "experiment.replications=1", "years.history=1", "years.reform=2",
             "output.claims=true", "output.report=false", "settlement=own_risk", "engine=reference",
             f"output.dir={out}"]  # fmt: skip
    assert main(["run", "payment=signed_quota", *WORDS, *small]) == 0
    rows = pd.read_parquet(out / "outcomes.parquet").query("year == 2 and draw == 0 and group == 'all'")
    (quota,) = rows[(rows["outcome"] == "quota") & ~rows["arm"].str.endswith("@off")]["value"]
    capsys.readouterr()
    assert main(["explain", "fund", "year=2", f"run={out}"]) == 0
    told = capsys.readouterr().out
    assert f"{quota:.2f}" in told.replace(",", "")
    costs = re.findall(r"list of month +(\d+)\D+([\d,]+\.\d\d)", told)
    assert [int(month) for month, _ in costs] == list(range(1, 13))
    assert len({cost for _, cost in costs}) > 6
