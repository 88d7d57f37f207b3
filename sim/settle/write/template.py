"""Templates of the user's files, and the page that explains their columns; both from the one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.core.disk import reason_of, saved
from sim.core.errors import ConfigError, OutputError
from sim.core.paths import PACKAGE
from sim.core.text import Text
from sim.settle.read.assumed import ALL_OR_NONE, ASSUMED
from sim.settle.read.columns import (
    CATEGORY_TERMS,
    CATEGORY_WIDER,
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
from sim.settle.read.columns_zh import ABOUT_ZH, DOCS_ZH, UNITS_ZH, WANTED_ZH
from sim.settle.write.sheet_files import as_csv
from sim.settle.write.sheets_page import ledger_page, outputs_page, table_line

ABOUT = {
    "claims": "One row a bill, or a count of like cases. Only resident-insured rows are paid; others may stay in the "
    "file, of institutions that are in no file too.",
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
                    "charge": "80.00", "covered": "80.00", "statutory": "30.00", "cost": "75.00",
                    "patient": "50.00"}),
    "history": (
        {"claim": "JS202300000009", "date": "2023-03-01", "year": "2023"},
        {"claim": "JS202300000010", "date": "2023-03-02", "year": "2023", "category": "普通门诊", "group": "P01",
         "days": "", "charge": "75.00", "covered": "75.00", "statutory": "25.00", "cost": "70.00", "patient": "50.00"},
    ),
    "enrolment": ({"year": "2023"}, {}),
    "groups": ({}, {"group": "P01", "name": "门诊小手术", "weight": "1.00", "kind": "手术操作"}),
    "items": ({"claim": "JS202400000018"},),
}  # fmt: skip
"""Rows of templates that have several rows, or others than the examples of the columns: only the cells that differ."""
DATA = PACKAGE / "data"
BOUNDED = ("money", "count", "weight", "share")
UNITS = {"money": "yuan", "count": "number", "weight": "ratio", "share": "ratio", "date": "day", "year": "year"}
LISTS = (("tier", TIER_TERMS), ("category", CATEGORY_TERMS), ("insurance", INSURANCE_TERMS),
         ("referred", REFERRED_TERMS), ("kind", KIND_TERMS), ("packaged", PACKAGED_TERMS))  # fmt: skip

HEADER = """# Data files of `settle`

<!-- written by python docs/data_files.py; do not edit: columns are declared in sim/settle/read/columns.py -->

`countyfund settle` reads CSV or Parquet. `countyfund template claims` (or `history`, `providers`, `enrolment`,
`groups`, `signed`, `items`) writes an example that `settle` accepts, with `language=zh` in Chinese; `countyfund
template sample` copies the sample, a small made-up county: `claims.csv`, `providers.csv`, `enrolment.csv`,
`groups.csv`, and `history.csv` (claims of the year before). Every payment method settles it. `python docs/sample.py`
makes it from the default county, with two communities.

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
  error words (`#N/A`, `#REF!`, `####`), invisible and control characters, and texts of more than 200 characters. A
  small `x` behind 17 digits is the check digit `X` of an identity number: the same person, which is said.
- **Money** is in yuan with at most two decimals, further ones zeros; it is kept in whole fen, and no amount passes
  through a binary fraction. `1,234.50`, `¥1234.5`, `1234.50元` and full-width signs are read; `1.5万`, `0.2亿`, `3千`
  are multiplied out exactly and said. A comma must separate groups of three digits: `1234,56`, `0,5`, `1.234,56` and
  `1,23,456` are refused, and so are blanks within a number, `1.2E+05`, `5%`, `inf`, numerals of other
  scripts (`一百`, `١٢`) and more than 15 digits.
- **Counts** are whole numbers, written likewise (`12,345`, `4.5万`, `100.0`), without signs of currency. **Weights**
  have a decimal point and no commas. A **score** is a share of 1: `0.95`, or `95%`, which is said; `95` is refused.
- **Reversals** (冲正), that is negative amounts, cases or days (`-100`, `－100`, `(100.00)`, `100.00-`), are refused:
  take them out together with the bills that they take back, or net them. `skip_bad=true` does not leave them out, as
  the bills would stay paid.
- **Totals**: a row in which a cell says 合计, 总计, 小计, 共计, 累计, 汇总, total, subtotal or sum is a bad row; in a
  column that is not read the word counts where the row has no claim number, person or date. So is a last row of claims
  without number, person and date, as other rows have, whose charge is the sum of all others; and a last row of the
  enrolment whose community has no institution and whose heads are the sum of several others, or of one, if it is called
  全…, 总…, 县….
