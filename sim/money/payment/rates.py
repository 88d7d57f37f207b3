"""Rate of a unit of weight: as given, or what the base years paid for one; for stays and for visits alike.

rate of history = trended charges of the base years / (their weights x coefficients of tiers), rounded half up
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sim.core.errors import ConfigError
from sim.core.units import PPM, fen, part, product, rounded
from sim.money.base_years import growth_over
from sim.money.history import ClosedYear, History
from sim.money.payment.scheme import cell_values
from sim.tables import Claims, Ints, Mask


def rate_of_year(
    config: Any,
    history: History,
    years: Sequence[ClosedYear],
    weight: Ints,
    select: Callable[[Claims], Mask],
    named: tuple[str, str],
) -> int:
    """The year's rate, fen per unit of weight.

    Args:
        config: `rate` (grown from the first reform year by `rate_growth`), or null, and `coefficient`.
        history: what is known of the past.
        years: base years, looked at where no rate is given.
        weight: [tier, group] weight x coefficient of the tier, ppm.
        select: rows that are priced.
        named: the rate and what it is a rate of, for the message: ("DRG", "stay").

    Raises:
        ConfigError: if the base years have nothing to make a rate of.
    """
    if config.rate is not None:
        return part(fen(config.rate), growth_over(config, history, history.year - history.reform, "rate_growth"))
    charges = weights = 0
    for year in years:
        rows = select(year.claims)
        trend = growth_over(config, history, history.year - year.year, "rate_growth")
        charges += part(int(year.claims.charge[rows].sum()), trend)
        units = cell_values(config.coefficient, weight, year.claims, rows)
        weights += int(product(units, year.claims.cases[rows]).sum())
    if weights == 0:
        rate, kind = named
        raise ConfigError(
            f"the {rate} rate cannot be computed: the base years have no resident-insured {kind} in the county of "
            "which the fund bears a part",
            where="{at}.rate",
            todo="give {at}.rate, or a larger county or more history years",
        )
    return rounded(charges * PPM, weights)
