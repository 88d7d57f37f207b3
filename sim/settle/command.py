"""The verbs ``settle`` and ``template``: files in, a folder of tables and statements out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from sim.config import SimConfig
from sim.errors import ConfigError, CountyFundError
from sim.experiment.manifest import code_revision, version
from sim.handover import History
from sim.payment import signed_quota
from sim.settle import keeping, load, output, price, readings
from sim.settle.assemble import Loaded, assemble
from sim.settle.book import Book, read_book, read_enrolment
from sim.settle.check import FIRST, LIMIT, Findings, Problem
from sim.settle.columns import plain
from sim.settle.designs import Design, designs
from sim.settle.items import Visits, check_visits, read_items, typed, visit_weights
from sim.settle.kept import Past, keep_past
from sim.settle.notes import notes_of
from sim.settle.signed import Spells, read_signed, signed_list
from sim.store import RunFolder
from sim.tables import RESIDENT_INSURED, Floats, Ints

INPUTS = ("claims", "providers", "enrolment", "groups", "history", "signed", "items")
OWN = (*INPUTS, "ledger", "correction", "out", "study", "year", "available", "skip_bad", "errors", "overwrite")
"""Words of ``settle`` that are no parameters of a design."""


class Asked(NamedTuple):
    """What the command line asks for."""

    own: dict[str, str]
    overrides: tuple[str, ...]

    def path(self, name: str) -> Path | None:
        """A file named on the command line."""
        return Path(self.own[name]).expanduser() if self.own.get(name) else None

    def needed(self, name: str) -> Path:
        """A file that must be named."""
        path = self.path(name)
        if path is None:
            raise ConfigError(
                f"settle needs {name}=…", where="the command line", todo="see python -m sim settle --help"
            )
        return path

    def number(self, name: str, kind: type = float) -> Any:
        """A number, None if not given."""
        text = self.own.get(name)
        if not text:
            return None
        try:
            return kind(text)
        except ValueError:
            what = "whole number" if kind is int else "number"
            raise ConfigError(
                f"{name} must be a {what}", where="the command line", value=text,
                todo="see python -m sim settle --help",
            ) from None  # fmt: skip

    def check(self) -> None:
        """Refuse numbers and switches that cannot be meant, before any work."""
        for name, low in (("errors", 1), ("year", 1990), ("available", 0)):
            kind = float if name == "available" else int
            value = self.number(name, kind)
            if value is not None and not low <= value < float("inf"):
                raise ConfigError(
                    f"{name} is out of bounds", where="the command line", value=self.own[name], bound=f">= {low}",
                    todo="see python -m sim settle --help",
                )  # fmt: skip
        for name in ("skip_bad", "overwrite"):
            self.yes(name)

    def yes(self, name: str) -> bool:
        """A switch."""
        text = self.own.get(name, "false").lower()
        if text not in ("true", "false"):
            raise ConfigError(
                f"{name} must be true or false", where="the command line", value=text, bound="true or false",
                todo="see python -m sim settle --help",
            )  # fmt: skip
        return text == "true"


class Result(NamedTuple):
    """What was settled."""

    folder: Path
    fund: Any
    providers: Any
    communities: Any
    notes: tuple[str, ...]
    findings: Findings
    language: str = "en"


def split(words: Sequence[str]) -> Asked:
    """Tell the words of ``settle`` from overrides of the design."""
    own = {}
    overrides = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key in OWN:
            own[key] = value.strip("'\"")
        else:
            overrides.append(word)
    return Asked(own, tuple(overrides))


def settle(words: Sequence[str]) -> Result:
    """Do what ``python -m sim settle`` asks for.

    Raises:
        CountyFundError: with every bad row counted and listed, when a file has any and ``skip_bad`` is not given.
    """
    started = perf_counter()
    asked = split(words)
    claims_path, providers_path, out = asked.needed("claims"), asked.needed("providers"), asked.needed("out")
    language = next((w.partition("=")[2] for w in reversed(asked.overrides) if w.startswith("language=")), "en")
    chosen = designs(asked.overrides, asked.own.get("study", ""), language)
    asked.check()
    _check_ledger(asked, chosen)
    with RunFolder(out, overwrite=asked.yes("overwrite"), words=("out", "overwrite")) as folder:
        findings = Findings(asked.number("errors", int) or LIMIT)
        inputs = [p for n in INPUTS if (p := asked.path(n))]
        found = _read(asked, claims_path, providers_path, chosen, findings)
        if findings.cells and not asked.yes("skip_bad"):
            raise _refused(findings, folder.final, asked.path("groups"))
        if not len(found.loaded.row):
            raise CountyFundError("no claim is left to settle", where=str(claims_path), todo="check the file")
        available = asked.number("available")
        priced, past, told, between = {}, {}, {}, {}
        for design in chosen:
            history, loaded = _history(found, design.config)
            priced[design.name] = price.price(design.config, history, loaded, found.book, available, found.scores)
            past[design.name] = Past(history, found.scores, loaded.claims.signed)
            told[design.name] = readings.readings(design.config, history, loaded.claims)
            between[design.name] = readings.derived(design.config, history, priced[design.name].prepared, loaded.claims)
        posted = _post(asked, found, chosen, priced)
        sums = price.totals(found.loaded, found.book)
        tables = {
            "providers": output.providers_table(found.loaded, found.book, sums, priced),
            "communities": output.communities_table(found.book, found.heads, priced),
            "fund": output.fund_table(sums, priced),
        }
        output.write_receipts(folder.path / "receipts.parquet", found.loaded, found.book, priced)
        for name, table in tables.items():
            output.write_csv(folder.path / f"{name}.csv", table)
        _write_groups(folder.path / "groups.csv", found.book, found.visits)
        keep_past(folder.path, past)
        if findings.cells:
            write_errors(folder.path / "errors.csv", findings)
        if found.spells is not None:
            output.write_quotas(folder.path / "quota.csv", found.book, priced)
        notes = (*_notes(asked, found, findings, available, chosen, language), *readings.together(told, language))
        notes += tuple(
            f"{name}: " + ", ".join(
                f"{readings.DERIVED_ZH[what] if language == 'zh' else what} {value}" for what, value in numbers.items()
            )
            for name, numbers in between.items() if numbers
        )  # fmt: skip
        if posted is not None:
            notes += (posted.note.of("zh" if language == "zh" else "en"),)
            keeping.write_years(folder.path, posted.settled.journal, [found.year])
        from sim.settle.statement import write_statements

        write_statements(folder.path / "statements.html", tables, chosen, found.year, notes, language)
        more = {name: {"readings": [line.en for line in told[name]], "derived": between[name]} for name in told}
        final = folder.finish(_manifest(asked, chosen, found, more, tables, notes, findings, inputs, started))
    if posted is not None and posted.changed:
        keeping.write_ledger(posted)
    _errors_beside(final).unlink(missing_ok=True)  # of an earlier attempt
    return Result(final, tables["fund"], tables["providers"], tables["communities"], notes, findings, language)


def _check_ledger(asked: Asked, chosen: list[Design]) -> None:
    """A ledger holds what is paid: one design."""
    if asked.path("ledger") is not None and len(chosen) != 1:
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


class Found(NamedTuple):
    """What the files hold."""

    loaded: Loaded
    book: Book
    closed: Any
    heads: Ints
    year: int
    signed: Ints | None
    scores: Floats | None
    spells: Spells | None = None
    """The signed list, person by person."""
    visits: Visits | None = None
    """Types of visits that have items."""


def _history(found: Found, config: SimConfig) -> tuple[History, Loaded]:
    """What payment and settlement know under a design, and its claims: a signed list says whose person is signed."""
    listed, loaded = None, found.loaded
    if found.spells is not None and isinstance(config.payment, signed_quota.Config):
        listed, signed = signed_list(found.spells, found.book, loaded, found.year, config.payment.list_day)
        if signed is not None:
            loaded = loaded._replace(claims=loaded.claims._replace(signed=signed))
    weights = None if found.visits is None else visit_weights(config, found.visits)
    growth = config.claims.growth
    history = price.history_of(
        found.book, found.closed, found.heads, found.signed, found.year, growth, listed, weights
    )  # fmt: skip
    return history, loaded


def _read(asked: Asked, claims: Path, providers: Path, chosen: list[Design], findings: Findings) -> Found:
    """Read every file; without ``skip_bad`` the work stops at the first file with errors only after all are read."""
    enrolment_path, history_path = asked.path("enrolment"), asked.path("history")
    enrolment = read_enrolment(enrolment_path, findings) if enrolment_path else None
    book = read_book(providers, asked.path("groups"), enrolment, findings)
    signed_path, items_path = asked.path("signed"), asked.path("items")
    spells = read_signed(signed_path, book, findings) if signed_path else None
    visits = any("apg" in _methods(design.config) for design in chosen)
    items = read_items(items_path, book, findings) if items_path and visits else None
    budgets = any(_has_budget(design.config) for design in chosen)
    wanted = load.Wanted(
        asked.number("year", int),
        any(_methods(design.config) & {"drg", "dip"} for design in chosen),
        visits and items is None,
        budgets and bool(book.communities),
        any(_has_budget(design.config) and design.config.settlement.contract.apply for design in chosen),
    )
    _, parts = load.read_claims(claims, book, wanted, findings)
    parts = load.without_doubles(claims, parts, findings)
    year = wanted.year if wanted.year is not None else _year_of(parts, claims)
    past: list[load.Part] = []
    if history_path:
        _, past = load.read_claims(history_path, book, wanted._replace(year=None, visits=visits, cost=False), findings)
    benefit = chosen[0].config.benefit
    if findings.cells and not asked.yes("skip_bad"):
        parts, past = [], []
    loaded = assemble(parts, book, benefit)
    types = None
    if items is not None and items_path is not None and len(loaded.row):
        loaded, types = typed(items, loaded, book, items_path, findings)
        check_visits(loaded, claims, findings)
    before = assemble(past, book, benefit) if past else None
    closed = price.closed_years(before, book, enrolment, year)
    heads = price.heads_of(book, enrolment, year, year)
    signed, scores = price.signed_of(book, enrolment, year), price.scores_of(book, enrolment, year)
    known = book if types is None else types.book
    return Found(loaded, known, closed, heads, year, signed, scores, spells, types)


def _year_of(parts: list[load.Part], path: Path) -> int:
    """The one year of the claims; 0 when they name none."""
    rows = Counter[int]()
    for part in parts:
        years, counts = np.unique(part.values["year"], return_counts=True)
        rows.update({int(year): int(count) for year, count in zip(years, counts, strict=True) if year >= 0})
    if len(rows) > 1:
        likely = max(rows, key=lambda year: rows[year])
        told = ", ".join(f"{count:,} rows of {year}" for year, count in sorted(rows.items()))
        raise CountyFundError(
            "the claims are of several years", where=str(path), value=told, bound="one year",
            todo=f"give year={likely} to see which rows are of others, with skip_bad=true to leave them out",
        )  # fmt: skip
    return next(iter(rows), 0)


def _has_budget(config: SimConfig) -> bool:
    from sim.payment import SCHEMES

    return SCHEMES[config.payment.scheme].has_budget


def _methods(config: SimConfig) -> set[str]:
    """The payment methods of a design, those inside a budget included."""
    return {own.scheme for own in readings.methods(config.payment)}


def _refused(findings: Findings, out: Path, groups: Path | None) -> CountyFundError:
    """All that is wrong, the first lines of it in words, a longer list in a file beside the output folder."""
    place = _errors_beside(out)
    write_errors(place, findings)
    lines = [
        f"  {p.file}, row {p.row}" + (f", {_named(findings, p)}" if p.column else "") + f": {p.value!r} {p.rule}"
        for p in findings.listed[:FIRST]
    ]
    counts = ", ".join(f"{file} {count:,}" for file, count in findings.rows.items())
    more = f"  … {findings.cells - len(lines):,} more" if findings.cells > len(lines) else ""
    text = "\n".join(["the files hold errors: nothing was settled", *lines, *([more] if more else [])])
    listed = len(findings.listed)
    own = any(problem.column == "group" for problem in findings.listed) and groups is None
    hint = "; your own group codes need groups=FILE" if own else ""
    return CountyFundError(
        text, where=f"bad rows: {counts}", value=findings.cells, bound="no bad cell",
        todo=f"mend them ({place} lists {'all' if listed == findings.cells else f'the first {listed:,}'}), or leave "
        f"them out with skip_bad=true{hint}",
    )  # fmt: skip


def _errors_beside(out: Path) -> Path:
    """The list of bad cells when nothing was settled."""
    return out.with_name(f"{out.name}.errors.csv")


def _heading(findings: Findings, problem: Problem) -> str:
    """The heading of a bad cell's column as it stands in the file."""
    return plain(findings.headings.get(problem.file, {}).get(problem.column, problem.column).lstrip("\ufeff"))


