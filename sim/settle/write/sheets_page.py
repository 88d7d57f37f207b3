"""The part of ``docs/data.md`` about what `settle` writes, from the declarations of `sim.settle.write.sheets`."""

from __future__ import annotations

from collections.abc import Sequence

from sim.settle.write.sheets import LEDGER, RECEIPTS_FILE, SETTLED, Sheet

OUTPUTS = """## What `settle` writes

The folder `out` holds CSV files for people (UTF-8 with a byte order mark, as spreadsheets want it), pages to print, and
files for programs. With `language=zh` headings and words are Chinese; design names, codes and numbers are the same.

- **Amounts are in yuan** with two decimals in every CSV and page. Only `receipts.parquet` and the numbers of
  `manifest.json` are in whole fen; each column of money in the Parquet file says so in its metadata (`unit` = `fen`).
- **Text that a spreadsheet would calculate** (a name or code that begins with `=`, `+`, `-` or `@`, also in full width
  or behind blanks, or with a tab or a line break) has an apostrophe before it. `settle`, `explain` and the ledger take
  it away again, so that such codes stay what they are. Numbers are never changed.
- **statements.html** has the fund, the communities, how far their results are luck (where claims name persons and the
  budget is charged with what is billed for all of them), and a statement for each institution on a page of its own
  (A4).
  `statements/` has the same one institution a file, to hand out: `CODE.html` to print and `CODE.csv`, without anything
  about others. A code that cannot be a file name is written another way; `statements/index.csv` tells which is whose.
- **explain** tells every number of it step by step: `provider=` takes the code or the name of an institution, `claim=`
  a number, `row=` a row of the claims file; of a simulated run `year=` takes the calendar year, or the year counted
  from 0.
"""

MOST_WORDS = 10
"""Words of a column that are listed."""


def outputs_page() -> list[str]:
    """The files of the folder ``out``."""
    return [OUTPUTS, *_sheets((*SETTLED, RECEIPTS_FILE))]


def ledger_page() -> list[str]:
    """The files of a ledger."""
    return _sheets(LEDGER)


def _sheets(sheets: Sequence[Sheet]) -> list[str]:
    return [line for sheet in sheets for line in (*_sheet(sheet), "")]


def _sheet(sheet: Sheet) -> list[str]:
    """The columns of a file that `settle` writes; amounts of the one file for programs are in fen."""
    machine = sheet is RECEIPTS_FILE
    lines = [f"### {sheet.file}", "", sheet.about, ""]
    lines += ["| column | heading with `language=zh` | unit | meaning |", "| --- | --- | --- | --- |"]
    for field in sheet.fields:
        unit = ("fen" if machine else "yuan") if field.kind == "money" else "number" if field.kind == "count" else ""
        words = ", ".join(f"{code} {word}" for code, word in field.terms.items()) if field.kind == "word" else ""
        words = words if len(field.terms) < MOST_WORDS else ""
        chinese = "(not there)" if field.only == "en" else "" if machine else field.zh
        doc = f"{field.doc} Words: {words}." if words else field.doc
        lines.append(table_line((f"`{field.name}`", chinese, unit, doc)))
    return lines


def table_line(cells: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
