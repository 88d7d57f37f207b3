"""The table of luck: how far a community's result is chance, by its size, and what the sharing rule makes of chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.core.text import Language, Text
from sim.money.settlement import SIZES, Persons, Terms, chances, luck
from sim.report.numbers import number

TITLE = Text("Luck in the settlement, by size", "清算结果中的随机成分（按参保人数）")
HEADS = (
    Text("Insured persons", "参保人数"),
    Text("Spread of the result, % of the budget", "结果的随机波动（占预算 %）"),
    Text("Keeps money by luck alone", "仅凭随机波动获得留用的概率"),
    Text("Bears money by luck alone", "仅因随机波动承担超支的概率"),
)
NOTE = Text(
    "A community that does nothing closes above or below its budget all the same: what its persons need is drawn anew "
    "every year. The spread is the standard deviation of its result: that of a person's fund money in a year, here {0} "
    "times the mean, divided by the root of the number insured, and the same luck in the base years where the budget "
    "was made from them, less what lasts in persons (correlation with their money in the base, here {1}). The chances "
    "follow from it and from the sharing rule, with full scores and a normal law. Persons count as independent; what "
    "makes a year dear for everybody does not fall with size: {2}.",
    "医共体即使行为毫无改变，年终结果也会高于或低于预算，因为参保人的医疗需要每年随机变化。随机波动为结果的标准差："
    "参保人年基金支付的标准差（此处为均值的 {0} 倍）除以参保人数的平方根；预算由基期数据测算的，还包括基期各年的同类"
    "波动，并扣除个人支出中持续的部分（与基期支出的相关系数，此处为 {1}）。获得留用与承担超支的概率由此及分担规则推算"
    "（考核满分，按正态分布）。各参保人视为相互独立；对所有人都好或都差的年度波动不随规模减小：{2}。",
)


class LuckLine(NamedTuple):
    """One size under one way of settling, as text."""

    arm: str
    """"" in further lines of an arm."""
    insured: str
    spread: str
    rewarded: str
    penalised: str

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADS`."""
        return self[1:]


def lines_of(
    label: str, persons: Persons, units: Sequence[tuple[str, int]], terms: Terms, language: Language
) -> list[LuckLine]:
    """Lines of one way of settling.

    Args:
        label: what it is called.
        persons: how their yearly fund money varies.
        units: names and insured persons of the communities that are settled; `SIZES` follow.
        terms: how they are settled.
        language: of the texts.
    """
    named = Text("{0} ({1})", "{0}（{1}）").of(language)
    sizes = [(named.format(f"{heads:,}", name), heads) for name, heads in units]
    sizes += [(f"{heads:,}", heads) for heads in SIZES]
    lines = list[LuckLine]()
    for text, heads in sizes:
        sd = luck(persons, heads, terms.base_years, terms.common).total
        chance = chances(terms.rule, sd, heads)
        shares = ("–", "–") if chance is None else (f"{100 * chance[0]:.0f}%", f"{100 * chance[1]:.0f}%")
        lines.append(LuckLine("" if lines else label, text, f"± {number(100 * sd, 1)}", *shares))
    return lines


def luck_note(persons: Persons, common: float, language: Language) -> str:
    """What the table says and on what it rests; ``common`` as in `Terms`."""
    known = Text("{0} % of spending, which the spread holds too", "占支出的 {0}%，已计入随机波动")
    unknown = Text("how much is not known, and left out", "大小未知，未计入")
    of_years = known.of(language).format(number(100 * common, 1)) if common else unknown.of(language)
    return NOTE.of(language).format(number(persons.variation, 1), number(persons.persistence, 2), of_years)
