"""Columns of text as integers: fen, counts, days and codes, exactly; cells that cannot be read become `BAD`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.settle.columns import BAD, EMPTY, MISSING, Column, plain, reader_of
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

_YUAN = r"^[+-]?\d{1,12}(\.\d{0,2}0*)?$"
_WHOLE = r"^[+-]?\d{1,12}(\.0*)?$"
_AROUND = r"^[\s'\x{FEFF}]+|[\s元]+$|,|，|[¥￥]"


def integers(column: Column, array: pa.Array) -> Ints:
    """The cells of a column as integers: money in fen, weights in millionths, dates as yyyymmdd, codes by their list.

    Empty cells are `MISSING`, cells that cannot be read `BAD`.
    """
    import pyarrow as pa

    kind = array.type
    if column.kind in ("money", "count"):
        decimals = 2 if column.kind == "money" else 0
        if pa.types.is_floating(kind):
            return _floats(array, decimals)
        if pa.types.is_integer(kind):
            return _filled(array, 10**decimals)
        return _numbers(array, decimals)
    return _listed(column, as_text(array))


def as_text(array: pa.Array) -> pa.Array:
    """Any column as text without surrounding blanks; empty cells are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(array.type):  # codes that pandas made numbers because some were empty
        whole = pc.floor(array)
        if pc.all(pc.equal(whole, array)).as_py() is not False:
            array = whole.cast(pa.int64())
    if not pa.types.is_string(array.type):
        array = array.cast(pa.string())
        array = pc.if_else(pc.is_in(array, pa.array(EMPTY)), pa.scalar(None, pa.string()), array)
    return array


def codes(array: pa.Array) -> pa.Array:
    """Text cells without what exports put around them; empty cells are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(as_text(array))
    if any(pc.any(pc.starts_with(array, sign)).as_py() for sign in ("'", "=")):
        array = pa.array([plain(text) or None if text is not None else None for text in array.to_pylist()], pa.string())
    return pc.if_else(pc.is_in(array, pa.array(EMPTY)), pa.scalar(None, pa.string()), array)


def coded(array: pa.Array, known: dict[str, int]) -> Ints:
    """Text cells as numbers from a dictionary; `MISSING` when empty, `BAD` when unknown."""
    return _by_value(as_text(array), lambda text: known.get(text, BAD))


def _listed(column: Column, array: pa.Array) -> Ints:
    import pyarrow.compute as pc

    if column.kind == "date":  # a time of day behind the date would make every cell another value
        array = pc.utf8_slice_codeunits(pc.utf8_ltrim_whitespace(array), 0, 11)
    return _by_value(array, reader_of(column.kind))


def _by_value(array: pa.Array, read: Callable[[str], int]) -> Ints:
    """Read each distinct value once, in plain Python."""
    encoded = array.dictionary_encode()
    values = [plain(text) for text in encoded.dictionary.to_pylist()]
    table = [MISSING if text in EMPTY else read(text) for text in values]
    lookup: Ints = np.array([*table, MISSING], dtype=np.int64)
    found: Ints = lookup[encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)]
    return found


def _numbers(array: pa.Array, decimals: int) -> Ints:
    """Decimal text as integers, without passing through binary fractions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(array.type):  # decimals of Parquet
        array = array.cast(pa.string())
    try:
        if any(pc.any(pc.match_substring(array, sign)).as_py() for sign in "eE"):
            raise pa.ArrowInvalid("exponent")
        return _unscaled(array.cast(pa.decimal128(18, decimals)))
    except pa.ArrowInvalid:
        pass
    pattern = _YUAN if decimals else _WHOLE
    clean = _bare(array)
    readable = pc.match_substring_regex(clean, pattern)
    if pc.all(readable).as_py() is False:  # digits, points and commas may be full-width
        clean = _bare(pc.utf8_normalize(array, form="NFKC"))
        readable = pc.match_substring_regex(clean, pattern)
    good = pc.if_else(readable, clean, pa.scalar("0"))
    result = _unscaled(good.cast(pa.decimal128(18, decimals)))
    result[~readable.fill_null(True).to_numpy(zero_copy_only=False)] = BAD
    result[clean.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return result


def _bare(array: pa.Array) -> pa.Array:
    """Cells without signs of currency, separators of thousands and blanks; empty cells are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clean = pc.replace_substring_regex(array, _AROUND, "")
    return pc.if_else(pc.is_in(clean, pa.array(EMPTY)), pa.scalar(None, pa.string()), clean)


def _unscaled(array: pa.Array) -> Ints:
    """The integers behind decimals of 128 bits: their lower 64 bits, as all values are below 10^18."""
    words = np.frombuffer(array.buffers()[1], dtype=np.int64)
    values = words[2 * array.offset : 2 * (array.offset + len(array)) : 2].copy()
    if array.null_count:
        values[array.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return values


def _filled(array: pa.Array, factor: int) -> Ints:
    """Integers of Parquet, times a factor."""
    import pyarrow as pa

    values: Ints = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    outside = np.abs(values) > 10**14
    values = np.where(outside, 0, values) * factor
    values[outside] = BAD
    values[array.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return values


def _floats(array: pa.Array, decimals: int) -> Ints:
    """Binary fractions of Parquet: the nearest decimal, `BAD` where that is not what the number means."""
    values: npt.NDArray[np.float64] = array.cast("float64").to_numpy(zero_copy_only=False)
    scaled = values * 10**decimals
    with np.errstate(invalid="ignore"):
        whole = np.rint(scaled)
        readable = np.isfinite(values) & (np.abs(scaled - whole) <= 1e-4) & (np.abs(scaled) < 1e15)
    result = np.where(readable, whole, 0).astype(np.int64)
    result[~readable] = BAD
    result[np.isnan(values)] = MISSING
    return result
