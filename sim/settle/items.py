"""Services of outpatient visits: each visit's items become one type of visit with a weight of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.config import SimConfig
from sim.errors import ConfigError
from sim.payment import apg
from sim.report.text import Text
from sim.settle.assemble import Loaded
from sim.settle.book import Book, read_small
from sim.settle.check import Findings, Problem, Rule
from sim.settle.columns import ITEMS
from sim.settle.readings import methods
from sim.tables import Ints


class Items(NamedTuple):
    """Services, one a row."""

    claim: list[str]
    group: list[int]
    row: list[int]
    """Rows in the file."""


class Visits(NamedTuple):
    """Types of visits that have items: numbers of their groups, in order; numbered behind the groups of the book."""

    types: tuple[tuple[int, ...], ...]
    book: Book


def read_items(path: Path, book: Book, findings: Findings) -> Items:
    """Read and check the services; their groups need a kind in the groups file.

    Raises:
        ConfigError: if the groups have no kinds.
    """
    known = {code: number for number, code in enumerate(book.groups)}
    if not any(book.kinds):
        raise ConfigError(
            "items need outpatient groups with their kind", where="groups", bound="a column kind",
            todo="give groups=FILE with the column kind (procedure, medical or ancillary)",
        )  # fmt: skip

    def further(text: dict[str, list[Any]], values: dict[str, Ints]) -> list[Rule]:
        numbers = [known.get(code, -1) for code in text["item"]]
        kinds = [number < 0 or bool(book.kinds[number]) for number in numbers]
        return [
            Rule("item", np.array(numbers) >= 0, "must be in the group table"),
            Rule("item", np.array(kinds, dtype=np.bool_), "must be of a group with a kind"),
        ]

    table = read_small(path, ITEMS, findings, further=further)
    return Items(table.text["claim"], [known[code] for code in table.text["item"]], table.rows.tolist())


def typed(items: Items, loaded: Loaded, book: Book, path: Path, findings: Findings) -> tuple[Loaded, Visits]:
    """Claims whose group is the type of their items, and the types; items without a claim are reported.

    Raises:
        ConfigError: if the claims have no numbers by which items could name them.
    """
    if loaded.ids is None:
        raise ConfigError("items name claims by number, but the claims have no numbers", where="claims",
                          todo="add the column claim")  # fmt: skip
    row = {name: number for number, name in enumerate(loaded.ids.to_pylist())}
    held: dict[int, list[int]] = {}
    strange = 0
    for claim, group, place in zip(items.claim, items.group, items.row, strict=True):
        if claim in row:
            held.setdefault(row[claim], []).append(group)
        else:
            strange += 1
            findings.add(Problem(findings.name(path), place, "claim", claim, "must be the number of a claim"))
    findings.add_rows(findings.name(path), strange)
    numbers = np.array(loaded.claims.group)
    number: dict[tuple[int, ...], int] = {}
    for at, groups in held.items():
        numbers[at] = len(book.groups) + number.setdefault(tuple(sorted(groups)), len(number))
    types = tuple(number)
    plain = apg.Config()
    weights = np.array([apg.visit_weight(plain, _services(kind, book)) for kind in types], dtype=np.int64)
    names = tuple("+".join(book.groups[g] for g in kind) for kind in types)
    more = book._replace(
        groups=(*book.groups, *names), group_names=(*book.group_names, *names),
        weights=np.concatenate([book.weights, weights]),
    )  # fmt: skip
    return loaded._replace(claims=loaded.claims._replace(group=numbers)), Visits(types, more)


def say_served(items: Items, loaded: Loaded, findings: Findings) -> None:
    """Say how many visits have services, how many have none, and how many services repeat an earlier one."""
    count, served = int(apg.visits(loaded.claims).sum()), set(items.claim)
    known = 0 if loaded.ids is None else sum(name in served for name in loaded.ids.to_pylist())
    findings.say(Text(
        f"{len(items.claim):,} services belong to {known:,} claims; {count:,} visits in the county are paid by weight",
        f"{len(items.claim):,}条服务项目属于{known:,}笔结算单；县内门诊{count:,}行按权重支付",
    ))  # fmt: skip
    if again := len(items.claim) - len(set(zip(items.claim, items.group, strict=True))):
        findings.say(Text(
            f"{again:,} services are given again for the same claim: each counts as done once more",
            f"有{again:,}条服务项目在同一结算单中重复：各按一次计",
        ))  # fmt: skip


def _services(kind: tuple[int, ...], book: Book) -> list[apg.Item]:
    return [
        apg.Item(book.kinds[group], int(book.weights[group]), book.related[group], book.packaged[group])
        for group in kind
    ]


def visit_weights(config: SimConfig, visits: Visits) -> Ints:
    """[group, then type of visit] weights of visits under a design, ppm.

    Raises:
        ConfigError: if the design weighs outpatient and chronic visits by different rules.
    """
    book = visits.book
    terms = {own.model_dump_json(): own for own in methods(config.payment) if isinstance(own, apg.Config)}
    if len(terms) > 1:
        raise ConfigError("items can be weighed by one set of rules only", where="payment",
                          todo="give outpatient and chronic visits the same parameters")  # fmt: skip
    own = next(iter(terms.values()), apg.Config())
    found = [apg.visit_weight(own, _services(kind, book)) for kind in visits.types]
    first = len(book.groups) - len(visits.types)
    return np.concatenate([book.weights[:first], np.array(found, dtype=np.int64)])


def check_visits(loaded: Loaded, path: Path, findings: Findings) -> None:
    """Report visits in the county that have neither items nor a group."""
    bare = np.flatnonzero(apg.visits(loaded.claims) & (loaded.claims.group < 0))
    for row in loaded.row[bare].tolist():
        findings.add(
            Problem(findings.name(path), row, "group", "", "must not be empty for a visit in the county without items")
        )
    findings.add_rows(findings.name(path), len(bare))
