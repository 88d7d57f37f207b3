"""``explain``: one claim, one institution's year or the fund's year, re-done step by step.

The year is paid and settled again, from a settlement folder or from a run's seed.  `sim.explain` then works out the
steps by a second calculation, and these must come to the very amounts that were settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.core.arrays import sum_by
from sim.core.disk import named
from sim.core.errors import ConfigError
from sim.core.text import Text
from sim.experiment.replay import played_year
from sim.experiment.run_folder import read_manifest, reading
from sim.explain.bill import against_bills, bill_steps, rows_of
from sim.explain.explained_year import Year
from sim.explain.lookup import claim_row, did_you_mean, provider_number, whole_number
from sim.explain.payment.common import lines_of
from sim.explain.steps import (
    ABOVE,
    BILL,
    DUE,
    YEAR_SUM,
    Step,
    as_text,
    breakdown,
    last_amount,
    money,
    plain,
    prefixed,
    worth,
)
from sim.explain.year import community_label, community_steps, deposit_steps, payment_steps
from sim.settle.kept_year import read_year
from sim.tables import CATEGORY_SHORT, INSURANCE_NAMES, TIER_LEVELS, Ints

KNOWN = {
    "claim",
    "row",
    "provider",
    "fund",
    "year",
    "settled",
    "run",
    "design",
    "arm",
    "replication",
    "language",
    "insurance",
}

HELP = "see countyfund explain --help"


def explain(words: Sequence[str]) -> str:
    """The text that ``countyfund explain`` prints.

    Raises:
        CountyFundError: for an unknown word, or if the claim, institution, year or folder asked for is not there.
    """
    options = {}
    for word in words:
        key, equals, value = word.partition("=")
        options[key] = value.strip("'\"") if equals else "yes"
    if unknown := sorted(set(options) - KNOWN):
        folder = f"write settled={unknown[0]} for a settlement, run={unknown[0]} for a run"
        todo = folder if Path(unknown[0]).is_dir() else did_you_mean(unknown[0], sorted(KNOWN), HELP)
        raise ConfigError(f"unknown word {unknown[0]!r}", where="the command line", todo=todo)
    if options.get("language", "en") not in ("en", "zh"):
        raise ConfigError("no such language", where="language", value=options["language"], bound="en or zh")
    if "run" in options:
        year, row = played_year(options)
        return _answer(year, options, row)
    if "settled" not in options:
        raise ConfigError(
            "explain needs settled=FOLDER or run=FOLDER",
            where="the command line",
            todo="see countyfund explain --help",
        )
    return _settled(options)


def _settled(options: dict[str, str]) -> str:
    """The text for a folder of `settle`, under each design asked for."""
    folder = named(options["settled"])
    manifest = read_manifest(folder)
    if manifest.get("verb") != "settle":
        raise ConfigError("this folder is not one of `settle`", where=str(folder), todo="give run=FOLDER for a run")
    with reading(folder):
        designs, settled_year = dict(manifest["designs"]), int(manifest["year"])
        if not designs:
            raise ValueError("its manifest names no design")
    chosen = [options["design"]] if "design" in options else list(designs)
    if missing := [name for name in chosen if name not in designs]:
        raise ConfigError(
            "no such design",
            where=str(folder),
            value=missing[0],
            bound=" or ".join(designs),
            todo=did_you_mean(
                missing[0], designs, "give design=… as the first column of fund.csv names it, or leave it out for all"
            ),
        )
    if "year" in options and settled_year and whole_number(options, "year") != settled_year:
        raise ConfigError(
            "no such year",
            where=str(folder),
            value=options["year"],
            bound=f"{settled_year}",
            todo="leave year= out: a settlement is of one year",
        )
    if not {"claim", "row", "provider", "fund"} & set(options):
        raise ConfigError(
            "explain needs claim=…, row=…, provider=… or fund",
            where="the command line",
            todo="see countyfund explain --help",
        )
    parts = []
    for design in chosen:
        year, loaded = read_year(folder, manifest, design)
        row = claim_row(loaded, options, folder) if "claim" in options or "row" in options else None
        computed = row is not None and bool(loaded.computed[row])
        parts.append(_answer(year, options, row, computed))
    return "\n\n".join(parts)


def _answer(year: Year, options: dict[str, str], row: int | None, computed: bool = True) -> str:
    if row is not None:
        title, steps = claim_title(year, row), claim_steps(year, row, computed)
    elif "provider" in options:
        number = provider_number(year.called, options["provider"])
        title = titled(year, number)
        steps = provider_steps(year, number)
    elif "fund" in options:
        title, steps = Text("fund", "基金"), fund_steps(year)
    else:
        raise ConfigError("explain needs row=…, provider=… or fund", where="the command line", todo=HELP)
    language = options.get("language", "en")
    return as_text(f"{title.of(language)}\n{year.title.of(language)}", steps, language)


def institution(year: Year, number: int) -> Text:
    """An institution, as readers call it."""
    known = year.labels.providers
    return known[number] if number < len(known) else plain(str(number))


def titled(year: Year, number: int) -> Text:
    """An institution with its tier, unless its label tells the tier already."""
    label, tier = institution(year, number), TIER_LEVELS[int(year.paid.providers.tier[number])]
    if not year.called or not label.en.startswith(year.called[number][0]):
        return label
    return Text(f"institution {label.en} ({tier.en})", f"医疗机构{label.zh}（{tier.zh}）")


def claim_title(year: Year, row: int) -> Text:
    """A claim in words: where it stands, its category, institution and insurance."""
    claims = year.paid.claims
    provider = int(claims.provider[row])
    kind = CATEGORY_SHORT[int(claims.category[row])]
    insurance, where = INSURANCE_NAMES[int(claims.insurance[row])], year.where(row)
    who = titled(year, provider)
    return Text(
        f"{where.en}: {kind.en}, {who.en}, {insurance.en} insurance",
        f"{where.zh}：{kind.zh}，{who.zh}，{insurance.zh}",
    )


def claim_steps(year: Year, row: int, computed: bool = True) -> list[Step]:
    """From the charge to the payment of a claim, and to the settlement of the community that bears it."""
    rows = np.array([row], dtype=np.int64)
    where = year.where(row)
    steps = bill_steps(year.benefit, year.paid.claims, rows, computed, where, year.benefit_level)
    steps += payment_steps(year, rows)
    steps.append(against_bills(year.paid.claims, rows, last_amount(steps)))
    home = int(year.paid.claims.home[row])
    if len(year.paid.settled.budget) and home >= 0:
        steps += prefixed(community_label(year, home), community_steps(year, home))
    return steps


def provider_steps(year: Year, provider: int) -> list[Step]:
    """From the charges to the payment of an institution's year, and to the settlement of its community."""
    steps, items, all_rows = list[Step](), [], list[Ints]()
    for category, name in enumerate(CATEGORY_SHORT):
        rows = rows_of(year.paid.claims, provider, category)
        if not len(rows):
            continue
        category_steps = bill_steps(year.benefit, year.paid.claims, rows, False, BILL) + payment_steps(year, rows)
        steps += prefixed(name, category_steps)
        items.append(money(name, last_amount(category_steps), ABOVE))
        all_rows.append(rows)
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *all_rows])
    due = int(year.paid.payments.receipts[rows].sum())
    steps.append(worth(DUE, Text("sum over categories", "各类别之和"), items, due))
    steps.append(against_bills(year.paid.claims, rows, due))
    steps += deposit_steps(year, provider)
    community = int(year.paid.providers.community[provider])
    if 0 <= community < len(year.paid.settled.budget):
        steps += prefixed(community_label(year, community), community_steps(year, community))
    return steps


