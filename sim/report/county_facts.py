"""What every report says of its county: its size, its years, and whether it is the county of the national figures."""

from __future__ import annotations

from sim.core.text import Language, Text
from sim.report.data import County


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
        (
            Text("Residents", "户籍人口"),
            Text(f"{county.residents:,}", f"{county.residents:,} 人") if county.residents else several,
        ),
        (Text("Base year", "基准年"), Text(f"{first}", f"{first} 年")),
        (Text("History", "历史年份"), Text(_span(first, reform - 1, "–"), _span(first, reform - 1, "—") + " 年")),
        (Text("Reform", "改革年份"), Text(_span(reform, last, "–"), _span(reform, last, "—") + " 年")),
        (Text("Replications", "重复次数"), Text(f"{county.replications}", f"{county.replications} 次")),
        (Text("Seed", "随机种子"), Text(f"{county.seed}", f"{county.seed}") if county.seed >= 0 else several),
        *([(Text("Compared with", "对照数据"), Text(file, file))] if county.targets is not None else []),
    )
    return [(name.of(language), value.of(language)) for name, value in pairs]


def _span(first: int, last: int, dash: str) -> str:
    return str(first) if first == last else f"{first}{dash}{last}"
