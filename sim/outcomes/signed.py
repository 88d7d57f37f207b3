"""The two ledgers under a quota of signed residents: their quota, what they cost, and everybody else."""

from __future__ import annotations

from sim.core.arrays import sum_by
from sim.outcomes.outcome import ALL, Grouping, Outcome, Row, community_group
from sim.outcomes.sums import FEN, Part, YearRecord, YearSums
from sim.tables import TIERS

_BOTH: tuple[Grouping, ...] = ("all", "community")
_WHERE: tuple[Grouping, ...] = ("all", "community", "tier")

CATALOGUE = (
    Outcome(
        "quota", "yuan", "Quota of the signed residents", "签约居民人头总额", "surplus", _BOTH, "neutral",
        "Quota of the persons signed with the community's family doctors, after the cut for volume purchase; only "
        "under a quota of signed residents.",
        "医共体签约居民的人头总额（已扣集采），仅在签约居民按人头总额付费时报告。",
    ),
    Outcome(
        "quota_charged", "yuan", "Charged to the quota", "签约居民基金支出", "surplus", _WHERE, "lower",
        "Fund money due for the signed residents' care within the range of the quota; by tier, where it was given.",
        "签约居民在总额范围内的应付基金，含网内与网外；按就诊机构层级分列。",
    ),
    Outcome(
        "outside_quota", "yuan", "Fund money beside the quota", "总额之外的基金支出", "surplus", _WHERE, "neutral",
        "Fund money due for the community's other residents, and for signed ones out of the range of the quota; by "
        "tier, where care was given.",
        "未签约居民的应付基金，以及签约居民在总额范围之外的应付基金；按就诊机构层级分列。",
    ),
)  # fmt: skip


def measure_signed(record: YearRecord, _sums: YearSums) -> list[Row]:
    """Outcomes of the quota in one year, yuan; none under other schemes."""
    if record.residents.quota is None:
        return []
    year, quota, out = record.year, record.residents.quota, []
    columns = {"quota": quota.quota, "quota_charged": quota.charged, "outside_quota": quota.outside}
    for outcome, values in columns.items():
        out.append((year, outcome, ALL, int(values.sum()) / FEN))
        out += [(year, outcome, community_group(c), int(value) / FEN) for c, value in enumerate(values)]
    for place, outcome in enumerate(("quota_charged", "outside_quota")):  # the same hospital is in both ledgers
        by_tier = sum_by(record.providers.tier, quota.provider[:, place], len(TIERS))
        out += [(year, outcome, tier, int(by_tier[t]) / FEN) for t, tier in enumerate(TIERS)]
    return out


PART = Part(outcomes=CATALOGUE, measure=measure_signed)
