"""Statements (结算单): one printable page for each institution and design."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.text import CATEGORY_LABELS, TIER_LABELS, Language, Text
from sim.units import yuan_text

if TYPE_CHECKING:
    from sim.settle.designs import Design

WORDS: dict[str, Text] = {
    "title": Text("Statements of institutions", "医疗机构结算单"),
    "statement": Text("Statement", "结算单"),
    "year": Text("Year", "年度"),
    "code": Text("Code", "机构编码"),
    "tier": Text("Tier", "机构层级"),
    "community": Text("Community", "所属医共体"),
    "design": Text("Payment", "支付方式"),
    "category": Text("Category", "医疗类别"),
    "cases": Text("Cases", "人次"),
    "days": Text("Days", "住院天数"),
    "charge": Text("Charge", "医疗总费用"),
    "covered": Text("Covered", "政策范围内"),
    "others": Text("Patient, catastrophic, assistance", "个人、大病及救助"),
    "statutory": Text("Statutory = fee for service", "统筹基金(按项目)"),
    "receipts": Text("Due from the fund", "医保应付"),
    "against_ffs": Text("Against fee for service", "与按项目付费之差"),
    "against_charge": Text("Against charges", "与总费用之差"),
    "all": Text("All", "合计"),
    "yuan": Text("Amounts in yuan", "金额单位:元"),
    "fund": Text("The fund", "基金"),
    "communities": Text("Communities", "医共体"),
    "budget": Text("Budget", "预算"),
    "in_network": Text("Inside", "内部应付"),
    "out_of_network": Text("Outside", "外部应付"),
    "balance": Text("Balance", "结余(负为超支)"),
    "transfer": Text("Transfer", "清算划拨"),
    "total": Text("Fund in the end", "基金合计支出"),
    "point_value": Text("Point value or rate, yuan", "点值/费率(元)"),
    "notes": Text("Notes", "说明"),
    "sign": Text("Institution (seal): ____________   Fund (seal): ____________   Date: ____________",
                 "医疗机构(章):____________  医保经办机构(章):____________  日期:____________"),
}  # fmt: skip


def write_statements(
    path: Path, tables: dict[str, Any], designs: Sequence[Design], year: int, notes: Sequence[str], language: str
) -> None:
    """Write the page; institutions without a claim have no statement."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    chosen: Language = "zh" if language == "zh" else "en"
    environment = Environment(
        loader=PackageLoader("sim.settle"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["yuan"] = money
    labels = {design.name: design.label for design in designs}
    page = environment.get_template("statements.html.j2").render(
        lang="zh-CN" if chosen == "zh" else "en",
        w={key: text.of(chosen) for key, text in WORDS.items()},
        tiers={key: text.of(chosen) for key, text in TIER_LABELS.items()},
        categories={key: text.of(chosen) for key, text in CATEGORY_LABELS.items()} | {"all": WORDS["all"].of(chosen)},
        labels=labels,
        year=year or "",
        fund=tables["fund"].to_dict("records"),
        communities=tables["communities"].to_dict("records"),
        statements=_statements(tables["providers"]),
        notes=notes,
    )
    path.write_text(page, encoding="utf-8")


def money(fen: int) -> str:
    """Fen as yuan with thousands separators.

    >>> money(-123456)
    '-1,234.56'
    """
    whole, _, cents = yuan_text(abs(int(fen))).partition(".")
    return ("-" if fen < 0 else "") + f"{int(whole):,}.{cents}"


def _statements(table: Any) -> list[dict[str, Any]]:
    """One record for each institution with claims: its head, and its lines by design."""
    statements: dict[str, dict[str, Any]] = {}
    for row in table.to_dict("records"):
        row["others"] = row["charge"] - row["statutory"]
        one = statements.setdefault(row["provider"], {"head": row, "lines": {}})
        one["lines"].setdefault(row["design"], []).append(row)
    return [one for one in statements.values() if one["head"]["cases"] or one["head"]["category"] != "all"]
