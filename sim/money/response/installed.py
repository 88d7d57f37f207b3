"""Channels of the response that other installed packages bring (entry points of the group ``countyfund.responses``)."""

from __future__ import annotations

from sim.core.entry_points import Group
from sim.money.response.channel import Channel


def _fault(channel: Channel) -> str:
    """Why a channel cannot be used, as far as a look at it can tell; "" if nothing speaks against it."""
    names = channel.config.model_fields
    if not channel.off or any(key not in names for key in channel.off):
        return "its `off` must give values to parameters of its own, with which it does nothing"
    return ""


BROUGHT = Group("countyfund.responses", Channel, "a response", _fault)
