"""What a settlement takes from the program's default county, or infers, because the files do not say it.

Also payments that are far from the bills, as when few claims share a pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sim.core.text import Text, counted
from sim.core.units import yuan_text
from sim.money.base_years import BudgetBase
from sim.money.history import History
from sim.money.paid_year import PaidYear
from sim.money.payment import cap, capitation, dip, drg, per_diem, signed_quota
from sim.money.payment.scheme import stays_in_county
from sim.money.payment.scope import covered_rows
from sim.settle.design import Design
from sim.settle.design_needs import bases, has_budget, method_needs
from sim.settle.read.check import Findings
from sim.settle.read.needs import methods
from sim.settle.read.records import Inputs
from sim.tables import COUNTY, INPATIENT, RESIDENT_INSURED, TIER_LEVELS, Claims, Mask, resident_rows

FAR = 5
"""Payments of more than so many times the bills, or of less than that part of them, are told."""


def say_assumed(
    inputs: Inputs,
    chosen: list[Design],
    priced: Mapping[str, PaidYear],
    read: Mapping[str, set[str]],
    groups: bool,
    enrolment: bool,
    findings: Findings,
) -> None:
    """Say what was assumed for the designs, and which payments look wrong.

    Args:
        inputs: what the files hold.
        chosen: the designs.
        priced: what they make of the claims.
        read: by design, the keys of parameters that pricing looked at.
        groups: whether a table of case groups was given.
        enrolment: whether insured persons were given.
        findings: takes the notes.
    """
    keys_set = {text.partition("=")[0].lstrip("+") for design in chosen for text in design.overrides}
    if not groups and any(method_needs(design.config) & {"stay_groups", "visit_groups"} for design in chosen):
        findings.say(
            Text(
                "without groups=FILE the case groups and weights are those of the default county",
                "未给出groups=文件：病组及权重采用默认县的病组表",
            )
        )
    resident = np.equal(inputs.loaded.claims.insurance, RESIDENT_INSURED)
    computed = inputs.computed or (inputs.loaded.computed & resident).any()
    if computed and not any(name.split(".")[0] == "benefit" for name in keys_set):
        findings.say(
            Text(
                "the benefit rules are those of the default county (benefit.… sets your own)",
                "待遇政策采用默认县的设定（可用benefit.…给出本地政策）",
            )
        )
    _say_by_design(
        {
            design.name: [
                *_of_design(design, inputs, enrolment, read[design.name]),
                *_without_past(design, inputs),
                *_far_from_bills(inputs, priced[design.name]),
            ]
            for design in chosen
        },
        findings,
    )
    if "claims.growth" not in keys_set and any(_grows(design, inputs, read[design.name]) for design in chosen):
        _say_growth(chosen[0].config.claims.growth, findings)
    if any(_grows(design, inputs, read[design.name], of=BudgetBase) for design in chosen):
        findings.say(
            Text(
                "budgets grow as charges alone: the files do not say how ages, deductibles and limits have changed "
                "since (a budget's own growth sets what is expected)",
                "预算仅按费用增长率增长：文件未给出往年以来年龄结构、起付线和限额的变化（可用预算增长率给出预期增长）",
            )
        )


def _say_growth(growth: float, findings: Findings) -> None:
    """Say by how much a year the default county's charges grow, where amounts of earlier years grow with them."""
    findings.say(
        Text(
            f"amounts of earlier years grow by {growth:g} a year, the growth of charges of the default county "
            "(claims.growth sets your own)",
            f"往年金额按默认县的费用增长率每年{growth:g}增长（可用claims.growth给出本地增长率）",
        )
    )


def _say_by_design(notes: Mapping[str, list[Text]], findings: Findings) -> None:
    """Say each note once, with the names of all designs that it holds for."""
    names: dict[Text, list[str]] = {}
    for name, of_design in notes.items():
        for note in of_design:
            names.setdefault(note, []).append(name)
    for note, of_note in names.items():
        findings.say(Text(f"{', '.join(of_note)}: {note.en}", f"{'、'.join(of_note)}：{note.zh}"))


