"""Who is signed: on each claim, on the list of a quota (A7), and in the two ledgers of one hospital (A7 with A8)."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import pipeline
from sim.closing.arm import open_books, plan
from sim.config import SimConfig, load_config
from sim.core.randomness import Key
from sim.core.units import PPM, fen
from sim.engine import engines, sink
from sim.money import response
from sim.money.history import BaseCosts, Prospect, Roll, Stake, base_costs, closed_year, condense, signed_roll
from sim.money.payment import SCHEMES, signed_quota
from sim.money.response.prevention import target_effort
from sim.outcomes import Row
from sim.settle.read import signed as signed_module
from sim.tables import RESIDENT_INSURED, TIERS, UNKNOWN, Claims, Flows, Population, Providers
from tests.core_world import interpreted_kernel, play, recorded, under_pressure
from tests.money_world import ints, make_claims, make_history, make_providers
from tests.settle.test_lists import settled

PRESSED = under_pressure(200, providers={"communities": 2, "county_hospitals": 2})


# --- claims, months and persons of a simulated year ------------------------------------------------------------------
def months_on_list(people: Population, row: int) -> range:
    """Months of the year in which a person is signed: until the lapse, from the signing, or all."""
    signed, month = int(people.signed[row]), int(people.signed_month[row])
    if signed == 0:
        return range(month)
    return range(month if signed == 1 else 0, 12)


def told_wrong(flows: Flows) -> list[str]:
    """What claims say of persons and months, against the persons and the months; single claims."""
    claims, people = flows.claims, flows.population
    status = {key: months_on_list(people, row) for row, key in enumerate(people.key.tolist())}
    told = zip(claims.resident.tolist(), claims.month.tolist(), claims.signed.tolist(), strict=True)
    wrong = []
    if any((month in status[key]) != bool(own) for key, month, own in told):
        wrong.append("signed")
    billed = np.zeros_like(flows.billed)
    for column, amounts in enumerate((claims.charge, claims.statutory)):
        np.add.at(billed[..., column], (claims.month, claims.provider, claims.insurance), amounts)
    if (billed != flows.billed).any():
        wrong.append("billed")
    visits = claims.category < 2
    for name, amounts, rows in (
        ("statutory", claims.statutory, np.ones_like(visits)),
        ("statutory_visits", claims.statutory, visits),
        ("charge_visits", claims.charge, visits),
    ):
        sums: dict[int, int] = dict.fromkeys(people.key.tolist(), 0)
        for key, amount in zip(claims.resident[rows].tolist(), amounts[rows].tolist(), strict=True):
            sums[key] += amount
        if list(sums.values()) != getattr(people, name).tolist():
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_claims_months_and_persons_tell_the_same(engine: str) -> None:
    years = play(PRESSED, 2, engine=engine).years
    assert [told_wrong(flows) for flows in years] == [[], []]
    last = years[-1]
    assert 0.1 < last.claims.signed.mean() < 0.9
    assert (last.billed[..., 0].sum(axis=(1, 2)) > 0).all()


def test_a_claim_or_a_month_that_tells_otherwise_would_be_found() -> None:
    with interpreted_kernel() as patch:
        write = sink.write_claim

        def late(world: Any, into: Any, person: Any, *rest: Any) -> None:
            write(world, into, person, *rest[:-1], rest[-1] + 1)

        patch.setattr("sim.engine.encounter.write_claim", late)
        moved = play(under_pressure(60), engine="reference").years[0]
    shifted = moved._replace(claims=moved.claims._replace(month=(moved.claims.month - 1) % 12))
    assert told_wrong(shifted) == ["billed"]
    true = play(under_pressure(60), engine="reference").years[0]
    flipped = true.claims.signed.copy()
    flipped[7] = 1 - flipped[7]
    assert told_wrong(true._replace(claims=true.claims._replace(signed=flipped))) == ["signed"]


def test_summed_visits_keep_the_signed_apart() -> None:
    single, summed = (play(PRESSED, engine="reference", single_visits=kind).years[0].claims for kind in (True, False))
    for claims in (single, summed):
        assert set(np.unique(claims.signed)) == {0, 1}
    for signed in (0, 1):
        one, other = (claims.statutory[claims.signed == signed].sum() for claims in (single, summed))
        assert one == other > 0


def test_condensing_keeps_the_signed_apart() -> None:
    row: dict[str, Any] = {"tier": "county", "charge": 900, "statutory": 600}
    claims = make_claims([row | {"signed": 1}, row, row | {"signed": 0, "statutory": 500}, row | {"signed": 1}])
    kept = condense(claims)
    assert kept.signed.tolist() == [UNKNOWN, 0, 1]
    assert kept.statutory.tolist() == [fen(600), fen(500), fen(1200)]


# --- the list: hand-worked -------------------------------------------------------------------------------------------
BASE = BaseCosts(
    key=ints(3, 5, 8, 11),
    community=ints(0, 0, 1, 1),
    fund=ints(1000, 400, 700, 100),
    fund_visits=ints(300, 400, 0, 50),
    charge=ints(2000, 600, 900, 400),
    charge_visits=ints(500, 600, 0, 90),
)
OWN = {"person_base": "own", "newcomers": "none"}
"""The sum of own costs: who has none brings nothing."""
ROLL = Roll(key=ints(11, 3, 99, 8, 100, 101), community=ints(1, 0, 0, 0, 1, 1))
"""11 in community 1; 3 and 8 in 0 (8 has moved); 99, 100 and 101 are new."""


@pytest.mark.parametrize(
    ("settings", "costs"),
    [
        (OWN, [1700, 100]),
        (OWN | {"range": "outpatient"}, [300, 50]),
        (OWN | {"base_measure": "cost"}, [2900, 400]),
        (OWN | {"base_measure": "cost", "range": "outpatient"}, [500, 90]),
        # newcomers bring the mean of the base year's persons: (1000 + 400) / 2 = 700; twice (700 + 100) / 2 = 400
        ({"person_base": "own"}, [2400, 900]),
    ],
)
def test_a_list_is_the_sum_of_its_persons_own_costs(settings: dict[str, str], costs: list[int]) -> None:
    found = signed_quota.listed(signed_quota.Config(**settings), BASE, ROLL, 2)
    assert found is not None
    assert found.costs.tolist() == [[cost] * 12 for cost in costs]
    assert found.months.tolist() == [36, 36]


def test_by_default_a_list_costs_what_the_signed_of_its_ages_did() -> None:
    """Base year, of two age bands: the young signed cost 100, 300 (half a year: 150) and 500, the old 2,000.

    Young: (100 + 150 + 500) / 2.5 = 300 a head; old: 2,000.  Community 0 had the 100, the 300 and the old one signed:
    100 + 150 + 2,000 = 2,250, by their ages 1.5 x 300 + 2,000 = 2,450; community 1 the 500 of 300.  The list of now is
    two old in community 0, one of them in December only, and a young one in 1 who was not there.  Who never
    signed counts for nobody: 9,000 at the age of 50, 7,000 young.
    """
    base = BaseCosts(
        ints(1, 2, 3, 4, 5, 6), ints(0, 0, 1, 0, 0, 0), *[ints(100, 300, 500, 2000, 9000, 7000)] * 4,
        band=ints(3, 3, 3, 7, 5, 3), months=ints(12, 6, 12, 12, 0, 0),
    )  # fmt: skip
    roll = Roll(ints(1, 4, 99), ints(0, 0, 1), first=ints(0, 11, 0), last=ints(11, 11, 11), band=ints(7, 7, 3))
    found = signed_quota.listed(signed_quota.Config(), base, roll, 2)
    assert found is not None
    old = round(2000 * 2250 / 2450)
    assert found.costs.tolist() == [[old] * 11 + [round(2 * 2000 * 2250 / 2450)], [500] * 12]
    # nobody signed at 50: all persons of that age, at the community's level
    roll = roll._replace(band=ints(5, 5, 5), first=0)
    found = signed_quota.listed(signed_quota.Config(), base, roll, 2)
    assert found is not None
    assert found.costs[0, 0] == round(2 * 9000 * 2250 / 2450)


def test_without_persons_there_is_no_cost_and_with_a_given_share_no_list() -> None:
    nobody = BaseCosts(*(ints() for _ in BaseCosts._fields))
    found = signed_quota.listed(signed_quota.Config(newcomers="mean"), nobody, ROLL, 2)
    assert found is not None
    assert not found.costs.any()
    assert signed_quota.listed(signed_quota.Config(signed_share=0.4), BASE, ROLL, 2) is None


def test_joins_leaves_and_lapses_month_by_month(tmp_path: Path) -> None:
    """Base costs 1,200, 2,400 and 600; growth 1.1.  甲 all year: 110 a month.  乙 leaves on 15 April, so that its last
    list is March's, and signs again on 1 October: 220 in January to March and October to December.  丙 joins on 31 May:
    55 from May on.  The quota of the months: 330 three times, 110, 165 five times, 385 three times.

    Of the claims 500 of 甲 and 300 of 乙 in February are under the quota; 200 of 乙 after the lapse, and 40 of 丁,
    who never signed, are not, in the same hospital.
    """
    files = {
        "claims": "person,provider,category,home,date,charge,statutory\n甲,0003,住院,东,2024-02-05,900,500\n"
        "乙,0003,门诊,东,2024-02-28,400,300\n乙,0003,门诊,东,2024-04-20,300,200\n丁,0003,门诊,东,2024-02-01,50,40\n",
        "signed": "person,community,base_cost,signed_from,signed_to\n甲,东,1200,2020-01-01,\n乙,东,2400,2023-05-01,"
        "2024-04-15\n乙,东,2400,2024-10-01,\n丙,东,600,2024-05-31,2025-05-30\n",
    }
    months = [330, 330, 330, 110, 165, 165, 165, 165, 165, 385, 385, 385]
    assert accumulated(tmp_path / "right", files) == np.cumsum(months).tolist()
    (community,) = read(tmp_path / "right" / "communities.csv")
    # the fund pays all bills; what is kept is the quota less 800
    assert float(community["transfer"]) == sum(months) - 800
    with pytest.MonkeyPatch.context() as patch:  # a list that does not know of lapses
        known = signed_module._on
        patch.setattr(signed_module, "_on", lambda spells, *day: known(spells._replace(end=spells.end * 0 + 1e9), *day))
        assert accumulated(tmp_path / "wrong", files) != np.cumsum(months).tolist()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def accumulated(folder: Path, files: dict[str, str]) -> list[float]:
    folder.mkdir()
    result = settled(folder, "payment=signed_quota", "payment.within=ffs", "payment.purchase_ratio=1.1", **files)
    for name in ("quota.csv", "communities.csv"):
        (folder / name).write_bytes((result.folder / name).read_bytes())
    return [float(row["accumulated"]) for row in read(folder / "quota.csv") if row["community"] == "东"]


# --- the two ledgers of one hospital: hand-worked --------------------------------------------------------------------
def two_ledgers(**settings: Any) -> tuple[Any, Any]:
    """Base year 1,200 of fund money of one signed person; two communities of ten; the year's claims."""
    rows: list[dict[str, Any]] = [
        {"tier": "county", "charge": 900, "statutory": 600, "signed": 1},
        {"tier": "county", "charge": 500, "statutory": 400, "signed": 0},
        {"tier": "county", "category": "outpatient", "charge": 90, "statutory": 60, "signed": 1},
        {"tier": "county", "charge": 500, "statutory": 300, "signed": 1, "home": 1, "at": 0},
        {"tier": "city", "charge": 900, "statutory": 200, "signed": 1, "home": 0},
        {"tier": "county", "charge": 800, "statutory": 700, "signed": 1, "insurance": "employee"},
    ]
    claims, providers = make_claims(rows), make_providers(2)
    city = len(providers.tier) - 2
    claims = claims._replace(provider=np.where(claims.provider >= 100, city, claims.provider))
    config = signed_quota.Config(within="ffs", growth=0, **settings)
    listed = signed_quota.listed(config, BaseCosts(ints(1), ints(0), *[ints(fen(1200))] * 4), Roll(ints(1), ints(0)), 2)
    history = make_history([make_claims([])], [[10, 10]])._replace(listed=listed)
    prepared = signed_quota.prepare(config, history)
    receipts = signed_quota.pay(config, prepared, claims, providers).receipts
    found = signed_quota.ledgers(config, prepared, claims, receipts, providers)
    return found, signed_quota.budgets(config, prepared, lambda: 1 / 0, claims, receipts)


