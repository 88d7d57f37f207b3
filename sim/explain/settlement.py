"""The steps of settlement: a community's budget, its balance, and what it keeps or bears by the sharing rule."""

from __future__ import annotations

from collections.abc import Sequence

from sim.core.text import Text
from sim.core.units import PPM, part, ppm
from sim.explain.base_years import Spending, base_steps, grown_step, growth
from sim.explain.steps import YEAR_SUM, Item, Step, figure, finding, last_amount, money, parameter, ratio, worth
from sim.money.base_years import years_of_amount
from sim.money.history import ClosedYear, History
from sim.money.settlement.budget import answered_for, between, stays_of
from sim.money.settlement.config import Band, Config, Sharing
from sim.money.settlement.sharing import minimum_rate_ppm

BUDGET = Text("budget", "预算")
BALANCE = Text("balance", "结余（负为超支）")
TRANSFER = Text("transfer", "清算划拨")
ENROLMENT = Text("enrolment", "参保人数")
CAPITATION = Text("capitation: the budget", "包干预算")
CHARGES = Text("charges of the claims", "费用合计")


def budget_steps(
    config: Config, history: History, available: int, insured: int, community: int, key: str = "settlement"
) -> list[Step]:
    """The steps of `sim.money.settlement.budget` for one community; arguments as there."""
    heads = figure(Text("heads", "参保人数"), int(history.heads[community]), ENROLMENT)
    if config.lump_per_head is not None:
        lump = grown_step(Text("lump per head", "人均包干标准"), config, "lump_per_head", history, key)
        amount = last_amount([lump]) * int(history.heads[community])
        rule = Text("lump x heads", "人均标准×人数")
        steps = [lump, worth(BUDGET, rule, [money(lump.what, last_amount([lump])), heads], amount)]
    else:
        years = years_of_amount(config, history)
        steps = _base_steps(config, history, years, community, key)
        more = [parameter(config, name, key) for name in ("lump_per_head", "charged")]
        steps[-1] = steps[-1]._replace(items=(*steps[-1].items, *more))
        if config.base == "negotiated":
            steps += _negotiation_steps(config, history, last_amount(steps), community, key)
    if not config.revenue_cap or insured == 0:
        return steps
    before = last_amount(steps)
    most = max(available, 0) * int(history.heads[community]) // insured
    items = [
        money(Text("budget before the cap", "封顶前预算"), before),
        money(Text("fund income left for care", "可用于待遇的基金收入"), available, Text("the fund", "基金")),
        heads,
        figure(Text("all insured", "全部参保人数"), insured, ENROLMENT),
        money(Text("income x heads / insured, rounded down", "收入×人数÷全部参保人数，向下取整"), most),
        parameter(config, "revenue_cap", key),
    ]
    rule = Text("the lower of both (以收定支)", "以收定支：取较低者")
    return [*steps, worth(BUDGET, rule, items, min(before, most))]


def _base_steps(config: Config, history: History, years: Sequence[ClosedYear], community: int, key: str) -> list[Step]:
    """The budget from base years: as one amount, or with one growth for stays and another for visits."""
    spending = Spending([answered_for(config, year) for year in years], [year.heads for year in years], history.heads)
    if config.outpatient_growth is None:
        return base_steps(BUDGET, config, history, spending, community, key)
    of_stays = [stays_of(config, year) for year in years]
    of_visits = [both - stays for both, stays in zip(spending.amounts, of_stays, strict=True)]
    stays, visits = spending._replace(amounts=of_stays), spending._replace(amounts=of_visits)
    inpatient = base_steps(Text("inpatient budget", "住院预算"), config, history, stays, community, key)
    what = Text("outpatient budget", "门诊预算")
    outpatient = base_steps(what, config, history, visits, community, key, "outpatient_growth")
    amounts = [last_amount(inpatient), last_amount(outpatient)]
    items = [money(part[-1].what, amount) for part, amount in zip((inpatient, outpatient), amounts, strict=True)]
    rule = Text("inpatient + outpatient budget", "住院预算+门诊预算")
    return [*inpatient, *outpatient, worth(BUDGET, rule, items, sum(amounts))]


