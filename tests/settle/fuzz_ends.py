"""How a command on a county's files may end: refused in one message, or settled as the second reading reads them."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import html
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.__main__ import main
from tests.settle.second_reading import EMPTY, REFUSED, UNSURE, Mark, Sheet, declared, read

MONEY = ("charge", "covered", "statutory", "catastrophic", "assistance", "patient")
REFERRED = ("direct", "up", "down")
OUTPATIENT_CAP = Decimal(10_000)
MOST = 20_000_000
"""Fen that the fund pays a person and year for ordinary visits, and in all, as docs/parameters.md says."""


class End(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def ended(words: list[str]) -> End:
    """The command in this process, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return End(code, out.getvalue(), err.getvalue())


def check_refused(end: End, out: Path) -> None:
    """One message that says what to do, and nothing where results would be but a whole list of what is bad."""
    assert end.code == 2, (end.code, end.err)
    assert len(re.findall(r"^error: ", end.err, re.M)) == 1, end.err
    assert "Traceback" not in end.err + end.out
    assert re.search(r"^  (where|value|bound|to do): ", end.err, re.M), end.err
    assert not {"\x1b", "\x07"} & set(end.err + end.out)
    assert not out.exists(), "half a result under its final name"
    beside = {path.name for path in out.parent.iterdir() if path.name.startswith((out.name, f".{out.name}"))}
    assert beside <= {f"{out.name}.errors.csv"}, "something is left beside the results"
    cells = re.search(r"errors\.csv lists all", end.err) and re.search(r"^  value: ([\d,]+)$", end.err, re.M)
    if cells:
        *listed, seal = table(out.with_name(f"{out.name}.errors.csv"))
        assert "seal" in "".join(seal.values()), "the list of bad cells has no end"
        bad = [row for row in listed if row["row"]]  # the others tell of rows that go with a bad one of another file
        assert len(bad) == int(cells[1].replace(",", "")), "the list of bad cells is not whole"


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file of results; text as it was before it was made safe for spreadsheets."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: re.sub(r"^'(?=[\s\u3000]*[=+@＝＋－＠\t\r\n-])", "", cell) for k, cell in row.items()} for row in rows]


class Result(NamedTuple):
    """What stands in a folder of results."""

    manifest: dict[str, Any]
    fund: list[dict[str, str]]
    providers: list[dict[str, str]]
    """Of the first design."""
    receipts: list[dict[str, Any]]
    left_out: dict[str, set[int]]
    """File -> numbers of the lines that errors.csv lists."""
    past: dict[str, Any]
    """What the first design knew of earlier years."""
    notes: str


class Known(NamedTuple):
    """The second reading of all files."""

    sheets: dict[str, Sheet]
    names: dict[str, str]
    """claims, providers ... -> name of the file"""

    def kept(self, file: str, result: Result) -> dict[int, dict[str, Any]]:
        """The values of the rows that were not left out, by line."""
        gone = result.left_out.get(self.names[file], set())
        rows = self.sheets[file].rows.items()
        kept = {number: {c: own.value for c, own in row.items()} for number, row in rows if number not in gone}
        if file not in ("claims", "history"):
            return kept
        places = {row["provider"] for row in self.kept("providers", result).values()}
        return {n: row for n, row in kept.items() if not _elsewhere(row, places)}

    def elsewhere(self, file: str, result: Result) -> int:
        """Rows of other insurances at institutions that are in no file."""
        gone = result.left_out.get(self.names[file], set())
        return len(self.sheets[file].rows.keys() - gone) - len(self.kept(file, result))


def _elsewhere(row: dict[str, Any], places: set[Any]) -> bool:
    """Whether the resident fund has nothing to do with a row: another insurance, an institution that is in no file."""
    return row.get("insurance") in ("none", "employee") and row["provider"] not in places