def test_signed_and_unsigned_patients_of_one_hospital_debit_two_ledgers() -> None:
    found, budgets = two_ledgers()
    hospital, city = 2, 6
    assert found.provider[hospital].tolist() == [fen(600 + 60 + 300), fen(400)]
    assert found.provider[city].tolist() == [fen(200), 0]
    assert found.charged.tolist() == [fen(600 + 60 + 200), fen(300)]
    assert found.outside.tolist() == [fen(400), 0]
    assert found.quota.tolist() == [fen(1200), 0]
    assert budgets.tolist() == [fen(1200 + 400), 0]


@pytest.mark.parametrize("within", ["ffs", {"scheme": "drg", "rate": 9000, "rate_growth": 0}, "dip"])
def test_the_two_ledgers_hold_all_that_a_hospital_is_due(within: Any) -> None:
    played, _, providers = county("payment.within=ffs", "payment.range=all")
    past, claims = played[1].claims, played[2].claims
    config = signed_quota.Config(within=within)
    history = make_history([past], [[1, 1]], weights=[1.0] * 100)._replace(
        listed=signed_quota.listed(config, base_costs(played[1].population), signed_roll(played[2].population), 2)
    )
    prepared = signed_quota.prepare(config, history)
    receipts = signed_quota.pay(config, prepared, claims, providers).receipts
    found = signed_quota.ledgers(config, prepared, claims, receipts, providers)
    due = np.zeros(len(providers.tier), dtype=np.int64)
    np.add.at(due, claims.provider, receipts)
    assert found.provider.sum(axis=1).tolist() == due.tolist()
    county_hospital = int(np.flatnonzero(providers.tier == 2)[0])
    assert (found.provider[county_hospital] > 0).all()
    assert (found.charged + found.outside).sum() == due.sum()


