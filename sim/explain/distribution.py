"""The steps of settlement inside a community: assessment, construction pool, distribution by each rule, deposit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, largest_remainder, part, ppm, yuan_text
from sim.explain.steps import ABOVE, YEAR_SUM, Item, Step, breakdown, figure, finding, money, parameter, ratio, worth
from sim.money.settlement.assessment import INDICATORS, Assessment, assessed
from sim.money.settlement.config import Config
from sim.money.settlement.distribution import contribution_pots, contribution_set, distribute, split, tier_weights
from sim.money.settlement.tree import above, kept_ppm
from sim.money.settlement.work import Work
from sim.tables import COUNTY, TIER_LEVELS, TOWNSHIP, Floats, Ints, Providers

TRANSFER = Text("transfer", "清算划拨")
POOL = Text("construction pool", "建设资金池")
LEFT = Text("to distribute", "待分配")
SCORE = Text("assessment score", "考核得分")
WORK = Text("volume of work: visits + weight x bed days", "工作量：门诊人次+折算系数×床日")
Label = Callable[[int], Text]
"""Institution -> how readers call it."""
SHARED_OUT = Text("distribution", "结余分配")
_KINDS = (
    (Text("quality: volume x score", "质量：工作量×得分"), "quality"),
    (Text("quantity: volume", "数量：工作量"), "quantity"),
    (Text("technical content: weights of stays", "技术含量：住院病例权重"), "technical"),
    (Text("health outcome: chronic visits", "健康结果：慢特病随访"), "health"),
)


def assessment_steps(config: Assessment, values: Floats, years: int, key: str = "settlement") -> list[Step]:
    """The steps of a community's score from its measures.

    Args:
        config: the assessment.
        values: [indicator] measures of the community, in the order of `INDICATORS`.
        years: years since the reform.
        key: what leads to the settlement's parameters.
    """
    result, assessment_key = assessed(config, values, years), f"{key}.assessment"
    items = list[Item]()
    for k, name in enumerate(INDICATORS):
        if not result.weights[k]:
            continue
        items += [parameter(config, f"{name}.{part_}", assessment_key) for part_ in ("floor", "target")]
        label = Text(f"{name.replace('_', ' ')}, scored", f"{_zh(name)}：得分")
        scored = f"{values[k]:.6g}: {result.points[k]:.6g}, weight {result.weights[k]:g}"
        items.append(figure(label, scored, Text("value, score, weight in force", "指标值、得分、有效权重")))
    rule = Text("mean of the scored indicators by weight, to four decimals", "各指标得分加权平均，四位小数")
    steps = [finding(SCORE, rule, items, f"{result.score:g}")]
    items = [
        figure(SCORE, f"{result.score:g}"),
        parameter(config, "from_year", assessment_key),
        figure(Text("part of the year in force f", "当年启用比例f"), f"{result.force:g}"),
    ]
    rule = Text("1 - f (1 - score)", "1-f（1-得分）")
    return [*steps, finding(Text("score that counts", "计入的得分"), rule, items, f"{result.effective:g}")]


def _zh(name: str) -> str:
    extra = Assessment.model_fields[name].json_schema_extra
    return str(extra.get("zh", name)) if isinstance(extra, dict) else name


def pool_step(config: Config, transfer: int, key: str = "settlement") -> Step:
    """What is left to distribute after the construction pool has its share of a surplus."""
    put = part(max(transfer, 0), ppm(config.pool_share))
    items = [money(TRANSFER, transfer), parameter(config, "pool_share", key), money(POOL, put)]
    return worth(LEFT, Text("transfer - share of a surplus for the pool", "清算划拨-转入资金池"), items, transfer - put)


def whole_step(config: Config, transfer: int) -> Step:
    """The sum of pool and distribution, which is the transfer again."""
    put = part(max(transfer, 0), ppm(config.pool_share))
    items = [money(POOL, put), money(SHARED_OUT, transfer - put)]
    return worth(TRANSFER, Text("pool + distribution", "资金池+结余分配"), items, transfer)


def distribution_steps(
    config: Config,
    providers: Providers,
    transfer: int,
    communities: int,
    community: int,
    work: Work | None = None,
    years: int = 0,
    names: Sequence[Text] = (),
) -> list[Step]:
    """How the transfer of a community is split among tiers and institutions.

    The last amount is the transfer less what the construction pool has of it.

    Args:
        config: settlement.
        providers: institutions.
        transfer: fen.
        communities: how many there are.
        community: the one to explain.
        work: what institutions did; None explains the tiers of the fixed rule only.
        years: years since the reform.
        names: [provider] what readers call them; empty: numbers.
    """
    steps = list[Step]()
    if config.pool_share:
        steps.append(pool_step(config, transfer))
        transfer -= part(max(transfer, 0), ppm(config.pool_share))
    terms, key = config.distribution, "settlement.distribution"
    members = np.flatnonzero(providers.community == community)
    if terms.rule == "fixed" or not len(members):
        steps.append(_fixed_step(config, providers, transfer, communities, community, key))
        if work is None or not len(members):
            return steps
    assert work is not None
    amounts = np.zeros(communities, dtype=np.int64)
    amounts[community] = transfer
    units, _ = split(terms, amounts, providers, work, years)

    label = partial(_label, providers, names)
    steps_of_rule = {
        "fixed": _by_volume,
        "volume": _by_volume,
        "contribution": _by_contribution,
        "lead": _by_lead,
        "tree": _by_tree,
    }[terms.rule]
    rule_steps = steps_of_rule(config, transfer, members, providers, work, years, key, label)
    steps += rule_steps
    items = [money(label(int(u)), int(units[u])) for u in members]
    rule = Text("sum over institutions", "各机构之和")
    return [*steps, worth(SHARED_OUT, rule, breakdown(items), int(units[members].sum()))]


def _label(providers: Providers, names: Sequence[Text], unit: int) -> Text:
    """What readers call an institution: its name, or its number and tier."""
    if len(names):
        return names[unit]
    tier = TIER_LEVELS[int(providers.tier[unit])]
    return Text(f"institution {unit} ({tier.en})", f"医疗机构{unit}（{tier.zh}）")


def _fixed_step(
    config: Config, providers: Providers, transfer: int, communities: int, community: int, key: str
) -> Step:
    weights = tier_weights(config.distribution, providers, communities)[community]
    parts = distribute(np.array([transfer]), weights[None, :])[0]
    items = [money(TRANSFER, transfer)]
    items += [parameter(config.distribution, name, key) for name in ("county", "township", "village")]
    for tier in np.flatnonzero(weights):
        name = Text("to ", "归") + TIER_LEVELS[tier]
        items.append(Item(name, f"{int(weights[tier])} parts: {yuan_text(int(parts[tier]))} yuan", ABOVE))
    rule = Text(
        "by the parts of tiers that have a member; the fen left over go to the largest remainders",
        "按有成员机构的各级占比分配，余分按最大余数",
    )
    return worth(SHARED_OUT, rule, items, int(parts.sum()))


def _volumes(config: Config, members: Ints, work: Work, key: str, label: Label) -> list[Item]:
    items = [parameter(config.distribution, "bed_day_weight", key)]
    return items + [figure(label(int(u)), ratio(int(work.volume[u])), WORK) for u in members]


def _by_volume(
    config: Config, amount: int, members: Ints, providers: Providers, work: Work, years: int, key: str, label: Label
) -> list[Step]:
    """Division by volume of work: among all members, or within each tier where tiers have fixed parts."""
    volumes = [int(work.volume[u]) for u in members]
    items = breakdown(_volumes(config, members, work, key, label))
    where = Text(" within each tier", "，各级之内") if config.distribution.rule == "fixed" else Text("", "")
    rule = (
        Text("in proportion to volume of work; fen left over to the largest remainders", "按工作量分配，余分按最大余数")
        + where
    )
    return [finding(Text("volumes of work", "工作量"), rule, items, ratio(sum(volumes)))]


def _by_contribution(
    config: Config, amount: int, members: Ints, providers: Providers, work: Work, years: int, key: str, label: Label
) -> list[Step]:
    """A pot for each kind of contribution, split by the members' contributions of that kind."""
    terms = config.distribution
    place = contribution_set(terms, years)
    parts = f"contribution_later.{place - 1}" if place else "contribution"
    scores = work.score[members] if amount >= 0 else np.full(len(members), PPM, dtype=np.int64)
    steps = _by_volume(config, amount, members, providers, work, years, key, label)
    rule = Text("its part of the money, by the members' own share of it", "按该项占比取得资金，再按各机构贡献分配")
    pots = contribution_pots(terms, amount, work, members, scores, years)
    for (pot, measure), (name, path) in zip(pots, _KINDS, strict=True):
        if not pot:
            continue
        shares = largest_remainder(pot, measure)
        items = [parameter(terms, f"{parts}.{path}", key)]
        if path == "quality":
            items += [
                figure(label(int(u)) + Text(": score", "：得分"), ratio(int(s)))
                for u, s in zip(members, scores, strict=True)
            ]
        items += [money(label(int(u)), int(s)) for u, s in zip(members, shares, strict=True)]
        steps.append(worth(name, rule, breakdown(items), pot))
    return steps


