"""A design to settle under, and the arms of a study, each of which is a design: records."""

from __future__ import annotations

from typing import NamedTuple

from sim.config.model import SimConfig


class Design(NamedTuple):
    """One way of paying."""

    name: str
    label: str
    """The design in words, in the language asked for."""
    overrides: tuple[str, ...]
    config: SimConfig


class Arms(NamedTuple):
    """The arms of a study."""

    overrides: tuple[str, ...]
    """Of all arms."""
    arms: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, label and overrides of each."""

    @property
    def written(self) -> tuple[str, ...]:
        """All settings of the study and its arms, as they are written."""
        return (*self.overrides, *(text for _, _, overrides in self.arms for text in overrides))
