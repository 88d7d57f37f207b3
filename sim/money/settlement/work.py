"""What institutions did in a year, as the distribution of a surplus weighs it: volume, technical content, scores.

All measures are of resident-insured patients of member institutions, whichever community answers for them.
An institution's score is the mean, to four decimals, of those of these three that are known of it:

    economy   2 - cost index, within 0..1: charges against what its cases cost on average at all members
    access    served / (served + turned away)
    holding   1 - referred up / (visits + admissions)

Access and holding come from the counters of a simulated year; claims alone know only the economy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.units import PPM, ppm, product
from sim.tables import CHRONIC, INPATIENT, PROVIDER_COUNTERS, Claims, Floats, Ints, Providers, resident_rows

_COUNTER = {name: k for k, name in enumerate(PROVIDER_COUNTERS)}


class Work(NamedTuple):
    """Index = provider; zero for institutions of no community."""

    volume: Ints
    """Visits + bed day weight x bed days, millionths of a visit."""
    technical: Ints
    """Relative weights of the stays treated, millionths."""
    chronic: Ints
    """Visits for chronic conditions (门诊慢特病)."""
    score: Ints
    """Score 0..1, ppm; 1 where nothing is known."""


def work_of(bed_day_weight: float, claims: Claims, providers: Providers, weights: Ints, counters: Ints) -> Work:
    """Measure a year.

    Args:
        bed_day_weight: visits that a bed day counts as.
        claims: the year's claims, summed or not.
        providers: institutions.
        weights: [inpatient group] relative weights, ppm; empty: every stay weighs 1, as does one without a group.
        counters: [provider, PROVIDER_COUNTERS]; empty: not known.
    """
    count = len(providers.tier)
    rows = resident_rows(claims) & (claims.community >= 0)
    at, category, cases = claims.provider[rows], claims.category[rows], claims.cases[rows]
    stays = category == INPATIENT
    visits = sum_by(at[~stays], cases[~stays], count)
    days = sum_by(at[stays], claims.days[rows][stays], count)
    group = claims.group[rows]
    weight = np.append(weights, PPM)[group[stays] if len(weights) else -1]  # 1 for a stay without a group (-1)
    chronic = category == CHRONIC
    cell = category * (2 + int(group.max(initial=0))) + group + 1  # one for rows without a group, too
    return Work(
        visits * PPM + days * ppm(bed_day_weight),
        sum_by(at[stays], product(weight, cases[stays]), count),
        sum_by(at[chronic], cases[chronic], count),
        _scores(at, cell, cases, claims.charge[rows], counters, count),
    )


def _scores(at: Ints, cell: Ints, cases: Ints, charge: Ints, counters: Ints, count: int) -> Ints:
    """[provider] mean of the measures that are known, ppm."""
    measures = [_economy(at, cell, cases, charge, count)]
    if counters.size:
        column = {name: counters[:, k].astype(np.float64) for name, k in _COUNTER.items()}
        served = column["visits"] + column["admissions"]
        measures.append(_share(served, served + column["overflow"]))
        measures.append(np.clip(1.0 - _share(column["referred_up"], served), 0.0, 1.0))
    table = np.array(measures, dtype=np.float64)
    known = np.isfinite(table)
    total, size = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    score: Floats = np.divide(total, size, out=np.ones(count), where=size > 0)
    return np.asarray(np.floor(score * 10_000 + 0.5).astype(np.int64) * (PPM // 10_000), dtype=np.int64)


def _economy(at: Ints, cell: Ints, cases: Ints, charge: Ints, count: int) -> Floats:
    """[provider] 2 - cost index, within 0..1; nan without cases."""
    size = 1 + int(cell.max(initial=0))
    mean = _share(sum_by(cell, charge, size).astype(np.float64), sum_by(cell, cases, size).astype(np.float64))
    expected = np.asarray(np.bincount(at, weights=mean[cell] * cases, minlength=count), dtype=np.float64)
    score = np.clip(2.0 - _share(sum_by(at, charge, count).astype(np.float64), expected), 0.0, 1.0)
    return np.asarray(score, dtype=np.float64)


def _share(top: Floats, bottom: Floats) -> Floats:
    share = np.full(len(top), np.nan)
    np.divide(top, bottom, out=share, where=bottom > 0)
    return share
