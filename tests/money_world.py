"""Builds claims, providers and history for tests of payment and settlement; amounts in yuan, as people write them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import yaml

from sim.core.units import fen, ppm
from sim.money.history import ClosedYear, History, closed_year
from sim.tables import CATEGORIES, COUNTY, INSURANCES, NO_COMMUNITY, TIERS, UNKNOWN, Claims, Providers
from tests.paths import CASES

GROWTH = 0.06
"""Growth of charges in a history that says nothing else."""


def cases(file: str) -> dict[str, Any]:
    """A file of worked cases."""
    loaded: dict[str, Any] = yaml.safe_load((CASES / file).read_text(encoding="utf-8"))
    return loaded


def ints(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make_providers(communities: int = 1) -> Providers:
    """One institution a tier and community (the first community's are provider 0, 1, 2 ...), then city and remote."""
    tiers = [tier for _ in range(communities) for tier in range(COUNTY + 1)] + [3, 4]
    member = [c for c in range(communities) for _ in range(COUNTY + 1)] + [NO_COMMUNITY, NO_COMMUNITY]
    blank = np.zeros(len(tiers), dtype=np.int64)
    return Providers(ints(*tiers), ints(*member), blank, blank, blank)


def make_claims(rows: list[dict[str, Any]], year: int = 0) -> Claims:
    """Claims from records: tier, category, group, cases, charge, statutory (sums, yuan); optional home, at, insurance.

    ``at`` is the community of the institution (default: home); outside institutions have none.
    """
    columns: dict[str, list[int]] = {name: [] for name in Claims._fields}
    for row in rows:
        tier, home = TIERS.index(row["tier"]), row.get("home", 0)
        at = row.get("at", home) if tier <= COUNTY else NO_COMMUNITY
        charge, statutory = fen(row["charge"]), fen(row.get("statutory", 0))
        values = {
            "cases": row.get("cases", 1), "days": row.get("days", 0), "year": year,
            "month": -1, "resident": -1, "signed": row.get("signed", UNKNOWN), "home": home, "tier": tier,
            "admitted": row.get("admitted", tier),
            "community": at, "provider": at * (COUNTY + 1) + tier if tier <= COUNTY else 100 + tier,
            "insurance": INSURANCES.index(row.get("insurance", "resident")),
            "category": CATEGORIES.index(row.get("category", "inpatient")), "group": row.get("group", 0),
            "charge": charge, "covered": charge, "statutory": statutory, "patient": charge - statutory,
        }  # fmt: skip
        for name in Claims._fields:
            columns[name].append(values.get(name, 0))
    return Claims(**{name: np.array(column, dtype=np.int64) for name, column in columns.items()})


def make_history(
    claims: list[Claims],
    heads: list[list[int]],
    *,
    weights: list[float] | None = None,
    year: int | None = None,
    reform: int | None = None,
    now: list[int] | None = None,
) -> History:
    """Closed years 0, 1, 2 ... paid by fee for service, and the year to pay for (default: the next one)."""
    closed: tuple[ClosedYear, ...] = tuple(
        closed_year(k, c, np.where(c.insurance == 1, c.statutory, 0), ints(*h))
        for k, (c, h) in enumerate(zip(claims, heads, strict=True))
    )
    count = len(claims)
    return History(
        closed,
        count if reform is None else reform,
        count if year is None else year,
        ints(*(now or heads[-1])),
        np.array([ppm(w) for w in weights or [1.0]], dtype=np.int64),
        GROWTH,
    )


def empty_history(heads: list[int], weights: list[float]) -> History:
    """A first reform year whose payment needs nothing of the past."""
    return make_history([make_claims([])], [heads], weights=weights)


def month_costs(costs: Sequence[int], months: Sequence[Collection[int]]) -> list[int]:
    """[month] base-year cost of the persons on each month's list, from the months 0..11 that each of them is on it."""
    return [sum(cost for cost, own in zip(costs, months, strict=True) if month in own) for month in range(12)]
