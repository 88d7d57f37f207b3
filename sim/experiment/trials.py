"""Trials: how the default county answers an experiment, for figures that no single history shows.

A trial plays a short history of two counties that differ in one thing, on the same luck, and compares them.  `validate`
runs the trials for which there are targets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from sim.config.model import SimConfig
from sim.core.parameters import ByTier
from sim.experiment.records import Measured
from sim.experiment.replicate import Task, simulate_all
from sim.outcomes.outcome import ALL, Row
from sim.outcomes.trials import STEP, TRIALS, Trial

COINSURANCE = {"free": 0.0, "quarter": 0.25, "most": 0.95}
"""Patients' shares of the RAND experiment's plans."""

LIMIT_OF_INCOME = 0.15
"""Yearly limit of own payments in that experiment, of income (5, 10 or 15 % there)."""


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
