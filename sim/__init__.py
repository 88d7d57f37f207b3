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
    from sim.config import SimConfig, load_config
    from sim.core.errors import ConfigError, CountyFundError
    from sim.experiment.compare import Comparison, compare
    from sim.experiment.replicate import RunResult, run
    from sim.experiment.sweep import SweepResult, sweep
    from sim.experiment.validate import Validation, validate

_HOMES = {
    "ConfigError": "sim.core.errors",
    "CountyFundError": "sim.core.errors",
    "SimConfig": "sim.config",
    "load_config": "sim.config",
    "run": "sim.experiment.replicate",
    "RunResult": "sim.experiment.replicate",
    "compare": "sim.experiment.compare",
    "Comparison": "sim.experiment.compare",
    "sweep": "sim.experiment.sweep",
    "SweepResult": "sim.experiment.sweep",
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
