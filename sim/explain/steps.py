"""The steps from one number to the next, as a person writes them down: rule, values, their sources, result.

All explanations of this wing are lists of these records.  Amounts are integer fen, worked out from the values that the
step shows, so that the last amount can be held against what was really paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, SupportsInt

from pydantic import BaseModel

from sim.core.text import Text
from sim.core.units import PPM, fen, yuan_text

ABOVE = Text("above", "见上")
BILL = Text("the claims", "费用明细")
YEAR_SUM = Text("sum over the year's claims", "全年合计")
GROUP_TABLE = Text("group table", "病组表")
DUE = Text("due from the fund (医保应付)", "医保应付")
MOST = 40
"""Lines of a breakdown that are shown."""


UNITS_ZH = {
    "yuan": "元", "yuan a point": "元/点", "yuan a case": "元/例", "yuan per day": "元/天", "yuan per year": "元/年",
    "yuan per head and year": "元/人年", "yuan per signed head and year": "元/签约人年",
    "yuan per renewed contract": "元/续约", "yuan per household and year": "元/户年",
    "yuan per unit of weight": "元/单位权重", "points": "点", "parts": "份", "years": "年", "months": "个月",
    "days": "天", "persons": "人", "decimals": "位小数", "share": "", "ratio": "", "factor": "",
    "share per year": "/年", "per year": "/年", "share of budget": "（占预算）", "share of cases": "（占病例）",
    "share of the standard": "倍标准", "times the standard": "倍标准", "rows reviewed": "行按特例单议支付",
    "visits": "人次", "share of a month's budget": "（占月预算）", "per 1,000 persons": "/千人",
}  # fmt: skip
"""Units behind a number in a step; those that are not here stay as they are."""
_KEYS_ZH = {
    "assumed": "假定", "calibrated": "校准", "convention": "惯例", "derived": "推算",
    "as county": "同县级", "as quality": "同质量",
    "set with the rule that uses components": "随组成部分设定", "set with the rule that uses phases": "随分段设定",
    "set with the rule that uses bands": "随档次设定", "set with the table that uses points": "随点数表设定",
    "set with the pool": "随预算总额设定",
}  # fmt: skip
"""Sources that are words, not keys of docs/sources.md."""
_TOLD = {"row by row": "逐行计算", "null": "未给出", "true": "是", "false": "否"}


class Item(NamedTuple):
    """One value that enters a step."""

    name: Text
    value: str
    source: Text | str
    key: str = ""
    """Parameter, as an override names it; "" for values that are none."""


class Step(NamedTuple):
    """One step of the arithmetic."""

    what: Text
    rule: Text
    items: tuple[Item, ...]
    result: str
    fen: int | None = None
    """The result, when it is money."""


def plain(text: str) -> Text:
    """A name that is the same in both languages."""
    return Text(text, text)


def ratio(millionths: int) -> str:
    """Millionths as a decimal.

    >>> ratio(450000), ratio(1000000), ratio(-1)
    ('0.45', '1', '-0.000001')
    """
    sign, size = ("-", -millionths) if millionths < 0 else ("", millionths)
    return sign + f"{size // PPM}.{size % PPM:06d}".rstrip("0").rstrip(".")


def proportion(weights: Iterable[int]) -> str:
    """Whole numbers as a proportion.

    >>> proportion((1, 2, 7))
    '1 : 2 : 7'
    """
    return " : ".join(map(str, weights))


def fraction(value: Fraction, decimals: int = 10) -> str:
    """A fraction as a decimal, cut to so many decimals.

    >>> fraction(Fraction(25, 16)), fraction(Fraction(1, 3), 3)
    ('1.5625', '0.333…')
    """
    scale = 10**decimals
    digits, rest = divmod(abs(value.numerator) * scale, value.denominator)
    text = f"{digits // scale}.{digits % scale:0{decimals}d}"
    sign = "-" if value < 0 else ""
    return sign + (text + "…" if rest else text.rstrip("0").rstrip("."))


def points_text(points: int) -> str:
    """Thousandths of a point as points.

    >>> points_text(1_350_000)
    '1,350.000'
    """
    return f"{points // 1000:,}.{points % 1000:03d}"


def money(name: Text, amount: SupportsInt, source: Text | str = ABOVE) -> Item:
    """An amount, fen."""
    return Item(name, f"{yuan_text(int(amount))} yuan", source)


def figure(name: Text, value: object, source: Text | str = ABOVE) -> Item:
    """Any other value; whole numbers get separators."""
    return Item(name, f"{value:,}" if isinstance(value, int) else str(value), source)


def worth(what: Text, rule: Text, items: Iterable[Item], result: int) -> Step:
    """A step whose result is money, fen."""
    return Step(what, rule, tuple(items), f"{yuan_text(int(result))} yuan", int(result))


def finding(what: Text, rule: Text, items: Iterable[Item], result: str) -> Step:
    """A step whose result is a ratio, a count or a decision."""
    return Step(what, rule, tuple(items), result)


def last_amount(steps: Sequence[Step]) -> int:
    """The amount of the last step that has one, fen.

    Raises:
        ValueError: if no step has an amount.
    """
    for step in reversed(steps):
        if step.fen is not None:
            return step.fen
    raise ValueError("the steps come to no amount")


def parameter(config: BaseModel, path: str, key: str, name: Text | None = None) -> Item:
    """A parameter with its value, unit and source, from its declaration.

    Args:
        config: the model that holds it.
        path: dotted path inside the model; positions of lists are numbers.
        key: what leads to the model, such as ``payment.within``.
        name: another name than that of the declaration.
    """
    model: Any = config
    declaration: dict[str, Any] = {}
    for part in path.split("."):
        if isinstance(model, BaseModel):
            extra = type(model).model_fields[part].json_schema_extra
            declaration = extra if isinstance(extra, dict) else declaration
            model = getattr(model, part)
        else:
            model = model[int(part)]
    label = " ".join(part.replace("_", " ") for part in path.split("."))
    label_of = name or Text(label, str(declaration.get("zh", "")) or label)
    return Item(
        label_of,
        value_text(model, str(declaration.get("unit", ""))),
        str(declaration.get("source", "")),
        f"{key}.{path}",
    )


def value_text(value: Any, unit: str) -> str:
    """A parameter's value with its unit.

    >>> value_text(6000.0, "yuan per head"), value_text(None, "share"), value_text(0.5, "share")
    ('6000.00 yuan per head', 'null', '0.5 share')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        text = yuan_text(fen(value)) if unit.startswith("yuan") else f"{value:.12g}"
        return f"{text} {unit}".strip()
    return str(value)


