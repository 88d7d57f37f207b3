"""Numbers that compiled demographic rules read, and the year-end view of the persons."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim import tables
from sim.core.units import fen
from sim.county.person import Residents
from sim.county.population.config import Config


class LifeRules(NamedTuple):
    """Numbers the compiled demographic rules use, from `Config`."""

    households_per_village: int
    villages_per_township: int
    elder_households: float
    middle_households: float
    nuclear_households: float
    resident_insured: float
    employee_insured: float
    income_median: float
    income_sigma: float
    poor: float
    frailty_shape: float
    price_blind: float
    mortality: npt.NDArray[np.float64]
    """[sex, age 0..119] yearly death probability"""
    births: float
    away: float
    leave: float
    come_back: float
    prevalence: npt.NDArray[np.float64]
    """[condition, age band 0..8]"""
    diagnosed: npt.NDArray[np.float64]
    managed: float
    signed: float


def compile_rules(config: Config) -> LifeRules:
    """Turn the configuration into the arrays that compiled code reads."""
    age = np.arange(120)
    mortality = np.minimum(
        1.0,
        np.stack(
            [
                config.mortality_male * np.exp(config.mortality_male_growth * age),
                config.mortality_female * np.exp(config.mortality_female_growth * age),
            ]
        ),
    )
    mortality[:, 0] += 0.004  # infant deaths, which the exponential law leaves out
    same = {name for name in LifeRules._fields if name in type(config).model_fields} - {"diagnosed"}
    return LifeRules(
        mortality=mortality,
        prevalence=np.array([config.hypertension, config.diabetes, config.copd, config.vascular]),
        diagnosed=np.array(config.diagnosed),
        **{name: getattr(config, name) for name in same},
    )


def year_view(residents: Residents, config: Config, year: int) -> tables.Population:
    """Copy of the columns that outcomes read, living persons only, with incomes grown to model year ``year``."""
    living = np.flatnonzero(residents["alive"])  # column by column: whole records are slow to copy
    growth = (1.0 + config.income_growth) ** year
    columns: dict[str, Any] = {
        "food": np.full(len(living), int(fen(config.food_spending) * growth), dtype=np.int64),
        "statutory": residents["pool_used"][living],
        "statutory_visits": residents["outpatient_used"][living] + residents["chronic_used"][living],
        "statutory_chronic": residents["chronic_used"][living],
        "charge_visits": residents["charge"][living] - residents["stay_charge"][living],
    }
    for name in tables.Population._fields:
        if name in columns:
            continue
        if name == "income":
            columns[name] = (residents[name][living] * growth).astype(np.int64)
        else:
            columns[name] = residents[name][living].astype(np.float64 if name == "rank" else np.int64)
    return tables.Population(**columns)
