"""How providers and communities answer the money: intensity, prevention, restraint, and what moves to the patient.

*Intensity* (Ellis & McGuire 1986): a provider that gets back the share r of a marginal yuan of charge, weighs the
patient's benefit by beta and faces cost c chooses q(r) = (a - c (1 - r) / beta) / b.  Relative to full payment,
q(r) / q(1) = 1 - s (1 - r) with s = c / (a beta), the parameter ``sensitivity``.

*Prevention effort* of a community, 0..1, moves each year by ``speed`` towards

    integration x kept share of a saving x adequacy of the budget x share of the surplus that reaches primary units
    x part of the persons whom the budget answers for

What effort does to illness belongs to the illness rules; here is only what it is and what it costs.

*Restraint* (A20): members who see their community's quota used up faster than the year goes treat less intensely.  Here
is how strongly; how much is used the engine knows, month by month (`sim.engine.restraint`).  It lowers intensity only:
nobody is turned away for it.

*Cost shift* (A21): where less of a marginal yuan comes back, a part of the charge moves out of the catalogue, to the
patient: the covered part falls by the factor 1 - shift (1 - r).

*Ratchet* (A23): where a later budget follows this year's spending, a yuan spent now is partly won back then.  Providers
who reckon with it feel, in place of the kept share of a saved fund yuan,

    kept x (1 - ratchet x weight of this year in next year's budget) - ratchet x weight in the first budget x kept then

The first term is a reform with a moving base: a part of what is saved is lost again.  The second is a year in which the
reform is announced (``settlement.announced``): nobody holds a budget yet (kept = 0), and what the fund pays for bills
comes again with the first budget.  Then r exceeds 1, and intensity with it: base years are inflated.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.core import parameters
from sim.core.parameters import Share, Yuan, param
from sim.core.units import Money, fen
from sim.money.history import Incentives, Policy, Stake
from sim.tables import CATEGORIES, COUNTY, TIERS, TOWNSHIP, Floats, Ints

Tightness = Literal["tight", "semi_tight", "nominal"]


class Sensitivity(parameters.Config):
    """Relative fall of the charge of a case when nothing of a marginal yuan comes back instead of all of it."""

    outpatient: float = param(0.04, unit="share", zh="普通门诊强度弹性", ge=0, le=0.5)
    """Ordinary outpatients.
    Source: assumed: half of the -8.6 % under an outpatient budget (F51), as F53 found little; range 0 to 0.10"""
    chronic: float = param(0.04, unit="share", zh="门诊慢特病强度弹性", ge=0, le=0.5)
    """Chronic and special outpatients.
    Source: as outpatient"""
    inpatient: float = param(0.06, unit="share", zh="住院强度弹性", ge=0, le=0.5)
    """Inpatients.
    Source: Jian 2015: -6.2 % per stay (published-results 5.2); F28: -5.5 %; range 0 (F65, F66) to 0.17 (F13)"""


class Integration(parameters.Config):
    """Scale of every integration effect by how tight a community is (A27)."""

    tight: Share = param(1.0, unit="share", zh="紧密型")
    """Tight community.
    Source: A27: only the tight have the full package"""
    semi_tight: Share = param(0.5, unit="share", zh="半紧密型")
    """Semi-tight community.
    Source: assumed: half way"""
    nominal: Share = param(0.1, unit="share", zh="松散型")
    """Community in name only.
    Source: assumed: next to nothing"""


class Config(parameters.Config):
    """Parameters of the response to payment."""

    intensity: bool = param(True, unit="", zh="诊疗强度反应")
    """Switch of the intensity response.
    Source: model switch"""
    prevention: bool = param(True, unit="", zh="预防投入反应")
    """Switch of the prevention response.
    Source: model switch"""
    tightness: Tightness = param("tight", unit="", zh="紧密程度")
    """How integrated the communities are; scales every effect of integration.
    Source: A27, doc 003: 71 % of communities meet the standard of a tight one"""
    integration: Integration = param(Integration(), unit="share", zh="整合程度")
    """Scale by tightness.
    Source: A27"""
    sensitivity: Sensitivity = param(Sensitivity(), unit="share", zh="强度弹性")
    """Intensity response by category.
    Source: figures 3.3; published-results 3.2"""
    adequacy_slope: float = param(2.0, unit="per share", zh="预算不足对投入的影响", ge=0, le=20)
    """Fall of prevention effort as the budget falls below expected cost: factor 1 - slope x shortfall share.
    Source: A14, doc 002 (direction); assumed: no effort left at a budget of half the cost"""
    enough_for_primary: float = param(0.4, unit="share", zh="基层足额分配比例", gt=0, le=1)
    """Share of a surplus reaching primary units that calls forth full effort; less gives proportionally less.
    Source: A15, doc 002 (direction); assumed: the 40 % of 6:3:1 (figures 2.9)"""
    speed: float = param(0.5, unit="share per year", zh="调整速度", gt=0, le=1)
    """Part of the way to the target effort made each year.
    Source: assumed: effects seen in year 2 (F52) and over 4 to 5 years (F10)"""
    restraint: float = param(0.0, unit="share", zh="实时用量约束", ge=0, le=2)
    """Part of the fall of spending needed to end the year on budget that members seeing it bring about.
    Source: A20, doc 001 (direction); assumed: 0, not seen; 0.5 where members see it"""
    restraint_floor: float = param(0.7, unit="factor", zh="约束下限", gt=0, le=1)
    """Least factor of intensity under restraint.
    Source: assumed: nobody halves treatment for a budget; about twice the largest effect found, -17 % (F13)"""
    ratchet: Share = param(0.0, unit="share", zh="棘轮效应")
    """How far communities reckon with later budgets that follow what they spend now: they save less under a moving
    base, and spend more in announced years.
    Source: A23, doc 001 (direction); assumed: 0, they look at one year"""
    cost_shift: float = param(0.0, unit="share", zh="费用转移系数", ge=0, le=0.5)
    """Part of the covered charge moved outside the catalogue when nothing of a marginal yuan comes back.
    Source: F48: none under strong supervision; F64: 0.03 (2.6 points under DIP); F47: 0.42 of what the fund saved"""
    prevention_cost: Yuan = param(15.0, unit="yuan per head and year", zh="预防投入成本")
    """Cost to the community of full prevention effort.
    Source: assumed: about a third of the 40 yuan signing fee (doc 004)"""


def neutral(communities: int) -> Policy:
    """No response: intensity exactly 1, no effort; the policy of fee for service and of the first year."""
    as_billed = np.ones((len(TIERS), len(CATEGORIES)))
    return Policy(
        as_billed, np.zeros(communities), as_billed, np.zeros(communities, dtype=np.int64), np.array([0.0, 1.0])
    )


def agency_quantity(share: float, benefit: float, slope: float, cost: float, altruism: float) -> float:
    """Ellis-McGuire: quantity chosen by a provider paid a lump and ``share`` of its cost; never below 0.

    Args:
        share: r, share of marginal cost that is paid; above 1 where spending wins more than it costs.
        benefit: a, the patient's marginal benefit of the first unit.
        slope: b, its fall with each unit.
        cost: c, unit cost.
        altruism: beta > 0, weight of the patient's benefit.
    """
    return max(0.0, (benefit - cost * (1.0 - share) / altruism) / slope)


def integration_scale(config: Config) -> float:
    """Scale of integration effects at the communities' tightness, 0..1."""
    scale: float = getattr(config.integration, config.tightness)
    return scale


