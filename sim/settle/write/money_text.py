"""Amounts of money as people read them."""

from __future__ import annotations

from sim.core.units import yuan_text


def money(fen: int) -> str:
    """Fen as yuan with thousands separators.

    >>> money(-123456)
    '-1,234.56'
    """
    yuan, _, cents = yuan_text(abs(int(fen))).partition(".")
    return ("-" if fen < 0 else "") + f"{int(yuan):,}.{cents}"


def with_sign(fen: int) -> str:
    """An amount with its sign.

    >>> with_sign(123456), with_sign(-5)
    ('+1,234.56', '-0.05')
    """
    return ("+" if fen > 0 else "") + money(fen)
