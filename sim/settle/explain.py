"""``explain``: one claim, one institution's year or the fund's year, re-done from what a settlement folder holds."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.config import SimConfig
from sim.errors import ConfigError, CountyFundError
from sim.handover import History, sum_by
from sim.payment import SCHEMES, dip, drg, signed_quota, weighted_capitation
from sim.payment.contract import stays_in_county, tier_coefficients
from sim.settle import steps
from sim.settle.output import yuan_text
from sim.settle.steps import Item, Step, ratio
from sim.store import read_manifest
from sim.tables import Claims
from sim.units import fen

COUNTED = "from the base years (history)"


# --- what must be kept of a pricing so that it can be re-done ---------------------------------------------------------
def facts_of(
    config: SimConfig, history: History, prepared: Any, claims: Claims, codes: Sequence[str]
) -> dict[str, Any]:
    """Rates, pools, coefficients and sums that entered the payment of a year, with their sources."""
    within = getattr(config.payment, "within", None)
    inner, prefix = (config.payment, "payment") if within is None else (within, "payment.within")
    facts: dict[str, Any] = {"outer": config.payment.scheme, "scheme": inner.scheme}
    if SCHEMES[config.payment.scheme].has_budget:
        facts["sharing"] = _sharing(config) | {"own": _own_budgets(config, prepared)}
    prepared = getattr(prepared, "inner", prepared)  # a budget of its own holds what its method prepared
    if isinstance(inner, drg.Config) and inner.form == "rate" and not (inner.outlier.active or inner.review.quota):
        facts |= _coefficients(inner, history, prefix)
        source = COUNTED if inner.rate is None else _cited(f"{prefix}.rate", inner.scheme)
        facts |= {"rate": int(prepared.rate), "rate_source": source, "floor": inner.floor}
    elif isinstance(inner, dip.Config) and prepared.standard is None and inner.value_decimals is None:
        rows = stays_in_county(claims)
        points = dip.row_points(prepared, claims)
        own = sum_by(claims.provider[rows], points, len(codes))
        facts |= _coefficients(inner, history, prefix)
        facts |= {
            "pool": int(prepared.pool),
            "pool_source": COUNTED if inner.pool is None else _cited(f"{prefix}.pool", inner.scheme),
            "reading": inner.reading,
            "points": int(points.sum()),
            "charge": int(claims.charge[rows].sum()),
            "statutory": int(claims.statutory[rows].sum()),
            "floor": inner.floor,
            "provider_points": {code: int(own[number]) for number, code in enumerate(codes)},
        }
    elif inner.scheme != "ffs" and hasattr(prepared, "_asdict"):
        facts["prepared"] = {key: _short(value) for key, value in prepared._asdict().items()}
    return facts


def _cited(key: str, scheme: str) -> str:
    """A parameter and where its default or range comes from."""
    from sim.config.describe import find_parameter

    found = find_parameter(key.replace("payment.within.", "payment."), scheme)
    return f"{key.removesuffix('.county')}; {found.source}" if found else key


def _short(value: Any) -> Any:
    """A number of a scheme unknown here, or what kind of table it is."""
    return f"table {value.shape}" if isinstance(value, np.ndarray) and value.size > 16 else str(value)


def _coefficients(inner: Any, history: History, prefix: str) -> dict[str, Any]:
    """The coefficient in force at each tier, ppm."""
    given = None not in inner.coefficient.values()
    from sim.basis import closed_base_years

    years = () if given else closed_base_years(inner.base_years, inner.rebase, history)
    values = tier_coefficients(inner.coefficient, years, history.weights)
    source = _cited(f"{prefix}.coefficient.county", inner.scheme) if given else COUNTED
    return {"coefficient": [int(v) for v in values], "coefficient_source": source}


def _own_budgets(config: SimConfig, prepared: Any) -> list[dict[str, Any]]:
    """By community the rule and numbers of a budget that the scheme sets itself; empty where settlement sets it."""
    terms = config.payment
    scheme = terms.scheme
    if isinstance(terms, weighted_capitation.Config):
        rule = "pool x (1 - reward share) x raw / sum of raw + pool x reward share x score / sum of scores"
        pool = "the budgets of settlement, together" if prepared.pool is None else f"{yuan_text(prepared.pool)} yuan"
        source = _cited("payment.amount_per_head", scheme)
        common = [("pool", pool, source), ("reward share", f"{terms.reward_share:g}", "payment.reward_share")]
        shares = [raw / (sum(prepared.raw) or 1) for raw in prepared.raw]
        factors = _cited("payment.factors", scheme)
        return [{"rule": rule, "items": [*common, ("raw / sum of raw", f"{s:.9f}", factors)]} for s in shares]
    if isinstance(terms, signed_quota.Config):
        rule = "quota + fund money of persons not signed and of claims out of range, which passes through"
        source = _cited("payment.base_measure", scheme)
        return [
            {"rule": rule, "items": [("quota", f"{yuan_text(int(quota))} yuan", f"base year's cost, grown; {source}"),
                                     ("signed part", ratio(int(part)), _cited("payment.signed_share", scheme))]}
            for quota, part in zip(prepared.quota, prepared.signed, strict=True)
        ]  # fmt: skip
    return []


def _sharing(config: SimConfig) -> dict[str, Any]:
    terms = config.settlement
    rates = terms.minimum_rate or terms.minimum_overrun_rate or terms.minimum_rates
    plain = not (terms.surplus_bands or terms.overrun_bands or rates or terms.surplus_quality or terms.overrun_quality)
    general = not (plain and terms.surplus_cap is None and terms.overrun_cap is None)
    return {
        "retained_share": terms.retained_share,
        "overrun_share": terms.overrun_share,
        "general": general,
        "base": terms.base,
        "lump": None if terms.lump_per_head is None else fen(terms.lump_per_head),
    }


# --- a folder of `settle` ---------------------------------------------------------------------------------------------
def explain(words: Sequence[str]) -> str:
    """What ``python -m sim explain`` prints.

    Raises:
        CountyFundError: if what is asked for is not there.
    """
    own = {}
    for word in words:
        key, equals, value = word.partition("=")
        own[key] = value.strip("'\"") if equals else "yes"
    unknown = set(own) - {"claim", "row", "provider", "fund", "year", "settled", "run", "design", "arm", "replication"}
    if unknown:
        raise ConfigError(
            f"unknown word {sorted(unknown)[0]!r}", where="the command line", todo="see python -m sim explain --help"
        )
    if "run" in own:
        from sim.settle.simulated import explain_run

        return explain_run(own)
    if "settled" not in own:
        raise ConfigError("explain needs settled=FOLDER or run=FOLDER", where="the command line")
    folder = Path(own["settled"]).expanduser()
    manifest = read_manifest(folder)
    if manifest.get("verb") != "settle":
        raise ConfigError("this folder is not one of `settle`", where=str(folder), todo="give run=FOLDER for a run")
    chosen = [own["design"]] if "design" in own else list(manifest["designs"])
    if missing := [name for name in chosen if name not in manifest["designs"]]:
        raise ConfigError("no such design", where=str(folder), value=missing[0], bound=" or ".join(manifest["designs"]))
    if "claim" in own or "row" in own:
        return _claim(folder, manifest, own, chosen)
    if "provider" in own:
        return _provider(folder, manifest, own["provider"], chosen)
    if "fund" in own:
        return _fund(folder, manifest, chosen)
    raise ConfigError("explain needs claim=…, row=…, provider=… or fund", where="the command line")


def _claim(folder: Path, manifest: dict[str, Any], own: dict[str, str], chosen: list[str]) -> str:
    bill = _find(folder, own)
    weights = {row["group"]: round(float(row["weight"]) * 1_000_000) for row in _table(folder, "groups")}
    bill["weight"] = weights.get(bill["group"], 0)
    where = f"the claims file, row {bill['row']}"
    name = bill.get("claim") or f"row {bill['row']}"
    title = f"claim {name}: {bill['category']}, {bill['provider']} ({bill['tier']}), {bill['insurance']} insurance"
    parts = []
    for design in chosen:
        told = manifest["designs"][design]
        receipt = int(bill[f"receipt.{design}"])
        found = steps.bill_steps(bill, told["benefit"], where) + steps.payment_steps(bill, told["facts"], receipt)
        found.append(_difference(receipt, int(bill["statutory"]), bill["insurance"] == "resident"))
        if "sharing" in told["facts"] and bill["home"]:
            rows = _table(folder, "communities", design)
            number = next(n for n, row in enumerate(rows) if row["community"] == bill["home"])
            found += steps.community_steps(_fen(rows[number]), told["facts"], number)
        parts.append(steps.as_text(f"{title}\ndesign {design} ({told['label']})", found))
    return "\n\n".join(parts)


def _difference(receipt: int, statutory: int, paid: bool) -> Step:
    base = statutory if paid else 0
    items = (
        Item("due", f"{yuan_text(receipt)} yuan", "above"),
        Item("fee for service", f"{yuan_text(base)} yuan", "statutory part"),
    )
    return Step(
        "against fee for service", "due - fee for service", items, f"{yuan_text(receipt - base)} yuan", receipt - base
    )


def _find(folder: Path, own: dict[str, str]) -> dict[str, Any]:
    """The row of receipts.parquet of a claim number, or of a row of the file."""
    import pyarrow.dataset as ds

    data = ds.dataset(folder / "receipts.parquet")
    if "row" in own:
        wanted = ds.field("row") == int(own["row"])
    elif "claim" in data.schema.names:
        wanted = ds.field("claim") == own["claim"]
    else:
        raise CountyFundError("the claims have no numbers", where=str(folder), todo="give row=… instead")
    rows = data.to_table(filter=wanted).to_pylist()
    if not rows:
        raise CountyFundError("there is no such claim", where=str(folder), value=own.get("claim") or own.get("row"))
    bill: dict[str, Any] = rows[0]
    return bill


def _table(folder: Path, name: str, design: str = "") -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if not design or row["design"] == design]


def _fen(row: dict[str, str]) -> dict[str, int]:
    """Money of a table of yuan as fen; whole numbers as they are."""
    return {
        key: int(value.replace(".", "")) for key, value in row.items() if value.lstrip("-").replace(".", "").isdigit()
    }


def _provider(folder: Path, manifest: dict[str, Any], code: str, chosen: list[str]) -> str:
    parts = []
    for design in chosen:
        told, rows = (
            manifest["designs"][design],
            [r for r in _table(folder, "providers", design) if r["provider"] == code],
        )
        if not rows:
            raise CountyFundError("there is no such institution", where=str(folder), value=code)
        found: list[Step] = []
        lines = {row["category"]: _fen(row) for row in rows}
        for category, line in lines.items():
            if category != "all":
                found.append(_sum("due for " + category, line, told["facts"], code))
        whole = lines["all"]
        items = tuple(
            Item(c, f"{yuan_text(line['receipts'])} yuan", "above") for c, line in lines.items() if c != "all"
        )
        found.append(_step("due from the fund (医保应付)", "sum over categories", items, whole["receipts"]))
        found.append(_difference(whole["receipts"], whole["statutory"], True))
        head = f"institution {code} {rows[0]['name']} ({rows[0]['tier']}), year {manifest['year'] or '-'}"
        parts.append(steps.as_text(f"{head}\ndesign {design} ({told['label']})", found))
    return "\n\n".join(parts)


def _step(what: str, rule: str, items: tuple[Item, ...], amount: int) -> Step:
    return Step(what, rule, items, f"{yuan_text(amount)} yuan", amount)


def _sum(what: str, line: dict[str, int], facts: dict[str, Any], code: str) -> Step:
    """What an institution's claims of a category earn in all."""
    own = line["charge"] - line["statutory"]
    items = [
        Item("cases", f"{line['cases']:,}", "the claims"),
        _y("charge", line["charge"], "the claims"),
        _y("statutory", line["statutory"], "the claims"),
    ]
    scheme = facts["scheme"]
    if line["receipts"] == line["statutory"] and scheme in ("ffs", "drg", "dip"):
        return _step(what, "fee for service: sum of the statutory parts", tuple(items), line["receipts"])
    if scheme == "drg" and "rate" in facts:
        standard = line["receipts"] + own
        items += [
            _y("rate", facts["rate"], facts["rate_source"]),
            _y("sum of standards", standard, "price x cases, row by row"),
            _y("charge - statutory", own, "the patient side"),
        ]
        return _step(what, "sum of payment standards - patient side", tuple(items), line["receipts"])
    if scheme == "dip" and "points" in facts:
        points = facts["provider_points"].get(code, 0)
        items += [
            Item("points", f"{points / 1000:,.3f}", "sum over its rows"),
            Item("all points", f"{facts['points'] / 1000:,.3f}", "sum over all rows"),
            _y("pool", facts["pool"], facts["pool_source"]),
        ]
        by_ratio = facts["reading"] == "by_ratio"
        rule = (
            "pool x points / all points"
            if by_ratio
            else ("pool x (charge / statutory of all stays) x points / all points - (charge - statutory)")
        )
        if not by_ratio:
            items += [
                _y("charge of all stays", facts["charge"], "sum over the year"),
                _y("statutory of all stays", facts["statutory"], "sum over the year"),
            ]
        return _step(what, rule, tuple(items), line["receipts"])
    return _step(what, f"scheme {scheme}: sum over its rows", tuple(items), line["receipts"])