def _negotiation_steps(config: Config, history: History, offer: int, community: int, key: str) -> list[Step]:
    """From the fund's offer (by heads) and the community's demand to the budget on which they agree."""
    last = history.closed[-1]
    span, spent = history.year - last.year, int(answered_for(config, last)[community])
    more, factor = growth(config, history, span, key, "expected_growth", community)
    ask = part(spent, factor)
    name = Text("asked by the community", "医共体要价")
    actual = money(Text(f"actual spending of year {last.year}", f"{last.year}年实际支出"), spent, YEAR_SUM)
    items = [actual, *more]
    ask_step = worth(name, Text("last closed year's actual spending x growth", "上年实际支出×增长"), items, ask)
    items = [
        money(Text("offered by the fund, by heads", "基金报价（按人数）"), offer),
        money(name, ask),
        parameter(config, "bargaining", key),
    ]
    rule = Text("offer + bargaining x (ask - offer)", "报价+折中比例×（要价-报价）")
    return [ask_step, worth(BUDGET, rule, items, between(offer, ask, config.bargaining))]


def balance_step(budget: int, inside: int, outside: int, charged: str = "residents") -> Step:
    """What is left of a community's budget after its residents' care, or after its members' receipts (``charged``)."""
    if charged == "members":
        earned = Text("receipts of members for all they treated", "成员机构全部应付")
        items = [money(BUDGET, budget), money(Text("members", "成员机构"), inside, earned)]
        return worth(BALANCE, Text("budget - members", "预算-成员机构"), items, budget - inside)
    items = [
        money(BUDGET, budget),
        money(Text("inside", "网内应付"), inside, Text("receipts of members for own residents", "成员机构应付")),
        money(Text("outside", "网外应付"), outside, Text("receipts of others for them", "其他机构应付")),
    ]
    return worth(BALANCE, Text("budget - inside - outside", "预算-网内-网外"), items, budget - inside - outside)


def sharing_steps(
    rule: Sharing, budget: int, balance: int, quality: float = 1.0, heads: int | None = None, key: str = "settlement"
) -> list[Step]:
    """The steps of `sim.money.settlement.sharing.shared`; arguments as there; ``key`` leads to its parameters."""
    surplus = balance >= 0
    side = "surplus" if surplus else "overrun"
    deviation = abs(balance)
    gate, least = _gate_steps(rule, budget, deviation, surplus, heads, key)
    items = [money(BALANCE, balance)]
    if deviation * PPM < least * budget:
        return [*gate, worth(TRANSFER, Text("below the minimum rate: none", "未达最低比例：不分享"), items, 0)]
    lower = 0 if rule.first_dollar else part(budget, least)
    factor_steps, shares = _share_steps(rule, surplus, quality, key)
    steps, total = [*gate, *factor_steps], 0
    bands_given = rule.surplus_bands if surplus else rule.overrun_bands
    for k, (band, (share, item)) in enumerate(zip(_bands(rule, surplus), shares, strict=True)):
        end = deviation if band.upto is None else min(deviation, part(budget, ppm(band.upto)))
        of_band = part(max(end - lower, 0), share)
        what = Text(f"{side}: band {k + 1}" if bands_given else side, ("结余" if surplus else "超支") + f"第{k + 1}段")
        shown = [money(Text("from", "自"), lower), money(Text("to", "至"), max(end, lower))]
        if bands_given:
            shown += [parameter(rule, f"{side}_bands.{k}.upto", key), money(BUDGET, budget)]
        lines = [*shown, item, figure(Text("share used", "采用比例"), ratio(share))]
        steps.append(worth(what, Text("share x (to - from)", "比例×（至-自）"), lines, of_band))
        total, lower = total + of_band, max(lower, end)
    items.append(money(Text("sum of the bands", "各段之和"), total))
    cap = rule.surplus_cap if surplus else rule.overrun_cap
    if cap is not None:
        most = part(budget, ppm(cap))
        items += [parameter(rule, f"{side}_cap", key), money(Text("cap x budget", "上限×预算"), most)]
        total = min(total, most)
    name = Text("kept of the surplus, at most the cap", "结余留用，以上限为限")
    if not surplus:
        name = Text("minus what is borne of the overrun, at most the cap", "超支自担（负数），以上限为限")
    return [*steps, worth(TRANSFER, name, items, total if surplus else -total)]