def breakdown(items: Iterable[Item]) -> tuple[Item, ...]:
    """The first `MOST` items, and how many more there are."""
    lines = list(items)
    if len(lines) <= MOST:
        return tuple(lines)
    more = Text(f"and {len(lines) - MOST} more", f"另有{len(lines) - MOST}项")
    return (*lines[:MOST], Item(more, "", Text("not listed", "未列出")))


def prefixed(label: Text, steps: Iterable[Step]) -> list[Step]:
    """The same steps, each named after what it belongs to."""
    return [step._replace(what=label + Text(": ", "：") + step.what) for step in steps]


def _value(text: str, language: str) -> str:
    """A value with its unit in the language.

    >>> _value("2 x 5.00 yuan", "zh"), _value("6 parts: 1.00 yuan", "zh"), _value("by_ratio", "zh")
    ('2×5.00元', '6份：1.00元', 'by_ratio')
    """
    if language != "zh":
        return text
    text = _TOLD.get(text, text).replace(" parts: ", "份：").replace(" x ", "×").replace(" -> ", "→")
    match = re.fullmatch(r"(.*[\d…]) ([a-z][a-z0-9,' ]*)", text)
    return match[1] + UNITS_ZH[match[2]] if match and match[2] in UNITS_ZH else text


def _source(text: str, language: str) -> str:
    """Where a parameter comes from; in Chinese the key alone, because the words behind it are in English.

    >>> _source("A23, doc 001: a base by heads contains cost", "zh"), _source("assumed: no floor", "zh")
    ('A23, doc 001', '假定')
    """
    keys = text.partition(":")[0].split("; ")
    return "；".join(_KEYS_ZH.get(key, key) for key in keys) if language == "zh" else text


def as_text(title: str, steps: Sequence[Step], language: str = "en") -> str:
    """The steps as lines of text."""
    rule, colon, joint = ("规则：", "：", "；") if language == "zh" else ("rule: ", ":", "; ")
    space = "" if language == "zh" else " "
    lines = [title]
    for position, step in enumerate(steps, start=1):
        lines += [f"{position:3}. {step.what.of(language)}", f"     {rule}{step.rule.of(language)}"]
        for item in step.items:
            source = item.source.of(language) if isinstance(item.source, Text) else _source(item.source, language)
            origin = joint.join(text for text in (item.key, source) if text)
            value = f"{space}{_value(item.value, language)}" if item.value else ""
            lines.append(f"       {item.name.of(language)}{colon}{value}   [{origin}]")
        lines.append(f"     = {_value(step.result, language)}")
    return "\n".join(lines)
