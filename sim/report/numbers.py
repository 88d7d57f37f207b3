"""Numbers as people read them: units in both languages, as many digits as the error allows."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.core.text import Language, Text


class Unit(NamedTuple):
    """How values of a catalogue unit are shown."""

    scale: float
    """Factor on the stored value."""
    label: str
    """Unit of levels."""
    difference: str
    """Unit of differences."""
    decimals: int
    """Digits after the point when no error says otherwise."""


RARE = "○"
"""Sign of a number that rests on events too rare for an error or an interval."""

_LABELS: dict[str, tuple[Text, Text | None, int]] = {
    "yuan_per_head": (Text("yuan", "元"), None, 1),
    "yuan_per_case": (Text("yuan", "元"), None, 0),
    "share": (Text("%", "%"), Text("% points", "个百分点"), 2),
    "months": (Text("months", "个月"), None, 2),
    "days": (Text("days", "天"), None, 2),
    "hours": (Text("hours", "小时"), None, 2),
    "minutes": (Text("minutes", "分钟"), None, 1),
    "km": (Text("km", "公里"), None, 2),
    "cases": (Text("patients", "人"), None, 0),
    "persons": (Text("persons", "人"), None, 0),
    "per_head": (Text("a year", "次"), None, 2),
    "per_100": (Text("per 100", "每百人"), None, 2),
    "per_1000": (Text("per 1,000", "每千人"), None, 2),
    "index": (Text("index", "指数"), None, 3),
}


def unit_of(unit: str, language: Language) -> Unit:
    """How to show values of a catalogue unit; money of the county is in million yuan or 万元."""
    if unit == "yuan":
        return Unit(1e-4, "万元", "万元", 1) if language == "zh" else Unit(1e-6, "million yuan", "million yuan", 3)
    label, difference, decimals = _LABELS.get(unit, (Text(unit, unit), None, 2))
    text = label.of(language)
    return Unit(100.0 if unit == "share" else 1.0, text, (difference or label).of(language), decimals)


def decimals_for(error: float, default: int) -> int:
    """Digits after the point that leave two significant digits of the error, but no more than the default.

    >>> decimals_for(0.0123, 2), decimals_for(12.3, 2), decimals_for(float("nan"), 2)
    (2, 0, 2)
    """
    if not math.isfinite(error) or error <= 0:
        return default
    return max(0, min(1 - math.floor(math.log10(error)), default))


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """A number with thousands separators and a real minus sign; "–" when undefined.

    >>> number(-1234.5, 1), number(0.25, 1, signed=True), number(-0.001, 1), number(float("nan"), 1)
    ('−1,234.5', '+0.2', '0.0', '–')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{decimals}f}"
    if not text.strip("0.,"):
        return text
    return ("−" if value < 0 else "+" if signed else "") + text


def level(mean: float, error: float, unit: Unit) -> str:
    """A mean with its standard error, "12.34 ± 0.05"; without an error just the mean."""
    scaled, spread = mean * unit.scale, error * unit.scale
    if scaled == spread == 0:
        return "0"
    decimals = decimals_for(spread, unit.decimals)
    if _vanishes(scaled, decimals) and not (math.isfinite(spread) and number(spread, decimals).strip("0.,")):
        decimals = _first_digit(scaled) + 1  # it would read as nothing at all
    text = number(scaled, decimals)
    known = math.isfinite(spread) and math.isfinite(scaled) and spread > 0  # 0: the same in every replication
    return f"{text} ± {number(spread, decimals)}" if known else text


def change(value: float, low: float, high: float, unit: Unit) -> str:
    """A difference with its interval, "+1.2 [0.8, 1.6]"; without one, or where both ends are it, just the difference.

    >>> change(1e-8, -2e-7, 2.2e-7, unit_of("share", "en"))
    '0.00000 [−0.00002, 0.00002]'

    A bound that is not zero, of an interval on one side of zero, never reads as zero: what is said of the interval is
    what it shows.

    >>> change(0.00006, 0.000004, 0.000119, unit_of("share", "en"))
    '+0.01 [0.0004, 0.01]'
    """
    factor = unit.scale
    spread = (high - low) * factor / 4
    small = abs(value * factor) < 0.5 * 10**-unit.decimals  # would be rounded away: show what there is
    decimals = decimals_for(spread, unit.decimals + 2 if small else unit.decimals)
    widest = max(abs(low), abs(high)) * factor
    if 0 < widest < 0.5 * 10**-decimals:  # all of it would be: one digit of what it is at most
        decimals = -math.floor(math.log10(widest))
    text = number(value * factor, decimals, signed=True)
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    if low == high:  # the same in every replication: there is no interval
        return text if value else number(0.0, 0)
    bounds = [bound * factor for bound in (low, high)]
    clear = low > 0 or high < 0
    shown = [number(b, _first_digit(b) if clear and _vanishes(b, decimals) else decimals) for b in bounds]
    return f"{text} [{shown[0]}, {shown[1]}]"


def _vanishes(value: float, decimals: int) -> bool:
    """Whether a number that is not zero reads as zero."""
    return value != 0 and math.isfinite(value) and not number(value, decimals).strip("−0.,")


def _first_digit(value: float) -> int:
    """Digits after the point up to the first that is not zero, rounding included.

    >>> _first_digit(0.0004), _first_digit(0.0096)
    (4, 3)
    """
    return max(0, -math.floor(math.log10(abs(value))))