def _y(name: str, amount: int, source: str) -> Item:
    return Item(name, f"{yuan_text(amount)} yuan", source)


def _fund(folder: Path, manifest: dict[str, Any], chosen: list[str]) -> str:
    parts = []
    for design in chosen:
        told = manifest["designs"][design]
        whole = [r for r in _table(folder, "providers", design) if r["category"] == "all"]
        items = tuple(_y(r["name"], _fen(r)["receipts"], "its statement") for r in whole if _fen(r)["receipts"])
        totals = told["fund"]
        found = [_step("receipts of institutions", "sum over institutions", items, totals["receipts"])]
        transfers = []
        for number, row in enumerate(_table(folder, "communities", design)):
            found += [
                s._replace(what=f"{row['community']}: {s.what}")
                for s in steps.community_steps(_fen(row), told["facts"], number)
            ]
            transfers.append(_y(row["community"], _fen(row)["transfer"], "above"))
        found.append(
            _step(
                "fund in the end",
                "receipts + transfers",
                (_y("receipts", totals["receipts"], "above"), *transfers),
                totals["fund"],
            )
        )
        found.append(_difference(totals["fund"], totals["ffs"], True))
        facts = told["facts"]
        if "coefficient" in facts:
            found.insert(
                0,
                Step(
                    "coefficients",
                    "by tier",
                    tuple(
                        Item(t, ratio(c), facts["coefficient_source"])
                        for t, c in zip(
                            ("village", "township", "county", "city", "remote"), facts["coefficient"], strict=True
                        )
                    ),
                    "used for stays in the county",
                ),
            )
        parts.append(steps.as_text(f"fund, year {manifest['year'] or '-'}\ndesign {design} ({told['label']})", found))
    return "\n\n".join(parts)
