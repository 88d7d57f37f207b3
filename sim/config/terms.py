"""The terms that people use for options and choices, besides their names, and which option a term means."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from sim.config.options import groups
from sim.money.payment import SCHEMES
from sim.tables import TIER_LEVELS, TIER_NAMES, TIERS

PAYMENT: dict[str, tuple[str, ...]] = {
    "ffs": ("项目付费", "按服务项目付费", "后付制"),
    "drg": ("DRG付费", "DRGs", "按疾病诊断相关分组付费", "按病组付费"),
    "dip": ("DIP付费", "病种分值付费", "按病种分值付费", "区域点数法"),
    "package": ("打包付费", "总额打包", "总额包干", "总额打包付费"),
    "drg_package": ("打包内DRG",),
    "cap": ("总额控制到机构",),
    "budget": ("区域总额", "区域总额预算管理"),
    "per_diem": ("床日付费", "按床日"),
    "apg": ("APG付费", "门诊病组付费"),
    "capitation": ("门诊人头付费", "门诊统筹按人头付费"),
    "composite": ("多元复合支付", "多元复合式医保支付", "复合式支付"),
    "weighted_capitation": ("人头加权", "加权人头预算"),
    "signed_quota": ("按人头总额付费", "签约居民人头总额付费"),
}
"""By option of ``payment``, besides the labels of the schemes."""

SETTLEMENT: dict[str, tuple[str, ...]] = {
    "own_risk": (
        "超支自付",
        "超支不补",
        "结余留用、超支自付",
        "结余留用超支自付",
        "结余留用、超支不补",
        "结余留用超支不补",
    ),
    "shared": ("超支分担", "结余留用、超支分担", "结余留用超支分担"),
    "risk_corridor": ("风险走廊",),
}
RESPONSE: dict[str, tuple[str, ...]] = {
    "on": ("开", "开启", "是", "有反应", "true", "yes"),
    "off": ("关", "关闭", "否", "无", "无反应", "false", "no"),
}

AMBIGUOUS: dict[str, dict[str, tuple[str, ...]]] = {
    "payment": {
        "总额控制": ("cap", "budget"),
        "总额预算": ("budget", "package"),
        "总额付费": ("package", "budget", "cap"),
        "总额预付": ("package", "budget", "cap"),
        "人头付费": ("capitation", "weighted_capitation", "signed_quota"),
        "按人头付费": ("capitation", "weighted_capitation", "signed_quota"),
        "按病种付费": ("drg", "dip"),
        "病种付费": ("drg", "dip"),
        "点数法": ("dip", "drg"),
        "capitated": ("capitation", "package"),
    },
    "settlement": {"结余留用": ("own_risk", "shared", "surplus_only")},
}
"""Terms that several options answer to: the user must choose."""

CHOICES: dict[str, dict[str, str]] = {
    "language": {"中文": "zh", "汉语": "zh", "简体中文": "zh", "chinese": "zh", "zh-cn": "zh", "zh_cn": "zh",
                 "cn": "zh", "英文": "en", "英语": "en", "english": "en", "en-us": "en"},
    "response.tightness": {"紧密型": "tight", "紧密": "tight", "半紧密型": "semi_tight", "半紧密": "semi_tight",
                           "松散型": "nominal", "松散": "nominal"},
}  # fmt: skip
"""By key of a parameter with choices: term -> choice."""

TIERS_ZH = {name.zh: tier for names in (TIER_NAMES, TIER_LEVELS) for tier, name in zip(TIERS, names, strict=True)} | {
    "乡镇": "township",
    "异地": "remote",
}
"""Chinese names of tiers, as the last part of a key."""

SWITCHES = dict.fromkeys(("是", "真", "开", "开启", "启用"), "true") | dict.fromkeys(
    ("否", "假", "关", "关闭", "停用", "不启用"), "false"
)
NOTHING = ("none", "无", "空", "不设", "未设")
"""What people write for null, where a parameter may be null."""


def folded(term: str) -> str:
    """A term without case, spaces, brackets and punctuation, to be compared.

    >>> folded("按病组付费（DRG）"), folded("Fee for service")
    ('按病组付费drg', 'feeforservice')
    """
    return re.sub(r"[\s()（）、，,_·+-]", "", term).lower()


@cache
def option_terms(group: str) -> dict[str, str]:
    """Folded term -> option, for a group of ``conf/``."""
    if group == "current_payment":
        return option_terms("payment")
    built_in = {"payment": PAYMENT, "settlement": SETTLEMENT, "response": RESPONSE}.get(group, {})
    options = {folded(term): option for option, terms in built_in.items() for term in terms}
    if group == "payment":
        for name, scheme in SCHEMES.items():
            for label in (*scheme.label, re.sub(r"\(.*\)", "", scheme.label.zh)):
                options.setdefault(folded(label), name)
    return options


def candidates(group: str, term: str) -> tuple[str, ...]:
    """The options that an ambiguous term may stand for; empty if the term is not ambiguous."""
    known = AMBIGUOUS.get("payment" if group == "current_payment" else group, {})
    return next((options for word, options in known.items() if folded(word) == folded(term)), ())


def narrow(text: str) -> str:
    """A text with full-width characters, and other forms of digits and signs, replaced by the plain ones."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-")


def option_of(group: str, value: str) -> str:
    """The option of a group that a value means, by its name in any case or by a term."""
    options, terms = groups()[group], option_terms(group)
    is_term = folded(narrow(value).strip("'\"")) in terms  # a term may hold a comma
    parts = [value] if "{" in value or is_term else re.split("[,，]", value)
    return ",".join(choice_of(part, options, terms, group) for part in parts)


def choice_of(value: str, names: list[str], terms: dict[str, str], group: str = "") -> str:
    """The name that a word means, in any case or as a term; if none, the word itself, quoted if it must be."""
    word = narrow(value).strip().strip("'\"").strip()
    if word in names:
        return value if value.isascii() else word
    options = {folded(name): name for name in names}
    if group == "base_year":
        word = word.removesuffix("年")
    option = options.get(folded(word)) or terms.get(folded(word))
    if option and not candidates(group, word):
        return option
    return value if value.isascii() else f"'{word}'"  # so that it is refused as an option, not as a word that is odd
