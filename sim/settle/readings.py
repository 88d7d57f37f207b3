"""Which reading of an open choice a design uses, in words; and numbers in between that a reader wants to re-do.

The choices are those that `docs/payment.md` lists as open; each is a parameter, named here with its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from sim.config import SimConfig
from sim.handover import History
from sim.payment import SCHEMES, dip
from sim.payment.contract import stays_in_county
from sim.settle.output import yuan_text
from sim.tables import Claims


def methods(payment: Any) -> list[Any]:
    """The parameters of a payment and of the methods inside it that are in force."""
    held = (getattr(payment, name) for name in type(payment).model_fields)
    return [payment, *(value for value in held if hasattr(value, "scheme"))]


def readings(config: SimConfig, history: History) -> list[str]:
    """A sentence for each open choice that the design meets."""
    told: list[str] = []
    for own in methods(config.payment):
        told += [line for line in _TELLERS.get(own.scheme, lambda _: [])(own) if line not in told]
        if own.scheme == "signed_quota":
            told += _signed(own, history)
    if SCHEMES[config.payment.scheme].has_budget:
        told += _settlement(config.settlement)
    return told


def _points(name: str, own: Any) -> list[str]:
    """The choices of points that share a pool."""
    how = {
        "by_ratio": "the fund pays by ratio, pool x points / all points (reading=by_ratio)",
        "standard_minus_patient": "the fund pays standard - patient payment, point value x points - (charge - "
        "statutory) (reading=standard_minus_patient)",
    }[own.reading]
    decimals = own.value_decimals
    spent = "the pool is spent to the fen" if own.reading == "by_ratio" else "the total standard is spent to the fen"
    value = (
        f"the point value is not rounded, {spent}" if decimals is None
        else f"the point value is rounded half up to {decimals} decimals, each case by itself half up to the fen"
    )  # fmt: skip
    return [f"{name}: {how}", f"{name}: {value}"]


def _dip(own: Any) -> list[str]:
    told = _points("DIP", own)
    if own.scores == "history":
        told.append(f"DIP: scores from mean charges of earlier years, weighted {_ratio(own.year_weights)}")
    if own.deviation.apply:
        terms = own.deviation
        bounds = "strict: at the bound a case is normal" if terms.bounds == "strict" else "inclusive"
        standard = {
            "same_level_mean": "last year's mean of the group at the same tier",
            "point_value": f"budget point value x points, years weighted {_ratio(own.year_weights)}",
        }[terms.standard]
        told.append(
            f"DIP: bounds of low cost ({terms.low_below:g}) and high cost ({terms.high_above:g}) are {bounds}; the "
            f"standard is {standard} (deviation.standard={terms.standard})"
        )
    return told + _review("DIP", own)


def _drg(own: Any) -> list[str]:
    told = _points("DRG points", own) if own.form == "points" else [
        "DRG: rate x weight x coefficient, rounded half up to the fen a case; the fund pays standard - (charge - "
        "statutory)" + (", not below zero" if own.floor else "")
    ]  # fmt: skip
    terms = own.outlier
    if terms.fixed_loss is not None:
        told.append(
            f"DRG: cost outlier, {terms.cost_share:g} of cost above standard + fixed loss, the loss split by "
            "cost-to-charge ratios"
        )
    if terms.active and (terms.high_above is not None or terms.low_below is not None or terms.short_days):
        told.append(f"DRG: outliers and short stays, bounds strict; high ones by {terms.high_rule}")
    return told + _review("DRG", own)


def _review(name: str, own: Any) -> list[str]:
    if not own.review.quota:
        return []
    return [f"{name}: special-case review grants every case within the quota, counted by {own.review.counted_by}"]


def _per_diem(own: Any) -> list[str]:
    phases = f"{len(own.phases)} phases" if len(own.phases) > 1 else "one phase"
    return [f"per diem: {phases}; the fund pays days x rate - (charge - statutory)"]


def _apg(own: Any) -> list[str]:
    weight = (
        f"outpatient groups: of a visit's items the heaviest procedure counts in full, further ones "
        f"{own.further_share:g}, after {'consolidation of related ones' if own.consolidate else 'no consolidation'}; "
        f"packaged ancillaries {'weigh nothing' if own.package else 'count'}; without items the weight of the group"
    )
    paid = "standard - (charge - statutory)" if own.form == "rate" else "a part of the pool by ratio"
    return [weight, f"outpatient groups: the fund pays {paid}"]


def _signed(own: Any, history: History) -> list[str]:
    base = (
        "base-year amounts are taken as fund money (base_measure=fund)" if own.base_measure == "fund"
        else "base-year amounts are cost, times the fund share (base_measure=cost)"
    )  # fmt: skip
    if history.listed is None:
        return [f"signed quota: {base}; claims count as signed in the proportion of signed heads"]
    who = (
        "claims count as signed in the proportion of months on the list" if history.listed.rows is None
        else "claims count as signed if their person is on the list of their month"
    )  # fmt: skip
    day = f"a month's list holds who is signed on its {own.list_day} day"
    return [f"signed quota: {base}", f"signed quota: {day}, its quota is rounded half up to the fen; {who}"]


_TELLERS: dict[str, Any] = {
    "dip": _dip, "drg": _drg, "per_diem": _per_diem, "apg": _apg,
    "cap": lambda own: [f"cap: of bills above the cap the fund pays {own.excess_share:g}; it covers {own.scope}"],
    "budget": lambda own: [
        f"regional budget: points are {own.points}; "
        + ("never more than the bills (only_down)" if own.only_down else "the value floats both ways")
    ],
    "capitation": lambda own: [
        "outpatient capitation: claims count as signed in the proportion of signed heads; visits elsewhere are "
        + ("deducted" if own.outside == "debited" else "borne by the fund")
    ],
    "weighted_capitation": lambda own: [
        "weighted capitation: heads x product of 1 + weight x (index - 1), scaled to the pool; fen by largest remainder"
    ],
}  # fmt: skip


def _settlement(terms: Any) -> list[str]:
    told = []
    if terms.minimum_rates:
        told.append("settlement: the minimum rate is interpolated between the ends of a band of sizes, to a millionth")
    if terms.minimum_rates or terms.minimum_rate or terms.minimum_overrun_rate:
        first = "all from the first yuan" if terms.first_dollar else "only what lies beyond it"
        told.append(f"settlement: at or above the minimum rate {first} is shared; a deviation equal to it counts")
    if terms.contract.apply:
        cap = "" if terms.surplus_cap is None else f", profit kept up to {terms.surplus_cap:g} of turnover"
        told.append(
            f"settlement: contract on turnover, inflow at {terms.contract.inflow_share:g} and outflow at "
            f"{terms.contract.outflow_share:g} of charges, own cost from the column cost{cap}; amounts are in the "
            "currency of the files"
        )
    return told


def _ratio(weights: Iterable[int]) -> str:
    return " : ".join(map(str, weights))


def together(told: Mapping[str, list[str]]) -> tuple[str, ...]:
    """One line a sentence, with the designs it holds for."""
    designs: dict[str, list[str]] = {}
    for design, lines in told.items():
        for line in lines:
            designs.setdefault(line, []).append(design)
    return tuple(f"reading ({', '.join(names)}): {line}" for line, names in designs.items())


def derived(config: SimConfig, history: History, prepared: Any, claims: Claims) -> dict[str, str]:
    """Numbers between files and payment that a published example prints, as text."""
    found: dict[str, str] = {}
    within = getattr(config.payment, "within", config.payment)
    prepared = getattr(prepared, "inner", prepared)
    if isinstance(within, dip.Config) and isinstance(prepared, dip.Prepared):
        found |= _of_dip(within, history, prepared, claims)
    return found


def _of_dip(own: dip.Config, history: History, prepared: dip.Prepared, claims: Claims) -> dict[str, str]:
    rows = stays_in_county(claims)
    charge, statutory = int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
    found = {"pool": yuan_text(prepared.pool)}
    if statutory:
        found["reimbursement ratio"] = f"{statutory / charge:.10f}"
        found["total standard"] = yuan_text((2 * prepared.pool * charge + statutory) // (2 * statutory))
    if history.closed and own.year_weights:
        costs, points, weights = dip.weighted_years(own, history, prepared.points)
        whole = sum(weights)
        if whole and any(points):
            cost = Fraction(sum(w * c for w, c in zip(weights, costs, strict=True)), whole)
            earned = Fraction(sum(w * p for w, p in zip(weights, points, strict=True)), whole * 1000)
            found["weighted yearly charges"] = f"{yuan_text(round(cost))} ({_ratio(weights)})"
            found["weighted yearly points"] = f"{float(earned):,.3f}"
            found["budget point value"] = f"{float(cost / 100 / earned):.10g}"
    return found
