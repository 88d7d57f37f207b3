"""The verbs ``settle`` and ``template``: files in, a folder of tables and statements out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from sim.config import override_key
from sim.errors import ConfigError, CountyFundError
from sim.experiment.manifest import code_revision, version
from sim.report.text import Language
from sim.settle import keeping, output, price, readings
from sim.settle.asked import INPUTS, Asked, split
from sim.settle.book import Book
from sim.settle.check import LIMIT, Findings
from sim.settle.designs import Design, designs
from sim.settle.found import Found, has_budget, history_of, methods, read
from sim.settle.items import Visits
from sim.settle.kept import Past, keep_past
from sim.settle.notes import idle_keys, notes_of
from sim.settle.refusal import errors_beside, refused, write_errors
from sim.store import RunFolder
from sim.tables import RESIDENT_INSURED


class Result(NamedTuple):
    """What was settled."""

    folder: Path
    fund: Any
    providers: Any
    communities: Any
    notes: tuple[str, ...]
    findings: Findings
    language: str = "en"


class Settled(NamedTuple):
    """What was made of the claims, by name of the design."""

    priced: dict[str, price.Priced]
    past: dict[str, Past]
    told: dict[str, list[Any]]
    """The reading of each open choice."""
    between: dict[str, dict[str, str]]
    """Numbers on the way, such as a rate or a point value."""


def settle(words: Sequence[str]) -> Result:
    """Do what ``countyfund settle`` asks for.

    Raises:
        CountyFundError: with every bad row counted and listed, when a file has any and ``skip_bad`` is not given.
    """
    started = perf_counter()
    asked = split(words)
    claims_path, providers_path, out = asked.needed("claims"), asked.needed("providers"), asked.needed("out")
    language = next((w.partition("=")[2] for w in reversed(asked.overrides) if w.startswith("language=")), "en")
    chosen = designs(asked.overrides, asked.own.get("study", ""), language)
    asked.check()
    _check_ledger(asked, chosen, out)
    with RunFolder(out, overwrite=asked.yes("overwrite"), words=("out", "overwrite")) as folder:
        findings = Findings(asked.number("errors", int) or LIMIT)
        found = read(asked, claims_path, providers_path, chosen, findings)
        if findings.stop(asked.yes("skip_bad")):
            raise refused(findings, folder.final, asked.path("groups"))
        if not len(found.loaded.row):
            raise CountyFundError("no claim is left to settle", where=str(claims_path), todo="check the file")
        settled = _price(found, chosen, asked.number("available"))
        posted = _post(asked, found, chosen, settled.priced)
        tables = _tables(found, settled)
        notes = _notes(asked, found, findings, chosen, settled, posted, language)
        _write(folder.path, found, settled, tables, findings, posted)
        from sim.settle.statement import write_statements

        write_statements(folder.path / "statements.html", tables, chosen, found.year, notes, language)
        if posted is not None and posted.changed:
            keeping.write_ledger(posted)  # first: results that speak of a posting never stand without it
        final = folder.finish(_manifest(asked, chosen, found, settled, tables, notes, findings, started))
    errors_beside(final).unlink(missing_ok=True)  # of an earlier attempt
    return Result(final, tables["fund"], tables["providers"], tables["communities"], notes, findings, language)


def _price(found: Found, chosen: list[Design], available: float | None) -> Settled:
    """Price and settle the claims under every design."""
    settled = Settled({}, {}, {}, {})
    for design in chosen:
        history, loaded = history_of(found, design.config)
        priced = price.price(design.config, history, loaded, found.book, available, found.scores)
        settled.priced[design.name] = priced
        settled.past[design.name] = Past(history, found.scores, loaded.claims.signed)
        settled.told[design.name] = readings.readings(design.config, history, loaded.claims)
        settled.between[design.name] = readings.derived(design.config, history, priced.prepared, loaded.claims)
    return settled


def _tables(found: Found, settled: Settled) -> dict[str, Any]:
    """Institutions, communities and the fund, design by design."""
    sums = price.totals(found.loaded, found.book)
    return {
        "providers": output.providers_table(found.loaded, found.book, sums, settled.priced),
        "communities": output.communities_table(found.book, found.heads, settled.priced),
        "fund": output.fund_table(sums, settled.priced),
    }


def _write(
    folder: Path, found: Found, settled: Settled, tables: dict[str, Any], findings: Findings,
    posted: keeping.Posted | None,
) -> None:  # fmt: skip
    """The tables of the folder; the page and the manifest come after them."""
    output.write_receipts(folder / "receipts.parquet", found.loaded, found.book, settled.priced)
    for name, table in tables.items():
        output.write_csv(folder / f"{name}.csv", table)
    _write_groups(folder / "groups.csv", found.book, found.visits)
    keep_past(folder, settled.past)
    if findings.cells:
        write_errors(folder / "errors.csv", findings)
    if found.spells is not None:
        output.write_quotas(folder / "quota.csv", found.book, settled.priced)
    if posted is not None:
        keeping.write_years(folder, posted.settled.journal, [found.year])


def _check_ledger(asked: Asked, chosen: list[Design], out: Path) -> None:
    """A ledger holds what is paid: one design; it and the results are replaced whole, so neither holds the other."""
    folder = asked.path("ledger")
    if folder is not None:
        places = (folder.resolve(), out.resolve())
        if places[0].is_relative_to(places[1]) or places[1].is_relative_to(places[0]):
            raise ConfigError(
                "the ledger and the results must not hold each other", where="the command line",
                value=f"ledger={folder} out={out}", bound="two folders beside each other",
                todo="name another folder with ledger= or out=",
            )  # fmt: skip
    if folder is not None and len(chosen) != 1:
        raise ConfigError(
            "a ledger is kept under one way of paying", where="the command line",
            value=", ".join(design.name for design in chosen), bound="one design",
            todo="name one with payment=NAME, or leave ledger= out",
        )  # fmt: skip
    if asked.own.get("correction") and asked.path("ledger") is None:
        raise ConfigError(
            "correction= needs ledger=FOLDER", where="the command line", todo="name the ledger to correct"
        )


def _post(asked: Asked, found: Found, chosen: list[Design], priced: dict[str, price.Priced]) -> keeping.Posted | None:
    """Post the year in the ledger, if one is kept; nothing is written yet."""
    folder = asked.path("ledger")
    if folder is None:
        return None
    (design,) = chosen
    return keeping.post_year(
        folder, found.year, design.config, found.loaded, found.book, priced[design.name], found.closed,
        asked.own.get("correction", ""),
    )  # fmt: skip


def _notes(
    asked: Asked, found: Found, findings: Findings, chosen: list[Design], settled: Settled,
    posted: keeping.Posted | None, language: str,
) -> tuple[str, ...]:  # fmt: skip
    """What a reader must know to trust the numbers, in the language asked for."""
    budgets = any(has_budget(design.config) for design in chosen)
    told = notes_of(
        others=int((found.loaded.claims.insurance != RESIDENT_INSURED).sum()),
        computed=int(found.loaded.computed.sum()), left_out=findings.rows, budgets=budgets,
        unused=[(name, scheme) for name, scheme in (("items", "apg"), ("signed", "signed_quota"))
                if asked.path(name) and not any(scheme in methods(design.config) for design in chosen)],
        capped=asked.number("available") is not None,
        without_heads=[name for name, heads in zip(found.book.communities, found.heads, strict=True)
                       if budgets and not heads],
        idle=idle_keys([override_key(text) for design in chosen for text in design.overrides]),
    )  # fmt: skip
    spoken: Language = "zh" if language == "zh" else "en"
    return (
        *(note.of(spoken) for note in (*told, *findings.notes)),
        *readings.together(settled.told, language),
        *(f"{name}: {_derived(numbers, spoken)}" for name, numbers in settled.between.items() if numbers),
        *([posted.note.of(spoken)] if posted is not None else []),
    )


def _derived(numbers: dict[str, str], spoken: Language) -> str:
    """Numbers on the way, as one line."""
    names = {what: readings.DERIVED_ZH[what] if spoken == "zh" else what for what in numbers}
    return ", ".join(f"{names[what]} {value}" for what, value in numbers.items())


def _write_groups(path: Path, book: Book, visits: Visits | None) -> None:
    """Code, name and weight; with services also what kind each is, and the services of each type of visit."""
    weights = [f"{int(weight) // 10**6}.{int(weight) % 10**6:06d}" for weight in book.weights]
    columns = {"group": book.groups, "name": book.group_names, "weight": weights}
    if visits is not None:
        own = len(book.groups) - len(visits.types)
        behind = [""] * len(visits.types)
        columns |= {
            "kind": [*book.kinds[:own], *behind],
            "related": [*book.related[:own], *behind],
            "packaged": [*(str(int(flag)) for flag in book.packaged[:own]), *behind],
            "services": [*[""] * own, *(" ".join(map(str, kind)) for kind in visits.types)],
        }
    output.write_rows(path, list(columns), list(zip(*columns.values(), strict=True)))


def _manifest(
    asked: Asked, chosen: list[Design], found: Found, settled: Settled, tables: dict[str, Any],
    notes: tuple[str, ...], findings: Findings, started: float,
) -> dict[str, Any]:  # fmt: skip
    from sim.experiment.manifest import hash_of

    fund = tables["fund"]
    inputs = [path for name in INPUTS if (path := asked.path(name))]
    return {
        "program": "countyfund", "version": version(), "code_revision": code_revision(), "verb": "settle",
        "words": [*(f"{k}={v}" for k, v in asked.own.items()), *asked.overrides], "year": found.year,
        "rows": len(found.loaded.row), "computed_statutory": int(found.loaded.computed.sum()),
        "left_out": dict(findings.rows), "notes": list(notes),
        "heads": dict(zip(found.book.communities, map(int, found.heads), strict=True)),
        "history_years": [closed.year for closed in found.closed],
        "designs": {
            d.name: {"label": d.label, "overrides": list(d.overrides),
                     "readings": [line.en for line in settled.told[d.name]],
                     "derived": settled.between[d.name], "growth": d.config.claims.growth,
                     "payment": d.config.payment.model_dump(mode="json"),
                     "settlement": d.config.settlement.model_dump(mode="json"),
                     "benefit": d.config.benefit.model_dump(mode="json"),
                     "fund": {k: _json(v) for k, v in fund.iloc[i].to_dict().items() if k != "design"}}
            for i, d in enumerate(chosen)
        },
        "available": asked.number("available"),
        "inputs": {path.name: hash_of(path) for path in inputs}, "wall_seconds": round(perf_counter() - started, 3),
    }  # fmt: skip


def _json(value: Any) -> Any:
    return None if value is None or value != value else value.item() if hasattr(value, "item") else value
