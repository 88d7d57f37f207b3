"""A pool divided by heads times factors: a city's money among its counties (A14), and the form that A10 uses too.

    raw_g   = heads_g x product over factors k of (1 + w_k (x_gk - 1))        x = index, 1 = the pool's mean
    share_g = pool x raw_g / sum of raw                                       largest remainder: sums to the fen

A county in a city-wide pool (地市统筹) has no fund of its own: what its insured and the treasury pay in goes to the
city, which divides it.  With every index 1 each county gets back what it paid in, whatever the weights.
Source: A14 (doc 002) names population, age, economy and disease; the form is that of figures 1.3, and is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.core import parameters
from sim.core.parameters import Ratio, param
from sim.core.units import PPM, Money, largest_remainder, ppm

NAMES = ("age", "economy", "disease")
"""Factors of the city's division, after heads."""


class Factor(NamedTuple):
    """A factor of a division."""

    weight: int
    """Parts per million; 0: switched off."""
    indices: Sequence[int]
    """[unit] parts per million of the pool's mean."""


def factored(heads: Sequence[int], factors: Sequence[Factor]) -> tuple[int, ...]:
    """[unit] heads x product of factors, as integers on one scale; a negative factor counts as 0."""
    raw = [int(n) for n in heads]
    for factor in factors:
        # raw x (1 + w (x - 1)) in ppm of ppm, exact for weights and indices of up to six decimals
        units = [PPM * PPM + factor.weight * (x - PPM) for x in factor.indices]
        raw = [n * max(unit, 0) for n, unit in zip(raw, units, strict=True)]
    return tuple(raw)


class Indices(parameters.Config):
    """What a county's need for money is like, 1 = the city's mean."""

    age: Ratio = param(1.0, unit="ratio", zh="年龄结构指数")
    """Index of age structure: above 1 where people are older.
    Source: A14, doc 002; set with the pool"""
    economy: Ratio = param(1.0, unit="ratio", zh="经济水平指数")
    """Index of the economy, above 1 where it calls for more money: dearer care, or less income of its own.
    Source: A14, doc 002; set with the pool"""
    disease: Ratio = param(1.0, unit="ratio", zh="疾病谱指数")
    """Index of the disease spectrum: above 1 where people are sicker.
    Source: A14, doc 002; set with the pool"""


class County(Indices):
    """Another county of the city."""

    name: str = param("", unit="", zh="区县")
    """Name of the county.
    Source: set with the pool"""
    heads: int = param(0, unit="persons", zh="参保人数", ge=0, le=20_000_000)
    """Resident-insured persons, the same every year.
    Source: set with the pool"""


class CityPool(Indices):
    """The city's pool; the indices here are those of the simulated county."""

    apply: bool = param(False, unit="", zh="地市统筹分配")
    """The city pools the income of its counties and divides it; otherwise the county keeps its own.
    Source: A14, doc 002; off: one county is simulated"""
    others: tuple[County, ...] = param((), unit="", zh="其他区县")
    """The other counties of the city, whose income per head is that of the simulated one.
    Source: set with the pool"""
    age_weight: Ratio = param(0.0, unit="ratio", zh="年龄结构权重")
    """Weight w of the index of age structure.
    Source: assumed none: doc 002 gives no weights"""
    economy_weight: Ratio = param(0.0, unit="ratio", zh="经济水平权重")
    """Weight w of the index of the economy.
    Source: as age_weight"""
    disease_weight: Ratio = param(0.0, unit="ratio", zh="疾病谱权重")
    """Weight w of the index of the disease spectrum.
    Source: as age_weight"""


def divided(config: CityPool, per_head: int, heads: int) -> Money:
    """[county, the simulated one first] what the city gives each of an income of ``per_head`` fen from all heads."""
    counties: list[Indices] = [config, *config.others]
    persons = [heads, *(county.heads for county in config.others)]
    factors = [
        Factor(ppm(getattr(config, f"{name}_weight")), [ppm(getattr(county, name)) for county in counties])
        for name in NAMES
    ]
    return largest_remainder(per_head * sum(persons), factored(persons, factors))


def allotted(config: CityPool, per_head: int, heads: int) -> int:
    """Income of the county of ``heads`` insured at ``per_head`` fen: its own, or its part of the city's pool."""
    return int(divided(config, per_head, heads)[0]) if config.apply else per_head * heads
