"""Compiled code is kept only where nobody else can write, and a damaged or full place costs time, never a run."""

import ast
import os
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sim.core import code_cache
from sim.core.rules import CONSTANTS_OF_KERNELS, PACKAGE

PROGRAM = """
import sys
sys.path.insert(0, {place!r})
from own_kernel import plus
print("answer", plus(41))
print("compiled", sum(plus.stats.cache_misses.values()), "kept", plus.stats.cache_path if plus.stats.cache_path else "")
"""
KERNEL = """
from sim.core.rules import kernel

@kernel
def plus(value):
    return value + 1
"""


def played(tmp_path: Path, limit: int | None = None, **places: str) -> subprocess.CompletedProcess[str]:
    """A process that calls a compiled loop; ``limit``: the largest file that it may write, bytes."""
    if not (tmp_path / "own_kernel.py").exists():
        (tmp_path / "own_kernel.py").write_text(KERNEL)
    others = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM.format(place=str(tmp_path))], env=others | places, text=True,
        capture_output=True, timeout=120, check=False, preexec_fn=limited,
    )  # fmt: skip


def compiled(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether the loop had to be compiled; the answer must be right either way."""
    assert done.returncode == 0, done.stderr
    assert "answer 42" in done.stdout
    assert "Traceback" not in done.stderr
    return "compiled 1" in done.stdout


def test_without_a_home_nothing_is_kept_in_a_place_that_all_can_write(tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    done = played(tmp_path, HOME="/dev/null", TMPDIR=str(shared))
    assert compiled(done)
    assert list(shared.iterdir()) == []
    assert done.stderr.count("compiled code is not kept") == 1
    assert "NUMBA_CACHE_DIR=FOLDER" in done.stderr


def test_what_is_not_kept_is_told_by_what_compiles_alone(tmp_path: Path):
    """A command that runs no compiled loop loses nothing."""
    loads = "import sim.core.rules, sim.engine.kernel"
    done = subprocess.run(
        [sys.executable, "-B", "-c", loads],
        env=os.environ | {"NUMBA_CACHE_DIR": "/dev/null/none"},
        text=True,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    told = played(tmp_path, NUMBA_CACHE_DIR="/dev/null/none")
    assert compiled(told)
    assert told.stderr.count("compiled code is not kept (") == 1


def test_code_prepared_in_a_place_that_all_can_write_is_not_run(tmp_path: Path):
    """The owner's folder was open to others: what they may have put there is not loaded."""
    first = played(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert compiled(first)
    assert not compiled(played(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache")))
    (tmp_path / "cache" / "countyfund").chmod(0o777)
    again = played(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert compiled(again)
    assert "can be written by others" in again.stderr


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a kernel, and its compiled code in ``cache``."""
    place = tmp_path_factory.mktemp("kept")
    assert compiled(played(place, NUMBA_CACHE_DIR=str(place / "cache")))
    return place


@pytest.mark.parametrize("harm", ["cut", "noise", "empty", "index", "folder"])
def test_a_damaged_cache_is_compiled_again(kept: Path, tmp_path: Path, harm: str):
    place = {"NUMBA_CACHE_DIR": str(shutil.copytree(kept / "cache", tmp_path / "cache"))}
    files = [path for path in (tmp_path / "cache").rglob("own_kernel*") if path.is_file()]
    assert {path.suffix for path in files} == {".nbi", ".nbc"}
    for path in files:
        content = path.read_bytes()
        if harm == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif harm == "empty":
            path.write_bytes(b"")
        elif harm == "folder":
            path.unlink()
            path.mkdir()
        elif (harm == "index") == (path.suffix == ".nbi"):
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes(byte ^ 0x5A for byte in content[middle:]))
    assert compiled(played(kept, **place))
    if harm != "folder":
        assert not compiled(played(kept, **place))


def test_a_full_disk_keeps_no_code_and_stops_no_run(tmp_path: Path):
    done = played(tmp_path, 1000, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert compiled(done)
    assert done.stderr.count("compiled code is not kept (File too large)") == 1


def test_processes_that_compile_at_once_keep_one_whole_copy(tmp_path: Path):
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "own_kernel.py").write_text(KERNEL)
    with ThreadPoolExecutor(2) as threads:
        done = [job.result() for job in [threads.submit(played, tmp_path, **place) for _ in range(2)]]
    assert sum(compiled(one) for one in done) >= 1
    assert not [one.stderr for one in done if one.stderr]
    assert not compiled(played(tmp_path, **place))
    assert {path.suffix for path in (tmp_path / "cache").rglob("own_kernel*")} == {".nbi", ".nbc"}


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_folder_is_closed_to_others(base: Path):
    umask = os.umask(0)
    try:
        place = code_cache.own_folder("1")
    finally:
        os.umask(umask)
    assert place == base / "countyfund" / "kernels-1"
    assert {folder.stat().st_mode & 0o777 for folder in (base, place.parent, place)} == {0o700}
    assert code_cache.own_folder("1") == place


@pytest.mark.parametrize("part", ["", "countyfund", "countyfund/kernels-1", "countyfund/kernels-1/code.nbi"])
@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_a_place_that_others_can_write_is_refused(base: Path, part: str, mode: int):
    (code_cache.own_folder("1") / "code.nbi").write_bytes(b"")
    (base / part).chmod(mode)
    with pytest.raises(code_cache.NotOwn, match="can be written by others"):
        code_cache.own_folder("1")


def test_a_place_of_another_user_is_refused(base: Path, monkeypatch: pytest.MonkeyPatch):
    code_cache.own_folder("1")
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    with pytest.raises(code_cache.NotOwn, match="another user"):
        code_cache.own_folder("1")


@pytest.mark.parametrize("part", ["countyfund", "kernels-1"])
def test_a_link_is_refused(base: Path, tmp_path: Path, part: str):
    code_cache.own_folder("1")
    place = base / "countyfund" if part == "countyfund" else base / "countyfund" / "kernels-1"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(code_cache.NotOwn, match="is a link"):
        code_cache.own_folder("1")


def test_a_relative_cache_folder_is_void_as_its_specification_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert code_cache.own_folder("1") == tmp_path / "home" / ".cache" / "countyfund" / "kernels-1"


def test_code_of_other_versions_goes_after_a_month(base: Path):
    old, young = code_cache.own_folder("old"), code_cache.own_folder("young")
    os.utime(old, (0, 0))
    code_cache.own_folder("now")
    assert not old.exists()
    assert young.exists()


def imports_of(path: Path) -> dict[str, Path]:
    """Where a module takes each constant from that it imports from the package."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim."):
            module = PACKAGE.parent.joinpath(*str(node.module).split("."))
            source = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
            found |= {name.name: source for name in node.names if name.name.isupper()}
    return found


def defined_in(name: str, path: Path) -> Path:
    """The module that defines a constant, whichever others pass it on."""
    passed_on = imports_of(path)
    return defined_in(name, passed_on[name]) if name in passed_on else path


def test_a_changed_constant_makes_old_code_stale() -> None:
    """Compiled code holds constants: each that a module with rules imports is of a module that the hash covers."""
    with_rules = {path for path in PACKAGE.rglob("*.py") if "sim.core.rules import" in path.read_text("utf-8")}
    sources = {defined_in(name, source) for path in with_rules for name, source in imports_of(path).items()}
    assert len(sources) > 8
    assert not {path for path in sources - with_rules if path.name not in CONSTANTS_OF_KERNELS}