def check_settled(end: End, out: Path, files: dict[str, Path]) -> Result:
    """The results are whole, the books balance, and every file was read as the second reading reads it, and said so.

    Args:
        end: how the command ended.
        out: its folder.
        files: claims, providers ... -> the file.
    """
    assert end.code == 0, end.err
    assert "Traceback" not in end.err + end.out
    assert not {"\x1b", "\x07"} & set(end.out)
    check_whole(out)
    result = _result(out)
    _check_books(result)
    sheets = {name: read(name, path.read_bytes()) for name, path in files.items()}
    for name, sheet in sheets.items():
        assert sheet is not None, f"{name} is no table that anybody can read"
    known = Known({name: s for name, s in sheets.items() if s}, {name: path.name for name, path in files.items()})
    _add_followers(known, result)
    for name in files:
        _check_lines(name, known, result)
    _check_claims(known, result)
    _check_limits(known, result)
    _check_providers(known, result)
    _check_heads(known, result)
    _check_history(known, result)
    _check_groups(known, result)
    _check_said(end, known, result)
    return result


FOLLOWED = {"provider": "providers", "group": "groups"}
"""Columns of claims that name a row of another file."""


def _add_followers(known: Known, result: Result) -> None:
    """Claims of a row of another file that was left out are left out with it, unless a good row has its code too."""
    rows = known.kept("providers", result).values()
    near = {row["provider"] for row in rows if row["tier"] in ("village", "township", "county")}
    for column, other in FOLLOWED.items():
        if other not in known.sheets:
            continue
        good = {row[column] for row in known.kept(other, result).values()}
        rows, gone = known.sheets[other].rows, result.left_out.get(known.names[other], set())
        bad = {rows[number][column].value for number in gone & rows.keys()}
        bad |= {text.strip("\"' ") for line in known.sheets[other].broken.values() for text in line}
        bad -= {*good, EMPTY, REFUSED, UNSURE}
        for file in {"claims", "history"} & known.sheets.keys():
            named = {
                number
                for number, row in known.sheets[file].rows.items()
                if column in row and row[column].value in bad and (column != "group" or _is_priced(row, near))
            }
            if named:
                result.left_out[known.names[file]] |= named


def _is_priced(row: dict[str, Any], near: set[Any]) -> bool:
    """Whether the case group of a row counts: the fund pays it, in the county's own institutions."""
    resident = "insurance" not in row or row["insurance"].value not in ("none", "employee")
    again = "referred" in row and row["referred"].value == "down"  # recovery after a stay that is paid already
    return resident and row["provider"].value in near and row["category"].value == "inpatient" and not again


def check_whole(out: Path) -> None:
    """Every file is as the manifest says, none is missing or besides, and each page has an end."""
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]
    there = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file() and p != out / "manifest.json"}
    assert set(there) == set(told), "files that the manifest does not tell of, or that are missing"
    for name, path in there.items():
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == told[name], f"{name} is not the file that was finished"
        assert path.suffix != ".html" or content.rstrip().endswith(b"</html>"), f"{name} is half a page"
    for row in table(out / "statements" / "index.csv"):
        assert {f"statements/{row['statement']}", f"statements/{row['table']}"} <= set(there), row
    beside = {path.name for path in out.parent.iterdir() if path.name.startswith((out.name, f".{out.name}"))}
    assert beside == {out.name}, "something is left beside the results"


def _result(out: Path) -> Result:
    import pyarrow.parquet as pq

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    providers = table(out / "providers.csv")
    left_out: dict[str, set[int]] = defaultdict(set)
    if (out / "errors.csv").exists():
        for row in table(out / "errors.csv"):
            if row["row"]:
                left_out[row["file"]].add(int(row["row"]))
    with np.load(out / "past-0.npz", allow_pickle=False) as kept:
        past = {name: kept[name] for name in kept.files} | {"groups": table(out / "groups.csv")}
    page = html.unescape((out / "statements.html").read_text(encoding="utf-8"))
    return Result(
        manifest, table(out / "fund.csv"), [row for row in providers if row["design"] == providers[0]["design"]],
        pq.read_table(out / "receipts.parquet").to_pylist(), left_out, past, page,
    )  # fmt: skip


def _check_books(result: Result) -> None:
    whole = [row for row in result.providers if row["category"] == "all"]
    first = result.fund[0]
    assert Decimal(first["receipts"]) == sum(Decimal(row["receipts"]) for row in whole)
    for row in result.fund:
        assert Decimal(row["fund"]) == Decimal(row["receipts"]) + Decimal(row["transfer"])
        due = sum(own[f"receipt.{row['design']}"] for own in result.receipts)
        assert Decimal(row["receipts"]) * 100 == due, "the receipts of the rows are not those of the fund"


