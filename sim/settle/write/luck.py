"""The luck in the communities' results, by size, from what each person of the user's claims cost the fund."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.core.arrays import sum_by, variation
from sim.core.text import Language, Text
from sim.money.paying import terms_of
from sim.money.settlement import Persons
from sim.report.luck import Community, LuckLine, lines_of, luck_note
from sim.settle.design import Design
from sim.settle.read.check import Findings
from sim.settle.read.records import Inputs
from sim.tables import resident_rows

NOT_KNOWN = Text(
    "how far the communities' results are luck is not told: it needs the column person in the claims, and insured "
    "persons (enrolment=FILE)",
    "未给出医共体清算结果中的随机成分：需要结算单中的person列和参保人数（enrolment=文件）",
)

OTHERWISE = Text(
    "how far the communities' results are luck is not told where another method than fee for service pays inside the "
    "budget, or the budget answers for a part of the insured or of their care: one year cannot show it ({0})",
    "预算内部采用按项目付费以外的支付方式，或预算只覆盖部分参保人或部分费用的，仅凭一年数据无法给出清算结果中的随机成分（{0}）",
)


class LuckOfResults(NamedTuple):
    """The table of luck and what is said with it; both empty where no community holds a budget."""

    lines: tuple[LuckLine, ...] = ()
    note: str = ""


def luck_of(inputs: Inputs, chosen: Sequence[Design], findings: Findings, language: Language) -> LuckOfResults:
    """The table under every design in which communities hold a budget; where persons are not known that is said."""
    found = [(d, terms_of(d.config.payment, d.config.settlement, len(inputs.closed))) for d in chosen]
    holding = [(design, terms) for design, terms in found if terms is not None]
    apart = [design.label or design.name for design, terms in holding if not terms.by_heads]
    if apart:
        findings.say(Text(OTHERWISE.en.format("; ".join(apart)), OTHERWISE.zh.format("；".join(apart))))
    holding = [(design, terms) for design, terms in holding if terms.by_heads]
    if not holding:
        return LuckOfResults()
    persons = Persons(person_variation(inputs))  # what lasts in them is not known
    if not persons.variation > 0:
        findings.say(NOT_KNOWN)
        return LuckOfResults()
    units = [
        Community(name, int(heads)) for name, heads in zip(inputs.book.communities, inputs.heads, strict=True) if heads
    ]
    tables = (lines_of(d.label or d.name, persons, units, terms, language) for d, terms in holding)
    return LuckOfResults(tuple(line for lines in tables for line in lines), luck_note(persons, 0.0, language))


def person_variation(inputs: Inputs) -> float:
    """Standard deviation ÷ mean of what the communities' insured persons cost the fund by the benefit rules.

    Persons without a bill count as 0; nan where persons or their number are not known.
    """
    import pyarrow as pa

    claims, persons, heads = inputs.loaded.claims, inputs.loaded.persons, int(inputs.heads.sum())
    if persons is None or not heads:
        return float("nan")
    encoded = pa.chunked_array(persons.chunks, pa.string()).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    codes[~(resident_rows(claims) & (claims.home >= 0))] = -1
    costs = sum_by(codes, claims.statutory, len(encoded.dictionary))
    costs = costs[costs > 0]
    return variation(costs, heads) if len(costs) <= heads else float("nan")
