"""The table of luck: how far a community's result is chance, by its size, and what the sharing rule makes of chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sim.core.text import Language, Text
from sim.money.settlement import SIZES, Persons, Terms, chances, luck, worth
from sim.report.numbers import number
from sim.report.seen_luck import Seen

TITLE = Text("Luck in the settlement, by size", "清算结果中的随机成分（按参保人数）")
HEADS = (
    Text("Insured persons", "参保人数"),
    Text("Spread of the result, % of the budget", "结果的随机波动（占预算 %）"),
    Text("Keeps money by luck alone", "仅凭随机波动获得留用的概率"),
    Text("Bears money by luck alone", "仅因随机波动承担超支的概率"),
    Text("What luck alone is worth, % of the budget", "随机波动的平均价值（占预算 %）"),
    Text("As simulated: kept / borne, % of years", "模拟结果：留用 / 承担（占年份 %）"),
)
"""The last only where years were simulated."""
NOTE = Text(
    "A community that does nothing closes above or below its budget all the same: what its persons need is drawn anew "
    "every year. The spread is the standard deviation of its result: that of a person's fund money in a year, here {0} "
    "times the mean, divided by the root of the number insured, and the same luck in the base years where the budget "
    "was made from them, less what lasts in persons (correlation with their money in the base, here {1}). The chances, "
    "and what luck is worth on average where surplus and overrun are not shared alike, follow from it and from the "
    "sharing rule, with full scores and a normal law, if the budget is what is expected: one that is held down to "
    "income or grows too little is kept less often and borne more. Persons count as independent, and so do years; what "
    "makes a year dear for everybody does not fall with size: {2}.",
    "医共体即使行为毫无改变，年终结果也会高于或低于预算，因为参保人的医疗需要每年随机变化。随机波动为结果的标准差："
    "参保人年基金支付的标准差（此处为均值的 {0} 倍）除以参保人数的平方根；预算由基期数据测算的，还包括基期各年的同类"
    "波动，并扣除个人支出中持续的部分（与基期支出的相关系数，此处为 {1}）。获得留用与承担超支的概率，以及结余与超支"
    "分担比例不同时随机波动的平均价值，由此及分担规则推算（考核满分，按正态分布），并以预算等于预期费用为前提：预算被以收定支"
    "压减或增长不足的，留用较少、承担较多。各参保人、各年份视为相互独立；对所有人都好或都差的年度波动不随规模减小：{2}。",
)
SIMULATED = Text(
    "The last column counts the simulated years and replications, of the arm without response where it was played so: "
    "there budgets are as they were, held down to income or not.",
    "最后一列为各次重复各年份的模拟结果（有无反应模拟的，取自该模拟），预算为当年实际预算（含以收定支压减）。",
)
MEASURED = Text(
    "Where another method than fee for service pays inside the budget, or the budget answers for a part of the insured "
    "or of their care, the spread is that seen between replications, with its standard error, for communities as large "
    "as those simulated; under a quota of signed residents it is in % of the quota.",
    "预算内部采用按项目付费以外的支付方式，或预算只覆盖部分参保人或部分费用的，随机波动取自各次重复之间的差异（附标准误），"
    "仅适用于与模拟规模相同的医共体；签约居民按人头总额付费的以人头总额为 100%。",
)
NOT_TOLD = Text(
    "Of these it is not told, because one year or one replication cannot show it: {0}.",
    "以下方案因仅有一年或一次重复而无法给出：{0}。",
)


class LuckLine(NamedTuple):
    """One size under one way of settling, as text."""

    arm: str
    """"" in further lines of an arm."""
    insured: str
    spread: str
    rewarded: str
    penalised: str
    worth: str
    seen: str = ""
    """"" where no years were simulated."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADS`."""
        return self[1:] if self.seen else self[1:-1]


def heads_of(lines: Sequence[LuckLine], language: Language) -> list[str]:
    """Heads of the columns that the lines have."""
    return [head.of(language) for head, _ in zip(HEADS, lines[0].cells if lines else (), strict=False)]


