"""Columns of a file as integers: fen, counts, days and codes, exactly; cells that cannot be read become `BAD`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from sim.core.files.cells import normal
from sim.settle.read.amounts import Read, amounts, shares
from sim.settle.read.columns import BAD, EMPTY, MISSING, Column, is_position, is_serial, is_wider, reader_of
from sim.settle.read.senses import POSITION, SERIAL, WIDER, ZONE, Senses
from sim.settle.read.texts import Mask, as_text, looked_up
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

COUNTY_ZONE = np.timedelta64(8, "h")
"""Ahead of UTC; the zone has had no summer time since 1991."""
_WHOLE = re.compile(r"([0-9]{1,8})\.0+")
"""A code, a year or a day with .0 behind it, put there by a program in which whole numbers cannot be empty."""
_DATED = r"[ T:时]|^[0-9]{9,}$"
_HOUR = r"[0-9]{1,2}(?:[:时][0-9]{1,2}(?:[:分][0-9]{1,2}(?:[.,][0-9]{1,9})?秒?|分)?)"
_TIMED = (
    rf"^'?[0-9./年月日-]{{8,11}}[ T]*(?:上午|下午|[AaPp][Mm])? *{_HOUR}(?: *[AaPp][Mm])?$"
    r"|^[0-9]{8}(?:[0-9]{4}|[0-9]{6}|[0-9]{9})$"
)
"""A date with a time of day behind it, without a time zone."""


def integers(column: Column, array: pa.Array, shift: int = 0) -> Read:
    """The cells of a column as integers: money in fen, weights in millionths, dates as yyyymmdd, codes by their list.

    Args:
        column: its declaration.
        array: its cells.
        shift: by how many decimals the unit in the heading shifts them.

    Empty cells are `MISSING`, cells that cannot be read `BAD`.
    """
    import pyarrow as pa

    if column.kind in ("money", "count"):
        return amounts(array, (2 if column.kind == "money" else 0) + shift, column.kind == "money")
    if column.kind == "share":
        return shares(array, shift)
    if pa.types.is_temporal(array.type):
        return _days(array)
    text, faults, senses = as_text(array)
    read = _listed(column, text)
    for bad in faults.values():
        read.values[bad] = BAD
    return Read(read.values, senses | read.senses)


def coded(array: pa.Array, known: dict[str, int]) -> Ints:
    """Text cells as numbers from a dictionary; `MISSING` when empty, `BAD` when unknown."""
    encoded = array.dictionary_encode()
    table = [MISSING if text in EMPTY else known.get(text, BAD) for text in encoded.dictionary.to_pylist()]
    return looked_up(encoded, [*table, MISSING])


# --- dates, years, code lists ----------------------------------------------------------------------------------------
def _listed(column: Column, array: pa.Array) -> Read:
    import pyarrow.compute as pc

    strange = None
    if column.kind == "date":  # a time of day behind the date would make every cell another value
        array, strange = _without_time(array)
    encoded = array.dictionary_encode()
    texts = [
        _WHOLE.sub(r"\1", text) if _WHOLE.fullmatch(text := normal(cell)) else text
        for cell in encoded.dictionary.to_pylist()
    ]
    read = reader_of(column.kind)
    values = looked_up(encoded, [*(MISSING if text in EMPTY else read(text) for text in texts), MISSING])
    if strange is not None:
        values[strange] = BAD
    senses: Senses = {}
    unusual = {text: POSITION for text in texts if is_position(column.kind, text)}
    unusual |= {text: WIDER for text in texts if is_wider(column.kind, text)}
    if column.kind == "date" and any(map(is_serial, texts)):
        mask = looked_up(encoded, [*map(int, map(is_serial, texts)), 0])
        senses[SERIAL, ""] = int(mask.sum())
    for one in pc.value_counts(encoded.indices.drop_null()).to_pylist() if unusual else []:
        if (text := texts[one["values"]]) in unusual:
            senses[unusual[text], text] = senses.get((unusual[text], text), 0) + one["counts"]
    return Read(values, senses)


def _without_time(array: pa.Array) -> tuple[pa.Array, Mask | None]:
    """Dates without the time of day behind them, and the rows where what stands there is no time."""
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(array)
    timed = pc.match_substring_regex(array, _DATED).fill_null(False)
    if not pc.any(timed).as_py():
        return array, None
    good = pc.match_substring_regex(array, _TIMED)
    strange: Mask = pc.and_(timed, pc.invert(good)).fill_null(False).to_numpy(zero_copy_only=False)
    digits = pc.match_substring_regex(array, "^[0-9]{9,}$")
    day = pc.replace_substring_regex(array, "[ T上下AaPp].*$", "")  # of those with a time, not of words (Pending)
    day = pc.if_else(digits, pc.utf8_slice_codeunits(day, 0, 8), day)
    return pc.if_else(timed, day, array), strange


def _days(array: pa.Array) -> Read:
    """Dates and instants of Parquet as yyyymmdd; instants of a zone in that of the county."""
    import pyarrow as pa

    senses: Senses = {}
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit))
        senses[ZONE, ""] = len(array) - array.null_count
    filled = array.is_valid().to_numpy(zero_copy_only=False)
    instant = array.to_numpy(zero_copy_only=False)
    day = (instant + COUNTY_ZONE if senses else instant).astype("datetime64[D]")
    inside = filled & (day >= np.datetime64("0001-01-01")) & (day <= np.datetime64("9999-12-31"))
    day = np.where(inside, day, np.datetime64("2000-01-01"))
    months = day.astype("datetime64[M]")
    month = months.astype(np.int64)
    values = (month // 12 + 1970) * 10_000 + (month % 12 + 1) * 100 + (day - months).astype(np.int64) + 1
    values[~inside] = BAD
    values[~filled] = MISSING
    return Read(values, senses)