def _check_lines(name: str, known: Known, result: Result) -> None:
    """Lines in are rows out and rows left out, each of them listed."""
    sheet, gone = known.sheets[name], result.left_out.get(known.names[name], set())
    assert len(gone) == result.manifest["left_out"].get(known.names[name], 0), (
        f"{name}: not every row left out is listed"
    )
    assert gone <= sheet.lines, f"{name}: rows are left out that are not there"
    broken = sheet.lines - set(sheet.rows)
    assert broken <= gone, f"{name}: lines that are no rows were not refused: {sorted(broken - gone)[:5]}"
    for number, row in known.kept(name, result).items():
        for column, value in row.items():
            unpaid = column == "home" and row.get("insurance") in ("none", "employee")
            assert unpaid or value is not REFUSED, f"{name}, row {number}, {column}: read what nobody may read"
            assert value is not EMPTY or not declared()[name][column].needed, f"{name}, row {number}: {column} is empty"
    if name == "claims":
        elsewhere = set(sheet.rows) - gone - set(known.kept("claims", result))
        assert {row["row"] for row in result.receipts} == sheet.lines - gone - elsewhere, "lines in are not rows out"
        assert result.manifest["rows"] == len(result.receipts), "the manifest counts other rows"


def _check_claims(known: Known, result: Result) -> None:
    """Every cell that was read is what stands in the file."""
    rows, year = known.kept("claims", result), result.manifest["year"]
    homes = {row["provider"]: row["community"] or None for row in result.providers}
    communities = list(result.manifest["heads"])
    groups = {row["group"] for row in result.past["groups"]}
    for own in result.receipts:
        mine = rows[own["row"]]
        default = {"insurance": "resident", "referred": "direct", "cases": 1, "days": 0, "covered": mine["charge"]}
        place = homes[own["provider"]]
        default["home"] = place or (communities[0] if len(communities) == 1 else None)
        if not own["computed"]:
            default |= {"catastrophic": 0, "assistance": 0}
        got = own | {name: Decimal(own[name]) / 100 for name in MONEY} | {"referred": REFERRED[own["referred"]]}
        for column in (
            "claim",
            "person",
            "provider",
            "date",
            "insurance",
            "category",
            "home",
            "referred",
            "cases",
            "days",
            *MONEY,
        ):
            value = mine.get(column, EMPTY)
            value = default.get(column, EMPTY) if value is EMPTY else value
            if column == "home" and (
                value in ("outsider", "外来") or (got["insurance"] != "resident" and value not in communities)
            ):
                value = None  # nobody's community answers for who is not insured as a resident
            if not isinstance(value, Mark):
                assert got[column] == value, f"row {own['row']}, {column}: read {got[column]!r} for {value!r}"
            elif value is EMPTY and column in ("claim", "person", "date"):
                assert got.get(column) is None, f"row {own['row']}, {column}: read {got[column]!r} for nothing"
        named = mine.get("group", EMPTY)
        if not isinstance(named, Mark):
            assert own["group"] == (named if named in groups else None), f"row {own['row']}: another case group"
        assert own["computed"] == (mine.get("statutory", EMPTY) is EMPTY) or mine["statutory"] is UNSURE
        dated = [v for v in (getattr(own["date"], "year", EMPTY), mine.get("year", EMPTY)) if not isinstance(v, Mark)]
        assert not dated or set(dated) == {year}, f"row {own['row']}: of another year"
        assert sum(own[name] for name in ("statutory", "catastrophic", "assistance", "patient")) == own["charge"]
    ids = [own["claim"] for own in result.receipts if own.get("claim") is not None]
    assert len(ids) == len(set(ids)), "a claim number is given twice"
    for column in ("insurance", "cases"):
        given = [row[column].value is not EMPTY for row in known.sheets["claims"].rows.values() if column in row]
        blank = [row for row in rows.values() if row.get(column) is EMPTY]
        assert not (any(given) and blank), f"an empty {column} beside filled ones"
    _check_tables(result)


