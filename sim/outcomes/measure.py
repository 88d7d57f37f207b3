"""From the records of one year to rows of the tidy table."""

from __future__ import annotations

from sim.outcomes.catalogue import PARTS
from sim.outcomes.outcome import Row
from sim.outcomes.sums import YearRecord, sum_year


def measure(record: YearRecord) -> list[Row]:
    """All outcomes of one year as (year, outcome, group, value); undefined values (0/0) are nan."""
    sums = sum_year(record)
    return [row for part in PARTS for row in part.measure(record, sums)]