def test_out_of_range_stays_of_the_signed_are_beside_the_quota() -> None:
    found, _ = two_ledgers(range="outpatient")
    assert found.provider[2].tolist() == [fen(60), fen(600 + 400 + 300)]


@pytest.mark.parametrize("share", [0.0, 0.37, 1.0])
def test_claims_that_do_not_say_it_count_in_proportion(share: float) -> None:
    """The rows add up to the community's sum x share, half up, whatever their roundings."""
    rows: list[dict[str, Any]] = [{"tier": "county", "charge": 10, "statutory": 1.01 + k / 100} for k in range(9)]
    claims, config = make_claims(rows), signed_quota.Config(within="ffs", growth=0, signed_share=share)
    prepared = signed_quota.prepare(config, make_history([claims], [[10]]))
    charged = signed_quota.under_quota(config, prepared, claims, claims.statutory)
    whole = sum(101 + k for k in range(9))
    assert charged.sum() == (whole * round(share * 100) + 50) // 100
    assert (charged >= 0).all()
    assert (charged <= claims.statutory).all()


# --- what saving is worth: only money under the quota -----------------------------------------------------------------
@pytest.mark.parametrize(("scope", "of_stays"), [("all", 0.6), ("outpatient", 0.0)])
def test_only_money_under_the_quota_is_debited(scope: str, of_stays: float) -> None:
    """The fund paid 800 of 1,000 for stays, 600 of it for signed persons: 0.8 x 600 / 800 of one more yuan.  Of visits
    it paid 120 of 480, 30 of it for signed persons: 0.25 x 30 / 120.  Nobody had a chronic visit.
    """
    rows: list[dict[str, Any]] = [
        {"tier": "county", "charge": 700, "statutory": 600, "signed": 1},
        {"tier": "county", "charge": 300, "statutory": 200, "signed": 0},
        {"tier": "county", "category": "outpatient", "charge": 240, "statutory": 30, "signed": 1},
        {"tier": "county", "category": "outpatient", "charge": 240, "statutory": 90, "signed": 0},
    ]
    config = signed_quota.Config.model_validate({"within": "ffs", "range": scope})
    listed = signed_quota.listed(config, BaseCosts(ints(1), ints(0), *[ints(fen(1200))] * 4), Roll(ints(1), ints(0)), 1)
    history = make_history([make_claims(rows)], [[10]])._replace(listed=listed)
    found = signed_quota.incentives(config, history)
    assert found.debited[2].tolist() == pytest.approx([0.0625, 0.0, of_stays])
    assert (found.returned == 1.0).all()
    nobody = config.model_copy(update={"signed_share": 0.0})
    assert (signed_quota.incentives(nobody, history._replace(listed=None)).debited == 0.0).all()


