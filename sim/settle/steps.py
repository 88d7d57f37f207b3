"""One number re-done step by step: the rule, the parameters with their sources, and the amounts, so that a person can
check it by hand.  Works on integers (fen, millionths, thousandths of a point), exactly as payment does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.basis import rounded
from sim.settle.output import yuan_text
from sim.tables import STEPPED_DOWN, TIERS
from sim.units import PPM, part

IN_COUNTY = ("village", "township", "county")


class Item(NamedTuple):
    """One number that enters a step."""

    name: str
    value: str
    source: str


class Step(NamedTuple):
    """One step of the arithmetic."""

    what: str
    rule: str
    items: tuple[Item, ...]
    result: str
    fen: int | None = None
    """The result, when it is money."""


def ratio(millionths: int) -> str:
    """Millionths as a decimal.

    >>> ratio(450000), ratio(1000000)
    ('0.45', '1')
    """
    return f"{millionths // PPM}.{millionths % PPM:06d}".rstrip("0").rstrip(".")


def _yuan(name: str, fen: int, source: str) -> Item:
    return Item(name, f"{yuan_text(fen)} yuan", source)


def _money(what: str, rule: str, items: tuple[Item, ...], fen: int) -> Step:
    return Step(what, rule, items, f"{yuan_text(fen)} yuan", fen)


def bill_steps(bill: Mapping[str, Any], benefit: Mapping[str, Any], where: str) -> list[Step]:
    """From the charge to who pays it."""
    charge, statutory, tier = int(bill["charge"]), int(bill["statutory"]), str(bill["tier"])
    items = [_yuan("charge", charge, where), _yuan("covered part", int(bill["covered"]), where)]
    if bill["insurance"] == "none" or not bill["computed"]:
        rule = "as the bill says"
    elif bill["category"] == "inpatient":
        schedule = benefit[bill["insurance"]]
        rule = (
            "(covered - deductible) x ratio, within the yearly limit; half a deductible for later stays and referrals"
        )
        items += [
            _yuan(
                "deductible",
                round(schedule["deductible"][tier] * 100),
                f"benefit.{bill['insurance']}.deductible.{tier}",
            ),
            Item("ratio", f"{schedule['ratio'][tier]:g}", f"benefit.{bill['insurance']}.ratio.{tier}"),
            Item(
                "without referral",
                f"x {schedule['unreferred'][tier]:g}",
                f"benefit.{bill['insurance']}.unreferred.{tier}",
            ),
            _yuan("yearly limit", round(schedule["cap"] * 100), f"benefit.{bill['insurance']}.cap"),
        ]
    else:
        schedule = benefit[bill["insurance"]]
        rule = "covered x ratio, within the yearly limit of the person"
        key = f"{bill['category']}_ratio"
        items += [
            Item("ratio", f"{schedule[key][tier]:g}", f"benefit.{bill['insurance']}.{key}.{tier}"),
            _yuan(
                "yearly limit",
                round(schedule[f"{bill['category']}_cap"] * 100),
                f"benefit.{bill['insurance']}.{bill['category']}_cap",
            ),
        ]
    others = tuple(_yuan(name, int(bill[name]), where) for name in ("catastrophic", "assistance"))
    patient = charge - statutory - int(bill["catastrophic"]) - int(bill["assistance"])
    return [
        _money("statutory part (统筹基金支付)", rule, tuple(items), statutory),
        _money(
            "patient (个人负担)",
            "charge - statutory - catastrophic - assistance",
            (_yuan("charge", charge, where), _yuan("statutory", statutory, "above"), *others),
            patient,
        ),
    ]


def payment_steps(bill: Mapping[str, Any], facts: Mapping[str, Any], receipt: int) -> list[Step]:
    """From the bill to what the fund owes the institution for it."""
    scheme = facts["scheme"]
    statutory = _yuan("statutory", int(bill["statutory"]), "above")
    if bill["insurance"] != "resident":
        return [_money("due from the resident fund", "nothing: another insurance", (), receipt)]
    stay = bill["category"] == "inpatient" and bill["tier"] in IN_COUNTY and bill["referred"] != STEPPED_DOWN
    if scheme == "ffs" or (scheme in ("drg", "dip") and not stay):
        why = (
            ""
            if scheme == "ffs"
            else " (only stays in the county are priced by group, and not the recovery after a stay above)"
        )
        return [
            _money("due from the fund (医保应付)", f"fee for service: the statutory part{why}", (statutory,), receipt)
        ]
    if scheme == "drg" and "rate" in facts:
        return _drg(bill, facts, receipt)
    if scheme == "dip" and "points" in facts:
        return _dip(bill, facts, receipt)
    items = tuple(Item(key, str(value), "prepared by the scheme") for key, value in facts.get("prepared", {}).items())
    return [_money("due from the fund (医保应付)", f"scheme {scheme}", (statutory, *items), receipt)]


def _weight(bill: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[int, int, tuple[Item, ...]]:
    weight, tier = int(bill["weight"]), str(bill["tier"])
    coefficient = int(facts["coefficient"][TIERS.index(tier)])
    items = (
        Item("weight", ratio(weight), f"group table, group {bill['group']}"),
        Item(f"coefficient of {tier}", ratio(coefficient), facts["coefficient_source"]),
    )
    return weight, coefficient, items


def _drg(bill: Mapping[str, Any], facts: Mapping[str, Any], receipt: int) -> list[Step]:
    weight, coefficient, items = _weight(bill, facts)
    rate, cases = int(facts["rate"]), int(bill["cases"])
    price = rounded(rate * weight * coefficient, PPM * PPM)
    own = int(bill["charge"]) - int(bill["statutory"])
    steps = [
        _money(
            "price of the group",
            "rate x weight x coefficient, rounded half up to the fen",
            (_yuan("rate", rate, facts["rate_source"]), *items),
            price,
        ),
        _money(
            "payment standard (支付标准)",
            "price x cases",
            (_yuan("price", price, "above"), Item("cases", str(cases), "the bill")),
            price * cases,
        ),
        _money(
            "patient side",
            "charge - statutory: collected from patient, catastrophic insurance and assistance",
            (_yuan("charge", int(bill["charge"]), "the bill"), _yuan("statutory", int(bill["statutory"]), "above")),
            own,
        ),
    ]
    floor = "; not below zero (payment.floor)" if facts.get("floor") else ""
    rule = f"payment standard - patient side{floor}"
    return [
        *steps,
        _money(
            "due from the fund (医保应付)",
            rule,
            (_yuan("payment standard", price * cases, "above"), _yuan("patient side", own, "above")),
            receipt,
        ),
    ]


def _dip(bill: Mapping[str, Any], facts: Mapping[str, Any], receipt: int) -> list[Step]:
    weight, coefficient, items = _weight(bill, facts)
    cases, total = int(bill["cases"]), int(facts["points"])
    points = part(weight, coefficient) * cases
    own = int(facts["provider_points"][str(bill["provider"])])
    pool, charge, statutory = int(facts["pool"]), int(facts["charge"]), int(facts["statutory"])
    steps = [
        Step(
            "points of the row",
            "weight x 1000 x coefficient x cases",
            (*items, Item("cases", str(cases), "the bill")),
            f"{points / 1000:,.3f} points",
        ),
        Step(
            "points of all in-county stays",
            "sum over the year's rows",
            (Item("of this institution", f"{own / 1000:,.3f}", "sum over its rows"),),
            f"{total / 1000:,.3f} points",
        ),
    ]
    whole, name = pool, "pool"
    pool_item = _yuan("pool", pool, facts["pool_source"])
    if facts["reading"] == "standard_minus_patient":
        whole, name = (2 * pool * charge + statutory) // (2 * statutory), "total standard"
        steps.append(
            _money(
                "total standard",
                "pool / (statutory / charge of the year's in-county stays)",
                (
                    pool_item,
                    _yuan("statutory", statutory, "sum over the year"),
                    _yuan("charge", charge, "sum over the year"),
                ),
                whole,
            )
        )
        pool_item = _yuan(name, whole, "above")
    share = rounded(whole * points, total)
    steps.append(
        _money(
            "part of the row",
            f"{name} x points / all points; the fen left over by rounding go to the largest remainders, "
            "first over institutions, then over their rows",
            (
                pool_item,
                Item("points", f"{points / 1000:,.3f}", "above"),
                Item("all points", f"{total / 1000:,.3f}", "above"),
            ),
            share,
        )
    )
    if facts["reading"] == "by_ratio":
        rule = "its part of the pool (payment.reading=by_ratio)"
        return [*steps, _money("due from the fund (医保应付)", rule, (_yuan("part", share, "above"),), receipt)]
    side = int(bill["charge"]) - int(bill["statutory"])
    rule = "part of the total standard - (charge - statutory) (payment.reading=standard_minus_patient)"
    return [
        *steps,
        _money(
            "due from the fund (医保应付)",
            rule,
            (_yuan("part", share, "above"), _yuan("charge - statutory", side, "the bill")),
            receipt,
        ),
    ]


def community_steps(row: Mapping[str, int], facts: Mapping[str, Any], number: int) -> list[Step]:
    """From the budget of a community, the ``number``-th, to its transfer; amounts in fen."""
    terms = facts["sharing"]
    kept, borne = terms["retained_share"], terms["overrun_share"]
    inside, outside = int(row["in_network"]), int(row["out_of_network"])
    spent = (
        _yuan("inside", inside, "receipts of members for own residents"),
        _yuan("outside", outside, "receipts of others for them"),
    )
    surplus = int(row["balance"]) >= 0
    share = Item(
        "share kept" if surplus else "share borne",
        f"{kept if surplus else borne:g}",
        "settlement.retained_share" if surplus else "settlement.overrun_share",
    )
    rule = "balance x share" + ("; bands, minimum rate, quality or cap of settlement apply" if terms["general"] else "")
    lump: tuple[Item, ...] = (
        ()
        if terms["lump"] is None
        else (
            _yuan("lump a head", int(terms["lump"]), "settlement.lump_per_head"),
            Item("heads", str(row["heads"]), "enrolment"),
        )
    )
    how = "lump x heads" if lump else f"base {terms['base']} of the closed years, grown to the year"
    if terms["own"]:
        how = terms["own"][number]["rule"]
        lump = tuple(Item(*item) for item in terms["own"][number]["items"])
    return [
        _money("budget", how, lump, int(row["budget"])),
        _money(
            "balance",
            "budget - inside - outside",
            (_yuan("budget", int(row["budget"]), "above"), *spent),
            int(row["balance"]),
        ),
        _money("transfer", rule, (_yuan("balance", int(row["balance"]), "above"), share), int(row["transfer"])),
    ]


def as_text(title: str, steps: list[Step]) -> str:
    """The steps as lines of text."""
    lines = [title]
    for number, step in enumerate(steps, start=1):
        lines += [f"{number:3}. {step.what}", f"     rule: {step.rule}"]
        lines += [f"       {item.name}: {item.value}   [{item.source}]" for item in step.items]
        lines.append(f"     = {step.result}")
    return "\n".join(lines)
