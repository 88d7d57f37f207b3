"""`explain` for a simulated run: its configuration and seed give the same claims and books again, to be re-done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim import claims as claims_stage
from sim import fund, funds, pipeline, response, settlement
from sim.books import Books, close_year, history_of, known_of, plan
from sim.config import SimConfig
from sim.disk import named
from sim.errors import ConfigError, CountyFundError, IdentityError
from sim.funds import FundBooks
from sim.handover import signed_heads, sum_by
from sim.ledger.chart import COMMUNITY, INSTITUTION, owner_label
from sim.parquet import names_of, whole
from sim.paying import pay_and_settle
from sim.payment.contract import Labels
from sim.settle.lookup import did_you_mean, whole_number, year_number
from sim.settle.view import Year
from sim.steps import Words
from sim.store import read_manifest, reading
from sim.tables import EMPLOYEE_INSURED, RESIDENT_INSURED, TIERS, Claims, Flows
from sim.units import Money

OFF = "@off"
"""Ending of an arm whose providers do not respond, as in claims.parquet."""


def played_year(own: dict[str, str]) -> tuple[Year, int | None]:
    """The year that ``explain … run=FOLDER`` asks about, and the position of the claim, if one is asked for.

    Raises:
        ConfigError: if the folder is no run's, or has no such arm, replication or year.
    """
    folder = named(own["run"])
    manifest = read_manifest(folder)
    if "arms" not in manifest:
        raise ConfigError("this folder is not one of a run", where=str(folder), todo="give settled=FOLDER for `settle`")
    bill: dict[str, Any] | None = None
    with reading(folder):
        if not (arms := list(dict(manifest["arms"]))):
            raise ValueError("its manifest names no arm")
        for config in (manifest["history"], *manifest["arms"].values()):
            SimConfig.model_validate(config)
    arm, replication = own.get("arm", arms[-1]), whole_number({"replication": "0"} | own, "replication")
    first = SimConfig.model_validate(manifest["history"])
    years = first.years.history + first.years.reform
    number = year_number(own["year"], first.base_year, years) if "year" in own else None
    if "row" in own or "claim" in own:
        bill = _row(folder, whole_number(own, "row" if "row" in own else "claim"))
        arm, replication, number = str(bill["arm"]), int(bill["replication"]), int(bill["year"])
    if arm.removesuffix(OFF) not in arms:
        raise ConfigError("no such arm", where=str(folder), value=arm, bound=" or ".join(arms),
                          todo=did_you_mean(arm, arms, "give arm=… as the manifest names it"))  # fmt: skip
    if number is None:
        raise ConfigError(
            f"explain needs year=YEAR, such as {first.base_year + years - 1} for the last", where="the command line",
            bound=f"{first.base_year}..{first.base_year + years - 1}", todo="see countyfund explain --help",
        )  # fmt: skip
    insurance = _insurance(own, bill is not None)
    year = _replay(manifest, arm, replication, number, insurance)
    calendar = first.base_year + number
    title = Words(
        f"arm {arm}, replication {replication}, {calendar} (year {number}, counted from 0); simulated again from the "
        "manifest's seed",
        f"方案{arm}，重复编号{replication}，{calendar}年（从0起算为第{number}年）；按manifest的种子重新模拟",
    )
    if insurance != RESIDENT_INSURED:
        title = Words("employee fund; ", "职工医保基金；") + title
    return year._replace(title=title), None if bill is None else _position(bill, year, title.en)


def _insurance(own: dict[str, str], single: bool) -> int:
    """The fund asked about."""
    known = {"resident": RESIDENT_INSURED, "employee": EMPLOYEE_INSURED}
    name = own.get("insurance", "resident")
    if name not in known or (single and name != "resident"):
        raise ConfigError("no such fund to explain", where="insurance", value=name, bound=" or ".join(known),
                          todo="give insurance=employee with fund or provider=NUMBER")  # fmt: skip
    return known[name]


def _row(folder: Path, row: int) -> dict[str, Any]:
    """A row of claims.parquet, from 0."""
    path = folder / "claims.parquet"
    if not path.is_file():
        raise CountyFundError("the run has no claims", where=str(folder), todo="run it with output.claims=true")
    with reading(folder, path.name):
        names_of(path, per_byte=1)  # it holds what a file of its size can
        table = whole(path)
    if not 0 <= row < table.num_rows:
        raise CountyFundError("there is no such row", where=str(path), value=row, bound=f"0..{table.num_rows - 1}")
    found: dict[str, Any] = table.slice(row, 1).to_pylist()[0]
    return found


def _replay(manifest: dict[str, Any], arm: str, replication: int, year: int, insurance: int) -> Year:
    """Play history and one arm up to a year again."""
    base, own = (SimConfig.model_validate(v) for v in (manifest["history"], manifest["arms"][arm.removesuffix(OFF)]))
    saved = {"output": base.output.model_copy(update={"claims": True})}
    base, own = base.model_copy(update=saved), own.model_copy(update=saved)
    if year < base.years.history:
        base = base.model_copy(update={"years": base.years.model_copy(update={"history": year + 1})})
    snapshot = pipeline.run_history(base, replication)
    books: Books = snapshot.books
    if year < len(books.closed):
        past = (own._replace(closed=own.closed[:-1], settled=None) for own in books.funds)
        before = books._replace(funds=tuple(past))
        providers = snapshot.engine.world.providers
        return _paid(manifest, base, base.current_payment, before, books, providers, year, insurance, None)
    engine = snapshot.engine.fork(pipeline.rule_configs(own))
    providers, off = engine.world.providers, arm.endswith(OFF)
    policy: response.Policy = books.policy
    for current in range(len(books.closed), year + 1):
        before = books
        policy = plan(own, books, providers, current, off)
        flows = pipeline.play(engine, policy, own, current)
        paid_by, where = own.paid_in(current), f"arm {arm}, year {current}"
        books = close_year(own, paid_by, books, policy, flows, providers, current, where)
    return _paid(manifest, own, own.paid_in(year), before, books, providers, year, insurance, flows)


def _paid(
    manifest: dict[str, Any], config: SimConfig, paid_by: Any, before: Books, after: Books, providers: Any, year: int,
    insurance: int, flows: Flows | None,
) -> Year:  # fmt: skip
    """Pay and settle the last year of a fund's books, and show that it is what the books hold.

    ``flows`` are what the engine played, for the assessment; None in history years, which are not assessed.
    """
    whole = SimConfig.model_validate(manifest["history"])
    terms = funds.in_force(config.model_copy(update={"years": whole.years}), paid_by)
    number = next((k for k, own in enumerate(terms) if own.insurance == insurance), None)
    if number is None:
        raise ConfigError("this arm keeps no books of the employee fund", where="insurance", value="employee",
                          todo="run it with fund.employee.apply=true")  # fmt: skip
    past = funds.kept_by(terms, before.funds, before.employees)[number]
    books, config, paid_by = after.funds[number], terms[number].config, terms[number].paid_by
    claims = funds.claims_seen_from(insurance, after.claims[-1])
    heads, roll = books.closed[-1].heads, books.roll
    history = history_of(config, paid_by, before, year, heads, roll, past)
    enrolment = fund.Enrolment(int(heads.sum()), 0 if roll is None else int(signed_heads(roll, len(heads)).sum()))
    rewards = 0 if books.fund is None else books.fund.rewards
    means = fund.available(config.fund, config.base_year, year, enrolment, rewards)
    scores = None if books.settled is None or not books.settled.score.size else books.settled.score
    measures = None
    if flows is not None and scores is not None:
        measures = settlement.measures(funds.seen_from(insurance, flows), history)
    known = known_of(past, history, books.closed[-1].counters)
    prepared, payments, settled = pay_and_settle(
        config, paid_by, history, claims, providers, means, enrolment.insured, scores, known
    )
    _check_same(books, sum_by(claims.home, payments.receipts, len(heads)), int(settled.transfer.sum()), year)
    return Year(
        title=Words("", ""),
        config=config.model_copy(update={"payment": paid_by}),
        key="payment" if year >= config.starts else "current_payment",
        history=history,
        prepared=prepared,
        claims=claims,
        providers=providers,
        payments=payments,
        settled=settled,
        means=means,
        quality=scores,
        labels=_labels(config, providers, len(heads)),
        called=[(str(number), *_name(number, int(tier))) for number, tier in enumerate(providers.tier)],
        where=lambda row: Words(
            f"claims.parquet, resident {int(claims.resident[row])} on day {int(claims.day[row])}",
            f"claims.parquet，居民编号{int(claims.resident[row])}，日序{int(claims.day[row])}",
        ),
        known=known,
        measures=measures,
    )


def _check_same(books: FundBooks, spent: Money, transfers: int, year: int) -> None:
    """The books hold what was paid and settled again just now.

    Raises:
        IdentityError: if they do not.
    """
    if not np.array_equal(spent, books.closed[-1].spent):
        raise IdentityError("the payment of the year cannot be re-done", where=f"year {year}")
    if books.fund is not None and transfers != books.fund.transfers:
        raise IdentityError("the settlement of the year cannot be re-done", where=f"year {year}")


def _name(number: int, tier: int) -> Words:
    """A simulated institution: what it is, and its number in the run."""
    owner = f"{INSTITUTION} {number} {TIERS[tier]}"
    return Words(owner_label(owner, "en"), owner_label(owner, "zh"))


def _labels(config: SimConfig, providers: Any, communities: int) -> Labels:
    """What a simulated county calls things."""
    stays, visits = (
        [Words(f"{group.code} {group.name}", f"{group.code} {group.name_zh}") for group in groups]
        for groups in (claims_stage.inpatient_groups(config.claims.inpatient_groups),
                       claims_stage.outpatient_groups(config.claims.outpatient_groups))
    )  # fmt: skip
    institutions = [_name(number, int(tier)) for number, tier in enumerate(providers.tier)]
    owners = [f"{COMMUNITY} {number}" for number in range(1, communities + 1)]
    return Labels(stays, visits, institutions, [Words(owner_label(o, "en"), owner_label(o, "zh")) for o in owners])


def _position(bill: dict[str, Any], year: Year, title: str) -> int:
    """Where the claim is among the claims played again."""
    same = np.logical_and.reduce([getattr(year.claims, name) == bill[name] for name in Claims._fields])
    found = np.flatnonzero(same)
    if not len(found):
        raise IdentityError("the claim does not come again from the manifest's seed", where=title)
    return int(found[0])
