"""Settings in words: a parameter that somebody changed, its value with its unit, who set it; a way of paying."""

from __future__ import annotations

import re
from typing import Any

from sim.config.model import INNER_PAYMENTS, PAYMENTS, find_parameter
from sim.core.text import Text
from sim.experiment.records import Setting
from sim.money.payment import SCHEMES
from sim.report.data import SettingRow

COMMAND_LINE, STUDY, ARM = "command line", "study", "arm"
ORIGINS = {
    COMMAND_LINE: Text("command line", "命令行"),
    STUDY: Text("the study", "研究文件"),
    ARM: Text("the arm", "本方案"),
    "": Text("option file", "选项文件"),
}

UNITS_ZH = {
    "share of fund money": "（占基金支出比例）", "variance": "（方差）", "power": "（幂次）",
    "share": "（比例）", "ratio": "（比值）", "yuan": "元", "yuan per year": "元/年", "years": "年", "year": "年",
    "share per year": "（每年比例）", "utility": "（效用）", "yuan per head and year": "元/人·年", "per year": "/年",
    "days": "天", "yuan per day": "元/天", "times the standard": "（标准的倍数）", "parts": "份", "km": "公里",
    "months": "个月", "per 1,000 residents": "/千人", "per 1,000 residents and day": "/千人·日",
    "severity": "（严重程度）", "factor": "倍", "utility per step": "（效用/级）",
    "share of the standard": "（占标准比例）", "share of cases": "（占病例比例）", "decimals": "位小数",
    "share of budget": "（占预算比例）", "log units": "（对数单位）", "yuan per unit of weight": "元/权重",
    "hospitals": "家医院", "per person and year": "/人·年", "yuan a case": "元/例", "per year of age": "/岁",
    "per 10 yuan": "/10 元", "per patient and year": "/患者·年", "needs": "次需求", "persons": "人",
    "households": "户", "villages": "个村", "per woman and year": "/育龄妇女·年", "communities": "个医共体",
    "yuan per renewed contract": "元/续约", "yuan per household and year": "元/户·年", "per contract": "/份合同",
    "share a need": "（每次需求比例）", "share a month": "（每月比例）", "utility per yuan": "（效用/元）",
    "utility per km": "（效用/公里）", "utility per day": "（效用/天）", "utility per unit": "（效用/单位）",
    "share of the stay": "（占住院比例）", "share per unit": "（每单位比例）", "points": "分", "visits": "人次",
    "share of a month's budget": "（占月预算比例）", "yuan per signed head and year": "元/签约人·年",
    "share of income": "（占收入比例）", "elasticity": "（弹性）",
    "share of yearly income": "（占年收入比例）", "per share": "（每单位比例）",
}  # fmt: skip
"""Units of parameters in Chinese."""


def payment_name(scheme: Any) -> Text:
    """The name of a payment scheme for readers, with that of the scheme inside it."""
    outer = SCHEMES[scheme.scheme]
    within = getattr(scheme, "within", None)
    if within is None:
        return outer.label
    inner = payment_name(within)
    return Text(f"{outer.label.en}, inside it {inner.en}", f"{outer.label.zh}，其内{inner.zh}")


def _short(doc: str) -> str:
    """A parameter's text as a label in English: what it is, without Chinese terms and explanations.

    >>> _short("Share of an overrun that the community bears: 1 = 超支自付, else less")
    'Share of an overrun that the community bears'
    >>> _short("Share of a surplus that the community keeps (结余留用)")
    'Share of a surplus that the community keeps'
    """
    return re.sub(r" *\([^()]*[\u4e00-\u9fff][^()]*\)", "", re.split(r"[:;]", doc)[0]).strip()


def setting_row(setting: Setting) -> SettingRow:
    """A setting in words."""
    parameter = find_parameter(setting.key)
    group = Text("payment scheme", "内部支付方式" if setting.key.endswith(".within") else "支付方式")
    doc = parameter.doc.rstrip(".") if parameter else ""
    label = Text(_short(doc) or group.en, (parameter.zh if parameter else "") or (group.zh if not doc else setting.key))
    unit = parameter.unit if parameter else ""
    of_payments = setting.key.rpartition(".")[2] in (*PAYMENTS, *INNER_PAYMENTS)
    value, default = (
        _scheme(v) if of_payments and v in SCHEMES else _with_unit(v, unit) for v in (setting.value, setting.default)
    )
    return SettingRow(setting.key, label, value, default, ORIGINS[setting.origin])


def _scheme(name: str) -> Text:
    """A payment scheme as an override names it, and in Chinese as people call it."""
    return Text(name, f"{name}，{SCHEMES[name].label.zh}")


def _with_unit(value: Any, unit: str) -> Text:
    """A value as people write it, with its unit."""
    text = _shown(value)
    if value is None or isinstance(value, bool | str) or not unit:
        return text
    chinese = UNITS_ZH.get(unit, unit)
    gap = "" if chinese[0] in "（/" else " "
    return Text(f"{text.en} {unit}", f"{text.zh}{gap}{chinese}")


def _shown(value: Any) -> Text:
    if isinstance(value, str):
        return Text(value, value)
    if value is None:
        return Text("not set", "未设")
    if isinstance(value, bool):
        return Text("yes", "是") if value else Text("no", "否")
    if isinstance(value, list):
        parts = [_shown(element) for element in value]
        return Text(", ".join(p.en for p in parts), "、".join(p.zh for p in parts)) if parts else Text("none", "无")
    if isinstance(value, dict):
        pairs = [(key, _shown(element)) for key, element in value.items()]
        english, chinese = ([f"{k}={p.of(language)}" for k, p in pairs] for language in ("en", "zh"))
        return Text(", ".join(english), "，".join(chinese))
    text = f"{value:,}" if isinstance(value, int) else repr(value).removesuffix(".0")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = f"{int(value):,}"
    return Text(text, text)
