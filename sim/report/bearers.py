"""Who bears what an arm leaves in the fund: providers' margin, the communities' overruns, and why there are any."""

from __future__ import annotations

from sim.core.text import Text
from sim.report.analysis import Analysis
from sim.report.numbers import level, unit_of
from sim.report.wording import difference, say

_MOVED = 0.5
"""From this share of the fund's gain on, what providers lose makes it a transfer and not a saving."""

CAUSES = {
    "surplus_revenue_cap": Text("budgets are held down to income", "预算受以收定支压减"),
    "surplus_indexing": Text("budgets grow less than costs", "预算增长慢于费用"),
    "surplus_base": Text("budgets start below costs", "预算基数低于费用"),
    "surplus_method": Text("of the payment method inside", "内部支付方式所致"),
}
"""Parts of an overrun, as a reason."""


def lost_by_providers(analysis: Analysis, arm: str) -> float:
    """Part of the fund's gain against the baseline that providers of the county lose over the reform years.

    1 = all of it; nan where either is not known, or the fund gains nothing.
    """
    gain, margin = analysis.difference(arm, "fund_accumulated"), analysis.difference(arm, "margin")
    if not (gain.n and margin.n and gain.value):
        return float("nan")
    return -margin.value * len(analysis.reform_years) / gain.value


def only_moved(analysis: Analysis, arm: str) -> bool:
    """Whether most of what the fund gains, or loses, against the baseline is what providers lose, or gain."""
    return lost_by_providers(analysis, arm) >= _MOVED


def providers(analysis: Analysis, arm: str) -> str:
    """The end of a sentence on an arm's balance: what providers have less or more than under the baseline."""
    years, margin = len(analysis.reform_years), analysis.difference(arm, "margin")
    if not margin.n:
        return ""
    value, se, low, high = (number * years for number in margin[:4])  # of a yearly mean
    total = margin._replace(value=value, se=se, low=low, high=high)
    shown = difference(analysis, total, "margin")
    return say(analysis, "providers", diff=shown, unit=unit_of("yuan", analysis.language).label)


def communities(analysis: Analysis, arm: str) -> str:
    """The end of a sentence on an arm: what its communities bear of an overrun, and why; "" where they do not."""
    retained, rate = analysis.level(arm, "surplus_retained"), analysis.level(arm, "surplus_rate")
    if not rate.n or not retained.high < 0:
        return ""
    yuan, percent = unit_of("yuan", analysis.language), unit_of("share", analysis.language)
    return say(
        analysis,
        "communities_bear",
        kept=level(-retained.value, retained.se, yuan),
        unit=yuan.label,
        rate=level(-rate.value, rate.se, percent),
        why=_cause(analysis, arm),
    )


def _cause(analysis: Analysis, arm: str) -> str:
    """The part that makes most of an overrun, as a reason; "" if none makes half of it."""
    surplus = analysis.level(arm, "surplus").value
    part = min(CAUSES, key=lambda name: analysis.level(arm, name).value if analysis.level(arm, name).n else 0.0)
    estimate = analysis.level(arm, part)
    if not (estimate.high < 0 and estimate.value <= surplus / 2):
        return ""
    return say(analysis, "because", why=CAUSES[part].of(analysis.language))
