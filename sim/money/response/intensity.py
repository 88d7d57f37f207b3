"""Intensity (诊疗强度): a provider that gets less of a marginal yuan back charges less for a case.

A provider that gets back the share r of a marginal yuan of charge, weighs the patient's benefit by beta and faces the
cost c chooses q(r) = (a - c (1 - r) / beta) / b (Ellis & McGuire 1986).  Relative to full payment,

    q(r) / q(1) = 1 - s (1 - r)        s = c / (a beta), the parameter ``sensitivity``

Reads: the share r of a marginal yuan, by tier and category.  Moves: the charge of a case.
"""

from __future__ import annotations

import numpy as np

from sim.core import parameters
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import Policy
from sim.money.response import integration
from sim.money.response.channel import Channel
from sim.money.response.signals import Signals
from sim.tables import CATEGORIES, Floats


class Sensitivity(parameters.Config):
    """Relative fall of the charge of a case when nothing of a marginal yuan comes back instead of all of it."""

    outpatient: float = param(0.04, unit="share", zh="普通门诊强度弹性", ge=0, le=0.5)
    """Ordinary outpatients.
    Source: assumed: half of the -8.6 % under an outpatient budget (F51), as F53 found little; range 0 to 0.10"""
    chronic: float = param(0.04, unit="share", zh="门诊慢特病强度弹性", ge=0, le=0.5)
    """Chronic and special outpatients.
    Source: as outpatient"""
    inpatient: float = param(0.06, unit="share", zh="住院强度弹性", ge=0, le=0.5)
    """Inpatients.
    Source: Jian 2015: -6.2 % per stay (published-results 5.2); F28: -5.5 %; range 0 (F65, F66) to 0.17 (F13)"""


class Config(integration.Config):
    """Parameters of intensity."""

    intensity: bool = param(True, unit="", zh="诊疗强度反应")
    """Switch of the intensity response.
    Source: model switch"""
    sensitivity: Sensitivity = param(Sensitivity(), unit="share", zh="强度弹性")
    """Intensity response by category.
    Source: figures 3.3; published-results 3.2"""


def agency_quantity(share: float, benefit: float, slope: float, cost: float, altruism: float) -> float:
    """Ellis-McGuire: quantity chosen by a provider paid a lump and ``share`` of its cost; never below 0.

    Args:
        share: r, share of marginal cost that is paid; above 1 where spending wins more than it costs.
        benefit: a, the patient's marginal benefit of the first unit.
        slope: b, its fall with each unit.
        cost: c, unit cost.
        altruism: beta > 0, weight of the patient's benefit.
    """
    return max(0.0, (benefit - cost * (1.0 - share) / altruism) / slope)


def multipliers(config: Config, shares: Floats) -> Floats:
    """[tier, category] multiplier of charges, from the shares r; exactly 1 where all comes back, more beyond."""
    table = np.ones(shares.shape)
    for number, category in enumerate(CATEGORIES):
        if (shares[:, number] != 1.0).any():
            sensitivity = float(getattr(config.sensitivity, category))
            table[:, number] = [agency_quantity(r, 1.0, 1.0, sensitivity, 1.0) for r in shares[:, number].tolist()]
    return table


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The year's multipliers of charges."""
    if not ((signals.shares != 1.0).any() and config.intensity):
        return policy
    return policy._replace(intensity=multipliers(config, signals.shares))


CHANNEL = Channel(
    name="intensity", label=Text("Intensity", "诊疗强度"), config=Config, off={"intensity": False}, answer=answer
)
