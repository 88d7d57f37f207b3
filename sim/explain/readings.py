"""How the open choices of each scheme were read, in words: one sentence for each choice that its parameters meet.

The choices are those that `docs/payment.md` lists as open.  Every function takes a scheme's parameters, the history and
the claims; most look at the parameters alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sim.core.text import Text
from sim.money.history import History
from sim.tables import UNKNOWN, Claims

Readings = Callable[[Any, History, Claims], list[Text]]
"""(config, history, claims) -> how the scheme's open choices were read."""


def ratio_text(weights: Iterable[int]) -> str:
    """Weights as 1 : 2 : 7."""
    return " : ".join(map(str, weights))


def _points(name: Text, own: Any) -> list[Text]:
    """The choices of points that share a pool."""
    ratio = own.reading == "by_ratio"
    how = (
        Text(
            "the fund pays by ratio, pool x points / all points (reading=by_ratio)",
            "基金按比例支付：预算总额×点数÷全部点数（reading=by_ratio）",
        )
        if ratio
        else Text(
            "the fund pays standard - patient payment, point value x points - (charge - statutory) "
            "(reading=standard_minus_patient)",
            "基金支付标准减个人负担：点值×点数-（总费用-统筹支付）（reading=standard_minus_patient）",
        )
    )
    decimals = own.value_decimals
    spent = Text("the pool", "预算总额") if ratio else Text("the total standard", "支付标准总额")
    value = (
        Text(f"the point value is not rounded, {spent.en} is spent to the fen", f"点值不取整，{spent.zh}分配到分")
        if decimals is None
        else Text(
            f"the point value is rounded half up to {decimals} decimals, each case by itself half up to the fen",
            f"点值四舍五入到{decimals}位小数，每例各自四舍五入到分",
        )
    )
    return [Text(f"{name.en}: {line.en}", f"{name.zh}：{line.zh}") for line in (how, value)]


def dip(own: Any, history: History, claims: Claims) -> list[Text]:
    """DIP."""
    told = _points(_DIP, own)
    weights = ratio_text(own.year_weights)
    if own.scores == "history":
        told.append(
            Text(
                f"DIP: scores from mean charges of earlier years, weighted {weights}",
                f"DIP：病种分值由往年例均费用按{weights}加权得出",
            )
        )
    if own.deviation.apply:
        terms = own.deviation
        strict = terms.bounds == "strict"
        bounds = "strict: at the bound a case is normal" if strict else "inclusive"
        bounds_zh = "不含等号：等于界限按正常病例" if strict else "含等号"
        standard = {
            "same_level_mean": Text("last year's mean of the group at the same tier", "上年同级机构同病种例均费用"),
            "point_value": Text(
                f"budget point value x points, years weighted {weights}", f"预算点值×点数，各年按{weights}加权"
            ),
        }[terms.standard]
        told.append(
            Text(
                f"DIP: bounds of low cost ({terms.low_below:g}) and high cost ({terms.high_above:g}) are {bounds}; the "
                f"standard is {standard.en} (deviation.standard={terms.standard})",
                f"DIP：低倍率（{terms.low_below:g}）、高倍率（{terms.high_above:g}）界限{bounds_zh}；"
                f"支付标准为{standard.zh}（deviation.standard={terms.standard}）",
            )
        )
    return told + _review("DIP", own)


def drg(own: Any, history: History, claims: Claims) -> list[Text]:
    """DRG."""
    told = (
        _points(_DRG_POINTS, own)
        if own.form == "points"
        else [
            Text(
                "DRG: rate x weight x coefficient, rounded half up to the fen a case; the fund pays standard - "
                "(charge - "
                "statutory)" + (", not below zero" if own.floor else ""),
                "DRG：费率×权重×级别系数，每例四舍五入到分；基金支付标准-（总费用-统筹支付）"
                + ("，不低于零" if own.floor else ""),
            )
        ]
    )
    terms = own.outlier
    if terms.fixed_loss is not None:
        told.append(
            Text(
                f"DRG: cost outlier, {terms.cost_share:g} of cost above standard + fixed loss, the loss split by "
                "cost-to-charge ratios",
                f"DRG：费用异常高病例，按成本超过标准与固定损失之和部分的{terms.cost_share:g}加付，固定损失按成本费用比分摊",
            )
        )
    if terms.active and (terms.high_above is not None or terms.low_below is not None or terms.short_days):
        told.append(
            Text(
                f"DRG: outliers and short stays, bounds strict; high ones by {terms.high_rule}",
                f"DRG：高低倍率及短住院病例，界限不含等号；高倍率按{terms.high_rule}",
            )
        )
    return told + _review("DRG", own)


def _review(name: str, own: Any) -> list[Text]:
    if not own.review.quota:
        return []
    by = own.review.counted_by
    return [
        Text(
            f"{name}: special-case review grants every case within the quota, counted by {by}",
            f"{name}：特例单议在数量限额内全部通过，按{_BY_ZH.get(by, by)}计数",
        )
    ]


def per_diem(own: Any, history: History, claims: Claims) -> list[Text]:
    """Per diem."""
    many = len(own.phases) > 1
    phases, phases_zh = (f"{len(own.phases)} phases", f"分{len(own.phases)}段") if many else ("one phase", "不分段")
    return [
        Text(
            f"per diem: {phases}; the fund pays days x rate - (charge - statutory)",
            f"按床日付费：{phases_zh}；基金支付床日数×标准-（总费用-统筹支付）",
        )
    ]


