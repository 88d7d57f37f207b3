"""A command that is killed, or refused by the disk, at its n-th change of the file system; all in processes of its own.

``python -m tests.disk_world`` reads cases as JSON from its input and writes what came of each as JSON lines.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import settings

from tests.paths import ROOT

EVERY = 1 if settings().max_examples > 100 else 3
"""Every third step is disturbed, and each with ``--hypothesis-profile=thorough``."""
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")
WRITING = os.O_WRONLY | os.O_RDWR
KILLED = 9


def changes(event: str, args: tuple[Any, ...]) -> list[str]:
    """Names that a step of a program changes."""
    if event in CHANGES:
        return [os.fsdecode(name) for name in args[: 2 if event == "os.rename" else 1]]
    if event == "open" and isinstance(args[2], int) and args[2] & WRITING and not isinstance(args[0], int):
        return [os.fsdecode(args[0])]
    return []


def disturbed(words: list[str], within: list[str], number: int, harm: str) -> tuple[int, str]:
    """Exit code and words of a command harmed at its n-th renaming or change within some places; 0: at none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        with os.fdopen(reader) as told:
            text = told.read()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text
    os.close(reader)
    told, left = os.fdopen(writer, "w"), [number]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        names = changes(event, args)
        if event != "os.rename" and not any(name.startswith(place) for name in names for place in within):
            return
        left[0] -= 1
        if left[0] == 0 and harm == "kill":
            os._exit(KILLED)
        if left[0] == 0 or (left[0] < 0 and event == "open"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), names[0])

    from sim.__main__ import main

    if number:
        sys.addaudithook(hook)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(words)
        except BaseException:  # a traceback is what the tests look for
            import traceback

            traceback.print_exc()
            code = 1
    told.write(out.getvalue())
    told.close()
    os._exit(code)


def played(cases: Iterable[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Exit code and words of commands, one after the other: keys are `disturbed`'s."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.disk_world"], input=json.dumps(list(cases)), text=True, cwd=ROOT,
        capture_output=True, timeout=500, check=True,
    )  # fmt: skip
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def warmed(words: list[str]) -> None:
    """Import and run once, elsewhere, all that the commands need: processes that part from here are quick."""
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(sys.stderr):
        from sim.__main__ import main

        ways = {"out=": f"out={place}/out", "ledger=": f"ledger={place}/ledger"}
        main([next((new for way, new in ways.items() if word.startswith(way)), word) for word in words])


if __name__ == "__main__":
    cases = json.load(sys.stdin)
    warmed(cases[0]["words"])
    for case in cases:
        print(json.dumps(disturbed(**({"within": [], "number": 0, "harm": "kill"} | case))), flush=True)
