"""The statutory part where a file does not give it, by the benefit rules of the simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.rules import kernel, rule
from sim.county.benefit import BenefitRules, Config, accumulate, compile_rules, count_own, share_bill
from sim.county.person import PERSON, Residents, open_accounts, records
from sim.settle.read.columns import MISSING
from sim.tables import Ints


class Bills(NamedTuple):
    """What the benefit rules look at, and the parts of the bill, written in place; index = claim row; money in fen."""

    person: Ints
    """Number of the insured person; -1 = not known: no yearly limits, every stay the first."""
    year: Ints
    """Benefit year: limits and deductibles begin anew in each."""
    cases: Ints
    insurance: Ints
    category: Ints
    tier: Ints
    referred: Ints
    charge: Ints
    covered: Ints
    statutory: Ints
    """`MISSING` = to be computed."""
    catastrophic: Ints
    """`MISSING` = as the statutory part; what is given stays."""
    assistance: Ints
    """As ``catastrophic``."""


def fill(config: Config, bills: Bills, date: Ints) -> tuple[int, int]:
    """Compute the parts that are missing, in place, person by person and year by year, in the order of dates.

    Bills of one day count in the order of the file.  A row of several cases counts as so many bills of the mean amount,
    of persons who have no other bill.

    Args:
        config: benefit rules.
        bills: the claims.
        date: [row] yyyymmdd.

    Returns:
        What the rules would have made of the catastrophic and of the assistance parts that are given and stay, fen.
    """
    known = (bills.person >= 0).any()
    order = np.lexsort((date, bills.year, bills.person)) if known else np.arange(len(bills.cases))
    beside = np.zeros(2, dtype=np.int64)
    _fill(compile_rules(config), records(1, PERSON), order, bills, beside)
    return int(beside[0]), int(beside[1])


@rule
def _unless_given(column: Ints, row: int, computed: int) -> int:
    """Write a part that is not given, and return 0; of a part that is given, return what the rules make of it, fen."""
    if column[row] != MISSING:
        return computed
    column[row] = computed
    return 0


@kernel
def _fill(rules: BenefitRules, scratch: Residents, order: Ints, bills: Bills, beside: Ints) -> None:
    last, year = -1, -1
    for at in range(len(order)):
        row = order[at]
        if bills.insurance[row] == 0:
            for column in (bills.statutory, bills.catastrophic, bills.assistance):
                _unless_given(column, row, 0)
            continue
        person = scratch[0]
        known = bills.person[row] >= 0 and bills.cases[row] == 1
        if not known or bills.person[row] != last or bills.year[row] != year:
            open_accounts(person)
            last = bills.person[row] if known else -1
            year = bills.year[row]
        person.insurance = bills.insurance[row]
        category, referred, cases = bills.category[row], bills.referred[row], bills.cases[row]
        if bills.statutory[row] == MISSING:
            statutory, catastrophic, assistance = 0, 0, 0
            charge, covered = bills.charge[row] // cases, bills.covered[row] // cases
            more = bills.covered[row] - covered * cases
            for part in range(2):  # so many cases of one fen more, the others of the mean rounded down
                count = more if part == 0 else cases - more
                if count == 0:
                    continue
                in_scope = covered + 1 - part
                charged = max(charge, in_scope)
                shares = share_bill(rules, person, category, bills.tier[row], charged, in_scope, referred)
                statutory += count * shares[0]
                catastrophic += count * shares[1]
                assistance += count * shares[2]
            bills.statutory[row] = statutory
            beside[0] += _unless_given(bills.catastrophic, row, catastrophic)
            beside[1] += _unless_given(bills.assistance, row, assistance)
        if known:
            patient = bills.charge[row] - bills.statutory[row] - bills.catastrophic[row] - bills.assistance[row]
            count_own(rules, person, bills.covered[row] - bills.statutory[row])
            accumulate(
                person,
                category,
                bills.charge[row],
                bills.covered[row],
                bills.statutory[row],
                bills.assistance[row],
                patient,
                referred,
            )
