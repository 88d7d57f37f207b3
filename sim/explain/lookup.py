"""Find what `explain` is asked about: an institution, a claim or a year; of a mistake, name the nearest that exist."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.core.errors import ConfigError, CountyFundError
from sim.core.typed_numbers import command_number
from sim.core.visible import visible

NEAR = 3
"""Suggestions of a message."""
LISTED = 20
"""Codes of a message."""
LIKELY = 1_000
"""Numbers of claims that are compared letter by letter."""


def alike(text: str) -> str:
    """Text as it is compared: without blanks around it, and without differences of case and width.

    >>> alike(" Ｈ1（县） ") == alike("h1(县)")
    True
    """
    return unicodedata.normalize("NFKC", text).strip().casefold()


def nearest(text: str, known: Iterable[str]) -> list[str]:
    """The known words that may have been meant, the nearest first.

    >>> nearest("provder", ["claim", "provider", "fund"]), nearest("7", ["0007", "0100"])
    (['provider'], ['0007'])
    """
    wanted, words = alike(text), dict[str, list[str]]()
    for word in known:
        words.setdefault(alike(word), []).append(word)
    bare = [key for key in words if key.lstrip("0") == wanted.lstrip("0")]
    within = sorted((key for key in words if wanted and wanted in key), key=len)
    close = difflib.get_close_matches(wanted, words, n=NEAR, cutoff=0.5)
    keys = dict.fromkeys([*bare, *within, *close])
    return [word for key in keys for word in words[key]][:NEAR]


def did_you_mean(text: str, known: Iterable[str], otherwise: str) -> str:
    """What to do about a word that is not known."""
    near = nearest(text, known)
    return f"did you mean {' or '.join(map(visible, near))}?" if near else otherwise


def provider_number(called: Sequence[tuple[str, ...]], text: str) -> int:
    """The number of an institution.

    Args:
        called: [provider] its code, then its names.
        text: a code, else a name that only one institution has.

    Raises:
        CountyFundError: naming codes that may be meant.
    """
    codes = [names[0] for names in called]
    if text in codes:
        return codes.index(text)
    wanted = alike(text)
    numbers = [number for number, names in enumerate(called) if wanted in map(alike, names)]
    if len(numbers) == 1:
        return numbers[0]
    shown = [visible(" ".join(dict.fromkeys(names))) for names in called]
    if numbers:
        more = f", … ({len(numbers)})" if len(numbers) > LISTED else ""
        raise CountyFundError(
            "several institutions have this name",
            where="the command line: provider",
            value=text,
            bound=", ".join(shown[number] for number in numbers[:LISTED]) + more,
            todo="give the code of one of them",
        )
    near = nearest(text, (word for names in called for word in names))
    likely = [label for label, names in zip(shown, called, strict=True) if set(near) & set(names)][:LISTED]
    raise CountyFundError(
        "there is no such institution",
        where="the command line: provider",
        value=text,
        bound=" or ".join(likely or [*shown[:NEAR], "…"]),
        todo="give its code, leading zeros included, or its whole name",
    )


def claim_row(loaded: Any, words: dict[str, str], folder: Path) -> int:
    """Position of the claim asked for, by number or by row of the claims file.

    Raises:
        CountyFundError: naming numbers that may be meant.
    """
    if "row" in words:
        rows = np.flatnonzero(loaded.row == whole_number(words, "row"))
        bound = f"rows {int(loaded.row.min())} to {int(loaded.row.max())} of the claims file"
        todo = "the headings are row 1; rows that are not of this settlement were left out"
    elif loaded.ids is None:
        raise CountyFundError("the claims have no numbers", where=str(folder), todo="give row=… instead")
    else:
        import pyarrow.compute as pc

        rows = np.flatnonzero(pc.equal(loaded.ids, words["claim"]).fill_null(False).to_numpy(zero_copy_only=False))
        near = [] if len(rows) else nearest(words["claim"], _likely(loaded.ids, words["claim"]))
        bound = " or ".join(map(visible, near))
        todo = "give claim=… as receipts.parquet has it, leading zeros included, or row=… of the claims file"
    if not len(rows):
        raise CountyFundError(
            "there is no such claim",
            where=str(folder),
            value=words.get("row") or words.get("claim"),
            bound=bound,
            todo=todo,
        )
    return int(rows[0])


def _likely(ids: Any, text: str) -> list[str]:
    """Numbers of claims that contain the text without its leading zeros; else those that begin like it."""
    import pyarrow.compute as pc

    held = pc.filter(ids, pc.match_substring(ids, text.strip().lstrip("0"), ignore_case=True))
    for size in range(len(text), 0, -1):
        if len(held):
            break
        held = pc.filter(ids, pc.starts_with(ids, text[:size]))
    return [str(number) for number in held.slice(0, LIKELY).to_pylist()]


def year_number(text: str, base_year: int, years: int) -> int:
    """The year of a run, counted from 0; the text may give that count or a calendar year.

    >>> year_number("2", 2024, 8), year_number("2026", 2024, 8)
    (2, 2)

    Raises:
        ConfigError: naming the years that there are.
    """
    number = whole_number({"year": text}, "year")
    last = years - 1
    for first in (0, base_year):
        if first <= number <= first + last:
            return number - first
    close = min((base_year, base_year + last), key=lambda year: abs(year - number))
    raise ConfigError(
        "no such year",
        where="the command line: year",
        value=number,
        bound=f"{base_year}..{base_year + last}, or counted from the first history year 0..{last}",
        todo=f"the nearest year of this run is {close}" if number > last else f"the last year of this run is {last}",
    )


def whole_number(words: dict[str, str], name: str) -> int:
    """A number of the command line.

    Raises:
        ConfigError: if it is none.
    """
    return int(command_number(name, words[name], int, "explain"))
