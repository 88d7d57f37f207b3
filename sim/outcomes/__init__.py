"""What a user reads: outcomes measured from a year's records, their catalogue, and summaries over replications."""

from __future__ import annotations

from sim.outcomes.catalogue import HEADLINE, OUTCOMES, tidy
from sim.outcomes.identities import check_identities
from sim.outcomes.measure import measure
from sim.outcomes.outcome import OFF, TIDY, Outcome, Row
from sim.outcomes.risk import fund_risk, tail_value_at_risk, value_at_risk
from sim.outcomes.summary import REFORM, differences, response_effects, summarise, with_reform_mean
from sim.outcomes.sums import YearRecord

__all__ = [
    "HEADLINE",
    "OFF",
    "OUTCOMES",
    "REFORM",
    "TIDY",
    "Outcome",
    "Row",
    "YearRecord",
    "check_identities",
    "differences",
    "fund_risk",
    "measure",
    "response_effects",
    "summarise",
    "tail_value_at_risk",
    "tidy",
    "value_at_risk",
    "with_reform_mean",
]
