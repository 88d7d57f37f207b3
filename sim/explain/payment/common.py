"""What the explanations of all payment schemes share: rows left alone, cells of rows, the patient side, names.

A scheme's ``steps`` go from the bills asked for to what the fund owes for them.  Rows that different rules pay are
separate parts (`Part`), and their amounts are added at the end.  One claim goes through the same arithmetic as an
institution's year, row by row; for several rows a step shows their sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.core.units import Money
from sim.explain.payment.asked import Asked
from sim.explain.steps import (
    BILL,
    DUE,
    GROUP_TABLE,
    Item,
    Step,
    breakdown,
    figure,
    last_amount,
    money,
    parameter,
    plain,
    prefixed,
    ratio,
    worth,
)
from sim.money.payment.split import split_rows
from sim.tables import TIER_LEVELS, TIERS, Ints, resident_rows

LEFT_ALONE = Text("fee for service: the statutory part", "按项目付费：统筹基金支付部分")
THE_PATIENTS = Text("nothing: the benefit covers none of the bill", "不支付：统筹基金不予支付的费用由个人负担")
CASES = Text("cases", "人次")


class Part(NamedTuple):
    """Rows that one rule pays, and the steps to their money."""

    label: Text
    steps: list[Step]


def gathered(parts: Sequence[Part], before: Sequence[Step] = ()) -> list[Step]:
    """All steps, with the sum of the parts at the end when there are several."""
    if len(parts) == 1:
        return [*before, *parts[0].steps]
    items = [money(p.label, last_amount(p.steps)) for p in parts]
    total = worth(DUE, Text("sum of the parts", "各部分之和"), items, sum(last_amount(p.steps) for p in parts))
    return [*before, *(step for p in parts for step in prefixed(p.label, p.steps)), total]


def name_of(names: Sequence[Text], position: int) -> Text:
    """The name at a position, or the number where there is no name."""
    return names[position] if 0 <= position < len(names) else plain(str(position))


def statutory_step(asked: Asked, rows: Ints, rule: Text = LEFT_ALONE) -> Step:
    """Rows paid as billed."""
    statutory = int(asked.claims.statutory[rows].sum())
    return worth(DUE, rule, [money(Text("statutory", "统筹支付"), statutory, BILL)], statutory)


def left_alone(asked: Asked, rows: Ints, why: Text) -> list[Part]:
    """Rows that the scheme does not price: as billed; nothing for other insurances and what the benefit leaves out."""
    resident = resident_rows(asked.claims)[rows]
    alone = resident & (asked.claims.statutory[rows] == 0)
    parts = []
    if not resident.all():
        rule = Text("nothing: another insurance", "不支付：其他保险")
        parts.append(Part(Text("other insurances", "其他保险"), [worth(DUE, rule, [], 0)]))
    if alone.any():
        parts.append(Part(Text("the patient's bills", "个人自付费用"), [worth(DUE, THE_PATIENTS, [], 0)]))
    resident &= ~alone
    if resident.any():
        rule = LEFT_ALONE + why
        parts.append(Part(Text("fee for service", "按项目付费"), [statutory_step(asked, rows[resident], rule)]))
    return parts


NOT_A_PRICED_STAY = Text(
    " (only stays in the county are priced, and not the recovery after a stay above)",
    "（仅县域内住院按此支付，下转康复除外）",
)
NOT_COVERED = Text(" (out of the scheme's scope)", "（不在本支付范围）")


def patient_side_steps(asked: Asked, rows: Ints, standard: Money, floor: str = "") -> list[Step]:
    """From the standard of each row, fen, to what the fund owes; ``floor`` is the path of the switch, "" for none."""
    claims = asked.claims
    charge, statutory = claims.charge[rows], claims.statutory[rows]
    patient_side = charge - statutory
    side = worth(
        Text("patient side", "其他各方负担"),
        Text(
            "charge - statutory: collected from patient, catastrophic insurance and assistance",
            "总费用-统筹支付：由个人、大病保险和医疗救助承担",
        ),
        [
            money(Text("charge", "总费用"), charge.sum(), BILL),
            money(Text("statutory", "统筹支付"), statutory.sum(), BILL),
        ],
        int(patient_side.sum()),
    )
    due = standard - patient_side
    items = [money(Text("payment standard", "支付标准"), standard.sum()), money(side.what, patient_side.sum())]
    rule = Text("payment standard - patient side", "支付标准-其他各方负担")
    if floor and getattr(asked.config, floor):
        items.append(parameter(asked.config, floor, asked.key))
        lifted = np.maximum(-due, 0)
        items.append(money(Text("lifted to zero, row by row", "逐行补至零"), lifted.sum()))
        rule += Text(", not below zero", "，不低于零")
        due = due + lifted
    return [side, worth(DUE, rule, items, int(due.sum()))]


def cells_of(asked: Asked, rows: Ints) -> list[tuple[int, int]]:
    """The different (tier, group) of the rows."""
    pairs = np.unique(np.stack([asked.claims.tier[rows], asked.claims.group[rows]]), axis=1)
    return [(int(t), int(g)) for t, g in pairs.T]


def per_row(asked: Asked, rows: Ints, values: Mapping[tuple[int, int], int]) -> Ints:
    """The value of each row's (tier, group)."""
    table = np.zeros((len(TIERS), 1 + max((group for _, group in values), default=0)), dtype=np.int64)
    for cell, value in values.items():
        table[cell] = value
    by_row: Ints = table[asked.claims.tier[rows], asked.claims.group[rows]]
    return by_row


