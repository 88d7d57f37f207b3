"""How a command ends: an exit code, one message if anything went wrong, and the place of the saved results."""

from __future__ import annotations

import errno
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from sim.core.console import Lost, Standard, note, say, standard_streams, tell
from sim.core.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_USER_MISTAKE, CountyFundError

NO_MEMORY = "the memory does not suffice"
LESS_MEMORY = (
    "close other programs, or ask for less: population.residents, executor.workers=1, output.claims=false; "
    "settle: fewer designs at a time, or a part of the claims"
)
_UNMAPPED = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
"""What the system says when there is no memory for a library."""


PATIENCE = 1.0
"""Seconds in which a second Ctrl-C is that of an impatient reader: what the first one began is not cut off."""

AGAIN = 0.01
"""Seconds after which an interruption that was lost comes again."""


class _Signals:
    """State of the signals that end the work."""

    arrived = -math.inf
    """When the last one interrupted the work; seconds of `time.monotonic`."""
    over = False
    """The work is done, or given up: nothing is left to be interrupted."""


def ended(work: Callable[[], None], *, chinese: bool, own_process: bool) -> int:
    """Do the work of a command and return its exit code.

    A reader that closes the pipe has seen what it wanted: 0.  Where standard output could not be written for another
    reason, the code is 0 if the results are saved in a folder, and 2 if what is lost was all there was.

    Args:
        work: the command.
        chinese: in which language an interruption is told.
        own_process: the process is the command's, which takes signals and ends here when it is interrupted.
    """
    if own_process:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # not used; where threads are short it sends itself a SIGINT
        _take_signals()
    if disk := sys.modules.get("sim.core.disk"):
        disk.saved.clear()  # of an earlier command in this process
    with standard_streams(own_process=own_process) as out:
        code = _done(work, chinese)
        if own_process:
            _ignore_signals()
        out.flush()
        if code == EXIT_OK and out.fault and not out.gone:
            code = EXIT_OK if saved(chinese) else EXIT_USER_MISTAKE
            kind = "error" if code else "note"
            tell(f"{kind}: what should stand on standard output is lost: {out.fault.strerror}")
        if Lost.characters:
            Lost.characters = False
            note(f"{out.encoding} has no Chinese characters, ? stands for them; PYTHONIOENCODING=utf-8 prints all")
        if own_process and code == EXIT_INTERRUPTED:
            _leave(code)
    return code


def _done(work: Callable[[], None], chinese: bool) -> int:
    began = time.monotonic()
    try:
        work()
        _Signals.over = True
    except BaseException as error:
        _Signals.over = True
        return _of_exception(error, chinese, interrupted=_Signals.arrived >= began)
    return EXIT_OK


def _of_exception(error: BaseException, chinese: bool, interrupted: bool) -> int:
    """Tell the user of an exception; returns the exit code.  Libraries that are interrupted may raise anything."""
    if isinstance(error, KeyboardInterrupt) or interrupted:
        tell(_interrupted(chinese))
        return EXIT_INTERRUPTED
    if isinstance(error, CountyFundError):
        tell(f"error: {error}")
        return error.exit_code
    if isinstance(error, MemoryError | OSError | ImportError) and _lacks_memory(error):
        tell(f"error: {CountyFundError(NO_MEMORY, value=str(error) or None, todo=LESS_MEMORY)}")
        return EXIT_USER_MISTAKE
    raise error


def _lacks_memory(error: Exception) -> bool:
    """Whether an exception means that the machine gave no more memory."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, ImportError) and any(words in str(error) for words in _UNMAPPED)


def say_where(folder: object, language: str) -> None:
    """Where the results are: on standard error, too, if standard output does not arrive."""
    line = f"{'结果：' if language == 'zh' else 'results: '}{os.path.relpath(str(folder))}"
    say(line)
    sys.stdout.flush()
    if isinstance(sys.stdout, Standard) and sys.stdout.fault:
        tell(line)


def saved(chinese: bool) -> list[str]:
    """What this command has saved, in words; no module is loaded to find out."""
    disk = sys.modules.get("sim.core.disk")
    return [words.of("zh" if chinese else "en") for words in disk.saved] if disk else []


def _interrupted(chinese: bool) -> str:
    """The message after an interruption: what the command had saved."""
    if chinese:
        return f"\n已中断：{'；'.join(saved(chinese)) or '未保存任何结果'}"
    return f"\ninterrupted: {'; '.join(saved(chinese)) or 'nothing was saved'}"


def _take_signals() -> None:
    """SIGTERM and SIGHUP (its terminal was closed) end the work as Ctrl-C does, so that temporary files are removed."""
    _Signals.over = False
    for number in _numbers():
        signal.signal(number, _interrupt)
    if hasattr(signal, "setitimer"):
        sys.unraisablehook = _not_lost


def _not_lost(unraisable: sys.UnraisableHookArgs) -> None:
    """Repeat an interruption that came where nothing can be raised, such as in a destructor."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        _Signals.arrived = -math.inf
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
    else:
        sys.__unraisablehook__(unraisable)


def _ignore_signals() -> None:
    """From now on nothing can be interrupted, so that the last message and the exit code fit what was done."""
    for number in _numbers():
        signal.signal(number, signal.SIG_IGN)


def _numbers() -> list[int]:
    """The signals that end the work, without those that are ignored already: nohup stays in force."""
    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM") if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) != signal.SIG_IGN]


def _interrupt(number: int, frame: object) -> None:
    """End the work; a second signal acts only after a while, so that tidying up can finish."""
    now = time.monotonic()
    if not _Signals.over and now - _Signals.arrived >= PATIENCE:
        _Signals.arrived = now
        raise KeyboardInterrupt


def _leave(code: int) -> NoReturn:
    """End the process now: threads in compiled loops would hold up an ordinary exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