def _bands(rule: Sharing, surplus: bool) -> tuple[Band, ...]:
    if surplus:
        return rule.surplus_bands or (Band(share=rule.retained_share),)
    return rule.overrun_bands or (Band(share=rule.overrun_share),)


def _gate_steps(
    rule: Sharing, budget: int, deviation: int, surplus: bool, heads: int | None, key: str
) -> tuple[list[Step], int]:
    """The step to the minimum rate (none where no rate is set), and the rate, ppm."""
    if not surplus:
        least, items = ppm(rule.minimum_overrun_rate), [parameter(rule, "minimum_overrun_rate", key)]
    elif rule.minimum_rates:
        least, items = minimum_rate_ppm(rule, heads), _rate_items(rule, heads, key)
    else:
        least, items = ppm(rule.minimum_rate), [parameter(rule, "minimum_rate", key)]
    if not least:
        return [], 0
    items += [
        figure(Text("minimum rate used", "采用的最低比例"), ratio(least)),
        money(BUDGET, budget),
        money(Text("deviation", "结余或超支"), deviation),
        parameter(rule, "first_dollar", key),
    ]
    rule_text = Text(
        "shared once deviation >= minimum rate x budget: from the first yuan, or what lies beyond it",
        "达到最低比例×预算后分享：全额，或仅超出部分",
    )
    reached = "reached" if deviation * PPM >= least * budget else "not reached"
    return [
        finding(
            Text("minimum rate", "最低结余（超支）率"),
            rule_text,
            items,
            f"{least * budget / PPM / 100:.2f} yuan: {reached}",
        )
    ], least


def _rate_items(rule: Sharing, heads: int | None, key: str) -> list[Item]:
    """The persons, and the two points of the table that the rate lies between."""
    items = [figure(Text("persons", "人数"), "-" if heads is None else int(heads), ENROLMENT)]
    last = len(rule.minimum_rates) - 1
    sizes = [point.heads for point in rule.minimum_rates]
    above = next((k for k, size in enumerate(sizes) if heads is None or heads <= size), last)
    for k in sorted({max(above - 1, 0), above}):
        items += [parameter(rule, f"minimum_rates.{k}.{name}", key) for name in ("heads", "rate")]
    return items


def _share_steps(rule: Sharing, surplus: bool, quality: float, key: str) -> tuple[list[Step], list[tuple[int, Item]]]:
    """The step of the quality factor, and for each band its share after that, ppm, with the parameter it comes from."""
    side, single = ("surplus", "retained_share") if surplus else ("overrun", "overrun_share")
    weight = getattr(rule, f"{side}_quality")
    factor = 1.0 - weight * (1.0 - quality) if surplus else 1.0 + weight * (1.0 - quality)
    least, most = (0, PPM) if surplus else (ppm(rule.overrun_least), ppm(rule.overrun_most))
    bands_given = rule.surplus_bands if surplus else rule.overrun_bands
    shares = []
    for k, band in enumerate(_bands(rule, surplus)):
        item = parameter(rule, f"{side}_bands.{k}.share" if bands_given else single, key)
        shares.append((min(max(ppm(band.share * factor), least), most) if band.share else 0, item))
    if not weight and least == 0 and most == PPM:
        return [], shares
    items = [
        figure(Text("quality score q", "考核得分q"), f"{quality:g}", Text("assessment", "考核")),
        parameter(rule, f"{side}_quality", key),
    ]
    rule_text = Text("share x (1 - w (1 - q))", "比例×（1-w（1-q））")
    if not surplus:
        rule_text = Text("share x (1 + w (1 - q)), within its bounds", "比例×（1+w（1-q）），在上下限之内")
        items += [parameter(rule, name, key) for name in ("overrun_least", "overrun_most")]
    return [finding(Text("quality factor", "考核系数"), rule_text, items, f"{factor:.6g}")], shares


