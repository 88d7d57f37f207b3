"""Names that become folders and files: safe on every system, in Chinese too."""

from __future__ import annotations

import re

MOST = 60
"""Characters; a date and an ending still fit behind it."""

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""Names that Windows keeps for devices."""


def fault_of_name(name: str) -> str:
    """What is wrong with a name that becomes one of a file or folder; "" if nothing.

    >>> fault_of_name("总额打包_2024"), fault_of_name("con")
    ('', 'is a name that Windows keeps for itself')
    """
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        return "may hold letters, digits, Chinese characters, _ and -, and begins with a letter or digit"
    if len(name) > MOST:
        return f"is longer than {MOST} characters"
    return "is a name that Windows keeps for itself" if name.lower() in RESERVED else ""


def name_of_file(stem: str) -> str:
    """A good name from that of a file.

    >>> name_of_file("my study (2)"), name_of_file("..")
    ('my_study_2', 'study')
    """
    name = re.sub(r"[^\w-]+", "_", stem).strip("_-")[:MOST] or "study"
    return f"study_{name}" if name.lower() in RESERVED else name
