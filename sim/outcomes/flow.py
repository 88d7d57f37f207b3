"""Where care happens: in the county or outside, at primary level or above, and referrals between tiers."""

from __future__ import annotations

from sim.outcomes.outcome import ALL, Outcome, Row
from sim.outcomes.sums import Part, YearRecord, YearSums, by_tier, provider_counter, ratio, rows
from sim.tables import COUNTY, INPATIENT, PROVIDER_COUNTERS, TIERS, TOWNSHIP, Ints

_COUNTER = {name: i for i, name in enumerate(PROVIDER_COUNTERS)}

CATALOGUE = (
    Outcome(
        "in_county_episodes", "share", "In-county share of episodes", "县域内整段住院占比", "flow", ("all",),
        "higher",
        "Resident-insured inpatient episodes whose patient was admitted in the county divided by all; who is stepped "
        "down into the county from outside was admitted outside.",
        "居民医保整段住院中在县域内入院的比例；在县域外入院后下转回县域康复的，计为县域外。", headline=True,
    ),
    Outcome(
        "in_county_admissions", "share", "In-county share of admissions", "县域内住院占比", "flow", ("all",), "higher",
        "Resident-insured inpatient cases treated in the county divided by all; a stay that steps down is two.",
        "居民医保住院人次中在县域内住院的比例（下转康复另计一人次）。",
    ),
    Outcome(
        "in_county_visits", "share", "In-county share of visits", "县域内就诊率", "flow", ("all",), "higher",
        "Resident-insured outpatient and chronic visits made in the county divided by all.",
        "居民医保门诊（含慢特病）人次中在县域内就诊的比例。",
    ),
    Outcome(
        "primary_visits", "share", "Primary share of in-county visits", "县域内基层诊疗占比", "flow", ("all",),
        "higher",
        "Visits at village clinics and township centres divided by visits in the county, resident-insured.",
        "居民医保县域内门诊人次中在村卫生室和乡镇卫生院就诊的比例。", headline=True,
    ),
    Outcome(
        "primary_visits_young_old", "share", "Primary share of the visits of children and the elderly",
        "儿童与老人基层就诊占比", "flow", ("all",), "higher",
        "Visits at village clinics and township centres by persons below 15 or of 65 and over divided by all their "
        "visits, in the county and outside; all persons.",
        "15 岁以下儿童与 65 岁及以上老人的门诊人次（含县域外）中在村卫生室和乡镇卫生院就诊的比例（全体居民）。",
    ),
    Outcome(
        "visit_share", "share", "Share of visits by tier", "各层级门诊人次占比", "flow", ("tier",), "neutral",
        "Resident-insured visits at the tier divided by all.", "居民医保门诊人次在各层级的构成。",
    ),
    Outcome(
        "episode_share", "share", "Share of episodes by tier", "各层级整段住院占比", "flow", ("tier",),
        "neutral",
        "Resident-insured inpatient episodes whose patient was admitted at the tier divided by all.",
        "居民医保整段住院按入院机构层级的构成。",
    ),
    Outcome(
        "admission_share", "share", "Share of admissions by tier", "各层级住院人次占比", "flow", ("tier",), "neutral",
        "Resident-insured inpatient cases at the tier divided by all; a stay that steps down is two.",
        "居民医保住院人次在各层级的构成（下转康复另计一人次）。",
    ),
    Outcome(
        "fund_share", "share", "Share of fund money by tier", "各层级基金占比", "flow", ("tier",), "neutral",
        "Fund money due to the tier for claims divided by all.", "各层级应得医保基金的构成。",
    ),
    Outcome(
        "in_county_fund", "share", "In-county share of fund money", "县域内基金占比", "flow", ("all",), "higher",
        "Fund money due to providers in the county for claims divided by all.",
        "支付给县域内医疗机构的基金占比。", headline=True,
    ),
    Outcome(
        "referrals_up", "per_1000", "Referred up", "上转率", "flow", ("all", "tier"), "neutral",
        "Patients the tier sends to a higher tier per 1,000 persons and year, all persons.",
        "每千人每年由该层级上转的人次（全体居民）。",
    ),
    Outcome(
        "referrals_down", "per_1000", "Referred down", "下转率", "flow", ("all", "tier"), "higher",
        "Patients the tier receives from a higher tier to recover per 1,000 persons and year, all persons.",
        "每千人每年由上级医院下转至该层级康复的人次（全体居民）。",
    ),
    Outcome(
        "referred_admissions", "share", "Admissions that came by referral up", "经上转入院占比", "flow",
        ("all", "tier"), "neutral",
        "Resident-insured inpatient episodes whose patient came by referral from a lower tier divided by all.",
        "居民医保整段住院中经下级机构上转入院的比例。",
    ),
)  # fmt: skip


def measure_flow(record: YearRecord, sums: YearSums) -> list[Row]:
    """Flow outcomes of one year."""
    year = record.year
    visits = sums.cases[:, :INPATIENT].sum(axis=1)
    stays = sums.cases[:, INPATIENT]
    paid = sums.receipts.sum(axis=1)
    primary = int(visits[: TOWNSHIP + 1].sum())
    frail = provider_counter(record, _COUNTER["young_old_visits"])
    out = [
        (year, "in_county_episodes", ALL, _in_county(sums.episodes.cases)),
        (year, "in_county_admissions", ALL, _in_county(stays)),
        (year, "in_county_visits", ALL, _in_county(visits)),
        (year, "primary_visits", ALL, ratio(primary, int(visits[: COUNTY + 1].sum()))),
        (year, "in_county_fund", ALL, _in_county(paid)),
        (year, "primary_visits_young_old", ALL, ratio(int(frail[: TOWNSHIP + 1].sum()), int(frail.sum()))),
    ]
    for outcome, column in (
        ("visit_share", visits),
        ("episode_share", sums.episodes.cases),
        ("admission_share", stays),
        ("fund_share", paid),
    ):
        total = int(column.sum())
        out += rows(year, outcome, TIERS, [ratio(int(v), total) for v in column])
    return out + _referrals(record, sums)


def _in_county(by_tier: Ints) -> float:
    return ratio(int(by_tier[: COUNTY + 1].sum()), int(by_tier.sum()))


def _referrals(record: YearRecord, sums: YearSums) -> list[Row]:
    year, out = record.year, list[Row]()
    for outcome, counter in (("referrals_up", "referred_up"), ("referrals_down", "referred_down")):
        counts = provider_counter(record, _COUNTER[counter])
        out.append((year, outcome, ALL, 1000 * ratio(int(counts.sum()), sums.persons)))
        out += rows(year, outcome, TIERS, [1000 * ratio(int(c), sums.persons) for c in counts])
    return out + by_tier(year, "referred_admissions", sums.episodes.referred, sums.episodes.cases)


PART = Part(outcomes=CATALOGUE, measure=measure_flow)
