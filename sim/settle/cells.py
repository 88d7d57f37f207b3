"""Columns of text as integers: fen, counts, days and codes, exactly; cells that cannot be read become `BAD`.

What `sim.cells` says of one cell is done here to millions: plain cells all at once, odd ones each distinct text once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.cells import LARGEST, LOST, code_fault, half_width, name_fault, normal, plain, read_number, read_share
from sim.settle.assumed import BINARY, FLOATS, PERCENT, POSITION, UNIT, WIDE, ZONE
from sim.settle.columns import BAD, EMPTY, MISSING, Column, is_position, reader_of
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]
Senses = dict[tuple[str, str], int]
"""(in which other sense, spelling of a position) -> cells"""
COUNTY_ZONE = np.timedelta64(8, "h")
"""Ahead of UTC; the zone has had no summer time since 1991."""
ULPS = 16
"""Steps of the last binary digit by which a sum of amounts may miss the decimal that it means."""
EXACT = {"halffloat": 2**11, "float": 2**24, "double": 2**53}
"""Below these a binary fraction holds every whole number."""

MOST_DECIMALS = 6
"""So many and twelve digits before them fit into 64 bits."""
_GROUPED = r"^[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?$"
_ODD = (
    r'["#]|^[0-9][0-9.,]*[eE][+-]?[0-9]+$|^[+-]?[0-9]+\.0*$|^[0-9]{1,3}(,[0-9]{3})+(\.|$)|^[0-9]{1,2}-[A-Za-z]{3}$'
    r"|^[A-Za-z]{3}-[0-9]{1,2}$|^(?i:err:|[+-]?inf)|月.*日"
    r"|[\x00-\x1f\x7f-\x9f\xad\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}∞\x{3000}\x{ff01}-\x{ff5e}]"
)
"""What a code holds that `sim.cells` must look at."""
_DATED = r"[ T]|^[0-9]{9,}$"


class Read(NamedTuple):
    """A column of integers, and how many cells were read in another sense than they stand."""

    values: Ints
    senses: Senses


class Codes(NamedTuple):
    """A column of codes or names; empty cells are null."""

    text: pa.Array
    faults: dict[str, Mask]
    """Rule -> the rows that break it."""
    senses: Senses


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
        return _amounts(array, (2 if column.kind == "money" else 0) + shift, column.kind == "money")
    if column.kind == "share":
        return _shares(array, shift)
    if pa.types.is_temporal(array.type):
        return _days(array)
    text, faults, senses = as_text(array)
    read = _listed(column, text)
    for bad in faults.values():
        read.values[bad] = BAD
    return Read(read.values, senses | read.senses)


# --- text ------------------------------------------------------------------------------------------------------------
def as_text(array: pa.Array) -> Codes:
    """Any column as text; numbers are written as whole ones, where they are exactly that; empty cells are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, faults, senses = array.type, dict[str, Mask](), dict[tuple[str, str], int]()
    if pa.types.is_floating(kind):
        values: npt.NDArray[np.float64] = array.cast("float64").to_numpy(zero_copy_only=False)
        given = ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            whole = (np.abs(values) < EXACT[str(kind)]) & (np.floor(values) == values)
        if (bad := given & ~whole).any():
            faults["must be text: this is a number with a fraction, or so large that digits are lost"] = bad
        senses[FLOATS, ""] = int((given & whole).sum())
        array = pa.array(np.where(whole, values, 0).astype(np.int64), mask=~(given & whole)).cast(pa.string())
    elif pa.types.is_decimal(kind):
        array = pa.array([_decimal_text(cell) for cell in array.to_pylist()], pa.string())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        array, faults = _decoded(array)
        senses[BINARY, ""] = len(array) - array.null_count
    elif not pa.types.is_string(kind):
        array = array.cast(pa.string())
    if kind != pa.string():
        array = pc.if_else(pc.is_in(array, pa.array(EMPTY)), pa.scalar(None, pa.string()), array)
    return Codes(array, faults, senses)


def _decimal_text(cell: object) -> str | None:
    """A decimal of Parquet, without zeros behind its point."""
    if cell is None:
        return None
    text = f"{cell:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decoded(array: pa.Array) -> tuple[pa.Array, dict[str, Mask]]:
    """Bytes as text in UTF-8, where they are that."""
    import pyarrow as pa

    cells: list[str | None] = []
    for cell in array.to_pylist():
        try:
            cells.append(None if cell is None else cell.decode())
        except UnicodeDecodeError:
            cells.append(None)
    text = pa.array(cells, pa.string())
    bad: Mask = text.is_null().to_numpy(zero_copy_only=False) & array.is_valid().to_numpy(zero_copy_only=False)
    return text, {"must be text: these bytes are not UTF-8": bad} if bad.any() else {}


