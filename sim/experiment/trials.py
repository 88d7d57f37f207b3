"""Trials: how the default county answers an experiment, for figures that no single history shows.

A demand elasticity, or the answer to free care in a randomised experiment, is a difference between two counties that
differ in one thing.  A trial plays a short history of both on the same luck and compares them.  `validate` runs the
trials for which there are targets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import NamedTuple

from sim.config.model import SimConfig
from sim.core.parameters import ByTier
from sim.experiment.records import Measured
from sim.experiment.replicate import Task, simulate_all
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL, Outcome, Row

STEP = 0.1
"""Part by which prices are lowered and raised for an elasticity."""

COINSURANCE = {"free": 0.0, "quarter": 0.25, "most": 0.95}
"""Patients' shares of the RAND experiment's plans."""

LIMIT_OF_INCOME = 0.15
"""Yearly limit of own payments in that experiment, of income (5, 10 or 15 % there)."""


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
    """
    return (high - low) / ((high + low) / 2.0) / (2.0 * STEP)


def over(first: float, second: float) -> float:
    """The first as a multiple of the second."""
    return first / second


def with_prices(config: SimConfig, factor: float) -> SimConfig:
    """The county where people choose as if all own payments were so much higher or lower (they enter over a scale)."""
    care = config.care.model_copy(update={"price_scale": tuple(scale / factor for scale in config.care.price_scale)})
    return config.model_copy(update={"care": care})


def with_coinsurance(config: SimConfig, share: float) -> SimConfig:
    """The county where patients pay the same share of everything, up to a limit for the year."""
    paid = ByTier[float](**dict.fromkeys(ByTier.model_fields, 1.0 - share))
    nothing, whole = (ByTier[float](**dict.fromkeys(ByTier.model_fields, value)) for value in (0.0, 1.0))
    without_end = 1e9
    plan = {
        "deductible": nothing,
        "ratio": paid,
        "unreferred": whole,
        "outpatient_ratio": paid,
        "chronic_ratio": paid,
        "outpatient_cap": without_end,
        "chronic_cap": without_end,
        "cap": without_end,
        "own_limit": LIMIT_OF_INCOME * config.population.income_median,
    }
    resident = config.benefit.resident.model_copy(update=plan)
    claims = config.claims.model_copy(update={"non_catalogue": nothing})
    return config.model_copy(
        update={"benefit": config.benefit.model_copy(update={"resident": resident}), "claims": claims}
    )


ARMS: dict[str, Callable[[SimConfig], SimConfig]] = {
    "cheaper": partial(with_prices, factor=1.0 - STEP),
    "dearer": partial(with_prices, factor=1.0 + STEP),
    **{name: partial(with_coinsurance, share=share) for name, share in COINSURANCE.items()},
}
"""The counties that trials compare, made from the one that is validated."""


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
                   "Visits per head where care is free over those where patients pay 95 % up to 15 % of income.",
                   "就医免费时的人均门诊次数，除以自付95%（年度自付上限为收入15%）时的人均门诊次数。"),
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
                   "Visits per head where patients pay 25 % over those where they pay 95 %, up to 15 % of income.",
                   "自付25%与自付95%（年度自付上限为收入15%）时人均门诊次数之比。"),
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


def run_trials(config: SimConfig, wanted: Collection[str]) -> list[Measured]:
    """The trials that are wanted, one row a trial and replication, in year 0.

    Each county is played for one year after the warm-up, on the luck of the replications of ``config``.
    """
    trials = [TRIALS[name] for name in TRIALS if name in wanted]
    arms = list(dict.fromkeys(arm for trial in trials for arm in trial.arms))
    years = config.years.model_copy(update={"history": 1})
    tasks = [
        Task(arm, ARMS[arm](config).model_copy(update={"years": years}).model_dump_json(), (), replication, None)
        for arm in arms
        for replication in range(config.experiment.replications)
    ]
    if not tasks:
        return []
    measured = simulate_all(config, tasks, "trials")
    found = {
        (task.study, task.replication): {name: value for _, name, group, value in done.rows if group == ALL}
        for task, done in zip(tasks, measured, strict=True)
    }
    return [
        Measured(arms[0], replication, _compared(trials, found, replication))
        for replication in range(config.experiment.replications)
    ]


def _compared(trials: Sequence[Trial], found: dict[tuple[str, int], dict[str, float]], replication: int) -> list[Row]:
    rows: list[Row] = []
    for trial in trials:
        first, second = (found[arm, replication][trial.of] for arm in trial.arms)
        rows.append((0, trial.outcome.id, ALL, trial.compare(first, second)))
    return rows
