"""`explain` for a simulated run: its configuration and seed give the same claims and books again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim import pipeline
from sim.closing.books import Books
from sim.closing.two_funds import benefit_in
from sim.config import kept_config
from sim.config.model import SimConfig
from sim.core.disk import named
from sim.core.errors import ConfigError, CountyFundError, IdentityError
from sim.core.files.parquet import names_of, whole
from sim.core.text import Text
from sim.county.claims.groups import inpatient_groups, outpatient_groups
from sim.experiment.run_folder import read_manifest, reading
from sim.explain.explained_year import Year
from sim.explain.lookup import did_you_mean, whole_number, year_number
from sim.explain.payment.asked import Labels
from sim.money.ledger.chart import COMMUNITY, INSTITUTION, owner_label
from sim.tables import EMPLOYEE_INSURED, INSURANCE_NAMES, RESIDENT_INSURED, TIERS, Claims

OFF = "@off"
"""Ending of an arm whose providers do not respond, as in claims.parquet."""


def played_year(words: dict[str, str]) -> tuple[Year, int | None]:
    """The year that ``explain … run=FOLDER`` asks about, and the position of the claim if it asks for one.

    Args:
        words: of the command line, key -> value; ``run`` is among them.

    Raises:
        ConfigError: if the folder is no run's, or has no such arm, replication or year.
    """
    folder = named(words["run"])
    manifest = read_manifest(folder)
    if "arms" not in manifest:
        raise ConfigError("this folder is not one of a run", where=str(folder), todo="give settled=FOLDER for `settle`")
    bill: dict[str, Any] | None = None
    arms = _arms_of(folder, manifest)
    arm, replication = words.get("arm", arms[-1]), whole_number({"replication": "0"} | words, "replication")
    first = kept_config(manifest["history"])
    years = first.years.history + first.years.reform
    number = year_number(words["year"], first.base_year, years) if "year" in words else None
    if "row" in words or "claim" in words:
        bill = _row(folder, whole_number(words, "row" if "row" in words else "claim"))
        arm, replication, number = str(bill["arm"]), int(bill["replication"]), int(bill["year"])
    if arm.removesuffix(OFF) not in arms:
        raise ConfigError(
            "no such arm",
            where=str(folder),
            value=arm,
            bound=" or ".join(arms),
            todo=did_you_mean(arm, arms, "give arm=… as the manifest names it"),
        )
    if number is None:
        raise ConfigError(
            f"explain needs year=YEAR, such as {first.base_year + years - 1} for the last",
            where="the command line",
            bound=f"{first.base_year}..{first.base_year + years - 1}",
            todo="see countyfund explain --help",
        )
    insurance = _insurance(words, bill is not None)
    title = _title(arm, replication, first.base_year, number, insurance)
    year = _asked(title, *_replay(manifest, arm, replication, number), insurance)
    return year, None if bill is None else _position(bill, year, title.en)


def _arms_of(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Names of a run's arms, when all configurations of the manifest have proved readable."""
    with reading(folder):
        if not (arms := list(dict(manifest["arms"]))):
            raise ValueError("its manifest names no arm")
        for config in (manifest["history"], *manifest["arms"].values()):
            kept_config(config)
    return arms


def _title(arm: str, replication: int, base_year: int, number: int, insurance: int) -> Text:
    """The heading over a year played again; ``number`` is the year counted from 0."""
    calendar = base_year + number
    title = Text(
        f"arm {arm}, replication {replication}, {calendar} (year {number}, counted from 0); simulated again from the "
        "manifest's seed",
        f"方案{arm}，重复编号{replication}，{calendar}年（从0起算为第{number}年）；按manifest的种子重新模拟",
    )
    if insurance != RESIDENT_INSURED:
        title = INSURANCE_NAMES[EMPLOYEE_INSURED] + Text(" fund; ", "基金；") + title
    return title


