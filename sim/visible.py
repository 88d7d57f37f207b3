"""Text that may come from a file, as people can be shown it: what would act on a terminal is written out."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that are not seen but act: control characters, marks of direction, breaks of lines."""
LINES = "\n\t"
"""What a text of several lines keeps."""


def visible(text: str, keep: str = "") -> str:
    r"""Text in which what would steer a terminal, or turn the direction of writing, is seen instead.

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


def counted(count: int, words: str) -> str:
    """A number with the words behind it; ``one|several`` are words for 1 and for other numbers.

    >>> counted(1, "row|rows of claims names|name none"), counted(1_200, "row|rows of claims names|name none")
    ('1 row of claims names none', '1,200 rows of claims name none')
    """
    return f"{count:,} " + re.sub(r"(\w+)\|(\w+)", lambda pair: pair[1 if count == 1 else 2], words)
