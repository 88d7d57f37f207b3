"""What a user's files hold: every column once, with unit, code list, bounds and example.

The same declaration serves reading, checking, the templates and ``docs/data.md``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from sim.core.files.cells import BAD, EMPTY, MISSING, Column, plain, read_weight
from sim.county.claims.group_columns import GROUPS, KIND_TERMS, KINDS, PACKAGED, PACKAGED_TERMS
from sim.tables import CATEGORIES, INSURANCES, TIERS

__all__ = [
    "BAD",
    "EMPTY",
    "KINDS",
    "KIND_TERMS",
    "MISSING",
    "PACKAGED_TERMS",
    "Column",
    "plain",
    "read_weight",
]  # with what is declared here

# --- code lists ------------------------------------------------------------------------------------------------------
TIER_TERMS: dict[str, tuple[str, ...]] = {
    "village": ("村卫生室", "村级", "村", "卫生室", "村卫生站", "社区卫生服务站"),
    "township": ("乡镇卫生院", "乡级", "乡镇", "乡", "卫生院", "中心卫生院", "社区卫生服务中心"),
    "county": ("县级医院", "县级", "县", "县医院", "县人民医院", "县中医院"),
    "city": ("市级医院", "市级", "市", "市医院", "统筹区内县外"),
    "remote": ("统筹区外", "省级医院", "省级", "省", "异地", "外地"),
}
CATEGORY_TERMS: dict[str, tuple[str, ...]] = {
    "outpatient": ("普通门诊", "门诊", "门诊统筹", "11"),
    "chronic": ("门诊慢特病", "慢特病", "门诊慢病", "门诊特病", "门诊慢性病", "14"),
    "inpatient": ("住院", "普通住院", "21"),
}
CATEGORY_WIDER: dict[str, dict[str, str]] = {
    "outpatient": {"12": "门诊挂号", "13": "急诊", "51": "生育门诊", "门诊挂号": "", "急诊": "", "生育门诊": ""},
    "inpatient": {
        "22": "外伤住院", "23": "转外诊治住院", "24": "急诊转住院", "25": "异地住院", "52": "生育住院", "外伤住院": "",
        "转外诊治住院": "", "急诊转住院": "", "异地住院": "", "生育住院": "", "单病种住院": "", "日间手术": "",
    },
}  # fmt: skip
"""Types of the national platform (med_type) that are no category of their own here, and their names: what they count
as, which is said.  Drug stores (41), home beds (31) and others are neither visits nor stays, and refused."""
INSURANCE_TERMS: dict[str, tuple[str, ...]] = {
    "none": ("未参保", "自费"),
    "resident": ("居民", "居民医保", "城乡居民", "城乡居民医保", "城乡居民基本医疗保险", "居民基本医疗保险", "390"),
    "employee": ("职工", "职工医保", "城镇职工", "职工基本医疗保险", "城镇职工基本医疗保险", "310"),
}
REFERRED = ("direct", "up", "down")
REFERRED_TERMS: dict[str, tuple[str, ...]] = {
    "direct": ("未转诊", "否", "直接就诊"),
    "up": ("上转", "转诊", "是"),
    "down": ("下转",),
}


def _list(names: tuple[str, ...], terms: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Every spelling of a code list, lower case; the position in the list itself counts too."""
    spelled = {str(code): code for code in range(len(names))}
    for code, name in enumerate(names):
        spelled |= dict.fromkeys((name, *terms[name]), code)
    return spelled


CODE_LISTS: dict[str, dict[str, int]] = {
    "tier": _list(TIERS, TIER_TERMS),
    "category": _list(CATEGORIES, CATEGORY_TERMS),
    "insurance": _list(INSURANCES, INSURANCE_TERMS),
    "referred": _list(REFERRED, REFERRED_TERMS),
    "kind": _list(KINDS, KIND_TERMS),
    "packaged": _list(PACKAGED, PACKAGED_TERMS),
}
for _name, _wider in CATEGORY_WIDER.items():
    CODE_LISTS["category"] |= dict.fromkeys(_wider, CATEGORIES.index(_name))
