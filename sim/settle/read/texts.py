"""Columns of codes and names as text: exactly as they stand, or with the reason why they cannot be read.

What `sim.core.files.cells` says of one cell is done here to millions: plain cells all at once, odd ones each distinct
text once.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.files.cells import LONGEST, LOST, code_fault, half_width, name_fault, plain
from sim.settle.read.columns import EMPTY
from sim.settle.read.senses import BINARY, CHECK, FLOATS, ROUNDED, WIDE, Senses
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]
EXACT = {"halffloat": 2**11, "float": 2**24, "double": 2**53}
"""Below these a binary fraction holds every whole number."""
_ODD = (
    r'["#]|^[0-9]{17}x$|^[+-]?[0-9][0-9.,]*[eE][+-]?[0-9]+$|^[+-]?[0-9]+\.0*$|^[0-9]{1,3}(,[0-9]{3})+(\.|$)|^[0-9]{1,2}-[A-Za-z]{3}$'
    r"|^[A-Za-z]{3}-[0-9]{1,2}$|^(?i:err:|[+-]?inf)|月.*日"
    r"|[\x00-\x1f\x7f-\x9f\xad\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}∞\x{3000}\x{ff01}-\x{ff5e}]"
)
"""Codes that hold one of these are looked at one by one, by `sim.core.files.cells`."""
_IDENTITY = re.compile(r"[0-9]{17}x")
"""An identity number whose check digit X is a small letter."""
_PLAIN = "".join(set(string.digits + string.ascii_letters) - set("eEiIx")).encode()
"""A code of these signs alone is never odd: odd ones have another sign, such as e (1e5), i (inf), x (check digit)."""


class Codes(NamedTuple):
    """A column of codes or names; empty cells are null."""

    text: pa.Array
    faults: dict[str, Mask]
    """Rule -> the rows that break it."""
    senses: Senses


def as_text(array: pa.Array) -> Codes:
    """Any column as text; numbers are written as whole ones, where they are exactly that; empty cells are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, faults, senses = array.type, dict[str, Mask](), dict[tuple[str, str], int]()
    if pa.types.is_floating(kind):
        values: npt.NDArray[np.float64] = array.cast("float64").to_numpy(zero_copy_only=False)
        filled = ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            exact = (np.abs(values) < EXACT[str(kind)]) & (np.floor(values) == values)
        if (bad := filled & ~exact).any():
            faults["must be text: this is a number with a fraction, or so large that digits are lost"] = bad
        senses[FLOATS, ""] = int((filled & exact).sum())
        array = pa.array(np.where(exact, values, 0).astype(np.int64), mask=~(filled & exact)).cast(pa.string())
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
    """Codes in half-width letters and digits, without what exports put around them; what is no code is a fault.

    Args:
        array: the cells.
        name: whether they are names, which are checked less strictly.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text, faults, senses = as_text(array)
    if not _is_plain(text):
        text, odd_faults, odd_senses = _looked_at(text, name)
        faults |= odd_faults
        senses |= odd_senses
    text = pc.if_else(pc.is_in(text, pa.array(EMPTY)), pa.scalar(None, pa.string()), text)
    lost, rounded = (None, 0) if name else _lost(text)
    if lost is not None:
        faults[f"must be text: {LOST}"] = lost
    senses[ROUNDED, ""] = rounded
    return Codes(text, faults, senses)


def _looked_at(text: pa.Array, name: bool) -> tuple[pa.Array, dict[str, Mask], Senses]:
    """Texts after each odd one was looked at by itself, the rows with each fault, and how many are read otherwise."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(text)
    marked = pc.or_(pc.starts_with(text, "'"), pc.starts_with(text, '="'))
    odd = pc.or_(marked, pc.match_substring_regex(text, _ODD))
    odd = pc.or_(odd, pc.greater(pc.utf8_length(text), LONGEST)).fill_null(False)
    where = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    if not len(where):
        return text, {}, {}
    cells, rows_by_fault = text.filter(odd).to_pylist(), dict[str, list[int]]()
    read = {cell: _code(cell, name) for cell in dict.fromkeys(cells)}
    for at, cell in zip(where.tolist(), cells, strict=True):
        if fault := read[cell].fault:
            rows_by_fault.setdefault(fault, []).append(at)
    text = pc.replace_with_mask(text, odd, pa.array([read[cell].text for cell in cells], pa.string()))
    faults = {fault: _mask(len(text), rows) for fault, rows in rows_by_fault.items()}
    wide, check = (sum(getattr(read[cell], sense) for cell in cells) for sense in ("wide", "check"))
    return text, faults, {(WIDE, ""): wide, (CHECK, ""): check}


class _Code(NamedTuple):
    text: str
    fault: str
    wide: bool
    check: bool


def _code(cell: str, name: bool) -> _Code:
    bare = plain(cell)
    text = bare if name else half_width(bare)
    check = not name and bool(_IDENTITY.fullmatch(text))
    fault = "" if text in EMPTY else name_fault(text) if name else code_fault(text)
    return _Code(text.upper() if check else text, fault, text != bare, check)


def _mask(size: int, rows: list[int]) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask


def letters(array: pa.Array) -> bytes:
    """The bytes of all cells of a column of text."""
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2]
    return b"" if data is None or not len(array) else memoryview(data)[offsets[0] : offsets[-1]].tobytes()


def _is_plain(array: pa.Array) -> bool:
    """Whether all cells are short, and of signs (`_PLAIN`) of which no odd code can consist."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(array)).as_py() or 0
    return longest <= LONGEST and not letters(array).translate(None, _PLAIN)


def _lost(array: pa.Array) -> tuple[Mask | None, int]:
    """Numbers with only zeros behind the 15th digit: if they are too many for chance, a spreadsheet rounded them.

    Returns:
        Those of 18 digits and more, if most of the column are so; else None, and how many cells should be looked at:
        of 18 digits and more if a tenth of several are so, of 16 and 17, which end in one or two zeros by themselves
        often enough, if all of many are.
    """
    import pyarrow.compute as pc

    if (pc.max(pc.binary_length(array)).as_py() or 0) < 16:
        return None, 0
    suspect = 0
    for zeros, digits, least in (("000+", "18,", 1), ("00", "17", 12), ("0", "16", 24)):
        ending_in_zeros = pc.match_substring_regex(array, f"^[0-9]{{15}}{zeros}$").fill_null(False)
        if not pc.any(ending_in_zeros).as_py():
            continue
        of = pc.match_substring_regex(array, f"^[0-9]{{{digits}}}$").fill_null(False)
        some, all_ = (pc.count_distinct(array.filter(rows)).as_py() for rows in (ending_in_zeros, of))
        if least == 1 and 2 * some > all_:
            lost: Mask = ending_in_zeros.to_numpy(zero_copy_only=False)
            return lost, 0
        if (least == 1 and some >= 5 and 10 * some > all_) or (least > 1 and some == all_ >= least):
            suspect += int(pc.sum(ending_in_zeros).as_py())
    return None, suspect


def looked_up(encoded: pa.DictionaryArray, table: list[int]) -> Ints:
    """[row] the value of its text, by the table of its dictionary, whose last entry is for empty cells."""
    lookup: Ints = np.array(table, dtype=np.int64)
    values: Ints = lookup[encoded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)]
    return values
