"""countyfund: how a county's insurance fund, providers and patients fare when providers are paid otherwise.

    from sim import compare, load_config, run

    config = load_config(["payment=drg", "population.residents=5000"])
    print(run(config).summary)
    print(compare("payment_methods", ["population.residents=5000"]).differences)

Importing ``sim`` is cheap; the public functions are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.config import load_config
    from sim.config.model import SimConfig
    from sim.core.errors import ConfigError, CountyFundError
    from sim.experiment.compare import compare
    from sim.experiment.results import Comparison, RunResult, SweepResult
    from sim.experiment.run import run
    from sim.experiment.sweep import sweep
    from sim.experiment.validate import Validation, validate

_HOMES = {
    "ConfigError": "sim.core.errors",
    "CountyFundError": "sim.core.errors",
    "SimConfig": "sim.config.model",
    "load_config": "sim.config",
    "run": "sim.experiment.run",
    "RunResult": "sim.experiment.results",
    "compare": "sim.experiment.compare",
    "Comparison": "sim.experiment.results",
    "sweep": "sim.experiment.sweep",
    "SweepResult": "sim.experiment.results",
    "validate": "sim.experiment.validate",
    "Validation": "sim.experiment.validate",
}

__all__ = [
    "Comparison",
    "ConfigError",
    "CountyFundError",
    "RunResult",
    "SimConfig",
    "SweepResult",
    "Validation",
    "compare",
    "load_config",
    "run",
    "sweep",
    "validate",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return __all__