CODE_NAMES: dict[str, tuple[str, ...]] = {
    "tier": TIERS,
    "category": CATEGORIES,
    "insurance": INSURANCES,
    "referred": REFERRED,
    "kind": KINDS,
    "packaged": PACKAGED,
}

OUTSIDER = ("outsider", "外来")
"""How a claim says that no community answers for the person."""

INSTITUTION = ("定点医疗机构编码", "机构编码", "医院编码", "医疗机构代码", "机构代码", "定点医药机构编号",
               "定点医药机构编码", "fixmedins_code")  # fmt: skip
"""Further headings of an institution's code."""
IDENTITY = ("身份证号", "身份证号码", "证件号码", "公民身份号码", "certno")
"""Headings of an identity number, which tells persons apart where there is no number of the insurance."""

# --- the files -------------------------------------------------------------------------------------------------------
CLAIMS = (
    Column("claim", "结算单号", "text", False, "Number of the bill; no two rows may have the same.", "JS202400000017",
           ("结算流水号", "结算ID", "单据号", "setl_id")),
    Column("person", "个人编号", "text", False,
           "Insured person; needed for yearly limits where the statutory part is computed.", "330500123456",
           ("人员编号", "参保人编号", "psn_no"), instead=IDENTITY),
    Column("provider", "医疗机构编码", "code", True, "Institution, as in the providers file.", "H0001", INSTITUTION),
    Column("date", "结算日期", "date", False, "Day of settlement or discharge; without it give `year`.", "2024-01-31",
           ("结算时间", "setl_time"), instead=("出院日期",)),
    Column("year", "年度", "year", False, "Year of settlement.", "2024", ("结算年度",),
           1990, 2100),
    Column("insurance", "险种", "insurance", False, "Insurance. Only resident rows are paid.",
           "居民", ("险种类型", "参保类型", "insutype")),
    Column("category", "医疗类别", "category", True, "Ordinary outpatient, chronic outpatient or inpatient.", "住院",
           ("就诊类别", "费用类别", "med_type")),
    Column("group", "病组编码", "code", False,
           "Case group, as in the groups file; needed for stays in the county when stays are priced by group, "
           "and for visits in the county when visits are (APG).", "G03",
           ("DRG编码", "DIP编码", "病种编码", "分组编码")),
    Column("home", "责任医共体", "code", False,
           "Community that answers for the person.", "A",
           ("参保地医共体", "签约医共体")),
    Column("referred", "转诊", "referred", False, "Came directly, by referral up, or stepped down.",
           "未转诊", ("转诊标志", "是否转诊")),
    Column("cases", "例数", "count", False, "Number of cases in the row. Amounts are sums over them.",
           "1", ("人次", "人次数"), 1, 10**9),
    Column("days", "住院天数", "count", False, "Days of stay, summed over the cases.", "8",
           ("住院日数", "床日"), 0, 10**9),
    Column("charge", "医疗总费用", "money", True, "Whole charge.", "6000.00",
           ("总费用", "费用总额", "医疗费总额", "medfee_sumamt")),
    Column("covered", "政策范围内费用", "money", False, "Part within the catalogue.",
           "5500.00", ("目录内费用", "符合政策范围金额", "inscp_scp_amt")),
    Column("statutory", "统筹基金支付", "money", False,
           "Paid by the basic insurance fund.", "4050.00",
           ("统筹支付", "基本医保统筹支付", "统筹基金支付金额", "统筹支付金额", "统筹基金支出", "基本医保统筹基金支付",
            "基本医疗保险统筹基金支出", "hifp_pay")),
    Column("catastrophic", "大病保险支付", "money", False,
           "Paid by catastrophic insurance.", "0.00",
           ("大病支付", "居民大病保险资金支出", "hifmi_pay")),
    Column("assistance", "医疗救助支付", "money", False, "Paid by medical assistance.", "0.00",
           ("救助支付", "医疗救助基金支出", "maf_pay")),
    Column("cost", "成本", "money", False,
           "What the care cost the institution; needed from members for a contract on turnover.", "5600.00",
           ("医疗成本", "实际成本")),
    Column("patient", "个人负担", "money", False,
           "Paid by the patient, personal account included.", "1950.00",
           ("个人支付", "个人自付", "个人负担总金额", "psn_part_amt")),
)  # fmt: skip

