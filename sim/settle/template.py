"""Templates of the user's files, and the page that explains their columns; both from the one declaration."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ConfigError, OutputError
from sim.paths import PACKAGE
from sim.settle.columns import (
    CATEGORY_TERMS,
    EMPTY,
    FILES,
    INSURANCE_TERMS,
    KIND_TERMS,
    PACKAGED_TERMS,
    REFERRED_TERMS,
    TIER_TERMS,
    WANTED,
    Column,
)
from sim.settle.sheet_files import write_rows

ABOUT = {
    "claims": "One row a bill, or a count of like cases. Only resident-insured rows are paid; others may stay in the "
    "file.",
    "providers": "One row an institution: those of the county and those outside where residents were treated.",
    "enrolment": "Insured persons by community, for budgets by heads, and the community's assessment; further "
    "rows with a `year` serve history years.",
    "signed": "Signed list of `payment=signed_quota`: persons, their base-year cost, and when they were signed, by "
    "`months` or by `signed_from` and `signed_to`.",
    "items": "Services of outpatient visits for `payment=apg`, one a row: consolidated, packaged and discounted to the "
    "weight of the visit. A visit without a row here is weighted by its `group`.",
    "groups": "Case groups with their weights (DRG weight, DIP score / 1,000; outpatient groups: weight of a visit), "
    "for stays and visits in one table, up to 16,000 rows; lines that begin with # are comments. Without this file "
    "those of `conf/claims/inpatient_groups.csv` and `conf/claims/outpatient_groups.csv`.",
}
DATA = PACKAGE / "data"
UNITS = {"money": "yuan", "count": "number", "weight": "ratio", "date": "day", "year": "year"}
LISTS = (("tier", TIER_TERMS), ("category", CATEGORY_TERMS), ("insurance", INSURANCE_TERMS),
         ("referred", REFERRED_TERMS), ("kind", KIND_TERMS), ("packaged", PACKAGED_TERMS))  # fmt: skip

HEADER = """# Data files of `settle`

<!-- written by python docs/data_files.py; do not edit: columns are declared in sim/settle/columns.py -->

`countyfund settle` reads CSV or Parquet. `countyfund template claims` (or `providers`, `enrolment`, `groups`,
`signed`, `items`) writes an example; `countyfund template sample` copies the sample, a small made-up county:
`claims.csv`, `providers.csv`, `enrolment.csv`, `groups.csv`, and `history.csv` (claims of the year before). Every
payment method settles it. `python docs/sample.py` makes it from the default county, with two communities.

- **Encoding**: UTF-8 with or without a byte order mark, or GBK/GB18030; found out from the whole file.
- **Separator**: comma, tab, semicolon or bar, found out from the first row, which holds the headings. A cell may be
  quoted but not broken over lines. Blank rows are passed over.
- **Headings**: the English name or any of the Chinese ones; the order is free, other columns are ignored.
- **Money** is in yuan with at most two decimals; `1,234.50`, `¥1234.5`, `1234.50元` and full-width digits are read
  too. It is kept in whole fen: no amount passes through a binary fraction. Reversals (negative amounts) must be netted
  out first.
- **Codes** are text: leading zeros stay; blanks, tabs, a leading `'` and `="…"` around them go. A number that a
  spreadsheet rounded (`1.23E+17`) is an error.
- **Dates**: `2024-01-31`, `2024/1/31`, `2024.1.31`, `20240131`, `2024年1月31日`; a time of day behind is ignored.
- **Empty cells**: {empty}.

Every row is checked. The errors name file, row (the headings are row 1, as a spreadsheet counts), column, value and
rule. Nothing is settled from a file with errors, unless `skip_bad=true` leaves the bad rows out and lists them.

`history=FILE` holds claims of earlier years, with the columns of claims and a `date` or `year` in every row. From them
come the amounts that a design takes from the past: DIP scores, standards and pools, DRG rates and tier coefficients,
caps, and budgets. Without it they must be given; the message names the parameter.

An empty `statutory` cell is computed by the benefit rules (`benefit.…` in [parameters.md](parameters.md)): with
`person` and `date`, yearly limits and later stays count; without `person`, each row stands alone. A row of
several cases counts as so many bills of the mean amount. The output says how many rows were computed.
"""

LEDGER = """## The ledger