def _check_tables(result: Result) -> None:
    """Institution by institution and kind of care, the tables are sums of the rows."""
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for own in result.receipts:
        if own["insurance"] == "resident":
            for category in (own["category"], "all"):
                sums[own["provider"], category].update({n: own[n] for n in ("cases", "days", *MONEY)})
    for row in result.providers:
        mine = sums.pop((row["provider"], row["category"]), Counter())
        for name in ("cases", "days", *MONEY):
            got = Decimal(row[name]) * (100 if name in MONEY else 1)
            assert got == mine[name], f"{row['provider']}, {row['category']}, {name}: {got} for {mine[name]}"
    assert not sums, f"rows that are in no table: {list(sums)}"


def _check_limits(known: Known, result: Result) -> None:
    """What the fund pays for a person's ordinary visits ends at the yearly limit, person by person as the file says."""
    rows, people = known.kept("claims", result), dict[Any, list[dict[str, Any]]]()
    for own in result.receipts:
        person = rows[own["row"]].get("person", EMPTY)
        if not isinstance(person, Mark):
            people.setdefault(person, []).append(own)
    for person, bills in people.items():
        alone = all(own["computed"] and own["cases"] == 1 and own["insurance"] == "resident" for own in bills)
        if alone and sum(own["statutory"] for own in bills) < MOST:
            small = [own for own in bills if own["tier"] in ("village", "township") and own["category"] == "outpatient"]
            due = min(Decimal(sum(own["covered"] for own in small)) / 2, OUTPATIENT_CAP)
            paid = sum(own["statutory"] for own in small)
            assert abs(paid - due) <= len(small), f"{person}: {paid} fen for visits of a year, {due} are due"


def _check_providers(known: Known, result: Result) -> None:
    rows = list(known.kept("providers", result).values())
    got = [row for row in result.providers if row["category"] == "all"]
    assert len(rows) == len(got), "institutions are missing"
    for mine, own in zip(rows, got, strict=True):
        name = mine.get("name", EMPTY)
        wanted = {
            "provider": mine["provider"],
            "name": own["provider"] if name is EMPTY else name,
            "tier": mine["tier"],
            "community": "" if mine.get("community", EMPTY) is EMPTY else mine["community"],
            "parent": "" if mine.get("parent", EMPTY) is EMPTY else mine["parent"],
        }
        for column, value in wanted.items():
            assert value is UNSURE or own.get(column, "") == value, f"{own['provider']}: {column} {own.get(column)!r}"


def _heads(known: Known, result: Result, community: str, year: int) -> list[dict[str, Any]]:
    """The rows of a community and year; those without a year are of the settled one."""
    if "enrolment" not in known.sheets:
        return []
    years = (year, EMPTY) if year == result.manifest["year"] else (year,)
    rows = known.kept("enrolment", result).values()
    return [row for row in rows if row["community"] == community and row.get("year", EMPTY) in years]


def _check_heads(known: Known, result: Result) -> None:
    """Insured persons, signed ones and scores are those of the community and year."""
    if "enrolment" not in known.sheets:
        return
    for name in dict.fromkeys(row["community"] for row in known.kept("enrolment", result).values()):
        assert isinstance(name, Mark) or name in result.manifest["heads"], f"the community {name} is missing"
    for at, (name, heads) in enumerate(result.manifest["heads"].items()):
        rows = _heads(known, result, name, result.manifest["year"])
        assert len(rows) <= 1, f"{name} has two rows of a year"
        for column, got in (
            ("heads", heads),
            ("score", _at(result.past, "scores", at)),
            ("signed", _at(result.past, "history.signed", at)),
        ):
            value = rows[0].get(column, EMPTY) if rows else EMPTY
            if not isinstance(value, Mark) and got is not None:
                assert abs(Decimal(repr(got)) - value) < Decimal("1e-9"), f"{name}: {column} {got} for {value}"


def _at(past: dict[str, Any], name: str, at: int) -> Any:
    return past[name][at].item() if name in past else None


