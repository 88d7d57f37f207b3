"""Columns of amounts, counts and shares as integers, exactly: no number passes through a binary fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.files.cells import LARGEST, normal, read_number, read_share
from sim.settle.read.columns import BAD, EMPTY, MISSING
from sim.settle.read.senses import PERCENT, UNIT, Senses
from sim.settle.read.texts import Mask, as_text, letters, looked_up
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

MOST_DECIMALS = 6
"""So many decimals, with twelve digits before them, fit into 64 bits."""
ULPS = 16
"""Steps of the last binary digit by which a sum of amounts may differ from the decimal that is meant."""
_GROUPED = r"^[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?$"


class Read(NamedTuple):
    """A column of integers, and how many cells were read in another sense than they stand."""

    values: Ints
    senses: Senses


def amounts(array: pa.Array, decimals: int, money: bool) -> Read:
    """Cells as integers in units of their last decimal; a unit such as 万 behind them is multiplied out.

    Args:
        array: the cells.
        decimals: of the unit: 2 for yuan in fen.
        money: whether signs of currency may stand around them.
    """
    import pyarrow as pa

    if pa.types.is_floating(array.type):
        return Read(_floats(array, decimals), {})
    if pa.types.is_integer(array.type):
        return Read(_filled(array, decimals), {})
    text, faults, senses = as_text(array)
    read = _numbers(text, decimals, money)
    for bad in faults.values():
        read.values[bad] = BAD
    return Read(read.values, senses | read.senses)


def _numbers(array: pa.Array, decimals: int, money: bool) -> Read:
    """Decimal text as integers, without passing through binary fractions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not letters(array).translate(None, b"0123456789."):
        try:
            return Read(_unscaled(array.cast(pa.decimal128(18, decimals))), {})
        except pa.ArrowInvalid:
            pass
    values = np.full(len(array), BAD, dtype=np.int64)
    left = array.is_valid().to_numpy(zero_copy_only=False)
    values[~left] = MISSING
    zeros = rf"[0-9]{{1,12}}(\.[0-9]{{0,{decimals}}}0*)?$" if decimals else r"[0-9]{1,12}(\.0*)?$"
    for pattern in (f"^-?{zeros}", _GROUPED) if decimals <= MOST_DECIMALS else ():
        fits = pc.match_substring_regex(array, pattern).fill_null(False)
        if pattern == _GROUPED:
            bare = pc.replace_substring(array, ",", "")
            fits = pc.and_(fits, pc.match_substring_regex(bare, f"^{zeros}").fill_null(False))
        else:
            bare = array
        rows = np.flatnonzero(fits.to_numpy(zero_copy_only=False))
        values[rows] = _unscaled(bare.filter(fits).cast(pa.decimal128(18, decimals)))
        left[rows] = False
    return Read(values, _odd_numbers(array, values, left, decimals, money))


def _odd_numbers(array: pa.Array, values: Ints, left: Mask, decimals: int, money: bool) -> Senses:
    """Read the cells that are left, in place, each distinct text once."""
    rows = np.flatnonzero(left)
    if not len(rows):
        return {}
    encoded = array.take(rows).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    read = [(MISSING, False) if normal(text) in EMPTY else read_number(text, decimals, money=money) for text in texts]
    index = encoded.indices.to_numpy()
    values[rows] = np.array([value for value, _ in read], dtype=np.int64)[index]
    return {(UNIT, ""): int(np.array([unit for _, unit in read], dtype=np.bool_)[index].sum())}


def shares(array: pa.Array, shift: int) -> Read:
    """Shares of 1 in millionths; how many stood as per cents is counted."""
    import pyarrow as pa

    if pa.types.is_floating(array.type):
        return Read(_floats(array, 6 + shift), {})
    text, faults, senses = as_text(array)
    encoded = text.dictionary_encode()
    texts = [normal(one) for one in encoded.dictionary.to_pylist()]
    read = [(MISSING, False) if one in EMPTY else read_share(f"{one}%" if shift else one) for one in texts]
    values = looked_up(encoded, [*(value for value, _ in read), MISSING])
    for bad in faults.values():
        values[bad] = BAD
    if not shift:
        senses[PERCENT, ""] = int((looked_up(encoded, [*(int(cent) for _, cent in read), 0]) == 1).sum())
    return Read(values, senses)


def _unscaled(array: pa.Array) -> Ints:
    """The integers behind decimals of 128 bits: their lower 64 bits, as all values are below 10^18."""
    words = np.frombuffer(array.buffers()[1], dtype=np.int64)
    values = words[2 * array.offset : 2 * (array.offset + len(array)) : 2].copy()
    if array.null_count:
        values[array.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return values


def _filled(array: pa.Array, decimals: int) -> Ints:
    """Integers of Parquet, times a power of ten."""
    raw = array.fill_null(0).to_numpy(zero_copy_only=False)
    most = LARGEST // 10**decimals
    outside = raw > min(most, int(np.iinfo(raw.dtype).max))
    if np.issubdtype(raw.dtype, np.signedinteger):
        outside |= raw < max(-most, int(np.iinfo(raw.dtype).min))
    values: Ints = np.where(outside, 0, raw).astype(np.int64) * 10**decimals
    values[outside] = BAD
    values[array.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return values


def _floats(array: pa.Array, decimals: int) -> Ints:
    """Binary fractions of Parquet: the nearest decimal, `BAD` where the number is not its binary form."""
    single = str(array.type) != "double"
    values: npt.NDArray[np.float64] = array.cast("float64").to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(values * 10.0**decimals)
        ulp = np.spacing(np.abs(values).astype(np.float32)).astype(np.float64) if single else np.spacing(np.abs(values))
        near = np.abs(units / 10.0**decimals - values) <= (ulp if single else ULPS * ulp)
        readable = np.isfinite(values) & near & (ulp * 10.0**decimals < 0.01) & (np.abs(units) < LARGEST)
    result = np.where(readable, units, 0).astype(np.int64)
    result[~readable] = BAD
    result[np.isnan(values)] = MISSING
    return result
