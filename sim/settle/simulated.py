"""`explain` for a simulated run: its configuration and seed give the same claims and books again, to be re-done."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim import fund, pipeline, response
from sim.books import Books, close_year, history_of, pay_and_settle, plan
from sim.config import SimConfig
from sim.errors import ConfigError, CountyFundError, IdentityError
from sim.handover import sum_by
from sim.settle import steps
from sim.settle.explain import _difference, _step, _sum, facts_of
from sim.settle.output import yuan_text
from sim.settle.steps import Item
from sim.store import read_manifest
from sim.tables import CATEGORIES, INSURANCES, RESIDENT_INSURED, TIERS, Claims, Payments, Settlement

OFF = "@off"
"""Ending of an arm whose providers do not respond, as in claims.parquet."""


class Played(NamedTuple):
    """One simulated year, paid and settled again."""

    claims: Claims
    payments: Payments
    settled: Settlement
    facts: dict[str, Any]
    heads: Any
    config: SimConfig
    weights: Any


def explain_run(own: dict[str, str]) -> str:
    """What ``python -m sim explain … run=FOLDER`` prints."""
    folder = Path(own["run"]).expanduser()
    manifest = read_manifest(folder)
    if "arms" not in manifest:
        raise ConfigError("this folder is not one of a run", where=str(folder), todo="give settled=FOLDER for `settle`")
    bill: dict[str, Any] | None = None
    arms = list(manifest["arms"])
    arm, replication = own.get("arm", arms[-1]), int(own.get("replication", 0))
    year = int(own["year"]) if "year" in own else None
    if "row" in own or "claim" in own:
        bill = _row(folder, int(own.get("row") or own["claim"]))
        arm, replication, year = str(bill["arm"]), int(bill["replication"]), int(bill["year"])
    if arm.removesuffix(OFF) not in arms:
        raise ConfigError("no such arm", where=str(folder), value=arm, bound=" or ".join(arms))
    if year is None:
        raise ConfigError("explain needs year=YEAR (0 is the first history year)", where="the command line")
    played = _replay(manifest, arm, replication, year)
    title = f"arm {arm}, replication {replication}, year {year}; simulated again from the manifest's seed"
    if bill is not None:
        return _bill(bill, played, title)
    if "provider" in own:
        return _provider(int(own["provider"]), played, title)
    if "fund" in own:
        return _fund(played, title)
    raise ConfigError("explain needs row=…, provider=… or fund", where="the command line")


def _row(folder: Path, row: int) -> dict[str, Any]:
    """A row of claims.parquet, from 0."""
    import pyarrow.parquet as pq

    path = folder / "claims.parquet"
    if not path.is_file():
        raise CountyFundError("the run has no claims", where=str(folder), todo="run it with output.claims=true")
    table = pq.read_table(path)
    if not 0 <= row < table.num_rows:
        raise CountyFundError("there is no such row", where=str(path), value=row, bound=f"0..{table.num_rows - 1}")
    found: dict[str, Any] = table.slice(row, 1).to_pylist()[0]
    return found


def _replay(manifest: dict[str, Any], arm: str, replication: int, year: int) -> Played:
    """Play history and one arm up to a year again."""
    base, own = (SimConfig.model_validate(v) for v in (manifest["history"], manifest["arms"][arm.removesuffix(OFF)]))
    saved = {"output": base.output.model_copy(update={"claims": True})}
    base, own = base.model_copy(update=saved), own.model_copy(update=saved)
    last = base.years.history + base.years.reform - 1
    if not 0 <= year <= last:
        raise ConfigError("no such year", where="the command line", value=year, bound=f"0..{last}")
    if year < base.years.history:
        base = base.model_copy(update={"years": base.years.model_copy(update={"history": year + 1})})
    snapshot = pipeline.run_history(base, replication)
    books: Books = snapshot.books
    if year < len(books.closed):
        before = books._replace(closed=books.closed[:-1])
        return _paid(manifest, base, base.current_payment, before, books, snapshot.engine.world.providers, year)
    engine = snapshot.engine.fork(pipeline.rule_configs(own))
    providers, off = engine.world.providers, arm.endswith(OFF)
    policy: response.Policy = books.policy
    for current in range(len(books.closed), year + 1):
        before = books
        policy = plan(own, books, providers, current, off)
        flows = pipeline.play(engine, policy, own, current)
        books = close_year(own, own.payment, books, policy, flows, providers, current, f"arm {arm}, year {current}")
    return _paid(manifest, own, own.payment, before, books, providers, year)


def _paid(
    manifest: dict[str, Any], config: SimConfig, paid_by: Any, before: Books, after: Books, providers: Any, year: int
) -> Played:
    """Pay and settle the last year of the books, and show that it is what the books hold."""
    whole = SimConfig.model_validate(manifest["history"])
    config = config.model_copy(update={"years": whole.years})
    claims, heads, signed = after.claims[-1], after.closed[-1].heads, after.signed
    history = history_of(config, before, year, heads, signed)
    enrolment = fund.Enrolment(int(heads.sum()), 0 if signed is None else int(signed.sum()))
    means = fund.available(config.fund, config.base_year, year, enrolment)
    prepared, payments, settled = pay_and_settle(config, paid_by, history, claims, providers, means, enrolment.insured)
    if not np.array_equal(sum_by(claims.home, payments.receipts, len(heads)), after.closed[-1].spent):
        raise IdentityError("the payment of the year cannot be re-done", where=f"year {year}")
    if after.fund is not None and int(settled.transfer.sum()) != after.fund.transfers:
        raise IdentityError("the settlement of the year cannot be re-done", where=f"year {year}")
    codes = [str(number) for number in range(len(providers.tier))]
    told = config.model_copy(update={"payment": paid_by})
    facts = facts_of(told, history, prepared, claims, codes)
    return Played(claims, payments, settled, facts, heads, config, history.weights)


def _bill(bill: dict[str, Any], played: Played, title: str) -> str:
    claims = played.claims
    same = np.logical_and.reduce([getattr(claims, name) == bill[name] for name in Claims._fields])
    found = np.flatnonzero(same)
    if not len(found):
        raise IdentityError("the claim does not come again from the manifest's seed", where=title)
    receipt = int(played.payments.receipts[found[0]])
    named = bill | {
        "tier": TIERS[bill["tier"]],
        "category": CATEGORIES[bill["category"]],
        "provider": str(bill["provider"]),
        "insurance": INSURANCES[bill["insurance"]],
        "computed": True,
        "weight": int(played.weights[bill["group"]]) if bill["category"] == 2 else 0,
    }
    benefit = played.config.benefit.model_dump(mode="json")
    told = steps.bill_steps(named, benefit, "claims.parquet") + steps.payment_steps(named, played.facts, receipt)
    told.append(_difference(receipt, int(bill["statutory"]), bill["insurance"] == RESIDENT_INSURED))
    if len(played.settled.budget) and bill["home"] >= 0:
        told += steps.community_steps(_community(played, int(bill["home"])), played.facts, int(bill["home"]))
    what = f"claim of resident {bill['resident']} on day {bill['day']}: {named['category']}"
    return steps.as_text(f"{what}, institution {bill['provider']} ({named['tier']})\n{title}", told)


def _community(played: Played, number: int) -> dict[str, int]:
    names = ("budget", "in_network", "out_of_network", "balance", "transfer")
    return {name: int(getattr(played.settled, name)[number]) for name in names} | {"heads": int(played.heads[number])}


def _provider(number: int, played: Played, title: str) -> str:
    claims, told, items, due, base = played.claims, [], [], 0, 0
    for code, category in enumerate(CATEGORIES):
        rows = (claims.provider == number) & (claims.category == code) & (claims.insurance == RESIDENT_INSURED)
        if not rows.any():
            continue
        line = {name: int(getattr(claims, name)[rows].sum()) for name in ("cases", "charge", "statutory")}
        line["receipts"] = int(played.payments.receipts[rows].sum())
        told.append(_sum("due for " + category, line, played.facts, str(number)))
        items.append(Item(category, f"{yuan_text(line['receipts'])} yuan", "above"))
        due, base = due + line["receipts"], base + line["statutory"]
    told.append(_step("due from the fund (医保应付)", "sum over categories", tuple(items), due))
    return steps.as_text(f"institution {number}\n{title}", [*told, _difference(due, base, True)])


def _fund(played: Played, title: str) -> str:
    receipts, transfers = played.payments.receipts, played.settled.transfer
    by_provider = sum_by(played.claims.provider, receipts, int(played.claims.provider.max()) + 1)
    items = tuple(
        Item(f"institution {n}", f"{yuan_text(int(v))} yuan", "sum over its claims")
        for n, v in enumerate(by_provider)
        if v
    )
    total = int(receipts.sum())
    told = [_step("receipts of institutions", "sum over institutions", items, total)]
    for number in range(len(transfers)):
        found = steps.community_steps(_community(played, number), played.facts, number)
        told += [step._replace(what=f"community {number}: {step.what}") for step in found]
    parts = (
        Item("receipts", f"{yuan_text(total)} yuan", "above"),
        Item("transfers", f"{yuan_text(int(transfers.sum()))} yuan", "above"),
    )
    told.append(_step("fund money for care", "receipts + transfers", parts, total + int(transfers.sum())))
    return steps.as_text(f"fund\n{title}", told)
