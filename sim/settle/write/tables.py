"""The results of a settlement: receipts claim by claim, and tables of institutions, communities and the fund; fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.money.paid_year import PaidYear
from sim.settle.price import Totals, by_provider_and_category, point_value, provider_and_category
from sim.settle.read.columns import MISSING
from sim.settle.read.records import Book, Loaded, Visits
from sim.settle.write.sheet_files import write_sheet
from sim.settle.write.sheets import COMMUNITIES, FUND, GROUPS, PROVIDERS, RECEIPTS_FILE
from sim.tables import CATEGORIES, INSURANCES, NO_COMMUNITY, TIERS, ContractYear, Ints

if TYPE_CHECKING:
    import pandas as pd

REPEATED = ["provider", "tier", "community", "home", "insurance", "category", "group", "date"]
"""Columns of receipts.parquet with few values."""
STEP = 1 << 20
"""Rows of receipts.parquet written at a time."""
MONEY = tuple(field.name for field in RECEIPTS_FILE.fields if field.kind == "money")
"""Beginnings of the names of money columns in receipts.parquet."""


def write_receipts(path: Path, loaded: Loaded, book: Book, priced: Mapping[str, PaidYear]) -> None:
    """Write one row for each claim row: what it was, who paid what of it, and its receipts under each design; fen.

    Every column of money says so in its metadata (``unit``).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    communities = pa.array(book.communities, pa.string())
    names = {
        "provider": pa.array(book.codes, pa.string()),
        "tier": pa.array(TIERS),
        "community": communities,
        "home": communities,
        "insurance": pa.array(INSURANCES),
        "category": pa.array(CATEGORIES),
        "group": pa.array(book.groups, pa.string()),
    }
    writer = None
    try:
        for start in range(0, max(len(loaded.row), 1), STEP):
            columns = _receipts(loaded, names, priced, start)
            table = pa.Table.from_arrays(list(columns.values()), schema=_with_units(columns))
            if writer is None:
                writer = pq.ParquetWriter(
                    path,
                    table.schema,
                    compression="zstd",
                    compression_level=1,
                    version="2.6",
                    use_dictionary=REPEATED,
                    write_statistics=False,
                )
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _receipts(loaded: Loaded, names: Mapping[str, Any], priced: Mapping[str, PaidYear], start: int) -> dict[str, Any]:
    """`STEP` rows of the receipts by column, from a position on; ``names`` are those of a column's numbers."""
    import pyarrow as pa

    claims, at = loaded.claims, slice(start, start + STEP)
    columns: dict[str, Any] = {"row": pa.array(loaded.row[at])}
    if loaded.ids is not None:
        columns["claim"] = _one(loaded.ids, start, STEP)
    if loaded.persons is not None:
        columns["person"] = _one(loaded.persons, start, STEP)
    columns["date"] = _days(loaded.date[at])
    columns |= {name: _named(getattr(claims, name)[at], known) for name, known in names.items()}
    for name in (
        "referred",
        "cases",
        "days",
        "charge",
        "covered",
        "statutory",
        "catastrophic",
        "assistance",
        "patient",
    ):
        columns[name] = pa.array(np.ascontiguousarray(getattr(claims, name)[at]))
    columns["computed"] = pa.array(loaded.computed[at])
    columns |= {f"receipt.{name}": pa.array(result.payments.receipts[at]) for name, result in priced.items()}
    return columns


def _with_units(columns: Mapping[str, Any]) -> Any:
    """The schema of some columns, money marked as such."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(name, column.type, metadata={"unit": "fen"} if name.startswith(MONEY) else None)
            for name, column in columns.items()
        ]
    )


def _one(chunked: Any, start: int, count: int) -> Any:
    import pyarrow as pa

    part = chunked.slice(start, count)
    return pa.concat_arrays(part.chunks) if part.num_chunks else pa.array([], pa.string())


def _named(numbers: Ints, names: Any) -> Any:
    """Codes as text that is stored once."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32), mask=numbers < 0), names)


