"""``explain``: one claim, one institution's year or the fund's year, re-done step by step.

The year is paid and settled again, from a settlement folder or from a run's seed; each rule then tells its own
steps, and these must come to the very amounts that were settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import ConfigError, CountyFundError
from sim.handover import sum_by
from sim.payment.working import TIER_NAMES, lines_of
from sim.settle.bill import against_bills, bill_steps, rows_of
from sim.settle.kept import read_year
from sim.settle.simulated import played_year, whole_number
from sim.settle.view import Year, community_label, community_steps, deposit_steps, payment_steps
from sim.steps import ABOVE, BILL, DUE, YEAR_SUM, Step, Words, as_text, breakdown, last_amount, money, prefixed, worth
from sim.store import read_manifest, reading
from sim.tables import CATEGORIES, INSURANCES, Ints

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
CATEGORY_NAMES = tuple(Words(en, zh) for en, zh in zip(CATEGORIES, ("普通门诊", "门诊慢特病", "住院"), strict=True))

INSURANCE_NAMES = tuple(Words(en, zh) for en, zh in zip(INSURANCES, ("未参保", "居民医保", "职工医保"), strict=True))

HELP = "see countyfund explain --help"


def explain(words: Sequence[str]) -> str:
    """What ``countyfund explain`` prints.

    Raises:
        CountyFundError: if what is asked for is not there.
    """
    own = {}
    for word in words:
        key, equals, value = word.partition("=")
        own[key] = value.strip("'\"") if equals else "yes"
    if unknown := sorted(set(own) - KNOWN):
        raise ConfigError(f"unknown word {unknown[0]!r}", where="the command line", todo=HELP)
    if own.get("language", "en") not in ("en", "zh"):
        raise ConfigError("no such language", where="language", value=own["language"], bound="en or zh")
    if "run" in own:
        year, row = played_year(own)
        return _answer(year, own, row)
    if "settled" not in own:
        raise ConfigError(
            "explain needs settled=FOLDER or run=FOLDER",
            where="the command line",
            todo="see countyfund explain --help",
        )
    return _settled(own)


def _settled(own: dict[str, str]) -> str:
    """From a folder of `settle`, under each design asked for."""
    folder = Path(own["settled"]).expanduser()
    manifest = read_manifest(folder)
    if manifest.get("verb") != "settle":
        raise ConfigError("this folder is not one of `settle`", where=str(folder), todo="give run=FOLDER for a run")
    with reading(folder):
        designs = dict(manifest["designs"])
    chosen = [own["design"]] if "design" in own else list(designs)
    if missing := [name for name in chosen if name not in designs]:
        raise ConfigError(
            "no such design", where=str(folder), value=missing[0], bound=" or ".join(designs),
            todo="give design=… as the first column of fund.csv names it, or leave it out for all",
        )  # fmt: skip
    if not {"claim", "row", "provider", "fund"} & set(own):
        raise ConfigError(
            "explain needs claim=…, row=…, provider=… or fund",
            where="the command line",
            todo="see countyfund explain --help",
        )
    parts = []
    for design in chosen:
        year, loaded = read_year(folder, manifest, design)
        row = _row_of(loaded, own, folder) if "claim" in own or "row" in own else None
        computed = row is not None and bool(loaded.computed[row])
        parts.append(_answer(year, own, row, computed))
    return "\n\n".join(parts)


def _row_of(loaded: Any, own: dict[str, str], folder: Path) -> int:
    """Position of the claim asked for."""
    if "row" in own:
        found = np.flatnonzero(loaded.row == whole_number(own, "row"))
    elif loaded.ids is None:
        raise CountyFundError("the claims have no numbers", where=str(folder), todo="give row=… instead")
    else:
        import pyarrow.compute as pc

        found = np.flatnonzero(pc.equal(loaded.ids, own["claim"]).fill_null(False).to_numpy())
    if not len(found):
        raise CountyFundError(
            "there is no such claim", where=str(folder), value=own.get("row") or own.get("claim"),
            todo="give claim=… or row=… as receipts.parquet has it, leading zeros included",
        )  # fmt: skip
    return int(found[0])


def _answer(year: Year, own: dict[str, str], row: int | None, computed: bool = True) -> str:
    if row is not None:
        title, steps = claim_title(year, row), claim_steps(year, row, computed)
    elif "provider" in own:
        number = _provider_number(year, own["provider"])
        title = Words(f"institution {own['provider']}", f"医疗机构{own['provider']}")
        steps = provider_steps(year, number)
    elif "fund" in own:
        title, steps = Words("fund", "基金"), fund_steps(year)
    else:
        raise ConfigError("explain needs row=…, provider=… or fund", where="the command line", todo=HELP)
    language = own.get("language", "en")
    return as_text(f"{title.of(language)}\n{year.title.of(language)}", steps, language)


def _provider_number(year: Year, code: str) -> int:
    codes = year.labels.providers or [str(n) for n in range(len(year.providers.tier))]
    if code not in codes:
        near = [known for known in codes if known.lstrip("0") == code.lstrip("0")][:1] or list(codes[:3])
        raise CountyFundError(
            "there is no such institution", where="the command line: provider", value=code,
            bound=" or ".join([*near, "…"] if len(codes) > len(near) else near),
            todo="give the code as it stands in the providers file, leading zeros included",
        )  # fmt: skip
    return list(codes).index(code)


def claim_title(year: Year, row: int) -> Words:
    """What a claim is."""
    claims = year.claims
    provider = int(claims.provider[row])
    code = year.labels.providers[provider] if year.labels.providers else str(provider)
    kind, tier = CATEGORY_NAMES[int(claims.category[row])], TIER_NAMES[int(claims.tier[row])]
    insurance, where = INSURANCE_NAMES[int(claims.insurance[row])], year.where(row)
    return Words(
        f"{where.en}: {kind.en}, institution {code} ({tier.en}), {insurance.en} insurance",
        f"{where.zh}:{kind.zh},医疗机构{code}({tier.zh}),{insurance.zh}",
    )


def claim_steps(year: Year, row: int, computed: bool = True) -> list[Step]:
    """From the charge to the payment of a claim, and to the settlement of the community that bears it."""
    rows = np.array([row], dtype=np.int64)
    where = year.where(row)
    steps = bill_steps(year.config.benefit, year.claims, rows, computed, where)
    steps += payment_steps(year, rows)
    steps.append(against_bills(year.claims, rows, last_amount(steps)))
    home = int(year.claims.home[row])
    if len(year.settled.budget) and home >= 0:
        steps += prefixed(community_label(year, home), community_steps(year, home))
    return steps


def provider_steps(year: Year, provider: int) -> list[Step]:
    """From the charges to the payment of an institution's year, and to the settlement of its community."""
    steps, items, all_rows = list[Step](), [], list[Ints]()
    for category, name in enumerate(CATEGORY_NAMES):
        rows = rows_of(year.claims, provider, category)
        if not len(rows):
            continue
        own = bill_steps(year.config.benefit, year.claims, rows, False, BILL) + payment_steps(year, rows)
        steps += prefixed(name, own)
        items.append(money(name, last_amount(own), ABOVE))
        all_rows.append(rows)
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *all_rows])
    due = int(year.payments.receipts[rows].sum())
    steps.append(worth(DUE, Words("sum over categories", "各类别之和"), items, due))
    steps.append(against_bills(year.claims, rows, due))
    steps += deposit_steps(year, provider)
    community = int(year.providers.community[provider])
    if 0 <= community < len(year.settled.budget):
        steps += prefixed(community_label(year, community), community_steps(year, community))
    return steps


