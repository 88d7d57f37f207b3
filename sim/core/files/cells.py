"""A column of a user's file as it is declared, and one cell of it: read exactly, or refused with the reason.

Shared by every table that is read.  What stands here works on one text; `sim.settle.read.texts` and
`sim.settle.read.integers` do the same to millions.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MISSING = -(2**61)
"""Stands for an empty cell in a column of integers."""
BAD = -(2**62)
"""Stands for a cell that cannot be read."""
LARGEST = 10**16
"""No number of a file may be as large, in the smallest unit (fen, millionths): sums of a year stay within 64 bits."""

EMPTY = ("", "NULL", "null", "Null", "-", "--", "—", "\\N", "无", "空", "None", "NA", "N/A", "NaN", "nan", "/")
"""Cells that count as empty."""

_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class Column(NamedTuple):
    """One column of a user's file."""

    name: str
    zh: str
    kind: str
    """text (identifies somebody), code (text that refers to another file), name, money, count, share, date ..."""
    required: bool
    doc: str
    example: str
    other: tuple[str, ...] = ()
    """Further headings that are understood."""
    low: int = 0
    high: int = 10**13
    instead: tuple[str, ...] = ()
    """Headings that are understood where none of the others is there."""

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings that are understood."""
        return (self.name, self.zh, *self.other, *self.instead)


def plain(text: str) -> str:
    """A cell without what exports put around text: blanks, tabs, a leading apostrophe, ="...".

    >>> plain('="0012"'), plain("'0012"), plain(" 0012\\t")
    ('0012', '0012', '0012')
    """
    text = text.strip().removeprefix("'")
    quoted = _EXCEL_TEXT.fullmatch(text)
    return quoted[1].strip() if quoted else text


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SIGNS_TOO = _WIDE | {0xFFE5: "¥"}


def normal(text: str) -> str:
    """A cell of a number, a date or a code list: full-width signs are the same as half-width ones.

    No other characters are: a digit that marks a footnote is not part of the number (``1234①``, ``10²``).

    >>> normal("（１，２３４．５０）"), normal("－５"), normal("1234①")
    ('(1,234.50)', '-5', '1234①')
    """
    return plain(text).translate(_SIGNS_TOO).strip()


# --- what identifies somebody ----------------------------------------------------------------------------------------
_WIDE_WORDS = {code: to for code, to in _WIDE.items() if chr(to).isalnum()}
_ERROR_WORD = re.compile(r"#(?:[A-Z][A-Z0-9_/]*[!?]|N/A!?|REF|VALUE|DIV/0|NAME|NUM|NULL|GETTING_DATA|#+)|ERR:\d+", re.I)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_SPOILT = (
    (
        re.compile(r"[+-]?(?:\d+[.,]\d*e[+-]?\d+|\d+e[+-]\d+|\d+e(?:1[4-9]|2\d))", re.I),
        "a spreadsheet rounded this number, its digits are lost",
    ),
    (re.compile(r"[+-]?(?:\d+\.0?|\d{4,}\.0+)"), "this is a number with a decimal point, not the code itself"),
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?"), "a spreadsheet put commas into it"),
    (
        re.compile(rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{1,2}}|\d{{1,2}}月\d{{1,2}}日", re.I),
        "a spreadsheet made a date of it",
    ),
    (re.compile(r"[+-]?(?:inf|infinity|∞)", re.I), "this is no code"),
)
_HIDDEN = {"Cc": "a control character", "Cf": "an invisible character", "Zl": "a line break", "Zp": "a line break"}
LOST = "a spreadsheet rounded this number to 15 digits and wrote zeros for the rest"
LONGEST = 200
"""Characters of a code or name."""


def half_width(text: str) -> str:
    """A code with half-width letters and digits, and with half-width signs too if it is then all ASCII.

    >>> half_width("Ａ－１"), half_width("医共体Ａ（东）")
    ('A-1', '医共体A（东）')
    """
    converted = text.translate(_WIDE)
    return converted.strip() if converted.isascii() else text.translate(_WIDE_WORDS)


def is_error_word(text: str) -> bool:
    """Whether a spreadsheet put one of its error words into the cell, or signs for a column too narrow.

    >>> is_error_word("#N/A"), is_error_word("########"), is_error_word("#12")
    (True, True, False)
    """
    return bool(_ERROR_WORD.fullmatch(text))


def code_fault(text: str) -> str:
    """Why a text cannot be a code that identifies somebody; "" if it can.

    >>> code_fault("9.9e+17"), code_fault("J18.9"), code_fault("1E90")
    ('must be text: a spreadsheet rounded this number, its digits are lost', '', '')
    """
    if is_error_word(text):
        return "must be text: this is an error word of a spreadsheet"
    for pattern, says in _SPOILT:
        if pattern.fullmatch(text):
            return f"must be text: {says}"
    if len(text) > LONGEST:
        return f"must have at most {LONGEST} characters, has {len(text):,}"
    if text.startswith('"'):
        return "must not begin with a quotation mark: a quoted cell has no blank before its quote"
    hidden = next((sign for sign in text if unicodedata.category(sign) in _HIDDEN), "")
    return f"must not hold {_HIDDEN[unicodedata.category(hidden)]} (U+{ord(hidden):04X})" if hidden else ""


def name_fault(text: str) -> str:
    """Why a text cannot be a name; "" if it can."""
    if is_error_word(text):
        return "must be a name: this is an error word of a spreadsheet"
    return "" if len(text) <= LONGEST else f"must have at most {LONGEST} characters, has {len(text):,}"


SIMPLER = dict(zip(map(ord, "\u842c\u5104\u5713\u8a08\u7e3d\u3007"), "万亿圆计总零", strict=True))
"""Traditional characters in words of totals and units."""
_TOTAL = re.compile(
    r"(?:本页|本月|本年|当页|当月|当年|全年|年度|费用)?(?:合计|总计|小计|共计|累计|汇总|总和)(?:\W.*|\d.*|[金数人费行].*)?"
    r"|.*(?:合计|总计|小计|共计|累计|汇总|总和)[:：]?"  # as pivot tables write it: H1 汇总, 全县合计, 1月小计
    r"|(?:.* )?(?:(?:grand|sub)[ -]?)?totals?(?: ?[:(].*)?|subtotals? .*|sum(?:: ?.*)?",
    re.I,
)


def is_total(text: str) -> bool:
    """Whether a cell says that its row is a sum of others.

    >>> is_total("合 计"), is_total("本页小计："), is_total("Total"), is_total("Total Care Clinic")
    (True, True, True, False)
    >>> is_total("H1 汇总"), is_total("全县合计"), is_total("H1 Total"), is_total("合计医院"), is_total("汇总村卫生室")
    (True, True, True, False, False)
    """
    if len(text) > 40:
        return False
    text = normal(text).translate(SIMPLER)
    return bool(_TOTAL.fullmatch(re.sub(r"\s+", " " if text.isascii() else "", text)))


# --- numbers ---------------------------------------------------------------------------------------------------------
POWERS = {"百": 2, "千": 3, "万": 4, "亿": 8}
"""Chinese units of numbers as powers of ten."""
_UNITS = POWERS | {"": 0, "百万": 6, "千万": 7}
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?)(?P<currency>¥|RMB|CNY|人民币)?\s*(?P<sign2>[+-]?)"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|(?=\.[0-9]))(?:\.(?P<part>[0-9]*))?"
    r"\s*(?P<unit>百万|千万|[百千万亿])?(?P<yuan>\s*(?:元|圆|RMB|CNY)整?)?(?P<after>-)?(?P<close>\))?",
    re.I,
)
_SIGNS = SIMPLER | str.maketrans("−–", "--")


def read_number(text: str, decimals: int, *, money: bool = False) -> tuple[int, bool]:
    """A number in units of its last decimal, exactly, and whether a unit such as 万 stood behind it; `BAD` if none.

    >>> read_number("1,234.50", 2), read_number("1.5万", 2), read_number("1234,56", 2)[0] == BAD
    ((123450, False), (1500000, True), True)
    >>> read_number("（100.00）", 2), read_number("100.00-", 2), read_number("0.005", 2)[0] == BAD
    ((-10000, False), (-10000, False), True)
    """
    match = _NUMBER.fullmatch(normal(text).translate(_SIGNS)) if len(text) <= LONGEST else None
    if not match or bool(match["open"]) != bool(match["close"]) or (not money and (match["currency"] or match["yuan"])):
        return BAD, False
    minuses = [bool(match["open"]), match["sign"] == "-", match["sign2"] == "-", bool(match["after"])]
    if sum(minuses) > 1 or (match["sign"] and match["sign2"]):
        return BAD, False
    part = (match["part"] or "").rstrip("0")
    shift = decimals + _UNITS[match["unit"] or ""] - len(part)
    digits = int(match["whole"].replace(",", "") + part or "0")
    if (shift < 0 and digits) or digits * 10 ** max(0, shift) >= LARGEST:
        return BAD, False
    value = digits * 10 ** max(0, shift)
    return -value if any(minuses) else value, bool(match["unit"])


def read_weight(text: str) -> int:
    """A weight in parts per million, `BAD` if it is no number or has more than six decimals.

    >>> read_weight("0.45"), read_weight("1"), read_weight("0.1234567") == BAD
    (450000, 1000000, True)
    """
    match = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{1,6})0*)?", text)
    return int(match[1]) * 10**6 + int((match[2] or "").ljust(6, "0")) if match else BAD


def read_share(text: str) -> tuple[int, bool]:
    """A share in parts per million, and whether it was a per cent.

    >>> read_share("95%"), read_share("0.95")
    ((950000, True), (950000, False))
    """
    if not text.endswith("%"):
        return read_weight(text), False
    match = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{1,4})0*)?\s*%", text)
    return (int(match[1]) * 10**4 + int((match[2] or "").ljust(4, "0")), True) if match else (BAD, False)


_CHINESE = re.compile(r"[零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟点元圆角分整正人]{1,40}")


def number_fault(text: str) -> str:
    """What is wrong with a cell that should be a number, as a hint behind the rule; "" if nothing special."""
    text = normal(text)
    if is_error_word(text):
        return "this is an error word of a spreadsheet"
    if re.fullmatch(r"[+-]?(inf|infinity|∞)", text, re.I):
        return "it is not finite"
    if _CHINESE.fullmatch(text.translate(SIMPLER)):
        return "Chinese numerals are not read, write digits"
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?e[+-]?\d+", text, re.I):
        return "a spreadsheet shortened it"
    if text.endswith("%"):
        return "a per cent is none"
    if "," in text and re.search(r"\d", text):
        return "a comma must separate groups of three digits (1,234.56); a decimal comma is not read"
    if re.search(r"\d\s+\d", text):
        return "blanks within it are not read"
    return "it is too large" if sum(sign.isdigit() for sign in text) > 15 else ""


def hint(kind: str, text: str) -> str:
    """Why a cell of a kind could not be read; "" where the rule itself says enough."""
    if kind in ("money", "count", "weight", "share"):
        return number_fault(text)
    if kind == "date" and re.search(r"\d[Zz]$|\d[+-]\d{2}:?\d{2}$", text.strip()):
        return "an instant of another zone is no date here, give the local day"
    fault = code_fault(half_width(plain(text)))
    return fault.partition(": ")[2] or fault if fault else ""
