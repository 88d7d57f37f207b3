"""Visit thrift (门诊节约): where less of a marginal yuan comes back for a visit, fewer tests are ordered at it.

    charge of a visit x (1 - thrift x (1 - r))          r = share of a marginal yuan that comes back, at most 1

Reads: the share r, by tier and category.  Moves: the charge of visits, beside what other channels do to it.
Source: assumed, as an example of a response.
"""

from __future__ import annotations

import numpy as np

from sim.core import parameters
from sim.core.parameters import Share, param
from sim.core.text import Text
from sim.money.history import Policy
from sim.money.response.channel import Channel
from sim.money.response.signals import Signals
from sim.tables import CHRONIC, OUTPATIENT


class Config(parameters.Config):
    """Parameters of visit thrift."""

    visit_thrift: Share = param(0.0, unit="share", zh="门诊节约")
    """Fall of the charge of a visit when nothing of a marginal yuan comes back.
    Source: assumed: 0, an example"""


def answer(config: Config, signals: Signals, policy: Policy) -> Policy:
    """The policy with cheaper visits."""
    visits = [OUTPATIENT, CHRONIC]
    lost = 1.0 - np.minimum(signals.shares[:, visits], 1.0)
    if not lost.any() or not config.visit_thrift:
        return policy
    intensity = policy.intensity.copy()
    intensity[:, visits] *= 1.0 - config.visit_thrift * lost
    return policy._replace(intensity=intensity)


CHANNEL = Channel(
    name="visit_thrift",
    label=Text("Visit thrift", "门诊节约"),
    config=Config,
    off={"visit_thrift": 0},
    answer=answer,
)