def fund_steps(year: Year) -> list[Step]:
    """From the charges to the payment of all, and to the settlement of every community."""
    claims, receipts = year.claims, year.payments.receipts
    rows = np.arange(len(claims.cases))
    steps = bill_steps(year.config.benefit, claims, rows, False, BILL) + payment_steps(year, rows)
    total = last_amount(steps)
    by_provider = sum_by(claims.provider, receipts, 1 + int(claims.provider.max(initial=-1)))
    names = year.labels.providers
    items = lines_of(by_provider, lambda n: Words(*[names[n] if names else f"institution {n}"] * 2), YEAR_SUM)
    rule = Words("sum over institutions", "各机构之和")
    steps.append(worth(Words("receipts of institutions", "机构医保应付合计"), rule, items, int(by_provider.sum())))
    transfers = []
    for community in range(len(year.settled.budget)):
        found = community_steps(year, community)
        steps += prefixed(community_label(year, community), found)
        transfers.append(money(community_label(year, community), last_amount(found), ABOVE))
    transfer = int(year.settled.transfer.sum())
    items = (money(Words("receipts", "医保应付"), total), *breakdown(transfers))
    what = Words("fund in the end: fund money for care", "基金合计支出")
    rule, whole = Words("receipts + transfers", "医保应付+清算划拨"), total + transfer
    if (lost := int(year.settled.forfeited.sum())) or year.settled.forfeited.size:
        rule += Words(" - deposits forfeited", "-未返还质量保证金")
        items, whole = (*items, money(Words("deposits forfeited", "未返还质量保证金"), lost)), whole - lost
    steps.append(worth(what, rule, items, whole))
    return [*steps, against_bills(claims, rows, whole)]