def _named(findings: Findings, problem: Problem) -> str:
    """The column of a bad cell, with its heading in the file where that is another."""
    heading = _heading(findings, problem)
    return problem.column if heading.lower() == problem.column else f"{problem.column} ({heading})"


def write_errors(path: Path, findings: Findings) -> None:
    """The list of bad cells; a last row says how many more there are."""
    rows: list[Sequence[object]] = [(*problem, _heading(findings, problem)) for problem in findings.listed]
    left = findings.cells - len(findings.listed)
    if left:
        rows.append(("", "", "", "", f"{left} more are not listed; errors=NUMBER lists more", ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    output.write_rows(path, ["file", "row", "column", "value", "rule", "heading"], rows)


def _notes(
    asked: Asked, found: Found, findings: Findings, available: float | None, chosen: list[Design], language: str
) -> tuple[str, ...]:
    """What a reader must know to trust the numbers, in the language asked for."""
    budgets = any(_has_budget(design.config) for design in chosen)
    told = notes_of(
        others=int((found.loaded.claims.insurance != RESIDENT_INSURED).sum()),
        computed=int(found.loaded.computed.sum()), left_out=findings.rows, budgets=budgets,
        unused=[(name, scheme) for name, scheme in (("items", "apg"), ("signed", "signed_quota"))
                if asked.path(name) and not any(scheme in _methods(design.config) for design in chosen)],
        capped=available is not None,
        without_heads=[name for name, heads in zip(found.book.communities, found.heads, strict=True)
                       if budgets and not heads],
    )  # fmt: skip
    return tuple(note.of("zh" if language == "zh" else "en") for note in told)


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
    asked: Asked, chosen: list[Design], found: Found, more: dict[str, Any], tables: dict[str, Any],
    notes: tuple[str, ...], findings: Findings, inputs: list[Path], started: float,
) -> dict[str, Any]:  # fmt: skip
    from sim.experiment.manifest import hash_of

    fund = tables["fund"]
    return {
        "program": "countyfund", "version": version(), "code_revision": code_revision(), "verb": "settle",
        "words": [*(f"{k}={v}" for k, v in asked.own.items()), *asked.overrides], "year": found.year,
        "rows": len(found.loaded.row), "computed_statutory": int(found.loaded.computed.sum()),
        "left_out": dict(findings.rows), "notes": list(notes),
        "heads": dict(zip(found.book.communities, map(int, found.heads), strict=True)),
        "history_years": [closed.year for closed in found.closed],
        "designs": {
            d.name: {"label": d.label, "overrides": list(d.overrides), **more[d.name], "growth": d.config.claims.growth,
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
