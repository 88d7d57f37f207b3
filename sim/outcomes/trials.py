"""Figures of experiments: what a trial compares, and what it is called; `sim.experiment.trials` runs them.

A demand elasticity, or the answer to free care in a randomised experiment, is a difference between two counties that
differ in one thing, so that no year of one county shows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import Outcome

STEP = 0.1
"""Part by which prices are lowered and raised for an elasticity."""


class Trial(NamedTuple):
    """One figure of an experiment."""

    outcome: Outcome
    """What it is called."""
    of: str
    """Outcome of a year that is compared, of the whole county."""
    arms: tuple[str, str]
    """The two counties, names of `ARMS`."""
    compare: Callable[[float, float], float]


def arc_elasticity(low: float, high: float) -> float:
    """Elasticity between use at prices `STEP` lower and at prices as much higher (midpoint formula).

    >>> round(arc_elasticity(1.02, 0.98), 3)
    -0.2

    Where nobody uses care at either price there is none:

    >>> arc_elasticity(0.0, 0.0)
    nan
    """
    if not low + high > 0:
        return math.nan
    return (high - low) / ((high + low) / 2.0) / (2.0 * STEP)


def over(first: float, second: float) -> float:
    """The first as a multiple of the second; nan where there is no second."""
    return first / second if second else math.nan


def _named(name: str, en: str, zh: str, definition: str, definition_zh: str) -> Outcome:
    return Outcome(name, "index", en, zh, "volume", ("all",), "neutral", definition, definition_zh)


TRIALS = {
    trial.outcome.id: trial
    for trial in (
        Trial(
            _named("elasticity_visits", "Price elasticity of visits", "门诊次数价格弹性",
                   "Change of visits per head in per cent, where own payments that people expect rise by one per cent.",
                   "预期个人负担上升 1% 时人均门诊次数变化的百分比。"),
            "visits_per_head", ("cheaper", "dearer"), arc_elasticity,
        ),
        Trial(
            _named("elasticity_admissions", "Price elasticity of admissions", "住院次数价格弹性",
                   "The same of stays begun per 100 persons.", "同上，每百人入院人次。"),
            "admissions_per_100", ("cheaper", "dearer"), arc_elasticity,
        ),
        Trial(
            _named("free_visits", "Visits on free care ÷ on 95 % coinsurance", "免费与自付95%方案门诊次数之比",
                   "Visits per head where care is free over those where patients pay 95 % up to 10 % of a family's "
                   "income.",
                   "就医免费时的人均门诊次数，除以自付95%（年度自付上限为家庭收入10%）时的人均门诊次数。"),
            "visits_per_head", ("free", "most"), over,
        ),
        Trial(
            _named("free_admissions", "Admissions on free care ÷ on 95 % coinsurance", "免费与自付95%方案住院率之比",
                   "The same of discharges per 100 persons.", "同上，每百人住院人次。"),
            "discharges_per_100", ("free", "most"), over,
        ),
        Trial(
            _named("free_cost", "Cost on free care ÷ on 95 % coinsurance", "免费与自付95%方案医疗费用之比",
                   "The same of all charges per head.", "同上，人均医疗费用。"),
            "charge_per_head", ("free", "most"), over,
        ),
        Trial(
            _named("quarter_visits", "Visits on 25 % ÷ on 95 % coinsurance", "自付25%与95%方案门诊次数之比",
                   "Visits per head where patients pay 25 % over those where they pay 95 %, up to 10 % of a family's "
                   "income.",
                   "自付25%与自付95%（年度自付上限为家庭收入10%）时人均门诊次数之比。"),
            "visits_per_head", ("quarter", "most"), over,
        ),
        Trial(
            _named("quarter_admissions", "Admissions on 25 % ÷ on 95 % coinsurance", "自付25%与95%方案住院率之比",
                   "The same of discharges per 100 persons.", "同上，每百人住院人次。"),
            "discharges_per_100", ("quarter", "most"), over,
        ),
    )
}  # fmt: skip
"""All trials by the id of their outcome."""

NAMED: dict[str, Outcome] = {**OUTCOMES, **{name: trial.outcome for name, trial in TRIALS.items()}}
"""Everything for which there can be a target: outcomes of a year, and of trials."""
