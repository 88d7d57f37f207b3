"""What a reader must know to trust the numbers of a settlement, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.report.text import Text


def notes_of(
    *,
    others: int,
    computed: int,
    left_out: Mapping[str, int],
    budgets: bool,
    capped: bool,
    without_heads: Sequence[str],
    unused: Sequence[tuple[str, str]],
    idle: Sequence[str] = (),
) -> tuple[Text, ...]:
    """The notes.

    Args:
        others: rows that are not of the resident insurance.
        computed: rows whose statutory part was computed.
        left_out: bad rows by file.
        budgets: whether communities hold a budget under one of the designs.
        capped: whether the fund's income caps the budgets.
        without_heads: communities without insured persons, where budgets are by heads.
        unused: files that no design needs, with the method that would.
        idle: settings of the designs that nothing looked at.
    """
    notes = []
    if others:
        notes.append(Text(
            f"{others:,} rows are not of the resident insurance: not paid, not in the tables",
            f"有{others:,}行不属于居民医保:不支付,也不计入各表",
        ))  # fmt: skip
    if computed:
        notes.append(Text(
            f"the statutory part of {computed:,} rows was computed by the benefit rules",
            f"有{computed:,}行未给出统筹基金支付,按待遇政策计算",
        ))  # fmt: skip
    for name, scheme in unused:
        told = f"{name}=FILE is not used: no design is paid by {scheme}"
        notes.append(Text(told, f"未使用{name}=文件:没有方案按{scheme}支付"))
    if idle:
        told = f"no part in settling given claims: {', '.join(idle)}; no rule of these designs looks at it"
        notes.append(Text(told, f"以下设定对已有结算单的清算不起作用（所选方案没有规则用到）：{'、'.join(idle)}"))
    if left_out:
        rows = ", ".join(f"{count:,} of {file}" for file, count in left_out.items())
        rows_zh = "、".join(f"{file} {count:,}行" for file, count in left_out.items())
        notes.append(
            Text(f"bad rows were left out ({rows}): errors.csv", f"已剔除有误的行({rows_zh}),清单见errors.csv")
        )
    if without_heads:
        notes.append(Text(
            f"no insured persons are given for {', '.join(without_heads)}: a budget by heads is zero there",
            f"未给出{'、'.join(without_heads)}的参保人数:按人头的预算为零",
        ))  # fmt: skip
    if budgets:
        notes.append(Text(
            "what a community keeps or bears (transfer) is settled with it and is not in its members' statements",
            "医共体的结余留用或超支分担(清算划拨)与医共体结算,不计入各成员单位的结算单",
        ))  # fmt: skip
    if budgets and not capped:
        notes.append(Text(
            "budgets are not capped by the fund's income: give available=YUAN for that (settlement.revenue_cap)",
            "预算未受基金收入限制:如需以收定支,请给出available=金额(settlement.revenue_cap)",
        ))  # fmt: skip
    return tuple(notes)
