"""What is assumed where a cell or a column is empty, and the notes that say so in terminal, statements and manifest.

The same declaration serves the notes and ``docs/data.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.core.files.headings import not_read
from sim.core.text import Text, counted
from sim.settle.read.check import Findings
from sim.settle.read.columns import CATEGORY_TERMS, CATEGORY_WIDER, CODE_LISTS, CODE_NAMES, FILES, Column
from sim.settle.read.files import Source
from sim.settle.read.senses import (
    BINARY,
    CHECK,
    FLOATS,
    PERCENT,
    POSITION,
    ROUNDED,
    SERIAL,
    UNIT,
    WIDE,
    WIDER,
    ZONE,
    Tally,
)
from sim.tables import INSURANCE_NAMES, RESIDENT_INSURED

ASSUMED: dict[str, dict[str, Text]] = {
    "claims": {
        "person": Text("every row is a person of its own", "每行视为不同的人"),
        "date": Text("not known", "日期未知"),
        "year": Text("the year of `date`", "取结算日期的年份"),
        "insurance": INSURANCE_NAMES[RESIDENT_INSURED],
        "home": Text("the institution's own community, or the only one", "取医疗机构所属医共体，或唯一的医共体"),
        "referred": Text("direct", "未转诊"),
        "cases": Text("1", "1例"),
        "days": Text("0", "0天"),
        "covered": Text("the whole charge", "等于医疗总费用"),
        "statutory": Text("computed by the benefit rules", "按待遇政策计算"),
        "catastrophic": Text("0; computed where the statutory part is", "0；统筹支付需计算时一并计算"),
        "assistance": Text("0; computed where the statutory part is", "0；统筹支付需计算时一并计算"),
        "patient": Text("the rest of the charge", "总费用的其余部分"),
    },
    "providers": {
        "name": Text("the code", "用编码代替"),
        "community": Text("a member of none", "不属于任何医共体"),
        "parent": Text("the community's lead hospital", "医共体牵头医院"),
    },
    "enrolment": {
        "year": Text("the year to settle", "清算年度"),
        "signed": Text("all count as signed", "全部视为已签约"),
        "score": Text("1", "1"),
    },
    "groups": {
        "name": Text("the code", "用编码代替"),
        "packaged": Text("yes", "是"),
    },
    "signed": {
        "community": Text("the only one", "取唯一的医共体"),
        "signed_to": Text("still signed", "仍在签约"),
    },
    "items": {},
}
"""By file and column: what an empty cell counts as; columns that are not here need a value or mean nothing."""
ALL_OR_NONE: dict[str, dict[str, str]] = {
    "claims": {"insurance": "", "cases": "", "covered": " where the statutory part is computed"},
    "enrolment": {"signed": " of the same year", "score": " of the same year"},
}
"""By file: columns of which an empty cell beside filled ones is refused, as a default would change money; and where."""

_SENSES = {
    WIDE: Text(
        "full-width letters, digits or signs count as half-width ones (Ａ = A)",
        "全角字母、数字、符号按半角处理（Ａ=A）",
    ),
    UNIT: Text("a unit such as 万 behind the number was multiplied out", "数字后的单位（如万）已换算"),
    PERCENT: Text("a per cent is a hundredth (95% = 0.95)", "百分数按小数处理（95%=0.95）"),
    FLOATS: Text("numbers with a decimal point in Parquet were read as whole numbers", "Parquet浮点数按整数读取"),
    ZONE: Text(
        "instants were read in the zone of the county, UTC+8 (Asia/Shanghai)", "带时区的时刻按东八区（北京时间）取日期"
    ),
    ROUNDED: Text(
        "long numbers end in zeros behind their 15th digit: did a spreadsheet round them? then different "
        "ones count as the same",
        "长编号第15位以后全为零：请核对是否被电子表格四舍五入，否则不同编号会被视为同一编号",
    ),
    CHECK: Text(
        "an x behind 17 digits is the check digit X of an identity number: x and X are the same person",
        "17位数字后的x为身份证校验码X：大小写视为同一人",
    ),
    SERIAL: Text(
        "numbers of five digits are a spreadsheet's numbers of days (45322 = 2024-01-31)",
        "五位数字按电子表格的日期序号处理（45322=2024-01-31）",
    ),
    BINARY: Text("bytes in Parquet were read as text in UTF-8", "Parquet字节按UTF-8文本读取"),
}


def tell(findings: Findings, file: str, source: Source, tally: Tally) -> None:
    """Say what was ignored, assumed and read in another sense in a file.

    Args:
        findings: the sentences are added to its notes.
        file: its name in `FILES`.
        source: the file.
        tally: how many cells were empty or read in another sense.
    """
    name, columns = findings.name(source.path), {column.name: column for column in source.columns}
    _tell_headings(findings, source)
    _tell_empty(findings, file, source, tally)
    for (column, sense, spelling), count in sorted(tally.senses.items()):
        heading = source.headings.get(column, column)
        if sense == POSITION:
            kind = columns[column].kind
            meant = CODE_NAMES[kind][CODE_LISTS[kind][spelling]]
            findings.say(
                Text(
                    f"{name}, {heading}: {spelling} was read as {meant} ({_cells(count)}), by the position in the list "
                    "of docs/data.md; codes of the national platform are others",
                    f"{name}，{heading}：有{count:,}个单元格为{spelling}，按清单中的序号读作{meant}；国家平台编码与此不同",
                )
            )
        elif sense == WIDER:
            meant, name_zh = _wider(spelling)
            findings.say(
                Text(
                    f"{name}, {heading}: {spelling}{name_zh} counts as {meant} ({_cells(count)})",
                    f"{name}，{heading}：有{count:,}个单元格为{spelling}{name_zh}，按{CATEGORY_TERMS[meant][0]}处理",
                )
            )
        else:
            what = _SENSES[sense]
            findings.say(
                Text(
                    f"{name}, {heading}: {what.en} ({_cells(count)})",
                    f"{name}，{heading}：有{count:,}个单元格：{what.zh}",
                )
            )


def _wider(spelling: str) -> tuple[str, str]:
    """What a wider type of the national platform counts as, and its name behind its number."""
    for category, names in CATEGORY_WIDER.items():
        if spelling in names:
            return category, f" ({names[spelling]})" if names[spelling] else ""
    raise KeyError(spelling)


def _cells(count: int) -> str:
    return counted(count, "cell|cells")


def _tell_headings(findings: Findings, source: Source) -> None:
    """Say which columns are not read, and which headings name a unit."""
    name = findings.name(source.path)
    for words in not_read(source.ignored):
        findings.say(Text(f"{name}: ", f"{name}：") + words, lesser=not any(near for _, near in source.ignored))
    for column, shift in source.shifts.items():
        heading = source.headings[column]
        factor = f"{10**shift:,}" if shift > 0 else f"1/{10**-shift:,}"
        findings.say(
            Text(
                f"{name}: the heading {heading} names its unit: every cell was taken times {factor}",
                f"{name}：表头“{heading}”注明单位：各单元格已乘以{factor}",
            )
        )


def _tell_empty(findings: Findings, file: str, source: Source, tally: Tally) -> None:
    """Say in one sentence what empty cells count as, column by column."""
    en, zh = [], []
    for column, meant in ASSUMED[file].items():
        rows = tally.rows if column != "days" or tally.stays is None else tally.stays
        count = rows if column not in source.headings else tally.empty[column]
        if not count or _needless(column, source):
            continue
        if column not in source.headings:
            en.append(f"{column} (no such column): {meant.en}")
            zh.append(f"{_zh(file, column)}（无此列）：{meant.zh}")
        else:
            heading = source.headings[column]
            of, of_zh = (" of stays", "住院") if rows != tally.rows else ("", "")
            en.append(f"{heading} ({count:,} of {counted(rows, 'row|rows')}{of}): {meant.en}")
            zh.append(f"{heading}（{rows:,}行{of_zh}中{count:,}行）：{meant.zh}")
    if en:
        findings.say(
            Text(
                f"{findings.name(source.path)}: what is empty counts as: " + "; ".join(en),
                f"{findings.name(source.path)}：空白按以下处理：" + "；".join(zh),
            ),
            lesser=True,
        )


def _needless(column: str, source: Source) -> bool:
    """Whether the column may be empty without a note: a claim needs a date or a year, not both."""
    return column in ("date", "year") and {"date", "year"} - {column} <= set(source.headings)


def _zh(file: str, column: str) -> str:
    declared: dict[str, Column] = {c.name: c for c in FILES[file]}
    return declared[column].zh


def say_of_groups(findings: Findings, path: Path, notes: Sequence[Text]) -> None:
    """Say what was assumed of a table of case groups."""
    name = findings.name(path)
    for words in notes:
        findings.say(Text(f"{name}: ", f"{name}：") + words)