def test_effort_is_for_the_signed() -> None:
    """300 of 1,000 are signed: the effort that a saving calls forth is for three in ten, so 0.3 of it on average."""
    history = make_history([make_claims([])], [[1000]])._replace(signed=ints(300))
    config = signed_quota.Config()
    assert signed_quota.reach(config, history).tolist() == [0.3]
    assert signed_quota.reach(signed_quota.Config(signed_share=0.5), history).tolist() == [0.5]
    whole = response.Config(optimism_spread=0.0)  # 30 yuan a head: the best effort is what is kept
    stake = Stake(np.array([0.8]), np.ones(1), 1.0, ints(1000))
    (all_of_it,) = target_effort(whole, 1.0, stake, Prospect(saved=3000.0, added=0.0))
    assert all_of_it == pytest.approx(0.8)
    of_signed = stake._replace(reach=np.array([0.3]))
    assert target_effort(whole, 1.0, of_signed, Prospect(saved=900.0, added=0.0)) == pytest.approx([0.24])


def test_a_simulated_quota_plans_effort_for_the_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a quota that would answer for everybody: less effort, by the part of each community that is signed."""
    config = load_config([*SMALL, "payment=signed_quota", "settlement=own_risk", "response.prevention_cost=0",
                          "response.optimism=20"])  # fmt: skip
    start = pipeline.run_history(config, 0)

    def effort() -> list[float]:
        return plan(config, start.books, start.engine.world.providers, config.years.history, False).prevention.tolist()

    signed = effort()
    monkeypatch.setitem(SCHEMES, "signed_quota", replace(SCHEMES["signed_quota"], reach=None))
    everybody = effort()
    assert start.books.roll is not None
    part = np.bincount(start.books.roll.community, minlength=2) / start.books.closed[-1].heads
    assert min(part) > 0.1
    assert signed == pytest.approx(everybody * part, abs=1e-6)
    assert min(everybody) > 0


# --- volume purchase -------------------------------------------------------------------------------------------------
def test_volume_purchase_cuts_after_the_first_cycle_only() -> None:
    """20 % saved, 70 % retained: 6 % off, from the third year of the reform on."""
    config = signed_quota.Config(within="ffs", procurement_saving=0.2, procurement_retention=0.7)
    none = [make_claims([])]
    cuts = [signed_quota.procurement_cut(config, make_history(none, [[1]], reform=1, year=y)) for y in range(1, 6)]
    assert cuts == [0, 0, 60_000, 60_000, 60_000]
    always = config.model_copy(update={"procurement_cycle": 0})
    assert signed_quota.procurement_cut(always, make_history(none, [[1]])) == 60_000
    kept = config.model_copy(update={"procurement_retention": 1.0})
    assert signed_quota.procurement_cut(kept, make_history(none, [[1]], reform=1, year=9)) == 0


# --- a simulated county ----------------------------------------------------------------------------------------------
GROWTH = Fraction(106, 100)
SMALL = [
    "population.residents=500", "population.households_per_village=20", "population.villages_per_township=2",
    "providers.communities=2", "providers.county_hospitals=2", "engine=reference", "years.warm_up=0",
    "years.history=2", "years.reform=2", "output.claims=true", "payment=signed_quota",
]  # fmt: skip


@cache
def county(*more: str) -> tuple[list[Flows], list[list[Row]], Providers]:
    """Four years, two of them reform years; what was played and measured in each."""
    config: SimConfig = load_config([*SMALL, "payment.person_base=own", "payment.newcomers=none", *more])
    engine = engines.create("reference", pipeline.rule_configs(config), Key(3, 0), engines.Setting(True, 0))
    played, measured = recorded(engine), []
    branch, test = pipeline.Branch(engine, (open_books(config),), (0,)), pipeline.Arm("test", config, off=True)
    for year in range(4):
        before = len(branch.books[0].rows)
        (branch,) = pipeline.year_of([test], branch, 0, year)
        measured.append(list(branch.books[0].rows[before:]))
    return played, measured, engine.world.providers


def quota_by_hand(base: Claims, year: Flows, visits: bool, column: str, years: int) -> list[int]:
    """The communities' quotas from the single claims of the base year and the persons of the year, fen."""
    own: dict[int, int] = {}
    for key, insurance, category, amount in zip(
        base.resident.tolist(),
        base.insurance.tolist(),
        base.category.tolist(),
        getattr(base, column).tolist(),
        strict=True,
    ):
        if insurance == RESIDENT_INSURED and (category < 2 or not visits):
            own[key] = own.get(key, 0) + amount
    people, sums = year.population, [0, 0]
    for key, insurance, signed, community in zip(
        people.key.tolist(), people.insurance.tolist(), people.signed.tolist(), people.community.tolist(), strict=True
    ):
        if insurance == RESIDENT_INSURED and signed:
            sums[community] += own.get(key, 0)
    growth = Fraction(round(float(GROWTH) ** years * PPM), PPM)
    months = [Fraction(s) * growth / 12 for s in sums]
    return [12 * ((2 * m.numerator + m.denominator) // (2 * m.denominator)) for m in months]


def outcome(rows: list[Row], name: str) -> list[int]:
    """By community, fen."""
    return [fen(value) for _, what, group, value in rows if what == name and group.startswith("community")]


@pytest.mark.parametrize("within", ["ffs", "dip"])
@pytest.mark.parametrize("ranged", ["all", "outpatient"])
def test_the_simulated_quota_is_that_of_the_persons_on_the_list(within: str, ranged: str) -> None:
    played, measured, _ = county(f"payment.within={within}", f"payment.range={ranged}")
    for year in (2, 3):
        expected = quota_by_hand(played[1].claims, played[year], ranged == "outpatient", "statutory", year - 1)
        assert outcome(measured[year], "quota") == expected
        assert min(expected) > 0
        heads = [float(v) for _, what, group, v in measured[year] if what == "signed_heads" and group != "all"]
        roll = signed_roll(played[year].population)
        assert heads == np.bincount(roll.community).tolist()
    # what was shown is not the quota of last year's list
    assert expected != quota_by_hand(played[1].claims, played[2], ranged == "outpatient", "statutory", 2)


def test_the_simulated_quota_is_charged_what_the_signed_cost() -> None:
    """By bills, the fund money of a community's signed persons wherever treated; everything else is beside it."""
    played, measured, _ = county("payment.within=ffs", "payment.range=all")
    for year in (2, 3):
        claims = played[year].claims
        mine = claims.insurance == RESIDENT_INSURED
        for name, signed in (("quota_charged", 1), ("outside_quota", 0)):
            sums = [int(claims.statutory[mine & (claims.signed == signed) & (claims.home == c)].sum()) for c in (0, 1)]
            assert outcome(measured[year], name) == sums
            assert min(sums) > 0
            # the same by where they were treated: a county hospital stands in both ledgers
            for number, tier in enumerate(TIERS):
                there = mine & (claims.signed == signed) & (claims.tier == number)
                (found,) = [fen(v) for _, what, group, v in measured[year] if (what, group) == (name, tier)]
                assert found == int(claims.statutory[there].sum())
        surplus = np.array(outcome(measured[year], "quota")) - outcome(measured[year], "quota_charged")
        assert outcome(measured[year], "surplus") == surplus.tolist()
        rates = [v for _, what, group, v in measured[year] if what == "surplus_rate" and group != "all"]
        assert rates == pytest.approx(
            surplus / outcome(measured[year], "quota")
        )  # not of what passes through beside it


def test_a_quota_of_the_wrong_persons_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule broken: a person's cost is found at the neighbour's place."""
    known = signed_quota.np.searchsorted
    monkeypatch.setattr(signed_quota.np, "searchsorted", lambda keys, wanted: known(keys, wanted) + 1)
    found = signed_quota.listed(signed_quota.Config(), BASE, ROLL, 2)
    assert found is not None
    assert found.costs[:, 0].tolist() != [1700, 100]


def test_the_base_year_keeps_persons_by_key() -> None:
    played, _, _ = county("payment.within=ffs", "payment.range=all")
    base = base_costs(played[1].population)
    assert (np.diff(base.key) > 0).all()
    claims = played[1].claims
    assert base.fund.sum() == claims.statutory[claims.insurance == RESIDENT_INSURED].sum()
    heads = np.bincount(base.community)
    assert closed_year(1, claims, claims.statutory * 0, heads).heads.tolist() == heads.tolist()
