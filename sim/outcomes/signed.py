"""The two ledgers under a quota of signed residents: their quota, what they cost, and everybody else."""

from __future__ import annotations

from sim.outcomes.ledger import FEN, Ledger, YearRecord
from sim.outcomes.outcome import ALL, Grouping, Outcome, Row, community_group
from sim.tables import QuotaYear

_BOTH: tuple[Grouping, ...] = ("all", "community")

CATALOGUE = (
    Outcome(
        "quota", "yuan", "Quota of the signed residents", "签约居民人头总额", "surplus", _BOTH, "neutral",
        "Quota of the persons signed with the community's family doctors, after the cut for volume purchase; only "
        "under a quota of signed residents.",
        "医共体签约居民的人头总额（已扣集采），仅在签约居民按人头总额付费时报告。",
    ),
    Outcome(
        "quota_charged", "yuan", "Charged to the quota", "签约居民基金支出", "surplus", _BOTH, "lower",
        "Fund money due for the signed residents' care within the range of the quota, wherever they were treated.",
        "签约居民在总额范围内的应付基金，含网内与网外。",
    ),
    Outcome(
        "outside_quota", "yuan", "Fund money beside the quota", "总额之外的基金支出", "surplus", _BOTH, "neutral",
        "Fund money due for the community's other residents, and for signed ones out of the range of the quota.",
        "未签约居民的应付基金，以及签约居民在总额范围之外的应付基金。",
    ),
)  # fmt: skip


def measure_signed(record: YearRecord, _ledger: Ledger) -> list[Row]:
    """Outcomes of the quota in one year, yuan; none under other schemes."""
    if record.quota is None:
        return []
    return _of_quota(record.year, record.quota)


def _of_quota(year: int, quota: QuotaYear) -> list[Row]:
    out: list[Row] = []
    columns = {"quota": quota.quota, "quota_charged": quota.charged, "outside_quota": quota.outside}
    for outcome, values in columns.items():
        out.append((year, outcome, ALL, int(values.sum()) / FEN))
        out += [(year, outcome, community_group(c), int(value) / FEN) for c, value in enumerate(values)]
    return out
