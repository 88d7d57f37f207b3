"""What every report says of its county: its size, its years, and whether it is the county of the national figures."""

from __future__ import annotations

from sim.core.text import Language, Text
from sim.report.data import County

FEW_RESIDENTS = 3_000
"""Below so many simulated residents there are too few villages for near and far ones."""


def national_note(county: County | None, apart: int) -> Text:
    """A note for a county that need not meet the national figures; "" for the county that they describe.

    Args:
        county: the county; None where it is not known.
        apart: how many figures differ by more than the tolerance.
    """
    if county is None or not county.changed:
        return Text("", "")
    own_figures = Text(
        "those marked “own” are your county's" if county.targets else "your own go into a file: targets=FILE",
        "标“本县”者为本县数据" if county.targets else "本县数据可用 targets=FILE 给出",
    )
    return Text(
        f"These are national figures: with the settings above your county need not meet them ({apart} differ by more "
        f"than the tolerance, without a verdict); {own_figures.en}.",
        f"以上为全国数据：按上述设置，本县不必与之一致（{apart} 项差异超出容差，不作判定）；{own_figures.zh}。",
    )


def county_facts(county: County, language: Language) -> list[tuple[str, str]]:
    """The facts of a county that every report shows: (name, value) pairs."""
    first, reform = county.base_year, county.base_year + county.history
    last = reform + county.reform - 1
    several = Text("several", "多个取值")
    file = county.targets or Text("national figures", "全国数据").of(language)
    pairs = (
        (Text("Residents", "户籍人口"), _size(county) if county.residents else several),
        (Text("Base year", "基准年"), Text(f"{first}", f"{first} 年")),
        (Text("History", "历史年份"), Text(_span(first, reform - 1, "–"), _span(first, reform - 1, "—") + " 年")),
        (Text("Reform", "改革年份"), Text(_span(reform, last, "–"), _span(reform, last, "—") + " 年")),
        (Text("Replications", "重复次数"), Text(f"{county.replications}", f"{county.replications} 次")),
        (Text("Seed", "随机种子"), Text(f"{county.seed}", f"{county.seed}") if county.seed >= 0 else several),
        *([(Text("Compared with", "对照数据"), Text(file, file))] if county.targets is not None else []),
    )
    return [(name.of(language), value.of(language)) for name, value in pairs]


def _size(county: County) -> Text:
    """How many residents are simulated, and of how many."""
    size = Text(f"{county.residents:,}", f"{county.residents:,} 人")
    if county.whole > county.residents:
        return Text(f"{size.en} simulated, of {county.whole:,}", f"模拟 {size.zh}，全县 {county.whole:,} 人")
    return size


def size_note(county: County | None) -> Text:
    """What of a report depends on how many residents are simulated, and on whether years differ for everybody."""
    if county is None:
        return Text("", "")
    size = _what_depends_on_size(county)
    if not county.alike:
        return size
    alike = Text(
        "Years are all alike (variation.apply=false): only what befalls persons one by one is in it, so that in a "
        "large county hardly any risk is left. A real fund's is greater.",
        "各年条件相同（variation.apply=false）：只含个人层面的随机性，大县几乎没有风险；真实基金的风险更大。",
    )
    return Text(f"{size.en} {alike.en}".strip(), f"{size.zh}{alike.zh}")


def _what_depends_on_size(county: County) -> Text:
    """Sums and luck; below `FEW_RESIDENTS`, or where a whole county is simulated, levels too."""
    if not county.residents:
        return Text("", "")
    sums = Text(
        f"Sums of money, their luck and this risk are those of a county of {county.residents:,} residents",
        f"金额合计、其随机波动及此处的风险对应 {county.residents:,} 名居民的规模",
    )
    if county.whole and county.whole <= county.residents:
        return sums + Text(
            "; so are occupancy and waits, as these are the whole county: small hospitals are full more often.",
            "；床位使用率和等候时间亦然，因为模拟的就是全县：小医院更常满床。",
        )
    if county.residents < FEW_RESIDENTS:
        return sums + Text(
            f"; below {FEW_RESIDENTS:,} there are one or two villages, so that shares depend on the number as well.",
            f"；不足 {FEW_RESIDENTS:,} 人时只有一两个村，占比也随规模变化。",
        )
    return sums + Text(
        "; rates, shares, amounts per head, occupancy and waits for a bed hardly depend on that number.",
        "；比率、占比、人均数、床位使用率和住院等候时间基本不随该规模变化。",
    )


def _span(first: int, last: int, dash: str) -> str:
    return str(first) if first == last else f"{first}{dash}{last}"
