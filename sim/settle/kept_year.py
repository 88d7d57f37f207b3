"""What a settlement folder keeps so that its year can be priced again, and the year read from there.

``past-0.npz``, ``past-1.npz`` ... hold the history that payment and settlement saw under each design, in the order of
the manifest: closed years summed by institution, home and group, persons, weights, the signed list.  The claims are in
receipts.parquet, the designs in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.config import kept_config
from sim.config.model import SimConfig
from sim.core.errors import ConfigError
from sim.core.files.parquet import names_of, whole
from sim.core.text import Text
from sim.core.units import ppm
from sim.core.visible import visible
from sim.experiment.run_folder import reading
from sim.explain.explained_year import Year
from sim.explain.payment.asked import Labels
from sim.explain.steps import plain
from sim.money.history import ClosedYear, History, SignedList
from sim.money.payment import apg
from sim.settle.price import Past, price
from sim.settle.read.columns import MISSING
from sim.settle.read.lists import numbered
from sim.settle.read.records import Book, Loaded
from sim.settle.write.safe import coded
from sim.settle.write.sheet_files import read_sheet
from sim.settle.write.sheets import GROUPS, PROVIDERS
from sim.tables import CATEGORIES, INSURANCES, NO_COMMUNITY, TIERS, UNKNOWN, Claims, Ints, Providers

LARGEST, INFLATION = 1 << 28, 200
"""A history may take `LARGEST` bytes unpacked, and `INFLATION` more for each byte of its file."""


def keep_past(folder: Path, past: Mapping[str, Past]) -> None:
    """Write what each design was priced from, in the order of the designs."""
    for number, design_past in enumerate(past.values()):
        write_past(past_file(folder, number), design_past)


def past_file(folder: Path, number: int) -> Path:
    """The file for the design of a number, counted from 0."""
    return folder / f"past-{number}.npz"


def write_past(path: Path, past: Past) -> None:
    """Write what a design was priced from."""
    history = past.history
    arrays: dict[str, Any] = {} if past.scores is None else {"scores": past.scores}
    if (past.signed != UNKNOWN).any():
        arrays["signed"] = past.signed.astype(np.int8)
    for name, value in history._asdict().items():
        if name not in ("closed", "listed") and value is not None:
            arrays[f"history.{name}"] = value
    for number, year in enumerate(history.closed):
        names = ("year", "spent", "heads", "earned", "stays", "earned_stays")
        known = {name: getattr(year, name) for name in names}
        arrays |= {f"closed.{number}.{name}": value for name, value in known.items() if value is not None}
        arrays |= {f"closed.{number}.claims.{name}": column for name, column in year.claims._asdict().items()}
    if history.listed is not None:
        arrays |= {f"listed.{name}": column for name, column in history.listed._asdict().items()}
    np.savez_compressed(path, **arrays)


def read_past(path: Path, growth: float, rows: int) -> Past:
    """Read what a design was priced from.

    Args:
        path: its file (`past_file`).
        growth: of charges, under the design.
        rows: number of claims.

    Raises:
        ValueError: if the file claims to unpack to far more than its size.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        unpacked, most = (
            sum(part.file_size for part in archive.zip.infolist()),
            LARGEST + INFLATION * path.stat().st_size,
        )
        if unpacked > most:
            raise ValueError(f"{path.name} claims {unpacked:,} bytes when unpacked, more than {most:,} for its size")
        arrays = {name: archive[name] for name in archive.files}
    closed = list[ClosedYear]()
    while f"closed.{len(closed)}.year" in arrays:
        head = f"closed.{len(closed)}."
        claims = Claims(**{name: arrays[f"{head}claims.{name}"] for name in Claims._fields})
        spent, heads = arrays[f"{head}spent"], arrays[f"{head}heads"]
        besides = {n: arrays[head + n] for n in ("earned", "stays", "earned_stays") if head + n in arrays}
        closed.append(ClosedYear(int(arrays[f"{head}year"]), claims, spent, heads, **besides))
    known = {name: arrays[f"history.{name}"] for name in History._fields if f"history.{name}" in arrays}
    plain = {name: value.item() if value.ndim == 0 else value for name, value in known.items()}
    listed_columns = {name: arrays[f"listed.{name}"] for name in SignedList._fields if f"listed.{name}" in arrays}
    listed = SignedList(**listed_columns) if listed_columns else None
    history = History(**(plain | {"closed": tuple(closed), "growth": growth, "listed": listed}))
    signed = arrays["signed"].astype(np.int64) if "signed" in arrays else np.full(rows, UNKNOWN, dtype=np.int64)
    return Past(history, arrays.get("scores"), signed)


class KeptDesign(NamedTuple):
    """What a settlement folder holds of one of its designs."""

    config: SimConfig
    past: Past
    book: Book
    loaded: Loaded
    receipts: Ints
    services: list[list[apg.Item]]
    label: str
    available: float | None
    """Fund money for care, yuan."""


def _read_design(folder: Path, manifest: dict[str, Any], design: str) -> KeptDesign:
    """Read all that a settlement folder keeps of a design.

    Raises:
        CountyFundError: if a file is missing, was changed or is damaged.
    """
    path = past_file(folder, list(manifest["designs"]).index(design))
    with reading(folder, path.name, "receipts.parquet", "providers.csv", "groups.csv"):
        if not path.is_file():
            raise ConfigError(
                "this folder was settled by a version that kept no history", where=str(folder), todo="settle it again"
            )
        entry = manifest["designs"][design]
        shown = {name: entry[name] for name in ("payment", "settlement", "benefit")}
        config = kept_config(shown)
        past = read_past(path, float(entry["growth"]), int(manifest["rows"]))
        book = read_book(folder, manifest, past.history.weights)
        loaded, receipts = read_claims(folder, book, design, past.signed)
        available = manifest["available"]
        return KeptDesign(
            config,
            past,
            book,
            loaded,
            receipts,
            read_services(folder),
            str(entry["label"]),
            None if available is None else float(available),
        )


