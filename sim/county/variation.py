"""What differs from year to year for everybody: how much illness, what prices, what income, how many go elsewhere.

Luck that strikes persons one by one evens out in a large county; this does not.  Each of the four factors has mean 1
and a lognormal law; its logarithm follows an autoregression of order one from year to year, started in its stationary
law.  Draws are addressed by year and by nobody, so that all arms of a replication meet the same years.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.core.parameters import Config as BaseConfig
from sim.core.parameters import Share, param
from sim.core.randomness import YEAR_COMMON, Key, normal, unit, words


class Config(BaseConfig):
    """Common variation between years (年度共同波动), which no county is large enough to even out."""

    apply: bool = param(True, unit="", zh="启用年度共同波动")
    """Whether years differ for everybody.
    Source: assumed on: a fund's risk at any size rests on it"""
    incidence: Share = param(0.02, unit="log units", zh="发病年度波动")
    """Standard deviation of the year's illness: acute needs and needs of admission alike.
    Source: assumed: the nation's admissions vary by about 2 % around their trend in calm years"""
    price: Share = param(0.02, unit="log units", zh="费用年度波动")
    """Standard deviation of the year's charges around their trend.
    Source: assumed: cost per discharge of the nation varies by 2-5 % around its trend (figures 2.1)"""
    income: Share = param(0.01, unit="log units", zh="筹资年度波动")
    """Standard deviation of the year's incomes, of the fund and of persons, around their trend.
    Source: assumed: contributions are set by government a year ahead"""
    outside: Share = param(0.05, unit="log units", zh="外出就医年度波动")
    """Standard deviation of the appeal of hospitals outside the county: of its weight in choices.
    Source: assumed: the share of cost outside the pool moved by 1-2 points a year (figures 2.1)"""
    persistence: Share = param(0.4, unit="", zh="年度波动自相关")
    """Correlation of a factor between a year and the next.
    Source: assumed: bad years come together, as growth of cost per discharge has done (figures 2.1)"""


def swing_of_spending(config: Config) -> float:
    """Standard deviation of a year's spending that is due to what differs for everybody, as a share of it.

    >>> round(swing_of_spending(Config(incidence=0.03, price=0.04)), 9), swing_of_spending(Config(apply=False))
    (0.05, 0.0)
    """
    return math.hypot(config.incidence, config.price) if config.apply else 0.0


class Common(NamedTuple):
    """A year's factors, 1 = as usual."""

    incidence: float = 1.0
    price: float = 1.0
    income: float = 1.0
    outside: float = 1.0


def common(config: Config, key: Key, year: int) -> Common:
    """The factors of a year.

    Args:
        config: their spread.
        key: the run's luck.
        year: number of the year, counted from the start of the warm-up.
    """
    if not config.apply:
        return Common()
    spreads = (config.incidence, config.price, config.income, config.outside)
    fresh = math.sqrt(1.0 - config.persistence**2)
    scores = [0.0] * len(spreads)
    for past in range(year + 1):
        drawn = words(key, 0, YEAR_COMMON, past, 0)
        for index, word in enumerate(drawn):
            z = normal(unit(word))
            scores[index] = z if past == 0 else config.persistence * scores[index] + fresh * z
    return Common(*(math.exp(spread * z - spread**2 / 2.0) for spread, z in zip(spreads, scores, strict=True)))
