"""Rules of the user's tables, checked by pandera; every row that breaks one is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.core.errors import CountyFundError
from sim.core.files.cells import hint
from sim.core.text import Text, counted
from sim.core.visible import visible
from sim.settle.read.columns import BAD, MISSING, WANTED, Column
from sim.settle.read.files import Refused
from sim.tables import Ints

if TYPE_CHECKING:
    import pandera.pandas as pandera

FIRST = 20
"""Bad rows shown in the terminal."""
SHOWN = 5
"""Names shown in a message."""
LIMIT = 1_000
"""Bad cells listed in errors.csv, unless the command line sets another limit."""


class Problem(NamedTuple):
    """One cell that breaks a rule."""

    file: str
    row: int
    column: str
    value: str
    rule: str


class Rule(NamedTuple):
    """A rule on several cells of a row."""

    column: str
    """The column that is named when the rule is broken."""
    holds: Any
    """[row] whether the rule holds."""
    says: str
    """What the cell must be."""


class Findings:
    """What is wrong with a set of files, and what was assumed of them; all bad cells are counted, some listed."""

    def __init__(self, limit: int = LIMIT, files: Collection[Path] = ()) -> None:
        self.limit = limit
        self._alike = {path for path in files for other in files if path.name == other.name and path != other}
        self.listed: list[Problem] = []
        self.cells = 0
        self.rows: dict[str, int] = {}
        self.headings: dict[str, dict[str, str]] = {}
        """By file: declared column -> its heading in the file."""
        self.reversals: dict[str, int] = {}
        """Rows with a negative amount by file: bills taken back, which must not be left out in silence."""
        self._said: dict[Text, bool] = {}
        """Sentence -> whether it is of lesser weight."""
        self._followed: dict[tuple[str, str, Text], Counter[str]] = {}
        """(file, column, why) -> rows by the code in their cell."""

    def name(self, path: Path) -> str:
        """What a file is called: its name, with its folder where another file has the same one."""
        return str(path) if path in self._alike else path.name

    def say(self, note: Text, *, lesser: bool = False) -> None:
        """Tell the reader what was assumed of a file; the same sentence once.

        Args:
            note: the sentence.
            lesser: whether it tells what is usual, such as what counts where a column is empty, and comes last.
        """
        self._said.setdefault(Text(visible(note.en), visible(note.zh)), lesser)

    @property
    def notes(self) -> list[Text]:
        """What was assumed, ignored or read in another sense than it stands; what is usual comes last."""
        followed = [
            Text(
                f"{file}: {counted(names.total(), 'row|rows')} left out ({_few(names)}), {why.en}",
                f"{file}：剔除{names.total():,}行（{_few(names)}）：{why.zh}",
            )
            for (file, _, why), names in self._followed.items()
        ]
        return followed + sorted(self._said, key=self._said.__getitem__)

    def add(self, problem: Problem) -> None:
        """Add a bad cell."""
        self.cells += 1
        if len(self.listed) < self.limit:
            self.listed.append(problem)

    def add_rows(self, file: str, count: int) -> None:
        """Add a number of bad rows."""
        if count:
            self.rows[file] = self.rows.get(file, 0) + count

    def add_refused(self, file: str, lines: Collection[Refused]) -> None:
        """Add lines that are no rows."""
        self.add_rows(file, len(lines))
        for line in lines:
            self.add(Problem(file, line.row, "", line.text, line.rule))

    def add_reversals(self, file: str, count: int) -> None:
        """Add a number of rows that take a bill back."""
        if count:
            self.reversals[file] = self.reversals.get(file, 0) + count

    def follow(self, file: str, column: str, why: Text, names: Mapping[str, int]) -> None:
        """Add rows that are left out because of bad rows of another file; they are told together, not row by row.

        Args:
            file: their file.
            column: the column that refers to the other file.
            why: what is wrong in the other file.
            names: number of rows by the code in their cell.
        """
        if names:
            self._followed.setdefault((file, column, why), Counter()).update(names)

    @property
    def followed(self) -> list[Problem]:
        """Rows that are left out because of rows of another file, in one line for each reason."""
        return [
            Problem(file, 0, column, _few(names), f"{counted(names.total(), 'row|rows')} {why.en}")
            for (file, column, why), names in self._followed.items()
        ]

    @property
    def left_out(self) -> dict[str, int]:
        """Rows that are not settled by file: bad ones, and those that go with bad ones of another file."""
        rows = Counter(self.rows)
        for (file, _, _), names in self._followed.items():
            rows[file] += names.total()
        return dict(rows)

    def stop(self, skip_bad: bool) -> bool:
        """Whether nothing may be settled.

        Bad rows can be left out; a reversal cannot, as the bill that it takes back would stay paid.
        """
        return bool(self.reversals) or (bool(self.cells) and not skip_bad)


def _few(names: Mapping[str, int]) -> str:
    """The first names of several, as text."""
    shown = list(names)[:SHOWN]
    return visible(", ".join(shown) + (", …" if len(names) > len(shown) else ""))


@cache
def _schema(columns: tuple[Column, ...], rules: tuple[tuple[str, str], ...]) -> pandera.DataFrameSchema:
    """Types and bounds of the declared columns that became integers, and a column of truth for each further rule."""
    import pandera.pandas as pandera

    fields = {}
    for column in columns:
        checks = [
            pandera.Check(_readable, error=f"must be {WANTED[column.name if column.kind == 'code' else column.kind]}")
        ]
        if column.required:
            checks.append(pandera.Check(_present, error="must not be empty"))
        if column.kind in ("money", "count", "weight", "share", "year"):
            checks.append(pandera.Check(_within(column.low, column.high), error=_bounds(column)))
        fields[column.name] = pandera.Column("int64", checks)
    for key, says in rules:
        fields[key] = pandera.Column("bool", pandera.Check(lambda holds: holds, error=says))
    return pandera.DataFrameSchema(fields)


def _readable(values: Any) -> Any:
    return values != BAD


def _present(values: Any) -> Any:
    return values != MISSING


def _within(low: int, high: int) -> Any:
    return lambda values: ((values >= low) & (values <= high)) | (values == BAD) | (values == MISSING)


def _bounds(column: Column) -> str:
    scale, unit = {"money": (100, " yuan"), "weight": (10**6, ""), "share": (10**6, ": a share, 0.95 and not 95")}.get(
        column.kind, (1, "")
    )
    return f"must be within {column.low / scale:g} .. {column.high / scale:,.0f}{unit}"


REVERSAL = "; a negative one is a reversal (冲正): take it out together with the bill that it takes back"


def negative(column: Column, values: Ints) -> Any:
    """Which cells hold a negative amount or number: a bill taken back."""
    if column.kind != "money" and column.name not in ("cases", "days"):
        return np.zeros(len(values), dtype=np.bool_)
    return (values < 0) & (values != BAD) & (values != MISSING)


def _more(column: Column, value: int, raw: str) -> str:
    """A hint that is told behind the rule that a cell breaks; "" for none."""
    if value == BAD:
        reason = hint(column.kind, raw)
        return f": {reason}" if reason else ""
    return REVERSAL if negative(column, np.array([value])).any() else ""


def _facts(cases: Any, columns: Sequence[Column], values: Mapping[str, Ints]) -> Any:
    """What each failure is about, so that one fact is told once.

    It is about a cell, a row that takes a bill back, or a row that is empty in all columns that need a value.
    """
    index, of = cases["index"].to_numpy(dtype=np.int64), cases["of"].to_numpy()
    needed = [values[column.name][index] == MISSING for column in columns if column.required]
    if len(needed) > 1:
        of = np.where(np.logical_and.reduce(needed), "row", of)
    counted_in = [column for column in columns if column.kind in ("money", "count")]
    back = np.logical_or.reduce([negative(c, values[c.name][index]) for c in counted_in]) if counted_in else False
    return np.where(back & np.isin(of, [column.name for column in counted_in]), "reversal", of)


def _tell(
    path: Path,
    cases: Any,
    columns: Sequence[Column],
    values: Mapping[str, Ints],
    rows: Ints,
    raw: Any,
    findings: Findings,
) -> None:
    """Add failures to the findings, in the order of the rows; those beyond the limit are counted."""
    index = cases["index"].to_numpy(dtype=np.int64)
    order = np.argsort(index, kind="stable")
    names, says, of = (cases[name].to_numpy() for name in ("column", "check", "of"))
    room = max(0, findings.limit - len(findings.listed))
    findings.cells += max(0, len(order) - room)
    declared = {column.name: column for column in columns}
    for at in order[:room]:
        key, position, column = str(names[at]), int(index[at]), str(of[at])
        cell = raw(column, position)
        more = _more(declared[key], int(values[key][position]), cell) if key in declared else ""
        findings.add(Problem(findings.name(path), int(rows[position]), column, cell, str(says[at]) + more))


def _column_of(key: str, rules: list[Rule]) -> str:
    """The column that a check of the schema is about."""
    return rules[int(key.removeprefix("rule "))].column if key.startswith("rule ") else key


def bad_rows(
    path: Path,
    columns: tuple[Column, ...],
    values: Mapping[str, Ints],
    rules: list[Rule],
    rows: Ints,
    raw: Any,
    findings: Findings,
) -> Any:
    """Check some rows.

    Args:
        path: their file.
        columns: declared columns among ``values``.
        values: integers by column name.
        rules: further rules.
        rows: row numbers.
        raw: (column, position) -> the cell as it stands in the file.
        findings: what is wrong is added here.

    Returns:
        True for each row that breaks a rule.

    Raises:
        CountyFundError: if a check cannot be made at all.
    """
    import pandas as pd
    from pandera.errors import SchemaErrors

    keys = tuple((f"rule {number}", rule.says) for number, rule in enumerate(rules))
    truth = {key: rule.holds for (key, _), rule in zip(keys, rules, strict=True)}
    frame = pd.DataFrame({column.name: values[column.name] for column in columns} | truth, copy=False)
    bad = np.zeros(len(rows), dtype=np.bool_)
    try:
        _schema(columns, keys).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        if cases["index"].isna().any():
            raise CountyFundError(
                "a check could not be made", where=str(path), value=str(cases.iloc[0].to_dict())
            ) from None
        bad[cases["index"].to_numpy(dtype=np.int64)] = True
        cases["of"] = [_column_of(str(key), rules) for key in cases["column"]]
        cases["fact"] = _facts(cases, columns, values)
        _tell(path, cases.drop_duplicates(["index", "fact"]), columns, values, rows, raw, findings)
        findings.add_rows(findings.name(path), int(bad.sum()))
    return bad
