"""CSV in pieces of whole lines: each line becomes a row, or is refused, or is blank; it is proved that none is lost."""

from __future__ import annotations

import codecs
import re
import string
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.core.errors import ConfigError, IdentityError
from sim.core.files.cells import SIMPLER, is_total, plain
from sim.core.files.formats import BLOCK, OPEN_QUOTE, cells_of, line_at
from sim.settle.read.columns import EMPTY
from sim.settle.read.files import KEPT_SIGNS, Piece, Refused, Source, no_value
from sim.tables import Ints

if TYPE_CHECKING:
    import pyarrow as pa

LF, CR, QUOTE = 10, 13, 34
STEP = 1 << 16
"""Bytes that are looked at together where several passes go over them."""
TOTAL = "must be a row of its own: this is a total of other rows, take it out"
_WORDS = tuple(
    first.translate(back) + second.translate(back)
    for first, second in ("合计", "总计", "小计", "共计", "累计", "汇总", "总和")
    for back in ({}, {ord(simple): chr(code) for code, simple in SIMPLER.items()})
)
_TOTALS = re.compile(
    "|".join("(?: |\t|\u3000|\u00a0)*".join(word) for word in _WORDS).encode()
    + rb"|[Tt][Oo][Tt][Aa][Ll]|(?<![A-Za-z])[Ss][Uu][Mm](?![A-Za-z])"
)
"""Words of totals, searched for in whole blocks; `is_total` then decides cell by cell."""
_HINTS = tuple(word.encode() for word in ("计", _WORDS[1][1], *_WORDS[10:]))
"""The second sign of most of these words, and the other words whole: searched for first, as that is quicker."""
_HINTS_IN_LETTERS = (b"otal", b"OTAL", b"sum", b"Sum", b"SUM")
_ASCII, _LETTERS = bytes(range(128)), string.ascii_letters.encode()
_NO_LETTERS = bytes(set(range(256)) - set(_LETTERS))
_IDENTIFYING = ("claim", "person", "date")
"""Columns that tell one bill from another: where they are filled in, a total in an unread column does not count."""


class _Lines(NamedTuple):
    """Where the lines of a block are: positions of their first bytes, and of the first byte of each line end."""

    start: Ints
    stop: Ints


def read(source: Source) -> Iterator[Piece]:
    """The file from its beginning, piece by piece.

    Raises:
        CountyFundError: if a line is longer than `BLOCK`.
    """
    number = 1
    for block in _blocks(source):
        lines = _lines_of(block)
        count = len(lines.start)
        bad = dict(_broken(block, lines, source) | _totals(block, lines, source))
        if number == 1:
            bad[0] = ""  # the headings
        piece = _parsed(_without(block, lines, sorted(bad)) if bad else block, number, count, source)
        piece = _without_blank(
            piece, [at in bad or _is_blank(block, lines, at, source) for at in _empty(piece, number)]
        )
        refused = [Refused(number + at, _text(block, lines, at)[:KEPT_SIGNS], rule) for at, rule in bad.items() if rule]
        yield piece._replace(refused=tuple(sorted((*piece.refused, *refused))))
        number += count


def _blocks(source: Source) -> Iterator[bytes]:
    """Whole lines in UTF-8, some at a time."""
    decoder = codecs.getincrementaldecoder(source.encoding)() if source.encoding != "utf-8" else None
    rest, first = b"", True
    with source.path.open("rb") as file:
        while chunk := file.read(BLOCK):
            data = rest + (chunk if decoder is None else decoder.decode(chunk).encode())
            data = data.removeprefix(codecs.BOM_UTF8) if first else data
            first = False
            ends = len(chunk) < BLOCK  # of the file, where the last line may have no end of its own
            if ends and not data.endswith((b"\n", b"\r")):
                data += b"\n"
            cut = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - (not ends)) + 1
            if not cut and len(data) > BLOCK:
                row = line_at(source.path, file.tell() - len(chunk))
                raise ConfigError(
                    "a line is too long",
                    where=f"{source.path}, row {row}",
                    value=f"over {BLOCK:,} bytes",
                    bound=f"{BLOCK:,} bytes",
                    todo="check the file: a row is one line",
                )
            if cut:
                yield data[:cut]
            rest = data[cut:]
    if rest:
        yield rest if rest.endswith((b"\n", b"\r")) else rest + b"\n"


def _lines_of(block: bytes) -> _Lines:
    """Where each line begins and ends; LF, CRLF and CR end a line."""
    signs = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(signs == LF)
    stop = ends
    if b"\r" in block:
        after = np.append(signs[1:], 0)
        alone = np.flatnonzero((signs == CR) & (after != LF))
        stop = ends - (signs[ends - 1] == CR) * (ends > 0)
        order = np.argsort(np.concatenate([ends, alone]), kind="stable")
        stop, ends = np.concatenate([stop, alone])[order], np.concatenate([ends, alone])[order]
    return _Lines(np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1]), stop)


def _text(block: bytes, lines: _Lines, at: int) -> str:
    return block[int(lines.start[at]) : int(lines.stop[at])].decode()


def _all_closed(block: bytes, delimiter: str) -> bool:
    """Whether every quote that is opened stands at the edge of a cell, and is closed there before its line ends.

    Inputs byte by byte, in steps that the processor's cache holds and without a list of the quotes, of which a file may
    have millions.
    """
    signs = np.frombuffer(block, dtype=np.uint8)
    opened = False  # whether a quote is open before a step
    for start in range(0, len(signs) - 1, STEP):
        part = signs[start : start + STEP + 1]  # its last byte is the first of the next step
        quote, ends = part == QUOTE, (part == LF) | (part == CR)
        inside = np.bitwise_xor.accumulate(quote)  # behind a quote that is opened, up to the one that closes it
        if opened:
            np.logical_not(inside, out=inside)
        within = ~((part == ord(delimiter)) | quote | ends)
        opened_within = within[:-1] & quote[1:] & inside[1:]
        closed_within = within[1:] & quote[:-1] & ~inside[:-1]
        if (ends & inside).any() or opened_within.any() or closed_within.any():
            return False
        opened = bool(inside[-2])
    return True


