"""A study's prose with the numbers of the run that is shown in place of its fields (`sim.experiment.fields`)."""

from __future__ import annotations

from sim.core.text import Text
from sim.experiment.fields import FIELD, Field, field_of
from sim.outcomes.outcome import OFF
from sim.report.analysis import Analysis, estimate_of, share_of
from sim.report.data import Estimate
from sim.report.wording import difference, level_with_error, relative, with_unit


def filled(analysis: Analysis, text: Text) -> str:
    """The text in the report's language, each field in its unit, a dash where the run does not have the number."""
    return FIELD.sub(lambda found: _shown(analysis, field_of(found[1])), text.of(analysis.language))


def estimate_in(analysis: Analysis, field: Field) -> Estimate:
    """The number that a field names, in stored units; a percentage as a share."""
    kind, finding = field
    twin = finding.model_copy(update={"arm": finding.arm + OFF})
    if kind == "off":
        return estimate_of(analysis, twin)
    if kind == "response":
        return estimate_of(analysis, finding.model_copy(update={"against": twin.arm}))
    estimate = estimate_of(analysis, finding)
    return share_of(analysis, finding, estimate) if kind == "percent" else estimate


def _shown(analysis: Analysis, field: Field) -> str:
    estimate, outcome = estimate_in(analysis, field), field.finding.outcome
    if field.kind == "percent":
        return relative(analysis, estimate)
    if field.kind in ("level", "off"):
        return with_unit(analysis, level_with_error(analysis, estimate, outcome), outcome)
    return with_unit(analysis, difference(analysis, estimate, outcome), outcome, level=False)