def _check_history(known: Known, result: Result) -> None:
    """Earlier bills are summed by institution, insurance and kind of care, in their year; and its insured persons."""
    if "history" not in known.sheets:
        return
    codes = [row["provider"] for row in result.providers if row["category"] == "all"]
    sums: dict[int, dict[Any, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in known.kept("history", result).values():
        years = [v for v in (getattr(row.get("date"), "year", EMPTY), row.get("year", EMPTY)) if v is not EMPTY]
        if any(v is UNSURE for v in (*years, *(row.get(name) for name in ("charge", "cases", "days", "provider")))):
            return
        kind = row.get("insurance", EMPTY)
        key = row["provider"], "resident" if kind is EMPTY else kind, row["category"]
        filled = {"cases": 1, "days": 0} | {k: v for k, v in row.items() if v is not EMPTY}
        sums[years[0]][key].update({name: filled.get(name, 0) for name in ("cases", "days", "charge")})
    assert result.manifest["history_years"] == sorted(sums), "the years of the history"
    for number, year in enumerate(sorted(sums)):
        mine: dict[Any, Counter[str]] = defaultdict(Counter)
        got = {
            n: result.past[f"closed.{number}.claims.{n}"].tolist()
            for n in ("provider", "insurance", "category", "cases", "days", "charge")
        }
        for at, place in enumerate(got["provider"]):
            kind = declared()["claims"]["insurance"].codes[got["insurance"][at]]
            key = codes[place], kind, declared()["claims"]["category"].codes[got["category"][at]]
            charge = Decimal(got["charge"][at]) / 100
            mine[key].update({"cases": got["cases"][at], "days": got["days"][at], "charge": charge})
        assert mine == sums[year], (
            f"bills of {year}: {[(k, mine[k], v) for k, v in sums[year].items() if mine[k] != v]}"
        )
        for at, name in enumerate(result.manifest["heads"]):
            rows = _heads(known, result, name, year)
            value = rows[0]["heads"] if rows else 0
            own = result.past[f"closed.{number}.heads"][at]
            assert isinstance(value, Mark) or own == value, f"{name}, {year}: {own} heads for {value}"


def _check_groups(known: Known, result: Result) -> None:
    if "groups" not in known.sheets:
        return
    rows = list(known.kept("groups", result).values())
    assert len(rows) == len(result.past["groups"]), "case groups are missing"
    for mine, own in zip(rows, result.past["groups"], strict=True):
        weight = mine["weight"] if "weight" in mine else mine["score"] / 1000
        assert mine["group"] is UNSURE or own["group"] == mine["group"]
        assert abs(Decimal(own["weight"]) - weight) <= Decimal("5e-7"), f"{own['group']}: {own['weight']} for {weight}"
        name = mine.get("name", EMPTY)
        assert own["name"] == (own["group"] if name is EMPTY else name)


# --- what must be said ---------------------------------------------------------------------------------------------
SENSES = {
    "full-width": "count as half-width ones",
    "unit": "a unit such as 万 behind the number was multiplied out",
    "per cent": "a per cent is a hundredth",
    "zone": "instants were read in the zone of the county",
    "floats": "numbers with a decimal point in Parquet were read as whole numbers",
    "number of a day": "a spreadsheet's numbers of days",
}
SILENT = ("nothing", "refused", "")
"""Columns of which nothing is assumed where they are empty."""


def _check_said(end: End, known: Known, result: Result) -> None:
    """What was assumed, ignored or read in another sense stands in the manifest, the terminal and the statements."""
    notes = [_squeezed(note) for note in result.manifest["notes"]]
    for note in notes:
        assert note in _squeezed(end.out), f"not in the terminal: {note}"
        assert note in _squeezed(result.notes), f"not in the statements: {note}"
    told = {_squeezed(line.removeprefix("note: ")) for line in end.out.splitlines() if line.startswith("note: ")}
    assert told == set(notes), "the terminal says what the manifest does not"
    for wanted in _to_be_said(known, result):
        words = [_squeezed(word) for word in wanted]
        assert any(all(word in note for word in words) for note in notes), f"nobody says: {wanted}"


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _to_be_said(known: Known, result: Result) -> Iterator[tuple[str, ...]]:
    """Words that must stand together in a note."""
    for file, sheet in known.sheets.items():
        name = known.names[file]
        for head in sheet.unread[:20]:
            yield f"{name}: columns that are not read", head.strip()
        if file == "groups":
            yield from _said_of_groups(known, sheet, result)
            continue
        for column in sheet.shifts:
            yield (f"{name}: the heading {sheet.headings[column]} names its unit",)
        yield from _said_of_blanks(file, name, sheet)
        for (column, sense), count in sheet.senses().items():
            cells = "1 cell" if count == 1 else f"{count:,} cells"
            yield f"{name}, {sheet.headings[column]}: ", SENSES.get(sense, sense), f"({cells})"
    for file in {"claims", "history"} & known.sheets.keys():
        if count := known.elsewhere(file, result):
            yield (f"{known.names[file]}: {several(count, 'row', 'rows')} of other insurances at institutions that",)
    yield from _said_of_rows(result)


def _said_of_blanks(file: str, name: str, sheet: Sheet) -> Iterator[tuple[str, ...]]:
    if sheet.unsure:
        return
    for column, own in declared()[file].items():
        if own.empty.partition(";")[0] in SILENT or (
            column in ("date", "year") and {"date", "year"} & set(sheet.headings)
        ):
            continue
        rows = list(sheet.rows.values())
        if column == "days":
            rows = [row for row in rows if row["category"].value == "inpatient"]
        if column not in sheet.headings and rows:
            yield f"{name}: what is empty counts as", f"{column} (no such column)"
        elif count := sum(row[column].value is EMPTY for row in rows if column in row):
            yield (
                f"{name}: what is empty counts as",
                f"{sheet.headings[column]} ({count:,} of {several(len(rows), 'row', 'rows')}",
            )


def several(count: int, one: str, many: str) -> str:
    """A number with words that agree."""
    return f"{count:,} {one if count == 1 else many}"


def _said_of_groups(known: Known, sheet: Sheet, result: Result) -> Iterator[tuple[str, ...]]:
    name, rows = known.names["groups"], list(known.kept("groups", result).values())
    if blank := sum(row.get("name", EMPTY) is EMPTY for row in rows):
        yield (f"{name}: {several(blank, 'group has', 'groups have')} no name",)
    if sheet.comments:
        yield (f"{name}: {several(sheet.comments, 'line begins', 'lines begin')} with #",)
    if "score" in sheet.headings:
        yield (f"{name}: scores were divided by 1,000",)
    if any(sense == "full-width" for _, sense in sheet.senses()):
        yield f"{name}: ", "full-width letters and digits of codes count as half-width ones"
    if fractions := sum(count for (_, sense), count in sheet.senses().items() if sense == "floats"):
        codes = several(fractions, "code", "codes")
        yield (f"{name}: {codes} with a decimal point in Parquet", "read as")
    weights = [row["weight"] if "weight" in row else row["score"] / 1000 for row in rows]
    if rounded := sum(w.quantize(Decimal("1e-6")) != w for w in weights):
        yield (f"{name}: {several(rounded, 'weight has', 'weights have')} more than six decimals",)


def _said_of_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """Sentences that follow from the rows as they were read."""
    rows = result.receipts
    if others := sum(own["insurance"] != "resident" for own in rows):
        yield (f"{several(others, 'row is', 'rows are')} not of the resident insurance",)
    if computed := sum(own["computed"] and own["insurance"] == "resident" for own in rows):
        yield (f"the statutory part of {several(computed, 'row', 'rows')} was computed",)
        yield ("the benefit rules are those of the default county",)
    for file, gone in result.left_out.items():
        yield "bad rows were left out", f"{len(gone):,} of {file}"
    today = dt.date.today()
    if late := sum(own["date"] is not None and own["date"] > today for own in rows):
        yield (f"{several(late, 'claim has', 'claims have')} a date that is still to come",)
    kinds: dict[Any, set[str]] = defaultdict(set)
    for own in rows:
        if own.get("person") is not None:
            kinds[own["person"]].add(own["insurance"])
    if both := sum({"resident", "employee"} <= known for known in kinds.values()):
        persons = several(both, "person is", "persons are")
        yield (f"{persons} insured as residents in some claims and as employees in others",)
