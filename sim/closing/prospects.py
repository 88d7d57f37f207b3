"""What prevention effort would move of the fund money that budgets are charged, told before a year is played.

Illness says what part of stays and of chronic visits effort changes (`sim.county.illness.prospect`), claims what
stepping down saves (`sim.county.claims.recovery`); the last closed year says what all of them cost.  Money of a pool
that is spent whatever is avoided does not count (`sim.money.history.Incentives.spared`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.closing.two_funds import Outlook
from sim.county import claims, illness
from sim.county.claims.compile import compile_rules
from sim.county.claims.config import ClaimRules
from sim.county.claims.recovery import long_stays
from sim.money.history import Prospect
from sim.tables import (
    CATEGORIES,
    CHRONIC,
    CITY,
    COUNTY,
    INPATIENT,
    TIERS,
    TOWNSHIP,
    Claims,
    Floats,
    Ints,
    resident_rows,
)


def prospect(change: illness.Prospect, priced: claims.Config, outlooks: Sequence[Outlook], year: int) -> Prospect:
    """What full effort, kept up for the horizon, saves and adds in a mean year; all funds together, fen a head.

    Args:
        change: what full effort does to illness, year by year of the horizon.
        priced: the arm's configuration of claims.
        outlooks: what each fund in force offers, with its last closed year.
        year: 0-based, the one to plan.
    """
    rules = compile_rules(priced)
    fewer, more = -change.exacerbations.mean(axis=0), change.diagnosed.mean(axis=0)
    saved, added, heads = 0.0, 0.0, 0
    for outlook in outlooks:
        bills = outlook.last.claims
        money = np.where(resident_rows(bills), bills.statutory, 0) * _spared(outlook)[bills.tier, bills.category]
        saved += float(_by_condition(bills, money, INPATIENT, rules.condition_group) @ fewer)
        saved += stepping_down(rules, bills, money, (1.0 + priced.growth) ** (year - 1))
        added += float(_by_condition(bills, money, CHRONIC, rules.visit_condition_group) @ more)
        heads += int(outlook.last.heads.sum())
    return Prospect(saved / max(heads, 1), added / max(heads, 1))


def _spared(outlook: Outlook) -> Floats:
    """[tier, category] share of the fund money of a case that the budget is spared without it."""
    return np.broadcast_to(np.asarray(outlook.incentives.spared, dtype=np.float64), (len(TIERS), len(CATEGORIES)))


def _by_condition(bills: Claims, money: Floats, category: int, groups: Ints) -> Floats:
    """[condition] money of the condition's case group."""
    rows = np.equal(bills.category, category)
    return np.array([float(money[rows & np.equal(bills.group, group)].sum()) for group in groups.tolist()])


def stepping_down(rules: ClaimRules, bills: Claims, money: Floats, level: float) -> float:
    """Fund money that full effort saves a year because more patients recover in the township centre.

    The rest of a long stay is billed there by the day, of which the fund bears what it bears of other stays there.

    Args:
        rules: of claims.
        bills: of the last closed year.
        money: [row] fund money of them that counts.
        level: prices of that year.
    """
    stays = np.equal(bills.category, INPATIENT) & (money != 0)
    above = stays & (bills.tier >= COUNTY) & (bills.tier <= CITY)
    there = stays & np.equal(bills.tier, TOWNSHIP)
    charged = float(bills.charge[there].sum())
    if not (rules.step_down_tight and charged):
        return 0.0
    long = long_stays(rules)
    cell = bills.tier[above], bills.group[above]
    leaves = float((money[above] * long.charge[cell]).sum())
    days = float((bills.cases[above] * long.days[cell]).sum())
    arrives = days * rules.step_down_charge * level * float(money[there].sum()) / charged
    return rules.step_down_tight * (1.0 - rules.step_down_at) * (leaves - arrives)
