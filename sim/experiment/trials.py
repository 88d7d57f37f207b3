"""Trials: how the default county answers an experiment, for figures that no single history shows.

A trial plays a short history of two counties that differ in one thing, on the same luck, and compares them.  `validate`
runs the trials for which there are targets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from sim.config.model import SimConfig
from sim.core.parameters import ByTier
from sim.county.population import mean_family_income
from sim.outcomes.outcome import ALL, Row
from sim.outcomes.trials import STEP, TRIALS

COINSURANCE = {"free": 0.0, "quarter": 0.25, "most": 0.95}
"""Patients' shares of the RAND experiment's plans."""

LIMIT_OF_INCOME = 0.10
"""Yearly limit of own payments in that experiment, of the family's income: 5, 10 or 15 % there."""


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
        "own_limit": LIMIT_OF_INCOME * mean_family_income(config.population),
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


def arms_of(wanted: Collection[str], config: SimConfig) -> dict[str, SimConfig]:
    """The counties that the trials which are wanted compare, by name: one year each after the warm-up."""
    years = config.years.model_copy(update={"history": 1})
    names = dict.fromkeys(arm for name, trial in TRIALS.items() if name in wanted for arm in trial.arms)
    return {name: ARMS[name](config).model_copy(update={"years": years}) for name in names}


def compared(wanted: Collection[str], rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The figures of the trials which are wanted in one replication, as rows of year 0; by county, the rows played."""
    whole = {arm: {name: value for _, name, group, value in played if group == ALL} for arm, played in rows.items()}
    return [
        (0, name, ALL, trial.compare(whole[trial.arms[0]][trial.of], whole[trial.arms[1]][trial.of]))
        for name, trial in TRIALS.items()
        if name in wanted
    ]
