"""Headings of a user's file matched with the declared columns: spellings, units behind them, near misses."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.core.errors import ConfigError
from sim.core.files.cells import Column
from sim.core.text import Text

MOST = 2_000
"""Columns of a file."""
SHOWN = 30
"""Headings named in one note."""
ALL_COLUMNS = "docs/data.md lists all columns; `countyfund template` writes an example"

_UNITS = {
    "money": {"": 0, "元": 0, "人民币": 0, "人民币元": 0, "单位:元": 0, "yuan": 0, "rmb": 0, "cny": 0, "¥": 0,
              "千元": 3, "万元": 4, "单位:万元": 4, "百万元": 6, "亿元": 8},
    "count": {"": 0, "人": 0, "名": 0, "例": 0, "次": 0, "人次": 0, "天": 0, "日": 0, "月": 0, "个月": 0, "万人": 4,
              "万人次": 4},
    "share": {"": 0, "%": -2},
}  # fmt: skip
"""Units that may stand behind a heading: by how many decimals a cell is to be shifted."""
_OTHER_MONEY = re.compile(r".*(?:元|角|分|usd|eur|hkd|\$|€)")
_SUFFIX = re.compile(r"(.+?)(?:[(\[【〔{](.*?)[)\]】〕}]|[/,;_:](?=\D)(.+))")
_SORTS = ("名称", "类型", "代码", "编码", "类别")
"""Words that exports put behind the heading of a code list."""
_LISTS = ("tier", "category", "insurance", "referred", "kind", "packaged")


class Matched(NamedTuple):
    """Which of a file's columns are read, and which not."""

    places: dict[str, int]
    """Declared name -> position of its column."""
    shifts: dict[str, int]
    """Declared name -> by how many decimals its unit shifts a cell, where the heading names another unit."""
    ignored: tuple[tuple[str, str], ...]
    """Headings that are not known, and the known one that is near, or ""."""


def key_of(heading: str) -> str:
    """A heading in one spelling, for comparing: lower case, no blanks, half-width signs.

    >>> key_of(" 统筹基金 支付（元）")
    '统筹基金支付(元)'
    """
    text = "".join(sign for sign in heading if unicodedata.category(sign) != "Cf")  # such as a blank of no width
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).removeprefix("'").lower()


