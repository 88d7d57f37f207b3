"""What `settle` writes: every column of every file once, with its heading and words in both languages.

The same declaration serves writing, reading back (`sim.settle.write.sheet_files`) and ``docs/data.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.money.ledger.chart import KINDS
from sim.settle.read.columns import FILES, KIND_TERMS
from sim.tables import CATEGORIES, CATEGORY_NAMES, TIER_NAMES, TIERS

MONTH_NUMBERS = range(1, 13)


class Field(NamedTuple):
    """One column of a file for people."""

    name: str
    """Heading in English, and the name in code."""
    zh: str
    kind: str
    """text, cell (of a user's file: a number or text), word (a code of ``terms``), money (fen in code, yuan in the
    file), count or number."""
    doc: str
    terms: Mapping[str, str] = {}
    """Code -> Chinese word; in English the code itself is the word."""
    only: str = ""
    """The one language of files that have it."""

    def heading(self, language: str) -> str:
        """The heading in a language."""
        return self.zh if language == "zh" else self.name


class Sheet(NamedTuple):
    """One file, or several of the same columns."""

    file: str
    about: str
    fields: tuple[Field, ...]


TIER_WORDS = {tier: name.zh for tier, name in zip(TIERS, TIER_NAMES, strict=True)}
CATEGORY_WORDS = {category: name.zh for category, name in zip(CATEGORIES, CATEGORY_NAMES, strict=True)} | {
    "all": "合计"
}
KIND_WORDS = {kind: terms[0] for kind, terms in KIND_TERMS.items()}
COLUMN_WORDS = {column.name: column.zh for columns in FILES.values() for column in columns}

DESIGN = Field("design", "方案", "text", "Design, as `explain design=` names it.")
PROVIDER = Field("provider", "医疗机构编码", "text", "Code of the institution.")
NAME = Field("name", "医疗机构名称", "text", "Name of the institution; its code where none is given.")
COMMUNITY = Field("community", "医共体", "text", "Community.")
CHARGE = Field("charge", "医疗总费用", "money", "Whole charge.")
PATIENT = Field("patient", "个人负担", "money", "Borne by patients.")
RECEIPTS = Field("receipts", "应付合计", "money", "Due from the fund under the design.")
TRANSFER = Field("transfer", "清算划拨", "money", "Settled with communities on top: their part of surplus or overrun.")
FORFEITED = Field("forfeited", "未返还保证金", "money", "Quality deposit not given back.")
AGAINST_FFS = Field("against_ffs", "比按项目付费", "money", "Against fee for service.")

FUND = Sheet("fund.csv", "What the fund pays, design by design.", (
    DESIGN,
    Field("label", "支付方式", "text", "The design in words."),
    CHARGE, PATIENT,
    Field("ffs", "按项目付费", "money", "Statutory part of the bills: what fee for service pays."),
    RECEIPTS, TRANSFER, FORFEITED,
    Field("fund", "基金支出合计", "money", "receipts + transfer - forfeited."),
    AGAINST_FFS,
    Field("point_value", "费率或点值", "number", "Yuan for a unit of weight or a point; empty where there is none."),
))  # fmt: skip

PROVIDERS = Sheet(
    "providers.csv",
    "Design x institution x category of care, and each institution's whole (`all`, 合计). "
    "`statements/CODE.csv` has the rows of one institution.",
    (
        DESIGN,
        PROVIDER,
        NAME,
        Field("tier", "机构层级", "word", "Tier of the institution.", TIER_WORDS),
        Field("community", "所属医共体", "text", "Community it is a member of; empty for none."),
        Field(
            "parent", "上级机构编码", "text", "Code of the institution above it, where the providers file names one."
        ),
        Field("parent_name", "上级机构名称", "text", "Name of the institution above it."),
        Field("category", "医疗类别", "word", "Category of care.", CATEGORY_WORDS),
        Field("cases", "人次", "count", "Cases."),
        Field("days", "住院天数", "count", "Days of stay."),
        CHARGE,
        Field("covered", "政策范围内费用", "money", "Part within the catalogue."),
        Field("statutory", "统筹基金支付", "money", "Statutory part of the bills: what fee for service pays."),
        Field("catastrophic", "大病保险支付", "money", "Paid by catastrophic insurance."),
        Field("assistance", "医疗救助支付", "money", "Paid by medical assistance."),
        PATIENT,
        RECEIPTS,
        AGAINST_FFS,
        Field("against_charge", "比总费用", "money", "receipts + catastrophic + assistance + patient - charge."),
        Field("distributed", "清算分配", "money", "Part of its community's transfer; whole year only."),
        FORFEITED,
        Field("under_quota", "签约居民总额内", "money", "Receipts under a quota of signed residents."),
        Field("beside_quota", "签约居民总额外", "money", "Receipts beside the quota."),
    ),
)

COMMUNITIES = Sheet(
    "communities.csv",
    "Design x community that holds a budget.",
    (
        DESIGN,
        COMMUNITY,
        Field("heads", "参保人数", "count", "Insured persons it answers for."),
        Field("budget", "预算", "money", "Budget of the year."),
        Field("in_network", "网内应付", "money", "Due to its members."),
        Field("out_of_network", "网外应付", "money", "Due to others for its residents."),
        Field("balance", "结余（负为超支）", "money", "budget - in_network - out_of_network."),
        TRANSFER,
        Field("fund", "基金支出合计", "money", "in_network + out_of_network + transfer."),
        *(
            Field(f"to_{tier}", f"分配至{TIER_WORDS[tier]}", "money", f"Part of the transfer for its {tier} members.")
            for tier in TIERS
        ),
        Field("pool", "转入建设资金池", "money", "Put into its pool before distribution."),
        Field("capitation", "人头包干额", "money", "Contract on turnover: capitation."),
        Field("inflow", "流入费用", "money", "Contract on turnover: outsiders' care by members."),
        Field("outflow", "流出费用", "money", "Contract on turnover: residents' care elsewhere."),
        Field("own_cost", "自身成本", "money", "Contract on turnover: cost of the members' care."),
        Field("turnover", "营业额", "money", "Contract on turnover: turnover."),
        Field("profit", "利润", "money", "Contract on turnover: profit."),
        Field("kept", "留用利润", "money", "Contract on turnover: profit kept, or loss borne."),
        Field("returned", "返还利润", "money", "Contract on turnover: profit - kept, back to the fund."),
    ),
)

GROUPS = Sheet(
    "groups.csv",
    "Case groups that priced the claims; with items also every type of visit.",
    (
        Field("group", "病组编码", "text", "Code of the group; of a type of visit, those of its services."),
        Field("name", "病组名称", "text", "Name."),
        Field("weight", "权重", "number", "Relative weight, to a millionth."),
        Field("kind", "服务类型", "word", "Kind of service, where items are used.", KIND_WORDS),
        Field("related", "合并类", "text", "Class of related procedures."),
        Field("packaged", "是否打包", "word", "Whether an ancillary is packaged, 1 or 0.", {"1": "是", "0": "否"}),
        Field("services", "所含服务序号", "text", "Of a type of visit: places of its services in this file, from 0."),
    ),
)

QUOTA = Sheet("quota.csv", "Quota of a signed list, month by month, with `signed=FILE`.", (
    DESIGN, COMMUNITY,
    Field("month", "月份", "count", "Month, 1 to 12."),
    Field("quota", "当月定额", "money", "Quota of the month."),
    Field("accumulated", "累计定额", "money", "Quota from January to the month."),
))  # fmt: skip

ERRORS = Sheet(
    "errors.csv",
    "Cells that were left out, or (`OUT.errors.csv`) that stopped the work; "
    "the latter ends with a seal: the next run replaces it, unless somebody changed it.",
    (
        Field("file", "文件", "text", "File."),
        Field("row", "行号", "count", "Row as a spreadsheet counts; the headings are row 1."),
        Field("column", "列", "word", "Column as declared above.", COLUMN_WORDS),
        Field("value", "单元格内容", "cell", "The cell as it stands in the file."),
        Field("rule", "规则", "text", "The rule that it breaks."),
        Field("heading", "文件中的表头", "text", "Heading of the column in the file."),
    ),
)

INDEX = Sheet("statements/index.csv", "Which files of `statements/` are whose.", (
    PROVIDER, NAME,
    Field("statement", "结算单", "text", "Statement to print, HTML."),
    Field("table", "数据表", "text", "The same as a table, CSV."),
))  # fmt: skip

OWNER = Field("owner", "账户主体", "text", "Whose account: fund, reserve, `community NAME`, `institution CODE` ...")
OWNER_NAME = Field("name", "名称", "text", "Name of the institution or community.")
LABEL = Field("label", "科目", "text", "Account or line in English.", only="en")

TRIAL_BALANCE = Sheet(
    "trial_balance.csv",
    "The ledger's accounts at the end of the last year posted.",
    (
        OWNER,
        OWNER_NAME,
        Field("line", "科目代码", "text", "Account of the owner, as the program names it.", only="en"),
        LABEL._replace(doc="Account in English."),
        Field("label_zh", "科目", "text", "Account in Chinese."),
        Field("debits", "借方合计", "money", "Debits."),
        Field("credits", "贷方合计", "money", "Credits."),
        Field("balance", "余额（负为贷方）", "money", "Debits less credits."),
    ),
)

STATEMENTS = Sheet(
    "statements_*.csv",
    "`statements_fund.csv`, `statements_communities.csv`, `statements_institutions.csv`: lines of the ledger's "
    "statements, the year and its months.",
    (
        Field("year", "年度", "count", "Year."),
        OWNER,
        OWNER_NAME,
        Field("line", "项目代码", "text", "Line, as the program names it.", only="en"),
        LABEL._replace(doc="Line in English."),
        Field("label_zh", "项目", "text", "Line in Chinese."),
        Field("whole_year", "全年", "money", "The year, or the balance at its end."),
        *(Field(f"month_{month}", f"{month}月", "money", f"Month {month}.") for month in MONTH_NUMBERS),
    ),
)

JOURNAL = Sheet(
    "journal.csv",
    "Every entry of the ledger. The program reads it again: its headings and codes are the same in both languages; "
    "the three columns of labels are for people, in the language of the last posting.",
    (
        Field("entry", "entry", "count", "Number of the entry, from 0."),
        Field("year", "year", "count", "Year in which it is posted."),
        Field("month", "month", "count", "Month in which it is posted, 1 to 12."),
        Field("about_year", "about_year", "count", "Year that it is about."),
        Field("about_month", "about_month", "count", "Month that it is about."),
        Field("debit", "debit", "text", "Owner of the account debited."),
        Field("debit_line", "debit_line", "text", "Account debited."),
        Field("credit", "credit", "text", "Owner of the account credited."),
        Field("credit_line", "credit_line", "text", "Account credited."),
        Field("amount", "amount", "money", "Amount."),
        Field("kind", "kind", "text", "What the entry is for: " + ", ".join(KINDS) + "."),
        Field("corrects", "corrects", "count", "Number of the entry that it corrects; empty for none."),
        Field("reason", "reason", "text", "Why, of a correction."),
        Field("debit_label", "debit_label", "text", "Account debited, with the institution's name."),
        Field("credit_label", "credit_label", "text", "Account credited, with the institution's name."),
        Field("kind_label", "kind_label", "text", "What the entry is for, in words."),
    ),
)

RECEIPTS_FILE = Sheet(
    "receipts.parquet",
    "One row a claim row, for programs: amounts in whole fen, not yuan.",
    (
        Field("row", "", "count", "Row in the claims file; the headings are row 1."),
        Field("claim", "", "text", "Number of the bill, where given."),
        Field("person", "", "text", "Person, where given."),
        Field("date", "", "text", "Day."),
        Field("provider", "", "text", "Code of the institution."),
        Field("tier", "", "text", "Its tier."),
        Field("community", "", "text", "Its community."),
        Field("home", "", "text", "Community that answers for the person."),
        Field("insurance", "", "text", "Insurance."),
        Field("category", "", "text", "Category of care."),
        Field("group", "", "text", "Case group; of a visit with items, those of its services."),
        Field("referred", "", "count", "0 direct, 1 referred up, 2 stepped down."),
        Field("cases", "", "count", "Cases."),
        Field("days", "", "count", "Days of stay."),
        *(
            Field(name, "", "money", doc)
            for name, doc in (
                ("charge", "Whole charge."),
                ("covered", "Part within the catalogue."),
                ("statutory", "Paid by the basic insurance fund under fee for service."),
                ("catastrophic", "Paid by catastrophic insurance."),
                ("assistance", "Paid by medical assistance."),
                ("patient", "Borne by the patient."),
            )
        ),
        Field("computed", "", "text", "Whether the statutory part was computed by the benefit rules."),
        Field("receipt.", "", "money", "`receipt.DESIGN`, one a design: due from the fund for the row."),
    ),
)

SETTLED = (FUND, PROVIDERS, COMMUNITIES, GROUPS, QUOTA, ERRORS, INDEX)
LEDGER = (JOURNAL, TRIAL_BALANCE, STATEMENTS)
