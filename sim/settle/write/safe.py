"""Codes and names from files as they are written: once where they are the same, and safe as file names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from sim.config.folder_names import RESERVED

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_KEPT = 40
"""Characters of a code that its file name keeps when it cannot keep all."""


def coded(code: str, name: str) -> str:
    """A code and the name that goes with it; once where they are the same.

    >>> coded("H1", "县人民医院"), coded("H1", "H1")
    ('H1 县人民医院', 'H1')
    """
    return f"{code} {name}" if name and name != code else code


def file_names(codes: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """A file name for each code, without its ending: ASCII, short, and no two alike even where case is ignored.

    A code of letters, digits, - and _ keeps its own, unless another code or ``taken`` differs in case only; any
    other is cut to these characters and told from others by a hash.
    """
    folded = [code.casefold() for code in codes]
    count: dict[str, int] = {}
    for name in (*folded, *(name.casefold() for name in taken)):
        count[name] = count.get(name, 0) + 1
    keeps_name = [
        bool(_PLAIN_NAME.fullmatch(code)) and not code.startswith("-") and count[name] == 1 and name not in RESERVED
        for code, name in zip(codes, folded, strict=True)
    ]
    used = {name for name, keeps in zip(folded, keeps_name, strict=True) if keeps} | {name.casefold() for name in taken}
    return [code if keeps else _hashed(code, used) for code, keeps in zip(codes, keeps_name, strict=True)]


def _hashed(code: str, used: set[str]) -> str:
    """A new name: the signs of a code that names may hold, and a hash as long as needed; added to ``used``."""
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", code[:_KEPT]).lstrip("-")
    for size in range(8, len(digest) + 1):
        name = f"{stem}-{digest[:size]}" if stem else digest[:size]
        if name.casefold() not in used:
            break
    used.add(name.casefold())
    return name
