"""Which versions did the work: of this program, of its code, and of the packages that it uses."""

from __future__ import annotations

import importlib.metadata
import subprocess
from pathlib import Path

from sim.core.paths import PACKAGE


def version() -> str:
    """Version of the installed distribution."""
    return package_version("countyfund")


def code_revision() -> str:
    """Git commit of the checkout, "+changes" if files differ from it; the version where there is no checkout."""
    root = PACKAGE.parent
    if not (root / ".git").exists():
        return f"version {version()}"
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return f"version {version()}"
    return commit + ("+changes" if changes else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def package_version(name: str) -> str:
    """Version of an installed distribution, or a text that says it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
