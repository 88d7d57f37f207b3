"""Services of outpatient visits: each visit's items become one type of visit with a weight of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core.errors import ConfigError
from sim.core.text import Text, counted
from sim.money.payment import apg
from sim.settle.read.check import Findings, Problem, Rule
from sim.settle.read.claims import GONE_WHY
from sim.settle.read.columns import ITEMS
from sim.settle.read.lists import read_small
from sim.settle.read.needs import methods
from sim.settle.read.records import Book, Loaded, Part, Visits
from sim.tables import COUNTY, INPATIENT, RESIDENT_INSURED, Ints


class Items(NamedTuple):
    """Services, one a row."""

    claim: list[str]
    group: list[int]
    row: list[int]
    """Rows in the file."""
    gone: frozenset[str]
    """Claims of which a service is left out."""

    def only(self, places: list[int]) -> Items:
        """The services at some places, in that order."""
        return Items(
            [self.claim[at] for at in places],
            [self.group[at] for at in places],
            [self.row[at] for at in places],
            self.gone,
        )


def read_items(path: Path, book: Book, findings: Findings) -> Items:
    """Read and check the services; their groups need a kind in the groups file.

    Raises:
        ConfigError: if the groups have no kinds.
    """
    known = {code: number for number, code in enumerate(book.groups)}
    lost = set(book.gone["group"])
    if not any(book.kinds) and not lost:
        raise ConfigError(
            "items need outpatient groups with their kind",
            where="groups",
            bound="a column kind",
            todo="give groups=FILE with the column kind (procedure, medical or ancillary)",
        )

    def further(text: dict[str, list[Any]], values: dict[str, Ints], _: object) -> list[Rule]:
        numbers = [known.get(code, -1) for code in text["item"]]
        kinds = [number < 0 or bool(book.kinds[number]) for number in numbers]
        return [
            Rule("item", (np.array(numbers) >= 0) | np.isin(text["item"], list(lost)), "must be in the group table"),
            Rule("item", np.array(kinds, dtype=np.bool_), "must be of a group with a kind"),
        ]

    table = read_small(path, ITEMS, findings, further=further)
    claims, codes, rows = table.text["claim"], table.text["item"], table.rows.tolist()
    rows_kept = [at for at, code in enumerate(codes) if code not in lost]
    findings.follow(findings.name(path), "item", GONE_WHY["group"], Counter(code for code in codes if code in lost))
    gone = {claim for claim, code in zip(claims, codes, strict=True) if code in lost}
    every = Items(claims, [known.get(code, -1) for code in codes], rows, frozenset(gone.union(table.gone["claim"])))
    return every.only(rows_kept)


LEFT_OUT = Text("referring to claims that are left out", "所属结算单已剔除")
NO_SERVICES = Text("visits whose services are left out, and without a group", "门诊的服务项目均已剔除且无病组")


def matched(
    items: Items, parts: list[Part], book: Book, claims: Path, path: Path, findings: Findings
) -> tuple[Items, list[Part]]:
    """Keep the services that have a claim, and the claims that can be weighed; report the others.

    A visit without services and without a group cannot be weighed.  This is done before anything is computed, as what
    is left out must not count in the yearly limits of a person.

    Args:
        items: the services.
        parts: claims of the year, checked.
        book: institutions.
        claims: the file of claims.
        path: the file of services.
        findings: takes what is wrong.

    Returns:
        The services and the claims that are kept.

    Raises:
        ConfigError: if the claims have no numbers by which services could name them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(part.ids is None for part in parts):
        raise ConfigError(
            "items name claims by number, but the claims have no numbers", where="claims", todo="add the column claim"
        )
    known = pa.chunked_array([part.ids for part in parts], pa.string()).combine_chunks()
    has_claim = pc.is_in(pa.array(items.claim, pa.string()), known).to_pylist()
    left = {number for part in parts for array in part.left for number in array.to_pylist()}
    strange = [at for at, there in enumerate(has_claim) if not there]
    names = Counter(items.claim[at] for at in strange if items.claim[at] in left)
    for at in strange:
        if items.claim[at] not in left:
            problem = Problem(
                findings.name(path), items.row[at], "claim", items.claim[at], "must be the number of a claim"
            )
            findings.add(problem)
    findings.follow(findings.name(path), "claim", LEFT_OUT, names)
    findings.add_rows(findings.name(path), len(strange) - names.total())
    items = items.only([at for at, there in enumerate(has_claim) if there])
    return items, _weighed(items, parts, book, claims, findings)


