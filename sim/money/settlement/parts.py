"""A surplus or overrun taken apart: what the budget owes to income, to its growth and to its base; what care cost.

    surplus = revenue cap + indexing + base + method + unforeseen, each [community], to the fen

    expected    = heads x spending per head of the base years, grown by what the fund expects to spend per head
    revenue cap = budget - budget before the revenue cap                                (never above 0)
    indexing    = budget before the cap - the same, had it grown by what the fund expects
    base        = that - expected: a base other than heads x the community's own spending per head before the reform
    method      = bills by the benefit - what the payment method inside the budget owes for them; 0 by fee for service
    unforeseen  = expected - bills: luck, and what the response to the money saves or costs

Without the response the unforeseen part is luck.  With it, leaner care lowers the bills: unforeseen rises, and method
falls where the method pays by standard rates.  So behaviour is what the whole surplus differs by, with the same luck.
"""

from __future__ import annotations

from sim.core.units import Money
from sim.money.base_years import NoHeads, NoPast
from sim.money.history import History
from sim.money.settlement.budget import uncapped
from sim.money.settlement.config import Config
from sim.tables import Settlement, SurplusParts

AS_EXPECTED = {"growth": None, "outpatient_growth": None, "expected_growth": None}
OWN_PAST = {"lump_per_head": None, "base": "head_count", "head_rate": "community", "rebase": "fixed"}


def surplus_parts(config: Config, history: History, settled: Settlement, bills: Money) -> SurplusParts | None:
    """The parts of the year's surplus; None where nobody holds a budget of settlement, or nothing can be expected.

    Args:
        config: the terms that gave the budgets.
        history: what was known of the past and of the year's persons.
        settled: the year as it was settled.
        bills: [community] what the budget would be charged with by fee for service, fen.
    """
    if settled.contract is not None:
        return None
    try:
        before_cap = uncapped(config, history)
        as_expected = config.model_copy(update=AS_EXPECTED)
        indexed = uncapped(as_expected, history)
        expected = uncapped(as_expected.model_copy(update=OWN_PAST), history)
    except (NoPast, NoHeads):
        return None
    spent = settled.budget - settled.balance
    return SurplusParts(
        settled.budget - before_cap, before_cap - indexed, indexed - expected, bills - spent, expected - bills
    )
