"""The one way to the terminal: any encoding, any reader, and no control characters out of files.

What a user sees must never cost him what was computed.  A character that the terminal does not know is replaced by a
readable one; a reader that has closed (``| head``), a full disk or a closed standard output lose the words, not the
work; and a name out of a file is text, whatever it holds.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO, cast

from sim.core.visible import LINES, visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType
    from rich.measure import Measurement
    from rich.segment import Segment

ERRORS = "countyfund.readable"
"""Name of the codec error handler that writes what an encoding lacks in characters it has."""

READABLE = {
    "≈": "~", "▲": "^", "▼": "v", "◆": "*", "±": "+-", "−": "-", "–": "-", "—": "--", "…": "...", "×": "x", "÷": "/",
    "·": ".", "“": '"', "”": '"', "‘": "'", "’": "'", "≤": "<=", "≥": ">=", "→": "->", "↑": "^", "↓": "v", "✓": "+",
    "✗": "x", "━": "-", "╸": "-", "╺": "-", "│": "|", "，": ",", "。": ".", "；": ";", "：": ":", "、": ",", "（": "(",
    "）": ")", "？": "?", "！": "!", "％": "%", "￥": "CNY", "¥": "CNY", "é": "e",
}  # fmt: skip
"""Signs of the tables and sentences in ASCII."""

WIDE = 140
"""Columns of a file or a pipe: wide enough for the tables."""


class Lost:
    """Whether any character had no readable substitute."""

    characters = False


def readable(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: ASCII for the signs of `READABLE`, the letter without its accent, else a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_in_ascii(character) for character in error.object[error.start : error.end]), error.end


def _in_ascii(character: str) -> str:
    if character in READABLE:
        return READABLE[character]
    bare = unicodedata.normalize("NFKD", character)[0]
    if bare.isascii() and bare.isprintable():
        return bare
    Lost.characters = True
    return "?"


codecs.register_error(ERRORS, readable)


class Standard:
    """Standard output or standard error, which may lose what is written but never raises for it."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.fault: OSError | None = None if stream else OSError(errno.EBADF, "it is closed")
        """Why something written did not arrive."""
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors=ERRORS)

    @property
    def gone(self) -> bool:
        """The reader has closed the pipe: it has seen what it wanted."""
        return self.fault is not None and self.fault.errno in (errno.EPIPE, errno.ESHUTDOWN)

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self.fault is None and self.stream is not None:
            try:
                self.stream.write(text)
            except OSError as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Send what was written; after this `fault` says whether it arrived."""
        if self.fault is None and self.stream is not None:
            try:
                self.stream.flush()
            except OSError as error:
                self._lose(error)

    def isatty(self) -> bool:
        """Whether a person reads it now."""
        return self.stream is not None and self.stream.isatty()

    def _lose(self, error: OSError) -> None:
        """From now on nothing is written; what the stream still holds goes nowhere, so that the end is quiet."""
        self.fault = error
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self.stream).fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def standard_streams(*, own_process: bool) -> Iterator[Standard]:
    """Everything printed meanwhile goes through `Standard`; gives standard output.

    Args:
        own_process: the descriptors are ours, too: closed ones are opened on nothing, or else the next file that is
            opened would take their number and get what is printed.
    """
    before = sys.stdout, sys.stderr
    if own_process:
        _fill_descriptors()
    out, messages = Standard(sys.stdout), Standard(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, messages)
    try:
        yield out
    finally:
        out.flush()
        messages.flush()
        sys.stdout, sys.stderr = before


def _fill_descriptors() -> None:
    """Open what is closed of descriptors 0, 1 and 2."""
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(number)


def say(text: str) -> None:
    """A line on standard output."""
    print(visible(text, LINES))


def tell(text: str) -> None:
    """A line on standard error, at once."""
    print(visible(text, LINES), file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Say something that the reader must know, beside the results."""
    tell(f"note: {text}")


def rich_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """A rich console that takes every string for text: no markup, no emoji names, no control characters.

    Args:
        stderr: of standard error instead of standard output.
        width: columns; None = those of the terminal, or `WIDE` for a file or a pipe.
    """
    from rich.console import Console, RenderHook
    from rich.measure import measure_renderables
    from rich.segment import Segment

    class Harmless:
        """A renderable whose text is made `visible`."""

        def __init__(self, content: RenderableType) -> None:
            self.content = content

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
            for segment in console.render(self.content, options):
                yield segment if segment.control else Segment(visible(segment.text, LINES), segment.style)

        def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
            return measure_renderables(console, options, [self.content])

    class Hook(RenderHook):
        """Makes all that is printed `Harmless`."""

        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [Harmless(content) for content in renderables]

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    columns = width or (None if terminal else WIDE)
    console = Console(stderr=stderr, width=columns, markup=False, emoji=False, highlight=False)
    console.push_render_hook(Hook())
    return console