- **Dates**: `2024-01-31`, `2024/1/31`, `2024.1.31`, `20240131`, `2024年1月31日`; a time of day behind is let go, a
  time of another zone (`…T20:00:00Z`) is refused. A spreadsheet's number of a day (`45322` = 2024-01-31) is read where
  it is of 1990 to 2100, and said.
- **Code lists**: the spellings below, numbers also as `21.0`; a number that is no code of the national platform is the
  position in the list, and that is said.
- **Empty cells**: {empty}. What they count as is in the tables below, and said with the number of rows.
- **Parquet**: texts, whole numbers, decimals, dictionaries of them; binary fractions as money where they are whole fen
  to the last digits that they have, as codes and persons where they are whole and below 2^53 (said); dates, and
  instants with a zone in that of the county, UTC+8 (said). Columns that are read and hold truth values, lists,
  structures or durations are refused. A file may claim 100,000 rows and 16 more for each of its bytes, and 64 MB
  unpacked and 200 bytes more for each of its bytes.

Every row is checked. The errors name file, row (the headings are row 1, as a spreadsheet counts), column, value and
rule; one fact is one error. Nothing is settled from a file with errors, unless `skip_bad=true` leaves the bad rows out
and lists them. What hangs on a row that is left out goes with it, told in one line and counted: claims of an
institution or of a case group whose row is bad, services of claims, visits whose services are left out and that have no
group. A visit that loses some of its services is weighed without them, which is said. Communities of such rows still
stand. A ledger is not posted while an institution is left out.

`history=FILE` holds claims of earlier years, with the columns of claims and a `date` or `year` in every row. From them
come the amounts that a design takes from the past: DIP scores, standards and pools, DRG rates and tier coefficients,
caps, and budgets. Without it they must be given; the message names the parameter.

An empty `statutory` cell is computed by the benefit rules (`benefit.…` in [parameters.md](parameters.md)): with
`person` and `date`, yearly limits and later stays count; without `person`, each row stands alone. A row of
several cases counts as so many bills of the mean amount. The output says how many rows were computed.
"""

TOGETHER = """## What the files mean together

Refused, with file, row and column where there is one:

- a `date` of another year than the cell `year`; a row of the history without date and year, or not of an earlier year;
  claims without any year where history, ledger, enrolment by year or signing dates need one (`year=2024` names it);
- a claim number given twice for a year, in claims or in the history; a community given twice for a year;
- an empty cell beside filled ones: `insurance`, `cases`, `covered` (where the statutory part is computed) of claims;
  `signed` and `score` of one year of the enrolment;
- `days` below the number of cases, for stays paid by days (per diem, `short_days`, long stays of a composite);
- parts of a bill that are given and contradict the statutory part that is computed; those that do not, stay;
- a base by heads, and a year of the history that counts money of a community but nobody insured; a budget or an amount
  by heads, and a community without a row of the year; a budget, and a community of the enrolment without institutions
  that no claim names as home;
- a list of parameters with another number of values than institutions or communities;
- more than 10 trillion yuan, or 10 billion cases or days, in a file; amounts that 64 bits cannot hold exactly.

Limits and deductibles begin anew with each year. Said with counts: rows that name no year (of the settled one), numbers
that stand in two years (other bills), rows without a number that repeat another in every cell (each a bill), dates to
come, persons of two insurances or two communities, care at members of another community, stays without days where work
splits a transfer, persons of the signed list who are signed in the year and who have claims, services and the claims
they belong to, institutions of one name under several codes, tiers, groups and institutions without a past, base years
that the history lacks, files that no design looks at, what comes from the default county (groups, benefit, growth), and
pay of five times the bills or a fifth of them.
"""

LEDGER_PAGE = """## The ledger

`ledger=FOLDER` keeps the fund's ledger between runs of one design: `journal.csv` (every entry: month, account debited,
account credited, amount in yuan, kind, the entry it corrects, reason), `trial_balance.csv`, `statements_fund.csv`,
`statements_communities.csv` and `statements_institutions.csv` (lines of every owner, the year and its months), and
`manifest.json` with the closed months and a hash of every file. The folder must hold nothing else (names that begin
with a dot, such as its own version history, stay), nor lie in `out` or around it; `out=` never replaces a ledger. One
that another hand changed, or of which no institution is in the providers file, is refused.

One run at a time uses a ledger; another one waits for it, up to two minutes. A posting is there as a whole or not at
all: what a killed run left is removed or completed by the next run with this ledger, which says so. Results that speak
of a posting never stand without it; a posting may stand without its results, and settling again makes them and posts
nothing.

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
    """The text of ``docs/data.md``."""
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
    wider = [
        ", ".join(f"{text} {names[text]}".strip() for text in names) + f" count as {code}"
        for code, names in CATEGORY_WIDER.items()
    ]
    note = (
        f"\nOf the types of treatment of the national platform (med_type) {'; '.join(wider)}; that is said. Others, "
        "such as 41 (drug stores), are refused. These numbers, 11, 14, 21 (category) and 310, 390 (insurance) are "
        "those of the national insurance platform (from public interfaces of hospitals, unverified)."
    )
    return "\n".join([*parts, note, "", TOGETHER, *outputs_page(), LEDGER_PAGE, *ledger_page()])


