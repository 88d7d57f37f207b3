"""How a command ends: an exit code and, if anything went wrong, one message; the place of what was saved is told."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from sim.console import Lost, Standard, note, say, standard_streams, tell
from sim.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_USER_MISTAKE, CountyFundError

NO_MEMORY = "the memory does not suffice"
LESS_MEMORY = (
    "close other programs, or ask for less: population.residents, executor.workers=1, output.claims=false; "
    "settle: fewer designs at a time, or a part of the claims"
)
_UNMAPPED = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
"""What the system says when there is no memory for a library."""


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
    if disk := sys.modules.get("sim.disk"):
        disk.saved.clear()  # of an earlier command in this process
    with standard_streams(own_process=own_process) as out:
        code = _done(work, chinese)
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
    try:
        work()
    except CountyFundError as error:
        tell(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        tell(_interrupted(chinese))
        return EXIT_INTERRUPTED
    except (MemoryError, OSError, ImportError) as error:
        if not _lacks_memory(error):
            raise
        tell(f"error: {CountyFundError(NO_MEMORY, value=str(error) or None, todo=LESS_MEMORY)}")
        return EXIT_USER_MISTAKE
    return EXIT_OK


def _lacks_memory(error: Exception) -> bool:
    """Whether the machine gave no more memory, in whatever way that came out."""
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
    """What this command has saved; nothing is loaded for asking."""
    disk = sys.modules.get("sim.disk")
    return [words[chinese] for words in disk.saved] if disk else []


def _interrupted(chinese: bool) -> str:
    """What an interrupted command leaves behind."""
    if chinese:
        return f"\n已中断：{'；'.join(saved(chinese)) or '未保存任何结果'}"
    return f"\ninterrupted: {'; '.join(saved(chinese)) or 'nothing was saved'}"


def _take_signals() -> None:
    """SIGTERM and SIGHUP (its terminal was closed) end the work as Ctrl-C does, so that temporary files are removed."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup stays in force
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _leave(code: int) -> NoReturn:
    """End the process now: threads in compiled loops would hold up an ordinary exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
