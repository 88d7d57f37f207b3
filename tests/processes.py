"""Commands in processes of their own, which end with the test together with every worker they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


@contextlib.contextmanager
def started(
    arguments: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A running command, its output and messages in pipes."""
    process = subprocess.Popen(
        arguments, cwd=cwd, env=env, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def finished(
    arguments: Sequence[str], cwd: Path | None = None, *, timeout: float = 300, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What a command printed and its exit code."""
    with started(arguments, cwd, env) as process:
        out, messages = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(list(arguments), process.returncode, out, messages)
