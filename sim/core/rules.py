"""Rules once, loops twice: ``@rule`` marks a small scalar function, ``@kernel`` a compiled loop.

A *rule* stays an ordinary Python function when Python calls it (the SimPy reference engine does) and is inlined by
numba when a kernel calls it.  A *kernel* is compiled, releases the GIL and is cached on disk in a folder named by a
hash of all rule sources, because numba's own cache goes stale silently when a helper in another file changes.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import caching, cgutils, event, types
from numba.extending import intrinsic, overload, register_jitable

from sim.core import code_cache, console, units

literal_unroll = numba.literal_unroll
"""Iterates over names of a record's fields in a compiled loop, as if each were written out."""

F = TypeVar("F", bound=Callable[..., Any])


PACKAGE = Path(__file__).parents[1]

CONSTANTS_OF_KERNELS = (
    "rules.py", "tables.py", "person.py", "world.py", "config.py", "units.py", "balance.py", "cells.py", "variation.py",
)  # fmt: skip
"""Modules without rules whose constants, record types or arithmetic are compiled into kernels."""


def _source_hash() -> str:
    """Hash of all modules whose functions or constants go into compiled code."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_bytes()
        if b"sim.core.rules import" in text or path.name in CONSTANTS_OF_KERNELS:
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(text)
    return digest.hexdigest()[:16]


def _cache_folder() -> tuple[Path | None, str]:
    """The folder for compiled code, or None if no place is the user's alone; and the reason for None."""
    try:
        return code_cache.own_folder(_source_hash()), ""
    except (code_cache.NotOwn, OSError, RuntimeError, ValueError) as error:
        return None, str(error)


KEPT, WHY_NOT = _cache_folder()


@functools.cache
def _say_not_kept(why: str) -> None:
    """Say once, and not in every worker, that the code compiled now is not kept for the next run."""
    if multiprocessing.parent_process() is None:
        console.note(
            f"compiled code is not kept ({why}): every run compiles anew, about a minute; "
            "NUMBA_CACHE_DIR=FOLDER names a folder that is yours alone"
        )


class _Locator(caching.UserProvidedCacheLocator):  # type: ignore[misc]
    """Compiled code lies in `KEPT`."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = str(KEPT)

    def get_disambiguator(self) -> str:
        """Functions of like names in modules of like names have files of their own.

        Copies of the package share theirs: the folder is named by what their rules say.
        """
        return f"{self._lineno}-{hashlib.sha256(self._place.encode()).hexdigest()[:8]}"

    def get_source_stamp(self) -> Any:
        """Of a module of the package nothing more is asked: its content is in the name of the folder."""
        return "" if self._place != self._py_file else super().get_source_stamp()

    @property
    def _place(self) -> str:
        """Where the module is in the package; its whole path if it is elsewhere."""
        path = Path(self._py_file)
        return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else self._py_file

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Every function of the package has its place there."""
        return cls(py_func, py_file)


class _Results(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """Which results of compiling a function are kept, and where."""

    _locator_classes = (_Locator,)


class _Sealed(caching.IndexDataCacheFile):  # type: ignore[misc]
    """Files with a digest before their content: a damaged one counts as not there, and its code is compiled again."""

    def _dump(self, content: Any) -> bytes:
        body: bytes = super()._dump(content)
        return hashlib.sha256(body).digest() + body

    def _load_data(self, name: str) -> Any:
        return _unsealed(Path(self._data_path(name)).read_bytes())

    def _save_index(self, overloads: Any) -> None:
        with self._open_for_write(self._index_path) as file:
            file.write(self._dump((self._version, self._source_stamp, overloads)))

    def _load_index(self) -> Any:
        try:
            version, stamp, overloads = _unsealed(Path(self._index_path).read_bytes())
        except OSError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}


def _unsealed(content: bytes) -> Any:
    """What was dumped.

    Raises:
        OSError: if it is damaged.
    """
    digest, body = content[:32], content[32:]
    if hashlib.sha256(body).digest() != digest:
        raise OSError("damaged")
    return pickle.loads(body)


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    """Compiled code on disk; what cannot be read is compiled again, what cannot be written is not kept."""

    _impl_class = _Results

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Sealed(str(KEPT), self._impl.filename_base, stamp)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it if there is room."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _say_not_kept(os.strerror(error.errno) if error.errno else str(error))


RULE_OPTIONS: dict[str, Any] = {"_nrt": False, "forceinline": True, "error_model": "numpy"}
KERNEL_OPTIONS: dict[str, Any] = {"_nrt": False, "nogil": True, "error_model": "numpy"}
"""Without numba's reference counts (``_nrt``) a kernel cannot allocate, so arrays are made in Python; with them,
handing a record of a hundred arrays from rule to rule costs more than the rules.  Inlining has the same reason."""


def rule(function: F) -> F:
    """Mark a scalar rule that both engines call: plain Python for Python, inlined for kernels."""
    marked: F = register_jitable(**RULE_OPTIONS)(function)
    return marked


rule(units.part)  # arithmetic of money, which rules on persons call and rules on a year's money too


def kernel(function: F) -> F:
    """Compile a loop: no Python objects, GIL released, cached on disk."""
    compiled: Any = numba.njit(**KERNEL_OPTIONS)(function)
    if KEPT is not None:
        compiled._cache = _Cache(function)
    result: F = compiled
    return result


class _Compilation(event.Listener):
    """Calls back at the first compilation that numba begins; code from the cache is not compiled."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.begun = False

    def on_start(self, event: Any) -> None:
        """A kernel is being compiled."""
        if not self.begun:
            self.begun = True
            self.callback()

    def on_end(self, event: Any) -> None:
        """It has been."""


@contextlib.contextmanager
def when_compiling(callback: Callable[[], None]) -> Iterator[None]:
    """Call ``callback`` once, as soon as numba begins to compile a kernel inside this block."""
    with event.install_listener("numba:compile", _Compilation(callback)):
        yield


if KEPT is None:  # told by what compiles: other commands lose nothing
    _register: Any = event.register
    _register("numba:compile", _Compilation(lambda: _say_not_kept(WHY_NOT)))


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