class Community(NamedTuple):
    """A community that is settled."""

    name: str
    heads: int
    """Insured persons."""
    seen: Seen | None = None
    """Its simulated years; None: there are none."""


def lines_of(
    label: str,
    persons: Persons,
    units: Sequence[Community],
    terms: Terms,
    language: Language,
    *,
    simulated: bool = False,
) -> list[LuckLine]:
    """Lines of one way of settling; none where nothing can be said of it.

    Args:
        label: what it is called.
        persons: how their yearly fund money varies.
        units: the communities that are settled; `SIZES` follow where the spread follows from the number insured.
        terms: how they are settled.
        language: of the texts.
        simulated: whether there is a column of simulated years.
    """
    named = Text("{0} ({1})", "{0}（{1}）").of(language)
    sizes = [(named.format(f"{unit.heads:,}", unit.name), unit) for unit in units]
    if terms.by_heads:
        sizes += [(f"{heads:,}", Community("", heads)) for heads in SIZES]
    lines = list[LuckLine]()
    for text, unit in sizes:
        sd, error = _spread(persons, unit, terms)
        if not math.isfinite(sd):
            continue
        shown = f"± {number(100 * sd, 1)}"
        if math.isfinite(error):
            shown = Text("{0} (error {1})", "{0}（误差 {1}）").of(language).format(shown, number(100 * error, 1))
        lines.append(
            LuckLine(
                "" if lines else label, text, shown, *_shares(terms, sd, unit.heads), _seen(unit) if simulated else ""
            )
        )
    return lines


def _spread(persons: Persons, unit: Community, terms: Terms) -> tuple[float, float]:
    """Standard deviation of a community's result, by its size or as simulated, and the error of the latter."""
    if terms.by_heads:
        return luck(persons, unit.heads, terms.base_years, terms.common).total, math.nan
    return (math.nan, math.nan) if unit.seen is None else (unit.seen.spread, unit.seen.error)


def _shares(terms: Terms, sd: float, heads: int) -> tuple[str, str, str]:
    """The chances that luck is rewarded and penalised, and what it is worth, as text."""
    chance, value = chances(terms.rule, sd, heads), worth(terms.rule, sd, heads)
    if chance is None or value is None:
        return "–", "–", "–"
    amount = number(100 * value, 1, signed=True)
    return f"{100 * chance.rewarded:.0f}%", f"{100 * chance.penalised:.0f}%", amount


def _seen(unit: Community) -> str:
    return "–" if unit.seen is None else f"{100 * unit.seen.kept:.0f} / {100 * unit.seen.borne:.0f}"


def luck_note(
    persons: Persons,
    common: float,
    language: Language,
    *,
    simulated: bool = False,
    measured: bool = False,
    missing: Sequence[str] = (),
) -> str:
    """What the table says and on what it rests.

    Args:
        persons: how their yearly fund money varies.
        common: as in `Terms`.
        language: of the text.
        simulated: there is a column of simulated years.
        measured: some spreads are those of simulated years.
        missing: what holds budgets and has no lines.
    """
    known = Text("{0} % of spending, which the spread holds too", "占支出的 {0}%，已计入随机波动")
    unknown = Text(
        "how much cannot be seen in one year's claims, so that it is left out, and large communities swing more than "
        "said here (a simulation counts it)",
        "其大小无法由一年的结算数据得出，未计入；规模较大时实际波动大于表中数值（模拟中已计入）",
    )
    of_years = known.of(language).format(number(100 * common, 1)) if common else unknown.of(language)
    told = [NOTE.of(language).format(number(persons.variation, 1), number(persons.persistence, 2), of_years)]
    told += [SIMULATED.of(language)] if simulated else []
    told += [MEASURED.of(language)] if measured else []
    told += [not_told(missing, language)] if missing else []
    return Text(" ", "").of(language).join(told)


def not_told(missing: Sequence[str], language: Language) -> str:
    """Of which ways of settling nothing can be said."""
    return NOT_TOLD.of(language).format(Text("; ", "；").of(language).join(missing))
