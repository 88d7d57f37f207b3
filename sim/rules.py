"""Rules once, loops twice: ``@rule`` marks a small scalar function, ``@kernel`` a compiled loop.

A *rule* stays an ordinary Python function when Python calls it (the SimPy reference engine does) and is inlined by
numba when a kernel calls it.  A *kernel* is compiled, releases the GIL and is cached on disk in a folder named by a
hash of all rule sources, because numba's own cache goes stale silently when a helper in another file changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


UNUSED_SECONDS = 30 * 86_400
"""Compiled code of another version is removed when unused for so long."""

CONSTANTS_OF_KERNELS = ("rules.py", "tables.py", "person.py", "world.py", "config.py")
"""Modules without rules whose constants or record types are compiled into kernels."""


def _source_hash() -> str:
    """Hash of every module of the package that is compiled, or whose constants are."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        text = path.read_bytes()
        if b"sim.rules import" in text or path.name in CONSTANTS_OF_KERNELS:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(text)
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """A writable folder for compiled code: the user's cache, else a temporary folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "countyfund" / f"kernels-{_source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            os.utime(folder)
            _forget_old(folder)
            return folder
    except OSError:
        pass
    fallback = Path(tempfile.gettempdir()) / f"countyfund-{os.getuid()}" / folder.name
    fallback.mkdir(parents=True, exist_ok=True)
    return fallback


def _forget_old(current: Path) -> None:
    """Remove compiled code of other versions that nobody has used for a month."""
    for folder in current.parent.glob("kernels-*"):
        with contextlib.suppress(OSError):
            if folder != current and time.time() - folder.stat().st_mtime > UNUSED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))

import numba  # noqa: E402  (the cache folder must be set before numba is imported)
from llvmlite import ir  # noqa: E402  (stands with numba)
from numba.core import cgutils, event, types  # noqa: E402  (as numba)
from numba.extending import intrinsic, overload, register_jitable  # noqa: E402  (as numba)

RULE_OPTIONS: dict[str, Any] = {"_nrt": False, "forceinline": True, "error_model": "numpy"}
KERNEL_OPTIONS: dict[str, Any] = {"_nrt": False, "nogil": True, "cache": True, "error_model": "numpy"}
"""Without numba's reference counts (``_nrt``) a kernel cannot allocate, so arrays are made in Python; with them,
handing a record of a hundred arrays from rule to rule costs more than the rules.  Inlining has the same reason."""


def rule(function: F) -> F:
    """Mark a scalar rule that both engines call: plain Python for Python, inlined for kernels."""
    marked: F = register_jitable(**RULE_OPTIONS)(function)
    return marked


def kernel(function: F) -> F:
    """Compile a loop: no Python objects, GIL released, cached on disk."""
    compiled: F = numba.njit(**KERNEL_OPTIONS)(function)
    return compiled


class _Compilation(event.Listener):
    """Calls back at the first compilation that numba begins; code from the cache is not compiled."""

    def __init__(self, told: Callable[[], None]) -> None:
        self.told = told
        self.begun = False

    def on_start(self, event: Any) -> None:
        """A kernel is being compiled."""
        if not self.begun:
            self.begun = True
            self.told()

    def on_end(self, event: Any) -> None:
        """It has been."""


@contextlib.contextmanager
def when_compiling(told: Callable[[], None]) -> Iterator[None]:
    """Call ``told`` once if a kernel must be compiled meanwhile, when that begins."""
    with event.install_listener("numba:compile", _Compilation(told)):
        yield


def prefetch(records: Any, row: int, offset: int) -> None:
    """Ask for the cache line at a byte offset of a record before it is used; changes nothing.

    Needs come in time order, so the persons they concern lie anywhere in memory; waiting for that memory takes longer
    than all rules of a visit together.
    """


@intrinsic
def _prefetch(context: Any, records: Any, row: Any, offset: Any) -> Any:
    insert: Any = cgutils.get_or_insert_function

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte = ir.IntType(8).as_pointer()
        stride = builder.extract_value(array.strides, 0)
        place = builder.add(builder.mul(arguments[1], stride), arguments[2])
        pointer = builder.gep(builder.bitcast(array.data, byte), [place])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        ask = insert(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(ask, [pointer, number(1), number(3), number(1)])  # to be written, to be kept near, data
        return context.get_dummy_value()

    return types.void(records, types.intp, types.intp), generate


@overload(prefetch, inline="always", strict=False)  # strict would compare annotations
def _compiled_prefetch(records: Any, row: Any, offset: Any) -> Any:
    emit: Any = _prefetch
    return lambda records, row, offset: emit(records, row, offset)
