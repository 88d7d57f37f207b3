"""How a design reads each open choice, in words; and the numbers between files and payment, to be checked by hand.

`docs/payment.md` lists the open choices; each is a parameter, named here with its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sim.config.model import SimConfig
from sim.core.text import Text, counted
from sim.core.units import yuan_text
from sim.explain.payment import readings_of
from sim.explain.steps import proportion
from sim.money.history import History
from sim.money.payment import SCHEMES, dip
from sim.money.payment.scheme import stays_in_county
from sim.settle.read.needs import methods
from sim.tables import Claims, resident_rows


def readings(config: SimConfig, history: History, claims: Claims) -> list[Text]:
    """A sentence for each open choice that the design meets."""
    sentences: list[Text] = []
    for method in methods(config.payment):
        sentences += [line for line in readings_of(method.scheme)(method, history, claims) if line not in sentences]
    alone = int((resident_rows(claims) & (claims.statutory == 0) & (claims.charge != 0)).sum())
    if alone and any(method.scheme != "ffs" for method in methods(config.payment)):
        sentences.append(
            Text(
                f"{counted(alone, 'bill|bills')} of which the benefit covers nothing: the patients', neither priced "
                "nor counted",
                f"统筹基金不予支付的费用有{alone:,}笔：由个人负担，不定价，也不计数",
            )
        )
    if SCHEMES[config.payment.scheme].has_budget:
        sentences += _settlement(config.settlement)
    return sentences


def _settlement(terms: Any) -> list[Text]:
    sentences = []
    if terms.minimum_rates:
        sentences.append(
            Text(
                "settlement: the minimum rate is interpolated between the ends of a band of sizes, to a millionth",
                "清算：最低结余率在人数分段两端之间插值，精确到百万分之一",
            )
        )
    if terms.minimum_rates or terms.minimum_rate or terms.minimum_overrun_rate:
        first = "all from the first yuan" if terms.first_dollar else "only what lies beyond it"
        first_zh = "从第一元起全额分享" if terms.first_dollar else "只分享超出部分"
        sentences.append(
            Text(
                f"settlement: at or above the minimum rate {first} is shared; a deviation equal to it counts",
                f"清算：达到最低结余率（超支率）后{first_zh}；恰好等于也算达到",
            )
        )
    if terms.contract.apply:
        cap = "" if terms.surplus_cap is None else f", profit kept up to {terms.surplus_cap:g} of turnover"
        cap_zh = "" if terms.surplus_cap is None else f"，利润留用不超过营业额的{terms.surplus_cap:g}"
        inflow, outflow = terms.contract.inflow_share, terms.contract.outflow_share
        sentences.append(
            Text(
                f"settlement: contract on turnover, inflow at {inflow:g} and outflow at {outflow:g} of charges, own "
                f"cost from the column cost{cap}; amounts are in the currency of the files",
                f"清算：按营业额签约，流入按费用的{inflow:g}、流出按费用的{outflow:g}，自身成本取成本列{cap_zh}；金额为文件所用货币",
            )
        )
    return sentences


def together(sentences: Mapping[str, list[Text]], language: str) -> tuple[str, ...]:
    """One line a sentence, with the designs it holds for."""
    designs: dict[str, list[str]] = {}
    for design, lines in sentences.items():
        for line in lines:
            designs.setdefault(line.of("zh" if language == "zh" else "en"), []).append(design)
    if language == "zh":
        return tuple(f"口径（{'、'.join(names)}）：{line}" for line, names in designs.items())
    return tuple(f"reading ({', '.join(names)}): {line}" for line, names in designs.items())


DERIVED = {
    "pool": Text("pool in yuan", "预算总额（元）"),
    "reimbursement ratio": Text("reimbursement ratio", "实际报销比例"),
    "total standard": Text("total standard in yuan", "支付标准总额（元）"),
    "weighted yearly charges": Text("weighted yearly charges in yuan", "加权年度费用（元）"),
    "weighted yearly points": Text("weighted yearly points", "加权年度点数"),
    "budget point value": Text("budget point value", "预算点值"),
}
"""What the numbers of `derived` are called, for readers."""


def derived_line(numbers: Mapping[str, str], language: str) -> str:
    """The numbers of `derived` in one line."""
    zh = language == "zh"
    return ("，" if zh else ", ").join(f"{DERIVED[what].of('zh' if zh else 'en')} {v}" for what, v in numbers.items())


def derived(config: SimConfig, history: History, prepared: Any, claims: Claims) -> dict[str, str]:
    """Numbers between files and payment that a published example prints, as text."""
    numbers: dict[str, str] = {}
    within = getattr(config.payment, "within", config.payment)
    prepared = getattr(prepared, "inner", prepared)
    if isinstance(within, dip.Config) and isinstance(prepared, dip.Prepared):
        numbers |= _of_dip(within, history, prepared, claims)
    return numbers


def _of_dip(method: dip.Config, history: History, prepared: dip.Prepared, claims: Claims) -> dict[str, str]:
    rows = stays_in_county(claims)
    charge, statutory = int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
    numbers = {"pool": yuan_text(prepared.pool)}
    if statutory:
        numbers["reimbursement ratio"] = f"{statutory / charge:.10f}"
        numbers["total standard"] = yuan_text((2 * prepared.pool * charge + statutory) // (2 * statutory))
    if history.closed and method.year_weights:
        costs, points, weights = dip.weighted_years(method, history, prepared.cost_points)
        total_weight = sum(weights)
        if total_weight and any(points):
            cost = Fraction(sum(w * c for w, c in zip(weights, costs, strict=True)), total_weight)
            earned = Fraction(sum(w * p for w, p in zip(weights, points, strict=True)), total_weight * 1000)
            numbers["weighted yearly charges"] = f"{yuan_text(round(cost))} ({proportion(weights)})"
            numbers["weighted yearly points"] = f"{float(earned):,.3f}"
            numbers["budget point value"] = f"{float(cost / 100 / earned):.10g}"
    return numbers
