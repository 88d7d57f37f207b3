"""Labels of groups, and the words of a report that are not sentences, in both languages."""

from __future__ import annotations

from sim.core.text import Language, Text
from sim.outcomes.outcome import ALL, QUINTILE_GROUPS, QUINTILE_NAMES
from sim.tables import CATEGORIES, CATEGORY_NAMES, TIER_PLURALS, TIERS

TIER_LABELS = {tier: name.capital() for tier, name in zip(TIERS, TIER_PLURALS, strict=True)}
CATEGORY_LABELS = {category: name.capital() for category, name in zip(CATEGORIES, CATEGORY_NAMES, strict=True)}
QUINTILE_LABELS = dict(zip(QUINTILE_GROUPS, QUINTILE_NAMES, strict=True))


def group_label(group: str, language: Language) -> str:
    """Label of a group of the tidy table.

    >>> group_label("county", "zh"), group_label("community_2", "en"), group_label("county/inpatient", "en")
    ('县级医院', 'Community 2', 'County hospitals, Inpatient')
    """
    if group == ALL:
        return Text("County", "全县").of(language)
    if group.startswith("community_"):
        return Text("Community ", "医共体").of(language) + group.removeprefix("community_")
    if "/" in group:
        joint = Text(", ", "·").of(language)
        return joint.join(group_label(part, language) for part in group.split("/"))
    for labels in (TIER_LABELS, CATEGORY_LABELS, QUINTILE_LABELS):
        if group in labels:
            return labels[group].of(language)
    return group


WORDS: dict[str, Text] = {
    "outcome": Text("Outcome", "指标"),
    "unit": Text("Unit", "单位"),
    "baseline": Text("baseline", "基准"),
    "response_on": Text("response on", "有行为反应"),
    "response_off": Text("response off", "无行为反应"),
    "fund": Text("Fund", "基金运行"),
    "surplus": Text("Surplus of the communities", "医共体结余"),
    "patients": Text("Patients", "患者负担"),
    "flow": Text("Where care happens", "就医流向"),
    "volume": Text("Volume and cost", "服务量与费用"),
    "providers": Text("Providers", "医疗机构"),
    "quality": Text("Quality", "服务质量"),
    "risk": Text("Risk of the fund", "基金风险"),
    "year": Text("Year", "年份"),
    "before_reform": Text("Before the reform", "改革前"),
    "reform": Text("reform", "改革"),
    "target": Text("Target", "目标值"),
    "simulated": Text("Simulated", "模拟值"),
    "difference": Text("Difference", "差异"),
    "tolerance": Text("Tolerance", "容差"),
    "fitted": Text("fitted", "拟合"),
    "held out": Text("held out", "留出"),
    "set": Text("set", "给定"),
    "claim": Text("Claim", "文献观点"),
    "claimed": Text("Claimed", "文献所述"),
    "found": Text("Found here", "模拟结果"),
    "departures": Text("Where the model differs from the sources, and why", "模型与文献的差异及原因"),
    "verdict": Text("Verdict", "判定"),
    "source": Text("Source", "来源"),
    "note": Text("Note", "备注"),
    "ok": Text("within tolerance", "在容差内"),
    "miss": Text("MISS", "未达标"),
    "apart": Text("not as the nation", "与全国不同"),
    "info": Text("shown only", "仅列示"),
    "own": Text("own", "本县"),
    "setting": Text("Setting", "设置"),
    "key": Text("Key", "参数名"),
    "value": Text("Value", "取值"),
    "default": Text("Default", "缺省值"),
    "origin": Text("Set by", "设定者"),
    "arm": Text("Arm", "方案"),
    "effect": Text("Effect of the response", "行为反应的影响"),
    "definition": Text("Definition", "定义"),
    "per_year": Text("a year", "每年"),
    "at_end": Text("at the end of {year}", "{year} 年末"),
    "mean_of": Text("mean of {first}–{last}", "{first}—{last} 年均值"),
    "mean_of_one": Text("{first}", "{first} 年"),
}


def word(key: str, language: Language, **fields: object) -> str:
    """A word of the report, with its fields filled in."""
    text = WORDS[key].of(language)
    return text.format(**fields) if fields else text
