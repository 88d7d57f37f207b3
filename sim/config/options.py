"""The groups of ``conf/`` and their options."""

from __future__ import annotations

from functools import cache

from sim.core.paths import conf_dir
from sim.money.payment.installed import installed


@cache
def groups() -> dict[str, list[str]]:
    """Groups of ``conf/`` with their options; ``current_payment`` has those of ``payment``."""
    folder = conf_dir()
    found = {
        group.name: sorted(file.stem for file in group.glob("*.yaml")) for group in folder.iterdir() if group.is_dir()
    }
    found["payment"] = sorted({*found["payment"], *(scheme.name for scheme in installed())})
    found["current_payment"] = found["payment"]
    return {name: options for name, options in found.items() if options}
