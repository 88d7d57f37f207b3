"""Whether health suffered: chronic management, avoidable admissions, readmission, signing."""

from __future__ import annotations

import numpy as np

from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, Outcome, Row, community_group
from sim.outcomes.sums import (
    Part,
    YearRecord,
    YearSums,
    begun_episodes,
    by_quintile,
    persons_with,
    provider_counter,
    ratio,
    ratios,
    rows,
)
from sim.tables import COUNTY_COUNTERS, NO_COMMUNITY, PROVIDER_COUNTERS, QUINTILES, RESIDENT_INSURED

_COLUMN = {name: i for i, name in enumerate(COUNTY_COUNTERS)}
_ADMISSIONS = PROVIDER_COUNTERS.index("admissions")

CATALOGUE = (
    Outcome(
        "managed_share", "share", "Chronic conditions under management", "慢性病管理覆盖率（含未确诊）", "quality",
        ("all", "quintile"), "higher",
        "Chronic conditions of resident-insured persons that are managed divided by all they have, diagnosed or not; "
        "official rates of management count registered patients only.",
        "居民医保参保人所患慢性病（无论是否确诊）中得到规范管理的比例；公布的规范管理率只计在册患者。", headline=True,
    ),
    Outcome(
        "diagnosed_share", "share", "Chronic conditions diagnosed", "慢性病知晓率", "quality", ("all", "quintile"),
        "higher",
        "Chronic conditions of resident-insured persons that are diagnosed divided by all they have.",
        "居民医保参保人所患慢性病中已确诊的比例。",
    ),
    Outcome(
        "managed_of_diagnosed", "share", "Managed, of diagnosed chronic conditions", "已确诊慢性病管理率", "quality",
        ("all", "quintile"), "higher",
        "Chronic conditions of resident-insured persons that are managed divided by those that are diagnosed.",
        "居民医保参保人已确诊慢性病中得到规范管理的比例。",
    ),
    Outcome(
        "avoidable_admissions", "per_1000", "Avoidable admissions", "可避免住院", "quality", ("all", "quintile"),
        "lower",
        "Admissions for chronic conditions that good primary care avoids per 1,000 persons, all persons.",
        "每千人中良好基层照护可避免的慢性病住院人次（全体居民）。", headline=True,
    ),
    Outcome(
        "episode_readmissions", "share", "Readmission within 30 days of an episode", "整段住院 30 天再住院率",
        "quality", ("all",), "lower",
        "Unplanned returns within 30 days of an episode's end divided by episodes begun, all persons; a return is an "
        "episode of its own.",
        "整段住院结束后 30 天内非计划再住院占整段住院次数的比例（全体居民）；再住院另计一次。",
    ),
    Outcome(
        "readmissions", "share", "Readmission within 30 days", "30 天再住院率", "quality", ("all",), "lower",
        "Unplanned returns within 30 days of discharge divided by stays begun, all persons; a stay that steps down is "
        "two.",
        "出院后 30 天内非计划再住院人次占入院人次的比例（全体居民；下转康复另计一人次）。",
    ),
    Outcome(
        "signing_rate", "share", "Signed with a family doctor team", "家庭医生签约率", "quality", ("all", "quintile"),
        "higher",
        "Resident-insured persons signed with a family doctor team at the year's end divided by all.",
        "居民医保参保人中年末与家庭医生团队签约的比例。",
    ),
    Outcome(
        "loyal_share", "share", "Signed persons in their second year or later", "续约者占签约人数比", "quality",
        ("all",),
        "higher",
        "Signed resident-insured persons in their second contract year or later divided by all signed.",
        "签约的居民医保参保人中签约满一年以上（已续约）者的比例。",
    ),
    Outcome(
        "signed_heads", "persons", "Signed persons", "签约人数", "quality", ("all", "community"), "higher",
        "Resident-insured persons signed with the family doctor teams of the community at the year's end.",
        "年末与医共体家庭医生团队签约的居民医保参保人数。",
    ),
)  # fmt: skip


def measure_quality(record: YearRecord, sums: YearSums) -> list[Row]:
    """Quality outcomes of one year."""
    return _chronic(record, sums) + _harm(record, sums) + _signing(record, sums)


def _chronic(record: YearRecord, sums: YearSums) -> list[Row]:
    year, people = record.year, record.flows.population
    present = by_quintile(sums, np.bitwise_count(people.chronic))
    managed = by_quintile(sums, np.bitwise_count(people.managed & people.chronic))
    diagnosed = by_quintile(sums, np.bitwise_count(people.diagnosed & people.chronic))
    out: list[Row] = []
    for outcome, hits, count in (
        ("managed_share", managed, present),
        ("diagnosed_share", diagnosed, present),
        ("managed_of_diagnosed", managed, diagnosed),
    ):
        out.append((year, outcome, ALL, ratio(int(hits.sum()), int(count.sum()))))
        out += rows(year, outcome, QUINTILE_GROUPS, ratios(hits, count))
    return out


def _harm(record: YearRecord, sums: YearSums) -> list[Row]:
    year, county = record.year, record.flows.county
    avoidable = county[:, _COLUMN["avoidable"]]
    persons = np.bincount(record.flows.population.quintile, minlength=QUINTILES)
    back = int(county[:, _COLUMN["readmissions"]].sum())
    begun = int(provider_counter(record, _ADMISSIONS).sum())
    out = [(year, "avoidable_admissions", ALL, 1000 * ratio(int(avoidable.sum()), sums.persons))]
    out += rows(year, "avoidable_admissions", QUINTILE_GROUPS, ratios(avoidable, persons, 1000))
    episodes = int(begun_episodes(record).sum())
    out.append((year, "episode_readmissions", ALL, ratio(back, episodes)))
    return [*out, (year, "readmissions", ALL, ratio(back, begun))]


def _signing(record: YearRecord, sums: YearSums) -> list[Row]:
    year, signed = record.year, record.flows.population.signed
    heads, hits = sums.heads_by_quintile, persons_with(sums, signed > 0)
    loyal, all_signed = int(persons_with(sums, signed > 1).sum()), int(hits.sum())
    out = [(year, "signing_rate", ALL, ratio(all_signed, sums.heads))]
    out += rows(year, "signing_rate", QUINTILE_GROUPS, ratios(hits, heads))
    out.append((year, "loyal_share", ALL, ratio(loyal, all_signed)))
    return out + _signed_heads(record, all_signed)


def _signed_heads(record: YearRecord, total: int) -> list[Row]:
    people = record.flows.population
    signed = (people.insurance == RESIDENT_INSURED) & (people.signed > 0)
    count = int(record.providers.community.max(initial=NO_COMMUNITY)) + 1
    heads = np.bincount(people.community[signed], minlength=count)
    out: list[Row] = [(record.year, "signed_heads", ALL, float(total))]
    return out + [(record.year, "signed_heads", community_group(c), float(n)) for c, n in enumerate(heads)]


PART = Part(outcomes=CATALOGUE, measure=measure_quality)
