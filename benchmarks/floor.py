"""The floor: the draws and transcendental functions of a run, and nothing else.

Counts are taken from what a run really did, so that the floor does the same work as the model at its thinnest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.randomness import Key, normal, unit, words
from sim.core.rules import kernel
from sim.tables import COUNTY_COUNTERS, PROVIDER_COUNTERS, Flows

TIERS_OPEN = 5  # a choice weighs five tiers, one exponential each


class Work(NamedTuple):
    """How often a year needs each."""

    blocks: int
    """Philox blocks of four words."""
    exponentials: int
    normals: int


def work_of(flows: Flows) -> Work:
    """Draws and functions of one year, from what it counted (choices after a failed attempt left out: a low count)."""
    counted = dict(zip(PROVIDER_COUNTERS, flows.provider.sum(axis=0).tolist(), strict=True))
    county = dict(zip(COUNTY_COUNTERS, flows.county.sum(axis=0).tolist(), strict=True))
    persons = len(flows.population.key)
    needs = county["needs"] + county["needs_inpatient"] + county["absorbed"]
    choices = county["needs"] + county["needs_inpatient"]
    blocks = 12 * persons + needs + choices + counted["visits"] + 2 * counted["admissions"]
    return Work(blocks, TIERS_OPEN * choices + counted["visits"] + 2 * counted["admissions"], counted["visits"])


@kernel
def do_work(key: Key, blocks: int, exponentials: int, normals: int) -> float:
    """Draw and compute; the sum keeps the compiler from leaving it out."""
    total = 0
    for k in range(blocks):
        w0, w1, w2, w3 = words(key, k, 1, 0, 0)
        total += w0 ^ w1 ^ w2 ^ w3
    result = float(total & 1)
    for k in range(exponentials):
        result += math.exp(-1e-9 * k)
    for k in range(normals):
        result += normal(unit((k * 2654435761) & 0xFFFFFFFF))
    return result


def floor_seconds(work: Work, key: Key) -> float:
    """Seconds the work takes on one thread, best of three."""
    from time import perf_counter

    do_work(key, 1, 1, 1)
    times = []
    for _ in range(3):
        started = perf_counter()
        do_work(key, *work)
        times.append(perf_counter() - started)
    return float(np.min(times))