def _models(design: Design) -> list[Any]:
    """The parameters in force that may look at the past: of payment methods, and of settlement under a budget."""
    config = design.config
    return [*methods(config.payment), *([config.settlement] if has_budget(config) else [])]


def _grows(design: Design, inputs: Inputs, read: set[str], of: type = object) -> bool:
    """Whether an amount of earlier years is trended by the growth of charges; ``of``: an amount of this kind."""
    if not inputs.closed or design.config.payment.scheme == "ffs":
        return False
    others = [model for model in _models(design) if not hasattr(model, "base_years")]  # go by one year, or by all
    grown = [*(model for model, _ in bases(design.config, read)), *others]
    names = ("growth",) if of is BudgetBase else ("growth", "rate_growth")
    return any(getattr(model, name, 0) is None for model in grown if isinstance(model, of) for name in names)


def _of_design(design: Design, inputs: Inputs, enrolment: bool, read: set[str]) -> Iterator[Text]:
    """What is assumed for one design, as the files do not say it."""
    config, years = design.config, len(inputs.closed)
    base_years = max((1 if base == "last_year" else model.base_years for model, base in bases(config, read)), default=0)
    if 0 < years < base_years:
        yield Text(
            f"{years} of the {base_years} base years asked for are in the history",
            f"基期要求{base_years}年，往年费用中只有{years}年",
        )
    looked = [year.year for year in inputs.closed][-base_years:] if base_years else []
    if looked and (gap := sorted(set(range(looked[0], inputs.year)) - set(looked))):
        none, used = (", ".join(map(str, some)) for some in (gap, looked))
        yield Text(
            f"the history has no claims of {none}: the base is {used}, and grows year by year from there",
            f"往年费用中没有{none}年：以{used}年为基期，逐年增长至清算年度",
        )
    dips = [model for model in _models(design) if isinstance(model, dip.Config)]
    weighed = max((len(model.year_weights) for model in dips), default=0)
    if 0 < years < weighed and any(model.scores == "history" or model.deviation.apply for model in dips):
        yield Text(
            f"{years} of {weighed} weighted years are in the history: the last weights are used",
            f"历年权重{weighed}个，往年费用中只有{years}年：采用后几个权重",
        )
    by_signed = [model for model in _models(design) if isinstance(model, capitation.Config | signed_quota.Config)]
    all_signed = any(model.signed_share is None for model in by_signed)
    if enrolment and inputs.signed is None and all_signed and not inputs.spells:
        yield Text(
            "no signed persons are given: all insured persons count as signed", "未给出签约人数：全部参保人按已签约计"
        )
    terms = config.settlement
    scored = terms.deposit > 0 or (has_budget(config) and (terms.surplus_quality > 0 or terms.overrun_quality > 0))
    if scored and (inputs.scores is None or (inputs.scores == 1).all()):
        yield Text(
            "the assessment score of every community is 1, as the enrolment file gives no other",
            "各医共体考核得分均按1计：参保人数表未给出其他得分",
        )


def say_uncapped(design: Design, history: History, inputs: Inputs, findings: Findings) -> None:
    """Say which institutions have no cap, because they have bills now but had none in the base years."""
    if not isinstance(design.config.payment, cap.Config) or design.config.payment.caps:
        return
    caps = cap.prepare(design.config.payment, history)
    if not len(caps):
        return
    claims = inputs.loaded.claims
    billed = np.unique(claims.provider[covered_rows(claims, design.config.payment.scope)])
    free = [inputs.book.codes[p] for p in billed.tolist() if p >= len(caps) or caps[p] == cap.NO_CAP]
    if free:
        names = ", ".join(free[:10]) + (f" and {len(free) - 10:,} more" if len(free) > 10 else "")
        findings.say(
            Text(
                f"{design.name}: no cap for institutions without bills in the base years: {names}",
                f"{design.name}：基期无费用的机构没有总额：{names}",
            )
        )


