"""The studies that come with countyfund: one YAML file each, a named question with its arms.

from scenarios import load, names

print(names())
print(load("payment_methods").question.en)
"""

from __future__ import annotations

from sim.experiment.study import load_study, studies
from sim.experiment.study_model import Study

__all__ = ["Study", "load", "names"]


def names() -> list[str]:
    """Names of the studies, as ``study=`` takes them."""
    return list(studies())


def load(name: str) -> Study:
    """A study by name or path.

    Raises:
        sim.core.errors.ConfigError: if there is no such study, or it is not well formed.
    """
    return load_study(name)