PROVIDERS = (
    Column("provider", "医疗机构编码", "text", True, "Code of the institution; unique.", "H0001", INSTITUTION),
    Column("name", "医疗机构名称", "name", False, "Name.", "县人民医院",
           ("机构名称", "医院名称", "定点医药机构名称", "fixmedins_name")),
    Column("tier", "机构层级", "tier", True, "Tier; city and remote institutions are outside the county.", "县级医院",
           ("层级", "机构级别")),
    Column("community", "所属医共体", "text", False, "Community it is a member of.", "A", ("医共体",)),
    Column("parent", "上级机构编码", "text", False,
           "Institution above it in its community, which scores it.", "",
           ("上级机构", "上级医疗机构编码")),
)  # fmt: skip

ENROLMENT = (
    Column("community", "医共体", "text", True, "Community.", "A", ("所属医共体", "责任医共体")),
    Column("year", "年度", "year", False, "Year.", "2024", (), 1990, 2100),
    Column("heads", "参保人数", "count", True, "Resident-insured persons it answers for.", "10000", ("居民参保人数",),
           0, 10**9),
    Column("signed", "签约人数", "count", False,
           "Of them signed with a family doctor.", "4000",
           ("家庭医生签约人数",), 0, 10**9),
    Column("score", "考核得分", "share", False,
           "Assessment score of the community in the year, 0 to 1.", "0.95", ("考核系数",), 0, 10**6),
)  # fmt: skip

SIGNED = (
    Column("person", "个人编号", "text", True, "Person signed with a family doctor of the community.", "330500123456",
           ("人员编号", "参保人编号", "psn_no"), instead=IDENTITY),
    Column("community", "医共体", "code", False, "Community of the family doctor.", "A",
           ("签约医共体", "责任医共体")),
    Column("base_cost", "基期费用", "money", True,
           "What the person cost in the base year, in scope and anywhere; the same in every row of a person.",
           "1200.00", ("基期医疗费用", "基年费用")),
    Column("months", "签约月数", "count", False, "Months of the year on the list, from January on; instead of dates.",
           "", ("签约月份数",), 0, 12),
    Column("signed_from", "签约日期", "date", False, "First day of the contract; another spell is another row.",
           "2024-01-01", ("签约起始日期", "生效日期")),
    Column("signed_to", "解约日期", "date", False, "Last day of the contract.", "2024-06-30",
           ("签约终止日期", "失效日期")),
)  # fmt: skip

ITEMS = (
    Column("claim", "结算单号", "text", True, "Number of the claim, as in the claims file.", "JS202400000017",
           ("结算流水号", "结算ID", "单据号", "setl_id")),
    Column("item", "项目分组编码", "text", True, "Outpatient group of the service, as in the groups file, with a kind.",
           "P01", ("APG编码", "服务分组编码")),
)  # fmt: skip

FILES: dict[str, tuple[Column, ...]] = {
    "claims": CLAIMS,
    "providers": PROVIDERS,
    "enrolment": ENROLMENT,
    "groups": GROUPS,
    "signed": SIGNED,
    "items": ITEMS,
}


def _numbers_of(category: str) -> str:
    """Numbers of the national platform that count as a category."""
    wider = CATEGORY_WIDER.get(category, {})
    return ", ".join(text for text in (*CATEGORY_TERMS[category], *wider) if text.isdigit())


