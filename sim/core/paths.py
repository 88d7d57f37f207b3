"""Where the package's data folders are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def conf_dir() -> Path:
    """Folder of the Hydra configuration: inside the installed package, else beside it in a checkout."""
    inside = PACKAGE / "conf"
    return inside if inside.is_dir() else PACKAGE.parent / "conf"


def option_names(group: str) -> list[str]:
    """Options of a group of ``conf/``: its files, by name."""
    return sorted(file.stem for file in (conf_dir() / group).glob("*.yaml"))
