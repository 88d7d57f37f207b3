"""Notes on what a reader must know to trust the numbers of a settlement, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.core.text import Text, counted

WANTED_BY = {
    "items": Text("no design is paid by apg", "没有方案按apg支付"),
    "signed": Text("no design is paid by signed_quota", "没有方案按signed_quota支付"),
    "groups": Text("no design looks at case groups", "没有方案用到病组"),
    "history": Text("no design takes an amount from earlier years", "没有方案取用往年数据"),
    "enrolment": Text("no design goes by heads or scores", "没有方案按人头或考核得分计算"),
}
"""By file: why no design looks at it."""


def notes_of(
    *,
    others: int,
    computed: int,
    left_out: Mapping[str, int],
    without_heads: Sequence[str],
    unused: Sequence[tuple[str, Text]],
    idle: Sequence[str],
) -> tuple[Text, ...]:
    """The notes on rows, files, settings and insured persons.

    Args:
        others: rows that are not of the resident insurance.
        computed: resident-insured rows whose statutory part was computed.
        left_out: bad rows by file.
        without_heads: communities without insured persons, where amounts go by heads.
        unused: files that no design looked at, each with the reason (`WANTED_BY`).
        idle: settings of the designs that nothing looked at.
    """
    return (
        *_of_rows(others, computed),
        *_of_words(unused, idle),
        *_of_bad_rows(left_out),
        *_of_heads(without_heads),
    )


def _of_rows(others: int, computed: int) -> list[Text]:
    notes = []
    if others:
        notes.append(
            Text(
                f"{counted(others, 'row|rows is|are')} not of the resident insurance: not paid, not in the tables",
                f"有{others:,}行不属于居民医保：不支付，也不计入各表",
            )
        )
    if computed:
        notes.append(
            Text(
                f"the statutory part of {counted(computed, 'row|rows')} was computed by the benefit rules",
                f"有{computed:,}行未给出统筹基金支付，按待遇政策计算",
            )
        )
    return notes


def _of_words(unused: Sequence[tuple[str, Text]], idle: Sequence[str]) -> list[Text]:
    notes = [
        Text(f"{name}=FILE is not used: {wanted.en}", f"未使用{name}=文件：{wanted.zh}") for name, wanted in unused
    ]
    if idle:
        sentence = f"no part in settling given claims: {', '.join(idle)}; no rule of these designs looks at it"
        notes.append(Text(sentence, f"以下设定对已有结算单的清算不起作用（所选方案没有规则用到）：{'、'.join(idle)}"))
    return notes


def _of_bad_rows(left_out: Mapping[str, int]) -> list[Text]:
    if not left_out:
        return []
    rows = ", ".join(f"{count:,} of {file}" for file, count in left_out.items())
    rows_zh = "、".join(f"{file} {count:,}行" for file, count in left_out.items())
    return [Text(f"bad rows were left out ({rows}): errors.csv", f"已剔除有误的行（{rows_zh}），清单见errors.csv")]


def _of_heads(without: Sequence[str]) -> list[Text]:
    if not without:
        return []
    return [
        Text(
            f"no insured persons are given for {', '.join(without)}: a budget by heads is zero there",
            f"未给出{'、'.join(without)}的参保人数：按人头的预算为零",
        )
    ]


def of_budgets(*, capped: bool) -> tuple[Text, ...]:
    """Notes where communities hold budgets; ``capped`` says whether the fund's income caps the budgets."""
    notes = [
        Text(
            "what a community keeps or bears (transfer) is settled with it and is not in its members' statements",
            "医共体的结余留用或超支分担（清算划拨）与医共体结算，不计入各成员单位的结算单",
        )
    ]
    if not capped:
        notes.append(
            Text(
                "budgets are not capped by the fund's income: give available=YUAN for that (settlement.revenue_cap)",
                "预算未受基金收入限制：如需以收定支，请给出available=金额（settlement.revenue_cap）",
            )
        )
    return tuple(notes)


class Notes(NamedTuple):
    """The notes of a settlement, in the language of its readers."""

    all: tuple[str, ...]
    """Every note, for whoever settles."""
    shared: tuple[str, ...]
    """Notes that hold for every institution and name none."""
    assumed: tuple[tuple[str, frozenset[str]], ...]
    """What was assumed of the files: each note with the codes of the institutions that it speaks of."""
    by_code: Mapping[str, tuple[str, ...]]
    """By code: notes for this institution alone."""
    rest: str
    """Said in place of notes that name other institutions."""

    def of(self, code: str) -> tuple[str, ...]:
        """The notes on the statement of one institution; none of them speaks of another one."""
        assumed = [note for note, named in self.assumed if named <= {code}]
        rest = [self.rest] if len(assumed) < len(self.assumed) else []
        return (*self.by_code.get(code, ()), *self.shared, *assumed, *rest)


def institutions_in(note: str, codes: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    """Codes of the institutions that a note may speak of, by code as a word of its own or by name.

    >>> sorted(institutions_in("two rows of H1 in the west", ["H1", "H10", "W"], ["east", "west", "W"]))
    ['H1', 'H10']
    """
    return frozenset(
        code
        for code, name in zip(codes, names, strict=True)
        if (code in note and re.search(rf"(?<![0-9A-Za-z]){re.escape(code)}(?![0-9A-Za-z])", note))
        or (name != code and name in note)
    )


def of_one(computed: int, *, left_out: bool, member: bool) -> tuple[Text, ...]:
    """Notes for one institution alone.

    Args:
        computed: its rows whose statutory part was computed.
        left_out: whether bad rows were left out, whichever institution they name.
        member: whether its community holds a budget under one of the designs.
    """
    notes = []
    if computed:
        notes.append(
            Text(
                f"the statutory part of {computed:,} of its rows was computed by the benefit rules",
                f"本机构有{computed:,}行未给出统筹基金支付，按待遇政策计算",
            )
        )
    if left_out:
        notes.append(
            Text(
                "rows with errors were left out of the files; bills of this institution may be among them",
                "文件中有误的行已剔除，其中可能有本机构的费用",
            )
        )
    if member:
        notes.append(
            Text(
                "what its community keeps or bears (transfer) is settled with the community, not by this statement",
                "所属医共体的结余留用或超支分担（清算划拨）与医共体结算，不计入本结算单的应付",
            )
        )
    return tuple(notes)


REST = Text(
    "further notes are about the settlement as a whole: the insurance fund has them",
    "其余说明针对全县清算，由医保经办机构留存",
)
