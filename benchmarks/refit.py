"""Fit the default county of a base year to its published figures: `python -m benchmarks.refit 2019`.

The parameters below are moved until the figures marked "fitted" in ``conf/targets/<year>.csv`` are met as well as they
can be, each weighed by its tolerance; the figures marked "held out" are not looked at.  All evaluations share their
luck (the same residents fall ill), years are all alike (no common variation), and what is found is printed as the lines
that go into the declarations (2019) or into ``conf/base_year/<year>.yaml``, rounded, with the table of all figures.

    python -m benchmarks.refit 2024 --residents 40000 --replications 2 --evaluations 6
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from sim.config import SimConfig, load_config
from sim.experiment.checks import Check
from sim.experiment.validate import validate

RIDGE = 0.02
"""What a step of a free number away from its start costs, in tolerances: figures decide, unless they leave it open."""

Vector = npt.NDArray[np.float64]


class Free(NamedTuple):
    """A number that the fit may move."""

    name: str
    read: Callable[[SimConfig], float]
    write: Callable[[SimConfig, float], SimConfig]
    step: float
    """For the slope of the figures, and the scale of the number."""
    low: float
    high: float


def put(config: SimConfig, path: str, value: Any) -> SimConfig:
    """A configuration with one value set, by its dotted path; positions in tuples are numbers."""
    changed: SimConfig = _put(config, path.split("."), value)
    return changed


def _put(whole: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    head, *rest = path
    if isinstance(whole, tuple):
        at = int(head)
        return (*whole[:at], _put(whole[at], rest, value), *whole[at + 1 :])
    return whole.model_copy(update={head: _put(getattr(whole, head), rest, value)})


def take(config: SimConfig, path: str) -> Any:
    """The value at a dotted path."""
    value: Any = config
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, tuple) else getattr(value, part)
    return value


def number(path: str, step: float, low: float, high: float) -> Free:
    """A number of the configuration."""
    return Free(path, lambda c: float(take(c, path)), lambda c, v: put(c, path, v), step, low, high)


def factor(path: str, names: Sequence[str], low: float = 0.2, high: float = 5.0) -> Free:
    """A common factor on several numbers, relative to those the fit starts from."""

    def write(config: SimConfig, value: float) -> SimConfig:
        for name in names:
            config = put(config, f"{path}.{name}", take(config, f"{path}.{name}") * value)
        return config

    return Free(f"{path} (factor)", lambda _: 1.0, write, 0.05, low, high)


def slope(path: str) -> Free:
    """How five factors by income fall from the poorest to the richest: 1 + s, 1 + s/2, 1, 1 - s/2, 1 - s."""

    def write(config: SimConfig, value: float) -> SimConfig:
        return put(config, path, tuple(1.0 + value * step for step in (1.0, 0.5, 0.0, -0.5, -1.0)))

    return Free(f"{path} (slope)", lambda c: float(take(c, f"{path}.0")) - 1.0, write, 0.05, -0.6, 0.9)


def leaning(path: str) -> Free:
    """Five utilities by income, evenly from -u for the poorest to u for the richest."""

    def write(config: SimConfig, value: float) -> SimConfig:
        return put(config, path, tuple(value * step for step in (-1.0, -0.5, 0.0, 0.5, 1.0)))

    return Free(f"{path} (leaning)", lambda c: float(take(c, f"{path}.4")), write, 0.1, -2.0, 2.0)


HOSPITALS = ("county", "city", "remote")
PLACES = ("village", "township", *HOSPITALS)
AGES = [str(band) for band in range(9)]

FREE = (
    factor("illness.acute", AGES),
    number("illness.severe_scale", 0.05, 0.3, 5.0),
    number("illness.chronic_scale", 0.05, 0.2, 8.0),
    number("illness.frailty", 0.1, 0.05, 4.0),
    number("illness.recent", 0.1, 0.0, 3.0),
    slope("illness.severe_by_income"),
    slope("care.price_by_quintile"),
    leaning("care.outside_by_income"),
    *(number(f"care.outpatient.{place}", 0.1, -8.0, 12.0) for place in PLACES),
    *(number(f"care.inpatient.{place}", 0.1, -8.0, 20.0) for place in PLACES[1:]),
    number("care.price.0", 0.05, 0.1, 4.0),
    number("care.price_scale.0", 1.0, 1.0, 60.0),
    number("care.price.2", 0.05, 0.1, 4.0),
    *(number(f"claims.visit_charge.{place}", 3.0, 10.0, 2000.0) for place in PLACES[:4]),
    factor("claims.chronic_charge", PLACES),
    *(number(f"claims.stay_charge.{place}", 100.0, 300.0, 50_000.0) for place in PLACES[1:]),
    number("claims.stay_days.township", 0.3, 2.0, 20.0),
    factor("claims.stay_days", HOSPITALS),
    factor("claims.non_catalogue", PLACES),
    factor("providers.beds_per_1000", ("township", "county")),
)
"""What the fit moves: about as many numbers as there are figures to meet."""

OF_PERSONS = (
    "illness.acute", "illness.frailty", "illness.recent", "illness.severe_by_income", "care.price_by_quintile",
    "care.outside_by_income", "care.price.0", "care.price_scale.0", "care.price.2",
)  # fmt: skip
"""What people are like: fitted for the default year, and the same in others."""


def free_of(base_year: int) -> tuple[Free, ...]:
    """The numbers that are fitted for a base year."""
    if base_year == SimConfig().base_year:
        return FREE
    return tuple(free for free in FREE if free.name.split(" ")[0] not in OF_PERSONS)


def apply(config: SimConfig, values: Sequence[float]) -> SimConfig:
    """The configuration with the free numbers set."""
    for free, value in zip(free_of(config.base_year), values, strict=True):
        config = free.write(config, value)
    return config


def fitted(checks: Sequence[Check]) -> list[Check]:
    """The figures that the fit is to meet."""
    return [check for check in checks if check.target.use == "fitted"]


def fit(start: SimConfig, evaluations: int) -> Vector:
    """The free numbers at which the weighed sum of squared differences is least, near where it starts."""
    moved = free_of(start.base_year)
    first = np.array([free.read(start) for free in moved])
    scale = np.array([free.step for free in moved])
    bounds = np.array([[free.low, free.high] for free in moved]).T

    def misses(scaled: Vector) -> Vector:
        checks = validate(apply(start, list(scaled * scale)), save=False).checks
        differences = [check.difference / check.target.tolerance for check in fitted(checks)]
        return np.array([*differences, *(RIDGE * (scaled - first / scale))])

    def slopes(scaled: Vector) -> Vector:
        here = misses(scaled)
        tell(here, scaled * scale)
        steps = np.where(scaled + 1.0 <= bounds[1] / scale, 1.0, -1.0)  # a step stays within the bounds
        columns = [(misses(scaled + move) - here) / move.sum() for move in np.diag(steps)]
        return np.stack(columns, axis=1)

    names = [f"{check.target.outcome} {check.target.group}" for check in fitted(validate(start, save=False).checks)]

    def tell(here: Vector, values: Vector) -> None:
        worst = sorted(zip(here[: len(names)], names, strict=True), key=lambda pair: -abs(pair[0]))[:8]
        print(f"sum of squares {float(here @ here):.2f}:", ", ".join(f"{name} {miss:+.1f}" for miss, name in worst))
        numbers = ", ".join(f"{free.name}={value:.4g}" for free, value in zip(moved, values, strict=True))
        print(f"  at {numbers}", flush=True)

    found = least_squares(
        misses, np.clip(first, *bounds) / scale, jac=slopes, bounds=bounds / scale, max_nfev=evaluations
    )
    result: Vector = found.x * scale
    return result


def report(config: SimConfig) -> None:
    """Print the numbers found, and all figures."""
    for path in dict.fromkeys(free.name.split(" ")[0] for free in free_of(config.base_year)):
        value = take(config, path)
        print(path, value if not isinstance(value, tuple) else tuple(round(v, 4) for v in value))
    for check in validate(config, save=False).checks:
        target = check.target
        print(
            f"{check.verdict:5} {target.use:9} {target.outcome:26} {target.group:11} {target.target:10.3f} "
            f"{check.simulated:10.3f} ± {check.error:.3f}"
        )


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base_year", type=int)
    parser.add_argument("overrides", nargs="*", help="where the fit starts, as on the command line of countyfund")
    parser.add_argument("--residents", type=int, default=40_000)
    parser.add_argument("--replications", type=int, default=2)
    parser.add_argument("--evaluations", type=int, default=5, help="steps of the optimiser, each with all slopes")
    given = parser.parse_args()
    start = load_config(
        [
            f"base_year={given.base_year}",
            f"population.residents={given.residents}",
            f"experiment.replications={given.replications}",
            "variation.apply=false",
            "years.history=2",
            *given.overrides,
        ]
    )
    report(apply(start, list(fit(start, given.evaluations))))


if __name__ == "__main__":
    main()
