"""One text in both languages."""

from __future__ import annotations

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