def _by_lead(
    config: Config, amount: int, members: Ints, providers: Providers, work: Work, years: int, key: str, label: Label
) -> list[Step]:
    """The lead hospitals' share, and what is left for the others."""
    leads = above(providers)[members] < 0
    lead_amount = amount if leads.all() else part(amount, ppm(config.distribution.lead_share))
    items = [money(LEFT, amount), parameter(config.distribution, "lead_share", key)]
    rule = Text(
        "share x what there is to distribute; the rest by volume of work to the others",
        "比例×待分配，其余按工作量分给其他机构",
    )
    steps = _by_volume(config, amount, members, providers, work, years, key, label)
    return [*steps, worth(Text("lead hospitals", "牵头医院"), rule, items, lead_amount)]


def _by_tree(
    config: Config, amount: int, members: Ints, providers: Providers, work: Work, years: int, key: str, label: Label
) -> list[Step]:
    """From the top down, what each institution with others below it keeps of its pot, and what it passes on."""
    terms, parent = config.distribution, above(providers)
    scores = {int(u): int(work.score[u]) if amount >= 0 else PPM for u in members}
    steps = _by_volume(config, amount, members, providers, work, years, key, label)
    keeps = {TOWNSHIP: "keep_township", COUNTY: "keep_lead"}

    def shares(pot: int, below: Ints) -> dict[int, int]:
        sizes = [int(work.volume[u]) * scores[int(u)] for u in below]
        return {int(u): int(s) for u, s in zip(below, largest_remainder(pot, sizes), strict=True)}

    pots = shares(amount, members[parent[members] < 0])
    rule = Text("by volume of work x score; a score is given by the level above", "按工作量×得分分配，得分由上一级评定")
    items = _score_lines(pots, scores, label)
    steps.append(worth(Text("pots of lead hospitals", "牵头医院资金"), rule, breakdown(items), amount))
    for unit in sorted((int(u) for u in members), key=lambda u: (-int(providers.tier[u]), u)):
        below = members[parent[members] == unit]
        if not len(below):
            continue
        path = keeps.get(int(providers.tier[unit]), "keep_lead")
        kept = part(pots[unit], kept_ppm(ppm(getattr(terms, path)), scores[unit]))
        down = shares(pots[unit] - kept, below)
        pots |= down
        items = [
            money(Text("pot", "资金"), pots[unit]),
            parameter(terms, path, key),
            figure(Text("score", "得分"), ratio(scores[unit])),
        ]
        items += _score_lines(down, scores, label)
        rule = Text(
            "keeps share x score of its pot, the rest by volume of work x score to those below",
            "留存=资金×留存比例×得分，其余按工作量×得分下拨",
        )
        steps.append(worth(label(unit) + Text(" keeps", "留存"), rule, breakdown(items), kept))
    return steps


