"""Thirty years of the default county without reform, by cohorts: the table in docs/model.md, section 4.

Deterministic, from the parameters alone: the ages of the first households, the law of deaths, births for each woman of
20 to 37.  It draws nothing and calls no rule of the simulation, which a test holds to it.

    python docs/projection.py      writes the table into docs/model.md
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.county.population.config import Config
from sim.county.population.households import HouseholdShares, expected_members

PAGE = Path(__file__).with_name("model.md")
BEGIN, END = "<!-- projection: python docs/projection.py -->", "<!-- end of projection -->"
SHOWN = (0, 5, 10, 15, 20, 25, 30)


class Year(NamedTuple):
    """One projected year."""

    year: int
    residents: float
    """relative to the first year"""
    aged_60: float
    aged_65: float
    births: float
    """per 1,000; nan in the first year"""
    deaths: float


def project(config: Config, years: int) -> list[Year]:
    """The county's ages year by year.

    At a year's start people die by the law at their age, the rest grow a year older, and women who are then 20 to 37
    give birth with a probability that gives `births` per 1,000 in the first year.
    """
    people = expected_members(
        HouseholdShares(config.elder_households, config.middle_households, config.nuclear_households)
    )
    people = people / people.sum()
    ages = np.arange(people.shape[1])
    laws = (
        (config.mortality_male, config.mortality_male_growth),
        (config.mortality_female, config.mortality_female_growth),
    )
    dying = np.minimum(np.stack([base * np.exp(growth * ages) for base, growth in laws]), 1.0)
    dying[:, 0] += 0.004
    birth = config.births / 1000 / people[1, 19:37].sum()
    found = [_year(0, people, np.nan, np.nan)]
    for year in range(1, years + 1):
        deaths = float((people * dying).sum())
        alive = people * (1.0 - dying)
        people = np.zeros_like(alive)
        people[:, 1:] = alive[:, :-1]
        people[:, -1] += alive[:, -1]
        births = float(people[1, 20:38].sum()) * birth
        people[:, 0] = births * np.array([0.51, 0.49])
        found.append(_year(year, people, births, deaths))
    return found


def _year(year: int, people: npt.NDArray[np.float64], births: float, deaths: float) -> Year:
    total = float(people.sum())
    older = people.sum(axis=0)
    return Year(
        year,
        total,
        float(older[60:].sum() / total),
        float(older[65:].sum() / total),
        1000 * births / total,
        1000 * deaths / total,
    )


def table(config: Config) -> str:
    """The table in Markdown."""
    lines = [
        "| year | residents, year 0 = 100 | 60 and over | 65 and over | births per 1,000 | deaths per 1,000 |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for year in project(config, SHOWN[-1]):
        if year.year in SHOWN:
            rates = ["–", "–"] if year.year == 0 else [f"{year.births:.1f}", f"{year.deaths:.1f}"]
            cells = [
                f"{year.year}",
                f"{100 * year.residents:.0f}",
                f"{100 * year.aged_60:.0f} %",
                f"{100 * year.aged_65:.0f} %",
            ]
            lines.append(f"| {' | '.join([*cells, *rates])} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table made anew."""
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n\n{table(Config())}\n\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
