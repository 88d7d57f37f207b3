"""Text from files, made safe to show: characters that would act on the screen are written out.

On a terminal and on a page control characters act, in a spreadsheet cells that begin like a formula.
"""

from __future__ import annotations

import json
import re
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that are not seen but act: control characters, marks of direction, breaks of lines."""
LINES = "\n\t"
"""What a text of several lines keeps."""
_FORMULA = re.compile(
    r"'*(?:[\t\r\n]|[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]*[=+\-@＝＋－＠])"
)
"""Beginnings that a spreadsheet takes for a formula, also behind blanks and signs that are not seen."""


def visible(text: str, keep: str = "") -> str:
    r"""A text in which characters that steer a terminal, or turn the direction of writing, are written out.

    Args:
        text: any text.
        keep: hidden characters that stay as they are, such as `LINES`.

    >>> visible("\x1b[31m县医院"), visible("a\u202eb\nc"), visible("two\nlines", LINES)
    ('\\x1b[31m县医院', 'a\\u202eb\\nc', 'two\nlines')
    """
    if text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode("ascii")
        if unicodedata.category(sign) in _HIDDEN and sign not in keep
        else sign
        for sign in text
    )


def visible_json(text: str) -> str:
    r"""JSON with the same content, in which invisible characters are escaped; line ends stay.

    >>> visible_json('{"县": "a\u202eb"}')
    '{"县": "a\\u202eb"}'
    """
    return "\n".join(line if line.isprintable() else "".join(map(_in_json, line)) for line in text.split("\n"))


def _in_json(sign: str) -> str:
    return json.dumps(sign)[1:-1] if unicodedata.category(sign) in _HIDDEN and sign not in LINES else sign


def neutral(text: str) -> str:
    """A cell of text that a spreadsheet shows and does not calculate: an apostrophe goes before a formula.

    >>> neutral("=1+1"), neutral("\\t@x"), neutral("县人民医院"), neutral("'-1")
    ("'=1+1", "'\\t@x", '县人民医院', "''-1")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restored(cell: str) -> str:
    """The text that `neutral` wrote, exactly.

    >>> [restored(neutral(text)) for text in ("-1", "'-1", "'H1", "")]
    ['-1', "'-1", "'H1", '']
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
