"""What people write for an override, in the spelling of the parameters: ``payment=DIP``, ``residents=45万``, ``9%``.

A word is accepted if it can mean one thing only, and the user is told how it was read (`reading`).  Other words stay as
they are, and are refused later with the spelling to use.  docs/parameters.md says what is accepted.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from sim.config.dated import key_in_year
from sim.config.describe import Parameter
from sim.config.model import INNER_PAYMENTS, PAYMENTS, SimConfig, declared
from sim.config.options import groups
from sim.config.terms import CHOICES, NOTHING, SWITCHES, TIERS_ZH, choice_of, folded, narrow, option_of, option_terms
from sim.core.files.cells import POWERS
from sim.core.text import Text
from sim.money.payment import SCHEMES

_NUMBER = re.compile(r"([+-]?)([¥￥]?)(\d+(?:\.\d+)?|\.\d+)\s*(%|‰|成|[百千万亿]+)?(\D*)")
_PARTS = {"%": 100, "‰": 1_000, "成": 10}
_SHARES = ("share", "ratio", "factor", "utility", "log units", "times", "per")
"""Units, by their beginning, of which a hundredth makes sense."""
_UNITS = {
    "yuan": ("元", "块", "yuan", "rmb", "cny"), "persons": ("人", "口", "名", "persons", "people"),
    "years": ("年", "years", "year"), "months": ("个月", "月", "months", "month"), "days": ("天", "日", "days", "day"),
    "km": ("公里", "千米", "km"), "villages": ("个村", "村"), "hospitals": ("家", "所"), "households": ("户",),
    "communities": ("个", "家"),
}  # fmt: skip
"""By the beginning of a unit: words that may stand behind its number."""


def exact(text: str) -> str:
    """An override in the spelling of the parameters; unchanged if it needs no translation or has several meanings.

    >>> exact("payment=DIP"), exact("population.residents=４５万"), exact("payment.growth=+3%")
    ('payment=dip', 'population.residents=450000', 'payment.growth=0.03')
    """
    return _exact(text)[0]


def reading(text: str, base_year: int | None = None) -> Text | None:
    """How an override was read, if that differs from how it was written; None if not.

    If a base year is given, the year in a key counts as a difference too.
    """
    spelt, reworded = _exact(text)
    plain = spelt if base_year is None else without_year(text, base_year)
    return Text(f"{text} is read as {plain}", f"{text} 理解为 {plain}") if reworded or plain != spelt else None


def readings(overrides: tuple[str, ...], base_year: int | None = None) -> tuple[Text, ...]:
    """How overrides were read: one line for each that was not read as it was written (`reading`)."""
    return tuple(note for text in dict.fromkeys(overrides) if (note := reading(text, base_year)))


def without_year(text: str, base_year: int) -> str:
    """As `exact`, without this base year in the key and in the names of a table (`sim.config.dated`).

    >>> without_year("fund.realised_2019.fiscal=560", 2019), without_year("fund={opening_months_2019: 6}", 2019)
    ('fund.realised.fiscal=560', 'fund={opening_months: 6}')
    """
    key, equals, value = exact(text).partition("=")
    if value.startswith("{"):
        value = re.sub(rf"(\w)_{base_year}(?=\s*:)", r"\1", value)
    return f"{key_in_year(SimConfig, key, base_year)}{equals}{value}"


@lru_cache(maxsize=4096)
def _exact(text: str) -> tuple[str, bool]:
    """An override in the spelling of the parameters, and whether it was written in other words."""
    mark = next((character for character in text if character in "=＝"), "")
    if not mark:
        return text, False
    written, _, value = text.partition(mark)
    key = _key(written)
    if key in groups():
        spelt = option_of(key, value)
    elif key.rpartition(".")[2] in INNER_PAYMENTS and key.partition(".")[0] in PAYMENTS and "{" not in value:
        spelt = choice_of(value, list(SCHEMES), option_terms("payment"), "payment")
    elif (parameter := declared(key)) is not None:
        spelt = _value(key, parameter, value)
    else:
        return text, False
    reworded = (key, mark) != (written, "=") or spelt.strip("'\"") != value.strip("'\"")
    return (f"{key}={spelt}" if reworded or spelt != value else text), reworded


def _key(written: str) -> str:
    """A key with half-width letters and English names of tiers; in lower case if only that key is known."""
    parts = [TIERS_ZH.get(part, part) for part in narrow(written).strip().split(".")]
    key = ".".join(parts)
    known = key in groups() or declared(key) is not None
    return key if known else key.lower()


def _value(key: str, parameter: Parameter, value: str) -> str:
    """A value by the kind of its parameter."""
    kinds = parameter.type.split(" or ")
    if "null" in kinds and narrow(value).strip().lower() in NOTHING and "text" not in kinds:
        return "null"
    if parameter.type == "text" or parameter.type == "text or null":
        return _text(value)
    if any("number" in kind for kind in kinds):
        return _numbers(parameter, value)
    if parameter.type == "true or false":
        return ",".join(SWITCHES.get(part.strip(), part) for part in re.split("[,，]", value))
    choices = [kind for kind in kinds if kind not in ("null", "number", "whole number")]
    if "list" in parameter.type or "table" in parameter.type or "record" in parameter.type:
        return value
    terms = {folded(term): choice for term, choice in CHOICES.get(key, {}).items()}
    return ",".join(choice_of(part, choices, terms) for part in value.split(","))


def _text(value: str) -> str:
    """Text outside ASCII stands in quotes, as the parser wants it."""
    if value.isascii() or value[:1] in "'\"" or "'" in value or "\\" in value:
        return value
    return f"'{value}'"


def _numbers(parameter: Parameter, value: str) -> str:
    """One number, several of a sweep, or a list without lists in it."""
    inner = narrow(value).strip()
    inside = re.fullmatch(r"\[([^\[\]{}]*)\]", inner)
    if not inside and re.search(r"[\[\](){}'\"]", inner):
        return value
    parts = (inside[1] if inside else inner).split(",")
    spelt = ",".join(_number(part.strip(), parameter.unit) for part in parts)
    if spelt == ",".join(part.strip() for part in parts) and value.isascii():
        return value
    return f"[{spelt}]" if inside else spelt


def _number(text: str, unit: str) -> str:
    """A number without 万, % or a unit behind it; unchanged if it is no number, or if the unit does not fit."""
    match = _NUMBER.fullmatch(text)
    if not match or not (match[2] or match[4] or match[5]):
        return text
    sign, money, digits, mark, behind = match.groups()
    if money and not unit.startswith("yuan"):
        return text
    number = Decimal(digits)
    if mark in _PARTS:
        if not unit.startswith(_SHARES):
            return text
        number /= _PARTS[mark]
    elif mark:
        number = number.scaleb(sum(POWERS[sign] for sign in mark))
    words = next((words for start, words in _UNITS.items() if unit.startswith(start)), ())
    if behind.strip() and behind.strip().lower() not in words:
        return text
    spelt = format(number, "f")
    return sign.replace("+", "") + (spelt.rstrip("0").rstrip(".") if "." in spelt else spelt)