def turnover_steps(
    config: Config,
    capitation: int,
    flows: tuple[int, int, int],
    heads: int | None = None,
    quality: float = 1.0,
    key: str = "settlement",
) -> list[Step]:
    """The steps of `sim.money.settlement.turnover`, arguments as there; the last amount is what is returned."""
    inflow, outflow, own_cost = flows
    contract, contract_key = config.contract, f"{key}.contract"
    paid_in = part(inflow, ppm(contract.inflow_share))
    turnover = capitation + paid_in
    turnover_name, profit_name = Text("turnover", "营业额"), Text("profit", "利润")
    items = [
        money(CAPITATION, capitation),
        money(Text("regional cost of outsiders' care here", "外来就诊区域费用"), inflow, CHARGES),
        parameter(contract, "inflow_share", contract_key),
        money(Text("paid for inflow", "流入支付"), paid_in),
    ]
    rule = Text("capitation + inflow share x inflow", "包干预算+流入比例×流入费用")
    steps = [worth(turnover_name, rule, items, turnover)]
    paid_out = part(outflow, ppm(contract.outflow_share))
    items = [
        money(turnover_name, turnover),
        money(Text("regional cost of own residents' care elsewhere", "外出就诊区域费用"), outflow, CHARGES),
        parameter(contract, "outflow_share", contract_key),
        money(Text("charged for outflow", "流出扣减"), paid_out),
        money(Text("own cost", "自身成本"), own_cost, Text("column cost of members' claims", "成员机构费用的成本列")),
    ]
    rule = Text("turnover - outflow share x outflow - own cost", "营业额-流出比例×流出费用-自身成本")
    profit = turnover - paid_out - own_cost
    steps.append(worth(profit_name, rule, items, profit))
    steps += sharing_steps(config, turnover, profit, quality, heads, key)
    kept = last_amount(steps)
    items = [money(profit_name, profit), money(Text("kept", "留存"), kept)]
    return [*steps, worth(Text("returned", "返还"), Text("profit - kept", "利润-留存"), items, profit - kept)]


def contract_budget_step(turnover: int, for_outsiders: int, outside: int, charged: int) -> Step:
    """The budget under a contract on turnover: one that leaves turnover less outflow as the balance.

    It does not depend on how members and other institutions were credited.
    """
    items = [
        money(Text("turnover", "营业额"), turnover),
        money(Text("credited to members for outsiders", "成员机构外来就诊应付"), for_outsiders, YEAR_SUM),
        money(Text("credited to others for own residents", "其他机构应付"), outside, YEAR_SUM),
        money(Text("charged for outflow", "流出扣减"), charged),
    ]
    rule = Text(
        "turnover - credited for outsiders + credited to others - charged for outflow",
        "营业额-外来就诊应付+其他机构应付-流出扣减",
    )
    return worth(BUDGET, rule, items, turnover - for_outsiders + outside - charged)


def returned_step(balance: int, returned: int) -> Step:
    """The transfer under a contract on turnover."""
    items = [money(BALANCE, balance), money(Text("returned", "返还"), returned)]
    return worth(TRANSFER, Text("balance - returned", "结余-返还"), items, balance - returned)