def match(path: Path, names: Sequence[str], columns: Sequence[Column], todo: str = ALL_COLUMNS) -> Matched:
    """Find the declared columns.

    Args:
        path: the file.
        names: its headings.
        columns: what it may hold.
        todo: where a reader finds what it must hold.

    Raises:
        ConfigError: if two columns hold the same, a unit is not known, or a required column is lacking.
    """
    if len(names) > MOST:
        raise ConfigError("the file has too many columns", where=str(path), value=len(names), bound=f"at most {MOST:,}")
    known = {key_of(heading): column for column in columns for heading in column.headings}
    instead = {key_of(heading) for column in columns for heading in column.instead}
    candidates: dict[str, list[tuple[int, int]]] = {}
    loose: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        key = key_of(name)
        if key in instead:
            loose.setdefault(known[key].name, []).append(at)
        elif key in known:
            candidates.setdefault(known[key].name, []).append((at, 0))
        elif (unit := _with_unit(path, name, known)) is not None:
            candidates.setdefault(unit[0].name, []).append((at, unit[1]))
        elif (column := _sort_of(key, known)) is not None:
            loose.setdefault(column.name, []).append(at)
    for name, positions in loose.items():  # 险种名称 is the insurance, 出院日期 the day, unless there is a better one
        candidates.setdefault(name, [(at, 0) for at in positions])
    for name, several in candidates.items():
        if len(several) > 1:
            raise ConfigError(
                f"two columns hold {name!r}",
                where=str(path),
                value=", ".join(names[at] for at, _ in several),
                todo="remove or rename one of them",
            )
    places = {name: several[0][0] for name, several in candidates.items()}
    all_there(path, names, columns, places, todo)
    shifts = {name: several[0][1] for name, several in candidates.items() if several[0][1]}
    read = set(places.values())
    free = {key: column for key, column in known.items() if column.name not in places}  # nobody means one that is there
    near = [(name, _near(name, free) if at < MOST // 10 else "") for at, name in enumerate(names) if at not in read]
    return Matched(places, shifts, tuple((name, other) for name, other in near if name.strip()))


def not_read(ignored: Sequence[tuple[str, str]]) -> list[Text]:
    """What the user is told of columns that are not read: first those that may be misspelt; nothing if all are read.

    >>> [words.en for words in not_read([("tolerence", "tolerance")])]
    ['columns that are not read: tolerence (did you mean tolerance?)']
    """
    if not ignored:
        return []
    shown = sorted(ignored, key=lambda one: not one[1])[:SHOWN]
    rest = len(ignored) - len(shown)
    en = ", ".join(f"{head} (did you mean {near}?)" if near else head for head, near in shown)
    zh = "、".join(f"{head}（是否指{near}？）" if near else head for head, near in shown)
    more = (f" and {rest:,} more", f"等，另有{rest:,}列") if rest else ("", "")
    return [Text(f"columns that are not read: {en}{more[0]}", f"未读取的列：{zh}{more[1]}")]


def _with_unit(path: Path, name: str, known: dict[str, Column]) -> tuple[Column, int] | None:
    """The column of a known heading with a unit behind it, and the shift of decimals; None for other headings."""
    parts = _SUFFIX.fullmatch(key_of(name))
    column = known.get(parts[1]) if parts else None
    if parts is None or column is None:
        return None
    unit, units = parts[2] if parts[2] is not None else parts[3], _UNITS.get(column.kind, {})
    if unit in units:
        return column, units[unit]
    if column.kind == "money" and _OTHER_MONEY.fullmatch(unit):
        raise ConfigError(
            "a heading names a unit that is not read",
            where=str(path),
            value=name,
            bound="元, 千元, 万元 or 亿元",
            todo="give the column in yuan",
        )
    return None


def _sort_of(key: str, known: dict[str, Column]) -> Column | None:
    """The column with a code list that a heading such as 险种名称 means; None if it means none."""
    for word in _SORTS:
        column = known.get(key.removesuffix(word)) if key.endswith(word) else None
        if column is not None and column.kind in _LISTS:
            return column
    return None


def _near(name: str, known: dict[str, Column]) -> str:
    return next(iter(difflib.get_close_matches(key_of(name)[:60], known, 1, 0.7)), "")


def all_there(
    path: Path, names: Sequence[str], columns: Sequence[Column], places: dict[str, int], todo: str = ALL_COLUMNS
) -> None:
    """Check that no required column is lacking.

    Raises:
        ConfigError: naming those that are.
    """
    lacking = [column for column in columns if column.required and column.name not in places]
    if lacking:
        wanted = "; ".join(" or ".join(column.headings[:2]) for column in lacking)
        raise ConfigError(
            "the file lacks a required column",
            where=f"{path}, row 1",
            value=", ".join(names)[:2_000],
            bound=wanted,
            todo=_what_to_do(names, lacking, places, todo),
        )


def _what_to_do(names: Sequence[str], lacking: Sequence[Column], places: Mapping[str, int], todo: str) -> str:
    """The advice for lacking columns: which heading to rename, or that the first row holds no headings at all."""
    if not places:
        return f"headings stand in the first row: take out titles above them, or add them; {todo}"
    free = {key_of(name): name for at, name in enumerate(names[:SHOWN]) if at not in places.values() and name.strip()}
    meant = []
    for column in lacking:
        near = [key for head in column.headings for key in difflib.get_close_matches(key_of(head), free, 1, 0.6)]
        if near:
            meant.append(f"{free[near[0]]} to {column.headings[1]}")
    rename = f"if it is meant, rename {', '.join(meant)}; " if meant else ""
    return f"{rename}{todo}"
