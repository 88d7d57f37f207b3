"""The groups of ``conf/`` and their options."""

from __future__ import annotations

import re
from functools import cache

from sim.core.paths import conf_dir, option_names
from sim.money.payment.installed import BROUGHT


@cache
def groups() -> dict[str, list[str]]:
    """Groups of ``conf/`` with their options; ``current_payment`` has those of ``payment``."""
    by_group = {group.name: option_names(group.name) for group in conf_dir().iterdir() if group.is_dir()}
    by_group["payment"] = sorted({*by_group["payment"], *(scheme.name for scheme in BROUGHT.installed)})
    by_group["current_payment"] = by_group["payment"]
    return {name: options for name, options in by_group.items() if options}


@cache
def base_years() -> tuple[int, ...]:
    """The base years that can be run: those with a file in ``conf/base_year/``."""
    return tuple(int(name) for name in option_names("base_year") if re.fullmatch("[0-9]{4}", name))
