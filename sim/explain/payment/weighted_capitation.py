"""Weighted capitation (`sim.money.payment.weighted_capitation`), step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.core.text import Text
from sim.core.units import PPM, Money, largest_remainder, part, ppm
from sim.explain.base_years import grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import community_name
from sim.explain.payment.explanation import Explanation
from sim.explain.payment.inner import credited_steps
from sim.explain.steps import ABOVE, Item, Step, breakdown, figure, finding, last_amount, money, parameter, ratio, worth
from sim.money.history import History
from sim.money.payment.weighted_capitation import (
    Config,
    Factor,
    factors_in_force,
    index_of,
    measured,
    phased,
    raw_weights,
    reward_ppm,
)
from sim.tables import Claims

POOL = Text("pool", "预算总额")
RAW = Text("heads x factors", "人数×因素")


def steps(asked: Asked) -> list[Step]:
    """The steps of the inner schemes."""
    return credited_steps(asked, asked.prepared.inner)


def budget_steps(asked: Asked, base: Callable[[], Money], receipts: Money, community: int) -> list[Step]:
    """The pool, the community's heads times factors, and its two payments."""
    config, history, key = asked.config, asked.history, asked.key
    steps = _pool_steps(asked, base)
    pool = last_amount(steps)
    raw = raw_weights(config, history)
    steps.append(_raw_step(asked, community, raw))
    reward = part(pool, reward_ppm(config, history))
    rule = Text("pool x reward share", "预算总额×绩效奖励比例")
    terms = [parameter(config, "reward_share", key)]
    if config.reward_from > 0:
        rule += Text(" x part of the year", "×当年启用比例")
        terms += _phase_items(config, "reward_from", key, history)
    steps.append(worth(Text("second payment of all", "第二次支付总额"), rule, [money(POOL, pool), *terms], reward))
    scores = [ppm(s) for s in config.scores] or [PPM] * len(raw)
    shown = [parameter(config, f"scores.{community}", key)] if config.scores else [parameter(config, "scores", key)]
    rest = Text("; rounded down, the fen left over go to the largest remainders", "，向下取整，余分按最大余数分配")
    first = int(largest_remainder(pool - reward, raw)[community])
    second = int(largest_remainder(reward, scores)[community])
    raw_share = Item(Text("own / all heads x factors", "本医共体÷全部"), f"{raw[community]} / {sum(raw)}", ABOVE)
    items: tuple[Item, ...] = (
        money(Text("pool less second payment", "预算总额-第二次支付"), pool - reward),
        raw_share,
    )
    rule = Text("(pool - second payment) x own / all", "（预算总额-第二次支付）×本医共体÷全部") + rest
    steps.append(worth(Text("first payment", "第一次支付"), rule, items, first))
    items = (
        money(Text("second payment of all", "第二次支付总额"), reward),
        *shown,
        figure(Text("sum of scores", "得分合计"), ratio(sum(scores))),
    )
    rule = Text("second payment x own score / sum of scores", "第二次支付×得分÷得分合计") + rest
    steps.append(worth(Text("second payment", "第二次支付"), rule, items, second))
    items = (money(Text("first payment", "第一次支付"), first), money(Text("second payment", "第二次支付"), second))
    rule = Text("first + second payment", "第一次+第二次支付")
    return [*steps, worth(Text("budget", "预算"), rule, items, first + second)]


def _pool_steps(asked: Asked, base: Callable[[], Money]) -> list[Step]:
    """The pool: the amount per head, or settlement's budgets together."""
    config, history, key = asked.config, asked.history, asked.key
    if config.amount_per_head is None:
        settled = base()
        lines = [money(community_name(asked, c), int(b)) for c, b in enumerate(settled)]
        rule = Text("the budgets of settlement, together", "清算预算之和")
        items = (*breakdown(lines), parameter(config, "amount_per_head", key))
        return [worth(POOL, rule, items, int(settled.sum()))]
    heads = sum(int(n) for n in history.heads)
    per_head = grown_step(Text("amount per head", "人均预算"), config, "amount_per_head", history, key)
    items = (
        money(per_head.what, last_amount([per_head])),
        figure(Text("heads", "人数"), heads, Text("enrolment", "参保人数")),
    )
    rule = Text("amount per head x heads", "人均预算×人数")
    return [per_head, worth(POOL, rule, items, last_amount([per_head]) * heads)]


