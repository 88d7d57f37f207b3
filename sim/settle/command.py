"""The verb ``settle``: files in, a folder of tables and statements out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from sim.config import exact, idle_settings
from sim.config import readings as spellings
from sim.core import memory
from sim.core.disk import hash_of, uninterrupted
from sim.core.errors import ConfigError, CountyFundError
from sim.core.parameters import forget_reads, keys_read
from sim.core.text import Language, Text, counted
from sim.core.versions import code_revision, version
from sim.experiment.run_folder import RunFolder
from sim.money.ledger import Journal
from sim.money.paid_year import PaidYear
from sim.settle import defaults, design_needs, ledger_keeping, price
from sim.settle.design import Arms, Design
from sim.settle.design_choice import designs
from sim.settle.design_needs import has_budget, method_needs, needs_of
from sim.settle.kept_year import keep_past
from sim.settle.ledger_posting import held
from sim.settle.ledger_sheets import write_years
from sim.settle.price_designs import Settled, priced_under
from sim.settle.read.check import FIRST, LIMIT, Findings
from sim.settle.read.everything import read
from sim.settle.read.records import Inputs
from sim.settle.read.refusal import forget_errors, refused, write_errors
from sim.settle.request import SettleRequest, split
from sim.settle.result import Result
from sim.settle.write.luck import luck_of
from sim.settle.write.notes import REST, WANTED_BY, Notes, institutions_in, notes_of, of_budgets, of_one
from sim.settle.write.sheet_files import write_sheet
from sim.settle.write.sheets import QUOTA
from sim.settle.write.tables import (
    QUOTA_COLUMNS,
    communities_table,
    fund_table,
    providers_table,
    quota_rows,
    write_groups,
    write_receipts,
    write_tables,
)
from sim.tables import RESIDENT_INSURED


def settle(words: Sequence[str]) -> Result:
    """Do what ``countyfund settle`` asks for.

    Raises:
        CountyFundError: for a mistake on the command line or in the files.  Bad rows are all counted, and listed up
            to a limit, unless ``skip_bad`` leaves them out.
    """
    started = perf_counter()
    _check_threads()
    written = split(words)
    request = written._replace(overrides=tuple(map(exact, written.overrides)))
    for name in ("claims", "providers", "out"):
        request.needed(name)  # before any work
    asked = next((w.partition("=")[2] for w in reversed(request.overrides) if w.startswith("language=")), "en")
    language: Language = "zh" if asked == "zh" else "en"
    study = _arms(request.options.get("study", ""), language)
    chosen = designs(request.overrides, study, language)
    request.check()
    out = request.needed("out")
    _check_ledger(request, chosen, out)
    with (
        held(request.path("ledger")) as journal,
        RunFolder(out, overwrite=request.yes("overwrite"), words=("out", "overwrite")) as folder,
    ):
        findings = Findings(request.number("errors", int) or LIMIT, request.files)
        settings = (*written.overrides, *(study.written if study else ()))
        for note in (*(Text(*line) for line in spellings(settings, chosen[0].config.base_year)), *request.readings):
            findings.say(note)
        inputs = _inputs(request, chosen, findings, folder.final, language)
        settled, posted = _settled(request, inputs, chosen, journal, findings)
        tables = _tables(inputs, settled, chosen, findings, language)
        notes = _notes(request, inputs, findings, chosen, settled, posted, language)
        with folder.writing():
            _write(folder.path, inputs, settled, tables, findings, posted, chosen, language)
            from sim.settle.write.statement_pages import write_statements

            notes_by_institution = _for_institutions(inputs, findings, chosen, settled, notes, language)
            write_statements(folder.path, tables, chosen, inputs.year, notes_by_institution, language)
            folder.seal(_manifest(request, chosen, inputs, settled, tables, notes, findings, started))
        final = _save(folder, posted, language)
    forget_errors(final)  # of an earlier attempt
    labels = {design.name: design.label for design in chosen}
    return Result(folder=final, **tables, notes=notes, findings=findings, language=language, labels=labels)


def _inputs(request: SettleRequest, chosen: list[Design], findings: Findings, results: Path, language: str) -> Inputs:
    """What the files hold; errors are listed beside the place of the results.

    Raises:
        CountyFundError: if the files hold errors that may not be left out, or no claim is left.
    """
    for design in chosen:
        forget_reads(design.config)  # what validation looked at
    needs = [needs_of(design.name, design.config) for design in chosen]
    inputs = read(request, request.needed("claims"), request.needed("providers"), needs, findings)
    if findings.stop(request.yes("skip_bad")):
        raise refused(findings, results, request.path("groups"), language)
    if not len(inputs.loaded.row):
        left = ", ".join(f"{file} {counted(rows, 'row|rows')}" for file, rows in findings.left_out.items())
        raise CountyFundError(
            "no claim is left to settle",
            where=str(request.needed("claims")),
            value=f"left out: {left}" if left else None,
            todo="check the file" + ("; without skip_bad=true every error is told" if left else ""),
        )
    return inputs


def _arms(name: str, language: Language) -> Arms | None:
    """The arms of the study of a name, with labels in the language; None where the name is empty."""
    if not name:
        return None
    from sim.experiment.study import load_study

    study = load_study(name)
    arms = tuple((name, arm.label.of(language), arm.overrides) for name, arm in study.arms.items())
    return Arms(study.overrides, arms)


def _check_threads() -> None:
    """Files are read with threads: stop before anything is read if the system starts too few.

    Raises:
        CountyFundError: if it does.
    """
    if not memory.threads_left(memory.THREADS):
        raise CountyFundError(
            "the system starts too few threads",
            where="limits of processes (ulimit -u)",
            bound=f"at least {memory.THREADS}",
            todo="raise the limit, or end other programs",
        )


def _settled(
    request: SettleRequest, inputs: Inputs, chosen: list[Design], journal: Journal | None, findings: Findings
) -> tuple[Settled, ledger_keeping.Posted | None]:
    """Price the claims under every design, post the year where a ledger is kept, and say what was assumed."""
    settled = priced_under(inputs, chosen, request.number("available"))
    posted = None if journal is None else _post(request, journal, inputs, chosen, settled.priced)
    for design in chosen:
        settled.read_keys[design.name] |= set(keys_read(design.config))
    groups, enrolment = request.path("groups") is not None, request.path("enrolment") is not None
    defaults.say_assumed(inputs, chosen, settled.priced, settled.read_keys, groups, enrolment, findings)
    for design in chosen:
        defaults.say_uncapped(design, settled.past[design.name].history, inputs, findings)
    return settled, posted


def _save(folder: RunFolder, posted: ledger_keeping.Posted | None, language: Language) -> Path:
    """Give the results their name and the ledger its posting: both, or neither.

    The results are sealed: written and forced to the disk, but not yet taken for whole by anybody.  Then

    1. the posting is written beside the ledger's files: a kill or an error leaves the old ledger and no results;
    2. one rename decides the posting: from now on it stands, whatever comes;
    3. the results get their manifest and their name (a free one, which is told, if theirs was taken meanwhile);
    4. the ledger's files are put in place.

    A kill between 2 and 3 leaves the posting without results: settling again makes the results and posts nothing.  One
    between 3 and 4 leaves a posting that the next run with this ledger puts in place.  So results that speak of a
    posting never stand without it.  From 2 on signals wait until all is done.
    """
    with folder.writing(), contextlib.ExitStack() as last:
        staged = ledger_keeping.stage(posted, language) if posted is not None and posted.changed else None
        last.enter_context(uninterrupted())
        if staged is not None and posted is not None:
            words = Text(f"{posted.year} is posted in the ledger", f"{posted.year}年度已记入总账")
            last.enter_context(staged.decided(words + Text(f" {posted.folder}", f" {posted.folder}")))
        return folder.take_place()


def _tables(inputs: Inputs, settled: Settled, chosen: list[Design], said: Findings, spoken: Language) -> dict[str, Any]:
    """Tables of institutions, of communities, of the fund and of luck, design by design; money in fen."""
    sums = price.totals(inputs.loaded, inputs.book)
    return {
        "providers": providers_table(inputs.loaded, inputs.book, sums, settled.priced),
        "communities": communities_table(inputs.book, inputs.heads, settled.priced),
        "fund": fund_table(sums, settled.priced),
        "luck": luck_of(inputs, chosen, said, spoken),
    }


def _write(
    folder: Path,
    inputs: Inputs,
    settled: Settled,
    tables: dict[str, Any],
    findings: Findings,
    posted: ledger_keeping.Posted | None,
    chosen: list[Design],
    language: Language,
) -> None:
    """The tables of the folder; the pages and the manifest come after them."""
    write_receipts(folder / "receipts.parquet", inputs.loaded, inputs.book, settled.priced)
    write_tables(folder, tables, {design.name: design.label for design in chosen}, language)
    write_groups(folder / "groups.csv", inputs.book, inputs.visits, language)
    keep_past(folder, settled.past)
    if findings.cells:
        write_errors(folder / "errors.csv", findings, language)
    if inputs.spells is not None:
        write_sheet(folder / "quota.csv", QUOTA, QUOTA_COLUMNS, quota_rows(inputs.book, settled.priced), language)
    if posted is not None:
        write_years(folder, posted.settled.journal, [inputs.year], posted.names, language)


def _check_ledger(request: SettleRequest, chosen: list[Design], out: Path) -> None:
    """Check where a ledger is and what is posted in it.

    It holds what is paid, so only one design can be posted.  A folder of results is replaced as a whole, so the ledger
    must not be in it, nor around it.

    Raises:
        ConfigError: if several designs would be posted, one folder holds the other, or a correction names no ledger.
    """
    folder = request.path("ledger")
    if folder is not None:
        places = (folder.resolve(), out.resolve())
        if places[0].is_relative_to(places[1]) or places[1].is_relative_to(places[0]):
            raise ConfigError(
                "the ledger and the results must not hold each other",
                where="the command line",
                value=f"ledger={folder} out={out}",
                bound="two folders beside each other",
                todo="name another folder with ledger= or out=",
            )
    if folder is not None and len(chosen) != 1:
        raise ConfigError(
            "a ledger is kept under one way of paying",
            where="the command line",
            value=", ".join(design.name for design in chosen),
            bound="one design",
            todo="name one with payment=NAME, or leave ledger= out",
        )
    if request.options.get("correction") and request.path("ledger") is None:
        raise ConfigError(
            "correction= needs ledger=FOLDER", where="the command line", todo="name the ledger to correct"
        )


def _post(
    request: SettleRequest, journal: Journal, inputs: Inputs, chosen: list[Design], priced: dict[str, PaidYear]
) -> ledger_keeping.Posted:
    """Post the year in the ledger; nothing is written yet.

    Raises:
        ConfigError: if an institution is left out: the ledger would close its accounts.
    """
    (design,) = chosen
    if inputs.book.gone["provider"]:
        raise ConfigError(
            "the providers file has bad rows, and the ledger would close the accounts of institutions that are left "
            "out",
            where=str(request.needed("providers")),
            value=", ".join(inputs.book.gone["provider"][:FIRST]),
            todo="mend these rows before posting",
        )
    reason = request.options.get("correction", "")
    return ledger_keeping.post_year(
        request.needed("ledger"), journal, inputs, design.config, priced[design.name], reason
    )


def _notes(
    request: SettleRequest,
    inputs: Inputs,
    findings: Findings,
    chosen: list[Design],
    settled: Settled,
    posted: ledger_keeping.Posted | None,
    language: Language,
) -> tuple[str, ...]:
    """What a reader must know to trust the numbers: sentences in the language asked for."""
    budgets = [method_needs(design.config) for design in chosen if has_budget(design.config)]
    heads_count = any("signed_list" not in needs or inputs.spells is None for needs in budgets)
    resident = np.equal(inputs.loaded.claims.insurance, RESIDENT_INSURED)
    notes = notes_of(
        others=int((~resident).sum()),
        computed=int((inputs.loaded.computed & resident).sum()),
        left_out=findings.left_out,
        unused=_unused(request, chosen, settled),
        without_heads=[
            name for name, heads in zip(inputs.book.communities, inputs.heads, strict=True) if heads_count and not heads
        ],
        idle=_idle(chosen, settled.read_keys),
    )
    capped = request.number("available") is not None
    return (
        *(note.of(language) for note in (*notes, *findings.notes, *(of_budgets(capped=capped) if budgets else ()))),
        *settled.of_methods(language),
        *([posted.note.of(language)] if posted is not None else []),
    )


def _unused(request: SettleRequest, chosen: list[Design], settled: Settled) -> list[tuple[str, Text]]:
    """Files that no design looked at, each with the reason why none did."""
    needs = set().union(*(method_needs(design.config) for design in chosen))
    budgets = any(has_budget(design.config) for design in chosen)
    history_read = set().union(*settled.history_read.values())
    uses = {
        "items": "visit_groups" in needs,
        "signed": "signed_list" in needs,
        "groups": bool(history_read & {"weights", "visit_weights"}),
        "history": "closed" in history_read or (request.path("ledger") is not None and budgets),
        "enrolment": any(design_needs.goes_by_enrolment(d.config, settled.read_keys[d.name]) for d in chosen),
    }
    return [(name, WANTED_BY[name]) for name, used in uses.items() if request.path(name) and not used]


def _idle(chosen: list[Design], read: dict[str, set[str]]) -> list[str]:
    """Settings without effect: no design that has them looked at them."""
    acting = {"language"}
    idle = {d.name: idle_settings(d.overrides, read[d.name] | acting, d.config.base_year) for d in chosen}
    words = dict.fromkeys(text for settings in idle.values() for text in settings)
    return [text for text in words if all(text in idle[d.name] for d in chosen if text in d.overrides)]


def _for_institutions(
    inputs: Inputs, findings: Findings, chosen: list[Design], settled: Settled, notes: tuple[str, ...], spoken: Language
) -> Notes:
    """All notes, and which of them the statement of each institution may hold."""
    book, loaded = inputs.book, inputs.loaded
    computed = np.bincount(loaded.claims.provider[loaded.computed], minlength=len(book.codes))
    budgets = any(has_budget(design.config) for design in chosen)
    members = book.providers.community >= 0
    by_code = {
        code: tuple(
            note.of(spoken)
            for note in of_one(
                int(computed[number]), left_out=bool(findings.rows), member=budgets and bool(members[number])
            )
        )
        for number, code in enumerate(book.codes)
    }
    assumptions = [note.of(spoken) for note in findings.notes]
    named = tuple((note, institutions_in(note, book.codes, book.names)) for note in assumptions)
    return Notes(notes, settled.of_methods(spoken), named, by_code, REST.of(spoken))


def _manifest(
    request: SettleRequest,
    chosen: list[Design],
    inputs: Inputs,
    settled: Settled,
    tables: dict[str, Any],
    notes: tuple[str, ...],
    findings: Findings,
    started: float,
) -> dict[str, Any]:
    fund = tables["fund"]
    return {
        "program": "countyfund",
        "version": version(),
        "code_revision": code_revision(),
        "verb": "settle",
        "money": "fen",
        "words": [*(f"{k}={v}" for k, v in request.options.items()), *request.overrides],
        "year": inputs.year,
        "rows": len(inputs.loaded.row),
        "computed_statutory": int(inputs.loaded.computed.sum()),
        "left_out": findings.left_out,
        "notes": list(notes),
        "heads": dict(zip(inputs.book.communities, map(int, inputs.heads), strict=True)),
        "history_years": [closed.year for closed in inputs.closed],
        "designs": {
            d.name: {
                "label": d.label,
                "overrides": list(d.overrides),
                "readings": [line.en for line in settled.readings[d.name]],
                "derived": settled.derived[d.name],
                "growth": d.config.claims.growth,
                "payment": d.config.payment.model_dump(mode="json"),
                "settlement": d.config.settlement.model_dump(mode="json"),
                "benefit": d.config.benefit.model_dump(mode="json"),
                "fund": {k: _json(v) for k, v in fund.iloc[i].to_dict().items() if k != "design"},
            }
            for i, d in enumerate(chosen)
        },
        "available": request.number("available"),
        "inputs": {findings.name(path): hash_of(path) for path in request.files},
        "wall_seconds": round(perf_counter() - started, 3),
    }


def _json(value: Any) -> Any:
    return None if value is None or value != value else value.item() if hasattr(value, "item") else value