def _days(date: Ints) -> Any:
    """yyyymmdd as dates."""
    import pyarrow as pa

    filled = date != MISSING
    safe = np.where(filled, date, 19700101)
    months = (safe // 10_000 - 1970) * 12 + safe // 100 % 100 - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (safe % 100 - 1).astype("timedelta64[D]")
    return pa.array(days, pa.date32(), mask=~filled)


def providers_table(loaded: Loaded, book: Book, sums: Totals, priced: Mapping[str, PaidYear]) -> pd.DataFrame:
    """Design x institution x category, and each institution's whole (category ``all``); money in fen."""
    import pandas as pd

    rows = []
    key = provider_and_category(loaded)
    ffs = sums.parts["statutory"]
    above = book.providers.parent
    for design, result in priced.items():
        receipts = by_provider_and_category(key, book, result.payments.receipts)
        for number, code in enumerate(book.codes):
            community = int(book.providers.community[number])
            head = {
                "design": design,
                "provider": code,
                "name": book.names[number],
                "tier": TIERS[int(book.providers.tier[number])],
                "community": book.communities[community] if community != NO_COMMUNITY else "",
            }
            if (above >= 0).any():
                upper = int(above[number])
                head |= {
                    "parent": book.codes[upper] if upper >= 0 else "",
                    "parent_name": book.names[upper] if upper >= 0 else "",
                }
            lines = [(category, slice(c, c + 1)) for c, category in enumerate(CATEGORIES)] + [("all", slice(None))]
            for category, at in lines:
                amounts = {name: int(column[number, at].sum()) for name, column in sums.parts.items()}
                if category != "all" and not amounts["cases"]:
                    continue
                due, base = int(receipts[number, at].sum()), int(ffs[number, at].sum())
                others = amounts["catastrophic"] + amounts["assistance"] + amounts["patient"]
                more = _settled_with(result, number) if category == "all" else {}
                rows.append(
                    head
                    | {"category": category}
                    | amounts
                    | {"receipts": due, "against_ffs": due - base, "against_charge": due + others - amounts["charge"]}
                    | more
                )
    return pd.DataFrame(rows)


EXTRAS = ("distributed", "forfeited", "under_quota", "beside_quota")
"""Columns of an institution's whole year, where a design has them: part of the transfer, deposit forfeited, and the two
ledgers of a quota of signed residents, which add up to the receipts.
"""


def _settled_with(result: PaidYear, number: int) -> dict[str, int]:
    """Further amounts of an institution's year (`EXTRAS`), fen; only those that the design has."""
    columns = {"distributed": result.settled.units, "forfeited": result.settled.forfeited}
    if result.quota is not None:
        columns |= {"under_quota": result.quota.provider[:, 0], "beside_quota": result.quota.provider[:, 1]}
    return {name: int(column[number]) for name, column in columns.items() if column.size}


def communities_table(book: Book, heads: Ints, priced: Mapping[str, PaidYear]) -> pd.DataFrame:
    """Design x community that holds a budget: budget, spending inside and outside, balance, transfer; fen."""
    import pandas as pd

    rows = []
    for design, result in priced.items():
        settled = result.settled
        for number in range(len(settled.budget)):
            names = ("budget", "in_network", "out_of_network", "balance", "transfer")
            amounts = {name: int(getattr(settled, name)[number]) for name in names}
            parts = {f"to_{tier}": int(settled.distributed[number, t]) for t, tier in enumerate(TIERS)}
            outgo = amounts["in_network"] + amounts["out_of_network"] + amounts["transfer"]
            who = {"design": design, "community": book.communities[number], "heads": int(heads[number])}
            year = {} if settled.contract is None else settled.contract._asdict()
            contract = {name: int(column[number]) for name, column in year.items()}
            pool = {"pool": int(settled.pool[number])} if settled.pool.size else {}
            rows.append(who | amounts | {"fund": outgo} | parts | pool | contract)
    first = ("design", "community", "heads", "budget", "in_network", "out_of_network", "balance", "transfer", "fund")
    contracts = any(result.settled.contract is not None for result in priced.values())
    pools = ["pool"] if any(result.settled.pool.size for result in priced.values()) else []
    tiers = [f"to_{tier}" for tier in TIERS]
    columns = [*first, *tiers, *pools, *(ContractYear._fields if contracts else ())]
    return pd.DataFrame(rows, columns=columns)


QUOTA_COLUMNS = ("design", "community", "month", "quota", "accumulated")


def quota_rows(book: Book, priced: Mapping[str, PaidYear]) -> list[tuple[str, str, int, int, int]]:
    """Design x community x month (`QUOTA_COLUMNS`): the quota of a signed list, month by month, accumulated; fen."""
    rows = []
    for design, result in priced.items():
        path_of = getattr(result.prepared, "path", None)
        if path_of is None:
            continue
        for number, months in enumerate(path_of.tolist()):
            for month, accumulated in enumerate(months):
                quota = accumulated - (months[month - 1] if month else 0)
                rows.append((design, book.communities[number], month + 1, quota, accumulated))
    return rows


def fund_table(sums: Totals, priced: Mapping[str, PaidYear]) -> pd.DataFrame:
    """One row for each design: what the fund pays, also against fee for service, and the point value; fen."""
    import pandas as pd

    ffs = int(sums.parts["statutory"].sum())
    deposits = any(result.settled.forfeited.size for result in priced.values())
    rows = []
    for design, result in priced.items():
        receipts, transfer = result.receipts, result.transfers
        rows.append(
            {
                "design": design,
                "charge": int(sums.parts["charge"].sum()),
                "patient": int(sums.parts["patient"].sum()),
                "ffs": ffs,
                "receipts": receipts,
                "transfer": transfer,
                **({"forfeited": result.forfeited} if deposits else {}),
                "fund": result.spent,
                "against_ffs": result.spent - ffs,
                "point_value": point_value(result.payments.point_value),
            }
        )
    return pd.DataFrame(rows)


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str], language: str) -> None:
    """providers.csv, communities.csv, and fund.csv with what each design is in words."""
    fund = tables["fund"].copy()
    fund.insert(1, "label", [labels[design] for design in fund["design"]])
    for sheet, table in ((PROVIDERS, tables["providers"]), (COMMUNITIES, tables["communities"]), (FUND, fund)):
        write_sheet(folder / sheet.file, sheet, list(table.columns), table.itertuples(index=False), language)


def write_groups(path: Path, book: Book, visits: Visits | None, language: str) -> None:
    """Write code, name and weight of each group; with items also the kind of each service, and the types of visits."""
    weights = [Decimal(int(weight)).scaleb(-6) for weight in book.weights]
    columns: dict[str, Sequence[object]] = {"group": book.groups, "name": book.group_names, "weight": weights}
    if visits is not None:
        size = len(book.groups) - len(visits.types)
        behind = [""] * len(visits.types)
        columns |= {
            "kind": [*book.kinds[:size], *behind],
            "related": [*book.related[:size], *behind],
            "packaged": [*(str(int(flag)) for flag in book.packaged[:size]), *behind],
            "services": [*[""] * size, *(" ".join(map(str, kind)) for kind in visits.types)],
        }
    write_sheet(path, GROUPS, list(columns), zip(*columns.values(), strict=True), language)