def apg(own: Any, history: History, claims: Claims) -> list[Text]:
    """Outpatient groups."""
    weight = Text(
        "outpatient groups: of a visit's items the heaviest procedure counts in full, further ones "
        f"{own.further_share:g}, after {'consolidation of related ones' if own.consolidate else 'no consolidation'}; "
        f"packaged ancillaries {'weigh nothing' if own.package else 'count'}; without items the weight of the group",
        f"门诊病组：{'同类操作合并后' if own.consolidate else '不合并同类操作，'}权重最高的操作全额计，"
        f"其余按{own.further_share:g}计；打包的辅助项目{'不计' if own.package else '也计'}；没有项目的按病组权重",
    )
    paid = (
        Text("standard - (charge - statutory)", "标准-（总费用-统筹支付）")
        if own.form == "rate"
        else Text("a part of the pool by ratio", "预算总额中按比例的份额")
    )
    return [weight, Text(f"outpatient groups: the fund pays {paid.en}", f"门诊病组：基金支付{paid.zh}")]


def signed_quota(own: Any, history: History, claims: Claims) -> list[Text]:
    """A quota of signed residents."""
    base = (
        Text(
            "signed quota: base-year amounts are taken as fund money (base_measure=fund)",
            "签约定额：基期金额视为统筹基金支付（base_measure=fund）",
        )
        if own.base_measure == "fund"
        else Text(
            "signed quota: base-year amounts are cost, times the fund share (base_measure=cost)",
            "签约定额：基期金额为医疗费用，乘以基金占比（base_measure=cost）",
        )
    )
    if history.listed is None:
        return [
            Text(
                f"{base.en}; claims count as signed in the proportion of signed heads",
                f"{base.zh}；费用按签约人数占比计入签约",
            )
        ]
    who = (
        Text("claims count as signed in the proportion of months on the list", "费用按名单人月占比计入签约")
        if (claims.signed == UNKNOWN).all()
        else Text(
            "claims count as signed if their person is on the list of their month", "费用所属人员在当月名单上的计入签约"
        )
    )
    day = {"first": "第一天", "last": "最后一天"}.get(own.list_day, own.list_day)
    return [
        base,
        Text(
            f"signed quota: a month's list holds who is signed on its {own.list_day} day, its quota is rounded half "
            f"up to the fen; {who.en}",
            f"签约定额：各月名单为当月{day}在签人员，月定额四舍五入到分；{who.zh}",
        ),
    ]


def cap(own: Any, history: History, claims: Claims) -> list[Text]:
    """Caps of institutions."""
    return [
        Text(
            f"cap: of bills above the cap the fund pays {own.excess_share:g}; it covers {own.scope}",
            f"总额控制：超过总额部分基金按{own.excess_share:g}支付；范围为{_SCOPE_ZH.get(own.scope, own.scope)}",
        )
    ]


def budget(own: Any, history: History, claims: Claims) -> list[Text]:
    """A regional budget."""
    points = {"charge": "医疗总费用", "statutory": "统筹支付"}.get(own.points, own.points)
    return [
        Text(
            f"regional budget: points are {own.points}; "
            + ("never more than the bills (only_down)" if own.only_down else "the value floats both ways"),
            f"区域总额预算：以{points}为点数；"
            + ("支付不高于费用（only_down）" if own.only_down else "点值可上下浮动"),
        )
    ]


def capitation(own: Any, history: History, claims: Claims) -> list[Text]:
    """Outpatient capitation."""
    debited = own.outside == "debited"
    return [
        Text(
            "outpatient capitation: claims count as signed in the proportion of signed heads; visits elsewhere are "
            + ("deducted" if debited else "borne by the fund"),
            "门诊按人头付费：费用按签约人数占比计入签约；在其他机构的就诊"
            + ("从总额中扣减" if debited else "由基金承担"),
        )
    ]


def weighted_capitation(own: Any, history: History, claims: Claims) -> list[Text]:
    """Weighted capitation."""
    return [
        Text(
            "weighted capitation: heads x product of 1 + weight x (index - 1), scaled to the pool; fen by largest "
            "remainder",
            "人头加权预算：人数×各因素1+权重×（指数-1）之积，按预算总额折算；余分按最大余数分配",
        )
    ]


_DIP, _DRG_POINTS = Text("DIP", "DIP"), Text("DRG points", "DRG点数法")
_BY_ZH = {"region": "全区域", "provider": "机构"}
_SCOPE_ZH = {"all": "全部费用", "inpatient": "住院", "outpatient": "门诊"}


READINGS: dict[str, Readings] = {
    "dip": dip,
    "drg": drg,
    "per_diem": per_diem,
    "apg": apg,
    "cap": cap,
    "budget": budget,
    "capitation": capitation,
    "weighted_capitation": weighted_capitation,
    "signed_quota": signed_quota,
}
"""Schemes with open choices."""


def readings_of(scheme: str) -> Readings:
    """How the open choices of a scheme are told; nothing for a scheme without any."""
    return READINGS.get(scheme, lambda config, history, claims: [])