def _insurance(words: dict[str, str], single: bool) -> int:
    """The insurance whose fund is asked about; ``single`` says that one claim is, which only residents have here."""
    known = {"resident": RESIDENT_INSURED, "employee": EMPLOYEE_INSURED}
    name = words.get("insurance", "resident")
    if name not in known or (single and name != "resident"):
        raise ConfigError(
            "no such fund to explain",
            where="insurance",
            value=name,
            bound=" or ".join(known),
            todo="give insurance=employee with fund or provider=NUMBER",
        )
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
    bill: dict[str, Any] = table.slice(row, 1).to_pylist()[0]
    return bill


def _replay(manifest: dict[str, Any], arm: str, replication: int, year: int) -> tuple[SimConfig, Books]:
    """Play history and one arm up to a year again: its configuration, and the books after that year."""
    base, arm_config = (kept_config(v) for v in (manifest["history"], manifest["arms"][arm.removesuffix(OFF)]))
    saved = {"output": base.output.model_copy(update={"claims": True})}
    base, arm_config = base.model_copy(update=saved), arm_config.model_copy(update=saved)
    snapshot = pipeline.run_history(base, replication, last=year)
    if year < base.years.history:
        return base, snapshot.books
    (result,) = pipeline.run_reforms([pipeline.Arm(arm, arm_config, arm.endswith(OFF))], snapshot, last=year)
    return arm_config, result.books


def _asked(title: Text, config: SimConfig, books: Books, insurance: int) -> Year:
    """The last year of a fund's books, with the names that a simulated county gives to institutions and groups.

    Raises:
        ConfigError: if the fund has no books.
    """
    number = (RESIDENT_INSURED, EMPLOYEE_INSURED).index(insurance)
    if number >= len(books.funds) or (paid := books.funds[number].paid) is None:
        raise ConfigError(
            "this arm keeps no books of the employee fund",
            where="insurance",
            value="employee",
            todo="run it with fund.employee.apply=true",
        )
    claims, tiers = paid.claims, paid.providers.tier
    in_year = benefit_in(config.benefit, config.claims.growth, paid.history.year)
    return Year(
        title=title,
        paid=paid,
        benefit=in_year.schedules,
        benefit_level=in_year.level,
        starts=config.starts,
        key="payment" if paid.history.year >= config.starts else "current_payment",
        labels=_labels(config, paid.providers, len(paid.history.heads)),
        called=[(str(number), *_name(number, int(tier))) for number, tier in enumerate(tiers)],
        where=lambda row: Text(
            f"claims.parquet, resident {int(claims.resident[row])} on day {int(claims.day[row])}",
            f"claims.parquet，居民编号{int(claims.resident[row])}，日序{int(claims.day[row])}",
        ),
    )


def _name(number: int, tier: int) -> Text:
    """A simulated institution: what it is, and its number in the run."""
    owner = f"{INSTITUTION} {number} {TIERS[tier]}"
    return Text(owner_label(owner, "en"), owner_label(owner, "zh"))


def _labels(config: SimConfig, providers: Any, communities: int) -> Labels:
    """The names of case groups, institutions and communities in a simulated county."""
    stays, visits = (
        [Text(f"{group.code} {group.name}", f"{group.code} {group.name_zh}") for group in groups]
        for groups in (
            inpatient_groups(config.claims.inpatient_groups),
            outpatient_groups(config.claims.outpatient_groups),
        )
    )
    institutions = [_name(number, int(tier)) for number, tier in enumerate(providers.tier)]
    owners = [f"{COMMUNITY} {number}" for number in range(1, communities + 1)]
    return Labels(stays, visits, institutions, [Text(owner_label(o, "en"), owner_label(o, "zh")) for o in owners])


def _position(bill: dict[str, Any], year: Year, title: str) -> int:
    """Where the claim is among the claims played again."""
    same = np.logical_and.reduce([getattr(year.paid.claims, name) == bill[name] for name in Claims._fields])
    rows = np.flatnonzero(same)
    if not len(rows):
        raise IdentityError("the claim does not come again from the manifest's seed", where=title)
    return int(rows[0])