def _table(columns: tuple[Column, ...]) -> list[str]:
    heads = (
        "column",
        "headings also read",
        "needed",
        "unit",
        "meaning",
        "accepted, else refused",
        "empty or absent",
        "example",
    )
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    file = next(name for name, declared in FILES.items() if declared is columns)
    for column in columns:
        others = "、".join((column.zh, *column.other))
        cells = (
            f"`{column.name}`",
            others,
            "yes" if column.required else "",
            UNITS.get(column.kind, ""),
            column.doc,
            _rule(column),
            _empty(file, column),
            f"`{column.example}`" if column.example else "",
        )
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
        cells = (
            column.zh,
            "、".join((column.name, *column.other)),
            "是" if column.required else "",
            UNITS_ZH.get(column.kind, ""),
            docs[column.name],
            rule,
            column.example,
        )
        lines.append(table_line(cells))
    return lines


def _rule(column: Column) -> str:
    """What is accepted in a column, with its bounds."""
    scale = {"money": 100, "weight": 10**6, "share": 10**6}.get(column.kind, 1)
    bounds = f"; {column.low / scale:g} .. {column.high / scale:,.0f}" if column.kind in BOUNDED else ""
    return WANTED[column.name if column.kind == "code" else column.kind] + bounds


def _empty(file: str, column: Column) -> str:
    """What an empty cell, or a column that is not there, counts as."""
    meant = ASSUMED[file].get(column.name)
    meaning = "refused" if column.required else meant.en if meant else "nothing"
    when = ALL_OR_NONE.get(file, {}).get(column.name)
    return meaning if when is None else f"{meaning}; refused beside filled cells{when}"


def write_sample(folder: Path) -> list[Path]:
    """Copy the shipped sample, so that it can be looked at and settled; returns the files.

    Raises:
        OutputError: if one of them exists or cannot be written; then none is.
    """
    files = {source: folder / source.name.removeprefix("sample_") for source in sorted(DATA.glob("sample_*.csv"))}
    _write_new({place: source.read_bytes() for source, place in files.items()}, "out=FOLDER")
    saved.append(Text(f"the sample is in {folder}", f"示例已存于 {folder}"))
    return list(files.values())


def write_template(name: str, place: Path, *, language: str = "en") -> Path:
    """Write a template with example rows (Excel opens it as it is), and beside it the meaning of its columns.

    The templates of all files together make a county that `settle` settles.

    Raises:
        ConfigError: if there is no such template.
        OutputError: if one of the files exists or cannot be written.
    """
    if name not in TEMPLATES:
        raise ConfigError(
            f"there is no template {name!r}", where="the command line", bound=" or ".join((*TEMPLATES, "sample"))
        )
    if place.name in ("", ".."):
        raise OutputError("the template needs a name", where=str(place), todo="give out=FILE.csv")
    heads = [column.zh if language == "zh" else column.name for column in TEMPLATES[name]]
    readme = place.with_suffix(".README.md")
    _write_new(
        {place: as_csv(heads, example_rows(name, language)), readme: _readme(name, language).encode()}, "out=FILE"
    )
    saved.append(Text(f"the template is {place}", f"模板已存为 {place}"))
    return place


def _write_new(files: Mapping[Path, bytes], word: str) -> None:
    """Write files where there are none: all of them, or none.

    Raises:
        OutputError: if one of them exists or cannot be written.
    """
    written: list[Path] = []
    try:
        for place, content in files.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                written.append(place)
                file.write(content)
    except (OSError, ValueError) as error:
        for begun in written:
            begun.unlink(missing_ok=True)
        there = isinstance(error, FileExistsError)
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise OutputError(
            "the file exists already" if there else f"the file cannot be written: {reason}",
            where=str(place),
            todo=f"name another with {word}",
        ) from None


def example_rows(name: str, language: str) -> list[list[str]]:
    """Rows of a template: the example of each column, and the cells in which further rows differ (`ROWS`)."""
    first_row = {column.name: column.example for column in TEMPLATES[name]}
    rows = [first_row | more for more in ROWS.get(name, ({},))]
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
        text = [
            f"# {name}: {ABOUT[name]}",
            "",
            *_table(TEMPLATES[name]),
            "",
            "See docs/data.md for encodings and code lists.",
            "",
        ]
    return "\n".join(text)