def _without_past(design: Design, inputs: Inputs) -> Iterator[Text]:
    """Tiers and groups with stays now but without stays in the base years, from which their amounts would come."""
    now = [inputs.loaded.claims]
    past = [year.claims for year in inputs.closed]
    if not past:
        return
    new_tiers, new_groups = (_values(now, name) - _values(past, name) for name in ("tier", "group"))
    tiers = sorted(new_tiers)
    for method in _models(design):
        coefficients = isinstance(method, drg.Config | dip.Config) and method.coefficient.values()
        if coefficients and (free := [TIER_LEVELS[tier] for tier in tiers if coefficients[tier] is None]):
            yield Text(
                f"no stays in the base years at tier {', '.join(level.en for level in free)}: its coefficient is 1",
                f"基期{'、'.join(level.zh for level in free)}无住院：级别系数取1",
            )
        if isinstance(method, per_diem.Config) and (
            free := [TIER_LEVELS[tier] for tier in tiers if method.rates.values()[tier] is None]
        ):
            names = Text(", ".join(level.en for level in free), "、".join(level.zh for level in free))
            yield Text(
                f"no stays in the base years at tier {names.en}: its rate of a day is that of all tiers",
                f"基期{names.zh}无住院：床日标准取全部级别的标准",
            )
        if isinstance(method, dip.Config) and _scored_by_past(method) and (count := len(new_groups)):
            yield Text(
                f"{counted(count, 'case group|groups has|have')} no stays in earlier years: the score is the "
                "table's weight, and none of their stays is low-cost or high-cost",
                f"{count:,}个病组往年无住院：分值采用病组表权重，且不判定高低倍率",
            )


def _scored_by_past(method: dip.Config) -> bool:
    """Whether scores, or the limits of low and high cost, come from stays of earlier years."""
    by_means = method.deviation.apply and method.deviation.standard == "same_level_mean"
    return method.scores == "history" or by_means


def _values(claims: list[Claims], column: str) -> set[int]:
    """The values of a column in the stays that case payment prices."""
    return {int(value) for table in claims for value in np.unique(getattr(table, column)[stays_in_county(table)])}


def _far_from_bills(inputs: Inputs, priced: PaidYear) -> Iterator[Text]:
    """Stays or visits in the county that are paid many times their bills, or a small part of them."""
    claims, receipts = inputs.loaded.claims, priced.payments.receipts
    inside = resident_rows(claims) & np.less_equal(claims.tier, COUNTY)
    stays = np.equal(claims.category, INPATIENT)
    for rows, name in ((inside & stays, Text("stays", "住院")), (inside & ~stays, Text("visits", "门诊"))):
        yield from _far(rows, name, receipts, claims.statutory, priced.payments.point_value)


def _far(rows: Mask, name: Text, receipts: Any, bills: Any, point_value: float) -> Iterator[Text]:
    paid, billed = int(receipts[rows].sum()), int(bills[rows].sum())
    if not billed or (billed <= FAR * paid and paid <= FAR * billed):
        return
    value = "" if np.isnan(point_value) else f" (point value or rate {point_value:.6g})"
    value_zh = "" if np.isnan(point_value) else f"（点值或费率{point_value:.6g}）"
    yield Text(
        f"{name.en} in the county are paid {yuan_text(paid)} yuan for bills of {yuan_text(billed)}, "
        f"{paid / billed:.2g} times as much{value}: are all claims of the year in the file, and pool and rates right?",
        f"县内{name.zh}按此支付{yuan_text(paid)}元，为统筹支付{yuan_text(billed)}元的{paid / billed:.2g}倍{value_zh}："
        "请核对费用文件是否为全年、预算总额和标准是否有误",
    )
