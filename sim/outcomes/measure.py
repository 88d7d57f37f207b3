"""From the records of one year to rows of the tidy table."""

from __future__ import annotations

from sim.outcomes.employee import measure_employee
from sim.outcomes.flow import measure_flow
from sim.outcomes.fund import measure_fund
from sim.outcomes.hardship import measure_hardship
from sim.outcomes.outcome import Row
from sim.outcomes.patients import measure_patients
from sim.outcomes.providers import measure_providers
from sim.outcomes.quality import measure_quality
from sim.outcomes.signed import measure_signed
from sim.outcomes.sums import YearRecord, build_ledger
from sim.outcomes.surplus import measure_surplus
from sim.outcomes.volume import measure_volume

_PARTS = (
    measure_fund,
    measure_surplus,
    measure_signed,
    measure_employee,
    measure_patients,
    measure_hardship,
    measure_flow,
    measure_volume,
    measure_providers,
    measure_quality,
)


def measure(record: YearRecord) -> list[Row]:
    """All outcomes of one year as (year, outcome, group, value); undefined values (0/0) are nan."""
    ledger = build_ledger(record)
    return [row for part in _PARTS for row in part(record, ledger)]
