"""Names inside sentences: outcomes as one says them, arms, groups, and the verbs that agree with them."""

from __future__ import annotations

import re

from sim.core.text import Text
from sim.outcomes.catalogue import OUTCOMES
from sim.outcomes.outcome import ALL
from sim.report.data import Shown
from sim.report.labels import QUINTILE_LABELS, TIER_LABELS, group_label

SPOKEN: dict[str, str] = {
    "fund_paid": "fund money paid for claims",
    "fund_risk_reserve": "amount put into the risk reserve",
    "budget_in_network": "amount charged in network",
    "budget_out_of_network": "amount charged out of network",
    "surplus_to_fund": "what is left with (+) or covered by (−) the fund",
    "pool_added": "amount put into the construction pool",
    "quota_charged": "fund money charged to the quota",
    "policy_ratio": "fund ratio of stays within the catalogue",
    "outside_catalogue": "share of the charge outside the catalogue",
    "turned_away": "rate of patients turned away for lack of capacity",
    "forgone_visits": "share of outpatient need forgone",
    "forgone_admissions": "share of needed admissions forgone",
    "catastrophic_10": "rate of catastrophic spending (10 % of household spending)",
    "catastrophic_25": "rate of catastrophic spending (25 % of household spending)",
    "catastrophic_capacity": "rate of catastrophic spending (40 % of capacity to pay)",
    "impoverished": "share impoverished by own payments",
    "referrals_up": "rate of referral up",
    "referrals_down": "rate of referral down",
    "referred_admissions": "share of admissions that came by referral up",
    "open_in_bed": "number in a bed at the year's end",
    "open_waiting": "number waiting at the year's end",
    "open_accrued": "amount incurred, not settled",
    "margin_rate": "margin on revenue",
    "managed_share": "share of chronic conditions under management",
    "diagnosed_share": "share of chronic conditions diagnosed",
    "managed_of_diagnosed": "share of diagnosed chronic conditions under management",
    "episode_readmissions": "rate of readmission within 30 days of an episode",
    "readmissions": "rate of readmission within 30 days",
    "signing_rate": "share signed with a family doctor team",
    "loyal_share": "share of signed persons in their second year or later",
    "signed_heads": "number of signed persons",
}
"""English names that are more of a label than of a noun, as they read inside a sentence."""

_KEPT: dict[str, Text] = {
    "surplus_retained": Text("what {who} {keep} (+) or {bear} (−)", "{who}留用（+）或承担（−）"),
    "employee_retained": Text("what {who} {keep} (+) or {bear} (−) on employees", "{who}职工预算留用（+）或承担（−）"),
}
"""Outcomes of communities, each of them, or the institutions of a tier."""

SIGNED: dict[str, tuple[Text, Text]] = {
    "surplus_rate": (Text("a surplus", "结余"), Text("an overrun", "超支")),
    "fund_balance": (Text("a surplus", "结余"), Text("a deficit", "赤字")),
    "margin_rate": (Text("a gain", "盈余"), Text("a loss", "亏损")),
}
"""What a value above and one below zero means."""


def name_of(analysis: Shown, outcome: str) -> str:
    """Name of an outcome."""
    entry = OUTCOMES[outcome]
    return entry.zh if analysis.language == "zh" else entry.en


def inside(analysis: Shown, outcome: str, group: str = ALL) -> str:
    """Name of an outcome, perhaps of one group, inside a sentence; a name that says "communities" says which."""
    english = analysis.language == "en"
    label = group_label(group, analysis.language)
    label = label.lower() if english else label
    label = f"{label} fifth" if english and group in QUINTILE_LABELS else label
    label = f"{label}收入组" if not english and group in QUINTILE_LABELS else label
    if outcome in _KEPT and (group == ALL or group in TIER_LABELS or group.startswith("community_")):
        who = Text("communities", "医共体").of(analysis.language) if group == ALL else label
        one = group.startswith("community_")
        verbs = {"keep": "keeps", "bear": "bears"} if one else {"keep": "keep", "bear": "bear"}
        return _KEPT[outcome].of(analysis.language).format(who=who, **verbs)
    name = name_of(analysis, outcome)
    name = SPOKEN.get(outcome, name[0].lower() + name[1:]) if english else name
    if group == ALL:
        return name
    if group.startswith("community_"):
        named = re.sub(Text(r"(the )?\bcommunities\b", "医共体").of(analysis.language), label, name, count=1)
        if named != name:
            return named
    joint = Text("{0} ({1})", "{0}·{1}" if name.endswith("）") else "{0}（{1}）")
    return joint.of(analysis.language).format(name, label)


def the(analysis: Shown, outcome: str, group: str = ALL) -> str:
    """Name of an outcome as the subject of a sentence, with the article that English needs."""
    name = inside(analysis, outcome, group)
    return name if analysis.language == "zh" or name.startswith("what ") else f"the {name}"


def arm_name(analysis: Shown, arm: str) -> str:
    """Label of an arm inside a sentence.

    English quotes it if its comma, colon or "and" would be taken for the sentence's; Chinese, where nothing else sets a
    name apart from the next word, always.
    """
    label = analysis.label(arm)
    return f"“{label}”" if analysis.language == "zh" or re.search(r"[,;:](?= )| and ", label) else label


def verb(name: str, singular: str, plural: str) -> str:
    """Agreement with the head of an English name: "charge per visit", but "avoidable admissions".

    >>> verb("charge per visit", "is", "are"), verb("the avoidable admissions", "is", "are")
    ('is', 'are')
    """
    if name.startswith("what "):
        return singular
    head = re.split(r" (?:per|of|under|in|by|within|that|for|from|paid|as|with)\b|,| \(| ÷", name)[0].split()[-1]
    return plural if head.endswith("s") and head.lower() not in ("surplus",) else singular