WANTED = {
    "text": "text; long numbers as text, not as Excel rounds them (1.23E+17)",
    "name": "a name",
    "code": "a code of the file it refers to",
    "provider": "in the providers file",
    "group": "in the group table",
    "home": "a community of the providers or the enrolment file, or outsider 外来 for a person that none answers for",
    "community": "a community of the providers or the enrolment file",
    "money": "yuan with at most two decimals, at least 0",
    "count": "a whole number",
    "weight": "a number; digits behind the sixth decimal are rounded, which is said",
    "share": "a share of 1: 0.95 or 95%, not 95",
    "date": "a date: 2024-01-31, 2024/1/31, 20240131 or 2024年1月31日",
    "year": "a year such as 2024",
    "tier": "one of " + ", ".join(f"{name} {terms[0]}" for name, terms in TIER_TERMS.items()),
    "category": "one of "
    + ", ".join(f"{name} {terms[0]} ({_numbers_of(name)})" for name, terms in CATEGORY_TERMS.items()),
    "insurance": "one of " + ", ".join(f"{name} {terms[0]}" for name, terms in INSURANCE_TERMS.items()),
    "referred": "one of " + ", ".join(f"{name} {terms[0]}" for name, terms in REFERRED_TERMS.items()),
    "kind": "one of " + ", ".join(f"{name} {terms[0]}" for name, terms in KIND_TERMS.items()),
    "packaged": "one of " + ", ".join(f"{name} {terms[0]}" for name, terms in PACKAGED_TERMS.items()),
}
"""What a cell of each kind must be, in words."""

# --- reading one value -----------------------------------------------------------------------------------------------
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?")
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]{1,15})?")
FIRST_SERIAL, LAST_SERIAL = 32_874, 73_415
"""A spreadsheet's numbers of 1990-01-01 and 2100-12-31."""
_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def read_date(text: str) -> int:
    """A day as the integer yyyymmdd, `BAD` if it is none.

    >>> read_date("2024年1月31日"), read_date("2024/1/31"), read_date("2024-02-30") == BAD
    (20240131, 20240131, True)
    >>> read_date("45322"), read_date("45322.5"), read_date("12345") == BAD
    (20240131, 20240131, True)
    """
    match = _DATE.fullmatch(text) or _DIGITS.fullmatch(text)
    if not match:
        return _of_serial(text)
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        dt.date(year, month, day)
    except ValueError:
        return BAD
    return year * 10_000 + month * 100 + day


def is_serial(text: str) -> bool:
    """Whether a cell is a spreadsheet's number of a day, from 1990 to 2100: days since 1899-12-30."""
    return bool(_SERIAL.fullmatch(text)) and FIRST_SERIAL <= int(text[:5]) <= LAST_SERIAL


def _of_serial(text: str) -> int:
    if not is_serial(text):
        return BAD
    day = dt.date(1899, 12, 30) + dt.timedelta(int(text[:5]))
    return day.year * 10_000 + day.month * 100 + day.day


def read_year(text: str) -> int:
    """A year.

    >>> read_year("2024年"), read_year("2024年度"), read_year("24") == BAD
    (2024, 2024, True)
    """
    match = re.fullmatch(r"([0-9]{4})(?:年度?)?", text)
    return int(match[1]) if match else BAD


def reader_of(kind: str) -> Callable[[str], int]:
    """The function that reads one cell of a kind with few distinct values."""
    if kind in CODE_LISTS:
        spellings = CODE_LISTS[kind]
        return lambda text: spellings.get(text.lower(), BAD)
    return {"date": read_date, "year": read_year, "weight": read_weight}[kind]


def is_position(kind: str, text: str) -> bool:
    """Whether a cell of a code list was read as a position in it: a number that is no code of the national platform.

    >>> is_position("insurance", "1"), is_position("insurance", "3"), is_position("insurance", "390")
    (True, False, False)
    """
    return text in _POSITIONS.get(kind, ())


def is_wider(kind: str, text: str) -> bool:
    """Whether a cell is a type of the national platform that is no category of its own here, and counted as one.

    >>> is_wider("category", "急诊"), is_wider("category", "11")
    (True, False)
    """
    return kind == "category" and any(text in wider for wider in CATEGORY_WIDER.values())


_POSITIONS = {kind: {str(code) for code in range(len(names))} for kind, names in CODE_NAMES.items()}