def _score_lines(amounts: Mapping[int, int], scores: Mapping[int, int], label: Label) -> list[Item]:
    """Two lines for each institution: its score, ppm, and its amount, fen."""
    return [
        line
        for unit, amount in amounts.items()
        for line in (figure(label(unit) + Text(": score", "：得分"), ratio(scores[unit])), money(label(unit), amount))
    ]


def deposit_steps(config: Config, due: int, score: float, key: str = "settlement") -> list[Step]:
    """The quality deposit of an institution: withheld, given back, and what the fund keeps.

    Args:
        config: the share withheld.
        due: fund money due to it in the year, fen.
        score: assessment score of its community; 1 for institutions of none.
        key: what leads to the settlement's parameters.
    """
    kept_back, held = part(due, ppm(config.deposit)), Text("quality deposit withheld", "预留质量保证金")
    items = [money(Text("due in the year", "全年应付"), due, YEAR_SUM), parameter(config, "deposit", key)]
    steps = [worth(held, Text("share x due", "比例×应付"), items, kept_back)]
    back = part(kept_back, ppm(score))
    items = [money(held, kept_back), figure(SCORE, f"{score:g}"), money(Text("given back", "返还"), back)]
    rule = Text("deposit - deposit x score", "保证金-保证金×得分")
    return [*steps, worth(Text("deposit forfeited", "未返还质量保证金"), rule, items, kept_back - back)]