def read_year(folder: Path, manifest: dict[str, Any], design: str) -> tuple[Year, Loaded]:
    """Price the claims of a settlement folder again under one of its designs; the receipts are read from the folder.

    Returns:
        The paid year with the labels that readers need, and the claims.

    Raises:
        CountyFundError: if a file of the folder is missing, was changed or is damaged.
    """
    config, past, book, loaded, receipts, services, label, available = _read_design(folder, manifest, design)
    history, scores, _ = past
    priced = price(config, history, loaded, book, available, scores)
    groups = _coded(book.groups, book.group_names)
    communities = [plain(visible(name)) for name in book.communities]
    labels = Labels(groups, groups, _coded(book.codes, book.names), communities, services)
    year = Year(
        title=Text(f"design {design} ({label})", f"方案{design}（{label}）"),
        paid=priced._replace(payments=priced.payments._replace(receipts=receipts)),
        benefit=config.benefit,
        starts=history.reform,
        key="payment",
        labels=labels,
        called=list(zip(book.codes, book.names, strict=True)),
        where=lambda at: Text(f"the claims file, row {int(loaded.row[at])}", f"费用文件第{int(loaded.row[at])}行"),
    )
    return year, loaded


def _coded(codes: Sequence[str], names: Sequence[str]) -> list[Text]:
    """Codes with the names that go with them, for readers."""
    return [plain(visible(coded(code, name))) for code, name in zip(codes, names, strict=True)]


def read_book(folder: Path, manifest: dict[str, Any], weights: Ints) -> Book:
    """Institutions, communities and groups of a settlement folder."""
    rows = [row for row in table_of(folder, "providers", next(iter(manifest["designs"]))) if row["category"] == "all"]
    communities = tuple(manifest["heads"])
    number = {name: index for index, name in enumerate(communities)}
    tier = np.array([TIERS.index(row["tier"]) for row in rows], dtype=np.int64)
    member = np.array([number.get(row["community"], NO_COMMUNITY) for row in rows], dtype=np.int64)
    blank = np.zeros(len(rows), dtype=np.int64)
    parent = numbered([row.get("parent", "") for row in rows], [row["provider"] for row in rows])
    groups = table_of(folder, "groups")
    return Book(
        tuple(row["provider"] for row in rows),
        tuple(row["name"] for row in rows),
        Providers(tier, member, blank, blank, blank, parent),
        communities,
        tuple(row["group"] for row in groups),
        tuple(row["name"] for row in groups),
        weights,
    )


def read_services(folder: Path) -> list[list[apg.Item]]:
    """[group] the services of a visit of that group; empty except for types of visits that came from items."""
    groups = table_of(folder, "groups")

    def item(number: int) -> apg.Item:
        row = groups[number]
        return apg.Item(row["kind"], ppm(float(row["weight"])), row["related"], row["packaged"] == "1")

    return [[item(int(number)) for number in row.get("services", "").split()] for row in groups]


def table_of(folder: Path, name: str, design: str = "") -> list[dict[str, str]]:
    """The rows of a table of the folder; of one design where a design is named."""
    rows = read_sheet(folder / f"{name}.csv", {"providers": PROVIDERS, "groups": GROUPS}[name])
    return [row for row in rows if not design or row["design"] == design]


CODED = {"provider": "codes", "community": "communities", "home": "communities", "group": "groups"}


def read_claims(folder: Path, book: Book, design: str, signed: Ints) -> tuple[Loaded, Ints]:
    """The claims of receipts.parquet, with ``signed`` as `Claims.signed`; and [row] receipts under a design, fen."""
    names_of(folder / "receipts.parquet", per_byte=1)  # it holds what a file of its size can
    table = whole(folder / "receipts.parquet")
    size = table.num_rows
    lists = {"tier": TIERS, "category": CATEGORIES, "insurance": INSURANCES}
    lists |= {name: getattr(book, attribute) for name, attribute in CODED.items()}
    columns: dict[str, Ints] = {"signed": signed, "admitted": np.full(size, UNKNOWN, dtype=np.int64)}
    for name in Claims._fields:
        if name in columns:
            continue
        if name in lists:
            columns[name] = _numbered(table.column(name), lists[name])
        elif name in table.column_names:
            columns[name] = table.column(name).to_numpy().astype(np.int64)
        else:
            columns[name] = np.zeros(size, dtype=np.int64)
    nothing = np.full(size, MISSING)
    computed = table.column("computed").to_numpy()
    row, ids = table.column("row").to_numpy(), table.column("claim") if "claim" in table.column_names else None
    loaded = Loaded(Claims(**columns), row, nothing, ids, None, computed)
    return loaded, table.column(f"receipt.{design}").to_numpy()


def _numbered(column: Any, names: Sequence[str]) -> Ints:
    """[row] codes as their positions in ``names``; -1 where a code is empty or not in them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = column.cast(pa.string())
    positions = pc.index_in(text, value_set=pa.array(names, pa.string())).fill_null(-1)
    return np.asarray(positions.to_numpy(), dtype=np.int64)