def fund_steps(year: Year) -> list[Step]:
    """From the charges to the payment of all, and to the settlement of every community."""
    claims, receipts = year.paid.claims, year.paid.payments.receipts
    rows = np.arange(len(claims.cases))
    steps = bill_steps(year.benefit, claims, rows, False, BILL) + payment_steps(year, rows)
    total = last_amount(steps)
    by_provider = sum_by(claims.provider, receipts, 1 + int(claims.provider.max(initial=-1)))
    items = lines_of(by_provider, lambda n: institution(year, n), YEAR_SUM)
    rule = Text("sum over institutions", "各机构之和")
    steps.append(worth(Text("receipts of institutions", "机构医保应付合计"), rule, items, int(by_provider.sum())))
    transfers = []
    for community in range(len(year.paid.settled.budget)):
        of_community = community_steps(year, community)
        steps += prefixed(community_label(year, community), of_community)
        transfers.append(money(community_label(year, community), last_amount(of_community), ABOVE))
    transfer = int(year.paid.settled.transfer.sum())
    items = (money(Text("receipts", "医保应付"), total), *breakdown(transfers))
    what = Text("fund in the end: fund money for care", "基金合计支出")
    rule, spent = Text("receipts + transfers", "医保应付+清算划拨"), total + transfer
    if (lost := int(year.paid.settled.forfeited.sum())) or year.paid.settled.forfeited.size:
        rule += Text(" - deposits forfeited", "-未返还质量保证金")
        items, spent = (*items, money(Text("deposits forfeited", "未返还质量保证金"), lost)), spent - lost
    steps.append(worth(what, rule, items, spent))
    return [*steps, against_bills(claims, rows, spent)]
