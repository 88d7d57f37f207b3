"""Statements (结算单): one printable page with all institutions, and files for each alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.core.text import Language, Text
from sim.core.visible import visible
from sim.report.labels import CATEGORY_LABELS
from sim.report.luck import TITLE, heads_of
from sim.settle.write.money_text import money
from sim.settle.write.notes import Notes
from sim.settle.write.safe import file_names
from sim.settle.write.sheet_files import write_sheet
from sim.settle.write.sheets import INDEX, PROVIDERS
from sim.settle.write.tables import EXTRAS
from sim.tables import TIER_NAMES, TIERS

if TYPE_CHECKING:
    from sim.settle.design import Design

WORDS: dict[str, Text] = {
    "title": Text("Statements of institutions", "医疗机构结算单"),
    "of_year": Text("year %s", "%s年度"),
    "statement": Text("Statement", "结算单"),
    "statement_of_year": Text("Statement of %s", "%s年度结算单"),
    "code": Text("Code", "机构编码"),
    "tier": Text("Tier", "机构层级"),
    "community": Text("Member of", "所属医共体"),
    "community_name": Text("Community", "医共体"),
    "heads": Text("Insured", "参保人数"),
    "design": Text("Payment", "支付方式"),
    "bills": Text("Bills of the resident insurance", "居民医保费用汇总"),
    "owed": Text("Due from the fund", "医保应付"),
    "category": Text("Category", "医疗类别"),
    "cases": Text("Cases", "人次"),
    "days": Text("Days", "住院天数"),
    "charge": Text("Charge", "医疗总费用"),
    "covered": Text("Covered", "政策范围内"),
    "statutory_part": Text("Statutory part", "统筹基金"),
    "catastrophic": Text("Catastrophic", "大病保险"),
    "assistance": Text("Assistance", "医疗救助"),
    "patient": Text("Patient", "个人负担"),
    "statutory": Text("Fee for service", "按项目付费"),
    "receipts": Text("Due in all", "应付合计"),
    "distributed": Text("Part of the transfer", "清算分配"),
    "forfeited": Text("Deposit forfeited", "未返还保证金"),
    "under_quota": Text("Under the quota", "签约居民总额内"),
    "beside_quota": Text("Beside the quota", "签约居民总额外"),
    "against_ffs": Text("Against fee for service", "比按项目付费"),
    "against_charge": Text("Against charges", "比总费用"),
    "all": Text("All", "合计"),
    "yuan": Text("Amounts in yuan", "金额单位：元"),
    "fund": Text("The fund", "基金"),
    "communities": Text("Communities", "医共体"),
    "budget": Text("Budget", "预算"),
    "in_network": Text("Inside", "网内应付"),
    "out_of_network": Text("Outside", "网外应付"),
    "balance": Text("Balance", "结余（负为超支）"),
    "transfer": Text("Transfer", "清算划拨"),
    "total": Text("Fund in the end", "基金支出合计"),
    "point_value": Text("Rate or point value", "费率或点值"),
    "notes": Text("Notes", "说明"),
    "legend": Text(
        "Fee for service = the statutory part of the bills. Against charges = due + catastrophic insurance + "
        "assistance + patient - charge.",
        "按项目付费=费用中的统筹基金部分。比总费用=应付合计+大病保险+医疗救助+个人负担-医疗总费用。",
    ),
    "seal_institution": Text("Institution (seal)", "医疗机构（章）"),
    "seal_fund": Text("Insurance fund (seal)", "医保经办机构（章）"),
    "date": Text("Date", "日期"),
}
ABOVE = ("parent", "parent_name")
"""Columns of an institution that name another."""


def write_statements(
    folder: Path, tables: dict[str, Any], designs: Sequence[Design], year: int, notes: Notes, language: str
) -> None:
    """Write ``statements.html`` with all, and ``statements/`` with a page and a table for each institution.

    Institutions without a claim and without money have none.  An institution's own files hold nothing of others.
    """
    chosen: Language = "zh" if language == "zh" else "en"
    pages = _environment()
    shared = _shared(tables, designs, year, chosen)
    statements = _statements(tables["providers"])
    everything = pages.get_template("statements.html.j2").render(
        shared,
        fund=tables["fund"].to_dict("records"),
        communities=tables["communities"].to_dict("records"),
        luck=tables["luck"],
        luck_title=TITLE.of(chosen),
        luck_heads=heads_of(tables["luck"].lines, chosen),
        statements=statements,
        notes=notes.all,
    )
    (folder / "statements.html").write_text(everything, encoding="utf-8")
    place = folder / "statements"
    place.mkdir()
    names = file_names([one["head"]["provider"] for one in statements], ["index"])
    page = pages.get_template("statement.html.j2")
    columns = [name for name in tables["providers"].columns if name not in ABOVE]
    for one, name in zip(statements, names, strict=True):
        text = page.render(shared, one=one | {"notes": notes.of(one["head"]["provider"])})
        (place / f"{name}.html").write_text(text, encoding="utf-8")
        rows = [[row[column] for column in columns] for row in one["rows"]]
        write_sheet(place / f"{name}.csv", PROVIDERS, columns, rows, language)
    index = [
        (one["head"]["provider"], one["head"]["name"], f"{name}.html", f"{name}.csv")
        for one, name in zip(statements, names, strict=True)
    ]
    write_sheet(place / "index.csv", INDEX, [field.name for field in INDEX.fields], index, language)


def _environment() -> Any:
    """Templates that escape all text, and show what is not seen."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sim.settle"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters["yuan"] = money
    return environment


def _shared(tables: dict[str, Any], designs: Sequence[Design], year: int, chosen: Language) -> dict[str, Any]:
    """What every page says."""
    return {
        "lang": "zh-CN" if chosen == "zh" else "en",
        "w": {key: text.of(chosen) for key, text in WORDS.items()},
        "tiers": {tier: name.of(chosen) for tier, name in zip(TIERS, TIER_NAMES, strict=True)},
        "categories": {key: text.of(chosen) for key, text in CATEGORY_LABELS.items()}
        | {"all": WORDS["all"].of(chosen)},
        "labels": {design.name: design.label for design in designs},
        "values": {row["design"]: _value(row["point_value"]) for row in tables["fund"].to_dict("records")},
        "extras": [name for name in EXTRAS if name in tables["providers"]],
        "year": year or "",
    }


def _value(value: Any) -> str:
    """A rate or point value; nothing where a method has none."""
    return "" if value is None or value != value else f"{value:,.6f}".rstrip("0").rstrip(".")


def _statements(table: Any) -> list[dict[str, Any]]:
    """One record for each institution with claims or money: head, rows, bills by category, what is due by design."""
    statements: dict[str, dict[str, Any]] = {}
    for row in table.to_dict("records"):
        one = statements.setdefault(row["provider"], {"head": row, "rows": [], "bills": {}, "due": {}, "notes": ()})
        one["rows"].append(row)
        one["bills"].setdefault(row["category"], row)
        due = one["due"].setdefault(row["design"], {"by_category": {}})
        if row["category"] == "all":
            due |= row
        else:
            due["by_category"][row["category"]] = row["receipts"]
    return [
        one
        | {
            "bills": list(one["bills"].values()),
            "due": list(one["due"].values()),
            "categories": [name for name in one["bills"] if name != "all"],
        }
        for one in statements.values()
        if one["bills"]["all"]["cases"] or any(map(_has_money, one["due"].values()))
    ]


def _has_money(due: dict[str, Any]) -> bool:
    """Whether something is due or shared out without a claim."""
    return any(due.get(name) and due[name] == due[name] for name in ("receipts", *EXTRAS))
