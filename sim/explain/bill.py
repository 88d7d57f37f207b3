"""The first steps of a bill: from the charge to what fund and patient pay, by the benefit."""

from __future__ import annotations

import numpy as np

from sim.core.text import Text
from sim.county.benefit import Config, Schedule
from sim.explain.steps import ABOVE, Item, Step, money, parameter, worth
from sim.tables import CATEGORIES, INPATIENT, INSURANCES, RESIDENT_INSURED, TIERS, UNINSURED, Claims, Ints

STATUTORY = Text("statutory part (统筹基金支付)", "统筹基金支付")
PATIENT = Text("patient (个人负担)", "个人负担")
CHARGE = Text("charge", "总费用")


def bill_steps(
    benefit: Config, claims: Claims, rows: Ints, computed: bool, where: Text | str, level: float = 1.0
) -> list[Step]:
    """The statutory part and what the patient pays.

    Args:
        benefit: the benefit rules as they stand in the year.
        claims: all claims.
        rows: those asked for; the rule's parameters are shown for a single one.
        computed: whether the statutory part follows from the rules, not from the bill.
        where: where the bills are found.
        level: of the benefit's amounts, against those given.
    """
    totals = {
        name: int(getattr(claims, name)[rows].sum())
        for name in ("charge", "covered", "statutory", "catastrophic", "assistance")
    }
    items = [
        money(CHARGE, totals["charge"], where),
        money(Text("covered part", "政策范围内费用"), totals["covered"], where),
    ]
    rule = Text("as the bills say", "按费用明细")
    if computed and len(rows) == 1 and claims.insurance[rows[0]] != UNINSURED:
        more, rule = _benefit_items(benefit, claims, int(rows[0]))
        items += more
        if level != 1.0:
            name = Text("amounts of the benefit in the year / as given", "本年待遇标准÷给定标准")
            source = Text(
                "their growth since year 0; that of charges if none is given", "自基年起的增长，未给出时同费用"
            )
            items.append(Item(name, f"{level:.6g}", source, "benefit.indexation"))
    statutory = money(Text("statutory", "统筹支付"), totals["statutory"], ABOVE)
    others = [
        money(Text("catastrophic", "大病保险"), totals["catastrophic"], where),
        money(Text("assistance", "医疗救助"), totals["assistance"], where),
    ]
    patient = int(claims.charge[rows].sum()) - totals["statutory"] - totals["catastrophic"] - totals["assistance"]
    patient_rule = Text("charge - statutory - catastrophic - assistance", "总费用-统筹-大病-救助")
    return [
        worth(STATUTORY, rule, items, totals["statutory"]),
        worth(PATIENT, patient_rule, [money(CHARGE, totals["charge"], where), statutory, *others], patient),
    ]


def _benefit_items(benefit: Config, claims: Claims, row: int) -> tuple[list[Item], Text]:
    """The benefit's parameters for one claim."""
    tier, category = TIERS[int(claims.tier[row])], CATEGORIES[int(claims.category[row])]
    insurance = INSURANCES[int(claims.insurance[row])]
    schedule, key = getattr(benefit, insurance), f"benefit.{insurance}"
    if claims.category[row] == INPATIENT:
        names = [f"{name}.{tier}" for name in ("deductible", "ratio", "unreferred")]
        names += ["later_deductible", *_referral_names(schedule, int(claims.tier[row])), "cap"]
        rule = Text(
            "(covered - deductible) x ratio, within the yearly limit; less deductible for later stays and referrals",
            "（政策范围内费用-起付线）×报销比例，年度限额内；再次住院及转诊起付线降低",
        )
    else:
        names = [f"{category}_ratio.{tier}", f"{category}_cap"]
        rule = Text("covered x ratio, within the yearly limit of the person", "政策范围内费用×报销比例，年度限额内")
    return [parameter(schedule, name, key) for name in names], rule


def _referral_names(schedule: Schedule, tier: int) -> list[str]:
    """Names of the parameters that decide the deductible after a referral to a higher tier."""
    if schedule.referral_rule == "share":
        return ["referred_deductible"]
    return ["referral_rule", *([f"deductible.{TIERS[tier - 1]}"] if tier else [])]


def against_bills(claims: Claims, rows: Ints, due: int) -> Step:
    """The difference between what the fund owes (``due``, fen) and what fee for service would pay."""
    base = int(claims.statutory[rows][claims.insurance[rows] == RESIDENT_INSURED].sum())
    items = [money(Text("due", "医保应付"), due), money(Text("fee for service", "按项目付费"), base)]
    what = Text("against fee for service", "与按项目付费之差")
    return worth(what, Text("due - fee for service", "医保应付-按项目付费"), items, due - base)


def rows_of(claims: Claims, provider: int, category: int) -> Ints:
    """Positions of an institution's resident-insured claims of a category."""
    rows = (claims.provider == provider) & (claims.category == category)
    return np.flatnonzero(rows & (claims.insurance == RESIDENT_INSURED))