def _phase_items(config: Config, path: str, key: str, history: History) -> list[Item]:
    """From when a factor or the reward counts, and the part of this year in which it does."""
    since_year: Any = config
    for name in path.split("."):
        since_year = since_year[int(name)] if name.isdigit() else getattr(since_year, name)
    since = history.year - history.reform
    name_of_part = Text(f"part of reform year {since + 1} in which it counts", f"改革第{since + 1}年启用比例")
    return [parameter(config, path, key), figure(name_of_part, ratio(phased(since_year, history)))]


def _measure_items(factor: Factor, history: History, community: int) -> list[Item]:
    """What an index is measured by, here and in the whole pool, and the index."""
    amounts, heads = measured(str(factor.measure), history)
    shown: list[Item] = []
    places = (
        (Text("own", "本医共体"), amounts[community], heads[community]),
        (Text("of all communities", "全部医共体"), sum(amounts), sum(heads)),
    )
    for place, amount, persons in places:
        persons_here = Text("heads, ", "人数，") + place
        if factor.measure == "signed":
            shown.append(figure(Text("signed persons, ", "签约人数，") + place, amount))
        else:
            shown.append(money(Text("fund money of the base years, ", "基期基金支出，") + place, amount))
        shown.append(figure(persons_here, persons))
    index = index_of(factor, history)[community]
    index_name = Text("index: own per head / that of all", "指数：本医共体人均÷全部人均")
    return [*shown, figure(index_name, ratio(index))]


def _raw_step(asked: Asked, community: int, raw: tuple[int, ...]) -> Step:
    """Heads times factors of a community, and the sum over communities that it is divided by."""
    config, key = asked.config, asked.key
    items = [figure(Text("heads", "人数"), int(asked.history.heads[community]), Text("enrolment", "参保人数"))]
    if config.factors is None:
        items.append(parameter(config, "factors", key, Text("factors: past cost in full", "因素：往期费用全额计")))
        items += [
            item for factor in factors_in_force(config) for item in _measure_items(factor, asked.history, community)
        ]
    for k, factor in enumerate(config.factors or ()):
        name = Text(f"factor {factor.name or k}: weight", f"因素{factor.name or k}：权重")
        items.append(parameter(config, f"factors.{k}.weight", key, name))
        if factor.from_year > 0:
            items += _phase_items(config, f"factors.{k}.from_year", key, asked.history)
        if factor.measure is not None:
            items.append(parameter(config, f"factors.{k}.measure", key))
            items += _measure_items(factor, asked.history, community)
        elif factor.index:
            items.append(parameter(config, f"factors.{k}.index.{community}", key))
    unit = (PPM * PPM) ** len(factors_in_force(config))
    items.append(figure(Text("of all communities", "全部医共体"), f"{sum(raw) / unit:.9f}", ABOVE))
    rule = Text(
        "heads x product over factors of (1 + weight x (index - 1)), not below zero",
        "人数×各因素（1+权重×（指数-1））之积，不低于零",
    )
    return finding(RAW, rule, items, f"{raw[community] / unit:.9f}")


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    alone = (
        []
        if factors_in_force(config)
        else [Text("weighted capitation: by heads alone, no factors", "人头加权预算：仅按人数，无因素")]
    )
    past = [factor for factor in factors_in_force(config) if factor.measure == "past_cost"]
    return [
        *alone,
        *(
            Text(
                f"weighted capitation: past cost per head counts with weight {factor.weight:g}",
                f"人头加权预算：往期人均费用按权重{factor.weight:g}计",
            )
            for factor in past
        ),
        Text(
            "weighted capitation: heads x product of 1 + weight x (index - 1), scaled to the pool; fen by largest "
            "remainder",
            "人头加权预算：人数×各因素1+权重×（指数-1）之积，按预算总额折算；余分按最大余数分配",
        ),
    ]


EXPLANATION = Explanation(steps, budget_steps, readings=readings)
