"""How tight the communities are: the scale of whatever members do for the sake of their community (A27)."""

from __future__ import annotations

from typing import Literal

from sim.core import parameters
from sim.core.parameters import Share, param

Tightness = Literal["tight", "semi_tight", "nominal"]


class Integration(parameters.Config):
    """Scale of every integration effect by how tight a community is (A27)."""

    tight: Share = param(1.0, unit="share", zh="紧密型")
    """Tight community.
    Source: A27: only the tight have the full package"""
    semi_tight: Share = param(0.5, unit="share", zh="半紧密型")
    """Semi-tight community.
    Source: assumed: half way"""
    nominal: Share = param(0.1, unit="share", zh="松散型")
    """Community in name only.
    Source: assumed: next to nothing"""


class Config(parameters.Config):
    """Parameters that several channels share."""

    tightness: Tightness = param("tight", unit="", zh="紧密程度")
    """How integrated the communities are; scales every effect of integration.
    Source: A27, doc 003: 71 % of communities meet the standard of a tight one"""
    integration: Integration = param(Integration(), unit="share", zh="整合程度")
    """Scale by tightness.
    Source: A27"""


def integration_scale(config: Config) -> float:
    """Scale of integration effects at the communities' tightness, 0..1."""
    scale: float = getattr(config.integration, config.tightness)
    return scale
