"""What prevention effort, kept up for some years, does to chronic illness, expected from the rates of illness.

The shares of persons in each state (`sim.county.illness.balance`) are followed from the balance of the start, year by
year, once with full effort and once with none.  The first year finds few persons newly managed; their number grows as
effort goes on, and with it what is avoided.  Who is found has chronic visits from then on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.county.illness.balance import (
    ADMITTED,
    DIAGNOSED,
    MANAGED,
    NONE,
    UNDIAGNOSED,
    Balance,
    Flow,
    balance,
    transition,
    vascular_factor,
)
from sim.county.illness.config import Config
from sim.tables import COPD, DIABETES, HYPERTENSION, QUINTILES, VASCULAR, Floats


class Prospect(NamedTuple):
    """Change by full effort against none, relative to none; [year of effort, condition]."""

    exacerbations: Floats
    """Of needs of admission due to the condition; negative: avoided."""
    diagnosed: Floats
    """Of diagnosed patients, and so of chronic visits."""


class _States(NamedTuple):
    joint: Floats
    """[age, hypertension, diabetes, vascular] share of persons of that age in each state"""
    copd: Floats
    """[age, state]"""


def prospect(config: Config, ages: Floats, years: int) -> Prospect:
    """What full effort changes in each of ``years`` years after it begins.

    Args:
        config: of illness.
        ages: [age 0..119] share of residents by age.
        years: how long effort is kept up, 1 or more.
    """
    start = balance(config, ages)
    alike = len(set(config.chronic_by_income)) == 1
    fifths = range(1 if alike else QUINTILES)
    none, full = (
        np.sum([_followed(config, start, fifth, ages, years, effort) for fifth in fifths], axis=0)
        for effort in (0.0, 1.0)
    )
    change = np.divide(full - none, none, out=np.zeros_like(none), where=none > 0.0)
    return Prospect(change[0], change[1])


def _followed(config: Config, start: Balance, fifth: int, ages: Floats, years: int, effort: float) -> Floats:
    """[exacerbations or diagnosed, year, condition] of a county that makes this effort from now on."""
    shares = np.diff(start.joint[fifth], axis=1, prepend=0.0).reshape(-1, 4, 4, 4)
    states = _States(shares, np.diff(start.copd[fifth], axis=1, prepend=0.0))
    found = np.zeros((2, years, 4))
    for year in range(years):
        states = _next_year(config, start, fifth, states, effort)
        by_condition = {
            HYPERTENSION: states.joint.sum(axis=(2, 3)),
            DIABETES: states.joint.sum(axis=(1, 3)),
            VASCULAR: states.joint.sum(axis=(1, 2)),
            COPD: states.copd,
        }
        for condition, shares in by_condition.items():
            total = ages @ shares
            managed = total[MANAGED]
            ill = total[UNDIAGNOSED] + total[DIAGNOSED] + managed
            found[0, year, condition] = ill - config.managed_relief[condition] * managed
            found[1, year, condition] = total[DIAGNOSED] + managed
    return found


def _next_year(config: Config, start: Balance, fifth: int, states: _States, effort: float) -> _States:
    """States a year later; everybody is a year older, and newborns have no condition."""
    flows = [
        Flow(
            1.0 - np.exp(-rate * config.severe_scale * ADMITTED),
            min(float(detection) + effort * config.effort_detection, 1.0),
            min(start.enrol + effort * config.effort_enrol, 1.0),
            config.drop_out,
        )
        for rate, detection in zip(config.exacerbation, start.detection, strict=True)
    ]
    onset = start.onset[:, fifth, 1:] * (1.0 - effort * config.effort_onset)
    steps = [np.stack([transition(float(rate), flows[k]) for rate in onset[k]]) for k in range(VASCULAR)]
    joint, copd = np.zeros_like(states.joint), np.zeros_like(states.copd)
    joint[0, NONE, NONE, NONE], copd[0, NONE] = 1.0, 1.0
    copd[1:] = np.einsum("as,asx->ax", states.copd[:-1], steps[COPD])
    now = np.einsum("ahdv,ahx->axdv", states.joint[:-1], steps[HYPERTENSION])
    now = np.einsum("ahdv,adx->ahxv", now, steps[DIABETES])
    factor = vascular_factor(config.vascular_risk, config.onset_relief)
    begins = now[..., NONE] * np.minimum(onset[VASCULAR][:, None, None] * factor, 1.0)
    detected = begins * flows[VASCULAR].detection
    now = now @ transition(0.0, flows[VASCULAR])
    now[..., NONE] -= begins
    now[..., UNDIAGNOSED] += begins - detected
    now[..., DIAGNOSED] += detected
    joint[1:] = now
    return _States(joint, copd)