def returned_share(scale: float, incentives: Incentives, stake: Stake) -> Floats:
    """[tier, category] share r of a marginal yuan of charge that comes back after settlement, 0..1.

    What the scheme returns, less what the community loses of its budget, as far as members feel it (``scale``, 0..1).
    Where a fund yuan spent wins more later than it loses now (`felt` below 0), r rises above 1 by that.
    Communities are averaged by heads; outside hospitals are not members and always get all.
    """
    kept = mean_kept(stake)
    members = (np.arange(len(TIERS)) <= COUNTY)[:, None]
    felt = incentives.returned - scale * kept * incentives.debited
    most = 1.0 + scale * max(-kept, 0.0)
    return np.where(members, np.clip(felt, 0.0, most), 1.0)


def mean_kept(stake: Stake) -> float:
    """Kept share of a saved fund yuan, communities averaged by heads."""
    heads = int(stake.heads.sum())
    return float(stake.kept @ stake.heads) / heads if heads else 0.0


def intensity(config: Config, shares: Floats) -> Floats:
    """[tier, category] multiplier of charges, from `returned_share`; exactly 1 where all comes back, more beyond."""
    table = np.ones(shares.shape)
    for number, category in enumerate(CATEGORIES):
        if (shares[:, number] != 1.0).any():
            own = float(getattr(config.sensitivity, category))
            table[:, number] = [agency_quantity(r, 1.0, 1.0, own, 1.0) for r in shares[:, number].tolist()]
    return table


