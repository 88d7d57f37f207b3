"""What prevention costs the communities, beside what they keep of their budgets."""

from __future__ import annotations

from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums, ratio

CATALOGUE = (
    Outcome(
        "prevention_cost_per_head", "yuan_per_head", "Prevention cost per head", "人均预防投入", "surplus", ("all",),
        "neutral",
        "What communities spend on prevention and chronic management of their own accord per resident-insured person.",
        "医共体自行投入的预防与慢性病管理支出除以居民医保参保人数。",
    ),
    Outcome(
        "community_result", "yuan", "Communities' result after prevention", "扣除预防投入后的医共体损益", "surplus",
        ("all",), "higher",
        "What communities keep of a surplus or bear of an overrun, less what they spend on prevention.",
        "医共体留用的结余（或承担的超支）减去预防投入。",
    ),
)  # fmt: skip


def measure_prevention(record: YearRecord, sums: YearSums) -> list[Row]:
    """Prevention spending of one year, and what is left to the communities."""
    spent = int(record.prevention_cost.sum())
    kept = int(record.settlement.transfer.sum())
    return [
        (record.year, "prevention_cost_per_head", ALL, ratio(spent / FEN, sums.heads)),
        (record.year, "community_result", ALL, (kept - spent) / FEN),
    ]


PART = Part(outcomes=CATALOGUE, measure=measure_prevention)