def _weighed(items: Items, parts: list[Part], book: Book, path: Path, findings: Findings) -> list[Part]:
    """The claims without those visits in the county that have neither services nor a group; these are reported."""
    import pyarrow as pa
    import pyarrow.compute as pc

    file, served, gone = findings.name(path), pa.array(items.claim, pa.string()), pa.array(sorted(items.gone))
    result, partly = [], 0
    for part in parts:
        has, lost = (
            pc.is_in(part.ids, numbers.cast(pa.string())).to_numpy(zero_copy_only=False) for numbers in (served, gone)
        )
        visit = np.equal(part.values["insurance"], RESIDENT_INSURED) & np.not_equal(part.values["category"], INPATIENT)
        visit &= book.providers.tier[part.values["provider"]] <= COUNTY
        bare = visit & ~has & np.less(part.values["group"], 0)
        partly += int((visit & lost & ~bare).sum())
        for row, strange in zip(part.row[bare & ~lost].tolist(), part.strange[bare & ~lost].tolist(), strict=True):
            says = "must be in the group table" if strange else "must not be empty"
            findings.add(Problem(file, row, "group", "", f"{says} for a visit in the county without items"))
        findings.add_rows(file, int((bare & ~lost).sum()))
        findings.follow(file, "claim", NO_SERVICES, Counter(part.ids.filter(bare & lost).to_pylist()))
        result.append(part.only(~bare) if bare.any() else part)
    if partly:
        findings.say(
            Text(
                f"{file}: {counted(partly, 'visit|visits has|have')} a service that is left out: weighed without it",
                f"{file}：有{partly:,}笔门诊的部分服务项目已剔除：按其余项目计权重",
            )
        )
    return result


def typed(items: Items, loaded: Loaded, book: Book) -> tuple[Loaded, Visits]:
    """Claims whose group is the type of visit that their items make, and all types."""
    names = [] if loaded.ids is None else loaded.ids.to_pylist()
    row = {name: number for number, name in enumerate(names)}
    held: dict[int, list[int]] = {}
    for claim, group in zip(items.claim, items.group, strict=True):
        if claim in row:  # else its parts contradicted what was computed, which is told
            held.setdefault(row[claim], []).append(group)
    numbers = np.array(loaded.claims.group)
    number: dict[tuple[int, ...], int] = {}
    for at, groups in held.items():
        numbers[at] = len(book.groups) + number.setdefault(tuple(sorted(groups)), len(number))
    types = tuple(number)
    plain = apg.Config()
    weights = np.array([apg.visit_weight(plain, _services(kind, book)) for kind in types], dtype=np.int64)
    joined = tuple("+".join(book.groups[g] for g in kind) for kind in types)
    more = book._replace(
        groups=(*book.groups, *joined),
        group_names=(*book.group_names, *joined),
        weights=np.concatenate([book.weights, weights]),
    )
    return loaded._replace(claims=loaded.claims._replace(group=numbers)), Visits(types, more)


def say_served(items: Items, loaded: Loaded, findings: Findings) -> None:
    """Say how many visits have services, how many have none, and how many services repeat an earlier one."""
    names = set() if loaded.ids is None else set(loaded.ids.to_pylist())
    here = [claim for claim in items.claim if claim in names]
    count, known = int(apg.visits(loaded.claims).sum()), len(set(here))
    services, claims = counted(len(here), "service|services belongs|belong"), counted(known, "claim|claims")
    findings.say(
        Text(
            f"{services} to {claims}; {counted(count, 'visit|visits')} in the county paid by weight",
            f"{len(here):,}条服务项目属于{known:,}笔结算单；县内门诊{count:,}行按权重支付",
        )
    )
    if again := len(items.claim) - len(set(zip(items.claim, items.group, strict=True))):
        findings.say(
            Text(
                f"{counted(again, 'service|services is|are given again for the same claim')}: each counts as done once "
                "more",
                f"有{again:,}条服务项目在同一结算单中重复：各按一次计",
            )
        )


def _services(kind: tuple[int, ...], book: Book) -> list[apg.Item]:
    return [
        apg.Item(book.kinds[group], int(book.weights[group]), book.related[group], book.packaged[group])
        for group in kind
    ]


def visit_weights(payment: Any, visits: Visits) -> Ints:
    """[group, then type of visit] weights of visits under the payment of a design, ppm.

    Raises:
        ConfigError: if the design weighs outpatient and chronic visits by different rules.
    """
    book = visits.book
    terms = {method.model_dump_json(): method for method in methods(payment) if isinstance(method, apg.Config)}
    if len(terms) > 1:
        raise ConfigError(
            "items can be weighed by one set of rules only",
            where="payment",
            todo="give outpatient and chronic visits the same parameters",
        )
    rules = next(iter(terms.values()), apg.Config())
    type_weights = [apg.visit_weight(rules, _services(kind, book)) for kind in visits.types]
    first = len(book.groups) - len(visits.types)
    return np.concatenate([book.weights[:first], np.array(type_weights, dtype=np.int64)])
