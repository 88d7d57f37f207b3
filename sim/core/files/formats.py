"""A file before its cells are read: whether it is there and text, in which encoding, and what its lines are."""

from __future__ import annotations

import codecs
import re
import stat
import zipfile
from functools import cache
from pathlib import Path

from sim.core.errors import ConfigError

BLOCK = 1 << 24
"""Bytes read at a time; no line may be longer."""
ENDS = re.compile(r"\r\n|\n|\r")
"""What ends a line, here and everywhere: nothing else does."""

_MAGIC = (
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first"),
    (b"BZh", "is compressed (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "is compressed (xz)", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed (zstd)", "unpack it first"),
    (b"7z\xbc\xaf", "is an archive (7z)", "unpack it first"),
    (b"Rar!", "is an archive (rar)", "unpack it first"),
    (b"\xd0\xcf\x11\xe0", "is a workbook (xls): workbooks are not read", "save the sheet as CSV (UTF-8)"),
    (b"%PDF", "is a PDF document", "save the table as CSV (UTF-8)"),
    (b"SQLite format 3", "is a database (SQLite)", "save the table as CSV (UTF-8)"),
    (codecs.BOM_UTF32_LE, "is in UTF-32", "save it as CSV (UTF-8)"),
    (codecs.BOM_UTF16_LE, "is in UTF-16, which spreadsheets call Unicode text", "save it as CSV (UTF-8)"),
    (codecs.BOM_UTF16_BE, "is in UTF-16, which spreadsheets call Unicode text", "save it as CSV (UTF-8)"),
)
"""First bytes of what is no table of text: what it is, what to do."""
_BOOKS = (".xls", ".xlsx", ".xlsm", ".xlsb", ".et", ".ods")
_PAGE = re.compile(rb"\s*<(?:!doctype|html|table|\?xml|head|meta|style)", re.I)
_CJK = re.compile(rb"(?<![\x80-\xff])(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
"""Chinese words in UTF-8 between ASCII."""


def looked_at(path: Path) -> str:
    """The format of a file, ``parquet`` or ``text``, by its content; its name does not count.

    Raises:
        ConfigError: if it is not there, cannot be read, or is something else.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                head = file.read(4096)
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError("the file does not exist", where=str(path), todo="check the path") from None
    except (OSError, ValueError) as error:
        raise ConfigError("the file cannot be read", where=str(path), todo=_reason(error)) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise ConfigError(f"this is {what}, not a file", where=str(path), todo="name a file")
    if head.startswith(b"PAR1"):
        return "parquet"
    problem = next(((what, todo) for sign, what, todo in _MAGIC if head.startswith(sign)), None)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        what = "a workbook: workbooks are not read" if _is_workbook(path) else "an archive (zip)"
        problem = f"is {what}", "save the sheet as CSV (UTF-8)" if _is_workbook(path) else "unpack it first"
    elif _PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        problem = "is a web page, whatever its name says", "open it in a spreadsheet and save it as CSV (UTF-8)"
    elif not head:
        problem = "is empty", "check how it was written"
    elif problem is None and path.suffix.lower() in _BOOKS:
        problem = "has the name of a workbook: workbooks are not read", "save the sheet as CSV (UTF-8)"
    elif problem is None and path.suffix.lower() in (".parquet", ".pq"):
        problem = "is not Parquet, whatever its name says", "name a CSV file .csv"
    if problem:
        raise ConfigError(f"the file {problem[0]}", where=str(path), todo=problem[1])
    return "text"


def _is_workbook(path: Path) -> bool:
    """Whether an archive is that of a spreadsheet."""
    if path.suffix.lower() in _BOOKS:
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(("xl/", "[Content_Types]", "mimetype")) for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def encoding_of(path: Path) -> str:
    """``utf-8`` (with or without a byte order mark) or ``gb18030``, whichever the whole file can be read in.

    Raises:
        ConfigError: naming the line that is not in the encoding of those before it, or holds NUL bytes.
    """
    _without_nul(path)
    utf8 = _undecodable(path, "utf-8")
    if utf8 is None:
        return "utf-8"
    gbk = _undecodable(path, "gb18030")
    begins_as_utf8 = _chinese_before(path, utf8)
    if gbk is None and not begins_as_utf8 and (gbk := _stray_utf8(path)) is None:
        return "gb18030"
    in_utf8 = begins_as_utf8 or gbk is None or utf8 >= gbk
    name, at = ("UTF-8", utf8) if in_utf8 or gbk is None else ("GB18030 (GBK)", gbk)
    raise ConfigError(
        "the file is neither UTF-8 nor GB18030 (GBK) throughout",
        where=f"{path}, line {line_at(path, at)}",
        todo=f"this line is not {name}, the lines before it are: save the whole file as UTF-8",
    )


def line_at(path: Path, end: int) -> int:
    """Number of the line in which a byte stands; LF, CRLF and CR end a line."""
    line, last = 1, b""
    with path.open("rb") as file:
        while end > 0 and (block := file.read(min(BLOCK, end))):
            line += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
            line -= last == b"\r" and block[:1] == b"\n"
            last, end = block[-1:], end - len(block)
    return line


def _without_nul(path: Path) -> None:
    before = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if (at := block.find(b"\0")) >= 0:
                wide = block[:4096].count(b"\0") * 4 >= len(block[:4096])
                what = "is in UTF-16 or UTF-32" if wide else "holds NUL bytes: it is damaged or no text"
                where = f"{path}, line {line_at(path, before + at)}"
                raise ConfigError(f"the file {what}", where=where, todo="save it as CSV (UTF-8)")
            before += len(block)


def _undecodable(path: Path, encoding: str) -> int | None:
    """Position of the first byte that cannot be read in an encoding; None if all can."""
    decoder, before = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return before - (len(error.object) - len(block)) + error.start  # a sign may begin in the block before
            if not block:
                return None
            before += len(block)


def _chinese_before(path: Path, end: int) -> bool:
    """Whether Chinese in UTF-8 stands before a byte."""
    with path.open("rb") as file:
        while end > 0 and (block := file.read(min(BLOCK, end))):
            if _CJK.search(block):
                return True
            end -= len(block)
    return False


def _stray_utf8(path: Path) -> int | None:
    """Position of UTF-8 in a file of GB18030: read as GBK, the words there would hold signs that nobody writes."""
    import numpy as np

    before = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            signs = np.frombuffer(block, dtype=np.uint8)
            lead = (signs >= 0xE4) & (signs <= 0xE9)
            trail = (signs & 0xC0) == 0x80
            sign = lead[:-5] & trail[1:-4] & trail[2:-3] & lead[3:-2] & trail[4:-1] & trail[5:]
            for at in np.flatnonzero(sign[1:] & (signs[:-6] < 0x80)).tolist():
                match = _CJK.match(block, at + 1)
                try:
                    if match:
                        match[0].decode("gb18030").encode("gb2312")
                except UnicodeEncodeError:
                    return before + at + 1
                except UnicodeDecodeError:
                    continue  # cut by the block
            before += len(block)
    return None


# --- lines of separated cells ----------------------------------------------------------------------------------------
def delimiter_of(heading: str) -> str:
    """The delimiter: comma, tab, semicolon or bar, whichever the row of headings has most of."""
    return max(",\t;|", key=re.sub(r'"[^"]*"', "", heading).count)


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    sign = re.escape(delimiter)
    return re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{sign}][^{sign}]*|))({sign}|\Z)')


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line; None where a quote is opened and not closed, or something stands behind a closed one.

    >>> cells_of('1,"a,b",5" pipe,"say ""x"",",', ","), cells_of('1,"a', ","), cells_of('1,"a"b', ",")
    (['1', 'a,b', '5" pipe', 'say "x",', ''], None, None)
    """
    cells, at, pattern = [], 0, _cell(delimiter)
    while True:
        match = pattern.match(line, at)
        if not match:
            return None
        cells.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end()
        if not match[3]:
            return cells


OPEN_QUOTE = "has a quote that is opened and not closed, or closed within a cell: a cell must stand in one line"


def headings_of(path: Path, number: int, line: str, delimiter: str) -> list[str]:
    """The cells of a line of headings.

    Raises:
        ConfigError: if a heading is broken over lines.
    """
    cells = cells_of(line, delimiter)
    if cells is None:
        raise ConfigError(
            "a heading is broken over lines",
            where=f"{path}, row {number}",
            value=line[:80],
            bound="all headings in one line",
            todo="write each heading in one line, quotes closed",
        )
    return cells
