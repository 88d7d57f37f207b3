"""Templates of the user's files, and the page that explains their columns; both from the one declaration."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ConfigError, OutputError
from sim.paths import PACKAGE
from sim.settle.columns import (
    CATEGORY_TERMS,
    CLAIMS,
    CODE_LISTS,
    CODE_NAMES,
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
from sim.settle.columns_zh import ABOUT_ZH, DOCS_ZH, UNITS_ZH, WANTED_ZH
from sim.settle.sheet_files import write_rows
from sim.settle.sheets_page import ledger_page, outputs_page, table_line

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
    "history": "Claims of earlier years, from which rates, pools and budgets follow: the columns of claims, with a "
    "date or a year in every row.",
    "groups": "Case groups with their weights (DRG weight, DIP score / 1,000; outpatient groups: weight of a visit), "
    "for stays and visits in one table, up to 16,000 rows; lines that begin with # are comments. Without this file "
    "those of `conf/claims/inpatient_groups.csv` and `conf/claims/outpatient_groups.csv`.",
}
TEMPLATES: dict[str, tuple[Column, ...]] = {**FILES, "history": CLAIMS}
ROWS: dict[str, tuple[dict[str, str], ...]] = {
    "claims": ({}, {"claim": "JS202400000018", "date": "2024-02-05", "category": "普通门诊", "group": "", "days": "",
                    "charge": "80.00", "covered": "80.00", "statutory": "0.00", "cost": "75.00",
                    "patient": "80.00"}),
    "history": (
        {"claim": "JS202300000009", "date": "2023-03-01", "year": "2023"},
        {"claim": "JS202300000010", "date": "2023-03-02", "year": "2023", "category": "普通门诊", "group": "P01",
         "days": "", "charge": "75.00", "covered": "75.00", "statutory": "0.00", "cost": "70.00", "patient": "75.00"},
    ),
    "enrolment": ({"year": "2023"}, {}),
    "groups": ({}, {"group": "P01", "name": "门诊小手术", "weight": "1.00", "kind": "手术操作"}),
    "items": ({"claim": "JS202400000018"},),
}  # fmt: skip
"""Rows of the templates that have more than one, or another than the examples of the columns: what they differ in."""
DATA = PACKAGE / "data"
UNITS = {"money": "yuan", "count": "number", "weight": "ratio", "date": "day", "year": "year"}
LISTS = (("tier", TIER_TERMS), ("category", CATEGORY_TERMS), ("insurance", INSURANCE_TERMS),
         ("referred", REFERRED_TERMS), ("kind", KIND_TERMS), ("packaged", PACKAGED_TERMS))  # fmt: skip

HEADER = """# Data files of `settle`

<!-- written by python docs/data_files.py; do not edit: columns are declared in sim/settle/columns.py -->

`countyfund settle` reads CSV or Parquet. `countyfund template claims` (or `history`, `providers`, `enrolment`,
`groups`, `signed`, `items`) writes an example that `settle` accepts, with `language=zh` in Chinese; `countyfund
template sample` copies the sample, a small made-up county: `claims.csv`, `providers.csv`, `enrolment.csv`,
`groups.csv`, and `history.csv` (claims of the year before). Every payment method settles it. `python docs/sample.py`
makes it from the default county, with two communities.

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

LEDGER_PAGE = """## The ledger

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
    return "\n".join([*parts, note, "", *outputs_page(), LEDGER_PAGE,
                      *ledger_page()])  # fmt: skip


def _table(columns: tuple[Column, ...]) -> list[str]:
    lines = ["| column | headings also read | needed | unit | meaning | rule | example |",
             "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for column in columns:
        rule = WANTED[column.name if column.kind == "code" else column.kind]
        others = "、".join((column.zh, *column.other))
        cells = (f"`{column.name}`", others, "yes" if column.required else "", UNITS.get(column.kind, ""), column.doc,
                 rule, f"`{column.example}`" if column.example else "")  # fmt: skip
        lines.append(table_line(cells))
    return lines


def _table_zh(name: str) -> list[str]:
    """The columns of a file in Chinese."""
    lines = ["| 表头 | 也可写作 | 必填 | 单位 | 含义 | 要求 | 示例 |", "| --- | --- | --- | --- | --- | --- | --- |"]
    docs = DOCS_ZH["claims" if name == "history" else name]
    for column in TEMPLATES[name]:
        key = column.name if column.kind == "code" else column.kind
        terms = dict(LISTS).get(key)
        rule = WANTED_ZH[key] if terms is None else "、".join(also[0] for also in terms.values()) + "之一"
        cells = (column.zh, "、".join((column.name, *column.other)), "是" if column.required else "",
                 UNITS_ZH.get(column.kind, ""), docs[column.name], rule, column.example)  # fmt: skip
        lines.append(table_line(cells))
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


def write_template(name: str, place: Path, *, overwrite: bool = False, language: str = "en") -> Path:
    """Write a template with example rows (Excel opens it as it is), and beside it the meaning of its columns.

    The templates of all files together make a county that `settle` settles.

    Raises:
        ConfigError: if there is no such template.
        OutputError: if the file exists or cannot be written.
    """
    if name not in TEMPLATES:
        raise ConfigError(
            f"there is no template {name!r}", where="the command line", bound=" or ".join((*TEMPLATES, "sample"))
        )
    if place.exists() and not overwrite:
        raise OutputError("the file exists already", where=str(place), todo="name another with out=FILE")
    heads = [column.zh if language == "zh" else column.name for column in TEMPLATES[name]]
    try:
        write_rows(place, heads, example_rows(name, language))
        place.with_suffix(".README.md").write_text(_readme(name, language), encoding="utf-8")
    except OSError as error:
        raise OutputError("the template cannot be written", where=str(place), todo=str(error)) from None
    return place


def example_rows(name: str, language: str) -> list[list[str]]:
    """Rows that `settle` reads: the example of each column, with what other rows have instead."""
    own = {column.name: column.example for column in TEMPLATES[name]}
    rows = [own | more for more in ROWS.get(name, ({},))]
    return [[_example(column, row[column.name], language) for column in TEMPLATES[name]] for row in rows]


def _example(column: Column, text: str, language: str) -> str:
    """An example in a language: words of code lists are declared in Chinese."""
    codes = CODE_LISTS.get(column.kind)
    if language == "zh" or codes is None or not text:
        return text
    return CODE_NAMES[column.kind][codes[text]]


def _readme(name: str, language: str) -> str:
    """What the columns of a template mean."""
    if language == "zh":
        text = [f"# {name}：{ABOUT_ZH[name]}", "", *_table_zh(name), "", "编码方式：UTF-8或GBK；金额单位为元。", ""]
    else:
        text = [f"# {name}: {ABOUT[name]}", "", *_table(TEMPLATES[name]), "",
                "See docs/data.md for encodings and code lists.", ""]  # fmt: skip
    return "\n".join(text)