def _broken(block: bytes, lines: _Lines, source: Source) -> dict[int, str]:
    """Lines with a quote that is opened and not closed in them, or closed within a cell."""
    if b'"' not in block:
        return {}
    if _all_closed(block, source.delimiter):  # as all programs write them
        return {}
    signs = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(signs == QUOTE)
    at_edge = np.zeros(256, dtype=np.bool_)
    at_edge[[LF, CR, QUOTE, ord(source.delimiter)]] = True
    before = at_edge[signs[np.maximum(quotes - 1, 0)]]
    behind = at_edge[signs[np.minimum(quotes + 1, len(signs) - 1)]]
    until = np.searchsorted(quotes, lines.stop)  # [line] quotes up to its end
    line = np.searchsorted(lines.stop, quotes)
    first = np.concatenate([[0], until[:-1]])
    opening = ((np.arange(len(quotes)) - first[line]) & 1) == 0
    odd = (until - first) % 2 == 1
    odd[line[~np.where(opening, before, behind)]] = True
    return {
        at: OPEN_QUOTE
        for at in np.flatnonzero(odd).tolist()
        if cells_of(_text(block, lines, at), source.delimiter) is None
    }


def hints_at_total(text: bytes) -> bool:
    """Whether a text may hold a word of totals; quick, as signs that are in no such word are taken out first."""
    signs, letters = text.translate(None, _ASCII), text.translate(None, _NO_LETTERS)
    return any(hint in signs for hint in _HINTS) or any(hint in letters for hint in _HINTS_IN_LETTERS)


def _totals(block: bytes, lines: _Lines, source: Source) -> dict[int, str]:
    """Lines that are totals of others."""
    if not hints_at_total(block):
        return {}
    candidates = np.unique(np.searchsorted(lines.stop, [match.start() for match in _TOTALS.finditer(block)]))
    columns_read = set(source.places.values())
    identifying = [source.places[name] for name in _IDENTIFYING if name in source.places]
    totals = {}
    for at in candidates.tolist():
        cells = cells_of(_text(block, lines, at), source.delimiter) or []
        totals_at = [place for place, cell in enumerate(cells) if is_total(cell)]
        nameless = not any(cells[place].strip() for place in identifying if place < len(cells))
        if any(place in columns_read for place in totals_at) or (totals_at and nameless):
            totals[at] = TOTAL
    return totals


def _without(block: bytes, lines: _Lines, bad: list[int]) -> bytes:
    """The block with some lines left blank: quotes with nothing in them, as CR and LF must not come together."""
    parts, at = [], 0
    for line in bad:
        parts += [block[at : int(lines.start[line])], b'""']
        at = int(lines.stop[line])
    return b"".join([*parts, block[at:]])


def _parsed(block: bytes, first: int, count: int, source: Source) -> Piece:
    """The rows of some lines; ``first`` is the row number of the first line, ``count`` the number of lines.

    Raises:
        ConfigError: if they cannot be read as CSV.
        IdentityError: if lines are lost.
    """
    import pyarrow as pa
    from pyarrow import csv

    refused: list[tuple[int, Refused]] = []

    def ragged(line: Any) -> str:
        rule = f"must have {line.expected_columns} cells, has {line.actual_columns}"
        refused.append((line.number - 1, Refused(first + line.number - 1, line.text[:KEPT_SIGNS], rule)))
        return "skip"

    names = [str(place) for place in range(source.width)]
    columns_read = [str(place) for place in source.places.values()]
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
            csv.ParseOptions(
                delimiter=source.delimiter,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=ragged,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(columns_read, pa.string()),
                include_columns=columns_read,
                null_values=list(EMPTY),
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        where = f"{source.path}, rows {first} to {first + count - 1}"
        raise ConfigError("the file cannot be read as CSV", where=where, todo=str(error)) from None
    if table.num_rows + len(refused) != count:
        raise IdentityError(
            "lines of a file are lost", where=str(source.path), value=table.num_rows + len(refused), bound=str(count)
        )
    taken = np.ones(count, dtype=np.bool_)
    taken[[at for at, _ in refused]] = False
    columns = {name: _one(table.column(str(place))) for name, place in source.places.items()}
    not_blank = tuple(line for _, line in refused if line.text.strip(' \t,;|"'))
    return Piece(columns, np.flatnonzero(taken) + first, not_blank)


def _one(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], pa.string())])


def _empty(piece: Piece, first: int) -> list[int]:
    """Lines of a piece, counted from 0, without a value in any column that is read."""
    return list((piece.rows[no_value(piece.columns)] - first).tolist())


def _is_blank(block: bytes, lines: _Lines, at: int, source: Source) -> bool:
    """Whether nothing stands in a line, in columns that are not read either."""
    return all(plain(cell) in EMPTY for cell in cells_of(_text(block, lines, at), source.delimiter) or [])


def _without_blank(piece: Piece, blank: list[bool]) -> Piece:
    """Leave out blank rows, such as a spreadsheet adds at its end.

    Args:
        piece: some rows.
        blank: whether the line is blank, for each row without a value in the columns that are read.
    """
    if not any(blank):
        return piece
    keep = np.ones(len(piece.rows), dtype=np.bool_)
    keep[np.flatnonzero(no_value(piece.columns))[np.array(blank)]] = False
    return Piece({name: array.filter(keep) for name, array in piece.columns.items()}, piece.rows[keep], piece.refused)
