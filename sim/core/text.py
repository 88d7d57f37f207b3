"""One text in both languages, and numbers with words that agree."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Language = Literal["en", "zh"]


class Text(NamedTuple):
    """A text in English and Chinese.

    >>> (Text("budget", "预算") + Text(" x 2", "×2")).of("zh")
    '预算×2'
    """

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The text in a language, English unless "zh"."""
        return self.zh if language == "zh" else self.en

    def capital(self) -> Text:
        """The text at the beginning of a line: the English one with a capital letter."""
        return Text(self.en[:1].upper() + self.en[1:], self.zh)

    def __add__(self, other: object) -> Text:
        """Both texts, one after the other."""
        return Text(self.en + other.en, self.zh + other.zh) if isinstance(other, Text) else NotImplemented


def counted(count: int, words: str) -> str:
    """A number with the words behind it; ``one|several`` are words for 1 and for other numbers.

    >>> counted(1, "row|rows of claims names|name none"), counted(1_200, "row|rows of claims names|name none")
    ('1 row of claims names none', '1,200 rows of claims name none')
    """
    return f"{count:,} " + re.sub(r"(\w+)\|(\w+)", lambda pair: pair[1 if count == 1 else 2], words)
