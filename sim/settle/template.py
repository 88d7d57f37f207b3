"""Templates of the user's files, and the page that explains their columns; both from the one declaration."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ConfigError, OutputError
from sim.paths import PACKAGE
from sim.settle.assumed import ASSUMED
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
from sim.settle.output import write_rows

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
BOUNDED = ("money", "count", "weight", "share")
UNITS = {"money": "yuan", "count": "number", "weight": "ratio", "share": "ratio", "date": "day", "year": "year"}
LISTS = (("tier", TIER_TERMS), ("category", CATEGORY_TERMS), ("insurance", INSURANCE_TERMS),
         ("referred", REFERRED_TERMS), ("kind", KIND_TERMS), ("packaged", PACKAGED_TERMS))  # fmt: skip

HEADER = """# Data files of `settle`

<!-- written by python docs/data_files.py; do not edit: columns are declared in sim/settle/columns.py -->

`countyfund settle` reads CSV or Parquet. `countyfund template claims` (or `providers`, `enrolment`, `groups`,
`signed`, `items`) writes an example; `countyfund template sample` copies the sample, a small made-up county:
`claims.csv`, `providers.csv`, `enrolment.csv`, `groups.csv`, and `history.csv` (claims of the year before). Every
payment method settles it. `python docs/sample.py` makes it from the default county, with two communities.

A cell that identifies somebody, counts heads or is money is read exactly or refused. Whatever else is assumed, ignored
or read in another sense than it stands is said: in the terminal, in the notes of `statements.html` and in the manifest.

- **Files**: what a file is counts, not its name. Workbooks, archives, compressed files, web pages, UTF-16, folders and
  pipes are refused and named, and so is a file that has headings but no rows.
- **Encoding**: UTF-8 with or without a byte order mark, or GBK/GB18030; found out from the whole file. A file in both
  is refused with the line that is not like those before it; so is one with NUL bytes.
- **Lines**: LF, CRLF or CR ends a line, and each line is a row: as many lines as the file has come out as rows, as bad
  rows or as blank ones. A cell may be quoted but not broken over lines: a quote that is opened and not closed in its
  line, or closed within a cell, makes this line a bad row and no other. Blank rows are passed over. No line may be
  longer than 16 MB.
- **Separator**: comma, tab, semicolon or bar, found out from the first row, which holds the headings.
- **Headings**: the English name or any of the Chinese ones, in any order; blanks, case and full-width signs do not
  matter. A unit behind it is understood: `(元)`, `/元`, `（人次）`; `(千元)`, `(万元)`, `(百万元)`, `(亿元)`, `(万人)`
  and `(%)` of a score are multiplied out exactly and said; other units of money (`(分)`, `(美元)`) are refused. A code
  list may be called `险种名称`, `险种代码`, `险种类型` … where there is no `险种`. Two columns of one meaning are
  refused. Columns that are not known are not read: they are listed, with the known heading that is near.
- **Codes and persons** are text: leading zeros stay; blanks, tabs, a leading `'` and `="…"` around them go. Full-width
  letters and digits are the half-width ones (`Ａ` = `A`), and that is said. Refused are: numbers that a spreadsheet
  rounded (`1.23E+17`, `9.9e17`; numbers of 18 digits and more with nothing but zeros behind the 15th, where most of
  the column are so), made decimal (`330500123456.0`), grouped (`330,500,123`) or turned into dates (`3-Mar`), its
  error words (`#N/A`, `#REF!`, `####`), invisible and control characters, and texts of more than 200 characters.
- **Money** is in yuan with at most two decimals, further ones zeros; it is kept in whole fen, and no amount passes
  through a binary fraction. `1,234.50`, `¥1234.5`, `1234.50元` and full-width signs are read; `1.5万`, `0.2亿`, `3千`
  are multiplied out exactly and said. A comma must separate groups of three digits: `1234,56`, `0,5`, `1.234,56` and
  `1,23,456` are refused, and so are blanks within a number, `1.2E+05`, `5%`, `inf`, Chinese numerals (`一百`) and more
  than 15 digits.
- **Counts** are whole numbers, written likewise (`12,345`, `4.5万`, `100.0`), without signs of currency. **Weights**
  have a decimal point and no commas. A **score** is a share of 1: `0.95`, or `95%`, which is said; `95` is refused.
- **Reversals** (冲正), that is negative amounts, cases or days (`-100`, `－100`, `(100.00)`, `100.00-`), are refused:
  take them out together with the bills that they take back, or net them. `skip_bad=true` does not leave them out, as
  the bills would stay paid.
- **Totals**: a row in which a cell says 合计, 总计, 小计, 共计, 累计, 汇总, total, subtotal or sum is a bad row; in a
  column that is not read the word counts where the row has no claim number, person or date. So is a last row of claims
  without number, person and date, as other rows have, whose charge is the sum of all others.
- **Dates**: `2024-01-31`, `2024/1/31`, `2024.1.31`, `20240131`, `2024年1月31日`; a time of day behind is let go, a
  time of another zone (`…T20:00:00Z`) is refused.
- **Code lists**: the spellings below; a number that is no code of the national platform is the position in the list,
  and that is said.
- **Empty cells**: {empty}. What they count as is in the tables below, and said with the number of rows.
- **Parquet**: texts, whole numbers, decimals, dictionaries of them; binary fractions as money where they are whole fen
  to the last digits that they have, as codes and persons where they are whole and below 2^53 (said); dates, and
  instants with a zone in that of the county, UTC+8 (said). Columns that are read and hold truth values, lists,
  structures or durations are refused. A file may claim 100,000 rows and 16 more for each of its bytes, and 64 MB
  unpacked and 200 bytes more for each of its bytes.

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
    parts += [
        "## Code lists",
        "",
        "Case does not matter; a whole number is the position in the list, from 0, which is said.",
        "",
    ]
    parts += ["| column | code | also read |", "| --- | --- | --- |"]
    parts += [f"| {column} | {code} | {', '.join(also)} |" for column, terms in LISTS for code, also in terms.items()]
    note = (
        "\nThe numbers 11, 14, 21 (category) and 310, 390 (insurance) are those of the national insurance platform "
        "(from memory, unverified)."
    )
    return "\n".join([*parts, note, "", LEDGER])


def _table(columns: tuple[Column, ...]) -> list[str]:
    heads = ("column", "headings also read", "needed", "unit", "meaning", "accepted, else refused", "empty or absent",
             "example")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    file = next(name for name, own in FILES.items() if own is columns)
    for column in columns:
        others = "、".join((column.zh, *column.other))
        cells = (f"`{column.name}`", others, "yes" if column.required else "", UNITS.get(column.kind, ""), column.doc,
                 _rule(column), _empty(file, column), f"`{column.example}`" if column.example else "")  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def _rule(column: Column) -> str:
    """What is accepted in a column, with its bounds."""
    scale = {"money": 100, "weight": 10**6, "share": 10**6}.get(column.kind, 1)
    bounds = f"; {column.low / scale:g} .. {column.high / scale:,.0f}" if column.kind in BOUNDED else ""
    return WANTED[column.name if column.kind == "code" else column.kind] + bounds


def _empty(file: str, column: Column) -> str:
    """What an empty cell, or a column that is not there, counts as."""
    meant = ASSUMED[file].get(column.name)
    return "refused" if column.required else meant.en if meant else "nothing"


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