def covered_factor(config: Config, shares: Floats) -> Floats:
    """[tier, category] multiplier of the covered part of a charge; exactly 1 where all comes back, or more.

    ``shares`` are `returned_share`: who gets all of a marginal yuan has no reason to look for another payer.
    """
    lost = 1.0 - np.minimum(shares, 1.0)
    return np.asarray(1.0 - config.cost_shift * lost if lost.any() else np.ones(shares.shape), dtype=np.float64)


def felt(config: Config, stake: Stake) -> Stake:
    """The stake with the ratchet that communities reckon with: a moving base takes part of a saving back.

    In an announced year what is spent wins a larger budget: below 0.
    """
    if not (np.any(stake.won) or (np.any(stake.current) and stake.kept.any())):
        return stake  # no later budget follows what is spent now
    return stake._replace(kept=stake.kept * (1.0 - config.ratchet * stake.current) - config.ratchet * stake.won)


def target_effort(config: Config, scale: float, stake: Stake) -> Floats:
    """[community] prevention effort that the money calls for, 0..1; as a mean over its persons, whoever gets it."""
    short = np.maximum(1.0 - stake.adequacy, 0.0)
    adequate = np.clip(1.0 - config.adequacy_slope * short, 0.0, 1.0) if short.any() else np.ones(len(short))
    primary = min(1.0, stake.primary_share / config.enough_for_primary) if stake.primary_share else 0.0
    return np.asarray(scale * np.maximum(stake.kept, 0.0) * adequate * primary * stake.reach, dtype=np.float64)


def respond(
    config: Config,
    incentives: Incentives,
    stake: Stake,
    last: Policy,
    budgets: Money | None = None,
) -> Policy:
    """Policy of the coming year.

    Args:
        config: switches, strengths and tightness.
        incentives: of the payment scheme.
        stake: of settlement (`sim.money.settlement.stake`, or `no_stake` without a budget).
        last: last year's policy, from which effort moves on; `neutral` before the first year.
        budgets: [community] budgets expected for the year, fen; None: nobody holds one.
    """
    idle = neutral(len(stake.heads))
    stake = felt(config, stake)
    seen = budgets is not None and config.restraint > 0  # else arms that differ in budgets alone share a simulation
    scale = integration_scale(config) if seen or stake.kept.any() else 0.0
    shares = returned_share(scale, incentives, stake)
    moves = (stake.kept > 0).any() or last.prevention.any()
    return Policy(
        intensity(config, shares) if (shares != 1.0).any() and config.intensity else idle.intensity,
        _effort(config, scale, stake, last) if moves and config.prevention else idle.prevention,
        covered_factor(config, shares),
        np.asarray(budgets, dtype=np.int64) if seen else idle.quota,
        np.array([scale * config.restraint, config.restraint_floor]) if seen else idle.restraint,
    )


def _effort(config: Config, scale: float, stake: Stake, last: Policy) -> Floats:
    """[community] prevention effort of the coming year, on its way from last year's to what the money calls for."""
    effort = last.prevention + config.speed * (target_effort(config, scale, stake) - last.prevention)
    return np.clip(effort, 0.0, 1.0)


def responds(config: Config) -> bool:
    """Whether anything at all answers the money; if not, nobody need ask what there is to win."""
    return config.intensity or config.prevention or config.restraint > 0 or config.cost_shift > 0


def prevention_spending(config: Config, policy: Policy, heads: Ints) -> Money:
    """[community] what the effort costs the community, fen; not fund money."""
    if not policy.prevention.any():
        return np.zeros(len(heads), dtype=np.int64)
    return np.floor(policy.prevention * heads * fen(config.prevention_cost) + 0.5).astype(np.int64)


def prevention_by_tier(spending: Money) -> Money:
    """[tier] the communities' prevention spending, fen; borne by township centres, whose teams do the work."""
    tiers = np.zeros(len(TIERS), dtype=np.int64)
    tiers[TOWNSHIP] = spending.sum()
    return tiers
