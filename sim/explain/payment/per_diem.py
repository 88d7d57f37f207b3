"""Per diem payment (`sim.money.payment.per_diem`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.core.units import PPM, fen, part, parts, ppm, rounded
from sim.explain.base_years import PAST, growth_items
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import NOT_A_PRICED_STAY, Part, gathered, left_alone, patient_side_steps
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import BILL, Step, figure, finding, last_amount, money, parameter, prefixed, ratio, worth
from sim.money.base_years import growth_over, years_of_base
from sim.money.history import History
from sim.money.payment.per_diem import Phase, row_days
from sim.money.payment.scheme import stays_in_county
from sim.tables import TIER_LEVELS, TIERS, Claims, Ints


def steps(asked: Asked) -> list[Step]:
    """Tier by tier: the rate of a day, the days by phase, and from the standard to the due."""
    stays = stays_in_county(asked.claims)
    priced = asked.rows[stays[asked.rows]]
    parts = left_alone(asked, asked.rows[~stays[asked.rows]], NOT_A_PRICED_STAY)
    tier = asked.claims.tier[priced]
    parts += [Part(TIER_LEVELS[int(t)], _tier_steps(asked, int(t), priced[tier == t])) for t in np.unique(tier)]
    return gathered(parts)


def _tier_steps(asked: Asked, tier: int, rows: Ints) -> list[Step]:
    config, claims = asked.config, asked.claims
    steps = _rate_steps(asked, tier)
    rate, units = last_amount(steps), np.zeros(len(rows), dtype=np.int64)
    cases, days = claims.cases[rows], claims.days[rows]
    short = days // np.maximum(cases, 1)
    items, lower = (
        [
            figure(Text("days", "住院天数"), int(days.sum()), BILL),
            figure(Text("cases", "人次"), int(cases.sum()), BILL),
        ],
        0,
    )
    for k, phase in enumerate(config.phases or (Phase(),)):
        end = None if k >= len(config.phases) - 1 else phase.upto
        inside = [
            np.clip((length if end is None else np.minimum(length, end)) - lower, 0, None)
            for length in (short, short + 1)
        ]
        longer = days - short * cases
        here = (cases - longer) * inside[0] + longer * inside[1]
        units += here * ppm(phase.factor)
        name = Text(f"days {lower + 1} to {end or 'the end'}", f"第{lower + 1}天至{end or '末'}")
        items.append(figure(name, int(here.sum()), BILL))
        items += [parameter(config, f"phases.{k}.{path}", asked.key) for path in ("upto", "factor") if config.phases]
        lower = end or lower
    rule = Text("sum over phases of days x factor; several cases at their mean days", "各阶段天数×系数之和")
    steps.append(finding(Text("weighted days", "加权床日"), rule, items, ratio(int(units.sum()))))
    standard = parts(units, rate)
    weighed = figure(Text("weighted days", "加权床日"), ratio(int(units.sum())))
    rule = Text("rate x weighted days, half up to the fen, row by row", "床日标准×加权床日，逐行四舍五入到分")
    what = Text("payment standard", "支付标准")
    steps.append(worth(what, rule, [money(Text("rate", "床日标准"), rate), weighed], int(standard.sum())))
    return [*steps, *patient_side_steps(asked, rows, standard, "floor")]


def _rate_steps(asked: Asked, tier: int) -> list[Step]:
    """The tier's rate of a day."""
    config, history, key = asked.config, asked.history, asked.key
    what, item = Text("rate of a day", "床日标准"), parameter(config, f"rates.{TIERS[tier]}", key)
    given_rate = config.rates.unread(tier)[tier]
    if given_rate is not None:
        span = history.year - history.reform
        rate = part(fen(given_rate), growth_over(config, history, span, "rate_growth"))
        items = [item, *growth_items(config, history, span, key, "rate_growth")]
        return [worth(what, Text("as given x growth", "给定值×增长"), items, rate)]
    years = years_of_base(config, history)
    tier_has_days = any(
        row_days(config, y.claims, stays_in_county(y.claims) & (y.claims.tier == tier)).sum() > 0 for y in years
    )
    steps, charges, days = list[Step](), 0, 0
    for year in years:
        rows = stays_in_county(year.claims)
        if tier_has_days:
            rows &= year.claims.tier == tier
        span = history.year - year.year
        growth = growth_over(config, history, span, "rate_growth")
        by_tier = parts(sum_by(year.claims.tier[rows], year.claims.charge[rows], len(TIERS)), growth)
        charges, days = charges + int(by_tier.sum()), days + int(row_days(config, year.claims, rows).sum())
        charge = money(Text("charge", "总费用"), year.claims.charge[rows].sum(), PAST)
        items = [charge, *growth_items(config, history, span, key, "rate_growth")]
        name = Text(f"charges of base year {year.year}", f"基期{year.year}费用")
        steps.append(worth(name, Text("charge x growth", "费用×增长"), items, int(by_tier.sum())))
    items = [
        item,
        money(Text("trended charges", "增长后费用"), charges),
        figure(Text("weighted days", "加权床日"), ratio(days), PAST),
    ]
    rule = Text("trended charges / weighted days, half up to the fen", "增长后费用÷加权床日")
    if not tier_has_days:
        rule += Text(", of all tiers: this one has no days", "（本级无床日，用全部级别）")
    return [*prefixed(what, steps), worth(what, rule, items, rounded(charges * PPM, days))]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    many = len(config.phases) > 1
    phases, phases_zh = (
        (f"{len(config.phases)} phases", f"分{len(config.phases)}段") if many else ("one phase", "不分段")
    )
    return [
        Text(
            f"per diem: {phases}; the fund pays days x rate - (charge - statutory)",
            f"按床日付费：{phases_zh}；基金支付床日数×标准-（总费用-统筹支付）",
        )
    ]


EXPLANATION = Explanation(steps, readings=readings)