def group_item(asked: Asked, group: int, weight: int, stays: bool = True) -> Item:
    """A group's weight, with the group's code."""
    names = asked.labels.groups if stays else asked.labels.visits
    source = GROUP_TABLE + Text(", group ", "，病组") + name_of(names, group)
    return Item(Text("weight", "权重"), ratio(weight), source)


def coefficient_item(tier: int, coefficient: int) -> Item:
    """A tier's coefficient, as its own step found it."""
    return figure(Text("coefficient of ", "级别系数：") + TIER_LEVELS[tier], ratio(coefficient))


def cell_lines(asked: Asked, rows: Ints, stays: bool, value_of_case: Callable[[int, int], str]) -> tuple[Item, ...]:
    """A line for each tier and group of the rows, with its cases and the value of one case."""
    claims, lines = asked.claims, []
    names = asked.labels.groups if stays else asked.labels.visits
    cells = cells_of(asked, rows)
    width = 1 + max((group for _, group in cells), default=0)
    cases = sum_by(claims.tier[rows] * width + claims.group[rows], claims.cases[rows], len(TIERS) * width)
    for tier, group in cells:
        name = TIER_LEVELS[tier] + Text(", group ", "，病组") + name_of(names, group)
        lines.append(Item(name, f"{int(cases[tier * width + group]):,} x {value_of_case(tier, group)}", BILL))
    return breakdown(lines)


def lines_of(values: Any, label: Callable[[int], Text], source: Text) -> tuple[Item, ...]:
    """A line for each number whose amount, fen, is not zero."""
    return breakdown(money(label(int(k)), int(values[k]), source) for k in np.flatnonzero(values))


def provider_name(asked: Asked, provider: int) -> Text:
    """An institution, as readers call it."""
    known = asked.labels.providers
    return known[provider] if provider < len(known) else Text(f"institution {provider}", f"机构{provider}")


def community_name(asked: Asked, community: int) -> Text:
    """A community, as readers call it."""
    known = asked.labels.communities
    return known[community] if community < len(known) else Text(f"community {community}", f"医共体{community}")


def unit_steps(asked: Asked, amount: int, covered: Ints, chosen: Ints, what: Text = DUE) -> list[Step]:
    """How a unit's amount is divided among its rows by their bills, as `sim.money.payment.scope.spread` does it.

    Args:
        asked: what is to be explained.
        amount: the unit's amount, fen.
        covered: positions of all its covered rows.
        chosen: positions of those asked for.
        what: name of the step.
    """
    bills = asked.claims.statutory[covered]
    share = bills if int(bills.sum()) > 0 else np.ones(len(covered), dtype=np.int64)
    parts = split_rows(amount, share)[np.searchsorted(covered, chosen)]
    rule = Text(
        "amount x own bills / all bills; rounded down, the fen left over go to the largest remainders",
        "金额×本行统筹支付÷合计，向下取整，余分按最大余数分配",
    )
    items = [
        money(Text("amount", "金额"), amount),
        money(Text("bills of the rows", "本行统筹支付"), asked.claims.statutory[chosen].sum()),
        money(Text("bills of all its rows", "全部行统筹支付"), bills.sum()),
    ]
    return [worth(what, rule, items, int(parts.sum()))]