`ledger=FOLDER` keeps the fund's ledger between runs of one design: `journal.csv` (every entry: month, account debited,
account credited, amount in yuan, kind, the entry it corrects, reason), `trial_balance.csv`, `statements_fund.csv`,
`statements_communities.csv` and `statements_institutions.csv` (lines of every owner, the year and its months), and
`manifest.json` with the closed months and a hash of every file. The folder appears whole or not at all and is replaced
whole, so it must hold nothing else, nor lie in `out` or around it. One that another hand changed, or of which no
institution is in the providers file, is refused.

- The year is posted and its months are closed. Bills count in the month of their `date`, without one in December.
- The same claims again: "2024 is closed with the same amounts: nothing was posted".
- Other claims: refused, with the differences. `correction='reason'` posts them in the next open month; each names the
  entry that it corrects. No entry is ever changed.
- A community's budget is granted and advanced in twelfths and passed on to members by their bills in the last year of
  `history` (else by what they were due last year, or this year if the ledger is new). Bills inside are covered by that,
  all others are paid in their month. In December declared becomes due, the transfer is booked and distributed, and
  advances are set off.
- A quality deposit is withheld from what is paid, and in December comes to its share of what was due. An institution
  that the files no longer name gives its working capital back in January.
- The fund's income is not in the files: its cash starts at zero and is what was paid.
"""


def markdown() -> str:
    """``docs/data.md``."""
    parts = [HEADER.format(empty=", ".join(f"`{text}`" for text in EMPTY if text) + " or nothing")]
    for name, columns in FILES.items():
        parts += [f"## {name}", "", ABOUT[name], "", *_table(columns), ""]
    parts += ["## Code lists", "", "Case does not matter; a whole number is the position in the list, from 0.", ""]
    parts += ["| column | code | also read |", "| --- | --- | --- |"]
    parts += [f"| {column} | {code} | {', '.join(also)} |" for column, terms in LISTS for code, also in terms.items()]
    note = (
        "\nThe numbers 11, 14, 21 (category) and 310, 390 (insurance) are those of the national insurance platform "
        "(from memory, unverified)."
    )
    return "\n".join([*parts, note, "", LEDGER])


def _table(columns: tuple[Column, ...]) -> list[str]:
    lines = ["| column | headings also read | needed | unit | meaning | rule | example |",
             "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for column in columns:
        rule = WANTED[column.name if column.kind == "code" else column.kind]
        others = "、".join((column.zh, *column.other))
        cells = (f"`{column.name}`", others, "yes" if column.required else "", UNITS.get(column.kind, ""), column.doc,
                 rule, f"`{column.example}`" if column.example else "")  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def write_sample(folder: Path) -> list[Path]:
    """Copy the shipped sample, so that it can be looked at and settled; returns the files.

    Raises:
        OutputError: if one of them exists or cannot be written.
    """
    files = {source: folder / source.name.removeprefix("sample_") for source in sorted(DATA.glob("sample_*.csv"))}
    there = [place for place in files.values() if place.exists()]
    if there:
        raise OutputError("the file exists already", where=str(there[0]), todo="name another folder with out=FOLDER")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, place in files.items():
            place.write_bytes(source.read_bytes())
    except OSError as error:
        raise OutputError("the sample cannot be written", where=str(folder), todo=str(error)) from None
    return list(files.values())


def write_template(name: str, place: Path, *, overwrite: bool = False) -> Path:
    """Write a template with one example row (Excel opens it as it is), and beside it the meaning of its columns.

    Raises:
        ConfigError: if there is no such template.
        OutputError: if the file exists or cannot be written.
    """
    if name not in FILES:
        raise ConfigError(
            f"there is no template {name!r}", where="the command line", bound=" or ".join((*FILES, "sample"))
        )
    if place.exists() and not overwrite:
        raise OutputError("the file exists already", where=str(place), todo="name another with out=FILE")
    columns = FILES[name]
    text = [f"# {name}: {ABOUT[name]}", "", *_table(columns), "", "See docs/data.md for encodings and code lists.", ""]
    try:
        write_rows(place, [column.zh for column in columns], [[column.example for column in columns]])
        place.with_suffix(".README.md").write_text("\n".join(text), encoding="utf-8")
    except OSError as error:
        raise OutputError("the template cannot be written", where=str(place), todo=str(error)) from None
    return place