def codes(array: pa.Array, *, name: bool = False) -> Codes:
    """Codes without what exports put around them, in half-width letters and digits; what cannot be one is a fault.

    Args:
        array: the cells.
        name: whether they are names, of which less is asked.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text, faults, senses = as_text(array)
    text = pc.utf8_trim_whitespace(text)
    marked = pc.or_(pc.starts_with(text, "'"), pc.starts_with(text, '="')).fill_null(False)
    odd = marked
    if not _only_digits(text):
        odd = pc.or_(marked, pc.match_substring_regex(text, _ODD).fill_null(False))
    odd = pc.or_(odd, pc.greater(pc.utf8_length(text), 200).fill_null(False))
    where = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    if len(where):
        cells, found = text.filter(odd).to_pylist(), dict[str, list[int]]()
        read = {cell: _code(cell, name) for cell in dict.fromkeys(cells)}
        for at, cell in zip(where.tolist(), cells, strict=True):
            if fault := read[cell].fault:
                found.setdefault(fault, []).append(at)
        text = pc.replace_with_mask(text, odd, pa.array([read[cell].text for cell in cells], pa.string()))
        faults |= {fault: _mask(len(text), rows) for fault, rows in found.items()}
        senses[WIDE, ""] = sum(read[cell].wide for cell in cells)
    text = pc.if_else(pc.is_in(text, pa.array(EMPTY)), pa.scalar(None, pa.string()), text)
    lost = None if name else _lost(text)
    if lost is not None:
        faults[f"must be text: {LOST}"] = lost
    return Codes(text, faults, senses)


class _Code(NamedTuple):
    text: str
    fault: str
    wide: bool


def _code(cell: str, name: bool) -> _Code:
    bare = plain(cell)
    text = bare if name else half_width(bare)
    return _Code(text, "" if text in EMPTY else name_fault(text) if name else code_fault(text), text != bare)


def _mask(size: int, rows: list[int]) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask


def _letters(array: pa.Array) -> bytes:
    """The bytes of all cells of a column of text."""
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2]
    return b"" if data is None or not len(array) else memoryview(data)[offsets[0] : offsets[-1]].tobytes()


def _only_digits(array: pa.Array) -> bool:
    return not _letters(array).translate(None, b"0123456789")


def _lost(array: pa.Array) -> Mask | None:
    """Numbers of 18 digits and more with zeros alone behind the 15th, if most of the column are so: a spreadsheet's
    doing.  Shorter ones end in one or two zeros by themselves often enough."""
    import pyarrow.compute as pc

    long = pc.greater(pc.binary_length(array), 17)
    if not pc.any(long).as_py():
        return None
    found = pc.match_substring_regex(array, "^[0-9]{15}000+$").fill_null(False)
    if 2 * pc.count_distinct(array.filter(found)).as_py() <= pc.count_distinct(array.filter(long)).as_py():
        return None
    lost: Mask = found.to_numpy(zero_copy_only=False)
    return lost


def coded(array: pa.Array, known: dict[str, int]) -> Ints:
    """Text cells as numbers from a dictionary; `MISSING` when empty, `BAD` when unknown."""
    encoded = array.dictionary_encode()
    table = [MISSING if text in EMPTY else known.get(text, BAD) for text in encoded.dictionary.to_pylist()]
    return _looked_up(encoded, table)


def _looked_up(encoded: pa.DictionaryArray, table: list[int]) -> Ints:
    lookup: Ints = np.array([*table, MISSING], dtype=np.int64)
    found: Ints = lookup[encoded.indices.fill_null(len(table)).to_numpy(zero_copy_only=False)]
    return found


# --- dates, years, code lists ----------------------------------------------------------------------------------------
def _listed(column: Column, array: pa.Array) -> Read:
    import pyarrow.compute as pc

    strange = None
    if column.kind == "date":  # a time of day behind the date would make every cell another value
        array, strange = _without_time(array)
    encoded = array.dictionary_encode()
    texts = [normal(text) for text in encoded.dictionary.to_pylist()]
    read = reader_of(column.kind)
    values = _looked_up(encoded, [MISSING if text in EMPTY else read(text) for text in texts])
    if strange is not None:
        values[strange] = BAD
    senses: Senses = {}
    if any(is_position(column.kind, text) for text in texts):
        count = pc.value_counts(encoded.indices.drop_null()).to_pylist()
        for one in count:
            if is_position(column.kind, text := texts[one["values"]]):
                senses[POSITION, text] = senses.get((POSITION, text), 0) + one["counts"]
    return Read(values, senses)


def _without_time(array: pa.Array) -> tuple[pa.Array, Mask | None]:
    """Dates without the time of day behind them, and the rows where what stands there is no time."""
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(array)
    timed = pc.match_substring_regex(array, _DATED).fill_null(False)
    if not pc.any(timed).as_py():
        return array, None
    good = pc.match_substring_regex(array, r"^'?\S{8,11}?(?:[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)$"
                                           r"|^[0-9]{8}(?:[0-9]{4}|[0-9]{6}|[0-9]{9})$")  # fmt: skip
    strange: Mask = pc.and_(timed, pc.invert(good)).fill_null(False).to_numpy(zero_copy_only=False)
    digits = pc.match_substring_regex(array, "^[0-9]{9,}$")
    day = pc.replace_substring_regex(array, "[ T].*$", "")
    return pc.if_else(digits, pc.utf8_slice_codeunits(day, 0, 8), day), strange


def _days(array: pa.Array) -> Read:
    """Dates and instants of Parquet as yyyymmdd; instants of a zone in that of the county."""
    import pyarrow as pa

    senses: Senses = {}
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit))
        senses[ZONE, ""] = len(array) - array.null_count
    given = array.is_valid().to_numpy(zero_copy_only=False)
    instant = array.to_numpy(zero_copy_only=False)
    day = (instant + COUNTY_ZONE if senses else instant).astype("datetime64[D]")
    inside = given & (day >= np.datetime64("0001-01-01")) & (day <= np.datetime64("9999-12-31"))
    day = np.where(inside, day, np.datetime64("2000-01-01"))
    months = day.astype("datetime64[M]")
    month = months.astype(np.int64)
    values = (month // 12 + 1970) * 10_000 + (month % 12 + 1) * 100 + (day - months).astype(np.int64) + 1
    values[~inside] = BAD
    values[~given] = MISSING
    return Read(values, senses)


# --- numbers ---------------------------------------------------------------------------------------------------------
def _amounts(array: pa.Array, decimals: int, money: bool) -> Read:
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

    if not _letters(array).translate(None, b"0123456789."):
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
    """Read what is left, in place, each distinct text once."""
    rows = np.flatnonzero(left)
    if not len(rows):
        return {}
    encoded = array.take(rows).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    read = [(MISSING, False) if normal(text) in EMPTY else read_number(text, decimals, money=money) for text in texts]
    index = encoded.indices.to_numpy()
    values[rows] = np.array([value for value, _ in read], dtype=np.int64)[index]
    return {(UNIT, ""): int(np.array([unit for _, unit in read], dtype=np.bool_)[index].sum())}


def _shares(array: pa.Array, shift: int) -> Read:
    """Shares of 1 in millionths; per cents are told."""
    import pyarrow as pa

    if pa.types.is_floating(array.type):
        return Read(_floats(array, 6 + shift), {})
    text, faults, senses = as_text(array)
    encoded = text.dictionary_encode()
    texts = [normal(one) for one in encoded.dictionary.to_pylist()]
    read = [(MISSING, False) if one in EMPTY else read_share(f"{one}%" if shift else one) for one in texts]
    values = _looked_up(encoded, [value for value, _ in read])
    for bad in faults.values():
        values[bad] = BAD
    if not shift:
        senses[PERCENT, ""] = int((_looked_up(encoded, [int(cent) for _, cent in read]) == 1).sum())
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
    outside = raw > np.minimum(most, np.iinfo(raw.dtype).max)
    if np.issubdtype(raw.dtype, np.signedinteger):
        outside |= raw < np.maximum(-most, np.iinfo(raw.dtype).min)
    values: Ints = np.where(outside, 0, raw).astype(np.int64) * 10**decimals
    values[outside] = BAD
    values[array.is_null().to_numpy(zero_copy_only=False)] = MISSING
    return values


def _floats(array: pa.Array, decimals: int) -> Ints:
    """Binary fractions of Parquet: the nearest decimal, `BAD` where the number is not its binary form."""
    single = str(array.type) != "double"
    values: npt.NDArray[np.float64] = array.cast("float64").to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(values * 10.0**decimals)
        ulp = np.spacing(np.abs(values).astype(np.float32)).astype(np.float64) if single else np.spacing(np.abs(values))
        near = np.abs(whole / 10.0**decimals - values) <= (ulp if single else ULPS * ulp)
        readable = np.isfinite(values) & near & (ulp * 10.0**decimals < 0.01) & (np.abs(whole) < LARGEST)
    result = np.where(readable, whole, 0).astype(np.int64)
    result[~readable] = BAD
    result[np.isnan(values)] = MISSING
    return result
